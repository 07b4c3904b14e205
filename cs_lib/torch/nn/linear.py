"""Linear layers: every output is a weighted sum of all inputs."""

import torch
from torch.nn import functional as F

from cs_lib._shared import init as _init
from cs_lib._shared import layers as _layers
from cs_lib.torch.nn.module import Module, set_parameters

__all__ = ["Flatten", "Linear", "linear"]


def linear(x, weight, bias=None):
    """x @ weight.T + bias [torch.nn.functional.linear].

    x: (..., D_in), weight: (D_out, D_in), bias: (D_out,) or None -> y: (..., D_out)
    ValueError for other shapes.
    """
    _layers.check_linear("linear", x, weight, bias)
    return F.linear(x, weight, bias)


class Linear(Module, torch.nn.Linear):
    """y = x @ weight.T + bias, for x: (..., in_features) [torch.nn.Linear].

    weight: (out_features, in_features), bias: (out_features,), both uniform in ±1/√in_features.
    """

    def __init__(self, in_features, out_features, bias=True, *, rng=None):
        self._rng = rng  # before torch's __init__, which calls reset_parameters
        super().__init__(in_features, out_features, bias)

    def reset_parameters(self):
        """Draw the values that the NumPy layer draws, not torch's from its global state."""
        if self.weight.is_meta:
            return  # there is nowhere to put what would be drawn
        bias_shape = None if self.bias is None else self.bias.shape
        weight, bias = _init.weight_and_bias(self.weight.shape, bias_shape, self._rng)
        set_parameters(self, weight=weight, bias=bias)

    def forward(self, x):
        return linear(x, self.weight, self.bias)


class Flatten(Module, torch.nn.Flatten):
    """One row an image: (N, C, H, W) -> (N, C·H·W) [torch.nn.Flatten]."""

    def __init__(self):
        super().__init__()

    def forward(self, x):
        return x.flatten(1)
