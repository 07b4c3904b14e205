"""Plain data over a byte stream, between the judge and a process that nobody trusts.

A message is a value: a JSON tree of tags and, behind it, the raw bytes of arrays. Nothing is ever
unpickled, and what comes out of `unpack` has exactly Python's, NumPy's or torch's own types. What
is no plain data stays where it is and crosses as a reference: a function or object of one side is
called, and its attributes are read, from the other side.

Everything that arrives is checked before it is used. A message that is not as described here is a
`Malformed`, and no other exception leaves `unpack`.
"""

import builtins
import json
import struct
import sys
import time
from collections import Counter

import numpy as np

MESSAGE = 256 << 20  # bytes of one message
HEADER = 8 << 20  # bytes of its tree: JSON of 8 MiB can become half a GiB of Python objects
ELEMENTS = 500_000
DEPTH = 60
INTEGER = 100_000  # hexadecimal digits
ALIKE = 100  # members of a set that may have one hash: to look one up goes through all these
COPIED = 8192  # bytes of an array: fewer are copied, since that is quicker than to avoid it
JOINED = 1 << 16  # bytes of a message that is sent in one piece

_LENGTH = struct.Struct("<I")
_FRAME = struct.Struct("<Q")
_KINDS = "biufc"
_GENERATORS = {"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"}
_TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, dict, set)}
_TYPES |= {f"np.{np.dtype(c).name}": np.dtype(c).type for c in "?bBhHiIlLqQefdgFDG"}
_TYPE_NAMES = {t: name for name, t in _TYPES.items()}
_BASES = (list, tuple, dict, set, frozenset, str, bytes, int, float, complex)


class Malformed(Exception):
    """The other side sent something that is not a message."""


class CannotCross(BaseException):
    """A value of this side is no plain data and may not be referred to, either.

    Not an Exception, so that no test swallows it: it is the fault of whoever wrote the test.
    """


class Closed(Exception):
    """The stream ended, or a deadline passed."""


# --- values to bytes ---


def pack(value, refer=None):
    """The bytes of a value. refer(object) gives the tree of a reference or raises CannotCross."""
    return b"".join(packed(value, refer).parts)


class Packed:
    """A packed value: its tree, and blobs, the bytes of its arrays.

    Large arrays are not copied, so send it before they change. Inside another value it crosses as
    it is: `unpack` there gives a Packed, which is a value only when it is `opened`.
    """

    def __init__(self, tree, blobs):
        self.tree, self.blobs = tree, blobs

    @property
    def parts(self):
        """The message, in pieces."""
        header = _encode(self.tree).encode()
        return [_LENGTH.pack(len(header)) + header, *self.blobs]

    def equals(self, other):
        """Whether other, which arrived, is the same value."""
        [content] = other.blobs
        if self.tree != other.tree or sum(map(len, self.blobs)) != len(content):
            return False
        start = 0
        for blob in self.blobs:
            old = content[start : start + len(blob)]
            same = old == blob if len(blob) < COPIED else _same_numbers(old, blob)
            if not same:
                return False
            start += len(blob)
        return True


def _same_numbers(one, other):  # memoryviews compare item by item
    parts = range(0, len(one), JOINED)  # what fits into the processor's cache
    one, other = np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8)
    return all(np.array_equal(one[i : i + JOINED], other[i : i + JOINED]) for i in parts)


def packed(value, refer=None):
    """As `pack`, not yet in one piece."""
    blobs = []
    return Packed(_Packer(blobs, refer or _refuse).tree(value, 0), blobs)


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _refuse(value):
    raise CannotCross(f"CannotCross: {_type_name(value)} is no plain data")


def _type_name(value):
    return f"a value of type {type(value).__module__}.{type(value).__qualname__}"


