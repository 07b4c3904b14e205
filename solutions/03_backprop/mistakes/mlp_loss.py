"""Wrong answers to `mlp_loss` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _forward(layers, x):
    """The inputs of each layer and the scores."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight.T + bias
        x = np.maximum(scores, 0)
    return inputs, scores


def _cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return -log_p[rows, labels].mean(), gradient / len(labels)


def _back(layers, inputs, gradient, weight_decay):
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (x > 0)
    return gradients[::-1]


def _squares(layers):
    return sum((w**2).sum() for w, _ in layers)


@mistake(
    "mlp_loss",
    hint="No ReLU comes after the last layer, neither on the way forward, where it would make all negative scores equal, nor on the way back.",
    read="sec-backprop-mlp",
)
def relu_on_scores(layers, x, labels, weight_decay):
    """The scores go through a ReLU, too."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.maximum(scores, 0), labels)
    gradients = _back(layers, inputs, gradient * (scores > 0), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="relu_on_scores")
def relu_on_scores_forward_only(layers, x, labels, weight_decay):
    """The scores go through a ReLU that the way back ignores."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.maximum(scores, 0), labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="On the way back, the gradient passes each hidden ReLU. Where the unit was off, nothing passes.",
    read="sec-backprop-layerwise",
)
def mask_missing(layers, x, labels, weight_decay):
    """The gradient passes every ReLU unhindered."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="It is the unit's own value, on the way forward, that decides whether the gradient passes, not the gradient's sign.",
    read="sec-backprop-layerwise",
)
def mask_of_gradient(layers, x, labels, weight_decay):
    """The ReLU on the way back keeps the positive gradients."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = np.maximum(gradient @ weight, 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="Without one, neighbouring layers could be multiplied into a single layer.",
    read="sec-backprop-collapse",
)
def no_relu(layers, x, labels, weight_decay):
    """There is no ReLU between the layers."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        x = x @ weight.T + bias
    loss, gradient = _cross_entropy(x, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="A layer's weights are multiplied by what the layer below gave out, after its ReLU. So is their gradient.",
    read="sec-backprop-layerwise",
)
def before_relu(layers, x, labels, weight_decay):
    """dweight uses the values before the ReLU."""
    _, scores = _forward(layers, x)
    sums, h = [], x
    for weight, bias in layers:
        sums.append(h @ weight.T + bias)
        h = np.maximum(sums[-1], 0)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), h in zip(layers[::-1], [x, *sums[:-1]][::-1]):
        gradients.append((gradient.T @ h + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (h > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    corner="at zero",
    hint="The text takes ReLU's derivative at 0 as 0. It matters where a whole layer is at 0.",
    read="sec-backprop-relu",
)
def kink_passes(layers, x, labels, weight_decay):
    """The gradient passes a ReLU whose input is exactly 0."""
    _, scores = _forward(layers, x)
    sums, h = [], x
    for weight, bias in layers:
        sums.append(h @ weight.T + bias)
        h = np.maximum(sums[-1], 0)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), a in zip(layers[::-1], [x, *sums[:-1]][::-1]):
        h = a if a is x else np.maximum(a, 0)
        gradients.append((gradient.T @ h + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (a >= 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The gradient of λΣW² has a factor 2.",
    read="sec-linear-regularisation",
)
def decay_gradient_without_two(layers, x, labels, weight_decay):
    """The penalty's gradient is λW in place of 2λW."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss + weight_decay * _squares(layers), _back(layers, inputs, gradient, weight_decay / 2)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The text puts no ½ before the penalty.",
    read="sec-linear-regularisation",
)
def half_decay(layers, x, labels, weight_decay):
    """The penalty has a factor ½, in the loss and in the gradient."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay / 2)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake("mlp_loss", same_as="half_decay", corner="the penalty")
def half_decay_in_loss(layers, x, labels, weight_decay):
    """The penalty has a factor ½ in the loss only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty was added twice to the gradient: 4λW.",
    read="sec-linear-regularisation",
)
def decay_twice(layers, x, labels, weight_decay):
    """The penalty's gradient is added twice."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, 2 * weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty is in the loss, so it is in the gradient of every weight as well.",
    read="sec-linear-regularisation",
)
def decay_not_in_gradient(layers, x, labels, weight_decay):
    """The penalty is in the loss but not in the gradients."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss + weight_decay * _squares(layers), _back(layers, inputs, gradient, 0)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The loss lacks the penalty, λ times the sum of all squared weights. See whether its gradient is there, too.",
    read="sec-linear-regularisation",
)
def decay_not_in_loss(layers, x, labels, weight_decay):
    """The penalty is missing in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, weight_decay)


@mistake("mlp_loss", same_as="decay_not_in_loss", corner="the penalty")
def no_decay(layers, x, labels, weight_decay):
    """The penalty is left out."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, 0)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="Biases are free: the penalty is on weights alone.",
    read="sec-linear-regularisation",
)
def biases_decay(layers, x, labels, weight_decay):
    """The biases are penalised, too."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    gradients = [(w, b + 2 * weight_decay * p) for (w, b), (_, p) in zip(gradients, layers)]
    return loss + weight_decay * (
        _squares(layers) + sum((b**2).sum() for _, b in layers)
    ), gradients


@mistake("mlp_loss", same_as="biases_decay", corner="the penalty")
def biases_decay_in_gradient(layers, x, labels, weight_decay):
    """The biases are penalised in the gradient only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    gradients = [(w, b + 2 * weight_decay * p) for (w, b), (_, p) in zip(gradients, layers)]
    return loss + weight_decay * _squares(layers), gradients


