"""What verify and mutants found is kept, and run again where anything that it hangs on changes."""

import json
import shutil

import pytest
from mini_course import ROOT
from tiny_project import make_tiny

from autograder import tie
from autograder.authoring import release
from autograder.cli import main
from autograder.project import Project
from autograder.proving import mutants, verify

TINY = "00_tiny"
FILES = {"verify": verify.FILE, "mutants": mutants.FILE}
ALL = {"double", "biggest"}
WHOLE = {verify.WHOLE}


def command(project, name, *options):
    return main(["-C", str(project.root), name, *options])


def path_of(project, name):
    return project.solution(TINY) / FILES[name]


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory):
    """A project with a library and a grader in it, of which everything is kept."""
    project = make_tiny(tmp_path_factory.mktemp("kept") / "project")
    for name in ("cs_lib", "autograder"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project.root / name, ignore=ignored)
    for name in tie.PINS:
        shutil.copy(ROOT / name, project.root)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DL4CV_COURSE", raising=False)
        release.write(project, TINY)
        assert command(project, "verify") == 0
        assert command(project, "mutants") == 0
    return project


@pytest.fixture
def kept(kept_once, tmp_path):
    """A copy of it that a test may spoil."""
    return Project(shutil.copytree(kept_once.root, tmp_path / "copy"))


def stale(project):
    """What each command would run: {command: parts}."""
    found = verify._Found(project, TINY, everything=False)
    source, _ = mutants.entries(project, TINY)
    ties = mutants._ties(project, TINY, source)
    known = tie.Kept.read(path_of(project, "mutants"))
    return {
        "verify": set(found.ties) - found.old,
        "mutants": {name for name in ties if not known.holds(name, ties[name])},
    }


SOLUTION, MISTAKES = f"solutions/{TINY}/notebook.py", f"solutions/{TINY}/mistakes"
COMMENT = {"": "\n# changed\n"}  # what is put in place of what; here at the end
CHANGES = {  # what is changed: the file, how, and what each command must run because of it
    "a solution": (SOLUTION, {"return x.max()": "return np.max(x)"}, ALL | WHOLE, ALL),
    "a test": (SOLUTION, {"1954.5": "2 * 977.25"}, ALL | WHOLE, ALL),
    "points": (SOLUTION, {"60}": "59}", "40}": "41}"}, ALL | WHOLE, ALL),
    "prose": (SOLUTION, {"# %%\nimport": "# %% [markdown]\n# Hm.\n\n# %%\nimport"}, set(), set()),
    "a mistake": (f"{MISTAKES}/double.py", {"x**2": "x**4"}, {"double"} | WHOLE, set()),
    "a hint": (f"{MISTAKES}/double.py", {"Twice, not": "2 x, not"}, {"double"} | WHOLE, set()),
    "a right answer": (f"{MISTAKES}/double.py", {"x + x": "x - -x"}, {"double"} | WHOLE, set()),
    "a test helper": ("cs_lib/testing.py", COMMENT, ALL | WHOLE, ALL),
    "what a helper imports": ("cs_lib/hints.py", COMMENT, ALL | WHOLE, ALL),
    "a library function that is used": ("cs_lib/__init__.py", COMMENT, ALL | WHOLE, ALL),
    "a library function that is not": ("cs_lib/torch/optim.py", COMMENT, set(), set()),
    "what runs an answer": ("autograder/authoring/warm.py", COMMENT, ALL | WHOLE, ALL),
    "what says how it went": ("autograder/proving/verify.py", COMMENT, ALL | WHOLE, set()),
    "what makes mutants": ("autograder/proving/mutate.py", COMMENT, set(), ALL),
    "generic mistakes": ("autograder/authoring/generic.py", COMMENT, ALL | WHOLE, set()),
    "the judge": ("autograder/judging/judge.py", COMMENT, WHOLE, set()),
    "the student's side": ("autograder/judging/student.py", COMMENT, WHOLE, set()),
    "the room": ("autograder/rooms/zygote.py", COMMENT, WHOLE, set()),
    "nbgrader's settings": ("nbgrader_config.py", COMMENT, WHOLE, set()),
    "a pin": ("constraints.txt", COMMENT, ALL | WHOLE, ALL),
    "a direct requirement": ("requirements.txt", COMMENT, ALL | WHOLE, ALL),
    "a page of the book": ("book/page.md", COMMENT, set(), set()),
    "the page of feedback": ("autograder/returning/page.py", COMMENT, set(), set()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_makes_each_command_run_what_it_must_and_no_more(kept, what):
    file, change, verified, mutated = CHANGES[what]
    assert stale(kept) == {"verify": set(), "mutants": set()}
    path = kept.root / file
    text = path.read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new) if old else text + new
    path.write_text(text)
    assert stale(kept) == {"verify": verified, "mutants": mutated}


def test_a_mark_of_a_mutant_makes_its_exercise_run_again(kept):
    mark = 'exercise = "double"\nchange = "no such"\nreason = "there is no such mutant"\n'
    (kept.solution(TINY) / mutants.MARKS).write_text(f"[[equivalent]]\n{mark}")
    assert stale(kept) == {"verify": set(), "mutants": {"double"}}


def test_only_what_has_changed_is_run_and_kept_anew(kept, capsys):
    before = tie.Kept.read(path_of(kept, "verify")).parts
    path = kept.mistakes(TINY) / "double.py"
    path.write_text(path.read_text().replace("x**2", "x**4"))
    release.write(kept, TINY)
    assert command(kept, "verify") == 0
    assert (
        "run in full: double, whole notebooks; again, of the others: 0" in capsys.readouterr().out
    )
    after = tie.Kept.read(path_of(kept, "verify")).parts
    assert after["biggest"] == before["biggest"]
    assert after["double"]["made_from"] != before["double"]["made_from"]
    assert command(kept, "verify") == 0
    assert "run in full: none has changed" in capsys.readouterr().out


def test_what_falls_short_is_not_kept(kept, capsys, monkeypatch):
    before = path_of(kept, "verify").read_text()
    path = kept.mistakes(TINY) / "double.py"
    path.write_text(path.read_text().replace("return x**2", "return 2 * x"))
    release.write(kept, TINY)
    monkeypatch.setattr(verify.whole, "versions", lambda entries: {})
    assert command(kept, "verify") == 1
    assert "double: mistake squared passes every check" in capsys.readouterr().err
    assert path_of(kept, "verify").read_text() == before
    path = kept.solution(TINY) / "notebook.py"
    path.write_text(path.read_text().replace("return x.max()", "return +x.max()"))
    before = path_of(kept, "mutants").read_text()
    assert command(kept, "mutants") == 1
    assert "no test notices the mutant return +x.max()" in capsys.readouterr().err
    assert path_of(kept, "mutants").read_text() == before


def swap(project, name, old, new):
    """Change a result behind the back of what made it; the tie and the seal are as they must."""
    path = path_of(project, name)
    content = tie.Kept.read(path)
    text = json.dumps(content.parts)
    assert old in text
    tie.Kept(path, json.loads(text.replace(old, new, 1))).write(content.parts)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("verify", '"named at once"', '"named"', "was named, now named at once"),
        (
            "verify",
            '"accepted"',
            '"refused"',
            "double: alternative added was refused, now accepted",
        ),
        ("verify", '"no points"', '"gets points"', "stub untouched was gets points, now no points"),
        ("mutants", '"killed"', '"equivalent"', "was equivalent, now killed"),
    ],
)
def test_a_sample_of_what_has_not_changed_is_run_again(
    kept, capsys, monkeypatch, name, old, new, message
):
    swap(kept, name, old, new)
    monkeypatch.setattr(verify.whole, "versions", lambda entries: {})
    assert command(kept, name, "--check", "--sample", "1000") == 1
    assert message in capsys.readouterr().err