class _Packer:
    def __init__(self, blobs, refer):
        self.blobs, self.refer = blobs, refer

    def tree(self, value, depth):
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            return value
        if depth > DEPTH:
            raise CannotCross(f"CannotCross: data nested more than {DEPTH} deep")
        if kind is int:
            return value if -(2**63) <= value < 2**63 else ["i", hex(value)]
        if kind is float:
            return ["f", value.hex()]
        if kind is complex:
            return ["c", value.real.hex(), value.imag.hex()]
        if kind is bytes:
            return ["b", self.blob(value)]
        if kind is Packed:
            self.blobs.extend(value.blobs)
            return ["p", sum(map(len, value.blobs)), value.tree]
        inside = _CONTAINERS.get(kind)
        if inside:
            return [inside, *(self.tree(item, depth + 1) for item in value)]
        if kind is dict:
            items = [part for pair in value.items() for part in pair]
            return ["d", *(self.tree(item, depth + 1) for item in items)]
        if kind is slice or kind is range:
            parts = (value.start, value.stop, value.step)
            tag = "S" if kind is slice else "r"
            return [tag, *(self.tree(part, depth + 1) for part in parts)]
        if value is Ellipsis:
            return ["e"]
        return self._of_numpy(value) or self._of_torch(value) or self._other(value, depth)

    def blob(self, content):
        self.blobs.append(content)
        return len(content)

    def _of_numpy(self, value):
        if isinstance(value, np.ndarray) and value.dtype.kind in _KINDS:
            array = value.view(np.ndarray)
            fortran = array.flags.f_contiguous and not array.flags.c_contiguous
            order = "F" if fortran else "C"
            length = self.blob(_content(array.T if fortran else array))
            writeable = bool(array.flags.writeable)
            return ["a", array.dtype.str, [*array.shape], order, writeable, length]
        if isinstance(value, np.generic) and value.dtype.kind in _KINDS:
            return ["n", value.dtype.str, self.blob(value.tobytes())]
        if isinstance(value, np.dtype) and value.kind in _KINDS:
            return ["D", value.str]
        if isinstance(value, type) and value in _TYPE_NAMES:
            return ["N", _TYPE_NAMES[value]]
        if type(value) is np.random.Generator:
            name = type(value.bit_generator).__name__
            if name in _GENERATORS:
                return ["g", name, self.tree(_plain(value.bit_generator.state), 1)]
        return None

    def _of_torch(self, value):
        torch = sys.modules.get("torch")
        if not torch:
            return None
        if isinstance(value, torch.dtype):
            return ["X", str(value).removeprefix("torch.")]
        if isinstance(value, torch.Tensor) and value.layout is torch.strided:
            dtype = str(value.dtype).removeprefix("torch.")
            plain = value.detach().cpu().resolve_conj().resolve_neg()
            if value.dtype is torch.bfloat16:
                plain = plain.contiguous().view(torch.int16)
            array = self._of_numpy(plain.numpy())
            return ["T", dtype, bool(value.requires_grad), array] if array else None
        return None

    def _other(self, value, depth):
        for base in _BASES:  # a named tuple, a Counter, an IntEnum: its value, under its name
            if isinstance(value, base) and not isinstance(value, np.generic):
                plain = _BASE_VALUE[base](value)
                return ["u", type(value).__name__, self.tree(plain, depth + 1)]
        return self.refer(value)


def _content(array):
    """The bytes of an array in C order, as bytes or, where it is large, a view of its memory."""
    if array.nbytes < COPIED or not array.flags.c_contiguous:
        return array.tobytes()
    return array.reshape(-1).view(np.uint8).data


_CONTAINERS = {list: "l", tuple: "t", set: "s", frozenset: "z"}
_BASE_VALUE = {
    list: lambda v: [*list.__iter__(v)],
    tuple: lambda v: (*tuple.__iter__(v),),
    dict: lambda v: dict(dict.items(v)),
    set: lambda v: {*set.__iter__(v)},
    frozenset: lambda v: frozenset(frozenset.__iter__(v)),
    str: str.__str__,
    bytes: lambda v: bytes.__getitem__(v, slice(None)) + b"",
    int: int.__int__,
    float: float.__float__,
    complex: lambda v: complex.__add__(v, 0j),
}


