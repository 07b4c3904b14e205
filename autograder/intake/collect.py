"""From what a learning platform exports to submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb.

Names inside an archive are only read, never used as paths: of all that comes in, one notebook a
student is written, to a place that we name. Archives are unpacked in memory, within limits.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder import people, times
from autograder.intake import rebuild
from autograder.intake.rebuild import shown
from autograder.people import Person
from autograder.project import UserError, write_atomic

MAX_MEMBERS = 100_000  # of an archive
MAX_INNER_MEMBERS = 1000  # of a student's own archive inside it
MAX_MEMBER = rebuild.MAX_BYTES
MAX_TOTAL = 4 * 2**30  # unpacked bytes of one source; a class of 400 has one
MAX_RATIO = 200  # unpacked to packed; notebooks reach about 20
MAX_NAME = 1000  # characters, folders included
MAX_DEPTH = 12  # folders in folders

_NOTEBOOK = re.compile(r"\.ipynb[\s.]*(\.(txt|json))?\s*$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.zip\s*$", re.IGNORECASE)
_CLUTTER = re.compile(r"(^|/)(__MACOSX/|\.ipynb_checkpoints/|\._|\.DS_Store$)")
# Moodle, with and without folders: "Anna Schmidt_12345_assignsubmission_file_", then the file
_MOODLE = re.compile(r"^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+(_|$)")
# Canvas: "schmidtanna_LATE_12345_67890_file.ipynb": user, then submission
_CANVAS = re.compile(r"^(?P<student>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<upload>\d+)_")
_COPY = re.compile(r"(?:[-(](?P<number>\d+)\)?)\s*$")  # "hw-2", "hw (2)"

# what zipfile raises on bytes that are no archive
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, OSError, ValueError, OverflowError, RuntimeError, MemoryError),
)


@dataclass
class Row:
    """What came of one student: status new, changed, same or problem, and what is to be said."""

    status: str
    student: str
    text: str = ""


@dataclass
class Report:
    """rows: one a student. problems: lines on archives and files that are no student's."""

    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def failed(self):
        return bool(self.problems) or any(row.status == "problem" for row in self.rows)

    def count(self, status):
        return sum(row.status == status for row in self.rows)


@dataclass(frozen=True)
class _Rules:
    """How to find out whose a file is, and when it was handed in."""

    assignment: str
    pattern: re.Pattern | None
    zone: object
    timestamps: bool


@dataclass
class _File:
    """A file of a source: its path there, when it was written, its bytes or why there are none."""

    path: str
    time: tuple
    data: bytes | None = None
    problem: str | None = None
    stamp: str | None = None  # when it was handed in, as somebody says who is not the student
    unread: str = ""  # why what somebody says of that is no time
    unbelieved: bool = False  # whether a timestamp.txt lies beside it that may be the student's own


@dataclass
class _Work:
    """All that one student handed in."""

    name: str
    platform: str = ""
    number: str = ""
    late: bool = False
    files: list = field(default_factory=list)

    @property
    def key(self):
        return Person(self.platform, self.name, self.number).key


def collect(project, assignment, sources, *, pattern=None, zone=None, timestamps=False):
    """Bring what lies in sources (archives, folders, notebooks) into submitted/; return a Report.

    pattern: a regular expression for the paths in a source, with a group `student` and, if it is
    there, `timestamp`, whose zone is `zone` (None: this computer's) where it names none.
    timestamps: believe STUDENT/ASSIGNMENT/timestamp.txt, since nbgrader's
    exchange has written it; what students upload is never believed. What is replaced is kept in
    course/replaced. Raises UserError where nothing can begin: an unknown assignment, a wrong
    pattern.
    """
    released = _released(project, assignment)
    rules = _Rules(assignment, _compiled(pattern), zone, timestamps)
    report, works = Report(), {}
    for source in map(Path, sources):
        before = len(report.problems)
        files = list(_files(source, report))
        found = _works(files, rules, source, report)
        if not found and len(report.problems) == before:
            report.problems.append(f"{source}: there is no notebook in it")
        for work in found:
            known = works.setdefault(work.key, work)
            if known is not work:
                known.files += work.files
                known.late |= work.late
    names = _folders(project.course, assignment, works)
    for key, work in sorted(works.items(), key=lambda item: names[item[0]]):
        try:
            row = _settle(project, assignment, released, work, names[key])
        except OSError as error:
            row = Row("problem", names[key], f"cannot be written: {error}")
        report.rows.append(row)
    return report