def _with_penalty(layers, x, labels, in_loss, in_gradients):
    """Loss and gradients with any penalty: a number, and what is added to each dweight."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, 0)
    return loss + in_loss, [(w + more, b) for (w, b), more in zip(gradients, in_gradients)]


def _slopes(layers, weight_decay):
    return [2 * weight_decay * weight for weight, _ in layers]


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="Is the sum assigned anew (=) in each turn of a loop, where it should grow (+=)?",
    read="sec-linear-regularisation",
)
def last_layer_decays(layers, x, labels, weight_decay):
    """The penalty in the loss has the last layer's weights alone."""
    in_loss = weight_decay * _squares(layers[-1:])
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="It has no ReLU behind it, but it is penalised as all others are.",
    read="sec-linear-regularisation",
)
def last_layer_left_out(layers, x, labels, weight_decay):
    """The penalty in the loss has all weights but the last layer's."""
    in_loss = weight_decay * _squares(layers[:-1])
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="Every layer's dweight gets its own 2λW.",
    read="sec-linear-regularisation",
)
def last_gradient_decays(layers, x, labels, weight_decay):
    """The penalty is in the last layer's gradient alone."""
    slopes = _slopes(layers, weight_decay)
    slopes = [0 * slope for slope in slopes[:-1]] + slopes[-1:]
    return _with_penalty(layers, x, labels, weight_decay * _squares(layers), slopes)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The last layer's gradient lacks the penalty, which the others have: every layer's dweight gets 2λW.",
    read="sec-linear-regularisation",
)
def last_gradient_left_out(layers, x, labels, weight_decay):
    """The penalty is in every gradient but the last layer's."""
    slopes = _slopes(layers, weight_decay)
    slopes[-1] = 0 * slopes[-1]
    return _with_penalty(layers, x, labels, weight_decay * _squares(layers), slopes)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty's gradient is λW/2, but the derivative of λW² is 2λW: the 2 multiplies.",
    read="sec-linear-regularisation",
)
def decay_gradient_halved(layers, x, labels, weight_decay):
    """The penalty's gradient is λW/2 in place of 2λW."""
    slopes = _slopes(layers, weight_decay / 4)
    return _with_penalty(layers, x, labels, weight_decay * _squares(layers), slopes)


@mistake(
    "mlp_loss",
    hint="The squares of the weights are added without their λ, which is 0 in most of the checks.",
    read="sec-linear-regularisation",
)
def decay_without_lambda(layers, x, labels, weight_decay):
    """The penalty in the loss is ΣW², without λ."""
    return _with_penalty(layers, x, labels, _squares(layers), _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="λΣW² is a number, the penalty itself. What is added to dweight is its gradient 2λW, an array of the shape of W.",
    read="sec-linear-regularisation",
)
def penalty_added_to_gradients(layers, x, labels, weight_decay):
    """The penalty itself, a number, is added to every entry of the gradients."""
    penalty = weight_decay * _squares(layers)
    return _with_penalty(layers, x, labels, penalty, [penalty] * len(layers))


@mistake("mlp_loss", same_as="penalty_added_to_gradients", corner="the penalty")
def own_penalty_added_to_gradient(layers, x, labels, weight_decay):
    """Each layer's own penalty, a number, is added to its gradient."""
    own = [weight_decay * (weight**2).sum() for weight, _ in layers]
    return _with_penalty(layers, x, labels, sum(own), own)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="In λ (ΣW₁² + λ ΣW₂²), the bracket takes in a second λ.",
    read="sec-linear-regularisation",
)
def decay_bracket(layers, x, labels, weight_decay):
    """The squares of the later layers are multiplied by λ twice."""
    in_loss = 0.0
    for weight, _ in reversed(layers):
        in_loss = weight_decay * ((weight**2).sum() + in_loss)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The sum of the entries of W Wᵀ is not the sum of the squares of W: square entry by entry.",
    read="sec-linear-regularisation",
)
def decay_of_matrix_product(layers, x, labels, weight_decay):
    """The penalty sums the matrix product W Wᵀ."""
    in_loss = weight_decay * sum((weight @ weight.T).sum() for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake("mlp_loss", same_as="decay_of_matrix_product", corner="the penalty")
def decay_of_transposed_product(layers, x, labels, weight_decay):
    """The penalty sums the matrix product Wᵀ W."""
    in_loss = weight_decay * sum((weight.T @ weight).sum() for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The layers' penalties were multiplied with each other. Their squares add up.",
    read="sec-linear-regularisation",
)
def decay_multiplied(layers, x, labels, weight_decay):
    """The sums of squares of the layers are multiplied."""
    in_loss = weight_decay * np.prod([(weight**2).sum() for weight, _ in layers])
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="The row maximum is subtracted, well done, and the gradients are right. But the one-hot row times log p has 0 · (−∞) in it, which is nan: pick the "
    "entry of the right class by its index. (And before you subtract the 1: gradient = p makes no copy, and p − 1 has no logarithm.)",
    read="sec-linear-stable",
)
def zero_times_infinity(layers, x, labels, weight_decay):
    """The logarithm is taken of probabilities that are 0, times 0, or of p − 1."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        one_hot = np.eye(p.shape[1])[labels]
        loss = -(one_hot * np.log(p)).sum() / len(x) + weight_decay * _squares(layers)
    return loss, _back(layers, inputs, (p - one_hot) / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="The bias of the last layer is there, those of the hidden layers are not: each unit adds its own before the ReLU.",
    read="sec-backprop-mlp",
)
def hidden_bias_forgotten(layers, x, labels, weight_decay):
    """The hidden layers have no bias."""
    bare = [(weight, 0 * bias) for weight, bias in layers[:-1]] + layers[-1:]
    inputs, scores = _forward(bare, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(bare, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The bias is added twice: a sum that starts at the bias needs no second one.",
    read="sec-backprop-mlp",
)
def hidden_bias_twice(layers, x, labels, weight_decay):
    """The hidden layers add their bias twice."""
    twice = [(weight, 2 * bias) for weight, bias in layers[:-1]] + layers[-1:]
    inputs, scores = _forward(twice, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(twice, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The last layer's dbias is a sum over the rows that was not divided by N, as its dweight was. Divide the gradient of the scores once, before both.",
    read="sec-linear-softmax-gradient",
)
def last_dbias_summed(layers, x, labels, weight_decay):
    """The last layer's dbias is not divided by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    dweight, dbias = gradients[-1]
    return loss + weight_decay * _squares(layers), [*gradients[:-1], (dweight, dbias * len(x))]


