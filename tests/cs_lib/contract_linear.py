"""Examples of linear layers for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(3)
X, X4 = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 2, 3, 4))
WEIGHT, BIAS = RNG.standard_normal((3, 4)), RNG.standard_normal(3)

EXAMPLES = {
    "nn.linear.linear": [(X, WEIGHT, BIAS), (X, WEIGHT), (X4, WEIGHT, BIAS), (X[0], WEIGHT, BIAS)],
    "nn.linear.Linear": {
        "make": [
            lambda nn, rng: nn.Linear(4, 3, rng=rng),
            lambda nn, rng: nn.Linear(4, 3, False, rng=rng),
        ],
        "input": (X4,),
    },
    "nn.linear.Flatten": {"make": [lambda nn, rng: nn.Flatten()], "input": (X4,)},
}
