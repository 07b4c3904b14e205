"""Wrong answers to `pairwise_l1` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


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


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


# --- right answers, written another way ---


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
