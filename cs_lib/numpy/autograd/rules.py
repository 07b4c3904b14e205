"""The table of rules: what an operation computes, and the gradients of its arguments."""

from typing import NamedTuple

import numpy as np

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    """forward(*arrays, **options) -> (y, cache), backward(dy, cache) -> one gradient an array."""

    name: str
    forward: object
    backward: object


RULES = {}  # by name


def _unbroadcast(gradient, shape):
    """Sum over the axes along which an array of this shape was repeated."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = [n for n, size in enumerate(shape) if size == 1 and gradient.shape[n] != 1]
    return gradient.sum(axis=tuple(repeated), keepdims=True) if repeated else gradient


def _elementary(name, f, gradients):
    """A rule from y = f(*arrays) and gradients(dy, y, *arrays), before un-broadcasting."""

    def forward(*arrays, **options):
        y = f(*arrays, **options)
        return y, (y, arrays, options)

    def backward(dy, cache):
        y, arrays, options = cache
        pairs = zip(gradients(dy, y, *arrays, **options), arrays, strict=True)
        return tuple(None if g is None else _unbroadcast(g, np.shape(a)) for g, a in pairs)

    RULES[name] = Rule(name, forward, backward)


def _larger(dy, a, b):
    """dy where a is larger, half of it where both are equal; where one is nan, dy, as in torch."""
    return dy * (~(a < b) - 0.5 * (a == b))


def _kept(reduced, axis, keepdims):
    """A reduced array with the axes that it lost, to broadcast against what it was."""
    return reduced if keepdims or axis is None else np.expand_dims(reduced, axis)


def _spread(dy, x, axis, keepdims):
    return np.broadcast_to(_kept(dy, axis, keepdims), x.shape)


def _extreme(dy, y, x, axis, keepdims):
    chosen = x == _kept(y, axis, keepdims)
    count = chosen.sum(axis=axis, keepdims=True)  # 0 where the extreme is nan: nan equals nothing
    share = np.where(count > 0, chosen / np.maximum(count, 1), np.nan)
    return (_kept(dy, axis, keepdims) * share,)


def _matmul_gradients(dy, y, a, b):
    # a vector is a matrix of one row, or one column, and y lacks that axis
    rows, columns = np.atleast_2d(a), b if b.ndim > 1 else b[:, None]
    dy = dy if b.ndim > 1 else dy[..., None]
    dy = dy if a.ndim > 1 else np.expand_dims(dy, -2)
    db = np.swapaxes(rows, -1, -2) @ dy
    return dy @ np.swapaxes(columns, -1, -2), db if b.ndim > 1 else db[..., 0]


def _power(x, *, exponent):
    return x**exponent


def _power_slope(x, exponent):
    return exponent * x ** (exponent - 1) if exponent else np.zeros_like(x)  # 0 ** -1 is infinite


def _getitem_gradient(dy, y, x, index):
    dx = np.zeros_like(x)
    np.add.at(dx, index, dy)  # an entry that is taken twice gets both: dx[index] += dy would not
    return (dx,)


def _concatenate_gradients(dy, y, *arrays, axis):
    return np.split(dy, np.cumsum([a.shape[axis] for a in arrays])[:-1], axis)


# name, y, the gradients of the arguments in their order; k: axis and keepdims
for row in [
    ("add", lambda a, b: a + b, lambda dy, y, a, b: (dy, dy)),
    ("sub", lambda a, b: a - b, lambda dy, y, a, b: (dy, -dy)),
    ("mul", lambda a, b: a * b, lambda dy, y, a, b: (dy * b, dy * a)),
    ("div", lambda a, b: a / b, lambda dy, y, a, b: (dy / b, -dy * y / b)),
    ("neg", lambda x: -x, lambda dy, y, x: (-dy,)),
    ("power", _power, lambda dy, y, x, exponent: (dy * _power_slope(x, exponent),)),
    ("matmul", lambda a, b: a @ b, _matmul_gradients),
    ("exp", np.exp, lambda dy, y, x: (dy * y,)),
    ("log", np.log, lambda dy, y, x: (dy / x,)),
    ("sqrt", np.sqrt, lambda dy, y, x: (dy / (2 * y),)),
    ("tanh", np.tanh, lambda dy, y, x: (dy * (1 - y**2),)),
    ("abs", np.abs, lambda dy, y, x: (dy * np.sign(x),)),
    ("maximum", np.maximum, lambda dy, y, a, b: (_larger(dy, a, b), _larger(dy, b, a))),
    ("minimum", np.minimum, lambda dy, y, a, b: (_larger(dy, b, a), _larger(dy, a, b))),
    ("where", np.where, lambda dy, y, c, a, b: (None, np.where(c, dy, 0), np.where(c, 0, dy))),
    ("sum", np.sum, lambda dy, y, x, **k: (_spread(dy, x, **k),)),
    ("mean", np.mean, lambda dy, y, x, **k: (_spread(dy * (y.size / x.size), x, **k),)),
    ("max", np.max, _extreme),
    ("min", np.min, _extreme),
    ("reshape", lambda x, *, shape: x.reshape(shape), lambda dy, y, x, **_: (dy.reshape(x.shape),)),
    ("transpose", np.transpose, lambda dy, y, x, axes: (dy.transpose(np.argsort(axes)),)),
    ("getitem", lambda x, *, index: x[index], _getitem_gradient),
    ("concatenate", lambda *arrays, axis: np.concatenate(arrays, axis), _concatenate_gradients),
]:
    _elementary(*row)
