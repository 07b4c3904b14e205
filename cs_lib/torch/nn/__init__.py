"""Layers of torch, named as in cs_lib.numpy.nn; the functions they wrap are in nn.functional."""

from cs_lib.torch.nn import functional
from cs_lib.torch.nn.linear import Flatten, Linear
from cs_lib.torch.nn.module import Module, Parameter

__all__ = ["Flatten", "Linear", "Module", "Parameter", "functional"]
