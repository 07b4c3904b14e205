"""Wrong answers to `windows` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "windows",
    hint="The last window is missing. In a row of 4 pixels, how many windows of 3 are there? Count them by hand.",
    read="sec-arrays-windows",
)
def last_one_missing(image, size, stride):
    """The last row and column of windows are missing."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    h, w = ((n - k) // stride for n, k in zip(image.shape, size, strict=True))
    return every[:h, :w]


@mistake(
    "windows",
    hint="size is (height, width): the first number counts rows.",
    read="sec-arrays-windows",
)
def size_swapped(image, size, stride):
    """Height and width of the window are swapped."""
    return np.lib.stride_tricks.sliding_window_view(
        np.pad(image, ((0, max(0, size[1] - len(image))), (0, 0)))[:, :], (size[1], size[0])
    )[::stride, ::stride]


@mistake(
    "windows",
    hint="Your first axis runs to the right and your second one down. Rows come first, as in the image.",
    read="sec-arrays-windows",
)
def columns_first(image, size, stride):
    """The axes of the result are (columns, rows, h, w)."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(1, 0, 2, 3)


@mistake(
    "windows",
    hint="Each of your windows lies on its side.",
    read="sec-arrays-windows",
)
def windows_transposed(image, size, stride):
    """Each window is transposed."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(0, 1, 3, 2)


@mistake(
    "windows",
    hint="The place in the window comes first in your result, and then the window. The text wants the window first.",
    read="sec-arrays-windows",
)
def place_in_window_first(image, size, stride):
    """The axes of the result are (h, w, rows, columns)."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.transpose(2, 3, 0, 1)


@mistake(
    "windows",
    corner="the stride",
    hint="Your windows move by one pixel, whatever stride is. Take every stride-th of them, down and to the right.",
    read="sec-arrays-windows",
)
def stride_ignored(image, size, stride):
    """The stride is ignored."""
    return np.lib.stride_tricks.sliding_window_view(image, size)


@mistake(
    "windows",
    corner="the stride",
    hint="Your windows move by stride in one direction only.",
    read="sec-arrays-windows",
)
def stride_down_only(image, size, stride):
    """The stride holds downwards only."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride]


@mistake(
    "windows",
    corner="the stride",
    hint="Your windows move by stride in one direction only.",
    read="sec-arrays-windows",
)
def stride_right_only(image, size, stride):
    """The stride holds to the right only."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:, ::stride]


@mistake(
    "windows",
    corner="the stride",
    hint="A window keeps all its pixels: it is the windows that move in larger steps.",
    read="sec-arrays-windows",
)
def stride_inside(image, size, stride):
    """The stride is applied inside the windows."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:, :, ::stride, ::stride]


@mistake(
    "windows",
    corner="the stride",
    hint="You take every stride-th pixel of the image first, and then windows of what is left.",
    read="sec-arrays-windows",
)
def image_thinned_first(image, size, stride):
    """The stride thins out the image before the windows are taken."""
    thin = image[::stride, ::stride]
    fits = tuple(min(n, k) for n, k in zip(thin.shape, size, strict=True))
    return np.lib.stride_tricks.sliding_window_view(thin, fits)


@mistake(
    "windows",
    hint="Your windows lie side by side and do not overlap: they move by their own size, and not by stride.",
    read="sec-arrays-windows",
)
def side_by_side(image, size, stride):
    """The windows move by their own size."""
    return np.lib.stride_tricks.sliding_window_view(image, size)[:: size[0], :: size[1]]


@mistake(
    "windows",
    hint="Keep two axes for the places: the rows of windows and the columns.",
    read="sec-arrays-windows",
)
def in_one_row(image, size, stride):
    """The windows stand in a single row."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.reshape(-1, *size)


@mistake(
    "windows",
    hint="Each of your windows is a row of numbers. Keep its height and width.",
    read="sec-arrays-windows",
)
def flat_windows(image, size, stride):
    """Each window is flattened."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    return every.reshape(*every.shape[:2], -1)


@mistake(
    "windows",
    corner="read-only",
    hint="Your result can be written to. Either it is a copy, made by a loop or by an index array: then every pixel is "
    "stored many times. Or it is a view that is not read-only: then writing into one window changes its neighbours.",
    read="sec-arrays-windows",
)
def writable_view(image, size, stride):
    """The windows can be written to."""
    return np.lib.stride_tricks.sliding_window_view(image, size, writeable=True)[::stride, ::stride]


