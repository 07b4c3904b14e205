"""A learning platform's table: its cells are read, and some of them set.

All other cells stay as they came, byte for byte.
"""

import csv
import io
import re

from autograder.project import UserError

BOM = "\ufeff"


class Table:
    """head and rows: texts of the cells, all rows as long as the head."""

    def __init__(self, path):
        text = _text(path)
        self._bom, text = text.startswith(BOM), text.removeprefix(BOM)
        first = text.split("\n", 1)[0]
        self.separator = max(",;\t", key=first.count)
        self._raw = _raw(path, text, self.separator)
        self.head, *rows = ([_plain(cell) for cell in cells] for cells, _ in self._raw)
        self.rows = [row + [""] * (len(self.head) - len(row)) for row in rows]

    def column(self, name):
        """The number of the first column of that name, or None."""
        heads = [head.strip().casefold() for head in self.head]
        return heads.index(name.casefold()) if name.casefold() in heads else None

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


def new_table(rows):
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
