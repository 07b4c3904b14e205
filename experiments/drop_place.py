"""Where does dropout go in a network with batch normalisation, and where does it harm?

Three times a convolution, batch normalisation, ReLU and max pooling, then a linear layer, on 2,000
shapes of 16 × 16, for ten epochs. Dropout: nowhere; before the last layer; or after the first two
poolings, so that the next normalisation meets it. Each network is tested with its running
statistics, and with others taken anew from the training images, with nothing dropped.
"""

import numpy as np
import torch
import torch.nn.functional as TF

from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR
from experiments import _small

SEEDS = (0, 1, 2)
PLACES = (("nowhere", 0.0), ("last", 0.2), ("norm", 0.2), ("last", 0.5), ("norm", 0.5))
EPOCHS = 10


def network(place, p, rng):
    layers = []
    for before, after in ((3, 12), (12, 24), (24, 32)):
        layers += [
            nn.Conv2d(before, after, 3, padding=1, bias=False, rng=rng),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        if place == "norm" and after < 32:
            layers.append(nn.Dropout(p, rng=rng))
    layers.append(nn.Flatten())
    if place == "last":
        layers.append(nn.Dropout(p, rng=rng))
    return nn.Sequential(*layers, nn.Linear(32 * 4, 10, rng=rng))


def train(place, p, x, y, seed, epochs):
    rng = np.random.default_rng(seed)
    model = network(place, p, rng)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, epochs * -(-len(x) // 50))
    for _ in range(epochs):
        for batch in torch.from_numpy(rng.permutation(len(x))).split(50):
            optimizer.zero_grad()
            TF.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            schedule.step()
    return model


@torch.no_grad()
def judged(model, x, y):
    model.eval()
    scores = model(x)
    return [(scores.argmax(1) == y).float().mean().item(), TF.cross_entropy(scores, y).item()]


@torch.no_grad()
def variances(model, x):
    """For each norm: the median over channels of running over actual variance, nothing dropped"""
    model.eval()
    found = []
    for layer in model:
        if isinstance(layer, nn.BatchNorm2d):
            found.append((layer.running_var / x.var(dim=(0, 2, 3))).median().item())
        x = layer(x)
    return found


@torch.no_grad()
def renewed(model, x):
    """Running statistics from x, layer after layer, with nothing dropped"""
    model.eval()
    for layer in model:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.copy_(x.mean(dim=(0, 2, 3)))
            layer.running_var.copy_(x.var(dim=(0, 2, 3)))
        x = layer(x)
    return model


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, n_test = (200, 100) if short else (2000, 1500)
    x, y, x_test, y_test = _small.shapes(n, n_test, seed)
    x, x_test = (torch.from_numpy(a).float() for a in _small.standardized(x, x_test))
    y, y_test = torch.from_numpy(y), torch.from_numpy(y_test)
    found = {}
    for place, p in PLACES:
        name = f"{place} {p}"
        model = train(place, p, x, y, seed, 1 if short else EPOCHS)
        found[f"{name} train"] = judged(model, x, y)[0]
        found[f"{name} variances"] = variances(model, x)
        found[name] = judged(model, x_test, y_test)
        found[f"{name} renewed"] = judged(renewed(model, x), x_test, y_test)
    return found
