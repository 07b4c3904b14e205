"""Wrong answers to `grad_check` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "grad_check",
    hint="A one-sided difference errs in proportion to h, a central one to h²: a right gradient looks wrong where f is bent.",
    read="sec-linear-gradcheck",
)
def one_sided(f, x, gradient):
    """The difference is one-sided."""
    if gradient.shape != x.shape:
        return False
    x, start = x.astype(np.float64), f(x.astype(np.float64))
    slopes = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up = x.copy()
        up[i] += 1e-5
        slopes[i] = (f(up) - start) / 1e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="The difference was divided by h, where the two points are 2h apart.",
    read="sec-linear-gradcheck",
)
def divided_by_h(f, x, gradient):
    """The central difference is divided by h, not by 2h."""
    if gradient.shape != x.shape:
        return False
    return _agree(gradient, 2 * _slopes(f, x.astype(np.float64)), f(x.astype(np.float64)))


@mistake(
    "grad_check",
    corner="float32 or whole numbers",
    hint="In float32, x + 1e-5 has two or three right digits of the step. Make a float64 copy of x first.",
    read="sec-linear-gradcheck",
)
def stays_float32(f, x, gradient):
    """x stays float32."""
    if gradient.shape != x.shape:
        return False
    x = x.copy() if x.dtype.kind == "f" else x.astype(np.float64)
    start = f(x)
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    corner="float32 or whole numbers",
    hint="x[i] += h does nothing where x holds whole numbers. Make a float64 copy of x first.",
    read="sec-linear-gradcheck",
)
def stays_integer(f, x, gradient):
    """x stays whole numbers."""
    if gradient.shape != x.shape:
        return False
    x = x.copy() if x.dtype.kind == "i" else x.astype(np.float64)
    start = f(x)
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] = up[i] + 1e-5
        down[i] = down[i] - 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    corner="scales and zeros",
    hint="Where both derivatives are 0, the relative error is 0/0, which is nan. Multiply by the size rather than divide.",
    read="sec-linear-gradcheck",
)
def zero_by_zero(f, x, gradient):
    """The relative error is 0/0 where both are 0."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    with np.errstate(all="ignore"):
        error = np.abs(gradient - slopes) / np.maximum(np.abs(gradient), np.abs(slopes))
    return bool((error < 1e-6).all())


@mistake("grad_check", same_as="noise_at_zero", corner="scales and zeros")
def only_relative(f, x, gradient):
    """Only a relative error is allowed."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) <= 1e-6 * (np.abs(gradient) + np.abs(slopes))).all())


@mistake(
    "grad_check",
    corner="scales and zeros",
    hint="Where the derivative is 0, rounding in f leaves a little of the size of 1e-10 · |f(x)|: the relative error is huge, and means nothing.",
    read="sec-linear-gradcheck",
)
def noise_at_zero(f, x, gradient):
    """Rounding near a derivative of 0 raises an alarm."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool(np.allclose(gradient, slopes, rtol=1e-6, atol=0))


@mistake(
    "grad_check",
    hint="An absolute tolerance is larger than all the derivatives of a tiny function, and smaller than the rounding of a huge one.",
    read="sec-linear-gradcheck",
)
def absolute_tolerance(f, x, gradient):
    """The tolerance is absolute."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) < 1e-6).all())


@mistake(
    "grad_check",
    corner="scales and zeros",
    hint="Where f is near 1e-12, so are its derivatives, and any two of them differ by less than 1e-8. Measure the absolute part by |f(x)|.",
    read="sec-linear-gradcheck",
)
def default_allclose(f, x, gradient):
    """An absolute tolerance such as 1e-8, that of np.allclose, is larger than the derivatives of a tiny function."""
    if gradient.shape != x.shape:
        return False
    return bool(np.allclose(gradient, _slopes(f, x.astype(np.float64)), rtol=1e-6))


@mistake(
    "grad_check",
    hint="Your tolerance lets errors pass that the text calls wrong: 1 part in 1,000, say, or in 10,000. Central differences are much better than that.",
    read="sec-linear-gradcheck",
)
def generous_tolerance(f, x, gradient):
    """The tolerance is much wider than 1 part in 100,000."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return bool((np.abs(gradient - slopes) <= 1e-3 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake(
    "grad_check",
    hint="With a step of 1e-5, central differences are good to seven digits or so. Either your tolerance asks for more, or your step is larger, so that the bend of f shows.",
    read="sec-linear-gradcheck",
)
def strict_tolerance(f, x, gradient):
    """The differences err by more than your tolerance allows."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) <= 1e-12 * np.abs(slopes)).all())


@mistake("grad_check", same_as="strict_tolerance")
def tolerance_of_eight_digits(f, x, gradient):
    """The tolerance is 1 part in 100 million."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return bool((np.abs(gradient - slopes) <= 1e-8 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake(
    "grad_check",
    hint="The difference of two values of f is nothing but rounding: a step of 1e-12 is far too small in float64, and one of 1e-5 in float32.",
    read="sec-linear-gradcheck",
)
def step_too_small(f, x, gradient):
    """The step is so small that rounding drowns the difference."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x, 1e-12), f(x))


@mistake(
    "grad_check",
    hint="With a step of 0.01 or 0.001, the bend of f shows in the difference: a right gradient looks wrong.",
    read="sec-linear-gradcheck",
)
def step_too_large(f, x, gradient):
    """The step is so large that f is not straight any more."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x, 1e-2), f(x))


