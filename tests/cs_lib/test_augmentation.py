"""Augmentations against naive loops over images and torch, and what labels and borders promise."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import augmentation as A
from cs_lib.torch import augmentation as T

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(0.05, 1, (200, 3, 6, 9)), RNG.integers(0, 4, 200)


def rng(seed=0):
    return np.random.default_rng(seed)


CALLS = {
    "flip": lambda a, x: a.random_horizontal_flip(x, rng=rng()),
    "crop": lambda a, x: a.random_crop(x, (6, 9), padding=2, rng=rng()),
    "jitter": lambda a, x: a.color_jitter(
        x, brightness=0.5, contrast=0.5, saturation=0.5, rng=rng()
    ),
    "noise": lambda a, x: a.gaussian_noise(x, 0.2, rng=rng()),
    "rotation": lambda a, x: a.random_rotation(x, 30, rng=rng()),
    "cutout": lambda a, x: a.cutout(x, 4, rng=rng()),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CALLS)
def test_a_batch_comes_out_in_its_range_each_image_in_its_own_way(name, dtype):
    x = np.repeat(X[:1], 50, axis=0).astype(dtype)
    before, state = x.copy(), np.random.get_state()[1].copy()
    y = CALLS[name](A, x)
    assert (y.shape, y.dtype) == (x.shape, dtype)
    assert y.min() >= 0
    assert y.max() <= 1 + 1e-6
    assert len(np.unique(y.reshape(50, -1), axis=0)) > (1 if name == "flip" else 10)
    assert_array_equal(x, before)
    assert_array_equal(np.random.get_state()[1], state)
    assert not np.shares_memory(y, x)
    assert_array_equal(CALLS[name](A, x), y)  # the same rng, the same images


def test_a_flip_is_left_to_right_with_probability_p():
    y = A.random_horizontal_flip(X, 0.3, rng=rng())
    flipped = (y == X[..., ::-1]).all(axis=(1, 2, 3))
    assert ((y == X).all(axis=(1, 2, 3)) ^ flipped).all()
    assert 40 < flipped.sum() < 80
    assert_array_equal(A.random_horizontal_flip(X, 1, rng=rng()), X[..., ::-1])
    assert_array_equal(A.random_horizontal_flip(X, 0, rng=rng()), X)


@pytest.mark.parametrize(("size", "padding"), [((6, 9), 2), ((4, 9), 0), (5, 1)])
def test_every_crop_is_a_window_of_the_padded_image_and_all_windows_occur(size, padding):
    h, w = (size, size) if isinstance(size, int) else size
    y = A.random_crop(X, size, padding=padding, rng=rng())
    frame = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = set()
    for image, out in zip(frame, y, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(image, (h, w), axis=(1, 2))
        match = np.argwhere((windows == out[:, None, None]).all(axis=(0, 3, 4)))
        assert len(match) == 1
        seen.add(tuple(match[0]))
    assert len(seen) == (7 + 2 * padding - h) * (10 + 2 * padding - w)


def test_colour_jitter_is_three_blends():
    """The formulas of torchvision's adjust_ functions, image by image."""
    y = A.color_jitter(X, brightness=0.4, contrast=0.5, saturation=1.5, rng=rng(3))
    draw = rng(3)
    brightness, contrast = draw.uniform(0.6, 1.4, 200), draw.uniform(0.5, 1.5, 200)
    saturation = draw.uniform(0, 2.5, 200)
    grey = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)
    for i in range(20):
        image = torch.tensor(X[i]) * brightness[i]
        image = image.clamp(0, 1)
        mean = torch.einsum("c,chw->hw", grey, image).mean()
        image = (contrast[i] * image + (1 - contrast[i]) * mean).clamp(0, 1)
        luma = torch.einsum("c,chw->hw", grey, image)
        image = (saturation[i] * image + (1 - saturation[i]) * luma).clamp(0, 1)
        assert_allclose(y[i], image, atol=1e-12)
    assert_allclose(A.color_jitter(X, rng=rng()), X, atol=1e-15)


def test_noise_has_the_deviation_asked_for():
    x = np.full((50, 3, 20, 30), 0.5)
    assert_allclose((A.gaussian_noise(x, 0.05, rng=rng()) - x).std(), 0.05, rtol=0.02)


def test_a_rotation_is_what_torch_samples_on_a_turned_grid():
    y = A.random_rotation(X, 50, rng=rng(4))
    angle = np.deg2rad(rng(4).uniform(-50, 50, 200))
    cos, sin, aspect = np.cos(angle), np.sin(angle), 6 / 9
    zero = np.zeros(200)
    # in torch's coordinates both half sides are 1, which a turn must undo; y is down
    theta = [[cos, -sin * aspect, zero], [sin / aspect, cos, zero]]
    theta = torch.tensor(np.array(theta)).permute(2, 0, 1)
    grid = torch.nn.functional.affine_grid(theta, X.shape, align_corners=False)
    want = torch.nn.functional.grid_sample(torch.tensor(X), grid, align_corners=False)
    assert_allclose(y, want, atol=1e-10)


def test_a_positive_angle_turns_counter_clockwise():
    class Positive:
        def uniform(self, low, high, size):
            return np.full(size, high)

    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 4] = 1  # right of the middle
    y = A.random_rotation(x, 90, rng=Positive())
    assert_allclose(y[0, 0, 0, 2], 1, atol=1e-12)  # now above it
    assert_allclose(y.sum(), 1, atol=1e-12)


