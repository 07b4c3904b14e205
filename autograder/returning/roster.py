"""A learning platform's table of a class: who is in it, and cells that are set.

All other cells stay as they came, byte for byte.
"""

import csv
import io
import re
import string
import unicodedata

from autograder.project import UserError

BOM = "\ufeff"
# How the platforms head what a student may be known by: our folder's name, or an e-mail address.
_KEYS = {
    "canvas": ("SIS Login ID", "SIS User ID", "ID"),
    "moodle": ("Username", "ID number", "Email address", "Email"),
}
# The number that collected work had, too, which says for certain who it is: it ends such a cell.
_NUMBERS = {"canvas": "ID", "moodle": "Identifier"}
_FULL_NAMES = (("Full name",), ("First name", "Last name"), ("First name", "Surname"))


class Roster:
    """head and rows: texts of the cells, all rows as long as the head. keys: the columns, by
    number, that a student may be known by.

    kind: canvas or moodle; match: the one column that students are known by
    """

    def __init__(self, path, kind, match=None):
        self._path, self._kind = path, kind
        text = _text(path)
        self._bom, text = text.startswith(BOM), text.removeprefix(BOM)
        first = text.split("\n", 1)[0]
        self.separator = max(",;\t", key=first.count)
        self._raw = _raw(path, text, self.separator)
        self.head, *rows = ([_plain(cell) for cell in cells] for cells, _ in self._raw)
        self.rows = [row + [""] * (len(self.head) - len(row)) for row in rows]
        self._match = match
        columns = map(self.column, [match] if match else _KEYS[kind])
        self.keys = [column for column in columns if column is not None]
        self._number = None if match else self.column(_NUMBERS[kind])
        names = [[self.column(part) for part in parts] for parts in _FULL_NAMES]
        self._names = next((columns for columns in names if None not in columns), [])
        if not self.keys and (match or self._number is None):
            wanted = [match] if match else _KEYS[kind]
            raise UserError(
                f"{path} has no column {' or '.join(wanted)}: name the one that holds your names "
                f"of the students with --match (there are: {', '.join(self.head)})"
            )

    def column(self, name):
        """The number of the first column of that name, or None."""
        heads = [head.strip().casefold() for head in self.head]
        return heads.index(name.casefold()) if name.casefold() in heads else None

    def find(self, students):
        """({student: row number}, students who have no row or several, sorted).

        students: {name of the folder: (e-mail address or "", Person or None)}
        """
        tiers = [self._by_number(), self._index(self.keys), self._by_full_name()]
        found, homeless = {}, []
        for student, (email, person) in students.items():
            texts = [set(), {student, email} - {""}, set()]
            if person is not None and person.platform == self._kind:
                texts[0] = {person.number} - {""}
            if person is not None:
                texts[1] |= {person.name} - {""}  # a folder's name is made of it
            if person is not None and not self._match:
                texts[2] = {_folded(person.name)}
            rows = (
                set().union(*(index.get(text, ()) for text in names))
                for index, names in zip(tiers, texts, strict=True)
            )
            rows = next(filter(None, rows), set())
            if len(rows) == 1:
                found[student] = rows.pop()
            else:
                homeless.append(student)
        taken = list(found.values())
        homeless += [s for s, row in found.items() if taken.count(row) > 1]  # two are one of theirs
        return {s: row for s, row in found.items() if s not in homeless}, sorted(homeless)

    def _index(self, columns):
        """{text of a cell: row numbers}"""
        index = {}
        for i, row in enumerate(self.rows):
            for text in {row[column].strip() for column in columns} - {""}:
                index.setdefault(text, set()).add(i)
        return index

    def _by_number(self):
        index = {}
        for i, row in enumerate(self.rows if self._number is not None else []):
            text = row[self._number].strip()
            if number := text[len(text.rstrip(string.digits)) :]:
                index.setdefault(number, set()).add(i)
        return index

    def _by_full_name(self):
        index = {}
        for i, row in enumerate(self.rows):
            if name := _folded(" ".join(row[column] for column in self._names)):
                index.setdefault(name, set()).add(i)
        return index

    def name(self, row):
        """What a row's student is called there; "" for a row that is no student's."""
        cells = [self.rows[row][column].strip() for column in self.keys]
        if self._number is not None:
            cells.append(self.rows[row][self._number].strip())
        full = " ".join(self.rows[row][column].strip() for column in self._names).strip()
        if not any(cells) and not full:
            return ""
        return full or (self.rows[row][0] if self._kind == "canvas" else next(filter(None, cells)))

    def whole(self, rows):
        """The key columns that are filled in all of these rows."""
        return [k for k in self.keys if all(self.rows[row][k].strip() for row in rows)]

    def set(self, row, column, text):
        cells, _ = self._raw[row + 1]
        cells += [""] * (column + 1 - len(cells))
        cells[column] = quoted(harmless(text), self.separator)
        self.rows[row][column] = text

    def add_column(self, name):
        """The number of a new last column."""
        count = len(self.head)
        self.head.append(name)
        self._raw[0][0].append(quoted(harmless(name), self.separator))
        for row, (cells, _) in zip(self.rows, self._raw[1:], strict=True):
            row.append("")
            if cells != [""]:  # else an empty line
                cells.extend([""] * (count + 1 - len(cells)))
        return count

    def content(self):
        text = "".join(self.separator.join(cells) + end for cells, end in self._raw)
        return (BOM * self._bom + text).encode("utf-8")


def table(rows):
    """Bytes of a new table, with the mark that says UTF-8 to a spreadsheet program.

    rows: [(the platform's cells, ours)]
    """
    lines = (
        ",".join([*(quoted(text) for text in theirs), *(quoted(harmless(text)) for text in ours)])
        for theirs, ours in rows
    )
    return (BOM + "".join(f"{line}\n" for line in lines)).encode("utf-8")


def quoted(text, separator=","):
    """A cell as it stands in the file."""
    quote = any(char in text for char in (separator, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if quote else text


def harmless(text):
    """The text, with ' before what a spreadsheet program would take for a formula [OWASP]."""
    formula = text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if formula and not re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _text(path):
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 (byte {error.start}): take it as the platform gave it, "
            "not as a spreadsheet program saved it"
        ) from None
    if not text.removeprefix(BOM).strip():
        raise UserError(f"{path} is empty")
    return text


def _raw(path, text, separator):
    """[(cells as they stand in the text, what ends the line)], checked against Python's reader."""
    one = re.compile(
        rf'("(?:[^"]|"")*"|[^"\r\n{separator}][^\r\n{separator}]*|)({separator}|\r\n|\n|\r|\Z)'
    )
    rows, cells, at = [], [], 0
    while at < len(text) or cells:
        match = one.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise UserError(f"{path} is not a CSV table: a quotation mark in line {line}")
        cells.append(match[1])
        at = match.end()
        if match[2] != separator:
            rows.append((cells, match[2]))
            cells = []
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise UserError(f"{path} is not a CSV table: {error}") from None
    if read != [[] if cells == [""] else [_plain(c) for c in cells] for cells, _ in rows]:
        raise UserError(f"{path} is not a CSV table that can be given back as it is")
    return rows


def _plain(raw):
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw


def _folded(name):
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
