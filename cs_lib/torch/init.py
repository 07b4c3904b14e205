"""Initial values of parameters, as tensors: layer.weight.data = kaiming_normal(shape, rng=rng).

shape: (out, in) of a linear layer or (out, in, *kernel) of a convolution. cs_lib.numpy.init draws
them, so that equal rng give equal values; they lie on torch's default device.
"""

import torch

from cs_lib.numpy import init as _init
from cs_lib.numpy.init import calculate_fan_in_and_fan_out, calculate_gain

__all__ = [
    "calculate_fan_in_and_fan_out",
    "calculate_gain",
    "constant",
    "kaiming_normal",
    "kaiming_uniform",
    "normal",
    "orthogonal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

# --- without regard to the layer ---


def zeros(shape, *, dtype="float32"):
    """All 0: for biases. Weights that are all equal stay so: their gradients are equal."""
    return _tensor(_init.zeros(shape, dtype=dtype))


def constant(shape, value, *, dtype="float32"):
    """All equal to value -> (shape)"""
    return _tensor(_init.constant(shape, value, dtype=dtype))


def uniform(shape, *, low=0.0, high=1.0, rng, dtype="float32"):
    """Uniform in [low, high) -> (shape)"""
    return _tensor(_init.uniform(shape, low=low, high=high, rng=rng, dtype=dtype))


def normal(shape, *, mean=0.0, std=1.0, rng, dtype="float32"):
    """Gaussian -> (shape)"""
    return _tensor(_init.normal(shape, mean=mean, std=std, rng=rng, dtype=dtype))


# --- with the variance that the layer needs ---


def xavier_uniform(shape, *, gain=1.0, rng, dtype="float32"):
    """Uniform in ±gain·√(6 / (fan_in + fan_out)) [Glorot & Bengio 2010, eq. 16] -> (shape)"""
    return _tensor(_init.xavier_uniform(shape, gain=gain, rng=rng, dtype=dtype))


def xavier_normal(shape, *, gain=1.0, rng, dtype="float32"):
    """Gaussian of std gain·√(2 / (fan_in + fan_out)) [Glorot & Bengio 2010, eq. 12] -> (shape)"""
    return _tensor(_init.xavier_normal(shape, gain=gain, rng=rng, dtype=dtype))


def kaiming_uniform(
    shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng, dtype="float32"
):
    """Uniform, with the variance of `kaiming_normal` -> (shape)"""
    options = {"a": a, "mode": mode, "nonlinearity": nonlinearity}
    return _tensor(_init.kaiming_uniform(shape, **options, rng=rng, dtype=dtype))


def kaiming_normal(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng, dtype="float32"):
    """Gaussian of std gain / √fan [He et al. 2015, §2.2] -> (shape)

    mode: "fan_in" keeps the variance of the signal from layer to layer, "fan_out" that of the
    gradient. a: the slope, where nonlinearity is "leaky_relu"; 0, the default, is ReLU: √(2 / fan).
    """
    options = {"a": a, "mode": mode, "nonlinearity": nonlinearity}
    return _tensor(_init.kaiming_normal(shape, **options, rng=rng, dtype=dtype))


def orthogonal(shape, *, gain=1.0, rng, dtype="float32"):
    """Rows (or columns, if they are fewer) of length gain at right angles [Saxe et al. 2014].

    shape: (out, in, *kernel), a matrix of out rows -> (shape), uniform among all such matrices
    """
    return _tensor(_init.orthogonal(shape, gain=gain, rng=rng, dtype=dtype))


def _tensor(array):
    return torch.tensor(array)
