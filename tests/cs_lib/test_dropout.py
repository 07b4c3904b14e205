"""Dropout, DropConnect and stochastic depth: what is dropped, how often, and what it is worth."""

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cs_lib.numpy import nn as np_nn
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import functional as F
from cs_lib.torch import nn as torch_nn

lib = in_both("nn.dropout")


def rng(seed=0):
    return np.random.default_rng(seed)


def y_of(result):
    """What f gives in both libraries: NumPy's pair gives a cache too."""
    return result[0] if isinstance(result, tuple) else result


X, WEIGHT, BIAS = rng(1).standard_normal((5, 6, 4)), rng(2).standard_normal((3, 4)), np.arange(3.0)

# name: arguments, options beside p
ROWS = {
    "dropout": ((X,), {}),
    "stochastic_depth": ((X,), {}),
    "stochastic_depth, batch": ((X,), {"mode": "batch"}),
    "drop_connect": ((X, WEIGHT, BIAS), {}),
    "drop_connect, no bias": ((X, WEIGHT), {}),
}
CASES = pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [(name.split(",")[0], *row) for name, row in ROWS.items()],
    ids=ROWS,
)


def plain(name, arguments):
    """What is computed where nothing is dropped."""
    return F.linear(*arguments)[0] if name == "drop_connect" else arguments[0]


# --- what is dropped ---


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_dropout_drops_entries_of_their_own_and_scales_up_the_others(lib, p):
    y = y_of(lib.dropout(np.ones((60, 50)), p=p, rng=rng()))
    kept = y != 0
    assert_allclose(y[kept], 1 / (1 - p), rtol=1e-15)
    assert stats.binomtest(int((~kept).sum()), 3000, p).pvalue > 0.01
    for axis in (0, 1):  # no row and no column is dropped together
        length = kept.shape[axis]
        counts = kept.sum(axis=axis)
        assert_allclose(counts.var(), length * p * (1 - p), rtol=0.5)


def test_stochastic_depth_drops_whole_samples(lib):
    x = np.ones((3000, 2, 3))
    y = y_of(lib.stochastic_depth(x, p=0.3, rng=rng()))
    assert (y == y[:, :1, :1]).all()
    kept = y[:, 0, 0] != 0
    assert_allclose(y[kept], 1 / 0.7, rtol=1e-15)
    assert stats.binomtest(int((~kept).sum()), 3000, 0.3).pvalue > 0.01


def test_stochastic_depth_of_a_batch_drops_all_samples_or_none(lib):
    generator, outcomes = rng(), []
    for _ in range(300):
        y = y_of(lib.stochastic_depth(X, p=0.3, mode="batch", rng=generator))
        outcomes.append(y.any())
        assert_allclose(y, X / 0.7 if y.any() else np.zeros_like(X), rtol=1e-15)
    assert stats.binomtest(sum(outcomes), 300, 0.7).pvalue > 0.01


def test_drop_connect_drops_weights_and_no_bias(lib):
    inputs = np.eye(40)  # y - bias is then the dropped weight itself
    weight, bias = np.ones((50, 40)), np.arange(50.0)
    y = y_of(lib.drop_connect(inputs, weight, bias, p=0.3, rng=rng()))
    dropped = (y - bias).T
    kept = np.abs(dropped) > 1e-9
    assert_allclose(dropped[kept], 1 / 0.7, rtol=1e-12)
    assert stats.binomtest(int((~kept).sum()), 2000, 0.3).pvalue > 0.01
    assert kept.all(axis=0).sum() == kept.all(axis=1).sum() == 0


@CASES
def test_in_expectation_nothing_changes(name, arguments, options):
    generator, n = rng(), 4000
    draws = np.array(
        [getattr(F, name)(*arguments, **options, p=0.4, rng=generator)[0] for _ in range(n)]
    )
    error = draws.std(axis=0) / np.sqrt(n)
    assert (np.abs(draws.mean(axis=0) - plain(name, arguments)) <= 4.5 * error + 1e-12).all()


# --- the ends ---


@CASES
def test_what_is_never_dropped_or_only_evaluated_stays_as_it_is(lib, name, arguments, options):
    function = getattr(lib, name)
    for extra in ({"p": 0.0, "rng": rng()}, {"p": 0.7, "training": False, "rng": None}):
        y = y_of(function(*arguments, **options, **extra))
        assert_allclose(y, plain(name, arguments), atol=1e-14)
        assert not np.shares_memory(y, arguments[0])


