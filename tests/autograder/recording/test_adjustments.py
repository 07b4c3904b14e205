"""Adjustments: the log; the same totals in nbgrader, on the page and in the table; and back."""

import csv
import json
import shutil

import pytest
from mini_course import ASSIGNMENT, end_early
from nbgrader.api import Gradebook

from autograder import grade
from autograder.cli import main
from autograder.recording import adjustments
from autograder.recording.adjustments import Adjustment, InForce

# by hand, as in test_grade: double 30, clip 30 in two tests, mean 40
SCORES = {"reference": 100, "first-half": 30, "second-half": 70, "one-mistake": 60, "untouched": 0}
WHY = ("--reason", "The task named the wrong axis.")


@pytest.fixture
def command(graded_copy, capsys):
    """Runs a command on a graded class; gives (exit code, output, errors)."""

    def call(*arguments):
        code = main(["-C", str(graded_copy.root), *arguments])
        end_early()  # as the command's process does
        return code, *capsys.readouterr()

    call.project = graded_copy
    return call


def nbgraders(project):
    """{student: (points, out of how many)}, as Formgrader lists them."""
    with Gradebook(project.database) as gradebook:
        rows = gradebook.submission_dicts(ASSIGNMENT)
        return {row["student"]: (row["score"], row["max_score"]) for row in rows}


def some(project):
    return {student: nbgraders(project)[student] for student in SCORES}


def exported(command):
    """{student: (points, out of how many)} of grades.csv."""
    assert command("export")[0] == 0
    with open(command.project.course / "grades.csv") as file:
        return {
            row["student_id"]: (float(row["score"]), float(row["max_score"]))
            for row in csv.DictReader(file)
        }


def stored(project):
    """Every point of the gradebook, as it is stored, and the maximum of every test."""
    with Gradebook(project.database) as gradebook:
        rows = {}
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            for g in submission.notebooks[0].grades:
                key = submission.student.id, g.name
                rows[key] = (g.auto_score, g.manual_score, g.extra_credit, g.max_score)
        return rows


def by_hand(project, student, test, **columns):
    """Write into a grade as Formgrader does."""
    with Gradebook(project.database) as gradebook:
        points = gradebook.find_grade(test, ASSIGNMENT, ASSIGNMENT, student)
        for column, value in columns.items():
            setattr(points, column, value)
        gradebook.db.commit()


def record_again(project):
    """Have all that was run written down once more."""
    shutil.rmtree(project.course / "autograded")
    report = grade.grade(project, ASSIGNMENT)
    assert len(report.recorded) == 11


