"""The cs_lib that grades refuses what students write themselves, and is the real one otherwise."""

import errno
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest
from mini_course import ASSIGNMENT

from autograder.authoring import withhold
from autograder.project import UserError


def call(copy, code):
    """Run code with copy in front of the path, as a kernel that grades; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy.parent,
        env={"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr.strip().split("\n")[-1]


def withhold_names(project, names):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text().replace("[cs_lib.averages.mean]", f"[{names}]"))


REFUSAL = "NotImplementedError: {}: in this assignment you write this yourself"


@pytest.mark.parametrize(
    ("names", "expression", "answer"),
    [
        ("cs_lib.averages.mean", "mean([1, 2])", REFUSAL.format("cs_lib.averages.mean")),
        ("cs_lib.averages.mean", "middle([1, 2])", REFUSAL.format("cs_lib.averages.mean")),
        ("cs_lib.averages.mean", "Running().value()", REFUSAL.format("cs_lib.averages.mean")),
        ("cs_lib.averages.mean", "total([1, 2])", "3\n"),
        ("cs_lib.averages.mean", "mean.__doc__", "The mean of a list.\n"),
        ("cs_lib.averages.Running", "Running()", REFUSAL.format("cs_lib.averages.Running")),
        ("cs_lib.averages.Running.value", "Running().values", "[]\n"),
        (
            "cs_lib.averages.Running.value",
            "Running().value()",
            REFUSAL.format("cs_lib.averages.Running.value"),
        ),
        ("cs_lib.averages", "Running()", REFUSAL.format("cs_lib.averages")),
        ("", "mean([1, 3])", "2.0\n"),
    ],
)
def test_withheld_names_refuse_and_the_rest_works(project, names, expression, answer):
    withhold_names(project, names)
    if names == "cs_lib.averages":  # the notebook itself may not import from it then
        path = project.solution(ASSIGNMENT) / "notebook.py"
        path.write_text(path.read_text().replace("from cs_lib.averages import total", ""))
    copy = withhold.withheld_copy(project, ASSIGNMENT)
    assert call(copy, f"from cs_lib.averages import *; print({expression})") == answer


def test_the_answer_is_not_in_the_copy(project):
    copy = withhold.withheld_copy(project, ASSIGNMENT)
    text = (copy / "cs_lib" / "averages.py").read_text()
    assert "sum(x) / len(x)" not in text
    assert "the answer" not in text
    assert "return sum(x)" in text


def test_the_copy_follows_the_library_and_the_list_and_only_the_last_is_kept(project):
    first = withhold.withheld_copy(project, ASSIGNMENT)
    assert withhold.withheld_copy(project, ASSIGNMENT) == first
    withhold_names(project, "cs_lib.averages.middle")
    second = withhold.withheld_copy(project, ASSIGNMENT)
    (project.root / "cs_lib" / "more.py").write_text("x = 1\n")
    third = withhold.withheld_copy(project, ASSIGNMENT)
    assert len({first, second, third}) == 3
    assert list(third.parent.iterdir()) == [third]


@pytest.mark.parametrize(
    "name", ["cs_lib.averages.median", "cs_lib.nothing.mean", "cs_lib.averages.Running.median"]
)
def test_a_name_that_does_not_exist_is_refused(project, name):
    withhold_names(project, name)
    with pytest.raises(UserError, match=f"withholds {name}, which cs_lib does not define"):
        withhold.withheld_copy(project, ASSIGNMENT)


def bytecode(copy):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in copy.rglob("*.pyc")}


def test_bytecode_is_there_from_the_start_and_no_import_writes_any(project):
    """Python leaves the half of it where the disk is full, and every later import fails on it."""
    copy = withhold.withheld_copy(project, ASSIGNMENT)
    before = bytecode(copy)
    assert len(before) == len([*copy.rglob("*.py")])
    code = (
        "import cs_lib.averages, cs_lib.testing; print(cs_lib.averages.mean.__code__.co_filename)"
    )
    assert call(copy, code).strip() == str(copy / "cs_lib" / "averages.py")
    assert bytecode(copy) == before
    (copy / "cs_lib" / "averages.py").touch()  # a time tells nothing
    assert "averages.py" in call(copy, code)
    assert bytecode(copy) == before


def test_a_copy_that_a_full_disk_cut_short_is_made_again(project, monkeypatch):
    real, written = py_compile.compile, []

    def until_full(file, **options):
        written.append(Path(real(file, **options)))
        if len(written) == 3:
            written[-1].write_bytes(written[-1].read_bytes()[:99])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(py_compile, "compile", until_full)
        with pytest.raises(OSError, match="No space left"):
            withhold.withheld_copy(project, ASSIGNMENT)
    copy = withhold.withheld_copy(project, ASSIGNMENT)
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert call(copy, "import cs_lib.averages, cs_lib.testing; print(1)").strip() == "1"
