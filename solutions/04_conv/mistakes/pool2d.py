"""Wrong answers to `pool2d` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _seen(kernel, stride, dy):
    (kh, kw), (oh, ow) = kernel, dy.shape[2:]
    return [
        (..., slice(i, i + stride * oh, stride), slice(j, j + stride * ow, stride))
        for i, j in np.ndindex(kh, kw)
    ]


def _spread(x, share, seen):
    dx = np.zeros(x.shape)
    for place in seen:
        dx[place] += share
    return dx


def _divide(a, b):
    return np.divide(a, b, out=np.zeros(b.shape), where=b != 0)


def _average(x, kernel, stride, dy):
    seen = _seen(kernel, stride, dy)
    return np.mean([x[place] for place in seen], axis=0), _spread(x, dy / len(seen), seen)


def _l2(x, kernel, stride, dy):
    seen = _seen(kernel, stride, dy)
    y = np.sqrt(np.sum([x[place] ** 2 for place in seen], axis=0))
    return y, x * _spread(x, _divide(dy, y), seen)


def _features(x, size, dy):
    n, c, h, w = x.shape
    groups = x.reshape(n, c // size, size, h, w)
    y = np.sqrt((groups**2).sum(axis=2))
    return y, (groups * _divide(dy, y)[:, :, None]).reshape(x.shape)


def _right(kind, x, kernel_size, stride, dy):
    if kind == "features":
        return _features(x, kernel_size, dy)
    return (_average if kind == "average" else _l2)(x, kernel_size, stride, dy)


def _divided_by_more(kind, x, kernel_size, stride, dy, more):
    y, dx = _right(kind, x, kernel_size, stride, dy)
    if kind == "l2":
        dx = x * _spread(x, dy / (y + more), _seen(kernel_size, stride, dy))
    if kind == "features":
        dx = x * np.repeat(dy / (y + more), kernel_size, axis=1)
    return y, dx


@mistake(
    "pool2d",
    hint="A mean is the sum divided by how many there are.",
    read="sec-conv-pooling-kinds",
)
def sum_for_average(kind, x, kernel_size, stride, dy):
    """The average is a sum: nothing is divided."""
    if kind == "average":
        seen = _seen(kernel_size, stride, dy)
        return np.sum([x[place] for place in seen], axis=0), _spread(x, dy, seen)
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="The average divides what comes in; the gradient is divided by as much.",
    read="sec-conv-pooling-backward",
)
def gradient_undivided(kind, x, kernel_size, stride, dy):
    """Each pixel of an average gets the whole gradient."""
    if kind == "average":
        return _average(x, kernel_size, stride, dy)[0], _spread(
            x, dy, _seen(kernel_size, stride, dy)
        )
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="How many pixels are in a window? Its height times its width; the stride has no part in it.",
    read="sec-conv-pooling-kinds",
)
def divides_by_stride(kind, x, kernel_size, stride, dy):
    """The average divides by the square of the stride."""
    if kind == "average":
        seen = _seen(kernel_size, stride, dy)
        return np.sum([x[place] for place in seen], axis=0) / stride**2, _spread(
            x, dy / stride**2, seen
        )
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="A window of 2 by 3 has six pixels. Height times width, not height times height.",
    read="sec-conv-pooling-kinds",
)
def divides_by_square(kind, x, kernel_size, stride, dy):
    """The average divides by the square of the window's height."""
    if kind == "average":
        seen, count = _seen(kernel_size, stride, dy), kernel_size[0] ** 2
        return np.sum([x[place] for place in seen], axis=0) / count, _spread(x, dy / count, seen)
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="Windows that overlap all send something back: add, and do not assign.",
    read="sec-conv-pooling-backward",
)
def assigned(kind, x, kernel_size, stride, dy):
    """The gradient is assigned where it should be added."""
    if kind == "features":
        return _features(x, kernel_size, dy)
    y, _ = _right(kind, x, kernel_size, stride, dy)
    share = dy / (kernel_size[0] * kernel_size[1]) if kind == "average" else _divide(dy, y)
    dx = np.zeros(x.shape)
    for place in _seen(kernel_size, stride, dy):
        dx[place] = share
    return y, dx if kind == "average" else dx * x


