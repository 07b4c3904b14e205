"""Finite differences against closed forms and torch's autograd, and what the check reports."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.gradcheck import gradcheck, numerical_gradient


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


X, A = normal(3, 4), normal(2, 3, seed=1)

CASES = {
    "sum of sines": (lambda x: np.sin(x).sum(), None, np.cos(X)),
    "squared length of a product": (lambda x: ((A @ x) ** 2).sum(), None, 2 * A.T @ A @ X),
    "a product, weighted": (lambda x: A @ x, normal(2, 4, seed=2), A.T @ normal(2, 4, seed=2)),
    "entries of one row only": (
        lambda x: x[1].prod(),
        None,
        np.stack([np.zeros(4), X[1].prod() / X[1], np.zeros(4)]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_differences_agree_with_the_closed_form(name):
    f, dy, want = CASES[name]
    x = X.copy()
    got = numerical_gradient(f, x, dy)
    assert got.dtype == np.float64
    assert_allclose(got, want, rtol=1e-8, atol=1e-9)
    assert gradcheck(f, x, want, dy) < 1e-6
    assert_array_equal(x, X)


def test_differences_agree_with_torch():
    x = torch.tensor(X, requires_grad=True)
    torch.logsumexp(torch.tanh(torch.tensor(A) @ x), dim=0).prod().backward()

    def f(x):
        return np.log(np.exp(np.tanh(A @ x)).sum(axis=0)).prod()

    assert_allclose(numerical_gradient(f, X.copy()), x.grad.numpy(), rtol=1e-7, atol=1e-9)


def test_the_error_falls_with_the_square_of_the_step():
    x = np.array([0.7])
    errors = [
        abs(numerical_gradient(lambda x: np.exp(x).sum(), x, h=h)[0] - np.exp(0.7))
        for h in (1e-2, 1e-3)
    ]
    assert_allclose(errors[0] / errors[1], 100, rtol=1e-3)


@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (2, 1, 3)])
def test_any_shape_will_do(shape):
    x = normal(*shape) if shape else np.array(0.3)
    assert_allclose(numerical_gradient(lambda x: (x**3).sum(), x), 3 * x**2, rtol=1e-8)
    gradcheck(lambda x: (x**3).sum(), x, 3 * x**2)


def test_a_weight_that_the_function_holds_is_moved_in_place():
    weight, x = X.copy(), normal(5, 4, seed=3)
    got = numerical_gradient(lambda _: (x @ weight.T).sum(), weight)
    assert_allclose(got, np.tile(x.sum(axis=0), (3, 1)), rtol=1e-8)


def test_x_is_put_back_when_the_function_raises():
    x, calls = X.copy(), []

    def f(x):
        calls.append(1)
        if len(calls) == 6:
            raise ZeroDivisionError
        return x.sum()

    with pytest.raises(ZeroDivisionError):
        numerical_gradient(f, x)
    assert_array_equal(x, X)


def test_the_worst_entry_is_named():
    wrong = 2 * X
    wrong[2, 1] *= 1.5
    wrong[0, 3] *= 1.001
    with pytest.raises(AssertionError) as error:
        gradcheck(lambda x: (x**2).sum(), X.copy(), wrong)
    assert str(error.value) == (
        "gradcheck: 2 of 12 entries differ, the worst at (2, 1): got "
        f"{wrong[2, 1]:.10g}, finite differences give {2 * X[2, 1]:.10g}, "
        "relative error 3.3e-01, allowed 1.0e-06"
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_no_number_is_caught(bad):
    wrong = 2 * X
    wrong[1, 2] = bad
    with pytest.raises(AssertionError, match=r"worst at \(1, 2\)"):
        gradcheck(lambda x: (x**2).sum(), X.copy(), wrong)


MESSAGES = [
    (
        lambda: numerical_gradient(np.sum, X.astype(np.float32)),
        TypeError,
        "numerical_gradient: x is float32; it must be a float64 array: x.astype(np.float64)",
    ),
    (
        lambda: gradcheck(np.sum, [1.0], [1.0]),
        TypeError,
        "gradcheck: x is list; it must be a float64 array: x.astype(np.float64)",
    ),
    (
        lambda: numerical_gradient(np.sin, X.copy()),
        ValueError,
        "numerical_gradient: f gives shape (3, 4); pass dy of that shape, "
        "to differentiate sum(dy * f(x))",
    ),
    (
        lambda: numerical_gradient(np.sin, X.copy(), X[:1]),
        ValueError,
        "numerical_gradient: f gives shape (3, 4), dy has (1, 4); they must agree",
    ),
    (
        lambda: gradcheck(np.sum, X.copy(), X[:2]),
        ValueError,
        "gradcheck: gradient has shape (2, 4), x has (3, 4); they must agree",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_errors_name_the_remedy(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_complex_values_are_refused_with_what_to_do():
    message = (
        r"^numerical_gradient: f gives complex numbers, or dy is complex; "
        r"differentiate y\.real and y\.imag, each by itself$"
    )
    x = np.array([0.5, 2.0])
    for f, dy in ((lambda x: (1j * x).sum(), None), (lambda x: 1j * x, x), (lambda x: x, 1j * x)):
        with pytest.raises(TypeError, match=message):
            numerical_gradient(f, x, dy)
    assert_array_equal(x, [0.5, 2.0])
