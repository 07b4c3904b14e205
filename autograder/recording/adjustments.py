"""Points of an exercise changed after grading, for all or for some, with a reason and no test
changed.

adjustments.jsonl in the course's folder says who did what, when and why: what is in force is read
from it, and nothing is ever taken out. The gradebook carries it so that nbgrader and Formgrader
have the same totals: as extra credit for an exercise's tests, and where an exercise counts in
nobody's maximum, as tests of 0 points. What a person has entered there stays: a table beside
nbgrader's keeps it, with what we wrote in its place.
"""

import datetime
import getpass
import json
import os
from dataclasses import asdict, dataclass, replace

from autograder.project import UserError, alone, write_atomic

FILE = "adjustments.jsonl"
WORDS = {
    "full": "counts in full",
    "void": "does not count",
    "bonus": "counts as a bonus",
    "undo": "counts as it was graded",
}
_FOR_ALL = ("void", "bonus")  # what takes an exercise out of everybody's maximum
_LONGEST = 500  # characters of a reason, which stands on a page


@dataclass(frozen=True)
class Adjustment:
    """A line of the log. what: of WORDS; students: whose, () for everybody."""

    when: str
    who: str
    assignment: str
    exercise: str
    what: str
    students: tuple
    reason: str

    @property
    def word(self):
        return WORDS[self.what]

    @property
    def said(self):
        """What a student is told."""
        return f"{self.word}: {self.reason}"

    def __str__(self):
        whom = f" for {', '.join(self.students)}" if self.students else ""
        return f"{self.exercise} {self.word}{whom}: {self.reason} ({self.who}, {self.when})"


class InForce:
    """What is in force of the Adjustments of one assignment, the earliest first."""

    def __init__(self, found):
        self.all, self._some = {}, {}  # {exercise: its}, {exercise: {student: theirs, or None}}
        self._any = bool(found)
        for each in found:
            own = None if each.what == "undo" else each
            if each.students:
                self._some.setdefault(each.exercise, {}).update(dict.fromkeys(each.students, own))
            else:
                self.all[each.exercise] = own
                self._some.pop(each.exercise, None)

    def __bool__(self):
        """Whether anything was ever adjusted, taken back or not."""
        return self._any

    def of(self, student):
        """{exercise: Adjustment} of a student."""
        some = {name: whose[student] for name, whose in self._some.items() if student in whose}
        return {name: each for name, each in (self.all | some).items() if each}

    def has(self, exercise, students=()):
        """Whether an exercise is adjusted for one of these; (): for anybody."""
        if students:
            return any(exercise in self.of(student) for student in students)
        return any([self.all.get(exercise), *self._some.get(exercise, {}).values()])

    def lines(self):
        """What is in force, in words, exercise by exercise."""
        for exercise in dict.fromkeys([*self.all, *self._some]):
            if each := self.all.get(exercise):
                yield str(each)
            whose = {}
            for student, each in self._some.get(exercise, {}).items():
                whose.setdefault(each, []).append(student)
            for each, students in whose.items():
                if each:
                    yield str(replace(each, students=tuple(sorted(students))))
                elif self.all.get(exercise):
                    yield f"  but not for {', '.join(sorted(students))}"

    @property
    def out_of_maximum(self):
        """The exercises that are in nobody's maximum."""
        return {name for name, each in self.all.items() if each and each.what in _FOR_ALL}


def read(project, assignment=None):
    """The Adjustments of an assignment, or of all, the earliest first. Raises UserError."""
    path, found = project.course / FILE, []
    if not path.is_file():
        return []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        try:
            row = json.loads(line)
            each = Adjustment(**row | {"students": tuple(row["students"])})
            texts = (*asdict(each).values(), *each.students)
            if each.what not in WORDS or {*map(type, texts)} != {str, tuple}:
                raise ValueError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UserError(
                f"{project.shown(path)}, line {number}, is no adjustment: put back a copy of the "
                "file, or mend that line"
            ) from None
        found.append(each)
    return [each for each in found if assignment in (None, each.assignment)]


def in_force(project, assignment):
    return InForce(read(project, assignment))


# --- to adjust ---


@dataclass(frozen=True)
class Change:
    """A student's points after the late penalty, and out of how many, as they were and are."""

    student: str
    before: tuple
    after: tuple

    def __str__(self):
        (old, old_most), (new, most) = self.before, self.after
        was = f"{old:.4g} of {old_most:g}" if old_most != most else f"{old:.4g}"
        return f"{self.student}: {new:.4g} of {most:g} points (was {was})"


