"""Pooling: one number for each window, so that features move a little without effect."""

import numpy as np

from cs_lib._shared import layers as _layers
from cs_lib._shared import windows as _windows
from cs_lib.numpy.nn import _resampling
from cs_lib.numpy.nn.module import Module

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "FractionalMaxPool2d",
    "L2PoolFeatures",
    "LPPool2d",
    "MaxPool2d",
    "MaxUnpool2d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool2d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "fractional_max_pool2d",
    "fractional_max_pool2d_backward",
    "l2_pool_features",
    "l2_pool_features_backward",
    "lp_pool2d",
    "lp_pool2d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_unpool2d",
    "max_unpool2d_backward",
]

# --- maximum ---


def max_pool2d(x, kernel_size, *, stride=None, padding=0, return_indices=False):
    """The maximum of each window [torch.nn.functional.max_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW), cache; with return_indices (y, indices), cache, where
    indices, int64, count the pixels of a channel row by row: the first of equal maxima.
    stride None is the size of the kernel. Padding, at most half a kernel, is never the maximum.
    ValueError if no window fits.
    """
    windows = _windows.pool_windows("max_pool2d", x, kernel_size, stride, padding)
    _layers.check_dtypes("max_pool2d", x=x)
    across = _line_maxima(x, windows, 1)  # (N, C, H, outW)
    y = _line_maxima(across, windows, 0)
    result = (y, _first_maxima(x, y, windows)) if return_indices else y
    return result, (x, across, y, windows)


def max_pool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W); of equal maxima the first gets all of dy

    The first, row by row, is the first in its own row, and that row is the first with a maximum. So
    dy goes first to rows, then to pixels, in kH + kW steps, not kH·kW.
    """
    x, across, y, windows = cache
    _windows.check_output("max_pool2d_backward", dy, y.shape)
    dacross = _line_maxima_backward(dy, across, y, windows, 0)
    return _line_maxima_backward(dacross, x, across, windows, 1)


def _line_maxima(x, windows, axis):
    """The maxima of windows that are one column wide (axis 0) or one row high (axis 1)"""
    shape = list(x.shape)
    shape[2 + axis] = windows.out[axis]
    y = np.full(shape, -np.inf, dtype=x.dtype)
    for i, (seen, pixels) in enumerate(windows.line(axis)):
        if i == 0:
            y[seen] = x[pixels]
        else:
            np.maximum(y[seen], x[pixels], out=y[seen])
    return y


def _line_maxima_backward(dy, x, y, windows, axis):
    dx = np.zeros_like(x)
    searching = np.ones(y.shape, dtype=bool)  # windows that have found no maximum yet
    for left, (seen, pixels) in zip(
        range(windows.kernel[axis] - 1, -1, -1), windows.line(axis), strict=True
    ):
        found = searching[seen]
        if left:  # else it must be the last
            found = found & ~(x[pixels] < y[seen])
            searching[seen] ^= found
        if windows.stride[axis] < windows.kernel[axis]:
            dx[pixels] += dy[seen] * found
        else:  # no pixel is in two windows
            np.multiply(dy[seen], found, out=dx[pixels])
    return dx


def _first_maxima(x, y, windows):
    number = np.arange(x.shape[2] * x.shape[3]).reshape(x.shape[2:])
    indices = np.full(y.shape, -1)
    for _, _, seen, pixels in windows.parts():
        first = ~(x[pixels] < y[seen]) & (indices[seen] < 0)
        np.copyto(indices[seen], number[pixels], where=first)
    return indices


class MaxPool2d(Module):
    """max_pool2d as a layer [torch.nn.MaxPool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0, return_indices=False):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.return_indices = return_indices

    def forward(self, x):
        y, self._cache = max_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            return_indices=self.return_indices,
        )
        return y

    def backward(self, dy):
        return max_pool2d_backward(dy, self._pop_cache())


def max_unpool2d(x, indices, kernel_size, *, stride=None, padding=0, output_size=None):
    """Put each value back to where max_pool2d found it, zeros elsewhere
    [Zeiler & Fergus 2014; torch.nn.functional.max_unpool2d].

    x, indices: (N, C, H, W), from max_pool2d with the same options -> y: (N, C, outH, outW), cache
    output_size: (outH, outW), needed where pooling had left over pixels; otherwise the size that
    the windows fill. Where two windows had the same maximum, the last one's value stays.
    ValueError if indices are not those of such an output.
    """
    size = _windows.unpool_size(
        "max_unpool2d", x, indices, kernel_size, stride, padding, output_size
    )
    _windows.check_places("max_unpool2d", indices.min(), indices.max(), size)
    y = np.zeros((*x.shape[:2], size[0] * size[1]), dtype=x.dtype)
    flat = indices.reshape(*x.shape[:2], -1)
    np.put_along_axis(y, flat, x.reshape(flat.shape), axis=2)
    return y.reshape(*x.shape[:2], *size), (indices, size)


