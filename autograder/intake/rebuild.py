"""A submission becomes plain data: the release's own notebook with the student's sources put in.

Nothing of a submitted notebook is used but the text of its cells and, to be shown to whoever handed
it in, what of their outputs is text or a picture. `rebuild` takes any bytes, and says in notes what
it had to put right; `take` does the same for a folder in submitted/.
"""

import codecs
import copy
import hashlib
import json
import re
import warnings
from collections import defaultdict
from dataclasses import dataclass, field, replace

MAX_BYTES = 64 * 2**20  # a notebook with many pictures has ten
MAX_SOURCE = 2**20  # characters of a cell
MAX_CELLS = 2000  # of the student's own
MAX_OUTPUTS = 200  # of a cell that are kept
MAX_TEXT = 200_000  # characters of a cell's outputs
MAX_PICTURES = 16_000_000  # characters of all pictures, in base64

_TYPES = ("code", "markdown", "raw")


@dataclass(frozen=True)
class Intake:
    """What a submission holds.

    notebook: a valid notebook, all of the release in the release's order, the student's answers in
    its solution cells, the student's own cells after the cell that they followed. To be read alone:
    parts of it are the release's.
    source_by_grade_id: {grade_id: text} of the solution cells that were found.
    elsewhere: {grade_id: id of the cell in notebook} of the solution cells whose function is
    written in another cell; a comment stands in their place.
    outputs: {cell id in notebook: outputs that it was handed in with}, as `judge.Result` has them,
    of the cells that had run or have some. python: the version that the notebook names, or ().
    notes: lines on what was put right. problem: why nothing could be taken, and the remedy; the
    notebook then is the release as it was.
    """

    notebook: dict
    source_by_grade_id: dict = field(default_factory=dict)
    elsewhere: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)
    python: tuple = ()
    notes: list = field(default_factory=list)
    problem: str | None = None


def take(folder, assignment, release):
    """The Intake of a folder in submitted/; its problem names the file. Nothing is changed."""
    wanted = f"{assignment}.ipynb"
    try:
        data, problem = _read(folder, wanted)
    except OSError as error:
        data, problem = None, f"{wanted} cannot be read ({error.strerror}): put it there again"
    if problem:
        return Intake(copy.deepcopy(release), problem=problem)
    taken = rebuild(data, release)
    problem = taken.problem and f"{wanted} {taken.problem}"
    return replace(taken, problem=problem)


def _read(folder, wanted):
    """(bytes, None) or (None, problem)."""
    path = folder / wanted
    if folder.parent.is_symlink() or folder.is_symlink() or path.is_symlink():
        return None, f"{wanted} is a link: put the file itself there"
    if not path.exists():
        others = sorted(other.name for other in folder.glob("*.ipynb"))
        if others:
            return None, f"the notebook is called {shown(others[0])}: rename it to {wanted}"
        return None, f"there is no {wanted}: put the notebook there, or remove the folder"
    if not path.is_file():  # opening a named pipe would wait for ever
        return None, f"{wanted} is not a file: put the notebook itself there"
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1), None


def rebuild(data, release):
    """The Intake of a submitted notebook's bytes; never raises, whatever they are.

    release: the notebook as students get it, a dictionary of nbformat 4.5. Cells are recognised by
    grade_id, else by cell id, else (exercises) by the function that they define. Attachments and
    metadata are ignored.
    """
    content, notes, problem = _parse(data)
    if problem:
        return Intake(copy.deepcopy(release), problem=problem)
    submitted = _cells(content["cells"], notes)
    slots = _Slots(release["cells"])
    if not _recognise(submitted, slots):
        problem = "holds no exercise of this assignment: is it another one's notebook?"
        return Intake(copy.deepcopy(release), notes=notes, problem=problem)
    answers = _choose(submitted, slots, notes)
    _look_elsewhere(submitted, slots, answers)
    notebook, outputs, elsewhere = _assemble(submitted, slots, release, notes)
    order = [cell.slot for cell in submitted if slots.taken.get(cell.slot) is cell]
    if order != sorted(order):
        notes.append("the cells are in another order: the release's is used")
    ids = [cell.cell_id for cell in submitted if cell.cell_id]
    if len(set(ids)) < len(ids):
        notes.append("several cells have the same id: each gets its own")
    _compare_metadata(submitted, slots, notes)
    _compare_notebook(content.get("metadata"), notes)
    if not notes:
        notes += _invalid(content)
    return Intake(notebook, answers, elsewhere, outputs, _python(content), notes)


