"""Wrong answers to `conv_transpose2d` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


def _legal(stride, output_padding):
    if not 0 <= output_padding < stride:
        raise ValueError("output_padding must be at least 0 and below the stride")


def _spread(x, weight, stride, more, wrong=""):
    """All copies, before padding cuts off and without the bias."""
    (n, _, h, w), (_, k, kh, kw) = x.shape, weight.shape
    down, across = (h - 1) * stride, (w - 1) * stride
    y = np.zeros((n, k, down + kh + more, across + kw + more))
    covered = np.zeros(y.shape[2:])
    for i, j in np.ndindex(kh, kw):
        rows, columns = slice(i, i + down + 1, stride), slice(j, j + across + 1, stride)
        part = np.einsum("nchw,ck->nkhw", x, weight[:, :, i, j])
        covered[rows, columns] += 1
        if wrong == "assigned":
            y[:, :, rows, columns] = part
        elif wrong == "largest":
            y[:, :, rows, columns] = np.where(
                covered[rows, columns] > 1, np.maximum(y[:, :, rows, columns], part), part
            )
        else:
            y[:, :, rows, columns] += part
    if wrong == "averaged":
        y = y / np.maximum(covered, 1)
    return y


def _cut(y, padding):
    return y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]


def _made(x, weight, bias, stride, padding, output_padding, wrong):
    if wrong != "anything_is_legal":
        _legal(stride, output_padding)
    if wrong == "zero_is_illegal" and output_padding == 0:
        raise ValueError("output_padding must be above 0")
    b = bias[:, None, None]
    if wrong == "flipped":
        weight = weight[:, :, ::-1, ::-1]
    if wrong == "kernel_transposed":
        weight = weight.swapaxes(2, 3)
    if wrong == "weight_of_a_convolution":
        weight = weight.swapaxes(0, 1)
    if wrong == "first_channel_alone":
        x, weight = x[:, :1], weight[:1]
    if wrong == "stride_forgotten":
        return _cut(_spread(x, weight, 1, output_padding), padding) + b
    if wrong == "no_bias":
        b = 0 * b
    if wrong == "bias_in_every_copy":
        ones = _spread(
            np.ones((len(x), 1, *x.shape[2:])),
            np.ones((1, 1, *weight.shape[2:])),
            stride,
            output_padding,
        )
        return _cut(_spread(x, weight, stride, output_padding) + ones * b, padding)
    if wrong == "bias_where_copies_are":
        ones = _spread(
            np.ones((len(x), 1, *x.shape[2:])),
            np.ones((1, 1, *weight.shape[2:])),
            stride,
            output_padding,
        )
        return _cut(_spread(x, weight, stride, output_padding) + (ones > 0) * b, padding)
    if wrong in ("assigned", "averaged", "largest"):
        return _cut(_spread(x, weight, stride, output_padding, wrong), padding) + b
    y = _spread(x, weight, stride, output_padding)
    if wrong == "padding_adds":
        rim = (padding, padding)
        return np.pad(y, ((0, 0), (0, 0), rim, rim)) + b
    if wrong == "padding_forgotten":
        return y + b
    if wrong == "padding_at_the_end_alone":
        return y[:, :, : y.shape[2] - padding, : y.shape[3] - padding] + b
    if wrong == "padding_at_the_beginning_alone":
        return y[:, :, padding:, padding:] + b
    if wrong == "padding_twice_at_the_end":
        return y[:, :, : y.shape[2] - 2 * padding, : y.shape[3] - 2 * padding] + b
    if wrong == "padding_in_rows_alone":
        return y[:, :, padding : y.shape[2] - padding] + b
    if wrong == "padding_by_minus_zero":
        return y[:, :, padding:-padding, padding:-padding] + b
    if wrong == "padding_of_the_input":
        rim = (padding, padding)
        return (
            _cut(
                _spread(np.pad(x, ((0, 0), (0, 0), rim, rim)), weight, stride, output_padding),
                padding,
            )
            + b
        )
    if wrong == "output_padding_ignored":
        return _cut(_spread(x, weight, stride, 0), padding) + b
    if wrong == "output_padding_twice":
        return _cut(_spread(x, weight, stride, 2 * output_padding), padding) + b
    plain = _spread(x, weight, stride, 0)
    more = (output_padding, 0)
    if wrong == "output_padding_first":
        return _cut(np.pad(plain, ((0, 0), (0, 0), more, more)), padding) + b
    if wrong == "output_padding_on_all_sides":
        both = (output_padding, output_padding)
        return _cut(np.pad(plain, ((0, 0), (0, 0), both, both)), padding) + b
    if wrong == "output_padding_after_the_cut":
        return np.pad(_cut(plain, padding), ((0, 0), (0, 0), more[::-1], more[::-1])) + b
    if wrong == "output_padding_without_bias":
        return np.pad(_cut(plain, padding) + b, ((0, 0), (0, 0), more[::-1], more[::-1]))
    if wrong == "output_padding_in_rows_alone":
        y = y[:, :, :, : y.shape[3] - output_padding]
    return _cut(y, padding) + b


@mistake(
    "conv_transpose2d",
    hint="Where copies overlap they are added up: `+=`, not `=`.",
    read="sec-seg-transposed",
)
def assigned(x, weight, bias, stride, padding, output_padding):
    """Where copies overlap, the last one stays."""
    return _made(x, weight, bias, stride, padding, output_padding, "assigned")


@mistake(
    "conv_transpose2d",
    hint="Where copies overlap they are added up, and nothing is divided.",
    read="sec-seg-transposed",
)
def averaged(x, weight, bias, stride, padding, output_padding):
    """Where copies overlap, their mean is taken."""
    return _made(x, weight, bias, stride, padding, output_padding, "averaged")


@mistake(
    "conv_transpose2d", hint="Where copies overlap they are added up.", read="sec-seg-transposed"
)
def largest(x, weight, bias, stride, padding, output_padding):
    """Where copies overlap, the largest stays."""
    return _made(x, weight, bias, stride, padding, output_padding, "largest")


@mistake(
    "conv_transpose2d",
    hint="A copy lies as the kernel is, its first entry on the upper left pixel. (A convolution of the input with zeros between its pixels needs the flip, and this is no such convolution.)",
    read="sec-seg-transposed",
)
def flipped(x, weight, bias, stride, padding, output_padding):
    """The kernel is turned by half a turn."""
    return _made(x, weight, bias, stride, padding, output_padding, "flipped")


@mistake(
    "conv_transpose2d",
    hint="Entry (i, j) of the kernel lies i rows below and j columns right of the copy's first pixel.",
    read="sec-seg-transposed",
)
def kernel_transposed(x, weight, bias, stride, padding, output_padding):
    """Rows and columns of the kernel are exchanged."""
    return _made(x, weight, bias, stride, padding, output_padding, "kernel_transposed")


@mistake(
    "conv_transpose2d",
    hint="In a transposed convolution the channels of x are the first axis of the weights, and those of y the second.",
    read="sec-seg-transposed",
)
def weight_of_a_convolution(x, weight, bias, stride, padding, output_padding):
    """The weights are taken as (K, C, kH, kW), as in a convolution."""
    return _made(x, weight, bias, stride, padding, output_padding, "weight_of_a_convolution")


@mistake(
    "conv_transpose2d",
    hint="Every channel of x lays copies, and all of them are added up.",
    read="sec-seg-transposed",
)
def first_channel_alone(x, weight, bias, stride, padding, output_padding):
    """Only the first channel of x is used."""
    return _made(x, weight, bias, stride, padding, output_padding, "first_channel_alone")


@mistake(
    "conv_transpose2d",
    hint="Neighbouring pixels of x lay their copies `stride` pixels apart.",
    read="sec-seg-transposed",
)
def stride_forgotten(x, weight, bias, stride, padding, output_padding):
    """The copies are one pixel apart, whatever the stride."""
    return _made(x, weight, bias, stride, padding, output_padding, "stride_forgotten")


@mistake(
    "conv_transpose2d", hint="The bias is added to each pixel of y.", read="sec-seg-transposed"
)
def no_bias(x, weight, bias, stride, padding, output_padding):
    """The bias is left out."""
    return _made(x, weight, bias, stride, padding, output_padding, "no_bias")


@mistake(
    "conv_transpose2d",
    hint="Each pixel of y gets the bias once, however many copies lie on it: add it at the end.",
    read="sec-seg-transposed",
)
def bias_in_every_copy(x, weight, bias, stride, padding, output_padding):
    """Every copy brings the bias along."""
    return _made(x, weight, bias, stride, padding, output_padding, "bias_in_every_copy")


@mistake(
    "conv_transpose2d",
    hint="Every pixel of y gets the bias, also where no copy reaches.",
    read="sec-seg-transposed",
)
def bias_where_copies_are(x, weight, bias, stride, padding, output_padding):
    """Only pixels on which a copy lies get the bias."""
    return _made(x, weight, bias, stride, padding, output_padding, "bias_where_copies_are")


@mistake(
    "conv_transpose2d",
    hint="In a transposed convolution, padding makes the output smaller: it is cut off.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_adds(x, weight, bias, stride, padding, output_padding):
    """The padding is put around the output."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_adds")


