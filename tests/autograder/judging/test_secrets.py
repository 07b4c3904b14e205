"""What of hidden tests is taken out of whatever a student is shown, and what may stay."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.authoring import release
from autograder.authoring.source import HIDDEN, read_source
from autograder.judging.secrets import Secrets, plain

SOURCE = """\
# ---
# title: One function
# ---

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 100}
assert double(3) == 6, "three doubled"
assert double("seen before") == "seen beforeseen before"
### BEGIN HIDDEN TESTS
assert double(3) == 6, "three doubled"
assert double(-71.625) == -143.25, "a message that a student may read"
check_call(double, 12345678, want=2, label="eight digits")
assert double("seen before") != 1
### END HIDDEN TESTS
"""
LINE = 'assert double(-71.625) == -143.25, "a message that a student may read"'


@pytest.fixture
def nb(source):
    return release.notebook(source, repository="https://example.org/mini")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "notebook.py"
    path.write_text(SOURCE)
    return read_source(path, "notebook.py")


@pytest.fixture
def secrets(source, nb):
    return Secrets.of(source, nb)


def test_secret_are_the_lines_and_the_inputs_that_are_seen_nowhere_else(secrets):
    assert LINE in secrets.lines
    assert 'assert double(3) == 6, "three doubled"' not in secrets.lines, "a visible test says it"
    assert HIDDEN[0] in secrets.lines
    assert secrets.inputs == {"71.625", "143.25", "12345678"}


@pytest.mark.parametrize(
    ("text", "inputs", "kept"),
    [
        (f"before\n{LINE}\n{LINE}\nafter", False, "before\n(hidden test)\nafter"),
        (f"--> 5 \x1b[32m{LINE[:10]}\x1b[0m{LINE[10:]}", False, "(hidden test)"),
        (f"{LINE[:10]}\x00{LINE[10:]}", False, "(hidden test)"),
        ("it got 12345678", True, "(hidden test)"),
        ("it got 12345678", False, "it got 12345678"),
        ("a message that a student may read", True, "a message that a student may read"),
        ("x" * 30_000, True, plain("x" * 30_000)),
    ],
    ids=["lines", "colours", "control", "input", "no input", "message", "long"],
)
def test_a_line_with_a_secret_in_it_goes_and_the_others_stay(secrets, text, inputs, kept):
    assert secrets.without(text, inputs=inputs) == kept


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("CheckFailed", "✗ eight digits\n  for   double(x=12345678)", True),
        ("CheckFailed", "✗ eight digits\n  your code raised ValueError: 12345678", False),
        ("ValueError", "12345678", False),
    ],
)
def test_a_check_may_say_what_it_called_with_and_a_students_error_may_not(
    secrets, name, text, kept
):
    assert ("12345678" in secrets.without_in_error(name, text)) is kept


def test_what_a_student_wrote_is_no_secret_to_that_student(secrets, nb):
    nb.cells.append(new_code_cell(f"{LINE}\nx = 12345678"))
    mine = secrets.for_student(nb)
    assert mine.without(f"{LINE}\n12345678", inputs=True) == f"{LINE}\n12345678"
    assert mine.without("### BEGIN HIDDEN TESTS") == "(hidden test)"
    test = next(cell for cell in nb.cells if cell["metadata"].get("nbgrader", {}).get("grade"))
    nb.cells.pop()
    test.source += "\n# as nbgrader leaves it"
    assert secrets.for_student(nb) == secrets, "the text of a test is nobody's own"


def test_a_notebook_is_cleaned_in_every_kind_of_output(secrets):
    outputs = [
        new_output("stream", text=f"1\n{LINE}\n"),
        new_output("error", ename="E", evalue=LINE, traceback=[f"--> {LINE}", "12345678", "end"]),
        new_output("display_data", {"text/plain": "12345678", "image/png": "12345678"}),
        new_output("display_data", {"image/png": "12345678"}),
    ]
    nb = new_notebook(cells=[new_code_cell("f()", outputs=outputs)])
    secrets.clean(nb)
    nbformat.validate(nb)
    stream, error, display, picture = nb.cells[0].outputs
    assert stream.text == "1\n(hidden test)\n"
    assert (error.evalue, error.traceback) == ("(hidden test)", ["(hidden test)", "end"])
    assert display.data == {"text/plain": "(hidden test)", "image/png": "12345678"}
    assert picture.data == {"image/png": "12345678"}
