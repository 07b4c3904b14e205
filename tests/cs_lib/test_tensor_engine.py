"""The engine over arrays, against torch's, in float64."""

import gc
import importlib
import inspect
import re
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import cs_lib.numpy.nn.functional
import cs_lib.numpy.optim
import cs_lib.torch.nn.functional
from cs_lib.numpy.autograd import (
    RULES,
    Tensor,
    concatenate,
    differentiable,
    functional,
    no_grad,
    where,
)

RNG = np.random.default_rng(5)
A, B = RNG.standard_normal((2, 3, 4)), RNG.standard_normal((2, 3, 4))
ROW, COLUMN, NUMBER = RNG.standard_normal(4), RNG.standard_normal((3, 1)), RNG.standard_normal(())
MATRIX, STACK, VECTOR = RNG.standard_normal((4, 5)), RNG.standard_normal((2, 4, 5)), ROW
TIES = np.array([[1.0, 3.0, 3.0, 3.0], [2.0, 2.0, 1.0, 0.0], [5.0, 5.0, 5.0, 5.0]])
MASK = A > 0
PICK = np.array([0, 2, 2, 1, 2])  # twice the same


def t_where(c, a, b):
    return torch.where(torch.as_tensor(c), a, b)


def both(f):
    return f, f


# a rule's name; the expression in ours and in torch's; the arrays
ROWS = [
    ("add", both(lambda a, b: a + b), A, B),
    ("add", both(lambda a, b: a + b), A, ROW),
    ("add", both(lambda a, b: a + b), COLUMN, ROW),
    ("add", both(lambda a, b: a + b), NUMBER, A),
    ("add", both(lambda a: 2 + a + 1), A),
    ("sub", both(lambda a, b: a - b), COLUMN, A),
    ("sub", both(lambda a: 1 - a - 2), A),
    ("mul", both(lambda a, b: a * b), A, COLUMN),
    ("mul", both(lambda a: 3 * a * 2), A),
    ("div", both(lambda a, b: a / b), ROW, A),
    ("div", both(lambda a: 3 / a / 2), A),
    ("neg", both(lambda a: -a), A),
    ("power", both(lambda a: a**3 + a**0.0), A),
    ("power", both(lambda a: a**-1.5), np.abs(A)),
    ("power", both(lambda a: a**0 + a**1), np.zeros((2, 3))),
    ("power", both(lambda a, b: a**b), np.abs(A), B),
    ("power", both(lambda a: 2.5**a), A),
    ("matmul", both(lambda a, b: a @ b), A, MATRIX),
    ("matmul", both(lambda a, b: a @ b), A, STACK),
    ("matmul", both(lambda a, b: a @ b), A[0], STACK),
    ("matmul", both(lambda a, b: a @ b), A, VECTOR),
    ("matmul", both(lambda a, b: a @ b), VECTOR, STACK),
    ("matmul", both(lambda a, b: a @ b), VECTOR, VECTOR + 1),
    ("exp", both(lambda a: a.exp()), A),
    ("log", both(lambda a: a.log()), np.abs(A)),
    ("sqrt", both(lambda a: a.sqrt()), np.abs(A)),
    ("tanh", both(lambda a: a.tanh()), A),
    ("abs", both(abs), np.append(A, 0)),
    ("maximum", both(lambda a, b: a.maximum(b)), TIES, ROW),
    ("maximum", both(lambda a, b: a.maximum(b)), TIES, TIES[::-1].copy()),
    ("minimum", both(lambda a, b: a.minimum(b)), TIES, COLUMN),
    ("minimum", both(lambda a, b: a.minimum(b)), TIES, TIES[::-1].copy()),
    ("where", (lambda a, b: where(MASK, a, b), lambda a, b: t_where(MASK, a, b)), A, ROW),
    ("sum", both(lambda a: a.sum()), A),
    ("sum", both(lambda a: a.sum(axis=1)), A),
    ("sum", both(lambda a: a.sum(axis=(0, -1))), A),
    ("sum", both(lambda a: a.sum(axis=-1, keepdims=True)), A),
    ("mean", both(lambda a: a.mean()), A),
    ("mean", both(lambda a: a.mean(axis=1)), A),
    ("mean", both(lambda a: a.mean(axis=(0, 2), keepdims=True)), A),
    ("max", (lambda a: a.max(), lambda a: a.amax()), TIES),
    ("max", (lambda a: a.max(axis=0), lambda a: a.amax(0)), TIES),
    ("max", (lambda a: a.max(axis=1, keepdims=True), lambda a: a.amax(1, True)), TIES),
    ("max", (lambda a: a.max(axis=(0, 2)), lambda a: a.amax((0, 2))), A),
    ("min", (lambda a: a.min(axis=1), lambda a: a.amin(1)), TIES),
    ("reshape", both(lambda a: a.reshape(4, 6) ** 2), A),
    ("reshape", both(lambda a: a.reshape((3, -1)) ** 2), A),
    ("transpose", (lambda a: a.transpose(2, 0, 1) ** 2, lambda a: a.permute(2, 0, 1) ** 2), A),
    ("transpose", (lambda a: a.transpose(-1, 0, 1) ** 2, lambda a: a.permute(-1, 0, 1) ** 2), A),
    ("transpose", (lambda a: a.transpose() ** 2, lambda a: a.permute(2, 1, 0) ** 2), A),
    ("transpose", both(lambda a: a.T @ a), MATRIX),
    ("getitem", both(lambda a: a[1] ** 2), A),
    ("getitem", both(lambda a: a[:, 1:, ::2] ** 2), A),
    ("getitem", both(lambda a: a[..., None, 0] ** 2), A),
    ("getitem", both(lambda a: a[:, PICK] ** 2), A),
    ("getitem", both(lambda a: a[MASK] ** 2), A),
    ("getitem", both(lambda a: a[PICK, PICK - 1] ** 2), A[0]),
    (
        "concatenate",
        (lambda a, b: concatenate([a, b, a], axis=1), lambda a, b: torch.cat([a, b, a], 1)),
        A,
        B[:, :1],
    ),
]


