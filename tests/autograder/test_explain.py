"""`autograder explain`, and grading some alone: what is said is what ran; nothing is written."""

import json
import re
import shutil

import pytest
from mini_course import ASSIGNMENT, end_early

from autograder.cli import main
from autograder.recording.journal import Journal

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


@pytest.fixture
def command(graded_copy, capsys):
    """Runs a command on a graded class; gives (exit code, output, errors)."""

    def call(*arguments):
        code = main(["-C", str(graded_copy.root), *arguments])
        end_early()  # as the command's process does
        return code, *capsys.readouterr()

    call.project = graded_copy
    return call


def edit(project, student, old, new):
    path = project.course / "submitted" / student / ASSIGNMENT / NOTEBOOK
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(old, new)
    path.write_text(json.dumps(notebook))


def state(project):
    """{file: (content, when it was written)} of all that a course holds."""
    return {
        path.relative_to(project.root): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(project.root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


# --- some students alone ---


def test_only_those_who_are_named_are_graded_and_listed(command):
    folder = command.project.course / "submitted"
    for student in ("untouched", "first-half"):
        shutil.copytree(folder / "reference", folder / student, dirs_exist_ok=True)
    code, out, _ = command("grade", ASSIGNMENT, "untouched", "one-mistake")
    assert code == 0
    assert "0 graded, 1 known from before, 1 unchanged" in out
    assert "untouched      30    30    40   100" in out
    assert "first-half" not in out
    text = (command.project.course / "grades.csv").read_text()
    assert re.search(r"first-half,.*,30\.0,", text)  # it is still what it was, and still there


def test_who_has_handed_in_nothing_is_named_with_those_alike(command):
    (command.project.course / "submitted" / "one-mistak").mkdir()
    code, out, err = command("grade", ASSIGNMENT, "untouched", "one-mistak")
    assert (code, out) == (1, "")
    assert err == (
        f"autograder: submitted/ has nothing of 'one-mistak' for {ASSIGNMENT} (there is "
        "one-mistake, all-mistakes): autograder collect brings it in\n"
    )


@pytest.mark.parametrize("lost", [[], ["withheld", "hints", "source"], ["gradebook.db"]])
def test_a_dry_run_says_what_would_be_graded_and_writes_nothing(command, lost):
    course = command.project.course
    for name in lost:
        path = course / name
        path.unlink() if path.is_file() else shutil.rmtree(path)
    edit(command.project, "second-half", "import math", "import math, os")
    shutil.copytree(course / "submitted" / "reference", course / "submitted" / "same")
    (course / "submitted" / "first-half" / ASSIGNMENT / NOTEBOOK).write_text("{")
    before = state(command.project)
    code, out, err = command("grade", ASSIGNMENT, "--dry-run")
    assert code == 1
    assert err.startswith("autograder: left out first-half: ")
    counts = [line.split(" ")[0] for line in out.splitlines()]
    if "gradebook.db" in lost:  # what was run is known all the same
        assert counts == ["1", "10", "0", "nothing"]
    else:
        assert counts == ["1", "1", "9", "nothing"]
        assert "1 known from before: same\n" in out
    assert "1 to grade: second-half\n" in out
    assert state(command.project) == before


def test_a_dry_run_of_some_and_of_all_by_force(command):
    _, out, _ = command("grade", ASSIGNMENT, "reference", "untouched", "--dry-run")
    assert out == "0 to grade\n0 known from before\n2 unchanged\nnothing was written\n"
    _, out, _ = command("grade", ASSIGNMENT, "reference", "untouched", "--dry-run", "--force")
    assert out.startswith("2 to grade: reference, untouched\n")


# --- why ---


def test_what_ran_and_why_and_what_was_left_out_and_replaced(command):
    code, out, err = command("explain", ASSIGNMENT, "one-mistake", "mean")
    assert (code, err) == (0, "")
    lines = out.split("\n")
    assert lines[0] == "one-mistake, mean: 0 of 40 points"
    said = {line.split()[1]: line for line in lines if line.startswith("cell ")}
    assert re.fullmatch(r"cell 2 +ran +import math +given, and read: math \(cell 12\)", said["2"])
    assert re.fullmatch(r"cell 4 +ran +double +the answer to double", said["4"])
    assert said["6"].endswith("given, and nothing that ran reads what it binds")
    assert "left out" in said["6"]
    assert "\nreplaced by the course's own, as all tests are: cell 13 (test_mean)\n" in out
    assert "test_mean: failed in its visible part; 0 of 40 points\n  it saw:\n    Assert" in out


def test_the_instructor_sees_what_a_hidden_test_saw_and_what_the_page_says(command):
    edit(command.project, "reference", "return secret_solution", "return abs(secret_solution)")
    assert command("grade", ASSIGNMENT, "reference")[0] == 0
    _, out, _ = command("explain", ASSIGNMENT, "reference", "double")
    assert "test_double: failed in its hidden part; 0 of 30 points" in out
    assert "AssertionError: secret hidden test" in out
    _, out, _ = command("explain", ASSIGNMENT, "reference", "clip")
    assert "test_clip: passed; 20 of 20 points" in out
    assert "test_clip_low: passed; 10 of 10 points" in out


def test_a_cell_that_raised_and_one_that_may_read_anything_are_named(command):
    edit(command.project, "one-mistake", "import math", "import maths")
    edit(command.project, "reference", "import math", "exec('import math')")
    assert command("grade", ASSIGNMENT, "one-mistake", "reference")[0] == 0
    _, out, _ = command("explain", ASSIGNMENT, "one-mistake", "double")
    assert re.search(
        r"cell 2 +ran +import maths +the student's own, or given and changed; raised", out
    )
    assert "ModuleNotFoundError" in out
    _, out, _ = command("explain", ASSIGNMENT, "reference", "double")
    assert re.search(r"cell 6 +ran .*cell 2 may read anything: exec, a magic, import \*", out)


def test_a_rerun_stands_beside_what_was_recorded_and_nothing_is_written(command):
    project = command.project
    before = state(project)
    code, out, _ = command("explain", ASSIGNMENT, "one-mistake", "mean", "--rerun")
    assert code == 0
    assert re.search(r"test_mean +failed in its visible part +failed in its visible part\n", out)
    assert out.endswith("the same again\nnothing was written\n")
    assert state(project) == before


def test_a_rerun_with_another_end_is_said_and_the_record_stays(command):
    project = command.project
    journal = Journal(project, ASSIGNMENT)
    key = journal.key("reference")
    kept = journal.result(key)
    kept["tests"]["test_mean"] |= {"passed": False, "error": "ValueError", "text": "at that time"}
    journal.keep(key, kept)
    journal.close()
    before = state(project)
    _, out, _ = command("explain", ASSIGNMENT, "reference", "mean", "--rerun")
    assert "ValueError: at that time" in out
    assert re.search(
        r"test_mean +failed in its hidden part +passed\nnot the same: test_mean\n", out
    )
    assert state(project) == before


def test_work_that_has_changed_since_is_said_to_have(command):
    edit(command.project, "reference", "return secret_solution", "return 7")
    _, out, _ = command("explain", ASSIGNMENT, "reference", "double", "--rerun")
    assert "are no longer those of the recorded result" in out
    assert "cell 2" not in out
    assert re.search(r"test_double +passed +failed in its visible part\n", out)
    assert "\n  test_double saw now:\n    AssertionError" in out
    assert out.endswith("not the same: test_double\nnothing was written\n")


def test_what_a_terminal_would_obey_is_not_printed(command):
    edit(command.project, "reference", "return secret_solution", "raise ValueError('\\x1b[2J')")
    assert command("grade", ASSIGNMENT, "reference")[0] == 0
    _, out, _ = command("explain", ASSIGNMENT, "reference", "double")
    assert "ValueError" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("student", "exercise", "said"),
    [
        ("referenc", "mean", "there is no student 'referenc' (there is reference)"),
        ("reference", "means", "has no exercise 'means' (there are: double, clip, mean)"),
        ("new", "mean", f"nothing of new's is graded in {ASSIGNMENT} yet: autograder grade"),
        ("broken", "mean", "broken's work cannot be graded as it is now: "),
        ("lost", "mean", "--force runs it again"),
    ],
)
def test_what_cannot_be_explained_is_a_line(command, student, exercise, said):
    project = command.project
    submitted, journal = project.course / "submitted", project.course / "journal" / ASSIGNMENT
    shutil.copytree(submitted / "reference", submitted / "new")
    if student in ("broken", "lost"):
        shutil.copytree(submitted / "reference", submitted / student)
        assert command("grade", ASSIGNMENT, student)[0] == 0
    if student == "broken":
        (submitted / student / ASSIGNMENT / NOTEBOOK).write_text("{")
    if student == "lost":
        for path in journal.glob("*/*.json.gz"):
            path.unlink()
    code, out, err = command("explain", ASSIGNMENT, student, exercise)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
