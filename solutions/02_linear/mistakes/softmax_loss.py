"""Wrong answers to `softmax_loss` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "softmax_loss",
    corner="scores of ±1000",
    hint="e¹⁰⁰⁰ is more than a float can hold, and inf / inf is nan. A softmax does not change when all scores of an image are shifted.",
    read="sec-linear-stable",
)
def overflow(x, y, weight, bias, reg):
    """The exponential overflows."""
    with np.errstate(all="ignore"):
        exp = np.exp(x @ weight.T + bias)
        p = exp / exp.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    corner="scores of ±1000",
    hint="You shift all images by the same number. Where the scores of another image are far below, all its exponentials are 0.",
    read="sec-linear-stable",
)
def one_shift_for_all(x, y, weight, bias, reg):
    """All images are shifted by the largest score of the batch."""
    scores = x @ weight.T + bias
    scores = scores - scores.max()
    with np.errstate(all="ignore"):
        exp = np.exp(scores)
        total = exp.sum(axis=1)
        p = exp / total[:, None]
        loss = (np.log(total) - scores[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    corner="scores of ±1000",
    hint="The probability of the right class may be 1e-900, which is 0 in floating point, and its logarithm -inf. "
    "Take the logarithm on paper first: it undoes the exponential.",
    read="sec-linear-stable",
)
def log_of_zero(x, y, weight, bias, reg):
    """The logarithm is taken of a probability that has become 0."""
    p = _softmax(x, weight, bias)
    with np.errstate(all="ignore"):
        loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="A small number was added inside the logarithm against log 0. It changes every loss, and a loss of 2000 becomes some 20.",
    read="sec-linear-stable",
)
def epsilon_in_log(x, y, weight, bias, reg):
    """A small number is added inside the logarithm."""
    p = _softmax(x, weight, bias)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-5).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake("softmax_loss", same_as="tiny_epsilon", corner="scores of ±1000")
def clipped_probability(x, y, weight, bias, reg):
    """Probabilities are clipped."""
    p = _softmax(x, weight, bias)
    loss = -np.log(np.clip(p[np.arange(len(y)), y], 1e-12, 1)).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    corner="scores of ±1000",
    hint="The loss is 2000 here. A small number inside the logarithm, a clipped probability or a clipped score keeps it below 30, say, or 700. "
    "Take the logarithm on paper first: it undoes the exponential.",
    read="sec-linear-stable",
    at="softmax_loss: the right class at -1000",
)
def tiny_epsilon(x, y, weight, bias, reg):
    """The loss of an image cannot grow beyond some bound."""
    p = _softmax(x, weight, bias)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="Two scores beyond the bound look alike, and their difference is lost. Take off the largest score of each image: that changes no softmax, and exp cannot overflow.",
    read="sec-linear-stable",
    corner="scores of ±1000",
)
def scores_clipped(x, y, weight, bias, reg):
    """The scores are clipped."""
    scores = np.clip(x @ weight.T + bias, -500, 500)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = exp / exp.sum(axis=1, keepdims=True)
    own = scores[np.arange(len(y)), y]
    total = np.log(exp.sum(axis=1)) + scores.max(axis=1)
    loss = (total - own).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The loss is a mean over the images, and so are its derivatives. Yours grow with the number of images.",
    read="sec-linear-softmax",
)
def not_divided(x, y, weight, bias, reg):
    """The images are added up, not averaged."""
    n = len(y)
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return n * loss + reg * (weight**2).sum(), n * dweight + 2 * reg * weight, n * dbias


@mistake("softmax_loss", same_as="not_divided")
def slopes_not_divided(x, y, weight, bias, reg):
    """The derivatives are not divided by N."""
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    _, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return loss, len(y) * dweight + 2 * reg * weight, len(y) * dbias


@mistake("softmax_loss", same_as="not_divided")
def dbias_not_divided(x, y, weight, bias, reg):
    """The derivative by the bias is not divided by N."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight, len(y) * dbias