@mistake(
    "grad_check",
    corner="small errors",
    hint="A bug in a small entry hardly changes a length, a mean or a slope in some direction, which the large entries make. Compare entry by entry, each with its own tolerance.",
    read="sec-linear-gradcheck",
)
def norm_only(f, x, gradient):
    """Small entries are measured by the large ones, since the whole gradient is compared at once."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    error = np.linalg.norm(gradient - slopes)
    return bool(error <= 1e-6 * np.linalg.norm(slopes) + 1e-9 * abs(f(x)))


@mistake("grad_check", same_as="norm_only")
def norm_by_both_norms(f, x, gradient):
    """The length of the error is divided by the sum of both lengths."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    slopes = _slopes(f, x.astype(np.float64))
    scale = np.linalg.norm(slopes) + np.linalg.norm(gradient)
    return scale == 0 or bool(np.linalg.norm(slopes - gradient) / scale < 1e-6)


@mistake(
    "grad_check",
    corner="small errors",
    hint="A mean over the entries hides a bad one among many good ones. One is enough.",
    read="sec-linear-gradcheck",
)
def mean_error(f, x, gradient):
    """The errors are averaged over the entries."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    with np.errstate(all="ignore"):
        error = np.abs(gradient - slopes) / (np.abs(slopes) + 1e-3 * size)
    return bool(np.nan_to_num(error, nan=1.0).mean() <= 1e-5)


@mistake(
    "grad_check",
    hint="Signed errors cancel, and negative ones pass a test for being small. Where is the absolute value?",
    read="sec-linear-gradcheck",
)
def signed_error(f, x, gradient):
    """The sign of the error is kept."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return bool((gradient - slopes <= 1e-6 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake(
    "grad_check",
    hint="Your loop returns from within, after the first entry. Only a bad entry ends the search.",
    read="sec-linear-gradcheck",
)
def first_entry_only(f, x, gradient):
    """Only the first entry is looked at."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return _agree(gradient.reshape(-1)[:1], slopes.reshape(-1)[:1], f(x))


@mistake(
    "grad_check",
    hint="Your function is right along one axis, and wrong on a table. Is a whole row or column moved at once, or does a slope land in another place than its entry? np.ndindex gives every entry.",
    read="sec-linear-gradcheck",
)
def row_by_row(f, x, gradient):
    """The entries of a table are not moved and compared one by one."""
    if gradient.shape != x.shape:
        return False
    x, slopes = x.astype(np.float64), np.zeros(x.shape)
    for i in range(len(x)) if x.ndim else [()]:
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, f(x))


@mistake(
    "grad_check",
    hint="The sum of all derivatives can be right where none is: move one entry at a time, and compare it with its own difference quotient.",
    read="sec-linear-gradcheck",
)
def all_at_once(f, x, gradient):
    """The entries are compared by their sum or their mean."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slope = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return _agree(np.array([gradient.sum()]), np.array([slope]), f(x))


