"""Activations: functions of one number, applied to every entry, and two of several numbers.

Each keeps the shape and float dtype of x (maxout: but for the channels); integers are a TypeError.
"""

import numpy as np

from cs_lib._shared import layers as _layers
from cs_lib.numpy.nn.module import Module, Parameter

__all__ = [
    "ELU",
    "LeakyReLU",
    "LogSoftmax",
    "Maxout",
    "PReLU",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "elu",
    "elu_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "log_softmax",
    "log_softmax_backward",
    "maxout",
    "maxout_backward",
    "prelu",
    "prelu_backward",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "step",
    "tanh",
    "tanh_backward",
]

# --- one number in, one out ---


def step(x):
    """1 where x >= 0, else 0: a unit that fires at its threshold [McCulloch & Pitts 1943].

    No cache and no backward: the derivative is 0 wherever there is one, so nothing could be learnt.
    """
    _layers.check_dtypes("step", x=x)
    return (x >= 0).astype(x.dtype)


def sigmoid(x):
    """1 / (1 + exp(-x)), in (0, 1) [torch.nn.functional.sigmoid] -> y, cache"""
    _layers.check_dtypes("sigmoid", x=x)
    # over and under the line times exp(x) where x < 0: exp(-x) would overflow at x = -1000
    y = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))
    return y, y


def sigmoid_backward(dy, cache):
    """dy, like x -> dx"""
    y = cache
    return dy * y * (1 - y)


