"""What crosses the boundary never touches memory that is not its own, or no longer.

The tests of random messages and of changed arguments run once more under allocators that end the
process at such a touch. That they do is shown by faults that are planted: without them, all of
these pass unseen.
"""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.source import read_source
from autograder.judging import engine, judge
from autograder.judging.judge import NUMBERS, _fingerprint
from autograder.judging.proxy import ChangedShape, put_back
from autograder.rooms import usage
from cs_lib import hints, testing

HERE = Path(__file__).parent
# glibc: what is freed is given back to the kernel at once, so that a touch of it ends the process,
# or has marks at its ends that are looked at when it is freed.
GONE = {"MALLOC_MMAP_THRESHOLD_": "1024", "MALLOC_MMAP_MAX_": "60000"}
MARKED = {"LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3"}
ALLOCATORS = {"freed pages are gone": GONE, "ends are marked": MARKED}
STALE = """
arrays = [np.arange(4096.0) for _ in range(32)]  # a hole that is used again at once is one of many
freed = [a.__array_interface__["data"][0] + a.nbytes // 2 for a in arrays[::2]]  # a.ctypes keeps a
del arrays[::2]
for place in freed:
    ctypes.memset(place, 1, 8)
"""
BEYOND = """
a = np.zeros(4096, np.uint8)
ctypes.memset(a.ctypes.data, 1, 4096 + 8)
del a
"""


def run_under(allocator, *command):
    env = os.environ | allocator | {"MALLOC_PERTURB_": "165", "OMP_NUM_THREADS": "1"}
    env.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, *command],
        env=env,
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("allocator", "fault"), [(GONE, STALE), (MARKED, BEYOND)], ids=ALLOCATORS)
def test_a_planted_fault_ends_the_process(allocator, fault):
    code = f"import ctypes\nimport numpy as np\n{fault}\nprint('unseen')"
    assert run_under({}, "-c", code).stdout == "unseen\n"
    done = run_under(allocator, "-c", code)
    assert done.returncode < 0, done.stdout + done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("allocator", ALLOCATORS.values(), ids=ALLOCATORS)
def test_random_messages_and_changed_arguments_touch_no_memory_but_their_own(allocator):
    files = [str(HERE / name) for name in ("test_boundary.py", "test_proxy.py")]
    done = run_under(allocator, "-m", "pytest", "-q", "-p", "no:xdist", *files)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert " passed" in done.stdout


SHAPES = {
    "larger": np.zeros((9, 9, 900)),
    "smaller": np.zeros(2),
    "as many in another shape": np.zeros((64, 64)),
    "one for all": np.zeros(1),
}


