"""What each known mistake looks like at the checks, and the hints file that a release ships.

solutions/NAME/fingerprints.json is made by running the catalogue, and is tied to what it was made
from. hints.json is made of it, the catalogue and the book: with the visible checks alone for
students, with the hidden ones too for grading.
"""

import hashlib
import json

from autograder.authoring import catalogue, generic, warm
from autograder.authoring.book import sections, site
from autograder.authoring.source import SOLUTION, STUB, read_source, replace_regions
from autograder.authoring.withhold import withheld_copy
from autograder.project import UserError, write_atomic
from cs_lib import hints

FILE = "fingerprints.json"
_LIBRARY = ("cs_lib/testing.py", "cs_lib/hints.py")


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


def run(project, assignment, source, entries, **options):
    """The Outcome of each entry, with the library that the assignment is graded with."""
    library = withheld_copy(project, assignment)
    try:
        return warm.run(source, entries, library=library, folder=library, **options)
    except RuntimeError as error:
        raise UserError(f"{assignment}: {error}") from None


def digest(project, assignment):
    """A hash of all that the fingerprints depend on."""
    folder = project.solution(assignment)
    mistakes = sorted(project.mistakes(assignment).glob("*.py"))
    files = [folder / "notebook.py", *mistakes, *map(project.root.joinpath, _LIBRARY)]
    parts = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def table(mistakes, outcomes):
    """{"visible": …, "hidden": …}: for each check, {fingerprint: [mistakes that are known by it]}.

    A mistake is listed at the first check that fails in each test cell: no later one is reached.
    """
    found = {"visible": {}, "hidden": {}}
    pairs = sorted(zip(mistakes, outcomes, strict=True), key=lambda pair: bool(pair[0].same_as))
    for entry, outcome in pairs:  # other forms last
        name = f"{entry.exercise}.{entry.known_as}"
        for failure in outcome.failures.values():
            if not failure.seen:
                continue
            part = found["visible" if failure.visible else "hidden"].setdefault(failure.label, {})
            seen = (entry.at == failure.label and hints.whatever(failure.seen)) or failure.seen
            seen = next((known for known in part if hints.matches(known, seen)), seen)
            names = part.setdefault(seen, [])
            if name not in names and not (entry.same_as and names):  # a form claims nothing taken
                names.append(name)
    return found


def write(project, assignment, mistakes, outcomes):
    """Write the fingerprints file of an assignment."""
    content = {"made_from": digest(project, assignment)} | table(mistakes, outcomes)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomic(project.solution(assignment) / FILE, text.encode())


def read(project, assignment):
    """The fingerprints of an assignment, or None where they are missing or out of date."""
    path = project.solution(assignment) / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise UserError(f"{project.shown(path)} is damaged: remove it") from None
    return content if content["made_from"] == digest(project, assignment) else None


def refresh(project, assignment, **options):
    """Make the fingerprints anew, which runs every mistake, if they are missing or out of date."""
    project.check_assignment(assignment)
    path = project.solution(assignment) / "notebook.py"
    source = read_source(path, project.shown(path))
    mistakes = [e for e in answers(project, assignment, source) if e.kind == "mistake"]
    if mistakes and read(project, assignment) is None:
        outcomes = run(project, assignment, source, mistakes, others=False, **options)
        write(project, assignment, mistakes, outcomes)


def hint_files(project, assignment, source, repository):
    """The bytes of hints.json for grading and for students; (None, None) without a catalogue.

    Raises Stale where the fingerprints are out of date.
    """
    entries = [e for e in answers(project, assignment, source) if e.kind == "mistake"]
    if not entries:
        return None, None
    known = read(project, assignment)
    if known is None:
        raise Stale(
            f"the fingerprints of {assignment} do not belong to its notebook, its mistakes and "
            "the checks (run: autograder release)"
        )
    book, address = sections(project), site(repository)
    mistakes = {}
    for entry in entries:
        if entry.same_as:
            continue
        if entry.read not in book:
            raise UserError(
                f"{assignment}: the mistake {entry.name} points at the section {entry.read!r}, "
                "which is not in the book"
            )
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
