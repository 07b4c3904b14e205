"""The journal holds what was found out; what is damaged or gone is found out again."""

import pytest

from autograder.project import Project
from autograder.recording.journal import Journal, digest


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path / "course"))
    return Project(tmp_path / "checkout")


def test_results_and_notes_are_there_the_next_time(project):
    journal = Journal(project, "00")
    journal.keep("ab1", {"tests": {"t": [1, "é"]}})
    journal.note("ann", "v1")
    journal.note("bob", "v1")
    journal.note("ann", "v2")
    journal.close()
    again = Journal(project, "00")
    assert again.result("ab1") == {"tests": {"t": [1, "é"]}}
    assert (again.recorded("ann"), again.recorded("bob"), again.recorded("cy")) == (
        "v2",
        "v1",
        None,
    )
    assert again.result("ab2") is None
    assert Journal(project, "01").result("ab1") is None


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"no gzip"])
def test_a_damaged_result_is_none(project, content):
    journal = Journal(project, "00")
    journal.keep("ab1", {})
    [path] = journal.folder.glob("*/*.json.gz")
    path.write_bytes(content)
    assert journal.result("ab1") is None


def test_a_note_that_was_cut_off_takes_no_other_with_it(project):
    journal = Journal(project, "00")
    journal.note("ann", "v1")
    journal.close()
    path = journal.folder / "recorded.jsonl"
    path.write_text(path.read_text() + '["bob", "v')
    journal = Journal(project, "00")
    journal.note("cy", "v1")
    journal.close()
    again = Journal(project, "00")
    assert [again.recorded(s) for s in ("ann", "bob", "cy")] == ["v1", None, "v1"]


def test_equal_content_has_one_name_and_different_content_has_two():
    assert digest([1, {"b": 1, "a": 2}]) == digest([1, {"a": 2, "b": 1}])
    assert len({digest(1, 2), digest(2, 1), digest([1, 2]), digest("1", 2), digest(12)}) == 5
