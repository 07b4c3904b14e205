"""A student is forgotten everywhere, and nobody else is."""

import io
import json
import sqlite3
from dataclasses import asdict

import pytest
from mini_course import ASSIGNMENT, run

from autograder import people
from autograder.cli import main
from autograder.people import Class, Member, Person
from autograder.project import UserError
from autograder.recording import adjustments, extensions, forget
from autograder.recording.gradebook import read_results

WHO = "one-mistake"
OTHER = "all-mistakes"


@pytest.fixture
def full(graded_copy):
    """A class in which every place that may hold something of a student holds something."""
    course = graded_copy.course
    Class([Member(WHO, ["One"]), Member(OTHER, ["All"])]).write(course)
    uploads = {who: {Person("moodle", who, "1").key: f"{who}_1_file/"} for who in (WHO, OTHER)}
    people.keep(course, ASSIGNMENT, uploads)
    for who in (WHO, OTHER):
        for path in (f"replaced/{ASSIGNMENT}/{who}/001.ipynb", f"logs/{ASSIGNMENT}/{who}.log"):
            (course / path).parent.mkdir(parents=True, exist_ok=True)
            (course / path).write_text(f"of {who}")
    extensions._write(graded_copy, {ASSIGNMENT: dict.fromkeys((WHO, OTHER), extensions.LONGEST)})
    rows = [
        asdict(adjustments.Adjustment("t", "b", ASSIGNMENT, "clip", "full", students, "r"))
        for students in ((WHO,), (WHO, OTHER), ())
    ]
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (course / adjustments.FILE).write_text(text)
    (course / "exported").mkdir()
    (course / "exported" / "canvas.json").write_text(json.dumps({ASSIGNMENT: {WHO: "1"}}))
    command = ["-C", str(graded_copy.root)]
    (course / adjustments.FILE).rename(course / "aside")
    assert main([*command, "report", ASSIGNMENT]) == 0
    (course / "aside").rename(course / adjustments.FILE)
    (course / f"feedback-{ASSIGNMENT}-moodle.zip").write_text(WHO)
    return graded_copy


def holding(course, name):
    """The files whose content or path has a name, but for what the sample class must get."""
    return [
        path.relative_to(course).as_posix()
        for path in course.rglob("*")
        if path.is_file()
        and path.relative_to(course).parts[0] != "sample"
        and (name in path.relative_to(course).as_posix() or name.encode() in path.read_bytes())
    ]


def test_nothing_of_the_student_is_left_and_all_of_the_others(full, capsys):
    course, before = full.course, read_results(full, ASSIGNMENT)
    others = {p: (course / p).read_bytes() for p in holding(course, OTHER) if f"/{OTHER}" in p}
    assert len(holding(course, WHO)) > 12
    assert main(["-C", str(full.root), "forget", WHO, "--yes"]) == 0
    said = capsys.readouterr().out
    assert f"removes   _build/course/submitted/{WHO}\n" in said
    assert "takes out _build/course/gradebook.db: 1 submissions with their points" in said
    assert holding(course, WHO) == []
    after = read_results(full, ASSIGNMENT)
    assert after == {who: result for who, result in before.items() if who != WHO}
    assert {p: (course / p).read_bytes() for p in others} == others
    assert [member.student for member in Class.read(course).members] == [OTHER]
    assert [*people.collected(course, ASSIGNMENT)] == [OTHER]
    assert [*extensions.read(full, ASSIGNMENT)] == [OTHER]
    assert [each.students for each in adjustments.read(full)] == [(OTHER,), ()]
    assert main(["-C", str(full.root), "export"]) == 0
    assert WHO not in (course / "grades.csv").read_text()


def test_what_would_be_forgotten_to_forget_is_named(full):
    (full.course / "notes.txt").write_text(f"{WHO} was ill")
    left = forget.forget(full, forget.find(full, WHO))
    assert left == [full.course / "notes.txt", full.course / "sample" / f"{ASSIGNMENT}.json"]


def test_the_gradebook_keeps_nothing_in_pages_that_are_free(full):
    path = full.course / "gradebook.db"
    assert WHO.encode() in path.read_bytes()
    forget.forget(full, forget.find(full, WHO))
    assert WHO.encode() not in path.read_bytes()
    with sqlite3.connect(path) as gradebook:
        assert gradebook.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 1), ("", 1), (f"{WHO}\n", 0)])
def test_it_asks(full, monkeypatch, capsys, answer, code):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    before = holding(full.course, WHO)
    assert main(["-C", str(full.root), "forget", WHO]) == code
    assert ("nothing was removed" in capsys.readouterr().err) == bool(code)
    assert {*holding(full.course, WHO)} == ({*before} if code else set())


@pytest.mark.parametrize("name", ["..", "../submitted", "", "one-mistak", "*"])
def test_nobody_is_forgotten_by_a_wrong_name(full, name):
    with pytest.raises(UserError, match=r"there is no student|name a student"):
        forget.find(full, name)


def test_the_others_are_not_run_again(full):
    (full.course / adjustments.FILE).unlink()
    assert run("autograder", "grade", ASSIGNMENT, cwd=full.root).returncode == 0
    forget.forget(full, forget.find(full, WHO))
    assert "0 graded, 10 unchanged" in run("autograder", "grade", ASSIGNMENT, cwd=full.root).stdout
