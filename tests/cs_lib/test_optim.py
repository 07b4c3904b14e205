"""Optimisers against torch's, step by step in float64, and the checks of what they are given."""

import importlib
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import lr_scheduler as np_lr_scheduler
from cs_lib.numpy import optim
from cs_lib.numpy.nn.module import Parameter
from cs_lib.torch import optim as torch_optim

SHAPES = [(3, 4), (3,), ()]
RNG = np.random.default_rng(5)
START = [RNG.standard_normal(shape) for shape in SHAPES]
GRADS = [[RNG.standard_normal(shape) for shape in SHAPES] for _ in range(7)]

OPTIONS = {
    "SGD": [
        {},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.2},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.2},
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
    ],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.3, "weight_decay": 0.2},
        {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-2, "maximize": True},
    ],
    "RMSprop": [
        {},
        {"lr": 0.1, "alpha": 0.7, "weight_decay": 0.2, "eps": 1e-2},
        {"lr": 0.1, "momentum": 0.9, "centered": True, "maximize": True},
    ],
    "Adam": [
        {},
        {"lr": 0.1, "betas": (0.7, 0.8), "weight_decay": 0.2, "eps": 1e-2},
        {"lr": 0.1, "amsgrad": True, "betas": (0.7, 0.8), "maximize": True},
    ],
    "AdamW": [
        {},
        {"lr": 0.1, "betas": (0.7, 0.8), "weight_decay": 0.2, "amsgrad": True},
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
    ],
}
CASES = [(name, options) for name, several in OPTIONS.items() for options in several]


def ours():
    return [Parameter(w.copy()) for w in START]


def theirs():
    return [torch.nn.Parameter(torch.tensor(w)) for w in START]


def step(optimizer, params, n):
    for parameter, grad in zip(params, GRADS[n], strict=True):
        is_torch = isinstance(parameter, torch.Tensor)
        parameter.grad = torch.tensor(grad) if is_torch else grad.copy()
    optimizer.step()


