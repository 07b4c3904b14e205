"""Whose is it? From the paths in what a platform exports to the people who handed it in."""

import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC

from autograder import times
from autograder.intake import gradescope
from autograder.intake.rebuild import shown
from autograder.intake.unpack import ARCHIVE, NOTEBOOK, STAMP, SUBMITTERS
from autograder.people import Class, Person

# Moodle: "Anna Ek_12345_assignsubmission_file_", a folder, or a file's name that goes on with the
# student's own; from 4.1 on a folder has no _ at its end. The number is that of the participant in
# this assignment, or of the group; "Default group", of those in none, has none.
_MOODLE = re.compile(r"^(?P<student>.+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(_|$)")
# Canvas: "ekanna_LATE_12345_67890_file.ipynb": user, then upload, which text and links have not.
# A group's name may begin with a digit.
_UPLOAD = r"_(?:(?P<upload>\d+)_|(?:text|link)(?:-\d+)?\.html$)"
_CANVAS = re.compile(
    r"^(?P<student>[^\W\d][\w-]*?|\d{1,9}[^\W\d_][^\W_]*)_"
    rf"(?P<late>LATE_)?(?P<id>\d+){_UPLOAD}"
)
_ANONYMOUS = re.compile(rf"^(?P<late>LATE_)?(?P<id>(?P<student>anon)_[A-Za-z0-9]{{5}}){_UPLOAD}")
# Teams: "Anna Ek/Homework 1/Version 2/01_knn.ipynb", a folder each time it is turned in
_TURNED_IN = re.compile(r"(?i)versi[oó]n (\d{1,6})")
_PREFIXES = 6  # as many words may stand before a platform's names

# what programs make of the name of a file that is there already
_COPIED = re.compile(
    r"(?i)^(copy of|kopie von|copie de|copia de)\s+|(?<!\s)\s+-\s+(copy|kopie|copie)$"
)
_COPY_OF = re.compile(r"(?i)(?<!\s)\s+-\s+(copy of|kopie von|copie de|copia de)$")
_NUMBERED = re.compile(r"(?<!\s)\s*\(\d{1,3}\)$")
# and what people do, word by word
_VERSION = re.compile(
    r"(?i)(attempt|versuch|submission|abgabe|version|ver|v|draft|entwurf|final|copy|kopie|copie|"
    r"copia|of|von|de|homework|hw)?\d{0,3}"
)
_NO_NAMES = (
    re.compile(r"(?i)(?<![a-z])(attempt|versuch)(?![a-z])"),
    re.compile(r"(?<!\d)20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{4}|\d{6})?(?!\d)"),
    re.compile(r"(?<!\d)20\d\d[-._]\d\d[-._]\d\d(?!\d)|(?<!\d)\d\d?\.\d\d?\.20\d\d(?!\d)"),
    re.compile(r"(?i)\b[a-z]{3,9}\.? \d\d?,? 20\d\d\b|\b\d\d? [a-z]{3,9}\.?,? 20\d\d\b"),
    re.compile(r"(?i)\b\d?\d:\d\d\b|\b\d{3,4} [ap]m\b"),
)


_WHOSE = "whose is it? Name its folder STUDENT, or use --pattern"


@dataclass(frozen=True)
class Rules:
    """How to find out whose a file is, and when it was handed in. zone: of a time without one."""

    assignment: str
    pattern: re.Pattern | None = None
    zone: object = None
    timestamps: bool = False
    group: Class = field(default_factory=Class)


@dataclass
class Work:
    """All that one person handed in.

    doubt: that two notebooks of it may be two people's; refused: why it is nobody's at all.
    """

    person: Person
    late: bool = False
    files: list = field(default_factory=list)
    doubt: str = ""
    refused: str = ""

    def add(self, other):
        """Take over what another source has of the same person."""
        self.files += other.files
        self.late |= other.late
        self.doubt, self.refused = self.doubt or other.doubt, self.refused or other.refused


