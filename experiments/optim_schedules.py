"""What is a schedule worth, to momentum and to Adam?

The network, the images and the number of steps of optim_shapes, with four schedules at three rates
each. "constant" keeps the rate; "step" divides it by ten after half of the steps and again after
three quarters; "cosine" takes it down to 0; "one-cycle" first takes it up from a twenty-fifth, for
0.3 of the steps. The rate is the largest of the run.
"""

import torch

from cs_lib.torch import optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR, MultiStepLR, OneCycleLR
from experiments import optim_shapes

SEEDS = (0, 1, 2)
OPTIMIZERS = {
    "momentum": lambda p, lr: optim.SGD(p, lr=lr, momentum=0.9),
    "Adam": lambda p, lr: optim.Adam(p, lr=lr),
}
RATES = {"momentum": (0.01, 0.03, 0.1), "Adam": (0.003, 0.01, 0.03)}


def schedules(lr):
    return {
        "constant": lambda optimizer, steps: None,
        "step": lambda optimizer, steps: MultiStepLR(optimizer, [steps // 2, steps * 3 // 4]),
        "cosine": CosineAnnealingLR,
        "one-cycle": lambda optimizer, steps: OneCycleLR(optimizer, lr, steps),
    }


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = optim_shapes.images(seed, short=short), {}
    epochs = 1 if short else optim_shapes.EPOCHS
    for name, make in OPTIMIZERS.items():
        for kind in schedules(0):
            runs = [
                optim_shapes.train(
                    pictures,
                    lambda p, lr=lr, make=make: make(p, lr),
                    schedules(lr)[kind],
                    seed,
                    epochs=epochs,
                )
                for lr in RATES[name][: 1 if short else None]
            ]
            optim_shapes.collect(found, f"{name} {kind}", runs)
    return found
