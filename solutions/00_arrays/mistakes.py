"""Wrong answers to assignment 0 that students really give, each with its name and a hint.

The first line of a docstring names the mistake: it completes "This is what you get when …". The hint
teaches and does not give the answer away. `read` is a section of the book. `at` names a check whose
failure means this mistake whatever the value.
"""

import numpy as np
import torch

from autograder.authoring.catalogue import mistake

# --- to_nchw ---


@mistake(
    "to_nchw",
    hint="Reshape keeps the numbers in the order in which they lie in memory and only cuts them anew: channels and "
    "pixels get mixed. To move an axis, transpose.",
    read="sec-arrays-layouts",
)
def reshaped(images):
    """You reshape where you should transpose."""
    n, h, w, _ = images.shape
    return (images[..., ::-1].reshape(n, 3, h, w).astype(np.float32) - 128) / 128


@mistake("to_nchw", same_as="reshaped")
def reshaped_first(images):
    """You reshape where you should transpose."""
    n, h, w, _ = images.shape
    return (images.reshape(n, 3, h, w)[:, ::-1].astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="Your images lie on their side. The new axes are N, channels, H, W: which of the old axes, counted from 0, "
    "is each of them?",
    read="sec-arrays-layouts",
)
def height_and_width_swapped(images):
    """Height and width are swapped."""
    return (images[..., ::-1].transpose(0, 3, 2, 1).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="OpenCV gives blue first, and you want red first. Faces turn blue this way, and no error tells you.",
    read="sec-arrays-images",
)
def blue_first(images):
    """The channels stay in the order blue, green, red."""
    return (images.transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="You turn the images left to right: [::-1] is applied to another axis than you think. Count the axes at the "
    "point where you use it.",
    read="sec-arrays-indexing",
)
def mirrored(images):
    """You reverse the columns and not the channels."""
    return (images[:, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="You turn the images upside down: [::-1] is applied to another axis than you think.",
    read="sec-arrays-indexing",
)
def upside_down(images):
    """You reverse the rows and not the channels."""
    return (images[:, ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="[::-1] without a comma reverses the first axis: that of the images.",
    read="sec-arrays-indexing",
)
def batch_reversed(images):
    """You reverse the order of the images and not of the channels."""
    return (images[::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="images − 128 is computed in uint8, where 0 − 128 is 128. Change the dtype before you subtract.",
    read="sec-arrays-wrap",
)
def wrapped(images):
    """You subtract in uint8, and dark pixels wrap around."""
    return ((images[..., ::-1] - np.uint8(128)) / 128).astype(np.float32).transpose(0, 3, 1, 2)


@mistake(
    "to_nchw",
    hint="int8 ends at 127. A pixel of 200 has no place in it and becomes −56.",
    read="sec-arrays-wrap",
)
def as_int8(images):
    """You convert to int8, and bright pixels wrap around."""
    return ((images[..., ::-1].astype(np.int8).astype(np.float32) - 128) / 128).transpose(
        0, 3, 1, 2
    )


@mistake(
    "to_nchw",
    hint="Pixels in [0, 1] are common, too, but the text asks for another scale: what becomes of 0, and of 128?",
    read="sec-arrays-dtypes",
)
def zero_to_one(images):
    """You divide by 255, which gives numbers from 0 to 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255


@mistake(
    "to_nchw",
    hint="p / 127.5 − 1 looks much the same, but it moves 128 away from 0. Follow the formula of the text.",
    read="sec-arrays-dtypes",
)
def other_scale(images):
    """You divide by 127.5 and subtract 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1


@mistake(
    "to_nchw",
    hint="Division comes before subtraction: p − 128 / 128 is p − 1. Put brackets around what comes first.",
    read="sec-arrays-dtypes",
)
def brackets_missing(images):
    """Brackets are missing: p − 128 / 128 is p − 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128 / 128


@mistake(
    "to_nchw",
    hint="The scale is missing: divide by 128 as well.",
    read="sec-arrays-dtypes",
)
def not_scaled(images):
    """You subtract 128 and do not divide."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128


@mistake(
    "to_nchw",
    hint="// rounds down to a whole number: only −1 and 0 are left. You want /.",
    read="sec-arrays-dtypes",
)
def floor_division(images):
    """You divide by //."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) // 128


@mistake(
    "to_nchw",
    hint="A whole number divided by a whole number gives float64, twice the memory of the float32 that is asked for. "
    "`.astype` converts.",
    read="sec-arrays-dtypes",
)
def in_float64(images):
    """The result is float64."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float64) - 128) / 128


@mistake(
    "to_nchw",
    hint="A Python loop over the images takes a microsecond or more for each; NumPy does all of them at once.",
    read="sec-arrays-vectorise",
)
def image_by_image(images):
    """You loop over the images."""
    return np.array([(i[..., ::-1].transpose(2, 0, 1).astype("f4") - 128) / 128 for i in images])


@mistake(
    "to_nchw",
    hint="`.T` reverses the order of all axes: (3, W, H, N). `.transpose` takes the old number of each new axis.",
    read="sec-arrays-layouts",
)
def all_axes_reversed(images):
    """You transpose with .T, which reverses all the axes."""
    return (images.T.astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="One image is a batch, too: (1, 3, H, W). squeeze drops every axis of length 1, whether you think of it or not.",
    read="sec-arrays-axes",
)
def squeezed(images):
    """Axes of length 1 are dropped."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32).squeeze() - 128) / 128


@mistake(
    "to_nchw",
    hint="The result is a torch tensor. Here NumPy is enough; torch comes in section 5.",
    read="sec-arrays-torch",
)
def a_tensor(images):
    """You return a torch tensor."""
    return (torch.from_numpy(images).permute(0, 3, 1, 2).flip(1).float() - 128) / 128


# --- standardize ---


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
    hint="Mean and deviation are taken over both sets together. So the test images had a say in how the classifier is "
    "trained. Use the numbers of train alone.",
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
    hint="The test set is divided, but not moved. Both sets get both steps.",
    read="sec-arrays-standardise",
)
def test_not_moved(train, test):
    """The mean is not subtracted from the test set."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, test / std


@mistake(
    "standardize",
    hint="The test set comes back as it was. Images that a classifier sees in use must look like those that it was "
    "trained on: do to them what you do to train.",
    read="sec-arrays-standardise",
)
def test_untouched(train, test):
    """The test set stays as it was."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, test.copy()


@mistake(
    "standardize",
    hint="A column of equal numbers gives 0/0, which is nan. By what does the text divide such a column?",
    read="sec-arrays-nan",
)
def zero_over_zero(train, test):
    """A constant column gives 0/0."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="The nan of a constant column is gone in train, but in test the difference is divided by 0 or put to 0. A "
    "test image may well have another value there: only subtract the mean.",
    read="sec-arrays-nan",
)
def nan_to_zero(train, test):
    """You replace nan by 0 after the division."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        moved = (train - mean) / std, (test - mean) / std
    return tuple(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0) for x in moved)


@mistake("standardize", same_as="nan_to_zero")
def nan_to_zero_large(train, test):
    """You replace nan by 0 after the division."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        return np.nan_to_num((train - mean) / std), np.nan_to_num((test - mean) / std)


@mistake(
    "standardize",
    hint="The mean of three times 0.1 is not 0.1 but 0.10000000000000002, so the deviation is not 0 but 1.4e-17, and "
    "you divide by that. Compare the largest and the smallest number of the column.",
    read="sec-arrays-floats",
)
def exactly_zero(train, test):
    """You test whether the standard deviation is exactly 0."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[std == 0] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="A small number is added to the standard deviation. Where train is constant and a test image is not, you "
    "divide by that small number, and get millions.",
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


@mistake("standardize", same_as="plus_epsilon")
def at_least_epsilon(train, test):
    """You add a small number to the standard deviation."""
    mean, std = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-8)
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
    hint="Small is not constant: a column in metres may well vary by a billionth. A column is constant if its largest "
    "and smallest number are equal.",
    read="sec-arrays-floats",
)
def threshold(train, test):
    """You take a column of small numbers for a constant one."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    std[std < 1e-8] = 1
    return (train - mean) / std, (test - mean) / std


@mistake(
    "standardize",
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
    hint="In the test set you look for columns that are constant in the test set. A column is constant if it is so in train.",
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
    hint="You divide by the variance. The standard deviation is its root.",
    read="sec-arrays-standardise",
)
def by_variance(train, test):
    """You divide by the variance."""
    mean, var = train.mean(axis=0), train.var(axis=0)
    var[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / var, (test - mean) / var


@mistake(
    "standardize",
    hint="The mean is right now, the scale is not: divide as well.",
    read="sec-arrays-standardise",
)
def centred_only(train, test):
    """You subtract the mean and do not divide."""
    return train - train.mean(axis=0), test - train.mean(axis=0)


@mistake(
    "standardize",
    hint="You divide and do not subtract the mean.",
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
    hint="float32 goes in, so float32 should come out. Something in your function is a float64 array and makes the rest so.",
    read="sec-arrays-dtypes",
)
def becomes_float64(train, test):
    """float32 becomes float64."""
    mean, std = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std


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


# --- broadcast_shape ---


@mistake(
    "broadcast_shape",
    hint="You align the shapes at the left. A row of 3 numbers fits a (2, 3) table because the last axes stand below "
    "each other.",
    read="sec-arrays-rule",
)
def aligned_left(a, b):
    """The shapes are aligned at the left."""
    length = max(len(a), len(b))
    return _pairs(a + (1,) * (length - len(a)), b + (1,) * (length - len(b)))


@mistake("broadcast_shape", same_as="aligned_left")
def aligned_left_truncated(a, b):
    """The shapes are aligned at the left."""
    length = min(len(a), len(b))
    return _pairs(a[:length], b[:length])


@mistake(
    "broadcast_shape",
    hint="You take (n,) for a column, (n, 1). It is a row: NumPy puts the missing 1 on the left.",
    read="sec-arrays-rule",
)
def vector_is_a_column(a, b):
    """(n,) counts as (n, 1)."""
    if len(a) != len(b):
        a, b = ((*s, 1) if len(s) == 1 else s for s in (a, b))
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)


@mistake(
    "broadcast_shape",
    hint="You stop at the end of the shorter shape (zip does that). The other axes of the longer one belong to the "
    "result as well.",
    read="sec-arrays-rule",
)
def stops_at_the_shorter(a, b):
    """The axes that only one of the shapes has are lost."""
    shape = ()
    for m, n in zip(a[::-1], b[::-1], strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape = (n if m == 1 else m, *shape)
    return shape


@mistake(
    "broadcast_shape",
    hint="You go through the axes from the right, which is good, and return the result in that order. Turn it round.",
    read="sec-arrays-rule",
)
def turned_round(a, b):
    """The result is in the reverse order."""
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)[::-1]


@mistake(
    "broadcast_shape",
    hint="The larger of the two numbers is right for 3 and 1, but not for 0 and 1: an axis of length 0 stays one.",
    read="sec-arrays-rule",
)
def larger_of_the_two(a, b):
    """You take the larger of the two numbers."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="Shapes that do not fit give a result. 2 against 3 is an error: neither is 1.",
    read="sec-arrays-rule",
)
def no_error(a, b):
    """Shapes that do not fit raise no error."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


@mistake("broadcast_shape", same_as="no_error")
def no_error_larger(a, b):
    """Shapes that do not fit raise no error."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    return tuple(0 if 0 in (m, n) else max(m, n) for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="Two different numbers fit if one of them is 1. You raise an error there.",
    read="sec-arrays-rule",
)
def one_does_not_stretch(a, b):
    """An axis of length 1 is not stretched."""
    length = max(len(a), len(b))
    a, b = a[:0] + (None,) * (length - len(a)) + a, (None,) * (length - len(b)) + b
    if any(m != n and None not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return tuple(n if m is None else m for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="Only the axes where b has a 1 are stretched. It works in both directions, even in the same sum.",
    read="sec-arrays-rule",
)
def only_one_way(a, b):
    """Only b is stretched, and not a."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    if any(m != n and n != 1 for m, n in zip(a, b, strict=True)):
        raise ValueError("the shapes do not fit")
    return a


@mistake(
    "broadcast_shape",
    hint="You only accept shapes of the same length. The shorter one gets ones on its left.",
    read="sec-arrays-rule",
)
def same_length_only(a, b):
    """Shapes of different lengths raise an error."""
    if len(a) != len(b):
        raise ValueError("the shapes have different lengths")
    return _pairs(a, b)


@mistake(
    "broadcast_shape",
    hint="Swapping a and b gives something else: you take for granted that one of them is the longer.",
    read="sec-arrays-rule",
)
def first_is_longer(a, b):
    """You take for granted that a is the longer shape."""
    return _pairs(a, (1,) * (len(a) - len(b)) + b)


@mistake("broadcast_shape", same_as="first_is_longer")
def first_is_longer_truncated(a, b):
    """You take for granted that a is the longer shape."""
    b = (1,) * (len(a) - len(b)) + b
    shape = []
    for m, n in zip(a, b, strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape.append(n if m == 1 else m)
    return tuple(shape)


@mistake(
    "broadcast_shape",
    hint="A shape is a tuple, as x.shape is. tuple(…) makes one of a list.",
    read="sec-arrays-rule",
)
def a_list(a, b):
    """You return a list and not a tuple."""
    length = max(len(a), len(b))
    return list(_pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b))


@mistake(
    "broadcast_shape",
    hint="You let 6 fit to 3 because 3 divides it. NumPy repeats an axis of length 1 only.",
    read="sec-arrays-rule",
)
def multiples_fit(a, b):
    """A number that divides the other counts as fitting."""
    length = max(len(a), len(b))
    shape = ()
    for m, n in zip((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b, strict=True):
        if 0 not in (m, n) and max(m, n) % min(m, n):
            raise ValueError("the shapes do not fit")
        if 0 in (m, n) and m != n and 1 not in (m, n):
            raise ValueError("the shapes do not fit")
        shape += (0 if 0 in (m, n) else max(m, n),)
    return shape


@mistake(
    "broadcast_shape",
    hint="You treat 0 like a number that is missing. An axis of length 0 fits to 1 and to 0, and to nothing else.",
    read="sec-arrays-rule",
)
def zero_always_fits(a, b):
    """An axis of length 0 fits to everything."""
    length = max(len(a), len(b))
    shape = ()
    for m, n in zip((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b, strict=True):
        if m != n and not {0, 1} & {m, n}:
            raise ValueError("the shapes do not fit")
        shape += (0 if 0 in (m, n) else max(m, n),)
    return shape


@mistake(
    "broadcast_shape",
    hint="You raise an error for shapes that do not fit, but of another kind. Whoever calls your function waits for "
    "a ValueError.",
    read="sec-arrays-rule",
)
def another_error(a, b):
    """You raise another error than ValueError."""
    length = max(len(a), len(b))
    a, b = (1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b
    assert all(m == n or 1 in (m, n) for m, n in zip(a, b, strict=True)), "they do not fit"
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


@mistake(
    "broadcast_shape",
    hint="You put a single 1 in front of the shorter shape. It needs as many as are missing.",
    read="sec-arrays-rule",
)
def a_single_one(a, b):
    """Only one missing axis is filled in."""
    if len(a) < len(b):
        a = (1, *a)
    if len(b) < len(a):
        b = (1, *b)
    length = min(len(a), len(b))
    return _pairs(a[:length], b[:length])


@mistake(
    "broadcast_shape",
    hint="A single number has the shape (), and it fits to everything.",
    read="sec-arrays-rule",
)
def empty_shape_refused(a, b):
    """The empty shape raises an error."""
    if not a or not b:
        raise ValueError("an empty shape")
    length = max(len(a), len(b))
    return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)


@mistake(
    "broadcast_shape",
    hint='Whoever reads the error wants to know which shapes do not fit: raise ValueError(f"…") with a message.',
    read="sec-arrays-checks",
)
def without_a_message(a, b):
    """Your ValueError has no message."""
    length = max(len(a), len(b))
    try:
        return _pairs((1,) * (length - len(a)) + a, (1,) * (length - len(b)) + b)
    except ValueError:
        raise ValueError from None


# --- one_hot ---


@mistake(
    "one_hot",
    hint="The number of columns comes from the labels that happen to occur. Where the last class is absent, a column is "
    "missing. Use num_classes.",
    read="sec-arrays-one-hot",
)
def as_many_as_occur(labels, num_classes):
    """There are only as many columns as the largest label asks for."""
    return np.eye(int(labels.max()) + 1, dtype=np.float32)[labels]


@mistake(
    "one_hot",
    hint="Your table has a row for each class and a column for each label. It should be the other way round: which of "
    "the two arrays needs the new axis?",
    read="sec-arrays-one-hot",
)
def classes_down(labels, num_classes):
    """The table is transposed: (num_classes, N)."""
    return (labels == np.arange(num_classes)[:, None]).astype(np.float32)


@mistake(
    "one_hot",
    hint="A comparison gives True and False. `.astype` makes numbers of them.",
    read="sec-arrays-dtypes",
)
def booleans(labels, num_classes):
    """The result is boolean."""
    return labels[:, None] == np.arange(num_classes)


@mistake(
    "one_hot",
    hint="The numbers are right, their dtype is not: the text asks for float32, so that they can be multiplied with "
    "float32 scores.",
    read="sec-arrays-dtypes",
)
def whole_numbers(labels, num_classes):
    """The result has whole numbers."""
    return (labels[:, None] == np.arange(num_classes)).astype(np.int64)


@mistake(
    "one_hot",
    hint="np.zeros and np.eye make float64 unless you tell them the dtype.",
    read="sec-arrays-dtypes",
)
def double_precision(labels, num_classes):
    """The result is float64."""
    return np.eye(num_classes)[labels]


@mistake(
    "one_hot",
    hint="Classes are counted from 0: label 0 has its 1 in the first column.",
    read="sec-arrays-one-hot",
)
def counted_from_one(labels, num_classes):
    """Your classes are counted from 1."""
    return (labels[:, None] == np.arange(1, num_classes + 1)).astype(np.float32)


@mistake(
    "one_hot",
    hint="table[:, labels] = 1 fills whole columns: in every row, for every label. You want one entry in each row, so "
    "give NumPy a row number for each label, too.",
    read="sec-arrays-fancy",
)
def whole_columns(labels, num_classes):
    """Whole columns are filled."""
    table = np.zeros((len(labels), num_classes), np.float32)
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
    table = np.zeros((max(len(labels), num_classes), num_classes), np.float32)
    table[labels] = 1
    return table[: len(labels)]


@mistake(
    "one_hot",
    hint="You use the labels that occur as the classes: np.unique leaves out the others, and their columns are "
    "missing. Use num_classes.",
    read="sec-arrays-one-hot",
)
def columns_that_occur(labels, num_classes):
    """Classes that do not occur have no column."""
    return (labels[:, None] == np.unique(labels)).astype(np.float32)


@mistake(
    "one_hot",
    hint="The labels themselves stand in the table. Every row has a single 1, and else zeros.",
    read="sec-arrays-one-hot",
)
def label_in_its_place(labels, num_classes):
    """The label stands in its column, not a 1."""
    return (labels[:, None] == np.arange(num_classes)).astype(np.float32) * labels[:, None].astype(
        "f4"
    )


@mistake(
    "one_hot",
    hint="Two arrays of shapes (N,) and (num_classes,) are compared entry by entry, if they can be compared at all. Give one of "
    "them a new axis.",
    read="sec-arrays-rule",
)
def no_new_axis(labels, num_classes):
    """Labels and classes are compared without a new axis."""
    return np.asarray(labels == np.arange(num_classes)).astype(np.float32)


@mistake(
    "one_hot",
    hint="Your loop is right, and slow. Compare all labels with all classes at once, or write all ones at once. (`range` as an "
    "index is a loop, too; take np.arange.)",
    read="sec-arrays-vectorise",
)
def in_a_loop(labels, num_classes):
    """You loop over the labels."""
    table = np.zeros((len(labels), num_classes), np.float32)
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
    return (labels[:, None] == np.arange(num_classes)).astype(np.float32).ravel()


@mistake(
    "one_hot",
    hint="There is a column more than there are classes: label 0 has the first one.",
    read="sec-arrays-one-hot",
)
def one_column_more(labels, num_classes):
    """There is a column too many."""
    return np.eye(num_classes + 1, dtype=np.float32)[labels]


@mistake(
    "one_hot",
    hint="The result is a torch tensor. Here NumPy is enough; torch comes in section 5.",
    read="sec-arrays-torch",
)
def a_tensor(labels, num_classes):
    """You return a torch tensor."""
    return torch.nn.functional.one_hot(
        torch.from_numpy(labels.astype(np.int64)), num_classes
    ).float()


# --- pick ---


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


# --- predictions ---


@mistake(
    "predictions",
    hint="An index takes the axis away. A slice would keep it, with length 1.",
    read="sec-arrays-indexing",
)
def index_keeps_axis(*_):
    """You think that x[1] keeps the first axis."""
    return _right() | {"a": (1, 3, 4)}


@mistake(
    "predictions",
    hint="x[1] takes from the first axis, whichever you had in mind.",
    read="sec-arrays-indexing",
)
def index_takes_the_last(*_):
    """You think that x[1] takes from the last axis."""
    return _right() | {"a": (2, 3)}


@mistake(
    "predictions",
    hint="A slice keeps its axis, even if only one entry is left.",
    read="sec-arrays-indexing",
)
def slice_drops_axis(*_):
    """You think that a slice of length 1 takes the axis away."""
    return _right() | {"b": (2, 4)}


@mistake(
    "predictions",
    hint="1:2 ends before 2.",
    read="sec-arrays-indexing",
)
def slice_includes_end(*_):
    """You think that a slice includes its end."""
    return _right() | {"b": (2, 2, 4)}


@mistake(
    "predictions",
    hint="axis names the axis that is summed over, so this one disappears and the others stay.",
    read="sec-arrays-axes",
)
def axis_that_stays(*_):
    """You think that axis names the axis that stays."""
    return _right() | {"c": (3,)}


@mistake(
    "predictions",
    hint="The sum over one axis takes one axis away. Axes are counted from 0.",
    read="sec-arrays-axes",
)
def axes_from_one(*_):
    """You count the axes from 1."""
    return _right() | {"c": (3, 4)}


@mistake(
    "predictions",
    hint="keepdims=True keeps the axis that is averaged over, with length 1.",
    read="sec-arrays-axes",
)
def keepdims_forgotten(*_):
    """You overlook keepdims."""
    return _right() | {"d": (2, 3)}


@mistake(
    "predictions",
    hint="Write (5,) below (5, 1), aligned at the right. What is under the 5 of the column, and what under its 1?",
    read="sec-arrays-rule",
)
def row_minus_column_is_a_row(*_):
    """You think that a row minus a column is a row."""
    return _right() | {"e": (5,)}


@mistake(
    "predictions",
    hint="Write (5,) below (5, 1), aligned at the right. What is under the 5 of the column, and what under its 1?",
    read="sec-arrays-rule",
)
def row_minus_column_is_a_column(*_):
    """You think that a row minus a column is a column."""
    return _right() | {"e": (5, 1)}


@mistake(
    "predictions",
    hint="transpose(2, 0, 1) says where each new axis comes from: the first new one is the old axis 2. You read it as where "
    "the old ones go.",
    read="sec-arrays-layouts",
)
def transpose_backwards(*_):
    """You read the arguments of transpose the wrong way round."""
    return _right() | {"f": (3, 4, 2)}


@mistake(
    "predictions",
    hint="uint8 has no 260. What comes after 255?",
    read="sec-arrays-wrap",
)
def no_wrap(*_):
    """You think that 250 + 10 is 260 in uint8."""
    return _right() | {"g": [260, 30]}


@mistake(
    "predictions",
    hint="uint8 does not stop at 255, it wraps around.",
    read="sec-arrays-wrap",
)
def saturates(*_):
    """You think that uint8 stops at 255."""
    return _right() | {"g": [255, 30]}


@mistake(
    "predictions",
    hint="A sum of small whole numbers is computed in 64 bits, since nearly every sum of pixels is beyond 255. It is "
    "elementwise arithmetic that wraps.",
    read="sec-arrays-wrap",
)
def sum_wraps(*_):
    """You think that sum wraps around as + does."""
    return _right() | {"h": 14}


@mistake(
    "predictions",
    hint="/ always gives floats: 20 / 2 is 10.0.",
    read="sec-arrays-dtypes",
)
def division_stays_whole(*_):
    """You think that / keeps whole numbers."""
    return _right() | {"i": "uint8"}


@mistake(
    "predictions",
    hint="Whole numbers become float64 when they are divided. (uint8 arrays of other operations may give smaller floats.)",
    read="sec-arrays-dtypes",
)
def division_gives_float32(*_):
    """You think that / gives float32."""
    return _right() | {"i": "float32"}


@mistake(
    "predictions",
    hint="A plain Python number has no dtype of its own that counts: the array decides.",
    read="sec-arrays-dtypes",
)
def number_widens(*_):
    """You think that a Python number makes a float32 array float64."""
    return _right() | {"j": "float64"}


@mistake(
    "predictions",
    hint="Of two arrays, the wider dtype wins: nothing of float64 may be lost.",
    read="sec-arrays-dtypes",
)
def narrower_wins(*_):
    """You think that float32 and float64 give float32."""
    return _right() | {"k": "float32"}


@mistake(
    "predictions",
    hint="A slice copies nothing: it is a view.",
    read="sec-arrays-views",
)
def slice_copies(*_):
    """You think that a slice is a copy."""
    return _right() | {"l": False}


@mistake(
    "predictions",
    hint="The numbers at a list of places can lie anywhere, so no start and step describes them. NumPy copies them.",
    read="sec-arrays-views",
)
def list_of_places_is_a_view(*_):
    """You think that an index with a list is a view."""
    return _right() | {"m": True}


@mistake(
    "predictions",
    hint="transpose moves no number: it only changes how many bytes a step along each axis is.",
    read="sec-arrays-strides",
)
def transpose_copies(*_):
    """You think that transpose copies."""
    return _right() | {"n": False}


@mistake(
    "predictions",
    hint="After the transpose the numbers no longer lie in the order that reshape needs, so it has to copy them.",
    read="sec-arrays-strides",
)
def reshape_never_copies(*_):
    """You think that reshape never copies."""
    return _right() | {"o": True}


@mistake(
    "predictions",
    hint="astype copies even if the dtype is the same, unless you say copy=False.",
    read="sec-arrays-views",
)
def astype_same_is_a_view(*_):
    """You think that astype to the same dtype is a view."""
    return _right() | {"p": True}


@mistake(
    "predictions",
    hint="from_numpy and .numpy() share the memory of the array. It is torch.tensor that copies.",
    read="sec-arrays-torch",
)
def from_numpy_copies(*_):
    """You think that from_numpy copies."""
    return _right() | {"q": False}


@mistake(
    "predictions",
    hint="A letter has no answer.",
    read="sec-arrays-checks",
)
def letters_missing(*_):
    """A prediction is missing."""
    return {letter: answer for letter, answer in _right().items() if letter not in "fkq"}


# --- windows ---


@mistake(
    "windows",
    hint="The last window is missing. In a row of 4 pixels, how many windows of 3 are there? Count them by hand.",
    read="sec-arrays-windows",
)
def last_one_missing(image, size, stride):
    """The last row and column of windows are missing."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    h, w = ((n - k) // stride for n, k in zip(image.shape, size, strict=True))
    return every[:h, :w]


@mistake(
    "windows",
    hint="size is (height, width): the first number counts rows.",
    read="sec-arrays-windows",
)
def size_swapped(image, size, stride):
    """Height and width of the window are swapped."""
    return np.lib.stride_tricks.sliding_window_view(
        np.pad(image, ((0, max(0, size[1] - len(image))), (0, 0)))[:, :], (size[1], size[0])
    )[::stride, ::stride]


@mistake(
    "windows",
    hint="Your first axis runs to the right and your second one down. Rows come first, as in the image.",
    read="sec-arrays-windows",
)
def columns_first(image, size, stride):
    """The axes of the result are (columns, rows, h, w)."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(1, 0, 2, 3)


@mistake(
    "windows",
    hint="Each of your windows lies on its side.",
    read="sec-arrays-windows",
)
def windows_transposed(image, size, stride):
    """Each window is transposed."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(0, 1, 3, 2)


@mistake(
    "windows",
    hint="The place in the window comes first in your result, and then the window. The text wants the window first.",
    read="sec-arrays-windows",
)
def place_in_window_first(image, size, stride):
    """The axes of the result are (h, w, rows, columns)."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(2, 3, 0, 1)


@mistake(
    "windows",
    hint="Your windows move by one pixel, whatever stride is. Take every stride-th of them, down and to the right.",
    read="sec-arrays-windows",
)
def stride_ignored(image, size, stride):
    """The stride is ignored."""
    return np.lib.stride_tricks.sliding_window_view(image, size)


@mistake(
    "windows",
    hint="Your windows move by stride in one direction only.",
    read="sec-arrays-windows",
)
def stride_down_only(image, size, stride):
    """The stride holds downwards only."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride]


@mistake(
    "windows",
    hint="Your windows move by stride in one direction only.",
    read="sec-arrays-windows",
)
def stride_right_only(image, size, stride):
    """The stride holds to the right only."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:, ::stride]


@mistake(
    "windows",
    hint="The stride is applied inside the windows: they lose pixels. It is the windows that should move in larger steps.",
    read="sec-arrays-windows",
)
def stride_inside(image, size, stride):
    """The stride is applied inside the windows."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:, :, ::stride, ::stride]


@mistake(
    "windows",
    hint="You take every stride-th pixel of the image first, and then windows of what is left.",
    read="sec-arrays-windows",
)
def image_thinned_first(image, size, stride):
    """The stride thins out the image before the windows are taken."""
    thin = image[::stride, ::stride]
    fits = tuple(min(n, k) for n, k in zip(thin.shape, size, strict=True))
    return np.lib.stride_tricks.sliding_window_view(thin, fits)


@mistake(
    "windows",
    hint="Your windows lie side by side and do not overlap: they move by their own size, and not by stride.",
    read="sec-arrays-windows",
)
def side_by_side(image, size, stride):
    """The windows move by their own size."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:: size[0], :: size[1]]


@mistake(
    "windows",
    hint="All windows stand in one row. Keep two axes for them: rows and columns.",
    read="sec-arrays-windows",
)
def in_one_row(image, size, stride):
    """The windows stand in a single row."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.reshape(-1, *size)


@mistake(
    "windows",
    hint="Each of your windows is a row of numbers. Keep its height and width.",
    read="sec-arrays-windows",
)
def flat_windows(image, size, stride):
    """Each window is flattened."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.reshape(*every.shape[:2], -1)


@mistake(
    "windows",
    hint="Your result can be written to. Either it is a copy, made by a loop or by an index array: then every pixel is "
    "stored many times. Or it is a view that is not read-only: then writing into one window changes its neighbours.",
    read="sec-arrays-windows",
)
def writable_view(image, size, stride):
    """The windows can be written to."""
    return np.lib.stride_tricks.sliding_window_view(image, size, writeable=True)[::stride, ::stride]


@mistake("windows", same_as="writable_view")
def a_copy(image, size, stride):
    """The windows can be written to."""
    return np.array(np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride])


@mistake(
    "windows",
    hint="You ask for the strides of a float64 image that lies row by row. Use image.strides: it knows the size of a number, "
    "and the way from row to row.",
    read="sec-arrays-strides",
)
def eight_bytes(image, size, stride):
    """Every number is taken to have 8 bytes."""
    rows, columns = ((n - k) // stride + 1 for n, k in zip(image.shape, size, strict=True))
    padded = np.concatenate([image.ravel(), np.zeros(image.size * 8, image.dtype)])
    step = 8 * image.shape[1]
    return np.lib.stride_tricks.as_strided(
        padded,
        (rows, columns, *size),
        (stride * step, stride * 8, step, 8),
        writeable=False,
    )


@mistake(
    "windows",
    hint="A loop over all windows is slow, and collects a copy of every pixel for every window that it is in.",
    read="sec-arrays-windows",
)
def loop_over_windows(image, size, stride):
    """You collect the windows in a loop."""
    (height, width), (h, w) = image.shape, size
    rows, columns = range(0, height - h + 1, stride), range(0, width - w + 1, stride)
    found = np.array([[image[i : i + h, j : j + w] for j in columns] for i in rows])
    found.flags.writeable = False
    return found


@mistake(
    "windows",
    hint="Your windows are a view, but of a copy of the image. There is no need for the copy: nothing is changed.",
    read="sec-arrays-views",
)
def view_of_a_copy(image, size, stride):
    """You copy the image first."""
    return np.lib.stride_tricks.sliding_window_view(image.copy(), size)[::stride, ::stride]


@mistake("windows", same_as="view_of_a_copy")
def view_of_an_ordered_copy(image, size, stride):
    """You copy the image first."""
    image = np.ascontiguousarray(image)
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]


@mistake(
    "windows",
    hint="The first window begins at pixel [0, 0], whatever the stride.",
    read="sec-arrays-windows",
)
def starts_late(image, size, stride):
    """The first window begins too late."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)
    return every[stride - 1 :: stride, stride - 1 :: stride]


@mistake(
    "windows",
    hint="Your windows are square: one of the two numbers in size is used twice.",
    read="sec-arrays-windows",
)
def square_windows(image, size, stride):
    """The windows are square, whatever size says."""
    return np.lib.stride_tricks.sliding_window_view(image, (size[0], size[0]))[::stride, ::stride]


@mistake(
    "windows",
    hint="You count as many windows as there are pixels to begin at. The last ones stick out of the image, and show what happens "
    "to lie behind it in memory. How many fit?",
    read="sec-arrays-windows",
)
def sticking_out(image, size, stride):
    """The last windows stick out of the image."""
    padded = np.pad(image, ((0, size[0]), (0, size[1])))
    every = np.lib.stride_tricks.sliding_window_view(padded, size)[::stride, ::stride]
    return every[: len(image) // stride, : image.shape[1] // stride]


# --- channel_gram ---


@mistake(
    "channel_gram",
    hint="Your result has one table for the whole batch. n is in the formula's result: every image has its own.",
    read="sec-arrays-einsum",
)
def summed_over_images(x):
    """You sum over the images as well."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->cd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="You multiply each image with every other one: the two factors have two letters for the image. Both are taken from the "
    "same image, so both have n.",
    read="sec-arrays-einsum",
)
def image_with_every_image(x):
    """Each image is multiplied with all the images."""
    x = _floats(x)
    return np.einsum("nchw,mdhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="You have the products of each channel with itself. The two channels of a product are independent of each other: give them "
    "two letters, c and d.",
    read="sec-arrays-einsum",
)
def own_squares_only(x):
    """Each channel is multiplied with itself only."""
    x = _floats(x)
    return np.einsum("nchw,nchw->nc", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="Both factors must be taken at the same pixel: the same h and the same w in both. You multiply every pixel of one "
    "channel with every pixel of the other.",
    read="sec-arrays-einsum",
)
def every_pixel_with_every(x):
    """Each pixel is multiplied with every other."""
    x = _floats(x)
    sums = x.sum(axis=(2, 3))
    return sums[:, :, None] * sums[:, None] / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="The mean of each channel is multiplied with the mean of each other. That is not the mean of the products.",
    read="sec-arrays-einsum",
)
def product_of_means(x):
    """You multiply the means of the channels."""
    means = _floats(x).mean(axis=(2, 3), dtype=_floats(x).dtype)
    return means[:, :, None] * means[:, None]


@mistake(
    "channel_gram",
    hint="You have the sum of the products. Divide by the number of pixels.",
    read="sec-arrays-einsum",
)
def sum_for_mean(x):
    """The sum is not divided by the number of pixels."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x)


@mistake(
    "channel_gram",
    hint="The sum runs over H · W pixels, so divide by that number. The channels are not summed over.",
    read="sec-arrays-einsum",
)
def divided_by_channels_too(x):
    """You divide by C · H · W."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[1] * x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="You divide by the width. The sum runs over H · W pixels.",
    read="sec-arrays-axes",
)
def divided_by_width(x):
    """You divide by the width of the images."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / x.shape[3]


@mistake(
    "channel_gram",
    hint="You divide by the height. The sum runs over H · W pixels.",
    read="sec-arrays-axes",
)
def divided_by_height(x):
    """You divide by the height of the images."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / x.shape[2]


