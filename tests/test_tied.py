"""A tied test is left out while nothing has changed that it hangs on, and only then."""

import datetime
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder import tie

pytest_plugins = "pytester"

MODULE = "tests/here/inside/test_long.py"
FILES = {
    "pyproject.toml": """
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = "-rA --strict-markers -p no:cacheprovider --disable-plugin-autoload -p xdist"
markers = ["tied(*paths, code=(), texts=()): hangs on these"]
""",
    "requirements.txt": "numpy==2\n",
    "constraints.txt": "six==1\n",
    "library/__init__.py": "",
    "library/sums.py": "from library import deep\n",
    "library/deep.py": "one = 1\n",
    "library/other.py": "",
    "more.py": "",
    "data/a.json": "{}",
    "page.md": "# A page\n",
    "tests/here/conftest.py": "import beside_all\n",
    "tests/here/beside_all.py": "",
    "tests/here/inside/beside.py": "import beside_it\n",
    "tests/here/inside/beside_it.py": "",
    MODULE: """
import os
from pathlib import Path
import beside
import pytest
from library import sums

@pytest.mark.tied("data", "page.md", code=["import more"], texts=[os.uname().release])
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_long(name):
    assert sums.deep.one == 1

@pytest.mark.tied("page.md")
def test_page():
    mood = os.environ.get("MOOD")
    assert mood != "wrong"
    if mood == "away":
        pytest.skip("the browser is away")
    if mood == "edited":
        Path("page.md").write_text("# more")

def test_always():
    pass
""",
}
LONG = {f"test_long[{name}]" for name in "abc"}
TIED = {*LONG, "test_page"}
ALL = {*TIED, "test_always"}


class Course:
    """A small project and its tests."""

    def __init__(self, pytester):
        self.root, self.run_pytest = pytester.path, pytester.runpytest
        for name, text in FILES.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        shutil.copy(Path(__file__).with_name("conftest.py"), self.root / "tests")

    def run(self, *options):
        """Run the tests; which of them were run?"""
        self.result = self.run_pytest(*options)
        said = self.result.outlines
        return {m[1] for line in said if (m := re.match(r"(?:PASSED|FAILED) \S+::(\S+)", line))}

    @property
    def kept(self):
        """The names of the tests that are kept."""
        parts = tie.Kept.read(self.root / "tests/kept.json").parts
        return {test.split("::")[1] for test in parts}

    def keep(self, seconds):
        """Run and keep all, as if each tied test had taken that long."""
        assert self.run("--all", "--keep") == ALL
        kept = tie.Kept.read(self.root / "tests/kept.json")
        for part in kept.parts.values():
            part["result"]["seconds"] = seconds
        kept.write([*kept.parts])


@pytest.fixture
def course(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return Course(pytester)


@pytest.fixture
def kept(course):
    """All tied tests have passed, and each takes so long that only one is run again."""
    course.keep(1000)
    return course


def test_where_nothing_is_kept_all_are_run(course):
    assert course.run() == ALL
    assert not (course.root / "tests/kept.json").exists()
    tie.Kept(course.root / "tests/kept.json").write([])
    assert course.run() == ALL
    assert "unchanged" not in str(course.result.stdout)


def test_what_is_unchanged_is_left_out_but_for_a_sample(kept):
    assert kept.kept == TIED
    ran = kept.run()
    assert len(ran & TIED) == 1
    assert "test_always" in ran
    line = "4 tied tests unchanged since they passed (tests/kept.json), 1 of them run again*--all*"
    kept.result.stdout.fnmatch_lines([line.replace("[", "[[]")])
    assert kept.run("--all") == ALL
    assert kept.kept == TIED


CHANGES = {
    **dict.fromkeys(["data/a.json", "data/new/b.json", "more.py"], LONG),
    **dict.fromkeys(["requirements.txt", "constraints.txt", "page.md"], TIED),
    **dict.fromkeys(["library/__init__.py", "library/sums.py", "library/deep.py"], TIED),
    **dict.fromkeys(["tests/here/inside/beside.py", "tests/here/inside/beside_it.py"], TIED),
    **dict.fromkeys(["tests/here/conftest.py", "tests/here/beside_all.py"], TIED),
    MODULE: TIED,
    **dict.fromkeys(["library/other.py", "README.md", "tests/here/test_other.py"], frozenset()),
}


def test_all_hang_on_how_ties_are_made(kept):
    path = kept.root / "tests/conftest.py"
    path.write_text(path.read_text() + "\n# changed\n")
    assert kept.run() == ALL


@pytest.mark.parametrize(("name", "hang_on_it"), CHANGES.items(), ids=CHANGES)
def test_what_hangs_on_a_changed_file_is_run(kept, name, hang_on_it):
    path = kept.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(FILES.get(name, "") + "\n# changed\n")
    ran = kept.run()
    assert ran >= hang_on_it
    assert len(ran & (TIED - hang_on_it)) == (1 if hang_on_it != TIED else 0)


def test_what_hangs_on_a_changed_text_is_run(kept, monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release="another"))
    assert kept.run() >= LONG