@mistake(
    "grad_check",
    corner="shapes and nan",
    hint="A difference of nan is not greater than anything, so a gradient of nan passes. Ask what must hold, not what must not.",
    read="sec-linear-gradcheck",
)
def nan_passes(f, x, gradient):
    """A gradient of nan passes."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    wrong = np.abs(gradient - slopes) > 1e-6 * np.abs(slopes) + 1e-9 * size
    return not wrong.any()


@mistake(
    "grad_check",
    corner="shapes and nan",
    hint="NumPy stretches (1, 3) to fit (3,), and the transposed square fits a square. A gradient of another shape is wrong at once.",
    read="sec-linear-gradcheck",
)
def shape_not_compared(f, x, gradient):
    """The shape is not compared."""
    x = x.astype(np.float64)
    try:
        return _agree(gradient, _slopes(f, x), f(x))
    except ValueError:
        return False


@mistake(
    "grad_check",
    hint="x comes back changed: it was not put back, or by arithmetic, and x + h − 2h + h is not x in the last digits. Work on a copy.",
    read="sec-linear-gradcheck",
)
def not_restored(f, x, gradient):
    """x is not quite put back."""
    if gradient.shape != x.shape:
        return False
    z = x if x.dtype == np.float64 else x.astype(np.float64)
    start, slopes = f(z), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        z[i] += 1e-5
        up = f(z)
        z[i] -= 2e-5
        down = f(z)
        z[i] += 1e-5
        slopes[i] = (up - down) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="The moves add up: each entry is moved and left there, so later ones are measured at another place.",
    read="sec-linear-gradcheck",
)
def moves_accumulate(f, x, gradient):
    """Entries that were moved stay there."""
    if gradient.shape != x.shape:
        return False
    z, slopes = x.astype(np.float64), np.zeros(x.shape)
    start = f(z)
    for i in np.ndindex(x.shape):
        z[i] += 1e-5
        up = f(z)
        z[i] -= 2e-5
        slopes[i] = (up - f(z)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    corner="calls",
    hint="f is called again and again where one call would do. Count your calls: two for each entry of x.",
    read="sec-linear-gradcheck",
)
def f_called_too_often(f, x, gradient):
    """f is called more often than allowed."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slope = (f(up) - f(down)) / 2e-5
        if not abs(gradient[i] - slope) <= 1e-6 * abs(slope) + 1e-9 * abs(f(x)):
            return False
    return True


@mistake(
    "grad_check",
    hint="The answer is turned round: True means that the gradient is right.",
    read="sec-linear-gradcheck",
)
def turned_round(f, x, gradient):
    """True is returned for a wrong gradient."""
    if gradient.shape != x.shape:
        return True
    x = x.astype(np.float64)
    return not _agree(gradient, _slopes(f, x), f(x))


@mistake(
    "grad_check",
    hint="You return the largest error. The text asks for a verdict, True or False.",
    read="sec-linear-gradcheck",
)
def returns_error(f, x, gradient):
    """The error is returned in place of a verdict."""
    if gradient.shape != x.shape:
        return np.inf
    return float(np.abs(gradient - _slopes(f, x.astype(np.float64))).max())


@mistake(
    "grad_check",
    corner="shapes and nan",
    hint="A claimed entry of infinity makes a tolerance in proportion to it infinite, too. Measure the tolerance by the difference quotient, or look for what is not finite.",
    read="sec-linear-gradcheck",
)
def infinity_passes(f, x, gradient):
    """A gradient of infinity passes."""
    if gradient.shape != x.shape or np.isnan(gradient).any():
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    allowed = 1e-6 * np.maximum(np.abs(slopes), np.abs(gradient)) + 1e-9 * size
    return bool((np.abs(gradient - slopes) <= allowed).all())


@mistake("grad_check", same_as="shape_not_compared", corner="shapes and nan")
def another_shape_raises(f, x, gradient):
    """The shapes are not compared, and do not fit."""
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x), f(x))


@mistake("grad_check", same_as="shape_not_compared", corner="shapes and nan")
def entries_without_shape(f, x, gradient):
    """The shapes are not compared, and an entry is a row."""
    x = x.astype(np.float64)
    size, slopes = abs(f(x)), _slopes(f, x)
    for i in np.ndindex(x.shape):
        if not abs(gradient[i] - slopes[i]) <= 1e-6 * abs(slopes[i]) + 1e-9 * size:
            return False
    return True


@mistake("grad_check", same_as="shape_not_compared", corner="shapes and nan")
def only_the_size_compared(f, x, gradient):
    """The number of entries is compared, not the shape."""
    if gradient.size != x.size:
        return False
    x = x.astype(np.float64)
    return _agree(gradient.ravel(), _slopes(f, x).ravel(), f(x))


