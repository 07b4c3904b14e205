"""Wrong answers to `svm_loss` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "svm_loss",
    hint="The sum is over the wrong classes, j ≠ y. The right class is no rival of itself, neither in the loss nor in its derivatives.",
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
    hint="You use Δ = 1, whatever `delta` says.",
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
    hint="The squared hinge loss exists as well, but here the loss grows in proportion to the margin.",
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
    hint="The loss falls when the right class's score grows, so the derivative by that score is negative. Yours has a plus.",
    read="sec-linear-hinge-gradient",
)
def right_class_with_a_plus(x, y, weight, bias, delta, reg):
    """The derivative by the right class's score has the wrong sign."""
    margins, n = _rival_margins(x, y, weight, bias, delta), np.arange(len(y))
    dscores = (margins > 0) / len(y)
    dscores[n, y] = dscores.sum(axis=1)
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
    corner="a rival at the margin",
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


@mistake("svm_loss", same_as="regulariser_halved", corner="λ")
def regulariser_slope_halved(x, y, weight, bias, delta, reg):
    """The regulariser's derivative lacks its factor 2."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - reg * weight, dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="There is no ½ before λ here; some texts put one. And what is the derivative of λ W² then?",
    read="sec-linear-regularisation",
)
def regulariser_halved(x, y, weight, bias, delta, reg):
    """The regulariser, or its derivative, is half of what it should be."""
    return _svm(x, y, weight, bias, delta, reg / 2)


@mistake("svm_loss", same_as="regulariser_halved", corner="λ")
def half_in_the_loss_only(x, y, weight, bias, delta, reg):
    """The loss has ½ λ, the derivative 2 λ."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss - reg / 2 * (weight**2).sum(), dweight, dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="Your loss has no regulariser: what is reg for?",
    read="sec-linear-regularisation",
)
def regulariser_left_out(x, y, weight, bias, delta, reg):
    """The regulariser is left out of the loss."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss - reg * (weight**2).sum(), dweight, dbias


@mistake("svm_loss", same_as="regulariser_left_out", corner="λ")
def regulariser_left_out_twice(x, y, weight, bias, delta, reg):
    """The regulariser is left out of the loss and of the derivatives."""
    return _svm(x, y, weight, bias, delta, 0.0)


@mistake(
    "svm_loss",
    corner="λ",
    hint="The regulariser is in your loss but not in your derivatives.",
    read="sec-linear-regularisation",
)
def regulariser_slope_left_out(x, y, weight, bias, delta, reg):
    """The regulariser's derivative is left out."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight, dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="The regulariser was added before you divided by N. It belongs to the weights, not to the images.",
    read="sec-linear-regularisation",
)
def regulariser_divided(x, y, weight, bias, delta, reg):
    """The regulariser is divided by N, too."""
    return _svm(x, y, weight, bias, delta, reg / len(y))


@mistake("svm_loss", same_as="regulariser_divided", corner="λ")
def regulariser_slope_divided(x, y, weight, bias, delta, reg):
    """The regulariser's derivative is divided by N."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight * (1 - 1 / len(y)), dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="The square of a matrix, W @ W.T, is not the matrix of the squares.",
    read="sec-linear-regularisation",
)
def matrix_product_regulariser(x, y, weight, bias, delta, reg):
    """The regulariser sums a matrix product."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss + reg * ((weight @ weight.T).sum() - (weight**2).sum()), dweight, dbias


