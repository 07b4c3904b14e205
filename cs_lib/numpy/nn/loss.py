"""Losses: one number that says how far the scores of a batch are from what they should be.

Gradients are those with respect to input; target is given. reduction: "mean" or "sum" of the loss
of each sample (cross_entropy: of each label; the last two: of each entry).
"""

import numpy as np

from cs_lib._shared import layers as _layers
from cs_lib.numpy.nn.activation import log_softmax, sigmoid
from cs_lib.numpy.nn.module import Module

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "MSELoss",
    "MultiMarginLoss",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "mse_loss",
    "mse_loss_backward",
    "multi_margin_loss",
    "multi_margin_loss_backward",
]

# --- classification ---


def cross_entropy(input, target, *, ignore_index=-100, reduction="mean"):
    """-log softmax(input)[target] [torch.nn.functional.cross_entropy].

    input: (N, K) or (N, K, ...) scores, target: (N,) or (N, ...) integers below K -> loss, cache
    Labels equal to ignore_index do not count, but not all can be.
    A float target, like input, has a mass for each class, as smooth_labels, mixup and cutmix give
    it: the loss is then -sum of mass · log softmax(input) over the classes, the mean over the rest.
    ValueError for a label out of range or another shape, TypeError for labels that are no integers.
    """
    target = np.asarray(target)
    if _layers.are_masses(input, target):
        return _cross_entropy_of_masses(input, target, reduction)
    _check_labels("cross_entropy", input, target, reduction, ignore_index)
    counted = target != ignore_index  # (N, ...)
    label = np.where(counted, target, 0)[:, None]  # (N, 1, ...)
    log_p, _ = log_softmax(input)  # (N, K, ...)
    losses = -np.take_along_axis(log_p, label, axis=1).squeeze(1)  # (N, ...)
    count = _count(counted.sum(), reduction, input)
    return _sum(losses * counted) / count, (log_p, label, counted, count)


def cross_entropy_backward(dy, cache):
    """dy: () -> dinput, like input: softmax(input) - one_hot(target), over the number of labels

    Of masses: softmax(input) · their sum - masses.
    """
    log_p, label, counted, count = cache
    dinput = np.exp(log_p)
    if counted is None:  # label: (N, K, ...) masses
        return (dinput * label.sum(axis=1, keepdims=True) - label) * (dy / count)
    right = np.take_along_axis(dinput, label, axis=1)
    np.put_along_axis(dinput, label, right - 1, axis=1)
    return dinput * (counted[:, None] * (dy / count))