def max_unpool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W)"""
    indices, size = cache
    _windows.check_output("max_unpool2d_backward", dy, (*indices.shape[:2], *size))
    flat = indices.reshape(*indices.shape[:2], -1)
    dx = np.take_along_axis(dy.reshape(*dy.shape[:2], -1), flat, axis=2)
    return dx.reshape(indices.shape)


class MaxUnpool2d(Module):
    """max_unpool2d as a layer, called with x and indices [torch.nn.MaxUnpool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x, indices, output_size=None):
        y, self._cache = max_unpool2d(
            x,
            indices,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            output_size=output_size,
        )
        return y

    def backward(self, dy):
        return max_unpool2d_backward(dy, self._pop_cache())


def fractional_max_pool2d(x, kernel_size, *, output_size=None, output_ratio=None, rng):
    """Maxima of windows that start at random steps, so that an image can shrink by less than 2
    [Graham 2014; torch.nn.functional.fractional_max_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW), cache. output_size: outH and outW, or output_ratio:
    their share of H and W. Steps between windows are ⌊a⌋ or ⌈a⌉, a = (H - kH) / (outH - 1), and the
    last window ends at the border: pseudo-random in Graham's terms, drawn for each image and
    channel.
    ValueError if not so many windows start at different pixels.
    """
    kernel, out = _windows.fractional_sizes(
        "fractional_max_pool2d", x, kernel_size, output_size, output_ratio
    )
    _layers.check_dtypes("fractional_max_pool2d", x=x)
    n, channels, height, width = x.shape
    samples = rng.random((n, channels, 2)).astype(
        x.dtype
    )  # for columns, then for rows, as in torch
    rows = _random_steps(samples[..., 1], height, kernel[0], out[0])
    columns = _random_steps(samples[..., 0], width, kernel[1], out[1])
    corners = rows[..., :, None] * width + columns[..., None, :]  # (N, C, outH, outW)
    entries = np.arange(kernel[0])[:, None] * width + np.arange(kernel[1])
    places = corners.reshape(n, channels, -1, 1) + entries.ravel()  # (N, C, outH·outW, kH·kW)
    values = np.take_along_axis(x.reshape(n, channels, -1, 1), places, axis=2)
    best = values.argmax(axis=3)[..., None]
    y = np.take_along_axis(values, best, axis=3).reshape(n, channels, *out)
    return y, (x.shape, np.take_along_axis(places, best, axis=3)[..., 0])


def fractional_max_pool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W)"""
    shape, places = cache
    dx = np.zeros((shape[0], shape[1], shape[2] * shape[3]), dtype=dy.dtype)
    n, c = np.ogrid[: shape[0], : shape[1]]
    np.add.at(dx, (n[..., None], c[..., None], places), dy.reshape(places.shape))
    return dx.reshape(shape)


def _random_steps(sample, size, kernel, out):
    """sample: (N, C) in [0, 1) -> first pixels of the windows along an axis (N, C, out)"""
    starts = np.full((*sample.shape, out), size - kernel)
    if out > 1:
        step = sample.dtype.type(size - kernel) / sample.dtype.type(out - 1)
        i = np.arange(out - 1, dtype=sample.dtype)
        sample = sample[..., None]
        starts[..., :-1] = np.floor((i + sample) * step) - np.floor(sample * step)
    return starts


class FractionalMaxPool2d(Module):
    """fractional_max_pool2d as a layer: random in evaluation too [torch.nn.FractionalMaxPool2d]."""

    def __init__(self, kernel_size, output_size=None, output_ratio=None, *, rng=None):
        super().__init__()
        self.kernel_size, self.output_size = kernel_size, output_size
        self.output_ratio = output_ratio
        self.rng = np.random.default_rng() if rng is None else rng

    def forward(self, x):
        y, self._cache = fractional_max_pool2d(
            x,
            self.kernel_size,
            output_size=self.output_size,
            output_ratio=self.output_ratio,
            rng=self.rng,
        )
        return y

    def backward(self, dy):
        return fractional_max_pool2d_backward(dy, self._pop_cache())


# --- mean ---


def avg_pool2d(x, kernel_size, *, stride=None, padding=0, count_include_pad=True):
    """The mean of each window [torch.nn.functional.avg_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW), cache. stride None is the size of the kernel. The
    mean counts padding as zeros, or with count_include_pad False the pixels of x alone.
    ValueError if no window fits.
    """
    windows = _windows.pool_windows("avg_pool2d", x, kernel_size, stride, padding)
    _layers.check_dtypes("avg_pool2d", x=x)
    if count_include_pad:
        count = np.array(windows.kernel[0] * windows.kernel[1], dtype=x.dtype)
    else:
        count = _window_sums(np.ones((1, 1, *windows.size), dtype=x.dtype), windows)
    return _window_sums(x, windows) / count, (x.shape, count, windows)


def avg_pool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W)"""
    shape, count, windows = cache
    _windows.check_output("avg_pool2d_backward", dy, (*shape[:2], *windows.out))
    return _back_to_pixels(dy / count, windows)


def _window_sums(x, windows):
    sums = np.zeros((*x.shape[:2], *windows.out), dtype=x.dtype)
    for _, _, seen, pixels in windows.parts():
        sums[seen] += x[pixels]
    return sums


