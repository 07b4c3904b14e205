"""Wrong answers to `activation` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _activation(kind, x, dy, alpha):
    dalpha = 0.0
    if kind == "sigmoid":
        y = (1 + np.tanh(x / 2)) / 2
        dx = dy * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        below = np.expm1(np.minimum(x, 0))
        y = np.where(x > 0, x, alpha * below)
        dx = np.where(x > 0, dy, dy * alpha * (below + 1))
        dalpha = (dy * below).sum()
    elif kind == "step":
        y, dx = (x >= 0).astype(x.dtype), np.zeros_like(x)
    elif kind == "relu":
        y, dx = np.maximum(x, 0), dy * (x > 0)
    elif kind == "prelu":
        y, dx = np.where(x > 0, x, alpha * x), np.where(x > 0, dy, alpha * dy)
        dalpha = (dy * np.minimum(x, 0)).sum()
    else:
        first, second = x[:, 0::2], x[:, 1::2]
        y, dx = np.maximum(first, second), np.zeros_like(x)
        dx[:, 0::2] = dy * (first >= second)
        dx[:, 1::2] = dy * (first < second)
    return y, dx, dalpha


@mistake(
    "activation",
    corner="large entries",
    hint="At x = 1000 your quotient is infinity over infinity. Divide numerator and denominator by the same exponential, or find a formula in which none is large.",
    read="sec-backprop-sigmoid",
)
def sigmoid_overflows(kind, x, dy, alpha):
    """The sigmoid is computed as eˣ / (1 + eˣ)."""
    if kind != "sigmoid":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.exp(x) / (1 + np.exp(x))
        return y, dy * y * (1 - y), 0.0


@mistake(
    "activation",
    corner="large entries",
    hint="At x = ±1000 an exponential overflows, and infinity over infinity is nan. NumPy has a tanh that knows.",
    read="sec-backprop-sigmoid",
)
def tanh_overflows(kind, x, dy, alpha):
    """tanh is computed from exponentials that overflow."""
    if kind != "tanh":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        return y, dy * (1 - y**2), 0.0


@mistake(
    "activation",
    corner="large entries",
    hint="The exponential overflows where x is large, and 0 times infinity is nan. Choose the branch before you exponentiate, or with np.where.",
    read="sec-backprop-activations",
)
def elu_overflows(kind, x, dy, alpha):
    """ELU multiplies an exponential that has overflowed by 0."""
    if kind != "elu":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = x * (x > 0) + alpha * (np.exp(x) - 1) * (x <= 0)
        dx = dy * (x > 0) + dy * alpha * np.exp(x) * (x <= 0)
        return y, dx, (dy * (np.exp(x) - 1) * (x <= 0)).sum()


@mistake(
    "activation",
    hint="The lower branch of ELU has a factor α.",
    read="sec-backprop-activations",
)
def elu_without_alpha(kind, x, dy, alpha):
    """ELU leaves out α."""
    if kind != "elu":
        return _activation(kind, x, dy, alpha)
    return *_activation(kind, x, dy, 1.0)[:2], _activation(kind, x, dy, alpha)[2]


@mistake(
    "activation",
    hint="Differentiate α(eˣ − 1): the factor α stays, and so does eˣ.",
    read="sec-backprop-activations",
)
def elu_slope_without_alpha(kind, x, dy, alpha):
    """The gradient of ELU leaves out α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = dy * np.exp(np.minimum(x, 0))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="y + 1 is the derivative of ELU below 0 for α = 1 alone. Differentiate α(eˣ − 1) once more.",
    read="sec-backprop-activations",
)
def elu_slope_for_alpha_of_one(kind, x, dy, alpha):
    """The gradient of ELU below 0 is y + 1, right for α = 1 only."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = np.where(x > 0, dy, dy * (y + 1)).astype(x.dtype)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The derivative of ELU below 0 can be written with y: y + α. The α is missing there.",
    read="sec-backprop-activations",
)
def elu_slope_is_y(kind, x, dy, alpha):
    """The gradient of ELU below 0 is y in place of y + α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = np.where(x > 0, dy, dy * y)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The derivative of a constant is 0: in α(eˣ − 1), the −1 goes away.",
    read="sec-backprop-activations",
)
def elu_alpha_gradient_without_minus(kind, x, dy, alpha):
    """dalpha of ELU is the sum of eˣ, without − 1."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dalpha = (dy * np.exp(np.minimum(x, 0)) * (x <= 0)).sum()
    return y, dx, dalpha


@mistake(
    "activation",
    hint="ELU has an α as well, so its gradient by α is not 0.",
    read="sec-backprop-activations",
)
def elu_alpha_gradient_missing(kind, x, dy, alpha):
    """dalpha of ELU is 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, 0.0 if kind == "elu" else dalpha


@mistake(
    "activation",
    hint="All entries share the one α, so its gradient is one number: the sum over all of them.",
    read="sec-backprop-activations",
)
def alpha_gradient_not_summed(kind, x, dy, alpha):
    """dalpha is an array, not summed over the entries."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        dalpha = dy * np.minimum(x, 0)
    if kind == "elu":
        dalpha = dy * np.expm1(np.minimum(x, 0))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The gradient by α was averaged over the entries. The loss depends on α through each of them: add.",
    read="sec-backprop-activations",
)
def alpha_gradient_mean(kind, x, dy, alpha):
    """dalpha is a mean over the entries, not a sum."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha / x.size


