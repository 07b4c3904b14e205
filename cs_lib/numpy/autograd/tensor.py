"""An array that remembers how it was computed: reverse-mode differentiation over a table of rules.

A rule is a pair, f(...) -> (y, cache) and f_backward(dy, cache) -> gradients. `rules` has sums,
products and the like; `functional` has the pairs that layers are made of.
"""

import contextlib
import contextvars
import functools
import inspect
from typing import NamedTuple

import numpy as np

from .rules import RULES, Rule
from .scalar import topological_order

__all__ = ["Tensor", "concatenate", "differentiable", "no_grad", "where"]

_recording = contextvars.ContextVar("recording", default=True)


@contextlib.contextmanager
def no_grad():
    """What is computed inside remembers nothing, and tensors may be changed in place."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


# --- the graph ---


class Node(NamedTuple):
    """How a tensor was computed."""

    rule: Rule
    arguments: tuple  # of the forward call, Tensors and others
    slots: list  # which of the arguments have a gradient, in the order in which backward gives it
    cache: object
    versions: list  # (counter, count) of all tensors involved


class Tensor:
    """An array with a gradient [torch.Tensor].

    data: an array, copied; float if requires_grad. grad: of the same shape, or None before
    `backward`, which adds to it; only tensors made with requires_grad=True get one.

    x += y makes a new tensor, as x = x + y does. Only under no_grad() does it change x in place,
    and so does x[index] = y; a backward that would need the old numbers then raises. As in torch,
    what is written into x.data itself is not noticed, but assigning to x.data is.
    """

    def __init__(self, data, *, requires_grad=False):
        if isinstance(data, Tensor):
            raise TypeError("Tensor: data is a Tensor; x.detach() gives one without graph")
        self._array = np.array(data)
        if self._array.dtype.kind not in "fiub":
            raise TypeError(f"Tensor: data is {self._array.dtype}; it must be numbers")
        if requires_grad and self._array.dtype.kind != "f":
            raise TypeError(
                f"Tensor: data is {self._array.dtype} and has no gradient; convert it to float"
            )
        self.requires_grad = requires_grad
        self.grad = None
        self._node = None
        self._version = [0]  # shared with the tensors that look into the same memory

    @classmethod
    def _wrap(cls, array, node=None, version=None):
        tensor = cls.__new__(cls)
        tensor._array, tensor._node, tensor.grad = array, node, None
        tensor.requires_grad = node is not None
        tensor._version = [0] if version is None else version
        return tensor

    # --- what it holds ---

    @property
    def data(self):
        """The array itself."""
        return self._array

    @data.setter
    def data(self, array):
        self._array = np.asarray(array)
        self._version[0] += 1

    shape = property(lambda self: self._array.shape)
    dtype = property(lambda self: self._array.dtype)
    ndim = property(lambda self: self._array.ndim)
    size = property(lambda self: self._array.size)

    def __len__(self):
        return len(self._array)

    def __repr__(self):
        array = np.array2string(self._array, separator=", ", prefix="Tensor(")
        if self._node is not None:
            return f"Tensor({array}, by={self._node.rule.name})"
        return f"Tensor({array}{', requires_grad=True' * self.requires_grad})"

    def item(self):
        """The one number it holds, as Python's."""
        return self._array.item()

    def detach(self):
        """The same array without the graph: a constant to what is computed from it."""
        return Tensor._wrap(self._array, version=self._version)

    def argmax(self, axis=None):
        """As np.argmax: an array, for a place has no derivative."""
        return self._array.argmax(axis)

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise TypeError(
                "Tensor: NumPy would lose its graph; use x.detach(), or one of Tensor's own methods"
            )
        return np.array(self._array, dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        name = _UFUNCS.get(ufunc.__name__)
        if name is None or method != "__call__" or options:
            call = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
            extra = f" with {', '.join(options)}" * bool(options)
            raise TypeError(
                f"Tensor: np.{call}{extra} has no rule; with an array on the left, "
                "write a = a + x for a += x"
            )
        if name in _COMPARISONS:
            return ufunc(*map(_array_of, inputs))
        return _apply(name, inputs, {})

    def __array_function__(self, function, types, args, kwargs):
        raise TypeError(
            f"Tensor: np.{function.__name__} has no rule; use a method, as in x.mean(axis=0)"
        )

    # --- operations ---

    def __add__(self, other):
        return _apply("add", (self, other))

    def __sub__(self, other):
        return _apply("sub", (self, other))

    def __mul__(self, other):
        return _apply("mul", (self, other))

    def __truediv__(self, other):
        return _apply("div", (self, other))

    def __matmul__(self, other):
        return _apply("matmul", (self, other))

    def __pow__(self, other):
        if isinstance(other, int | float):
            return _apply("power", (self,), {"exponent": other})
        return _apply("exp", (_apply("mul", (other, self.log())),))  # needs a positive base

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return _apply("sub", (other, self))

    def __rtruediv__(self, other):
        return _apply("div", (other, self))

    def __rmatmul__(self, other):
        return _apply("matmul", (other, self))

    def __rpow__(self, other):
        return _apply("exp", (self * np.log(other),))

    def __neg__(self):
        return _apply("neg", (self,))

    def __abs__(self):
        return _apply("abs", (self,))

    def __getitem__(self, index):
        parts = index if isinstance(index, tuple) else (index,)
        index = tuple(_array_of(part) for part in parts)
        return _apply("getitem", (self,), {"index": index})

    def exp(self):
        return _apply("exp", (self,))

    def log(self):
        return _apply("log", (self,))

    def sqrt(self):
        return _apply("sqrt", (self,))

    def tanh(self):
        return _apply("tanh", (self,))

    def maximum(self, other):
        """The larger of both, entry by entry; of equals, each gets half of the gradient."""
        return _apply("maximum", (self, other))

    def minimum(self, other):
        """The smaller of both, entry by entry; of equals, each gets half of the gradient."""
        return _apply("minimum", (self, other))

    def sum(self, axis=None, *, keepdims=False):
        return _apply("sum", (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis=None, *, keepdims=False):
        return _apply("mean", (self,), {"axis": axis, "keepdims": keepdims})

    def max(self, axis=None, *, keepdims=False):
        """The largest; equals share the gradient, as in torch.amax; if it is nan, all get nan."""
        return _apply("max", (self,), {"axis": axis, "keepdims": keepdims})

    def min(self, axis=None, *, keepdims=False):
        """The smallest; equals share the gradient, as in torch.amin; if it is nan, all get nan."""
        return _apply("min", (self,), {"axis": axis, "keepdims": keepdims})

    def reshape(self, *shape):
        shape = shape[0] if isinstance(shape[0], tuple) else shape
        return _apply("reshape", (self,), {"shape": shape})

    def transpose(self, *axes):
        """As np.transpose: all axes in a new order, or reversed."""
        axes = [axis % self.ndim for axis in axes or range(self.ndim)[::-1]]
        return _apply("transpose", (self,), {"axes": axes})

    T = property(transpose)

    # --- comparisons: arrays of bool, for they have no derivative ---

    def __lt__(self, other):
        return self._array < _array_of(other)

    def __le__(self, other):
        return self._array <= _array_of(other)

    def __gt__(self, other):
        return self._array > _array_of(other)

    def __ge__(self, other):
        return self._array >= _array_of(other)

    def __eq__(self, other):
        return self._array == _array_of(other)

    def __ne__(self, other):
        return self._array != _array_of(other)

    __hash__ = object.__hash__  # a graph's nodes are told apart by who they are

    def __bool__(self):
        return bool(self._array)

    # --- in place ---

    def __iadd__(self, other):
        return self._in_place(np.add, "add", other)

    def __isub__(self, other):
        return self._in_place(np.subtract, "sub", other)

    def __imul__(self, other):
        return self._in_place(np.multiply, "mul", other)

    def __itruediv__(self, other):
        return self._in_place(np.divide, "div", other)

    def _in_place(self, ufunc, name, other):
        if _recording.get():
            if self.requires_grad and self._node is None:
                raise RuntimeError(
                    f"Tensor: {name} in place would change what the gradient is taken by; "
                    "put the update of a parameter under no_grad()"
                )
            return _apply(name, (self, other))
        ufunc(self._array, _array_of(other), out=self._array)
        self._version[0] += 1
        return self

    def __setitem__(self, index, value):
        recording = isinstance(value, Tensor) and value.requires_grad
        if _recording.get() and (self.requires_grad or recording):
            raise RuntimeError(
                "Tensor: x[index] = y would change numbers that backward needs; "
                "use where(mask, y, x), or no_grad()"
            )
        self._array[index] = _array_of(value)
        self._version[0] += 1

    # --- the gradient ---

    @property
    def inputs(self):
        """The tensors with a gradient that it was computed from."""
        if self._node is None:
            return ()
        arguments = (self._node.arguments[slot] for slot in self._node.slots)
        return tuple(a for a in arguments if isinstance(a, Tensor) and a.requires_grad)

    def backward(self, gradient=None):
        """Add to the grad of each tensor that this was computed from its derivative by it.

        gradient: what comes from above, of this tensor's shape; may be left out for one number (1).
        RuntimeError if there is no graph, or if a tensor in it was changed since.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "Tensor.backward: no graph leads here; make a parameter with requires_grad=True "
                "and compute this outside no_grad()"
            )
        if gradient is None and self.size != 1:
            raise ValueError(
                f"Tensor.backward: the tensor has shape {self.shape}; "
                "call it on one number, as in y.sum(), or give backward(gradient)"
            )
        gradient = np.asarray(1.0 if gradient is None else _array_of(gradient))
        if gradient.size != self.size or (gradient.ndim and gradient.shape != self.shape):
            raise ValueError(
                f"Tensor.backward: gradient has shape {gradient.shape}, the tensor {self.shape}; "
                "both must agree"
            )
        gradients = {self: gradient.astype(self.dtype).reshape(self.shape)}  # of this call alone
        for tensor in reversed(topological_order(self)):
            dy = gradients.pop(tensor)  # complete: all that uses the tensor has been visited
            if tensor._node is None:
                # a new array each time: dy may be shared with another tensor's gradient
                tensor.grad = dy.copy() if tensor.grad is None else tensor.grad + dy
                continue
            for x, dx in _backward(tensor._node, dy):
                gradients[x] = gradients[x] + dx if x in gradients else dx


def _array_of(value):
    return value._array if isinstance(value, Tensor) else value


def _backward(node, dy):
    """The arguments of a node that have a gradient, each with its own."""
    if any(counter[0] != count for counter, count in node.versions):
        raise RuntimeError(
            f"Tensor.backward: what {node.rule.name} took or gave was changed in place since; "
            "call backward before the change, or compute forward again after it"
        )
    gradients = node.rule.backward(dy, node.cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    for n, slot in enumerate(node.slots):
        x = node.arguments[slot]
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        if n >= len(gradients) or np.shape(gradients[n]) != x.shape:
            got = [np.shape(g) for g in gradients]
            raise ValueError(
                f"Tensor.backward: {node.rule.name}_backward gave gradients of shapes {got}; "
                f"number {n + 1} must have shape {x.shape}, as its argument"
            )
        yield x, np.asarray(gradients[n], dtype=x.dtype)


def _apply(name, arguments, options=None):
    return _record(RULES[name], arguments, options or {}, range(len(arguments)))


def _record(rule, arguments, options, slots):
    """Compute a rule's y and, if one of its arguments has a gradient, remember how."""
    y, cache = rule.forward(*map(_array_of, arguments), **options)
    y, *others = y if isinstance(y, tuple) else (y,)  # max_pool2d may give indices too
    y = np.asarray(y)  # NumPy gives a number for an array without axes
    tensors = [a for a in arguments if isinstance(a, Tensor)]
    version = [0]
    for tensor in tensors:
        if np.may_share_memory(tensor._array, y):
            version = tensor._version
    node = None
    if _recording.get() and any(tensor.requires_grad for tensor in tensors):
        counters = [*(tensor._version for tensor in tensors), version]
        versions = [(counter, counter[0]) for counter in counters]
        node = Node(rule, arguments, slots, cache, versions)
    tensor = Tensor._wrap(y, node, version)
    return (tensor, *others) if others else tensor


def differentiable(forward, backward, *, constants=("target", "running_mean", "running_var")):
    """Make a pair a function of Tensors, which gives y alone and whose gradient autograd knows.

    forward(x, ..., *, option) -> (y, cache), backward(dy, cache) -> the gradients of forward's
    array arguments, in their order, None for None; constants: arguments that have no gradient.
    A Tensor may stand wherever forward takes an array.
    """
    rule, signature = Rule(forward.__name__, forward, backward), inspect.signature(forward)

    @functools.wraps(forward)
    def function(*args, **options):
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        named = dict(zip(signature.parameters, bound.args, strict=False))
        slots = []
        for n, (key, value) in enumerate((named | bound.kwargs).items()):
            constant = key in constants or key in bound.kwargs
            if constant and isinstance(value, Tensor):
                raise TypeError(f"{rule.name}: {key} is a Tensor, but has no gradient; give .data")
            if not constant and _has_gradient(value):
                slots.append(n)
        return _record(rule, bound.args, bound.kwargs, slots)

    function.__doc__ = f"{rule.name} of Tensors, y alone. Of arrays:\n\n{inspect.getdoc(forward)}"
    return function


def _has_gradient(value):
    """Whether backward has a gradient, or a None, for an argument."""
    return value is None or (isinstance(value, np.ndarray | Tensor) and value.dtype.kind == "f")


_COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_UFUNCS = {name: name for name in ("add", "matmul", "exp", "log", "sqrt", "tanh")}
_UFUNCS |= {name: name for name in ("maximum", "minimum", *_COMPARISONS)}
_UFUNCS |= {"subtract": "sub", "multiply": "mul", "divide": "div", "negative": "neg"}
_UFUNCS |= {"absolute": "abs"}


def where(condition, a, b):
    """a where the condition holds, b elsewhere: Tensors, arrays or numbers -> Tensor"""
    return _apply("where", (condition, a, b))


def concatenate(tensors, *, axis=0):
    """Tensors one after the other along an axis that they have -> Tensor"""
    return _apply("concatenate", tuple(tensors), {"axis": axis})
