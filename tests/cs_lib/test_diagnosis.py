"""Sentences on wrong values: each is true of the numbers, and there where it would help."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_lib.diagnosis import LARGEST, exchanged, is_argument, relations

X = np.array([[1.5, -2.0, 3.0], [4.0, 5.0, -6.25], [0.0, 8.0, 9.0]])
LAST = np.array([[0, 0, 1.0]] * 3)

CASES = [
    (-X, ["Each entry is what is wanted, with the other sign."]),
    (3 * X, ["Each entry is 3 times what is wanted."]),
    (X / 7, ["Each entry is 1/7 times what is wanted."]),
    (X * np.log(2), ["Each entry is 0.693147 times what is wanted."]),
    (X + 2, ["Each entry is by 2 too large."]),
    (X - 0.125, ["Each entry is by 0.125 too small."]),
    (X.T, ["This is what is wanted, transposed."]),
    (X[::-1], ["This is what is wanted, in reverse order along axis 0."]),
    (X[:, ::-1], ["This is what is wanted, in reverse order along axis 1."]),
    (np.sort(X, axis=None).reshape(3, 3), ["This is what is wanted, in another order."]),
    (np.trunc(X), ["Each entry is what is wanted, rounded down."]),
    (np.abs(X), ["Each wrong entry is what is wanted, with the other sign."]),
    (X + LAST, ["All wrong entries have index 2 on axis 1."]),
    (X + 1 - LAST, ["All entries are wrong but those with index 2 on axis 1."]),
    (X + np.eye(3), ["All wrong entries are on the diagonal."]),
    (X + 1 - np.eye(3), ["All entries are wrong but those on the diagonal."]),
    (np.where(X < 0, 1, X), ["All wrong entries are where a negative number is wanted."]),
    (np.where(X == 1.5, 0, X), []),  # one wrong entry: it is shown
    (X**2 + 1, []),
]


@pytest.mark.parametrize(("got", "said"), CASES)
def test_a_relation_is_said_in_a_sentence(got, said):
    found = relations(got, X)
    assert [sentence for sentence in found if sentence in said] == said
    assert len(found) <= (2 if said else 0)


def test_entries_that_were_never_written():
    got = np.zeros((3, 2))
    got[0] = [1, 2]
    want = np.arange(1.0, 7).reshape(3, 2)
    assert relations(got, want)[0] == "Each wrong entry is 0."


def test_bytes_that_wrap_around():
    want = np.array([300, 5, 511])
    assert relations(want.astype(np.uint8), want) == [
        "Each entry is right up to multiples of 256: unsigned bytes wrap around."
    ]


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ([0.0, -1, -1, 0], [-1.0, 0, -1, 0]),  # the slopes at two kinks are exchanged
        ([1.0, 0, 0, 1, 1, 0], [0.0, 1, 1, 0, 0, 1]),  # misses are counted, not hits
        ([0.7, 0.3], [0.3, 0.7]),  # 1 - p, not p reversed
        ([[0.0, 1], [0, 0]], [[0.0, 0], [1, 0]]),
        ([0.125, 0.0625, 0.125, 0.0625, 3], [0.0625, 0.125, 0.0625, 0.125, 3.0]),
    ],
)
def test_two_numbers_that_change_places_are_no_order(got, want):
    got, want = np.array(got), np.array(want)
    assert not [s for s in relations(got, want) if "order" in s or "transposed" in s]


def test_two_rows_of_several_numbers_may_be_exchanged():
    want = np.array([[5.0, 0, 12.25], [4, 3, 12]])
    said = ["This is what is wanted, in reverse order along axis 0."]
    assert relations(want[::-1], want) == said
    said = ["This is what is wanted, in another order."]
    assert relations(want[:, [1, 0, 2]], want)[:1] == said


@pytest.mark.parametrize(
    ("got", "want", "said"),
    [
        (5.0, 2.5, ["This is 2 times what is wanted."]),
        (-2.5, 2.5, ["This is what is wanted, with the other sign."]),
        (3.0, 2.5, []),  # of one number, any other factor is chance
        (4.0, 2.0, []),  # and so is the ratio of small whole numbers
        (2.0, 0.0, []),
        (np.nan, 2.0, []),
    ],
)
def test_of_one_number_little_is_said(got, want, said):
    assert relations(np.asarray(got), np.asarray(want)) == said


def test_a_factor_is_looked_for_in_the_shapes_of_the_arguments():
    said = ["This is 5 times what is wanted.", "5 is the length of axis 0 of its second argument."]
    assert relations(np.asarray(12.5), np.asarray(2.5), (3, np.ones((5, 2)))) == said
    said[0] = "This is 1/5 times what is wanted."
    assert relations(np.asarray(0.5), np.asarray(2.5), (3, np.ones((5, 2)))) == said
    assert relations(np.asarray(12.5), np.asarray(2.5), (3, np.ones((4, 2)))) == []


def test_results_that_stand_in_each_others_place():
    a, b, c = np.ones(2), np.zeros(2), 7
    assert exchanged((b, a, c), (a, b, c)) == ["Results 1 and 2 are exchanged."]
    assert exchanged((a, b, c), (a, b, 8)) == []
    assert exchanged((b, "x", None), (a, b, ...)) == []


def test_a_result_that_is_an_argument():
    assert is_argument(X, ("a", [[1], [2, 3]], X)) == ["This is its third argument, unchanged."]
    assert is_argument(np.asarray(3.0), (3.0,)) == []  # one number: chance
    assert is_argument(None, (X,)) == []


def test_no_time_is_spent_on_much():
    large = np.ones(LARGEST + 1)
    assert relations(2 * large, large) == []
    assert is_argument(large, (large,)) == []


def _sentences(got, want, arguments):
    yield from relations(got, want, arguments)
    yield from is_argument(got, arguments)
    yield from exchanged((got, want), (want, got))


numbers = st.sampled_from([0, 1, -1, 2, 0.5, 3, -2.75, 1e9, 1e-9, np.nan, np.inf])
arrays = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: st.lists(numbers, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
        lambda entries: np.array(entries, float).reshape(shape)
    )
)


_NUMBER = r"-?[\d.,/]+(?:e[+-]?\d+)?"
PATTERN = re.compile(
    rf"Each (?:wrong )?entry is (?:{_NUMBER} times what is wanted|by {_NUMBER} too (?:large|small)"
    r"|what is wanted, (?:with the other sign|rounded (?:down|to a whole number))"
    r"|0|right up to multiples of 256: unsigned bytes wrap around)\."
    rf"|This is (?:{_NUMBER} times what is wanted|right up to multiples of 256: unsigned bytes wrap"
    r" around|what is wanted, with the other sign"
    r"|what is wanted, (?:transposed|in reverse order along axis \d+|in another order))\."
    r"|This is its \w+ argument, unchanged\."
    rf"|{_NUMBER} is the length of axis \d+ of its \w+ argument\."
    r"|All wrong entries (?:have index \d+ on axis \d+|are on the diagonal"
    r"|are where (?:0 is wanted|a negative number is wanted))\."
    r"|All entries are wrong but those (?:with index \d+ on axis \d+|on the diagonal)\."
    r"|Results \d and \d are exchanged\."
)


@given(arrays, st.sampled_from([-1, 2, 0.5, 1e-3, np.pi]), st.integers(0, 6))
def test_every_sentence_is_of_the_known_form(want, factor, kind):
    """Nothing in it can be chosen by an answer but a number."""
    changes = (
        lambda x: factor * x,
        lambda x: x + factor,
        lambda x: x[::-1],
        np.abs,
        np.trunc,
        lambda x: x * (np.arange(x.size).reshape(x.shape) > 1),
        lambda x: x + np.eye(*x.shape),
    )
    with np.errstate(all="ignore"):
        for sentence in _sentences(changes[kind](want), want, (want, want + 1)):
            assert PATTERN.fullmatch(sentence), sentence
