"""Who of several graders reads what: a division of an assignment, in which no name occurs.

Formgrader numbers the submissions to an assignment by ids that were drawn at random. A share is a
stretch of that order, or some of the questions. $DL4CV_COURSE/shares.json keeps where each stretch
begins, so that what is handed in later falls into one of them and moves no other.
"""

import json
from bisect import bisect_left

from autograder.project import UserError, write_atomic

FILE = "shares.json"


def divide(project, assignment, graders, questions=None):
    """Give each of graders as much as the others, from now on. Raises UserError.

    questions: {name: its points}, each of which goes to one grader; None: submissions are divided.
    """
    if len({*graders}) < len(graders):
        raise UserError(f"{', '.join(graders)}: somebody is named twice")
    kept, n = _read(project), len(graders)
    things = sorted(_waiting(project, assignment)) if questions is None else questions
    what = "submissions" if questions is None else "questions that a person reads"
    if len(things) < n:
        raise UserError(f"{assignment} has {len(things)} {what}, too few for {n} graders")
    if questions is None:
        shares = {who: things[i * len(things) // n] if i else "" for i, who in enumerate(graders)}
    else:
        shares = {who: [] for who in graders}
        for name in sorted(things, key=lambda name: -things[name]):
            least = min(graders, key=lambda who: sum(things[taken] for taken in shares[who]))
            shares[least].append(name)
    kept[assignment] = shares
    write_atomic(project.course / FILE, f"{json.dumps(kept, indent=1)}\n".encode())


def lines(project, assignment, exercises):
    """A line for each grader: the share, and how much of it waits for a person.

    exercises: {name: Exercise or Question}, all of the assignment.
    """
    shares = _read(project).get(assignment)
    if not shares:
        raise UserError(
            f"{assignment} is not divided yet: autograder share {assignment} NAME NAME …"
        )
    waiting = _waiting(project, assignment)
    ids, wide = sorted(waiting), max(map(len, shares))
    starts = [share for share in shares.values() if isinstance(share, str)]
    for who, share in shares.items():
        if isinstance(share, str):
            at = starts.index(share)
            first = bisect_left(ids, share)
            last = bisect_left(ids, starts[at + 1]) if at + 1 < len(starts) else len(ids)
            left = sum(bool(waiting[each]) for each in ids[first:last])
            what = f"Submission #{first + 1} to #{last} ({last - first})"
        else:
            cells = {test.grade_id for name in share for test in _of(exercises, name).tests}
            left = sum(bool(cells & found) for found in waiting.values())
            points = sum(_of(exercises, name).points for name in share)
            what = f"{', '.join(share)} ({points} points) of {len(ids)} submissions"
        yield f"{who:{wide}}  {what}; {left} wait for a person"


def _of(exercises, name):
    if name not in exercises:
        raise UserError(f"{name} was shared out, and is no longer taught: divide once more")
    return exercises[name]


def _waiting(project, assignment):
    """{id of a submission as Formgrader has it: names of its cells that wait for a person}"""
    from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, SubmittedNotebook

    if not project.gradebook.is_file():
        raise UserError(f"nothing is graded yet: run `autograder grade {assignment}` first")
    with Gradebook(project.database) as gradebook:
        mine = gradebook.db.query(SubmittedNotebook.id).join(SubmittedNotebook.assignment)
        mine = mine.join(Assignment).filter(Assignment.name == assignment)
        found = {each: set() for (each,) in mine}
        cells = mine.join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(Grade.cell)
        for each, name in cells.filter(Grade.needs_manual_grade).add_columns(BaseCell.name):
            found[each].add(name)
    if not found:
        raise UserError(f"nothing is graded yet: run `autograder grade {assignment}` first")
    return found


def _read(project):
    """{assignment: {grader: the id that a stretch begins with, or names of questions}}"""
    path = project.course / FILE
    try:
        kept = json.loads(path.read_text("utf-8"))
        if all(isinstance(s, str | list) for shares in kept.values() for s in shares.values()):
            return kept
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, RecursionError):
        pass
    raise UserError(f"{project.shown(path)} is damaged: remove it, and divide once more")