@mistake(
    "softmax_loss",
    hint="Every image must have a denominator of its own. Yours is one for the whole batch.",
    read="sec-linear-softmax",
)
def one_denominator(x, y, weight, bias, reg):
    """The exponentials are summed over the whole batch."""
    scores = x @ weight.T + bias
    scores = scores - scores.max()
    with np.errstate(all="ignore"):
        p = np.exp(scores) / np.exp(scores).sum()
        loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The exponentials are summed over the images, not over the classes.",
    read="sec-linear-softmax",
)
def wrong_axis(x, y, weight, bias, reg):
    """The softmax goes over the images."""
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=0)
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    with np.errstate(all="ignore"):
        loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="You return the logarithm itself. Probabilities are below 1, so that is negative, and the best would be the lowest.",
    read="sec-linear-softmax",
)
def minus_left_out(x, y, weight, bias, reg):
    """The minus before the logarithm is left out."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return reg * (weight**2).sum() - loss, dweight + 2 * reg * weight, dbias


@mistake(
    "softmax_loss",
    hint="The logarithm has the base 10 or 2. In mathematics and NumPy, log is the natural one.",
    read="sec-linear-softmax",
)
def other_base(x, y, weight, bias, reg):
    """The logarithm is not the natural one."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return loss / np.log(2) + reg * (weight**2).sum(), dweight + 2 * reg * weight, dbias


@mistake(
    "softmax_loss",
    hint="You add up or average the logarithms of all classes. Only the right class's counts.",
    read="sec-linear-softmax",
)
def all_classes_counted(x, y, weight, bias, reg):
    """The logarithms of all classes are in the loss."""
    p = _softmax(x, weight, bias)
    with np.errstate(all="ignore"):
        loss = -np.log(p).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="One minus the right class's probability is a loss, too, but not this one: where is the logarithm?",
    read="sec-linear-softmax",
)
def no_logarithm(x, y, weight, bias, reg):
    """The loss is 1 − p, without a logarithm."""
    p = _softmax(x, weight, bias)
    loss = (1 - p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The derivative by the right class's score is p, like that of the others. What is missing there?",
    read="sec-linear-softmax-gradient",
)
def one_not_subtracted(x, y, weight, bias, reg):
    """The 1 of the right class is not subtracted."""
    p = _softmax(x, weight, bias) / len(y)
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    return loss, p.T @ x + 2 * reg * weight, p.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="p[:, y] is a choice of whole columns. The 1 belongs to one entry of each row, that of the row's own label: index with two arrays, of rows and of labels.",
    read="sec-linear-softmax-gradient",
)
def one_from_whole_columns(x, y, weight, bias, reg):
    """The 1 is subtracted from whole columns."""
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    p = _softmax(x, weight, bias)
    p[:, y] -= 1
    p = p / len(y)
    return loss, p.T @ x + 2 * reg * weight, p.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="Only the right class's row of dweight changes. All classes have a share in the denominator.",
    read="sec-linear-softmax-gradient",
)
def right_class_only(x, y, weight, bias, reg):
    """The derivatives by the other classes' scores are left out."""
    p, n = _softmax(x, weight, bias), np.arange(len(y))
    dscores = np.zeros_like(p)
    dscores[n, y] = (p[n, y] - 1) / len(y)
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="p − y means a table with a single 1 in each row, at the right class. You subtracted the label itself, a number such as 2, from every probability.",
    read="sec-linear-softmax-gradient",
)
def label_number_subtracted(x, y, weight, bias, reg):
    """The number of the label is subtracted from all probabilities."""
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    d = (_softmax(x, weight, bias) - y[:, None]) / len(y)
    return loss, d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="Your derivatives point the other way: that of the right class's score should be negative.",
    read="sec-linear-softmax-gradient",
)
def reversed_slopes(x, y, weight, bias, reg):
    """The derivatives have the wrong sign."""
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    _, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return loss, 2 * reg * weight - dweight, -dbias


