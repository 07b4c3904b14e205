"""The pages for students as an archive in the form that a learning platform takes back.

Moodle looks for the number of a participant in the names of folders, or in the beginnings of
files' names, as it gave them out; Canvas for the two numbers in the name of each upload. `collect`
has kept both. The work of a group bears the group's number in Moodle, which takes nothing back by
it, so a page goes to each member by the number that a worksheet gave.
"""

import io
import re
import zipfile
from pathlib import PurePosixPath

from autograder import people
from autograder.people import Class, Person
from autograder.project import UserError, write_atomic
from autograder.returning import feedback


def write(project, assignment, students=None):
    """Write feedback-ASSIGNMENT-PLATFORM.zip for each platform that work was collected from.

    students: whose pages; default: all. Returns ({path: number of pages}, {student: why there is
    none of theirs}). Raises UserError where no page can go to a platform.
    """
    kept = people.all_collected(project.course)
    group = Class.read(project.course)
    elsewhere = _elsewhere(kept, assignment, group)
    unlike = _unlike(project, assignment, kept.get(assignment, {}))
    members, left_out = {}, {}
    for student in students or _with_page(project, assignment):
        page = feedback.path(project, assignment, student)
        person, names = _upload(kept.get(assignment, {}).get(student, {}), assignment)
        team = group.team(person) if person and person.platform == "moodle" else []
        if team:
            own = [member for member in team if member.student == student]
            names = [path for m in own for path in _as_participant(m, elsewhere, assignment)]
        if not page.is_file():
            left_out[student] = f"{project.shown(page)} is not there: grade it first"
        elif team and not names:
            left_out[student] = (
                f"Moodle takes the page of a member of {person.name} by the participant's number: "
                "read the grading worksheet of this assignment with autograder roster"
            )
        elif unlike & {*names}:
            left_out[student] = (
                f"Canvas gives all members of a group one page, {names[0]}, and theirs differ: "
                "send this one yourself"
            )
        elif not names:
            left_out[student] = "autograder collect has not had it from Moodle or Canvas"
        else:
            pages = members.setdefault(person.platform, {})
            pages |= dict.fromkeys(names, page.read_bytes())
    if not members:
        raise UserError(
            f"no page of {assignment} is of work that autograder collect had from Moodle or "
            "Canvas: there is no archive that they would take"
        )
    written = {}
    for platform, pages in members.items():
        path = project.course / f"feedback-{assignment}-{platform}.zip"
        write_atomic(path, _packed(pages))
        written[path] = len(pages)
    return written, left_out


def _with_page(project, assignment):
    folders = sorted((project.course / "feedback").glob("*"))
    return [f.name for f in folders if feedback.path(project, assignment, f.name).is_file()]


def _upload(uploads, assignment):
    """(Person, [path in the archive]) for what a student's work was called; (None, []) for nothing.

    The members of a group have one path in Canvas, and so one page: Canvas gives it to them all.
    """
    for key, upload in reversed(uploads.items()):  # what was handed in last
        person = Person.of(key)
        if upload and person.platform == "canvas":
            return person, [f"{PurePosixPath(upload).stem}.html"]
        if upload and person.platform == "moodle":
            return person, [f"{upload}{assignment}.html"]
    return None, []


def _unlike(project, assignment, uploads):
    """The paths in Canvas's archive whose group has members with other points or comments."""
    pages = {}
    for student, its in uploads.items():
        person, names = _upload(its, assignment)
        page = feedback.path(project, assignment, student)
        if person and person.platform == "canvas" and page.is_file():
            text = re.sub("eedback for [^<]*", "", page.read_text("utf-8"))
            pages.setdefault(names[0], set()).add(text)
    return {name for name, theirs in pages.items() if len(theirs) > 1}


def _elsewhere(kept, assignment, group):
    """Moodle's numbers of participants in other assignments. kept: as of `all_collected`."""
    others = [folders for name, folders in kept.items() if name != assignment]
    persons = {Person.of(key) for folders in others for keys in folders.values() for key in keys}
    return {p.number for p in persons if p.platform == "moodle" and not group.team(p)}


def _as_participant(member, elsewhere, assignment):
    """The paths in the archive for the page of somebody whose work is a group's.

    A worksheet does not say which assignment it is of, so several numbers may be left. No number
    is there twice, and Moodle passes over those of other assignments.
    """
    called = people.safe_name(member.names[0] if member.names else people.BLIND).replace("_", " ")
    numbers = {number for platform, number, _ in member.numbers if platform == "moodle"}
    return [
        f"{called}_{number}_assignsubmission_file/{assignment}.html"
        for number in sorted(numbers - elsewhere)
    ]


def _packed(pages):
    """Bytes of an archive of {path: bytes}; the same for the same pages."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in sorted(pages.items()):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, page)
    return file.getvalue()
