"""Wrong answers to `pixel_cross_entropy` that students really give, and right ones written another way."""

import numpy as np
import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _made(scores, labels, weights, ignored, wrong):
    n, k = scores.shape[:2]
    known = labels != ignored
    if not known.any() and wrong != "nothing_left_is_nan":
        if wrong == "nothing_left_raises":
            raise ValueError("every pixel is ignored")
        if wrong == "nothing_left_has_no_gradient":
            return 0.0, None
        return 0.0, np.zeros(scores.shape)
    truth = (labels[:, None] == np.arange(k)[:, None, None]).astype(float)
    if wrong == "ignored_is_class_0":
        truth[:, 0][~known] = 1
        known = np.ones(labels.shape, dtype=bool)
    if wrong == "ignored_is_the_last_class":
        truth[:, -1][~known] = 1
        known = np.ones(labels.shape, dtype=bool)
    weight = (truth * weights[:, None, None]).sum(axis=1, keepdims=True)
    if wrong in ("weights_ignored",):
        weight = (weight > 0).astype(float)
    if wrong == "softmax_over_rows":
        e = np.exp(scores - scores.max(axis=2, keepdims=True))
        p = e / e.sum(axis=2, keepdims=True)
    elif wrong == "softmax_over_images":
        e = np.exp(scores - scores.max(axis=0, keepdims=True))
        p = e / e.sum(axis=0, keepdims=True)
    elif wrong == "softmax_over_all":
        e = np.exp(scores - scores.max())
        p = e / e.sum()
    elif wrong == "no_shift":
        with np.errstate(all="ignore"):
            e = np.exp(scores)
            p = e / e.sum(axis=1, keepdims=True)
    elif wrong == "global_shift":
        with np.errstate(all="ignore"):
            e = np.exp(scores - scores.max())
            p = e / e.sum(axis=1, keepdims=True)
    elif wrong == "sigmoid":
        p = 1 / (1 + np.exp(-np.clip(scores, -500, 500)))
    else:
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        if wrong in (
            "softmax_over_rows",
            "softmax_over_images",
            "softmax_over_all",
            "no_shift",
            "global_shift",
            "log_of_softmax",
        ):
            log_p = np.log(p)
        if wrong == "sigmoid":
            log_p = np.log(p)
        if wrong == "epsilon_in_the_log":
            log_p = np.log(p + 1e-12)
        if wrong == "clipped":
            log_p = np.log(np.clip(p, 1e-7, 1))
        if wrong == "log_to_base_2":
            log_p = log_p / np.log(2)
        each = -(truth * np.where(truth > 0, log_p, 0)).sum(axis=1, keepdims=True)
        if wrong == "log_forgotten":
            each = 1 - (truth * p).sum(axis=1, keepdims=True)
        if wrong == "sign_forgotten":
            each = -each
        if wrong == "other_classes_too":
            each = -(truth * log_p + (1 - truth) * np.log(1 - p + 1e-300)).sum(
                axis=1, keepdims=True
            )
        mass = weight.sum()
        if wrong == "summed":
            mass = 1.0
        if wrong == "mean_over_images":
            mass = n
        if wrong == "mean_over_images_of_means":
            loss = np.mean(
                [(weight[i] * each[i]).sum() / max(weight[i].sum(), 1e-300) for i in range(n)]
            )
            grad = np.stack(
                [weight[i] * (p[i] - truth[i]) / max(weight[i].sum(), 1e-300) / n for i in range(n)]
            )
            return loss, grad
        if wrong == "divided_by_classes_too":
            mass = mass * k
        if wrong == "divided_by_all_pixels":
            mass = mass / known.sum() * labels.size
        if wrong == "divided_by_the_number":
            mass = known.sum()
        if wrong == "divided_by_the_mean_weight":
            mass = known.sum() * weights.mean()
        if wrong == "weights_of_the_predicted":
            weight = weights[scores.argmax(axis=1)][:, None] * known[:, None]
            mass = weight.sum()
        if wrong == "weights_for_each_class":
            each = -(weights[:, None, None] * truth * log_p).sum(axis=1, keepdims=True)
            loss = (each * known[:, None]).sum() / mass
            return loss, known[:, None] * (
                p * weights[:, None, None] - truth * weights[:, None, None]
            ) / mass
        if wrong == "weights_squared":
            weight = weight**2
            mass = weight.sum()
        loss = (weight * each).sum() / mass
        if wrong == "loss_over_all_pixels":
            loss = loss * mass / mass * known.sum() / labels.size
        grad = weight * (p - truth) / mass
        if wrong == "gradient_not_divided":
            grad = grad * mass
        if wrong == "gradient_sign":
            grad = -grad
        if wrong == "gradient_is_p":
            grad = weight * p / mass
        if wrong == "gradient_of_p":
            grad = -weight * truth / np.maximum(p, 1e-300) / mass
        if wrong == "gradient_of_the_true_class_alone":
            grad = grad * truth
        if wrong == "gradient_at_ignored":
            grad = grad + ~known[:, None] * p / mass
        if wrong == "gradient_without_weights":
            grad = known[:, None] * (p - truth) / mass
        if wrong == "gradient_last":
            grad = grad.transpose(0, 2, 3, 1)
        if wrong == "loss_of_each_pixel":
            loss = (weight * each / mass)[:, 0]
        if wrong == "loss_alone":
            return loss
    return loss, grad