@mistake(
    "activation",
    hint="By the chain rule, dalpha multiplies what comes in from above, entry by entry, before it sums.",
    read="sec-backprop-chain-rule",
)
def alpha_gradient_without_dy(kind, x, dy, alpha):
    """dalpha leaves out dy."""
    y, dx, _ = _activation(kind, x, dy, alpha)
    return y, dx, _activation(kind, x, np.ones_like(dy), alpha)[2]


@mistake(
    "activation",
    hint="The derivatives lack the gradient that comes in from above.",
    read="sec-backprop-chain-rule",
)
def without_dy(kind, x, dy, alpha):
    """dy is left out: the derivatives are returned."""
    return _activation(kind, x, np.ones_like(dy), alpha)


@mistake(
    "activation",
    corner="α above 1",
    hint="max(αx, x) is the lower branch's line only while α is at most 1. Ask for the sign of x.",
    read="sec-backprop-relu",
)
def prelu_by_maximum(kind, x, dy, alpha):
    """PReLU is computed as max(αx, x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        y = np.maximum(alpha * x, x)
        dx = np.where(x >= alpha * x, dy, alpha * dy)
        dx[x == 0] = alpha * dy[x == 0]
    return y, dx, dalpha


@mistake("activation", same_as="prelu_by_maximum", corner="α above 1")
def prelu_value_by_maximum(kind, x, dy, alpha):
    """Only the value of PReLU is computed as max(αx, x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.maximum(alpha * x, x) if kind == "prelu" else y, dx, dalpha


@mistake(
    "activation",
    hint="The slope below zero is the argument α, not a constant.",
    read="sec-backprop-relu",
)
def fixed_slope(kind, x, dy, alpha):
    """The slope is always 0.01."""
    if kind != "prelu":
        return _activation(kind, x, dy, alpha)
    return *_activation(kind, x, dy, 0.01)[:2], _activation(kind, x, dy, alpha)[2]


@mistake(
    "activation",
    hint="PReLU's gradient by α comes from the entries below 0 alone: where x > 0, α has no part in y.",
    read="sec-backprop-relu",
)
def alpha_gradient_of_all(kind, x, dy, alpha):
    """dalpha of PReLU sums over the positive entries as well."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, (dy * x).sum() if kind == "prelu" else dalpha


@mistake(
    "activation",
    hint="α is learnt, so the loss has a derivative by it, too.",
    read="sec-backprop-relu",
)
def alpha_gradient_missing(kind, x, dy, alpha):
    """dalpha of PReLU is 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, 0.0 if kind == "prelu" else dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="At x = 0 the text takes the lower branch's derivative, for ReLU 0.",
    read="sec-backprop-relu",
)
def relu_kink(kind, x, dy, alpha):
    """At x = 0, ReLU passes the gradient on."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (x >= 0) if kind == "relu" else dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="At x = 0 the text takes the lower branch's derivative, for PReLU α.",
    read="sec-backprop-relu",
)
def prelu_kink(kind, x, dy, alpha):
    """PReLU has derivative 1 at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.where(x >= 0, dy, alpha * dy) if kind == "prelu" else dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="At x = 0 the text takes the lower branch's derivative, for ELU α.",
    read="sec-backprop-activations",
)
def elu_kink(kind, x, dy, alpha):
    """ELU has derivative 1 at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.where(x == 0, dy, dx) if kind == "elu" else dx, dalpha


@mistake(
    "activation",
    hint="It is the input, on the way forward, that decides what a rectifier lets through on the way back.",
    read="sec-backprop-relu",
)
def relu_masks_by_gradient(kind, x, dy, alpha):
    """The backward of ReLU keeps the gradients that are positive."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.maximum(dy, 0) if kind == "relu" else dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="x = 0 is exactly the threshold: a step unit fires there.",
    read="sec-backprop-activations",
)
def step_at_zero(kind, x, dy, alpha):
    """The step is 0, or ½, at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (x > 0).astype(x.dtype) if kind == "step" else y, dx, dalpha


@mistake("activation", same_as="step_at_zero", corner="at zero")
def step_is_half_at_zero(kind, x, dy, alpha):
    """The step is ½ at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.heaviside(x, np.asarray(0.5, x.dtype)) if kind == "step" else y, dx, dalpha


@mistake(
    "activation",
    hint="A step is flat on both sides: the derivative is 0, and nothing comes back. (That is why nobody trains with it.)",
    read="sec-backprop-activations",
)
def step_passes_gradient(kind, x, dy, alpha):
    """The step passes the gradient on."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * 1 if kind == "step" else dx, dalpha


@mistake("activation", same_as="step_passes_gradient")
def step_passes_gradient_where_on(kind, x, dy, alpha):
    """The step passes the gradient on where it fires."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * y if kind == "step" else dx, dalpha


