"""What a class is taught: the assignments, exercises and points that its course.toml chooses.

    [01_knn]                      # all of it
    [02_linear]
    without = ["kernel_pca"]      # or exercises = […]: those that stay
    points = {svm_loss = 20}      # its cells of checks share them in their proportions
    total = 111                   # what the points must add up to

    [02_linear.questions.hinge]   # one of the course's own, which a person reads, at the end
    points = 10
    text = "Why does the loss stay the same when …?"
    rubric = {"names the margin" = 4, "says what it leaves alone" = 6}
    answer = "text"               # or "code", for a plot

The file lies in the class's folder, so that a newer checkout never meets it. A class without one is
taught everything as it is. Hidden tests of its own are in `private`.
"""

import re
import tomllib
from dataclasses import dataclass, replace

from autograder.authoring import private, question
from autograder.authoring.excerpt import Needed, excerpt, exercises_of
from autograder.authoring.source import Cell, Question, Source, read_source
from autograder.project import UserError, nearest

_KEYS = ("exercises", "without", "points", "total", "questions")
_ASKED = ("points", "text", "rubric", "answer")  # the keys of a question
_ANSWERS = {"text": "markdown", "code": "code"}
MOST = 1000  # points of an exercise


@dataclass(frozen=True)
class Chosen:
    """An assignment as a class is taught it, and what the instructor should know of it.

    own: the cells of checks whose hidden part is the class's own.
    """

    source: Source
    notes: list
    own: tuple = ()


class _Fault(Exception):
    pass


def assignments(project):
    """The names of the assignments that the class is taught. Raises UserError."""
    file = _read(project)
    return [name for name in project.assignments if file is None or name in file]


def whole(project, assignment):
    """The Source of an assignment with all its exercises."""
    project.check_assignment(assignment)
    path = project.solution(assignment) / "notebook.py"
    return read_source(path, project.shown(path))


def chosen(project, assignment):
    """The assignment as the class is taught it, with its own hidden tests. Raises UserError."""
    source = whole(project, assignment)
    own, part = private.read(project, assignment, source), _part(project, assignment, source)
    if not own:
        return part
    return replace(part, source=private.put(part.source, own), own=tuple(own))


def _part(project, assignment, source):
    """The Chosen of an assignment by course.toml alone. Raises UserError."""
    file = _read(project)
    if file is None:
        return Chosen(source, [])
    where = project.shown(project.choice)
    if assignment not in file:
        raise UserError(
            f"{where} does not name {assignment}, so this class is not taught it: add a line "
            f"[{assignment}], or take one of {', '.join(file)}"
        )
    try:
        names = _names(source, file[assignment])
        asked = _questions(source, file[assignment].get("questions", {}))
        points = _points(source, names, file[assignment], asked)
        part, notes = excerpt(source, names)
    except _Fault as fault:
        raise UserError(f"{where}: [{assignment}] {fault}") from None
    except Needed as error:
        raise UserError(
            f"{where}: [{assignment}] {error.exercise} needs {error.needed}, which is left out: "
            f"keep {error.needed}, or leave out {error.exercise} as well"
        ) from None
    return Chosen(_with(_weighed(part, points), asked), notes)


# --- the file ---


