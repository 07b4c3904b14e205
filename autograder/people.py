"""Who is who: what platforms say of people, kept from `collect` to `export` and `feedback`.

Two kinds of files in the course's folder: class.json has the class, as `autograder roster` read it;
collected/ASSIGNMENT.json says what a platform called the work in each folder of submitted/.
"""

import difflib
import hashlib
import json
import re
import string
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from autograder.project import UserError, write_atomic

BLIND = "Participant"  # what Moodle calls everybody while marking is blind, in English
_BLIND = re.compile(  # and in other languages, folded
    r"participant\W?e?\W?|partecipante|teilnehm(er(\W?in)?|ende\w?)|deelnemer|deltag(are|er)|"
    r"deltaker|uczestni(k|czka)|osallistuja|参加者"
)
ANONYMOUS = "anon_"  # begins what Canvas has in place of a user's number where it hides who it is
# {what a column says: how people and platforms head it, in English, German, French and Spanish}
HEADS = {
    "name": (
        *("Full name", "Name", "Student"),
        *("Vollständiger Name", "Nom complet", "Nombre completo"),
    ),
    "first": (
        *("First name", "first_name", "FirstName", "Given name"),
        *("Vorname", "Prénom", "Nombre"),
    ),
    "last": (
        *("Last name", "last_name", "LastName", "Surname", "Family name"),
        *("Nachname", "Nom de famille", "Apellido(s)", "Apellidos"),
    ),
    "email": (
        *("Email address", "Email", "E-mail", "E-mail address"),
        *("E-Mail-Adresse", "Adresse de courriel", "Dirección de correo"),
    ),
    "login": (
        *("Username", "SIS Login ID", "Login", "login_id"),
        *("Anmeldename", "Nom d'utilisateur", "Nombre de usuario"),
    ),
    "number": (
        *("ID number", "SIS User ID", "Student number", "Matriculation number", "user_id"),
        *("ID-Nummer", "Matrikelnummer", "Numéro d'identification", "Número de ID"),
    ),
    "group": (
        *("Group", "Groups", "group_name"),
        *("Gruppe", "Gruppen", "Groupe", "Groupes", "Grupo", "Grupos"),
    ),
}


def columns(table, *roles):
    """The columns of a Table, by number, that say one of these things of somebody."""
    found = (table.column(head) for role in roles for head in HEADS[role])
    return [column for column in found if column is not None]


def first_and_last(table):
    """The columns of a first and a last name; none where one is missing."""
    found = [columns(table, role)[:1] for role in ("first", "last")]
    return [column for own in found for column in own] if all(found) else []


def participants(table):
    """The column of a Table that has Moodle's "Participant 31", in any language; or None."""
    for column in range(len(table.head)):
        texts = [row[column].strip() for row in table.rows]
        texts = [text for text in texts if text]
        if texts and all(text[-1].isdigit() and is_blind(numberless(text)) for text in texts):
            return column
    return table.column("Identifier")


def numberless(text):
    """What stands before the number of a participant, and all that blind marking says of a name."""
    return text.rstrip(string.digits).strip()


def number_in(text):
    """The number in "Participant 31", as text; "" where there is none."""
    return text.removeprefix(numberless(text)).strip()


class Known(NamedTuple):
    """What somebody may be known by, the surest first.

    numbers: (platform, number, the name beside it, folded); ids: logins, e-mail addresses, numbers
    of a university; names: folded.
    """

    numbers: frozenset = frozenset()
    ids: frozenset = frozenset()
    names: frozenset = frozenset()

    def and_(self, other):
        return Known(*map(frozenset.union, self, other))


class Index:
    """known: {whom: Known}"""

    def __init__(self, known):
        self._tables = [{} for _ in Known._fields]
        for whom, keys in known.items():
            for table, texts in zip(self._tables, keys, strict=True):
                for text in texts:
                    table.setdefault(text, set()).add(whom)

    def find(self, known):
        """The set of those whom the surest of these keys leads to."""
        for table, texts in zip(self._tables, known, strict=True):
            if found := set().union(*(table.get(text, ()) for text in texts)):
                return found
        return set()


