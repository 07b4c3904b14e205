"""Files are replaced whole or not at all."""

import os
import subprocess

import pytest

from autograder.project import sweep, write_atomic


def test_a_write_that_is_interrupted_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "grades.csv"
    path.write_bytes(b"old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_file_that_is_right_already_is_not_written(tmp_path):
    path = tmp_path / "folder" / "notebook.ipynb"
    assert write_atomic(path, b"text")
    before = path.stat().st_mtime_ns
    assert not write_atomic(path, b"text")
    assert path.stat().st_mtime_ns == before
    assert write_atomic(path, b"other")
    assert [p.read_bytes() for p in path.parent.iterdir()] == [b"other"]


def test_what_a_killed_process_left_half_written_is_swept_and_nothing_else(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = tmp_path / "deep" / f".page.html.{dead.pid}.part"
    kept = [tmp_path / f".page.html.{os.getpid()}.part", tmp_path / ".notes.part"]
    for path in (left, *kept):
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    sweep(tmp_path)
    assert not left.exists()
    assert all(path.exists() for path in kept)
