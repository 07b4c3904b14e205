"""Do more layers help? Plain and residual networks of 8, 20 and 56 layers.

All have batch normalisation, 8, 16 and 32 maps, and the paper's shortcuts or none. They see 3,000
shapes of 16 × 16 for eight epochs, by SGD with momentum at a rate of 0.1, with warm-up. The mean
loss of each epoch; what is right at the end, in training and in the test; and in the test without
one of the blocks whose output has their input's shape, as the network is ("pulled") and with the
running statistics of the remaining layers measured anew ("refit").
"""

import copy

import numpy as np
import torch

from experiments import _bn, _res

SEEDS = (0, 1, 2)
DEPTHS, KINDS, EPOCHS, RATE = (8, 20, 56), ("plain", "residual"), 8, 0.1
PULLED = 500  # test images for pulling


def pulled(model, images, seed, count=None):
    """-> the test shares without each of the removable blocks, as it is and with new statistics"""
    x, y = (part[:PULLED] for part in images["test"])
    few = images["train"][0][:500]
    as_is, refit = [], []
    for place in _res.removable(model)[:count]:
        with _res.without(model, place):
            as_is.append(_bn.accuracy(model, x, y))
            again = copy.deepcopy(model)
            _bn.reestimate(again, few, np.random.default_rng(seed))
            refit.append(_bn.accuracy(again, x, y))
    return as_is, refit


def run(seed, *, short=False):
    torch.set_num_threads(1)
    images = _bn.images(seed, 3000, short=short)
    found = {}
    for depth in DEPTHS:
        for kind in KINDS:
            model = _res.network(kind, depth, seed)
            epochs = 1 if short else EPOCHS
            name = f"{kind} {depth}"
            found[f"{name} loss"] = _res.train(model, images, epochs=epochs, lr=RATE, seed=seed)
            for what, share in _res.shares(model, images).items():
                found[f"{name} {what}"] = share
            if depth > 8:
                pair = pulled(model, images, seed, 1 if short else None)
                found[f"{name} pulled"], found[f"{name} refit"] = pair
    return found