def _plain(state):
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    return state


# --- bytes to values ---


def unpack(content, resolve=None):
    """The value in content, the bytes of a message.

    resolve(tree) gives the object of a reference, ["F" or "O" or "H", …]. Raises Malformed,
    whatever the content is.
    """
    return _value(_arrived, content, resolve, _READERS)


def opened(content, resolve=None):
    """As `unpack`, of a Packed that arrived in a message; in it may be no other."""
    return _value(_inside, content, resolve, _INSIDE)


def _value(parts, content, resolve, readers):
    try:
        tree, blobs = parts(content)
        unpacker = _Unpacker(blobs, resolve or _unknown, readers)
        value = unpacker.value(tree, 0)
        if unpacker.at != len(blobs):
            raise Malformed("bytes are left over at the end of a message")
        return value
    except Malformed:
        raise
    except (Exception, RecursionError) as error:
        raise Malformed(f"not a message: {type(error).__name__}: {str(error)[:100]}") from None


def _arrived(content):
    """The tree and the bytes of a message's arrays."""
    (size,) = _LENGTH.unpack_from(content)
    if size > HEADER or size + _LENGTH.size > len(content):
        raise Malformed(f"a message's header has {size} bytes")
    header = str(content[_LENGTH.size : _LENGTH.size + size], "utf-8")
    tree, end = _decode(header)
    if end != len(header):
        raise Malformed("a header with something behind it")
    return tree, memoryview(content)[_LENGTH.size + size :]


def _inside(content):
    if type(content) is not Packed:
        raise Malformed("something in place of a packed value")
    [blobs] = content.blobs
    return content.tree, blobs


def _no_number(text):
    raise Malformed(f"a bare number {text[:20]}")


_decode = json.JSONDecoder(parse_float=_no_number, parse_constant=_no_number).raw_decode


def _unknown(tree):
    raise Malformed("a reference, where none can be")


