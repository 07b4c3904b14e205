"""Wrong answers to `k_fold` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "k_fold",
    corner="chance",
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
    corner="a remainder",
    hint="n // folds rounds down: with 7 indices and 3 folds, the seventh is in no val.",
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
    corner="a remainder",
    hint="Everything that does not fit went into a single part, which can be much larger than the others. Spread the remainder: one index more for some of the folds.",
    read="sec-knn-kfold",
)
def last_takes_all(n, folds, rng):
    """One part takes the whole remainder."""
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
    corner="chance",
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
    corner="illegal folds",
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


@mistake(
    "k_fold",
    corner="a remainder",
    hint="Rounded up, 10 indices in 4 folds give sizes 3, 3, 3, 1. Only the first n % folds folds get one index more.",
    read="sec-knn-kfold",
)
def size_rounded_up(n, folds, rng):
    """All folds but the last have n / folds indices, rounded up."""
    if folds < 2 or folds > n:
        raise ValueError("folds must be between 2 and n")
    idx = rng.permutation(n)
    size = -(-n // folds)
    pairs = []
    for f in range(folds):
        val = idx[f * size : (f + 1) * size]
        train = np.concatenate([idx[: f * size], idx[(f + 1) * size :]])
        pairs.append((train, val))
    return pairs


@mistake(
    "k_fold",
    corner="folds = n",
    hint="folds = n is allowed: each image is a fold of its own, which is called leave-one-out.",
    read="sec-knn-kfold",
)
def no_leave_one_out(n, folds, rng):
    """As many folds as images are refused."""
    if folds < 2 or folds >= n:
        raise ValueError(f"cannot make {folds} folds of {n} images")
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="np.delete(order, val) removes what stands at the positions val of the shuffled array. Concatenate the other parts, or delete from np.arange(n), where position and value agree.",
    read="sec-knn-kfold",
)
def positions_for_values(n, folds, rng):
    """np.delete is given values where it expects positions."""
    if not 2 <= folds <= n:
        raise ValueError("2 <= folds <= n, please")
    order = np.arange(n)
    rng.shuffle(order)
    result = []
    for val in np.array_split(order, folds):
        result.append((np.delete(order, val), val))
    return result


@mistake(
    "k_fold",
    corner="chance",
    hint="Each fold takes every so-many-th index, by counting and not by chance. An order in the data that repeats, such as the frames of two cameras in turn, would end up in one fold. Shuffle first.",
    read="sec-knn-kfold",
)
def every_nth_index(n, folds, rng):
    """Every fold takes each folds-th index, unshuffled."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    index = np.arange(n)
    return [(index[index % folds != i], index[index % folds == i]) for i in range(folds)]


@mistake(
    "k_fold",
    corner="a remainder",
    hint="np.split insists on parts of equal size. np.array_split makes sizes that differ by at most 1.",
    read="sec-knn-kfold",
)
def must_divide(n, folds, rng):
    """np.split refuses folds that do not divide n."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="rng.choice and rng.integers draw the same index more than once, and others not at all. rng.permutation holds each of them once.",
    read="sec-knn-kfold",
)
def drawn_with_replacement(n, folds, rng):
    """The indices are drawn with replacement."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.choice(n, size=n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="Where each index draws its fold by itself, some folds get more than others by chance. Shuffle the indices, and cut the list into equal parts.",
    read="sec-knn-kfold",
)
def fold_drawn_for_each_index(n, folds, rng):
    """Each index draws its fold by itself."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    fold = rng.integers(folds, size=n)
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(folds)]


@mistake(
    "k_fold",
    hint="train is too short: it holds one of the other folds, not all of them.",
    read="sec-knn-kfold",
)
def train_is_one_fold(n, folds, rng):
    """train is a single one of the other folds."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(parts[i - 1], parts[i]) for i in range(folds)]


@mistake("k_fold", same_as="last_takes_all", corner="a remainder")
def first_takes_all(n, folds, rng):
    """The first part takes the whole remainder."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, size = rng.permutation(n), n // folds
    first = n - size * (folds - 1)
    parts = [order[:first], *np.split(order[first:], folds - 1)]
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="A slice is a view: where rng.shuffle changes the array once more, each val that was cut from it changes as well, and its train does not. Shuffle once, before the loop.",
    read="sec-knn-kfold",
)
def shuffled_under_views(n, folds, rng):
    """The array is shuffled for each fold, and the earlier val are parts of it."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, splits = np.arange(n), []
    for i in range(folds):
        rng.shuffle(order)
        parts = np.array_split(order, folds)
        splits.append((np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]))
    return splits


@mistake("k_fold", same_as="shuffled_each_time")
def first_part_of_each_shuffle(n, folds, rng):
    """Each val is the beginning of the array, which is shuffled again."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, splits = np.arange(n), []
    for i in range(folds):
        rng.shuffle(order)
        size = n // folds + (i < n % folds)
        splits.append((order[size:], order[:size]))
    return splits


@mistake("k_fold", same_as="shuffled_each_time")
def shuffled_in_place_each_time(n, folds, rng):
    """The array is shuffled again for each fold, whose val is a copy."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order, splits = np.arange(n), []
    for i in range(folds):
        rng.shuffle(order)
        val = np.array_split(order, folds)[i].copy()
        splits.append((np.setdiff1d(np.arange(n), val), val))
    return splits


