"""Ten runs with one fault each, and one without: what do their curves look like, what do tests say?

Three convolutions on 1,600 shapes of 16 × 16, twelve epochs. "NAME loss": training loss, means of
five steps; "… val loss", "… val accuracy": after each epoch. The tests at the end: "first", the
loss before the first step; "train": loss and accuracy on the training images in evaluation mode;
"batch": loss and accuracy on the validation images in training mode; "alike": accuracy on them,
prepared as the training images are; "dead": share of channels that never open; "ratio": the median
length of a step over that of the weights, in the first epoch; "twenty": the mean loss of the last
ten of 200 steps at a constant rate on twenty images, the same in each step, by the same code.
"""

from dataclasses import replace

import numpy as np
import torch

from experiments import _clinic
from experiments._clinic import Recipe

SEEDS = (0, 1, 2)
RUNS = {
    "healthy": Recipe(),
    "rate too high": Recipe(lr=0.5),
    "rate too low": Recipe(lr=0.0002),
    "labels of other images": Recipe(mismatch=True),
    "sorted by class": Recipe(shuffle=False),
    "running statistics": Recipe(norm=True, norm_momentum=0.0005),
    "softmax twice": Recipe(softmax_twice=True),
    "schedule too short": Recipe(horizon=0.25),
    "gradients not zeroed": Recipe(zero_grad=False),
    "validation not standardised": Recipe(norm=True, standardize_val=False),
    "few images": Recipe(n_train=160, epochs=120),
}


def twenty(recipe, data, seed, steps):
    """Can it learn twenty images by heart? The mean loss of the last ten steps"""
    x, y = data["train"]
    first = torch.cat([torch.where(y == k)[0][:2] for k in range(10)])  # two of each class
    few = {**data, "train": (x[first], y[first])}
    recipe = replace(recipe, n_train=20, batch_size=20, cosine=False, epochs=1)
    run = _clinic.Run(recipe, few, seed)
    run.model.train()
    for _ in range(steps):
        run.step(run.x, run.y)
    return float(np.mean(run.losses[-10:]))


def shortened():
    return [(n, replace(r, epochs=1, n_train=min(80, r.n_train))) for n, r in RUNS.items()]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    data = _clinic.images(seed, **({"n_train": 200, "n_rest": 100} if short else {}))
    found = {}
    for name, recipe in RUNS.items() if not short else shortened():
        done = _clinic.Run(recipe, data, seed).train()
        own, batch = done.score("train"), done.score("val", mode="train")
        alike = done.score("val", standardize=recipe.standardize)
        per_epoch = -(-len(done.x) // recipe.batch_size)
        found |= {
            f"{name} loss": _clinic.chunks(done.losses),
            f"{name} val loss": done.val["loss"],
            f"{name} val accuracy": done.val["accuracy"],
            f"{name} first": done.losses[0],
            f"{name} train": [own["loss"], own["accuracy"]],
            f"{name} batch": [batch["loss"], batch["accuracy"]],
            f"{name} alike": alike["accuracy"],
            f"{name} dead": done.dead(),
            f"{name} ratio": float(np.median(done.ratios[:per_epoch])),
            f"{name} twenty": twenty(recipe, data, seed, 20 if short else 200),
        }
    return found
