"""Remove a student from a course's folder: their work, their grades, and what was made of them.

What names many students at once, as a report does, is removed as a whole where it can be made anew.
"""

import contextlib
import json
import shutil
from dataclasses import dataclass, field

from autograder import people
from autograder.people import Class
from autograder.project import write_atomic
from autograder.recording import adjustments, extensions
from autograder.students import STEPS, Students

# Of the whole class, and made anew by a command: export, report, feedback --zip.
_MADE = ("grades*.csv", "feedback-*.zip", "reports/*.html", "journal/*/said.json")


@dataclass
class Found:
    """What there is of a student. paths: folders and files that go; made: those of the whole class;
    entries: {file: what in it is of the student, in words}.
    """

    student: str
    paths: list = field(default_factory=list)
    made: list = field(default_factory=list)
    entries: dict = field(default_factory=dict)

    def lines(self, project):
        yield from (f"removes   {project.shown(path)}" for path in self.paths)
        for path, what in self.entries.items():
            yield f"takes out {project.shown(path)}: {what}"
        yield from (f"removes   {project.shown(path)} (of the whole class)" for path in self.made)


def find(project, student):
    """What there is of a student, a Found. Raises UserError where there is nothing.

    student: as for `Students.named`.
    """
    course, student = project.course, Students(project).named(student)
    found = Found(student)
    folders = [course / step / student for step in STEPS]
    folders += sorted(course.glob(f"replaced/*/{glob_of(student)}"))
    folders += sorted(course.glob(f"logs/*/{glob_of(student)}.log"))
    assignments = sorted(path.name for path in (course / "journal").glob("*") if path.is_dir())
    mine = [n for n in assignments if student in _lines(course / "journal" / n / "recorded.jsonl")]
    for name in mine:  # by content, so not to be told apart: what is gone is found out again
        folders += sorted((course / "journal" / name).glob("[0-9a-f][0-9a-f]"))
    found.paths = [path for path in folders if path.exists() or path.is_symlink()]
    found.made = sorted(path for form in _MADE for path in course.glob(form))
    for path, _, what in _files(project, student):
        found.entries[path] = what
    if count := _submissions(project, student):
        found.entries[project.gradebook] = f"{count} submissions with their points"
    return found


def forget(project, found):
    """Remove it; the files outside others' folders that still hold the name.

    The gradebook comes last, so that a run that was stopped can be run again.
    """
    student = found.student
    for path in (*found.paths, *found.made):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path, content, _ in [*_files(project, student)]:
        write_atomic(path, content)
    _forget_grades(project, student)
    return _still(project, student)


def glob_of(name):
    """A pattern that is this name alone."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _lines(path):
    """{student: line} of a journal's notes."""
    found = {}
    if path.is_file():
        for line in path.read_text("utf-8", "replace").splitlines():
            with contextlib.suppress(ValueError, TypeError, IndexError):
                found[json.loads(line)[0]] = line
    return found


def _files(project, student):
    """(path, content without the student, what is taken out in words) of files of many students."""
    course = project.course
    path, members = course / "class.json", Class.read(course).members
    if any(member.student == student for member in members):
        rows = [row for row in json.loads(path.read_bytes()) if row["student"] != student]
        yield path, _text(rows), "who it is"
    for name, uploads in people.all_collected(course).items():
        if student in uploads:
            rest = {other: keys for other, keys in uploads.items() if other != student}
            yield course / "collected" / f"{name}.json", _text(rest), "what the platform called it"
    for path in sorted(course.glob("journal/*/recorded.jsonl")):
        lines = _lines(path)
        if lines.pop(student, None):
            yield path, "".join(f"{line}\n" for line in lines.values()).encode(), "a note"
    for path in sorted(course.glob("exported/*.json")):
        rows = json.loads(path.read_bytes())
        rest = {n: {s: t for s, t in each.items() if s != student} for n, each in rows.items()}
        if rest != rows:
            yield path, json.dumps(rest, indent=1, sort_keys=True).encode(), "grades exported"
    path, given = course / extensions.FILE, extensions.read(project)
    if any(student in each for each in given.values()):
        rows = json.loads(path.read_bytes())
        rest = {n: {s: t for s, t in each.items() if s != student} for n, each in rows.items()}
        yield path, _text({name: each for name, each in rest.items() if each}), "extensions"
    path = course / adjustments.FILE
    if any(student in each.students for each in adjustments.read(project)):
        kept = []
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            others = [each for each in row["students"] if each != student]
            if others or not row["students"]:  # without students it is everybody's
                kept.append(json.dumps(row | {"students": others}, ensure_ascii=False))
        yield path, "".join(f"{line}\n" for line in kept).encode(), "points adjusted"


def _text(content):
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode()


def _submissions(project, student):
    """How many the gradebook has; 0 where it does not know the student."""
    if not project.gradebook.is_file():
        return 0
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(project.database) as gradebook:
        try:
            return len(gradebook.find_student(student).submissions)
        except MissingEntry:
            return 0


def _forget_grades(project, student):
    if not project.gradebook.is_file():
        return
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(project.database) as gradebook, contextlib.suppress(MissingEntry):
        gradebook.remove_student(student)
    with project.tables() as database:
        database.execute("VACUUM")  # else what was removed stays in the file, to be read there


def _still(project, student):
    """Files that hold the name: not in others' folders, where it is what they wrote themselves."""
    own, needle, found = {*STEPS, "replaced", "withheld", "built", "source"}, student.encode(), []
    for path in sorted(project.course.rglob("*")):
        inside = path.relative_to(project.course).parts
        if not path.is_file() or inside[0] in own or path.name == "grading.lock":
            continue
        if needle in path.read_bytes() or student in inside:
            found.append(path)
    return found
