"""What a learning platform exports is read: archives, folders and notebooks.

Names inside an archive are only read, never used as paths. Archives are unpacked in memory, within
limits.
"""

import contextlib
import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.intake import rebuild
from autograder.intake.rebuild import shown

MAX_MEMBERS = 100_000  # of an archive
MAX_INNER_MEMBERS = 1000  # of a student's own archive inside it
MAX_MEMBER = rebuild.MAX_BYTES
MAX_TOTAL = 4 * 2**30  # unpacked bytes of one source; a class of 400 has one
MAX_RATIO = 200  # unpacked to packed; notebooks reach about 20
MAX_NAME = 1000  # characters, folders included
MAX_DEPTH = 12  # folders in folders
STAMP = "timestamp.txt"
SUBMITTERS = "submission_metadata.yml"  # Gradescope's: who has handed in what

NOTEBOOK = re.compile(r"\.ipynb[\s.]*(\.(txt|json))?\s*$", re.IGNORECASE)
ARCHIVE = re.compile(r"\.zip\s*$", re.IGNORECASE)
_CLUTTER = re.compile(r"(^|/)(__MACOSX/|\.ipynb_checkpoints/|\._|\.DS_Store$)")

# what zipfile raises on bytes that are no archive
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, OSError, ValueError, OverflowError, RuntimeError, MemoryError),
)


@dataclass
class File:
    """A file of a source: its path there, when it was written, its bytes or why there are none."""

    path: str
    time: tuple
    data: bytes | None = None
    problem: str | None = None
    stamp: str | None = None  # when it was handed in, as somebody says who is not the student
    unread: str = ""  # why what somebody says of that is no time
    unbelieved: bool = False  # whether a timestamp.txt lies beside it that may be the student's own
    upload: str = ""  # Canvas's name for it; what Moodle has put before the student's own name
    below: str = ""  # what its path says of a person below the folder that is taken for a student's

    @property
    def last(self):
        return self.path.split("/")[-1]


def files(source, problems):
    """The File of each notebook in a source; a line goes to problems for what cannot be had."""
    try:
        if source.is_dir():
            yield from _folder(source, problems)
        elif not source.exists():
            problems.append(f"{source}: there is no such file or folder")
        elif NOTEBOOK.search(source.name):
            yield _on_disk(source, source.name)
        elif zipfile.is_zipfile(source):
            with open(source, "rb") as file:
                yield from _archive(file, "", source.name, problems, _Budget())
        else:
            problems.append(
                f"{source}: neither a zip archive nor a folder nor a notebook: unpack it and name "
                "the folder"
            )
    except OSError as error:
        problems.append(f"{source}: cannot be read ({error.strerror})")


def _folder(source, problems):
    def unreadable(error):
        problems.append(f"{error.filename}: cannot be read ({error.strerror})")

    budget = _Budget()
    for where, folders, names in os.walk(source, onerror=unreadable):
        folders.sort()
        linked = [name for name in folders if Path(where, name).is_symlink()]
        depth = len(Path(where).relative_to(source).parts)
        if depth >= MAX_DEPTH and folders:
            problems.append(f"{where}: more than {MAX_DEPTH} folders deep: left out")
            folders.clear()
        for name in linked:
            problems.append(f"{Path(where, shown(name))}: a link: put the folder itself")
        for name in sorted(names):
            path = Path(where, name)
            inside = str(path.relative_to(source).as_posix())
            inside = inside.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            if _CLUTTER.search(inside):
                continue
            try:
                if ARCHIVE.search(name) and path.is_file() and not path.is_symlink():
                    with open(path, "rb") as file:
                        yield from _archive(file, f"{inside}/", inside, problems, budget)
                else:
                    yield _on_disk(path, inside)
            except OSError as error:
                yield File(inside, (), problem=f"cannot be read ({error.strerror})")


def _on_disk(path, inside):
    wanted = NOTEBOOK.search(inside) or path.name in (STAMP, SUBMITTERS)
    info = os.lstat(path)
    time = tuple(datetime.fromtimestamp(info.st_mtime).timetuple()[:6])
    if stat.S_ISLNK(info.st_mode):
        return File(inside, time, problem="is a link: put the file itself there")
    if not stat.S_ISREG(info.st_mode):
        return File(inside, time, problem="is not a file: remove it")
    if not wanted:
        return File(inside, time)
    if info.st_size > MAX_MEMBER:
        return File(inside, time, problem=_too_big())
    with open(path, "rb") as file:
        return File(inside, time, file.read(MAX_MEMBER))


