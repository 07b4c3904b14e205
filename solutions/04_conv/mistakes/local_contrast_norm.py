"""Wrong answers to `local_contrast_norm` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _statistics(x, kernel_size, across=False, rim=None, value=np.nan, ddof=0, **how):
    """Mean and standard deviation of each window, (N, C or 1, H, W)."""
    rim = kernel_size // 2 if rim is None else rim
    how = how or {"constant_values": value}
    padded = np.pad(
        x, ((0, 0), (0, 0), (rim, kernel_size - 1 - rim), (rim, kernel_size - 1 - rim)), **how
    )
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, (kernel_size, kernel_size), axis=(2, 3)
    )
    axes = (1, 4, 5) if across else (4, 5)
    mean = np.nanmean(windows, axis=axes, keepdims=True)[..., 0, 0]
    count = np.isfinite(windows).sum(axis=axes, keepdims=True)[..., 0, 0]
    var = (
        np.nanvar(windows, axis=axes, keepdims=True)[..., 0, 0]
        * count
        / np.maximum(count - ddof, 1)
    )
    return mean, np.sqrt(var)


@mistake(
    "local_contrast_norm",
    hint="ε is a floor: the larger of σ and ε divides. Added, it changes every pixel.",
    read="sec-conv-lcn",
)
def epsilon_added(x, kernel_size, eps, across):
    """ε is added to the standard deviation."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / (std + eps)


@mistake(
    "local_contrast_norm",
    hint="ε is a floor for σ. Below the root it belongs to batch normalisation.",
    read="sec-conv-lcn",
)
def epsilon_in_root(x, kernel_size, eps, across):
    """ε is added to the variance, below the root."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / np.sqrt(std**2 + eps)


@mistake(
    "local_contrast_norm",
    hint="In a window of equal values σ is 0, and 0 / 0 is nan. What is ε for?",
    read="sec-conv-lcn",
    corner="the floor",
)
def no_floor(x, kernel_size, eps, across):
    """ε is not used, so that equal values give nan."""
    mean, std = _statistics(x, kernel_size, across)
    with np.errstate(all="ignore"):
        return (x - mean) / std


@mistake(
    "local_contrast_norm",
    hint="The floor is max(ε, σ), also where σ is not 0 but small.",
    read="sec-conv-lcn",
    corner="the floor",
)
def floor_at_zero_only(x, kernel_size, eps, across):
    """ε is used only where σ is exactly 0."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / np.where(std == 0, eps, std)


@mistake(
    "local_contrast_norm",
    hint="ε is compared with σ, the root of the variance, not with the variance.",
    read="sec-conv-lcn",
    corner="the floor",
)
def floor_of_variance(x, kernel_size, eps, across):
    """The larger of ε and the variance is taken, then the root."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / np.sqrt(np.maximum(eps, std**2))


@mistake(
    "local_contrast_norm",
    hint="The larger of the two divides. With the smaller one, flat regions are blown up.",
    read="sec-conv-lcn",
)
def smaller_of_two(x, kernel_size, eps, across):
    """The smaller of ε and σ divides."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / np.maximum(np.minimum(eps, std), 1e-6)


@mistake(
    "local_contrast_norm",
    hint="Where σ is below ε, ε divides; the value is not set to 0.",
    read="sec-conv-lcn",
    corner="the floor",
)
def zero_below_floor(x, kernel_size, eps, across):
    """Where σ is below ε, the result is 0."""
    mean, std = _statistics(x, kernel_size, across)
    return np.where(std < eps, 0, (x - mean) / np.maximum(std, 1e-12))


@mistake(
    "local_contrast_norm",
    hint="The variance divides here. Its root is missing.",
    read="sec-conv-lcn",
)
def variance_divides(x, kernel_size, eps, across):
    """The variance divides, not its root."""
    mean, std = _statistics(x, kernel_size, across)
    return (x - mean) / np.maximum(eps, std**2)


@mistake(
    "local_contrast_norm",
    hint="The squares are divided by their number, not by one less.",
    read="sec-conv-lcn",
)
def one_less(x, kernel_size, eps, across):
    """The variance divides by the number of values less one."""
    mean, std = _statistics(x, kernel_size, across, ddof=1)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="The mean is subtracted first: dividing alone leaves the brightness in.",
    read="sec-conv-lcn",
)
def mean_not_subtracted(x, kernel_size, eps, across):
    """The mean is not subtracted."""
    _, std = _statistics(x, kernel_size, across)
    return x / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="Subtracting the mean is half of it. Then comes the division.",
    read="sec-conv-lcn",
)
def not_divided(x, kernel_size, eps, across):
    """Nothing is divided."""
    return x - _statistics(x, kernel_size, across)[0]


@mistake(
    "local_contrast_norm",
    hint="The statistics are local: each pixel has a window of its own. Yours are those of the whole map.",
    read="sec-conv-lcn",
)
def whole_map(x, kernel_size, eps, across):
    """Mean and standard deviation are those of the whole map."""
    axes = (1, 2, 3) if across else (2, 3)
    return (x - x.mean(axis=axes, keepdims=True)) / np.maximum(eps, x.std(axis=axes, keepdims=True))


