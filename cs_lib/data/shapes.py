"""Generated 32×32 colour images of ten classes of shapes: seeded, and there is no file to download.

An image is drawn from its *factors* (where the shape lies, how large, turned how far, in which
colours, before what background); `sample` draws factors at random, `render` draws the pictures.
To show one nuisance alone, change one factor: `render(replace(factors, angle=...))`.
"""

from dataclasses import dataclass, fields

import numpy as np

from . import sdf
from .dataset import Dataset, as_dtype

SIZE = 32  # pixels
BLOCK = 250  # images drawn from one random stream
CLASSES = (
    "circle", "square", "triangle", "star", "cross", "ring", "heart", "moon", "arrow", "bolt",
)  # fmt: skip
STROKES = 5  # places for distractors in an image

_OUTLINES = (
    sdf.circle,
    lambda u, v: sdf.polygon(u, v, sdf.SQUARE),
    lambda u, v: sdf.polygon(u, v, sdf.TRIANGLE),
    lambda u, v: sdf.polygon(u, v, sdf.STAR),
    lambda u, v: sdf.polygon(u, v, sdf.CROSS),
    sdf.ring,
    sdf.heart,
    sdf.moon,
    lambda u, v: sdf.polygon(u, v, sdf.ARROW),
    lambda u, v: sdf.polygon(u, v, sdf.BOLT),
)


