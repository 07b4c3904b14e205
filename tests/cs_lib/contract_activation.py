"""Examples of activations for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(4)
X = RNG.standard_normal((5, 6, 3, 4)) * 2
EDGES = np.array([[-1000.0, -1.0, -0.0, 0.0, 1.0, 1000.0]])
TIES = RNG.integers(-1, 2, (5, 6, 3, 4)).astype(float)
SLOPES = RNG.uniform(0, 2, 6)

FUNCTIONS = {
    "elu": [(X,), (EDGES,), (X, {"alpha": 1.7})],
    "leaky_relu": [(X,), (EDGES,), (X, {"negative_slope": 1.3})],
    "log_softmax": [(X,), (EDGES,), (X, {"dim": -1}), (X, {"dim": 0})],
    "maxout": [(X, {"pieces": 2}), (TIES, {"pieces": 3}), (EDGES, {"pieces": 6})],
    "prelu": [(X, SLOPES), (X, SLOPES[:1]), (EDGES, SLOPES), (X[0, 0, 0], SLOPES[:1])],
    "relu": [(X,), (EDGES,)],
    "sigmoid": [(X,), (EDGES,)],
    "softmax": [(X,), (EDGES,), (X, {"dim": -1}), (X, {"dim": 0})],
    "step": [(X,), (EDGES,)],
    "tanh": [(X,), (EDGES,)],
}

LAYERS = {
    "ELU": [lambda nn, rng: nn.ELU(), lambda nn, rng: nn.ELU(1.7)],
    "LeakyReLU": [lambda nn, rng: nn.LeakyReLU(), lambda nn, rng: nn.LeakyReLU(1.3)],
    "LogSoftmax": [lambda nn, rng: nn.LogSoftmax(), lambda nn, rng: nn.LogSoftmax(-1)],
    "Maxout": [lambda nn, rng: nn.Maxout(2)],
    "PReLU": [lambda nn, rng: nn.PReLU(), lambda nn, rng: nn.PReLU(6, 0.1)],
    "ReLU": [lambda nn, rng: nn.ReLU()],
    "Sigmoid": [lambda nn, rng: nn.Sigmoid()],
    "Softmax": [lambda nn, rng: nn.Softmax(), lambda nn, rng: nn.Softmax(-1)],
    "Tanh": [lambda nn, rng: nn.Tanh()],
}

EXAMPLES = {f"nn.activation.{name}": calls for name, calls in FUNCTIONS.items()} | {
    f"nn.activation.{name}": {"make": make, "input": (X,)} for name, make in LAYERS.items()
}
