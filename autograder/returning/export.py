"""The grades of the gradebook as a table: for scripts, for Canvas, for Moodle.

A learning platform's table is filled in: the platform says who its students are, and what does not
fit is listed and left out. Nothing is guessed.
"""

import csv
import io
import re
import textwrap
from dataclasses import dataclass, field

from autograder.project import UserError, write_atomic
from autograder.returning.feedback import number

FORMATS = ("csv", "canvas", "moodle")
# How the platforms head the columns that a student may be known by, the surest first.
_KEYS = {
    "canvas": ("SIS Login ID", "SIS User ID", "ID"),
    "moodle": ("Username", "ID number", "Email address", "Email"),
}
_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
_BOM = "\ufeff"


@dataclass
class Grade:
    """One student's result in one assignment. row: what nbgrader's own export says of it."""

    assignment: str
    student: str
    email: str
    score: float | None  # None: nothing was handed in
    max_score: float
    row: list


@dataclass
class Export:
    """content: bytes of the table. filled: how many grades are in it.

    homeless: students with a grade whom the roster does not have, or has twice; without_grade:
    those of the roster who have none.
    """

    content: bytes
    filled: int
    homeless: list = field(default_factory=list)
    without_grade: list = field(default_factory=list)


def write(project, assignments=(), *, kind="csv", roster=None, to=None, match=None):
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
    done = export(grades, kind=kind, roster=roster, match=match)
    path = to or project.course / ("grades.csv" if kind == "csv" else f"grades-{kind}.csv")
    write_atomic(path, done.content)
    return path, done


def export(grades, *, kind="csv", roster=None, match=None):
    """The Export of a list of Grade. match: the roster's column that students are known by."""
    if kind == "csv":
        rows = [_COLUMNS, *(grade.row for grade in grades)]
        return Export(_table(rows, ",", bom=False), len(grades))
    if roster is None:
        how = {
            "canvas": "in Canvas, Grades → Export → Export Entire Gradebook",
            "moodle": "in Moodle, Grades → Export → Plain text file",
        }[kind]
        raise UserError(f"--format {kind} needs the table of your class: {how}; then --roster FILE")
    table = _Roster.read(roster, _KEYS[kind], match)
    fill = _canvas if kind == "canvas" else _moodle
    return fill(table, grades)


def read_grades(project):
    """Every Grade of the gradebook, assignment by assignment, through nbgrader's API."""
    from nbgrader.api import Gradebook, MissingEntry

    path = project.course / "gradebook.db"
    if not path.is_file():
        raise UserError(f"{project.shown(path)} is not there: grade an assignment first")
    found = []
    with Gradebook(project.database) as gradebook:
        for assignment in gradebook.assignments:
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
                    *(student.last_name, student.first_name, student.email),
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
                    )
                )
    return found


def as_text(scores, exercises):
    """Scores as text: a line a student, a numbered column an exercise, and what the numbers mean.

    exercises: {name: Exercise}
    """
    wide = max(len(student) for student in scores)
    heads = "".join(f"{number:6}" for number in range(1, len(exercises) + 1))
    lines = [f"{'':{wide}}{heads} total"]
    for student, points in scores.items():
        columns = "".join(f"{value:6g}" for value in points.values())
        lines.append(f"{student:{wide}}{columns}{sum(points.values()):6g}")
    legend = [f"{n} {name} ({e.points:g})" for n, (name, e) in enumerate(exercises.items(), 1)]
    return "\n".join([*lines, *textwrap.wrap(", ".join(legend), 100)])


def write_csv(project):
    """Write the grades of all assignments to grades.csv, as nbgrader's exporter; its path."""
    return write(project)[0]


# --- tables of learning platforms ---