def works(files, rules, source, problems):
    """The Work of each person in the Files of a source; a line goes to problems for the others."""
    stamps = {os.path.dirname(f.path): f.data for f in files if f.data and f.last == STAMP}
    files = [file for file in files if file.last != STAMP]
    level, prefix = _platforms_place([file.path for file in files], rules.group)
    # In what a platform exports, and in an archive in a folder, all files are students' uploads.
    believed = rules.timestamps and level is None
    submitters = {}
    if level is None and not rules.pattern:
        try:
            submitters = gradescope.submitters(files, rules.group)
        except ValueError as error:
            problems.append(f"{source}: {error}")
            return []
    for file in files:
        file.data = None if file.last == SUBMITTERS else file.data
    names = _Names(files, rules) if level is None and not submitters else None
    found, loose = {}, {}
    for file in files:
        stamp = stamps.get(os.path.dirname(file.path))
        if stamp and believed and _is_exchanged(file.path, rules.assignment):
            _set_time(file, stamp.decode("utf-8", "replace"), UTC)
        file.unbelieved = bool(stamp) and not (file.stamp or file.unread)
        person, late, why, several = None, False, _WHOSE, []
        parts = file.path.split("/")
        if rules.pattern:
            person = _by_pattern(file, rules)
        elif submitters:
            several, when = submitters.get(gradescope.folder(file.path), ([], ""))
            _set_time(file, when, UTC)
        elif level is None:
            person, why = names.person(file)
        elif len(parts) > level:
            person, late, file.upload = _by_platform(parts[level].removeprefix(prefix))
        for each in [person] if person else several:
            work = found.setdefault(each.key, Work(each))
            work.files.append(file)
            work.late |= late
            if names and not rules.pattern and not rules.group.members:
                loose[each.key] = work
        if not (person or several) and (file.problem or NOTEBOOK.search(file.path)):
            problems.append(f"{source}: {shown(file.path, 120)}: {file.problem or why}")
    _doubt(loose.values())
    return list(found.values())


def _is_exchanged(path, assignment):
    """Whether a file lies where nbgrader's exchange puts it, and in no archive of a student's."""
    *folders, folder, _ = path.split("/")
    return folder == assignment and bool(folders) and not any(map(ARCHIVE.search, folders))


def _set_time(file, text, zone):
    """Note when a file was handed in, or why the text does not say so."""
    if not text.strip():
        return
    try:
        file.stamp = times.utc(times.read(text, zone))
    except ValueError as error:
        file.unread = f"time left out: {shown(text.strip(), 60)} ({error})"


def _by_pattern(file, rules):
    match = rules.pattern.search(file.path)
    if not match or not match["student"]:
        return None
    if "timestamp" in rules.pattern.groupindex:
        _set_time(file, match["timestamp"] or "", rules.zone)
    return Person("name", match["student"].strip())


# --- a platform's names ---


def _platforms_place(paths, group):
    """(At which depth most paths bear a learning platform's names, or None; what somebody has put
    before each of these, such as the course's name.)

    One depth for all: what lies below is named by students, who could name another one there.
    """
    for level in range(3):
        names = [part for path in paths for part in path.split("/")[level : level + 1]]
        best, most = None, -1
        for prefix in _prefixes(names):
            persons = [_by_platform(name.removeprefix(prefix))[0] for name in names]
            persons = [person for person in persons if person]
            known = sum(bool(group.find(replace(person, number=""))) for person in persons)
            if 2 * len(persons) > len(paths) and known > most:
                best, most = prefix, known
        if best is not None:
            return level, best
    return None, ""


def _prefixes(names):
    """What may stand before all of these names: nothing, or their first words if they are alike."""
    if len({*names}) < 2:
        return [""]
    ends = [match.end() for match in re.finditer(r"[\W_]+", names[0])]
    words = [names[0][:end] for end in ends[:_PREFIXES]]
    return ["", *(text for text in words if all(name.startswith(text) for name in names))]


def _by_platform(name):
    """(The Person or None, whether it is late, File.upload) of a platform's name for something."""
    if match := _ANONYMOUS.match(name) or _CANVAS.match(name):
        return Person("canvas", match["student"], match["id"]), match["late"] is not None, name
    if match := _MOODLE.match(name):
        folder = "/" if match[0] == name else ""
        person = Person("moodle", match["student"].strip(), match["id"] or "")
        return person, False, match[0] + folder
    return None, False, ""


def upload_number(name):
    """Canvas's number of an upload: the greater, the later. 0 where there is none."""
    match = _ANONYMOUS.match(name) or _CANVAS.match(name)
    return int((match["upload"] or "0")[:18]) if match else 0


def version(path):
    """The number of the version that a path names, as Teams has it; 0 where there is none."""
    found = map(_TURNED_IN.fullmatch, path.split("/")[:-1])
    return max((int(match[1]) for match in found if match), default=0)


