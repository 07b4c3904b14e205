"""A small project that tests may write to, and a class of it that is graded once."""

import fcntl
import os
import shutil

import pytest
from mini_course import end_early, make_project, run

from autograder.project import Project


@pytest.fixture(autouse=True)
def _no_real_course(monkeypatch):
    """No test reads or writes the class of whoever runs it, or that of a test before it."""
    monkeypatch.setenv("DL4CV_COURSE", "")  # else what a test sets stays: there is nothing to undo
    monkeypatch.delenv("DL4CV_COURSE")


@pytest.fixture(autouse=True)
def _nobody_early():
    """No test finds a process that one before it started early."""
    yield
    end_early()


@pytest.fixture
def project(tmp_path):
    """The small project, its release not built yet."""
    return make_project(tmp_path / "project")


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The small project after `autograder course`: do not write to it.

    Parallel test processes share it: grading a class is what takes time here.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
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
