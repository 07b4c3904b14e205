"""Splits by their properties and scikit-learn's sizes; cross-validation against scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier as SklearnKNN

import cs_lib.model_selection
from cs_lib.model_selection import cross_validate, k_fold, train_val_test_split


def rng(seed=0):
    return np.random.default_rng(seed)


# --- splits ---


@pytest.mark.parametrize(
    ("n", "options", "sizes"),
    [
        (100, {}, (80, 10, 10)),
        (37, {"val": 0.2, "test": 0.3}, (19, 7, 11)),
        (10, {"val": 0, "test": 0.5}, (5, 0, 5)),
        (10, {"val": 0, "test": 0}, (10, 0, 0)),
        (3, {"val": 0.3, "test": 0.3}, (1, 1, 1)),
    ],
)
def test_three_parts_of_the_sizes_asked_for_share_nothing(n, options, sizes):
    parts = train_val_test_split(n, **options, rng=rng())
    assert tuple(len(part) for part in parts) == sizes
    assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n), strict=True)


def test_a_split_is_shuffled_by_its_rng_and_by_nothing_else():
    first, again, other = (train_val_test_split(500, rng=rng(seed)) for seed in (1, 1, 2))
    for a, b, c in zip(first, again, other, strict=True):
        assert_array_equal(a, b)
        assert (a != c).any()
        assert (np.diff(a) < 0).any()
        assert abs(a.mean() - 249.5) < 150  # drawn from all over


@pytest.mark.parametrize(("n", "folds"), [(10, 5), (23, 4), (7, 7), (2, 2), (101, 10)])
def test_every_point_validates_once_and_trains_in_all_other_folds(n, folds):
    splits = k_fold(n, folds, rng=rng())
    sizes = [len(val) for _, val in KFold(folds).split(np.zeros(n))]
    assert [len(val) for _, val in splits] == sizes
    assert_array_equal(np.sort(np.concatenate([val for _, val in splits])), np.arange(n))
    for train, val in splits:
        assert train.dtype == val.dtype == np.int64
        assert_array_equal(np.sort(np.concatenate([train, val])), np.arange(n))


def test_folds_are_shuffled_by_their_rng_and_by_nothing_else():
    first, again, other = (k_fold(60, 3, rng=rng(seed)) for seed in (1, 1, 2))
    for (train, val), (same_train, same_val), (_, other_val) in zip(
        first, again, other, strict=True
    ):
        assert_array_equal(train, same_train)
        assert_array_equal(val, same_val)
        assert (np.sort(val) != np.sort(other_val)).any()
        assert any(b - a != 1 for a, b in pairwise(np.sort(val)))


# --- cross-validation ---


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("n", "folds"), [(60, 4), (47, 5)])
def test_cross_validation_is_that_of_scikit_learn_fold_by_fold(n, folds, p):
    x = rng(1).standard_normal((n, 5))
    y = np.sort(rng(2).choice([2, 5, 9], n))  # sorted by class, as files often are
    ks = [7, 1, 2, 7, 30]
    got = cross_validate(x, y, ks, folds=folds, rng=rng(3), p=p)
    want = np.empty((len(ks), folds))
    for fold, (train, val) in enumerate(k_fold(n, folds, rng=rng(3))):
        for row, k in enumerate(ks):
            knn = SklearnKNN(k, p=p, algorithm="brute").fit(x[train], y[train])
            want[row, fold] = knn.score(x[val], y[val])
    assert_allclose(got, want, rtol=0, atol=1e-12, strict=True)


def test_cross_validation_votes_for_the_smallest_of_equally_frequent_labels():
    x, y = np.zeros((6, 1)), np.array([3, 1, 3, 1, 3, 1])  # all at distance 0
    got = cross_validate(x, y, [4], folds=3, rng=rng())
    want = []
    for train, val in k_fold(6, 3, rng=rng()):
        ones = (y[train] == 1).sum()
        want.append((y[val] == (1 if ones >= 2 else 3)).mean())
    assert_array_equal(got, [want])


def test_cross_validation_takes_images():
    images, y = rng().random((20, 3, 2, 4)), np.arange(20) % 3
    got = cross_validate(images, y, [1, 3], folds=2, rng=rng(1))
    want = cross_validate(images.reshape(20, 24), y, [1, 3], folds=2, rng=rng(1))
    assert_array_equal(got, want)


def test_all_ks_share_the_distances_of_a_fold(monkeypatch):
    calls = []

    class Spy(cs_lib.model_selection.KNeighborsClassifier):
        def kneighbors(self, x, k=None):
            calls.append(len(x))
            return super().kneighbors(x, k)

    monkeypatch.setattr(cs_lib.model_selection, "KNeighborsClassifier", Spy)
    cross_validate(rng().random((30, 2)), np.arange(30) % 2, range(1, 20), folds=3, rng=rng())
    assert calls == [10, 10, 10]


# --- errors ---

X, Y = np.zeros((6, 2)), np.array([0, 1, 0, 1, 0, 1])
# fmt: off
VALUE_ERRORS = [
    ("k_fold: folds is 7; it must be from 2 to 6, the number of points",
     lambda: k_fold(6, 7, rng=rng())),
    ("k_fold: folds is 1; it must be from 2 to 6, the number of points",
     lambda: k_fold(6, 1, rng=rng())),
    ("k_fold: n is 0; it must be at least 1",
     lambda: k_fold(0, 2, rng=rng())),
    ("train_val_test_split: n is 0; it must be at least 1",
     lambda: train_val_test_split(0, rng=rng())),
    ("train_val_test_split: val is 1.5; it is a share of n, from 0 to below 1",
     lambda: train_val_test_split(10, val=1.5, rng=rng())),
    ("train_val_test_split: test is -0.1; it is a share of n, from 0 to below 1",
     lambda: train_val_test_split(10, test=-0.1, rng=rng())),
    ("train_val_test_split: n is 3, val 0.1 and test 0.1: that is 3 training, 0 validation and "
     "0 test points; each part asked for needs at least one",
     lambda: train_val_test_split(3, rng=rng())),
    ("train_val_test_split: n is 10, val 0.5 and test 0.5: that is 0 training, 5 validation and "
     "5 test points; each part asked for needs at least one",
     lambda: train_val_test_split(10, val=0.5, test=0.5, rng=rng())),
    ("cross_validate: x has shape (6,); it must be (N, D) or (N, C, H, W), not empty",
     lambda: cross_validate(Y, Y, [1], folds=2, rng=rng())),
    ("cross_validate: y has shape (5,); it must be (6,), one label for each point",
     lambda: cross_validate(X, Y[:5], [1], folds=2, rng=rng())),
    ("cross_validate: ks is empty; give at least one k",
     lambda: cross_validate(X, Y, [], folds=2, rng=rng())),
    ("cross_validate: k is 4; it must be from 1 to 3, the number of training points in a fold",
     lambda: cross_validate(X, Y, [1, 4], folds=2, rng=rng())),
    ("cross_validate: k is 0; it must be from 1 to 3, the number of training points in a fold",
     lambda: cross_validate(X, Y, [0, 1], folds=2, rng=rng())),
    ("KNeighborsClassifier: p is 3; it must be 1 (sum of |a - b|) or 2 (Euclidean)",
     lambda: cross_validate(X, Y, [1], folds=2, rng=rng(), p=3)),
    ("k_fold: folds is 7; it must be from 2 to 6, the number of points",
     lambda: cross_validate(X, Y, [1], folds=7, rng=rng())),
]
TYPE_ERRORS = [
    ("k_fold: folds is 2.5; it must be a whole number",
     lambda: k_fold(6, 2.5, rng=rng())),
    ("train_val_test_split: n is 10.0; it must be a whole number",
     lambda: train_val_test_split(10.0, rng=rng())),
    ("cross_validate: k is 1.0; it must be a whole number",
     lambda: cross_validate(X, Y, [1.0], folds=2, rng=rng())),
    ("KNeighborsClassifier.fit: y is float64; labels must be integers",
     lambda: cross_validate(X, Y / 2, [1], folds=2, rng=rng())),
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


@pytest.mark.parametrize(("n", "want"), [(25, 2), (35, 4), (45, 4), (55, 6)])
def test_half_a_point_goes_to_the_even_number_as_said(n, want):
    _, val, test = train_val_test_split(n, rng=np.random.default_rng(0))
    assert len(val) == len(test) == want
