"""The pages keep the rules of tools/prose.py, and it finds what breaks them."""

import re
from pathlib import Path

import prose
import pytest

ROOT = Path(__file__).parents[2]
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, language: python}\n---\n# A page\n\n"
LONG = "This sentence is long enough for any reader, because it has more than twenty words and so "
LONG += "carries a reason with what it claims.\n\n"
BOX = ":::{admonition} In short\n:class: note\n- Keep $x$.\n:::\n"


def cell(source, tags=""):
    return f"```{{code-cell}}\n:tags: [{tags}]\n\n{source}\n```\n\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (LONG + BOX, None),
        (LONG + BOX.replace(":::", "````"), None),
        (LONG, 'there is no box "In short"'),
        (LONG + LONG.replace("This", "In short, this"), 'there is no box "In short"'),
        (LONG + BOX + cell("x = 1\n" * 20), None),
        (LONG + BOX + cell("x = 1\n" * 21), "a visible cell has 21 lines, more than 20: x = 1"),
        (LONG + BOX + cell("x = 1\n" * 21, "hide-input"), None),
        (LONG + BOX + cell("x = 1\n" * 21, "remove-cell"), None),
        (LONG + BOX + cell("x = 1\n" * 21, "other"), "a visible cell has 21 lines"),
        (LONG + BOX + cell("x = " + "1" * 71), None),
        (LONG + BOX + cell("if x:\n    " + "1" * 72), "a visible line has 76 columns"),
        (LONG + BOX + cell("x = " + "1" * 72, "remove-input"), None),
        (LONG + BOX + cell("x = 1") + f"::::{{dropdown}} More\n{cell('x = 1')}::::\n",
         "1 of 2 code cells stand inside a directive"),
        (9 * LONG + "So it is.\n\n" + BOX, None),
        (4 * LONG + "So it is.\n\n" + BOX, "20% of the sentences have at most 7 words"),
        (9 * "There are eight words in each of these. " + "\n" + BOX, "a sentence has 8.0 words"),
    ],
)  # fmt: skip
def test_each_rule_finds_what_breaks_it(text, fault):
    faults = prose.measure(HEAD + text).faults
    assert len(faults) == (fault is not None), faults
    assert all(found.startswith(fault) for found in faults)


TIMED = """
import time
def timed(function):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        y = function()
        times.append(time.perf_counter() - start)
    return y, min(times)
def twice(function):
    y, seconds = timed(function)
    return 2 * seconds
y, seconds = timed(dict)
slow = twice(dict)
start = 3
"""


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("assert y == {}", 0),
        ("assert start == 3", 0),
        ("assert seconds < 1", 1),
        ("assert slow / 2 < 1, y", 1),
        ("ratio = slow / seconds\nassert ratio > 1.5", 1),
        ("found = {}\nfound['fast'] = seconds\nfor part in found:\n    assert found[part] < 1", 1),
        ("assert twice(dict) < 1", 1),
        ("from timeit import timeit\nassert timeit('1') < 1", 1),
        ("print(seconds)\nassert len(y) == 0", 0),
    ],
)
def test_no_page_asserts_a_time_that_it_measured(claim, found):
    faults = prose.cell_faults(HEAD + cell(TIMED + claim))
    assert len([fault for fault in faults if fault.startswith("a time")]) == found, faults


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One is here. Two is\nhere! Is three? (Yes, it is.) *Four is.* Five is", 6),
        ("Take 0.5 of it, e.g. Half of it, as Smith et al. Have done.", 1),
        ("At $x$ it is. $y$ is not. {numref}`fig-a` shows it. `f` does. {cite:t}`A` found it.", 5),
        ("So we have\n\n$$\na = b ,\n$$ (eq-a)\n\nwhich is all.", 1),
        ("So we have\n\n$$\na = b .\n$$\n\nThat is all.", 2),
        ("So we have\n\n$$\na = b\n$$\n\nThat is all.", 2),
        ("## A heading\n\nA sentence.\n\n(sec-a)=\n| a | table |\n", 1),
        ("A sentence.\n- an item of a list. It\n  goes on.\n\nAnother sentence.", 2),
        ("1. an item of a list. It\n   goes on.\n2. another one.\n", 0),
        ("**Heading in the line.** A sentence.\n\n*Another.* One *more* sentence.", 2),
        ("```python\nthe code. Of\n```\nA sentence.\n\n```{code-cell}\nthe code. Of\n```\n", 1),
        ("```{admonition} Guess\n:class: tip\nA sentence.\n```\nA sentence.\n", 2),
        (":::{figure} a.png\n:name: fig-a\n\nA sentence. Another sentence.\n:::\n", 2),
        ("````{exercise}\n:label: a\nA sentence.\n```{code-block} python\ncode. Of\n```\n````", 1),
        ("A [link. With a stop](https://a.b/c. D) is here. It is [here](x).", 3),
    ],
)  # fmt: skip
def test_sentences_are_told_apart(text, found):
    assert len(prose.sentences(HEAD + text)) == found, prose.sentences(HEAD + text)


