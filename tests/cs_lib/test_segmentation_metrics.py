"""Metrics of segmentation against scikit-learn, SciPy's morphology, loops and counting by hand."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn import metrics as oracle

from cs_lib import metrics


def maps(seed=0, classes=4, shape=(3, 9, 12)):
    """Blobs of classes, as predicted and as true"""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.standard_normal((classes, 2, *shape)), (0, 0, 0, 2, 2))
    smooth[:, 1] += smooth[:, 0]
    return smooth.argmax(axis=0)


# --- counts ---


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_scikit_learn(seed):
    predicted, labels = maps(seed)
    t, p = labels.ravel(), predicted.ravel()
    iou = oracle.jaccard_score(t, p, labels=range(4), average=None)
    dice = oracle.f1_score(t, p, labels=range(4), average=None)
    recall = oracle.recall_score(t, p, labels=range(4), average=None)
    share = np.bincount(t, minlength=4) / t.size
    assert_allclose(metrics.iou_per_class(predicted, labels, 4), iou, rtol=1e-13)
    assert_allclose(metrics.dice_per_class(predicted, labels, 4), dice, rtol=1e-13)
    assert metrics.mean_accuracy(predicted, labels, 4) == pytest.approx(recall.mean(), abs=1e-13)
    assert metrics.frequency_weighted_iou(predicted, labels, 4) == pytest.approx(
        iou @ share, abs=1e-13
    )
    assert metrics.pixel_accuracy(predicted, labels) == pytest.approx(recall @ share, abs=1e-13)


def test_by_hand():
    """Class 0: 2 of 3 right, 4 either; class 1: 1 of 2, 3 either; 2: predicted once, never right"""
    labels = np.array([[0, 0, 0], [1, 1, 255]])
    predicted = np.array([[0, 0, 2], [0, 1, 1]])
    both = {"ignore_index": 255}
    assert_allclose(metrics.iou_per_class(predicted, labels, 4, **both), [2 / 4, 1 / 2, 0, np.nan])
    assert_allclose(metrics.dice_per_class(predicted, labels, 4, **both), [4 / 6, 2 / 3, 0, np.nan])
    assert metrics.mean_accuracy(predicted, labels, 4, **both) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert metrics.mean_iou(predicted, labels, 4, **both) == pytest.approx(1 / 3)
    assert metrics.frequency_weighted_iou(predicted, labels, 4, **both) == pytest.approx(0.5)


@pytest.mark.parametrize(("absent", "want"), [(np.nan, 1 / 3), (1.0, 2 / 4), (0.0, 1 / 4)])
def test_a_class_that_is_nowhere_has_the_value_that_was_asked_for(absent, want):
    labels, predicted = np.array([[0, 0, 1]]), np.array([[0, 2, 2]])
    options = {"absent": absent}
    for f, first in ((metrics.iou_per_class, 1 / 2), (metrics.dice_per_class, 2 / 3)):
        assert_allclose(f(predicted, labels, 4, **options), [first, 0, 0, absent])
    got = metrics.mean_iou(predicted, labels, 4, **options)
    assert got == pytest.approx(np.nanmean([1 / 2, 0, 0, absent]))
    assert got == pytest.approx({1 / 3: 1 / 6, 2 / 4: 3 / 8, 1 / 4: 1 / 8}[want])


def test_an_ignored_class_has_no_value_and_yet_costs_the_true_class():
    """Background, 0, ignored: predicted on the object it is a miss, and is not in the mean"""
    labels, predicted = np.array([[0, 0, 1, 1]]), np.array([[1, 0, 1, 0]])
    options = {"ignore_index": 0, "absent": 1.0}
    assert_allclose(metrics.iou_per_class(predicted, labels, 2, **options), [np.nan, 1 / 2])
    assert metrics.mean_iou(predicted, labels, 2, **options) == pytest.approx(1 / 2)
    assert metrics.mean_accuracy(predicted, labels, 2, ignore_index=0) == pytest.approx(1 / 2)
    got = metrics.boundary_f_per_class(predicted, labels, 2, tolerance=0, **options)
    assert math.isnan(got[0])


def test_dice_and_iou_can_rank_two_models_differently():
    """IoU .9 and .1 against .5 and .45: the means are .5 and .475, those of Dice .565 and .644"""

    def dice(iou):
        labels = np.ones((1, 1000), int)
        predicted = (np.arange(1000) < round(1000 * iou)).astype(int)[None]
        return metrics.dice_per_class(predicted, labels, 2)[1]

    assert (dice(0.9) + dice(0.1)) / 2 == pytest.approx(0.565, abs=5e-4)
    assert (dice(0.5) + dice(0.45)) / 2 == pytest.approx(0.644, abs=5e-4)


# --- boundaries ---


def bands(mask, distance):
    square = np.ones((3, 3), bool)
    return mask & ~ndimage.binary_erosion(mask, square, iterations=distance, border_value=0)


@pytest.mark.parametrize("distance", [1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_boundary_iou_is_that_of_scipys_erosion(distance, seed):
    predicted, labels = maps(seed, shape=(3, 17, 12))
    want = []
    for c in range(4):
        pairs = [
            (bands(p == c, distance), bands(t == c, distance))
            for p, t in zip(predicted, labels, strict=True)
        ]
        want.append(sum((a & b).sum() for a, b in pairs) / sum((a | b).sum() for a, b in pairs))
    got = metrics.boundary_iou_per_class(predicted, labels, 4, distance=distance)
    assert_allclose(got, want, rtol=1e-14)
    assert np.nanmin(want) > 0
    wide = metrics.boundary_iou_per_class(predicted, labels, 4, distance=20)
    assert_allclose(wide, metrics.iou_per_class(predicted, labels, 4), rtol=1e-14)


def contour(mask):
    """The pixels of a mask with a neighbour in the image that is outside it"""
    found = []
    h, w = mask.shape
    for y, x in np.argwhere(mask):
        near = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        if any(0 <= v < h and 0 <= u < w and not mask[v, u] for v, u in near):
            found.append((y, x))
    return found


@pytest.mark.parametrize("tolerance", [0, 1, 1.5, 2])
@pytest.mark.parametrize("seed", [0, 1])
def test_boundary_f_is_that_of_a_loop(tolerance, seed):
    predicted, labels = maps(seed)
    got = metrics.boundary_f_per_class(predicted, labels, 4, tolerance=tolerance)
    for c in range(4):
        hits = finds = p_count = t_count = 0
        for p, t in zip(predicted == c, labels == c, strict=True):
            a, b = contour(p), contour(t)
            hits += sum(any(math.dist(i, j) <= tolerance for j in b) for i in a)
            finds += sum(any(math.dist(i, j) <= tolerance for i in a) for j in b)
            p_count, t_count = p_count + len(a), t_count + len(b)
        precision, recall = hits / p_count, finds / t_count
        want = 2 * precision * recall / (precision + recall) if hits else 0
        assert got[c] == pytest.approx(want, abs=1e-14)


def square(top, left, side=5, shape=(1, 12, 14)):
    mask = np.zeros(shape, int)
    mask[:, top : top + side, left : left + side] = 1
    return mask


def test_a_square_moved_by_a_pixel():
    """Contours of 16 pixels each, all within a pixel; bands of 16 that share 2 · 3 of the sides"""
    labels, predicted = square(3, 3), square(3, 4)
    for tolerance, want in [(1, 1.0), (0, 8 / 16)]:
        got = metrics.boundary_f_per_class(predicted, labels, 2, tolerance=tolerance)
        assert got[1] == pytest.approx(want)
    got = metrics.boundary_iou_per_class(predicted, labels, 2, distance=1)
    assert got[1] == pytest.approx(8 / 24)
    assert metrics.iou_per_class(predicted, labels, 2)[1] == pytest.approx(20 / 30)


def test_the_border_of_the_image_is_an_edge_for_one_and_none_for_the_other():
    """A corner of 5 × 5, half of whose contour is the image's border, and one of 4 × 4"""
    labels, predicted = square(0, 0), square(0, 0, 4)
    got = metrics.boundary_f_per_class(predicted, labels, 2, tolerance=0)
    assert got[1] == 0
    got = metrics.boundary_iou_per_class(predicted, labels, 2, distance=1)
    shared = 4 + 3  # the row and the column at the border
    assert got[1] == pytest.approx(shared / (16 + 12 - shared))


