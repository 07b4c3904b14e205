"""Why a student has the points of an exercise: what ran, what did not, and what each check said.

For the instructor alone, since it tells what hidden tests saw. Nothing is written: what is told is
the journal's result that the gradebook holds, and a rerun stands beside it and is then forgotten.
"""

import contextlib
import textwrap
from dataclasses import dataclass, field

import nbformat

from autograder import grade
from autograder.guard import Guard, Trouble
from autograder.intake import submission
from autograder.intake.rebuild import shown
from autograder.judging.engine import Engine, EngineError, choose_room
from autograder.judging.secrets import grade_id, plain
from autograder.project import UserError
from autograder.recording.journal import Journal
from autograder.recording.notebook import stopped
from autograder.returning.feedback import graded, number

WIDE = 40  # characters of a cell's first line
LINES = 12  # of a message


@dataclass
class Explained:
    """student's result in an exercise. points: a gradebook.Result; page: {test: its error's text on
    the student's page}; recorded: the result that the points come from, a judge.Result as a
    dictionary; again: that of a rerun, or None; work: the Submission; why: {index: needed.Why};
    beside: the texts of given cells that ran with the tests; same: whether the work is run as it
    was when the result was recorded.
    """

    student: str
    name: str
    exercise: object  # a source.Exercise
    points: object
    page: dict
    recorded: dict
    work: object
    why: dict = field(default_factory=dict)
    beside: set = field(default_factory=set)
    same: bool = True
    again: dict | None = None


def explain(
    project,
    assignment,
    student,
    exercise,
    *,
    rerun=False,
    sandbox="auto",
    limits=None,
    all_cells=False,
):
    """The Explained of one exercise of one student. Raises UserError.

    rerun: run the work once more. sandbox, limits, all_cells: as for `grade.grade`.
    """
    built = grade.released(project, assignment)
    exercises = built.parsed.exercises
    if exercise in built.parsed.questions:
        raise UserError(
            f"a person reads the answer to {exercise}, so nothing was checked: it is on the "
            f"student's page, and in Formgrader ({project.shown(project.course / 'autograded')})"
        )
    if exercise not in exercises:
        known = ", ".join(exercises)
        raise UserError(f"{assignment} has no exercise {exercise!r} (there are: {known})")
    [(_, folder)] = grade.chosen(project, assignment, [student]).items()
    found = [*graded(project, assignment, [student])]
    if not found:
        command = f"autograder grade {assignment} {student}"
        raise UserError(f"nothing of {student}'s is graded in {assignment} yet: {command}")
    [(points, notebook, missing)] = found
    if notebook is None:
        raise UserError(missing)
    with Guard(_Reader, built, all_cells) as guard:
        try:
            work, why = guard.call("read", student, folder).result()
        except Trouble as error:
            raise UserError(f"{student}'s work cannot be read: {error}") from None
    if work.problem:
        raise UserError(
            f"{student}'s work cannot be graded as it is now: {work.problem} "
            "(the points are those of what was there before)"
        )
    room = choose_room(sandbox) if rerun else sandbox
    setup = grade.make_setup(project, built, room, limits)
    grade.named(work, grade.environment(project, setup, built))
    with contextlib.closing(Journal(project, assignment)) as journal:
        key = journal.key(student) or work.key
        recorded = journal.result(key)
    if recorded is None:
        raise UserError(
            f"the journal has no longer what {student}'s points come from: "
            f"autograder grade {assignment} {student} --force runs it again"
        )
    page = {grade_id(cell): _on_page(cell) for cell in notebook.cells}
    told = Explained(student, exercise, exercises[exercise], points, page, recorded, work, why)
    told.same = key == work.key
    given = (step["parts"] for step in setup.steps if not step["test"])
    told.beside = {part.strip() for parts in given for part in parts}
    if rerun:
        with Engine(setup) as engine:
            try:
                told.again = engine.submit(work.cells, work.files).result()
            except EngineError as error:
                raise UserError(f"it could not be run: {str(error).splitlines()[-1]}") from None
    return told


class _Reader:
    """Reads a student's own text, for a Guard."""

    def __init__(self, built, all_cells):
        self._desk = submission.Desk(built, all_cells=all_cells)
        self._released = nbformat.reads(built.release[f"{built.assignment}.ipynb"], as_version=4)

    def read(self, student, folder):
        """The Submission, and why its cells run (`submission.why_ran`)."""
        work = self._desk.take(student, folder)
        return work, {} if work.problem else submission.why_ran(work.notebook, self._released)


def _on_page(cell):
    errors = [o for o in cell.get("outputs", []) if o.get("output_type") == "error"]
    return errors[-1].get("evalue", "") if errors else ""


# --- in words ---


