"""Where nothing has changed, `autograder grade` says at once what it said; else it looks."""

import shutil
import sys

import pytest
from mini_course import ASSIGNMENT, end_early

from autograder import again, cli, grade
from autograder.cli import main
from autograder.project import Project


class LookedError(Exception):
    """The class is looked at."""


@pytest.fixture(scope="module")
def project(graded, tmp_path_factory):
    """A class that is graded."""
    return Project(shutil.copytree(graded.root, tmp_path_factory.mktemp("again") / "graded"))


@pytest.fixture
def said(project):
    return keep(project)


def keep(project):
    """As if it had just been graded, and this been said of it."""
    options = vars(cli._parser().parse_args(["grade", ASSIGNMENT]))
    options = {name: value for name, value in options.items() if name not in cli._NOT_SAID}
    again.Again(project, ASSIGNMENT, options).keep("Eleven, and nothing new.")
    return "Eleven, and nothing new.\n"


@pytest.fixture
def no_look(monkeypatch):
    def look(*_, **__):
        raise LookedError

    monkeypatch.setattr(grade, "grade", look)


def call(project, *options):
    end_early()  # of a call before, which ran nothing
    return main(["-C", str(project.root), "grade", ASSIGNMENT, *options])


@pytest.mark.usefixtures("no_look")
def test_nothing_new_is_the_same_text_and_nothing_is_looked_at(project, said, capsys):
    for options in ([], ["--jobs", "1"]):
        assert call(project, *options) == 0
        assert capsys.readouterr().out == said


def first(project, part):
    return sorted(project.course.glob(f"{part}/*/{ASSIGNMENT}/*"))[0]


def rewrite(path):
    path.write_bytes(path.read_bytes())


CHANGES = {
    "a submission": lambda p: rewrite(first(p, "submitted")),
    "a file beside it": lambda p: first(p, "submitted").with_name("x.txt").touch(),
    "one more": lambda p: shutil.copytree(
        first(p, "submitted").parents[1], p.course / "submitted" / "zoe"
    ),
    "one less": lambda p: shutil.rmtree(p.course / "submitted" / "zoe"),
    "the gradebook": lambda p: rewrite(p.course / "gradebook.db"),
    "a page": lambda p: first(p, "feedback").unlink(),
    "an autograded notebook": lambda p: first(p, "autograded").unlink(),
    "the table": lambda p: (p.course / "grades.csv").unlink(),
    "a file of the class": lambda p: (p.course / "class.json").write_text("{}"),
    "the release": lambda p: rewrite(p.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"),
    "the source": lambda p: rewrite(p.solution(ASSIGNMENT) / "notebook.py"),
    "the rule for late work": lambda p: rewrite(p.root / "nbgrader_config.py"),
    "the library": lambda p: next((p.root / "cs_lib").rglob("*.py")).touch(),
    "what was said": lambda p: (p.course / "journal" / ASSIGNMENT / "said.json").write_text("{"),
}


def looks(project):
    try:
        call(project)
    except LookedError:
        return True
    return False


@pytest.mark.usefixtures("no_look")
def test_whatever_changes_is_looked_at(project):
    for name, change in CHANGES.items():
        keep(project)
        assert call(project) == 0, name
        change(project)
        assert looks(project), name


@pytest.mark.parametrize("options", [["--force"], ["--all-cells"], ["--cell-seconds", "7"]])
@pytest.mark.usefixtures("no_look", "said")
def test_other_options_are_looked_at(project, options):
    with pytest.raises(LookedError):
        call(project, *options)


def test_a_change_while_it_grades_is_looked_at_the_next_time(project):
    state = again.Again(project, ASSIGNMENT, {})
    rewrite(first(project, "submitted"))
    state.keep("text")
    assert again.Again(project, ASSIGNMENT, {}).said() is None


def test_the_state_is_of_one_environment(project, monkeypatch):
    again.Again(project, ASSIGNMENT, {}).keep("text")
    assert again.Again(project, ASSIGNMENT, {}).said() == "text"
    monkeypatch.setattr(sys, "executable", "/another/python")
    assert again.Again(project, ASSIGNMENT, {}).said() is None


def test_what_is_said_again_is_what_a_look_says(graded_copy, capsys, monkeypatch):
    for _ in range(2):  # the first may know some from before
        rewrite(first(graded_copy, "submitted"))
        assert call(graded_copy) == 0
        looked = capsys.readouterr().out
    monkeypatch.setattr(grade, "grade", None)
    assert call(graded_copy) == 0
    assert capsys.readouterr().out == looked


def test_who_is_left_out_is_looked_at_each_time(graded_copy, capsys):
    first(graded_copy, "submitted").write_text("no notebook")
    for _ in range(2):
        assert call(graded_copy) == 1
        assert "left out" in capsys.readouterr().err
