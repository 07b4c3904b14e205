"""tools/newest.py says what an upgrade has changed."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import newest


def test_a_table_of_what_is_other_new_or_gone():
    lines = newest.changes({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "3"})
    assert lines[2:] == ["| b | 1 | 2 |", "| c | 1 |  |", "| d |  | 3 |"]
    assert newest.changes({"a": "1"}, {"a": "1"}) == ["nothing newer"]


def test_the_versions_are_those_of_this_environment():
    import numpy

    assert newest.versions()["numpy"] == numpy.__version__


def test_a_package_that_is_not_here_is_named():
    with pytest.raises(SystemExit, match="no-such-package is not installed here"):
        newest.main("no-such-package")