@mistake(
    "activation",
    hint="The step gave −1 below zero. It is 0 there.",
    read="sec-backprop-activations",
)
def step_is_sign(kind, x, dy, alpha):
    """The step is the sign, −1 or 1."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.sign(x) if kind == "step" else y, dx, dalpha


@mistake(
    "activation",
    hint="σ′ is written with σ's output, not with x: y (1 − y).",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_of_input(kind, x, dy, alpha):
    """The slope of the sigmoid is x (1 − x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * x * (1 - x) if kind == "sigmoid" else dx, dalpha


@mistake(
    "activation",
    hint="tanh′ is written with tanh's output, not with x: 1 − y².",
    read="sec-backprop-saturation",
)
def tanh_slope_of_input(kind, x, dy, alpha):
    """The slope of tanh is 1 − x²."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (1 - x**2) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    hint="That is the sigmoid's slope. tanh runs from −1 to 1 and is steeper: 1 at zero.",
    read="sec-backprop-saturation",
)
def tanh_slope_of_sigmoid(kind, x, dy, alpha):
    """The slope of tanh is y (1 − y)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * y * (1 - y) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    hint="tanh x is 2σ(2x) − 1: the argument is doubled, too.",
    read="sec-backprop-activations",
)
def tanh_of_half(kind, x, dy, alpha):
    """tanh is computed as 2σ(x) − 1."""
    if kind != "tanh":
        return _activation(kind, x, dy, alpha)
    y = np.tanh(x / 2)
    return y, dy * (1 - y**2) / 2, 0.0


@mistake(
    "activation",
    hint="Only the larger column made the output. The other one gets nothing.",
    read="sec-backprop-activations",
)
def maxout_to_both(kind, x, dy, alpha):
    """Maxout gives the gradient to both columns."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.repeat(dy, 2, axis=1) if kind == "maxout" else dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="Of two equal columns the text gives the whole gradient to the first. Both of yours got it.",
    read="sec-backprop-activations",
)
def maxout_ties_to_both(kind, x, dy, alpha):
    """Of two equal columns, maxout gives the gradient to both."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx = np.repeat(dy, 2, axis=1) * (x == np.repeat(y, 2, axis=1))
    return y, dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="Of two equal columns the text gives the whole gradient to the first.",
    read="sec-backprop-activations",
)
def maxout_ties_to_second(kind, x, dy, alpha):
    """Of two equal columns, maxout gives the gradient to the second."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx[:, 0::2], dx[:, 1::2] = dy * (x[:, 0::2] > y - (x[:, 1::2] < y) - 1), 0
        second = x[:, 1::2] >= x[:, 0::2]
        dx[:, 0::2], dx[:, 1::2] = dy * ~second, dy * second
    return y, dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="That is the max gate's rule. Here, of two equal columns, the text gives the whole gradient to the first.",
    read="sec-backprop-activations",
)
def maxout_ties_halved(kind, x, dy, alpha):
    """Of two equal columns, maxout gives each half of the gradient."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        won = x == np.repeat(y, 2, axis=1)
        equal = np.repeat(x[:, 0::2] == x[:, 1::2], 2, axis=1)
        dx = np.repeat(dy, 2, axis=1) * won * np.where(equal, 0.5, 1.0).astype(x.dtype)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The pairs are columns 0 and 1, then 2 and 3.",
    read="sec-backprop-activations",
)
def maxout_halves(kind, x, dy, alpha):
    """Maxout pairs the first half of the columns with the second."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    k = x.shape[1] // 2
    first, second = x[:, :k], x[:, k:]
    dx = np.concatenate([dy * (first >= second), dy * (first < second)], axis=1)
    return np.maximum(first, second), dx, 0.0


@mistake(
    "activation",
    hint="Maxout takes the maximum in each pair of columns, not in the whole row.",
    read="sec-backprop-activations",
)
def maxout_of_row(kind, x, dy, alpha):
    """Maxout takes the maximum of each row."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y = x.max(axis=1, keepdims=True)
    return y, (x == y) * dy.sum(axis=1, keepdims=True), 0.0


@mistake(
    "activation",
    corner="no loop",
    hint="np.vectorize and comprehensions are loops in disguise: they call Python once an entry.",
    read="sec-backprop-activations",
)
def loop_over_entries(kind, x, dy, alpha):
    """A Python loop goes through the entries."""
    if kind == "maxout":
        y, dx = np.zeros_like(dy), np.zeros_like(x)
        for n in range(dy.shape[0]):
            for k in range(dy.shape[1]):
                winner = 2 * k + (x[n, 2 * k] < x[n, 2 * k + 1])
                y[n, k], dx[n, winner] = x[n, winner], dy[n, k]
        return y, dx, 0.0
    y, dx, dalpha = np.zeros_like(x), np.zeros_like(x), 0.0
    for i in np.ndindex(x.shape):
        y[i], dx[i], one = _activation(kind, x[i], dy[i], alpha)
        dalpha += one
    return y, dx, dalpha


