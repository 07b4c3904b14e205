"""Pooling: one number for each window, so that features move a little without effect."""

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib._shared import windows as _windows
from cs_lib.torch.nn.module import Module

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "FractionalMaxPool2d",
    "L2PoolFeatures",
    "LPPool2d",
    "MaxPool2d",
    "MaxUnpool2d",
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "fractional_max_pool2d",
    "l2_pool_features",
    "lp_pool2d",
    "max_pool2d",
    "max_unpool2d",
]

# --- maximum ---


def max_pool2d(x, kernel_size, *, stride=None, padding=0, return_indices=False):
    """The maximum of each window [torch.nn.functional.max_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW); with return_indices (y, indices), where indices,
    int64, count the pixels of a channel row by row: the first of equal maxima.
    stride None is the size of the kernel. Padding, at most half a kernel, is never the maximum.
    ValueError if no window fits.
    """
    windows = _windows.pool_windows("max_pool2d", x, kernel_size, stride, padding)
    return F.max_pool2d(
        x, windows.kernel, windows.stride, windows.before, return_indices=return_indices
    )


class MaxPool2d(Module, torch.nn.MaxPool2d):
    """max_pool2d as a layer [torch.nn.MaxPool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0, return_indices=False):
        super().__init__(kernel_size, stride, padding, return_indices=return_indices)

    def forward(self, x):
        return max_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            return_indices=self.return_indices,
        )


def max_unpool2d(x, indices, kernel_size, *, stride=None, padding=0, output_size=None):
    """Put each value back to where max_pool2d found it, zeros elsewhere
    [Zeiler & Fergus 2014; torch.nn.functional.max_unpool2d].

    x, indices: (N, C, H, W), from max_pool2d with the same options -> y: (N, C, outH, outW)
    output_size: (outH, outW), needed where pooling had left over pixels; otherwise the size that
    the windows fill. Where two windows had the same maximum, one of their values stays.
    ValueError if indices are not those of such an output.
    """
    size = _windows.unpool_size(
        "max_unpool2d", x, indices, kernel_size, stride, padding, output_size
    )
    _windows.check_places("max_unpool2d", int(indices.min()), int(indices.max()), size)
    # not F.max_unpool2d, which refuses some sizes that pooling can come from
    y = x.new_zeros((*x.shape[:2], size[0] * size[1]))
    return y.scatter(2, indices.flatten(2), x.flatten(2)).unflatten(2, size)


class MaxUnpool2d(Module, torch.nn.MaxUnpool2d):
    """max_unpool2d as a layer, called with x and indices [torch.nn.MaxUnpool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__(kernel_size, stride, padding)

    def forward(self, x, indices, output_size=None):
        return max_unpool2d(
            x,
            indices,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            output_size=output_size,
        )


def fractional_max_pool2d(x, kernel_size, *, output_size=None, output_ratio=None, rng):
    """Maxima of windows that start at random steps, so that an image can shrink by less than 2
    [Graham 2014; torch.nn.functional.fractional_max_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW). output_size: outH and outW, or output_ratio: their
    share of H and W. Steps between windows are ⌊a⌋ or ⌈a⌉, a = (H - kH) / (outH - 1), and the last
    window ends at the border: pseudo-random in Graham's terms, drawn for each image and channel.
    ValueError if not so many windows start at different pixels.
    """
    kernel, out = _windows.fractional_sizes(
        "fractional_max_pool2d", x, kernel_size, output_size, output_ratio
    )
    samples = torch.from_numpy(rng.random((*x.shape[:2], 2))).to(x)
    return F.fractional_max_pool2d(x, kernel, out, _random_samples=samples)


class FractionalMaxPool2d(Module, torch.nn.FractionalMaxPool2d):
    """fractional_max_pool2d as a layer: random in evaluation too [torch.nn.FractionalMaxPool2d]."""

    def __init__(self, kernel_size, output_size=None, output_ratio=None, *, rng=None):
        super().__init__(kernel_size, output_size, output_ratio)
        self.rng = np.random.default_rng() if rng is None else rng

    def forward(self, x):
        return fractional_max_pool2d(
            x,
            self.kernel_size,
            output_size=self.output_size,
            output_ratio=self.output_ratio,
            rng=self.rng,
        )


# --- mean ---


def avg_pool2d(x, kernel_size, *, stride=None, padding=0, count_include_pad=True):
    """The mean of each window [torch.nn.functional.avg_pool2d].

    x: (N, C, H, W) -> y: (N, C, outH, outW). stride None is the size of the kernel. The mean counts
    padding as zeros, or with count_include_pad False the pixels of x alone.
    ValueError if no window fits.
    """
    windows = _windows.pool_windows("avg_pool2d", x, kernel_size, stride, padding)
    return F.avg_pool2d(
        x,
        windows.kernel,
        windows.stride,
        windows.before,
        count_include_pad=count_include_pad,
    )


class AvgPool2d(Module, torch.nn.AvgPool2d):
    """avg_pool2d as a layer [torch.nn.AvgPool2d]."""

    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding, count_include_pad=count_include_pad)

    def forward(self, x):
        return avg_pool2d(
            x,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            count_include_pad=self.count_include_pad,
        )


