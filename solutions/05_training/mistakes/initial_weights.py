"""Wrong answers to `initial_weights` that students really give, and right ones written another way."""

import math

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _fans(shape):
    entries = math.prod(shape[2:])
    return {"fan_in": shape[1] * entries, "fan_out": shape[0] * entries}


def _var(scheme, mode, slope, fans):
    if scheme.startswith("xavier"):
        return 2 / (fans["fan_in"] + fans["fan_out"])
    return 2 / ((1 + slope**2) * fans[mode])


def _scaled(draws, scheme, std):
    return std * draws if scheme.endswith("normal") else math.sqrt(3) * std * (2 * draws - 1)


def _right(draws, scheme, mode, slope):
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, _fans(draws.shape))))


@mistake(
    "initial_weights",
    hint="2 / fan is the variance. What multiplies a standard normal number is the standard deviation.",
    read="sec-training-xavier",
)
def variance_as_deviation(draws, scheme, mode, slope):
    """The variance multiplies the draws, not its root."""
    return _scaled(draws, scheme, _var(scheme, mode, slope, _fans(draws.shape)))


@mistake(
    "initial_weights",
    hint="In Python, v ** 1 / 2 is v / 2, since the power binds more tightly than the division.",
    read="sec-training-xavier",
)
def power_then_half(draws, scheme, mode, slope):
    """The variance is halved by ** 1 / 2, where its root was meant."""
    return _scaled(draws, scheme, _var(scheme, mode, slope, _fans(draws.shape)) ** 1 / 2)


@mistake(
    "initial_weights",
    hint="The first axis of the draws counts the outputs and the second one the inputs, in convolutions as well. Yours reads them the other way round.",
    read="sec-training-xavier",
)
def fans_exchanged(draws, scheme, mode, slope):
    """Fan-in and fan-out are exchanged."""
    other = "fan_out" if mode == "fan_in" else "fan_in"
    return _right(draws, scheme, other, slope)


@mistake("initial_weights", same_as="fans_exchanged")
def fans_exchanged_in_convolutions(draws, scheme, mode, slope):
    """Fan-in and fan-out are exchanged in convolutions alone."""
    other = "fan_out" if mode == "fan_in" else "fan_in"
    return _right(draws, scheme, other if draws.ndim == 4 else mode, slope)


@mistake(
    "initial_weights",
    hint="mode says which fan Kaiming takes. Yours is always the fan-in.",
    read="sec-training-he",
)
def always_fan_in(draws, scheme, mode, slope):
    """Kaiming takes the fan-in, whatever mode says."""
    return _right(draws, scheme, "fan_in", slope)


@mistake(
    "initial_weights",
    hint="In a convolution an output adds up in · kH · kW numbers. Yours counts the channels alone.",
    read="sec-training-xavier",
    corner="convolutions",
)
def kernel_forgotten(draws, scheme, mode, slope):
    """The entries of the kernel are not counted."""
    fans = {"fan_in": draws.shape[1], "fan_out": draws.shape[0]}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


@mistake(
    "initial_weights",
    hint="A kernel has kH · kW entries. Yours counts its height, or its width, twice or alone.",
    read="sec-training-xavier",
    corner="convolutions",
)
def square_kernel(draws, scheme, mode, slope):
    """The kernel is taken to have kH · kH entries."""
    outputs, inputs, *kernel = draws.shape
    entries = kernel[0] ** 2 if kernel else 1
    fans = {"fan_in": inputs * entries, "fan_out": outputs * entries}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


@mistake("initial_weights", same_as="square_kernel", corner="convolutions")
def height_alone(draws, scheme, mode, slope):
    """The kernel is taken to have kH entries."""
    outputs, inputs, *kernel = draws.shape
    entries = kernel[0] if kernel else 1
    fans = {"fan_in": inputs * entries, "fan_out": outputs * entries}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


@mistake("initial_weights", same_as="square_kernel", corner="convolutions")
def width_alone(draws, scheme, mode, slope):
    """The kernel is taken to have kW entries."""
    outputs, inputs, *kernel = draws.shape
    entries = kernel[-1] if kernel else 1
    fans = {"fan_in": inputs * entries, "fan_out": outputs * entries}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


@mistake(
    "initial_weights",
    hint="Both fans count the kernel: an input goes to out · kH · kW outputs, one for each place of the window over it.",
    read="sec-training-xavier",
    corner="convolutions",
)
def fan_out_without_kernel(draws, scheme, mode, slope):
    """The kernel is counted in the fan-in alone."""
    fans = _fans(draws.shape) | {"fan_out": draws.shape[0]}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


@mistake(
    "initial_weights",
    hint="A convolution's weights are (out, in, kH, kW). Yours reads the channels from other axes.",
    read="sec-training-xavier",
    corner="convolutions",
)
def kernel_first(draws, scheme, mode, slope):
    """The shape of a convolution's weights is read as (kH, kW, in, out)."""
    shape = draws.shape if draws.ndim == 2 else draws.shape[::-1]
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, _fans(shape))))


