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
# A network of a million weights has a million derivatives, and one walk backwards through it finds them all. You will write that
# walk: first for a single gate, then for any graph of arrays, then for a network of any depth. After that you build
# networks by hand that can represent whatever you like, and measure what keeps others from learning.
#
# **How it works.** An exercise is a text, a cell to write in, and one or more cells with checks. Replace the line
# `raise NotImplementedError(…)`, run your cell, then run the checks. They are silent when they find nothing wrong,
# and say what is wrong when they do. Silent is not yet right: grading tries every sentence of the text on other inputs, and one
# failed check costs the points of its cell. Points are in the heading of each exercise, 100 in all.
#
# Keep the file [hints.json](hints.json) beside this notebook: with it, a check can often name your mistake and tell
# you what to read.
#
# **What you may use.** NumPy and Python's standard library; torch in the last exercise alone. None of the
# functions of `cs_lib` that you are asked to write: when your work is graded, those are taken out. `numerical_gradient` is
# there to stay. Measure a gradient with it whenever you doubt one.
#
# **One convention.** A layer's function here does both directions in one call: it takes the layer's inputs and `dy`, the gradient of the
# loss by the layer's output, and returns the output and the gradient of the loss by each input. So $dx$ is short for $\partial L / \partial x$ and
# has the shape of $x$.
#
# Unless a text says otherwise: numbers are float64, you may write loops where no sentence forbids them, you do not change
# your arguments, and you never touch NumPy's global random state.
#
# Set aside four hours or so, without the reading. Read the chapter's pages first; the checks point back at them.

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
from cs_lib.testing import call, check_call, check_close, check_equal, check_fast

# %% [markdown]
# ## 1 · Graphs
#
# ### Exercise `gate` (8 points)
#
# Write `gate(kind, x, y, dz)`: one gate with two inputs, forward and backward.
#
# | | |
# |---|---|
# | `kind` | `"add"`: z = x + y; `"mul"`: z = x · y; `"max"`: z = the larger of the two |
# | `x`, `y` | two numbers, or two arrays of the same shape (then entry by entry) |
# | `dz` | the gradient of the loss by z, of the same shape |
# | returns | `(z, dx, dy)`, each of that shape |
#
# - Where x and y are equal, the max gate gives each of them half of the gradient.


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


# %% nbgrader={"grade_id": "test_gate", "grade": true, "points": 8}
# f = (x + y) z at x = -2, y = 5, z = -4: forward through both gates, then back with df = 1
check_call(gate, "add", -2.0, 5.0, 1.0, want=(3.0, 1.0, 1.0), label="q = x + y")
check_call(gate, "mul", 3.0, -4.0, 1.0, want=(-12.0, -4.0, 3.0), label="f = q z")
check_call(gate, "add", -2.0, 5.0, -4.0, want=(3.0, -4.0, -4.0), label="back through q = x + y")
check_call(gate, "mul", 3.0, -4.0, 10.0, want=(-12.0, -40.0, 30.0), label="mul, dz = 10")
check_call(gate, "max", 3.0, -4.0, 10.0, want=(3.0, 10.0, 0.0), label="max of 3 and -4, dz = 10")
check_call(gate, "max", -3.0, -3.0, 10.0, want=(-3.0, 5.0, 5.0), label="max of equals")
check_call(
    gate,
    "max",
    np.array([[1.0, -2.0, 0.0], [4.0, 5.0, -6.0]]),
    np.array([[3.0, -4.0, 0.0], [-1.0, 5.0, -2.0]]),
    np.array([[2.0, 3.0, 4.0], [-5.0, 6.0, -7.0]]),
    want=(
        np.array([[3.0, -2.0, 0.0], [4.0, 5.0, -2.0]]),
        np.array([[0.0, 3.0, 2.0], [-5.0, 3.0, 0.0]]),
        np.array([[2.0, 0.0, 2.0], [0.0, 3.0, -7.0]]),
    ),
    label="max of arrays",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for shape in [(5,), (3, 4), (2, 3, 4)]:
    x, y, dz = rng.normal(size=(3, *shape))
    x, y = np.round(2 * x) / 2 - 1.0, np.round(2 * y) / 2 - 1.0  # with ties, mostly negative
    case = f"arrays of shape {shape}"
    check_call(gate, "add", x, y, dz, want=(x + y, 1 * dz, 1 * dz), label=f"add, {case}")
    check_call(gate, "mul", x, y, dz, want=(x * y, y * dz, x * dz), label=f"mul, {case}")
    to_x = np.vectorize(lambda a, b: 1.0 if a > b else 0.0 if a < b else 0.5)(x, y)
    larger = np.vectorize(max)(x, y)
    check_call(
        gate, "max", x, y, dz, want=(larger, to_x * dz, (1 - to_x) * dz), label=f"max, {case}"
    )
    check_call(gate, "max", -x, -x, dz, want=(-x, dz / 2, dz / 2), label=f"max of equals, {case}")
check_call(gate, "max", -7.5, -0.5, -2.0, want=(-0.5, 0.0, -2.0), label="two negative numbers")
check_call(gate, "max", 1.0, 1 + 1e-9, 3.0, want=(1 + 1e-9, 0.0, 3.0), label="nearly equal")
check_call(gate, "mul", 0.0, -0.5, -2.0, want=(0.0, 1.0, 0.0), label="a product that is 0")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `backward` (18 points)
#
# This is the heart of the chapter: all gradients of any graph, in one walk.
#
# A graph is a dictionary. To each computed node it gives the operation and the names of the nodes that go in. Nodes that are not computed,
# the *leaves*, are not in it. The nodes stand there **in any order**. Six operations are enough:

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
# Write `backward(graph, values, output, earlier)`.
#
# | | |
# |---|---|
# | `graph` | `{name: (operation, inputs)}`, as above; `inputs` is a tuple of one or two names, which may be equal |
# | `values` | `{name: array}`: the value of every node, leaves too, in any order again |
# | `output` | the name of a node of shape (), f say |
# | `earlier` | `{name: array}`: the gradients that earlier calls have left, for some of the nodes or for none |
# | returns | a new `{name: array}` with an entry for **every** node: $\partial f / \partial$ node, in the node's shape, plus what `earlier` has for it |
#
# - A node that feeds several others gets the sum of what comes back from all of them. Only when it has it all does it pass it on.
# - The derivative of f by itself is 1. A node on which f does not depend has gradient 0, and so have nodes computed *from* f.
# - What `earlier` holds is added at the end. It takes no part in the walk: two calls in a row give twice the gradient.
# - The derivative of ReLU at 0 is taken as 0.
# - Where an input was repeated by broadcasting, its gradient is summed over the copies and has the input's own shape.
# - A chain may be thousands of nodes long, while Python's recursion ends at about one thousand.
# - The time grows with the number of nodes, not with the number of paths through the graph, which can double with every node, nor with the
#   square of the number of nodes (as that of `forward` does, which goes through all that is waiting again and again).


# %% nbgrader={"grade_id": "backward", "solution": true}
def backward(graph, values, output, earlier):
    """The gradient of output by every node, plus earlier's: {name: array}."""
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


# %% nbgrader={"grade_id": "test_backward", "grade": true, "points": 8}
def check_backward(graph, leaves, want, label, output="f", earlier=None):
    """backward's gradients are those in want (of some nodes or of all)."""
    values, earlier = forward(graph, leaves), earlier or {}
    values = {name: values[name] for name in sorted(values)}  # in an order that means nothing
    check_call(backward, graph, values, output, earlier, label=f"{label}: arguments")
    got = call(backward, graph, values, output, earlier, label=label)
    check_equal(isinstance(got, dict), True, f"backward: {label}: a dictionary")
    check_equal(sorted(got), sorted(values), f"backward: {label}: the nodes")
    for name in sorted(want):
        check_close(
            got[name], np.asarray(want[name], float), f"backward: {label}: gradient of {name}"
        )


lecture = {"q": ("add", ("x", "y")), "f": ("mul", ("q", "z"))}
leaves = {"x": -2, "y": 5, "z": -4}
check_backward(lecture, leaves, {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1}, "f = (x + y) z")
exponential = {"f": ("exp", ("x",))}
check_backward(exponential, {"x": 2}, {"x": np.exp(2)}, "f = exp(x)")
diamond = {"a": ("mul", ("x", "y")), "b": ("exp", ("a",)), "c": ("mul", ("a", "b"))}
diamond = {"f": ("add", ("c", "a")), **diamond}  # f = a exp(a) + a
slope = np.exp(6) * 7 + 1
want = {"x": 3 * slope, "y": 2 * slope, "a": slope, "b": 6, "c": 1, "f": 1}
for order in ["fabc", "acbf", "cbfa"]:
    shuffled = {name: diamond[name] for name in order}
    check_backward(shuffled, {"x": 2, "y": 3}, want, f"a diamond, nodes in order {order}")
square = {"f": ("mul", ("x", "x"))}
check_backward(square, {"x": 3}, {"x": 6, "f": 1}, "f = x · x")
total = {"f": ("mul", ("s", "s")), "s": ("sum", ("x",))}
check_backward(total, {"x": [1, 2, 4]}, {"x": [14, 14, 14], "s": 14}, "f = sum(x) · sum(x)")
check_backward(
    lecture,
    leaves,
    {"x": -8, "y": 96, "z": 6, "q": -8, "f": 1},
    "after an earlier call",
    earlier={name: np.array(g) for name, g in zip("xyzq", [-4.0, 100.0, 3.0, -4.0])},
)
check_backward(
    {"aside": ("exp", ("q",)), **lecture},
    leaves,
    {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1, "aside": 0},
    "a node beside f",
)
matrices = {"y": ("matmul", ("x", "w")), "h": ("relu", ("y",))}
matrices = {"f": ("sum", ("m",)), "m": ("mul", ("h", "c")), **matrices}
check_backward(
    matrices,
    {
        "x": [[1, 2], [3, -4], [0, 0]],
        "w": [[5, 6, -7], [8, 9, 3]],
        "c": [[1, -2, 3], [4, 5, -6], [7, -8, 9]],
    },
    {
        "w": [[1, -2, 0], [2, -4, 0]],
        "x": [[-7, -10], [0, 0], [0, 0]],
        "y": [[1, -2, 0], [0, 0, 0], [0, 0, 0]],
        "m": np.ones((3, 3)),
    },
    "f = sum(relu(x @ w) · c)",
)
### BEGIN HIDDEN TESTS
check_backward(
    {**lecture, "after": ("exp", ("f",)), "aside": ("mul", ("x", "other"))},
    {**leaves, "other": 7, "alone": 2},
    {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1, "after": 0, "aside": 0, "other": 0, "alone": 0},
    "nodes beside and after f",
)
check_backward(
    {**lecture, "after": ("exp", ("f",)), "aside": ("mul", ("x", "other"))},
    {**leaves, "other": 7},
    {"x": 1, "y": 1, "z": 0, "q": 1, "f": 0, "after": 0, "aside": 0, "other": 0},
    "an inner node as output",
    output="q",
)
check_backward(
    lecture,
    leaves,
    {"x": -4, "y": -4, "z": 13, "q": 16, "f": 1},
    "earlier gradients of z and q alone",
    earlier={"z": np.array(10.0), "q": np.array(20.0)},
)
check_backward(
    lecture,
    leaves,
    {"x": -4, "y": -4, "z": 3, "q": -4, "f": 6},
    "an earlier gradient of f alone",
    earlier={"f": np.array(5.0)},
)
check_backward({}, {"f": 5, "x": 2}, {"f": 1, "x": 0}, "a graph without computed nodes")
shared = {"a": ("add", ("x", "y")), "b": ("add", ("a", "x")), "c": ("add", ("b", "a"))}
check_backward(
    {**shared, "f": ("sum", ("c",))},
    {"x": [1, 2], "y": [3, 4]},
    {"x": [3, 3], "y": [2, 2], "a": [2, 2], "b": [1, 1], "c": [1, 1], "f": 1},
    "sums of sums",
)


def torch_gradients(graph, leaves):
    """What torch's autograd gives for the gradient of f by every node."""
    operations = {
        "add": torch.add,
        "mul": torch.mul,
        "matmul": torch.matmul,
        "exp": torch.exp,
        "relu": torch.relu,
        "sum": torch.sum,
    }
    nodes = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in leaves.items()}
    while len(nodes) < len(graph) + len(leaves):
        for name, (operation, inputs) in graph.items():
            if name not in nodes and all(i in nodes for i in inputs):
                nodes[name] = operations[operation](*(nodes[i] for i in inputs))
    found = torch.autograd.grad(
        nodes["f"], list(nodes.values()), allow_unused=True, materialize_grads=True
    )
    return {name: g.numpy() for name, g in zip(nodes, found)}


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
    check_backward(mlp, leaves, torch_gradients(mlp, leaves), f"a network and {n} rows")