def page(project, student):
    assert main(["-C", str(project.root), "feedback", ASSIGNMENT, student]) == 0
    return (project.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()


# --- what comes of each ---


@pytest.mark.parametrize(
    ("exercise", "how", "wanted"),
    [
        (  # reference has all; first-half nothing but double; one-mistake nothing of mean
            "mean",
            "--full",
            {"reference": (100, 100), "first-half": (70, 100), "second-half": (70, 100)}
            | {"one-mistake": (100, 100), "untouched": (40, 100)},
        ),
        (
            "mean",
            "--void",
            {"reference": (60, 60), "first-half": (30, 60), "second-half": (30, 60)}
            | {"one-mistake": (60, 60), "untouched": (0, 60)},
        ),
        (
            "mean",
            "--bonus",
            {"reference": (100, 60), "first-half": (30, 60), "second-half": (70, 60)}
            | {"one-mistake": (60, 60), "untouched": (0, 60)},
        ),
        (  # of two tests
            "clip",
            "--void",
            {"reference": (70, 70), "first-half": (30, 70), "second-half": (40, 70)}
            | {"one-mistake": (30, 70), "untouched": (0, 70)},
        ),
    ],
)
def test_for_everybody_and_back(command, exercise, how, wanted):
    before = stored(command.project)
    code, _, err = command("adjust", ASSIGNMENT, exercise, how, *WHY)
    assert (code, err) == (0, "")
    assert some(command.project) == wanted
    now = exported(command)
    assert {student: now[student] for student in wanted} == wanted
    record_again(command.project)
    assert some(command.project) == wanted
    assert command("adjust", ASSIGNMENT, exercise, "--undo", "--reason", "No.")[0] == 0
    assert stored(command.project) == before
    record_again(command.project)
    assert stored(command.project) == before


def test_for_some_an_exercise_that_does_not_count_has_the_share_of_the_rest(command):
    """So in per cent nothing but the rest counts, and all have one maximum."""
    before = stored(command.project)
    command("adjust", ASSIGNMENT, "mean", "second-half", "one-mistake", "--void", *WHY)
    # second-half has 30 of the other 60, one-mistake all of them; 40 points are to be shared out
    assert some(command.project) == {s: (points, 100) for s, points in SCORES.items()} | {
        "second-half": (50, 100),
        "one-mistake": (100, 100),
    }
    command("adjust", ASSIGNMENT, "mean", "one-mistake", "--undo", *WHY)
    assert some(command.project)["second-half"] == (50, 100)
    assert some(command.project)["one-mistake"] == (60, 100)
    command("adjust", ASSIGNMENT, "mean", "--undo", *WHY)
    assert stored(command.project) == before


def test_full_for_all_and_another_thing_for_one(command):
    command("adjust", ASSIGNMENT, "mean", "--full", *WHY)
    command("adjust", ASSIGNMENT, "mean", "first-half", "--undo", "--reason", "A blank answer.")
    assert some(command.project)["first-half"] == (30, 100)
    assert some(command.project)["untouched"] == (40, 100)
    _, out, _ = command("adjust", ASSIGNMENT)
    first, second = out.rstrip("\n").split("\n")
    assert first.startswith("mean counts in full: The task named the wrong axis. (")
    assert second == "  but not for first-half"


def test_what_a_person_gave_stays_and_is_there_after_an_adjustment_is_taken_back(command):
    project = command.project
    by_hand(project, "first-half", "test_mean", manual_score=25.0, needs_manual_grade=False)
    by_hand(project, "reference", "test_mean", extra_credit=5.0)
    before = stored(project)
    command("adjust", ASSIGNMENT, "mean", "--full", *WHY)
    assert some(project)["first-half"] == (70, 100)
    assert some(project)["reference"] == (105, 100)
    command("adjust", ASSIGNMENT, "mean", "--void", *WHY)
    assert some(project)["first-half"] == (30, 60)
    assert some(project)["reference"] == (60, 60)
    command("adjust", ASSIGNMENT, "mean", "--undo", *WHY)
    assert stored(project) == before


def test_what_is_changed_in_formgrader_meanwhile_is_a_persons_and_the_adjustment_holds(command):
    project = command.project
    command("adjust", ASSIGNMENT, "mean", "--full", *WHY)
    by_hand(project, "one-mistake", "test_mean", manual_score=35.0)
    by_hand(project, "untouched", "test_mean", extra_credit=3.0)
    command("export")
    assert some(project)["one-mistake"] == (100, 100)
    assert some(project)["untouched"] == (40, 100)
    command("adjust", ASSIGNMENT, "mean", "--undo", *WHY)
    assert some(project)["one-mistake"] == (95, 100)
    assert some(project)["untouched"] == (3, 100)


def test_work_that_comes_later_is_adjusted_too_and_what_was_killed_in_between_goes_on(command):
    project = command.project
    command("adjust", ASSIGNMENT, "clip", "--full", *WHY)
    submitted = project.course / "submitted"
    shutil.copytree(submitted / "first-half", submitted / "late-comer")
    shutil.copytree(
        submitted / "reference" / ASSIGNMENT,
        submitted / "untouched" / ASSIGNMENT,
        dirs_exist_ok=True,
    )
    _, out, _ = command("grade", ASSIGNMENT)
    assert "adjusted   clip counts in full: The task named the wrong axis. (" in out
    assert nbgraders(project)["late-comer"] == (60, 100)
    assert some(project)["untouched"] == (100, 100)
    # the log has it, the gradebook has not: as after a kill between the two
    path = project.course / adjustments.FILE
    row = json.loads(path.read_text()) | {"exercise": "mean", "what": "void"}
    path.write_text(path.read_text() + json.dumps(row) + "\n")
    assert exported(command)["late-comer"] == (60, 60)


def test_a_gradebook_that_is_lost_is_made_again_with_all_adjustments(command):
    command("adjust", ASSIGNMENT, "mean", "--void", *WHY)
    command("adjust", ASSIGNMENT, "clip", "first-half", "--full", *WHY)
    before = nbgraders(command.project)
    (command.project.course / "gradebook.db").unlink()
    assert command("grade", ASSIGNMENT)[0] == 0
    assert nbgraders(command.project) == before


def test_where_the_log_is_removed_so_is_what_it_said(command):
    before = stored(command.project)
    command("adjust", ASSIGNMENT, "mean", "--void", *WHY)
    (command.project.course / adjustments.FILE).unlink()
    exported(command)
    assert stored(command.project) == before


def test_late_penalties_follow(command):
    project = command.project
    path = project.course / "submitted" / "second-half" / ASSIGNMENT / "timestamp.txt"
    path.write_text("2026-10-03 02:00:00 UTC\n")
    command("grade", ASSIGNMENT)
    command("due", ASSIGNMENT, "2026-10-01 23:59", "--timezone", "UTC")
    assert exported(command)["second-half"] == (56, 100)  # two days: 20 % of 70
    _, out, _ = command("adjust", ASSIGNMENT, "double", "--full", *WHY)
    assert "second-half: 80 of 100 points (was 56)" in out
    assert exported(command)["second-half"] == (80, 100)
    record_again(project)
    assert exported(command)["second-half"] == (80, 100)


# --- what is shown ---


def test_the_page_says_what_was_decided_and_why(command):
    project = command.project
    command("adjust", ASSIGNMENT, "mean", "--full", *WHY)
    text = page(project, "first-half")
    assert "counts in full: The task named the wrong axis." in text
    assert "40 of 40" in text
    assert '<p class="total">70 <small>of 100 points</small></p>' in text
    command("adjust", ASSIGNMENT, "mean", "--void", "--reason", "<b>Not</b> taught.")
    text = page(project, "first-half")
    assert "does not count: &lt;b&gt;Not&lt;/b&gt; taught." in text
    assert '<p class="total">30 <small>of 60 points</small></p>' in text
    assert '<td class="number">–</td>' in text
    command("adjust", ASSIGNMENT, "mean", "--bonus", *WHY)
    text = page(project, "reference")
    assert "40 of 40, bonus" in text
    assert "counts as a bonus: The task named the wrong axis." in text
    assert "solved" in text
    command("adjust", ASSIGNMENT, "mean", "--undo", *WHY)
    assert "wrong axis" not in page(project, "reference")


def test_the_page_says_what_has_the_share_of_the_rest_and_what_was_given_by_hand(command):
    project = command.project
    by_hand(project, "second-half", "test_double", manual_score=12.0)
    command("adjust", ASSIGNMENT, "mean", "second-half", "--void", *WHY)
    text = page(project, "second-half")  # 12 + 30 of 60 are 70 %, and 28 of 40
    assert '<p class="total">70 <small>of 100 points</small></p>' in text
    assert "28 of them are for mean, in place of up to 40" in text
    assert "given by hand" in text
    assert "given by hand" not in page(project, "reference")
    assert "in place of" not in page(project, "reference")


def test_the_report_shows_what_tests_gave_and_lists_what_was_adjusted(command):
    command("report", ASSIGNMENT)
    path = command.project.course / "reports" / f"{ASSIGNMENT}.html"
    table = path.read_text().split("<h2>Exercises</h2>")[1].split("</table>")[0]
    assert "Adjusted afterwards" not in path.read_text()
    command("adjust", ASSIGNMENT, "mean", "--void", *WHY)
    command("adjust", ASSIGNMENT, "clip", "first-half", "--full", *WHY)
    command("report", ASSIGNMENT)
    after = path.read_text()
    assert after.split("<h2>Exercises</h2>")[1].split("</table>")[0] == table
    assert "does not count: The task named the wrong axis." in after
    assert "counts in full: The task named the wrong axis." in after


def test_explain_names_it_beside_what_the_test_gave(command):
    command("adjust", ASSIGNMENT, "mean", "one-mistake", "--full", *WHY)
    _, out, _ = command("explain", ASSIGNMENT, "one-mistake", "mean")
    assert out.startswith("one-mistake, mean: 40 of 40 points\n")
    assert (
        "\nadjusted   mean counts in full for one-mistake: The task named the wrong axis. (" in out
    )
    assert "test_mean: failed in its visible part; 0 of 40 points" in out


def test_the_log_says_who_when_what_and_why_and_only_grows(command):
    command("adjust", ASSIGNMENT, "mean", "one-mistake", "--full", *WHY)
    path = command.project.course / adjustments.FILE
    [first] = path.read_text().splitlines()
    row = json.loads(first)
    assert (row["exercise"], row["what"], row["students"]) == ("mean", "full", ["one-mistake"])
    assert row["reason"] == WHY[1]
    assert row["who"]
    assert row["when"].endswith(" UTC")
    _, out, _ = command("adjust", ASSIGNMENT, "mean", "--undo", "--reason", "A slip.")
    assert "one-mistake: 60 of 100 points (was 100)" in out
    assert path.read_text().splitlines()[0] == first
    assert len(path.read_text().splitlines()) == 2
    assert command("adjust", ASSIGNMENT)[1] == f"nothing in {ASSIGNMENT} is adjusted\n"


# --- what is in force ---


def row(what, *students, exercise="mean"):
    return Adjustment("", "", ASSIGNMENT, exercise, what, students, what)


@pytest.mark.parametrize(
    ("log", "ann", "bob"),
    [
        ([], None, None),
        ([row("full")], "full", "full"),
        ([row("full", "ann")], "full", None),
        ([row("full"), row("undo", "ann")], None, "full"),
        ([row("full"), row("void", "ann")], "void", "full"),
        ([row("void", "ann"), row("full")], "full", "full"),
        ([row("full", "ann"), row("undo")], None, None),
        ([row("full", "ann", "bob"), row("undo", "ann"), row("full", "ann")], "full", "full"),
        ([row("full"), row("void", exercise="clip")], "full", "full"),
    ],
)
def test_the_last_word_holds_and_one_for_everybody_ends_those_for_some(log, ann, bob):
    found = InForce(log)
    for student, wanted in (("ann", ann), ("bob", bob)):
        each = found.of(student).get("mean")
        assert (each and each.what) == wanted


# --- what is refused ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["men", "--full", *WHY], "has no exercise 'men' (there are: double, clip, mean)"),
        (["mean", "--full"], "how, and why? --full, --void, --bonus or --undo, and --reason TEXT"),
        (["mean", *WHY], "how, and why?"),
        (["mean", "--full", "--reason", "  "], "a reason has 1 to 500 characters"),
        (["mean", "--full", "--reason", "x" * 501], "a reason has 1 to 500 characters"),
        (["mean", "--full", "--reason", "\x1b[2J"], "a reason has 1 to 500 characters"),
        (["mean", "referenc", "--full", *WHY], "there is no student 'referenc' (there is refere"),
        (["mean", "reference", "--bonus", *WHY], "--bonus is for everybody"),
        (["mean", "--undo", *WHY], "mean is not adjusted: there is nothing to undo"),
        (["double", "reference", "--undo", *WHY], "double is not adjusted for reference"),
        (["clip", "reference", "--full", *WHY], "clip does not count, for everybody, and can be"),
        (["--full"], "which exercise? 00_mini has double, clip, mean"),
    ],
)
def test_what_makes_no_sense_is_a_line_and_nothing_is_written(command, arguments, said):
    command("adjust", ASSIGNMENT, "clip", "--void", *WHY)
    path = command.project.course / adjustments.FILE
    before = path.read_bytes(), stored(command.project)
    code, out, err = command("adjust", ASSIGNMENT, *arguments)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert (path.read_bytes(), stored(command.project)) == before


