"""Which changes leave the label in the image, and which only leave the images we know?

The network of `aug_budget` on 2,500 shapes, 12 epochs. "KIND plain": trained on images as they are
and tested on changed ones. "KIND both": trained and tested on changed ones, so that a low accuracy
says that the label is no longer in the image. "KIND back": trained on changed ones and tested on
images as they are. Noise: "noise STD": trained with it, accuracies with each of TESTED added to the
test images. Zoom: "whole" is trained on images of 32 × 32 reduced to 16, "crops" on windows of 18
to 28 pixels at random places, enlarged or reduced to 16; accuracies on the middle WINDOWS pixels.
"""

import numpy as np
import torch
from torch.nn.functional import interpolate

from cs_lib import data
from experiments import _augment

SEEDS = (0, 1, 2)
NOISES, TESTED = (0.0, 0.05, 0.1, 0.2), (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
WINDOWS = (32, 30, 28, 26, 24, 22, 20, 18)
KINDS = ("flip", "shift", "turn", "colour", "noise", "cutout 4", "cutout 10", "crop 6")


def resize(x, size=16):
    return interpolate(x, size=size, mode="bilinear", antialias=True)


def window(x, size, *, rng=None):
    """A square window of each image, in the middle or, with rng, at one random place a batch"""
    room = x.shape[3] - size
    top, left = (room // 2, room // 2) if rng is None else rng.integers(room + 1, size=2)
    return resize(x[:, :, top : top + size, left : left + size])


def crops(x, rng):
    """Windows of 18 to 28 of 32 pixels, of a size and a place for each ten images"""
    return torch.cat([window(part, int(rng.integers(18, 29)), rng=rng) for part in x.split(10)])


def small_crop(x, y, rng):
    """A window of 6 of 16 pixels, at a random place, enlarged to 16"""
    small, _ = _augment.keeps(_augment.augmentation.random_crop, size=6)(x, y, rng)
    return resize(small), y


CHANGES = {**_augment.CHANGES, "crop 6": small_crop}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n_train, n_test, epochs = (100, 100, 1) if short else (2500, 1500, 12)
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    large, y = _augment.tensors(d.x_train, d.y_train)
    large_test, y_test = _augment.tensors(d.x_test, d.y_test)
    x, x_test = (torch.nn.functional.avg_pool2d(z, 2) for z in (large, large_test))

    def fit(change, images=x, **options):
        return _augment.train(images, y, change, seed, epochs=epochs, **options)

    def score(model, images):
        return _augment.right(_augment.probabilities(*model, images), y_test)

    plain = fit(CHANGES["none"])
    found = {"none": score(plain, x_test)}
    for kind in KINDS:
        model, rng = fit(CHANGES[kind]), np.random.default_rng(seed)
        changed, _ = CHANGES[kind](x_test, y_test, rng)
        found |= {
            f"{kind} plain": score(plain, changed),
            f"{kind} both": score(model, changed),
            f"{kind} back": score(model, x_test),
        }
    rng = np.random.default_rng(seed)
    noisy = [_augment.augmentation.gaussian_noise(x_test, std, rng=rng) for std in TESTED]
    for std in NOISES:
        noise = _augment.keeps(_augment.augmentation.gaussian_noise, std=std)
        model = fit(noise) if std else plain
        found[f"noise {std}"] = [score(model, images) for images in noisy]
    for name, prepare in {"whole": lambda z, rng: resize(z), "crops": crops}.items():
        model = fit(CHANGES["none"], images=large, prepare=prepare)
        found[name] = [score(model, window(large_test, size)) for size in WINDOWS]
    return found