for seed in range(12):  # random graphs of arrays of one shape, in a random order
    rng = np.random.default_rng(seed)
    names, built = ["x", "y"], {}
    for i in range(10):
        kind = str(rng.choice(["add", "mul", "relu", "add"]))
        count = 1 if kind == "relu" else 2
        inputs = tuple(str(name) for name in rng.choice(names[-4:], size=count))
        built[f"n{i}"] = (kind, inputs)
        names.append(f"n{i}")
    built["f"] = ("sum", ("n9",))
    built = {name: built[name] for name in rng.permutation(list(built)).tolist()}
    leaves = {"x": rng.normal(size=(2, 3)), "y": rng.normal(size=(2, 3))}
    check_backward(built, leaves, torch_gradients(built, leaves), f"random graph {seed}")
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_backward_broadcasting", "grade": true, "points": 5}
def check_shapes(operation, shape, other, label):
    """The gradients of f = sum(a ∘ b) for a and b of these shapes, against NumPy by hand."""
    a, b = 1.0 + np.arange(np.prod(shape)), 2.0 - np.arange(np.prod(other))
    values = forward(
        {"c": (operation, ("a", "b")), "f": ("sum", ("c",))},
        {"a": a.reshape(shape), "b": b.reshape(other)},
    )
    graph = {"f": ("sum", ("c",)), "c": (operation, ("a", "b"))}
    got = call(backward, graph, values, "f", {}, label=label)
    check_close(got["c"], np.ones(values["c"].shape), f"backward: {label}: gradient of the result")
    for name, partner in [("a", "b"), ("b", "a")]:
        whole = np.broadcast_to(values[partner] if operation == "mul" else 1.0, values["c"].shape)
        want = np.zeros(values[name].shape)  # every entry of c adds to the entry that it came from
        places = np.broadcast_to(np.arange(want.size).reshape(want.shape), whole.shape)
        for place, amount in zip(places.ravel(), whole.ravel()):
            want.flat[place] += amount
        check_close(got[name], want, f"backward: {label}: gradient of {name}")


check_shapes("add", (2, 4, 3), (4, 1), "(2, 4, 3) + (4, 1)")
check_shapes("add", (2, 3), (3,), "(2, 3) + (3,)")
check_shapes("mul", (2, 3), (2, 1), "(2, 3) · (2, 1)")
check_shapes("mul", (), (4,), "a number · (4,)")
### BEGIN HIDDEN TESTS
for operation, sign in [("add", "+"), ("mul", "·")]:
    for shape, other in [
        ((3,), (2, 3)),
        ((1,), (4,)),
        ((2, 1), (1, 3)),
        ((4, 1), (5,)),
        ((2, 3, 4), (3, 1)),
        ((1, 1), (2, 3, 4)),
        ((2, 1, 4), ()),
        ((1, 3), (1, 3)),
        ((0, 3), (3,)),
    ]:
        check_shapes(operation, shape, other, f"{shape} {sign} {other}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_backward_size", "grade": true, "points": 5}
chain = {f"n{i + 1}": ("add", (f"n{i}", "one")) for i in reversed(range(2999))}
values = {"one": np.array(1.0)} | {f"n{i}": np.array(float(i)) for i in range(3000)}
got = call(backward, chain, values, "n2999", {}, label="a chain of 3,000 nodes")
some = [got[name] for name in ["n0", "n1", "n750", "n2998", "n2999", "one"]]
check_close(some, [1.0, 1, 1, 1, 1, 2999], "backward: a chain of 3,000 nodes: some gradients")
check_fast(backward, chain, values, "n2999", {}, seconds=0.25, label="the time for 3,000 nodes")
doubling = {f"n{i + 1}": ("add", (f"n{i}", f"n{i}")) for i in range(17)}
values = {f"n{i}": np.array(2.0**i) for i in range(18)}
check_fast(backward, doubling, values, "n17", {}, seconds=0.1, label="17 doublings, 131,072 paths")
got = call(backward, doubling, values, "n17", {}, label="17 doublings")
some = [got[name] for name in ["n0", "n1", "n16", "n17"]]
check_close(some, [2.0**17, 2.0**16, 2.0, 1.0], "backward: 17 doublings: some gradients")


### BEGIN HIDDEN TESTS
def factors(count):
    """A product of -1s, one factor a node, with the last node first."""
    names = [f"n{i}" for i in range(count)]
    values = {name: np.array((-1.0) ** i) for i, name in enumerate(names)}
    steps = reversed(list(zip(names, names[1:])))
    return {b: ("mul", (a, "u")) for a, b in steps}, {"u": np.array(-1.0)} | values


got = call(backward, *factors(1200), "n1199", {}, label="a chain, last node first")
some = [got[name] for name in ["n0", "n10", "n601", "n1199", "u"]]
check_close(some, [-1.0, -1, 1, 1, 1199], "backward: a chain, last node first: some gradients")
check_fast(backward, *factors(6000), "n5999", {}, seconds=0.5, label="the time for 6,000 nodes")
### END HIDDEN TESTS

