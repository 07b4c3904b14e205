"""Dropping at random in training: units, weights, or the whole branch of a network.

What is kept is divided by the probability of keeping it ("inverted"), so that its expectation is
what evaluation computes, where nothing is dropped. NumPy draws the masks, from rng.
"""

import numpy as np
import torch

from cs_lib._shared import init as _init
from cs_lib._shared import layers as _layers
from cs_lib.torch.nn.linear import Linear, linear
from cs_lib.torch.nn.module import Module

__all__ = [
    "DropConnect",
    "Dropout",
    "StochasticDepth",
    "drop_connect",
    "dropout",
    "stochastic_depth",
]


def dropout(x, *, p=0.5, training=True, rng):
    """x with each entry set to 0 with probability p, else over 1 - p [Srivastava et al. 2014, §4].

    x: any shape -> y, like x. Not in training: y = x, and rng is not used.
    [torch.nn.functional.dropout]
    """
    _layers.check_probability("dropout", p)
    return x * _mask(x, x.shape, p, rng) if training else x.clone()


def stochastic_depth(x, *, p=0.5, mode="row", training=True, rng):
    """x, the output of a residual branch, dropped as a whole [Huang et al. 2016, §3].

    x: (N, ...) -> y, like x. mode "row": each sample with probability p, as torchvision.ops does;
    "batch": all samples or none, as the paper does.
    """
    _layers.check_probability("stochastic_depth", p)
    _layers.check_mode("stochastic_depth", mode)
    shape = (len(x) if mode == "row" else 1, *[1] * (x.ndim - 1))
    return x * _mask(x, shape, p, rng) if training else x.clone()


def drop_connect(x, weight, bias=None, *, p=0.5, training=True, rng):
    """`linear` with each weight dropped with probability p [Wan et al. 2013].

    x: (..., D_in), weight: (D_out, D_in), bias: (D_out,) or None -> y: (..., D_out)
    One mask for the batch, where the paper draws one for each sample (N·D_out·D_in numbers).
    """
    _layers.check_probability("drop_connect", p)
    _layers.check_linear("drop_connect", x, weight, bias)
    if training:
        weight = weight * _mask(weight, weight.shape, p, rng)
    return linear(x, weight, bias)


def _mask(like, shape, p, rng):
    """0 where something is dropped, 1 / (1 - p) elsewhere."""
    kept = torch.from_numpy(_init.kept(shape, p, rng)).to(like.device, like.dtype)
    return kept / (1 - p) if p < 1 else kept  # p = 1: nothing is kept, and 0/0 would be nan


# --- layers ---


class Dropout(Module):
    """`dropout` in training, the identity in evaluation [torch.nn.Dropout]."""

    def __init__(self, p=0.5, *, rng=None):
        super().__init__()
        _layers.check_probability("Dropout", p)
        self.p = p
        self.rng = np.random.default_rng() if rng is None else rng

    def forward(self, x):
        return dropout(x, p=self.p, training=self.training, rng=self.rng)


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
        return stochastic_depth(x, p=self.p, mode=self.mode, training=self.training, rng=self.rng)


class DropConnect(Linear):
    """Linear, with `drop_connect` in training. rng draws the initial values, then the masks."""

    def __init__(self, in_features, out_features, bias=True, *, p=0.5, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        super().__init__(in_features, out_features, bias, rng=rng)
        _layers.check_probability("DropConnect", p)
        self.p, self.rng = p, rng

    def forward(self, x):
        return drop_connect(
            x, self.weight, self.bias, p=self.p, training=self.training, rng=self.rng
        )
