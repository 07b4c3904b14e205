"""What do skip connections repair: where the objects are, or what they are?

The same FCN of _seg, scored at stride 8 alone, with scores of stride 4 added, and of stride 2; and
U-Nets with their skip connections and without. 1,500 scenes of 32 × 32 with one or two shapes,
round or with corners; ten epochs of AdamW at a rate of 0.01; 200 test scenes. "band": the accuracy
on pixels with another class within two pixels, in any direction; "core" and "outside": on the
object's and the background's other pixels. "named": the share of objects whose most frequent
predicted class is theirs. The shares of the three regions are kept, too, and "wrong": for each
distance to the nearest pixel of another class, from 1 to 6 and more, the share of wrong pixels.
"""

import numpy as np
import torch

from cs_lib.data import scenes
from cs_lib.torch.segmentation import models
from experiments import _seg

SEEDS = (0, 1, 2, 3)
NEAR, FURTHEST = 2, 6


def unet(skips, rng):
    options = {"levels": 3, "width": 7, "same": True, "batch_norm": True, "dropout": 0.0}
    return models.UNet(_seg.CLASSES, skips=skips, in_channels=3, rng=rng, **options)


VARIANTS = {
    "FCN, stride 8": lambda rng: _seg.fcn(8, rng),
    "FCN, stride 4": lambda rng: _seg.fcn(4, rng),
    "FCN, stride 2": lambda rng: _seg.fcn(2, rng),
    "U-Net without": lambda rng: unet(False, rng),
    "U-Net": lambda rng: unet(True, rng),
}


def distances(classes):
    """How far each pixel is from one of another class: 1 to FURTHEST, in steps like a king's

    classes: (n, H, W) -> (n, H, W)
    """
    found = np.full(classes.shape, FURTHEST)
    for reach in reversed(range(1, FURTHEST)):
        padded = np.pad(classes, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
        near = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1,) * 2, axis=(1, 2))
        found[(near != classes[..., None, None]).any(axis=(3, 4))] = reach
    return found


def named(predicted, targets):
    """The share of objects of which most pixels, of all classes, have been given the right one"""
    right = [
        np.bincount(classes[mask], minlength=_seg.CLASSES).argmax() == _seg.KINDS[1 + label]
        for classes, target in zip(predicted, targets, strict=True)
        for mask, label in zip(target["masks"], target["labels"], strict=True)
    ]
    return float(np.mean(right))


def regions(classes):
    """-> {name: (n, H, W) bool}"""
    band = distances(classes) <= NEAR
    return {"band": band, "core": ~band & (classes > 0), "outside": ~band & (classes == 0)}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    sizes, epochs = ((25, 20), 3) if short else ((1500, 200), 10)
    train, test = (_seg.data(n, seed, part) for part, n in enumerate(sizes))
    _, targets = scenes.load(
        sizes[1], size=_seg.SIZE, most=2, radius=(5.0, 10.0), seed=seed, part=1
    )
    labels = test[1].numpy()
    parts, steps = regions(labels), distances(labels)
    found = {f"share of {name}": float(part.mean()) for name, part in parts.items()}
    for name, make in VARIANTS.items():
        rng = np.random.default_rng(seed)
        model = make(rng)
        _seg.train(model, *train, 0.01, rng, epochs=epochs)
        predicted = _seg.classes_of(model, test[0])
        right = predicted == labels
        for what, part in parts.items():
            found[f"{name} {what}"] = float(right[part].mean())
        found[f"{name} wrong"] = [
            float(1 - right[steps == step].mean()) for step in range(1, FURTHEST + 1)
        ]
        found[f"{name} named"] = named(predicted, targets)
        found[f"{name} mean IoU"] = _seg.measures(predicted, labels)["mean IoU"]
        found[f"{name} parameters"] = sum(p.numel() for p in model.parameters())
    return found
