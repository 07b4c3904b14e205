"""The line that an answer to an open challenge gets, in a notebook."""

import time

import numpy as np
import pytest

from cs_lib.challenge import challenge_score, shown
from cs_lib.testing import CheckFailed


def scored(answer, **options):
    given = {"score": np.mean, "shape": (3,), "label": "mean of 3", "seconds": 0.5}
    challenge_score(answer, np.arange(3), **(given | options))


def unwritten(x):
    raise NotImplementedError("Replace the `raise` line in challenge with your code.")


def slow(x):
    began = time.process_time()
    while time.process_time() < began + 0.7:
        pass
    return x


def test_a_score_is_one_line(capsys):
    scored(lambda x: x / 3)
    assert capsys.readouterr().out == "score 0.333 (mean of 3; 0.0 s of 0.5 s)\n"


def test_what_is_not_written_yet_is_no_failure(capsys):
    scored(unwritten)
    said = "challenge: not written yet. It is optional, and worth no points.\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("answer", "options", "said"),
    [
        (lambda x: None, {}, "got None"),
        (lambda x: "abc", {}, "want numbers"),
        (lambda x: x[:2], {}, "got shape (2,), want shape (3,)"),
        (lambda x: x[None], {}, "got shape (1, 3), want shape (3,)"),
        (lambda x: x, {"shape": (None, 4)}, "got shape (3,), want shape (N, 4)"),
        (lambda x: 1.0 * x, {"whole": True}, "got floats (dtype float64), want whole numbers"),
        (lambda x: x * np.nan, {}, "got nan in it, want finite numbers alone"),
        (lambda x: x / np.float64(0), {}, "want finite numbers alone"),
        (lambda x: x[5], {}, "your code raised IndexError"),
        (slow, {}, "s of processor time, limit 0.5 s"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_has_no_score_says_why_and_prints_none(answer, options, said, capsys):
    with pytest.raises(CheckFailed) as failed:
        scored(answer, **options)
    assert said in str(failed.value)
    assert "score" not in capsys.readouterr().out


def test_an_axis_of_any_length_may_have_any(capsys):
    scored(lambda x: np.ones((7, 4)), shape=(None, 4))
    assert capsys.readouterr().out.startswith("score 1 ")


@pytest.mark.parametrize(
    ("score", "text"),
    [(0.93, "0.93"), (0.87349, "0.873"), (27.4159, "27.4"), (0.00049, "0"), (100.0, "100")],
)
def test_a_score_has_three_digits(score, text):
    assert shown(score) == text
