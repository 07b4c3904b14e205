"""Wrong answers to assignment 2 that students really give, each with its name and a hint.

The first line of a docstring names the mistake: it completes "This is what you get when …". The hint
teaches and does not give the answer away. `read` is a section of the book. `at` names a check whose
failure means this mistake whatever the value, where the value is mere rounding noise.
"""

import numpy as np

from autograder.authoring.catalogue import mistake

# --- linear_scores ---


@mistake(
    "linear_scores",
    hint="A score that cannot be 0 without the image being black at the right places needs a bias. "
    "What does the last column of weight meet?",
    read="sec-linear-bias-trick",
)
def bias_left_out(x, weight):
    """The last column, the bias, is left out."""
    return _rows(x, weight) @ weight[:, :-1].T


@mistake(
    "linear_scores",
    hint="The 1 stands in front of the features, but the bias is the last column of weight.",
    read="sec-linear-bias-trick",
)
def one_in_front(x, weight):
    """The bias is taken from the first column."""
    ones = np.ones((len(x), 1), weight.dtype)
    return np.hstack([ones, _rows(x, weight)]) @ weight.T


@mistake(
    "linear_scores",
    hint="Your result has a row for each class and a column for each image. It should be the other way round.",
    read="sec-linear-scores",
)
def classes_in_rows(x, weight):
    """The matrix is transposed: (K, N) for (N, K)."""
    return weight[:, :-1] @ _rows(x, weight).T + weight[:, -1:]


@mistake(
    "linear_scores",
    hint="np.ones makes float64 unless you say otherwise, and one float64 array makes the whole result float64.",
    read="notation-integers",
)
def ones_are_float64(x, weight):
    """float32 weights give float64 scores."""
    rows = x.reshape(len(x), -1)
    return np.hstack([rows, np.ones((len(x), 1))]) @ weight.T


@mistake(
    "linear_scores",
    hint="Weights are fractions. In the integer dtype of the images, they lose what is behind the point.",
    read="notation-integers",
)
def weights_become_integers(x, weight):
    """The weights are converted to the images' dtype."""
    rows, small = x.reshape(len(x), -1), weight.astype(x.dtype)
    return (rows @ small[:, :-1].T + small[:, -1]).astype(weight.dtype)


@mistake(
    "linear_scores",
    hint="The numbers of an image came out in another order: colours last, as image files have them. "
    "Here the channels come first, one after the other.",
    read="sec-linear-scores",
)
def channels_last(x, weight):
    """Images are flattened with the channels last."""
    if x.ndim == 4:
        x = x.transpose(0, 2, 3, 1)
    return _rows(x, weight) @ weight[:, :-1].T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="The cube of numbers of an image must become a row first. `reshape(len(x), -1)` works for both kinds of x.",
    read="sec-linear-scores",
)
def rows_only(x, weight):
    """Images are not flattened."""
    ones = np.ones((len(x), 1), weight.dtype)
    return np.concatenate([x.astype(weight.dtype), ones], axis=1) @ weight.T


@mistake(
    "linear_scores",
    hint="A loop, or a comprehension, spends its time in Python. One matrix product does all images and classes.",
    read="sec-linear-scores",
)
def image_by_image(x, weight):
    """A Python loop goes through the images or the classes."""
    rows = _rows(x, weight)
    scores = np.zeros((len(x), len(weight)), weight.dtype)
    for i in range(len(x)):
        for k in range(len(weight)):
            scores[i, k] = (rows[i] * weight[k, :-1]).sum() + weight[k, -1]
    return scores


@mistake("linear_scores", same_as="image_by_image")
def one_loop_over_images(x, weight):
    """A Python loop goes through the images."""
    rows = _rows(x, weight)
    return np.array([weight[:, :-1] @ row + weight[:, -1] for row in rows])


@mistake("linear_scores", same_as="image_by_image")
def one_loop_over_classes(x, weight):
    """A Python loop goes through the classes."""
    rows = _rows(x, weight)
    return np.stack([rows @ w[:-1] + w[-1] for w in weight], axis=1)


@mistake(
    "linear_scores",
    hint="You return the number of the best class. The text asks for the scores of all classes.",
    read="sec-linear-scores",
)
def best_class(x, weight):
    """The best class is returned in place of the scores."""
    return (_rows(x, weight) @ weight[:, :-1].T + weight[:, -1]).argmax(axis=1)


@mistake(
    "linear_scores",
    hint="weight has a column more than an image has numbers: the biases. What number stands beside the pixels, to meet it?",
    read="sec-linear-bias-trick",
)
def no_place_for_the_bias(x, weight):
    """Images have no 1 beside their pixels."""
    return _rows(x, weight) @ weight.T


@mistake(
    "linear_scores",
    hint="Each bias belongs to a class, a column of the result. Yours was added along the wrong axis or summed.",
    read="sec-linear-bias-trick",
)
def biases_summed(x, weight):
    """All classes get the sum of the biases."""
    return _rows(x, weight) @ weight[:, :-1].T + weight[:, -1].sum()


# --- svm_loss ---


@mistake(
    "svm_loss",
    hint="The sum is over the wrong classes, j ≠ y. The right class would add Δ to every image.",
    read="sec-linear-hinge",
)
def own_class_counted(x, y, weight, bias, delta, reg):
    """The right class is counted among its rivals."""
    margins = _margins(x, y, weight, bias, delta)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    margins[np.arange(len(y)), y] = 0
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake("svm_loss", same_as="own_class_counted")
def own_class_counted_everywhere(x, y, weight, bias, delta, reg):
    """The right class is counted in the loss and in the derivatives."""
    margins = _margins(x, y, weight, bias, delta)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake("svm_loss", same_as="own_class_counted")
def own_class_counted_in_its_slope(x, y, weight, bias, delta, reg):
    """The right class is pushed up once for itself, too."""
    n, margins = np.arange(len(y)), _margins(x, y, weight, bias, delta)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="A rival that is beaten, but only just, must cost something, too: what is delta for?",
    read="sec-linear-hinge",
)
def margin_left_out(x, y, weight, bias, delta, reg):
    """The margin Δ is left out."""
    return _svm(x, y, weight, bias, 0.0, reg)


@mistake(
    "svm_loss",
    hint="You use Δ = 1, whatever delta says.",
    read="sec-linear-hinge",
)
def margin_always_one(x, y, weight, bias, delta, reg):
    """The margin Δ is always 1."""
    return _svm(x, y, weight, bias, 1.0, reg)


@mistake(
    "svm_loss",
    hint="Δ has the wrong sign: it should make the loss larger, and the right class win by a margin.",
    read="sec-linear-hinge",
)
def margin_subtracted(x, y, weight, bias, delta, reg):
    """The margin Δ is subtracted."""
    return _svm(x, y, weight, bias, -delta, reg)


@mistake(
    "svm_loss",
    hint="The loss is a mean over the images, and so are its derivatives. Yours grow with the number of images.",
    read="sec-linear-hinge",
)
def sum_over_images(x, y, weight, bias, delta, reg):
    """The images are added up, not averaged."""
    n = len(y)
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return (
        n * loss + reg * (weight**2).sum(),
        n * dweight + 2 * reg * weight,
        n * dbias,
    )


@mistake("svm_loss", same_as="sum_over_images")
def slopes_are_sums(x, y, weight, bias, delta, reg):
    """The derivatives are not divided by N."""
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    _, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss, len(y) * dweight + 2 * reg * weight, len(y) * dbias


@mistake("svm_loss", same_as="sum_over_images")
def dbias_is_a_sum(x, y, weight, bias, delta, reg):
    """The derivative by the bias is not divided by N."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight, len(y) * dbias


@mistake(
    "svm_loss",
    hint="The mean was taken over images and classes. Divide by the number of images only; "
    "torch's multi_margin_loss divides by both.",
    read="sec-linear-hinge",
)
def mean_over_classes_too(x, y, weight, bias, delta, reg):
    """The loss is divided by K as well."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    k = len(weight)
    return loss / k + reg * (weight**2).sum(), dweight / k + 2 * reg * weight, dbias / k


@mistake(
    "svm_loss",
    hint="Without the maximum, a rival that is far behind is paid for: the loss can be negative.",
    read="sec-linear-hinge",
)
def no_maximum(x, y, weight, bias, delta, reg):
    """Margins below 0 are added up, too."""
    margins = _margins(x, y, weight, bias, delta)
    margins[np.arange(len(y)), y] = 0
    loss = margins.sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="Only the strongest rival pays in your loss. That is another SVM loss; this one adds up all rivals.",
    read="sec-linear-hinge",
)
def strongest_rival_only(x, y, weight, bias, delta, reg):
    """Only the strongest rival is counted."""
    margins = _margins(x, y, weight, bias, delta)
    margins[np.arange(len(y)), y] = 0
    margins = np.where(margins == margins.max(axis=1, keepdims=True), margins, 0)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="The margins are turned round: the loss should grow with the score of a rival, not with that of the right class.",
    read="sec-linear-hinge",
)
def margins_reversed(x, y, weight, bias, delta, reg):
    """The two scores are exchanged in the margin."""
    loss, dweight, dbias = _svm(x, y, -weight, -bias, delta, reg)
    return loss, 2 * reg * weight - (dweight + 2 * reg * weight), -dbias


@mistake(
    "svm_loss",
    hint="The margins are squared. That loss exists as well, but here it grows in proportion.",
    read="sec-linear-hinge",
)
def squared_hinge(x, y, weight, bias, delta, reg):
    """The margins are squared."""
    n = np.arange(len(y))
    margins = np.maximum(_margins(x, y, weight, bias, delta), 0)
    margins[n, y] = 0
    loss = (margins**2).sum() / len(y) + reg * (weight**2).sum()
    dscores = 2 * margins / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="Each rival above the margin also pushes the right class up. The derivative by the right class's score is missing.",
    read="sec-linear-hinge-gradient",
)
def right_class_gets_nothing(x, y, weight, bias, delta, reg):
    """The derivative by the right class's score is left out."""
    margins = _rival_margins(x, y, weight, bias, delta)
    dscores = (margins > 0) / len(y)
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="Only the right class's row of dweight changes. The rivals above the margin must come down.",
    read="sec-linear-hinge-gradient",
)
def rivals_get_nothing(x, y, weight, bias, delta, reg):
    """The derivatives by the rivals' scores are left out."""
    margins, n = _rival_margins(x, y, weight, bias, delta), np.arange(len(y))
    dscores = np.zeros_like(margins)
    dscores[n, y] = -(margins > 0).sum(axis=1) / len(y)
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="With three rivals above the margin, the right class is pushed up three times. You do it once for each image.",
    read="sec-linear-hinge-gradient",
)
def right_class_once(x, y, weight, bias, delta, reg):
    """The right class gets −1, however many rivals there are."""
    margins, n = _rival_margins(x, y, weight, bias, delta), np.arange(len(y))
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -1.0 * (margins > 0).any(axis=1) / len(y)
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="The derivatives have the margins in them. The slope of max(0, m) above 0 is 1, whatever m is.",
    read="sec-linear-hinge-gradient",
)
def margins_in_slopes(x, y, weight, bias, delta, reg):
    """The slope of a margin is the margin itself."""
    n = np.arange(len(y))
    dscores = np.maximum(_rival_margins(x, y, weight, bias, delta), 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="Your derivatives point the other way: those of the rivals' scores should be positive.",
    read="sec-linear-hinge-gradient",
)
def slopes_negative(x, y, weight, bias, delta, reg):
    """The derivatives have the wrong sign."""
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    _, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss, 2 * reg * weight - dweight, -dbias


