"""Examples of nn.upsample for test_contract.py: sizes that tell axes apart."""

import numpy as np

X = np.random.default_rng(6).standard_normal((5, 4, 6, 7))
OPTIONS = [
    {"scale_factor": 2},
    {"scale_factor": (1.7, 3), "mode": "bilinear"},
    {"size": (11, 16), "mode": "bilinear"},
    {"size": (13, 5)},
]

EXAMPLES = {
    "nn.upsample.interpolate": [(X, options) for options in OPTIONS],
    "nn.upsample.Upsample": {
        "make": [
            lambda nn, rng: nn.Upsample(scale_factor=2),
            lambda nn, rng: nn.Upsample((9, 8), mode="bilinear"),
        ],
        "input": (X,),
    },
}
