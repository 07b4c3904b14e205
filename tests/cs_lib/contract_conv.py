"""Examples of nn.conv for test_contract.py: sizes that tell axes apart."""

import numpy as np

RNG = np.random.default_rng(4)
X = RNG.standard_normal((5, 4, 9, 7))
W, B = RNG.standard_normal((3, 4, 3, 2)), RNG.standard_normal(3)
GROUPED = RNG.standard_normal((6, 2, 2, 3))
T, TB = RNG.standard_normal((4, 3, 3, 2)), RNG.standard_normal(3)
T_GROUPED = RNG.standard_normal((4, 3, 2, 3))
LOCAL, LOCAL_B = RNG.standard_normal((4, 6, 3, 4, 3, 2)), RNG.standard_normal((3, 4, 6))
WINDOWS = [
    {},
    {"stride": 2, "padding": 1},
    {"stride": (3, 2), "padding": (0, 2), "dilation": (2, 1)},
]

EXAMPLES = {
    "nn.conv.conv2d": [
        *((X, W, B, options) for options in WINDOWS),
        (X, W, {"padding": "same", "dilation": 2}),
        (X, GROUPED, {"groups": 2, "stride": (1, 2)}),
    ],
    "nn.conv.conv_transpose2d": [
        *((X, T, TB, options) for options in WINDOWS),
        (X, T, {"stride": (3, 2), "output_padding": (2, 1)}),
        (X, T_GROUPED, {"groups": 2, "stride": 2, "padding": 1}),
    ],
    "nn.conv.fold": [
        (RNG.standard_normal((5, 24, 30)), (8, 8), (4, 3), {"dilation": (1, 2), "padding": (0, 1)}),
        (RNG.standard_normal((5, 12, 12)), (7, 9), (2, 3), {"stride": 2}),
    ],
    "nn.conv.locally_connected2d": [
        (X, LOCAL, LOCAL_B, {"stride": (2, 1)}),
        (X, RNG.standard_normal((5, 4, 3, 4, 3, 2)), {"stride": 2, "padding": 1}),
        (X, RNG.standard_normal((9, 7, 2, 4, 3, 2)), {"padding": "same"}),
    ],
    "nn.conv.output_size": [(7, 3), (32, 5, {"padding": 2}), (31, 3, {"stride": 2, "dilation": 2})],
    "nn.conv.unfold": [(X, (3, 2), options) for options in WINDOWS],
    "nn.conv.Conv2d": {
        "make": [
            lambda nn, rng: nn.Conv2d(4, 3, (3, 2), rng=rng),
            lambda nn, rng: nn.Conv2d(4, 6, 3, 2, "valid", 1, 2, False, rng=rng),
            lambda nn, rng: nn.Conv2d(4, 4, 3, padding="same", groups=4, rng=rng),
        ],
        "input": (X,),
    },
    "nn.conv.ConvTranspose2d": {
        "make": [
            lambda nn, rng: nn.ConvTranspose2d(4, 3, (3, 2), rng=rng),
            lambda nn, rng: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, rng=rng),
        ],
        "input": (X,),
    },
    "nn.conv.LocallyConnected2d": {
        "make": [
            lambda nn, rng: nn.LocallyConnected2d(4, 3, (9, 7), (3, 2), rng=rng),
            lambda nn, rng: nn.LocallyConnected2d(4, 2, (9, 7), 3, 2, (1, 0), False, rng=rng),
        ],
        "input": (X,),
    },
}