@mistake(
    "svm_loss",
    hint="Where the margin is exactly 0, both slopes would do; the text chooses 0. Your mask has ≥ for >.",
    read="sec-linear-hinge-gradient",
)
def kink_counts(x, y, weight, bias, delta, reg):
    """A margin of exactly 0 counts as violated."""
    margins, n = _margins(x, y, weight, bias, delta), np.arange(len(y))
    dscores = (margins >= 0) / len(y)
    dscores[n, y] = 0
    dscores[n, y] = -dscores.sum(axis=1)
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake("svm_loss", same_as="regulariser_halved")
def regulariser_slope_halved(x, y, weight, bias, delta, reg):
    """The regulariser's derivative lacks its factor 2."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - reg * weight, dbias


@mistake(
    "svm_loss",
    hint="There is no ½ before λ here; some texts put one. And what is the derivative of λ W² then?",
    read="sec-linear-regularisation",
)
def regulariser_halved(x, y, weight, bias, delta, reg):
    """The regulariser, or its derivative, is half of what it should be."""
    return _svm(x, y, weight, bias, delta, reg / 2)


@mistake("svm_loss", same_as="regulariser_halved")
def half_in_the_loss_only(x, y, weight, bias, delta, reg):
    """The loss has ½ λ, the derivative 2 λ."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss - reg / 2 * (weight**2).sum(), dweight, dbias


@mistake(
    "svm_loss",
    hint="Your loss has no regulariser: what is reg for?",
    read="sec-linear-regularisation",
)
def regulariser_left_out(x, y, weight, bias, delta, reg):
    """The regulariser is left out of the loss."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss - reg * (weight**2).sum(), dweight, dbias


@mistake("svm_loss", same_as="regulariser_left_out")
def regulariser_left_out_twice(x, y, weight, bias, delta, reg):
    """The regulariser is left out of the loss and of the derivatives."""
    return _svm(x, y, weight, bias, delta, 0.0)


@mistake(
    "svm_loss",
    hint="The regulariser is in your loss but not in your derivatives.",
    read="sec-linear-regularisation",
)
def regulariser_slope_left_out(x, y, weight, bias, delta, reg):
    """The regulariser's derivative is left out."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight, dbias


@mistake(
    "svm_loss",
    hint="The regulariser was added before you divided by N. It belongs to the weights, not to the images.",
    read="sec-linear-regularisation",
)
def regulariser_divided(x, y, weight, bias, delta, reg):
    """The regulariser is divided by N, too."""
    return _svm(x, y, weight, bias, delta, reg / len(y))


@mistake("svm_loss", same_as="regulariser_divided")
def regulariser_slope_divided(x, y, weight, bias, delta, reg):
    """The regulariser's derivative is divided by N."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight * (1 - 1 / len(y)), dbias


@mistake(
    "svm_loss",
    hint="The square of a matrix, W @ W.T, is not the matrix of the squares.",
    read="sec-linear-regularisation",
)
def matrix_product_regulariser(x, y, weight, bias, delta, reg):
    """The regulariser sums a matrix product."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss + reg * ((weight @ weight.T).sum() - (weight**2).sum()), dweight, dbias


@mistake(
    "svm_loss",
    hint="The biases are regularised as well. They only shift the scores, and are left free.",
    read="sec-linear-regularisation",
)
def biases_regularised(x, y, weight, bias, delta, reg):
    """The biases are regularised."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss + reg * (bias**2).sum(), dweight, dbias + 2 * reg * bias


@mistake(
    "svm_loss",
    hint="The biases are part of every score. Yours are left out of them.",
    read="sec-linear-scores",
)
def biases_ignored(x, y, weight, bias, delta, reg):
    """The scores lack the biases."""
    return _svm(x, y, weight, 0 * bias, delta, reg)


@mistake(
    "svm_loss",
    hint="A bias adds to the score of its class for all images, so its derivative is a sum over the images.",
    read="sec-linear-hinge-gradient",
)
def dbias_averaged_twice(x, y, weight, bias, delta, reg):
    """The derivative by the bias is divided by N twice."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight, dbias / len(y)


@mistake(
    "svm_loss",
    hint="dbias has the form of a row of the batch, (1, K). A gradient has the shape of what it is the gradient of.",
    read="sec-linear-hinge-gradient",
)
def dbias_is_a_row(x, y, weight, bias, delta, reg):
    """The derivative by the bias has shape (1, K)."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight, dbias[None]


@mistake(
    "svm_loss",
    hint="dweight is (D, K). A gradient has the shape of what it is the gradient of: weight is (K, D).",
    read="sec-linear-hinge-gradient",
)
def dweight_transposed(x, y, weight, bias, delta, reg):
    """The derivative by the weights is transposed."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight.T, dbias


@mistake(
    "svm_loss",
    hint="A Python loop goes through images or classes. The margins of all are one array expression.",
    read="sec-linear-hinge",
)
def loop_over_images(x, y, weight, bias, delta, reg):
    """A Python loop goes through the images."""
    loss, dweight, dbias = reg * (weight**2).sum(), 2 * reg * weight, np.zeros_like(bias)
    for row, label in zip(x, y):
        margins = weight @ row + bias
        margins = margins - margins[label] + delta
        margins[label] = 0
        slopes = (margins > 0) / len(y)
        slopes[label] = -slopes.sum()
        loss += np.maximum(margins, 0).sum() / len(y)
        dweight += np.outer(slopes, row)
        dbias += slopes
    return loss, dweight, dbias


@mistake(
    "svm_loss",
    hint="scores[:, y] picks N columns for every image. Pair each row with its own label: two index arrays.",
    read="sec-linear-hinge",
)
def columns_for_entries(x, y, weight, bias, delta, reg):
    """scores[:, y] is taken for the right scores."""
    scores = x @ weight.T + bias
    margins = scores - scores[:, y][:, :1] + delta
    margins[np.arange(len(y)), y] = 0
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


# --- softmax_loss ---


@mistake(
    "softmax_loss",
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


@mistake("softmax_loss", same_as="tiny_epsilon")
def clipped_probability(x, y, weight, bias, reg):
    """Probabilities are clipped."""
    p = _softmax(x, weight, bias)
    loss = -np.log(np.clip(p[np.arange(len(y)), y], 1e-12, 1)).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake(
    "softmax_loss",
    hint="Your loss cannot exceed some 30 or 700: a small number, or np.clip, guards the logarithm against 0. "
    "Take the logarithm on paper first: it undoes the exponential.",
    read="sec-linear-stable",
    at="softmax_loss: the right class at -1000: the loss",
)
def tiny_epsilon(x, y, weight, bias, reg):
    """The probability is kept away from 0 before the logarithm."""
    p = _softmax(x, weight, bias)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean() + reg * (weight**2).sum()
    return loss, *_softmax_slopes(p, x, y, weight, reg)


@mistake("softmax_loss", same_as="tiny_epsilon")
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
    hint="All classes' logarithms are averaged. Only the right class's counts.",
    read="sec-linear-softmax",
)
def all_classes_counted(x, y, weight, bias, reg):
    """The loss is averaged over all classes."""
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


@mistake("softmax_loss", same_as="half_lambda")
def factor_two_left_out(x, y, weight, bias, reg):
    """The regulariser's derivative lacks its factor 2."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - reg * weight, dbias


@mistake(
    "softmax_loss",
    hint="There is no ½ before λ here; some texts put one. And what is the derivative of λ W² then?",
    read="sec-linear-regularisation",
)
def half_lambda(x, y, weight, bias, reg):
    """The regulariser, or its derivative, is half of what it should be."""
    return _cross_entropy(x, y, weight, bias, reg / 2)


@mistake(
    "softmax_loss",
    hint="Your loss has no regulariser: what is reg for?",
    read="sec-linear-regularisation",
)
def no_regulariser(x, y, weight, bias, reg):
    """The regulariser is left out of the loss."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss - reg * (weight**2).sum(), dweight, dbias


@mistake("softmax_loss", same_as="no_regulariser")
def no_regulariser_at_all(x, y, weight, bias, reg):
    """The regulariser is left out of the loss and of the derivatives."""
    return _cross_entropy(x, y, weight, bias, 0.0)


@mistake(
    "softmax_loss",
    hint="The regulariser is in your loss but not in your derivatives.",
    read="sec-linear-regularisation",
)
def no_regulariser_slope(x, y, weight, bias, reg):
    """The regulariser's derivative is left out."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss, dweight - 2 * reg * weight, dbias


@mistake(
    "softmax_loss",
    hint="The regulariser was added before you divided by N. It belongs to the weights, not to the images.",
    read="sec-linear-regularisation",
)
def lambda_over_n(x, y, weight, bias, reg):
    """The regulariser is divided by N, too."""
    return _cross_entropy(x, y, weight, bias, reg / len(y))


@mistake(
    "softmax_loss",
    hint="The square of a matrix, W @ W.T, is not the matrix of the squares.",
    read="sec-linear-regularisation",
)
def product_regulariser(x, y, weight, bias, reg):
    """The regulariser sums a matrix product."""
    loss, dweight, dbias = _cross_entropy(x, y, weight, bias, reg)
    return loss + reg * ((weight @ weight.T).sum() - (weight**2).sum()), dweight, dbias


@mistake(
    "softmax_loss",
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
    hint="A Python loop goes through the images. Exponentials and sums of all are one array expression.",
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


# --- margin_losses ---


@mistake(
    "margin_losses",
    hint="e¹⁰⁰⁰ is more than a float can hold. Where m is very negative, log(1 + e⁻ᵐ) is nearly −m; NumPy has a function for log(eᵃ + eᵇ).",
    read="sec-linear-stable",
)
def exp_overflows(margins):
    """The exponential overflows at a margin of −1000."""
    m = margins.astype(np.float64)
    with np.errstate(all="ignore"):
        losses, slopes = _losses(m)
        losses[2] = np.log(1 + np.exp(-m))
        slopes[2] = -np.exp(-m) / (1 + np.exp(-m))
    return losses, slopes


@mistake("margin_losses", same_as="exp_overflows")
def loss_overflows(margins):
    """The logistic loss is infinite, its slope is not."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    with np.errstate(all="ignore"):
        losses[2] = np.log(1 + np.exp(-m))
    return losses, slopes


@mistake("margin_losses", same_as="exp_overflows")
def exponent_clipped(margins):
    """The exponent is cut at 500."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    losses[2] = np.log(1 + np.exp(np.clip(-m, -500, 500)))
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The logistic loss is right, its derivative is not finite: e¹⁰⁰⁰ / (1 + e¹⁰⁰⁰) is inf / inf. Divide both by e¹⁰⁰⁰ on paper.",
    read="sec-linear-stable",
)
def slope_overflows(margins):
    """The logistic slope is inf / inf."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    with np.errstate(all="ignore"):
        slopes[2] = -np.exp(-m) / (1 + np.exp(-m))
    return losses, slopes


