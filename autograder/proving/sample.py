"""A class of made-up submissions to an assignment, with the scores that they must get.

Each student hands in the released notebook with right answers (the solutions), wrong ones (the
entries of mistakes/) and cells left as they were.
"""

import json
import random
from dataclasses import dataclass

import nbformat

from autograder.authoring import catalogue
from autograder.authoring.release import build
from autograder.authoring.source import SOLUTION
from autograder.project import write_atomic

RIGHT, UNWRITTEN = "right", "unwritten"


@dataclass(frozen=True)
class Student:
    """answers: {exercise: RIGHT, UNWRITTEN or a code of its own}; first: a cell put at the top."""

    answers: dict
    first: str = ""


def students(source, mistakes):
    """{id: Student}, always the same for the same assignment."""
    names = list(source.exercises)
    wrong = {name: [m.code for m in mistakes if m.exercise == name] for name in names}
    half = len(names) // 2
    right = dict.fromkeys(names, RIGHT)
    unwritten = dict.fromkeys(names, UNWRITTEN)
    unclosed = solved(source.exercises[names[0]].cell.text) + "\nprint("
    last_wrong = [name for name in names if wrong[name]][-1:]
    found = {
        "reference": Student(right),
        "untouched": Student(unwritten),
        "first-half": Student(right | dict.fromkeys(names[half:], UNWRITTEN)),
        "second-half": Student(right | dict.fromkeys(names[:half], UNWRITTEN)),
        "stray-error": Student(right, first="print(a_name_that_is_not_defined)"),
        "does-not-parse": Student(right | {names[0]: unclosed}),
        "one-mistake": Student(right | {name: wrong[name][-1] for name in last_wrong}),
        "all-mistakes": Student(right | {name: wrong[name][0] for name in names if wrong[name]}),
    }
    for student in ("mixed-1", "mixed-2", "mixed-3"):
        draw = random.Random(f"{names} {student}")
        answers = {}
        for name in names:
            kind = draw.choice([RIGHT, UNWRITTEN, "mistake"])
            answers[name] = draw.choice(wrong[name] or [RIGHT]) if kind == "mistake" else kind
        found[student] = Student(answers)
    return found


def solved(text):
    """A solution cell's text without the markers."""
    return "\n".join(line for line in text.split("\n") if line.strip() not in SOLUTION)


def submission(released, source, student):
    """The bytes of the notebook that a student hands in; released is the release's bytes."""
    nb = nbformat.reads(released.decode(), as_version=4)
    for cell in nb.cells:
        answer = student.answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), UNWRITTEN)
        if answer == RIGHT:
            answer = solved(source.exercises[cell.metadata.nbgrader.grade_id].cell.text)
        if answer != UNWRITTEN:
            cell.source = answer
    if student.first:
        nb.cells.insert(0, nbformat.v4.new_code_cell(student.first, id="stray"))
    return (nbformat.writes(nb) + "\n").encode()


def expected(source, student):
    """{exercise: [least, most] points}.

    A mistake in an exercise with several tests may pass some of them, but never all.
    """
    points = {}
    for name, exercise in source.exercises.items():
        full, tests = exercise.points, exercise.tests
        if student.answers[name] == RIGHT:
            points[name] = [full, full]
        elif student.answers[name] == UNWRITTEN:
            points[name] = [0, 0]
        else:
            points[name] = [0, full - min(test.nbgrader["points"] for test in tests)]
    return points


def write(project, assignment, course):
    """Put the class into course/submitted and what it must get into course/sample.

    Returns the students' ids.
    """
    built = build(project, assignment)
    source = built.parsed
    folder = project.mistakes(assignment)
    exercises = [*source.exercises, *source.left_out]
    entries = catalogue.load(folder, exercises, project.shown(folder))
    mistakes = [entry for entry in entries if entry.kind == "mistake"]
    group = students(source, mistakes)
    name = f"{assignment}.ipynb"
    for student, work in group.items():
        path = course / "submitted" / student / assignment / name
        write_atomic(path, submission(built.release[name], source, work))
    wanted = {student: expected(source, work) for student, work in group.items()}
    text = json.dumps(wanted, indent=1) + "\n"
    write_atomic(course / "sample" / f"{assignment}.json", text.encode())
    return list(group)


def compare(course, assignment, scores):
    """Messages for scores ({student: {exercise: points}}) that are not what the class must get."""
    wanted = json.loads((course / "sample" / f"{assignment}.json").read_text())
    messages = []
    for student, exercises in wanted.items():
        got = scores.get(student)
        if got is None:  # left out, or no longer there
            messages.append(f"{student}: no score")
            continue
        for exercise, (least, most) in exercises.items():
            if got.get(exercise) is None or not least <= got[exercise] <= most:
                what = f"{most:g}" if least == most else f"at most {most:g}"
                messages.append(f"{student}: {exercise}: {got.get(exercise)} points, not {what}")
    return messages
