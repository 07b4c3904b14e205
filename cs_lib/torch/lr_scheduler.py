"""Schedules: torch's own, which also take the state of their NumPy twins.

A schedule sets the rate of each group of its optimiser when it is made, and again at each step():
once an epoch or once a batch, after the optimiser's.
"""

from torch.optim import lr_scheduler

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
    """Before torch's class among the bases: load_state_dict leaves no old rate behind."""

    def load_state_dict(self, state_dict):
        """Go on where another schedule of the same options was, and set the optimiser's rates.

        torch's own leaves these as they are, for its optimiser's state to bring them.
        """
        super().load_state_dict(state_dict)
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr  # from which torch computes the next


class StepLR(_Scheduler, lr_scheduler.StepLR):
    """lr = base · gamma^⌊t / step_size⌋"""

    def __init__(self, optimizer, step_size, gamma=0.1):
        _optim.check_at_least_1("StepLR", "step_size", step_size)
        super().__init__(optimizer, step_size, gamma)


class MultiStepLR(_Scheduler, lr_scheduler.MultiStepLR):
    """lr = base · gamma^(how many of milestones are at most t)"""

    def __init__(self, optimizer, milestones, gamma=0.1):
        super().__init__(optimizer, milestones, gamma)


class ExponentialLR(_Scheduler, lr_scheduler.ExponentialLR):
    """lr = base · gamma^t"""

    def __init__(self, optimizer, gamma):
        super().__init__(optimizer, gamma)


class CosineAnnealingLR(_Scheduler, lr_scheduler.CosineAnnealingLR):
    """Half a cosine from base down to eta_min in T_max steps [Loshchilov & Hutter 2017, eq. 5].

    lr = eta_min + (base - eta_min) · (1 + cos(π t / T_max)) / 2; after T_max it rises again
    """

    def __init__(self, optimizer, T_max, eta_min=0.0):
        _optim.check_at_least_1("CosineAnnealingLR", "T_max", T_max)
        super().__init__(optimizer, T_max, eta_min)


class LinearLR(_Scheduler, lr_scheduler.LinearLR):
    """A straight line: the warm-up of [Goyal et al. 2017, §2.2].

    lr = base · (a line from start_factor at t = 0 to end_factor at t = total_iters, then constant)
    """

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5):
        _optim.check_at_least_1("LinearLR", "total_iters", total_iters)
        super().__init__(optimizer, start_factor, end_factor, total_iters)


class OneCycleLR(_Scheduler, lr_scheduler.OneCycleLR):
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
        super().__init__(
            optimizer,
            max_lr,
            total_steps,
            pct_start=pct_start,
            div_factor=div_factor,
            final_div_factor=final_div_factor,
            cycle_momentum=False,
        )


class SequentialLR(_Scheduler, lr_scheduler.SequentialLR):
    """One schedule after another, such as a warm-up and a fall.

    schedulers: of the same optimiser; milestones: the steps at which the next one takes over, from
    its own t = 0. All start from the optimiser's first rate.
    """

    def __init__(self, optimizer, schedulers, milestones):
        _optim.check_sequence("SequentialLR", optimizer, schedulers, milestones)
        super().__init__(optimizer, schedulers, milestones)
