"""Which normalisation: before or after the ReLU, over the batch, a group, an image, of weights?

Three convolutions (8, 16, 32 filters) on 2,000 shapes of 16 × 16, 300 steps of SGD with momentum in
minibatches of 32, each kind with the best of three rates by the accuracy on images for validation.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from experiments import _bn

SEEDS = (0, 1, 2)
RATES, STEPS = (0.01, 0.03, 0.1), 300
KINDS = {
    "none": {"normalise": None},
    "batch": {"normalise": nn.BatchNorm2d},
    "after": {"normalise": nn.BatchNorm2d, "after": True},
    "layer": {"normalise": lambda channels: nn.GroupNorm(1, channels)},
    "group": {"normalise": lambda channels: nn.GroupNorm(4, channels)},
    "instance": {"normalise": lambda channels: nn.InstanceNorm2d(channels, affine=True)},
    "weight": {"normalise": None, "convolution": nn.WeightNorm},
}


def one(pictures, kind, lr, seed, *, steps):
    x, y = pictures["train"]
    rng = np.random.default_rng(seed)
    model = _bn.network(rng=rng, **KINDS[kind])
    losses = _bn.train(model, x, y, lr=lr, order=_bn.batches(len(x), 32, steps, rng))
    found = {"loss": _bn.tail(losses, 50), "rate": lr}
    return found | {part: _bn.accuracy(model, *pictures[part]) for part in ("validation", "test")}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = _bn.images(seed, 2000, short=short), {}
    for kind in KINDS:
        runs = [
            one(pictures, kind, lr, seed, steps=5 if short else STEPS)
            for lr in RATES[: 1 if short else None]
        ]
        _bn.best(found, runs, kind)
    return found