def shown(text, limit=80):
    """text from outside, fit to be printed in a line."""
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# --- reading ---

# what a file that is called a notebook may be
_NO_NOTEBOOKS = (
    (re.compile("PK\x03\x04"), "is an archive: ask for the notebook itself"),
    (re.compile("%PDF-"), "is a PDF file: ask for the notebook itself"),
    (
        re.compile(r"(?i)<(!doctype|html|\?xml)"),
        "is a web page: ask for the notebook that the page shows",
    ),
)
_CONFLICT = re.compile("^<{7} ", re.MULTILINE)  # git's, between two versions


def _parse(data):
    """(content, notes, problem): what the bytes hold; content["cells"] is a list."""
    notes = []
    if len(data) > MAX_BYTES:
        return None, notes, f"has more than {MAX_BYTES >> 20} MB: ask for it without its outputs"
    if not data.strip():
        return None, notes, "is empty: ask for the file again"
    start = data[:1000].removeprefix(codecs.BOM_UTF8).lstrip().decode("latin-1")
    for begins, what in _NO_NOTEBOOKS:
        if begins.match(start):
            return None, notes, what
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
        if encoding != "utf-8":
            notes.append(f"the file is {encoding}, not plain UTF-8: read as it is")
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        notes.append(f"the file is not text at byte {error.start}: replaced by a question mark")
    try:
        content = _loads(text, notes)
    except json.JSONDecodeError as error:
        if notes:
            return None, notes, "is not a text file: ask for the notebook itself"
        if _CONFLICT.search(text):
            return None, notes, "has two versions from a git merge in it: ask for one of them"
        where = f"line {error.lineno}"
        return None, notes, f"is not JSON ({where}), perhaps cut off: ask for it again"
    except ValueError:  # a number of thousands of digits
        return None, notes, "is not JSON of a notebook (a huge number): ask for it again"
    except RecursionError:
        return None, notes, "is nested too deeply to be a notebook: ask for it again"
    if isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        return None, notes, "is as Jupyter wrote notebooks before 2015: open it there and save it"
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        return None, notes, "is not a notebook (no list of cells): ask for it again"
    return content, notes, None


def _loads(text, notes):
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        content = json.loads(text, strict=False)
        notes.append("the file has raw line breaks in a text, which JSON forbids: read as meant")
        return content


@dataclass
class _Cell:
    kind: str
    text: str
    cell_id: str | None
    metadata: object  # what it has as nbgrader's, or None
    outputs: object  # whatever is there
    has_run: bool = False
    pasted: bool = False  # pictures into its text
    slot: int | None = None  # of the release's cell that it is
    how: str = "grade_id"
    kept: bool = False  # as a cell of the student's own
    dropped: bool = False  # an older version of an answer, or a copy of what was given
    filled: object = None  # the _Cell of a solution's that has its text

    @property
    def grade_id(self):
        value = self.metadata.get("grade_id") if isinstance(self.metadata, dict) else None
        return value if isinstance(value, str) else None


def _cells(raw, notes):
    """The submitted cells that can be read, as _Cell."""
    cells, odd, long = [], 0, 0
    for cell in raw:
        text = _text(cell.get("source", "")) if isinstance(cell, dict) else None
        kind = cell.get("cell_type") if text is not None else None
        if not isinstance(kind, str) or kind not in _TYPES:
            odd += 1
        elif len(text := text.replace("\r\n", "\n")) > MAX_SOURCE:
            long += 1
        else:
            metadata = cell.get("metadata")
            nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
            cell_id = cell.get("id")
            cell_id = cell_id if isinstance(cell_id, str) else None
            has_run = kind == "code" and isinstance(cell.get("execution_count"), int)
            pasted = kind == "markdown" and bool(cell.get("attachments"))
            cells.append(_Cell(kind, text, cell_id, nbgrader, cell.get("outputs"), has_run, pasted))
    if odd:
        notes.append(f"{_count(odd)} no notebook's cell: left out")
    if long:
        notes.append(f"{_count(long)} longer than {MAX_SOURCE:,} characters: left out")
    return cells


