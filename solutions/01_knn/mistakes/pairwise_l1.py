"""Wrong answers to `pairwise_l1` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "pairwise_l1",
    hint="Differences of opposite sign cancel here: from (0, 0) to (1, -1) you get 0. Take the absolute value of each before the sum.",
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
    corner="memory",
    hint="Somewhere all M · N · D differences are formed at once. Form those of chunk rows of x1 at a time. "
    "(If you handle a rest on its own: x1[-0:] is all of x1.)",
    read="sec-knn-chunks",
)
def chunk_ignored(x1, x2, chunk):
    """All differences are formed at once and chunk is ignored."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.abs(x1[:, None] - x2).sum(axis=2)


@mistake(
    "pairwise_l1",
    corner="memory",
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
    corner="a remainder",
    hint="The last rows are zero or missing: the last chunk was left out. Where M is not a multiple of chunk, it is shorter than the others, and counts all the same.",
    read="sec-knn-chunks",
)
def last_chunk_lost(x1, x2, chunk):
    """The last chunk is lost."""
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
    corner="integers",
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
    corner="no loop",
    hint="One loop over the chunks is enough: rows[:, None] − x2 forms the differences of all rows of a chunk at once.",
    read="sec-knn-chunks",
)
def loop_over_pairs(x1, x2, chunk):
    """A Python loop goes through rows or pairs."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for i in range(len(x1)):
        for j in range(len(x2)):
            distances[i, j] = np.abs(x1[i] - x2[j]).sum()
    return distances


@mistake("pairwise_l1", same_as="loop_over_pairs", corner="no loop")
def loop_inside_the_chunk(x1, x2, chunk):
    """A loop goes through the rows of each chunk."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        for i, row in enumerate(x1[start : start + chunk], start):
            distances[i] = np.abs(row - x2).sum(axis=1)
    return distances


