"""Examples of containers for test_contract.py, which says what they mean."""

from collections import OrderedDict

import numpy as np

X = np.random.default_rng(7).standard_normal((5, 2, 3, 4))


def mlp(nn, rng):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(24, 6, rng=rng),
        nn.PReLU(6),
        nn.Dropout(0.3, rng=rng),
        nn.Residual(nn.Sequential(nn.Linear(6, 6, rng=rng), nn.Tanh())),
        nn.Linear(6, 2, rng=rng),
    )


def named(nn, rng):
    hidden, out = nn.Linear(4, 3, rng=rng), nn.Linear(3, 2, False, rng=rng)
    return nn.Sequential(OrderedDict(hidden=hidden, relu=nn.ReLU(), out=out))


EXAMPLES = {
    "nn.container.Sequential": {
        "make": [mlp, named],
        "input": (X,),
    },
    "nn.container.Residual": {
        "make": [lambda nn, rng: nn.Residual(nn.Linear(4, 4, rng=rng))],
        "input": (X,),
    },
}