@mistake(
    "mlp_loss",
    hint="That is the probability of the right class itself: it grows as the network gets better. The loss is its negative logarithm.",
    read="sec-linear-softmax",
)
def probability_as_loss(layers, x, labels, weight_decay):
    """The loss is p in place of −log p."""
    inputs, scores = _forward(layers, x)
    _, gradient = _cross_entropy(scores, labels)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True))[np.arange(len(x)), labels].mean()
    return p + weight_decay * _squares(layers), _back(layers, inputs, gradient, weight_decay)


@mistake("mlp_loss", same_as="probability_as_loss")
def negative_probability_as_loss(layers, x, labels, weight_decay):
    """The loss is −p in place of −log p."""
    inputs, scores = _forward(layers, x)
    _, gradient = _cross_entropy(scores, labels)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (p / p.sum(axis=1, keepdims=True))[np.arange(len(x)), labels].mean()
    return -p + weight_decay * _squares(layers), _back(layers, inputs, gradient, weight_decay)


@mistake(
    "mlp_loss",
    hint="The exponentials are divided by their sum over the images. A softmax is over the classes of one image: axis 1.",
    read="sec-linear-softmax",
)
def softmax_over_images(layers, x, labels, weight_decay):
    """The softmax is taken over the images, not over the classes."""
    inputs, scores = _forward(layers, x)
    shifted = scores - scores.max(axis=0)
    with np.errstate(all="ignore"):
        log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    rows = np.arange(len(labels))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    loss = -log_p[rows, labels].mean() + weight_decay * _squares(layers)
    return loss, _back(layers, inputs, gradient / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="The loss is there, and the gradients are not yet.",
    read="sec-backprop-layerwise",
)
def gradients_not_written(layers, x, labels, weight_decay):
    """Only the loss is written."""
    loss, _ = _cross_entropy(_forward(layers, x)[1], labels)
    return loss + weight_decay * _squares(layers), None


@mistake("mlp_loss", same_as="gradients_not_written")
def loss_alone(layers, x, labels, weight_decay):
    """Only the loss is returned."""
    loss, _ = _cross_entropy(_forward(layers, x)[1], labels)
    return loss + weight_decay * _squares(layers)


@mistake("mlp_loss", same_as="gradients_not_written")
def empty_list_of_gradients(layers, x, labels, weight_decay):
    """The list of gradients is empty."""
    loss, _ = _cross_entropy(_forward(layers, x)[1], labels)
    return loss + weight_decay * _squares(layers), []


@mistake(
    "mlp_loss",
    hint="The way back has stopped at the last layer. Its gradient goes on through its weights and the ReLU below, down to the first.",
    read="sec-backprop-layerwise",
)
def last_gradient_alone(layers, x, labels, weight_decay):
    """There is a gradient of the last layer alone."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients[-1:]


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty is added once, not once an image, and is not averaged over the images.",
    read="sec-linear-regularisation",
)
def decay_over_n(layers, x, labels, weight_decay):
    """The penalty is divided by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    decay = weight_decay / len(x)
    return loss + decay * _squares(layers), _back(layers, inputs, gradient, decay)


