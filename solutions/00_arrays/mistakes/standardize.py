"""Wrong answers to `standardize` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "standardize",
    hint="You use one mean and one deviation for the whole table, and large columns drown the small ones. axis says "
    "over which axis is averaged; a column is averaged over the rows.",
    read="sec-arrays-axes",
)
def one_mean_for_all(train, test):
    """One mean and one deviation serve all columns."""
    mean, std = train.mean(), train.std() or 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="You average over the columns of each row. axis names the axis that disappears: which one should?",
    read="sec-arrays-axes",
)
def rows(train, test):
    """The rows are standardised and not the columns."""

    def each(x):
        std = x.std(axis=1, keepdims=True)
        std[std == 0] = 1
        return (x - x.mean(axis=1, keepdims=True)) / std

    return each(train), each(test)


@mistake("standardize", same_as="rows")
def rows_of_train(train, test):
    """The rows are standardised and not the columns."""
    mean, std = train.mean(axis=1, keepdims=True), train.std(axis=1, keepdims=True)
    return (train - mean) / std, (test - mean) / std


@mistake("standardize", same_as="rows")
def rows_of_train_flat(train, test):
    """The rows are standardised and not the columns."""
    mean, std = train.mean(axis=1), train.std(axis=1)
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="You divide the sum of squares by N − 1 (ddof=1). The formula of the text divides by N.",
    read="sec-arrays-axes",
)
def ddof_one(train, test):
    """You divide by N − 1 in the standard deviation."""
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=1)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="The test set is moved by its own mean. Tomorrow a single test image arrives: what is its mean, and what "
    "would be left of it? Use the numbers of train.",
    read="sec-arrays-standardise",
)
def own_statistics(train, test):
    """The test set gets its own mean and deviation."""

    def each(x):
        mean, std = x.mean(axis=0), x.std(axis=0)
        std[x.max(axis=0) == x.min(axis=0)] = 1
        return (x - mean) / std

    return each(train), each(test)


@mistake(
    "standardize",
    hint="So the test images had a say in how the classifier is trained. Use the numbers of train alone.",
    read="sec-arrays-standardise",
)
def both_together(train, test):
    """Mean and deviation are those of both sets together."""
    both = np.concatenate([train, test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    std[both.max(axis=0) == both.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="The test set is divided, but not moved. If you do subtract a mean: that of a train that has been standardised "
    "already is 0, so take it before train changes.",
    read="sec-arrays-standardise",
)
def test_not_moved(train, test):
    """The mean is not subtracted from the test set."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, test / std


@mistake(
    "standardize",
    hint="The test set comes back as it was. If you do standardise it: a train that has been standardised already has the "
    "mean 0 and the deviation 1, so take both before train changes.",
    read="sec-arrays-standardise",
)
def test_untouched(train, test):
    """The test set stays as it was."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, test.copy()


@mistake(
    "standardize",
    corner="a constant column",
    hint="A column of equal numbers gives 0/0, which is nan. By what does the text divide such a column? If you do look for such "
    "columns: look in train alone, since test may hold other numbers there.",
    read="sec-arrays-nan",
)
def zero_over_zero(train, test):
    """A constant column gives 0/0."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="a constant column",
    hint="Your constant column is right in train, where it becomes 0. In test a value may differ from the constant, and "
    "0 or a division by 0 loses that: divide by 1, so that only the mean is subtracted.",
    read="sec-arrays-nan",
)
def nan_to_zero(train, test):
    """A constant column is mended after the division."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        moved = (train - mean) / std, (test - mean) / std
    return tuple(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0) for x in moved)


@mistake("standardize", corner="a constant column", same_as="nan_to_zero")
def nan_to_zero_large(train, test):
    """A constant column is mended after the division."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return np.nan_to_num((train - mean) / std), np.nan_to_num((test - mean) / std)


@mistake(
    "standardize",
    corner="rounding",
    hint="The mean of three times 0.1 is not 0.1 but 0.10000000000000002, so the deviation is not 0 but 1.4e-17, and "
    "you divide by that. Compare the largest and the smallest number of the column.",
    read="sec-arrays-nan",
)
def exactly_zero(train, test):
    """You test whether the standard deviation is exactly 0."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="constant and tiny columns",
    hint="Where train is constant and a test image is not, you divide by that small number alone, and get millions.",
    read="sec-arrays-nan",
)
def plus_epsilon(train, test):
    """You add a small number to the standard deviation."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / (std + 1e-8), (test - mean) / (std + 1e-8)


