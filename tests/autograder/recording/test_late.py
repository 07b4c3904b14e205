"""Late work: our policy, nbgrader's gradebook, and the same penalties as nbgrader's own step."""

import re
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from mini_course import ASSIGNMENT, make_project
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties

from autograder import times
from autograder.authoring import release
from autograder.cli import main
from autograder.project import UserError
from autograder.recording import late
from autograder.recording.late import LatePolicy

DUE = datetime(2026, 10, 1, 21, 59, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)

# student: (time after the due date or None, extension, points of two tests, by hand, penalty)
# Points by hand replace the second test's. The penalties are worked out by hand: 10 % a day.
CLASS = {
    "early": (-2 * DAY, None, (30, 20), None, None),
    "in_time": (0 * DAY, None, (30, 20), None, None),
    "in_grace": (HOUR, None, (30, 20), None, None),
    "after_grace": (HOUR + SECOND, None, (30, 20), None, 5.0),
    "one_day": (DAY + HOUR, None, (30, 20), None, 5.0),
    "two_days": (DAY + HOUR + SECOND, None, (30, 20), None, 10.0),
    "five_days": (4 * DAY + 2 * HOUR, None, (30, 20), None, 25.0),
    "a_month": (30 * DAY, None, (30, 20), None, 25.0),
    "by_hand": (2 * DAY, None, (30, 20), 7, 7.4),
    "nothing_right": (2 * DAY, None, (0, 0), None, 0.0),
    "less_than_nothing": (2 * DAY, None, (0, 20), -3, 0.0),
    "no_time": (None, None, (30, 20), None, None),
    "extended": (2 * DAY, 3 * DAY, (30, 20), None, None),
    "extended_grace": (3 * DAY + HOUR, 3 * DAY, (30, 20), None, None),
    "not_enough": (3 * DAY, DAY + 12 * HOUR, (30, 20), None, 10.0),
    "no_time_extended": (None, DAY, (30, 20), None, None),
}
LATE = {name: row[4] for name, row in CLASS.items()}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A project whose gradebook holds the class, its work graded before there was a due date."""
    project = make_project(tmp_path_factory.mktemp("late") / "project")
    late.plugin(project)
    with Gradebook(project.database) as gradebook:
        gradebook.add_assignment(ASSIGNMENT)
        gradebook.add_notebook(ASSIGNMENT, ASSIGNMENT)
        for test in ("test_double", "test_mean"):
            gradebook.add_grade_cell(test, ASSIGNMENT, ASSIGNMENT, max_score=50, cell_type="code")
        for student, (after, _, points, by_hand, _) in CLASS.items():
            gradebook.add_student(student)
            submission = gradebook.add_submission(
                ASSIGNMENT, student, timestamp=None if after is None else DUE + after
            )
            grades = {grade.name: grade for grade in submission.notebooks[0].grades}
            grades["test_double"].auto_score, grades["test_mean"].auto_score = points
            grades["test_mean"].manual_score = by_hand
        gradebook.add_student("not_handed_in")
        gradebook.db.commit()
    return project


@pytest.fixture
def project(course, tmp_path, monkeypatch):
    """The same, to be written to; nothing is due."""
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path / "course"))
    (tmp_path / "course").mkdir()
    shutil.copy(course.root / "_build" / "course" / "gradebook.db", tmp_path / "course")
    return course


@pytest.fixture
def due(project):
    """The same, with the due date and the extensions written by nbgrader alone."""
    with opened(project) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        for student, (_, extension, *_) in CLASS.items():
            if extension:
                hours = extension / HOUR
                gradebook.grant_extension(ASSIGNMENT, student, hours=hours)
    return project


def opened(project):
    return Gradebook(project.database)


def penalties(project):
    """{student: the notebook's penalty}, as it is in the gradebook."""
    with opened(project) as gradebook:
        return {
            submission.student.id: submission.notebooks[0].late_submission_penalty
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }


def nbgraders(project, config):
    """The same, after nbgrader's own step for every student."""
    where = {"assignment": ASSIGNMENT, "notebook": ASSIGNMENT}
    where["db_url"] = project.database
    for student in CLASS:
        step = AssignLatePenalties(config=config)
        step.preprocess(new_notebook(), {"nbgrader": where | {"student": student}})
    return penalties(project)


# --- the penalty of a submission ---


def test_penalties_are_those_worked_out_by_hand_and_those_of_nbgraders_own_step(due):
    late.update(due, ASSIGNMENT)
    ours = penalties(due)
    assert ours == nbgraders(due, release.nbgrader_config(due))
    assert ours == pytest.approx(LATE)


@pytest.mark.parametrize("penalty", [None, -1.0, 0.0, 3.5, 1000.0])
def test_a_plugin_of_ones_own_is_held_to_the_same_limits_as_by_nbgrader(due, penalty):
    class Own(LateSubmissionPlugin):
        def late_submission_penalty(self, student_id, score, total_seconds_late):
            asked.append((student_id, score, total_seconds_late))
            return penalty

    asked, config = [], release.nbgrader_config(due)
    config.AssignLatePenalties.plugin_class = Own
    with opened(due) as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            late.penalise(submission, Own())
        gradebook.db.commit()
    ours, our_questions = penalties(due), sorted(asked)
    asked.clear()
    assert ours == nbgraders(due, config)
    assert our_questions == sorted(asked)
    costs = {student for student, found in LATE.items() if found is not None}
    assert {student for student, *_ in asked} == costs | {"in_grace", "extended_grace"}


def test_points_changed_in_the_same_session_count_and_nothing_is_committed(due):
    policy = late.plugin(due)
    with opened(due) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "two_days")
        assert submission.notebooks[0].score == 50  # asked for: SQLAlchemy remembers it
        submission.notebooks[0].grades[0].manual_score = 0
        left = sum(grade.auto_score for grade in submission.notebooks[0].grades[1:])
        late.penalise(submission, policy)
        assert submission.notebooks[0].late_submission_penalty == pytest.approx(left * 0.2)
    assert set(penalties(due).values()) == {None}


