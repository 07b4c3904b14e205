"""The two classic pipelines from images to classes, run as the benchmark runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def benchmark(*arguments, without=()):
    """Run it, with the environment less the variables named."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.visual_words", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in without},
        capture_output=True,
        text=True,
        check=False,
    )


def accuracies(output):
    """The table's accuracies: of two rows on pixels, two on visual words, one on Fisher vectors."""
    return [float(a) for a in re.findall(r"(\d\.\d{3}) ±", output)]


def test_visual_words_and_fisher_vectors_clearly_beat_pixels():
    small = ("--train", "600", "--test", "300", "--words", "60", "--repeats", "1", "--threads", "1")
    done = benchmark(*small)
    assert (done.returncode, done.stderr) == (0, "")
    *pixels, words, pyramid, fisher = accuracies(done.stdout)
    assert len(pixels) == 2
    assert max(pixels) < 0.45
    assert min(words, pyramid) > max(pixels) + 0.15
    assert fisher > max(words, pyramid)
    assert fisher > 0.75


def test_the_benchmark_on_cifar_says_which_variable_it_needs():
    done = benchmark("--cifar", without=["DL4CV_DEV_DATA"])
    assert done.returncode == 1
    assert done.stderr == (
        "visual_words: DL4CV_DEV_DATA is not set; --cifar needs it, see --help\n"
    )


@pytest.mark.shared_data
@pytest.mark.skipif("DL4CV_DEV_DATA" not in os.environ, reason="needs DL4CV_DEV_DATA")
def test_on_photographs_visual_words_beat_pixels_too():
    done = benchmark("--cifar", "--train", "1000", "--test", "500", "--repeats", "1")
    assert (done.returncode, done.stderr) == (0, "")
    *pixels, _, pyramid, fisher = accuracies(done.stdout)
    assert min(pyramid, fisher) > max(pixels) + 0.05