@mistake("standardize", same_as="plus_epsilon")
def plus_larger_epsilon(train, test):
    """You add a small number to the standard deviation."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / (std + 1e-5), (test - mean) / (std + 1e-5)


@mistake("standardize", corner="constant and tiny columns", same_as="plus_epsilon")
def at_least_epsilon(train, test):
    """You add a small number to the standard deviation."""
    mean, std = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-8)
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="tiny numbers",
    hint="Small is not constant: a column in metres may well vary by a billionth. A column is constant if its largest "
    "and smallest number are equal.",
    read="sec-arrays-nan",
)
def threshold(train, test):
    """You take a column of small numbers for a constant one."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[std < 1e-8] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="a constant column",
    hint="A constant column is to be moved to 0, too. Only the division is left out.",
    read="sec-arrays-nan",
)
def constant_left_alone(train, test):
    """A constant column keeps its numbers."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    constant = train.max(axis=0) == train.min(axis=0)
    mean[constant], std[constant] = 0, 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="a constant column",
    hint="The constant column is gone. The result has as many columns as the argument.",
    read="sec-arrays-nan",
)
def constant_dropped(train, test):
    """Constant columns are dropped."""
    varies = train.max(axis=0) > train.min(axis=0)
    train, test = train[:, varies], test[:, varies]
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="a column that is constant in test alone",
    hint="Whether a column is constant is learned, as its mean is: train decides, and a test set of a single image would have constant columns alone.",
    read="sec-arrays-standardise",
)
def constant_in_test(train, test):
    """You ask the test set which of its columns are constant."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    new = []
    for x in (train, test):
        std_x = np.where(x.max(axis=0) == x.min(axis=0), 1, std).astype(x.dtype)
        with np.errstate(all="ignore"):
            new.append((x - mean) / std_x)
    return tuple(new)


