"""Penalties on large weights, added to the loss. Biases and the scales of norms are left free.

named_parameters: model.named_parameters(), or a dict, of names and tensors. exclude: shell patterns
of the names to leave out. The default finds a norm by a name that has "bn" or "norm" in it; in a
Sequential, whose names are numbers, name its index: exclude=("*bias", "1.*").
"""

from cs_lib._shared import regularization as _regularization

__all__ = ["l1_penalty", "l2_penalty"]

_FREE = ("*bias", "*bn*", "*norm*")


def l1_penalty(named_parameters, strength, *, exclude=_FREE):
    """strength · Σ |w| [Tibshirani 1996]: at its minimum many weights are 0 -> ()"""
    weights = _weights("l1_penalty", named_parameters, strength, exclude)
    return strength * sum(w.abs().sum() for w in weights)


def l2_penalty(named_parameters, strength, *, half=False, exclude=_FREE):
    """strength · Σ w², or with half=True half of it [Hoerl & Kennard 1970] -> ()

    With half, its gradient is strength · w, which is what an optimiser's weight_decay adds.
    """
    weights = _weights("l2_penalty", named_parameters, strength, exclude)
    return strength * sum((w * w).sum() for w in weights) / (2 if half else 1)


def _weights(caller, named_parameters, strength, exclude):
    """The tensors that the penalty is on"""
    _regularization.check_strength(caller, strength)
    return [w for _, w in _regularization.chosen(caller, named_parameters, exclude)]
