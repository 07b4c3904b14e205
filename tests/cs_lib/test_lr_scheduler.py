"""Schedules against torch's over many steps, by hand at a few, and across libraries."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from cs_lib.numpy import lr_scheduler, optim
from cs_lib.numpy.nn.module import Parameter
from cs_lib.torch import lr_scheduler as torch_lr_scheduler
from cs_lib.torch import optim as torch_optim

STEPS = 12
ORACLE = torch.optim.lr_scheduler

# name: how torch's own class is called, and ours if it differs
CASES = {
    "StepLR": lambda s, o: s.StepLR(o, 3, gamma=0.5),
    "StepLR of 1": lambda s, o: s.StepLR(o, 1),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [7, 2, 5, 5], gamma=0.3),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.8),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, STEPS, eta_min=0.01),
    "CosineAnnealingLR that rises again": lambda s, o: s.CosineAnnealingLR(o, 5),
    "LinearLR": lambda s, o: s.LinearLR(o, start_factor=0.1, end_factor=0.7, total_iters=4),
    "LinearLR, default": lambda s, o: s.LinearLR(o),
    "OneCycleLR": lambda s, o: s.OneCycleLR(
        o, 3.0, STEPS, **({"cycle_momentum": False} if s is ORACLE else {})
    ),
    "OneCycleLR, other": lambda s, o: s.OneCycleLR(
        o,
        3.0,
        STEPS + 5,
        pct_start=0.6,
        div_factor=10.0,
        final_div_factor=100.0,
        **({"cycle_momentum": False} if s is ORACLE else {}),
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o,
        [s.LinearLR(o, 0.25, 1.0, 3), s.StepLR(o, 2), s.CosineAnnealingLR(o, 6)],
        [3, 8],
    ),
}
LIBRARIES = {
    "numpy": (lr_scheduler, optim, lambda: Parameter(np.ones(2))),
    "torch": (torch_lr_scheduler, torch_optim, lambda: torch.nn.Parameter(torch.ones(2))),
    "oracle": (ORACLE, torch.optim, lambda: torch.nn.Parameter(torch.ones(2))),
}


def make(case, library):
    schedulers, optimisers, parameter = LIBRARIES[library]
    groups = [{"params": [parameter()]}, {"params": [parameter()], "lr": 2.0}]
    optimizer = optimisers.SGD(groups, lr=0.5, momentum=0.9)
    return optimizer, CASES[case](schedulers, optimizer)


def rates(optimizer, scheduler, steps):
    """(steps, 2): what the optimiser steps with, which the scheduler must also say"""
    result = []
    for _ in range(steps):
        result.append([group["lr"] for group in optimizer.param_groups])
        assert scheduler.get_last_lr() == result[-1]
        optimizer.step()
        scheduler.step()
    return np.array(result)


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("case", CASES)
def test_rates_are_torchs(case, library):
    got = rates(*make(case, library), STEPS)
    assert_allclose(got, rates(*make(case, "oracle"), STEPS), rtol=1e-10, atol=1e-14)
    assert len(set(got[:, 1])) > 1


BY_HAND = [
    ("StepLR", {0: 0.5, 2: 0.5, 3: 0.25, 6: 0.125}),
    ("MultiStepLR", {1: 0.5, 2: 0.15, 5: 0.5 * 0.3**3, 7: 0.5 * 0.3**4}),
    ("ExponentialLR", {0: 0.5, 2: 0.32}),
    ("CosineAnnealingLR", {0: 0.5, 6: 0.255}),
    ("LinearLR", {0: 0.05, 2: 0.2, 4: 0.35, 11: 0.35}),
    ("OneCycleLR", {0: 0.12, 11: 0.12e-4}),
    ("SequentialLR", {0: 0.125, 2: 0.375, 3: 0.5, 5: 0.05, 8: 0.5, 11: 0.25}),
]


@pytest.mark.parametrize(("case", "want"), BY_HAND)
def test_rates_at_a_few_steps_by_hand(case, want):
    got = rates(*make(case, "numpy"), STEPS)[:, 0]
    assert_allclose(got[list(want)], list(want.values()), rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", ["numpy to torch", "torch to numpy", "numpy to numpy"])
@pytest.mark.parametrize("before", [1, 4, 9])
def test_a_state_goes_on_in_either_library(case, way, before):
    first, last = way.split(" to ")
    optimizer, scheduler = make(case, first)
    rates(optimizer, scheduler, before)
    resumed_optimizer, resumed = make(case, last)
    resumed_optimizer.step()
    resumed.load_state_dict(scheduler.state_dict())
    got = rates(resumed_optimizer, resumed, STEPS - before)
    assert_allclose(got, rates(*make(case, "oracle"), STEPS)[before:], rtol=1e-10, atol=1e-14)


def test_a_step_past_the_cycle_is_refused():
    optimizer, scheduler = make("OneCycleLR", "numpy")
    rates(optimizer, scheduler, STEPS)
    message = (
        "OneCycleLR: this is step 13 of total_steps 12; "
        "give the number of all batches of all epochs"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        scheduler.step()


MESSAGES = [
    (lambda s, o: s.StepLR(o, 0), "StepLR: step_size is 0; it must be at least 1"),
    (
        lambda s, o: s.CosineAnnealingLR(o, -2),
        "CosineAnnealingLR: T_max is -2; it must be at least 1",
    ),
    (
        lambda s, o: s.LinearLR(o, total_iters=0),
        "LinearLR: total_iters is 0; it must be at least 1",
    ),
    (
        lambda s, o: s.OneCycleLR(o, 1.0, 3, pct_start=0.3),
        "OneCycleLR: total_steps is 3, pct_start 0.3; pct_start * total_steps, "
        "the length of the rise, must be above 1 and below total_steps",
    ),
    (
        lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]),
        "SequentialLR: there are 1 schedulers and 1 milestones; "
        "milestones are the steps between schedulers, one less",
    ),
    (
        lambda s, o: s.SequentialLR(o, [s.StepLR(o, n) for n in (1, 2, 3)], [5, 4]),
        "SequentialLR: milestones is [5, 4]; they must rise, from 1",
    ),
]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, message, library):
    schedulers, optimisers, parameter = LIBRARIES[library]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(schedulers, optimisers.SGD([parameter()]))


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_scheduler_of_another_optimiser_is_refused(library):
    schedulers, optimisers, parameter = LIBRARIES[library]
    one, other = (optimisers.SGD([parameter()]) for _ in range(2))
    message = "SequentialLR: a scheduler belongs to another optimizer; all must share one"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        schedulers.SequentialLR(one, [schedulers.StepLR(one, 1), schedulers.StepLR(other, 1)], [2])
