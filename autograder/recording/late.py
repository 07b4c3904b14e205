"""What late work costs: a policy as nbgrader's plugin, due dates, extensions.

nbgrader keeps a penalty beside the points of each submitted notebook. It depends on the due date,
the extension, the time of submission and the points alone, so it is brought up to date when one of
them changes, without grading anything again.
"""

import contextlib
import math
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy.orm import object_session
from traitlets import Enum, Float, Int, TraitError

from autograder import times
from autograder.project import Project, UserError
from autograder.recording import extensions
from autograder.recording.extensions import DAY
from autograder.students import Students

# release is imported where it is used: nbgrader_config.py, which it reads, imports us.


class LatePolicy(LateSubmissionPlugin):
    """A share of the earned points for each started day after the grace period."""

    penalty_method = Enum(
        ("per_day", "none", "zero"),
        default_value="per_day",
        help="per_day: as the other settings say; none: nothing; zero: all points",
    ).tag(config=True)
    grace_hours = Float(1.0, min=0, help="This much after the due date costs nothing").tag(
        config=True
    )
    percent_per_day = Float(
        10.0, min=0, max=100, help="Per cent of the earned points lost for each started day"
    ).tag(config=True)
    percent_at_most = Float(
        50.0, min=0, max=100, help="Per cent of the earned points lost at most"
    ).tag(config=True)

    late_days = Int(
        0, min=0, help="Late days of a student over the whole term, which cost nothing"
    ).tag(config=True)

    def days(self, total_seconds_late):
        """The days that have begun after the grace period."""
        return max(0, math.ceil((total_seconds_late - 3600 * self.grace_hours) / DAY))

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """The points to take off, or None where there are none to take.

        score: the earned points; total_seconds_late: seconds after the due date, extension
        included. Days are counted from the end of the grace period.
        """
        days = self.days(total_seconds_late)
        if not days:
            return None
        if self.penalty_method != "per_day":
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        percent = min(self.percent_at_most, self.percent_per_day * days)
        return score * percent / 100


def plugin(project):
    """The plugin that nbgrader_config.py names, set up as nbgrader sets it up."""
    from nbgrader.preprocessors import AssignLatePenalties

    from autograder.authoring import release

    try:
        step = AssignLatePenalties(config=release.nbgrader_config(project))
        step.init_plugin()
    except TraitError as error:
        raise UserError(f"nbgrader_config.py: {error}") from None
    return step.plugin_inst


def penalise(submission, plugin, spent=0):
    """Set the penalties of a SubmittedAssignment, as nbgrader's AssignLatePenalties does.

    plugin: what `plugin` gives; spent: late days that are spent on it. Nothing is committed;
    points that were changed in the same session count. A penalty is None, or at least 0 and at most
    the notebook's points.
    """
    # nbgrader's own sum fails where an extension stands and the due date was taken away.
    late = 0 if submission.assignment.duedate is None else submission.total_seconds_late
    late -= DAY * spent
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late > 0:
            object_session(notebook).refresh(notebook, ["score"])  # it is a query, kept once asked
            score = notebook.score
            penalty = plugin.late_submission_penalty(submission.student_id, score, late)
            if penalty is not None:
                notebook.late_submission_penalty = 0 if penalty < 0 else min(penalty, score)


def spent_days(gradebook, policy, student=None):
    """{student: {assignment: late days spent on it}}, of all or of one; nobody else has spent any.

    They are spent on whatever comes late, in the order of the due dates, whole days as they begin.
    policy: what `plugin` gives; only a LatePolicy knows late days.
    """
    from nbgrader.api import Assignment, SubmittedAssignment

    budget = getattr(policy, "late_days", 0)
    if not budget:
        return {}
    mine = SubmittedAssignment
    rows = gradebook.db.query(
        *(mine.student_id, mine.timestamp, mine.extension, Assignment.name, Assignment.duedate)
    )
    rows = rows.join(mine.assignment).filter(Assignment.duedate.is_not(None))
    rows = rows.filter(mine.timestamp.is_not(None))
    found = {}
    for who, when, extension, name, due in rows.order_by(Assignment.duedate, Assignment.name):
        if student not in (None, who):
            continue
        late = (when - due - (extension or timedelta(0))).total_seconds()
        own = found.setdefault(who, {})
        if days := min(policy.days(late), budget - sum(own.values())):
            own[name] = days
    return {who: own for who, own in found.items() if own}


