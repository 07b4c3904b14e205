"""Wrong answers to `conv2d_backward` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _met(dy, weight, stride):
    """For each entry of the kernel: i, j, and the pixels of the padded image that it met."""
    (oh, ow), (kh, kw) = dy.shape[2:], weight.shape[2:]
    for i, j in np.ndindex(kh, kw):
        yield i, j, (..., slice(i, i + stride * oh, stride), slice(j, j + stride * ow, stride))


def _dweight(dy, x, weight, stride, padding):
    padded, dweight = _pad(x, padding), np.zeros(weight.shape)
    for i, j, met in _met(dy, weight, stride):
        dweight[:, :, i, j] = np.einsum("nfhw,nchw->fc", dy, padded[met])
    return dweight


def _dpadded(dy, x, weight, stride, padding):
    dpadded = np.zeros(_pad(x, padding).shape)
    for i, j, met in _met(dy, weight, stride):
        dpadded[met] += np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
    return dpadded


def _crop(dpadded, x, padding):
    return dpadded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


def _dx(dy, x, weight, stride, padding):
    return _crop(_dpadded(dy, x, weight, stride, padding), x, padding)


def _dbias(dy):
    return dy.sum(axis=(0, 2, 3))


@mistake(
    "conv2d_backward",
    hint="A bias is added at every place of every image, so its gradient is the sum over them, not the mean.",
    read="sec-conv-backward-general",
)
def bias_mean(dy, x, weight, stride, padding):
    """dbias is averaged."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding),
        dy.mean(axis=(0, 2, 3)),
    )


@mistake("conv2d_backward", same_as="bias_mean")
def bias_mean_over_images(dy, x, weight, stride, padding):
    """dbias is averaged over the images."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding),
        _dbias(dy) / len(dy),
    )


@mistake(
    "conv2d_backward",
    hint="dbias has one number for each filter. Which axes of dy are left to add over?",
    read="sec-conv-backward-general",
)
def bias_keeps_images(dy, x, weight, stride, padding):
    """dbias is summed over the places and not over the images."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding),
        dy.sum(axis=(2, 3)),
    )


@mistake("conv2d_backward", same_as="bias_keeps_images")
def bias_keeps_places(dy, x, weight, stride, padding):
    """dbias is summed over the images and not over the places."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding),
        dy.sum(axis=0),
    )


@mistake(
    "conv2d_backward",
    hint="dbias is summed over the right axes, but with keepdims: its shape should be (K,).",
    read="sec-conv-backward-general",
)
def bias_keeps_axes(dy, x, weight, stride, padding):
    """dbias has four axes, three of length 1."""
    dbias = dy.sum(axis=(0, 2, 3), keepdims=True)
    return _dx(dy, x, weight, stride, padding), _dweight(dy, x, weight, stride, padding), dbias


@mistake(
    "conv2d_backward",
    hint="A loss that is a mean has its division in dy already. The layer only adds.",
    read="sec-conv-backward-general",
)
def dweight_mean(dy, x, weight, stride, padding):
    """dweight is averaged over the images."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding) / len(x),
        _dbias(dy),
    )


@mistake(
    "conv2d_backward",
    hint="A pixel lies in several windows and gets something from each: add, and do not assign.",
    read="sec-conv-backward-general",
)
def dx_assigned(dy, x, weight, stride, padding):
    """dx is assigned where it should be added, so that the last entry of the kernel wins."""
    dpadded = np.zeros(_pad(x, padding).shape)
    for i, j, met in _met(dy, weight, stride):
        dpadded[met] = np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
    return _crop(dpadded, x, padding), _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="A weight meets pixels in every image: what comes from one image is added to what came from the others.",
    read="sec-conv-backward-general",
)
def last_image_only(dy, x, weight, stride, padding):
    """dweight is that of the last image alone."""
    return (
        _dx(dy, x, weight, stride, padding),
        _dweight(dy[-1:], x[-1:], weight, stride, padding),
        _dbias(dy),
    )


