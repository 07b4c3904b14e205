"""Metrics of detection and segmentation against loops, scikit-learn and examples by hand."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from both_libraries import check_error
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics as oracle

from cs_lib.metrics import (
    average_precision,
    detection_average_precision,
    detection_mean_average_precision,
    iou_per_class,
    mean_iou,
    pixel_accuracy,
)

# --- average precision of ranked detections ---


def naive_ap(scores, correct, positives, points):
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    curve, found = [(Fraction(0), Fraction(0))], 0  # (recall, precision)
    for rank, i in enumerate(order, start=1):
        found += correct[i]
        curve.append((Fraction(found, positives), Fraction(found, rank)))

    def best(recall):
        return max((p for r, p in curve if r >= recall), default=Fraction(0))

    if points:
        return float(sum(best(Fraction(k, points - 1)) for k in range(points)) / points)
    recalls = sorted({r for r, _ in curve})
    return float(sum((after - before) * best(after) for before, after in pairwise(recalls)))


@pytest.mark.parametrize("points", [None, 2, 11, 101])
@pytest.mark.parametrize("levels", [3, 10**9])
@pytest.mark.parametrize(("n", "missed"), [(1, 0), (10, 0), (30, 7), (30, 100)])
def test_average_precision_is_its_loop(n, missed, levels, points):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        scores, correct = rng.integers(0, levels, n) / 8, rng.random(n) < 0.6
        correct[0] = True
        positives = int(correct.sum()) + missed
        want = naive_ap(scores.tolist(), correct.tolist(), positives, points)
        got = average_precision(scores, correct, positives, points=points)
        assert got == pytest.approx(want, abs=1e-14)
        assert type(got) is float


def test_average_precision_is_that_of_scikit_learn_where_precision_only_falls():
    """scikit-learn's does not take the largest precision from a recall on."""
    scores, correct = -np.arange(9), np.array([1, 1, 0, 1, 0, 0, 0, 1, 0], bool)
    precision = correct.cumsum() / np.arange(1, 10)
    assert (np.diff(precision[correct]) <= 0).all()
    want = oracle.average_precision_score(correct, scores)
    assert average_precision(scores, correct, 4) == pytest.approx(want, abs=1e-15)
    interpolated = average_precision([3, 2, 1], np.array([False, True, True]), 2)
    assert interpolated == pytest.approx(2 / 3)  # scikit-learn: (1/2 + 2/3) / 2


# fmt: off
BY_HAND = {
    "all found first": ([3, 2, 1], [1, 1, 0], 2, 1, 1),
    "unsorted": ([1, 2, 3], [0, 1, 1], 2, 1, 1),
    "one of two, first": ([3, 2], [1, 0], 2, 1 / 2, 6 / 11),  # recalls 0, 0.1, …, 0.5
    "after a false one": ([3, 2], [0, 1], 1, 1 / 2, 1 / 2),
    "3 of 10: recall 0.3 counts, though 0.1·3 > 0.3": ([3, 2, 1], [1, 1, 1], 10, 0.3, 4 / 11),
    "no detection": ([], [], 3, 0, 0),
    "none correct": ([1, 2], [0, 0], 3, 0, 0),
}
# fmt: on


@pytest.mark.parametrize(
    ("scores", "correct", "positives", "area", "eleven"), BY_HAND.values(), ids=BY_HAND.keys()
)
def test_average_precision_by_hand(scores, correct, positives, area, eleven):
    correct = np.array(correct, bool)
    assert average_precision(scores, correct, positives) == pytest.approx(area, abs=1e-15)
    got = average_precision(scores, correct, positives, points=11)
    assert got == pytest.approx(eleven, abs=1e-15)


def test_without_anything_to_find_there_is_no_average_precision():
    assert np.isnan(average_precision([1.0, 2], np.array([False, False]), 0))


# --- matching of detections ---


