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
    hint="The last layer gives the scores as they are. A ReLU there makes all negative scores equal.",
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
    hint="No ReLU stands between the layers: then they could be multiplied into a single one.",
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
    hint="The text puts no ½ before the penalty.",
    read="sec-linear-regularisation",
)
def half_decay(layers, x, labels, weight_decay):
    """The penalty has a factor ½, in the loss and in the gradient."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay / 2)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake("mlp_loss", same_as="half_decay")
def half_decay_in_loss(layers, x, labels, weight_decay):
    """The penalty has a factor ½ in the loss only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake(
    "mlp_loss",
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
    hint="The loss lacks the penalty, λ times the sum of all squared weights. See whether its gradient is there, too.",
    read="sec-linear-regularisation",
)
def decay_not_in_loss(layers, x, labels, weight_decay):
    """The penalty is missing in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, weight_decay)


@mistake("mlp_loss", same_as="decay_not_in_loss")
def no_decay(layers, x, labels, weight_decay):
    """The penalty is left out."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, 0)


@mistake(
    "mlp_loss",
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


@mistake("mlp_loss", same_as="biases_decay")
def biases_decay_in_gradient(layers, x, labels, weight_decay):
    """The biases are penalised in the gradient only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    gradients = [(w, b + 2 * weight_decay * p) for (w, b), (_, p) in zip(gradients, layers)]
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="Every layer's weights are penalised, and you counted one layer's. Is the sum assigned anew in each turn of a loop?",
    read="sec-linear-regularisation",
)
def last_layer_decays(layers, x, labels, weight_decay):
    """Only the last layer's weights are penalised in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers[-1:]), gradients


@mistake("mlp_loss", same_as="last_layer_decays")
def first_layer_decays(layers, x, labels, weight_decay):
    """Only the first layer's weights are penalised in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers[:1]), gradients


@mistake("mlp_loss", same_as="last_layer_decays")
def last_layer_decays_in_gradient(layers, x, labels, weight_decay):
    """Only the last layer's gradient has the penalty."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, 0)
    weight, bias = gradients[-1]
    gradients[-1] = (weight + 2 * weight_decay * layers[-1][0], bias)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
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
    hint="The loss was divided by N, and the gradient was not.",
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
    hint="A small number inside the logarithm caps the loss: 1000 becomes 27 or so. Take the logarithm before you divide.",
    read="sec-linear-stable",
)
def epsilon_in_log(layers, x, labels, weight_decay):
    """A small number is added inside the logarithm."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    loss = -np.log(p + 1e-12).mean()
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="epsilon_in_log")
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
    hint="All gradients have the wrong sign: descent along them would climb.",
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
    loss = sum(-log_p[i, int(labels[i])] for i in range(n)) / n
    gradient = p.copy()
    for i in range(n):
        gradient[i, int(labels[i])] -= 1
    gradient /= n
    gradients = [None] * depth
    for i in range(depth - 1, -1, -1):
        weight = layers[i][0]
        loss += weight_decay * np.linalg.norm(weight) ** 2
        gradients[i] = [gradient.T @ h[i] + 2 * weight_decay * weight, gradient.sum(axis=0)]
        if i:
            gradient = (gradient @ weight) * (h[i] > 0)
    return loss, gradients