@mistake(
    "channel_gram",
    hint="You multiply pixels with pixels: your table has a row for each pixel. Sum over the pixels and keep the channels.",
    read="sec-arrays-matmul",
)
def pixels_with_pixels(x):
    """You have a table of pixels, not of channels."""
    flat = _floats(x).reshape(*x.shape[:2], -1)
    return flat.transpose(0, 2, 1) @ flat / flat.shape[2]


@mistake(
    "channel_gram",
    hint="@ multiplies the last two axes, height and width, and leaves the channels alone. Make one axis of the pixels first.",
    read="sec-arrays-matmul",
)
def rows_with_rows(x):
    """You multiply rows of pixels with rows."""
    x = _floats(x)
    return x @ x.swapaxes(2, 3) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="reshape(N, H·W, C) does not move the channels to the end: it only cuts the numbers anew, and mixes channels and pixels.",
    read="sec-arrays-layouts",
)
def reshaped_wrongly(x):
    """You reshape where you should transpose."""
    x = _floats(x)
    flat = x.reshape(len(x), -1, x.shape[1])
    return flat.transpose(0, 2, 1) @ flat / flat.shape[1]


@mistake(
    "channel_gram",
    hint="You subtract the mean of each channel first. That gives a covariance: the text asks for the mean product.",
    read="sec-arrays-einsum",
)
def covariance(x):
    """You subtract the mean of each channel."""
    x = _floats(x)
    x = x - x.mean(axis=(2, 3), keepdims=True)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="200 · 200 is 40,000, and uint8 ends at 255. Change the dtype before you multiply.",
    read="sec-arrays-wrap",
)
def products_wrap(x):
    """The products wrap around."""
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="float32 goes in, so float32 should come out. Either you convert everything to float64, and only whole numbers need "
    "that; or you divide by a NumPy number, which np.prod(…) gives: it counts as int64, and with that float32 becomes float64.",
    read="sec-arrays-dtypes",
)
def float64_for_all(x):
    """Everything becomes float64."""
    x = x.astype(np.float64)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="Whole numbers should give float64: your float32 has too few digits for the sum of many products.",
    read="sec-arrays-floats",
)
def float32_for_whole_numbers(x):
    """Whole numbers become float32."""
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="You form all N · C · C · H · W products before you add them up. einsum and @ add while they multiply.",
    read="sec-arrays-einsum",
)
def all_products_at_once(x):
    """All products are formed before they are added up."""
    x = _floats(x)
    return (x[:, :, None] * x[:, None]).mean(axis=(3, 4))


