"""Wrong answers to `batch_norm_backward` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _axes(x):
    return (0,) if x.ndim == 2 else (0, 2, 3)


def _up(a, x):
    """(C,) -> what broadcasts to x."""
    return a.reshape(1, -1, *[1] * (x.ndim - 2))


def _parts(dy, x, weight, eps):
    axes = _axes(x)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return axes, std, (x - x.mean(axis=axes, keepdims=True)) / std, dy * _up(weight, x)


def _mean(a, axes):
    return a.mean(axis=axes, keepdims=True)


def _right(dy, x, weight, eps):
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@mistake(
    "batch_norm_backward",
    hint="Mean and variance are not constants: each x moves them, and with them all outputs of its column.",
    read="sec-training-bn-sphere",
)
def statistics_constant(dy, x, weight, eps):
    """Mean and variance are taken as constants."""
    _, std, _, g = _parts(dy, x, weight, eps)
    return g / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The way through the variance is missing: with x, the number moves by which all of the column are divided.",
    read="sec-training-bn-sphere",
)
def not_through_variance(dy, x, weight, eps):
    """The way through the variance is missing."""
    axes, std, _, g = _parts(dy, x, weight, eps)
    return (g - _mean(g, axes)) / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The way through the mean is missing. The gradients of a column add up to 0, since moving all of it changes nothing.",
    read="sec-training-bn-sphere",
)
def not_through_mean(dy, x, weight, eps):
    """The way through the mean is missing."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    return (g - x_hat * _mean(g * x_hat, axes)) / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="What comes through the mean and the variance is a *mean* over the column in both. Yours has a sum that is not divided by the number of values in the column.",
    read="sec-training-bn-sphere",
)
def sums_for_means(dy, x, weight, eps):
    """A sum stands where a mean over the column belongs."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = g - g.sum(axis=axes, keepdims=True) - x_hat * (g * x_hat).sum(axis=axes, keepdims=True)
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The whole bracket is divided by the standard deviation. In yours the last term stands outside of it.",
    read="sec-training-bn-sphere",
)
def last_term_outside(dy, x, weight, eps):
    """The last term is not divided by the standard deviation."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes)) / std - x_hat * _mean(g * x_hat, axes)
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="Division binds more tightly than subtraction: the bracket around all three terms is missing.",
    read="sec-training-bn-sphere",
)
def brackets_missing(dy, x, weight, eps):
    """Only the last term is divided by the standard deviation, since brackets are missing."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="dy meets γ on its way to x̂: what goes on is γ · dy.",
    read="sec-training-bn-sphere",
)
def weight_forgotten(dy, x, weight, eps):
    """γ is missing in dx."""
    return _right(dy, x, np.ones_like(weight), eps)[0], *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="Whatever comes back from y has met γ first, so γ belongs to all three ways.",
    read="sec-training-bn-sphere",
)
def weight_in_one_way(dy, x, weight, eps):
    """γ is missing in the way through the mean or through the variance, or in both."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(dy, axes) - x_hat * _mean(dy * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="dx is not divided by the standard deviation, though forwards x was.",
    read="sec-training-bn-sphere",
)
def undivided(dy, x, weight, eps):
    """dx is not divided by the standard deviation."""
    dx, *rest = _right(dy, x, weight, eps)
    return dx * _parts(dy, x, weight, eps)[1], *rest


@mistake(
    "batch_norm_backward",
    hint="The variance divides. It should be the standard deviation.",
    read="sec-training-bn-sphere",
)
def divided_by_variance(dy, x, weight, eps):
    """dx is divided by the variance, not by its root."""
    dx, *rest = _right(dy, x, weight, eps)
    return dx / _parts(dy, x, weight, eps)[1], *rest


@mistake(
    "batch_norm_backward",
    hint="ε is below the root forwards, so it is there backwards as well.",
    read="sec-training-bn-sphere",
)
def no_epsilon(dy, x, weight, eps):
    """ε is not used."""
    return _right(dy, x, weight, 0.0)


@mistake(
    "batch_norm_backward",
    hint="ε belongs below the root, with the variance.",
    read="sec-conv-batchnorm",
)
def epsilon_outside(dy, x, weight, eps):
    """ε is added to the standard deviation, outside of the root."""
    axes = _axes(x)
    var = x.var(axis=axes)
    return _right(dy, x, weight, (np.sqrt(var) + eps).reshape(_up(var, x).shape) ** 2 - _up(var, x))