def _released(project, assignment):
    project.check_assignment(assignment)
    path = project.release(assignment) / f"{assignment}.ipynb"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"{assignment} was never released, so no file can be recognised as it: "
            f"run `autograder release {assignment}`"
        ) from None


def _compiled(pattern):
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UserError(f"--pattern {pattern!r} is no regular expression: {error}") from None
    if "student" not in compiled.groupindex:
        raise UserError(
            f"--pattern {pattern!r} must have a group that is called student, "
            r"such as (?P<student>[^/]+)/.*\.ipynb"
        )
    return compiled


# --- reading a source ---


def _files(source, report):
    """The _File of each notebook in a source (and a problem for each that cannot be had)."""
    try:
        if source.is_dir():
            yield from _folder(source, report)
        elif not source.exists():
            report.problems.append(f"{source}: there is no such file or folder")
        elif _NOTEBOOK.search(source.name):
            yield _on_disk(source, source.name)
        elif zipfile.is_zipfile(source):
            with open(source, "rb") as file:
                yield from _archive(file, "", source.name, report, _Budget())
        else:
            report.problems.append(
                f"{source}: neither a zip archive nor a folder nor a notebook: unpack it and name "
                "the folder"
            )
    except OSError as error:
        report.problems.append(f"{source}: cannot be read ({error.strerror})")


def _folder(source, report):
    def unreadable(error):
        report.problems.append(f"{error.filename}: cannot be read ({error.strerror})")

    budget = _Budget()
    for where, folders, names in os.walk(source, onerror=unreadable):
        folders.sort()
        linked = [name for name in folders if Path(where, name).is_symlink()]
        depth = len(Path(where).relative_to(source).parts)
        if depth >= MAX_DEPTH and folders:
            report.problems.append(f"{where}: more than {MAX_DEPTH} folders deep: left out")
            folders.clear()
        for name in linked:
            report.problems.append(f"{Path(where, shown(name))}: a link: put the folder itself")
        for name in sorted(names):
            path = Path(where, name)
            inside = str(path.relative_to(source).as_posix())
            inside = inside.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            if _CLUTTER.search(inside):
                continue
            try:
                if _ARCHIVE.search(name) and path.is_file() and not path.is_symlink():
                    with open(path, "rb") as file:
                        yield from _archive(file, f"{inside}/", inside, report, budget)
                else:
                    yield _on_disk(path, inside)
            except OSError as error:
                yield _File(inside, (), problem=f"cannot be read ({error.strerror})")


def _on_disk(path, inside):
    wanted = _NOTEBOOK.search(inside) or path.name == "timestamp.txt"
    info = os.lstat(path)
    time = tuple(datetime.fromtimestamp(info.st_mtime).timetuple()[:6])
    if stat.S_ISLNK(info.st_mode):
        return _File(inside, time, problem="is a link: put the file itself there")
    if not stat.S_ISREG(info.st_mode):
        return _File(inside, time, problem="is not a file: remove it")
    if not wanted:
        return _File(inside, time)
    if info.st_size > MAX_MEMBER:
        return _File(inside, time, problem=_too_big())
    with open(path, "rb") as file:
        return _File(inside, time, file.read(MAX_MEMBER))


def _too_big():
    return f"has more than {MAX_MEMBER >> 20} MB: ask for it without its outputs"


class _Budget:
    """How many bytes one source may still unpack to."""

    def __init__(self):
        self.left = MAX_TOTAL


def _archive(file, prefix, name, report, budget, *, inner=False):
    """The _File of each notebook in an open zip archive; a student's own archive is opened too."""
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        problem = f"is not a sound zip archive ({shown(str(error))}): ask for it again"
        if prefix:
            yield _File(prefix.rstrip("/"), (), problem=problem)
        else:
            report.problems.append(f"{name}: {problem}")
        return
    with archive:
        members = archive.infolist()
        limit = MAX_INNER_MEMBERS if inner else MAX_MEMBERS
        if len(members) > limit:
            problem = f"has more than {limit} files: left out; unpack it and name the folder"
            if prefix:
                yield _File(prefix.rstrip("/"), (), problem=problem)
            else:
                report.problems.append(f"{name}: {problem}")
            return
        for member in members:
            path = prefix + _member_name(member)
            if len(path) > MAX_NAME:  # before a pattern takes for ever over it
                problem = f"has a name of more than {MAX_NAME} characters: refused"
                yield _File(path[:MAX_NAME], (), problem=problem)
                continue
            if path.endswith("/") or _CLUTTER.search(path):
                continue
            entry = _member(archive, member, path, budget)
            if entry.data is None or not _ARCHIVE.search(path):
                yield entry
            elif inner:
                yield _File(path, (), problem="is an archive in an archive: ask for the notebook")
            elif entry.data.count(b"PK\x01\x02") > MAX_INNER_MEMBERS:  # before it takes memory
                yield _File(path, (), problem=f"has more than {MAX_INNER_MEMBERS} files")
            else:
                yield from _archive(
                    io.BytesIO(entry.data), f"{path}/", path, report, budget, inner=True
                )


