"""Wrong answers to `conv_matrix` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _out(weight, height, width, stride, padding):
    return [(n + 2 * padding - k) // stride + 1 for n, k in zip((height, width), weight.shape[2:])]


def _matrix(weight, height, width, stride, padding):
    """(K, outH, outW, C, height, width)"""
    out_h, out_w = _out(weight, height, width, stride, padding)
    matrix = np.zeros((len(weight), out_h, out_w, weight.shape[1], height, width))
    for r, c, i, j in np.ndindex(out_h, out_w, *weight.shape[2:]):
        row, column = r * stride + i - padding, c * stride + j - padding
        if 0 <= row < height and 0 <= column < width:
            matrix[:, r, c, :, row, column] = weight[:, :, i, j]
    return matrix


def _flat(matrix):
    return matrix.reshape(int(np.prod(matrix.shape[:3])), -1)


@mistake(
    "conv_matrix",
    hint="The layer does not flip its kernel, so the matrix holds the weights in their own order.",
    read="sec-conv-flip",
)
def flipped(weight, height, width, stride, padding):
    """The kernel is turned by 180°."""
    return _flat(_matrix(weight[:, :, ::-1, ::-1], height, width, stride, padding))


@mistake(
    "conv_matrix",
    hint="x.ravel() goes through an image row by row: pixel (r, c) is number r · W + c.",
    read="sec-conv-matrix",
)
def pixels_column_by_column(weight, height, width, stride, padding):
    """The pixels are counted column by column."""
    return _flat(_matrix(weight, height, width, stride, padding).swapaxes(4, 5))


@mistake(
    "conv_matrix",
    hint="y.ravel() goes through a map row by row: the second output is the one to the right of the first.",
    read="sec-conv-matrix",
)
def outputs_column_by_column(weight, height, width, stride, padding):
    """The outputs are counted column by column."""
    return _flat(_matrix(weight, height, width, stride, padding).swapaxes(1, 2))


@mistake(
    "conv_matrix",
    hint="A row of the matrix is an output, a column a pixel. You return the matrix of the backward pass.",
    read="sec-conv-matrix",
)
def transposed(weight, height, width, stride, padding):
    """The matrix is transposed."""
    return _flat(_matrix(weight, height, width, stride, padding)).T


@mistake(
    "conv_matrix",
    hint="A negative index counts from the end in Python, so a weight on the padding above lands on the last row. Leave it out.",
    read="sec-conv-matrix",
    corner="padding",
)
def wraps_at_padding(weight, height, width, stride, padding):
    """Weights on the padding come in again at the other side."""
    out_h, out_w = _out(weight, height, width, stride, padding)
    matrix = np.zeros((len(weight), out_h, out_w, weight.shape[1], height, width))
    for r, c, i, j in np.ndindex(out_h, out_w, *weight.shape[2:]):
        row, column = r * stride + i - padding, c * stride + j - padding
        matrix[:, r, c, :, row % height, column % width] += weight[:, :, i, j]
    return _flat(matrix)


@mistake(
    "conv_matrix",
    hint="At the end of a row of outputs, the window jumps to the next row of pixels: it does not move on by one pixel and wrap around the border.",
    read="sec-conv-matrix",
)
def shifts_by_one_each_row(weight, height, width, stride, padding):
    """Each row of the matrix is the one above, moved by one pixel, across the end of the image's rows."""
    matrix = _matrix(weight, height, width, stride, padding)
    filters, out_h, out_w = matrix.shape[:3]
    flat = _flat(matrix).reshape(filters, out_h * out_w, -1).copy()
    for n in range(out_h * out_w):
        flat[:, n] = np.roll(flat[:, 0], n, axis=-1)
    return flat.reshape(filters * out_h * out_w, -1)


@mistake(
    "conv_matrix",
    hint="The kernel's second row lies below its first: in x.ravel() that is W numbers further on, not directly behind.",
    read="sec-conv-matrix",
)
def kernel_in_one_piece(weight, height, width, stride, padding):
    """The entries of the kernel stand in one piece, without the gaps from one row of pixels to the next."""
    out_h, out_w = _out(weight, height, width, stride, padding)
    pixels, (filters, channels, kh, kw) = height * width, weight.shape
    matrix = np.zeros((filters, out_h, out_w, channels, pixels + kh * kw))
    for r, c in np.ndindex(out_h, out_w):
        start = max(0, (r * stride - padding) * width + c * stride - padding)
        matrix[:, r, c, :, start : start + kh * kw] = weight.reshape(filters, channels, -1)
    return _flat(matrix[..., :pixels])


