"""A folder in submitted/ as one Submission: what runs, what comes along, what is left out."""

import json
import os
import shutil

import nbformat
import pytest
from mini_course import ASSIGNMENT, make_project

from autograder.authoring import release
from autograder.intake import submission
from autograder.project import UserError

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
GRADED = ["double", "test_double", "clip", "test_clip", "test_clip_low", "mean", "test_mean"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The small project and its build: do not write to it."""
    project = make_project(tmp_path_factory.mktemp("submission") / "project")
    return project, release.build(project, ASSIGNMENT)


@pytest.fixture
def folder(course, tmp_path):
    """What ada has handed in: the release as it is."""
    folder = tmp_path / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_bytes(course[1].release[NOTEBOOK])
    return folder


def take(course, folder, student="ada", **options):
    return submission.Desk(course[1], **options).take(student, folder)


def test_tests_and_what_the_students_cells_need_run_and_all_cells_where_it_is_asked(course, folder):
    names = [planned["id"] for planned in take(course, folder).cells]
    assert [name for name in names if name] == GRADED
    some, every = (take(course, folder, all_cells=all_cells).ran for all_cells in (False, True))
    assert set(some) < set(every), "a given cell on which nothing depends"
    nb = nbformat.read(folder / NOTEBOOK, 4)
    nb.cells.append(nbformat.v4.new_code_cell("mine = 3"))
    nbformat.write(nb, folder / NOTEBOOK)
    assert {"id": None, "text": "mine = 3"} in take(course, folder).cells


@pytest.mark.parametrize(
    ("outputs", "helped"),
    [
        ([], True),
        ([{"output_type": "stream", "name": "stdout", "text": "fine"}], True),
        ([{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}], False),
    ],
)
def test_what_was_given_comes_along_with_a_cell_that_was_changed_and_showed_no_error(
    course, folder, outputs, helped
):
    nb = json.loads((folder / NOTEBOOK).read_text())
    [changed] = [c for c in nb["cells"] if "import math" in "".join(c["source"])]
    before = "".join(changed["source"])
    changed |= {"source": f"import cmath\n{before}", "outputs": outputs}
    (folder / NOTEBOOK).write_text(json.dumps(nb))
    cells = take(course, folder).cells
    planned = {"id": None, "text": changed["source"]} | ({"given": before} if helped else {})
    assert planned in cells
    assert sum("given" in cell for cell in cells) == helped


def test_a_read_only_cell_runs_with_all_that_it_reads_though_nothing_of_the_students_reads_it():
    def cell(source, grade_id="", **kind):
        kind = {"solution": False, "grade": False} | kind
        metadata = {"nbgrader": {"grade_id": grade_id, **kind}} if grade_id else {}
        return {"cell_type": "code", "id": source, "metadata": metadata, "source": source}

    cells = [
        cell("scale = 2"),
        cell("def slope(f):\n    return f(scale)"),
        cell("def line(x):\n    return x", "line", solution=True),
        cell("def line_slope():\n    return slope(line)", "line_slope"),
        cell("picture = scale"),
        cell("assert line_slope() == 2", "test_line", grade=True),
    ]
    assert submission._ran({"cells": cells}, {"cells": cells}, False) == [0, 1, 2, 3, 5]


def test_files_come_along_and_what_is_none_of_the_students_does_not(course, folder):
    (folder / "data").mkdir()
    (folder / "data" / "points.txt").write_bytes(b"1 2")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "other.ipynb").write_bytes(b"{}")
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "hints.json").write_bytes(b"{}")
    (folder / "large.bin").touch()
    os.truncate(folder / "large.bin", submission.FILES + 1)
    taken = take(course, folder)
    given = {*course[1].release} - {NOTEBOOK, "hints.json"}
    assert taken.files.keys() - given == {"data/points.txt"}
    assert taken.files["data/points.txt"] == b"1 2"
    assert taken.notes == [
        "large.bin is too large, or no file: left out",
        "link.txt is a link: left out",
        "hints.json is not the release's: not used",
    ]


def test_of_too_many_files_the_rest_is_left_out_and_said(course, folder):
    for number in range(submission.MAX_FILES + 50):
        (folder / f"{number}.txt").touch()
    taken = take(course, folder)
    assert submission.MAX_FILES - 5 < len(taken.files) <= submission.MAX_FILES + 5
    assert taken.notes == ["there are more than 1,000 files: the rest is left out"]


@pytest.mark.parametrize(
    ("text", "found", "notes"),
    [
        ("2026-10-02 02:10:00 +0200\n", "2026-10-02 00:10:00", []),
        ("2026-10-02 00:10:00", "2026-10-02 00:10:00", []),  # as nbgrader reads it
        (
            "never",
            "",
            ["timestamp.txt says never (no time is written like this): left out"],
        ),
        ("", "", []),
    ],
)
def test_the_time_is_read_in_utc_or_it_is_said_why_not(course, folder, text, found, notes):
    (folder / "timestamp.txt").write_text(text)
    taken = take(course, folder)
    assert taken.timestamp.startswith(found)
    assert bool(taken.timestamp) is bool(found)
    assert taken.notes == notes


def test_what_cannot_be_graded_has_a_problem_and_nothing_else(course, folder):
    (folder / NOTEBOOK).write_text("no JSON")
    taken = take(course, folder)
    assert "is not JSON" in taken.problem
    assert (taken.notebook, taken.ran, taken.files) == ({}, [], {})
    taken = take(course, folder, student="b\udcff")
    assert (taken.student, taken.problem) == ("b?", "the folder's name is not UTF-8: rename it")


def test_folders_are_found_by_student_and_none_is_an_error_that_says_where_they_go(
    course, folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path))
    project, _ = course
    (tmp_path / "submitted" / "bob" / "99_other").mkdir(parents=True)
    assert submission.folders(project, ASSIGNMENT) == {"ada": folder}
    shutil.rmtree(folder)
    with pytest.raises(UserError, match=f"submitted/STUDENT/{ASSIGNMENT}/{NOTEBOOK}"):
        submission.folders(project, ASSIGNMENT)
