"""What crosses the boundary arrives as it was; what is no message is refused, whatever it is."""

import collections
import enum
import json
import pickle
import socket
import struct
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.judging import boundary
from autograder.judging.boundary import (
    CannotCross,
    Channel,
    Closed,
    Malformed,
    Packed,
    opened,
    pack,
    packed,
    unpack,
)

QUICK = settings(max_examples=60, deadline=None, derandomize=True, database=None)
SIZES = {"b": [1], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "f": [2, 4, 8, 16], "c": [8, 16, 32]}
DTYPES = [np.dtype(f"{o}{k}{n}") for o in "<>" for k, sizes in SIZES.items() for n in sizes]


def same(one, other):
    """Whether two values are the same in type, bytes and all."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and bits(one) == bits(other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return [*one] == [*other] and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or one != one != other != other
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other


def bits(array):
    if array.dtype.kind in "fc" and array.dtype.itemsize // (1 + (array.dtype.kind == "c")) == 16:
        return str(array.tolist())  # the padding of a long double means nothing
    return array.tobytes()


hashable = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary())
numbers = arrays.arrays(st.sampled_from(DTYPES), arrays.array_shapes(min_dims=0, min_side=0))
plain = st.recursive(
    st.one_of(hashable, st.floats(), st.complex_numbers(), numbers, st.slices(9), st.just(...)),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.lists(inside, max_size=4).map(tuple),
        st.dictionaries(hashable, inside, max_size=4),
        st.sets(hashable, max_size=4),
        st.frozensets(hashable, max_size=4),
    ),
    max_leaves=12,
)


@QUICK
@given(plain)
def test_plain_data_arrives_as_it_was(value):
    assert same(unpack(pack(value)), value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_and_its_scalar_arrives(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    assert same(unpack(pack(array)), array)
    assert same(unpack(pack(array[1, 1])), array[1, 1])
    assert same(unpack(pack(dtype)), dtype)


@pytest.mark.parametrize(
    ("array", "fortran"),
    [
        (np.arange(6.0).reshape(2, 3), False),
        (np.asfortranarray(np.arange(6.0).reshape(2, 3)), True),
        (np.arange(24.0).reshape(2, 3, 4)[:, ::2], False),
        (np.array(5.0), False),
        (np.empty((0, 4), np.float32), False),
    ],
)
def test_arrays_keep_their_order_and_whether_they_may_be_written(array, fortran):
    for writeable in (True, False):
        array.flags.writeable = writeable
        found = unpack(pack(array))
        assert same(found, array)
        assert found.flags.writeable == writeable
        assert (found.flags.f_contiguous and not found.flags.c_contiguous) == fortran


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bool, torch.bfloat16])
def test_tensors_keep_dtype_and_requires_grad(dtype):
    tensor = torch.arange(6).reshape(2, 3).to(dtype).T
    found = unpack(pack(tensor))
    assert found.dtype is dtype
    assert torch.equal(found, tensor)
    assert unpack(pack(dtype)) is dtype
    if dtype.is_floating_point:
        assert unpack(pack(tensor.clone().requires_grad_())).requires_grad
        assert not found.requires_grad


@pytest.mark.parametrize("name", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_generators_go_on_where_they_were(name):
    rng = np.random.Generator(getattr(np.random, name)(5))
    rng.random(3)
    rng.integers(7, dtype=np.int32)
    found = unpack(pack(rng))
    assert found.integers(1000, size=5).tolist() == rng.integers(1000, size=5).tolist()


Point = collections.namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    RED = 3


class Lying(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Array(np.ndarray):
    def __len__(self):
        return 99


@pytest.mark.parametrize(
    ("value", "base", "plain"),
    [
        (Point(1, 2), tuple, (1, 2)),
        (collections.Counter("aab"), dict, {"a": 2, "b": 1}),
        (Colour.RED, int, 3),
        (Lying(2.5), float, 2.5),
    ],
)
def test_subclasses_arrive_as_their_value_under_a_harmless_class(value, base, plain):
    found = unpack(pack(value))
    assert type(found).__mro__[1] is base
    assert type(found).__name__ == type(value).__name__
    assert base(found) == plain
    assert set(vars(type(found))) <= {"__module__", "__dict__", "__doc__", "__weakref__"}


def test_subclasses_of_arrays_arrive_as_arrays():
    found = unpack(pack(np.arange(3).view(Array)))
    assert type(found) is np.ndarray
    assert found.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "value", [object(), np.array([None]), np.array(["a"]), lambda x: x, iter([]), [open]]
)
def test_what_is_no_plain_data_cannot_cross(value):
    with pytest.raises(CannotCross, match="no plain data"):
        pack(value)


def test_data_that_holds_itself_cannot_cross():
    ring = []
    ring.append(ring)
    with pytest.raises(CannotCross, match="nested more than"):
        pack(ring)


def message(tree, blobs=b""):
    header = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return struct.pack("<I", len(header)) + header + blobs


def packed_there(tree, blobs=b""):
    """A packed value as it arrives in a message."""
    return unpack(message(["p", len(blobs), tree], blobs))


ONE_HASH = [["i", hex(i * (2**61 - 1))] for i in range(1, 200)]
MALFORMED = {
    "nothing": b"",
    "a pickle": pickle.dumps([1, 2]),
    "a header that is not there": struct.pack("<I", 50) + b"[1]",
    "a huge header": struct.pack("<I", 2**32 - 1) + b"[1]",
    "not JSON": message(b"[1, 2"),
    "not UTF-8": message(b'"\xff"'),
    "an object": message({"a": 1}),
    "a bare float": message(b"1.5"),
    "a bare NaN": message(b"NaN"),
    "a long integer": message(b"9" * 5000),
    "a large integer": message(str(2**64).encode()),
    "an integer of too many digits": message(["i", "f" * 100_001]),
    "deep nesting in JSON": message(b"[" * 100_000 + b"]" * 100_000),
    "deep nesting": message(json.loads('["l",' * 90 + "1" + "]" * 90)),
    "too many elements": message(["l", *[0] * 500_001]),
    "no tag": message([]),
    "an unknown tag": message(["x", 1]),
    "a tag that is a method": message(["value", [1], 0]),
    "a tag that is a list": message([["l"], 1]),
    "an odd dictionary": message(["d", 1]),
    "a key that has no hash": message(["d", ["l"], 1]),
    "a set of lists": message(["s", ["l", 1]]),
    "a slice of two": message(["S", 1, 2]),
    "a range without end": message(["r", 0, 10**15, 1]),
    "a range in steps of 0": message(["r", 0, 5, 0]),
    "a range of strings": message(["r", "a", "b", "c"]),
    "a float that is none": message(["f", "x"]),
    "a float that is a list": message(["f", [1]]),
    "an array without bytes": message(["a", "<f8", [2], "C", True, 16]),
    "an array of too few bytes": message(["a", "<f8", [2], "C", True, 8], b"x" * 8),
    "an array of negative shape": message(["a", "<f8", [-1], "C", True, 8], b"x" * 8),
    "an array of huge shape": message(["a", "<f8", [2**40], "C", True, 8], b"x" * 8),
    "an array whose size overflows": message(["a", "<f8", [2**61, 8], "C", True, 0]),
    "an array of 40 axes": message(["a", "<f8", [1] * 40, "C", True, 8], b"x" * 8),
    "an array of objects": message(["a", "|O", [1], "C", True, 8], b"x" * 8),
    "an array of records": message(["a", "f8,i4", [1], "C", True, 12], b"x" * 12),
    "an array of strings": message(["a", "<U2", [1], "C", True, 8], b"x" * 8),
    "an array of times": message(["a", "<M8", [1], "C", True, 8], b"x" * 8),
    "an array of unknown order": message(["a", "<f8", [1], "K", True, 8], b"x" * 8),
    "booleans that are neither": message(["a", "|b1", [2], "C", True, 2], b"\1\2"),
    "a boolean that is neither": message(["n", "|b1", 1], b"\xff"),
    "a scalar of two": message(["n", "<f8", 16], b"x" * 16),
    "bytes left over": message(["l", 1], b"x"),
    "fewer bytes than none": message(["b", -1], b"x"),
    "half a byte": message(["b", 0.5]),
    "a generator of something": message(["g", "seed", ["d"]]),
    "a type that is not known": message(["N", "open"]),
    "torch's load": message(["X", "load"]),
    "a tensor of a list": message(["T", "int64", False, ["l", 1]]),
    "a subclass of None": message(["u", "Name", None]),
    "a reference": message(["O", 1, "f", "", [], []]),
    "ranges of too many numbers": message(["l", *[["r", 0, 400_000, 1]] * 2]),
    "a range of numbers that overflow": message(
        ["r", ["n", "|i1", 1], ["n", "|i1", 1], 1], b"\x80\x7f"
    ),
    "nothing along a huge axis": message(["a", "<f8", [0, 2**40], "C", True, 0]),
    "a set of numbers of one hash": message(["s", *ONE_HASH]),
    "a frozen set of numbers of one hash": message(["z", *ONE_HASH]),
    "a dictionary of numbers of one hash": message(
        ["d", *(part for key in ONE_HASH for part in (key, 0))]
    ),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_message_is_malformed(content):
    with pytest.raises(Malformed):
        unpack(content)


@pytest.mark.parametrize(("name", "key"), [("MT19937", "pos"), ("Philox", "buffer_pos")])
def test_a_generator_may_not_point_out_of_its_buffer(name, key):
    state = getattr(np.random, name)(0).state
    holder = state["state"] if name == "MT19937" else state
    for position in (-1, 700, 2**31 - 1):
        holder[key] = position
        inside = pack(state)
        (size,) = struct.unpack_from("<I", inside)
        tree = ["g", name, json.loads(inside[4 : 4 + size])]
        with pytest.raises(Malformed, match="impossible state"):
            unpack(message(tree, inside[4 + size :]))


@QUICK
@given(st.binary(max_size=200))
def test_random_bytes_are_malformed_or_a_value(content):
    refused_or_plain(content)


@QUICK
@given(plain, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6))
def test_mutated_messages_are_malformed_or_a_value(value, changes):
    content = bytearray(pack({"re": "x", "value": packed(value), "changed": {0: packed([value])}}))
    for place, byte in changes:
        content[place % len(content)] = byte
    refused_or_plain(bytes(content))
    refused_or_plain(bytes(content[: len(content) // 2]))


@QUICK
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-5, 2**70), st.text(max_size=3)),
        lambda inside: st.builds(
            lambda tag, rest: [tag, *rest],
            st.sampled_from([*boundary._READERS, "F", "O", "H"]),
            st.lists(inside, max_size=6),
        ),
        max_leaves=10,
    ),
    st.binary(max_size=16),
)
def test_trees_of_tags_at_random_are_malformed_or_a_value(tree, blobs):
    refused_or_plain(message(tree, blobs))
    refused_or_plain(message(["l", ["p", len(blobs), tree]], blobs))


INSIDE = {
    "bytes of a message": pack(1),
    "a value": 1,
    "an array": np.zeros(9),
    "one in another": packed_there(["p", 0, None]),
    "one somewhere in another": packed_there(["l", 1, ["t", ["p", 0, ["l"]]]]),
    "an object of JSON": packed_there({"a": 1}),
    "a reference": packed_there(["O", 1, "f", "", [], []]),
    "bytes that it does not have": packed_there(["b", 4], b"abc"),
    "bytes left over": packed_there(["b", 2], b"abc"),
    "too many elements": packed_there(["l", *[0] * 500_001]),
    "deep nesting": packed_there(json.loads('["l",' * 90 + "1" + "]" * 90)),
}


@pytest.mark.parametrize("content", INSIDE.values(), ids=INSIDE)
def test_what_is_no_packed_value_is_malformed(content):
    with pytest.raises(Malformed):
        opened(content)


def test_a_packed_value_has_its_own_bytes_and_not_its_neighbours():
    sizes = {"a": 3, "b": 2}
    tree = ["d", *(part for key, size in sizes.items() for part in (key, ["p", size, ["b", 3]]))]
    found = unpack(message(tree, b"abcde"))
    assert opened(found["a"]) == b"abc"
    with pytest.raises(Malformed, match="does not hold"):
        opened(found["b"])


@QUICK
@given(plain, plain)
def test_packed_values_arrive_in_a_message_as_they_were(one, other):
    found = unpack(pack({"value": packed(one), "changed": {0: packed(other), "x": packed(one)}}))
    assert same(opened(found["value"]), one)
    assert same(opened(found["changed"][0]), other)
    assert same(opened(found["changed"]["x"]), one)
    assert packed(one).equals(found["value"])
    assert packed(one).equals(found["changed"][0]) == packed(other).equals(found["value"])


def refused_or_plain(content):
    try:
        value = unpack(content)
    except Malformed:
        return
    try:
        for inside in held(value):
            pack(opened(inside))
    except Malformed:
        return
    pack(value)  # what was let in can be sent again


def held(value):
    """The packed values somewhere in a value."""
    if isinstance(value, Packed):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from held(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from held(item)


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    yield Channel(one, limit=1000), Channel(other)
    one.close()
    other.close()


def test_messages_come_out_of_a_channel_as_they_went_in(pair):
    near, far = pair
    far.send(b"one")
    far.send(b"")
    assert [near.receive(), near.receive()] == [b"one", b""]


def test_a_message_over_the_limit_is_malformed_before_it_is_read(pair):
    near, far = pair
    far.stream.sendall(struct.pack("<Q", 2**63))
    with pytest.raises(Malformed, match="the limit is 1000"):
        near.receive()


def test_a_stream_that_ends_or_is_late_is_closed(pair):
    near, far = pair
    far.stream.sendall(struct.pack("<Q", 10) + b"half")
    start = time.monotonic()
    with pytest.raises(Closed, match="late"):
        near.receive(start + 0.05)
    assert time.monotonic() - start < 5
    far.stream.close()
    with pytest.raises(Closed, match="ended"):
        near.receive()