@mistake(
    "conv_matrix",
    hint="y.ravel() has all outputs of the first filter first, then those of the second.",
    read="sec-conv-matrix",
    corner="several filters",
)
def filters_last(weight, height, width, stride, padding):
    """The rows go through the filters at one place, then at the next."""
    return _flat(np.moveaxis(_matrix(weight, height, width, stride, padding), 0, 2))


@mistake(
    "conv_matrix",
    hint="x.ravel() has all pixels of the first channel first, then those of the second.",
    read="sec-conv-matrix",
    corner="several channels",
)
def channels_last(weight, height, width, stride, padding):
    """The columns go through the channels of one pixel, then of the next."""
    return _flat(np.moveaxis(_matrix(weight, height, width, stride, padding), 3, 5))


@mistake(
    "conv_matrix",
    hint="Each channel has weights of its own. Yours has those of the first channel, or their sum.",
    read="sec-conv-matrix",
    corner="several channels",
)
def first_channel_for_all(weight, height, width, stride, padding):
    """All channels get the weights of the first."""
    return _flat(
        _matrix(np.repeat(weight[:, :1], weight.shape[1], axis=1), height, width, stride, padding)
    )


@mistake(
    "conv_matrix",
    hint="There is a column for each pixel of each channel.",
    read="sec-conv-matrix",
    corner="several channels",
)
def first_channel_only(weight, height, width, stride, padding):
    """The matrix has columns for one channel alone."""
    return _flat(_matrix(weight[:, :1], height, width, stride, padding))


@mistake(
    "conv_matrix",
    hint="There is a row for each output of each filter.",
    read="sec-conv-matrix",
    corner="several filters",
)
def first_filter_only(weight, height, width, stride, padding):
    """The matrix has rows for one filter alone."""
    return _flat(_matrix(weight[:1], height, width, stride, padding))


@mistake(
    "conv_matrix",
    hint="x has no padding in it, so the matrix has no columns for it.",
    read="sec-conv-matrix",
    corner="padding",
)
def columns_for_padding(weight, height, width, stride, padding):
    """There are columns for the pixels of the padding."""
    return _flat(_matrix(weight, height + 2 * padding, width + 2 * padding, stride, 0))


@mistake(
    "conv_matrix",
    hint="The padding is not used.",
    read="sec-conv-matrix",
    corner="padding",
)
def padding_ignored(weight, height, width, stride, padding):
    """The padding is not used."""
    return _flat(_matrix(weight, height, width, stride, 0))


@mistake(
    "conv_matrix",
    hint="The next window begins a stride further on.",
    read="sec-conv-matrix",
    corner="stride",
)
def stride_ignored(weight, height, width, stride, padding):
    """The stride is not used."""
    return _flat(_matrix(weight, height, width, 1, padding))


@mistake(
    "conv_matrix",
    hint="The stride counts in both directions.",
    read="sec-conv-matrix",
    corner="stride",
)
def stride_on_rows_only(weight, height, width, stride, padding):
    """The stride is used for the rows and not for the columns."""
    return _flat(_matrix(weight, height, width, 1, padding)[:, :, ::1][:, ::stride])


@mistake(
    "conv_matrix",
    hint="height comes first, then width.",
    read="sec-conv-matrix",
)
def sides_exchanged(weight, height, width, stride, padding):
    """Height and width of the image are exchanged."""
    if weight.shape[2] > width or weight.shape[3] > height:
        return np.zeros((0, weight.shape[1] * height * width))
    return _flat(_matrix(weight, width, height, stride, padding))


@mistake(
    "conv_matrix",
    hint="The places are right. What stands there are the weights, not ones.",
    read="sec-conv-matrix",
)
def ones(weight, height, width, stride, padding):
    """The matrix says where weights are, with ones in place of the weights."""
    return _flat(_matrix(np.ones_like(weight), height, width, stride, padding))