def test_a_penalty_goes_when_the_work_is_no_longer_late(due):
    late.update(due, ASSIGNMENT)
    with opened(due) as gradebook:
        for student in ("two_days", "a_month"):
            gradebook.update_or_create_submission(ASSIGNMENT, student, timestamp=DUE)
    _, _, changes = late.update(due, ASSIGNMENT)
    assert [(c.student, c.before, c.after) for c in changes] == [
        ("a_month", 25, 0),
        ("two_days", 10, 0),
    ]
    assert penalties(due) == pytest.approx(LATE | {"two_days": None, "a_month": None})


def test_without_a_due_date_nothing_is_late_even_where_an_extension_was_left(due):
    with opened(due) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=None)
    assert late.update(due, ASSIGNMENT) == (None, {}, [])
    assert set(penalties(due).values()) == {None}


# --- the policy ---


@pytest.mark.parametrize(
    ("settings", "hours", "penalty"),
    [
        ({}, 26, 16),
        ({"penalty_method": "none"}, 26, None),
        ({"penalty_method": "zero"}, 26, 80),
        ({"penalty_method": "zero"}, 1, None),
        ({"grace_hours": 0}, 0.001, 8),
        ({"grace_hours": 30}, 26, None),
        ({"grace_hours": 30}, 54, 8),
        ({"grace_hours": 30}, 54.001, 16),
        ({"percent_per_day": 25}, 26, 40),
        ({"percent_at_most": 15}, 26, 12),
        ({"percent_per_day": 60, "percent_at_most": 100}, 26, 80),
        ({"percent_per_day": 0}, 26, 0),
    ],
)
def test_the_settings_of_the_policy(settings, hours, penalty):
    assert LatePolicy(**settings).late_submission_penalty("ada", 80, hours * 3600) == penalty