@mistake("activation", same_as="loop_over_entries", corner="no loop")
def maxout_loops_over_pairs(kind, x, dy, alpha):
    """A Python loop goes through the pairs of columns."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y, dx = np.zeros_like(dy), np.zeros_like(x)
    for k in range(dy.shape[1]):
        first, second = x[:, 2 * k], x[:, 2 * k + 1]
        y[:, k] = np.maximum(first, second)
        dx[:, 2 * k] = dy[:, k] * (first >= second)
        dx[:, 2 * k + 1] = dy[:, k] * (first < second)
    return y, dx, 0.0


@mistake("activation", same_as="loop_over_entries", corner="no loop")
def maxout_loops_over_rows(kind, x, dy, alpha):
    """A Python loop goes through the rows."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y, dx = np.zeros_like(dy), np.zeros_like(x)
    for n in range(len(x)):
        first, second = x[n, 0::2], x[n, 1::2]
        y[n] = np.maximum(first, second)
        dx[n, 0::2] = dy[n] * (first >= second)
        dx[n, 1::2] = dy[n] * (first < second)
    return y, dx, 0.0


@mistake(
    "activation",
    hint="α belongs to ELU and PReLU. In the other rows of the table it does not appear.",
    read="sec-backprop-activations",
)
def alpha_everywhere(kind, x, dy, alpha):
    """α scales activations that have none."""
    if kind in ("elu", "prelu"):
        return _activation(kind, x, dy, alpha)
    y, dx, _ = _activation(kind, x, dy, alpha)
    return (alpha * y).astype(x.dtype), (alpha * dx).astype(x.dtype), 0.0


@mistake(
    "activation",
    hint="x was written into: x[x < 0] = … changes the array of whoever called you. Work on a copy.",
    read="sec-backprop-relu",
)
def rectified_in_place(kind, x, dy, alpha):
    """The output of ReLU is written into x itself."""
    if kind == "relu":
        positive = x > 0
        x[~positive] = 0
        return x, dy * positive, 0.0
    return _activation(kind, x, dy, alpha)


@mistake(
    "activation",
    hint="dy was written into: dy[x <= 0] = 0 changes the array of whoever called you. Work on a copy.",
    read="sec-backprop-relu",
)
def gradient_in_place(kind, x, dy, alpha):
    """The gradient of ReLU is written into dy itself."""
    if kind == "relu":
        dy[x <= 0] = 0
        return np.maximum(x, 0), dy, 0.0
    return _activation(kind, x, dy, alpha)


@mistake(
    "activation",
    hint="For the kind of this check, no branch makes the results: the function comes to its end without a return, or returns what has no value yet.",
    read="sec-backprop-activations",
)
def kind_not_written(kind, x, dy, alpha):
    """One kind of the table is not written yet."""
    return None if kind == "maxout" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def elu_not_written(kind, x, dy, alpha):
    """There is no branch for elu."""
    return None if kind == "elu" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def relu_not_written(kind, x, dy, alpha):
    """There is no branch for relu."""
    return None if kind == "relu" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def prelu_not_written(kind, x, dy, alpha):
    """There is no branch for prelu."""
    return None if kind == "prelu" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def step_not_written(kind, x, dy, alpha):
    """There is no branch for step."""
    return None if kind == "step" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def sigmoid_not_written(kind, x, dy, alpha):
    """There is no branch for sigmoid."""
    return None if kind == "sigmoid" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def tanh_not_written(kind, x, dy, alpha):
    """There is no branch for tanh."""
    return None if kind == "tanh" else _activation(kind, x, dy, alpha)


@mistake("activation", same_as="kind_not_written")
def relu_has_no_branch(kind, x, dy, alpha):
    """The results for relu are returned and never made."""
    if kind != "relu":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def prelu_has_no_branch(kind, x, dy, alpha):
    """The results for prelu are returned and never made."""
    if kind != "prelu":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def step_has_no_branch(kind, x, dy, alpha):
    """The results for step are returned and never made."""
    if kind != "step":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def sigmoid_has_no_branch(kind, x, dy, alpha):
    """The results for sigmoid are returned and never made."""
    if kind != "sigmoid":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def tanh_has_no_branch(kind, x, dy, alpha):
    """The results for tanh are returned and never made."""
    if kind != "tanh":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def elu_has_no_branch(kind, x, dy, alpha):
    """The results for elu are returned and never made."""
    if kind != "elu":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake("activation", same_as="kind_not_written")
def maxout_has_no_branch(kind, x, dy, alpha):
    """The results for maxout are returned and never made."""
    if kind != "maxout":
        y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The text asks for three results for each kind: where the table has no α, dalpha is 0.0.",
    read="sec-backprop-activations",
)
def two_results(kind, x, dy, alpha):
    """dalpha is returned only where there is an α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (y, dx, dalpha) if kind in ("elu", "prelu") else (y, dx)


@mistake("activation", same_as="elu_overflows", corner="large entries")
def elu_alpha_gradient_overflows(kind, x, dy, alpha):
    """dalpha of ELU multiplies an exponential that has overflowed by 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        with np.errstate(over="ignore", invalid="ignore"):
            dalpha = (dy * (x <= 0) * (np.exp(x) - 1)).sum()
    return y, dx, dalpha


