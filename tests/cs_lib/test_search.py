"""Windows and branch and bound against trying every box."""

import numpy as np
import pytest
from both_libraries import check_error
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.detection.search import (
    best_subwindow,
    integral_image,
    sliding_windows,
    window_sums,
)


def all_boxes(h, w):
    return [
        (x1, y1, x2, y2)
        for y1 in range(h)
        for y2 in range(y1 + 1, h + 1)
        for x1 in range(w)
        for x2 in range(x1 + 1, w + 1)
    ]


@pytest.mark.parametrize(
    ("size", "window", "stride", "count"),
    [
        ((7, 9), (3, 4), 1, 5 * 6),
        ((7, 9), (3, 4), (2, 3), 3 * 2),  # the last column of windows would leave the image
        ((5, 4), (5, 4), 7, 1),
        ((5, 8), (1, 8), 2, 3),
    ],
)
def test_windows_are_the_loop_over_rows_then_columns(size, window, stride, count):
    down, right = stride if isinstance(stride, tuple) else (stride, stride)
    want = [
        (x, y, x + window[1], y + window[0])
        for y in range(0, size[0] - window[0] + 1, down)
        for x in range(0, size[1] - window[1] + 1, right)
    ]
    assert len(want) == count
    assert_array_equal(sliding_windows(size, window, stride=stride), want)


def test_window_sums_are_sums_of_slices():
    x = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)
    boxes = [*all_boxes(4, 6), (2, 3, 2, 4), (5, 1, 6, 1)]  # two have no pixel
    want = [x[y1:y2, x1:x2].sum(dtype=np.float64) for x1, y1, x2, y2 in boxes]
    assert_allclose(window_sums(integral_image(x), boxes), want, atol=1e-12)
    assert integral_image(x).shape == (5, 7)
    assert window_sums(integral_image(x), np.zeros((0, 4), int)).shape == (0,)


def test_sums_of_uint8_do_not_wrap():
    image = np.full((20, 30), 255, np.uint8)
    assert window_sums(integral_image(image), [[0, 0, 30, 20]]).tolist() == [255 * 600]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 7), st.floats(-1.5, 1.5))
def test_the_best_subwindow_is_the_best_of_all_boxes(seed, h, w, shift):
    scores = np.random.default_rng(seed).standard_normal((h, w)) + shift
    want = max(all_boxes(h, w), key=lambda b: scores[b[1] : b[3], b[0] : b[2]].sum())
    box, value, _ = best_subwindow(scores)
    assert tuple(box.tolist()) == want
    assert value == pytest.approx(scores[want[1] : want[3], want[0] : want[2]].sum())


@pytest.mark.parametrize(
    ("scores", "box", "value"),
    [
        (np.ones((3, 5)), [0, 0, 5, 3], 15),
        (np.array([[-3, -1.5, -4], [-2, -9, -7]]), [1, 0, 2, 1], -1.5),
        (np.array([[1, -9, 2, -1, 2]]), [2, 0, 5, 1], 3),
        (np.array([[4], [-3], [4], [-5], [4]]), [0, 0, 1, 3], 5),
    ],
)
def test_best_subwindow_by_hand(scores, box, value):
    got, total, _ = best_subwindow(scores)
    assert (got.tolist(), total) == (box, value)
    assert got.dtype == np.int64


def test_the_bound_spares_nearly_all_boxes():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((40, 50)) - 0.3
    scores[10:22, 20:41] += 1
    before = scores.copy()
    box, _, bounded = best_subwindow(scores)
    assert np.abs(box - [20, 10, 41, 22]).max() <= 2
    assert bounded < 40 * 41 // 2 * 50 * 51 // 2 / 50
    assert_array_equal(scores, before)


# fmt: off
ERRORS = [
    ("sliding_windows: window is (4, 2), size (3, 5); it must fit in",
     lambda: sliding_windows((3, 5), (4, 2))),
    ("integral_image: x has shape (2, 3, 4); it must be (H, W), not empty",
     lambda: integral_image(np.zeros((2, 3, 4)))),
    ("window_sums: a box leaves the image of 3 × 4 pixels; clip it",
     lambda: window_sums(integral_image(np.zeros((3, 4))), [[0, 0, 4, 4]])),
    ("window_sums: a box leaves the image of 3 × 4 pixels; clip it",
     lambda: window_sums(integral_image(np.zeros((3, 4))), [[-1, 0, 4, 3]])),
    ("best_subwindow: scores has NaN or infinite values; remove or replace them",
     lambda: best_subwindow([[0.0, np.nan]])),
]
# fmt: on


@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_a_bad_search_is_told_what_to_do(message, call):
    check_error(ValueError, message, call)