def _member_name(member):
    name = member.filename
    if not member.flag_bits & 0x800:  # not marked as UTF-8, but many programs write it
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _member(archive, member, path, budget):
    """The _File of a member, its bytes read if it is a notebook or an archive."""
    time = member.date_time
    mode = member.external_attr >> 16
    parts = path.split("/")
    if ".." in parts or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return _File(path, time, problem="has a path that leads out of the archive: refused")
    if len(parts) > MAX_DEPTH:
        return _File(path, time, problem=f"lies more than {MAX_DEPTH} folders deep: refused")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _File(path, time, problem="is a link or a device: ask for the file itself")
    wanted = _NOTEBOOK.search(path) or _ARCHIVE.search(path) or parts[-1] == "timestamp.txt"
    if not wanted:
        return _File(path, time)
    if member.flag_bits & 1:
        return _File(path, time, problem="is encrypted: ask for it without a password")
    # others unpack without a bound on what one read gives
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _File(path, time, problem="is packed in an unusual way: unpack the archive yourself")
    try:
        return _unpack(archive, member, path, budget)
    except _DAMAGED as error:
        problem = f"is damaged ({shown(str(error))}): ask for it again"
        return _File(path, time, problem=problem)


def _unpack(archive, member, path, budget):
    """Read a member; what it says of its size is not believed."""
    pieces, size = [], 0
    with archive.open(member) as file:
        while piece := file.read(2**16):
            size += len(piece)
            budget.left -= len(piece)
            if size > MAX_MEMBER:
                return _File(path, member.date_time, problem=_too_big())
            if size > 2**20 and size > MAX_RATIO * member.compress_size:
                problem = f"unpacks to more than {MAX_RATIO} times its size: refused"
                return _File(path, member.date_time, problem=problem)
            if budget.left < 0:
                problem = f"comes after {MAX_TOTAL >> 30} GB were unpacked: collect it by itself"
                return _File(path, member.date_time, problem=problem)
            pieces.append(piece)
    return _File(path, member.date_time, b"".join(pieces))


# --- whose is it? ---


def _works(files, rules, source, report):
    """The _Work of each student in a source."""
    stamps = {
        os.path.dirname(f.path): f.data
        for f in files
        if f.data and f.path.split("/")[-1] == "timestamp.txt"
    }
    files = [f for f in files if f.path.split("/")[-1] != "timestamp.txt"]
    level = _platform_level([f.path for f in files])
    # In what a platform exports, and in an archive in a folder, all files are students' uploads.
    believed = rules.timestamps and level is None
    notebooks = [f.path for f in files if _NOTEBOOK.search(f.path)]
    works, wrapper = {}, _wrapper(notebooks, rules.assignment)
    for file in files:
        stamp = stamps.get(os.path.dirname(file.path))
        if stamp and believed and _is_exchanged(file.path, rules.assignment):
            _set_time(file, stamp.decode("utf-8", "replace"), UTC)
        file.unbelieved = bool(stamp) and not (file.stamp or file.unread)
        work = _whose(file, rules, level, wrapper)
        if work is None:
            if file.problem or _NOTEBOOK.search(file.path):
                why = file.problem or "whose is it? Name its folder STUDENT, or use --pattern"
                report.problems.append(f"{source.name}: {shown(file.path, 120)}: {why}")
            continue
        known = works.setdefault(work.key, work)
        known.files.append(file)
        known.late |= work.late
    return list(works.values())


def _is_exchanged(path, assignment):
    """Whether a file lies where nbgrader's exchange puts it, and in no archive of a student's."""
    *folders, folder, _ = path.split("/")
    return folder == assignment and bool(folders) and not any(map(_ARCHIVE.search, folders))


