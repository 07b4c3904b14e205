"""Do initialisation and depth still matter where each layer is followed by batch normalisation?

The ReLU networks of init_depth, with a batch normalisation before each ReLU, on the same images and
by the same training: D hidden layers of 100 units, the best of three rates by the loss on the
training images. Weights of standard deviation √(2/n) ("he") and 0.01 ("small"). "shares": what is
right among the training images, in evaluation mode, at the end.
"""

import math

import numpy as np
import torch

from cs_lib.torch import init, nn
from experiments import _bn, init_depth

SEEDS = (0, 1, 2)
WIDTH, DEPTHS, RATES = 100, (4, 16, 32), (0.003, 0.01, 0.03)
EPOCHS = 8


def network(kind, depth, rng):
    layers, n = [], 768
    for _ in range(depth):
        linear = nn.Linear(n, WIDTH, rng=rng)
        linear.weight.data = init.normal((WIDTH, n), std=init_depth.SIZES[kind](n), rng=rng)
        layers += [linear, nn.BatchNorm1d(WIDTH), nn.ReLU()]
        n = WIDTH
    last = nn.Linear(n, 10, rng=rng)
    last.weight.data = init.normal((10, n), std=math.sqrt(2 / n), rng=rng)
    last.bias.data.zero_()
    return nn.Sequential(*layers, last)


def one(x, y, kind, depth, lr, seed, *, epochs):
    rng = np.random.default_rng(seed)
    model = network(kind, depth, rng)
    _, loss = init_depth.train(model, x, y, method="sgd", lr=lr, epochs=epochs, rng=rng)
    _bn.reestimate(model, x, rng)
    return {"loss": _bn.finite(loss), "rate": lr, "share": _bn.accuracy(model, x, y)}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y = init_depth.images(seed, 200 if short else 1500)
    found = {}
    for depth in DEPTHS:
        for kind in ("he", "small"):
            runs = [
                one(x, y, kind, depth, lr, seed, epochs=1 if short else EPOCHS)
                for lr in RATES[: 1 if short else None]
            ]
            chosen = min(runs, key=lambda run: run["loss"])
            found |= {f"{kind} {depth} {what}": value for what, value in chosen.items()}
    return found
