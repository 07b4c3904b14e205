"""The photographs that come with the course."""

import re

import numpy as np
import pytest

from cs_lib import data
from cs_lib.data import photographs


@pytest.mark.parametrize("name", photographs.CREDITS)
def test_a_photograph_is_a_colour_image(name):
    bytes_ = data.photograph(name, dtype="uint8")
    floats = data.photograph(name)
    assert bytes_.shape[0] == 3
    assert max(bytes_.shape) == 240
    assert floats.dtype == np.float32
    assert np.array_equal(np.round(floats * 255), bytes_)
    assert np.ptp(bytes_, axis=0).max() > 30  # colours, not greys


def test_the_channels_are_red_green_blue():
    red, _, blue = data.photograph("astronaut").mean(axis=(1, 2))
    assert red > blue + 0.05  # an orange suit


def test_every_file_has_a_credit():
    files = {path.stem for path in photographs.FOLDER.glob("*.png")}
    listed = set(
        re.findall(r"`(\w+)\.png`", (photographs.FOLDER / "CREDITS.md").read_text("utf-8"))
    )
    assert files == listed == set(photographs.CREDITS)


def test_what_is_not_there_is_said():
    with pytest.raises(ValueError, match="no 'dog', only astronaut, cat, coffee, rocket"):
        data.photograph("dog")
    with pytest.raises(ValueError, match="dtype is 'int8'"):
        data.photograph("cat", dtype="int8")