@mistake(
    "activation",
    hint="α x differentiated by α is x, and α (eˣ − 1) is eˣ − 1: the α itself does not stay. Yours still has it as a factor.",
    read="sec-backprop-relu",
)
def alpha_gradient_with_alpha(kind, x, dy, alpha):
    """dalpha uses the output y, which still has the factor α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, alpha * dalpha


@mistake("activation", same_as="alpha_gradient_with_alpha")
def elu_alpha_gradient_with_alpha(kind, x, dy, alpha):
    """dalpha of ELU uses the output y, which still has the factor α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, alpha * dalpha if kind == "elu" else dalpha


@mistake(
    "activation",
    hint="ELU's gradient by α comes from the entries at most 0 alone: where x > 0, α has no part in y.",
    read="sec-backprop-activations",
)
def elu_alpha_gradient_of_all(kind, x, dy, alpha):
    """dalpha of ELU sums over the positive entries as well."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, (dy * y / alpha).sum() if kind == "elu" else dalpha


@mistake("activation", same_as="elu_alpha_gradient_of_all")
def elu_alpha_gradient_of_all_exponentials(kind, x, dy, alpha):
    """dalpha of ELU sums eˣ − 1 over the positive entries as well."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        with np.errstate(over="ignore"):
            dalpha = (dy * (np.exp(x) - 1)).sum()
    return y, dx, dalpha


@mistake(
    "activation",
    hint="tanh² x means (tanh x)²: first tanh, then the square. You squared x and took tanh of that.",
    read="sec-backprop-saturation",
)
def tanh_of_square(kind, x, dy, alpha):
    """The slope of tanh is 1 − tanh(x²)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (1 - np.tanh(x**2)) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    corner="at zero",
    hint="Where two columns are equal, both of them equal the maximum, and there are more places than gradients. Compare the columns with each other: which one is first?",
    read="sec-backprop-activations",
)
def maxout_places_by_mask(kind, x, dy, alpha):
    """Maxout writes dy to all entries that equal their maximum, and fails for equal columns."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx = np.zeros_like(x)
        dx[x == np.repeat(y, 2, axis=1)] = dy.ravel()
    return y, dx, dalpha


