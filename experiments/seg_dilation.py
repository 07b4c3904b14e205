"""What do stacks of dilated filters leave out, and does it show in what they predict?

Stacks of 3 × 3 filters with dilations such as 1, 2, 4. "field": how many pixels wide an output
sees; "share": of these pixels, how many really reach it; "paths": in one dimension, by how many
ways each does. "gain": by how much a blur by 1 2 1 scales an alternating signal (+1, -1, …), if it
is dilated by 1 and by 2. Then networks of five such layers of 12 maps are trained on 160 scenes of
_seg for six epochs, with AdamW at a rate of 0.01: what is right in 100 test scenes, and "alone",
the share of pixels whose predicted class none of their four neighbours has, a speckle.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from cs_lib.torch.nn import functional as F
from experiments import _seg

SEEDS = tuple(range(10))
STACKS = {
    "1 2 4": (1, 2, 4),
    "2 2 2": (2, 2, 2),
    "2 4 8": (2, 4, 8),
    "4 4": (4, 4),
    "1 2 5": (1, 2, 5),
    "1 2 4 4 2 1": (1, 2, 4, 4, 2, 1),
    "seven of 1": (1,) * 7,
}
TRAINED = {
    "plain": (1, 1, 1, 1, 1),
    "growing": (1, 2, 4, 1, 1),
    "twos": (2, 2, 2, 2, 2),
    "fours": (4, 4, 4, 4, 4),
    "falling": (4, 4, 4, 2, 1),
}


def paths(dilations):
    """How many ways lead from each input to one output, in one dimension -> a list"""
    counts = torch.ones(1, 1, 1)
    for dilation in dilations:
        filters = torch.zeros(1, 1, 2 * dilation + 1)
        filters[..., ::dilation] = 1
        counts = torch.nn.functional.conv1d(counts, filters, padding=2 * dilation)
    return [int(n) for n in counts[0, 0]]


def gain(dilation):
    """Of a blur by 1 2 1, dilated, on a signal that alternates"""
    signal = torch.tensor([1.0, -1.0]).repeat(1, 1, 1, 20)
    blur = torch.tensor([1.0, 2.0, 1.0]).reshape(1, 1, 1, 3) / 4
    once = F.conv2d(signal, blur, dilation=(1, dilation))
    return once.abs().max().item()


def network(dilations, rng, width=12):
    layers, channels = [], 3
    for d in dilations:
        conv = nn.Conv2d(channels, width, 3, padding=d, dilation=d, bias=False, rng=rng)
        layers += [conv, nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.Conv2d(width, _seg.CLASSES, 1, rng=rng))


def alone(predicted):
    """The share of pixels that no neighbour up, down, left or right agrees with"""
    padded = np.pad(predicted, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    h, w = predicted.shape[1:]
    lonely = np.ones(predicted.shape, bool)
    for y, x in ((0, 1), (2, 1), (1, 0), (1, 2)):
        lonely &= padded[:, y : y + h, x : x + w] != predicted
    return float(lonely.mean())


def run(seed, *, short=False):
    torch.set_num_threads(1)
    found = {}
    for name, dilations in STACKS.items():
        counts = paths(dilations)
        found[f"{name} paths"], found[f"{name} field"] = counts, len(counts)
        found[f"{name} share"] = float(np.mean(np.array(counts) > 0) ** 2)
    for dilation in (1, 2):
        found[f"dilation {dilation} gain"] = gain(dilation)
    train, test = (
        _seg.data(n, seed, part) for part, n in enumerate((25, 20) if short else (160, 100))
    )
    for name, dilations in TRAINED.items():
        rng = np.random.default_rng(seed)
        model = network(dilations, rng)
        _seg.train(model, *train, 0.01, rng, epochs=5 if short else 6)
        predicted = _seg.classes_of(model, test[0])
        found[f"{name} alone"] = alone(predicted)
        for what, value in _seg.measures(predicted, test[1]).items():
            found[f"{name} {what}"] = value
    return found
