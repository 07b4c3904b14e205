"""What stands in the judge's process for what is in the student's.

Objects and functions are proxies; an exception is one of the same name; an argument that a call has
changed over there is changed here as well.
"""

import builtins
import inspect
import keyword
import sys

import numpy as np

from autograder.judging.boundary import CannotCross, Malformed, identifier

KINDS = 1000  # classes that are made for what the student defines
_KINDS = {*vars(builtins), "function", "method", "builtin_function_or_method", "module"}


# --- objects and functions ---


class Handle:
    """A function or object of the student's process, as test cells see it.

    It answers what ordinary code asks: calls, attributes without a leading underscore, len, items,
    iteration. It has no value of its own: it equals itself alone, and NumPy makes nothing of it.
    """

    def __init__(self, connection, number, text, parameters):
        inside = {"_connection": connection, "_number": number, "_text": text}
        for name, value in (inside | {"_parameters": parameters}).items():
            object.__setattr__(self, name, value)

    @property
    def __signature__(self):
        """Its parameters' names, for messages."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = dict.fromkeys(self._parameters)
        names = [name for name in names if not keyword.iskeyword(name)]
        return inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._connection.value("get", self, name)

    def __setattr__(self, name, value):
        self._connection.value("set", self, name, value)

    def __repr__(self):
        return self._text

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise CannotCross("CannotCross: the test pickles an object of the student's")

    def __instancecheck__(self, other):
        raise CannotCross(
            "CannotCross: the test asks for isinstance of a class of the student's: "
            "ask for values and not for types"
        )

    __subclasscheck__ = __instancecheck__


def _call(self, *args, **kwargs):
    return self._connection.call(self, args, kwargs)


def _length(self):
    length = self._connection.value("len", self)
    if type(length) is not int or not 0 <= length < 2**31:
        self._connection.end("a length that is none")
    return length


def _iterate(self):
    items = self._connection.value("iter", self)
    if type(items) is not list:
        self._connection.end("items that are none")
    return iter(items)


def _item(self, key):
    return self._connection.value("item", self, key)


_ABILITIES = {
    "call": {"__call__": _call},
    "len": {"__len__": _length},
    "item": {"__getitem__": _item},
    "iter": {"__iter__": _iterate},
}


class References:
    """What crosses by name alone: our functions as numbers, the student's objects as proxies.

    names: what the student is asked to define: at any time a class may be called so.
    """

    def __init__(self, connection, names):
        self._connection, self._known = connection, names | _KINDS
        self.functions, self._numbers, self._kinds = [], {}, {}

    def refer(self, value):
        """The tree of a reference, as `boundary.pack` wants it. Raises CannotCross."""
        if isinstance(value, Handle):
            return ["H", object.__getattribute__(value, "_number")]
        if not callable(value):
            kind = f"{type(value).__module__}.{type(value).__qualname__}"
            raise CannotCross(
                f"CannotCross: the test gives the student's code a {kind}, which is no plain data: "
                "give numbers, strings, containers, arrays, tensors, generators or functions"
            )
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.functions)
            self.functions.append(value)
        return ["F", number, identifier(getattr(value, "__name__", "function"))]

    def resolve(self, tree):
        """The object of a reference that arrived. Raises Malformed."""
        if tree[0] == "H":
            return self.functions[index(tree[1], len(self.functions))]
        tag, number, name, text, able, parameters = tree
        if tag != "O" or type(text) is not str or len(text) > 300 or len(parameters) > 50:
            raise Malformed("a reference to nothing")
        name = identifier(name)
        if self._connection.told and name not in self._known:
            name = "object"  # a message may name the kind of a value
        if len(self._kinds) >= KINDS and name not in _KINDS:
            name = "object"
        key = (name, *(word for word in _ABILITIES if word in able))
        kind = self._kinds.get(key)
        if kind is None:
            methods = {m: f for word in key[1:] for m, f in _ABILITIES[word].items()}
            kind = self._kinds[key] = type(key[0], (Handle,), methods)
        parameters = [identifier(parameter) for parameter in parameters]
        return kind(self._connection, index(number, 2**31), text, parameters)


def index(number, end):
    """number, which arrived, if it is one from 0 up to end. Raises Malformed."""
    if type(number) is not int or not 0 <= number < end:
        raise Malformed("a reference to nothing")
    return number


# --- exceptions and changed arguments ---


def exception(name, base, message):
    """An exception with the name of the other side's, of the built-in class that it is a kind of.

    What would end a process or a loop (SystemExit, StopIteration) becomes an ordinary exception.
    """
    parent = getattr(builtins, base, None) if type(base) is str else None
    ordinary = isinstance(parent, type) and issubclass(parent, Exception)
    if not ordinary or issubclass(parent, StopIteration | StopAsyncIteration):
        parent = Exception
    inside = {"__str__": lambda self: message, "__module__": "builtins"}
    kind = type(identifier(name), (parent,), inside)
    return kind.__new__(kind)


class ChangedShape(Exception):
    """A call gave an argument another shape, which the judge's own array does not take over."""

    def __init__(self):
        super().__init__(
            "an argument has another shape after the call: leave the caller's array as it is, and "
            "return a new one"
        )


def put_back(old, new):
    """Change the value old in place into new, as far as it can be changed; return what it is now.

    An array of ours is written into and never resized: a view of it would show freed memory.
    Raises Malformed where the other side claims a change that cannot be, ChangedShape.
    """
    try:
        return _put_back(old, new)
    except (Malformed, ChangedShape):
        raise
    except Exception as error:
        raise Malformed(f"an impossible change of an argument: {type(error).__name__}") from None


def _put_back(old, new):
    if type(old) is np.random.Generator and type(new) is np.random.Generator:
        old.bit_generator.state = new.bit_generator.state
        return old
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old.shape != new.shape:
            raise ChangedShape
        if old.dtype != new.dtype:
            raise Malformed("an argument that changed its dtype")
        if not np.array_equal(old, new, equal_nan=old.dtype.kind in "fc"):
            old[...] = new
        return old
    torch = sys.modules.get("torch")
    if torch and isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        if old.shape != new.shape:  # copy_ would repeat it
            raise ChangedShape
        old.data.copy_(new.data)
        return old
    if isinstance(old, list) and isinstance(new, list):
        same_length = len(old) == len(new)
        old[:] = map(_put_back, old, new) if same_length else new
        return old
    if type(old) is tuple is type(new) and len(old) == len(new):
        parts = tuple(map(_put_back, old, new))
        return old if all(map(_is, old, parts)) else parts
    if isinstance(old, dict) and isinstance(new, dict):
        parts = {key: _put_back(old[key], new[key]) if key in old else new[key] for key in new}
        old.clear()
        old.update(parts)
        return old
    if isinstance(old, set) and isinstance(new, set):
        old.clear()
        old.update(new)
        return old
    return new


def _is(one, other):
    return one is other
