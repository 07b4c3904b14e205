"""Examples of nn.pool for test_contract.py: sizes that tell axes apart."""

import numpy as np

RNG = np.random.default_rng(5)
X = RNG.standard_normal((5, 4, 9, 7))
TIES = RNG.integers(-3, 0, (2, 3, 8, 9)) / 2  # and all of them negative
OVERLAP = {"stride": (1, 2), "padding": (1, 0)}
SMALL = RNG.standard_normal((5, 4, 4, 3))
INDICES = np.stack([RNG.permutation(63)[:12] for _ in range(20)]).reshape(SMALL.shape)

EXAMPLES = {
    "nn.pool.max_pool2d": [
        (X, 2),
        (X, (3, 2), OVERLAP),
        (TIES, (2, 3), {"stride": 1, "padding": 1, "return_indices": True}),
    ],
    "nn.pool.max_unpool2d": [
        (SMALL, INDICES, 2, {"output_size": (9, 7)}),
        (SMALL[:, :, :1, :2], np.tile(np.array([[3, 10]]), (5, 4, 1, 1)), (3, 2)),
    ],
    "nn.pool.fractional_max_pool2d": [
        (X, 2, {"output_size": (6, 4)}),
        (X, (3, 2), {"output_ratio": (0.7, 0.8)}),
        (X, (2, 3), {"output_size": 1}),
    ],
    "nn.pool.avg_pool2d": [
        (X, 2),
        (X, (3, 2), OVERLAP),
        (X, (3, 2), OVERLAP | {"count_include_pad": False}),
    ],
    "nn.pool.adaptive_avg_pool2d": [(X, 1), (X, (4, 3)), (X, (5, 9)), (X, (9, 7))],
    "nn.pool.lp_pool2d": [(X, 2, (3, 2)), (X, 4, 3, {"stride": (1, 2)}), (0 * X, 2, 2)],
    "nn.pool.l2_pool_features": [(X, 2), (X, 4), (0 * X, 2)],
    "nn.pool.MaxPool2d": {
        "make": [
            lambda nn, rng: nn.MaxPool2d(2),
            lambda nn, rng: nn.MaxPool2d((3, 2), (1, 2), (1, 0), return_indices=True),
        ],
        "input": (X,),
    },
    "nn.pool.MaxUnpool2d": {
        "make": [lambda nn, rng: nn.MaxUnpool2d((3, 2))],
        "input": (SMALL, INDICES, (9, 7)),
    },
    "nn.pool.FractionalMaxPool2d": {
        "make": [
            lambda nn, rng: nn.FractionalMaxPool2d(2, (6, 4), rng=rng),
            lambda nn, rng: nn.FractionalMaxPool2d((3, 2), output_ratio=0.7, rng=rng),
        ],
        "input": (X,),
    },
    "nn.pool.AvgPool2d": {
        "make": [
            lambda nn, rng: nn.AvgPool2d(2),
            lambda nn, rng: nn.AvgPool2d((3, 2), (1, 2), (1, 0), count_include_pad=False),
        ],
        "input": (X,),
    },
    "nn.pool.AdaptiveAvgPool2d": {
        "make": [lambda nn, rng: nn.AdaptiveAvgPool2d((4, 3))],
        "input": (X,),
    },
    "nn.pool.LPPool2d": {
        "make": [lambda nn, rng: nn.LPPool2d(2, (3, 2), stride=2)],
        "input": (X,),
    },
    "nn.pool.L2PoolFeatures": {
        "make": [lambda nn, rng: nn.L2PoolFeatures(2)],
        "input": (X,),
    },
}
