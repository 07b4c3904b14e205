"""course.toml chooses what a class is taught; all that grades and gives back goes by it."""

import json

import nbformat
import pytest
from mini_course import ASSIGNMENT, ROOT, SMALL, run

from autograder import course, grade
from autograder.authoring import choice, release
from autograder.cli import main
from autograder.project import Project, UserError
from autograder.proving import sample, verify
from autograder.recording import gradebook

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
CHOICE = f"""\
[{ASSIGNMENT}]
without = ["clip"]
points = {{double = 50}}
total = 90
"""


def choose(project, text=CHOICE):
    project.choice.parent.mkdir(parents=True, exist_ok=True)
    project.choice.write_bytes(text.encode())
    return project


def files(project):
    return {p: p.read_bytes() for p in project.root.rglob("*") if p.is_file()}


def cells(project):
    nb = nbformat.read(project.course / "release" / ASSIGNMENT / NOTEBOOK, as_version=4)
    return {cell.id: cell for cell in nb.cells}


def autograder(project, *arguments):
    return main(["-C", str(project.root), *arguments])


# --- what is released ---


def test_a_class_that_chooses_has_a_release_of_its_own(project, capsys):
    release.write(project, ASSIGNMENT)
    before = files(project)
    assert autograder(choose(project), "release") == 0
    place = f"_build/course/release/{ASSIGNMENT}"
    said = f"released {ASSIGNMENT} ({place}/{NOTEBOOK}, {place}/hints.json)\n"
    assert capsys.readouterr().out == said
    assert {p: b for p, b in files(project).items() if "_build" not in p.parts} == {
        p: b for p, b in before.items() if "_build" not in p.parts
    }
    found = cells(project)
    assert list(found) == [
        "three-small-functions",
        "three-small-functions-1",
        "double-x",
        "double",
        "test_double",
        "test_double-1",
        "mean-x",
        "mean",
        "test_mean",
    ]
    assert found["test_double"].metadata.nbgrader.points == 50
    assert found["test_mean"].metadata.nbgrader.points == 40


def test_hints_are_those_of_what_is_taught(tmp_path, monkeypatch):
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path))
    name, gone = "08_segmentation", "crf_step"
    exercises = set(choice.whole(Project(ROOT), name).exercises)
    for text, wanted in (("", exercises), (f'without = ["{gone}"]\n', exercises - {gone})):
        built = release.build(choose(Project(ROOT), f"[{name}]\n{text}"), name)
        for content in (built.hints, built.release["hints.json"]):
            hints = json.loads(content)
            assert {mistake.split(".")[0] for mistake in hints["mistakes"]} == wanted
            known = [names for check in hints["checks"].values() for names in check.values()]
            assert {mistake.split(".")[0] for names in known for mistake in names} == wanted


def test_fingerprints_stay_those_of_the_whole_assignment(project):
    release.write(project, ASSIGNMENT)
    path = project.solution(ASSIGNMENT) / "fingerprints.json"
    before = path.read_bytes() if path.is_file() else None
    release.write(choose(project), ASSIGNMENT)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_check_goes_by_the_choice(project, capsys):
    autograder(choose(project), "release")
    assert autograder(project, "release", "--check") == 0
    choose(project, CHOICE.replace("50", "60").replace("90", "100"))
    assert autograder(project, "release", "--check") == 1
    assert "differs from its source (run: autograder release)" in capsys.readouterr().err
    choose(project)
    (project.course / "release" / "01_old").mkdir()
    assert autograder(project, "release", "--check") == 1
    assert "01_old is not named in _build/course/course.toml: remove it" in capsys.readouterr().err


def test_without_a_file_everything_is_taught_as_it_is(project):
    whole = choice.whole(project, ASSIGNMENT)
    assert choice.chosen(project, ASSIGNMENT).source is whole
    assert choice.assignments(project) == project.assignments == [ASSIGNMENT]
    choose(project, f"[{ASSIGNMENT}]\n")
    assert choice.chosen(project, ASSIGNMENT).source == whole