@pytest.mark.parametrize("absent", [np.nan, 1.0, 0.0])
@pytest.mark.parametrize("name", ["boundary_iou_per_class", "boundary_f_per_class"])
def test_empty_masks(name, absent):
    options = {"distance": 1} if "iou" in name else {"tolerance": 1}
    f = getattr(metrics, name)
    empty, full = np.zeros((1, 5, 6), int), square(1, 1, 3, (1, 5, 6))
    assert_array_equal(f(empty, empty, 2, absent=absent, **options)[1], absent)
    assert f(full, empty, 2, absent=absent, **options)[1] == 0
    assert f(empty, full, 2, absent=absent, **options)[1] == 0


@pytest.mark.parametrize("name", ["boundary_iou_per_class", "boundary_f_per_class"])
def test_what_is_predicted_on_ignored_pixels_changes_no_boundary(name):
    options = {"distance": 2} if "iou" in name else {"tolerance": 1}
    predicted, labels = maps(3)
    rng = np.random.default_rng(0)
    labels[rng.random(labels.shape) < 0.2] = 255
    other = np.where(labels == 255, rng.integers(0, 4, labels.shape), predicted)
    assert (other != predicted).any()
    results = [
        getattr(metrics, name)(p, labels, 4, ignore_index=255, **options)
        for p in (predicted, other)
    ]
    assert_allclose(results[0], results[1], rtol=0)
    assert np.isfinite(results[0]).all()


