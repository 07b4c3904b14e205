"""How does batch normalisation do with small batches, if the number of steps is the same?

Three convolutions (8, 16, 32 filters) on 2,000 shapes of 16 × 16, 400 steps of SGD with momentum in
minibatches of 2, 4, 8 and 32. "batch": batch normalisation, "group": group normalisation with four
groups. Each with the best of four rates, by the accuracy on images for validation. "test": in
evaluation mode, "anew": with running statistics taken anew from the training images, "together":
in training mode, so with the statistics of the test images, 1, 2, 8 and 100 of them at a time,
"sorted": the same, 100 at a time, the test images sorted by their class.
"""

import numpy as np
import torch

from cs_lib.torch import nn
from experiments import _bn

SEEDS = (0, 1, 2)
SIZES, RATES, TOGETHER = (2, 4, 8, 32), (0.003, 0.01, 0.03, 0.1), (1, 2, 8, 100)
STEPS = 400
KINDS = {"batch": nn.BatchNorm2d, "group": lambda channels: nn.GroupNorm(4, channels)}


def one(pictures, kind, size, lr, seed, *, steps):
    x, y = pictures["train"]
    rng = np.random.default_rng(seed)
    model = _bn.network(KINDS[kind], rng)
    losses = _bn.train(model, x, y, lr=lr, order=_bn.batches(len(x), size, steps, rng))
    return _bn.accuracy(model, *pictures["validation"]), lr, model, _bn.tail(losses, 100)


def tested(pictures, kind, model, seed):
    x, y = pictures["test"]
    found = {"test": _bn.accuracy(model, x, y)}
    if kind == "batch":
        found["together"] = [_bn.accuracy(model, x, y, together=n) for n in TOGETHER]
        by_class = y.argsort(stable=True)
        found["sorted"] = _bn.accuracy(model, x[by_class], y[by_class], together=100)
        _bn.reestimate(model, pictures["train"][0], np.random.default_rng(seed))
        found["anew"] = _bn.accuracy(model, x, y)
    return found


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = _bn.images(seed, 2000, short=short), {}
    for kind in KINDS:
        for size in SIZES:
            runs = [
                one(pictures, kind, size, lr, seed, steps=5 if short else STEPS)
                for lr in RATES[: 1 if short else None]
            ]
            _, lr, model, loss = max(runs, key=lambda run: run[0])
            end = {"loss": loss, "rate": lr} | tested(pictures, kind, model, seed)
            found |= {f"{kind} {size} {what}": value for what, value in end.items()}
    return found