def tanh(x):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)), in (-1, 1) [torch.nn.functional.tanh] -> y, cache"""
    _layers.check_dtypes("tanh", x=x)
    y = np.tanh(x)
    return y, y


def tanh_backward(dy, cache):
    """dy, like x -> dx"""
    y = cache
    return dy * (1 - y**2)


def relu(x):
    """max(0, x) [Nair & Hinton 2010; torch.nn.functional.relu] -> y, cache"""
    _layers.check_dtypes("relu", x=x)
    return np.maximum(x, 0), x > 0


def relu_backward(dy, cache):
    """dy, like x -> dx. The derivative at 0 is taken as 0, as in torch."""
    positive = cache
    return dy * positive


def leaky_relu(x, *, negative_slope=0.01):
    """x where x > 0, else negative_slope·x [Maas et al. 2013, §2] -> y, cache

    Not max(negative_slope·x, x), which is the same only for slopes up to 1.
    """
    _layers.check_dtypes("leaky_relu", x=x)
    return np.maximum(x, 0) + negative_slope * np.minimum(x, 0), (x > 0, negative_slope)


def leaky_relu_backward(dy, cache):
    """dy, like x -> dx. The derivative at 0 is taken as negative_slope, as in torch."""
    positive, negative_slope = cache
    return np.where(positive, dy, negative_slope * dy)


def prelu(x, weight):
    """Leaky ReLU whose slopes are learnt [He et al. 2015, §2.1; torch.nn.functional.prelu].

    x: (N, C, ...), weight: (C,), a slope a channel, or (1,), one for all (x then of any shape)
    -> y, like x, cache
    """
    _layers.check_prelu("prelu", x, weight)
    _layers.check_dtypes("prelu", x=x, weight=weight)
    slopes = weight.reshape(-1, *[1] * (x.ndim - 2)) if len(weight) > 1 else weight  # (C, 1, 1)
    return np.where(x > 0, x, slopes * x), (x, slopes)


def prelu_backward(dy, cache):
    """dy, like x -> dx, like x, dweight: (C,) or (1,)"""
    x, slopes = cache
    dslopes = np.where(x > 0, 0, dy * x)
    if len(slopes) == 1:
        dweight = dslopes.sum().reshape(1)
    else:
        dweight = dslopes.sum(axis=(0, *range(2, x.ndim)))  # all axes but the channels
    return np.where(x > 0, dy, slopes * dy), dweight


def elu(x, *, alpha=1.0):
    """x where x > 0, else alpha·(exp(x) - 1) [Clevert et al. 2016, §3] -> y, cache"""
    _layers.check_dtypes("elu", x=x)
    below = alpha * np.expm1(np.minimum(x, 0))  # 0 where x > 0; expm1(1000) would overflow
    return np.maximum(x, 0) + below, (x > 0, below, alpha)


def elu_backward(dy, cache):
    """dy, like x -> dx"""
    positive, below, alpha = cache
    return np.where(positive, dy, dy * (below + alpha))  # alpha·exp(x) = below + alpha


# --- several numbers in ---


def softmax(x, *, dim=1):
    """exp(x) / sum of exp(x) along an axis [torch.nn.functional.softmax].

    x: (N, K, ...) -> y: (N, K, ...), positive, of sum 1 along dim, cache
    """
    _layers.check_dtypes("softmax", x=x)
    _layers.check_dim("softmax", x, dim)
    exp = np.exp(x - x.max(axis=dim, keepdims=True))  # float64 exp overflows past 709
    y = exp / exp.sum(axis=dim, keepdims=True)
    return y, (y, dim)


def softmax_backward(dy, cache):
    """dy: (N, K, ...) -> dx: (N, K, ...)"""
    y, dim = cache
    return y * (dy - (dy * y).sum(axis=dim, keepdims=True))


def log_softmax(x, *, dim=1):
    """log(softmax(x)), also where softmax is 0 in floats [torch.nn.functional.log_softmax].

    x: (N, K, ...) -> y: (N, K, ...), cache
    """
    _layers.check_dtypes("log_softmax", x=x)
    _layers.check_dim("log_softmax", x, dim)
    shifted = x - x.max(axis=dim, keepdims=True)
    y = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return y, (y, dim)


def log_softmax_backward(dy, cache):
    """dy: (N, K, ...) -> dx: (N, K, ...)"""
    y, dim = cache
    return dy - np.exp(y) * dy.sum(axis=dim, keepdims=True)


def maxout(x, *, pieces):
    """The largest of each group of channels that follow each other [Goodfellow et al. 2013, §3].

    x: (N, C·pieces, ...) -> y: (N, C, ...), cache. Of equal ones, the first gets the gradient.
    """
    _layers.check_dtypes("maxout", x=x)
    _layers.check_maxout("maxout", x, pieces)
    groups = x.reshape(len(x), -1, pieces, *x.shape[2:])  # (N, C, pieces, ...)
    winner = groups.argmax(axis=2, keepdims=True)  # (N, C, 1, ...)
    y = np.take_along_axis(groups, winner, axis=2).squeeze(2)
    return y, (winner, groups.shape, x.shape)


def maxout_backward(dy, cache):
    """dy: (N, C, ...) -> dx: (N, C·pieces, ...)"""
    winner, groups_shape, x_shape = cache
    dgroups = np.zeros(groups_shape, dy.dtype)
    np.put_along_axis(dgroups, winner, np.expand_dims(dy, 2), axis=2)
    return dgroups.reshape(x_shape)


# --- layers ---


class _Activation(Module):
    """A layer without parameters around a pair and its options."""

    def __init__(self, pair, **options):
        super().__init__()
        self._pair, self._options = pair, options

    def forward(self, x):
        function, _ = self._pair
        y, self._cache = function(x, **self._options)
        return y

    def backward(self, dy):
        _, function = self._pair
        return function(dy, self._pop_cache())


class Sigmoid(_Activation):
    """`sigmoid` as a layer [torch.nn.Sigmoid]."""

    def __init__(self):
        super().__init__((sigmoid, sigmoid_backward))


class Tanh(_Activation):
    """`tanh` as a layer [torch.nn.Tanh]."""

    def __init__(self):
        super().__init__((tanh, tanh_backward))


class ReLU(_Activation):
    """`relu` as a layer [torch.nn.ReLU]."""

    def __init__(self):
        super().__init__((relu, relu_backward))


class LeakyReLU(_Activation):
    """`leaky_relu` as a layer [torch.nn.LeakyReLU]."""

    def __init__(self, negative_slope=0.01):
        super().__init__((leaky_relu, leaky_relu_backward), negative_slope=negative_slope)


class ELU(_Activation):
    """`elu` as a layer [torch.nn.ELU]."""

    def __init__(self, alpha=1.0):
        super().__init__((elu, elu_backward), alpha=alpha)


class Softmax(_Activation):
    """`softmax` as a layer [torch.nn.Softmax]."""

    def __init__(self, dim=1):
        super().__init__((softmax, softmax_backward), dim=dim)


class LogSoftmax(_Activation):
    """`log_softmax` as a layer [torch.nn.LogSoftmax]."""

    def __init__(self, dim=1):
        super().__init__((log_softmax, log_softmax_backward), dim=dim)


class Maxout(_Activation):
    """`maxout` as a layer."""

    def __init__(self, pieces):
        super().__init__((maxout, maxout_backward), pieces=pieces)


class PReLU(Module):
    """`prelu` with its slopes as a parameter [torch.nn.PReLU].

    weight: (num_parameters,): 1, or one for each channel; all start at init.
    """

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.weight = Parameter(np.full(num_parameters, init, np.float32))

    def forward(self, x):
        y, self._cache = prelu(x, self.weight.data)
        return y

    def backward(self, dy):
        dx, dweight = prelu_backward(dy, self._pop_cache())
        self.weight.add_grad(dweight)
        return dx