def _read(project):
    """{assignment: its table}, or None where there is no file."""
    path, stray = project.choice, project.root / project.choice.name
    shown = project.shown(path)
    if stray.is_file() and stray != path:
        raise UserError(
            f"{project.shown(stray)} lies in the checkout, where it is not read: move it to {shown}"
        )
    if not path.is_file():
        return None
    try:
        file = tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise UserError(f"{shown}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        text = re.sub(r" \(at (line \d+), (column \d+)\)$", r" (\1, \2)", str(error))
        raise UserError(f"{shown}: not TOML: {text}") from None
    try:
        _check(project, file)
    except _Fault as fault:
        raise UserError(f"{shown}: {fault}") from None
    return file


def _check(project, file):
    """Whether the file has assignments, and in them keys, that there are. Raises _Fault."""
    known = project.assignments
    if not file:
        raise _Fault(f"names no assignment: add a line such as [{known[0]}] for each")
    for name, table in file.items():
        if name not in known:
            raise _Fault(f"there is no assignment {name!r}{nearest(name, known)}")
        if not isinstance(table, dict):
            raise _Fault(f"{name} = {table!r}: name an assignment by a line [{name}]")
        for key in table:
            if key not in _KEYS:
                raise _Fault(f"[{name}] has no key {key!r}{nearest(key, _KEYS)}")
        if {"exercises", "without"} <= {*table}:
            raise _Fault(f"[{name}] has exercises and without: say which stay or which go")


def _names(source, table):
    """The exercises that stay, in the notebook's order. Raises _Fault."""
    known = list(source.named)
    for key in ("exercises", "without"):
        listed = table.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise _Fault(f'{key} must be a list of names, such as ["{known[0]}"], not {listed!r}')
        for name in listed:
            _check_exercise(name, known, key)
            if listed.count(name) > 1:
                raise _Fault(f"{key} names {name} twice: name it once")
    left = table.get("exercises", known)
    left = [name for name in known if name in left and name not in table.get("without", [])]
    if not {*left} & {*source.graded}:
        raise _Fault("no exercise is left: leave the assignment out, or keep one")
    return left


def _check_exercise(name, known, key):
    if name not in known:
        raise _Fault(f"{key}: there is no exercise {name!r}{nearest(name, known)}")


def _points(source, names, table, asked):
    """{exercise that stays: its points}. asked: the course's own questions. Raises _Fault."""
    wanted, total = table.get("points", {}), table.get("total")
    if not isinstance(wanted, dict):
        raise _Fault(f"points must be a table, such as {{{names[0]} = 10}}, not {wanted!r}")
    points = {name: source.graded[name].points for name in names if name in source.graded}
    for name, worth in wanted.items():
        _check_exercise(name, list(source.graded), "points")
        if name not in points:
            raise _Fault(f"points of {name}, which is left out: keep it, or take away its points")
        if name in source.questions:
            raise _Fault(f"points of {name}: its rubric says them, which is in its text")
        least = len(source.exercises[name].tests)
        if type(worth) is not int or not 1 <= worth <= MOST:
            raise _Fault(f"points of {name} must be a whole number from 1 to {MOST}, not {worth!r}")
        if worth < least:
            raise _Fault(
                f"{name} = {worth}: it has {least} cells of checks, and each is worth a point at "
                f"least: give it {least} or more"
            )
        points[name] = worth
    each = points | {name: question.points for name, question in asked.items()}
    if total is not None and total != sum(each.values()):
        words = ", ".join(f"{name} {worth:g}" for name, worth in each.items())
        raise _Fault(f"the points add up to {sum(each.values()):g}, not to {total!r}: {words}")
    return points


# --- the course's own questions ---


@dataclass(frozen=True)
class _Asked:
    """A question of course.toml. text: its Markdown, with the rubric; kind: its answer's."""

    points: int
    text: str
    rubric: dict
    kind: str


def _questions(source, table):
    """{name: _Asked} of a table `questions`. Raises _Fault."""
    if not isinstance(table, dict) or not all(isinstance(each, dict) for each in table.values()):
        raise _Fault(f"questions must be tables, such as […questions.reason], not {table!r}")
    taken = {cell.grade_id for cell in source.cells}
    found = {}
    for name, own in table.items():
        if not re.fullmatch(r"[A-Za-z]\w*", name) or name in taken:
            why = "is one of the assignment's own" if name in taken else "is no name such as reason"
            raise _Fault(f"questions: {name!r} {why}: call it otherwise")
        try:
            found[name] = _asked(name, own)
        except question.Fault as fault:
            raise _Fault(f"question {name}: {fault}") from None
    return found


def _asked(name, own):
    """The _Asked of one question's table. Raises question.Fault."""
    for key in own:
        if key not in _ASKED:
            raise question.Fault(f"has no key {key!r}{nearest(key, _ASKED)}")
    points, text, rubric = own.get("points"), own.get("text"), own.get("rubric")
    if type(points) is not int or not 1 <= points <= MOST:
        raise question.Fault(f"its points must be a whole number from 1 to {MOST}, not {points!r}")
    if not isinstance(text, str) or not text.strip():
        raise question.Fault(f"its text must say what is asked, not {text!r}")
    if not isinstance(rubric, dict) or not rubric:
        raise question.Fault(
            f'its rubric must say what counts, such as {{"gives the reason" = {points}}}, '
            f"not {rubric!r}"
        )
    for what, worth in rubric.items():
        if type(worth) not in (int, float) or not 0 < worth <= MOST:
            raise question.Fault(f"its rubric gives {what!r} no points, but {worth!r}")
    answer = own.get("answer", "text")
    if answer not in _ANSWERS:
        raise question.Fault(f"its answer must be one of {', '.join(_ANSWERS)}, not {answer!r}")
    whole = question.text(name, points, text, rubric)
    return _Asked(points, whole, question.rubric(name, points, whole), _ANSWERS[answer])


def _with(source, asked):
    """The Source with questions, {name: _Asked}, at its end: before a section of closing words."""
    cells, questions, closing = [*source.cells], dict(source.questions), []
    last = cells[-1]
    if last.kind == "markdown" and not last.nbgrader and re.match(r"#+ ", last.text):
        closing = [cells.pop()]
    for name, each in asked.items():
        marks = {"grade": True, "grade_id": name, "locked": False, "schema_version": 3}
        marks |= {"solution": True, "task": False, "points": each.points}
        answer = Cell(each.kind, "", 0, marks)
        cells += [Cell("markdown", each.text, 0), answer]
        questions[name] = Question(name, answer, [answer], each.rubric)
    return replace(source, cells=cells + closing, questions=questions)


# --- points ---


def share(points, weights):
    """Whole numbers that add up to points, in the proportion of weights, one each at least.

    The divisor method of Sainte-Laguë: weights that add up to points are given back.
    """
    parts = [1] * len(weights)
    for _ in range(points - len(weights)):
        next_one = max(range(len(weights)), key=lambda i: weights[i] / (2 * parts[i] + 1))
        parts[next_one] += 1
    return parts


def _weighed(source, points):
    """The Source with these points, {exercise: points}, in its tests and its headings."""
    changed = {n: p for n, p in points.items() if p != source.graded[n].points}
    worth, owners = {}, {name: name for name in points}
    for name, exercise in source.exercises.items():
        owners |= {test.grade_id: name for test in exercise.tests}
        if name in changed:
            parts = share(changed[name], [test.nbgrader["points"] for test in exercise.tests])
            worth |= {t.grade_id: part for t, part in zip(exercise.tests, parts, strict=True)}
    cells = [_weighed_cell(cell, worth, changed) for cell in source.cells]
    names = [name for name in points if name in source.exercises]
    return replace(source, cells=cells, exercises=exercises_of(cells, owners, names))


def _weighed_cell(cell, worth, changed):
    """A cell with its points, worth: {grade_id: points}, or with its heading's."""
    if cell.grade_id in worth:
        return replace(cell, nbgrader=cell.nbgrader | {"points": worth[cell.grade_id]})
    return replace(cell, text=_headed(cell.text, changed)) if cell.kind == "markdown" else cell


def _headed(text, points):
    """A text with the points of exercises in their headings: ### Exercise `vote` (12 points)."""

    def put(match):
        name, worth = match[2], points.get(match[2])
        if worth is None:
            return match[0]
        return f"{match[1]}`{name}` ({worth} {'point' if worth == 1 else 'points'}"

    return re.sub(r"(?m)^(#+ +[^`\n]*)`(\w+)` \(\d+ points?", put, text)