@mistake(
    "softmax_loss",
    hint="ŷ − y is the derivative by the scores. To multiply it with the derivative of the softmax once more is too much.",
    read="sec-linear-softmax-gradient",
)
def softmax_slope_twice(x, y, weight, bias, reg):
    """The softmax is differentiated twice."""
    p, n = _softmax(x, weight, bias), np.arange(len(y))
    d = p.copy()
    d[n, y] -= 1
    d = d * p * (1 - p) / len(y)
    loss, _, _ = _cross_entropy(x, y, weight, bias, reg)
    return loss, d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake("softmax_loss", same_as="half_lambda", corner="λ")
def factor_two_left_out(x, y, weight, bias, reg):
    """The regulariser's derivative lacks its factor 2."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - reg * weight, dbias


@mistake(
    "softmax_loss",
    corner="λ",
    hint="There is no ½ before λ here; some texts put one. And what is the derivative of λ W² then?",
    read="sec-linear-regularisation",
)
def half_lambda(x, y, weight, bias, reg):
    """The regulariser, or its derivative, is half of what it should be."""
    return _cross_entropy(x, y, weight, bias, reg / 2)


@mistake(
    "softmax_loss",
    corner="λ",
    hint="Your loss has no regulariser: what is reg for?",
    read="sec-linear-regularisation",
)
def no_regulariser(x, y, weight, bias, reg):
    """The regulariser is left out of the loss."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss - reg * (weight**2).sum(), dweight, dbias


@mistake("softmax_loss", same_as="no_regulariser", corner="λ")
def no_regulariser_at_all(x, y, weight, bias, reg):
    """The regulariser is left out of the loss and of the derivatives."""
    return _cross_entropy(x, y, weight, bias, 0.0)


@mistake(
    "softmax_loss",
    corner="λ",
    hint="The regulariser is in your loss but not in your derivatives.",
    read="sec-linear-regularisation",
)
def no_regulariser_slope(x, y, weight, bias, reg):
    """The regulariser's derivative is left out."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - 2 * reg * weight, dbias


@mistake(
    "softmax_loss",
    corner="λ",
    hint="The regulariser was added before you divided by N. It belongs to the weights, not to the images.",
    read="sec-linear-regularisation",
)
def lambda_over_n(x, y, weight, bias, reg):
    """The regulariser is divided by N, too."""
    return _cross_entropy(x, y, weight, bias, reg / len(y))


@mistake(
    "softmax_loss",
    corner="λ",
    hint="The square of a matrix, W @ W.T, is not the matrix of the squares.",
    read="sec-linear-regularisation",
)
def product_regulariser(x, y, weight, bias, reg):
    """The regulariser sums a matrix product."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss + reg * ((weight @ weight.T).sum() - (weight**2).sum()), dweight, dbias


@mistake(
    "softmax_loss",
    corner="λ",
    hint="The biases are regularised as well. They only shift the scores, and are left free.",
    read="sec-linear-regularisation",
)
def bias_decayed(x, y, weight, bias, reg):
    """The biases are regularised."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss + reg * (bias**2).sum(), dweight, dbias + 2 * reg * bias


@mistake(
    "softmax_loss",
    hint="The biases are part of every score. Yours are left out of them.",
    read="sec-linear-scores",
)
def without_biases(x, y, weight, bias, reg):
    """The scores lack the biases."""
    return _cross_entropy(x, y, weight, 0 * bias, reg)


@mistake(
    "softmax_loss",
    hint="dbias has the form of a row of the batch, (1, K). A gradient has the shape of what it is the gradient of.",
    read="sec-linear-softmax-gradient",
)
def row_of_dbias(x, y, weight, bias, reg):
    """The derivative by the bias has shape (1, K)."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight, dbias[None]