@mistake(
    "batch_norm_backward",
    hint="The variance divides by n here. The one with n − 1 is for what is remembered.",
    read="sec-conv-bn-test",
)
def unbiased(dy, x, weight, eps):
    """The variance divides by n − 1."""
    axes = _axes(x)
    std = np.sqrt(x.var(axis=axes, keepdims=True, ddof=1) + eps)
    x_hat, g = (x - _mean(x, axes)) / std, dy * _up(weight, x)
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@mistake(
    "batch_norm_backward",
    hint="γ multiplies x̂, so its gradient is dy times x̂, and not times x.",
    read="sec-training-bn-sphere",
    corner="the gradient of γ",
)
def dweight_with_x(dy, x, weight, eps):
    """The gradient of γ is dy times x, not times x̂."""
    dx, _, dbias = _right(dy, x, weight, eps)
    return dx, (dy * x).sum(axis=_axes(x)), dbias


@mistake(
    "batch_norm_backward",
    hint="γ multiplies the normalised value, so x has to be divided by the standard deviation as well.",
    read="sec-training-bn-sphere",
    corner="the gradient of γ",
)
def dweight_with_centred(dy, x, weight, eps):
    """The gradient of γ is dy times x minus its mean, which is not divided."""
    axes, std, x_hat, _ = _parts(dy, x, weight, eps)
    dx, _, dbias = _right(dy, x, weight, eps)
    return dx, (dy * x_hat * std).sum(axis=axes), dbias


@mistake(
    "batch_norm_backward",
    hint="γ and β are used in every row (and pixel), so both of their gradients are sums. If the loss is a mean, that is in dy already.",
    read="sec-training-bn-sphere",
    corner="the gradients of γ and β",
)
def means_for_sums(dy, x, weight, eps):
    """The gradient of γ or of β is a mean."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    n = x.size / x.shape[1]
    return dx, dweight / n, dbias / n


@mistake(
    "batch_norm_backward",
    hint="γ x̂ has the derivative x̂ with respect to γ: γ itself is not in it.",
    read="sec-training-bn-sphere",
    corner="the gradient of γ",
)
def dweight_with_weight(dy, x, weight, eps):
    """The gradient of γ has γ as a further factor."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, dweight * weight, dbias


@mistake(
    "batch_norm_backward",
    hint="β is added, so its gradient is dy as it is, summed: γ has no part in it.",
    read="sec-training-bn-sphere",
    corner="the gradient of β",
)
def dbias_with_weight(dy, x, weight, eps):
    """The gradient of β has γ as a factor."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, dweight, dbias * weight


@mistake(
    "batch_norm_backward",
    hint="γ has shape (D,), and so has its gradient: the axes that are summed go.",
    read="sec-training-bn-sphere",
    corner="the gradients of γ and β",
)
def axes_kept(dy, x, weight, eps):
    """The gradients of γ and β keep the summed axes."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, _up(dweight, x), _up(dbias, x)


@mistake(
    "batch_norm_backward",
    hint="Through the variance, the gradient meets x̂ twice: once in the mean, and once outside of it.",
    read="sec-training-bn-sphere",
)
def x_hat_once(dy, x, weight, eps):
    """In the way through the variance, the factor x̂ outside of the mean is missing."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    return (g - _mean(g, axes) - _mean(g * x_hat, axes)) / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The way through the variance has a factor of 2 from the square, which cancels against the ½ of the root.",
    read="sec-training-bn-sphere",
)
def two_too_many(dy, x, weight, eps):
    """The way through the variance counts twice."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) - 2 * x_hat * _mean(g * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="two_too_many")
