"""What a student may see of a run: nothing that could carry a hidden test's input out."""

import base64
import io
import json

import nbformat
import pytest
from mini_course import ASSIGNMENT, HERE, make_project
from PIL import Image

from autograder import grade
from autograder.authoring import release
from autograder.authoring.source import read_source
from autograder.judging import disclose

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


def png(colour):
    out = io.BytesIO()
    Image.new("RGB", (5, 7), colour).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def display(text, picture):
    return nbformat.v4.new_output("display_data", {"text/plain": text, "image/png": picture})


def stream(text):
    return nbformat.v4.new_output("stream", text=text)


# --- a whole submission ---

PLOT = """\
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
print("new in grading")"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """An honest submission, graded: its notebook's cells by their text, its page, the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DL4CV_COURSE", "")
        project = make_project(tmp_path_factory.mktemp("told") / "project")
        release.write(project, ASSIGNMENT)
        nb = nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, 4)
        ids = [cell.id for cell in nb.cells]
        by_id = dict(zip(ids, nb.cells, strict=True))
        by_id["double"].source = "def double(x):\n    return 2 * x"
        by_id["clip"].source = "def clip("
        by_id["mean"].source = "def mean(values):\n    return str(values)\n\nundefined_here"
        own = {
            "early": (0, "print('fresh')", [stream("stale\n")]),
            "plot": (len(ids), PLOT, [stream("as it was\n"), display("<Figure>", png("red"))]),
            "plain": (len(ids), "print('new in grading')", []),
        }
        for name, (at, text, outputs) in reversed(own.items()):
            nb.cells.insert(at, nbformat.v4.new_code_cell(text, id=name, outputs=outputs))
        path = project.course / "submitted" / "ada" / ASSIGNMENT / NOTEBOOK
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
        report = grade.grade(project, ASSIGNMENT, jobs=1)
        assert (report.left_out, report.faults, report.suspicious) == ({}, {}, {})
        found = project.course / "autograded" / "ada" / ASSIGNMENT / NOTEBOOK
        cells = nbformat.read(found, 4).cells
        page = project.course / "feedback" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.html"
        yield {cell.source: cell for cell in cells}, page.read_text(), report


def shown(told, text):
    [cell] = [cell for source, cell in told[0].items() if text in source]
    return json.dumps(cell["outputs"])


def test_what_a_cell_shows_before_any_hidden_test_is_that_of_grading(told):
    assert "fresh" in shown(told, "'fresh'")
    assert "fresh" in told[1]
    assert "stale" not in told[1] + json.dumps([*told[0].values()])


def test_later_cells_show_what_they_were_handed_in_with_and_a_line_says_so(told):
    outputs = shown(told, "plt.plot")
    assert "as it was" in outputs
    assert disclose.AS_HANDED_IN.strip() in outputs
    assert "new in grading" not in outputs
    assert png("red") in outputs
    assert "as it was" in told[1]
    assert disclose.AS_HANDED_IN.strip() in told[1]
    assert f"data:image/png;base64,{png('red')}" in told[1]
    assert shown(told, "print('new in grading')") == "[]"


def test_of_errors_of_later_cells_the_class_is_told_and_a_name_of_the_cell(told):
    assert "NameError: name 'undefined_here' is not defined" in shown(told, "undefined_here")
    assert "NameError: name &#39;undefined_here&#39; is not defined" in told[1]
    assert "SyntaxError: '(' was never closed (line 1)" in shown(told, "def clip(")


def test_the_points_are_those_of_the_run(told):
    assert told[2].scores["ada"] == {"double": 30, "clip": 0, "mean": 0}


# --- cells ---


def error(name, text=""):
    return {"type": "error", "ename": name, "evalue": text, "traceback": f"{name}: {text}"}


def result(*outputs, told=True, fault="", left_out=0):
    cells = [{"told": told, "outputs": each, "left_out": left_out} for each in outputs]
    return {"cells": cells, "fault": fault}


def texts(found):
    return [[output.get("traceback", output.get("text")) for output in each] for each in found]


SECRET = "5a797a7a79782d5175696e65"


@pytest.mark.parametrize(
    ("raised", "source", "said"),
    [
        (error("ValueError", SECRET), "f()", "ValueError"),
        (error(f"E{SECRET}", SECRET), "f()", "an error"),
        (error("print", SECRET), "f()", "an error"),
        (error("NameError", f"name 'x{SECRET}' is not defined"), "f()", "NameError"),
        (error("NameError", "name 'f' is not defined"), "f()", "NameError: name 'f' is not def"),
        (error("SyntaxError", SECRET), "f(", "SyntaxError: '(' was never closed (line 1)"),
        (error("SyntaxError", SECRET), "f()", "SyntaxError"),
        (error(disclose.STOPPED, SECRET), "f()", "an error"),
    ],
)
def test_an_error_tells_its_class_and_what_stands_in_the_cell(raised, source, said):
    [[text]] = texts(disclose.cells(result([raised]), [source], [[]]))
    assert text.startswith(said)
    assert SECRET not in text


def test_why_a_notebook_was_stopped_is_told_at_every_cell():
    why = "stopped: a cell ran longer than 3 s"
    stopped = error(disclose.STOPPED) | {"traceback": why}
    found = disclose.cells(result(*[[stopped]] * 5, fault=why), [""] * 5, [[]] * 5)
    assert texts(found) == [[why]] * 5


def test_cells_cannot_spell_a_message_with_the_classes_of_their_errors():
    raised = [[error(name)] for name in ("KeyError", "TypeError", "OSError", "EOFError") * 5]
    found = disclose.cells(result(*raised), [""] * 20, [[]] * 20)
    assert [bool(each) for each in found] == [True] * disclose.ERRORS + [False] * 17