def test_a_sample_has_whole_notebooks_in_it(kept, monkeypatch):
    ran = []

    def watch(*arguments):
        ran.append(len(arguments[3]))
        return []

    monkeypatch.setattr(verify.whole, "across", watch)
    for sample, right in ((0, []), (5, [1])):
        ran.clear()
        report, _ = verify.verify(kept, TINY, sample=sample)
        assert report.problems == []
        assert (report.ran, report.again, ran) == ([], sample, right)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_one_clear_line_and_the_full_run_makes_it_anew(kept, capsys, name):
    path = path_of(kept, name)
    good = path.read_text()
    word = {"verify": '"caught"', "mutants": '"killed"'}[name]
    damaged = {
        "is damaged": good[: len(good) // 2],
        "was edited by hand": good.replace(word, '"x"'),
    }
    for what, text in damaged.items():
        path.write_text(text)
        assert command(kept, name, "--check") == 1
        message = capsys.readouterr().err.strip()
        assert f"solutions/{TINY}/{path.name} {what}" in message
        assert message.endswith(f"autograder {name} --all makes it anew")
        assert message.count("\n") == 0
    assert command(kept, name, "--all") == 0
    everything = {"verify": "double, biggest, whole notebooks", "mutants": "double, biggest"}[name]
    assert f"run in full: {everything};" in capsys.readouterr().out
    assert path.read_text() == good


def test_a_check_writes_nothing(kept):
    before = path_of(kept, "mutants").read_text()
    path = kept.solution(TINY) / "notebook.py"
    path.write_text(path.read_text().replace("return x.max()", "return np.max(x)"))
    assert command(kept, "mutants", "--check") == 0
    assert path_of(kept, "mutants").read_text() == before
    assert command(kept, "mutants") == 0
    assert path_of(kept, "mutants").read_text() != before


def test_a_summary_that_is_not_what_was_found_fails(kept, capsys):
    path = kept.root / verify.SUMMARY
    path.write_text(path.read_text().replace('"caught": 3', '"caught": 4'))
    assert command(kept, "verify", "--check") == 1
    assert "book/verify.json is not what was just found (run: make verify)" in (
        capsys.readouterr().err
    )
