"""What do local contrast and batch normalisation change: invariance, training, sparsity?

Three convolutions (16, 32, 64 filters of 3 × 3), each followed by a normalisation, ReLU and max
pooling, then a linear layer, on shapes of 16 × 16. "none": no normalisation. "within": local
contrast normalisation of each map; "across": of all maps together; "image": of the image alone,
before the first layer; "batch": batch normalisation. Trained with many labels and with few. The
test images are then changed: brighter, with half the contrast, and lit from one side.
"""

import numpy as np
import torch

from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.trainer import Trainer
from experiments import _small

SEEDS = (0, 1, 2)
KINDS = ("none", "image", "within", "across", "batch")
RATE = 5e-3  # that of benchmarks/shapes.py


def light(x):
    """Images in [0, 1] under other light: {name: images}, not clipped"""
    shade = np.linspace(0.4, 1.6, x.shape[3], dtype=np.float32)
    return {
        "as trained": x,
        "brighter": x + 0.3,
        "half the contrast": 0.5 + 0.5 * (x - 0.5),
        "lit from a side": x * shade,
    }


def network(kind, rng):
    layers = [nn.LocalContrastNorm2d(kernel_size=5, across=True)] if kind == "image" else []
    for (before, after), kernel_size in zip(((3, 16), (16, 32), (32, 64)), (5, 5, 3), strict=True):
        layers.append(nn.Conv2d(before, after, 3, padding=1, rng=rng))
        if kind in ("within", "across"):
            across = kind == "across"
            layers.append(nn.LocalContrastNorm2d(kernel_size=kernel_size, across=across, eps=0.1))
        elif kind == "batch":
            layers.append(nn.BatchNorm2d(after))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 2 * 2, 10, rng=rng))


def train(kind, x, y, seed, *, epochs, lr=RATE):
    rng = np.random.default_rng(seed)
    model = network(kind, rng)
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    trainer = Trainer(
        model, nn.CrossEntropyLoss(), optimizer, epochs=epochs, batch_size=32, rng=rng,
        schedule=OneCycleLR(optimizer, lr, epochs * -(-len(x) // 32)), progress=False,
    ).fit(x, y)  # fmt: skip
    return model.eval(), trainer.history["loss"]


@torch.no_grad()
def accuracy(model, x, y):
    return float((model(torch.from_numpy(x)).argmax(dim=1).numpy() == y).mean())


@torch.no_grad()
def silent(model, x):
    """The share of zeros after each ReLU"""
    shares, x = [], torch.from_numpy(x)
    for layer in model:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            shares.append((x == 0).float().mean().item())
    return shares


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, few = (200, 100) if short else (3000, 300)
    images, y_train, tests, y_test = _small.shapes(n, 100 if short else 1000, seed)
    mean, std = images.mean(), images.std()
    lights = {name: ((x - mean) / std).astype(np.float32) for name, x in light(tests).items()}
    x_train, x_test = (images - mean) / std, lights["as trained"]
    found = {}
    for kind in KINDS:
        model, losses = train(kind, x_train, y_train, seed, epochs=1 if short else 6)
        found[f"{kind} loss"] = losses
        found[f"{kind} light"] = [accuracy(model, x, y_test) for x in lights.values()]
        found[f"{kind} silent"] = silent(model, x_test[:200])
        model, _ = train(kind, x_train[:few], y_train[:few], seed, epochs=1 if short else 15)
        found[f"{kind} few"] = accuracy(model, x_test, y_test)
    return found