def naive_iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def naive_detection_ap(predictions, targets, label, threshold, points):
    detections = []
    for image, p in enumerate(predictions):
        for box, score, own in zip(p["boxes"], p["scores"], p["labels"], strict=True):
            if own == label:
                detections.append((score, image, box))
    taken, kept, correct, positives = set(), [], [], 0
    for t in targets:
        flags = t.get("difficult", [False] * len(t["labels"]))
        positives += sum(c == label and not f for c, f in zip(t["labels"], flags, strict=True))
    for score, image, box in sorted(detections, key=lambda d: -d[0]):  # stable
        t = targets[image]
        own = [g for g in range(len(t["labels"])) if t["labels"][g] == label]
        best = max(own, key=lambda g: naive_iou(box, t["boxes"][g]), default=None)
        if best is None or naive_iou(box, t["boxes"][best]) < threshold:
            hit = False
        elif t.get("difficult", [False] * len(t["labels"]))[best]:
            continue
        else:
            hit = (image, best) not in taken
            taken.add((image, best))
        kept.append(score)
        correct.append(hit)
    return naive_ap(kept, correct, positives, points) if positives else None


def scene(rng, n, shift):
    corner = rng.integers(0, 12, (n, 2)) + shift
    return np.concatenate([corner, corner + rng.integers(3, 9, (n, 2))], axis=1).astype(float)


def detections(seed, difficult=False):
    """Five images, one without truth, one without detections; three classes of which 2 is rare."""
    rng = np.random.default_rng(seed)
    predictions, targets = [], []
    for truths, found in ((6, 12), (4, 7), (0, 5), (5, 0), (8, 20)):
        t = {"boxes": scene(rng, truths, 0), "labels": rng.choice([0, 0, 1, 1, 2], truths)}
        p = {"boxes": scene(rng, found, 0), "labels": rng.integers(0, 3, found)}
        near = min(truths, found)  # some detections are right, some of these twice
        p["boxes"][:near] = t["boxes"][:near] + rng.uniform(-1, 1, (near, 4))
        p["labels"][:near] = t["labels"][:near]
        p["scores"] = rng.integers(0, 20, found) / 16
        if difficult:
            t["difficult"] = rng.random(truths) < 0.3
        predictions.append(p)
        targets.append(t)
    return predictions, targets


def plain(images):
    return [{name: np.asarray(v).tolist() for name, v in one.items()} for one in images]


@pytest.mark.parametrize("points", [None, 11])
@pytest.mark.parametrize("difficult", [False, True])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.75])
def test_detection_average_precision_is_its_loop(threshold, difficult, points):
    for seed in range(5):
        predictions, targets = detections(seed, difficult)
        wants = []
        for label in range(3):
            want = naive_detection_ap(plain(predictions), plain(targets), label, threshold, points)
            got = detection_average_precision(
                predictions, targets, label, iou_threshold=threshold, points=points
            )
            if want is None:
                assert np.isnan(got)
            else:
                assert got == pytest.approx(want, abs=1e-14)
                wants.append(want)
        got = detection_mean_average_precision(
            predictions, targets, iou_threshold=threshold, points=points
        )
        assert got == pytest.approx(np.mean(wants), abs=1e-14)


def image(*rows):
    """(box, label, score) for each detection or (box, label) for each true box."""
    fields = {"boxes": [r[0] for r in rows], "labels": [r[1] for r in rows]}
    if rows and len(rows[0]) == 3:
        fields["scores"] = [r[2] for r in rows]
    return {name: np.array(values) for name, values in fields.items()}


NO_DETECTION = {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int), "scores": np.zeros(0)}
NO_TRUTH = {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int)}
A, B = [0, 0, 10, 10], [20, 0, 30, 10]


def test_a_duplicate_is_a_false_detection():
    """Two detections of A rank before the one of B: precisions 1, then 2/3."""
    predictions = [image((A, 1, 0.9), (A, 1, 0.8), (B, 1, 0.7))]
    targets = [image((A, 1), (B, 1))]
    assert detection_average_precision(predictions, targets, 1) == pytest.approx((1 + 2 / 3) / 2)


def test_a_detection_finds_nothing_in_another_image_or_class():
    targets = [image((A, 1)), image((B, 2))]
    for predictions in (
        [NO_DETECTION, image((A, 1, 0.9))],
        [image((A, 2, 0.9)), NO_DETECTION],
    ):
        assert detection_average_precision(predictions, targets, 1) == 0
    predictions = [image((A, 1, 0.9)), NO_DETECTION]
    assert detection_average_precision(predictions, targets, 1) == 1


