"""Which data to train on, which to choose with, which to report."""

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib.numpy.classifiers import KNeighborsClassifier

__all__ = ["cross_validate", "k_fold", "train_val_test_split"]


def train_val_test_split(n, *, val=0.1, test=0.1, rng):
    """Three disjoint parts of the numbers 0 to n - 1, at random.

    val, test: shares of n, rounded to whole points, a half to the even number, as Python's round
    does (of 25 points 0.1 are 2, of 35 they are 4) -> (train, val, test) int64 indices
    ValueError if a part would be empty; val=0 and test=0 ask for an empty one.
    """
    caller = "train_val_test_split"
    _check_count(caller, "n", n)
    for name, share in (("val", val), ("test", test)):
        if not 0 <= share < 1:
            raise ValueError(f"{caller}: {name} is {share}; it is a share of n, from 0 to below 1")
    n_val, n_test = round(n * val), round(n * test)
    n_train = n - n_val - n_test
    if n_train < 1 or (val and not n_val) or (test and not n_test):
        raise ValueError(
            f"{caller}: n is {n}, val {val} and test {test}: that is {n_train} training, {n_val} "
            f"validation and {n_test} test points; each part asked for needs at least one"
        )
    order = rng.permutation(n)
    return tuple(np.split(order, [n_train, n_train + n_val]))


def k_fold(n, folds, *, rng):
    """Cut the numbers 0 to n - 1 into folds at random; each fold is once the validation part.

    -> list of (train_index, val_index), int64. Every number is in exactly one val_index, whose
    sizes differ by at most 1. Shuffled first, because data often come sorted by class.
    ValueError unless 2 <= folds <= n.
    """
    _check_count("k_fold", "n", n)
    _check_count("k_fold", "folds", folds)
    if not 2 <= folds <= n:
        raise ValueError(
            f"k_fold: folds is {folds}; it must be from 2 to {n}, the number of points"
        )
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), part) for i, part in enumerate(parts)]


def cross_validate(x, y, ks, *, folds, rng, p=2.0):
    """Accuracy of k nearest neighbours on each fold of `k_fold`, for each k of ks.

    x: (N, D) or (N, C, H, W), y: (N,) integers, ks: whole numbers -> (len(ks), folds) float64
    All ks share the distances of a fold and one sorting of the neighbours: the votes of the k
    nearest are those of the k - 1 nearest and one more.
    ValueError if a k exceeds the smallest training part.
    """
    x, y, ks = np.asarray(x), np.asarray(y), list(ks)
    _checks.check_images("cross_validate", x)
    _checks.check_labels("cross_validate", "y", y, len(x))
    if not ks:
        raise ValueError("cross_validate: ks is empty; give at least one k")
    splits = k_fold(len(x), folds, rng=rng)
    for k in ks:
        # the first fold is the largest, so its training part is the smallest
        _checks.check_k("cross_validate", k, len(splits[0][0]), "training points in a fold")
    classes, column = np.unique(y, return_inverse=True)
    accuracies = np.empty((len(ks), folds))
    for fold, (train, val) in enumerate(splits):
        knn = KNeighborsClassifier(k=max(ks), p=p).fit(x[train], y[train])
        _, neighbours = knn.kneighbors(x[val])  # (n, max k) places in train, nearest first
        votes = column[train][neighbours][..., None] == np.arange(len(classes))  # (n, max k, K)
        predicted = votes.cumsum(axis=1).argmax(axis=2)  # (n, max k), of equals the smallest label
        right = (predicted == column[val][:, None]).mean(axis=0)  # (max k,)
        accuracies[:, fold] = right[np.array(ks) - 1]
    return accuracies


def _check_count(caller, name, value):
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{caller}: {name} is {value!r}; it must be a whole number")
    if value < 1:
        raise ValueError(f"{caller}: {name} is {value}; it must be at least 1")
