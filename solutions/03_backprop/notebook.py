# ---
# title: "Assignment 3 · Backpropagation and neural networks"
# withhold:
#   - cs_lib.numpy.autograd.rules._matmul_gradients
#   - cs_lib.numpy.autograd.rules._unbroadcast
#   - cs_lib.numpy.autograd.scalar
#   - cs_lib.numpy.autograd.tensor.Tensor
#   - cs_lib.numpy.constructions
#   - cs_lib.numpy.nn.activation
#   - cs_lib.numpy.nn.arithmetic
#   - cs_lib.numpy.nn.linear
#   - cs_lib.numpy.nn.loss
#   - cs_lib.torch.nn.activation
#   - cs_lib.torch.nn.linear
#   - cs_lib.torch.nn.loss
# ---

# %% [markdown]
# # Assignment 3 · Backpropagation and neural networks
#
# A network of a million weights has a million derivatives, and one walk backwards through it finds
# them all. You will write that walk three times: for a single gate, for any graph of arrays, and
# for a network of any depth. After that you build networks by hand that represent whatever you
# like, and measure what keeps others from learning.
#
# **How it works.** Each exercise has a text, a cell to write in, and folded cells with checks.
#
# 1. Replace the line `raise NotImplementedError(…)` with your code, and run the cell.
# 2. Run the cells of checks below it. A check that fails says what it saw, what it wanted and for
#    which call, and often it can name your mistake and the section of the book to read. A cell that
#    passes prints a line with a ✓.
# 3. Look at what your code does: after most exercises, a picture or a number made by it stands
#    beside ours.
#
# The checks that you can see try the rules of a text on examples, and the hidden ones try them on
# other numbers. The hidden ones decide about the points, which are counted cell by cell, so that a special case which is
# wrong costs its own cell only. The last cell of the notebook lists how far you are. Keep the file
# [hints.json](hints.json) beside this notebook: the names of mistakes are in it.
#
# **When you are stuck,** measure the gradient: `numerical_gradient(f, x)` of `cs_lib` moves one
# entry of `x` at a time and needs no derivation at all. Wherever it disagrees with yours, one entry
# of one array tells you which term to look at.
#
# **What you may use** is NumPy and Python's standard library, torch in the last exercise alone, and
# none of the functions of `cs_lib` that you are asked to write: when your work is graded, those are
# taken out.
#
# **One convention.** A layer's function here does both directions in one call. It takes the layer's
# inputs and `dy`, the upstream gradient (of the loss with respect to the layer's output), and
# returns the output and the gradient of the loss with respect to each input. So `dx` is short for
# $\partial L / \partial x$ and has the shape of `x`.
#
# Unless a text says otherwise, numbers are float64, loops are allowed, a function leaves its
# arguments as they are, and it never touches NumPy's global random state. Set aside five hours or
# so: the minutes beside each exercise are for the exercise, and the reading comes on top.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/03_backprop/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np
import torch

from cs_lib import data
from cs_lib.numpy.gradcheck import numerical_gradient
from cs_lib.testing import (
    call,
    check_call,
    check_equal,
    check_growth,
    check_no_loop,
    passed,
    progress,
)


def floats(values):
    """An array of float64: the checks write floats([1, 2])."""
    return np.array(values, dtype=np.float64)


# %% [markdown]
# ## Warm-up
#
# Five minutes, no points: see how a check speaks. `cube` gives $y = x^3$ and the gradient $dx$, and
# its derivative is wrong. Run both cells, read the message, mend the function (what is the
# derivative of $x^3$, and what does the chain rule do with `dy`?), and run them again until the
# line with the ✓ appears.


# %%
def cube(x, dy):
    """x, dy: numbers -> y, dx"""
    return x**3, 3 * x * dy


# %% tags=["raises-exception"]
check_call(cube, 2.0, 1.0, want=(8.0, 12.0), label="x = 2")
check_call(cube, -1.0, 10.0, want=(-1.0, 30.0), label="x = -1, dy = 10")
passed("warm-up")

# %% [markdown]
# ## 1 · Graphs
#
# ### Exercise `gate` (8 points)
#
# *Read {{ read sec-backprop-gates }} first. About 15 minutes.*
#
# Write `gate(kind, x, y, dz)`: one gate with two inputs, forward and backward. For example, the
# inputs 3 and −4 with an upstream gradient of 10:
#
# ```python
# gate("mul", 3.0, -4.0, 10.0)  # (-12.0, -40.0, 30.0)
# gate("max", 3.0, -4.0, 10.0)  # (3.0, 10.0, 0.0)
# ```
#
# | | |
# |---|---|
# | `kind` | `"add"`: z = x + y; `"mul"`: z = x · y; `"max"`: z = the larger of the two |
# | `x`, `y` | two numbers, or two arrays of the same shape |
# | `dz` | the gradient of the loss with respect to z, of the same shape |
# | returns | `(z, dx, dy)`, each of that shape |
#
# - **Arrays** are handled entry by entry, as if there were one gate for each. Any entry may be 0.
# - Where x and y are **equal**, the max gate gives each of them half of the gradient. Equal means
#   `x == y`: of two numbers that are nearly equal, the larger still takes it all.


# %% nbgrader={"grade_id": "gate", "solution": true}
def gate(kind, x, y, dz):
    """x, y, dz: of one shape -> z, dx, dy, of the same shape."""
    ### BEGIN SOLUTION
    if kind == "add":  # distributes
        return x + y, dz, dz
    if kind == "mul":  # switches
        return x * y, dz * y, dz * x
    share = (np.sign(x - y) + 1) / 2  # routes: 1, ½ or 0
    return np.maximum(x, y), dz * share, dz * (1 - share)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_gate", "grade": true, "points": 4}
check_call(gate, "add", -2.0, 5.0, -4.0, want=(3.0, -4.0, -4.0), label="add")
check_call(gate, "mul", 3.0, -4.0, 10.0, want=(-12.0, -40.0, 30.0), label="mul")
check_call(gate, "max", 3.0, -4.0, 10.0, want=(3.0, 10.0, 0.0), label="max of 3 and -4")
check_call(gate, "max", -5.0, -2.0, -3.0, want=(-2.0, 0.0, -3.0), label="max of -5 and -2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for x, y, dz in [*rng.normal(size=(4, 3)).tolist(), (-7.5, -0.5, -2.0), (0.5, -2.0, 3.0)]:
    case = f"{x:.2f} and {y:.2f}"
    check_call(gate, "add", x, y, dz, want=(x + y, 1 * dz, 1 * dz), label=f"add, {case}")
    check_call(gate, "mul", x, y, dz, want=(x * y, y * dz, x * dz), label=f"mul, {case}")
    want = (x, 1 * dz, 0.0) if x > y else (y, 0.0, 1 * dz)
    check_call(gate, "max", x, y, dz, want=want, label=f"max, {case}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_gate_arrays", "grade": true, "points": 2}
x, y, dz = floats([[0, -2], [4, 3]]), floats([[3, -4], [-1, 5]]), floats([[2, 3], [-5, 6]])
want = (floats([[0, 8], [-4, 15]]), floats([[6, -12], [5, 30]]), floats([[0, -6], [-20, 18]]))
check_call(gate, "mul", x, y, dz, want=want, label="mul of arrays, with a 0")
want = (floats([[3, -2], [4, 5]]), floats([[0, 3], [-5, 0]]), floats([[2, 0], [0, 6]]))
check_call(gate, "max", x, y, dz, want=want, label="max of arrays")
check_call(gate, "add", x, y, dz, want=(x + y, 1 * dz, 1 * dz), label="add of arrays")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(1)
for shape in [(5,), (3, 4), (2, 3, 4)]:
    x, y, dz = rng.normal(size=(3, *shape))
    x = np.where(rng.uniform(size=shape) < 0.3, 0.0, x)
    case = f"arrays of shape {shape}"
    check_call(gate, "add", x, y, dz, want=(x + y, 1 * dz, 1 * dz), label=f"add, {case}")
    check_call(gate, "mul", x, y, dz, want=(x * y, y * dz, x * dz), label=f"mul, {case}")
    to_x = np.vectorize(lambda a, b: float(a > b))(x, y)
    larger = np.vectorize(max)(x, y)
    check_call(gate, "max", x, y, dz, want=(larger, to_x * dz, (1 - to_x) * dz), label=f"max, {case}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_gate_equal_inputs", "grade": true, "points": 2}
x, y, dz = floats([3, 2, 0.5, -1]), floats([3, 1, 4, -2]), floats([5, 20, 30, 7])
want = (floats([3, 2, 4, -1]), floats([2.5, 20, 0, 7]), floats([2.5, 0, 30, 0]))
check_call(gate, "max", x, y, dz, want=want, label="max, the first two are equal")
check_call(gate, "max", 1.0, 1 + 1e-9, 3.0, want=(1 + 1e-9, 0.0, 3.0), label="nearly equal")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
for shape in [(5,), (3, 4), (2, 3, 4)]:
    x, y, dz = rng.normal(size=(3, *shape))
    x, y = np.round(2 * x) / 2 - 1.0, np.round(2 * y) / 2 - 1.0  # with ties, mostly negative
    to_x = np.vectorize(lambda a, b: 1.0 if a > b else 0.0 if a < b else 0.5)(x, y)
    want = (np.vectorize(max)(x, y), to_x * dz, (1 - to_x) * dz)
    check_call(gate, "max", x, y, dz, want=want, label=f"max with ties, shape {shape}")
    check_call(gate, "max", -x, -x, dz, want=(-x, dz / 2, dz / 2), label=f"max of equals, shape {shape}")
check_call(gate, "max", 7.0, 7 - 1e-8, -2.0, want=(7.0, -2.0, 0.0), label="nearly equal, the first larger")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: two gates make a circuit, $f = \max(x \cdot y, z)$ at x = 2, y = 3, z = 4.
# Forwards we go through mul, then max; backwards we start with $\partial f/\partial f = 1$ and go
# through max, then mul. Both rows should read 3, 2, 0.

# %%
product_xy, _, _ = gate("mul", 2.0, 3.0, 1.0)
_, to_product, gradient_z = gate("max", product_xy, 4.0, 1.0)
_, gradient_x, gradient_y = gate("mul", 2.0, 3.0, to_product)
measured = numerical_gradient(lambda v: max(v[0] * v[1], v[2]), np.array([2.0, 3.0, 4.0]))
print("your gates:   ", *(f"{g:5.2f}" for g in [gradient_x, gradient_y, gradient_z]))
print("by measurement", *(f"{g:5.2f}" for g in measured))

# %% [markdown]
# ### Exercise `backward` (18 points)
#
# *Read {{ read sec-backprop-reuse }}, {{ read sec-backprop-diamond }} and
# {{ read sec-backprop-broadcasting }} first. About an hour.*
#
# This is the heart of the chapter: all gradients of any graph, in one walk.
#
# A graph is a dictionary. To each computed node it gives the operation and the names of the nodes
# that go in. Nodes that are not computed, the *leaves*, are not in it. The nodes stand there **in
# any order**. Six operations are enough:

# %%
OPERATIONS = {
    "add": lambda a, b: a + b,  # with broadcasting
    "mul": lambda a, b: a * b,  # entry by entry, with broadcasting
    "matmul": lambda a, b: a @ b,  # both with two axes
    "exp": np.exp,
    "relu": lambda a: np.maximum(a, 0),
    "sum": np.sum,  # of all entries, to shape ()
}


def forward(graph, leaves):
    """The value of every node: {name: array}. Whatever has all of its inputs is computed next."""
    values = {name: np.asarray(leaf, dtype=np.float64) for name, leaf in leaves.items()}
    waiting = dict(graph)
    while waiting:
        for name, (operation, inputs) in list(waiting.items()):
            if all(i in values for i in inputs):
                values[name] = np.asarray(OPERATIONS[operation](*(values[i] for i in inputs)))
                del waiting[name]
    return values


graph = {"f": ("mul", ("q", "z")), "q": ("add", ("x", "y"))}  # f = (x + y) z
print({name: v.item() for name, v in forward(graph, {"x": -2, "y": 5, "z": -4}).items()})

# %% [markdown]
# Write `backward(graph, values, output, earlier)`. For the graph above, $f = (x + y)\,z$ at x = −2,
# y = 5, z = −4:
#
# ```python
# backward(graph, forward(graph, {"x": -2, "y": 5, "z": -4}), "f", {})
# # f: 1.0, q: -4.0, x: -4.0, y: -4.0, z: 3.0
# ```
#
# | | |
# |---|---|
# | `graph` | `{name: (operation, inputs)}`; `inputs` is a tuple of one or two names, which may be equal |
# | `values` | `{name: array}`: the value of every node, leaves too, in any order again; all are finite |
# | `output` | the name of a node of shape (), such as `"f"` |
# | `earlier` | `{name: array}`: gradients that earlier calls have left, for some of the nodes or for none |
# | returns | a new `{name: array}` with an entry for **every** node: the gradient of `output`, in its shape |
#
# - The gradient of `output` with respect to itself is 1: the walk begins there, with an array of
#   shape (). (A number of NumPy's, such as `np.float64(1)`, is as good as such an array.)
# - A node that feeds several others, or one other twice (as in x · x), gets the **sum** of what
#   comes back. Only when it has received everything does it pass its gradient on, and for that no
#   order is given to you.
# - `exp` and `mul` need values from the way forward, and `values` has them. The derivative of ReLU
#   at 0 is taken as 0.
# - **Other nodes**: `output` may be any node of shape (), not only the last. A node on which it
#   does not depend has gradient 0, in the node's shape. That goes for nodes beside it, and for
#   nodes computed *from* it.
# - **Earlier gradients** are added at the end, where `earlier` has the node, be it one on which
#   `output` depends or another. They take no part in the walk, so that two calls in a row give twice the gradient (this is how torch accumulates).
#   `earlier` itself stays as it is.
# - **Broadcasting**: where `add` or `mul` repeated an input, its gradient is summed over the copies
#   and has the input's own shape. Axes may have been put in front, axes of length 1 may have been
#   stretched, or both.
# - **Size**: a chain may be thousands of nodes long, while Python's recursion ends at about one
#   thousand calls. The time has to grow with the number of nodes. It may not grow with the number
#   of paths, which can double with every node, nor with the square of the number of nodes, as it
#   does in `forward`, which goes through all that is waiting again and again.


# %% nbgrader={"grade_id": "backward", "solution": true}
def backward(graph, values, output, earlier):
    """The gradient of output with respect to every node, plus earlier's: {name: array}."""
    ### BEGIN SOLUTION
    rules = {  # what each operation sends back: dy, y, inputs -> a gradient an input
        "add": lambda dy, y, a, b: (dy, dy),
        "mul": lambda dy, y, a, b: (dy * b, dy * a),
        "matmul": lambda dy, y, a, b: (dy @ b.T, a.T @ dy),
        "exp": lambda dy, y, a: (dy * y,),
        "relu": lambda dy, y, a: (dy * (a > 0),),
        "sum": lambda dy, y, a: (np.full(a.shape, dy),),
    }

    def as_shape(dx, shape):  # summed over the copies that broadcasting made
        dx = dx.sum(axis=tuple(range(dx.ndim - len(shape))))
        repeated = tuple(n for n, size in enumerate(shape) if size == 1)
        return dx.sum(axis=repeated, keepdims=True)

    gradient = {name: np.zeros(value.shape) for name, value in values.items()}
    gradient[output] = np.ones(())
    uses = dict.fromkeys(values, 0)  # of each node, those that have not sent anything back
    for _, inputs in graph.values():
        for i in inputs:
            uses[i] += 1
    ready = [name for name, count in uses.items() if count == 0]
    while ready:
        name = ready.pop()
        if name not in graph:  # a leaf
            continue
        operation, inputs = graph[name]
        dxs = rules[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + as_shape(dx, values[i].shape)
            uses[i] -= 1
            if uses[i] == 0:
                ready.append(i)
    return {name: gradient[name] + earlier.get(name, 0) for name in values}
    ### END SOLUTION


# %% tags=["folded"]
def run_backward(graph, values, output="f", earlier=None, nodes=None):
    """The gradients that your backward gives for some nodes, or for all in alphabetical order: a tuple.

    A label such as "f = x · x: gradients of f, x" lists the nodes: result 2 of 2 is that of x.
    """
    values = {name: values[name] for name in sorted(values)}  # an order that means nothing
    found = backward(graph, values, output, {} if earlier is None else earlier)
    if not isinstance(found, dict):
        raise TypeError(f"backward returned a {type(found).__name__}, not a dictionary")
    if missing := [name for name in values if name not in found]:
        raise KeyError(f"backward gave no gradient for {', '.join(missing[:5])}")
    return tuple(found[name] for name in nodes or values)


class CountedName(str):
    """A name whose comparison is work that is counted, since "in" compares with all that a list holds."""

    def __eq__(self, other):
        return str(self) == str(other)

    __hash__ = str.__hash__


def run_with_counted_names(graph, values, output):
    """What run_backward gives, after the names have become counted ones."""
    counted = {name: CountedName(name) for name in values}
    graph = {counted[name]: (operation, tuple(counted[i] for i in inputs)) for name, (operation, inputs) in graph.items()}
    return run_backward(graph, {counted[name]: value for name, value in values.items()}, counted[output])


# %% nbgrader={"grade_id": "test_backward", "grade": true, "points": 6}
product = {"f": ("mul", ("q", "z")), "q": ("add", ("x", "y"))}
values = forward(product, {"x": -2, "y": 5, "z": -4})
check_call(run_backward, product, values, want=(1.0, -4.0, -4.0, -4.0, 3.0), label="f = (x + y) z: gradients of f, q, x, y, z")
power, square = {"f": ("exp", ("x",))}, {"f": ("mul", ("x", "x"))}
check_call(run_backward, power, forward(power, {"x": 2}), want=(1.0, np.exp(2)), label="f = exp(x): gradients of f, x")
chain = {"f": ("mul", ("m", "z")), "m": ("mul", ("x", "y"))}
values, want = forward(chain, {"x": 2, "y": 3, "z": 5}), (1.0, 5.0, 15.0, 10.0, 6.0)
check_call(run_backward, chain, values, want=want, label="f = (x y) z: gradients of f, m, x, y, z")
diamond = {"f": ("add", ("c", "a")), "a": ("mul", ("x", "y")), "b": ("exp", ("a",)), "c": ("mul", ("a", "b"))}
values, slope = forward(diamond, {"x": 2, "y": 3}), 7 * np.exp(6) + 1  # f = a exp(a) + a with a = x y
want = (slope, 6.0, 1.0, 1.0, 3 * slope, 2 * slope)
check_call(run_backward, diamond, values, want=want, label="f = a exp(a) + a, a = x y: gradients of a, b, c, f, x, y")
order = {name: diamond[name] for name in "cbfa"}
check_call(run_backward, order, values, want=want, label="the same, its nodes in another order: gradients of a, b, c, f, x, y")
check_call(run_backward, square, forward(square, {"x": 3}), want=(1.0, 6.0), label="f = x · x: gradients of f, x")
twice = {"f": ("add", ("y", "w")), "w": ("exp", ("z",)), "z": ("exp", ("x",)), "y": ("mul", ("x", "x")), "x": ("exp", ("u",))}
e, values = np.e, forward(twice, {"u": 0})
want = (1.0, 2 + e**e * e, 1.0, 2 + e**e * e, 1.0, e**e)
check_call(run_backward, twice, values, want=want, label="f = x · x + exp(exp(x)), x = exp(u): gradients of f, u, w, x, y, z")
### BEGIN HIDDEN TESTS
def torch_gradients(graph, leaves):
    """What torch's autograd gives for the gradient of f with respect to every node, by name."""
    operations = {"add": torch.add, "mul": torch.mul, "exp": torch.exp, "relu": torch.relu, "sum": torch.sum}
    nodes = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in leaves.items()}
    while len(nodes) < len(graph) + len(leaves):
        for name, (operation, inputs) in graph.items():
            if name not in nodes and all(i in nodes for i in inputs):
                nodes[name] = operations[operation](*(nodes[i] for i in inputs))
    found = torch.autograd.grad(nodes["f"], list(nodes.values()), allow_unused=True, materialize_grads=True)
    return tuple(g.numpy() for _, g in sorted(zip(nodes, found)))


shared = {"a": ("add", ("x", "y")), "b": ("add", ("a", "x")), "f": ("add", ("b", "a"))}
want = (2.0, 1.0, 1.0, 3.0, 2.0)
check_call(run_backward, shared, forward(shared, {"x": 1, "y": 3}), want=want, label="sums of sums")
for seed in range(12):  # random graphs of numbers, in a random order
    rng = np.random.default_rng(seed)
    names, built = ["x", "y"], {}
    for i in range(8):
        kind = str(rng.choice(["add", "mul", "exp", "add"]) if i < 5 else "add")
        inputs = tuple(str(name) for name in rng.choice(names[-4:], size=1 if kind == "exp" else 2))
        built[f"n{i}"] = (kind, inputs)
        names.append(f"n{i}")
    built["f"] = ("add", ("n7", "n6"))
    depends, todo = set(), ["f"]
    while todo:
        depends.add(name := todo.pop())
        todo += built.get(name, ("", ()))[1]
    built = {name: built[name] for name in rng.permutation(sorted(depends - {"x", "y"})).tolist()}
    leaves = {"x": 0.1 * rng.normal(), "y": -0.2 * rng.normal()}
    leaves = {name: leaf for name, leaf in leaves.items() if name in depends}
    want = torch_gradients(built, leaves)
    check_call(run_backward, built, forward(built, leaves), want=want, label=f"random graph {seed}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_backward_arrays", "grade": true, "points": 3}
layer = {"f": ("sum", ("m",)), "m": ("mul", ("h", "c")), "y": ("matmul", ("x", "w")), "h": ("relu", ("y",))}
c, w, x = [[1, -2, 3], [4, 5, -6]], [[5, 6, -7], [8, 9, 3]], [[1, 2], [3, -4]]
dc, dh = floats([[21, 24, 0], [0, 0, 0]]), floats([[1, -2, 3], [4, 5, -6]])
dw, dx, dy = floats([[1, -2, 0], [2, -4, 0]]), floats([[-7, -10], [0, 0]]), floats([[1, -2, 0], [0, 0, 0]])
want = (dc, 1.0, dh, np.ones((2, 3)), dw, dx, dy)
check_call(run_backward, layer, forward(layer, {"c": c, "w": w, "x": x}), want=want, label="f = sum(relu(x @ w) · c): gradients of c, f, h, m, w, x, y")
total = {"f": ("mul", ("s", "k")), "s": ("sum", ("x",))}
want = (1.0, 7.0, 2.0, floats([2, 2, 2]))
check_call(run_backward, total, forward(total, {"x": [1, 2, 4], "k": 2}), want=want, label="f = sum(x) · k: gradients of f, k, s, x")
kink = {"f": ("sum", ("h",)), "h": ("relu", ("x",))}
want = (1.0, np.ones(3), floats([0, 0, 1]))
check_call(run_backward, kink, forward(kink, {"x": [-1, 0, 2]}), want=want, label="relu at 0: gradients of f, h, x")
### BEGIN HIDDEN TESTS
def torch_gradients(graph, leaves):
    """What torch's autograd gives for the gradient of f with respect to every node, by name."""
    operations = {"add": torch.add, "mul": torch.mul, "matmul": torch.matmul, "relu": torch.relu, "sum": torch.sum}
    nodes = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in leaves.items()}
    while len(nodes) < len(graph) + len(leaves):
        for name, (operation, inputs) in graph.items():
            if name not in nodes and all(i in nodes for i in inputs):
                nodes[name] = operations[operation](*(nodes[i] for i in inputs))
    found = torch.autograd.grad(nodes["f"], list(nodes.values()), allow_unused=True, materialize_grads=True)
    return tuple(g.numpy() for _, g in sorted(zip(nodes, found)))