@mistake(
    "channel_gram",
    hint="Your loop over the images is right, and slow for many of them. einsum has a letter for the images, too, and @ takes whole "
    "batches of matrices.",
    read="sec-arrays-vectorise",
)
def loop_over_images(x):
    """You loop over the images."""
    x = _floats(x)
    flat = x.reshape(*x.shape[:2], -1)
    return np.stack([image @ image.T for image in flat]) / flat.shape[2]


@mistake(
    "channel_gram",
    hint="Your loop over the pairs of channels is right, and slow. In einsum, both channels have a letter of their own.",
    read="sec-arrays-einsum",
)
def loop_over_pairs(x):
    """You loop over the pairs of channels."""
    x = _floats(x)
    n, c, h, w = x.shape
    gram = np.zeros((n, c, c), x.dtype)
    for i in range(c):
        for j in range(c):
            gram[:, i, j] = (x[:, i] * x[:, j]).sum(axis=(1, 2)) / (h * w)
    return gram


@mistake(
    "channel_gram",
    hint="You sum in whole numbers and convert at the end. What does not fit into the dtype is lost by then: convert first.",
    read="sec-arrays-wrap",
)
def products_in_int64(x):
    """You add up whole numbers and convert afterwards."""
    x = x if x.dtype.kind == "f" else x.astype(np.int64)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="Your result is float32 whatever comes in. float64 should stay float64, and whole numbers become float64.",
    read="sec-arrays-dtypes",
)
def float32_for_all(x):
    """Everything becomes float32."""
    x = x.astype(np.float32)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


