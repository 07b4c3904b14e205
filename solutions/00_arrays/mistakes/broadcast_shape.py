"""Wrong answers to `broadcast_shape` that students really give, and right ones written another way."""

import itertools

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "broadcast_shape",
    hint="Shapes are compared from the right: a row of 3 numbers fits a (2, 3) table because the last axes stand below each other.",
    read="sec-arrays-rule",
)
def aligned_left(a, b):
    """The shapes are aligned at the left."""
    length = max(len(a), len(b))
    return _pairs(a + (1,) * (length - len(a)), b + (1,) * (length - len(b)))


@mistake("broadcast_shape", same_as="aligned_left")
def aligned_left_truncated(a, b):
    """The shapes are aligned at the left."""
    length = min(len(a), len(b))
    return _pairs(a[:length], b[:length])


@mistake(
    "broadcast_shape",
    hint="You take (n,) for a column, (n, 1). It is a row: NumPy puts the missing 1 on the left.",
    read="sec-arrays-rule",
)
def vector_is_a_column(a, b):
    """(n,) counts as (n, 1)."""
    if len(a) != len(b):
        a, b = ((*s, 1) if len(s) == 1 else s for s in (a, b))
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)


@mistake(
    "broadcast_shape",
    hint="The other axes of the longer shape belong to the result as well. zip stops at the end of the shorter one, and "
    "longer[:-len(shorter)] is empty where len(shorter) is 0.",
    read="sec-arrays-rule",
)
def stops_at_the_shorter(a, b):
    """The axes that only one of the shapes has are lost."""
    shape = ()
    for m, n in zip(a[::-1], b[::-1], strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape = (n if m == 1 else m, *shape)
    return shape


@mistake(
    "broadcast_shape",
    hint="You go through the axes from the right, which is good, and return the result in that order. Turn it round.",
    read="sec-arrays-rule",
)
def turned_round(a, b):
    """The result is in the reverse order."""
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)[::-1]


@mistake(
    "broadcast_shape",
    corner="an axis of length 0",
    hint="Beside an axis of length 0, it is the 1 that gives way, as beside any other number. The larger of the two is "
    "right for 3 and 1, but not for 0 and 1.",
    read="sec-arrays-rule",
)
def larger_of_the_two(a, b):
    """0 beside 1 gives 1 and not 0."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    corner="shapes that do not fit",
    hint="Shapes that do not fit give a result. 2 against 5 is an error, since neither is 1. `raise` the error: with "
    "`return` or `print` your function ends as if all were well.",
    read="sec-arrays-rule",
)
def no_error(a, b):
    """Shapes that do not fit raise no error."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


@mistake("broadcast_shape", corner="shapes that do not fit", same_as="no_error")
def no_error_larger(a, b):
    """Shapes that do not fit raise no error."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    return tuple(0 if 0 in (m, n) else max(m, n) for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="Two different numbers fit if one of them is 1, whether the other is larger or 0. You raise an error there.",
    read="sec-arrays-rule",
)
def one_does_not_stretch(a, b):
    """An axis of length 1 is not stretched."""
    length = max(len(a), len(b))
    a, b = a[:0] + (None,) * (length - len(a)) + a, (None,) * (length - len(b)) + b
    if any(m != n and None not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return tuple(n if m is None else m for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="Only the axes where b has a 1 are stretched. It works in both directions, even in the same sum.",
    read="sec-arrays-rule",
)
def only_one_way(a, b):
    """Only b is stretched, and not a."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and n != 1 for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return a


@mistake(
    "broadcast_shape",
    hint="You only accept shapes of the same length. The shorter one gets ones on its left.",
    read="sec-arrays-rule",
)
def same_length_only(a, b):
    """Shapes of different lengths raise an error."""
    if len(a) != len(b):
        raise ValueError("the shapes have different lengths")
    return _pairs(a, b)


@mistake(
    "broadcast_shape",
    hint="Swapping a and b gives something else: you take for granted that one of them is the longer.",
    read="sec-arrays-rule",
)
def first_is_longer(a, b):
    """You take for granted that a is the longer shape."""
    return _pairs(a, (1,) * (len(a) - len(b)) + b)