@mistake(
    "grad_check",
    corner="float32 or whole numbers",
    hint="In the dtype of x, be it float32 or whole numbers, a step of 1e-5 is rounded or lost. Make a float64 copy of x first.",
    read="sec-linear-gradcheck",
)
def stays_as_it_is(f, x, gradient):
    """x keeps its dtype."""
    if gradient.shape != x.shape:
        return False
    size, slopes = abs(f(x.astype(np.float64))), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] = up[i] + 1e-5
        down[i] = down[i] - 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, size)


@mistake(
    "grad_check",
    corner="a single number",
    hint="A loop over range(len(x)) has no entry of a single number, whose shape is (). np.ndindex(x.shape) gives every entry of every shape.",
    read="sec-linear-gradcheck",
)
def no_single_number(f, x, gradient):
    """An array of shape () has no length."""
    if gradient.shape != x.shape:
        return False
    len(x)
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x), f(x))


@mistake("grad_check", same_as="not_restored")
def x_is_moved(f, x, gradient):
    """x itself is moved, and stays moved."""
    if gradient.shape != x.shape:
        return False
    z = x if x.dtype == np.float64 else x.astype(np.float64)
    size, slopes = abs(f(z)), _slopes(f, z.copy())
    if z.ndim:
        z[...] = z + 1e-5
    return _agree(gradient, slopes, size)


@mistake(
    "grad_check",
    hint="Your function always says True. An entry that is too far from the difference quotient must make it False.",
    read="sec-linear-gradcheck",
)
def always_true(f, x, gradient):
    """Every gradient is called right."""
    _slopes(f, x.astype(np.float64))
    return True


@mistake(
    "grad_check",
    hint="Your function raises an alarm even where f is 3z. Print the difference quotient beside the claim: is it (f(x + h) − f(x − h)) / 2h, with x moved both ways, and does True come back where they agree?",
    read="sec-linear-gradcheck",
)
def always_false(f, x, gradient):
    """Right gradients are called wrong, even that of 3z."""
    _slopes(f, x.astype(np.float64))
    return False


def _slopes(f, x, h=1e-5):
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slopes[i] = (f(up) - f(down)) / (2 * h)
    return slopes


def _agree(gradient, slopes, value):
    return bool((np.abs(gradient - slopes) <= 1e-6 * np.abs(slopes) + 1e-9 * abs(value)).all())


@mistake("grad_check", same_as="norm_only", corner="small errors")
def mean_against_mean(f, x, gradient):
    """The mean of the errors is compared with the mean of the tolerances."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    allowed = 1e-6 * np.abs(slopes) + 1e-9 * abs(f(x))
    return bool(np.abs(gradient - slopes).mean() <= allowed.mean())


@mistake("grad_check", same_as="norm_only", corner="small errors")
def one_direction(f, x, gradient):
    """The slope is measured in one random direction only."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    direction = np.random.default_rng(0).normal(size=x.shape)
    slope = (f(x + 1e-5 * direction) - f(x - 1e-5 * direction)) / 2e-5
    return _agree(np.array([(gradient * direction).sum()]), np.array([slope]), f(x))


@mistake(
    "grad_check",
    hint="One right entry is enough for you. All of them must be right: np.all, and return True only behind the loop.",
    read="sec-linear-gradcheck",
)
def any_entry(f, x, gradient):
    """One right entry is enough."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    allowed = 1e-6 * np.abs(slopes) + 1e-9 * abs(f(x))
    return bool((np.abs(gradient - slopes) <= allowed).any())


@mistake(
    "grad_check",
    hint="An angle does not see lengths: a gradient that is twice too large points the right way.",
    read="sec-linear-gradcheck",
)
def angle_only(f, x, gradient):
    """Only the directions of the two gradients are compared."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    lengths = np.linalg.norm(slopes) * np.linalg.norm(gradient)
    return bool((slopes * gradient).sum() >= (1 - 1e-9) * lengths)


