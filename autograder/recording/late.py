"""What late work costs: a policy as nbgrader's plugin, due dates, extensions.

nbgrader keeps a penalty beside the points of each submitted notebook. It depends on the due date,
the extension, the time of submission and the points alone, so it is brought up to date when one of
them changes, without grading anything again.
"""

import difflib
import math
from dataclasses import dataclass
from datetime import UTC, timedelta

from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy.orm import object_session
from traitlets import Enum, Float, TraitError

from autograder import times
from autograder.project import UserError

# release is imported where it is used: nbgrader_config.py, which it reads, imports us.

DAY = 86400  # seconds
LONGEST = timedelta(days=366)  # extension; more is a slip of the finger


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

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        """The points to take off, or None where there are none to take.

        score: the earned points; total_seconds_late: seconds after the due date, extension
        included. Days are counted from the end of the grace period.
        """
        late = total_seconds_late - 3600 * self.grace_hours
        if late <= 0:
            return None
        if self.penalty_method != "per_day":
            return super().late_submission_penalty(student_id, score, total_seconds_late)
        percent = min(self.percent_at_most, self.percent_per_day * math.ceil(late / DAY))
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


def penalise(submission, plugin):
    """Set the penalties of a SubmittedAssignment, as nbgrader's AssignLatePenalties does.

    plugin: what `plugin` gives. Nothing is committed; points that were changed in the same session
    count. A penalty is None, or at least 0 and at most the notebook's points.
    """
    # nbgrader's own sum fails where an extension stands and the due date was taken away.
    late = 0 if submission.assignment.duedate is None else submission.total_seconds_late
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late > 0:
            object_session(notebook).refresh(notebook, ["score"])  # it is a query, kept once asked
            score = notebook.score
            penalty = plugin.late_submission_penalty(submission.student_id, score, late)
            if penalty is not None:
                notebook.late_submission_penalty = 0 if penalty < 0 else min(penalty, score)


# --- due dates and extensions ---


@dataclass(frozen=True)
class Change:
    """A student's penalty, in points, as it was and as it is. score: the points without it."""

    student: str
    score: float
    before: float
    after: float

    def __str__(self):
        points = f"{self.after:g} of {self.score:g} points"
        return f"{self.student}: late penalty {points} (was {self.before:g})"


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
    return update(project, assignment)


def extend(project, assignment, student, *, days=0, hours=0):
    """Give a student this much longer, in the place of an earlier extension; 0 takes it back.

    Returns the time until which the work is on time (naive, UTC) and the Changes.
    """
    from nbgrader.api import MissingEntry

    project.check_assignment(assignment)
    try:
        length = timedelta(days=days, hours=hours)
    except (ValueError, OverflowError):  # nan, infinity
        length = None
    if length is None or not timedelta(0) <= length <= LONGEST:
        raise UserError(
            f"an extension of {days:g} days and {hours:g} hours: "
            f"it must be between 0 and {LONGEST.days} days"
        )
    policy = plugin(project)
    with _gradebook(project) as gradebook:
        if _due(gradebook, assignment) is None:
            raise UserError(
                f"{assignment} has no due date, so nobody is late; "
                f"set one: autograder due {assignment} '2026-10-01 23:59'"
            )
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            raise UserError(_unknown(gradebook, assignment, student)) from None
        gradebook.grant_extension(assignment, student, days=days, hours=hours)
        return submission.duedate, _update(gradebook, assignment, policy)


def _unknown(gradebook, assignment, student):
    # nbgrader keeps an extension with the submission; one made for it alone would be a zero.
    names = [each.id for each in gradebook.students]
    if student in names:
        return (
            f"nothing of {student}'s is graded in {assignment} yet: give the extension when it is; "
            "nothing has to be graded again for it"
        )
    alike = difflib.get_close_matches(student, names, 3)
    return f"the gradebook has no student {student!r}" + (
        f" (there is {', '.join(alike)})" if alike else f" (of {len(names)} students)"
    )


def update(project, assignment):
    """Bring all penalties up to date: (due date, {student: date with extension}, Changes).

    Dates are naive, UTC, as nbgrader's; without a due date the first is None.
    """
    project.check_assignment(assignment)
    policy = plugin(project)
    with _gradebook(project) as gradebook:
        due = _due(gradebook, assignment)
        extended = {
            submission.student.id: submission.duedate
            for submission in _submissions(gradebook, assignment)
            if due is not None and submission.extension is not None
        }
        return due, extended, _update(gradebook, assignment, policy)


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


def _update(gradebook, assignment, policy):
    changes = []
    for submission in _submissions(gradebook, assignment):
        before = _penalty(submission)
        penalise(submission, policy)
        if (after := _penalty(submission)) != before:
            changes.append(Change(submission.student.id, submission.score, before, after))
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
