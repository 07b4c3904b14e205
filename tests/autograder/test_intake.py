"""What cannot be graded is named in a line with the remedy, and is not touched."""

import json
import shutil

import nbformat
import pytest
from mini_course import ASSIGNMENT

from autograder import intake, release

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
IDS = ["double", "test_double", "clip", "test_clip", "test_clip_low", "mean", "test_mean"]


@pytest.fixture
def folder(project):
    """A submission's folder that holds the release as it was."""
    release.write(project, ASSIGNMENT)
    folder = project.course / "submitted" / "student" / ASSIGNMENT
    shutil.copytree(project.release(ASSIGNMENT), folder)
    return folder


def edited(folder, edit):
    """Write the notebook back after edit(nb)."""
    nb = json.loads((folder / NOTEBOOK).read_text())
    edit(nb)
    (folder / NOTEBOOK).write_text(json.dumps(nb))


def test_a_release_as_it_was_is_fine(folder):
    assert intake.problem(folder, ASSIGNMENT, IDS) is None


def test_an_edited_and_saved_notebook_is_fine(folder):
    nb = nbformat.read(folder / NOTEBOOK, as_version=4)
    nb.cells.insert(0, nbformat.v4.new_code_cell("print('hello')"))
    del nb.cells[3]
    nbformat.write(nb, folder / NOTEBOOK)
    assert intake.problem(folder, ASSIGNMENT, IDS) is None


def test_a_notebook_without_cell_ids_is_fine(folder):
    def edit(nb):
        nb["nbformat_minor"] = 4
        for cell in nb["cells"]:
            del cell["id"]

    edited(folder, edit)
    assert intake.problem(folder, ASSIGNMENT, IDS) is None


def rename(folder):
    (folder / NOTEBOOK).rename(folder / "Copy of 00_mini (1).ipynb")


def remove(folder):
    (folder / NOTEBOOK).unlink()


def link(folder):
    (folder / NOTEBOOK).rename(folder / "elsewhere")
    (folder / NOTEBOOK).symlink_to("elsewhere")


def link_folder(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def content(data):
    return lambda folder: (folder / NOTEBOOK).write_bytes(data)


def cut(folder):
    text = (folder / NOTEBOOK).read_bytes()
    (folder / NOTEBOOK).write_bytes(text[: len(text) // 2])


def edit(change):
    return lambda folder: edited(folder, change)


def each_nbgrader(nb):
    return [c["metadata"]["nbgrader"] for c in nb["cells"] if "nbgrader" in c["metadata"]]


PROBLEMS = {
    "another name": (rename, f"is called Copy of 00_mini (1).ipynb: rename it to {NOTEBOOK}"),
    "no notebook": (remove, f"there is no {NOTEBOOK}: put the notebook there"),
    "a link": (link, "is a link: put the file itself there"),
    "a folder that is a link": (link_folder, "is a link: put the file itself there"),
    "empty": (content(b""), "is empty: ask for the file again"),
    "blank": (content(b" \n"), "is empty: ask for the file again"),
    "not JSON": (content(b"# a notebook"), "is not JSON (line 1)"),
    "cut off": (cut, "perhaps cut off: ask for it again"),
    "not text": (content(b"PK\x03\x04\xff\xfe"), "is not a text file: ask for the notebook"),
    "nested too deeply": (content(b"[" * 100_000), "nested too deeply"),
    "a list": (content(b"[1, 2]"), "is not a notebook (no list of cells)"),
    "a dictionary": (content(b'{"cells": 3}'), "is not a notebook (no list of cells)"),
    "a dictionary of cells": (content(b'{"cells": []}'), "is not a valid notebook"),
    "a cell without source": (
        edit(lambda nb: nb["cells"][0].pop("source")),
        "not a valid notebook",
    ),
    "cells that are none": (edit(lambda nb: nb.update(cells=[1, 2])), "is not a valid notebook"),
    "an old format": (
        content(b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}'),
        "is not a notebook (no list of cells)",
    ),
    "another assignment": (
        edit(lambda nb: [m.update(grade_id="x_" + m["grade_id"]) for m in each_nbgrader(nb)]),
        "holds no exercise of this assignment: is it another one's notebook?",
    ),
    "no metadata": (
        edit(lambda nb: [cell.update(metadata={}) for cell in nb["cells"]]),
        "holds no exercise of this assignment",
    ),
    "a cell twice": (
        edit(lambda nb: nb["cells"].append(nb["cells"][3] | {"id": "again"})),
        "has double 2 times: delete all but one of these cells",
    ),
    "another schema": (
        edit(lambda nb: [m.update(schema_version=1) for m in each_nbgrader(nb)]),
        "has metadata of another nbgrader: copy the answers into a fresh release",
    ),
    "an id that is a list": (
        edit(lambda nb: [m.update(grade_id=["a"]) for m in each_nbgrader(nb)]),
        "holds no exercise of this assignment",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_is_one_line_with_the_remedy(folder, name):
    spoil, message = PROBLEMS[name]
    spoil(folder)
    before = sorted((p.name, p.read_bytes()) for p in folder.iterdir())
    said = intake.problem(folder, ASSIGNMENT, IDS)
    assert said is not None
    assert message in said
    assert "\n" not in said
    assert sorted((p.name, p.read_bytes()) for p in folder.iterdir()) == before