def gradients_in_both(ours, theirs, arrays):
    """The results, weighted sums of whose entries are differentiated, and the gradients."""
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    got, want = ours(*tensors), theirs(*leaves)
    dy = np.random.default_rng(1).standard_normal(tuple(want.shape))
    got.backward(dy)
    want.backward(torch.as_tensor(dy))
    zero = [np.zeros_like(a) for a in arrays]  # torch: none for what the result does not depend on
    return (
        [got.data, *(z if t.grad is None else t.grad for t, z in zip(tensors, zero, strict=True))],
        [
            want.detach().numpy(),
            *(z if t.grad is None else t.grad.numpy() for t, z in zip(leaves, zero, strict=True)),
        ],
    )


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}-{n}" for n, row in enumerate(ROWS)])
def test_an_operation_has_torchs_values_and_gradients(row):
    _, (ours, theirs), *arrays = row
    got, want = gradients_in_both(ours, theirs, arrays)
    for a, b in zip(got, want, strict=True):
        assert_allclose(a, b, rtol=1e-12, atol=1e-12, strict=True)


def test_every_rule_is_in_the_table_of_this_test():
    assert set(RULES) == {row[0] for row in ROWS}


# --- the pairs of the layers ---


EXAMPLES = {}
for path in sorted(Path(__file__).parent.glob("contract_*.py")):
    for key, example in getattr(importlib.import_module(path.stem), "EXAMPLES", {}).items():
        EXAMPLES.setdefault(key.rsplit(".", 1)[1], example)
# that every function has an example is the contract's business
CALLS = [(name, n) for name in functional.__all__ for n in range(len(EXAMPLES.get(name, ())))]


def arguments(function, example, convert):
    """The example's call, with its float arrays converted; and the converted ones."""
    *args, last = example if isinstance(example[-1], dict) else (*example, {})
    signature = inspect.signature(function)
    if "rng" in signature.parameters:
        last = {"rng": np.random.default_rng(0), **last}
    bound = signature.bind(*args, **last)
    bound.apply_defaults()
    made = []
    for name, value in bound.arguments.items():
        if isinstance(value, np.ndarray):
            kind = signature.parameters[name].kind
            differs = (
                value.dtype.kind == "f"
                and kind is not inspect.Parameter.KEYWORD_ONLY
                and name not in ("target", "running_mean", "running_var")
            )
            bound.arguments[name] = convert(value.copy(), differs)
            made += [bound.arguments[name]] * differs
    return bound, made


