"""Wrong answers to `gate` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _max_gate(x, y, dz):
    share = np.where(x == y, 0.5, x > y)
    return np.maximum(x, y), dz * share, dz * (1 - share)


@mistake(
    "gate",
    hint="How much does a product change when x grows a little? By how much of the other factor is there.",
    read="sec-backprop-gates",
)
def unswapped(kind, x, y, dz):
    """The mul gate gives each input its own value, not the other's."""
    if kind == "mul":
        return x * y, dz * x, dz * y
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="The smaller input has no part in the output, so moving it a little changes nothing.",
    read="sec-backprop-gates",
)
def max_to_both(kind, x, y, dz):
    """The max gate gives both inputs the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz, dz
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="equal inputs",
    hint="The text says what becomes of the gradient where x and y are equal. Together they may not get more than comes in.",
    read="sec-backprop-gates",
)
def ties_get_it_twice(kind, x, y, dz):
    """Of two equal inputs of the max gate, each gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x >= y), dz * (y >= x)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="equal inputs",
    hint="The text says what becomes of the gradient where x and y are equal: it is divided.",
    read="sec-backprop-gates",
)
def ties_to_first(kind, x, y, dz):
    """Of two equal inputs of the max gate, the first gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x >= y), dz * (x < y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="equal inputs",
    hint="The text says what becomes of the gradient where x and y are equal: it is divided.",
    read="sec-backprop-gates",
)
def ties_to_second(kind, x, y, dz):
    """Of two equal inputs of the max gate, the second gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x > y), dz * (x <= y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="equal inputs",
    hint="The text says what becomes of the gradient where x and y are equal. Your two comparisons are both false there.",
    read="sec-backprop-gates",
)
def ties_get_nothing(kind, x, y, dz):
    """Of two equal inputs of the max gate, neither gets anything."""
    if kind == "max":
        return np.maximum(x, y), dz * (x > y), dz * (x < y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="If x grows by a little and y stays, by how much does x + y grow? By all of it.",
    read="sec-backprop-gates",
)
def scaled_add(kind, x, y, dz):
    """The add gate gives each input half of the gradient."""
    if kind == "add":
        return x + y, dz / 2, dz / 2
    return (x * y, dz * y, dz * x) if kind == "mul" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="Those are the local derivatives, of z by x and y. The chain rule multiplies them by what comes from above.",
    read="sec-backprop-chain-rule",
)
def local_only(kind, x, y, dz):
    """The local derivatives are returned, without dz."""
    if kind == "add":
        return x + y, np.ones_like(dz), np.ones_like(dz)
    if kind == "mul":
        return x * y, y * np.ones_like(dz), x * np.ones_like(dz)
    return np.maximum(x, y), *_max_gate(x, y, np.ones_like(dz))[1:]


@mistake(
    "gate",
    hint="The gate passed its gradient on to the input that lost.",
    read="sec-backprop-gates",
)
def to_the_smaller(kind, x, y, dz):
    """The max gate gives the gradient to the smaller input."""
    if kind == "max":
        z, dx, dy = _max_gate(x, y, dz)
        return z, dy, dx
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The gate computes a sum and a product as it should, but its maximum is a minimum.",
    read="sec-backprop-gates",
)
def minimum(kind, x, y, dz):
    """The max gate takes the smaller input."""
    if kind == "max":
        _, dx, dy = _max_gate(x, y, dz)
        return np.minimum(x, y), dy, dx
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="Addition has derivative 1 by each of its inputs, whatever their values are.",
    read="sec-backprop-gates",
)
def add_scales_with_values(kind, x, y, dz):
    """The add gate multiplies the gradient by its inputs."""
    if kind == "add":
        return x + y, dz * x, dz * y
    return (x * y, dz * y, dz * x) if kind == "mul" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="The max gate passes on the gradient that comes in. The value that won does not multiply it.",
    read="sec-backprop-gates",
)
def max_passes_value(kind, x, y, dz):
    """The max gate multiplies the gradient by the larger input."""
    if kind == "max":
        z, dx, dy = _max_gate(x, y, dz)
        return z, z * dx, z * dy
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="arrays",
    hint="Arrays come in, too. An `if` on a whole array is an error or decides for all entries at once: np.where and np.maximum decide entry by entry.",
    read="sec-backprop-gates",
)
def numbers_only(kind, x, y, dz):
    """The max gate compares numbers only, and fails for arrays."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    if x == y:
        return x, dz / 2, dz / 2
    return (x, dz, 0.0) if x > y else (y, 0.0, dz)


@mistake(
    "gate",
    corner="nearly equal inputs",
    hint="Nearly equal is not equal: the larger of the two still takes it all.",
    read="sec-backprop-gates",
)
def ties_by_tolerance(kind, x, y, dz):
    """The max gate divides the gradient between inputs that are nearly equal."""
    if kind == "max":
        share = np.where(np.isclose(x, y), 0.5, x > y)
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake("gate", same_as="ties_by_tolerance", corner="nearly equal inputs")
def smooth_share(kind, x, y, dz):
    """A steep sigmoid divides the gradient of the max gate."""
    if kind == "max":
        share = (1 + np.tanh(50.0 * (x - y))) / 2
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="zeros",
    hint="z / x is the other factor only where x is not 0, and a small number added to x does not help there. Use the other factor itself.",
    read="sec-backprop-gates",
)
def mul_by_division(kind, x, y, dz):
    """The mul gate divides z by each input."""
    if kind == "mul":
        with np.errstate(all="ignore"):
            z = np.multiply(x, y)
            return z, dz * (z / x), dz * (z / y)
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="add and mul have a branch each, and max has none that makes its results: the function comes to its end without them.",
    read="sec-backprop-gates",
)
def max_not_written(kind, x, y, dz):
    """There is no max gate yet."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    return None


