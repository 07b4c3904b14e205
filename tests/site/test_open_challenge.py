"""The scores of open challenges on the book's pages are those that `verify` has kept."""

import json
import re
from pathlib import Path

import challenge
import pytest

from autograder.authoring.source import read_source

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in ROOT.glob("solutions/*/notebook.py"))


def source(assignment):
    return read_source(ROOT / "solutions" / assignment / "notebook.py")


@pytest.mark.parametrize("assignment", [n for n in ASSIGNMENTS if source(n).challenge])
def test_a_chapter_has_the_challenge_of_its_assignment_on_its_last_page(assignment):
    toc = (ROOT / "_toc.yml").read_text("utf-8")
    last = re.findall(rf"- file: (book/{assignment}/\w+)", toc)[-1]
    page = (ROOT / f"{last}.md").read_text("utf-8")
    assert "## Open challenge ★\n" in page
    assert f"```{{open-challenge}} {assignment}\n```" in page
    kept = "\n".join(challenge.shown(ROOT / "solutions" / assignment / "verified.json", assignment))
    for answer, score in source(assignment).challenge.stated.items():
        assert f"| {answer} | {score} |" in kept


def test_scores_that_nobody_has_measured_are_refused(tmp_path):
    path = tmp_path / "verified.json"
    path.write_text(json.dumps({"parts": {}}))
    with pytest.raises(ValueError, match="autograder verify 01_knn --exercise challenge"):
        list(challenge.shown(path, "01_knn"))