@pytest.mark.parametrize(("name", "n"), CALLS)
def test_a_registered_pair_has_the_gradients_that_torch_derives(name, n):
    in_torch = getattr(cs_lib.torch.nn.functional, name)
    ours, tensors = arguments(
        getattr(functional, name),
        EXAMPLES[name][n],
        lambda a, differs: Tensor(a, requires_grad=True) if differs else a,
    )
    theirs, leaves = arguments(
        in_torch,
        EXAMPLES[name][n],
        lambda a, differs: torch.tensor(a, requires_grad=differs),
    )
    got, want = (
        getattr(functional, name)(*ours.args, **ours.kwargs),
        in_torch(*theirs.args, **theirs.kwargs),
    )
    if isinstance(want, tuple):  # max_pool2d's indices
        assert_array_equal(got[1], want[1])
        got, want = got[0], want[0]
    assert isinstance(got, Tensor)
    dy = np.random.default_rng(1).standard_normal(tuple(want.shape))
    (got * 2).backward(dy)
    gradients = torch.autograd.grad(want * 2, leaves, torch.as_tensor(dy), materialize_grads=True)
    assert_allclose(got.data, want.detach(), rtol=1e-9, atol=1e-9)
    for tensor, gradient in zip(tensors, gradients, strict=True):
        assert_allclose(tensor.grad, gradient, rtol=1e-9, atol=1e-9, strict=True)


def test_every_pair_of_the_layers_is_a_function_of_tensors():
    names = cs_lib.numpy.nn.functional.__all__
    pairs = {n for n in names if f"{n}_backward" in names and not n.endswith("_naive")}
    assert pairs == set(functional.__all__)
    for name in pairs:
        assert getattr(functional, name).__wrapped__ is getattr(cs_lib.numpy.nn.functional, name)


def test_a_pair_takes_keywords_and_arrays_without_a_gradient():
    x, weight, bias = A[0], Tensor(MATRIX.T, requires_grad=True), Tensor(np.ones(5))
    y = functional.linear(x, bias=bias, weight=weight)
    y.sum().backward()
    assert_allclose(y.data, x @ MATRIX + 1)
    assert_allclose(weight.grad, np.tile(x.sum(axis=0), (5, 1)))
    assert bias.grad is None


def test_a_pair_of_ones_own_is_differentiated_too():
    def cube(x):
        return x**3, x

    def cube_backward(dy, x):
        return 3 * dy * x**2

    x = Tensor([1.0, 2.0], requires_grad=True)
    differentiable(cube, cube_backward)(x * 2).sum().backward()
    assert_allclose(x.grad, 6 * (2 * x.data) ** 2)


# --- random programs ---

UNARY = {
    "neg": both(lambda a: -a),
    "tanh": both(lambda a: a.tanh()),
    "exp": both(lambda a: (a * 0.1).tanh().exp()),
    "log": both(lambda a: (a * a + 1).log()),
    "sqrt": both(lambda a: (a * a + 1).sqrt()),
    "power": both(lambda a: (a * a + 1) ** -1.5),
    "abs": both(lambda a: abs(a - 0.3)),
    "sum of columns": both(lambda a: a.sum(axis=0, keepdims=True)),
    "sum": both(lambda a: a.sum()),
    "mean of rows": both(lambda a: a.mean(axis=1, keepdims=True) if a.ndim == 2 else a.mean()),
    "max": (lambda a: a.max(axis=0, keepdims=True), lambda a: a.amax(0, True)),
    "reverse": (lambda a: a[::-1], lambda a: a.flip(0)),
    "pick": both(lambda a: a[[0, 0, -1]]),
    "flatten": both(lambda a: a.reshape(1, -1)[:, :1]),
    "gram": both(lambda a: (a.T @ a).sum()),
}
BINARY = {
    "add": both(lambda a, b: a + b),
    "sub": both(lambda a, b: a - b),
    "mul": both(lambda a, b: (a * b).tanh()),
    "div": both(lambda a, b: a / (b * b + 1)),
    "maximum": both(lambda a, b: a.maximum(b)),
    "minimum": both(lambda a, b: a.minimum(b)),
}
NEEDS_AN_AXIS = {"sum of columns", "mean of rows", "max", "reverse", "pick", "gram"}
STEP = st.one_of(
    st.tuples(st.sampled_from(sorted(UNARY)), st.integers(0, 99)),
    st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 99), st.integers(0, 99)),
)


