"""Wrong answers to `unit_report` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _outputs(a, kind):
    if kind == "relu":
        return np.maximum(a, 0), (a > 0) * 1.0
    if kind == "tanh":
        return np.tanh(a), 1 - np.tanh(a) ** 2
    y = (1 + np.tanh(a / 2)) / 2
    return y, y * (1 - y)


@mistake(
    "unit_report",
    hint="A dead unit is quiet for all images. One image that it answers to is enough to keep it alive.",
    read="sec-backprop-dying",
)
def dead_for_any(a, kind, threshold):
    """A unit counts as dead if one image leaves it without a derivative."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.any(axis=0).mean()


@mistake(
    "unit_report",
    hint="Units are the columns. You asked which images find every unit quiet.",
    read="sec-backprop-dying",
)
def dead_images(a, kind, threshold):
    """Images without an answer are counted, not units."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=1).mean()


@mistake(
    "unit_report",
    hint="A unit is quiet where its derivative is small. Its output may be large there: a saturated sigmoid gives nearly 1.",
    read="sec-backprop-saturation",
)
def outputs_compared(a, kind, threshold):
    """Outputs are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = y <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="outputs_compared")
def absolute_outputs_compared(a, kind, threshold):
    """Absolute outputs are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = np.abs(y) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="An output within the threshold of 0 or 1 is another rule. Here the slope of the sigmoid is compared: y (1 − y).",
    read="sec-backprop-saturation",
)
def outputs_near_their_ends(a, kind, threshold):
    """A sigmoid is called saturated where its output is close to 0 or 1."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    if kind == "sigmoid":
        quiet = (y <= threshold) | (y >= 1 - threshold)
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The pre-activations a are what goes into the unit. What counts is the derivative of the activation there.",
    read="sec-backprop-saturation",
)
def pre_activations_compared(a, kind, threshold):
    """Pre-activations are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = a <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean is taken of the outputs y, after the activation. (ReLU's cannot be negative.)",
    read="sec-backprop-zero-centred",
)
def mean_of_pre_activations(a, kind, threshold):
    """The mean of the pre-activations is returned, not of the outputs."""
    _, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return a.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    corner="at the threshold",
    hint="At most the threshold: a derivative that equals it counts, or no ReLU would ever be quiet at 0.",
    read="sec-backprop-dying",
)
def strictly_below(a, kind, threshold):
    """Derivatives equal to the threshold are not counted."""
    y, slope = _outputs(a, kind)
    quiet = slope < threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The text asks for fractions, between 0 and 1, and you counted.",
    read="sec-backprop-dying",
)
def counts(a, kind, threshold):
    """Entries and units are counted; fractions were wanted."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.sum(), quiet.all(axis=0).sum()


@mistake("unit_report", same_as="counts")
def counts_as_floats(a, kind, threshold):
    """Entries and units are counted, as floats."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), float(quiet.sum()), float(quiet.all(axis=0).sum())


@mistake(
    "unit_report",
    hint="You counted the entries that can still learn, not those that cannot.",
    read="sec-backprop-dying",
)
def alive_counted(a, kind, threshold):
    """The living are counted, not the quiet."""
    y, slope = _outputs(a, kind)
    loud = slope > threshold
    return y.mean(), loud.mean(), loud.any(axis=0).mean()


@mistake(
    "unit_report",
    hint="Every mean here is over a whole array: over images and units, one number.",
    read="sec-backprop-zero-centred",
)
def mean_per_unit(a, kind, threshold):
    """The mean is taken for each unit."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(axis=0), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean derivative of a unit may be small though it answers to some images, and a unit with one large derivative is alive.",
    read="sec-backprop-dying",
)
def dead_by_mean(a, kind, threshold):
    """A unit counts as dead if its mean derivative is small."""
    y, slope = _outputs(a, kind)
    return y.mean(), (slope <= threshold).mean(), (slope.mean(axis=0) <= threshold).mean()


@mistake(
    "unit_report",
    corner="at the threshold",
    hint="ReLU's derivative at 0 is 0: where a pre-activation is exactly 0, the unit is quiet.",
    read="sec-backprop-relu",
)
def alive_at_zero(a, kind, threshold):
    """The derivative of ReLU at 0 is taken as 1."""
    y, slope = _outputs(a, kind)
    quiet = ((a >= 0) * 1.0 if kind == "relu" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The slope of the sigmoid is y (1 − y), that of tanh 1 − y². You used one for both.",
    read="sec-backprop-saturation",
)
def one_slope_for_both(a, kind, threshold):
    """The sigmoid's slope is used for tanh as well."""
    y, slope = _outputs(a, kind)
    quiet = (slope if kind == "relu" else y * (1 - y)) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="sigmoid_slope_of_output")