@dataclass(frozen=True)
class Factors:
    """What N pictures are drawn from: lengths in pixels, angles in radians, colours in [0, 1]."""

    label: np.ndarray  # (N,) int64
    center: np.ndarray  # (N, 2) x to the right, y down, from the middle of the image
    radius: np.ndarray  # (N,)
    angle: np.ndarray  # (N,) counter-clockwise
    color: np.ndarray  # (N, 3) of the shape
    background: np.ndarray  # (N, 3)
    shading: np.ndarray  # (N, 2) brightness gained from the middle to the right and lower edge
    texture: np.ndarray  # (N, 2, 6, 6) coarse grids of brightness: the shape's, the background's
    strokes: np.ndarray  # (N, STROKES, 5) distractors: x, y, angle, half length, half width
    stroke_color: np.ndarray  # (N, STROKES, 3)

    def __getitem__(self, index):
        return Factors(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def sample(n, rng):
    """Draw the factors of n pictures; of every ten pictures in a row, one is of each class."""
    tens = -(-n // len(CLASSES))
    label = rng.permuted(np.tile(np.arange(len(CLASSES)), (tens, 1)), axis=1).ravel()[:n]
    background = rng.uniform(0.2, 0.8, n)
    sign = np.where(rng.random(n) < 0.75, 1, -1)
    contrast = sign * rng.uniform(0.2, 0.5, n)
    background, brightness = background - contrast / 2, background + contrast / 2
    strokes = rng.uniform([-16, -16, 0, 0, 0.5], [16, 16, np.pi, 4, 1.8], (n, STROKES, 5))
    return Factors(
        label=label,
        center=rng.uniform(-4, 4, (n, 2)),
        radius=rng.uniform(6.5, 10, n),
        angle=rng.uniform(-0.4, 0.4, n),
        color=_colors(brightness, rng),
        background=_colors(background, rng),
        shading=rng.uniform(-0.15, 0.15, (n, 2)),
        texture=rng.normal(0, 0.06, (n, 2, 6, 6)),
        strokes=strokes,
        stroke_color=_colors(rng.uniform(0.1, 0.9, (n, STROKES)), rng),
    )


def render(factors):
    """Draw the pictures: (N, 3, 32, 32) float32 in [0, 1], without noise."""
    f = factors
    pixel = np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2
    y, x = pixel[:, None], pixel[None, :]
    texture = _upsample(f.texture)  # (N, 2, 32, 32)
    light = _pixelwise(f.shading[:, 0]) * x / 16 + _pixelwise(f.shading[:, 1]) * y / 16

    image = _channels(f.background) + texture[:, None, 1]
    for stroke, color in zip(f.strokes.swapaxes(0, 1), f.stroke_color.swapaxes(0, 1), strict=True):
        u, v = _to_shape(x, y, stroke[:, :2], stroke[:, 2])
        distance = sdf.segment(u, v, _pixelwise(stroke[:, 3]), _pixelwise(stroke[:, 4]))
        image = _paint(image, distance, _channels(color))

    u, v = _to_shape(x, y, f.center, f.angle)
    radius = _pixelwise(f.radius)
    u, v = u / radius, v / radius
    distance = np.empty_like(u)
    for label, outline in enumerate(_OUTLINES):
        is_label = f.label == label
        distance[is_label] = outline(u[is_label], v[is_label])
    image = _paint(image, distance * radius, _channels(f.color) + texture[:, None, 0])
    return np.clip(image + light[:, None], 0, 1)


def load(*, n_train=5000, n_test=1000, seed=0, dtype="float32"):
    """Generate the data set. The first n images of a larger one are those of a smaller one."""
    x_train, y_train = _generate(n_train, seed, split=0)
    x_test, y_test = _generate(n_test, seed, split=1)
    return Dataset(
        as_dtype(x_train, dtype), y_train, as_dtype(x_test, dtype), y_test, CLASSES, "shapes"
    )


def _generate(n, seed, split):
    """n images (N, 3, 32, 32) uint8 and their labels, in blocks with a random stream each."""
    images = np.empty((n, 3, SIZE, SIZE), np.uint8)
    labels = np.empty(n, np.int64)
    for block, start in enumerate(range(0, n, BLOCK)):
        part = slice(start, min(start + BLOCK, n))
        rng = np.random.default_rng([seed, split, block])
        factors = sample(BLOCK, rng)
        noise = rng.normal(0, 0.03, (BLOCK, 3, SIZE, SIZE))
        image = np.rint(255 * np.clip(render(factors) + noise, 0, 1))
        images[part] = image[: part.stop - start]
        labels[part] = factors.label[: part.stop - start]
    return images, labels


def _colors(brightness, rng):
    """Colours of random hue whose three channels have the given mean: (...,) -> (..., 3)."""
    hue = rng.uniform(0, 2 * np.pi, brightness.shape)
    chroma = rng.uniform(0.05, 0.3, brightness.shape)
    wheel = np.cos(hue[..., None] - np.array([0, 2, 4]) * np.pi / 3)
    return np.clip(brightness[..., None] + chroma[..., None] * wheel, 0, 1)


def _pixelwise(values):
    """(N,) -> (N, 1, 1) float32"""
    return values.astype(np.float32)[:, None, None]


def _channels(colors):
    """(N, 3) -> (N, 3, 1, 1) float32"""
    return colors.astype(np.float32)[:, :, None, None]


def _to_shape(x, y, center, angle):
    """Image coordinates (y down) -> a shape's own (v up), both (N, 32, 32), in pixels."""
    dx, dy = x - _pixelwise(center[:, 0]), _pixelwise(center[:, 1]) - y
    cos, sin = _pixelwise(np.cos(angle)), _pixelwise(np.sin(angle))
    return cos * dx + sin * dy, cos * dy - sin * dx


def _paint(image, distance, color):
    """Cover the image with a colour where the distance (in pixels) is negative, edges soft."""
    coverage = np.clip(0.5 - distance, 0, 1)[:, None]
    return image + coverage * (color - image)


def _upsample(grid):
    """(N, 2, G, G) -> (N, 2, 32, 32), by linear interpolation."""
    cells = grid.shape[-1] - 1
    position = np.linspace(0, cells, SIZE)[:, None]
    weight = np.maximum(1 - np.abs(position - np.arange(cells + 1)), 0).astype(np.float32)
    return weight @ grid.astype(np.float32) @ weight.T