def run(program, inputs, side):
    """Each step reads what is there already, if the shapes allow; the result sums all of it up."""
    nodes = list(inputs)
    for name, *places in program:
        operands = [nodes[place % len(nodes)] for place in places]
        if name in NEEDS_AN_AXIS and operands[0].ndim != 2:
            continue
        if len(operands) == 2 and not compatible(*(tuple(o.shape) for o in operands)):
            continue
        nodes.append((UNARY | BINARY)[name][side](*operands))
    total = 0
    for node in nodes:
        total = total + (node * node).mean()
    return total


def compatible(a, b):
    return all(p == q or 1 in (p, q) for p, q in zip(a[::-1], b[::-1], strict=False))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(STEP, min_size=2, max_size=14), st.integers(0, 2**32))
def test_a_random_program_has_torchs_gradients(program, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in ((3, 4), (3, 1), (1, 4), (4,))]
    got, want = gradients_in_both(
        lambda *inputs: run(program, inputs, 0), lambda *inputs: run(program, inputs, 1), arrays
    )
    for a, b in zip(got, want, strict=True):
        assert_allclose(a, b, rtol=1e-9, atol=1e-9)


# --- graphs ---


def test_a_diamond_adds_up_the_gradients_of_its_branches():
    x = Tensor(A, requires_grad=True)
    q = x * x
    (q * q + q.exp() - x).sum().backward()
    assert_allclose(x.grad, 4 * A**3 + 2 * A * np.exp(A**2) - 1)


def test_a_graph_that_doubles_its_paths_at_each_step_takes_one_visit_a_node():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_a_long_chain_does_not_run_into_the_recursion_limit():
    x = Tensor(0.5, requires_grad=True)
    y = x
    for _ in range(5000):
        y = y + x
    y.backward()
    assert x.grad == 5001


def test_gradients_add_up_over_two_backward_calls():
    x = Tensor(A, requires_grad=True)
    y = (x**3).sum()
    y.backward()
    y.backward()
    assert_allclose(x.grad, 2 * 3 * A**2)
    x.grad = None
    y.backward()
    assert_allclose(x.grad, 3 * A**2)


def test_two_losses_of_one_graph_add_their_gradients():
    x = Tensor(A, requires_grad=True)
    shared = x * x
    shared.sum().backward()
    (shared * shared).sum().backward()
    assert_allclose(x.grad, 2 * A + 4 * A**3)


def test_gradients_are_arrays_of_their_own():
    x, y = Tensor(A, requires_grad=True), Tensor(B, requires_grad=True)
    z = x + y
    dy = np.ones_like(A)
    z.backward(dy)
    x.grad += 1
    assert_array_equal(y.grad, 1)
    assert_array_equal(dy, 1)
    first = x.grad
    z.backward(dy)
    assert_array_equal(first, 2)  # what was read from .grad does not change later


def test_only_leaves_that_ask_for_it_get_a_gradient():
    x, constant = Tensor(A, requires_grad=True), Tensor(B)
    q = x * constant
    q.sum().backward()
    assert constant.grad is None
    assert q.grad is None
    assert q.requires_grad
    assert not constant.requires_grad


def test_detach_cuts_the_graph():
    x = Tensor(A, requires_grad=True)
    q = x * x
    (q * q.detach()).sum().backward()
    assert_allclose(x.grad, 2 * A * A**2)


def test_no_grad_remembers_nothing_and_ends_even_after_an_error():
    x = Tensor(A, requires_grad=True)
    with no_grad():
        assert not (x * 2).requires_grad
    with pytest.raises(IndexError), no_grad():
        x[7]
    assert (x * 2).requires_grad


