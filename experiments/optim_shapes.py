"""Which optimiser trains a small network best, if each may choose its learning rate?

Three convolutions (8, 16, 32 filters of 3 × 3) with ReLU and max pooling, then a linear layer, on
shapes of 16 × 16: 2,000 training images, six epochs in minibatches of 32, no weight decay. Each
optimiser is run with five rates, half a decade apart, and each rate falls to 0 along half a cosine.
The page chooses the rate by the 1,000 images for validation, and reports the 1,000 test images.
"""

import math

import numpy as np
import torch

from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR
from cs_lib.torch.nn import functional as F
from experiments import _small

SEEDS = (0, 1, 2)
EPOCHS = 6
FAILED = 100.0  # in place of a loss that is no number
OPTIMIZERS = {
    "SGD": lambda p, lr: optim.SGD(p, lr=lr),
    "momentum": lambda p, lr: optim.SGD(p, lr=lr, momentum=0.9),
    "Nesterov": lambda p, lr: optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    "Adagrad": lambda p, lr: optim.Adagrad(p, lr=lr),
    "RMSProp": lambda p, lr: optim.RMSprop(p, lr=lr),
    "Adam": lambda p, lr: optim.Adam(p, lr=lr),
}
RATES = {
    "SGD": (0.03, 0.1, 0.3, 1.0, 3.0),
    "momentum": (0.003, 0.01, 0.03, 0.1, 0.3),
    "Nesterov": (0.003, 0.01, 0.03, 0.1, 0.3),
    "Adagrad": (0.003, 0.01, 0.03, 0.1, 0.3),
    "RMSProp": (0.0003, 0.001, 0.003, 0.01, 0.03),
    "Adam": (0.001, 0.003, 0.01, 0.03, 0.1),
}


def images(seed, *, short=False, n_train=2000):
    """Shapes of half their size, standardised -> {"train", "validation", "test": (x, y)}"""
    n, rest = (200, 100) if short else (n_train, 1000)
    x_train, y_train, x_rest, y_rest = _small.shapes(n, 2 * rest, seed)
    x_train, x_rest = (torch.from_numpy(x).float() for x in _small.standardized(x_train, x_rest))
    y_train, y_rest = torch.from_numpy(y_train), torch.from_numpy(y_rest)
    return {
        "train": (x_train, y_train),
        "validation": (x_rest[:rest], y_rest[:rest]),
        "test": (x_rest[rest:], y_rest[rest:]),
    }


def network(rng):
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 2 * 2, 10, rng=rng))


def finite(loss):
    return min(loss, FAILED) if math.isfinite(loss) else FAILED


def train(images, make, schedule, seed, *, epochs, batch_size=32):
    """make: parameters -> optimiser; schedule: (optimiser, steps) -> schedule or None
    -> {"loss": the mean loss of each epoch, "validation", "test": accuracies at the end}"""
    x, y = images["train"]
    rng = np.random.default_rng(seed)
    model = network(rng)
    optimizer = make(model.parameters())
    falling = schedule(optimizer, epochs * -(-len(x) // batch_size))
    losses = []
    for _ in range(epochs):
        order, total = torch.from_numpy(rng.permutation(len(x))), 0.0
        for batch in order.split(batch_size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            if falling is not None:
                falling.step()
            total += loss.item() * len(batch)
        losses.append(finite(total / len(x)))
    found = {"loss": losses}
    with torch.no_grad():
        for part in ("validation", "test"):
            inputs, labels = images[part]
            found[part] = (model(inputs).argmax(dim=1) == labels).float().mean().item()
    return found


def collect(found, name, runs):
    """Put the runs' numbers into found under "name what", a list with one item a run"""
    for what in runs[0]:
        found[f"{name} {what}"] = [run[what] for run in runs]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, epochs, found = images(seed, short=short), 1 if short else EPOCHS, {}
    for name, make in OPTIMIZERS.items():
        runs = [
            train(
                pictures,
                lambda p, lr=lr, make=make: make(p, lr),
                CosineAnnealingLR,
                seed,
                epochs=epochs,
            )
            for lr in RATES[name][: 1 if short else None]
        ]
        collect(found, name, runs)
    return found
