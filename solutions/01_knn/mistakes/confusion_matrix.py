"""Wrong answers to `confusion_matrix` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


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
    hint="The text asks for whole numbers: how many images of class i were taken for class j?",
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
    hint="No entry is above 1, though a pair occurs more than once. Count, do not mark. "
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
    corner="uint8",
    hint="num_classes · label was computed in uint8, which ends at 255.",
    read="sec-knn-confusion",
)
def cell_number_wraps(labels, predicted, num_classes):
    """The cell's number wraps around in uint8."""
    cells = labels * labels.dtype.type(num_classes) + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


@mistake(
    "confusion_matrix",
    hint="Their values are right. np.zeros gives floats unless it is told a dtype, and counts are whole numbers.",
    read="sec-knn-confusion",
)
def float_counts(labels, predicted, num_classes):
    """Counts are stored as floats."""
    matrix = np.zeros((num_classes, num_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


@mistake(
    "confusion_matrix",
    corner="small dtypes",
    hint="int16 ends at 32,767, which 300 · 300 exceeds. Calculate in int64.",
    read="sec-arrays-wrap",
)
def cell_number_in_int16(labels, predicted, num_classes):
    """label · num_classes + predicted is calculated in int16."""
    pairs = labels.astype(np.int16) * num_classes + predicted.astype(np.int16)
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


@mistake(
    "confusion_matrix",
    hint="Where a class is missing, those behind it move up by a row or column. The label itself is the index, not its place in np.unique.",
    read="sec-knn-confusion",
)
def place_among_unique(labels, predicted, num_classes):
    """Rows and columns are numbered by the classes that occur."""
    m = np.zeros((num_classes, num_classes), dtype=int)
    for i, a in enumerate(np.unique(labels)):
        for j, b in enumerate(np.unique(predicted)):
            m[i, j] = np.sum((labels == a) & (predicted == b))
    return m


@mistake(
    "confusion_matrix",
    hint="Its bins divide the range from the smallest to the largest value seen, so they meet the classes only by luck. Count at [label, predicted].",
    read="sec-knn-confusion",
)
def bins_of_their_own(labels, predicted, num_classes):
    """np.histogram2d chooses its own bins."""
    m, _, _ = np.histogram2d(labels, predicted, bins=num_classes)
    return m.astype(int)


@mistake(
    "confusion_matrix",
    hint="An array of comparisons is not simply true or false, but `if`, `and` and chained comparisons ask it to be. "
    "Combine arrays with & and set brackets, since & binds first: (labels == i) & (predicted == j).",
    read="sec-arrays-fancy",
)
def no_brackets(labels, predicted, num_classes):
    """An array is asked whether it is true."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    for i in range(num_classes):
        for j in range(num_classes):
            matrix[i, j] = np.sum(labels == i & predicted == j)
    return matrix


@mistake("confusion_matrix", same_as="no_brackets")
def and_between_arrays(labels, predicted, num_classes):
    """Two arrays are combined with and."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    for i in range(num_classes):
        for j in range(num_classes):
            matrix[i, j] = np.sum(labels == i and predicted == j)
    return matrix


@mistake(
    "confusion_matrix",
    hint="np.bincount ends at the largest number that occurs. Its argument minlength makes it go on, here to num_classes².",
    read="sec-knn-confusion",
)
def bincount_too_short(labels, predicted, num_classes):
    """np.bincount ends before the last pair of classes."""
    cells = num_classes * labels.astype(np.int64) + predicted.astype(np.int64)
    return np.bincount(cells).reshape(num_classes, num_classes)


@mistake(
    "confusion_matrix",
    hint="bins are edges, and n bins have n + 1 of them: 0, 1, …, num_classes.",
    read="sec-knn-confusion",
)
def one_edge_short(labels, predicted, num_classes):
    """np.histogram2d gets one edge too few."""
    edges = np.arange(num_classes)
    return np.histogram2d(labels, predicted, bins=(edges, edges))[0].astype(int)


@mistake(
    "confusion_matrix",
    hint="Every label was counted with every prediction. labels[n] belongs to predicted[n] alone: go through both with zip.",
    read="sec-knn-confusion",
)
def every_label_with_every_prediction(labels, predicted, num_classes):
    """Two nested loops go through labels and predictions."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    for i in labels:
        for j in predicted:
            matrix[i, j] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="The text asks for whole numbers: how many images of class i were taken for class j?",
    read="sec-knn-confusion",
)
def columns_normalised(labels, predicted, num_classes):
    """The counts are divided by the sum of their column."""
    matrix = np.zeros((num_classes, num_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix / np.maximum(matrix.sum(axis=0), 1)


@mistake(
    "confusion_matrix",
    hint="The text asks for whole numbers: how many images of class i were taken for class j?",
    read="sec-knn-confusion",
)
def fractions_of_all(labels, predicted, num_classes):
    """The counts are divided by the number of images."""
    matrix = np.zeros((num_classes, num_classes))
    np.add.at(matrix, (labels, predicted), 1)
    return matrix / len(labels)


@mistake(
    "confusion_matrix",
    corner="small dtypes",
    hint="The counts were kept in uint8, which ends at 255: 300 becomes 44. Let the matrix be of dtype int.",
    read="sec-arrays-wrap",
)
def counts_in_uint8(labels, predicted, num_classes):
    """The matrix has the dtype of the labels."""
    matrix = np.zeros((num_classes, num_classes), dtype=labels.dtype)
    for i, j in zip(labels, predicted, strict=True):
        matrix[i, j] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="Labels count from 0 here, so class 0 has row 0. With i − 1 it gets the last one.",
    read="sec-knn-confusion",
)
def labels_from_one(labels, predicted, num_classes):
    """The classes are counted from 1."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    for i, j in zip(labels.astype(int), predicted.astype(int)):
        matrix[i - 1, j - 1] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="[[0] * n] * n is one row, n times the same list: what is counted in one row is counted in all. np.zeros((n, n), dtype=int) makes a table.",
    read="sec-arrays-views",
)
def one_row_for_all(labels, predicted, num_classes):
    """All rows are the same list."""
    matrix = [[0] * num_classes] * num_classes
    for i, j in zip(labels, predicted):
        matrix[i][j] += 1
    return np.array(matrix)


@mistake(
    "confusion_matrix",
    hint="Only images that are right are counted. What is wrong stands beside the diagonal, and is what the matrix is for.",
    read="sec-knn-confusion",
)
def diagonal_alone(labels, predicted, num_classes):
    """Only right answers are counted."""
    matrix = np.zeros((num_classes, num_classes), dtype=int)
    for i, j in zip(labels, predicted):
        if i == j:
            matrix[i, j] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="The table has one row and column too many: labels end at num_classes − 1.",
    read="sec-knn-confusion",
)
def one_class_more(labels, predicted, num_classes):
    """There is a class too many."""
    matrix = np.zeros((num_classes + 1, num_classes + 1), dtype=int)
    for i, j in zip(labels, predicted):
        matrix[i, j] += 1
    return matrix


