"""The judge gives a test's points for right answers, as nbgrader does, and for nothing else."""

import copy
import json
import random
import socket
import subprocess
from dataclasses import asdict

import numpy as np
import pytest
from far_side import Parent
from mini_course import ROOT, assignments

from autograder.authoring import fingerprints, warm
from autograder.authoring.source import read_source
from autograder.authoring.withhold import withheld_copy
from autograder.intake.needed import needed
from autograder.judging.connection import OUTPUTS
from autograder.judging.judge import Limits, judge, make_plan, second_plan
from autograder.project import Project
from autograder.rooms.cold import PlainChild
from cs_lib import testing

FEW = Limits(cell=30, total=60, callbacks=2000, calls=5000)
SHORT = Limits(cell=1, total=20, callbacks=2000, calls=5000)

SOURCE = """\
# %%
import numpy as np

from cs_lib.testing import (
    check_call,
    check_equal,
    check_growth,
    check_memory,
    check_no_loop,
    check_raises,
)

scale = 3.0


def thrice(x):
    return scale * x


# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 20}
check_call(double, np.arange(3.0), want=np.array([0.0, 2.0, 4.0]), label="three numbers")
### BEGIN HIDDEN TESTS
secret_input = np.array([[70.5, -3.25]])
check_call(double, secret_input, want=np.array([[141.0, -6.5]]), label="secret label")
assert double(21) == 42
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "apply", "solution": true}
def apply(f, values):
    ### BEGIN SOLUTION
    return [f(v) for v in values]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_apply", "grade": true, "points": 20}
check_equal(apply(lambda v: v + 1, [1, 2]), [2, 3], "apply: plus one")
### BEGIN HIDDEN TESTS
hidden_answers = [41.0, 51.5]
assert apply(thrice, [1.0, 2.0]) == [3.0, 6.0]
assert apply(lambda v: double(v), [1.0]) == [2.0]
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "Layer", "solution": true}
class Layer:
    ### BEGIN SOLUTION
    def __init__(self, size, rng):
        self.weight = rng.normal(size=size)

    def forward(self, x):
        return self.weight * x

    def __len__(self):
        return len(self.weight)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_Layer", "grade": true, "points": 20}
rng = np.random.default_rng(0)
layer = Layer(4, rng)
assert np.array_equal(layer.weight, np.random.default_rng(0).normal(size=4))
assert rng.random() != np.random.default_rng(0).random(), "the state of rng did not come back"
layer.weight = np.ones(4)
assert np.array_equal(layer.forward(np.arange(4.0)), np.arange(4.0))
assert len(layer) == 4

# %% nbgrader={"grade_id": "fill", "solution": true}
def fill(x, value):
    ### BEGIN SOLUTION
    if value < 0:
        raise ValueError("value is negative")
    x[...] = value
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_fill", "grade": true, "points": 20}
board = np.zeros((2, 3))
fill(board, 5)
assert (board == 5).all() and board.size == 6
check_raises(fill, board, -1, label="a negative value")


# %% nbgrader={"grade_id": "total", "solution": true}
def total(n):
    ### BEGIN SOLUTION
    return n * (n + 1) // 2
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_total", "grade": true, "points": 20}
check_call(total, 10, want=55, label="up to ten")
check_growth(total, (10,), (40,), times=2, label="a large number")
check_memory(total, 300_000, megabytes=1, label="a number")
### BEGIN HIDDEN TESTS
check_no_loop(total, (5,), (400,), label="no loop over the numbers")
### END HIDDEN TESTS
"""

