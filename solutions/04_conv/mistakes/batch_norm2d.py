"""Wrong answers to `batch_norm2d` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake

_AXES = (0, 2, 3)


def _scale(x, mean, var, weight, bias, eps):
    """All of shape (C,) but x."""
    mean, var, weight, bias = (a[:, None, None] for a in (mean, var, weight, bias))
    return weight * (x - mean) / np.sqrt(var + eps) + bias


def _batch(x):
    return x.mean(axis=_AXES), x.var(axis=_AXES), x.var(axis=_AXES, ddof=1)


def _norm(x, weight, bias, running_mean, running_var, training, momentum, eps):
    if not training:
        return _scale(x, running_mean, running_var, weight, bias, eps), running_mean, running_var
    mean, var, unbiased = _batch(x)
    moved = (
        (1 - momentum) * running_mean + momentum * mean,
        (1 - momentum) * running_var + momentum * unbiased,
    )
    return _scale(x, mean, var, weight, bias, eps), *moved


@mistake(
    "batch_norm2d",
    hint="x is divided by the root of the variance that divides by n. The n − 1 is for what is remembered.",
    read="sec-conv-batchnorm",
)
def unbiased_in_y(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """y is computed with the variance that divides by n − 1."""
    args = (x, weight, bias, running_mean, running_var, training, momentum, eps)
    if not training:
        return _norm(*args)
    return _scale(x, *_batch(x)[::2], weight, bias, eps), *_norm(*args)[1:]


@mistake(
    "batch_norm2d",
    hint="The variance that is remembered divides by n − 1. For a single image of few pixels, the difference is large.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def biased_remembered(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variance that is remembered divides by n."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        var = (1 - momentum) * running_var + momentum * x.var(axis=_AXES)
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="momentum is the share of the *new* here, as in torch. Yours is the share of the old.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def momentum_swapped(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """momentum is taken as the share of the old."""
    return _norm(x, weight, bias, running_mean, running_var, training, 1 - momentum, eps)


@mistake(
    "batch_norm2d",
    hint="What is remembered is a variance, not its root.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def remembers_deviation(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The standard deviation is remembered, not the variance."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        var = (1 - momentum) * running_var + momentum * np.sqrt(_batch(x)[2])
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="What is remembered moves a little in each step. Yours forgets the old at once.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def replaces(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The batch's statistics replace what was remembered."""
    return _norm(x, weight, bias, running_mean, running_var, training, 1.0, eps)


