"""Initial values of parameters, as arrays: layer.weight.data = kaiming_normal(shape, rng=rng).

shape: (out, in) of a linear layer or (out, in, *kernel) of a convolution. All draw in float64 and
give dtype, "float32" or "float64".
"""

import math

import numpy as np

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
    return constant(shape, 0.0, dtype=dtype)


def constant(shape, value, *, dtype="float32"):
    """All equal to value -> (shape)"""
    return np.full(shape, value, _dtype("constant", dtype))


def uniform(shape, *, low=0.0, high=1.0, rng, dtype="float32"):
    """Uniform in [low, high) -> (shape)"""
    return rng.uniform(low, high, shape).astype(_dtype("uniform", dtype))


def normal(shape, *, mean=0.0, std=1.0, rng, dtype="float32"):
    """Gaussian -> (shape)"""
    return rng.normal(mean, std, shape).astype(_dtype("normal", dtype))


# --- with the variance that the layer needs ---


def calculate_fan_in_and_fan_out(shape):
    """How many inputs an output of the layer sums up, and how many outputs an input goes to.

    shape: (out, in, *kernel) -> in · kernel size, out · kernel size. ValueError below two axes.
    """
    if len(shape) < 2:
        raise ValueError(
            f"calculate_fan_in_and_fan_out: shape is {tuple(shape)}; "
            "it must be (out, in, *kernel): a bias has no fan"
        )
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def calculate_gain(nonlinearity, param=None):
    """The factor on the standard deviation that makes up for what an activation takes away.

    nonlinearity: "linear", "conv2d", "sigmoid" (1), "tanh" (5/3), "relu" (√2) or "leaky_relu"
    (√(2 / (1 + slope²)), slope = param, 0.01 by default) [torch.nn.init.calculate_gain].
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"calculate_gain: nonlinearity is {nonlinearity!r}; "
            f"it must be one of {', '.join([*_GAINS, 'leaky_relu'])}"
        )
    return _GAINS[nonlinearity]


_GAINS = {"linear": 1.0, "conv2d": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def xavier_uniform(shape, *, gain=1.0, rng, dtype="float32"):
    """Uniform in ±gain·√(6 / (fan_in + fan_out)) [Glorot & Bengio 2010, eq. 16] -> (shape)"""
    bound = math.sqrt(3) * _xavier_std(shape, gain)  # uniform in ±b has variance b²/3
    return uniform(shape, low=-bound, high=bound, rng=rng, dtype=dtype)


def xavier_normal(shape, *, gain=1.0, rng, dtype="float32"):
    """Gaussian of std gain·√(2 / (fan_in + fan_out)) [Glorot & Bengio 2010, eq. 12] -> (shape)

    A compromise between 1 / fan_in, which keeps the variance of the signal that goes forward, and
    1 / fan_out, which keeps that of the gradient that goes back.
    """
    return normal(shape, std=_xavier_std(shape, gain), rng=rng, dtype=dtype)


def _xavier_std(shape, gain):
    return gain * math.sqrt(2 / sum(calculate_fan_in_and_fan_out(shape)))


def kaiming_uniform(
    shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng, dtype="float32"
):
    """Uniform, with the variance of `kaiming_normal` -> (shape)"""
    bound = math.sqrt(3) * _kaiming_std("kaiming_uniform", shape, a, mode, nonlinearity)
    return uniform(shape, low=-bound, high=bound, rng=rng, dtype=dtype)


def kaiming_normal(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu", rng, dtype="float32"):
    """Gaussian of std gain / √fan [He et al. 2015, §2.2] -> (shape)

    mode: "fan_in" keeps the variance of the signal from layer to layer, "fan_out" that of the
    gradient. a: the slope, where nonlinearity is "leaky_relu"; 0, the default, is ReLU: √(2 / fan).
    """
    std = _kaiming_std("kaiming_normal", shape, a, mode, nonlinearity)
    return normal(shape, std=std, rng=rng, dtype=dtype)


def _kaiming_std(caller, shape, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f'{caller}: mode is {mode!r}; it must be "fan_in" or "fan_out"')
    fan_in, fan_out = calculate_fan_in_and_fan_out(shape)
    gain = calculate_gain(nonlinearity, a)
    return gain / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def orthogonal(shape, *, gain=1.0, rng, dtype="float32"):
    """Rows (or columns, if they are fewer) of length gain at right angles [Saxe et al. 2014].

    shape: (out, in, *kernel), a matrix of out rows -> (shape), uniform among all such matrices
    """
    calculate_fan_in_and_fan_out(shape)  # two axes at least
    rows, columns = shape[0], math.prod(shape[1:])
    gaussian = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(gaussian)
    q *= np.sign(np.diag(r))  # without it q is not uniform [Mezzadri 2007]
    q = q if rows >= columns else q.T
    return (gain * q).reshape(shape).astype(_dtype("orthogonal", dtype))


def _dtype(caller, dtype):
    if dtype not in ("float32", "float64"):
        raise ValueError(f'{caller}: dtype is {dtype!r}; it must be "float32" or "float64"')
    return dtype
