"""Wrong answers to assignment 1 that students really give, each with its name and a hint.

The first line of a docstring names the mistake: it completes "This is what you get when …". The hint
teaches and does not give the answer away. `read` is a section of the book. `at` names a check whose
failure means this mistake whatever the value, where the value is mere rounding noise.
"""

import numpy as np

from autograder.authoring.catalogue import mistake

# --- pairwise_l2 ---


@mistake(
    "pairwise_l2",
    hint="A triangle with sides 3 and 4 has a third side of 5, not of 25.",
    read="sec-knn-euclidean",
)
def squared(x1, x2):
    """The squares are returned and the root is missing."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.maximum(squares, 0)


@mistake(
    "pairwise_l2",
    hint="Rounding can leave a square of -1e-16 where two rows are equal, and its root is nan. "
    "What is the smallest value that a square may have?",
    read="sec-knn-cancellation",
    at="pairwise_l2: a set against itself",
)
def root_of_negative(x1, x2):
    """The root of a slightly negative square is nan."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    with np.errstate(invalid="ignore"):
        return np.sqrt((x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T)


@mistake(
    "pairwise_l2",
    hint="Your result has a row for each row of x2 and a column for each row of x1. It should be the other way round.",
    read="sec-knn-expansion",
)
def transposed(x1, x2):
    """The matrix is transposed: (N, M) for (M, N)."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0)).T


@mistake(
    "pairwise_l2",
    hint="Expand (a − b)² once more and look at the sign of the mixed term.",
    read="sec-knn-expansion",
)
def plus_sign(x1, x2):
    """The mixed term is added, not subtracted."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) + 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="plus_sign")
def plus_sign_centred(x1, x2):
    """The mixed term is added, not subtracted."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) + 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="The mixed term of (a − b)² has a factor. Which one?",
    read="sec-knn-expansion",
)
def factor_of_two_missing(x1, x2):
    """The mixed term lacks its factor 2."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="factor_of_two_missing")
def factor_of_two_missing_centred(x1, x2):
    """The mixed term lacks its factor 2."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="Your numbers would rank the neighbours of a query rightly, but they are not distances: "
    "a term that depends on the row of x1 alone is missing.",
    read="sec-knn-expansion",
)
def first_norm_missing(x1, x2):
    """The squared norm of the rows of x1 is left out."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.sqrt(np.maximum((x2**2).sum(axis=1) - 2 * x1 @ x2.T, 0))


@mistake("pairwise_l2", same_as="first_norm_missing")
def first_norm_missing_centred(x1, x2):
    """The squared norm of the rows of x1 is left out."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    return np.sqrt(np.maximum((x2**2).sum(axis=1) - 2 * x1 @ x2.T, 0))


@mistake(
    "pairwise_l2",
    hint="Pixels of type uint8 live in 0…255, and 3 − 5 is 254 there. Change the type before you calculate.",
    read="notation-integers",
)
def integers_wrap(x1, x2):
    """Integer arithmetic wraps around."""
    x1, x2 = x1 - x2[0], x2 - x2[0]
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * (x1 @ x2.T)
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="Far from the origin, the squares are so large that the small differences between them are lost in rounding. "
    "A distance does not change when both sets are moved together.",
    read="sec-knn-cancellation",
    at="pairwise_l2: both sets far from the origin",
)
def not_centred(x1, x2):
    """Squares are expanded far from the origin."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="float32 images should give float32 distances: a conversion to float64 doubles the memory and the time.",
    read="notation-integers",
)
def always_float64(x1, x2):
    """float32 input comes back as float64."""
    x1, x2 = x1.astype(np.float64), x2.astype(np.float64)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="Somewhere the numbers pass through float32 and lose half of their digits.",
    read="notation-integers",
)
def always_float32(x1, x2):
    """Everything comes back as float32."""
    x1, x2 = x1.astype(np.float32), x2.astype(np.float32)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="x1[:, None] - x2 is an array of M · N · D numbers. The expanded square needs none larger than the result.",
    read="sec-knn-expansion",
)
def broadcast_everything(x1, x2):
    """All M · N · D differences are formed at once."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.sqrt(((x1[:, None] - x2) ** 2).sum(axis=2))


@mistake(
    "pairwise_l2",
    hint="A loop, or a comprehension, spends its time in Python, not on numbers. "
    "One matrix product does all pairs at once.",
    read="sec-knn-expansion",
)
def two_loops(x1, x2):
    """A Python loop goes through rows or pairs."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for i in range(len(x1)):
        for j in range(len(x2)):
            distances[i, j] = np.sqrt(((x1[i] - x2[j]) ** 2).sum())
    return distances