@CASES
def test_what_is_always_dropped_is_0(lib, name, arguments, options):
    y = y_of(getattr(lib, name)(*arguments, **options, p=1.0, rng=rng()))
    bias = arguments[2] if len(arguments) == 3 else 0
    assert_array_equal(y, np.zeros_like(y) + bias)


@CASES
def test_gradients_agree_with_finite_differences_for_the_same_mask(name, arguments, options):
    arguments = [a.copy() for a in arguments]

    def forward(_=None):
        return getattr(F, name)(*arguments, **options, p=0.4, rng=rng(3))

    y, cache = forward()
    dy = rng(4).standard_normal(y.shape)
    grads = getattr(F, f"{name}_backward")(dy, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    for array, grad in zip(arguments, grads, strict=False):  # the last may be None, for no bias
        gradcheck(lambda _: forward()[0], array, grad, dy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@CASES
def test_the_dtype_stays_and_the_mask_does_not_depend_on_it(lib, name, arguments, options, dtype):
    want = getattr(F, name)(*arguments, **options, p=0.3, rng=rng())[0]
    arguments = [a.astype(dtype) for a in arguments]
    y = y_of(getattr(lib, name)(*arguments, **options, p=0.3, rng=rng()))
    assert y.dtype == dtype
    assert_allclose(y, want, rtol=2e-5, atol=2e-6)


# --- layers ---


@pytest.mark.parametrize(
    ("nn", "array"), [(np_nn, np.asarray), (torch_nn, torch.tensor)], ids=["numpy", "torch"]
)
def test_every_call_draws_a_new_mask_and_evaluation_none(nn, array):
    state = np.random.get_state()[1].copy(), torch.get_rng_state()
    x = array(np.ones((40, 50), np.float32))
    layer = nn.Dropout(0.5, rng=rng())
    first, second = layer(x), layer(x)
    assert (first != second).any()
    layer.eval()
    assert (layer(x) == x).all()
    layer.train()
    third = layer(x)
    again = nn.Dropout(0.5, rng=rng())
    assert [bool((again(x) == y).all()) for y in (first, second, third)] == [True] * 3
    assert (nn.Dropout(0.5)(x) != nn.Dropout(0.5)(x)).any()
    assert_array_equal(np.random.get_state()[1], state[0])
    assert torch.equal(torch.get_rng_state(), state[1])


# --- errors ---

ERRORS = {
    "p above 1": (
        lambda lib: lib.dropout(X, p=1.5, rng=rng()),
        "dropout: p is 1.5; it is the probability to drop, from 0 to 1",
    ),
    "p below 0": (
        lambda lib: lib.stochastic_depth(X, p=-0.1, rng=rng()),
        "stochastic_depth: p is -0.1; it is the probability to drop, from 0 to 1",
    ),
    "p in percent": (
        lambda lib: lib.module.Dropout(50),
        "Dropout: p is 50; it is the probability to drop, from 0 to 1",
    ),
    "no probability": (
        lambda lib: lib.drop_connect(X, WEIGHT, p=float("nan"), rng=rng()),
        "drop_connect: p is nan; it is the probability to drop, from 0 to 1",
    ),
    "p of DropConnect": (
        lambda lib: lib.module.DropConnect(4, 3, p=2),
        "DropConnect: p is 2; it is the probability to drop, from 0 to 1",
    ),
    "mode": (
        lambda lib: lib.stochastic_depth(X, mode="rows", rng=rng()),
        'stochastic_depth: mode is \'rows\'; it must be "row" or "batch"',
    ),
    "mode of the layer": (
        lambda lib: lib.module.StochasticDepth(0.5, "rows"),
        'StochasticDepth: mode is \'rows\'; it must be "row" or "batch"',
    ),
    "shapes": (
        lambda lib: lib.drop_connect(X, WEIGHT.T, rng=rng()),
        "drop_connect: x has shape (5, 6, 4), weight expects (..., 3); "
        "flatten images to (N, C*H*W) first",
    ),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_what_cannot_be_dropped_is_refused(lib, call, message):
    check_error(ValueError, message, lambda: call(lib))


def test_the_global_random_state_is_no_default(lib):
    with pytest.raises(TypeError, match="rng"):
        lib.dropout(X)