@mistake(
    "grad_check",
    hint="f is rounded in its last digit, and the difference is divided by 2h: the smaller the step, the larger what rounding leaves. With 1e-7 or less, a right gradient looks wrong. The text has h = 1e-5.",
    read="sec-linear-gradcheck",
)
def step_a_little_too_small(f, x, gradient):
    """The step is so small that rounding shows in the difference."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-8
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="step_a_little_too_small")
def step_of_1e_9(f, x, gradient):
    """The step is 1e-9."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-9
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="step_a_little_too_small")
def step_of_1e_7(f, x, gradient):
    """The step is 1e-7."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-7
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="step_a_little_too_small")
def step_of_1e_10(f, x, gradient):
    """The step is 1e-10."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-10
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="step_too_large")
def step_of_a_thousandth(f, x, gradient):
    """The step is 0.001."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-3
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="strict_tolerance")
def step_of_1e_4(f, x, gradient):
    """The step is 1e-4."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-4
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake(
    "grad_check",
    hint="You call right gradients wrong as soon as the entries have different slopes. Is one slope put into all of them, or does it add up in the loop? Entry i has a slope of its own, for which x moves in entry i alone.",
    read="sec-linear-gradcheck",
)
def all_at_once_against_each(f, x, gradient):
    """Not every entry is compared with its own slope."""
    if gradient.shape != x.shape:
        return False
    h = 1e-5
    x = x.astype(float)
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return bool(np.allclose(slope, gradient, rtol=1e-6, atol=1e-9 * abs(f(x))))


@mistake("grad_check", same_as="all_at_once_against_each")
def last_slope_in_all(f, x, gradient):
    """The slope of the last entry is written into all."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return _agree(gradient, np.full(x.shape, slopes.ravel()[-1]), f(x))


@mistake("grad_check", same_as="all_at_once_against_each")
def slopes_add_up(f, x, gradient):
    """Each slope is added to those before it."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x).ravel().cumsum().reshape(x.shape), f(x))


@mistake(
    "grad_check",
    hint="The last entry alone decides, since each turn of your loop replaces the verdict of the one before. Return False at the first bad entry, and True behind the loop.",
    read="sec-linear-gradcheck",
)
def last_entry_decides(f, x, gradient):
    """Only the last entry counts."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient.ravel()[-1:], _slopes(f, x).ravel()[-1:], f(x))


@mistake(
    "grad_check",
    hint="The largest entry can be right where others are wrong. Take the largest of the differences, and not the difference of the largest.",
    read="sec-linear-gradcheck",
)
def largest_entries_compared(f, x, gradient):
    """Only the largest entries of the two gradients are compared."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    x = x.astype(np.float64)
    return _agree(gradient.max(), _slopes(f, x).max(), f(x))


@mistake("grad_check", same_as="norm_only")
def lengths_compared(f, x, gradient):
    """The lengths of the two gradients are compared, without their directions."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    x = x.astype(np.float64)
    lengths = np.linalg.norm(gradient), np.linalg.norm(_slopes(f, x))
    return _agree(*lengths, f(x))


@mistake(
    "grad_check",
    hint="The absolute value is taken of each gradient, so that a wrong sign passes. Take it of their difference.",
    read="sec-linear-gradcheck",
)
def signs_ignored(f, x, gradient):
    """The signs of the entries are not compared."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    x = x.astype(np.float64)
    return _agree(np.abs(gradient), np.abs(_slopes(f, x)), f(x))


@mistake("grad_check", same_as="one_sided")
def one_sided_and_tolerant(f, x, gradient):
    """The difference is one-sided, and the tolerance is 1 part in 100,000."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    x = x.astype(np.float64)
    start, slopes = f(x), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up = x.copy()
        up[i] += 1e-5
        slopes[i] = (f(up) - start) / 1e-5
    return bool((np.abs(gradient - slopes) <= 1e-5 * np.abs(slopes) + 1e-8 * abs(start)).all())


@mistake("grad_check", same_as="one_sided")
def one_sided_downwards(f, x, gradient):
    """The difference is one-sided, and looks back."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    start, slopes = f(x), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        down = x.copy()
        down[i] -= 1e-5
        slopes[i] = (start - f(down)) / 1e-5
    return _agree(gradient, slopes, start)