@mistake(
    "softmax_loss",
    hint="A bias adds to the score of its class for all images, so its derivative is a sum over the images.",
    read="sec-linear-softmax-gradient",
)
def dbias_is_a_mean(x, y, weight, bias, reg):
    """The derivative by the bias is divided by N twice."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight, dbias / len(y)


@mistake(
    "softmax_loss",
    corner="no loop",
    hint="Exponentials and their sums along axis 1 are one array expression for all images.",
    read="sec-linear-softmax",
)
def one_image_at_a_time(x, y, weight, bias, reg):
    """A Python loop goes through the images."""
    loss, dweight, dbias = reg * (weight**2).sum(), 2 * reg * weight, np.zeros_like(bias)
    for row, label in zip(x, y):
        scores = weight @ row + bias
        scores = scores - scores.max()
        p = np.exp(scores) / np.exp(scores).sum()
        loss += (np.log(np.exp(scores).sum()) - scores[label]) / len(y)
        p[label] -= 1
        dweight += np.outer(p, row) / len(y)
        dbias += p / len(y)
    return loss, dweight, dbias


@mistake(
    "softmax_loss",
    corner="scores of ±1000",
    hint="You subtract the largest score, and that is right. The nan is 0 · (−∞): a one-hot array times log p, where p has become 0. "
    "Pick the right class's entry before you take the logarithm, or take the logarithm on paper.",
    read="sec-linear-stable",
)
def one_hot_times_log(x, y, weight, bias, reg):
    """A one-hot array is multiplied with logarithms of 0."""
    p = _softmax(x, weight, bias)
    with np.errstate(all="ignore"):
        loss = -(np.eye(len(weight))[y] * np.log(p)).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The loss is right, and the derivatives are still zeros: half of the exercise is done. Which scores does the loss depend on?",
    read="sec-linear-softmax-gradient",
)
def zeros_for_slopes(x, y, weight, bias, reg):
    """The loss is there and the derivatives are zeros."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, 0 * dweight, 0 * dbias


@mistake(
    "softmax_loss",
    hint="The loss is right, and the derivatives are still to be written: half of the exercise is done. Which scores does the loss depend on?",
    read="sec-linear-softmax-gradient",
)
def nothing_for_slopes(x, y, weight, bias, reg):
    """None stands in place of the derivatives."""
    return _cross_entropy(x, y, weight, bias, reg)[0], None, None


@mistake(
    "softmax_loss",
    hint="You return the loss by itself. The text asks for three results: return loss, dweight, dbias (None for what is not written yet).",
    read="sec-linear-softmax",
)
def one_result(x, y, weight, bias, reg):
    """The loss is returned alone."""
    return _cross_entropy(x, y, weight, bias, reg)[0]


@mistake(
    "softmax_loss",
    hint="The loss is minus the logarithm of the right class's probability, and your derivatives have that probability already.",
    read="sec-linear-softmax",
)
def zero_for_loss(x, y, weight, bias, reg):
    """The derivatives are there, the loss is 0."""
    return 0.0, *_cross_entropy(x, y, weight, bias, reg)[1:]


@mistake("softmax_loss", same_as="not_divided")
def dweight_not_divided(x, y, weight, bias, reg):
    """The derivative by the weights is not divided by N."""
    loss, _, dbias = _cross_entropy(x, y, weight, bias, reg)
    _, dweight, _ = _cross_entropy(x, y, weight, bias, 0.0)
    return loss, len(y) * dweight + 2 * reg * weight, dbias


@mistake("softmax_loss", same_as="not_divided")
def not_divided_no_slopes(x, y, weight, bias, reg):
    """The images are added up, and there are no derivatives yet."""
    return len(y) * _cross_entropy(x, y, weight, bias, 0.0)[0] + reg * (weight**2).sum(), None, None


@mistake(
    "softmax_loss",
    hint="You divide by the number of classes, or of features. N, the number of images, is len(x).",
    read="sec-linear-softmax",
)
def number_of_classes(x, y, weight, bias, reg):
    """The sum is divided by K in place of N."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    s = len(y) / len(weight)
    return s * loss + reg * (weight**2).sum(), s * dweight + 2 * reg * weight, s * dbias


@mistake(
    "softmax_loss",
    hint="np.mean over an array (N, K) divides by N · K. Add up over the classes first, and take the mean over the images only.",
    read="sec-linear-softmax",
)
def mean_over_all_entries(x, y, weight, bias, reg):
    """The loss is divided by K as well."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return loss / len(weight) + reg * (weight**2).sum(), dweight + 2 * reg * weight, dbias


