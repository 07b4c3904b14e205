"""Wrong answers to `locally_connected2d` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _windows(x, kernel, stride):
    """(N, C, outH, outW, kH, kW)"""
    return np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]


def _local(x, weight, stride):
    return np.einsum("ncrsij,rsfcij->nfrs", _windows(x, weight.shape[4:], stride), weight)


@mistake(
    "locally_connected2d",
    hint="Each place has weights of its own: weight[r, c] is for row r and column c of the output. Here all use the first.",
    read="sec-conv-connected",
)
def shares_weights(x, weight, bias, stride):
    """All places use the weights of the first, as in a convolution."""
    shared = np.zeros_like(weight) + weight[:1, :1]
    return _local(x, shared, stride) + bias


@mistake(
    "locally_connected2d",
    hint="The weights of the places are not averaged: each place keeps its own.",
    read="sec-conv-connected",
)
def averages_weights(x, weight, bias, stride):
    """The weights are averaged over the places."""
    return _local(x, np.zeros_like(weight) + weight.mean(axis=(0, 1)), stride) + bias


@mistake(
    "locally_connected2d",
    hint="The weights belong to the places in their order: the first row of weights to the first row of outputs.",
    read="sec-conv-connected",
)
def places_reversed(x, weight, bias, stride):
    """The weights are given to the places in reverse order."""
    return _local(x, weight[::-1, ::-1], stride) + bias


@mistake(
    "locally_connected2d",
    hint="weight[r, c]: the row of the output comes first, then its column.",
    read="sec-conv-connected",
)
def places_column_by_column(x, weight, bias, stride):
    """The weights are given to the places column by column."""
    rows, columns = weight.shape[:2]
    swapped = weight.reshape(columns, rows, *weight.shape[2:]).swapaxes(0, 1)
    return _local(x, swapped, stride) + bias


@mistake(
    "locally_connected2d",
    hint="Each place has a bias of its own, too: bias has shape (K, outH, outW).",
    read="sec-conv-connected",
)
def shares_bias(x, weight, bias, stride):
    """A filter has one bias for all places."""
    return _local(x, weight, stride) + bias[:, :1, :1]


@mistake(
    "locally_connected2d",
    hint="The bias is not added.",
    read="sec-conv-connected",
)
def bias_forgotten(x, weight, bias, stride):
    """The bias is not added."""
    return _local(x, weight, stride)


@mistake(
    "locally_connected2d",
    hint="A place has one bias for each filter, added after the sum over the channels.",
    read="sec-conv-connected",
)
def bias_for_each_channel(x, weight, bias, stride):
    """The bias is added once for each channel."""
    return _local(x, weight, stride) + x.shape[1] * bias


@mistake(
    "locally_connected2d",
    hint="The kernel is not flipped, here as in conv2d.",
    read="sec-conv-flip",
)
def flipped(x, weight, bias, stride):
    """The kernels are turned by 180°."""
    return _local(x, weight[..., ::-1, ::-1], stride) + bias


@mistake(
    "locally_connected2d",
    hint="A filter adds up over all channels.",
    read="sec-conv-filters",
)
def first_channel_only(x, weight, bias, stride):
    """The first channel alone is used."""
    return _local(x[:, :1], weight[:, :, :, :1], stride) + bias


@mistake(
    "locally_connected2d",
    hint="One filter adds up what its channels give. A mean would make the answer weaker the more channels there are.",
    read="sec-conv-filters",
)
def mean_over_channels(x, weight, bias, stride):
    """The channels are averaged."""
    return _local(x, weight, stride) / x.shape[1] + bias


@mistake(
    "locally_connected2d",
    hint="The windows begin a stride apart.",
    read="sec-conv-stride",
    corner="stride",
)
def stride_ignored(x, weight, bias, stride):
    """The windows begin one pixel apart, whatever the stride."""
    rows, columns = weight.shape[:2]
    windows = _windows(x, weight.shape[4:], 1)[:, :, :rows, :columns]
    return np.einsum("ncrsij,rsfcij->nfrs", windows, weight) + bias


@mistake(
    "locally_connected2d",
    hint="The stride counts in both directions.",
    read="sec-conv-stride",
    corner="stride",
)
def stride_on_rows_only(x, weight, bias, stride):
    """The stride is used for the rows and not for the columns."""
    rows, columns = weight.shape[:2]
    windows = _windows(x, weight.shape[4:], 1)[:, :, ::stride, :][:, :, :rows, :columns]
    return np.einsum("ncrsij,rsfcij->nfrs", windows, weight) + bias


@mistake(
    "locally_connected2d",
    hint="Where the stride leaves rows or columns over, they are ignored. The error was for output_size.",
    read="sec-conv-floor",
    corner="what is left over",
)
def left_over_refused(x, weight, bias, stride):
    """A stride that leaves pixels over raises an error."""
    if any((n - k) % stride for n, k in zip(x.shape[2:], weight.shape[4:])):
        raise ValueError("the stride leaves pixels over")
    return _local(x, weight, stride) + bias


@mistake(
    "locally_connected2d",
    hint="The text asks for the filters on axis 1.",
    read="sec-conv-filters",
)
def filters_last(x, weight, bias, stride):
    """The filters are the last axis of the output."""
    return (_local(x, weight, stride) + bias).transpose(0, 2, 3, 1)


@mistake(
    "locally_connected2d",
    hint="Each filter has weights of its own. Here all get those of the first.",
    read="sec-conv-filters",
)
def first_filter_for_all(x, weight, bias, stride):
    """All filters use the weights of the first."""
    return _local(x, np.zeros_like(weight) + weight[:, :, :1], stride) + bias


@mistake(
    "locally_connected2d",
    hint="The weights are laid on the pixels of the window, and nothing is normalised.",
    read="sec-conv-connected",
)
def mean_over_window(x, weight, bias, stride):
    """The products are averaged over the window."""
    return _local(x, weight, stride) / (weight.shape[4] * weight.shape[5]) + bias


@mistake(
    "locally_connected2d",
    hint="The outputs of the images stay apart.",
    read="sec-conv-connected",
)
def adds_images(x, weight, bias, stride):
    """The outputs are added up over the images."""
    y = _local(x, weight, stride)
    return np.zeros_like(y) + y.sum(axis=0) + bias


@mistake(
    "locally_connected2d",
    hint="A Python loop goes through the images. Their axis can stay in the product.",
    read="sec-conv-connected",
    corner="no loop over images",
)
def loop_over_images(x, weight, bias, stride):
    """A Python loop goes through the images."""
    return np.concatenate([_local(image[None], weight, stride) for image in x]) + bias


# --- right answers, written another way ---


@alternative("locally_connected2d")
def by_places(x, weight, bias, stride):
    """A loop over the places, and one product for each."""
    rows, columns, filters, _, kh, kw = weight.shape
    y = np.zeros((len(x), filters, rows, columns))
    for r in range(rows):
        for c in range(columns):
            window = x[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
            y[:, :, r, c] = (
                window.reshape(len(x), -1) @ weight[r, c].reshape(filters, -1).T + bias[:, r, c]
            )
    return y


@alternative("locally_connected2d")
def by_products(x, weight, bias, stride):
    """A stack of matrix products, one for each place."""
    rows, columns, filters = weight.shape[:3]
    windows = _windows(x, weight.shape[4:], stride).transpose(2, 3, 0, 1, 4, 5)
    y = windows.reshape(rows, columns, len(x), -1) @ weight.reshape(
        rows, columns, filters, -1
    ).swapaxes(2, 3)
    return y.transpose(2, 3, 0, 1) + bias