@mistake(
    "conv_transpose2d",
    hint="So many rows and columns as the padding says are cut off on each of the four sides.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_forgotten(x, weight, bias, stride, padding, output_padding):
    """The padding is not cut off."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_forgotten")


@mistake(
    "conv_transpose2d",
    hint="It is cut off on each of the four sides.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_at_the_end_alone(x, weight, bias, stride, padding, output_padding):
    """Padding is cut off below and at the right alone."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_at_the_end_alone")


@mistake(
    "conv_transpose2d",
    hint="It is cut off on each of the four sides.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_at_the_beginning_alone(x, weight, bias, stride, padding, output_padding):
    """Padding is cut off above and at the left alone."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_at_the_beginning_alone")


@mistake(
    "conv_transpose2d",
    hint="The size is right, the place is not: cut the same off on each side.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_twice_at_the_end(x, weight, bias, stride, padding, output_padding):
    """All of the padding is cut off below and at the right."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_twice_at_the_end")


@mistake(
    "conv_transpose2d",
    hint="Columns are cut off as well as rows.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_in_rows_alone(x, weight, bias, stride, padding, output_padding):
    """Padding is cut off above and below alone."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_in_rows_alone")


@mistake(
    "conv_transpose2d",
    hint="With padding 0 the slice padding:-padding is 0:0, which is empty. Slice up to the size minus the padding.",
    read="sec-seg-transposed",
)
def padding_by_minus_zero(x, weight, bias, stride, padding, output_padding):
    """The padding is cut off by padding:-padding, which leaves nothing for a padding of 0."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_by_minus_zero")


