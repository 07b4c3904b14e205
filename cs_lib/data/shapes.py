"""Generated 32×32 colour images of ten classes of shapes: seeded, with no file to download.

An image is drawn from its *factors*: where the shape lies, how large it is, how far it is turned,
in which colours, before which background. `sample` draws factors at random and `render` draws the
pictures. To show one nuisance alone, change one factor: `render(replace(factors, angle=...))`.

The ranges in `sample` were tuned by measurement (`python -m benchmarks.shapes`) so that nearest
neighbours, a linear classifier, a multilayer perceptron and a small convolutional network separate
clearly with 5,000 training images.
"""

from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from . import sdf
from .dataset import Dataset, as_dtype, check_whole

SIZE = 32  # pixels
BLOCK = 100  # images drawn from one random stream; larger blocks fall out of the processor's cache
NOISE = 0.04  # standard deviation
STROKES = 6  # distractors in an image, some of them out of sight

_OUTLINES = {
    "circle": sdf.circle,
    "square": partial(sdf.polygon, vertices=sdf.SQUARE),
    "triangle": partial(sdf.polygon, vertices=sdf.TRIANGLE),
    "star": partial(sdf.polygon, vertices=sdf.STAR),
    "cross": partial(sdf.polygon, vertices=sdf.CROSS),
    "ring": sdf.ring,
    "heart": sdf.heart,
    "moon": sdf.moon,
    "arrow": partial(sdf.polygon, vertices=sdf.ARROW),
    "bolt": partial(sdf.polygon, vertices=sdf.BOLT),
}
CLASSES = tuple(_OUTLINES)


