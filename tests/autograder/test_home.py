"""What runs where it was written and not as it was handed in here: a class of such notebooks, and
what each of them gets and is told."""

import copy
import json

import pytest
from mini_course import ASSIGNMENT, SMALL, make_project

from autograder import grade
from autograder.authoring import release

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


CLASS = {  # {a function above: the points}
    merged_above: FULL,
    merged_below: FULL,
    merged_at_the_end: FULL,
    one_is_below: FULL,
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The grade.Report of the whole class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DL4CV_COURSE", "")
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
        return grade.grade(project, ASSIGNMENT, jobs=2)


@pytest.mark.tied(*SMALL)
@pytest.mark.parametrize("change", CLASS, ids=lambda change: change.__name__)
def test_the_points_are_those_that_it_would_get_at_home(report, change):
    assert report.scores[change.__name__] == CLASS[change]