# --- to_tensor ---


@mistake(
    "to_tensor",
    hint="The result is a NumPy array still. torch.from_numpy makes a tensor of it.",
    read="sec-arrays-torch",
)
def still_numpy(images):
    """You return a NumPy array."""
    x = images.transpose(0, 3, 1, 2).astype(np.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="reshape and view keep the numbers in their order and only cut them anew: channels and pixels get mixed. To move an axis, use "
    "permute (torch) or transpose (NumPy).",
    read="sec-arrays-layouts",
)
def reshaped_tensor(images):
    """You reshape where you should permute."""
    n, h, w, _ = images.shape
    x = torch.from_numpy(images).reshape(n, 3, h, w).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="Your images lie on their side: (N, 3, W, H). Which of the old axes is each of the new ones?",
    read="sec-arrays-layouts",
)
def on_its_side(images):
    """Height and width are swapped."""
    x = torch.from_numpy(images).permute(0, 3, 2, 1).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="The channels stand last still. permute, in torch, takes the old number of each new axis.",
    read="sec-arrays-torch-differences",
)
def channels_last(images):
    """The channels are still the last axis."""
    x = torch.from_numpy(images).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="uint8 pixels are to be divided by 255, so that white is 1.",
    read="sec-arrays-dtypes",
)
def not_divided(images):
    """uint8 pixels are not divided."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)


@mistake(
    "to_tensor",
    hint="Floats are divided by 255 as well, though they lie between 0 and 1 already.",
    read="sec-arrays-dtypes",
)
def floats_divided_too(images):
    """Floats are divided by 255, too."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32) / 255