def half_too_many(dy, x, weight, eps):
    """The way through the variance counts half."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes) / 2) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The ways through mean and variance take away from the direct one: what all of a column have in common is lost.",
    read="sec-training-bn-sphere",
)
def signs_turned(dy, x, weight, eps):
    """The way through the mean or through the variance is added, not subtracted."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g + _mean(g, axes) + x_hat * _mean(g * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="x̂ is what was normalised: without the division by the standard deviation, the last term is too large.",
    read="sec-training-bn-sphere",
)
def centred_for_x_hat(dy, x, weight, eps):
    """In dx, x minus its mean stands for x̂."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    v = x_hat * std
    return (g - _mean(g, axes) - v * _mean(g * v, axes)) / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="A channel of images has one mean, over all images *and pixels*. Yours is over the images alone.",
    read="sec-training-bn-axes",
    corner="images",
)
def images_alone(dy, x, weight, eps):
    """With images, means are over the images alone, one for each pixel."""
    n = len(x)
    rows = (a.reshape(n, -1) for a in (dy, x))
    wide = np.repeat(weight, x[0].size // len(weight))
    dx, dweight, dbias = _right(*rows, wide, eps)
    sums = (a.reshape(len(weight), -1).sum(axis=1) for a in (dweight, dbias))
    return dx.reshape(x.shape), *sums


@mistake(
    "batch_norm_backward",
    hint="A channel of images has one mean, over all images and pixels. Yours is over each image by itself: that is instance normalisation.",
    read="sec-training-bn-axes",
    corner="images",
)
def each_image_by_itself(dy, x, weight, eps):
    """With images, means are over the pixels of each image by itself."""
    if x.ndim == 2:
        return _right(dy, x, weight, eps)
    parts = [_right(dy[k : k + 1], x[k : k + 1], weight, eps) for k in range(len(x))]
    dx, dweight, dbias = zip(*parts, strict=True)
    return np.concatenate(dx), sum(dweight), sum(dbias)


@mistake(
    "batch_norm_backward",
    hint="x.reshape(-1, C) mixes pixels and channels, though the shapes fit: bring the channels to the end first, by a transposition.",
    read="sec-arrays-views",
    corner="images",
)
def reshaped_to_rows(dy, x, weight, eps):
    """With images, x is reshaped to rows of C numbers without a transposition."""
    rows = (a.reshape(-1, len(weight)) for a in (dy, x))
    dx, dweight, dbias = _right(*rows, weight, eps)
    return dx.reshape(x.shape), dweight, dbias


@mistake(
    "batch_norm_backward",
    hint="γ has one number for each channel. Next to (N, C, H, W) it has to stand as (C, 1, 1).",
    read="sec-arrays-broadcasting",
    corner="images",
)
def images_do_not_broadcast(dy, x, weight, eps):
    """With images, γ is multiplied as it is, along the last axis."""
    axes = _axes(x)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    x_hat, g = (x - _mean(x, axes)) / std, dy * weight
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@mistake(
    "batch_norm_backward",
    hint="Three gradients are asked for, in the order dx, dweight, dbias.",
    read="sec-training-bn-sphere",
)
def dx_alone(dy, x, weight, eps):
    """dx alone is returned."""
    return _right(dy, x, weight, eps)[0]


@mistake(
    "batch_norm_backward",
    hint="The order is dx, dweight, dbias. Yours has the gradient of β before that of γ.",
    read="sec-training-bn-sphere",
)
def bias_before_weight(dy, x, weight, eps):
    """The gradients of γ and β are exchanged."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, dbias, dweight


@mistake("batch_norm_backward", same_as="sums_for_means")
def sum_through_mean(dy, x, weight, eps):
    """A sum stands in the way through the mean alone."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = g - g.sum(axis=axes, keepdims=True) - x_hat * _mean(g * x_hat, axes)
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="sums_for_means")
def sum_through_variance(dy, x, weight, eps):
    """A sum stands in the way through the variance alone."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = g - _mean(g, axes) - x_hat * (g * x_hat).sum(axis=axes, keepdims=True)
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="sums_for_means")
def divided_by_columns(dy, x, weight, eps):
    """The sums are divided by the number of columns or channels."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    n, keep = x.shape[1], {"axis": axes, "keepdims": True}
    dx = g - g.sum(**keep) / n - x_hat * (g * x_hat).sum(**keep) / n
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="The sums run over the values of one column. You divide them by the number of values of all columns.",
    read="sec-training-bn-sphere",
)
def divided_by_all(dy, x, weight, eps):
    """The sums in dx are divided by the number of all values, those of the other columns as well."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    keep = {"axis": axes, "keepdims": True}
    dx = g - g.sum(**keep) / x.size - x_hat * (g * x_hat).sum(**keep) / x.size
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="A channel of images has a value for each pixel of each image, and n counts all of these. len(x) counts the images.",
    read="sec-training-bn-axes",
    corner="images",
)
def divided_by_images(dy, x, weight, eps):
    """With images, the sums in dx are divided by the number of images."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    n, keep = len(x), {"axis": axes, "keepdims": True}
    dx = g - g.sum(**keep) / n - x_hat * (g * x_hat).sum(**keep) / n
    return dx / std, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="images_alone", corner="images")
def statistics_of_images_alone(dy, x, weight, eps):
    """With images, mean and variance are over the images alone, and the sums over all."""
    axes, g = _axes(x), dy * _up(weight, x)
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@mistake("batch_norm_backward", same_as="images_alone", corner="images")
def gradient_means_of_images_alone(dy, x, weight, eps):
    """With images, the means of the gradient are over the images alone."""
    _, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="weight_in_one_way")
def weight_not_through_mean(dy, x, weight, eps):
    """γ is missing in the way through the mean."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(dy, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="weight_in_one_way")
