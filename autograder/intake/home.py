"""What ran where it was written and fails here: a package, a file, the syntax of a newer Python.

One sentence for each cell that raises here and showed no error when it was handed in, with the
exercises that wait for it, in place of an error in each of them that a name is not defined. All of
it is of the first run, which may be shown (`disclose`).
"""

import re
import sys
from collections import defaultdict

from autograder.intake.needed import bound_and_read
from autograder.intake.rebuild import shown

LINES = 8  # of one submission
_NAME = re.compile(r"[^\W\d]\w*")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NO_FILE = re.compile(r"\[Errno \d+\] [A-Z][\w ]+: '(.+)'", re.DOTALL)
_FILES = ("FileNotFoundError", "NotADirectoryError", "PermissionError")


def sentences(work, result, exercises):
    """Such as "cell 2: the package seaborn is not installed here (needed by mean)".

    work: a Submission; result: a judge.Result, a dictionary; exercises: {name: its tests}.
    """
    code = [(n, c) for n, c in enumerate(work.notebook["cells"], 1) if c["cell_type"] == "code"]
    tests = {test for names in exercises.values() for test in names}
    ran = [code[i] for i in work.ran if _grade_id(code[i][1]) not in tests]
    ran = [(*pair, one) for pair, one in zip(ran, result["cells"], strict=True)]
    if not any(_error(one) for *_, one in ran):
        return []
    names = {number: bound_and_read(cell["source"]) for number, cell, _ in ran}
    there = set().union(*(names[number][0] for number, _, one in ran if not _error(one)))
    readers = defaultdict(list)
    for number, cell, _ in ran:
        for name in names[number][1]:
            readers[name].append((number, cell))
    found, known = [], set()
    for number, cell, one in ran:
        brought, error = work.handed_in.get(cell["id"]), _error(one)
        if error is None or any(output["type"] == "error" for output in brought or ()):
            continue
        lost = names[number][0] - there
        if one["as_given"]:
            lost -= bound_and_read(work.given[cell["id"]])[0]
        what = _what(error, known, work.python, has_run=brought is not None)
        known |= lost
        if what:
            cells = {number: cell} | _reached(lost, readers, names)
            asked = {_grade_id(cells[n]) for n in cells}
            waiting = [
                name
                for name, own in exercises.items()
                if name in asked and not all(result["tests"][test]["passed"] for test in own)
            ]
            needed = f" (needed by {', '.join(waiting)})" if waiting else ""
            found.append(f"{_grade_id(cell) or f'cell {number}'}: {what}{needed}")
        if len(found) == LINES:
            break
    return found


def _reached(lost, readers, names):
    """The cells, {number: cell}, that read a lost name, or one that such a cell binds."""
    found, waiting, seen = {}, [*lost], {*lost}
    while waiting:
        for number, cell in readers.get(waiting.pop(), ()):
            if number not in found:
                found[number] = cell
                waiting += names[number][0] - seen
                seen |= names[number][0]
    return found


def _grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def _error(one):
    """The error that a cell ended in, or None."""
    last = one["outputs"][-1] if one["outputs"] else {}
    return last if last.get("type") == "error" else None


def _what(error, known, python, *, has_run):
    """What is not here, in words; "" where that is not known, or said of an earlier cell."""
    kind, text = error["ename"], error["evalue"]
    if kind == "ModuleNotFoundError" and (match := _NO_MODULE.match(text)):
        return f"the package {shown(match[1].split('.')[0], 40)} is not installed here"
    if kind in _FILES and (match := _NO_FILE.match(text)):
        return f"the file {shown(match[1], 60)} is not here"
    if kind == "SyntaxError" and python > sys.version_info[:2]:
        ours, theirs = (".".join(map(str, version[:2])) for version in (sys.version_info, python))
        return f"its syntax is newer than Python {ours}, which runs here: written with {theirs}"
    if kind == "NameError" and known & {*_NAME.findall(text)}:
        return ""
    if has_run and kind not in ("KeyboardInterrupt", "Stopped", "SyntaxError"):
        return f"{shown(kind, 40)} here, and no error where it was written: {shown(text, 80)}"
    return ""