def _count(number):
    return "1 cell is" if number == 1 else f"{number} cells are"


def _text(source):
    """A cell's source as text that can be written in UTF-8, or None."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return source.encode("utf-8", "replace").decode()  # half of a surrogate pair becomes "?"


# --- recognising ---


class _Slots:
    """The release's cells, by what they can be recognised by."""

    def __init__(self, cells):
        self.cells = cells
        self.by_grade_id, self.by_cell_id, self.by_text = {}, {}, defaultdict(list)
        for i, cell in enumerate(cells):
            if self.grade_id(i):
                self.by_grade_id[self.grade_id(i)] = i
            else:
                self.by_text[cell["cell_type"], self.text(i)].append(i)
            self.by_cell_id[cell["id"]] = i
        self.functions = {
            name: i
            for name, i in self.by_grade_id.items()
            if self.is_solution(i) and not self.is_question(i)
        }
        self.taken = {}  # {slot: the _Cell that fills it}
        self.elsewhere = {}  # {slot of a solution: the _Cell that defines its function instead}
        self.said = defaultdict(list)  # {what was put right: names of the cells}

    def nbgrader(self, i):
        return self.cells[i]["metadata"].get("nbgrader", {})

    def grade_id(self, i):
        return self.nbgrader(i).get("grade_id")

    def is_solution(self, i):
        return bool(self.nbgrader(i).get("solution"))

    def is_question(self, i):
        """Whether a person reads what is answered there."""
        return self.is_solution(i) and bool(self.nbgrader(i).get("grade"))

    def is_free(self, i):
        """Whether the student may write what is there."""
        return not self.nbgrader(i) or self.is_solution(i)

    def text(self, i):
        return _text(self.cells[i]["source"])


def _recognise(cells, slots):
    """Give each cell its slot; whether one of the exercises or tests was found."""
    for cell in cells:
        cell.slot = slots.by_grade_id.get(cell.grade_id)
    graded = {cell.slot for cell in cells} - {None}
    if not graded and any(cell.grade_id for cell in cells):
        return False  # all of it is another assignment's
    taken = set(graded)
    for cell in cells:  # graded cells that lost their metadata, and cells without any
        slot = slots.by_cell_id.get(cell.cell_id)
        if cell.slot is None and slot is not None and slot not in taken:
            cell.slot, cell.how = slot, "its cell id"
            taken.add(slot)
    for cell in cells:
        if cell.slot is None and cell.grade_id is None:
            free = [i for i in slots.by_text.get((cell.kind, cell.text), ()) if i not in taken]
            if free:
                cell.slot, cell.how = free[0], "its text"
                taken.add(free[0])
    for name, slot in slots.functions.items():
        if slot not in taken:
            for cell in cells:
                if cell.slot is None and cell.kind == "code" and _defines(cell.text, name):
                    cell.slot, cell.how = slot, "the function that it defines"
    return any(cell.slot in slots.by_grade_id.values() for cell in cells)


def _defines(text, name):
    # not `ast`: a cell that does not parse is an answer too
    return re.search(rf"(?m)^(async\s+def|def|class)\s+{re.escape(name)}\b", text) is not None


def _writes(text, name, stub):
    """Whether a cell defines a function, as `_defines` or by a lambda, and not as its stub."""
    if any("NotImplementedError" in line and line.strip() in text for line in stub.split("\n")):
        return False
    return _defines(text, name) or bool(re.search(rf"(?m)^{re.escape(name)}\s*=\s*lambda\b", text))


# --- choosing and putting in ---


