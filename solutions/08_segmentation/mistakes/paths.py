"""Wrong answers to `paths` that students really give, and right ones written another way."""

import itertools

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _legal(layers):
    for kernel, dilation in layers:
        if min(kernel, dilation) < 1:
            raise ValueError("kernel and dilation must be at least 1")


def _made(layers, wrong):
    if wrong == "dilation_unchecked":
        layers = [(kernel, max(dilation, 1)) for kernel, dilation in layers]
    if wrong == "kernel_unchecked":
        layers = [(max(kernel, 1), dilation) for kernel, dilation in layers]
    if wrong == "last_layer_unchecked" and layers:
        _legal(layers[:-1])
        layers = [*layers[:-1], tuple(max(number, 1) for number in layers[-1])]
    if wrong == "zero_is_legal":
        if any(min(layer) < 0 for layer in layers):
            raise ValueError("kernel and dilation must not be negative")
        layers = [(max(kernel, 1), max(dilation, 1)) for kernel, dilation in layers]
    _legal(layers)
    counts = np.ones(1, dtype=int)
    step = 1
    if wrong == "starts_with_the_first_layer":
        counts = np.zeros(1, dtype=int) if not layers else counts
    if wrong == "first_layer_forgotten":
        layers = layers[1:]
    if wrong == "last_layer_forgotten":
        layers = layers[:-1]
    for kernel, dilation in layers:
        if wrong == "dilation_ignored":
            dilation = 1
        if wrong == "dilation_as_stride":
            dilation, step = step, step * dilation
        if wrong == "dilations_multiply":
            step *= dilation
            dilation = step
        if wrong == "dilations_add":
            step += dilation - 1
            dilation = step
        if wrong == "dilation_pixels_between":
            dilation = dilation + 1
        if wrong == "one_gap_less":
            dilation = max(dilation - 1, 1)
        span = dilation * (kernel - 1) + 1
        if wrong == "kernel_times_dilation":
            span = dilation * kernel
        taps = np.zeros(span, dtype=int)
        taps[::dilation] = 1
        if wrong == "gaps_filled":
            taps[:] = 1
        if wrong == "ends_alone":
            taps[1:-1] = 0
        if wrong == "added":
            longer = np.zeros(max(len(counts), span), dtype=int)
            longer[: len(counts)] += counts
            longer[:span] += taps
            counts = longer
            continue
        if wrong == "same_size":
            counts = np.convolve(counts, taps, mode="same")
            continue
        counts = np.convolve(counts, taps)
        if wrong == "seen_or_not":
            counts = np.minimum(counts, 1)
        if wrong == "numbers_in_the_kernel":
            counts = counts * kernel
    if wrong == "shares":
        return counts / counts.sum()
    if wrong == "floats":
        return counts.astype(float)
    if wrong == "field_alone":
        return len(counts)
    if wrong == "number_of_paths":
        return int(counts.sum())
    if wrong == "pixels_seen":
        return int((counts > 0).sum())
    if wrong == "skipped_left_out":
        return counts[counts > 0]
    if wrong == "as_list":
        return counts.tolist()
    if wrong == "from_the_middle":
        return counts[len(counts) // 2 :]
    if wrong == "ones":
        return np.ones(len(counts), dtype=int)
    return counts


@mistake(
    "paths",
    hint="A filter with dilation 3 takes every third pixel.",
    read="sec-seg-gridding",
    corner="dilation",
)
def dilation_ignored(layers):
    """The dilation is ignored."""
    return _made(layers, "dilation_ignored")


@mistake(
    "paths",
    hint="A stride makes the layers above it coarser. A dilation spreads its own filter alone.",
    read="sec-seg-gridding",
    corner="dilation",
)
def dilation_as_stride(layers):
    """Dilations add up like strides, for the layers above."""
    return _made(layers, "dilation_as_stride")


@mistake(
    "paths",
    hint="A layer's dilation is counted in pixels of its input, which is as fine as the image: all strides are 1.",
    read="sec-seg-gridding",
    corner="dilation",
)
def dilations_multiply(layers):
    """Every layer's dilation multiplies with those below it."""
    return _made(layers, "dilations_multiply")


@mistake(
    "paths",
    hint="A layer's dilation concerns its own filter alone.",
    read="sec-seg-gridding",
    corner="dilation",
)
def dilations_add(layers):
    """Every layer's dilation is added to those below it."""
    return _made(layers, "dilations_add")


@mistake(
    "paths",
    hint="The dilation is the distance from one entry to the next: with 2 there is one pixel between them, and with 1 none.",
    read="sec-seg-dilated",
)
def dilation_pixels_between(layers):
    """There are as many pixels between two entries as the dilation says."""
    return _made(layers, "dilation_pixels_between")


@mistake(
    "paths",
    hint="With a dilation of 3, there are two pixels between two entries.",
    read="sec-seg-gridding",
    corner="dilation",
)
def one_gap_less(layers):
    """The entries are one pixel too near."""
    return _made(layers, "one_gap_less")


@mistake(
    "paths",
    hint="Three entries have two gaps between them: the span is dilation · (kernel − 1) + 1.",
    read="sec-seg-dilated",
)
def kernel_times_dilation(layers):
    """A filter spans kernel · dilation pixels."""
    return _made(layers, "kernel_times_dilation")


@mistake(
    "paths",
    hint="Between the entries are pixels that the filter does not take.",
    read="sec-seg-gridding",
    corner="dilation",
)
def gaps_filled(layers):
    """A filter takes all pixels that it spans."""
    return _made(layers, "gaps_filled")


@mistake("paths", hint="Every entry of a filter is a way.", read="sec-seg-dilated")
def ends_alone(layers):
    """Only the first and the last entry of a filter count."""
    return _made(layers, "ends_alone")


@mistake(
    "paths",
    hint="A path goes through one layer and then the next: the numbers of ways multiply. Which operation slides one row of numbers over another and sums products?",
    read="sec-seg-dilated",
)
def added(layers):
    """The layers are added up, as if they lay side by side."""
    return _made(layers, "added")


@mistake(
    "paths",
    hint="Each layer widens the field. np.convolve has a mode that keeps all of it.",
    read="sec-seg-dilated",
)
def same_size(layers):
    """The field does not grow beyond the larger of the two."""
    return _made(layers, "same_size")


@mistake(
    "paths", hint="Asked for is by how many paths a pixel is connected.", read="sec-seg-dilated"
)
def seen_or_not(layers):
    """Pixels are counted as seen or not seen."""
    return _made(layers, "seen_or_not")


@mistake(
    "paths", hint="Each entry of a filter is one way, with the factor 1.", read="sec-seg-dilated"
)
def numbers_in_the_kernel(layers):
    """The number of entries is multiplied in once more."""
    return _made(layers, "numbers_in_the_kernel")


@mistake("paths", hint="Whole numbers of paths are asked for.", read="sec-seg-dilated")
def shares(layers):
    """The numbers are divided by their sum."""
    return _made(layers, "shares")


@mistake(
    "paths",
    hint="Begin with an array of whole numbers: np.ones and np.zeros make floats unless you say otherwise.",
    read="sec-seg-dilated",
)
def floats(layers):
    """The numbers of paths are floats."""
    return _made(layers, "floats")


@mistake(
    "paths",
    hint="For each pixel of the field, the number of its paths is asked for.",
    read="sec-seg-dilated",
)
def field_alone(layers):
    """One number is returned."""
    return _made(layers, "field_alone")


@mistake("paths", same_as="field_alone")
def number_of_paths(layers):
    """Only the number of all paths is returned."""
    return _made(layers, "number_of_paths")


@mistake("paths", same_as="field_alone")
def pixels_seen(layers):
    """Only the number of pixels that are seen is returned."""
    return _made(layers, "pixels_seen")


@mistake(
    "paths",
    hint="A pixel that lies between others and is not seen has a 0.",
    read="sec-seg-gridding",
    corner="dilation",
)
def skipped_left_out(layers):
    """Pixels that are skipped are left out."""
    return _made(layers, "skipped_left_out")


@mistake("paths", hint="An array is asked for.", read="sec-seg-dilated")
def as_list(layers):
    """A list is returned."""
    return _made(layers, "as_list")


@mistake(
    "paths",
    hint="The field goes from the first to the last pixel that is seen.",
    read="sec-seg-dilated",
)
def from_the_middle(layers):
    """Only the pixels from the middle on are returned."""
    return _made(layers, "from_the_middle")


@mistake("paths", same_as="seen_or_not")
def ones(layers):
    """Every pixel of the field gets a 1."""
    return _made(layers, "ones")


@mistake(
    "paths",
    hint="A unit without layers is the pixel itself: one path, of no steps.",
    read="sec-seg-dilated",
    corner="smallest",
)
def starts_with_the_first_layer(layers):
    """Without layers there is no path."""
    return _made(layers, "starts_with_the_first_layer")


@mistake(
    "paths",
    hint="A unit of the first layer already sees as many pixels as its filter has entries.",
    read="sec-seg-dilated",
)
def first_layer_forgotten(layers):
    """The first layer is left out."""
    return _made(layers, "first_layer_forgotten")


@mistake(
    "paths",
    hint="The unit at the top belongs to the last layer, whose filter counts, too.",
    read="sec-seg-dilated",
)
def last_layer_forgotten(layers):
    """The last layer is left out."""
    return _made(layers, "last_layer_forgotten")


@mistake(
    "paths",
    hint="A dilation of 0 would put all entries on one pixel: it is illegal.",
    read="sec-seg-dilated",
    corner="illegal",
)
def dilation_unchecked(layers):
    """A dilation below 1 is let through."""
    return _made(layers, "dilation_unchecked")


@mistake(
    "paths",
    hint="Every layer needs a kernel and a dilation of at least 1, also the last one; and 0 is not enough.",
    read="sec-seg-dilated",
    corner="illegal",
)
def kernel_unchecked(layers):
    """An illegal layer is let through."""
    return _made(layers, "kernel_unchecked")


@mistake("paths", same_as="kernel_unchecked", corner="illegal")
def last_layer_unchecked(layers):
    """The last layer is not checked."""
    return _made(layers, "last_layer_unchecked")


@mistake("paths", same_as="kernel_unchecked", corner="illegal")
def zero_is_legal(layers):
    """Only numbers below 0 raise an error."""
    return _made(layers, "zero_is_legal")


@mistake(
    "paths",
    hint="An `assert` raises AssertionError; the text asks for ValueError.",
    read="sec-seg-dilated",
    corner="illegal",
)
def asserts(layers):
    """An assertion stands for the error."""
    for kernel, dilation in layers:
        assert min(kernel, dilation) >= 1, "at least 1"
    return _made(layers, "")


@mistake(
    "paths",
    hint="A filter has as many entries as `kernel` says, the first at 0 and the last at (kernel − 1) · dilation. One that is symmetric about a middle pixel always has an odd number.",
    read="sec-seg-dilated",
)
def a_middle_and_both_sides(layers):
    """A filter is made of a middle entry and as many on each side, so that an even one gets an entry too many."""
    _legal(layers)
    counts = np.ones(1, dtype=int)
    for kernel, dilation in layers:
        taps = np.zeros(2 * (kernel // 2) * dilation + 1, dtype=int)
        taps[::dilation] = 1
        counts = np.convolve(counts, taps)
    return counts


@mistake(
    "paths",
    hint="Without layers there is one pixel and one path: begin with [1].",
    read="sec-seg-dilated",
    corner="smallest",
)
def empty_without_layers(layers):
    """Without layers the result has no entries."""
    return _made(layers, "") if layers else np.zeros(0, dtype=int)


@mistake("paths", same_as="empty_without_layers", corner="smallest")
def floats_without_layers(layers):
    """Without layers the result is np.array([])."""
    return _made(layers, "") if layers else np.array([])


@mistake("paths", same_as="dilation_unchecked", corner="illegal")
def kernel_alone_checked(layers):
    """Only the kernel is checked, and a slice refuses the dilation 0 by itself."""
    counts = np.ones(1, dtype=int)
    for kernel, dilation in layers:
        if kernel < 1:
            raise ValueError("a kernel is at least 1")
        taps = np.zeros(dilation * (kernel - 1) + 1, dtype=int)
        taps[::dilation] = 1
        counts = np.convolve(counts, taps)
    return counts


# --- right answers, written another way ---


@alternative("paths")
def by_all_paths(layers):
    """Every path is walked."""
    _legal(layers)
    steps = [range(0, dilation * kernel, dilation) for kernel, dilation in layers]
    return np.bincount([sum(path) for path in itertools.product(*steps)])


@alternative("paths")
def by_shifted_sums(layers):
    """Each layer adds shifted copies."""
    counts = [1]
    for kernel, dilation in layers:
        if kernel < 1 or dilation < 1:
            raise ValueError(f"({kernel}, {dilation}) is no layer")
        wider = [0] * (len(counts) + (kernel - 1) * dilation)
        for tap in range(kernel):
            for place, number in enumerate(counts):
                wider[place + tap * dilation] += number
        counts = wider
    return np.array(counts)
