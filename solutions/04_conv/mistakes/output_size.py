"""Wrong answers to `output_size` that students really give, and right ones written another way."""

import math

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _check(n, kernel, stride, padding, dilation):
    if n < 1 or kernel < 1 or stride < 1 or padding < 0 or dilation < 1:
        raise ValueError("an argument is too small")


def _room(room, stride):
    if room < 0:
        raise ValueError("no window fits")
    if room % stride:
        raise ValueError("the stride leaves pixels over")
    return room // stride + 1


@mistake(
    "output_size",
    hint="Libraries round, and this function is asked not to: where the stride leaves pixels over, tell the caller.",
    read="sec-conv-floor",
    corner="a stride that leaves pixels over",
)
def floors(n, kernel, stride, padding, dilation):
    """A stride that leaves pixels over is accepted, and the size is rounded."""
    _check(n, kernel, stride, padding, dilation)
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError("no window fits")
    return room // stride + 1


@mistake("output_size", same_as="floors", corner="a stride that leaves pixels over")
def rounds_up(n, kernel, stride, padding, dilation):
    """A stride that leaves pixels over is rounded up."""
    _check(n, kernel, stride, padding, dilation)
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError("no window fits")
    return -(-room // stride) + 1


@mistake(
    "output_size",
    hint="Padding is put at each end, so it makes the axis longer by twice as much.",
    read="sec-conv-output-size",
)
def padding_once(n, kernel, stride, padding, dilation):
    """The padding is added once, not at both ends."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size",
    hint="A kernel with dilation spans more pixels than it has entries. How many are between its first and its last?",
    read="sec-conv-output-size",
    corner="dilation",
)
def dilation_ignored(n, kernel, stride, padding, dilation):
    """The dilation is not used."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - kernel, stride)


@mistake(
    "output_size",
    hint="Three entries with a dilation of 2 span five pixels, × · × · ×, not six: there is a gap between two entries, none after the last.",
    read="sec-conv-output-size",
    corner="dilation",
)
def span_is_product(n, kernel, stride, padding, dilation):
    """The kernel is taken to span dilation times kernel pixels."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - dilation * kernel, stride)


@mistake(
    "output_size",
    hint="A dilation of d puts d − 1 pixels between two neighbours, and a kernel has as many gaps as it has entries, less one.",
    read="sec-conv-output-size",
    corner="dilation",
)
def span_is_sum(n, kernel, stride, padding, dilation):
    """The kernel is taken to span kernel + dilation − 1 pixels."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - kernel - dilation + 1, stride)


@mistake(
    "output_size",
    hint="Count on your fingers: three pixels hold one window of three. The steps are one fewer than the windows.",
    read="sec-conv-output-size",
)
def one_short(n, kernel, stride, padding, dilation):
    """The steps are counted, and the first window is not."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride) - 1


@mistake(
    "output_size",
    hint="A window that begins at the last pixel sticks out. Subtract what the kernel spans first.",
    read="sec-conv-output-size",
)
def kernel_forgotten(n, kernel, stride, padding, dilation):
    """The size of the kernel is not used: one window for each step of the stride."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - 1, stride)


@mistake(
    "output_size",
    hint="Try 5 pixels and a kernel of 5: there is one window. Your formula subtracts one pixel too few.",
    read="sec-conv-output-size",
)
def one_too_many(n, kernel, stride, padding, dilation):
    """The kernel less one is subtracted, and one is added all the same."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n + 2 * padding - dilation * (kernel - 1), stride)


@mistake(
    "output_size",
    hint="A number of windows is a whole number. In Python, / makes a float of two whole numbers, even of 4 and 2.",
    read="sec-conv-output-size",
)
def as_float(n, kernel, stride, padding, dilation):
    """The result is a float, from a division with /."""
    _check(n, kernel, stride, padding, dilation)
    _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


@mistake(
    "output_size",
    hint="The stride divides the distance that the window travels. The one window that is there from the start does not travel.",
    read="sec-conv-output-size",
)
def stride_divides_all(n, kernel, stride, padding, dilation):
    """The number of windows at stride 1 is divided by the stride."""
    _check(n, kernel, stride, padding, dilation)
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    _room(room, stride)
    return (room + 1) // stride


@mistake(
    "output_size",
    hint="With a larger stride there are fewer windows.",
    read="sec-conv-output-size",
)
def stride_ignored(n, kernel, stride, padding, dilation):
    """The stride is not used in the result."""
    _check(n, kernel, stride, padding, dilation)
    _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)
    return n + 2 * padding - dilation * (kernel - 1)


@mistake(
    "output_size",
    hint="Padding adds pixels; it takes none away.",
    read="sec-conv-output-size",
)
def padding_subtracted(n, kernel, stride, padding, dilation):
    """The padding is subtracted."""
    _check(n, kernel, stride, padding, dilation)
    return _room(n - 2 * padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size",
    hint="The division may come out even where no window fits: 2 pixels, a kernel of 5 and a stride of 3 give −3 / 3 + 1 = 0. Ask for that by itself. What must fit, with the padding, is all that the kernel spans: with a dilation, that is more pixels than it has entries.",
    read="sec-conv-output-size",
    corner="a kernel that does not fit",
)
def too_large_accepted(n, kernel, stride, padding, dilation):
    """A kernel that does not fit is accepted, with 0 windows or fewer."""
    _check(n, kernel, stride, padding, dilation)
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    if room % stride:
        raise ValueError("the stride leaves pixels over")
    return room // stride + 1


@mistake(
    "output_size",
    hint="A kernel may be larger than the image, as long as it fits with the padding.",
    read="sec-conv-output-size",
)
def compares_without_padding(n, kernel, stride, padding, dilation):
    """A kernel larger than the image is refused, though it fits with the padding."""
    _check(n, kernel, stride, padding, dilation)
    if kernel > n:
        raise ValueError("the kernel is larger than the image")
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size",
    hint="Where the stride leaves pixels over, None tells nobody: raise ValueError with a message.",
    read="sec-conv-output-size",
    corner="illegal arguments",
)
def none_for_illegal(n, kernel, stride, padding, dilation):
    """Illegal arguments give None."""
    try:
        _check(n, kernel, stride, padding, dilation)
        return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)
    except ValueError:
        return None


@mistake(
    "output_size",
    hint="assert raises an AssertionError, and is left out when Python runs with -O. An illegal argument is a ValueError.",
    read="sec-conv-output-size",
    corner="illegal arguments",
)
def asserts(n, kernel, stride, padding, dilation):
    """Illegal arguments raise an AssertionError."""
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    assert min(n, kernel, stride, dilation) > 0, "too small"
    assert padding >= 0, "too small"
    assert room >= 0, "no window fits"
    assert room % stride == 0, "the stride leaves pixels over"
    return room // stride + 1


@mistake(
    "output_size",
    hint="Some argument below its least value goes through: go through the table row by row. Negative padding often gives an answer that looks sound.",
    read="sec-conv-output-size",
    corner="arguments below their least value",
)
def least_values_unchecked(n, kernel, stride, padding, dilation):
    """Arguments below their least value are not looked at."""
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size", same_as="least_values_unchecked", corner="arguments below their least value"
)
def negative_padding_accepted(n, kernel, stride, padding, dilation):
    """Padding may be negative."""
    _check(n, kernel, stride, 0, dilation)
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size",
    hint="Even kernels are legal. They have no middle, but they have windows.",
    read="sec-conv-output-size",
)
def even_refused(n, kernel, stride, padding, dilation):
    """An even kernel is refused."""
    _check(n, kernel, stride, padding, dilation)
    if kernel % 2 == 0:
        raise ValueError("the kernel has no middle")
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)


@mistake(
    "output_size",
    hint="You know the size before you know the stride: padding of half a kernel keeps the size only at stride 1, and padding is given, not chosen.",
    read="sec-conv-output-size",
)
def same_size(n, kernel, stride, padding, dilation):
    """The padding that is given is not used: the output is as large as the input, divided by the stride."""
    _check(n, kernel, stride, padding, dilation)
    _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)
    return math.ceil(n / stride)


@mistake(
    "output_size",
    hint="The place of the padding in the formula is with the image: first n + 2 · padding, then the division by the stride.",
    read="sec-conv-output-size",
)
def padding_after_stride(n, kernel, stride, padding, dilation):
    """The padding is added after the division by the stride."""
    _check(n, kernel, stride, padding, dilation)
    _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)
    return (n - dilation * (kernel - 1) - 1) // stride + 2 * padding + 1


@mistake("output_size", same_as="too_large_accepted", corner="dilation")
def fit_without_dilation(n, kernel, stride, padding, dilation):
    """Whether the kernel fits is asked without its dilation."""
    _check(n, kernel, stride, padding, dilation)
    if kernel > n + 2 * padding:
        raise ValueError("no window fits")
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    if room % stride:
        raise ValueError("the stride leaves pixels over")
    return room // stride + 1


@mistake(
    "output_size", same_as="least_values_unchecked", corner="arguments below their least value"
)
def zeros_alone_refused(n, kernel, stride, padding, dilation):
    """Zeros are refused, and numbers below 0 are not."""
    if 0 in (n, kernel, stride, dilation) or padding < 0:
        raise ValueError("an argument is too small")
    return _room(n + 2 * padding - dilation * (kernel - 1) - 1, stride)


# --- right answers, written another way ---


@alternative("output_size")
def by_counting(n, kernel, stride, padding, dilation):
    """Counts the places where a window may begin."""
    if any(v < 1 for v in (n, kernel, stride, dilation)) or padding < 0:
        raise ValueError("output_size: an argument is too small")
    last = n + padding - 1 - dilation * (kernel - 1)  # where the last window may begin
    starts = range(-padding, last + 1, stride)
    if not starts or starts[-1] != last:
        raise ValueError("output_size: the windows do not come out even")
    return len(starts)


@alternative("output_size")
def by_divmod(n, kernel, stride, padding, dilation):
    """divmod, and a NumPy integer."""
    if n < 1 or kernel < 1 or stride < 1 or padding < 0 or dilation < 1:
        raise ValueError(f"illegal: {n, kernel, stride, padding, dilation}")
    steps, rest = divmod(n + 2 * padding - dilation * kernel + dilation - 1, stride)
    if rest or steps < 0:
        raise ValueError(f"stride {stride} leaves {rest} pixels over, or no window fits")
    return np.int64(steps + 1)