@mistake("gate", same_as="max_not_written")
def max_has_no_branch(kind, x, y, dz):
    """The results of the max gate are returned and never made."""
    if kind == "add":
        z, dx, dy = x + y, dz, dz
    elif kind == "mul":
        z, dx, dy = x * y, dz * y, dz * x
    return z, dx, dy


@mistake(
    "gate",
    corner="equal inputs",
    hint="dz was written into: dz[x == y] /= 2 changes the array of whoever called you. Multiply by an array of shares, which makes a new one.",
    read="sec-backprop-gates",
)
def halved_in_place(kind, x, y, dz):
    """The upstream gradient itself is halved where the inputs are equal."""
    if kind == "max":
        dz = np.asarray(dz)
        dz[np.asarray(x == y)] /= 2
        return np.maximum(x, y), dz * (x >= y), dz * (y >= x)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="A maximum of x and y compares them with each other. Your gradient looks at the sign of each, as ReLU does, which is max(x, 0).",
    read="sec-backprop-gates",
)
def max_as_relu(kind, x, y, dz):
    """The max gate passes the gradient to every input above 0, as ReLU does."""
    if kind == "max":
        return np.maximum(x, y), dz * (np.asarray(x) > 0), dz * (np.asarray(y) > 0)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="equal inputs",
    hint="// 2 rounds down, and half of 5 is 2.5: divide with / 2.",
    read="sec-backprop-gates",
)
def halved_by_floor(kind, x, y, dz):
    """The gradient of equal inputs is halved with //."""
    if kind == "max":
        half = np.where(np.equal(x, y), dz // 2, 0.0)
        return np.maximum(x, y), dz * np.greater(x, y) + half, dz * np.less(x, y) + half
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake("gate", same_as="mul_by_division", corner="zeros")
def mul_by_guarded_division(kind, x, y, dz):
    """The mul gate divides z by each input plus a small number."""
    if kind == "mul":
        z = np.multiply(x, y)
        return z, dz * (z / (x + 1e-8)), dz * (z / (y + 1e-8))
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="Half for each is the rule for equal inputs alone. Elsewhere the larger one takes it all.",
    read="sec-backprop-gates",
)
def max_always_halves(kind, x, y, dz):
    """The max gate gives half of the gradient to each input, equal or not."""
    if kind == "max":
        return np.maximum(x, y), dz / 2, dz / 2
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    corner="arrays",
    hint="np.max gives the largest of all entries of both arrays. np.maximum(x, y) compares entry by entry.",
    read="sec-backprop-gates",
)
def one_maximum_for_all(kind, x, y, dz):
    """The max gate gives one number for whole arrays."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    half = 0.5 * (x == y)
    return np.max([x, y]), dz * ((x > y) + half), dz * ((y > x) + half)


@mistake(
    "gate",
    hint="The max gate gives 0 where y is the larger one. Forwards, the larger input goes on, whichever it is: np.maximum(x, y).",
    read="sec-backprop-gates",
)
def x_or_nothing(kind, x, y, dz):
    """The max gate lets x through or nothing."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    share = (np.sign(x - y) + 1) / 2
    return np.where(x > y, x, 0.0), dz * share, dz * (1 - share)


