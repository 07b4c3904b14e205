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
    hint="The sums a are what goes into the unit. What counts is the derivative of the activation there.",
    read="sec-backprop-saturation",
)
def sums_compared(a, kind, threshold):
    """The sums are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = a <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean is taken of the outputs y, after the activation. (ReLU's cannot be negative.)",
    read="sec-backprop-zero-centred",
)
def mean_of_sums(a, kind, threshold):
    """The mean of the sums is returned, not of the outputs."""
    _, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return a.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
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
    hint="ReLU's derivative at 0 is 0: a unit whose sum is exactly 0 does not learn.",
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


@mistake("unit_report", same_as="one_slope_for_both")
def tanh_slope_for_both(a, kind, threshold):
    """tanh's slope is used for the sigmoid as well."""
    y, slope = _outputs(a, kind)
    quiet = (slope if kind == "relu" else 1 - y**2) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="At ±1000 your sigmoid is nan: an exponential overflowed.",
    read="sec-backprop-sigmoid",
)
def overflows(a, kind, threshold):
    """The sigmoid overflows for large sums."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        with np.errstate(over="ignore", invalid="ignore"):
            y = np.exp(a) / (1 + np.exp(a))
        slope = y * (1 - y)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The threshold is for ReLU, too: its derivative is 1 or 0, and a threshold of 1 makes every unit quiet.",
    read="sec-backprop-dying",
)
def relu_without_threshold(a, kind, threshold):
    """The zeros of ReLU are counted, whatever the threshold."""
    y, slope = _outputs(a, kind)
    quiet = y == 0 if kind == "relu" else slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


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
