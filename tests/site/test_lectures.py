"""What the lectures name is there: sections whose cells run, tested names, exercises, errata."""

import functools
import re
from pathlib import Path

import lectures
import pytest

ROOT = Path(__file__).parents[2]
ROWS = [(c["chapter"], row) for c in lectures.chapters() for row in c["rows"]]
PAGES = {path: path.read_text("utf-8") for path in sorted((ROOT / "book").glob("0*/*.md"))}
LECTURES = {"Bouaicha", "Mopuri", "Samaras", "TUM", "Verbeek"}
KEYS = {"item", "lectures", "sections", "numpy", "torch", "exercises", "errata"}
NO_ITEMS_ERRATUM = "Samaras: the year of a paper"
NO_LECTURES_EXERCISES = {"confusion_matrix", "top_k_accuracy", "pixel_cross_entropy", "dice_loss"}


def section(label):
    """The text from a label to the next heading that is not below its own."""
    for text in PAGES.values():
        if match := re.search(rf"^\({label}\)=\n(#+) .*\n", text, re.MULTILINE):
            end = re.compile(rf"^#{{1,{len(match[1])}}} ", re.MULTILINE)
            rest = re.sub(r"^```.*?^```$", hidden_headings, text[match.end() :], flags=re.M | re.S)
            found = end.search(rest)
            return text[match.start() : match.end() + (found.start() if found else len(rest))]
    raise AssertionError(f"no page has the label {label}")


def hidden_headings(match):
    """A block of the same length, in which comments are no headings"""
    return match[0].replace("\n#", "\n ")


@functools.cache
def headings():
    """{chapter: headings of its errata}"""
    parts = re.split(r"^## Chapter (\d)\n", (ROOT / "book" / "errata.md").read_text(), flags=re.M)
    return {
        int(n): re.findall(r"^### (.*)$", text.partition("\n## ")[0], re.M)
        for n, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize(("chapter", "row"), ROWS, ids=[row["item"][:40] for _, row in ROWS])
def test_a_row_says_where(chapter, row):
    assert row.keys() <= KEYS
    assert {*row["lectures"]} <= LECTURES
    assert row["sections"]
    texts = [section(label) for label in row["sections"]]
    assert any("{code-cell}" in text for text in texts), "no cell runs"
    assert {*row.get("errata", ())} <= {*headings()[chapter]}
    assert [*lectures.shown(row, chapter)]  # names and exercises are there


def test_the_names_that_rows_give_are_tested():
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests/cs_lib").glob("*.py"))
    given = [
        name for _, row in ROWS for library in lectures.LIBRARIES for name in row.get(library, ())
    ]
    names = {name.rpartition(".")[2] for name in given}
    assert not {name for name in names if not re.search(rf"\b{name}\b", tests)}


def test_every_correction_of_a_lecture_belongs_to_an_item():
    told = {heading for _, row in ROWS for heading in row.get("errata", ())}
    there = {heading for chapter in headings().values() for heading in chapter}
    assert there - told == {NO_ITEMS_ERRATUM}


def test_an_exercise_belongs_to_an_item():
    told = {name for _, row in ROWS for name in row.get("exercises", ())}
    there = {name for name, where in lectures.assignments().items() if where != "00_arrays"}
    assert there - told == NO_LECTURES_EXERCISES, (
        "name a new exercise in book/_ext/lectures.yml, below the item that it practises; "
        "where no lecture has that, in NO_LECTURES_EXERCISES of this file"
    )


def test_a_name_or_an_exercise_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"no public nn\.conv3d"):
        lectures.link("numpy", "nn.conv3d")
    with pytest.raises(ValueError, match="no assignment has an exercise votes"):
        lectures.exercise("votes")
