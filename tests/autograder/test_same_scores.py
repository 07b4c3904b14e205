"""The same scores as plain nbgrader, cell by cell, for every submission of the sample class."""

import pytest
from mini_course import ROOT, assignments, run
from nbgrader.api import Gradebook

from autograder.authoring import release
from autograder.project import Project
from autograder.proving import sample
from autograder.recording import gradebook


def points(folder, assignment):
    """{(student, test): points that the tests gave} of a gradebook."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.cell.name): grade.auto_score
            for submission in gradebook.assignment_submissions(assignment)
            for grade in submission.notebooks[0].grades
        }


@pytest.mark.parametrize("assignment", assignments())
def test_the_sample_class_gets_from_us_what_nbgrader_alone_gives_it(
    assignment, tmp_path, monkeypatch
):
    project = Project(ROOT)
    built = release.build(project, assignment)
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    students = sample.write(project, assignment, ours)
    sample.write(project, assignment, plain)

    done = run("autograder", "grade", assignment, cwd=ROOT, DL4CV_COURSE=str(ours))
    assert done.returncode == 0, done.stderr
    found = points(ours, assignment)
    assert len(found) == len(students) * sum(cell.is_test for cell in built.parsed.cells)
    everything = ("--all-cells", "--force")  # what else is left out changes no score
    done = run("autograder", "grade", assignment, *everything, cwd=ROOT, DL4CV_COURSE=str(ours))
    assert done.returncode == 0, done.stderr
    assert f"{len(students)} graded" in done.stdout
    assert points(ours, assignment) == found

    monkeypatch.setenv("DL4CV_COURSE", str(plain))
    release.write_source(project, built)
    gradebook.register(project, built)
    done = run("nbgrader", "autograde", assignment, cwd=ROOT, DL4CV_COURSE=str(plain))
    assert done.returncode == 0, done.stderr
    assert points(plain, assignment) == found
