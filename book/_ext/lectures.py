"""The page of what the lectures name and where the course has it, made from lectures.yml.

A chapter's row has an item, the lectures that name it, and lists of
  sections      labels of the book
  numpy, torch  public names below cs_lib.numpy and cs_lib.torch
  exercises     of any assignment
  errata        headings of the errata page's part on the chapter
A label or name that leads nowhere fails the build.
"""

import functools
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from reference import LIBRARIES, homes
from sphinx.util.docutils import SphinxDirective

from autograder.authoring.source import read_source

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("lectures.yml")


def chapters():
    """[{"chapter": its number, "rows": [{…}]}], as the file has them"""
    return yaml.safe_load(FILE.read_text("utf-8"))


@functools.cache
def assignments():
    """{exercise: its assignment}"""
    return {
        name: path.parent.name
        for path in sorted(ROOT.glob("solutions/*/notebook.py"))
        for name in read_source(path).exercises
    }


def shown(row, chapter):
    """The lines of a row, in MyST: a term, then what there is of it"""
    yield f"{row['item']} · *{', '.join(row['lectures'])}*"
    read = ", ".join(f"{{ref}}`{label}`" for label in row["sections"])
    parts = [f"Read: {read}"]
    for library, title in LIBRARIES.items():
        if names := row.get(library):
            parts.append(f"{title}: {', '.join(link(library, name) for name in names)}")
    if names := row.get("exercises"):
        parts.append(f"Exercises: {', '.join(exercise(name) for name in names)}")
    if headings := row.get("errata"):
        entries = ", ".join(f"*{heading}*" for heading in headings)
        parts.append(f"{{ref}}`Errata <errata-chapter-{chapter}>`: {entries}")
    for part in parts:
        yield f": {part}"
    yield ""


def link(library, name):
    module, _, last = name.rpartition(".")
    if (module, last) not in homes(library):
        raise ValueError(f"{FILE.name}: cs_lib.{library} has no public {name}")
    return f"{{py:obj}}`{last} <cs_lib.{library}.{homes(library)[module, last]}.{last}>`"


def exercise(name):
    if name not in assignments():
        raise ValueError(f"{FILE.name}: no assignment has an exercise {name}")
    where = assignments()[name]
    return f"{{doc}}`{name} </assignments/{where}/{where}>`"


class Lectures(SphinxDirective):
    """```{lectures}``` 4: the rows of chapter 4"""

    required_arguments = 1

    def run(self):
        self.env.note_dependency(str(FILE))
        number = int(self.arguments[0])
        rows = next(c["rows"] for c in chapters() if c["chapter"] == number)
        lines = [line for row in rows for line in shown(row, number)]
        found = nodes.container(classes=["lectures"])
        self.state.nested_parse(StringList(lines, str(FILE)), self.content_offset, found)
        return found.children


def setup(app):
    app.add_directive("lectures", Lectures)
    return {"parallel_read_safe": True}
