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
from cs_lib.numpy.nn.pool import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    FractionalMaxPool2d,
    L2PoolFeatures,
    LPPool2d,
    MaxPool2d,
    MaxUnpool2d,
)
from cs_lib.numpy.nn.upsample import Upsample

__all__ = [
    "ELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DropConnect",
    "Dropout",
    "Flatten",
    "FractionalMaxPool2d",
    "GroupNorm",
    "InstanceNorm2d",
    "L2PoolFeatures",
    "LPPool2d",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalContrastNorm2d",
    "LocallyConnected2d",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "MaxUnpool2d",
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
    "Upsample",
    "WeightNorm",
    "functional",
]