def _too_big():
    return f"has more than {MAX_MEMBER >> 20} MB: ask for it without its outputs"


class _Budget:
    """How many bytes one source may still unpack to."""

    def __init__(self):
        self.left = MAX_TOTAL


def _archive(file, prefix, name, problems, budget, *, inner=False):
    """The File of each notebook in an open zip archive; a student's own archive is opened too."""
    try:
        archive, refused = zipfile.ZipFile(file), ""
    except _DAMAGED as error:
        refused = f"is not a sound zip archive ({shown(str(error))}): ask for it again"
    limit = MAX_INNER_MEMBERS if inner else MAX_MEMBERS
    if not refused and len(archive.infolist()) > limit:
        refused = f"has more than {limit} files: left out; unpack it and name the folder"
    if refused and prefix:
        yield File(prefix.rstrip("/"), (), problem=refused)
    elif refused:
        problems.append(f"{name}: {refused}")
    if refused:
        return
    with archive:
        for member in archive.infolist():
            path = prefix + _member_name(member)
            if len(path) > MAX_NAME:  # before a pattern takes for ever over it
                problem = f"has a name of more than {MAX_NAME} characters: refused"
                yield File(path[:MAX_NAME], (), problem=problem)
                continue
            if path.endswith("/") or _CLUTTER.search(path):
                continue
            entry = _member(archive, member, path, budget)
            if entry.data is None or not ARCHIVE.search(path):
                yield entry
            elif inner:
                yield File(path, (), problem="is an archive in an archive: ask for the notebook")
            elif entry.data.count(b"PK\x01\x02") > MAX_INNER_MEMBERS:  # before it takes memory
                yield File(path, (), problem=f"has more than {MAX_INNER_MEMBERS} files")
            else:
                yield from _archive(
                    io.BytesIO(entry.data), f"{path}/", path, problems, budget, inner=True
                )


def _member_name(member):
    name = member.filename
    if not member.flag_bits & 0x800:  # not marked as UTF-8, but many programs write it
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _member(archive, member, path, budget):
    """The File of a member, its bytes read if it is a notebook or an archive."""
    time = member.date_time
    mode = member.external_attr >> 16
    parts = path.split("/")
    if ".." in parts or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return File(path, time, problem="has a path that leads out of the archive: refused")
    if len(parts) > MAX_DEPTH:
        return File(path, time, problem=f"lies more than {MAX_DEPTH} folders deep: refused")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return File(path, time, problem="is a link or a device: ask for the file itself")
    wanted = NOTEBOOK.search(path) or ARCHIVE.search(path) or parts[-1] in (STAMP, SUBMITTERS)
    if not wanted:
        return File(path, time)
    if member.flag_bits & 1:
        return File(path, time, problem="is encrypted: ask for it without a password")
    # others unpack without a bound on what one read gives
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return File(path, time, problem="is packed in an unusual way: unpack the archive yourself")
    try:
        return _unpack(archive, member, path, budget)
    except _DAMAGED as error:
        problem = f"is damaged ({shown(str(error))}): ask for it again"
        return File(path, time, problem=problem)


def _unpack(archive, member, path, budget):
    """Read a member; what it says of its size is not believed."""
    pieces, size = [], 0
    with archive.open(member) as file:
        while piece := file.read(2**16):
            size += len(piece)
            budget.left -= len(piece)
            if size > MAX_MEMBER:
                return File(path, member.date_time, problem=_too_big())
            if size > 2**20 and size > MAX_RATIO * member.compress_size:
                problem = f"unpacks to more than {MAX_RATIO} times its size: refused"
                return File(path, member.date_time, problem=problem)
            if budget.left < 0:
                problem = f"comes after {MAX_TOTAL >> 30} GB were unpacked: collect it by itself"
                return File(path, member.date_time, problem=problem)
            pieces.append(piece)
    return File(path, member.date_time, b"".join(pieces))