@mistake("pairwise_l1", same_as="last_chunk_lost")
def last_chunk_lost_and_never_made(x1, x2, chunk):
    """The result has no rows for the last, shorter chunk."""
    x1, x2 = _floats(x1), _floats(x2)
    parts = [x1[i * chunk : (i + 1) * chunk] for i in range(len(x1) // chunk)]
    distances = [np.abs(part[:, None] - x2).sum(axis=2) for part in parts]
    return np.concatenate(distances) if distances else np.zeros((0, len(x2)))


@mistake(
    "pairwise_l1",
    hint="astype(int) cuts the fractions off. Convert to float64, which holds integers and fractions alike.",
    read="sec-arrays-dtypes",
)
def floats_made_int(x1, x2, chunk):
    """Floats are converted to int."""
    x1, x2 = x1.astype(int), x2.astype(int)
    out = np.zeros((len(x1), len(x2)))
    for s in range(0, len(x1), chunk):
        out[s : s + chunk] = np.abs(x1[s : s + chunk, None] - x2).sum(axis=2)
    return out


@mistake(
    "pairwise_l1",
    corner="memory",
    hint="Your temporary array has M · chunk · D numbers. The text counts chunk rows of x1 against all N of x2.",
    read="sec-knn-chunks",
)
def chunks_of_x2(x1, x2, chunk):
    """Chunks are taken of x2."""
    x1, x2 = x1.astype(float), x2.astype(float)
    parts = []
    for start in range(0, len(x2), chunk):
        part = x2[start : start + chunk]
        parts.append(np.abs(x1[:, None] - part[None]).sum(axis=2))
    return np.concatenate(parts, axis=1)


@mistake(
    "pairwise_l1",
    hint="max takes the largest difference of a pair of rows alone. The Manhattan distance adds up all of them.",
    read="sec-knn-l1",
)
def largest_difference(x1, x2, chunk):
    """The largest difference is taken, not the sum."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).max(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="This is the Euclidean distance, as the crow flies. The Manhattan distance adds up absolute differences.",
    read="sec-knn-l1",
)
def euclidean(x1, x2, chunk):
    """The root of the summed squares is taken."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.sqrt(((rows[:, None] - x2) ** 2).sum(axis=2))
    return distances


@mistake(
    "pairwise_l1",
    hint="rows − x2 subtracts row by row. With rows[:, None] − x2, each row of the chunk meets each row of x2.",
    read="sec-arrays-rule",
)
def rows_paired_one_by_one(x1, x2, chunk):
    """Each row meets one row of x2 only, that with the same number."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows - x2).sum(axis=1)
    return distances


@mistake(
    "pairwise_l1",
    hint="Only the rows of the first chunk are filled in: return is inside the loop. Move it out to the left, behind the loop.",
    read="sec-knn-chunks",
)
def returns_in_the_loop(x1, x2, chunk):
    """The function returns after the first chunk."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)), x1.dtype)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
        return distances


@mistake(
    "pairwise_l1",
    hint="The differences are an array (chunk, N, D). The sum goes over the D columns, the last axis; yours goes over the rows of x2.",
    read="sec-arrays-axes",
)
def summed_over_x2(x1, x2, chunk):
    """The differences are added up over the rows of x2."""
    x1, x2 = _floats(x1), _floats(x2)
    starts = range(0, len(x1), chunk)
    return np.concatenate([np.abs(x1[i : i + chunk, None] - x2).sum(axis=1) for i in starts])


@mistake(
    "pairwise_l1",
    hint="np.array puts the results of the chunks onto a new axis, one behind the other. np.concatenate joins them along the rows, and they may have different numbers of rows.",
    read="sec-knn-chunks",
)
def chunks_on_a_new_axis(x1, x2, chunk):
    """The chunks are stacked on an axis of their own."""
    x1, x2 = _floats(x1), _floats(x2)
    starts = range(0, len(x1), chunk)
    return np.array([np.abs(x1[i : i + chunk, None] - x2).sum(axis=2) for i in starts])


@mistake(
    "pairwise_l1",
    hint="The chunks are other rows of the result, not other columns: join them along axis 0, which np.concatenate does by itself.",
    read="sec-knn-chunks",
)
def chunks_side_by_side(x1, x2, chunk):
    """The results of the chunks are put side by side."""
    x1, x2 = _floats(x1), _floats(x2)
    starts = range(0, len(x1), chunk)
    return np.hstack([np.abs(x1[i : i + chunk, None] - x2).sum(axis=2) for i in starts])


@mistake(
    "pairwise_l1",
    corner="integers",
    hint="The distances were put into an array of the dtype of x1, and uint8 ends at 255. Let the result be float64.",
    read="sec-arrays-wrap",
)
def stored_as_x1(x1, x2, chunk):
    """The result has the dtype of x1, where large distances wrap around."""
    distances = np.zeros((len(x1), len(x2)), dtype=x1.dtype)
    x1, x2 = _floats(x1), _floats(x2)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    corner="integers",
    hint="int16 has room for the differences of pixels, but the text allows any integer dtype, and int16 ends at 32,767. Convert to float64.",
    read="sec-arrays-wrap",
)
def differences_in_int16(x1, x2, chunk):
    """The differences are calculated in int16."""
    if x1.dtype.kind in "iu" and x1.dtype.itemsize <= 2:
        x1, x2 = x1.astype(np.int16), x2.astype(np.int16)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    corner="integers",
    hint="float32 carries about seven digits, too few for the whole numbers of int64. Convert to float64.",
    read="sec-arrays-floats",
)
def converted_to_float32(x1, x2, chunk):
    """Whole numbers are converted to float32."""
    x1, x2 = x1.astype(np.float32), x2.astype(np.float32)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances


@mistake("pairwise_l1", same_as="last_chunk_lost")
def last_start_left_out(x1, x2, chunk):
    """The loop ends one chunk early."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)))
    for i in range(0, len(x1) - chunk, chunk):
        distances[i : i + chunk] = np.abs(x1[i : i + chunk, None] - x2).sum(axis=2)
    return distances


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


@mistake("pairwise_l1", same_as="last_chunk_lost", corner="a remainder")
def last_chunk_left_empty(x1, x2, chunk):
    """The last chunk stays as np.empty made it."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.empty((len(x1), len(x2)))
    for i in range(len(x1) // chunk):
        rows = slice(i * chunk, (i + 1) * chunk)
        distances[rows] = np.abs(x1[rows, None] - x2).sum(axis=2)
    return distances


@mistake("pairwise_l1", same_as="differences_in_int16", corner="integers")
def everything_in_int16(x1, x2, chunk):
    """All integers become int16."""
    if x1.dtype.kind != "f":
        x1, x2 = x1.astype(np.int16), x2.astype(np.int16)
    parts = []
    for start in range(0, len(x1), chunk):
        parts.append(np.abs(x1[start : start + chunk, None, :] - x2[None, :, :]).sum(axis=2))
    return np.concatenate(parts)


@mistake(
    "pairwise_l1",
    corner="integers",
    hint="int32 ends at 2,147,483,647, and the difference of two large numbers of int32 goes beyond. Convert to float64.",
    read="sec-arrays-wrap",
)
def differences_in_int32(x1, x2, chunk):
    """The differences are calculated in int32."""
    if x1.dtype.kind in "iu":
        x1, x2 = x1.astype(np.int32), x2.astype(np.int32)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk]
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances


@mistake("pairwise_l1", same_as="summed_over_x2")
def summed_over_the_rows_of_the_chunk(x1, x2, chunk):
    """The rows of x2 come first, and the sum goes over those of the chunk."""
    x1, x2 = _floats(x1), _floats(x2)
    starts = range(0, len(x1), chunk)
    parts = [np.abs(x1[None, i : i + chunk] - x2[:, None]).sum(axis=1) for i in starts]
    return np.concatenate(parts)


@mistake("pairwise_l1", same_as="summed_over_x2")
def summed_over_x2_before_the_absolute_value(x1, x2, chunk):
    """The sum goes over the rows of x2, and the absolute value comes after it."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)))
    for i in range(0, len(x1), chunk):
        distances[i : i + chunk] = np.abs((x1[i : i + chunk, None] - x2).sum(axis=1))
    return distances


@mistake(
    "pairwise_l1",
    hint="distances[start] is a single row of the result, and a chunk has several. Store it in the rows it came from: start to start + chunk.",
    read="sec-knn-chunks",
)
def stored_in_one_row(x1, x2, chunk):
    """A whole chunk is stored in one row."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        distances[start] = np.abs(x1[start : start + chunk, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    hint="x1[start : chunk] ends at row chunk each time, so that only the first chunk has rows. The slice ends at start + chunk.",
    read="sec-knn-chunks",
)
def slice_ends_at_chunk(x1, x2, chunk):
    """Each slice ends at row chunk."""
    x1, x2 = _floats(x1), _floats(x2)
    distances = np.zeros((len(x1), len(x2)))
    for start in range(0, len(x1), chunk):
        distances[start : start + chunk] = np.abs(x1[start:chunk, None] - x2).sum(axis=2)
    return distances


@mistake(
    "pairwise_l1",
    corner="memory",
    hint="chunk is a number of rows of x1. You go through the columns in pieces of that size.",
    read="sec-knn-chunks",
)
def chunks_of_columns(x1, x2, chunk):
    """Chunks are taken of the columns."""
    x1, x2 = _floats(x1), _floats(x2)
    out = np.zeros((len(x1), len(x2)))
    for start in range(0, x1.shape[1], chunk):
        stop = start + chunk
        out += np.abs(x1[:, None, start:stop] - x2[:, start:stop]).sum(axis=2)
    return out


@mistake(
    "pairwise_l1",
    hint="The result has a row for the first chunk alone. A return inside the loop ends it in its first turn: collect all chunks, and return behind the loop.",
    read="sec-knn-chunks",
)
def first_chunk_alone(x1, x2, chunk):
    """Only the rows of the first chunk come back."""
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk].astype(np.float64)
        return np.abs(rows[:, None] - x2).sum(axis=2)


@mistake("pairwise_l1", same_as="first_chunk_alone")
def last_chunk_alone(x1, x2, chunk):
    """Only the rows of the last chunk come back."""
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk].astype(np.float64)
        distances = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances


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


@mistake(
    "pairwise_l1",
    hint="float32 has seven digits, too few for 30,000,001 − 30,000,004. float64 has sixteen.",
    read="sec-arrays-dtypes",
)
def everything_float32(x1, x2, chunk):
    """Everything becomes float32."""
    x1, x2 = x1.astype(np.float32), x2.astype(np.float32)
    rows = [np.abs(x1[i : i + chunk, None] - x2).sum(axis=2) for i in range(0, len(x1), chunk)]
    return np.concatenate(rows)