@mistake(
    "margin_losses",
    hint="Your hinge loss is 0 as soon as a point is on the right side. The SVM wants a margin of 1.",
    read="sec-linear-margin-losses",
)
def hinge_without_margin(margins):
    """The hinge loss lacks its 1."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[1], slopes[1] = losses[0], slopes[0]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="Your losses grow with the margin. A point that is far on its right side should cost nothing.",
    read="sec-linear-margin-losses",
)
def sign_of_margin(margins):
    """The margin has the wrong sign."""
    losses, slopes = _losses(-margins.astype(np.float64))
    return losses, -slopes


@mistake(
    "margin_losses",
    hint="The losses fall as the margin grows: their slopes cannot be positive.",
    read="sec-linear-margin-losses",
)
def positive_slopes(margins):
    """The slopes have the wrong sign."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses, -slopes


@mistake("margin_losses", same_as="positive_slopes")
def logistic_slope_positive(margins):
    """The logistic slope has the wrong sign."""
    losses, slopes = _losses(margins.astype(np.float64))
    slopes[2] = -slopes[2]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The slope of the logistic loss is −1 far on the wrong side and 0 far on the right side. Yours runs the other way.",
    read="sec-linear-margin-losses",
)
def sigmoid_reversed(margins):
    """The logistic slope is −σ(m), for −σ(−m)."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[2] = _losses(-m)[1][2]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="At m = 0 the perceptron's loss has a kink. The text chooses the slope −1: with 0, a start at weight 0 is never left.",
    read="sec-linear-margin-losses",
)
def kink_at_zero(margins):
    """The perceptron's slope at 0 is 0."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[0] = -1.0 * (m < 0)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="At m = 1 the hinge loss has a kink. The text chooses the slope 0.",
    read="sec-linear-margin-losses",
)
def kink_at_one(margins):
    """The hinge loss's slope at 1 is −1."""
    m = margins.astype(np.float64)
    losses, slopes = _losses(m)
    slopes[1] = -1.0 * (m <= 1)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The logistic loss at m = 0 is log 2 = 0.693, with the natural logarithm.",
    read="sec-linear-margin-losses",
)
def base_two(margins):
    """The logarithm has base 2."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[2], slopes[2] = losses[2] / np.log(2), slopes[2] / np.log(2)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The result of whole numbers is cut to whole numbers: an array like an integer array has its dtype.",
    read="notation-integers",
)
def truncated(margins):
    """Losses of whole numbers are cut to whole numbers."""
    losses, slopes = _losses(margins.astype(np.float64))
    if margins.dtype.kind == "i":
        losses, slopes = np.trunc(losses), np.trunc(slopes)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="In int8, −(−128) is −128 again: whole numbers wrap around. Convert to float64 before you calculate.",
    read="notation-integers",
)
def small_integers_wrap(margins):
    """Integer arithmetic wraps around."""
    m = margins
    losses, slopes = _losses(m.astype(np.float64))
    with np.errstate(all="ignore"):
        losses[0], losses[1] = np.maximum(-m, 0), np.maximum(1 - m, 0)
    return losses, slopes


@mistake(
    "margin_losses",
    hint="The text asks for one row per loss, (3, N). Yours has a row per margin.",
    read="sec-linear-margin-losses",
)
def losses_in_columns(margins):
    """The results are transposed: (N, 3) for (3, N)."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses.T, slopes.T


@mistake(
    "margin_losses",
    hint="Each margin has a loss of its own. Yours are averaged over the points.",
    read="sec-linear-margin-losses",
)
def averaged(margins):
    """The losses are averaged over the points."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses.mean(axis=1), slopes.mean(axis=1)


@mistake(
    "margin_losses",
    hint="The losses are in another order than the rows of the table.",
    read="sec-linear-margin-losses",
)
def other_order(margins):
    """The rows are in another order."""
    losses, slopes = _losses(margins.astype(np.float64))
    return losses[[1, 2, 0]], slopes[[1, 2, 0]]


@mistake(
    "margin_losses",
    hint="The squared hinge loss exists, but this one grows in proportion.",
    read="sec-linear-margin-losses",
)
def hinge_squared(margins):
    """The hinge loss is squared."""
    losses, slopes = _losses(margins.astype(np.float64))
    losses[1], slopes[1] = losses[1] ** 2, 2 * losses[1] * slopes[1]
    return losses, slopes


@mistake(
    "margin_losses",
    hint="A loop spends its time in Python. Each loss is one array expression.",
    read="sec-linear-margin-losses",
)
def margin_by_margin(margins):
    """A Python loop goes through the margins."""
    columns = [_losses(np.array([m], dtype=np.float64)) for m in margins]
    return np.hstack([a for a, _ in columns]), np.hstack([b for _, b in columns])


# --- grad_check ---


@mistake(
    "grad_check",
    hint="A one-sided difference errs in proportion to h, a central one to h²: a right gradient looks wrong where f is bent.",
    read="sec-linear-gradcheck",
)
def one_sided(f, x, gradient):
    """The difference is one-sided."""
    if gradient.shape != x.shape:
        return False
    x, start = x.astype(np.float64), f(x.astype(np.float64))
    slopes = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up = x.copy()
        up[i] += 1e-5
        slopes[i] = (f(up) - start) / 1e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="The difference was divided by h, where the two points are 2h apart.",
    read="sec-linear-gradcheck",
)
def divided_by_h(f, x, gradient):
    """The central difference is divided by h, not by 2h."""
    if gradient.shape != x.shape:
        return False
    return _agree(gradient, 2 * _slopes(f, x.astype(np.float64)), f(x.astype(np.float64)))


@mistake(
    "grad_check",
    hint="In float32, x + 1e-5 has two or three right digits of the step. Make a float64 copy of x first.",
    read="sec-linear-gradcheck",
)
def stays_float32(f, x, gradient):
    """x stays float32."""
    if gradient.shape != x.shape:
        return False
    x = x.copy() if x.dtype.kind == "f" else x.astype(np.float64)
    start = f(x)
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="x[i] += h does nothing where x holds whole numbers. Make a float64 copy of x first.",
    read="sec-linear-gradcheck",
)
def stays_integer(f, x, gradient):
    """x stays whole numbers."""
    if gradient.shape != x.shape:
        return False
    x = x.copy() if x.dtype.kind == "i" else x.astype(np.float64)
    start = f(x)
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] = up[i] + 1e-5
        down[i] = down[i] - 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="Where both derivatives are 0, the relative error is 0/0, which is nan. Multiply by the size rather than divide.",
    read="sec-linear-gradcheck",
)
def zero_by_zero(f, x, gradient):
    """The relative error is 0/0 where both are 0."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    with np.errstate(all="ignore"):
        error = np.abs(gradient - slopes) / np.maximum(np.abs(gradient), np.abs(slopes))
    return bool((error < 1e-6).all())


@mistake("grad_check", same_as="noise_at_zero")
def only_relative(f, x, gradient):
    """Only a relative error is allowed."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) <= 1e-6 * (np.abs(gradient) + np.abs(slopes))).all())


@mistake(
    "grad_check",
    hint="Where the derivative is 0, rounding in f leaves a little of the size of 1e-10 · |f(x)|: the relative error is huge, and means nothing.",
    read="sec-linear-gradcheck",
)
def noise_at_zero(f, x, gradient):
    """Rounding near a derivative of 0 raises an alarm."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool(np.allclose(gradient, slopes, rtol=1e-6, atol=0))


@mistake(
    "grad_check",
    hint="An absolute tolerance is larger than all the derivatives of a tiny function, and smaller than the rounding of a huge one.",
    read="sec-linear-gradcheck",
)
def absolute_tolerance(f, x, gradient):
    """The tolerance is absolute."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) < 1e-6).all())


@mistake(
    "grad_check",
    hint="The absolute part of the tolerance, 1e-8 in np.allclose unless you say otherwise, is larger than all derivatives of a tiny function.",
    read="sec-linear-gradcheck",
)
def default_allclose(f, x, gradient):
    """np.allclose is used with its own tolerances."""
    if gradient.shape != x.shape:
        return False
    return bool(np.allclose(gradient, _slopes(f, x.astype(np.float64)), rtol=1e-6))


@mistake(
    "grad_check",
    hint="Your tolerance lets an error of 1 part in 1000 pass. Bugs can be smaller, and central differences are much better than that.",
    read="sec-linear-gradcheck",
)
def generous_tolerance(f, x, gradient):
    """The tolerance is 1 part in 1000."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return bool((np.abs(gradient - slopes) <= 1e-3 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake(
    "grad_check",
    hint="Your tolerance is tighter than the differences themselves, which are good to seven digits or so.",
    read="sec-linear-gradcheck",
)
def strict_tolerance(f, x, gradient):
    """The tolerance is below the error of the differences."""
    if gradient.shape != x.shape:
        return False
    slopes = _slopes(f, x.astype(np.float64))
    return bool((np.abs(gradient - slopes) <= 1e-12 * np.abs(slopes)).all())


@mistake(
    "grad_check",
    hint="With a step as small as 1e-12, the difference of two values of f is nothing but rounding.",
    read="sec-linear-gradcheck",
)
def step_too_small(f, x, gradient):
    """The step is so small that rounding drowns the difference."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x, 1e-12), f(x))


@mistake(
    "grad_check",
    hint="With a step of 0.01, the bend of f shows in the difference: a right gradient looks wrong.",
    read="sec-linear-gradcheck",
)
def step_too_large(f, x, gradient):
    """The step is so large that f is not straight any more."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    return _agree(gradient, _slopes(f, x, 1e-2), f(x))


@mistake(
    "grad_check",
    hint="A bug in one entry hardly changes the length of a long gradient. Compare entry by entry.",
    read="sec-linear-gradcheck",
)
def norm_only(f, x, gradient):
    """The whole gradient is compared by its length."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    error = np.linalg.norm(gradient - slopes)
    return bool(error <= 1e-6 * np.linalg.norm(slopes) + 1e-9 * abs(f(x)))


@mistake(
    "grad_check",
    hint="A mean over the entries hides a bad one among many good ones. One is enough.",
    read="sec-linear-gradcheck",
)
def mean_error(f, x, gradient):
    """The errors are averaged over the entries."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    with np.errstate(all="ignore"):
        error = np.abs(gradient - slopes) / (np.abs(slopes) + 1e-3 * size)
    return bool(np.nan_to_num(error, nan=1.0).mean() <= 1e-5)


@mistake(
    "grad_check",
    hint="Signed errors cancel, and negative ones pass a test for being small. Where is the absolute value?",
    read="sec-linear-gradcheck",
)
def signed_error(f, x, gradient):
    """The sign of the error is kept."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return bool((gradient - slopes <= 1e-6 * np.abs(slopes) + 1e-9 * abs(f(x))).all())


@mistake(
    "grad_check",
    hint="Your loop returns from within, after the first entry. Only a bad entry ends the search.",
    read="sec-linear-gradcheck",
)
def first_entry_only(f, x, gradient):
    """Only the first entry is looked at."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes = _slopes(f, x)
    return _agree(gradient.reshape(-1)[:1], slopes.reshape(-1)[:1], f(x))


@mistake(
    "grad_check",
    hint="Your loop goes over the first axis, so all entries of a row move together. np.ndindex gives every entry.",
    read="sec-linear-gradcheck",
)
def row_by_row(f, x, gradient):
    """Whole rows are moved at once."""
    if gradient.shape != x.shape:
        return False
    x, slopes = x.astype(np.float64), np.zeros(x.shape)
    for i in range(len(x)) if x.ndim else [()]:
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (f(up) - f(down)) / 2e-5
    return _agree(gradient, slopes, f(x))