WRONG = {  # of each exercise, an answer that is worth nothing
    "double": "def double(x):\n    return None",
    "apply": "def apply(f, values):\n    return None",
    "Layer": "class Layer:\n    def __init__(self, size, rng):\n        self.weight = None",
    "fill": "def fill(x, value):\n    return None",
    "total": "def total(n):\n    return None",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "notebook.py"
    path.write_text(SOURCE)
    return read_source(path)


@pytest.fixture(scope="module")
def far():
    parent = Parent(ROOT)
    yield parent
    parent.close()


def submission(source, answers=None, first="", before=None):
    """A plan for the source's notebook with some answers replaced and cells put in.

    answers: {exercise: code}; first: a cell before all; before: {grade_id: a cell before it}.
    """
    cells = [(None, first)] if first else []
    for cell in source.cells:
        if before and cell.grade_id in before:
            cells.append((None, before[cell.grade_id]))
        cells.append((cell.grade_id, (answers or {}).get(cell.grade_id, cell.text)))
    return make_plan(source, cells)


def passed(result):
    return sorted(name for name, verdict in result.tests.items() if verdict.passed)


SUM = "return n * (n + 1) // 2"
SHOWN = "print(repr(np.random.randn()))"
ALL = ["test_Layer", "test_apply", "test_double", "test_fill", "test_total"]


def test_right_answers_pass_all_and_the_judge_leaves_testing_as_it_was(source, far):
    place = testing.place
    result = judge(make_plan(source), far)
    assert {k: v.message for k, v in result.tests.items() if not v.passed} == {}
    assert sorted(result.tests) == ALL
    assert not result.fault
    assert result.seconds > 0
    assert testing.place is place


def test_wrong_answers_pass_nothing(source, far):
    result = judge(submission(source, WRONG), far)
    assert passed(result) == []
    assert sorted(result.tests) == ALL
    assert not result.fault


def test_a_stub_fails_its_own_test_and_says_so(source, far):
    stub = 'def total(n):\n    raise NotImplementedError("Replace the `raise` line in total.")'
    result = judge(submission(source, {"total": stub}), far)
    assert passed(result) == sorted(set(ALL) - {"test_total"})
    assert (
        "not written yet. Replace the `raise` line in total." in result.tests["test_total"].message
    )


def test_a_test_runs_at_its_place_in_the_submission(source, far):
    result = judge(submission(source, before={"test_Layer": "%reset -f"}), far)
    assert {"test_double", "test_apply"} <= set(passed(result))
    assert "NameError: name 'Layer' is not defined" in result.tests["test_Layer"].message


def test_tests_that_the_submission_lacks_are_run_all_the_same(source, far):
    cells = [(c.grade_id, c.text) for c in source.cells if not c.is_test]
    assert passed(judge(make_plan(source, cells), far)) == ALL


def test_a_name_that_is_gone_is_not_taken_from_an_earlier_test(source, far):
    result = judge(submission(source, before={"test_apply": "del apply"}), far)
    assert "NameError: name 'apply' is not defined" in result.tests["test_apply"].message


def test_what_a_tested_function_prints_is_not_kept(source, far):
    loud = "import sys\ndef total(n):\n    print('S' * 100)\n    sys.stderr.write('E' * 11)\n" + (
        "    return n * (n + 1) // 2"
    )
    result = judge(submission(source, {"total": loud}), far)
    assert result.tests["test_total"].passed
    assert "SSS" not in repr(result)


GIVEN = "scale = 5\nstep = 5"


@pytest.mark.parametrize(
    ("changed", "shown", "as_given"),
    [
        ("scale = 7", "7 None", False),  # it does not raise: nothing else runs
        ("scale = 7\nimport a_package_of_mine", "7 5", True),
        ("scale = 7 +", "5 5", True),
        ("scale = 7\nraise KeyboardInterrupt", "7 None", False),  # as one whose time is over
    ],
)
def test_where_a_changed_cell_raises_what_was_given_runs_before_it(
    source, far, changed, shown, as_given
):
    plan = submission(source, first="scale, step = None, None")
    plan["cells"][1:1] = [
        {"id": None, "text": changed, "given": GIVEN},
        {"id": None, "text": "print(scale, step)"},
    ]
    result = judge(plan, far)
    assert passed(result) == ALL
    assert result.cells[1]["as_given"] is as_given
    assert [o["type"] for o in result.cells[1]["outputs"]] == ["error"] * (changed != "scale = 7")
    assert result.cells[2]["outputs"] == [
        {"type": "stream", "name": "stdout", "text": f"{shown}\n"}
    ]


@pytest.mark.parametrize(
    ("magic", "runs_on"),
    [
        ("%matplotlib widget", True),
        ("%load_ext an_extension_of_mine", True),
        ("%tensorboard --logdir logs", True),
        ("get_ipython().run_line_magic('matplotlib', 'widget')", True),
        ("%a_magic_of_mine", False),
    ],
)
def test_a_cell_runs_on_where_a_magic_that_only_shows_things_is_not_there(
    source, far, magic, runs_on
):
    result = judge(submission(source, first=f"{magic}\nprint('after')"), far)
    outputs = result.cells[0]["outputs"]
    assert ({"type": "stream", "name": "stdout", "text": "after\n"} in outputs) is runs_on
    assert any("left out" in o.get("text", "") for o in outputs) is runs_on


def test_outputs_come_back_within_limits(source, far):
    first = (
        "import sys, matplotlib.pyplot as plt\nfrom IPython.display import HTML, display\n"
        "print('hello')\nsys.stderr.write('warned')\ndisplay(HTML('<script>x</script>'))\n"
        "plt.plot([1, 2])\nprint('x' * 10**6)\n1 + 1"
    )
    cells = [(None, first), (None, "1 / 0"), (None, "for i in range(10**4): display(i)")]
    found = judge(make_plan(source, cells), far).cells
    kinds = [(o["type"], o.get("name")) for o in found[0]["outputs"]]
    assert ("stream", "stdout") in kinds
    assert ("stream", "stderr") in kinds
    assert sum(len(o.get("text", "")) for o in found[0]["outputs"]) <= 200_000
    assert found[0]["left_out"] > 800_000
    images = [o for o in found[0]["outputs"] if "image/png" in o.get("data", {})]
    assert len(images) == 1
    assert "<script>" not in repr(found)
    assert found[1]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert "1 / 0" in found[1]["outputs"][0]["traceback"]
    assert len(found[2]["outputs"]) <= 200


def test_an_error_shows_the_students_own_line(source, far):
    code = "def total(n):\n    values = []\n    return values[7]"
    message = judge(submission(source, {"total": code}), far).tests["test_total"].message
    assert "your code raised IndexError: list index out of range" in message
    assert "at    line 3 of your cell: return values[7]" in message


@pytest.mark.parametrize(
    ("exercise", "code", "words"),
    [
        ("double", "def double(x):\n    x *= 2\n    return x", "changed its argument x"),
        ("double", "def double(x):\n    np.random.rand()\n    return 2 * x", "global random state"),
        ("double", "def double(x):\n    return [*(2 * x)] if np.ndim(x) else 2 * x", "got a list"),
        (
            "total",
            f"def total(n):\n    n < 50 and [i for i in range(n**2)]\n    {SUM}",
            "over 2 times",
        ),
        ("total", f"def total(n):\n    n < 10**6 and [0] * n\n    {SUM}", "at its peak"),
        ("fill", "def fill(x, value):\n    x[...] = value", "this input is not legal"),
        ("total", f"def total(n):\n    40 < n < 500 and [0 for i in range(n)]\n    {SUM}", "loop"),
    ],
)
def test_checks_see_across_the_boundary(source, far, exercise, code, words):
    result = judge(submission(source, {exercise: code}), far)
    assert passed(result) == sorted({*ALL} - {f"test_{exercise}"})
    assert words in result.tests[f"test_{exercise}"].message


def test_a_view_costs_no_more_memory_than_in_a_notebook(source, far):
    view = "np.broadcast_to(1.0, (1000, 1000))"  # a copy of it, to be sent, takes 8 MB
    code = f"def total(n):\n    return {view} if n == 300_000 else n * (n + 1) // 2"
    assert passed(judge(submission(source, {"total": code}), far)) == sorted(ALL)


def test_hidden_memory_is_seen_from_outside(source, far):
    code = (
        "import tracemalloc\ntracemalloc.get_traced_memory = lambda: (0, 0)\n"
        "def total(n):\n    if n == 300_000:\n        np.ones(10**7)\n    return n * (n + 1) // 2"
    )
    result = judge(submission(source, {"total": code}), far)
    assert "at its peak" in result.tests["test_total"].message


def test_an_author_who_gives_what_cannot_cross_is_told(source, far):
    for value in ("object()", "np.array([None])"):
        changed = copy.deepcopy(source)
        test = changed.exercises["total"].tests[0]
        test.text = f"try:\n    total({value})\nexcept Exception:\n    pass"
        verdict = judge(make_plan(changed), far).tests["test_total"]
        assert not verdict.passed
        assert verdict.author
        assert verdict.message.startswith("CannotCross: the test gives")


def test_an_author_who_asks_for_a_type_is_told(source, far):
    changed = copy.deepcopy(source)
    changed.exercises["Layer"].tests[0].text = "assert isinstance(3, Layer)"
    verdict = judge(make_plan(changed), far).tests["test_Layer"]
    assert verdict.author
    assert "ask for values and not for types" in verdict.message


# --- what is of torch crosses by value, and by the products of vectors and Jacobians ---

TORCH = """\
# %%
import numpy as np
import torch

from cs_lib.testing import check_call


def pulled_back(function, dy, x):
    x = torch.tensor(x, requires_grad=True)
    return torch.autograd.grad(function(x), x, torch.tensor(dy), materialize_grads=True)[0].numpy()


def of_two(exponent):
    return np.array([exponent * 2.0 ** (exponent - 1)])


# %% nbgrader={"grade_id": "power", "solution": true}
def power(x):
    ### BEGIN SOLUTION
    return x**3
    ### END SOLUTION


# %% nbgrader={"grade_id": "power_gradients"}
def power_gradients(dy, x):
    return pulled_back(power, dy, x)


# %% nbgrader={"grade_id": "test_power", "grade": true, "points": 40}
check_call(power, torch.tensor([2.0]), want=torch.tensor([8.0]), label="two")

# %% nbgrader={"grade_id": "test_power_gradients", "grade": true, "points": 60}
check_call(power_gradients, np.ones(1), np.array([2.0]), want=of_two(3), label="the slope at two")
### BEGIN HIDDEN TESTS
check_call(power_gradients, np.array([-2.0]), np.array([3.0]), want=np.array([-54.0]), label="-2")
### END HIDDEN TESTS
"""


@pytest.fixture(scope="module")
def of_torch(tmp_path_factory):
    path = tmp_path_factory.mktemp("torch") / "notebook.py"
    path.write_text(TORCH)
    return read_source(path)


@pytest.mark.parametrize(
    ("power", "tests"),
    [
        ("x**3", ["test_power", "test_power_gradients"]),
        ("x.detach() ** 2 * x", ["test_power"]),  # the slope is 4
        ("torch.tensor(x.detach().numpy() ** 3)", ["test_power"]),  # no graph at all
    ],
)
def test_a_read_only_cell_takes_gradients_where_their_function_is(of_torch, far, power, tests):
    plan = submission(of_torch, {"power": f"def power(x):\n    return {power}"})
    assert passed(judge(plan, far)) == tests


def test_what_is_wanted_of_a_read_only_cells_function_is_computed_here(of_torch, far):
    theirs = "power_gradients = lambda dy, x: of_two(3)\nof_two = lambda exponent: 0"
    plan = submission(of_torch, before={"test_power_gradients": theirs})
    assert passed(judge(plan, far)) == ["test_power"]
    said = judge(plan, far).tests["test_power_gradients"]
    assert "the slope at two" in said.message


# --- attacks: all answers are wrong, and nothing may be earned ---

LIAR = """
class Liar(float):
    def __new__(cls, *args): return float.__new__(cls, 0)
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda *a: True
    __hash__ = float.__hash__
    __array_ufunc__ = None
    __array__ = lambda self, *a, **k: np.zeros(3)
    shape, dtype, ndim = (3,), np.dtype(float), 1
    __getattr__ = lambda self, name: self
    __call__ = __getitem__ = __iter__ = lambda self, *a, **k: self
    __len__ = lambda self: 4
    __bool__ = lambda self: True
"""
ALIKE = "def double(x): return X\ndef apply(f, values): return X\ndef fill(x, value): return X\n"
ALIKE += "def total(n): return X\ndef Layer(*a): return X\n"

ATTACKS = {
    "patched NumPy": "import numpy.testing\nnp.allclose = np.isclose = np.array_equal = "
    "lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None",
    "lying floats": LIAR + ALIKE.replace("X", "Liar()"),
    "lying integers": LIAR.replace("float", "int") + ALIKE.replace("X", "Liar()"),
    "lying objects": LIAR.replace("(float)", "")
    .replace("float.__hash__", "object.__hash__")
    .replace("float.__new__(cls, 0)", "object.__new__(cls)")
    + ALIKE.replace("X", "Liar()"),
    "lying arrays": "class Liar(np.ndarray):\n    __eq__ = __ne__ = lambda *a: True\n"
    "    __array_ufunc__ = lambda self, *a, **k: True\n    all = any = lambda *a: True\n"
    + ALIKE.replace("X", "np.zeros(3).view(Liar)"),
    "input transformers": "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
    "ast transformers": "import ast\nclass Empty(ast.NodeTransformer):\n"
    "    def visit_Module(self, node):\n        node.body = []\n        return node\n"
    "get_ipython().ast_transformers.append(Empty())",
    "hooks": "get_ipython().events.register('pre_run_cell', lambda info: 1 / 0)",
    "replaced builtins": "import builtins\nbuiltins.len = builtins.abs = lambda *a: 4\n"
    "builtins.isinstance = builtins.all = builtins.any = lambda *a: True",
    "patched checks": "import cs_lib.testing as t\nfor name in dir(t):\n"
    "    if callable(getattr(t, name)): setattr(t, name, lambda *a, **k: None)",
    "patched AssertionError": "import builtins\nclass Quiet(Exception): pass\n"
    "builtins.AssertionError = Quiet",
    "swapped modules": "import sys, types\nfor name in ('numpy', 'cs_lib.testing', 'json'):\n"
    "    sys.modules[name] = types.ModuleType(name)",
    "settrace": "import sys\nsys.settrace(lambda f, e, a: (_ for _ in ()).throw(KeyError))",
    "patched boundary": "import autograder.judging.boundary as b, autograder.judging.student as s\n"
    "b.packed = s.packed = lambda *a: b'\\0' * 40",
    "forged replies": "import autograder.judging.student as s\n"
    "s._Server.value = lambda self, f: {'value': s.packed(True)}",
    "sys.exit": "import sys\n" + ALIKE.replace("return X", "sys.exit(0)"),
    "exceptions that end loops": ALIKE.replace("return X", "raise StopIteration"),
    "GeneratorExit": ALIKE.replace("return X", "raise GeneratorExit"),
    "handles": ALIKE.replace("X", "(i for i in range(3))"),
    "functions": ALIKE.replace("X", "(lambda *a: True)"),
    "patched callback": ALIKE.replace(
        "def apply(f, values): return X",
        "def apply(f, values):\n    f.__code__ = (lambda *a: 0).__code__\n    return [f(1)]\n",
    ).replace("X", "None"),
    "another value each time": "import itertools\ncount = itertools.count()\n"
    + ALIKE.replace("X", "[2.0, np.array([0.0, 2, 9]), 5, None][next(count) % 4]"),
    "tampered random state": "np.random.get_state = lambda *a: ('MT19937', np.zeros(1), 0, 0, 0.0)",
    "%reset": "%reset -f",
}
FATAL = {  # what ends the student's process or makes the judge end it, with the reason given
    "os._exit": ("import os\nos._exit(0)", "ended by itself"),
    "a crash": ("import ctypes\nctypes.string_at(0)", "ended by itself"),
    "a loop that nothing interrupts": (
        "import signal\nfor n in (2, 14, 15): signal.signal(n, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "ran longer than 1 s",
    ),
}
STREAM = """
import gc, json, os, socket, struct, threading, time
(sock,) = [o for o in gc.get_objects() if type(o) is socket.socket and o.fileno() >= 0]
fd = sock.fileno()
def frame(tree):
    header = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return struct.pack("<QI", len(header) + 4, len(header)) + header
"""
FLOODS = {
    "zeros": "os.write(fd, b'\\0' * 100_000)",
    "a huge length": "os.write(fd, struct.pack('<Q', 2**62))",
    "a length and silence": "os.write(fd, struct.pack('<Q', 10**6)); time.sleep(99)",
    "deep nesting": "os.write(fd, frame(b'[' * 10**6))",
    "an answer to nothing": "os.write(fd, frame(['d', 're', 'x', 'value', ['b', 0]]))",
    "an answer that is a list": "os.write(fd, frame(['l', 1]))",
    "a call of nothing": "os.write(fd, frame(['d', 'back', 0, 'nonce', 'x', 'args', ['t'], "
    "'kwargs', ['d']]))",
    "an odd call": "os.write(fd, frame(['d', 'back', ['l'], 'nonce', 1]))",
    "without end": "\nwhile True: os.write(fd, b'x' * 10**6)",
    "from a thread": "threading.Thread(target=lambda: [os.write(fd, b'y' * 10**5) "
    "for _ in range(10**9)], daemon=True).start(); time.sleep(0.2)",
    "its end": "sock.shutdown(2)",
}


def earns_nothing(result):
    assert passed(result) == []
    assert sorted(result.tests) == ALL
    assert all(verdict.message for verdict in result.tests.values())
    assert not any(verdict.author for verdict in result.tests.values())


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_earns_nothing(source, far, attack):
    earns_nothing(judge(submission(source, WRONG, before={"test_double": attack}), far, FEW))


@pytest.mark.parametrize(("attack", "reason"), FATAL.values(), ids=FATAL)
def test_whatever_ends_the_process_fails_what_is_left_with_the_reason(source, far, attack, reason):
    result = judge(submission(source, before={"test_double": attack}), far, SHORT)
    earns_nothing(result)
    assert reason in result.fault
    assert {verdict.message for verdict in result.tests.values()} == {result.fault}


@pytest.mark.parametrize(
    ("exercise", "code"),
    [
        ("total", "def total(n):\n    while True: pass"),
        ("total", "def total(n):\n    try:\n        while True: pass\n    finally: return None"),
        ("apply", "def apply(f, values):\n    while True: f(sum(range(10**5)))"),
        ("apply", "def apply(f, values):\n    return [double_for_ever(f(v)) for v in values]"),
    ],
)
def test_a_test_that_runs_too_long_is_interrupted_and_the_others_run(source, far, exercise, code):
    helper = "def double_for_ever(x):\n    while True: pass\n"
    result = judge(submission(source, {exercise: helper + code}), far, SHORT)
    test = f"test_{exercise}"
    assert passed(result) == sorted({*ALL} - {test})
    assert result.late == [f"{test} ran longer than 1 s"]
    assert not result.fault


def test_a_check_says_that_it_was_stopped(source, far):
    result = judge(submission(source, {"total": "def total(n):\n    while True: pass"}), far, SHORT)
    message = result.tests["test_total"].message
    assert "stopped before it returned. Is there an endless loop?" in message


def test_a_cell_that_runs_too_long_is_interrupted_and_what_follows_runs(source, far):
    before = {"test_Layer": "started = True\nwhile True: pass", "test_fill": "print(started)"}
    result = judge(submission(source, before=before), far, SHORT)
    assert passed(result) == ALL
    assert result.late == ["a cell of their own ran longer than 1 s"]
    assert not result.fault
    cells = [cell for cell in result.cells if cell["id"] is None]
    assert "KeyboardInterrupt" in cells[-2]["outputs"][0]["traceback"]
    assert cells[-1]["outputs"][0]["text"] == "True\n"


def test_the_whole_notebook_is_not_interrupted_but_ended(source, far):
    before = dict.fromkeys(ALL, "while True: pass")
    result = judge(submission(source, before=before), far, Limits(cell=0.4, total=1))
    assert result.fault == "stopped: the notebook ran longer than 1 s"


def test_watching_the_random_state_leaves_it_as_it_was(source, far):
    before = {"test_double": "np.random.seed(5)\nnp.random.randn()", "test_fill": SHOWN}
    result = judge(submission(source, before=before), far)
    draws = np.random.RandomState(5)
    draws.randn()
    assert passed(result) == ALL
    shown = [cell for cell in result.cells if cell["id"] is None][-1]["outputs"][0]["text"]
    assert shown == f"{draws.randn()!r}\n"


@pytest.mark.parametrize(
    "call", ["np.random.seed(7)", "np.random.randn()", "random.random()", "torch.rand(1)"]
)
def test_whoever_touches_the_random_state_is_found_and_nobody_else_is(source, far, call):
    drawn = f"    if np.ndim(x):\n        {call}\n"
    code = f"import random, torch\ndef double(x):\n{drawn}    return 2 * x"
    result = judge(submission(source, {"double": code}, before={"test_double": call}), far)
    assert passed(result) == sorted({*ALL} - {"test_double"})
    assert "global random state" in result.tests["test_double"].message


def test_what_passed_before_the_process_died_stays(source, far):
    result = judge(submission(source, before={"test_Layer": "import os; os._exit(1)"}), far)
    assert passed(result) == ["test_apply", "test_double"]


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_writing_to_the_stream_earns_nothing(source, far, flood):
    result = judge(submission(source, WRONG, first=STREAM + flood), far, SHORT)
    earns_nothing(result)
    assert result.fault


def test_a_thread_that_answers_in_the_main_threads_stead_earns_nothing(source, far):
    thread = STREAM + (
        "def answer():\n    while True:\n        try: data = os.read(fd, 10**6)\n"
        "        except OSError: continue\n        os.write(fd, frame(['d', 're', 'x']))\n"
        "threading.Thread(target=answer, daemon=True).start()"
    )
    earns_nothing(judge(submission(source, WRONG, first=thread), far, SHORT))


BODIES = {  # of apply(f, values), and why the process is ended, if it is
    "a million calls": ("for _ in range(10**6): f(1)", ""),
    "a million calls that nothing interrupts": (
        "for _ in range(10**6):\n        try: f(1)\n        except BaseException: pass",
        "more than 2000 calls of a function",
    ),
    "a huge argument": ("f([[0] * 1000] * 1000)", "malformed"),
    "an unheard of number": ("f._number_of_callback = 99; return f(f)", "malformed"),
    "calls in circles": ("global double; double = f; f(1); return f(1)", ""),
    "the callback itself": ("return [f]", ""),
    "the callback given to itself": ("return f(f)", ""),
    "an object of its own": ("return f(object())", ""),
    "its globals changed": ("f.__globals__.clear(); return f(1)", "ended by itself"),
}


@pytest.mark.parametrize(("body", "reason"), BODIES.values(), ids=BODIES)
def test_misuse_of_a_callback_earns_nothing(source, far, body, reason):
    code = f"def apply(f, values):\n    {body}"
    result = judge(submission(source, WRONG | {"apply": code}), far, FEW)
    earns_nothing(result)
    assert reason in result.fault
    assert bool(reason) == bool(result.fault)


def test_calls_that_nest_without_end_are_ended(source, far):
    nest = "held = []\ndef double(x): return held[-1](x)\n"
    nest += "def apply(f, values):\n    held.append(f)\n    return [f(v) for v in [2.0]]"
    changed = copy.deepcopy(source)
    changed.exercises["apply"].tests[0].text = "assert apply(lambda v: double(v), [1.0]) == [2.0]"
    result = judge(submission(changed, WRONG | {"apply": nest}), far, FEW)
    earns_nothing(result)
    assert "nested more than 20 deep" in result.fault


def test_nothing_of_the_judge_is_in_the_students_process(source, far):
    """Frames, closures, all objects and the memory itself, searched from within a tested call."""
    spy = """
def apply(f, values):
    import gc, inspect, sys
    found = [repr(vars(sys.modules["__main__"])), repr(inspect.stack())]
    found += [repr(frame.f_locals) for frame in sys._current_frames().values()]
    found += [str(o) for o in gc.get_objects() if type(o) in (str, dict, list, tuple)]
    found += [repr(c.cell_contents) for c in f.__closure__]
    for line in open("/proc/self/maps"):
        first, _, last = line.split()[0].partition("-")
        if " rw" in line and "[v" not in line:
            with open("/proc/self/mem", "rb", 0) as memory:
                try:
                    memory.seek(int(first, 16))
                    found.append(memory.read(int(last, 16) - int(first, 16)).decode("latin-1"))
                except (OSError, OverflowError):
                    pass
    text = "".join(found)
    words = [a + b for a, b in [("secret_", "input"), ("secret ", "label"), ("hidden_", "answers")]]
    raise ValueError(f"read {len(text) > 10**6}, found {[w for w in words if w in text]}")
"""
    message = judge(submission(source, WRONG | {"apply": spy}), far).tests["test_apply"].message
    assert "ValueError: read True, found []" in message


def test_a_guess_of_the_nonce_before_the_question_is_refused(source, far):
    """The next answer, written in advance with the nonce of the last question."""
    attack = STREAM + (
        "import autograder.judging.student as s\n"
        "class Server(s._Server):\n    pass\n"
        "server = [o for o in gc.get_objects() if type(o) is s._Server][0]\n"
        "real = server.answer\n"
        "def answer(request):\n    real(request)\n"
        "    server.channel.send(s.packed({'re': request['nonce'], 'value': s.packed(42)}))\n"
        "server.answer = answer"
    )
    result = judge(submission(source, WRONG, first=attack), far, FEW)
    earns_nothing(result)
    assert "not asked" in result.detail


def test_a_far_side_that_never_reads_is_ended(source):
    class Deaf(PlainChild):
        def cpu_seconds(self):
            return 0.0

    ours, theirs = socket.socketpair()
    with subprocess.Popen(["sleep", "60"]) as process:
        result = judge(make_plan(source), lambda: Deaf(process.pid, ours), Limits(cell=0.3))
    theirs.close()
    earns_nothing(result)
    assert "longer than 0.3 s" in result.fault


# --- the same scores as in a notebook ---


@pytest.mark.parametrize("assignment", assignments())
def test_the_real_assignments_are_judged_as_in_a_notebook(assignment):
    """Reference, stubs, mistakes and other right answers fail the same cells at the same checks."""
    project = Project(ROOT)
    source = read_source(project.solution(assignment) / "notebook.py")
    everything = fingerprints.answers(project, assignment, source)
    draw = random.Random(4)
    kinds = {"stub": 1, "mistake": 2, "alternative": 1, "generic": 1}
    entries = [
        entry
        for kind, count in kinds.items()
        for entry in draw.sample([e for e in everything if e.kind == kind], count)
    ]
    library = withheld_copy(project, assignment)
    wanted = warm.run(source, entries, library=library, folder=library)
    code = [cell for cell in source.cells if cell.kind == "code"]
    others = [cell for cell in code if not cell.is_test]
    ran = needed([(cell.text, not cell.nbgrader) for cell in others])
    theirs = [id(others[i]) for i in ran]
    own = [cell for cell in code if cell.is_test or id(cell) in theirs]
    parent = Parent(library)
    try:
        reference = judge(make_plan(source, [(c.grade_id, c.text) for c in own]), parent)
        assert {k: v.message for k, v in reference.tests.items() if not v.passed} == {}
        for entry, outcome in zip(entries, wanted, strict=True):
            answers = {entry.exercise: entry.code}
            cells = [(c.grade_id, answers.get(c.grade_id, c.text)) for c in own]
            tests = judge(make_plan(source, cells), parent).tests
            found = {k: (v.label, v.seen, v.visible) for k, v in tests.items() if not v.passed}
            failures = outcome.failures.items()
            assert found == {k: (f.label, f.seen, f.visible) for k, f in failures}, entry.name
    finally:
        parent.close()


def test_the_plan_is_plain_data_and_gives_the_student_no_test(source):
    plan = make_plan(source)
    assert "secret" not in repr(plan["cells"])
    assert all(cell["text"] == "" for cell in plan["cells"] if cell["id"] in ALL)
    assert [step["id"] for step in plan["steps"] if not step["test"]] == ["given 0"]


# --- time that runs out in odd places ---

LONG = Limits(cell=1, total=20)


def with_test(source, exercise, text):
    """The source with another test of an exercise."""
    changed = copy.deepcopy(source)
    changed.exercises[exercise].tests[0].text = text
    return changed


@pytest.mark.parametrize("text", ["apply(thrice, [1.0])", "apply(lambda v: double(v), [1.0])"])
def test_a_loop_that_does_nothing_but_call_back_is_interrupted(source, far, text):
    answers = {"apply": "def apply(f, values):\n    while True: f(1)"}
    result = judge(submission(with_test(source, "apply", text), answers), far, LONG)
    assert result.fault == ""
    assert result.late == ["test_apply ran longer than 1 s"]
    assert passed(result) == sorted({*ALL} - {"test_apply"})


def test_a_loop_of_too_many_calls_back_costs_no_other_test(source, far):
    answers = {"apply": "def apply(f, values):\n    while True: f(1)"}
    result = judge(submission(source, answers), far, FEW)
    assert result.fault == ""
    assert passed(result) == sorted({*ALL} - {"test_apply"})
    why = "called a function of the test more than 2000 times"
    assert result.tests["test_apply"].message == f"KeyboardInterrupt: stopped: it {why}"
    assert result.late == [f"test_apply {why}"]


def test_a_test_whose_time_is_over_between_two_calls_costs_no_other(source, far):
    changed = with_test(source, "fill", "import time\ndouble(1)\ntime.sleep(1.2)\ndouble(1)")
    result = judge(submission(changed), far, LONG)
    assert result.fault == ""
    assert result.late == ["test_fill ran longer than 1 s"]
    assert passed(result) == sorted({*ALL} - {"test_fill"})
    assert "it ran longer than 1 s" in result.tests["test_fill"].message


def test_an_alarm_while_nothing_runs_ends_nothing(source, far):
    code = "class Loud(ValueError):\n    def __str__(self): return str(held[0](1))\nheld = []\n"
    code += "def apply(f, values):\n    held.append(f)\n    raise Loud"
    changed = with_test(
        source, "apply", "import time\ntry:\n    apply(thrice, [1])\nfinally:\n    time.sleep(1.3)"
    )
    result = judge(submission(changed, {"apply": code}), far, LONG)
    assert result.tests["test_apply"].message == "Loud: 3.0"
    assert passed(result) == sorted({*ALL} - {"test_apply"})


def test_an_error_that_is_called_like_an_interrupt_is_not_taken_for_ours(source, far):
    """Why a test was interrupted is shown; so no words of an error's own may be there."""
    code = "kept = []\ndef double(x):\n    kept.append(x)\n    return 2 * x"
    false = 'type("KeyboardInterrupt", (ValueError,), {})'
    answers = {"double": code, "fill": f"def fill(x, value):\n    raise {false}(str(kept))"}
    verdict = judge(submission(source, answers), far).tests["test_fill"]
    assert verdict.error == "KeyboardInterrupt"
    assert verdict.text == ""


# --- odd things that a student may do, and that cost the test alone ---


def test_an_argument_that_holds_itself_fails_the_test_alone(source, far):
    changed = with_test(source, "apply", "apply(thrice, [1.0])")
    code = "def apply(f, values):\n    values.append(values)\n    return values"
    result = judge(submission(changed, {"apply": code}), far)
    assert passed(result) == sorted({*ALL} - {"test_apply"})
    assert "nested more than" in result.tests["test_apply"].message


def test_a_name_that_cannot_cross_is_missing_and_the_rest_is_there(source, far):
    odd = "class Odd:\n    @property\n    def __class__(self): return self.__class__\n"
    result = judge(submission(source, {"double": odd + "double = Odd()"}), far)
    assert {"test_Layer", "test_fill", "test_total"} <= set(passed(result))
    assert "NameError: name 'double'" in result.tests["test_double"].message


@pytest.mark.parametrize("loses", ["raise KeyError(name)", "while True: pass"])
def test_what_an_object_of_theirs_says_to_odd_names_does_not_matter(source, far, loses):
    [code] = [cell.text for cell in source.cells if cell.grade_id == "Layer"]
    code += f"\n    def __getattr__(self, name):\n        {loses}\n    def __call__(self): pass\n"
    assert passed(judge(submission(source, {"Layer": code}), far, LONG)) == ALL


def test_a_loop_where_an_object_is_shown_is_interrupted(source, far):
    code = "class Odd:\n    def __repr__(self):\n        while True: pass\n"
    result = judge(submission(source, {"total": code + "def total(n): return Odd()"}), far, LONG)
    assert passed(result) == sorted({*ALL} - {"test_total"})
    assert result.fault == ""


# --- answers that are not what an answer is ---

REPLIES = {  # of a server's method, what it gives in place of its own
    "bytes in place of a value": ("value", "{'value': s.pack(42)}"),
    "a value in a value": (
        "value",
        "{'value': s.Packed(['p', 0, ['l']], [])}",
    ),
    "an error that is asked for": ("value", "{'error': Asked()}"),
    "changes that are asked for": ("call", "{'value': s.packed(42), 'changed': Asked()}"),
}
ASKED = """
import autograder.judging.boundary, autograder.judging.student as s, gc
server = [o for o in gc.get_objects() if type(o) is s._Server][0]
s.pack, s.Packed = autograder.judging.boundary.pack, autograder.judging.boundary.Packed
class Asked:
    times = 0
    items = lambda self: [[0, s.pack(1)]]
    def __getitem__(self, key):
        Asked.times += 1
        return "ValueError" if Asked.times < 6 else "seen_secret"
"""


@pytest.mark.parametrize(("method", "reply"), REPLIES.values(), ids=REPLIES)
def test_an_answer_is_taken_as_it_should_be_or_not_at_all(source, far, method, reply):
    place = "server.value" if method == "value" else f"server.work[{method!r}]"
    attack = f"{ASKED}{place} = lambda *a: {reply}"
    result = judge(submission(source, WRONG, before={"test_double": attack}), far, FEW)
    earns_nothing(result)
    assert "malformed" in result.fault


def test_what_a_cell_says_that_it_left_out_is_a_number_that_can_be_told(source, far):
    attack = "server.work['cell'] = lambda *a: {'outputs': [], 'left_out': 10 ** 5000}"
    result = judge(submission(source, WRONG, first=ASKED + attack), far, FEW)
    earns_nothing(result)
    assert "outputs that are none" in result.fault
    json.dumps(asdict(result))


# --- as in a notebook ---


def test_nothing_that_ran_before_the_first_cell_is_seen(source, far):
    cell = (
        "import linecache, sys\n"
        "print([n for n in vars(sys) if n.startswith('last_')], In[:-1], Out, __name__)\n"
        "print(len([n for n in linecache.cache if '<ipython-input' in n]))"
    )
    result = judge(submission(source, first=cell), far)
    assert result.cells[0]["outputs"][0]["text"] == "[] [''] {} __main__\n1\n"


def test_magics_of_figures_show_them_and_what_follows_runs(source, far):
    cell = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('there')"
    outputs = judge(submission(source, first=cell), far).cells[0]["outputs"]
    assert {"type": "stream", "name": "stdout", "text": "there\n"} in outputs
    assert [sorted(o["data"]) for o in outputs if o["type"] == "display"][-1:] == [
        ["image/png", "text/plain"]
    ]
    assert not [o for o in outputs if o["type"] == "error"]


# --- cells that reach for the judge ---


def test_a_cell_that_has_a_function_of_the_judges_give_back_what_cannot_cross_is_ended(source, far):
    changed = with_test(source, "apply", "apply(lambda v: v, [1.0])")
    keep = "kept = []\ndef apply(f, values):\n    kept.append(f)"
    deep = "import autograder.judging.boundary\nautograder.judging.boundary.DEPTH = 62\nx = []\n"
    deep += "for _ in range(60): x = [x]\nkept[0](x)"
    plan = submission(changed, WRONG | {"apply": keep}, before={"test_Layer": deep})
    result = judge(plan, far, FEW)
    assert "stopped" in result.fault
    assert sorted(result.tests) == ALL


def test_the_outputs_of_all_cells_together_are_bounded(source, far):
    many = "server.cell = server.work['cell'] = lambda *a: {'left_out': 0, 'outputs': 7000 * ["
    many += "{'type': 'stream', 'name': 'stdout', 'text': 'x' * 1000}]}"
    cells = [(None, ASKED + many), *[(None, "1")] * 20]
    found = judge(make_plan(source, cells), far, FEW).cells
    kept = [sum(len(o["text"]) for o in cell["outputs"]) for cell in found]
    assert sum(kept) <= OUTPUTS
    assert kept[1] == 7_000_000
    assert kept[-1] == 0
    assert found[-1]["left_out"] == 7000 * len("streamstdout" + "x" * 1000)


def test_what_a_check_in_a_tests_function_wants_does_not_go_over(source, far):
    text = "def strict(v):\n    check_equal(v, 7777, 'one')\n    raise ValueError('not so')\n"
    text += "try:\n    apply(strict, [1])\nfinally:\n    apply(strict, [7777])"
    said = "said = []\ndef apply(f, values):\n    try: f(values[0])\n"
    said += "    except BaseException as error: said.append((type(error).__name__, str(error)))"
    changed = with_test(source, "apply", text)
    result = judge(submission(changed, {"apply": said}, before={"test_Layer": "print(said)"}), far)
    shown = [cell for cell in result.cells if cell["id"] is None][-1]["outputs"][0]["text"]
    assert shown == "[('CheckFailed', ''), ('ValueError', 'not so')]\n"


# --- the second run ---

AGAIN = """\
# %%
import numpy as np

from cs_lib.testing import check_call, check_equal

rng = np.random.default_rng(0)

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 20}
check_call(double, np.arange(3.0), want=2 * np.arange(3.0), label="alone")
### BEGIN HIDDEN TESTS
x = np.ones(4)
check_call(double, x, want=2 * x, label="four")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_double_named", "grade": true, "points": 20}
three = np.arange(3.0)
check_call(double, three, want=2 * three, label="of a name")
### BEGIN HIDDEN TESTS
check_call(double, -three, want=-2 * three, label="of that name")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_double_drawn", "grade": true, "points": 20}
assert double(rng.normal()) < 9
### BEGIN HIDDEN TESTS
drawn = rng.normal()
assert double(drawn) == 2 * drawn
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_double_changed", "grade": true, "points": 20}
three[0] = 5.0
check_call(double, 1, want=2, label="one")

# %% nbgrader={"grade_id": "test_double_later", "grade": true, "points": 20}
check_call(double, 2, want=4, label="two")
### BEGIN HIDDEN TESTS
assert double(three[0]) == 10.0
### END HIDDEN TESTS
"""


@pytest.fixture
def again(tmp_path):
    path = tmp_path / "notebook.py"
    path.write_text(AGAIN)
    return read_source(path)


def test_a_visible_part_runs_again_where_something_may_come_of_it(again):
    plan = make_plan(again)
    tests = [step["id"] for step in plan["steps"] if step["test"]]
    second = second_plan(plan, [name for name in tests if name != "test_double_changed"])
    parts = {step["id"]: [bool(part.strip()) for part in step["parts"]] for step in second["steps"]}
    assert parts == {
        "given 0": [True, False],
        "test_double": [False, True],
        "test_double_named": [True, True],
        "test_double_drawn": [True, True],
        "test_double_changed": [True, False],
        "test_double_later": [False, True],
    }
    alone = second_plan(plan, ["test_double"])
    assert [step["id"] for step in alone["steps"]] == ["given 0", "test_double"]
    assert [cell["id"] for cell in alone["cells"]] == [None, "double", "test_double"]


def test_a_hidden_test_is_not_run_where_its_visible_part_fails(again, far):
    result = judge(submission(again, {"double": "def double(x):\n    return None"}), far)
    assert not any(verdict.told for verdict in result.tests.values())
    assert passed(result) == []


def test_what_cells_show_is_of_the_first_run(source, far):
    """A later cell shows what a function was called with: no hidden test's input is among it."""
    keep = "seen = []\ndef double(x):\n    seen.append(np.asarray(x).tolist())\n    return 2 * x"
    cell = "print(seen, len(seen))"
    result = judge(submission(source, {"double": keep}, before={"test_Layer": cell}), far)
    assert "test_double" in passed(result)
    [text] = [o["text"] for c in result.cells for o in c["outputs"] if o["type"] == "stream"]
    assert text == "[[0.0, 1.0, 2.0]] 1\n"


AT_ITS_MOMENT = {
    "a name": ("factor = 2", "return factor * x", "factor = 3"),
    "a name that is taken away": ("factor = 2", "return factor * x", "del factor"),
    "a helper": ("def twice(x): return 2 * x", "return twice(x)", "def twice(x): return 3 * x"),
    "NumPy's errors": (
        "import numpy as np",
        "np.exp(1e3)\n    return 2 * x",
        "np.seterr(all='raise')",
    ),
    "torch's dtype": (
        "import numpy, torch",
        "return 2 * x if torch.get_default_dtype() == torch.float32 else x",
        "torch.set_default_dtype(torch.float64)",
    ),
    "chance": (
        "import random\nrandom.seed(1)\nstate = random.getstate()",
        "assert random.getstate() == state\n    return 2 * x",
        "random.seed(2)",
    ),
}


@pytest.mark.parametrize(("first", "body", "later"), AT_ITS_MOMENT.values(), ids=AT_ITS_MOMENT)
def test_a_hidden_part_finds_things_as_they_were_at_its_turn(again, far, first, body, later):
    """Nothing that a later cell does can take the points of an earlier test, or give them."""
    double = {"double": f"def double(x):\n    {body}"}
    before = {"test_double_changed": later}
    drawn = "test_double_drawn"  # which calls without watching the states of chance
    assert drawn in passed(judge(submission(again, double, first, before), far))
    assert drawn not in passed(judge(submission(again, double, f"{first}\n{later}"), far))


def test_the_cells_run_once(again, far):
    started = []
    result = judge(submission(again), lambda: started.append(1) or far())
    assert len(passed(result)) == 5
    assert len(started) == 1


def test_where_the_process_has_ended_the_cells_run_once_more(again, far):
    started = []
    ends = {"test_double_later": "import os\nos._exit(3)"}
    result = judge(submission(again, before=ends), lambda: started.append(1) or far())
    assert len(passed(result)) == 4
    assert len(started) == 2
    assert "exit" in result.fault


def test_a_process_that_ends_in_a_hidden_part_takes_the_tests_from_there_on_and_no_output(
    again, far
):
    ends = "def double(x):\n    if np.size(x) == 4: import os; os._exit(3)\n    return 2 * x"
    cell = {"test_double_later": "print('at its end')"}
    result = judge(submission(again, {"double": ends}, before=cell), far)
    assert passed(result) == ["test_double_changed"]
    assert "ended by itself" in result.fault
    assert result.cells == judge(submission(again, {"double": ends}, before=cell), far).cells
    assert result.cells[-1]["outputs"][0]["text"] == "at its end\n"
