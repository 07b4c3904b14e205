"""What each known mistake looks like at the checks, and the hints file that a release ships.

solutions/NAME/fingerprints.json is made by running the catalogue, and tied by exercise to what it
was made from. hints.json is made of it, the catalogue and the book: with the visible checks alone
for students, with the hidden ones too for grading.
"""

import difflib
import json

from autograder import tie
from autograder.authoring import catalogue, generic, warm
from autograder.authoring.book import sections, site
from autograder.authoring.source import SOLUTION, STUB, read_source, replace_regions
from autograder.authoring.withhold import withheld_copy
from autograder.project import UserError
from cs_lib import hints

FILE = "fingerprints.json"
PARTS = ("visible", "hidden")  # of an exercise's tests
_CHECKS = "import cs_lib.testing"  # what all checks hang on
_REMEDY = "remove it and run: autograder release"


class Stale(UserError):
    """The fingerprints do not belong to the source."""


def answers(project, assignment, source):
    """Every catalogue.Entry of an assignment: stubs, mistakes, alternatives, generic mistakes."""
    folder = project.mistakes(assignment)
    entries = [
        catalogue.Entry(
            "stub",
            name,
            "untouched",
            replace_regions(exercise.cell.text, *SOLUTION, STUB.format(name=name).split("\n")),
        )
        for name, exercise in source.exercises.items()
    ]
    loaded = catalogue.load(folder, source.exercises, project.shown(folder))
    for kind in ("mistake", "alternative"):
        entries += [entry for entry in loaded if entry.kind == kind]
    return entries + generic.entries(source)


def check_sections(project, assignment, entries):
    """Raise UserError where a hint points at no section of the book: before anything runs."""
    known = sections(project)
    for entry in entries:
        if entry.read and entry.read not in known:
            folder = project.shown(project.mistakes(assignment))
            alike = ", ".join(difflib.get_close_matches(entry.read, known, 3))
            raise UserError(
                f"{folder}/{entry.exercise}.py:{entry.line}: {entry.name} points at the section "
                f"{entry.read!r}, which is not in the book" + (f" ({alike}?)" if alike else "")
            )


def run(project, assignment, source, entries, **options):
    """The Outcome of each entry, with the library that the assignment is graded with."""
    library = withheld_copy(project, assignment)
    try:
        return warm.run(source, entries, library=library, folder=library, **options)
    except RuntimeError as error:
        raise UserError(f"{assignment}: {error}") from None


def code_of(source):
    """The code of a notebook, its points, and what its header withholds: all but its prose, and but
    for its open challenge, on which no answer hangs."""
    cells = [cell for cell in source.without_challenge.cells if cell.kind == "code"]
    marks = [(cell.grade_id, sorted((cell.nbgrader or {}).items())) for cell in cells]
    return "\n".join([*(cell.text for cell in cells), f"# {marks} {source.withhold}"])


def _ties(project, assignment, source):
    """{exercise: the tie of its fingerprints}. That they are still those measured when a library
    or a pin has changed is for `verify` to see: nobody has to release again for that."""
    folder, code = project.mistakes(assignment), code_of(source)
    return {
        name: tie.digest(
            project.root, [folder / f"{name}.py"], code=[_CHECKS], texts=[code], pins=()
        )
        for name in source.exercises
    }


def table(mistakes, outcomes):
    """{"visible": …, "hidden": …}: for each check, {fingerprint: [mistakes that are known by it]}.

    A mistake is listed at the first check that fails in each test cell: no later one is reached.
    """
    found = {part: {} for part in PARTS}
    pairs = sorted(zip(mistakes, outcomes, strict=True), key=lambda pair: bool(pair[0].same_as))
    for entry, outcome in pairs:  # other forms last
        name = f"{entry.exercise}.{entry.known_as}"
        for failure in outcome.failures.values():
            if not failure.seen:
                continue
            part = found["visible" if failure.visible else "hidden"].setdefault(failure.label, {})
            if entry.same_as and hints.lookup(part, failure.seen):  # a form claims nothing taken
                continue
            seen = (entry.at == failure.label and hints.whatever(failure.seen)) or failure.seen
            seen = next((known for known in part if hints.matches(known, seen)), seen)
            names = part.setdefault(seen, [])
            if name not in names:
                names.append(name)
    return found


def merged(tables):
    """One table of several exercises': no check belongs to two."""
    whole = {part: {} for part in PARTS}
    for each in tables:
        for part in PARTS:
            for label, known in each[part].items():
                whole[part].setdefault(label, {}).update(known)
    return whole


def read(project, assignment, source):
    """{exercise: its table}, without those that are missing or out of date. Raises UserError."""
    path = project.solution(assignment) / FILE
    kept = tie.Kept.read(path, project.shown(path), remedy=_REMEDY)
    ties = _ties(project, assignment, source)
    return {name: kept.result(name) for name in ties if kept.holds(name, ties[name])}


def refresh(project, assignment, **options):
    """Make the fingerprints anew, which runs every mistake, where they are missing or stale."""
    project.check_assignment(assignment)
    path = project.solution(assignment) / "notebook.py"
    source = read_source(path, project.shown(path))
    mistakes = [e for e in answers(project, assignment, source) if e.kind == "mistake"]
    check_sections(project, assignment, mistakes)
    known = read(project, assignment, source)
    stale = [entry for entry in mistakes if entry.exercise not in known]
    if stale:
        outcomes = run(project, assignment, source, stale, others=False, **options)
        for name in {entry.exercise for entry in stale}:
            own = [(e, o) for e, o in zip(stale, outcomes, strict=True) if e.exercise == name]
            known[name] = table(*zip(*own, strict=True))
    write(project, assignment, source, known)


def write(project, assignment, source, known):
    """Write the fingerprints file: {exercise: its table}, made from what is there now."""
    kept = tie.Kept(project.solution(assignment) / FILE)
    ties = _ties(project, assignment, source)
    for name in known:
        kept.put(name, ties[name], known[name])
    if known:
        kept.write(source.exercises)


def hint_files(project, assignment, source, repository, exercises=None):
    """The bytes of hints.json for grading and for students; (None, None) without a catalogue.

    source: the whole one. exercises: the names of those that count; default: all. Raises Stale
    where the fingerprints are out of date.
    """
    entries = [e for e in answers(project, assignment, source) if e.kind == "mistake"]
    names = list(source.exercises) if exercises is None else list(exercises)
    entries = [entry for entry in entries if entry.exercise in names]
    if not entries:
        return None, None
    tables = read(project, assignment, source)
    if stale := sorted({e.exercise for e in entries} - {*tables}):
        raise Stale(
            f"the fingerprints of {assignment} ({', '.join(stale)}) do not belong to its notebook, "
            "its mistakes and the checks (run: autograder release)"
        )
    known = merged(tables[name] for name in names if name in tables)
    book, address = sections(project), site(repository)
    mistakes = {}
    for entry in entries:
        if entry.same_as:
            continue
        mistakes[f"{entry.exercise}.{entry.name}"] = {
            "when": entry.when,
            "hint": entry.hint,
            "read": book[entry.read].reference(address),
        }
    whole = known["visible"] | {
        label: known["visible"].get(label, {}) | part for label, part in known["hidden"].items()
    }
    return _file(mistakes, whole), _file(mistakes, known["visible"])


def _file(mistakes, checks):
    used = {name for part in checks.values() for names in part.values() for name in names}
    content = {
        "what": "What known mistakes look like at the checks. cs_lib.testing reads it for hints.",
        "mistakes": {name: entry for name, entry in mistakes.items() if name in used},
        "checks": checks,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