def tanh_slope_for_both(a, kind, threshold):
    """The slope of the sigmoid is not y (1 − y)."""
    y, slope = _outputs(a, kind)
    quiet = (slope if kind == "relu" else 1 - y**2) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    corner="large pre-activations",
    hint="At ±1000 your function is nan: an exponential overflowed, and infinity over infinity is nan.",
    read="sec-backprop-sigmoid",
)
def overflows(a, kind, threshold):
    """The activation overflows for large pre-activations."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        with np.errstate(over="ignore", invalid="ignore"):
            y = np.exp(a) / (1 + np.exp(a))
        slope = y * (1 - y)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    corner="at the threshold",
    hint="The threshold is for ReLU, too: its derivative is 1 or 0, and a threshold of 1 makes every unit quiet.",
    read="sec-backprop-dying",
)
def relu_without_threshold(a, kind, threshold):
    """The zeros of ReLU are counted, whatever the threshold."""
    y, slope = _outputs(a, kind)
    quiet = y == 0 if kind == "relu" else slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="A sigmoid is 1 / (1 + e to the power of minus a): without the minus it runs down, not up.",
    read="sec-backprop-sigmoid",
)
def sigmoid_turned_round(a, kind, threshold):
    """The sigmoid lacks its minus sign."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        y = 1 - y
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The fraction is of the H units, not of all N · H entries: how many columns are quiet throughout, divided by H?",
    read="sec-backprop-dying",
)
def dead_entries(a, kind, threshold):
    """The dead units are divided by N · H."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).sum() / a.size


@mistake("unit_report", same_as="overflows", corner="large pre-activations")
def tanh_overflows(a, kind, threshold):
    """tanh overflows for large pre-activations."""
    y, slope = _outputs(a, kind)
    if kind == "tanh":
        with np.errstate(over="ignore", invalid="ignore"):
            y = (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)
        slope = 1 - y**2
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The quiet entries were divided by N alone. There are N · H of them, so the fraction is of all.",
    read="sec-backprop-dying",
)
def saturated_per_image(a, kind, threshold):
    """The quiet entries are divided by the number of images."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.sum() / len(a), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="For ReLU, too, it is the derivative that is compared with the threshold: 1 above zero, however small the pre-activation is, and 0 elsewhere.",
    read="sec-backprop-relu",
)
def relu_values_compared(a, kind, threshold):
    """For ReLU, values are compared with the threshold, not the derivatives 0 and 1."""
    y, slope = _outputs(a, kind)
    quiet = (a if kind == "relu" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="relu_values_compared")
def relu_outputs_compared(a, kind, threshold):
    """For ReLU, outputs are compared with the threshold, not the derivatives 0 and 1."""
    y, slope = _outputs(a, kind)
    quiet = (y if kind == "relu" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="It is the H units that are dead or not, so the fraction is one of H.",
    read="sec-backprop-dying",
)
def dead_per_image(a, kind, threshold):
    """The dead units are divided by the number of images."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).sum() / len(a)


@mistake(
    "unit_report",
    hint="The mean is that of the outputs with their signs: that tanh gives both is why its mean may be near 0.",
    read="sec-backprop-zero-centred",
)
def mean_of_absolute_outputs(a, kind, threshold):
    """The mean is taken of |y|."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return np.abs(y).mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean of the derivatives was returned. The text asks for that of the outputs y.",
    read="sec-backprop-zero-centred",
)
def mean_of_slopes(a, kind, threshold):
    """The mean is taken of the derivatives."""
    _, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return slope.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="Where it is quiet, only ReLU gives 0. Sigmoid and tanh are quiet where they are near their limits: use the derivative for every activation.",
    read="sec-backprop-saturation",
)
def dead_by_zero_output(a, kind, threshold):
    """A unit's outputs decide whether it is dead, not its derivatives."""
    y, slope = _outputs(a, kind)
    return y.mean(), (slope <= threshold).mean(), (y == 0).all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The slope of the sigmoid is written with its output, y (1 − y), and not with the pre-activation.",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_of_input(a, kind, threshold):
    """The slope of the sigmoid is a (1 − a)."""
    y, slope = _outputs(a, kind)
    quiet = (a * (1 - a) if kind == "sigmoid" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    corner="large pre-activations",
    hint="e⁻ᵃ is infinite at −1000, and ∞/∞² is nan, which is not at most the threshold: such a unit does not count as quiet. Compute the slope from the "
    "output, y (1 − y).",
    read="sec-backprop-sigmoid",
)
def slope_of_two_infinities(a, kind, threshold):
    """The slope of the sigmoid is e⁻ᵃ / (1 + e⁻ᵃ)²."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        with np.errstate(over="ignore", invalid="ignore"):
            slope = np.exp(-a) / (1 + np.exp(-a)) ** 2
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The half stands inside as well: (1 + tanh(a/2)) / 2. Without it, the slope at 0 is ½ and not ¼.",
    read="sec-backprop-sigmoid",
)
def sigmoid_twice_as_steep(a, kind, threshold):
    """The sigmoid is (1 + tanh a) / 2."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        y = (1 + np.tanh(a)) / 2
        slope = y * (1 - y)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The slope of tanh is 1 − y², with a square.",
    read="sec-backprop-saturation",
)
def tanh_slope_unsquared(a, kind, threshold):
    """The slope of tanh is 1 − y."""
    y, slope = _outputs(a, kind)
    if kind == "tanh":
        slope = 1 - y
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="For the kind of this check, no branch makes outputs and derivatives. The text has three: sigmoid, tanh and relu.",
    read="sec-backprop-saturation",
)
def kind_not_written(a, kind, threshold):
    """One of the three activations is not written yet."""
    if kind != "tanh":
        y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="kind_not_written")
