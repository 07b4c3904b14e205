"""Wrong answers to `vote` that students really give, and right ones written another way."""

from collections import Counter

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "vote",
    hint="The neighbours at the other end of the order have voted. Is the first entry of your order the nearest point?",
    read="sec-knn-vote",
)
def farthest(distances, labels, k):
    """The farthest points vote."""
    nearest = np.argsort(-distances, axis=1, kind="stable")[:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    hint="Your numbers are positions of points, not their labels. One more look-up turns one into the other.",
    read="sec-knn-vote",
)
def returns_index(distances, labels, k):
    """The index of a neighbour is returned, not its label."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.array([np.bincount(row).argmax() for row in nearest])


@mistake(
    "vote",
    hint="Labels are names, not amounts: the mean of a cat (3) and a frog (6) is no deer (4.5). Count votes.",
    read="sec-knn-vote",
)
def mean_label(distances, labels, k):
    """The labels are averaged."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.round(labels[nearest].mean(axis=1)).astype(int)


@mistake(
    "vote",
    hint="Your rule for equal votes prefers the largest label. The text asks for the smallest.",
    read="sec-knn-vote",
)
def largest_of_ties(distances, labels, k):
    """The largest label wins where votes are equal."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    counts = np.array([np.bincount(labels[row], minlength=labels.max() + 1) for row in nearest])
    return counts.shape[1] - 1 - counts[:, ::-1].argmax(axis=1)


@mistake(
    "vote",
    hint="Of equal counts you take the label that was met first, that of the nearest point. The text asks for the smallest.",
    read="sec-knn-vote",
)
def first_met(distances, labels, k):
    """The label met first wins where votes are equal."""
    from collections import Counter

    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.array([Counter(labels[row].tolist()).most_common(1)[0][0] for row in nearest])


@mistake(
    "vote",
    hint="argsort tells which point stands at each place, not the place of each point. Read its first k entries.",
    read="sec-knn-vote",
)
def order_as_ranks(distances, labels, k):
    """The order of argsort is read as ranks."""
    order = np.argsort(distances, axis=1, kind="stable")
    return np.array([np.bincount(labels[row < k]).argmax() for row in order])


@mistake(
    "vote",
    hint="You count the votes and then return the nearest point's label all the same.",
    read="sec-knn-vote",
)
def nearest_only(distances, labels, k):
    """Only the nearest point is heard."""
    return labels[np.argmin(distances, axis=1)]


@mistake(
    "vote",
    hint="One neighbour too many has voted. A slice [:k] holds the entries 0 to k − 1.",
    read="sec-knn-vote",
)
def one_too_many(distances, labels, k):
    """k + 1 points vote."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, : k + 1]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    hint="The slice skips the nearest point. A query is not among the labelled points here.",
    read="sec-knn-vote",
)
def nearest_skipped(distances, labels, k):
    """The nearest point is skipped, as if it were the query itself."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, 1 : k + 1]
    return np.array([np.bincount(labels[row], minlength=1).argmax() for row in nearest])


@mistake(
    "vote",
    hint="Of points at the same distance, those with the higher index were taken. Turning an order round turns its ties round, too.",
    read="sec-knn-vote",
)
def ties_from_the_end(distances, labels, k):
    """The higher index comes first where distances are equal."""
    nearest = np.argsort(-distances, axis=1, kind="stable")[:, ::-1][:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="vote: many equal distances",
)
def unstable_sort(distances, labels, k):
    """Equal distances come in any order."""
    nearest = np.argsort(distances, axis=1)[:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


# --- right answers, written another way ---


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
