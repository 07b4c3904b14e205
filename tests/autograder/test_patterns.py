"""No pattern over what students write needs more than linear time."""

import ast
import re
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "autograder"
# Rooms that read a student's text, and what they read sources with.
PLACES = ("intake", "judging", "recording", "returning", "authoring/source.py")
FLAGS = {"I": re.I, "IGNORECASE": re.I, "M": re.M, "MULTILINE": re.M, "S": re.S, "DOTALL": re.S}
SHORT, LONG = 1000, 8000  # characters: eight times as many
MOST = 24  # times as long; a quadratic pattern takes 64 times
QUICK = 0.004  # seconds in which nothing is slow


def patterns():
    """{place: pattern} of all that are written down as such, in any function of re."""
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                function = getattr(node, "func", None)
                if getattr(getattr(function, "value", None), "id", None) != "re" or not node.args:
                    continue
                if isinstance(node.args[0], ast.Constant):
                    marks = [n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)]
                    flags = sum({FLAGS[mark] for mark in marks if mark in FLAGS})
                    name = f"{file.relative_to(ROOT)}:{node.lineno}"
                    text = node.args[0].value
                    if function.attr in ("match", "fullmatch"):
                        text = rf"\A(?:{text})"
                    yield pytest.param(re.compile(text, flags), id=name)


def units(pattern):
    """Pieces of which texts are made that may keep the pattern busy: its own words and letters."""
    words = re.findall(r"\w+|\W", re.sub(r"\\[a-zA-Z]|\(\?[:!=<]*", " ", pattern.pattern))
    found = {*"a0 _\n.", *words}
    return sorted(found | {f"{word}{end}" for word in words[:8] for end in "a <"})


def seconds(pattern, text):
    start = time.process_time()
    for match in pattern.finditer(text):
        match.group()
    return time.process_time() - start


def growth(pattern):
    """How many times longer the worst of the long texts takes, where that is no short time"""
    worst = 0.0
    for unit in units(pattern):
        short, long = (f"{unit * (size // len(unit))}\0" for size in (SHORT, LONG))
        if seconds(pattern, long) > QUICK:
            slow, fast = (min(seconds(pattern, t) for _ in range(3)) for t in (long, short))
            worst = max(worst, slow / max(fast, 1e-5))
    return worst


@pytest.mark.parametrize("pattern", [*patterns()])
def test_a_text_eight_times_as_long_takes_no_more_than_that(pattern):
    assert growth(pattern) < MOST


@pytest.mark.parametrize("bad", [r"\w*end\.db", r"\s+$", r"a.*b"])
def test_a_quadratic_pattern_is_found(bad):
    assert growth(re.compile(bad)) > MOST