@mistake(
    "svm_loss",
    corner="λ",
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
    corner="no loop",
    hint="All scores less those of the right classes, a column of them, are one array expression.",
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


@mistake(
    "svm_loss",
    hint="margins[:, y] is a choice of whole columns, so that rivals disappear as well. Only the entries of row i and column yᵢ are the right classes': index with two arrays, of rows and of labels.",
    read="sec-linear-hinge",
)
def whole_columns_zeroed(x, y, weight, bias, delta, reg):
    """Every class that is somebody's right class is left out for all images."""
    margins = _margins(x, y, weight, bias, delta)
    margins[:, y] = 0
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="The loss is right, and the derivatives are still zeros: half of the exercise is done. Work out which scores a rival above the margin pulls at.",
    read="sec-linear-hinge-gradient",
)
def loss_only(x, y, weight, bias, delta, reg):
    """The loss is there and the derivatives are zeros."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, 0 * dweight, 0 * dbias


@mistake(
    "svm_loss",
    hint="The loss is right, and the derivatives are still to be written: half of the exercise is done. Work out which scores a rival above the margin pulls at.",
    read="sec-linear-hinge-gradient",
)
def loss_and_nothing(x, y, weight, bias, delta, reg):
    """None stands in place of the derivatives."""
    return _svm(x, y, weight, bias, delta, reg)[0], None, None


@mistake(
    "svm_loss",
    hint="You return the loss by itself. The text asks for three results: return loss, dweight, dbias (None for what is not written yet).",
    read="sec-linear-hinge",
)
def loss_alone(x, y, weight, bias, delta, reg):
    """The loss is returned alone."""
    return _svm(x, y, weight, bias, delta, reg)[0]


@mistake(
    "svm_loss",
    hint="The derivatives are there and the loss is still 0. Add up the margins that are above 0.",
    read="sec-linear-hinge",
)
def slopes_only(x, y, weight, bias, delta, reg):
    """The derivatives are there, the loss is 0."""
    return 0.0, *_svm(x, y, weight, bias, delta, reg)[1:]


@mistake("svm_loss", same_as="own_class_counted")
def own_class_counted_no_slopes(x, y, weight, bias, delta, reg):
    """The right class is counted, and there are no derivatives yet."""
    margins = _margins(x, y, weight, bias, delta)
    return np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum(), None, None


@mistake("svm_loss", same_as="sum_over_images")
def sum_over_images_no_slopes(x, y, weight, bias, delta, reg):
    """The images are added up, and there are no derivatives yet."""
    return len(y) * _svm(x, y, weight, bias, delta, 0.0)[0] + reg * (weight**2).sum(), None, None


@mistake("svm_loss", same_as="sum_over_images")
def dweight_is_a_sum(x, y, weight, bias, delta, reg):
    """The derivative by the weights is not divided by N."""
    loss, _, dbias = _svm(x, y, weight, bias, delta, reg)
    _, dweight, _ = _svm(x, y, weight, bias, delta, 0.0)
    return loss, len(y) * dweight + 2 * reg * weight, dbias


@mistake(
    "svm_loss",
    hint="You divide by the number of classes, or of features. N, the number of images, is len(x).",
    read="sec-linear-hinge",
)
def divided_by_classes(x, y, weight, bias, delta, reg):
    """The sum is divided by K in place of N."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    s = len(y) / len(weight)
    return s * loss + reg * (weight**2).sum(), s * dweight + 2 * reg * weight, s * dbias


@mistake(
    "svm_loss",
    hint="Every image has a score of its own class, a vector (N,), which does not fit beside (N, K): make it a column with [:, None].",
    read="sec-linear-hinge",
)
def no_column(x, y, weight, bias, delta, reg):
    """The scores of the right classes are not made a column."""
    scores = x @ weight.T + bias
    margins = scores - scores[np.arange(len(y)), y] + delta
    return np.maximum(margins, 0).sum() / len(y), None, None


@mistake(
    "svm_loss",
    hint="The product is (D, K), but the regulariser's derivative and weight are (K, D). dscores.T @ x has the shape of weight.",
    read="sec-linear-hinge-gradient",
)
def product_turned(x, y, weight, bias, delta, reg):
    """x.T @ dscores is added to an array of weight's shape."""
    margins, n = _rival_margins(x, y, weight, bias, delta), np.arange(len(y))
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, x.T @ dscores + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="A class is a row of weight: the scores are x @ weight.T + bias.",
    read="sec-linear-scores",
)
def weight_as_it_is(x, y, weight, bias, delta, reg):
    """weight is not transposed in the scores."""
    scores = x @ weight + bias
    return scores.sum(), None, None


@mistake(
    "svm_loss",
    hint="An array has no single truth value, and Python's max and if ask for one. np.maximum(margins, 0) and margins > 0 go entry by entry.",
    read="sec-linear-hinge",
)
def python_max(x, y, weight, bias, delta, reg):
    """max or if is given a whole array."""
    return max(0, _rival_margins(x, y, weight, bias, delta)).sum() / len(y), None, None


