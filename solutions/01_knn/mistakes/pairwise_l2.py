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


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


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
