"""Late work: our policy, nbgrader's gradebook, and the same penalties as nbgrader's own step."""

import re
import shutil
import time
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from mini_course import ASSIGNMENT, end_early, make_project
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties

from autograder import times
from autograder.authoring import release
from autograder.cli import main
from autograder.people import Class, Member
from autograder.project import UserError
from autograder.recording import extensions, gradebook, late
from autograder.recording.late import LatePolicy
from autograder.returning import export

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
    (tmp_path / "course").mkdir(mode=0o700)
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


def test_printed_totals_are_those_that_are_exported(due):
    built = release.build(due, ASSIGNMENT)
    exercises = built.parsed.exercises

    def printed():
        scores, lost = gradebook.scores(due, built), gradebook.penalties(due, ASSIGNMENT)
        head, *rows = export.as_text(scores, exercises, lost).split("\n")[: len(CLASS) + 1]
        return head.split(), {row.split()[0]: [*map(float, row.split()[1:])] for row in rows}

    head, rows = printed()
    assert head == ["1", "2", "3", "total"]
    assert rows["two_days"] == [30, 0, 20, 50]
    late.update(due, ASSIGNMENT)
    head, rows = printed()
    assert head == ["1", "2", "3", "late", "total"]
    exported = {g.student: g.score for g in export.read_grades(due) if g.score is not None}
    assert {student: row[-1] for student, row in rows.items()} == pytest.approx(exported)
    assert {student: -row[-2] for student, row in rows.items()} == pytest.approx(
        {student: penalty or 0 for student, penalty in LATE.items()}
    )
    assert rows["by_hand"] == [30, 0, 7, -7.4, 29.6]


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
        (("00_mini", "two_days"), "how long? --days N"),
        (("00_mini", "two_days", "--days", "1", "--until", "2026-10-04"), "how long? --days N"),
        (("00_mini", "--days", "1"), "for whom? STUDENT or --table FILE"),
        (("00_mini", "two_days", "--table", "x.csv"), "for whom? STUDENT or --table FILE"),
        (("00_mini", "--table", "x.csv"), "x.csv: no such file"),
        (
            ("00_mini", "two_days", "--until", "2026-10-01 21:59", "--timezone", "UTC"),
            "2026-10-01 21:59 UTC is not after the due date, 2026-10-01 21:59 UTC",
        ),
        (("00_mini", "two_days", "--until", "2028-10-01 21:59"), "more than 366 days after"),
        (("00_mini", "two_days", "--until", "soon"), "'soon' is no date and time"),
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


# --- extensions before the work ---


def test_an_extension_waits_for_the_work(due, command):
    late.update(due, ASSIGNMENT)
    status, out, _ = command("extend", ASSIGNMENT, "not_handed_in", "--days", "2")
    assert (status, out) == (
        0,
        "not_handed_in has until 2026-10-04 06:59 JST (2026-10-03 21:59 UTC)\n",
    )
    out = command("due", ASSIGNMENT, "--timezone", "UTC")[1]
    assert "not_handed_in has until 2026-10-03 21:59 UTC" in out
    assert extensions.read(due, ASSIGNMENT) == {"not_handed_in": 2 * DAY}
    command("extend", ASSIGNMENT, "not_handed_in", "--until", "2026-10-02T21:59Z")
    assert extensions.read(due, ASSIGNMENT) == {"not_handed_in": DAY}
    command("due", ASSIGNMENT, "2026-10-02 21:59", "--timezone", "UTC")  # it moves with the date
    out = command("due", ASSIGNMENT, "--timezone", "UTC")[1]
    assert "not_handed_in has until 2026-10-03 21:59 UTC" in out
    command("extend", ASSIGNMENT, "not_handed_in", "--days", "0")
    assert extensions.read(due, ASSIGNMENT) == {}


def test_it_is_applied_when_the_work_comes_and_an_older_work_is_judged_by_its_own(graded_copy):
    """Three days late, two of them given: 10 %. second-half's is given afterwards, and replaced."""
    course = graded_copy.course
    call = ["-C", str(graded_copy.root)]
    stamp = "2026-10-04 21:00:00 UTC\n"
    assert main([*call, "due", ASSIGNMENT, "2026-10-01T21:59Z"]) == 0
    shutil.copytree(course / "submitted" / "reference", course / "submitted" / "new")
    for student in ("new", "second-half"):
        (course / "submitted" / student / ASSIGNMENT / "timestamp.txt").write_text(stamp)
    assert main([*call, "extend", ASSIGNMENT, "new", "--days", "2"]) == 0
    assert main([*call, "extend", ASSIGNMENT, "second-half", "--days", "1"]) == 0
    assert main([*call, "grade", ASSIGNMENT, "new", "second-half"]) == 0
    end_early()
    found = penalties(graded_copy)
    assert (found["new"], found["second-half"]) == (10, 14)
    (course / "gradebook.db").unlink()  # what was given is not lost with it
    assert main([*call, "due", ASSIGNMENT, "2026-10-01T21:59Z"]) == 0
    assert main([*call, "grade", ASSIGNMENT]) == 0
    assert penalties(graded_copy) == found
    assert main([*call, "due", ASSIGNMENT, "--none"]) == 0
    assert extensions.read(graded_copy) == {}