@mistake(
    "mlp_loss",
    hint="The loss is a mean over the images: you added them up.",
    read="sec-linear-softmax",
)
def summed(layers, x, labels, weight_decay):
    """The cross-entropy is summed over the images, not averaged."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient * len(x), weight_decay)
    return loss * len(x) + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The loss is a mean over N images, so its gradient is one as well.",
    read="sec-linear-softmax-gradient",
)
def gradient_summed(layers, x, labels, weight_decay):
    """The gradient is not divided by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient * len(x), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="The exponential of 1000 is infinite. A softmax stays the same when all scores of a row are lowered by the same number.",
    read="sec-linear-stable",
)
def no_shift(layers, x, labels, weight_decay):
    """The largest score is not subtracted before the exponential."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = -np.log(p[rows, labels]).mean() + weight_decay * _squares(layers)
        p[rows, labels] -= 1
        return loss, _back(layers, inputs, p / len(x), weight_decay)


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="A probability that rounds to 0 has an infinite logarithm. Take the logarithm before you divide: log p = s − log Σ eˢ, with shifted scores.",
    read="sec-linear-stable",
)
def log_of_zero(layers, x, labels, weight_decay):
    """The logarithm is taken of a probability that is 0 in floats."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = -np.log(p[rows, labels]).mean() + weight_decay * _squares(layers)
        p[rows, labels] -= 1
        return loss, _back(layers, inputs, p / len(x), weight_decay)


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="A small number that is added to the probability, or bounds it from below, caps the loss: 1000 becomes 27 or 34. Take the logarithm before you divide.",
    read="sec-linear-stable",
)
def epsilon_in_log(layers, x, labels, weight_decay):
    """The probability is kept above a small number before its logarithm."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    loss = -np.log(p + 1e-12).mean()
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="epsilon_in_log", corner="large scores")
def clipped_probability(layers, x, labels, weight_decay):
    """Probabilities are clipped before the logarithm."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    loss = -np.log(np.maximum(p, 1e-15)).mean()
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="One shift for the whole batch drowns the rows whose scores are small. Subtract each row's own maximum.",
    read="sec-linear-stable",
)
def global_shift(layers, x, labels, weight_decay):
    """One maximum is subtracted from all rows."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        shifted = scores - scores.max()
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        rows = np.arange(len(labels))
        gradient = np.exp(log_p)
        gradient[rows, labels] -= 1
        loss = -log_p[rows, labels].mean() + weight_decay * _squares(layers)
        return loss, _back(layers, inputs, gradient / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="By the score of the right class, the gradient is p − 1: the 1 is missing.",
    read="sec-linear-softmax-gradient",
)
def one_hot_missing(layers, x, labels, weight_decay):
    """The 1 of the right class is not subtracted."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="gradient[:, labels] picks whole columns. One entry a row takes two index arrays.",
    read="sec-linear-softmax-gradient",
)
def whole_columns(layers, x, labels, weight_decay):
    """The 1 is subtracted from whole columns."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    gradient[:, labels] -= 1 / len(labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="Descent along it would climb: which is it, p − 1 or 1 − p, for the right class?",
    read="sec-linear-softmax-gradient",
)
def wrong_sign(layers, x, labels, weight_decay):
    """The gradient of the scores has the wrong sign."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, -gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="A unit that its ReLU has cut off sends nothing to its bias either. dweight and dbias come from the same gradient, after the mask.",
    read="sec-backprop-layerwise",
)
def dbias_before_the_mask(layers, x, labels, weight_decay):
    """The dbias of a hidden layer is summed before the gradient has gone through the ReLU."""
    inputs, scores = _forward(layers, x)
    loss, unmasked = _cross_entropy(scores, labels)
    gradients, mask = [], 1
    for (weight, _), h in zip(layers[::-1], inputs[::-1]):
        gradient = unmasked * mask
        gradients.append((gradient.T @ h + 2 * weight_decay * weight, unmasked.sum(axis=0)))
        unmasked, mask = gradient @ weight, h > 0
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="The loop goes from the last layer to the first, and so does your list. Turn it round.",
    read="sec-backprop-layerwise",
)
def list_reversed(layers, x, labels, weight_decay):
    """The gradients are listed from the last layer to the first."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="dbias has the shape of bias: one axis.",
    read="sec-backprop-affine",
)
def dbias_keeps_axis(layers, x, labels, weight_decay):
    """dbias has shape (1, outputs)."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w, b[None]) for w, b in gradients]


@mistake(
    "mlp_loss",
    hint="The mean over the images is already in the gradient of the scores. The bias gradient is the sum over the rows.",
    read="sec-backprop-affine",
)
def dbias_mean(layers, x, labels, weight_decay):
    """dbias is averaged over the images once more."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w, b / len(x)) for w, b in gradients]


@mistake(
    "mlp_loss",
    hint="dweight has the shape of weight, outputs first.",
    read="sec-backprop-layerwise",
)
def dweight_of_wrong_shape(layers, x, labels, weight_decay):
    """The weights' gradients are transposed."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w.T, b) for w, b in gradients]