class _Unpacker:
    def __init__(self, blobs, resolve, readers):
        self.blobs, self.resolve, self.readers = blobs, resolve, readers
        self.at = self.count = 0

    def value(self, tree, depth):
        self.counted(1)
        if depth > DEPTH + 2:
            raise Malformed(f"nested more than {DEPTH} deep")
        if type(tree) is int and not -(2**63) <= tree < 2**63:
            raise Malformed("a large integer in decimal")
        if type(tree) is not list:
            if type(tree) is dict:
                raise Malformed("a JSON object")
            return tree
        tag, *rest = tree
        if tag in ("F", "O", "H"):
            return self.resolve(tree)
        return self.readers[tag](self, depth, *rest)

    def counted(self, elements):
        self.count += elements
        if self.count > ELEMENTS:
            raise Malformed(f"more than {ELEMENTS} elements")

    def blob(self, length):
        end = self.at + length
        if type(length) is not int or length < 0 or end > len(self.blobs):
            raise Malformed("an array that its message does not hold")
        found = self.blobs[self.at : end]
        self.at = end
        return found

    def _integer(self, depth, text):
        if len(text) > INTEGER:
            raise Malformed("an integer of too many digits")
        return int(text, 16)

    def _float(self, depth, text):
        return float.fromhex(text)

    def _complex(self, depth, real, imag):
        return complex(float.fromhex(real), float.fromhex(imag))

    def _bytes(self, depth, length):
        return bytes(self.blob(length))

    def _packed(self, depth, length, tree):
        return Packed(tree, [self.blob(length)])

    def _list(self, depth, *items):
        return [self.value(item, depth + 1) for item in items]

    def _tuple(self, depth, *items):
        return tuple(self._list(depth, *items))

    def _set(self, depth, *items):
        return set(_spread(self._list(depth, *items)))

    def _frozenset(self, depth, *items):
        return frozenset(_spread(self._list(depth, *items)))

    def _dict(self, depth, *items):
        values = self._list(depth, *items)
        return dict(zip(_spread(values[::2]), values[1::2], strict=True))

    def _slice(self, depth, *parts):
        start, stop, step = self._list(depth, *parts)
        return slice(start, stop, step)

    def _range(self, depth, *parts):
        start, stop, step = self._list(depth, *parts)
        if not all(isinstance(part, int) for part in (start, stop, step)):
            raise Malformed("a range of something else")  # NumPy's numbers overflow
        self.counted(abs(stop - start) // abs(step))  # a list of it would fill the memory
        return range(start, stop, step)

    def _ellipsis(self, depth):
        return ...

    def _array(self, depth, dtype, shape, order, writeable, length):
        dtype = _dtype(dtype)
        if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**62 for n in shape):
            raise Malformed("an array with an impossible shape")
        size = room = 1
        for n in shape:
            size, room = size * n, room * max(n, 1)
        if room > MESSAGE:  # sums of nothing along an axis fill the memory, too
            raise Malformed("an array with an impossible shape")
        if length != size * dtype.itemsize or order not in ("C", "F"):
            raise Malformed("an array whose shape does not fit its bytes")
        array = self._numbers(dtype, length).reshape(shape, order=order)
        array.flags.writeable = writeable is True
        return array

    def _scalar(self, depth, dtype, length):
        (value,) = self._numbers(_dtype(dtype), length)
        return value

    def _numbers(self, dtype, length):
        content = bytearray(self.blob(length))
        array = np.frombuffer(content, dtype)
        if dtype.kind == "b" and (array.view(np.uint8) > 1).any():
            raise Malformed("a boolean that is neither 0 nor 1")  # NumPy computes nonsense then
        return array

    def _np_dtype(self, depth, text):
        return _dtype(text)

    def _type(self, depth, name):
        return _TYPES[name]

    def _generator(self, depth, name, state):
        if name not in _GENERATORS:
            raise Malformed("an unknown bit generator")
        state = self.value(state, depth + 1)
        position = {"MT19937": ("state", "pos", 624), "Philox": ("", "buffer_pos", 4)}.get(name)
        if position:  # an index into C memory that NumPy does not check
            inside, key, most = position
            index = (state[inside] if inside else state)[key]
            if type(index) is not int or not 0 <= index <= most:
                raise Malformed("an impossible state of a bit generator")
        bits = getattr(np.random, name)(0)
        bits.state = state
        return np.random.Generator(bits)

    def _torch_dtype(self, depth, name):
        import torch

        found = getattr(torch, name)
        if not isinstance(found, torch.dtype):
            raise Malformed("an unknown dtype of torch")
        return found

    def _tensor(self, depth, dtype, requires_grad, array):
        import torch

        numbers = self.value(array, depth + 1)
        if type(numbers) is not np.ndarray:
            raise Malformed("a tensor without an array")
        if not numbers.dtype.isnative:
            raise Malformed("a tensor in foreign byte order")
        tensor = torch.from_numpy(numbers.copy(order="C"))
        dtype = self._torch_dtype(depth, dtype)
        if dtype is torch.bfloat16 and tensor.dtype is torch.int16:
            tensor = tensor.view(dtype)
        if tensor.dtype is not dtype:
            raise Malformed("a tensor whose array has another dtype")
        return tensor.requires_grad_() if requires_grad is True else tensor

    def _under_a_name(self, depth, name, plain):
        value = self.value(plain, depth + 1)
        if type(value) not in _BASES:
            raise Malformed("a subclass of something else")
        return type(identifier(name), (type(value),), {})(value)