def test_nbgrader_config_names_the_policy_and_its_defaults(course):
    policy = late.plugin(course)
    assert type(policy) is LatePolicy
    names = ("penalty_method", "grace_hours", "percent_per_day", "percent_at_most")
    values = {name: getattr(policy, name) for name in names}
    assert values == {name: getattr(LatePolicy(), name) for name in names}
    assert values == dict(zip(names, ("per_day", 1, 10, 50), strict=True))


def test_a_wrong_setting_is_said_before_anything_is_written(tmp_path):
    project = make_project(tmp_path / "project")
    with open(project.root / "nbgrader_config.py", "a") as config:
        config.write("c.LatePolicy.percent_per_day = 110\n")
    with pytest.raises(UserError, match=r"^nbgrader_config.py: .*percent_per_day.*110"):
        late.set_due(project, ASSIGNMENT, DUE)
    assert not (project.course / "gradebook.db").exists()


# --- dates ---


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-10-01 23:59", "Europe/Berlin", "2026-10-01 21:59"),
        ("2026-12-01 23:59", "Europe/Berlin", "2026-12-01 22:59"),
        ("2026-10-01 23:59:59", "UTC", "2026-10-01 23:59:59"),
        ("2026-10-01T20:00", "America/New_York", "2026-10-02 00:00"),
        ("2026-10-01 23:59+05:30", None, "2026-10-01 18:29"),
        ("2026-10-01T23:59Z", None, "2026-10-01 23:59"),
        ("2026-10-01 23:59", None, "2026-10-01 14:59"),
    ],
)
def test_a_date_is_read_in_its_zone(text, zone, utc, tokyo):
    when = late.parse(text, times.zone(zone))
    assert when == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.fixture
