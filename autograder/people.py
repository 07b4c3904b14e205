"""Who is who: what a learning platform said of the person behind each folder of submitted/.

`collect` writes it to collected/ASSIGNMENT.json in the course's folder, {what the platform said:
folder}, so that what comes another day goes to the same folder, and `export` finds the row.
"""

import json
from dataclasses import dataclass

from autograder.project import UserError, write_atomic


@dataclass(frozen=True)
class Person:
    """platform: canvas, moodle or name, for no platform; name: as it was there, number: "" or an
    id: Canvas's of the user, Moodle's of the participant in this assignment."""

    platform: str
    name: str
    number: str = ""

    @property
    def key(self):
        """Equal for two works of one person. Canvas numbers its users."""
        name = "" if self.platform == "canvas" else self.name
        return json.dumps([self.platform, name, self.number])


def folders(course, assignment):
    """{key of a Person: folder}"""
    path = _path(course, assignment)
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if all(isinstance(name, str) and _person(key) for key, name in names.items()):
            return names
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        pass
    raise UserError(
        f"{path}, which says whose each folder of submitted/ is, is damaged: put back a copy of "
        "it, or remove it, and then see to it that nobody is there twice"
    )


def keep(course, assignment, names):
    """Write {key of a Person: folder}."""
    content = json.dumps(names, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomic(_path(course, assignment), content.encode())


def by_folder(course, assignment):
    """{folder: the Person behind it}"""
    return {name: _person(key) for key, name in folders(course, assignment).items()}


def _person(key):
    platform, name, number = json.loads(key)
    return Person(platform, name, number)


def _path(course, assignment):
    return course / "collected" / f"{assignment}.json"