@dataclass(frozen=True)
class Person:
    """What the name of a file says of whoever handed it in.

    platform: canvas, moodle, gradescope, or name, for none. number: "" or an id: Canvas's of the
    user; Moodle's of the participant in this assignment, or of the group; for Gradescope the
    e-mail address or the student number.
    """

    platform: str
    name: str
    number: str = ""

    @property
    def key(self):
        """Equal for two works of one person. Canvas numbers its users, and lets them rename."""
        name = "" if self.platform == "canvas" else self.name
        return json.dumps([self.platform, name, self.number], ensure_ascii=False)

    @classmethod
    def of(cls, key):
        return cls(*json.loads(key))

    @property
    def known(self):
        numbers = [numbered(self.platform, self.number, self.name)] if self.number else []
        names = {letters(self.name)} if self.platform == "canvas" else {folded(self.name)}
        ids = {"name": {self.name}, "gradescope": {self.number} - {""}}  # students choose names
        ids = frozenset(ids.get(self.platform, ()))
        return Known(frozenset(numbers), ids, frozenset(names - {""}))

    @property
    def is_blind(self):
        """Whether the platform hides who it is."""
        return (self.platform == "moodle" and is_blind(self.name)) or self.number.startswith(
            ANONYMOUS
        )


def is_blind(name):
    """Whether Moodle calls everybody so while marking is blind."""
    return _BLIND.fullmatch(folded(name)) is not None


def numbered(platform, number, name):
    """A number as a key. Moodle's counts only beside its name: a group's may be the same."""
    return platform, number, folded(name) if platform == "moodle" else ""


