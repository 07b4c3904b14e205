"""A student is named by a folder, a name, an e-mail address or a number: in each command alike."""

import io

import pytest
from mini_course import ASSIGNMENT, end_early

from autograder.cli import main
from autograder.people import Class, Member, Person, keep
from autograder.project import UserError
from autograder.recording import adjustments
from autograder.students import Students

WHO = "one-mistake"
MEMBERS = [
    Member(WHO, ["Bo Nilsson", "Nilsson Bo"], {"email": "bo@uni.example", "number": "1002"}),
    Member("first-half", ["Anna Ek"], {"email": "anna@uni.example", "number": "1003"}),
    Member("second-half", ["Anna Ek"], {"email": "anna2@uni.example", "login": "untouched"}),
    Member("not-handed-in", ["Eve Holm"]),
]
NAMES = (WHO, "bo@uni.example", "1002", "Bo Nilsson", "NILSSON  bo")


@pytest.fixture
def command(graded_copy, capsys, monkeypatch):
    """Runs a command on a graded class that was read; gives (exit code, output, errors)."""
    Class(MEMBERS).write(graded_copy.course)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))  # to `forget`: no

    def call(*arguments):
        code = main(["-C", str(graded_copy.root), *arguments])
        end_early()
        return code, *capsys.readouterr()

    call.project = graded_copy
    return call


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("grade", ASSIGNMENT, "{}"), 0, "one-mistake    30    30     0    60"),
        (("grade", ASSIGNMENT, "{}", "--dry-run"), 0, "1 unchanged"),
        (("explain", ASSIGNMENT, "{}", "mean"), 0, "one-mistake, mean: 0 of 40 points"),
        (("feedback", ASSIGNMENT, "{}"), 0, f"feedback/{WHO}/{ASSIGNMENT}/{ASSIGNMENT}.html"),
        (("forget", "{}"), 1, "remove all of it? Type one-mistake to go on: "),
    ],
)
def test_a_command_does_the_same_whatever_a_student_is_called_by(command, arguments, code, said):
    done = [command(*(text.format(name) for text in arguments)) for name in NAMES]
    assert done[0][0] == code
    assert said in done[0][1]
    assert done[1:] == done[:1] * (len(NAMES) - 1)


def test_points_are_adjusted_of_whoever_is_meant_and_once(command):
    how = ("--full", "--reason", "A reason.")
    code, out, _ = command("adjust", ASSIGNMENT, "mean", *NAMES, *how)
    assert (code, out.splitlines()[1]) == (0, "one-mistake: 100 of 100 points (was 60)")
    [row] = adjustments.read(command.project)
    assert row.students == (WHO,)


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", ASSIGNMENT, WHO, "{}"),
        ("grade", ASSIGNMENT, "{}", "--dry-run"),
        ("explain", ASSIGNMENT, "{}", "mean"),
        ("feedback", ASSIGNMENT, WHO, "{}"),
        ("adjust", ASSIGNMENT, "mean", "{}", "--full", "--reason", "A reason."),
        ("forget", "{}"),
    ],
)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Anna Ek", "Anna Ek is not one student (first-half, second-half)"),
        ("1004", "there is no student '1004' (of 12 students)"),
        ("one-mistak", "there is no student 'one-mistak' (there is one-mistake, all-mistakes)"),
    ],
)
def test_who_is_not_one_student_is_a_line_and_nothing_is_done(command, arguments, text, said):
    assert command(*(each.format(text) for each in arguments)) == (1, "", f"autograder: {said}\n")
    assert not (command.project.course / adjustments.FILE).exists()


def test_a_folders_name_is_that_folders_though_it_is_anothers_login(command):
    found = Students(command.project)
    assert found.named("untouched") == "untouched"
    with pytest.raises(UserError, match=r"untouched is not one student \(second-half, untouched"):
        found.find("untouched")  # in a table it may be either


def test_everybody_of_whom_something_is_kept_is_known(project):
    """Without a class and a gradebook: from folders, and from what was collected."""
    for place in ("submitted/Ada_L", "feedback/Cy"):
        (project.course / place).mkdir(parents=True)
    keep(project.course, ASSIGNMENT, {"Bo_N": {Person("moodle", "Bo N", "7").key: ""}})
    found = Students(project)
    assert [found.named(text) for text in ("Ada L", "Bo_N", "cy")] == ["Ada_L", "Bo_N", "Cy"]
    assert found.names == {"Ada_L", "Bo_N", "Cy"}


def test_signs_are_nobodys_name(project):
    (project.course / "submitted" / "___").mkdir(parents=True)
    assert Students(project).named("___") == "___"
    with pytest.raises(UserError, match=r"there is no student '\.\.' \(of 1 students\)"):
        Students(project).named("..")
