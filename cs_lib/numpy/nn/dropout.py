"""Dropping at random in training: units, weights, or the whole branch of a network.

What is kept is divided by the probability of keeping it ("inverted"), so that its expectation is
what evaluation computes, where nothing is dropped.
"""

import numpy as np

from cs_lib._shared import init as _init
from cs_lib._shared import layers as _layers
from cs_lib.numpy.nn.linear import Linear, linear, linear_backward
from cs_lib.numpy.nn.module import Module

__all__ = [
    "DropConnect",
    "Dropout",
    "StochasticDepth",
    "drop_connect",
    "drop_connect_backward",
    "dropout",
    "dropout_backward",
    "stochastic_depth",
    "stochastic_depth_backward",
]


def dropout(x, *, p=0.5, training=True, rng):
    """x with each entry set to 0 with probability p, else over 1 - p [Srivastava et al. 2014, §4].

    x: any shape -> y, like x, cache. Not in training: y = x, and rng is not used.
    [torch.nn.functional.dropout]
    """
    _layers.check_probability("dropout", p)
    _layers.check_dtypes("dropout", x=x)
    mask = _mask(x.shape, p, rng, x.dtype) if training else None
    return _times(x, mask), mask


def dropout_backward(dy, cache):
    """dy, like x -> dx"""
    mask = cache
    return _times(dy, mask)


def stochastic_depth(x, *, p=0.5, mode="row", training=True, rng):
    """x, the output of a residual branch, dropped as a whole [Huang et al. 2016, §3].

    x: (N, ...) -> y, like x, cache. mode "row": each sample with probability p, as torchvision.ops
    does; "batch": all samples or none, as the paper does.
    """
    _layers.check_probability("stochastic_depth", p)
    _layers.check_mode("stochastic_depth", mode)
    _layers.check_dtypes("stochastic_depth", x=x)
    shape = (len(x) if mode == "row" else 1, *[1] * (x.ndim - 1))
    mask = _mask(shape, p, rng, x.dtype) if training else None
    return _times(x, mask), mask


def stochastic_depth_backward(dy, cache):
    """dy, like x -> dx"""
    mask = cache
    return _times(dy, mask)


def drop_connect(x, weight, bias=None, *, p=0.5, training=True, rng):
    """`linear` with each weight dropped with probability p [Wan et al. 2013].

    x: (..., D_in), weight: (D_out, D_in), bias: (D_out,) or None -> y: (..., D_out), cache
    One mask for the batch, where the paper draws one for each sample (N·D_out·D_in numbers).
    """
    _layers.check_probability("drop_connect", p)
    _layers.check_linear("drop_connect", x, weight, bias)
    mask = _mask(weight.shape, p, rng, weight.dtype) if training else None
    y, cache = linear(x, _times(weight, mask), bias)
    return y, (cache, mask)


def drop_connect_backward(dy, cache):
    """dy: (..., D_out) -> dx: (..., D_in), dweight: (D_out, D_in), dbias: (D_out,) or None"""
    cache, mask = cache
    dx, dweight, dbias = linear_backward(dy, cache)
    return dx, _times(dweight, mask), dbias


def _mask(shape, p, rng, dtype):
    """0 where something is dropped, 1 / (1 - p) elsewhere."""
    kept = _init.kept(shape, p, rng).astype(dtype)
    return kept / (1 - p) if p < 1 else kept  # p = 1: nothing is kept, and 0/0 would be nan


def _times(x, mask):
    return x.copy() if mask is None else x * mask


# --- layers ---


class Dropout(Module):
    """`dropout` in training, the identity in evaluation [torch.nn.Dropout]."""

    def __init__(self, p=0.5, *, rng=None):
        super().__init__()
        _layers.check_probability("Dropout", p)
        self.p = p
        self.rng = np.random.default_rng() if rng is None else rng

    def forward(self, x):
        y, self._cache = dropout(x, p=self.p, training=self.training, rng=self.rng)
        return y

    def backward(self, dy):
        return dropout_backward(dy, self._pop_cache())


class StochasticDepth(Module):
    """`stochastic_depth` in training, the identity in evaluation.

    Put it last in a residual branch: Residual(Sequential(..., StochasticDepth(0.2))).
    """

    def __init__(self, p=0.5, mode="row", *, rng=None):
        super().__init__()
        _layers.check_probability("StochasticDepth", p)
        _layers.check_mode("StochasticDepth", mode)
        self.p, self.mode = p, mode
        self.rng = np.random.default_rng() if rng is None else rng

    def forward(self, x):
        y, self._cache = stochastic_depth(
            x, p=self.p, mode=self.mode, training=self.training, rng=self.rng
        )
        return y

    def backward(self, dy):
        return stochastic_depth_backward(dy, self._pop_cache())


class DropConnect(Linear):
    """Linear, with `drop_connect` in training. rng draws the initial values, then the masks."""

    def __init__(self, in_features, out_features, bias=True, *, p=0.5, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        super().__init__(in_features, out_features, bias, rng=rng)
        _layers.check_probability("DropConnect", p)
        self.p, self.rng = p, rng

    def forward(self, x):
        bias = None if self.bias is None else self.bias.data
        y, self._cache = drop_connect(
            x, self.weight.data, bias, p=self.p, training=self.training, rng=self.rng
        )
        return y

    def backward(self, dy):
        return self._add_grads(*drop_connect_backward(dy, self._pop_cache()))