@mistake(
    "grad_check",
    hint="The sum of all derivatives can be right where none is: move one entry at a time.",
    read="sec-linear-gradcheck",
)
def all_at_once(f, x, gradient):
    """All entries are moved together."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slope = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return _agree(np.array([gradient.sum()]), np.array([slope]), f(x))


@mistake(
    "grad_check",
    hint="A difference of nan is not greater than anything, so a gradient of nan passes. Ask what must hold, not what must not.",
    read="sec-linear-gradcheck",
)
def nan_passes(f, x, gradient):
    """A gradient of nan passes."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    wrong = np.abs(gradient - slopes) > 1e-6 * np.abs(slopes) + 1e-9 * size
    return not wrong.any()


@mistake(
    "grad_check",
    hint="NumPy stretches (1, 3) to fit (3,), and the transposed square fits a square. A gradient of another shape is wrong at once.",
    read="sec-linear-gradcheck",
)
def shape_not_compared(f, x, gradient):
    """The shape is not compared."""
    x = x.astype(np.float64)
    try:
        return _agree(gradient, _slopes(f, x), f(x))
    except ValueError:
        return False


@mistake(
    "grad_check",
    hint="x was moved and put back by arithmetic: x + h − 2h + h is not x in the last digits. Work on a copy.",
    read="sec-linear-gradcheck",
)
def not_restored(f, x, gradient):
    """x is not quite put back."""
    if gradient.shape != x.shape:
        return False
    z = x if x.dtype == np.float64 else x.astype(np.float64)
    start, slopes = f(z), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        z[i] += 1e-5
        up = f(z)
        z[i] -= 2e-5
        down = f(z)
        z[i] += 1e-5
        slopes[i] = (up - down) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="The moves add up: each entry is moved and left there, so later ones are measured at another place.",
    read="sec-linear-gradcheck",
)
def moves_accumulate(f, x, gradient):
    """Entries that were moved stay there."""
    if gradient.shape != x.shape:
        return False
    z, slopes = x.astype(np.float64), np.zeros(x.shape)
    start = f(z)
    for i in np.ndindex(x.shape):
        z[i] += 1e-5
        up = f(z)
        z[i] -= 2e-5
        slopes[i] = (up - f(z)) / 2e-5
    return _agree(gradient, slopes, start)


@mistake(
    "grad_check",
    hint="f is called again and again where one call would do. Count your calls: two for each entry of x.",
    read="sec-linear-gradcheck",
)
def f_called_too_often(f, x, gradient):
    """f is called more often than allowed."""
    if gradient.shape != x.shape:
        return False
    x = x.astype(np.float64)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slope = (f(up) - f(down)) / 2e-5
        if not abs(gradient[i] - slope) <= 1e-6 * abs(slope) + 1e-9 * abs(f(x)):
            return False
    return True


@mistake(
    "grad_check",
    hint="The answer is turned round: True means that the gradient is right.",
    read="sec-linear-gradcheck",
)
def turned_round(f, x, gradient):
    """True is returned for a wrong gradient."""
    if gradient.shape != x.shape:
        return True
    x = x.astype(np.float64)
    return not _agree(gradient, _slopes(f, x), f(x))


@mistake(
    "grad_check",
    hint="You return the largest error. The text asks for a verdict, True or False.",
    read="sec-linear-gradcheck",
)
def returns_error(f, x, gradient):
    """The error is returned in place of a verdict."""
    if gradient.shape != x.shape:
        return np.inf
    return float(np.abs(gradient - _slopes(f, x.astype(np.float64))).max())


@mistake(
    "grad_check",
    hint="A claimed entry of infinity makes a tolerance in proportion to it infinite, too. Measure the tolerance by the difference quotient, or look for what is not finite.",
    read="sec-linear-gradcheck",
)
def infinity_passes(f, x, gradient):
    """A gradient of infinity passes."""
    if gradient.shape != x.shape or np.isnan(gradient).any():
        return False
    x = x.astype(np.float64)
    slopes, size = _slopes(f, x), abs(f(x))
    allowed = 1e-6 * np.maximum(np.abs(slopes), np.abs(gradient)) + 1e-9 * size
    return bool((np.abs(gradient - slopes) <= allowed).all())


# --- sgd ---


