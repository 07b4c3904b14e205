"""Wrong answers to `adam_step` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake

_kept = {}


def _start(w, dw, lr, weight_decay, decoupled):
    if decoupled:
        return w * (1 - lr * weight_decay), dw
    return w, dw + weight_decay * w


def _means(g, m, s, betas):
    return betas[0] * m + (1 - betas[0]) * g, betas[1] * s + (1 - betas[1]) * g * g


def _hats(m, s, t, betas):
    return m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)


def _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


def _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change):
    """As _right, with another change of w: a function of the new m, s, t and of the gradient."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)
    with np.errstate(all="ignore"):
        return w - lr * change(m, s, t + 1, g), m, s, t + 1


@mistake(
    "adam_step",
    hint="Both means start at 0 and are too small at first. Where w moves, each has to be corrected.",
    read="sec-training-optimizers-adaptive",
)
def uncorrected(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The means are not corrected."""
    return _move(
        *(w, dw, m, s, t, lr, betas, weight_decay, decoupled),
        lambda m, s, t, g: m / (np.sqrt(s) + eps),
    )


@mistake(
    "adam_step",
    hint="t counts this step, too: in the first it is 1. With t = 0, 1 − β⁰ is 0, and 0 / 0 is nan.",
    read="sec-training-optimizers-adaptive",
)
def t_too_late(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The correction uses the number of steps before this one."""

    def change(m, s, t, g):
        one, two = (1 - np.float64(beta) ** (t - 1) for beta in betas)
        return m / one / (np.sqrt(s / two) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="One too many: the first step has t = 1 in the correction.",
    read="sec-training-optimizers-adaptive",
)
def t_too_early(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The correction uses one step too many."""

    def change(m, s, t, g):
        m_hat, s_hat = _hats(m, s, t + 1, betas)
        return m_hat / (np.sqrt(s_hat) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="The corrections fade from step to step, since β is taken to the power of t. Yours, of m or of s or of both, is that of the first step for ever.",
    read="sec-training-optimizers-adaptive",
)
def correction_of_first_step(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """A correction is 1 − β, without the power."""

    def change(m, s, t, g):
        m_hat, s_hat = _hats(m, s, 1, betas)
        return m_hat / (np.sqrt(s_hat) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="The power belongs to β: 1 − βᵗ, not 1 − (1 − β)ᵗ.",
    read="sec-training-optimizers-adaptive",
)
def power_of_one_minus(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The correction is 1 − (1 − β)ᵗ."""

    def change(m, s, t, g):
        one, two = (1 - (1 - beta) ** t for beta in betas)
        return m / one / (np.sqrt(s / two) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="Division enlarges what is too small. Yours multiplies by 1 − βᵗ.",
    read="sec-training-optimizers-adaptive",
)
def correction_multiplies(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The means are multiplied by 1 − βᵗ, not divided."""

    def change(m, s, t, g):
        one, two = (1 - beta**t for beta in betas)
        return m * one / (np.sqrt(s * two) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="m is corrected, and s is not. The denominator needs it most, since it stays too small for long.",
    read="sec-training-optimizers-adaptive",
)
def s_uncorrected(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """s is not corrected."""
    return _move(
        *(w, dw, m, s, t, lr, betas, weight_decay, decoupled),
        lambda m, s, t, g: m / (1 - betas[0] ** t) / (np.sqrt(s) + eps),
    )


@mistake(
    "adam_step",
    hint="s is corrected, and m is not.",
    read="sec-training-optimizers-adaptive",
)
def m_uncorrected(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """m is not corrected."""
    return _move(
        *(w, dw, m, s, t, lr, betas, weight_decay, decoupled),
        lambda m, s, t, g: m / (np.sqrt(s / (1 - betas[1] ** t)) + eps),
    )


@mistake(
    "adam_step",
    hint="What is kept is the plain mean. A corrected one that goes into the next step is corrected again there.",
    read="sec-training-optimizers-adaptive",
)
def corrected_kept(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """A corrected mean is returned."""
    w, m, s, t = _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)
    return w, *_hats(m, s, t, betas), t


@mistake(
    "adam_step",
    hint="t has to come back one larger, or every step is the first.",
    read="sec-training-optimizers-adaptive",
)
def t_never_moves(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """t comes back as it was."""
    return *_right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)[:3], t


@mistake(
    "adam_step",
    hint="s is a mean of *squares*, whose root divides. Yours divides by s itself.",
    read="sec-training-optimizers-adaptive",
)
def root_forgotten(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """s divides, not its root."""

    def change(m, s, t, g):
        m_hat, s_hat = _hats(m, s, t, betas)
        return m_hat / (s_hat + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="The root is taken first, and then divided by 1 − β₂ᵗ. It is s that is too small by this factor, not its root: correct s, then take "
    "the root.",
    read="sec-training-optimizers-adaptive",
)
def root_before_correction(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The root of s is corrected, not s."""

    def change(m, s, t, g):
        m_hat, root = _hats(m, np.sqrt(s), t, betas)
        return m_hat / (root + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="ε is added to the root, outside of it.",
    read="sec-training-optimizers-conventions",
    corner="ε",
)
def epsilon_inside(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """ε is added below the root."""

    def change(m, s, t, g):
        m_hat, s_hat = _hats(m, s, t, betas)
        return m_hat / np.sqrt(s_hat + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="ε is added to the root of the *corrected* s. In yours it is divided by the correction with it.",
    read="sec-training-optimizers-conventions",
    corner="ε",
)
def epsilon_before_correction(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """ε is added before s is corrected."""

    def change(m, s, t, g):
        return m / (1 - betas[0] ** t) / ((np.sqrt(s) + eps) / np.sqrt(1 - betas[1] ** t))

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="ε is not used. Where a gradient was always 0, 0 / 0 is nan.",
    read="sec-training-optimizers-adaptive",
    corner="ε",
)
def no_epsilon(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """ε is not used."""

    def change(m, s, t, g):
        m_hat, s_hat = _hats(m, s, t, betas)
        return m_hat / np.sqrt(s_hat)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="ε is not the number that you know: it comes in as eps.",
    read="sec-training-optimizers-adaptive",
    corner="ε",
)
def own_epsilon(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """ε is always 1e-8, whatever eps is."""
    return _right(w, dw, m, s, t, lr, betas, 1e-8, weight_decay, decoupled)


@mistake(
    "adam_step",
    hint="betas come in: they are not always 0.9 and 0.999.",
    read="sec-training-optimizers-adaptive",
)
def own_betas(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The betas are always 0.9 and 0.999."""
    return _right(w, dw, m, s, t, lr, (0.9, 0.999), eps, weight_decay, decoupled)


@mistake(
    "adam_step",
    hint="β₁ belongs to m, and β₂ to s. Yours are exchanged.",
    read="sec-training-optimizers-adaptive",
)
def betas_exchanged(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """β₁ and β₂ are exchanged."""
    return _right(w, dw, m, s, t, lr, betas[::-1], eps, weight_decay, decoupled)


@mistake(
    "adam_step",
    hint="β is what the mean *keeps*. Yours keeps 1 − β.",
    read="sec-training-optimizers-adaptive",
)
def keeps_one_minus_beta(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The means keep 1 − β of the old."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, (1 - betas[0], 1 - betas[1]))
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="A running mean takes 1 − β of the new, m as well as s. Where all of it is added, it is a sum.",
    read="sec-training-optimizers-adaptive",
)
def sums(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The new gradient enters a mean without the factor 1 − β."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = betas[0] * m + g, betas[1] * s + g * g
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="s is a mean of the *squares* of the gradient.",
    read="sec-training-optimizers-adaptive",
)
def s_without_square(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """s is a mean of the gradient or of its magnitude, not of its square."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)[0], betas[1] * s + (1 - betas[1]) * abs(g)
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="That is the square of the mean. s is the mean of the squares of the gradients themselves.",
    read="sec-training-optimizers-adaptive",
)
def s_from_m(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """s is made from the square of m, not from that of the gradient."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, _ = _means(g, m, s, betas)
    s = betas[1] * s + (1 - betas[1]) * m * m
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="The numerator is the mean of the gradients, m. With the gradient itself it is RMSProp.",
    read="sec-training-optimizers-adaptive",
)
def without_momentum(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """w moves by the gradient over the root of s: m is not used."""

    def change(m, s, t, g):
        return g / (np.sqrt(s / (1 - betas[1] ** t)) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake(
    "adam_step",
    hint="Descent goes against the gradient: the step is subtracted.",
    read="sec-training-optimizers-adaptive",
)
def uphill(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The step is added to w."""
    return _right(w, dw, m, s, t, -lr, betas, eps, 0.0 * weight_decay, decoupled)


@mistake(
    "adam_step",
    hint="decoupled is False: then λ w is a part of the gradient, and goes into m and s.",
    read="sec-training-optimizers-decay",
    corner="the penalty of Adam",
)
def always_decoupled(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The weights are always shrunk by themselves, as in AdamW."""
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, True)


@mistake(
    "adam_step",
    hint="AdamW leaves the gradient alone: m and s must not see λ w.",
    read="sec-training-optimizers-decay",
    corner="AdamW",
)
def never_decoupled(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """λ w always goes into the gradient, as in Adam."""
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, False)


@mistake(
    "adam_step",
    hint="The penalty acts twice. In AdamW it shrinks the weights, and the gradient is left alone; in Adam it is in the gradient, and the weights are left alone.",
    read="sec-training-optimizers-decay",
    corner="AdamW",
)
def both(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The penalty is in the gradient, and the weights are shrunk as well."""
    g = dw + weight_decay * w
    w = w * (1 - lr * weight_decay) if decoupled else w
    return _right(w, g, m, s, t, lr, betas, eps, 0.0, False)


@mistake(
    "adam_step",
    hint="The decay is multiplied by the rate: 1 − lr · λ, so that a falling rate makes it weaker, too.",
    read="sec-training-optimizers-decay",
    corner="AdamW",
)
def decay_without_rate(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """AdamW shrinks the weights by 1 − λ, without the rate."""
    if decoupled:
        return _right(w * (1 - weight_decay), dw, m, s, t, lr, betas, eps, 0.0, True)
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, False)


@mistake(
    "adam_step",
    hint="The weights shrink *before* the step. Yours shrinks the step as well.",
    read="sec-training-optimizers-decay",
    corner="AdamW",
)
def decay_after_step(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """AdamW shrinks the weights after the step."""
    if decoupled:
        new, *rest = _right(w, dw, m, s, t, lr, betas, eps, 0.0, True)
        return new * (1 - lr * weight_decay), *rest
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, False)


@mistake(
    "adam_step",
    hint="The weight decay is not used.",
    read="sec-training-optimizers-decay",
)
def decay_ignored(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The weight decay is not used."""
    return _right(w, dw, m, s, t, lr, betas, eps, 0.0, decoupled)


@mistake(
    "adam_step",
    hint="The penalty has the factor λ/2, so that its gradient is λ w, without a 2.",
    read="sec-training-optimizers-decay",
)
def decay_twice(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The penalty counts twice."""
    return _right(w, dw, m, s, t, lr, betas, eps, 2 * weight_decay, decoupled)


@mistake(
    "adam_step",
    hint="m was changed: m *= … writes into the caller's array. Return new ones.",
    read="sec-arrays-views",
)
def in_place(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The caller's m and s are changed."""
    w, new_m, new_s, t = _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)
    m[...] = new_m
    s[...] = new_s
    return w, m, s, t


@mistake(
    "adam_step",
    hint="Four results are asked for: w, and m, s and t, which the next step needs.",
    read="sec-training-optimizers-adaptive",
)
def w_alone(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """w alone is returned."""
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)[0]


@mistake(
    "adam_step",
    hint="The function counts by itself. With two parameters, or a second training, that count is wrong: use the t that comes in.",
    read="sec-training-optimizers-adaptive",
)
def own_count(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """Steps are counted in a global dictionary, by the shape of the parameter."""
    _kept[w.shape] = _kept.get(w.shape, 0) + 1
    return _right(w, dw, m, s, _kept[w.shape] - 1, lr, betas, eps, weight_decay, decoupled)


@mistake("adam_step", same_as="correction_of_first_step")
def correction_of_first_step_in_m(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The correction of m is 1 − β₁, without the power."""

    def change(m, s, t, g):
        return m / (1 - betas[0]) / (np.sqrt(s / (1 - betas[1] ** t)) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake("adam_step", same_as="correction_of_first_step")
def correction_of_first_step_in_s(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The correction of s is 1 − β₂, without the power."""

    def change(m, s, t, g):
        return m / (1 - betas[0] ** t) / (np.sqrt(s / (1 - betas[1])) + eps)

    return _move(w, dw, m, s, t, lr, betas, weight_decay, decoupled, change)


@mistake("adam_step", same_as="corrected_kept")
def corrected_m_kept(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The corrected m is returned."""
    w, m, s, t = _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)
    return w, _hats(m, s, t, betas)[0], s, t


@mistake("adam_step", same_as="corrected_kept")
def corrected_s_kept(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The corrected s is returned."""
    w, m, s, t = _right(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled)
    return w, m, _hats(m, s, t, betas)[1], t


@mistake("adam_step", same_as="sums")
def m_is_sum(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The new gradient enters m without the factor 1 − β₁."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = betas[0] * m + g, _means(g, m, s, betas)[1]
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake("adam_step", same_as="sums")
def s_is_sum(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The squared gradient enters s without the factor 1 − β₂."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)[0], betas[1] * s + g * g
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake("adam_step", same_as="s_without_square")
def s_of_gradient(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """s is a mean of the gradient, with its sign."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)[0], betas[1] * s + (1 - betas[1]) * g
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    with np.errstate(all="ignore"):
        return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="Each mean has its own β: β₁ is for m, and β₂, which forgets more slowly, for s. Yours uses one for both.",
    read="sec-training-optimizers-adaptive",
)
def one_beta_for_both(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """β₁ is used for both means."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, (betas[0], betas[0]))
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake(
    "adam_step",
    hint="The ½ of λ/2 · ‖w‖² cancels against the 2 that the square brings in. In yours it is still there.",
    read="sec-training-optimizers-decay",
)
def decay_half(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The penalty counts half."""
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay / 2, decoupled)


@mistake("adam_step", same_as="decay_half", corner="the penalty of Adam")
def decay_half_in_gradient(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The gradient of the penalty is λ/2 · w."""
    decay = weight_decay if decoupled else weight_decay / 2
    return _right(w, dw, m, s, t, lr, betas, eps, decay, decoupled)


@mistake("adam_step", same_as="both", corner="AdamW")
def both_from_the_shrunk(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """AdamW shrinks the weights, and adds the penalty of the shrunk ones to the gradient."""
    w = w * (1 - lr * weight_decay) if decoupled else w
    return _right(w, dw, m, s, t, lr, betas, eps, weight_decay, False)


@mistake("adam_step", same_as="both")
def always_both(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """Adam and AdamW change the gradient and shrink the weights."""
    g = dw + weight_decay * w
    return _right(w * (1 - lr * weight_decay), g, m, s, t, lr, betas, eps, 0.0, False)


@mistake(
    "adam_step",
    hint="In Adam the penalty is a part of the gradient, so both means see it. In yours, one of them has the gradient without it.",
    read="sec-training-optimizers-decay",
    corner="the penalty of Adam",
)
def penalty_in_s_alone(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The penalty is in one of the two means alone."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(dw, m, s, betas)[0], _means(g, m, s, betas)[1]
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


@mistake("adam_step", same_as="penalty_in_s_alone", corner="the penalty of Adam")
def penalty_in_m_alone(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """The penalty is in m, and not in s."""
    w, g = _start(w, dw, lr, weight_decay, decoupled)
    m, s = _means(g, m, s, betas)[0], _means(dw, m, s, betas)[1]
    m_hat, s_hat = _hats(m, s, t + 1, betas)
    return w - lr * m_hat / (np.sqrt(s_hat) + eps), m, s, t + 1


# --- right answers, written another way ---


@alternative("adam_step")
def by_one_rate(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """Both corrections in the rate and in ε."""
    w, dw, m, s = (np.array(a, dtype=float) for a in (w, dw, m, s))
    if decoupled:
        w *= 1 - lr * weight_decay
    else:
        dw += weight_decay * w
    m += (1 - betas[0]) * (dw - m)
    s += (1 - betas[1]) * (dw**2 - s)
    t += 1
    root = np.sqrt(1 - betas[1] ** t)
    w -= lr * root / (1 - betas[0] ** t) * m / (np.sqrt(s) + eps * root)
    return w, m, s, t


@alternative("adam_step")
def by_loop(w, dw, m, s, t, lr, betas, eps, weight_decay, decoupled):
    """One number after the other."""
    new = [np.empty(w.shape) for _ in range(3)]
    for place in np.ndindex(w.shape):
        a, g = w[place], dw[place]
        if decoupled:
            a = a - lr * weight_decay * a
        else:
            g = g + weight_decay * a
        new[1][place] = betas[0] * m[place] + g - betas[0] * g
        new[2][place] = betas[1] * s[place] + g**2 - betas[1] * g**2
        down = (new[2][place] / (1 - betas[1] ** (t + 1))) ** 0.5 + eps
        new[0][place] = a - lr * new[1][place] / (1 - betas[0] ** (t + 1)) / down
    return *new, t + 1