@mistake(
    "confusion_matrix",
    hint="A cat taken for a dog is another error than a dog taken for a cat: row true class, column prediction, and one count for each image.",
    read="sec-knn-confusion",
)
def counted_both_ways(labels, predicted, num_classes):
    """An error is counted in both directions."""
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts + counts.T - np.diag(np.diag(counts))


# --- right answers, written another way ---


@alternative("confusion_matrix")
def added_one_by_one(labels, predicted, num_classes):
    """A plain loop."""
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    for i, j in zip(labels, predicted, strict=True):
        matrix[i, j] += 1
    return matrix


@alternative("confusion_matrix")
def one_hot_product(labels, predicted, num_classes):
    """A product of one-hot matrices."""
    classes = np.arange(num_classes)
    truth = (labels[:, None] == classes).astype(int)
    return truth.T @ (predicted[:, None] == classes).astype(int)


@mistake(
    "confusion_matrix",
    hint="Your diagonal is 0. The right answers are counted as well: those of class i that were called i stand at [i, i].",
    read="sec-knn-confusion",
)
def errors_only(labels, predicted, num_classes):
    """Only wrong answers are counted."""
    counts = np.zeros((num_classes, num_classes), dtype=int)
    wrong = labels != predicted
    np.add.at(counts, (labels[wrong], predicted[wrong]), 1)
    return counts


@mistake(
    "confusion_matrix",
    hint="Class 0 has no row and no column in your count. The classes begin with 0: range(num_classes).",
    read="sec-knn-confusion",
)
def class_zero_left_out(labels, predicted, num_classes):
    """Class 0 is not counted."""
    counts = np.zeros((num_classes, num_classes), dtype=int)
    for i in range(1, num_classes):
        for j in range(1, num_classes):
            counts[i, j] = np.sum((labels == i) & (predicted == j))
    return counts


@mistake(
    "confusion_matrix",
    hint="You count the images that are of class i or were called j. Both have to hold: & in place of |.",
    read="sec-knn-confusion",
)
def either_counts(labels, predicted, num_classes):
    """An image counts where one of label and prediction fits."""
    classes = np.arange(num_classes)
    rows, columns = labels == classes[:, None, None], predicted == classes[:, None]
    return (rows | columns).sum(axis=2)
