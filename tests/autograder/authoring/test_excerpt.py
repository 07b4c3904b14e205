"""Where exercises are left out, what hangs on them goes with them, and what is left runs."""

import pytest

from autograder.authoring.excerpt import Needed, excerpt
from autograder.authoring.source import read_source

SOURCE = """\
# %% [markdown]
# # Three
#
# Begin with `one`.

# %%
import math

# %% [markdown]
# ## 1 · Numbers
#
# What numbers are.
#
# ### Exercise `one` (30 points)
#
# ```python
# # one(1)
# ## a comment
# ```


# %% nbgrader={"grade_id": "one", "solution": true}
def one(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION


# %% tags=["folded"]
def close(a, b):
    return math.isclose(a, b)


# %% nbgrader={"grade_id": "test_one", "grade": true, "points": 30}
assert close(one(1), 1)

# %% [markdown]
# See `one` at work.

# %%
shown = one(2)

# %% [markdown]
# ### Exercise `two` (30 points)
#
# Unlike `one_of_many`.


# %% nbgrader={"grade_id": "two", "solution": true}
def two(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_two", "grade": true, "points": 30}
rows = [two(1)]
assert close(two(1), 2)

# %% [markdown]
# Together:

# %%
both = [one(1), two(1)]

# %% [markdown]
# ## 2 · Sums
#
# ### Exercise `three` (40 points)


# %% nbgrader={"grade_id": "three", "solution": true}
def three(x):
    ### BEGIN SOLUTION
    rows = [x]
    rows[0] = 3 * x
    return rows[0]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_three", "grade": true, "points": 40}
rows = []
rows.append(three(1))
assert close(rows[0], 3)

# %% [markdown]
# ## Put together
#
# A table.

# %%
print(both, three(1))

# %% [markdown]
# ## Done
#
# Hand it in.
"""


def left(tmp_path, *kept, text=SOURCE):
    path = tmp_path / "notebook.py"
    path.write_text(text)
    source, notes = excerpt(read_source(path), kept)
    return source, notes


def texts(source):
    return [cell.text for cell in source.cells]


def runs(source):
    space = {}
    for cell in source.cells:
        if cell.kind == "code":
            exec(cell.text, space)
    return True


def test_nothing_changes_where_nothing_is_left_out(tmp_path):
    source, notes = left(tmp_path, "one", "two", "three")
    assert source is read_source(tmp_path / "notebook.py")
    assert notes == []


def test_a_section_goes_and_what_others_need_of_it_stays(tmp_path):
    source, _ = left(tmp_path, "two", "three")
    assert list(source.exercises) == ["two", "three"]
    assert source.left_out == ("one",)
    found = texts(source)
    assert found[:4] == [
        "# Three\n\nBegin with `one`.",
        "import math",
        "## 1 · Numbers\n\nWhat numbers are.",
        "def close(a, b):\n    return math.isclose(a, b)",
    ]
    assert found[4].startswith("### Exercise `two`")
    assert not [text for text in found if "one(" in text or "at work" in text]
    assert runs(source)


def test_a_given_cell_that_needs_it_goes_with_its_text_and_what_hangs_on_that(tmp_path):
    source, notes = left(tmp_path, "two", "three")
    assert notes == [
        "without one this cell goes too: both = [one(1), two(1)]",
        "without one this cell goes too: print(both, three(1))",
        "the text still names one: Begin with `one`.",
    ]
    assert not [t for t in texts(source) if "Together" in t or "Put together" in t or "both" in t]
    assert texts(source)[-1] == "## Done\n\nHand it in."


def test_a_section_without_an_exercise_left_goes_as_a_whole(tmp_path):
    source, _ = left(tmp_path, "three")
    assert [t.split("\n")[0] for t in texts(source) if t.startswith("#")] == [
        "# Three",
        "## 2 · Sums",
        "## Done",
    ]
    assert runs(source)
    source, _ = left(tmp_path, "one", "two")
    assert "## 2 · Sums" not in "\n".join(texts(source))
    assert "both = [one(1), two(1)]" in texts(source)
    assert runs(source)


def test_a_heading_stays_while_there_is_code_under_it(tmp_path):
    more = SOURCE.replace("print(both, three(1))", "print(both, three(1))\n\n# %%\nlast = three(2)")
    source, _ = left(tmp_path, "two", "three", text=more)
    assert texts(source)[-3:] == [
        "## Put together\n\nA table.",
        "last = three(2)",
        "## Done\n\nHand it in.",
    ]


def test_a_name_is_that_of_the_cell_before(tmp_path):
    text = SOURCE.replace("import math", "import math\nlevel = 1")
    text = text.replace("shown = one(2)", "level = one(level)").replace("[one(1)", "[level")
    source, notes = left(tmp_path, "two", "three", text=text)
    assert "without one this cell goes too: both = [level, two(1)]" in notes
    assert "import math\nlevel = 1" in texts(source)
    source, _ = left(tmp_path, "one", "three", text=text)
    assert runs(source)
    assert "level = one(level)" in texts(source)


def test_a_name_that_only_begins_alike_is_not_named(tmp_path):
    _, notes = left(tmp_path, "two", "three")
    assert not [note for note in notes if "one_of_many" in note]


@pytest.mark.parametrize(
    ("old", "new", "exercise"),
    [
        ("    return 2 * x", "    return one(x) + x", "two"),
        ("rows = [two(1)]", "rows = [two(one(1))]", "two"),
        ("    rows = [x]", "    rows = [x, shown]", "three"),
    ],
)
def test_an_exercise_that_needs_another_is_named(tmp_path, old, new, exercise):
    with pytest.raises(Needed) as error:
        left(tmp_path, "two", "three", text=SOURCE.replace(old, new))
    assert (error.value.exercise, error.value.needed) == (exercise, "one")


def test_names_of_a_function_or_of_checks_are_nobodys_need(tmp_path):
    """rows is a list of test_two's, of test_three's and of three's own."""
    source, _ = left(tmp_path, "one", "three")
    assert list(source.exercises) == ["one", "three"]
    assert runs(source)


def test_an_exercise_without_a_heading_of_its_own_goes_alone(tmp_path):
    text = SOURCE.replace("# ## 2 · Sums\n#\n# ### Exercise `three` (40 points)", "# More of them")
    source, _ = left(tmp_path, "three", text=text)
    assert list(source.exercises) == ["three"]
    source, _ = left(tmp_path, "two", text=text)
    assert list(source.exercises) == ["two"]
    assert runs(source)