def tanh_returns_nothing(a, kind, threshold):
    """There is no branch for tanh."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return None if kind == "tanh" else (y.mean(), quiet.mean(), quiet.all(axis=0).mean())


@mistake("unit_report", same_as="kind_not_written")
def sigmoid_has_no_branch(a, kind, threshold):
    """The outputs of sigmoid are never made."""
    if kind != "sigmoid":
        y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="kind_not_written")
def sigmoid_returns_nothing(a, kind, threshold):
    """There is no branch for sigmoid."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return None if kind == "sigmoid" else (y.mean(), quiet.mean(), quiet.all(axis=0).mean())


@mistake("unit_report", same_as="kind_not_written")
def relu_has_no_branch(a, kind, threshold):
    """The outputs of relu are never made."""
    if kind != "relu":
        y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="kind_not_written")
def relu_returns_nothing(a, kind, threshold):
    """There is no branch for relu."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return None if kind == "relu" else (y.mean(), quiet.mean(), quiet.all(axis=0).mean())


@mistake(
    "unit_report",
    hint="all() without an axis asks whether every unit is quiet, which is True or False. dead is a fraction: ask for each unit, then take the mean.",
    read="sec-backprop-dying",
)
def dead_or_not(a, kind, threshold):
    """dead is True or False."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all()


@mistake(
    "unit_report",
    hint="y is tanh a already, so the slope is 1 − y². You take the tanh of y once more.",
    read="sec-backprop-saturation",
)
def tanh_slope_of_output(a, kind, threshold):
    """The slope of tanh is taken at y, not at a: tanh is applied twice."""
    y, slope = _outputs(a, kind)
    if kind == "tanh":
        slope = 1 - np.tanh(y) ** 2
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The slope is y (1 − y), at most ¼, and y is σ(a) already. Is the sigmoid taken of y once more, is there a factor too many, or is it the slope of tanh, which is small near 1 alone?",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_of_output(a, kind, threshold):
    """The slope of the sigmoid comes out too large, as where σ is applied twice."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        again = (1 + np.tanh(y / 2)) / 2
        slope = again * (1 - again)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean is over all outputs, those that are 0 included. You leave some out.",
    read="sec-backprop-zero-centred",
)
def mean_of_the_active(a, kind, threshold):
    """The mean is taken over the positive outputs only."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y[y > 0].mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="Some units are quiet for all images. all() without an axis asks all entries at once, and a unit has as many entries as there are images: look along axis 0.",
    read="sec-backprop-dying",
)
def none_dead(a, kind, threshold):
    """No unit is found dead."""
    if kind == "sigmoid":
        e = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + e), e / (1 + e))
        d = y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(a)
        d = 1 - y**2
    else:
        y = np.maximum(a, 0)
        d = (a > 0).astype(float)
    quiet = d <= threshold
    dead = quiet.all()
    return y.mean(), quiet.mean(), dead.mean()


@mistake("unit_report", same_as="none_dead")
def as_many_as_units(a, kind, threshold):
    """A unit is dead where it is quiet H times."""
    if kind == "sigmoid":
        e = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + e), e / (1 + e))
        d = y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(a)
        d = 1 - y**2
    else:
        y = np.maximum(a, 0)
        d = (a > 0).astype(float)
    quiet = d <= threshold
    dead = quiet.sum(axis=0) == a.shape[1]
    return y.mean(), quiet.mean(), dead.mean()


