"""A source is read in full, and each fault in it is named with its line."""

from pathlib import Path

import pytest
from mini_course import ASSIGNMENT, HERE

from autograder.authoring.source import SourceError, read_source

MINI = (HERE / "mini" / "solutions" / ASSIGNMENT / "notebook.py").read_text()


def read(tmp_path, text):
    path = tmp_path / "notebook.py"
    path.write_text(text, encoding="utf-8")
    return read_source(path, "notebook.py")


def test_exercises_have_their_tests_and_points(tmp_path):
    source = read(tmp_path, MINI)
    found = {
        name: ([test.grade_id for test in exercise.tests], exercise.points)
        for name, exercise in source.exercises.items()
    }
    assert found == {
        "double": (["test_double"], 30),
        "clip": (["test_clip", "test_clip_low"], 30),
        "mean": (["test_mean"], 40),
    }
    assert source.title == "Three small functions"
    assert source.withhold == ("cs_lib.averages.mean",)


def test_a_test_belongs_to_the_longest_name_that_fits(tmp_path):
    text = MINI.replace('"grade_id": "mean"', '"grade_id": "clip_low"')
    text = text.replace("def mean", "def clip_low").replace("test_mean", "test_clip_low_two")
    source = read(tmp_path, text)
    assert [t.grade_id for t in source.exercises["clip"].tests] == ["test_clip", "test_clip_low"]
    assert [t.grade_id for t in source.exercises["clip_low"].tests] == ["test_clip_low_two"]


FIRST = '# %% nbgrader={"grade_id": "double", "solution": true}'
TEST = '# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 30}'

