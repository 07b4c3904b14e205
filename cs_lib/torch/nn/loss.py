"""Losses: one number that says how far the scores of a batch are from what they should be.

reduction: "mean" or "sum" of the loss of each sample (cross_entropy: of each label; the last two:
of each entry).
"""

import torch
from torch.nn import functional as F

from cs_lib._shared import layers as _layers
from cs_lib.torch.nn.module import Module

__all__ = [
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "MSELoss",
    "MultiMarginLoss",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "mse_loss",
    "multi_margin_loss",
]

# --- classification ---


def cross_entropy(input, target, *, ignore_index=-100, reduction="mean"):
    """-log softmax(input)[target] [torch.nn.functional.cross_entropy].

    input: (N, K) or (N, K, ...) scores, target: (N,) or (N, ...) integers below K -> loss
    Labels equal to ignore_index do not count, but not all can be.
    A float target, like input, has a mass for each class, as smooth_labels, mixup and cutmix give
    it: the loss is then -sum of mass · log softmax(input) over the classes, the mean over the rest.
    ValueError for a label out of range or another shape, TypeError for labels that are no integers.
    """
    if _layers.are_masses(input, target):
        _check_same("cross_entropy", input, target, reduction)
    else:
        target = _check_labels("cross_entropy", input, target, reduction, ignore_index)
    return F.cross_entropy(input, target, ignore_index=ignore_index, reduction=reduction)


def multi_margin_loss(input, target, *, margin=1.0, reduction="mean"):
    """Hinge loss of K classes: the mean over K of max(0, margin + score - right score), wrong ones.

    input: (N, K) scores, target: (N,) integers below K -> loss
    [Weston & Watkins 1999; torch.nn.functional.multi_margin_loss]. Many texts leave out
    the division by K.
    """
    target = _check_labels("multi_margin_loss", input, target, reduction)
    _layers.check_rank("multi_margin_loss", input, 2, "(N, K)")
    return F.multi_margin_loss(input, target, margin=margin, reduction=reduction)


def binary_cross_entropy_with_logits(input, target, *, reduction="mean"):
    """-t·log σ(x) - (1 - t)·log(1 - σ(x)), x = input [torch's name].

    input: any shape, target: the same, float, in [0, 1] -> loss
    """
    _check_same("binary_cross_entropy_with_logits", input, target, reduction)
    return F.binary_cross_entropy_with_logits(input, target, reduction=reduction)


# --- regression ---


def mse_loss(input, target, *, reduction="mean"):
    """(input - target)² [torch.nn.functional.mse_loss].

    input: any shape, target: the same, float -> loss
    """
    _check_same("mse_loss", input, target, reduction)
    return F.mse_loss(input, target, reduction=reduction)


# --- what they share ---


def _check_labels(caller, input, target, reduction, ignore_index=None):
    _layers.check_reduction(caller, reduction)
    _layers.check_labels(caller, input, target)
    target = target.long()
    # on a GPU the values cannot be asked for without waiting for it: there torch's kernels check
    if target.device.type == "cpu" and not torch.compiler.is_compiling():
        labels = target if ignore_index is None else target[target != ignore_index]
        _layers.check_some(caller, labels.numel(), ignore_index)
        low, high = labels.aminmax()
        _layers.check_label_range(caller, low.item(), high.item(), input.shape[1])
    return target


def _check_same(caller, input, target, reduction):
    _layers.check_reduction(caller, reduction)
    _layers.check_same_shape(caller, input, target)


# --- layers ---


class CrossEntropyLoss(Module):
    """`cross_entropy` as a layer [torch.nn.CrossEntropyLoss]."""

    def __init__(self, *, ignore_index=-100, reduction="mean"):
        super().__init__()
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, input, target):
        return cross_entropy(
            input, target, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MultiMarginLoss(Module):
    """`multi_margin_loss` as a layer [torch.nn.MultiMarginLoss]."""

    def __init__(self, *, margin=1.0, reduction="mean"):
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, input, target):
        return multi_margin_loss(input, target, margin=self.margin, reduction=self.reduction)


class BCEWithLogitsLoss(Module):
    """`binary_cross_entropy_with_logits` as a layer [torch.nn.BCEWithLogitsLoss]."""

    def __init__(self, *, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, input, target):
        return binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class MSELoss(Module):
    """`mse_loss` as a layer [torch.nn.MSELoss]."""

    def __init__(self, *, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, input, target):
        return mse_loss(input, target, reduction=self.reduction)
