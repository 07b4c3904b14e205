"""Which given cells have to run: those that the student's own cells could depend on."""

import pytest

from autograder.needed import needed

GIVEN = ["x = 1", "y = x + 1", "def helper(a):\n    return a", "print('a picture')"]


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ("def f(x, y):\n    return x + y", []),  # its own x and y
        ("def f(a):\n    y = a\n    return [x for x in y]", []),
        ("def f(a):\n    return a + x", [0]),
        ("def f(a):\n    return y", [0, 1]),  # y needs x
        ("def f(a):\n    def g():\n        return helper(a)\n    return g()", [2]),
        ("f = lambda helper: helper", []),
        ("def f(a, b=x):\n    return b", [0]),
        ("def f(a):\n    global x\n    x = a", [0]),
        ("x += 1", [0]),
        ("class A:\n    x = x", [0]),
        ("class A:\n    def f(self):\n        return y", [0, 1]),
        ("@helper\ndef f(x):\n    return x", [2]),
        ("f = [x for a in y]", [0, 1]),
        ("def f(:", []),
        ("f = eval('x')", [0, 1, 2, 3]),  # what it reads cannot be seen
        ("%run other.py", [0, 1, 2, 3]),
        ("from os import *", [0, 1, 2, 3]),
    ],
)
def test_given_cells_run_where_a_students_cell_reads_what_they_bind(own, wanted):
    cells = [*((text, True) for text in GIVEN), (own, False)]
    assert needed(cells) == [*wanted, len(GIVEN)]
