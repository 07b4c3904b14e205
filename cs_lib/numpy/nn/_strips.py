"""Convolution with stride 1 by strips, which are columns made along the width alone.

Columns hold each pixel kH·kW times. Strips hold it kW times: strip j of a channel is the channel
with its padding, moved to the left by the kernel's column j. Its rows lie one after the other, so
what the kernel's row i meets, at all places, is a slice of the strips, and y is a sum of kH
products. For a kernel of 3×3 that is a third of the copies, for two additions to y.

In pairs of rows a kernel of three rows takes four products for two rows of y, not six. With rows
d0 to d3 of x and g0 to g2 of the kernel, and a product of matrices wherever two letters meet:

    m0 = g0 (d0 - d2)      m1 = (g0 + g1 + g2)/2 (d1 + d2)
    m3 = g2 (d1 - d3)      m2 = (g0 - g1 + g2)/2 (d2 - d1)
    y0 = m0 + m1 + m2 = g0 d0 + g1 d1 + g2 d2
    y1 = m1 - m2 - m3 = g0 d1 + g1 d2 + g2 d3

[Winograd 1980; Lavin & Gray 2016, §4.1, along one axis]. A gradient goes the same way back: to m0
to m3 go dy0, dy0 + dy1, dy0 - dy1 and -dy1, from there to the four sums of g, and on to g. (An
infinite pixel becomes inf - inf, nan, in the outputs that see it.)
"""

import itertools

import numpy as np

_BYTES = 2**20  # of strips at a time, those of a few images: they stay in a core's cache
_PAIRED = 2**21  # F·C·outH·outW from which pairs save more in products than their sums cost