shared = {"a": ("add", ("x", "y")), "b": ("add", ("a", "x")), "c": ("add", ("b", "a"))}
shared |= {"d": ("mul", ("c", "k")), "f": ("sum", ("d",))}
values, k = forward(shared, {"x": [1, 2], "y": [3, 4], "k": [2, -3]}), floats([2, -3])
want = (2 * k, k, k, np.ones(2), 1.0, floats([9, 14]), 3 * k, 2 * k)
check_call(run_backward, shared, values, want=want, label="sums of sums of arrays")
rng = np.random.default_rng(1)
mlp = {
    "f": ("sum", ("e",)),
    "h": ("relu", ("a",)),
    "a": ("matmul", ("x", "w1")),
    "s": ("matmul", ("h", "w2")),
    "r": ("add", ("s", "t")),
    "e": ("mul", ("r", "r")),
}
for n in [1, 5]:
    leaves = {"x": (n, 3), "w1": (3, 4), "w2": (4, 2), "t": (n, 2)}
    leaves = {name: rng.normal(size=shape) for name, shape in leaves.items()}
    want = torch_gradients(mlp, leaves)
    check_call(run_backward, mlp, forward(mlp, leaves), want=want, label=f"a network and {n} rows")
for seed in range(6):  # random graphs of arrays of one shape, in a random order
    rng = np.random.default_rng(seed)
    names, built = ["x", "y"], {}
    for i in range(10):
        kind = str(rng.choice(["add", "mul", "relu", "add"]))
        inputs = tuple(str(name) for name in rng.choice(names[-4:], size=1 if kind == "relu" else 2))
        built[f"n{i}"] = (kind, inputs)
        names.append(f"n{i}")
    built["f"] = ("sum", ("n9",))
    depends, todo = set(), ["f"]
    while todo:
        depends.add(name := todo.pop())
        todo += built.get(name, ("", ()))[1]
    built = {name: built[name] for name in rng.permutation(sorted(depends - {"x", "y"})).tolist()}
    leaves = {"x": rng.normal(size=(2, 3)), "y": rng.normal(size=(2, 3))}
    leaves = {name: leaf for name, leaf in leaves.items() if name in depends}
    want = torch_gradients(built, leaves)
    check_call(run_backward, built, forward(built, leaves), want=want, label=f"random graph of arrays {seed}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_backward_other_nodes_and_earlier_gradients", "grade": true, "points": 3}
product = {"f": ("mul", ("q", "z")), "q": ("add", ("x", "y"))}
values = forward(product, {"x": -2, "y": 5, "z": -4})
earlier = {"x": np.array(-4.0), "y": np.array(100.0), "q": np.array(-4.0), "f": np.array(5.0)}
want = (6.0, -8.0, -8.0, 96.0, 3.0)
check_call(run_backward, product, values, "f", earlier, want=want, label="after an earlier call: gradients of f, q, x, y, z")
more = {"aside": ("exp", ("q",)), **product, "after": ("exp", ("f",))}
values = forward(more, {"x": -2, "y": 5, "z": -4})
want = (0.0, 0.0, 1.0, -4.0, -4.0, -4.0, 3.0)
check_call(run_backward, more, values, want=want, label="a node beside f, and one after it: gradients of after, aside, f, q, x, y, z")
check_call(run_backward, more, values, "q", want=(0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0), label="q as output: gradients of after, aside, f, q, x, y, z")
earlier = {"after": np.array(5.0), "aside": np.array(-2.0), "z": np.array(3.0), "x": np.array(10.0)}
want = (5.0, -2.0, 0.0, 1.0, 11.0, 1.0, 3.0)
check_call(run_backward, more, values, "q", earlier, want=want, label="q as output, after an earlier call: gradients of after, aside, f, q, x, y, z")
arrays = {"aside": ("exp", ("x",)), "f": ("sum", ("x",)), "after": ("mul", ("f", "w"))}
want = (np.zeros((1, 3)), np.zeros((1, 2)), 1.0, np.zeros((1, 3)), np.ones((1, 2)))
values = forward(arrays, {"x": [[1, 2]], "w": [[3, 4, 5]]})
check_call(run_backward, arrays, values, want=want, label="arrays beside f, and after it: gradients of after, aside, f, w, x")
### BEGIN HIDDEN TESTS
more = {"b": ("add", ("t", "x")), "after": ("mul", ("f", "f")), **product, "aside": ("mul", ("x", "other"))}
leaves = {"x": 3, "y": 1, "z": -2, "other": 7, "t": [1, 2, 3], "alone": [2, 2]}
three, two = np.zeros(3), np.zeros(2)
want = (0.0, two, 0.0, three, 1.0, 0.0, -2.0, three, -2.0, -2.0, 4.0)
check_call(run_backward, more, forward(more, leaves), want=want, label="several nodes beside and after f")
want = (0.0, two, 0.0, three, 0.0, 0.0, 1.0, three, 1.0, 1.0, 0.0)
check_call(run_backward, more, forward(more, leaves), "q", want=want, label="q as output, with arrays beside it")
values = forward(product, {"x": -2, "y": 5, "z": -4})
earlier = {"z": np.array(10.0), "q": np.array(20.0)}
want = (1.0, 16.0, -4.0, -4.0, 13.0)
check_call(run_backward, product, values, "f", earlier, want=want, label="earlier gradients of z and q alone")
earlier = {"f": np.array(5.0)}
want = (6.0, -4.0, -4.0, -4.0, 3.0)
check_call(run_backward, product, values, "f", earlier, want=want, label="an earlier gradient of f alone")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_backward_broadcasting", "grade": true, "points": 3}
times, plus = ({"f": ("sum", ("c",)), "c": (kind, ("a", "b"))} for kind in ["mul", "add"])
a, b = np.arange(24.0).reshape(2, 4, 3), floats([[2], [3], [5], [7]])
want = (b + 0 * a, a.sum(axis=(0, 2))[:, None], np.ones((2, 4, 3)), 1.0)
check_call(run_backward, times, forward(times, {"a": a, "b": b}), want=want, label="(2, 4, 3) · (4, 1): gradients of a, b, c, f")
want = (np.ones((2, 3)), floats([2, 2, 2]), np.ones((2, 3)), 1.0)
check_call(run_backward, plus, forward(plus, {"a": a[0, :2], "b": a[0, 2]}), want=want, label="(2, 3) + (3,): gradients of a, b, c, f")
want = (10.0, np.full(4, 3.0), np.ones(4), 1.0)
check_call(run_backward, times, forward(times, {"a": 3, "b": [1, 2, 3, 4]}), want=want, label="a number · (4,): gradients of a, b, c, f")
both = {"f": ("add", ("s", "t")), "s": ("sum", ("c",)), "c": ("mul", ("a", "b")), "t": ("sum", ("d",)), "d": ("mul", ("b", "b"))}
values = forward(both, {"a": [[1, 2, 3], [4, 5, 6]], "b": floats([2, 3, 5])})
want = (floats([[2, 3, 5], [2, 3, 5]]), floats([9, 13, 19]), np.ones((2, 3)), np.ones(3), 1.0, 1.0, 1.0)
check_call(run_backward, both, values, want=want, label="an input stretched once, and used as it is: gradients of a, b, c, d, f, s, t")
### BEGIN HIDDEN TESTS
for kind, sign in [("add", "+"), ("mul", "·")]:
    graph = {"f": ("sum", ("c",)), "c": (kind, ("a", "b"))}
    for shape, other in [
        ((3,), (2, 3)),
        ((1,), (4,)),
        ((2, 1), (1, 3)),
        ((4, 1), (5,)),
        ((2, 3, 4), (3, 1)),
        ((1, 1), (2, 3, 4)),
        ((2, 1, 4), ()),
        ((1, 3), (1, 3)),
    ]:
        a, b = 1.0 + np.arange(np.prod(shape)), 2.0 - np.arange(np.prod(other))
        leaves = {"a": a.reshape(shape), "b": b.reshape(other)}
        values, wants = forward(graph, leaves), []
        for name, partner in ["ab", "ba"]:  # every entry of c adds to the entry that it came from
            whole = np.broadcast_to(values[partner] if kind == "mul" else 1.0, values["c"].shape)
            want = np.zeros(values[name].shape)
            places = np.broadcast_to(np.arange(want.size).reshape(want.shape), whole.shape)
            for place, amount in zip(places.ravel(), whole.ravel()):
                want.flat[place] += amount
            wants.append(want)
        want = (*wants, np.ones(values["c"].shape), 1.0)
        check_call(run_backward, graph, values, want=want, label=f"{shape} {sign} {other}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_backward_size", "grade": true, "points": 3}
