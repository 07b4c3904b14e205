"""Convolution with stride 1 by strips, which are columns made along the width alone.

Columns hold each pixel kH·kW times. Strips hold it kW times: strip j of a channel is the channel
with its padding, moved to the left by the kernel's column j. Its rows lie one after the other, so
what the kernel's row i meets, at all places, is a slice of the strips, and y is a sum of kH
products. For a kernel of 3×3 that is a third of the copies, for two additions to y.
"""

import numpy as np

_BYTES = 2**20  # of strips at a time, those of a few images: they stay in a core's cache


def correlate(x, weight, before, out, dilation=(1, 1), bias=None, *, dy=None):
    """y[r, s] = bias + sum of weight[i, j] · x[r + i·dilation - before, s + j·dilation - before].

    x: (N, C, H, W), 0 outside; weight: (F, C, kH, kW); before, out, dilation: pairs (height, width)
    -> y: (N, F, *out), dweight: as weight, for a given dy: (N, F, *out); else None
    """
    x = x[:, :, max(0, -before[0]) :, max(0, -before[1]) :]  # what no window reaches
    before = max(0, before[0]), max(0, before[1])
    n, channels = x.shape[:2]
    filters, _, *kernel = weight.shape
    by_row = weight.transpose(2, 0, 1, 3).reshape(kernel[0], filters, -1)  # (kH, F, C·kW)
    dby_row = np.zeros_like(by_row.mT, order="C")  # (kH, C·kW, F)
    rows = out[0] + dilation[0] * (kernel[0] - 1)
    image_bytes = channels * kernel[1] * rows * out[1] * x.itemsize
    size = min(n, max(1, _BYTES // image_bytes))
    strips = np.zeros((size, channels, kernel[1], rows, out[1]), dtype=x.dtype)
    y = np.empty((n, filters, *out), dtype=x.dtype)
    products = np.empty((size, filters, out[0] * out[1]), dtype=x.dtype)
    for start in range(0, n, size):
        part = slice(start, min(n, start + size))
        count = part.stop - start
        _fill(strips[:count], x[part], before, dilation[1])
        some_y = _flat(y[part])
        for i in range(kernel[0]):
            first = i * dilation[0]
            met = strips[:count, :, :, first : first + out[0]].reshape(count, -1, *out)
            met = _flat(met)  # (n, C·kW, outH·outW)
            np.matmul(by_row[i], met, out=products[:count] if i else some_y)
            if i:
                some_y += products[:count]
            if dy is not None:
                dby_row[i] += (met @ _flat(dy[part]).mT).sum(axis=0)
        if bias is not None:
            some_y += bias[:, None]
    if dy is None:
        return y, None
    dweight = dby_row.mT.reshape(kernel[0], filters, channels, kernel[1])
    return y, dweight.transpose(1, 2, 0, 3)


def _fill(strips, x, before, dilation):
    """Write x: (n, C, H, W) to strips: (n, C, kW, rows, outW). Padding is not written: it is 0."""
    width = strips.shape[4]
    x = x[:, :, : strips.shape[3] - before[0]]
    for j in range(strips.shape[2]):
        left = j * dilation - before[1]
        start, stop = max(0, -left), min(width, x.shape[3] - left)
        if start < stop:
            strips[:, :, j, before[0] : before[0] + x.shape[2], start:stop] = x[
                ..., start + left : stop + left
            ]


def _flat(maps):
    return maps.reshape(*maps.shape[:2], -1)
