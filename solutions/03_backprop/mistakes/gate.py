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
    hint="Nearly equal is not equal: the larger of the two still takes it all.",
    read="sec-backprop-gates",
)
def ties_by_tolerance(kind, x, y, dz):
    """The max gate divides the gradient between inputs that are nearly equal."""
    if kind == "max":
        share = np.where(np.isclose(x, y), 0.5, x > y)
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake("gate", same_as="ties_by_tolerance")
def smooth_share(kind, x, y, dz):
    """A steep sigmoid divides the gradient of the max gate."""
    if kind == "max":
        share = (1 + np.tanh(50.0 * (x - y))) / 2
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="z / x is the other factor only where x is not 0. There, 0 / 0 is nan: use the other factor itself.",
    read="sec-backprop-gates",
)
def mul_by_division(kind, x, y, dz):
    """The mul gate divides z by each input."""
    if kind == "mul":
        with np.errstate(all="ignore"):
            z = np.multiply(x, y)
            return z, dz * (z / x), dz * (z / y)
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


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
