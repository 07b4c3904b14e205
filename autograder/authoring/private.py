"""A class's own hidden tests, in place of the course's, which everybody can read.

    $DL4CV_COURSE/private/01_knn/test_vote.py

Such a file is named after a cell of checks, and holds the code that stands in for its hidden part.
It lies in the class's folder, which is open to the instructor alone.
"""

import ast
from dataclasses import replace

from autograder.authoring.source import HIDDEN, regions, replace_regions
from autograder.project import UserError, nearest

FOLDER = "private"
_BESIDE = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def read(project, assignment, source):
    """{cell of checks: the code of its hidden part} of what lies in the folder. Raises UserError.

    source: all of the assignment; a class may be taught less, and its file is there all the same.
    """
    folder = project.course / FOLDER
    for path in _inside(project, folder, project.assignments, "assignment"):
        if not path.is_dir():
            raise UserError(f"{project.shown(path)} is no folder: tests lie in one of this name")
    tests = [test.grade_id for each in source.named.values() for test in each.tests]
    paths = _inside(
        project, folder / assignment, [f"{name}.py" for name in tests], "cell of checks"
    )
    return {path.stem: _code(project, path) for path in paths}


def texts(project, assignment):
    """What lies there, whether right or not: what is made from it holds as long as this."""
    paths = sorted((project.course / FOLDER / assignment).glob("*.py"))
    return [part for path in paths for part in (path.name, path.read_bytes())]


def put(source, own):
    """The Source with the hidden parts of own, {cell of checks: code}, where it has these cells."""
    new = {c.grade_id: _cell(c, own[c.grade_id]) for c in source.cells if c.grade_id in own}

    def tested(exercise):
        return replace(exercise, tests=[new.get(test.grade_id, test) for test in exercise.tests])

    return replace(
        source,
        cells=[new.get(cell.grade_id, cell) for cell in source.cells],
        exercises={name: tested(each) for name, each in source.exercises.items()},
        challenge=source.challenge and tested(source.challenge),
    )


def _inside(project, folder, known, what):
    """What lies in a folder, under known names alone. Raises UserError."""
    if not folder.is_dir():
        return []
    paths = sorted(path for path in folder.iterdir() if path.name not in _BESIDE)
    for path in paths:
        if path.name not in known:
            there = nearest(path.name, known)
            raise UserError(f"{project.shown(path)} is named after no {what}{there}")
    return paths


def _code(project, path):
    shown = project.shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").strip("\n")
        body = ast.parse(text).body
    except OSError as error:
        raise UserError(f"{shown} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{shown}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except SyntaxError as error:
        raise UserError(f"{shown}, line {error.lineno}: not Python ({error.msg})") from None
    if not body:
        raise UserError(f"{shown} holds no code: without it the course's own hidden part is used")
    for mark in HIDDEN:
        if mark[4:] in text:
            raise UserError(f"{shown}: take away {mark!r}, as all of this file is hidden")
    return text


def _cell(cell, code):
    """The cell with this code for its hidden part, which is at its end where it has none."""
    hidden = [HIDDEN[0], *code.split("\n"), HIDDEN[1]]
    if regions(cell.text, *HIDDEN):
        return replace(cell, text=replace_regions(cell.text, *HIDDEN, hidden))
    return replace(cell, text="\n".join([cell.text, *hidden]))
