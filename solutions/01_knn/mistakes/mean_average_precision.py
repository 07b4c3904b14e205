"""Wrong answers to `mean_average_precision` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "mean_average_precision",
    hint="A query is among its own results, and is right about itself every time. Leave it out, whatever stands on the diagonal.",
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
    hint="The smaller the distance, the better the match: a ranking begins with the nearest.",
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
    corner="a query with nothing to find",
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
    corner="the diagonal",
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
    corner="equal distances",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="mean_average_precision: 40 images, two distances",
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


@mistake(
    "mean_average_precision",
    hint="You take the largest precision from a rank on, as some benchmarks do. Here, the precision at the rank itself counts.",
    read="sec-knn-ap",
)
def interpolated(distances, labels):
    """Precisions are interpolated."""
    aps = []
    n = len(labels)
    for i in range(n):
        others = np.delete(np.arange(n), i)
        order = others[np.argsort(distances[i, others], kind="stable")]
        rel = labels[order] == labels[i]
        if not rel.any():
            continue
        prec = np.cumsum(rel) / np.arange(1, n)
        prec = np.maximum.accumulate(prec[::-1])[::-1]
        aps.append(prec[rel].mean())
    return float(np.mean(aps))


@mistake(
    "mean_average_precision",
    hint="Average precision adds up the precision at each relevant rank, without averaging it with the one before.",
    read="sec-knn-ap",
)
def trapezoids(distances, labels):
    """The area under precision over recall is taken by trapezoids."""
    out = []
    n = len(labels)
    for i in range(n):
        order = np.argsort(distances[i], kind="stable")
        rel = (labels == labels[i])[order[order != i]]
        if rel.any():
            p = np.cumsum(rel) / np.arange(1, n)
            r = np.cumsum(rel) / rel.sum()
            p, r = np.r_[1, p], np.r_[0, r]
            out.append(((p[1:] + p[:-1]) / 2 * np.diff(r)).sum())
    return float(np.mean(out))


@mistake(
    "mean_average_precision",
    hint="A query with many relevant images then counts more. Take each query's mean first, then the mean over the queries.",
    read="sec-knn-ap",
)
def pooled_precisions(distances, labels):
    """The precisions of all queries are averaged together."""
    precisions = []
    for i in range(len(labels)):
        found, rank = 0, 0
        for j in np.argsort(distances[i], kind="stable"):
            if j == i:
                continue
            rank += 1
            if labels[j] == labels[i]:
                found += 1
                precisions.append(found / rank)
    return sum(precisions) / len(precisions)


@mistake(
    "mean_average_precision",
    corner="equal distances",
    hint="Turning an order round turns its ties round, too. Sort the distances upwards, with a stable sort.",
    read="sec-knn-search-ties",
)
def reversed_order(distances, labels):
    """The higher index comes first where distances are equal."""
    total, count = 0.0, 0
    for i, d in enumerate(distances):
        order = np.argsort(-d, kind="stable")[::-1]
        order = order[order != i]
        hits = (labels[order] == labels[i]).astype(float)
        if hits.sum() > 0:
            p = hits.cumsum() / (np.arange(len(hits)) + 1)
            total += (p * hits).sum() / hits.sum()
            count += 1
    return total / count


@mistake(
    "mean_average_precision",
    hint="Ranks start at 1, yours at 0: the first result would have a precision of 1/0.",
    read="sec-knn-ap",
)
def ranks_from_zero(distances, labels):
    """Ranks start at 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _mean_over_queries(
            distances,
            labels,
            lambda relevant: (np.cumsum(relevant) / np.arange(len(relevant)))[relevant].mean(),
        )


@mistake(
    "mean_average_precision",
    hint="labels == labels[query] holds for the query as well, which is not among the results. You divide by one too many.",
    read="sec-knn-ap",
)
def divided_with_itself(distances, labels):
    """The query is counted among its relevant images."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: _precision(relevant)[relevant].sum() / (relevant.sum() + 1),
    )


@mistake(
    "mean_average_precision",
    corner="a query with nothing to find",
    hint="A query whose class has no other image has nothing to find: it should not count, rather than count as 1.",
    read="sec-knn-ap",
)
def lonely_is_one(distances, labels):
    """Queries without relevant images count as 1."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: _precision(relevant)[relevant].mean() if relevant.any() else 1.0,
        lonely=True,
    )


@mistake(
    "mean_average_precision",
    corner="a query with nothing to find",
    hint="The mean of no precisions is nan, and one nan makes the whole mean nan. Leave queries without relevant images out.",
    read="sec-knn-ap",
)
def lonely_is_nan(distances, labels):
    """Queries without relevant images count as nan."""
    with np.errstate(invalid="ignore"):
        return _mean_over_queries(
            distances,
            labels,
            lambda relevant: _precision(relevant)[relevant].sum() / relevant.sum(),
            lonely=True,
        )


@mistake(
    "mean_average_precision",
    hint="You sorted the columns. A row holds the distances of one query to all images.",
    read="sec-knn-retrieval",
)
def columns_ranked(distances, labels):
    """The columns are ranked, not the rows."""
    return _mean_over_queries(
        distances.T, labels, lambda relevant: _precision(relevant)[relevant].mean()
    )


