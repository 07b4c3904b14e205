"""A class's own hidden tests take the place of the course's, and nothing else changes."""

import nbformat
import pytest
from mini_course import ASSIGNMENT, SMALL

from autograder import grade
from autograder.authoring import choice, private, release
from autograder.authoring.source import HIDDEN, split_hidden
from autograder.cli import main
from autograder.proving import sample

OWN = "assert double(10) == 20"


def own(project, text=OWN, name="test_double.py", assignment=ASSIGNMENT):
    path = project.course / private.FOLDER / assignment / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def hidden(source):
    tests = [test for each in source.exercises.values() for test in each.tests]
    return {test.grade_id: split_hidden(test.text)[1].strip() for test in tests}


def visible(source):
    return [split_hidden(cell.text)[0] for cell in source.cells if cell.is_test]


def autograder(project, *arguments):
    return main(["-C", str(project.root), *arguments])


def test_only_the_hidden_part_of_its_cell_changes(project):
    before = choice.chosen(project, ASSIGNMENT).source
    own(project)
    after = choice.chosen(project, ASSIGNMENT)
    assert after.own == ("test_double",)
    assert hidden(after.source) == hidden(before) | {
        "test_double": f"{HIDDEN[0]}\n{OWN}\n{HIDDEN[1]}"
    }
    assert visible(after.source) == visible(before)
    assert [c.text for c in after.source.cells if not c.is_test] == [
        c.text for c in before.cells if not c.is_test
    ]
    cells = {cell.grade_id: cell for cell in after.source.cells}
    for exercise in after.source.exercises.values():
        assert all(cells[test.grade_id] is test for test in exercise.tests)


def test_what_students_get_is_the_same(project):
    before = release.build(project, ASSIGNMENT)
    own(project)
    after = release.build(project, ASSIGNMENT)
    assert after.release == before.release
    assert after.source != before.source
    assert OWN in after.source[f"{ASSIGNMENT}.ipynb"].decode()


def test_a_cell_without_a_hidden_part_gets_one(project):
    notebook = project.solution(ASSIGNMENT) / "notebook.py"
    text = notebook.read_text("utf-8")
    first, rest = text.split(HIDDEN[0], 1)
    notebook.write_text(first.rstrip() + "\n" + rest.split(HIDDEN[1] + "\n", 1)[1], "utf-8")
    source = choice.whole(project, ASSIGNMENT)
    [name, *_] = [name for name, part in hidden(source).items() if not part]
    own(project, name=f"{name}.py")
    assert OWN in hidden(choice.chosen(project, ASSIGNMENT).source)[name]


def test_an_exercise_that_is_left_out_takes_its_own_tests_along(project):
    own(project)
    project.choice.write_text(f'[{ASSIGNMENT}]\nwithout = ["double"]\n', "utf-8")
    source = choice.chosen(project, ASSIGNMENT).source
    assert "test_double" not in hidden(source)
    assert all(OWN not in cell.text for cell in source.cells)


@pytest.mark.tied(*SMALL)
def test_a_class_is_graded_by_its_own_tests(project, capsys):
    """Who wrote down the course's hidden inputs has no answer to others."""
    release.write(project, ASSIGNMENT)
    source = choice.whole(project, ASSIGNMENT)
    nb = nbformat.read(project.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb", as_version=4)
    solved = sample.submission(
        nbformat.writes(nb).encode(),
        source,
        sample.Student(dict.fromkeys(source.exercises, sample.RIGHT)),
    )
    nb = nbformat.reads(solved.decode(), as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source += "\n_right = double\n"
            cell.source += "def double(x):\n    return _right(x) + (x == 10)\n"
    path = project.course / "submitted" / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(nb), "utf-8")
    full = grade.grade(project, ASSIGNMENT, sandbox="none").scores["ada"]["double"]
    own(project)
    assert autograder(project, "release") == 0
    assert "hidden tests of the class's own in test_double" in capsys.readouterr().out
    report = grade.grade(project, ASSIGNMENT, sandbox="none")
    assert report.graded == ["ada"]
    assert report.scores["ada"]["double"] < full
    assert grade.grade(project, ASSIGNMENT, sandbox="none").unchanged == ["ada"]


@pytest.mark.tied(*SMALL)
def test_a_test_that_refuses_a_right_answer_is_not_released(project, capsys):
    release.write(project, ASSIGNMENT)
    before = (project.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb").stat().st_mtime_ns
    own(project, OWN.replace("20", "21"))
    assert autograder(project, "release") == 1
    said = capsys.readouterr().err
    assert "a right answer fails the class's own tests" in said
    assert "test_double fails across the boundary (the reference): AssertionError" in said
    assert (project.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb").stat().st_mtime_ns == before


BAD = {
    "a test that is not there": ({"name": "test_duble.py"}, "is it test_double.py?"),
    "a file of another kind": ({"name": "notes.md"}, "is named after no cell of checks (there are"),
    "an assignment that is not there": ({"assignment": "00_mimi"}, f"is it {ASSIGNMENT}?"),
    "no Python": ({"text": "assert double("}, "test_double.py, line 1: not Python"),
    "nothing": ({"text": "# to come\n"}, "holds no code"),
    "markers": ({"text": f"{HIDDEN[0]}\n{OWN}\n{HIDDEN[1]}"}, f"take away '{HIDDEN[0]}'"),
}


@pytest.mark.parametrize(("how", "said"), BAD.values(), ids=BAD)
def test_a_bad_folder_is_told_in_a_line_and_nothing_is_written(project, capsys, how, said):
    own(project, **how)
    assert autograder(project, "release") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (project.root / "assignments").exists()
    assert autograder(project, "grade", ASSIGNMENT) == 1
    assert said in capsys.readouterr().err
