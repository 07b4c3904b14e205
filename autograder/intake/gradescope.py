"""Whose is it, in an export of Gradescope's: submission_metadata.yml says so, beside a folder for
each submission, submission_123456789, whose name says nothing.
"""

import re

import yaml

from autograder.intake.unpack import SUBMITTERS
from autograder.people import Person

_FOLDER = re.compile(r"(?P<above>(?:assignment_\d+_export/)?)submission_\d{5,}/")
# The results of each submission, which are long, lie in it, too, and deeper.
_WANTED = re.compile(
    r"^submission_\d+:.*\n|^  :created_at:.*\n|^  :submitters:.*\n(?:(?:  -|   ).*\n)*",
    re.MULTILINE,
)
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # all that it reads are texts


def folder(path):
    """The folder of the submission that a path of such an export is in."""
    match = _FOLDER.match(path)
    return match[0] if match else ""


def submitters(files, group):
    """{folder: (Persons, when they handed in)} of the Files of a source; {} for another source.

    group: the Class, which may know somebody's number and not the e-mail address. Raises ValueError
    where the export does not say who it was.
    """
    matches = [_FOLDER.match(file.path) for file in files if file.last != SUBMITTERS]
    if not matches or None in matches:
        return {}
    found = {}
    for above in {match["above"] for match in matches}:
        data = next((file.data for file in files if file.path == f"{above}{SUBMITTERS}"), None)
        if data is None:
            raise ValueError(
                f"Gradescope's folders bear no names: collect its whole export, with {SUBMITTERS}"
            )
        try:
            found |= {f"{above}{name}/": own for name, own in _read(data, group).items()}
        except (ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
            raise ValueError(f"{SUBMITTERS} is damaged: export it from Gradescope again") from None
    return found


def _read(data, group):
    text = "".join(_WANTED.findall(data.decode("utf-8").replace("\r\n", "\n")))
    return {
        name: (
            [person for row in own[":submitters"] if (person := _person(row, group))],
            own.get(":created_at", ""),
        )
        for name, own in (yaml.load(text, _LOADER) or {}).items()
        if ":submitters" in own
    }


def _person(row, group):
    """The Person of {":name": …, ":email": …, ":sid": …}; None for nobody."""
    ids = [row[key].strip() for key in (":email", ":sid") if row.get(key, "").strip()]
    known = [text for text in ids if group.find(Person("gradescope", "", text))]
    name = row.get(":name", "").strip() or "".join(ids[:1])
    return Person("gradescope", name, (known or ids or [""])[0]) if name else None
