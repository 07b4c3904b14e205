"""Normalisation: subtract a mean, divide by a standard deviation. Over what, tells them apart."""

import math

import numpy as np

from cs_lib._shared import layers as _layers
from cs_lib._shared import norm as _norm
from cs_lib.numpy.nn.module import Module, Parameter

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm2d",
    "LayerNorm",
    "LocalContrastNorm2d",
    "WeightNorm",
    "batch_norm",
    "batch_norm_backward",
    "group_norm",
    "group_norm_backward",
    "instance_norm",
    "instance_norm_backward",
    "layer_norm",
    "layer_norm_backward",
    "local_contrast_norm",
    "local_contrast_norm_backward",
    "weight_norm",
    "weight_norm_backward",
]

# --- what they all do ---


def _standardise(x, axes, eps):
    """x, any shape -> x_hat of mean 0 and variance 1 over axes, and mean, var (axes kept as 1)"""
    mean = x.mean(axis=axes, keepdims=True)
    x_hat = x - mean  # the variance from this, not from mean(x²) - mean²: an offset would eat it
    var = np.mean(x_hat * x_hat, axis=axes, keepdims=True)
    x_hat /= np.sqrt(var + eps)
    return x_hat, mean, var


def _standardise_backward(g, x_hat, var, axes, eps):
    """g: dL/dx_hat -> dL/dx

    Every x moves the mean and the variance of all: both directions are projected out of g.
    """
    dx = x_hat * -np.mean(g * x_hat, axis=axes, keepdims=True)
    dx += g
    dx -= g.mean(axis=axes, keepdims=True)
    dx /= np.sqrt(var + eps)
    return dx


def _scale(x_hat, weight, bias, shape):
    """weight * x_hat + bias, both of the given shape in x_hat's axes, or None"""
    y = x_hat * (1 if weight is None else weight.reshape(shape))
    if bias is not None:
        y += bias.reshape(shape)
    return y


