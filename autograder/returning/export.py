"""The grades of the gradebook as a table: for scripts, for Canvas, for Moodle.

A learning platform's table is filled in: the platform says who its students are, and what does not
fit is listed and left out. Nothing is guessed. A grade that we have not written ourselves, the last
time, is a person's: it stays, and is listed.
"""

import csv
import io
import json
import re
import textwrap
from dataclasses import dataclass, field

from autograder import people
from autograder.people import Class, Known, Member, Person
from autograder.project import UserError, write_atomic
from autograder.returning.feedback import number
from autograder.returning.roster import Roster
from autograder.table import harmless, new_table

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


@dataclass
class Grade:
    """One student's result in one assignment. row: what nbgrader's own export says of it."""

    assignment: str
    student: str
    email: str
    score: float | None  # None: nothing was handed in
    max_score: float
    row: list
    known: Known = field(default_factory=Known)  # as platforms and the class call them
    waiting: tuple = ()  # the answers to questions that a person has yet to read


@dataclass
class Export:
    """content: bytes of the table. filled: how many grades are in it.

    homeless: students with a grade whom the roster does not have, or has twice; without_grade:
    those of the roster who have none; kept: {theirs: what stands there}, grades that somebody else
    gave. written: {assignment: {their key: what we wrote}}, to be told from these next time.
    waiting: {answer that a person has yet to read: whose}; no platform gets a grade without it.
    """

    content: bytes
    filled: int
    homeless: list = field(default_factory=list)
    without_grade: list = field(default_factory=list)
    kept: dict = field(default_factory=dict)
    written: dict = field(default_factory=dict)
    waiting: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """match: the roster's column that students are known by; column: the one to be filled in;
    scale: convert to the platform's maximum; overwrite: grades that others gave, too.
    """

    match: str | None = None
    column: str | None = None
    scale: bool = False
    overwrite: bool = False


def write(project, assignments=(), *, kind="csv", roster=None, to=None, options=Options()):
    """Write the table and return (its path, the Export). roster: a table that the platform made.

    assignments: their names; none means all of them.
    """
    grades = read_grades(project)
    known = list(dict.fromkeys(grade.assignment for grade in grades))
    for name in assignments:
        if name not in known:
            raise UserError(
                f"the gradebook has no assignment {name!r} (there are: {', '.join(known)})"
            )
    grades = [grade for grade in grades if not assignments or grade.assignment in assignments]
    record = project.course / "exported" / f"{kind}.json"
    before = json.loads(record.read_bytes()) if record.is_file() else {}
    done = export(grades, kind=kind, roster=roster, options=options, before=before)
    for grade in grades:
        for answer in grade.waiting:
            done.waiting.setdefault(f"{answer} in {grade.assignment}", []).append(grade.student)
    path = to or project.course / ("grades.csv" if kind == "csv" else f"grades-{kind}.csv")
    write_atomic(path, done.content)
    if done.written:
        written = {name: before.get(name, {}) | rows for name, rows in done.written.items()}
        write_atomic(record, json.dumps(before | written, indent=1, sort_keys=True).encode())
    return path, done


def export(grades, *, kind="csv", roster=None, options=Options(), before=None):
    """The Export of a list of Grade. before: what the last Export had as `written`."""
    if kind == "csv":
        rows = [_COLUMNS, *(grade.row for grade in grades)]
        return Export(_plain(rows), len(grades))
    if roster is None:
        how = {
            "canvas": "in Canvas, Grades → Export → Export Entire Gradebook",
            "moodle": "in Moodle, the assignment's Submissions → Download grading worksheet, or "
            "Grades → Export → Plain text file",
        }[kind]
        raise UserError(f"--format {kind} needs the table of your class: {how}; then --roster FILE")
    table = Roster(roster, kind, options.match)
    students = {}
    for g in grades:
        if g.score is not None:
            # a name in a platform's path is no login, though a student may choose one like it
            ours = {g.email, "" if g.known.numbers and not options.match else g.student} - {""}
            before_it = students.get(g.student, Known())
            students[g.student] = before_it.and_(g.known).and_(Known(ids=frozenset(ours)))
    found, homeless = table.find(students)
    if not found and len(students) > 2:  # no table of this class, or other names
        theirs = filter(None, map(table.name, range(len(table.rows))))
        raise UserError(
            f"0 of {len(students)} students with a grade are in {roster}: yours look like "
            f"{next(iter(students))!r}, its like {next(theirs, '')!r}; name the column that has "
            f"yours with --match (there are: {', '.join(table.head)})"
        )
    fill = (
        _canvas
        if kind == "canvas"
        else _worksheet
        if options.column or _is_worksheet(table)
        else _moodle
    )
    done = fill(table, grades, found, options, before or {})
    done.homeless = homeless
    taken = {*found.values()}
    others = [table.name(row) for row in range(len(table.rows)) if row not in taken]
    done.without_grade = [name for name in others if name]
    return done


