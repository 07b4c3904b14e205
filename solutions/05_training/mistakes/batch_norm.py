"""Wrong answers to `batch_norm` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _scale(x, mean, var, weight, bias, eps):
    with np.errstate(all="ignore"):
        return weight * (x - mean) / np.sqrt(var + eps) + bias


def _refuse(x, training):
    if training and len(x) == 1:
        raise ValueError("a single row has no variance")


def _moved(old, new, share):
    return (1 - share) * old + share * new


def _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    _refuse(x, training)
    if not training:
        y = _scale(x, running_mean, running_var, weight, bias, eps)
        return y, running_mean, running_var, steps
    share = 1 / (steps + 1) if momentum is None else momentum
    y = _scale(x, x.mean(axis=0), x.var(axis=0), weight, bias, eps)
    mean = _moved(running_mean, x.mean(axis=0), share)
    return y, mean, _moved(running_var, x.var(axis=0, ddof=1), share), steps + 1


@mistake(
    "batch_norm",
    hint="x is divided by the root of the variance that divides by N. The N − 1 is for what is remembered.",
    read="sec-conv-bn-test",
)
def unbiased_in_y(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """In training, y is computed with the variance that divides by N − 1."""
    y, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    if training:
        y = _scale(x, x.mean(axis=0), x.var(axis=0, ddof=1), weight, bias, eps)
    return y, *rest


@mistake(
    "batch_norm",
    hint="The variance that is remembered divides by N − 1. For two rows it is twice the other.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def biased_remembered(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The variance that is remembered divides by N."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 / n if momentum is None else momentum
        var = _moved(running_var, x.var(axis=0), share)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="momentum is the share of the *new* here, as in torch. Yours is the share of the old.",
    read="sec-training-bn-conventions",
    corner="what is remembered",
)
def momentum_swapped(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """momentum is taken as the share of the old."""
    share = None if momentum is None else 1 - momentum
    return _norm(x, weight, bias, running_mean, running_var, steps, training, share, eps)


@mistake(
    "batch_norm",
    hint="What is remembered is a variance, not its root.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def remembers_deviation(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The standard deviation is remembered, not the variance."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 / n if momentum is None else momentum
        var = _moved(running_var, x.std(axis=0, ddof=1), share)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="The old keeps 1 − momentum. Without that factor, the two add up to more than a mean.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def old_kept_whole(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The batch's share is added to all of the old."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 / n if momentum is None else momentum
        mean, var = mean + share * running_mean, var + share * running_var
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="What is remembered moves a little in each step. Yours forgets the old at once.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def replaces(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The batch's statistics replace what was remembered."""
    return _norm(x, weight, bias, running_mean, running_var, steps, training, 1.0, eps)