@mistake(
    "conv_transpose2d",
    hint="Padding is cut off the output. Zeros around the input lay copies of zeros, and the output grows.",
    read="sec-seg-transposed-size",
    corner="padding",
)
def padding_of_the_input(x, weight, bias, stride, padding, output_padding):
    """The input is padded with zeros before."""
    return _made(x, weight, bias, stride, padding, output_padding, "padding_of_the_input")


@mistake(
    "conv_transpose2d",
    hint="`output_padding` makes the output larger, at the lower and the right end.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_ignored(x, weight, bias, stride, padding, output_padding):
    """There is no output padding."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_ignored")


@mistake(
    "conv_transpose2d",
    hint="It is added once, at one end of each axis.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_twice(x, weight, bias, stride, padding, output_padding):
    """The output grows by twice the output padding."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_twice")


@mistake(
    "conv_transpose2d",
    hint="It belongs to the lower and the right end.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_first(x, weight, bias, stride, padding, output_padding):
    """The output padding is put above and at the left."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_first")


@mistake(
    "conv_transpose2d",
    hint="It belongs to the lower and the right end alone.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_on_all_sides(x, weight, bias, stride, padding, output_padding):
    """The output padding is put on all four sides."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_on_all_sides")


@mistake(
    "conv_transpose2d",
    hint="There may be copies in the rows and columns that the padding would have cut off. Make room first, then cut.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_after_the_cut(x, weight, bias, stride, padding, output_padding):
    """Zeros are appended after the padding was cut off."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_after_the_cut")


@mistake(
    "conv_transpose2d",
    hint="Make room first, then cut, and add the bias to each pixel.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_without_bias(x, weight, bias, stride, padding, output_padding):
    """Zeros without the bias are appended after all the rest."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_without_bias")


