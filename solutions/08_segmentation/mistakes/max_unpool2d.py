"""Wrong answers to `max_unpool2d` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


def _legal(indices, size):
    if indices.min() < 0 or indices.max() >= size[0] * size[1]:
        raise ValueError(f"an index is no pixel of an output of {size}")


def _put(x, indices, size):
    n, c = x.shape[:2]
    y = np.zeros((n, c, size[0] * size[1]))
    np.put_along_axis(y, indices.reshape(n, c, -1), x.reshape(n, c, -1), axis=2)
    return y.reshape(n, c, *size)


def _take(dy, indices):
    n, c = indices.shape[:2]
    return np.take_along_axis(dy.reshape(n, c, -1), indices.reshape(n, c, -1), axis=2).reshape(
        indices.shape
    )


def _made(x, indices, size, dy, wrong):
    n, c, h, w = x.shape
    high, wide = size
    if wrong == "no_error":
        indices = np.clip(indices, 0, high * wide - 1)
    elif wrong == "negative_is_legal":
        if indices.max() >= high * wide:
            raise ValueError("an index is too large")
    elif wrong == "one_too_large_is_legal":
        if indices.min() < 0 or indices.max() > high * wide:
            raise ValueError("an index is no pixel")
        indices = np.minimum(indices, high * wide - 1)
    elif wrong == "index_error":
        if indices.min() < 0 or indices.max() >= high * wide:
            raise IndexError("an index is no pixel")
    else:
        _legal(indices, size)
    y, dx = _put(x, indices, size), _take(dy, indices)
    if wrong == "upper_left_pixels":
        y = np.zeros(dy.shape)
        y[:, :, :: -(-high // h), :: -(-wide // w)][:, :, :h, :w] = x
    if wrong == "nearest_neighbour":
        y = x[:, :, np.arange(high) * h // high][:, :, :, np.arange(wide) * w // wide]
    if wrong == "over_all_channels":
        flat = np.zeros(dy.size)
        flat[indices.ravel()] = x.ravel()
        y, dx = flat.reshape(dy.shape), dy.ravel()[indices]
    if wrong == "first_channels_places":
        y, dx = (
            _put(x, indices[:, :1].repeat(c, axis=1), size),
            _take(dy, indices[:, :1].repeat(c, axis=1)),
        )
    if wrong == "first_images_places":
        y, dx = (
            _put(x, indices[:1].repeat(n, axis=0), size),
            _take(dy, indices[:1].repeat(n, axis=0)),
        )
    if wrong == "column_by_column":
        y = _put(x, indices, size[::-1]).swapaxes(2, 3)
        dx = _take(dy.swapaxes(2, 3), indices)
    if wrong == "divided_by_the_height":
        y, dx = np.zeros((n, c, high * wide + wide, high + wide)), np.zeros(x.shape)
        for a, b, i, j in np.ndindex(x.shape):
            row, column = divmod(int(indices[a, b, i, j]), high)
            y[a, b, row, column] = x[a, b, i, j]
            dx[a, b, i, j] = dy[a, b, row % high, column % wide]
        y = y[:, :, :high, :wide]
    if wrong == "size_exchanged":
        y = y.reshape(n, c, wide, high)
    if wrong == "size_of_windows":
        factor = high // h, wide // w
        whole = h * factor[0], w * factor[1]
        y = _put(x, np.minimum(indices, whole[0] * whole[1] - 1), whole)
    if wrong == "places_alone":
        y = _put(np.ones(x.shape), indices, size)
    if wrong == "negatives_lost":
        y = np.maximum(y, 0)
    if wrong == "magnitudes":
        y = np.abs(y)
    if wrong == "filled_with_the_least":
        y = np.where(_put(np.ones(x.shape), indices, size) > 0, y, x.min())
    if wrong == "sorted_places":
        flat = np.sort(indices.reshape(n, c, -1), axis=2).reshape(x.shape)
        y = _put(x, flat, size)
    if wrong == "flat":
        y = y.reshape(n, c, -1)
    if wrong == "dy_in_its_own_size":
        dx = dy * (_put(np.ones(x.shape), indices, size) > 0)
    if wrong == "dy_of_the_corners":
        dx = dy[:, :, :: -(-high // h), :: -(-wide // w)][:, :, :h, :w]
    if wrong == "dy_at_the_beginning":
        dx = dy[:, :, :h, :w]
    if wrong == "times_x":
        dx = dx * x
    if wrong == "no_gradient_of_negatives":
        dx = dx * (x > 0)
    if wrong == "no_gradient_of_zeros":
        dx = dx * (x != 0)
    if wrong == "ones":
        dx = np.ones(x.shape)
    if wrong == "dy_summed":
        dx = np.zeros(x.shape) + dy.sum(axis=(2, 3), keepdims=True)
    if wrong == "y_taken_back":
        dx = _take(y, indices)
    if wrong == "dx_alone":
        return dx
    if wrong == "y_alone":
        return y, None
    if wrong == "exchanged":
        return dx, y
    if wrong == "added_to_dy":
        y = y + dy
    if wrong == "dy_summed_over_windows":
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(high, wide):
            dx[:, :, i * h // high, j * w // wide] += dy[:, :, i, j]
    return y, dx


@mistake(
    "max_unpool2d",
    hint="The indices say where the maximum was: put the value there.",
    read="sec-seg-unpooling",
)
def upper_left_pixels(x, indices, size, dy):
    """Each value is put to the upper left pixel of its window."""
    return _made(x, indices, size, dy, "upper_left_pixels")


@mistake(
    "max_unpool2d",
    hint="One pixel gets the value, the one that the index names. All others are 0.",
    read="sec-seg-unpooling",
)
def nearest_neighbour(x, indices, size, dy):
    """Every pixel of a window gets its value."""
    return _made(x, indices, size, dy, "nearest_neighbour")


@mistake(
    "max_unpool2d",
    hint="Each channel of each image counts its own pixels from 0.",
    read="sec-seg-unpooling",
)
def over_all_channels(x, indices, size, dy):
    """The indices are counted through the whole batch."""
    return _made(x, indices, size, dy, "over_all_channels")


@mistake("max_unpool2d", hint="Each channel has places of its own.", read="sec-seg-unpooling")
def first_channels_places(x, indices, size, dy):
    """The places of channel 0 are used for all channels."""
    return _made(x, indices, size, dy, "first_channels_places")


@mistake("max_unpool2d", hint="Each image has places of its own.", read="sec-seg-unpooling")
def first_images_places(x, indices, size, dy):
    """The places of the first image are used for all images."""
    return _made(x, indices, size, dy, "first_images_places")


@mistake(
    "max_unpool2d",
    hint="They are counted row by row: index 1 is the second pixel of the first row.",
    read="sec-seg-unpooling",
)
def column_by_column(x, indices, size, dy):
    """The pixels are counted column by column."""
    return _made(x, indices, size, dy, "column_by_column")


@mistake(
    "max_unpool2d",
    hint="There are W pixels in a row: divide by the width.",
    read="sec-seg-unpooling",
)
def divided_by_the_height(x, indices, size, dy):
    """The row is the index divided by the height."""
    return _made(x, indices, size, dy, "divided_by_the_height")


@mistake("max_unpool2d", hint="size is (H, W).", read="sec-seg-unpooling")
def size_exchanged(x, indices, size, dy):
    """Height and width of the output are exchanged."""
    return _made(x, indices, size, dy, "size_exchanged")


@mistake(
    "max_unpool2d",
    hint="The sides need not be multiples. y has the size that the text names.",
    read="sec-seg-unpooling",
    corner="any size",
)
def size_of_windows(x, indices, size, dy):
    """The output is as large as the windows, whatever `size` says."""
    return _made(x, indices, size, dy, "size_of_windows")


@mistake("max_unpool2d", hint="The values of x go to their places.", read="sec-seg-unpooling")
def places_alone(x, indices, size, dy):
    """y is 1 at the places."""
    return _made(x, indices, size, dy, "places_alone")


@mistake(
    "max_unpool2d",
    hint="A maximum may be negative, and comes back as it is.",
    read="sec-seg-unpooling",
)
def negatives_lost(x, indices, size, dy):
    """Negative values become 0."""
    return _made(x, indices, size, dy, "negatives_lost")


@mistake(
    "max_unpool2d", hint="A value comes back as it is, sign and all.", read="sec-seg-unpooling"
)
def magnitudes(x, indices, size, dy):
    """The values lose their sign."""
    return _made(x, indices, size, dy, "magnitudes")


@mistake("max_unpool2d", hint="The other pixels are 0.", read="sec-seg-unpooling")
def filled_with_the_least(x, indices, size, dy):
    """The other pixels get the least value."""
    return _made(x, indices, size, dy, "filled_with_the_least")


@mistake("max_unpool2d", hint="A value and its place belong together.", read="sec-seg-unpooling")
def sorted_places(x, indices, size, dy):
    """The places are sorted, and the values are not."""
    return _made(x, indices, size, dy, "sorted_places")


@mistake("max_unpool2d", hint="y has four axes: reshape at the end.", read="sec-seg-unpooling")
def flat(x, indices, size, dy):
    """y keeps its pixels in one axis."""
    return _made(x, indices, size, dy, "flat")


@mistake(
    "max_unpool2d",
    hint="dx has the shape of x: for each value, what arrives at its place.",
    read="sec-seg-unpooling",
)
def dy_in_its_own_size(x, indices, size, dy):
    """dx has the size of y."""
    return _made(x, indices, size, dy, "dy_in_its_own_size")


@mistake(
    "max_unpool2d",
    hint="The gradient comes from the place to which the value went.",
    read="sec-seg-unpooling",
)
def dy_of_the_corners(x, indices, size, dy):
    """The gradient is taken from the upper left pixels."""
    return _made(x, indices, size, dy, "dy_of_the_corners")


@mistake(
    "max_unpool2d",
    hint="The gradient comes from the place to which the value went.",
    read="sec-seg-unpooling",
)
def dy_at_the_beginning(x, indices, size, dy):
    """The gradient is taken from the first rows and columns of dy."""
    return _made(x, indices, size, dy, "dy_at_the_beginning")


@mistake(
    "max_unpool2d",
    hint="y is the value itself at its place, so that the slope is 1.",
    read="sec-seg-unpooling",
)
def times_x(x, indices, size, dy):
    """The gradient is multiplied by the value."""
    return _made(x, indices, size, dy, "times_x")


@mistake(
    "max_unpool2d",
    hint="No ReLU is here: negative values are put back, too, and their gradient arrives.",
    read="sec-seg-unpooling",
)
def no_gradient_of_negatives(x, indices, size, dy):
    """Negative values have no gradient."""
    return _made(x, indices, size, dy, "no_gradient_of_negatives")


@mistake(
    "max_unpool2d",
    hint="A value of 0 has a place, and the gradient that arrives there is its own. Do not look at y to find the places.",
    read="sec-seg-unpooling",
)
def no_gradient_of_zeros(x, indices, size, dy):
    """Values of 0 have no gradient."""
    return _made(x, indices, size, dy, "no_gradient_of_zeros")


@mistake("max_unpool2d", hint="What arrives at a place is dy there.", read="sec-seg-unpooling")
def ones(x, indices, size, dy):
    """The gradient is 1 everywhere."""
    return _made(x, indices, size, dy, "ones")


@mistake(
    "max_unpool2d",
    hint="Only what arrives at the value's own place counts.",
    read="sec-seg-unpooling",
)
def dy_summed(x, indices, size, dy):
    """The gradient is the sum over all pixels."""
    return _made(x, indices, size, dy, "dy_summed")


@mistake(
    "max_unpool2d",
    hint="Only what arrives at the value's own place counts; this would be the gradient of the nearest neighbour.",
    read="sec-seg-unpooling",
)
def dy_summed_over_windows(x, indices, size, dy):
    """The gradient is the sum over the window."""
    return _made(x, indices, size, dy, "dy_summed_over_windows")


@mistake(
    "max_unpool2d", hint="The gradient comes from dy, at the same places.", read="sec-seg-unpooling"
)
def y_taken_back(x, indices, size, dy):
    """x is taken back out of y in place of dy."""
    return _made(x, indices, size, dy, "y_taken_back")


@mistake("max_unpool2d", hint="The text asks for two results, y and dx.", read="sec-seg-unpooling")
def y_alone(x, indices, size, dy):
    """The gradient is None."""
    return _made(x, indices, size, dy, "y_alone")


@mistake("max_unpool2d", hint="The text asks for two results, y and dx.", read="sec-seg-unpooling")
def dx_alone(x, indices, size, dy):
    """Only dx is returned."""
    return _made(x, indices, size, dy, "dx_alone")


@mistake("max_unpool2d", hint="First y, then dx.", read="sec-seg-unpooling")
def exchanged(x, indices, size, dy):
    """The two results are exchanged."""
    return _made(x, indices, size, dy, "exchanged")


@mistake("max_unpool2d", hint="y begins with zeros.", read="sec-seg-unpooling")
def added_to_dy(x, indices, size, dy):
    """The values are added to dy."""
    return _made(x, indices, size, dy, "added_to_dy")


@mistake(
    "max_unpool2d",
    hint="An index that is no pixel is an error in what came before, and should be told. The last of H · W pixels has the index H · W − 1.",
    read="sec-seg-unpooling",
    corner="illegal",
)
def no_error(x, indices, size, dy):
    """An index beyond the map is let through."""
    return _made(x, indices, size, dy, "no_error")


@mistake(
    "max_unpool2d",
    hint="NumPy counts negative indices from the end. Here they are illegal.",
    read="sec-seg-unpooling",
    corner="illegal",
)
def negative_is_legal(x, indices, size, dy):
    """Negative indices count from the end."""
    return _made(x, indices, size, dy, "negative_is_legal")


@mistake("max_unpool2d", same_as="no_error", corner="illegal")
def one_too_large_is_legal(x, indices, size, dy):
    """An index of H · W is let through."""
    return _made(x, indices, size, dy, "one_too_large_is_legal")


@mistake(
    "max_unpool2d", hint="The text asks for ValueError.", read="sec-seg-unpooling", corner="illegal"
)
def index_error(x, indices, size, dy):
    """An IndexError is raised."""
    return _made(x, indices, size, dy, "index_error")


@mistake(
    "max_unpool2d",
    hint="Pixels are counted row by row: a row has W of them, so that divmod by W gives the row and the column.",
    read="sec-seg-unpooling",
)
def divmod_by_the_height(x, indices, size, dy):
    """An index is taken apart by the number of rows, H."""
    _legal(indices, size)
    y, dx = np.zeros(dy.shape), np.zeros(x.shape)
    for n, c, i, j in np.ndindex(x.shape):
        row, column = divmod(int(indices[n, c, i, j]), size[0])
        y[n, c, row, column], dx[n, c, i, j] = x[n, c, i, j], dy[n, c, row, column]
    return y, dx


@mistake("max_unpool2d", same_as="divmod_by_the_height")
def counted_by_the_height(x, indices, size, dy):
    """An index is taken apart by the number of rows, H, and kept inside the map."""
    _legal(indices, size)
    row, column = np.divmod(indices, size[0])
    places = np.minimum(row * size[1] + column, size[0] * size[1] - 1)
    return _put(x, places, size), _take(dy, places)


@mistake(
    "max_unpool2d",
    hint="y[:, :, indices] asks for these pixels in every channel of every image. `np.put_along_axis` writes each channel's own.",
    read="sec-seg-unpooling",
)
def index_array_on_one_axis(x, indices, size, dy):
    """The indices of all channels are written into every channel."""
    _legal(indices, size)
    y = np.zeros((*x.shape[:2], size[0] * size[1]))
    y[:, :, indices] = x
    return y.reshape(dy.shape), _take(dy, indices)


@mistake(
    "max_unpool2d",
    hint="`size` is the size of the output, and it need not be twice that of x.",
    read="sec-seg-unpooling",
    corner="any size",
)
def always_doubled(x, indices, size, dy):
    """The output is taken for twice as large as x."""
    size = 2 * x.shape[2], 2 * x.shape[3]
    _legal(indices, size)
    n, c = x.shape[:2]
    y = np.zeros((n, c, size[0] * size[1]))
    places = indices.reshape(n, c, -1)
    np.put_along_axis(y, places, x.reshape(n, c, -1), axis=2)
    dx = np.take_along_axis(dy.reshape(n, c, size[0] * size[1]), places, axis=2)
    return y.reshape(n, c, *size), dx.reshape(x.shape)


@mistake(
    "max_unpool2d",
    hint="Each channel of each image has places of its own, also on the way back.",
    read="sec-seg-unpooling",
)
def dx_by_the_first_channels_places(x, indices, size, dy):
    """The gradient is taken from the places of the first channel."""
    _legal(indices, size)
    first = np.broadcast_to(indices[:1, :1], indices.shape)
    return _put(x, indices, size), _take(dy, first)


@mistake(
    "max_unpool2d",
    hint="This exercise is for NumPy: `np.put_along_axis` and `np.take_along_axis` are a pair for it.",
    read="sec-seg-unpooling",
    corner="torch",
)
def by_torchs_function(x, indices, size, dy):
    """torch does the work."""
    _legal(indices, size)
    (n, c), places = x.shape[:2], torch.tensor(indices).flatten(2)
    y = torch.zeros(n, c, size[0] * size[1], dtype=torch.float64)
    y = y.scatter(2, places, torch.tensor(x).flatten(2))
    dx = torch.tensor(dy).flatten(2).gather(2, places)
    return y.numpy().reshape(dy.shape), dx.numpy().reshape(x.shape)


# --- right answers, written another way ---


@alternative("max_unpool2d")
def by_rows_and_columns(x, indices, size, dy):
    """Index arrays for all four axes."""
    rows, columns = np.divmod(indices, size[1])
    if (rows < 0).any() or (rows >= size[0]).any():
        raise ValueError("there is an index outside of the output")
    image, channel = np.ogrid[: x.shape[0], : x.shape[1]]
    places = image[..., None, None], channel[..., None, None], rows, columns
    y = np.zeros((*x.shape[:2], *size))
    y[places] = x
    return y, dy[places]


@alternative("max_unpool2d")
def by_one_count(x, indices, size, dy):
    """Channels and images are counted through."""
    pixels = size[0] * size[1]
    if not ((indices >= 0) & (indices < pixels)).all():
        raise ValueError(f"indices must be between 0 and {pixels - 1}")
    first = np.arange(x.shape[0] * x.shape[1]).reshape(x.shape[0], x.shape[1], 1, 1) * pixels
    y = np.zeros(dy.size)
    y[(indices + first).ravel()] = x.ravel()
    return y.reshape(dy.shape), dy.ravel()[indices + first]