@pytest.mark.parametrize(
    "text",
    [
        f'[{ASSIGNMENT}]\nexercises = ["mean", "double"]',
        f'{ASSIGNMENT} = {{without = ["clip"]}}',
        f'\ufeff[{ASSIGNMENT}]\r\nwithout = [\r\n  "clip",  # next year\r\n]\r\n',
    ],
)
def test_ways_to_say_the_same(project, text):
    source = choice.chosen(choose(project, text), ASSIGNMENT).source
    assert {name: e.points for name, e in source.exercises.items()} == {"double": 30, "mean": 40}


HEADED = """\
# %% [markdown]
# ## 1 · Both
#
# ### Exercise `one` (60 points, *torch*)
#
# It is worth `one` (60 points).

# %% nbgrader={"grade_id": "one", "solution": true}
def one(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_one", "grade": true, "points": 40}
assert one(1) == 1

# %% nbgrader={"grade_id": "test_one_more", "grade": true, "points": 20}
assert one(2) == 2

# %% [markdown]
# ### Exercise `one_two` (40 points)

# %% nbgrader={"grade_id": "one_two", "solution": true}
def one_two(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_one_two", "grade": true, "points": 40}
assert one_two(1) == 2
"""


def headed(project, points):
    for path in project.mistakes(ASSIGNMENT).glob("*.py"):
        path.unlink()
    (project.solution(ASSIGNMENT) / "notebook.py").write_text(HEADED)
    choose(project, f"[{ASSIGNMENT}]\npoints = {points}\n")
    source = choice.chosen(project, ASSIGNMENT).source
    assert source.exercises["one"].tests[0] in source.cells
    headings = [
        line for cell in source.cells for line in cell.text.split("\n") if line.startswith("###")
    ]
    tests = [test for exercise in source.exercises.values() for test in exercise.tests]
    return [line for line in headings if "Exercise" in line], [t.nbgrader["points"] for t in tests]


def test_headings_and_cells_of_checks_have_the_points(project):
    assert headed(project, "{one = 10}") == (
        ["### Exercise `one` (10 points, *torch*)", "### Exercise `one_two` (40 points)"],
        [7, 3, 40],
    )
    assert headed(project, "{one_two = 1, one = 6}") == (
        ["### Exercise `one` (6 points, *torch*)", "### Exercise `one_two` (1 point)"],
        [4, 2, 1],
    )


def test_the_source_that_others_read_is_not_changed(project):
    headed(project, "{one = 10}")
    assert choice.whole(project, ASSIGNMENT).exercises["one"].points == 60


@pytest.mark.parametrize(
    ("points", "weights", "parts"),
    [
        (14, (5, 3, 3, 3), [5, 3, 3, 3]),
        (28, (5, 3, 3, 3), [10, 6, 6, 6]),
        (20, (5, 3, 3, 3), [8, 4, 4, 4]),
        (11, (5, 3, 3, 3), [4, 3, 2, 2]),
        (4, (5, 3, 3, 3), [1, 1, 1, 1]),
        (3, (90, 1, 1), [1, 1, 1]),
        (5, (90, 1, 1), [3, 1, 1]),
        (7, (2.5, 2.5), [4, 3]),
        (1000, (1,), [1000]),
    ],
)
def test_cells_of_checks_share_the_points_in_their_proportions(points, weights, parts):
    assert choice.share(points, weights) == parts


@pytest.mark.parametrize("name", Project(ROOT).assignments)
def test_each_exercise_of_this_course_can_be_left_out_and_the_headings_have_its_points(
    name, tmp_path, monkeypatch
):
    monkeypatch.setenv("DL4CV_COURSE", str(tmp_path))
    project = Project(ROOT)
    exercises = choice.whole(project, name).exercises
    for exercise in exercises:
        choose(project, f'[{name}]\nwithout = ["{exercise}"]\n')
        source = choice.chosen(project, name).source
        assert [*source.exercises] == [other for other in exercises if other != exercise]
    points = ", ".join(f"{exercise} = {31 + i}" for i, exercise in enumerate(exercises))
    choose(project, f"[{name}]\npoints = {{{points}}}\n")
    source = choice.chosen(project, name).source
    text = "\n".join(cell.text for cell in source.cells if cell.kind == "markdown")
    for i, exercise in enumerate(exercises):
        assert source.exercises[exercise].points == 31 + i
        assert f"### Exercise `{exercise}` ({31 + i} points" in text