@mistake(
    "sgd",
    hint="The loss grows from step to step: the gradient points uphill.",
    read="sec-linear-descent",
)
def ascent(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The step goes up."""
    return _train(loss, x, y, weight, bias, -lr, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="Every step needs the gradient at the place where you are now. Yours is that of the epoch's start.",
    read="sec-linear-sgd",
)
def stale_gradient(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The gradient is taken at the start of the epoch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        at = weight, bias
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], *at)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The first batch is used over and over: the batch must be cut anew in each step.",
    read="sec-linear-sgd",
)
def stale_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """All steps of an epoch use the same batch."""

    def batches(n, size, rng):
        first, *rest = _batches(n, size, rng)
        return [first] * (1 + len(rest))

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="The images are in the new order, their labels in the old one. Index both with the same batch.",
    read="sec-linear-sgd",
)
def labels_not_shuffled(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are shuffled, the labels are not."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        shuffled = x[order]
        for start in range(0, len(x), batch_size):
            part = slice(start, start + batch_size)
            _, dweight, dbias = loss(shuffled[part], y[part], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="You return the last weights. The text asks for those after the best epoch. (If you kept the best: "
    "best = weight makes no copy, and weight -= … changes both.)",
    read="sec-linear-sgd",
)
def last_not_best(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last weights are returned, not the best."""
    return _train(
        loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, pick=lambda h: -1
    )


@mistake("sgd", same_as="last_not_best")
def best_is_an_alias(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The best weights are changed by later steps."""
    weight, bias = weight.copy(), bias.copy()
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    history, best = [], None
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight -= lr * velocity[0]
            bias -= lr * velocity[1]
        history.append(loss(x, y, weight, bias)[0])
        if history[-1] == min(history):
            best = weight, bias
    return (*best, np.array(history))


@mistake(
    "sgd",
    hint="Of equally good epochs, the text asks for the first.",
    read="sec-linear-sgd",
)
def last_of_the_best(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last of several best epochs is returned."""
    return _train(
        loss,
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
        pick=lambda h: len(h) - 1 - h[::-1].argmin(),
    )


@mistake(
    "sgd",
    hint="You return the weights after the worst epoch.",
    read="sec-linear-sgd",
)
def worst_epoch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The weights of the highest loss are returned."""
    return _train(
        loss,
        x,
        y,
        weight,
        bias,
        lr,
        momentum,
        batch_size,
        epochs,
        rng,
        pick=lambda h: h.argmax(),
    )


@mistake(
    "sgd",
    hint="momentum changes nothing in your steps. The velocity remembers: v ← μ v + g.",
    read="sec-linear-momentum",
)
def no_momentum(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """There is no momentum."""
    return _train(loss, x, y, weight, bias, lr, 0.0, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="The gradient is weighed with 1 − μ. There are texts that do that; here it counts in full.",
    read="sec-linear-momentum",
)
def running_mean(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity is a running mean of the gradients."""
    return _train(loss, x, y, weight, bias, lr * (1 - momentum), momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="The velocity starts at 0 once, not at the beginning of every epoch.",
    read="sec-linear-momentum",
)
def velocity_reset(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity is set to 0 in each epoch."""
    seen = []
    for _ in range(epochs):
        velocity = [np.zeros_like(weight), np.zeros_like(bias)]
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The step is taken with the velocity of the step before: update v first, then the parameter.",
    read="sec-linear-momentum",
)
def velocity_one_late(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The parameter moves before the velocity is updated."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The velocity does not remember itself: v ← μ v + g has the old v in it, not the old g alone.",
    read="sec-linear-momentum",
)
def one_step_memory(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The velocity holds the last two gradients only."""
    before = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, *slopes = loss(x[batch], y[batch], weight, bias)
            weight = weight - lr * (momentum * before[0] + slopes[0])
            bias = bias - lr * (momentum * before[1] + slopes[1])
            before = slopes
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The steps of bias have no momentum. Both parameters have a velocity.",
    read="sec-linear-momentum",
)
def bias_without_momentum(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The bias has no velocity."""
    velocity = np.zeros_like(weight)
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = momentum * velocity + dweight
            weight, bias = weight - lr * velocity, bias - lr * dbias
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="The bias never moves.",
    read="sec-linear-sgd",
)
def bias_stays(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The bias is not trained."""

    def frozen(a, b, w, c):
        value, dweight, dbias = loss(a, b, w, c)
        return value, dweight, 0 * dbias

    return _train(frozen, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)


@mistake(
    "sgd",
    hint="The last batch is left out where batch_size does not divide N. It may be smaller, but it counts.",
    read="sec-linear-sgd",
)
def remainder_dropped(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The last, smaller batch is dropped."""

    def batches(n, size, rng):
        order = rng.permutation(n)
        return [order[i * size : (i + 1) * size] for i in range(max(1, n // size))]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="An epoch is one pass over all images, in batches of batch_size, each of which makes a step. Yours makes a single step.",
    read="sec-linear-sgd",
)
def one_batch_an_epoch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """An epoch is a single step."""

    def batches(n, size, rng):
        return [rng.permutation(n)[:size]]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake("sgd", same_as="one_batch_an_epoch")
def full_batches(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Every step uses all images."""

    def batches(n, size, rng):
        return [rng.permutation(n)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="The images keep their order. Data sets often come sorted: shuffle at the start of each epoch.",
    read="sec-linear-sgd",
)
def never_shuffled(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are not shuffled."""

    def batches(n, size, rng):
        return [np.arange(n)[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="All epochs have the same order. Draw a new one at the start of each.",
    read="sec-linear-sgd",
)
def shuffled_once(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The images are shuffled once, not in each epoch."""
    order = rng.permutation(len(x))

    def batches(n, size, rng):
        return [order[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="Each step draws its batch afresh, so an image may come twice in an epoch, or never. One permutation serves a whole epoch.",
    read="sec-linear-sgd",
)
def drawn_for_each_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Every batch is drawn anew from all images."""

    def batches(n, size, rng):
        return [rng.choice(n, min(size, n), replace=False) for _ in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="np.random.… draws from a state that all code shares: nobody could repeat your result. Use the rng that you are given.",
    read="sec-linear-sgd",
)
def global_permutation(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The global random state is used, not rng."""

    def batches(n, size, rng):
        order = np.random.permutation(n)
        return [order[i : i + size] for i in range(0, n, size)]

    return _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches)


@mistake(
    "sgd",
    hint="history asks how good the weights are for all the images. You ask the last batch only.",
    read="sec-linear-sgd",
)
def history_of_last_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the loss of each epoch's last batch."""
    last = []

    def batches(n, size, rng):
        order = _batches(n, size, rng)
        last.append(order[-1])
        return order

    def only_last(a, b, w, c):
        i = last[-1] if len(a) == len(x) else slice(None)
        return loss(a[i], b[i], w, c)

    return _train(
        only_last, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches=batches
    )


@mistake(
    "sgd",
    hint="history holds losses of batches. The text asks for the loss over all N images after the epoch.",
    read="sec-linear-sgd",
)
def history_of_batches(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the mean of the batches' losses."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        values = []
        for batch in _batches(len(x), batch_size, rng):
            value, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
            values.append(value)
        seen.append((np.mean(values), weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="history begins with the loss before training. The text asks for the loss after each epoch.",
    read="sec-linear-sgd",
)
def history_one_early(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """history holds the loss at the start of each epoch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
    return _best(seen)


@mistake(
    "sgd",
    hint="weight -= … changes the array that you were given. Begin with a copy, or write weight = weight - ….",
    read="sec-linear-sgd",
)
def weights_changed_in_place(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The start's own arrays are changed."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight -= lr * velocity[0]
            bias -= lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight.copy(), bias.copy()))
    return _best(seen)


@mistake(
    "sgd",
    hint="The gradient is taken at a place ahead, weight − η μ v. That is Nesterov's momentum; the text asks for the plain one.",
    read="sec-linear-momentum",
)
def looks_ahead(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The gradient is taken ahead of the place."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            ahead = weight - lr * momentum * velocity[0], bias - lr * momentum * velocity[1]
            _, dweight, dbias = loss(x[batch], y[batch], *ahead)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen)


@mistake(
    "sgd",
    hint="Where every epoch is worse than the start, you return the start. The text asks for the best of the epochs.",
    read="sec-linear-sgd",
)
def start_may_win(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The weights at the start may be returned as the best."""
    start = loss(x, y, weight, bias)[0]
    best = _train(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng)
    return best if best[2].min() < start else (weight.copy(), bias.copy(), best[2])


@mistake(
    "sgd",
    hint="The best weights are chosen after single steps, by the loss of a batch. The text compares epochs, by the loss over all images.",
    read="sec-linear-sgd",
)
def best_batch(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The best weights are chosen by the loss of a batch."""
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    history, lowest, best = [], np.inf, None
    for _ in range(epochs):
        for batch in _batches(len(x), batch_size, rng):
            value, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            if value < lowest:
                lowest, best = value, (weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        history.append(loss(x, y, weight, bias)[0])
    return (*best, np.array(history))


# --- line_search ---


@mistake(
    "line_search",
    hint="The slope along the line is negative, so c · t · slope must lower what φ has to stay below. Yours raises it.",
    read="sec-linear-armijo",
)
def slope_sign(coefficients, shrink, c):
    """The slope has the wrong sign in Armijo's rule."""
    return _armijo(coefficients, shrink, -c), _exact(coefficients)


@mistake(
    "line_search",
    hint="A step of 1 is only the first try.",
    read="sec-linear-armijo",
)
def never_shrinks(coefficients, shrink, c):
    """The step does not shrink."""
    _check_slope(coefficients)
    return 1.0, _exact(coefficients)


@mistake(
    "line_search",
    hint="Any decrease is enough for you. Armijo wants a share c of what the slope promises.",
    read="sec-linear-armijo",
)
def any_decrease(coefficients, shrink, c):
    """Any decrease is accepted: c is ignored."""
    return _armijo(coefficients, shrink, 0.0), _exact(coefficients)


@mistake(
    "line_search",
    hint="The promise of the slope grows with the step: c · t · slope. The t is missing.",
    read="sec-linear-armijo",
)
def step_left_out(coefficients, shrink, c):
    """The rule lacks the factor t."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > coefficients[0] + c * coefficients[1] and t > 1e-12:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="The step always shrinks by a half. shrink says by how much.",
    read="sec-linear-armijo",
)
def always_halved(coefficients, shrink, c):
    """The step is always halved."""
    return _armijo(coefficients, 0.5, c), _exact(coefficients)


@mistake(
    "line_search",
    hint="The step was shrunk once more after it was good enough.",
    read="sec-linear-armijo",
)
def once_too_often(coefficients, shrink, c):
    """The step shrinks once too often."""
    return shrink * _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake(
    "line_search",
    hint="The first try is 1, not shrink.",
    read="sec-linear-armijo",
)
def first_try_skipped(coefficients, shrink, c):
    """The step 1 is not tried."""
    return min(_armijo(coefficients, shrink, c), shrink), _exact(coefficients)


@mistake(
    "line_search",
    hint="φ(0) is c₀, which need not be 0.",
    read="sec-linear-armijo",
)
def start_value_left_out(coefficients, shrink, c):
    """φ(0) is taken as 0."""
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t, _exact(coefficients)


@mistake(
    "line_search",
    hint="Along a line that goes up, or is level, no step is good, and the loop would never end. Say so with a ValueError.",
    read="sec-linear-armijo",
)
def uphill_accepted(coefficients, shrink, c):
    """A line that goes up is accepted."""
    value = np.polynomial.polynomial.polyval
    t = 1.0
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    places = _flat_places(coefficients)
    ahead = places[places > 0]
    return t, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 0.0


@mistake(
    "line_search",
    hint="A slope of 0 does not go down either.",
    read="sec-linear-armijo",
    at="line_search: slope 0",
)
def level_accepted(coefficients, shrink, c):
    """A slope of exactly 0 is accepted."""
    if coefficients[1] > 0:
        raise ValueError("the line goes up")
    if coefficients[1] == 0:
        return 1.0, 1.0
    return _armijo(coefficients, shrink, c), _exact(coefficients)


@mistake(
    "line_search",
    hint="φ′ is 0 on hills, too. Compare the values of φ at all such places.",
    read="sec-linear-line-search",
)
def takes_the_hill(coefficients, shrink, c):
    """The highest of the flat places is taken."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    value = np.polynomial.polynomial.polyval
    return armijo, max(places[places > 0], key=lambda s: value(s, coefficients))


@mistake(
    "line_search",
    hint="You take the first valley. A later one can be deeper.",
    read="sec-linear-line-search",
)
def first_valley(coefficients, shrink, c):
    """The first place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    places = _flat_places(coefficients)
    return armijo, places[places > 0].min()


@mistake(
    "line_search",
    hint="You take the farthest valley. A nearer one can be deeper.",
    read="sec-linear-line-search",
)
def last_valley(coefficients, shrink, c):
    """The farthest place where φ′ is 0 is taken."""
    armijo = _armijo(coefficients, shrink, c)
    return armijo, _flat_places(coefficients).max()


@mistake(
    "line_search",
    hint="Your step goes backwards: there is a deeper valley at a negative t, but the text asks for t > 0.",
    read="sec-linear-line-search",
)
def backwards(coefficients, shrink, c):
    """The step may be negative."""
    armijo = _armijo(coefficients, shrink, c)
    value = np.polynomial.polynomial.polyval
    return armijo, min(_flat_places(coefficients), key=lambda s: value(s, coefficients))


@mistake(
    "line_search",
    hint="A complex root has a real part, but φ′ is not 0 there. Sort such roots out.",
    read="sec-linear-line-search",
)
def real_parts(coefficients, shrink, c):
    """The real parts of complex roots are taken for places."""
    armijo = _armijo(coefficients, shrink, c)
    c1, c2, c3, c4 = coefficients[1:]
    places = np.roots([4 * c4, 3 * c3, 2 * c2, c1]).real
    return armijo, places[places > 0].min()


@mistake(
    "line_search",
    hint="np.roots takes the highest power first; coefficients come with the lowest first.",
    read="sec-linear-line-search",
)
def roots_reversed(coefficients, shrink, c):
    """np.roots gets the coefficients in the wrong order."""
    armijo = _armijo(coefficients, shrink, c)
    c1, c2, c3, c4 = coefficients[1:]
    places = np.roots([c1, 2 * c2, 3 * c3, 4 * c4])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="You look for the zeros of φ itself. The least value is where its derivative is 0.",
    read="sec-linear-line-search",
)
def zeros_of_energy(coefficients, shrink, c):
    """The zeros of φ are taken, not those of its derivative."""
    armijo = _armijo(coefficients, shrink, c)
    places = np.roots(coefficients[::-1])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="The derivative of cₖ tᵏ is k cₖ tᵏ⁻¹. The factors k are missing.",
    read="sec-linear-line-search",
)
def powers_left_out(coefficients, shrink, c):
    """The derivative lacks the factors 2, 3 and 4."""
    armijo = _armijo(coefficients, shrink, c)
    places = np.roots(coefficients[:0:-1])
    places = places[np.isreal(places)].real
    value = np.polynomial.polynomial.polyval
    ahead = places[places > 0]
    return armijo, min(ahead, key=lambda s: value(s, coefficients)) if len(ahead) else 1.0


@mistake(
    "line_search",
    hint="You minimise over the steps that Armijo tries, or over a grid. φ′ = 0 can be solved.",
    read="sec-linear-line-search",
)
def grid_search(coefficients, shrink, c):
    """The best step is looked for on a grid."""
    armijo = _armijo(coefficients, shrink, c)
    grid = np.linspace(0.01, 10, 1000)
    return armijo, grid[np.polynomial.polynomial.polyval(grid, coefficients).argmin()]


@mistake(
    "line_search",
    hint="The two results are exchanged: Armijo's step comes first.",
    read="sec-linear-line-search",
)
def results_exchanged(coefficients, shrink, c):
    """armijo and exact are exchanged."""
    return _exact(coefficients), _armijo(coefficients, shrink, c)


@mistake(
    "line_search",
    hint="np.polyval takes the highest power first; coefficients come with the lowest first.",
    read="sec-linear-line-search",
)
def polyval_reversed(coefficients, shrink, c):
    """φ is evaluated with the coefficients in the wrong order."""
    _check_slope(coefficients)
    t, places = 1.0, _flat_places(coefficients)
    while np.polyval(coefficients, t) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t, min(places[places > 0], key=lambda s: np.polyval(coefficients, s))


@mistake(
    "line_search",
    hint="The slope along the line is already gradient · direction. For the steepest direction that is minus a square; do not square it again.",
    read="sec-linear-armijo",
)
def slope_squared(coefficients, shrink, c):
    """The slope is squared in Armijo's rule."""
    _check_slope(coefficients)
    return _armijo(coefficients, shrink, -c * coefficients[1]), _exact(coefficients)


# --- perceptron ---


@mistake(
    "perceptron",
    hint="At the start all scores are 0. With a strict <, no point is ever wrong, and nothing is learned.",
    read="sec-linear-perceptron",
)
def strictly_negative(x, y, max_epochs):
    """The rule is y · f < 0, not ≤."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f < 0)


@mistake(
    "perceptron",
    hint="Labels are −1 and 1. With 0 for the first class, its points are added with a factor 0.",
    read="sec-linear-perceptron",
)
def labels_zero_one(x, y, max_epochs):
    """Labels are taken as 0 and 1."""
    return _rosenblatt(x, (y > 0).astype(int), max_epochs)


@mistake(
    "perceptron",
    hint="Every point is added, the right ones, too. Only mistakes teach.",
    read="sec-linear-perceptron",
)
def updates_always(x, y, max_epochs):
    """Every point is added, wrong or not."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: True)


@mistake(
    "perceptron",
    hint="The points that are right are added, and the wrong ones are not.",
    read="sec-linear-perceptron",
)
def updates_right_ones(x, y, max_epochs):
    """The points that are right are added."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f >= 0)


@mistake(
    "perceptron",
    hint="The bias stays 0: the plane must go through the origin. A wrong point changes the bias by y.",
    read="sec-linear-bias-trick",
)
def bias_not_learned(x, y, max_epochs):
    """The bias is not learned."""
    weight, updates = _rosenblatt(x, y, max_epochs, one=0.0)
    return weight, updates


@mistake(
    "perceptron",
    hint="The points are added as they are, whatever their label. A point of class −1 must be subtracted.",
    read="sec-linear-perceptron",
)
def label_not_used(x, y, max_epochs):
    """The point is added without its label."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="All scores are calculated at the start of the epoch. The weights change in between: each point must be tested with those of the moment.",
    read="sec-linear-perceptron",
)
def old_scores(x, y, max_epochs):
    """The scores are those of the epoch's start."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        wrong = y * (points @ weight) <= 0
        if not wrong.any():
            break
        weight = weight + (y[wrong, None] * points[wrong]).sum(axis=0)
        updates += int(wrong.sum())
    return weight, updates


@mistake(
    "perceptron",
    hint="updates counts points that were added, over all epochs, not epochs.",
    read="sec-linear-perceptron",
)
def counts_epochs(x, y, max_epochs):
    """Epochs are counted, not updates."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight = np.zeros(points.shape[1])
    for epoch in range(max_epochs):
        clean = True
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, clean = weight + label * point, False
        if clean:
            break
    return weight, epoch + 1


@mistake(
    "perceptron",
    hint="updates begins at 0 in every epoch. It should count over all of them.",
    read="sec-linear-perceptron",
)
def counts_last_epoch(x, y, max_epochs):
    """Only the last epoch's updates are counted."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight = np.zeros(points.shape[1])
    for _ in range(max_epochs):
        updates = 0
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == 0:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="Without a look at max_epochs, XOR goes on for ever.",
    read="sec-linear-order",
)
def endless(x, y, max_epochs):
    """The loop ends only when no point is wrong."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates, rounds = np.zeros(points.shape[1]), 0, 0
    while rounds < 5000:  # stands for ever
        before, rounds = updates, rounds + 1
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="One epoch is too few or too many: range(max_epochs) has just max_epochs of them.",
    read="sec-linear-perceptron",
)
def one_epoch_more(x, y, max_epochs):
    """There is an epoch too many."""
    return _rosenblatt(x, y, max_epochs + 1)


@mistake(
    "perceptron",
    hint="The search ends with the first point that is right. An epoch goes through all of them.",
    read="sec-linear-perceptron",
)
def stops_at_first_right(x, y, max_epochs):
    """An epoch ends at the first point that is right."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) > 0:
                break
            weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="Each epoch adds one wrong point and begins again. It should go on with the next point.",
    read="sec-linear-perceptron",
)
def one_update_an_epoch(x, y, max_epochs):
    """An epoch ends at its first mistake."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
                break
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="The bias is the first number in your result. The text wants it last.",
    read="sec-linear-bias-trick",
)
def bias_first(x, y, max_epochs):
    """The bias comes first."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return np.roll(weight, 1), updates


@mistake(
    "perceptron",
    hint="In int8, (−1) · (−128) is −128 again: whole numbers wrap around. Convert x to float64 first.",
    read="notation-integers",
)
def integers_wrap_around(x, y, max_epochs):
    """Integer arithmetic wraps around."""
    weight, bias, updates = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(x, y):
            if label * (point @ weight + bias) <= 0:
                weight, bias, updates = weight + label * point, bias + label, updates + 1
        if updates == before:
            break
    return np.append(weight, bias), updates


@mistake(
    "perceptron",
    hint="The points are taken in a random order. The text says: in their order.",
    read="sec-linear-order",
)
def shuffled_points(x, y, max_epochs):
    """The points are shuffled."""
    order = np.random.default_rng(0).permutation(len(x))
    return _rosenblatt(x[order], y[order], max_epochs)


@mistake(
    "perceptron",
    hint="A score of exactly 0 counts as class 1 in yours, so that points of class 1 on the plane are never added. On the plane every point is wrong.",
    read="sec-linear-perceptron",
)
def zero_is_positive(x, y, max_epochs):
    """A score of 0 counts as class 1."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: (1 if f >= 0 else -1) != t)


@mistake(
    "perceptron",
    hint="A score of exactly 0 counts as class −1 in yours, so that points of class −1 on the plane are never added. On the plane every point is wrong.",
    read="sec-linear-perceptron",
)
def zero_is_negative(x, y, max_epochs):
    """A score of 0 counts as class −1."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: (1 if f > 0 else -1) != t)


@mistake(
    "perceptron",
    hint="Your weights are twice too long: (label − prediction) is ±2. The text adds y · x, once.",
    read="sec-linear-perceptron",
)
def twice_the_point(x, y, max_epochs):
    """The point is added twice, as (label − prediction) · x."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return 2 * weight, updates


@mistake(
    "perceptron",
    hint="The points are added with a factor, a learning rate. From a start at 0 it changes no prediction; leave it out.",
    read="sec-linear-perceptron",
)
def learning_rate(x, y, max_epochs):
    """There is a learning rate."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return 0.1 * weight, updates


@mistake(
    "perceptron",
    hint="After an epoch without a wrong point, nothing can change any more. Yours goes on to the last epoch.",
    read="sec-linear-convergence",
)
def no_early_end(x, y, max_epochs):
    """All epochs are made, even when no point is wrong."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
    return weight, updates


# --- kernel_perceptron ---


@mistake(
    "kernel_perceptron",
    hint="f is a sum of aᵢ yᵢ k(xᵢ, x). Without the labels, all points pull the same way.",
    read="sec-linear-kernel-perceptron",
)
def labels_left_out(kernel, x, y, x_test, max_epochs):
    """The labels are left out of f."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (a @ gram[:, i]) <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ a.astype(float)


@mistake(
    "kernel_perceptron",
    hint="The labels are in the rule but not in the scores of x_test.",
    read="sec-linear-kernel-perceptron",
)
def labels_left_out_of_scores(kernel, x, y, x_test, max_epochs):
    """The labels are left out of the scores."""
    a, _ = _dual(kernel, x, y, x_test, max_epochs)
    return a, kernel(x_test, x) @ a.astype(float)


@mistake(
    "kernel_perceptron",
    hint="Your counts have signs. aᵢ says how often a point was added, the label comes on top.",
    read="sec-linear-kernel-perceptron",
)
def signed_counts(kernel, x, y, x_test, max_epochs):
    """The counts are multiplied with the labels."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a * y, scores


@mistake(
    "kernel_perceptron",
    hint="Your f is 0 on both sides for a start. With a strict <, no point is ever wrong.",
    read="sec-linear-kernel-perceptron",
)
def strict_rule(kernel, x, y, x_test, max_epochs):
    """The rule is y · f < 0, not ≤."""
    return _dual(kernel, x, y, x_test, max_epochs, wrong=lambda m: m < 0)


@mistake(
    "kernel_perceptron",
    hint="A point can be added more than once: the count grows by 1, it is not set to 1.",
    read="sec-linear-kernel-perceptron",
)
def counts_at_most_one(kernel, x, y, x_test, max_epochs):
    """A count is set to 1, it does not grow."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        clean = True
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i], clean = 1, False
        if clean:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="All points of an epoch are tested with the counts of its start. They change in between.",
    read="sec-linear-kernel-perceptron",
)
def old_counts(kernel, x, y, x_test, max_epochs):
    """The scores are those of the epoch's start."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        wrong = y * (gram @ (a * y)) <= 0
        if not wrong.any():
            break
        a = a + wrong
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="Your scores are only signs. The text asks for f itself.",
    read="sec-linear-kernel-perceptron",
)
def signs_only(kernel, x, y, x_test, max_epochs):
    """The sign of f is returned, not f."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a, np.sign(scores)


@mistake(
    "kernel_perceptron",
    hint="The scores are those of the training points.",
    read="sec-linear-kernel-perceptron",
)
def training_scores(kernel, x, y, x_test, max_epochs):
    """The scores are of the training points."""
    return _dual(kernel, x, y, x, max_epochs)


@mistake(
    "kernel_perceptron",
    hint="The table of k between training and test points is turned round: see which of the two gives its rows.",
    read="sec-linear-kernel",
)
def table_turned(kernel, x, y, x_test, max_epochs):
    """The table of the kernel is transposed."""
    a, _ = _dual(kernel, x, y, x_test, max_epochs)
    return a, kernel(x, x_test) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="A point tells nothing about itself in your f: the diagonal of the table counts, too.",
    read="sec-linear-kernel-perceptron",
)
def diagonal_left_out(kernel, x, y, x_test, max_epochs):
    """A point does not count for its own score."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    gram = gram - np.diag(np.diag(gram))
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="There is a bias in your f. In the space of the kernel there is none, unless the kernel has a constant.",
    read="sec-linear-kernel-perceptron",
)
def with_bias(kernel, x, y, x_test, max_epochs):
    """A bias is learned as well."""
    return _dual(lambda a, b: kernel(a, b) + 1, x, y, x_test, max_epochs)


@mistake(
    "kernel_perceptron",
    hint="The counts are divided by their number or by N. They are plain numbers of times.",
    read="sec-linear-kernel-perceptron",
)
def shares(kernel, x, y, x_test, max_epochs):
    """The counts are shares."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a / a.sum(), scores / a.sum()


@mistake(
    "kernel_perceptron",
    hint="Without a look at max_epochs, labels that no f fits go on for ever.",
    read="sec-linear-order",
)
def without_end(kernel, x, y, x_test, max_epochs):
    """The loop ends only when no point is wrong."""
    return _dual(kernel, x, y, x_test, 2000)


@mistake(
    "kernel_perceptron",
    hint="Only one epoch is made.",
    read="sec-linear-kernel-perceptron",
)
def single_epoch(kernel, x, y, x_test, max_epochs):
    """There is one epoch only."""
    return _dual(kernel, x, y, x_test, 1)


@mistake(
    "kernel_perceptron",
    hint="The kernel is called for each point, again and again. Make the table of all pairs once, before the loop.",
    read="sec-linear-kernel-perceptron",
)
def kernel_in_the_loop(kernel, x, y, x_test, max_epochs):
    """The kernel is called within the loop."""
    a = np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (kernel(x[i : i + 1], x) @ (a * y))[0] <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="A score of exactly 0 counts as class 1 in yours. With all counts 0, every point has the score 0, and every point is wrong.",
    read="sec-linear-kernel-perceptron",
)
def zero_counts_as_right(kernel, x, y, x_test, max_epochs):
    """A score of 0 counts as class 1."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if (1 if a * y @ gram[:, i] >= 0 else -1) != y[i]:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="After an epoch without a wrong point, nothing can change any more. Yours goes on to the last epoch.",
    read="sec-linear-convergence",
)
def all_epochs(kernel, x, y, x_test, max_epochs):
    """All epochs are made, even when no point is wrong."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i] += 1
    return a, kernel(x_test, x) @ (a * y).astype(float)


# --- kernel_pca ---


@mistake(
    "kernel_pca",
    hint="Variance is measured from the mean. In the space of the kernel the mean is not 0: centre the table of inner products.",
    read="sec-linear-kernel-pca",
)
def not_centred(x, x_test, gamma, components):
    """The kernel is not centred."""
    return _pca(x, x_test, gamma, components, centre=lambda k, gram: k)


@mistake(
    "kernel_pca",
    hint="Moving the points moves nothing in the space of this kernel, which sees differences only. The table itself must be centred.",
    read="sec-linear-kernel-pca",
)
def rows_centred_only(x, x_test, gamma, components):
    """Only the rows of the table are centred."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: k - k.mean(axis=1, keepdims=True),
    )


@mistake(
    "kernel_pca",
    hint="The test points are centred on their own mean. The mean, like everything that is learned, is that of the training points.",
    read="sec-linear-kernel-pca",
)
def own_mean_for_test(x, x_test, gamma, components):
    """The test points are centred on their own mean."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: k - k.mean(axis=1, keepdims=True) - k.mean(axis=0) + k.mean(),
    )


@mistake(
    "kernel_pca",
    hint="The training points are right; the table of the test points was not centred before the projection.",
    read="sec-linear-kernel-pca",
)
def test_not_centred(x, x_test, gamma, components):
    """The test points are not centred."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: (
            k - k.mean(axis=1, keepdims=True) - gram.mean(axis=0) + gram.mean() if k is gram else k
        ),
    )


