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
    corner="equal votes",
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
    corner="equal votes",
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
    corner="equal distances",
    hint="Of points at the same distance, those with the higher index were taken. Turning an order round turns its ties round, too.",
    read="sec-knn-vote",
)
def ties_from_the_end(distances, labels, k):
    """The higher index comes first where distances are equal."""
    nearest = np.argsort(-distances, axis=1, kind="stable")[:, ::-1][:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    corner="equal distances",
    hint="Your order does not keep equal distances in the order of their index. NumPy's default sort promises nothing "
    "about that, nor does np.argpartition: see the argument kind of np.argsort.",
    read="sec-knn-vote",
    at="vote: equal distances: the lower index",
)
def unstable_sort(distances, labels, k):
    """Equal distances come in any order."""
    nearest = np.argsort(distances, axis=1)[:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    hint="The distances were sorted down the columns: queries compete with each other, not the points with each other.",
    read="sec-knn-vote",
)
def sorted_along_queries(distances, labels, k):
    """The distances are sorted along the wrong axis."""
    order = np.argsort(distances, axis=0, kind="stable")[:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in order])


@mistake(
    "vote",
    hint="The labels here can be any whole numbers: let the largest of them decide how many votes to count.",
    read="sec-knn-vote",
)
def ten_labels(distances, labels, k):
    """Votes are counted for the labels 0 to 9 only."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    winners = []
    for row in nearest:
        counts = np.zeros(10)
        for label in labels[row]:
            counts[label] += 1
        winners.append(int(counts.argmax()))
    return np.array(winners)


@mistake(
    "vote",
    hint="The k smallest distances are right, but their places in the sorted array were taken for places in labels. "
    "argsort tells where they stood.",
    read="sec-knn-vote",
)
def sorted_not_argsorted(distances, labels, k):
    """The labels of the first k points vote, wherever the nearest ones stand."""
    return np.array([np.bincount(labels[:k]).argmax() for _ in np.sort(distances, axis=1)])


@mistake(
    "vote",
    corner="equal votes",
    hint="A set has no order to rely on, and max keeps whatever it meets first. Sort the labels before you take the first one with the most votes.",
    read="sec-knn-vote",
)
def order_of_a_set(distances, labels, k):
    """Equal votes are left to the order of a set."""
    answer = []
    for row in distances:
        nearest = np.argsort(row, kind="stable")[:k]
        votes = labels[nearest].tolist()
        answer.append(max(set(votes), key=votes.count))
    return np.array(answer)


@mistake(
    "vote",
    corner="equal distances",
    hint="Of points at the same distance the lower index counts as nearer, not the smaller label. That rule is for equal votes only.",
    read="sec-knn-vote",
)
def ties_by_label(distances, labels, k):
    """Equal distances are ordered by label."""
    out = np.zeros(len(distances), dtype=int)
    for i, d in enumerate(distances):
        order = np.lexsort((labels, d))
        out[i] = np.bincount(labels[order[:k]]).argmax()
    return out


@mistake(
    "vote",
    corner="equal distances",
    hint="Where distances are equal, more than k points lie within the k-th one. Exactly k vote: of equally distant ones, those with the lower index.",
    read="sec-knn-vote",
)
def everyone_within(distances, labels, k):
    """All points within the k-th distance vote."""
    radius = np.sort(distances, axis=1)[:, k - 1]
    return np.array([np.bincount(labels[d <= r]).argmax() for d, r in zip(distances, radius)])


@mistake(
    "vote",
    corner="equal votes",
    hint="Some books break a tie with a smaller k. Here all k votes count, and of equal ones the smallest label wins.",
    read="sec-knn-vote",
)
def farthest_dropped(distances, labels, k):
    """The farthest neighbour is dropped where votes are equal."""
    out = []
    for d in distances:
        near = labels[np.argsort(d, kind="stable")[:k]]
        while True:
            values, counts = np.unique(near, return_counts=True)
            if (counts == counts.max()).sum() == 1:
                break
            near = near[:-1]
        out.append(values[counts.argmax()])
    return np.array(out)


@mistake(
    "vote",
    hint="argmax tells where in the list of different labels the winner stands. Look the label up at that place: values[counts.argmax()].",
    read="sec-knn-vote",
)
def position_of_the_winner(distances, labels, k):
    """The position of the winner among the labels is returned, not the label."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    winners = []
    for row in nearest:
        _, counts = np.unique(labels[row], return_counts=True)
        winners.append(counts.argmax())
    return np.array(winners)


@mistake("vote", same_as="position_of_the_winner")
def position_among_all_labels(distances, labels, k):
    """The position among all labels is returned."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    values = np.unique(labels)
    return (labels[nearest][:, :, None] == values).sum(axis=1).argmax(axis=1)


@mistake(
    "vote",
    hint="max tells how many votes the winner has. argmax tells whose they are.",
    read="sec-knn-vote",
)
def number_of_votes(distances, labels, k):
    """The number of votes is returned, not the label."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.array([np.bincount(labels[row]).max() for row in nearest])