@mistake(
    "svm_loss",
    hint="np.max(a, 0) looks for the largest entries along axis 0. np.maximum(a, 0) puts 0 in place of what is below it.",
    read="sec-linear-hinge",
)
def max_along_an_axis(x, y, weight, bias, delta, reg):
    """np.max is used for np.maximum."""
    margins = _rival_margins(x, y, weight, bias, delta)
    loss = np.max(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="argmax gives positions. The loss adds up the margins themselves, where they are above 0: np.maximum.",
    read="sec-linear-hinge",
)
def argmax_for_maximum(x, y, weight, bias, delta, reg):
    """argmax is used for maximum."""
    margins = _rival_margins(x, y, weight, bias, delta)
    loss = np.argmax(margins, axis=1).sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="Your loss counts the rivals above the margin, and does not ask how far above it they are. If the mask of the derivatives was made by dscores = margins, that is no copy: what you write into one of the two stands in both.",
    read="sec-linear-hinge",
)
def mask_in_place_of_margins(x, y, weight, bias, delta, reg):
    """Each rival above the margin costs 1."""
    margins = np.maximum(_rival_margins(x, y, weight, bias, delta), 0)
    dscores = margins  # no copy
    dscores[dscores > 0] = 1
    loss = margins.sum() / len(y) + reg * (weight**2).sum()
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake(
    "svm_loss",
    hint="By its own score, such a rival has the derivative 1. In your mask it is 2: something is added a second time.",
    read="sec-linear-hinge-gradient",
)
def mask_counted_twice(x, y, weight, bias, delta, reg):
    """The rivals above the margin are counted twice in the derivatives."""
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    _, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss, 2 * dweight + 2 * reg * weight, 2 * dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="A sum over all weights was added to the derivatives. That of λ ΣW² with respect to one weight has only that weight in it.",
    read="sec-linear-regularisation",
)
def sum_in_slopes(x, y, weight, bias, delta, reg):
    """The derivatives have the regulariser itself added."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight + reg * (weight**2).sum(), dbias


@mistake("svm_loss", same_as="sum_in_slopes", corner="λ")
def sum_of_weights_in_slopes(x, y, weight, bias, delta, reg):
    """The derivatives have 2 λ ΣW added."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 2 * reg * weight + 2 * reg * weight.sum(), dbias


@mistake("svm_loss", same_as="regulariser_halved", corner="λ")
def quarter_of_the_slope(x, y, weight, bias, delta, reg):
    """The regulariser's derivative is λ W / 2."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight - 1.5 * reg * weight, dbias


@mistake(
    "svm_loss",
    hint="ΣW² is added without its factor λ, so the weights cost the same whatever reg says.",
    read="sec-linear-regularisation",
)
def lambda_forgotten(x, y, weight, bias, delta, reg):
    """The regulariser in the loss lacks its factor λ."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss + (weight**2).sum(), dweight + 2 * reg * weight, dbias


@mistake("svm_loss", same_as="lambda_forgotten")
def lambda_forgotten_twice(x, y, weight, bias, delta, reg):
    """The regulariser lacks its factor λ in the loss and in the derivative."""
    return _svm(x, y, weight, bias, delta, 0.0)[0] + (weight**2).sum(), None, None


