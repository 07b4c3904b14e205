"""Wrong answers to `recall_at_k` that students really give, and right ones written another way."""

import math

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "recall_at_k",
    hint="A query is among its own results, and is right about itself every time. Leave it out, whatever stands on the diagonal.",
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
    hint="The smaller the distance, the better the match: a ranking begins with the nearest.",
    read="sec-knn-recall",
)
def farthest_first(distances, labels, k):
    """The farthest results come first."""
    return _mean_over_queries(
        -distances, labels, lambda relevant: relevant[:k].sum() / relevant.sum()
    )


@mistake(
    "recall_at_k",
    corner="a query with nothing to find",
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
    corner="the diagonal",
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
    corner="equal distances",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="recall_at_k: 40 images, two distances",
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


@mistake(
    "recall_at_k",
    hint="0 · inf is nan, so every distance off the diagonal is lost. Set the diagonal of a copy with np.fill_diagonal.",
    read="sec-knn-self-hit",
)
def zero_times_inf(distances, labels, k):
    """The diagonal is np.eye(N) * np.inf."""
    d = distances + np.eye(len(distances)) * np.inf
    order = np.argsort(d, axis=1, kind="stable")
    relevant = labels[:, None] == labels[None, :]
    np.fill_diagonal(relevant, False)
    found = np.take_along_axis(relevant, order, axis=1)[:, :k].sum(axis=1)
    total = relevant.sum(axis=1)
    ok = total > 0
    return float((found[ok] / total[ok]).mean())


@mistake(
    "recall_at_k",
    hint="Without the query, all results behind it stand one place further left, where the labels belong to other images. Delete it from both, or not at all.",
    read="sec-knn-self-hit",
)
def deleted_once(distances, labels, k):
    """The query is deleted from the distances and not from the labels."""
    values = []
    for q in range(len(labels)):
        row = np.delete(distances[q], q)
        nearest = np.argsort(row, kind="stable")[:k]
        total = np.sum(labels == labels[q]) - 1
        if total > 0:
            values.append(np.sum(labels[nearest] == labels[q]) / total)
    return sum(values) / len(values)


@mistake(
    "recall_at_k",
    hint="The recall is the part of all relevant images that was found; it cannot reach 1 while k is smaller than their number.",
    read="sec-knn-recall",
)
def divided_by_min_k(distances, labels, k):
    """Hits are divided by k where more than k are relevant."""
    out = []
    for i in range(len(labels)):
        order = [j for j in np.argsort(distances[i], kind="stable") if j != i]
        rel = labels[order] == labels[i]
        if rel.any():
            out.append(rel[:k].sum() / min(k, rel.sum()))
    return float(np.mean(out))


@mistake(
    "recall_at_k",
    corner="equal distances",
    hint="Turning an order round turns its ties round, too. Sort the distances upwards, with a stable sort.",
    read="sec-knn-search-ties",
)
def reversed_ranking(distances, labels, k):
    """The higher index comes first where distances are equal."""
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(-distances[query], kind="stable")[::-1]
        relevant = labels[ranking[ranking != query]] == labels[query]
        if relevant.any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return float(np.mean(recalls))


@mistake(
    "recall_at_k",
    corner="a query with nothing to find",
    hint="A query without relevant images gives 0/0, which is nan, and one nan makes the whole mean nan. Leave such queries out.",
    read="sec-knn-recall",
)
def lonely_counts_as_nan(distances, labels, k):
    """Queries without relevant images count as nan."""
    with np.errstate(invalid="ignore"):
        return _mean_over_queries(
            distances, labels, lambda relevant: relevant[:k].sum() / relevant.sum(), lonely=True
        )


@mistake(
    "recall_at_k",
    hint="labels == labels[query] holds for the query as well, which is not among the results. You divide by one too many.",
    read="sec-knn-recall",
)
def counted_among_the_relevant(distances, labels, k):
    """The query is counted among its relevant images."""
    return _mean_over_queries(
        distances, labels, lambda relevant: relevant[:k].sum() / (relevant.sum() + 1)
    )


@mistake("recall_at_k", same_as="counted_among_the_relevant")
def counted_among_the_relevant_and_lonely(distances, labels, k):
    """The query is counted, so that none has nothing to find."""
    return _mean_over_queries(
        distances, labels, lambda relevant: relevant[:k].sum() / (relevant.sum() + 1), lonely=True
    )


@mistake(
    "recall_at_k",
    hint="You take the first k of a list that still holds the query, so that k − 1 results are left. Leave the query out first, then cut.",
    read="sec-knn-self-hit",
)
def cut_before_leaving_out(distances, labels, k):
    """The list is cut before the query is left out."""
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")[:k]
        total = np.sum(labels == labels[query]) - 1
        if total:
            found = labels[ranking[ranking != query]] == labels[query]
            recalls.append(found.sum() / total)
    return float(np.mean(recalls))


@mistake(
    "recall_at_k",
    corner="a query with nothing to find",
    hint="A query whose class has no other image has nothing to find: it should not count, rather than count as 1.",
    read="sec-knn-recall",
)
def lonely_counts_as_one(distances, labels, k):
    """Queries without relevant images count as 1."""
    return _mean_over_queries(
        distances,
        labels,
        lambda relevant: relevant[:k].sum() / relevant.sum() if relevant.any() else 1.0,
        lonely=True,
    )


@mistake(
    "recall_at_k",
    hint="You sorted the columns. A row holds the distances of one query to all images.",
    read="sec-knn-retrieval",
)
def columns_ranked(distances, labels, k):
    """The columns are ranked, not the rows."""
    return _mean_over_queries(
        distances.T, labels, lambda relevant: relevant[:k].sum() / relevant.sum()
    )


@mistake("recall_at_k", same_as="first_dropped", corner="the diagonal")
def first_dropped_after_zeros(distances, labels, k):
    """The diagonal is set to 0 and the first result dropped."""
    distances = distances.copy()
    np.fill_diagonal(distances, 0)
    relevant = labels[np.argsort(distances, axis=1, kind="stable")[:, 1:]] == labels[:, None]
    found = relevant.any(axis=1)
    return float(np.mean(relevant[found][:, :k].sum(axis=1) / relevant[found].sum(axis=1)))


@mistake(
    "recall_at_k",
    hint="One result too many counts. After the query has been left out, [:k] holds the first k.",
    read="sec-knn-recall",
)
def one_result_too_many(distances, labels, k):
    """The first k + 1 results count."""
    return _mean_over_queries(
        distances, labels, lambda relevant: relevant[: k + 1].sum() / relevant.sum()
    )


@mistake("recall_at_k", same_as="first_dropped", corner="the diagonal")
def first_dropped_and_the_next_k_taken(distances, labels, k):
    """The first result of each query is dropped before k are taken."""
    recalls = []
    for i in range(len(labels)):
        order = np.argsort(distances[i], kind="stable")[1 : k + 1]
        total = np.sum(labels == labels[i]) - 1
        if total > 0:
            recalls.append(np.sum(labels[order] == labels[i]) / total)
    return float(np.mean(recalls))


def _mean_over_queries(distances, labels, value, lonely=False):
    values = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        relevant = labels[ranking[ranking != query]] == labels[query]
        if lonely or relevant.any():
            values.append(value(relevant))
    return float(np.mean(values))


@mistake(
    "recall_at_k",
    hint="np.fill_diagonal, and distances[i, i] = …, write into the caller's table; so does a row of it, which is a view. Work on a copy, or leave the query out of the ranking.",
    read="sec-knn-self-hit",
)
def diagonal_overwritten(distances, labels, k):
    """The caller's diagonal is overwritten."""
    np.fill_diagonal(distances, np.inf)
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")[:-1]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return float(np.mean(recalls))


@mistake(
    "recall_at_k",
    hint="You return the recall of each query. The text asks for their mean, one number.",
    read="sec-knn-recall",
)
def recalls_not_averaged(distances, labels, k):
    """The recalls are not averaged."""
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        ranking = ranking[ranking != query]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return recalls


@mistake(
    "recall_at_k",
    hint="Of the relevant images, how many were found? Divide by the number of relevant ones, not of all others.",
    read="sec-knn-recall",
)
def divided_by_all_others(distances, labels, k):
    """Hits are divided by the number of all other images."""
    return _mean_over_queries(distances, labels, lambda r: r[:k].sum() / len(r))


@mistake(
    "recall_at_k",
    hint="F1 is made of recall and precision. The recall alone was asked for.",
    read="sec-knn-recall",
)
def f1_for_recall(distances, labels, k):
    """F1 is returned, not the recall."""
    return _mean_over_queries(distances, labels, lambda r: 2 * r[:k].sum() / (k + r.sum()))


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


@mistake("recall_at_k", same_as="finds_itself")
def finds_itself_among_the_others(distances, labels, k):
    """The query is among its own results, and not among the relevant images."""
    order = np.argsort(distances, axis=1, kind="stable")
    found = (labels[order] == labels[:, None])[:, :k].sum(axis=1)
    relevant = (labels == labels[:, None]).sum(axis=1) - 1
    return float(np.mean(found[relevant > 0] / relevant[relevant > 0]))


@mistake(
    "recall_at_k",
    corner="the diagonal",
    hint="You leave out what is at distance 0. The query need not have distance 0 to itself, and another image may have it: leave out its own index.",
    read="sec-knn-self-hit",
)
def zero_distances_left_out(distances, labels, k):
    """Images at distance 0 are left out, not the query."""
    recalls = []
    for i, row in enumerate(distances):
        order = np.argsort(row, kind="stable")
        results = order[row[order] > 0][:k]
        relevant = np.sum(labels == labels[i]) - 1
        if relevant:
            recalls.append(np.sum(labels[results] == labels[i]) / relevant)
    return float(np.mean(recalls))