@mistake("k_fold", same_as="shuffled_each_time")
def shuffled_each_time_by_choice(n, folds, rng):
    """Each val is drawn by itself, without replacement."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    splits = []
    for i in range(folds):
        val = rng.choice(n, n // folds + (i < n % folds), replace=False)
        splits.append((np.setdiff1d(np.arange(n), val), val))
    return splits


@mistake("k_fold", same_as="shuffled_each_time")
def shuffled_each_time_and_cut(n, folds, rng):
    """Each fold shuffles and takes the first n // folds."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    splits = []
    for _ in range(folds):
        order = rng.permutation(n)
        splits.append((order[n // folds :], order[: n // folds]))
    return splits


@mistake(
    "k_fold",
    corner="illegal folds",
    hint="An assert raises an AssertionError, and none at all where Python runs with -O. For arguments that a caller got wrong, raise a ValueError that says what is wrong.",
    read="sec-knn-kfold",
)
def asserted(n, folds, rng):
    """An assert stands in place of the ValueError."""
    assert 2 <= folds <= n, "folds"
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    corner="illegal folds",
    hint='Say in its brackets what arrived and what is legal: raise ValueError("…").',
    read="sec-knn-kfold",
)
def without_a_message(n, folds, rng):
    """Your ValueError has no message."""
    if not 2 <= folds <= n:
        raise ValueError
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="A function with yield returns a generator, which can be gone through once. Collect the pairs in a list, and return that.",
    read="sec-knn-kfold",
)
def a_generator(n, folds, rng):
    """You yield the pairs."""
    parts = np.array_split(rng.permutation(n), max(1, folds))
    for i in range(folds):
        yield np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]


@mistake(
    "k_fold",
    hint="np.array(…) makes arrays of them, which can index others.",
    read="sec-knn-kfold",
)
def lists_of_indices(n, folds, rng):
    """train and val are lists."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    order = rng.permutation(n).tolist()
    splits = []
    for i in range(folds):
        val = order[i::folds]
        splits.append(([j for j in order if j not in val], val))
    return splits


@mistake(
    "k_fold",
    hint="train is a list of the other parts. np.concatenate joins them to one array.",
    read="sec-knn-kfold",
)
def parts_not_joined(n, folds, rng):
    """train is a list of arrays."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(parts[:i] + parts[i + 1 :], parts[i]) for i in range(folds)]


@mistake(
    "k_fold",
    hint="You return the parts, one for each fold. A fold is a pair: one part is val, and all the others together are train.",
    read="sec-knn-kfold",
)
def parts_alone(n, folds, rng):
    """The parts are returned and no pairs."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    return np.array_split(rng.permutation(n), folds)


@mistake(
    "k_fold",
    hint="Your first pair is right, and the second is not: its train is that of the first. train changes with val, so make it inside of the loop.",
    read="sec-knn-kfold",
)
def one_train_for_all(n, folds, rng):
    """Every fold gets the same train."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[1:]), part) for part in parts]


@mistake(
    "k_fold",
    hint="One of your two arrays holds shuffled indices, and the other the places that they have in the shuffled order. Take both "
    "from the same order: order[places] for val, and order[the other places] for train.",
    read="sec-knn-kfold",
)
def train_of_places(n, folds, rng):
    """train holds places where val holds shuffled indices, or the other way round."""
    if not 2 <= folds <= n:
        raise ValueError("2 <= folds <= n, please")
    order, places = rng.permutation(n), np.arange(n)
    return [(np.delete(places, part), order[part]) for part in np.array_split(places, folds)]


@mistake("k_fold", same_as="train_of_places")
def val_of_places(n, folds, rng):
    """val holds places where train holds shuffled indices."""
    if not 2 <= folds <= n:
        raise ValueError("2 <= folds <= n, please")
    order = rng.permutation(n)
    return [(np.delete(order, part), part) for part in np.array_split(np.arange(n), folds)]


@mistake(
    "k_fold",
    hint="There is one pair, and there should be one for each fold. A return inside the loop ends it in its first turn: collect the pairs in a list.",
    read="sec-knn-kfold",
)
def one_pair_alone(n, folds, rng):
    """A single pair comes back."""
    if not 2 <= folds <= n:
        raise ValueError(f"folds is {folds}, want 2 to {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[1:]), parts[0])]


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


@mistake(
    "k_fold",
    hint="Your train is one other part alone. It holds all indices that its val does not: the other parts, joined.",
    read="sec-knn-kfold",
)
def trained_on_one_part(n, folds, rng):
    """train is a single other part."""
    if not 2 <= folds <= n:
        raise ValueError(f"{folds} folds of {n} images")
    parts = np.array_split(rng.permutation(n), folds)
    return [(parts[(i + 1) % folds], part) for i, part in enumerate(parts)]
