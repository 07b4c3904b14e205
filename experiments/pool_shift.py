"""Which way of halving a map keeps the answer when the image moves by a pixel?

A small convolutional network halves its maps twice, by one of four ways, and is trained on the
28×28 pixels in the middle of the images of `shapes`. Then the frame moves: a moved image is the
same picture cut out a pixel or more further, so nothing is made up at the borders. The last network
was trained on frames at random places.
"""

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib import data
from cs_lib.torch import nn
from cs_lib.torch.optim import Adam

SEEDS = (0, 1, 2)
WAYS = ("max", "average", "strided", "max, blurred", "max, moved")
FRAME = 28  # pixels, of 32: the middle begins at 2
AROUND = [(down, right) for down in (1, 2, 3) for right in (1, 2, 3) if (down, right) != (2, 2)]


class MaxBlur(nn.Module):
    """Maxima of all 2×2 windows, then a [1 2 1] blur, of which every second value is kept."""

    def forward(self, x):
        x = F.max_pool2d(F.pad(x, (1, 2, 1, 2)), 2, stride=1)  # x >= 0, behind a ReLU
        x = F.avg_pool2d(x, 2, stride=1)  # [1 1] twice is [1 2 1]
        return F.avg_pool2d(x, 2, stride=2)


def network(way, rng):
    """Three convolutions with two halvings between them, global average, linear layer."""
    stride = 2 if way == "strided" else 1
    halve = {
        "max": lambda: nn.MaxPool2d(2),
        "average": lambda: nn.AvgPool2d(2),
        "max, blurred": MaxBlur,
    }
    layers, channels = [], 3
    for filters in (12, 24):
        layers += [nn.Conv2d(channels, filters, 3, stride, 1, bias=False, rng=rng)]
        layers += [nn.BatchNorm2d(filters), nn.ReLU()]
        if stride == 1:
            layers.append(halve[way.removesuffix(", moved")]())
        channels = filters
    layers += [nn.Conv2d(channels, 48, 3, 1, 1, bias=False, rng=rng), nn.BatchNorm2d(48), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10, rng=rng)]
    return nn.Sequential(*layers)


def cut(x, down, right):
    return x[:, :, down : down + FRAME, right : right + FRAME]


def train(model, x, y, epochs, rng, moved):
    steps = epochs * (len(x) // 50)
    model.train()
    optimizer = Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    for _ in range(epochs):
        for batch in rng.permutation(len(x)).reshape(-1, 50):
            place = rng.integers(0, 5, 2) if moved else (2, 2)
            loss = F.cross_entropy(model(cut(x[batch], *place)), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def answers(model, x):
    with torch.no_grad():
        return model(x).argmax(dim=1)


def relative_change(layers, one, other):
    """How far the outputs for two frames lie apart, as a share of their size."""
    with torch.no_grad():
        one, other = layers(one), layers(other)
        size = (one.square().sum() + other.square().sum()) / 2
        return ((one - other).square().sum() / size).sqrt().item()


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n_train, n_test, epochs = (100, 100, 1) if short else (4000, 1000, 10)
    dataset = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    mean, std = dataset.x_train.mean(), dataset.x_train.std()
    x, x_test = (torch.tensor((a - mean) / std) for a in (dataset.x_train, dataset.x_test))
    y, y_test = torch.tensor(dataset.y_train), torch.tensor(dataset.y_test)
    middle = cut(x_test, 2, 2)
    found = {}
    for way in WAYS:
        rng = np.random.default_rng(seed)
        model = network(way, rng)
        train(model, x, y, epochs, rng, moved=way.endswith("moved"))
        usual = answers(model, middle)
        around = [(answers(model, cut(x_test, *place)) == usual) for place in AROUND]
        first = answers(model, cut(x_test, 2, 0))
        along = [(answers(model, cut(x_test, 2, d)) == first) for d in range(5)]
        beside = cut(x_test, 2, 3)
        stage = 3 if way == "strided" else 4  # layers up to the first smaller map
        if way != "strided":
            found[f"{way}: map before"] = relative_change(model[:3], middle, beside)
        found |= {
            f"{way}: accuracy": (usual == y_test).double().mean().item(),
            f"{way}: same": torch.stack(around).double().mean().item(),
            f"{way}: same, by distance": [a.double().mean().item() for a in along],
            f"{way}: map": relative_change(model[:stage], middle, beside),
            f"{way}: average": relative_change(model[:-2], middle, beside),
        }
    return found
