"""All functions on arrays that layers are made of, with their derivatives.

f(x, ...) -> y, cache and f_backward(dy, cache) -> dx, ...
"""

from cs_lib.numpy.nn.linear import linear, linear_backward

__all__ = ["linear", "linear_backward"]