def test_whether_a_cell_printed_or_how_much_is_not_told():
    loud = [{"type": "stream", "name": "stdout", "text": SECRET}]
    found = disclose.cells(result(loud, [], left_out=5), ["", ""], [[], []])
    assert found == [[], []]


def test_before_it_was_told_a_cell_shows_all():
    loud = [{"type": "stream", "name": "stdout", "text": "1"}, error("Mine", "2")]
    [found] = disclose.cells(result(loud, told=False, left_out=1234), [""], [["stale"]])
    assert found[:2] == loud
    assert found[2]["text"] == "(1,234 characters are left out)\n"


# --- tests ---


@pytest.fixture(scope="module")
def tests():
    return disclose.Tests(read_source(HERE / "mini" / "solutions" / ASSIGNMENT / "notebook.py"))


def verdict(*lines, **changes):
    text = "\n  ".join(["✗ double: three", *lines, "This is what you get when it is wrong."])
    values = {"error": "CheckFailed", "label": "double: three", "text": text, "told": True}
    values |= {"lines": list(lines), "visible": False, "author": False}
    return values | changes


SHOWN = [
    "got 9.0, want 6.0 (relative error 0.5, tolerance 1e-06)",
    "entry [1, 0]: got -1.5e-07, want nan",
    "result 2 of 3: entry [4]: got True, want False",
    "got shape (3, 2), want shape (2, 3)",
    "got dtype float32, want dtype float64",
    "got floats (dtype float64), want whole numbers (dtype int64)",
    "got None. Does every path of your function end with a return?",
    "got ['double', 'mean'], want []",
    "got (2, 3), want (3, 2)",
    "2 of 9 entries are wrong",
    "the call changed its argument values. Work on a copy (values = values.copy()), or …",
    "not written yet. Replace the `raise` line in double with your code.",
    "raised KeyError, want ValueError with a message that helps",
    "your code raised NameError: name 'values' is not defined",
    "took 1.25 s, limit 0.5 s. Is there a Python loop where NumPy can do the work?",
]
KEPT_BACK = [
    f"got '{SECRET}', want 'Hello'",
    f"got str '{SECRET}', want an array",
    f"got ['{SECRET}'], want []",
    f'got "x, want {SECRET}", want 1',
    f"got {SECRET}, want 2",
    f"got a {SECRET}, want a NumPy array: np.array(…) makes one",
    f"the call changed its argument {SECRET}. Work on a copy",
    f"your code raised ValueError: {SECRET}",
    f"your code raised {SECRET}: x",
    f"your code raised NameError: name '{SECRET}' is not defined",
    f"raised {SECRET}, want ValueError with a message that helps",
    f"returned '{SECRET}', but this input is not legal: raise ValueError",
    f"not written yet. {SECRET}",
    f"not written yet. x\n  got 1.0, want {SECRET}",
    f"for   double(np.array([{SECRET}]))",
    "got [" + ", ".join("1234567"[::-1]) + "], want 2",
    "got ['" + "double mean " * 7 + "x'], want 2",
    f"got 1.0, want 2\n  {SECRET}",
]


@pytest.mark.parametrize("line", SHOWN)
def test_a_failed_check_tells_numbers_and_our_own_words(tests, line):
    name, text = tests.failure("test_double", verdict(line), "", [], {"values"})
    assert name == "CheckFailed"
    assert text.split("\n  ") == ["✗ double: three", line, "This is what you get when it is wrong."]


@pytest.mark.parametrize("visible", [False, True])
@pytest.mark.parametrize("line", KEPT_BACK)
def test_a_failed_check_tells_no_text_that_a_student_makes(tests, line, visible):
    given = verdict(line, visible=visible)
    _, text = tests.failure("test_mean", given, "", [error("CheckFailed", "another")], {"values"})
    assert line not in text
    assert SECRET not in text or line.startswith("for ")
    assert text.startswith("✗ double: three\n  ")
    assert text.endswith("\n  This is what you get when it is wrong.")
    untold = tests.failure("test_mean", given | {"told": False}, "", [], set())
    assert untold == ("CheckFailed", given["text"])


def test_a_visible_check_tells_all_where_it_said_the_same_when_it_was_handed_in(tests):
    given = verdict("got 'Hello', want 'Hi'", visible=True)
    brought = [error("CheckFailed", given["text"])]
    assert tests.failure("test_double", given, "", brought, set()) == ("CheckFailed", given["text"])
    _, text = tests.failure("test_double", given | {"visible": False}, "", brought, set())
    assert "Hello" not in text


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("AssertionError", "secret hidden test", ("AssertionError", "secret hidden test")),
        ("AssertionError", SECRET, ("AssertionError", "")),
        (SECRET, SECRET, ("an error", "")),
        ("KeyError", SECRET, ("KeyError", "")),
        (
            "NameError",
            "name 'values' is not defined",
            ("NameError", "name 'values' is not defined"),
        ),
        ("NameError", f"name '{SECRET}' is not defined", ("NameError", "")),
        ("", "stopped: x", (disclose.STOPPED, "stopped: x")),
        (
            "NotImplementedError",
            "Replace the `raise` line in double with your code.",
            ("NotImplementedError", "Replace the `raise` line in double with your code."),
        ),
        ("NotImplementedError", f"Replace {SECRET}", ("NotImplementedError", "")),
    ],
)
def test_an_error_in_a_test_tells_its_class_and_the_authors_words(tests, kind, text, told):
    given = verdict(error=kind, text=text, label="")
    assert tests.failure("test_double", given, "stopped: x", [], {"values"}) == told