def test_what_proves_the_tests_looks_at_the_whole(project):
    found = verify._Found(choose(project), ASSIGNMENT, everything=True)
    assert list(found.source.exercises) == ["double", "clip", "mean"]
    assert {entry.exercise for entry in found.entries} == {"double", "clip", "mean"}


# --- what is graded ---


@pytest.mark.tied(*SMALL)
def test_nbgrader_generates_the_same_bytes(project):
    release.write(choose(project), ASSIGNMENT)
    path = project.course / "release" / ASSIGNMENT / NOTEBOOK
    first = path.read_bytes()
    path.unlink()
    done = run("nbgrader", "generate_assignment", ASSIGNMENT, "--force", cwd=project.root)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == first
    assert not (project.root / "assignments").exists()


@pytest.mark.tied(*SMALL)
def test_a_class_is_graded_by_what_it_is_taught(project, capsys):
    choose(project)
    course.run(project, progress=lambda done, total: done, say=print)
    assert f"{ASSIGNMENT}: every score is as expected" in capsys.readouterr().out
    built = release.build(project, ASSIGNMENT)
    scores = gradebook.scores(project, built)
    assert scores["reference"] == {"double": 50, "mean": 40}
    assert gradebook.read_results(project, ASSIGNMENT)["reference"].max_score == 90
    page = project.course / "feedback" / "reference" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    text = page.read_text()
    assert "clip" not in text
    assert "50 of 50" in text
    assert not course.run(project, progress=lambda done, total: done, say=print)
    choose(project, CHOICE.replace("50", "60").replace("90", "100"))
    release.write(project, ASSIGNMENT)
    report = grade.grade(project, ASSIGNMENT, sandbox="none")
    assert (report.graded, report.unchanged) == ([], [])
    assert report.scores["reference"] == {"double": 60, "mean": 40}


@pytest.mark.tied(*SMALL)
def test_the_whole_notebook_counts_for_what_is_taught(project):
    """A student took it from the course's site."""
    release.write(project, ASSIGNMENT)
    whole = (project.release(ASSIGNMENT) / NOTEBOOK).read_bytes()
    source = choice.whole(project, ASSIGNMENT)
    right = sample.Student(dict.fromkeys(source.exercises, sample.RIGHT))
    release.write(choose(project), ASSIGNMENT)
    path = project.course / "submitted" / "ada" / ASSIGNMENT / NOTEBOOK
    path.parent.mkdir(parents=True)
    path.write_bytes(sample.submission(whole, source, right))
    report = grade.grade(project, ASSIGNMENT, sandbox="none")
    assert report.left_out == {}
    assert report.scores == {"ada": {"double": 50, "mean": 40}}


def test_what_the_class_is_not_taught_is_not_graded(project, capsys):
    path = project.root / "solutions" / "01_more"
    path.mkdir()
    (path / "notebook.py").write_text(HEADED)
    release.write(choose(project), ASSIGNMENT)
    assert choice.assignments(project) == [ASSIGNMENT]
    assert autograder(project, "release") == 0
    assert not (project.course / "release" / "01_more").exists()
    for command in ("release", "grade"):
        assert autograder(project, command, "01_more") == 1
        said = capsys.readouterr().err
        assert (
            "_build/course/course.toml does not name 01_more, so this class is not taught" in said
        )


# --- bad input ---

