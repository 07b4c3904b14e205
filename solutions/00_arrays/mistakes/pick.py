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
    corner="no table of N × N",
    hint="scores[:, labels] is a table of N · N numbers, of which you use N at most. Do not compute what you throw "
    "away.",
    read="sec-arrays-fancy",
)
def diagonal(scores, labels):
    """You make an (N, N) table on the way."""
    return np.diag(scores[:, labels]).copy()


@mistake(
    "pick",
    hint="You return a single number, such as the mean or the sum. The text asks for all N.",
    read="sec-arrays-fancy",
)
def averaged(scores, labels):
    """The scores become one number."""
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
    corner="a score of minus infinity",
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
    return scores[labels, np.arange(len(labels))]


@mistake(
    "pick",
    hint="Labels are counted from 0: label 0 means the first column.",
    read="sec-arrays-fancy",
)
def one_to_the_left(scores, labels):
    """You look one column too far to the left."""
    return scores[np.arange(len(labels)), labels.astype(int) - 1]


@mistake(
    "pick",
    hint="The text asks for (N,): a number for each row of scores, and no second axis.",
    read="sec-arrays-axes",
)
def as_a_column(scores, labels):
    """The result is a column, (N, 1)."""
    return np.take_along_axis(scores, labels[:, None].astype(int), axis=1)


@mistake(
    "pick",
    corner="no loop",
    hint="Your loop is right, and slow. An index may be an array: NumPy takes a row number and a column number for each entry of the "
    "result. ",
    read="sec-arrays-vectorise",
)
def one_by_one(scores, labels):
    """You loop over the images."""
    return np.array([scores[i, label] for i, label in enumerate(labels)], scores.dtype)


@mistake(
    "pick",
    hint="All your numbers come from the first row. scores[0, labels] takes them there, and so does np.take, which "
    "without an axis counts through the table as if it were one long row. Give NumPy a row number for each label.",
    read="sec-arrays-fancy",
)
def taken_from_the_flat_table(scores, labels):
    """Every number is taken from row 0."""
    return np.take(scores, labels)


@mistake(
    "pick",
    corner="many classes",
    hint="np.choose is made for a few choices, and raises an error for more than 64. Index with a row number and a column number.",
    read="sec-arrays-fancy",
)
def chosen(scores, labels):
    """You use np.choose, which has room for 64 classes."""
    return np.choose(labels, scores.T)


@mistake(
    "pick",
    hint="Your mask finds the right scores, but NumPy reads a mask row by row, and the rows of the transpose are the "
    "classes: the scores come out sorted by class. Keep the images as rows.",
    read="sec-arrays-fancy",
)
def mask_of_the_transpose(scores, labels):
    """The scores come in the order of the classes, not of the images."""
    mask = np.arange(scores.shape[1])[:, None] == labels
    return scores.T[mask]


@mistake(
    "pick",
    corner="a score of minus infinity",
    hint="np.nan_to_num makes 0 of the nan that 0 · ∞ gives, but it also replaces −inf by the smallest float, "
    "−1.8 · 10³⁰⁸. Index in place of multiplying, and no nan comes up.",
    read="sec-arrays-nan",
)
def nan_made_a_number(scores, labels):
    """You repair nan with np.nan_to_num."""
    hot = labels[:, None] == np.arange(scores.shape[1])
    with np.errstate(invalid="ignore"):
        product = np.nan_to_num(scores * hot)
    return product.sum(axis=1)


@mistake("pick", same_as="averaged")
def added_up(scores, labels):
    """The scores become one number."""
    return scores[np.arange(len(labels)), labels].sum()


@mistake("pick", same_as="taken_from_the_flat_table")
def first_row_of_the_columns(scores, labels):
    """Every number is taken from row 0."""
    return scores[:, labels][0]