@dataclass(frozen=True)
class Factors:
    """What N pictures are drawn from: lengths in pixels, angles in radians, brightness in [0, 1].

    `factors[index]` takes some of the pictures; an index that repeats copies them.
    """

    label: np.ndarray  # (N,) int64
    center: np.ndarray  # (N, 2) x to the right, y down, from the middle of the image
    radius: np.ndarray  # (N,)
    angle: np.ndarray  # (N,) counter-clockwise
    color: np.ndarray  # (N, 3) of the shape
    background: np.ndarray  # (N, 3) its colour
    shading: np.ndarray  # (N, 2) brightness gained from the middle to the right and lower border
    texture: np.ndarray  # (N, 2, 6, 6) brightness on a coarse grid: the shape's, the background's
    strokes: np.ndarray  # (N, STROKES, 5) distractors: x, y, angle, half length, half width
    stroke_color: np.ndarray  # (N, STROKES, 3)

    def __getitem__(self, index):
        return Factors(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def sample(n, rng):
    """Draw the factors of n pictures; any ten in a row, from a multiple of ten, are ten classes."""
    tens = -(-n // len(CLASSES))
    label = rng.permuted(np.tile(np.arange(len(CLASSES)), (tens, 1)), axis=1).ravel()[:n]
    # Nine shapes in ten are brighter than what is behind them. Were it five, the mean image of each
    # class would be grey, and a linear classifier right in 14 % of cases instead of 42 %.
    contrast = rng.uniform(0.15, 0.45, n) * np.where(rng.random(n) < 0.9, 1, -1)
    middle = rng.uniform(0.3, 0.7, n)
    return Factors(
        label=label,
        center=rng.uniform(-3, 3, (n, 2)),
        radius=rng.uniform(6.5, 10, n),
        angle=rng.uniform(-0.65, 0.65, n),
        color=_colors(middle + contrast / 2, rng),
        background=_colors(middle - contrast / 2, rng),
        shading=rng.uniform(-0.15, 0.15, (n, 2)),
        texture=rng.normal(0, 0.06, (n, 2, 6, 6)),
        strokes=rng.uniform([-16, -16, 0, 0, 0.5], [16, 16, np.pi, 4, 1.8], (n, STROKES, 5)),
        stroke_color=_colors(rng.uniform(0.1, 0.9, (n, STROKES)), rng),
    )


def render(factors):
    """Draw the pictures, without noise: N factors -> (N, 3, 32, 32) float64 in [0, 1]."""
    # float64, because the bytes that come of it must not depend on how a machine rounds.
    x = np.arange(SIZE) - (SIZE - 1) / 2  # of the middles of the pixels; (32,)
    y = x[:, None]
    texture = _enlarge(factors.texture)  # (N, 2, 32, 32)
    image = factors.background[:, :, None, None] + texture[:, None, 1]

    for i in range(factors.strokes.shape[1]):
        center, (angle, length, width) = factors.strokes[:, i, :2], factors.strokes[:, i, 2:].T
        u, v = _own_axes(x, y, center, angle)
        image = _paint(
            image,
            sdf.stroke(u, v, length[:, None, None], width[:, None, None]),
            factors.stroke_color[:, i, :, None, None],
        )

    radius = factors.radius[:, None, None]
    u, v = _own_axes(
        x / radius, y / radius, factors.center / factors.radius[:, None], factors.angle
    )
    distance = np.empty_like(u)
    for label, outline in enumerate(_OUTLINES.values()):
        of_label = factors.label == label
        distance[of_label] = outline(u[of_label], v[of_label])
    color = factors.color[:, :, None, None] + texture[:, None, 0]
    image = _paint(image, distance * radius, color)

    right, down = factors.shading.T[:, :, None, None] / (SIZE / 2)  # a pixel
    return np.clip(image + (right * x + down * y)[:, None], 0, 1)


def load(*, n_train=5000, n_test=1000, seed=0, dtype="float32"):
    """Generate n_train and n_test images from two streams of a seed.

    Asking for more images leaves the first ones as they are, and the other part too. The classes
    are balanced to within one image. dtype: "float32" in [0, 1] or "uint8" in [0, 255].
    """
    for option, n in {"n_train": n_train, "n_test": n_test, "seed": seed}.items():
        check_whole(option, n)
    x_train, y_train = _generate(n_train, seed, part=0)
    x_test, y_test = _generate(n_test, seed, part=1)
    return Dataset(
        as_dtype(x_train, dtype), y_train, as_dtype(x_test, dtype), y_test, CLASSES, "shapes"
    )


def _generate(n, seed, part):
    """n images (n, 3, 32, 32) uint8 and their labels (n,), in blocks with a random stream each."""
    images = np.empty((n, 3, SIZE, SIZE), np.uint8)
    labels = np.empty(n, np.int64)
    for start in range(0, n, BLOCK):
        rng = np.random.default_rng([seed, part, start])
        factors = sample(BLOCK, rng)
        noise = rng.standard_normal((BLOCK, 3, SIZE, SIZE), np.float32)
        block = np.rint(255 * np.clip(render(factors) + NOISE * noise, 0, 1))
        images[start : start + BLOCK] = block[: n - start]
        labels[start : start + BLOCK] = factors.label[: n - start]
    return images, labels


def _colors(brightness, rng):
    """Colours of any hue with the given mean over the channels: (...) -> (..., 3)."""
    hue = rng.uniform(0, 2 * np.pi, brightness.shape)
    chroma = rng.uniform(0.05, 0.3, brightness.shape)
    wheel = np.cos(hue[..., None] - np.array([0, 2, 4]) * np.pi / 3)  # sums to 0
    return np.clip(brightness[..., None] + chroma[..., None] * wheel, 0, 1)


def _own_axes(x, y, center, angle):
    """Image coordinates (y down) -> those of a shape (v up): two arrays (N, 32, 32)."""
    x_center, y_center = center.T[:, :, None, None]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    right, up = x - x_center, y_center - y
    return cos * right + sin * up, cos * up - sin * right


def _paint(image, distance, color):
    """Cover the image with a colour where the distance (in pixels) is negative; edges are soft."""
    coverage = np.clip(0.5 - distance, 0, 1)[:, None]  # (N, 1, 32, 32)
    return image + coverage * (color - image)


def _enlarge(grid):
    """Coarse grids -> textures, by linear interpolation: (N, 2, G, G) -> (N, 2, 32, 32)."""
    knots = np.arange(grid.shape[-1])
    position = np.linspace(0, knots[-1], SIZE)
    weight = np.maximum(1 - np.abs(position[:, None] - knots), 0)  # (32, G)
    return weight @ grid @ weight.T
