"""Does augmentation raise or lower accuracy, and does the answer depend on the length of training?

Three convolutions with batch normalisation on 600 shapes of 16 × 16, by SGD with momentum and a
cosine of the run's own length: 12 epochs or 80, without augmentation and with each of ten kinds.
"KIND EPOCHS": accuracy on 1,500 test images; "… train": on the training images as they are;
"… classes": test accuracy of each class. For some kinds, after the longer training: the test images
changed once ("… once"), and the mean answer to eight changed copies of each ("… views").
"""

import numpy as np
import torch

from experiments import _augment, _small

SEEDS = (0, 1, 2)
EPOCHS = (12, 80)
KINDS = {**_augment.CHANGES, "both": _augment.both}
VIEWED = ("none", "flip", "shift")


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = _small.shapes(*((80, 100) if short else (600, 1500)), seed)
    (x, y), (x_test, y_test) = _augment.tensors(x, y), _augment.tensors(x_test, y_test)
    found = {}
    for kind, change in KINDS.items():
        for epochs in EPOCHS:
            name, run_for = f"{kind} {epochs}", 1 + epochs // 40 if short else epochs
            model = _augment.train(x, y, change, seed, epochs=run_for, batch_size=50)
            p = _augment.probabilities(*model, x_test)
            found[name] = _augment.right(p, y_test)
            found[f"{name} train"] = _augment.right(_augment.probabilities(*model, x), y)
            found[f"{name} classes"] = [
                _augment.right(p[y_test == k], y_test[y_test == k]) for k in range(10)
            ]
        if kind in VIEWED:
            for view in ("flip", "shift"):
                rng = np.random.default_rng(seed)
                views = [
                    _augment.probabilities(*model, KINDS[view](x_test, y_test, rng)[0])
                    for _ in range(2 if short else 8)
                ]
                found[f"{kind} {view} once"] = _augment.right(views[0], y_test)
                found[f"{kind} {view} views"] = _augment.right(sum(views), y_test)
    return found