@mistake(
    "pool2d",
    hint="L2 is the root of the *sum* of the squares here, as in torch's lp_pool2d, not of their mean.",
    read="sec-conv-pooling-kinds",
)
def root_mean_square(kind, x, kernel_size, stride, dy):
    """L2 takes the root of the mean of the squares."""
    if kind == "l2":
        y, dx = _l2(x, kernel_size, stride, dy)
        root = np.sqrt(kernel_size[0] * kernel_size[1])
        return y / root, dx / root
    return _right(kind, x, kernel_size, stride, dy)


@mistake("pool2d", same_as="root_mean_square")
def root_mean_square_throughout(kind, x, kernel_size, stride, dy):
    """L2 takes the root of the mean of the squares, and divides by it in the gradient."""
    if kind == "l2":
        y, dx = _l2(x, kernel_size, stride, dy)
        root = np.sqrt(kernel_size[0] * kernel_size[1])
        return y / root, dx * root
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="The squares are added up, and their root is missing.",
    read="sec-conv-pooling-kinds",
)
def root_forgotten(kind, x, kernel_size, stride, dy):
    """L2 gives the sum of the squares, without the root."""
    if kind == "l2":
        y, _ = _l2(x, kernel_size, stride, dy)
        return y**2, 2 * x * _spread(x, dy, _seen(kernel_size, stride, dy))
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="That is L1: the sum of the magnitudes. A triangle with sides 3 and 4 has a third side of 5, not of 7.",
    read="sec-conv-pooling-kinds",
)
def l1_for_l2(kind, x, kernel_size, stride, dy):
    """L2 adds magnitudes, as L1 does."""
    if kind == "l2":
        seen = _seen(kernel_size, stride, dy)
        return np.sum([abs(x[place]) for place in seen], axis=0), np.sign(x) * _spread(x, dy, seen)
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="The root of r² = a² + b² has the derivative a / r: the 2 of the square cancels against the ½ of the root.",
    read="sec-conv-pooling-backward",
)
def twice_the_gradient(kind, x, kernel_size, stride, dy):
    """The gradient of L2 has a factor of 2 too many."""
    y, dx = _right(kind, x, kernel_size, stride, dy)
    return y, dx if kind == "average" else 2 * dx


@mistake(
    "pool2d",
    hint="The derivative is a / r. The division by r is missing.",
    read="sec-conv-pooling-backward",
)
def undivided_by_root(kind, x, kernel_size, stride, dy):
    """The gradient of L2 is not divided by the root."""
    if kind == "l2":
        return _l2(x, kernel_size, stride, dy)[0], x * _spread(
            x, dy, _seen(kernel_size, stride, dy)
        )
    if kind == "features":
        return _features(x, kernel_size, dy)[0], x * np.repeat(dy, kernel_size, axis=1)
    return _average(x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="The gradient of L2 depends on the pixel: the larger it is, the more it moves the root.",
    read="sec-conv-pooling-backward",
)
def gradient_of_average(kind, x, kernel_size, stride, dy):
    """L2 sends back equal parts, as the average does."""
    if kind == "l2":
        return _l2(x, kernel_size, stride, dy)[0], _average(x, kernel_size, stride, dy)[1]
    return _right(kind, x, kernel_size, stride, dy)


@mistake(
    "pool2d",
    hint="Where a whole window is 0, 0 / 0 is nan. The text says what the gradient is there.",
    read="sec-conv-pooling-backward",
    corner="windows of zeros",
)
def zero_by_zero(kind, x, kernel_size, stride, dy):
    """The gradient of a window of zeros is nan."""
    with np.errstate(all="ignore"):
        y, dx = _right(kind, x, kernel_size, stride, dy)
        if kind == "l2":
            dx = x * _spread(x, dy / y, _seen(kernel_size, stride, dy))
        if kind == "features":
            dx = x * np.repeat(dy / y, kernel_size, axis=1)
        return y, dx


