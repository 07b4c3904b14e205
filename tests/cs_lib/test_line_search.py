"""Line searches against scipy and closed forms; the spring energy against loops and torch."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize_scalar

from cs_lib.numpy.line_search import (
    armijo_step,
    minimize_quartic,
    spring_energy,
    spring_gradient,
    spring_quartic,
    steepest_descent,
)

RNG = np.random.default_rng(2)
X, DIRECTION = RNG.standard_normal((5, 3)), RNG.standard_normal((5, 3))
SPRINGS = np.array([[0, 1], [0, 2], [0, 3], [3, 4], [4, 1], [2, 3]])


def test_energy_and_gradient_are_those_of_a_loop_and_of_torch():
    x = torch.tensor(X, requires_grad=True)
    energy = sum((((x[i] - x[j]) ** 2).sum() - 1) ** 2 for i, j in SPRINGS.tolist())
    energy.backward()
    assert_allclose(spring_energy(X, SPRINGS), energy.item(), rtol=1e-12)
    assert_allclose(spring_gradient(X, SPRINGS), x.grad, rtol=1e-12)


def test_springs_at_rest_have_no_energy():
    triangle = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    springs = np.array([[0, 1], [1, 2], [2, 0]])
    assert_allclose(spring_energy(triangle, springs), 0, atol=1e-30)
    assert_allclose(spring_energy(2 * triangle, springs), 27)  # 3 (4 - 1)²


@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.floats(-5, 5))
def test_the_energy_along_a_line_is_the_quartic(t):
    value = np.polynomial.polynomial.polyval(t, spring_quartic(X, DIRECTION, SPRINGS))
    assert_allclose(value, spring_energy(X + t * DIRECTION, SPRINGS), rtol=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_the_minimum_of_a_quartic_is_the_one_that_scipy_finds(seed):
    rng = np.random.default_rng(seed)
    c = np.append(rng.normal(0, 3, 4), rng.uniform(0.1, 1))

    def value(t):
        return np.polynomial.polynomial.polyval(t, c)

    bound = 1 + abs(c[:4]).max() * 4 / c[4]  # beyond it the derivative has no root (Cauchy)
    grid = np.linspace(-bound, bound, 4001)
    near = grid[value(grid).argmin()]
    width = 2 * (grid[1] - grid[0])
    want = minimize_scalar(value, bounds=(near - width, near + width), method="bounded")
    t = minimize_quartic(c)
    assert value(t) <= want.fun + 1e-9
    assert_allclose(np.polynomial.polynomial.polyval(t, c[1:] * [1, 2, 3, 4]), 0, atol=1e-6)


@pytest.mark.parametrize(
    ("coefficients", "want"),
    [
        ([7, 0, -2, 0, 1], 1),  # (t² - 1)² + 6: equal at -1 and 1, a maximum between
        ([0, 0.1, -2, 0, 1], -1.0122),
        ([0, 0, 0, 0, 3], 0),
        ([1, -4, 2, 0, 0], 1),
        ([1, -4, 6, -4, 1], 1),  # (t - 1)⁴, a triple root
    ],
)
def test_the_least_of_three_roots_is_taken(coefficients, want):
    assert_allclose(minimize_quartic(coefficients), want, atol=1e-4)


def exact(x, direction):
    return minimize_quartic(spring_quartic(x, direction, SPRINGS))


def backtracking(x, direction):
    slope = -(direction**2).sum()
    return armijo_step(lambda x: spring_energy(x, SPRINGS), x, direction, slope)


@pytest.mark.parametrize("find_step", [exact, backtracking])
def test_descent_brings_the_springs_to_rest_and_never_climbs(find_step):
    start = X.copy()
    x, history = steepest_descent(
        lambda x: spring_energy(x, SPRINGS),
        lambda x: spring_gradient(x, SPRINGS),
        start,
        find_step,
        steps=500,
    )
    assert_array_equal(start, X)
    assert (np.diff(history) <= 0).all()
    assert history[-1] < 1e-12
    assert len(history) < 500
    assert_allclose(spring_energy(x, SPRINGS), history[-1])


def test_after_an_exact_step_the_gradient_is_at_a_right_angle():
    direction = -spring_gradient(X, SPRINGS)
    after = spring_gradient(X + exact(X, direction) * direction, SPRINGS)
    assert_allclose((after * direction).sum() / (direction**2).sum(), 0, atol=1e-9)


def test_armijo_takes_the_first_step_that_is_enough():
    """f = x², x = 1, direction -2: t = 1 and the like land at (1 - 2t)², needing 1 - 4ct."""
    x, direction = np.array([1.0]), np.array([-2.0])

    def f(x):
        return float(x[0] ** 2)

    assert armijo_step(f, x, direction, -4) == 0.5
    assert armijo_step(f, x, direction, -4, step=4, shrink=0.1) == 0.4
    assert armijo_step(f, x, direction, -4, c=0.8) == 0.125  # 0.5625 <= 1 - 0.4
    assert armijo_step(f, x, direction, -4, step=0.01) == 0.01


MESSAGES = [
    (
        lambda: armijo_step(np.sum, X, X, 0.5),
        ValueError,
        "armijo_step: slope is 0.5; it must be negative: is direction minus the gradient?",
    ),
    (
        lambda: armijo_step(lambda x: float(x[0]), np.ones(1), np.ones(1), -1, max_shrinks=2),
        RuntimeError,
        "armijo_step: no step down to 2.5e-01 lowers f enough; "
        "is slope the gradient times the direction?",
    ),
    (
        lambda: minimize_quartic([1, 2, 3]),
        ValueError,
        "minimize_quartic: coefficients is [1.0, 2.0, 3.0]; it must be five finite numbers",
    ),
    (
        lambda: minimize_quartic([0, 1, 0, 0, -1]),
        ValueError,
        "minimize_quartic: coefficients is [0.0, 1.0, 0.0, 0.0, -1.0]; without a positive c4 "
        "(or c2, where c3 = c4 = 0) there is no minimum",
    ),
    (
        lambda: spring_energy(X, SPRINGS.T),
        ValueError,
        "spring_energy: points have shape (5, 3), springs (2, 6); they must be (N, D) and (M, 2)",
    ),
    (
        lambda: spring_gradient(X[:4], SPRINGS),
        ValueError,
        "spring_gradient: springs has indices from 0 to 4; there are points 0 to 3",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_errors_name_the_remedy(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_uphill_that_rounding_hides_is_not_taken(dtype):
    def f(x):  # a hill of 1 beside a number that swallows it
        return dtype(1e20) + dtype(x[0])

    assert armijo_step(f, np.zeros(1), np.ones(1), -1.0) == 0


def test_a_step_down_whose_promised_share_rounding_hides_is_taken():
    def f(x):
        return 1e8 + x[0]

    x, direction = np.zeros(1), -np.full(1, 1e-6)
    assert 1e8 + 1e-4 * -1e-6 == 1e8 > f(x + direction)
    assert armijo_step(f, x, direction, -1e-6) == 1


def test_descent_ends_where_rounding_hides_what_is_left():
    def f(x):
        return 1e8 + (x**2).sum()

    def gradient(x):
        return 2 * x

    def find_step(x, direction):
        return armijo_step(f, x, direction, -(direction**2).sum(), step=0.3)

    x, history = steepest_descent(f, gradient, np.ones(3), find_step, tolerance=0, steps=500)
    assert len(history) < 100
    assert (np.diff(history) < 0).all()
    assert np.abs(x).max() < 1e-3
