"""Does batch normalisation allow higher learning rates, and does it steady what a layer is fed?

Six convolutions on shapes of 16 × 16, 1,000 images, 200 steps of plain SGD in minibatches of 32, at
rates from 0.03 to 3 that fall along half a cosine. "none", "batch", and batch normalisation whose
output is multiplied by a factor from 1 - s to 1 + s and shifted by s · N(0, 1), both drawn anew for
each channel in each step of training: "shaken" with s = 0.25, "hard" with s = 0.5 [Santurkar et al.
2018, §2.1, simplified]. "warm" runs begin with a fifth of the steps in which the rate rises along a
straight line.

Every tenth step, on the minibatch of the step, for the fourth convolution: "moved": how far one
step of the layers below moves the mean of a channel of its input, in standard deviations (the mean
over channels). "turned": how much that step changes the gradient of its weights, relative to the
gradient; "cosine": between the gradients before and after [ibid., definition 2.1].
"""

import copy

import numpy as np
import torch

from cs_lib.torch import nn
from cs_lib.torch.nn import functional as F
from experiments import _bn

SEEDS = (0, 1, 2)
RATES = (0.03, 0.1, 0.3, 1.0, 3.0)
WIDTHS = (8, 8, 16, 16, 32, 32)
LAYER = 3  # the fourth convolution
STEPS, EVERY = 200, 10
SHAKEN = {"shaken": 0.25, "hard": 0.5}


class Shaken(nn.BatchNorm2d):
    """Batch normalisation that is shifted and scaled at random in training."""

    def __init__(self, num_features, strength, rng):
        super().__init__(num_features)
        self.strength, self.rng = strength, rng

    def forward(self, x):
        y = super().forward(x)
        if not self.training:
            return y
        s, channels = self.strength, y.shape[1]
        scale, shift = self.rng.uniform(1 - s, 1 + s, channels), self.rng.normal(0, s, channels)
        scale, shift = (torch.from_numpy(v).float().reshape(1, -1, 1, 1) for v in (scale, shift))
        return y * scale + shift


def normalisation(kind, rng):
    if kind in SHAKEN:
        return lambda channels: Shaken(channels, SHAKEN[kind], rng)
    return {"none": None, "batch": nn.BatchNorm2d}[kind]


def watched(model):
    """Where in the model the fourth convolution stands"""
    return [i for i, layer in enumerate(model) if isinstance(layer, nn.Conv2d)][LAYER]


def shift(model, x, y, lr):
    """What one step of the layers below the watched one does to its inputs and to its gradient."""
    place = watched(model)
    after = copy.deepcopy(model)
    for layer in after:
        if isinstance(layer, Shaken):  # the next step has other noise
            layer.rng = layer.rng.spawn(1)[0]
    with torch.no_grad():
        for old, new in zip(model[:place].parameters(), after[:place].parameters(), strict=True):
            new.sub_(lr * old.grad)
        before, now = (copy.deepcopy(m[:place])(x) for m in (model, after))
        spread = before.std(dim=(0, 2, 3))
        far = (now.mean(dim=(0, 2, 3)) - before.mean(dim=(0, 2, 3))).abs()
        moved = (far / spread.clamp(min=1e-2)).mean().item()
    after.zero_grad()
    F.cross_entropy(after(x), y).backward()
    g, h = model[place].weight.grad.flatten(), after[place].weight.grad.flatten()
    turned = ((h - g).norm() / g.norm().clamp(min=1e-12)).item()
    cosine = (g @ h / (g.norm() * h.norm()).clamp(min=1e-12)).item()
    return moved, turned, cosine


def one(pictures, kind, lr, warm, seed, *, short):
    x, y = pictures["train"]
    rng, noise = np.random.default_rng(seed), np.random.default_rng(seed + 100)
    model = _bn.network(normalisation(kind, noise), rng, widths=WIDTHS)
    seen = []

    def look(step, batch, now):
        if warm and step % EVERY == EVERY - 1:
            seen.append(shift(model, x[batch], y[batch], now))

    losses = _bn.train(
        model, x, y, lr=lr, momentum=0, warm_up=0.2 * warm, look=look,
        order=_bn.batches(len(x), 32, EVERY if short else STEPS, rng),
    )  # fmt: skip
    found = {"loss": _bn.tail(losses), "highest": max(losses)}
    found |= {part: _bn.accuracy(model, *pictures[part]) for part in ("validation", "test")}
    if warm:
        means = np.mean(seen, axis=0)
        for name, mean in zip(("moved", "turned", "cosine"), means, strict=True):
            found[name] = _bn.finite(float(mean))
    return found


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = _bn.images(seed, 1000, short=short), {}
    kinds = [("none", False), ("none", True), ("batch", False), ("batch", True)]
    for kind, warm in [*kinds, *((kind, True) for kind in SHAKEN)]:
        rates = RATES[: 1 if short else None]
        runs = [one(pictures, kind, lr, warm, seed, short=short) for lr in rates]
        for what in runs[0]:
            found[f"{kind}{' warm' * warm} {what}"] = [run[what] for run in runs]
    return found
