"""Optimisers: torch's own, which also take the state of their NumPy twins [torch.optim].

All options and formulas are torch's. params is an iterable of Parameters, or of dicts, each a group
{"params": [...], "lr": ..., ...} whose options replace the optimiser's own. maximize: climb.
"""

import numpy as np
import torch

from cs_lib._shared import optim as _optim

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop"]


class _Optimizer:
    """Before torch's class among the bases: the checks of the NumPy library, and its states."""

    def __init__(self, params, **options):
        _optim.check_options(type(self).__name__, options)
        if not isinstance(params, torch.Tensor):
            params = list(params)
            _optim.check_params(type(self).__name__, params)
        super().__init__(params, **options)

    def add_param_group(self, param_group):
        """Take in more parameters: {"params": [...]} and the options that are theirs."""
        group = {**param_group, "params": list(param_group["params"])}
        taken = [p for other in self.param_groups for p in other["params"]]
        _optim.check_group(type(self).__name__, group, self.defaults, taken)
        super().add_param_group(group)

    def load_state_dict(self, state_dict):
        """Take over a `state_dict`, of this class or of its NumPy twin."""
        saved = state_dict["param_groups"]
        _optim.check_saved_groups(
            f"{type(self).__name__}.load_state_dict", self.param_groups, saved
        )
        # NumPy's groups lack options of torch's that say how, not what, to compute
        groups = [{**own, **given} for own, given in zip(self.param_groups, saved, strict=True)]
        state = {
            number: {name: _tensor(name, value) for name, value in values.items()}
            for number, values in state_dict["state"].items()
        }
        super().load_state_dict({"state": state, "param_groups": groups})


def _tensor(name, value):
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    return torch.tensor(float(value)) if name == "step" else value


class SGD(_Optimizer, torch.optim.SGD):
    """Stochastic gradient descent, with momentum [Polyak 1964; Sutskever et al. 2013].

    g = dw + weight_decay · w
    v = momentum · v + (1 - dampening) · g, at first v = g
    w = w - lr · v, or with nesterov w - lr · (g + momentum · v)
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0,
        dampening=0,
        weight_decay=0,
        nesterov=False,
        *,
        maximize=False,
    ):
        super().__init__(
            params,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )


class Adagrad(_Optimizer, torch.optim.Adagrad):
    """A rate for each weight, which falls with its gradients so far [Duchi et al. 2011].

    g = dw + weight_decay · w, s = s + g²
    w = w - lr / (1 + steps before · lr_decay) · g / (√s + eps)
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        *,
        maximize=False,
    ):
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )


class RMSprop(_Optimizer, torch.optim.RMSprop):
    """Divide by a running root mean square of the gradient [Tieleman & Hinton 2012, lecture 6.5].

    g = dw + weight_decay · w, s = alpha · s + (1 - alpha) · g²
    centered: from s the square of a running mean of g is subtracted [Graves 2013]
    v = momentum · v + g / (√s + eps), w = w - lr · v
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        *,
        maximize=False,
    ):
        super().__init__(
            params,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )


class Adam(_Optimizer, torch.optim.Adam):
    """Running means of the gradient and of its square, both corrected [Kingma & Ba 2015, alg. 1].

    g = dw + weight_decay · w
    m = β₁ · m + (1 - β₁) · g, s = β₂ · s + (1 - β₂) · g², betas = (β₁, β₂)
    w = w - lr · m̂ / (√ŝ + eps), m̂ = m / (1 - β₁ᵗ), ŝ = s / (1 - β₂ᵗ), t: steps, from 1
    amsgrad: with the largest s so far [Reddi et al. 2018]
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        amsgrad=False,
        *,
        maximize=False,
    ):
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )


class AdamW(_Optimizer, torch.optim.AdamW):
    """Adam, with the decay of weights kept out of both means [Loshchilov & Hutter 2019, alg. 2].

    w = (1 - lr · weight_decay) · w, then as Adam with g = dw
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=1e-2,
        amsgrad=False,
        *,
        maximize=False,
    ):
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )
