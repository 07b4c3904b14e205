"""Wrong answers to `pairwise_l2` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


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
    corner="rounding",
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
    hint="Pixels of type uint8 live in 0…255, and 3 − 5 is 254 there. Change the type before you calculate, and keep what astype returns: it leaves x as it is.",
    read="notation-integers",
)
def integers_wrap(x1, x2):
    """Integer arithmetic wraps around."""
    x1, x2 = x1 - x2[0], x2 - x2[0]
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * (x1 @ x2.T)
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    corner="rounding",
    hint="Far from the origin, the squares are so large that the small differences between them are lost in rounding. "
    "A distance does not change when both sets are moved together.",
    read="sec-knn-cancellation",
    at="pairwise_l2: both sets around 1,000,000",
)
def not_centred(x1, x2):
    """Squares are expanded far from the origin."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    corner="float32",
    hint="float32 images should give float32 distances. You may calculate in float64 inside, but convert what you return.",
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
    corner="memory",
    hint="x1[:, None] - x2 is an array of M · N · D numbers. The expanded square needs none larger than the result.",
    read="sec-knn-expansion",
)
def broadcast_everything(x1, x2):
    """All M · N · D differences are formed at once."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.sqrt(((x1[:, None] - x2) ** 2).sum(axis=2))


@mistake(
    "pairwise_l2",
    corner="no loop",
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


@mistake("pairwise_l2", same_as="two_loops", corner="no loop")
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
    columns = map(np.subtract.outer, _floats(x1).T, _floats(x2).T)
    return sum(map(np.abs, columns))


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


@mistake("pairwise_l2", same_as="two_loops", corner="no loop")
def loop_over_columns(x1, x2):
    """A loop goes through the columns."""
    x1, x2 = _floats(x1), _floats(x2)
    squares = np.zeros((len(x1), len(x2)), x1.dtype)
    for k in range(x1.shape[1]):
        squares += (x1[:, k, None] - x2[:, k]) ** 2
    return np.sqrt(squares)


@mistake(
    "pairwise_l2",
    corner="memory",
    hint="The squared length of each row is read off the diagonal of a product of a set with itself: an M × M array for M numbers. "
    "Square and sum along the rows.",
    read="sec-knn-expansion",
)
def norms_from_the_diagonal(x1, x2):
    """The squared lengths come from the diagonal of a whole M × M product."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = np.diag(x1 @ x1.T)[:, None] + np.diag(x2 @ x2.T) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="integers_wrap")
