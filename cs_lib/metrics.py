"""How good predictions, scores and rankings are."""

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib.detection_metrics import (
    average_precision,
    detection_average_precision,
    detection_mean_average_precision,
)

__all__ = [
    "accuracy",
    "average_precision",
    "boundary_f_per_class",
    "boundary_iou_per_class",
    "confusion_matrix",
    "detection_average_precision",
    "detection_mean_average_precision",
    "dice_per_class",
    "frequency_weighted_iou",
    "iou_per_class",
    "mean_accuracy",
    "mean_average_precision",
    "mean_iou",
    "pixel_accuracy",
    "recall_at_k",
    "top_k_accuracy",
]

# --- classification ---


def accuracy(predicted, labels):
    """The share of predictions that are right.

    predicted, labels: (N,) integers -> float. ValueError for other shapes and for N = 0.
    """
    predicted = _labels("accuracy", "predicted", predicted)
    labels = _labels("accuracy", "labels", labels, len(predicted))
    return float((predicted == labels).mean())


def top_k_accuracy(scores, labels, k):
    """The share of points whose label is among their k highest scores.

    scores: (N, K), labels: (N,) integers from 0 to K - 1 -> float
    Equal scores: the smaller class comes first. ValueError for NaN scores.
    """
    scores = _rankable("top_k_accuracy", "scores", scores, "(N, K)")
    n, classes = scores.shape
    labels = _labels("top_k_accuracy", "labels", labels, n)
    _check_range("top_k_accuracy", "labels", labels, classes)
    _checks.check_k("top_k_accuracy", k, classes, "classes")
    own = np.take_along_axis(scores, labels[:, None], axis=1)  # (N, 1)
    before = (scores == own) & (np.arange(classes) < labels[:, None])
    rank = ((scores > own) | before).sum(axis=1)  # how many classes come before the right one
    return float((rank < k).mean())


def confusion_matrix(labels, predicted, num_classes):
    """How often each class was taken for each: rows are the true class, columns the predicted.

    labels, predicted: (N,) integers from 0 to num_classes - 1 -> (num_classes, num_classes) int64
    """
    labels = _labels("confusion_matrix", "labels", labels)
    predicted = _labels("confusion_matrix", "predicted", predicted, len(labels))
    _check_range("confusion_matrix", "labels", labels, num_classes)
    _check_range("confusion_matrix", "predicted", predicted, num_classes)
    cell = labels * num_classes + predicted
    return np.bincount(cell, minlength=num_classes**2).reshape(num_classes, num_classes)


# --- retrieval within one set: every item is a query, all others are ranked for it ---


def recall_at_k(distances, labels, k):
    """The share of a query's relevant items (same label) among its k nearest, mean over queries.

    distances: (N, N), row = query, the diagonal is ignored; labels: (N,) integers -> float
    Queries without a relevant item do not count. Equal distances: the lower index first.
    ValueError unless 1 <= k <= N - 1, and if no query has a relevant item.
    """
    relevant = _ranked_relevance("recall_at_k", distances, labels)
    _checks.check_k("recall_at_k", k, relevant.shape[1], "other items")
    return float((relevant[:, :k].sum(axis=1) / relevant.sum(axis=1)).mean())


def mean_average_precision(distances, labels):
    """Average precision: the mean, over relevant items, of precision at their rank; then its mean
    over queries [Manning et al. 2008, §8.4].

    Arguments, conventions and errors as in `recall_at_k`.
    """
    relevant = _ranked_relevance("mean_average_precision", distances, labels)
    precision = relevant.cumsum(axis=1) / np.arange(1, relevant.shape[1] + 1)  # (Q, N - 1)
    return float(((precision * relevant).sum(axis=1) / relevant.sum(axis=1)).mean())


def _ranked_relevance(caller, distances, labels):
    """Which items share the query's label, nearest first: -> (Q, N - 1) bool.

    Only the Q queries that have a relevant item.
    """
    distances = _rankable(caller, "distances", distances, "(N, N)")
    n = len(distances)
    if distances.shape != (n, n) or n < 2:
        raise ValueError(
            f"{caller}: distances has shape {distances.shape}; it must be (N, N), N at least 2"
        )
    labels = _labels(caller, "labels", labels, n)
    itself = np.arange(n)[:, None]
    order = np.argsort(distances, axis=1, kind="stable")
    # dropped by index, not by distance 0: a duplicate is at distance 0 too, and is a good answer
    order = order[order != itself].reshape(n, n - 1)
    relevant = labels[order] == labels[:, None]
    has_any = relevant.any(axis=1)
    if not has_any.any():
        raise ValueError(f"{caller}: no two items share a label, so nothing is relevant")
    return relevant[has_any]


# --- segmentation: a class for every pixel ---


