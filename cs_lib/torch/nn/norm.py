"""Normalisation: subtract a mean, divide by a standard deviation. Over what, tells them apart."""

import torch
from torch.nn import functional as F

from cs_lib._shared import norm as _norm
from cs_lib.torch.nn.module import Module, Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm2d",
    "LayerNorm",
    "LocalContrastNorm2d",
    "WeightNorm",
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_contrast_norm",
    "weight_norm",
]

# --- over the batch ---


def batch_norm(
    x,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    *,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    """Normalise each channel over the batch and all pixels [Ioffe & Szegedy 2015, alg. 1].

    x: (N, C) or (N, C, H, W), the others (C,) or None -> y as x
    training: with the mean and variance of x itself; running_mean and running_var move *in place*
    by the share momentum towards them (the variance divided by n - 1, n = N·H·W, not by n).
    Otherwise: with running_mean and running_var.
    ValueError for other shapes, and in training for one value a channel.
    """
    _norm.check_batch_norm("batch_norm", x, running_mean, running_var, weight, bias, training)
    return F.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)


class _BatchNorm(Module):
    def __init__(
        self, num_features, *, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats)

    def forward(self, x):
        caller = type(self).__name__
        _norm.check_features(caller, x, self.num_features)
        mean, var = self.running_mean, self.running_var
        training = self.training or mean is None
        _norm.check_batch_norm(caller, x, mean, var, self.weight, self.bias, training, self._ranks)
        return super().forward(x)


class BatchNorm1d(_BatchNorm, torch.nn.BatchNorm1d):
    """`batch_norm` of features, x: (N, num_features) [torch.nn.BatchNorm1d].

    weight, bias: (num_features,), at first 1 and 0; None with affine=False. momentum=None: the
    running statistics are the plain mean over all batches so far. track_running_stats=False: the
    batch's own, in evaluation too.
    """

    _ranks = (2,)


class BatchNorm2d(_BatchNorm, torch.nn.BatchNorm2d):
    """`batch_norm` of images, x: (N, num_features, H, W) [torch.nn.BatchNorm2d].

    Arguments as for `BatchNorm1d`.
    """

    _ranks = (4,)


# --- within one example: nothing to remember between batches ---


def layer_norm(x, normalized_shape, weight=None, bias=None, *, eps=1e-5):
    """Normalise each example over its last axes [Ba et al. 2016, §3; torch.nn.functional].

    x: (..., *normalized_shape), weight, bias: normalized_shape or None -> y as x
    normalized_shape: an int or a tuple, the sizes of those axes
    """
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    _norm.check_layer_norm("layer_norm", x, shape, weight, bias)
    return F.layer_norm(x, shape, weight, bias, eps)


class LayerNorm(Module, torch.nn.LayerNorm):
    """`layer_norm` of x: (..., *normalized_shape) [torch.nn.LayerNorm].

    weight, bias: normalized_shape, at first 1 and 0; None with elementwise_affine=False.
    """

    def __init__(self, normalized_shape, *, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__(normalized_shape, eps, elementwise_affine, bias)

    def forward(self, x):
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)


def group_norm(x, num_groups, weight=None, bias=None, *, eps=1e-5):
    """Normalise each group of channels of each image [Wu & He 2018, §3; torch.nn.functional].

    x: (N, C) or (N, C, H, W), weight, bias: (C,) or None -> y as x
    num_groups: a divisor of C; 1 is a layer norm of the image, C an instance norm
    """
    _norm.check_group_norm("group_norm", x, num_groups, weight, bias)
    if weight is None and bias is not None:  # torch's backward fails on a bias alone
        weight = torch.ones_like(bias)
    return F.group_norm(x, num_groups, weight, bias, eps)


class GroupNorm(Module, torch.nn.GroupNorm):
    """`group_norm` of x: (N, num_channels) or (N, num_channels, H, W) [torch.nn.GroupNorm].

    weight, bias: (num_channels,), at first 1 and 0; None with affine=False.
    """

    def __init__(self, num_groups, num_channels, *, eps=1e-5, affine=True):
        _norm.check_groups("GroupNorm", num_channels, num_groups)
        super().__init__(num_groups, num_channels, eps, affine)

    def forward(self, x):
        return group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)


