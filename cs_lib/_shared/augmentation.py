"""What augmentation of both libraries draws at random (equal rng, equal images), and its checks."""

import numpy as np


def check_images(caller, x):
    """x must be (N, C, H, W), float, not empty."""
    if len(x.shape) != 4 or 0 in x.shape:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}; it must be (N, C, H, W), not empty"
        )
    dtype = str(x.dtype).removeprefix("torch.")
    if not dtype.startswith(("float", "bfloat")):
        raise TypeError(f"{caller}: x is {dtype}; it must be float, in [0, 1]: divide by 255")


def check_share(caller, name, value):
    if not 0 <= value <= 1:
        raise ValueError(f"{caller}: {name} is {value}; it must be from 0 to 1")


def check_at_least_0(caller, name, value):
    if not value >= 0:
        raise ValueError(f"{caller}: {name} is {value}; it must be at least 0")


def check_positive(caller, name, value):
    if not value > 0:
        raise ValueError(f"{caller}: {name} is {value}; it must be positive")


def check_labels(caller, y, n, num_classes):
    """y must be (n,) integers from 0 to num_classes - 1."""
    dtype = str(y.dtype).removeprefix("torch.")
    if tuple(y.shape) != (n,) or not dtype.startswith(("int", "uint")):
        raise ValueError(
            f"{caller}: y is {dtype} of shape {tuple(y.shape)}; it must be integers of shape ({n},)"
        )
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"{caller}: y has {low if low < 0 else high}; labels must be from 0 to "
            f"num_classes - 1 = {num_classes - 1}"
        )


def crop_index(caller, shape, size, padding, rng):
    """Corner of a crop of the padded image for each image -> rows (N, h), columns (N, w)"""
    check_at_least_0(caller, "padding", padding)
    n, _, height, width = shape
    h, w = (size, size) if isinstance(size, int) else size
    if not (1 <= h <= height + 2 * padding and 1 <= w <= width + 2 * padding):
        raise ValueError(
            f"{caller}: size is ({h}, {w}), the padded image "
            f"({height + 2 * padding}, {width + 2 * padding}); the crop must fit in it"
        )
    top = rng.integers(0, height + 2 * padding - h + 1, n)
    left = rng.integers(0, width + 2 * padding - w + 1, n)
    return top[:, None] + np.arange(h), left[:, None] + np.arange(w)


def jitter_factors(n, strengths, rng):
    """Factors around 1, uniform in 1 ± strength but not below 0: one (N, 1, 1, 1) a strength"""
    return [rng.uniform(max(0, 1 - s), 1 + s, (n, 1, 1, 1)) for s in strengths]


def boxes_mask(shape, height, width, rng):
    """True inside one box an image, around a pixel drawn at random and cut off at the border.

    shape: (N, C, H, W), height, width: (N,) or numbers, in pixels -> mask (N, 1, H, W)
    """
    n, _, rows, columns = shape
    inside = []
    for pixels, side in ((rows, height), (columns, width)):
        size = np.broadcast_to(side, n)
        first = rng.integers(0, pixels, n) - size // 2  # may be negative: then the box is cut off
        position = np.arange(pixels)
        inside.append((position >= first[:, None]) & (position < (first + size)[:, None]))
    return (inside[0][:, :, None] & inside[1][:, None, :])[:, None]


def cutmix_mask(shape, alpha, rng):
    """The boxes of CutMix: a share 1 - λ of the image before they are cut off -> (N, 1, H, W)"""
    n, _, rows, columns = shape
    side = np.sqrt(1 - rng.beta(alpha, alpha, n))
    return boxes_mask(shape, (rows * side).astype(int), (columns * side).astype(int), rng)


def bilinear(shape, degrees, rng):
    """Where each pixel of a turned image comes from, an angle an image, uniform in ±degrees.

    -> list of four (index (N, H·W) into the flat image, weight (N, H·W)): the neighbours of each
    point; weight 0 outside the image. Positive angles turn counter-clockwise.
    """
    n, _, height, width = shape
    angle = np.deg2rad(rng.uniform(-degrees, degrees, (n, 1)))
    y, x = np.indices((height, width)).reshape(2, -1)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2  # (H·W,) from the middle, y down
    from_x = np.cos(angle) * x - np.sin(angle) * y + (width - 1) / 2  # (N, H·W)
    from_y = np.sin(angle) * x + np.cos(angle) * y + (height - 1) / 2
    corners = []
    for down in (0, 1):
        for right in (0, 1):
            row, column = np.floor(from_y).astype(int) + down, np.floor(from_x).astype(int) + right
            weight = (1 - abs(from_y - row)) * (1 - abs(from_x - column))
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            index = np.clip(row, 0, height - 1) * width + np.clip(column, 0, width - 1)
            corners.append((index, weight * inside))
    return corners