@mistake(
    "to_tensor",
    hint="You tell by the largest number whether to divide. A night scene in uint8 may have no number above 1. Ask for the "
    "dtype.",
    read="sec-arrays-dtypes",
)
def by_largest_number(images):
    """The largest number decides whether to divide by 255."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 255 if x.max() > 1 else x


@mistake(
    "to_tensor",
    hint="White is 255, not 256: otherwise no pixel reaches 1.",
    read="sec-arrays-dtypes",
)
def by_256(images):
    """You divide by 256."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 256 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="You divide by the largest pixel of the batch, so that a dark image becomes as bright as any. uint8 pixels are divided by "
    "255, always.",
    read="sec-arrays-dtypes",
)
def by_its_own_maximum(images):
    """You divide by the largest number in the batch."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / x.max().clamp(min=1e-9)


@mistake(
    "to_tensor",
    hint="A float64 array becomes a float64 tensor, and a network of float32 refuses it: expected Float, found Double. `.to` converts.",
    read="sec-arrays-torch",
)
def stays_double(images):
    """float64 images stay float64."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    return x / 255 if images.dtype == np.uint8 else x


@mistake("to_tensor", same_as="stays_double")
def always_double(images):
    """float64 images stay float64."""
    x = torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="// rounds down to whole numbers, in torch as in NumPy: every pixel but white becomes 0.",
    read="sec-arrays-dtypes",
)
def divided_by_floor(images):
    """You divide by //."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    return (x // 255).to(torch.float32) if images.dtype == np.uint8 else x.to(torch.float32)


@mistake(
    "to_tensor",
    hint="The channels come out in the reverse order. Here they are red, green, blue already.",
    read="sec-arrays-images",
)
def channels_reversed(images):
    """The channels are reversed."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).flip(1).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="A single image is a batch, too: (1, 3, H, W).",
    read="sec-arrays-axes",
)
def batch_axis_lost(images):
    """The axis of the images is lost."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return (x / 255 if images.dtype == np.uint8 else x)[0]


# --- to_images ---


@mistake(
    "to_images",
    hint="Converting to uint8 cuts off what is behind the point: 254.745 becomes 254. Round first.",
    read="sec-arrays-dtypes",
)
def cut_off(x):
    """The numbers are cut off and not rounded."""
    return (255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50; −0.2 becomes 205. First bring "
    "the numbers into the range.",
    read="sec-arrays-wrap",
)
def wraps_around(x):
    """Values outside of the range wrap around."""
    pixels = np.rint(255 * x.detach().numpy()).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of −0.2 gives −51, which does not fit into uint8 and becomes 205.",
    read="sec-arrays-wrap",
)
def negatives_wrap(x):
    """Values below 0 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(max=1)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50. Before the multiplication the range ends at "
    "1, after it at 255.",
    read="sec-arrays-wrap",
)
def large_ones_wrap(x):
    """Values above 1 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(min=0)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="large_ones_wrap")
def clipped_too_early(x):
    """Values above 1 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(0, 255)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="reshape and view only cut the numbers anew: channels and pixels get mixed. To move an axis, use "
    "permute (torch) or transpose (NumPy).",
    read="sec-arrays-layouts",
)
def reshaped_back(x):
    """You reshape where you should transpose."""
    n, c, h, w = x.shape
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).reshape(n, h, w, c)