@mistake("pairwise_l2", same_as="two_loops")
def one_loop(x1, x2):
    """One Python loop, or a comprehension, is left."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.array([np.sqrt(((row - x2) ** 2).sum(axis=1)) for row in x1], dtype=x1.dtype)


@mistake(
    "pairwise_l2",
    hint="Absolute differences were summed: that is the distance along the streets, not as the crow flies.",
    read="sec-knn-l1",
)
def manhattan(x1, x2):
    """Absolute differences are added up, in place of squares."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for k in range(x1.shape[1]):
        distances += np.abs(x1[:, k, None] - x2[:, k])
    return distances


@mistake(
    "pairwise_l2",
    hint="Each set was moved by its own mean, so the two moved apart or together. Move both by the same point.",
    read="sec-knn-cancellation",
)
def own_means(x1, x2):
    """Each set is centred on its own mean."""
    x1, x2 = x1 - x1.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="integers_wrap")
def integers_wrap_in_differences(x1, x2):
    """Integer arithmetic wraps around in the differences."""
    return np.sqrt(((x1[:, None] - x2) ** 2).sum(axis=2))


@mistake("pairwise_l2", same_as="integers_wrap")
def integers_wrap_in_norm(x1, x2):
    """Integer arithmetic wraps around before the norm."""
    return np.linalg.norm(x1[:, None] - x2, axis=2)


@mistake("pairwise_l2", same_as="two_loops")
def loop_over_columns(x1, x2):
    """A loop goes through the columns."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = np.zeros((len(x1), len(x2)), x1.dtype)
    for k in range(x1.shape[1]):
        squares += (x1[:, k, None] - x2[:, k]) ** 2
    return np.sqrt(squares)


# --- pairwise_l1 ---


@mistake(
    "pairwise_l1",
    hint="Differences of opposite sign cancel. A distance may not let them.",
    read="sec-knn-l1",
)
def signed_sum(x1, x2, chunk):
    """The absolute value is missing."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.empty((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = (x1[start : start + chunk, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="The absolute value of the sum is not the sum of the absolute values: the signs cancel first.",
    read="sec-knn-l1",
)
def absolute_of_sum(x1, x2, chunk):
    """The absolute value is taken after the sum."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.empty((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = np.abs(
            (x1[start : start + chunk, None] - x2).sum(axis=2)
        )
    return distances


@mistake(
    "pairwise_l1",
    hint="Your temporary array holds M · N · D numbers. Form the differences of chunk rows of x1 at a time.",
    read="sec-knn-chunks",
)
def chunk_ignored(x1, x2, chunk):
    """All differences are formed at once and chunk is ignored."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.abs(x1[:, None] - x2).sum(axis=2)


