"""Generated scenes of several shapes, with a box and a mask for each: for detection, segmentation.

The ten classes are those of `shapes`, and so are colours, textures, distractors and noise. A scene
has a random stream of its own, so it stays as it is whether more or fewer are asked for.
"""

import numpy as np

from . import shapes
from .dataset import check_whole
from .shapes import CLASSES

TRIES = 20  # places tried for an object before the scene goes without it
COVERED = 0.25  # the most of an object's pixels that a later one may hide


def load(n, *, size=64, most=4, radius=(6.0, 14.0), seed=0, part=0):
    """n scenes of 1 to most objects, drawn one over the other.

    size: of the square images, in pixels; radius: the least and the largest of an object, in
    pixels; seed, part: scenes of different parts (0 to train, 1 to test, say) differ
    -> images: (n, 3, size, size) float32 in [0, 1]
       targets: a dict for each: boxes (G, 4) float32 xyxy, labels (G,) int64 from 0 to 9, and
       masks (G, size, size) bool. A mask is what can be seen of an object, its box the least that
       holds the mask, whole pixels, half open: (0, 0, 1, 1) is the upper left pixel.
    ValueError for a radius that does not fit the image.
    """
    for option, value in {"n": n, "size": size, "most": most, "seed": seed, "part": part}.items():
        check_whole(option, value)
    if not 2 <= radius[0] <= radius[1] <= size / 3:
        raise ValueError(
            f"load: radius is {tuple(radius)}, size {size}; it must be the least and the "
            "largest radius, from 2 to a third of size"
        )
    if most < 1:
        raise ValueError("load: most is 0; a scene has at least 1 object")
    images, targets = np.empty((n, 3, size, size), np.float32), []
    for i in range(n):
        images[i], target = _scene(np.random.default_rng([seed, part, i]), size, most, radius)
        targets.append(target)
    return images, targets


def class_map(target):
    """What each pixel belongs to, for segmentation: 0 for the background, 1 + label for an object.

    target: of one scene -> (size, size) int64
    """
    return np.einsum("ghw,g->hw", target["masks"], target["labels"] + 1)


def _scene(rng, size, most, radius):
    middle = rng.uniform(0.3, 0.7)
    texture = rng.normal(0, 0.06, (2, size // 5, size // 5))
    image = shapes._colors(np.array(middle), rng)[:, None, None] + _enlarge(texture[0], size)
    for _ in range(size * size // 400):  # distractors
        image = _paint(image, *_stroke(rng, size))
    masks, labels, wanted = [], [], rng.integers(1, most + 1)
    for _ in range(wanted):
        for _ in range(TRIES):
            label = rng.integers(len(CLASSES))
            distance = _distance(rng, label, size, radius)
            mask = distance < 0
            # the last drawn hides what lies below, so an earlier one must stay visible
            if all((m & ~mask).sum() >= (1 - COVERED) * full for m, full in masks):
                break
        else:
            break
        masks = [((m & ~mask), full) for m, full in masks] + [(mask, mask.sum())]
        labels.append(label)
        contrast = rng.uniform(0.15, 0.45) * (1 if rng.random() < 0.9 else -1)
        color = shapes._colors(np.array(np.clip(middle + contrast, 0, 1)), rng)
        image = _paint(image, distance, color, _enlarge(texture[1], size))
    noisy = image + shapes.NOISE * rng.standard_normal(image.shape)
    masks = np.array([m for m, _ in masks])
    boxes = np.array([_box(m) for m in masks], np.float32)
    target = {"boxes": boxes, "labels": np.array(labels, np.int64), "masks": masks}
    return np.clip(noisy, 0, 1).astype(np.float32), target


def _distance(rng, label, size, radius):
    """The signed distance to a shape that lies in the image, in pixels: (size, size)."""
    r = rng.uniform(*radius)
    reach = 1.25 * r  # no vertex is further from the centre
    center = rng.uniform(reach - size / 2, size / 2 - reach, (1, 2))
    x = np.arange(size) - (size - 1) / 2
    u, v = shapes._own_axes(x / r, x[:, None] / r, center / r, rng.uniform(-0.65, 0.65, 1))
    return r * shapes._OUTLINES[CLASSES[label]](u, v)[0]


def _stroke(rng, size):
    """A distractor's distance and colour."""
    center = rng.uniform(-size / 2, size / 2, (1, 2))
    x = np.arange(size) - (size - 1) / 2
    u, v = shapes._own_axes(x, x[:, None], center, rng.uniform(0, np.pi, 1))
    distance = shapes.sdf.stroke(u, v, rng.uniform(0, 4), rng.uniform(0.5, 1.8))[0]
    return distance, shapes._colors(np.array(rng.uniform(0.1, 0.9)), rng)


def _paint(image, distance, color, texture=0.0):
    """Cover the image, (3, H, W), where the distance is negative; edges are soft."""
    coverage = np.clip(0.5 - distance, 0, 1)
    return image + coverage * (color[:, None, None] + texture - image)


def _enlarge(grid, size):
    """A coarse grid as a texture, by linear interpolation: (G, G) -> (size, size)."""
    knots = np.arange(len(grid))
    weight = np.maximum(1 - np.abs(np.linspace(0, knots[-1], size)[:, None] - knots), 0)
    return weight @ grid @ weight.T


def _box(mask):
    """The least box that holds a mask's pixels."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
