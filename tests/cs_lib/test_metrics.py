"""Metrics against scikit-learn, naive loops and examples counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import metrics as oracle

from cs_lib.metrics import (
    accuracy,
    confusion_matrix,
    mean_average_precision,
    recall_at_k,
    top_k_accuracy,
)

# --- classification ---


@pytest.mark.parametrize(
    ("predicted", "labels", "want"),
    [
        ([3], [3], 1.0),
        ([3], [1], 0.0),
        ([0, 1, 2, 0], [0, 2, 2, 1], 0.5),
        (np.array([255, 0, 1], np.uint8), [-1, 0, 1], 2 / 3),
    ],
)
def test_accuracy_is_the_share_that_agrees(predicted, labels, want):
    got = accuracy(predicted, labels)
    assert got == pytest.approx(want, abs=1e-15)
    assert type(got) is float


@pytest.mark.parametrize(("n", "classes"), [(1, 2), (50, 3), (200, 7)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_confusion_matrix_is_that_of_scikit_learn(n, classes, dtype):
    rng = np.random.default_rng(n)
    labels = rng.integers(0, classes, n).astype(dtype)
    predicted = np.minimum(labels, rng.integers(0, classes, n)).astype(dtype)  # not symmetric
    want = oracle.confusion_matrix(labels, predicted, labels=range(classes))
    got = confusion_matrix(labels, predicted, classes)
    assert_array_equal(got, want, strict=True)


def test_confusion_matrix_has_the_truth_in_rows_and_room_for_absent_classes():
    got = confusion_matrix([0, 0, 2], [1, 1, 0], 4)
    assert_array_equal(got, [[0, 2, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])


def test_confusion_matrix_of_uint8_labels_does_not_wrap():
    got = confusion_matrix(np.array([99], np.uint8), np.array([98], np.uint8), 100)
    assert got[99, 98] == 1
    assert got.sum() == 1


@pytest.mark.parametrize("k", [1, 2, 4, 5])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_top_k_accuracy_is_that_of_scikit_learn(k, dtype):
    rng = np.random.default_rng(k)
    scores, labels = rng.standard_normal((83, 5)).astype(dtype), rng.integers(0, 4, 83)
    want = oracle.top_k_accuracy_score(labels, scores, k=k, labels=range(5)) if k < 5 else 1.0
    assert top_k_accuracy(scores, labels, k) == pytest.approx(want, abs=1e-15)


@pytest.mark.parametrize("k", [1, 2, 3, 6])
def test_top_k_accuracy_with_ties_is_a_stable_sort(k):
    rng = np.random.default_rng(k)
    scores, labels = rng.integers(0, 3, (90, 6)), rng.integers(0, 6, 90)
    hits = [
        label in sorted(range(6), key=lambda c: (-row[c], c))[:k]
        for row, label in zip(scores.tolist(), labels.tolist(), strict=True)
    ]
    assert top_k_accuracy(scores, labels, k) == pytest.approx(np.mean(hits), abs=1e-15)


def test_top_k_accuracy_of_constant_scores_favours_the_first_classes_only():
    assert top_k_accuracy(np.zeros((4, 4)), [0, 1, 2, 3], 2) == 0.5


# --- retrieval ---


def ranking(distances, query):
    others = [i for i in range(len(distances)) if i != query]
    return sorted(others, key=lambda i: (distances[query][i], i))


def naive_recall(distances, labels, k):
    recalls = []
    for query in range(len(labels)):
        relevant = [i for i in ranking(distances, query) if labels[i] == labels[query]]
        if relevant:
            found = [i for i in ranking(distances, query)[:k] if labels[i] == labels[query]]
            recalls.append(len(found) / len(relevant))
    return sum(recalls) / len(recalls)


def naive_map(distances, labels):
    average_precisions = []
    for query in range(len(labels)):
        precisions, found = [], 0
        for rank, item in enumerate(ranking(distances, query), start=1):
            if labels[item] == labels[query]:
                found += 1
                precisions.append(found / rank)
        if precisions:
            average_precisions.append(sum(precisions) / len(precisions))
    return sum(average_precisions) / len(average_precisions)


def items(n, levels, classes, seed=0):
    """Not symmetric, so that rows cannot pass for columns; the diagonal is far, not near."""
    rng = np.random.default_rng(seed)
    distances = rng.integers(0, levels, (n, n)) / 8
    distances[np.diag_indices(n)] = rng.choice([0, 1, levels], n)
    return distances, rng.integers(0, classes, n)


@pytest.mark.parametrize("levels", [1, 3, 10**9])
@pytest.mark.parametrize(("n", "classes"), [(2, 1), (17, 2), (40, 5), (23, 15)])
def test_retrieval_metrics_are_their_loops(n, classes, levels):
    distances, labels = items(n, levels, classes)
    before = distances.copy()
    for k in {1, 2, n // 2, n - 1} - {0, n}:
        want = naive_recall(distances.tolist(), labels.tolist(), k)
        assert recall_at_k(distances, labels, k) == pytest.approx(want, abs=1e-14)
    want = naive_map(distances.tolist(), labels.tolist())
    assert mean_average_precision(distances, labels) == pytest.approx(want, abs=1e-14)
    assert_array_equal(distances, before)


def test_mean_average_precision_is_that_of_scikit_learn():
    distances, labels = items(60, 10**9, 4)
    want = [
        oracle.average_precision_score(
            np.delete(labels == labels[q], q), -np.delete(distances[q], q)
        )
        for q in range(60)
    ]
    assert mean_average_precision(distances, labels) == pytest.approx(np.mean(want), abs=1e-14)


# On a line:      a   b   a   a   c     at 0, 1, 3, 7, 20
BY_HAND = np.abs(np.subtract.outer([0, 1, 3, 7, 20], [0, 1, 3, 7, 20]))
BY_HAND_LABELS = [0, 1, 0, 0, 2]  # b and c have no relevant item: three queries count


@pytest.mark.parametrize(
    ("k", "want"),
    [
        (1, (0 + 0 + 1 / 2) / 3),  # a₀ ranks b a a c; a₃ ranks b a a c; a₇ ranks a b a c
        (2, (1 / 2 + 1 / 2 + 1 / 2) / 3),
        (3, 1),
        (4, 1),
    ],
)
def test_recall_by_hand(k, want):
    assert recall_at_k(BY_HAND, BY_HAND_LABELS, k) == pytest.approx(want, abs=1e-15)


def test_mean_average_precision_by_hand():
    ranks_2_and_3, ranks_1_and_3 = (1 / 2 + 2 / 3) / 2, (1 / 1 + 2 / 3) / 2
    want = (ranks_2_and_3 + ranks_2_and_3 + ranks_1_and_3) / 3
    assert mean_average_precision(BY_HAND, BY_HAND_LABELS) == pytest.approx(want, abs=1e-15)


def test_a_duplicate_counts_though_its_distance_is_zero_as_that_of_the_query():
    distances, labels = np.zeros((3, 3)), [0, 1, 0]
    assert recall_at_k(distances, labels, 1) == 0.5  # item 0 finds item 1, item 2 finds item 0
    assert mean_average_precision(distances, labels) == (1 / 2 + 1) / 2


# --- errors ---

NAN = np.where(np.eye(3, k=1) == 1, np.nan, 1.0)
SQUARE, ALL = np.ones((3, 3)), [0, 0, 1]
# fmt: off
VALUE_ERRORS = [
    ("accuracy: predicted has shape (0,); it must be (N,), not empty",
     lambda: accuracy(np.array([], int), np.array([], int))),
    ("accuracy: labels has shape (2,); it must be (3,), one label for each point",
     lambda: accuracy([0, 1, 2], [0, 1])),
    ("accuracy: predicted has shape (1, 3); it must be (N,), not empty",
     lambda: accuracy([[0, 1, 2]], [0, 1, 2])),
    ("confusion_matrix: predicted has shape (2,); it must be (3,), one label for each point",
     lambda: confusion_matrix([0, 1, 2], [0, 1], 3)),
    ("confusion_matrix: labels goes from 0 to 3; with 3 classes it must stay within 0 to 2",
     lambda: confusion_matrix([0, 3], [0, 1], 3)),
    ("confusion_matrix: predicted goes from -1 to 0; with 3 classes it must stay within 0 to 2",
     lambda: confusion_matrix([0, 1], [0, -1], 3)),
    ("top_k_accuracy: scores has shape (3,); it must be (N, K), not empty",
     lambda: top_k_accuracy([1.0, 2, 3], [0], 1)),
    ("top_k_accuracy: labels has shape (2,); it must be (3,), one label for each point",
     lambda: top_k_accuracy(SQUARE, [0, 1], 1)),
    ("top_k_accuracy: labels goes from 0 to 3; with 3 classes it must stay within 0 to 2",
     lambda: top_k_accuracy(SQUARE, [0, 3, 1], 1)),
    ("top_k_accuracy: k is 4; it must be from 1 to 3, the number of classes",
     lambda: top_k_accuracy(SQUARE, ALL, 4)),
    ("top_k_accuracy: k is 0; it must be from 1 to 3, the number of classes",
     lambda: top_k_accuracy(SQUARE, ALL, 0)),
    ("top_k_accuracy: scores has NaN, which has no rank; remove it first",
     lambda: top_k_accuracy(NAN, ALL, 1)),
    ("recall_at_k: distances has shape (2, 3); it must be (N, N), N at least 2",
     lambda: recall_at_k(np.ones((2, 3)), [0, 0], 1)),
    ("recall_at_k: distances has shape (1, 1); it must be (N, N), N at least 2",
     lambda: recall_at_k([[0.0]], [0], 1)),
    ("recall_at_k: distances has shape (3,); it must be (N, N), not empty",
     lambda: recall_at_k([1.0, 2, 3], ALL, 1)),
    ("recall_at_k: labels has shape (2,); it must be (3,), one label for each point",
     lambda: recall_at_k(SQUARE, [0, 0], 1)),
    ("recall_at_k: k is 3; it must be from 1 to 2, the number of other items",
     lambda: recall_at_k(SQUARE, ALL, 3)),
    ("recall_at_k: k is 0; it must be from 1 to 2, the number of other items",
     lambda: recall_at_k(SQUARE, ALL, 0)),
    ("recall_at_k: distances has NaN, which has no rank; remove it first",
     lambda: recall_at_k(NAN, ALL, 1)),
    ("recall_at_k: no two items share a label, so nothing is relevant",
     lambda: recall_at_k(SQUARE, [0, 1, 2], 1)),
    ("mean_average_precision: no two items share a label, so nothing is relevant",
     lambda: mean_average_precision(SQUARE, [0, 1, 2])),
    ("mean_average_precision: distances has shape (3, 2); it must be (N, N), N at least 2",
     lambda: mean_average_precision(np.ones((3, 2)), ALL)),
]
TYPE_ERRORS = [
    ("accuracy: predicted is float64; labels must be integers",
     lambda: accuracy([0.0, 1], [0, 1])),
    ("accuracy: labels is bool; labels must be integers",
     lambda: accuracy([0, 1], [True, False])),
    ("confusion_matrix: labels is float64; labels must be integers",
     lambda: confusion_matrix([0.5, 1], [0, 1], 2)),
    ("top_k_accuracy: k is 1.5; it must be a whole number",
     lambda: top_k_accuracy(SQUARE, ALL, 1.5)),
    ("recall_at_k: labels is float64; labels must be integers",
     lambda: recall_at_k(SQUARE, [0.0, 0, 1], 1)),
]
# fmt: on


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [(ValueError, *row) for row in VALUE_ERRORS] + [(TypeError, *row) for row in TYPE_ERRORS],
)
def test_bad_input_is_told_what_to_do(error, message, call):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message