@mistake(
    "pairwise_l1",
    hint="chunk says how many rows make a part. You made chunk parts, each of which may be large.",
    read="sec-knn-chunks",
)
def chunk_is_count(x1, x2, chunk):
    """chunk is taken as the number of parts."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.concatenate(
        [np.abs(part[:, None] - x2).sum(axis=2) for part in np.array_split(x1, chunk)]
    )


@mistake(
    "pairwise_l1",
    hint="The last rows are zero: where M is not a multiple of chunk, a shorter part remains at the end.",
    read="sec-knn-chunks",
)
def last_chunk_lost(x1, x2, chunk):
    """The last, shorter chunk is lost."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for i in range(len(x1) // chunk):
        rows = slice(i * chunk, (i + 1) * chunk)
        distances[rows] = np.abs(x1[rows, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="Squares were summed. The Manhattan distance adds up plain lengths.",
    read="sec-knn-l1",
)
def squares_summed(x1, x2, chunk):
    """Squares are added up, in place of absolute differences."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.empty((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = ((x1[start : start + chunk, None] - x2) ** 2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="The differences were averaged over the D numbers of a row. A distance is their sum.",
    read="sec-knn-l1",
)
def mean_difference(x1, x2, chunk):
    """The differences are averaged, not added up."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.empty((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = np.abs(x1[start : start + chunk, None] - x2).mean(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="Pixels of type uint8 live in 0…255, and 3 − 5 is 254 there. Change the type before you subtract.",
    read="notation-integers",
)
def unsigned_wrap(x1, x2, chunk):
    """Integer arithmetic wraps around."""
    distances = np.empty((len(x1), len(x2)), x1.dtype if x1.dtype.kind == "f" else np.float64)
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = np.abs(x1[start : start + chunk, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="np.zeros and np.empty make float64 unless you say otherwise: float32 images should give float32 distances.",
    read="notation-integers",
)
def result_is_float64(x1, x2, chunk):
    """float32 input comes back as float64."""
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        rows = _floats(x1[start : start + chunk])
        distances[start : start + chunk] = np.abs(rows[:, None] - _floats(x2)).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="One loop over the chunks is enough: a loop over pairs spends its time in Python.",
    read="sec-knn-chunks",
)
def loop_over_pairs(x1, x2, chunk):
    """A Python loop goes through all pairs."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for i in range(len(x1)):
        for j in range(len(x2)):
            distances[i, j] = np.abs(x1[i] - x2[j]).sum()
    return distances


# --- vote ---


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


# --- k_fold ---


@mistake(
    "k_fold",
    hint="The parts are consecutive numbers. Where a data set is sorted by label, a whole class would be missing from train.",
    read="sec-knn-kfold",
)
def not_shuffled(n, folds, rng):
    """The indices are not shuffled."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(np.arange(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="Some indices are in no val: n // folds rounds down, and the remainder is dropped.",
    read="sec-knn-kfold",
)
def remainder_lost(n, folds, rng):
    """The remainder of n / folds is dropped."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, size = rng.permutation(n), n // folds
    vals = [order[i * size : (i + 1) * size] for i in range(folds)]
    return [(np.setdiff1d(order[: folds * size], val), val) for val in vals]


@mistake(
    "k_fold",
    hint="Everything that does not fit went into the last part, which can be much larger than the others.",
    read="sec-knn-kfold",
)
def last_takes_all(n, folds, rng):
    """The last part takes the whole remainder."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, size = rng.permutation(n), n // folds
    ends = [i * size for i in range(folds)] + [n]
    return [
        (np.concatenate([order[:a], order[b:]]), order[a:b]) for a, b in zip(ends[:-1], ends[1:])
    ]


@mistake(
    "k_fold",
    hint="train holds every index, those of val among them: the classifier would be tested on what it has seen.",
    read="sec-knn-leaks",
)
def train_is_everything(n, folds, rng):
    """train contains val."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order = rng.permutation(n)
    return [(order, part) for part in np.array_split(order, folds)]


@mistake(
    "k_fold",
    hint="The pairs are (val, train). The text asks for (train, val).",
    read="sec-knn-kfold",
)
def pair_swapped(n, folds, rng):
    """train and val are exchanged."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(parts[i], np.concatenate(parts[:i] + parts[i + 1 :])) for i in range(folds)]


