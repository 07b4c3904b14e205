"""How deep may a plain network be before its initialisation decides whether it learns?

Networks of D hidden layers of 100 units without normalisation, on shapes of 16 × 16, by SGD with
momentum, or Adam, and the best of three learning rates (by the loss on the training images at the
end). ReLU, D from 4 to 32: weights of std √(2/n) ("he"), √(1/n) ("xavier") and 0.01 ("small").
Tanh, D = 6: std 0.001, √(1/n), and ten times that. "shares": what is right among the training
images after each epoch.
"""

import math

import numpy as np
import torch

from cs_lib.torch import init, nn, optim
from experiments import _small

SEEDS = (0, 1, 2)
WIDTH, EPOCHS, DEPTHS = 100, 8, (4, 8, 16, 32)
SIZES = {
    "he": lambda n: math.sqrt(2 / n),
    "xavier": lambda n: math.sqrt(1 / n),
    "small": lambda n: 0.01,
    "tiny": lambda n: 0.001,
    "large": lambda n: 10 / math.sqrt(n),
}


def network(kind, depth, activation, rng, classes=10):
    layers, n = [], 768
    for _ in range(depth):
        layers += [nn.Linear(n, WIDTH, rng=rng), activation()]
        n = WIDTH
    layers.append(nn.Linear(n, classes, rng=rng))
    for layer in layers[::2]:
        std = SIZES[kind](layer.weight.shape[1])
        layer.weight.data = init.normal(tuple(layer.weight.shape), std=std, rng=rng)
        layer.bias.data.zero_()
    return nn.Sequential(*layers)


def train(model, x, y, *, method, lr, epochs, rng):
    """The share of right answers on (x, y) after each epoch, and the loss at the end."""
    if method == "adam":
        optimizer = optim.Adam(model.parameters(), lr=lr)
    else:
        optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    loss, shares = nn.CrossEntropyLoss(), []
    for _ in range(epochs):
        for batch in torch.from_numpy(rng.permutation(len(x))).split(50):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            scores = model(x)
            shares.append((scores.argmax(dim=1) == y).float().mean().item())
    final = loss(scores, y).item()
    return shares, final if math.isfinite(final) else math.inf


def best(kind, depth, activation, x, y, seed, *, method, rates, epochs):
    """The run with the lowest loss at the end, among the rates"""
    runs = []
    for lr in rates:
        rng = np.random.default_rng(seed)
        model = network(kind, depth, activation, rng)
        shares, loss = train(model, x, y, method=method, lr=lr, epochs=epochs, rng=rng)
        runs.append((loss, shares))
    return min(runs)[1]


def images(seed, n):
    """Standardised shapes of 16 × 16, as rows: x, y"""
    x, y, *_ = _small.shapes(n, 10, seed)
    (x,) = _small.standardized(x.reshape(n, -1))
    return torch.from_numpy(x).float(), torch.from_numpy(y)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y = images(seed, 200 if short else 1500)
    epochs = 1 if short else EPOCHS
    found = {}
    for depth in DEPTHS:
        for kind in ("he", "xavier", "small"):
            found[f"relu {kind} {depth}"] = best(
                kind, depth, nn.ReLU, x, y, seed,
                method="sgd", rates=(0.003, 0.01, 0.03), epochs=epochs,
            )  # fmt: skip
    for method, rates in (("sgd", (0.003, 0.01, 0.03)), ("adam", (3e-4, 1e-3, 3e-3))):
        for kind in ("tiny", "xavier", "large"):
            found[f"tanh {kind} {method}"] = best(
                kind, 6, nn.Tanh, x, y, seed, method=method, rates=rates, epochs=epochs
            )
    return found
