"""Does it matter how the last layer of a residual branch starts?

A layer of 100 units, then 8 or 32 blocks x + W₂ relu(W₁ x) without normalisation, on shapes of
16 × 16, by SGD with momentum and the best of four learning rates (by the loss on the training
images at the end). W₁ is He's; W₂ as well ("he"), He's divided by √blocks ("scaled"), or zero
("zero"). "plain": as many layers without the shortcuts, He's. The share of right answers among the
training images after each epoch, and the learning rate that was best.
"""

import math

import numpy as np
import torch

from cs_lib.torch import init, nn
from experiments.init_depth import WIDTH, images, train

SEEDS = (0, 1, 2)
EPOCHS, RATES, BLOCKS = 6, (3e-5, 3e-4, 3e-3, 0.02), (8, 32)
KINDS = ("plain", "he", "scaled", "zero")


def network(kind, blocks, rng):
    def linear(n, out, scale=1.0):
        layer = nn.Linear(n, out, rng=rng)
        layer.weight.data = scale * init.kaiming_normal((out, n), rng=rng)
        layer.bias.data.zero_()
        return layer

    scale = {"plain": 1.0, "he": 1.0, "scaled": 1 / math.sqrt(blocks), "zero": 0.0}[kind]
    layers = [linear(768, WIDTH), nn.ReLU()]
    for _ in range(blocks):
        first, second = linear(WIDTH, WIDTH), linear(WIDTH, WIDTH, scale)
        if kind == "plain":
            layers += [first, nn.ReLU(), second, nn.ReLU()]
        else:
            layers.append(nn.Residual(nn.Sequential(first, nn.ReLU(), second)))
    return nn.Sequential(*layers, linear(WIDTH, 10, math.sqrt(0.5)))


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y = images(seed, 200 if short else 1500)
    found = {}
    for blocks in BLOCKS:
        for kind in KINDS:
            runs = []
            for lr in RATES:
                rng = np.random.default_rng(seed)
                model = network(kind, blocks, rng)
                shares, loss = train(
                    model, x, y, method="sgd", lr=lr, epochs=1 if short else EPOCHS, rng=rng
                )
                runs.append((loss, lr, shares))
            _, found[f"{kind} {blocks} rate"], found[f"{kind} {blocks}"] = min(runs)
    return found