def _choose(cells, slots, notes):
    """Settle which cell fills each slot; the answers, {grade_id: text}."""
    candidates = defaultdict(list)
    for cell in cells:
        if cell.slot is not None:
            candidates[cell.slot].append(cell)
    answers = {}
    for slot, found in candidates.items():
        name, best, why = slots.grade_id(slot), found[-1], "the release's is used"
        if slots.is_solution(slot):
            written = [c for c in found if c.text.strip() != slots.text(slot).strip()] or found
            kind = slots.cells[slot]["cell_type"]
            written = [c for c in written if c.kind == kind] or written
            whole = [c for c in written if _defines(c.text, name)]
            best = (whole or written)[-1]
            why = f"the last that {'defines it' if whole else 'was changed'} is graded"
            answers[name] = best.text
            # Half of a cell that was split may hold what the other half needs. An older version
            # goes: after the newer one it would undo it.
            for cell in found:
                cell.kept = cell is not best and cell in written and cell not in whole
                cell.dropped = cell is not best and not cell.kept
        slots.taken[slot] = best
        if len(found) > 1:
            notes.append(f"{name}: there {len(found)} times, {why}")
        _note_cell(slots, slot, best)
    return answers


def _look_elsewhere(cells, slots, answers):
    """Find the functions that are written in another cell than their own, which is as it was given,
    or gone: cells that were merged. The stub may not run, it would undo them.

    And say which functions are defined in another cell as well.
    """
    theirs = [c for c in cells if c.kind == "code" and not c.dropped and not _is_given(c, slots)]
    for name, slot in slots.functions.items():
        mine, stub = slots.taken.get(slot), slots.text(slot)
        others = [c for c in theirs if _writes(c.text, name, stub)]
        others = [c for c in others if c is not mine]
        if mine is not None and not _is_given(mine, slots):
            if any(c.slot is None or slots.is_free(c.slot) for c in others):
                what = "defined in another cell, too: the last that runs before its test counts"
                slots.said[what].append(name)
        elif others:
            _take_from(others[-1], name, slots, answers)
    for name, slot in slots.by_grade_id.items():
        if slot not in slots.taken and slot not in slots.elsewhere:
            what = "not answered" if slots.is_solution(slot) else "put back"
            slots.said[f"missing, {what}"].append(name)


def _take_from(cell, name, slots, answers):
    """Have the function of that name come from a cell that was not made for it."""
    slot, place = slots.functions[name], "a cell of the student's own"
    if cell.slot is not None and slots.grade_id(cell.slot):
        place = f"the cell of {slots.grade_id(cell.slot)}"
    slots.said[f"written in {place}, taken from there"].append(name)
    if cell.slot is None or slots.is_free(cell.slot):
        slots.elsewhere[slot] = cell
    elif cell.filled is None:  # a test: its own text does not run
        slots.taken[slot] = cell.filled = replace(cell, slot=slot)
        answers[name] = cell.text
    else:
        slots.elsewhere[slot] = cell.filled
    if slot in slots.elsewhere:
        answers.pop(name, None)


def _is_given(cell, slots):
    """Whether a cell is as it was given, but for comments and blank lines."""
    return cell.slot is not None and _bare(cell.text) == _bare(slots.text(cell.slot))