def chain(count):
    """A sum of count ones, one more a node, with the last node first."""
    graph = {f"n{i + 1}": ("add", (f"n{i}", "one")) for i in reversed(range(count - 1))}
    return graph, {"one": np.array(1.0)} | {f"n{i}": np.array(float(i)) for i in range(count)}, f"n{count - 1}"


def doublings(count):
    """Each node is the sum of the one before with itself: 2 to the power of count paths. Then a relu."""
    graph = {f"n{i + 1}": ("add", (f"n{i}", f"n{i}")) for i in range(count)} | {"f": ("relu", (f"n{count}",))}
    return graph, {f"n{i}": np.array(2.0**i) for i in range(count + 1)} | {"f": np.array(2.0**count)}, "f"


check_growth(run_backward, chain(100), chain(400), times=8, label="the work for a chain, four times as long")
some = ["n0", "n750", "n2999", "one"]
check_call(run_backward, *chain(3000), {}, some, want=(1.0, 1.0, 1.0, 2999.0), label="a chain of 3,000 nodes: gradients of n0, n750, n2999, one")
check_growth(run_with_counted_names, chain(100), chain(400), times=8, label="the comparisons of names in a chain, four times as long")
check_growth(run_backward, doublings(5), doublings(10), times=8, label="the work for 1,024 paths, and for 32")
some = ["n0", "n1", "n16", "n17"]
check_call(run_backward, *doublings(17), {}, some, want=(2.0**17, 2.0**16, 2.0, 1.0), label="17 doublings and a relu: gradients of n0, n1, n16, n17")
### BEGIN HIDDEN TESTS
def factors(count):
    """Twice a product of -1s, one factor a node, with the last node first."""
    names = [f"n{i}" for i in range(count)]
    values = {name: np.array((-1.0) ** i) for i, name in enumerate(names)}
    values |= {"u": np.array(-1.0), "f": 2 * values[names[-1]]}
    steps = reversed(list(zip(names, names[1:])))
    return {"f": ("add", (names[-1],) * 2)} | {b: ("mul", (a, "u")) for a, b in steps}, values, "f"


check_growth(run_backward, factors(80), factors(320), times=8, label="the work for factors, four times as many")
some = ["n0", "n10", "n601", "n1199", "u"]
want = (-2.0, -2.0, 2.0, 2.0, 2398.0)
check_call(run_backward, *factors(1200), {}, some, want=want, label="twice a product of 1,200 factors")
### END HIDDEN TESTS

# %% [markdown]
# You have just written an autograd engine. Let it learn something: a graph of seven nodes is a
# network with 20 hidden units, and 300 steps of descent along your gradients fit a sine. Ours
# starts with a mean squared error of 0.964 and ends at 0.009.

# %%
sine_net = {
    "sums": ("matmul", ("x", "w1")),
    "moved": ("add", ("sums", "b1")),
    "hidden": ("relu", ("moved",)),
    "y": ("matmul", ("hidden", "w2")),
    "error": ("add", ("y", "minus_t")),
    "square": ("mul", ("error", "error")),
    "f": ("sum", ("square",)),
}
generator = np.random.default_rng(0)
grid_x = np.linspace(-3, 3, 61)[:, None]
sine_leaves = {"x": grid_x, "minus_t": -np.sin(grid_x)}
sine_leaves |= {"w1": generator.normal(size=(1, 20)), "b1": generator.normal(size=20)}
sine_leaves |= {"w2": 0.1 * generator.normal(size=(20, 1))}
_, ax = plt.subplots(figsize=(6, 2.5))
ax.plot(grid_x, np.sin(grid_x), "k:", label="sine")
for descent_step in range(301):
    sine_values = forward(sine_net, sine_leaves)
    if descent_step in (0, 300):
        ax.plot(grid_x, sine_values["y"], "-" if descent_step else "--", label=f"after {descent_step} steps")
        print(f"step {descent_step}: mean squared error {sine_values['f'] / 61:.3f}")
    sine_gradients = backward(sine_net, sine_values, "f", {})
    sine_leaves |= {name: sine_leaves[name] - 0.05 / 61 * sine_gradients[name] for name in ["w1", "b1", "w2"]}
_ = ax.legend()

# %% [markdown]
# ## 2 · Vectors and matrices
#
# ### Exercise `norm2_grad` (5 points)
#
# *Read {{ read sec-backprop-norm2 }} first. About 15 minutes.*
#
# Write `norm2_grad(weight, x, target)`: the function $f = \|W x - t\|^2 = \sum_i (W x - t)_i^2$ and
# its three gradients. The section works it out without t. What does t change? Derive it on paper,
# entry by entry, before you type. With $W = (1 \;\; 2)$, $x = (3, 1)$ and $t = 2$, the residual is
# $r = Wx - t = 3$. Then f = 9, the gradient with respect to W is (18, 6), that with respect to x is
# (6, 12), and that with respect to t is −6.
#
# | | |
# |---|---|
# | `weight` | (M, D), the matrix W |
# | `x` | (D,) |
# | `target` | (M,), the vector t |
# | returns | `(f, dweight, dx, dtarget)`: a number, (M, D), (D,) and (M,) |


# %% nbgrader={"grade_id": "norm2_grad", "solution": true}
def norm2_grad(weight, x, target):
    """weight: (M, D), x: (D,), target: (M,) -> f, dweight: (M, D), dx: (D,), dtarget: (M,)"""
    ### BEGIN SOLUTION
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_norm2_grad", "grade": true, "points": 5}
weight, x, target = floats([[1, 2], [1, -1]]), floats([3, 1]), floats([2, -3])
want = (34.0, floats([[18, 6], [30, 10]]), floats([16, 2]), floats([-6, -10]))
check_call(norm2_grad, weight, x, target, want=want, label="W of 2 by 2")
want = (4.0, floats([[-4, -20, -4]]), floats([-4, 0, -8]), floats([4]))
check_call(norm2_grad, floats([[1, 0, 2]]), floats([1, 5, 1]), floats([5]), want=want, label="W of 1 by 3")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
for m, d in [(3, 3), (2, 5), (4, 1), (1, 1), (6, 2)]:
    w, x, t = rng.normal(size=(m, d)), rng.normal(size=d), rng.normal(size=m)
    r = [sum(w[i, j] * x[j] for j in range(d)) - t[i] for i in range(m)]
    dw = np.array([[2 * r[i] * x[j] for j in range(d)] for i in range(m)])
    dx = np.array([sum(2 * r[i] * w[i, j] for i in range(m)) for j in range(d)])
    want = (sum(v * v for v in r), dw, dx, np.array([-2 * v for v in r]))
    check_call(norm2_grad, w, x, t, want=want, label=f"W of {m} by {d}, random")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `affine` (9 points)
#
# *Read {{ read sec-backprop-affine }} first. About 20 minutes.*
#
# Write `affine(x, weight, bias, dy)`: a fully connected layer, forward and backward. Row n of the
# output is $y_n = W x_n + b$. For one input (1, 2), the weights (3, 4), the bias 5 and the upstream
# gradient 10:
#
# ```python
# affine(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]), np.array([[10.0]]))
# # y [[16.]], dx [[30. 40.]], dweight [[10. 20.]], dbias [10.]
# ```
#
# | | |
# |---|---|
# | `x` | (N, …): N inputs of any shape, such as (N, 3, 32, 32); flattened, each has D numbers |
# | `weight` | (K, D) |
# | `bias` | (K,) |
# | `dy` | (N, K) |
# | returns | `(y, dx, dweight, dbias)` of shapes (N, K), that of x, (K, D) and (K,) |
#
# - The loss may be a mean over the N inputs, but that is already in `dy`: the layer adds over its
#   rows and divides nothing.
# - **Images** have more than one axis each. The layer flattens them, and `dx` comes back in the
#   shape of `x`.
# - **One dtype**: all arguments are float32, or all are float64, and so are all results. (In this
#   exercise alone, the checks look at that: a layer that turns float32 into float64 makes a network
#   twice as slow.)
# - N = 0 is legal: a batch without inputs has no outputs and a gradient of zeros.
# - **No Python loop**, nor a comprehension, over rows, columns or outputs: three matrix products and
#   a sum do it all.


# %% nbgrader={"grade_id": "affine", "solution": true}
def affine(x, weight, bias, dy):
    """x: (N, …), weight: (K, D), bias: (K,), dy: (N, K) -> y, dx, dweight, dbias"""
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), weight.shape[1])  # not -1, which cannot be found where N = 0
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_affine", "grade": true, "points": 5}
x, dy = floats([[1, 2, 3], [4, 5, 6]]), floats([[1, 0, 2, 0], [0, -1, 0, 3]])
weight = floats([[1, 0, -1], [2, 1, 0], [0, 0, 1], [1, 1, 1]])
y = floats([[8, 24, 33, 46], [8, 33, 36, 55]])
dx = floats([[1, 0, 1], [1, 2, 3]])
dweight = floats([[1, 2, 3], [-4, -5, -6], [2, 4, 6], [12, 15, 18]])
want = (y, dx, dweight, floats([1, -1, 2, 3]))
check_call(affine, x, weight, floats([10, 20, 30, 40]), dy, want=want, label="two rows of three, four outputs")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
for shape, k in [((5, 3), 2), ((2, 7), 4), ((4, 4), 4), ((7, 1), 3), ((1, 6), 3)]:
    (n, d), sizes = shape, [shape, (k, shape[1]), (k,), (shape[0], k)]
    x, w, b, dy = (rng.normal(size=s) - 0.5 for s in sizes)
    y = [[sum(x[i, j] * w[c, j] for j in range(d)) + b[c] for c in range(k)] for i in range(n)]
    dx = [[sum(dy[i, c] * w[c, j] for c in range(k)) for j in range(d)] for i in range(n)]
    dw = [[sum(dy[i, c] * x[i, j] for i in range(n)) for j in range(d)] for c in range(k)]
    db = [sum(dy[i, c] for i in range(n)) for c in range(k)]
    want = (np.array(y), np.array(dx), np.array(dw), np.array(db))
    check_call(affine, x, w, b, dy, want=want, label=f"x of shape {shape}, {k} outputs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_affine_images", "grade": true, "points": 2}
