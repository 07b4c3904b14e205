"""The build of an assignment from last time, where nothing that goes into it has changed since.

To build one takes seconds, most of them for the catalogue, of which a grader needs the hints alone.
"""

from importlib.metadata import version
from pathlib import Path

from autograder import tie
from autograder.authoring import private, release
from autograder.project import UserError

_MADE_FROM = ("cs_lib", "book", "_config.yml", "nbgrader_config.py")
_MADE_BY = ("autograder", "cs_lib")  # beside this file
_MADE_WITH = ("nbgrader", "nbconvert", "nbformat")


def build(project, assignment):
    """As `release.build`; what it gives is kept in the class's folder, by its content."""
    path = project.course / "built" / f"{assignment}.json"
    parsed = release.taught(project, assignment)
    now = _tie(project, assignment)
    try:
        kept = tie.Kept.read(path)
    except UserError:  # damaged: it is made anew
        kept = tie.Kept(path)
    if kept.holds(assignment, now):
        return _opened(assignment, parsed, kept.result(assignment))
    built = release.build(project, assignment)
    if not built.stale:
        kept.put(assignment, now, _packed(built))
        kept.write([assignment])
    return built


def _tie(project, assignment):
    texts = [f"{name} {version(name)}" for name in _MADE_WITH]
    texts.append(tie.digest(Path(__file__).parents[2], _MADE_BY))
    if project.choice.is_file():
        texts.append(project.choice.read_text("utf-8"))
    texts += private.texts(project, assignment)
    return tie.digest(project.root, (*_MADE_FROM, project.solution(assignment)), texts=texts)


def _packed(built):
    return {
        "source": {name: content.decode() for name, content in built.source.items()},
        "release": {name: content.decode() for name, content in built.release.items()},
        "hints": built.hints and built.hints.decode(),
    }


def _opened(assignment, parsed, result):
    source, released = (
        {name: text.encode() for name, text in result[part].items()}
        for part in ("source", "release")
    )
    hints = result["hints"] and result["hints"].encode()
    return release.Build(assignment, parsed, source, released, hints)