@mistake("softmax_loss", same_as="mean_over_all_entries")
def everything_over_all_entries(x, y, weight, bias, reg):
    """The loss and the derivatives are divided by K as well."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    k = len(weight)
    return loss / k + reg * (weight**2).sum(), dweight / k + 2 * reg * weight, dbias / k


@mistake(
    "softmax_loss",
    hint="Your loss is the probability of the right class. It is high for good weights: the loss is minus its logarithm.",
    read="sec-linear-softmax",
)
def probability_itself(x, y, weight, bias, reg):
    """The loss is p, not −log p."""
    p = _softmax(x, weight, bias)
    loss = p[np.arange(len(y)), y].mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="If the sum is one of shifted exponentials, the score beside its logarithm must be shifted, too: log Σ e^(s − m) − (s_y − m).",
    read="sec-linear-stable",
)
def own_score_not_shifted(x, y, weight, bias, reg):
    """The scores under the logarithm are shifted, and the right class's score is not."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss - (x @ weight.T + bias).max(axis=1).mean(), dweight, dbias


@mistake("softmax_loss", same_as="probability_itself")
def minus_probability(x, y, weight, bias, reg):
    """The loss is −p, not −log p."""
    p = _softmax(x, weight, bias)
    loss = -p[np.arange(len(y)), y].mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The mean over the images comes after the logarithm, not before: the logarithm of a mean is not the mean of the logarithms.",
    read="sec-linear-softmax",
)
def log_of_the_mean(x, y, weight, bias, reg):
    """The probabilities are averaged before the logarithm."""
    p = _softmax(x, weight, bias)
    loss = -np.log(p[np.arange(len(y)), y].mean() + 1e-320) + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="The loss is minus the right class's score. The logarithm of the sum over all classes is missing.",
    read="sec-linear-softmax",
)
def minus_the_score(x, y, weight, bias, reg):
    """The denominator is left out of the loss."""
    scores = x @ weight.T + bias
    loss = -scores[np.arange(len(y)), y].mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(_softmax(x, weight, bias), x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="A maximum or a sum for each image is a vector (N,), which does not fit beside (N, K): keepdims=True, or [:, None], makes it a column.",
    read="sec-linear-stable",
)
def not_a_column(x, y, weight, bias, reg):
    """A number for each image is not made a column."""
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=1)
    return scores.sum(), None, None


@mistake("softmax_loss", same_as="not_a_column")
def total_not_a_column(x, y, weight, bias, reg):
    """The sums are not made a column."""
    exp = np.exp(x @ weight.T + bias)
    p = exp / exp.sum(axis=1)
    return -np.log(p[np.arange(len(y)), y]).mean(), None, None


@mistake(
    "softmax_loss",
    hint="The product is (D, K), but the regulariser's derivative and weight are (K, D). dscores.T @ x has the shape of weight.",
    read="sec-linear-softmax-gradient",
)
def product_reversed(x, y, weight, bias, reg):
    """x.T @ dscores is added to an array of weight's shape."""
    d = _softmax(x, weight, bias)
    d[np.arange(len(y)), y] -= 1
    d = d / len(y)
    loss, _, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, x.T @ d + 2 * reg * weight, dbias


@mistake(
    "softmax_loss",
    hint="dweight is (D, K). A gradient has the shape of what it is the gradient of: weight is (K, D).",
    read="sec-linear-softmax-gradient",
)
def transposed_dweight(x, y, weight, bias, reg):
    """The derivative by the weights is transposed."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight.T, dbias


@mistake(
    "softmax_loss",
    hint="A class is a row of weight: the scores are x @ weight.T + bias.",
    read="sec-linear-scores",
)
def weight_not_transposed(x, y, weight, bias, reg):
    """weight is not transposed in the scores."""
    scores = x @ weight + bias
    return scores.sum(), None, None


@mistake(
    "softmax_loss",
    hint="y[j] is the class of image j, and you compare it with class j. Within the loop over the images, the class is y[i].",
    read="sec-linear-softmax-gradient",
)
def label_of_the_class(x, y, weight, bias, reg):
    """y[j] is asked for, where j counts the classes."""
    p = _softmax(x, weight, bias)
    d = p.copy()
    for j in range(len(weight)):
        d[:, j] -= j == y[j]
    d = d / len(y)
    loss = -np.log(p[np.arange(len(y)), y]).mean() + reg * (weight**2).sum()
    return loss, d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake(
    "softmax_loss",
    corner="λ",
    hint="A sum over all weights was added to the derivatives. That of λ ΣW² with respect to one weight has only that weight in it.",
    read="sec-linear-regularisation",
)
def regulariser_in_slopes(x, y, weight, bias, reg):
    """The derivatives have the regulariser itself added."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - 2 * reg * weight + reg * (weight**2).sum(), dbias