def adjust(project, assignment, exercises, exercise, what, students, reason):
    """Log an Adjustment and bring the gradebook up to date; (the Adjustment, Changes).

    exercises: {name: Exercise} of the assignment; what: of WORDS; students: () for everybody.
    Raises UserError, and then nothing is written.
    """
    if exercise not in exercises:
        known = ", ".join(exercises)
        raise UserError(f"{assignment} has no exercise {exercise!r} (there are: {known})")
    reason = " ".join(reason.split())
    if not reason or len(reason) > _LONGEST or not reason.isprintable():
        raise UserError(
            f"a reason has 1 to {_LONGEST} characters, all of them printable: the student reads it"
        )
    from autograder.recording import late

    with alone(project, f"autograder adjust {assignment}"):
        before = read(project, assignment)
        when = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        students = tuple(dict.fromkeys(students))
        new = Adjustment(when, _who(), assignment, exercise, what, students, reason)
        _check(exercises, InForce(before), InForce([*before, new]), new)
        late.plugin(project)  # fails before anything is written, should the settings be wrong
        path = project.course / FILE
        text = path.read_bytes() if path.is_file() else b""
        write_atomic(path, text + json.dumps(asdict(new), ensure_ascii=False).encode() + b"\n")
        return new, update(project, assignment, exercises)


def _check(exercises, before, after, new):
    """Raise UserError where an Adjustment makes no sense."""
    name, everybody = new.exercise, before.all.get(new.exercise)
    if new.students and new.what == "bonus":
        raise UserError(
            "--bonus is for everybody, since a gradebook has one maximum for all: leave out the "
            "students, or give these their points with --full"
        )
    if new.students and everybody and everybody.what in _FOR_ALL:
        raise UserError(
            f"{name} {everybody.word}, for everybody, and can be nothing else for some: "
            f"first autograder adjust {new.assignment} {name} --undo --reason TEXT"
        )
    if new.what == "undo" and not before.has(name, new.students):
        raise UserError(f"{name} is not adjusted{_of(new.students)}: there is nothing to undo")
    for student in new.students or ("",):
        out = {n for n, each in after.of(student).items() if each.what in _FOR_ALL}
        if new.what in _FOR_ALL and out >= {*exercises}:
            raise UserError(f"{name} is the last exercise that counts{_of(new.students)}: it stays")


def _who():
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # nobody of that number has a name here
        return f"user {os.getuid()}"


def _of(students):
    return f" for {', '.join(students)}" if students else ""


# --- the gradebook ---


def update(project, assignment, exercises):
    """Bring the gradebook up to date with the log: points and penalties; the Changes.

    exercises: as for `adjust`. Where nothing was ever adjusted, nothing is opened.
    """
    found = read(project, assignment)
    if not project.gradebook.is_file() or not (found or is_carried(project)):
        return []
    from nbgrader.api import Gradebook

    from autograder.recording import late

    policy = late.plugin(project)
    with Gradebook(project.database) as gradebook:
        before = _totals(gradebook, assignment)
        changed = carry(gradebook, assignment, InForce(found), exercises)
        late.bring_up_to_date(gradebook, assignment, policy, changed)
        after = _totals(gradebook, assignment)
    return [Change(s, before[s], now) for s, now in sorted(after.items()) if now != before[s]]


def is_carried(project):
    """Whether anything in the gradebook is adjusted: it is undone where the log was removed."""
    if not project.gradebook.is_file():
        return False
    with project.tables() as database:
        is_there = "SELECT 1 FROM sqlite_master WHERE name = 'adjusted'"
        return bool(
            database.execute(is_there).fetchone()
            and database.execute("SELECT 1 FROM adjusted").fetchone()
        )


def _totals(gradebook, assignment):
    """{student: (points after the penalty, out of how many)}"""
    from nbgrader.api import Assignment, SubmittedAssignment

    mine = SubmittedAssignment
    rows = gradebook.db.query(
        mine.student_id, mine.score, mine.late_submission_penalty, mine.max_score
    )
    rows = rows.join(mine.assignment).filter(Assignment.name == assignment)
    return {who: (max(0.0, score - (less or 0)), most) for who, score, less, most in rows}


def carry(gradebook, assignment, adjusted, exercises, student=None):
    """Write into nbgrader's gradebook what is in force, of all students or of one, uncommitted
    where it is one; the students whose points have changed.

    adjusted: an InForce; exercises: as for `adjust`.
    """
    database = gradebook.db
    owner = {test.grade_id: name for name, each in exercises.items() for test in each.tests}
    beside = _Beside(database)
    most = _maxima(database, assignment, adjusted, owner, beside, write=student is None)
    changed = set()
    for who, grades in _grades(database, assignment, student).items():
        mine = adjusted.of(who)
        for grade in grades:
            grade.own = beside.own(grade.id, grade.extra)
        share = _share(grades, mine, owner, most)
        for grade in grades:
            each = mine.get(owner.get(grade.cell))
            wanted = _extra(grade, each, share, most[grade.cell], adjusted)
            beside.note(grade.id, grade.own, wanted)
            if wanted != grade.extra:
                _set_extra(database, grade.id, wanted)
                changed.add(who)
    if student is None:
        database.commit()
    return changed


