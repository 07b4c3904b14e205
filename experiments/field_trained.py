"""Does training enlarge the part of its receptive field that a unit uses?

Six layers of 3 × 3 filters with batch normalisation and ReLU, the mean over all places and a
linear layer, on shapes of 16 × 16. The effective field is the mean square of the derivatives of a
unit in the middle of the last map with respect to the pixels, over test images and random
mixtures of the unit's channels.
"""

import numpy as np
import torch

from cs_lib.numpy import init
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.trainer import Trainer
from experiments import _small

SEEDS = (0, 1, 2)
DEPTH, WIDTH, MIDDLE = 6, 16, 8


def effective_field(layers, x, rng):
    """-> mean squares of the derivatives (H, W), which sum to 1"""
    x = x.clone().requires_grad_()
    y = layers(x)
    dy = torch.zeros_like(y)
    middle = y.shape[2] // 2
    mixture = rng.normal(size=y.shape[:2]).astype(np.float32)
    dy[:, :, middle, middle] = torch.from_numpy(mixture)
    (dx,) = torch.autograd.grad(y, x, dy)
    square = (dx**2).mean(dim=(0, 1)).numpy().astype(float)
    return square / square.sum()


def spread(field):
    """Standard deviation in pixels around the middle, the mean of both axes"""
    middle = field.shape[0] // 2
    distance = np.arange(len(field)) - middle
    rows, columns = field.sum(axis=1), field.sum(axis=0)
    return float(np.sqrt((rows @ distance**2 + columns @ distance**2) / 2))


def side(field, share=0.95):
    """The smallest odd square around the middle that holds a share"""
    middle = field.shape[0] // 2
    for reach in range(middle + 1):
        part = slice(middle - reach, middle + reach + 1)
        if field[part, part].sum() >= share:
            return 2 * reach + 1
    return len(field)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n_train, n_test = (200, 100) if short else (3000, 500)
    x_train, y_train, x_test, y_test = _small.shapes(n_train, n_test, seed)
    x_train, x_test = _small.standardized(x_train, x_test)
    rng = np.random.default_rng(seed)
    layers = []
    for number in range(DEPTH):
        layer = nn.Conv2d(WIDTH if number else 3, WIDTH, 3, padding=1, rng=rng)
        weight = init.kaiming_normal(tuple(layer.weight.shape), rng=rng)
        nn.module.set_parameters(layer, weight=weight, bias=np.zeros(WIDTH, np.float32))
        layers += [layer, nn.BatchNorm2d(WIDTH), nn.ReLU()]
    layers = nn.Sequential(*layers).eval()
    model = nn.Sequential(
        layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, 10, rng=rng)
    )
    look = torch.from_numpy(x_test[:50])
    before = effective_field(layers, look, np.random.default_rng(seed))
    epochs = 1 if short else 8
    optimizer = optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.01)
    Trainer(
        model, nn.CrossEntropyLoss(), optimizer, epochs=epochs, batch_size=64, rng=rng,
        schedule=OneCycleLR(optimizer, 5e-3, epochs * -(-len(x_train) // 64)), progress=False,
    ).fit(x_train, y_train)  # fmt: skip
    model.eval()
    after = effective_field(layers, look, np.random.default_rng(seed))
    with torch.no_grad():
        right = model(torch.from_numpy(x_test)).argmax(dim=1).numpy() == y_test
    field = slice(MIDDLE - DEPTH, MIDDLE + DEPTH + 1)
    return {
        "accuracy": float(right.mean()),
        "std_before": spread(before), "std_after": spread(after),
        "side_before": side(before), "side_after": side(after),
        "before": before[field, field].round(6).tolist(),
        "after": after[field, field].round(6).tolist(),
    }  # fmt: skip