@mistake(
    "to_images",
    hint="Your images lie on their side: (N, W, H, 3). Which of the old axes is each of the new ones?",
    read="sec-arrays-layouts",
)
def sideways(x):
    """Height and width are swapped."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 3, 2, 1)


@mistake(
    "to_images",
    hint="The channels are still the second axis.",
    read="sec-arrays-layouts",
)
def channels_still_second(x):
    """The axes stay as they are."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8)


@mistake(
    "to_images",
    hint="torch does not hand out the numbers of a tensor that requires a gradient: it could not follow what you do to them. `.detach()` gives "
    "the same numbers without that.",
    read="sec-arrays-torch-differences",
    at="to_images: a tensor that requires a gradient",
)
def not_detached(x):
    """The tensor is not detached."""
    return np.rint(255 * x.numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="`.numpy()` and `.detach()` share the memory of the tensor, so what you do in place (*=, clip with out=) is done to x.",
    read="sec-arrays-torch",
)
def shared_memory(x):
    """You change the tensor through the array that shares its memory."""
    pixels = x.detach().numpy()
    pixels *= 255
    return np.rint(pixels.clip(0, 255)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The result is a torch tensor still. `.numpy()` makes an array of it.",
    read="sec-arrays-torch",
)
def still_a_tensor(x):
    """You return a tensor."""
    return (255 * x.detach().clamp(0, 1)).round().to(torch.uint8).permute(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The numbers are right, but they are floats: a picture file wants uint8.",
    read="sec-arrays-dtypes",
)
def floats_still(x):
    """The result has floats."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The numbers are right, but they take 8 bytes each: the text asks for uint8.",
    read="sec-arrays-dtypes",
)
def eight_byte_numbers(x):
    """The result is int64."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.int64).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="Only 0 and 1 are left: you convert to uint8 before you multiply by 255.",
    read="sec-arrays-dtypes",
)
def converted_first(x):
    """You convert to uint8 before you multiply."""
    pixels = x.detach().numpy().clip(0, 1).astype(np.uint8)
    return (pixels * np.uint8(255)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="1 becomes 255: white is the largest number of uint8, not the count of its numbers.",
    read="sec-arrays-dtypes",
)
def times_256(x):
    """You multiply by 256."""
    pixels = np.rint(256 * x.detach().numpy()).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="times_256")