@mistake(
    "conv_transpose2d",
    hint="The output grows in both directions.",
    read="sec-seg-transposed-size",
    corner="output padding",
)
def output_padding_in_rows_alone(x, weight, bias, stride, padding, output_padding):
    """Only rows are added, or only columns."""
    return _made(x, weight, bias, stride, padding, output_padding, "output_padding_in_rows_alone")


@mistake(
    "conv_transpose2d",
    hint="Which values of `output_padding` does the text call illegal?",
    read="sec-seg-transposed-size",
    corner="illegal",
)
def anything_is_legal(x, weight, bias, stride, padding, output_padding):
    """No error is raised."""
    return _made(x, weight, bias, stride, padding, output_padding, "anything_is_legal")


@mistake(
    "conv_transpose2d", hint="0 is legal, and the most common value.", read="sec-seg-transposed"
)
def zero_is_illegal(x, weight, bias, stride, padding, output_padding):
    """An output padding of 0 raises an error."""
    return _made(x, weight, bias, stride, padding, output_padding, "zero_is_illegal")


@mistake("conv_transpose2d", same_as="anything_is_legal", corner="illegal")
def one_too_much_is_legal(x, weight, bias, stride, padding, output_padding):
    """An output padding as large as the stride is let through."""
    if not 0 <= output_padding <= stride:
        raise ValueError("output_padding must be at least 0 and below the stride")
    return _cut(_spread(x, weight, stride, output_padding), padding) + bias[:, None, None]


@mistake(
    "conv_transpose2d",
    hint="An `assert` raises AssertionError; the text asks for ValueError.",
    read="sec-seg-transposed-size",
    corner="illegal",
)
def asserts(x, weight, bias, stride, padding, output_padding):
    """An assertion stands for the error."""
    assert 0 <= output_padding < stride, "output_padding must be below the stride"
    return _cut(_spread(x, weight, stride, output_padding), padding) + bias[:, None, None]


@mistake(
    "conv_transpose2d",
    hint="For one entry of the kernel, all pixels of x go to places that one slice with a step names.",
    read="sec-seg-transposed",
    corner="no loop",
)
def loop_over_places(x, weight, bias, stride, padding, output_padding):
    """Loops go over the pixels of x."""
    _legal(stride, output_padding)
    (n, _, h, w), (_, k, kh, kw) = x.shape, weight.shape
    size = (h - 1) * stride + kh + output_padding, (w - 1) * stride + kw + output_padding
    y = np.zeros((n, k, *size)) + bias[:, None, None]
    for r in range(h):
        for c in range(w):
            copies = np.einsum("nc,ckij->nkij", x[:, :, r, c], weight)
            y[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw] += copies
    return _cut(y, padding)


@mistake(
    "conv_transpose2d",
    hint="einsum or tensordot sums over the channels.",
    read="sec-seg-transposed",
    corner="no loop",
)
def loop_over_channels(x, weight, bias, stride, padding, output_padding):
    """A loop goes over the channels of x."""
    _legal(stride, output_padding)
    y = 0
    for c in range(x.shape[1]):
        y = y + _spread(x[:, c : c + 1], weight[c : c + 1], stride, output_padding)
    return _cut(y, padding) + bias[:, None, None]


@mistake(
    "conv_transpose2d",
    hint="All images of the batch take the same steps: keep their axis.",
    read="sec-seg-transposed",
    corner="no loop",
)
def loop_over_images(x, weight, bias, stride, padding, output_padding):
    """A loop goes over the images."""
    _legal(stride, output_padding)
    parts = [_spread(image[None], weight, stride, output_padding) for image in x]
    return _cut(np.concatenate(parts), padding) + bias[:, None, None]


