"""Grading: the scores that work deserves, by nbgrader alone and by us, and nothing lost."""

import csv
import gc
import json
import re
import shutil
import time
from concurrent.futures import Future
from pathlib import Path

import nbformat
import pytest
from mini_course import ASSIGNMENT, SMALL, run
from nbgrader.api import Gradebook
from served import get, server

from autograder import course, grade
from autograder.authoring import release
from autograder.cli import main
from autograder.judging import engine
from autograder.project import Project, UserError
from autograder.proving import sample
from autograder.returning import export

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
# by hand: double 30, clip 20 + 10 (the mistake passes the 20), mean 40
SCORES = {
    "reference": 100,
    "untouched": 0,
    "first-half": 30,
    "second-half": 70,
    "stray-error": 100,
    "does-not-parse": 70,
    "one-mistake": 60,
    "all-mistakes": 20,
}


def totals(project):
    """{student: score} of grades.csv."""
    with open(project.course / "grades.csv") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def cells(folder):
    """{(student, test): points} of a gradebook."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, g.cell.name): g.auto_score
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for g in submission.notebooks[0].grades
        }


def tree(folder):
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


# --- the sample class ---


def test_every_student_of_the_sample_class_gets_what_is_deserved(graded):
    found = totals(graded)
    assert {student: found[student] for student in SCORES} == SCORES
    assert 8 <= len(found) <= 12


def test_the_graded_notebook_has_the_tests_of_the_source_and_the_students_answers(graded):
    """As nbgrader leaves it: Formgrader shows hidden tests, too, whatever was handed in."""
    solved = nbformat.read(graded.course / "source" / ASSIGNMENT / NOTEBOOK, 4)
    tests = {c.metadata.nbgrader.grade_id: c.source for c in solved.cells if is_test(c)}
    assert "### BEGIN HIDDEN TESTS" in tests["test_double"]
    for student in totals(graded):
        paths = (graded.course / s / student / ASSIGNMENT / NOTEBOOK for s in STEPS)
        submitted, graded_nb = (nbformat.read(path, 4) for path in paths)
        found = {c.metadata.nbgrader.grade_id: c.source for c in graded_nb.cells if is_test(c)}
        assert found == tests, student
        own = [[c.source for c in nb.cells if not is_test(c)] for nb in (submitted, graded_nb)]
        assert own[0] == own[1], student


def test_the_graded_notebook_is_the_file_that_nbformat_would_write(graded):
    for student in totals(graded):
        path = graded.course / "autograded" / student / ASSIGNMENT / NOTEBOOK
        nb = nbformat.read(path, 4)
        nbformat.validate(nb)
        assert path.read_text("utf-8") == nbformat.writes(nb) + "\n", student


STEPS = ("submitted", "autograded")


def is_test(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


def test_every_student_gets_feedback(graded):
    unwritten = {}
    for student in totals(graded):
        text = (
            graded.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        ).read_text()
        assert "test_clip_low" in text
        unwritten[student] = "Replace the `raise` line in double" in text
    assert {student: unwritten[student] for student in SCORES} == {
        student: student in ("untouched", "second-half") for student in SCORES
    }


def test_the_command_ends_with_where_everything_is(graded):
    lines = (graded.root / "output.txt").read_text().split("\n")
    assert f"{ASSIGNMENT}: every score is as expected" in lines
    paths = [line.split()[1] for line in lines[-4:-1]]
    assert paths == [f"_build/course/{n}" for n in ("gradebook.db", "grades.csv", "feedback")]
    assert all((graded.root / path).exists() for path in paths)


def test_the_kernel_that_grades_has_the_withheld_library(graded):
    """all-mistakes calls the library's mean, which would be right."""
    path = graded.course / "feedback" / "all-mistakes" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "cs_lib.averages.mean: in this assignment you write this yourself" in path.read_text()


def test_a_class_that_does_not_get_what_it_must_is_reported(graded):
    right = dict.fromkeys(("double", "clip"), 30.0) | {"mean": 40.0}
    nothing = dict.fromkeys(right, 0.0)
    wanted = json.loads((graded.course / "sample" / f"{ASSIGNMENT}.json").read_text())
    scores = {student: dict(right) for student in wanted}
    scores["untouched"] = nothing
    scores["reference"]["clip"] = 20.0
    del scores["stray-error"]
    messages = sample.compare(graded.course, ASSIGNMENT, scores)
    assert "reference: clip: 20.0 points, not 30" in messages
    assert "stray-error: no score" in messages
    assert "one-mistake: mean: 40.0 points, not 0" in messages
    assert "all-mistakes: clip: 30.0 points, not at most 20" in messages
    assert not [m for m in messages if m.startswith("untouched")]


