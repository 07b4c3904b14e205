"""Optimisers: what to do with a parameter once its gradient is known [torch.optim].

All options and formulas are torch's. params is an iterable of Parameters, or of dicts, each a group
{"params": [...], "lr": ..., ...} whose options replace the optimiser's own. maximize: climb.
"""

import numpy as np

from cs_lib._shared import optim as _optim

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "RMSprop"]


class _Optimizer:
    """What all optimisers share: groups of parameters, and a state for each parameter."""

    def __init__(self, params, defaults):
        self.defaults = defaults
        self.param_groups, self.state = [], {}
        caller = type(self).__name__
        _optim.check_options(caller, defaults)
        params = list(params)
        _optim.check_params(caller, params)
        groups = params if isinstance(params[0], dict) else [{"params": params}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Take in more parameters: {"params": [...]} and the options that are theirs."""
        caller = type(self).__name__
        group = {**param_group, "params": list(param_group["params"])}
        for parameter in group["params"]:
            if not (hasattr(parameter, "data") and hasattr(parameter, "grad")):
                raise TypeError(
                    f"{caller}: got {type(parameter).__name__} where a Parameter is expected; "
                    "wrap the array: Parameter(array)"
                )
        taken = [p for other in self.param_groups for p in other["params"]]
        _optim.check_group(caller, group, self.defaults, taken)
        self.param_groups.append({**self.defaults, **group})

    def zero_grad(self, set_to_none=True):
        """Forget all gradients, or with set_to_none=False set them to 0."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                elif parameter.grad is not None:
                    parameter.grad = np.zeros_like(parameter.grad)

    def step(self, closure=None):
        """Move each parameter that has a gradient, in place.

        closure: a function that computes the gradients and returns the loss, which step returns
        """
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if parameter.grad.shape != parameter.data.shape:  # NumPy would broadcast it
                    raise ValueError(
                        f"{type(self).__name__}.step: a parameter of shape {parameter.data.shape} "
                        f"has a gradient of shape {parameter.grad.shape}; both must agree"
                    )
                grad = -parameter.grad if group["maximize"] else parameter.grad
                self._update(parameter.data, grad, self.state.setdefault(parameter, {}), group)
        return loss

    def _update(self, w, dw, state, group):
        """Move w, an array, in place; dw: its gradient, not to be changed"""
        raise NotImplementedError

    def state_dict(self):
        """Copies of all states and options; parameters are numbered [torch's format]."""
        number, groups = {}, []
        for group in self.param_groups:
            for parameter in group["params"]:
                number[parameter] = len(number)
            groups.append({**group, "params": [number[p] for p in group["params"]]})
        state = {
            number[p]: {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in values.items()}
            for p, values in self.state.items()
            if values
        }
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Take over a `state_dict`, of this class or of its torch twin."""
        saved = state_dict["param_groups"]
        _optim.check_saved_groups(
            f"{type(self).__name__}.load_state_dict", self.param_groups, saved
        )
        self.state = {}
        for group, given in zip(self.param_groups, saved, strict=True):
            options = [*self.defaults, *_optim.OF_SCHEDULES]
            group.update({name: given[name] for name in options if name in given})
            for parameter, number in zip(group["params"], given["params"], strict=True):
                self.state[parameter] = {
                    name: int(value)
                    if name == "step"
                    else np.asarray(value).astype(parameter.data.dtype)
                    for name, value in state_dict["state"].get(number, {}).items()
                    if value is not None
                }


class SGD(_Optimizer):
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
        options = {"lr": lr, "momentum": momentum, "dampening": dampening}
        options |= {"weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize}
        super().__init__(params, options)

    def _update(self, w, dw, state, group):
        momentum = group["momentum"]
        if group["weight_decay"]:
            dw = dw + group["weight_decay"] * w
        if momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = np.array(dw)
            else:
                state["momentum_buffer"] *= momentum
                state["momentum_buffer"] += (1 - group["dampening"]) * dw
            velocity = state["momentum_buffer"]
            dw = dw + momentum * velocity if group["nesterov"] else velocity
        w -= group["lr"] * dw


class Adagrad(_Optimizer):
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
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        options |= {"initial_accumulator_value": initial_accumulator_value, "maximize": maximize}
        super().__init__(params, options)

    def _update(self, w, dw, state, group):
        if not state:
            state["step"] = 0
            state["sum"] = np.full_like(w, group["initial_accumulator_value"])
        state["step"] += 1
        if group["weight_decay"]:
            dw = dw + group["weight_decay"] * w
        state["sum"] += dw * dw
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        w -= lr * dw / (np.sqrt(state["sum"]) + group["eps"])


class RMSprop(_Optimizer):
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
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        options |= {"momentum": momentum, "centered": centered, "maximize": maximize}
        super().__init__(params, options)

    def _update(self, w, dw, state, group):
        alpha = group["alpha"]
        if not state:
            state["step"] = 0
            state["square_avg"] = np.zeros_like(w)
            if group["momentum"]:
                state["momentum_buffer"] = np.zeros_like(w)
            if group["centered"]:
                state["grad_avg"] = np.zeros_like(w)
        state["step"] += 1
        if group["weight_decay"]:
            dw = dw + group["weight_decay"] * w
        variance = _average(state["square_avg"], dw * dw, alpha)
        if group["centered"]:
            variance = variance - _average(state["grad_avg"], dw, alpha) ** 2
        change = dw / (np.sqrt(variance) + group["eps"])
        if group["momentum"]:
            state["momentum_buffer"] *= group["momentum"]
            state["momentum_buffer"] += change
            change = state["momentum_buffer"]
        w -= group["lr"] * change


class Adam(_Optimizer):
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
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, options | {"amsgrad": amsgrad, "maximize": maximize})

    def _update(self, w, dw, state, group):
        if group["weight_decay"]:
            dw = dw + group["weight_decay"] * w
        self._adam(w, dw, state, group)

    @staticmethod
    def _adam(w, dw, state, group):
        beta1, beta2 = group["betas"]
        if not state:
            state["step"] = 0
            state["exp_avg"], state["exp_avg_sq"] = np.zeros_like(w), np.zeros_like(w)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = np.zeros_like(w)
        state["step"] += 1
        mean = _average(state["exp_avg"], dw, beta1)
        square = _average(state["exp_avg_sq"], dw * dw, beta2)
        if group["amsgrad"]:
            square = np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"])
        # both start at 0, and would stay too small for about 1/(1 - β) steps
        root = np.sqrt(square) / (1 - beta2 ** state["step"]) ** 0.5 + group["eps"]
        w -= group["lr"] / (1 - beta1 ** state["step"]) * mean / root


class AdamW(Adam):
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
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def _update(self, w, dw, state, group):
        w *= 1 - group["lr"] * group["weight_decay"]
        self._adam(w, dw, state, group)


def _average(average, new, keep):
    """keep · average + (1 - keep) · new, in place"""
    average *= keep
    average += (1 - keep) * new
    return average
