"""What a student may see of a run: nothing that could carry a hidden test's input out."""

import itertools
import json

import nbformat
import pytest
from mini_course import ASSIGNMENT, make_project

from autograder import grade
from autograder.authoring import release
from autograder.authoring.source import read_source
from autograder.judging import disclose

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
SECRET = "5a797a7a79782d5175696e65"


# --- a whole submission ---

PLOT = """\
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
print("new in grading", seen)"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A submission, graded: its notebook's cells by their text, its page, the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DL4CV_COURSE", raising=False)
        project = make_project(tmp_path_factory.mktemp("told") / "project")
        release.write(project, ASSIGNMENT)
        nb = nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, 4)
        ids = [cell.id for cell in nb.cells]
        by_id = dict(zip(ids, nb.cells, strict=True))
        by_id["double"].source = "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x"
        by_id["clip"].source = "def clip("
        by_id["mean"].source = "def mean(values):\n    return str(values)\n\nundefined_here"
        stale = nbformat.v4.new_output("stream", text="as it was\n")
        nb.cells.append(nbformat.v4.new_code_cell(PLOT, id="plot", outputs=[stale]))
        path = project.course / "submitted" / "ada" / ASSIGNMENT / NOTEBOOK
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
        report = grade.grade(project, ASSIGNMENT, jobs=1)
        assert (report.left_out, report.faults) == ({}, {})
        found = project.course / "autograded" / "ada" / ASSIGNMENT / NOTEBOOK
        cells = nbformat.read(found, 4).cells
        page = project.course / "feedback" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.html"
        yield {cell.source: cell for cell in cells}, page.read_text(), report


def shown(told, text):
    [cell] = [cell for source, cell in told[0].items() if text in source]
    return json.dumps(cell["outputs"])


def test_cells_show_what_they_do_where_nothing_hidden_was_called(told):
    outputs = shown(told, "plt.plot")
    assert "new in grading [2" in outputs
    assert "-7" not in outputs  # what the hidden test of double calls it with
    assert "image/png" in outputs
    assert "as it was" not in outputs + told[1]
    assert "data:image/png;base64," in told[1]


def test_errors_of_cells_are_shown_whole(told):
    assert "NameError: name 'undefined_here' is not defined" in shown(told, "undefined_here")
    assert "SyntaxError: incomplete input" in shown(told, "def clip(")


def test_the_points_are_those_of_both_runs(told):
    assert told[2].scores["ada"] == {"double": 30, "clip": 0, "mean": 0}


def test_a_cell_says_how_much_of_its_output_is_left_out():
    loud = [{"type": "stream", "name": "stdout", "text": "1"}]
    found = disclose.outputs({"outputs": loud, "left_out": 1234})
    assert found[:1] == loud
    assert found[1]["text"] == "(1,234 characters are left out)\n"
    assert disclose.outputs({"outputs": loud, "left_out": 0}) == loud


# --- tests ---

SOURCE = """\
# %%
from cs_lib.testing import check_call, check_equal

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 60}
check_call(double, 2, want=4, label="two")
### BEGIN HIDDEN TESTS
check_call(double, 3, want=6, label="three")
for n in range(4, 9):
    check_call(double, n, want=2 * n, label=f"the number {n}")
