"""Checks are silent on right answers, and say just what a student needs on wrong ones."""

import copy
import json
import linecache
import random
import re
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
    check_growth,
    check_memory,
    check_no_loop,
    check_raises,
    passed,
    progress,
)


def double(x):
    return 2 * x


def double_in_place(x):
    x *= 2
    return x


def unwritten(x):
    raise NotImplementedError("Replace the `raise` line in unwritten with your code.")


def refuses(x):
    raise NotImplementedError("negative numbers")


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


def rolls_torchs_dice(x):
    torch.manual_seed(0)
    return 2 * x


def makes_a_layer(x):
    torch.nn.Linear(2, 2)
    return 2 * x


def hungry(x):
    return np.zeros(10**6) is None


def one_by_one(x):
    return np.array([2 * value for value in x])


def slow(n):
    for _ in range(n):
        pass


def pairs(n):
    return [(i, j) for i in range(n) for j in range(n)]


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def locks(x):
    y = x[:]
    x.flags.writeable = False
    return 2 * y


def turns_the_gradient_off(x):
    return 2 * x.requires_grad_(False)


X = np.array([1.0, 2.0])
GRID = np.arange(6.0).reshape(2, 3)

MESSAGES = [
    (
        lambda: check_close([1.0, 2.5, 3.0], [1.0, 2.0, 4.0], "f: case"),
        [
            "✗ f: case",
            "entry [1]: got 2.5, want 2.0",
            "2 of 3 entries are wrong",
        ],
    ),
    (
        lambda: check_close(GRID + np.eye(2, 3), GRID, "f: case"),
        [
            "✗ f: case",
            "entry [0, 0]: got 1.0, want 0.0",
            "2 of 6 entries are wrong",
        ],
    ),
    (
        lambda: check_close(0.5, 0.25, "f: case"),
        ["✗ f: case", "got 0.5, want 0.25", "This is 2 times what is wanted."],
    ),
    (
        lambda: check_close(np.array([np.nan, 1.0]), [1.0, 1.0], "f: case"),
        [
            "✗ f: case",
            "entry [0]: got nan, want 1.0 (nan comes from the root or logarithm of a negative "
            "number, 0/0, ∞ − ∞, or the mean of nothing)",
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
        lambda: check_equal(np.array([4, 1]), np.array([4, 2, 1]), "f: case"),
        ["✗ f: case", "got shape (2,), want shape (3,)", "got [4, 1], want [4, 2, 1]"],
    ),
    (
        lambda: check_equal(np.arange(13), np.array([4, 2]), "f: case"),
        ["✗ f: case", "got shape (13,), want shape (2,)"],
    ),
    (
        lambda: check_close(X.astype(np.float32), X, "f: case"),
        ["✗ f: case", "got dtype float32, want dtype float64"],
    ),
    (
        lambda: check_close(1.001, 1.0, "f: case"),
        ["✗ f: case", "got 1.001, want 1.0 (relative error 0.001, tolerance 1e-06)"],
    ),
    (
        lambda: check_close([1, 2], [1.0, 2.0], "f: case", exact_dtype=True),
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
            "entry [0]: got 2.0, want 3.0",
            "2 of 2 entries are wrong",
            "for   double(np.array([1., 2.]))",
            "Each entry is 2/3 times what is wanted.",
        ],
    ),
    (
        lambda: check_call(double, np.arange(40.0), want=np.arange(40.0), label="case"),
        [
            "✗ double: case",
            "entry [1]: got 2.0, want 1.0",
            "39 of 40 entries are wrong",
            "Each entry is 2 times what is wanted.",
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
            "returned ndarray of shape (2,), dtype float64, want a tuple of 2 results: ",
            "return a, b, …",
            "for   double(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(pair, X, want=(..., [1], ...), label="case"),
        [
            "✗ pair: case",
            "returned a tuple of 2, want a tuple of 3 results",
            "for   pair(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(pair, X, want=(..., [2]), label="case"),
        [
            "✗ pair: case",
            "result 2 of 2: entry [0]: got 1, want 2",
            "for   pair(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_no_loop(one_by_one, (np.ones(5),), (np.ones(300),), label="case"),
        [
            "✗ one_by_one: case",
            "ran 8 lines of Python for the small input and 303 for the large one: there is a loop ",
            "(a comprehension is one, too) where NumPy can do all at once",
        ],
    ),
    (
        lambda: check_call(double_in_place, X.copy(), want=2 * X, label="case"),
        [
            "✗ double_in_place: case",
            "the call changed its argument x. Work on a copy (x = x.copy()): x -= m, x.sort() and "
            "np.fill_diagonal(x, 0) all write into x.",
            "for   double_in_place(np.array([1., 2.]))",
        ],
    ),
    (
        lambda: check_call(rolls_dice, X, want=2 * X, label="case"),
        [
            "✗ rolls_dice: case",
            "the call used the global random state (of np.random, random or torch). ",
            "Draw from a generator.",
        ],
    ),
    (
        lambda: check_call(rolls_torchs_dice, X, label="case"),
        [
            "✗ rolls_torchs_dice: case",
            "the call used the global random state (of np.random, random or torch). ",
            "Draw from a generator.",
        ],
    ),
    (
        lambda: check_call(makes_a_layer, X, label="case"),
        [
            "✗ makes_a_layer: case",
            "the call used the global random state (of np.random, random or torch). ",
            "Draw from a generator.",
        ],
    ),
    (
        lambda: check_call(rolls_python_dice, X, label="case"),
        [
            "✗ rolls_python_dice: case",
            "the call used the global random state (of np.random, random or torch). ",
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
    lambda: check_close([1, 2], np.array([1.0, 2.0])[()].tolist(), "f"),
    lambda: check_close(np.array([1, 2]), np.array([1.0, 2.0]), "f"),
    lambda: check_equal(np.array([1, 2], dtype=np.uint8), np.array([1, 2]), "f"),
    lambda: check_equal(np.bool_(True), True, "f"),
    lambda: check_equal([], [], "f"),
    lambda: check_equal("a", "a", "f"),
    lambda: check_call(double, X, want=2 * X, label="case"),
    lambda: check_call(pair, X, want=(2 * X, [1]), label="case"),
    lambda: check_call(double, X, label="any result will do"),
    lambda: check_call(pair, X, want=(..., [1]), label="one of the results may be anything"),
    lambda: check_no_loop(double, (np.ones(5),), (np.ones(300),), label="case"),
    lambda: check_raises(lambda: int("x"), label="case"),
    lambda: check_growth(slow, (10,), (40,), times=4, label="case"),
    lambda: check_call(double, read_only(X), want=2 * X, label="an array that is read-only before"),
    lambda: check_memory(double, X, megabytes=1, label="case"),
]


@pytest.mark.parametrize("check", RIGHT)
def test_a_right_answer_passes_in_silence(check, capsys):
    assert check() is None
    assert capsys.readouterr() == ("", "")


def test_too_much_work_and_memory_are_reported():
    late = failure(lambda: check_growth(pairs, (10,), (40,), times=8, label="case"))
    assert re.search(
        r"ran 1?\d\d lines .* and 1,\d\d\d .*, over 8 times as many\. Does it", str(late)
    )
    assert late.seen == "slow"
    large = failure(lambda: check_memory(hungry, X, megabytes=1, label="case"))
    assert "needed 8.0 MB at its peak, limit 1 MB" in str(large)
    assert large.seen == "memory"


def test_what_the_caller_set_for_an_argument_stays():
    locked = failure(lambda: check_call(locks, X.copy(), label="case"))
    assert "changed its argument x. Its flags.writeable was True, and is False: do " in str(locked)
    assert locked.seen == "changed flag of x"
    x = torch.ones(2, requires_grad=True)
    off = failure(lambda: check_call(turns_the_gradient_off, x, label="case"))
    assert "Its requires_grad was True, and is False" in str(off)


def doubles_all(x):
    """Multiply all numbers in x by 2, where they are."""
    for key in x if isinstance(x, dict) else range(len(x)):
        part = x[key]
        if isinstance(part, list | dict | tuple):
            doubles_all(part)
        elif isinstance(part, np.ndarray | torch.Tensor):
            part *= 2
        else:
            x[key] = 2 * part


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (X, "Work on a copy (x = x.copy())"),
        (torch.ones(2), "Work on a copy (x = x.clone())"),
        ([1, 2], "Work on a copy (x = x.copy())"),
        ({"a": 1.5}, "Work on a copy (x = x.copy())"),
        ([X, X[:1]], "Copy what is in it, too (x = [p.copy() for p in x])"),
        ((X, X[:1]), "Copy what is in it, too (x = tuple(p.copy() for p in x))"),
        ([[1, 2], [3]], "Copy what is in it, too (x = [p.copy() for p in x])"),
        ([torch.ones(2)], "Copy what is in it, too (x = [p.clone() for p in x])"),
        ((torch.ones(2),), "Copy what is in it, too (x = tuple(p.clone() for p in x))"),
        ({"w": X}, "Copy what is in it, too (x = {key: value.copy() for key, value in x.items()})"),
        ({"w": torch.ones(2)}, "(x = {key: value.clone() for key, value in x.items()})"),
        ([X, 3], "Copy what is in it, too (x = copy.deepcopy(x), after import copy)"),
        ([(X, X)], "Copy what is in it, too (x = copy.deepcopy(x), after import copy)"),
        ({"w": [X]}, "Copy what is in it, too (x = copy.deepcopy(x), after import copy)"),
        ([X, torch.ones(2)], "(x = copy.deepcopy(x), after import copy)"),
    ],
)
def test_who_follows_the_advice_on_a_changed_argument_changes_it_no_more(value, advice):
    told = str(failure(lambda: check_call(doubles_all, copy.deepcopy(value), label="case")))
    assert f"the call changed its argument x. {advice.split('(')[0]}" in told
    assert advice in told

    def heeds(x):
        code = re.search(r"\(x = (.*?)(?:, after import copy)?\): ", told)[1]
        doubles_all(eval(code, {"x": x, "copy": copy}))

    check_call(heeds, copy.deepcopy(value), label="case")


def test_an_argument_without_a_name_is_to_be_copied_as_x():
    def changes(*many):
        many[1][0] = 7

    told = str(failure(lambda: check_call(changes, 1, X.copy(), label="case")))
    assert "the call changed its argument number 2. Work on a copy (x = x.copy()): " in told


def test_a_variable_without_a_value_is_one_error_whatever_its_name():
    def result(kind):
        if kind == "sum":
            y = 1
        return y

    def loss(kind):
        if kind == "mean":
            out = 2
        return out

    one, other = (failure(lambda f=f: check_call(f, "max", label="case")) for f in (result, loss))
    assert "local variable 'y'" in str(one)
    assert "local variable 'out'" in str(other)
    assert one.seen == other.seen
    assert one.seen.startswith("raised UnboundLocalError ")


def test_what_a_call_damaged_is_as_before_for_the_next_check():
    def damages(x, rows, names):
        x[0] = 7
        rows.sort()
        names["a"] = rows.pop()
        return x

    x, rows, names = np.array([1.0, 2.0]), [3, 1, 2], {"a": 0}
    part = x[:]
    failure(lambda: check_call(damages, part, rows, names, label="case"))
    assert x.tolist() == [1, 2]
    assert rows == [3, 1, 2]
    assert names == {"a": 0}
    failure(lambda: check_call(locks, x, label="case"))
    assert x.flags.writeable
    weights = torch.ones(2, requires_grad=True)
    failure(lambda: check_call(turns_the_gradient_off, weights, label="case"))
    assert weights.requires_grad
    weights = torch.ones(2)
    failure(lambda: check_call(lambda w: w.mul_(3), weights, label="case"))
    assert weights.tolist() == [1, 1]


def test_a_call_says_what_its_result_is_among_arguments_and_results():
    x, y = GRID + 1, np.array([3.0, 5.0])
    same = failure(lambda: check_call(lambda x: x, x, want=x + np.eye(2, 3), label="case"))
    assert "This is its first argument, unchanged." in str(same)
    mean = failure(lambda: check_call(lambda x: x.sum(1), x, want=x.mean(1), label="case"))
    told = [
        "Each entry is 3 times what is wanted.",
        "3 is the length of axis 1 of its first argument.",
    ]
    assert mean.relations == told
    swapped = failure(lambda: check_call(lambda x, y: (y, x), x, y, want=(x, y), label="case"))
    assert "Results 1 and 2 are exchanged." in str(swapped)


def test_a_list_of_arrays_of_different_lengths_is_no_tuple():
    def listed(x):
        return [x, x[:1]]

    message = str(failure(lambda: check_call(listed, X, want=(X, X[:1]), label="case")))
    assert "returned list [" in message
    assert "want a tuple of 2 results" in message


def test_where_a_mistake_has_a_name_its_relation_is_left_out(tmp_path, monkeypatch):
    def twice(x):
        return 2 * x

    error = failure(lambda: check_call(twice, GRID, want=GRID, label="case"))
    assert "Each entry is 2 times what is wanted." in str(error)
    known = {"when": "you double", "hint": "Once is enough.", "read": "Doubling"}
    hints_file = tmp_path / "hints.json"
    hints_file.write_text(
        json.dumps({"checks": {"twice: case": {error.seen: ["t"]}}, "mistakes": {"t": known}})
    )
    monkeypatch.setenv("DL4CV_HINTS", str(hints_file))
    assert "Once is enough." in str(error)
    assert "Each entry" not in str(error)


def test_a_result_that_may_be_anything_is_no_part_of_what_is_seen():
    def checked(rest):
        return lambda: check_call(lambda x: (x, rest), X, want=(2 * X, ...), label="case")

    one, other = failure(checked(np.zeros(5))), failure(checked(None))
    assert one.seen == other.seen
    assert one.seen.endswith(" | …")


def test_a_call_gives_the_result_and_explains_an_error(capsys):
    assert call(double, 3, label="case") == 6
    assert "your code raised IndexError" in str(failure(lambda: call(crashes, X, label="case")))
    assert "not written yet" in str(failure(lambda: call(unwritten, X, label="case")))
    said = str(failure(lambda: call(refuses, X, label="case")))
    assert "your code raised NotImplementedError: negative numbers" in said
    assert "not written yet" not in said
    assert capsys.readouterr() == ("", "")


def test_an_error_needs_a_message():
    def silent(x):
        raise ValueError

    assert "without a message" in str(failure(lambda: check_raises(silent, X, label="case")))


def test_the_global_random_state_is_given_back():
    np.random.seed(5)
    random.seed(5)
    torch.manual_seed(5)
    before = np.random.get_state()[1].tolist(), random.getstate(), torch.get_rng_state().tolist()
    check_call(double, X, want=2 * X, label="case")
    failure(lambda: check_call(rolls_dice, X, want=2 * X, label="case"))
    failure(lambda: check_call(rolls_torchs_dice, X, want=2 * X, label="case"))
    now = np.random.get_state()[1].tolist(), random.getstate(), torch.get_rng_state().tolist()
    assert now == before


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


def _failure_in_a_cell(source, **names):
    """What the code of a notebook's cell fails with."""
    name = f"/tmp/ipykernel_1/{hash(source)}.py"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space = {"check_call": check_call, "np": np, **names}
    return failure(lambda: exec(compile(source, name, "exec"), space))


@pytest.mark.parametrize(
    ("check", "line"),
    [
        ("check_call(f, big, want=0, label='c')", "f(big)"),
        ("check_call(f, 2 * big.T,\n  n=3, label='c', want=0)", "f(2 * big.T, n=3)"),
        ("for big in [big]:\n  check_call(f, big, 1, want=0, label='c')", "f(big, 1)"),
        ("a = big, 1\ncheck_call(f, *a, want=0, label='c')", "f(*a)"),
        ("check_call(f, *[big], n=3, want=0, label='c')", "f(*[big], n=3)"),
        ("long = [big] * 70\ncheck_call(len, " + "*long, " * 40 + "want=0, label='c')", None),
    ],
)
def test_an_argument_that_is_too_long_is_shown_as_the_cell_has_it(check, line):
    def f(x, n=1):
        return n

    told = [
        text for text in _failure_in_a_cell(check, f=f, big=np.zeros(40)).lines if "for " in text
    ]
    assert told == ([f"for   {line}, with the names of the cell of checks"] if line else [])


@pytest.mark.parametrize(
    "x",
    [
        np.array([[np.inf, -np.inf], [np.nan, 1]], np.float32),
        np.zeros((0, 4)),
        np.zeros((2, 0, 3), np.float32),
        np.zeros(0),
        np.zeros(0, np.int64),
        np.zeros((0, 2), bool),
    ],
)
def test_a_call_can_be_copied_as_it_is_shown(x):
    [line] = [
        text
        for text in failure(lambda: check_call(double, x, want=np.ones(3), label="c")).lines
        if "for " in text
    ]
    shown = eval(line.removeprefix("for   double"), {"np": np})
    assert np.array_equal(shown, x, equal_nan=x.dtype.kind == "f")
    assert shown.dtype == x.dtype


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
    here |= {passed.__name__, progress.__name__}
    assert set(testing.__all__) == here


def test_what_a_check_saw_of_an_error_is_the_built_in_that_it_is():
    class Own(KeyError):
        pass

    def raises(error):
        def function(x):
            raise error

        return failure(lambda: call(function, X, label="case")).seen

    assert raises(np.exceptions.AxisError("axis 3")).startswith("raised ValueError ")
    assert raises(Own("k")).startswith("raised KeyError ")
    assert raises(ZeroDivisionError()).startswith("raised ZeroDivisionError ")
    assert raises(TypeError("two")) != raises(TypeError("one")) == raises(TypeError("one"))
    assert raises(TypeError(f"{object()}")) == raises(TypeError(f"{object()}"))  # another address


# ---- Loops --------------------------------------------------------------------------------------

ROWS = """
for row in x: total = total + row.sum()
---
total = sum(row.sum() for row in x)
---
total = [row.sum() for row in x]
---
total = {i: x[i].sum() for i in range(len(x))}
---
total = list(map(lambda row: row.sum(), x))
---
i = 0
while i < len(x): i += 1
---
total = np.apply_along_axis(lambda row: row.sum(), 1, x)
---
total = np.vectorize(lambda v: v + 1)(x)
---
total = np.fromiter((row[0] for row in x), float)
---
total = np.frompyfunc(lambda v: v + 1, 1, 1)(x)
---
total = sorted(x.tolist(), key=lambda row: row[0])
---
import functools
total = functools.reduce(lambda a, row: a + row.sum(), x, 0.0)
---
def walk(n): return 0 if n == 0 else 1 + walk(n - 1)
total = walk(len(x))
---
exec("for row in x: pass")
"""
AT_ONCE = """
total = x.sum()
---
total = np.einsum("ij,kj->ik", x, x, optimize=True)
---
for k in range(3): total = total + x[:, k].sum()
---
total = np.linalg.norm(x, axis=1)[np.argsort(x[:, 0], kind="stable")]
---
total = np.pad(np.unique(x, axis=0), 1).std(axis=0).mean()
---
for chunk in np.array_split(x, 4): total = total + chunk.sum()
---
total = np.bincount(x[:, 0].astype(int), minlength=10)
"""


def of_rows(body):
    space = {"np": np}
    indented = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    exec(f"def function(x):\n    total = 0.0\n{indented}\n    return total", space)
    return space["function"]


FEW, MANY = (np.ones((4, 3)),), (np.ones((200, 3)),)


@pytest.mark.parametrize("body", ROWS.split("---"))
def test_a_loop_over_the_rows_is_found_however_it_is_written(body):
    error = failure(lambda: check_no_loop(of_rows(body), FEW, MANY, label="case"))
    assert error.seen == "loop"


@pytest.mark.parametrize("body", AT_ONCE.split("---"))
def test_what_does_all_rows_at_once_is_no_loop(body):
    check_no_loop(of_rows(body), FEW, MANY, label="case")


def test_what_einsum_keeps_of_an_earlier_call_is_not_counted():
    """The search for a good order of four products runs hundreds of lines, once for each size."""
    product = of_rows('total = np.einsum("ij,kj,kl,ml->im", x, x, x, x, optimize=True)')
    product(*FEW)
    check_no_loop(product, FEW, (np.ones((123, 3)),), label="case")


def test_who_takes_the_counter_out_has_a_loop():
    def hides(x):
        sys.settrace(None)

    assert failure(lambda: check_no_loop(hides, FEW, MANY, label="case")).seen == "loop"


# ---- How far it is ------------------------------------------------------------------------------


def run_cell(number, text, **names):
    name, text = f"/tmp/ipykernel_1/{number}.py", f"{text}\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), vars(testing) | names)


def test_a_cell_that_passes_says_so_and_progress_adds_up(capsys):
    good = 'check_call(double, 1, want=2, label="one")\ncheck_equal(1, 1, "f: two")'
    points = {"double": 5, "double: signs": 2.5, "other": 1}
    passed("what other tests have checked")
    capsys.readouterr()
    run_cell(1, f'{good}\npassed("double")', double=double)
    run_cell(2, 'check_equal(1, 1, "f: one")\npassed("double: signs")')
    run_cell(3, f"progress({points})")
    assert capsys.readouterr().out.splitlines() == [
        "✓ double: 2 visible checks passed",
        "✓ double: signs: 1 visible check passed",
        "✓ double           5",
        "✓ double: signs  2.5",
        "· other            1",
        "2 of 3 cells of checks have passed: 7.5 of 8.5 points are in reach. "
        "The hidden checks decide.",
    ]


def test_a_cell_that_fails_after_it_has_passed_is_not_counted(capsys):
    points = {"double": 5, "triple": 5}
    cell = 'check_equal(answer, 1, "f: one")\npassed("double")'
    run_cell(1, cell, answer=1)
    run_cell(2, 'check_equal(1, 1, "f: two")\npassed("triple")')
    with pytest.raises(CheckFailed):
        run_cell(3, 'check_equal(1, 1, "f: three")\n' + cell, answer=2)
    capsys.readouterr()
    progress(points)
    assert "· double" in capsys.readouterr().out
    run_cell(4, cell, answer=1)  # it counts none of the cell that failed
    assert "✓ double: 1 visible check passed" in capsys.readouterr().out