@mistake(
    "mlp_loss",
    corner="any depth",
    hint="Any depth: a network of one layer has no hidden units, one of five has four hidden layers.",
    read="sec-backprop-mlp",
)
def two_layers_only(layers, x, labels, weight_decay):
    """Two layers are expected, and other depths fail."""
    (w1, b1), (w2, b2) = layers
    h = np.maximum(x @ w1.T + b1, 0)
    loss, gradient = _cross_entropy(h @ w2.T + b2, labels)
    gradients = _back(layers, [x, h], gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="no loop",
    hint="Images are handled one at a time in Python. A matrix product does all of them at once.",
    read="sec-backprop-affine",
)
def loop_over_images(layers, x, labels, weight_decay):
    """A Python loop goes through the images."""
    total = 0.0
    sums = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    for row, label in zip(x, labels):
        inputs, scores = _forward(layers, row[None])
        loss, gradient = _cross_entropy(scores, np.array([label]))
        total += loss / len(x)
        one = _back(layers, inputs, gradient / len(x), 0)
        sums = [(w + dw, b + db) for (w, b), (dw, db) in zip(sums, one)]
    gradients = [(w + 2 * weight_decay * p, b) for (w, b), (p, _) in zip(sums, layers)]
    return total + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The way back must use the weights of this very layer: gradient @ weight, before it goes on to the layer below. Here one layer's weights are left out or taken twice.",
    read="sec-backprop-layerwise",
)
def wrong_weights_on_the_way_back(layers, x, labels, weight_decay):
    """The gradient skips a layer's weights: every hidden unit gets the same."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient.sum(axis=1, keepdims=True) * (x > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="The list holds single arrays. The text asks for pairs, (dweight, dbias), one for each layer.",
    read="sec-backprop-layerwise",
)
def flat_list(layers, x, labels, weight_decay):
    """The gradients come in one flat list, not in pairs."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [one for pair in gradients for one in pair]


@mistake("mlp_loss", same_as="relu_on_scores")
def relu_on_scores_backward_only(layers, x, labels, weight_decay):
    """The gradient of the scores is masked as if a ReLU came after them."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient * (scores > 0), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="np.linalg.norm takes a root: the penalty has the norms of the weights where their squares were wanted.",
    read="sec-linear-regularisation",
)
def decay_of_norms(layers, x, labels, weight_decay):
    """The penalty in the loss sums norms, not their squares."""
    in_loss = weight_decay * sum(np.linalg.norm(weight) for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    hint="Your ReLU stands before every layer, so that the images lose their negative entries. It comes after each layer but the last.",
    read="sec-backprop-mlp",
)
def relu_on_images(layers, x, labels, weight_decay):
    """The images themselves go through a ReLU."""
    inputs, scores = _forward(layers, np.maximum(x, 0))
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="np.linalg.norm(W, 2) of a matrix is its largest singular value, and not the root of the sum of its squares: square the entries and add.",
    read="sec-linear-regularisation",
)
def decay_of_spectral_norm(layers, x, labels, weight_decay):
    """The penalty in the loss squares the spectral norm of each weight."""
    in_loss = weight_decay * sum(np.linalg.norm(weight, 2) ** 2 for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake("mlp_loss", same_as="decay_over_n", corner="the penalty")
def decay_gradient_over_n(layers, x, labels, weight_decay):
    """The penalty's gradient alone is divided by N."""
    slopes = _slopes(layers, weight_decay / len(x))
    return _with_penalty(layers, x, labels, weight_decay * _squares(layers), slopes)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty's gradient has the wrong sign: 2λW is added to dweight.",
    read="sec-linear-regularisation",
)
def decay_gradient_subtracted(layers, x, labels, weight_decay):
    """The penalty's gradient is subtracted."""
    slopes = _slopes(layers, -weight_decay)
    return _with_penalty(layers, x, labels, weight_decay * _squares(layers), slopes)


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="Absolute values were added up. The penalty sums squares, which is what makes its gradient 2λW.",
    read="sec-linear-regularisation",
)
def decay_of_absolute_values(layers, x, labels, weight_decay):
    """The penalty in the loss sums the absolute values of the weights."""
    in_loss = weight_decay * sum(np.abs(weight).sum() for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The squares of each layer were averaged over its weights. The penalty is their sum.",
    read="sec-linear-regularisation",
)
def decay_of_means(layers, x, labels, weight_decay):
    """The penalty in the loss has the mean square of each layer."""
    in_loss = weight_decay * sum((weight**2).mean() for weight, _ in layers)
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    hint="The 1 is subtracted at the class that the network prefers. It belongs to the class that is right, labels.",
    read="sec-backprop-layerwise",
)
def one_hot_of_prediction(layers, x, labels, weight_decay):
    """The 1 is subtracted at the largest score, not at the label."""
    inputs, scores = _forward(layers, x)
    loss, _ = _cross_entropy(scores, labels)
    _, gradient = _cross_entropy(scores, scores.argmax(axis=1))
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The number of classes is that of the scores. labels.max() + 1 is less where the last class does not occur among the labels.",
    read="sec-arrays-one-hot",
)
def one_hot_too_narrow(layers, x, labels, weight_decay):
    """The one-hot rows have labels.max() + 1 columns."""
    inputs, scores = _forward(layers, x)
    loss, _ = _cross_entropy(scores, labels)
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = shifted / shifted.sum(axis=1, keepdims=True)
    gradients = _back(layers, inputs, (p - np.eye(labels.max() + 1)[labels]) / len(x), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="In each turn of your loop the squares of all layers so far are added again, so that the first layers are penalised several "
    "times. Add up the squares first, and add λ times their sum to the loss once.",
    read="sec-linear-regularisation",
)
def decay_grows_in_the_loop(layers, x, labels, weight_decay):
    """The penalty in the loss adds a running sum in every turn of the loop."""
    in_loss, squares = 0.0, 0.0
    for weight, _ in layers:
        squares += (weight**2).sum()
        in_loss += weight_decay * squares
    return _with_penalty(layers, x, labels, in_loss, _slopes(layers, weight_decay))


