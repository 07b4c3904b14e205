"""Modules made of modules: one after the other, and a sum with what came in."""

from collections import OrderedDict

from cs_lib.numpy.nn.module import Module

__all__ = ["Residual", "Sequential"]


class Sequential(Module):
    """Modules one after the other; backward goes through them from last to first.

    modules: named "0", "1", ..., or one OrderedDict of modules with their names
    [torch.nn.Sequential].
    """

    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            names, modules = modules[0].keys(), modules[0].values()
        else:
            names = map(str, range(len(modules)))
        for name, module in zip(names, modules, strict=True):
            setattr(self, name, module)

    def __len__(self):
        return len(self._own(Module))

    def __getitem__(self, index):
        """The module at an index, or a Sequential of those in a slice, under their names."""
        children = self._own(Module)
        if isinstance(index, slice):
            return Sequential(OrderedDict(children[index]))
        return children[index][1]

    def forward(self, x):
        for module in self:
            x = module(x)
        return x

    def backward(self, dy):
        for _, module in reversed(self._own(Module)):
            dy = module.backward(dy)
        return dy


class Residual(Module):
    """x + module(x) [He et al. 2016, §3.1]: the gradient also reaches x without passing module."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return x + self.module(x)

    def backward(self, dy):
        return dy + self.module.backward(dy)
