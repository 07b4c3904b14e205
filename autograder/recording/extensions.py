"""More time, for whom and how much: from a person's words or a table, kept before any work comes.

nbgrader keeps an extension with a student's work, which may not have come yet. extensions.json in
the course's folder has all that were given; the gradebook gets each with the work it is for.
"""

import json
from datetime import timedelta

from autograder import people
from autograder.project import UserError, write_atomic
from autograder.table import Table

FILE = "extensions.json"
DAY = 86400  # seconds
LONGEST = timedelta(days=366)  # more is a slip of the finger
_HOW_LONG = ("days", "hours", "until")


# --- what was given ---


def read(project, assignment=None):
    """{student: timedelta} given in an assignment, or {assignment: that} of all."""
    path = project.course / FILE
    try:
        found = {
            name: {student: _checked(seconds) for student, seconds in given.items()}
            for name, given in json.loads(path.read_bytes()).items()
        }
    except FileNotFoundError:
        found = {}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise UserError(
            f"{project.shown(path)} is damaged: put back a copy, or remove it and give the "
            "extensions anew"
        ) from None
    return found if assignment is None else found.get(assignment, {})


def _checked(seconds):
    length = timedelta(seconds=seconds)
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(seconds)
    return length


def keep(project, assignment, given):
    """Put {student: timedelta} in the place of what these have; 0 takes an extension back."""
    found = read(project)
    mine = {s: each for s, each in (found.get(assignment, {}) | given).items() if each}
    _write(project, found | {assignment: mine})


def drop(project, assignment):
    """Take all extensions of an assignment back."""
    _write(project, read(project) | {assignment: {}})


def _write(project, found):
    path = project.course / FILE
    rows = {
        name: {student: each.total_seconds() for student, each in sorted(given.items())}
        for name, given in sorted(found.items())
        if given
    }
    if rows or path.is_file():
        write_atomic(path, f"{json.dumps(rows, indent=1, ensure_ascii=False)}\n".encode())


# --- how long ---


def length(days=0, hours=0):
    """Days and hours as a timedelta. Raises UserError."""
    try:
        found = timedelta(days=days, hours=hours)
    except (ValueError, OverflowError):  # nan, infinity
        found = None
    if found is None or not timedelta(0) <= found <= LONGEST:
        raise UserError(
            f"an extension of {days:g} days and {hours:g} hours: "
            f"it must be between 0 and {LONGEST.days} days"
        )
    return found


def up_to(until, due, shown):
    """The timedelta from a due date to until, both in UTC. shown: a date in words."""
    found = until - due
    if found <= timedelta(0):
        raise UserError(f"{shown(until)} is not after the due date, {shown(due)}")
    if found > LONGEST:
        raise UserError(f"{shown(until)} is more than {LONGEST.days} days after the due date")
    return found


# --- for whom ---


def of_table(path, students, due, parse, shown):
    """({student: timedelta}, problems: a line each) of a table.

    students: a Students; due: in UTC; parse: makes a date in UTC of a text; shown: the reverse.
    """
    table = Table(path)
    who = people.columns(table, "name", "email", "login", "number")
    who += [column for column in [table.column("id")] if column is not None]
    parts = people.first_and_last(table)
    columns = {name: table.column(name) for name in _HOW_LONG}
    columns = {name: column for name, column in columns.items() if column is not None}
    if not columns or not (who or parts):
        raise UserError(
            f"{path} has no column that says {'how long' if who else 'who'}: it needs one of "
            "name, email, number or id, and one of days, hours, until "
            f"(there are: {', '.join(table.head)})"
        )
    found, problems = {}, []
    for number, row in enumerate(table.rows, 2):
        texts = [row[i].strip() for i in who]
        texts.append(" ".join(row[i].strip() for i in parts).strip())
        cells = {name: row[i].strip() for name, i in columns.items() if row[i].strip()}
        if not any([*texts, *cells]):
            continue
        try:
            student = students.find(*texts)
            if student in found:
                raise UserError(f"{student} is there twice")
            found[student] = _length_of(cells, due, parse, shown)
        except UserError as error:
            problems.append(f"{path}, line {number}: {error}")
    return found, problems


def _length_of(cells, due, parse, shown):
    """What a row says: days and hours, or until when."""
    if "until" in cells and len(cells) == 1:
        return up_to(parse(cells["until"]), due, shown)
    if not cells or "until" in cells:
        raise UserError("write days or hours, or until when, in each row")
    numbers = {}
    for name, text in cells.items():
        try:
            numbers[name] = float(text.replace(",", "."))
        except ValueError:
            raise UserError(f"{text!r} is no number of {name}") from None
    return length(**numbers)
