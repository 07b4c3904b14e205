"""Wrong answers to `drop_connect` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _mask(draws, p, training):
    return (draws >= p) / (1 - p) if training else np.ones(draws.shape)


def _by_mask(x, weight, bias, mask, dy, back=None):
    """mask: forwards, (N, M, D); back: backwards, the same by default."""
    back = mask if back is None else back
    y = (mask * weight * x[:, None]).sum(axis=2) + bias
    dx = (dy[:, :, None] * back * weight).sum(axis=1)
    dweight = (dy[:, :, None] * back * x[:, None]).sum(axis=0)
    return y, dx, dweight, dy.sum(axis=0)


def _right(x, weight, bias, draws, p, training, dy):
    return _by_mask(x, weight, bias, _mask(draws, p, training), dy)


@mistake(
    "drop_connect",
    hint="Every image has a mask of its own: draws[n]. Yours takes the first for all.",
    read="sec-training-dropconnect",
)
def one_mask_for_all(x, weight, bias, draws, p, training, dy):
    """The draws of the first image are used for all."""
    return _right(x, weight, bias, np.broadcast_to(draws[:1], draws.shape), p, training, dy)


@mistake(
    "drop_connect",
    hint="That is dropout: all units lose the same inputs. Here each weight has a draw of its own.",
    read="sec-training-dropconnect",
)
def drops_inputs(x, weight, bias, draws, p, training, dy):
    """Inputs are dropped, by the draws of the first unit, not weights."""
    return _right(x, weight, bias, np.broadcast_to(draws[:, :1], draws.shape), p, training, dy)


@mistake(
    "drop_connect",
    hint="That drops whole units, with all their weights. Here each weight has a draw of its own.",
    read="sec-training-dropconnect",
)
def drops_units(x, weight, bias, draws, p, training, dy):
    """Units are dropped with all of their weights, by the draws of the first input."""
    return _right(x, weight, bias, np.broadcast_to(draws[:, :, :1], draws.shape), p, training, dy)


@mistake(
    "drop_connect",
    hint="p is the probability to be *dropped*. Yours keeps that share.",
    read="sec-training-dropconnect",
)
def p_is_kept(x, weight, bias, draws, p, training, dy):
    """p is taken for the probability to be kept."""
    mask = (draws < p) / p if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, mask, dy)


@mistake("drop_connect", same_as="p_is_kept")
def p_is_kept_from_above(x, weight, bias, draws, p, training, dy):
    """p is taken for the probability to be kept: a weight with a draw above 1 − p is kept."""
    return _right(x, weight, bias, draws, 1 - p, training, dy)


@mistake(
    "drop_connect",
    hint="Weights with a draw *below* p go. Yours keeps those.",
    read="sec-training-dropconnect",
)
def drops_the_others(x, weight, bias, draws, p, training, dy):
    """Weights with a draw below p are kept, and the others dropped."""
    mask = (draws < p) / (1 - p) if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, mask, dy)


@mistake(
    "drop_connect",
    hint="What is kept must make up for what is gone: in training, divide by the probability of being kept.",
    read="sec-training-dropout-inverted",
)
def not_enlarged(x, weight, bias, draws, p, training, dy):
    """The weights that are kept are not enlarged."""
    mask = (draws >= p) * 1.0 if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, mask, dy)


@mistake("drop_connect", same_as="not_enlarged")
def scaled_in_evaluation(x, weight, bias, draws, p, training, dy):
    """Training leaves the kept weights as they are, and evaluation multiplies by 1 − p."""
    mask = (draws >= p) * 1.0 if training else np.full(draws.shape, 1 - p)
    return _by_mask(x, weight, bias, mask, dy)


@mistake(
    "drop_connect",
    hint="The factor is in training already. In evaluation the weights are used as they are.",
    read="sec-training-dropout-inverted",
    corner="evaluation",
)
def scaled_twice(x, weight, bias, draws, p, training, dy):
    """Evaluation multiplies the weights by 1 − p as well, although training divides by it."""
    mask = _mask(draws, p, True) if training else np.full(draws.shape, 1 - p)
    return _by_mask(x, weight, bias, mask, dy)


@mistake(
    "drop_connect",
    hint="In evaluation nothing is dropped.",
    read="sec-training-dropout-inverted",
    corner="evaluation",
)
def drops_in_evaluation(x, weight, bias, draws, p, training, dy):
    """Weights are dropped in evaluation."""
    return _right(x, weight, bias, draws, p, True, dy)


@mistake(
    "drop_connect",
    hint="What is kept is divided by the probability of being kept, 1 − p, and not by p.",
    read="sec-training-dropout-inverted",
)
def divided_by_p(x, weight, bias, draws, p, training, dy):
    """What is kept is divided by p."""
    mask = (draws >= p) / p if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, mask, dy)


@mistake(
    "drop_connect",
    hint="y itself must not be enlarged: the bias is in it, and it is never dropped.",
    read="sec-training-dropconnect",
)
def bias_enlarged(x, weight, bias, draws, p, training, dy):
    """The bias is divided by 1 − p, too."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y + bias * (1 / (1 - p) - 1) * training, dx, dweight, dbias