@dataclass
class _Roster:
    """A platform's table. keys: the columns (by number) that a student may be known by."""

    head: list
    rows: list
    keys: list
    separator: str
    bom: bool

    @classmethod
    def read(cls, path, known, match):
        try:
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            raise UserError(f"{path}: no such file") from None
        except UnicodeDecodeError as error:
            raise UserError(
                f"{path} is not UTF-8 (byte {error.start}): take it as the platform gave it, "
                "not as a spreadsheet program saved it"
            ) from None
        bom, text = text.startswith(_BOM), text.removeprefix(_BOM)
        first = text.split("\n", 1)[0]
        separator = max(",;\t", key=first.count)
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error as error:
            raise UserError(f"{path} is not a CSV table: {error}") from None
        if not rows:
            raise UserError(f"{path} is empty")
        head, *rows = rows
        rows = [row + [""] * (len(head) - len(row)) for row in rows if any(row)]
        wanted = [match] if match else known
        places = {name.strip().casefold(): i for i, name in reversed(list(enumerate(head)))}
        keys = [places[name.casefold()] for name in wanted if name.casefold() in places]
        if not keys:
            raise UserError(
                f"{path} has no column {' or '.join(wanted)}: name the one that holds your names "
                f"of the students with --match (there are: {', '.join(head)})"
            )
        return cls(head, rows, keys, separator, bom)

    def find(self, grades):
        """({student: row number}, students who have no row or several)."""
        places = []  # one index a key column: {text: row numbers}
        for key in self.keys:
            index = {}
            for i, row in enumerate(self.rows):
                if row[key].strip():
                    index.setdefault(row[key].strip(), set()).add(i)
            places.append(index)
        found, homeless = {}, []
        for student, email in {g.student: g.email for g in grades if g.score is not None}.items():
            rows = set().union(
                *(index.get(name, ()) for index in places for name in {student, email} - {""})
            )
            if len(rows) == 1:
                found[student] = rows.pop()
            else:
                homeless.append(student)
        for student in [s for s, i in found.items() if list(found.values()).count(i) > 1]:
            homeless.append(student)  # two of ours are one of theirs
        return {s: i for s, i in found.items() if s not in homeless}, sorted(homeless)

    def others(self, found, column):
        """Who the students are that nothing was found for."""
        taken = set(found.values())
        return [
            row[column]
            for i, row in enumerate(self.rows)
            if i not in taken and any(row[key].strip() for key in self.keys)
        ]


def _canvas(roster, grades):
    """The table as Canvas gave it, the columns of our assignments filled in.

    Rows that are not students ("Points Possible") stay as they are. A mark at the file's beginning
    that says UTF-8 stays too: Canvas writes it for those whose spreadsheet needs it.
    """
    found, homeless = roster.find(grades)
    names = list(dict.fromkeys(grade.assignment for grade in grades))
    rows = [list(row) for row in roster.rows]
    head, places = list(roster.head), {}
    possible = [row for row in rows if row[0].strip() == "Points Possible"]
    for name in names:
        column = [
            i for i, h in enumerate(head) if re.fullmatch(rf"{re.escape(name)}( \(\d+\))?", h)
        ]
        if len(column) > 1:
            raise UserError(f"the table has {len(column)} columns for {name}: {head[column[0]]} …")
        if not column:  # Canvas asks whether to make a new assignment of it
            head.append(name)
            for row in rows:
                row.append("")
            for row in possible:
                row[-1] = number(next(g.max_score for g in grades if g.assignment == name))
        places[name] = column[0] if column else len(head) - 1
    filled = 0
    for grade in grades:
        if grade.score is not None and grade.student in found:
            rows[found[grade.student]][places[grade.assignment]] = number(grade.score)
            filled += 1
    without = roster.others(found, 0)
    content = _table([head, *rows], roster.separator, bom=roster.bom)
    return Export(content, filled, homeless, without)


def _moodle(roster, grades):
    """The columns that students are known by, then grade and feedback of one assignment.

    Moodle may empty a grade whose cell is empty, so students without one are left out, and grade
    and feedback go together. The UTF-8 mark is for the spreadsheet program that the table may be
    looked at with; Moodle takes it off.
    """
    names = list(dict.fromkeys(grade.assignment for grade in grades))
    if len(names) != 1:
        raise UserError(f"Moodle takes one assignment at a time: name one of {', '.join(names)}")
    found, homeless = roster.find(grades)
    graded = {grade.student: grade for grade in grades}
    rows = [[*(roster.head[key] for key in roster.keys), names[0], f"{names[0]} feedback"]]
    for student, i in sorted(found.items(), key=lambda item: item[1]):
        score, out_of = number(graded[student].score), number(graded[student].max_score)
        who = [roster.rows[i][key] for key in roster.keys]
        rows.append([*who, score, f"{score} of {out_of} points"])
    without = roster.others(found, roster.keys[0])
    return Export(_table(rows, ",", bom=True), len(found), homeless, without)


def _table(rows, separator, *, bom):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return (_BOM * bom + out.getvalue()).encode("utf-8")


def harmless(cell):
    """The cell, with ' before what a spreadsheet program would take for a formula [OWASP]."""
    formula = cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if formula and not re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell
