"""Schedules: the learning rate as a function of the step [torch.optim.lr_scheduler].

A schedule sets the rate of each group of its optimiser when it is made, and again at each step():
once an epoch or once a batch, after the optimiser's. Each rate is a closed form of the first rate
and the number of steps t, where torch multiplies rate after rate.
"""

import math
from bisect import bisect_right

from cs_lib._shared import optim as _optim

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "SequentialLR",
    "StepLR",
]


class _Scheduler:
    def __init__(self, optimizer):
        self.optimizer = optimizer
        # under torch's name: a second schedule of the same optimiser starts from the same rates
        self.base_lrs = [g.setdefault("initial_lr", g["lr"]) for g in optimizer.param_groups]
        self.last_epoch = 0
        self._set_lr()

    def _lr(self, base_lr, t):
        """The rate after t steps of a group whose first rate is base_lr."""
        raise NotImplementedError

    def _set_lr(self):
        self._last_lr = [self._lr(base_lr, self.last_epoch) for base_lr in self.base_lrs]
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr

    def step(self):
        """Count one step more, and set the rates."""
        self.last_epoch += 1
        self._set_lr()

    def get_last_lr(self):
        """The rates now, one a group: list of float"""
        return list(self._last_lr)

    def state_dict(self):
        """How far the schedule is [a part of torch's]. Its options are not in it."""
        return {
            "base_lrs": list(self.base_lrs),
            "last_epoch": self.last_epoch,
            "_last_lr": self.get_last_lr(),
            "_step_count": self.last_epoch + 1,
            **self._state_of_parts(),
        }

    def _state_of_parts(self):
        return {}

    def load_state_dict(self, state_dict):
        """Go on where another schedule of the same options was, and set the optimiser's rates.

        torch's own leaves these as they are, for its optimiser's state to bring them.
        """
        parts = state_dict.get("_schedulers", [state_dict])  # torch's sequence has it there alone
        self.base_lrs = list(parts[0]["base_lrs"])
        self.last_epoch = state_dict["last_epoch"]
        self._set_lr()


class StepLR(_Scheduler):
    """lr = base · gamma^⌊t / step_size⌋"""

    def __init__(self, optimizer, step_size, gamma=0.1):
        _optim.check_at_least_1("StepLR", "step_size", step_size)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        return base_lr * self.gamma ** (t // self.step_size)


class MultiStepLR(_Scheduler):
    """lr = base · gamma^(how many of milestones are at most t)"""

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        return base_lr * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(_Scheduler):
    """lr = base · gamma^t"""

    def __init__(self, optimizer, gamma):
        self.gamma = gamma
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        return base_lr * self.gamma**t


class CosineAnnealingLR(_Scheduler):
    """Half a cosine from base down to eta_min in T_max steps [Loshchilov & Hutter 2017, eq. 5].

    lr = eta_min + (base - eta_min) · (1 + cos(π t / T_max)) / 2; after T_max it rises again
    """

    def __init__(self, optimizer, T_max, eta_min=0.0):
        _optim.check_at_least_1("CosineAnnealingLR", "T_max", T_max)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        return _cosine(base_lr, self.eta_min, t / self.T_max)


class LinearLR(_Scheduler):
    """A straight line: the warm-up of [Goyal et al. 2017, §2.2].

    lr = base · (a line from start_factor at t = 0 to end_factor at t = total_iters, then constant)
    """

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5):
        _optim.check_at_least_1("LinearLR", "total_iters", total_iters)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        share = min(t / self.total_iters, 1)
        return base_lr * (self.start_factor + (self.end_factor - self.start_factor) * share)


class OneCycleLR(_Scheduler):
    """Up to max_lr, then down to almost nothing, both by half a cosine [Smith & Topin 2018].

    From max_lr / div_factor in the share pct_start of total_steps up to max_lr, and down to
    max_lr / div_factor / final_div_factor at the last step. The optimiser's own lr is not used, and
    its momentum, unlike in torch by default, left alone. The first rate is set before any step(),
    so the last is that of step() number total_steps - 1. One more is let pass, as in torch, for a
    loop that calls step() after every batch; its rate is up again. ValueError for another.
    """

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps,
        *,
        pct_start=0.3,
        div_factor=25.0,
        final_div_factor=1e4,
    ):
        _optim.check_one_cycle("OneCycleLR", total_steps, pct_start)
        self.max_lr, self.total_steps = max_lr, total_steps
        self.first_lr = max_lr / div_factor
        self.final_lr = self.first_lr / final_div_factor
        self.peak = pct_start * total_steps - 1  # the step of max_lr
        for group in optimizer.param_groups:
            group["initial_lr"] = self.first_lr
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        if t > self.total_steps:
            raise ValueError(
                f"OneCycleLR: this is step {t} of total_steps {self.total_steps}; "
                "give the number of all batches of all epochs"
            )
        if t <= self.peak:
            return _cosine(self.first_lr, self.max_lr, t / self.peak)
        fall = self.total_steps - 1 - self.peak
        return _cosine(self.max_lr, self.final_lr, (t - self.peak) / fall)


class SequentialLR(_Scheduler):
    """One schedule after another, such as a warm-up and a fall.

    schedulers: of the same optimiser; milestones: the steps at which the next one takes over, from
    its own t = 0. All start from the optimiser's first rate.
    """

    def __init__(self, optimizer, schedulers, milestones):
        _optim.check_sequence("SequentialLR", optimizer, schedulers, milestones)
        self._schedulers, self._milestones = schedulers, [0, *milestones]
        super().__init__(optimizer)

    def _lr(self, base_lr, t):
        now = bisect_right(self._milestones, t) - 1
        return self._schedulers[now]._lr(base_lr, t - self._milestones[now])

    def _state_of_parts(self):
        states = []
        ends = [*self._milestones[1:], math.inf]
        for scheduler, start, end in zip(self._schedulers, self._milestones, ends, strict=True):
            t = max(0, min(self.last_epoch, end - 1) - start)
            states.append({**scheduler.state_dict(), "last_epoch": t})
        return {"_schedulers": states}


def _cosine(start, end, share):
    """From start at share 0 to end at share 1, flat at both."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
