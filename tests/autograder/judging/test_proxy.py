"""What stands here for the student's objects, exceptions and changed arguments."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograder.judging.boundary import Malformed, pack
from autograder.judging.proxy import KINDS, References, exception, put_back

NOT_TOLD, TOLD = SimpleNamespace(told=False), SimpleNamespace(told=True)


def seen(connection, number, kind):
    """The proxy of an object that the far side refers to by a number, of a class called kind."""
    references = References(connection, {"Layer"})
    return references.resolve(["O", number, kind, "", ["call"], []])


def test_kinds_of_objects_without_number_take_no_memory():
    references = References(NOT_TOLD, set())
    for i in range(3 * KINDS):
        handle = references.resolve(["O", i, f"Kind{i}", "", ["call"], []])
    assert type(handle).__name__ == "object"
    assert len(references._kinds) <= KINDS + 2


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("Layer", "Layer", "Layer"), ("int", "int", "int"), ("x12345678", "x12345678", "object")],
)
def test_once_it_is_told_the_far_side_names_no_new_kinds(kind, before, after):
    assert type(seen(NOT_TOLD, 0, kind)).__name__ == before
    assert type(seen(TOLD, 0, kind)).__name__ == after


@pytest.mark.parametrize("number", [-1, 1, True, "0", None, 10**10])
def test_a_reference_to_a_function_that_was_not_given_is_malformed(number):
    references = References(NOT_TOLD, set())
    assert references.resolve(["H", references.refer(print)[1]]) is print
    with pytest.raises(Malformed):
        references.resolve(["H", number])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (np.arange(4.0), np.ones(4)),
        ([1, [2, 3]], [1, [5]]),
        ((1, np.zeros(2)), (1, np.ones(2))),
        ({"a": np.zeros(2), "b": 1}, {"a": np.ones(2), "c": 2}),
        ({1, 2}, {3}),
    ],
)
def test_changes_are_made_in_the_value_itself(old, new):
    inside = old[1] if isinstance(old, tuple) else old
    found = put_back(old, new)
    assert found is old
    assert (old[1] if isinstance(old, tuple) else old) is inside
    assert pack(old) == pack(new)


def test_a_generator_is_put_on():
    rng, other = np.random.default_rng(1), np.random.default_rng(1)
    other.random(5)
    put_back(rng, other)
    assert rng.random() == other.random()


def _read_only(size):
    array = np.zeros(size)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("old", "new"),
    [(np.zeros(3), np.zeros(3, np.float32)), (_read_only(3), np.ones(3))],
)
def test_a_change_that_cannot_be_is_malformed(old, new):
    with pytest.raises(Malformed):
        put_back(old, new)


@pytest.mark.parametrize(
    ("name", "base", "parent"),
    [
        ("ValueError", "ValueError", ValueError),
        ("LinAlgError", "ValueError", ValueError),
        ("UnicodeDecodeError", "UnicodeDecodeError", UnicodeDecodeError),
        ("StopIteration", "StopIteration", Exception),  # would end a loop of the judge's
        ("SystemExit", "SystemExit", Exception),
        ("GeneratorExit", "BaseException", Exception),
        ("OfTheTests", "print", Exception),
        ("x y; z", "ValueError", ValueError),
        ("Odd", ["ValueError"], Exception),
    ],
)
def test_exceptions_look_as_theirs_and_end_nothing(name, base, parent):
    error = exception(name, base, "what it says")
    assert type(error).__mro__[1] is parent
    assert type(error).__name__ == (name if name.isidentifier() else "object")
    assert str(error) == "what it says"
    assert isinstance(error, Exception)
    assert not isinstance(error, StopIteration)
