"""A class is divided among graders: evenly, without a name, and so that nothing is read twice."""

import json
import re
import sqlite3

import pytest
from mini_course import ASSIGNMENT

from autograder.cli import main
from autograder.project import UserError
from autograder.recording import shares

LINE = re.compile(r"(\w+) +Submission #(\d+) to #(\d+) \((\d+)\); (\d+) wait for a person")


@pytest.fixture
def share(graded_copy, capsys):
    """Runs the command; gives (exit code, [(grader, first, last, count, waiting)], errors)."""

    def call(*arguments):
        code = main(["-C", str(graded_copy.root), "share", ASSIGNMENT, *arguments])
        out, err = capsys.readouterr()
        return code, [(w, *map(int, n)) for w, *n in LINE.findall(out)], err

    call.project = graded_copy
    return call


def in_gradebook(project, statement, *values):
    with sqlite3.connect(project.course / "gradebook.db") as gradebook:
        return gradebook.execute(statement, values).fetchall()


def listed(project):
    """The ids of the submissions, as Formgrader numbers them."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    folder = CourseDirectory(root=str(project.course), db_url=project.database)
    api = NbGraderAPI(coursedir=folder)
    rows = api.get_notebook_submissions(ASSIGNMENT, ASSIGNMENT)
    assert [row["index"] for row in rows] == [*range(11)]  # it shows them from 1
    return [row["id"] for row in rows]


def test_shares_are_even_and_no_name_is_in_them(share):
    assert share("ann", "bo", "cy") == (
        0,
        [("ann", 1, 3, 3, 0), ("bo", 4, 7, 4, 0), ("cy", 8, 11, 4, 0)],
        "",
    )
    kept = json.loads((share.project.course / "shares.json").read_text())
    ids = listed(share.project)
    assert kept == {ASSIGNMENT: {"ann": "", "bo": ids[3], "cy": ids[7]}}


def test_what_comes_later_falls_into_one_share_and_moves_no_other(share):
    share("ann", "bo", "cy")
    ids = listed(share.project)
    between = f"{ids[4]}0"  # just after the fifth, which is bo's
    in_gradebook(share.project, "PRAGMA foreign_keys = OFF")
    in_gradebook(
        share.project,
        "UPDATE submitted_notebook SET id = ? WHERE id = ?",
        *(between, ids[0]),
    )
    code, rows, _ = share()
    assert code == 0
    assert rows == [("ann", 1, 2, 2, 0), ("bo", 3, 7, 5, 0), ("cy", 8, 11, 4, 0)]


def test_what_waits_is_counted_where_it_lies(share):
    share("ann", "bo")
    ids = listed(share.project)
    for each in (ids[0], ids[9], ids[10]):
        statement = "UPDATE grade SET needs_manual_grade = 1 WHERE notebook_id = ?"
        in_gradebook(share.project, statement, each)
    assert [row[4] for row in share()[1]] == [1, 2]


def test_questions_go_whole_to_the_one_with_fewest_points(graded_copy):
    rubrics = {"a": 2, "b": 9, "c": 3, "d": 4, "e": 2}
    shares.divide(graded_copy, ASSIGNMENT, ["ann", "bo"], rubrics)
    kept = json.loads((graded_copy.course / "shares.json").read_text())
    assert kept == {ASSIGNMENT: {"ann": ["b", "e"], "bo": ["d", "c", "a"]}}


def test_what_waits_of_a_question_is_counted_for_its_grader(share):
    from autograder.authoring import release

    exercises = release.taught(share.project, ASSIGNMENT).graded
    points = {name: each.points for name, each in exercises.items()}
    shares.divide(share.project, ASSIGNMENT, ["ann", "bo"], points)
    cells = "SELECT id FROM base_cell WHERE name = 'test_mean'"
    statement = f"UPDATE grade SET needs_manual_grade = 1 WHERE cell_id IN ({cells})"
    in_gradebook(share.project, statement)
    assert [*shares.lines(share.project, ASSIGNMENT, exercises)] == [
        "ann  mean (40 points) of 11 submissions; 11 wait for a person",
        "bo   double, clip (60 points) of 11 submissions; 0 wait for a person",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "is not divided yet: autograder share 00_mini NAME NAME …"),
        (["ann", "ann"], "ann, ann: somebody is named twice"),
        ([*"abcdefghijkl"], "has 11 submissions, too few for 12 graders"),
        (["ann", "--questions"], "has 0 questions that a person reads, too few for 1 graders"),
        (["--questions"], "among whom? autograder share 00_mini NAME NAME … --questions"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(share, arguments, said):
    code, rows, err = share(*arguments)
    assert (code, rows) == (1, [])
    assert said in err
    assert err.count("\n") == 1
    assert not (share.project.course / "shares.json").exists()


def test_a_class_without_a_gradebook_is_not_divided(project):
    with pytest.raises(UserError, match=r"nothing is graded yet: run `autograder grade 00_mini`"):
        shares.divide(project, ASSIGNMENT, ["ann"])


@pytest.mark.parametrize("text", ["{", "[]", '{"00_mini": 3}', '{"00_mini": {"ann": 3}}'])
def test_a_damaged_file_is_named(share, text):
    (share.project.course / "shares.json").write_text(text)
    code, _, err = share()
    assert code == 1
    assert err.endswith("shares.json is damaged: remove it, and divide once more\n")
