"""What layers draw, by NumPy for both libraries: from equal rng, equal layers and masks."""

import math

import numpy as np


def weight_and_bias(weight_shape, bias_shape, rng, *, fan_in=None):
    """What torch gives linear and convolutional layers by default: uniform in ±1/√fan_in.

    weight_shape: (out, in, *kernel), bias_shape: None for no bias -> weight, bias, float32
    fan_in: in · kernel size unless given. rng: None for a fresh one.
    [torch.nn.Linear.reset_parameters: kaiming_uniform with a = √5]
    """
    rng = np.random.default_rng() if rng is None else rng
    fan_in = math.prod(weight_shape[1:]) if fan_in is None else fan_in
    bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
    weight = rng.uniform(-bound, bound, weight_shape).astype(np.float32)
    if bias_shape is None:
        return weight, None
    return weight, rng.uniform(-bound, bound, bias_shape).astype(np.float32)


def kept(shape, p, rng):
    """True where dropout keeps an entry, with probability 1 - p: (shape) -> bool"""
    return rng.random(shape, dtype=np.float32) >= p  # twice as fast as float64
