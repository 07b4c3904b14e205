"""Initial values against the distributions that torch draws from, and against their purpose."""

import math

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cs_lib.numpy import init as np_init

lib = in_both("init")


def rng(seed=0):
    return np.random.default_rng(seed)


# --- distributions ---

SHAPES = [(300, 700), (700, 300), (70, 50, 3, 20), (50, 70, 3, 20)]  # 210 000 values each

CASES = [
    ("uniform", {"low": -3, "high": 2}, {"a": -3, "b": 2}),
    ("normal", {"mean": -3, "std": 2}, {"mean": -3, "std": 2}),
]
CASES += [(f"xavier_{name}", o, o) for name in ("uniform", "normal") for o in ({}, {"gain": 2})]
CASES += [
    (f"kaiming_{name}", options, options)
    for name in ("uniform", "normal")
    for options in (
        {},
        {"mode": "fan_out", "a": 1.5},
        {"nonlinearity": "tanh", "a": 1.5},
        {"nonlinearity": "relu", "mode": "fan_out"},
        {"nonlinearity": "linear"},
    )
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "ours", "theirs"), CASES)
def test_values_have_the_distribution_of_torchs(name, ours, theirs, shape):
    got = getattr(np_init, name)(shape, **ours, rng=rng())
    want = torch.empty(shape)
    getattr(torch.nn.init, f"{name}_")(want, **theirs, generator=torch.Generator().manual_seed(0))
    assert got.shape == shape
    # a standard deviation 4 % off gives p < 1e-6
    assert stats.ks_2samp(got.ravel(), want.numpy().ravel()).pvalue > 0.01


def test_kaiming_normal_is_a_gaussian_times_its_standard_deviation():
    got = np_init.kaiming_normal((4, 3, 2, 5), rng=rng(), dtype="float64")
    assert_allclose(got, math.sqrt(2 / 30) * rng().standard_normal((4, 3, 2, 5)), rtol=1e-14)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 3, 2, 5), (3, 4, 5)])
def test_fans_are_torchs(lib, shape):
    want = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert lib.calculate_fan_in_and_fan_out(shape) == want


@pytest.mark.parametrize(
    "arguments",
    [
        ("linear",),
        ("conv2d",),
        ("sigmoid",),
        ("tanh",),
        ("relu",),
        ("leaky_relu",),
        ("leaky_relu", 0),
        ("leaky_relu", 0.2),
    ],
)
def test_gains_are_torchs(lib, arguments):
    assert lib.calculate_gain(*arguments) == torch.nn.init.calculate_gain(*arguments)


@pytest.mark.parametrize("gain", [1, 3])
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (4, 3, 2, 5), (40, 3, 2, 5)])
def test_the_fewer_of_rows_and_columns_are_at_right_angles(lib, shape, gain):
    got = lib.orthogonal(shape, gain=gain, rng=rng(), dtype="float64")
    assert got.shape == shape
    matrix = got.reshape(shape[0], -1)
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    assert_allclose(matrix @ matrix.T, gain**2 * np.eye(len(matrix)), atol=1e-13)


def test_orthogonal_matrices_are_uniform():
    """Of those uniform in O(3), the mean is 0, each entry has variance 1/3, half have det 1."""
    generator = rng()
    draws = np.array(
        [np_init.orthogonal((3, 3), rng=generator, dtype="float64") for _ in range(3000)]
    )
    assert_allclose(draws.mean(axis=0), 0, atol=0.04)  # std 0.0105
    assert_allclose((draws**2).mean(axis=0), 1 / 3, atol=0.03)
    assert_allclose((np.linalg.det(draws) > 0).mean(), 0.5, atol=0.04)


# --- what they are for ---


@pytest.mark.parametrize(("n_in", "n_out"), [(400, 900), (900, 400)])
def test_kaiming_keeps_the_signal_or_the_gradient_through_a_relu_layer(n_in, n_out):
    generator = rng()
    x = generator.standard_normal((2000, n_in))  # as if from a layer before: then comes ReLU
    dy = generator.standard_normal((2000, n_out))
    forward = np_init.kaiming_normal((n_out, n_in), rng=generator)
    assert_allclose((np.maximum(x, 0) @ forward.T).var(), 1, rtol=0.03)
    backward = np_init.kaiming_normal((n_out, n_in), mode="fan_out", rng=generator)
    assert_allclose(((dy @ backward) * (x > 0)).var(), 1, rtol=0.03)


def test_xavier_keeps_both_through_a_square_linear_layer_and_their_mean_through_another():
    generator = rng()
    x, dy = generator.standard_normal((2000, 400)), generator.standard_normal((2000, 900))
    weight = np_init.xavier_uniform((900, 400), rng=generator)
    forward, backward = (x @ weight.T).var(), (dy @ weight).var()
    assert_allclose([forward, backward], [400 / 650, 900 / 650], rtol=0.03)


# --- dtype, randomness, errors ---

DRAWN = ["uniform", "normal", "xavier_uniform", "xavier_normal"]
DRAWN += ["kaiming_uniform", "kaiming_normal", "orthogonal"]


@pytest.mark.parametrize("name", DRAWN)
def test_float32_is_rounded_from_the_same_float64(lib, name):
    draw = getattr(lib, name)
    single, double = draw((4, 3), rng=rng()), draw((4, 3), rng=rng(), dtype="float64")
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    assert_array_equal(single, double.astype(np.float32))
    assert (draw((4, 3), rng=rng(1)) != single).any()


def test_no_global_random_state_is_read_or_moved(lib):
    state = np.random.get_state()[1].copy(), torch.get_rng_state()
    for name in DRAWN:
        getattr(lib, name)((4, 3), rng=rng())
    assert_array_equal(np.random.get_state()[1], state[0])
    assert torch.equal(torch.get_rng_state(), state[1])


def test_constants(lib):
    assert_array_equal(lib.zeros((2, 3)), np.zeros((2, 3), np.float32), strict=True)
    assert_array_equal(lib.constant((3,), 0.1), np.full(3, 0.1, np.float32), strict=True)
    assert_array_equal(lib.constant((3,), 0.1, dtype="float64"), np.full(3, 0.1), strict=True)


ERRORS = {
    "a bias has no fan": (
        lambda lib: lib.kaiming_normal((3,), rng=rng()),
        "calculate_fan_in_and_fan_out: shape is (3,); "
        "it must be (out, in, *kernel): a bias has no fan",
    ),
    "nor has it rows": (
        lambda lib: lib.orthogonal((3,), rng=rng()),
        "calculate_fan_in_and_fan_out: shape is (3,); "
        "it must be (out, in, *kernel): a bias has no fan",
    ),
    "mode": (
        lambda lib: lib.kaiming_uniform((3, 2), mode="fan_avg", rng=rng()),
        'kaiming_uniform: mode is \'fan_avg\'; it must be "fan_in" or "fan_out"',
    ),
    "nonlinearity": (
        lambda lib: lib.kaiming_normal((3, 2), nonlinearity="ReLU", rng=rng()),
        "calculate_gain: nonlinearity is 'ReLU'; "
        "it must be one of linear, conv2d, sigmoid, tanh, relu, leaky_relu",
    ),
    "dtype": (
        lambda lib: lib.normal((3, 2), rng=rng(), dtype="float16"),
        'normal: dtype is \'float16\'; it must be "float32" or "float64"',
    ),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_what_no_layer_has_is_refused(lib, call, message):
    check_error(ValueError, message, lambda: call(lib))
