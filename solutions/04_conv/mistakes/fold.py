"""Wrong answers to `fold` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _sizes(size, kernel, stride, padding):
    return [(n + 2 * padding - k) // stride + 1 for n, k in zip(size, kernel)]


def _entries(columns, size, kernel, stride, padding):
    """(N, C, kH, kW, outH, outW)"""
    return columns.reshape(len(columns), -1, *kernel, *_sizes(size, kernel, stride, padding))


def _add_back(entries, size, stride, padding):
    """The padded images."""
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    for i, j in np.ndindex(kh, kw):
        padded[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride] += entries[
            :, :, i, j
        ]
    return padded


def _crop(padded, size, padding):
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def _fold(columns, size, kernel, stride, padding):
    return _crop(
        _add_back(_entries(columns, size, kernel, stride, padding), size, stride, padding),
        size,
        padding,
    )


@mistake(
    "fold",
    hint="Where windows overlap, what comes back adds up. An assignment with = keeps the last value alone.",
    read="sec-conv-im2col",
)
def assigns(columns, size, kernel_size, stride, padding):
    """Values are assigned where they should be added, so that the last window wins."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    for i, j in np.ndindex(oh, ow):
        padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw] = entries[
            ..., i, j
        ]
    return _crop(padded, size, padding)


@mistake(
    "fold",
    hint="What comes back to a pixel adds up. With slices, that takes += and not =; with index arrays even += adds only once where an index occurs twice, and np.add.at adds every time.",
    read="sec-conv-im2col",
)
def slices_assigned(columns, size, kernel_size, stride, padding):
    """A pixel keeps the last number that comes back to it, entry by entry of the kernel."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    for i, j in np.ndindex(kh, kw):
        padded[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride] = entries[
            :, :, i, j
        ]
    return _crop(padded, size, padding)


@mistake("fold", same_as="slices_assigned")
def fancy_index_once(columns, size, kernel_size, stride, padding):
    """Index arrays with += add once for each pixel, however often it occurs."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    rows = np.arange(kh)[:, None, None, None] + stride * np.arange(oh)[:, None]
    places = np.arange(kw)[:, None, None] + stride * np.arange(ow)
    padded[:, :, rows, places] += entries
    return _crop(padded, size, padding)


@mistake(
    "fold",
    hint="fold is the transpose of unfold, not its inverse: a pixel gets the sum of what comes back, not the mean.",
    read="sec-conv-im2col",
)
def averages(columns, size, kernel_size, stride, padding):
    """Overlaps are averaged, as the inverse of unfold would."""
    total = _fold(columns, size, kernel_size, stride, padding)
    times = _fold(np.ones_like(columns), size, kernel_size, stride, padding)
    return total / np.maximum(times, 1)


@mistake(
    "fold",
    hint="Nothing is divided: a column's numbers go back as they are.",
    read="sec-conv-im2col",
)
def divides_by_kernel(columns, size, kernel_size, stride, padding):
    """The sums are divided by the number of entries of the kernel."""
    return _fold(columns, size, kernel_size, stride, padding) / (kernel_size[0] * kernel_size[1])