@mistake(
    "vote",
    hint="Labels are names, so their order means nothing, and the one in the middle may have few votes. Count.",
    read="sec-knn-vote",
)
def median_label(distances, labels, k):
    """The median of the labels is taken."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.median(labels[nearest], axis=1).astype(int)


@mistake(
    "vote",
    hint="Some classifiers weigh a vote by 1/distance. Here each of the k nearest has one vote, however near it is.",
    read="sec-knn-vote",
)
def weighted_by_distance(distances, labels, k):
    """Near points have more of a vote than far ones."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    weights = 1 / np.take_along_axis(distances, nearest, axis=1)
    pairs = zip(nearest, weights)
    return np.array([np.bincount(labels[row], weights=w).argmax() for row, w in pairs])


@mistake(
    "vote",
    hint="Each query has k nearest points of its own, one row of distances, and a vote of its own. Are the votes of all queries counted together, or does a label win without a count?",
    read="sec-knn-vote",
)
def counted_together(distances, labels, k):
    """All queries get the same answer."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    values, counts = np.unique(labels[nearest], return_counts=True)
    return np.full(len(distances), values[counts.argmax()])


@mistake("vote", same_as="unstable_sort", corner="equal distances")
def partition(distances, labels, k):
    """np.argpartition finds the k nearest."""
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake("vote", same_as="sorted_along_queries")
def columns_of_the_wrong_order(distances, labels, k):
    """The distances are sorted down the columns, and column i is that of query i."""
    order = np.argsort(distances, axis=0, kind="stable")
    votes = [labels[order[:k, i]] for i in range(len(distances))]
    return np.array([np.bincount(row).argmax() for row in votes])


@mistake("vote", same_as="sorted_along_queries")
def rows_of_the_wrong_order(distances, labels, k):
    """The distances are sorted down the columns, and the first k rows are taken."""
    order = np.argsort(distances, axis=0, kind="stable")[:k]
    return np.array([np.bincount(labels[row]).argmax() for row in order])


@mistake("vote", same_as="sorted_along_queries")
def rows_of_the_wrong_order_turned(distances, labels, k):
    """The distances are sorted down the columns, and the first k rows are transposed."""
    order = np.argsort(distances, axis=0, kind="stable")[:k].T
    return np.array([np.bincount(labels[row]).argmax() for row in order])


@mistake("vote", same_as="sorted_along_queries")
def quick_sorted_along_queries(distances, labels, k):
    """The distances are sorted down the columns, by NumPy's usual sort."""
    order = np.argsort(distances, axis=0)
    answers = [np.bincount(labels[order[i, :k]]).argmax() for i in range(len(distances))]
    return np.array(answers)


@mistake(
    "vote",
    hint="[:k] takes the first k rows, which are queries. The nearest points of a query stand in its row: [:, :k].",
    read="sec-knn-vote",
)
def first_k_queries(distances, labels, k):
    """The first k queries are taken in place of the first k points."""
    order = np.argsort(distances, axis=1, kind="stable")[:k]
    return np.array([np.bincount(labels[row]).argmax() for row in order])


@mistake(
    "vote",
    hint="np.zeros makes floats, and a label of 3.0 could index nothing. np.zeros(len(distances), dtype=int) holds whole numbers.",
    read="sec-arrays-dtypes",
)
def labels_become_floats(distances, labels, k):
    """The labels are stored as floats."""
    answers = np.zeros(len(distances))
    for i, row in enumerate(distances):
        nearest = np.argsort(row, kind="stable")[:k]
        answers[i] = np.bincount(labels[nearest]).argmax()
    return answers


@mistake(
    "vote",
    hint="distances.sort() and row.sort() sort the caller's own array. np.sort and np.argsort make new ones.",
    read="sec-arrays-views",
)
def distances_sorted_in_place(distances, labels, k):
    """The distances themselves are sorted."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    distances.sort(axis=1)
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])


@mistake(
    "vote",
    hint="A list has no shape and no dtype. np.array(…) makes an array of it.",
    read="sec-knn-vote",
)
def a_list_of_labels(distances, labels, k):
    """You return a list."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return [np.bincount(labels[row]).argmax() for row in nearest]


@mistake(
    "vote",
    corner="equal votes",
    hint="Of equal votes the smallest label wins, however near its points are.",
    read="sec-knn-vote",
)
def nearer_of_ties(distances, labels, k):
    """The label whose points are nearer wins where votes are equal."""
    return _best_label(distances, labels, k, lambda d: (-len(d), d.sum()))


@mistake(
    "vote",
    hint="Every one of the k neighbours has one vote, and the label with the most votes wins. You look for the label whose points are the nearest.",
    read="sec-knn-vote",
)
def nearest_label(distances, labels, k):
    """The label with the smallest mean distance wins."""
    return _best_label(distances, labels, k, lambda d: d.mean())


def _best_label(distances, labels, k, cost):
    winners = []
    for row in distances:
        near = np.argsort(row, kind="stable")[:k]
        names = np.unique(labels[near])
        winners.append(min(names, key=lambda name: cost(row[near][labels[near] == name])))
    return np.array(winners)


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