@mistake(
    "gate",
    hint="By x, the product x · y has the derivative y alone. You multiply by x once more.",
    read="sec-backprop-gates",
)
def product_in_both(kind, x, y, dz):
    """The mul gate gives both inputs dz · x · y."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * x * y, dz * x * y
    share = (np.sign(x - y) + 1) / 2
    return np.maximum(x, y), dz * share, dz * (1 - share)


@mistake(
    "gate",
    hint="A sum passes its gradient on as it is, once to each input.",
    read="sec-backprop-gates",
)
def add_doubles(kind, x, y, dz):
    """The add gate doubles the gradient."""
    if kind == "add":
        return x + y, 2 * dz, 2 * dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    share = ((x > y) + (x >= y)) / 2
    return np.maximum(x, y), dz * share, dz * (1 - share)


@mistake(
    "gate",
    hint="If the smaller input changes a little, the maximum does not change at all: its gradient is 0, not −dz.",
    read="sec-backprop-gates",
)
def max_as_difference(kind, x, y, dz):
    """The max gate gives the smaller input −dz."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    return np.maximum(x, y), dz * np.sign(x - y), dz * np.sign(y - x)


@mistake("gate", same_as="local_only")
def local_product(kind, x, y, dz):
    """The mul gate returns the local derivatives, without dz."""
    if kind == "add":
        z = x + y
        dx, dy = 1.0 * dz, 1.0 * dz
    elif kind == "mul":
        z = x * y
        dx, dy = y, x
    else:
        z = np.maximum(x, y)
        wx = np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
        dx, dy = wx * dz, (1.0 - wx) * dz
    return z, dx, dy


@mistake("gate", same_as="local_only")
def local_sum(kind, x, y, dz):
    """The add gate returns 1 and 1, without dz."""
    if kind == "add":
        z = x + y
        dx, dy = 1.0, 1.0
    elif kind == "mul":
        z = x * y
        dx, dy = y * dz, x * dz
    else:
        z = np.maximum(x, y)
        wx = np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0))
        dx, dy = wx * dz, (1.0 - wx) * dz
    return z, dx, dy


# --- right answers, written another way ---


@alternative("gate")
def one_formula(kind, x, y, dz):
    """Each gate as a triple of arrays, ties by a sign."""
    if kind == "add":
        return np.add(x, y), dz * np.ones_like(x), dz * np.ones_like(y)
    if kind == "mul":
        return np.multiply(x, y), np.multiply(y, dz), np.multiply(x, dz)
    sign = np.sign(np.subtract(x, y))
    return np.maximum(x, y), dz * (1 + sign) / 2, dz * (1 - sign) / 2


@alternative("gate")
def by_counting_winners(kind, x, y, dz):
    """Half for each input that is not beaten, and half for each that wins."""
    match kind:
        case "add":
            return y + x, dz + 0, dz + 0
        case "mul":
            return y * x, y * dz, x * dz
    x_share = 0.5 * (np.asarray(x) >= y) + 0.5 * (np.asarray(x) > y)
    return np.where(np.asarray(x) > y, x, y), dz * x_share, dz * (1 - x_share)


@mistake(
    "gate",
    hint="The text asks for (z, dx, dy), in this order. Yours begins with the gradients.",
    read="sec-backprop-gates",
)
def output_last(kind, x, y, dz):
    """The output comes last, after the gradients."""
    if kind == "max":
        z, dx, dy = _max_gate(x, y, dz)
        return dx, dy, z
    return (dz, dz, x + y) if kind == "add" else (dz * y, dz * x, x * y)


@mistake(
    "gate",
    corner="arrays",
    hint="np.max([x, y]) is the largest of all numbers. np.maximum(x, y) compares entry by entry.",
    read="sec-backprop-gates",
)
def largest_of_all(kind, x, y, dz):
    """The max gate gives the largest of all numbers."""
    if kind == "max":
        _, dx, dy = _max_gate(x, y, dz)
        return np.max([x, y]) + 0 * x, dx, dy
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)