@mistake(
    "conv_transpose2d",
    hint="From the first copy to the last there are H − 1 steps of `stride` pixels, and the last copy is as long as the kernel.",
    read="sec-seg-transposed-size",
)
def a_step_for_each_pixel(x, weight, bias, stride, padding, output_padding):
    """The height is taken for H · stride + kH − 1 in place of (H − 1) · stride + kH."""
    _legal(stride, output_padding)
    y = _spread(x, weight, stride, output_padding)
    more = stride - 1
    return _cut(np.pad(y, ((0, 0), (0, 0), (0, more), (0, more))), padding) + bias[:, None, None]


@mistake(
    "conv_transpose2d",
    hint="The first axis of the weights belongs to the channels of x, the second to those of y: the letters of an einsum have to say so.",
    read="sec-seg-transposed",
)
def einsum_letters_exchanged(x, weight, bias, stride, padding, output_padding):
    """An einsum takes the weights' axes for (K, C), and the channels of x do not fit."""
    _legal(stride, output_padding)
    (n, _, h, w), (_, k, kh, kw) = x.shape, weight.shape
    rows, columns = (h - 1) * stride + 1, (w - 1) * stride + 1
    y = np.zeros((n, k, rows + kh - 1 + output_padding, columns + kw - 1 + output_padding))
    for i in range(kh):
        for j in range(kw):
            copies = np.einsum("nchw,kc->nkhw", x, weight[:, :, i, j])
            y[:, :, i : i + rows : stride, j : j + columns : stride] += copies
    return _cut(y + bias[:, None, None], padding)


@mistake(
    "conv_transpose2d",
    hint="This exercise is for NumPy: you learn how the copies are laid when you lay them.",
    read="sec-seg-transposed",
    corner="torch",
)
def by_torchs_function(x, weight, bias, stride, padding, output_padding):
    """torch does the work."""
    _legal(stride, output_padding)
    parts = map(torch.tensor, (x, weight, bias))
    return torch.conv_transpose2d(*parts, stride, padding, output_padding).numpy()


@mistake("conv_transpose2d", same_as="output_padding_in_rows_alone", corner="output padding")
def output_padding_in_columns_alone(x, weight, bias, stride, padding, output_padding):
    """Only columns are added, and no rows."""
    _legal(stride, output_padding)
    y = _spread(x, weight, stride, output_padding) + bias[:, None, None]
    return _cut(y[:, :, : y.shape[2] - output_padding], padding)


# --- right answers, written another way ---


@alternative("conv_transpose2d")
def by_zeros_between(x, weight, bias, stride, padding, output_padding):
    """Zeros between and around the pixels of x, and a convolution with the turned kernel."""
    if output_padding < 0 or output_padding >= stride:
        raise ValueError("output_padding must lie between 0 and stride - 1")
    (n, c, h, w), (kh, kw) = x.shape, weight.shape[2:]
    high, wide = (h - 1) * stride + 1, (w - 1) * stride + 1
    apart = np.zeros(
        (n, c, high + 2 * (kh - 1) + output_padding, wide + 2 * (kw - 1) + output_padding)
    )
    apart[:, :, kh - 1 : kh - 1 + high : stride, kw - 1 : kw - 1 + wide : stride] = x
    windows = np.lib.stride_tricks.sliding_window_view(apart, (kh, kw), axis=(2, 3))
    y = np.einsum("nchwij,ckij->nkhw", windows, weight[:, :, ::-1, ::-1])
    y = y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]
    return y + bias.reshape(-1, 1, 1)


@alternative("conv_transpose2d")
def all_copies_first(x, weight, bias, stride, padding, output_padding):
    """One product makes all copies, and loops over the kernel's entries add them up."""
    if not 0 <= output_padding <= stride - 1:
        raise ValueError("the output padding has to be smaller than the stride and not negative")
    copies = np.tensordot(x, weight, axes=(1, 0))  # (N, h, w, K, kH, kW)
    n, h, w, k, kh, kw = copies.shape
    y = np.zeros(
        (n, k, stride * (h - 1) + kh + output_padding, stride * (w - 1) + kw + output_padding)
    )
    for i in range(kh):
        for j in range(kw):
            y[:, :, i : i + stride * h : stride, j : j + stride * w : stride][:, :, :h, :w] += (
                copies[..., i, j].transpose(0, 3, 1, 2)
            )
    y += bias[None, :, None, None]
    return y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding].copy()
