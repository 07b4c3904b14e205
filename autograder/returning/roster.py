"""Who of ours is in which row of a learning platform's table."""

import string

from autograder.people import Index, Known, folded, letters, numbered
from autograder.project import UserError
from autograder.table import Table

# How the platforms head what a student may be known by: our folder's name, or an e-mail address.
_KEYS = {
    "canvas": ("SIS Login ID", "SIS User ID", "ID"),
    "moodle": ("Username", "ID number", "Email address", "Email"),
}
# The number that collected work had, too, which says for certain who it is: it ends such a cell.
_NUMBERS = {"canvas": "ID", "moodle": "Identifier"}
_TEST = ("Student, Test,", "Student,Test,")
_FULL_NAMES = (
    *(("Full name",), ("First name", "Last name"), ("First name", "Surname")),
    ("FirstName", "LastName"),
)


class Roster(Table):
    """keys: the columns, by number, that a student may be known by.

    kind: canvas or moodle; match: the one column that students are known by
    """

    def __init__(self, path, kind, match=None):
        super().__init__(path)
        self._kind, self._match = kind, match
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

    def find(self, students):
        """({student: row number}, students who have no row or several, sorted).

        students: {name of the folder: what they are Known by}
        """
        index = Index({i: self._known(row) for i, row in enumerate(self.rows)})
        rows = {student: index.find(known) for student, known in students.items()}
        taken = [row for own in rows.values() if len(own) == 1 for row in own]
        found = {
            student: row
            for student, own in rows.items()
            for row in own
            if len(own) == 1 and taken.count(row) == 1  # else two of ours are one of theirs
        }
        return found, sorted(students.keys() - found.keys())

    def _known(self, row):
        ids = {row[column].strip() for column in self.keys} - {""}
        if self._match:
            return Known(ids=frozenset(ids))
        full = " ".join(row[column] for column in self._names)
        numbers, names = [], {folded(full)}
        if self._number is not None:
            text = row[self._number].strip()
            called = text.rstrip(string.digits)  # all that blind marking says of a name
            if number := text[len(called) :]:
                numbers = [numbered(self._kind, number, name) for name in (full, called)]
        if self._kind == "canvas":
            names.add(letters(row[0]))
        return Known(frozenset(numbers), frozenset(ids), frozenset(names - {""}))

    def name(self, row):
        """What a row's student is called there; "" for a row that is no student's."""
        if self._kind == "canvas" and self._is_nobody(row):
            return ""
        cells = [self.rows[row][column].strip() for column in self.keys]
        if self._number is not None:
            cells.append(self.rows[row][self._number].strip())
        full = " ".join(self.rows[row][column].strip() for column in self._names).strip()
        if not any(cells) and not full:
            return ""
        return full or (self.rows[row][0] if self._kind == "canvas" else next(filter(None, cells)))

    def _is_nobody(self, row):
        """Whether a row of Canvas's is "Points Possible", or whom it makes for its own view."""
        number, cells = self.column("ID"), self.rows[row]
        return (number is not None and not cells[number]) or ",".join(cells).startswith(_TEST)

    def whole(self, rows):
        """The key columns that are filled in all of these rows."""
        return [k for k in self.keys if all(self.rows[row][k].strip() for row in rows)]
