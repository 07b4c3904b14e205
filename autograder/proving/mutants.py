"""Run the mutants of every solution against its tests, and keep the result beside the solution.

solutions/NAME/equivalent.toml marks, with a reason, the mutants that are the same function after
all. solutions/NAME/mutants.json holds the outcome of each mutant, tied by exercise to what it was
measured on: an exercise is measured anew when any of that has changed, the others by a sample.
"""

import tomllib
from collections import Counter
from dataclasses import dataclass, field

from autograder import tie
from autograder.authoring import fingerprints
from autograder.authoring.catalogue import Entry
from autograder.authoring.source import read_source
from autograder.project import UserError
from autograder.proving import mutate

FILE, MARKS = "mutants.json", "equivalent.toml"
SAMPLED = 2  # assignments of which mutants are run again, where nothing has changed
REMEDY = "autograder mutants --all makes it anew"
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"
# What makes and runs mutants: its imports are followed.
_RUNS = "from autograder.authoring import warm, withhold\nfrom autograder.proving import mutate"


def entries(project, assignment):
    """The Source of an assignment and an Entry for each mutant of its solutions."""
    path = project.solution(assignment) / "notebook.py"
    source = read_source(path, project.shown(path))
    found = [
        Entry("mutant", name, mutant.change, mutant.text)
        for name, exercise in source.exercises.items()
        for mutant in mutate.mutants(exercise.cell.text, name)
    ]
    return source, found


def marks(project, assignment):
    """{(exercise, change): reason} of the mutants marked equivalent."""
    path = project.solution(assignment) / MARKS
    if not path.is_file():
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
        return {(e["exercise"], e["change"]): e["reason"] for e in listed}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(
            f"{project.shown(path)}: an [[equivalent]] lacks exercise, change or reason ({error})"
        ) from None


@dataclass
class Result:
    """outcomes: {exercise: {change: outcome}}; problems: what falls short, each a sentence.

    ran: exercises of which every mutant was run; again: how many of the others' were.
    """

    outcomes: dict
    problems: list = field(default_factory=list)
    ran: list = field(default_factory=list)
    again: int = 0


def measure(project, assignment, *, sample=None, jobs=None, progress=None):
    """The Result of an assignment, and the tie.Kept to write: nothing is kept with a problem.

    sample: of the exercises that have not changed run so many mutants (default: run all of all).
    """
    source, found = entries(project, assignment)
    known, ties = marks(project, assignment), _ties(project, assignment, source)
    path = project.solution(assignment) / FILE
    everything = sample is None
    kept = tie.Kept(path) if everything else tie.Kept.read(path, project.shown(path), REMEDY)
    old = {name for name in ties if kept.holds(name, ties[name])}
    drawn = tie.sample([entry for entry in found if entry.exercise in old], sample or 0)
    chosen = [entry for entry in found if entry.exercise not in old or entry in drawn]
    ran = []
    if chosen:
        options = {"others": False, "jobs": jobs, "progress": progress}
        ran = fingerprints.run(project, assignment, source, chosen, **options)
    result = Result({name: dict(kept.result(name)) if name in old else {} for name in ties})
    for entry, outcome in zip(chosen, ran, strict=True):
        survived = EQUIVALENT if (entry.exercise, entry.name) in known else SURVIVED
        word, before = survived if outcome.passed else KILLED, result.outcomes[entry.exercise]
        if before.get(entry.name, word) != word:
            was = before[entry.name]
            result.problems.append(f"{entry.exercise}: {entry.name} was {was}, now {word}")
        before[entry.name] = word
    result.problems += problems(project, assignment, result.outcomes)
    result.ran, result.again = [name for name in ties if name not in old], len(drawn)
    if not result.problems:
        for name in result.ran:
            kept.put(name, ties[name], result.outcomes[name])
    return result, kept


def _ties(project, assignment, source):
    """{exercise: the tie of its mutants' outcomes}."""
    known = marks(project, assignment)
    code = [_RUNS, fingerprints.code_of(source)]
    return {
        name: tie.digest(
            project.root,
            code=code,
            texts=[repr(sorted(mark for mark in known.items() if mark[0][0] == name))],
        )
        for name in source.exercises
    }


def write(project, assignment, kept):
    """Keep the outcomes of an assignment's mutants. Was there a change?"""
    source, _ = entries(project, assignment)
    return kept.write(source.exercises)


def problems(project, assignment, result):
    """What is wrong with {exercise: {change: outcome}}: survivors, marks that fit no survivor."""
    found = [
        f"{exercise}: no test notices the mutant {change}"
        for exercise, outcomes in result.items()
        for change, outcome in outcomes.items()
        if outcome == SURVIVED
    ]
    for (exercise, change), reason in marks(project, assignment).items():
        outcome = result.get(exercise, {}).get(change)
        if outcome != EQUIVALENT:
            state = "is killed" if outcome else "does not exist"
            found.append(f"{exercise}: marked equivalent, but {state}: {change}")
        elif len(reason.split()) < 4:
            found.append(f"{exercise}: give a reason in words for {change}")
    return found


def summary(result):
    """How many there are in {exercise: {change: outcome}} and what became of them, in words."""
    count = Counter(outcome for each in result.values() for outcome in each.values())
    counts = ", ".join(f"{count[outcome]} {outcome}" for outcome in (KILLED, EQUIVALENT, SURVIVED))
    return f"{count.total()} mutants: {counts}"
