"""A descriptor says which way the brightness changes in each part of a small patch."""

import numpy as np

CELLS = 4  # a patch is 4 × 4 cells ...
ORIENTATIONS = 8  # ... of 8 directions, one every 45°: 128 numbers
GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue look [ITU-R BT.601]


def dense_descriptors(images, *, patch=12, stride=2):
    """Gradient-orientation histograms of patches on a regular grid [Lowe 2004, §6].

    images: (N, C, H, W), C = 3 (RGB) or 1 (grey); patch, stride: pixels
    -> descriptors: (N, P, 128), ordered as (4 cell rows, 4 cell columns, 8 orientations); float32,
       or float64 if images are; each has length 1, or is zero where the patch is flat
    -> positions: (P, 2), row and column of the patch centres in pixels, pixel i covering [i, i + 1)

    Orientation 0 is brightness that grows to the right, 2 downwards, 4 to the left, 6 upwards.
    Raises ValueError for images of another shape and for patches that do not fit.
    """
    images = _checked(images, patch, stride)
    n, _, height, width = images.shape
    rows, columns = _grid(height, patch, stride), _grid(width, patch, stride)
    to_rows = _pooling(rows, patch, height).astype(images.dtype)  # (4·R, H)
    to_columns = _pooling(columns, patch, width).astype(images.dtype)  # (4·S, W)

    descriptors = np.empty(
        (n, len(rows) * len(columns), CELLS * CELLS * ORIENTATIONS), images.dtype
    )
    for i in range(0, n, 64):  # 64 images at a time: what is in between stays small
        maps = orientation_maps(images[i : i + 64])  # (n, 8, H, W)
        cells = to_rows @ (maps @ to_columns.T)  # (n, 8, 4·R, 4·S)
        cells = cells.reshape(-1, ORIENTATIONS, len(rows), CELLS, len(columns), CELLS)
        cells = cells.transpose(0, 2, 4, 3, 5, 1)  # (n, R, S, 4, 4, 8)
        part = _unit_length(cells.reshape(len(maps), *descriptors.shape[1:]))  # (n, P, 128)
        # Clipped, one strong edge (a highlight, say) cannot drown the rest [Lowe 2004, §6.1].
        descriptors[i : i + 64] = _unit_length(np.minimum(part, 0.2))
    positions = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    return descriptors, positions + patch / 2


def orientation_maps(images):
    """Spread each pixel's gradient magnitude over the two orientations nearest to its direction.

    images: (N, C, H, W) -> (N, 8, H, W)
    """
    grey = images[:, 0]
    if images.shape[1] == 3:
        grey = sum(weight * images[:, c] for c, weight in enumerate(GREY))
    dy, dx = np.gradient(grey, axis=(1, 2))  # (N, H, W) each; y grows downwards
    magnitude = np.hypot(dx, dy)
    angle = np.arctan2(dy, dx) * (ORIENTATIONS / (2 * np.pi))  # in bins, -4 ... 4
    lower = np.floor(angle)
    share = magnitude * (angle - lower)  # what goes to the upper of the two bins
    lower = lower.astype(np.intp)[:, None]  # (N, 1, H, W)
    maps = np.zeros((len(grey), ORIENTATIONS, *grey.shape[1:]), grey.dtype)
    np.put_along_axis(maps, lower % ORIENTATIONS, (magnitude - share)[:, None], axis=1)
    np.put_along_axis(maps, (lower + 1) % ORIENTATIONS, share[:, None], axis=1)
    return maps


def _grid(size, patch, stride):
    """First pixel of every patch along one axis: as many as fit, centred."""
    spare = (size - patch) % stride
    return np.arange(spare // 2, size - patch + 1, stride)


def _pooling(starts, patch, size):
    """The matrix (4 · len(starts), size) that sums pixels along one axis into each patch's cells.

    A pixel is shared between the two nearest cells (so that a shift of one pixel changes little)
    and counts less far from the patch's centre: a Gaussian with σ = patch / 2.
    """
    centre = np.arange(patch) + 0.5  # of each pixel
    cell_centre = (np.arange(CELLS)[:, None] + 0.5) * (patch / CELLS)
    weight = np.maximum(0, 1 - np.abs(centre - cell_centre) / (patch / CELLS))  # (4, patch)
    weight *= np.exp(-0.5 * ((centre - patch / 2) / (patch / 2)) ** 2)
    matrix = np.zeros((len(starts), CELLS, size))
    for row, start in zip(matrix, starts, strict=True):
        row[:, start : start + patch] = weight
    return matrix.reshape(-1, size)


def _unit_length(x):
    norm = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(norm > 0, norm, 1)  # zeros stay zeros


def _checked(images, patch, stride):
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"dense_descriptors: images have shape {images.shape}; "
            "they must be (N, 3, H, W) or (N, 1, H, W), one image is images[None]"
        )
    height, width = images.shape[2:]
    if not CELLS <= patch <= min(height, width):
        raise ValueError(
            f"dense_descriptors: patch is {patch}, images are {height} × {width}; "
            f"it must be from {CELLS} to {min(height, width)} pixels"
        )
    if stride < 1:
        raise ValueError(f"dense_descriptors: stride is {stride}; it must be at least 1 pixel")
    if images.dtype.kind in "iub":
        return images.astype(np.float32)  # differences of uint8 would wrap around
    if images.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"dense_descriptors: images are {images.dtype}; pass float32, float64 or integers"
        )
    if not np.isfinite(images).all():
        raise ValueError(
            "dense_descriptors: images have NaN or infinite values; remove or replace them"
        )
    return images