def read_grades(project):
    """Every Grade of the gradebook, assignment by assignment, through nbgrader's API."""
    from nbgrader.api import Gradebook, MissingEntry

    path = project.gradebook
    if not path.is_file():
        raise UserError(f"{project.shown(path)} is not there: grade an assignment first")
    found = []
    group = Class.read(project.course)
    called = {member.student: member for member in group.members}
    with Gradebook(project.database) as gradebook:
        for assignment in gradebook.assignments:
            uploads = people.collected(project.course, assignment.name)
            waiting = _waiting(gradebook, assignment.name)
            for student in gradebook.students:
                try:
                    submission = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    raw = penalty = 0.0
                    score, when = None, ""
                else:
                    raw, when = submission.score, submission.timestamp
                    penalty = submission.late_submission_penalty
                    score = max(0.0, raw - (penalty or 0.0))
                row = [
                    *(assignment.name, assignment.duedate, when, student.id),
                    *_called(student, called.get(student.id, Member())),
                    *(raw, penalty, score or 0.0, assignment.max_score),
                ]
                found.append(
                    Grade(
                        assignment.name,
                        student.id,
                        student.email or "",
                        score,
                        assignment.max_score,
                        ["" if value is None else str(value) for value in row],
                        _known(student.id, uploads.get(student.id, ()), group),
                        tuple(waiting.get(student.id, ())),
                    )
                )
    return found


def _called(student, member):
    """(last name, first name, e-mail address): the gradebook's, or else as the class has them."""
    names = student.last_name, student.first_name
    names = names if any(names) else member.last_and_first
    return *names, student.email or member.ids.get("email")


def _waiting(gradebook, assignment):
    """{student: the cells, where they count, that neither a program nor a person has graded}."""
    from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment

    mine, found = SubmittedAssignment, {}
    rows = gradebook.db.query(mine.student_id, BaseCell.name).join(mine.assignment)
    rows = rows.join(mine.notebooks).join(Grade).join(Grade.cell)
    rows = rows.filter(Assignment.name == assignment, Grade.max_score > 0)
    for student, cell in rows.filter(Grade.auto_score.is_(None), Grade.manual_score.is_(None)):
        found.setdefault(student, []).append(cell)
    return found


def _known(student, keys, group):
    """What the class, and the platform that a student's work came from, say of them."""
    persons = [Person.of(key) for key in keys]
    members = [member for member in group.members if member.student == student]
    if members:  # a group's work bears the number of one of them, or its own
        found = {person: group.find(person) for person in persons if not group.team(person)}
        persons = [person for person, own in found.items() if not own or members[0] in own]
    else:
        members = [own[0] for own in map(group.find, persons) if len(own) == 1]
    known = Known()
    for each in (*persons, *members):
        known = known.and_(each.known)
    return known


def as_text(scores, exercises, penalties=()):
    """Scores as text: a line a student, a numbered column an exercise, and what the numbers mean.

    scores: of a grade.Report, where None is shown as "?"; exercises: {name: Exercise}; penalties:
    {student: points lost by coming late}. Totals are those that are exported.
    """
    wide = max(len(student) for student in scores)
    heads = "".join(f"{number:6}" for number in range(1, len(exercises) + 1))
    lost = dict.fromkeys(scores, 0) | dict(penalties)
    some = any(lost[student] for student in scores)
    lines = [f"{'':{wide}}{heads}{'  late' * some} total"]
    for student, points in scores.items():
        columns = "".join("     ?" if v is None else f"{v:6g}" for v in points.values())
        late = f"{-round(lost[student], 2) or 0:6g}" * some
        total = max(0, sum(filter(None, points.values())) - lost[student])
        lines.append(f"{student:{wide}}{columns}{late}{round(total, 2):6g}")
    legend = [f"{n} {name} ({e.points:g})" for n, (name, e) in enumerate(exercises.items(), 1)]
    return "\n".join([*lines, *textwrap.wrap(", ".join(legend), 100)])


def write_csv(project):
    """Write the grades of all assignments to grades.csv, as nbgrader's exporter; its path."""
    return write(project)[0]


# --- tables of learning platforms ---


def _canvas(table, grades, found, options, before):
    """The table as Canvas gave it, the columns of our assignments filled in.

    Rows that are not students ("Points Possible") stay as they are.
    """
    names = list(dict.fromkeys(grade.assignment for grade in grades))
    if options.column and len(names) != 1:
        raise UserError(f"--column is of one assignment: name one of {', '.join(names)}")
    possible = [i for i, row in enumerate(table.rows) if row[0].strip() == "Points Possible"]
    done = Export(b"", 0)
    for name in names:
        mine = [grade for grade in grades if grade.assignment == name]
        column = _canvas_column(table, name, options.column)
        if column is None:  # Canvas asks whether to make a new assignment of it
            column = table.add_column(name)
            for row in possible:
                table.set(row, column, number(mine[0].max_score))
        theirs = next((table.rows[row][column] for row in possible), "")
        factor = _factor(name, mine[0].max_score, theirs, options.scale)
        _fill(done, table, mine, found, column, factor, options, before)
    done.content = table.content()
    return done


