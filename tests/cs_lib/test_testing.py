"""Checks are silent on right answers, and say just what a student needs on wrong ones."""

import json
import linecache
import random
import sys

import numpy as np
import pytest
import torch

from cs_lib import hints, testing
from cs_lib.testing import (
    CheckFailed,
    call,
    check_call,
    check_close,
    check_equal,
    check_fast,
    check_memory,
    check_raises,
)


def double(x):
    return 2 * x


def double_in_place(x):
    x *= 2
    return x


def unwritten(x):
    raise NotImplementedError("Replace the `raise` line in unwritten with your code.")


def crashes(x):
    return x[7]


def forgets_to_return(x):
    2 * x


def rolls_dice(x):
    np.random.seed(0)
    return 2 * x


def rolls_python_dice(x):
    random.random()
    return 2 * x


def pair(x):
    return 2 * x, [1]


def hungry(x):
    return np.zeros(10**6) is None


def slow(x):
    return sum(i * i for i in range(300_000))


X = np.array([1.0, 2.0])
GRID = np.arange(6.0).reshape(2, 3)

MESSAGES = [
    (
        lambda: check_close([1.0, 2.5, 3.0], [1.0, 2.0, 4.0], "f: case"),
        [
            "✗ f: case",
            "entry [1]: got 2.5, want 2.0 (relative error 0.25, tolerance 1e-06)",
            "2 of 3 entries are wrong",
        ],
    ),
    (
        lambda: check_close(GRID + np.eye(2, 3), GRID, "f: case"),
        [
            "✗ f: case",
            "entry [0, 0]: got 1.0, want 0.0 (error 1, tolerance 1e-06)",
            "2 of 6 entries are wrong",
        ],
    ),
    (
        lambda: check_close(0.5, 0.25, "f: case"),
        ["✗ f: case", "got 0.5, want 0.25 (relative error 1, tolerance 1e-06)"],
    ),
    (
        lambda: check_close(np.array([np.nan, 1.0]), [1.0, 1.0], "f: case"),
        [
            "✗ f: case",
            "entry [0]: got nan, want 1.0 (nan comes from the root of a negative number, 0/0, "
            "or the mean of nothing)",
            "1 of 2 entries is wrong",
        ],
    ),
    (
        lambda: check_close(GRID.T, GRID, "f: case"),
        ["✗ f: case", "got shape (3, 2), want shape (2, 3)", "Is it transposed?"],
    ),
    (
        lambda: check_close(GRID[0], GRID, "f: case"),
        ["✗ f: case", "got shape (3,), want shape (2, 3)"],
    ),
    (
        lambda: check_close(X.astype(np.float32), X, "f: case"),
        ["✗ f: case", "got dtype float32, want dtype float64"],
    ),
    (
        lambda: check_close([1, 2], [1.0, 2.0], "f: case"),
        ["✗ f: case", "got whole numbers (dtype int64), want floats (dtype float64)"],
    ),
    (
        lambda: check_close([1.0, 2.0], X, "f: case"),
        ["✗ f: case", "got a list, want a NumPy array: np.array(…) makes one"],
    ),
    (
        lambda: check_close(None, X, "f: case"),
        ["✗ f: case", "got None. Does every path of your function end with a return?"],
    ),
    (
        lambda: check_close([[1.0], [2.0, 3.0]], [[1.0], [2.0]], "f: case"),
        [
            "✗ f: case",
            "got list [[1.0], [2.0, 3.0]] whose rows have different lengths, want an array",
        ],
    ),
    (
        lambda: check_close("five", 5.0, "f: case"),
        ["✗ f: case", "got str 'five', want numbers"],
    ),
    (
        lambda: check_equal(np.array([3, 1]), np.array([3, 2]), "f: case"),
        ["✗ f: case", "entry [1]: got 1, want 2", "1 of 2 entries is wrong"],
    ),
    (
        lambda: check_equal(np.array([3.0, 2.0]), np.array([3, 2]), "f: case"),
        ["✗ f: case", "got floats (dtype float64), want whole numbers (dtype int64)"],
    ),
    (lambda: check_equal(np.bool_(False), True, "f: case"), ["✗ f: case", "got False, want True"]),
    (lambda: check_equal(1, True, "f: case"), ["✗ f: case", "got int 1, want bool True"]),
    (lambda: check_equal(["b"], ["a"], "f: case"), ["✗ f: case", "got ['b'], want ['a']"]),
    (
        lambda: check_equal({"a": 1}, {"a": 2}, "f: case"),
        ["✗ f: case", "got {'a': 1}, want {'a': 2}"],
    ),
    (
        lambda: check_call(double, X, want=3 * X, label="case"),
        [
            "✗ double: case",
            "entry [0]: got 2.0, want 3.0 (relative error 0.33, tolerance 1e-06)",
            "2 of 2 entries are wrong",
            "for   double(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(double, np.arange(40.0), want=np.arange(40.0), label="case"),
        [
            "✗ double: case",
            "entry [1]: got 2.0, want 1.0 (relative error 1, tolerance 1e-06)",
            "39 of 40 entries are wrong",
        ],  # the argument would not fit on a screen
    ),
    (
        lambda: check_call(pair, X, want=(2 * X, [2]), label="case"),
        [
            "✗ pair: case",
            "result 2 of 2: entry [0]: got 1, want 2",
            "for   pair(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(double, X, want=(X, X), label="case"),
        [
            "✗ double: case",
            "got ndarray of shape (2,), dtype float64, want a tuple of 2 results",
            "for   double(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(double_in_place, X.copy(), want=2 * X, label="case"),
        [
            "✗ double_in_place: case",
            "the call changed its argument x. Work on a copy (x = x.copy()), or write "
            "x = x - m in place of x -= m.",
            "for   double_in_place(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(rolls_dice, X, want=2 * X, label="case"),
        [
            "✗ rolls_dice: case",
            "the call used the global random state (np.random.…). ",
            "Draw from a generator.",
        ],
    ),
    (
        lambda: check_call(rolls_python_dice, X, label="case"),
        [
            "✗ rolls_python_dice: case",
            "the call used the global random state (np.random.…). ",
            "Draw from a generator.",
        ],
    ),
    (
        lambda: check_call(unwritten, X, want=2 * X, label="case"),
        [
            "✗ unwritten: case",
            "not written yet. Replace the `raise` line in unwritten with your code.",
        ],
    ),
    (
        lambda: check_call(crashes, X, want=X, label="case"),
        [
            "✗ crashes: case",
            "your code raised IndexError: index 7 is out of bounds for axis 0 ",
            "with size 2",
            "for   crashes(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(forgets_to_return, X, want=X, label="case"),
        [
            "✗ forgets_to_return: case",
            "got None. Does every path of your function end with a return?",
            "for   forgets_to_return(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_raises(double, X, label="case"),
        [
            "✗ double: case",
            "returned ndarray of shape (2,), dtype float64, but this input is not ",
            "legal: raise ValueError",
        ],
    ),
    (
        lambda: check_raises(crashes, X, label="case"),
        ["✗ crashes: case", "raised IndexError, want ValueError with a message that helps"],
    ),
]


def failure(check):
    with pytest.raises(CheckFailed) as caught:
        check()
    return caught.value


@pytest.mark.parametrize(("check", "lines"), MESSAGES)
def test_a_wrong_answer_gets_this_message(check, lines, capsys):
    message = str(failure(check))
    assert message.replace("\n  ", "") == "".join(lines)
    assert len(message.splitlines()) <= 24, "one screen"
    assert capsys.readouterr() == ("", "")


RIGHT = [
    lambda: check_close([1.0, 2.0 + 1e-9], [1.0, 2.0], "f"),
    lambda: check_close(np.array([np.nan]), [np.nan], "f"),
    lambda: check_close(torch.tensor([1.0, 2.0]), [1.0, 2.0], "f"),
    lambda: check_close(np.float64(0.5), 0.5, "f"),
    lambda: check_equal(np.array([1, 2], dtype=np.uint8), np.array([1, 2]), "f"),
    lambda: check_equal(np.bool_(True), True, "f"),
    lambda: check_equal([], [], "f"),
    lambda: check_equal("a", "a", "f"),
    lambda: check_call(double, X, want=2 * X, label="case"),
    lambda: check_call(pair, X, want=(2 * X, [1]), label="case"),
    lambda: check_call(double, X, label="any result will do"),
    lambda: check_raises(lambda: int("x"), label="case"),
    lambda: check_fast(double, X, seconds=1, label="case"),
    lambda: check_memory(double, X, megabytes=1, label="case"),
]


@pytest.mark.parametrize("check", RIGHT)
def test_a_right_answer_passes_in_silence(check, capsys):
    assert check() is None
    assert capsys.readouterr() == ("", "")


def test_too_much_time_and_memory_are_reported():
    late = failure(lambda: check_fast(slow, X, seconds=1e-3, label="case"))
    assert "limit 0.001 s. Is there a Python loop" in str(late)
    assert late.seen == "slow"
    large = failure(lambda: check_memory(hungry, X, megabytes=1, label="case"))
    assert "needed 8.0 MB at its peak, limit 1 MB" in str(large)
    assert large.seen == "memory"


def test_a_call_gives_the_result_and_explains_an_error(capsys):
    assert call(double, 3, label="case") == 6
    assert "your code raised IndexError" in str(failure(lambda: call(crashes, X, label="case")))
    assert "not written yet" in str(failure(lambda: call(unwritten, X, label="case")))
    assert capsys.readouterr() == ("", "")


def test_an_error_needs_a_message():
    def silent(x):
        raise ValueError

    assert "without a message" in str(failure(lambda: check_raises(silent, X, label="case")))


def test_the_global_random_state_is_given_back():
    np.random.seed(5)
    random.seed(5)
    before = np.random.get_state()[1].tolist(), random.getstate()
    check_call(double, X, want=2 * X, label="case")
    failure(lambda: check_call(rolls_dice, X, want=2 * X, label="case"))
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before


def test_what_the_students_code_writes_to_stderr_goes_to_stdout(capsys):
    def complains(x):
        print("careful", file=sys.stderr)
        return 2 * x

    check_call(complains, X, want=2 * X, label="case")
    assert capsys.readouterr() == ("careful\n", "")


def test_a_notebook_shows_the_message_and_no_stack():
    error = failure(lambda: check_equal(1, 2, "f: case"))
    assert error._render_traceback_() == ["✗ f: case", "  got 1, want 2"]


def test_the_line_of_the_students_own_cell_is_shown():
    source = "def crash(x):\n    y = x[0]\n    return x[9] + y\n"
    space = {}
    exec(compile(source, "/tmp/ipykernel_1/1.py", "exec"), space)
    message = str(failure(lambda: check_call(space["crash"], X, want=X, label="case")))
    assert "at    line 3 of your cell" in message


@pytest.mark.parametrize("hidden", [False, True])
def test_the_call_is_shown_for_a_visible_test_and_not_for_a_hidden_one(hidden):
    lines = ["def check():", "    check_call(double, X, want=3 * X, label='case')"]
    lines += ["### BEGIN HIDDEN TESTS"] if hidden else []
    name, source = f"/tmp/ipykernel_1/{hidden}.py", "\n".join([*lines, "check()", ""])
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space = {"check_call": check_call, "double": double, "X": X}
    error = failure(lambda: exec(compile(source, name, "exec"), space))
    assert ("for   double(" in str(error)) == (not hidden)


# --- fingerprints and hints ---

VALUES = [
    np.array([1.0, 2.0]),
    np.array([1.0, 2.0], dtype=np.float32),
    np.array([2.0, 1.0]),
    np.array([1, 2]),
    np.array([[1.0, 2.0]]),
    np.array([1.0, np.nan]),
    np.array([0.0, 0.0]),
    np.array([True, False]),
    np.arange(1000.0),
    np.arange(1000.0)[::-1],
    1.0,
    2.0,
    3,
    True,
    "text",
    ["a"],
    {"a": (True, False)},
    None,
]


def test_fingerprints_tell_values_apart():
    prints = [hints.fingerprint(value) for value in VALUES]
    for i, one in enumerate(prints):
        for j, other in enumerate(prints):
            assert hints.matches(one, other) == (i == j), (VALUES[i], VALUES[j])


@pytest.mark.parametrize("seed", range(5))
def test_a_fingerprint_survives_rounding_but_not_a_wrong_entry(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(13, 7))
    wrong = x.copy()
    wrong[rng.integers(13), rng.integers(7)] += 0.1
    known = hints.fingerprint(x)
    assert hints.matches(known, hints.fingerprint(x * (1 + 1e-9 * rng.normal(size=x.shape))))
    assert not hints.matches(known, hints.fingerprint(wrong))


def test_a_fingerprint_does_not_hold_the_values():
    value = np.arange(20.0) + 0.123456789
    assert len(hints.fingerprint(value)) < 60


@pytest.fixture
def notebook_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(checks):
        mistakes = {
            "double.tripled": {
                "when": "it is tripled",
                "hint": "Count again.",
                "read": "Page › Part",
            },
            "double.lost": {"when": "it is lost", "hint": "Look for it.", "read": "Page"},
        }
        content = {"mistakes": mistakes, "checks": checks}
        (tmp_path / hints.FILE).write_text(json.dumps(content), encoding="utf-8")
        return tmp_path

    return write


def triple(x):
    return 3 * x


triple.__name__ = "double"


def test_a_known_mistake_is_named_with_its_hint_and_section(notebook_folder):
    notebook_folder({"double: case": {hints.fingerprint(3 * X): ["double.tripled"]}})
    lines = str(failure(lambda: check_call(triple, X, want=2 * X, label="case"))).splitlines()
    assert lines[-3:] == [
        "  This is what you get when it is tripled.",
        "  Count again.",
        "  Read: Page › Part",
    ]


@pytest.mark.parametrize(
    "checks",
    [
        {"double: case": {hints.fingerprint(4 * X): ["double.tripled"]}},
        {"double: other case": {hints.fingerprint(3 * X): ["double.tripled"]}},
        {},
    ],
)
def test_an_unknown_mistake_gets_no_hint(notebook_folder, checks):
    notebook_folder(checks)
    assert "when" not in str(failure(lambda: check_call(triple, X, want=2 * X, label="case")))


def test_a_star_means_whatever_fails_there_but_a_known_value_goes_first(notebook_folder):
    known = {hints.fingerprint(4 * X): ["double.tripled"], "*": ["double.lost"]}
    notebook_folder({"double: case": known})
    assert "it is lost" in str(failure(lambda: check_call(triple, X, want=2 * X, label="case")))
    known[hints.fingerprint(3 * X)] = ["double.tripled"]
    notebook_folder({"double: case": known})
    message = str(failure(lambda: check_call(triple, X, want=2 * X, label="case")))
    assert "it is tripled" in message
    assert "it is lost" not in message


def lost(x):
    return np.array([np.nan, 4.0])


lost.__name__ = "double"


def test_a_star_means_a_value_and_no_other_failure(notebook_folder):
    notebook_folder({"double: case": {"*": ["double.lost"]}})
    assert "it is lost" in str(failure(lambda: check_call(triple, X, want=2 * X, label="case")))
    for other in (lost, crashes, forgets_to_return, double_in_place):

        def double(x, answer=other):
            return answer(x)

        message = str(failure(lambda f=double: check_call(f, X.copy(), want=5 * X, label="case")))
        assert "it is lost" not in message
    notebook_folder({"double: case": {"* not-finite": ["double.lost"]}})
    assert "it is lost" in str(failure(lambda: check_call(lost, X, want=2 * X, label="case")))


@pytest.mark.parametrize("content", ["{", "[]", '{"checks": {}}', '{"checks": []}', "\x00"])
def test_a_damaged_hints_file_is_reported_and_does_not_hide_the_message(
    notebook_folder, content, tmp_path
):
    (notebook_folder({}) / hints.FILE).write_text(content, encoding="utf-8")
    message = str(failure(lambda: check_call(triple, X, want=2 * X, label="case")))
    assert "got 3.0, want 2.0" in message
    if content != '{"checks": {}}':  # nothing to look up there
        assert "hints.json beside this notebook is damaged" in message


def test_every_public_check_is_covered_here():
    here = {name for name in globals() if name.startswith("check_")} | {"CheckFailed", "call"}
    assert set(testing.__all__) == here


def test_what_a_check_saw_of_an_error_is_the_built_in_that_it_is():
    class Own(KeyError):
        pass

    def raises(error):
        def function(x):
            raise error

        return failure(lambda: call(function, X, label="case")).seen

    assert raises(np.exceptions.AxisError("axis 3")) == "raised ValueError"
    assert raises(Own("k")) == "raised KeyError"
    assert raises(ZeroDivisionError()) == "raised ZeroDivisionError"