def _stripped(text):
    """Text without what no editor shows, white space at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _is_as_released(cell):
    """Whether a cell of tests is as some release had it, by the checksum that nbgrader gave it.

    Nothing hangs on it but whether a student is said to have changed it.
    """
    marks = cell.metadata if isinstance(cell.metadata, dict) else {}
    text = f"{cell.text}{cell.kind}"
    text += "".join(str(bool(marks.get(key))) for key in ("grade", "solution", "locked"))
    points = marks.get("points")
    points = f"{float(points)}" if isinstance(points, int | float) and marks.get("grade") else ""
    digest = hashlib.md5(f"{text}{cell.grade_id}{points}".encode(), usedforsecurity=False)
    return marks.get("checksum") == digest.hexdigest()


def _bare(text):
    lines = (line.rstrip() for line in text.split("\n"))
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def _note_cell(slots, slot, cell):
    name = slots.grade_id(slot)
    if name is None:
        return
    if cell.how != "grade_id":
        slots.said[f"lost its metadata, recognised by {cell.how}"].append(name)
    if cell.kind != (kind := slots.cells[slot]["cell_type"]):
        slots.said[f"made a {cell.kind} cell, {kind} again"].append(name)
    if cell.pasted and slots.is_question(slot):
        what = "has pictures pasted into its text, which are left out: look at the file"
        slots.said[what].append(name)
    changed = _stripped(cell.text) != _stripped(slots.text(slot))
    if changed and not slots.is_free(slot) and not _is_as_released(cell):
        slots.said["changed, the release's is used"].append(name)


def _assemble(cells, slots, release, notes):
    """The notebook: the release's cells filled, each of the student's own at its place.

    And the outputs of its cells, {id: outputs}, where there are any, and Intake.elsewhere.
    """
    own, slot = defaultdict(list), -1
    for cell in cells:
        if cell.slot is None or cell.kept:
            own[slot].append(cell)
        else:
            slot = cell.slot
    # Cells in the place of ordinary ones that the student removed come after these, put back:
    # what the student wrote must have the last word.
    moved = defaultdict(list)
    for slot, added in own.items():
        after = slot
        while after + 1 < len(slots.cells) and not (
            after + 1 in slots.taken or slots.grade_id(after + 1)
        ):
            after += 1
        moved[after] += added
    for slot in range(len(slots.cells)):
        mine = slots.taken.get(slot)
        if slots.is_question(slot) and moved.get(slot) and (mine is None or _is_given(mine, slots)):
            what = "as it was given, with a cell of the student's own below it: read that"
            slots.said[what].append(slots.grade_id(slot))
    total = sum(map(len, own.values()))
    if total > MAX_CELLS:
        notes.append(f"{total} cells were added: those after the first {MAX_CELLS:,} are left out")
    new, left, outputs, kept, places = [], MAX_CELLS, {}, _Outputs(), {}
    ids = {cell["id"] for cell in slots.cells}
    for slot in range(-1, len(slots.cells)):
        if slot >= 0:
            new.append(_filled(slots, slot))
            if slot in slots.taken and slot not in slots.elsewhere:
                _keep(kept, outputs, slots.taken[slot], new[-1]["id"])
                places[id(slots.taken[slot])] = new[-1]["id"]
        for cell in moved[slot][:left]:
            new.append(_fresh(cell, _new_id(ids)))
            _keep(kept, outputs, cell, new[-1]["id"])
            places[id(cell)] = new[-1]["id"]
        left -= len(moved[slot][:left])
    rest = {key: value for key, value in release.items() if key != "cells"}
    found = ((slots.grade_id(slot), places.get(id(c))) for slot, c in slots.elsewhere.items())
    elsewhere = {name: place for name, place in found if place}
    return {**copy.deepcopy(rest), "cells": new}, outputs, elsewhere


def _keep(kept, outputs, cell, name):
    found = kept.of(cell)
    if found or cell.has_run:
        outputs[name] = found


def _filled(slots, slot):
    """The release's cell with the student's text, where the student may write."""
    cell, mine = dict(slots.cells[slot]), slots.taken.get(slot)
    if slot in slots.elsewhere:
        cell["source"] = f"# {slots.grade_id(slot)} is written in another cell."
    elif mine is None:
        if cell["cell_type"] == "code" and not slots.nbgrader(slot):
            first = slots.text(slot).strip().split("\n")[0]
            slots.said["missing, put back"].append(f"“{first}”")
    elif slots.is_solution(slot):
        cell["source"] = mine.text
    elif slots.is_free(slot):
        if mine.kind != cell["cell_type"]:  # commented out, or made to run
            return _fresh(mine, cell["id"])
        if _stripped(mine.text) != _stripped(slots.text(slot)):
            cell["source"] = mine.text
    return cell


def _new_id(ids):
    number = len(ids)
    while f"added-{number}" in ids:
        number += 1
    ids.add(f"added-{number}")
    return f"added-{number}"


def _fresh(cell, cell_id):
    """A cell of the student's own: its text and nothing else."""
    new = {"cell_type": cell.kind, "id": cell_id, "metadata": {}, "source": cell.text}
    return new | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


# --- what the cells showed ---

_PICTURES = ("image/png", "image/jpeg")
_BASE64 = re.compile("[A-Za-z0-9+/]+={0,2}")


