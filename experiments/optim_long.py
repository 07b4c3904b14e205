"""Does a falling rate pay after a longer training than that of optim_schedules?

Its network and images, but 24 epochs in place of six, at a constant rate or along half a cosine,
with momentum or Adam, at two rates each. A rate that suits six epochs may not suit 24.
"""

import torch

from experiments import optim_schedules, optim_shapes

SEEDS = (0, 1, 2)
EPOCHS = 24
RATES = {"momentum": (0.01, 0.03), "Adam": (0.001, 0.003)}
KINDS = ("constant", "cosine")


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = optim_shapes.images(seed, short=short), {}
    epochs = 1 if short else EPOCHS
    for name, rates in RATES.items():
        for kind in KINDS:
            runs = [
                optim_shapes.train(
                    pictures,
                    lambda p, lr=lr, name=name: optim_schedules.OPTIMIZERS[name](p, lr),
                    optim_schedules.schedules(lr)[kind],
                    seed,
                    epochs=epochs,
                )
                for lr in rates[: 1 if short else None]
            ]
            optim_shapes.collect(found, f"{name} {kind}", runs)
    return found
