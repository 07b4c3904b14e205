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
    corner="equal means",
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
    hint="Row i belongs to ks[i] as ks was given, whatever its order.",
    read="sec-knn-kfold",
)
def rows_sorted(x, y, ks, folds, predict):
    """The rows are in the order of sorted ks."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in sorted(ks)]
    )
    return sorted(ks)[int(scores.mean(axis=1).argmax())], scores


@mistake(
    "choose_k",
    hint="Only the best k is returned. The text asks for two things: return best, accuracies.",
    read="sec-knn-kfold",
)
def returns_k_alone(x, y, ks, folds, predict):
    """Only k is returned, without the accuracies."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return ks[int(scores.mean(axis=1).argmax())]


@mistake(
    "choose_k",
    corner="folds of different size",
    hint="All right answers are pooled, so that a large fold counts more than a small one. Take the mean of the folds' accuracies.",
    read="sec-knn-kfold",
)
def pooled_over_folds(x, y, ks, folds, predict):
    """The mean weighs each fold by its size."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means = scores @ [len(v) for t, v in folds] / sum(len(v) for t, v in folds)
    return min(k for k, mean in zip(ks, means) if mean > means.max() - 1e-9), scores


@mistake(
    "choose_k",
    corner="equal means",
    hint="Your comparison lets a later k of the list replace an equally good earlier one. The list may have any order; the smallest k is asked for.",
    read="sec-knn-kfold",
)
def last_of_ties(x, y, ks, folds, predict):
    """The last of the list wins where means are equal."""
    accuracies = np.zeros((len(ks), len(folds)))
    best, best_mean = None, -1.0
    for i, k in enumerate(ks):
        for j, (train, val) in enumerate(folds):
            accuracies[i, j] = np.mean(predict(x[train], y[train], x[val], k) == y[val])
        if accuracies[i].mean() >= best_mean:
            best, best_mean = k, accuracies[i].mean()
    return best, accuracies


@mistake(
    "choose_k",
    corner="equal means",
    hint="max of pairs (mean, k) compares the k where the means are equal, and takes the larger. The smallest is asked for.",
    read="sec-knn-kfold",
)
def largest_of_ties(x, y, ks, folds, predict):
    """The largest k wins where means are equal."""
    acc = np.array(
        [[(predict(x[tr], y[tr], x[va], k) == y[va]).mean() for tr, va in folds] for k in ks]
    )
    best = max(zip(acc.mean(axis=1), ks))[1]
    return best, acc


@mistake(
    "choose_k",
    corner="equal means",
    hint="Your search starts with a mean of 0 and asks for more. Start it below any accuracy, so that the smallest k can win with 0.",
    read="sec-knn-kfold",
)
def none_above_zero(x, y, ks, folds, predict):
    """No k is chosen where all means are 0."""
    acc = np.array([[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks])
    best, top = 0, 0
    for k, m in sorted(zip(ks, acc.mean(axis=1))):
        if m > top:
            best, top = k, m
    return best, acc


@mistake(
    "choose_k",
    hint="You took the mean over axis 0, which gives a number for each fold. For a number for each k, take the mean along its row.",
    read="sec-knn-kfold",
)
def means_of_folds(x, y, ks, folds, predict):
    """The mean is taken over the k for each fold."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means = scores.mean(axis=0)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="The median looks at the middle of the folds alone. The text asks for the mean.",
    read="sec-knn-kfold",
)
def median_of_folds(x, y, ks, folds, predict):
    """The median over the folds decides, not the mean."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means = np.median(scores, axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="You learn from val and measure on train. In each pair, train comes first: for train, val in folds.",
    read="sec-knn-kfold",
)
def train_and_val_exchanged(x, y, ks, folds, predict):
    """train and val are exchanged."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for v, t in folds] for k in ks]
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="The position of the best row belongs to ks in the order given. You looked it up in another order.",
    read="sec-knn-kfold",
)
def position_in_sorted(x, y, ks, folds, predict):
    """The best position is looked up in sorted ks."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return sorted(ks)[int(scores.mean(axis=1).argmax())], scores


@mistake(
    "choose_k",
    hint="You return the highest mean. Asked for is the k that has it.",
    read="sec-knn-kfold",
)
def mean_for_k(x, y, ks, folds, predict):
    """The best mean is returned, not its k."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    return float(scores.mean(axis=1).max()), scores


@mistake(
    "choose_k",
    hint="You divide by the number of all images. Only those of the fold's val were predicted.",
    read="sec-knn-kfold",
)
def divided_by_all(x, y, ks, folds, predict):
    """Right answers are divided by the number of all images."""
    scores = np.array(
        [[np.sum(predict(x[t], y[t], x[v], k) == y[v]) / len(x) for t, v in folds] for k in ks]
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="An accuracy below 1 becomes 0 in an array of whole numbers. Let np.zeros make floats, as it does by itself.",
    read="sec-arrays-dtypes",
)
def stored_as_integers(x, y, ks, folds, predict):
    """The accuracies are stored as whole numbers."""
    scores = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    scores, means = scores.astype(int), scores.astype(int).mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="accuracies has a row for each k and a column for each fold. You return the means of the rows, which are for choosing only.",
    read="sec-knn-kfold",
)
def means_for_accuracies(x, y, ks, folds, predict):
    """The means over the folds are returned, not the accuracies."""
    means = [np.mean([np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds]) for k in ks]
    means = np.array(means)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), means