def weight_not_through_variance(dy, x, weight, eps):
    """γ is missing in the way through the variance."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) - x_hat * _mean(dy * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake(
    "batch_norm_backward",
    hint="γ is met once on the way back. Yours has it in γ · dy, and multiplies by it once more.",
    read="sec-training-bn-sphere",
)
def weight_twice(dy, x, weight, eps):
    """γ is multiplied twice in dx."""
    dx, *rest = _right(dy, x, weight, eps)
    return dx * _up(weight, x), *rest


@mistake("batch_norm_backward", same_as="signs_turned")
def sign_of_mean_turned(dy, x, weight, eps):
    """The way through the mean is added."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g + _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="signs_turned")
def sign_of_variance_turned(dy, x, weight, eps):
    """The way through the variance is added."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) + x_hat * _mean(g * x_hat, axes)) / std
    return dx, *_right(dy, x, weight, eps)[1:]


@mistake("batch_norm_backward", same_as="means_for_sums", corner="the gradient of γ")
def mean_for_dweight(dy, x, weight, eps):
    """The gradient of γ is a mean, and that of β is not."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, dweight / (x.size / x.shape[1]), dbias


@mistake("batch_norm_backward", same_as="means_for_sums", corner="the gradient of β")
def mean_for_dbias(dy, x, weight, eps):
    """The gradient of β is a mean, and that of γ is not."""
    dx, dweight, dbias = _right(dy, x, weight, eps)
    return dx, dweight, dbias / (x.size / x.shape[1])


@mistake(
    "batch_norm_backward",
    hint="Each column, or channel, has a γ and a β of its own: sum over the rows (and pixels), and not over the columns. dy.sum() adds up everything.",
    read="sec-training-bn-sphere",
)
def sums_over_everything(dy, x, weight, eps):
    """The gradients of γ and β are single numbers."""
    axes, std, x_hat, g = _parts(dy, x, weight, eps)
    dx = (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) / std
    return dx, (dy * x_hat).sum(), dy.sum()


@mistake("batch_norm_backward", same_as="sums_over_everything")
def beta_over_everything(dy, x, weight, eps):
    """The gradient of β is a single number."""
    dx, dweight, _ = _right(dy, x, weight, eps)
    return dx, dweight, dy.sum()


# --- right answers, written another way ---


@alternative("batch_norm_backward")
def by_nodes(dy, x, weight, eps):
    """Node by node, through variance and mean, on rows."""
    c = x.shape[1]
    rows, drows = (np.moveaxis(a, 1, -1).reshape(-1, c) for a in (x, dy))
    n = len(rows)
    mean = rows.sum(axis=0) / n
    v = rows - mean
    var = (v * v).sum(axis=0) / n
    inverse = (var + eps) ** -0.5
    g = drows * weight
    dvar = -0.5 * (g * v).sum(axis=0) * inverse**3
    dmean = -g.sum(axis=0) * inverse - 2 * dvar * v.sum(axis=0) / n
    drows_x = g * inverse + 2 * dvar * v / n + dmean / n
    dx = np.moveaxis(drows_x.reshape(np.moveaxis(x, 1, -1).shape), -1, 1)
    return dx, (drows * v * inverse).sum(axis=0), drows.sum(axis=0)


@alternative("batch_norm_backward")
def by_jacobian(dy, x, weight, eps):
    """The Jacobian of each channel as a matrix."""
    dx, dweight, dbias = np.zeros_like(x), np.zeros_like(weight), np.zeros_like(weight)
    for k in range(len(weight)):
        values, g = x[:, k].ravel(), dy[:, k].ravel()
        n, std = values.size, np.sqrt(np.var(values) + eps)
        x_hat = (values - values.mean()) / std
        jacobian = (np.eye(n) - 1 / n - np.outer(x_hat, x_hat) / n) / std
        dx[:, k] = (weight[k] * jacobian @ g).reshape(dx[:, k].shape)
        dweight[k], dbias[k] = g @ x_hat, g.sum()
    return dx, dweight, dbias