@mistake(
    "conv2d_backward",
    hint="The turned kernel is one way to say what the scattering does. You did both, and the two turns cancel.",
    read="sec-conv-backward-general",
)
def dx_flipped(dy, x, weight, stride, padding):
    """dx is scattered with a kernel that is turned by 180° as well."""
    turned = weight[:, :, ::-1, ::-1]
    return _dx(dy, x, turned, stride, padding), _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="The first entry of dweight belongs to the first entry of the kernel: nothing is flipped.",
    read="sec-conv-backward-general",
)
def dweight_flipped(dy, x, weight, stride, padding):
    """dweight is turned by 180°."""
    dweight = _dweight(dy, x, weight, stride, padding)[:, :, ::-1, ::-1]
    return _dx(dy, x, weight, stride, padding), dweight, _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="The gradient goes to the pixels through the weights: where dy comes in, the window's pixels get dy times the kernel. Yours has the values of x in it.",
    read="sec-conv-backward-general",
)
def local_derivatives(dy, x, weight, stride, padding):
    """dy is left out: every output is taken to have the gradient 1."""
    ones = np.ones(dy.shape)
    return (
        _dx(ones, x, weight, stride, padding),
        _dweight(ones, x, weight, stride, padding),
        _dbias(ones),
    )


@mistake(
    "conv2d_backward",
    hint="With padding 0, the slice padding:-padding is 0:0, which is empty. Slice from padding to padding + H.",
    read="sec-conv-backward-general",
)
def crops_to_minus_zero(dy, x, weight, stride, padding):
    """dx is cut out by padding:-padding, which leaves nothing for a padding of 0."""
    dx = _dpadded(dy, x, weight, stride, padding)[:, :, padding:-padding, padding:-padding]
    return dx, _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="One row is cut off at each side, whatever the padding is.",
    read="sec-conv-backward-general",
    corner="padding",
)
def crops_one(dy, x, weight, stride, padding):
    """One row and one column are cut off at each side of dx, whatever the padding is."""
    dx = _dpadded(dy, x, weight, stride, padding)
    dx = dx[:, :, 1:-1, 1:-1] if padding else dx
    return dx, _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="dx has the shape of x: the rim of padding gets a gradient that nobody wants.",
    read="sec-conv-backward-general",
    corner="padding",
)
def not_cropped(dy, x, weight, stride, padding):
    """dx has the padding around it."""
    return (
        _dpadded(dy, x, weight, stride, padding),
        _dweight(dy, x, weight, stride, padding),
        _dbias(dy),
    )


