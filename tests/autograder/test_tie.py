"""A kept result holds until anything that it was made from has changed, and says when it cannot."""

import datetime
import json

import pytest

from autograder import tie
from autograder.project import UserError

FILES = {
    "requirements.txt": "numpy==2\n",
    "constraints.txt": "six==1\n",
    "lib/__init__.py": "",
    "lib/one.py": "from lib.deep import far\n",
    "lib/deep/__init__.py": "",
    "lib/deep/far.py": "def f():\n    from . import late\n",
    "lib/deep/late.py": "x = 1\n",
    "lib/other.py": "from lib import one\n",
    "page.md": "# A page\n",
    "data/a.json": "{}",
    "data/more/b.json": "{}",
}
CODE = "import numpy as np\n\ndef work():\n    from lib.one import x\n"


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def tied(root, code=CODE, text="a text"):
    return tie.digest(root, ["page.md", "data"], code=[code], texts=[text])


def test_imports_are_followed_also_late_and_relative_ones(root):
    found = {path.relative_to(root).as_posix() for path in tie.imported(root, CODE)}
    packages = {"lib/__init__.py", "lib/deep/__init__.py"}
    assert found == packages | {"lib/one.py", "lib/deep/far.py", "lib/deep/late.py"}


def test_a_module_or_a_name_of_one_or_a_package(root):
    def found(code):
        return {path.name for path in tie.imported(root, code)} - {"__init__.py"}

    assert found("import lib.deep.late") == {"late.py"}
    assert found("from lib.deep.late import x") == {"late.py"}
    assert found("from lib.deep import late as l") == {"late.py"}
    assert found("from lib.deep import *") == set()
    assert found("import os, lib") == set()
    assert found("not Python (") == set()


CHANGES = [
    *("requirements.txt", "constraints.txt", "page.md", "data/a.json", "data/more/b.json"),
    *("lib/__init__.py", "lib/one.py", "lib/deep/__init__.py", "lib/deep/far.py"),
    "lib/deep/late.py",
]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_counts_changes_the_tie(root, name):
    before = tied(root)
    assert tied(root) == before
    (root / name).write_text(FILES[name] + "\n# more\n")
    assert tied(root) != before


def test_so_does_a_new_file_a_missing_one_a_moved_one_the_code_and_the_text(root):
    seen = {tied(root), tied(root, CODE + "\n"), tied(root, text="another")}
    (root / "data/c.json").write_text("")
    seen.add(tied(root))
    (root / "data/c.json").rename(root / "data/d.json")
    seen.add(tied(root))
    (root / "page.md").unlink()
    seen.add(tied(root))
    assert len(seen) == 6


def test_what_does_not_count_leaves_the_tie_alone(root):
    before = tied(root)
    (root / "lib/other.py").write_text("x = 2\n")
    (root / "data/__pycache__").mkdir()
    (root / "data/__pycache__/a.pyc").write_text("")
    (root / "README.md").write_text("")
    assert tied(root) == before


def test_a_tie_is_the_same_in_another_folder(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "deep"
    root.rename(other)
    before = tied(other)
    other.rename(root)
    assert tied(root) == before


def test_a_sample_is_random_and_in_order():
    items = range(100)
    drawn = {tuple(tie.sample(items, 5)) for _ in range(20)}
    assert len(drawn) > 10
    assert all(list(d) == sorted(d) and len({*d}) == 5 for d in drawn)
    assert tie.sample(items, 5, seed=1) == tie.sample(items, 5, seed=1)
    assert tie.sample("abc", 5) == ["a", "b", "c"]


def test_in_as_many_days_as_there_are_each_has_its_turn():
    first = datetime.date(2026, 12, 30)
    days = [first + datetime.timedelta(days=n) for n in range(4)]
    assert sorted(tie.turn("abcd", day) for day in days) == [*"abcd"]
    assert tie.turn("abcd") in "abcd"


# --- files of results ---


@pytest.fixture
def path(tmp_path):
    kept = tie.Kept(tmp_path / "kept.json")
    for part, result in (("a", {"n": 1}), ("b", ["x", 2.5]), ("c", "gone")):
        kept.put(part, f"tie of {part}", result)
    assert kept.write(["b", "a"])
    return kept.path


def test_what_is_kept_comes_back_and_holds_for_its_own_tie_alone(path):
    kept = tie.Kept.read(path)
    assert [*kept.parts] == ["b", "a"]
    assert kept.result("a") == {"n": 1}
    assert kept.holds("a", "tie of a")
    assert not kept.holds("a", "tie of b")
    assert not kept.holds("c", "tie of c")
    assert not kept.write(["b", "a"])  # nothing has changed


def test_no_file_keeps_nothing(tmp_path):
    assert tie.Kept.read(tmp_path / "none.json").parts == {}


def test_a_tie_that_belongs_to_no_state_of_the_sources_does_not_hold(path, root):
    assert not tie.Kept.read(path).holds("a", tied(root))


DAMAGE = [
    (lambda text: text[: len(text) // 2], "damaged"),
    (lambda text: "", "damaged"),
    (lambda text: "[]", "damaged"),
    (lambda text: json.dumps({"parts": {"a": 1}, "seal": ""}), "damaged"),
    (lambda text: text.replace('"parts"', '"party"'), "damaged"),
    (lambda text: text.replace('"n": 1', '"n": 2'), "edited by hand"),
    (lambda text: text.replace("tie of a", "tie of b"), "edited by hand"),
    (lambda text: text.replace('"seal": "', '"seal": "0'), "edited by hand"),
    (lambda text: text.replace('"made_from"', '"made"'), "edited by hand"),
]


@pytest.mark.parametrize(("change", "what"), DAMAGE)
def test_a_damaged_or_edited_file_is_said_in_one_line_with_the_remedy(path, change, what):
    path.write_text(change(path.read_text()))
    with pytest.raises(UserError) as error:
        tie.Kept.read(path, "book/kept.json")
    message = str(error.value)
    assert message.startswith("book/kept.json ")
    assert what in message
    assert message.endswith("make test-all makes it anew")
    assert "\n" not in message