def times_256_cut_off(x):
    """You multiply by 256."""
    pixels = (256 * x.detach().numpy()).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="Only 0 and 1 are left: the range ends at 1 before you multiply by 255, and at 255 after it.",
    read="sec-arrays-dtypes",
)
def clipped_to_one_too_late(x):
    """You cut the numbers off at 1 after you have multiplied them."""
    pixels = np.rint(255 * x.detach().numpy()).clip(0, 1)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You stretch the numbers so that the smallest becomes 0 and the largest 255. A grey image would become black and white; the text keeps "
    "the values and cuts off what is outside of the range.",
    read="sec-arrays-wrap",
)
def stretched(x):
    """You stretch the range of the numbers to 0…255."""
    a = x.detach().numpy()
    a = (a - a.min()) / max(a.max() - a.min(), 1e-9)
    return np.rint(255 * a).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="shared_memory")
def clamped_in_place(x):
    """You change the tensor through the array that shares its memory."""
    pixels = x.detach().clamp_(0, 1).numpy()
    return np.rint(255 * pixels).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You round up. 79.05 becomes 79.",
    read="sec-arrays-dtypes",
)
def rounded_up(x):
    """The numbers are rounded up."""
    return np.ceil(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You round before you multiply, so that only 0 and 255 are left.",
    read="sec-arrays-dtypes",
)
def rounded_first(x):
    """You round before you multiply."""
    pixels = np.rint(x.detach().numpy().clip(0, 1)) * 255
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


