"""Wrong answers to `mean_average_precision` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "mean_average_precision",
    hint="A query finds itself first and is right about that every time. Leave it out of its own results.",
    read="sec-knn-self-hit",
)
def counts_itself(distances, labels):
    """The query is among its own results."""
    order = np.argsort(distances, axis=1, kind="stable")
    relevant = labels[order] == labels[:, None]
    precision = np.cumsum(relevant, axis=1) / np.arange(1, len(labels) + 1)
    return float(np.mean((precision * relevant).sum(axis=1) / relevant.sum(axis=1)))


@mistake(
    "mean_average_precision",
    hint="You average the precision over all ranks. Only the ranks where a relevant image stands count.",
    read="sec-knn-ap",
)
def every_rank(distances, labels):
    """The precision is averaged over all ranks."""
    return _mean_over_queries(distances, labels, lambda relevant: _precision(relevant).mean())


@mistake(
    "mean_average_precision",
    hint="You sum over the right ranks and divide by the length of the list. Divide by the number of relevant images.",
    read="sec-knn-ap",
)
def divided_by_length(distances, labels):
    """You divide by the number of results, not of relevant ones."""
    return _mean_over_queries(
        distances, labels, lambda relevant: (_precision(relevant) * relevant).mean()
    )


@mistake(
    "mean_average_precision",
    hint="The results are in the order of the collection, not of their distance.",
    read="sec-knn-ap",
)
def unsorted_results(distances, labels):
    """The results are not sorted by distance."""
    return _mean_over_queries(
        np.zeros_like(distances), labels, lambda relevant: _precision(relevant)[relevant].mean()
    )


@mistake(
    "mean_average_precision",
    hint="The farthest images come first in your results.",
    read="sec-knn-ap",
)
def descending(distances, labels):
    """The farthest results come first."""
    return _mean_over_queries(
        -distances, labels, lambda relevant: _precision(relevant)[relevant].mean()
    )


@mistake(
    "mean_average_precision",
    hint="Ranks start at 1. Yours start at 0 or at 2, so each precision is off a little.",
    read="sec-knn-ap",
)
def ranks_from_two(distances, labels):
    """Ranks are off by one."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: (np.cumsum(relevant) / np.arange(2, len(relevant) + 2))[relevant].mean(),
    )


@mistake(
    "mean_average_precision",
    hint="A query whose class has no other image has nothing to find: it should not count, rather than count as 0.",
    read="sec-knn-ap",
)
def lonely_is_zero(distances, labels):
    """Queries without relevant images count as 0."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: _precision(relevant)[relevant].mean() if relevant.any() else 0.0,
        lonely=True,
    )


@mistake(
    "mean_average_precision",
    hint="You drop the first result, trusting that it is the query. An equal image, or a diagonal that is not 0, breaks that.",
    read="sec-knn-self-hit",
)
def drops_first(distances, labels):
    """The first result is dropped, whichever it is."""
    order = np.argsort(distances, axis=1, kind="stable")[:, 1:]
    relevant = labels[order] == labels[:, None]
    return float(np.mean([_precision(row)[row].mean() for row in relevant if row.any()]))


@mistake(
    "mean_average_precision",
    hint="The precision at a rank counts the results up to that rank, the one that stands there included.",
    read="sec-knn-ap",
)
def hit_not_counted(distances, labels):
    """The relevant image itself is not counted in its precision."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: ((np.cumsum(relevant) - 1) / np.arange(1, len(relevant) + 1))[
            relevant
        ].mean(),
    )


@mistake(
    "mean_average_precision",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="mean_average_precision: 60 images, equal distances",
)
def unstable_order(distances, labels):
    """Equal distances come in any order."""
    averages = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query])
        relevant = labels[ranking[ranking != query]] == labels[query]
        if relevant.any():
            averages.append(_precision(relevant)[relevant].mean())
    return float(np.mean(averages))


def _precision(relevant):
    return np.cumsum(relevant) / np.arange(1, len(relevant) + 1)


def _mean_over_queries(distances, labels, value, lonely=False):
    values = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        if lonely or relevant.any():
            values.append(value(relevant))
    return float(np.mean(values))


# --- right answers, written another way ---


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
