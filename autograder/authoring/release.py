"""From the source of an assignment to the notebook that students get, the same bytes every time.

`build` makes both in memory; `write` and `check` compare with what lies on disk.
"""

import difflib
import json
import re
from dataclasses import dataclass

import yaml

from autograder.authoring import choice, fingerprints
from autograder.authoring.book import sections, site
from autograder.authoring.source import HIDDEN, Source, defined_names
from autograder.authoring.withhold import withheld_copy
from autograder.project import UserError, write_atomic
from cs_lib import hints

REMEDY = "run: autograder release"
_IGNORED = {".ipynb_checkpoints", ".DS_Store"}


@dataclass(frozen=True)
class Build:
    """The files of an assignment, {name: bytes}: with its solutions, and as students get it.

    What a release ships beside its notebook belongs in both, so that nbgrader copies it by itself.
    hints: those for grading, of the hidden checks too. They may not lie in the source folder, or
    nbgrader would release them. stale: why the hints are left out, where they are.
    """

    assignment: str
    parsed: Source
    source: dict
    release: dict
    hints: bytes | None = None
    stale: str = ""


def build(project, assignment):
    """Build the assignment in memory, by nbgrader's own preprocessors."""
    parsed, all_of_it = taught(project, assignment), choice.whole(project, assignment)
    name, address = f"{assignment}.ipynb", repository(project)
    solved = notebook(parsed, repository=address, book=sections(project))
    source = {name: _bytes(solved)}
    released = {name: _through_nbgrader(project, solved)}
    try:
        whole, visible = fingerprints.hint_files(
            project, assignment, all_of_it, address, parsed.exercises
        )
    except fingerprints.Stale as error:
        return Build(assignment, parsed, source, released, stale=str(error))
    if whole:
        source[hints.FILE] = released[hints.FILE] = visible
    return Build(assignment, parsed, source, released, whole)


def taught(project, assignment):
    """The Source of an assignment as the class is taught it. Raises UserError."""
    return choice.chosen(project, assignment).source


def write(project, assignment):
    """Write what `build` gives; return the paths that changed. Raises UserError on stray files."""
    fingerprints.refresh(project, assignment)
    built = build(project, assignment)
    write_source(project, built)
    folder = project.release(assignment)
    changed = [
        folder / name
        for name, content in built.release.items()
        if write_atomic(folder / name, content)
    ]
    withheld_copy(project, assignment)  # says so if a withheld name does not exist
    stray = _stray(project, built)
    if stray:
        raise UserError("\n".join(stray))
    return changed


def write_source(project, built):
    """Write the notebook with its solutions where nbgrader looks for it, and the hints."""
    for name, content in built.source.items():
        write_atomic(project.course / "source" / built.assignment / name, content)
    if built.hints:
        write_atomic(project.hints(built.assignment), built.hints)


def check(project, assignment):
    """What differs between the release on disk and its source: a list of messages."""
    return drift(project, build(project, assignment))


def drift(project, built):
    """What differs between the release on disk and one just built: a list of messages."""
    folder = project.release(built.assignment)
    messages = [built.stale] if built.stale else []
    for name, content in built.release.items():
        path = folder / name
        if not path.is_file():
            messages.append(f"{project.shown(path)} is missing ({REMEDY})")
        elif path.read_bytes() != content:
            messages.append(
                f"{project.shown(path)} differs from its source ({REMEDY})\n"
                + _short_diff(path.read_bytes(), content)
            )
    return messages + _stray(project, built)


def check_folders(project):
    """Messages for what lies among the releases and belongs to no assignment of the class."""
    folder = project.releases
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    chosen = project.choice.is_file()
    why = (
        f"is not named in {project.shown(project.choice)}"
        if chosen
        else "has no source in solutions/"
    )
    return [
        f"{project.shown(path)} {why}: remove it"
        for path in found
        if path.name not in {*choice.assignments(project), *_IGNORED}
    ]