@mistake(
    "pixel_cross_entropy",
    hint="The softmax goes over the classes, axis 1.",
    read="sec-linear-softmax",
)
def softmax_over_rows(scores, labels, weights, ignored):
    """The softmax goes along another axis than that of the classes."""
    return _made(scores, labels, weights, ignored, "softmax_over_rows")


@mistake("pixel_cross_entropy", same_as="softmax_over_rows")
def softmax_over_images(scores, labels, weights, ignored):
    """The softmax goes over the images."""
    return _made(scores, labels, weights, ignored, "softmax_over_images")


@mistake(
    "pixel_cross_entropy",
    hint="Each pixel has a softmax of its own, over the classes.",
    read="sec-linear-softmax",
)
def softmax_over_all(scores, labels, weights, ignored):
    """The softmax goes over everything."""
    return _made(scores, labels, weights, ignored, "softmax_over_all")


@mistake(
    "pixel_cross_entropy",
    hint="The classes exclude each other: a softmax.",
    read="sec-linear-softmax",
)
def sigmoid(scores, labels, weights, ignored):
    """A sigmoid stands for the softmax."""
    return _made(scores, labels, weights, ignored, "sigmoid")


@mistake(
    "pixel_cross_entropy",
    hint="exp(1000) is inf. Subtract each pixel's largest score first; that changes no probability.",
    read="sec-linear-stable",
    corner="large scores",
)
def no_shift(scores, labels, weights, ignored):
    """The exponentials overflow."""
    return _made(scores, labels, weights, ignored, "no_shift")


@mistake(
    "pixel_cross_entropy",
    hint="Subtract each pixel's own largest score: a pixel far below the largest of all gets 0 / 0.",
    read="sec-linear-stable",
    corner="large scores",
)
def global_shift(scores, labels, weights, ignored):
    """The largest score of all is subtracted."""
    return _made(scores, labels, weights, ignored, "global_shift")


@mistake(
    "pixel_cross_entropy",
    hint="A probability can be 0 in float64, and its logarithm is −∞. Compute log p as the shifted score minus the logarithm of the sum.",
    read="sec-linear-stable",
    corner="large scores",
)
def log_of_softmax(scores, labels, weights, ignored):
    """The logarithm of a probability that has become 0 is taken."""
    return _made(scores, labels, weights, ignored, "log_of_softmax")


@mistake(
    "pixel_cross_entropy",
    hint="With 1e-12 inside, the loss ends at 27.6. Compute log p from the scores.",
    read="sec-linear-stable",
    corner="large scores",
)
def epsilon_in_the_log(scores, labels, weights, ignored):
    """A small number is added inside the logarithm."""
    return _made(scores, labels, weights, ignored, "epsilon_in_the_log")


