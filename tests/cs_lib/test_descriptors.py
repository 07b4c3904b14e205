"""Dense descriptors against a loop over pixels, and against what must leave them unchanged."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.features import dense_descriptors


def images(n, c, h, w, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).random((n, c, h, w)).astype(dtype)


def ramp(dy, dx, h=16, w=20):
    """Brightness that grows by dy a row and dx a column."""
    return (dy * np.arange(h)[:, None] + dx * np.arange(w))[None, None]


def slope(line, i):
    """Central difference, one-sided at the ends."""
    low, high = max(i - 1, 0), min(i + 1, len(line) - 1)
    return (line[high] - line[low]) / (high - low)


def descriptor_by_loops(grey, top, left, patch):
    """One descriptor as Lowe describes it, pixel by pixel. grey: (H, W) -> (4, 4, 8)"""
    histogram = np.zeros((4, 4, 8))
    for y in range(top, top + patch):
        for x in range(left, left + patch):
            dy, dx = slope(grey[:, x], y), slope(grey[y, :], x)
            direction = math.degrees(math.atan2(dy, dx)) % 360 / 45
            u, v = y + 0.5 - top - patch / 2, x + 0.5 - left - patch / 2  # from the centre
            weight = math.hypot(dx, dy) * math.exp(-(u * u + v * v) / (2 * (patch / 2) ** 2))
            row, column = u * 4 / patch + 1.5, v * 4 / patch + 1.5  # cell 0's centre is at 0
            for i in range(4):
                for j in range(4):
                    for o in range(8):
                        apart = min((direction - o) % 8, (o - direction) % 8)
                        near = [max(0, 1 - abs(d)) for d in (row - i, column - j, apart)]
                        histogram[i, j, o] += weight * math.prod(near)
    histogram /= math.sqrt((histogram**2).sum())
    histogram = histogram.clip(max=0.2)
    return histogram / math.sqrt((histogram**2).sum())


@pytest.mark.parametrize(
    ("h", "w", "patch", "stride"), [(17, 13, 8, 3), (12, 19, 12, 2), (9, 7, 5, 2), (8, 11, 4, 4)]
)
def test_every_descriptor_equals_the_loop_over_its_pixels(h, w, patch, stride):
    x = images(2, 3, h, w)
    descriptors, positions = dense_descriptors(x, patch=patch, stride=stride)
    assert descriptors.shape == (2, len(positions), 128)
    for image, row in zip(x, descriptors, strict=True):
        grey = 0.299 * image[0] + 0.587 * image[1] + 0.114 * image[2]
        for (y, x_), got in zip(positions, row, strict=True):
            want = descriptor_by_loops(grey, int(y - patch / 2), int(x_ - patch / 2), patch)
            assert_allclose(got.reshape(4, 4, 8), want, atol=1e-12)


@pytest.mark.parametrize(
    ("size", "patch", "stride", "want"),
    [
        (32, 12, 2, [6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26]),
        (32, 16, 8, [8, 16, 24]),
        (20, 8, 5, [5, 10, 15]),  # two spare pixels, one on each side
        (9, 9, 4, [4.5]),
    ],
)
def test_patches_fill_the_image_and_are_centred(size, patch, stride, want):
    _, positions = dense_descriptors(images(1, 1, size, size + 1), patch=patch, stride=stride)
    assert_array_equal(np.unique(positions[:, 0]), want)


def test_only_patches_that_see_a_change_have_a_descriptor():
    x = np.zeros((1, 1, 30, 24))
    x[0, 0, 9, 4] = 1  # changes the slope of the pixels beside it
    descriptors, positions = dense_descriptors(x, patch=6, stride=3)
    seen = np.zeros(len(positions), bool)
    for y, x_ in [(8, 4), (10, 4), (9, 3), (9, 5)]:
        seen |= (np.abs(positions - [y + 0.5, x_ + 0.5]) < 3).all(axis=1)
    assert seen.any()
    assert_array_equal(descriptors[0].any(axis=1), seen)


@pytest.mark.parametrize("n", [1, 5, 70])
def test_a_batch_is_described_as_one_by_one(n):
    x = images(n, 3, 14, 18)
    together, _ = dense_descriptors(x, patch=8, stride=3)
    alone = [dense_descriptors(image[None], patch=8, stride=3)[0][0] for image in x]
    assert_allclose(together, alone, atol=1e-13)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x + 0.25,
        lambda x: 0.01 * x,
        lambda x: 40 * x - 3,
        lambda x: x * np.array([1.0, 1, 1, 2])[:, None, None, None],  # one image of the four
    ],
    ids=["brighter", "less contrast", "both", "one image"],
)
def test_brightness_and_contrast_change_nothing(change):
    x = images(4, 3, 16, 21)
    want, _ = dense_descriptors(x)
    got, _ = dense_descriptors(change(x))
    assert_allclose(got, want, atol=1e-11)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_the_image_turns_grid_cells_and_orientations(quarters):
    x = images(3, 3, 18, 24)
    want = dense_descriptors(x, patch=8, stride=2)[0].reshape(3, 6, 9, 4, 4, 8)
    got = dense_descriptors(np.rot90(x, quarters, axes=(2, 3)), patch=8, stride=2)[0]
    want = np.rot90(want, quarters, axes=(1, 2))  # where the patch is
    want = np.rot90(want, quarters, axes=(3, 4))  # where its cells are
    want = np.roll(want, -2 * quarters, axis=5)  # counter-clockwise, and orientations clockwise
    assert_allclose(got, want.reshape(got.shape), atol=1e-12)


def test_a_mirrored_image_has_mirrored_cells_and_orientations():
    x = images(2, 1, 16, 22)
    want = dense_descriptors(x, patch=8, stride=2)[0].reshape(2, 5, 8, 4, 4, 8)
    got = dense_descriptors(x[..., ::-1], patch=8, stride=2)[0]
    want = want[:, :, ::-1, :, ::-1][..., [4, 3, 2, 1, 0, 7, 6, 5]]
    assert_allclose(got, want.reshape(got.shape), atol=1e-12)


@pytest.mark.parametrize(
    ("dy", "dx", "bins"),
    [
        (0, 1, [0]),
        (1, 1, [1]),
        (1, 0, [2]),
        (0, -1, [4]),
        (-1, 0, [6]),
        (-1, 1, [7]),
        (math.sqrt(2) - 1, 1, [0, 1]),  # 22.5°, half-way
        (-(math.sqrt(2) - 1), 1, [7, 0]),  # and across the seam
    ],
)
def test_a_ramp_fills_the_bins_of_its_direction_evenly(dy, dx, bins):
    descriptors = dense_descriptors(ramp(dy, dx), patch=8, stride=4)[0].reshape(-1, 16, 8)
    others = np.delete(descriptors, bins, axis=2)
    assert np.abs(others).max() < 1e-7
    for b in bins:
        assert (descriptors[..., b] > 0.05).all()
        assert_allclose(descriptors[..., b], descriptors[..., bins[0]], atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_a_flat_patch_is_zero_and_all_others_have_length_one(dtype):
    x = np.full((2, 3, 20, 40), 0.7 * (255 if dtype is np.uint8 else 1)).astype(dtype)
    x[1, :, :, 20:] = np.arange(20).astype(dtype)
    descriptors, _ = dense_descriptors(x, patch=8, stride=4)
    length = np.linalg.norm(descriptors, axis=2)
    assert_array_equal(length[0], 0)
    assert 0 in length[1]
    assert_allclose(length[length > 0], 1, rtol=1e-6)
    assert (length > 0).any()


def test_no_entry_of_a_strong_edge_outweighs_the_clipped_others():
    x = images(1, 1, 16, 16) * 1e-3
    x[:, :, :, 8:] += 1  # before clipping, the edge has nearly all of the length
    descriptors, _ = dense_descriptors(x, patch=16)
    largest = descriptors.max()
    assert (descriptors == largest).sum() > 1
    assert largest < 0.36


@pytest.mark.parametrize(
    ("dtype", "want"),
    [(np.float32, np.float32), (np.float64, np.float64), (np.uint8, np.float32)],
)
def test_the_precision_of_the_images_is_kept(dtype, want):
    x = (255 * images(2, 3, 16, 16)).astype(dtype)
    got, positions = dense_descriptors(x)
    exact, _ = dense_descriptors(x.astype(np.float64))
    assert got.dtype == want
    assert positions.dtype == np.float64
    assert_allclose(got, exact, atol=1e-5)


def test_a_grey_image_is_described_as_its_colour_twin():
    x = images(2, 1, 16, 16)
    assert_allclose(
        dense_descriptors(x)[0], dense_descriptors(np.repeat(x, 3, axis=1))[0], atol=1e-12
    )


def test_images_are_left_as_they_were():
    x = images(2, 3, 16, 16)
    before = x.copy()
    dense_descriptors(x)
    assert_array_equal(x, before)


NAN = images(1, 3, 16, 16)
NAN[0, 1, 2, 3] = np.nan


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (
            images(1, 3, 16, 16)[0],
            {},
            ValueError,
            "images have shape (3, 16, 16); they must be (N, 3, H, W) or (N, 1, H, W), "
            "one image is images[None]",
        ),
        (images(2, 16, 16, 3), {}, ValueError, "images have shape (2, 16, 16, 3); they must be"),
        (
            images(1, 3, 16, 10),
            {"patch": 12},
            ValueError,
            "patch is 12, images are 16 × 10; it must be from 4 to 10 pixels",
        ),
        (
            images(1, 3, 16, 16),
            {"patch": 3},
            ValueError,
            "patch is 3, images are 16 × 16; it must be from 4 to 16 pixels",
        ),
        (
            images(1, 3, 16, 16),
            {"stride": 0},
            ValueError,
            "stride is 0; it must be at least 1 pixel",
        ),
        (
            images(1, 3, 16, 16, np.float16),
            {},
            TypeError,
            "images are float16; pass float32, float64 or integers",
        ),
        (NAN, {}, ValueError, "images have NaN or infinite values; remove or replace them"),
    ],
)
def test_an_error_says_what_came_and_what_to_do(x, options, error, message):
    with pytest.raises(error) as raised:
        dense_descriptors(x, **options)
    assert str(raised.value).startswith(f"dense_descriptors: {message}")