TABLE = f"[{ASSIGNMENT}]\n"
BAD = [
    ("", "names no assignment: add a line such as [00_mini] for each"),
    ("[00_mini]\nwithout = [\n", "not TOML: "),
    ('[00_mini]\nwithout ["clip"]\n', "not TOML: Expected '=' after a key in a key/value pair"),
    ('[00_mini]\nwithout ["clip"]\n', "(line 2, column 9)"),
    ("[00_mini]\n[00_mini]\n", "not TOML: Cannot declare ('00_mini',) twice (line 2"),
    ("[00_mimi]\n", "there is no assignment '00_mimi': is it 00_mini?"),
    ("[quantum]\n", "there is no assignment 'quantum' (there are: 00_mini)"),
    ("00_mini = true\n", "00_mini = True: name an assignment by a line [00_mini]"),
    ('exercises = ["double"]\n', "there is no assignment 'exercises' (there are: 00_mini)"),
    (TABLE + 'exercise = ["double"]\n', "[00_mini] has no key 'exercise': is it exercises?"),
    (
        TABLE + "colour = 1\n",
        "has no key 'colour' (there are: exercises, without, points, total, questions)",
    ),
    (TABLE + 'exercises = "double"\n', 'exercises must be a list of names, such as ["double"]'),
    (TABLE + "without = [1]\n", 'without must be a list of names, such as ["double"], not [1]'),
    (TABLE + 'exercises = ["duoble"]\n', "exercises: there is no exercise 'duoble': is it double?"),
    (
        TABLE + 'without = ["x"]\n',
        "without: there is no exercise 'x' (there are: double, clip, mean)",
    ),
    (TABLE + 'without = ["clip", "clip"]\n', "without names clip twice: name it once"),
    (TABLE + "exercises = []\n", "no exercise is left: leave the assignment out, or keep one"),
    (TABLE + 'without = ["double", "clip", "mean"]\n', "no exercise is left"),
    (TABLE + 'exercises = ["mean"]\nwithout = ["clip"]\n', "has exercises and without: say which"),
    (TABLE + "points = 20\n", "points must be a table, such as {double = 10}, not 20"),
    (TABLE + "points = {duble = 20}\n", "points: there is no exercise 'duble': is it double?"),
    (
        TABLE + 'without = ["clip"]\npoints = {clip = 9}\n',
        "points of clip, which is left out: keep it",
    ),
    (
        TABLE + "points = {clip = 0}\n",
        "points of clip must be a whole number from 1 to 1000, not 0",
    ),
    (TABLE + "points = {clip = -3}\n", "must be a whole number from 1 to 1000, not -3"),
    (TABLE + "points = {clip = 2.5}\n", "must be a whole number from 1 to 1000, not 2.5"),
    (TABLE + "points = {clip = true}\n", "must be a whole number from 1 to 1000, not True"),
    (TABLE + 'points = {clip = "9"}\n', "must be a whole number from 1 to 1000, not '9'"),
    (TABLE + "points = {clip = 1000000000}\n", "from 1 to 1000, not 1000000000"),
    (
        TABLE + "points = {clip = 1}\n",
        "clip = 1: it has 2 cells of checks, and each is worth a point",
    ),
    (
        TABLE + 'without = ["clip"]\ntotal = 100\n',
        "the points add up to 70, not to 100: double 30, mean 40",
    ),
    (
        TABLE + 'total = "all"\n',
        "the points add up to 100, not to 'all': double 30, clip 30, mean 40",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_choice_that_cannot_be_is_one_line_and_nothing_is_written(project, capsys, text, message):
    choose(project, text)
    before = files(project)
    assert autograder(project, "release") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("autograder: _build/course/course.toml: ")
    assert message in line
    assert files(project) == before


def test_a_file_that_is_no_text_is_one_line(project, capsys):
    choose(project)
    project.choice.write_bytes(b"[00_mini]\n# \xff\n")
    assert autograder(project, "release") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "course.toml: not UTF-8 text (byte 12): save it as UTF-8" in line


def test_one_wrong_assignment_keeps_all_from_being_written(project, capsys):
    path = project.root / "solutions" / "01_more"
    path.mkdir()
    (path / "notebook.py").write_text(HEADED)
    choose(project, CHOICE + "[01_more]\npoints = {one = 1}\n")
    before = files(project)
    assert autograder(project, "release") == 1
    assert "[01_more] one = 1: it has 2 cells of checks" in capsys.readouterr().err
    assert files(project) == before


def test_what_an_exercise_needs_is_named(project, capsys):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(
        path.read_text().replace("return min(max(x, low), high)", "return double(x) / 2")
    )
    choose(project, f'[{ASSIGNMENT}]\nwithout = ["double"]\n')
    before = files(project)
    assert autograder(project, "release") == 1
    assert capsys.readouterr().err == (
        "autograder: _build/course/course.toml: [00_mini] clip needs double, which is left out: "
        "keep double, or leave out clip as well\n"
    )
    assert files(project) == before


def test_a_choice_in_the_checkout_is_not_passed_over(project):
    (project.root / "course.toml").write_text(CHOICE)
    with pytest.raises(UserError, match=r"course\.toml lies in the checkout, where it is not read"):
        release.build(project, ASSIGNMENT)