@mistake(
    "k_fold",
    hint="Each fold shuffles anew, so that an index can be in two val, or in none. Shuffle once, then cut.",
    read="sec-knn-kfold",
)
def shuffled_each_time(n, folds, rng):
    """The indices are shuffled again for each fold."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    splits = []
    for i in range(folds):
        parts = np.array_split(rng.permutation(n), folds)
        splits.append((np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]))
    return splits


@mistake(
    "k_fold",
    hint="np.random.… draws from a state that all code shares: nobody could repeat your result. Use the rng that you are given.",
    read="sec-knn-kfold",
)
def global_random(n, folds, rng):
    """The global random state is used, not rng."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(np.random.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="Every call gives the same folds, whatever rng it gets: a generator of your own was seeded inside.",
    read="sec-knn-kfold",
)
def own_generator(n, folds, rng):
    """A generator with a fixed seed is made inside."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(np.random.default_rng(0).permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="More folds than images leaves some val empty, and the mean over nothing is nan. Say so at once, with a ValueError.",
    read="sec-knn-kfold",
)
def no_error(n, folds, rng):
    """An impossible number of folds is accepted."""
    parts = np.array_split(rng.permutation(n), folds)
    return [
        (np.concatenate([*parts[:i], *parts[i + 1 :], parts[i][:0]]), parts[i])
        for i in range(folds)
    ]


@mistake(
    "k_fold",
    hint="shuffle changes the array in place and returns None.",
    read="sec-knn-kfold",
)
def shuffle_returns_none(n, folds, rng):
    """The result of shuffle is used: it is None."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order = rng.shuffle(np.arange(n))
    parts = np.array_split(order, folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


# --- choose_k ---


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


# --- confusion_matrix ---


@mistake(
    "confusion_matrix",
    hint="Rows and columns are exchanged: row i should hold the images whose true class is i.",
    read="sec-knn-confusion",
)
def rows_predicted(labels, predicted, num_classes):
    """Rows are predictions and columns are true classes."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    np.add.at(matrix, (predicted, labels), 1)
    return matrix


@mistake(
    "confusion_matrix",
    hint="The rows were divided by their sums. The text asks for counts.",
    read="sec-knn-confusion",
)
def normalised(labels, predicted, num_classes):
    """The counts are divided by the sum of their row."""
    matrix = np.zeros((num_classes, num_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


@mistake(
    "confusion_matrix",
    hint="The matrix has as many rows as classes that occur. A class without images still has a row and a column.",
    read="sec-knn-confusion",
)
def only_seen_classes(labels, predicted, num_classes):
    """The size is taken from the labels that occur."""
    size = int(max(labels.max(), predicted.max())) + 1
    matrix = np.zeros((size, size), dtype=int)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


@mistake(
    "confusion_matrix",
    hint="No entry is above 1, though a pair occurs twice. Count, do not mark. "
    "(And m[labels, predicted] += 1 counts a repeated pair only once.)",
    read="sec-knn-confusion",
)
def repeated_pairs_lost(labels, predicted, num_classes):
    """A pair that occurs several times is counted once."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    matrix[labels, predicted] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="num_classes · label was computed in uint8, which ends at 255.",
    read="sec-knn-confusion",
)
def cell_number_wraps(labels, predicted, num_classes):
    """The cell's number wraps around in uint8."""
    cells = labels * labels.dtype.type(num_classes) + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