# --- nbgrader alone ---


@pytest.mark.tied(*SMALL)
def test_nbgrader_alone_gives_the_same_points(graded, tmp_path):
    """Also: a new gradebook needs `alembic`, which is not on PATH here."""
    root = tmp_path / "alone"
    shutil.copytree(graded.root, root, ignore=shutil.ignore_patterns("_build"))
    group = ["reference", "untouched", "all-mistakes"]
    for student in group:
        path = Path("_build", "course", "submitted", student)
        shutil.copytree(graded.root / path, root / path)
    path = Path("_build", "course", "source")
    shutil.copytree(graded.root / path, root / path)
    for command in (["generate_assignment", "--force"], ["autograde"], ["generate_feedback"]):
        done = run("nbgrader", *command, ASSIGNMENT, cwd=root, PATH="/usr/bin:/bin")
        assert done.returncode == 0, done.stderr
    ours, alone = cells(graded.course), cells(root / "_build" / "course")
    assert alone == {key: points for key, points in ours.items() if key[0] in group}
    assert len(alone) == 3 * 4
    for student in group:
        page = root / "_build" / "course" / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert page.is_file()


@pytest.mark.tied(*SMALL)
def test_formgrader_opens_on_the_same_gradebook_and_jupyter_on_the_release(graded, tmp_path):
    log = tmp_path / "server.log"
    with server(graded.root, log) as (address, token, process):
        until = time.monotonic() + 60
        status, page = get(address, "/formgrader/manage_assignments", token, process, until)
        assert status == 200, log.read_text()
        assert "formgrader" in page
        status, text = get(address, "/formgrader/api/assignments", token, process, until)
        assert status == 200, log.read_text()
        [assignment] = json.loads(text)
        assert assignment["name"] == ASSIGNMENT
        assert assignment["max_score"] == 100
        assert assignment["num_submissions"] == len(totals(graded))
        path = f"/formgrader/api/submissions/{ASSIGNMENT}"
        status, text = get(address, path, token, process, until)
        assert status == 200, log.read_text()
        assert {s["student"]: s["score"] for s in json.loads(text)} == totals(graded)
        status, page = get(address, f"/formgrader/gradebook/{ASSIGNMENT}", token, process, until)
        assert status == 200, log.read_text()
        path = f"/api/contents/assignments/{ASSIGNMENT}/{NOTEBOOK}"
        status, text = get(address, path, token, process, until)
        assert status == 200, log.read_text()
        released = json.loads(text)
        assert (released["type"], released.get("message")) == ("notebook", None)
    assert "not a subdirectory" not in log.read_text()


# --- again ---


def test_what_has_not_changed_is_not_graded_again(graded_copy, capsys, monkeypatch):
    monkeypatch.setattr(grade, "Engine", None)
    monkeypatch.setattr(grade.Recorder, "record", None)
    before = tree(graded_copy.course / "autograded") | tree(graded_copy.course / "feedback")
    assert main(["-C", str(graded_copy.root), "grade", ASSIGNMENT]) == 0
    assert "0 graded, 11 unchanged" in capsys.readouterr().out
    after = tree(graded_copy.course / "autograded") | tree(graded_copy.course / "feedback")
    assert after == before


def test_a_second_run_of_the_whole_does_nothing(graded_copy, capsys, monkeypatch):
    before = tree(graded_copy.course)
    monkeypatch.setattr(release, "build", None)
    assert main(["-C", str(graded_copy.root), "course"]) == 0
    assert "nothing has changed since" in capsys.readouterr().out
    assert tree(graded_copy.course) == before