images, weight = floats([[[[1, 2]], [[3, 4]]], [[[0, 1]], [[-1, 0]]]]), floats([[1, 10, 100, 1000]])
dx = floats([[[[2, 20]], [[200, 2000]]], [[[3, 30]], [[300, 3000]]]])
want = (floats([[4321.5], [-89.5]]), dx, floats([[2, 7, 3, 8]]), floats([5]))
check_call(affine, images, weight, floats([0.5]), floats([[2], [3]]), want=want, label="two images of 2 · 1 · 2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(4)
for shape, k in [((4, 3, 2, 5), 6), ((3, 2, 4), 1), ((1, 3, 4, 4), 2)]:
    n, d = shape[0], int(np.prod(shape[1:]))
    x, w, b, dy = (rng.normal(size=s) for s in [shape, (k, d), (k,), (n, k)])
    rows = [image.ravel() for image in x]
    y = [[sum(v * u for v, u in zip(row, w[c])) + b[c] for c in range(k)] for row in rows]
    dx = np.array([sum(dy[i, c] * w[c] for c in range(k)).reshape(shape[1:]) for i in range(n)])
    dw = [[sum(dy[i, c] * rows[i][j] for i in range(n)) for j in range(d)] for c in range(k)]
    want = (np.array(y), dx, np.array(dw), np.array([sum(dy[:, c].tolist()) for c in range(k)]))
    check_call(affine, x, w, b, dy, want=want, label=f"images of shape {shape}, {k} outputs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_affine_float32_no_inputs_no_loop", "grade": true, "points": 2}
halves = [np.array(a, np.float32) for a in ([[1, 2], [0, -1]], [[3, 4]], [5], [[10], [20]])]
want = tuple(np.array(a, np.float32) for a in ([[16], [1]], [[30, 40], [60, 80]], [[10, 0]], [30]))
check_call(affine, *halves, want=want, exact_dtype=True, label="float32")
none, want = np.zeros((0, 2, 3)), (np.zeros((0, 4)), np.zeros((0, 2, 3)), np.zeros((4, 6)), np.zeros(4))
check_call(affine, none, np.ones((4, 6)), np.ones(4), np.zeros((0, 4)), want=want, label="no inputs at all")
for what, n, d, k in [("rows", 300, 3, 2), ("columns", 4, 300, 2), ("outputs", 4, 3, 300)]:
    few, many = ([np.ones(s) for s in [(n, d), (k, d), k, (n, k)]] for n, d, k in [(4, 3, 2), (n, d, k)])
    check_no_loop(affine, tuple(few), tuple(many), label=f"no loop over the {what}")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
for shape, k in [((5, 3), 2), ((4, 3, 2, 5), 6)]:
    n, d = shape[0], int(np.prod(shape[1:]))
    x, w, b, dy = (rng.normal(size=s).astype(np.float32) for s in [shape, (k, d), (k,), (n, k)])
    rows, w64, dy64 = x.reshape(n, d).astype(float), w.astype(float), dy.astype(float)
    want = (rows @ w64.T + b, (dy64 @ w64).reshape(shape), dy64.T @ rows, dy64.sum(axis=0))
    want = tuple(a.astype(np.float32) for a in want)
    label = f"float32, x of shape {shape}"
    check_call(affine, x, w, b, dy, want=want, rtol=1e-3, atol=1e-4, exact_dtype=True, label=label)
want = (np.zeros((0, 3)), np.zeros((0, 5)), np.zeros((3, 5)), np.zeros(3))
check_call(affine, np.zeros((0, 5)), np.ones((3, 5)), np.ones(3), np.zeros((0, 3)), want=want, label="no rows")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: your gradients against those that are measured, one entry at a time, on five
# inputs of random numbers. All three differences should be tiny; ours are below 1e-9.

# %%
generator = np.random.default_rng(0)
shapes_of_four = [(5, 2, 3), (4, 6), (4,), (5, 4)]
some_input, some_weight, some_bias, upstream = (generator.normal(size=s) for s in shapes_of_four)
_, *found_gradients = affine(some_input, some_weight, some_bias, upstream)
parameters_of_affine = {"x": some_input, "weight": some_weight, "bias": some_bias}
for (argument, parameter), own_gradient in zip(parameters_of_affine.items(), found_gradients):
    measured = numerical_gradient(lambda _: affine(some_input, some_weight, some_bias, upstream)[0], parameter, upstream)
    print(f"d{argument:7} largest difference {np.abs(own_gradient - measured).max():.1e}")

# %% [markdown]
# ## 3 · Activations
#
# ### Exercise `activation` (14 points)
#
# *Read {{ read sec-backprop-activations }} first. About 40 minutes.*
#
# Write `activation(kind, x, dy, alpha)`: seven nonlinearities, forward and backward. For example,
# PReLU with α = 0.1:
#
# ```python
# activation("prelu", np.array([-2.0, 3.0]), np.array([5.0, -1.0]), 0.1)
# # y [-0.2 3.], dx [0.5 -1.], dalpha 5 · (-2) = -10
# ```
#
# | `kind` | y |
# |---|---|
# | `"relu"` | x where x > 0, else 0 |
# | `"prelu"` | x where x > 0, else $\alpha x$ (with a fixed α: leaky ReLU) |
# | `"step"` | 1 where x ≥ 0, else 0; the derivative is 0 everywhere |
# | `"sigmoid"` | $1 / (1 + e^{-x})$ |
# | `"tanh"` | $\tanh x$ |
# | `"elu"` | x where x > 0, else $\alpha (e^x - 1)$ |
# | `"maxout"` | the larger of columns 0 and 1, of columns 2 and 3, and so on: x is (N, 2K), y is (N, K) |
#
# | | |
# |---|---|
# | `x` | an array of any shape (maxout: two axes) |
# | `dy` | the upstream gradient, of y's shape |
# | `alpha` | a number > 0, perhaps above 1; unused where the table has no α |
# | returns | `(y, dx, dalpha)`: two arrays and a number |
#
# - **dalpha**: α may be learnt (that is PReLU), so it has a gradient, too:
#   $\partial L / \partial \alpha$, one number for the one α that all entries share. It is 0 where
#   the table has no α.
# - **At zero**: at the kink x = 0 take the derivative of the lower branch, which is 0 for ReLU and
#   α for PReLU and ELU. Of two equal columns, maxout gives the whole gradient to the first.
# - **Large entries**: at x = ±1000 everything is finite and right, although $e^{1000}$ is not. A
#   warning does no harm.
# - **No Python loop** over entries, rows or columns, nor one in disguise (a comprehension,
#   `np.vectorize`).
# - Neither `x` nor `dy` may be written into: `x[x < 0] = 0` would change the array of the caller.


# %% nbgrader={"grade_id": "activation", "solution": true}
def activation(kind, x, dy, alpha):
    """x: any shape, dy: like y, alpha: number -> y, dx: like x, dalpha: number"""
    ### BEGIN SOLUTION
    dalpha = 0.0
    if kind == "sigmoid":
        y = (1 + np.tanh(x / 2)) / 2  # exp(-x) overflows at -1000
        dx = dy * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        below = np.expm1(np.minimum(x, 0))  # 0 where x > 0: exp(1000) would overflow
        y = np.where(x > 0, x, alpha * below)
        dx = np.where(x > 0, dy, dy * alpha * (below + 1))
        dalpha = (dy * below).sum()
    elif kind == "step":
        y, dx = np.where(x >= 0, 1.0, 0.0), np.zeros_like(x)
    elif kind == "relu":
        y, dx = np.maximum(x, 0), dy * (x > 0)
    elif kind == "prelu":
        y, dx = np.where(x > 0, x, alpha * x), np.where(x > 0, dy, alpha * dy)
        dalpha = (dy * np.minimum(x, 0)).sum()
    else:
        first, second = x[:, ::2], x[:, 1::2]
        y, dx = np.maximum(first, second), np.zeros_like(x)
        dx[:, ::2] = dy * (first >= second)
        dx[:, 1::2] = dy * (first < second)
    return y, dx, dalpha
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_activation_relu_prelu_step", "grade": true, "points": 3}
x, dy = floats([[-2, 3], [4, -0.5]]), floats([[5, -1], [2, 3]])
want = (floats([[0, 3], [4, 0]]), floats([[0, -1], [2, 0]]), 0.0)
check_call(activation, "relu", x, dy, 0.3, want=want, label="relu")
want = (floats([[-0.2, 3], [4, -0.05]]), floats([[0.5, -1], [2, 0.3]]), -11.5)
check_call(activation, "prelu", x, dy, 0.1, want=want, label="prelu, α = 0.1")
want = (floats([[-6, 3], [4, -1.5]]), floats([[15, -1], [2, 9]]), -11.5)
check_call(activation, "prelu", x, dy, 3.0, want=want, label="prelu, α = 3")
check_call(activation, "step", x, dy, 0.3, want=(floats([[0, 1], [1, 0]]), np.zeros((2, 2)), 0.0), label="step")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
for shape, alpha in [((7,), 0.25), ((3, 4), 1.0), ((2, 3, 4), 1.5), ((2, 3, 1, 2), 0.01)]:
    x, dy = 2 * rng.normal(size=shape), rng.normal(size=shape)
    if len(shape) == 3:
        x = -np.abs(x)  # nothing positive
    entries = [(float(v), float(d)) for v, d in zip(x.ravel(), dy.ravel())]
    for kind in ["step", "relu", "prelu"]:
        slope = alpha if kind == "prelu" else 0.0
        y = [v if v > 0 else slope * v for v, _ in entries]
        dx = [d if v > 0 else slope * d for v, d in entries]
        if kind == "step":
            y, dx = [float(v >= 0) for v, _ in entries], [0.0 for _ in entries]
        dalpha = sum(d * v for v, d in entries if v < 0) if kind == "prelu" else 0.0
        want = (np.reshape(y, shape), np.reshape(dx, shape), dalpha)
        check_call(activation, kind, x, dy, alpha, want=want, label=f"{kind}, shape {shape}, α = {alpha}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_sigmoid_tanh", "grade": true, "points": 3}
dy = floats([[0.5, 2], [-1, 3]])
want = (floats([[0.75, 0.5], [0.2, 0.8]]), dy * floats([[0.1875, 0.25], [0.16, 0.16]]), 0.0)
check_call(activation, "sigmoid", np.log(floats([[3, 1], [0.25, 4]])), dy, 0.3, want=want, label="sigmoid")
want = (floats([[0.8, 0], [-0.6, 0.6]]), dy * floats([[0.36, 1], [0.64, 0.64]]), 0.0)
check_call(activation, "tanh", np.log(floats([[3, 1], [0.5, 2]])), dy, 0.3, want=want, label="tanh")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(4)
e = np.e
for shape, alpha in [((7,), 1.0), ((3, 4), 0.3), ((2, 3, 4), 1.7), ((2, 3, 1, 2), 0.4)]:
    x, dy = 3 * rng.normal(size=shape), rng.normal(size=shape)
    want = (1 / (1 + e**-x), dy * e**-x / (1 + e**-x) ** 2, 0.0)
    check_call(activation, "sigmoid", x, dy, alpha, want=want, label=f"sigmoid, shape {shape}")
    want = ((e**x - e**-x) / (e**x + e**-x), dy * 4 / (e**x + e**-x) ** 2, 0.0)
    check_call(activation, "tanh", x, dy, alpha, want=want, label=f"tanh, shape {shape}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_elu", "grade": true, "points": 2}
x, dy = np.array([[2.0, np.log(0.25)], [np.log(0.5), 1.0]]), floats([[3, 5], [7, -2]])
want = (floats([[2, -1.5], [-1, 1]]), floats([[3, 2.5], [7, -2]]), -7.25)
check_call(activation, "elu", x, dy, 2.0, want=want, label="elu, α = 2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(6)
e = np.e
for shape, alpha in [((7,), 1.0), ((3, 4), 0.3), ((2, 3, 4), 1.7), ((2, 3, 1, 2), 0.4)]:
    x, dy = 3 * rng.normal(size=shape), rng.normal(size=shape)
    pairs = [(v, d) for v, d in zip(x.ravel().tolist(), dy.ravel().tolist())]
    y = np.reshape([v if v > 0 else alpha * (e**v - 1) for v, _ in pairs], shape)
    dx = np.reshape([d if v > 0 else d * alpha * e**v for v, d in pairs], shape)
    want = (y, dx, sum(d * (e**v - 1) for v, d in pairs if v <= 0))
    check_call(activation, "elu", x, dy, alpha, want=want, label=f"elu, shape {shape}, α = {alpha}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_maxout", "grade": true, "points": 2}
x, dy = floats([[1, 2, 8, 3], [-4, -5, 0, 7], [5, 6, -2, -1]]), floats([[10, 20], [30, -40], [50, 60]])
dx = floats([[0, 10, 20, 0], [30, 0, 0, -40], [0, 50, 0, 60]])
want = (floats([[2, 8], [-4, 7], [6, -1]]), dx, 0.0)
check_call(activation, "maxout", x, dy, 0.3, want=want, label="maxout, three rows of two pairs")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
for n, k in [(1, 1), (5, 3), (3, 5), (4, 4)]:
    x, dy = rng.normal(size=(n, 2 * k)) - 1, rng.normal(size=(n, k))
    y, dx = np.zeros((n, k)), np.zeros((n, 2 * k))
    for i in range(n):
        for j in range(k):
            pair = x[i, 2 * j : 2 * j + 2].tolist()
            y[i, j] = max(pair)
            dx[i, 2 * j + pair.index(max(pair))] = dy[i, j]
    check_call(activation, "maxout", x, dy, 0.1, want=(y, dx, 0.0), label=f"maxout, {n} rows, {k} pairs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_at_zero", "grade": true, "points": 2}
x, dy = floats([-1, 0, 2]), floats([5, 7, -3])
check_call(activation, "relu", x, dy, 0.3, want=(floats([0, 0, 2]), floats([0, 0, -3]), 0.0), label="relu at 0")
want = (floats([-0.5, 0, 2]), floats([2.5, 3.5, -3]), -5.0)
check_call(activation, "prelu", x, dy, 0.5, want=want, label="prelu at 0")
want = (2 * np.array([1 / np.e - 1, 0.0, 1.0]), np.array([10 / np.e, 14.0, -3.0]), 5 / np.e - 5)
check_call(activation, "elu", x, dy, 2.0, want=want, label="elu at 0")
check_call(activation, "step", x, dy, 0.3, want=(floats([0, 1, 1]), np.zeros(3), 0.0), label="step at 0")
want = (floats([[2, 6]]), floats([[0, 10, 20, 0]]), 0.0)
check_call(activation, "maxout", floats([[1, 2, 6, 6]]), floats([[10, 20]]), 0.3, want=want, label="maxout of equals")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(8)
for shape, alpha in [((7,), 0.25), ((3, 4), 1.0), ((2, 3, 4), 1.5)]:
    x, dy = rng.integers(-3, 3, size=shape) / 2, rng.normal(size=shape)  # with zeros
    pairs = [(v, d) for v, d in zip(x.ravel().tolist(), dy.ravel().tolist())]
    branches = {  # y, its derivative with respect to x and to α where x ≤ 0
        "relu": lambda v: (0.0, 0.0, 0.0),
        "prelu": lambda v: (alpha * v, alpha, v),
        "elu": lambda v: (alpha * (np.exp(v) - 1), alpha * np.exp(v), np.exp(v) - 1),
    }
    for kind, low in branches.items():
        found = [(v, d, 0.0) if v > 0 else (low(v)[0], d * low(v)[1], d * low(v)[2]) for v, d in pairs]
        y, dx, dalpha = zip(*found)
        want = (np.reshape(y, shape), np.reshape(dx, shape), float(sum(dalpha)))
        check_call(activation, kind, x, dy, alpha, want=want, label=f"{kind} with zeros, shape {shape}")
    want = (np.reshape([float(v >= 0) for v, _ in pairs], shape), np.zeros(shape), 0.0)
    check_call(activation, "step", x, dy, alpha, want=want, label=f"step with zeros, shape {shape}")
for n, k in [(5, 3), (3, 5)]:
    x, dy = rng.integers(-2, 1, size=(n, 2 * k)) / 2, rng.normal(size=(n, k))
    y, dx = np.zeros((n, k)), np.zeros((n, 2 * k))
    for i in range(n):
        for j in range(k):
            pair = x[i, 2 * j : 2 * j + 2].tolist()
            y[i, j] = max(pair)
            dx[i, 2 * j + pair.index(max(pair))] = dy[i, j]
    check_call(activation, "maxout", x, dy, 0.1, want=(y, dx, 0.0), label=f"maxout with ties, {n} rows, {k} pairs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_large_entries_no_loop", "grade": true, "points": 2}
x, dy = np.array([-1000.0, np.log(0.5), 1000.0]), floats([2, 6, 3])
want = (floats([0, 1 / 3, 1]), floats([0, 4 / 3, 0]), 0.0)
check_call(activation, "sigmoid", x, dy, 0.5, want=want, label="sigmoid at ±1000")
want = (floats([-1, -0.6, 1]), floats([0, 3.84, 0]), 0.0)
check_call(activation, "tanh", x, dy, 0.5, want=want, label="tanh at ±1000")
want = (floats([-0.5, -0.25, 1000]), floats([0, 1.5, 3]), -5.0)
check_call(activation, "elu", x, dy, 0.5, want=want, label="elu at ±1000")
for kind, n, k in [("elu", 300, 1), ("maxout", 300, 1), ("maxout", 1, 300)]:
    up = 2 if kind == "elu" else 1
    few, many = ((kind, np.ones((n, 2 * k)), np.ones((n, up * k)), 0.5) for n, k in [(1, 1), (n, k)])
    check_no_loop(activation, few, many, label=f"{kind} without a loop over {n} rows of {2 * k}")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(9)
for kind in ["sigmoid", "tanh", "elu"]:
    x = rng.choice([-1000.0, -40.0, 1000.0], size=(3, 5))
    dy = rng.normal(size=(3, 5))
    low = {"sigmoid": 0.0, "tanh": -1.0, "elu": -0.7}[kind]
    y = np.where(x > 0, 1000.0 if kind == "elu" else 1.0, low)
    dx = np.where(x > 0, dy * (kind == "elu"), 0.0)
    dalpha = -dy[x < 0].sum() if kind == "elu" else 0.0
    check_call(activation, kind, x, dy, 0.7, want=(y, dx, dalpha), label=f"{kind}, large entries")
for kind in ["relu", "prelu", "step", "sigmoid", "tanh"]:
    few, many = np.ones((1, 2)), np.ones((300, 2))
    check_no_loop(activation, (kind, few, few, 0.5), (kind, many, many, 0.5), label=f"{kind} without a loop")
### END HIDDEN TESTS

# %% [markdown]
# Here they are, with their derivatives (dashed). Which of the derivatives vanish on one side, and
# which on both?

# %%
grid = np.linspace(-4, 4, 401)
_, axes = plt.subplots(1, 6, figsize=(13, 2.2), sharey=True)
for ax, unit_kind in zip(axes, ["sigmoid", "tanh", "elu", "step", "relu", "prelu"]):
    outputs_y, slopes_of_unit, _ = activation(unit_kind, grid, np.ones_like(grid), 0.1 if unit_kind == "prelu" else 1.0)
    ax.plot(grid, outputs_y)
    ax.plot(grid, slopes_of_unit, "--")
    ax.set(title=unit_kind, ylim=(-1.5, 2), xlabel="x")

# %% [markdown]
# ### Exercise `unit_report` (6 points)
#
# *Read {{ read sec-backprop-saturation }} and {{ read sec-backprop-dying }} first. About 20
# minutes.*
#
# Write `unit_report(a, kind, threshold)`: how healthy is a layer of hidden units? Unit j has the
# pre-activation $a_{nj}$ for image n and gives $y_{nj} = f(a_{nj})$. A unit is *quiet* for an image
# where its derivative $f'(a_{nj})$ is **at most** `threshold`: too small to learn from. (The book
# calls a sigmoid saturated where its output is within 0.01 of 0 or 1. Here the derivative decides,
# whatever the activation.) Two ReLU units and three images, with a threshold of 0.1:
#
# ```python
# unit_report(np.array([[-1.0, -2.0], [2.0, -5.0], [1.0, -2.0]]), "relu", 0.1)
# # mean (2 + 1) / 6 = 0.5, saturated 4 / 6 (quiet at four pre-activations), dead 1 / 2 (the second)
# ```
#
# | | |
# |---|---|
# | `a` | (N, H): the pre-activations of H units for N images |
# | `kind` | the activation f: `"sigmoid"`, `"tanh"` or `"relu"` |
# | `threshold` | a number ≥ 0 |
# | returns | `(mean, saturated, dead)`: three numbers |
#
# - `mean`: the mean of all outputs y. Is the layer's output centred on zero?
# - `saturated`: the fraction of all N · H pre-activations at which the unit is quiet.
# - `dead`: the fraction of the H units that are quiet for **every** image.
# - **At the threshold**: a derivative that equals the threshold counts as quiet. ReLU's derivative
#   is 1 or 0, and 0 at 0.
# - **Large pre-activations**: they may be as large as ±1000. A warning does no harm.
# - Do not call `activation` here: one mistake should not cost the points of two exercises.


# %% nbgrader={"grade_id": "unit_report", "solution": true}
def unit_report(a, kind, threshold):
    """a: (N, H), kind: "sigmoid", "tanh" or "relu", threshold: number -> mean, saturated, dead"""
    ### BEGIN SOLUTION
    if kind == "relu":
        y, slope = np.maximum(a, 0), a > 0
    elif kind == "tanh":
        y = np.tanh(a)
        slope = 1 - y**2
    else:
        y = (1 + np.tanh(a / 2)) / 2
        slope = y * (1 - y)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_unit_report", "grade": true, "points": 3}
a = [[-2, -2, 9, -0.5, -3], [2, -5, -1, -4, -1], [1, -2, -3, -1, -2]]
a = floats([*a, [-1, -3, -2, -1, -4], [3, -1, 2, -1, -1], [1, -1, -2, -3, -0.5]])
check_call(unit_report, a, "relu", 0.1, want=(18 / 30, 24 / 30, 3 / 5), label="five rectified units")
woken = np.where(np.arange(40)[:, None] == [0, 17], 2.0, -1.0) - [3, 0]  # the second unit answers to one image
check_call(unit_report, woken, "relu", 0.01, want=(2 / 80, 79 / 80, 1 / 2), label="40 images, one wakes a unit")
a = np.log(floats([[0.2, 0.5], [0.2, 4], [9, 19]]))  # outputs 1/6, 1/3; 1/6, 4/5; 9/10, 19/20
check_call(unit_report, a, "sigmoid", 0.18, want=(199 / 360, 5 / 6, 1 / 2), label="two sigmoids")
a = np.log(floats([[3, 2], [0.25, 4], [4, 1]]))
check_call(unit_report, a, "tanh", 0.5, want=((1.4 + 15 / 17) / 6, 4 / 6, 1 / 2), label="two tanh units")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
slopes = {
    "relu": lambda v: 1.0 if v > 0 else 0.0,
    "tanh": lambda v: 1 - np.tanh(v) ** 2,
    "sigmoid": lambda v: np.exp(-abs(v)) / (1 + np.exp(-abs(v))) ** 2,
}
outputs = {"relu": lambda v: max(v, 0.0), "tanh": np.tanh, "sigmoid": lambda v: 0.5 + 0.5 * np.tanh(v / 2)}
for kind, threshold in [("relu", 0.01), ("relu", 0.5), ("tanh", 0.05), ("sigmoid", 0.15)]:
    for n, h in [(1, 6), (9, 4), (3, 12)]:
        a = 1.5 * rng.normal(size=(n, h)) + 3 * rng.normal(size=h) - 0.5
        quiet = np.array([[slopes[kind](v) <= threshold for v in row] for row in a])
        mean = float(np.mean([[outputs[kind](v) for v in row] for row in a]))
        dead = sum(all(column) for column in quiet.T.tolist()) / h
        want = (mean, sum(map(sum, quiet.tolist())) / (n * h), dead)
        case = f"{kind}, {n} images, {h} units, threshold {threshold}"
        check_call(unit_report, a, kind, threshold, want=want, label=case)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_unit_report_at_the_threshold", "grade": true, "points": 2}
a = [[-2, -2, 9, 0, -3], [2, -5, -1, -4, -1], [1, -2, -3, -1, -2]]
a = floats([*a, [-1, -3, -2, -1, -4], [3, -1, 2, -1, -1], [1, -1, -2, -3, -0.5]])
want = (18 / 30, 24 / 30, 3 / 5)
check_call(unit_report, a, "relu", 0.0, want=want, label="relu, a pre-activation of 0, threshold 0")
steepest = np.log(floats([[1, 4], [1, 1 / 9]]))  # outputs ½, 0.8, ½ and 0.1
check_call(unit_report, steepest, "sigmoid", 0.25, want=(1.9 / 4, 1.0, 1.0), label="sigmoid, threshold ¼")
check_call(unit_report, a, "relu", 1.0, want=(18 / 30, 1.0, 1.0), label="relu, threshold 1")
### BEGIN HIDDEN TESTS
zero = np.zeros((2, 3))
check_call(unit_report, zero, "relu", 0.0, want=(0.0, 1.0, 1.0), label="zeros into relu")
check_call(unit_report, zero + 2, "relu", 1.0, want=(2.0, 1.0, 1.0), label="twos into relu, threshold 1")
check_call(unit_report, zero, "sigmoid", 0.25, want=(0.5, 1.0, 1.0), label="zeros into sigmoid, threshold ¼")
check_call(unit_report, floats([[0, 2], [0, -2]]), "tanh", 1.0, want=(0.0, 1.0, 1.0), label="tanh, threshold 1")
rng = np.random.default_rng(8)
a = rng.integers(-2, 2, size=(4, 6)) - 0.0
want = (float(np.maximum(a, 0).mean()), float(np.mean(a < 0.5)), sum(max(c) < 0.5 for c in a.T.tolist()) / 6)
check_call(unit_report, a, "relu", 0.0, want=want, label="relu, several pre-activations of 0")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_unit_report_large_pre_activations", "grade": true, "points": 1}
far = 1000 * floats([[1, -1, 1], [1, -1, 0], [1, -1, -1], [1, -1, -1]])
flat = floats([[1000, -1000, -1000, 0]] * 5)
flat[1, 3] = -30
check_call(unit_report, flat, "sigmoid", 0.05, want=(7 / 20, 16 / 20, 3 / 4), label="sigmoid at ±1000 and -30")
check_call(unit_report, far, "tanh", 0.1, want=(-1 / 12, 11 / 12, 2 / 3), label="tanh at ±1000")
### BEGIN HIDDEN TESTS
check_call(unit_report, far[:, :2], "relu", 0.1, want=(500.0, 1 / 2, 1 / 2), label="relu at ±1000")
check_call(unit_report, -far[:, :2], "sigmoid", 0.1, want=(0.5, 1.0, 1.0), label="sigmoid, all at ±1000")
### END HIDDEN TESTS

# %% [markdown]
# A measurement: a hundred units with 50 inputs each see standard normal data. What do large weights
# do, and what does a bias that a careless step has pushed far below zero? In our table, at ten times
# the scale, tanh is quiet at 76 % of its pre-activations and the sigmoid at 64 %, and 54 % of the
# ReLUs with a bias of −3 are dead.

# %%
generator = np.random.default_rng(0)
normal_inputs, directions = generator.normal(size=(500, 50)), generator.normal(size=(100, 50)) / 50**0.5
print("kind      scale  bias |   mean  saturated   dead")
for unit_kind, unit_scale, unit_bias in [
    ("sigmoid", 1, 0),
    ("sigmoid", 10, 0),
    ("tanh", 1, 0),
    ("tanh", 10, 0),
    ("relu", 1, 0),
    ("relu", 1, -3),
]:
    report = unit_report(unit_scale * normal_inputs @ directions.T + unit_bias, unit_kind, 0.01)
    print(f"{unit_kind:8} {unit_scale:6} {unit_bias:5} | {report[0]:6.2f} {report[1]:10.2f} {report[2]:6.2f}")

# %% [markdown]
# ## 4 · Networks
#
# ### Exercise `count_parameters` (4 points)
#
# *Read {{ read sec-backprop-parameters }} first. About 10 minutes.*
#
# A network is described by its sizes: [3, 4, 2] has three inputs, a hidden layer of four units, and
# two outputs. The weights from one layer to the next and the biases form one matrix $\Theta^{(j)}$,
# which has a row for each unit that is computed, a column for each unit that it reads, and one more
# column for the bias. For [3, 4, 2] the shapes are 4 by 4 and 2 by 5, with 16 + 10 = 26 entries.
#
# Write `count_parameters(sizes)`.
#
# | | |
# |---|---|
# | `sizes` | a list of at least two ints ≥ 1 |
# | returns | `(shapes, total)`: a list of pairs, the shapes in order, and the number of all entries |


# %% nbgrader={"grade_id": "count_parameters", "solution": true}
def count_parameters(sizes):
    """sizes: ints -> shapes: a list of pairs, total: int"""
    ### BEGIN SOLUTION
    shapes = [(above, below + 1) for below, above in zip(sizes, sizes[1:])]
    return shapes, sum(rows * columns for rows, columns in shapes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_count_parameters", "grade": true, "points": 4}
check_call(count_parameters, [3, 4, 2], want=([(4, 4), (2, 5)], 26), label="3 → 4 → 2")
check_call(count_parameters, [3, 4, 4, 1], want=([(4, 4), (4, 5), (1, 5)], 41), label="3 → 4 → 4 → 1")
check_call(count_parameters, [5, 2], want=([(2, 6)], 12), label="5 → 2")
### BEGIN HIDDEN TESTS
for sizes in [[1, 1], [3072, 10], [3072, 100, 10], [2, 7, 1, 5, 3], [784, 300, 100, 10]]:
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    matrices = [(layer.out_features, layer.in_features + 1) for layer in layers]
    total = sum(p.numel() for layer in layers for p in layer.parameters())
    case = " → ".join(map(str, sizes))
    check_call(count_parameters, sizes, want=(matrices, total), label=case)
### END HIDDEN TESTS

# %% [markdown]
# What does one hidden layer of 100 units add to a linear classifier of small photographs? Ours says
# 30,730 and 308,310.

# %%
for layer_sizes in [[3072, 10], [3072, 100, 10]]:
    print(layer_sizes, f"{count_parameters(layer_sizes)[1]:,} parameters")

# %% [markdown]
# ### Exercise `mlp_loss` (14 points)
#
# *Read {{ read sec-backprop-layerwise }} and {{ read sec-linear-stable }} first. About 45 minutes.*
#
# Write `mlp_loss(layers, x, labels, weight_decay)`: the loss of a network of any depth, and its
# gradient with respect to every parameter. Here is one pass by hand, with a network that has two
# inputs, three hidden units and two classes:
#
# $$W_1 = \begin{pmatrix} 1 & 0 \\ 0 & -1 \\ 1 & 2 \end{pmatrix},\; b_1 = (0, 1, -3), \qquad
# W_2 = \begin{pmatrix} 1 & 2 & 0 \\ 0 & 0 & 1 \end{pmatrix},\; b_2 = (-2, -1)$$
#
# The image (1, 2) of class 0 gives the hidden pre-activations (1, −1, 2), after the ReLU (1, 0, 2),
# and the scores (−1, 1). The softmax of class 0 is $q = 1 / (1 + e^2) = 0.119$, so this image's loss
# is $-\log q = \log(1 + e^2) = 2.127$. The gradient with respect to the scores is (q − 1, 1 − q),
# and the second layer's `dweight` is that times (1, 0, 2).

# %%
two_layers = [
    (np.array([[1.0, 0.0], [0.0, -1.0], [1.0, 2.0]]), np.array([0.0, 1.0, -3.0])),
    (np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 1.0]]), np.array([-2.0, -1.0])),
]
two_images, two_labels = np.array([[1.0, 2.0], [-1.0, 0.0]]), np.array([0, 1])