def test_an_iou_of_just_the_threshold_is_enough():
    half = [image(([0, 0, 10, 5], 1, 0.5))]
    assert detection_average_precision(half, [image((A, 1))], 1) == 1
    assert detection_average_precision(half, [image((A, 1))], 1, iou_threshold=0.51) == 0


def test_a_class_that_is_nowhere_true_does_not_count_however_often_it_is_detected():
    predictions = [image((A, 1, 0.9), (B, 7, 0.95))]
    targets = [image((A, 1))]
    assert np.isnan(detection_average_precision(predictions, targets, 7))
    assert detection_mean_average_precision(predictions, targets) == 1


def test_a_class_that_is_never_detected_counts_as_zero():
    targets = [image((A, 1), (B, 2))]
    assert detection_mean_average_precision([image((A, 1, 0.9))], targets) == 0.5


def test_a_difficult_box_is_neither_a_hit_nor_a_miss():
    predictions = [image((A, 1, 0.9), (A, 1, 0.8), (B, 1, 0.7))]
    targets = [{**image((A, 1), (B, 1)), "difficult": np.array([True, False])}]
    assert detection_average_precision(predictions, targets, 1) == 1


def test_tensors_are_welcome_and_nothing_is_modified():
    predictions, targets = detections(0)
    want = detection_mean_average_precision(predictions, targets)
    tensors = [
        [{name: torch.tensor(v) for name, v in one.items()} for one in images]
        for images in (predictions, targets)
    ]
    assert detection_mean_average_precision(*tensors) == want
    for now, before in zip((predictions, targets), detections(0), strict=True):
        for one, other in zip(now, before, strict=True):
            for name in one:
                assert_array_equal(one[name], other[name])


# --- segmentation ---


def masks(seed, classes, shape=(2, 5, 7), absent=()):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, shape)
    predicted = np.where(rng.random(shape) < 0.6, labels, rng.integers(0, classes, shape))
    for c in absent:
        labels[labels == c] = predicted[predicted == c] = (c + 1) % classes
    return predicted, labels