def test_what_has_passed_since_is_kept_in_its_place(kept):
    (kept.root / "page.md").write_text("# Another page\n")
    assert kept.run("--keep") == ALL
    kept.keep(1000)
    assert len(kept.run() & TIED) == 1


def test_where_a_path_is_missing_the_test_is_run_and_never_kept(kept):
    shutil.rmtree(kept.root / "data")
    for options in ([], ["--keep"], []):
        assert kept.run(*options) >= LONG
    assert kept.kept == {"test_page"}


def test_what_has_failed_is_not_kept(course):
    (course.root / "library/deep.py").write_text("one = 2\n")
    assert course.run("--keep") == ALL
    assert course.result.ret == 1
    assert course.kept == {"test_page"}
    assert course.run() >= LONG


def test_what_was_kept_and_fails_is_kept_no_longer(kept, monkeypatch):
    monkeypatch.setenv("MOOD", "wrong")
    assert kept.run("--all") == ALL
    assert kept.kept == LONG
    monkeypatch.delenv("MOOD")
    for _ in range(2):
        assert "test_page" in kept.run()
    kept.run("--keep")
    assert kept.kept == TIED


@pytest.mark.parametrize("mood", ["away", "edited"])
def test_skipped_tests_and_those_of_files_edited_meanwhile_are_not_kept(course, monkeypatch, mood):
    monkeypatch.setenv("MOOD", mood)
    course.run("--keep")
    assert course.result.ret == 0
    assert "test_page" not in course.kept


def test_a_test_that_is_no_more_is_dropped_by_a_run_of_the_whole(kept):
    path = kept.root / MODULE
    path.write_text(path.read_text().replace('"a", "b", "c"', '"b", "c", "d"'))
    for narrow in ([f"{MODULE}::test_page"], ["-k", "page"], ["--deselect", MODULE]):
        kept.run("--keep", *narrow)
        assert kept.kept == TIED
    kept.run("--keep")
    assert kept.kept == TIED - {"test_long[a]"} | {"test_long[d]"}


def test_the_sample_is_random_within_its_budget(course):
    course.keep(20)
    drawn = {frozenset(course.run() & TIED) for _ in range(9)}
    assert {len(names) for names in drawn} == {3}
    assert len(drawn) > 1


def test_each_of_those_that_take_longer_has_its_day(kept, monkeypatch):
    seen, first = [], datetime.date(2026, 12, 30)
    for days in range(4):

        class Today(datetime.date):
            today = classmethod(lambda cls, day=first + datetime.timedelta(days): day)

        monkeypatch.setattr(datetime, "date", Today)
        seen += kept.run() & TIED
    assert sorted(seen) == sorted(TIED)


def test_the_longest_come_first(kept):
    path = kept.root / "tests/kept.json"
    record = tie.Kept.read(path)
    for seconds, part in enumerate(record.parts.values()):  # in the order of their names
        part["result"]["seconds"] = seconds
    record.write([*record.parts])
    kept.run("--all", "--collect-only", "-q")
    lines = [line.split("::")[1] for line in kept.result.outlines if "::" in line]
    assert lines == ["test_page", *sorted(LONG, reverse=True), "test_always"]


def test_all_processes_of_a_run_leave_out_the_same(course):
    assert course.run("-n2", "--keep") == ALL
    assert course.kept == TIED
    course.keep(20)
    assert len(course.run("-n2") & TIED) == 3
    said = [line for line in course.result.outlines if "tied tests unchanged" in line]
    assert len(said) == 1
    assert said[0].startswith("4 tied tests")


DAMAGE = {
    "damaged": lambda text: text[:100],
    "edited by hand": lambda text: text.replace("1000", "1"),
}


@pytest.mark.parametrize(("what", "change"), DAMAGE.items(), ids=DAMAGE)
def test_a_damaged_file_is_said_with_the_remedy(kept, what, change):
    path = kept.root / "tests/kept.json"
    path.write_text(change(path.read_text()))
    assert kept.run() == set()
    assert kept.result.ret == pytest.ExitCode.USAGE_ERROR
    [line] = [line for line in kept.result.errlines if line.strip()]
    assert line.startswith("ERROR: tests/kept.json")
    assert what in line
    assert "make test-all" in line
    assert kept.run("--all", "--keep") == ALL
    assert kept.kept == TIED