@mistake(
    "conv2d_backward",
    hint="The pixels of x begin behind the rim, at row and column padding. Your dx begins at 0.",
    read="sec-conv-backward-general",
    corner="padding",
)
def crops_the_end_only(dy, x, weight, stride, padding):
    """dx is cut off below and right alone."""
    dx = _dpadded(dy, x, weight, stride, padding)[:, :, : x.shape[2], : x.shape[3]]
    return dx, _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="In the forward pass, the weights met the padded image. dweight needs the same one.",
    read="sec-conv-backward-general",
    corner="padding",
)
def dweight_padded_behind(dy, x, weight, stride, padding):
    """dweight is computed with the image in the upper left corner, and all of the padding behind it."""
    shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)))
    return _dx(dy, x, weight, stride, padding), _dweight(dy, shifted, weight, stride, 0), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="Padding is an argument here, too.",
    read="sec-conv-backward-general",
    corner="padding",
)
def pads_with_border(dy, x, weight, stride, padding):
    """dweight is computed with a padding that repeats the border."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="edge")
    return _dx(dy, x, weight, stride, padding), _dweight(dy, padded, weight, stride, 0), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="Where did the window of output (i, j) begin? At i times the stride, in both directions.",
    read="sec-conv-backward-general",
    corner="stride",
)
def stride_ignored(dy, x, weight, stride, padding):
    """The stride is not used: neighbours in dy are taken to be neighbours in x."""
    return _dx(dy, x, weight, 1, padding), _dweight(dy, x, weight, 1, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="The stride is right in one of dx and dweight and missing in the other.",
    read="sec-conv-backward-general",
    corner="stride",
)
def stride_ignored_in_dweight(dy, x, weight, stride, padding):
    """The stride is used for dx and not for dweight."""
    return _dx(dy, x, weight, stride, padding), _dweight(dy, x, weight, 1, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="The stride is used for the rows and not for the columns.",
    read="sec-conv-backward-general",
    corner="stride",
)
def stride_on_rows_only(dy, x, weight, stride, padding):
    """The stride is used for the rows and not for the columns."""
    (oh, ow), padded = dy.shape[2:], _pad(x, padding)
    dpadded, dweight = np.zeros(padded.shape), np.zeros(weight.shape)
    for i, j in np.ndindex(weight.shape[2:]):
        met = (..., slice(i, i + stride * oh, stride), slice(j, j + ow))
        dweight[:, :, i, j] = np.einsum("nfhw,nchw->fc", dy, padded[met])
        dpadded[met] += np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
    return _crop(dpadded, x, padding), dweight, _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="dx has the shape of x, also where the last rows or columns were in no window: their gradient is 0.",
    read="sec-conv-backward-general",
    corner="what is left over",
)
def dx_of_windows(dy, x, weight, stride, padding):
    """dx ends where the last window ends."""
    dpadded = _dpadded(dy, x, weight, stride, padding)
    reach = [(o - 1) * stride + k - padding for o, k in zip(dy.shape[2:], weight.shape[2:])]
    dx = _crop(dpadded, x, padding)[:, :, : reach[0], : reach[1]]
    return dx, _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="The results come in the order dx, dweight, dbias.",
    read="sec-conv-backward-general",
)
def order_exchanged(dy, x, weight, stride, padding):
    """dweight comes first, dx second."""
    return _dweight(dy, x, weight, stride, padding), _dx(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="dweight has the shape of weight: filters first, then channels.",
    read="sec-conv-backward-general",
)
def dweight_transposed(dy, x, weight, stride, padding):
    """Filters and channels of dweight are exchanged."""
    dweight = _dweight(dy, x, weight, stride, padding).swapaxes(0, 1)
    return _dx(dy, x, weight, stride, padding), dweight, _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="Each filter sends something back to a pixel, and all of it adds up.",
    read="sec-conv-backward-general",
)
def first_filter_only(dy, x, weight, stride, padding):
    """dx comes from the first filter alone."""
    return (
        _dx(dy[:, :1], x, weight[:1], stride, padding),
        _dweight(dy, x, weight, stride, padding),
        _dbias(dy),
    )


@mistake(
    "conv2d_backward",
    hint="Each channel gets back through its own part of the kernel. Here all of them get the same.",
    read="sec-conv-backward-general",
)
def channels_mixed(dy, x, weight, stride, padding):
    """dx is the same for all channels: the kernel is summed over them."""
    summed = np.repeat(weight.sum(axis=1, keepdims=True), weight.shape[1], axis=1)
    return _dx(dy, x, summed, stride, padding), _dweight(dy, x, weight, stride, padding), _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="A Python loop goes through the images. einsum or tensordot can add over them: their axis is one more to sum.",
    read="sec-conv-backward-general",
    corner="no loop",
)
def loop_over_images(dy, x, weight, stride, padding):
    """A Python loop goes through the images."""
    parts = [(dy[i : i + 1], x[i : i + 1], weight, stride, padding) for i in range(len(x))]
    return (
        np.concatenate([_dx(*part) for part in parts]),
        sum(_dweight(*part) for part in parts),
        _dbias(dy),
    )


@mistake(
    "conv2d_backward",
    hint="A Python loop goes through the places. Turn the loops round: for each entry of the kernel, all places at once.",
    read="sec-conv-backward-general",
    corner="no loop",
)
def loop_over_places(dy, x, weight, stride, padding):
    """A Python loop goes through the places of the output."""
    padded, (kh, kw) = _pad(x, padding), weight.shape[2:]
    dpadded, dweight = np.zeros(padded.shape), np.zeros(weight.shape)
    for i, j in np.ndindex(dy.shape[2:]):
        window = (..., slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw))
        dweight += np.einsum("nf,ncij->fcij", dy[:, :, i, j], padded[window])
        dpadded[window] += np.einsum("nf,fcij->ncij", dy[:, :, i, j], weight)
    return _crop(dpadded, x, padding), dweight, _dbias(dy)


@mistake(
    "conv2d_backward",
    hint="dx and dweight are there. What did the bias get?",
    read="sec-conv-backward-general",
)
def no_dbias(dy, x, weight, stride, padding):
    """dbias is None."""
    return _dx(dy, x, weight, stride, padding), _dweight(dy, x, weight, stride, padding), None


@mistake(
    "conv2d_backward",
    hint="Each filter has a bias of its own, so dbias has K numbers: sum dy over images, rows and columns, and not over the filters.",
    read="sec-conv-backward-general",
)
def bias_sums_all(dy, x, weight, stride, padding):
    """dbias is the sum over everything, the same for all filters."""
    dbias = np.full(len(weight), dy.sum())
    return _dx(dy, x, weight, stride, padding), _dweight(dy, x, weight, stride, padding), dbias


@mistake(
    "conv2d_backward",
    hint="A kernel has a height and a width, and they may differ: some entries of yours got nothing.",
    read="sec-conv-backward-general",
)
def square_kernel(dy, x, weight, stride, padding):
    """The loops over the kernel take its width for its height, too."""
    k, (oh, ow), padded = weight.shape[3], dy.shape[2:], _pad(x, padding)
    dpadded, dweight = np.zeros(padded.shape), np.zeros(weight.shape)
    for i, j in np.ndindex(k, k):
        met = (..., slice(i, i + stride * oh, stride), slice(j, j + stride * ow, stride))
        dweight[:, :, i, j] = np.einsum("nfhw,nchw->fc", dy, padded[met])
        dpadded[met] += np.einsum("nfhw,fc->nchw", dy, weight[:, :, i, j])
    return _crop(dpadded, x, padding), dweight, _dbias(dy)


@mistake("conv2d_backward", same_as="bias_sums_all")
def bias_is_a_number(dy, x, weight, stride, padding):
    """dbias is the sum over everything, a single number."""
    return _dx(dy, x, weight, stride, padding), _dweight(dy, x, weight, stride, padding), dy.sum()


# --- right answers, written another way ---


@alternative("conv2d_backward")
def by_columns(dy, x, weight, stride, padding):
    """im2col: two matrix products, and the columns added back."""
    n, f, oh, ow = dy.shape
    padded = _pad(x, padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    columns = windows.reshape(n, -1, oh * ow)
    dweight = (dy.reshape(n, f, -1) @ columns.swapaxes(1, 2)).sum(axis=0).reshape(weight.shape)
    dcolumns = (weight.reshape(f, -1).T @ dy.reshape(n, f, -1)).reshape(
        n, *weight.shape[1:], oh, ow
    )
    dpadded = np.zeros(padded.shape)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            dpadded[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride] += dcolumns[
                :, :, i, j
            ]
    return _crop(dpadded, x, padding), dweight, dy.sum(axis=3).sum(axis=2).sum(axis=0)


@alternative("conv2d_backward")
def by_turned_kernel(dy, x, weight, stride, padding):
    """dx as a full correlation of the spread dy with the turned kernel."""
    (kh, kw), (oh, ow) = weight.shape[2:], dy.shape[2:]
    padded = _pad(x, padding)
    high, wide = padded.shape[2:]
    spread = np.zeros((*dy.shape[:2], high + kh - 1, wide + kw - 1))
    spread[:, :, kh - 1 : kh - 1 + stride * oh : stride, kw - 1 : kw - 1 + stride * ow : stride] = (
        dy
    )
    seen = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(2, 3))
    dpadded = np.einsum("nfhwij,fcij->nchw", seen, weight[:, :, ::-1, ::-1], optimize=True)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    dweight = np.tensordot(dy, windows, axes=((0, 2, 3), (0, 2, 3)))
    return _crop(dpadded, x, padding), dweight, np.einsum("nfhw->f", dy)