def _whose(file, rules, level, wrapper):
    """A _Work without files, or None: nobody's."""
    if rules.pattern:
        match = rules.pattern.search(file.path)
        if not match or not match["student"]:
            return None
        if "timestamp" in rules.pattern.groupindex:
            _set_time(file, match["timestamp"] or "", rules.zone)
        return _Work(match["student"].strip(), "name")
    parts = file.path.split("/")
    if level is not None:
        return _by_platform(parts[level]) if len(parts) > level else None
    if not _NOTEBOOK.search(file.path):
        return None
    if len(parts) - 1 > wrapper:
        return _Work(parts[wrapper].strip(), "name")
    work = _by_file_name(parts[-1], rules.assignment)
    return work or (_Work(parts[wrapper - 1].strip(), "name") if wrapper else None)


def _set_time(file, text, zone):
    """Note when a file was handed in, or why the text does not say so."""
    if not text.strip():
        return
    try:
        file.stamp = times.utc(times.read(text, zone))
    except ValueError as error:
        file.unread = f"time left out: {shown(text.strip(), 60)} ({error})"


def _platform_level(paths):
    """At which depth most paths bear a learning platform's prefix, or None.

    One depth for all: what lies below is named by students, who could name another one there.
    """
    for level in range(3):
        parts = [path.split("/")[level:] for path in paths]
        if 2 * sum(bool(part and _by_platform(part[0])) for part in parts) > len(paths):
            return level
    return None


def _by_platform(name):
    if match := _CANVAS.match(name):
        return _Work(match["student"], "canvas", match["id"], match["late"] is not None)
    if match := _MOODLE.match(name):
        return _Work(match["student"].strip(), "moodle", match["id"])
    return None


def _by_file_name(name, assignment):
    """alice.ipynb, alice_01_knn.ipynb, 01_knn_alice.ipynb are alice's; 01_knn.ipynb is nobody's."""
    stem = _NOTEBOOK.sub("", name).strip()
    rest = re.sub(rf"(?i)(^|[\W_]+){re.escape(assignment)}($|[\W_]+)", " ", stem)
    if rest != stem:  # what is left of "Kopie von 01_knn (1)" is no name
        rest = rest.replace("_", " ")
        rest = re.sub(r"(?i)\b(copy|kopie|copie|copia|of|von|de|di|final|\d+)\b|[()]", " ", rest)
    rest = rest.strip(" -_.")
    return _Work(rest, "name") if rest else None


def _wrapper(paths, assignment):
    """How many folders at the start are the same for all notebooks, and so no student's."""
    folders = [path.split("/")[:-1] for path in paths]
    students = {len(f) - 1 if f[-1:] == [assignment] else 0 for f in folders}
    if len(students) == 1 and students != {0}:  # nbgrader's layout: …/STUDENT/ASSIGNMENT
        return students.pop() - 1
    count = 0
    while folders and all(len(f) > count for f in folders):
        if len({f[count] for f in folders}) > 1:
            return count
        count += 1
    flat = {len(f) for f in folders} == {count} and len(paths) > 1
    return count if flat else 0  # all in one folder: the files bear the names


# --- where does it go? ---


def _folders(course, assignment, works):
    """{key: folder in submitted/}: the student's name, made safe, with a number where two share it.

    Whose each folder is gets kept on disk: what comes another day goes to the same.
    """
    names = people.folders(course, assignment)
    taken = {_fold(name) for name in names.values()}
    plain = {key: safe_name(work.name) for key, work in works.items() if key not in names}
    alike = [_fold(name) for name in plain.values()]
    for key in sorted(plain):
        name, work = plain[key], works[key]
        if work.platform == "canvas" or alike.count(_fold(name)) > 1 or _fold(name) in taken:
            name = f"{name}-{work.number or _digest(key)}"
        if _fold(name) in taken:
            name = f"{name}-{_digest(key)}"
        taken.add(_fold(name))
        names[key] = name
    people.keep(course, assignment, names)
    return names


def safe_name(text, limit=60):
    """text as a folder's name: letters and digits of any script, `.`, `_` and `-` between them."""
    name = unicodedata.normalize("NFC", text)
    name = re.sub(r"[^\w.-]+", "_", name.encode("utf-8", "replace").decode())
    name = re.sub(r"\.{2,}", ".", name).strip("._-")
    if not name:
        return f"student-{_digest(text)}"
    if len(name.encode()) > limit:
        name = name.encode()[:limit].decode("utf-8", "ignore").rstrip("._-")
        return f"{name}-{_digest(text)}"
    return name


def _fold(name):
    """Equal for names that are one folder on some file system."""
    return unicodedata.normalize("NFKC", name).casefold()


