"""Linear layers: every output is a weighted sum of all inputs."""

from cs_lib._shared import init as _init
from cs_lib._shared import layers as _layers
from cs_lib.numpy.nn.module import Module, Parameter

__all__ = ["Flatten", "Linear", "linear", "linear_backward"]


def linear(x, weight, bias=None):
    """x @ weight.T + bias [torch.nn.functional.linear].

    x: (..., D_in), weight: (D_out, D_in), bias: (D_out,) or None -> y: (..., D_out), cache
    ValueError for other shapes, TypeError unless all have one float dtype.
    """
    _layers.check_linear("linear", x, weight, bias)
    _layers.check_dtypes("linear", x=x, weight=weight, bias=bias)
    y = x @ weight.T
    if bias is not None:
        y += bias
    return y, (x, weight, bias)


def linear_backward(dy, cache):
    """dy: (..., D_out) -> dx: (..., D_in), dweight: (D_out, D_in), dbias: (D_out,) or None"""
    x, weight, bias = cache
    dy_rows = dy.reshape(-1, dy.shape[-1])  # (N, D_out), N the product of the leading axes
    dweight = dy_rows.T @ x.reshape(-1, x.shape[-1])
    dbias = None if bias is None else dy_rows.sum(axis=0)
    return dy @ weight, dweight, dbias


class Linear(Module):
    """y = x @ weight.T + bias, for x: (..., in_features) [torch.nn.Linear].

    weight: (out_features, in_features), bias: (out_features,), both uniform in ±1/√in_features.
    """

    def __init__(self, in_features, out_features, bias=True, *, rng=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        weight, bias = _init.weight_and_bias(
            (out_features, in_features), (out_features,) if bias else None, rng
        )
        self.weight = Parameter(weight)
        self.bias = None if bias is None else Parameter(bias)

    def forward(self, x):
        bias = None if self.bias is None else self.bias.data
        y, self._cache = linear(x, self.weight.data, bias)
        return y

    def backward(self, dy):
        return self._add_grads(*linear_backward(dy, self._pop_cache()))

    def _add_grads(self, dx, dweight, dbias):
        self.weight.add_grad(dweight)
        if self.bias is not None:
            self.bias.add_grad(dbias)
        return dx


class Flatten(Module):
    """One row an image: (N, C, H, W) -> (N, C·H·W) [torch.nn.Flatten]."""

    def forward(self, x):
        self._cache = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self._pop_cache())
