"""The gradebook is told of an assignment once for each state of its cells."""

import shutil

import pytest
from mini_course import ASSIGNMENT

from autograder.authoring import release
from autograder.recording import gradebook


@pytest.fixture
def built(project):
    release.write(project, ASSIGNMENT)
    return release.build(project, ASSIGNMENT)


@pytest.fixture
def told(monkeypatch):
    found, register = [], gradebook._register

    def counted(project, built):
        found.append(built.assignment)
        register(project, built)

    monkeypatch.setattr(gradebook, "_register", counted)
    return found


def cells(project):
    from nbgrader.api import Gradebook

    with Gradebook(project.database) as book:
        return {
            cell.name: cell.source
            for cell in book.find_notebook(ASSIGNMENT, ASSIGNMENT).source_cells
        }


def test_the_second_time_nothing_is_done(project, built, told):
    gradebook.register(project, built)
    before = cells(project)
    gradebook.register(project, built)
    assert told == [ASSIGNMENT]
    assert before
    assert cells(project) == before


def test_changed_cells_are_told(project, built, told):
    gradebook.register(project, built)
    path = project.solution(ASSIGNMENT) / "notebook.py"
    text = path.read_text()
    path.write_text(text.replace("mean([1, 2, 6]) == 3", "mean([1, 2, 9]) == 4"))
    new = release.build(project, ASSIGNMENT)
    gradebook.register(project, new)
    assert told == [ASSIGNMENT] * 2
    assert "mean([1, 2, 9])" in "".join(cells(project).values())


def removed(project):
    from nbgrader.api import Gradebook

    with Gradebook(project.database) as book:
        book.remove_assignment(ASSIGNMENT)


def removed_and_named_again(project):
    from nbgrader.api import Gradebook

    removed(project)
    with Gradebook(project.database) as book:
        book.add_assignment(ASSIGNMENT)


def another_gradebook(project):
    (project.course / "gradebook.db").unlink()


def an_earlier_gradebook(project):
    shutil.copy(project.course / "earlier.db", project.course / "gradebook.db")


@pytest.mark.parametrize(
    "change", [removed, removed_and_named_again, another_gradebook, an_earlier_gradebook]
)
def test_a_gradebook_that_has_lost_the_cells_is_told_again(project, built, told, change):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{project.course / 'earlier.db'}"):
        pass
    gradebook.register(project, built)
    before = cells(project)
    change(project)
    gradebook.register(project, built)
    assert told == [ASSIGNMENT] * 2
    assert cells(project) == before