@mistake("softmax_loss", same_as="half_lambda", corner="λ")
def half_w_in_slopes(x, y, weight, bias, reg):
    """The regulariser's derivative is λ W / 2."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - 1.5 * reg * weight, dbias


@mistake("softmax_loss", same_as="half_lambda", corner="λ")
def half_in_loss(x, y, weight, bias, reg):
    """The loss has ½ λ, the derivative 2 λ."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss - reg / 2 * (weight**2).sum(), dweight, dbias


@mistake(
    "softmax_loss",
    hint="ΣW² is added without its factor λ, so the weights cost the same whatever reg says.",
    read="sec-linear-regularisation",
)
def without_lambda(x, y, weight, bias, reg):
    """The regulariser in the loss lacks its factor λ."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    return loss + (weight**2).sum(), dweight + 2 * reg * weight, dbias


@mistake("softmax_loss", same_as="product_regulariser", corner="λ")
def other_product_regulariser(x, y, weight, bias, reg):
    """The regulariser sums W.T @ W."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss + reg * ((weight.T @ weight).sum() - (weight**2).sum()), dweight, dbias


@mistake("softmax_loss", same_as="lambda_over_n", corner="λ")
def slope_over_n(x, y, weight, bias, reg):
    """The regulariser's derivative is divided by N."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - 2 * reg * weight * (1 - 1 / len(y)), dbias


def _softmax(x, weight, bias):
    scores = x @ weight.T + bias
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _softmax_slopes(p, x, y, weight, reg):
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    d = d / len(y)
    return d.T @ x + 2 * reg * weight, d.sum(axis=0)


def _cross_entropy(x, y, weight, bias, reg):
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=1, keepdims=True)
    loss = (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]).mean()
    p = _softmax(x, weight, bias)
    return loss + reg * (weight**2).sum(), *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="dbias has one number for each class: sum over the images, which are axis 0. You summed over the classes.",
    read="sec-linear-softmax-gradient",
)
def dbias_over_classes(x, y, weight, bias, reg):
    """The derivative by the bias is summed over the classes."""
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=1)[:, None]
    exp = np.exp(scores)
    total = exp.sum(axis=1)
    loss = (np.log(total) - scores[n, y]).sum() / len(y) + reg * (weight**2).sum()
    dscores = exp / total[:, None]
    dscores[n, y] -= 1
    dscores = dscores / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=1)


@mistake(
    "softmax_loss",
    hint="The largest score is taken of each class, over the images, so that each class is shifted by another number, and the softmax "
    "changes. One shift belongs to each image: axis 1.",
    read="sec-linear-stable",
)
def shifted_by_class(x, y, weight, bias, reg):
    """Each class is shifted by its largest score."""
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=0)
    exp = np.exp(scores)
    total = exp.sum(axis=1)
    loss = (np.log(total) - scores[n, y]).sum() / len(y) + reg * (weight**2).sum()
    dscores = exp / total[:, None]
    dscores[n, y] -= 1
    dscores = dscores / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="The regulariser sums squares. Yours is the length of W, the root of that sum.",
    read="sec-linear-regularisation",
)
def norm_for_squares(x, y, weight, bias, reg):
    """The regulariser in the loss is the norm, not its square."""
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=1)[:, None]
    exp = np.exp(scores)
    total = exp.sum(axis=1)
    loss = (np.log(total) - scores[n, y]).sum() / len(y) + reg * np.linalg.norm(weight)
    dscores = exp / total[:, None]
    dscores[n, y] -= 1
    dscores = dscores / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="A logarithm of a negative number is nan, and that of 0 is −∞, of which a difference, or a product with 0, is nan. p − 1 is negative, and 1 − p may be 0: only p of the right class belongs under the logarithm. dscores = p makes no copy, so dscores[n, y] -= 1 changes p as "
    "well: take the loss before that, or copy p.",
    read="sec-linear-softmax-gradient",
)
def loss_after_the_gradient(x, y, weight, bias, reg):
    """A logarithm is taken of a negative number, such as p − 1, or of 0."""
    p, n = _softmax(x, weight, bias), np.arange(len(y))
    dscores = p
    dscores[n, y] -= 1
    with np.errstate(all="ignore"):
        loss = -np.log(p[n, y]).mean() + reg * (weight**2).sum()
    return loss, dscores.T @ x / len(y) + 2 * reg * weight, dscores.mean(axis=0)


@mistake(
    "softmax_loss",
    hint="Each image's 1 is divided by N as well: take it off before you divide, (p − 1) / N and not p / N − 1.",
    read="sec-linear-softmax-gradient",
)
def one_after_the_division(x, y, weight, bias, reg):
    """The 1 of the right class is subtracted after the division by N."""
    loss = _cross_entropy(x, y, weight, bias, reg)[0]
    d = _softmax(x, weight, bias) / len(y)
    d[np.arange(len(y)), y] -= 1
    return loss, d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="Only the 1 of the right class is divided by N in yours. The mean over the images divides the probabilities, too: (p − 1) / N.",
    read="sec-linear-softmax-gradient",
)
def only_the_one_is_divided(x, y, weight, bias, reg):
    """The 1 of the right class is divided by N, and the probabilities are not."""
    loss = _cross_entropy(x, y, weight, bias, reg)[0]
    d = _softmax(x, weight, bias)
    d[np.arange(len(y)), y] -= 1 / len(y)
    return loss, d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake("softmax_loss", same_as="bias_decayed", corner="λ")
def bias_decayed_in_its_slope(x, y, weight, bias, reg):
    """2λb is in the derivative by the bias alone."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight, dbias + 2 * reg * bias