def tokyo(monkeypatch):
    """This computer is in Tokyo."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-10-01", None, "the time of day is missing"),
        ("1 October", None, "write it as '2026-10-01 23:59'"),
        ("2026-10-01 24:30", None, "hour must be in"),
        ("2026-02-29 12:00", None, "write it as"),
        ("0001-01-01 00:00", "Asia/Tokyo", "write it as"),
        ("2026-10-01 23:59+02:00", "Europe/Berlin", "leave out --timezone Europe/Berlin"),
        ("2026-10-01 23:59", "Berlin", "there is no time zone 'Berlin'"),
        ("2026-10-01 23:59", "Europe", "there is no time zone 'Europe'"),
        ("2026-10-01 23:59", "../x", "there is no time zone"),
        ("", None, "write it as"),
    ],
)
def test_a_bad_date_is_refused_in_a_line(text, zone, said, project, capsys):
    where = ["--timezone", zone] if zone else []
    assert main(["-C", str(project.root), "due", ASSIGNMENT, text, *where]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert set(penalties(project).values()) == {None}


# --- the commands ---


@pytest.fixture
def command(project, capsys, tokyo):
    """Runs a command in the project; returns (exit code, output, errors)."""

    def command(*arguments):
        status = main(["-C", str(project.root), *arguments])
        return status, *capsys.readouterr()

    return command


def test_due_sets_the_date_and_extensions_and_penalties_follow(project, command):
    berlin = ["--timezone", "Europe/Berlin"]
    status, out, _ = command("due", ASSIGNMENT, "2026-10-01 23:59", *berlin)
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == f"{ASSIGNMENT} is due on 2026-10-01 23:59 CEST (2026-10-01 21:59 UTC)"
    assert "two_days: late penalty 10 of 50 points (was 0)" in lines
    assert "extended: late penalty 10 of 50 points (was 0)" in lines
    assert not re.search("early|in_time|in_grace|no_time|nothing_right", out)

    status, out, _ = command("extend", ASSIGNMENT, "extended", "--days", "3")
    assert (status, out.splitlines()[:2]) == (
        0,
        [
            "extended has until 2026-10-05 06:59 JST (2026-10-04 21:59 UTC)",
            "extended: late penalty 0 of 50 points (was 10)",
        ],
    )
    command("extend", ASSIGNMENT, "extended_grace", "--days", "2", "--hours", "24")
    command("extend", ASSIGNMENT, "not_enough", "--hours", "36")
    command("extend", ASSIGNMENT, "no_time_extended", "--days", "1")
    assert penalties(project) == pytest.approx(LATE)
    assert penalties(project) == nbgraders(project, release.nbgrader_config(project))


def test_due_alone_shows_dates_and_brings_penalties_up_to_date(due, command):
    first = command("due", ASSIGNMENT, "--timezone", "UTC")[1].splitlines()
    assert first[:2] == [
        f"{ASSIGNMENT} is due on 2026-10-01 21:59 UTC",
        "extended has until 2026-10-04 21:59 UTC",
    ]
    assert penalties(due) == pytest.approx(LATE)
    with opened(due) as gradebook:
        gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "two_days").manual_score = 10
        gradebook.db.commit()
    again = command("due", ASSIGNMENT, "--timezone", "UTC")[1].splitlines()
    assert again[5:] == [
        "two_days: late penalty 6 of 30 points (was 10)",
        f"then: autograder feedback {ASSIGNMENT} and autograder export, to give it back",
    ]
    assert again[:5] == command("due", ASSIGNMENT, "--timezone", "UTC")[1].splitlines()


def test_no_due_date_takes_penalties_and_extensions_back(due, command):
    late.update(due, ASSIGNMENT)
    status, out, _ = command("due", ASSIGNMENT, "--none")
    assert status == 0
    assert out.startswith(f"{ASSIGNMENT} has no due date\n")
    assert "two_days: late penalty 0 of 50 points (was 10)" in out
    assert nbgraders(due, release.nbgrader_config(due)) == dict.fromkeys(CLASS)


def test_an_extension_replaces_the_one_before_and_nothing_takes_it_back(due, command):
    for length, penalty in [("1", 5), ("2", None), ("0", 10)]:
        assert command("extend", ASSIGNMENT, "two_days", "--days", length)[0] == 0
        assert penalties(due)["two_days"] == penalty


def test_a_gradebook_is_made_where_there_is_none(tmp_path, capsys):
    project = make_project(tmp_path / "project")
    assert main(["-C", str(project.root), "due", ASSIGNMENT]) == 0
    assert capsys.readouterr().out == f"{ASSIGNMENT} has no due date\n"
    assert main(["-C", str(project.root), "due", ASSIGNMENT, "2026-10-01T21:59Z"]) == 0
    with opened(project) as gradebook:
        assert gradebook.find_assignment(ASSIGNMENT).duedate == DUE.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("00_mini", "two_day", "--days", "1"), "no student 'two_day' (there is two_days"),
        (("00_mini", "xyz", "--days", "1"), f"no student 'xyz' (of {len(CLASS) + 1} students)"),
        (("00_mini", "not_handed_in", "--days", "1"), "give the extension when it is"),
        (("00_mini", "two_days"), "how much longer?"),
        (("00_mini", "two_days", "--days", "-1"), "between 0 and 366 days"),
        (("00_mini", "two_days", "--days", "nan"), "between 0 and 366 days"),
        (("00_mini", "two_days", "--hours", "1e30"), "between 0 and 366 days"),
        (("99_none", "two_days", "--days", "1"), "there is no assignment '99_none'"),
    ],
)
def test_an_extension_that_cannot_be_given_is_refused_in_a_line(due, command, arguments, said):
    status, out, error = command("extend", *arguments)
    assert (status, out) == (1, "")
    assert said in error
    assert error.count("\n") == 1


def test_an_extension_needs_a_due_date(project, command):
    status, _, error = command("extend", ASSIGNMENT, "two_days", "--days", "1")
    assert status == 1
    assert "no due date" in error