def test_float32_stays_float32():
    x = Tensor(A.astype(np.float32), requires_grad=True)
    y = ((2 * x + 1) ** 2 / 3).mean(axis=0).max()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32
    z = (x * B).sum()  # float64 by NumPy's rules; the gradient is of x's dtype
    z.backward()
    assert z.dtype == np.float64
    assert x.grad.dtype == np.float32


def test_a_graph_is_freed_with_its_last_tensor():
    x = Tensor(np.ones(10), requires_grad=True)
    y = (x.exp() * 2).sum()
    intermediate = weakref.ref(y.inputs[0])
    gc.disable()
    try:
        del y
        assert intermediate() is None  # a cycle would keep all arrays until the collector comes
    finally:
        gc.enable()


# --- NumPy beside it ---


def test_an_array_on_the_left_is_an_operand_like_any_other():
    x = Tensor(A, requires_grad=True)
    y = B + x * np.float64(3) - ROW * x + np.float32(2) * np.exp(x) / np.maximum(x, B)
    y = y + (STACK.transpose(0, 2, 1) @ x.transpose(0, 2, 1)).sum()
    y.sum().backward()
    t = torch.tensor(A, requires_grad=True)
    row, b, stack = torch.tensor(ROW), torch.tensor(B), torch.tensor(STACK)
    z = b + t * 3 - row * t + 2 * t.exp() / t.maximum(b)
    z = z + (stack.transpose(1, 2) @ t.transpose(1, 2)).sum()
    z.sum().backward()
    assert isinstance(y, Tensor)
    assert_allclose(x.grad, t.grad, rtol=1e-12)


def test_comparisons_and_places_are_arrays():
    x = Tensor(A, requires_grad=True)
    assert_array_equal(x > 0, A > 0)
    assert_array_equal(x >= B, B <= A)
    assert_array_equal(x == A, np.ones_like(A, bool))
    assert_array_equal(x != B, A != B)
    assert_array_equal(x.argmax(axis=1), A.argmax(axis=1))
    assert len({x, x * 1}) == 2


def test_a_tensor_has_its_own_copy_of_the_data():
    array = A.copy()
    x = Tensor(array, requires_grad=True)
    y = (x * x).sum()
    array[...] = 0
    y.backward()
    assert_allclose(x.grad, 2 * A)


def test_what_a_tensor_says_of_itself():
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    assert repr(x) == "Tensor([[1., 2.]], requires_grad=True)"
    assert repr(x * 2) == "Tensor([[2., 4.]], by=mul)"
    assert (x.shape, x.ndim, x.size, len(x), x.sum().item()) == ((1, 2), 2, 2, 1, 3.0)
    assert_array_equal(np.asarray(x.detach()), [[1, 2]])


# --- training ---


def mlp(F, x, target, w1, b1, w2, b2):
    h = F.relu(F.linear(x.reshape(len(x), -1), w1, b1))
    return F.cross_entropy(F.linear(h, w2, b2), target) + 0.01 * (w1 * w1).sum()


def cnn(F, x, target, w1, b1, gamma, beta, w2, b2):
    h = F.conv2d(x, w1, b1, padding=1)  # (20, 4, 6, 8)
    h = F.relu(F.batch_norm(h, None, None, gamma, beta, training=True))
    h = F.max_pool2d(h, 2)  # (20, 4, 3, 4)
    return F.cross_entropy(F.linear(h.reshape(20, -1), w2, b2), target)


SHAPES = {
    mlp: [(7, 144), (7,), (5, 7), (5,)],
    cnn: [(4, 3, 3, 3), (4,), (4,), (4,), (5, 48), (5,)],
}


@pytest.mark.parametrize("network", SHAPES, ids=lambda network: network.__name__)
def test_a_network_trains_on_the_registered_pairs_as_in_torch(network):
    rng = np.random.default_rng(2)
    x, target = rng.standard_normal((20, 3, 6, 8)), rng.integers(0, 5, 20)
    start = [rng.standard_normal(shape) * 0.2 for shape in SHAPES[network]]
    ours = [Tensor(a, requires_grad=True) for a in start]
    theirs = [torch.tensor(a, requires_grad=True) for a in start]
    losses = []
    for _ in range(30):
        loss = network(functional, Tensor(x), target, *ours)
        reference = network(
            cs_lib.torch.nn.functional, torch.tensor(x), torch.tensor(target), *theirs
        )
        losses.append((loss.item(), reference.item()))
        loss.backward()
        reference.backward()
        with no_grad(), torch.no_grad():
            for w in (*ours, *theirs):
                w.data -= 0.2 * w.grad
                w.grad = None
    got, want = np.transpose(losses)
    assert_allclose(got, want, rtol=1e-8)
    assert got[-1] < 0.7 * got[0]


