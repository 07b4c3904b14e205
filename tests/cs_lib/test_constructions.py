"""Networks written down by hand, against what they shall compute."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit

from cs_lib.numpy import constructions as c


def step(a):
    return (a >= 0).astype(float)


def signs(d):
    return np.array(list(itertools.product([-1.0, 1.0], repeat=d)))


def boolean(layers, x):
    return step(c.apply_layers(layers, x, step))[:, 0]


@pytest.mark.parametrize("d", [1, 2, 3])
def test_every_boolean_function_of_few_inputs_has_a_network(d):
    x = signs(d)
    for table in itertools.product([0, 1], repeat=2**d):
        layers = c.boolean_network(x, table)
        assert [weight.shape for weight, _ in layers] == [(sum(table), d), (1, sum(table))]
        assert_array_equal(boolean(layers, x), table)


def test_a_boolean_network_has_a_unit_for_each_one_and_none_for_what_it_was_not_given():
    rng = np.random.default_rng(0)
    x = rng.permutation(signs(7))
    table = rng.random(128) < 0.3
    layers = c.boolean_network(x[:100], table[:100])
    assert_array_equal(boolean(layers, x), np.where(np.arange(128) < 100, table, 0))
    weight, bias = layers[0]
    assert_array_equal(step(x @ weight.T + bias), np.eye(128)[:, :100][:, table[:100]])


@pytest.mark.parametrize("d", [1, 2, 3])
def test_bumps_are_products_of_thresholds_on_ridges(d):
    rng = np.random.default_rng(d)
    low, heights, slope = rng.normal(size=(4, d)), rng.normal(size=4), 7.0
    high = low + rng.uniform(0.5, 2, size=(4, d))
    x = rng.normal(size=(50, d))
    want = np.zeros(50)
    for b, n in itertools.product(range(4), range(50)):
        ridges = sum(
            expit(slope * (x[n, i] - low[b, i])) - expit(slope * (x[n, i] - high[b, i]))
            for i in range(d)
        )
        want[n] += heights[b] * expit(slope * (ridges - (d - 1 + d) / 2))
    layers = c.bump_network(low, high, heights, slope=slope)
    assert [weight.shape for weight, _ in layers] == [(8 * d, d), (4, 8 * d), (1, 4)]
    assert_allclose(c.apply_layers(layers, x, expit)[:, 0], want, rtol=1e-12)


def test_a_bump_is_its_height_inside_and_nothing_outside_also_on_the_arms():
    layers = c.bump_network([[0.0, 10]], [[1.0, 13]], [3.0], slope=100.0)
    inside, arms = [[0.5, 11], [0.1, 12.9]], [[0.5, 0], [0.5, 20], [-5, 11], [6, 11], [6, 20]]
    assert_allclose(c.apply_layers(layers, np.array(inside), expit), 3, rtol=1e-6)
    assert_allclose(c.apply_layers(layers, np.array(arms), expit), 0, atol=1e-6)


def test_a_staircase_of_steps_is_its_height_on_each_cell_and_0_outside():
    edges, heights = np.array([-1.0, 0, 0.5, 2]), np.array([3.0, -1, 4])
    layers = c.staircase_network(edges, heights)
    x = np.array([[-1.1], [-1.0], [-0.5], [0.0], [0.4], [0.5], [1.9], [2.0], [9.0]])
    got = c.apply_layers(layers, x, step)[:, 0]
    assert_allclose(got, [0, 3, 3, -1, -1, 4, 4, 0, 0], atol=1e-15)


def test_a_staircase_of_sigmoids_is_a_sum_of_ridges():
    edges, heights = np.array([-1.0, 0, 0.5, 2]), np.array([3.0, -1, 4])
    x = np.linspace(-3, 4, 40)
    want = sum(
        h * (expit(5 * (x - a)) - expit(5 * (x - b)))
        for h, a, b in zip(heights, edges, edges[1:], strict=False)
    )
    layers = c.staircase_network(edges, heights, slope=5.0)
    assert_allclose(c.apply_layers(layers, x[:, None], expit)[:, 0], want, atol=1e-14)


def test_interpolation_goes_straight_from_value_to_value():
    knots, values = np.array([-1.0, 0, 0.5, 2]), np.array([3.0, -1, 4, 4.5])
    x = np.linspace(-3, 2, 101)
    layers = c.interpolation_network(knots, values)
    got = c.apply_layers(layers, x[:, None], lambda a: np.maximum(a, 0))[:, 0]
    assert_allclose(got, np.interp(x, knots, values), atol=1e-12)
    assert layers[0][0].shape == (3, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: c.boolean_network(signs(2), [0, 1]),
            "boolean_network: inputs is (4, 2), outputs is (2,); expected (N, D) and (N,)",
        ),
        (
            lambda: c.boolean_network([[0, 1], [1, 1]], [0, 1]),
            "boolean_network: inputs has entries other than -1 and 1; map 0 to -1",
        ),
        (
            lambda: c.boolean_network(signs(1), [0, 2]),
            "boolean_network: outputs has entries other than 0 and 1",
        ),
        (
            lambda: c.bump_network([0.0], [1.0], [1.0], slope=1),
            "bump_network: low is (1,), high is (1,), heights is (1,); "
            "expected (B, D), (B, D) and (B,)",
        ),
        (
            lambda: c.bump_network([[1.0]], [[0.0]], [1.0], slope=1),
            "bump_network: low must be below high along each axis; swap them",
        ),
        (
            lambda: c.staircase_network([0, 1, 2], [1.0]),
            "staircase_network: heights is (1,) for 3 edges; expected (2,)",
        ),
        (
            lambda: c.staircase_network([0, 2, 1], [1.0, 2]),
            "staircase_network: edges must be two numbers or more, each above the one before",
        ),
        (
            lambda: c.interpolation_network([0, 1], [1.0]),
            "interpolation_network: values is (1,) for 2 knots; expected (2,)",
        ),
    ],
)
def test_illegal_arguments_of_a_construction_raise(call, message):
    with pytest.raises(ValueError, match=message.split(":")[0]) as caught:
        call()
    assert str(caught.value) == message


def test_constructions_leave_their_arguments_alone_and_share_no_memory():
    knots, values = np.array([0.0, 1, 2]), np.array([1.0, 5, 2])
    layers = c.interpolation_network(knots, values)
    layers[1][1][...] = 7
    assert_array_equal(values, [1, 5, 2])
    x = signs(2)
    weight = c.boolean_network(x, [1, 1, 1, 1])[0][0]
    weight[...] = 0
    assert_array_equal(x, signs(2))