def correlate(x, weight, before, out, dilation=(1, 1), bias=None, *, dy=None):
    """y[r, s] = bias + sum of weight[i, j] · x[r + i·dilation - before, s + j·dilation - before].

    x: (N, C, H, W), 0 outside; weight: (F, C, kH, kW); before, out, dilation: pairs (height, width)
    -> y: (N, F, *out), dweight: as weight, for a given dy: (N, F, *out); else None
    """
    x = x[:, :, max(0, -before[0]) :, max(0, -before[1]) :]  # what no window reaches
    before = max(0, before[0]), max(0, before[1])
    n, channels = x.shape[:2]
    filters, _, *kernel = weight.shape
    paired = _pays_in_pairs(weight.shape, out, dilation)
    step = 2 if paired else 1
    rows = -(-out[0] // step) + -(-dilation[0] * (kernel[0] - 1) // step)
    strips_shape = (channels, kernel[1], step, rows, out[1])
    size = min(n, max(1, _BYTES // (int(np.prod(strips_shape)) * x.itemsize)))
    strips = np.zeros((size, *strips_shape), dtype=x.dtype)
    products = _Products((_split if paired else _rows_apart)(weight))
    y = np.empty((n, filters, *out), dtype=x.dtype)
    for start in range(0, n, size):
        part = slice(start, min(n, start + size))
        some = strips[: part.stop - start]
        _fill(some, x[part], before, dilation[1])
        some = some.reshape(len(some), -1, *strips_shape[2:])  # (n, C·kW, step, rows, outW)
        some_dy = None if dy is None else dy[part]
        if paired:
            _by_pairs(products, some, y[part], some_dy)
        else:
            _by_rows(products, some[:, :, 0], dilation[0], y[part], some_dy)
        if bias is not None:
            y[part] += bias[:, None, None]
    if dy is None:
        return y, None
    dweight = products.gradients.mT  # (kH or 4, F, C·kW)
    if paired:
        dweight = _split_backward(dweight)
    return y, dweight.reshape(kernel[0], filters, channels, kernel[1]).transpose(1, 2, 0, 3)


def _pays_in_pairs(weight_shape, out, dilation):
    filters, channels, rows, _ = weight_shape
    work = filters * channels * out[0] * out[1]
    return rows == 3 and dilation[0] == 1 and out[0] > 1 and work >= _PAIRED


def _fill(strips, x, before, dilation):
    """x: (n, C, H, W) -> strips: (n, C, kW, step, rows, outW), row r of the padded x in [r % step]
    as number r // step. Padding is not written: it is 0.
    """
    kw, step, rows, width = strips.shape[2:]
    for p in range(step):
        first = (p - before[0]) % step  # the first row of x in this part
        pixels = x[:, :, first::step]
        place = (first + before[0]) // step
        pixels = pixels[:, :, : rows - place]
        for j in range(kw):
            left = j * dilation - before[1]
            start, stop = max(0, -left), min(width, x.shape[3] - left)
            if start < stop:
                strips[:, :, j, p, place : place + pixels.shape[2], start:stop] = pixels[
                    ..., start + left : stop + left
                ]


class _Products:
    """Products of weights, (kH or 4, F, C·kW), with what they meet, and the weights' gradients."""

    def __init__(self, weights):
        self.weights = weights
        self.gradients = np.zeros_like(weights.mT, order="C")  # (kH or 4, C·kW, F)

    def __call__(self, k, met, out, dout):
        """out = weights[k] @ met, for each image. met: (n, C·kW, ...), dout: as out, or None"""
        met = _flat(met)
        np.matmul(self.weights[k], met, out=_flat(out))
        if dout is not None:
            self.gradients[k] += (met @ _flat(dout).mT).sum(axis=0)


def _flat(maps):
    return maps.reshape(*maps.shape[:2], -1)


# --- row by row ---


def _rows_apart(weight):
    """(F, C, kH, kW) -> (kH, F, C·kW)"""
    return weight.transpose(2, 0, 1, 3).reshape(weight.shape[2], len(weight), -1)


def _by_rows(product, strips, dilation, y, dy):
    """y = the sum of the kernel's rows times the strips that they meet: (n, C·kW, rows, outW)"""
    more = np.empty_like(y)
    for i in range(len(product.weights)):
        met = strips[:, :, i * dilation : i * dilation + y.shape[2]]
        product(i, met, more if i else y, dy)
        if i:
            y += more


# --- in pairs of rows ---


def _split(weight):
    """(F, C, 3, kW) -> g0, (g0 + g1 + g2)/2, (g0 - g1 + g2)/2, g2: (4, F, C·kW)"""
    g0, g1, g2 = _rows_apart(weight)
    return np.stack([g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2])


def _split_backward(gradients):
    """The gradients of the four: (4, F, C·kW) -> those of g0, g1, g2"""
    d0, d1, d2, d3 = gradients
    both = (d1 + d2) / 2
    return np.stack([d0 + both, (d1 - d2) / 2, both + d3])


def _by_pairs(product, strips, y, dy):
    """y as _by_rows, by four products; strips: (n, C·kW, 2, pairs + 1, outW)"""
    n, filters, height, width = y.shape
    even, odd = strips[:, :, 0], strips[:, :, 1]
    now, later = np.s_[:, :, :-1], np.s_[:, :, 1:]
    met = np.empty_like(even[now])
    m, y0, y1 = np.empty((3, n, filters, met.shape[2], width), dtype=y.dtype)
    dm = itertools.repeat(None) if dy is None else _pairs_backward(dy, met.shape[2])
    product(0, np.subtract(even[now], even[later], out=met), y0, next(dm))
    product(1, np.add(odd[now], even[later], out=met), y1, next(dm))
    y0 += y1
    product(2, np.subtract(even[later], odd[now], out=met), m, next(dm))
    np.add(y0, m, out=y[:, :, 0::2])
    y1 -= m
    product(3, np.subtract(odd[now], odd[later], out=met), m, next(dm))
    y1 -= m
    y[:, :, 1::2] = y1[:, :, : height // 2]


def _pairs_backward(dy, pairs):
    """dy: (n, F, outH, outW) -> the gradients of the four products, one after the other"""
    even, odd = np.zeros((2, *dy.shape[:2], pairs, dy.shape[3]), dtype=dy.dtype)
    even[...] = dy[:, :, 0::2]
    odd[:, :, : dy.shape[2] // 2] = dy[:, :, 1::2]
    yield even
    yield even + odd
    yield even - odd
    yield -odd