@mistake(
    "confusion_matrix",
    hint="The counts are right and stored as floats. Counts are whole numbers: give np.zeros a dtype.",
    read="sec-knn-confusion",
)
def float_counts(labels, predicted, num_classes):
    """Counts are stored as floats."""
    matrix = np.zeros((num_classes, num_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


# --- top_k_accuracy ---


@mistake(
    "top_k_accuracy",
    hint="The k lowest scores were taken. Which end of your order holds the best class?",
    read="sec-knn-topk",
)
def lowest_scores(scores, labels, k):
    """The k lowest scores are taken."""
    best = np.argsort(scores, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="Only the very best class counts in your result, whatever k is.",
    read="sec-knn-topk",
)
def k_ignored(scores, labels, k):
    """k is ignored and only the best class counts."""
    return float((scores.argmax(axis=1) == labels).mean())


@mistake(
    "top_k_accuracy",
    hint="argsort tells which class stands at each place, not the place of each class.",
    read="sec-knn-topk",
)
def order_read_as_ranks(scores, labels, k):
    """The order of argsort is read as ranks."""
    order = np.argsort(-scores, axis=1)
    return float((order[np.arange(len(labels)), labels] < k).mean())


@mistake(
    "top_k_accuracy",
    hint="The scores were sorted down the columns: images compete with each other, not classes.",
    read="sec-knn-topk",
)
def sorted_along_images(scores, labels, k):
    """The scores are sorted along the wrong axis."""
    ranks = np.argsort(np.argsort(-scores, axis=0, kind="stable"), axis=0, kind="stable")
    return float((ranks[np.arange(len(labels)), labels] < k).mean())


@mistake(
    "top_k_accuracy",
    hint="This is a number of images. Divide by how many there are.",
    read="sec-knn-topk",
)
def number_of_hits(scores, labels, k):
    """Hits are counted and not divided by the number of images."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).sum())


@mistake(
    "top_k_accuracy",
    hint="You divide by N · k, as if each image had k right classes. Each has one.",
    read="sec-knn-topk",
)
def divided_by_k(scores, labels, k):
    """The result is divided by k as well."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).mean())


@mistake(
    "top_k_accuracy",
    hint="Only k − 1 places count. With k = 1, the best class should be a hit.",
    read="sec-knn-topk",
)
def one_place_short(scores, labels, k):
    """One place too few counts."""
    best = np.argsort(-scores, axis=1)[:, : k - 1]
    return float((best == labels[:, None]).any(axis=1).mean())


# --- invariances ---


@mistake(
    "invariances",
    hint="A rotation of the axes leaves straight lengths alone, but not walks along the axes. "
    "Turn the unit square by 45° and measure its side both ways.",
    read="sec-knn-invariances",
)
def rotation_safe_for_both():
    """A rotation of the axes is taken to be safe with L1."""
    return {**_invariances(), "rotate_axes": (True, True)}


@mistake(
    "invariances",
    hint="An orthogonal matrix turns space as a whole. Does a ruler's length change when you turn it?",
    read="sec-knn-invariances",
)
def rotation_unsafe_for_both():
    """A rotation of the axes is taken to be unsafe with L2."""
    return {**_invariances(), "rotate_axes": (False, False)}


@mistake(
    "invariances",
    hint="Halving all images halves all distances. Does the smallest stay the smallest?",
    read="sec-knn-invariances",
)
def scaling_unsafe():
    """A common scale is taken to be unsafe."""
    return {**_invariances(), "halve": (False, False)}


@mistake(
    "invariances",
    hint="Dividing each pixel by its own standard deviation stretches some axes more than others: a circle becomes an ellipse.",
    read="sec-knn-invariances",
)
def pixel_std_safe():
    """Dividing each pixel by its own deviation is taken to be safe."""
    return {**_invariances(), "divide_by_pixel_std": (True, True)}


@mistake(
    "invariances",
    hint="Each image loses its own brightness, not all the same: two images that differed in brightness alone become equal.",
    read="sec-knn-invariances",
)
def own_mean_safe():
    """Subtracting each image's own mean is taken to be safe."""
    return {**_invariances(), "subtract_own_mean": (True, True)}


@mistake(
    "invariances",
    hint="A distance adds up over the pixels, and a sum does not mind the order of its terms.",
    read="sec-knn-invariances",
)
def permutation_unsafe():
    """A common permutation of the pixels is taken to be unsafe."""
    return {**_invariances(), "permute_pixels": (False, False)}


@mistake(
    "invariances",
    hint="Squaring keeps the order of numbers, but not of differences: 0 and 1 stay 1 apart, 2 and 3 become 5 apart.",
    read="sec-knn-invariances",
)
def squaring_safe():
    """Squaring the pixels is taken to be safe."""
    return {**_invariances(), "square": (True, True)}


@mistake(
    "invariances",
    hint="What is added to both images drops out of their difference.",
    read="sec-knn-invariances",
)
def offset_unsafe():
    """A common offset is taken to be unsafe."""
    return {**_invariances(), "add_image": (False, False)}


# --- recall_at_k ---


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


# --- mean_average_precision ---


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


# --- shared by several mistakes, and put into the notebook together with them ---


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _invariances():
    both, neither = (True, True), (False, False)
    return {
        "add_image": both,
        "halve": both,
        "square": neither,
        "subtract_own_mean": neither,
        "divide_by_pixel_std": neither,
        "permute_pixels": both,
        "rotate_axes": (False, True),
    }


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
