"""The layers' functions on Tensors: `functional.conv2d(x, weight)` and the like.

The table of all pairs f, f_backward of cs_lib.numpy.nn.functional, each taken as it is: what was
derived by hand for the layers serves autograd too.
"""

from cs_lib.numpy.nn import functional

from .tensor import differentiable

__all__ = [
    name.removesuffix("_backward")
    for name in functional.__all__
    if name.endswith("_backward") and "_naive" not in name
]

for name in __all__:
    pair = getattr(functional, name), getattr(functional, f"{name}_backward")
    globals()[name] = differentiable(*pair)