@mistake(
    "batch_norm2d",
    hint="In training, what is remembered moves towards the batch's mean and variance.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def never_moves(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """What is remembered stays as it was."""
    return _norm(x, weight, bias, running_mean, running_var, training, 0.0, eps)


@mistake(
    "batch_norm2d",
    hint="The new share is momentum, and the old keeps 1 − momentum. Without that factor, the two add up to more than a mean.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def old_kept_whole(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The batch's share is added to all of the old."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return (
        (y, mean + momentum * running_mean, var + momentum * running_var)
        if training
        else (y, mean, var)
    )


@mistake(
    "batch_norm2d",
    hint="ε stands in the root of y alone. The variance is remembered without it.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def remembers_epsilon(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """ε is part of the variance that is remembered."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return (y, mean, var + momentum * eps) if training else (y, mean, var)


@mistake(
    "batch_norm2d",
    hint="running_mean was changed in place: += writes into the caller's array. Return new ones.",
    read="sec-conv-bn-test",
)
def moved_in_place(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The caller's running_mean and running_var are changed."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    running_mean[...] = mean
    running_var[...] = var
    return y, running_mean, running_var


@mistake(
    "batch_norm2d",
    hint="At test time an image must not depend on its neighbours in the batch: the remembered mean and variance are used.",
    read="sec-conv-bn-test",
    corner="evaluation",
)
def always_training(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The batch's own mean and variance are used in evaluation as well."""
    mean, var, _ = _batch(x)
    y = _scale(x, mean, var, weight, bias, eps)
    return y, *_norm(x, weight, bias, running_mean, running_var, training, momentum, eps)[1:]


@mistake(
    "batch_norm2d",
    hint="In evaluation nothing is learned: what is remembered comes back as it is.",
    read="sec-conv-bn-test",
    corner="evaluation",
)
def moves_in_evaluation(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """What is remembered moves in evaluation as well."""
    y = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)[0]
    with np.errstate(all="ignore"):
        return y, *_norm(x, weight, bias, running_mean, running_var, True, momentum, eps)[1:]


@mistake(
    "batch_norm2d",
    hint="In training, the batch's own mean and variance are used; the remembered ones are for later.",
    read="sec-conv-bn-test",
)
def always_evaluation(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The remembered statistics are used in training as well."""
    y = _scale(x, running_mean, running_var, weight, bias, eps)
    return y, *_norm(x, weight, bias, running_mean, running_var, training, momentum, eps)[1:]


@mistake(
    "batch_norm2d",
    hint="In training y takes the batch's statistics, and not those that are remembered, before or after they have moved.",
    read="sec-conv-bn-test",
)
def uses_moved(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """In training, y is computed with what is remembered after it has moved."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return _scale(x, mean, var, weight, bias, eps), mean, var


@mistake(
    "batch_norm2d",
    hint="The variance of a channel is not the mean of the variances of its parts: how far the parts' means lie from one another counts as well. Take one variance over the axes of images, rows and columns at once.",
    read="sec-conv-batchnorm",
)
def mean_of_variances(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variances of the places are averaged, each of them over the images."""
    args = (x, weight, bias, running_mean, running_var, training, momentum, eps)
    if not training:
        return _norm(*args)
    n = x.size / x.shape[1]
    mean, var = x.mean(axis=0).mean(axis=(1, 2)), x.var(axis=0).mean(axis=(1, 2))
    with np.errstate(all="ignore"):
        y = _scale(x, mean, var, weight, bias, eps)
    return (
        y,
        (1 - momentum) * running_mean + momentum * mean,
        (1 - momentum) * running_var + momentum * var * n / (n - 1),
    )


@mistake("batch_norm2d", same_as="mean_of_variances")
def mean_of_image_variances(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variances of the images are averaged, each of them over the pixels."""
    args = (x, weight, bias, running_mean, running_var, training, momentum, eps)
    if not training:
        return _norm(*args)
    n = x.size / x.shape[1]
    mean, var = x.mean(axis=(2, 3)).mean(axis=0), x.var(axis=(2, 3)).mean(axis=0)
    with np.errstate(all="ignore"):
        y = _scale(x, mean, var, weight, bias, eps)
    return (
        y,
        (1 - momentum) * running_mean + momentum * mean,
        (1 - momentum) * running_var + momentum * var * n / (n - 1),
    )


@mistake(
    "batch_norm2d",
    hint="n counts the values that a channel's mean is taken over: N · H · W, not the images alone.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def n_of_images(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variance that is remembered is corrected by n / (n − 1) with the number of images as n."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        n = np.float64(len(x))
        with np.errstate(all="ignore"):
            var = (1 - momentum) * running_var + momentum * _batch(x)[1] * n / (n - 1)
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="n counts the values that a channel's mean is taken over: N · H · W, without the other channels.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def n_of_all_values(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variance that is remembered is corrected by n / (n − 1) with the size of x as n."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        n = x.size
        var = (1 - momentum) * running_var + momentum * _batch(x)[1] * n / (n - 1)
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="In training, the mean that is subtracted is the batch's own. The remembered one is for evaluation.",
    read="sec-conv-bn-test",
)
def remembered_mean_in_training(
    x, weight, bias, running_mean, running_var, training, momentum, eps
):
    """In training, the remembered mean is subtracted, though the batch's own variance divides."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    v = _batch(x)[1] if training else running_var
    return _scale(x, running_mean, v, weight, bias, eps), mean, var


@mistake("batch_norm2d", same_as="moves_in_evaluation", corner="evaluation")
def corrected_in_evaluation(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """In evaluation the remembered variance moves towards n / (n − 1) times itself."""
    mean, var = _batch(x)[:2] if training else (running_mean, running_var)
    y, n = _scale(x, mean, var, weight, bias, eps), x.size // x.shape[1]
    running_mean = (1 - momentum) * running_mean + momentum * mean
    running_var = (1 - momentum) * running_var + momentum * var * n / (n - 1)
    return y, running_mean, running_var


@mistake("batch_norm2d", same_as="moves_in_evaluation", corner="evaluation")
def fades_in_evaluation(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """In evaluation what is remembered loses the share momentum."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return (y, mean, var) if training else (y, (1 - momentum) * mean, (1 - momentum) * var)


@mistake(
    "batch_norm2d",
    hint="ε belongs below the root, with the variance.",
    read="sec-conv-batchnorm",
)
def epsilon_outside(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """ε is added to the standard deviation, outside of the root."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    m, v = _batch(x)[:2] if training else (running_mean, running_var)
    return _scale(x, m, (np.sqrt(v) + eps) ** 2, weight, bias, 0.0), mean, var


@mistake(
    "batch_norm2d",
    hint="ε makes no difference here: add it to the variance, below the root.",
    read="sec-conv-batchnorm",
)
def no_epsilon(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """ε is not added to the variance."""
    return _norm(x, weight, bias, running_mean, running_var, training, momentum, 0.0)


@mistake(
    "batch_norm2d",
    hint="The variance divides here. Its root is missing.",
    read="sec-conv-batchnorm",
)
def variance_divides(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variance divides, not its root."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    m, v = _batch(x)[:2] if training else (running_mean, running_var)
    return _scale(x, m, (v + eps) ** 2, weight, bias, 0.0), mean, var


@mistake(
    "batch_norm2d",
    hint="A channel has one mean, over all images and all pixels. Yours is over the images alone.",
    read="sec-conv-batchnorm",
)
def over_images_alone(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """Mean and variance are over the images alone, one for each pixel."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + max(eps, 1e-12))
        y = weight[:, None, None] * x_hat + bias[:, None, None]
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="A channel has one mean, over all images and all pixels. Yours is over the pixels of each image: that is instance normalisation.",
    read="sec-conv-norm-compare",
)
def each_image_by_itself(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """Mean and variance are over the pixels of each image by itself."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        x_hat = (x - x.mean(axis=(2, 3), keepdims=True)) / np.sqrt(
            x.var(axis=(2, 3), keepdims=True) + max(eps, 1e-12)
        )
        y = weight[:, None, None] * x_hat + bias[:, None, None]
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="Each channel has a mean of its own. Yours is that of all numbers.",
    read="sec-conv-batchnorm",
)
def over_everything(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """Mean and variance are over all channels, too."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        y = weight[:, None, None] * (x - x.mean()) / np.sqrt(x.var() + eps) + bias[:, None, None]
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="x.reshape(-1, C) mixes pixels and channels, though the shapes fit: bring the channels to the end first, by a transposition.",
    read="sec-arrays-views",
)
def reshaped_to_rows(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """x is reshaped to rows of C numbers without a transposition."""
    rows = x.reshape(-1, x.shape[1])
    if not training:
        y = weight * (rows - running_mean) / np.sqrt(running_var + eps) + bias
        return y.reshape(x.shape), running_mean, running_var
    y = weight * (rows - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + eps) + bias
    moved = [
        (1 - momentum) * old + momentum * new
        for old, new in ((running_mean, rows.mean(axis=0)), (running_var, rows.var(axis=0, ddof=1)))
    ]
    return y.reshape(x.shape), *moved


@mistake(
    "batch_norm2d",
    hint="γ multiplies first, then β is added: γ x + β, not γ (x + β).",
    read="sec-conv-batchnorm",
)
def bias_before_weight(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """β is added before γ multiplies."""
    return _norm(x, weight, weight * bias, running_mean, running_var, training, momentum, eps)


@mistake(
    "batch_norm2d",
    hint="γ and β are not used.",
    read="sec-conv-batchnorm",
)
def not_scaled(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """γ and β are not used."""
    ones, zeros = np.ones_like(weight), np.zeros_like(bias)
    return _norm(x, ones, zeros, running_mean, running_var, training, momentum, eps)


@mistake(
    "batch_norm2d",
    hint="The variance is the mean square distance from the mean. Yours is the mean square.",
    read="sec-conv-batchnorm",
)
def mean_square(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The variance is computed without subtracting the mean."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        y = _scale(x, _batch(x)[0], (x**2).mean(axis=_AXES), weight, bias, eps)
    return y, mean, var


@mistake(
    "batch_norm2d",
    hint="Three results are asked for: y, and what is remembered from now on.",
    read="sec-conv-bn-test",
)
def y_alone(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """y alone is returned."""
    return _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)[0]


@mistake(
    "batch_norm2d",
    hint="What is remembered has shape (C,). Keeping the summed axes makes it (1, C, 1, 1).",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def remembers_four_axes(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """What is remembered comes back with four axes."""
    y, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    return (y, mean.reshape(1, -1, 1, 1), var.reshape(1, -1, 1, 1)) if training else (y, mean, var)


@mistake(
    "batch_norm2d",
    hint="Division binds more tightly than subtraction: (x - mean) needs its brackets.",
    read="sec-conv-batchnorm",
)
def brackets_missing(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The mean alone is divided, since brackets are missing."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    m, v = _batch(x)[:2] if training else (running_mean, running_var)
    m, v, w, b = (a[:, None, None] for a in (m, v, weight, bias))
    return w * (x - m / np.sqrt(v + eps)) + b, mean, var


@mistake(
    "batch_norm2d",
    hint="ε is no floor here, as it is in local_contrast_norm: it is added to the variance, below the root.",
    read="sec-conv-batchnorm",
)
def epsilon_as_floor(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The larger of ε and the standard deviation divides."""
    _, mean, var = _norm(x, weight, bias, running_mean, running_var, training, momentum, eps)
    m, v = _batch(x)[:2] if training else (running_mean, running_var)
    return _scale(x, m, np.maximum(np.sqrt(v), eps) ** 2, weight, bias, 0.0), mean, var


# --- right answers, written another way ---


@alternative("batch_norm2d")
def by_rows(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """The channels moved to the end, and rows of C numbers."""
    n, c, h, w = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, c)
    mean, var = running_mean.copy(), running_var.copy()
    if training:
        mean = rows.sum(axis=0) / len(rows)
        squares = ((rows - mean) ** 2).sum(axis=0)
        var = squares / len(rows)
        running_mean = running_mean + momentum * (mean - running_mean)
        running_var = running_var + momentum * (squares / (len(rows) - 1) - running_var)
    y = (rows - mean) / (var + eps) ** 0.5 * weight + bias
    return y.reshape(n, h, w, c).transpose(0, 3, 1, 2), running_mean, running_var


@alternative("batch_norm2d")
def by_channel(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """A loop over the channels."""
    y, new_mean, new_var = np.empty_like(x), running_mean.copy(), running_var.copy()
    for k in range(x.shape[1]):
        values = x[:, k]
        mean, var = running_mean[k], running_var[k]
        if training:
            mean, var = values.mean(), values.var()
            new_mean[k] = (1 - momentum) * new_mean[k] + momentum * mean
            new_var[k] = (1 - momentum) * new_var[k] + momentum * var * values.size / (
                values.size - 1
            )
        y[:, k] = weight[k] * (values - mean) / np.sqrt(var + eps) + bias[k]
    return y, new_mean, new_var
