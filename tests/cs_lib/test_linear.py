"""Linear layers against a loop, torch and finite differences."""

import itertools

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cs_lib.numpy import nn
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import functional as F

lib = in_both("nn.linear")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def y_of(result):
    """What f gives in both libraries: NumPy's pair gives a cache too."""
    return result[0] if isinstance(result, tuple) else result


def naive_linear(x, weight, bias):
    y = np.zeros((len(x), len(weight)))
    for n in range(len(x)):
        for k in range(len(weight)):
            y[n, k] = bias[k] + sum(x[n, d] * weight[k, d] for d in range(len(x[n])))
    return y


def test_it_is_its_loop(lib):
    x, weight, bias = normal(5, 4), normal(3, 4, seed=1), normal(3, seed=2)
    assert_allclose(y_of(lib.linear(x, weight, bias)), naive_linear(x, weight, bias), rtol=1e-13)


@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 6, 4), (2, 5, 6, 4), (0, 4), (1, 4)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_forward_and_backward_are_torchs_for_inputs_of_any_rank(shape, with_bias):
    x, weight = normal(*shape), normal(3, 4, seed=1)
    bias, dy = normal(3, seed=2) if with_bias else None, normal(*shape[:-1], 3, seed=3)
    y, cache = F.linear(x, weight, bias)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, weight, bias) if a is not None]
    want = torch.nn.functional.linear(*leaves)
    assert_allclose(y, want.detach().numpy(), rtol=1e-12, atol=1e-12, strict=True)
    want.backward(torch.tensor(dy))
    *grads, dbias = F.linear_backward(dy, cache)
    assert (dbias is None) == (not with_bias)
    for got, leaf in zip([*grads, *[dbias] * with_bias], leaves, strict=True):
        assert_allclose(got, leaf.grad.numpy(), rtol=1e-12, atol=1e-12, strict=True)


def test_backward_agrees_with_finite_differences():
    x, weight, bias, dy = normal(2, 3, 4), normal(5, 4), normal(5), normal(2, 3, 5, seed=3)
    _, cache = F.linear(x, weight, bias)
    grads = F.linear_backward(dy, cache)
    for array, grad in zip((x, weight, bias), grads, strict=True):
        gradcheck(lambda _: F.linear(x, weight, bias)[0], array, grad, dy)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(0, 5), st.integers(1, 6), st.integers(1, 6))
def test_it_is_linear_and_backward_is_its_adjoint(seed, n, d_in, d_out):
    rng = np.random.default_rng(seed)
    x, other, weight = (rng.standard_normal(s) for s in ((n, d_in), (n, d_in), (d_out, d_in)))
    dy = rng.standard_normal((n, d_out))
    y, cache = F.linear(x, weight)
    assert_allclose(
        F.linear(2 * x + other, weight)[0], 2 * y + F.linear(other, weight)[0], atol=1e-12
    )
    dx, dweight, _ = F.linear_backward(dy, cache)
    assert_allclose([(dx * x).sum(), (dweight * weight).sum()], (dy * y).sum(), atol=1e-11)


# --- layers ---


def test_a_linear_layer_starts_with_torchs_default_distribution():
    torch.manual_seed(0)
    ours, theirs = nn.Linear(30, 9000, rng=np.random.default_rng(0)), torch.nn.Linear(30, 9000)
    for name, value in ours.state_dict().items():
        want = theirs.state_dict()[name].numpy()
        assert value.shape == want.shape
        assert value.dtype == want.dtype
        assert stats.ks_2samp(value.ravel(), want.ravel()).pvalue > 0.01
        assert np.abs(value).max() <= 1 / np.sqrt(30)


def test_a_layer_draws_from_rng_and_from_nothing_else(lib):
    make = lib.module.Linear
    state = np.random.get_state()[1].copy(), torch.get_rng_state()
    weights = [
        np.asarray(make(4, 3, rng=rng).state_dict()["weight"])
        for rng in (np.random.default_rng(0), np.random.default_rng(0), np.random.default_rng(1))
    ]
    fresh = [np.asarray(make(4, 3).state_dict()["weight"]) for _ in range(2)]
    assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()
    assert (fresh[0] != fresh[1]).any()
    assert_array_equal(np.random.get_state()[1], state[0])
    assert torch.equal(torch.get_rng_state(), state[1])


def test_a_network_of_3_4_4_1_has_41_parameters():
    sizes = [3, 4, 4, 1]
    layers = [nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    assert sum(p.data.size for p in nn.Sequential(*layers).parameters()) == 41


def test_linear_layers_collapse_into_one():
    first, second = nn.Linear(5, 4).to(np.float64), nn.Linear(4, 3).to(np.float64)
    w1, b1, w2, b2 = (p.data for layer in (first, second) for p in layer.parameters())
    x = normal(7, 5)
    want, _ = F.linear(x, w2 @ w1, w2 @ b1 + b2)
    assert_allclose(nn.Sequential(first, second)(x), want, rtol=1e-12)


def test_flatten_keeps_the_order_of_channels_rows_and_columns():
    x = normal(2, 3, 4, 5)
    layer = nn.Flatten()
    y = layer(x)
    assert y.shape == (2, 60)
    assert y[1, 2 * 20 + 3 * 5 + 4] == x[1, 2, 3, 4]
    assert_array_equal(layer.backward(y), x)


# --- errors ---

ERRORS = {
    "images that are not flat": (
        ValueError,
        lambda lib: lib.linear(normal(5, 3, 4, 6), normal(2, 72)),
        "linear: x has shape (5, 3, 4, 6), weight expects (..., 72); "
        "flatten images to (N, C*H*W) first",
    ),
    "a weight of (D_in, D_out)": (
        ValueError,
        lambda lib: lib.linear(normal(5, 4), normal(4, 3)),
        "linear: x has shape (5, 4), weight expects (..., 3); flatten images to (N, C*H*W) first",
    ),
    "a weight of rank 1": (
        ValueError,
        lambda lib: lib.linear(normal(5, 4), normal(4)),
        "linear: weight has shape (4,); it must be (D_out, D_in)",
    ),
    "a bias for each input": (
        ValueError,
        lambda lib: lib.linear(normal(5, 4), normal(3, 4), normal(4)),
        "linear: bias has shape (4,); it must be (3,), one for each row of weight",
    ),
    "a number": (
        ValueError,
        lambda lib: lib.linear(np.array(3.0), normal(3, 4)),
        "linear: x has shape (), weight expects (..., 4); flatten images to (N, C*H*W) first",
    ),
}


@pytest.mark.parametrize(("error", "call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_what_does_not_fit_is_refused(lib, error, call, message):
    check_error(error, message, lambda: call(lib))


DTYPES = {
    "an input of float64 for a new layer": (
        lambda: nn.Linear(4, 3)(normal(5, 4)),
        "linear: x is float64, weight is float32; convert one of them "
        "(a whole layer with layer.to(dtype))",
    ),
    "images of uint8": (
        lambda: nn.Linear(4, 3)(np.zeros((5, 4), np.uint8)),
        "linear: x is uint8; convert it to float32 or float64",
    ),
    "a bias of another dtype": (
        lambda: F.linear(normal(5, 4), normal(3, 4), np.zeros(3, np.float32)),
        "linear: x is float64, bias is float32; convert one of them "
        "(a whole layer with layer.to(dtype))",
    ),
}


@pytest.mark.parametrize(("call", "message"), DTYPES.values(), ids=DTYPES.keys())
def test_dtypes_are_not_mixed(call, message):
    check_error(TypeError, message, call)