@mistake(
    "kernel_pca",
    hint="np.linalg.eigh sorts from the smallest to the largest. You have the directions in which nothing happens.",
    read="sec-linear-kernel-pca",
)
def smallest_first(x, x_test, gamma, components):
    """The directions of the smallest variance are taken."""
    return _pca(x, x_test, gamma, components, pick=lambda n: slice(0, n))


@mistake(
    "kernel_pca",
    hint="The directions are the right ones, in the wrong order: the largest variance should come first.",
    read="sec-linear-kernel-pca",
)
def largest_last(x, x_test, gamma, components):
    """The largest variance comes last."""
    return _pca(x, x_test, gamma, components, pick=lambda n: slice(-n, None))


@mistake(
    "kernel_pca",
    hint="You return eigenvectors of length 1. The direction in the space of the kernel should have length 1, and a coordinate is a projection on it.",
    read="sec-linear-kernel-pca",
)
def unit_eigenvectors(x, x_test, gamma, components):
    """Coordinates are entries of the eigenvectors."""
    return _pca(x, x_test, gamma, components, scale=lambda v: v)


@mistake(
    "kernel_pca",
    hint="The projection is on Σ αᵢ φ(xᵢ) with |α| = 1. Its length is √λ, not 1: divide.",
    read="sec-linear-kernel-pca",
)
def direction_too_long(x, x_test, gamma, components):
    """The directions do not have length 1."""
    return _pca(x, x_test, gamma, components, scale=np.ones_like)


