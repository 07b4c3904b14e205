"""Wrong answers to `one_hot` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "one_hot",
    corner="the last class is absent",
    hint="The number of columns comes from the labels that happen to occur. Where the last class is absent, a column is "
    "missing. Use num_classes.",
    read="sec-arrays-one-hot",
)
def as_many_as_occur(labels, num_classes):
    """There are only as many columns as the largest label asks for."""
    return np.eye(int(labels.max()) + 1)[labels]


@mistake(
    "one_hot",
    hint="Your table has a row for each class and a column for each label. It should be the other way round: which of "
    "the two arrays needs the new axis?",
    read="sec-arrays-one-hot",
)
def classes_down(labels, num_classes):
    """The table is transposed: (num_classes, N)."""
    return (labels == np.arange(num_classes)[:, None]).astype(float)


@mistake(
    "one_hot",
    hint="A comparison gives True and False. `.astype` makes numbers of them.",
    read="sec-arrays-one-hot",
)
def booleans(labels, num_classes):
    """The result is boolean."""
    return labels[:, None] == np.arange(num_classes)


@mistake(
    "one_hot",
    hint="Classes are counted from 0: label 0 has its 1 in the first column.",
    read="sec-arrays-one-hot",
)
def counted_from_one(labels, num_classes):
    """Your classes are counted from 1."""
    return (labels[:, None] == np.arange(1, num_classes + 1)).astype(float)


@mistake(
    "one_hot",
    hint="table[:, labels] = 1 fills whole columns: in every row, for every label. You want one entry in each row, so "
    "give NumPy a row number for each label, too.",
    read="sec-arrays-fancy",
)
def whole_columns(labels, num_classes):
    """Whole columns are filled."""
    table = np.zeros((len(labels), num_classes))
    table[:, labels] = 1
    return table


@mistake(
    "one_hot",
    hint="table[labels] = 1 fills whole rows. You want one entry in each row: give NumPy a row number and a column number "
    "for each label.",
    read="sec-arrays-fancy",
)
def whole_rows(labels, num_classes):
    """Whole rows are filled."""
    table = np.zeros((max(len(labels), num_classes), num_classes))
    table[labels] = 1
    return table[: len(labels)]


@mistake(
    "one_hot",
    corner="absent classes",
    hint="You use the labels that occur as the classes: np.unique leaves out the others, and their columns are "
    "missing. Use num_classes.",
    read="sec-arrays-one-hot",
)
def columns_that_occur(labels, num_classes):
    """Classes that do not occur have no column."""
    return (labels[:, None] == np.unique(labels)).astype(float)


@mistake(
    "one_hot",
    hint="The labels themselves stand in the table. Every row has a single 1, and else zeros.",
    read="sec-arrays-one-hot",
)
def label_in_its_place(labels, num_classes):
    """The label stands in its column, not a 1."""
    return (labels[:, None] == np.arange(num_classes)).astype(float) * labels[:, None]


@mistake(
    "one_hot",
    hint="Two arrays of shapes (N,) and (num_classes,) are compared entry by entry, if they can be compared at all. Give one of "
    "them a new axis.",
    read="sec-arrays-rule",
)
def no_new_axis(labels, num_classes):
    """Labels and classes are compared without a new axis."""
    return np.asarray(labels == np.arange(num_classes)).astype(float)


@mistake(
    "one_hot",
    corner="no loop",
    hint="Your loop is right, and slow. Compare all labels with all classes at once, or write all ones at once. ",
    read="sec-arrays-vectorise",
)
def in_a_loop(labels, num_classes):
    """You loop over the labels."""
    table = np.zeros((len(labels), num_classes))
    for row, label in zip(table, labels, strict=True):
        row[label] = 1
    return table


@mistake(
    "one_hot",
    hint="All rows stand behind each other in one long row. reshape cuts it into rows.",
    read="sec-arrays-memory",
)
def one_long_row(labels, num_classes):
    """The result is one long row."""
    return (labels[:, None] == np.arange(num_classes)).astype(float).ravel()


@mistake(
    "one_hot",
    hint="There is a column more than there are classes: label 0 has the first one.",
    read="sec-arrays-one-hot",
)
def one_column_more(labels, num_classes):
    """There is a column too many."""
    return np.eye(num_classes + 1)[labels]


@mistake(
    "one_hot",
    corner="the type of the result",
    hint="The result is a torch tensor. Here NumPy is enough; torch comes in section 5.",
    read="sec-arrays-torch",
)
def a_tensor(labels, num_classes):
    """You return a torch tensor."""
    return torch.nn.functional.one_hot(torch.from_numpy(labels.astype(np.int64)), num_classes)


@mistake(
    "one_hot",
    hint="Row and column number are in the wrong order: table[row, column]. The row is the number of the image, and the column "
    "its label.",
    read="sec-arrays-indexing",
)
def row_and_column_swapped(labels, num_classes):
    """Rows and columns are swapped."""
    table = np.zeros((len(labels), num_classes))
    table[labels, np.arange(len(labels))] = 1
    return table


@mistake(
    "one_hot",
    hint="np.put counts through the table as if it were one long row, so all ones land at its beginning. Give NumPy a row "
    "number and a column number for each label.",
    read="sec-arrays-fancy",
)
def put_into_the_flat_table(labels, num_classes):
    """You write into the flattened table: np.put(table, labels, 1)."""
    table = np.zeros((len(labels), num_classes))
    np.put(table, labels, 1)
    return table


@mistake("one_hot", same_as="counted_from_one")
def one_to_the_left(labels, num_classes):
    """Your classes are counted from 1."""
    table = np.zeros((len(labels), num_classes))
    table[np.arange(len(labels)), labels - 1] = 1
    return table


@mistake(
    "one_hot",
    hint="The 1 wanders down the diagonal, whatever the labels are: np.eye makes rows, and `labels` says which of them "
    "are wanted, in which order.",
    read="sec-arrays-fancy",
)
def labels_not_used(labels, num_classes):
    """You do not use the labels, only how many there are."""
    return np.eye(len(labels), num_classes)


@mistake(
    "one_hot",
    hint="In one long row, the entries of label i begin at i · num_classes. You take steps of another length.",
    read="sec-arrays-strides",
)
def wrong_step_in_the_flat_table(labels, num_classes):
    """The rows of the flattened table are taken to be N long."""
    flat = np.zeros(len(labels) * num_classes)
    flat[np.arange(len(labels)) * len(labels) + labels] = 1
    return flat.reshape(len(labels), num_classes)


@mistake(
    "one_hot",
    corner="70 labels, uint8",
    hint="The place i · num_classes + label is calculated in the dtype of the labels, and uint8 has no number above 255. Let the "
    "row numbers be int64, as np.arange makes them.",
    read="sec-arrays-wrap",
)
def place_wraps(labels, num_classes):
    """The place in the flattened table wraps around in the dtype of the labels."""
    flat = np.zeros(len(labels) * num_classes)
    rows = (np.arange(len(labels)) * num_classes).astype(labels.dtype)
    flat[rows + labels] = 1
    return flat.reshape(len(labels), num_classes)


@mistake(
    "one_hot",
    hint="A row has a single 1, at the label. You compare with >= or <=, which holds for all classes on one side of it.",
    read="sec-arrays-one-hot",
)
def ones_up_to_the_label(labels, num_classes):
    """All classes up to the label get a 1, or all from it on."""
    return (labels[:, None] >= np.arange(num_classes)).astype(float)


@mistake("one_hot", same_as="ones_up_to_the_label")
def ones_from_the_label_on(labels, num_classes):
    """All classes from the label on get a 1."""
    return (labels[:, None] <= np.arange(num_classes)).astype(float)


@mistake(
    "one_hot",
    hint="The other places hold 0, not −1.",
    read="sec-arrays-one-hot",
)
def minus_one_elsewhere(labels, num_classes):
    """The other classes get −1, not 0."""
    return np.where(labels[:, None] == np.arange(num_classes), 1.0, -1.0)


@mistake(
    "one_hot",
    hint="The 1 stands where label and class are equal. Yours stand where they differ.",
    read="sec-arrays-one-hot",
)
def zeros_and_ones_exchanged(labels, num_classes):
    """The zeros and ones are exchanged."""
    return (labels[:, None] != np.arange(num_classes)).astype(float)


@mistake(
    "one_hot",
    hint="Every class has a column, class 0 and the last one, too. (Statistics often leaves one out, since the others tell it.)",
    read="sec-arrays-one-hot",
)
def one_class_left_out(labels, num_classes):
    """A class has no column."""
    return (labels[:, None] == np.arange(1, num_classes)).astype(float)


@mistake("one_hot", same_as="one_class_left_out")
def last_class_left_out(labels, num_classes):
    """The last class has no column."""
    return (labels[:, None] == np.arange(num_classes - 1)).astype(float)


@mistake(
    "one_hot",
    hint="np.unique finds the labels that occur. There may be more classes than these: the table has num_classes columns.",
    read="sec-arrays-one-hot",
)
def as_many_as_are_different(labels, num_classes):
    """There are as many classes as different labels."""
    return np.eye(len(np.unique(labels)))[labels]


# --- right answers, written another way ---


@alternative("one_hot")
def whole_numbers(labels, num_classes):
    """Whole numbers are as good."""
    return (labels[:, None] == np.arange(num_classes)).astype(np.int64)


@alternative("one_hot")
def rows_of_the_identity(labels, num_classes):
    """Rows of the identity matrix."""
    return np.eye(num_classes)[labels]


@alternative("one_hot")
def written_at_once(labels, num_classes):
    """All ones written at once by two index arrays."""
    table = np.zeros((labels.size, num_classes))
    table[np.arange(labels.size), labels] = 1.0
    return table


@alternative("one_hot")
def outer_comparison(labels, num_classes):
    """np.equal.outer, and the identity again through take."""
    return np.equal.outer(labels, np.arange(num_classes)) * 1.0


@alternative("one_hot")
def double_precision(labels, num_classes):
    """float64, as `float` makes it."""
    return (labels[:, None] == np.arange(num_classes)).astype(float)