class _Outputs:
    """Takes of outputs what is text or a picture, within the limits of a notebook."""

    def __init__(self):
        self.pictures = MAX_PICTURES

    def of(self, cell):
        """The outputs of a cell, as `judge.Result` has them; what is none is left out."""
        if cell.kind != "code" or not isinstance(cell.outputs, list):
            return []
        self.text, found = MAX_TEXT, []
        for raw in cell.outputs[:MAX_OUTPUTS]:
            kind = raw.get("output_type") if isinstance(raw, dict) else None
            if kind == "stream":
                name = "stderr" if raw.get("name") == "stderr" else "stdout"
                found.append({"type": kind, "name": name, "text": self._kept(raw.get("text"))})
            elif kind == "error":
                parts = {key: self._kept(raw.get(key), 4000) for key in ("ename", "evalue")}
                lines = raw.get("traceback")
                lines = "\n".join(map(self._kept, lines)) if isinstance(lines, list) else ""
                found.append({"type": kind, **parts, "traceback": lines})
            elif kind in ("display_data", "execute_result") and isinstance(raw.get("data"), dict):
                data = self._data(raw["data"])
                found += [{"type": "display", "data": data}] if data else []
        return found

    def _kept(self, text, limit=MAX_TEXT):
        text = (_text(text) or "")[: min(limit, self.text)]
        self.text -= len(text)
        return text

    def _data(self, data):
        found = {}
        if text := self._kept(data.get("text/plain")):
            found["text/plain"] = text
        for kind in _PICTURES:
            picture = re.sub(r"\s", "", _text(data.get(kind)) or "")
            if picture and len(picture) <= self.pictures and _BASE64.fullmatch(picture):
                self.pictures -= len(picture)
                found[kind] = picture
        return found


# --- what else is to be said ---


def _compare_metadata(cells, slots, notes):
    unknown = []
    for cell in cells:
        if cell.grade_id in slots.by_grade_id:
            right = slots.nbgrader(slots.by_grade_id[cell.grade_id])
            keys = cell.metadata.keys() | right.keys()
            if _is_as_released(cell):
                keys -= {"points"}
            for key in sorted(keys):
                if not _same(key, cell.metadata.get(key), right.get(key)):
                    what = f"nbgrader's {shown(key, 40)} was changed, the release's is used"
                    slots.said[what].append(cell.grade_id)
        elif cell.metadata is not None:
            unknown.append(cell.grade_id or "a cell")
    notes += [f"{_several(names)}: {what}" for what, names in slots.said.items()]
    if unknown:
        notes.append(f"{_several(unknown)}: no graded cell of this assignment, taken as it is")


def _compare_notebook(metadata, notes):
    """Notes on what the notebook says of itself that no tool would have written."""
    metadata = metadata if isinstance(metadata, dict) else {}
    if "autograder" in metadata:
        notes.append("has the grader's own notes, as a graded notebook has: not believed")
    kernel = metadata.get("kernelspec")
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    if not isinstance(language, str) or not language.lower().startswith("python"):
        notes.append(f"was made for a kernel of {shown(str(language), 40)}: run as Python")


def _python(content):
    """The version of Python that a notebook says it was run with, such as (3, 12); () else."""
    metadata = content.get("metadata")
    language = metadata.get("language_info") if isinstance(metadata, dict) else None
    version = language.get("version") if isinstance(language, dict) else None
    match = re.match(r"(\d{1,3})\.(\d{1,3})(?:\.|$)", version) if isinstance(version, str) else None
    return (int(match[1]), int(match[2])) if match else ()


def _same(key, value, right):
    if key == "checksum":  # another one where the release was made anew
        return isinstance(value, str)
    return value == right and isinstance(value, bool) == isinstance(right, bool)


def _several(names):
    first = shown(names[0], 40)
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"


def _invalid(content):
    """A note where the file itself is one that nbgrader would refuse."""
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what nbformat repairs by itself
            nbformat.validate(content)
    except Exception as error:  # any: it was made for notebooks, not for whatever this is
        # not str(error): it prints the value in question, however deep
        what = shown(str(getattr(error, "message", type(error).__name__)))
        return [f"not quite a notebook ({what}): its cells are taken over"]
    return []
