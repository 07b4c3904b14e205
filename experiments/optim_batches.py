"""How should the learning rate change with the size of the minibatch?

The network and the images of optim_shapes, momentum 0.9, minibatches of 16, 64 and 256 for the same
six epochs, so 750, 192 and 48 steps, the rate falling along half a cosine. Six rates each, a factor
of two apart, and for 256 once more with a warm-up: a straight line up for a fifth of the steps.
"""

import torch

from cs_lib.torch import optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from experiments import optim_shapes

SEEDS = (0, 1, 2)
RATES = {
    16: (0.005, 0.01, 0.02, 0.04, 0.08, 0.16),
    64: (0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    256: (0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
}


def warm_up(optimizer, steps):
    up = max(steps // 5, 1)
    parts = [
        LinearLR(optimizer, start_factor=1 / up, total_iters=up),
        CosineAnnealingLR(optimizer, max(steps - up, 1)),
    ]
    return SequentialLR(optimizer, parts, [up])


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = optim_shapes.images(seed, short=short), {}
    epochs = 1 if short else optim_shapes.EPOCHS
    kinds = [(str(size), size, CosineAnnealingLR) for size in RATES]
    for name, size, schedule in [*kinds, ("256 warm-up", 256, warm_up)]:
        runs = [
            optim_shapes.train(
                pictures, lambda p, lr=lr: optim.SGD(p, lr=lr, momentum=0.9), schedule, seed,
                epochs=epochs, batch_size=size,
            )
            for lr in RATES[size][: 1 if short else None]
        ]  # fmt: skip
        optim_shapes.collect(found, name, runs)
    return found