@mistake(
    "drop_connect",
    hint="The bias is missing in y.",
    read="sec-training-dropconnect",
)
def bias_forgotten(x, weight, bias, draws, p, training, dy):
    """The bias is not added."""
    return _right(x, weight, 0 * bias, draws, p, training, dy)


@mistake(
    "drop_connect",
    hint="A weight that was dropped for an image gets nothing from that image: the mask belongs into dweight.",
    read="sec-training-dropconnect",
    corner="the gradient of the weights",
)
def dweight_unmasked(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights is without the mask."""
    y, dx, _, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dy.T @ x, dbias


@mistake(
    "drop_connect",
    hint="What was dropped sends nothing back: dx goes through the weights that were used.",
    read="sec-training-dropconnect",
    corner="the gradient of x",
)
def dx_unmasked(x, weight, bias, draws, p, training, dy):
    """dx goes through all weights, dropped or not."""
    y, _, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dy @ weight, dweight, dbias


@mistake(
    "drop_connect",
    hint="Both gradients go through the mask that y went through.",
    read="sec-training-dropconnect",
    corner="the gradients",
)
def gradients_unmasked(x, weight, bias, draws, p, training, dy):
    """Neither gradient has the mask."""
    y = _right(x, weight, bias, draws, p, training, dy)[0]
    return y, dy @ weight, dy.T @ x, dy.sum(axis=0)


@mistake(
    "drop_connect",
    hint="Forwards, a weight was divided by 1 − p, so both gradients are, too.",
    read="sec-training-dropconnect",
    corner="the gradients",
)
def gradients_not_enlarged(x, weight, bias, draws, p, training, dy):
    """A gradient has the mask, but is not enlarged."""
    back = (draws >= p) * 1.0 if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, _mask(draws, p, training), dy, back)


@mistake(
    "drop_connect",
    hint="Forwards every image has its mask, and backwards the same ones. Their mean is another network.",
    read="sec-training-dropconnect",
    corner="the gradients",
)
def mean_mask_backwards(x, weight, bias, draws, p, training, dy):
    """The gradients go through the mean of the masks of all images."""
    mask = _mask(draws, p, training)
    back = np.broadcast_to(mask.mean(axis=0), mask.shape)
    return _by_mask(x, weight, bias, mask, dy, back)


@mistake(
    "drop_connect",
    hint="A weight is used for every image: its gradient is a *sum* over them, and so is the bias's. If the loss is a mean, that is in dy.",
    read="sec-backprop-affine",
    corner="the gradients of weights and bias",
)
def means_over_images(x, weight, bias, draws, p, training, dy):
    """A gradient, of the weights or the bias, is a mean over the images."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight / len(x), dbias / len(x)


@mistake(
    "drop_connect",
    hint="The weights are (M, D), and so is their gradient.",
    read="sec-backprop-affine",
    corner="the gradient of the weights",
)
def dweight_transposed(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights comes as (D, M)."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight.T, dbias


@mistake(
    "drop_connect",
    hint="The gradient of each image by itself is there. The weights are shared by all: add over the images.",
    read="sec-backprop-affine",
    corner="the gradient of the weights",
)
def dweight_for_each_image(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights is not summed over the images."""
    y, dx, _, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dy[:, :, None] * _mask(draws, p, training) * x[:, None], dbias


@mistake(
    "drop_connect",
    hint="The bias has M numbers, one for each unit. Sum dy over the images, and keep the units.",
    read="sec-backprop-affine",
    corner="the gradient of the bias",
)
def dbias_unsummed(x, weight, bias, draws, p, training, dy):
    """The gradient of the bias is dy, not summed over the images."""
    return *_right(x, weight, bias, draws, p, training, dy)[:3], dy.copy()


@mistake(
    "drop_connect",
    hint="The bias is never dropped, and its gradient is the sum of dy, without any factor.",
    read="sec-training-dropconnect",
    corner="the gradient of the bias",
)
def dbias_enlarged(x, weight, bias, draws, p, training, dy):
    """The gradient of the bias is divided by 1 − p."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight, dbias / (1 - p) if training else dbias


@mistake(
    "drop_connect",
    hint="There is a loop over the images. einsum multiplies three arrays and adds over one axis in a line, or loop over the units.",
    read="sec-arrays-einsum",
    corner="the loop over images",
)
def loops_over_images(x, weight, bias, draws, p, training, dy):
    """There is a loop over the images."""
    mask = _mask(draws, p, training)
    y, dx, dweight = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(weight.shape)
    for n in range(len(x)):
        used = weight * mask[n]
        y[n] = used @ x[n] + bias
        dx[n] = dy[n] @ used
        dweight += np.outer(dy[n], x[n]) * mask[n]
    return y, dx, dweight, dy.sum(axis=0)


@mistake(
    "drop_connect",
    hint="weight was changed: weight *= … writes into the caller's array, and what is dropped once is gone for good.",
    read="sec-arrays-views",
)
def in_place(x, weight, bias, draws, p, training, dy):
    """The caller's weights are changed."""
    result = _right(x, weight, bias, draws, p, training, dy)
    weight *= _mask(draws, p, training)[-1]
    return result


@mistake(
    "drop_connect",
    hint="The random numbers are given. Fresh ones make your answer another one in each call.",
    read="sec-arrays-rng",
)
def draws_itself(x, weight, bias, draws, p, training, dy):
    """The function draws its masks itself, with the global generator."""
    return _right(x, weight, bias, np.random.rand(*draws.shape), p, training, dy)


@mistake(
    "drop_connect",
    hint="Four results are asked for: y, dx, dweight, dbias.",
    read="sec-training-dropconnect",
)
def forward_alone(x, weight, bias, draws, p, training, dy):
    """y alone is returned."""
    return _right(x, weight, bias, draws, p, training, dy)[0]


@mistake(
    "drop_connect",
    hint="draws[n] has a row for each unit and a column for each input, like the weights. Yours is reshaped, which puts draws in other places.",
    read="sec-arrays-views",
)
def draws_reshaped(x, weight, bias, draws, p, training, dy):
    """The draws are read as (N, D, M), by a reshape."""
    n, m, d = draws.shape
    return _right(x, weight, bias, draws.reshape(n, d, m).swapaxes(1, 2), p, training, dy)


@mistake("drop_connect", same_as="gradients_not_enlarged", corner="the gradient of x")
def dx_not_enlarged(x, weight, bias, draws, p, training, dy):
    """dx has the mask, but is not enlarged."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx * (1 - p) if training else dx, dweight, dbias


@mistake("drop_connect", same_as="gradients_not_enlarged", corner="the gradient of the weights")
def dweight_not_enlarged(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights has the mask, but is not enlarged."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight * (1 - p) if training else dweight, dbias


@mistake(
    "drop_connect",
    hint="x reaches y through the weights, so dx has them as a factor. Yours has the mask alone.",
    read="sec-training-dropconnect",
    corner="the gradient of x",
)
def dx_without_weights(x, weight, bias, draws, p, training, dy):
    """dx goes through the mask, without the weights."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    if training:
        dx = (dy[:, :, None] * _mask(draws, p, training)).sum(axis=1)
    return y, dx, dweight, dbias


@mistake(
    "drop_connect",
    hint="y is linear in each weight, so the weight itself is gone from its own gradient.",
    read="sec-training-dropconnect",
    corner="the gradient of the weights",
)
def dweight_with_weights(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights has the weights as a factor."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight * weight if training else dweight, dbias


@mistake(
    "drop_connect",
    hint="Each image goes back through the weights that were left for it. Yours takes those of one image for all.",
    read="sec-training-dropconnect",
    corner="the gradients",
)
def first_mask_backwards(x, weight, bias, draws, p, training, dy):
    """dx goes through the mask of the first image."""
    y, _, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dy @ (weight * _mask(draws, p, training)[0]), dweight, dbias


@mistake(
    "drop_connect",
    hint="A draw of exactly p is not below p, so its weight is kept.",
    read="sec-training-dropconnect",
)
def drops_equal(x, weight, bias, draws, p, training, dy):
    """A weight whose draw equals p is dropped, too."""
    mask = (draws > p) / (1 - p) if training else np.ones(draws.shape)
    return _by_mask(x, weight, bias, mask, dy)


@mistake(
    "drop_connect",
    hint="In training, weights with a draw below p go, and here all stayed. Are training and evaluation exchanged?",
    read="sec-training-dropconnect",
)
def never_drops(x, weight, bias, draws, p, training, dy):
    """In training, nothing is dropped."""
    return _right(x, weight, bias, draws, p, False, dy)


@mistake("drop_connect", same_as="never_drops")
def training_turned(x, weight, bias, draws, p, training, dy):
    """Weights are dropped in evaluation, and not in training."""
    return _right(x, weight, bias, draws, p, not training, dy)


@mistake("drop_connect", same_as="scaled_twice", corner="evaluation")
def weights_scaled_in_evaluation(x, weight, bias, draws, p, training, dy):
    """Evaluation multiplies the weights by 1 − p, but not their gradient."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    if not training:
        y, dx = (y - bias) * (1 - p) + bias, dx * (1 - p)
    return y, dx, dweight, dbias


@mistake("drop_connect", same_as="means_over_images", corner="the gradient of the bias")
def mean_for_dbias(x, weight, bias, draws, p, training, dy):
    """The gradient of the bias is a mean over the images, and that of the weights is not."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight, dbias / len(x)


@mistake("drop_connect", same_as="means_over_images", corner="the gradient of the weights")
def mean_for_dweight(x, weight, bias, draws, p, training, dy):
    """The gradient of the weights is a mean over the images, and that of the bias is not."""
    y, dx, dweight, dbias = _right(x, weight, bias, draws, p, training, dy)
    return y, dx, dweight / len(x), dbias


@mistake(
    "drop_connect",
    hint="Each unit has a bias of its own: sum dy over the images, which are axis 0. dy.sum() adds up the units as well.",
    read="sec-training-dropconnect",
)
def bias_over_everything(x, weight, bias, draws, p, training, dy):
    """The gradient of the bias is a single number."""
    return *_right(x, weight, bias, draws, p, training, dy)[:3], dy.sum()


# --- right answers, written another way ---


@alternative("drop_connect")
def by_units(x, weight, bias, draws, p, training, dy):
    """A loop over the units."""
    y, dx, dweight = np.empty_like(dy), np.zeros_like(x), np.empty_like(weight)
    for m in range(len(weight)):
        mask = np.where(draws[:, m] < p, 0.0, 1 / (1 - p)) if training else 1.0
        y[:, m] = (x * mask) @ weight[m] + bias[m]
        dx += dy[:, m, None] * mask * weight[m]
        dweight[m] = (dy[:, m, None] * mask * x).sum(axis=0)
    return y, dx, dweight, np.add.reduce(dy, axis=0)


@alternative("drop_connect")
def by_matmul(x, weight, bias, draws, p, training, dy):
    """Batches of matrices, and evaluation by itself."""
    if not training:
        return x @ weight.T + bias, dy @ weight, dy.T @ x, dy.sum(0)
    used = weight * (draws >= p) / (1 - p)  # (N, M, D)
    y = (used @ x[:, :, None])[:, :, 0] + bias
    dx = (dy[:, None] @ used)[:, 0]
    dweight = (dy[:, :, None] * x[:, None] * (draws >= p)).sum(0) / (1 - p)
    return y, dx, dweight, dy.sum(0)
