"""A small project that tests may write to, and a class of it that is graded once."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.project import Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ASSIGNMENT = "00_mini"


def make_project(root):
    shutil.copytree(HERE / "mini", root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
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
        timeout=240,
        check=False,
    )


@pytest.fixture(autouse=True)
def _no_real_course(monkeypatch):
    """No test reads or writes the class of whoever runs it."""
    monkeypatch.setenv("DL4CV_COURSE", "")


@pytest.fixture
def project(tmp_path):
    """The small project, its release not built yet."""
    return make_project(tmp_path / "project")


@pytest.fixture(scope="session")
def graded(tmp_path_factory, worker_id):
    """The small project after `autograder course`: do not write to it.

    Parallel test processes share it: grading a class is what takes time here.
    """
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    with open(base / "graded.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = base / "graded"
        if not root.exists():
            make_project(root)
            done = run("autograder", "course", cwd=root)
            (root / "output.txt").write_text(done.stdout + done.stderr)
            assert done.returncode == 0, done.stdout + done.stderr
    return Project(root)


@pytest.fixture
def graded_copy(graded, tmp_path):
    """A copy of the graded project that a test may spoil."""
    shutil.copytree(graded.root, tmp_path / "graded")
    return Project(tmp_path / "graded")
