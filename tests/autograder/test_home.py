"""What runs where it was written and not as it was handed in here: a class of such notebooks, and
what each of them gets and is told."""

import copy
import json
import sys

import pytest
from mini_course import ASSIGNMENT, SMALL, make_project
from pages import flat

from autograder import grade
from autograder.authoring import release

VERSION = ".".join(map(str, sys.version_info[:2]))
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "clip": "def clip(x, low, high):\n    return min(max(x, low), high)",
    "mean": "def mean(x):\n    return total(x) / len(x)",
}
ALL = "\n\n".join(ANSWERS.values())
FULL = {"double": 30, "clip": 30, "mean": 40}


def cell(nb, name):
    return next(c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def text(found):
    return "".join(found["source"])


def own(nb, source, before=None):
    """Add a cell of the student's own, at the end or before the cell called before."""
    at = nb["cells"].index(cell(nb, before)) if before else len(nb["cells"])
    new = {"cell_type": "code", "id": f"own{at}", "metadata": {}, "source": source}
    nb["cells"].insert(at, new | {"outputs": [], "execution_count": 9})


def unwrite(nb, *names):
    for name in names:
        nb["cells"].remove(cell(nb, name))


# --- the class: each function makes of a notebook with all answers what was handed in ---


def merged_above(nb):
    cell(nb, "double")["source"] = ALL
    unwrite(nb, "clip", "mean")


def merged_below(nb):
    cell(nb, "mean")["source"] = ALL
    unwrite(nb, "double", "clip")


def merged_at_the_end(nb):
    for name in ANSWERS:
        cell(nb, name)["source"] = nb["stubs"][name]
    own(nb, ALL)


def one_is_below(nb):
    cell(nb, "double")["source"] = nb["stubs"]["double"]
    own(nb, ANSWERS["double"], before="test_mean")


def imports_begin_with(nb, source, **more):
    """Change the given cell of imports, as at home, where it ran and showed no error."""
    found = next(c for c in nb["cells"] if "import math" in text(c))
    found["source"] = f"{source}\n{text(found)}"
    found.update({"execution_count": 1} | more)


def package(nb):
    imports_begin_with(nb, "import a_package_of_mine")


def colab(nb):
    imports_begin_with(nb, "from google.colab import drive\ndrive.mount('/content/drive')")


def path(nb):
    imports_begin_with(nb, "text = open('/content/drive/x.txt').read()")


def path_that_failed_at_home(nb):
    error = {"output_type": "error", "ename": "FileNotFoundError", "evalue": "", "traceback": []}
    imports_begin_with(nb, "text = open('/content/drive/x.txt').read()", outputs=[error])


def magics(nb):
    imports_begin_with(nb, "%load_ext tensorboard\n%matplotlib widget\n%tensorboard --logdir x")


def newer(nb):
    imports_begin_with(nb, "type X = (x for x in ())\nprint(f'{X!r:>{9}}' 1)")
    nb["metadata"]["language_info"] = {"name": "python", "version": "99.1.0"}


def newer_answer(nb):
    newer(nb)
    cell(nb, "clip")["source"] = "def clip(x, low, high) 3:\n    return 1"


def own_package(nb):
    own(nb, "import a_package_of_mine as p\nLOW = 0", before="clip")
    own(nb, "def least(low):\n    return max(LOW, low)", before="clip")
    cell(nb, "clip")["source"] = "def clip(x, low, high):\n    return min(max(x, least(low)), high)"
    cell(nb, "mean")["source"] = "import p\n" + ANSWERS["mean"]


def hidden_state(nb):
    own(nb, "print(helper)", before="clip")


def never_ran(nb):
    own(nb, "print(helper)", before="clip")
    cell_before = nb["cells"][nb["cells"].index(cell(nb, "clip")) - 1]
    cell_before["execution_count"] = None


SYNTAX = f"its syntax is newer than Python {VERSION}, which runs here: written with 99.1"
PACKAGE = "the package a_package_of_mine is not installed here"
FILE = "the file /content/drive/x.txt is not here"
CLASS = {  # {a function above: the points, what is said to have failed here}
    merged_above: (FULL, []),
    merged_below: (FULL, []),
    merged_at_the_end: (FULL, []),
    one_is_below: (FULL, []),
    package: (FULL, [f"cell 2: {PACKAGE}"]),
    colab: (FULL, ["cell 2: the package google is not installed here"]),
    path: (FULL, [f"cell 2: {FILE}"]),
    path_that_failed_at_home: (FULL | {"mean": 0}, []),
    magics: (FULL, []),
    newer: (FULL, [f"cell 2: {SYNTAX}"]),
    newer_answer: (
        FULL | {"clip": 0},
        [f"cell 2: {SYNTAX}", f"clip: {SYNTAX} (needed by clip)"],
    ),
    own_package: (
        {"double": 30, "clip": 0, "mean": 0},
        [
            f"cell 8: {PACKAGE} (needed by clip)",
            "mean: the package p is not installed here (needed by mean)",
        ],
    ),
    hidden_state: (
        FULL,
        ["cell 8: NameError here, and no error where it was written: name 'helper' is not defined"],
    ),
    never_ran: (FULL, []),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The project, and the grade.Report of the whole class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DL4CV_COURSE", raising=False)
        project = make_project(tmp_path_factory.mktemp("home") / "project")
        release.write(project, ASSIGNMENT)
        released = json.loads((project.release(ASSIGNMENT) / NOTEBOOK).read_text())
        for change in CLASS:
            nb = copy.deepcopy(released)
            nb["stubs"] = {name: text(cell(nb, name)) for name in ANSWERS}
            for name, answer in ANSWERS.items():
                cell(nb, name)["source"] = answer
            change(nb)
            del nb["stubs"]
            path = project.course / "submitted" / change.__name__ / ASSIGNMENT / NOTEBOOK
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(nb))
        yield project, grade.grade(project, ASSIGNMENT, jobs=2)


@pytest.mark.tied(*SMALL)
@pytest.mark.parametrize("change", CLASS, ids=lambda change: change.__name__)
def test_what_ran_at_home_keeps_its_points_or_is_said_to_fail_here(graded, change):
    (project, report), (points, said) = graded, CLASS[change]
    student = change.__name__
    assert report.scores[student] == points
    assert report.here.get(student, []) == said
    page = project.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    shown = flat(page.read_text())
    assert ("Fails where it was graded" in shown) is bool(said)
    assert all(sentence in shown for sentence in said)