@mistake(
    "pool2d",
    hint="A small number below the root changes every result a little. Ask where the root is 0, and divide elsewhere.",
    read="sec-conv-pooling-kinds",
)
def epsilon_in_root(kind, x, kernel_size, stride, dy):
    """A small number is added below the root."""
    y, dx = _right(kind, x, kernel_size, stride, dy)
    return (y, dx) if kind == "average" else (np.sqrt(y**2 + 1e-2), dx)


@mistake(
    "pool2d",
    hint="The windows move by the stride, not by their own size.",
    read="sec-conv-pooling-kinds",
)
def stride_is_kernel(kind, x, kernel_size, stride, dy):
    """The windows move by the size of the kernel, whatever the stride."""
    y, dx = _right(kind, x, kernel_size, stride, dy)
    if kind == "features":
        return y, dx
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))
    windows = windows[:, :, :: kernel_size[0], :: kernel_size[1]]
    return (
        windows.mean(axis=(4, 5)) if kind == "average" else np.sqrt((windows**2).sum(axis=(4, 5)))
    ), dx


@mistake(
    "pool2d",
    hint="kernel_size is a pair, height first, and its two numbers may differ.",
    read="sec-conv-pooling-kinds",
)
def kernel_swapped(kind, x, kernel_size, stride, dy):
    """Height and width of the windows are exchanged."""
    if kind == "features":
        return _features(x, kernel_size, dy)
    windows = np.lib.stride_tricks.sliding_window_view(x, (1, 1), axis=(2, 3))
    if kernel_size[1] <= x.shape[2] and kernel_size[0] <= x.shape[3]:
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size[::-1], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    dx = _right(kind, x, kernel_size, stride, dy)[1]
    return (
        windows.mean(axis=(4, 5)) if kind == "average" else np.sqrt((windows**2).sum(axis=(4, 5)))
    ), dx


