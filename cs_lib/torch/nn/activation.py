"""Activations: functions of one number, applied to every entry, and two of several numbers.

Each keeps the shape and float dtype of x (maxout: but for the channels).
"""

import torch
from torch.nn import functional as F

from cs_lib._shared import layers as _layers
from cs_lib.torch.nn.module import Module

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
    "leaky_relu",
    "log_softmax",
    "maxout",
    "prelu",
    "relu",
    "sigmoid",
    "softmax",
    "step",
    "tanh",
]

# --- one number in, one out ---


def step(x):
    """1 where x >= 0, else 0: a unit that fires at its threshold [McCulloch & Pitts 1943].

    The derivative is 0 wherever there is one, so nothing could be learnt.
    """
    return (x >= 0).to(x.dtype)


def sigmoid(x):
    """1 / (1 + exp(-x)), in (0, 1) [torch.nn.functional.sigmoid]."""
    return F.sigmoid(x)


def tanh(x):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)), in (-1, 1) [torch.nn.functional.tanh]."""
    return F.tanh(x)


def relu(x):
    """max(0, x), with derivative 0 at 0 [Nair & Hinton 2010; torch.nn.functional.relu]."""
    return F.relu(x)


def leaky_relu(x, *, negative_slope=0.01):
    """x where x > 0, else negative_slope·x [Maas et al. 2013, §2].

    Not max(negative_slope·x, x), which is the same only for slopes up to 1.
    """
    return F.leaky_relu(x, negative_slope)


def prelu(x, weight):
    """Leaky ReLU whose slopes are learnt [He et al. 2015, §2.1; torch.nn.functional.prelu].

    x: (N, C, ...), weight: (C,), a slope a channel, or (1,), one for all (x then of any shape)
    -> y, like x
    """
    _layers.check_prelu("prelu", x, weight)
    return F.prelu(x, weight)


def elu(x, *, alpha=1.0):
    """x where x > 0, else alpha·(exp(x) - 1) [Clevert et al. 2016, §3]."""
    return F.elu(x, alpha)


# --- several numbers in ---


def softmax(x, *, dim=1):
    """exp(x) / sum of exp(x) along an axis [torch.nn.functional.softmax].

    x: (N, K, ...) -> y: (N, K, ...), positive, of sum 1 along dim
    """
    _layers.check_dim("softmax", x, dim)
    return F.softmax(x, dim)


def log_softmax(x, *, dim=1):
    """log(softmax(x)), also where softmax is 0 in floats [torch.nn.functional.log_softmax].

    x: (N, K, ...) -> y: (N, K, ...)
    """
    _layers.check_dim("log_softmax", x, dim)
    return F.log_softmax(x, dim)


def maxout(x, *, pieces):
    """The largest of each group of channels that follow each other [Goodfellow et al. 2013, §3].

    x: (N, C·pieces, ...) -> y: (N, C, ...). Of equal ones, the first gets the gradient.
    """
    _layers.check_maxout("maxout", x, pieces)
    groups = x.unflatten(1, (-1, pieces))  # (N, C, pieces, ...)
    # not max or amax, which may give the gradient to another of equal ones, or share it
    return groups.gather(2, groups.argmax(dim=2, keepdim=True)).squeeze(2)


# --- layers ---


class Sigmoid(Module, torch.nn.Sigmoid):
    """`sigmoid` as a layer [torch.nn.Sigmoid]."""

    def __init__(self):
        super().__init__()


class Tanh(Module, torch.nn.Tanh):
    """`tanh` as a layer [torch.nn.Tanh]."""

    def __init__(self):
        super().__init__()


class ReLU(Module, torch.nn.ReLU):
    """`relu` as a layer [torch.nn.ReLU]."""

    def __init__(self):
        super().__init__()


class LeakyReLU(Module, torch.nn.LeakyReLU):
    """`leaky_relu` as a layer [torch.nn.LeakyReLU]."""

    def __init__(self, negative_slope=0.01):
        super().__init__(negative_slope)


class ELU(Module, torch.nn.ELU):
    """`elu` as a layer [torch.nn.ELU]."""

    def __init__(self, alpha=1.0):
        super().__init__(alpha)


class Softmax(Module, torch.nn.Softmax):
    """`softmax` as a layer [torch.nn.Softmax]."""

    def __init__(self, dim=1):
        super().__init__(dim)

    def forward(self, x):
        return softmax(x, dim=self.dim)


class LogSoftmax(Module, torch.nn.LogSoftmax):
    """`log_softmax` as a layer [torch.nn.LogSoftmax]."""

    def __init__(self, dim=1):
        super().__init__(dim)

    def forward(self, x):
        return log_softmax(x, dim=self.dim)


class Maxout(Module):
    """`maxout` as a layer."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return maxout(x, pieces=self.pieces)


class PReLU(Module, torch.nn.PReLU):
    """`prelu` with its slopes as a parameter [torch.nn.PReLU].

    weight: (num_parameters,): 1, or one for each channel; all start at init.
    """

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__(num_parameters, init)

    def forward(self, x):
        return prelu(x, self.weight)
