"""Questions that a person reads: in a source, in course.toml, and what is wrong with one."""

import json

import nbformat
import pytest
from mini_course import ASSIGNMENT, HERE

from autograder.authoring import choice, release
from autograder.authoring.source import SourceError, read_source
from autograder.cli import main
from autograder.project import UserError

MINI = (HERE / "mini" / "solutions" / ASSIGNMENT / "notebook.py").read_text()
ANSWER = (
    '# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 10}'
)
ASKED = f"""
# %% [markdown]
# ### Question `why` (10 points)
#
# Why twice?
#
# Rubric:
#
# - 4 points: says what
#   happens
# - 5.5 points: gives the reason
# - 0.5 points: in a sentence

{ANSWER}
# Because.
"""
OWN = {"points": 10, "text": "Why twice?", "rubric": {"says what": 4, "gives the reason": 6}}


def with_question(asked=ASKED):
    """The small assignment with a question at its end, of which 10 of its points are."""
    assert MINI.count('"points": 40') == 1
    return MINI.replace('"points": 40', '"points": 30') + asked


def read(project, text):
    path = project.solution(ASSIGNMENT) / "notebook.py"
    path.write_text(text)
    return read_source(path, path.name)


def choose(project, **own):
    """course.toml with one question of its own, why."""
    values = {key: value for key, value in (OWN | own).items() if value is not None}
    lines = [f"[{ASSIGNMENT}]", f"[{ASSIGNMENT}.questions.why]"]
    for key, value in values.items():
        if isinstance(value, dict):
            inside = ", ".join(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in value.items())
            lines.append(f"{key} = {{{inside}}}")
        else:
            lines.append(f"{key} = {json.dumps(value)}")
    project.choice.parent.mkdir(parents=True, exist_ok=True)
    project.choice.write_text("\n".join(lines))
    return project


def released(project):
    text = release.build(project, ASSIGNMENT).release[f"{ASSIGNMENT}.ipynb"].decode()
    return {cell.id: cell for cell in nbformat.reads(text, as_version=4).cells}


def test_a_question_of_a_source_has_its_rubric_and_its_points(project):
    source = read(project, with_question())
    assert list(source.exercises) == ["double", "clip", "mean"]
    assert list(source.graded) == ["double", "clip", "mean", "why"]
    assert source.questions["why"].points == 10
    assert source.questions["why"].rubric == {
        "says what happens": 4,
        "gives the reason": 5.5,
        "in a sentence": 0.5,
    }


def test_the_release_has_nbgraders_cell_for_it_and_no_answer(project):
    read(project, with_question())
    cells = released(project)
    assert cells["why"].cell_type == "markdown"
    marks = cells["why"].metadata.nbgrader
    assert (marks.grade, marks.solution, marks.locked, marks.points) == (True, True, False, 10)
    assert cells["why"].source == "YOUR ANSWER HERE"
    assert "Because." not in "".join(cell.source for cell in cells.values())
    assert "- 4 points: says what" in cells["question-why-10-points"].source


def test_what_stands_around_a_models_answer_is_released(project):
    code = ANSWER.replace(" [markdown]", "")
    body = "\nx = [1, 2]\n### BEGIN SOLUTION\nprint(x[0])\n### END SOLUTION\n"
    read(project, with_question(ASKED.replace(f"{ANSWER}\n# Because.\n", code + body)))
    cell = released(project)["why"]
    assert cell.source.startswith("x = [1, 2]\n# YOUR CODE HERE\nraise NotImplementedError(")
    assert cell.metadata.tags == ["raises-exception"]