@pytest.mark.parametrize("size", [3, 4])
def test_cutout_paints_one_square_cut_off_at_the_border(size):
    y = A.cutout(X, size, fill=0.0, rng=rng())
    holes = (y == 0).all(axis=1)  # (N, H, W)
    assert_array_equal(y[~np.repeat(holes[:, None], 3, 1)], X[~np.repeat(holes[:, None], 3, 1)])
    areas, cut_off = set(), set()
    for hole in holes:
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        assert hole.sum() == len(rows) * len(columns)
        assert hole[np.ix_(rows, columns)].all()
        for line, last in ((rows, 5), (columns, 8)):
            assert (np.diff(line) == 1).all()
            assert len(line) == size or line[0] == 0 or line[-1] == last
            if len(line) < size:
                cut_off.add((last, line[0] == 0))
        areas.add(len(rows) * len(columns))
    assert max(areas) == size * size
    assert min(areas) < size * size
    assert cut_off == {(5, True), (5, False), (8, True), (8, False)}  # at all four sides
    assert holes.any(axis=0).all()  # every pixel is hidden sometimes


def one_hot(y):
    return np.eye(4)[y]


def test_mixup_mixes_images_and_labels_by_the_same_share():
    y, masses = A.mixup(X, Y, 4, alpha=0.4, rng=rng(5))
    draw = rng(5)
    other, share = draw.permutation(200), draw.beta(0.4, 0.4, 200)
    for i in range(200):
        assert_allclose(y[i], share[i] * X[i] + (1 - share[i]) * X[other[i]])
        want = share[i] * one_hot(Y[i]) + (1 - share[i]) * one_hot(Y[other[i]])
        assert_allclose(masses[i], want)
    assert_allclose(masses.sum(axis=1), 1)
    assert share.std() > 0.2


def test_cutmix_pastes_one_box_and_labels_by_its_area():
    """The images say which pixels are whose: the first half is 0, the second 1."""
    labels = np.repeat([0, 3], 100)
    x = np.broadcast_to((labels == 3)[:, None, None, None], (200, 3, 6, 9)).astype(float)
    y, masses = A.cutmix(x, labels, 4, rng=rng(6))
    assert_array_equal(y[:, 0], y[:, 2])
    ones = y[:, 0].mean(axis=(1, 2))
    assert_allclose(masses, np.stack([1 - ones, 0 * ones, 0 * ones, ones], axis=1), atol=1e-12)
    assert len(np.unique(ones)) > 10
    for image, own in zip(y[:, 0], labels == 3, strict=True):
        pasted = image != own
        rows, columns = np.flatnonzero(pasted.any(axis=1)), np.flatnonzero(pasted.any(axis=0))
        assert pasted.sum() == len(rows) * len(columns)


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_masses_have_the_dtype_of_the_images(name):
    y, masses = getattr(A, name)(X.astype(np.float32), Y, 4, rng=rng())
    assert (y.dtype, masses.dtype, masses.shape) == (np.float32, np.float32, (200, 4))


SMALL, LABELS = np.ones((2, 3, 4, 5)), np.array([0, 1])
MESSAGES = [
    (
        lambda a, t: a.random_crop(t(SMALL), (4, 8), padding=1, rng=rng()),
        ValueError,
        "random_crop: size is (4, 8), the padded image (6, 7); the crop must fit in it",
    ),
    (
        lambda a, t: a.random_horizontal_flip(t(SMALL), 1.5, rng=rng()),
        ValueError,
        "random_horizontal_flip: p is 1.5; it must be from 0 to 1",
    ),
    (
        lambda a, t: a.color_jitter(t(SMALL[:, :1]), rng=rng()),
        ValueError,
        "color_jitter: x has 1 channels; it must have 3: red, green, blue",
    ),
    (
        lambda a, t: a.color_jitter(t(SMALL), contrast=-1, rng=rng()),
        ValueError,
        "color_jitter: contrast is -1; it must be at least 0",
    ),
    (
        lambda a, t: a.gaussian_noise(t(SMALL[0]), 0.1, rng=rng()),
        ValueError,
        "gaussian_noise: x has shape (3, 4, 5); it must be (N, C, H, W), not empty",
    ),
    (
        lambda a, t: a.cutout(t(SMALL.astype(np.uint8)), 2, rng=rng()),
        TypeError,
        "cutout: x is uint8; it must be float, in [0, 1]: divide by 255",
    ),
    (
        lambda a, t: a.mixup(t(SMALL), t(LABELS), 2, alpha=0, rng=rng()),
        ValueError,
        "mixup: alpha is 0; it must be positive",
    ),
    (
        lambda a, t: a.mixup(t(SMALL), t(LABELS), 1, rng=rng()),
        ValueError,
        "mixup: y has 1; labels must be from 0 to num_classes - 1 = 0",
    ),
    (
        lambda a, t: a.cutmix(t(SMALL), t(LABELS[:1]), 2, rng=rng()),
        ValueError,
        "cutmix: y is int64 of shape (1,); it must be integers of shape (2,)",
    ),
    (
        lambda a, t: a.cutmix(t(SMALL), t(LABELS / 2), 2, rng=rng()),
        ValueError,
        "cutmix: y is float64 of shape (2,); it must be integers of shape (2,)",
    ),
]


@pytest.mark.parametrize(("library", "array"), [(A, np.array), (T, torch.tensor)])
@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, error, message, library, array):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call(library, array)