def _digest(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


# --- which of the files, and in it goes ---


def _settle(project, assignment, released, work, student):
    """Choose a student's notebook and put it into submitted/; the Row that tells of it."""
    good, bad, other = [], [], []
    for file in work.files:
        if file.problem:
            bad.append(f"{_last(file)} {file.problem}")
        elif file.data is None:
            other.append(_last(file))
        else:
            taken = rebuild.rebuild(file.data, released)
            if taken.problem:
                bad.append(f"{_last(file)} {taken.problem}")
            else:
                good.append(file)
    if not good:
        if not bad:
            files = f" ({', '.join(other[:3])})" if other else ""
            bad = [f"no notebook{files}: ask for {assignment}.ipynb"]
        return Row("problem", student, "; ".join(bad))
    order = sorted(good, key=lambda file: _age(file, work))
    best = order[-1]
    rivals = [f for f in order if _age(f, work) == _age(best, work) and f.data != best.data]
    if rivals:
        both = f"{shown(best.path)} and {shown(rivals[0].path)}"
        text = f"{both} differ and none is newer: leave one of them"
        return Row("problem", student, text)
    older = [_last(file) for file in order[:-1] if file.data != best.data]
    status, previous = _put(project.course, assignment, student, best)
    if status == "older":
        text = f"{_last(best)} is older than what is there: left out"
        return Row("same", student, text)
    said = [_last(best) if _last(best) != f"{assignment}.ipynb" else ""]
    said += ["late" if work.late else "", f"handed in {best.stamp}" if best.stamp else ""]
    said += [best.unread, "timestamp.txt: not believed" if best.unbelieved else ""]
    said += [f"older, left out: {', '.join(older)}" if older else ""]
    said += [f"left out: {each}" for each in bad]
    said += [f"the one before: {project.shown(previous)}" if previous else ""]
    return Row(status, student, "; ".join(filter(None, said)))


def _last(file):
    return shown(file.path.split("/")[-1])


def _age(file, work):
    """Newer files have a greater one. A Canvas export has no times, but numbers uploads."""
    number = _COPY.search(_NOTEBOOK.sub("", file.path))
    number = int(number["number"][:9]) if number else 0
    upload = [_CANVAS.match(part) for part in file.path.split("/")]
    upload = [int(match["upload"][:18]) for match in upload if match]
    if work.platform == "canvas":
        return file.stamp or "", max(upload, default=0), number, ()
    return file.stamp or "", 0, 0, (file.time, number)


def _put(course, assignment, student, file):
    """Write the notebook, what it replaces kept: (status, the kept file or None)."""
    folder = course / "submitted" / student / assignment
    path = folder / f"{assignment}.ipynb"
    for each in (course / "submitted", folder.parent, folder, path):
        if each.is_symlink():
            raise OSError(f"{each} is a link: remove it")
    old = path.read_bytes() if path.is_file() else None
    stamp = folder / "timestamp.txt"
    known = _known_time(stamp)
    if old is not None and file.stamp and known and file.stamp < known:
        return "older", None
    if old == file.data:
        if file.stamp:
            write_atomic(stamp, f"{file.stamp}\n".encode())
        return "same", None
    previous = None
    if old is not None:
        kept = course / "replaced" / assignment / student
        number = len(list(kept.glob("*.ipynb"))) + 1
        previous = kept / f"{number:03}.ipynb"
        if stamp.is_file():
            write_atomic(kept / f"{number:03}.txt", stamp.read_bytes())
        write_atomic(previous, old)
    stamp.unlink(missing_ok=True)  # it was the other version's
    write_atomic(path, file.data)
    if file.stamp:
        write_atomic(stamp, f"{file.stamp}\n".encode())
    return "new" if old is None else "changed", previous


def _known_time(path):
    """What a timestamp.txt says, as `times.utc` writes it; None for nothing."""
    try:
        return times.utc(times.read(path.read_text(errors="replace"), UTC))
    except (ValueError, FileNotFoundError):
        return None


def lines(report):
    """The report as text: a line a student, the problems, a summary."""
    wide = max((len(row.student) for row in report.rows), default=0)
    rows = [f"{r.status:8} {r.student:{wide}}  {shown(r.text, 1000)}" for r in report.rows]
    rows += [f"{'problem':8} {shown(text, 1000)}" for text in report.problems]
    problems = report.count("problem") + len(report.problems)
    counts = [f"{report.count(status)} {status}" for status in ("new", "changed", "same")]
    counts.append(f"{problems} problem{'s' if problems != 1 else ''}")
    return [*(row.rstrip() for row in rows), ", ".join(counts)]
