"""The open challenge, from its source to the class's table, on a class of made-up students."""

import html
import json
import re

import nbformat
import pytest
from mini_course import ASSIGNMENT, ROOT, SMALL, make_project, run
from nbgrader.api import Gradebook

from autograder.authoring.choice import chosen
from autograder.authoring.excerpt import excerpt
from autograder.authoring.source import SourceError, read_source
from autograder.cli import main
from autograder.judging import disclose
from autograder.project import Project
from autograder.proving import verify
from autograder.returning.leaderboard import ranking

pytestmark = pytest.mark.tied(*SMALL)
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
# Of the hidden numbers a half is odd, and a quarter leaves 1 when divided by 4.
SECTION = """
# %% [markdown]
# ## Open challenge ★
#
# Which numbers are odd? Give 1 for those, and 0 for the others.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.5 |
# | the course's own answer | 0.75 |

# %%
import numpy as np

from cs_lib.challenge import challenge_score


limit = 0.5


def right(got):
    return np.mean(got == x % 2)


def baseline(x):
    return 0 * x


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(x):
    ### BEGIN SOLUTION
    return (x % 4 == 1).astype(int)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
x = np.arange(8)
challenge_score(
    challenge, x, score=right, shape=(8,), whole=True, label="share of 8 numbers", seconds=limit
)
### BEGIN HIDDEN TESTS
x = np.arange(987_000, 987_016)
challenge_score(
    challenge, x, score=right, shape=(16,), whole=True, label="share of 16 numbers", seconds=limit
)
### END HIDDEN TESTS
"""
HIDDEN = re.compile("9870(0|1)")
DOUBLE = "def double(x):\n    return 2 * x"
ANSWERS = {  # what a student writes: (score, a word of why there is none)
    "untouched": (None, "", ""),
    "baseline": ("return baseline(x)", "0.5", ""),
    "better": ("return x % 2", "1", ""),
    "nan": ("return x * np.nan", "", "got another dtype"),
    "shape": ("return x[:-1] % 2", "", "got another shape"),
    "raises": ("raise KeyError(str(x))", "", "your code raised KeyError"),
    "ends": ("import os; os._exit(0)", "", "the notebook's process was ended"),
    "slow": (
        "import time; t = time.process_time()\n    while time.process_time() < t + 0.8: pass\n"
        "    return x % 2",
        *("", "took more time"),
    ),
}


def with_section(project, section=SECTION):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(path.read_text() + section)
    return path


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """(The graded project, what grading said): each student has solved `double`, too."""
    project = make_project(tmp_path_factory.mktemp("open") / "project")
    with_section(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DL4CV_COURSE", str(project.course))
        assert main(["-C", str(project.root), "release"]) == 0
        for student, (body, *_) in ANSWERS.items():
            nb = nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, as_version=4)
            for cell in nb.cells:
                if cell.id == "double":
                    cell.source = DOUBLE
                elif cell.id == "challenge" and body:
                    cell.source = f"def challenge(x):\n    {body}"
            folder = project.course / "submitted" / student / ASSIGNMENT
            folder.mkdir(parents=True)
            nbformat.write(nb, folder / NOTEBOOK)
        done = run("autograder", "grade", ASSIGNMENT, cwd=project.root)
    assert done.returncode == 0, done.stdout + done.stderr
    return project, done.stdout


def graded(project, student):
    path = project.course / "autograded" / student / ASSIGNMENT / NOTEBOOK
    return nbformat.read(path, as_version=4)


def feedback(project, student):
    folder = project.course / "feedback" / student / ASSIGNMENT
    return html.unescape((folder / f"{ASSIGNMENT}.html").read_text("utf-8"))


# --- what a student gets ---


@pytest.mark.parametrize("student", ANSWERS)
def test_a_score_is_the_judges_and_what_is_no_answer_has_none(school, student):
    project, _ = school
    _, score, why = ANSWERS[student]
    said = graded(project, student).metadata.autograder.get("challenge")
    if student == "untouched":
        assert said is None
        assert "Open challenge:" not in feedback(project, student)
        return
    assert said[0] == score
    assert why in said[1]
    got = score or "no score ("
    assert f"Open challenge: {got}" in feedback(project, student)
    assert "; the course's own answer 0.75." in feedback(project, student)


def test_it_takes_nothing_from_the_exercises_and_is_worth_nothing(school):
    project, said = school
    with Gradebook(project.database) as gradebook:
        found = gradebook.assignment_submissions(ASSIGNMENT)
        assert {s.student.id: (s.score, s.max_score) for s in found} == dict.fromkeys(
            ANSWERS, (30, 100)
        )
    assert said.split("\n")[0].split() == ["1", "2", "3", "total"]
    assert "stopped" not in said


@pytest.mark.parametrize("student", ANSWERS)
def test_nothing_of_the_hidden_numbers_is_told(school, student):
    project, _ = school
    written = nbformat.writes(graded(project, student)) + feedback(project, student)
    assert not HIDDEN.search(written)


def test_a_notebook_shows_the_check_without_its_hidden_part(school):
    project, _ = school
    nb = nbformat.read(project.release(ASSIGNMENT) / NOTEBOOK, as_version=4)
    text = nbformat.writes(nb)
    assert not HIDDEN.search(text)
    assert "x % 4" not in text
    assert "987_000" not in text
    [cell] = [cell for cell in nb.cells if cell.id == "test_challenge"]
    assert "share of 8 numbers" in cell.source


# --- what an instructor gets ---