def minus_two_times_uint8(x1, x2):
    """−2 does not fit into uint8."""
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) + (-2 * x1) @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="The squared lengths of the rows of x1 belong to the rows of the result: as a column, [:, None], they are added to each of them.",
    read="sec-knn-expansion",
)
def norms_not_a_column(x1, x2):
    """The squared lengths of x1 are no column, so they do not broadcast against the rows."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    return np.sqrt(np.maximum((x1**2).sum(axis=1) + (x2**2).sum(axis=1) - 2 * x1 @ x2.T, 0))


@mistake(
    "pairwise_l2",
    hint="To leave the distances as they are, all rows of both sets must lose the same row: the mean over axis 0 of one of them. You subtract another number from each row, which moves the rows against each other.",
    read="sec-knn-cancellation",
)
def rows_lose_their_own_mean(x1, x2):
    """Each row loses its own mean."""
    if x1.dtype.kind != "f":
        x1, x2 = x1.astype(np.float64), x2.astype(np.float64)
    a = x1 - x1.mean(axis=1, keepdims=True)
    b = x2 - x2.mean(axis=1, keepdims=True)
    sq = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(sq, 0))


@mistake(
    "pairwise_l2",
    hint="The root magnifies: 1e-8 under it is 1e-4 outside. A root of 0 is harmless here, so clip at 0.",
    read="sec-knn-cancellation",
)
def clipped_above_zero(x1, x2):
    """Squares are clipped at a small number above 0."""
    if x1.dtype.kind in "iu":
        x1 = x1.astype(np.float64)
        x2 = x2.astype(np.float64)
    mid = x2.mean(axis=0)
    a, b = x1 - mid, x2 - mid
    sq = np.sum(a * a, 1, keepdims=True) + np.sum(b * b, 1) - 2 * np.dot(a, b.T)
    return np.sqrt(np.clip(sq, 1e-8, None))


@mistake(
    "pairwise_l2",
    hint="250 · 250 is 62,500, and int16 ends at 32,767: the square wraps around as it did in uint8. Convert to float64.",
    read="sec-arrays-wrap",
)
def squared_in_int16(x1, x2):
    """Pixels are squared in int16."""
    if x1.dtype == np.uint8:
        x1 = x1.astype(np.int16)
        x2 = x2.astype(np.int16)
    elif x1.dtype.kind == "f":
        x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    norms1 = np.einsum("ij,ij->i", x1, x1)
    norms2 = np.einsum("ij,ij->i", x2, x2)
    cross = x1 @ x2.T
    squares = norms1[:, None] + norms2[None, :] - 2 * cross
    result = np.sqrt(
        np.maximum(squares, 0).astype(np.float32 if x1.dtype == np.float32 else np.float64)
    )
    return result


@mistake(
    "pairwise_l2",
    corner="rounding",
    hint="x2.mean() is one number for all columns. Where each column lies around another number, take the mean of each: axis=0.",
    read="sec-knn-cancellation",
)
def centred_on_one_number(x1, x2):
    """All columns are moved by the same number."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(), x2 - x2.mean()
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="np.linalg.norm gives lengths. The expansion of (a − b)² has the squares of the lengths.",
    read="sec-knn-expansion",
)
def norms_not_squared(x1, x2):
    """The lengths of the rows are not squared."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    lengths1, lengths2 = np.linalg.norm(x1, axis=1), np.linalg.norm(x2, axis=1)
    return np.sqrt(np.maximum(lengths1[:, None] + lengths2 - 2 * x1 @ x2.T, 0))


@mistake(
    "pairwise_l2",
    hint="sum() without an axis gives one number for a whole set. Each row has a squared length of its own: sum along the row.",
    read="sec-knn-expansion",
)
def norms_of_whole_sets(x1, x2):
    """The squares of a whole set are added up, not those of each row."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum() + (x2**2).sum() - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="Multiply out (a − b)² once more: a term that depends on the row of x2 alone is missing.",
    read="sec-knn-expansion",
)
def second_norm_missing(x1, x2):
    """The squared norm of the rows of x2 is left out."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="A matrix product pairs rows of the left with columns of the right. To pair rows with rows, transpose the second: x1 @ x2.T.",
    read="sec-knn-expansion",
)
def product_without_transpose(x1, x2):
    """x2 is not transposed in the matrix product."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="The squared differences were divided by D. A distance takes their sum.",
    read="sec-knn-euclidean",
)
def mean_of_squares(x1, x2):
    """The squares are averaged over the columns, not added up."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x2.mean(axis=0), x2 - x2.mean(axis=0)
    squares = (x1**2).mean(axis=1)[:, None] + (x2**2).mean(axis=1)
    squares = squares - 2 * x1 @ x2.T / x1.shape[1]
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="One set was moved and the other was not, which changes the distances between them. Subtract the same row from both.",
    read="sec-knn-cancellation",
)
def only_one_set_moved(x1, x2):
    """Only x1 is moved, and x2 stays where it was."""
    x1, x2 = _floats(x1), _floats(x2)
    x1 = x1 - x1.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="integers_wrap")
def conversion_dropped(x1, x2):
    """What astype returns is not kept."""
    x1.astype(np.float64), x2.astype(np.float64)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


@mistake(
    "pairwise_l2",
    hint="x1 −= … writes into the caller's array. x1 = x1 − … makes a new one.",
    read="sec-knn-cancellation",
)
def moved_in_place(x1, x2):
    """The caller's own rows are moved."""
    center = x2.mean(axis=0)
    x1 -= center
    x2 -= center
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="The squares were added up down the columns, with axis=0. A length belongs to a row: add over the columns.",
    read="sec-knn-expansion",
)
def squares_down_the_columns(x1, x2):
    """The squares are added up along the wrong axis."""
    center = x2.mean(axis=0)
    x1, x2 = x1 - center, x2 - center
    squares = (x1**2).sum(axis=0)[:, None] + (x2**2).sum(axis=0) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="x1 − x2 pairs row i with row i. Here each row meets each: that is what the expansion of the square is for.",
    read="sec-knn-expansion",
)
def rows_paired_one_by_one(x1, x2):
    """x2 is subtracted from x1 row by row."""
    return np.sqrt(((x1.astype(float) - x2.astype(float)) ** 2).sum(axis=1))


