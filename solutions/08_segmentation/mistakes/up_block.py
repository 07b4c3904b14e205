"""Wrong answers to `up_block` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _came(x, up, wrong):
    if wrong == "nearest_for_transposed":
        small = torch.einsum("nchw,cd->ndhw", x, up.sum(dim=(2, 3)))
        return F.interpolate(small, scale_factor=2)
    if wrong == "up_flipped":
        up = up.flip(2, 3)
    if wrong == "up_transposed":
        up = up.transpose(2, 3)
    y = F.conv_transpose2d(x, up, stride=2)
    if wrong == "relu_behind_up":
        y = F.relu(y)
    return y


def _made(x, skip, up, weights, padded, wrong):
    if wrong == "always_padded":
        padded = True
    if wrong == "never_padded":
        padded = False
    y = _came(x, up, wrong)
    high, wide = skip.shape[2] - y.shape[2], skip.shape[3] - y.shape[3]
    same = "same" if padded else "valid"
    if padded:
        if wrong == "zeros_above":
            y = F.pad(y, (wide, 0, high, 0))
        elif wrong == "zeros_around":
            y = F.pad(y, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        elif wrong == "repeated_at_the_border":
            y = F.pad(y, (0, wide, 0, high), mode="replicate")
        elif wrong == "stretched":
            y = F.interpolate(y, tuple(skip.shape[2:]), mode="bilinear")
        elif wrong == "one_row_and_column_at_most":
            y = F.pad(y, (0, min(wide, 1), 0, min(high, 1)))
        elif wrong == "pad_exchanged":
            y = F.pad(y, (0, high, 0, wide))
        elif wrong == "skip_cut_to_fit":
            skip = skip[:, :, : y.shape[2], : y.shape[3]]
        elif wrong == "sizes_not_made_to_fit":
            pass
        else:
            y = F.pad(y, (0, wide, 0, high))
    else:
        top, left = high // 2, wide // 2
        if wrong == "cut_at_the_corner":
            top = left = 0
        if wrong == "cut_at_the_far_corner":
            top, left = high, wide
        if wrong == "more_cut_off_above":
            top, left = (high + 1) // 2, (wide + 1) // 2
        if wrong == "odd_difference_stays":
            skip = skip[:, :, top : skip.shape[2] - top, left : skip.shape[3] - left]
        elif wrong == "cut_by_minus_zero":
            skip = skip[:, :, top:-top, left:-left]
        elif wrong == "shrunk":
            skip = F.interpolate(skip, tuple(y.shape[2:]), mode="bilinear")
        elif wrong == "enlarged_not_cut":
            y = F.pad(y, (0, wide, 0, high))
        else:
            skip = skip[:, :, top : top + y.shape[2], left : left + y.shape[3]]
    if wrong == "skip_last":
        both = [y, skip]
    elif wrong == "added":
        total = y + skip.mean(dim=1, keepdim=True)
        both = [total.mean(dim=1, keepdim=True).expand_as(skip), total]
    elif wrong == "skip_zero":
        both = [0 * skip, y]
    elif wrong == "skip_detached":
        both = [skip.detach(), y]
    elif wrong == "up_detached":
        both = [skip, y.detach()]
    elif wrong == "skip_rectified":
        both = [F.relu(skip), y]
    else:
        both = [skip, y]
    y = torch.cat(both, dim=1)
    first, second = weights
    if wrong == "relu_before_the_first":
        y = F.relu(y)
    if wrong == "no_relu_between":
        return F.relu(F.conv2d(F.conv2d(y, first, padding=same), second, padding=same))
    y = F.conv2d(y, first, padding=same)
    if wrong == "one_relu_at_the_end":
        return F.relu(F.conv2d(y, second, padding=same))
    y = F.relu(y)
    if wrong == "first_convolution_alone":
        return y
    if wrong == "second_padded_alone" and not padded:
        return F.relu(F.conv2d(y, second, padding=1))
    y = F.conv2d(y, second, padding=same)
    if wrong == "no_relu_at_the_end":
        return y
    if wrong == "leaky":
        return F.leaky_relu(y)
    y = F.relu(y)
    if wrong == "normalised":
        return (y - y.mean()) / (y.std() + 1e-5)
    return y


@mistake(
    "up_block",
    hint="First the channels of skip, then those that came up: the weights are in that order.",
    read="sec-seg-unet",
)
def skip_last(x, skip, up, weights, padded):
    """The channels that came up stand first."""
    return _made(x, skip, up, weights, padded, "skip_last")


@mistake(
    "up_block",
    hint="U-Net puts them side by side, so that the first convolution sees S + D channels. Adding is what FCN and ResNet do.",
    read="sec-seg-unet",
)
def added(x, skip, up, weights, padded):
    """Both are added in place of put side by side."""
    return _made(x, skip, up, weights, padded, "added")


@mistake(
    "up_block",
    hint="The channels of skip go into the convolution as they are.",
    read="sec-seg-unet",
)
def skip_zero(x, skip, up, weights, padded):
    """What skip holds is not used."""
    return _made(x, skip, up, weights, padded, "skip_zero")


@mistake("up_block", hint="skip comes as it is.", read="sec-seg-unet")
def skip_rectified(x, skip, up, weights, padded):
    """A ReLU is put on skip."""
    return _made(x, skip, up, weights, padded, "skip_rectified")


@mistake(
    "up_block",
    hint="Each of the four entries of a transposed kernel has a pixel of its own in the output.",
    read="sec-seg-unet",
)
def nearest_for_transposed(x, skip, up, weights, padded):
    """The coarse maps are enlarged by the nearest neighbour."""
    return _made(x, skip, up, weights, padded, "nearest_for_transposed")


@mistake(
    "up_block",
    hint="The kernel's first entry makes the upper left pixel of four. torch's conv_transpose2d takes it as it is.",
    read="sec-seg-unet",
)
def up_flipped(x, skip, up, weights, padded):
    """The transposed kernel is turned by half a turn."""
    return _made(x, skip, up, weights, padded, "up_flipped")


@mistake(
    "up_block",
    hint="Entry (i, j) of the kernel makes the pixel i rows below and j columns right.",
    read="sec-seg-unet",
)
def up_transposed(x, skip, up, weights, padded):
    """Rows and columns of the transposed kernel are exchanged."""
    return _made(x, skip, up, weights, padded, "up_transposed")


@mistake("up_block", hint="Only the two convolutions have a ReLU behind them.", read="sec-seg-unet")
def relu_behind_up(x, skip, up, weights, padded):
    """There is a ReLU behind the transposed convolution."""
    return _made(x, skip, up, weights, padded, "relu_behind_up")


@mistake(
    "up_block", hint="Only behind each of the two convolutions is a ReLU.", read="sec-seg-unet"
)
def relu_before_the_first(x, skip, up, weights, padded):
    """There is a ReLU before the first convolution."""
    return _made(x, skip, up, weights, padded, "relu_before_the_first")


@mistake(
    "up_block", hint="There is a ReLU behind each of the two convolutions.", read="sec-seg-unet"
)
def no_relu_between(x, skip, up, weights, padded):
    """There is no ReLU between the convolutions."""
    return _made(x, skip, up, weights, padded, "no_relu_between")


@mistake(
    "up_block", hint="There is a ReLU behind each of the two convolutions.", read="sec-seg-unet"
)
def no_relu_at_the_end(x, skip, up, weights, padded):
    """There is no ReLU at the end."""
    return _made(x, skip, up, weights, padded, "no_relu_at_the_end")


@mistake("up_block", hint="A ReLU makes negative numbers 0.", read="sec-seg-unet")
def leaky(x, skip, up, weights, padded):
    """The last ReLU is leaky."""
    return _made(x, skip, up, weights, padded, "leaky")


@mistake("up_block", hint="No norm is asked for.", read="sec-seg-unet")
def normalised(x, skip, up, weights, padded):
    """The result is normalised."""
    return _made(x, skip, up, weights, padded, "normalised")


@mistake("up_block", hint="There are two convolutions.", read="sec-seg-unet")
def first_convolution_alone(x, skip, up, weights, padded):
    """The second convolution is left out."""
    return _made(x, skip, up, weights, padded, "first_convolution_alone")


@mistake(
    "up_block",
    hint="Max pooling drops the last row and column, so they are missing below and at the right.",
    read="sec-seg-unet",
    corner="odd sides",
)
def zeros_above(x, skip, up, weights, padded):
    """The missing rows and columns are put above and at the left."""
    return _made(x, skip, up, weights, padded, "zeros_above")


@mistake(
    "up_block",
    hint="Max pooling drops the last row and column, so they are missing below and at the right.",
    read="sec-seg-unet",
    corner="odd sides",
)
def zeros_around(x, skip, up, weights, padded):
    """The missing rows and columns are shared between both sides."""
    return _made(x, skip, up, weights, padded, "zeros_around")


@mistake("up_block", hint="They are zeros.", read="sec-seg-unet", corner="odd sides")
def repeated_at_the_border(x, skip, up, weights, padded):
    """The missing rows and columns repeat the border."""
    return _made(x, skip, up, weights, padded, "repeated_at_the_border")


@mistake(
    "up_block",
    hint="Stretching moves every pixel. Rows and columns of zeros are put below and at the right.",
    read="sec-seg-unet",
    corner="odd sides",
)
def stretched(x, skip, up, weights, padded):
    """What came up is stretched to the size of skip."""
    return _made(x, skip, up, weights, padded, "stretched")


@mistake("up_block", hint="As many as are missing.", read="sec-seg-unet", corner="odd sides")
def one_row_and_column_at_most(x, skip, up, weights, padded):
    """At most one row and one column are put there."""
    return _made(x, skip, up, weights, padded, "one_row_and_column_at_most")


@mistake(
    "up_block",
    hint="F.pad begins with the last axis: first left and right, then above and below.",
    read="sec-seg-unet",
    corner="odd sides",
)
def pad_exchanged(x, skip, up, weights, padded):
    """The missing rows and columns are exchanged."""
    return _made(x, skip, up, weights, padded, "pad_exchanged")


@mistake(
    "up_block",
    hint="Padded, the result is as large as skip: what came up gets larger.",
    read="sec-seg-unet",
    corner="odd sides",
)
def skip_cut_to_fit(x, skip, up, weights, padded):
    """skip is cut when padded, too."""
    return _made(x, skip, up, weights, padded, "skip_cut_to_fit")


@mistake(
    "up_block",
    hint="A side that was odd lost a pixel on the way down: bring it back with zeros.",
    read="sec-seg-unet",
    corner="odd sides",
)
def sizes_not_made_to_fit(x, skip, up, weights, padded):
    """What came up is not made to fit."""
    return _made(x, skip, up, weights, padded, "sizes_not_made_to_fit")


@mistake(
    "up_block",
    hint="Not padded, skip is cut and the convolutions lose a pixel on each side.",
    read="sec-seg-unet",
    corner="not padded",
)
def always_padded(x, skip, up, weights, padded):
    """The block is padded, whatever `padded` says."""
    return _made(x, skip, up, weights, padded, "always_padded")


@mistake(
    "up_block",
    hint="Padded, each of the two convolutions gives maps as large as those that it gets.",
    read="sec-seg-unet",
)
def never_padded(x, skip, up, weights, padded):
    """A convolution is not padded where `padded` is True."""
    return _made(x, skip, up, weights, padded, "never_padded")


@mistake(
    "up_block",
    hint="The middle is cut out, so that the pixels of both lie on each other.",
    read="sec-seg-unet",
    corner="not padded",
)
def cut_at_the_corner(x, skip, up, weights, padded):
    """The upper left corner of skip is cut out."""
    return _made(x, skip, up, weights, padded, "cut_at_the_corner")


@mistake("up_block", hint="The middle is cut out.", read="sec-seg-unet", corner="not padded")
def cut_at_the_far_corner(x, skip, up, weights, padded):
    """The lower right corner of skip is cut out."""
    return _made(x, skip, up, weights, padded, "cut_at_the_far_corner")


@mistake(
    "up_block",
    hint="One row more is cut off below than above.",
    read="sec-seg-unet",
    corner="uneven",
)
def more_cut_off_above(x, skip, up, weights, padded):
    """Of an odd difference, the larger half is cut off above and at the left."""
    return _made(x, skip, up, weights, padded, "more_cut_off_above")


@mistake(
    "up_block",
    hint="If the difference is odd, one side loses one more. Slice from the first row on, as many rows as came up.",
    read="sec-seg-unet",
    corner="uneven",
)
def odd_difference_stays(x, skip, up, weights, padded):
    """The same is cut off on each side, so that an odd difference stays."""
    return _made(x, skip, up, weights, padded, "odd_difference_stays")


@mistake(
    "up_block",
    hint="With 0, the slice 0:-0 is empty. Slice up to the first row plus the height.",
    read="sec-seg-unet",
    corner="not padded",
)
def cut_by_minus_zero(x, skip, up, weights, padded):
    """skip is cut by top:-top, which leaves nothing where nothing is to be cut off."""
    return _made(x, skip, up, weights, padded, "cut_by_minus_zero")


@mistake(
    "up_block",
    hint="Shrinking moves every pixel. The middle is cut out.",
    read="sec-seg-unet",
    corner="not padded",
)
def shrunk(x, skip, up, weights, padded):
    """skip is shrunk to the size of what came up."""
    return _made(x, skip, up, weights, padded, "shrunk")


@mistake("up_block", hint="Not padded, skip is cut.", read="sec-seg-unet", corner="not padded")
def enlarged_not_cut(x, skip, up, weights, padded):
    """What came up is enlarged by zeros when not padded, too."""
    return _made(x, skip, up, weights, padded, "enlarged_not_cut")


@mistake(
    "up_block", hint="Not padded, neither convolution is.", read="sec-seg-unet", corner="not padded"
)
def second_padded_alone(x, skip, up, weights, padded):
    """The second convolution is padded when it should not be."""
    return _made(x, skip, up, weights, padded, "second_padded_alone")


@mistake(
    "up_block",
    hint="The gradient goes to skip as well, and by that way to the early layers.",
    read="sec-seg-unet",
    corner="gradients",
)
def skip_detached(x, skip, up, weights, padded):
    """skip is detached."""
    return _made(x, skip, up, weights, padded, "skip_detached")


@mistake(
    "up_block",
    hint="The gradient goes to the coarse maps as well.",
    read="sec-seg-unet",
    corner="gradients",
)
def up_detached(x, skip, up, weights, padded):
    """What came up is detached."""
    return _made(x, skip, up, weights, padded, "up_detached")


@mistake(
    "up_block",
    hint="`torch.zeros` makes float32, which holds some 7 digits. `x.new_zeros`, or `dtype=x.dtype`, keeps what came; `F.pad` does, too.",
    read="sec-seg-unet",
    corner="odd sides",
)
def zeros_of_float32(x, skip, up, weights, padded):
    """What came up is written into zeros of float32, torch's default, and rounded."""
    y = F.conv_transpose2d(x, up, stride=2)
    if padded:
        larger = torch.zeros(*y.shape[:2], *skip.shape[2:])
        larger[:, :, : y.shape[2], : y.shape[3]] = y
        y = larger
    else:
        top, left = ((a - b) // 2 for a, b in zip(skip.shape[2:], y.shape[2:], strict=True))
        skip = skip[:, :, top : top + y.shape[2], left : left + y.shape[3]]
    y = torch.cat([skip, y], dim=1)
    for weight in weights:
        y = F.relu(F.conv2d(y, weight, padding=int(padded)))
    return y


@mistake("up_block", same_as="never_padded")
def second_never_padded(x, skip, up, weights, padded):
    """The second convolution is not padded."""
    y = F.conv_transpose2d(x, up, stride=2)
    if padded:
        y = F.pad(y, (0, skip.shape[3] - y.shape[3], 0, skip.shape[2] - y.shape[2]))
    else:
        top, left = ((a - b) // 2 for a, b in zip(skip.shape[2:], y.shape[2:], strict=True))
        skip = skip[:, :, top : top + y.shape[2], left : left + y.shape[3]]
    y = F.relu(F.conv2d(torch.cat([skip, y], dim=1), weights[0], padding=int(padded)))
    return F.relu(F.conv2d(y, weights[1]))


@mistake("up_block", same_as="stretched", corner="odd sides")
def stretched_to_the_nearest(x, skip, up, weights, padded):
    """What came up is stretched to the size of skip by the nearest neighbour."""
    if padded:
        y = F.interpolate(F.conv_transpose2d(x, up, stride=2), tuple(skip.shape[2:]))
        y = torch.cat([skip, y], dim=1)
        for weight in weights:
            y = F.relu(F.conv2d(y, weight, padding=1))
        return y
    return _made(x, skip, up, weights, padded, "")


@mistake(
    "up_block",
    hint="`padded=False` is for both: skip is cut, and neither convolution is padded.",
    read="sec-seg-unet",
    corner="not padded",
)
def convolutions_always_padded(x, skip, up, weights, padded):
    """Both convolutions are padded, also where `padded` is False."""
    y = F.conv_transpose2d(x, up, stride=2)
    high, wide = skip.shape[2] - y.shape[2], skip.shape[3] - y.shape[3]
    if padded:
        y = F.pad(y, (0, wide, 0, high))
    else:
        top, left = high // 2, wide // 2
        skip = skip[:, :, top : top + y.shape[2], left : left + y.shape[3]]
    y = torch.cat([skip, y], dim=1)
    for weight in weights:
        y = F.relu(F.conv2d(y, weight, padding=1))
    return y


@mistake(
    "up_block",
    hint="`output_padding` gives one row or column at most. Zeros are appended to what came up, as many as are missing.",
    read="sec-seg-unet",
    corner="odd sides",
)
def by_output_padding(x, skip, up, weights, padded):
    """`output_padding` stands for the zeros."""
    missing = skip.shape[2] % 2, skip.shape[3] % 2
    y = F.conv_transpose2d(x, up, stride=2, output_padding=missing if padded else 0)
    if not padded:
        top, left = ((a - b) // 2 for a, b in zip(skip.shape[2:], y.shape[2:], strict=True))
        skip = skip[:, :, top : top + y.shape[2], left : left + y.shape[3]]
    y = torch.cat([skip, y], dim=1)
    for weight in weights:
        y = F.relu(F.conv2d(y, weight, padding=int(padded)))
    return y


# --- right answers, written another way ---


@alternative("up_block")
def zeros_first(x, skip, up, weights, padded):
    """What comes up is written into zeros; the four entries of the kernel one after the other."""
    n, _, h, w = x.shape
    y = x.new_zeros(n, up.shape[1], 2 * h, 2 * w)
    for i in range(2):
        for j in range(2):
            y[:, :, i::2, j::2] = torch.einsum("nchw,cd->ndhw", x, up[:, :, i, j])
    if padded:
        whole = x.new_zeros(n, up.shape[1], *skip.shape[2:])
        whole[:, :, : 2 * h, : 2 * w] = y
        y = whole
    else:
        top, left = (skip.shape[2] - 2 * h) // 2, (skip.shape[3] - 2 * w) // 2
        skip = skip.narrow(2, top, 2 * h).narrow(3, left, 2 * w)
    y = torch.cat((skip, y), 1)
    for weight in weights:
        y = torch.relu(F.conv2d(y, weight, padding=int(padded)))
    return y


@alternative("up_block")
def weights_taken_apart(x, skip, up, weights, padded):
    """The first convolution is a sum of two, one for each part."""
    y = F.conv_transpose2d(x, up, stride=(2, 2))
    rows, columns = (a - b for a, b in zip(skip.shape[2:], y.shape[2:], strict=True))
    if padded:
        y = F.pad(y, (0, columns, 0, rows))
    else:
        skip = F.pad(
            skip, (-(columns // 2), -(columns - columns // 2), -(rows // 2), -(rows - rows // 2))
        )
    rim = 1 if padded else 0
    of_skip, of_up = weights[0].split([skip.shape[1], y.shape[1]], dim=1)
    y = (F.conv2d(skip, of_skip, padding=rim) + F.conv2d(y, of_up, padding=rim)).clamp(min=0)
    return F.conv2d(y, weights[1], padding=rim).clamp(min=0)