@pytest.mark.parametrize("new", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("inside", [lambda a: a, lambda a: [a], lambda a: {"x": (a, 1)}])
def test_an_array_of_ours_never_gets_another_shape(new, inside):
    old = np.arange(4096.0)
    view, place = old[:], old.ctypes.data
    with pytest.raises(ChangedShape, match="another shape after the call"):
        put_back(inside(old), inside(new))
    assert (old.ctypes.data, view.ctypes.data, old.shape) == (place, place, (4096,))
    assert np.array_equal(view, np.arange(4096.0))


def test_a_tensor_of_ours_is_not_filled_with_one_number():
    torch = pytest.importorskip("torch")
    old = torch.arange(4.0)
    with pytest.raises(ChangedShape):
        put_back(old, torch.ones(1))
    assert old.tolist() == [0, 1, 2, 3]


def test_a_fingerprint_is_that_of_the_hints_or_none_where_no_mistake_is_so_large():
    few = np.linspace(0, 1, 7)
    assert _fingerprint(few) == hints.fingerprint(few)
    assert _fingerprint([few, "a"]) == hints.fingerprint([few, "a"])
    many = np.broadcast_to(np.zeros(1, bool), (NUMBERS + 1,))
    for value in (many, [many], {"x": (many,)}, "a" * (NUMBERS + 1)):
        assert _fingerprint(value) == ""


# --- in the whole way from a notebook to its points ---

SOURCE = """\
# %%
import numpy as np

from cs_lib.testing import check_call, check_equal


# %% nbgrader={"grade_id": "mask", "solution": true}
def mask(x):
    ### BEGIN SOLUTION
    return x > 0
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_mask", "grade": true, "points": 40}
given = np.arange(-2.0, 3.0)
view = given[:]
check_call(mask, given, want=given > 0, label="five numbers")
assert view.tolist() == [-2, -1, 0, 1, 2]


# %% nbgrader={"grade_id": "apply", "solution": true}
def apply(f, x):
    ### BEGIN SOLUTION
    return f(x)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_apply", "grade": true, "points": 60}
kept = []
def keep(x):
    kept.append(x)
    return len(kept)
assert apply(keep, np.zeros(2)) == 1
"""
RIGHT = {
    "mask": "def mask(x):\n    return x > 0",
    "apply": "def apply(f, x):\n    return f(x)",
}
WRONG = {
    "an argument made larger": {
        "mask": "def mask(x):\n    x.resize((4000,), refcheck=False)\n    return x > 0"
    },
    "an argument made smaller": {
        "mask": "def mask(x):\n    x.resize((1,), refcheck=False)\n    return x > 0"
    },
    "60 million booleans": {
        "mask": "import numpy as np\ndef mask(x):\n    return np.zeros(60_000_000, bool)"
    },
    "a gigabyte in callbacks": {
        "apply": "import numpy as np\ndef apply(f, x):\n"
        "    for _ in range(40):\n        f(np.zeros(3_000_000))\n    return 1"
    },
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "notebook.py"
    path.write_text(SOURCE)
    return read_source(path)


@pytest.fixture(scope="module")
def running(source):
    import cs_lib

    library = cs_lib.__path__[0].rpartition("/")[0]
    steps = judge.make_plan(source)["steps"]
    limits = engine.Limits(cell=60, total=120)
    setup = engine.Setup(library, steps, room=engine.choose_room(), limits=limits)
    with engine.Engine(setup, 1) as one:
        yield one


def judged(running, answers):
    cells = []
    for name, text in (RIGHT | answers).items():
        cells += [{"id": name, "text": text}, {"id": f"test_{name}", "text": ""}]
    return running.submit(cells).result(120)


def test_right_answers_pass(running):
    result = judged(running, {})
    assert all(verdict["passed"] for verdict in result["tests"].values()), result


@pytest.mark.parametrize("answers", WRONG.values(), ids=WRONG)
def test_an_answer_that_is_out_of_bounds_fails_its_own_test(running, answers):
    result = judged(running, answers)
    failed = {name for name, verdict in result["tests"].items() if not verdict["passed"]}
    assert failed == {f"test_{name}" for name in answers}, result
    if "apply" in answers:
        assert result["fault"] == (
            "stopped: the notebook's process sent more than 256 MiB to functions that a test gave "
            "it"
        )
    else:
        assert result["fault"] == ""


def test_60_million_booleans_are_refused_before_they_are_described(running, monkeypatch):
    verdict = judged(running, WRONG["60 million booleans"])["tests"]["test_mask"]
    assert verdict["lines"][0] == "got shape (60000000,), want shape (5,)"
    assert verdict["seen"] == ""
    monkeypatch.setattr(testing, "fingerprint", _fingerprint)
    many = np.zeros(60_000_000, bool)
    tracemalloc.start()
    try:
        with pytest.raises(testing.CheckFailed):
            testing.check_equal(many, np.zeros(5, bool), "five")
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("slots", [1, 2, 8, 1000])
def test_judges_share_half_of_the_machine(slots, monkeypatch):
    monkeypatch.setattr(usage, "machine_bytes", lambda: 16 << 30)
    share = engine.judge_share(slots)
    assert share == max(1 << 30, (8 << 30) // slots)


def test_the_machine_is_no_larger_than_what_there_is():
    with open("/proc/meminfo") as file:
        total = int(file.readline().split()[1]) << 10
    assert 0 < usage.machine_bytes() <= total