_READERS = {
    "i": _Unpacker._integer,
    "f": _Unpacker._float,
    "c": _Unpacker._complex,
    "b": _Unpacker._bytes,
    "p": _Unpacker._packed,
    "l": _Unpacker._list,
    "t": _Unpacker._tuple,
    "s": _Unpacker._set,
    "z": _Unpacker._frozenset,
    "d": _Unpacker._dict,
    "S": _Unpacker._slice,
    "r": _Unpacker._range,
    "e": _Unpacker._ellipsis,
    "a": _Unpacker._array,
    "n": _Unpacker._scalar,
    "D": _Unpacker._np_dtype,
    "N": _Unpacker._type,
    "g": _Unpacker._generator,
    "X": _Unpacker._torch_dtype,
    "T": _Unpacker._tensor,
    "u": _Unpacker._under_a_name,
}


_INSIDE = {tag: reader for tag, reader in _READERS.items() if tag != "p"}


def _spread(keys):
    """keys, unless a set of them was made to take hours: most of them with one hash."""
    if len(keys) > ALIKE and max(Counter(map(hash, keys)).values()) > ALIKE:
        raise Malformed(f"more than {ALIKE} members of one hash")
    return keys


def _dtype(text):
    if type(text) is not str or len(text) > 5 or text[1:2] not in _KINDS:
        raise Malformed("an array of an unknown dtype")
    dtype = np.dtype(text)
    if dtype.kind not in _KINDS or dtype.fields or dtype.subdtype:
        raise Malformed("an array of an unknown dtype")
    return dtype


def identifier(name):
    """name, if it can be the name of a class, else "object"."""
    fits = type(name) is str and len(name) <= 100 and name.isidentifier()
    return name if fits else "object"


def built_in(error):
    """The name of the built-in class that an exception is one of."""
    names = (kind.__name__ for kind in type(error).__mro__ if _is_built_in(kind))
    return next(names, "Exception")  # a student's code may have taken them out of builtins


def _is_built_in(kind):
    return getattr(builtins, kind.__name__, None) is kind


# --- messages on a stream ---


class Channel:
    """Messages, one after the other, on a connected socket."""

    def __init__(self, stream, limit=MESSAGE):
        self.stream, self.limit = stream, limit
        self._early = bytearray()  # of the next messages

    def send(self, content, deadline=None):
        """Send one message: bytes, or Packed. Raises Closed."""
        parts = content.parts if isinstance(content, Packed) else [content]
        length = sum(map(len, parts))
        parts = [_FRAME.pack(length), *parts]
        if length < JOINED or len(parts) > 8:
            parts = [b"".join(parts)]
        try:
            for part in parts:
                self._patience(deadline)
                self.stream.sendall(part)
        except OSError as error:
            raise Closed(_why(error)) from None

    def receive(self, deadline=None):
        """The bytes of the next message. Raises Closed or Malformed."""
        while len(self._early) < _FRAME.size:
            self._early += self._some(deadline)
        (length,) = _FRAME.unpack_from(self._early)
        if length > self.limit:
            raise Malformed(f"a message of {length} bytes; the limit is {self.limit}")
        start = self._early[_FRAME.size : _FRAME.size + length]
        del self._early[: _FRAME.size + length]
        at = len(start)
        if at == length:
            return start
        # a length is only a claim: memory that nobody writes into is not taken
        content = memoryview(np.empty(length, np.uint8))
        content[:at] = start
        while at < length:
            self._patience(deadline)
            try:
                got = self.stream.recv_into(content[at:])
            except OSError as error:
                raise Closed(_why(error)) from None
            if not got:
                raise Closed("ended")
            at += got
        return content

    def _some(self, deadline):
        self._patience(deadline)
        try:
            part = self.stream.recv(JOINED)
        except OSError as error:
            raise Closed(_why(error)) from None
        if not part:
            raise Closed("ended")
        return part

    def _patience(self, deadline):
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise Closed("late")
        self.stream.settimeout(left)


def _why(error):
    return "late" if isinstance(error, TimeoutError) else "ended"