@mistake(
    "standardize",
    hint="The standard deviation is the root of the variance, and has the unit of the pixels.",
    read="sec-arrays-standardise",
)
def by_variance(train, test):
    """You divide by the variance."""
    mean, var = train.mean(axis=0), train.var(axis=0)
    var[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / var, (test - mean) / var


@mistake(
    "standardize",
    hint="The mean is right now, the scale is not: no column is divided by its deviation. If you do divide: an `if` "
    "decides for all columns at once, np.where or a mask for each.",
    read="sec-arrays-standardise",
)
def centred_only(train, test):
    """The mean is subtracted, and nothing is divided."""
    return train - train.mean(axis=0), test - train.mean(axis=0)


@mistake(
    "standardize",
    hint="After the division, the mean of each pixel over train should be 0. What is it in yours?",
    read="sec-arrays-standardise",
)
def scaled_only(train, test):
    """You divide and do not subtract the mean."""
    std = train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return train / std, test / std


@mistake(
    "standardize",
    hint="Division comes before subtraction: x − mean / std subtracts a quotient. Put brackets around what comes first.",
    read="sec-arrays-standardise",
)
def no_brackets(train, test):
    """Brackets are missing: x − mean / std."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return train - mean / std, test - mean / std


@mistake(
    "standardize",
    hint="You divide first, and then subtract the mean of the old numbers from the new ones.",
    read="sec-arrays-standardise",
)
def divided_first(train, test):
    """You divide first and then subtract the old mean."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return train / std - mean, test / std - mean


@mistake(
    "standardize",
    hint="Your columns run from 0 to 1. This is another way to scale; here the mean is to be 0 and the standard "
    "deviation 1.",
    read="sec-arrays-standardise",
)
def min_max(train, test):
    """You scale each column to the range from 0 to 1."""
    low, span = train.min(axis=0), np.ptp(train, axis=0)
    span[span == 0] = 1
    return (train - low) / span, (test - low) / span


@mistake(
    "standardize",
    hint="train -= mean changes the caller's array. Write train = train - mean.",
    read="sec-arrays-views",
)
def in_place(train, test):
    """You change train itself."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    train -= mean
    train /= std
    return train, (test - mean) / std


@mistake(
    "standardize",
    hint="The two results are in the wrong order: first train, then test.",
    read="sec-arrays-standardise",
)
def results_swapped(train, test):
    """You return test first."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (test - mean) / std, (train - mean) / std


@mistake(
    "standardize",
    hint="You divide by the length of the column, the root of the sum of the squares. The standard deviation is the root of their mean.",
    read="sec-arrays-standardise",
)
def by_norm(train, test):
    """You divide by the norm of the column."""
    mean = train.mean(axis=0)
    norm = np.linalg.norm(train - mean, axis=0)
    norm[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / norm, (test - mean) / norm


@mistake(
    "standardize",
    hint="You return train alone. Two results are separated by a comma: return train, test.",
    read="sec-arrays-standardise",
)
def train_alone(train, test):
    """You return one array, not two."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std


@mistake(
    "standardize",
    hint="Square what has lost its mean, once. Without it, the root of the mean square measures the distance from 0; where train is "
    "centred already and the old mean is taken off again, it measures the distance from that.",
    read="sec-arrays-standardise",
)
def mean_subtracted_twice(train, test):
    """The deviation is not that of the numbers less their mean: it is taken off not at all, or twice."""
    mean = train.mean(axis=0)
    constant = train.max(axis=0) == train.min(axis=0)
    train, test = train - mean, test - mean
    std = np.sqrt(np.mean((train - mean) ** 2, axis=0))
    std[constant] = 1
    return train / std, test / std


@mistake("standardize", same_as="test_untouched")
def train_overwritten(train, test):
    """The test set stays as it was."""
    constant = train.max(axis=0) == train.min(axis=0)
    train = (train - train.mean(axis=0)) / np.where(constant, 1, train.std(axis=0))
    test = (test - train.mean(axis=0)) / np.where(constant, 1, train.std(axis=0))
    return train, test


@mistake("standardize", same_as="test_not_moved")
def train_overwritten_std_kept(train, test):
    """The mean is not subtracted from the test set."""
    std = np.where(train.max(axis=0) == train.min(axis=0), 1, train.std(axis=0))
    train = (train - train.mean(axis=0)) / std
    return train, (test - train.mean(axis=0)) / std


@mistake("standardize", corner="a constant column", same_as="centred_only")
def one_if_for_all(train, test):
    """The mean is subtracted, and nothing is divided."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    if (train.max(axis=0) == train.min(axis=0)).any():
        std = 1
    return (train - mean) / std, (test - mean) / std


@mistake("standardize", corner="a constant column", same_as="nan_to_zero")
def constant_made_zero(train, test):
    """A constant column is mended after the division."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    constant = train.max(axis=0) == train.min(axis=0)
    std[constant] = 1
    return tuple(np.where(constant, 0, (x - mean) / std) for x in (train, test))


@mistake(
    "standardize",
    hint="std has a number for each column, and `if` wants one True or False. A mask decides column by column: "
    "std[mask] = 1, or np.where.",
    read="sec-arrays-fancy",
)
def if_on_an_array(train, test):
    """An `if` is given an array."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    if train.max(axis=0) == train.min(axis=0):
        std = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="The test set is moved by its own mean, though scaled by the deviation of train. Tomorrow a single test image "
    "arrives: its own mean would take all of it away. Use both numbers of train.",
    read="sec-arrays-standardise",
)
def own_mean(train, test):
    """The test set gets its own mean."""
    std = np.where(train.max(axis=0) == train.min(axis=0), 1, train.std(axis=0))
    return (train - train.mean(axis=0)) / std, (test - test.mean(axis=0)) / std


@mistake(
    "standardize",
    hint="The test set is moved by the mean of train, and scaled by its own deviation. Use both numbers of train.",
    read="sec-arrays-standardise",
)
def own_deviation(train, test):
    """The test set gets its own deviation."""
    mean, new = train.mean(axis=0), []
    for x in (train, test):
        std = np.where(x.max(axis=0) == x.min(axis=0), 1, x.std(axis=0))
        new.append((x - mean) / std)
    return tuple(new)


@mistake(
    "standardize",
    hint="You divide by the mean distance from the mean. The standard deviation squares the distances, averages the "
    "squares and takes the root of that, in this order.",
    read="sec-arrays-axes",
)
def mean_distance(train, test):
    """You divide by the mean distance, not by the standard deviation."""
    mean = train.mean(axis=0)
    std = np.abs(train - mean).mean(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    corner="columns far from 0",
    hint="Far from 0, the mean of the squares and the square of the mean are two huge numbers that are nearly equal: what is "
    "left of their difference is rounding. Take the mean off first, and square then.",
    read="sec-arrays-standardise",
    at="standardize: a column far from 0",
)
def mean_of_squares(train, test):
    """The variance is the mean of the squares less the square of the mean."""
    mean = train.mean(axis=0)
    std = np.sqrt((train**2).mean(axis=0) - mean**2)
    std = np.where(train.max(axis=0) == train.min(axis=0), 1.0, std)
    return (train - mean) / std, (test - mean) / std


@mistake("standardize", same_as="mean_of_squares")
def mean_of_squares_guarded(train, test):
    """The same, kept from being negative."""
    mean = train.mean(axis=0)
    variance = np.maximum((train * train).mean(axis=0) - mean * mean, 0)
    std = np.sqrt(np.where(train.max(axis=0) == train.min(axis=0), 1.0, variance))
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="Square brackets make a list. Two results in a tuple are written with a comma: return a, b.",
    read="sec-arrays-standardise",
)
def a_list_of_two(train, test):
    """You return a list and not a tuple."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return [(train - mean) / std, (test - mean) / std]


@mistake("standardize", same_as="zero_over_zero", corner="a constant column")
def constant_in_both(train, test):
    """A column counts as constant where train and test together are."""
    both = np.concatenate([train, test])
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(both.max(axis=0) == both.min(axis=0), 1, std)
    with np.errstate(all="ignore"):
        return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize", same_as="constant_in_test", corner="a column that is constant in test alone"
)
def constant_in_test_for_both(train, test):
    """The test set decides for both sets which columns are constant."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(test.max(axis=0) == test.min(axis=0), 1, std)
    with np.errstate(all="ignore"):
        return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="Every column has its own mean in your answer, but all share one deviation: std, too, needs an axis. A column is "
    "averaged over the rows.",
    read="sec-arrays-axes",
)
def one_deviation_for_all(train, test):
    """Each column has its own mean, but one deviation serves all."""
    mean, std = train.mean(axis=0), train.std() or 1
    return (train - mean) / std, (test - mean) / std


