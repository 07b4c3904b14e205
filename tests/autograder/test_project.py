"""Files are replaced whole or not at all."""

import os

import pytest

from autograder.project import write_atomic


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
