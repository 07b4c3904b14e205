"""The scalar engine, against torch's."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from cs_lib.numpy.autograd import scalar
from cs_lib.numpy.autograd.scalar import Value, topological_order


def torch_max(a, b):
    return torch.maximum(a, torch.as_tensor(b, dtype=torch.float64))


# name, the expression in ours, in torch's, and where to take it
EXPRESSIONS = [
    ("add", lambda a, b: a + b, None, (2.5, -1.5)),
    ("add a number", lambda a, b: a + 3 + b, None, (2.5, -1.5)),
    ("number added", lambda a, b: 3 + a - b, None, (2.5, -1.5)),
    ("sub", lambda a, b: a - b, None, (2.5, -1.5)),
    ("number less", lambda a, b: 1 - a * b, None, (2.5, -1.5)),
    ("neg", lambda a, b: -a * b, None, (2.5, -1.5)),
    ("mul", lambda a, b: a * b, None, (2.5, -1.5)),
    ("number times", lambda a, b: 2 * a * b * 3, None, (2.5, -1.5)),
    ("div", lambda a, b: a / b, None, (2.5, -1.5)),
    ("number over", lambda a, b: 2 / a + b / 4, None, (2.5, -1.5)),
    ("square", lambda a, b: a**2 * b**2, None, (2.5, -1.5)),
    ("negative power", lambda a, b: a**-3 + b**-2, None, (2.5, -1.5)),
    ("root", lambda a, b: a**0.5 * b, None, (2.5, -1.5)),
    ("power 0 of 0", lambda a, b: a**0 + b, None, (0.0, -1.5)),
    ("power 1 of 0", lambda a, b: a**1 + b, None, (0.0, -1.5)),
    ("both vary", lambda a, b: a**b, None, (2.5, -1.5)),
    ("power of a number", lambda a, b: 2**a * b, None, (2.5, -1.5)),
    ("exp", lambda a, b: (a * b).exp(), None, (2.5, -1.5)),
    ("log", lambda a, b: a.log() * b, None, (2.5, -1.5)),
    ("tanh", lambda a, b: (a * b).tanh(), None, (0.5, -1.5)),
    ("relu of a positive", lambda a, b: a.relu() * b, None, (2.5, -1.5)),
    ("relu of a negative", lambda a, b: b.relu() * a, None, (2.5, -1.5)),
    ("relu at 0", lambda a, b: (a.relu() + 1) * b, None, (0.0, -1.5)),
    ("max, first", lambda a, b: a.max(b) * 3, lambda a, b: torch_max(a, b) * 3, (2.5, -1.5)),
    ("max, second", lambda a, b: a.max(b) * 3, lambda a, b: torch_max(a, b) * 3, (2.5, 4.0)),
    ("max of equals", lambda a, b: a.max(b) * 3, lambda a, b: torch_max(a, b) * 3, (2.0, 2.0)),
    ("max and a number", lambda a, b: a.max(1) * b, lambda a, b: torch_max(a, 1) * b, (2.5, 4.0)),
    ("diamond", lambda a, b: (a * b) * (a * b + a), None, (2.5, -1.5)),
    ("square as a product", lambda a, b: a * a + b, None, (2.5, -1.5)),
    ("less itself", lambda a, b: (a - a) * b, None, (2.5, -1.5)),
    ("NumPy's number", lambda a, b: np.float64(2) * a - np.float64(3) / b, None, (2.5, -1.5)),
]


@pytest.mark.parametrize("row", EXPRESSIONS, ids=lambda row: row[0])
def test_an_expression_has_torchs_value_and_gradients(row):
    _, ours, theirs, point = row
    values = [Value(p) for p in point]
    tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in point]
    got, want = ours(*values), (theirs or ours)(*tensors)
    got.backward()
    want.backward()
    assert_allclose(got.data, want.item(), rtol=1e-12)
    # (a - a) and a**0 leave torch a gradient of 0, an unused one none
    gradients = [0.0 if t.grad is None else t.grad.item() for t in tensors]
    assert_allclose([v.grad for v in values], gradients, rtol=1e-12)


def test_the_example_of_the_lecture():
    x, y, z = Value(-2), Value(5), Value(-4)
    q = x + y
    f = q * z
    f.backward()
    assert (q.data, f.data) == (3, -12)
    assert (x.grad, y.grad, z.grad, q.grad, f.grad) == (-4, -4, 3, -4, 1)
    assert repr(z) == "Value(-4, grad=3)"


def test_the_example_of_the_module_is_the_lectures():
    assert "Value(-2), Value(5), Value(-4)" in scalar.__doc__


def test_gradients_add_up_over_two_backward_calls():
    x = Value(3)
    y = x * x * x
    y.backward()
    y.backward()
    assert x.grad == 2 * 27
    x.grad = 0.0
    y.backward()
    assert x.grad == 27


def test_two_outputs_that_share_a_node_add_their_gradients():
    x = Value(2)
    shared = x * x
    (3 * shared).backward()
    (shared * shared).backward()
    assert x.grad == 3 * 4 + 4 * 8
    assert shared.grad == 3 + 2 * 4


def test_a_graph_that_doubles_its_paths_at_each_step_takes_one_visit_a_node():
    x = Value(1)
    y = x
    for _ in range(60):  # 2**60 paths
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_a_long_sum_does_not_run_into_the_recursion_limit():
    x = Value(0.5)
    total = Value(0)
    for _ in range(5000):
        total = total + x
    total.backward()
    assert x.grad == 5000


def test_each_node_comes_after_its_inputs_and_once():
    x, y = Value(2), Value(3)
    q = x * y
    f = q * (q + x)
    order = topological_order(f)
    assert len(order) == len(set(order)) == 5
    for place, node in enumerate(order):
        assert all(order.index(i) < place for i in node.inputs)


UNARY = {
    "tanh": lambda m, x: x.tanh(),
    "relu": lambda m, x: x.relu(),
    "exp": lambda m, x: (x.tanh()).exp(),
    "log": lambda m, x: (x * x + 0.5).log(),
    "power": lambda m, x: (x * x + 0.5) ** -1.5,
    "negative": lambda m, x: -x,
}
BINARY = {
    "add": lambda m, x, y: x + y,
    "sub": lambda m, x, y: x - y,
    "mul": lambda m, x, y: (x * y).tanh(),
    "div": lambda m, x, y: x / (y * y + 1),
    "max": lambda m, x, y: x.max(y) if m is Value else torch.maximum(x, y),
}
STEP = st.one_of(
    st.tuples(st.sampled_from(sorted(UNARY)), st.integers(0, 99)),
    st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 99), st.integers(0, 99)),
)


def run(program, inputs, kind):
    """Each step reads any of the numbers before it; the result is the mean of all of them."""
    nodes = list(inputs)
    for name, *places in program:
        operands = [nodes[place % len(nodes)] for place in places]
        nodes.append((UNARY | BINARY)[name](kind, *operands))
    return sum(nodes[1:], nodes[0]) / len(nodes)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=12), st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_a_random_program_has_torchs_gradients(program, point):
    values = [Value(p) for p in point]
    tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in point]
    got, want = run(program, values, Value), run(program, tensors, torch.Tensor)
    got.backward()
    want.backward()
    assert_allclose(got.data, want.item(), rtol=1e-9, atol=1e-12)
    assert_allclose([v.grad for v in values], [t.grad.item() for t in tensors], 1e-9, 1e-9)


MESSAGES = [
    (lambda: Value(0).log(), "Value.log: the number is 0; it must be above 0"),
    (lambda: Value(-1) ** Value(2), "Value.log: the number is -1; it must be above 0"),
    (lambda: Value(-8) ** (1 / 3), "Value: -8 ** 0.333333 is not real; make the base >= 0"),
]


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row[1])
def test_an_illegal_number_is_refused(row):
    call, message = row
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


def test_what_python_refuses_stays_refused():
    with pytest.raises(ZeroDivisionError):
        Value(1) / Value(0)
    with pytest.raises(TypeError):
        Value(1j)
    assert math.isinf(1e308 * 10)  # and Value follows: no exception
    assert math.isinf((Value(1e308) * 10).data)


def test_the_engine_is_read_in_ten_minutes():
    assert len(Path(scalar.__file__).read_text().splitlines()) < 120


@pytest.mark.parametrize("exponent", [0.25, 0.5, 1, 1.5, 2, 0])
def test_powers_of_zero_have_the_slope_that_torch_gives(exponent):
    x, t = Value(0), torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    y = x**exponent
    y.backward()
    (t**exponent).backward()
    assert y.data == 0.0**exponent
    assert x.grad == t.grad.item()


def test_a_negative_power_of_zero_is_pythons_own_error():
    with pytest.raises(ZeroDivisionError):
        Value(0) ** -1
