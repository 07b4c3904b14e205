"""What the experiments on residual networks share: training, and pulling out blocks."""

from contextlib import contextmanager

import numpy as np
import torch

from cs_lib.torch import models
from experiments import _bn

BATCH = 100


def network(kind, depth, seed, **options):
    """A CifarResNet of 8, 16 and 32 maps, "residual" (with the paper's shortcuts) or "plain" """
    shortcut = {"plain": None, "residual": "pad"}[kind]
    rng = np.random.default_rng(seed)
    return models.CifarResNet(depth, width=8, shortcut=shortcut, rng=rng)


def train(model, images, *, epochs, lr, seed):
    """SGD with momentum, warm-up and cosine -> the mean training loss of each epoch"""
    x, y = images["train"]
    size = min(BATCH, len(x) // 2)
    steps = len(x) // size
    order = _bn.batches(len(x), size, epochs * steps, np.random.default_rng(seed))
    losses = _bn.train(model, x, y, lr=lr, order=order)
    return [float(np.mean(losses[n : n + steps])) for n in range(0, len(losses), steps)]


def shares(model, images):
    """What is right in evaluation mode, among 1,000 images of training, and in the test"""
    x, y = images["train"]
    return {
        "train": _bn.accuracy(model, x[:1000], y[:1000]),
        "test": _bn.accuracy(model, *images["test"]),
    }


def removable(model):
    """(stage, number) of the blocks that leave the shape as it is: all but the first of the second
    and the third stage"""
    return [
        (stage, n)
        for stage, blocks in enumerate(model.stages)
        for n in range(len(blocks))
        if stage == 0 or n > 0
    ]


@contextmanager
def without(model, *places):
    """The model with blocks (stage, number) taken out: their output is their input."""
    kept = {place: model.stages[place[0]][place[1]] for place in places}
    try:
        for stage, n in places:
            model.stages[stage][n] = torch.nn.Identity()
        yield model
    finally:
        for (stage, n), block in kept.items():
            model.stages[stage][n] = block
