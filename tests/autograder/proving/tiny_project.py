"""A small project with one assignment of two exercises, to try catalogues on."""

import shutil

from mini_course import ROOT

from autograder.project import Project

TINY = """\
# %%
import numpy as np

from cs_lib.testing import check_call

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 60}
check_call(double, np.array([1.0, 2.0]), want=np.array([2.0, 4.0]), label="two numbers")
### BEGIN HIDDEN TESTS
check_call(double, np.array([977.25, 0.0, -1.0]), want=np.array([1954.5, 0.0, -2.0]), label="three")
### END HIDDEN TESTS

# %%
print(double(np.ones(2)))

# %% nbgrader={"grade_id": "biggest", "solution": true}
def biggest(x):
    ### BEGIN SOLUTION
    return x.max()
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_biggest", "grade": true, "points": 40}
check_call(biggest, np.array([2.0, 3.0, 1.0]), want=3.0, label="in the middle")
check_call(biggest, np.array([-1.5, -3.0]), want=-1.5, label="negative numbers")
"""

DOUBLE = '''\
import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake("double", hint="Twice, not squared.", read="sec-double")
def squared(x):
    """It is squared."""
    return x**2


@mistake("double", hint="Once more.", read="sec-double")
def unchanged(x):
    """It is returned as it came."""
    return x


@mistake(
    "double", hint="Negative numbers, too.", read="sec-double", unseen="Nothing negative is shown."
)
def absolute(x):
    """The sign is lost."""
    return 2 * np.abs(x)


@alternative("double")
def added(x):
    """Added to itself."""
    return x + x
'''

BIGGEST = '''\
from autograder.authoring.catalogue import alternative, mistake


@mistake("biggest", hint="The other end.", read="sec-biggest")
def smallest(x):
    """The smallest is taken."""
    return x.min()


@mistake("biggest", hint="Look at all of it.", read="sec-biggest")
def first(x):
    """The first is taken."""
    return x[0]


@mistake("biggest", same_as="first")
def first_again(x):
    """The first is taken, by another way."""
    return next(iter(x))
'''

BOOK = "# A page\n\n(sec-double)=\n## Twice\n\n(sec-biggest)=\n## The biggest\n"


def make_tiny(root):
    folder = root / "solutions" / "00_tiny"
    folder.mkdir(parents=True)
    (folder / "notebook.py").write_text(TINY)
    (folder / "mistakes").mkdir()
    (folder / "mistakes" / "double.py").write_text(DOUBLE)
    (folder / "mistakes" / "biggest.py").write_text(BIGGEST)
    (root / "book").mkdir()
    (root / "book" / "page.md").write_text(BOOK)
    (root / "_config.yml").write_text("repository: {url: https://example.org/owner/course}\n")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Project(root)


def edit(project, file, *changes):
    path = project.solution("00_tiny") / file
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