def pixel_accuracy(predicted, labels, *, ignore_index=-100):
    """The share of pixels that get their class.

    predicted, labels: integers of the same shape, e.g. (N, H, W) -> float
    ignore_index: pixels with this label do not count, whatever is predicted there
    """
    predicted, labels = _pixels("pixel_accuracy", predicted, labels, ignore_index)
    return float((predicted == labels).mean())


def mean_accuracy(predicted, labels, num_classes, *, ignore_index=-100):
    """The share of a class's pixels that get it, mean over the classes that labels have
    [Long et al. 2015, §5].

    predicted, labels: integers from 0 to num_classes - 1, of the same shape, e.g. (N, H, W),
    all counted together -> float. ignore_index: as in `pixel_accuracy`
    """
    both, true, _ = _overlaps("mean_accuracy", predicted, labels, num_classes, ignore_index)
    return float((both[true > 0] / true[true > 0]).mean())


def mean_iou(predicted, labels, num_classes, *, ignore_index=-100, absent=np.nan):
    """The mean of `iou_per_class` over the classes that are not nan there.

    Arguments and errors as there -> float. Pixels of all images are counted together, as in
    Pascal VOC: a mean over images, or over pairs of image and class, is another number.
    """
    overlaps = _overlaps("mean_iou", predicted, labels, num_classes, ignore_index)
    return float(np.nanmean(_iou(*overlaps, ignore_index, absent)))


def frequency_weighted_iou(predicted, labels, num_classes, *, ignore_index=-100):
    """The mean of `iou_per_class`, each weighed by how many pixels are truly of the class
    [Long et al. 2015, §5].

    Arguments and errors as there -> float. Classes that labels do not have weigh nothing.
    """
    both, true, guessed = _overlaps(
        "frequency_weighted_iou", predicted, labels, num_classes, ignore_index
    )
    iou = _iou(both, true, guessed, ignore_index, 0.0)
    return float(iou[true > 0] @ true[true > 0] / true.sum())


def iou_per_class(predicted, labels, num_classes, *, ignore_index=-100, absent=np.nan):
    """Of the pixels predicted or true as a class, the share that is both.

    predicted, labels: integers from 0 to num_classes - 1, of the same shape, e.g. (N, H, W),
    all counted together -> (num_classes,) float64
    ignore_index: pixels with this label do not count, whatever is predicted there. If it is a class
        itself, that class is nan; predicted elsewhere it still counts against the true class.
    absent: of a class neither predicted nor true, 0 / 0. nan leaves it out of means, 1 is the value
        in segmentation-models-pytorch, 0 in scikit-learn
    """
    overlaps = _overlaps("iou_per_class", predicted, labels, num_classes, ignore_index)
    return _iou(*overlaps, ignore_index, absent)


def dice_per_class(predicted, labels, num_classes, *, ignore_index=-100, absent=np.nan):
    """Twice the pixels that are both, predicted and true, over the sum of either [Dice 1945].

    Arguments as in `iou_per_class` -> (num_classes,) float64: 2·IoU / (1 + IoU), the
    F1 score. Means over images can rank two models otherwise than those of IoU.
    """
    overlaps = _overlaps("dice_per_class", predicted, labels, num_classes, ignore_index)
    iou = _iou(*overlaps, ignore_index, absent)
    return 2 * iou / (1 + iou)


def boundary_iou_per_class(
    predicted, labels, num_classes, *, distance, ignore_index=-100, absent=np.nan
):
    """The IoU of the inner edges of masks, distance pixels wide [Cheng et al. 2021].

    predicted, labels: integers, (H, W) or (N, H, W), all images counted together; the other
    arguments as in `iou_per_class` -> (num_classes,) float64
    An edge is what is left of a mask without those pixels whose square of 2·distance + 1 is all in
    the mask. Beyond the image, and where pixels are ignored, is no mask: that is an edge, too, as
    in the authors' code, which takes distance = 0.02 · diagonal, rounded.
    """
    caller = "boundary_iou_per_class"
    _check_distance(caller, "distance", distance, 1)
    squares = _square(int(distance))
    found = np.full(num_classes, absent, np.float64)
    for c, *masks in _masks(caller, predicted, labels, num_classes, ignore_index, found):
        p, g = (mask & ~_all_near(mask, squares, outside=False) for mask in masks)
        if (p | g).any():
            found[c] = (p & g).sum() / (p | g).sum()
    return found


