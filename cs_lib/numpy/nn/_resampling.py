"""Resizing images along each axis by a matrix."""

import numpy as np


def resize(x, rows, columns):
    """rows @ image @ columns.T for each image and channel

    x: (N, C, H, W), rows: (outH, H), columns: (outW, W) -> (N, C, outH, outW)
    """
    n, channels, height, width = x.shape
    rows, columns = rows.astype(x.dtype), columns.astype(x.dtype)
    across = x.reshape(-1, width) @ columns.T  # one product for all rows of all images
    return rows @ across.reshape(n, channels, height, len(columns))


def nearest(size, out, scale):
    """The pixel in which each output's left edge lies -> (out, size), a single 1 a row.

    scale: how many pixels of x one of y covers. As in torch floor(index * scale), in float32; but
    x itself or doubled where y is that large, whatever the scale.
    """
    if out in (size, 2 * size):
        scale = size / out
    index = np.floor(np.arange(out, dtype=np.float32) * scale).astype(np.int64)
    return _rows(size, [(np.minimum(index, size - 1), np.ones(out))])


def bilinear(size, out, scale):
    """A straight line between the two pixel centres next to each output's centre -> (out, size)"""
    position = np.maximum((np.arange(out) + 0.5) * scale - 0.5, 0)  # in pixels of x, centres whole
    below = np.minimum(position.astype(np.int64), size - 1)
    above = np.minimum(below + 1, size - 1)  # beyond the last centre: its value
    share = position - below
    return _rows(size, [(below, 1 - share), (above, share)])


def adaptive_mean(size, out):
    """The mean of about size/out pixels: from ⌊i·size/out⌋ to ⌈(i+1)·size/out⌉ -> (out, size)"""
    index, i = np.arange(size), np.arange(out)[:, None]
    inside = (index >= i * size // out) & (index < -(-(i + 1) * size // out))
    return inside / inside.sum(axis=1, keepdims=True)


def _rows(size, entries):
    matrix = np.zeros((len(entries[0][0]), size))
    for index, value in entries:
        matrix[np.arange(len(index)), index] += value
    return matrix