def instance_norm(x, weight=None, bias=None, *, eps=1e-5):
    """Normalise each channel of each image [Ulyanov et al. 2016; torch.nn.functional].

    x: (N, C, H, W), weight, bias: (C,) or None -> y as x
    A group norm with one channel a group. torch's function can also keep running statistics; its
    weight and bias therefore come later.
    """
    _norm.check_instance_norm("instance_norm", x, weight, bias)
    return F.instance_norm(x, weight=weight, bias=bias, eps=eps)


class InstanceNorm2d(Module, torch.nn.InstanceNorm2d):
    """`instance_norm` of x: (N, num_features, H, W) [torch.nn.InstanceNorm2d].

    affine=True: with weight and bias, (num_features,), at first 1 and 0.
    """

    def __init__(self, num_features, *, eps=1e-5, affine=False):
        super().__init__(num_features, eps, affine=affine)

    def forward(self, x):
        return instance_norm(x, self.weight, self.bias, eps=self.eps)


# --- of the weights ---


def weight_norm(v, g):
    """A weight as a length times a direction, w = g · v / |v| [Salimans & Kingma 2016, eq. 2].

    v: (out, ...), g: (out, 1, ...), with as many axes -> w as v
    |v| is taken of each v[i], the weights of one output. ValueError for other shapes.
    """
    _norm.check_weight_norm("weight_norm", v, g)
    return g * v / _length(v)


def _length(v):
    return torch.linalg.vector_norm(v, dim=tuple(range(1, v.ndim)), keepdim=True)


class WeightNorm(Module):
    """A layer whose weight is learnt as `weight_norm(weight_v, weight_g)`.

    layer: any with a weight, which it gives up: WeightNorm(Linear(4, 3)) has the parameters
    weight_g: (3, 1), weight_v: (3, 4) and layer.bias: (3,). At first weight_v is the layer's weight
    and weight_g its length, so that it computes the same.
    """

    def __init__(self, layer):
        super().__init__()
        v = layer.weight.detach()
        self.weight_g = Parameter(_length(v))
        self.weight_v = Parameter(v.clone())
        del layer.weight
        layer.weight = None  # now a plain attribute: what is computed is not learnt
        self.layer = layer

    def forward(self, x):
        self.layer.weight = weight_norm(self.weight_v, self.weight_g)
        try:
            return self.layer(x)
        finally:
            self.layer.weight = None


# --- over a neighbourhood ---


def local_contrast_norm(x, *, kernel_size=9, sigma=None, across=False, eps=1e-2):
    """Subtract the local mean, divide by the local standard deviation [Jarrett et al. 2009, §2.1].

    x: (N, C, H, W) -> y: (N, C, H, W)
    v = x - mean(x), y = v / max(eps, sqrt(mean(v²))), with means under a Gaussian window of
    kernel_size × kernel_size pixels and standard deviation sigma (None: kernel_size / 4); at the
    border the part of the window inside the image counts. across: the means run over all channels
    too, so that strong features put down weak ones. eps keeps flat regions from turning into noise
    (the paper takes the mean of the standard deviation instead of a constant).
    """
    _norm.check_local_contrast("local_contrast_norm", x, eps)
    rows, columns = (
        torch.from_numpy(_norm.window("local_contrast_norm", size, kernel_size, sigma)).to(x)
        for size in x.shape[2:]
    )  # (H, H), (W, W)

    def mean(x):
        return rows @ (x.mean(dim=1, keepdim=True) if across else x) @ columns.T

    v = x - mean(x)
    # the root of the larger, not the larger of eps and a root: a root has no derivative at 0
    return v / mean(v * v).clamp(min=eps**2).sqrt()


class LocalContrastNorm2d(Module):
    """`local_contrast_norm` of x: (N, C, H, W), with its arguments; no parameters."""

    def __init__(self, *, kernel_size=9, sigma=None, across=False, eps=1e-2):
        super().__init__()
        self.kernel_size, self.sigma, self.across, self.eps = kernel_size, sigma, across, eps

    def forward(self, x):
        return local_contrast_norm(
            x, kernel_size=self.kernel_size, sigma=self.sigma, across=self.across, eps=self.eps
        )