def assert_equal_data(params, want):
    for p, w in zip(params, want, strict=True):
        assert_allclose(p.data, w.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_seven_steps_are_torchs(name, options):
    params, want = ours(), theirs()
    optimizer = getattr(optim, name)(params, **options)
    oracle = getattr(torch.optim, name)(want, **options)
    for n in range(7):
        step(optimizer, params, n)
        step(oracle, want, n)
        assert_equal_data(params, want)
        for p, grad in zip(params, GRADS[n], strict=True):
            assert_array_equal(p.grad, grad)


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults_are_torchs(name):
    want = getattr(torch.optim, name)(theirs()).defaults
    got = getattr(optim, name)(ours()).defaults
    assert got == {option: want[option] for option in got}
    how_not_what = {"foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}
    assert set(want) - set(got) <= how_not_what


@pytest.mark.parametrize("name", OPTIONS)
def test_groups_keep_their_own_options(name):
    params, want = ours(), theirs()

    def groups(ps):
        return [{"params": iter(ps[:1]), "lr": 0.5}, {"params": ps[1:2], "weight_decay": 0.3}]

    optimizer = getattr(optim, name)(groups(params), lr=0.1)
    oracle = getattr(torch.optim, name)(groups(want), lr=0.1)
    for late in (optimizer, oracle):
        late.add_param_group({"params": (params if late is optimizer else want)[2:], "lr": 0.7})
    for n in range(5):
        step(optimizer, params, n)
        step(oracle, want, n)
    assert_equal_data(params, want)
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 0.1, 0.7]


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("way", ["numpy to torch", "torch to numpy", "numpy to numpy"])
def test_a_state_goes_on_in_either_library(name, options, way):
    first, last = way.split(" to ")
    make = {"numpy": (ours, optim), "torch": (theirs, torch_optim)}
    (start, module), (restart, other) = make[first], make[last]
    params = start()
    optimizer = getattr(module, name)(params, **options)
    for n in range(3):
        step(optimizer, params, n)
    copies = restart()
    for copy, p in zip(copies, params, strict=True):
        data = np.asarray(p.data).copy()
        copy.data = data if last == "numpy" else torch.tensor(data)
    resumed = getattr(other, name)(copies)
    resumed.load_state_dict(optimizer.state_dict())
    for n in range(3, 7):
        step(resumed, copies, n)
    uninterrupted = theirs()
    oracle = getattr(torch.optim, name)(uninterrupted, **options)
    for n in range(7):
        step(oracle, uninterrupted, n)
    for copy, w in zip(copies, uninterrupted, strict=True):
        got = copy.detach().numpy() if last == "torch" else copy.data
        assert_allclose(got, w.detach().numpy(), rtol=1e-10, atol=1e-12)


def test_a_state_dict_is_a_copy():
    params = ours()
    optimizer = optim.SGD(params, momentum=0.9)
    step(optimizer, params, 0)
    state = optimizer.state_dict()
    before = state["state"][0]["momentum_buffer"].copy()
    step(optimizer, params, 1)
    assert_array_equal(state["state"][0]["momentum_buffer"], before)


def test_a_parameter_without_gradient_stays_and_has_no_state():
    params = ours()
    optimizer = optim.Adam(params)
    params[1].grad = GRADS[0][1]
    optimizer.step()
    assert_array_equal(params[0].data, START[0])
    assert list(optimizer.state_dict()["state"]) == [1]


@pytest.mark.parametrize("name", OPTIONS)
def test_float32_stays_float32(name):
    parameter = Parameter(np.ones((3, 4), np.float32))
    optimizer = getattr(optim, name)([parameter], weight_decay=0.1)
    for _ in range(2):
        parameter.grad = np.ones((3, 4), np.float32)
        optimizer.step()
    assert parameter.data.dtype == np.float32
    arrays = [v for v in optimizer.state[parameter].values() if isinstance(v, np.ndarray)]
    assert all(a.dtype == np.float32 for a in arrays)


def test_zero_grad_forgets_or_zeroes():
    params = ours()
    optimizer = optim.SGD(params)
    step(optimizer, params, 0)
    optimizer.zero_grad(set_to_none=False)
    assert_array_equal(params[0].grad, np.zeros((3, 4)))
    optimizer.zero_grad()
    assert [p.grad for p in params] == [None] * 3


def test_step_returns_what_its_closure_does():
    parameter = Parameter(np.array([3.0]))

    def closure():
        parameter.grad = 2 * parameter.data
        return float(parameter.data[0] ** 2)

    assert optim.SGD([parameter], lr=0.25).step(closure) == 9
    assert_allclose(parameter.data, 1.5)


def test_momentum_on_a_parabola_by_hand():
    """w = 1, dw = w: v = 1, w = 0.5; then v = 0.5 + 0.5 = 1, w = 0."""
    parameter = Parameter(np.array([1.0]))
    optimizer = optim.SGD([parameter], lr=0.5, momentum=0.5)
    for want in (0.5, 0.0):
        parameter.grad = parameter.data.copy()
        optimizer.step()
        assert_allclose(parameter.data, want, atol=1e-15)


def test_the_first_step_of_adam_is_lr_whatever_the_gradient():
    parameter = Parameter(np.zeros(3))
    parameter.grad = np.array([1e-3, -1.0, 1e6])
    optim.Adam([parameter], lr=0.1).step()
    assert_allclose(parameter.data, [-0.1, 0.1, -0.1], rtol=1e-4)


P = {optim: ours, torch_optim: theirs}
MESSAGES = [
    (lambda o, p: o.SGD(p, lr=-0.1), "SGD: lr is -0.1; it must be at least 0"),
    (lambda o, p: o.Adam(p, lr=float("nan")), "Adam: lr is nan; it must be at least 0"),
    (lambda o, p: o.SGD(p, momentum=-1), "SGD: momentum is -1; it must be at least 0"),
    (
        lambda o, p: o.AdamW(p, weight_decay=-1),
        "AdamW: weight_decay is -1; it must be at least 0",
    ),
    (
        lambda o, p: o.Adam(p, betas=(0.9, 1.0)),
        "Adam: betas is (0.9, 1.0); both must be at least 0 and below 1",
    ),
    (
        lambda o, p: o.SGD(p, nesterov=True),
        "SGD: momentum is 0, dampening 0; nesterov needs a momentum above 0 and no dampening",
    ),
    (
        lambda o, p: o.RMSprop([{"params": p, "alpha": -1}]),
        "RMSprop: alpha is -1; it must be at least 0",
    ),
    (
        lambda o, p: o.SGD([]),
        "SGD: there are no parameters; was the generator used up before? Pass model.parameters()",
    ),
    (
        lambda o, p: o.SGD([{"params": p[:2]}, {"params": p[1:]}]),
        "SGD: a parameter is given twice; each may be in one group, once",
    ),
    (
        lambda o, p: o.SGD(p + p[:1]),
        "SGD: a parameter is given twice; each may be in one group, once",
    ),
    (
        lambda o, p: o.Adam(p).load_state_dict(o.Adam(p[:2]).state_dict()),
        "Adam.load_state_dict: the state has groups of [2] parameters, the optimiser of [3]; "
        "give the state_dict of one built like this one",
    ),
]


@pytest.mark.parametrize("module", [optim, torch_optim])
@pytest.mark.parametrize(("call", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, message, module):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(module, P[module]())


@pytest.mark.parametrize("module", [optim, torch_optim])
def test_an_option_that_is_none_is_named(module):
    with pytest.raises(ValueError, match=r"^SGD: a parameter group has 'learning_rate'"):
        module.SGD([{"params": P[module](), "learning_rate": 0.1}])


def test_what_is_no_parameter_or_has_a_wrong_gradient_is_refused():
    message = "SGD: got ndarray where a Parameter is expected; wrap the array: Parameter(array)"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        optim.SGD([np.ones(3)])
    parameter = Parameter(np.ones((3, 4)))
    parameter.grad = np.ones(4)
    message = "SGD.step: a parameter of shape (3, 4) has a gradient of shape (4,); both must agree"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        optim.SGD([parameter]).step()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_loaded_optimiser_knows_the_rate_from_which_a_schedule_began(library):
    o = optim if library == "numpy" else torch_optim
    s = importlib.import_module(f"cs_lib.{library}.lr_scheduler")
    first = o.SGD(ours() if library == "numpy" else theirs(), lr=0.8)
    schedule = s.ExponentialLR(first, 0.5)
    first.step()
    schedule.step()
    for other in (optim, torch_optim):  # the state goes to either library
        second = other.SGD(ours() if other is optim else theirs(), lr=0.1)
        second.load_state_dict(first.state_dict())
        assert second.param_groups[0]["initial_lr"] == 0.8
        assert second.param_groups[0]["lr"] == 0.4
        if other is optim:  # a schedule that is made now goes on from that rate, as in torch
            assert np_lr_scheduler.ExponentialLR(second, 0.5).base_lrs == [0.8]