@mistake(
    "choose_k",
    hint="ks.sort() sorts the caller's own list. sorted(ks) makes a new one; and the rows keep the order in which ks was given.",
    read="sec-knn-kfold",
)
def ks_sorted_in_place(x, y, ks, folds, predict):
    """The caller's ks are sorted."""
    ks.sort()
    scores = [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    scores = np.array(scores)
    return ks[int(scores.mean(axis=1).argmax())], scores


@mistake(
    "choose_k",
    hint="A list of lists has no axes to take a mean along. np.array(…) around it makes an array.",
    read="sec-knn-kfold",
)
def lists_of_accuracies(x, y, ks, folds, predict):
    """The accuracies are a list."""
    scores = [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    means = np.mean(scores, axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="The accuracies come first in yours. The text asks for best, and then the accuracies.",
    read="sec-knn-kfold",
)
def results_exchanged(x, y, ks, folds, predict):
    """The two results are exchanged."""
    scores = [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    scores = np.array(scores)
    means = scores.mean(axis=1)
    return scores, min(k for k, mean in zip(ks, means) if mean == means.max())


@mistake(
    "choose_k",
    hint="accuracies[i] is a whole row: each fold overwrites those before it. Store in [i, j].",
    read="sec-knn-kfold",
)
def last_fold_fills_the_row(x, y, ks, folds, predict):
    """Each fold overwrites the whole row."""
    scores = np.zeros((len(ks), len(folds)))
    for i, k in enumerate(ks):
        for train, val in folds:
            scores[i] = np.mean(predict(x[train], y[train], x[val], k) == y[val])
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="k is no row number: ks may hold 30 and 12. enumerate(ks) counts the rows.",
    read="sec-knn-kfold",
)
def k_for_the_row(x, y, ks, folds, predict):
    """The row is found by k itself."""
    scores = np.zeros((len(ks), len(folds)))
    for k in ks:
        for j, (train, val) in enumerate(folds):
            scores[k, j] = np.mean(predict(x[train], y[train], x[val], k) == y[val])
    return ks[int(scores.mean(axis=1).argmax())], scores


@mistake(
    "choose_k",
    hint="argmax of a table counts all its entries, row after row. Take the mean of each row first.",
    read="sec-knn-kfold",
)
def argmax_of_the_table(x, y, ks, folds, predict):
    """argmax is taken of the whole table."""
    scores = [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    scores = np.array(scores)
    return ks[int(scores.argmax())], scores


@mistake(
    "choose_k",
    hint="You divide by the number of training images. Only those of val were predicted: an accuracy is right answers over answers.",
    read="sec-knn-kfold",
)
def divided_by_train(x, y, ks, folds, predict):
    """Right answers are divided by the number of training images."""
    scores = np.array(
        [[np.sum(predict(x[t], y[t], x[v], k) == y[v]) / len(t) for t, v in folds] for k in ks]
    )
    means = scores.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), scores


@mistake(
    "choose_k",
    hint="best has the highest mean over the folds. You look for the k whose worst fold is the best, or take the spread of the folds off their mean.",
    read="sec-knn-kfold",
)
def best_worst_fold(x, y, ks, folds, predict):
    """The worst fold, or the spread of the folds, has a say beside the mean."""
    accuracies = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    worst = accuracies.min(axis=1)
    return min(k for k, value in zip(ks, worst) if value == worst.max()), accuracies


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


@mistake("choose_k", same_as="best_worst_fold")
def mean_less_spread(x, y, ks, folds, predict):
    """The standard deviation is subtracted from the mean."""
    accuracies = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    careful = accuracies.mean(axis=1) - accuracies.std(axis=1)
    return min(k for k, value in zip(ks, careful) if value == careful.max()), accuracies


@mistake(
    "choose_k",
    hint="An accuracy is a fraction between 0 and 1. Yours are in per cent.",
    read="sec-knn-kfold",
)
def per_cent(x, y, ks, folds, predict):
    """The accuracies are in per cent."""
    accuracies = np.array(
        [[100 * np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means = accuracies.mean(axis=1)
    return min(k for k, mean in zip(ks, means) if mean == means.max()), accuracies


@mistake(
    "choose_k",
    hint="You take the smallest k that is within a standard deviation of the best. The text asks for the highest mean itself.",
    read="sec-knn-kfold",
)
def nearly_the_best(x, y, ks, folds, predict):
    """The smallest k that is nearly the best is returned."""
    accuracies = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means, best = accuracies.mean(axis=1), accuracies.mean(axis=1).argmax()
    least = means[best] - accuracies[best].std()
    return min(k for k, mean in zip(ks, means) if mean >= least), accuracies