def own_name(name):
    """What a student called a file, without what a platform has put before it."""
    match = _ANONYMOUS.match(name) or _CANVAS.match(name) or _MOODLE.match(name)
    return name[match.end() :] if match else name


# --- other names ---


class _Names:
    """Finds students in names of folders and files that no platform has made."""

    def __init__(self, files, rules):
        self._assignment, self._class = rules.assignment, rules.group
        paths = [file.path for file in files if NOTEBOOK.search(file.path)]
        cut = {_cut(path) for path in paths}
        self._cut = _cut if len(cut) > 1 else lambda path: path  # one archive is the whole class
        self._wrapper = _wrapper([self._cut(path) for path in paths], rules.assignment)
        self._level = self._classes_level(paths) if self._class.members else None

    def person(self, file):
        """(A Person or None, why there is none); notes what the path says below its folder."""
        if not NOTEBOOK.search(file.path):
            return None, _WHOSE
        parts, wrapper = self._parts(file.path), self._wrapper
        if self._class.members:
            level = self._level or 0
            text = parts[level] if len(parts) > level else ""
            if not self._class.find(Person("name", text)):
                text = shown(text or parts[-1] or file.last, 60)
                return None, f"nobody of the class is called {text!r}"
            return Person("name", text), ""
        if len(parts) - 1 > wrapper:
            text, below = parts[wrapper], parts[wrapper + 1 :]
        elif parts[-1] or not wrapper:
            text, below = parts[-1], []
        else:
            text, below = parts[wrapper - 1], [file.path]
        below += self._inside(file.path)
        below = [part for part in below if part not in ("", self._assignment)]
        file.below = "/".join(part for part in below if not _TURNED_IN.fullmatch(part))
        if text and not is_name(text):
            return None, f"{shown(text, 60)!r} is an attempt or a time: --pattern says who it is"
        return (Person("name", text), "") if text else (None, _WHOSE)

    def _parts(self, path):
        """What the folders and the file say, "" for nothing; in a student's archive they do not."""
        *folders, last = (part.strip() for part in self._cut(path).split("/"))
        return [*folders, _name_in(last, self._assignment)]

    def _inside(self, path):
        """The same for what lies in a student's archive."""
        *folders, last = path[len(self._cut(path)) + 1 :].split("/")
        return [*folders, _name_in(last, self._assignment)]

    def _classes_level(self, paths):
        """At which depth most parts of the paths are somebody of the class; one depth for all."""

        def known(level):
            parts = [self._parts(path)[level:] for path in paths]
            return sum(bool(part and self._class.find(Person("name", part[0]))) for part in parts)

        best = max(range(3), key=known)  # the first of those
        return best if known(best) else None


def _cut(path):
    """A path up to the archive that it is in, whose inside is a student's."""
    parts = path.split("/")
    ends = [i for i, part in enumerate(parts) if ARCHIVE.search(part)]
    return "/".join(parts[: ends[0] + 1] if ends else parts)


def _name_in(file, assignment):
    """alice.ipynb, alice_01_knn.ipynb, 01_knn alice (1).ipynb are alice's; 01_knn.ipynb nobody's.

    Nothing else is taken off: alice_1 and alice_2 may be two people.
    """
    stem = ARCHIVE.sub("", NOTEBOOK.sub("", file)).strip()
    stem = _COPIED.sub("", _NUMBERED.sub("", _COPIED.sub("", stem)))
    parts = re.split(rf"(?i)(?<![^\W_]){re.escape(assignment)}(?![^\W_])", stem, maxsplit=1)
    if len(parts) == 1:
        return stem.strip(" -_.")
    sides = [_COPY_OF.sub("", part.strip()).strip(" -_.") for part in parts]
    return " ".join(side for side in sides if side and not _is_version(side))


def _is_version(text):
    return all(_VERSION.fullmatch(word) for word in re.split(r"[\W_]+", text))


def is_name(text):
    """Whether a text may be a student's name: no attempt, no time."""
    return not (_is_version(text) or any(form.search(text) for form in _NO_NAMES))


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


def _doubt(works):
    """Note whose folder may be that of several: of a section, say, with a file a student."""
    works = list(works)
    several = [work for work in works if len({file.below for file in work.files}) > 1]
    for work in several:
        work.doubt = "may be two people's: leave one, or give each student a folder, or --pattern"
    if several and len(works) > 1 and all(file.below for work in works for file in work.files):
        name = shown(several[0].person.name, 60)
        for work in works:
            work.refused = f"a student, or several? {name} has files of several: --pattern says who"