@dataclass
class _Grade:
    """A test's row in the gradebook. own: the extra credit that a person gave, not we."""

    id: str
    cell: str
    auto: float | None
    manual: float | None
    extra: float | None
    own: float | None = None

    @property
    def base(self):
        return (self.auto if self.manual is None else self.manual) or 0.0


def _extra(grade, each, share, most, adjusted):
    """The extra credit with which a test has the points that it is to have."""
    if each is None or each.what == "bonus" or (grade.auto is None and grade.manual is None):
        return grade.own
    if each.what == "full":
        missing = most - grade.base
        return grade.own if (grade.own or 0.0) >= missing else missing
    return (0.0 if each.exercise in adjusted.out_of_maximum else share * most) - grade.base


def _share(grades, mine, owner, most):
    """What a student has of the points that count for them: the share of an exercise that does not.

    The maximum is the same for all, so what counts for one alone in neither points nor maximum
    has the share of the rest.
    """
    points = out_of = 0.0
    for grade in grades:
        each = mine.get(owner.get(grade.cell))
        if each is None or each.what == "full":
            got = grade.base + (grade.own or 0.0)
            points += max(got, most[grade.cell]) if each else got
            out_of += most[grade.cell]
    return points / out_of if out_of else 0.0


def _maxima(database, assignment, adjusted, owner, beside, *, write):
    """{test: its points, adjusted or not}. write: make those that nobody's maximum has 0."""
    from nbgrader.api import Assignment, GradeCell, Notebook

    cells = database.query(GradeCell).join(Notebook, GradeCell.notebook_id == Notebook.id)
    cells = cells.join(Assignment, Notebook.assignment_id == Assignment.id)
    found = {}
    for cell in cells.filter(Assignment.name == assignment):
        found[cell.name] = beside.own(cell.id, cell.max_score)
        if write:
            wanted = 0.0 if owner.get(cell.name) in adjusted.out_of_maximum else found[cell.name]
            beside.note(cell.id, found[cell.name], wanted)
            cell.max_score = wanted
    database.flush()
    return found


def _grades(database, assignment, student):
    """{student: _Grades}, as columns: objects for a class would be thousands."""
    from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook

    mine = SubmittedAssignment
    columns = (Grade.id, BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    rows = database.query(mine.student_id, *columns).join(mine.assignment)
    rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == mine.id)
    rows = rows.join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(Grade.cell)
    rows = rows.filter(Assignment.name == assignment)
    found = {}
    for who, *grade in rows if student is None else rows.filter(mine.student_id == student):
        found.setdefault(who, []).append(_Grade(*grade))
    return found


def _set_extra(database, grade, extra):
    from nbgrader.api import Grade
    from sqlalchemy import update as changing

    database.execute(changing(Grade).where(Grade.id == grade).values(extra_credit=extra))


class _Beside:
    """The table of what stood in the gradebook where we wrote: own, and what we wrote: written."""

    def __init__(self, database):
        from sqlalchemy import text

        self._database, self._text = database, text
        database.execute(
            text(
                "CREATE TABLE IF NOT EXISTS adjusted "
                "(id VARCHAR(32) PRIMARY KEY, written FLOAT, own FLOAT)"
            )
        )
        rows = database.execute(text("SELECT id, written, own FROM adjusted"))
        self._rows = {row: (written, own) for row, written, own in rows}

    def own(self, row, value):
        """What a person or nbgrader has in a row that now holds value."""
        written, own = self._rows.get(row, (None, None))
        return own if row in self._rows and value == written else value

    def note(self, row, own, wanted):
        """Note that wanted is written in a row that would else hold own."""
        if wanted != own and self._rows.get(row) != (wanted, own):
            self._rows[row] = wanted, own
            statement = "INSERT OR REPLACE INTO adjusted VALUES (:row, :wanted, :own)"
            self._run(statement, row=row, wanted=wanted, own=own)
        elif wanted == own and row in self._rows:
            del self._rows[row]
            self._run("DELETE FROM adjusted WHERE id = :row", row=row)

    def _run(self, statement, **values):
        self._database.execute(self._text(statement), values)