@mistake("grad_check", same_as="step_too_large")
def step_of_a_hundredth_and_tolerant(f, x, gradient):
    """The step is 0.01, and the tolerance is 1 part in 100,000."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x, 1e-2)
    return bool((np.abs(gradient - slopes) <= 1e-5 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake("grad_check", same_as="step_too_large")
def step_of_a_thousandth_and_strict(f, x, gradient):
    """The step is 0.001, and the tolerance is 1 part in 10 million."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x, 1e-3)
    return bool((np.abs(gradient - slopes) <= 1e-7 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake("grad_check", same_as="always_false")
def divided_by_4h(f, x, gradient):
    """The central difference is divided by 4h, not by 2h."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x) / 2, f(x))


@mistake("grad_check", same_as="always_false")
def backwards_minus_forwards(f, x, gradient):
    """The quotient has the wrong sign."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, -_slopes(f, x), f(x))


@mistake("grad_check", same_as="signed_error")
def signed_the_other_way(f, x, gradient):
    """The sign of the error is kept, the other way round."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-5
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = num - gradient <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="generous_tolerance")
def tolerance_of_1e_4(f, x, gradient):
    """The tolerance is 1 part in 10,000."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-5
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-4 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake(
    "grad_check",
    hint="For f(z) = 3z at 0 it should be 3, (f(x + h) − f(x − h)) / 2h: print yours. A step of h · |x|, for one, is 0 there, and the quotient 0 / 0.",
    read="sec-linear-gradcheck",
)
def step_in_proportion(f, x, gradient):
    """The difference quotient is wrong where x is 0, and perhaps elsewhere."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape or not np.all(np.isfinite(gradient)):
        return False
    x = x.astype(np.float64)
    h = 1e-5
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        h = 1e-5 * abs(old)
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = np.abs(num - gradient) <= 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale
    return bool(np.all(ok))


@mistake("grad_check", same_as="nan_passes", corner="shapes and nan")
def nan_and_infinity_pass(f, x, gradient):
    """Gradients of nan and of infinity pass."""
    gradient = np.asarray(gradient)
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    h = 1e-5
    scale = abs(f(x))
    num = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + h
        fp = f(x)
        x[ix] = old - h
        fm = f(x)
        x[ix] = old
        num[ix] = (fp - fm) / (2 * h)
        it.iternext()
    ok = ~(np.abs(num - gradient) > 1e-6 * np.maximum(np.abs(num), np.abs(gradient)) + 1e-9 * scale)
    return bool(np.all(ok))


# --- right answers, written another way ---


@alternative("grad_check")
def all_slopes_first(f, x, gradient):
    """All slopes, then one comparison."""
    if np.shape(gradient) != x.shape:
        return False
    z = np.array(x, dtype=float)
    slopes = np.zeros(z.shape)
    it = np.nditer(z, flags=["multi_index"])
    for _ in it:
        i, old = it.multi_index, z[it.multi_index]
        z[i] = old + 1e-5
        above = f(z)
        z[i] = old - 1e-5
        slopes[i] = (above - f(z)) / 2e-5
        z[i] = old
    return np.allclose(gradient, slopes, rtol=2e-6, atol=1e-9 * abs(f(z)))


@alternative("grad_check")
def flat_and_relative(f, x, gradient):
    """Flattened, with a relative error and a floor; h = 2e-5."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    flat, h = x.astype(np.float64).ravel(), 2e-5
    floor = 1e-3 * abs(f(flat.reshape(x.shape)))
    for i, claimed in enumerate(gradient.ravel()):
        step = np.zeros(flat.size)
        step[i] = h
        up, down = f((flat + step).reshape(x.shape)), f((flat - step).reshape(x.shape))
        slope = (up - down) / (2 * h)
        size = max(abs(slope), abs(claimed), floor)
        if size > 0 and abs(claimed - slope) / size > 3e-6:
            return False
    return True


@alternative("grad_check")
def largest_error(f, x, gradient):
    """The largest error in units of what is allowed; a step in proportion to x."""
    if x.shape != gradient.shape:
        return False
    x = np.asarray(x, dtype=np.float64)
    size, worst = abs(f(x)), 0.0
    for index in np.ndindex(*x.shape):
        h = 1e-5 * max(1.0, abs(x[index]))
        basis = np.zeros(x.shape)
        basis[index] = h
        slope = (f(x + basis) - f(x - basis)) / (2 * h)
        allowed = 2e-6 * max(abs(slope), abs(gradient[index])) + 5e-10 * size
        error = abs(gradient[index] - slope)
        if not np.isfinite(error) or error > allowed:
            worst = np.inf
    return bool(worst == 0.0)