@mistake("standardize", same_as="one_deviation_for_all")
def one_deviation_of_the_centred(train, test):
    """One deviation of all numbers that have lost their column's mean."""
    mean = train.mean(axis=0)
    std = np.sqrt(((train - mean) ** 2).mean()) or 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="Every column has its own deviation in your answer, but all share one mean: mean, too, needs an axis.",
    read="sec-arrays-axes",
)
def one_mean_alone(train, test):
    """Each column has its own deviation, but one mean serves all."""
    mean, std = train.mean(), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="You divide by a distance of the largest or smallest number, from each other or from the mean. The standard deviation looks at all of them.",
    read="sec-arrays-standardise",
)
def by_range(train, test):
    """You divide by the range, or by the largest distance from the mean."""
    mean, std = train.mean(axis=0), train.max(axis=0) - train.min(axis=0)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std


@mistake("standardize", same_as="by_range")
def by_farthest(train, test):
    """You divide by the largest distance from the mean."""
    mean = train.mean(axis=0)
    std = np.abs(train - mean).max(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="The median is the number in the middle. The mean of the new columns is to be 0, so it is the mean that is subtracted.",
    read="sec-arrays-standardise",
)
def median_for_mean(train, test):
    """The median is subtracted, not the mean."""
    mean, std = np.median(train, axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


# --- right answers, written another way ---


@alternative("standardize")
def where(train, test):
    """np.where and np.ptp."""
    mean = train.mean(axis=0, keepdims=True)
    std = np.where(np.ptp(train, axis=0) > 0, train.std(axis=0), 1)
    return tuple((part - mean) / std for part in (train, test))


@alternative("standardize")
def column_by_column(train, test):
    """A loop over the columns."""
    new_train, new_test = np.empty_like(train), np.empty_like(test)
    for j in range(train.shape[1]):
        column = train[:, j]
        scale = (
            1 if (column == column[0]).all() else np.sqrt(((column - column.mean()) ** 2).mean())
        )
        new_train[:, j] = (column - column.mean()) / scale
        new_test[:, j] = (test[:, j] - column.mean()) / scale
    return new_train, new_test


@alternative("standardize")
def in_double_precision(train, test):
    """Computed in float64 and converted back; a list of the two would not do, a tuple does."""
    wide = train.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    std = wide.std(axis=0)
    std[low == high] = 1.0
    mean = np.where(low == high, low, wide.mean(axis=0))
    return ((wide - mean) / std).astype(train.dtype), ((test - mean) / std).astype(test.dtype)
