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
