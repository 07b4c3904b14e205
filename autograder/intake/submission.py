"""A folder in submitted/ becomes a Submission: all that is graded of it, as plain data."""

from dataclasses import dataclass, field

import nbformat

from autograder.intake import collect, rebuild, suspicion
from autograder.intake.needed import needed
from autograder.project import UserError
from cs_lib import hints

FILES = 20 << 20  # bytes that a submission may have beside its notebook


@dataclass
class Submission:
    """What a student handed in. problem: why it cannot be graded; then there is nothing else.

    notebook: the release's, with the student's sources put in. handed_in: {cell id: the outputs
    that it came with}. ran: which of the notebook's code cells have to run, as indices. files:
    {name: bytes}, the release's among them. timestamp: in UTC, or "". notes: what was put right;
    suspicious: what a person should look at.
    key: of what it is run with; version: of that and of all that is written down about it. Both
    are the journal's names for it.
    """

    student: str
    notebook: dict = field(default_factory=dict)
    handed_in: dict = field(default_factory=dict)
    ran: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    timestamp: str = ""
    notes: list = field(default_factory=list)
    suspicious: list = field(default_factory=list)
    problem: str = ""
    key: str = ""
    version: str = ""

    @property
    def cells(self):
        """Pairs of grade_id (or None) and text of the code cells to run."""
        code = [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        return [(_nbgrader(code[i]).get("grade_id"), code[i]["source"]) for i in self.ran]


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


def take_all(built, folders, *, all_cells=False):
    """The Submission of each of folders, {student: folder}, one after the other.

    built: a release.Build. all_cells: given cells are run, too, on which no test depends.
    """
    name = f"{built.assignment}.ipynb"
    released = nbformat.reads(built.release[name], as_version=4)
    given = {path: b for path, b in built.release.items() if path not in (name, hints.FILE)}
    for student, folder in folders.items():
        if any("\ud800" <= char <= "\udfff" for char in student):  # no database takes it
            problem = "the folder's name is not UTF-8: rename it"
            yield Submission(rebuild.shown(student), problem=problem)
            continue
        taken = rebuild.take(folder, built.assignment, released)
        if taken.problem:
            yield Submission(student, problem=taken.problem)
            continue
        notes = list(taken.notes)
        files = given | _files(folder, built.assignment, notes)
        if not _is_same(folder / hints.FILE, built.release.get(hints.FILE, b"")):
            notes.append(f"{hints.FILE} is not the release's: not used")
        timestamp = _timestamp(folder, notes)
        odd = suspicion.scan(taken.notebook, released)
        odd += suspicion.files(files.keys() - given.keys()) + suspicion.folder(student)
        ran = _ran(taken.notebook, released, all_cells)
        yield Submission(student, taken.notebook, taken.outputs, ran, files, timestamp, notes, odd)


def _ran(notebook, released, all_cells):
    """The indices of the code cells to run: tests, and what the student's own cells need."""
    texts = {cell["id"]: cell["source"] for cell in released["cells"]}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    tests = {i for i, cell in enumerate(code) if _nbgrader(cell).get("grade")}
    others = [i for i in range(len(code)) if i not in tests]
    if all_cells:
        return [*range(len(code))]
    pairs = [
        (
            code[i]["source"],
            not _nbgrader(code[i]) and texts.get(code[i]["id"]) == code[i]["source"],
        )
        for i in others
    ]
    return sorted(tests | {others[i] for i in needed(pairs)})


def _nbgrader(cell):
    return cell["metadata"].get("nbgrader", {})


def _files(folder, assignment, notes):
    """{name: bytes} of what was handed in beside the notebook; links are not followed."""
    found, room = {}, FILES
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        ours = name in (f"{assignment}.ipynb", "timestamp.txt", hints.FILE)
        if path.is_symlink() or any(parent.is_symlink() for parent in path.parents):
            notes.append(f"{rebuild.shown(name)} is a link: left out")
        elif path.is_dir() or ours or path.suffix == ".ipynb" or "/." in f"/{name}":
            continue
        elif not path.is_file() or path.stat().st_size > room:
            notes.append(f"{rebuild.shown(name)} is too large, or no file: left out")
        else:
            found[name] = path.read_bytes()
            room -= len(found[name])
    return found


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
    text = path.read_text("utf-8", "replace").strip()[:100]
    found = collect.utc(text)
    if text and not found:
        notes.append(f"timestamp.txt says {rebuild.shown(text)}, which is no date: left out")
    return found or ""