FAULTS = {
    # what is wrong: (what is replaced, by what, a part of the line it names, and of the message)
    "points do not add up": (
        '"points": 30}',
        '"points": 31}',
        "# ---",
        "add up to 101, not to 100",
    ),
    "no points": (', "points": 30}', "}", '"test_double"', "needs points above 0"),
    "points below 0": ('"points": 30}', '"points": -30}', '"test_double"', "needs points above 0"),
    "points as text": (
        '"points": 30}',
        '"points": "30"}',
        '"test_double"',
        "'points' cannot be '30'",
    ),
    "points on a solution": (
        '"double", "solution": true',
        '"double", "solution": true, "points": 3',
        '"double"',
        "points without",
    ),
    "a grade_id twice": (
        '"test_clip_low"',
        '"test_clip"',
        '"test_clip"',
        "is taken by the cell in line",
    ),
    "a test of nothing": ('"test_mean"', '"test_median"', '"test_median"', "no exercise above it"),
    "an exercise without test": (
        '"test_mean"',
        '"test_clip_three"',
        '"mean"',
        "no test cell test_mean",
    ),
    "a test before its exercise": (
        FIRST,
        TEST.replace("test_double", "test_mean_first") + "\n\n" + FIRST,
        "test_mean_first",
        "no exercise above it",
    ),
    "another function": (
        "def double",
        "def twice",
        '"double"',
        "must define a function or class double",
    ),
    "no solution markers": (
        "    ### BEGIN SOLUTION\n    secret_solution = 2 * x\n"
        "    return secret_solution\n    ### END SOLUTION",
        "    return 2 * x",
        '"double"',
        "double: no ### BEGIN SOLUTION",
    ),
    "a solution that does not end": (
        "    return secret_solution\n    ### END SOLUTION",
        "    return secret_solution",
        "### BEGIN SOLUTION",
        "without ### END SOLUTION",
    ),
    "a solution that does not begin": (
        "    ### BEGIN SOLUTION\n    secret_solution",
        "    secret_solution",
        "### END SOLUTION",
        "### END SOLUTION without",
    ),
    "a solution in a solution": (
        "    return secret_solution",
        "    ### BEGIN SOLUTION\n    return secret_solution",
        "### BEGIN SOLUTION",
        "inside ### BEGIN SOLUTION",
    ),
    "a marker behind code": (
        "    ### BEGIN SOLUTION\n    secret_solution = 2 * x",
        "    secret_solution = 2 * x  ### BEGIN SOLUTION",
        "secret_solution = 2 * x  ### BEGIN SOLUTION",
        "stands alone on its line",
    ),
    "a solution in an ordinary cell": (
        'print("twice pi is", double(math.pi))',
        "### BEGIN SOLUTION\nx = 6.28\n### END SOLUTION",
        "### BEGIN SOLUTION",
        "would be released",
    ),
    "hidden tests in a solution": (
        "    return secret_solution\n",
        "    return secret_solution\n    ### BEGIN HIDDEN TESTS\n    ### END HIDDEN TESTS\n",
        "### BEGIN HIDDEN TESTS",
        "in a solution cell: move it to a test",
    ),
    "hidden tests in an ordinary cell": (
        'print("twice pi is", double(math.pi))',
        "### BEGIN HIDDEN TESTS\nx = 6.28\n### END HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS",
        "in an ordinary cell",
    ),
    "hidden tests that do not end": (
        '"secret hidden test"\n### END HIDDEN TESTS',
        '"secret hidden test"',
        "### BEGIN HIDDEN TESTS",
        "without ### END HIDDEN TESTS",
    ),
    "a stub that is not Python": (
        "    ### BEGIN SOLUTION\n    return total(x) / len(x)\n    ### END SOLUTION",
        "    if x:\n        ### BEGIN SOLUTION\n        y = 1\n    else:\n        y = 2\n"
        "        ### END SOLUTION\n    else:\n        y = 3",
        "else:",
        "not Python",
    ),
    "a test that needs its hidden part": (
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-7)",
        "if True:\n    ### BEGIN HIDDEN TESTS\n    assert double(-7)",
        '"test_double"',
        "without its hidden tests the cell is not Python",
    ),
    "not Python": ("import math", "import", "import", "not Python"),
    "solution and test at once": (
        '"grade": true, "points": 40',
        '"grade": true, "solution": true, "points": 40',
        '"test_mean"',
        "a solution with points is a question, and the text above it has no heading",
    ),
    "graded text": (
        "# %% [markdown]\n# ## Mean",
        '# %% [markdown] nbgrader={"grade_id": "essay", "solution": true}\n# ## Mean',
        '# %% [markdown] nbgrader={"grade_id": "essay", "solution": true}',
        "text is not graded by a program",
    ),
    "an unknown key": (
        '"double", "sol',
        '"double", "task": true, "sol',
        '"double"',
        "unknown nbgrader key",
    ),
    "metadata that is not JSON": (
        '{"grade_id": "double",',
        "{grade_id: double,",
        '# %% nbgrader={grade_id: double, "solution": true}',
        "metadata",
    ),
    "metadata of another kind": (
        FIRST,
        '# %% nbgrader="double"',
        '# %% nbgrader="double"',
        "must be a dictionary",
    ),
    "an id that is no name": ('"test_clip"', '"test clip"', '"test clip"', "must be a Python name"),
    "unknown cell metadata": (
        FIRST,
        FIRST + " slide=1",
        '"double"',
        "unknown cell metadata: slide",
    ),
    "a raw cell": (
        "# %% [markdown]\n# ## Mean",
        "# %% [raw]\n# ## Mean",
        "# %% [raw]",
        "raw cells",
    ),
    "text before the first cell": (
        "# ---\n\n# %%",
        "# ---\n\nx = 1\n# %%",
        "x = 1",
        "before the first",
    ),
    "a marker in a string": (
        "import math\n",
        'import math\n\ntext = """\n# %% no cell\n"""\n',
        "# %% [markdown]",
        "inside a string",
    ),
    "a withheld name is imported": (
        "import total",
        "import mean, total",
        "from cs_lib.averages import mean, total",
        "imports cs_lib.averages.mean, which the header withholds",
    ),
    "a withheld module is imported": (
        "[cs_lib.averages.mean]",
        "[cs_lib.averages]",
        "from cs_lib.averages import total",
        "which the header withholds",
    ),
    "a header that does not end": (
        "[cs_lib.averages.mean]\n# ---",
        "[]",
        "# ---",
        "no closing line",
    ),
    "a header that is not YAML": (
        "title: Three",
        "title: Three: four",
        "# title: Three: four small functions",
        "not YAML",
    ),
    "an unknown header": ("# title: Three", "# titel: Three", "# ---", "title"),
    "a title that is a number": ("title: Three small functions", "title: 3", "# ---", "quotes"),
    "withheld names of another library": (
        "cs_lib.averages.mean",
        "numpy.mean",
        "# ---",
        "full names",
    ),
    "a name withheld without its module": ("[cs_lib.averages.mean]", "mean", "# ---", "a list of"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_line(tmp_path, fault):
    old, new, at, message = FAULTS[fault]
    assert old in MINI
    text = MINI.replace(old, new, 1)
    with pytest.raises(SourceError) as error:
        read(tmp_path, text)
    file, line, said = str(error.value).split(":", 2)
    assert file == "notebook.py"
    assert at in text.split("\n")[int(line) - 1], str(error.value)
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "notebook.py:1: no cell"),
        (b"# %%\nx = 1\n", "notebook.py:1: no exercise"),
        (b"# %%\nx = '\xff'\n", "not UTF-8 text (byte 10)"),
    ],
)
def test_a_file_that_is_no_source_is_refused(tmp_path, content, message):
    path = tmp_path / "notebook.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"notebook\.py") as error:
        read_source(path, Path("notebook.py"))
    assert message in str(error.value)