def test_the_report_ranks_the_class_with_the_courses_own_answers(school, capsys):
    project, _ = school
    assert main(["-C", str(project.root), "report", ASSIGNMENT]) == 0
    text = (project.course / "reports" / f"{ASSIGNMENT}.html").read_text("utf-8")
    part = html.unescape(text).split("<h2>Open challenge</h2>")[1].split("<h2>")[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", part.split("</table>")[0])
    assert [cells[i : i + 3] for i in range(0, len(cells), 3)] == [
        ["1", "better", "1"],
        ["", "the course's own answer", "0.75"],
        ["", "the baseline", "0.5"],
        ["2", "baseline", "0.5"],
    ]
    assert "took more time than it may" in part


def test_the_class_is_shown_pseudonyms(school, capsys):
    project, _ = school
    assert main(["-C", str(project.root), "report", ASSIGNMENT, "--challenge"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["| Rank | Who | Score |", "| --: | :-- | --: |"]
    assert re.fullmatch(r"\| 1 \| p[0-9a-f]{12} \| 1 \|", lines[2])
    assert len(lines) == 6
    assert not any(student in "\n".join(lines[2:3]) for student in ANSWERS)


def test_equal_scores_share_a_rank():
    scores = {"ada": "0.9", "bob": "0.9", "eve": "0.8", "zoe": "0.95"}
    found = ranking({"the baseline": "0.9", "ours": "0.99"}, scores)
    assert [rank for rank, *_ in found] == ["", "1", "", "2", "2", "4"]


def test_a_challenge_can_be_left_out_and_nothing_else_goes(project):
    with_section(project)
    project.choice.parent.mkdir(parents=True, exist_ok=True)
    project.choice.write_text(f'[{ASSIGNMENT}]\nwithout = ["challenge"]\ntotal = 100\n')
    part = chosen(project, ASSIGNMENT)
    assert part.notes == []
    assert part.source.challenge is None
    assert list(part.source.exercises) == ["double", "clip", "mean"]
    assert not any("challenge" in cell.text for cell in part.source.cells)


def test_without_an_exercise_the_challenge_stays(project):
    with_section(project)
    project.choice.parent.mkdir(parents=True, exist_ok=True)
    project.choice.write_text(f'[{ASSIGNMENT}]\nwithout = ["double", "mean"]\n')
    assert chosen(project, ASSIGNMENT).source.challenge.own == "0.75"


# --- what an author gets ---


def test_verify_measures_the_scores_that_the_text_states(project, capsys):
    with_section(project)
    root = ["-C", str(project.root)]
    assert main([*root, "verify", ASSIGNMENT, "--exercise", "challenge"]) == 0
    said = capsys.readouterr().out
    assert "open challenge: the baseline 0.5, the course's own answer 0.75\n" in said
    kept = json.loads((project.solution(ASSIGNMENT) / verify.FILE).read_text("utf-8"))["parts"]
    measured = {"the baseline": "0.5", "the course's own answer": "0.75"}
    assert kept["challenge"]["result"] == measured


CALL = "987_016)\nchallenge_score(\n    "
ACCEPTS_ANYTHING = [
    ("score=right, shape=(16,), whole=True", "score=lambda got: 0.5, shape=(None,)"),
    (f"{CALL}challenge,", f"{CALL}lambda x: (challenge(x), x)[1],"),
]
WRONG = [
    (
        [("own answer | 0.75 |", "own answer | 0.95 |")],
        ["own answer scores 0.75, and"],
    ),
    ([("baseline | 0.5 |", "baseline | 0.10 |")], ["the baseline scores 0.5, and"]),
    (ACCEPTS_ANYTHING, ["own answer scores 0.5, and", "an answer of nan has a score"]),
    ([("return 0 * x", "return double(x)")], ["the baseline has no score: CheckFailed"]),
    ([("return (x % 4", "return x[1:] + (x % 4")], ["the course's own answer has no score"]),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_verify_refuses_a_challenge_that_is_not_as_it_says(project, changes, said):
    section = SECTION
    for old, new in changes:
        assert old in section
        section = section.replace(old, new)
    with_section(project, section)
    problems = verify.scores(project, ASSIGNMENT)[0].problems
    assert all(any(part in problem for problem in problems) for part in said)


@pytest.mark.parametrize("name", Project(ROOT).assignments)
def test_the_courses_challenges_need_no_exercise(name):
    source = read_source(ROOT / "solutions" / name / "notebook.py")
    if source.challenge:
        part, _ = excerpt(source, ["challenge"])
        assert part.exercises == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def baseline", "def base", "no given function `baseline`"),
        ("# | the baseline | 0.5 |\n", "", "no line `| the baseline | 0.87 |`"),
        ("own answer | 0.75 |", "own answer | good |", "no line `| the course's own answer |"),
        ("## Open challenge ★", "## Another", "no heading `## Open challenge ★`"),
        ('"points": 0', '"points": 5', 'has "grade": true and "points": 0'),
        (SECTION[SECTION.index("### BEGIN HID") :], "", "with a hidden part"),
    ],
)
def test_a_challenge_that_lacks_something_is_not_released(project, old, new, said):
    path = with_section(project, SECTION.replace(old, new))
    with pytest.raises(SourceError, match=re.escape(said)):
        read_source(path)
    assert main(["-C", str(project.root), "release", "--check"]) == 1


def test_a_page_tells_twelve_bits_of_a_challenge_at_most():
    verdict = {"passed": True, "error": "", "lines": [], "author": False}
    scores = [10**e * n / 4000 for e in range(-9, 9) for n in range(40_000)] + [-1.0]
    told = {disclose.challenge(verdict | {"score": score})[0] for score in scores}
    sentences = len({*disclose._SAID.values()}) + 2 * len(disclose._CLASSES) + 3
    assert all(len(text.replace(".", "").lstrip("0")) <= 3 for text in told)
    assert len(told) + sentences <= 2**12