@mistake(
    "mlp_loss",
    hint="mean() of the one-hot table times log p divides by N · C. Each image has one right class: sum over the classes, then the mean over the images.",
    read="sec-linear-softmax",
)
def mean_over_classes_too(layers, x, labels, weight_decay):
    """The cross-entropy is averaged over the classes as well."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss / scores.shape[1] + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The gradient is divided by N again on its way through each layer. Once is enough, where the loss takes its mean.",
    read="sec-backprop-layerwise",
)
def divided_in_each_layer(layers, x, labels, weight_decay):
    """The gradient is divided by N in each layer."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (x > 0) / len(labels)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="W is (outputs, inputs). Forwards, a layer gives h Wᵀ + b, with the h of the layer before it. Backwards, with the gradient G of what the layer gives, dweight is Gᵀ h, and the gradient of h is G W. Print the shapes before the line where it stops.",
    read="sec-backprop-affine",
)
def weight_transposed_backwards(layers, x, labels, weight_decay):
    """The factors of a matrix product do not fit, forwards or backwards."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight.T * (x > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake("mlp_loss", same_as="weight_transposed_backwards")
def weight_untransposed_forwards(layers, x, labels, weight_decay):
    """The weight is not transposed on the way forward."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight + bias
        x = np.maximum(scores, 0)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="weight_transposed_backwards")
def images_into_every_layer(layers, x, labels, weight_decay):
    """Every layer multiplies the images."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight.T + bias
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="weight_transposed_backwards")
def weight_of_the_layer_below(layers, x, labels, weight_decay):
    """The gradient goes back through the weight of the layer below."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    below = [layers[0], *layers[:-1]]
    for (weight, _), (other, _), x in zip(layers[::-1], below[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ other * (x > 0) if x is not inputs[0] else gradient
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="The pairs are (dbias, dweight). The text asks for (dweight, dbias).",
    read="sec-backprop-layerwise",
)
def pairs_turned_round(layers, x, labels, weight_decay):
    """dbias comes before dweight."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(b, w) for w, b in gradients]


@mistake("mlp_loss", same_as="zero_times_infinity")
def loss_after_the_gradient(layers, x, labels, weight_decay):
    """The logarithm is taken of p − 1, after p was changed for the gradient."""
    inputs, scores = _forward(layers, x)
    rows = np.arange(len(x))
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = exp / exp.sum(axis=1, keepdims=True)
    gradient = p
    gradient[rows, labels] -= 1
    with np.errstate(all="ignore"):
        loss = -np.log(p[rows, labels]).mean() + weight_decay * _squares(layers)
    return loss, _back(layers, inputs, gradient / len(x), weight_decay)


@mistake(
    "mlp_loss",
    corner="large scores",
    hint="With scores (1000, −1000) and class 1 the loss is 2000. You cut the scores off, or a ReLU does, and the loss with them. Against overflow, subtract the largest score of each row "
    "in place of that: the softmax stays the same.",
    read="sec-linear-stable",
)
def scores_clipped(layers, x, labels, weight_decay):
    """The scores are cut off, or rectified."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.clip(scores, -500, 500), labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="scores_clipped", corner="large scores")
def scores_clipped_at_100(layers, x, labels, weight_decay):
    """The scores are cut off at ±100."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.clip(scores, -100, 100), labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    corner="any depth",
    hint="Every hidden layer has a ReLU, and the gradient passes each of them on its way back: where a unit was off, nothing passes. You ask in one of "
    "the layers only.",
    read="sec-backprop-layerwise",
)
def mask_of_the_last_hidden_layer_only(layers, x, labels, weight_decay):
    """Only one hidden layer stops the gradient of its units that were off."""
    return _masked_where(layers, x, labels, weight_decay, lambda i, last: i == last)


@mistake("mlp_loss", same_as="mask_of_the_last_hidden_layer_only", corner="any depth")
def mask_of_the_first_hidden_layer_only(layers, x, labels, weight_decay):
    """Only the first hidden layer stops the gradient of its units that were off."""
    return _masked_where(layers, x, labels, weight_decay, lambda i, last: i == 1)


def _masked_where(layers, x, labels, weight_decay, masked):
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for i in range(len(layers))[::-1]:
        weight = layers[i][0]
        dweight = gradient.T @ inputs[i] + 2 * weight_decay * weight
        gradients.append((dweight, gradient.sum(axis=0)))
        gradient = gradient @ weight
        if masked(i, len(layers) - 1):
            gradient = gradient * (inputs[i] > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    corner="any depth",
    hint="A ReLU comes after every layer but the last. In a network of three layers there are two, and you have one.",
    read="sec-backprop-mlp",
)
def relu_after_the_first_layer_only(layers, x, labels, weight_decay):
    """Only one hidden layer has a ReLU."""
    return _relu_where(layers, x, labels, weight_decay, lambda i, last: i == 0)


@mistake("mlp_loss", same_as="relu_after_the_first_layer_only", corner="any depth")
def relu_before_the_last_layer_only(layers, x, labels, weight_decay):
    """Only the last hidden layer has a ReLU."""
    return _relu_where(layers, x, labels, weight_decay, lambda i, last: i == last - 1)


def _relu_where(layers, x, labels, weight_decay, rectified):
    inputs, last = [], len(layers) - 1
    for i, (weight, bias) in enumerate(layers):
        inputs.append(x)
        scores = x @ weight.T + bias
        x = np.maximum(scores, 0) if rectified(i, last) else scores
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for i in range(len(layers))[::-1]:
        weight = layers[i][0]
        dweight = gradient.T @ inputs[i] + 2 * weight_decay * weight
        gradients.append((dweight, gradient.sum(axis=0)))
        gradient = gradient @ weight
        if rectified(i - 1, last):
            gradient = gradient * (inputs[i] > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="Each image's 1 is divided by N as well: take it off before you divide, (p − 1) / N and not p / N − 1.",
    read="sec-linear-softmax-gradient",
)
def one_after_the_division(layers, x, labels, weight_decay):
    """The 1 of the right class is subtracted after the division by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    n = len(labels)
    gradient[np.arange(n), labels] += 1 / n - 1
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="Only the 1 of the right class is divided by N in yours. The mean over the images divides the probabilities, too: (p − 1) / N.",
    read="sec-linear-softmax-gradient",
)
def only_the_one_is_divided(layers, x, labels, weight_decay):
    """The 1 of the right class is divided by N, and the probabilities are not."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    n = len(labels)
    gradient = gradient * n
    gradient[np.arange(n), labels] += 1 - 1 / n
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The derivative of ReLU is 0 or 1: the gradient passes or it does not. You multiply it by the output.",
    read="sec-backprop-relu",
)
def mask_is_the_output(layers, x, labels, weight_decay):
    """On the way back, the gradient is multiplied by the output of the ReLU."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * np.maximum(x, 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="Between the layers is a ReLU, max(0, x). You have another activation there.",
    read="sec-backprop-mlp",
)
def tanh_for_relu(layers, x, labels, weight_decay):
    """The hidden layers have another activation than ReLU."""
    return _activated(layers, x, labels, weight_decay, np.tanh, lambda y: 1 - y**2)


