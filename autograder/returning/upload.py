"""The pages for students as an archive in the form that a learning platform takes back.

Moodle looks for folders, or beginnings of files' names, as it gave them out; Canvas for the two
numbers in the name of each upload. `collect` has kept both.
"""

import io
import zipfile
from pathlib import PurePosixPath

from autograder import people
from autograder.people import Person
from autograder.project import UserError, write_atomic


def write(project, assignment, students=None):
    """Write feedback-ASSIGNMENT-PLATFORM.zip for each platform that work was collected from.

    students: whose pages; default: all. Returns ({path: number of pages}, {student: why there is
    none of theirs}). Raises UserError where nothing was collected from a platform.
    """
    kept = people.collected(project.course, assignment)
    members, left_out = {}, {}
    for student in students or _with_page(project, assignment):
        page = _page(project, assignment, student)
        platform, name = _upload(kept.get(student, {}), assignment)
        if not page.is_file():
            left_out[student] = f"{project.shown(page)} is not there: grade it first"
        elif not name:
            left_out[student] = "autograder collect has not had it from Moodle or Canvas"
        else:
            members.setdefault(platform, {})[name] = page.read_bytes()
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
    pages = (project.course / "feedback").glob(f"*/{assignment}/{assignment}.html")
    return sorted(page.parent.parent.name for page in pages)


def _page(project, assignment, student):
    return project.course / "feedback" / student / assignment / f"{assignment}.html"


def _upload(uploads, assignment):
    """(platform, path in the archive) for what a student's work was called; ("", "") for nothing.

    The members of a group have one path in Moodle, and so one page: Moodle gives it to them all.
    """
    for key, upload in reversed(uploads.items()):  # what was handed in last
        platform = Person.of(key).platform
        if upload and platform == "canvas":
            return platform, f"{PurePosixPath(upload).stem}.html"
        if upload and platform == "moodle":
            return platform, f"{upload}{assignment}.html"
    return "", ""


def _packed(pages):
    """Bytes of an archive of {path: bytes}; the same for the same pages."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in sorted(pages.items()):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, page)
    return file.getvalue()