@pytest.mark.parametrize(
    "path",
    [
        f"solutions/{ASSIGNMENT}/notebook.py",
        f"solutions/{ASSIGNMENT}/mistakes/double.py",
        f"assignments/{ASSIGNMENT}/{NOTEBOOK}",
        "cs_lib/averages.py",
        "nbgrader_config.py",
        "_build/course/gradebook.db",
        "_build/course/grades.csv",
        f"_build/course/submitted/reference/{ASSIGNMENT}/{NOTEBOOK}",
        f"_build/course/feedback/reference/{ASSIGNMENT}/{ASSIGNMENT}.html",
    ],
)
def test_the_whole_is_done_again_when_a_file_changed_or_is_gone(graded_copy, monkeypatch, path):
    class Redone(Exception):
        pass

    def redo(*_):
        raise Redone

    monkeypatch.setattr(release, "write", redo)
    file = graded_copy.root / path
    content = file.read_bytes()
    for change in (lambda: file.write_bytes(content + b"\n"), file.unlink):
        change()
        with pytest.raises((Redone, UserError)):  # an error where the only source is gone
            course.run(graded_copy, progress=None, say=print)


def test_only_what_changed_is_graded_and_a_failure_keeps_the_old_result(graded_copy, capsys):
    submitted = graded_copy.course / "submitted"
    better = submitted / "untouched" / ASSIGNMENT / NOTEBOOK
    shutil.copy(submitted / "reference" / ASSIGNMENT / NOTEBOOK, better)
    dying = submitted / "second-half" / ASSIGNMENT / NOTEBOOK
    dying.write_text(dying.read_text().replace("import math", "import os; os._exit(3)"))
    (submitted / "reference" / ASSIGNMENT / NOTEBOOK).write_text('{"cells": [')
    before = {step: tree(graded_copy.course / step) for step in ("autograded", "feedback")}

    assert main(["-C", str(graded_copy.root), "grade", ASSIGNMENT]) == 1

    out, err = capsys.readouterr()
    assert "1 graded, 1 known from before, 8 unchanged" in out  # untouched has the reference's work
    [said] = err.strip().split("\n")
    assert said.startswith(f"autograder: left out reference: {NOTEBOOK} is not JSON")
    ended = r"ended by itself \((exit code 3|a crash, or os\._exit)\): second-half"  # cold rooms
    assert re.search(rf"stopped    the notebook's process {ended}", out)
    changed = {"untouched": 100, "second-half": 0}
    assert totals(graded_copy) == totals(graded_copy) | SCORES | changed
    for step, files in before.items():
        after = tree(graded_copy.course / step)
        assert set(after) == set(files)
        assert {path.split("/")[0] for path in files if after[path] != files[path]} == set(changed)
    page = graded_copy.course / "feedback" / "second-half" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    assert "the notebook&#39;s process ended by itself" in page.read_text()


def test_a_class_of_ones_own_lies_outside_the_checkout(project, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "private class"
    monkeypatch.setenv("DL4CV_COURSE", str(folder))
    command = ["-C", str(project.root)]
    assert main([*command, "release"]) == 0
    assert main([*command, "sample", ASSIGNMENT, "--to", str(folder)]) == 0
    for student in (folder / "submitted").iterdir():
        if student.name != "first-half":
            shutil.rmtree(student)
    assert main([*command, "grade", ASSIGNMENT, "--jobs", "1"]) == 0
    assert "1 graded" in capsys.readouterr().out
    assert totals(project) == {"first-half": 30}
    assert (folder / "gradebook.db").is_file()
    assert not (project.root / "_build").exists()


class Failing:
    """An engine under which everybody's work fails, with a traceback or a line."""

    slots = 1

    def __init__(self, *_):
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, cells, files):
        future, self.count = Future(), self.count + 1
        lines = ["Traceback (most recent call last):", "  File x", f"KeyError: {self.count}"]
        text = "\n".join(lines) if self.count == 1 else "its judge died"
        future.set_exception(engine.EngineError(text))
        return future


def test_why_work_could_not_be_run_is_a_line_and_the_rest_of_it_in_a_log(graded_copy, monkeypatch):
    folder = graded_copy.course / "logs" / ASSIGNMENT
    with monkeypatch.context() as patch:
        patch.setattr(grade, "Engine", Failing)
        report = grade.grade(graded_copy, ASSIGNMENT, force=True)
    first, *others = sorted(report.left_out)
    assert report.left_out.pop(first) == (
        f"it could not be run: KeyError: 1 (more in _build/course/logs/{ASSIGNMENT}/{first}.log)"
    )
    assert set(report.left_out.values()) == {"it could not be run: its judge died"}
    assert len(others) == 10
    assert [path.name for path in folder.iterdir()] == [f"{first}.log"]
    assert (folder / f"{first}.log").read_text().split("\n")[1:] == ["  File x", "KeyError: 1", ""]
    grade.grade(graded_copy, ASSIGNMENT, force=True)
    assert [*folder.iterdir()] == []


