"""Is it better to share the weights of a filter, or to learn them anew for every place?

One hidden layer of 8 maps of 14 × 14 units, with the same windows either way: a convolution, or a
locally connected layer. It learns upright `shapes` of one size, which lie anywhere in the image, or
registered, in the middle of it.
"""

from dataclasses import replace

import numpy as np
import torch

from cs_lib.data import shapes
from cs_lib.torch import nn
from cs_lib.torch.optim import Adam
from cs_lib.torch.trainer import Trainer

SEEDS = (0, 1, 2)
LAYERS = ("convolution", "locally connected")
TRAIN = (500, 1000, 2000, 4000)


def pictures(n, rng, registered):
    """n images of shapes of one size with noise: (n, 3, 32, 32) float32, and their labels"""
    factors = shapes.sample(n, rng)
    center = rng.uniform(-8, 8, (n, 2))  # of 32 pixels, so some are cut off a little
    factors = replace(
        factors,
        center=np.zeros_like(center) if registered else center,
        angle=np.zeros_like(factors.angle),
        radius=np.full_like(factors.radius, 8.25),
    )
    noise = shapes.NOISE * rng.standard_normal((n, 3, shapes.SIZE, shapes.SIZE))
    return (shapes.render(factors) + noise).astype(np.float32), factors.label


def network(layer, rng):
    if layer == "convolution":
        hidden = nn.Conv2d(3, 8, 6, stride=2, rng=rng)
    else:
        hidden = nn.LocallyConnected2d(3, 8, (32, 32), 6, stride=2, rng=rng)
    return nn.Sequential(hidden, nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10, rng=rng))


def run(seed, *, short=False):
    torch.set_num_threads(1)
    sizes, n_test, steps = ((50, 100), 50, 2) if short else (TRAIN, 2000, 800)
    results = {}
    for registered in (False, True):
        x, y = pictures(sizes[-1] + n_test, np.random.default_rng([seed, registered]), registered)
        x, y = torch.from_numpy((x - x.mean()) / x.std()), torch.from_numpy(y)
        for layer in LAYERS:
            found = []
            for n in sizes:
                model = network(layer, np.random.default_rng(seed))
                trainer = Trainer(
                    model,
                    nn.CrossEntropyLoss(),
                    Adam(model.parameters(), lr=1e-3),
                    epochs=max(1, steps * 50 // n),  # as many steps for few images as for many
                    batch_size=50,
                    rng=np.random.default_rng([seed, 1]),
                    progress=False,
                )
                trainer.fit(x[:n], y[:n])
                found.append(trainer.evaluate(x[sizes[-1] :], y[sizes[-1] :])["accuracy"])
            results[f"{layer}, {'registered' if registered else 'anywhere'}"] = found
    return results