def test_a_formula_is_one_word():
    assert prose.sentences("Where $a + b = c$ we have\n\n$$\nx = y\n$$\n\nand no more.") == [
        "Where X we have Formula and no more."
    ]


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("Whoever reads this is content with it.", ["Whoever", "content with"]),
        ("Say you have the derivatives by x.", ["Say you", "derivatives by"]),
        ("Anyone who reads this will be pleased.", ["who reads"]),
        ("Suppose that you have the derivatives with respect to x.", []),
        ("```python\nwhoever\n```\n", []),
    ],
)
def test_phrases_to_look_at_are_listed(text, odd):
    assert prose.measure(HEAD + text).odd == odd


def test_the_command_fails_on_a_fault_and_not_without(tmp_path, capsys):
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(HEAD + LONG + BOX)
    bad.write_text(HEAD + LONG)
    assert prose.main([str(good)]) == 0
    assert prose.main([str(good), str(bad)]) == 1
    assert 'there is no box "In short"' in capsys.readouterr().out


CELL = re.compile(r"^(```+)\{code-cell\}.*?^\1$", re.DOTALL | re.MULTILINE)
WITHIN = re.compile(r"(?<=[a-z,;] )\*\*([a-z][^*]*?)[.,:;]?\*\*")


def unexplained(text, terms):
    """The words in bold within a sentence that the glossary lacks: a term is bold where it is
    defined, and emphasis is italic."""
    found = [" ".join(word.split()) for word in WITHIN.findall(CELL.sub("", text))]
    return [word for word in found if word not in terms]


def test_a_bold_word_that_the_glossary_lacks_is_found():
    text = (
        "# **Big** one\n\n**At the start.** It has a **stride**, a **new\nword**, and *stress*.\n"
    )
    cell = "```{code-cell} ipython3\na = b **c** d\n```\n"
    assert unexplained(text + cell, {"stride"}) == ["new word"]
    assert unexplained(text, {"stride", "new word"}) == []


def test_what_is_bold_in_chapters_4_to_8_stands_in_the_glossary():
    glossary = (ROOT / "book/glossary.md").read_text("utf-8").split(":sorted: true")[1]
    terms = {*re.findall(r"^(?![ :])(\S.*)$", glossary, re.MULTILINE)}
    assert {"stride", "non-linearity"} <= terms
    missing = {
        path.name: words
        for path in sorted(ROOT.glob("book/0[4-8]_*/*.md"))
        if (words := unexplained(path.read_text("utf-8"), terms))
    }
    assert not missing


PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(prose.CHAPTERS))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_the_rules(name):
    faults = prose.measure((ROOT / name).read_text("utf-8")).faults
    assert not faults, f"{name}:\n" + "\n".join(faults)


def test_a_per_cent_sign_stands_at_its_number():
    pages = {path.name: path.read_text("utf-8") for path in (ROOT / "book").rglob("*.md")}
    apart = [(n, s) for n, text in pages.items() for s in prose.sentences(text) if " %" in s]
    assert not apart


def test_the_pages_of_all_chapters_are_measured():
    assert len(PAGES) >= 25
    assert {name.split("/")[1] for name in PAGES} == {
        path.name for path in (ROOT / "book").glob("[0-9]*_*")
    }
