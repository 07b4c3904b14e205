"""Is it the size of the filters, the number of layers or the ReLUs between them that helps?

Networks on shapes of 16 × 16 with two stages, 7 × 7 pixels seen in each: one layer of 7 × 7; three
of 3 × 3 with batch normalisation and ReLU after each ("stack"); three of 3 × 3 with nothing between
them ("linear"), which compute a 7 × 7 filter of a special form; and three with only one of the two
between them ("relu", "norm"). "narrow" is one layer of 7 × 7 with so few channels that it has about
the weights of the stack. Each stage ends with both. All train for eight epochs on 1,000 images,
with the rate 0.01.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from experiments import _arch, _small

SEEDS = (0, 1, 2)
CHANNELS = {"one": 16, "stack": 16, "linear": 16, "relu": 16, "norm": 16, "narrow": 14}
BETWEEN = {"stack": ("norm", "relu"), "linear": (), "relu": ("relu",), "norm": ("norm",)}


def stage(kind, before, after, rng):
    if kind in ("one", "narrow"):
        convs = [nn.Conv2d(before, after, 7, padding=3, bias=False, rng=rng)]
    else:
        pairs = [(before, after), (after, after), (after, after)]
        convs = [nn.Conv2d(*pair, 3, padding=1, bias=False, rng=rng) for pair in pairs]
    layers = []
    for n, conv in enumerate(convs):
        after_it = ("norm", "relu") if n == len(convs) - 1 else BETWEEN[kind]
        layers += [conv, *[nn.BatchNorm2d(after)] * ("norm" in after_it)]
        layers += [nn.ReLU()] * ("relu" in after_it)
    return [*layers, nn.MaxPool2d(2)]


def network(kind, rng):
    """-> modules for images of 16 × 16"""
    channels = CHANNELS[kind]
    return nn.Sequential(
        nn.Conv2d(3, channels, 3, padding=1, bias=False, rng=rng),
        *(nn.BatchNorm2d(channels), nn.ReLU()),
        *stage(kind, channels, channels, rng),
        *stage(kind, channels, 2 * channels, rng),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * channels, 10, rng=rng)),
    )


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x_train, y_train, x_test, y_test = _small.shapes(*((256, 100) if short else (1000, 1000)), seed)
    x_train, x_test = _small.standardized(x_train, x_test)
    found = {}
    for kind in CHANNELS:
        rng = np.random.default_rng(seed)
        model = network(kind, rng)
        losses = _arch.train(model, x_train, y_train, 0.01, rng, epochs=1 if short else 8)
        found[kind] = _arch.accuracy(model, x_test, y_test)
        found[f"{kind} train"] = _arch.accuracy(model, x_train, y_train)
        found[f"{kind} loss"] = losses[-1]
    return found