@mistake("pairwise_l2", same_as="rows_paired_one_by_one")
def products_paired_one_by_one(x1, x2):
    """The mixed term is a product entry by entry."""
    center = x2.mean(axis=0)
    x1, x2 = x1 - center, x2 - center
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 * x2
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="Entry [i, i] is the distance of row i of x1 to row i of x2, two different points. Only where a set meets itself is it 0.",
    read="sec-knn-euclidean",
)
def diagonal_made_zero(x1, x2):
    """The diagonal is set to 0."""
    center = x2.mean(axis=0)
    x1, x2 = x1 - center, x2 - center
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    distances = np.sqrt(np.maximum(squares, 0))
    np.fill_diagonal(distances, 0)
    return distances


@mistake(
    "pairwise_l2",
    hint="Dividing the columns by their deviations changes the distances. Moving both sets does not.",
    read="sec-knn-invariances",
)
def standardised_first(x1, x2):
    """The columns are standardised first."""
    center, scale = x2.mean(axis=0), x2.std(axis=0)
    x1, x2 = (x1 - center) / scale, (x2 - center) / scale
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="plus_sign")
def plus_sign_centred_on_x1(x1, x2):
    """The mixed term is added, not subtracted."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x1.mean(axis=0), x2 - x1.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) + 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="plus_sign")
def plus_sign_centred_on_both(x1, x2):
    """The mixed term is added, not subtracted."""
    x1, x2 = _floats(x1), _floats(x2)
    mean = np.concatenate([x1, x2]).mean(axis=0)
    x1, x2 = x1 - mean, x2 - mean
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) + 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="factor_of_two_missing")
def factor_missing_centred_on_x1(x1, x2):
    """The mixed term lacks its factor 2."""
    x1, x2 = _floats(x1), _floats(x2)
    x1, x2 = x1 - x1.mean(axis=0), x2 - x1.mean(axis=0)
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake("pairwise_l2", same_as="factor_of_two_missing")
def factor_missing_centred_on_both(x1, x2):
    """The mixed term lacks its factor 2."""
    x1, x2 = _floats(x1), _floats(x2)
    mean = np.concatenate([x1, x2]).mean(axis=0)
    x1, x2 = x1 - mean, x2 - mean
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))


@mistake(
    "pairwise_l2",
    hint="1 − cos of the angle does not see how long the rows are, and has no value for a row of zeros. A 3-4-5 triangle should give 5.",
    read="sec-knn-euclidean",
)
def cosine_distance(x1, x2):
    """The cosine of the angle is taken, not the distance."""
    x1, x2 = _floats(x1), _floats(x2)
    with np.errstate(all="ignore"):
        lengths = np.sqrt((x1**2).sum(axis=1))[:, None] * np.sqrt((x2**2).sum(axis=1))
        return 1 - x1 @ x2.T / lengths


@mistake(
    "pairwise_l2",
    hint="You subtract the length of one row from that of the other: two rows of the same length can be far apart. The mixed term is missing.",
    read="sec-knn-expansion",
)
def lengths_subtracted(x1, x2):
    """The lengths of the rows are subtracted, not the rows."""
    x1, x2 = _floats(x1), _floats(x2)
    return np.abs(np.sqrt((x1**2).sum(axis=1))[:, None] - np.sqrt((x2**2).sum(axis=1)))


# --- right answers, written another way ---


@alternative("pairwise_l2")
def centred_on_both(x1, x2):
    """Centre on the mean of both sets, norms by einsum."""
    if x1.dtype.kind != "f":
        x1, x2 = x1.astype(np.float64), x2.astype(np.float64)
    center = np.concatenate([x1, x2]).mean(axis=0)
    a, b = x1 - center, x2 - center
    squares = np.einsum("md,md->m", a, a)[:, None] - 2 * (a @ b.T)
    squares += np.einsum("nd,nd->n", b, b)
    return np.sqrt(squares.clip(min=0))


@alternative("pairwise_l2")
def one_augmented_product(x1, x2):
    """A single matrix product of augmented rows [a, |a|², 1] and [−2b, 1, |b|²]."""
    shift = x1[:1].astype(x1.dtype if x1.dtype.kind == "f" else np.float64)
    a, b = x1 - shift, x2 - shift
    norms_a, norms_b = (a * a).sum(1, keepdims=True), (b * b).sum(1, keepdims=True)
    left = np.hstack([a, norms_a, np.ones_like(norms_a)])
    right = np.hstack([-2 * b, np.ones_like(norms_b), norms_b])
    return np.maximum(left @ right.T, 0) ** 0.5
