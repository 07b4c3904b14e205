"""Activations against closed forms, torch and finite differences, up to inputs of ±1000."""

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import functional as F

lib = in_both("nn.activation")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def y_of(result):
    """What f gives in both libraries: NumPy's pair gives a cache too."""
    return result[0] if isinstance(result, tuple) else result


def naive_softmax(x):
    return np.stack([np.exp(row) / np.exp(row).sum() for row in x])


def naive_maxout(x, pieces):
    n, channels = x.shape[:2]
    return np.stack(
        [
            np.stack([x[i, c : c + pieces].max(axis=0) for c in range(0, channels, pieces)])
            for i in range(n)
        ]
    )


# name: arguments after x, options, the formula at inputs near 0, torch's own function
SLOPES = np.array([0.3, -0.2, 1.4, 0, 2, 0.1])
TORCH = torch.nn.functional
ROWS = {
    "sigmoid": ((), {}, lambda x: 1 / (1 + np.exp(-x)), TORCH.sigmoid),
    "tanh": (
        (),
        {},
        lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        TORCH.tanh,
    ),
    "relu": ((), {}, lambda x: np.where(x > 0, x, 0), TORCH.relu),
    "leaky_relu": ((), {}, lambda x: np.where(x > 0, x, 0.01 * x), TORCH.leaky_relu),
    "leaky_relu, steeper than 1": (
        (),
        {"negative_slope": 1.5},
        lambda x: np.where(x > 0, x, 1.5 * x),
        TORCH.leaky_relu,
    ),
    "prelu": (
        (SLOPES,),
        {},
        lambda x: np.where(x > 0, x, SLOPES[:, None, None] * x),
        TORCH.prelu,
    ),
    "prelu, one slope": (
        (SLOPES[:1],),
        {},
        lambda x: np.where(x > 0, x, 0.3 * x),
        TORCH.prelu,
    ),
    "elu": ((), {}, lambda x: np.where(x > 0, x, np.exp(x) - 1), TORCH.elu),
    "elu, alpha": (
        (),
        {"alpha": 1.7},
        lambda x: np.where(x > 0, x, 1.7 * (np.exp(x) - 1)),
        TORCH.elu,
    ),
    "softmax": (
        (),
        {},
        lambda x: np.exp(x) / np.exp(x).sum(1)[:, None],
        lambda x: TORCH.softmax(x, 1),
    ),
    "softmax, rows": (
        (),
        {"dim": 3},
        lambda x: np.exp(x) / np.exp(x).sum(3)[..., None],
        TORCH.softmax,
    ),
    "log_softmax": (
        (),
        {},
        lambda x: x - np.log(np.exp(x).sum(1)[:, None]),
        lambda x: TORCH.log_softmax(x, 1),
    ),
    "maxout": (
        (),
        {"pieces": 3},
        lambda x: naive_maxout(x, 3),
        lambda x, pieces: torch.nn.functional.max_pool3d(
            x[:, None], (pieces, 1, 1), (pieces, 1, 1)
        )[:, 0],
    ),
}
CASES = pytest.mark.parametrize(
    ("name", "arguments", "options", "formula", "theirs"),
    [(name.split(",")[0], *row) for name, row in ROWS.items()],
    ids=ROWS,
)
X = normal(5, 6, 3, 4)


@CASES
def test_values_are_the_formulas(lib, name, arguments, options, formula, theirs):
    before = X.copy()
    got = y_of(getattr(lib, name)(X, *arguments, **options))
    assert_allclose(got, formula(X), rtol=1e-12, atol=1e-15, strict=True)
    assert_array_equal(X, before)