def penalise_student(gradebook, submission, policy):
    """Set the penalties of a student's SubmittedAssignment, uncommitted, and where there are late
    days those of all others: what is spent on one is no longer there for the next.
    """
    from nbgrader.api import SubmittedAssignment

    student = submission.student_id
    spent = spent_days(gradebook, policy, student).get(student, {})
    penalise(submission, policy, spent.get(submission.assignment.name, 0))
    if getattr(policy, "late_days", 0):
        for other in gradebook.db.query(SubmittedAssignment).filter_by(student_id=student):
            penalise(other, policy, spent.get(other.assignment.name, 0))


# --- due dates and extensions ---


@dataclass(frozen=True)
class Change:
    """A student's penalty, in points, as it was and as it is. score: the points without it;
    assignment: which, where it is another than the one that was asked for.
    """

    student: str
    score: float
    before: float
    after: float
    assignment: str = ""

    def __str__(self):
        where = f", {self.assignment}" if self.assignment else ""
        points = f"{self.after:g} of {self.score:g} points"
        return f"{self.student}{where}: late penalty {points} (was {self.before:g})"


def parse(text, zone=None):
    """A date with a time -> the datetime in UTC. zone: as for `times.read`."""
    try:
        written = times.Written(text)
        if zone and written.has_zone:
            raise UserError(f"{text!r} names its own zone: leave out --timezone {zone}")
        return written.read(zone)
    except ValueError as error:
        raise UserError(
            f"{text!r} is no date and time ({error}): write it as '{times.EXAMPLE}'"
        ) from None


def set_due(project, assignment, when):
    """Make when (in UTC; None: no date) the due date; return as `update` does.

    Without a date there are no extensions either: nbgrader would fail on them.
    """
    project.check_assignment(assignment)
    plugin(project)  # fails before anything is written, should the settings be wrong
    with _gradebook(project) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=when)
        if when is None:
            for submission in gradebook.assignment_submissions(assignment):
                gradebook.grant_extension(assignment, submission.student.id)
            extensions.drop(project, assignment)
    return update(project, assignment)


def extend(project, assignment, given):
    """Give students longer, {student: timedelta}, in the place of earlier extensions; 0 takes one
    back, and one for work that has not come is kept until it does.

    Returns {student: until when their work is on time (naive, UTC)} and the Changes.
    """
    policy = plugin(project)
    with _gradebook(project) as gradebook:
        due = due_date(gradebook, assignment)
        extensions.keep(project, assignment, given)
        for submission in _submissions(gradebook, assignment):
            if submission.student.id in given:
                submission.extension = given[submission.student.id] or None
        gradebook.db.commit()
        until = {student: due + length for student, length in given.items()}
        return until, bring_up_to_date(gradebook, assignment, policy)


def wanted(project, assignment, ask):
    """What ask(due date, a Students) gives, of an assignment with a due date."""
    project.check_assignment(assignment)
    plugin(project)
    with _gradebook(project) as gradebook:
        due = due_date(gradebook, assignment)
    return ask(due, Students(project))


def due_date(gradebook, assignment):
    """The due date (naive, UTC). Raises UserError where there is none."""
    due = _due(gradebook, assignment)
    if due is None:
        raise UserError(
            f"{assignment} has no due date, so nobody is late; "
            f"set one: autograder due {assignment} '2026-10-01 23:59'"
        )
    return due


