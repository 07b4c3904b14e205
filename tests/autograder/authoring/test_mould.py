"""What every assignment of this course keeps to, so that nobody loses a core for a corner."""

import builtins
import json
import re
import symtable
from pathlib import Path

import pytest

from autograder.authoring.source import (
    HIDDEN,
    SOLUTION,
    read_source,
    replace_regions,
    without_magics,
)
from autograder.project import Project

ROOT = Path(__file__).parents[3]
ASSIGNMENTS = Project(ROOT).assignments
MOST = 6  # points of a cell of checks: what one wrong corner can cost
NOISE = 0.7  # lines of visible checks for a line of text and stub
SEEN = 0.97  # of the known mistakes, those that fail a visible check


def source_of(name):
    return read_source(ROOT / "solutions" / name / "notebook.py")


def lines(text):
    return sum(bool(line.strip()) for line in text.split("\n"))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_cell_of_checks_is_a_cliff(name):
    tests = [test for exercise in source_of(name).exercises.values() for test in exercise.tests]
    cliffs = {t.grade_id: t.nbgrader["points"] for t in tests if t.nbgrader["points"] > MOST}
    assert cliffs == {}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_heading_has_the_points_of_its_cells(name):
    source = source_of(name)
    text = "\n".join(cell.text for cell in source.cells if cell.kind == "markdown")
    said = dict(re.findall(r"(?m)^### Exercise `(\w+)` \((\d+) points?\b", text))
    assert said == {exercise: f"{e.points:g}" for exercise, e in source.exercises.items()}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_there_is_more_to_read_than_to_scroll_past(name):
    cells = source_of(name).cells
    text = sum(lines(cell.text) for cell in cells if cell.kind == "markdown")
    stubs = [replace_regions(c.text, *SOLUTION, ["raise …"]) for c in cells if c.is_solution]
    checks = [replace_regions(c.text, *HIDDEN) for c in cells if c.is_test]
    assert sum(map(lines, checks)) <= NOISE * (text + sum(map(lines, stubs)))


def names(text):
    """The notebook's names that a cell binds, and those that it takes from other cells."""
    module = symtable.symtable(without_magics(text), "cell", "exec")
    bound = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    bound |= {s.get_name() for s in module.get_symbols() if s.is_namespace()}
    taken = {s.get_name() for s in module.get_symbols() if s.is_referenced()}
    scopes = module.get_children()
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        taken |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
    return bound, taken - bound - {*dir(builtins), "get_ipython"}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_cell_of_checks_can_be_run_alone_and_again(name):
    cells = [cell for cell in source_of(name).cells if cell.kind == "code" and not cell.may_fail]
    found = {i: names(cell.text) for i, cell in enumerate(cells)}
    checks = [i for i, cell in enumerate(cells) if cell.is_test]
    given = set().union(*(found[i][0] for i in found if i not in checks))
    faults = [
        f"{cells[i].grade_id} takes {word} from another cell of checks"
        for i in checks
        for word in sorted(found[i][1] - given)
    ]
    for i in checks:
        for word in sorted(found[i][0] & given):
            if any(word in taken for j, (_, taken) in found.items() if j != i):
                faults.append(f"{cells[i].grade_id} changes {word}, which other cells read")
    assert faults == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_cells_of_checks_say_that_they_passed_are_folded_and_add_up(name):
    cells = json.loads((ROOT / f"assignments/{name}/{name}.ipynb").read_text("utf-8"))["cells"]
    checks = [c for c in cells if c["metadata"].get("nbgrader", {}).get("points")]
    for cell in checks:
        assert cell["metadata"]["jupyter"] == {"source_hidden": True}
        assert "".join(cell["source"]).split("\n")[-1].startswith('passed("')
    last = "".join(cells[-1]["source"])
    assert last.startswith("progress({")
    assert last.count("\n    ") == len(checks)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_there_is_a_warm_up(name):
    cells = json.loads((ROOT / f"assignments/{name}/{name}.ipynb").read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    warm, first = (
        next(i for i, text in enumerate(texts) if start in text)
        for start in ('passed("warm-up")', "raise NotImplementedError")
    )
    assert warm < first


def test_what_is_wrong_is_seen_before_it_is_handed_in():
    found = json.loads((ROOT / "book/verify.json").read_text("utf-8"))
    exercises = [line for report in found.values() for line in report["exercises"].values()]
    seen, mistakes = (sum(line[key] for line in exercises) for key in ("visible", "mistakes"))
    assert mistakes > 500
    assert seen / mistakes >= SEEN
