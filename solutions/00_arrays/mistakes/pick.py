"""Wrong answers to `pick` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "pick",
    hint="scores[:, labels] takes all the columns in labels for every row: an (N, N) table. You want one column for each "
    "row, so give NumPy a row number for each label, too.",
    read="sec-arrays-fancy",
)
def columns(scores, labels):
    """You index the columns alone: scores[:, labels]."""
    return scores[:, labels]


@mistake(
    "pick",
    hint="scores[labels] takes whole rows. You want one number of each row.",
    read="sec-arrays-fancy",
)
def whole_rows_by_label(scores, labels):
    """You index the rows with the labels: scores[labels]."""
    return scores[labels % len(scores)]


@mistake(
    "pick",
    hint="The diagonal of scores[:, labels] holds the right numbers, but the table around it has N · N. Do not compute "
    "what you throw away.",
    read="sec-arrays-fancy",
)
def diagonal(scores, labels):
    """You take the diagonal of an (N, N) table."""
    return np.diag(scores[:, labels]).copy()


@mistake(
    "pick",
    hint="You return the mean. The text asks for all N numbers.",
    read="sec-arrays-fancy",
)
def averaged(scores, labels):
    """You average the scores."""
    return scores[np.arange(len(labels)), labels].mean()


@mistake(
    "pick",
    hint="You take the largest score of each row. The true class need not have the largest: look at labels.",
    read="sec-arrays-fancy",
)
def largest(scores, labels):
    """You take the largest score of each image."""
    return scores.max(axis=1)


@mistake(
    "pick",
    hint="Each score is multiplied by 1 or 0 and added up. That is right until a score is −inf: 0 · ∞ is nan. Index in place "
    "of multiplying.",
    read="sec-arrays-nan",
)
def one_hot_product(scores, labels):
    """You multiply by a one-hot table."""
    hot = (labels[:, None] == np.arange(scores.shape[1])).astype(scores.dtype)
    with np.errstate(all="ignore"):
        return (scores * hot).sum(axis=1).astype(scores.dtype)


@mistake(
    "pick",
    hint="Row and column number are in the wrong order: scores[row, column].",
    read="sec-arrays-indexing",
)
def row_and_column_swapped(scores, labels):
    """Rows and columns are swapped."""
    return scores.T[np.arange(len(labels)) % scores.shape[1], labels % len(scores)]


@mistake(
    "pick",
    hint="Labels are counted from 0: label 0 means the first column. You look one column to the left.",
    read="sec-arrays-fancy",
)
def one_to_the_left(scores, labels):
    """You look one column too far to the left."""
    return scores[np.arange(len(labels)), labels.astype(int) - 1]


@mistake(
    "pick",
    hint="You return a column, (N, 1). The text asks for (N,).",
    read="sec-arrays-axes",
)
def as_a_column(scores, labels):
    """The result is a column, (N, 1)."""
    return np.take_along_axis(scores, labels[:, None].astype(int), axis=1)


@mistake(
    "pick",
    hint="Your loop is right, and slow. An index may be an array: NumPy takes a row number and a column number for each entry of the "
    "result. (`range` as an index is a loop, too; take np.arange.)",
    read="sec-arrays-vectorise",
)
def one_by_one(scores, labels):
    """You loop over the images."""
    return np.array([scores[i, label] for i, label in enumerate(labels)], scores.dtype)


@mistake(
    "pick",
    hint="Your result is float64, whatever the dtype of scores is. np.zeros and np.empty make float64 unless you tell them the dtype.",
    read="sec-arrays-dtypes",
)
def always_float64(scores, labels):
    """The result is always float64."""
    return scores[np.arange(len(labels)), labels].astype(np.float64)


@mistake(
    "pick",
    hint="A sum of whole numbers is computed in 64 bits, so it has another dtype than scores. Index in place of adding up.",
    read="sec-arrays-wrap",
)
def summed_up(scores, labels):
    """You add up the rows of a table that is 0 elsewhere."""
    here = labels[:, None] == np.arange(scores.shape[1])
    return np.where(here, scores, 0).sum(axis=1)


# --- right answers, written another way ---


@alternative("pick")
def along_the_axis(scores, labels):
    """np.take_along_axis."""
    places = labels.astype(np.intp).reshape(-1, 1)
    return np.take_along_axis(scores, places, axis=1).squeeze(axis=1)


@alternative("pick")
def flat_places(scores, labels):
    """Places in the flattened table."""
    return scores.ravel()[np.arange(scores.shape[0]) * scores.shape[1] + labels.astype(int)]


@alternative("pick")
def boolean_mask(scores, labels):
    """A boolean mask picks one entry of each row, in order."""
    return scores[labels[:, None] == np.arange(scores.shape[1])]
