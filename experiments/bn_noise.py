"""Does the noise of the batch's statistics regularise?

Three convolutions (8, 16, 32 filters) on 400 shapes of 16 × 16, 200 steps of SGD with momentum in
minibatches of 128, whatever else: only the batch normalisation sees parts of each minibatch, of 4,
8, 32 or all 128 images, and normalises each part by itself ("ghost batches"). So the gradient is
always a mean over 128 images, and the number of steps is the same. Each with the best of two rates,
by the accuracy on images for validation. Running statistics are taken anew from the training images
at the end, so that all are tested alike. "noise": the standard deviation, over many random parts of
that size, of the mean of a channel of the first layer, in the channel's standard deviations.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from cs_lib.torch.nn import functional as F
from experiments import _bn

SEEDS = (0, 1, 2)
PARTS, RATES = (4, 8, 32, 128), (0.03, 0.1)
STEPS = 200


class Ghost(nn.BatchNorm2d):
    """Batch normalisation of each `part` images by themselves, in training [Hoffer et al. 2017]."""

    def __init__(self, num_features, part):
        super().__init__(num_features)
        self.part = part

    def forward(self, x):
        if not self.training or len(x) % self.part or self.momentum is None:
            return super().forward(x)
        n, c, *size = x.shape
        groups = n // self.part
        parts = x.reshape(groups, self.part, c, *size).transpose(0, 1)
        parts = parts.reshape(self.part, groups * c, *size)  # a part's channels are channels
        y = F.batch_norm(parts, None, None, training=True, eps=self.eps)
        y = y.reshape(self.part, groups, c, *size).transpose(0, 1).reshape(x.shape)
        return y * self.weight.reshape(1, -1, 1, 1) + self.bias.reshape(1, -1, 1, 1)


@torch.no_grad()
def noise(model, x, part, rng):
    maps = model[0](x)
    overall = maps.std(dim=(0, 2, 3))
    means = [maps[torch.from_numpy(rng.permutation(len(x))[:part])].mean(dim=(0, 2, 3))
             for _ in range(200)]  # fmt: skip
    return (torch.stack(means).std(dim=0) / overall).mean().item()


def one(pictures, part, lr, seed, *, steps):
    x, y = pictures["train"]
    rng = np.random.default_rng(seed)
    model = _bn.network(lambda channels: Ghost(channels, part), rng)
    losses = _bn.train(model, x, y, lr=lr, order=_bn.batches(len(x), 128, steps, rng))
    _bn.reestimate(model, x, rng)
    found = {part: _bn.accuracy(model, *pictures[part]) for part in ("train", "validation", "test")}
    return found | {"loss": _bn.tail(losses), "noise": noise(model, x, part, rng)}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = _bn.images(seed, 400, short=short), {}
    for part in PARTS:
        runs = [
            one(pictures, part, lr, seed, steps=3 if short else STEPS)
            for lr in RATES[: 1 if short else None]
        ]
        _bn.best(found, runs, str(part))
    return found
