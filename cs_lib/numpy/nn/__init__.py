"""Layers by hand. The classes are here; the functions they wrap are in nn.functional."""

from cs_lib.numpy.nn import functional
from cs_lib.numpy.nn.linear import Flatten, Linear
from cs_lib.numpy.nn.module import Module, Parameter

__all__ = ["Flatten", "Linear", "Module", "Parameter", "functional"]
