"""Where the course's files are, and who may write them just now."""

import contextlib
import datetime
import difflib
import errno
import fcntl
import os
import platform
import shlex
import sqlite3
from dataclasses import dataclass
from pathlib import Path

WAIT = 60  # seconds that whoever else has locked the gradebook may take


class UserError(Exception):
    """Something a person can put right. The command line shows its message alone."""


def nearest(name, known):
    """Which of the known names was meant, or which there are: the end of a message on a name."""
    close = difflib.get_close_matches(name, known, 1)
    return f": is it {close[0]}?" if close else f" (there are: {', '.join(known)})"


@dataclass(frozen=True)
class Project:
    """A checkout of the course: root holds nbgrader_config.py, solutions/ and assignments/."""

    root: Path

    @classmethod
    def find(cls, start=None):
        """The project that the folder start (default: the current one) lies in."""
        start = Path(start or Path.cwd()).absolute()
        for folder in (start, *start.parents):
            if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
                return cls(folder)
        raise UserError(
            f"{start} is not in a checkout of the course (a folder with nbgrader_config.py and "
            "solutions/): change into it, or name it with -C DIR"
        )

    @property
    def course(self):
        """The folder of students' work: submitted/, autograded/, feedback/, gradebook.db.

        Raises UserError where DL4CV_COURSE names one that a commit could publish, or none.
        """
        named = os.environ.get("DL4CV_COURSE")
        if named is None:
            return self.root.absolute() / "_build" / "course"
        folder, build = Path(named).absolute(), self.root.resolve() / "_build"
        if named.startswith("~") or not named.strip():
            why = "is empty" if not named.strip() else "has a ~ that the shell has left as it is"
        elif self.root.resolve() in (folder.resolve(), *folder.resolve().parents) and (
            build not in folder.resolve().parents
        ):
            why = "lies in the checkout, where a commit can publish what students wrote"
        else:
            return folder
        raise UserError(
            f"DL4CV_COURSE={named!r} {why}: export DL4CV_COURSE=$HOME/teaching/vision-2026, "
            "or unset it for the sample class in _build/course"
        )

    def make_course(self):
        """Make the folder of students' work, for its owner alone. A line where others may read it,
        else None."""
        try:
            self.course.parent.mkdir(parents=True, exist_ok=True)
            self.course.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"the course's folder {self.course} cannot be made ({error.strerror}): "
                "let DL4CV_COURSE name one that you may write to"
            ) from None
        mode = self.course.stat().st_mode & 0o777
        if "DL4CV_COURSE" in os.environ and mode & 0o077:
            return (
                f"{self.shown(self.course)} is open to others on this computer (mode {mode:o}): "
                f"chmod 700 {shlex.quote(str(self.course))}"
            )
        return None

    @property
    def gradebook(self):
        """The file of nbgrader's gradebook; there is none before the first grading."""
        return self.course / "gradebook.db"

    @property
    def database(self):
        """The address of nbgrader's gradebook."""
        return f"sqlite:///{self.gradebook}?timeout={WAIT}"

    def tables(self):
        """The gradebook as a connection of sqlite3, closed at the end of a `with`."""
        return contextlib.closing(sqlite3.connect(self.gradebook, timeout=WAIT))

    @property
    def assignments(self):
        return sorted(path.parent.name for path in self.root.glob("solutions/*/notebook.py"))

    def check_assignment(self, name):
        """Raise UserError unless the assignment name has a source."""
        if name not in self.assignments:
            known = ", ".join(self.assignments) or "none yet"
            raise UserError(f"there is no assignment {name!r} in solutions/ (there are: {known})")

    def solution(self, assignment):
        return self.root / "solutions" / assignment

    def mistakes(self, assignment):
        """The folder of wrong answers, and right ones written another way: a file an exercise."""
        return self.solution(assignment) / "mistakes"

    @property
    def choice(self):
        """The file that chooses what the class is taught; there need be none."""
        return self.course / "course.toml"

    @property
    def releases(self):
        """The folder of what students get: the checkout's, or that of a class that has chosen."""
        return self.course / "release" if self.choice.is_file() else self.root / "assignments"

    def release(self, assignment):
        return self.releases / assignment

    def hints(self, assignment):
        """The hints that a graded kernel is given."""
        return self.course / "hints" / f"{assignment}.json"

    def shown(self, path):
        """path as a person in the root would type it."""
        path = Path(path)
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)


def write_atomic(path, content):
    """Write bytes to path so that a reader sees the old file or the new one, never a part.

    A file that already holds content is left alone. Returns whether anything was written.
    """
    path = Path(path)
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    os.replace(part, path)
    return True


def sweep(folder, *, but=()):
    """Remove the parts that processes which are no more have left below a folder.

    but: names of folders in it that are passed over.
    """
    for place, inside, names in os.walk(folder):
        if place == str(folder):
            inside[:] = [name for name in inside if name not in but]
        for name in names:
            pid = name.split(".")[-2] if name[0] == "." and name.endswith(".part") else ""
            if pid.isdigit() and not _is_alive(int(pid)):
                Path(place, name).unlink(missing_ok=True)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def alone(project, doing):
    """Be the only one who grades this class. Raises UserError, which says who does already.

    The lock goes with the process that holds it, however that ends. doing: in words.
    """
    path = project.course / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UserError(
                f"this class is being graded by {file.read(500).strip() or 'another process'}: "
                f"wait until it has ended, or end it ({project.shown(path)})"
            ) from None
        file.truncate(0)
        now = datetime.datetime.now().isoformat(" ", "seconds")
        file.write(f"process {os.getpid()} on {platform.node()} since {now}, {doing}\n")
        file.flush()
        yield
        file.truncate(0)


def trouble(project, error):
    """A line on an error that the machine is to blame for, and what to do; None for any other.

    It may be one that was raised on the way of such a one: nbgrader makes its own of some.
    """
    while error is not None:
        if line := _trouble(project, getattr(error, "orig", None) or error):  # SQLAlchemy's
            return line
        error = error.__cause__ or error.__context__
    return None


def _trouble(project, error):
    text, database = str(error), isinstance(error, sqlite3.DatabaseError)
    if database and not isinstance(error, sqlite3.OperationalError):
        database = any(word in text for word in ("not a database", "malformed"))
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or (database and "full" in text):
        what = error.strerror if full else text
        return (
            f"{what}: make room below {project.course} and run it again; what was finished is kept"
        )
    if database:
        where = project.shown(project.gradebook)
        if "locked" in text:
            return (
                f"the gradebook {where} is locked, and was for {WAIT} seconds: another program "
                "writes to it (nbgrader, Formgrader, a backup): end that, and run it again"
            )
        return f"the gradebook {where} cannot be used ({text}): see to its file, and run it again"
    return None
