"""Who is meant: a student as somebody types them or a table has them, by folder, name or number."""

from autograder import people
from autograder.people import Class, Index, Known, folded, letters
from autograder.project import UserError

STEPS = ("submitted", "autograded", "feedback")  # STUDENT/ASSIGNMENT below


class Students:
    """All of whom a course keeps anything. names: of their folders, as in the gradebook."""

    def __init__(self, project):
        members = Class.read(project.course).members
        self.names = {*_kept(project), *(member.student for member in members)}
        known = {  # Bo_Nilsson is Bo Nilsson's folder
            name: Known(ids=frozenset([name]), names=frozenset([folded(name)]))
            for name in self.names
        }
        for member in members:
            known[member.student] = known[member.student].and_(member.known)
        self._index = Index(known)

    def find(self, *texts):
        """The student that all of these mean. Raises UserError."""
        found = {}
        for text in filter(None, texts):
            names = {folded(text), letters(text)} - {""}  # of signs alone nothing is left
            keys = Known(ids=frozenset([text]), names=frozenset(names))
            whom = self._index.find(keys)
            if not whom:
                raise UserError(self._stranger(text))
            found[text] = whom
        both = set.intersection(*found.values()) if found else set()
        if len(both) != 1:
            said = ", ".join(found) or "nobody"
            them = ", ".join(sorted(set().union(*found.values()))) or "name a student"
            raise UserError(f"{said} is not one student ({them})")
        return both.pop()

    def named(self, text):
        """The student whom a text of the command line means: a folder's name is that folder's."""
        return text if text in self.names else self.find(text)

    def _stranger(self, text):
        return f"there is no student {text!r} ({people.alike(text, sorted(self.names))})"


def _kept(project):
    """The names of folders, of what was collected, and in the gradebook."""
    course = project.course
    for step in STEPS:
        yield from (path.name for path in (course / step).glob("*") if path.is_dir())
    for uploads in people.all_collected(course).values():
        yield from uploads
    if project.gradebook.is_file():
        with project.tables() as database:
            is_there = "SELECT 1 FROM sqlite_master WHERE name = 'student'"
            if database.execute(is_there).fetchone():
                yield from (name for (name,) in database.execute("SELECT id FROM student"))