@mistake("svm_loss", same_as="matrix_product_regulariser", corner="λ")
def other_matrix_product(x, y, weight, bias, delta, reg):
    """The regulariser sums W.T @ W."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss + reg * ((weight.T @ weight).sum() - (weight**2).sum()), dweight, dbias


@mistake("svm_loss", same_as="loop_over_images", corner="no loop")
def loop_in_a_comprehension(x, y, weight, bias, delta, reg):
    """A comprehension goes through the images."""
    _, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    scores = x @ weight.T + bias
    losses = [np.maximum(0, np.delete(s - s[t] + delta, t)).sum() for s, t in zip(scores, y)]
    return sum(losses) / len(y) + reg * (weight**2).sum(), dweight, dbias


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


@mistake(
    "svm_loss",
    hint="The regulariser sums squares. Yours is the length of W, the root of that sum.",
    read="sec-linear-regularisation",
)
def norm_for_squares(x, y, weight, bias, delta, reg):
    """The regulariser in the loss is the norm, not its square."""
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    margins = scores - scores[n, y][:, None] + delta
    margins[n, y] = 0
    loss = np.maximum(margins, 0).sum() / len(y) + reg * np.linalg.norm(weight)
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="dbias has one number for each class: sum over the images, which are axis 0. You summed over the classes.",
    read="sec-linear-hinge-gradient",
)
def dbias_over_classes(x, y, weight, bias, delta, reg):
    """The derivative by the bias is summed over the classes."""
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    margins = scores - scores[n, y][:, None] + delta
    margins[n, y] = 0
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=1)


@mistake(
    "svm_loss",
    hint="Each image has Δ too much, since the right class counts as its own rival with a margin of Δ. You take it off once; taken off "
    "the sum over N images, it is N Δ.",
    read="sec-linear-hinge",
)
def delta_taken_off_once(x, y, weight, bias, delta, reg):
    """Δ of the right class is taken off the sum only once, not once for each image."""
    margins = _margins(x, y, weight, bias, delta)
    loss = (np.maximum(margins, 0).sum() - delta) / len(y) + reg * (weight**2).sum()
    margins[np.arange(len(y)), y] = 0
    return loss, *_svm_slopes(margins, x, y, weight, reg)


@mistake("svm_loss", same_as="biases_regularised", corner="λ")
def biases_regularised_in_their_slope(x, y, weight, bias, delta, reg):
    """2λb is in the derivative by the bias alone."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss, dweight, dbias + 2 * reg * bias


@mistake("svm_loss", same_as="biases_regularised", corner="λ")
def biases_regularised_in_the_loss(x, y, weight, bias, delta, reg):
    """λb² is in the loss alone."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, reg)
    return loss + reg * (bias**2).sum(), dweight, dbias


@mistake(
    "svm_loss",
    hint="The rivals' derivatives are divided by N, and that of the right class is not: count the rivals first, and divide all of it.",
    read="sec-linear-hinge-gradient",
)
def right_class_not_divided(x, y, weight, bias, delta, reg):
    """The derivative by the right class's score is not divided by N."""
    margins = _rival_margins(x, y, weight, bias, delta)
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    dscores = (margins > 0) / len(y)
    dscores[np.arange(len(y)), y] = -(margins > 0).sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="The margins of an image are added up, not averaged over its rivals: divide by N alone.",
    read="sec-linear-hinge",
)
def mean_over_rivals(x, y, weight, bias, delta, reg):
    """The loss is divided by K − 1 as well."""
    rivals = len(bias) - 1
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    loss = loss / rivals + reg * (weight**2).sum()
    return loss, dweight / rivals + 2 * reg * weight, dbias / rivals


@mistake(
    "svm_loss",
    hint="log(1 + eᵐ) is a hinge with a round corner, and costs something even where a rival is far below. The hinge is max(0, m).",
    read="sec-linear-hinge",
)
def soft_hinge(x, y, weight, bias, delta, reg):
    """The margins go through log(1 + eᵐ), not through max(0, m)."""
    n, margins = np.arange(len(y)), _margins(x, y, weight, bias, delta)
    margins[n, y] = -np.inf
    loss = np.logaddexp(0, margins).sum() / len(y) + reg * (weight**2).sum()
    dscores = (1 + np.tanh(margins / 2)) / 2 / len(y)
    dscores[n, y] = -dscores.sum(axis=1)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake(
    "svm_loss",
    hint="dweight is there and dbias is not. Each score has its class's bias added: what is the derivative of the loss by that?",
    read="sec-linear-hinge-gradient",
)
def dbias_zeros(x, y, weight, bias, delta, reg):
    """The derivative by the bias is still 0."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    correct = scores[np.arange(N), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + delta)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(weight * weight)
    mask = (margins > 0).astype(float)
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dweight = mask.T.dot(x) / N + 2 * reg * weight
    dbias = np.zeros_like(bias)
    return loss, dweight, dbias


@mistake(
    "svm_loss",
    hint="max(0, m) is never below 0, so `margins >= 0` is true everywhere once the maximum is taken, even for the right class. Which entries are above 0?",
    read="sec-linear-hinge-gradient",
)
def every_entry_counts(x, y, weight, bias, delta, reg):
    """Every entry counts as above the margin, whatever its value."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    correct = scores[np.arange(N), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + delta)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(weight * weight)
    mask = (margins >= 0).astype(float)
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dweight = mask.T.dot(x) / N + 2 * reg * weight
    dbias = mask.sum(axis=0) / N
    return loss, dweight, dbias


