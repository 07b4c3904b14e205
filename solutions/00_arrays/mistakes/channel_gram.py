"""Wrong answers to `channel_gram` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "channel_gram",
    hint="n is in the formula's result: every image has its own table. Your axis of images is gone, summed over or "
    "reshaped away.",
    read="sec-arrays-einsum",
)
def summed_over_images(x):
    """There is one table for the whole batch."""
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
    hint="Each entry is a sum over all rows and columns: H · W pixels.",
    read="sec-arrays-axes",
)
def divided_by_width(x):
    """You divide by the width of the images."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / x.shape[3]


@mistake(
    "channel_gram",
    hint="Each entry is a sum over all rows and columns: H · W pixels.",
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
    hint="Products of deviations give a covariance: the text asks for the mean product of the channels as they are.",
    read="sec-arrays-einsum",
)
def covariance(x):
    """You subtract the mean of each channel."""
    x = _floats(x)
    x = x - x.mean(axis=(2, 3), keepdims=True)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    corner="whole numbers",
    hint="200 · 200 is 40,000, and uint8 ends at 255. Change the dtype before you multiply.",
    read="sec-arrays-wrap",
)
def products_wrap(x):
    """The products wrap around."""
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    corner="whole numbers",
    hint="Whole numbers should give float64: your float32 has too few digits for the sum of many products.",
    read="sec-arrays-floats",
)
def float32_for_whole_numbers(x):
    """Whole numbers become float32."""
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    corner="little memory",
    hint="You form all N · C · C · H · W products before you add them up. einsum and @ add while they multiply.",
    read="sec-arrays-einsum",
)
def all_products_at_once(x):
    """All products are formed before they are added up."""
    x = _floats(x)
    return (x[:, :, None] * x[:, None]).mean(axis=(3, 4))