@mistake(
    "pool2d",
    hint="The first g channels belong together: 0 and 1 for g = 2, then 2 and 3. Yours skips from group to group.",
    read="sec-conv-pooling-features",
    corner="over features",
)
def channels_far_apart(kind, x, kernel_size, stride, dy):
    """A group holds every (C / g)-th channel, not g neighbours."""
    if kind != "features":
        return _right(kind, x, kernel_size, stride, dy)
    n, c, h, w = x.shape
    groups = x.reshape(n, kernel_size, c // kernel_size, h, w)
    y = np.sqrt((groups**2).sum(axis=1))
    return y, (groups * _divide(dy, y)[:, None]).reshape(x.shape)


@mistake("pool2d", same_as="channels_far_apart", corner="over features")
def channels_far_apart_forth(kind, x, kernel_size, stride, dy):
    """A group holds every (C / g)-th channel, and dx is not put back in their order."""
    if kind != "features":
        return _right(kind, x, kernel_size, stride, dy)
    n, c, h, w = x.shape
    groups = x.reshape(n, kernel_size, c // kernel_size, h, w).swapaxes(1, 2)
    y = np.sqrt((groups**2).sum(axis=2))
    return y, (groups * _divide(dy, y)[:, :, None]).reshape(x.shape)


@mistake(
    "pool2d",
    hint="g is the number of channels in a group. Yours is the number of groups.",
    read="sec-conv-pooling-features",
    corner="over features",
)
def g_groups(kind, x, kernel_size, stride, dy):
    """There are g groups, where each should have g channels."""
    if kind != "features":
        return _right(kind, x, kernel_size, stride, dy)
    n, c, h, w = x.shape
    groups = x.reshape(n, kernel_size, c // kernel_size, h, w)
    return np.sqrt((groups**2).sum(axis=2)), x


@mistake(
    "pool2d",
    hint="The channels fall into groups of g, and each group gives a map of its own.",
    read="sec-conv-pooling-features",
    corner="over features",
)
def all_channels(kind, x, kernel_size, stride, dy):
    """The root is taken over all channels."""
    if kind != "features":
        return _right(kind, x, kernel_size, stride, dy)
    y = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return y, x * _divide(dy[:, :1], y)


@mistake(
    "pool2d",
    hint="Over features, each pixel is by itself: the squares are added over the channels of a group, not over the map.",
    read="sec-conv-pooling-features",
    corner="over features",
)
def over_the_map(kind, x, kernel_size, stride, dy):
    """Over features, the squares are added over the pixels, too."""
    if kind != "features":
        return _right(kind, x, kernel_size, stride, dy)
    y, dx = _features(x, kernel_size, dy)
    return np.zeros(y.shape) + np.sqrt((y**2).sum(axis=(2, 3), keepdims=True)), dx


@mistake(
    "pool2d",
    hint="The largest of the window is the business of max pooling.",
    read="sec-conv-pooling-kinds",
)
def maximum(kind, x, kernel_size, stride, dy):
    """The maximum of the window is taken."""
    y, dx = _right(kind, x, kernel_size, stride, dy)
    if kind == "features":
        return y, dx
    return np.max([x[place] for place in _seen(kernel_size, stride, dy)], axis=0), dx


@mistake(
    "pool2d",
    hint="y is there. The text asks for two results, y and dx.",
    read="sec-conv-pooling-backward",
)
def forward_alone(kind, x, kernel_size, stride, dy):
    """The gradient is None."""
    return _right(kind, x, kernel_size, stride, dy)[0], None


@mistake(
    "pool2d",
    hint="A small number added to r is not small where r is small as well. Ask where r is 0, and divide by r itself elsewhere.",
    read="sec-conv-pooling-kinds",
    corner="windows of zeros",
)
def epsilon_in_gradient(kind, x, kernel_size, stride, dy):
    """A small number is added to the root that divides."""
    return _divided_by_more(kind, x, kernel_size, stride, dy, 1e-8)


@mistake("pool2d", same_as="epsilon_in_gradient", corner="windows of zeros")
def smaller_epsilon_in_gradient(kind, x, kernel_size, stride, dy):
    """1e-12 is added to the root that divides."""
    return _divided_by_more(kind, x, kernel_size, stride, dy, 1e-12)


# --- right answers, written another way ---


@alternative("pool2d")
def by_windows(kind, x, kernel_size, stride, dy):
    """sliding_window_view, and a loop over the places for the gradient."""
    if kind == "features":
        parts = np.split(x, x.shape[1] // kernel_size, axis=1)
        y = np.stack([np.linalg.norm(part, axis=1) for part in parts], axis=1)
        share = np.where(y == 0, 0, dy / np.where(y == 0, 1, y))
        return y, np.repeat(share, kernel_size, axis=1) * x
    (kh, kw), dx = kernel_size, np.zeros_like(x)
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    y = windows.mean(axis=(4, 5)) if kind == "average" else np.sqrt((windows**2).sum(axis=(4, 5)))
    for r, s in np.ndindex(y.shape[2:]):
        part = (..., slice(r * stride, r * stride + kh), slice(s * stride, s * stride + kw))
        if kind == "average":
            dx[part] += dy[:, :, r, s, None, None] / (kh * kw)
        else:
            root = y[:, :, r, s, None, None]
            dx[part] += dy[:, :, r, s, None, None] * x[part] / np.where(root == 0, 1, root)
    return y, dx


@alternative("pool2d")
def by_loops(kind, x, kernel_size, stride, dy):
    """Loops over everything."""
    y, dx = np.zeros(dy.shape), np.zeros(x.shape)
    for n, c, r, s in np.ndindex(dy.shape):
        if kind == "features":
            part = (n, slice(c * kernel_size, (c + 1) * kernel_size), r, s)
        else:
            rows = slice(r * stride, r * stride + kernel_size[0])
            part = (n, c, rows, slice(s * stride, s * stride + kernel_size[1]))
        values = x[part]
        if kind == "average":
            y[n, c, r, s] = values.sum() / values.size
            dx[part] += dy[n, c, r, s] / values.size
        else:
            y[n, c, r, s] = root = (values * values).sum() ** 0.5
            if root > 0:
                dx[part] += dy[n, c, r, s] * values / root
    return y, dx
