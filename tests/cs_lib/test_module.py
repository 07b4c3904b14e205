"""Modules: what they register, save, load and convert, as torch's do."""

import copy
from collections import OrderedDict

import numpy as np
import pytest
import torch
from both_libraries import check_error
from numpy.testing import assert_allclose, assert_array_equal

import cs_lib.numpy.nn as np_nn
import cs_lib.torch.nn as torch_nn


@pytest.fixture(params=[np_nn, torch_nn], ids=["numpy", "torch"])
def nn(request):
    return request.param


def rng():
    return np.random.default_rng(0)


def array(nn, *shape):
    x = rng().standard_normal(shape)
    return x if nn is np_nn else torch.tensor(x)


def network(nn, seed=0):
    """A module written by hand, with everything that can be registered, some of it twice."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            draw = np.random.default_rng(seed)
            self.register_buffer("mean", array(nn, 4))
            self.hidden = nn.Sequential(nn.Linear(4, 3, rng=draw), nn.ReLU())
            self.scale = nn.Parameter(array(nn, 3))
            self.register_buffer("steps", array(nn, 2) > 0)
            self.register_buffer("none", None)
            self.out = nn.Linear(3, 2, bias=False, rng=draw)
            self.same_out = self.out
            self.name = "not registered"

        def forward(self, x):
            return self.out(self.scale * self.hidden(x - self.mean))

    return Network()


PARAMETERS = ["scale", "hidden.0.weight", "hidden.0.bias", "out.weight"]
STATE = ["scale", "mean", "steps", "hidden.0.weight", "hidden.0.bias", "out.weight"]
STATE += ["same_out.weight"]


def test_what_is_assigned_is_registered_in_torchs_order(nn):
    module = network(nn)
    assert [name for name, _ in module.named_parameters()] == PARAMETERS
    assert [id(p) for p in module.parameters()] == [id(p) for _, p in module.named_parameters()]
    assert [name for name, _ in module.named_buffers()] == ["mean", "steps"]
    assert list(module.state_dict()) == STATE
    names = [type(m).__name__ for m in module.modules()]
    assert names == ["Network", "Sequential", "Linear", "ReLU", "Linear"]


def test_a_parameter_or_buffer_that_is_set_to_none_is_gone(nn):
    module = nn.Linear(4, 3)
    module.bias = None
    module.register_buffer("mean", array(nn, 4))
    module.mean = None
    assert list(module.state_dict()) == ["weight"]
    assert [name for name, _ in module.named_parameters()] == ["weight"]
    assert list(module.named_buffers()) == []


def test_a_buffer_may_be_assigned_anew(nn):
    module = network(nn)
    module.mean = module.mean + 1
    assert_allclose(np.asarray(module.state_dict()["mean"]), rng().standard_normal(4) + 1)


def test_train_and_eval_reach_every_module(nn):
    module = network(nn)
    assert all(m.training for m in module.modules())
    assert module.eval() is module
    assert not any(m.training for m in module.modules())
    assert module.train() is module
    assert all(m.training for m in module.modules())
    module.train(False)
    assert not any(m.training for m in module.modules())


# --- saving and loading ---


def test_a_state_dict_is_a_copy_and_so_is_what_was_loaded():
    module, other = network(np_nn, seed=0), network(np_nn, seed=1)
    state = module.state_dict()
    weight = module.out.weight.data.copy()
    other.load_state_dict(state)
    for value in state.values():
        value[...] = 0
    assert_array_equal(module.out.weight.data, weight)
    assert_array_equal(other.out.weight.data, weight)
    assert other.same_out.weight is other.out.weight


def test_states_cross_over_from_each_library_to_the_other_and_from_torchs_own_layers():
    ours, mirror = network(np_nn, seed=0), network(torch_nn, seed=1)
    mirror.load_state_dict(ours.state_dict())
    x = rng().standard_normal((5, 4))
    ours.to(np.float64)
    want = mirror.double()(torch.tensor(x)).detach().numpy()
    layer = np_nn.Linear(4, 3)
    theirs = torch.nn.Linear(4, 3)
    layer.load_state_dict(theirs.state_dict())
    assert_array_equal(layer.weight.data, theirs.weight.detach().numpy())
    ours.out.weight.data += 1
    ours.load_state_dict(mirror.state_dict())
    hidden = np.maximum(
        (x - ours.mean) @ ours.hidden[0].weight.data.T + ours.hidden[0].bias.data, 0
    )
    assert_allclose((ours.scale.data * hidden) @ ours.out.weight.data.T, want, rtol=1e-12)


def test_what_is_loaded_takes_the_modules_dtype(nn):
    module = nn.Linear(4, 3)
    state = {"weight": np.ones((3, 4)), "bias": np.zeros(3)}
    module.load_state_dict(state)
    assert [str(v.dtype)[-7:] for v in module.state_dict().values()] == ["float32", "float32"]


def test_a_state_dict_that_does_not_fit_is_refused_whole(nn):
    module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    before = copy.deepcopy(module.state_dict())
    state = module.state_dict() | {"2.weight": np.zeros((2, 4)), "2.scale": np.zeros(2)}
    del state["2.bias"]
    state["0.weight"] = np.zeros((3, 4))
    check_error(
        ValueError,
        "Sequential.load_state_dict: 2.bias is missing, 2.scale is unexpected, "
        "2.weight has shape (2, 4), not (2, 3); "
        "give the state_dict of a module built like this one",
        lambda: module.load_state_dict(state),
    )
    for name, value in module.state_dict().items():
        assert_array_equal(np.asarray(value), np.asarray(before[name]))


def test_in_torch_a_state_dict_may_be_loaded_in_part_as_torch_does():
    module = torch_nn.Linear(4, 3)
    report = module.load_state_dict({"weight": np.ones((3, 4))}, strict=False)
    assert report.missing_keys == ["bias"]
    assert (module.weight == 1).all()


# --- gradients ---


def test_gradients_add_up_until_they_are_zeroed():
    layer = np_nn.Linear(4, 3, rng=rng()).to(np.float64)
    x, dy = rng().standard_normal((5, 4)), rng().standard_normal((5, 3))
    for calls in (1, 2, 3):
        layer(x)
        layer.backward(dy)
        assert_allclose(layer.weight.grad, calls * dy.T @ x, rtol=1e-13)
        assert_allclose(layer.bias.grad, calls * dy.sum(axis=0), rtol=1e-13)
    layer.zero_grad()
    assert layer.weight.grad is None
    assert layer.bias.grad is None


def test_a_layer_used_twice_is_refused_rather_than_given_a_wrong_gradient():
    relu = np_nn.ReLU()
    module = np_nn.Sequential(relu, np_nn.Linear(4, 4), relu)
    y = module(rng().standard_normal((5, 4)).astype(np.float32))
    with pytest.raises(RuntimeError, match=r"ReLU\.backward: call forward first"):
        module.backward(y)


def test_shared_parameters_get_the_sum_of_both_gradients():
    first, second = (np_nn.Linear(4, 4, bias=False, rng=rng()).to(np.float64) for _ in range(2))
    second.weight = first.weight
    module = np_nn.Sequential(first, second)
    mirror = torch.tensor(first.weight.data, requires_grad=True)
    x = rng().standard_normal((5, 4))
    (torch.tensor(x) @ mirror.T @ mirror.T).sum().backward()
    module(x)
    module.backward(np.ones((5, 4)))
    assert_allclose(first.weight.grad, mirror.grad.numpy(), rtol=1e-12)
    assert len(list(module.parameters())) == 1


def test_a_gradient_belongs_to_its_parameter_alone():
    parameter, grad = np_nn.Parameter(np.zeros(3)), np.ones(3)
    parameter.add_grad(grad)
    first = parameter.grad
    parameter.add_grad(grad)
    grad += 1
    assert_array_equal(first, [1, 1, 1])
    assert_array_equal(parameter.grad, [2, 2, 2])


@pytest.mark.parametrize("dtype", [np.float64, np.dtype("float32"), np.dtype(np.float64)])
def test_both_libraries_convert_to_dtypes_of_numpy(nn, dtype):
    module = network(nn)
    assert module.to(dtype) is module
    dtypes = {name: np.asarray(v).dtype for name, v in module.state_dict().items()}
    assert dtypes.pop("steps").kind == "b"
    assert set(dtypes.values()) == {np.dtype(dtype)}


def test_to_converts_parameters_gradients_and_float_buffers():
    module = network(np_nn)
    module.out(np.ones((5, 3), np.float32))
    module.out.backward(np.ones((5, 2), np.float32))
    assert module.to(np.float32) is module
    assert {p.data.dtype for p in module.parameters()} == {np.dtype(np.float32)}
    assert (module.mean.dtype, module.steps.dtype) == (np.float32, bool)
    module.to(np.float64)
    assert {p.data.dtype for p in module.parameters()} == {np.dtype(np.float64)}
    assert module.out.weight.grad.dtype == np.float64
    assert module.same_out.weight is module.out.weight
    assert (module.mean.dtype, module.steps.dtype) == (np.float64, bool)


# --- containers ---


def test_a_sequential_is_a_sequence(nn):
    layers = [nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)]
    module = nn.Sequential(*layers)
    assert len(module) == 3
    assert list(module) == layers
    assert module[1] is layers[1]
    assert module[-1] is layers[2]
    assert list(module[1:]) == layers[1:]
    assert list(module[1:].state_dict()) == ["2.weight", "2.bias"]
    assert list(module.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_the_modules_of_a_sequential_may_have_names(nn):
    module = nn.Sequential(OrderedDict(hidden=nn.Linear(4, 3), out=nn.Linear(3, 2, bias=False)))
    assert list(module.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight"]
    assert module.out is module[1]


# --- errors ---


def unfinished():
    class Unfinished(np_nn.Module):
        pass

    return Unfinished()


def overwritten():
    np_nn.Linear(4, 3).weight = np.zeros((3, 4))


ERRORS = {
    "no forward": (
        NotImplementedError,
        lambda: unfinished()(np.zeros(3)),
        "Unfinished: define forward(x) -> y",
    ),
    "no backward": (
        NotImplementedError,
        lambda: unfinished().backward(np.zeros(3)),
        "Unfinished: define backward(dy) -> dx",
    ),
    "backward without forward": (
        RuntimeError,
        lambda: np_nn.Linear(4, 3).backward(np.zeros((5, 3))),
        "Linear.backward: call forward first; each backward needs its own forward",
    ),
    "an array in place of a parameter": (
        TypeError,
        overwritten,
        "Linear: weight is a Parameter, not to be replaced by ndarray; assign to weight.data",
    ),
    "a parameter of integers": (
        TypeError,
        lambda: np_nn.Parameter([1, 2]),
        "Parameter: data is int64; convert it to float32 or float64",
    ),
    "a gradient that does not fit": (
        ValueError,
        lambda: np_nn.Parameter(np.zeros((3, 4))).add_grad(np.zeros((1, 4))),
        "Parameter: the gradient has shape (1, 4), data (3, 4); both must agree",
    ),
}


@pytest.mark.parametrize(("error", "call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_wrong_use_is_refused(error, call, message):
    check_error(error, message, call)
