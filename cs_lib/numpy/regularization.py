"""Penalties on large weights, added to the loss. Biases and the scales of norms are left free.

named_parameters: model.named_parameters(), or a dict, of names and Parameters or arrays. exclude:
shell patterns of the names to leave out. The default finds a norm by a name that has "bn" or "norm"
in it; in a Sequential, whose names are numbers, name its index: exclude=("*bias", "1.*").
"""

import numpy as np

from cs_lib._shared import regularization as _regularization

__all__ = ["l1_gradient", "l1_penalty", "l2_gradient", "l2_penalty"]

_FREE = ("*bias", "*bn*", "*norm*")


def l1_penalty(named_parameters, strength, *, exclude=_FREE):
    """strength · Σ |w| [Tibshirani 1996]: at its minimum many weights are 0 -> number"""
    weights = _weights("l1_penalty", named_parameters, strength, exclude)
    return strength * sum(np.abs(w).sum() for w in weights.values())


def l1_gradient(named_parameters, strength, *, exclude=_FREE):
    """The gradient of `l1_penalty`, strength · sign(w), 0 at w = 0 -> {name: as w}"""
    weights = _weights("l1_gradient", named_parameters, strength, exclude)
    return {name: strength * np.sign(w) for name, w in weights.items()}


def l2_penalty(named_parameters, strength, *, half=False, exclude=_FREE):
    """strength · Σ w², or with half=True half of it [Hoerl & Kennard 1970] -> number

    With half, its gradient is strength · w, which is what an optimiser's weight_decay adds.
    """
    weights = _weights("l2_penalty", named_parameters, strength, exclude)
    return strength * sum((w * w).sum() for w in weights.values()) / (2 if half else 1)


def l2_gradient(named_parameters, strength, *, half=False, exclude=_FREE):
    """The gradient of `l2_penalty`, 2 · strength · w, with half=True strength · w -> {name: as w}

    Add it to the gradients of the loss: parameter.add_grad(gradient[name]).
    """
    weights = _weights("l2_gradient", named_parameters, strength, exclude)
    return {name: (1 if half else 2) * strength * w for name, w in weights.items()}


def _weights(caller, named_parameters, strength, exclude):
    """{name: array} of those that the penalty is on"""
    _regularization.check_strength(caller, strength)
    pairs = _regularization.chosen(caller, named_parameters, exclude)
    return {name: p if isinstance(p, np.ndarray) else p.data for name, p in pairs}