def test_the_optimisers_of_the_layers_move_tensors_too():
    w, b = Tensor(MATRIX, requires_grad=True), Tensor(np.zeros(5), requires_grad=True)
    v, c = torch.tensor(MATRIX, requires_grad=True), torch.zeros(5, dtype=float, requires_grad=True)
    ours = cs_lib.numpy.optim.Adam([w, b], lr=0.05)
    theirs = torch.optim.Adam([v, c], lr=0.05)
    for _ in range(5):
        for optimizer in (ours, theirs):
            optimizer.zero_grad()
        ((A[0] @ w + b - 1) ** 2).mean().backward()
        ((torch.tensor(A[0]) @ v + c - 1) ** 2).mean().backward()
        for optimizer in (ours, theirs):
            optimizer.step()
    assert_allclose(w.data, v.detach(), rtol=1e-9)
    assert_allclose(b.data, c.detach(), rtol=1e-9)


# --- in place ---


def test_adding_on_while_recording_makes_a_new_tensor():
    x = Tensor(A, requires_grad=True)
    total = alias = (x * x).sum()
    total += x.sum()
    total *= 2
    assert alias is not total
    assert_allclose(alias.data, (A**2).sum())
    total.backward()
    assert_allclose(x.grad, 4 * A + 2)


def test_a_parameter_is_updated_in_place_under_no_grad():
    w = Tensor(A, requires_grad=True)
    same = w
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        with no_grad():
            w -= 0.25 * w.grad
    assert w is same
    assert w.requires_grad
    assert_allclose(w.data, A / 8)


def changes(x):
    """Ways to change a tensor, or one that looks into its memory, after the forward pass."""
    with no_grad():
        yield "x += 1", lambda: x.__iadd__(1)
        yield "x[0] = 1", lambda: x.__setitem__(0, 1)
        yield "a view of it", lambda: x[0].__imul__(2)
        yield "reshaped", lambda: x.reshape(-1).__isub__(2)
        yield "detached", lambda: x.detach().__itruediv__(2)
        yield "x.data =", lambda: setattr(x, "data", x.data * 2)


@pytest.mark.parametrize("n", range(6))
@pytest.mark.parametrize("of", ["leaf", "constant", "result"])
def test_backward_refuses_numbers_that_were_changed_since(n, of):
    x, c = Tensor(A, requires_grad=True), Tensor(B)
    y = x.exp() * c
    changed = {"leaf": x, "constant": c, "result": y}[of]
    loss = (y * y).sum()
    with no_grad():
        list(changes(changed))[n][1]()
    with pytest.raises(RuntimeError, match="was changed in place since"):
        loss.backward()


def test_a_change_before_the_forward_pass_is_nothing_to_refuse():
    x = Tensor(A, requires_grad=True)
    with no_grad():
        x *= 2
        x[0] = 3.0
    (x * x).sum().backward()
    assert_allclose(x.grad, 2 * x.data)


@pytest.mark.parametrize("operation", ["iadd", "isub", "imul", "itruediv"])
def test_each_operation_in_place_does_what_it_says(operation):
    name = f"__{operation}__"
    x = Tensor(A)
    want = getattr(A.copy(), name)(ROW)
    with no_grad():
        assert getattr(x, name)(Tensor(ROW)) is x
    assert_array_equal(x.data, want)
    y = Tensor(A)
    assert getattr(y, name)(ROW) is not y
    assert_array_equal(y.data, A)


def needs_grad(array=A):
    return Tensor(array, requires_grad=True)


def bad_pair(*gradients):
    def wrong(x, weight):
        return x * weight, None

    return differentiable(wrong, lambda dy, cache: gradients)(needs_grad(), needs_grad()).sum()


MESSAGES = [
    (
        lambda: Tensor([1, 2], requires_grad=True),
        "Tensor: data is int64 and has no gradient; convert it to float",
    ),
    (lambda: Tensor(["a"]), "Tensor: data is <U1; it must be numbers"),
    (lambda: Tensor(Tensor(A)), "Tensor: data is a Tensor; x.detach() gives one without graph"),
    (
        lambda: needs_grad().backward(),
        "Tensor.backward: the tensor has shape (2, 3, 4); call it on one number, as in y.sum(), "
        "or give backward(gradient)",
    ),
    (
        lambda: needs_grad().backward(np.ones((2, 4, 3))),
        "Tensor.backward: gradient has shape (2, 4, 3), the tensor (2, 3, 4); both must agree",
    ),
    (
        lambda: Tensor(A).sum().backward(),
        "Tensor.backward: no graph leads here; make a parameter with requires_grad=True and "
        "compute this outside no_grad()",
    ),
    (
        lambda: needs_grad().__iadd__(1),
        "Tensor: add in place would change what the gradient is taken by; put the update of a "
        "parameter under no_grad()",
    ),
    (
        lambda: (needs_grad() * 2).__setitem__(0, 1),
        "Tensor: x[index] = y would change numbers that backward needs; use where(mask, y, x), "
        "or no_grad()",
    ),
    (
        lambda: Tensor(A).__setitem__(0, needs_grad()[0]),
        "Tensor: x[index] = y would change numbers that backward needs; use where(mask, y, x), "
        "or no_grad()",
    ),
    (
        lambda: np.asarray(needs_grad()),
        "Tensor: NumPy would lose its graph; use x.detach(), or one of Tensor's own methods",
    ),
    (
        lambda: A.copy().__iadd__(needs_grad()),
        "Tensor: np.add with out has no rule; with an array on the left, write a = a + x for "
        "a += x",
    ),
    (
        lambda: np.sin(needs_grad()),
        "Tensor: np.sin has no rule; with an array on the left, write a = a + x for a += x",
    ),
    (
        lambda: np.mean(needs_grad()),
        "Tensor: np.mean has no rule; use a method, as in x.mean(axis=0)",
    ),
    (
        lambda: functional.batch_norm(needs_grad(), Tensor(np.ones(3)), np.ones(3)),
        "batch_norm: running_mean is a Tensor, but has no gradient; give .data",
    ),
    (
        lambda: bad_pair(A).backward(),
        "Tensor.backward: wrong_backward gave gradients of shapes [(2, 3, 4)]; number 2 "
        "must have shape (2, 3, 4), as its argument",
    ),
    (
        lambda: bad_pair(A.T, A).backward(),
        "Tensor.backward: wrong_backward gave gradients of shapes [(4, 3, 2), (2, 3, 4)]; "
        "number 1 must have shape (2, 3, 4), as its argument",
    ),
]


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row[1][:60])
def test_what_cannot_be_done_is_refused_with_a_remedy(row):
    call, message = row
    with pytest.raises((TypeError, ValueError, RuntimeError), match=f"^{re.escape(message)}$"):
        call()


NAN = np.array([[1.0, np.nan, 3.0], [2.0, 5.0, 5.0]])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["amax", "amin"])
def test_nan_has_the_gradient_that_torch_gives(name, axis):
    ours, theirs = Tensor(NAN, requires_grad=True), torch.tensor(NAN, requires_grad=True)
    getattr(ours, name[1:])(axis).sum().backward()
    getattr(theirs, name)(axis).sum().backward()
    assert_array_equal(ours.grad, theirs.grad.numpy())


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_larger_of_nan_has_the_gradient_that_torch_gives(name):
    ours = [Tensor(a, requires_grad=True) for a in (NAN, NAN[::-1])]
    theirs = [torch.tensor(a.copy(), requires_grad=True) for a in (NAN, NAN[::-1])]
    getattr(ours[0], name)(ours[1]).sum().backward()
    getattr(torch, name)(*theirs).sum().backward()
    for got, want in zip(ours, theirs, strict=True):
        assert_array_equal(got.grad, want.grad.numpy())