@mistake(
    "local_contrast_norm",
    hint="The mean is local, and σ is that of the whole map.",
    read="sec-conv-lcn",
)
def deviation_of_map(x, kernel_size, eps, across):
    """The standard deviation is that of the whole map."""
    axes = (1, 2, 3) if across else (2, 3)
    return (x - _statistics(x, kernel_size, across)[0]) / np.maximum(
        eps, x.std(axis=axes, keepdims=True)
    )


@mistake(
    "local_contrast_norm",
    hint="Pixels outside do not count, not even as zeros: at the border, mean and σ are over fewer values.",
    read="sec-conv-lcn",
    corner="the border",
)
def zeros_outside(x, kernel_size, eps, across):
    """Zeros outside of the image count."""
    mean, std = _statistics(x, kernel_size, across, value=0.0)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="Pixels outside do not count, not even as copies of the border.",
    read="sec-conv-lcn",
    corner="the border",
)
def copies_outside(x, kernel_size, eps, across):
    """Copies of the border outside of the image count."""
    mean, std = _statistics(x, kernel_size, across, mode="edge")
    return (x - mean) / np.maximum(eps, std)


@mistake("local_contrast_norm", same_as="copies_outside", corner="the border")
def mirrored_outside(x, kernel_size, eps, across):
    """The image is mirrored at its border."""
    mean, std = _statistics(x, kernel_size, across, mode="symmetric")
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="y has the shape of x: the windows at the border are smaller, not left out.",
    read="sec-conv-lcn",
)
def border_left_out(x, kernel_size, eps, across):
    """The border is cut off."""
    mean, std = _statistics(x, kernel_size, across)
    rim = kernel_size // 2
    return ((x - mean) / np.maximum(eps, std))[:, :, rim:-rim, rim:-rim]


@mistake(
    "local_contrast_norm",
    hint="The pixel is in the middle of its window, not at the corner.",
    read="sec-conv-lcn",
)
def window_begins_at_pixel(x, kernel_size, eps, across):
    """The window begins at the pixel, which should be in its middle."""
    mean, std = _statistics(x, kernel_size, across, rim=0)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="kernel_size is the side of the window. Half of it lies on either side of the pixel.",
    read="sec-conv-lcn",
)
def size_as_radius(x, kernel_size, eps, across):
    """The window reaches kernel_size pixels to every side."""
    mean, std = _statistics(x, 2 * kernel_size + 1, across)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="σ is measured from the window's own mean. You subtract every pixel's own mean first, and take the mean square of what is left: the two-step form of the paper, but not that of the text.",
    read="sec-conv-lcn",
)
def in_two_steps(x, kernel_size, eps, across):
    """The differences from each pixel's own mean are squared and averaged."""
    v = x - _statistics(x, kernel_size, across)[0]
    return v / np.maximum(eps, np.sqrt(_statistics(v**2, kernel_size, across)[0]))


@mistake(
    "local_contrast_norm",
    hint="A slice ends before its second number: the window's last row is i + kernel_size // 2, so the slice ends one behind it.",
    read="sec-conv-lcn",
)
def one_short(x, kernel_size, eps, across):
    """The window lacks its last row and column: i - r : i + r in place of i + r + 1."""
    y, rim = np.zeros(x.shape), kernel_size // 2
    for n, c, i, j in np.ndindex(x.shape):
        channels = slice(None) if across else slice(c, c + 1)
        window = x[n, channels, max(0, i - rim) : i + rim, max(0, j - rim) : j + rim]
        if window.size:
            y[n, c, i, j] = (x[n, c, i, j] - window.mean()) / max(eps, window.std())
    return y


@mistake(
    "local_contrast_norm",
    hint="The window reaches kernel_size // 2 pixels to either side: as far to the left and up as to the right and down.",
    read="sec-conv-lcn",
)
def one_short_before(x, kernel_size, eps, across):
    """The window lacks its first row and column: i - r + 1 in place of i - r."""
    y, rim = np.zeros(x.shape), kernel_size // 2
    for n, c, i, j in np.ndindex(x.shape):
        channels = slice(None) if across else slice(c, c + 1)
        window = x[
            n, channels, max(0, i - rim + 1) : i + rim + 1, max(0, j - rim + 1) : j + rim + 1
        ]
        y[n, c, i, j] = (x[n, c, i, j] - window.mean()) / max(eps, window.std())
    return y


