"""A student has a bundle and nothing else of the course, and works: on Windows, too."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from mini_course import ASSIGNMENT, ROOT, assignments, run

from autograder.authoring import bundle, release
from autograder.authoring.source import HIDDEN, SOLUTION, read_source, regions
from autograder.cli import main
from autograder.project import Project
from autograder.proving import sample

COURSE = Project(ROOT)
PYPROJECT = """\
[project]
dependencies = ["numpy>=2"]
requires-python = ">=3.11"
"""
# Runs a notebook's cells as a kernel does that finds nothing of the checkout.
RUN = """
import json, os, sys

others = [p for p in sys.path if not os.path.isdir(os.path.join(p, "autograder"))]
sys.path[:] = [os.getcwd(), *others]
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in f"{f!r}".lower()]
from IPython.core.interactiveshell import InteractiveShell
import cs_lib

assert cs_lib.__file__ == os.path.join(os.getcwd(), "cs_lib", "__init__.py"), cs_lib.__file__
try:
    import autograder
except ModuleNotFoundError:
    pass
else:
    sys.exit("the grader is there")
shell = InteractiveShell.instance()
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code" and 'passed("warm-up")' not in "".join(cell["source"]):
        if not shell.run_cell("".join(cell["source"])).success:
            sys.exit("this cell fails: " + cell["id"])