@mistake("softmax_loss", same_as="bias_decayed", corner="λ")
def bias_decayed_in_the_loss(x, y, weight, bias, reg):
    """λb² is in the loss alone."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss + reg * (bias**2).sum(), dweight, dbias


@mistake(
    "softmax_loss",
    hint="A sigmoid for each class answers K questions of yes or no, and its numbers do not sum to 1. A softmax answers one: which of the K?",
    read="sec-linear-softmax",
)
def sigmoids(x, y, weight, bias, reg):
    """Each class has a sigmoid of its own."""
    scores = x @ weight.T + bias
    right = np.eye(len(bias))[y]
    loss = (np.logaddexp(0, scores) - right * scores).sum(axis=1).mean()
    d = ((1 + np.tanh(scores / 2)) / 2 - right) / len(y)
    return loss + reg * (weight**2).sum(), d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake("softmax_loss", same_as="sigmoids")
def sigmoid_of_the_right_class(x, y, weight, bias, reg):
    """The loss is −log of the right class's sigmoid."""
    scores = x @ weight.T + bias
    right = np.eye(len(bias))[y]
    loss = np.logaddexp(0, -(right * scores).sum(axis=1)).mean()
    d = right * ((1 + np.tanh(scores / 2)) / 2 - 1) / len(y)
    return loss + reg * (weight**2).sum(), d.T @ x + 2 * reg * weight, d.sum(axis=0)