def test_a_damaged_file_of_extensions_is_a_line(due, command):
    for text in ("{", "[]", '{"00_mini": {"ann": "2"}}', '{"00_mini": {"ann": -5}}'):
        (due.course / extensions.FILE).write_text(text)
        status, _, error = command("due", ASSIGNMENT)
        assert (status, error.count("\n")) == (1, 1)
        assert "extensions.json is damaged: put back a copy" in error


# --- and from a table ---


@pytest.fixture
def class_of_three(due):
    anna, bo, eve = (
        Member("two_days", ["Anna Ek"], {"email": "anna@uni.example", "number": "1001"}),
        Member("five_days", ["Bo Nilsson"], {"email": "bo@uni.example"}),
        Member("not_handed_in", ["Eve Holm"], {"login": "eho"}),
    )
    Class([anna, bo, eve]).write(due.course)
    return due


def table(project, text):
    path = project.course / "more time.csv"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        "Name,Days\nAnna Ek,1\nBo Nilsson,2\nEve Holm,3\n",
        "Email address;Hours\nanna@uni.example;24\nbo@uni.example;48,0\n;\nEve Holm;72\n",
        "First name,Last name,days,hours\nAnna,Ek,,24\nBo,Nilsson,1,24\nEve,Holm,3,\n",
        "id,comment,until\n1001,ill,2026-10-02 21:59\nfive_days,,2026-10-03 21:59\n"
        "eho,,2026-10-04 21:59\n",
    ],
)
def test_a_table_says_who_and_how_long(class_of_three, command, text):
    where = table(class_of_three, text)
    status, out, error = command("extend", ASSIGNMENT, "--table", where, "--timezone", "UTC")
    assert (status, error) == (0, "")
    assert out.splitlines()[:3] == [
        "two_days has until 2026-10-02 21:59 UTC",
        "five_days has until 2026-10-03 21:59 UTC",
        "not_handed_in has until 2026-10-04 21:59 UTC",
    ]
    found = extensions.read(class_of_three, ASSIGNMENT)
    assert found == {"two_days": DAY, "five_days": 2 * DAY, "not_handed_in": 3 * DAY}
    assert (penalties(class_of_three)["two_days"], penalties(class_of_three)["five_days"]) == (
        5,
        15,
    )


BAD = """\
Name,Days,Until
Anna Ek,1,
Bo Nilsson,,2026-09-30 12:00
Ann Ek,1,
Anna Ek,2,
Eve Holm,many,
eho,,
five_days,1,2026-10-03 12:00
not_handed_in,-1,
"""