"""


@pytest.fixture
def released(project):
    (project.root / "pyproject.toml").write_text(PYPROJECT)
    (project.root / "LICENSE").write_text("Do what you like.\n")
    release.write(project, ASSIGNMENT)
    return project


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def work(path, folder, answers=sample.RIGHT, project=COURSE, crlf=False):
    """Unpack a bundle, answer its one notebook, run it; the finished process."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    [notebook] = folder.glob("*/*.ipynb")
    name = notebook.stem
    source = release.taught(project, name)
    solved = sample.Student(dict.fromkeys(source.exercises, answers))
    notebook.write_bytes(sample.submission(notebook.read_bytes(), source, solved))
    for file in folder.rglob("*") if crlf else []:
        if file.suffix in (".py", ".ipynb", ".json"):
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    return subprocess.run(
        [sys.executable, "-c", RUN, notebook.name],
        cwd=notebook.parent,
        env={"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "IPYTHONDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_a_bundle_holds_the_release_its_library_and_what_to_do(released, capsys):
    assert main(["-C", str(released.root), "bundle"]) == 0
    path = released.course / f"bundle-{ASSIGNMENT}.zip"
    files = members(path)
    assert list(files) == [
        f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb",
        *(f"{ASSIGNMENT}/{name}" for name in sorted(map(str, library_files(released)))),
        f"{ASSIGNMENT}/hints.json",
        "LICENSE",
        "README.txt",
        "requirements.txt",
    ]
    notebook = (released.release(ASSIGNMENT) / f"{ASSIGNMENT}.ipynb").read_bytes()
    assert files[f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"] == notebook
    assert files["requirements.txt"] == b"numpy>=2\njupyterlab\n"
    readme = files["README.txt"].decode()
    assert readme.count("\n") == 3
    assert "Python 3.11 or newer: python -m pip install -r requirements.txt" in readme
    assert f"python -m jupyter lab {ASSIGNMENT}/{ASSIGNMENT}.ipynb" in readme
    said = f"bundle    _build/course/{path.name} ({ASSIGNMENT}; {path.stat().st_size:,} bytes)\n"
    assert capsys.readouterr().out == said


def library_files(project):
    files = [path for path in (project.root / "cs_lib").rglob("*") if path.is_file()]
    return [p.relative_to(project.root) for p in files if "__pycache__" not in p.parts]


def test_the_same_release_gives_the_same_bytes(released, tmp_path):
    one, _ = bundle.write(released, [ASSIGNMENT], tmp_path / "one.zip")
    shutil.rmtree(released.course)
    (released.root / "LICENSE").touch()
    two, _ = bundle.write(released, [ASSIGNMENT], tmp_path / "two.zip")
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:  # no hour, and nobody's rights
        times = {(info.date_time, info.external_attr >> 16) for info in archive.infolist()}
    assert times == {((1980, 1, 1, 0, 0, 0), 0o644)}


def test_an_answer_runs_with_the_bundle_alone(released, tmp_path):
    path, _ = bundle.write(released)
    done = work(path, tmp_path / "a student's Übung", project=released)
    assert done.returncode == 0, done.stdout + done.stderr
    done = work(path, tmp_path / "other", sample.UNWRITTEN, project=released)
    assert done.returncode == 1
    assert "Replace the `raise` line in double" in done.stdout


def test_the_library_refuses_what_is_asked_for(released):
    path, _ = bundle.write(released)
    text = members(path)[f"{ASSIGNMENT}/cs_lib/averages.py"].decode()
    assert "in this assignment you write this yourself" in text
    assert "len(" not in text


@pytest.mark.parametrize("assignment", assignments())
def test_right_answers_pass_the_visible_checks_with_the_bundle_alone(assignment, tmp_path):
    check_right_answers(assignment, tmp_path)


@pytest.mark.parametrize("assignment", [a for a in assignments() if a.values == ("01_knn",)])
def test_right_answers_pass_where_an_editor_has_written_other_line_ends(assignment, tmp_path):
    check_right_answers(assignment, tmp_path, crlf=True)


def check_right_answers(assignment, tmp_path, **how):
    path, _ = bundle.write(COURSE, [assignment], tmp_path / "bundle.zip")
    done = work(path, tmp_path / "a student's folder", **how)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    notebook = json.loads(members(path)[f"{assignment}/{assignment}.ipynb"])
    marks = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    tests = [mark for mark in marks if mark.get("grade") and mark["points"]]
    assert len(tests) > 20
    said = f"{len(tests)} of {len(tests)} cells of checks have passed"
    assert said in done.stdout


# --- no answer in it ---


def code(text, markers):
    """The lines of each region of a text, without those that say nothing."""
    lines = text.split("\n")
    return [said(lines[first + 1 : last]) for first, last in regions(text, *markers)]


def said(lines):
    lines = (line.strip() for line in lines)
    return [line for line in lines if len(line) > 1 and not line.startswith(("#", '"""'))]


def secrets(project, assignment):
    """Three lines after one another of a solution, or all that there are; each of a hidden test.

    Without what the release holds itself.
    """
    source = read_source(project.solution(assignment) / "notebook.py")
    found = set()
    for cell in source.cells:
        for lines in code(cell.text, SOLUTION):
            found |= chunks(lines, min(3, len(lines)))
        for lines in code(cell.text, HIDDEN):
            found |= chunks(lines, 1)
    found = {chunk for chunk in found if len("".join(chunk)) >= 25}
    return found - leaks(release.build(project, assignment).release, found)


def chunks(lines, n):
    return {tuple(lines[i : i + n]) for i in range(len(lines) - n + 1)}


def leaks(files, secret):
    """Those that are in one of the files."""
    found = set()
    for name, content in files.items():
        if name.endswith((".py", ".json", ".txt", ".ipynb")):
            text = content.decode()
            if name.endswith(".ipynb"):
                text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
            found |= chunks(said(text.split("\n")), 1)
            found |= chunks(said(text.split("\n")), 2)
            found |= chunks(said(text.split("\n")), 3)
    return secret & found


@pytest.mark.parametrize("assignment", COURSE.assignments)
def test_no_solution_and_no_hidden_test_is_in_a_bundle(assignment):
    secret = secrets(COURSE, assignment)
    assert len(secret) > 150
    files = bundle.members(COURSE, [assignment])
    assert leaks(files, secret) == set()
    text = (COURSE.solution(assignment) / "notebook.py").read_bytes()
    assert len(leaks(files | {"notebook.py": text}, secret)) > 150


def test_whatever_is_no_release_and_no_library_is_left_out(released):
    files = bundle.members(released, [ASSIGNMENT])
    parts = {part for name in files for part in Path(name).parts}
    assert not parts & {"solutions", "autograder", "mistakes", "source", "__pycache__", "tests"}
    assert all(name.startswith(f"{ASSIGNMENT}/") for name in files if "/" in name)


# --- on any system ---


def test_text_has_plain_line_ends_and_pictures_stay(released):
    library = released.root / "cs_lib"
    library.joinpath("more.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    library.joinpath("cat.png").write_bytes(b"\x89PNG\r\n")
    files = bundle.members(released, [ASSIGNMENT])
    assert files[f"{ASSIGNMENT}/cs_lib/more.py"] == b"x = 1\ny = 2\n"
    assert files[f"{ASSIGNMENT}/cs_lib/cat.png"] == b"\x89PNG\r\n"


def test_the_course_itself_can_be_unpacked_anywhere():
    names = bundle.members(COURSE, ["01_knn"])
    folded = [name.casefold() for name in names]
    assert len({*folded}) == len(folded) > 100
    assert not [name for name in names if re.search(r'[\\<>:"|?*]|[. ](/|$)', name)]
    assert max(map(len, names)) < 100  # Windows counts 260, the folder's own path among them


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["aux.py"], "cs_lib/aux.py: Windows has no file of the name 'aux.py': rename it"),
        (["Con/x.py"], "cs_lib/Con/x.py: Windows has no file of the name 'Con': rename it"),
        (["what?.py"], "Windows has no file of the name 'what?.py': rename it"),
        (["end./x.py"], "Windows has no file of the name 'end.': rename it"),
        (["a\\b.py"], "Windows has no file of the name"),
        (["One.txt", "one.txt"], "are one name on Windows and macOS: rename one"),
        (["Box/a.txt", "box/b.txt"], "are one name on Windows and macOS: rename one"),
    ],
)
def test_names_that_a_system_refuses_are_one_line(released, capsys, names, message):
    for name in names:
        path = released.root / "cs_lib" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")
    assert main(["-C", str(released.root), "bundle"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
    assert not [*released.course.glob("*.zip")]


# --- bad input ---


def no_release(project):
    shutil.rmtree(project.release(ASSIGNMENT))


def old_release(project):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text().replace("## Double", "## Twice"))


def no_pyproject(project):
    (project.root / "pyproject.toml").unlink()


def empty_pyproject(project):
    (project.root / "pyproject.toml").write_text("[tool.x]\n")


def nothing(project):
    pass


@pytest.mark.parametrize(
    ("spoil", "arguments", "message"),
    [
        (no_release, [], "00_mini.ipynb is missing (run: autograder release)"),
        (old_release, [], "00_mini.ipynb differs from its source (run: autograder release)"),
        (no_pyproject, [], "pyproject.toml does not say what cs_lib needs"),
        (empty_pyproject, [], "pyproject.toml does not say what cs_lib needs"),
        (nothing, ["01_mini"], "there is no assignment '01_mini' in solutions/"),
        (nothing, ["--to", "."], "--to .: a bundle is one zip archive: name a file, such as"),
        (nothing, ["--to", "b.tar"], "--to b.tar: a bundle is one zip archive"),
        (nothing, ["--to", "LICENSE/b.zip"], "LICENSE/b.zip cannot be written (File exists): name"),
    ],
)
def test_what_cannot_be_packed_is_said_and_nothing_is_written(
    released, capsys, monkeypatch, spoil, arguments, message
):
    monkeypatch.chdir(released.root)
    spoil(released)
    assert main(["bundle", *arguments]) == 1
    said = capsys.readouterr().err
    assert message in said.split("\n")[0]
    assert not [*released.root.rglob("*.zip"), *released.root.rglob("*.part")]


def test_a_bundle_is_of_what_the_class_is_taught(released):
    released.choice.write_text(f'[{ASSIGNMENT}]\nwithout = ["clip"]\n')
    assert main(["-C", str(released.root), "release"]) == 0
    assert main(["-C", str(released.root), "bundle"]) == 0
    text = members(released.course / f"bundle-{ASSIGNMENT}.zip")[f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"]
    assert b"def double" in text
    assert b"clip" not in text


def test_the_command_packs_where_it_is_told_to(released, tmp_path):
    to = tmp_path / "new" / "hand-out.zip"
    done = run("autograder", "bundle", ASSIGNMENT, "--to", str(to), cwd=released.root)
    assert done.returncode == 0, done.stderr
    assert f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in members(to)
