"""Wrong answers to `k_fold` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


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


# --- right answers, written another way ---


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