@mistake(
    "pixel_cross_entropy",
    hint="Clipping changes the loss of confident mistakes. Compute log p from the scores.",
    read="sec-linear-stable",
    corner="large scores",
)
def clipped(scores, labels, weights, ignored):
    """The probabilities are clipped."""
    return _made(scores, labels, weights, ignored, "clipped")


@mistake(
    "pixel_cross_entropy", hint="The natural logarithm is asked for.", read="sec-linear-softmax"
)
def log_to_base_2(scores, labels, weights, ignored):
    """The logarithm is to base 2."""
    return _made(scores, labels, weights, ignored, "log_to_base_2")


@mistake(
    "pixel_cross_entropy", hint="The loss is −log p of the true class.", read="sec-linear-softmax"
)
def log_forgotten(scores, labels, weights, ignored):
    """The loss is 1 − p."""
    return _made(scores, labels, weights, ignored, "log_forgotten")


@mistake("pixel_cross_entropy", hint="−log p is positive.", read="sec-linear-softmax")
def sign_forgotten(scores, labels, weights, ignored):
    """The loss is log p."""
    return _made(scores, labels, weights, ignored, "sign_forgotten")


@mistake(
    "pixel_cross_entropy", hint="Only the true class has a term: −log p.", read="sec-linear-softmax"
)
def other_classes_too(scores, labels, weights, ignored):
    """The other classes count with −log(1 − p)."""
    return _made(scores, labels, weights, ignored, "other_classes_too")


@mistake(
    "pixel_cross_entropy",
    hint="The mean is asked for, in the loss and in its gradient: divide both by the sum of the weights of all pixels that count.",
    read="sec-linear-softmax",
)
def summed(scores, labels, weights, ignored):
    """The sum over the pixels is not divided as it should be."""
    return _made(scores, labels, weights, ignored, "summed")


@mistake("pixel_cross_entropy", same_as="summed")
def mean_over_images(scores, labels, weights, ignored):
    """The loss is divided by the number of images."""
    return _made(scores, labels, weights, ignored, "mean_over_images")


@mistake(
    "pixel_cross_entropy", hint="One sum over all pixels, divided once.", read="sec-linear-softmax"
)
def mean_over_images_of_means(scores, labels, weights, ignored):
    """Each image has a mean of its own, and those are averaged."""
    return _made(scores, labels, weights, ignored, "mean_over_images_of_means")


@mistake(
    "pixel_cross_entropy",
    hint="A pixel has one loss, whatever the number of classes.",
    read="sec-linear-softmax",
)
def divided_by_classes_too(scores, labels, weights, ignored):
    """The loss is divided by the number of classes as well."""
    return _made(scores, labels, weights, ignored, "divided_by_classes_too")


@mistake(
    "pixel_cross_entropy",
    hint="Ignored pixels count in neither sum.",
    read="sec-seg-ignored",
    corner="ignored",
)
def divided_by_all_pixels(scores, labels, weights, ignored):
    """Ignored pixels count in what is divided by."""
    return _made(scores, labels, weights, ignored, "divided_by_all_pixels")