@mistake("unit_report", same_as="sigmoid_slope_of_output")
def four_times_the_slope(a, kind, threshold):
    """The slope of the sigmoid is 4 y (1 − y)."""
    if kind == "sigmoid":
        e = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + e), e / (1 + e))
        d = 4 * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(a)
        d = 1 - y**2
    else:
        y = np.maximum(a, 0)
        d = (a > 0).astype(float)
    quiet = d <= threshold
    dead = quiet.all(axis=0)
    return y.mean(), quiet.mean(), dead.mean()


@mistake(
    "unit_report",
    hint="saturated is a fraction of all N · H entries, those of dead units among them.",
    read="sec-backprop-dying",
)
def dead_not_saturated(a, kind, threshold):
    """The dead units' entries are not counted as saturated."""
    if kind == "sigmoid":
        e = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + e), e / (1 + e))
        d = y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(a)
        d = 1 - y**2
    else:
        y = np.maximum(a, 0)
        d = (a > 0).astype(float)
    quiet = d <= threshold
    dead = quiet.all(axis=0)
    return y.mean(), (quiet & ~dead).mean(), dead.mean()


# --- right answers, written another way ---


@alternative("unit_report")
def one_unit_at_a_time(a, kind, threshold):
    """A loop over the units, the sigmoid by two formulas."""
    if kind == "sigmoid":
        small = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + small), small / (1 + small))
        slope = small / (1 + small) ** 2
        slope[np.abs(a) > 700] = 0
    elif kind == "tanh":
        y = np.tanh(a)
        slope = (1 + y) * (1 - y)
    else:
        y, slope = a * (a > 0), np.where(a > 0, 1.0, 0.0)
    dead = sum(1 for j in range(a.shape[1]) if slope[:, j].max() <= threshold)
    return float(np.mean(y)), np.count_nonzero(slope <= threshold) / a.size, dead / a.shape[1]


@mistake(
    "unit_report",
    hint="The slope of tanh is 1 − y², with a square and not with an absolute value.",
    read="sec-backprop-saturation",
)
def tanh_slope_by_absolute_value(a, kind, threshold):
    """The slope of tanh is 1 − |y|."""
    y, slope = _outputs(a, kind)
    quiet = (1 - np.abs(y) if kind == "tanh" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="saturated is the fraction of all N · H pre-activations. You count the units that are quiet for at least one image.",
    read="sec-backprop-saturation",
)
def units_quiet_somewhere(a, kind, threshold):
    """saturated is a fraction of the units."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.any(axis=0).mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="A fraction is a number between 0 and 1. Yours are in per cent.",
    read="sec-backprop-saturation",
)
def per_cent(a, kind, threshold):
    """The fractions are in per cent."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), 100 * quiet.mean(), 100 * quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="One image that a unit answers to is enough to keep it alive. Dead is what is quiet for all images, all(axis=0), and not for most of them, nor for the first or the last.",
    read="sec-backprop-dying",
)
def quiet_for_most(a, kind, threshold):
    """A unit counts as dead that some images find quiet, and others do not."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), (quiet.mean(axis=0) > 0.5).mean()


@mistake("unit_report", same_as="quiet_for_most")
def quiet_for_half(a, kind, threshold):
    """A unit counts as dead that is quiet for half of the images."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), (quiet.mean(axis=0) >= 0.5).mean()


@mistake("unit_report", same_as="quiet_for_most")
def quiet_for_nine_of_ten(a, kind, threshold):
    """A unit counts as dead that is quiet for 90 % of the images."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), (quiet.mean(axis=0) >= 0.9).mean()


@mistake("unit_report", same_as="quiet_for_most")
def quiet_for_the_last(a, kind, threshold):
    """The last image alone decides which units are dead."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet[-1].mean()


@mistake("unit_report", same_as="quiet_for_most")
def zero_for_most(a, kind, threshold):
    """A unit counts as dead that gives 0 for most of the images."""
    y, slope = _outputs(a, kind)
    return y.mean(), (slope <= threshold).mean(), ((y == 0).mean(axis=0) > 0.5).mean()


@mistake(
    "unit_report",
    hint="You return the fraction of the units that are alive. dead counts the others.",
    read="sec-backprop-dying",
)
def share_of_the_living(a, kind, threshold):
    """The living units are counted as dead, and the dead as living."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), 1 - quiet.all(axis=0).mean()


@mistake("unit_report", same_as="dead_by_zero_output")
def dead_by_small_output(a, kind, threshold):
    """A unit counts as dead if its outputs are at most the threshold."""
    y, slope = _outputs(a, kind)
    return y.mean(), (slope <= threshold).mean(), (y.max(axis=0) <= threshold).mean()
