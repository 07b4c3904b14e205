"""Wrong answers to `penalty` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _penalise(parameters, strength, chosen):
    """chosen: a function of name and array."""
    value, gradients = 0.0, []
    for name, w in parameters:
        on = strength if chosen(name, w) else 0.0
        value += on * (w * w).sum() / 2
        gradients.append(on * w)
    return value, *gradients


def _right(parameters, strength):
    return _penalise(parameters, strength, lambda name, w: w.ndim > 1)


@mistake(
    "penalty",
    hint="Biases, γ and β are left free: they add nothing to the penalty, and their gradient is zero.",
    read="sec-training-biases",
    corner="what is left free",
)
def everything(parameters, strength):
    """Biases, γ and β are penalised."""
    return _penalise(parameters, strength, lambda name, w: True)


@mistake(
    "penalty",
    hint="γ of batch normalisation is called a weight, too, and has one axis like a bias. It is left free.",
    read="sec-training-l2",
    corner="what is left free",
)
def bias_by_name(parameters, strength):
    """What is not called a bias is penalised, γ as well."""
    return _penalise(parameters, strength, lambda name, w: not name.endswith("bias"))


@mistake(
    "penalty",
    hint="A name that ends in “weight” may be a γ, and weights may have other names. The number of axes tells.",
    read="sec-training-l2",
)
def weight_by_name(parameters, strength):
    """What is called a weight is penalised, and nothing else."""
    return _penalise(parameters, strength, lambda name, w: name.endswith("weight"))


@mistake(
    "penalty",
    hint="Names mislead: a layer may be called debias, and γ scale. The number of axes tells.",
    read="sec-training-l2",
)
def by_substring(parameters, strength):
    """What has “bias” or “bn” anywhere in its name is left free, and nothing else."""
    return _penalise(parameters, strength, lambda name, w: "bias" not in name and "bn" not in name)


@mistake(
    "penalty",
    hint="A convolution's weights have four axes, and they are weights all the same.",
    read="sec-training-l2",
)
def matrices_alone(parameters, strength):
    """Only matrices are penalised, and convolutions are not."""
    return _penalise(parameters, strength, lambda name, w: w.ndim == 2)


@mistake("penalty", same_as="everything")
def the_others(parameters, strength):
    """Biases, γ and β are penalised, and weights are not."""
    return _penalise(parameters, strength, lambda name, w: w.ndim < 2)


@mistake(
    "penalty",
    hint="A parameter of one number may be a weight or not: its number of axes tells, not its size.",
    read="sec-training-l2",
)
def by_size(parameters, strength):
    """What has more than two entries is penalised."""
    return _penalise(parameters, strength, lambda name, w: w.size > 2)


@mistake(
    "penalty",
    hint="The penalty is λ/2 times the sum of squares. The ½ is missing.",
    read="sec-training-l2",
    corner="the value",
)
def half_missing_in_value(parameters, strength):
    """The value is λ times the sum of squares, without the ½."""
    value, *gradients = _right(parameters, strength)
    return 2 * value, *gradients


@mistake(
    "penalty",
    hint="The penalty has the factor λ/2, so that its gradient is λ w, without a 2.",
    read="sec-training-l2",
    corner="the gradient",
)
def two_in_gradient(parameters, strength):
    """The gradient is 2 λ w."""
    value, *gradients = _right(parameters, strength)
    return value, *(2 * g for g in gradients)


@mistake(
    "penalty",
    hint="The ½ is in the value, and the 2 of the square cancels against it: the gradient is λ w.",
    read="sec-training-l2",
    corner="the gradient",
)
def half_in_gradient(parameters, strength):
    """The gradient is λ/2 · w."""
    value, *gradients = _right(parameters, strength)
    return value, *(g / 2 for g in gradients)


@mistake("penalty", same_as="half_missing_in_value")
def twice_as_strong(parameters, strength):
    """Value and gradient are both twice as large: there is no ½."""
    return _right(parameters, 2 * strength)


@mistake(
    "penalty",
    hint="The value is a sum over all weight arrays. Yours is that of the last one.",
    read="sec-training-l2",
)
def last_alone(parameters, strength):
    """The value is that of the last weight array alone."""
    value, gradients = 0.0, []
    for _, w in parameters:
        on = strength if w.ndim > 1 else 0.0
        value = on / 2 * (w * w).sum() if w.ndim > 1 else value
        gradients.append(on * w)
    return value, *gradients


@mistake(
    "penalty",
    hint="The value is a sum over all weight arrays. Yours is that of the first one: does a return stand too far inside?",
    read="sec-training-l2",
)
def first_alone(parameters, strength):
    """The value is that of the first weight array alone."""
    _, *gradients = _right(parameters, strength)
    first = next(w for _, w in parameters if w.ndim > 1)
    return strength / 2 * (first * first).sum(), *gradients


@mistake(
    "penalty",
    hint="Squares are added up. A mean makes a large layer as cheap as a small one.",
    read="sec-training-l2",
)
def mean_of_squares(parameters, strength):
    """The value is the mean of the squares of each array."""
    _, *gradients = _right(parameters, strength)
    return sum(strength / 2 * (w * w).mean() for _, w in parameters if w.ndim > 1), *gradients


@mistake(
    "penalty",
    hint="The penalty has the *square* of the norm.",
    read="sec-training-l2",
)
def norm_without_square(parameters, strength):
    """The norm of each array is taken, without its square."""
    _, *gradients = _right(parameters, strength)
    norms = [np.sqrt((w * w).sum()) for _, w in parameters if w.ndim > 1]
    return strength / 2 * sum(norms), *gradients


@mistake(
    "penalty",
    hint="Each norm is squared first, and the squares are added. Yours adds the norms and squares their sum.",
    read="sec-training-l2",
)
def square_of_sum(parameters, strength):
    """The norms of the arrays are added up, and the sum is squared."""
    _, *gradients = _right(parameters, strength)
    norms = [np.sqrt((w * w).sum()) for _, w in parameters if w.ndim > 1]
    return strength / 2 * sum(norms) ** 2, *gradients


@mistake(
    "penalty",
    hint="Magnitudes are the business of L1. L2 adds up squares.",
    read="sec-training-l1",
)
def l1(parameters, strength):
    """Magnitudes are added up, and the gradient is the sign: that is L1."""
    value = sum(strength * abs(w).sum() for _, w in parameters if w.ndim > 1)
    return value, *(strength * np.sign(w) * (w.ndim > 1) for _, w in parameters)


@mistake(
    "penalty",
    hint="w @ w.T multiplies rows with other rows. The sum of squares is (w * w).sum().",
    read="sec-arrays-matmul",
)
def matrix_product(parameters, strength):
    """The value is the sum of a matrix product, w @ w.T."""
    _, *gradients = _right(parameters, strength)
    rows = [w.reshape(len(w), -1) for _, w in parameters if w.ndim > 1]
    return strength / 2 * sum((r @ r.T).sum() for r in rows), *gradients


@mistake(
    "penalty",
    hint="The sum is squared here. Square first, then add: positive and negative weights must not cancel.",
    read="sec-training-l2",
)
def sum_then_square(parameters, strength):
    """The weights are added up, and their sum is squared."""
    _, *gradients = _right(parameters, strength)
    return strength / 2 * sum(w.sum() ** 2 for _, w in parameters if w.ndim > 1), *gradients


@mistake(
    "penalty",
    hint="Every parameter has a gradient, in order. Where it is left free, that is zeros in its shape.",
    read="sec-training-l2",
    corner="what is left free",
)
def gradients_of_weights_alone(parameters, strength):
    """Only the weights have a gradient in the result."""
    value, *gradients = _right(parameters, strength)
    pairs = zip(gradients, parameters, strict=True)
    return value, *(g for g, (_, w) in pairs if w.ndim > 1)


@mistake(
    "penalty",
    hint="The gradient of what is left free is zeros in its shape. A plain 0, or None, cannot be added to another gradient of that shape safely.",
    read="sec-training-l2",
    corner="what is left free",
)
def none_for_free(parameters, strength):
    """The gradient of what is left free is None."""
    value, *gradients = _right(parameters, strength)
    pairs = zip(gradients, parameters, strict=True)
    return value, *(g if w.ndim > 1 else None for g, (_, w) in pairs)


@mistake(
    "penalty",
    hint="The gradient of what is left free is zeros in the shape of the parameter, so that it can be added.",
    read="sec-training-l2",
    corner="what is left free",
)
def zero_for_free(parameters, strength):
    """The gradient of what is left free is the number 0."""
    value, *gradients = _right(parameters, strength)
    pairs = zip(gradients, parameters, strict=True)
    return value, *(g if w.ndim > 1 else 0.0 for g, (_, w) in pairs)


@mistake(
    "penalty",
    hint="The value is right. A gradient for each parameter is asked for as well.",
    read="sec-training-l2",
)
def value_alone(parameters, strength):
    """The value alone is returned."""
    return _right(parameters, strength)[0]


@mistake(
    "penalty",
    hint="The text asks for one tuple, (penalty, gradient, gradient, …), without a list inside: return value, *gradients.",
    read="sec-training-l2",
)
def list_inside(parameters, strength):
    """The gradients come as a list inside of the tuple."""
    value, *gradients = _right(parameters, strength)
    return value, gradients


@mistake(
    "penalty",
    hint="The strength is missing in the gradient.",
    read="sec-training-l2",
    corner="the gradient",
)
def strength_missing_in_gradient(parameters, strength):
    """The gradient is w, without λ."""
    value, *_ = _right(parameters, strength)
    return value, *(w * (w.ndim > 1) for _, w in parameters)


@mistake(
    "penalty",
    hint="The gradient points where the penalty grows: λ w. Descent subtracts it later.",
    read="sec-training-l2",
    corner="the gradient",
)
def sign_turned(parameters, strength):
    """The gradient has the other sign."""
    value, *gradients = _right(parameters, strength)
    return value, *(-g for g in gradients)


@mistake("penalty", same_as="everything", corner="what is left free")
def gradient_for_everything(parameters, strength):
    """Biases, γ and β have a gradient, though the value is without them."""
    value, *_ = _right(parameters, strength)
    return value, *(strength * w for _, w in parameters)


@mistake("penalty", same_as="everything", corner="what is left free")
def value_of_everything(parameters, strength):
    """The value is of all parameters, though biases, γ and β have no gradient."""
    _, *gradients = _right(parameters, strength)
    return strength / 2 * sum((w * w).sum() for _, w in parameters), *gradients


@mistake(
    "penalty",
    hint="A list of names fits the networks that you had in mind. Here other names came, and `0.weight` is a weight in one network and a γ in another: go by the array.",
    read="sec-training-l2",
)
def by_list_of_names(parameters, strength):
    """What is called fc, conv or out is penalised, and nothing else."""
    return _penalise(
        parameters, strength, lambda name, w: name.startswith(("fc", "conv", "debias", "out"))
    )


@mistake("penalty", same_as="by_list_of_names")
def by_list_of_weights(parameters, strength):
    """What is called fc.weight, conv.weight and the like is penalised, and nothing else."""
    return _penalise(
        parameters,
        strength,
        lambda name, w: name.startswith(("fc", "conv", "debias", "out")) and "weight" in name,
    )


@mistake("penalty", same_as="weight_by_name")
def all_but_bn(parameters, strength):
    """What is called a weight and does not begin with bn is penalised."""
    return _penalise(
        parameters,
        strength,
        lambda name, w: name.endswith(".weight") and not name.startswith("bn"),
    )


# --- right answers, written another way ---


@alternative("penalty")
def by_dot(parameters, strength):
    """Dot products and zeros."""
    value, result = 0, []
    for _, w in parameters:
        if np.ndim(w) >= 2:
            value = value + np.vdot(w, w)
            result.append(w * strength)
        else:
            result.append(np.zeros_like(w))
    return (0.5 * strength * value, *result)


@alternative("penalty")
def by_shapes(parameters, strength):
    """The length of the shape, and sums of two lists."""
    chosen = [len(w.shape) != 1 for _, w in parameters]
    squares = [np.linalg.norm(w) ** 2 for (_, w), on in zip(parameters, chosen, strict=True) if on]
    gradients = (on * strength * w for (_, w), on in zip(parameters, chosen, strict=True))
    return float(strength * sum(squares) / 2), *gradients