# %% [markdown]
# ```python
# loss, gradients = mlp_loss(two_layers, two_images[:1], two_labels[:1], 0.0)
# # loss 2.127, gradients[1]: dweight [[-0.881 0. -1.762] [0.881 0. 1.762]], dbias [-0.881 0.881]
# ```
#
# | | |
# |---|---|
# | `layers` | a list of one or more pairs `(weight, bias)`, weight (outputs, inputs), bias (outputs,) |
# | `x` | (N, D), N ≥ 1 |
# | `labels` | (N,) ints in 0, …, C − 1 |
# | `weight_decay` | a number λ ≥ 0 |
# | returns | `(loss, gradients)`: a number, and a list of pairs `(dweight, dbias)` in the order of `layers` |
#
# - **The core**: a ReLU comes after each layer *but the last*, which gives the scores of C classes.
#   The loss is the cross-entropy of their softmax, averaged over the N images.
# - **Any depth**: a single layer is a linear classifier without any ReLU, and five layers have four
#   of them.
# - **The penalty**: λ times the sum of the squares of all weights of all layers is added to the
#   loss, without a factor ½, and its gradient $2 \lambda W$ to each `dweight`. It is added once and
#   not averaged; biases are not penalised.
# - **Large scores**: they may be as large as ±1000, and loss and gradients stay finite and right.
#   The loss of an image that is badly wrong is then large, too: with scores (1000, −1000) and class
#   1 it is 2000.
# - **At zero**: ReLU's derivative at 0 is 0. It matters where a hidden pre-activation is exactly 0.
# - **No loop** over the images; a loop over the layers is fine. Do not call your other exercises
#   here.