@mistake(
    "initial_weights",
    hint="Xavier is a compromise between what the signal and what the gradient wants: both fans are in it.",
    read="sec-training-xavier",
    corner="Xavier",
)
def xavier_by_fan_in(draws, scheme, mode, slope):
    """Xavier takes the fan-in alone, with 1 / fan-in."""
    if scheme.startswith("xavier"):
        return _scaled(draws, scheme, math.sqrt(1 / _fans(draws.shape)["fan_in"]))
    return _right(draws, scheme, mode, slope)


@mistake("initial_weights", same_as="xavier_by_fan_in", corner="Xavier")
def xavier_is_kaiming(draws, scheme, mode, slope):
    """Xavier takes the fan-in alone, with 2 / fan-in."""
    if scheme.startswith("xavier"):
        return _scaled(draws, scheme, math.sqrt(2 / _fans(draws.shape)["fan_in"]))
    return _right(draws, scheme, mode, slope)


@mistake(
    "initial_weights",
    hint="Xavier's variance is 1 over the *mean* of the two fans, 2 / (fan-in + fan-out). The 2 is missing.",
    read="sec-training-xavier",
    corner="Xavier",
)
def xavier_by_the_sum(draws, scheme, mode, slope):
    """Xavier's variance is 1 over the sum of both fans."""
    if scheme.startswith("xavier"):
        return _right(draws, scheme, mode, slope) / math.sqrt(2)
    return _right(draws, scheme, mode, slope)


@mistake(
    "initial_weights",
    hint="A ReLU halves the mean square of what comes in, so Kaiming's variance is twice 1 / fan.",
    read="sec-training-he",
)
def kaiming_without_two(draws, scheme, mode, slope):
    """Kaiming's variance is 1 / fan: the 2 for the ReLU is missing."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.startswith("xavier") else w / math.sqrt(2)


@mistake(
    "initial_weights",
    hint="Xavier knows of no slope. It was made for units that are linear around 0.",
    read="sec-training-xavier",
    corner="Xavier and a slope",
)
def slope_in_xavier(draws, scheme, mode, slope):
    """The slope changes Xavier's weights, too."""
    w = _right(draws, scheme, mode, slope)
    return w / math.sqrt(1 + slope**2) if scheme.startswith("xavier") else w


@mistake(
    "initial_weights",
    hint="The slope is not used. A leaky ReLU lets more through than a ReLU, so the weights may be smaller.",
    read="sec-training-he",
    corner="the slope",
)
def slope_ignored(draws, scheme, mode, slope):
    """The slope of the leaky ReLU is not used."""
    return _right(draws, scheme, mode, 0.0)


@mistake(
    "initial_weights",
    hint="The mean square of the negative half is slope² times as large: the slope is squared.",
    read="sec-training-he",
    corner="the slope",
)
def slope_not_squared(draws, scheme, mode, slope):
    """1 + slope takes the place of 1 + slope²."""
    return _right(draws, scheme, mode, math.sqrt(slope))


@mistake(
    "initial_weights",
    hint="1 + slope² divides the variance: the more gets through, the smaller the weights are.",
    read="sec-training-he",
    corner="the slope",
)
def slope_multiplies(draws, scheme, mode, slope):
    """1 + slope² multiplies the variance."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.startswith("xavier") else w * (1 + slope**2)


@mistake(
    "initial_weights",
    hint="Numbers uniform in [−b, b) vary less than b, since their variance is b² / 3. With the standard deviation for b, the weights come out too small.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def no_root_of_three(draws, scheme, mode, slope):
    """Uniform weights lie between plus and minus one standard deviation."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w / math.sqrt(3)


@mistake(
    "initial_weights",
    hint="Weights must be of both signs. Draws in [0, 1) have to be stretched *and* moved to lie in [−b, b).",
    read="sec-training-xavier",
    corner="uniform draws",
)
def uniform_from_zero(draws, scheme, mode, slope):
    """Uniform weights lie in [0, b)."""
    b = math.sqrt(3 * _var(scheme, mode, slope, _fans(draws.shape)))
    return _right(draws, scheme, mode, slope) if scheme.endswith("normal") else b * draws