def boundary_f_per_class(
    predicted, labels, num_classes, *, tolerance, ignore_index=-100, absent=np.nan
):
    """How well contours agree: F1 of precision, the share of predicted contour pixels that have a
    true one within tolerance, and recall, the reverse [Csurka et al. 2013].

    predicted, labels: integers, (H, W) or (N, H, W), all images counted together; tolerance:
    Euclidean, in pixels -> (num_classes,) float64. The other arguments: as in `iou_per_class`.
    A contour is the pixels of a mask with one of their four neighbours outside it; the image's
    border is none, that of ignored pixels is. No contour in either: absent; in one: 0.
    """
    caller = "boundary_f_per_class"
    _check_distance(caller, "tolerance", tolerance, 0)
    reach = int(tolerance)
    disc = [(y, x) for y, x in _square(reach) if y * y + x * x <= tolerance * tolerance]
    found = np.full(num_classes, absent, np.float64)
    for c, *masks in _masks(caller, predicted, labels, num_classes, ignore_index, found):
        p, g = (mask & ~_all_near(mask, CROSS, outside=True) for mask in masks)
        if p.any() or g.any():
            # near a pixel of a mask: not all pixels around are outside it
            hits = (p & ~_all_near(~g, disc, outside=True)).sum()
            finds = (g & ~_all_near(~p, disc, outside=True)).sum()
            precision, recall = hits / max(p.sum(), 1), finds / max(g.sum(), 1)
            found[c] = 2 * precision * recall / (precision + recall or 1.0)
    return found


CROSS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


def _square(reach):
    steps = range(-reach, reach + 1)
    return [(y, x) for y in steps for x in steps]


def _all_near(mask, steps, *, outside):
    """Whether the mask holds at all these steps from a pixel; outside: its value there

    mask: (N, H, W) bool, steps: [(down, right), …] -> (N, H, W) bool
    """
    reach = max(max(abs(y), abs(x)) for y, x in steps)
    sides = ((0, 0), (reach, reach), (reach, reach))
    padded = np.pad(mask, sides, constant_values=outside)
    h, w = mask.shape[1:]
    found = np.ones_like(mask)
    for y, x in steps:
        found &= padded[:, reach + y : reach + y + h, reach + x : reach + x + w]
    return found


def _masks(caller, predicted, labels, num_classes, ignore_index, found):
    """For each class its number and both masks, (N, H, W); nan in found for an ignored class."""
    _overlaps(caller, predicted, labels, num_classes, ignore_index)  # checks them
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if labels.ndim not in (2, 3):
        raise ValueError(
            f"{caller}: labels has shape {labels.shape}; it must be (H, W) or (N, H, W)"
        )
    shape = (-1, *labels.shape[-2:])
    predicted, labels = predicted.reshape(shape), labels.reshape(shape)
    for c in range(num_classes):
        if c == ignore_index:
            found[c] = np.nan
        else:
            yield c, (predicted == c) & (labels != ignore_index), labels == c


def _overlaps(caller, predicted, labels, num_classes, ignore_index):
    """Of each class, how many pixels are both, true, and predicted: three arrays (num_classes,)"""
    predicted, labels = _pixels(caller, predicted, labels, ignore_index)
    _check_range(caller, "predicted", predicted, num_classes)
    _check_range(caller, "labels", labels, num_classes)
    counts = confusion_matrix(labels, predicted, num_classes)
    return np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)


def _iou(both, true, guessed, ignore_index, absent):
    either = true + guessed - both
    found = np.full(len(both), absent, np.float64)
    np.divide(both, either, out=found, where=either > 0)
    if 0 <= ignore_index < len(found):
        found[ignore_index] = np.nan
    return found


def _pixels(caller, predicted, labels, ignore_index):
    """The pixels that count, in one row: -> predicted (P,), labels (P,)"""
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.shape != labels.shape:
        raise ValueError(
            f"{caller}: predicted has shape {predicted.shape}, labels {labels.shape}; both must be "
            "the same: if predicted has scores (N, K, H, W), take their argmax over axis 1"
        )
    counts = labels != ignore_index
    if not counts.any():
        raise ValueError(f"{caller}: every label is {ignore_index}, ignored; no pixel is left")
    predicted = _labels(caller, "predicted", predicted[counts])
    return predicted, _labels(caller, "labels", labels[counts])


def _check_distance(caller, name, value, least):
    if not least <= value < np.inf:
        raise ValueError(f"{caller}: {name} is {value} pixels; it must be at least {least}, finite")


# --- what goes in ---


def _labels(caller, name, labels, n=None):
    labels = np.asarray(labels)
    _checks.check_labels(caller, name, labels, n)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{caller}: {name} is {labels.dtype}; labels must be integers")
    return labels.astype(np.int64, copy=False)


def _check_range(caller, name, labels, classes):
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{caller}: {name} goes from {labels.min()} to {labels.max()}; "
            f"with {classes} classes it must stay within 0 to {classes - 1}"
        )


def _rankable(caller, name, x, axes):
    x = np.asarray(x)
    _checks.check_matrix(caller, name, x, axes)
    if np.isnan(x).any():
        raise ValueError(f"{caller}: {name} has NaN, which has no rank; remove it first")
    return x