@mistake("svm_loss", same_as="regulariser_divided", corner="λ")
def regulariser_divided_in_the_loss(x, y, weight, bias, delta, reg):
    """The regulariser in the loss is divided by N."""
    N = x.shape[0]
    scores = x.dot(weight.T) + bias
    correct = scores[np.arange(N), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + delta)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(weight * weight) / N
    mask = (margins > 0).astype(float)
    mask[np.arange(N), y] = -mask.sum(axis=1)
    dweight = mask.T.dot(x) / N + 2 * reg * weight
    dbias = mask.sum(axis=0) / N
    return loss, dweight, dbias


# --- right answers, written another way ---


@alternative("svm_loss")
def with_a_mask(x, y, weight, bias, delta, reg):
    """Δ is added through a one-hot mask."""
    own = np.eye(len(weight), dtype=bool)[y]
    scores = np.dot(x, weight.T) + bias[None, :]
    margins = np.maximum(0, scores - scores[own][:, np.newaxis] + delta)
    margins[own] = 0.0
    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1.0
    mask[own] = -np.sum(mask, axis=1)
    dweight = mask.T.dot(x) / x.shape[0] + 2 * reg * weight
    loss = np.sum(margins) / x.shape[0] + reg * np.sum(weight * weight)
    return loss, dweight, np.sum(mask, axis=0) / x.shape[0]


@alternative("svm_loss")
def along_an_axis(x, y, weight, bias, delta, reg):
    """take_along_axis, and the right class counted and taken off again."""
    y = y.astype(np.int64)[:, None]
    scores = x @ weight.T + bias
    margins = (scores - np.take_along_axis(scores, y, axis=1) + delta).clip(min=0)
    loss = (margins.sum(axis=1) - delta).mean() + reg * np.square(weight).sum()
    dscores = np.sign(margins)
    np.put_along_axis(dscores, y, 0, axis=1)
    np.put_along_axis(dscores, y, -dscores.sum(axis=1, keepdims=True), axis=1)
    dscores /= len(x)
    return float(loss), np.einsum("nk,nd->kd", dscores, x) + 2 * reg * weight, dscores.sum(0)


@alternative("svm_loss")
def loop_over_classes(x, y, weight, bias, delta, reg):
    """A loop over the classes, which may be."""
    scores, n = x @ weight.T + bias, np.arange(len(y))
    own, loss = scores[n, y], reg * (weight**2).sum()
    dscores = np.zeros_like(scores)
    for k in range(len(weight)):
        margin = np.where(y == k, 0, scores[:, k] - own + delta)
        loss += np.maximum(margin, 0).sum() / len(y)
        dscores[:, k] += (margin > 0) / len(y)
        dscores[n, y] -= (margin > 0) / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@mistake("svm_loss", same_as="sum_over_images")
def slopes_summed(x, y, weight, bias, delta, reg):
    """The loss is averaged over the images, its derivatives are not."""
    loss, _, _ = _svm(x, y, weight, bias, delta, reg)
    _, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss, len(x) * dweight + 2 * reg * weight, len(x) * dbias


@mistake(
    "svm_loss",
    corner="λ",
    hint="You add up the absolute values of the weights. The text has their squares, with the derivative 2 λ W.",
    read="sec-linear-regularisation",
)
def absolute_weights(x, y, weight, bias, delta, reg):
    """The regulariser is the sum of |W|."""
    loss, dweight, dbias = _svm(x, y, weight, bias, delta, 0.0)
    return loss + reg * np.abs(weight).sum(), dweight + reg * np.sign(weight), dbias
