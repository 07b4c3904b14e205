"""Who of ours is in which row of a learning platform's table."""

from autograder import people
from autograder.people import Index, Known, folded, letters, numbered
from autograder.project import UserError
from autograder.table import Table

_TEST = ("Student, Test,", "Student,Test,")


class Roster(Table):
    """keys: the columns, by number, that a student may be known by.

    kind: canvas or moodle; match: the one column that students are known by
    """

    def __init__(self, path, kind, match=None):
        super().__init__(path)
        self._kind, self._match = kind, match
        # The number that collected work had, too, which says for certain who it is.
        number = self.column("ID") if kind == "canvas" else people.participants(self)
        keys = people.columns(self, "login", "number", "email")
        keys += [number] if kind == "canvas" else []
        keys, self._number = ([self.column(match)], None) if match else (keys, number)
        self.keys = [key for key in keys if key is not None]
        self._names = people.columns(self, "name")[:1] or people.first_and_last(self)
        if not self.keys and self._number is None:
            wanted = match or "of logins, numbers or e-mail addresses"
            raise UserError(
                f"{path} has no column {wanted}: name the one that holds your names of the "
                f"students with --match (there are: {', '.join(self.head)})"
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
            called = people.numberless(text)
            if number := text.removeprefix(called).strip():
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