@mistake(
    "pixel_cross_entropy",
    hint="Ignored pixels count in neither sum.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_is_class_0(scores, labels, weights, ignored):
    """Ignored pixels count as class 0."""
    return _made(scores, labels, weights, ignored, "ignored_is_class_0")


@mistake(
    "pixel_cross_entropy",
    hint="Ignored pixels count in neither sum. (Their label as an index counts from the end, or is out of range.)",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_is_the_last_class(scores, labels, weights, ignored):
    """Ignored pixels count as the last class."""
    return _made(scores, labels, weights, ignored, "ignored_is_the_last_class")


@mistake(
    "pixel_cross_entropy",
    hint="Nothing of the loss depends on the scores of ignored pixels.",
    read="sec-seg-ignored",
    corner="ignored",
)
def gradient_at_ignored(scores, labels, weights, ignored):
    """Ignored pixels have a gradient."""
    return _made(scores, labels, weights, ignored, "gradient_at_ignored")


@mistake(
    "pixel_cross_entropy",
    hint="Ignored pixels count in neither sum.",
    read="sec-seg-ignored",
    corner="ignored",
)
def loss_over_all_pixels(scores, labels, weights, ignored):
    """The loss is divided by the number of all pixels, and the gradient by that of those that count."""
    return _made(scores, labels, weights, ignored, "loss_over_all_pixels")


@mistake(
    "pixel_cross_entropy",
    hint="Each pixel counts with the weight of its true class.",
    read="sec-linear-softmax",
    corner="weights",
)
def weights_ignored(scores, labels, weights, ignored):
    """The weights are not used."""
    return _made(scores, labels, weights, ignored, "weights_ignored")


@mistake(
    "pixel_cross_entropy",
    hint="Divide by the sum of the pixels' weights.",
    read="sec-linear-softmax",
    corner="weights",
)
def divided_by_the_number(scores, labels, weights, ignored):
    """The weighted sum is divided by the number of pixels."""
    return _made(scores, labels, weights, ignored, "divided_by_the_number")


@mistake(
    "pixel_cross_entropy",
    hint="Divide by the sum of the weights of those pixels that are there.",
    read="sec-linear-softmax",
    corner="weights",
)
def divided_by_the_mean_weight(scores, labels, weights, ignored):
    """The weighted sum is divided by the mean of the classes' weights."""
    return _made(scores, labels, weights, ignored, "divided_by_the_mean_weight")


@mistake(
    "pixel_cross_entropy",
    hint="A pixel counts with the weight of its true class.",
    read="sec-linear-softmax",
    corner="weights",
)
def weights_of_the_predicted(scores, labels, weights, ignored):
    """The weight is that of the predicted class."""
    return _made(scores, labels, weights, ignored, "weights_of_the_predicted")


@mistake(
    "pixel_cross_entropy",
    hint="The whole gradient of a pixel has the weight of its true class.",
    read="sec-linear-softmax",
    corner="weights",
)
def weights_for_each_class(scores, labels, weights, ignored):
    """In the gradient each class has its own weight."""
    return _made(scores, labels, weights, ignored, "weights_for_each_class")


@mistake(
    "pixel_cross_entropy",
    hint="Each pixel's loss is multiplied by its weight once.",
    read="sec-linear-softmax",
    corner="weights",
)
def weights_squared(scores, labels, weights, ignored):
    """The weights are applied twice."""
    return _made(scores, labels, weights, ignored, "weights_squared")


@mistake(
    "pixel_cross_entropy",
    hint="The weights belong to the gradient as well.",
    read="sec-linear-softmax",
    corner="weights",
)
def gradient_without_weights(scores, labels, weights, ignored):
    """The gradient has no weights."""
    return _made(scores, labels, weights, ignored, "gradient_without_weights")


@mistake("pixel_cross_entropy", same_as="summed")
def gradient_not_divided(scores, labels, weights, ignored):
    """The gradient is not divided."""
    return _made(scores, labels, weights, ignored, "gradient_not_divided")


@mistake(
    "pixel_cross_entropy",
    hint="Where p of the true class is below 1, a larger score makes the loss smaller: its gradient is negative.",
    read="sec-linear-softmax",
)
def gradient_sign(scores, labels, weights, ignored):
    """The gradient has the wrong sign."""
    return _made(scores, labels, weights, ignored, "gradient_sign")


@mistake("pixel_cross_entropy", hint="The true class has p − 1.", read="sec-linear-softmax")
def gradient_is_p(scores, labels, weights, ignored):
    """The gradient is p alone."""
    return _made(scores, labels, weights, ignored, "gradient_is_p")


@mistake(
    "pixel_cross_entropy",
    hint="Go through the softmax as well: to the scores.",
    read="sec-linear-softmax",
)
def gradient_of_p(scores, labels, weights, ignored):
    """The gradient is with respect to the probabilities."""
    return _made(scores, labels, weights, ignored, "gradient_of_p")


@mistake(
    "pixel_cross_entropy",
    hint="Every class's score is in the sum of the softmax.",
    read="sec-linear-softmax",
)
def gradient_of_the_true_class_alone(scores, labels, weights, ignored):
    """Only the true class has a gradient."""
    return _made(scores, labels, weights, ignored, "gradient_of_the_true_class_alone")


@mistake(
    "pixel_cross_entropy",
    hint="The gradient has the shape of the scores.",
    read="sec-linear-softmax",
)
def gradient_last(scores, labels, weights, ignored):
    """The classes of the gradient come last."""
    return _made(scores, labels, weights, ignored, "gradient_last")


@mistake(
    "pixel_cross_entropy", hint="The mean, one number, is asked for.", read="sec-linear-softmax"
)
def loss_of_each_pixel(scores, labels, weights, ignored):
    """A loss for each pixel is returned."""
    return _made(scores, labels, weights, ignored, "loss_of_each_pixel")


@mistake(
    "pixel_cross_entropy",
    hint="Two results are asked for: the loss and its gradient.",
    read="sec-linear-softmax",
)
def loss_alone(scores, labels, weights, ignored):
    """Only the loss is returned."""
    return _made(scores, labels, weights, ignored, "loss_alone")


@mistake(
    "pixel_cross_entropy",
    hint="0 / 0 is nan. The text asks for 0 and a gradient of zeros.",
    read="sec-seg-ignored",
    corner="nothing left",
)
def nothing_left_is_nan(scores, labels, weights, ignored):
    """Where every pixel is ignored, the loss is nan."""
    return _made(scores, labels, weights, ignored, "nothing_left_is_nan")


@mistake(
    "pixel_cross_entropy",
    hint="The text asks for a loss of 0 and a gradient of zeros.",
    read="sec-seg-ignored",
    corner="nothing left",
)
def nothing_left_raises(scores, labels, weights, ignored):
    """Where every pixel is ignored, an error is raised."""
    return _made(scores, labels, weights, ignored, "nothing_left_raises")


@mistake(
    "pixel_cross_entropy",
    hint="The gradient is an array of zeros in the shape of the scores.",
    read="sec-seg-ignored",
    corner="nothing left",
)
def nothing_left_has_no_gradient(scores, labels, weights, ignored):
    """Where every pixel is ignored, the gradient is None."""
    return _made(scores, labels, weights, ignored, "nothing_left_has_no_gradient")


@mistake(
    "pixel_cross_entropy",
    hint="An ignored pixel has no true class. Where a label had to be put in its place, to index with, its gradient has to be set to 0 again.",
    read="sec-seg-ignored",
    corner="ignored",
)
def gradient_of_the_stand_in(scores, labels, weights, ignored):
    """Ignored pixels have the gradient of the label that was put in their place."""
    known = labels != ignored
    if not known.any():
        return 0.0, np.zeros(scores.shape)
    safe = np.where(known, labels, 0).astype(int)
    loss, _ = _made(scores, labels, weights, ignored, "")
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    t = safe[:, None] == np.arange(len(weights))[:, None, None]
    difference = shifted / shifted.sum(axis=1, keepdims=True) - t
    return loss, difference * weights[safe][:, None] / weights[safe][known].sum()


@mistake(
    "pixel_cross_entropy",
    hint="The gradient is divided by what the loss is divided by: the sum of the weights of the pixels that count.",
    read="sec-seg-ignored",
    corner="ignored",
)
def gradient_over_all_pixels(scores, labels, weights, ignored):
    """The gradient is divided by the number of all pixels, also of those that do not count."""
    known = labels != ignored
    if not known.any():
        return 0.0, np.zeros(scores.shape)
    loss, slope = _made(scores, labels, weights, ignored, "")
    return loss, slope * weights[labels[known]].sum() / labels.size


@mistake(
    "pixel_cross_entropy",
    hint="This exercise is for NumPy: write out the softmax, its logarithm and p − t.",
    read="sec-linear-softmax",
    corner="torch",
)
def by_torchs_function(scores, labels, weights, ignored):
    """torch does the work."""
    if (labels == ignored).all():
        return 0.0, np.zeros(scores.shape)
    x = torch.tensor(scores, requires_grad=True)
    t, w = torch.tensor(labels.astype(np.int64)), torch.tensor(weights)
    loss = F.cross_entropy(x, t, w, ignore_index=ignored)
    loss.backward()
    return loss.item(), x.grad.numpy()


@mistake("pixel_cross_entropy", same_as="softmax_over_rows")
def softmax_over_columns(scores, labels, weights, ignored):
    """The softmax goes along the last axis."""
    known = labels != ignored
    if not known.any():
        return 0.0, np.zeros(scores.shape)
    t = (labels[:, None] == np.arange(len(weights))[:, None, None]) * 1.0
    mass = np.where(known, weights[np.where(known, labels, 0).astype(int)], 0.0)
    moved = scores - scores.max(axis=-1, keepdims=True)
    log_p = moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))
    loss = -(mass * (log_p * t).sum(axis=1)).sum() / mass.sum()
    return loss, (np.exp(log_p) - t) * mass[:, None] / mass.sum()