@mistake("broadcast_shape", same_as="first_is_longer")
def first_is_longer_truncated(a, b):
    """You take for granted that a is the longer shape."""
    b = (1,) * (len(a) - len(b)) + b
    shape = []
    for m, n in zip(a, b, strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape.append(n if m == 1 else m)
    return tuple(shape)


@mistake(
    "broadcast_shape",
    hint="A shape is a tuple, as x.shape is. tuple(…) makes one of a list.",
    read="sec-arrays-rule",
)
def a_list(a, b):
    """You return a list and not a tuple."""
    length = max(len(a), len(b))
    return list(_pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b))


@mistake(
    "broadcast_shape",
    corner="shapes that do not fit",
    hint="You let 6 fit to 3 because 3 divides it. NumPy repeats an axis of length 1 only.",
    read="sec-arrays-rule",
)
def multiples_fit(a, b):
    """A number that divides the other counts as fitting."""
    length = max(len(a), len(b))
    shape = ()
    for m, n in zip((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b, strict=True):
        if 0 not in (m, n) and max(m, n) % min(m, n):
            raise ValueError("the shapes do not fit")
        if 0 in (m, n) and m != n and 1 not in (m, n):
            raise ValueError("the shapes do not fit")
        shape += (0 if 0 in (m, n) else max(m, n),)
    return shape


@mistake(
    "broadcast_shape",
    corner="an axis of length 0 against 3",
    hint="An axis of length 0 fits to 1 and to 0, and to nothing else. In yours it fits to 3.",
    read="sec-arrays-rule",
)
def zero_always_fits(a, b):
    """An axis of length 0 fits to everything."""
    length = max(len(a), len(b))
    shape = ()
    for m, n in zip((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b, strict=True):
        if m != n and not {0, 1} & {m, n}:
            raise ValueError("the shapes do not fit")
        shape += (0 if 0 in (m, n) else max(m, n),)
    return shape


@mistake(
    "broadcast_shape",
    corner="the kind of error",
    hint="You raise an error for shapes that do not fit, but of another kind. Whoever calls your function waits for "
    "a ValueError.",
    read="sec-arrays-rule",
)
def another_error(a, b):
    """You raise another error than ValueError."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    assert all(m == n or 1 in (m, n) for m, n in zip(a, b, strict=True)), "they do not fit"
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="You put a single 1 in front of the shorter shape. It needs as many as are missing.",
    read="sec-arrays-rule",
)
def a_single_one(a, b):
    """Only one missing axis is filled in."""
    if len(a) < len(b):
        a = (1, *a)
    if len(b) < len(a):
        b = (1, *b)
    length = min(len(a), len(b))
    return _pairs(a[:length], b[:length])


@mistake(
    "broadcast_shape",
    corner="the empty shape",
    hint="A single number has the shape (), and it fits to everything.",
    read="sec-arrays-rule",
)
def empty_shape_refused(a, b):
    """The empty shape raises an error."""
    if not a or not b:
        raise ValueError("an empty shape")
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)


@mistake(
    "broadcast_shape",
    corner="the message",
    hint='Whoever reads the error wants to know which shapes do not fit: raise ValueError(f"…") with a message.',
    read="sec-arrays-checks",
)
def without_a_message(a, b):
    """Your ValueError has no message."""
    length = max(len(a), len(b))
    try:
        return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)
    except ValueError:
        raise ValueError from None


def _pairs(a, b):
    """The result for shapes of the same length."""
    if len(a) != len(b):
        raise ValueError("the shapes have different lengths")
    shape = ()
    for m, n in zip(a, b, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape += (n if m == 1 else m,)
    return shape


@mistake("broadcast_shape", corner="the empty shape", same_as="stops_at_the_shorter")
def cut_at_minus_zero(a, b):
    """The axes of the longer shape are lost where the other is empty."""
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    return long[: -len(short)] + _pairs(long[len(long) - len(short) :], short)


@mistake("broadcast_shape", same_as="larger_of_the_two")
def zero_taken_for_missing(a, b):
    """0 beside 1 gives 1 and not 0."""
    length = max(len(a), len(b))
    shape = ()
    for m, n in zip((0,) * (length - len(a)) + a, (0,) * (length - len(b)) + b, strict=True):
        if m != n and m > 1 and n > 1:
            raise ValueError(f"{a} and {b} do not fit")
        shape += (max(m, n),)
    return shape


@mistake("broadcast_shape", corner="shapes that do not fit", same_as="no_error")
def error_returned(a, b):
    """Shapes that do not fit raise no error."""
    length = max(len(a), len(b))
    try:
        return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)
    except ValueError as error:
        return error


@mistake(
    "broadcast_shape",
    hint="You check that the shapes fit, and return the longer of them. It may have a 1 where the other has 3.",
    read="sec-arrays-rule",
)
def the_longer_one(a, b):
    """You return one of the two shapes."""
    length = max(len(a), len(b))
    _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)
    return a if len(a) >= len(b) else b


@mistake(
    "broadcast_shape",
    hint="You ask the shorter shape for a number that it does not have. Put ones in front of it first, until both are of "
    "the same length.",
    read="sec-arrays-rule",
)
def asked_beyond_the_end(a, b):
    """You count to the length of the longer shape in the shorter one."""
    shape = ()
    for i in range(1, max(len(a), len(b)) + 1):
        m, n = a[-i], b[-i]
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape = (n if m == 1 else m, *shape)
    return shape


@mistake(
    "broadcast_shape",
    hint="[1] * n is a list, and a is a tuple: + joins two of a kind only. A tuple with a single 1 is written (1,), so "
    "(1,) * n has n of them.",
    read="sec-arrays-rule",
)
def list_and_tuple_joined(a, b):
    """You join a list and a tuple."""
    length = max(len(a), len(b))
    return tuple(_pairs([1] * (length - len(a)) + a, [1] * (length - len(b)) + b))


@mistake("broadcast_shape", same_as="another_error", corner="the kind of error")
def asserted_without_a_message(a, b):
    """An assert stands in place of the error, without a message."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    for m, n in zip(a, b, strict=True):
        assert m == n or 1 in (m, n)
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


@mistake("broadcast_shape", same_as="one_does_not_stretch")
def or_in_place_of_and(a, b):
    """The numbers must both be 1."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    for m, n in zip(a, b, strict=True):
        if m != n and (m != 1 or n != 1):
            raise ValueError(f"{m} does not fit {n}")
    return a


@mistake(
    "broadcast_shape",
    hint="The numbers of the two shapes are multiplied. Where they are equal, the sum is as long as both.",
    read="sec-arrays-rule",
)
def multiplied(a, b):
    """The numbers of both shapes are multiplied."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return tuple(m * n for m, n in zip(a, b, strict=True))


@mistake("broadcast_shape", same_as="one_does_not_stretch", corner="an axis of length 0")
def one_is_the_smaller(a, b):
    """0 beside 1 is refused, since the 1 is looked for as the smaller of the two."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and min(m, n) != 1 for m, n in zip(a, b, strict=True)):
        raise ValueError(f"{a} and {b} do not fit")
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="assert raises an AssertionError, for what cannot happen in a program that is right. The text asks for a ValueError: raise ValueError(message).",
    read="sec-arrays-rule",
)
def assertion(a, b):
    """An assert stands in place of the ValueError."""
    size = max(len(a), len(b))
    shape = []
    for m, n in zip((1,) * (size - len(a)) + a, (1,) * (size - len(b)) + b):
        assert m == n or 1 in (m, n), "the shapes do not fit"
        shape.append(n if m == 1 else m)
    return tuple(shape)


# --- right answers, written another way ---


@alternative("broadcast_shape")
def from_the_right(a, b):
    """From the right, with a filler for missing axes."""
    shape = []
    for m, n in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m == 1 or m == n:
            shape.insert(0, n)
        elif n == 1:
            shape.insert(0, m)
        else:
            raise ValueError(f"{m} and {n} do not fit")
    return tuple(shape)


@alternative("broadcast_shape")
def recursive(a, b):
    """The last axis, and the shape of the rest."""
    if not a or not b:
        return a or b
    if a[-1] != b[-1] and a[-1] != 1 and b[-1] != 1:
        raise ValueError("these shapes do not fit", a, b)
    return (*broadcast_shape(a[:-1], b[:-1]), b[-1] if a[-1] == 1 else a[-1])


@alternative("broadcast_shape")
def numpy_integers(a, b):
    """NumPy arrays of the two shapes."""
    length = max(len(a), len(b))
    p, q = (np.array([1] * (length - len(s)) + list(s), dtype=int) for s in (a, b))
    if np.any((p != q) & (p != 1) & (q != 1)):
        raise ValueError(f"operands of shapes {a} and {b} could not be broadcast")
    return tuple(np.where(p == 1, q, p))