@mistake(
    "local_contrast_norm",
    hint="With across, mean and σ are over the *windows* of all channels, not over the channels at the pixel alone.",
    read="sec-conv-lcn",
    corner="across channels",
)
def channels_at_the_pixel(x, kernel_size, eps, across):
    """Across channels, mean and σ are over the channels at the pixel alone."""
    mean, std = _statistics(x, kernel_size)
    if across:
        mean, std = x.mean(axis=1, keepdims=True), x.std(axis=1, keepdims=True)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="The pixel itself belongs to its window.",
    read="sec-conv-lcn",
)
def without_the_pixel(x, kernel_size, eps, across):
    """The mean is that of the neighbours, without the pixel itself."""
    mean, std = _statistics(x, kernel_size, across)
    count = _statistics(np.ones_like(x), kernel_size, across)[0] * kernel_size**2
    return (x - (mean * count - x) / (count - 1)) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="across is an argument: with True, mean and σ are over the windows of all channels.",
    read="sec-conv-lcn",
    corner="across channels",
)
def never_across(x, kernel_size, eps, across):
    """Each channel is normalised by itself, whatever across says."""
    mean, std = _statistics(x, kernel_size)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="across is an argument: with False, each channel is by itself.",
    read="sec-conv-lcn",
)
def always_across(x, kernel_size, eps, across):
    """Mean and standard deviation are over all channels, whatever across says."""
    mean, std = _statistics(x, kernel_size, True)
    return (x - mean) / np.maximum(eps, std)


@mistake(
    "local_contrast_norm",
    hint="With across, the mean goes over all channels, and so does σ.",
    read="sec-conv-lcn",
    corner="across channels",
)
def mean_across_alone(x, kernel_size, eps, across):
    """The mean is over all channels, the standard deviation over each by itself."""
    return (x - _statistics(x, kernel_size, across)[0]) / np.maximum(
        eps, _statistics(x, kernel_size)[1]
    )


@mistake(
    "local_contrast_norm",
    hint="The σ of all channels together is not the mean of their σs: channels of different brightness make it larger.",
    read="sec-conv-lcn",
    corner="across channels",
)
def deviations_averaged(x, kernel_size, eps, across):
    """Across channels, the channels' standard deviations are averaged."""
    mean, std = _statistics(x, kernel_size, across)
    if across:
        std = _statistics(x, kernel_size)[1].mean(axis=1, keepdims=True)
    return (x - mean) / np.maximum(eps, std)


@mistake("local_contrast_norm", same_as="zeros_outside", corner="across channels")
def across_divides_by_all(x, kernel_size, eps, across):
    """Across channels, the sums are divided by C · kernel_size², also at the border."""
    if not across:
        mean, std = _statistics(x, kernel_size)
        return (x - mean) / np.maximum(eps, std)
    mean, std = _statistics(x, kernel_size, across, value=0.0)
    return (x - mean) / np.maximum(eps, std)


@mistake("local_contrast_norm", same_as="no_floor", corner="across channels")
def no_floor_across(x, kernel_size, eps, across):
    """Across channels, ε is not used."""
    mean, std = _statistics(x, kernel_size, across)
    with np.errstate(all="ignore"):
        return (x - mean) / (std if across else np.maximum(eps, std))


@mistake(
    "local_contrast_norm",
    hint="The mean of the squares less the square of the mean is a difference of two nearly equal numbers: by rounding it may be a little below 0, and its root is nan. Take the mean of (x − mean)², or np.maximum(…, 0) below the root.",
    read="sec-conv-lcn",
    at="three constant channels",
    corner="the floor",
)
def root_of_negative(x, kernel_size, eps, across):
    """The variance is the mean of the squares less the squared mean, which rounding takes below 0."""
    mean, square = (_statistics(a, kernel_size, across)[0] for a in (x, x**2))
    with np.errstate(all="ignore"):
        return (x - mean) / np.maximum(eps, np.sqrt(square - mean**2))


# --- right answers, written another way ---


@alternative("local_contrast_norm")
def by_loops(x, kernel_size, eps, across):
    """A loop over the pixels."""
    y, rim = np.zeros(x.shape), kernel_size // 2
    for n, c, i, j in np.ndindex(x.shape):
        channels = slice(None) if across else slice(c, c + 1)
        window = x[n, channels, max(0, i - rim) : i + rim + 1, max(0, j - rim) : j + rim + 1]
        y[n, c, i, j] = (x[n, c, i, j] - window.mean()) / max(eps, window.std())
    return y


@alternative("local_contrast_norm")
def by_sums(x, kernel_size, eps, across):
    """Sums and counts over shifted copies: zeros outside that are not counted."""
    rim, (h, w) = kernel_size // 2, x.shape[2:]
    offset = x.mean()  # against cancellation

    def total(a):
        padded = np.pad(a, ((0, 0), (0, 0), (rim, rim), (rim, rim)))
        summed = sum(
            padded[:, :, i : i + h, j : j + w] for i, j in np.ndindex(kernel_size, kernel_size)
        )
        return summed.sum(axis=1, keepdims=True) if across else summed

    count = total(np.ones(x.shape))
    mean = total(x - offset) / count
    var = np.maximum(total((x - offset) ** 2) / count - mean**2, 0)
    return (x - offset - mean) / np.maximum(eps, np.sqrt(var))
