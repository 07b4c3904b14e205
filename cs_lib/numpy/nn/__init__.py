"""Layers by hand. The classes are here; the functions they wrap are in nn.functional."""

from cs_lib.numpy.nn import functional
from cs_lib.numpy.nn.activation import (
    ELU,
    LeakyReLU,
    LogSoftmax,
    Maxout,
    PReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from cs_lib.numpy.nn.container import Residual, Sequential
from cs_lib.numpy.nn.conv import Conv2d, ConvTranspose2d, LocallyConnected2d
from cs_lib.numpy.nn.dropout import DropConnect, Dropout, StochasticDepth
from cs_lib.numpy.nn.linear import Flatten, Linear
from cs_lib.numpy.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, MultiMarginLoss
from cs_lib.numpy.nn.module import Module, Parameter
from cs_lib.numpy.nn.norm import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    LocalContrastNorm2d,
    WeightNorm,
)

__all__ = [
    "ELU",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DropConnect",
    "Dropout",
    "Flatten",
    "GroupNorm",
    "InstanceNorm2d",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalContrastNorm2d",
    "LocallyConnected2d",
    "LogSoftmax",
    "MSELoss",
    "Maxout",
    "Module",
    "MultiMarginLoss",
    "PReLU",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "StochasticDepth",
    "Tanh",
    "WeightNorm",
    "functional",
]
