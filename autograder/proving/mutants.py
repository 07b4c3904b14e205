"""Run the mutants of every solution against its tests, and keep the result beside the solution.

solutions/NAME/equivalent.toml marks, with a reason, the mutants that are the same function after
all. solutions/NAME/mutants.json holds the outcome of each mutant, tied by a hash to what it was
measured on; the tests check the tie and run a sample again.
"""

import hashlib
import json
import random
import tomllib

from autograder.authoring import fingerprints
from autograder.authoring.catalogue import Entry
from autograder.authoring.source import read_source
from autograder.project import UserError, write_atomic
from autograder.proving import mutate

FILE, MARKS = "mutants.json", "equivalent.toml"
_LIBRARY = ("autograder/proving/mutate.py", "cs_lib/testing.py")
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"


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


def measure(project, assignment, *, only=None, jobs=None, progress=None):
    """{exercise: {change: outcome}} by running every mutant (or those of `only`)."""
    source, found = entries(project, assignment)
    if only is not None:
        found = [entry for entry in found if (entry.exercise, entry.name) in only]
    outcomes = fingerprints.run(
        project, assignment, source, found, others=False, jobs=jobs, progress=progress
    )
    known, result = marks(project, assignment), {name: {} for name in source.exercises}
    for entry, outcome in zip(found, outcomes, strict=True):
        survived = EQUIVALENT if (entry.exercise, entry.name) in known else SURVIVED
        result[entry.exercise][entry.name] = survived if outcome.passed else KILLED
    return result


def write(project, assignment, result):
    """Keep a result of `measure`, tied to what it was measured on."""
    content = {"made_from": digest(project, assignment), "outcomes": result}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomic(project.solution(assignment) / FILE, text.encode())


def problems(project, assignment, result):
    """What is wrong with a complete result: survivors, and marks that fit no survivor."""
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
    """How many there are and what became of them, in words."""
    outcomes = [outcome for each in result.values() for outcome in each.values()]
    counts = ", ".join(f"{outcomes.count(o)} {o}" for o in (KILLED, EQUIVALENT, SURVIVED))
    return f"{len(outcomes)} mutants: {counts}"


def check(project, assignment, *, sample=20, seed=None, jobs=None):
    """Messages: is mutants.json of these sources and tests, and does a random sample of it hold?"""
    remedy = "run: make mutants"
    path = project.solution(assignment) / FILE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [f"{project.shown(path)} is missing ({remedy})"]
    except ValueError:
        return [f"{project.shown(path)} is damaged ({remedy})"]
    if stored["made_from"] != digest(project, assignment):
        return [f"{project.shown(path)} was measured on other sources or tests ({remedy})"]
    outcomes = stored["outcomes"]
    every = [(e, change) for e, changes in outcomes.items() for change in changes]
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    again = measure(project, assignment, only=set(chosen), jobs=jobs)
    return problems(project, assignment, outcomes) + [
        f"{exercise}: {change} was {outcomes[exercise][change]}, now {again[exercise].get(change)}"
        for exercise, change in chosen
        if again[exercise].get(change) != outcomes[exercise][change]
    ]


def digest(project, assignment):
    """A hash of the source, the marks and what makes and runs mutants."""
    folder = project.solution(assignment)
    files = [folder / "notebook.py", folder / MARKS, *map(project.root.joinpath, _LIBRARY)]
    parts = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
