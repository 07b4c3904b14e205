"""Wrong answers to `sgd_step` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake

_kept = {}


def _right(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    g = dw + weight_decay * w
    v = momentum * velocity + g
    return w - lr * (g + momentum * v if nesterov else v), v


@mistake(
    "sgd_step",
    hint="Descent goes against the gradient: the step is subtracted.",
    read="sec-training-optimizers-momentum",
)
def uphill(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The step is added to w."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return 2 * w - new, v


@mistake(
    "sgd_step",
    hint="The velocity is a sum of *gradients* here. The rate is multiplied when w moves, so that a change of the rate acts at once.",
    read="sec-training-optimizers-conventions",
)
def rate_in_velocity(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The velocity holds steps: the rate is multiplied into it."""
    g = dw + weight_decay * w
    v = momentum * velocity + lr * g
    return w - (lr * g + momentum * v if nesterov else v), v


@mistake(
    "sgd_step",
    hint="The velocity is a sum of steps *downhill* in yours, with the sign turned. Here it is a sum of gradients, and w moves against it.",
    read="sec-training-optimizers-conventions",
)
def negative_velocity(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The velocity holds negative steps, which are added to w."""
    g = dw + weight_decay * w
    v = momentum * velocity - lr * g
    return w + (momentum * v - lr * g if nesterov else v), v


@mistake(
    "sgd_step",
    hint="g enters the velocity as it is, as in torch. With a factor of 1 − momentum it is a mean of gradients, whose steps are shorter.",
    read="sec-training-optimizers-conventions",
)
def running_mean(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The velocity is a running mean: the gradient enters with a factor of 1 − momentum."""
    g = dw + weight_decay * w
    v = momentum * velocity + (1 - momentum) * g
    return w - lr * (g + momentum * v if nesterov else v), v


@mistake(
    "sgd_step",
    hint="momentum is what is *kept* of the old velocity. Yours keeps 1 − momentum.",
    read="sec-training-optimizers-momentum",
)
def momentum_swapped(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """1 − momentum of the old velocity is kept."""
    return _right(w, dw, velocity, lr, 1 - momentum, nesterov, weight_decay)


@mistake(
    "sgd_step",
    hint="w moves by the *new* velocity. Yours moves by the old one, and is a step late.",
    read="sec-training-optimizers-momentum",
)
def old_velocity(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """w moves by the velocity of the step before."""
    _, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - lr * velocity, v


@mistake(
    "sgd_step",
    hint="The velocity is not used for the step: that is descent without momentum.",
    read="sec-training-optimizers-momentum",
)
def no_momentum(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """w moves by the gradient alone."""
    _, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - lr * (dw + weight_decay * w), v


@mistake(
    "sgd_step",
    hint="All of the old velocity is kept in yours. Without friction, a ball never stops.",
    read="sec-training-optimizers-momentum",
)
def no_friction(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The old velocity is kept whole."""
    g = dw + weight_decay * w
    v = velocity + g
    return w - lr * (g + momentum * v if nesterov else v), v


@mistake(
    "sgd_step",
    hint="nesterov makes no difference in yours. It looks ahead along the *new* velocity: with the old one, the step is what it was without.",
    read="sec-training-optimizers-momentum",
    corner="Nesterov",
)
def nesterov_ignored(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """nesterov makes no difference."""
    return _right(w, dw, velocity, lr, momentum, False, weight_decay)


@mistake(
    "sgd_step",
    hint="Without nesterov, w moves by the velocity. Yours always looks ahead.",
    read="sec-training-optimizers-momentum",
)
def always_nesterov(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Nesterov is always done."""
    return _right(w, dw, velocity, lr, momentum, True, weight_decay)


@mistake("sgd_step", same_as="nesterov_ignored", corner="Nesterov")
def nesterov_with_old(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Nesterov uses the old velocity."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    g = dw + weight_decay * w
    return w - lr * (g + momentum * velocity) if nesterov else new, v


@mistake(
    "sgd_step",
    hint="The factor momentum of the new velocity is missing in Nesterov's step.",
    read="sec-training-optimizers-momentum",
    corner="Nesterov",
)
def nesterov_without_factor(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Nesterov adds the new velocity to the gradient without the factor momentum."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - lr * (dw + weight_decay * w + v) if nesterov else new, v


@mistake(
    "sgd_step",
    hint="The gradient itself is a part of Nesterov's step: g + momentum · velocity.",
    read="sec-training-optimizers-momentum",
    corner="Nesterov",
)
def nesterov_without_gradient(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Nesterov moves by momentum times the new velocity, without the gradient."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - lr * momentum * v if nesterov else new, v


@mistake(
    "sgd_step",
    hint="What is kept for the next step is the velocity, not the step that looks ahead.",
    read="sec-training-optimizers-momentum",
    corner="Nesterov",
)
def nesterov_kept(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """With Nesterov, the step is returned as the velocity."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return new, dw + weight_decay * w + momentum * v if nesterov else v


@mistake(
    "sgd_step",
    hint="The weight decay is not used.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_ignored(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The weight decay is not used."""
    return _right(w, dw, velocity, lr, momentum, nesterov, 0.0)


@mistake(
    "sgd_step",
    hint="The penalty has the factor λ/2, so that its gradient is λ w. The 2 of the square has been cancelled.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_twice(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The gradient of the penalty is 2 λ w."""
    return _right(w, dw, velocity, lr, momentum, nesterov, 2 * weight_decay)


@mistake(
    "sgd_step",
    hint="λ w pulls weights towards 0: it is added to the gradient, since the step goes against that.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_grows(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The weight decay makes weights larger."""
    return _right(w, dw, velocity, lr, momentum, nesterov, -weight_decay)


@mistake(
    "sgd_step",
    hint="The penalty is a part of the loss, so its gradient goes through the velocity like the rest. Yours shrinks w by itself.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_apart(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The weights are shrunk by themselves, past the velocity."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, 0.0)
    return new - lr * weight_decay * w, v


@mistake(
    "sgd_step",
    hint="The sign of w is the gradient of an L1 penalty.",
    read="sec-training-l1",
    corner="weight decay",
)
def decay_by_sign(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The sign of w is added to the gradient, as for L1."""
    return _right(w, dw + weight_decay * np.sign(w), velocity, lr, momentum, nesterov, 0.0)


@mistake(
    "sgd_step",
    hint="With Nesterov, g is the gradient *with* the penalty, in both places where it stands.",
    read="sec-training-optimizers-decay",
    corner="weight decay with Nesterov",
)
def nesterov_without_decay(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """In Nesterov's step, the gradient is without the penalty."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - lr * (dw + momentum * v) if nesterov else new, v


@mistake(
    "sgd_step",
    hint="w was changed: w -= … writes into the caller's array. Return w - ….",
    read="sec-arrays-views",
)
def in_place(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The caller's w is changed."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    w[...] = new
    return w, v


@mistake(
    "sgd_step",
    hint="velocity was changed: velocity *= … writes into the caller's array. Return a new one.",
    read="sec-arrays-views",
)
def velocity_in_place(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The caller's velocity is changed."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    velocity[...] = v
    return new, velocity


@mistake(
    "sgd_step",
    hint="The function keeps a velocity by itself, which all parameters of a shape then share. Use the one that comes in.",
    read="sec-training-optimizers-momentum",
)
def shared_state(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The velocity is kept in a global dictionary, by the shape of the parameter."""
    before = _kept.get(w.shape, velocity) if velocity.any() else velocity
    new, _kept[w.shape] = _right(w, dw, before, lr, momentum, nesterov, weight_decay)
    return new, _kept[w.shape]


@mistake(
    "sgd_step",
    hint="Two results are asked for: w and the velocity, which the next step needs.",
    read="sec-training-optimizers-momentum",
)
def w_alone(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """w alone is returned."""
    return _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)[0]


@mistake(
    "sgd_step",
    hint="The velocity that comes back must be the new one, or nothing is ever remembered.",
    read="sec-training-optimizers-momentum",
)
def old_velocity_returned(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The old velocity is returned."""
    return _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)[0], velocity.copy()


@mistake(
    "sgd_step",
    hint="A share of the velocity is kept, and g is added: the gradient does not move by momentum.",
    read="sec-training-optimizers-momentum",
)
def momentum_on_gradient(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """momentum multiplies the gradient, not the old velocity."""
    g = dw + weight_decay * w
    v = velocity + momentum * g
    return w - lr * (g + momentum * v if nesterov else v), v


@mistake(
    "sgd_step",
    hint="The rate belongs once into the step. Yours multiplies the gradient of Nesterov's step only.",
    read="sec-training-optimizers-momentum",
    corner="Nesterov",
)
def nesterov_brackets(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """In Nesterov's step, the rate multiplies the gradient alone, since brackets are missing."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return w - (lr * (dw + weight_decay * w) + momentum * v) if nesterov else new, v


@mistake(
    "sgd_step",
    hint="The penalty's gradient belongs into g, and acts with the rate and through the velocity. Yours takes a share of λ from the weights by itself, without the rate.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_without_rate(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The weights are multiplied by 1 − λ, past the gradient and the rate."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, 0.0)
    return new - weight_decay * w, v


@mistake(
    "sgd_step",
    hint="The ½ of λ/2 · ‖w‖² cancels against the 2 that the square brings in. In yours it is still there.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_half(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The gradient of the penalty is λ/2 · w."""
    return _right(w, dw, velocity, lr, momentum, nesterov, weight_decay / 2)


@mistake(
    "sgd_step",
    hint="The penalty itself was added to the gradient. What belongs there is its derivative with respect to each weight.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def penalty_for_gradient(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The penalty is added to the gradient, not the penalty's gradient."""
    g = dw + weight_decay / 2 * (w**2).sum()
    return _right(w, g, velocity, lr, momentum, nesterov, 0.0)


@mistake("sgd_step", same_as="penalty_for_gradient", corner="weight decay")
def squares_for_gradient(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """λ/2 times the square of each weight is added to the gradient."""
    return _right(w, dw + weight_decay / 2 * w**2, velocity, lr, momentum, nesterov, 0.0)


@mistake(
    "sgd_step",
    hint="The penalty acts twice: in the gradient, and by a factor on the weights. For SGD it is a part of the gradient, and that is all.",
    read="sec-training-optimizers-decay",
    corner="weight decay",
)
def decay_in_both(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The penalty is in the gradient, and the weights are shrunk as well."""
    new, v = _right(w, dw, velocity, lr, momentum, nesterov, weight_decay)
    return new - lr * weight_decay * w, v


@mistake(
    "sgd_step",
    hint="The rate is in the velocity and once more in the step. The velocity is a sum of gradients, without it.",
    read="sec-training-optimizers-conventions",
)
def rate_twice(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The gradient enters the velocity with the rate, and the step is multiplied by it again."""
    g = dw + weight_decay * w
    v = momentum * velocity + lr * g
    return w - lr * (g + momentum * v if nesterov else v), v


@mistake("sgd_step", same_as="rate_in_velocity")
def rate_in_velocity_alone(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """The rate is multiplied into the velocity, and Nesterov's step has g without it."""
    g = dw + weight_decay * w
    v = momentum * velocity + lr * g
    return w - (g + momentum * v if nesterov else v), v


# --- right answers, written another way ---


@alternative("sgd_step")
def step_by_step(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Copies that are changed in place."""
    g = dw.copy()
    if weight_decay:
        g += weight_decay * w
    v = velocity * momentum
    v += g
    if nesterov:
        g += v * momentum
    else:
        g = v
    return w - g * lr, v


@alternative("sgd_step")
def by_two_terms(w, dw, velocity, lr, momentum, nesterov, weight_decay):
    """Nesterov written with the old velocity."""
    g = np.add(dw, np.multiply(w, weight_decay))
    if nesterov:
        step = (1 + momentum) * g + momentum**2 * velocity
    else:
        step = g + momentum * velocity
    return w - lr * step, g + momentum * velocity
