"""Examples of dropout for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(6)
X, WEIGHT, BIAS = RNG.standard_normal((5, 6, 4)), RNG.standard_normal((3, 4)), np.arange(3.0)

EXAMPLES = {
    "nn.dropout.dropout": [
        (X,),
        (X, {"p": 0.2}),
        (X, {"p": 0.0}),
        (X, {"p": 1.0}),
        (X, {"training": False}),
    ],
    "nn.dropout.stochastic_depth": [
        (X,),
        (X, {"p": 0.3, "mode": "batch"}),
        (X, {"p": 0.9, "mode": "batch"}),
        (X, {"p": 1.0}),
        (X, {"training": False}),
    ],
    "nn.dropout.drop_connect": [
        (X, WEIGHT, BIAS),
        (X, WEIGHT, {"p": 0.2}),
        (X, WEIGHT, BIAS, {"p": 1.0}),
        (X, WEIGHT, BIAS, {"training": False}),
    ],
    "nn.dropout.Dropout": {
        "make": [
            lambda nn, rng: nn.Dropout(rng=rng),
            lambda nn, rng: nn.Dropout(0.2, rng=rng),
        ],
        "input": (X,),
    },
    "nn.dropout.StochasticDepth": {
        "make": [
            lambda nn, rng: nn.StochasticDepth(rng=rng),
            lambda nn, rng: nn.StochasticDepth(0.3, "batch", rng=rng),
        ],
        "input": (X,),
    },
    "nn.dropout.DropConnect": {
        "make": [
            lambda nn, rng: nn.DropConnect(4, 3, rng=rng),
            lambda nn, rng: nn.DropConnect(4, 3, False, p=0.2, rng=rng),
        ],
        "input": (X,),
    },
}