# %% nbgrader={"grade_id": "mlp_loss", "solution": true}
def mlp_loss(layers, x, labels, weight_decay):
    """layers: [(weight, bias), …], x: (N, D), labels: (N,) -> loss, [(dweight, dbias), …]"""
    ### BEGIN SOLUTION
    inputs = []  # of each layer
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight.T + bias
        x = np.maximum(scores, 0)
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -log_p[rows, labels].mean() + weight_decay * sum((w**2).sum() for w, _ in layers)

    gradient = np.exp(log_p)  # of the loss by the scores: (p - one-hot) / N
    gradient[rows, labels] -= 1
    gradient /= len(labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        dweight = gradient.T @ x + 2 * weight_decay * weight
        gradients.append((dweight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (x > 0)  # x is the output of the ReLU below
    return loss, gradients[::-1]
    ### END SOLUTION


# %% tags=["folded"]
# The checks use the network above with both images. Its gradients, by hand: hidden pre-activations
# (1, -1, 2) and (-1, 1, -4), rectified (1, 0, 2) and (0, 1, 0); scores (-1, 1) and (0, -1)
q, r = 1 / (1 + np.e**2), 1 / (1 + np.e**-1)  # the softmax of class 0, of each image
two_gradients = [
    np.array([[q - 1, 2 * q - 2], [-2 * r, 0], [1 - q, 2 - 2 * q]]) / 2,  # dweight of the first layer
    np.array([q - 1, 2 * r, 1 - q]) / 2,
    np.array([[q - 1, r, 2 * q - 2], [1 - q, -r, 2 - 2 * q]]) / 2,
    np.array([q - 1 + r, 1 - q - r]) / 2,
]
two_loss = (np.log(1 + np.e**2) + np.log(1 + np.e)) / 2


def run_mlp_loss(layers, x, labels, weight_decay):
    """What your mlp_loss returns, as one flat tuple: the loss, then dweight and dbias of each layer."""
    loss, gradients = mlp_loss(layers, x, labels, weight_decay)
    if gradients is None or len(gradients) != len(layers):
        what = "no gradients" if gradients is None else f"{len(gradients)} pairs of gradients"
        raise ValueError(f"mlp_loss returned {what} for {len(layers)} layers")
    return loss, *(gradient for pair in gradients for gradient in pair)


# %% nbgrader={"grade_id": "test_mlp_loss", "grade": true, "points": 5}
check_call(run_mlp_loss, two_layers, two_images, two_labels, 0.0, want=(two_loss, *two_gradients), label="two layers")
### BEGIN HIDDEN TESTS
def torch_mlp(layers, x, labels, weight_decay):
    """The same by torch's modules and autograd."""
    parts = []
    for weight, bias in layers:
        part = torch.nn.Linear(weight.shape[1], weight.shape[0]).double()
        part.weight.data, part.bias.data = torch.tensor(weight), torch.tensor(bias)
        parts += [part, torch.nn.ReLU()]
    scores = torch.nn.Sequential(*parts[:-1])(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    for part in parts[::2]:
        loss = loss + weight_decay * part.weight.square().sum()
    loss.backward()
    return loss.item(), *(p.grad.numpy() for part in parts[::2] for p in (part.weight, part.bias))


for sizes, n in [([3, 5, 4], 1), ([3, 5, 4], 7), ([2, 3, 6], 4), ([4, 2, 2], 9)]:
    rng = np.random.default_rng(len(sizes) + n)
    layers = [(0.7 * rng.normal(size=(b, a)), 0.7 * rng.normal(size=b)) for a, b in zip(sizes, sizes[1:])]
    x, labels = rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1] - 1, size=n)  # the last class is absent
    want = torch_mlp(layers, x, labels, 0.0)
    check_call(run_mlp_loss, layers, x, labels, 0.0, want=want, label=f"sizes {sizes}, {n} images")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_mlp_loss_any_depth", "grade": true, "points": 2}
x, labels, dweight = floats([[1, 2], [3, 5]]), np.array([2, 0]), floats([[-5, -8], [4, 7], [1, 1]]) / 6
want = (np.log(3), dweight, floats([-1, 2, -1]) / 6)
check_call(run_mlp_loss, [(np.zeros((3, 2)), np.zeros(3))], x, labels, 0.0, want=want, label="one layer of zeros")
a = np.array
three = [  # pre-activations (3, -1), then (2, -1, 3), and two scores of 3
    (a([[2.0], [-1.0]]), a([1.0, 0.0])),
    (a([[-1.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), a([5.0, -4.0, -3.0])),
    (a([[1.0, 3.0, 0.0], [2.0, -1.0, -1.0]]), a([1.0, 2.0])),
]
want = (np.log(2), a([[-1.5], [0.0]]), a([-1.5, 0.0]), a([[1.5, 0.0], [0.0, 0.0], [-1.5, 0.0]]), a([0.5, 0.0, -0.5]))
want += (a([[-1.0, 0.0, -1.5], [1.0, 0.0, 1.5]]), a([-0.5, 0.5]))
check_call(run_mlp_loss, three, floats([[1]]), np.array([0]), 0.0, want=want, label="three layers")
### BEGIN HIDDEN TESTS
def torch_mlp(layers, x, labels, weight_decay):
    """The same by torch's modules and autograd."""
    parts = []
    for weight, bias in layers:
        part = torch.nn.Linear(weight.shape[1], weight.shape[0]).double()
        part.weight.data, part.bias.data = torch.tensor(weight), torch.tensor(bias)
        parts += [part, torch.nn.ReLU()]
    scores = torch.nn.Sequential(*parts[:-1])(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    for part in parts[::2]:
        loss = loss + weight_decay * part.weight.square().sum()
    loss.backward()
    return loss.item(), *(p.grad.numpy() for part in parts[::2] for p in (part.weight, part.bias))


for sizes, n in [([4, 3], 5), ([2, 6, 3, 5], 4), ([5, 4, 4, 4, 2], 6), ([1, 3, 3, 3, 3, 6], 3)]:
    rng = np.random.default_rng(len(sizes) + n)
    layers = [(0.7 * rng.normal(size=(b, a)), 0.7 * rng.normal(size=b)) for a, b in zip(sizes, sizes[1:])]
    x, labels = rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1], size=n)
    want = torch_mlp(layers, x, labels, 0.0)
    check_call(run_mlp_loss, layers, x, labels, 0.0, want=want, label=f"sizes {sizes}, {n} images, any depth")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_mlp_loss_penalty", "grade": true, "points": 3}
(w1, b1), (w2, b2) = two_layers
k = np.array([1.0, 1.0, 2.0])  # the last unit doubled, and halved again above: the scores stay
w1, b1, w2 = k[:, None] * w1, k * b1, w2 / k  # the squares of w1 and w2 are 22 and 5.25 in sum
d1, e1, d2, e2 = two_gradients
gradients = (d1 / k[:, None] + 0.2 * w1, e1 / k, d2 * k + 0.2 * w2, e2)  # λ = 0.1
images, labels = np.tile(two_images, (4, 1)), np.tile(two_labels, 4)  # both four times: the means stay
want, layers = (two_loss + 0.1 * (22 + 5.25), *gradients), [(w1, b1), (w2, b2)]
check_call(run_mlp_loss, layers, images, labels, 0.1, want=want, label="two layers, λ = 0.1")
one_weight = floats([[1, 2], [3, -1], [0, 2]])
want = (np.log(3) + 1.9, 0.2 * one_weight, floats([-1, 2, -1]) / 6)
layers, labels = [(one_weight, np.zeros(3))], np.array([0, 2])
check_call(run_mlp_loss, layers, np.zeros((2, 2)), labels, 0.1, want=want, label="one layer, λ = 0.1")
### BEGIN HIDDEN TESTS
def torch_mlp(layers, x, labels, weight_decay):
    """The same by torch's modules and autograd."""
    parts = []
    for weight, bias in layers:
        part = torch.nn.Linear(weight.shape[1], weight.shape[0]).double()
        part.weight.data, part.bias.data = torch.tensor(weight), torch.tensor(bias)
        parts += [part, torch.nn.ReLU()]
    scores = torch.nn.Sequential(*parts[:-1])(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    for part in parts[::2]:
        loss = loss + weight_decay * part.weight.square().sum()
    loss.backward()
    return loss.item(), *(p.grad.numpy() for part in parts[::2] for p in (part.weight, part.bias))


for sizes, n, decay in [([4, 2, 3], 5, 0.3), ([3, 5, 4], 7, 0.2), ([2, 6, 5], 9, 0.05), ([5, 4, 2], 1, 0.01)]:
    rng = np.random.default_rng(len(sizes) + n)
    layers = [(0.7 * rng.normal(size=(b, a)), 0.7 * rng.normal(size=b)) for a, b in zip(sizes, sizes[1:])]
    x, labels = rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1], size=n)
    want = torch_mlp(layers, x, labels, decay)
    check_call(run_mlp_loss, layers, x, labels, decay, want=want, label=f"sizes {sizes}, {n} images, λ = {decay}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_mlp_loss_large_scores", "grade": true, "points": 2}
far = [(floats([[999], [-1000]]), floats([1, 1])), (floats([[1, -1], [-1, 1]]), np.array([0, np.log(3)]))]
x = floats([[1], [0]])  # hidden (1000, 0) and (1, 1), scores (1000, -1000 + log 3) and (0, log 3)
dweight = floats([[-3, -3], [3, 3]]) / 8  # of the second image alone: its softmax is (¼, ¾)
want = (np.log(4) / 2, np.zeros((2, 1)), floats([-0.75, 0.75]), dweight, floats([-3, 3]) / 8)
check_call(run_mlp_loss, far, x, np.array([0, 0]), 0.0, want=want, label="scores of ±1000, right")
dweight = floats([[499.625, -0.375], [-499.625, 0.375]])
want = (1000 + np.log(4 / 3) / 2, floats([[1], [0]]), floats([0.25, 0.75]), dweight, floats([1, -1]) / 8)
check_call(run_mlp_loss, far, x, np.array([1, 0]), 0.0, want=want, label="scores of ±1000, wrong")
### BEGIN HIDDEN TESTS
def torch_mlp(layers, x, labels, weight_decay):
    """The same by torch's modules and autograd."""
    parts = []
    for weight, bias in layers:
        part = torch.nn.Linear(weight.shape[1], weight.shape[0]).double()
        part.weight.data, part.bias.data = torch.tensor(weight), torch.tensor(bias)
        parts += [part, torch.nn.ReLU()]
    scores = torch.nn.Sequential(*parts[:-1])(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels))
    for part in parts[::2]:
        loss = loss + weight_decay * part.weight.square().sum()
    loss.backward()
    return loss.item(), *(p.grad.numpy() for part in parts[::2] for p in (part.weight, part.bias))


for sizes, seed in [([3, 4, 5], 8), ([2, 6, 3], 9)]:
    rng = np.random.default_rng(seed)
    layers = [(40 * rng.normal(size=(b, a)), 40 * rng.normal(size=b)) for a, b in zip(sizes, sizes[1:])]
    x, labels = rng.normal(size=(6, sizes[0])), np.array([0, 2, 2, 1, 1, 0])
    want = torch_mlp(layers, x, labels, 0.0)
    check_call(run_mlp_loss, layers, x, labels, 0.0, want=want, label=f"sizes {sizes}, large random weights")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_mlp_loss_at_zero_no_loop", "grade": true, "points": 2}
weights = floats([[2], [1], [-3]]), floats([[3, 1, 2], [1, 2, -1]])  # hidden 0, 2, -1; scores 4, 4
kink = [(weights[0], floats([-2, 1, 2])), (weights[1], floats([2, 0]))]
want = (np.log(2), floats([[0], [0.5], [0]]), floats([0, 0.5, 0]), floats([[0, -1, 0], [0, 1, 0]]), floats([-0.5, 0.5]))
check_call(run_mlp_loss, kink, floats([[1]]), np.array([0]), 0.0, want=want, label="a hidden pre-activation of exactly 0")
few, many = ((two_layers, np.ones((n, 2)), np.zeros(n, dtype=int), 0.1) for n in [3, 300])
check_no_loop(mlp_loss, few, many, label="no loop over the images")
### BEGIN HIDDEN TESTS
zeros = [(np.zeros((4, 3)), np.zeros(4)), (np.arange(8.0).reshape(2, 4), np.array([0.0, np.log(3)]))]
x, labels = np.arange(3.0).reshape(1, 3), np.array([0])
want = (np.log(4), np.zeros((4, 3)), np.zeros(4), np.zeros((2, 4)), np.array([-0.75, 0.75]))
check_call(run_mlp_loss, zeros, x, labels, 0.0, want=want, label="all hidden pre-activations are exactly 0")
few, many = ((kink, np.ones((n, 1)), np.zeros(n, dtype=int), 0.1) for n in [2, 500])
check_no_loop(mlp_loss, few, many, label="no loop over 500 images")
### END HIDDEN TESTS

# %% [markdown]
# With a loss and its gradients, descent does the rest. Is a hidden layer worth it on the `shapes`
# of assignment 1? Ours ends with a test accuracy of 0.34 without a hidden layer, 0.37 with one, and
# 0.40 with two. (This takes some seconds.)

# %%
shapes = data.load("shapes", n_train=1000, n_test=300, seed=2)
mean_image = shapes.x_train.mean(axis=0)
x_train = (shapes.x_train - mean_image).reshape(1000, -1).astype(np.float64)
x_test = (shapes.x_test - mean_image).reshape(300, -1).astype(np.float64)


def train(sizes, epochs, lr=0.05, momentum=0.9, weight_decay=1e-4):
    """Layers of these sizes, trained by stochastic gradient descent with momentum; the losses."""
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(b, a)) * (2 / a) ** 0.5, np.zeros(b)) for a, b in zip(sizes, sizes[1:])]
    layers[-1] = (0.1 * layers[-1][0], layers[-1][1])
    velocity = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    losses = []
    for _ in range(epochs):
        for batch in np.array_split(rng.permutation(len(x_train)), 20):
            loss, gradients = mlp_loss(layers, x_train[batch], shapes.y_train[batch], weight_decay)
            losses.append(loss)
            velocity = [
                (momentum * vw - lr * dw, momentum * vb - lr * db)
                for (vw, vb), (dw, db) in zip(velocity, gradients)
            ]
            layers = [(w + vw, b + vb) for (w, b), (vw, vb) in zip(layers, velocity)]
    return layers, losses


