"""How much transfer suffers from wrong labels in the first training.

The network of transfer_sizes learns its five shapes from 2,000 images, of which a share of 0, 20,
40 or 60 % has one of the four wrong labels (at 80 % a label would say nothing), or from 400 images
with right ones, in as many steps. "first": accuracy on test images of these classes, whose labels
are right. "frozen" and "all", as in transfer_sizes: the other five classes afterwards, from 20
right images a class.
"""

import numpy as np
import torch

from experiments import _seeing, _transfer, transfer_sizes

SEEDS = (0, 1, 2)
NOISES, FEW = (0.0, 0.2, 0.4, 0.6), (400,)
N = 20


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = _transfer.images(seed, short)
    _, second = _transfer.split(seed)
    some = _transfer.few(*_transfer.part(x, y, second), N, np.random.default_rng([seed, N]))
    test = _transfer.part(x_test, y_test, second)
    starts = [{"noise": noise} if noise else {} for noise in NOISES]
    starts += [{"n": n} for n in FEW]
    found = {"first": [], "frozen": [], "all": []}
    for start in starts:
        model, own = _transfer.pretrained(seed, short, **start)
        found["first"].append(own)
        for kind in ("frozen", "all"):
            rng = np.random.default_rng([seed, N, 1])
            other = transfer_sizes.adapted(kind, model, *some, rng, 5 if short else 120)
            found[kind].append(_seeing.accuracy(other, *test))
    return found