# --- what is refused ---


def test_an_assignment_that_was_never_released_is_refused(project, capsys):
    sample_folder = project.course / "submitted" / "student" / ASSIGNMENT
    sample_folder.mkdir(parents=True)
    assert main(["-C", str(project.root), "grade", ASSIGNMENT]) == 1
    said = capsys.readouterr().err
    assert f"{ASSIGNMENT} was never released" in said
    assert f"run `autograder release {ASSIGNMENT}`" in said
    assert said.count("\n") == 1
    assert not (project.course / "gradebook.db").exists()


def test_a_release_that_is_not_current_is_refused(graded_copy, capsys):
    path = graded_copy.release(ASSIGNMENT) / NOTEBOOK
    path.write_text(path.read_text().replace("assert double(2) == 4", "assert True"))
    assert main(["-C", str(graded_copy.root), "grade", ASSIGNMENT]) == 1
    assert "differs from its source (run: autograder release)" in capsys.readouterr().err


def test_a_class_without_submissions_is_told_where_they_go(project, capsys):
    assert main(["-C", str(project.root), "release"]) == 0
    assert main(["-C", str(project.root), "grade", ASSIGNMENT]) == 1
    where = f"_build/course/submitted/STUDENT/{ASSIGNMENT}/{NOTEBOOK}"
    assert f"put each student's notebook in {where}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["release", "sample", "grade"])
def test_an_unknown_assignment_is_named_with_those_there_are(project, capsys, command):
    assert main(["-C", str(project.root), command, "07_gone"]) == 1
    said = capsys.readouterr().err
    assert "there is no assignment '07_gone' in solutions/ (there are: 00_mini)" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", [["release"], ["course"]])
def test_a_course_without_assignments_is_told(project, capsys, command):
    shutil.rmtree(project.solution(ASSIGNMENT))
    assert main(["-C", str(project.root), *command]) == 1
    assert "there is no solutions/*/notebook.py" in capsys.readouterr().err


def test_exercises_that_change_after_grading_are_refused_and_the_gradebook_kept(graded_copy):
    path = graded_copy.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text().replace("test_clip_low", "test_clip_lower"))
    release.write(graded_copy, ASSIGNMENT)
    with pytest.raises(UserError, match="exercises were added or removed after submissions were"):
        grade.grade(graded_copy, ASSIGNMENT)
    assert totals(graded_copy) == totals(graded_copy) | SCORES
    assert cells(graded_copy.course)["reference", "test_clip_low"] == 10


def test_outside_a_checkout_the_message_says_what_to_do(tmp_path, capsys):
    assert main(["-C", str(tmp_path), "release"]) == 1
    assert "is not in a checkout of the course" in capsys.readouterr().err


def test_a_checkout_is_found_from_a_folder_in_it(project):
    assert Project.find(project.solution(ASSIGNMENT)) == project


@pytest.mark.parametrize("arguments", [[], ["grade"], ["release", "--what"], ["unknown"]])
def test_wrong_usage_is_exit_code_2(arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


# --- what is kept ---


def test_changed_points_and_texts_are_recorded_and_nothing_is_run_again(graded_copy, monkeypatch):
    path = graded_copy.solution(ASSIGNMENT) / "notebook.py"
    text = path.read_text().replace('"points": 40', '"points": 44')
    path.write_text(text.replace('"points": 30', '"points": 26'))
    release.write(graded_copy, ASSIGNMENT)
    monkeypatch.setattr(grade, "Engine", None)
    report = grade.grade(graded_copy, ASSIGNMENT)
    assert (report.graded, len(report.recorded)) == ([], 11)
    assert report.scores["reference"]["mean"] == 44


def test_a_changed_test_runs_every_submission_again(graded_copy):
    path = graded_copy.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text().replace("assert double(2) == 4", "assert double(3) == 6"))
    release.write(graded_copy, ASSIGNMENT)
    report = grade.grade(graded_copy, ASSIGNMENT)
    assert (len(report.graded), report.recorded, report.unchanged) == (11, [], [])
    path.write_text(path.read_text().replace("assert double(3) == 6", "assert double(2) == 4"))
    release.write(graded_copy, ASSIGNMENT)
    report = grade.grade(graded_copy, ASSIGNMENT)
    assert (report.graded, len(report.recorded)) == ([], 11)  # as it was before
    assert totals(graded_copy) == totals(graded_copy) | SCORES