@CASES
@pytest.mark.parametrize("scale", [1, 1000])
def test_values_and_gradients_are_torchs(name, arguments, options, formula, theirs, scale):
    x = X * scale
    x[0, 0, 0] = [0, -0.0, 1000, -1000]
    y, cache = getattr(F, name)(x, *arguments, **options)
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, *arguments)]
    want = theirs(*leaves, **options)
    assert_allclose(y, want.detach().numpy(), rtol=1e-13, atol=1e-15, strict=True)
    dy = normal(*y.shape, seed=1)
    want.backward(torch.tensor(dy))
    grads = getattr(F, f"{name}_backward")(dy, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    for got, leaf in zip(grads, leaves, strict=True):
        assert np.isfinite(got).all()
        assert_allclose(got, leaf.grad.numpy(), rtol=1e-10, atol=1e-13, strict=True)


@CASES
def test_gradients_agree_with_finite_differences(name, arguments, options, formula, theirs):
    x, arguments = normal(2, 6, 2, 3, seed=3), [a.copy() for a in arguments]
    y, cache = getattr(F, name)(x, *arguments, **options)
    dy = normal(*y.shape, seed=4)
    grads = getattr(F, f"{name}_backward")(dy, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    for array, grad in zip((x, *arguments), grads, strict=True):
        gradcheck(lambda _: getattr(F, name)(x, *arguments, **options)[0], array, grad, dy)


# --- facts ---


def test_at_a_threshold_a_unit_fires(lib):
    x = np.array([-1000, -1e-9, -0.0, 0, 1e-9, 1000])
    assert_array_equal(lib.step(x), [0.0, 0, 1, 1, 1, 1], strict=True)


def test_the_derivative_of_relu_at_0_is_0_and_of_leaky_relu_its_slope():
    zero = np.zeros(3)
    for function, want in (("relu", 0), ("leaky_relu", 0.01), ("elu", 1)):
        _, cache = getattr(F, function)(zero)
        assert_array_equal(getattr(F, f"{function}_backward")(np.ones(3), cache), [want] * 3)


LIMITS = {
    "sigmoid": [0, 1],
    "tanh": [-1, 1],
    "relu": [0, 1000],
    "leaky_relu": [-10, 1000],
    "elu": [-1, 1000],
    "softmax": [0, 1],
    "log_softmax": [-2000, 0],
}


@pytest.mark.parametrize(("name", "want"), LIMITS.items())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_from_0_nothing_overflows(lib, name, want, dtype):
    got = y_of(getattr(lib, name)(np.array([[-1000, 1000]], dtype)))
    assert_allclose(got, np.array([want], dtype), rtol=1e-6, strict=True)


def test_small_values_keep_their_digits():
    """exp(x) - 1 loses them all at 1e-20."""
    assert_allclose(F.elu(np.array([-1e-20]))[0], [-1e-20], rtol=1e-15)
    assert_allclose(F.sigmoid(np.array([-50.0]))[0], np.exp([-50.0]), rtol=1e-15)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(-500, 500), st.integers(1, 6))
def test_softmax_sums_to_1_ignores_a_shift_and_follows_a_permutation(seed, shift, classes):
    rng = np.random.default_rng(seed)
    x, order = rng.standard_normal((4, classes)) * 20, rng.permutation(classes)
    y, _ = F.softmax(x)
    assert (y >= 0).all()
    assert_allclose(y.sum(axis=1), 1, rtol=1e-13)
    assert_allclose(F.softmax(x + shift)[0], y, rtol=1e-10, atol=1e-300)
    assert_allclose(F.softmax(x[:, order])[0], y[:, order], rtol=1e-12)
    assert_allclose(np.exp(F.log_softmax(x)[0]), y, rtol=1e-11)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.01, 3))
def test_symmetries(seed, slope):
    x = np.random.default_rng(seed).standard_normal((3, 4)) * 5
    assert_allclose(F.sigmoid(-x)[0], 1 - F.sigmoid(x)[0], atol=1e-15)
    assert_allclose(F.tanh(x)[0], 2 * F.sigmoid(2 * x)[0] - 1, atol=1e-14)
    assert_allclose(F.relu(x)[0] - F.relu(-x)[0], x)
    leaky, _ = F.leaky_relu(x, negative_slope=slope)
    assert_allclose(leaky, (1 - slope) * F.relu(x)[0] + slope * x, atol=1e-13)
    assert_allclose(F.prelu(x, np.array([slope]))[0], leaky)
    pairs = np.stack([x, slope * x], axis=2).reshape(3, 8)
    larger, _ = F.maxout(pairs, pieces=2)
    assert_array_equal(larger, np.maximum(x, slope * x))


def test_of_equal_pieces_the_first_gets_the_gradient():
    y, cache = F.maxout(np.array([[2.0, 2.0, 1.0, 0.0, 0.0, 0.0]]), pieces=3)
    assert_array_equal(y, [[2, 0]])
    assert_array_equal(F.maxout_backward(np.array([[5.0, 7]]), cache), [[5, 0, 0, 7, 0, 0]])


def test_prelu_starts_at_a_quarter(lib):
    assert_array_equal(
        np.asarray(lib.module.PReLU(3).state_dict()["weight"]), np.full(3, 0.25, np.float32)
    )


# --- errors ---

ERRORS = {
    "slopes for other channels": (
        lambda lib: lib.prelu(normal(5, 6, 3), normal(3)),
        "prelu: weight has shape (3,), x (5, 6, 3); "
        "weight must be (1,), or (6,) for the channels of x",
    ),
    "slopes without channels": (
        lambda lib: lib.prelu(normal(5), normal(5)),
        "prelu: weight has shape (5,), x (5,); weight must be (1,), or (1,) for the channels of x",
    ),
    "no such axis": (
        lambda lib: lib.softmax(normal(5)),
        "softmax: x has shape (5,); it has no axis 1",
    ),
    "nor the other way": (
        lambda lib: lib.log_softmax(normal(5, 3), dim=-3),
        "log_softmax: x has shape (5, 3); it has no axis -3",
    ),
    "pieces that leave a rest": (
        lambda lib: lib.maxout(normal(5, 6), pieces=4),
        "maxout: x has shape (5, 6), pieces is 4; x must be (N, C*pieces, ...), pieces at least 1",
    ),
    "no pieces": (
        lambda lib: lib.maxout(normal(5, 6), pieces=0),
        "maxout: x has shape (5, 6), pieces is 0; x must be (N, C*pieces, ...), pieces at least 1",
    ),
    "no channels": (
        lambda lib: lib.maxout(normal(6), pieces=2),
        "maxout: x has shape (6,), pieces is 2; x must be (N, C*pieces, ...), pieces at least 1",
    ),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_shapes_that_do_not_fit_are_refused(lib, call, message):
    check_error(ValueError, message, lambda: call(lib))


@pytest.mark.parametrize("name", ["step", *dict.fromkeys(n.split(",")[0] for n in ROWS)])
def test_integers_are_refused(name):
    arguments, options = ROWS.get(name, ((), {}))[:2]
    check_error(
        TypeError,
        f"{name}: x is int64; convert it to float32 or float64",
        lambda: getattr(F, name)(np.ones((5, 6, 3, 4), int), *arguments, **options),
    )
