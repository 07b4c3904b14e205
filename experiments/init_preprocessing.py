"""Which preprocessing does a network need, without normalisation inside it and with?

Two convolutions (16, 32 filters of 3 × 3, the first without padding), each followed by batch
normalisation ("batch") or not ("none"), ReLU and max pooling, then a linear layer, on shapes of
16 × 16, by SGD with momentum and the best of five learning rates (by the loss on the training
images at the end). The inputs: pixels from 0 to 255 ("bytes") and from 0 to 1 ("unit"), minus the
mean image ("image"), minus each channel's mean ("centred") and divided by its standard deviation
("channel"), and ZCA-whitened ("zca"). Weights are He's, so that only the inputs differ. Accuracy on
the test images, in evaluation mode and, "together", all of them as one batch in training mode; and
the loss before the first step.
"""

import math

import numpy as np
import torch

from cs_lib.numpy import preprocessing
from cs_lib.torch import init, nn, optim
from experiments import _small

SEEDS = (0, 1, 2)
INPUTS, KINDS = ("bytes", "unit", "image", "centred", "channel", "zca"), ("none", "batch")
RATES, EPOCHS = (0.003, 0.01, 0.03, 0.1, 0.3), 6


def network(kind, rng):
    layers = []
    for before, after, padding in ((3, 16, 0), (16, 32, 1)):
        layers.append(nn.Conv2d(before, after, 3, padding=padding, rng=rng))
        if kind == "batch":
            layers.append(nn.BatchNorm2d(after))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 3 * 3, 10, rng=rng))
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.weight.data = init.kaiming_normal(tuple(layer.weight.shape), rng=rng)
            layer.bias.data.zero_()
    return model


def prepared(x_train, x_test, what):
    """Both sets as `what` says, by the statistics of the training images; tensors"""
    if what == "bytes":
        sets = 255 * x_train, 255 * x_test
    elif what == "unit":
        sets = x_train, x_test
    else:
        fitted = {
            "image": preprocessing.MeanImage(),
            "centred": preprocessing.ChannelMean(),
            "channel": preprocessing.ChannelStandardize(),
            "zca": preprocessing.Whitening("zca", eps=1e-3),
        }[what].fit(x_train)
        sets = fitted.transform(x_train), fitted.transform(x_test)
    return [torch.from_numpy(np.ascontiguousarray(x, np.float32)) for x in sets]


def train(model, x, y, *, lr, epochs, rng):
    """The losses on (x, y), in training mode: before the first step, and at the end"""
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    loss = nn.CrossEntropyLoss()
    with torch.no_grad():
        first = loss(model(x), y).item()
    for _ in range(epochs):
        for batch in torch.from_numpy(rng.permutation(len(x))).split(50):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        last = loss(model(x), y).item()
    return first, last if math.isfinite(last) else math.inf


@torch.no_grad()
def accuracy(model, x, y):
    return (model(x).argmax(dim=1) == y).float().mean().item()


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n = 100 if short else 1000
    images, y, tests, y_test = _small.shapes(n, 100 if short else 1000, seed)
    y, y_test = torch.from_numpy(y), torch.from_numpy(y_test)
    found = {}
    for what in INPUTS:
        x, x_test = prepared(images, tests, what)
        for kind in KINDS:
            runs = []
            for lr in RATES:
                rng = np.random.default_rng(seed)
                model = network(kind, rng)
                first, last = train(model, x, y, lr=lr, epochs=1 if short else EPOCHS, rng=rng)
                alone = accuracy(model.eval(), x_test, y_test)  # first: else it moves statistics
                together = accuracy(model.train(), x_test, y_test)
                runs.append((last, first, lr, [alone, together]))
            _, first, rate, modes = min(runs)
            found[f"{what} {kind}"], found[f"{what} {kind} together"] = modes
            found[f"{what} {kind} first"] = first
            found[f"{what} {kind} rate"] = rate
    return found
