"""Right answers to assignment 1, written in other ways than the solution: all get full marks."""

import itertools
import math
from collections import Counter

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative("pairwise_l2")
def centred_on_both(x1, x2):
    """Centre on the mean of both sets, norms by einsum."""
    if x1.dtype.kind != "f":
        x1, x2 = x1.astype(np.float64), x2.astype(np.float64)
    center = np.concatenate([x1, x2]).mean(axis=0)
    a, b = x1 - center, x2 - center
    squares = np.einsum("md,md->m", a, a)[:, None] - 2 * (a @ b.T)
    squares += np.einsum("nd,nd->n", b, b)
    return np.sqrt(squares.clip(min=0))


@alternative("pairwise_l2")
def one_augmented_product(x1, x2):
    """A single matrix product of augmented rows [a, |a|², 1] and [−2b, 1, |b|²]."""
    shift = x1[:1].astype(x1.dtype if x1.dtype.kind == "f" else np.float64)
    a, b = x1 - shift, x2 - shift
    norms_a, norms_b = (a * a).sum(1, keepdims=True), (b * b).sum(1, keepdims=True)
    left = np.hstack([a, norms_a, np.ones_like(norms_a)])
    right = np.hstack([-2 * b, np.ones_like(norms_b), norms_b])
    return np.maximum(left @ right.T, 0) ** 0.5


@alternative("pairwise_l1")
def chunks_concatenated(x1, x2, chunk):
    """The chunks are collected in a list."""
    if x1.dtype.kind != "f":
        x1, x2 = x1.astype(np.float64), x2.astype(np.float64)
    starts = range(0, x1.shape[0], chunk)
    parts = [np.abs(x1[i : i + chunk, np.newaxis] - x2[np.newaxis]).sum(-1) for i in starts]
    return np.concatenate(parts, axis=0)


@alternative("pairwise_l1")
def in_place_within_the_chunk(x1, x2, chunk):
    """One temporary array, reused for the absolute value."""
    work = np.float64 if x1.dtype.kind in "iu" else x1.dtype
    result = np.zeros((x1.shape[0], x2.shape[0]), dtype=work)
    row = 0
    while row < len(x1):
        difference = x1[row : row + chunk, None, :].astype(work) - x2[None].astype(work)
        np.abs(difference, out=difference)
        result[row : row + chunk] = difference.sum(axis=-1)
        row += chunk
    return result


@alternative("vote")
def one_hot_counts(distances, labels, k):
    """Votes as a sum of one-hot rows over the classes that occur."""
    classes = np.unique(labels)
    order = distances.argsort(axis=1, kind="stable")[:, :k]
    counts = (labels[order][:, :, None] == classes).sum(axis=1)
    return classes[counts.argmax(axis=1)]


@alternative("vote")
def python_lists(distances, labels, k):
    """Plain Python: sorted pairs and a Counter."""
    winners = []
    for row in distances:
        nearest = sorted((d, i) for i, d in enumerate(row))[:k]
        counts = Counter(int(labels[i]) for _, i in nearest)
        most = max(counts.values())
        winners.append(min(label for label, count in counts.items() if count == most))
    return np.array(winners)


@alternative("k_fold")
def by_remainder(n, folds, rng):
    """Index i of the shuffled order goes to fold i modulo folds."""
    if folds < 2 or folds > n:
        raise ValueError(f"cannot make {folds} folds of {n} images")
    order = np.arange(n)
    rng.shuffle(order)
    return [
        (order[np.arange(n) % folds != fold], order[np.arange(n) % folds == fold])
        for fold in range(folds)
    ]


@alternative("k_fold")
def by_mask(n, folds, rng):
    """The rest is found with a mask, and both parts are sorted."""
    if not 2 <= folds <= n:
        raise ValueError("folds must be from 2 to n")
    fold_of = rng.permutation(np.arange(n) % folds)
    return [(np.flatnonzero(fold_of != f), np.flatnonzero(fold_of == f)) for f in range(folds)]


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