@mistake(
    "batch_norm",
    hint="In training, what is remembered moves towards the batch's mean and variance. Yours stays.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def never_moves(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """What is remembered stays as it was."""
    return _norm(x, weight, bias, running_mean, running_var, steps, training, 0.0, eps)


@mistake(
    "batch_norm",
    hint="ε stands in the root of y alone. The variance is remembered without it.",
    read="sec-conv-bn-test",
    corner="what is remembered",
)
def remembers_epsilon(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """ε is part of the variance that is remembered."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        var = var + eps * (1 / n if momentum is None else momentum)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="None has no arithmetic: with it, the share of the new batch is one over the number of batches so far.",
    read="sec-training-bn-eval",
    corner="momentum None",
)
def none_means_a_tenth(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """momentum None is taken for 0.1."""
    share = 0.1 if momentum is None else momentum
    return _norm(x, weight, bias, running_mean, running_var, steps, training, share, eps)


@mistake(
    "batch_norm",
    hint="The batch of this call counts, too: of four batches, the fourth has a quarter. Count first, then divide.",
    read="sec-training-bn-eval",
    corner="momentum None",
)
def counts_too_late(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """With momentum None, the share is one over the number of batches before this one."""
    share = 1 / max(steps, 1) if momentum is None else momentum
    return _norm(x, weight, bias, running_mean, running_var, steps, training, share, eps)


@mistake(
    "batch_norm",
    hint="One more than it is: the first batch must replace what was there, so its share is 1.",
    read="sec-training-bn-eval",
    corner="momentum None",
)
def counts_one_too_many(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """With momentum None, the share is one over the number of batches plus 1, as if the start were a batch."""
    share = 1 / (steps + 2) if momentum is None else momentum
    return _norm(x, weight, bias, running_mean, running_var, steps, training, share, eps)


@mistake(
    "batch_norm",
    hint="With momentum None, a *mean* over all batches is remembered. Yours is their sum.",
    read="sec-training-bn-eval",
    corner="momentum None",
)
def none_means_sum(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """With momentum None, the batches' statistics are added up."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training and momentum is None:
        mean, var = running_mean + x.mean(axis=0), running_var + x.var(axis=0, ddof=1)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="steps counts: what comes back is one more than what came in.",
    read="sec-training-bn-eval",
    corner="the count",
)
def count_forgotten(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """steps comes back as it was in training, too."""
    y, mean, var, _ = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    return y, mean, var, steps


@mistake(
    "batch_norm",
    hint="Steps of training are counted. Evaluation is none.",
    read="sec-training-bn-eval",
    corner="evaluation",
)
def counts_in_evaluation(
    x, weight, bias, running_mean, running_var, steps, training, momentum, eps
):
    """steps goes up in evaluation as well."""
    y, mean, var, _ = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    return y, mean, var, steps + 1


@mistake(
    "batch_norm",
    hint="At test time an image must not depend on its neighbours in the batch: the remembered mean and variance are used.",
    read="sec-conv-bn-test",
    corner="evaluation",
)
def always_training(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The batch's own mean and variance are used in evaluation as well."""
    _, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    return _scale(x, x.mean(axis=0), x.var(axis=0), weight, bias, eps), *rest


@mistake(
    "batch_norm",
    hint="In evaluation nothing is learned: what is remembered comes back as it is.",
    read="sec-conv-bn-test",
    corner="evaluation",
)
def moves_in_evaluation(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """What is remembered moves in evaluation as well."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if not training:
        share = 1 / (n + 1) if momentum is None else momentum
        mean, var = _moved(mean, x.mean(axis=0), share), _moved(var, x.var(axis=0), share)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="In training, the batch's own mean and variance are used; the remembered ones are for later.",
    read="sec-conv-bn-test",
)
def always_evaluation(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The remembered statistics are used in training as well."""
    _, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    return _scale(x, running_mean, running_var, weight, bias, eps), *rest


@mistake(
    "batch_norm",
    hint="In training y takes the batch's statistics, and not those that are remembered, before or after they have moved.",
    read="sec-conv-bn-test",
)
def uses_moved(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """In training, y is computed with what is remembered after it has moved."""
    _, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    return _scale(x, mean, var, weight, bias, eps), mean, var, n


@mistake(
    "batch_norm",
    hint="ε belongs below the root, with the variance.",
    read="sec-conv-batchnorm",
)
def epsilon_outside(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """ε is added to the standard deviation, outside of the root."""
    _, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running_mean, running_var)
    return _scale(x, mean, (np.sqrt(var) + eps) ** 2, weight, bias, 0.0), *rest


@mistake(
    "batch_norm",
    hint="ε is not used.",
    read="sec-conv-batchnorm",
)
def no_epsilon(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """ε is not used."""
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, 0.0)


@mistake(
    "batch_norm",
    hint="The variance divides here. Its root is missing.",
    read="sec-conv-batchnorm",
)
def variance_divides(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The variance divides, not its root."""
    _, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running_mean, running_var)
    return _scale(x, mean, (var + eps) ** 2, weight, bias, 0.0), *rest


@mistake(
    "batch_norm",
    hint="Each column has a mean and a variance of its own, over the rows. Yours are over the columns of each row: that is layer normalisation.",
    read="sec-training-bn-axes",
)
def over_columns(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """Mean and variance are over the columns of each row."""
    y, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    if training:
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        y = _scale(x, mean, var, weight, bias, eps)
    return y, *rest


@mistake(
    "batch_norm",
    hint="Each column has a mean of its own. Yours is that of all numbers.",
    read="sec-conv-batchnorm",
)
def over_everything(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """Mean and variance are over all numbers."""
    y, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    if training:
        y = _scale(x, x.mean(), x.var(), weight, bias, eps)
    return y, *rest


@mistake(
    "batch_norm",
    hint="γ multiplies first, then β is added: γ x̂ + β, not γ (x̂ + β).",
    read="sec-conv-batchnorm",
)
def bias_before_weight(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """β is added before γ multiplies."""
    return _norm(
        x, weight, weight * bias, running_mean, running_var, steps, training, momentum, eps
    )


@mistake(
    "batch_norm",
    hint="γ and β are not used.",
    read="sec-conv-batchnorm",
)
def not_scaled(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """γ and β are not used."""
    ones, zeros = np.ones_like(weight), np.zeros_like(bias)
    return _norm(x, ones, zeros, running_mean, running_var, steps, training, momentum, eps)


@mistake(
    "batch_norm",
    hint="A single row in training has the variance 0, so y is β whatever x is: refuse it.",
    read="sec-training-bn-eval",
    corner="a single row",
)
def single_row_accepted(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """A single row is accepted in training."""
    if training and len(x) == 1:
        return np.zeros(x.shape) + bias, running_mean, running_var, steps + 1
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)


@mistake(
    "batch_norm",
    hint="In evaluation one image is as good as many. Only training needs a second row.",
    read="sec-conv-bn-test",
    corner="a single row in evaluation",
)
def single_row_refused(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """A single row is refused in evaluation, too."""
    _refuse(x, True)
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)


@mistake(
    "batch_norm",
    hint="running_mean was changed in place: += writes into the caller's array. Return new ones.",
    read="sec-conv-bn-test",
)
def moved_in_place(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The caller's running_mean and running_var are changed."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    running_mean[...] = mean
    running_var[...] = var
    return y, running_mean, running_var, n


@mistake(
    "batch_norm",
    hint="Four results are asked for: y, and what is remembered from now on, with the count.",
    read="sec-conv-bn-test",
)
def y_alone(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """y alone is returned."""
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)[0]


@mistake(
    "batch_norm",
    hint="Division binds more tightly than subtraction: (x - mean) needs its brackets.",
    read="sec-conv-batchnorm",
)
def brackets_missing(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The mean alone is divided, since brackets are missing."""
    _, *rest = _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running_mean, running_var)
    return weight * (x - mean / np.sqrt(var + eps)) + bias, *rest


@mistake("batch_norm", same_as="momentum_swapped", corner="what is remembered")
def momentum_swapped_in_mean(
    x, weight, bias, running_mean, running_var, steps, training, momentum, eps
):
    """The share of the new and of the old are exchanged in the mean that is remembered."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 / n if momentum is None else momentum
        mean = _moved(running_mean, x.mean(axis=0), 1 - share)
    return y, mean, var, n


@mistake("batch_norm", same_as="momentum_swapped", corner="what is remembered")
def momentum_swapped_in_variance(
    x, weight, bias, running_mean, running_var, steps, training, momentum, eps
):
    """The share of the new and of the old are exchanged in the variance that is remembered."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 / n if momentum is None else momentum
        var = _moved(running_var, x.var(axis=0, ddof=1), 1 - share)
    return y, mean, var, n


@mistake("batch_norm", same_as="momentum_swapped", corner="what is remembered")
def share_swapped(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """The share of the new and of the old are exchanged, with momentum None as well."""
    y, mean, var, n = _norm(
        x, weight, bias, running_mean, running_var, steps, training, momentum, eps
    )
    if training:
        share = 1 - (1 / n if momentum is None else momentum)
        mean = _moved(running_mean, x.mean(axis=0), share)
        var = _moved(running_var, x.var(axis=0, ddof=1), share)
    return y, mean, var, n


@mistake(
    "batch_norm",
    hint="A momentum of 0.0 is a number like any other, with which nothing moves. In Python it is false, as None is: ask for None by name.",
    read="sec-training-bn-eval",
    corner="momentum 0",
)
def zero_is_none(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """A momentum of 0.0 is taken for None."""
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum or None, eps)


@mistake("batch_norm", same_as="single_row_accepted", corner="a single row, momentum None")
def single_row_accepted_for_none(
    x, weight, bias, running_mean, running_var, steps, training, momentum, eps
):
    """A single row is accepted in training if momentum is None."""
    if training and len(x) == 1 and momentum is None:
        return np.zeros(x.shape) + bias, running_mean, running_var, steps + 1
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)


@mistake("batch_norm", same_as="single_row_accepted")
def single_column_refused(
    x, weight, bias, running_mean, running_var, steps, training, momentum, eps
):
    """A single column is refused in training, and a single row is not."""
    if training and x.shape[1] == 1:
        raise ValueError("a single column")
    if training and len(x) == 1:
        return np.zeros(x.shape) + bias, running_mean, running_var, steps + 1
    return _norm(x, weight, bias, running_mean, running_var, steps, training, momentum, eps)


# --- right answers, written another way ---


@alternative("batch_norm")
def by_columns(x, weight, bias, running_mean, running_var, steps, training, momentum, eps):
    """A loop over the columns."""
    y, means, variances = np.empty_like(x), running_mean.copy(), running_var.copy()
    if training and x.shape[0] < 2:
        raise ValueError(f"batch_norm: {x.shape[0]} row")
    for k in range(x.shape[1]):
        column = x[:, k]
        m, v = running_mean[k], running_var[k]
        if training:
            m = column.sum() / len(x)
            v = ((column - m) ** 2).sum() / len(x)
            new = v * len(x) / (len(x) - 1)
            if momentum is None:
                means[k] = (steps * means[k] + m) / (steps + 1)
                variances[k] = (steps * variances[k] + new) / (steps + 1)
            else:
                means[k] += momentum * (m - means[k])
                variances[k] += momentum * (new - variances[k])
        y[:, k] = (column - m) * (weight[k] / (v + eps) ** 0.5) + bias[k]
    return y, means, variances, steps + int(training)
