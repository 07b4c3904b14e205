"""What is left of a source where exercises are left out.

With an exercise goes its section, from its heading to the next one of that rank, and so does a
section whose exercises have all gone. A given cell elsewhere that cannot run without them goes,
too, with the text that leads to it; one in a section that goes stays if what stays needs it.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from autograder.authoring import scope
from autograder.authoring.source import CHALLENGE, Cell, Exercise

_HEADING = re.compile(r"(#{1,6}) +\S")


class Needed(Exception):
    """An exercise that stays needs one that goes: their names."""

    def __init__(self, exercise, needed):
        super().__init__(exercise, needed)
        self.exercise, self.needed = exercise, needed


def excerpt(source, kept):
    """(A Source with the exercises kept alone, what a reader should know of it: sentences).

    Raises Needed.
    """
    gone = [name for name in source.named if name not in kept]
    if not gone:
        return source, []
    pieces = [piece for cell in source.cells for piece in _pieces(cell)]
    owners = _owners(source)
    for first, end in _sections(pieces):
        owned = {owners.get(piece.cell.grade_id) for piece in pieces[first:end]} - {None}
        if owned and not owned & {*kept}:
            for piece in pieces[first:end]:
                piece.stays = False
    for piece in pieces:
        piece.stays &= owners.get(piece.cell.grade_id) not in gone
    notes = _keep_what_runs(pieces, owners, gone)
    for first, end in _sections(pieces):
        code = [piece for piece in pieces[first:end] if piece.cell.kind == "code"]
        if code and not any(piece.stays for piece in code):
            for piece in pieces[first:end]:
                piece.stays = False
    notes += _mentions(pieces, gone)
    cells = _joined(pieces)
    exercises = exercises_of(cells, owners, [n for n in kept if n in source.exercises])
    questions = {n: each for n, each in source.questions.items() if n in kept}
    part = replace(source, cells=cells, exercises=exercises, questions=questions)
    if CHALLENGE in gone:
        part = replace(part, challenge=None)
    return replace(part, left_out=tuple(gone)), notes


def exercises_of(cells, owners, kept):
    """{name: Exercise} of cells. owners: {grade_id: the exercise}; kept: names, in order."""
    found = {}
    for cell in cells:
        name = owners.get(cell.grade_id)
        if cell.is_solution:
            found[name] = Exercise(name, cell)
        elif cell.is_test:
            found[name].tests.append(cell)
    return {name: found[name] for name in kept}


def _owners(source):
    """{grade_id of an exercise's cell or its tests': the exercise}."""
    tests = {test.grade_id: n for n, each in source.named.items() for test in each.tests}
    return tests | {name: name for name in source.named}


# --- sections ---


@dataclass
class _Piece:
    """A code cell, or what a text says under one heading. rank: the heading's, 0 for none."""

    cell: Cell
    text: str
    rank: int = 0
    stays: bool = True


def _pieces(cell):
    """The cell, cut before each heading of its text."""
    if cell.kind == "code" or cell.is_question:
        return [_Piece(cell, cell.text)]
    parts, fenced = [([], 0)], False
    for line in cell.text.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading:
            parts.append(([], len(heading[1])))
        parts[-1][0].append(line)
    return [_Piece(cell, "\n".join(lines), rank) for lines, rank in parts if lines]


def _sections(pieces):
    """(first, end) of each section below the title: until the next heading of its rank."""
    for first, piece in enumerate(pieces):
        if piece.rank > 1:
            after = range(first + 1, len(pieces))
            ends = (i for i in after if 0 < pieces[i].rank <= piece.rank)
            yield first, next(ends, len(pieces))


def _joined(pieces):
    """The cells of the pieces that stay."""
    texts = {}  # {id of a cell: (the cell, its texts)}
    for piece in pieces:
        if piece.stays:
            texts.setdefault(id(piece.cell), (piece.cell, []))[1].append(piece.text)
    return [replace(cell, text="\n".join(parts).rstrip("\n")) for cell, parts in texts.values()]


def _mentions(pieces, gone):
    """Sentences on the texts that still name an exercise that has gone."""
    found = []
    for piece in pieces:
        if piece.stays and piece.cell.kind == "markdown":
            for name in gone:
                line = next((x for x in piece.text.split("\n") if f"`{name}" in x), "")
                if re.search(rf"`{name}\b", line):
                    found.append(f"the text still names {name}: {_short(line)}")
    return found


def _short(text):
    line = text.strip().split("\n")[0]
    return line if len(line) <= 60 else f"{line[:60]}…"


# --- what needs what ---


def _keep_what_runs(pieces, owners, gone):
    """Let go the given cells that need an exercise that has gone; keep those that are needed.

    Returns a sentence for each that goes. Raises Needed.
    """
    code = [piece for piece in pieces if piece.cell.kind == "code"]
    needs, notes = _Needs([piece.cell for piece in code], owners, gone), []
    for i, piece in enumerate(code):
        lacking = needs.lacking(i) if piece.stays else ()
        if not lacking:
            continue
        name = owners.get(piece.cell.grade_id)
        if name:
            raise Needed(name, lacking[0])
        _let_go(pieces, pieces.index(piece))
        notes.append(f"without {' and '.join(lacking)} this cell goes too: {_short(piece.text)}")
    todo = [i for i, piece in enumerate(code) if piece.stays]
    while todo:
        for j in needs.binders(todo.pop()):
            if not code[j].stays:
                code[j].stays = True
                todo.append(j)
    return notes


def _let_go(pieces, i):
    """A code cell goes, and the text before it that has no heading."""
    pieces[i].stays = False
    for piece in reversed(pieces[:i]):
        if piece.cell.kind == "code" or piece.rank:
            break
        piece.stays = False


class _Needs:
    """Which code cells need which, by the names that they bind and read."""

    def __init__(self, cells, owners, gone):
        self._owners = [owners.get(cell.grade_id) for cell in cells]
        self._gone, self._known = gone, {}
        self._taken, self._places = [], {}
        for i, cell in enumerate(cells):
            bound, taken = scope.names(cell.text)
            self._taken.append(taken)
            for name in bound:
                self._places.setdefault(name, []).append(i)

    def binders(self, i):
        """The cells that bind what cell i reads: before it, or after it for a function's body."""
        found = set()
        for name in self._taken[i]:
            places = [j for j in self._places.get(name, ()) if j != i]
            if places:
                found.add(places[max(0, bisect_left(places, i) - 1)])
        return sorted(found)

    def lacking(self, i):
        """The exercises that have gone which cell i cannot run without, in order."""
        if i not in self._known:
            self._known[i] = ()  # of two functions that call each other
            found = set()
            for j in self.binders(i):
                if self._owners[j] is None:
                    found.update(self.lacking(j))
                elif self._owners[j] in self._gone:
                    found.add(self._owners[j])
            self._known[i] = tuple(name for name in self._gone if name in found)
        return self._known[i]
