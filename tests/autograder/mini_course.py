"""A small project for tests to write to, and how to run programs in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import guard, tie
from autograder.judging import engine
from autograder.project import Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ASSIGNMENT = "00_mini"
# What grading hangs on, and what grading the small project does.
_GRADER = ("autograder", "nbgrader_config.py")
# What checks hang on: every course's library has it.
CHECKS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in tie.imported(ROOT, "import cs_lib.challenge")
    if path.name != "__init__.py"
)
SMALL = (
    *_GRADER,
    *CHECKS,
    "tests/autograder/mini",
)


def assignments():
    """Parameters: the assignments of the course, each tied to its own files and the grader's."""
    shared = (*_GRADER, "_config.yml", "cs_lib")
    source = ("notebook.py", "mistakes", "fingerprints.json")
    found = []
    for name in Project(ROOT).assignments:
        own = (f"assignments/{name}", *(f"solutions/{name}/{part}" for part in source))
        found.append(pytest.param(name, marks=pytest.mark.tied(*shared, *own)))
    return found


def make_project(root):
    shutil.copytree(HERE / "mini", root)
    for name in ("nbgrader_config.py", *CHECKS):
        shutil.copy(ROOT / name, root / name)
    return Project(root)


def run(*command, cwd, **environment):
    """Run a program of the environment; return the finished process, its output as text."""
    programs = str(Path(sys.executable).parent)
    env = {k: v for k, v in os.environ.items() if k not in ("DL4CV_COURSE", "PYTHONWARNINGS")}
    env["PATH"] = os.pathsep.join([programs, env["PATH"]])
    return subprocess.run(
        [f"{programs}/{command[0]}", *command[1:]],
        cwd=cwd,
        env=env | environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def end_early():
    """End the processes that were started early in this one and that nobody took."""
    for early in (engine._early, guard._early):
        for process, stream in early.values():
            process.kill()
            process.wait()
            stream.close()
        early.clear()