check_equal(double("a"), "aa", "double: a letter")
assert double(0) == 0, "nothing"
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_double_more", "grade": true, "points": 40}
assert double(9) == 18
"""
WHEN, HINT, READ = "it is squared", "Twice, not squared.", "A page › Twice  https://example.org"
NAMED = f"This is what you get when {WHEN}.\n  {HINT}\n  Read: {READ}"
HINTS = {
    "mistakes": {"double.squared": {"when": WHEN, "hint": HINT, "read": READ}},
    "checks": {
        "double: three": {"int scalar 9 1 2 3": ["double.squared"]},
        "double: the number 5": {"int scalar 25 1 2 3": ["double.squared"]},
        "double: two": {"int scalar 5 1 2 3": ["double.squared"]},  # of the visible part
        "other: the number 5": {"int scalar 25 1 2 3": ["other.squared"]},
    },
}


@pytest.fixture
def tests(tmp_path):
    path = tmp_path / "notebook.py"
    path.write_text(SOURCE)
    return disclose.Tests(read_source(path), json.dumps(HINTS).encode())


def verdict(*lines, **changes):
    label = changes.get("label", "double: three")
    text = "\n  ".join([f"✗ {label}", *lines])
    values = {"error": "CheckFailed", "label": label, "text": text, "told": True, "seen": ""}
    return values | {"lines": list(lines), "visible": False, "author": False} | changes


SAID = {
    "got 9.0, want 6.0 (relative error 0.5, tolerance 1e-06)": "got another value than it wants",
    "entry [1, 0]: got -1.5e-07, want nan": "got another value than it wants",
    "result 2 of 3: entry [4]: got nan, want 1.0 (nan comes from …)": "got nan or an infinity",
    "got shape (3, 2), want shape (2, 3)": "got another shape than it wants",
    "got dtype float32, want dtype float64": "got another dtype than it wants",
    "got floats (dtype float64), want whole numbers (dtype int64)": "got another dtype than",
    "got None. Does every path of your function end with a return?": "got None. Does every path",
    f"got '{SECRET}', want 'Hello'": "got another value than it wants",
    f"got a {SECRET}, want a NumPy array": "got another value than it wants",
    "got a list, want a NumPy array: np.array(…) makes one": "got a list or tuple, want a NumPy",
    f"the call changed its argument {SECRET}. Work on": "the call changed an argument. Work on",
    f"not written yet. {SECRET}": "not written yet.",
    f"raised {SECRET}, want ValueError with a message that helps": "raised another error than it",
    f"your code raised ValueError: {SECRET}": "your code raised ValueError",
    f"your code raised {SECRET}: x": "your code raised an error",
    f"returned '{SECRET}', but this input is not legal: raise ValueError": "returned a value, but",
    "returned a tuple of 77, want a tuple of 2 results": "returned something else than so many",
    "needed 57.6 MB at its peak, limit 1 MB.": "needed more memory than it may.",
    "ran 40 lines of Python for the small input and 777 for the large one: there is a loop": (
        "ran more lines of Python for the large input: there is a loop"
    ),
    SECRET: "it could not be checked",
}


@pytest.mark.parametrize(("line", "said"), SAID.items())
def test_a_failed_hidden_check_is_told_in_our_words(tests, line, said):
    name, text = tests.page().failure("test_double", verdict(line, f"more {SECRET}"))
    assert name == "CheckFailed"
    label, only = text.split("\n  ")
    assert label == "✗ double: three"
    assert only.startswith(said)
    assert SECRET not in text


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("double: three", "double: three"),
        ("double: the number 5", "double: the number 5"),  # a mistake of the catalogue is seen here
        ("double: the number 6", "double: the number …"),
        (f"double: the number {SECRET}", "double: the number …"),
        ("double: a letter", "double: a letter"),
        ("double: two", disclose.HIDDEN_CHECK),  # not of the hidden part
        ("other: the number 5", disclose.HIDDEN_CHECK),
        (f"{SECRET}: three", disclose.HIDDEN_CHECK),
        (SECRET, disclose.HIDDEN_CHECK),
    ],
)
def test_a_hidden_check_is_called_as_its_author_called_it_or_not_at_all(tests, label, shown):
    _, text = tests.page().failure("test_double", verdict("got 1, want 2", label=label))
    assert text.split("\n")[0] == f"✗ {shown}"


def test_a_known_mistake_is_named(tests):
    given = verdict("got 9, want 6", seen="int scalar 9 1 2 3", text=SECRET)
    assert tests.page().failure("test_double", given) == (
        "CheckFailed",
        f"✗ double: three\n  {NAMED}",
    )


def test_what_was_said_before_anything_was_told_is_told_whole(tests):
    given = verdict("got 9, want 6", told=False, visible=True)
    assert tests.page(0).failure("test_double", given) == ("CheckFailed", given["text"])
    late = verdict(error="", text="stopped: x", told=False)
    assert tests.page(0).failure("test_double", late) == (disclose.STOPPED, "stopped: x")


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("AssertionError", "nothing", ("AssertionError", "nothing")),
        ("AssertionError", SECRET, ("AssertionError", "")),
        (SECRET, SECRET, ("an error", "")),
        ("KeyError", SECRET, ("KeyError", "")),
        ("KeyboardInterrupt", f"stopped: {SECRET}", ("KeyboardInterrupt", "")),
        ("", f"stopped: {SECRET}", (disclose.STOPPED, disclose.ENDED)),
    ],
)
def test_an_error_in_a_hidden_test_tells_its_class_and_the_authors_words(tests, kind, text, told):
    given = verdict(error=kind, text=text, label="")
    assert tests.page().failure("test_double", given) == told


def test_a_test_that_is_at_fault_itself_is_told_without_its_words(tests):
    given = verdict(error="", text=f"CannotCross: {SECRET}", author=True)
    _, text = tests.page().failure("test_double", given)
    assert SECRET not in text
    assert "it could not be checked" in text


# --- what all of it can tell ---

EVERYTHING = [
    verdict("got 9, want 6", seen="int scalar 9 1 2 3"),
    verdict("got 25, want 10", label="double: the number 5", seen="int scalar 25 1 2 3"),
    *(verdict(line, label=label) for line in SAID for label in ("double: three", "x")),
    *(verdict(f"your code raised {name}: x") for name in ("KeyError", "TypeError", "OSError")),
    *(verdict(error=name, text="", label="") for name in ("KeyError", "TypeError", "OSError", "")),
]


@pytest.mark.parametrize("bits", [0, 1, 2, 3.5, 6, 8, 9, 10, 11])
@pytest.mark.parametrize(("few", "long"), [(1, 2), (6, 3)])
def test_there_are_no_more_pages_than_its_bits_allow(tests, bits, few, long):
    """Every sequence of two of all verdicts, and of three of each sixth."""
    pages = set()
    for sequence in itertools.product(EVERYTHING[::few], repeat=long):
        page = tests.page(bits)
        pages.add(tuple(page.failure("test_double", one) for one in sequence))
        assert page.left >= 0
    assert len(pages) <= 2**bits


def test_a_notebook_that_has_said_all_that_it_may_says_no_more(tests):
    page = tests.page()
    told = [page.failure("test_double", EVERYTHING[2])[1] for _ in range(20)]
    assert told[0] != told[-1] == f"✗ {disclose.HIDDEN_CHECK}\n  {disclose.NO_MORE}"
    assert told == sorted(told, key=told.index)