@mistake(
    "kernel_pca",
    hint="The eigenvalue is the square of a length. Divide by its root.",
    read="sec-linear-kernel-pca",
)
def multiplied_by_root(x, x_test, gamma, components):
    """The eigenvectors are multiplied with the root of the eigenvalue."""
    return _pca(x, x_test, gamma, components, scale=lambda v: 1 / np.sqrt(v))


@mistake(
    "kernel_pca",
    hint="Your kernel grows with the distance: near points should be alike.",
    read="sec-linear-kernel",
)
def gamma_sign(x, x_test, gamma, components):
    """The exponent is positive."""
    return _pca(x, x_test, -gamma, components)


@mistake(
    "kernel_pca",
    hint="The exponent has the distance in it, not its square.",
    read="sec-linear-kernel",
)
def distance_not_squared(x, x_test, gamma, components):
    """The distance in the kernel is not squared."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        kernel=lambda a, b: np.exp(-gamma * np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))),
    )


@mistake(
    "kernel_pca",
    hint="You divide by 2σ². This kernel has a factor γ: e to the −γ times the square.",
    read="sec-linear-kernel",
)
def gamma_as_width(x, x_test, gamma, components):
    """γ is taken for the width σ."""
    return _pca(x, x_test, 1 / (2 * gamma**2), components)


@mistake(
    "kernel_pca",
    hint="The kernel is missing: these are the principal components of the points themselves.",
    read="sec-linear-kernel-pca",
)
def linear_components(x, x_test, gamma, components):
    """The components are those of the points, without a kernel."""
    mean = x.mean(axis=0)
    axes = np.linalg.svd(x - mean, full_matrices=True)[2]
    pad = np.zeros((max(0, components - len(axes)), x.shape[1]))
    axes = np.vstack([axes, pad])[:components]
    return (x - mean) @ axes.T, (x_test - mean) @ axes.T


@mistake(
    "kernel_pca",
    hint="np.linalg.eigh puts the eigenvectors into columns. You took rows.",
    read="sec-linear-kernel-pca",
)
def eigenvectors_in_rows(x, x_test, gamma, components):
    """The rows of the matrix of eigenvectors are taken."""
    return _pca(x, x_test, gamma, components, turn=True)


@mistake(
    "kernel_pca",
    hint="The columns of train and test point different ways: a sign was chosen for each by itself.",
    read="sec-linear-kernel-pca",
)
def signs_by_themselves(x, x_test, gamma, components):
    """train and test have signs of their own."""
    train, test = _pca(x, x_test, gamma, components)

    def positive(a):
        return a * np.where(a[np.abs(a).argmax(axis=0), np.arange(components)] < 0, -1, 1)

    return positive(train), positive(test)


@mistake(
    "kernel_pca",
    hint="The eigenvalues are divided by N for the variance, and then used as squared lengths, which they are not any more.",
    read="sec-linear-kernel-pca",
)
def variance_for_eigenvalue(x, x_test, gamma, components):
    """The eigenvalue is divided by N before its root is taken."""
    return _pca(x, x_test, gamma, components, scale=lambda v: np.sqrt(v / len(x)))


@mistake(
    "kernel_pca",
    hint="The points are standardised before the kernel sees them. That changes their distances; the text takes the points as they are.",
    read="sec-linear-kernel-pca",
)
def standardised(x, x_test, gamma, components):
    """The points are standardised first."""
    mean, std = x.mean(axis=0), x.std(axis=0)
    std = np.where(std > 0, std, 1)
    return _pca((x - mean) / std, (x_test - mean) / std, gamma, components)


# --- visual_words ---


@mistake(
    "visual_words",
    hint="The mean of nothing is nan. A centroid without descriptors stays where it is.",
    read="sec-knn-kmeans",
)
def empty_cluster(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors becomes nan."""
    with np.errstate(all="ignore"):
        centroids = _move(train, centroids, iterations, lambda old, sums, n: sums / n)
    words = [
        np.where(np.isnan(_words(d, centroids)), 0, _words(d, centroids)) for d in (train, test)
    ]
    return tuple(_pyramid(w, positions, size, len(centroids), levels) for w in words)


@mistake(
    "visual_words",
    hint="A centroid without descriptors jumps to 0. The text says that it stays where it is.",
    read="sec-knn-kmeans",
)
def empty_to_zero(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors becomes 0."""
    centroids = _move(train, centroids, iterations, lambda old, sums, n: sums / np.maximum(n, 1))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The vocabulary has seen the test images. Everything that is learned is learned from the training images alone.",
    read="sec-knn-kmeans",
)
def vocabulary_sees_test(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from the test images, too."""
    centroids = _move(np.concatenate([train, test]), centroids, iterations)
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="Each set has got a vocabulary of its own, so that word 3 means something else in each.",
    read="sec-knn-kmeans",
)
def two_vocabularies(train, test, positions, size, centroids, iterations, levels):
    """The test images have a vocabulary of their own."""
    own = _move(test, centroids, iterations)
    centroids = _move(train, centroids, iterations)
    first, _ = _both(train, test, positions, size, centroids, levels)
    _, second = _both(train, test, positions, size, own, levels)
    return first, second


@mistake(
    "visual_words",
    hint="The centroids do not move.",
    read="sec-knn-kmeans",
)
def no_iterations(train, test, positions, size, centroids, iterations, levels):
    """The centroids never move."""
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="There is one iteration only.",
    read="sec-knn-kmeans",
)
def one_iteration(train, test, positions, size, centroids, iterations, levels):
    """There is one iteration, whatever iterations says."""
    centroids = _move(train, centroids, min(iterations, 1))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The centroids move once too often. With 0 iterations they stay where they were given.",
    read="sec-knn-kmeans",
)
def one_move_too_many(train, test, positions, size, centroids, iterations, levels):
    """There is one iteration too many."""
    centroids = _move(train, centroids, iterations + 1)
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The words are those of the last assignment, made before the centroids moved for the last time.",
    read="sec-knn-kmeans",
)
def words_before_last_move(train, test, positions, size, centroids, iterations, levels):
    """The words are those before the last move."""
    centroids = _move(train, centroids, max(iterations - 1, 0))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="Your words are the farthest centroids.",
    read="sec-knn-kmeans",
)
def farthest_word(train, test, positions, size, centroids, iterations, levels):
    """The farthest centroid is taken for the nearest."""
    return _both(train, test, positions, size, centroids, levels, words=_farthest)


@mistake(
    "visual_words",
    hint="The nearest centroid is not the one of the largest inner product: |x − c|² has |c|² in it as well.",
    read="sec-knn-kmeans",
)
def inner_product_only(train, test, positions, size, centroids, iterations, levels):
    """The norms of the centroids are left out of the distance."""
    k = len(centroids)

    def words(descriptors, centroids):
        return (descriptors @ centroids.T).argmax(axis=-1)

    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words(points, centroids)[:, None] == np.arange(k)
        n = members.sum(axis=0)[:, None]
        centroids = np.where(n > 0, members.T @ points / np.maximum(n, 1), centroids)
    return _both(train, test, positions, size, centroids, levels, words=words)


@mistake(
    "visual_words",
    hint="The numbers of an image should add up to 1. Yours are counts: divide by P.",
    read="sec-knn-pyramid",
)
def counts_not_divided(train, test, positions, size, centroids, iterations, levels):
    """The counts are not divided by P."""
    centroids = _move(train, centroids, iterations)
    first, second = _both(train, test, positions, size, centroids, levels)
    return first * len(positions), second * len(positions)


@mistake(
    "visual_words",
    hint="Each cell is divided by its own count. Divide by P, the number of descriptors in the whole image.",
    read="sec-knn-pyramid",
)
def cells_normalised(train, test, positions, size, centroids, iterations, levels):
    """Each cell is divided by its own count."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    results = []
    for features in _both(train, test, positions, size, centroids, levels):
        cells = features.reshape(len(features), -1, k)
        total = cells.sum(axis=2, keepdims=True)
        weight = np.concatenate(
            [np.full(4**level, 2.0 ** (max(level, 1) - levels)) for level in range(levels)]
        )
        cells = cells / np.where(total > 0, total, 1) * weight[:, None]
        results.append(cells.reshape(len(features), -1))
    return tuple(results)


@mistake(
    "visual_words",
    hint="The weights are turned round: finer levels should count more.",
    read="sec-knn-pyramid",
)
def weights_reversed(train, test, positions, size, centroids, iterations, levels):
    """The coarse levels get the large weights."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: (
            2.0 ** -(level + 1)
            if level < levels - 1
            else 2.0 ** -max(level, 1) * (1 if level else 2)
        ),
    )


@mistake(
    "visual_words",
    hint="All levels count the same in yours.",
    read="sec-knn-pyramid",
)
def no_weights(train, test, positions, size, centroids, iterations, levels):
    """All levels have the same weight."""
    centroids = _move(train, centroids, iterations)
    return _both(train, test, positions, size, centroids, levels, weigh=lambda level, levels: 1.0)