def accuracy(layers, x, labels):
    for weight, bias in layers:
        scores = x @ weight.T + bias
        x = np.maximum(scores, 0)
    return np.mean(scores.argmax(axis=1) == labels)


_, ax = plt.subplots(figsize=(6, 2.5))
for layer_sizes, step_size in [([3072, 10], 0.005), ([3072, 64, 10], 0.02), ([3072, 64, 32, 10], 0.02)]:
    trained_layers, loss_history = train(layer_sizes, epochs=12, lr=step_size)
    ax.plot(np.mean(np.reshape(loss_history, (12, 20)), axis=1), label=str(layer_sizes))
    print(
        f"{layer_sizes!s:22} loss {np.mean(loss_history[-20:]):.2f}  "
        f"train {accuracy(trained_layers, x_train, shapes.y_train):.2f}  "
        f"test {accuracy(trained_layers, x_test, shapes.y_test):.2f}"
    )
ax.set(xlabel="epoch", ylabel="loss")
_ = ax.legend()

# %% [markdown]
# ## 5 · What a network can represent
#
# ### Exercise `boolean_net` (7 points)
#
# *Read {{ read sec-backprop-boolean }} first. About 25 minutes.*
#
# Any Boolean function of D inputs is a network with one hidden layer, and you can write its weights
# down without training. The inputs are −1 (false) and +1 (true), and all units are step units:
# $u(a) = 1$ where $a \ge 0$, else 0. For example, a unit with the weights (1, −1) and the bias −1
# fires for the pattern (1, −1), whose sum is 2 − 1 ≥ 0, and for no other pattern of two inputs.
#
# Write `boolean_net(inputs, outputs)`, with one hidden unit for each pattern for which the function
# is true.
#
# | | |
# |---|---|
# | `inputs` | (2ᴰ, D) floats: every pattern of −1 and +1, in any order |
# | `outputs` | (2ᴰ,) booleans: the function's value for each |
# | returns | `(w1, b1, w2, b2)`: float64 arrays of shapes (H, D), (H,) and (H,), and a number |
#
# - The hidden units give h = u(w1 x + b1), and the output is u(w2 · h + b2): 1 where the function
#   is true, and 0 where it is not.
# - H is the number of patterns for which the function is true. Each of them has a hidden unit that
#   gives 1 for this pattern and 0 for **every other**. The order of the units is yours.
# - **Never and always**: H = 0 is legal (then the shapes are (0, D), (0,) and (0,)), and so is
#   H = 2ᴰ.
# - Several choices are right. Floats with whole values, such as 2.0, are good, since no rounding can
#   then decide at the threshold.


# %% nbgrader={"grade_id": "boolean_net", "solution": true}
def boolean_net(inputs, outputs):
    """inputs: (2ᴰ, D) of ±1, outputs: (2ᴰ,) booleans -> w1: (H, D), b1: (H,), w2: (H,), b2"""
    ### BEGIN SOLUTION
    w1 = inputs[outputs]  # x · x' is D for x' = x, and at most D - 2 for any other pattern
    b1 = np.full(len(w1), 1.0 - inputs.shape[1])
    return w1, b1, np.ones(len(w1)), -0.5  # OR
    ### END SOLUTION


# %% [markdown]
# The checks let your network compute: they look at the hidden units and at the output, for every
# pattern.


# %%
def patterns(d):
    """All patterns of -1 and +1: (2ᴰ, D)."""
    return np.array([[2.0 * (i >> j & 1) - 1 for j in range(d)] for i in range(2**d)])


def run_boolean_net(inputs, outputs):
    """The hidden units, a row for each pattern, and the output of your network."""
    w1, b1, w2, b2 = boolean_net(inputs, outputs)
    hidden = (inputs @ np.transpose(w1) + b1 >= 0).astype(int)
    answers = (hidden @ w2 + b2 >= 0).astype(int)
    return hidden[:, np.argsort(hidden.argmax(axis=0), kind="stable")], answers  # units by their first pattern


def units_for(outputs):
    """What the hidden units should give: (2ᴰ, H)."""
    return np.eye(len(outputs), dtype=int)[:, outputs]


# %% nbgrader={"grade_id": "test_boolean_net", "grade": true, "points": 5}
three = patterns(3)[[3, 0, 6, 5, 1, 7, 2, 4]]
for label, bits in {"true twice": [0, 0, 0, 1, 0, 0, 0, 1], "true four times": [1, 0, 1, 0, 0, 1, 1, 0]}.items():
    true = np.array(bits, dtype=bool)
    check_call(run_boolean_net, three, true, want=(units_for(true), 1 * true), label=f"three inputs, {label}")
true = np.arange(16) % 11 == 2  # of four inputs, the patterns with one +1 and with three
check_call(run_boolean_net, patterns(4), true, want=(units_for(true), 1 * true), label="four inputs, true twice")
true = np.array([False, True, True, False])
check_call(run_boolean_net, patterns(2), true, want=(units_for(true), 1 * true), label="exclusive or")
arrays = call(boolean_net, patterns(2), true, label="the arrays")[:3]
kinds = [str(getattr(array, "dtype", type(array).__name__)) for array in arrays]
check_equal(kinds, ["float64"] * 3, "boolean_net: the dtypes of w1, b1 and w2")
### BEGIN HIDDEN TESTS
for i in range(1, 15):
    true = (i >> np.arange(4) & 1).astype(bool)
    want = (units_for(true), 1 * true)
    check_call(run_boolean_net, patterns(2), true, want=want, label=f"function {i} of two inputs")
for d in [1, 3, 4, 5, 8]:
    rng = np.random.default_rng(d)
    shuffled = rng.permutation(patterns(d))
    parity, one = shuffled.prod(axis=1) > 0, np.arange(2**d) == 1
    for case, true in [("parity", parity), ("true once", one), ("false once", ~one)]:
        check_call(run_boolean_net, shuffled, true, want=(units_for(true), 1 * true), label=f"{d} inputs, {case}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_boolean_net_never_and_always", "grade": true, "points": 2}
three = patterns(3)[[3, 0, 6, 5, 1, 7, 2, 4]]
for label, true in {"always true": np.ones(8, dtype=bool), "never true": np.zeros(8, dtype=bool)}.items():
    check_call(run_boolean_net, three, true, want=(units_for(true), 1 * true), label=label)
### BEGIN HIDDEN TESTS
for d in [1, 3, 5]:
    for true in [np.ones(2**d, dtype=bool), np.zeros(2**d, dtype=bool)]:
        case = f"{d} inputs, {'always' if true[0] else 'never'}"
        check_call(run_boolean_net, patterns(d), true, want=(units_for(true), 1 * true), label=case)
### END HIDDEN TESTS

# %% [markdown]
# See your own work: exclusive or in the plane. Each of the two hidden units cuts off one corner,
# and the output fires where one of them does. Every unit costs something, though: for the parity of
# D bits, this construction takes 2ᴰ⁻¹ hidden units, since half of all 2ᴰ patterns are true. How many
# is that for D = 100? (Another construction, in the section that you have read, needs D.)

# %%
weight_1, bias_1, weight_2, bias_2 = boolean_net(patterns(2), np.array([False, True, True, False]))
side = np.linspace(-2, 2, 201)
plane = np.stack(np.meshgrid(side, side), axis=2)
firing = ((plane @ np.transpose(weight_1) + bias_1 >= 0) @ np.asarray(weight_2) + bias_2 >= 0) * 1.0
_, ax = plt.subplots(figsize=(3, 3))
ax.contourf(side, side, firing, levels=[-0.5, 0.5, 1.5], colors=["white", "lightblue"])
for corner, is_true in zip(patterns(2), [False, True, True, False]):
    ax.plot(*corner, "o" if is_true else "x", color="black", markersize=10)
_ = ax.set(title="o: true   x: false", aspect="equal")

# %% [markdown]
# ### Exercise `bump_net` (7 points)
#
# *Read {{ read sec-backprop-bump }} first. About 30 minutes.*
#
# Any continuous function is, nearly, a sum of bumps, and a bump takes five sigmoids. Write
# `bump_net(boxes, heights, slope)`: a network with two hidden layers over points (x, y) of the
# plane. With $\sigma(a) = 1 / (1 + e^{-a})$ and s for `slope`:
#
# - A **cliff** at place c rises along one coordinate: $\sigma(s\,(x - c))$, or the same in y. As a
#   unit, it has the weight s and the bias −s c.
# - A **ridge** is a cliff up and a cliff down again:
#   $r_x = \sigma(s\,(x - x_0)) - \sigma(s\,(x - x_1))$, and $r_y$ likewise.
# - Far from the edges, $r_x + r_y$ is near 2 inside the box, near 1 on either ridge outside of it,
#   and near 0 elsewhere. A **bump** puts a cliff of the same slope halfway between the two largest
#   of these, at 3/2: $\sigma(s\,(r_x + r_y - \frac32))$.
# - The **output** is the sum of the bumps, each times its height. With a slope of 20 and one box of
#   height 3, from 0 to 1 in x and from 2 to 4 in y, the output is nearly 3 at (0.5, 3), and nearly
#   0 at (0.5, 9).
#
# | | |
# |---|---|
# | `boxes` | (B, 4) floats, B ≥ 1: x0, x1, y0, y1 of each box, x0 < x1, y0 < y1 |
# | `heights` | (B,) floats, of either sign |
# | `slope` | a float > 0 |
# | returns | a list of three pairs `(weight, bias)` as `mlp_loss` has them: of 4B and B hidden units, and one output |
#
# The sigmoid follows the first and the second layer, none the third. The order of the units is
# yours: the checks look at what the network computes, and at the shapes of its weights, (4B, 2),
# (B, 4B) and (1, B).


# %% nbgrader={"grade_id": "bump_net", "solution": true}
def bump_net(boxes, heights, slope):
    """boxes: (B, 4), heights: (B,), slope: float -> [(weight, bias)] of three layers"""
    ### BEGIN SOLUTION
    count = len(boxes)
    along = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]  # x0, x1, y0, y1
    ridges = np.kron(np.eye(count), [[1.0, -1.0, 1.0, -1.0]])  # (B, 4B): up, down, up, down
    return [
        (slope * np.tile(along, (count, 1)), -slope * boxes.ravel()),
        (slope * ridges, np.full(count, -1.5 * slope)),
        (heights[None], np.zeros(1)),
    ]
    ### END SOLUTION


# %%
def run_bump_net(boxes, heights, slope, points):
    """The shapes of your network's weights, and what it computes at some points: (P,)."""
    (w1, b1), (w2, b2), (w3, b3) = bump_net(boxes, heights, slope)
    cliffs = 0.5 + 0.5 * np.tanh((points @ w1.T + b1) / 2)  # this is the sigmoid
    bumps = 0.5 + 0.5 * np.tanh((cliffs @ w2.T + b2) / 2)
    return w1.shape, w2.shape, w3.shape, (bumps @ w3.T + b3).ravel()


# %% nbgrader={"grade_id": "test_bump_net", "grade": true, "points": 4}
points = floats([[1.5, 3], [1.5, 9], [-8, 3], [-8, -9], [1, 3], [1.9, 3.8]])
values = floats([2.53962, 0.11106, 0.22059, 0.00166, 1.44965, 1.89849])  # by the formulas of the text, rounded
want = ((4, 2), (1, 4), (1, 1), values)
check_call(run_bump_net, floats([[1, 2, 2, 5]]), floats([3]), 5.0, points, want=want, atol=1e-4, label="one box")
### BEGIN HIDDEN TESTS
def by_formula(boxes, heights, slope, points):
    def cliff(a):
        return 1 / (1 + np.exp(-slope * a))

    total = np.zeros(len(points))
    for (x0, x1, y0, y1), height in zip(boxes, heights):
        x, y = points.T
        ridges = cliff(x - x0) - cliff(x - x1) + cliff(y - y0) - cliff(y - y1)
        total += height * cliff(ridges - (1 + 2) / 2)
    return total


