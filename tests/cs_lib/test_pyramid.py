"""The spatial pyramid against a loop that counts word by word."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.features import dense_descriptors, spatial_pyramid


def example(n, p, k, size, seed=0):
    rng = np.random.default_rng(seed)
    positions = rng.random((p, 2)) * size
    return rng.integers(0, k, (n, p)), positions


def pyramid_by_loops(words, positions, size, k, levels):
    n, p = words.shape
    rows = []
    for i in range(n):
        row = []
        for level in range(levels):
            side = 2**level
            top = levels - 1  # Lazebnik's L
            weight = Fraction(1, 2**top) if level == 0 else Fraction(1, 2 ** (top - level + 1))
            for a in range(side):
                for b in range(side):
                    histogram = [Fraction(0)] * k
                    for word, (y, x) in zip(words[i], positions, strict=True):
                        inside = a <= y / size[0] * side < a + 1 and b <= x / size[1] * side < b + 1
                        histogram[word] += weight / p * inside
                    row += histogram
        rows.append([float(value) for value in row])
    return np.array(rows)


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(32, 32), (20, 12), (7, 33)])
def test_counts_equal_those_of_a_loop(levels, size):
    words, positions = example(3, 40, 5, size)
    got = spatial_pyramid(words, positions, size, 5, levels=levels)
    assert got.dtype == np.float32
    assert_allclose(got, pyramid_by_loops(words, positions, size, 5, levels), atol=1e-7)


def test_each_level_has_its_weight_and_all_together_sum_to_one():
    words, positions = example(6, 50, 7, (24, 30))
    got = spatial_pyramid(words, positions, (24, 30), 7)
    assert got.shape == (6, 7 * 21)
    for part, weight in zip(np.split(got, [7, 35], axis=1), (0.25, 0.25, 0.5), strict=True):
        assert_allclose(part.sum(axis=1), weight, rtol=1e-6)


def test_cells_are_counted_row_by_row_and_an_edge_belongs_to_the_next_cell():
    positions = [[0, 0], [0, 10], [10, 0], [19.9, 19.9], [9.9, 9.9]]
    got = spatial_pyramid(np.array([[0, 1, 2, 3, 4]]), positions, (20, 20), 5, levels=2)
    cells = (10 * got[0, 5:]).reshape(4, 5)
    want = [[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    assert_allclose(cells, want, atol=1e-6)


def test_the_order_of_the_descriptors_changes_nothing():
    words, positions = example(4, 30, 6, (16, 24))
    order = np.random.default_rng(1).permutation(30)
    assert_array_equal(
        spatial_pyramid(words[:, order], positions[order], (16, 24), 6),
        spatial_pyramid(words, positions, (16, 24), 6),
    )


def test_moving_a_word_within_its_image_changes_only_the_finer_levels():
    words, positions = example(2, 30, 4, (16, 16))
    moved = positions[::-1]
    want = spatial_pyramid(words, positions, (16, 16), 4)
    got = spatial_pyramid(words, moved, (16, 16), 4)
    assert_array_equal(got[:, :4], want[:, :4])
    assert (got[:, 4:] != want[:, 4:]).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_any_integers_are_counted_without_wrapping(dtype):
    words, positions = example(300, 12, 200, (8, 8))
    want = spatial_pyramid(words, positions, (8, 8), 200)
    assert_array_equal(spatial_pyramid(words.astype(dtype), positions, (8, 8), 200), want)


def test_the_positions_of_dense_descriptors_fit():
    x = np.random.default_rng(0).random((2, 3, 32, 20))
    descriptors, positions = dense_descriptors(x, patch=8, stride=4)
    words = np.zeros(descriptors.shape[:2], int)
    cells = spatial_pyramid(words, positions, (32, 20), 1, levels=2)[0, 1:]
    # centres: 7 rows 4, 8, ..., 28, of which three lie above 16; 4 columns 4, 8, 12, 16
    assert_allclose(2 * 28 * cells, [6, 6, 8, 8], rtol=1e-6)


WORDS, POSITIONS = example(2, 6, 5, (8, 10))


@pytest.mark.parametrize(
    ("arguments", "levels", "message"),
    [
        (
            (WORDS, POSITIONS, (8, 10), 3),
            3,
            "words run from 0 to 4, vocabulary is 3; "
            "give the number of centroids that the words were assigned to",
        ),
        ((WORDS - 1, POSITIONS, (8, 10), 5), 3, "words run from -1 to 3, vocabulary is 5"),
        (
            (WORDS[0], POSITIONS, (8, 10), 5),
            3,
            "words are int64 (6,); they must be integers (N, P), "
            "as from assign(descriptors, centroids)",
        ),
        ((WORDS / 1, POSITIONS, (8, 10), 5), 3, "words are float64 (2, 6); they must be integers"),
        (
            (WORDS, POSITIONS[1:], (8, 10), 5),
            3,
            "positions have shape (5, 2), an image has 6 words; "
            "give one (row, column) for each: (6, 2)",
        ),
        (
            (WORDS, [[7, 9]] * 6, (10, 8), 5),
            3,
            "rows and columns reach [7, 9], size is (10, 8); "
            "give the (H, W) of the images that the descriptors are from",
        ),
        ((WORDS, [[7, 10]] * 6, (8, 10), 5), 3, "rows and columns reach [7, 10], size is (8, 10)"),
        ((WORDS, [[-1, 9]] * 6, (8, 10), 5), 3, "rows and columns reach [-1, 9], size is (8, 10)"),
        ((WORDS, POSITIONS, (8, 10), 5), 0, "levels is 0; it must be at least 1"),
    ],
)
def test_an_error_says_what_came_and_what_to_do(arguments, levels, message):
    with pytest.raises(ValueError, match="spatial_pyramid") as raised:
        spatial_pyramid(*arguments, levels=levels)
    assert str(raised.value).startswith(f"spatial_pyramid: {message}")
