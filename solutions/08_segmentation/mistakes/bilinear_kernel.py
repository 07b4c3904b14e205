"""Wrong answers to `bilinear_kernel` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _line(stride, wrong):
    side = 2 * stride - stride % 2
    middle, reach = (side - 1) / 2, stride
    if wrong == "middle_on_a_pixel":
        middle = side // 2
    if wrong == "middle_one_too_low":
        middle = (side - 1) // 2
    if wrong == "always_even":
        side, middle = 2 * stride, stride - 0.5
    if wrong == "always_odd":
        side, middle = 2 * stride - 1, stride - 1
    if wrong == "one_pixel_more":
        side, middle = 2 * stride + 1, stride
    if wrong == "as_large_as_the_stride":
        side, middle = stride, (stride - 1) / 2
    if wrong == "reach_of_half_the_side":
        reach = side / 2
    if wrong == "reach_of_the_middle":
        reach = max(middle, 1)
    line = 1 - np.abs(np.arange(side) - middle) / reach
    if wrong == "box":
        line = np.ones(side)
    if wrong == "bell":
        line = np.exp(-0.5 * ((np.arange(side) - middle) / (stride / 2)) ** 2)
    if wrong == "distances":
        line = np.abs(np.arange(side) - middle) / stride
    if wrong == "not_divided":
        line = stride - np.abs(np.arange(side) - middle)
    if wrong == "sums_to_one":
        line = line / line.sum()
    if wrong == "largest_is_one":
        line = line / line.max()
    if wrong == "rounded":
        line = np.round(line)
    if wrong == "one_side":
        line = np.where(np.arange(side) < middle, line, 0)
    return line


def _made(in_channels, out_channels, stride, wrong):
    line = _line(stride, wrong)
    square = np.outer(line, line)
    if wrong == "sum_of_the_axes":
        square = (line[:, None] + line) / 2
    if wrong == "least_of_the_axes":
        square = np.minimum(line[:, None], line)
    if wrong == "one_axis":
        square = np.tile(line, (len(line), 1))
    if wrong == "root_of_the_product":
        square = np.sqrt(square)
    if wrong == "cone":
        d = np.arange(len(line)) - (len(line) - 1) / 2
        square = np.maximum(1 - np.hypot(d[:, None], d) / stride, 0)
    weight = np.zeros((in_channels, out_channels, *square.shape))
    if wrong == "every_pair":
        weight[:] = square
    elif wrong == "paired_ranges":
        weight[range(in_channels), range(out_channels)] = square
    elif wrong == "first_channel_alone":
        weight[0, 0] = square
    elif wrong == "shared_among_inputs":
        weight[:] = square / in_channels
    elif wrong == "as_many_as_come_in":
        weight = np.eye(in_channels)[:, :, None, None] * square
    elif wrong == "repeats_channels":
        for c in range(max(in_channels, out_channels)):
            weight[c % in_channels, c % out_channels] = square
    elif wrong == "one_kernel":
        weight = square
    elif wrong == "for_each_channel":
        weight = np.zeros((out_channels, 1, *square.shape)) + square
    elif wrong == "channels_exchanged":
        weight = np.eye(out_channels, in_channels)[:, :, None, None] * square
    elif wrong == "channels_last":
        weight = np.eye(in_channels, out_channels) * square[:, :, None, None]
    else:
        weight = np.eye(in_channels, out_channels)[:, :, None, None] * square
    if wrong == "single_precision":
        return weight.astype(np.float32)
    return weight


@mistake(
    "bilinear_kernel",
    hint="A kernel of four pixels has its middle between the second and the third: at (side − 1) / 2.",
    read="sec-seg-interpolation",
)
def middle_on_a_pixel(in_channels, out_channels, stride):
    """The middle of a kernel of even side lies on a pixel."""
    return _made(in_channels, out_channels, stride, "middle_on_a_pixel")


@mistake(
    "bilinear_kernel",
    hint="A kernel of four pixels has its middle between the second and the third. A whole-number division loses that half pixel.",
    read="sec-seg-interpolation",
)
def middle_one_too_low(in_channels, out_channels, stride):
    """The middle of a kernel of even side is rounded down."""
    return _made(in_channels, out_channels, stride, "middle_one_too_low")


@mistake(
    "bilinear_kernel",
    hint="For an odd stride the kernel has 2 · stride − 1 pixels, and its middle is a pixel.",
    read="sec-seg-interpolation",
    corner="odd strides",
)
def always_even(in_channels, out_channels, stride):
    """The side is 2 · stride for odd strides, too."""
    return _made(in_channels, out_channels, stride, "always_even")


@mistake(
    "bilinear_kernel",
    hint="For an even stride the kernel has 2 · stride pixels.",
    read="sec-seg-interpolation",
)
def always_odd(in_channels, out_channels, stride):
    """The side is 2 · stride − 1 for even strides, too."""
    return _made(in_channels, out_channels, stride, "always_odd")


@mistake(
    "bilinear_kernel",
    hint="Pixels at a distance of the stride have the weight 0, and are left out.",
    read="sec-seg-interpolation",
)
def one_pixel_more(in_channels, out_channels, stride):
    """The side is 2 · stride + 1."""
    return _made(in_channels, out_channels, stride, "one_pixel_more")


@mistake(
    "bilinear_kernel",
    hint="Each output pixel mixes two neighbours of the input along each axis, so that the copies must overlap.",
    read="sec-seg-interpolation",
)
def as_large_as_the_stride(in_channels, out_channels, stride):
    """The side is the stride."""
    return _made(in_channels, out_channels, stride, "as_large_as_the_stride")


@mistake(
    "bilinear_kernel",
    hint="At a distance of d the weight is 1 − d / stride, also for an odd stride.",
    read="sec-seg-interpolation",
    corner="odd strides",
)
def reach_of_half_the_side(in_channels, out_channels, stride):
    """The line falls to 0 at half the side of the kernel."""
    return _made(in_channels, out_channels, stride, "reach_of_half_the_side")


@mistake(
    "bilinear_kernel",
    hint="The outermost pixel still has a weight: the line reaches 0 at a distance of the stride.",
    read="sec-seg-interpolation",
)
def reach_of_the_middle(in_channels, out_channels, stride):
    """The line falls to 0 at the outermost pixel."""
    return _made(in_channels, out_channels, stride, "reach_of_the_middle")


@mistake(
    "bilinear_kernel",
    hint="The weights fall from the middle on, in a straight line.",
    read="sec-seg-interpolation",
)
def box(in_channels, out_channels, stride):
    """All weights are 1: the nearest neighbour, several times over."""
    return _made(in_channels, out_channels, stride, "box")


@mistake(
    "bilinear_kernel",
    hint="Linear interpolation falls in a straight line.",
    read="sec-seg-interpolation",
)
def bell(in_channels, out_channels, stride):
    """The weights fall like a bell curve."""
    return _made(in_channels, out_channels, stride, "bell")


@mistake(
    "bilinear_kernel",
    hint="The nearer a pixel is to the middle, the larger is its weight: 1 minus the distance over the stride.",
    read="sec-seg-interpolation",
)
def distances(in_channels, out_channels, stride):
    """The weights grow with the distance."""
    return _made(in_channels, out_channels, stride, "distances")


@mistake(
    "bilinear_kernel",
    hint="An entry is 1 − d / stride, which is never above 1.",
    read="sec-seg-interpolation",
)
def not_divided(in_channels, out_channels, stride):
    """The line is not divided by the stride."""
    return _made(in_channels, out_channels, stride, "not_divided")


@mistake(
    "bilinear_kernel",
    hint="Each output pixel gets only some of the kernel's weights, and those add up to 1. All of them add up to the stride.",
    read="sec-seg-interpolation",
)
def sums_to_one(in_channels, out_channels, stride):
    """The weights along an axis add up to 1."""
    return _made(in_channels, out_channels, stride, "sums_to_one")


@mistake(
    "bilinear_kernel",
    hint="For an even side no pixel is at the middle, so that no weight is 1.",
    read="sec-seg-interpolation",
)
def largest_is_one(in_channels, out_channels, stride):
    """The largest weight is made 1."""
    return _made(in_channels, out_channels, stride, "largest_is_one")


@mistake("bilinear_kernel", hint="The weights are fractions.", read="sec-seg-interpolation")
def rounded(in_channels, out_channels, stride):
    """The weights are rounded."""
    return _made(in_channels, out_channels, stride, "rounded")


@mistake(
    "bilinear_kernel",
    hint="The line falls on both sides of the middle.",
    read="sec-seg-interpolation",
)
def one_side(in_channels, out_channels, stride):
    """The weights on one side of the middle are 0."""
    return _made(in_channels, out_channels, stride, "one_side")


@mistake(
    "bilinear_kernel",
    hint="In two dimensions, an entry is the product of the two.",
    read="sec-seg-interpolation",
)
def sum_of_the_axes(in_channels, out_channels, stride):
    """The two axes are averaged."""
    return _made(in_channels, out_channels, stride, "sum_of_the_axes")


@mistake(
    "bilinear_kernel",
    hint="In two dimensions, an entry is the product of the two.",
    read="sec-seg-interpolation",
)
def least_of_the_axes(in_channels, out_channels, stride):
    """The lesser of the two axes counts."""
    return _made(in_channels, out_channels, stride, "least_of_the_axes")


@mistake(
    "bilinear_kernel",
    hint="Rows count as well as columns: an entry is the product of the two.",
    read="sec-seg-interpolation",
)
def one_axis(in_channels, out_channels, stride):
    """The weights change along one axis alone."""
    return _made(in_channels, out_channels, stride, "one_axis")


@mistake(
    "bilinear_kernel",
    hint="In two dimensions, an entry is the product of the two, as it is.",
    read="sec-seg-interpolation",
)
def root_of_the_product(in_channels, out_channels, stride):
    """The root of the product is taken."""
    return _made(in_channels, out_channels, stride, "root_of_the_product")


@mistake(
    "bilinear_kernel",
    hint="Bilinear is linear along each axis: an entry is a product, not a cone.",
    read="sec-seg-interpolation",
)
def cone(in_channels, out_channels, stride):
    """The weights fall with the distance in the plane."""
    return _made(in_channels, out_channels, stride, "cone")


@mistake(
    "bilinear_kernel",
    hint="Channels do not mix: only the weights from a channel to itself are not 0.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def every_pair(in_channels, out_channels, stride):
    """Every channel goes to every channel."""
    return _made(in_channels, out_channels, stride, "every_pair")


@mistake(
    "bilinear_kernel",
    hint="Two ranges of different lengths cannot be paired: only as many channels as both sides have go straight on.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def paired_ranges(in_channels, out_channels, stride):
    """The diagonal is filled by pairing the two ranges of channels, which fails where they differ."""
    return _made(in_channels, out_channels, stride, "paired_ranges")


@mistake(
    "bilinear_kernel",
    hint="Each channel that both sides have goes to itself.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def first_channel_alone(in_channels, out_channels, stride):
    """Only the first channel has weights."""
    return _made(in_channels, out_channels, stride, "first_channel_alone")


@mistake(
    "bilinear_kernel",
    hint="Channels do not mix.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def shared_among_inputs(in_channels, out_channels, stride):
    """Every output channel is the mean of all channels."""
    return _made(in_channels, out_channels, stride, "shared_among_inputs")


@mistake(
    "bilinear_kernel",
    hint="The two numbers of channels may differ.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def as_many_as_come_in(in_channels, out_channels, stride):
    """There are as many channels out as in."""
    return _made(in_channels, out_channels, stride, "as_many_as_come_in")


@mistake(
    "bilinear_kernel",
    hint="Where one side has more channels than the other, those have no weights.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def repeats_channels(in_channels, out_channels, stride):
    """Channels repeat where one side has more."""
    return _made(in_channels, out_channels, stride, "repeats_channels")


@mistake(
    "bilinear_kernel",
    hint="A transposed convolution's weights have four axes.",
    read="sec-seg-interpolation",
)
def one_kernel(in_channels, out_channels, stride):
    """One kernel comes back, without the axes of the channels."""
    return _made(in_channels, out_channels, stride, "one_kernel")


@mistake(
    "bilinear_kernel",
    hint="The weights are (in_channels, out_channels, k, k), with zeros between different channels.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def for_each_channel(in_channels, out_channels, stride):
    """There is one kernel for each output channel, as with groups."""
    return _made(in_channels, out_channels, stride, "for_each_channel")


@mistake(
    "bilinear_kernel",
    hint="In transposed convolutions the channels that come in are the first axis.",
    read="sec-seg-interpolation",
    corner="several channels",
)
def channels_exchanged(in_channels, out_channels, stride):
    """The two axes of channels are exchanged."""
    return _made(in_channels, out_channels, stride, "channels_exchanged")


@mistake(
    "bilinear_kernel",
    hint="The channels are the first two axes, as in torch.",
    read="sec-seg-interpolation",
)
def channels_last(in_channels, out_channels, stride):
    """The channels come last."""
    return _made(in_channels, out_channels, stride, "channels_last")


@mistake(
    "bilinear_kernel",
    hint="Numbers are float64 here, unless the text says otherwise.",
    read="sec-seg-interpolation",
)
def single_precision(in_channels, out_channels, stride):
    """The weights are float32."""
    return _made(in_channels, out_channels, stride, "single_precision")


@mistake(
    "bilinear_kernel",
    hint="The line falls by 1 / stride from one pixel to the next, so that its reach is the stride and not the side.",
    read="sec-seg-interpolation",
)
def divided_by_the_side(in_channels, out_channels, stride):
    """The distance is divided by the side of the kernel."""
    side = 2 * stride - stride % 2
    line = 1 - np.abs(np.arange(side) - (side - 1) / 2) / side
    channels = np.eye(in_channels, out_channels)
    return channels[:, :, None, None] * np.outer(line, line)


@mistake(
    "bilinear_kernel",
    hint="There may be fewer channels out than in: only a channel that both have goes to itself.",
    read="sec-seg-transposed",
    corner="channels",
)
def loop_over_all_that_come_in(in_channels, out_channels, stride):
    """The loop goes over all channels that come in, and some of them have no partner."""
    side = 2 * stride - stride % 2
    line = 1 - np.abs(np.arange(side) - (side - 1) / 2) / stride
    weights = np.zeros((in_channels, out_channels, side, side))
    for c in range(in_channels):
        weights[c, c] = np.outer(line, line)
    return weights


# --- right answers, written another way ---


@alternative("bilinear_kernel")
def by_up_and_down(in_channels, out_channels, stride):
    """The half line, and its mirror image."""
    up = (np.arange(stride) + (1 if stride % 2 else 0.5)) / stride
    line = np.concatenate([up, up[::-1][stride % 2 :]])
    weight = np.zeros((in_channels, out_channels, len(line), len(line)))
    for c in range(min(in_channels, out_channels)):
        weight[c, c] = line[:, None] * line[None, :]
    return weight


@alternative("bilinear_kernel")
def by_factor_and_center(in_channels, out_channels, stride):
    """As Caffe's filler counts: factor and center."""
    k = 2 * stride - stride % 2
    factor = (k + 1) // 2
    center = factor - 1 if k % 2 == 1 else factor - 0.5
    rows, columns = np.ogrid[:k, :k]
    square = (1 - abs(rows - center) / factor) * (1 - abs(columns - center) / factor)
    weight = np.zeros((in_channels, out_channels, k, k))
    both = range(min(in_channels, out_channels))
    weight[both, both] = square
    return weight