@mistake(
    "fold",
    hint="Where windows overlap, their values add up. The largest of them is kept here.",
    read="sec-conv-im2col",
)
def keeps_largest(columns, size, kernel_size, stride, padding):
    """Where windows overlap, the largest value is kept."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.full((n, c, size[0] + 2 * padding, size[1] + 2 * padding), -np.inf)
    for i, j in np.ndindex(kh, kw):
        part = padded[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
        np.maximum(part, entries[:, :, i, j], out=part)
    return _crop(np.where(np.isinf(padded), 0, padded), size, padding)


@mistake(
    "fold",
    hint="A column holds all of channel 0 first, then all of channel 1. Yours takes the channel to change from entry to entry.",
    read="sec-conv-im2col",
)
def channels_last(columns, size, kernel_size, stride, padding):
    """The channels are taken to stand together, entry by entry."""
    kh, kw = kernel_size
    entries = columns.reshape(len(columns), kh, kw, -1, *_sizes(size, kernel_size, stride, padding))
    return _crop(
        _add_back(entries.transpose(0, 3, 1, 2, 4, 5), size, stride, padding), size, padding
    )


@mistake(
    "fold",
    hint="The columns follow the windows row by row: the second column is the window to the right of the first.",
    read="sec-conv-im2col",
)
def windows_column_by_column(columns, size, kernel_size, stride, padding):
    """The columns are taken to follow the windows column by column."""
    oh, ow = _sizes(size, kernel_size, stride, padding)
    entries = columns.reshape(len(columns), -1, *kernel_size, ow, oh).swapaxes(4, 5)
    return _crop(_add_back(entries, size, stride, padding), size, padding)


@mistake(
    "fold",
    hint="Within a column, the pixels of the window follow row by row.",
    read="sec-conv-im2col",
)
def entries_column_by_column(columns, size, kernel_size, stride, padding):
    """The pixels of a window are taken to follow column by column."""
    kh, kw = kernel_size
    entries = columns.reshape(len(columns), -1, kw, kh, *_sizes(size, kernel_size, stride, padding))
    return _crop(_add_back(entries.swapaxes(2, 3), size, stride, padding), size, padding)


@mistake(
    "fold",
    hint="The windows come back turned by 180°. Nothing is flipped here.",
    read="sec-conv-im2col",
)
def flipped(columns, size, kernel_size, stride, padding):
    """The windows come back turned by 180°."""
    entries = _entries(columns, size, kernel_size, stride, padding)[:, :, ::-1, ::-1]
    return _crop(_add_back(entries, size, stride, padding), size, padding)


@mistake(
    "fold",
    hint="With padding 0, the slice padding:-padding is 0:0, which is empty. Slice from padding to padding + H.",
    read="sec-conv-im2col",
)
def crops_to_minus_zero(columns, size, kernel_size, stride, padding):
    """The padding is cut off by padding:-padding, which leaves nothing for a padding of 0."""
    padded = _add_back(_entries(columns, size, kernel_size, stride, padding), size, stride, padding)
    return padded[:, :, padding:-padding, padding:-padding]


@mistake(
    "fold",
    hint="size is that of the images without padding: cut the rim off before you return.",
    read="sec-conv-im2col",
    corner="padding",
)
def not_cropped(columns, size, kernel_size, stride, padding):
    """The padding is returned as well."""
    return _add_back(_entries(columns, size, kernel_size, stride, padding), size, stride, padding)


@mistake(
    "fold",
    hint="The rim is padding pixels wide. Yours cuts off a rim of another width.",
    read="sec-conv-im2col",
    corner="padding",
)
def crops_one(columns, size, kernel_size, stride, padding):
    """One row and one column are cut off at each side, whatever the padding is."""
    padded = _add_back(_entries(columns, size, kernel_size, stride, padding), size, stride, padding)
    return padded[:, :, 1:-1, 1:-1] if padding else padded


@mistake(
    "fold",
    hint="The images begin behind the rim, at row and column padding. Yours begin at 0.",
    read="sec-conv-im2col",
    corner="padding",
)
def crops_the_end_only(columns, size, kernel_size, stride, padding):
    """The rim is cut off below and right, all of it."""
    padded = _add_back(_entries(columns, size, kernel_size, stride, padding), size, stride, padding)
    return padded[:, :, : size[0], : size[1]]


@mistake(
    "fold",
    hint="There are more columns than windows without padding: the padding belongs to the number of windows and to where they begin.",
    read="sec-conv-im2col",
    corner="padding",
)
def padding_ignored(columns, size, kernel_size, stride, padding):
    """The padding is not used."""
    return _fold(columns, size, kernel_size, stride, 0)


@mistake(
    "fold",
    hint="A window begins at its number times the stride.",
    read="sec-conv-im2col",
)
def stride_ignored(columns, size, kernel_size, stride, padding):
    """The windows go back one pixel apart, whatever the stride is."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    return _crop(_add_back(entries, size, 1, padding), size, padding)


@mistake(
    "fold",
    hint="size holds the height first, then the width.",
    read="sec-conv-im2col",
)
def size_swapped(columns, size, kernel_size, stride, padding):
    """Height and width of the images are exchanged."""
    size = size[::-1]
    padded = np.zeros((len(columns), 1, size[0] + 2 * padding, size[1] + 2 * padding))
    try:
        return _fold(columns, size, kernel_size, stride, padding)
    except ValueError:
        return _crop(padded, size, padding)