def _scale_backward(dy, x_hat, weight, bias, shape):
    """dy -> g = dL/dx_hat, dweight, dbias"""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    g = dy if weight is None else dy * weight.reshape(shape)
    dweight = None if weight is None else (dy * x_hat).sum(axis=axes).reshape(weight.shape)
    dbias = None if bias is None else dy.sum(axis=axes).reshape(bias.shape)
    return g, dweight, dbias


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

    x: (N, C) or (N, C, H, W), the others (C,) or None -> y as x, cache
    training: with the mean and variance of x itself; running_mean and running_var move *in place*
    by the share momentum towards them (the variance divided by n - 1, n = N·H·W, not by n), as in
    torch. Otherwise: with running_mean and running_var.
    ValueError for other shapes, and in training for one value a channel.
    """
    _norm.check_batch_norm("batch_norm", x, running_mean, running_var, weight, bias, training)
    _layers.check_dtypes(
        "batch_norm",
        x=x,
        running_mean=running_mean,
        running_var=running_var,
        weight=weight,
        bias=bias,
    )
    channels = x.shape[1]
    rows = x.reshape(len(x), channels, -1)  # (N, C, H·W)
    centred, y = np.empty_like(rows), np.empty_like(rows)
    if training:
        n = x.size // channels
        mean, var = rows.mean(axis=(0, 2)), np.zeros(channels, dtype=x.dtype)
        for part in _parts(rows):
            np.subtract(rows[part], mean[:, None], out=centred[part])
            var += _products(centred[part], centred[part])
        var /= n  # not mean(x²) - mean²: an offset would eat it
        if running_mean is not None:
            running_mean += momentum * (mean - running_mean)
            running_var += momentum * (var * (n / (n - 1)) - running_var)
    else:
        np.subtract(rows, running_mean[:, None], out=centred)
        var = running_var
    scale = 1 / np.sqrt(var + eps)  # (C,)
    factor = (scale if weight is None else scale * weight)[:, None]
    for part in _parts(rows):
        np.multiply(centred[part], factor, out=y[part])
        if bias is not None:
            y[part] += bias[:, None]
    return y.reshape(x.shape), (centred, scale, weight, bias, training)


def batch_norm_backward(dy, cache):
    """dy: (N, C) or (N, C, H, W) -> dx as dy, dweight: (C,) or None, dbias: (C,) or None

    As _standardise_backward, with x_hat = centred · scale put in, so that all factors are numbers
    of a channel. The running statistics are state, not arguments with a gradient. Outside training
    they are constants, so dx is dy times a number.
    """
    centred, scale, weight, bias, training = cache
    rows = dy.reshape(centred.shape)
    total, along = rows.sum(axis=(0, 2)), _products(rows, centred)  # (C,)
    factor = (scale if weight is None else scale * weight)[:, None]
    if training:
        n = rows.size // len(total)
        mean, slope = (total / n)[:, None], (-along * scale**2 / n)[:, None]
        dx = np.empty_like(rows)
        for part in _parts(rows):
            some = np.multiply(centred[part], slope, out=dx[part])
            some += rows[part]
            some -= mean
            some *= factor
    else:
        dx = rows * factor
    dweight = None if weight is None else along * scale
    return dx.reshape(dy.shape), dweight, None if bias is None else total


_BYTES = 2**19  # of x at a time: several steps in a core's cache, not one after the other in memory


def _parts(rows):
    """Slices of a few images"""
    step = max(1, _BYTES * len(rows) // max(1, rows.nbytes))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def _products(a, b):
    """The sum of a · b over each channel: (N, C, L), (N, C, L) -> (C,)"""
    return np.einsum("ncl,ncl->c", a, b)


class _BatchNorm(Module):
    _ranks = (2, 4)

    def __init__(
        self, num_features, *, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_features, np.float32)) if affine else None
        tracked = track_running_stats
        self.register_buffer(
            "running_mean", np.zeros(num_features, np.float32) if tracked else None
        )
        self.register_buffer("running_var", np.ones(num_features, np.float32) if tracked else None)
        self.register_buffer("num_batches_tracked", np.array(0) if tracked else None)

    def forward(self, x):
        caller = type(self).__name__
        _norm.check_features(caller, x, self.num_features)
        weight, bias = _data(self.weight), _data(self.bias)
        training = self.training or self.running_mean is None
        _norm.check_batch_norm(
            caller, x, self.running_mean, self.running_var, weight, bias, training, self._ranks
        )
        momentum = self.momentum
        if self.training and self.running_mean is not None:
            self.num_batches_tracked += 1
            if momentum is None:
                momentum = 1 / int(self.num_batches_tracked)
        y, self._cache = batch_norm(
            x,
            self.running_mean,
            self.running_var,
            weight,
            bias,
            training=training,
            momentum=momentum,
            eps=self.eps,
        )
        return y

    def backward(self, dy):
        return _add_grads(self, *batch_norm_backward(dy, self._pop_cache()))


class BatchNorm1d(_BatchNorm):
    """`batch_norm` of features, x: (N, num_features) [torch.nn.BatchNorm1d].

    weight, bias: (num_features,), at first 1 and 0; None with affine=False. momentum=None: the
    running statistics are the plain mean over all batches so far. track_running_stats=False: the
    batch's own, in evaluation too.
    """

    _ranks = (2,)


class BatchNorm2d(_BatchNorm):
    """`batch_norm` of images, x: (N, num_features, H, W) [torch.nn.BatchNorm2d].

    Arguments as for `BatchNorm1d`.
    """

    _ranks = (4,)


def _data(parameter):
    return None if parameter is None else parameter.data


def _add_grads(module, dx, dweight, dbias):
    if dweight is not None:
        module.weight.add_grad(dweight)
    if dbias is not None:
        module.bias.add_grad(dbias)
    return dx


# --- within one example: nothing to remember between batches ---


def layer_norm(x, normalized_shape, weight=None, bias=None, *, eps=1e-5):
    """Normalise each example over its last axes [Ba et al. 2016, §3; torch.nn.functional].

    x: (..., *normalized_shape), weight, bias: normalized_shape or None -> y as x, cache
    normalized_shape: an int or a tuple, the sizes of those axes
    """
    normalized_shape = _as_shape(normalized_shape)
    _norm.check_layer_norm("layer_norm", x, normalized_shape, weight, bias)
    _layers.check_dtypes("layer_norm", x=x, weight=weight, bias=bias)
    rows = x.reshape(-1, math.prod(normalized_shape))  # (N, D)
    x_hat, _, var = _standardise(rows, 1, eps)
    y = _scale(x_hat, weight, bias, (1, -1)).reshape(x.shape)
    return y, (x_hat, var, weight, bias, eps)


def layer_norm_backward(dy, cache):
    """dy: as x -> dx: as x, dweight: normalized_shape or None, dbias: normalized_shape or None"""
    x_hat, var, weight, bias, eps = cache
    g, dweight, dbias = _scale_backward(dy.reshape(x_hat.shape), x_hat, weight, bias, (1, -1))
    return _standardise_backward(g, x_hat, var, 1, eps).reshape(dy.shape), dweight, dbias


def _as_shape(normalized_shape):
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(Module):
    """`layer_norm` of x: (..., *normalized_shape) [torch.nn.LayerNorm].

    weight, bias: normalized_shape, at first 1 and 0; None with elementwise_affine=False.
    """

    def __init__(self, normalized_shape, *, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.normalized_shape, self.eps = _as_shape(normalized_shape), eps
        ones = np.ones(self.normalized_shape, np.float32)
        self.weight = Parameter(ones) if elementwise_affine else None
        self.bias = Parameter(0 * ones) if elementwise_affine and bias else None

    def forward(self, x):
        weight, bias = _data(self.weight), _data(self.bias)
        y, self._cache = layer_norm(x, self.normalized_shape, weight, bias, eps=self.eps)
        return y

    def backward(self, dy):
        return _add_grads(self, *layer_norm_backward(dy, self._pop_cache()))


def group_norm(x, num_groups, weight=None, bias=None, *, eps=1e-5):
    """Normalise each group of channels of each image [Wu & He 2018, §3; torch.nn.functional].

    x: (N, C) or (N, C, H, W), weight, bias: (C,) or None -> y as x, cache
    num_groups: a divisor of C; 1 is a layer norm of the image, C an instance norm
    """
    _norm.check_group_norm("group_norm", x, num_groups, weight, bias)
    _layers.check_dtypes("group_norm", x=x, weight=weight, bias=bias)
    n, channels = x.shape[:2]
    x_hat, _, var = _standardise(x.reshape(n, num_groups, -1), 2, eps)
    x_hat = x_hat.reshape(n, channels, -1)  # (N, C, H·W)
    y = _scale(x_hat, weight, bias, (1, channels, 1)).reshape(x.shape)
    return y, (x_hat, var, weight, bias, eps)


def group_norm_backward(dy, cache):
    """dy: (N, C) or (N, C, H, W) -> dx as dy, dweight: (C,) or None, dbias: (C,) or None"""
    x_hat, var, weight, bias, eps = cache  # (N, C, H·W), (N, groups, 1)
    n, channels = x_hat.shape[:2]
    rows = dy.reshape(x_hat.shape)
    g, dweight, dbias = _scale_backward(rows, x_hat, weight, bias, (1, channels, 1))
    groups = (n, var.shape[1], -1)
    dx = _standardise_backward(g.reshape(groups), x_hat.reshape(groups), var, 2, eps)
    return dx.reshape(dy.shape), dweight, dbias


class GroupNorm(Module):
    """`group_norm` of x: (N, num_channels) or (N, num_channels, H, W) [torch.nn.GroupNorm].

    weight, bias: (num_channels,), at first 1 and 0; None with affine=False.
    """

    def __init__(self, num_groups, num_channels, *, eps=1e-5, affine=True):
        super().__init__()
        _norm.check_groups("GroupNorm", num_channels, num_groups)
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight = Parameter(np.ones(num_channels, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_channels, np.float32)) if affine else None

    def forward(self, x):
        weight, bias = _data(self.weight), _data(self.bias)
        y, self._cache = group_norm(x, self.num_groups, weight, bias, eps=self.eps)
        return y

    def backward(self, dy):
        return _add_grads(self, *group_norm_backward(dy, self._pop_cache()))


def instance_norm(x, weight=None, bias=None, *, eps=1e-5):
    """Normalise each channel of each image [Ulyanov et al. 2016; torch.nn.functional].

    x: (N, C, H, W), weight, bias: (C,) or None -> y as x, cache
    A group norm with one channel a group. torch's function can also keep running statistics; its
    weight and bias therefore come later.
    """
    _norm.check_instance_norm("instance_norm", x, weight, bias)
    _layers.check_dtypes("instance_norm", x=x, weight=weight, bias=bias)
    return group_norm(x, x.shape[1], weight, bias, eps=eps)


def instance_norm_backward(dy, cache):
    """dy: (N, C, H, W) -> dx as dy, dweight: (C,) or None, dbias: (C,) or None"""
    return group_norm_backward(dy, cache)


class InstanceNorm2d(Module):
    """`instance_norm` of x: (N, num_features, H, W) [torch.nn.InstanceNorm2d].

    affine=True: with weight and bias, (num_features,), at first 1 and 0.
    """

    def __init__(self, num_features, *, eps=1e-5, affine=False):
        super().__init__()
        self.num_features, self.eps = num_features, eps
        self.weight = Parameter(np.ones(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_features, np.float32)) if affine else None

    def forward(self, x):
        weight, bias = _data(self.weight), _data(self.bias)
        y, self._cache = instance_norm(x, weight, bias, eps=self.eps)
        return y

    def backward(self, dy):
        return _add_grads(self, *instance_norm_backward(dy, self._pop_cache()))


# --- of the weights ---


def weight_norm(v, g):
    """A weight as a length times a direction, w = g · v / |v| [Salimans & Kingma 2016, eq. 2].

    v: (out, ...), g: (out, 1, ...), with as many axes -> w as v, cache
    |v| is taken of each v[i], the weights of one output. ValueError for other shapes.
    """
    _norm.check_weight_norm("weight_norm", v, g)
    _layers.check_dtypes("weight_norm", v=v, g=g)
    axes = tuple(range(1, v.ndim))
    length = np.sqrt((v * v).sum(axis=axes, keepdims=True))  # (out, 1, ...)
    unit = v / length
    return g * unit, (unit, length, g)


def weight_norm_backward(dw, cache):
    """dw: (out, ...) -> dv: (out, ...), dg: (out, 1, ...) [Salimans & Kingma 2016, eq. 3].

    dv is at a right angle to v, so steps of descent only lengthen v.
    """
    unit, length, g = cache
    dg = (dw * unit).sum(axis=tuple(range(1, dw.ndim)), keepdims=True)
    return g / length * (dw - dg * unit), dg


class WeightNorm(Module):
    """A layer whose weight is learnt as `weight_norm(weight_v, weight_g)`.

    layer: any with a weight, which it gives up: WeightNorm(Linear(4, 3)) has the parameters
    weight_g: (3, 1), weight_v: (3, 4) and layer.bias: (3,). At first weight_v is the layer's weight
    and weight_g its length, so that it computes the same.
    """

    def __init__(self, layer):
        super().__init__()
        v = layer.weight.data
        length = np.sqrt((v * v).sum(axis=tuple(range(1, v.ndim)), keepdims=True))
        self.weight_g = Parameter(length)
        self.weight_v = Parameter(v.copy())
        vars(layer)["weight"] = _Computed()  # not a Parameter: what is computed is not learnt
        self.layer = layer

    def forward(self, x):
        self.layer.weight.data, self._cache = weight_norm(self.weight_v.data, self.weight_g.data)
        return self.layer(x)

    def backward(self, dy):
        cache = self._pop_cache()
        dx = self.layer.backward(dy)
        dv, dg = weight_norm_backward(self.layer.weight.grad, cache)
        self.weight_g.add_grad(dg)
        self.weight_v.add_grad(dv)
        return dx


class _Computed:
    """Stands where a layer looks for its weight, and takes its gradient."""

    data = grad = None

    def add_grad(self, grad):
        self.grad = grad


# --- over a neighbourhood ---


def local_contrast_norm(x, *, kernel_size=9, sigma=None, across=False, eps=1e-2):
    """Subtract the local mean, divide by the local standard deviation [Jarrett et al. 2009, §2.1].

    x: (N, C, H, W) -> y: (N, C, H, W), cache
    v = x - mean(x), y = v / max(eps, sqrt(mean(v²))), with means under a Gaussian window of
    kernel_size × kernel_size pixels and standard deviation sigma (None: kernel_size / 4); at the
    border the part of the window inside the image counts. across: the means run over all channels
    too, so that strong features put down weak ones. eps keeps flat regions from turning into noise
    (the paper takes the mean of the standard deviation instead of a constant).
    """
    _norm.check_local_contrast("local_contrast_norm", x, eps)
    _layers.check_dtypes("local_contrast_norm", x=x)
    rows, columns = (
        _norm.window("local_contrast_norm", size, kernel_size, sigma).astype(x.dtype)
        for size in x.shape[2:]
    )  # (H, H), (W, W)

    def mean(x):
        return rows @ (x.mean(axis=1, keepdims=True) if across else x) @ columns.T

    v = x - mean(x)
    var = mean(v * v)  # (N, C, H, W), or (N, 1, H, W) across
    scale = np.sqrt(np.maximum(eps**2, var))
    return v / scale, (v, var, scale, rows, columns, across, eps)


def local_contrast_norm_backward(dy, cache):
    """dy: (N, C, H, W) -> dx: (N, C, H, W)"""
    v, var, scale, rows, columns, across, eps = cache

    def mean_backward(g):
        """The transpose of the mean: what was averaged over channels is shared among them."""
        return rows.T @ (g.sum(axis=1, keepdims=True) / dy.shape[1] if across else g) @ columns

    dscale = -dy * v / scale**2  # (N, C, H, W)
    dvar = np.where(var >= eps**2, dscale / (2 * scale), 0)  # a constant eps has no derivative
    dv = dy / scale + 2 * v * mean_backward(dvar)
    return dv - mean_backward(dv)


class LocalContrastNorm2d(Module):
    """`local_contrast_norm` of x: (N, C, H, W), with its arguments; no parameters."""

    def __init__(self, *, kernel_size=9, sigma=None, across=False, eps=1e-2):
        super().__init__()
        self.kernel_size, self.sigma, self.across, self.eps = kernel_size, sigma, across, eps

    def forward(self, x):
        y, self._cache = local_contrast_norm(
            x, kernel_size=self.kernel_size, sigma=self.sigma, across=self.across, eps=self.eps
        )
        return y

    def backward(self, dy):
        return local_contrast_norm_backward(dy, self._pop_cache())
