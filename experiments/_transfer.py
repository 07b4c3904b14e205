"""A network that has learnt five of the ten shapes, and what else is to learn the other five."""

import copy
from functools import lru_cache

import numpy as np
import torch

from experiments import _seeing, _small

PLAN = (16, "pool", 32, 48, 64)  # 16 × 16 pixels, then 8 × 8
RELUS = ("body.2", "body.6", "body.9", "body.12")


def split(seed):
    """The ten classes in two halves: those of the first training, those of the second"""
    order = np.random.default_rng([seed, 5]).permutation(10)
    return np.sort(order[:5]), np.sort(order[5:])


def part(x, y, classes):
    """The images of some classes, and their labels as 0, 1, …"""
    at = np.flatnonzero(np.isin(y, classes))
    return x[at], np.searchsorted(classes, y[at])


@lru_cache(maxsize=2)
def images(seed, short=False):
    """Shapes of 16 × 16 -> x_train, y_train, x_test, y_test, all ten classes"""
    return _small.shapes(*(400, 200) if short else (4000, 2000), seed)


def network(x, rng, num_classes=5):
    return _seeing.Network(PLAN, num_classes, mean=x.mean(), std=x.std(), first=3, rng=rng)


@lru_cache(maxsize=16)
def pretrained(seed, short=False, *, noise=0.0, n=None):
    """The network after the first training, and its share right on test images of its classes.

    noise: the share of the images whose label was replaced by one of the four wrong ones. n: so
    many of the 2,000 images.
    """
    x, y, x_test, y_test = images(seed, short)
    first, _ = split(seed)
    x, y = part(x, y, first)
    x, y = x[:n], y[:n].copy()
    rng = np.random.default_rng([seed, int(100 * noise)])
    wrong = rng.permutation(len(y))[: round(noise * len(y))]
    y[wrong] = (y[wrong] + rng.integers(1, 5, len(wrong))) % 5
    model = network(x, np.random.default_rng(seed))
    epochs = 1 if short else 5 if n is None else 5 * 2000 // n
    _seeing.fit(model, x, y, np.random.default_rng(seed), epochs=epochs)
    return model, _seeing.accuracy(model, *part(x_test, y_test, first))


def with_new_head(model, rng):
    """A copy whose linear layer starts anew, for the other five classes"""
    other = copy.deepcopy(model).eval()
    fresh = _seeing.nn.Linear(other.fc.in_features, 5, rng=rng)
    other.fc.load_state_dict(fresh.state_dict())
    return other


def few(x, y, n, rng):
    """n images of each of the five classes"""
    at = np.concatenate([rng.permutation(np.flatnonzero(y == k))[:n] for k in range(5)])
    return x[at], y[at]


def train(model, x, y, rng, *, groups, steps, frozen=()):
    """Steps of AdamW with a cycle of the rate, batches of at most 32.

    groups: [(module, rate)] of what is trained, nothing else is. frozen: modules kept in evaluation
    mode, whose batch norms therefore use, and keep, their statistics.
    """
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    groups = [{"params": list(module.parameters()), "lr": lr} for module, lr in groups]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [group["lr"] for group in groups], total_steps=steps
    )
    model.train().requires_grad_(False)
    for group in groups:
        for parameter in group["params"]:
            parameter.requires_grad_(True)
    for module in frozen:
        module.eval()
    order = []
    for _ in range(steps):
        if not order:
            order = list(torch.from_numpy(rng.permutation(len(x))).split(32))
            if len(order) > 1 and len(order[-1]) < 16:
                order.pop()  # batch norm on a handful of images would be noise
        batch = order.pop()
        loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def linear_probe(model, x, y, rng, *, steps):
    """A new linear layer above features that are computed once: the model, and a copy's head"""
    model = with_new_head(model, rng)
    with torch.no_grad():
        maps = model.body((torch.from_numpy(x) - model.mean) / model.std).mean(dim=(2, 3))
    head = torch.nn.Sequential(model.fc)
    train(head, maps.numpy(), y, rng, groups=[(head, 3e-2)], steps=steps)
    return model