def test_the_last_exercise_that_counts_stays(command):
    command("adjust", ASSIGNMENT, "clip", "--void", *WHY)
    command("adjust", ASSIGNMENT, "mean", "--bonus", *WHY)
    code, _, err = command("adjust", ASSIGNMENT, "double", "reference", "--void", *WHY)
    assert code == 1
    assert "double is the last exercise that counts for reference: it stays" in err
    assert command("adjust", ASSIGNMENT, "double", "--void", *WHY)[0] == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"what": "full"}', "null"])
@pytest.mark.parametrize("what", [["export"], ["grade", ASSIGNMENT], ["adjust", ASSIGNMENT]])
def test_a_damaged_log_stops_everything_that_would_need_it(command, line, what):
    command("adjust", ASSIGNMENT, "mean", "--full", *WHY)
    path, before = command.project.course / adjustments.FILE, stored(command.project)
    path.write_text(path.read_text() + line + "\n")
    code, _, err = command(*what)
    assert code == 1
    assert f"_build/course/{adjustments.FILE}, line 2, is no adjustment: put back a copy" in err
    assert stored(command.project) == before


def test_it_can_be_said_before_anything_is_graded(command):
    shutil.rmtree(command.project.course / "autograded")
    (command.project.course / "gradebook.db").unlink()
    code, out, _ = command("adjust", ASSIGNMENT, "mean", "--void", *WHY)
    assert code == 0
    assert out.endswith("0 students have other points\n")
    command("grade", ASSIGNMENT)
    assert some(command.project)["reference"] == (60, 60)


def test_a_class_that_is_taught_a_part_of_the_course_exports_what_is_adjusted(command):
    """What its course.toml does not name is never looked at."""
    solutions = command.project.solution(ASSIGNMENT).parent
    shutil.copytree(solutions / ASSIGNMENT, solutions / "01_again")
    command.project.choice.write_text(f"[{ASSIGNMENT}]\n")
    assert command("adjust", ASSIGNMENT, "mean", "--void", *WHY)[0] == 0
    assert exported(command)["reference"] == (60, 60)
    assert command("export", "--pseudonyms")[0] == 0
