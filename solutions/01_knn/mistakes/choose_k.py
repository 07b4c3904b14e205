"""Wrong answers to `choose_k` that students really give, and right ones written another way."""

import itertools

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "choose_k",
    hint="You return the k with the lowest mean. High accuracy is good; it is an error that should be low.",
    read="sec-knn-validation",
)
def worst_k(x, y, ks, folds, predict):
    """The worst k is chosen."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return ks[int(scores.mean(axis=1).argmin())], scores


@mistake(
    "choose_k",
    hint="You measure on the images that the classifier was given. With k = 1 each of them finds itself.",
    read="sec-knn-validation",
)
def tested_on_train(x, y, ks, folds, predict):
    """Accuracy is measured on train."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[t], k) == y[t]) for t, v in folds] for k in ks]
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="predict gets all images to learn from, the validation images among them. They have to be held back.",
    read="sec-knn-leaks",
)
def trained_on_all(x, y, ks, folds, predict):
    """The classifier is given all images, val included."""
    scores = np.array([[np.mean(predict(x, y, x[v], k) == y[v]) for t, v in folds] for k in ks])
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="You return a position in ks, not the k that stands there.",
    read="sec-knn-kfold",
)
def returns_position(x, y, ks, folds, predict):
    """The position of the best k is returned, not k."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return int(scores.mean(axis=1).argmax()), scores


@mistake(
    "choose_k",
    hint="Of several k with the same mean you take the first of the list. The list need not be sorted; the smallest is asked for.",
    read="sec-knn-kfold",
)
def first_of_ties(x, y, ks, folds, predict):
    """The first of the list wins where means are equal."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return ks[int(scores.mean(axis=1).argmax())], scores


@mistake(
    "choose_k",
    hint="These are fractions of wrong answers. An accuracy counts the right ones.",
    read="sec-knn-validation",
)
def errors_not_accuracies(x, y, ks, folds, predict):
    """Wrong answers are counted, not right ones."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) != y[v]) for t, v in folds] for k in ks]
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.min()), scores


@mistake(
    "choose_k",
    hint="These are numbers of right answers. Folds differ in size, so divide by the number of validation images.",
    read="sec-knn-kfold",
)
def counts_not_fractions(x, y, ks, folds, predict):
    """Right answers are counted and not divided by their number."""
    scores = np.array(
        [[np.sum(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks], dtype=float
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="Your array has a row for each fold and a column for each k. It should be the other way round.",
    read="sec-knn-kfold",
)
def folds_by_ks(x, y, ks, folds, predict):
    """The accuracies are transposed."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for k in ks] for t, v in folds]
    )
    means = scores.mean(axis=0)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="One lucky fold decides: you compare the best single accuracies, not their means over the folds.",
    read="sec-knn-kfold",
)
def best_single_fold(x, y, ks, folds, predict):
    """The best single fold decides, not the mean."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    best = scores.max(axis=1)
    return min(k for k, value in zip(ks, best) if value == best.max()), scores


@mistake(
    "choose_k",
    hint="You sorted ks, and the rows came out in that order. Row i belongs to ks[i] as it was given.",
    read="sec-knn-kfold",
)
def rows_sorted(x, y, ks, folds, predict):
    """The rows are in the order of sorted ks."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in sorted(ks)]
    )
    return sorted(ks)[int(scores.mean(axis=1).argmax())], scores


# --- right answers, written another way ---


@alternative("choose_k")
def nested_loops(x, y, ks, folds, predict):
    """Two loops that fill an array, and a dictionary of means."""
    accuracies = np.zeros((len(ks), len(folds)))
    for i, j in itertools.product(range(len(ks)), range(len(folds))):
        train, val = folds[j]
        right = predict(x[train], y[train], x[val], ks[i]) == y[val]
        accuracies[i, j] = right.sum() / len(val)
    means = dict(zip(ks, accuracies.mean(axis=1), strict=True))
    return max(sorted(means), key=means.get), accuracies


@alternative("choose_k")
def folds_outside(x, y, ks, folds, predict):
    """The loop over the folds is outside, and the array is transposed at the end."""
    rows = []
    for train, val in folds:
        rows.append([float(np.mean(predict(x[train], y[train], x[val], k) == y[val])) for k in ks])
    accuracies = np.array(rows).T
    order = np.argsort(ks)
    return ks[order[np.argmax(accuracies.mean(axis=1)[order])]], accuracies