def test_points_by_hand_stay_and_are_to_be_looked_at_when_the_work_changes(graded_copy):
    with Gradebook(graded_copy.database) as gradebook:
        points = gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "untouched")
        points.manual_score, points.needs_manual_grade = 7, False
        gradebook.db.commit()
    submitted = graded_copy.course / "submitted"
    better = submitted / "untouched" / ASSIGNMENT / NOTEBOOK
    shutil.copy(submitted / "reference" / ASSIGNMENT / NOTEBOOK, better)
    grade.grade(graded_copy, ASSIGNMENT)
    with Gradebook(graded_copy.database) as gradebook:
        points = gradebook.find_grade("test_double", ASSIGNMENT, ASSIGNMENT, "untouched")
        assert (points.auto_score, points.manual_score, points.needs_manual_grade) == (30, 7, True)


def test_the_time_is_that_of_the_work_which_is_graded_or_none(graded_copy, monkeypatch):
    """Work without a time does not keep the one of what was handed in before."""
    monkeypatch.setattr(grade, "Engine", None)
    stamp = graded_copy.course / "submitted" / "reference" / ASSIGNMENT / "timestamp.txt"
    for text, wanted in (("2026-10-02 02:10:00 +0200\n", "2026-10-02T00:10:00"), (None, "None")):
        stamp.unlink(missing_ok=True) if text is None else stamp.write_text(text)
        grade.grade(graded_copy, ASSIGNMENT)
        with Gradebook(graded_copy.database) as gradebook:
            found = gradebook.find_submission(ASSIGNMENT, "reference").timestamp
        assert (str(found) if found is None else found.isoformat()) == wanted


def test_what_the_recorder_holds_in_memory_does_not_grow_with_the_class(graded_copy, monkeypatch):
    sizes, record = [], grade.Recorder.record

    def watch(self, *work):
        done = record(self, *work)
        gc.collect()
        sizes.append(len(self._gradebook.db().identity_map))
        return done

    monkeypatch.setattr(grade.Recorder, "record", watch)
    monkeypatch.setattr(grade, "Engine", None)
    for name in ("gradebook.db", "grades.csv"):
        (graded_copy.course / name).unlink()
    gc.freeze()  # what there is already is not looked through each time
    try:
        grade.grade(graded_copy, ASSIGNMENT)
    finally:
        gc.unfreeze()
    assert len(sizes) == 11
    assert sizes[-1] == sizes[1]


@pytest.mark.parametrize("lost", ["gradebook.db", "autograded/reference", "feedback/reference"])
def test_what_is_lost_is_written_again_from_the_journal(graded_copy, monkeypatch, lost):
    path = graded_copy.course / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)
    monkeypatch.setattr(grade, "Engine", None)
    report = grade.grade(graded_copy, ASSIGNMENT)
    assert len(report.recorded) == (11 if lost == "gradebook.db" else 1)
    assert path.exists()
    export.write_csv(graded_copy)
    assert totals(graded_copy) == totals(graded_copy) | SCORES


def test_without_a_sandbox_grading_is_refused_with_the_way_out(graded_copy, monkeypatch, capsys):
    monkeypatch.setattr(engine.sandbox, "available", lambda: ("none", "install bubblewrap"))
    command = ["-C", str(graded_copy.root), "grade", ASSIGNMENT, "--force"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "install bubblewrap" in said
    assert "--sandbox none" in said
    assert main([*command, "--sandbox", "none"]) == 0
    assert totals(graded_copy) == totals(graded_copy) | SCORES


def test_a_cold_room_of_bubblewrap_gives_the_same_scores(graded_copy, monkeypatch):
    monkeypatch.setattr(engine.sandbox, "available", lambda: ("bubblewrap", "no other way"))
    report = grade.grade(graded_copy, ASSIGNMENT, force=True)
    assert (len(report.graded), report.faults, report.left_out) == (11, {}, {})
    export.write_csv(graded_copy)
    assert totals(graded_copy) == totals(graded_copy) | SCORES