def update(project, assignment):
    """Bring all penalties up to date: (due date, {student: date with extension}, Changes).

    Dates are naive, UTC, as nbgrader's; without a due date the first is None.
    """
    project.check_assignment(assignment)
    policy = plugin(project)
    with _gradebook(project) as gradebook:
        due = _due(gradebook, assignment)
        extended = {}
        if due is not None:
            ahead = extensions.read(project, assignment)
            extended = {student: due + length for student, length in ahead.items()}
            for submission in _submissions(gradebook, assignment):
                extended.pop(submission.student.id, None)
                if submission.extension is not None:
                    extended[submission.student.id] = submission.duedate
        extended = dict(sorted(extended.items()))
        return due, extended, bring_up_to_date(gradebook, assignment, policy)


@dataclass(frozen=True)
class _Copied(Project):
    """A project whose students' work lies in a folder of its own."""

    folder: Path

    @property
    def course(self):
        return self.folder


@contextlib.contextmanager
def rehearsal(project):
    """A copy of the project's gradebook and what lies beside it: to see what a change would do."""
    with tempfile.TemporaryDirectory() as folder:
        copy = _Copied(project.root, Path(folder))
        for path in project.course.glob("*"):
            if path.is_file() and path.name != project.gradebook.name:
                shutil.copy(path, copy.course)
        for path in project.course.glob("submitted/*"):  # who has handed in, but nothing of it
            (copy.course / "submitted" / path.name).mkdir(parents=True)
        if project.gradebook.is_file():
            with project.tables() as ours, copy.tables() as theirs:
                ours.backup(theirs)
        yield copy


def days_left(project):
    """(late days of everybody, {student: how many of them are left, of those who spent any})"""
    policy = plugin(project)
    with _gradebook(project) as gradebook:
        spent = spent_days(gradebook, policy)
    budget = getattr(policy, "late_days", 0)
    return budget, {who: budget - sum(own.values()) for who, own in sorted(spent.items())}


def _gradebook(project):
    """Opened, and made if there is none: after `plugin`, since nbgrader_config.py sets PATH."""
    from nbgrader.api import Gradebook

    return Gradebook(project.database)


def _due(gradebook, assignment):
    return {each.name: each.duedate for each in gradebook.assignments}.get(assignment)


def _submissions(gradebook, assignment):
    """Those to assignment, which the gradebook may not have, student by student."""
    if assignment not in {each.name for each in gradebook.assignments}:
        return []
    return sorted(gradebook.assignment_submissions(assignment), key=lambda each: each.student.id)


def bring_up_to_date(gradebook, assignment, policy, students=None):
    """Set the penalties of these students, by default all, and commit; the Changes.

    Where students have late days, those of all other assignments are set, too.
    """
    changes, spent = [], spent_days(gradebook, policy)
    others = [each.name for each in gradebook.assignments if each.name != assignment]
    for name in [assignment, *(others if getattr(policy, "late_days", 0) else [])]:
        for submission in _submissions(gradebook, name):
            student = submission.student.id
            if students is not None and student not in students:
                continue
            before = _penalty(submission)
            penalise(submission, policy, spent.get(student, {}).get(name, 0))
            if (after := _penalty(submission)) != before:
                where = "" if name == assignment else name
                changes.append(Change(student, submission.score, before, after, where))
    gradebook.db.commit()
    return changes


def _penalty(submission):
    return sum(notebook.late_submission_penalty or 0 for notebook in submission.notebooks)


def shown(when, zone=None):
    """when (naive, UTC, as a gradebook has it) in zone, by default this computer's, and in UTC."""
    local = when.replace(tzinfo=UTC).astimezone(zone)
    if not local.utcoffset():
        return f"{_minutes(when)} UTC"
    return f"{_minutes(local)} {local:%Z} ({_minutes(when)} UTC)"


def _minutes(when):
    return f"{when:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