@mistake("windows", corner="no copy", same_as="writable_view")
def a_copy(image, size, stride):
    """The windows can be written to."""
    return np.array(np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride])


@mistake(
    "windows",
    corner="other dtypes and orders",
    hint="You ask for the strides of a float64 image that lies row by row. Use image.strides: it knows the size of a number, "
    "and the way from row to row.",
    read="sec-arrays-strides",
)
def eight_bytes(image, size, stride):
    """Every number is taken to have 8 bytes."""
    rows, columns = ((n - k) // stride + 1 for n, k in zip(image.shape, size, strict=True))
    padded = np.concatenate([image.ravel(), np.zeros(image.size * 8, image.dtype)])
    step = 8 * image.shape[1]
    return np.lib.stride_tricks.as_strided(
        padded,
        (rows, columns, *size),
        (stride * step, stride * 8, step, 8),
        writeable=False,
    )


@mistake(
    "windows",
    corner="no loop",
    hint="A loop over all windows is slow, and collects a copy of every pixel for every window that it is in.",
    read="sec-arrays-windows",
)
def loop_over_windows(image, size, stride):
    """You collect the windows in a loop."""
    (height, width), (h, w) = image.shape, size
    rows, columns = range(0, height - h + 1, stride), range(0, width - w + 1, stride)
    found = np.array([[image[i : i + h, j : j + w] for j in columns] for i in rows])
    found.flags.writeable = False
    return found


@mistake(
    "windows",
    corner="no copy",
    hint="A few windows of a large image take next to no memory: there is no need to copy the image first, since nothing is "
    "changed, nor to collect windows that the stride leaves out.",
    read="sec-arrays-views",
)
def view_of_a_copy(image, size, stride):
    """You copy the image, or more windows than there should be."""
    return np.lib.stride_tricks.sliding_window_view(image.copy(), size)[::stride, ::stride]


@mistake("windows", corner="no copy", same_as="view_of_a_copy")
def view_of_an_ordered_copy(image, size, stride):
    """You copy the image first."""
    image = np.ascontiguousarray(image)
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]


@mistake(
    "windows",
    corner="the stride",
    hint="The first window begins at pixel [0, 0], whatever the stride.",
    read="sec-arrays-windows",
)
def starts_late(image, size, stride):
    """The first window begins too late."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)
    return every[stride - 1 :: stride, stride - 1 :: stride]


@mistake(
    "windows",
    hint="Your windows are square: one of the two numbers in size is used twice.",
    read="sec-arrays-windows",
)
def square_windows(image, size, stride):
    """The windows are square, whatever size says."""
    return np.lib.stride_tricks.sliding_window_view(image, (size[0], size[0]))[::stride, ::stride]


@mistake(
    "windows",
    hint="You count as many windows as there are pixels to begin at. The last ones stick out of the image, and show what happens "
    "to lie behind it in memory. How many fit?",
    read="sec-arrays-windows",
)
def sticking_out(image, size, stride):
    """The last windows stick out of the image."""
    padded = np.pad(image, ((0, size[0]), (0, size[1])))
    every = np.lib.stride_tricks.sliding_window_view(padded, size)[::stride, ::stride]
    return every[: len(image) // stride, : image.shape[1] // stride]


@mistake(
    "windows",
    corner="the stride",
    hint="The first window needs no step, so the others are (H − h) // stride, and then there is the first. Do you divide the "
    "number of all positions by the stride and round down, or leave out the last position?",
    read="sec-arrays-windows",
)
def whole_steps_only(image, size, stride):
    """A window that fits is missing at the border."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)
    rows, columns = (n // stride * stride for n in every.shape[:2])
    return every[:rows:stride, :columns:stride]


@mistake(
    "windows",
    corner="another stride than 1",
    hint="[::stride] cuts the first axis, and so does a second one behind it: the rows are thinned twice, and the columns "
    "never. Both axes go into one pair of brackets: [::stride, ::stride].",
    read="sec-arrays-indexing",
)
def stride_down_twice(image, size, stride):
    """Both steps go down: [::stride][::stride]."""
    view = np.lib.stride_tricks.sliding_window_view(image, size)
    return view[::stride][::stride]


@mistake(
    "windows",
    hint="The caller's image cannot be written to any more, after a mere look at its windows. Lock what you return: view "
    "first, then view.flags.writeable = False.",
    read="sec-arrays-views",
)
def caller_locked_out(image, size, stride):
    """You lock the caller's image."""
    image.flags.writeable = False
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]