rng = np.random.default_rng(9)
for slope in [1.0, 5.0, 12.0, 30.0]:
    boxes = np.sort(rng.uniform(-3, 3, size=(1, 2, 2)), axis=2).reshape(1, 4)
    points, heights = rng.uniform(-4, 4, size=(50, 2)), rng.normal(size=1)
    want = ((4, 2), (1, 4), (1, 1), by_formula(boxes, heights, slope, points))
    label = f"one random box, slope {slope}"
    check_call(run_bump_net, boxes, heights, slope, points, want=want, atol=1e-7, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_bump_net_several_boxes", "grade": true, "points": 3}
boxes, points = floats([[0, 1, 2, 4], [-9, -8, 0, 7]]), floats([[0.5, 3], [0.5, 9], [-8.5, 3], [-8.9, 0.2]])
want = ((8, 2), (2, 8), (1, 2), floats([1.93408, 0.02709, -0.94038, -0.54238]))
check_call(run_bump_net, boxes, floats([2, -1]), 8.0, points, want=want, atol=1e-4, label="two boxes")
### BEGIN HIDDEN TESTS
def by_formula(boxes, heights, slope, points):
    def cliff(a):
        return 1 / (1 + np.exp(-slope * a))

    total = np.zeros(len(points))
    for (x0, x1, y0, y1), height in zip(boxes, heights):
        x, y = points.T
        ridges = cliff(x - x0) - cliff(x - x1) + cliff(y - y0) - cliff(y - y1)
        total += height * cliff(ridges - (1 + 2) / 2)
    return total


rng = np.random.default_rng(10)
for count, slope in [(2, 1.0), (3, 5.0), (4, 2.5), (7, 30.0)]:
    boxes = np.sort(rng.uniform(-3, 3, size=(count, 2, 2)), axis=2).reshape(count, 4)
    points, heights = rng.uniform(-4, 4, size=(50, 2)), rng.normal(size=count)
    want = ((4 * count, 2), (count, 4 * count), (1, count), by_formula(boxes, heights, slope, points))
    label = f"{count} random boxes, slope {slope}"
    check_call(run_bump_net, boxes, heights, slope, points, want=want, atol=1e-7, label=label)
### END HIDDEN TESTS

# %% [markdown]
# How well do bumps approximate a smooth function? The error falls as the boxes shrink and the
# cliffs get steeper: ours has a mean error of 0.182, 0.093 and 0.048 with 16, 64 and 256 bumps. What
# are the dots where four boxes meet? (There, how large is $r_x + r_y$ for each of the four?)

# %%
side = np.linspace(0.02, 0.98, 60)
sample_points = np.stack(np.meshgrid(side, side), axis=2).reshape(-1, 2)
target = np.sin(5 * sample_points[:, 0]) * np.cos(4 * sample_points[:, 1])
_, axes = plt.subplots(1, 4, figsize=(11, 2.8))
axes[0].imshow(target.reshape(60, 60), origin="lower", vmin=-1, vmax=1)
axes[0].set(title="the function")
for per_side, ax in zip([4, 8, 16], axes[1:]):
    edges = np.linspace(0, 1, per_side + 1)
    small_boxes = np.array([[p, p + 1 / per_side, q, q + 1 / per_side] for p in edges[:-1] for q in edges[:-1]])
    middle = small_boxes.reshape(-1, 2, 2).mean(axis=2)
    bump_heights = np.sin(5 * middle[:, 0]) * np.cos(4 * middle[:, 1])
    bump_values = run_bump_net(small_boxes, bump_heights, 40.0 * per_side, sample_points)[-1]
    print(f"{per_side * per_side:4} bumps: mean error {np.abs(bump_values - target).mean():.3f}")
    ax.imshow(bump_values.reshape(60, 60), origin="lower", vmin=-1, vmax=1)
    ax.set(title=f"{per_side * per_side} bumps")

# %% [markdown]
# ## 6 · Learning without labels
#
# ### Exercise `train_autoencoder` (8 points)
#
# *Read {{ read sec-backprop-autoencoder }} first. About 25 minutes.*
#
# An autoencoder squeezes its input through a layer of few units, the code, and learns to get it
# back. Here torch derives the gradients, and you write the loop around it:
# `train_autoencoder(x, parameters, lr, steps)`. For example, take the input x = (1, 2), a code of
# one unit with $W_1 = (1 \;\; 1)$, $b_1 = 0$, and $W_2 = (2, -1)^T$, $b_2 = (0, 1)$. The code is 3,
# the reconstruction (6, −2), the errors are 5 and −4, and the loss is (25 + 16) / 2 = 20.5.
#
# | | |
# |---|---|
# | `x` | (N, D) tensor of floats |
# | `parameters` | a list of four tensors of the same dtype: w1 (H, D), b1 (H,), w2 (D, H), b2 (D,) |
# | `lr` | a float > 0 |
# | `steps` | int ≥ 0 |
# | returns | `(losses, trained)`: a list of `steps` Python floats, and a list of four tensors like `parameters` |
#
# - The code of a row is $h = \mathrm{ReLU}(W_1 x + b_1)$, its reconstruction
#   $\hat x = W_2 h + b_2$, without a ReLU.
# - The loss is the mean of $(\hat x - x)^2$ over all N · D entries.
# - Each step is plain gradient descent on all N rows: torch finds the gradient of the loss with
#   respect to the four tensors (by `backward` or `torch.autograd.grad`) at their present values,
#   then $p \leftarrow p - \mathrm{lr} \cdot \partial L / \partial p$ for each. Take all `steps` of
#   them, even where the loss rises.
# - `losses` holds the loss of each step, as it was *before* the step.
# - **What comes back**: the losses are Python floats (`loss.item()`), since a tensor would keep its
#   whole graph in memory. The trained tensors do not require gradients, and those in `parameters`
#   stay as they are.


# %% nbgrader={"grade_id": "train_autoencoder", "solution": true}
def train_autoencoder(x, parameters, lr, steps):
    """x: (N, D), parameters: [w1, b1, w2, b2], lr: float, steps: int -> losses, trained"""
    ### BEGIN SOLUTION
    trained = [p.clone().requires_grad_() for p in parameters]
    w1, b1, w2, b2 = trained
    losses = []
    for _ in range(steps):
        code = torch.relu(x @ w1.T + b1)
        loss = (code @ w2.T + b2 - x).square().mean()
        gradients = torch.autograd.grad(loss, trained)
        with torch.no_grad():
            for p, gradient in zip(trained, gradients):
                p.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, [p.detach() for p in trained]
    ### END SOLUTION


# %%
def tensors(*values):
    """Each as a tensor of float64."""
    return [torch.tensor(v, dtype=torch.float64) for v in values]


def run_autoencoder(x, parameters, lr, steps):
    """What your train_autoencoder returns, as a flat tuple of arrays: the losses, then w1, b1, w2 and b2."""
    losses, trained = train_autoencoder(x, parameters, lr, steps)
    return [float(loss) for loss in losses], *(p.detach().numpy() for p in trained)


# %% nbgrader={"grade_id": "test_train_autoencoder", "grade": true, "points": 5}
x, *given = tensors([[1, 2], [1, 2]], [[1, 1]], [0], [[2], [-1]], [0, 1])  # errors (5, -4), twice
want = ([20.5], floats([[-0.4, -1.8]]), floats([-1.4]), floats([[0.5], [0.2]]), floats([-0.5, 1.4]))
check_call(run_autoencoder, x, given, 0.1, 1, want=want, label="one step")
x, *given = tensors([[1, 0], [-3, 0]], [[1, 1]], [1], [[1], [1]], [-1, -1])  # codes 2 and 0, errors (0, 1) and (2, -1)
want = ([1.5], floats([[0.95, 1]]), floats([0.95]), floats([[1], [0.9]]), floats([-1.1, -1]))
check_call(run_autoencoder, x, given, 0.1, 1, want=want, label="one step, two different rows")
### BEGIN HIDDEN TESTS
def by_hand(x, w1, b1, w2, b2, lr, steps):
    """The same in NumPy, with derivatives from the chain rule."""
    losses = []
    for _ in range(steps):
        a = x @ w1.T + b1
        h = np.maximum(a, 0)
        error = h @ w2.T + b2 - x
        losses.append(float((error**2).sum() / error.size))
        g = 2 * error / error.size
        da = (g @ w2) * (a > 0)
        w1, b1 = w1 - lr * da.T @ x, b1 - lr * da.sum(axis=0)
        w2, b2 = w2 - lr * g.T @ h, b2 - lr * g.sum(axis=0)
    return losses, w1, b1, w2, b2


for n, d, h, lr in [(1, 3, 2, 0.1), (5, 4, 2, 0.2), (6, 4, 3, 0.3), (3, 2, 5, 0.05)]:
    rng = np.random.default_rng(10 * n + h)
    arrays = [rng.normal(size=s) for s in [(n, d), (h, d), (h,), (d, h), (d,)]]
    x, *given = map(torch.tensor, arrays)
    want, label = by_hand(*arrays, lr, 1), f"{n} rows of {d}, {h} units"
    check_call(run_autoencoder, x, given, lr, 1, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_train_autoencoder_several_steps", "grade": true, "points": 2}
x, *given = tensors([[1, 2], [1, 2]], [[1, 1]], [0], [[2], [-1]], [0, 1])
losses = [20.5, (1.5**2 + 0.6**2) / 2, 0.81 * (1.5**2 + 0.6**2) / 2]  # after step 1 no unit fires: only b2 moves
want = (losses, floats([[-0.4, -1.8]]), floats([-1.4]), floats([[0.5], [0.2]]), floats([-0.215, 1.514]))
check_call(run_autoencoder, x, given, 0.1, 3, want=want, label="three steps")
x, *given = tensors([[2]], [[1]], [0], [[0]], [0])  # the rate is too large: errors -2, then 28
want = ([4.0, 784.0], *(np.array(v) for v in ([[-2015.0]], [-1008.0], [[-156.0]], [-78.0])))
check_call(run_autoencoder, x, given, 1.5, 2, want=want, label="a loss that rises")
check_call(run_autoencoder, x, given, 0.1, 0, want=([], *(p.numpy() for p in given)), label="no step")
### BEGIN HIDDEN TESTS
def by_hand(x, w1, b1, w2, b2, lr, steps):
    """The same in NumPy, with derivatives from the chain rule."""
    losses = []
    for _ in range(steps):
        a = x @ w1.T + b1
        h = np.maximum(a, 0)
        error = h @ w2.T + b2 - x
        losses.append(float((error**2).sum() / error.size))
        g = 2 * error / error.size
        da = (g @ w2) * (a > 0)
        w1, b1 = w1 - lr * da.T @ x, b1 - lr * da.sum(axis=0)
        w2, b2 = w2 - lr * g.T @ h, b2 - lr * g.sum(axis=0)
    return losses, w1, b1, w2, b2


for n, d, h, lr, steps in [(1, 3, 2, 0.1, 2), (6, 4, 3, 0.3, 8), (3, 2, 5, 0.05, 5), (4, 3, 4, 3.0, 4)]:
    rng = np.random.default_rng(10 * n + h)
    arrays = [rng.normal(size=s) for s in [(n, d), (h, d), (h,), (d, h), (d,)]]
    x, *given = map(torch.tensor, arrays)
    want, label = by_hand(*arrays, lr, steps), f"{n} rows of {d}, {h} units, {steps} steps"
    check_call(run_autoencoder, x, given, lr, steps, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_train_autoencoder_what_comes_back", "grade": true, "points": 1}
def what_comes_back(x, parameters, lr, steps):
    losses, trained = train_autoencoder(x, parameters, lr, steps)
    return {type(loss).__name__ for loss in losses}, any(p.requires_grad for p in trained)


x, *given = tensors([[1, 2], [1, 2]], [[1, 1]], [0], [[2], [-1]], [0, 1])
check_call(what_comes_back, x, given, 0.1, 2, want=({"float"}, False), label="floats, and tensors without gradients")
### BEGIN HIDDEN TESTS
x, *given = tensors([[3]], [[1]], [0], [[2]], [0])
check_call(what_comes_back, x, given, 0.01, 3, want=({"float"}, False), label="one number, three steps")
### END HIDDEN TESTS

# %% [markdown]
# Grey images of 8 × 8 pixels through 16 numbers and back: above what goes in, below what the code
# remembers. The mean image alone has an error of 0.028; ours ends at 0.005, with 44 % of the units
# dead: they give 0 for all images. Then try a rate of 8, and one of 16. What becomes of the units,
# and of the pictures?

# %%
grey = data.load("shapes", n_train=500, n_test=1, seed=2).x_train.mean(axis=1).reshape(500, 8, 4, 8, 4).mean(axis=(2, 4))
grey_images = torch.tensor(grey.reshape(500, 64))
generator = np.random.default_rng(0)
start = [
    torch.tensor(0.1 * generator.normal(size=(16, 64)), dtype=torch.float32),
    torch.zeros(16),
    torch.tensor(0.1 * generator.normal(size=(64, 16)), dtype=torch.float32),
    grey_images.mean(dim=0),
]
loss_history, (weight_1, bias_1, weight_2, bias_2) = train_autoencoder(grey_images, start, lr=2.0, steps=1000)
print(f"mean squared error: {loss_history[0]:.4f} at first, {loss_history[-1]:.4f} at last")
print(f"of the mean image:  {grey.var(axis=0).mean():.4f}")
pre_activations = grey_images @ weight_1.T + bias_1
print(f"dead units:         {(pre_activations <= 0).all(dim=0).double().mean():.0%}")
restored = (torch.relu(pre_activations) @ weight_2.T + bias_2).reshape(500, 8, 8)
_, axes = plt.subplots(2, 10, figsize=(10, 2.2))
for position in range(10):
    for row_of_axes, pictures in zip(axes, [grey, restored]):
        row_of_axes[position].imshow(pictures[position], cmap="gray", vmin=0, vmax=1)
        row_of_axes[position].axis("off")

# %% [markdown]
# ## Open challenge ★
#
# *Optional, and worth no points: leave it as it is, and nothing is lost. Start from {{ read sec-backprop-boolean }} and
# {{ read sec-backprop-train }}.*
#
# An exclusive or in hiding: points of ten coordinates have the label 1 if exactly one of two linear functions is positive, and nobody tells
# which two. One label in twenty is wrong. Write `challenge(x_train, y_train, x_test)`, with a network that you train by your own gradients.
#
# | | |
# |---|---|
# | `x_train` | (1000, 10) float64, normally distributed |
# | `y_train` | (1000,) their labels, 0 or 1 |
# | `x_test` | (2000, 10) of the same kind |
# | returns | (2000,) whole numbers: the labels of `x_test` |
#
# The score is the accuracy; the labels that it is measured against are all right. It is measured where your work is graded, for two
# other functions, within 20 seconds of processor time and with NumPy alone; your class may see a table of all scores.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.66 |
# | the course's own answer | 0.89 |
#
# - No linear classifier does better than guessing here. How many hidden units would do if they had the right weights?
# - With many units a network learns the wrong labels, too. Watch the loss on points that you keep back: what holds it down?


# %% tags=["folded"]
from cs_lib.challenge import challenge_score


def exclusive_or(seed):  # x_train, y_train, x_test, y_test
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(10, 10)))[0][:, :2]
    x = rng.normal(size=(3000, 10))
    y = (x @ directions > 0).sum(axis=1) % 2
    wrong = rng.random(1000) < 0.05
    return x[:1000], np.where(wrong, 1 - y[:1000], y[:1000]), x[1000:], y[1000:]


def baseline(x_train, y_train, x_test):  # the nearest neighbour
    return y_train[((x_train**2).sum(axis=1) - 2 * x_test @ x_train.T).argmin(axis=1)]


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(x_train, y_train, x_test):
    """x_train: (N, D), y_train: (N,) of 0 and 1, x_test: (M, D) -> (M,) labels."""
    ### BEGIN SOLUTION
    rng, units, steps = np.random.default_rng(0), 64, 1500
    w1, b1 = 0.3 * rng.normal(size=(x_train.shape[1], units)), 0.1 * rng.normal(size=units)
    w2, b2 = 0.1 * rng.normal(size=units), np.zeros(1)
    weights = [w1, b1, w2, b2]
    means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, steps + 1):
        hidden = np.maximum(x_train @ w1 + b1, 0)  # (N, units)
        d_score = (1 / (1 + np.exp(-(hidden @ w2 + b2))) - y_train) / len(x_train)  # (N,)
        d_hidden = d_score[:, None] * w2 * (hidden > 0)
        gradients = [x_train.T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d_score, d_score.sum()]
        rate = 0.01 * (1 - step / steps)
        for w, gradient, mean, square in zip(weights, gradients, means, squares):
            mean += 0.1 * (gradient - mean)  # Adam, with the decay of the weights beside it
            square += 0.001 * (gradient**2 - square)
            size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            w -= rate * (mean / (1 - 0.9**step) / size + w)
    return (np.maximum(x_test @ w1 + b1, 0) @ w2 + b2 > 0).astype(int)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
*known, y_unseen = exclusive_or(seed=1)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean(got == y_unseen),
    shape=(2000,),
    whole=True,
    label="accuracy on 2,000 points",
)
### BEGIN HIDDEN TESTS
*known, y_unseen = exclusive_or(seed=63_507_918)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean(got == y_unseen),
    shape=(2000,),
    whole=True,
    label="accuracy on 2,000 other points",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and look at the list below. Then hand in this
# file; where your course allows it, hand it in again until the deadline, since the feedback names
# what is left.
#
# If you want to go on: give `backward` a rule for the logarithm, and a softmax regression is a
# graph of seven operations. Then compare its gradients with `mlp_loss` of one layer.