@mistake("mlp_loss", same_as="tanh_for_relu")
def sigmoid_for_relu(layers, x, labels, weight_decay):
    """The hidden layers have sigmoids."""
    sigmoid = lambda a: (1 + np.tanh(a / 2)) / 2  # noqa: E731
    return _activated(layers, x, labels, weight_decay, sigmoid, lambda y: y * (1 - y))


@mistake("mlp_loss", same_as="tanh_for_relu")
def leaky_relu(layers, x, labels, weight_decay):
    """The hidden layers have a leaky ReLU."""
    leaky = lambda a: np.where(a > 0, a, 0.01 * a)  # noqa: E731
    return _activated(layers, x, labels, weight_decay, leaky, lambda y: np.where(y > 0, 1.0, 0.01))


def _activated(layers, x, labels, weight_decay, function, slope):
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight.T + bias
        x = function(scores)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * slope(x)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    corner="the penalty",
    hint="The penalty is made of the weights alone. Biases only shift, and are left free.",
    read="sec-backprop-layerwise",
)
def biases_penalised_in_the_loss(layers, x, labels, weight_decay):
    """The biases are penalised in the loss."""
    N = x.shape[0]
    acts = [x]
    zs = []
    h = x
    for k, (w, b) in enumerate(layers):
        z = h @ w.T + b
        zs.append(z)
        h = np.maximum(z, 0) if k < len(layers) - 1 else z
        acts.append(h)
    s = h - h.max(axis=1, keepdims=True)
    lse = np.log(np.exp(s).sum(axis=1, keepdims=True))
    logp = s - lse
    loss = -logp[np.arange(N), labels].mean()
    for w, b in layers:
        loss = loss + weight_decay * (np.sum(w * w) + np.sum(b * b))
    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d = d / N
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        w, b = layers[k]
        dw = d.T @ acts[k] + 2 * weight_decay * w
        db = d.sum(axis=0)
        grads.append((dw, db))
        if k > 0:
            d = (d @ w) * (zs[k - 1] > 0)
    grads.reverse()
    return loss, grads


@mistake("mlp_loss", same_as="summed")
def loss_summed_alone(layers, x, labels, weight_decay):
    """The cross-entropy is summed, and its gradient is a mean."""
    N = x.shape[0]
    acts = [x]
    zs = []
    h = x
    for k, (w, b) in enumerate(layers):
        z = h @ w.T + b
        zs.append(z)
        h = np.maximum(z, 0) if k < len(layers) - 1 else z
        acts.append(h)
    s = h - h.max(axis=1, keepdims=True)
    lse = np.log(np.exp(s).sum(axis=1, keepdims=True))
    logp = s - lse
    loss = -logp[np.arange(N), labels].sum()
    for w, b in layers:
        loss = loss + weight_decay * np.sum(w * w)
    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d = d / N
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        w, b = layers[k]
        dw = d.T @ acts[k] + 2 * weight_decay * w
        db = d.sum(axis=0)
        grads.append((dw, db))
        if k > 0:
            d = (d @ w) * (zs[k - 1] > 0)
    grads.reverse()
    return loss, grads