@mistake(
    "fold",
    hint="kernel_size is a pair, and its two numbers may differ.",
    read="sec-conv-im2col",
)
def square_windows(columns, size, kernel_size, stride, padding):
    """The windows are taken to be as wide as high."""
    k = kernel_size[0]
    return _fold(columns, size, (k, k), stride, padding)


@mistake(
    "fold",
    hint="The channels stay apart: each column says what comes back to each of them.",
    read="sec-conv-im2col",
)
def adds_channels(columns, size, kernel_size, stride, padding):
    """The channels are added up to one."""
    return _fold(columns, size, kernel_size, stride, padding).sum(axis=1, keepdims=True)


@mistake(
    "fold",
    hint="The images stay apart: columns[n] goes back to image n alone.",
    read="sec-conv-im2col",
)
def adds_images(columns, size, kernel_size, stride, padding):
    """What comes back is added up over the images."""
    y = _fold(columns, size, kernel_size, stride, padding)
    return np.zeros_like(y) + y.sum(axis=0)


@mistake(
    "fold",
    hint="size says how large the images are, also where the windows do not reach to the end: the rest is 0.",
    read="sec-conv-im2col",
    corner="what is left over",
)
def size_of_windows(columns, size, kernel_size, stride, padding):
    """The images end where the last window ends."""
    oh, ow = _sizes(size, kernel_size, stride, padding)
    reach = [(o - 1) * stride + k - 2 * padding for o, k in zip((oh, ow), kernel_size)]
    return _fold(columns, [min(r, n) for r, n in zip(reach, size)], kernel_size, stride, padding)


@mistake(
    "fold",
    hint="A Python loop goes through the images. A slice can hold all of them: padded[:, :, …].",
    read="sec-conv-im2col",
    corner="no loop over images",
)
def loop_over_images(columns, size, kernel_size, stride, padding):
    """A Python loop goes through the images."""
    return np.concatenate(
        [_fold(image[None], size, kernel_size, stride, padding) for image in columns]
    )


@mistake(
    "fold",
    hint="The images are the first axis of columns. Your reshape takes them to be the last.",
    read="sec-conv-im2col",
)
def images_last(columns, size, kernel_size, stride, padding):
    """The images are taken to be the last axis of the columns."""
    out = _sizes(size, kernel_size, stride, padding)
    entries = columns.reshape(-1, *kernel_size, *out, len(columns)).transpose(5, 0, 1, 2, 3, 4)
    return _crop(_add_back(entries, size, stride, padding), size, padding)


@mistake(
    "fold",
    hint="Cut the padding off the whole padded image, H + 2 · padding by W + 2 · padding. Yours ends with the last window, which need not reach the padding at the end, so that pixels of the image are cut off.",
    read="sec-conv-im2col",
    corner="what is left over",
)
def crops_what_is_covered(columns, size, kernel_size, stride, padding):
    """The padding is cut off on all sides of the part that windows cover, and zeros fill the rest."""
    out = _sizes(size, kernel_size, stride, padding)
    reach = [(o - 1) * stride + k for o, k in zip(out, kernel_size)]
    entries = _entries(columns, size, kernel_size, stride, padding)
    part = _add_back(entries, size, stride, padding)[:, :, : reach[0], : reach[1]]
    part = part[:, :, padding : reach[0] - padding, padding : reach[1] - padding]
    y = np.zeros((*part.shape[:2], *size))
    y[:, :, : part.shape[2], : part.shape[3]] = part
    return y


# --- right answers, written another way ---


@alternative("fold")
def by_places(columns, size, kernel_size, stride, padding):
    """A loop over the places."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    for i in range(oh):
        for j in range(ow):
            padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw] += entries[
                ..., i, j
            ]
    return padded[:, :, padding : size[0] + padding, padding : size[1] + padding].copy()


@alternative("fold")
def by_add_at(columns, size, kernel_size, stride, padding):
    """np.add.at with index arrays."""
    entries = _entries(columns, size, kernel_size, stride, padding)
    n, c, kh, kw, oh, ow = entries.shape
    padded = np.zeros((n, c, size[0] + 2 * padding, size[1] + 2 * padding))
    rows = np.arange(kh)[:, None, None, None] + stride * np.arange(oh)[:, None]
    places = np.arange(kw)[:, None, None] + stride * np.arange(ow)
    np.add.at(padded, (slice(None), slice(None), rows, places), entries)
    return _crop(padded, size, padding)