@mistake(
    "visual_words",
    hint="Level 0 has a rule of its own, 2^−L. With the rule of the others it weighs half of that, and the numbers of an image do not add up to 1.",
    read="sec-knn-pyramid",
)
def level_zero_too_light(train, test, positions, size, centroids, iterations, levels):
    """Level 0 has the rule of the other levels."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: 2.0 ** (level - levels),
    )


@mistake(
    "visual_words",
    hint="Only level 0 weighs 2^−L. The exponent of the others is l − L − 1: yours weigh double, and the numbers of an image add up to more than 1.",
    read="sec-knn-pyramid",
)
def other_levels_too_heavy(train, test, positions, size, centroids, iterations, levels):
    """The other levels have the rule of level 0."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: 2.0 ** (level - levels + 1),
    )


@mistake(
    "visual_words",
    hint="Only the finest level is there. Level after level, they stand side by side.",
    read="sec-knn-pyramid",
)
def finest_level_only(train, test, positions, size, centroids, iterations, levels):
    """Only the finest level is returned."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    return tuple(f[:, -(4 ** (levels - 1)) * k :] for f in both)


@mistake(
    "visual_words",
    hint="The levels come from fine to coarse. The whole image should come first.",
    read="sec-knn-pyramid",
)
def levels_reversed(train, test, positions, size, centroids, iterations, levels):
    """The finest level comes first."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    ends = np.cumsum([4**level * k for level in range(levels)])[:-1]
    return tuple(np.hstack(np.split(f, ends, axis=1)[::-1]) for f in both)


@mistake(
    "visual_words",
    hint="The cells come column by column. Rows come first: the cell to the right is the next one.",
    read="sec-knn-pyramid",
)
def column_by_column(train, test, positions, size, centroids, iterations, levels):
    """The cells are numbered column by column."""
    centroids = _move(train, centroids, iterations)
    return _both(train, test, positions[:, ::-1], size[::-1], centroids, levels)


@mistake(
    "visual_words",
    hint="positions are (row, column) and size is (H, W). You exchanged the two in one of them, which only a square image forgives.",
    read="sec-knn-pyramid",
)
def height_for_width(train, test, positions, size, centroids, iterations, levels):
    """Height and width are exchanged."""
    centroids = _move(train, centroids, iterations)
    side = 2 ** (levels - 1)
    size = np.array(size[::-1])
    places = np.minimum(positions * side // size, side - 1) * size / side
    return _both(train, test, places, size, centroids, levels)


@mistake(
    "visual_words",
    hint="In each cell, the words come one after the other. Yours have for each word all cells.",
    read="sec-knn-pyramid",
)
def words_outside(train, test, positions, size, centroids, iterations, levels):
    """Words come first, then cells."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    ends = np.cumsum([4**level * k for level in range(levels)])[:-1]
    return tuple(
        np.hstack(
            [
                part.reshape(len(f), -1, k).transpose(0, 2, 1).reshape(len(f), -1)
                for part in np.split(f, ends, axis=1)
            ]
        )
        for f in both
    )


@mistake(
    "visual_words",
    hint="A patch on the edge of two cells belongs to the lower or right one; yours are rounded, or go to the upper left.",
    read="sec-knn-pyramid",
)
def edge_to_upper_left(train, test, positions, size, centroids, iterations, levels):
    """A patch on an edge goes to the upper or left cell."""
    centroids = _move(train, centroids, iterations)
    places = np.maximum(positions - 1e-9, 0)
    return _both(train, test, places, size, centroids, levels)


@mistake(
    "visual_words",
    hint="A level has 2^l cells along each side, 4^l in all. Yours grows by one cell at a time, or by four.",
    read="sec-knn-pyramid",
)
def level_plus_one_cells(train, test, positions, size, centroids, iterations, levels):
    """Level l has l + 1 cells a side."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    results = []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            row, column = (positions * (level + 1) // size).astype(int).T
            index = (row * (level + 1) + column) * k + words
            counts = [np.bincount(i, minlength=(level + 1) ** 2 * k) for i in index]
            parts.append(np.array(counts) / words.shape[1] * 2.0 ** (max(level, 1) - levels))
        results.append(np.hstack(parts))
    return tuple(results)


@mistake(
    "visual_words",
    hint="A loop goes through the descriptors one by one. Distances to all centroids are one matrix product.",
    read="sec-knn-kmeans",
)
def descriptor_by_descriptor(train, test, positions, size, centroids, iterations, levels):
    """A Python loop goes through the descriptors."""

    def words(descriptors, centroids):
        flat = descriptors.reshape(-1, descriptors.shape[-1])
        found = [int(((centroids - x) ** 2).sum(axis=1).argmin()) for x in flat]
        return np.array(found).reshape(descriptors.shape[:-1])

    k, points = len(centroids), train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words(points, centroids)[:, None] == np.arange(k)
        n = members.sum(axis=0)[:, None]
        centroids = np.where(n > 0, members.T @ points / np.maximum(n, 1), centroids)
    return _both(train, test, positions, size, centroids, levels, words=words)


@mistake(
    "visual_words",
    hint="You return float32. The text asks for float64.",
    read="notation-integers",
)
def float32_features(train, test, positions, size, centroids, iterations, levels):
    """The features are float32."""
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    return tuple(f.astype(np.float32) for f in both)


@mistake(
    "visual_words",
    hint="A centroid without descriptors restarts at another place, as in the library. The text says that it stays where it is.",
    read="sec-knn-kmeans",
)
def empty_restarts(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors restarts elsewhere."""
    far = train.reshape(-1, train.shape[2])[-1]

    def restart(old, sums, n):
        return np.where(n > 0, sums / np.maximum(n, 1), far)

    return _both(train, test, positions, size, _move(train, centroids, iterations, restart), levels)


@mistake(
    "visual_words",
    hint="The features are changed once more at the end: roots or lengths. The text wants plain shares.",
    read="sec-knn-pyramid",
)
def roots_taken(train, test, positions, size, centroids, iterations, levels):
    """The roots of the shares are returned."""
    centroids = _move(train, centroids, iterations)
    return tuple(np.sqrt(f) for f in _both(train, test, positions, size, centroids, levels))


# --- shared by several mistakes, and put into the notebook together with them ---


def _rows(x, weight):
    return x.reshape(len(x), -1).astype(weight.dtype)


def _margins(x, y, weight, bias, delta):
    scores = x @ weight.T + bias
    return scores - scores[np.arange(len(y)), y][:, None] + delta


def _rival_margins(x, y, weight, bias, delta):
    margins = _margins(x, y, weight, bias, delta)
    margins[np.arange(len(y)), y] = 0
    return margins


def _svm_slopes(margins, x, y, weight, reg):
    n = np.arange(len(y))
    dscores = (margins > 0) / len(y)
    dscores[n, y] -= dscores.sum(axis=1)
    return dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


def _svm(x, y, weight, bias, delta, reg):
    margins = _rival_margins(x, y, weight, bias, delta)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


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


def _losses(m):
    losses = np.stack([np.maximum(-m, 0), np.maximum(1 - m, 0), np.logaddexp(0, -m)])
    slopes = np.stack([-1.0 * (m <= 0), -1.0 * (m < 1), -np.exp(-np.logaddexp(0, m))])
    return losses, slopes


def _slopes(f, x, h=1e-5):
    slopes = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slopes[i] = (f(up) - f(down)) / (2 * h)
    return slopes


def _agree(gradient, slopes, value):
    return bool((np.abs(gradient - slopes) <= 1e-6 * np.abs(slopes) + 1e-9 * abs(value)).all())


def _batches(n, size, rng):
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


def _best(seen, pick=None):
    history = np.array([value for value, _, _ in seen], dtype=float)
    _, weight, bias = seen[pick(history) if pick else history.argmin()]
    return weight, bias, history


def _train(
    loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng, batches=_batches, pick=None
):
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    seen = []
    for _ in range(epochs):
        for batch in batches(len(x), batch_size, rng):
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity = [momentum * velocity[0] + dweight, momentum * velocity[1] + dbias]
            weight, bias = weight - lr * velocity[0], bias - lr * velocity[1]
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    return _best(seen, pick)


def _check_slope(coefficients):
    if coefficients[1] >= 0:
        raise ValueError("the line does not go down")


def _armijo(coefficients, shrink, c):
    _check_slope(coefficients)
    t, value = 1.0, np.polynomial.polynomial.polyval
    while value(t, coefficients) > coefficients[0] + c * t * coefficients[1] and t > 1e-12:
        t *= shrink
    return t


def _flat_places(coefficients):
    c1, c2, c3, c4 = coefficients[1:]
    roots = np.roots([4 * c4, 3 * c3, 2 * c2, c1])
    return roots[np.isreal(roots)].real


def _exact(coefficients):
    _check_slope(coefficients)
    places = _flat_places(coefficients)
    value = np.polynomial.polynomial.polyval
    return min(places[places > 0], key=lambda s: value(s, coefficients))


def _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f <= 0, one=1.0):
    points = np.hstack([x, np.full((len(x), 1), one)])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if wrong(label, point @ weight):
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


def _dual(kernel, x, y, x_test, max_epochs, wrong=lambda m: m <= 0):
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if wrong(y[i] * (a * y @ gram[:, i])):
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


def _doubly_centred(k, gram):
    return k - k.mean(axis=1, keepdims=True) - gram.mean(axis=0) + gram.mean()


def _pca(
    x,
    x_test,
    gamma,
    components,
    centre=_doubly_centred,
    pick=None,
    scale=np.sqrt,
    kernel=None,
    turn=False,
):
    def bell(a, b):
        return np.exp(-gamma * ((a[:, None] - b) ** 2).sum(axis=2))

    kernel = kernel or bell
    gram = kernel(x, x)
    values, vectors = np.linalg.eigh(centre(gram, gram))
    vectors = vectors.T if turn else vectors
    chosen = pick(components) if pick else slice(-1, -components - 1, -1)
    values, vectors = values[chosen], vectors[:, chosen]
    alpha = vectors / scale(np.maximum(values, 1e-12))
    return centre(gram, gram) @ alpha, centre(kernel(x_test, x), gram) @ alpha


def _words(descriptors, centroids):
    return ((centroids**2).sum(axis=1) - 2 * descriptors @ centroids.T).argmin(axis=-1)


def _farthest(descriptors, centroids):
    return ((centroids**2).sum(axis=1) - 2 * descriptors @ centroids.T).argmax(axis=-1)


def _stay(old, sums, n):
    return np.where(n > 0, sums / np.maximum(n, 1), old)


def _move(train, centroids, iterations, mean=_stay):
    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = _words(points, centroids)[:, None] == np.arange(len(centroids))
        n = members.sum(axis=0)[:, None]
        centroids = mean(centroids, members.T.astype(float) @ points, n)
    return centroids


def _usual_weight(level, levels):
    return 2.0 ** (max(level, 1) - levels)


def _pyramid(words, positions, size, k, levels, weigh=_usual_weight):
    parts = []
    for level in range(levels):
        row, column = (positions * 2**level // size).astype(int).T
        index = (row * 2**level + column) * k + words
        counts = np.array([np.bincount(i, minlength=4**level * k) for i in index])
        parts.append(counts / words.shape[1] * weigh(level, levels))
    return np.hstack(parts)


def _both(train, test, positions, size, centroids, levels, words=_words, weigh=_usual_weight):
    k = len(centroids)
    return tuple(
        _pyramid(words(d, centroids), positions, size, k, levels, weigh) for d in (train, test)
    )
