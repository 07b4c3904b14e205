"""A spatial pyramid counts visual words in the whole image, in its quarters, in its sixteenths."""

import numpy as np


def spatial_pyramid(words, positions, size, vocabulary, *, levels=3):
    """Histograms of words over ever finer grids, weighted and joined [Lazebnik et al. 2006, §3].

    words: (N, P) int in [0, vocabulary), positions: (P, 2) row and column in pixels, size: (H, W)
    -> (N, vocabulary · (1 + 4 + 16 + ...)) float32, non-negative, every row sums to 1; level after
       level, in each cell after cell (row by row), in each word after word
    A position on the edge of two cells is in the lower or right one.

    levels = 3 has 1 × 1, 2 × 2 and 4 × 4 cells with weights 1/4, 1/4, 1/2: two words that meet in a
    small cell are a better match than two that meet somewhere in the image. levels = 1 is the
    plain bag of words.
    """
    words, positions = _checked(words, positions, size, vocabulary, levels)
    n, p = words.shape
    image = np.arange(n)[:, None]  # (N, 1)
    histograms = []
    for level in range(levels):
        side = 2**level
        row, column = (positions * side // size).astype(np.int64).T  # (P,) each
        cell = image * side**2 + row * side + column  # (N, P), numbered over all images
        counts = np.bincount(
            (cell * vocabulary + words).ravel(), minlength=n * side**2 * vocabulary
        )
        weight = 2.0 ** (max(level, 1) - levels)
        histograms.append(counts.reshape(n, -1) * (weight / p))
    return np.concatenate(histograms, axis=1, dtype=np.float32)


def _checked(words, positions, size, vocabulary, levels):
    words, positions = np.asarray(words), np.asarray(positions)
    if words.ndim != 2 or words.dtype.kind not in "ui" or 0 in words.shape:
        raise ValueError(
            f"spatial_pyramid: words are {words.dtype} {words.shape}; "
            "they must be integers (N, P), as from assign(descriptors, centroids)"
        )
    if positions.shape != (words.shape[1], 2):
        raise ValueError(
            f"spatial_pyramid: positions have shape {positions.shape}, an image has "
            f"{words.shape[1]} words; give one (row, column) for each: ({words.shape[1]}, 2)"
        )
    if not 0 <= words.min() <= words.max() < vocabulary:
        raise ValueError(
            f"spatial_pyramid: words run from {words.min()} to {words.max()}, vocabulary is "
            f"{vocabulary}; give the number of centroids that the words were assigned to"
        )
    if not ((positions >= 0) & (positions < size)).all():
        raise ValueError(
            f"spatial_pyramid: rows and columns reach {positions.max(axis=0).tolist()}, size is "
            f"{tuple(size)}; give the (H, W) of the images that the descriptors are from"
        )
    if levels < 1:
        raise ValueError(f"spatial_pyramid: levels is {levels}; it must be at least 1")
    return words.astype(np.int64), positions