def _cross_entropy_of_masses(input, mass, reduction):
    _check_same("cross_entropy", input, mass, reduction)
    log_p, _ = log_softmax(input)
    count = _count(input.size // input.shape[1], reduction, input)
    return -_sum(mass * log_p) / count, (log_p, mass, None, count)


def multi_margin_loss(input, target, *, margin=1.0, reduction="mean"):
    """Hinge loss of K classes: the mean over K of max(0, margin + score - right score), wrong ones.

    input: (N, K) scores, target: (N,) integers below K -> loss, cache
    [Weston & Watkins 1999; torch.nn.functional.multi_margin_loss]. Many texts leave out
    the division by K. At the kink, margin + score = right score, the derivative is 0.
    """
    target = np.asarray(target)
    _check_labels("multi_margin_loss", input, target, reduction)
    _layers.check_rank("multi_margin_loss", input, 2, "(N, K)")
    label = target[:, None]  # (N, 1)
    margins = margin + input - np.take_along_axis(input, label, axis=1)  # (N, K)
    np.put_along_axis(margins, label, 0, axis=1)  # the right class is no rival of itself
    count = _count(len(input), reduction, input) * input.shape[1]
    return _sum(np.maximum(margins, 0)) / count, (margins > 0, label, count, input.dtype)


def multi_margin_loss_backward(dy, cache):
    """dy: () -> dinput: (N, K)"""
    violated, label, count, dtype = cache
    dinput = violated.astype(dtype)
    np.put_along_axis(dinput, label, -dinput.sum(axis=1, keepdims=True), axis=1)
    return dinput * (dy / count)


def binary_cross_entropy_with_logits(input, target, *, reduction="mean"):
    """-t·log σ(x) - (1 - t)·log(1 - σ(x)), x = input [torch's name].

    input: any shape, target: the same, float, in [0, 1] -> loss, cache
    """
    _check_same("binary_cross_entropy_with_logits", input, target, reduction)
    # the formula itself gives 0·log 0 = nan at x = 1000
    losses = np.maximum(input, 0) - input * target + np.log1p(np.exp(-np.abs(input)))
    count = _count(input.size, reduction, input)
    return _sum(losses) / count, (input, target, count)


def binary_cross_entropy_with_logits_backward(dy, cache):
    """dy: () -> dinput, like input"""
    input, target, count = cache
    return (sigmoid(input)[0] - target) * (dy / count)


# --- regression ---


def mse_loss(input, target, *, reduction="mean"):
    """(input - target)² [torch.nn.functional.mse_loss].

    input: any shape, target: the same, float -> loss, cache
    """
    _check_same("mse_loss", input, target, reduction)
    difference = input - target
    count = _count(input.size, reduction, input)
    return _sum(difference**2) / count, (difference, count)


def mse_loss_backward(dy, cache):
    """dy: () -> dinput, like input"""
    difference, count = cache
    return difference * (2 * dy / count)


# --- what they share ---


def _check_labels(caller, input, target, reduction, ignore_index=None):
    _layers.check_reduction(caller, reduction)
    _layers.check_dtypes(caller, input=input)
    _layers.check_labels(caller, input, target)
    labels = target if ignore_index is None else target[target != ignore_index]
    _layers.check_some(caller, labels.size, ignore_index)
    _layers.check_label_range(caller, labels.min(), labels.max(), input.shape[1])


def _check_same(caller, input, target, reduction):
    _layers.check_reduction(caller, reduction)
    _layers.check_dtypes(caller, input=input, target=target)
    _layers.check_same_shape(caller, input, target)


def _count(n, reduction, input):
    """What to divide the sum by, in the dtype of input."""
    return input.dtype.type(n if reduction == "mean" else 1)


def _sum(losses):
    return losses.sum(dtype=losses.dtype)


# --- layers ---


class _Loss(Module):
    """A loss and its options, without parameters: loss(input, target), then loss.backward()."""

    def __init__(self, pair, **options):
        super().__init__()
        self._pair, self._options = pair, options

    def forward(self, input, target):
        function, _ = self._pair
        y, self._cache = function(input, target, **self._options)
        return y

    def backward(self, dy=1.0):
        _, function = self._pair
        return function(dy, self._pop_cache())


class CrossEntropyLoss(_Loss):
    """`cross_entropy` as a layer [torch.nn.CrossEntropyLoss]."""

    def __init__(self, *, ignore_index=-100, reduction="mean"):
        pair = cross_entropy, cross_entropy_backward
        super().__init__(pair, ignore_index=ignore_index, reduction=reduction)


class MultiMarginLoss(_Loss):
    """`multi_margin_loss` as a layer [torch.nn.MultiMarginLoss]."""

    def __init__(self, *, margin=1.0, reduction="mean"):
        pair = multi_margin_loss, multi_margin_loss_backward
        super().__init__(pair, margin=margin, reduction=reduction)


class BCEWithLogitsLoss(_Loss):
    """`binary_cross_entropy_with_logits` as a layer [torch.nn.BCEWithLogitsLoss]."""

    def __init__(self, *, reduction="mean"):
        pair = binary_cross_entropy_with_logits, binary_cross_entropy_with_logits_backward
        super().__init__(pair, reduction=reduction)


class MSELoss(_Loss):
    """`mse_loss` as a layer [torch.nn.MSELoss]."""

    def __init__(self, *, reduction="mean"):
        super().__init__((mse_loss, mse_loss_backward), reduction=reduction)
