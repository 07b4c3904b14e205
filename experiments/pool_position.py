"""If a network learns from objects at the left only, does it know them at the right?

The images are those of `shapes` with smaller objects, whose place we choose. Two networks with the
same convolutions and max pooling differ at their top: one flattens its last maps, the other takes
each map's average. Both train on objects at the left, and the first also on objects anywhere.
"""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib.data import shapes
from cs_lib.torch import nn
from cs_lib.torch.optim import Adam

SEEDS = (0, 1, 2)
TOPS = ("flattened", "averaged", "flattened, trained anywhere")
PLACES = tuple(range(-8, 9))  # of the objects' middles: pixels right of the centre


def images(n, seed, right=None):
    """n images with objects at most 6 pixels in radius, at `right` pixels, or near -8."""
    rng = np.random.default_rng(seed)
    factors = shapes.sample(n, rng)
    at = rng.uniform(-9, -7, n) if right is None else np.broadcast_to(right, n)
    center = np.stack([at, factors.center[:, 1]], axis=1)
    factors = replace(factors, center=center, radius=rng.uniform(4.5, 6, n))
    x = shapes.render(factors) + shapes.NOISE * rng.standard_normal((n, 3, 32, 32))
    x = (np.clip(x, 0, 1) - 0.5) / 0.2
    return torch.tensor(x, dtype=torch.float32), torch.tensor(factors.label)


def network(top, rng):
    layers, channels = [], 3
    for filters in (12, 24, 48):
        layers += [nn.Conv2d(channels, filters, 3, 1, 1, bias=False, rng=rng)]
        layers += [nn.BatchNorm2d(filters), nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    if top == "averaged":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10, rng=rng)]
    else:
        layers += [nn.Flatten(), nn.Linear(48 * 4 * 4, 10, rng=rng)]
    return nn.Sequential(*layers)


def train(model, x, y, epochs, rng):
    model.train()
    optimizer = Adam(model.parameters(), lr=1e-2)
    steps = epochs * (len(x) // 50)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    for _ in range(epochs):
        for batch in rng.permutation(len(x)).reshape(-1, 50):
            loss = F.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n_train, n_test, epochs = (100, 50, 1) if short else (4000, 500, 15)
    anywhere = np.random.default_rng([seed, 3]).uniform(-9, 9, n_train)
    tests = [images(n_test, [seed, 1], right) for right in PLACES]  # the same objects, moved
    found = {}
    for top in TOPS:
        right = anywhere if top.endswith("anywhere") else None
        x, y = images(n_train, [seed, 0], right)
        rng = np.random.default_rng([seed, 2])
        model = network(top, rng)
        train(model, x, y, epochs, rng)
        with torch.no_grad():
            guesses = [model(x_test).argmax(dim=1) for x_test, _ in tests]
        found |= {
            f"{top}: accuracy": [
                (guess == y_test).double().mean().item()
                for guess, (_, y_test) in zip(guesses, tests, strict=True)
            ],
            f"{top}: same as at the left": [
                (guess == guesses[0]).double().mean().item() for guess in guesses
            ],
        }
    return found