@mistake(
    "pick",
    hint="Your row numbers count the classes: there are C of them, and N labels. Every label needs a row number, so count "
    "to N.",
    read="sec-arrays-fancy",
)
def a_row_number_for_each_class(scores, labels):
    """There are as many row numbers as classes."""
    return scores[np.arange(scores.shape[1]), labels]


@mistake(
    "pick",
    hint="In one long row, row i of the table begins at i · C, where C is the number of columns: scores.shape[1].",
    read="sec-arrays-memory",
)
def wrong_step_in_the_flat_table(scores, labels):
    """The rows of the flattened table are taken to be N long, not C."""
    return scores.ravel()[np.arange(len(labels)) * scores.shape[0] + labels]


@mistake(
    "pick",
    hint="All but one number of each row become 0, which is good for a sum along the row: axis=1. Yours runs down the "
    "columns.",
    read="sec-arrays-axes",
)
def added_down_the_columns(scores, labels):
    """You add up along the wrong axis."""
    return np.where(labels[:, None] == np.arange(scores.shape[1]), scores, 0).sum(axis=0)


@mistake(
    "pick",
    hint="All but one number of each row become 0, and then you take the largest: where the score is negative, that is "
    "one of the zeros. Index in place of multiplying.",
    read="sec-arrays-fancy",
)
def largest_of_the_masked(scores, labels):
    """You take the largest of a score and of zeros."""
    here = labels[:, None] == np.arange(scores.shape[1])
    return np.where(here, scores, 0).max(axis=1)


@mistake(
    "pick",
    hint="The labels are in a list of their own, [labels], which is an axis more: you return (1, N). Leave those brackets out.",
    read="sec-arrays-fancy",
)
def as_a_row(scores, labels):
    """The result is a row, (1, N)."""
    return scores[np.arange(len(labels)), [labels]]


@mistake(
    "pick",
    hint="You compare the labels, (N,), with the classes, (C,): entry by entry, which fits only by accident. Give the labels a "
    "second axis.",
    read="sec-arrays-rule",
)
def mask_without_a_new_axis(scores, labels):
    """Labels and classes are compared without a new axis."""
    return scores[labels == np.arange(scores.shape[1])]


@mistake(
    "pick",
    hint="A label chooses a row of your table, as it does where np.take_along_axis goes along axis 0. The classes are the columns.",
    read="sec-arrays-fancy",
)
def taken_along_the_images(scores, labels):
    """The label chooses a row, and column 0 is read."""
    return np.take_along_axis(scores, labels[:, None].astype(int), axis=0)[:, 0]


@mistake(
    "pick",
    hint="np.take_along_axis wants as many axes in both arrays: the labels as a column, and the result without its second axis.",
    read="sec-arrays-fancy",
)
def no_column_to_take_along(scores, labels):
    """np.take_along_axis gets labels of one axis."""
    return np.take_along_axis(scores, labels.astype(int), axis=1)


@mistake(
    "pick",
    corner="100 classes, uint8",
    hint="The place i · C + label is calculated in the dtype of the labels, and uint8 has no number above 255. Let the row "
    "numbers be int64, as np.arange makes them.",
    read="sec-arrays-wrap",
)
def place_wraps(scores, labels):
    """The place in the flattened table wraps around in the dtype of the labels."""
    rows = (np.arange(len(labels)) * scores.shape[1]).astype(labels.dtype)
    return scores.ravel()[rows + labels]


@mistake(
    "pick",
    hint="argmax tells which class has the largest score: a number of a column. You want a score, that of the true class.",
    read="sec-arrays-fancy",
)
def class_for_score(scores, labels):
    """The class of the largest score is returned."""
    return scores.argmax(axis=1)


# --- right answers, written another way ---


@alternative("pick")
def summed_up(scores, labels):
    """The rows of a table that is 0 elsewhere, added up."""
    here = labels[:, None] == np.arange(scores.shape[1])
    return np.where(here, scores, 0).sum(axis=1)


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
