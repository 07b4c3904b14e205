"""The grades of a class without its names, for research: whose they are tells a secret file alone.

A pseudonym is the same in every export of a course, and in no other course [HMAC; RFC 2104].
"""

import csv
import hmac
import io
import os
import secrets

from autograder.project import UserError, write_atomic
from autograder.returning.export import read_grades
from autograder.table import harmless

FILE = "pseudonyms.key"
_COLUMNS = ("assignment", "student", "raw_score", "late_submission_penalty", "score", "max_score")
_POINTS = slice(7, 11)  # of a Grade's row, as nbgrader exports it


def write(project, assignments=(), to=None):
    """Write the table; (its path, how many grades are in it). assignments: none means all."""
    grades = read_grades(project)
    known = list(dict.fromkeys(grade.assignment for grade in grades))
    if unknown := [name for name in assignments if name not in known]:
        raise UserError(
            f"the gradebook has no assignment {unknown[0]!r} (there are: {', '.join(known)})"
        )
    secret, rows = key(project), []
    for grade in grades:
        wanted = not assignments or grade.assignment in assignments
        if grade.score is not None and not grade.waiting and wanted:
            rows.append((grade.assignment, pseudonym(secret, grade.student), *grade.row[_POINTS]))
    out = io.StringIO(newline="")
    # sorted, or the order of the names would tell
    csv.writer(out, lineterminator="\n").writerows(
        [_COLUMNS, *([harmless(cell) for cell in row] for row in sorted(rows))]
    )
    path = to or project.course / "grades-pseudonyms.csv"
    write_atomic(path, out.getvalue().encode())
    return path, len(rows)


def pseudonym(key, student):
    return "p" + hmac.new(key, student.encode("utf-8", "replace"), "sha256").hexdigest()[:12]


def key(project):
    """The secret of a course, made when it is first asked for."""
    path = project.course / FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text("utf-8", "replace").strip()
        if len(text) != 64 or not {*text} <= {*"0123456789abcdef"}:
            raise UserError(
                f"{project.shown(path)} is damaged: put back a copy of it; with a new one "
                "everybody gets another pseudonym"
            ) from None
        return bytes.fromhex(text)
    key = secrets.token_bytes(32)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{key.hex()}\n")
    return key
