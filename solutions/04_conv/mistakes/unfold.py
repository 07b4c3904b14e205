"""Wrong answers to `unfold` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _windows(x, kernel, stride, padding, **how):
    """(N, C, outH, outW, kH, kW)"""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), **how)
    return np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]


def _columns(windows):
    n, c, oh, ow, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, oh * ow)


@mistake(
    "unfold",
    hint="Each window is a column here, and a row in yours.",
    read="sec-conv-im2col",
)
def windows_as_rows(x, kernel_size, stride, padding):
    """Each window is a row, not a column."""
    return _columns(_windows(x, kernel_size, stride, padding)).swapaxes(1, 2)


@mistake(
    "unfold",
    hint="reshape does not move axes: transpose first, so that channels and entries of the kernel stand before the places.",
    read="sec-arrays-views",
)
def reshaped_only(x, kernel_size, stride, padding):
    """The windows are reshaped without a transposition."""
    windows = _windows(x, kernel_size, stride, padding)
    n, c, oh, ow, kh, kw = windows.shape
    return windows.reshape(n, c * kh * kw, oh * ow)


@mistake(
    "unfold",
    hint="A column holds all of channel 0 first, then all of channel 1. Yours changes the channel from entry to entry.",
    read="sec-conv-im2col",
)
def channels_last(x, kernel_size, stride, padding):
    """A column goes through the channels of one entry, then of the next."""
    windows = _windows(x, kernel_size, stride, padding)
    n, c, oh, ow, kh, kw = windows.shape
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(n, c * kh * kw, oh * ow)


@mistake(
    "unfold",
    hint="The windows follow row by row: the second column is the window one step to the right of the first.",
    read="sec-conv-im2col",
)
def windows_column_by_column(x, kernel_size, stride, padding):
    """The windows follow column by column."""
    return _columns(_windows(x, kernel_size, stride, padding).swapaxes(2, 3))


@mistake(
    "unfold",
    hint="Within a window, the pixels follow row by row.",
    read="sec-conv-im2col",
)
def entries_column_by_column(x, kernel_size, stride, padding):
    """The pixels of a window follow column by column."""
    return _columns(_windows(x, kernel_size, stride, padding).swapaxes(4, 5))


@mistake(
    "unfold",
    hint="Height and width of the windows are exchanged.",
    read="sec-conv-im2col",
)
def kernel_swapped(x, kernel_size, stride, padding):
    """Height and width of the windows are exchanged."""
    return _columns(_windows(x, kernel_size[::-1], stride, padding))


@mistake(
    "unfold",
    hint="kernel_size is a pair, and its two numbers may differ.",
    read="sec-conv-im2col",
)
def square_windows(x, kernel_size, stride, padding):
    """The windows are square, as high as wide."""
    return _columns(_windows(x, (kernel_size[0], kernel_size[0]), stride, padding))


@mistake(
    "unfold",
    hint="The window moves by the stride in both directions.",
    read="sec-conv-stride",
    corner="stride",
)
def stride_on_rows_only(x, kernel_size, stride, padding):
    """The stride is used for the rows alone."""
    return _columns(_windows(x, kernel_size, 1, padding)[:, :, ::stride])


@mistake(
    "unfold",
    hint="The stride is not used: there is a column for every place.",
    read="sec-conv-stride",
    corner="stride",
)
def stride_ignored(x, kernel_size, stride, padding):
    """The stride is not used."""
    return _columns(_windows(x, kernel_size, 1, padding))


@mistake(
    "unfold",
    hint="The padding is not used.",
    read="sec-conv-im2col",
    corner="padding",
)
def padding_ignored(x, kernel_size, stride, padding):
    """The padding is not used."""
    return _columns(_windows(x, kernel_size, stride, 0))


@mistake(
    "unfold",
    hint="np.pad(x, p) pads images and channels, too. Say for each axis how much.",
    read="sec-conv-borders",
    corner="padding",
)
def pads_every_axis(x, kernel_size, stride, padding):
    """Images and channels are padded as well."""
    return _columns(_windows(np.pad(x, padding), kernel_size, stride, 0))


@mistake(
    "unfold",
    hint="The rim is made of zeros, not of copies of the border.",
    read="sec-conv-borders",
    corner="padding",
)
def pads_with_border(x, kernel_size, stride, padding):
    """The padding repeats the border."""
    return _columns(_windows(x, kernel_size, stride, padding, mode="edge"))


@mistake(
    "unfold",
    hint="The padding is on all four sides.",
    read="sec-conv-borders",
    corner="padding",
)
def pads_one_side(x, kernel_size, stride, padding):
    """All of the padding is above and left."""
    padded = np.pad(x, ((0, 0), (0, 0), (2 * padding, 0), (2 * padding, 0)))
    return _columns(_windows(padded, kernel_size, stride, 0))


@mistake(
    "unfold",
    hint="Each image keeps columns of its own: the batch stays axis 0.",
    read="sec-conv-im2col",
)
def one_matrix_for_all_images(x, kernel_size, stride, padding):
    """The columns of all images stand side by side in one matrix."""
    columns = _columns(_windows(x, kernel_size, stride, padding))
    return columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)


@mistake("unfold", same_as="one_matrix_for_all_images")
def one_matrix_images_inside(x, kernel_size, stride, padding):
    """The columns of all images stand in one matrix, the same place of all images together."""
    columns = _columns(_windows(x, kernel_size, stride, padding))
    return columns.transpose(1, 2, 0).reshape(columns.shape[1], -1)


@mistake(
    "unfold",
    hint="The entries of a window are in reverse order: nothing is flipped here.",
    read="sec-conv-im2col",
)
def flipped(x, kernel_size, stride, padding):
    """The windows are turned by 180°."""
    return _columns(_windows(x, kernel_size, stride, padding)[..., ::-1, ::-1])


@mistake(
    "unfold",
    hint="A Python loop goes through places, images or channels. sliding_window_view has all windows at once.",
    read="sec-conv-im2col",
    corner="no loop",
)
def loop_over_places(x, kernel_size, stride, padding):
    """A Python loop goes through the places."""
    windows = _windows(x, kernel_size, stride, padding)
    places = [windows[:, :, i, j].reshape(len(x), -1) for i, j in np.ndindex(windows.shape[2:4])]
    return np.stack(places, axis=2)


@mistake("unfold", same_as="loop_over_places", corner="no loop")
def loop_over_images(x, kernel_size, stride, padding):
    """A Python loop goes through the images."""
    return np.concatenate(
        [_columns(_windows(image[None], kernel_size, stride, padding)) for image in x]
    )


@mistake(
    "unfold",
    hint="Windows may overlap: the next one begins a stride later, not a kernel.",
    read="sec-conv-im2col",
)
def blocks(x, kernel_size, stride, padding):
    """The windows move by the size of the kernel."""
    kh, kw = kernel_size
    return _columns(_windows(x, kernel_size, 1, padding)[:, :, ::kh, ::kw])


@mistake(
    "unfold",
    hint="The result has three axes: images, the numbers of a window, windows.",
    read="sec-conv-im2col",
)
def not_flattened(x, kernel_size, stride, padding):
    """The axes of the windows are kept: the result has six."""
    return _windows(x, kernel_size, stride, padding).transpose(0, 1, 4, 5, 2, 3).copy()


@mistake(
    "unfold",
    hint="A column holds the window in all channels.",
    read="sec-conv-im2col",
)
def first_channel_only(x, kernel_size, stride, padding):
    """The columns hold the first channel alone."""
    return _columns(_windows(x[:, :1], kernel_size, stride, padding))


@mistake(
    "unfold",
    hint="A row or column of pixels that does not fill another window is in no column.",
    read="sec-conv-floor",
    corner="what is left over",
)
def left_over_padded(x, kernel_size, stride, padding):
    """What the stride leaves over is filled up with zeros to another window."""
    more = [(-(n + 2 * padding - k)) % stride for n, k in zip(x.shape[2:], kernel_size)]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + more[0]), (padding, padding + more[1])))
    return _columns(_windows(padded, kernel_size, stride, 0))


@mistake(
    "unfold",
    hint="Where the stride leaves pixels over, they are ignored here. The error was for output_size.",
    read="sec-conv-floor",
    corner="what is left over",
)
def left_over_refused(x, kernel_size, stride, padding):
    """A stride that leaves pixels over raises an error."""
    if any((n + 2 * padding - k) % stride for n, k in zip(x.shape[2:], kernel_size)):
        raise ValueError("the stride leaves pixels over")
    return _columns(_windows(x, kernel_size, stride, padding))


@mistake(
    "unfold",
    hint="The stride moves the window; inside of it, all pixels count. You took every stride-th pixel of the image first. Take all windows, "
    "and then every stride-th of them.",
    read="sec-conv-stride",
    corner="stride",
)
def image_thinned_out(x, kernel_size, stride, padding):
    """The stride thins out the image before the windows are taken."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return _columns(_windows(padded[:, :, ::stride, ::stride], kernel_size, 1, 0))


# --- right answers, written another way ---


@alternative("unfold")
def by_entries(x, kernel_size, stride, padding):
    """A loop over the entries of the kernel."""
    n, c, h, w = x.shape
    kh, kw = kernel_size
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    padded[:, :, padding : padding + h, padding : padding + w] = x
    oh, ow = (padded.shape[2] - kh) // stride + 1, (padded.shape[3] - kw) // stride + 1
    columns = np.empty((n, c, kh, kw, oh, ow))
    for i in range(kh):
        for j in range(kw):
            columns[:, :, i, j] = padded[:, :, i:, j:][:, :, ::stride, ::stride][:, :, :oh, :ow]
    return columns.reshape(n, c * kh * kw, oh * ow)


@alternative("unfold")
def by_index_arrays(x, kernel_size, stride, padding):
    """Rows and columns as index arrays."""
    n, _, h, w = x.shape
    kh, kw = kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (h + 2 * padding - kh) // stride + 1, (w + 2 * padding - kw) // stride + 1
    i, j = np.indices((kh, kw)).reshape(2, -1, 1)
    r, s = stride * np.indices((oh, ow)).reshape(2, 1, -1)
    return padded[:, :, i + r, j + s].reshape(n, -1, oh * ow)