@mistake(
    "conv_matrix",
    hint="The kernel's rows and columns are exchanged.",
    read="sec-conv-matrix",
)
def kernel_transposed(weight, height, width, stride, padding):
    """Rows and columns of the kernel are exchanged."""
    kh, kw = weight.shape[2:]
    return _flat(
        _matrix(
            weight.swapaxes(2, 3).reshape(*weight.shape[:2], kh, kw), height, width, stride, padding
        )
    )


@mistake(
    "conv_matrix",
    hint="The layer needs C itself. Its backward pass is the transpose, and nothing is inverted anywhere.",
    read="sec-conv-matrix",
)
def inverse(weight, height, width, stride, padding):
    """The inverse is returned."""
    return np.linalg.pinv(_flat(_matrix(weight, height, width, stride, padding)))


@mistake(
    "conv_matrix",
    hint="The matrix has two axes: all outputs, all pixels of all channels.",
    read="sec-conv-matrix",
)
def not_flattened(weight, height, width, stride, padding):
    """The axes of outputs and pixels are kept: the result has six."""
    return _matrix(weight, height, width, stride, padding)


@mistake(
    "conv_matrix",
    hint="Pixels that the stride leaves over belong to x, so they have columns, too: of zeros.",
    read="sec-conv-matrix",
    corner="what is left over",
)
def no_columns_left_over(weight, height, width, stride, padding):
    """Pixels that are in no window have no columns."""
    flat = _flat(_matrix(weight, height, width, stride, padding))
    return flat[:, _flat(_matrix(np.ones_like(weight), height, width, stride, padding)).any(axis=0)]


@mistake(
    "conv_matrix",
    hint="A row of pixels has W of them: pixel (r, c) is number r · W + c, not r · H + c.",
    read="sec-conv-matrix",
)
def rows_as_long_as_high(weight, height, width, stride, padding):
    """A pixel's number is its row times the height, plus its column."""
    filters, channels, kh, kw = weight.shape
    out_h, out_w = _out(weight, height, width, stride, padding)
    matrix = np.zeros((filters, out_h, out_w, channels, height * width))
    for r, c, i, j in np.ndindex(out_h, out_w, kh, kw):
        row, column = r * stride + i - padding, c * stride + j - padding
        if 0 <= row < height and 0 <= column < width:
            matrix[:, r, c, :, row * height + column] = weight[:, :, i, j]
    return _flat(matrix)


@mistake(
    "conv_matrix",
    hint="The mask that cuts off the padding has the pixels of one channel, and the matrix has columns for those of every channel.",
    read="sec-conv-matrix",
    corner="padding",
)
def mask_of_one_channel(weight, height, width, stride, padding):
    """The columns of the padding are cut off with a mask for one channel."""
    high, wide = height + 2 * padding, width + 2 * padding
    matrix, inside = _flat(_matrix(weight, high, wide, stride, 0)), np.zeros((high, wide), bool)
    inside[padding : padding + height, padding : padding + width] = True
    return matrix[:, inside.ravel()] if padding else matrix


# --- right answers, written another way ---


@alternative("conv_matrix")
def by_unit_images(weight, height, width, stride, padding):
    """A column for each pixel: what the layer makes of an image with a single 1."""
    channels, kernel = weight.shape[1], weight.shape[2:]
    images = np.eye(channels * height * width).reshape(-1, channels, height, width)
    padded = np.pad(images, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    return np.einsum("nchwij,fcij->fhwn", windows, weight).reshape(-1, len(images))


@alternative("conv_matrix")
def by_rows(weight, height, width, stride, padding):
    """A row for each output: the kernel laid on an empty image, and the padding cut off."""
    rows = []
    for kernel in weight:
        for top in range(0, height + 2 * padding - weight.shape[2] + 1, stride):
            for left in range(0, width + 2 * padding - weight.shape[3] + 1, stride):
                picture = np.zeros((weight.shape[1], height + 2 * padding, width + 2 * padding))
                picture[:, top : top + weight.shape[2], left : left + weight.shape[3]] = kernel
                rows.append(
                    picture[:, padding : padding + height, padding : padding + width].ravel()
                )
    return np.stack(rows)