def adaptive_avg_pool2d(x, output_size):
    """Means of windows chosen so that the output has a given size; output_size 1 is the mean of the
    whole channel, "global average pooling" [Lin et al. 2014].

    x: (N, C, H, W) -> y: (N, C, outH, outW)
    Row i is the mean of x's rows from ⌊i·H/outH⌋ to before ⌈(i+1)·H/outH⌉; columns likewise.
    """
    return F.adaptive_avg_pool2d(
        x, _windows.adaptive_windows("adaptive_avg_pool2d", x, output_size)
    )


class AdaptiveAvgPool2d(Module, torch.nn.AdaptiveAvgPool2d):
    """adaptive_avg_pool2d as a layer [torch.nn.AdaptiveAvgPool2d]."""

    def __init__(self, output_size):
        super().__init__(output_size)

    def forward(self, x):
        return adaptive_avg_pool2d(x, self.output_size)


# --- root of the sum of squares ---


def lp_pool2d(x, norm_type, kernel_size, *, stride=None):
    """(sum of x^p over each window)^(1/p), p = norm_type: 2 is "L2 pooling"
    [Sermanet et al. 2012; torch.nn.functional.lp_pool2d].

    x: (N, C, H, W), norm_type: 2, 4, 6 or 8 -> y: (N, C, outH, outW)
    stride None is the size of the kernel. ValueError if no window fits.
    """
    windows = _windows.pool_windows("lp_pool2d", x, kernel_size, stride)
    _windows.check_lp("lp_pool2d", norm_type)
    sums = F.avg_pool2d(x**norm_type, windows.kernel, windows.stride, divisor_override=1)
    return _root(sums, norm_type)


def _root(sums, p):
    """sums ** (1/p), with derivative 0 at 0; torch's is infinite there, and times 0 gives nan"""
    zero = sums == 0
    return sums.masked_fill(zero, 1).pow(1 / p).masked_fill(zero, 0)


class LPPool2d(Module, torch.nn.LPPool2d):
    """lp_pool2d as a layer [torch.nn.LPPool2d]."""

    def __init__(self, norm_type, kernel_size, stride=None):
        super().__init__(norm_type, kernel_size, stride)

    def forward(self, x):
        return lp_pool2d(x, self.norm_type, self.kernel_size, stride=self.stride)


def l2_pool_features(x, group_size):
    """The root of the sum of squares over each group of feature maps, at each place: filters of a
    group come to stand for one feature and its variants [Kavukcuoglu et al. 2009].

    x: (N, C, H, W), group_size: a divisor of C -> y: (N, C/group_size, H, W); group 0 is the first
    group_size maps. ValueError if group_size does not divide C.
    """
    _windows.check_group_size("l2_pool_features", x, group_size)
    return _root((x.unflatten(1, (-1, group_size)) ** 2).sum(dim=2), 2)


class L2PoolFeatures(Module):
    """l2_pool_features as a layer."""

    def __init__(self, group_size):
        super().__init__()
        self.group_size = group_size

    def forward(self, x):
        return l2_pool_features(x, self.group_size)