def test_every_fault_of_a_table_is_a_line_and_nothing_is_written(class_of_three, command):
    late.update(class_of_three, ASSIGNMENT)
    before = (class_of_three.course / "gradebook.db").read_bytes()
    where = table(class_of_three, BAD)
    status, out, error = command("extend", ASSIGNMENT, "--table", where, "--timezone", "UTC")
    assert (status, out) == (1, "")
    said = [line.rpartition("more time.csv, ")[2] for line in error.splitlines()]
    assert said == [
        "line 3: 2026-09-30 12:00 UTC is not after the due date, 2026-10-01 21:59 UTC",
        f"line 4: there is no student 'Ann Ek' (of {len(CLASS) + 1} students)",
        "line 5: two_days is there twice",
        "line 6: 'many' is no number of days",
        "line 7: write days or hours, or until when, in each row",
        "line 8: write days or hours, or until when, in each row",
        "line 9: an extension of -1 days and 0 hours: it must be between 0 and 366 days",
        "nothing was written",
    ]
    assert extensions.read(class_of_three) == {}
    assert (class_of_three.course / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize("head", ["Name,Weeks", "Who,Days"])
def test_a_table_that_does_not_say_enough_is_a_line(class_of_three, command, head):
    where = table(class_of_three, f"{head}\nAnna Ek,1\n")
    status, _, error = command("extend", ASSIGNMENT, "--table", where)
    assert (status, error.count("\n")) == (1, 1)
    assert "it needs one of name, email, number or id, and one of days, hours, until" in error


def test_two_of_one_name_are_not_one_student(class_of_three, command):
    twins = [Member("two_days", ["Anna Ek"]), Member("five_days", ["Anna Ek"])]
    Class(twins).write(class_of_three.course)
    status, _, error = command("extend", ASSIGNMENT, "Anna Ek", "--days", "1")
    assert status == 1
    assert "Anna Ek is not one student (five_days, two_days)" in error


# --- late days ---


@pytest.fixture
def term(due):
    """The class, with three late days, and a second assignment that is due a week later."""
    with warnings.catch_warnings(), opened(due) as gradebook:
        warnings.simplefilter("ignore")  # as in nbgrader_config.py: of nbgrader's own making
        gradebook.add_assignment("01_next", duedate=DUE + 7 * DAY)
        gradebook.add_notebook("01_next", "01_next")
        gradebook.add_grade_cell("test", "01_next", "01_next", max_score=10, cell_type="code")
        for student, after in (("two_days", 9 * DAY), ("five_days", 8 * DAY), ("early", 8 * DAY)):
            submission = gradebook.add_submission("01_next", student, timestamp=DUE + after)
            submission.notebooks[0].grades[0].auto_score = 10
        gradebook.db.commit()
    config = due.root / "nbgrader_config.py"
    before = config.read_text()
    assert "late_days = 0" in before
    config.write_text(before.replace("late_days = 0", "late_days = 3"))
    yield due
    config.write_text(before)


def next_ones(project):
    with opened(project) as gradebook:
        return {
            submission.student.id: submission.notebooks[0].late_submission_penalty
            for submission in gradebook.assignment_submissions("01_next")
        }


def test_late_days_are_spent_in_the_order_of_the_due_dates(term, command):
    """two_days needs 2 days, then 2; five_days 5, then 1; early none, then 1: each has 3."""
    status, out, _ = command("due", ASSIGNMENT, "--timezone", "UTC")
    assert status == 0
    assert penalties(term) == pytest.approx(
        {**dict.fromkeys(CLASS, None), "five_days": 10.0, "a_month": 25.0}
    )
    assert next_ones(term) == {"two_days": 1.0, "five_days": 1.0, "early": None}
    for line in (
        "two_days has 0 of 3 late days left",
        "one_day has 2 of 3 late days left",
        "early has 2 of 3 late days left",
        "everybody else has 3",
        "two_days, 01_next: late penalty 1 of 10 points (was 0)",
    ):
        assert line in out.splitlines()
    assert f"then: autograder feedback {ASSIGNMENT} and autograder feedback 01_next and" in out


def test_what_an_extension_saves_is_there_for_what_is_due_later(term, command):
    command("due", ASSIGNMENT)
    _, out, _ = command("extend", ASSIGNMENT, "two_days", "--days", "1")
    assert penalties(term)["two_days"] is None
    assert next_ones(term)["two_days"] is None
    assert "two_days, 01_next: late penalty 0 of 10 points (was 1)" in out


def test_the_recorder_spends_them_as_due_does(term):
    policy = late.plugin(term)
    with opened(term) as gradebook:
        for name in ("01_next", ASSIGNMENT):  # in whatever order the work is graded
            for submission in late._submissions(gradebook, name):
                late.penalise_student(gradebook, submission, policy)
        gradebook.db.commit()
    before = penalties(term), next_ones(term)
    late.update(term, ASSIGNMENT)
    assert (penalties(term), next_ones(term)) == before
    assert before[1]["two_days"] == 1.0


# --- what would be ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("due", ASSIGNMENT, "2026-09-30T21:59Z"), "in_time: late penalty 5 of 50 points (was 0)"),
        (("due", ASSIGNMENT, "--none"), "two_days: late penalty 0 of 50 points (was 10)"),
        (("extend", ASSIGNMENT, "two_days", "--days", "3"), "two_days: late penalty 0 of 50"),
        (("extend", ASSIGNMENT, "not_handed_in", "--days", "3"), "not_handed_in has until"),
    ],
)
def test_a_dry_run_says_what_would_change_and_writes_nothing(due, command, arguments, said):
    command("extend", ASSIGNMENT, "not_handed_in", "--days", "1")
    late.update(due, ASSIGNMENT)
    before = {path.name: path.read_bytes() for path in due.course.iterdir()}
    status, out, error = command(*arguments, "--dry-run")
    assert (status, error) == (0, "")
    assert said in out
    assert out.endswith("nothing was written\n")
    assert {path.name: path.read_bytes() for path in due.course.iterdir()} == before
    wet = command(*arguments)[1]
    assert out == wet + "nothing was written\n"


def test_a_dry_run_knows_who_has_handed_in_and_is_not_graded_yet(due, command):
    (due.course / "submitted" / "newcomer").mkdir(parents=True)
    status, out, error = command("extend", ASSIGNMENT, "newcomer", "--days", "1", "--dry-run")
    assert (status, error) == (0, "")
    assert out.startswith("newcomer has until ")