@mistake(
    "mlp_loss",
    hint="The last layer has a bias as the others have. It is missing where the scores are computed.",
    read="sec-backprop-layerwise",
)
def last_bias_left_out(layers, x, labels, weight_decay):
    """The scores lack their bias."""
    N = x.shape[0]
    acts = [x]
    zs = []
    h = x
    for k, (w, b) in enumerate(layers):
        z = h @ w.T + (b if k < len(layers) - 1 else 0)
        zs.append(z)
        h = np.maximum(z, 0) if k < len(layers) - 1 else z
        acts.append(h)
    s = h - h.max(axis=1, keepdims=True)
    lse = np.log(np.exp(s).sum(axis=1, keepdims=True))
    logp = s - lse
    loss = -logp[np.arange(N), labels].mean()
    for w, b in layers:
        loss = loss + weight_decay * np.sum(w * w)
    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d = d / N
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        w, b = layers[k]
        dw = d.T @ acts[k] + 2 * weight_decay * w
        db = d.sum(axis=0)
        grads.append((dw, db))
        if k > 0:
            d = (d @ w) * (zs[k - 1] > 0)
    grads.reverse()
    return loss, grads


@mistake(
    "mlp_loss",
    hint="dweight is there and dbias is not. The bias is added to every row: what is the derivative of the loss by it?",
    read="sec-backprop-layerwise",
)
def dbias_not_written(layers, x, labels, weight_decay):
    """dbias is still 0."""
    N = x.shape[0]
    acts = [x]
    zs = []
    h = x
    for k, (w, b) in enumerate(layers):
        z = h @ w.T + b
        zs.append(z)
        h = np.maximum(z, 0) if k < len(layers) - 1 else z
        acts.append(h)
    s = h - h.max(axis=1, keepdims=True)
    lse = np.log(np.exp(s).sum(axis=1, keepdims=True))
    logp = s - lse
    loss = -logp[np.arange(N), labels].mean()
    for w, b in layers:
        loss = loss + weight_decay * np.sum(w * w)
    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d = d / N
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        w, b = layers[k]
        dw = d.T @ acts[k] + 2 * weight_decay * w
        db = np.zeros_like(b)
        grads.append((dw, db))
        if k > 0:
            d = (d @ w) * (zs[k - 1] > 0)
    grads.reverse()
    return loss, grads


# --- right answers, written another way ---


@alternative("mlp_loss")
def recursive(layers, x, labels, weight_decay):
    """Each layer calls the next one and hands back what comes from it."""

    def descend(i, h):
        weight, bias = layers[i]
        a = np.einsum("nd,kd->nk", h, weight) + bias
        if i + 1 < len(layers):
            loss, da, gradients = descend(i + 1, np.where(a > 0, a, 0))
            da = np.where(a > 0, da, 0)
        else:
            top = a.max(axis=1)
            log_sum = top + np.log(np.exp(a - top[:, None]).sum(axis=1))
            right = a[np.arange(len(a)), labels]
            one_hot = np.arange(a.shape[1]) == labels[:, None]
            da = (np.exp(a - log_sum[:, None]) - one_hot) / len(a)
            loss, gradients = np.mean(log_sum - right), []
        loss = loss + weight_decay * np.sum(weight * weight)
        own = (da.T @ h + weight_decay * (weight + weight), da.sum(0))
        return loss, da @ weight, [own, *gradients]

    loss, _, gradients = descend(0, x)
    return float(loss), gradients


@alternative("mlp_loss")
def with_lists(layers, x, labels, weight_decay):
    """Gradients are filled into a list, pairs are lists."""
    depth, n = len(layers), x.shape[0]
    h = [x]
    for i in range(depth - 1):
        h.append(np.maximum(0, h[i] @ layers[i][0].T + layers[i][1]))
    scores = h[-1] @ layers[-1][0].T + layers[-1][1]
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -np.take_along_axis(log_p, labels[:, None], axis=1).sum() / n
    gradient = (p - np.eye(p.shape[1])[labels]) / n
    gradients = [None] * depth
    for i in range(depth - 1, -1, -1):
        weight = layers[i][0]
        loss += weight_decay * np.linalg.norm(weight) ** 2
        gradients[i] = [gradient.T @ h[i] + 2 * weight_decay * weight, gradient.sum(axis=0)]
        if i:
            gradient = (gradient @ weight) * (h[i] > 0)
    return loss, gradients


@mistake("mlp_loss", same_as="no_shift", corner="large scores")
def log_of_an_infinite_sum(layers, x, labels, weight_decay):
    """log Σ eˢ is computed without a shift."""
    inputs, scores = _forward(layers, x)
    rows = np.arange(len(labels))
    with np.errstate(all="ignore"):
        log_sum = np.log(np.exp(scores).sum(axis=1))
        loss = (log_sum - scores[rows, labels]).mean() + weight_decay * _squares(layers)
        p = np.exp(scores - log_sum[:, None])
        p[rows, labels] -= 1
        return loss, _back(layers, inputs, p / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="Your loss is negative, log p. A loss should be small where the network is right: −log p.",
    read="sec-linear-softmax",
)
def minus_left_out(layers, x, labels, weight_decay):
    """The minus before the logarithm is left out."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return weight_decay * _squares(layers) - loss, gradients
