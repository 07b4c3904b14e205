"""A folder in submitted/ becomes a Submission: all that is graded of it, as plain data."""

import itertools
import os
from dataclasses import dataclass, field, replace
from datetime import UTC

import nbformat

from autograder import times
from autograder.intake import rebuild, suspicion
from autograder.intake.needed import needed, reasons
from autograder.project import UserError
from cs_lib import hints

FILES = 20 << 20  # bytes that a submission may have beside its notebook
MAX_FILES = 1000  # entries of its folder, folders among them, that are looked at
MAX_DEPTH = 16  # folders within folders
MAX_NOTES = 30  # lines on what was put right
MAX_NAME = 200  # bytes of a name; a file system takes 255, and names are made longer


@dataclass
class Submission:
    """What a student handed in. problem: why it cannot be graded; then there is nothing else.

    notebook: the release's, with the student's sources put in. handed_in: {cell id: the outputs
    that it came with}. given: {cell id: text in the release} of given cells that were changed and
    showed no error. python: the version that it was run with, or (). ran: which of the notebook's
    code cells have to run, as indices. files: {name: bytes}, the release's among them. timestamp:
    in UTC, or "". notes: what was put right; suspicious: what a person should look at; here: once
    it has run, what of it ran at home and failed here (`home`).
    key: of what it is run with; version: of that and of all that is written down about it. Both
    are the journal's names for it.
    """

    student: str
    notebook: dict = field(default_factory=dict)
    handed_in: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)
    python: tuple = ()
    ran: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    timestamp: str = ""
    notes: list = field(default_factory=list)
    suspicious: list = field(default_factory=list)
    here: list = field(default_factory=list)
    problem: str = ""
    key: str = ""
    version: str = ""

    @property
    def cells(self):
        """The code cells to run, as in a plan (`judge.make_plan`)."""
        code = [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        return [self._planned(code[i]) for i in self.ran]

    def _planned(self, cell):
        planned = {"id": _nbgrader(cell).get("grade_id"), "text": cell["source"]}
        given = self.given.get(cell["id"])
        return planned | ({"given": given} if given else {})


def folders(project, assignment):
    """{student: folder} of what lies in submitted/. Raises UserError where nothing does."""
    base = project.course / "submitted"
    found = {path.parent.name: path for path in sorted(base.glob(f"*/{assignment}"))}
    if not found:
        where = base / "STUDENT" / assignment / f"{assignment}.ipynb"
        raise UserError(
            f"no submission to {assignment}: put each student's notebook in {project.shown(where)}"
        )
    return found


class Desk:
    """Reads what a class handed in to an assignment.

    built: a release.Build. all_cells: given cells are run, too, on which no test depends.
    """

    def __init__(self, built, *, all_cells=False):
        self._assignment, self._all_cells = built.assignment, all_cells
        name = f"{built.assignment}.ipynb"
        self._released = nbformat.reads(built.release[name], as_version=4)
        self._given = {p: b for p, b in built.release.items() if p not in (name, hints.FILE)}
        self._hints = built.release.get(hints.FILE, b"")

    def take(self, student, folder):
        """The Submission in a student's folder."""
        if problem := _unfit(student):
            return Submission(rebuild.shown(student, 255), problem=problem)
        taken = rebuild.take(folder, self._assignment, self._released)
        if taken.problem:
            return Submission(student, problem=taken.problem)
        notes = list(taken.notes)
        files = self._given | _files(folder, self._assignment, notes)
        if not _is_same(folder / hints.FILE, self._hints):
            notes.append(f"{hints.FILE} is not the release's: not used")
        timestamp = _timestamp(folder, notes)
        odd = suspicion.scan(taken.notebook, self._released)
        odd += suspicion.files(files.keys() - self._given.keys()) + suspicion.folder(student)
        ran = _ran(taken.notebook, self._released, self._all_cells)
        ran = _after_answers(ran, taken.notebook, taken.elsewhere)
        ran = _without_challenge(ran, taken.notebook)
        if len(notes) > MAX_NOTES:
            notes[MAX_NOTES - 1 :] = [f"and {len(notes) - MAX_NOTES + 1} notes more"]
        given = _changed(taken, self._released)
        return Submission(
            *(student, taken.notebook, taken.outputs, given, taken.python, ran, files),
            *(timestamp, notes, odd),
        )


def _unfit(student):
    """Why the name of a student's folder cannot be used, and the remedy; "" where it can."""
    if not _is_text(student):  # no database takes it
        return "the folder's name is not UTF-8: rename it"
    if len(student.encode()) > MAX_NAME:
        return f"the folder's name has more than {MAX_NAME} bytes: rename it"
    return ""


def _is_text(name):
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _ran(notebook, released, all_cells):
    """The indices of the code cells to run: tests, and what the student's own cells need."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if all_cells:
        return [*range(len(code))]
    tests = {i for i, cell in enumerate(code) if _is_test(cell)}
    others, pairs = _pairs(code, released)
    return sorted(tests | {others[i] for i in needed(pairs)})


def _without_challenge(ran, notebook):
    """The same less the check without points, that of the open challenge: it has its own run."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [i for i in ran if not _is_test(code[i]) or _nbgrader(code[i])["points"]]


def why_ran(notebook, released):
    """{index of a code cell: needed.Why} of what runs of a notebook beside its tests."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    others, pairs = _pairs(code, released)
    found = {}
    for i, why in reasons(pairs).items():
        names = {name: others[reader] for name, reader in why.names.items()}
        opaque = None if why.opaque is None else others[why.opaque]
        found[others[i]] = replace(why, names=names, opaque=opaque)
    return found


def _pairs(code, released):
    """The indices of code cells that are no tests, and what `needed` wants of each."""
    texts = {cell["id"]: cell["source"] for cell in released["cells"]}
    others = [i for i, cell in enumerate(code) if not _is_test(cell)]
    return others, [
        (
            code[i]["source"],
            not _nbgrader(code[i]) and texts.get(code[i]["id"]) == code[i]["source"],
        )
        for i in others
    ]


def _changed(taken, released):
    """{cell id: text in the release} of given code cells that were changed and showed no error."""
    texts = {cell["id"]: cell for cell in released["cells"]}
    found = {}
    for cell in taken.notebook["cells"]:
        before = texts.get(cell["id"])
        if (
            before is None
            or _nbgrader(cell)
            or {"code"} != {cell["cell_type"], before["cell_type"]}
        ):
            continue
        fails = any(output["type"] == "error" for output in taken.outputs.get(cell["id"], []))
        if cell["source"] != before["source"] and not fails:
            found[cell["id"]] = before["source"]
    return found


def _after_answers(ran, notebook, elsewhere):
    """Those of ran that say when the tests run: each once its function is there.

    ran: indices of code cells; elsewhere: as of an Intake. A test whose cell is left out runs with
    the next that follows, and so does whatever the release has in between.
    """
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    place = {cell["id"]: i for i, cell in enumerate(code)}
    stub = {_nbgrader(cell).get("grade_id"): i for i, cell in enumerate(code)}
    early = {i for name, there in elsewhere.items() for i in range(stub[name], place[there])}
    return [i for i in ran if i not in early or not _is_test(code[i])]


def _nbgrader(cell):
    return cell["metadata"].get("nbgrader", {})


def _is_test(cell):
    """Whether a program grades it: a question has points, too, and a person reads its answer."""
    return bool(_nbgrader(cell).get("grade")) and not _nbgrader(cell).get("solution")


def _files(folder, assignment, notes):
    """{name: bytes} of what was handed in beside the notebook; links are not followed."""
    found, room = {}, FILES
    ours = {f"{assignment}.ipynb", "timestamp.txt", hints.FILE}
    for entry, name in _entries(folder, notes):
        if name in ours or name.endswith(".ipynb"):
            continue
        if not entry.is_file(follow_symlinks=False) or entry.stat().st_size > room:
            notes.append(f"{rebuild.shown(name)} is too large, or no file: left out")
            continue
        try:
            with open(entry.path, "rb") as file:
                content = file.read(room + 1)
        except OSError as error:
            notes.append(f"{rebuild.shown(name)} cannot be read ({error.strerror}): left out")
            continue
        found[name] = content
        room -= len(content)
    return {name: found[name] for name in sorted(found)}


def _entries(folder, notes):
    """Each os.DirEntry in a folder and below that is no folder, and its name in it."""
    seen, waiting = 0, [(folder, "", 0)]
    while waiting:
        place, prefix, depth = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(
                    itertools.islice(found, MAX_FILES + 1), key=lambda entry: entry.name
                )
        except OSError as error:
            notes.append(f"{rebuild.shown(prefix)} cannot be read ({error.strerror}): left out")
            continue
        for entry in entries:
            name = f"{prefix}{entry.name}"
            seen += 1
            if seen > MAX_FILES:
                notes.append(f"there are more than {MAX_FILES:,} files: the rest is left out")
                return
            if entry.name.startswith("."):
                continue
            if not _is_text(entry.name) or len(entry.name.encode()) > MAX_NAME:
                notes.append(f"{rebuild.shown(name)} is a name too long, or not UTF-8: left out")
            elif entry.is_symlink():
                notes.append(f"{rebuild.shown(name)} is a link: left out")
            elif not entry.is_dir(follow_symlinks=False):
                yield entry, name
            elif depth == MAX_DEPTH:
                notes.append(f"{rebuild.shown(name)} is too deep a folder: left out")
            else:
                waiting.append((entry.path, f"{name}/", depth + 1))


def _is_same(path, content):
    """Whether a file has that content, or is none that could be read."""
    if not path.is_file() or path.is_symlink():
        return True
    return path.stat().st_size == len(content) and path.read_bytes() == content


def _timestamp(folder, notes):
    """When it was handed in, in UTC, as nbgrader's timestamp.txt says; "" where nothing does."""
    path = folder / "timestamp.txt"
    if not path.is_file() or path.is_symlink():
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read(1000).strip()[:100]
    try:
        return times.utc(times.read(text, UTC)) if text else ""
    except ValueError as error:
        notes.append(f"timestamp.txt says {rebuild.shown(text)} ({error}): left out")
        return ""
