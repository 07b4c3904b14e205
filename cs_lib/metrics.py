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
    "confusion_matrix",
    "detection_average_precision",
    "detection_mean_average_precision",
    "iou_per_class",
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


def mean_iou(predicted, labels, num_classes, *, ignore_index=-100):
    """The mean of `iou_per_class` over the classes that are predicted or true somewhere.

    Arguments and errors as there -> float
    """
    return float(
        np.nanmean(_iou_per_class("mean_iou", predicted, labels, num_classes, ignore_index))
    )


def iou_per_class(predicted, labels, num_classes, *, ignore_index=-100):
    """Of the pixels predicted or true as a class, the share that is both.

    predicted, labels: integers from 0 to num_classes - 1, of the same shape, e.g. (N, H, W),
    all counted together -> (num_classes,) float64; nan for a class neither predicted nor true
    ignore_index: pixels with this label do not count, whatever is predicted there
    """
    return _iou_per_class("iou_per_class", predicted, labels, num_classes, ignore_index)


def _iou_per_class(caller, predicted, labels, num_classes, ignore_index):
    predicted, labels = _pixels(caller, predicted, labels, ignore_index)
    _check_range(caller, "predicted", predicted, num_classes)
    _check_range(caller, "labels", labels, num_classes)
    counts = confusion_matrix(labels, predicted, num_classes)
    both = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    return np.divide(both, either, out=np.full(num_classes, np.nan), where=either > 0)


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
