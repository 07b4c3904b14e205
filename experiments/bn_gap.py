"""Why is a network with batch normalisation so much worse in evaluation mode?

Three convolutions (8, 16, 32 filters) on 1,000 shapes of 16 × 16, 200 steps of SGD with momentum
in minibatches of 32. "healthy": nothing is wrong. "momentum": each new batch has a share of 0.001
in the running statistics. "lost": the statistics were not kept, as after loading only the
parameters. "raw": the images for testing are left in [0, 1], not standardised. The accuracy on
training and on test images: in evaluation mode, in training mode (100 at a time), and in evaluation
mode after the statistics were taken anew from the training images.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from experiments import _bn, _small

SEEDS = (0, 1, 2)
STEPS = 200


def trained(x, y, seed, *, steps, momentum=0.1):
    rng = np.random.default_rng(seed)
    model = _bn.network(lambda channels: nn.BatchNorm2d(channels, momentum=momentum), rng)
    _bn.train(model, x, y, lr=0.05, order=_bn.batches(len(x), 32, steps, rng))
    return model


def lose(model):
    for layer in model:
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()


def three_ways(model, parts, x, seed):
    """parts: {"train", "test": (x, y)}; x: where new statistics come from -> accuracies"""
    found = {}
    for part, images in parts.items():
        found[f"{part} evaluation"] = _bn.accuracy(model, *images)
        found[f"{part} training"] = _bn.accuracy(model, *images, together=100)
    _bn.reestimate(model, x, np.random.default_rng(seed))
    return found | {f"{part} anew": _bn.accuracy(model, *images) for part, images in parts.items()}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, rest, steps = (200, 100, 10) if short else (1000, 1000, STEPS)
    raw = _small.shapes(n, rest, seed)
    x_train, x_test = (torch.from_numpy(x).float() for x in _small.standardized(raw[0], raw[2]))
    y_train, y_test = torch.from_numpy(raw[1]), torch.from_numpy(raw[3])
    parts = {"train": (x_train, y_train), "test": (x_test, y_test)}
    left = {
        "train": (torch.from_numpy(raw[0]).float(), y_train),
        "test": (torch.from_numpy(raw[2]).float(), y_test),
    }
    found = {}
    for kind in ("healthy", "lost", "raw", "momentum"):
        if kind in ("healthy", "momentum"):  # "lost" and "raw" go on with the healthy network
            momentum = 0.001 if kind == "momentum" else 0.1
            model = trained(x_train, y_train, seed, steps=steps, momentum=momentum)
        if kind == "lost":
            lose(model)
        spoilt = three_ways(model, left if kind == "raw" else parts, x_train, seed)
        found |= {f"{kind} {what}": value for what, value in spoilt.items()}
    return found