def _back_to_pixels(dsums, windows):
    """The transpose of _window_sums"""
    dx = np.zeros((*dsums.shape[:2], *windows.size), dtype=dsums.dtype)
    overlap = any(s < k for s, k in zip(windows.stride, windows.kernel, strict=True))
    for _, _, seen, pixels in windows.parts():
        if overlap:
            dx[pixels] += dsums[seen]
        else:  # no pixel is in two windows
            dx[pixels] = dsums[seen]
    return dx


class AvgPool2d(Module):
    """avg_pool2d as a layer [torch.nn.AvgPool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.count_include_pad = count_include_pad

    def forward(self, x):
        y, self._cache = avg_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            count_include_pad=self.count_include_pad,
        )
        return y

    def backward(self, dy):
        return avg_pool2d_backward(dy, self._pop_cache())


def adaptive_avg_pool2d(x, output_size):
    """Means of windows chosen so that the output has a given size; output_size 1 is the mean of the
    whole channel, "global average pooling" [Lin et al. 2014].

    x: (N, C, H, W) -> y: (N, C, outH, outW), cache
    Row i is the mean of x's rows from ⌊i·H/outH⌋ to before ⌈(i+1)·H/outH⌉; columns likewise.
    """
    out = _windows.adaptive_windows("adaptive_avg_pool2d", x, output_size)
    _layers.check_dtypes("adaptive_avg_pool2d", x=x)
    matrices = [_resampling.adaptive_mean(n, o) for n, o in zip(x.shape[2:], out, strict=True)]
    return _resampling.resize(x, *matrices), matrices


def adaptive_avg_pool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W)"""
    rows, columns = cache
    return _resampling.resize(dy, rows.T, columns.T)


class AdaptiveAvgPool2d(Module):
    """adaptive_avg_pool2d as a layer [torch.nn.AdaptiveAvgPool2d]."""

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, x):
        y, self._cache = adaptive_avg_pool2d(x, self.output_size)
        return y

    def backward(self, dy):
        return adaptive_avg_pool2d_backward(dy, self._pop_cache())


# --- root of the sum of squares ---


def lp_pool2d(x, norm_type, kernel_size, *, stride=None):
    """(sum of x^p over each window)^(1/p), p = norm_type: 2 is "L2 pooling"
    [Sermanet et al. 2012; torch.nn.functional.lp_pool2d].

    x: (N, C, H, W), norm_type: 2, 4, 6 or 8 -> y: (N, C, outH, outW), cache
    stride None is the size of the kernel. ValueError if no window fits.
    """
    windows = _windows.pool_windows("lp_pool2d", x, kernel_size, stride)
    _windows.check_lp("lp_pool2d", norm_type)
    _layers.check_dtypes("lp_pool2d", x=x)
    y = _window_sums(x**norm_type, windows) ** (1 / norm_type)
    return y, (x, y, norm_type, windows)


def lp_pool2d_backward(dy, cache):
    """dy: (N, C, outH, outW) -> dx: (N, C, H, W), 0 where y is 0 (it has a corner there)"""
    x, y, norm_type, windows = cache
    _windows.check_output("lp_pool2d_backward", dy, y.shape)
    dsums = _divide(dy, y ** (norm_type - 1))
    return _back_to_pixels(dsums, windows) * x ** (norm_type - 1)


def _divide(a, b):
    """a / b, and 0 where b is 0"""
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


class LPPool2d(Module):
    """lp_pool2d as a layer [torch.nn.LPPool2d]."""

    def __init__(self, norm_type, kernel_size, stride=None):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride = norm_type, kernel_size, stride

    def forward(self, x):
        y, self._cache = lp_pool2d(x, self.norm_type, self.kernel_size, stride=self.stride)
        return y

    def backward(self, dy):
        return lp_pool2d_backward(dy, self._pop_cache())


def l2_pool_features(x, group_size):
    """The root of the sum of squares over each group of feature maps, at each place: filters of a
    group come to stand for one feature and its variants [Kavukcuoglu et al. 2009].

    x: (N, C, H, W), group_size: a divisor of C -> y: (N, C/group_size, H, W), cache; group 0 is
    the first group_size maps. ValueError if group_size does not divide C.
    """
    _windows.check_group_size("l2_pool_features", x, group_size)
    _layers.check_dtypes("l2_pool_features", x=x)
    groups = x.reshape(len(x), -1, group_size, *x.shape[2:])
    y = np.sqrt((groups**2).sum(axis=2))
    return y, (groups, y, x.shape)


def l2_pool_features_backward(dy, cache):
    """dy: (N, C/group_size, H, W) -> dx: (N, C, H, W), 0 where y is 0 (it has a corner there)"""
    groups, y, shape = cache
    _windows.check_output("l2_pool_features_backward", dy, y.shape)
    return (groups * _divide(dy, y)[:, :, None]).reshape(shape)


class L2PoolFeatures(Module):
    """l2_pool_features as a layer."""

    def __init__(self, group_size):
        super().__init__()
        self.group_size = group_size

    def forward(self, x):
        y, self._cache = l2_pool_features(x, self.group_size)
        return y

    def backward(self, dy):
        return l2_pool_features_backward(dy, self._pop_cache())