@mistake(
    "softmax_loss",
    hint="The exponential of the mean loss is the perplexity, which language models report. The loss itself is the mean of −log p.",
    read="sec-linear-softmax",
)
def perplexity(x, y, weight, bias, reg):
    """The exponential of the loss is returned."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, 0.0)
    with np.errstate(all="ignore"):
        loss = np.exp(loss) + reg * (weight**2).sum()
    return loss, dweight + 2 * reg * weight, dbias


@mistake("softmax_loss", same_as="scores_clipped", corner="scores of ±1000")
def scores_clipped_at_700(x, y, weight, bias, reg):
    """The scores are clipped at ±700."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = np.clip(scores, -700, 700)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.sum(d, axis=0)
    return loss, dweight, dbias


@mistake("softmax_loss", same_as="tiny_epsilon", corner="scores of ±1000")
def differences_clipped(x, y, weight, bias, reg):
    """The shifted scores are clipped."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = np.maximum(scores - np.max(scores, axis=1, keepdims=True), -100)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.sum(d, axis=0)
    return loss, dweight, dbias


@mistake("softmax_loss", same_as="wrong_axis")
def wrong_axis_of_a_row(x, y, weight, bias, reg):
    """The sums are a row, over the images."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=0, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=0, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.sum(d, axis=0)
    return loss, dweight, dbias


@mistake("softmax_loss", same_as="all_classes_counted")
def all_classes_added(x, y, weight, bias, reg):
    """All classes' logarithms are added up."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=1, keepdims=True))
    loss = -np.sum(logp) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.sum(d, axis=0)
    return loss, dweight, dbias


@mistake(
    "softmax_loss",
    hint="dbias has one number for each class: sum over the images alone, axis=0.",
    read="sec-linear-softmax-gradient",
)
def dbias_is_one_number(x, y, weight, bias, reg):
    """The derivative by the bias is a single number."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.sum(d)
    return loss, dweight, dbias


@mistake(
    "softmax_loss",
    hint="dweight is there and dbias is not. Each score has its class's bias added: what is the derivative of the loss by that?",
    read="sec-linear-softmax-gradient",
)
def dbias_zeros(x, y, weight, bias, reg):
    """The derivative by the bias is still 0."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(shifted)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(exps, axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N + reg * np.sum(weight**2)
    d = probs.copy()
    d[np.arange(N), y] -= 1
    d /= N
    dweight = d.T.dot(x) + 2 * reg * weight
    dbias = np.zeros_like(bias)
    return loss, dweight, dbias


# --- right answers, written another way ---


@alternative("softmax_loss")
def log_softmax(x, y, weight, bias, reg):
    """Log-probabilities first, the exponential of them for the slopes."""
    scores = x @ weight.T + bias
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    right = np.eye(len(weight))[y]
    dscores = (np.exp(log_p) - right) / len(x)
    loss = -log_p[right == 1].mean() + reg * np.sum(weight**2)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@alternative("softmax_loss")
def shifted_by_the_right_score(x, y, weight, bias, reg):
    """Shift, sum, logarithm, written out with keepdims."""
    num = x.shape[0]
    scores = np.dot(x, weight.T) + bias
    top = np.amax(scores, axis=1, keepdims=True)
    exps = np.exp(scores - top)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    right = scores[range(num), y].reshape(-1, 1)
    loss = np.sum(top - right + np.log(np.sum(exps, axis=1, keepdims=True))) / num
    loss += reg * np.sum(weight * weight)
    probs[range(num), y] -= 1
    return loss, np.dot(probs.T, x) / num + 2 * reg * weight, np.mean(probs, axis=0)


@mistake(
    "softmax_loss",
    hint="You add −log(1 − p) of the other classes, as if each class were a question of its own. The cross-entropy of the softmax is −log p of the right class alone.",
    read="sec-linear-softmax",
)
def every_class_a_question(x, y, weight, bias, reg):
    """The logarithms of all classes are added up."""
    rows = np.arange(len(x))
    scores = x @ weight.T + bias
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    right = np.eye(p.shape[1])[y] > 0
    loss = -np.log(np.where(right, p, 1 - p) + 1e-300).sum(axis=1).mean() + reg * (weight**2).sum()
    p[rows, y] -= 1
    return loss, p.T @ x / len(x) + 2 * reg * weight, p.mean(axis=0)