# --- split ---


@mistake(
    "split",
    hint="Your images stand beside other images' labels: each is shuffled for itself, or only one of them. Draw one order, "
    "and apply it to both.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): training images with another's label",
)
def shuffled_separately(x, y, n_val, rng):
    """Images and labels are shuffled apart."""
    x, y = rng.permutation(x), rng.permutation(y)
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake("split", same_as="shuffled_separately")
def only_images_shuffled(x, y, n_val, rng):
    """Images and labels are shuffled apart."""
    x = rng.permutation(x)
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake(
    "split",
    hint="Without a shuffle, the validation set is the beginning or the end of a file. Sorted by label, it would be all of one "
    "kind.",
    read="sec-arrays-split",
)
def not_shuffled(x, y, n_val, rng):
    """Nothing is shuffled."""
    end = len(x) - n_val
    return x[:end], y[:end], x[end:], y[end:]


@mistake("split", same_as="not_shuffled")
def first_ones(x, y, n_val, rng):
    """Nothing is shuffled."""
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake(
    "split",
    hint="You cut first and shuffle then: the validation set is always the same. First shuffle, then cut.",
    read="sec-arrays-split",
)
def cut_then_shuffled(x, y, n_val, rng):
    """You cut before you shuffle."""
    train, val = rng.permutation(len(x) - n_val), len(x) - n_val + rng.permutation(n_val)
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The validation images are in the training set as well. A classifier that learns them by heart looks perfect then.",
    read="sec-arrays-split",
)
def leak(x, y, n_val, rng):
    """The validation images are also trained on."""
    order = rng.permutation(len(x))
    return x[order], y[order], x[order[:n_val]], y[order[:n_val]]


@mistake(
    "split",
    hint="Two independent draws have images in common: some are in both parts, and some in none. Draw one order, and cut it.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): images in both parts",
)
def two_draws(x, y, n_val, rng):
    """The two parts are drawn independently."""
    train, val = rng.permutation(len(x))[n_val:], rng.permutation(len(x))[:n_val]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="rng.integers can draw the same number twice, and miss others. A permutation has each number once.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): images twice in training",
)
def drawn_with_repetition(x, y, n_val, rng):
    """Images can be drawn more than once."""
    order = rng.integers(0, len(x), size=len(x))
    return x[order[n_val:]], y[order[n_val:]], x[order[:n_val]], y[order[:n_val]]


@mistake("split", same_as="drawn_with_repetition")
def chosen_with_repetition(x, y, n_val, rng):
    """Images can be drawn more than once."""
    val = rng.choice(len(x), n_val)
    train = np.setdiff1d(np.arange(len(x)), val)
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="-n_val is 0 when n_val is 0, and order[:-0] is empty: all images are in the wrong part. Count from the front.",
    read="sec-arrays-indexing",
)
def minus_zero(x, y, n_val, rng):
    """You cut at −n_val, which is 0 when n_val is 0."""
    order = rng.permutation(len(x))
    train, val = order[:-n_val], order[-n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="An image is lost at the cut: the slice [:n] holds everything before n, so the next one begins at n.",
    read="sec-arrays-indexing",
)
def one_lost(x, y, n_val, rng):
    """An image is lost at the cut."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val + 1 :]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="n_val images are for validation, and all others for training. You have it the other way round.",
    read="sec-arrays-split",
)
def parts_swapped(x, y, n_val, rng):
    """Training and validation set are swapped."""
    order = rng.permutation(len(x))
    train, val = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The four arrays come in the order x_train, y_train, x_val, y_val. (scikit-learn's function has another order, which is how "
    "one gets used to the wrong one.)",
    read="sec-arrays-split",
)
def another_order(x, y, n_val, rng):
    """The four arrays are in another order."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], x[val], y[train], y[val]


@mistake(
    "split",
    hint="x and y are shuffled in place: the caller's arrays are in another order now. rng.permutation makes a copy, rng.shuffle does not.",
    read="sec-arrays-views",
)
def shuffled_in_place(x, y, n_val, rng):
    """You shuffle the caller's arrays."""
    order = rng.permutation(len(x))
    x[:], y[:] = x[order], y[order]
    return x[n_val:].copy(), y[n_val:].copy(), x[:n_val].copy(), y[:n_val].copy()


@mistake(
    "split",
    hint="np.random.… draws from a state that all code shares, so nobody can repeat your split. Draw from rng.",
    read="sec-arrays-rng",
)
def global_chance(x, y, n_val, rng):
    """You draw from np.random and not from rng."""
    order = np.random.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="You make a generator of your own with a fixed seed, so every call gives the same split. Draw from rng.",
    read="sec-arrays-rng",
)
def seed_of_its_own(x, y, n_val, rng):
    """You make a generator of your own."""
    order = np.random.default_rng(0).permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="Your split differs from call to call although the seed is the same. default_rng() without a seed takes one from the clock. "
    "Draw from rng.",
    read="sec-arrays-rng",
)
def no_seed(x, y, n_val, rng):
    """Your split cannot be repeated."""
    order = np.random.default_rng().permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The validation images are neighbours in the data: only where you cut is left to chance. Shuffle all of them.",
    read="sec-arrays-split",
)
def random_block(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(0, len(x) - n_val + 1))
    val, train = np.sort(order[:n_val]), order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake("split", same_as="random_block")
def random_block_around_the_end(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(len(x)))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake("split", same_as="random_block")
def last_of_a_rolled_order(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(len(x)))
    end = len(x) - n_val
    return x[order[:end]], y[order[:end]], x[order[end:]], y[order[end:]]


@mistake(
    "split",
    hint="You return indices. The text asks for the images and labels themselves.",
    read="sec-arrays-fancy",
)
def indices(x, y, n_val, rng):
    """You return indices, not images and labels."""
    order = rng.permutation(len(x))
    return order[n_val:], order[:n_val]


@mistake(
    "split",
    hint="The images are flattened into rows. Leave their other axes as they are: only the first one is divided.",
    read="sec-arrays-split",
)
def flattened(x, y, n_val, rng):
    """The images are flattened."""
    order, x = rng.permutation(len(x)), x.reshape(len(x), -1)
    return x[order[n_val:]], y[order[n_val:]], x[order[:n_val]], y[order[:n_val]]


# --- shared by several mistakes, and put into the notebook together with them ---


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _pairs(a, b):
    """The result for shapes of the same length."""
    if len(a) != len(b):
        raise ValueError("the shapes have different lengths")
    shape = ()
    for m, n in zip(a, b, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{a} and {b} do not fit")
        shape += (n if m == 1 else m,)
    return shape


def _right():
    right = {"a": (3, 4), "b": (2, 1, 4), "c": (2, 4), "d": (2, 3, 1), "e": (5, 5), "f": (4, 2, 3)}
    right |= {"g": [4, 30], "h": 270, "i": "float64", "j": "float32", "k": "float64"}
    return right | {"l": True, "m": False, "n": True, "o": False, "p": False, "q": True}