FAULTS = {
    "no rubric": ("Rubric:", "What counts:", "its text has 0 lines `Rubric:`"),
    "two rubrics": ("Why twice?", "Rubric:", "its text has 2 lines `Rubric:`"),
    "an empty rubric": (
        "# - 4 points: says what\n#   happens\n# - 5.5 points: gives the reason\n"
        "# - 0.5 points: in a sentence\n",
        "",
        "its rubric adds up to 0 points, not to 10: nothing",
    ),
    "a criterion without points": (
        "- 4 points: says what",
        "- says what",
        "its rubric has the line '- says what', which gives no points: each is such as",
    ),
    "a rubric that does not add up": (
        "- 4 points",
        "- 3 points",
        "its rubric adds up to 9 points, not to 10: says what happens 3, gives the reason 5.5",
    ),
    "a criterion twice": ("in a sentence", "gives the reason", "'gives the reason' twice"),
    "another heading": (
        "`why` (10",
        "`how` (10",
        "has no heading `### Question `why` (10 points)`",
    ),
    "other points in the heading": ("(10 points)", "(9 points)", "says 9 points, its cell 10"),
    "no text above": ("# %% [markdown]\n# ### Question", "# %%\n# ### Question", "no heading"),
    "no points": (', "points": 10', "", "why: a question needs points above 0"),
    "a hidden test": (
        "# Because.",
        "# ### BEGIN HIDDEN TESTS\n# x\n# ### END HIDDEN TESTS",
        "in a solution cell: move it to a test",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_source_is_one_line_and_nothing_is_written(project, capsys, fault):
    old, new, said = FAULTS[fault]
    text = with_question(ASKED.replace(old, new, 1))
    assert text != with_question()
    with pytest.raises(SourceError, match=r"notebook\.py:\d+: ") as error:
        read(project, text)
    assert said in str(error.value)
    assert main(["-C", str(project.root), "release", ASSIGNMENT]) == 1
    assert said in capsys.readouterr().err
    assert not project.release(ASSIGNMENT).exists()


def test_the_points_of_questions_count_in_the_hundred(project):
    with pytest.raises(SourceError, match=r"add up to 110, not to 100: double 30, .*, why 10"):
        read(project, MINI + ASKED)


# --- a class's own ---


@pytest.mark.parametrize(
    ("answer", "kind"), [(None, "markdown"), ("text", "markdown"), ("code", "code")]
)
def test_a_class_adds_a_question_without_touching_a_source(project, answer, kind):
    cells = released(choose(project, answer=answer))
    asked, answered = [*cells.values()][-2:]
    assert asked.source == (
        "## Question `why` (10 points)\n\nWhy twice?\n\nRubric:\n\n"
        "- 4 points: says what\n- 6 points: gives the reason"
    )
    assert (answered.id, answered.cell_type) == ("why", kind)
    assert choice.chosen(project, ASSIGNMENT).source.questions["why"].rubric == OWN["rubric"]
    assert read_source(project.solution(ASSIGNMENT) / "notebook.py").questions == {}


def test_it_stands_before_the_closing_words(project):
    read(project, MINI + "\n# %% [markdown]\n# ## Done\n#\n# Hand it in.\n")
    assert [*released(choose(project))][-3:] == ["question-why-10-points", "why", "done"]


OWN_FAULTS = {
    "no points": ({"points": None}, "its points must be a whole number from 1 to 1000, not None"),
    "half points": ({"points": 9.5}, "its points must be a whole number from 1 to 1000, not 9.5"),
    "no text": ({"text": " "}, "its text must say what is asked, not ' '"),
    "no rubric": ({"rubric": None}, "its rubric must say what counts, such as "),
    "a rubric in words": ({"rubric": "all of it"}, "its rubric must say what counts, such as "),
    "a criterion without points": (
        {"rubric": {"says what": 10, "gives the reason": ""}},
        "its rubric gives 'gives the reason' no points, but ''",
    ),
    "a criterion that takes points": (
        {"rubric": {"says what": 12, "is too long": -2}},
        "its rubric gives 'is too long' no points, but -2",
    ),
    "a rubric that does not add up": (
        {"points": 12},
        "its rubric adds up to 10 points, not to 12: says what 4, gives the reason 6",
    ),
    "a rubric in the text": ({"text": "Rubric:"}, "its text has 2 lines `Rubric:`"),
    "an unknown key": ({"point": 10}, "has no key 'point': is it points?"),
    "an unknown answer": ({"answer": "plot"}, "must be one of text, code, not 'plot'"),
}


@pytest.mark.parametrize("fault", OWN_FAULTS)
def test_a_fault_of_course_toml_is_one_line_and_nothing_is_written(project, capsys, fault):
    own, said = OWN_FAULTS[fault]
    assert main(["-C", str(choose(project, **own).root), "release"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    where = f"autograder: _build/course/course.toml: [{ASSIGNMENT}] question why: "
    assert line.startswith(where)
    assert said in line
    assert not project.releases.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions = 3", "questions must be tables, such as"),
        ("questions.why = 3", "questions must be tables, such as"),
        ("questions.mean = {}", "questions: 'mean' is one of the assignment's own: call it"),
        ("questions.test_mean = {}", "questions: 'test_mean' is one of the assignment's own"),
        ('questions."a b" = {}', "questions: 'a b' is no name such as reason: call it"),
    ],
)
def test_a_question_needs_a_table_and_a_name_of_its_own(project, text, said):
    choose(project).choice.write_text(f"[{ASSIGNMENT}]\n{text}\n")
    with pytest.raises(UserError) as error:
        choice.chosen(project, ASSIGNMENT)
    assert said in str(error.value)


def test_total_counts_a_classs_own_questions(project):
    path = choose(project).choice
    path.write_text(path.read_text().replace("]\n", "]\ntotal = 100\n", 1))
    with pytest.raises(UserError, match=r"the points add up to 110, not to 100: .*, why 10$"):
        choice.chosen(project, ASSIGNMENT)


def test_a_question_of_a_source_can_be_left_out_and_keeps_its_rubrics_points(project):
    whole = read(project, with_question())
    path = choose(project).choice
    path.write_text(f'[{ASSIGNMENT}]\nwithout = ["why"]\n')
    source = choice.chosen(project, ASSIGNMENT).source
    assert (source.left_out, source.questions) == (("why",), {})
    assert not [cell for cell in source.cells if "why" in cell.text or cell.is_question]
    path.write_text(f'[{ASSIGNMENT}]\nwithout = ["clip"]\n')
    kept = choice.chosen(project, ASSIGNMENT).source
    assert list(kept.graded) == ["double", "mean", "why"]
    assert kept.questions == whole.questions
    path.write_text(f"[{ASSIGNMENT}]\npoints = {{why = 20}}\n")
    with pytest.raises(UserError, match="points of why: its rubric says them"):
        choice.chosen(project, ASSIGNMENT)


def test_a_list_of_checks_says_what_a_person_reads(project):
    read(
        project, MINI.replace("import math\n", "import math\nfrom cs_lib.testing import progress\n")
    )
    cells = released(choose(project))
    assert "A person reads your answer to `why` (10 points); it is not" in cells["progress"].source
    assert '"why"' not in cells["progress-1"].source