@mistake(
    "channel_gram",
    corner="no loop",
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
    corner="no loop",
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
    corner="large whole numbers",
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


def _floats(x):
    return x if x.dtype.kind == "f" else x.astype(np.float64)


@mistake(
    "channel_gram",
    hint="`.T` reverses all axes, that of the images, too. Of a batch of matrices, swap the last two: x.transpose(0, 2, 1).",
    read="sec-arrays-matmul",
)
def all_axes_reversed(x):
    """You transpose with .T, which reverses all the axes."""
    flat = _floats(x).reshape(*x.shape[:2], -1)
    return flat @ flat.T / flat.shape[2]


@mistake(
    "channel_gram",
    hint="Both factors of each product are divided by H · W, so the sum is divided by its square. Divide once.",
    read="sec-arrays-einsum",
)
def divided_twice(x):
    """You divide by the number of pixels twice."""
    n, c, h, w = x.shape
    flat = _floats(x).reshape(n, c, h * w) / (h * w)
    return flat @ flat.transpose(0, 2, 1)


@mistake(
    "channel_gram",
    hint="Each entry is a sum over the H · W pixels of an image: that is what the mean divides by.",
    read="sec-arrays-axes",
)
def divided_by_channels(x):
    """You divide by the number of channels."""
    flat = _floats(x).reshape(*x.shape[:2], -1)
    return flat @ flat.transpose(0, 2, 1) / flat.shape[1]


@mistake(
    "channel_gram",
    hint="Each entry is a sum over the pixels of one image: H · W of them.",
    read="sec-arrays-axes",
)
def divided_by_images(x):
    """You divide by the number of images."""
    flat = _floats(x).reshape(*x.shape[:2], -1)
    return flat @ flat.transpose(0, 2, 1) / len(flat)


@mistake(
    "channel_gram",
    hint="x.size counts the numbers of all images and channels. The sum runs over the pixels of one image, H · W of them.",
    read="sec-arrays-axes",
)
def divided_by_size(x):
    """You divide by N · C · H · W."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / x.size


@mistake(
    "channel_gram",
    hint="s / h * w divides by h and then multiplies by w. Put the product into brackets: s / (h * w).",
    read="sec-arrays-einsum",
)
def brackets_missing(x):
    """Brackets are missing: s / h * w."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / x.shape[2] * x.shape[3]


@mistake(
    "channel_gram",
    hint="One letter is one axis: with c for both channels there is nothing to tell them apart. Call the second one d.",
    read="sec-arrays-einsum",
)
def one_letter_for_both(x):
    """Both channels have the same letter."""
    x = _floats(x)
    return np.einsum("nchw,nchw->ncc", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="h and w are exchanged in one of the two factors, so that a row would meet a column. Both are read at the same "
    "pixel.",
    read="sec-arrays-einsum",
)
def height_meets_width(x):
    """The letters h and w are exchanged in one factor."""
    x = _floats(x)
    return np.einsum("nchw,ndwh->ncd", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="The letters after the arrow say in which order the axes of the result come. The images are the first: ncd.",
    read="sec-arrays-einsum",
)
def images_last(x):
    """The images are the last axis of the result."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->cdn", x, x) / (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="np.dot takes every matrix of one batch with every matrix of the other, and has an axis for each. @ takes them in "
    "pairs.",
    read="sec-arrays-matmul",
)
def dot_of_batches(x):
    """You multiply batches with np.dot."""
    flat = _floats(x).reshape(*x.shape[:2], -1)
    return np.dot(flat, flat.transpose(0, 2, 1)) / flat.shape[2]


@mistake("channel_gram", same_as="summed_over_images")
def images_and_channels_mixed(x):
    """There is one table for the whole batch."""
    flat = _floats(x).reshape(x.shape[1], -1)
    return flat @ flat.T / flat.shape[1]


@mistake(
    "channel_gram",
    hint="You move the channels to the end, and then reshape as if they were still the second axis: each of your rows mixes the "
    "channels. Reshape only what lies as you want it.",
    read="sec-arrays-layouts",
)
def moved_and_reshaped(x):
    """The channels are the last axis when you reshape to (N, C, H·W)."""
    n, c, h, w = x.shape
    flat = _floats(x).transpose(0, 2, 3, 1).reshape(n, c, h * w)
    return flat @ flat.transpose(0, 2, 1) / (h * w)


@mistake(
    "channel_gram",
    hint="You divide by C · H. Counted from 0, the axes of (N, C, H, W) are 0, 1, 2 and 3: which two are the pixels?",
    read="sec-arrays-axes",
)
def divided_by_channels_and_height(x):
    """You divide by x.shape[1] · x.shape[2]."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[1] * x.shape[2])


@mistake(
    "channel_gram",
    hint="// cuts off what is behind the point, and the means of products are seldom whole. A mean takes /.",
    read="sec-arrays-promotion",
)
def whole_means(x):
    """You divide by //."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) // (x.shape[2] * x.shape[3])


@mistake(
    "channel_gram",
    hint="Every image gets the same table, in which all images are added up or averaged. The letter of the images belongs "
    "behind the arrow, so that nothing is summed over it.",
    read="sec-arrays-einsum",
)
def same_table_for_all_images(x):
    """One table is made of all images and given to each."""
    n, c, h, w = x.shape
    x = x.astype(np.float64)
    return np.broadcast_to(np.einsum("nchw,ndhw->cd", x, x) / (h * w), (n, c, c))


@mistake("channel_gram", same_as="same_table_for_all_images")
def mean_table_for_all_images(x):
    """The mean table of all images is given to each."""
    n, _, h, w = x.shape
    x = x.astype(np.float64)
    return np.tile(np.einsum("nchw,ndhw->cd", x, x) / (n * h * w), (n, 1, 1))


@mistake(
    "channel_gram",
    hint="You divide by the lengths of both channels, which gives the cosine of their angle. The text divides by the number of pixels alone.",
    read="sec-arrays-einsum",
)
def cosines(x):
    """The products are divided by the lengths of the channels."""
    x = x.astype(np.float64)
    products = np.einsum("nchw,ndhw->ncd", x, x)
    lengths = np.sqrt(np.einsum("ncc->nc", products))
    with np.errstate(all="ignore"):
        return products / (lengths[:, :, None] * lengths[:, None])


@mistake(
    "channel_gram",
    hint="H · W − 1 is for the variance of a sample, whose mean was taken off. Here nothing was: divide by H · W.",
    read="sec-arrays-axes",
)
def divided_by_one_pixel_less(x):
    """You divide by H · W − 1."""
    pixels = x.shape[2] * x.shape[3]
    x = x.astype(np.float64)
    return np.einsum("nchw,ndhw->ncd", x, x) / max(pixels - 1, 1)


@mistake(
    "channel_gram",
    hint="The product of c with d is that of d with c, so the table is the same on both sides of its diagonal. You fill one.",
    read="sec-arrays-einsum",
)
def one_half_of_the_table(x):
    """Only one side of the diagonal is filled."""
    pixels = x.shape[2] * x.shape[3]
    x = x.astype(np.float64)
    return np.triu(np.einsum("nchw,ndhw->ncd", x, x) / pixels)


@mistake("channel_gram", same_as="one_half_of_the_table")
def lower_half_of_the_table(x):
    """Only the lower side of the diagonal is filled."""
    pixels = x.shape[2] * x.shape[3]
    x = x.astype(np.float64)
    return np.tril(np.einsum("nchw,ndhw->ncd", x, x) / pixels)


@mistake(
    "channel_gram",
    hint="Every image has its own table, so the number of images does not matter. Divide by H · W.",
    read="sec-arrays-einsum",
)
def divided_by_images_too(x):
    """You divide by N · H · W."""
    x = _floats(x)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[0] * x.shape[2] * x.shape[3])


# --- right answers, written another way ---


@alternative("channel_gram")
def matrix_product(x):
    """A product of matrices of pixels."""
    dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float64
    flat = x.astype(dtype).reshape(x.shape[0], x.shape[1], -1)
    return np.matmul(flat, flat.swapaxes(1, 2)) / flat.shape[-1]


@alternative("channel_gram")
def einsum_with_dtype(x):
    """einsum converts by itself."""
    n, c, h, w = x.shape
    flat = x.reshape(n, c, h * w)
    dtype = np.float32 if x.dtype == np.float32 else np.float64
    return np.einsum("ncp,ndp->ncd", flat, flat, dtype=dtype, casting="same_kind") / (h * w)


@alternative("channel_gram")
def scaled_first(x):
    """Divided before the product."""
    x = np.asarray(x, dtype=np.result_type(x.dtype, np.float32 if x.dtype.kind == "f" else float))
    return np.einsum("nihw,njhw->nij", x / x[0, 0].size, x)


@mistake(
    "channel_gram",
    hint="The formula has no root. Your entries are the roots of the mean products, and 0 where a product is negative.",
    read="sec-arrays-einsum",
)
def root_of_products(x):
    """The root is taken of the mean products."""
    x = _floats(x)
    products = np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])
    return np.sqrt(np.maximum(products, 0))
