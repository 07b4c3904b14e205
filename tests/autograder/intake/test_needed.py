"""Which cells run: all that a student wrote, and whatever it could depend on."""

import pytest

from autograder.intake.needed import needed

IMPORTS = "import numpy as np\nimport math"
DATA = "x, y = load()"
PLOT = "picture = np.ones(3)\nshow(picture)"
ANSWER = "def double(a):\n    return 2 * a"

GIVEN, OWN = True, False


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ([(IMPORTS, GIVEN), (DATA, GIVEN), (ANSWER, OWN), (PLOT, GIVEN)], [2]),
        ([(IMPORTS, GIVEN), ("def f(a):\n    return np.sum(a)", OWN)], [0, 1]),
        ([(IMPORTS, GIVEN), ("y = np.ones(3)", GIVEN), ("def f():\n    return y", OWN)], [0, 1, 2]),
        ([("def f():\n    return later", OWN), ("later = 1", GIVEN)], [0, 1]),
        ([("a = []", GIVEN), ("a.append(1)", GIVEN), ("print(a)", OWN)], [0, 1, 2]),
        ([("a = {}", GIVEN), ("a['k'] = 1", GIVEN), ("print(a)", OWN)], [0, 1, 2]),
        ([("a = 1", GIVEN), ("a += 1", GIVEN), ("print(a)", OWN)], [0, 1, 2]),
        ([("np.random.seed(0)", GIVEN), ("np.random.rand()", OWN)], [0, 1]),
        ([("class A:\n    pass", GIVEN), ("class B(A):\n    pass", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("b = 1", GIVEN), ("def f(c=b):\n    return c", OWN)], [1, 2]),
        ([("a = 1", GIVEN), ("f(", OWN)], [1]),  # does not parse, so reads nothing
        ([("a = 1", GIVEN), ("exec('print(a)')", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("import builtins as b\nb.eval('a')", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("model.eval()", OWN)], [1]),
        ([("a = 1", GIVEN), ("globals()['a']", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("%timeit 1", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("from math import *", OWN)], [0, 1]),
        ([("a = 1", GIVEN), ("get_ipython().user_ns", OWN)], [0, 1]),
        ([], []),
    ],
)
def test_what_an_answer_could_depend_on_runs_and_nothing_else_that_was_given(cells, wanted):
    assert needed(cells) == wanted
