"""A grader that is killed at any moment loses nothing, and does nothing twice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mini_course import ASSIGNMENT, SMALL, make_project, run
from nbgrader.api import Gradebook

from autograder.authoring import release
from autograder.proving import sample

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
KILLS = 25


def make_class(project, size):
    """A class of different submissions: those of the sample class, each with a cell of its own."""
    sample.write(project, ASSIGNMENT, project.course)
    submitted = project.course / "submitted"
    models = [(p / ASSIGNMENT / NOTEBOOK).read_text() for p in sorted(submitted.iterdir())]
    shutil.rmtree(submitted)
    for i in range(size):
        folder = submitted / f"student-{i:02}" / ASSIGNMENT
        folder.mkdir(parents=True)
        text = models[i % len(models)].replace("import math", f"import math  # {i}")
        assert text != models[i % len(models)]
        (folder / NOTEBOOK).write_text(text)


def state(project):
    """All that a class gets: the gradebook's content, graded notebooks, feedback."""
    with Gradebook(project.database) as gradebook:
        found = {
            (submission.student.id, kind, item.name): values
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            for kind, items in (
                ("grade", submission.notebooks[0].grades),
                ("comment", submission.notebooks[0].comments),
            )
            for item in items
            for values in [
                (item.auto_score, item.manual_score, item.needs_manual_grade)
                if kind == "grade"
                else (item.auto_comment, item.manual_comment)
            ]
        }
    for step in ("autograded", "feedback"):
        for path in sorted((project.course / step).rglob("*")):
            if path.is_file():
                found[str(path.relative_to(project.course))] = path.read_bytes()
    return found


def results(project):
    """{result in the journal: when it was written}; nothing half-written counts."""
    return {p: p.stat().st_mtime_ns for p in project.course.glob("journal/*/*/*.json.gz")}


@pytest.mark.tied(*SMALL)
def test_a_grader_killed_25_times_gives_what_an_undisturbed_one_gives(tmp_path):
    calm, hurt = (make_project(tmp_path / name) for name in ("calm", "hurt"))
    for project in (calm, hurt):
        release.write(project, ASSIGNMENT)
        make_class(project, 40)
    done = run("autograder", "grade", ASSIGNMENT, cwd=calm.root)
    assert done.returncode == 0, done.stderr
    assert "40 graded" in done.stdout

    draw, known, moments = random.Random(6), {}, []
    command = [str(Path(sys.executable).with_name("autograder")), "grade", ASSIGNMENT]
    env = {k: v for k, v in os.environ.items() if k not in ("DL4CV_COURSE", "PYTHONWARNINGS")}
    for turn in range(KILLS):
        process = subprocess.Popen(
            command, cwd=hurt.root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if turn % 5 == 0:  # while it starts, reads, registers
            time.sleep(draw.uniform(0.1, 2.5))
        else:  # while it runs and records
            until = time.monotonic() + 60
            while len(results(hurt)) <= len(known) and process.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.002)
            time.sleep(draw.uniform(0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = results(hurt)
        assert {path: now.get(path) for path in known} == known  # none was run again
        moments.append(len(now))
        known = now
    assert len({*moments}) > 10, moments  # it was at many different points

    done = run("autograder", "grade", ASSIGNMENT, cwd=hurt.root)
    assert done.returncode == 0, done.stderr
    assert f"{40 - len(known)} graded" in done.stdout
    assert state(hurt) == state(calm)
    again = run("autograder", "grade", ASSIGNMENT, cwd=hurt.root)
    assert "0 graded, 40 unchanged" in again.stdout
    assert not [*hurt.course.rglob("*.part")]