@pytest.mark.parametrize("absent", [(), (3,), (0, 2)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_iou_of_classes_is_that_of_scikit_learn(absent, dtype):
    predicted, labels = (x.astype(dtype) for x in masks(0, 5, absent=absent))
    present = [c for c in range(5) if c not in absent]
    each = oracle.jaccard_score(labels.ravel(), predicted.ravel(), labels=present, average=None)
    want = np.full(5, np.nan)
    want[present] = each
    assert_allclose(iou_per_class(predicted, labels, 5), want, rtol=1e-14, strict=True)
    assert mean_iou(predicted, labels, 5) == pytest.approx(each.mean(), abs=1e-14)
    assert type(mean_iou(predicted, labels, 5)) is float


@pytest.mark.parametrize(("dtype", "ignore"), [(np.int64, -100), (np.uint8, 255), (np.int64, 2)])
def test_ignored_pixels_do_not_count_whatever_is_predicted_there(dtype, ignore):
    predicted, labels = (x.astype(dtype) for x in masks(1, 4))
    skip = np.random.default_rng(0).random(labels.shape) < 0.3
    labels[labels == ignore] = 1
    labels[skip] = ignore
    predicted[skip] = 99
    p, t = predicted[~skip], labels[~skip]
    counted = np.setdiff1d(np.union1d(p, t), [ignore])  # an ignored class has no IoU
    each = oracle.jaccard_score(t, p, labels=counted, average=None)
    options = {} if ignore == -100 else {"ignore_index": ignore}
    assert mean_iou(predicted, labels, 4, **options) == pytest.approx(each.mean(), abs=1e-14)
    want = oracle.accuracy_score(t, p)
    assert pixel_accuracy(predicted, labels, **options) == pytest.approx(want, abs=1e-15)


def test_segmentation_metrics_by_hand():
    """Class 0: 1 of 2; class 1: 2 of 4; class 2: predicted once, never right; class 3: nowhere."""
    labels = np.array([[0, 0, 1], [1, 1, -100]])
    predicted = np.array([[0, 1, 1], [1, 2, 3]])
    want = [1 / 2, 2 / 4, 0, np.nan]
    assert_array_equal(iou_per_class(predicted, labels, 4), want)
    assert mean_iou(predicted, labels, 4) == pytest.approx(1 / 3)
    assert pixel_accuracy(predicted, labels) == pytest.approx(3 / 5)


def test_images_are_counted_together_not_one_by_one():
    labels = np.array([[[0, 0, 0, 0]], [[0, 1, 1, 1]]])
    predicted = np.array([[[0, 0, 0, 1]], [[0, 1, 1, 1]]])
    assert mean_iou(predicted, labels, 2) == pytest.approx((4 / 5 + 3 / 4) / 2)


# --- errors ---

ONE, TWO = np.array([True]), np.array([True, False])
# fmt: off
ERRORS = [
    ("average_precision: correct has shape (1,); it must be (2,), one for each box",
     lambda: average_precision([1.0, 2], ONE, 1)),
    ("average_precision: scores has NaN, which has no rank; remove it first",
     lambda: average_precision([1.0, np.nan], TWO, 1)),
    ("average_precision: 1 detections are correct, num_positives is 0; only one detection can find "
     "each", lambda: average_precision([1.0, 2], TWO, 0)),
    ("average_precision: points is 1; it must be None or at least 2",
     lambda: average_precision([1.0, 2], TWO, 1, points=1)),
    ("detection_average_precision: 1 predictions, 2 targets; give one of each for every image",
     lambda: detection_average_precision([NO_DETECTION], [NO_TRUTH] * 2, 1)),
    ("detection_average_precision: iou_threshold is 50; an IoU is from 0 to 1",
     lambda: detection_average_precision([], [], 1, iou_threshold=50)),
    ("detection_average_precision: predictions[0]['scores'] has shape (0,); it must be (1,), one "
     "for each box",
     lambda: detection_average_precision(
         [{**image((A, 1, 0.5)), "scores": []}], [image((A, 1))], 1)),
    ("detection_average_precision: targets[0]['labels'] has shape (2,); it must be (1,), one for "
     "each box",
     lambda: detection_average_precision([NO_DETECTION], [{**image((A, 1)), "labels": [1, 1]}], 1)),
    ("detection_average_precision: targets[0]['boxes'][0] is [20, 0, 10, 10]; a box is (x1, y1, "
     "x2, y2), x1 <= x2 and y1 <= y2, finite: if yours is (x, y, w, h), use box_convert",
     lambda: detection_average_precision([NO_DETECTION], [image(([20, 0, 10, 10], 1))], 1)),
    ("detection_mean_average_precision: targets has no box to find in any image",
     lambda: detection_mean_average_precision([NO_DETECTION], [NO_TRUTH])),
    ("mean_iou: predicted has shape (2, 4, 3, 3), labels (2, 3, 3); both must be the same: if "
     "predicted has scores (N, K, H, W), take their argmax over axis 1",
     lambda: mean_iou(np.zeros((2, 4, 3, 3), int), np.zeros((2, 3, 3), int), 4)),
    ("mean_iou: labels goes from 0 to 255; with 3 classes it must stay within 0 to 2",
     lambda: mean_iou([0, 1], [0, 255], 3)),
    ("iou_per_class: predicted goes from 0 to 3; with 3 classes it must stay within 0 to 2",
     lambda: iou_per_class([0, 3], [0, 1], 3)),
    ("pixel_accuracy: every label is 255, ignored; no pixel is left",
     lambda: pixel_accuracy([0, 1], [255, 255], ignore_index=255)),
]
TYPE_ERRORS = [
    ("average_precision: correct is int64; it must be bool",
     lambda: average_precision([1.0, 2], np.array([1, 0]), 1)),
    ("pixel_accuracy: predicted is float64; labels must be integers",
     lambda: pixel_accuracy([0.0, 1], [0, 1])),
]
# fmt: on


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [(ValueError, *row) for row in ERRORS] + [(TypeError, *row) for row in TYPE_ERRORS],
)
def test_bad_detections_and_masks_are_told_what_to_do(error, message, call):
    check_error(error, message, call)