def test_one_image_may_come_alone_and_images_are_counted_together():
    predicted, labels = maps(1)
    for f, options in (
        (metrics.boundary_iou_per_class, {"distance": 1}),
        (metrics.boundary_f_per_class, {"tolerance": 1}),
    ):
        alone = f(predicted[0], labels[0], 4, **options)
        assert_allclose(alone, f(predicted[:1], labels[:1], 4, **options), rtol=0)
        assert not np.allclose(alone, f(predicted, labels, 4, **options))


# --- errors ---

LABELS = np.zeros((2, 3), int)
ERRORS = {
    "boundary_iou_per_class: distance is 0 pixels; it must be at least 1, finite": lambda: (
        metrics.boundary_iou_per_class(LABELS, LABELS, 2, distance=0)
    ),
    "boundary_f_per_class: tolerance is -1 pixels; it must be at least 0": lambda: (
        metrics.boundary_f_per_class(LABELS, LABELS, 2, tolerance=-1)
    ),
    "boundary_f_per_class: labels has shape (6,); it must be (H, W) or (N, H, W)": lambda: (
        metrics.boundary_f_per_class(LABELS.ravel(), LABELS.ravel(), 2, tolerance=1)
    ),
    "dice_per_class: predicted has shape (1, 2, 3), labels (2, 3); both must be the same": lambda: (
        metrics.dice_per_class(LABELS[None], LABELS, 2)
    ),
    "mean_accuracy: predicted goes from 2 to 2; with 2 classes it must stay": lambda: (
        metrics.mean_accuracy(LABELS + 2, LABELS, 2)
    ),
    "frequency_weighted_iou: every label is 0, ignored; no pixel is left": lambda: (
        metrics.frequency_weighted_iou(LABELS, LABELS, 2, ignore_index=0)
    ),
}


@pytest.mark.parametrize("message", ERRORS)
def test_what_does_not_fit_is_told(message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        ERRORS[message]()
    assert message in str(raised.value)