@mistake(
    "initial_weights",
    hint="From −b to b is a length of 2b. Yours is half as wide.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def half_as_wide(draws, scheme, mode, slope):
    """Uniform weights lie in [−b/2, b/2)."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w / 2


@mistake(
    "initial_weights",
    hint="Uniform draws lie in [0, 1): they have neither the mean 0 nor the variance 1 of normal ones.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def uniform_as_normal(draws, scheme, mode, slope):
    """Uniform draws are treated like normal ones."""
    return _right(draws, scheme.replace("uniform", "normal"), mode, slope)


@mistake(
    "initial_weights",
    hint="The bound is √(3 · variance). Yours multiplies the variance by 6, and the 2 is in it already.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def six_for_three(draws, scheme, mode, slope):
    """Uniform weights lie within √6 standard deviations."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w * math.sqrt(2)


@mistake(
    "initial_weights",
    hint="That is the standard deviation. The weights are asked for: the draws, made that large.",
    read="sec-training-xavier",
)
def deviation_alone(draws, scheme, mode, slope):
    """The standard deviation is returned, a single number."""
    return math.sqrt(_var(scheme, mode, slope, _fans(draws.shape)))


@mistake(
    "initial_weights",
    hint="The random numbers are given as draws. Fresh ones make your answer another one in each call.",
    read="sec-arrays-rng",
)
def draws_itself(draws, scheme, mode, slope):
    """The function draws numbers itself, with the global generator."""
    return np.random.randn(*draws.shape) * math.sqrt(_var(scheme, mode, slope, _fans(draws.shape)))


@mistake(
    "initial_weights",
    hint="0.01 was enough for networks of two layers. Here the size depends on the fans.",
    read="sec-training-small-large",
)
def one_hundredth(draws, scheme, mode, slope):
    """The draws are multiplied by 0.01, whatever the layer."""
    return 0.01 * draws


@mistake(
    "initial_weights",
    hint="Dividing by √fan is right, but the 2 belongs below the root as well: √(2 / fan).",
    read="sec-training-he",
)
def two_outside_root(draws, scheme, mode, slope):
    """The standard deviation is 2 / √fan: the 2 stands outside of the root."""
    w = _right(draws, scheme, mode, slope)
    return w * math.sqrt(2) if scheme.endswith("normal") else w


@mistake(
    "initial_weights",
    hint="The variance is b² / 3. Solved for b, the 3 stands below the root with the variance, and yours is outside of it.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def three_outside_root(draws, scheme, mode, slope):
    """Uniform weights lie within three standard deviations."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w * math.sqrt(3)


@mistake(
    "initial_weights",
    hint="Numbers uniform in [−b, b) vary less than b. So b must be larger than the standard deviation, and yours is smaller.",
    read="sec-training-xavier",
    corner="uniform draws",
)
def divided_by_root_of_three(draws, scheme, mode, slope):
    """The bound of the uniform weights is the standard deviation divided by √3."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w / 3


@mistake("initial_weights", same_as="half_as_wide", corner="uniform draws")
def half_a_deviation(draws, scheme, mode, slope):
    """The draws minus 0.5 are multiplied by the standard deviation."""
    w = _right(draws, scheme, mode, slope)
    return w if scheme.endswith("normal") else w / 2 / math.sqrt(3)


@mistake(
    "initial_weights",
    hint="Normal and uniform weights of one scheme have the same variance. Yours has a formula of its own for kaiming_uniform, which leaves out mode and slope.",
    read="sec-training-he",
    corner="uniform draws",
)
def uniform_by_itself(draws, scheme, mode, slope):
    """kaiming_uniform does not look at mode and slope."""
    if scheme == "kaiming_uniform":
        return _right(draws, scheme, "fan_in", 0.0)
    return _right(draws, scheme, mode, slope)


@mistake("initial_weights", same_as="slope_ignored", corner="uniform draws")
def uniform_without_slope(draws, scheme, mode, slope):
    """kaiming_uniform does not look at the slope."""
    return _right(draws, scheme, mode, 0.0 if scheme == "kaiming_uniform" else slope)


@mistake("initial_weights", same_as="kernel_forgotten", corner="uniform draws")
def uniform_without_kernel(draws, scheme, mode, slope):
    """Uniform weights do not count the entries of the kernel."""
    if scheme.endswith("normal"):
        return _right(draws, scheme, mode, slope)
    fans = {"fan_in": draws.shape[1], "fan_out": draws.shape[0]}
    return _scaled(draws, scheme, math.sqrt(_var(scheme, mode, slope, fans)))


# --- right answers, written another way ---


@alternative("initial_weights")
def by_gain(draws, scheme, mode, slope):
    """A gain, and the bound of the uniform numbers as √6."""
    out, inn = draws.shape[:2]
    field = draws[0, 0].size
    if "xavier" in scheme:
        denominator = (inn + out) * field
    else:
        denominator = {"fan_in": inn, "fan_out": out}[mode] * field * (1 + slope * slope)
    if "normal" in scheme:
        return draws * (2.0 / denominator) ** 0.5
    bound = (6.0 / denominator) ** 0.5
    return -bound + 2 * bound * draws


@alternative("initial_weights")
def by_reshape(draws, scheme, mode, slope):
    """Fans from sizes of reshaped draws, and an interpolation."""
    fan_in = draws.reshape(len(draws), -1).shape[1]
    fan_out = np.moveaxis(draws, 1, 0).reshape(draws.shape[1], -1).shape[1]
    if scheme.split("_")[0] == "xavier":
        gain, fan = 1.0, (fan_in + fan_out) / 2
    else:
        gain, fan = math.sqrt(2 / (1 + slope**2)), fan_in if mode == "fan_in" else fan_out
    std = gain / math.sqrt(fan)
    if scheme.split("_")[1] == "normal":
        return np.multiply(draws, std)
    edge = std * math.sqrt(12) / 2
    return np.interp(draws, [0, 1], [-edge, edge])