@mistake(
    "windows",
    corner="no copy",
    hint="Your windows are read-only, but copied: every pixel is stored once for each window that it is in. A view takes "
    "no memory, however many windows it has.",
    read="sec-arrays-windows",
    at="windows: all windows of 400 × 400 pixels (7.6 MB)",
)
def locked_copy(image, size, stride):
    """You copy the windows."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride].copy()
    every.flags.writeable = False
    return every


@mistake(
    "windows",
    corner="another stride than 1",
    hint="There are as many windows as there should be, but each begins one pixel after the last. The strides of the first "
    "two axes are multiplied by `stride`, too.",
    read="sec-arrays-strides",
)
def right_number_of_wrong_windows(image, size, stride):
    """You count the windows with the stride, and move by one pixel."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)
    (height, width), (h, w) = image.shape, size
    return every[: (height - h) // stride + 1, : (width - w) // stride + 1]


@mistake("windows", same_as="stride_inside", corner="the stride")
def strides_times_the_wrong_axes(image, size, stride):
    """The strides inside the windows are multiplied, in place of those between them."""
    rows, columns = ((n - k) // stride + 1 for n, k in zip(image.shape, size, strict=True))
    down, right = image.strides
    steps = (down, right, stride * down, stride * right)
    return np.lib.stride_tricks.as_strided(image, (rows, columns, *size), steps, writeable=False)


@mistake(
    "windows",
    corner="the stride",
    hint="Four axes, and you take every stride-th entry of all of them. Only the windows move in larger steps: inside a window, "
    "every pixel stays.",
    read="sec-arrays-windows",
)
def stride_everywhere(image, size, stride):
    """The stride is applied to all four axes."""
    every = np.lib.stride_tricks.sliding_window_view(image, size)
    return every[::stride, ::stride, ::stride, ::stride]


@mistake(
    "windows",
    corner="the transpose of an image",
    hint="The way from row to row is not always W numbers: in the transpose of an image, or in a part that was cut out, it is "
    "another. image.strides knows both ways, in bytes.",
    read="sec-arrays-strides",
)
def strides_from_the_width(image, size, stride):
    """The strides are computed from the width of the image."""
    (height, width), (h, w) = image.shape, size
    pixel = image.itemsize
    row = width * pixel
    shape = ((height - h) // stride + 1, (width - w) // stride + 1, h, w)
    steps = (stride * row, stride * pixel, row, pixel)
    return np.lib.stride_tricks.as_strided(image, shape=shape, strides=steps, writeable=False)


@mistake(
    "windows",
    hint="You count the windows with /, which makes a float even where nothing is left over, and a shape takes whole numbers: "
    "// divides and cuts off.",
    read="sec-arrays-windows",
)
def counted_with_a_float(image, size, stride):
    """The numbers of windows are floats."""
    (height, width), (h, w) = image.shape, size
    down, right = image.strides
    shape = ((height - h) / stride + 1, (width - w) / stride + 1, h, w)
    steps = (stride * down, stride * right, down, right)
    return np.lib.stride_tricks.as_strided(image, shape, steps, writeable=False)


@mistake(
    "windows",
    hint="The third argument of sliding_window_view is an axis, not a step. Let it make all windows, and choose among them "
    "afterwards.",
    read="sec-arrays-windows",
)
def stride_as_an_axis(image, size, stride):
    """The stride is given to sliding_window_view."""
    return np.lib.stride_tricks.sliding_window_view(image, size, stride)


# --- right answers, written another way ---


@alternative("windows")
def as_strided(image, size, stride):
    """as_strided with the image's own strides."""
    (height, width), (h, w) = image.shape, size
    down, right = image.strides
    return np.lib.stride_tricks.as_strided(
        image,
        ((height - h) // stride + 1, (width - w) // stride + 1, h, w),
        (down * stride, right * stride, down, right),
        writeable=False,
    )


@alternative("windows")
def one_axis_at_a_time(image, size, stride):
    """Windows along the rows, and then along the columns."""
    view = np.lib.stride_tricks.sliding_window_view
    rows = view(image, size[0], axis=0)[::stride]  # (rows, W, h)
    return view(rows, size[1], axis=1)[:, ::stride]  # (rows, columns, h, w)


@alternative("windows")
def locked_afterwards(image, size, stride):
    """A writable view that is made read-only."""
    every = np.lib.stride_tricks.sliding_window_view(image, size, writeable=True)
    every = every[0::stride, 0::stride, :, :]
    every.setflags(write=False)
    return every