def _canvas_column(table, name, wanted):
    if wanted:
        return _named_column(table, wanted)
    form = re.compile(rf"{re.escape(name)}( \(\d+\))?")
    columns = [i for i, head in enumerate(table.head) if form.fullmatch(head.strip())]
    if len(columns) > 1:
        heads = ", ".join(table.head[column] for column in columns)
        raise UserError(
            f"the table has {len(columns)} columns for {name}: name one of {heads} with --column"
        )
    return columns[0] if columns else None


def _is_worksheet(table):
    """Whether it is the table of one assignment of Moodle's, for grading outside of it."""
    return people.participants(table) is not None


def _worksheet(table, grades, found, options, before):
    """Moodle's grading worksheet as it gave it, grades and feedback filled in."""
    mine, name = _one_assignment(grades)
    column = _named_column(table, options.column or "Grade")
    theirs = table.column("Maximum grade")
    maximum = next((row[theirs] for row in table.rows if row[theirs].strip()), "") if theirs else ""
    factor = _factor(name, mine[0].max_score, maximum, options.scale)
    done, locked = Export(b"", 0), table.column("Grade can be changed")
    if locked is not None:
        for student, row in list(found.items()):
            if table.rows[row][locked].strip().casefold() in ("no", "0"):
                done.kept[table.name(row)] = table.rows[row][column].strip() or "no grade, locked,"
                del found[student]
    _fill(done, table, mine, found, column, factor, options, before)
    comments = table.column("Feedback comments")
    if comments is not None:
        for grade in mine:
            row = found.get(grade.student)
            wanted = grade.score is not None and not grade.waiting
            if wanted and row is not None and table.name(row) not in done.kept:
                table.set(row, comments, _comment(grade))
    done.content = table.content()
    return done


def _moodle(table, grades, found, options, before):
    """The columns that students are known by, then grade and feedback of one assignment.

    Moodle may empty a grade whose cell is empty, so students without one are left out, and so are
    columns that are not filled in for all; grade and feedback go together.
    """
    mine, name = _one_assignment(grades)
    graded = {grade.student: grade for grade in mine}
    rows = sorted(found.items(), key=lambda item: item[1])
    keys = table.whole(found.values())
    if not keys:
        raise UserError(
            f"no column of the table says who each of the {len(rows)} students is: take the "
            "assignment's grading worksheet, or a table with e-mail addresses"
        )
    lines = [([table.head[key] for key in keys], [name, f"{name} feedback"])]
    rows = [(student, row) for student, row in rows if not graded[student].waiting]
    for student, row in rows:
        who = [table.rows[row][key] for key in keys]
        lines.append((who, [number(graded[student].score), _comment(graded[student])]))
    return Export(new_table(lines), len(rows))


def _one_assignment(grades):
    names = list(dict.fromkeys(grade.assignment for grade in grades))
    if len(names) != 1:
        raise UserError(f"Moodle takes one assignment at a time: name one of {', '.join(names)}")
    return grades, names[0]


def _named_column(table, name):
    column = table.column(name)
    if column is None:
        raise UserError(
            f"the table has no column {name}: name the one of the grades with --column "
            f"(there are: {', '.join(table.head)})"
        )
    return column


def _comment(grade):
    return f"{number(grade.score)} of {number(grade.max_score)} points"


def _factor(name, ours, theirs, scale):
    """What a point of ours is there; theirs: the cell that says their maximum, or ""."""
    try:
        maximum = float(theirs.strip().replace(",", "."))
    except ValueError:
        return 1.0
    if maximum == ours or not ours:
        return 1.0
    if not scale:
        raise UserError(
            f"{name} has {number(ours)} points here and {number(maximum)} on the platform: change "
            "it there, or convert with --scale"
        )
    return maximum / ours


def _fill(done, table, grades, found, column, factor, options, before):
    """Write what nobody else has written."""
    name = grades[0].assignment
    last, written = before.get(name, {}), done.written.setdefault(name, {})
    for grade in grades:
        row = found.get(grade.student)
        if grade.score is None or grade.waiting or row is None:
            continue
        text, there = number(grade.score * factor), table.rows[row][column].strip()
        theirs = table.name(row)
        if there and not options.overwrite and not _equal(there, text, last.get(grade.student)):
            done.kept[theirs] = there
            continue
        table.set(row, column, text)
        written[grade.student] = text
        done.filled += 1


def _equal(there, *texts):
    """Whether a cell has one of these numbers, however the platform writes it."""
    try:
        return float(there.replace(",", ".")) in [float(text) for text in texts if text]
    except ValueError:
        return False


def _plain(rows):
    """Bytes of a table as nbgrader's exporter writes it, with no cell that is a formula"""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([map(harmless, row) for row in rows])
    return out.getvalue().encode()