def repository(project):
    """repository.url of _config.yml."""
    path = project.root / "_config.yml"
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))["repository"]["url"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UserError(f"{project.shown(path)}: no repository.url in it ({error})") from None


def notebook(source, *, repository, book=None):
    """The notebook of a Source: solutions and hidden tests in it, no outputs, stable cell ids.

    In its text {{ repository }} becomes the address, {{ read LABEL }} a link to a section of book,
    {label: book.Section}. Raises UserError where there is no such section.
    Cells of checks are folded, and so are cells with the tag "folded", for what several of them
    use. Where the source imports `passed` from cs_lib.testing, each of them
    says at the end of its visible part that it came so far; where it imports `progress`, the last
    cell lists them.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    make = {"code": new_code_cell, "markdown": new_markdown_cell}
    cells, exercise_seen, points = [], False, check_cells(source)
    imported = set().union(*(defined_names(c.text) for c in source.cells if c.kind == "code"))
    for cell, cell_id in zip(source.cells, _cell_ids(source.cells), strict=True):
        metadata = {}
        if cell.nbgrader:
            metadata["nbgrader"] = dict(cell.nbgrader)
        exercise_seen |= cell.is_solution
        tags = list(cell.tags)
        if (exercise_seen or cell.is_question) and cell.kind == "code" and not cell.is_solution:
            # "Run All Cells" goes on past a cell that fails because an exercise is not written.
            tags.append("raises-exception")
        if tags:
            metadata["tags"] = sorted(set(tags))
        text = re.sub(r"\{\{ *repository *\}\}", repository, cell.text)
        text = re.sub(
            r"\{\{ *read +([\w-]+) *\}\}", lambda m: _link(m[1], book or {}, site(repository)), text
        )
        if cell.is_test or "folded" in tags:
            metadata["jupyter"] = {"source_hidden": True}
        if cell.grade_id in points and "passed" in imported:
            text = _with_passed(text, points[cell.grade_id][0])
        cells.append(make[cell.kind](text, id=cell_id, metadata=metadata))
    if "progress" in imported:
        cells.append(new_markdown_cell(_PROGRESS + _read_by_a_person(source), id="progress"))
        text = ",\n".join(f"    {json.dumps(name)}: {worth}" for name, worth in points.values())
        code = f"progress({{\n{text},\n}})"
        cells.append(
            new_code_cell(code, id="progress-1", metadata={"jupyter": {"source_hidden": True}})
        )
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if source.title:
        metadata["title"] = source.title
    return new_notebook(cells=cells, metadata=metadata)


_PROGRESS = """## How far you are

Run this cell whenever you like: it lists the cells of checks that have passed since you started."""


def _read_by_a_person(source):
    """What the list of checks lacks, in words."""
    each = [f"`{name}` ({q.points:g} points)" for name, q in source.questions.items()]
    return f" A person reads your answer to {', '.join(each)}; it is not listed." if each else ""


def check_cells(source):
    """{grade_id of a test cell: (its name for students, its points)}, in the notebook's order.

    test_svm_loss_gradient is known as "svm_loss: gradient", where svm_loss is the exercise.
    """
    found = {}
    for name, exercise in source.exercises.items():
        for test in exercise.tests:
            rest = test.grade_id.removeprefix(f"test_{name}").strip("_").replace("_", " ")
            found[test.grade_id] = (f"{name}: {rest}" if rest else name, test.nbgrader["points"])
    return found


def _link(label, book, address):
    """A section of the book as a link in Markdown."""
    if label not in book:
        alike = difflib.get_close_matches(label, book, 3)
        raise UserError(
            f"{{{{ read {label} }}}}: the book has no section with this label"
            + (f" ({', '.join(alike)}?)" if alike else "")
        )
    section = book[label]
    return f"[{section.title}]({address}{section.path}.html#{label})"


def _with_passed(text, name):
    """The text of a test cell with a call of `passed` at the end of its visible part."""
    visible, begin, hidden = text.partition(HIDDEN[0])
    return f"{visible.rstrip()}\npassed({json.dumps(name)})\n{begin}{hidden}".rstrip("\n")


def _cell_ids(cells):
    """grade_id where there is one, else a heading's words, else a number after the last of them."""
    taken = {cell.grade_id for cell in cells}
    ids, count, anchor = [], 0, "start"
    for cell in cells:
        heading = re.match(r"#+ +(.+)", cell.text) if cell.kind == "markdown" else None
        words = re.sub(r"[^a-z0-9]+", "-", heading[1].lower())[:40].strip("-") if heading else ""
        if cell.grade_id or words:
            anchor, count = cell.grade_id or words, 0
        else:
            count += 1
        cell_id = f"{anchor}-{count}" if count else anchor
        while cell_id in taken and not cell.grade_id:
            cell_id += "-x"
        taken.add(cell_id)
        ids.append(cell_id)
    return ids


def _through_nbgrader(project, solved):
    """The released notebook's bytes."""
    from nbconvert.exporters import NotebookExporter
    from nbgrader.preprocessors import SaveCells

    config = nbgrader_config(project)
    exporter = NotebookExporter(config=config)
    for step in config.GenerateAssignment.preprocessors:
        if step is not SaveCells:  # the gradebook learns of an assignment when it is graded
            exporter.register_preprocessor(step, enabled=True)
    text, _ = exporter.from_notebook_node(solved)
    return text.encode()


def nbgrader_config(project):
    """The settings in nbgrader_config.py, as `nbgrader` itself reads them."""
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(project.root)).load_config()
    config.Exporter.default_preprocessors = []  # as nbgrader's converters do
    return config


def _bytes(nb):
    import nbformat

    nbformat.validate(nb)
    return (nbformat.writes(nb) + "\n").encode()


def _stray(project, built):
    folder = project.release(built.assignment)
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [
        f"{project.shown(path)} is not made by its source: remove it"
        for path in found
        if path.is_file()
        and str(path.relative_to(folder)) not in {*built.release, hints.FILE if built.stale else ""}
        and not _IGNORED.intersection(path.relative_to(folder).parts)
    ]


def _short_diff(old, new, limit=12):
    lines = difflib.unified_diff(
        old.decode(errors="replace").splitlines(),
        new.decode(errors="replace").splitlines(),
        "on disk",
        "from its source",
        n=0,
        lineterm="",
    )
    lines = [f"  {line[:120]}" for line in lines]
    more = [f"  … and {len(lines) - limit} lines more"] if len(lines) > limit else []
    return "\n".join(lines[:limit] + more)
