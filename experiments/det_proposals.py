"""How many boxes does it take to cover the objects of a scene, and who chooses them best?

200 scenes a seed. "KIND 0.5" and "KIND 0.7" are the shares of objects with an IoU of at least so
much with one of the first NUMBERS boxes of an image; "KIND AR" is the share averaged over the
thresholds 0.5 to 0.95. The kinds: selective search with five scales, best (latest merges) first;
"corners": two points drawn in the image; "sides": sides log-uniform from a tenth to nine tenths of
the image, at a place where they fit; "known": the sizes of boxes of other scenes, likewise;
"windows": squares of four sizes on a grid, all orders alike. "blind" is how large the share is for
objects that are like what lies behind them, and for the rest.
"""

import numpy as np

from cs_lib.data import scenes
from cs_lib.numpy.detection import box_iou
from cs_lib.numpy.detection.proposals import selective_search
from cs_lib.numpy.detection.search import sliding_windows

SEEDS = (0, 1, 2)
NUMBERS = (1, 3, 10, 30, 100, 300, 1000, 1500, 3000, 10000)
SCALES = (0.05, 0.1, 0.2, 0.4, 0.8)
SIZE = 64
IOUS = np.linspace(0.5, 0.95, 10)


def run(seed, *, short=False):
    n = 4 if short else 200
    images, targets = scenes.load(n, seed=seed, part=1)
    known = np.concatenate([t["boxes"] for t in scenes.load(300, seed=seed)[1]])
    known = known[:, 2:] - known[:, :2]
    rng = np.random.default_rng(seed)
    kinds = {
        "selective search": _selective,
        "one scale": lambda image: selective_search(image, scale=0.2, min_size=10),
        "corners": lambda image: _corners(rng, NUMBERS[-1]),
        "sides": lambda image: _placed(rng, _log_uniform(rng, NUMBERS[-1])),
        "known": lambda image: _placed(rng, known[rng.integers(len(known), size=NUMBERS[-1])]),
        "windows": lambda image: _windows(rng),
    }
    numbers = {}
    for name, of in kinds.items():
        best, counts = [], []  # the largest IoU of each object with the first boxes
        for image, target in zip(images, targets, strict=True):
            boxes = of(image)
            iou = np.maximum.accumulate(box_iou(target["boxes"], boxes), axis=1)
            best.append(iou[:, np.minimum(NUMBERS, len(boxes)) - 1])
            counts.append(len(boxes))
        best = np.concatenate(best)
        for threshold in (0.5, 0.7):
            numbers[f"{name} {threshold}"] = (best >= threshold).mean(axis=0).tolist()
        numbers[f"{name} AR"] = (best[..., None] >= IOUS).mean(axis=(0, 2)).tolist()
        numbers[f"{name} boxes"] = float(np.mean(counts))
        if name == "selective search":
            contrast = np.concatenate(
                [_contrast(*one) for one in zip(images, targets, strict=True)]
            )
            low = contrast < np.median(contrast)
            for what, those in (("like", low), ("unlike", ~low)):
                numbers[f"blind {what}"] = float((best[those, -1] >= 0.7).mean())
    return numbers


def _selective(image):
    """The boxes of all scales, in turns: the first of each, the second of each, and so on."""
    each = [selective_search(image, scale=scale, min_size=10) for scale in SCALES]
    rank = np.concatenate([np.arange(len(boxes)) for boxes in each])
    boxes = np.concatenate(each)[np.argsort(rank, kind="stable")]
    return np.array(list(dict.fromkeys(map(tuple, boxes.tolist()))))


def _corners(rng, n):
    first, last = np.sort(rng.uniform(0, SIZE, (2, n, 2)), axis=0)
    return np.concatenate([first, last], axis=1)


def _log_uniform(rng, n):
    return SIZE * np.exp(rng.uniform(np.log(0.1), np.log(0.9), (n, 2)))


def _placed(rng, sides):
    first = rng.uniform(0, SIZE - sides)
    return np.concatenate([first, first + sides], axis=1)


def _windows(rng):
    sides = (12, 17, 24, 32)
    all_of_them = [sliding_windows((SIZE, SIZE), (s, s), stride=max(1, s // 8)) for s in sides]
    return rng.permutation(np.concatenate(all_of_them))


def _contrast(image, target):
    """How far each object's mean colour is from that of a ring of three pixels around its box."""
    found = []
    for box, mask in zip(target["boxes"].astype(int), target["masks"], strict=True):
        x1, y1, x2, y2 = box
        ring = np.zeros(mask.shape, bool)
        ring[max(0, y1 - 3) : y2 + 3, max(0, x1 - 3) : x2 + 3] = True
        ring[y1:y2, x1:x2] = False
        found.append(np.linalg.norm(image[:, mask].mean(axis=1) - image[:, ring].mean(axis=1)))
    return np.array(found)
