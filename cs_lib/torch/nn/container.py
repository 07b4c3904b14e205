"""Modules made of modules: one after the other, and a sum with what came in."""

import torch

from cs_lib.torch.nn.module import Module

__all__ = ["Residual", "Sequential"]


class Sequential(Module, torch.nn.Sequential):
    """Modules one after the other.

    modules: named "0", "1", ..., or one OrderedDict of modules with their names
    [torch.nn.Sequential].
    """

    def __init__(self, *modules):
        super().__init__(*modules)

    def forward(self, x):
        return super().forward(x)


class Residual(Module):
    """x + module(x) [He et al. 2016, §3.1]: the gradient also reaches x without passing module."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return x + self.module(x)