# %% [markdown]
# You have just written an autograd engine. It differentiates whatever can be built of the six operations; here, a softmax's
# denominator. Compare with the closed form.

# %%
graph = {"e": ("exp", ("s",)), "f": ("sum", ("e",))}
values = forward(graph, {"s": [1.0, 2.0, -1.0]})
print(backward(graph, values, "f", {})["s"], np.exp([1.0, 2.0, -1.0]))

# %% [markdown]
# ## 2 · Vectors and matrices
#
# ### Exercise `norm2_grad` (5 points)
#
# Write `norm2_grad(weight, x)`: the function $f = \|W x\|^2 = \sum_i (W x)_i^2$ and its two gradients. Derive them on paper, entry by entry,
# before you type.
#
# | | |
# |---|---|
# | `weight` | (M, D), the matrix W |
# | `x` | (D,) |
# | returns | `(f, dweight, dx)`: a number, (M, D) and (D,) |


# %% nbgrader={"grade_id": "norm2_grad", "solution": true}
def norm2_grad(weight, x):
    """weight: (M, D), x: (D,) -> f, dweight: (M, D), dx: (D,)"""
    ### BEGIN SOLUTION
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight.T @ q
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_norm2_grad", "grade": true, "points": 5}
check_call(
    norm2_grad,
    np.array([[1.0, 2.0], [1.0, -1.0]]),
    np.array([3.0, 1.0]),
    want=(29.0, np.array([[30.0, 10.0], [12.0, 4.0]]), np.array([14.0, 16.0])),
    label="W of 2 by 2",
)
check_call(
    norm2_grad,
    np.array([[1.0, 0.0, 2.0]]),
    np.array([1.0, 5.0, 1.0]),
    want=(9.0, np.array([[6.0, 30.0, 6.0]]), np.array([6.0, 0.0, 12.0])),
    label="W of 1 by 3",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
for m, d in [(3, 3), (2, 5), (4, 1), (1, 1), (6, 2)]:
    w, x = rng.normal(size=(m, d)), rng.normal(size=d)
    q = [sum(w[i, j] * x[j] for j in range(d)) for i in range(m)]
    dw = np.array([[2 * q[i] * x[j] for j in range(d)] for i in range(m)])
    dx = np.array([sum(2 * q[i] * w[i, j] for i in range(m)) for j in range(d)])
    want = (sum(v * v for v in q), dw, dx)
    check_call(norm2_grad, w, x, want=want, label=f"W of {m} by {d}, random")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `affine` (9 points)
#
# Write `affine(x, weight, bias, dy)`: a fully connected layer, forward and backward. Row n of the output is
# $y_n = W x_n + b$.
#
# | | |
# |---|---|
# | `x` | (N, …): N inputs of any shape, such as (N, 3, 32, 32); flattened, each has D numbers |
# | `weight` | (K, D) |
# | `bias` | (K,) |
# | `dy` | (N, K) |
# | returns | `(y, dx, dweight, dbias)` of shapes (N, K), that of x, (K, D) and (K,) |
#
# - N = 1 and N = 0 are legal. All arguments have one dtype, float32 or float64, and so have all results.
# - No Python loop (nor a comprehension).


# %% nbgrader={"grade_id": "affine", "solution": true}
def affine(x, weight, bias, dy):
    """x: (N, …), weight: (K, D), bias: (K,), dy: (N, K) -> y, dx, dweight, dbias"""
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), weight.shape[1])  # not -1, which cannot be found where N = 0
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_affine", "grade": true, "points": 9}
check_call(
    affine,
    np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]),
    np.array([10.0, 20.0, 30.0, 40.0]),
    np.array([[1.0, 0.0, 2.0, 0.0], [0.0, -1.0, 0.0, 3.0]]),
    want=(
        np.array([[8.0, 24.0, 33.0, 46.0], [8.0, 33.0, 36.0, 55.0]]),
        np.array([[1.0, 0.0, 1.0], [1.0, 2.0, 3.0]]),
        np.array([[1.0, 2.0, 3.0], [-4.0, -5.0, -6.0], [2.0, 4.0, 6.0], [12.0, 15.0, 18.0]]),
        np.array([1.0, -1.0, 2.0, 3.0]),
    ),
    label="two rows of three, four outputs",
)
check_call(
    affine,
    np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]),
    np.array([[1.0, 10.0, 100.0, 1000.0]]),
    np.array([0.5]),
    np.array([[2.0]]),
    want=(
        np.array([[4321.5]]),
        np.array([[[[2.0, 20.0]], [[200.0, 2000.0]]]]),
        np.array([[2.0, 4.0, 6.0, 8.0]]),
        np.array([2.0]),
    ),
    label="one image of 2 channels, 1 by 2 pixels",
)
check_call(
    affine,
    *(np.array(a, dtype=np.float32) for a in ([[1, 2]], [[3, 4]], [5], [[10]])),
    want=tuple(np.array(a, dtype=np.float32) for a in ([[16]], [[30, 40]], [[10, 20]], [10])),
    label="float32",
)
check_call(
    affine,
    np.zeros((0, 2, 3)),
    np.ones((4, 6)),
    np.ones(4),
    np.zeros((0, 4)),
    want=(np.zeros((0, 4)), np.zeros((0, 2, 3)), np.zeros((4, 6)), np.zeros(4)),
    label="no inputs at all",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
for shape, k in [((5, 3), 2), ((2, 7), 4), ((4, 3, 2, 5), 6), ((3, 2, 4), 1), ((1, 6), 3)]:
    d = int(np.prod(shape[1:]))
    shapes = [shape, (k, d), (k,), (shape[0], k)]
    x, w, b, dy = (rng.normal(size=s) - 0.5 for s in shapes)
    n, rows = shape[0], x.reshape(shape[0], d)
    y = [[sum(rows[i, j] * w[c, j] for j in range(d)) + b[c] for c in range(k)] for i in range(n)]
    dx = [[sum(dy[i, c] * w[c, j] for c in range(k)) for j in range(d)] for i in range(n)]
    dw = [[sum(dy[i, c] * rows[i, j] for i in range(n)) for j in range(d)] for c in range(k)]
    db = [sum(dy[i, c] for i in range(n)) for c in range(k)]
    want = (np.array(y), np.array(dx).reshape(shape), np.array(dw), np.array(db))
    check_call(affine, x, w, b, dy, want=want, label=f"x of shape {shape}, {k} outputs")
    check_call(
        affine,
        *(a.astype(np.float32) for a in (x, w, b, dy)),
        want=tuple(a.astype(np.float32) for a in want),
        rtol=1e-3,
        atol=1e-4,
        label=f"float32, x of shape {shape}, {k} outputs",
    )
check_call(
    affine,
    np.zeros((0, 5)),
    np.ones((3, 5)),
    np.ones(3),
    np.zeros((0, 3)),
    want=(np.zeros((0, 3)), np.zeros((0, 5)), np.zeros((3, 5)), np.zeros(3)),
    label="no rows",
)
many = (np.ones((60_000, 2)), np.ones((3, 2)), np.ones(3), np.ones((60_000, 3)))
check_fast(affine, *many, seconds=0.1, label="60,000 rows")
wide = (np.ones((3, 60_000)), np.ones((2, 60_000)), np.ones(2), np.ones((3, 2)))
check_fast(affine, *wide, seconds=0.1, label="rows of 60,000 numbers")
### END HIDDEN TESTS

# %% [markdown]
# ## 3 · Activations
#
# ### Exercise `activation` (14 points)
#
# Write `activation(kind, x, dy, alpha)`: seven nonlinearities, forward and backward.
#
# | `kind` | y |
# |---|---|
# | `"sigmoid"` | $1 / (1 + e^{-x})$ |
# | `"tanh"` | $\tanh x$ |
# | `"elu"` | x where x > 0, else $\alpha (e^x - 1)$ |
# | `"step"` | 1 where x ≥ 0, else 0; the derivative is 0 everywhere |
# | `"relu"` | x where x > 0, else 0 |
# | `"prelu"` | x where x > 0, else $\alpha x$ (with a fixed α: leaky ReLU) |
# | `"maxout"` | x: (N, 2K); the larger of columns 0 and 1, of columns 2 and 3, and so on: y: (N, K) |
#
# | | |
# |---|---|
# | `x` | array of any shape (maxout: two axes), float32 or float64 |
# | `dy` | array of y's shape, of x's dtype |
# | `alpha` | a Python float, of either sign, perhaps above 1; unused where the table has no α |
# | returns | `(y, dx, dalpha)`: y and dx arrays of x's dtype, and dalpha a number |
#
# - α may be learnt (that is PReLU), so it has a gradient, too: `dalpha` is $\partial L / \partial \alpha$, one number for the one α that all entries share;
#   0.0 where there is no α.
# - At a kink, at x = 0, take the derivative of the lower branch: 0 for ReLU, α for PReLU and ELU.
#   Of two equal columns, maxout gives the whole gradient to the first.
# - At x = ±1000 everything is finite and right.
# - No Python loop over entries, rows or columns.


# %% nbgrader={"grade_id": "activation", "solution": true}
def activation(kind, x, dy, alpha):
    """x: any shape, dy: like y, alpha: float -> y, dx: like x, dalpha: number"""
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
        y, dx = (x >= 0).astype(x.dtype), np.zeros_like(x)
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


# %% nbgrader={"grade_id": "test_activation_smooth", "grade": true, "points": 5}
half = np.array([[0.5**0.5, 0.0], [-1.0, 2.0]])  # dy
check_call(
    activation,
    "sigmoid",
    np.log(np.array([[3.0, 1.0], [0.25, 4.0]])),
    half,
    0.3,
    want=(
        np.array([[0.75, 0.5], [0.2, 0.8]]),
        half * np.array([[0.1875, 0.25], [0.16, 0.16]]),
        0.0,
    ),
    label="sigmoid",
)
check_call(
    activation,
    "tanh",
    np.log(np.array([[3.0, 1.0], [0.5, 2.0]])),
    half,
    0.3,
    want=(np.array([[0.8, 0.0], [-0.6, 0.6]]), half * np.array([[0.36, 1.0], [0.64, 0.64]]), 0.0),
    label="tanh",
)
check_call(
    activation,
    "elu",
    np.array([[2.0, 0.0], [np.log(0.25), -1000.0]]),
    np.array([[3.0, 2.0], [5.0, 7.0]]),
    2.0,
    want=(
        np.array([[2.0, 0.0], [-1.5, -2.0]]),
        np.array([[3.0, 4.0], [2.5, 0.0]]),
        -0.75 * 5 - 7.0,
    ),
    label="elu, α = 2",
)
far = np.array([-1000.0, 1000.0])
for kind, y, slopes in [("sigmoid", [0, 1], [0, 0]), ("tanh", [-1, 1], [0, 0])]:
    want = (np.array(y, float), np.array(slopes, float), 0.0)
    check_call(activation, kind, far, np.ones(2), 1.0, want=want, label=f"{kind} at ±1000")
want = (np.array([-0.5, 1000.0]), np.array([0.0, 1.0]), -1.0)
check_call(activation, "elu", far, np.ones(2), 0.5, want=want, label="elu at ±1000")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(4)
formulas = {  # y, its derivative by x, and by α, of one number
    "sigmoid": lambda v, a: (1 / (1 + e**-v), e**-v / (1 + e**-v) ** 2, 0.0),
    "tanh": lambda v, a: ((e**v - e**-v) / (e**v + e**-v), 4 / (e**v + e**-v) ** 2, 0.0),
    "elu": lambda v, a: (v, 1.0, 0.0) if v > 0 else (a * (e**v - 1), a * e**v, e**v - 1),
}
e = np.e
for kind, formula in formulas.items():
    for shape, alpha in [((7,), 1.0), ((3, 4), 0.3), ((2, 3, 4), 1.7), ((2, 3, 1, 2), -0.4)]:
        x, dy = 3 * rng.normal(size=shape), rng.normal(size=shape)
        found = [formula(v, alpha) for v in x.ravel().tolist()]
        y, slope, by_alpha = (np.reshape([row[i] for row in found], shape) for i in range(3))
        want = (y, dy * slope, sum((dy * by_alpha).ravel().tolist()))
        case = f"{kind}, shape {shape}, α = {alpha}"
        check_call(activation, kind, x, dy, alpha, want=want, label=case)
        check_call(
            activation,
            kind,
            x.astype(np.float32),
            dy.astype(np.float32),
            alpha,
            want=(*(w.astype(np.float32) for w in want[:2]), want[2]),
            rtol=1e-3,
            atol=1e-4,
            label=f"float32, {case}",
        )
    x = rng.choice([-1000.0, -30.0, 0.0, 1000.0], size=(3, 5))
    dy = rng.normal(size=(3, 5))
    low = {"sigmoid": 0.0, "tanh": -1.0, "elu": -0.7}[kind]
    middle = {"sigmoid": 0.5, "tanh": 0.0, "elu": 0.0}[kind]
    y = np.select([x == 1000, x == 0], [1000.0 if kind == "elu" else 1.0, middle], low)
    at_zero = {"sigmoid": 0.25, "tanh": 1.0, "elu": 0.7}[kind]
    dx = dy * np.select([x == 1000, x == 0], [float(kind == "elu"), at_zero], 0.0)
    dalpha = -dy[x < 0].sum() if kind == "elu" else 0.0
    check_call(activation, kind, x, dy, 0.7, want=(y, dx, dalpha), label=f"{kind}, large entries")
check_fast(
    activation, "elu", np.ones(50_000), np.ones(50_000), 1.0, seconds=0.1, label="elu, 50,000"
)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_piecewise", "grade": true, "points": 5}
x, dy = np.array([[-2.0, 0.0, 3.0], [4.0, -1000.0, 0.5]]), np.array([[5.0, 7, -1], [2, 0.5, 3]])
check_call(
    activation,
    "relu",
    x,
    dy,
    0.3,
    want=(np.array([[0.0, 0, 3], [4, 0, 0.5]]), np.array([[0.0, 0, -1], [2, 0, 3]]), 0.0),
    label="relu",
)
check_call(
    activation,
    "prelu",
    x,
    dy,
    0.1,
    want=(
        np.array([[-0.2, 0, 3], [4, -100, 0.5]]),
        np.array([[0.5, 0.7, -1], [2, 0.05, 3]]),
        -510.0,
    ),
    label="prelu, α = 0.1",
)
check_call(
    activation,
    "prelu",
    x,
    dy,
    3.0,
    want=(
        np.array([[-6.0, 0, 3], [4, -3000, 0.5]]),
        np.array([[15.0, 21, -1], [2, 1.5, 3]]),
        -510.0,
    ),
    label="prelu, α = 3",
)
check_call(
    activation,
    "step",
    x,
    dy,
    0.3,
    want=(np.array([[0.0, 1, 1], [1, 0, 1]]), np.zeros((2, 3)), 0.0),
    label="step",
)
for kind, y, slope in [
    ("relu", [0, 2], [0, 1]),
    ("prelu", [-0.5, 2], [0.5, 1]),
    ("step", [0, 1], [0, 0]),
]:
    check_call(
        activation,
        kind,
        np.array([-1, 2], dtype=np.float32),
        np.ones(2, dtype=np.float32),
        0.5,
        want=(
            np.array(y, dtype=np.float32),
            np.array(slope, dtype=np.float32),
            -1.0 if kind == "prelu" else 0.0,
        ),
        label=f"{kind}, float32",
    )
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
for shape, alpha in [((7,), 0.25), ((3, 4), -1.0), ((2, 3, 4), 1.5), ((2, 3, 1, 2), 0.0)]:
    x, dy = rng.integers(-3, 3, size=shape) / 2, rng.normal(size=shape)  # with zeros
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
        y, dx = np.reshape(y, shape), np.reshape(dx, shape)
        case = f"{kind}, shape {shape}, α = {alpha}"
        check_call(activation, kind, x, dy, alpha, want=(y, dx, dalpha), label=case)
        check_call(
            activation,
            kind,
            x.astype(np.float32),
            dy.astype(np.float32),
            alpha,
            want=(y.astype(np.float32), dx.astype(np.float32), dalpha),
            rtol=1e-3,
            atol=1e-4,
            label=f"float32, {case}",
        )
check_fast(
    activation, "prelu", np.ones(50_000), np.ones(50_000), 0.1, seconds=0.1, label="prelu, 50,000"
)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_activation_maxout", "grade": true, "points": 4}
check_call(
    activation,
    "maxout",
    np.array([[1.0, 2.0, 8.0, 3.0], [-4.0, -5.0, 0.0, 7.0], [6.0, 6.0, -2.0, -1.0]]),
    np.array([[10.0, 20.0], [30.0, -40.0], [50.0, 60.0]]),
    0.3,
    want=(
        np.array([[2.0, 8.0], [-4.0, 7.0], [6.0, -1.0]]),
        np.array([[0.0, 10.0, 20.0, 0.0], [30.0, 0.0, 0.0, -40.0], [50.0, 0.0, 0.0, 60.0]]),
        0.0,
    ),
    label="maxout, three rows of two pairs",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(6)
for n, k in [(1, 1), (5, 3), (3, 5), (4, 4)]:
    x, dy = rng.integers(-4, 2, size=(n, 2 * k)) / 2, rng.normal(size=(n, k))
    y, dx = np.zeros((n, k)), np.zeros((n, 2 * k))
    for i in range(n):
        for j in range(k):
            pair = x[i, 2 * j : 2 * j + 2].tolist()
            y[i, j] = max(pair)
            dx[i, 2 * j + pair.index(max(pair))] = dy[i, j]
    check_call(
        activation, "maxout", x, dy, 0.1, want=(y, dx, 0.0), label=f"maxout, {n} rows, {k} pairs"
    )
    check_call(
        activation,
        "maxout",
        x.astype(np.float32),
        dy.astype(np.float32),
        0.1,
        want=(y.astype(np.float32), dx.astype(np.float32), 0.0),
        label=f"float32, maxout, {n} rows, {k} pairs",
    )
check_fast(
    activation,
    "maxout",
    np.ones((60_000, 2)),
    np.ones((60_000, 1)),
    0.1,
    seconds=0.1,
    label="maxout, 60,000 rows",
)
check_fast(
    activation,
    "maxout",
    np.ones((1, 120_000)),
    np.ones((1, 60_000)),
    0.1,
    seconds=0.1,
    label="maxout, 60,000 pairs",
)
### END HIDDEN TESTS

# %% [markdown]
# Here they are, with their derivatives (dashed).

# %%
grid = np.linspace(-4, 4, 401)
_, axes = plt.subplots(1, 6, figsize=(13, 2.2), sharey=True)
for ax, kind in zip(axes, ["sigmoid", "tanh", "elu", "step", "relu", "prelu"]):
    y, slope, _ = activation(kind, grid, np.ones_like(grid), 0.1 if kind == "prelu" else 1.0)
    ax.plot(grid, y)
    ax.plot(grid, slope, "--")
    ax.set(title=kind, ylim=(-1.5, 2), xlabel="x")

# %% [markdown]
# ### Exercise `unit_report` (6 points)
#
# Write `unit_report(a, kind, threshold)`: how healthy is a layer of hidden units? Unit j's output for image n is $y_{nj} = f(a_{nj})$.
#
# | | |
# |---|---|
# | `a` | (N, H): the sums that reach H units, for N images |
# | `kind` | the activation f: `"sigmoid"`, `"tanh"` or `"relu"` (derivative 0 at 0) |
# | `threshold` | a float ≥ 0: a derivative f′(a) of at most this is too small to learn from |
# | returns | `(mean, saturated, dead)`: three numbers |
#
# - `mean`: the mean of all outputs y. Is the layer's output centred on zero?
# - `saturated`: the fraction of the N · H derivatives f′(a) that are at most `threshold`.
# - `dead`: the fraction of the H units whose derivative is at most `threshold` for **every** image.
#
# Entries may be as large as ±1000. Write it without calling `activation`: one mistake should not cost two exercises.


# %% nbgrader={"grade_id": "unit_report", "solution": true}
def unit_report(a, kind, threshold):
    """a: (N, H), kind: "sigmoid", "tanh" or "relu", threshold: float -> mean, saturated, dead"""
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


# %% nbgrader={"grade_id": "test_unit_report", "grade": true, "points": 6}
sums = np.array([[-1.0, -2.0, 3.0, 0.0], [2.0, -5.0, -1.0, -4.0], [1.0, -2.0, 3.0, -1.0]])
check_call(
    unit_report, sums, "relu", 0.0, want=(9 / 12, 8 / 12, 2 / 4), label="four rectified units"
)
check_call(
    unit_report,
    np.log(np.array([[3.0, 1.0], [0.25, 4.0], [4.0, 1.0]])),
    "sigmoid",
    0.2,
    want=((0.75 + 0.5 + 0.2 + 0.8 + 0.8 + 0.5) / 6, 4 / 6, 1 / 2),
    label="two sigmoids",
)
check_call(
    unit_report,
    np.log(np.array([[3.0, 2.0], [0.25, 4.0], [4.0, 1.0]])),
    "tanh",
    0.5,
    want=((0.8 + 0.6 - 15 / 17 + 15 / 17 + 15 / 17) / 6, 4 / 6, 1 / 2),
    label="two tanh units",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
slopes = {
    "relu": lambda v: 1.0 if v > 0 else 0.0,
    "tanh": lambda v: 1 - np.tanh(v) ** 2,
    "sigmoid": lambda v: np.exp(-abs(v)) / (1 + np.exp(-abs(v))) ** 2,
}
outputs = {
    "relu": lambda v: max(v, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda v: 0.5 + 0.5 * np.tanh(v / 2),
}
for kind, threshold in [("relu", 0.0), ("relu", 0.5), ("tanh", 0.05), ("sigmoid", 0.15)]:
    for n, h in [(1, 6), (9, 4), (3, 12)]:
        a = 1.5 * rng.normal(size=(n, h)) + 3 * rng.normal(size=h) - 0.5
        a[0, 0] = 0.0
        quiet = np.array([[slopes[kind](v) <= threshold for v in row] for row in a])
        want = (
            float(np.mean([[outputs[kind](v) for v in row] for row in a])),
            sum(map(sum, quiet.tolist())) / (n * h),
            sum(all(column) for column in quiet.T.tolist()) / h,
        )
        case = f"{kind}, {n} images, {h} units, threshold {threshold}"
        check_call(unit_report, a, kind, threshold, want=want, label=case)
far = np.array([[1000.0, -1000.0, 1000.0], [1000.0, -1000.0, 0.0]])
for kind, mean, saturated, dead in [
    ("relu", 500.0, 1 / 2, 1 / 3),
    ("tanh", 1 / 6, 5 / 6, 2 / 3),
    ("sigmoid", 3.5 / 6, 5 / 6, 2 / 3),
]:
    want = (mean, saturated, dead)
    check_call(unit_report, far, kind, 0.0, want=want, label=f"{kind}, entries of ±1000")
zero = np.zeros((2, 3))
check_call(unit_report, zero, "relu", 0.0, want=(0.0, 1.0, 1.0), label="zeros into relu")
check_call(unit_report, zero + 2, "relu", 1.0, want=(2.0, 1.0, 1.0), label="relu, threshold 1")
check_call(unit_report, zero, "tanh", 1.0, want=(0.0, 1.0, 1.0), label="just at the threshold")
### END HIDDEN TESTS

# %% [markdown]
# A measurement: a hundred units of 50 inputs each see standard normal data. What do large weights do, and what does a bias that a careless
# step has pushed far below zero do?

# %%
rng = np.random.default_rng(0)
inputs, directions = rng.normal(size=(500, 50)), rng.normal(size=(100, 50)) / 50**0.5
print("kind      scale  bias |   mean  saturated   dead")
for kind, scale, bias in [
    ("sigmoid", 1, 0),
    ("sigmoid", 10, 0),
    ("tanh", 1, 0),
    ("tanh", 10, 0),
    ("relu", 1, 0),
    ("relu", 1, -3),
]:
    sums = scale * inputs @ directions.T + bias
    mean, saturated, dead = unit_report(sums, kind, 0.01)
    print(f"{kind:8} {scale:6} {bias:5} | {mean:6.2f} {saturated:10.2f} {dead:6.2f}")

# %% [markdown]
# ## 4 · Networks
#
# ### Exercise `count_parameters` (4 points)
#
# A network is described by its sizes: [3, 4, 4, 1] has three inputs, two hidden layers of four units, and one output. With
# $s_j$ units in layer j, counted from 1 for the inputs, the weights from layer j to layer j + 1 and their biases form one matrix $\Theta^{(j)}$:
# a row for each unit that is computed, a column for each unit that it reads, and one column for the bias.
#
# Write `count_parameters(sizes)`.
#
# | | |
# |---|---|
# | `sizes` | a list of at least two ints ≥ 1 |
# | returns | `(shapes, total)`: a list with the shape of $\Theta^{(1)}$, $\Theta^{(2)}$, …, each a pair of ints, and the number of all their entries, an int |


# %% nbgrader={"grade_id": "count_parameters", "solution": true}
def count_parameters(sizes):
    """sizes: ints -> shapes: a list of pairs, total: int"""
    ### BEGIN SOLUTION
    shapes = [(above, below + 1) for below, above in zip(sizes, sizes[1:])]
    return shapes, sum(rows * columns for rows, columns in shapes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_count_parameters", "grade": true, "points": 4}
check_call(
    count_parameters, [3, 4, 4, 1], want=([(4, 4), (4, 5), (1, 5)], 41), label="3 → 4 → 4 → 1"
)
check_call(count_parameters, [3, 4, 2], want=([(4, 4), (2, 5)], 26), label="3 → 4 → 2")
check_call(count_parameters, [5, 2], want=([(2, 6)], 12), label="5 → 2")
### BEGIN HIDDEN TESTS
for sizes in [[1, 1], [3072, 10], [3072, 100, 10], [2, 7, 1, 5, 3], [784, 300, 100, 10]]:
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    shapes = [(layer.out_features, layer.in_features + 1) for layer in layers]
    total = sum(p.numel() for layer in layers for p in layer.parameters())
    case = " → ".join(map(str, sizes))
    check_call(count_parameters, sizes, want=(shapes, total), label=case)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `mlp_loss` (14 points)
#
# Write `mlp_loss(layers, x, labels, weight_decay)`: the loss of a network of any depth, and its gradient by every parameter.
#
# | | |
# |---|---|
# | `layers` | a list of one or more pairs `(weight, bias)`, weight (outputs, inputs), bias (outputs,) |
# | `x` | (N, D) |
# | `labels` | (N,) ints in 0, …, C − 1, any integer dtype, unsigned too |
# | `weight_decay` | a float λ ≥ 0 |
# | returns | `(loss, gradients)`: a number, and a list of pairs `(dweight, dbias)` in the order and the shapes of `layers` |
#
# - After each layer but the last comes a ReLU, whose derivative at 0 is 0. The last layer gives the scores of C classes.
# - The loss is the cross-entropy of the softmax of the scores, averaged over the N images, plus λ times the sum of the squares of
#   all weights (no ½, biases not counted).
# - Scores may be as large as ±1000; loss and gradients stay finite and right.
# - Do not call your other exercises here. A loop over the layers is fine, over the images it is not.


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


# %% nbgrader={"grade_id": "test_mlp_loss", "grade": true, "points": 14}
def check_mlp(layers, x, labels, weight_decay, want_loss, want_gradients, label):
    """Loss and gradients are as wanted, one after the other."""
    arguments = (layers, x, labels, weight_decay)
    check_call(mlp_loss, *arguments, label=f"{label}: arguments")
    result = call(mlp_loss, *arguments, label=label)
    pair = isinstance(result, tuple | list) and len(result) == 2
    check_equal(pair, True, f"mlp_loss: {label}: a pair, loss and gradients")
    loss, gradients = result
    check_close(loss, want_loss, f"mlp_loss: {label}: loss")
    several = isinstance(gradients, list | tuple)
    check_equal(several, True, f"mlp_loss: {label}: a list of gradients")
    check_equal(len(gradients), len(layers), f"mlp_loss: {label}: how many pairs of gradients")
    for i in reversed(range(len(layers))):  # in the order in which they are computed
        pair = isinstance(gradients[i], tuple | list) and len(gradients[i]) == 2
        check_equal(pair, True, f"mlp_loss: {label}: gradients of layer {i} are a pair")
        for name, got, want in zip(["dweight", "dbias"], gradients[i], want_gradients[i]):
            check_close(got, want, f"mlp_loss: {label}: {name} of layer {i}")


third, e = 1 / 3, np.e
linear = [(np.zeros((3, 2)), np.zeros(3))]
check_mlp(
    linear,
    np.array([[1.0, 2.0], [3.0, 5.0]]),
    np.array([2, 0]),
    0.5,
    np.log(3),
    [
        (
            np.array([[third / 2 - 1, 1 / 3 - 5 / 3], [2 / 3, 7 / 6], [1 / 6, 1 / 6]]),
            np.array([-1 / 6, 1 / 3, -1 / 6]),
        )
    ],
    "one layer of zeros",
)
two = [
    (np.array([[1.0, 0.0], [0.0, -1.0], [1.0, 1.0]]), np.array([0.0, 1.0, -1.0])),
    (np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0.0, 1.0])),
]
# hidden sums (1, -1, 2), rectified (1, 0, 2); scores (1, 3); softmax (p, 1 - p)
p = 1 / (1 + e**2)
check_mlp(
    two,
    np.array([[1.0, 2.0]]),
    np.array([0]),
    0.1,
    np.log(1 + e**2) + 0.1 * (4 + 6),
    [
        (
            0.2 * two[0][0] + np.array([[p - 1, 2 * p - 2], [0, 0], [1 - p, 2 - 2 * p]]),
            np.array([p - 1, 0, 1 - p]),
        ),
        (
            0.2 * two[1][0] + np.array([[p - 1, 0, 2 * p - 2], [1 - p, 0, 2 - 2 * p]]),
            np.array([p - 1, 1 - p]),
        ),
    ],
    "two layers, one image",
)
# the scores are (-7, -5) and (0, 0) here: a ReLU on them would make zeros
negative = [(np.array([[1.0], [1.0]]), np.array([-7.0, -5.0]))]
q = 1 / (1 + e**2)
check_mlp(
    negative,
    np.array([[0.0]]),
    np.array([1]),
    0.0,
    np.log(1 + e**-2),
    [(np.zeros((2, 1)), np.array([q, -q]))],
    "negative scores",
)
far = [(np.array([[1000.0], [-1000.0]]), np.zeros(2))]
check_mlp(
    far,
    np.array([[1.0], [-1.0]]),
    np.array([0, 1]),
    0.0,
    0.0,
    [(np.zeros((2, 1)), np.zeros(2))],
    "scores of ±1000, all right",
)
check_mlp(
    far,
    np.array([[1.0], [1.0]]),
    np.array([0, 1]),
    0.0,
    1000.0,
    [(np.array([[0.5], [-0.5]]), np.array([0.5, -0.5]))],
    "scores of ±1000, one wrong",
)


### BEGIN HIDDEN TESTS
def torch_mlp(layers, x, labels, weight_decay):
    """The same by torch's modules and autograd."""
    parts = []
    for weight, bias in layers:
        part = torch.nn.Linear(weight.shape[1], weight.shape[0]).double()
        part.weight.data, part.bias.data = torch.tensor(weight), torch.tensor(bias)
        parts += [part, torch.nn.ReLU()]
    scores = torch.nn.Sequential(*parts[:-1])(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(labels.astype(np.int64)))
    for part in parts[::2]:
        loss = loss + weight_decay * part.weight.square().sum()
    loss.backward()
    return loss.item(), [(q.weight.grad.numpy(), q.bias.grad.numpy()) for q in parts[::2]]


def random_layers(rng, sizes, scale=0.7):
    return [
        (scale * rng.normal(size=(b, a)), scale * rng.normal(size=b))
        for a, b in zip(sizes, sizes[1:])
    ]


for sizes, n, weight_decay, dtype in [
    ([4, 3], 5, 0.0, np.int64),
    ([4, 3], 5, 0.3, np.uint8),
    ([3, 5, 4], 1, 0.0, np.int32),
    ([3, 5, 4], 7, 0.2, np.uint64),
    ([2, 6, 3, 5], 4, 0.0, np.int64),
    ([2, 6, 3, 5], 9, 0.05, np.int64),
    ([5, 4, 4, 4, 2], 6, 0.01, np.int8),
    ([1, 3, 3, 3, 3, 6], 3, 0.1, np.int64),
]:
    rng = np.random.default_rng(len(sizes) + n)
    layers, x = random_layers(rng, sizes), rng.normal(size=(n, sizes[0]))
    labels = rng.integers(0, sizes[-1] - 1, size=n).astype(dtype)  # the last class is absent
    case = f"sizes {sizes}, {n} images, λ = {weight_decay}"
    check_mlp(layers, x, labels, weight_decay, *torch_mlp(layers, x, labels, weight_decay), case)
rng = np.random.default_rng(8)
layers, x = random_layers(rng, [3, 4, 5], 40.0), rng.normal(size=(6, 3))
labels = np.array([0, 4, 2, 1, 1, 0])
check_mlp(layers, x, labels, 0.0, *torch_mlp(layers, x, labels, 0.0), "large random weights")
layers = random_layers(rng, [3, 4, 5])
layers[0][1][:] = -100.0  # no hidden unit fires
check_mlp(layers, x, labels, 0.1, *torch_mlp(layers, x, labels, 0.1), "all hidden units dead")
layers[0] = (np.zeros((4, 3)), np.zeros(4))  # every hidden sum is exactly 0
check_mlp(layers, x, labels, 0.1, *torch_mlp(layers, x, labels, 0.1), "at the kink of every ReLU")
layers = random_layers(rng, [2, 3, 4])
check_fast(
    mlp_loss,
    layers,
    np.ones((6000, 2)),
    np.zeros(6000, dtype=int),
    0.1,
    seconds=0.1,
    label="6,000 images",
)
### END HIDDEN TESTS

# %% [markdown]
# With a loss and its gradients, descent does the rest. Is a hidden layer worth it?

# %%
shapes = data.load("shapes", n_train=1000, n_test=300, seed=2)
center = shapes.x_train.mean(axis=0)
x_train = (shapes.x_train - center).reshape(1000, -1).astype(np.float64)
x_test = (shapes.x_test - center).reshape(300, -1).astype(np.float64)


def train(sizes, epochs, lr=0.05, momentum=0.9, weight_decay=1e-4):
    """Layers of these sizes, trained by stochastic gradient descent with momentum."""
    rng = np.random.default_rng(0)
    layers = [
        (rng.normal(size=(b, a)) * (2 / a) ** 0.5, np.zeros(b)) for a, b in zip(sizes, sizes[1:])
    ]
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


for sizes, lr in [([3072, 10], 0.005), ([3072, 64, 10], 0.02), ([3072, 64, 32, 10], 0.02)]:
    layers, losses = train(sizes, epochs=12, lr=lr)
    print(
        f"{sizes!s:22} loss {np.mean(losses[-20:]):.2f}  "
        f"train {accuracy(layers, x_train, shapes.y_train):.2f}  "
        f"test {accuracy(layers, x_test, shapes.y_test):.2f}"
    )

# %% [markdown]
# ## 5 · What a network can represent
#
# ### Exercise `boolean_net` (7 points)
#
# Any Boolean function of D inputs is a network with one hidden layer. Write `boolean_net(inputs, outputs)`, which builds it, without training.
#
# | | |
# |---|---|
# | `inputs` | (2ᴰ, D) floats: every pattern of −1 and +1, in any order |
# | `outputs` | (2ᴰ,) booleans: the function's value for each |
# | returns | `(w1, b1, w2, b2)`: float64 arrays of shapes (H, D), (H,) and (H,), and a number |
#
# - All units are step units, u(a) = 1 where a ≥ 0, else 0. The hidden units give h = u(w1 x + b1), the output is u(w2 · h + b2).
# - H is the number of patterns for which the function is true: hidden unit j gives 1 for the j-th of them (in the order of `inputs`) and 0 for **every other** pattern.
# - The output is 1 where the function is true, and 0 where it is not. H = 0 is legal (then the shapes are (0, D), (0,) and (0,)), and so is H = 2ᴰ.
# - Several choices are right. Keep |a| well away from rounding: whole numbers are good.


# %% nbgrader={"grade_id": "boolean_net", "solution": true}
def boolean_net(inputs, outputs):
    """inputs: (2ᴰ, D) of ±1, outputs: (2ᴰ,) booleans -> w1: (H, D), b1: (H,), w2: (H,), b2"""
    ### BEGIN SOLUTION
    w1 = inputs[outputs]  # x · x' is D for x' = x, and at most D - 2 for any other pattern
    b1 = np.full(len(w1), 1.0 - inputs.shape[1])
    return w1, b1, np.ones(len(w1)), -0.5  # OR
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_boolean_net", "grade": true, "points": 7}
def patterns(d):
    """All patterns of -1 and +1: (2ᴰ, D)."""
    return np.array([[2.0 * (i >> j & 1) - 1 for j in range(d)] for i in range(2**d)])


def check_net(inputs, outputs, label):
    """The net computes the function, with one hidden unit for each true pattern."""
    check_call(boolean_net, inputs, outputs, label=f"{label}: arguments")
    result = call(boolean_net, inputs, outputs, label=label)
    four = isinstance(result, tuple | list) and len(result) == 4
    check_equal(four, True, f"boolean_net: {label}: four results")
    w1, b1, w2, b2 = result
    h, d = int(outputs.sum()), inputs.shape[1]
    for name, array, shape in [("w1", w1, (h, d)), ("b1", b1, (h,)), ("w2", w2, (h,))]:
        floats = isinstance(array, np.ndarray) and array.dtype == np.float64
        check_equal(floats, True, f"boolean_net: {label}: {name} is an array of float64")
        check_equal(array.shape, shape, f"boolean_net: {label}: the shape of {name}")
    check_equal(np.ndim(b2), 0, f"boolean_net: {label}: b2 is a number")
    hidden = (inputs @ w1.T + b1 >= 0).astype(int)
    own = np.eye(len(inputs), dtype=int)[:, outputs]
    check_equal(hidden, own, f"boolean_net: {label}: the hidden units")
    answers = (hidden @ w2 + float(b2) >= 0).astype(int)
    check_equal(answers, outputs.astype(int), f"boolean_net: {label}: the outputs")


check_net(patterns(3), np.arange(8) == 7, "all three inputs true")
check_net(patterns(3), np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool), "majority of three")
check_net(patterns(2), np.array([False, True, True, False]), "exclusive or")
check_net(patterns(2), np.zeros(4, dtype=bool), "never true")
check_net(patterns(2), np.ones(4, dtype=bool), "always true")
### BEGIN HIDDEN TESTS
for i in range(16):
    check_net(patterns(2), (i >> np.arange(4) & 1).astype(bool), f"function {i} of two inputs")
for i in range(4):
    check_net(patterns(1), (i >> np.arange(2) & 1).astype(bool), f"function {i} of one input")
for d in [3, 4, 5, 8]:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        inputs = rng.permutation(patterns(d))
        truths = {
            0: rng.uniform(size=2**d) < 0.5,
            1: inputs.prod(axis=1) > 0,  # parity
            2: np.arange(2**d) == 3,
            3: np.arange(2**d) != 3,
        }
        check_net(inputs, truths[seed], f"{d} inputs, function {seed}")
### END HIDDEN TESTS

# %% [markdown]
# The price: parity of D bits takes half of all 2ᴰ patterns, that is 2ᴰ⁻¹ hidden units. How many for D = 100?
#
# ### Exercise `bump_net` (7 points)
#
# Any continuous function is, nearly, a sum of bumps, and a bump takes five sigmoids. Write `bump_net(boxes, heights, slope)`: a network with two hidden
# layers over points of the plane. With $\sigma(a) = 1 / (1 + e^{-a})$ and s for `slope`:
#
# - A **cliff** at place c rises along one coordinate: $\sigma(s\,(x - c))$, or the same in y.
# - A **ridge** is a cliff up and a cliff down again: $r_x = \sigma(s\,(x - x_0)) - \sigma(s\,(x - x_1))$, and $r_y$ likewise.
# - Far from the edges, the sum $r_x + r_y$ is near 2 inside the box, near 1 on either ridge outside of it, near 0 elsewhere. A **bump** puts a cliff of the same slope halfway between the two
#   largest of these: $\sigma(s\,(r_x + r_y - c))$. Which c?
# - The **output** is the sum of the bumps, each times its height.
#
# | | |
# |---|---|
# | `boxes` | (B, 4) floats, B ≥ 1: x0, x1, y0, y1 of each box, x0 < x1, y0 < y1 |
# | `heights` | (B,) floats, of either sign |
# | `slope` | a float > 0 |
# | returns | a list of three pairs `(weight, bias)` as `mlp_loss` has them, of at most 4B hidden units, B hidden units and one output |
#
# The sigmoid follows the first and the second layer, none the third. The order of the units is yours: checks look at what the network computes.


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


# %% nbgrader={"grade_id": "test_bump_net", "grade": true, "points": 7}
def logistic(a):
    return 0.5 + 0.5 * np.tanh(a / 2)


def apply_net(layers, points):
    """What three layers compute, with a sigmoid after the first two: (P, 2) -> (P,)"""
    for weight, bias in layers[:-1]:
        points = logistic(points @ weight.T + bias)
    return (points @ layers[-1][0].T + layers[-1][1])[:, 0]


def check_bumps(boxes, heights, slope, points, label):
    """The network's values at some points are those of the formula."""
    check_call(bump_net, boxes, heights, slope, label=f"{label}: arguments")
    layers = call(bump_net, boxes, heights, slope, label=label)
    three = isinstance(layers, list | tuple) and len(layers) == 3
    check_equal(three, True, f"bump_net: {label}: three layers")
    b, width = len(boxes), 2
    for i, most in enumerate([4 * b, b, 1]):
        pair = isinstance(layers[i], tuple | list) and len(layers[i]) == 2
        check_equal(pair, True, f"bump_net: {label}: layer {i} is a pair")
        for name, array in zip(["weight", "bias"], layers[i]):
            floats = isinstance(array, np.ndarray) and array.dtype == np.float64
            check_equal(floats, True, f"bump_net: {label}: {name} of layer {i} is float64")
        units = len(layers[i][1])
        few = units == most if i else 1 <= units <= most
        check_equal(few, True, f"bump_net: {label}: the number of units of layer {i}")
        shape = layers[i][0].shape
        check_equal(shape, (units, width), f"bump_net: {label}: the shape of weight {i}")
        check_equal(layers[i][1].shape, (units,), f"bump_net: {label}: the shape of bias {i}")
        width = units
    want = np.zeros(len(points))
    for (x0, x1, y0, y1), height in zip(boxes, heights):
        x, y = points.T
        ridge_x = logistic(slope * (x - x0)) - logistic(slope * (x - x1))
        ridge_y = logistic(slope * (y - y0)) - logistic(slope * (y - y1))
        want += height * logistic(slope * (ridge_x + ridge_y - (1 + 2) / 2))
    check_close(apply_net(layers, points), want, f"bump_net: {label}: values", atol=1e-7)


places = np.array([[0.5, 1.5], [0.5, 9.0], [-9.0, 1.5], [-9.0, -9.0], [0.0, 1.0], [0.9, 2.2]])
check_bumps(np.array([[0.0, 1.0, 1.0, 2.0]]), np.array([3.0]), 20.0, places, "one box")
check_bumps(
    np.array([[0.0, 1.0, 1.0, 2.0], [-10.0, -8.0, 0.0, 7.0]]),
    np.array([3.0, -2.0]),
    8.0,
    places,
    "two boxes",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(9)
for count, slope in [(1, 1.0), (3, 5.0), (4, 2.5), (7, 30.0)]:
    corners = np.sort(rng.uniform(-3, 3, size=(count, 2, 2)), axis=2)
    points = rng.uniform(-4, 4, size=(50, 2))
    check_bumps(
        corners.reshape(count, 4),
        rng.normal(size=count),
        slope,
        points,
        f"{count} random boxes, slope {slope}",
    )
layers = call(
    bump_net, np.array([[0.0, 2.0, 0.0, 2.0]]), np.array([1.0]), 40.0, label="a steep bump"
)
points = np.stack(np.meshgrid(np.linspace(-1, 3, 21), np.linspace(-1, 3, 21)), axis=2)
points = points.reshape(-1, 2)
from_edge = np.abs(points[:, :, None] - np.array([0.0, 2.0])).min(axis=(1, 2))
inside = ((points > 0) & (points < 2)).all(axis=1)
error = np.abs(apply_net(layers, points) - inside)[from_edge > 0.19].max()
check_equal(bool(error < 0.01), True, "bump_net: a steep bump: the largest error off the edges")
### END HIDDEN TESTS

# %% [markdown]
# How well do bumps approximate a smooth function? The error falls as the boxes shrink and the cliffs get steeper. It stays larger in
# the thin seams where two boxes meet: why?

# %%
side = np.linspace(0.02, 0.98, 60)
points = np.stack(np.meshgrid(side, side), axis=2).reshape(-1, 2)
target = np.sin(5 * points[:, 0]) * np.cos(4 * points[:, 1])
for n in [4, 8, 16]:
    edges = np.linspace(0, 1, n + 1)
    boxes = np.array([[a, a + 1 / n, b, b + 1 / n] for a in edges[:-1] for b in edges[:-1]])
    middle = boxes.reshape(-1, 2, 2).mean(axis=2)
    heights = np.sin(5 * middle[:, 0]) * np.cos(4 * middle[:, 1])
    net = bump_net(boxes, heights, 40.0 * n)
    hidden = points
    for weight, bias in net[:-1]:
        hidden = 0.5 + 0.5 * np.tanh((hidden @ weight.T + bias) / 2)
    errors = np.abs((hidden @ net[-1][0].T)[:, 0] - target)
    print(
        f"{n * n:4} bumps: mean error {errors.mean():.3f}, 99 % are below {np.quantile(errors, 0.99):.3f}"
    )

# %% [markdown]
# ## 6 · Learning without labels
#
# ### Exercise `train_autoencoder` (8 points)
#
# An autoencoder squeezes its input through a layer of few units, the code, and learns to get it back. Here torch derives the
# gradients, and you write the loop around it.
#
# Write `train_autoencoder(x, parameters, lr, steps)`.
#
# | | |
# |---|---|
# | `x` | (N, D) tensor, float32 or float64 |
# | `parameters` | a list of four tensors of x's dtype: w1 (H, D), b1 (H,), w2 (D, H), b2 (D,) |
# | `lr` | a float > 0 |
# | `steps` | int ≥ 0 |
# | returns | `(losses, trained)`: a list of `steps` Python floats, and a list of four tensors like `parameters` |
#
# - The code of a row is $h = \mathrm{ReLU}(W_1 x + b_1)$, its reconstruction $\hat x = W_2 h + b_2$.
# - The loss is the mean of $(\hat x - x)^2$ over all N · D entries.
# - Each step is plain gradient descent on all N rows: the loss and its gradient by the four tensors at their present values, then $p \leftarrow p - \mathrm{lr} \cdot \partial L / \partial p$ for each.
# - `losses` holds the loss of each step, as it was *before* the step.
# - The tensors in `parameters` stay as they are; the trained ones do not require gradients.
# - Let torch find the gradients, by `backward` or `torch.autograd.grad`.


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


# %% nbgrader={"grade_id": "test_train_autoencoder", "grade": true, "points": 8}
def check_autoencoder(x, parameters, lr, steps, want_losses, want, label, rtol=1e-6):
    """Losses and trained tensors are as wanted, and what was given is as it was."""
    check_call(train_autoencoder, x, parameters, lr, steps, label=f"{label}: arguments")
    result = call(train_autoencoder, x, parameters, lr, steps, label=label)
    pair = isinstance(result, tuple | list) and len(result) == 2
    check_equal(pair, True, f"train_autoencoder: {label}: a pair, losses and tensors")
    losses, trained = result
    numbers = isinstance(losses, list) and all(type(loss) is float for loss in losses)
    check_equal(numbers, True, f"train_autoencoder: {label}: losses is a list of floats")
    check_equal(len(losses), steps, f"train_autoencoder: {label}: how many losses")
    if steps:
        check_close(losses, want_losses, f"train_autoencoder: {label}: losses", rtol=rtol)
    four = isinstance(trained, list | tuple) and len(trained) == 4
    check_equal(four, True, f"train_autoencoder: {label}: four tensors")
    for i in [2, 0, 3, 1]:
        name, tensor, other = ["w1", "b1", "w2", "b2"][i], trained[i], want[i]
        kind = isinstance(tensor, torch.Tensor)
        check_equal(kind, True, f"train_autoencoder: {label}: {name} is a tensor")
        check_equal(tensor.requires_grad, False, f"train_autoencoder: {label}: gradient of {name}")
        check_close(
            tensor,
            other.detach().numpy(),
            f"train_autoencoder: {label}: {name}",
            rtol=rtol,
            atol=1e-7,
        )


def tensors(*values):
    return [torch.tensor(v, dtype=torch.float64) for v in values]


# twice x = (1, 2), code 3, reconstruction (6, -3 + 1): errors (5, -4)
x, *given = tensors([[1, 2], [1, 2]], [[1, 1]], [0], [[2], [-1]], [0, 1])
check_autoencoder(
    x,
    given,
    0.1,
    1,
    [20.5],
    tensors([[-0.4, -1.8]], [-1.4], [[0.5], [0.2]], [-0.5, 1.4]),
    "one step",
)
check_autoencoder(x, given, 0.1, 0, [], given, "no step")
# then no unit fires: only b2 moves, by 0.1 (x - b2)
check_autoencoder(
    x,
    given,
    0.1,
    3,
    [20.5, (1.5**2 + 0.6**2) / 2, 0.81 * (1.5**2 + 0.6**2) / 2],
    tensors([[-0.4, -1.8]], [-1.4], [[0.5], [0.2]], [-0.215, 1.514]),
    "three steps",
)


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
    return losses, [torch.tensor(p) for p in (w1, b1, w2, b2)]


for n, d, h, lr, steps in [
    (1, 3, 2, 0.1, 2),
    (5, 4, 2, 0.2, 1),
    (6, 4, 3, 0.3, 8),
    (3, 2, 5, 0.05, 5),
    (4, 3, 4, 3.0, 4),  # too large a rate: the loss rises
]:
    rng = np.random.default_rng(10 * n + h)
    arrays = [rng.normal(size=s) for s in [(n, d), (h, d), (h,), (d, h), (d,)]]
    x, *given = map(torch.tensor, arrays)
    want = by_hand(*arrays, lr, steps)
    case = f"{n} rows of {d}, {h} units, {steps} steps"
    check_autoencoder(x, given, lr, steps, *want, case)
    x, *given = (t.float() for t in (x, *given))
    want = (want[0], [t.float() for t in want[1]])
    check_autoencoder(x, given, lr, steps, *want, f"float32, {case}", rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# Grey images of 8 × 8 pixels through 16 numbers and back: above what goes in, below what the code remembers. Is every one of the 16
# units used? Ask your `unit_report`, and try another rate.

# %%
grey = shapes.x_train[:500].mean(axis=1).reshape(500, 8, 4, 8, 4).mean(axis=(2, 4))
images = torch.tensor(grey.reshape(500, 64))
rng = np.random.default_rng(0)
start = [
    torch.tensor(0.1 * rng.normal(size=(16, 64)), dtype=torch.float32),
    torch.zeros(16),
    torch.tensor(0.1 * rng.normal(size=(64, 16)), dtype=torch.float32),
    images.mean(dim=0),
]
losses, (w1, b1, w2, b2) = train_autoencoder(images, start, lr=2.0, steps=1000)
print(f"mean squared error: {losses[0]:.4f} at first, {losses[-1]:.4f} at last")
print(f"of the mean image:  {grey.var(axis=0).mean():.4f}")
sums = images @ w1.T + b1
_, _, dead = unit_report(sums.numpy(), "relu", 0.0)
print(f"dead units:         {dead:.0%}")
restored = (torch.relu(sums) @ w2.T + b2).reshape(500, 8, 8)
_, axes = plt.subplots(2, 10, figsize=(10, 2.2))
for i in range(10):
    for row, pictures in zip(axes, [grey, restored]):
        row[i].imshow(pictures[i], cmap="gray", vmin=0, vmax=1)
        row[i].axis("off")

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and see that no check complains. Then hand in this file.
#
# If you want to go on: give `backward` a rule for the logarithm, and a softmax regression is a graph of seven operations. Then compare its gradients
# with `mlp_loss` of one layer.
