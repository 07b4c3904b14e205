"""Wrong answers to `dropout` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _mask(draws, p):
    mask = (draws >= p).astype(np.float64)
    return mask / (1 - p) if p < 1 else mask


def _right(x, draws, p, training, dy):
    if not training:
        return x.copy(), dy.copy()
    return x * _mask(draws, p), dy * _mask(draws, p)


@mistake(
    "dropout",
    hint="p is the probability to be *dropped*, as in torch. Yours keeps that share.",
    read="sec-training-dropout-inverted",
)
def p_is_kept(x, draws, p, training, dy):
    """p is taken for the probability to be kept."""
    if not training:
        return x.copy(), dy.copy()
    mask = (draws < p) / p if p > 0 else 0 * draws
    return x * mask, dy * mask


@mistake("dropout", same_as="p_is_kept")
def p_is_kept_from_above(x, draws, p, training, dy):
    """p is taken for the probability to be kept: what has a draw above 1 − p is kept."""
    return _right(x, draws, 1 - p, training, dy)


@mistake("dropout", same_as="p_is_kept")
def drops_the_others(x, draws, p, training, dy):
    """What has a draw below p is kept, and the others are dropped."""
    if not training:
        return x.copy(), dy.copy()
    mask = (draws < p).astype(np.float64)
    mask = mask / (1 - p) if p < 1 else mask
    return x * mask, dy * mask


@mistake(
    "dropout",
    hint="What is kept is divided by the probability of being kept. Dividing by p is the same only at p = 0.5.",
    read="sec-training-dropout-inverted",
)
def divided_by_p(x, draws, p, training, dy):
    """What is kept is divided by p."""
    if not training:
        return x.copy(), dy.copy()
    mask = (draws >= p) / p if p > 0 else (draws >= p) * 1.0
    return x * mask, dy * mask


@mistake(
    "dropout",
    hint="What is kept must make up for what is gone: in training, it is divided by the probability of being kept.",
    read="sec-training-dropout-inverted",
)
def not_enlarged(x, draws, p, training, dy):
    """What is kept is not enlarged."""
    if not training:
        return x.copy(), dy.copy()
    return x * (draws >= p), dy * (draws >= p)


@mistake("dropout", same_as="not_enlarged")
def scaled_in_evaluation(x, draws, p, training, dy):
    """Training leaves what is kept as it is, and evaluation multiplies by 1 − p."""
    if not training:
        return x * (1 - p), dy * (1 - p)
    return x * (draws >= p), dy * (draws >= p)


@mistake(
    "dropout",
    hint="The factor is in training already. In evaluation x goes through as it is.",
    read="sec-training-dropout-inverted",
    corner="evaluation",
)
def scaled_twice(x, draws, p, training, dy):
    """Evaluation multiplies by 1 − p as well, although training divides by it."""
    if not training:
        return x * (1 - p), dy * (1 - p)
    return _right(x, draws, p, training, dy)


@mistake(
    "dropout",
    hint="In evaluation nothing is random: x goes through as it is.",
    read="sec-training-dropout-inverted",
    corner="evaluation",
)
def drops_in_evaluation(x, draws, p, training, dy):
    """Entries are dropped in evaluation."""
    return _right(x, draws, p, True, dy)


@mistake("dropout", same_as="never_drops")
def training_turned(x, draws, p, training, dy):
    """Entries are dropped in evaluation, and not in training."""
    return _right(x, draws, p, not training, dy)


@mistake(
    "dropout",
    hint="What was dropped gets no gradient: dy meets the same mask as x.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_unmasked(x, draws, p, training, dy):
    """dx is dy as it is."""
    return _right(x, draws, p, training, dy)[0], dy.copy()


@mistake(
    "dropout",
    hint="Forwards x was multiplied by 1 / (1 − p), so dy is as well. Yours has zeros in the right places only.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_not_enlarged(x, draws, p, training, dy):
    """dx has the mask, and is not enlarged."""
    y, dx = _right(x, draws, p, training, dy)
    return y, dy * (draws >= p) if training else dx


@mistake(
    "dropout",
    hint="y can be 0 where x is 0, and nothing was dropped there. The mask tells what was dropped, y does not.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_where_y_is_not_zero(x, draws, p, training, dy):
    """dx is 0 wherever y is 0."""
    y, dx = _right(x, draws, p, training, dy)
    return y, dx * (y != 0) if training else dx


@mistake(
    "dropout",
    hint="The gradient goes through the same mask as x. Another one trains units that were not there.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def new_mask_backwards(x, draws, p, training, dy):
    """dx has another mask than y: the draws in another order."""
    y, dx = _right(x, draws, p, training, dy)
    return y, dy * _mask(draws.ravel()[::-1].reshape(draws.shape), p) if training else dx


@mistake(
    "dropout",
    hint="dx is dy times the mask. y has no part in it.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_times_y(x, draws, p, training, dy):
    """dx is dy times y."""
    y, dx = _right(x, draws, p, training, dy)
    return y, dy * y if training else dx


@mistake(
    "dropout",
    hint="A draw of exactly p is not below p. Draws can be 0, and with p = 0 those must be kept.",
    read="sec-training-dropout-inverted",
)
def drops_equal(x, draws, p, training, dy):
    """A draw that equals p is dropped, too."""
    if not training:
        return x.copy(), dy.copy()
    mask = (draws > p).astype(np.float64)
    mask = mask / (1 - p) if p < 1 else mask
    return x * mask, dy * mask


@mistake(
    "dropout",
    hint="With p = 1 everything is dropped, and 0 / 0 is nan. What is kept is nothing: no division is needed.",
    read="sec-training-dropout-inverted",
    corner="p = 1",
)
def zero_by_zero(x, draws, p, training, dy):
    """p = 1 gives nan."""
    if not training:
        return x.copy(), dy.copy()
    with np.errstate(all="ignore"):
        mask = (draws >= p) / np.float64(1 - p)
        return x * mask, dy * mask


@mistake(
    "dropout",
    hint="With p = 1 the probability of being kept is 0, and a number cannot be divided by it. Ask for that case by itself.",
    read="sec-training-dropout-inverted",
    corner="p = 1",
)
def divides_by_zero(x, draws, p, training, dy):
    """p = 1 raises ZeroDivisionError."""
    if not training:
        return x.copy(), dy.copy()
    scale = 1 / (1 - p)
    return x * (draws >= p) * scale, dy * (draws >= p) * scale


@mistake(
    "dropout",
    hint="p = 0 is legal: nothing is dropped.",
    read="sec-training-dropout-inverted",
    corner="p = 0",
)
def refuses_ends(x, draws, p, training, dy):
    """p = 0 and p = 1 are refused."""
    if not 0 < p < 1:
        raise ValueError("p must lie between 0 and 1")
    return _right(x, draws, p, training, dy)


@mistake(
    "dropout",
    hint="Every image has a mask of its own. Yours takes that of the first for all.",
    read="sec-training-dropout-inverted",
)
def one_mask_for_all(x, draws, p, training, dy):
    """The draws of the first image are used for all."""
    return _right(x, draws[:1] if draws.ndim > 1 else draws, p, training, dy)


@mistake(
    "dropout",
    hint="Draws of (N, C, 1, 1) broadcast to x as they are. Indexing x with their mask wants equal shapes.",
    read="sec-arrays-broadcasting",
    corner="draws that broadcast",
)
def index_by_mask(x, draws, p, training, dy):
    """x is indexed with the mask, for which draws must have the shape of x."""
    if not training:
        return x.copy(), dy.copy()
    y, dx = (a / (1 - p) if p < 1 else a * 0.0 for a in (x, dy))
    y[draws < p] = 0
    dx[draws < p] = 0
    return y, dx


@mistake(
    "dropout",
    hint="Draws that broadcast drop whole maps: the same draw holds for a whole map. They are not to be repeated in another order.",
    read="sec-training-dropconnect",
    corner="draws that broadcast",
)
def resized_draws(x, draws, p, training, dy):
    """Draws that are fewer than entries are repeated with np.resize, in another order."""
    return _right(x, np.resize(draws, x.shape), p, training, dy)


@mistake("dropout", same_as="not_enlarged", corner="draws that broadcast")
def maps_not_enlarged(x, draws, p, training, dy):
    """Where draws broadcast, what is kept is not enlarged."""
    if training and draws.shape != x.shape:
        return x * (draws >= p), dy * (draws >= p)
    return _right(x, draws, p, training, dy)


@mistake(
    "dropout",
    hint="x was changed: x *= mask writes into the caller's array. Write y = x * mask.",
    read="sec-arrays-views",
)
def in_place(x, draws, p, training, dy):
    """x itself is changed."""
    if not training:
        return x, dy
    x *= _mask(draws, p)
    return x, dy * _mask(draws, p)


@mistake(
    "dropout",
    hint="The random numbers are given. Fresh ones make your answer another one in each call.",
    read="sec-arrays-rng",
)
def draws_itself(x, draws, p, training, dy):
    """The function draws its mask itself, with the global generator."""
    return _right(x, np.random.rand(*x.shape), p, training, dy)


@mistake(
    "dropout",
    hint="In training, what has a draw below p is 0, and here all went through. Are training and evaluation exchanged, or are the draws compared with another number than p?",
    read="sec-training-dropout-inverted",
)
def never_drops(x, draws, p, training, dy):
    """In training, nothing is dropped."""
    return x * (draws < 1), dy * (draws < 1)


@mistake(
    "dropout",
    hint="Exactly a share of p is not asked for. Each entry is dropped by its own draw.",
    read="sec-training-dropout-inverted",
)
def by_rank(x, draws, p, training, dy):
    """The smallest draws are dropped, a share of p of them."""
    if not training:
        return x.copy(), dy.copy()
    edge = np.quantile(draws, p)
    mask = (draws >= edge).astype(np.float64)
    mask = mask / (1 - p) if p < 1 else mask
    return x * mask, dy * mask


@mistake(
    "dropout",
    hint="Two results are asked for, y and dx.",
    read="sec-training-dropout-inverted",
)
def forward_alone(x, draws, p, training, dy):
    """y alone is returned."""
    return _right(x, draws, p, training, dy)[0]


@mistake(
    "dropout",
    hint="The mask is there, but what it meets backwards is the gradient dy, and yours is x.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_of_x(x, draws, p, training, dy):
    """dx is x times the mask, so that dy is not used."""
    y, dx = _right(x, draws, p, training, dy)
    return y, x * _mask(draws, p) if training else dx


@mistake(
    "dropout",
    hint="The mask is the slope from x to y. By the chain rule, dx is that slope times dy, which is missing here.",
    read="sec-training-dropout-inverted",
    corner="the gradient",
)
def gradient_is_mask(x, draws, p, training, dy):
    """dx is the mask alone, so that dy is not used."""
    y, dx = _right(x, draws, p, training, dy)
    return y, np.broadcast_to(_mask(draws, p), x.shape).copy() if training else dx


@mistake(
    "dropout",
    hint="Multiplying by 1 − p makes what is kept smaller still. It has to make up for what is gone.",
    read="sec-training-dropout-inverted",
)
def multiplied(x, draws, p, training, dy):
    """What is kept is multiplied by 1 − p."""
    if not training:
        return x.copy(), dy.copy()
    mask = (draws >= p) * (1 - p)
    return x * mask, dy * mask


@mistake(
    "dropout",
    hint="In evaluation nothing is dropped, whatever p is. Yours asks for p = 1 before it asks for training.",
    read="sec-training-dropout-inverted",
    corner="evaluation with p = 1",
)
def one_before_evaluation(x, draws, p, training, dy):
    """With p = 1 all is 0 in evaluation, too."""
    if p == 1:
        return 0 * x, 0 * dy
    return _right(x, draws, p, training, dy)


@mistake(
    "dropout",
    hint="With p = 1 every entry is 0, and there are as many of them as x has. A plain 0 has no shape.",
    read="sec-training-dropout-inverted",
    corner="p = 1",
)
def plain_zero(x, draws, p, training, dy):
    """With p = 1 the results are plain zeros, not arrays."""
    return (0.0, 0.0) if training and p == 1 else _right(x, draws, p, training, dy)


@mistake("dropout", same_as="one_before_evaluation", corner="evaluation with p = 1")
def plain_zero_before_evaluation(x, draws, p, training, dy):
    """With p = 1 the results are plain zeros, in evaluation as well."""
    return (0.0, 0.0) if p == 1 else _right(x, draws, p, training, dy)


@mistake(
    "dropout",
    hint="In evaluation y is x, so the gradient goes through as it is. Yours has a mask there.",
    read="sec-training-dropout-inverted",
    corner="evaluation",
)
def gradient_drops_in_evaluation(x, draws, p, training, dy):
    """In evaluation y is x, but dx has the mask."""
    y, dx = _right(x, draws, p, training, dy)
    return y, dx if training else dy * (draws >= p)


# --- right answers, written another way ---


@alternative("dropout")
def by_where(x, draws, p, training, dy):
    """np.where, with the ends by themselves."""
    if not training or p == 0:
        return np.array(x), np.array(dy)
    if p == 1:
        return np.zeros_like(x), np.zeros_like(dy)
    kept = 1 - p
    return np.where(draws < p, 0, x / kept), np.where(draws < p, 0, dy / kept)


@alternative("dropout")
def by_loop(x, draws, p, training, dy):
    """A loop over all entries."""
    y, dx, draws = x.copy(), dy.copy(), np.broadcast_to(draws, x.shape)
    if training:
        for place in np.ndindex(x.shape):
            if draws[place] < p:
                y[place] = dx[place] = 0
            else:
                y[place] /= 1 - p
                dx[place] /= 1 - p
    return y, dx