@mistake(
    "activation",
    corner="large entries",
    hint="At x = −1000 your sigmoid is right, but its derivative e⁻ˣ / (1 + e⁻ˣ)² is infinity over infinity. Written with the output, y (1 − y), nothing overflows.",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_overflows(kind, x, dy, alpha):
    """The slope of the sigmoid is computed as e⁻ˣ / (1 + e⁻ˣ)²."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "sigmoid":
        with np.errstate(over="ignore", invalid="ignore"):
            dx = dy * np.exp(-x) / (1 + np.exp(-x)) ** 2
    return y, dx, dalpha


@mistake(
    "activation",
    hint="α is PReLU's slope where x ≤ 0. Where x > 0, dy passes as it is.",
    read="sec-backprop-relu",
)
def prelu_slope_everywhere(kind, x, dy, alpha):
    """PReLU has the slope α for every x."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, alpha * dy if kind == "prelu" else dx, dalpha


@mistake(
    "activation",
    hint="The slope of tanh is 1 − y²: the square is missing.",
    read="sec-backprop-saturation",
)
def tanh_slope_unsquared(kind, x, dy, alpha):
    """The slope of tanh is 1 − y."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (1 - y) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    hint="The gradients of all first columns stand before those of all second ones. The columns of x alternate, and so do those of dx.",
    read="sec-backprop-activations",
)
def maxout_gradient_in_halves(kind, x, dy, alpha):
    """dx of maxout has the first columns of all pairs, then the second ones."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx = np.concatenate([dx[:, ::2], dx[:, 1::2]], axis=1)
    return y, dx, dalpha


@mistake(
    "activation",
    corner="large entries",
    hint="At x = 1000, y should be 1000. You cut x off before you use it, and ELU (like ReLU and PReLU) stops growing there. Only what goes into an "
    "exponential needs a limit: for ELU np.minimum(x, 0).",
    read="sec-backprop-activations",
)
def x_clipped(kind, x, dy, alpha):
    """x is cut off at both ends, for every kind."""
    return _activation(kind, np.clip(x, -500, 500), dy, alpha)


@mistake("activation", same_as="x_clipped", corner="large entries")
def x_clipped_at_30(kind, x, dy, alpha):
    """x is cut off at ±30, for every kind."""
    return _activation(kind, np.clip(x, -30, 30), dy, alpha)


@mistake("activation", same_as="x_clipped", corner="large entries")
def x_clipped_at_50(kind, x, dy, alpha):
    """x is cut off at ±50, for every kind."""
    return _activation(kind, np.clip(x, -50, 50), dy, alpha)


@mistake("activation", same_as="x_clipped", corner="large entries")
def x_clipped_at_100(kind, x, dy, alpha):
    """x is cut off at ±100, for every kind."""
    return _activation(kind, np.clip(x, -100, 100), dy, alpha)


@mistake("activation", same_as="x_clipped", corner="large entries")
def x_clipped_at_700(kind, x, dy, alpha):
    """x is cut off at ±700, for every kind."""
    return _activation(kind, np.clip(x, -700, 700), dy, alpha)


@mistake("activation", same_as="maxout_halves")
def maxout_halves_with_gradients_in_pairs(kind, x, dy, alpha):
    """Maxout pairs the first half of the columns with the second, and dx stands in pairs."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    first, second = np.split(x, 2, axis=1)
    dx = np.stack([dy * (first >= second), dy * (first < second)], axis=2)
    return np.maximum(first, second), dx.reshape(x.shape), 0.0


@mistake("activation", same_as="maxout_halves")
def maxout_halves_to_both(kind, x, dy, alpha):
    """Maxout pairs the first half of the columns with the second, and both get dy."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    first, second = np.split(x, 2, axis=1)
    return np.maximum(first, second), np.hstack([dy, dy]), 0.0


@mistake(
    "activation",
    hint="y is tanh x already, so 1 − y² is all that is left to do. You take the tanh of y once more.",
    read="sec-backprop-activations",
)
def tanh_slope_of_output(kind, x, dy, alpha):
    """The slope of tanh is taken at y, not at x: tanh is applied twice."""
    if kind != "tanh":
        return _activation(kind, x, dy, alpha)
    return np.tanh(x), dy * (1 - np.tanh(np.tanh(x)) ** 2), 0.0


@mistake(
    "activation",
    hint="y is σ(x) already, so y (1 − y) is all that is left to do. You take the sigmoid of y once more.",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_of_output(kind, x, dy, alpha):
    """The slope of the sigmoid is taken at y, not at x: σ is applied twice."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "sigmoid":
        again = (1 + np.tanh(y / 2)) / 2
        dx = dy * again * (1 - again)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="Below 0 the slope is α eˣ, of x and not of y. (By the output, it is y + α.)",
    read="sec-backprop-activations",
)
def elu_slope_of_output(kind, x, dy, alpha):
    """The slope of ELU below 0 is α exp(y)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = np.where(x > 0, dy, dy * alpha * np.exp(np.minimum(y, 0)))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="dalpha has the wrong sign: if α grows, an entry below 0 gets smaller, and dy says what that does to the loss.",
    read="sec-backprop-activations",
)
def alpha_gradient_sign(kind, x, dy, alpha):
    """dalpha has the wrong sign."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, -dalpha if kind in ("elu", "prelu") else dalpha


@mistake(
    "activation",
    hint="The derivative of ReLU is 0 or 1. You multiply dy by the output instead.",
    read="sec-backprop-relu",
)
def relu_slope_is_output(kind, x, dy, alpha):
    """The gradient of ReLU is multiplied by its output."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * y if kind == "relu" else dx, dalpha


@mistake(
    "activation",
    hint="Of each pair, maxout lets the larger through. You add them up or average them.",
    read="sec-backprop-activations",
)
def maxout_adds(kind, x, dy, alpha):
    """Maxout takes the sum of a pair, or its mean."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    return x[:, ::2] + x[:, 1::2], np.repeat(dy, 2, axis=1), 0.0


@mistake("activation", same_as="maxout_adds")
def maxout_averages(kind, x, dy, alpha):
    """Maxout takes the mean of a pair."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    return (x[:, ::2] + x[:, 1::2]) / 2, np.repeat(dy / 2, 2, axis=1), 0.0


@mistake(
    "activation",
    hint="Maxout lets the larger of a pair through. Yours is the smaller one.",
    read="sec-backprop-activations",
)
def maxout_takes_the_smaller(kind, x, dy, alpha):
    """Maxout takes the smaller of a pair."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y, dx, dalpha = _activation(kind, -x, dy, alpha)
    return -y, dx, dalpha


@mistake(
    "activation",
    hint="The slope of the sigmoid is y (1 − y). It is small near 1 as well, where your y is not.",
    read="sec-backprop-activations",
)
def sigmoid_slope_of_y(kind, x, dy, alpha):
    """The slope of the sigmoid is y."""
    dalpha = 0.0
    if kind == "relu":
        y = np.where(x > 0, x, 0.0)
        dx = np.where(x > 0, dy, 0.0)
    elif kind == "prelu":
        y = np.where(x > 0, x, alpha * x)
        dx = np.where(x > 0, dy, alpha * dy)
        dalpha = np.sum(np.where(x > 0, 0.0, dy * x))
    elif kind == "step":
        y = (x >= 0).astype(float)
        dx = np.zeros(x.shape)
    elif kind == "sigmoid":
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
        dx = dy * y
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        e = np.exp(np.minimum(x, 0))
        y = np.where(x > 0, x, alpha * (e - 1))
        dx = dy * np.where(x > 0, 1.0, alpha * e)
        dalpha = np.sum(dy * np.where(x > 0, 0.0, e - 1))
    else:
        pairs = x.reshape(x.shape[0], -1, 2)
        y = pairs.max(axis=2)
        first = pairs[:, :, 0] >= pairs[:, :, 1]
        dx = np.zeros(pairs.shape)
        dx[:, :, 0] = dy * first
        dx[:, :, 1] = dy * ~first
        dx = dx.reshape(x.shape)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="Each output is the larger of its own two columns: 0 and 1, then 2 and 3.",
    read="sec-backprop-activations",
)
def largest_of_the_row(kind, x, dy, alpha):
    """maxout takes the largest entry of the whole row."""
    dalpha = 0.0
    if kind == "relu":
        y = np.where(x > 0, x, 0.0)
        dx = np.where(x > 0, dy, 0.0)
    elif kind == "prelu":
        y = np.where(x > 0, x, alpha * x)
        dx = np.where(x > 0, dy, alpha * dy)
        dalpha = np.sum(np.where(x > 0, 0.0, dy * x))
    elif kind == "step":
        y = (x >= 0).astype(float)
        dx = np.zeros(x.shape)
    elif kind == "sigmoid":
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
        dx = dy * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        e = np.exp(np.minimum(x, 0))
        y = np.where(x > 0, x, alpha * (e - 1))
        dx = dy * np.where(x > 0, 1.0, alpha * e)
        dalpha = np.sum(dy * np.where(x > 0, 0.0, e - 1))
    else:
        pairs = x.reshape(x.shape[0], -1, 2)
        y = np.repeat(x.max(axis=1, keepdims=True), pairs.shape[1], axis=1)
        first = pairs[:, :, 0] >= pairs[:, :, 1]
        dx = np.zeros(pairs.shape)
        dx[:, :, 0] = dy * first
        dx[:, :, 1] = dy * ~first
        dx = dx.reshape(x.shape)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The output is the larger of the two columns. Yours is the smaller.",
    read="sec-backprop-activations",
)
def smaller_of_two(kind, x, dy, alpha):
    """maxout takes the smaller column."""
    dalpha = 0.0
    if kind == "relu":
        y = np.where(x > 0, x, 0.0)
        dx = np.where(x > 0, dy, 0.0)
    elif kind == "prelu":
        y = np.where(x > 0, x, alpha * x)
        dx = np.where(x > 0, dy, alpha * dy)
        dalpha = np.sum(np.where(x > 0, 0.0, dy * x))
    elif kind == "step":
        y = (x >= 0).astype(float)
        dx = np.zeros(x.shape)
    elif kind == "sigmoid":
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
        dx = dy * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        e = np.exp(np.minimum(x, 0))
        y = np.where(x > 0, x, alpha * (e - 1))
        dx = dy * np.where(x > 0, 1.0, alpha * e)
        dalpha = np.sum(dy * np.where(x > 0, 0.0, e - 1))
    else:
        pairs = x.reshape(x.shape[0], -1, 2)
        y = pairs.min(axis=2)
        first = pairs[:, :, 0] >= pairs[:, :, 1]
        dx = np.zeros(pairs.shape)
        dx[:, :, 0] = dy * first
        dx[:, :, 1] = dy * ~first
        dx = dx.reshape(x.shape)
    return y, dx, dalpha


# --- right answers, written another way ---


@alternative("activation")
def by_masks(kind, x, dy, alpha):
    """Index masks, one branch at a time."""
    if kind == "maxout":
        pairs = x.reshape(len(x), -1, 2)
        winner = pairs.argmax(axis=2)[..., None]
        dpairs = np.zeros_like(pairs)
        np.put_along_axis(dpairs, winner, dy[..., None], axis=2)
        return np.take_along_axis(pairs, winner, axis=2)[..., 0], dpairs.reshape(x.shape), 0.0
    y, slope, by_alpha = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    up, down = x > 0, x <= 0
    if kind == "sigmoid":
        y[up] = 1 / (1 + np.exp(-x[up]))
        y[down] = np.exp(x[down]) / (1 + np.exp(x[down]))
        slope = y - y * y
    elif kind == "tanh":
        y = np.tanh(x)
        slope = (1 - y) * (1 + y)
    elif kind == "step":
        y[x >= 0] = 1
    else:
        y[up], slope[up] = x[up], 1
        if kind == "elu":
            y[down], slope[down] = alpha * (np.exp(x[down]) - 1), alpha * np.exp(x[down])
            by_alpha[down] = np.exp(x[down]) - 1
        if kind == "prelu":
            y[down], slope[down], by_alpha[down] = alpha * x[down], alpha, x[down]
    return y, dy * slope, float(np.vdot(dy, by_alpha))


@alternative("activation")
def by_clipping(kind, x, dy, alpha):
    """Positive and negative parts, and formulas that overflow in a branch that is not taken."""
    positive, negative = np.maximum(x, 0), np.minimum(x, 0)
    with np.errstate(over="ignore"):
        if kind == "sigmoid":
            y = 1 / (1 + np.exp(-x))
            return y, dy * (y * (1 - y)), 0.0
        if kind == "tanh":
            return np.tanh(x), dy * (1 - np.square(np.tanh(x))), 0.0
        if kind == "elu":
            y = positive + alpha * (np.exp(negative) - 1)
            dx = np.where(x > 0, dy, alpha * np.exp(x) * dy)
            return y, dx, np.sum(dy * (np.exp(negative) - 1))
    if kind == "step":
        return np.heaviside(x, np.ones((), x.dtype)), 0 * dy, 0.0
    if kind == "relu":
        return positive, np.where(x > 0, dy, 0), 0.0
    if kind == "prelu":
        return (
            positive + alpha * negative,
            np.where(x > 0, 1, alpha).astype(x.dtype) * dy,
            np.sum(dy * negative),
        )
    columns = np.arange(x.shape[1]) % 2 == 0
    dx = np.zeros(x.shape, x.dtype)
    dx[:, columns] = np.where(x[:, columns] >= x[:, ~columns], dy, 0)
    dx[:, ~columns] = np.where(x[:, columns] < x[:, ~columns], dy, 0)
    return x.reshape(len(x), -1, 2).max(axis=2), dx, 0.0


@mistake(
    "activation",
    hint="PReLU's gradient by α comes from the entries below 0, where y is α x. Yours adds up those above.",
    read="sec-backprop-relu",
)
def alpha_gradient_of_the_positive(kind, x, dy, alpha):
    """dalpha of PReLU sums over the positive entries in place of the others."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, (dy * np.maximum(x, 0)).sum() if kind == "prelu" else dalpha


@mistake("activation", same_as="tanh_of_half")
def tanh_of_half_throughout(kind, x, dy, alpha):
    """tanh is computed as 2σ(x) − 1, with the slope 1 − y²."""
    return _activation(kind, x / 2 if kind == "tanh" else x, dy, alpha)


@mistake(
    "activation",
    hint="α multiplies the whole bracket: α (eˣ − 1). Yours is α eˣ − 1.",
    read="sec-backprop-activations",
)
def elu_without_brackets(kind, x, dy, alpha):
    """ELU lacks its brackets: α eˣ − 1."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.where(x > 0, y, y + alpha - 1) if kind == "elu" else y, dx, dalpha


@mistake(
    "activation",
    hint="Where x > 0, ELU is x, and its slope is 1.",
    read="sec-backprop-activations",
)
def elu_slope_alpha_above(kind, x, dy, alpha):
    """The slope of ELU above 0 is α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.where(x > 0, alpha * dy, dx) if kind == "elu" else dx, dalpha


@mistake(
    "activation",
    hint="y is the larger of the two, so only the larger has an effect on it, and gets the gradient.",
    read="sec-backprop-activations",
)
def maxout_gradient_to_the_smaller(kind, x, dy, alpha):
    """Maxout gives the gradient to the smaller column."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx = dx.reshape(len(x), -1, 2)[:, :, ::-1].reshape(x.shape)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="dx has an entry for each of x: the larger of two columns gets dy, and the other 0.",
    read="sec-backprop-activations",
)
def maxout_gradient_of_half_the_columns(kind, x, dy, alpha):
    """dx of maxout has the shape of y."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx[:, 0::2] if kind == "maxout" else dx, dalpha


@mistake(
    "activation",
    hint="ReLU has no α, so dalpha is 0 there.",
    read="sec-backprop-activations",
)
def alpha_gradient_of_relu(kind, x, dy, alpha):
    """dalpha is computed for ReLU as well, which has no α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, (dy * np.minimum(x, 0)).sum() if kind == "relu" else dalpha


@mistake(
    "activation",
    hint="PReLU is x where x > 0, and α x elsewhere. The two branches are exchanged.",
    read="sec-backprop-relu",
)
def prelu_branches_exchanged(kind, x, dy, alpha):
    """PReLU has α above 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        y, dx = np.where(x > 0, alpha * x, x), np.where(x > 0, alpha * dy, dy)
    return y, dx, dalpha


@mistake("activation", same_as="prelu_branches_exchanged")
def prelu_branches_exchanged_throughout(kind, x, dy, alpha):
    """PReLU has α above 0, and dalpha sums there."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        y, dx = np.where(x > 0, alpha * x, x), np.where(x > 0, alpha * dy, dy)
        dalpha = (dy * np.maximum(x, 0)).sum()
    return y, dx, dalpha


@mistake("activation", same_as="prelu_branches_exchanged")
def prelu_branches_exchanged_forwards(kind, x, dy, alpha):
    """The value of PReLU has α above 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (np.where(x > 0, alpha * x, x) if kind == "prelu" else y), dx, dalpha


@mistake("activation", same_as="prelu_branches_exchanged")
def prelu_branches_exchanged_backwards(kind, x, dy, alpha):
    """The derivative of PReLU is α above 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, (np.where(x > 0, alpha * dy, dy) if kind == "prelu" else dx), dalpha


@mistake(
    "activation",
    hint="Below 0, PReLU is α x and not α: it goes on falling.",
    read="sec-backprop-relu",
)
def prelu_constant_below_zero(kind, x, dy, alpha):
    """PReLU is α below 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (np.where(x > 0, x, alpha) if kind == "prelu" else y), dx, dalpha


@mistake(
    "activation",
    hint="ReLU keeps what is above 0. You keep what is below.",
    read="sec-backprop-relu",
)
def relu_turned_round(kind, x, dy, alpha):
    """ReLU keeps the negative entries."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (np.minimum(x, 0), dy * (x < 0), 0.0) if kind == "relu" else (y, dx, dalpha)
