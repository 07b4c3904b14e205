"""What a class costs grows with its number of students, not with the square of it."""

import contextlib
import re
import sqlite3
import weakref
from concurrent.futures import Future

import pytest
from mini_course import ASSIGNMENT
from sqlalchemy import Engine, event

from autograder import grade
from autograder.authoring import release
from autograder.intake.submission import Submission
from autograder.project import Project
from autograder.recording import gradebook
from autograder.recording.journal import Journal

GROWS = re.compile(r"SCAN (grade|comment|submitted_assignment|submitted_notebook|student)(_\d+)?\b")


@pytest.fixture
def statements():
    """All that the gradebook is asked: (SQL, parameters)."""
    found = []

    def watch(connection, cursor, statement, parameters, context, many):
        found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", watch)
    yield found
    event.remove(Engine, "before_cursor_execute", watch)


@pytest.mark.parametrize("again", [False, True])
def test_one_submission_is_recorded_without_reading_those_of_the_others(
    graded_copy, monkeypatch, statements, again
):
    asked, record = [], grade.Recorder.record

    def watch(self, *work):
        before = len(statements)
        done = record(self, *work)
        asked.extend(statements[before:])
        return done

    monkeypatch.setattr(grade.Recorder, "record", watch)
    monkeypatch.setattr(grade, "Engine", None)
    lost = graded_copy.course / ("journal/00_mini/recorded.jsonl" if again else "gradebook.db")
    lost.unlink()
    assert len(grade.grade(graded_copy, ASSIGNMENT).recorded) == 11
    plans = []
    with sqlite3.connect(graded_copy.course / "gradebook.db") as gradebook:
        for statement, parameters in asked:
            rows = gradebook.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [(line, statement) for *_, line in rows]
    gradebook.close()
    assert len(plans) > 22
    assert [plan for plan in plans if GROWS.match(plan[0])] == []


def test_the_scores_of_a_class_are_read_in_one_query(graded_copy, statements):
    built = release.build(graded_copy, ASSIGNMENT)
    statements.clear()
    assert len(gradebook.scores(graded_copy, built)) == 11
    assert sum(" grade" in statement for statement, _ in statements) == 1


def test_of_a_large_class_only_what_runs_is_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path / "course"))
    held, most, slots = [], 0, 3

    class Result(dict):
        """A dictionary that can be watched."""

    class Busy:
        """Finishes a submission when twice as many wait as it runs."""

        def __init__(self):
            self.slots, self.open = slots, []

        def __enter__(self):
            return self

        def __exit__(self, *error):
            assert self.open == []

        def submit(self, cells, files):
            self.open.append(Future())
            future = self.open[-1]
            if len(self.open) == 2 * slots:
                self.finish()
            return future

        def finish(self):
            result = Result(fault="")
            held.append(weakref.ref(result))
            self.open.pop(0).set_result(result)

    def todo():
        nonlocal most
        for i in range(200):
            work = Submission(f"s{i}", {"cells": []}, key=f"{i:03}")
            held.append(weakref.ref(work))
            yield work
            del work
            most = max(most, sum(ref() is not None for ref in held))
        while busy.open:
            busy.finish()

    project, report, busy = Project(tmp_path / "checkout"), grade.Report(), Busy()
    with contextlib.closing(Journal(project, "00")) as journal:
        run = grade._Run(project, "00", set(), journal, report, False)
        recorded = [work.student for work, _ in run.results(todo(), lambda: busy)]
    assert sorted(recorded) == sorted(f"s{i}" for i in range(200))
    assert report.graded == recorded
    assert most <= 2 * slots + 3  # what is on its way through, too