def lines(told):
    """What to print of an Explained."""
    tests, points = told.exercise.tests, told.points
    score = f"{number(points.points(tests))} of {number(told.exercise.points)} points"
    yield f"{told.student}, {told.name}: {score}"
    yield f"handed in  {told.work.timestamp or 'at a time that nobody noted'}"
    for what, said in (("put right", told.work.notes), ("look at", told.work.suspicious)):
        for line in said:
            yield f"{what:<10} {shown(line, 300)}"
    if told.recorded["fault"] or told.recorded["late"]:
        yield f"stopped    {shown(stopped(told.recorded), 300)}"
    if adjusted := points.adjusted.get(told.name):
        yield f"adjusted   {adjusted}"
    yield ""
    if told.same:
        yield from _cells(told)
    else:
        yield (
            "The work, the tests, the limits or the grader are no longer those of the recorded "
            "result: below stands what was recorded, and what ran for it is not known any more."
        )
    for test in tests:
        yield ""
        yield from _test(told, test)
    if told.again is not None:
        yield ""
        yield from _again(told)


def _cells(told):
    """A line for each code cell, in the notebook's order, and one for the exercise's tests."""
    code = [(n, c) for n, c in enumerate(told.work.notebook["cells"], 1) if _is_code(c)]
    tests, ran = {*told.recorded["tests"]}, {*told.work.ran}
    own = {test.grade_id for test in told.exercise.tests}
    results, replaced = iter(told.recorded["cells"]), []
    for i, (at, cell) in enumerate(code):
        name = grade_id(cell)
        if name in tests:
            replaced += [f"cell {at} ({name})"] if name in own else []
            continue
        one = next(results) if i in ran else None
        if one is None and cell["source"].strip() in told.beside:
            what, why = "apart", "given, and read by the tests: it ran with them"
        elif one is None:
            what, why = "left out", "given, and nothing that ran reads what it binds"
        else:
            what, why = "ran", _because(told, i, code)
            why += f"; {_ended(one)}" if _ended(one) else ""
        first = next((line for line in cell["source"].split("\n") if line.strip()), "")
        yield f"cell {at:<3} {what:<8} {shown(name or first.strip(), WIDE):{WIDE}}  {why}"
    yield f"replaced by the course's own, as all tests are: {', '.join(replaced)}"


def _is_code(cell):
    return cell["cell_type"] == "code"


def _because(told, i, code):
    cell, why = code[i][1], told.why.get(i)
    if name := grade_id(cell):
        return f"the answer to {name}"
    if why is None:
        return "given, and run with --all-cells"
    if why.own:
        return "the student's own, or given and changed"
    if why.opaque is not None:
        return f"cell {code[why.opaque][0]} may read anything: exec, a magic, import *"
    names = [f"{name} (cell {code[reader][0]})" for name, reader in why.names.items()]
    rest = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"given, and read: {', '.join(names[:4])}{rest}"


def _ended(one):
    """How a cell ended, where it did not run to its end at once."""
    last = one["outputs"][-1] if one["outputs"] else {}
    error = ""
    if last.get("type") == "error":
        error = f"raised {shown(last['ename'], 40)}: {shown(last['evalue'], 80)}"
    if one["as_given"]:
        again = error or "ended well"
        return f"raised, so the release's form ran, and then it once more, which {again}"
    return error


def _test(told, test):
    name, verdict = test.grade_id, told.recorded["tests"][test.grade_id]
    points = told.points.grades.get(name)
    got = "no points yet"
    if points:
        got = f"{number(points.given)} of {number(test.nbgrader['points'])} points"
        got += ", given by hand" if points.by_hand else ""
    yield f"{name}: {said(verdict)}; {got}"
    if not verdict["passed"]:
        yield from _block("it saw", _message(verdict))
        page = told.page.get(name, "")
        if page.strip() and page.strip() != verdict["text"].strip():
            yield from _block("the page says", page)


def said(verdict):
    """A judge.Verdict, as a dictionary, in words."""
    if verdict["passed"]:
        return "passed"
    if verdict["author"]:
        return "failed, and the test itself is at fault"
    if not verdict["error"]:
        return "could not be run to its end"
    return f"failed in its {'visible' if verdict['visible'] else 'hidden'} part"


def _message(verdict):
    return f"{verdict['error']}: {verdict['text']}" if verdict["error"] else verdict["text"]


def _block(head, text):
    text = plain(text, 4000).replace("\x1b", "").strip()  # which a terminal would obey
    found = (text or "nothing").split("\n")
    if len(found) > LINES:
        found[LINES:] = [f"… {len(found) - LINES} lines more"]
    yield f"  {head}:"
    yield textwrap.indent("\n".join(found), "    ")


def _again(told):
    names = [test.grade_id for test in told.exercise.tests]
    before, now = (
        [said(result["tests"][name]) for name in names] for result in (told.recorded, told.again)
    )
    wide = [max(map(len, column)) for column in (["run again", *names], ["recorded", *before])]
    yield f"{'run again':{wide[0]}}  {'recorded':{wide[1]}}  now"
    for name, old, new in zip(names, before, now, strict=True):
        yield f"{name:{wide[0]}}  {old:{wide[1]}}  {new}"
    for name in names:
        text = [_message(result["tests"][name]) for result in (told.recorded, told.again)]
        if text[0] != text[1] and not told.again["tests"][name]["passed"]:
            yield from _block(f"{name} saw now", text[1])
    if told.again["fault"] or told.again["late"]:
        yield f"stopped now: {shown(stopped(told.again), 300)}"
    differ = [n for n, old, new in zip(names, before, now, strict=True) if old != new]
    yield f"not the same: {', '.join(differ)}" if differ else "the same again"
    yield "nothing was written"
