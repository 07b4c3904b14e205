"""To how few maps may a 1 × 1 convolution compress 48, before a layer of 3 × 3 sees them?

A network on shapes of 16 × 16: a first layer and pooling, four layers of 3 × 3 with 48 maps on 8 ×
8 pixels, the mean of each map, a linear layer. Before each of the four, 1 × 1 filters make 1, 4 or
12 maps of the 48, with batch normalisation and ReLU ("reduced"); "full" has no such layer. "narrow"
has none either, but 24 maps throughout, about as many multiply-adds as "reduced" has with 12. Six
epochs on 1,000 images, rate 0.01.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import conv_norm_relu
from experiments import _arch, _small

SEEDS = (0, 1, 2)
REDUCED = (1, 4, 12)


def network(rng, *, reduced=None, channels=48):
    """-> modules for images of 16 × 16"""
    layers = [conv_norm_relu(3, channels, 3, padding=1, rng=rng), nn.MaxPool2d(2)]
    for _ in range(4):
        if reduced is not None:
            layers.append(conv_norm_relu(channels, reduced, 1, rng=rng))
        before = channels if reduced is None else reduced
        layers.append(conv_norm_relu(before, channels, 3, padding=1, rng=rng))
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10, rng=rng)
    )


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x_train, y_train, x_test, y_test = _small.shapes(*((256, 100) if short else (1000, 1000)), seed)
    x_train, x_test = _small.standardized(x_train, x_test)
    found = {"reduced": []}
    for options in [*({"reduced": r} for r in REDUCED), {}, {"channels": 24}]:
        rng = np.random.default_rng(seed)
        model = network(rng, **options)
        _arch.train(model, x_train, y_train, 0.01, rng, epochs=1 if short else 6)
        right = _arch.accuracy(model, x_test, y_test)
        if "reduced" in options:
            found["reduced"].append(right)
        else:
            found["narrow" if options else "full"] = right
    return found