@alternative("confusion_matrix")
def added_one_by_one(labels, predicted, num_classes):
    """A plain loop."""
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    for i, j in zip(labels, predicted, strict=True):
        matrix[i, j] += 1
    return matrix


@alternative("confusion_matrix")
def one_hot_product(labels, predicted, num_classes):
    """A product of one-hot matrices."""
    classes = np.arange(num_classes)
    truth = (labels[:, None] == classes).astype(int)
    return truth.T @ (predicted[:, None] == classes).astype(int)


@alternative("top_k_accuracy")
def by_counting(scores, labels, k):
    """The true class is among the k best if fewer than k classes score higher."""
    own = scores[np.arange(len(labels)), labels][:, None]
    return float(np.mean((scores > own).sum(axis=1) < k))


@alternative("top_k_accuracy")
def by_partition(scores, labels, k):
    """argpartition finds the k best without sorting them."""
    best = np.argpartition(scores, -k, axis=1)[:, -k:]
    return sum(label in row for label, row in zip(labels, best, strict=True)) / len(labels)


@alternative("invariances")
def found_by_trial():
    """Tried on random data, not thought out."""

    def nearest(x, p):
        half = len(x) // 2
        return (np.abs(x[:half, None] - x[None, half:]) ** p).sum(axis=2).argmin(axis=1)

    samples = []
    for seed in range(30):
        rng = np.random.default_rng(100 + seed)
        brightness = rng.uniform(0, 2, size=(40, 1))
        samples.append(rng.gamma(0.5, size=(40, 12)) * rng.uniform(0.1, 3, size=12) + brightness)
    return {
        name: tuple(
            all(np.array_equal(nearest(x, p), nearest(change(x), p)) for x in samples)
            for p in (1, 2)
        )
        for name, change in changes.items()
    }


@alternative("recall_at_k")
def diagonal_at_infinity(distances, labels, k):
    """The query is sent to the end of its own ranking."""
    distances = distances + np.diag(np.full(len(labels), np.inf))
    ranking = np.argsort(distances, axis=1, kind="stable")[:, :-1]
    relevant = labels[ranking] == labels[:, None]
    total = relevant.sum(axis=1)
    return float((relevant[:, :k].sum(axis=1)[total > 0] / total[total > 0]).mean())


@alternative("recall_at_k")
def sorted_pairs(distances, labels, k):
    """Plain Python: sorted pairs of distance and index."""
    recalls = []
    for q, row in enumerate(distances):
        ranking = [j for _, j in sorted((d, j) for j, d in enumerate(row) if j != q)]
        total = sum(labels[j] == labels[q] for j in ranking)
        if total:
            recalls.append(sum(labels[j] == labels[q] for j in ranking[:k]) / total)
    return math.fsum(recalls) / len(recalls)


@alternative("mean_average_precision")
def all_at_once(distances, labels):
    """All queries at once, with the diagonal at infinity."""
    distances = distances + np.diag(np.full(len(labels), np.inf))
    ranking = np.argsort(distances, axis=1, kind="stable")[:, :-1]
    relevant = labels[ranking] == labels[:, None]
    precision = relevant.cumsum(axis=1) / np.arange(1, len(labels))
    total = relevant.sum(axis=1)
    return float(((precision * relevant).sum(axis=1)[total > 0] / total[total > 0]).mean())


@alternative("mean_average_precision")
def hit_by_hit(distances, labels):
    """The n-th relevant result at rank r contributes n / r."""
    means = []
    for q in range(len(labels)):
        others = np.delete(np.arange(len(labels)), q)
        ranking = others[np.argsort(distances[q, others], kind="stable")]
        ranks = 1 + np.flatnonzero(labels[ranking] == labels[q])
        if len(ranks):
            means.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    return float(np.mean(means))