def folded(name):
    """Equal for two ways to write a name, one of which may have been in a path of Moodle's."""
    name = re.sub(r"[&<>\"`|':\\/]", "", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(name.replace("_", " ").split())


def letters(name):
    """A name as Canvas has it in a path; for its "Ek, Anna"."""
    return re.sub(r"[\W_]", "", folded(name))


# --- the class ---


@dataclass
class Member:
    """Somebody of the class. student: their folder in submitted/ and name in the gradebook.

    names: as they were written, the first as a person would; ids: {email, login, number or id:
    text}; numbers: [platform, number, the name beside it]; times: {a number of Moodle's: when the
    work that it stands for was handed in}; first, last: names, where a table has both apart.
    """

    student: str = ""
    names: list = field(default_factory=list)
    ids: dict = field(default_factory=dict)
    groups: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    times: dict = field(default_factory=dict)
    first: str = ""
    last: str = ""

    @property
    def known(self):
        names = {form(name) for name in self.names for form in (folded, letters)}
        numbers = frozenset(numbered(*each) for each in self.numbers)
        return Known(numbers, frozenset(self.ids.values()), frozenset(names))

    @property
    def last_and_first(self):
        """The name as gradebooks sort by it; where nothing says what is the last, all of it is."""
        return (self.last, self.first) if self.last else ("".join(self.names[:1]), "")

    @property
    def shown(self):
        """In words, for whoever has to tell two of one name apart."""
        return ", ".join([*self.names[:1], *self.ids.values()]) or self.student


class Class:
    """members: of the class; none where `autograder roster` has read none."""

    def __init__(self, members=()):
        self.members = [*members]
        self._index = Index({i: member.known for i, member in enumerate(self.members)})
        self._groups, self._phrases = {}, _phrases(self.members)
        for member in self.members:
            for group in member.groups:
                self._groups.setdefault(folded(group), []).append(member)

    @classmethod
    def read(cls, course):
        found = _read(course / "class.json", lambda rows: cls(Member(**row) for row in rows))
        return found or cls()

    def write(self, course):
        rows = [asdict(m) for m in sorted(self.members, key=lambda member: member.student)]
        _write(course / "class.json", rows)

    def find(self, person):
        """The Members behind a Person: one, or the members of a group, or all who could be it."""
        if team := self.team(person):
            return team
        if found := self._index.find(person.known):
            return [self.members[i] for i in sorted(found)]
        if person.platform == "moodle":
            return self._behind(person)
        return self._within(person.name) if person.platform == "name" else []

    def _behind(self, person):
        """The members whom the end of a name of Moodle's leads to, as of "Red-Anna Ek".

        Before Moodle 4.1 a name in a group's work was so, and some sites put a login before it.
        What stands there is a group's name, or else the number is the participant's.
        """
        name = folded(person.name)
        for match in re.finditer(r"[-\s]", name):
            known = Person("moodle", name[match.end() :], person.number).known
            in_group = match[0] == "-" and name[: match.start()] in self._groups
            if found := self._index.find(known if in_group else Known(known.numbers)):
                return [self.members[i] for i in sorted(found)]
        return []

    def _within(self, text):
        """The members whom a longer text names, such as "01-knn-aek" or "Ek, Anna (47110)".

        Several where a name and a login in it do not agree: students choose names of files.
        """
        ids, names = (_said(text, phrases) for phrases in self._phrases)
        return [self.members[i] for i in sorted(ids & names or ids | names)]

    def team(self, person):
        """The members of the group whose work it is; none where it is one person's."""
        own = [self.members[i] for i in sorted(self._index.find(person.known))]
        if person.platform != "canvas":
            return [] if own else self._groups.get(folded(person.name), [])
        # Canvas has the group's name there, and the number of one of its members
        if len(own) != 1 or letters(person.name) in own[0].known.names:
            return []
        alike = {folded(g) for g in own[0].groups if letters(g) == letters(person.name)}
        return self._groups[alike.pop()] if len(alike) == 1 else []

    def is_one(self, person, members):
        """Whether all of these are who handed it in: one, or a group."""
        return len(members) == 1 or (bool(members) and members == self.team(person))


def _phrases(members):
    """({words: numbers of members} of what somebody is known by, the same of names)"""
    ids, names = {}, {}
    for i, member in enumerate(members):
        for words in map(_words, member.names):
            if len(words) > 1:
                names.setdefault(words, set()).add(i)
    called = {word for words in names for word in words}
    for i, member in enumerate(members):
        for words in map(_words, member.ids.values()):
            text = "".join(words)  # no part of a time, and nobody's first name
            if len(text) > (4 if text.isdigit() else 2) and not {*words} <= called:
                ids.setdefault(words, set()).add(i)
    return ids, names


def _said(text, phrases):
    """Whom the longest phrases in a text lead to. phrases: {words: numbers of members}"""
    words, longest = _words(text), max(map(len, phrases), default=0)
    found = [
        (start, start + count, members)
        for start in range(len(words))
        for count in range(1, min(longest, len(words) - start) + 1)
        if (members := phrases.get(words[start : start + count]))
    ]
    parts = {
        (start, end)
        for start, end, _ in found
        for a, b, _ in found
        if a <= start and end <= b and b - a > end - start
    }
    return {m for start, end, members in found if (start, end) not in parts for m in members}


def _words(text):
    return tuple(re.findall(r"[^\W_]+", folded(text)))


# --- what was collected ---


def alike(student, students):
    """Which of the students was meant, in words, and how many there are where nobody was."""
    close = difflib.get_close_matches(student, students, 3)
    return f"there is {', '.join(close)}" if close else f"of {len(students)} students"


def collected(course, assignment):
    """{folder: {Person's key: the file's name where it came from, the newest last}}"""

    def checked(found):
        for key in (key for uploads in found.values() for key in uploads):
            _check_texts(json.loads(key))
            Person.of(key)
        return found

    return _read(course / "collected" / f"{assignment}.json", checked) or {}


def all_collected(course):
    """{assignment: what `collected` gives}"""
    names = sorted(path.stem for path in (course / "collected").glob("*.json"))
    return {name: collected(course, name) for name in names}


def keep(course, assignment, uploads):
    """Write what `collected` reads."""
    _write(course / "collected" / f"{assignment}.json", dict(sorted(uploads.items())))


def _read(path, of):
    """What `of` makes of a file's content, all texts; None where there is no file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _check_texts(content)
        return of(content)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise UserError(
            f"{path}, which says whose each name and folder is, is damaged: put back a copy of it, "
            "or remove it and read or collect anew, and then see to it that nobody is there twice"
        ) from None


def _check_texts(content):
    """TypeError where something in lists and dictionaries is no text."""
    if isinstance(content, dict):
        content = [*content, *content.values()]
    if isinstance(content, list):
        for each in content:
            _check_texts(each)
    elif not isinstance(content, str):
        raise TypeError(f"{content!r} is no text")


def _write(path, content):
    text = json.dumps(content, indent=1, ensure_ascii=False)
    write_atomic(path, f"{text}\n".encode())


# --- folders ---


def safe_name(text, limit=60):
    """text as a folder's name: letters and digits of any script, `.`, `_` and `-` between them."""
    name = unicodedata.normalize("NFC", text)
    name = re.sub(r"[^\w.-]+", "_", name.encode("utf-8", "replace").decode())
    name = re.sub(r"\.{2,}", ".", name).strip("._-")
    if not name:
        return f"student-{digest(text)}"
    if len(name.encode()) > limit:
        name = name.encode()[:limit].decode("utf-8", "ignore").rstrip("._-")
        return f"{name}-{digest(text)}"
    return name


def same_folder(name):
    """Equal for names that are one folder on some file system."""
    return unicodedata.normalize("NFKC", name).casefold()


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