@mistake("pixel_cross_entropy", same_as="gradient_without_weights", corner="weights")
def gradient_is_the_plain_mean(scores, labels, weights, ignored):
    """The gradient is that of the plain mean, without weights."""
    loss, _ = _made(scores, labels, weights, ignored, "")
    return loss, _made(scores, labels, np.ones_like(weights), ignored, "")[1]


@mistake("pixel_cross_entropy", same_as="no_shift", corner="large scores")
def logarithm_of_a_sum_that_overflows(scores, labels, weights, ignored):
    """The logarithm of the sum of exponentials is infinite."""
    known = labels != ignored
    if not known.any():
        return 0.0, np.zeros(scores.shape)
    t = (labels[:, None] == np.arange(len(weights))[:, None, None]) * 1.0
    mass = np.where(known, weights[np.where(known, labels, 0).astype(int)], 0.0)
    with np.errstate(all="ignore"):
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        loss = -(mass * (log_p * t).sum(axis=1)).sum() / mass.sum()
        return loss, (np.exp(log_p) - t) * mass[:, None] / mass.sum()


# --- right answers, written another way ---


@alternative("pixel_cross_entropy")
def rows_of_pixels(scores, labels, weights, ignored):
    """All pixels that count as rows of a matrix."""
    rows = scores.transpose(0, 2, 3, 1)[labels != ignored]  # (P, K)
    truth = labels[labels != ignored].astype(int)
    grad = np.zeros(scores.shape)
    if len(truth) == 0:
        return 0.0, grad
    rows = rows - rows.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(rows).sum(axis=1))
    weight = weights[truth]
    picked = np.arange(len(truth))
    loss = (weight * (log_sum - rows[picked, truth])).sum() / weight.sum()
    slope = np.exp(rows - log_sum[:, None])
    slope[picked, truth] -= 1
    by_pixel = np.zeros((*labels.shape, scores.shape[1]))
    by_pixel[labels != ignored] = slope * (weight / weight.sum())[:, None]
    return loss, by_pixel.transpose(0, 3, 1, 2)


@alternative("pixel_cross_entropy")
def pixel_after_pixel(scores, labels, weights, ignored):
    """A loop over the pixels."""
    loss, mass, grad = 0.0, 0.0, np.zeros(scores.shape)
    for n, i, j in np.ndindex(labels.shape):
        c = int(labels[n, i, j])
        if c != ignored:
            s = scores[n, :, i, j] - scores[n, :, i, j].max()
            p = np.exp(s) / np.exp(s).sum()
            loss += weights[c] * (np.log(np.exp(s).sum()) - s[c])
            p[c] -= 1
            grad[n, :, i, j] = weights[c] * p
            mass += weights[c]
    return (loss / mass, grad / mass) if mass else (0.0, grad)
