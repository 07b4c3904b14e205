"""Wrong answers to `recall_at_k` that students really give, and right ones written another way."""

import math

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "recall_at_k",
    hint="A query finds itself first and is right about that every time. Leave it out of its own results.",
    read="sec-knn-self-hit",
)
def finds_itself(distances, labels, k):
    """The query is among its own results."""
    order = np.argsort(distances, axis=1, kind="stable")
    relevant = labels[order] == labels[:, None]
    return float(np.mean(relevant[:, :k].sum(axis=1) / relevant.sum(axis=1)))


@mistake(
    "recall_at_k",
    hint="You divide by k: that is the precision at k. Recall asks which part of all relevant images was found.",
    read="sec-knn-recall",
)
def precision_at_k(distances, labels, k):
    """You divide by k, which gives the precision."""
    return _mean_over_queries(distances, labels, lambda relevant: relevant[:k].sum() / k)


@mistake(
    "recall_at_k",
    hint="You ask whether anything relevant was found, yes or no. Here, recall is the part that was found.",
    read="sec-knn-recall",
)
def any_hit(distances, labels, k):
    """One hit counts as everything found."""
    return _mean_over_queries(distances, labels, lambda relevant: float(relevant[:k].any()))


@mistake(
    "recall_at_k",
    hint="The results are in the order of the collection, not of their distance.",
    read="sec-knn-recall",
)
def not_sorted(distances, labels, k):
    """The results are not sorted by distance."""
    return _mean_over_queries(
        np.zeros_like(distances), labels, lambda relevant: relevant[:k].sum() / relevant.sum()
    )


@mistake(
    "recall_at_k",
    hint="The farthest images come first in your results.",
    read="sec-knn-recall",
)
def farthest_first(distances, labels, k):
    """The farthest results come first."""
    return _mean_over_queries(
        -distances, labels, lambda relevant: relevant[:k].sum() / relevant.sum()
    )


@mistake(
    "recall_at_k",
    hint="A query whose class has no other image has nothing to find: it should not count, rather than count as 0.",
    read="sec-knn-recall",
)
def lonely_counts_as_zero(distances, labels, k):
    """Queries without relevant images count as 0."""
    return _mean_over_queries(
        distances, labels, lambda relevant: relevant[:k].sum() / max(relevant.sum(), 1), lonely=True
    )


@mistake(
    "recall_at_k",
    hint="You drop the first result, trusting that it is the query. An equal image, or a diagonal that is not 0, breaks that.",
    read="sec-knn-self-hit",
)
def first_dropped(distances, labels, k):
    """The first result is dropped, whichever it is."""
    order = np.argsort(distances, axis=1, kind="stable")[:, 1:]
    relevant = labels[order] == labels[:, None]
    found = relevant.any(axis=1)
    return float(np.mean(relevant[found][:, :k].sum(axis=1) / relevant[found].sum(axis=1)))


@mistake(
    "recall_at_k",
    hint="A query that has relevant images and finds none of them counts, with 0. Only those without any are left out.",
    read="sec-knn-recall",
)
def only_successful_queries(distances, labels, k):
    """Queries that find nothing are left out."""
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        if relevant[:k].any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return float(np.mean(recalls)) if recalls else 0.0


@mistake(
    "recall_at_k",
    hint="All found images are divided by all relevant ones, so that large classes count more. "
    "Take the recall of each query first, then the mean.",
    read="sec-knn-recall",
)
def pooled(distances, labels, k):
    """Hits are pooled over the queries."""
    found = total = 0
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        found, total = found + relevant[:k].sum(), total + relevant.sum()
    return float(found / total)


@mistake(
    "recall_at_k",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="recall_at_k: 60 images, equal distances",
)
def unstable_ranking(distances, labels, k):
    """Equal distances come in any order."""
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query])
        relevant = labels[ranking[ranking != query]] == labels[query]
        if relevant.any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return float(np.mean(recalls))


def _mean_over_queries(distances, labels, value, lonely=False):
    values = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        if lonely or relevant.any():
            values.append(value(relevant))
    return float(np.mean(values))


# --- right answers, written another way ---


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
