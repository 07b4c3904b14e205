"""What the experiments on normalisation in training share: small networks, training, testing."""

import math

import numpy as np
import torch

from cs_lib.torch import init, nn, optim
from cs_lib.torch.nn import functional as F
from experiments import _small

FAILED = 100.0  # in place of a loss that is no number
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def images(seed, n_train, n_rest=1000, *, short=False):
    """Shapes of 16 × 16, standardised -> {"train", "validation", "test": (x, y)}"""
    n, rest = (200, 100) if short else (n_train, n_rest)
    x_train, y_train, x_rest, y_rest = _small.shapes(n, 2 * rest, seed)
    x_train, x_rest = (torch.from_numpy(x).float() for x in _small.standardized(x_train, x_rest))
    y_train, y_rest = torch.from_numpy(y_train), torch.from_numpy(y_rest)
    return {
        "train": (x_train, y_train),
        "validation": (x_rest[:rest], y_rest[:rest]),
        "test": (x_rest[rest:], y_rest[rest:]),
    }


def network(normalise, rng, *, widths=(8, 16, 32), after=False, convolution=None):
    """Convolution, normalisation, ReLU (or, with `after`, ReLU, normalisation), max pooling, for
    each of the widths; then a linear layer.

    normalise: number of channels -> a layer, or None for no normalisation. convolution: what is
    done to a convolution, such as nn.WeightNorm. There are three poolings, evenly spread. The
    convolutions start with He's weights and biases of 0.
    """
    layers, channels = [], 3
    for depth, width in enumerate(widths, start=1):
        conv = nn.Conv2d(channels, width, 3, padding=1, rng=rng)
        shape = tuple(conv.weight.shape)
        conv.weight.data = init.kaiming_normal(shape, nonlinearity="relu", rng=rng)
        conv.bias.data.zero_()
        layers.append(conv if convolution is None else convolution(conv))
        norm = [] if normalise is None else [normalise(width)]
        layers += [nn.ReLU(), *norm] if after else [*norm, nn.ReLU()]
        if depth * 3 % len(widths) == 0:
            layers.append(nn.MaxPool2d(2))
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 2 * 2, 10, rng=rng))


def batches(n, size, steps, rng):
    """`steps` batches of indices, a new order whenever one is used up"""
    found = []
    while len(found) < steps:
        order = torch.from_numpy(rng.permutation(n))
        found += [batch for batch in order.split(size) if len(batch) == size]
    return found[:steps]


def rate(lr, step, steps, warm_up):
    """A straight line up for a share of the steps, then half a cosine down"""
    up = int(warm_up * steps)
    if step < up:
        return lr * (step + 1) / (up + 1)
    return lr * (1 + math.cos(math.pi * (step - up) / (steps - up))) / 2


def train(model, x, y, *, lr, order, momentum=0.9, warm_up=0.2, look=None):
    """Steps of SGD, one for each of the batches of indices in order -> the loss of each step

    look(step, batch, lr): called before each step, when the gradients are there
    """
    optimizer, losses = optim.SGD(model.parameters(), lr=lr, momentum=momentum), []
    model.train()
    for step, batch in enumerate(order):
        now = optimizer.param_groups[0]["lr"] = rate(lr, step, len(order), warm_up)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[batch]), y[batch])
        loss.backward()
        if look is not None:
            look(step, batch, now)
        optimizer.step()
        losses.append(finite(loss.item()))
    return losses


def finite(loss):
    return min(loss, FAILED) if math.isfinite(loss) else FAILED


@torch.no_grad()
def accuracy(model, x, y, *, together=None):
    """In evaluation mode; or in training mode, `together` images at a time"""
    if together is None:
        return (model.eval()(x).argmax(dim=1) == y).float().mean().item()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    scores = torch.cat([model(part) for part in x.split(together)])
    model.load_state_dict(kept)  # training mode moves the running statistics
    return (scores.argmax(dim=1) == y).float().mean().item()


@torch.no_grad()
def reestimate(model, x, rng, *, size=100):
    """Forget the running statistics, and take their plain mean over batches of x, weights fixed."""
    norms = [layer for layer in model.modules() if isinstance(layer, BATCH_NORMS)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for batch in torch.from_numpy(rng.permutation(len(x))).split(size):
        model(x[batch])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return model.eval()


def tail(losses, n=20):
    """The mean loss of the last steps"""
    return float(np.mean(losses[-n:]))


def best(found, runs, name):
    """Into found, what the run with the best validation accuracy has, under "name what" """
    chosen = max(runs, key=lambda run: run["validation"])
    found.update({f"{name} {what}": value for what, value in chosen.items()})