@mistake(
    "mean_average_precision",
    hint="Without the query, all results behind it stand one place further left, where the labels belong to other images. Delete it from both, or not at all.",
    read="sec-knn-self-hit",
)
def deleted_from_the_distances(distances, labels):
    """The query is deleted from the distances and not from the labels."""
    averages = []
    for query in range(len(labels)):
        ranking = np.argsort(np.delete(distances[query], query), kind="stable")
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            averages.append(_precision(relevant)[relevant].mean())
    return float(np.mean(averages))


@mistake(
    "mean_average_precision",
    hint="You stop at the first relevant image, which gives the reciprocal rank. Average precision goes on to all of them.",
    read="sec-knn-ap",
)
def first_relevant_alone(distances, labels):
    """Only the first relevant image counts."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: 1 / (1 + relevant.argmax()),
    )


@mistake(
    "mean_average_precision",
    hint="1 / rank is the precision only where nothing relevant stands before. Count all relevant images up to the rank.",
    read="sec-knn-ap",
)
def reciprocal_ranks(distances, labels):
    """The mean of 1 / rank is taken."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: np.mean(1 / (1 + np.flatnonzero(relevant))),
    )


@mistake(
    "mean_average_precision",
    hint="The precisions of a query were added up. Their mean is asked for: divide by the number of its relevant images.",
    read="sec-knn-ap",
)
def precisions_added(distances, labels):
    """The precisions of a query are added up and not divided by their number."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: _precision(relevant)[relevant].sum(),
    )


@mistake(
    "mean_average_precision",
    hint="This is the R-precision: one rank, the number of relevant images. Average precision stops at each relevant image.",
    read="sec-knn-ap",
)
def precision_at_r(distances, labels):
    """Only the precision at one rank counts, that of the number of relevant images."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: _precision(relevant)[relevant.sum() - 1],
    )


@mistake(
    "mean_average_precision",
    hint="You divide by the number of all relevant images, which gives recalls. The precision at a rank divides by the rank.",
    read="sec-knn-ap",
)
def recalls_averaged(distances, labels):
    """Recalls are averaged in place of precisions."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: (np.cumsum(relevant) / relevant.sum())[relevant].mean(),
    )


def _precision(relevant):
    return np.cumsum(relevant) / np.arange(1, len(relevant) + 1)


@mistake(
    "mean_average_precision",
    hint="Infinity on the diagonal sends the query to the end of its own ranking, but it is still there, and counts as one more relevant image. Leave it out.",
    read="sec-knn-self-hit",
)
def query_last(distances, labels):
    """The query stands at the end of its own results."""
    distances = distances.astype(float)
    np.fill_diagonal(distances, np.inf)
    values = []
    for query in range(len(labels)):
        relevant = labels[np.argsort(distances[query], kind="stable")] == labels[query]
        if relevant.sum() > 1:
            values.append((_precision(relevant) * relevant).sum() / relevant.sum())
    return float(np.mean(values))


def _mean_over_queries(distances, labels, value, lonely=False):
    values = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        if lonely or relevant.any():
            values.append(value(relevant))
    return float(np.mean(values))


@mistake(
    "mean_average_precision",
    hint="np.fill_diagonal, and distances[i, i] = …, write into the caller's table; so does a row of it, which is a view. Work on a copy, or leave the query out of the ranking.",
    read="sec-knn-self-hit",
)
def diagonal_overwritten(distances, labels):
    """The caller's diagonal is overwritten."""
    np.fill_diagonal(distances, np.inf)
    averages = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")[:-1]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
            averages.append(precision[relevant].mean())
    return float(np.mean(averages))


@mistake(
    "mean_average_precision",
    hint="You return the average precision of each query. The text asks for their mean, one number.",
    read="sec-knn-ap",
)
def averages_not_averaged(distances, labels):
    """The average precisions are not averaged."""
    averages = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        ranking = ranking[ranking != query]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
            averages.append(precision[relevant].mean())
    return averages


@mistake(
    "mean_average_precision",
    hint="Eleven levels of recall are how an old benchmark did it. Here the precision is taken at the rank of each relevant image.",
    read="sec-knn-ap",
)
def eleven_points(distances, labels):
    """Precisions are taken at eleven levels of recall."""

    def value(relevant):
        recall, precision = np.cumsum(relevant) / relevant.sum(), _precision(relevant)
        return np.mean([precision[recall >= level / 10 - 1e-9].max() for level in range(11)])

    return _mean_over_queries(distances, labels, value)


@mistake(
    "mean_average_precision",
    hint="A single rank decides in yours. The average is over the ranks of all relevant images.",
    read="sec-knn-ap",
)
def best_precision(distances, labels):
    """The largest precision counts, not the average."""
    return _mean_over_queries(distances, labels, lambda r: _precision(r)[r].max())


@mistake(
    "mean_average_precision",
    hint="The result is the mean over the queries, at most 1. You add their average precisions up.",
    read="sec-knn-ap",
)
def summed_over_queries(distances, labels):
    """The average precisions of the queries are added up."""
    total = 0.0
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        ranking = ranking[ranking != query]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            total += _precision(relevant)[relevant].mean()
    return total


@mistake("mean_average_precision", same_as="ranks_from_two")
def ranks_from_zero_and_one(distances, labels):
    """Ranks start at 0, and the first division by 0 is avoided."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: (np.cumsum(relevant) / np.maximum(np.arange(len(relevant)), 1))[
            relevant
        ].mean(),
    )


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
