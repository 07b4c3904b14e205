"""The same scores as plain nbgrader, cell by cell, for every submission of the sample class."""

from mini_course import ROOT, run
from nbgrader.api import Gradebook

from autograder import grade, release, sample
from autograder.project import Project

ASSIGNMENT = "01_knn"


def points(folder):
    """{(student, test): points that the tests gave} of a gradebook."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.cell.name): grade.auto_score
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for grade in submission.notebooks[0].grades
        }


def test_the_sample_class_gets_from_us_what_nbgrader_alone_gives_it(tmp_path, monkeypatch):
    project = Project(ROOT)
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    students = sample.write(project, ASSIGNMENT, ours)
    sample.write(project, ASSIGNMENT, plain)

    done = run("autograder", "grade", ASSIGNMENT, cwd=ROOT, DL4CV_COURSE=str(ours))
    assert done.returncode == 0, done.stderr
    found = points(ours)
    assert len(found) == len(students) * 12
    everything = ("--all-cells", "--force")  # what else is left out changes no score
    done = run("autograder", "grade", ASSIGNMENT, *everything, cwd=ROOT, DL4CV_COURSE=str(ours))
    assert done.returncode == 0, done.stderr
    assert f"{len(students)} graded" in done.stdout
    assert points(ours) == found

    monkeypatch.setenv("DL4CV_COURSE", str(plain))
    built = release.build(project, ASSIGNMENT)
    release.write_source(project, built)
    grade._register(project, built)
    done = run("nbgrader", "autograde", ASSIGNMENT, cwd=ROOT, DL4CV_COURSE=str(plain))
    assert done.returncode == 0, done.stderr
    assert points(plain) == found
