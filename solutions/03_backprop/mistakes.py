"""Wrong answers to assignment 3 that students really give, each with its name and a hint.

The first line of a docstring names the mistake: it completes "This is what you get when …". The hint
teaches and does not give the answer away. `read` is a section of the book.
"""

import numpy as np
import torch

from autograder.authoring.catalogue import mistake

# --- gate ---


def _max_gate(x, y, dz):
    share = np.where(x == y, 0.5, x > y)
    return np.maximum(x, y), dz * share, dz * (1 - share)


@mistake(
    "gate",
    hint="How much does a product change when x grows a little? By how much of the other factor is there.",
    read="sec-backprop-gates",
)
def unswapped(kind, x, y, dz):
    """The mul gate gives each input its own value, not the other's."""
    if kind == "mul":
        return x * y, dz * x, dz * y
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="The smaller input has no part in the output, so moving it a little changes nothing.",
    read="sec-backprop-gates",
)
def max_to_both(kind, x, y, dz):
    """The max gate gives both inputs the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz, dz
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The text says what becomes of the gradient where x and y are equal. Together they may not get more than comes in.",
    read="sec-backprop-gates",
)
def ties_get_it_twice(kind, x, y, dz):
    """Of two equal inputs of the max gate, each gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x >= y), dz * (y >= x)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The text says what becomes of the gradient where x and y are equal: it is divided.",
    read="sec-backprop-gates",
)
def ties_to_first(kind, x, y, dz):
    """Of two equal inputs of the max gate, the first gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x >= y), dz * (x < y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The text says what becomes of the gradient where x and y are equal: it is divided.",
    read="sec-backprop-gates",
)
def ties_to_second(kind, x, y, dz):
    """Of two equal inputs of the max gate, the second gets the whole gradient."""
    if kind == "max":
        return np.maximum(x, y), dz * (x > y), dz * (x <= y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The text says what becomes of the gradient where x and y are equal. Your two comparisons are both false there.",
    read="sec-backprop-gates",
)
def ties_get_nothing(kind, x, y, dz):
    """Of two equal inputs of the max gate, neither gets anything."""
    if kind == "max":
        return np.maximum(x, y), dz * (x > y), dz * (x < y)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="If x grows by a little and y stays, by how much does x + y grow? By all of it.",
    read="sec-backprop-gates",
)
def scaled_add(kind, x, y, dz):
    """The add gate gives each input half of the gradient."""
    if kind == "add":
        return x + y, dz / 2, dz / 2
    return (x * y, dz * y, dz * x) if kind == "mul" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="Those are the local derivatives, of z by x and y. The chain rule multiplies them by what comes from above.",
    read="sec-backprop-chain-rule",
)
def local_only(kind, x, y, dz):
    """The local derivatives are returned, without dz."""
    if kind == "add":
        return x + y, np.ones_like(dz), np.ones_like(dz)
    if kind == "mul":
        return x * y, y * np.ones_like(dz), x * np.ones_like(dz)
    return np.maximum(x, y), *_max_gate(x, y, np.ones_like(dz))[1:]


@mistake(
    "gate",
    hint="The gate passed its gradient on to the input that lost.",
    read="sec-backprop-gates",
)
def to_the_smaller(kind, x, y, dz):
    """The max gate gives the gradient to the smaller input."""
    if kind == "max":
        z, dx, dy = _max_gate(x, y, dz)
        return z, dy, dx
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="The gate computes a sum and a product as it should, but its maximum is a minimum.",
    read="sec-backprop-gates",
)
def minimum(kind, x, y, dz):
    """The max gate takes the smaller input."""
    if kind == "max":
        _, dx, dy = _max_gate(x, y, dz)
        return np.minimum(x, y), dy, dx
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="Addition has derivative 1 by each of its inputs, whatever their values are.",
    read="sec-backprop-gates",
)
def add_scales_with_values(kind, x, y, dz):
    """The add gate multiplies the gradient by its inputs."""
    if kind == "add":
        return x + y, dz * x, dz * y
    return (x * y, dz * y, dz * x) if kind == "mul" else _max_gate(x, y, dz)


@mistake(
    "gate",
    hint="The max gate passes on the gradient that comes in. The value that won does not multiply it.",
    read="sec-backprop-gates",
)
def max_passes_value(kind, x, y, dz):
    """The max gate multiplies the gradient by the larger input."""
    if kind == "max":
        z, dx, dy = _max_gate(x, y, dz)
        return z, z * dx, z * dy
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="Arrays come in, too. An `if` on a whole array is an error or decides for all entries at once: np.where and np.maximum decide entry by entry.",
    read="sec-backprop-gates",
)
def numbers_only(kind, x, y, dz):
    """The max gate compares numbers only, and fails for arrays."""
    if kind == "add":
        return x + y, dz, dz
    if kind == "mul":
        return x * y, dz * y, dz * x
    if x == y:
        return x, dz / 2, dz / 2
    return (x, dz, 0.0) if x > y else (y, 0.0, dz)


@mistake(
    "gate",
    hint="Nearly equal is not equal: the larger of the two still takes it all.",
    read="sec-backprop-gates",
)
def ties_by_tolerance(kind, x, y, dz):
    """The max gate divides the gradient between inputs that are nearly equal."""
    if kind == "max":
        share = np.where(np.isclose(x, y), 0.5, x > y)
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake("gate", same_as="ties_by_tolerance")
def smooth_share(kind, x, y, dz):
    """A steep sigmoid divides the gradient of the max gate."""
    if kind == "max":
        share = (1 + np.tanh(50.0 * (x - y))) / 2
        return np.maximum(x, y), dz * share, dz * (1 - share)
    return (x + y, dz, dz) if kind == "add" else (x * y, dz * y, dz * x)


@mistake(
    "gate",
    hint="z / x is the other factor only where x is not 0. There, 0 / 0 is nan: use the other factor itself.",
    read="sec-backprop-gates",
)
def mul_by_division(kind, x, y, dz):
    """The mul gate divides z by each input."""
    if kind == "mul":
        with np.errstate(all="ignore"):
            z = np.multiply(x, y)
            return z, dz * (z / x), dz * (z / y)
    return (x + y, dz, dz) if kind == "add" else _max_gate(x, y, dz)


# --- backward ---


def _plus(dy, y, a, b):
    return dy, dy


def _times(dy, y, a, b):
    return dy * b, dy * a


def _product(dy, y, a, b):
    return dy @ b.T, a.T @ dy


def _exponential(dy, y, a):
    return (dy * y,)


def _rectified(dy, y, a):
    return (dy * (a > 0),)


def _total(dy, y, a):
    return (dy * np.ones(a.shape),)


RULES = {"add": _plus, "mul": _times, "matmul": _product}
ALL_RULES = RULES | {"exp": _exponential, "relu": _rectified, "sum": _total}


def _fit(dx, shape):
    dx = dx.sum(axis=tuple(range(dx.ndim - len(shape))))
    return dx.sum(axis=tuple(n for n, s in enumerate(shape) if s == 1), keepdims=True)


def _order(graph, output):
    """The nodes that output depends on, each after its inputs; not recursive."""
    order, done, stack = [], set(), [output]
    while stack:
        name = stack[-1]
        waiting = [i for i in graph.get(name, ("", ()))[1] if i not in done]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if name not in done:
                done.add(name)
                order.append(name)
    return order


def _zeros(values):
    return {name: np.zeros(value.shape) for name, value in values.items()}


def _with(earlier, gradient):
    return {name: g + earlier.get(name, 0) for name, g in gradient.items()}


def _walk(graph, values, output, changed, fit=_fit):
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    rules = {**ALL_RULES, **changed}
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = rules[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + fit(dx, values[i].shape)
    return gradient


@mistake(
    "backward",
    hint="A node that feeds two others gets a gradient from each of them. The second may not replace the first.",
    read="sec-backprop-diamond",
)
def assigned(graph, values, output, earlier):
    """Gradients are assigned (=) where they should be added (+=)."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Neither dictionary tells the order in which the nodes were computed. When is a node's gradient complete, so that it can be passed on?",
    read="sec-backprop-diamond",
)
def dictionary_order(graph, values, output, earlier):
    """The nodes are visited in the order of a dictionary, not of the computation."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(list(graph)):
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake("backward", same_as="dictionary_order")
def dictionary_order_forwards(graph, values, output, earlier):
    """The nodes are visited in the order of the dictionary."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name, (operation, inputs) in graph.items():
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="A node waits for all that it feeds, also for nodes from which no way leads to the output: those are never visited. Who has to be counted?",
    read="sec-backprop-diamond",
)
def waits_for_the_unvisited(graph, values, output, earlier):
    """A node waits for nodes that the walk never visits."""
    uses = dict.fromkeys(values, 0)
    for _, inputs in graph.values():
        for i in inputs:
            uses[i] += 1
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    ready = [output]
    while ready:
        name = ready.pop()
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
                uses[i] -= 1
                if uses[i] == 0:
                    ready.append(i)
    return _with(earlier, gradient)


@mistake("backward", same_as="dictionary_order")
def order_of_values(graph, values, output, earlier):
    """The nodes are visited in the reverse order of values."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(list(values)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Your walk passes a node's gradient on when it first gets there, from one side. What the other sides bring later is lost to the nodes below.",
    read="sec-backprop-diamond",
)
def breadth_first(graph, values, output, earlier):
    """A node passes its gradient on before all of it has arrived."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting, seen = [output], {output}
    while waiting:
        name = waiting.pop(0)
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            if i not in seen:
                seen.add(i)
                waiting.append(i)
    return _with(earlier, gradient)


@mistake("backward", same_as="breadth_first")
def depth_first(graph, values, output, earlier):
    """A node passes its gradient on before all of it has arrived, depth first."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting, seen = [output], {output}
    while waiting:
        name = waiting.pop()
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            if i not in seen:
                seen.add(i)
                waiting.append(i)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Each time a node is reached, all of its gradient so far is passed on, including what was passed on before.",
    read="sec-backprop-diamond",
)
def passed_on_again(graph, values, output, earlier):
    """A node passes on its whole gradient each time that some of it arrives."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting = [output]
    while waiting:
        name = waiting.pop(0)
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            waiting.append(i)
            if len(waiting) > 5000:
                return _with(earlier, gradient)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Your walk follows every path from the output to the leaves. Let a node wait until all that it feeds have been visited: then it is visited once.",
    read="sec-backprop-diamond",
)
def every_path(graph, values, output, earlier):
    """Every path through the graph is walked on its own."""
    gradient = _zeros(values)
    stack = [(output, np.ones(()))]
    while stack:
        name, dy = stack.pop()
        gradient[name] = gradient[name] + dy
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](dy, values[name], *(values[i] for i in inputs))
            stack.extend((i, _fit(dx, values[i].shape)) for i, dx in zip(inputs, dxs))
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="A chain of 3,000 nodes is a recursion 3,000 calls deep, and Python allows about a thousand. Keep your own list of what is to be visited.",
    read="sec-backprop-scalar",
)
def recursive(graph, values, output, earlier):
    """The order is found by a recursive function."""
    order, done = [], set()

    def visit(name):
        if name not in done:
            done.add(name)
            for i in graph.get(name, ("", ()))[1]:
                visit(i)
            order.append(name)

    visit(output)
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(order):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Each time you look for the next node you look through all of them: the time grows with the square of their number. Note how many uses of a node are still open, and count them down.",
    read="sec-backprop-diamond",
)
def quadratic(graph, values, output, earlier):
    """The next node is searched for among all nodes each time."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    done = set()
    while len(done) < len(graph):
        used = {i for name in graph if name not in done for i in graph[name][1]}
        for name in [name for name in graph if name not in done and name not in used]:
            done.add(name)
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    same_as="quadratic",
)
def quadratic_like_forward(graph, values, output, earlier):
    """The order is found by going through all waiting nodes again and again."""
    done, order, waiting = set(values) - set(graph), [], dict(graph)
    while waiting:
        for name in [n for n, (_, used) in waiting.items() if all(i in done for i in used)]:
            order.append(name)
            done.add(name)
            del waiting[name]
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(order):
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="The gradients of earlier calls were passed on as if they were new. Add them when the walk is over.",
    read="sec-backprop-diamond",
)
def earlier_passed_on(graph, values, output, earlier):
    """The walk begins with the gradients of earlier calls."""
    gradient = _with(earlier, _zeros(values))
    gradient[output] = gradient[output] + np.ones(())
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return gradient


@mistake("backward", same_as="earlier_passed_on")
def earlier_passed_on_but_output(graph, values, output, earlier):
    """The walk begins with the gradients of earlier calls, the output's set to 1."""
    gradient = _with(earlier, _zeros(values))
    gradient[output] = np.ones(())
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return gradient


@mistake(
    "backward",
    hint="A second call adds to what the first has left. What does `earlier` hold for this node?",
    read="sec-backprop-diamond",
)
def earlier_ignored(graph, values, output, earlier):
    """The gradients of earlier calls are left out."""
    return _walk(graph, values, output, {})


@mistake(
    "backward",
    hint="The new gradients were added to the arguments' own dictionary. Return a new one.",
    read="sec-backprop-diamond",
)
def earlier_updated(graph, values, output, earlier):
    """The dictionary of earlier gradients is changed."""
    for name, g in _walk(graph, values, output, {}).items():
        earlier[name] = earlier.get(name, 0) + g
    return earlier


@mistake(
    "backward",
    hint="Where an input was repeated, its one entry is used several times, and its gradient is the sum over all of them, in the input's shape.",
    read="sec-backprop-broadcasting",
)
def not_unbroadcast(graph, values, output, earlier):
    """Gradients keep the shape that broadcasting made."""
    return _with(earlier, _walk(graph, values, output, {}, lambda dx, shape: dx))


@mistake(
    "backward",
    hint="Axes that were added in front are summed, but not those of length 1 that were stretched.",
    read="sec-backprop-broadcasting",
)
def only_new_axes(graph, values, output, earlier):
    """Only the axes that broadcasting put in front are summed."""

    def fit(dx, shape):
        return dx.sum(axis=tuple(range(dx.ndim - len(shape))))

    return _with(earlier, _walk(graph, values, output, {}, fit))


@mistake(
    "backward",
    hint="An axis of length 1 that was stretched must come back as an axis of length 1.",
    read="sec-backprop-broadcasting",
)
def axes_lost(graph, values, output, earlier):
    """Stretched axes are summed away, without keepdims."""

    def fit(dx, shape):
        dx = dx.sum(axis=tuple(range(dx.ndim - len(shape))))
        return dx.sum(axis=tuple(n for n, s in enumerate(shape) if s == 1 and dx.shape[n] > 1))

    return _with(earlier, _walk(graph, values, output, {}, fit))


@mistake(
    "backward",
    hint="Axes of length 1 are summed, but not those that broadcasting put in front of a shorter shape.",
    read="sec-backprop-broadcasting",
)
def only_stretched_axes(graph, values, output, earlier):
    """Only axes of length 1 are summed, and not those put in front."""

    def fit(dx, shape):
        axes = tuple(dx.ndim - len(shape) + n for n, s in enumerate(shape) if s == 1)
        return dx.sum(axis=axes, keepdims=True)

    return _with(earlier, _walk(graph, values, output, {}, fit))


@mistake(
    "backward",
    hint="All copies of an entry move together, so their effects add up. An average would make a bias learn the less the larger the batch.",
    read="sec-backprop-broadcasting",
)
def averaged_copies(graph, values, output, earlier):
    """The gradient is averaged over the copies, not summed."""

    def fit(dx, shape):
        if 0 in dx.shape:
            return _fit(dx, shape)
        dx = dx.mean(axis=tuple(range(dx.ndim - len(shape))))
        return dx.mean(axis=tuple(n for n, s in enumerate(shape) if s == 1), keepdims=True)

    return _with(earlier, _walk(graph, values, output, {}, fit))


@mistake(
    "backward",
    hint="The derivative of the exponential is the exponential: what the node gave out, not what went in.",
    read="sec-backprop-tensor",
)
def exp_uses_input(graph, values, output, earlier):
    """exp multiplies by its input, not by its output."""
    return _with(earlier, _walk(graph, values, output, {"exp": lambda dy, y, a: (dy * a,)}))


@mistake(
    "backward",
    hint="values already holds the exponential. Its derivative is that number, not the exponential of it.",
    read="sec-backprop-tensor",
)
def exp_twice(graph, values, output, earlier):
    """exp multiplies by the exponential of its output."""
    return _with(earlier, _walk(graph, values, output, {"exp": lambda dy, y, a: (dy * np.exp(y),)}))


@mistake(
    "backward",
    hint="The exponential is steep where it is large: what comes back has to be multiplied by its slope.",
    read="sec-backprop-tensor",
)
def exp_passes(graph, values, output, earlier):
    """exp passes the gradient on as it is."""
    return _with(earlier, _walk(graph, values, output, {"exp": lambda dy, y, a: (dy,)}))


@mistake(
    "backward",
    hint="A product sends to each input the gradient times the value of the other.",
    read="sec-backprop-gates",
)
def mul_unswapped(graph, values, output, earlier):
    """mul multiplies by the input's own value."""
    rule = {"mul": lambda dy, y, a, b: (dy * a, dy * b)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="In x · x, the node x is used twice, and gets a gradient from both places.",
    read="sec-backprop-diamond",
)
def same_input_once(graph, values, output, earlier):
    """A node that goes in twice gets its gradient once."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in dict(zip(inputs, dxs)).items():
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="Look at the shapes: only one order of gradient and transposed matrix gives the shape of the input.",
    read="sec-backprop-affine",
)
def matmul_swapped(graph, values, output, earlier):
    """matmul multiplies by the wrong matrix, or on the wrong side."""
    rule = {"matmul": lambda dy, y, a, b: (b.T @ dy, dy @ a.T)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="matmul_swapped")
def matmul_untransposed(graph, values, output, earlier):
    """matmul multiplies by matrices that are not transposed."""
    rule = {"matmul": lambda dy, y, a, b: (dy @ b, a @ dy)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="Every entry went into the sum, so every entry gets the gradient: the result has the shape of the input, not ().",
    read="sec-backprop-vectorised",
)
def sum_not_spread(graph, values, output, earlier):
    """sum passes on a single number, not an array of the input's shape."""
    rule = {"sum": lambda dy, y, a: (dy,)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="The sum need not be the last node: what comes in from above goes to every entry, and it is not always 1.",
    read="sec-backprop-chain-rule",
)
def sum_gives_ones(graph, values, output, earlier):
    """sum passes on ones, not the gradient that came in."""
    rule = {"sum": lambda dy, y, a: (np.ones(a.shape),)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="A sum is no mean: each entry has derivative 1, not one over their number.",
    read="sec-backprop-vectorised",
)
def sum_as_mean(graph, values, output, earlier):
    """sum divides the gradient among the entries."""
    rule = {"sum": lambda dy, y, a: (dy * np.ones(a.shape) / max(a.size, 1),)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="A rectifier lets the gradient through where its input was positive, and blocks it elsewhere.",
    read="sec-backprop-relu",
)
def relu_mask_missing(graph, values, output, earlier):
    """relu passes the gradient on everywhere."""
    return _with(earlier, _walk(graph, values, output, {"relu": lambda dy, y, a: (dy,)}))


@mistake(
    "backward",
    hint="The gradient may be negative. It is the input of the rectifier, on the way forward, that decides.",
    read="sec-backprop-relu",
)
def relu_of_gradient(graph, values, output, earlier):
    """relu keeps the positive gradients, not those of positive inputs."""
    rule = {"relu": lambda dy, y, a: (np.maximum(dy, 0),)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="The text says what the derivative of ReLU at 0 is. It decides about units that are exactly 0.",
    read="sec-backprop-relu",
)
def relu_passes_zero(graph, values, output, earlier):
    """relu passes the gradient on where its input is 0."""
    rule = {"relu": lambda dy, y, a: (dy * (a >= 0),)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="Your dictionary has the leaves only. The text asks for every node.",
    read="sec-backprop-graph",
)
def leaves_only(graph, values, output, earlier):
    """Only the leaves are returned."""
    gradient = _with(earlier, _walk(graph, values, output, {}))
    return {name: g for name, g in gradient.items() if name not in graph}


@mistake(
    "backward",
    hint="Nodes on which the output does not depend are missing. Their gradient is 0, in their shape.",
    read="sec-backprop-graph",
)
def others_missing(graph, values, output, earlier):
    """Nodes that the output does not depend on are left out."""
    gradient = _walk(graph, values, output, {})
    return _with(earlier, {name: gradient[name] for name in _order(graph, output)})


@mistake(
    "backward",
    hint="The walk begins at `output`. A node that comes after it has nothing to say about it.",
    read="sec-backprop-graph",
)
def starts_at_the_end(graph, values, output, earlier):
    """The walk begins at whatever nothing else uses, not at output."""
    used = {i for _, inputs in graph.values() for i in inputs}
    gradient = _zeros(values)
    for root in [name for name in graph if name not in used] or [output]:
        if values[root].ndim == 0:
            for name, g in _walk(graph, values, root, {}).items():
                gradient[name] = gradient[name] + g
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="The derivative of the output by itself is not 0, and without a start nothing comes back.",
    read="sec-backprop-chain-rule",
)
def no_start(graph, values, output, earlier):
    """The walk begins with a gradient of 0."""
    return _with(earlier, _zeros(values))


@mistake(
    "backward",
    hint="The derivative of the output by itself is 1, whatever its value.",
    read="sec-backprop-chain-rule",
)
def starts_with_value(graph, values, output, earlier):
    """The walk begins with the value of the output, not with 1."""
    gradient = _walk(graph, values, output, {})
    return _with(earlier, {name: g * values[output] for name, g in gradient.items()})


@mistake(
    "backward",
    hint="Two nodes share one array: dy went to both inputs of an addition, and += on one changes the other. Write g = g + dx, or keep copies.",
    read="sec-arrays-views",
)
def shared_array(graph, values, output, earlier):
    """One array is the gradient of two nodes, and += changes both."""
    gradient = {output: np.ones(())}
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                same = values[i].shape == dx.shape
                fitting = dx if same else _fit(dx, values[i].shape)
                if i not in gradient:
                    gradient[i] = np.asarray(fitting)
                else:
                    gradient[i] += fitting
    return _with(earlier, _zeros(values) | gradient)


# --- norm2_grad ---


@mistake(
    "norm2_grad",
    hint="The entry (i, j) of dweight is 2 qᵢ xⱼ: rows belong to q, columns to x.",
    read="sec-backprop-norm2",
)
def outer_transposed(weight, x):
    """The outer product is transposed: x qᵀ for q xᵀ."""
    q = weight @ x
    return q @ q, 2 * np.outer(x, q), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The derivative of q² is not q.",
    read="sec-backprop-norm2",
)
def no_two(weight, x):
    """The factor 2 of both gradients is missing."""
    q = weight @ x
    return q @ q, np.outer(q, x), weight.T @ q


@mistake(
    "norm2_grad",
    hint="To come back from q to x, the gradient goes through W the other way round.",
    read="sec-backprop-norm2",
)
def weight_untransposed(weight, x):
    """dx multiplies by W, not by its transpose."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight @ q


@mistake("norm2_grad", same_as="weight_untransposed")
def weight_twice(weight, x):
    """dx is 2 W Wᵀ x, the factors in the wrong order."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight @ weight.T @ x


@mistake(
    "norm2_grad",
    hint="f is the squared norm. No root is taken.",
    read="sec-backprop-norm2",
)
def root_taken(weight, x):
    """The norm is returned, not its square."""
    q = weight @ x
    return np.sqrt(q @ q), 2 * np.outer(q, x), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The gradient by W depends on x, the input of the product: it is 2 q times something.",
    read="sec-backprop-norm2",
)
def outer_with_itself(weight, x):
    """dweight is the outer product of q with itself."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, q), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The chain rule passes through q: what reaches x is Wᵀ times the gradient by q, which is 2 q and not 2 x.",
    read="sec-backprop-norm2",
)
def dx_skips_q(weight, x):
    """dx leaves out q: it is 2x, or 2 times the column sums of W."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * x


@mistake("norm2_grad", same_as="dx_skips_q")
def dx_column_sums(weight, x):
    """dx is twice the column sums of W."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight.sum(axis=0)


@mistake(
    "norm2_grad",
    hint="dweight has M rows, one for each qᵢ, and D columns, one for each xⱼ: each entry is one product. An entry-by-entry product of W with x is something else.",
    read="sec-backprop-norm2",
)
def dweight_elementwise(weight, x):
    """dweight is 2 W times x, entry by entry."""
    q = weight @ x
    return q @ q, 2 * weight * x, 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="f is the sum of the squares, not their mean.",
    read="sec-backprop-norm2",
)
def averaged(weight, x):
    """The squares are averaged over the M rows, in f and in the gradients."""
    q, m = weight @ x, len(weight)
    return q @ q / m, 2 * np.outer(q, x) / m, 2 * weight.T @ q / m


# --- affine ---


@mistake(
    "affine",
    hint="The bias is added to every row, so its gradient is the sum over the rows.",
    read="sec-backprop-affine",
)
def bias_mean(x, weight, bias, dy):
    """dbias is averaged over the rows."""
    rows = x.reshape(len(x), weight.shape[1])
    dbias = dy.sum(axis=0) / max(len(dy), 1)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dbias


@mistake(
    "affine",
    hint="dweight has the shape of weight: outputs first.",
    read="sec-backprop-affine",
)
def dweight_transposed(x, weight, bias, dy):
    """dweight is transposed: (D, K) for (K, D)."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), rows.T @ dy, dy.sum(axis=0)


@mistake(
    "affine",
    hint="dx has the shape of x, with all of its axes. What undoes the flattening?",
    read="sec-backprop-affine",
)
def dx_flat(x, weight, bias, dy):
    """dx stays flattened, of shape (N, D)."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, dy @ weight, dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="dbias has the shape of bias, one axis. Keeping the summed axis makes it (1, K).",
    read="sec-backprop-affine",
)
def bias_keeps_axis(x, weight, bias, dy):
    """dbias has shape (1, K)."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=0, keepdims=True)


@mistake(
    "affine",
    hint="The output lacks the bias.",
    read="sec-backprop-affine",
)
def bias_forgotten(x, weight, bias, dy):
    """The bias is not added to the output."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The loss may be a mean, but that is the business of dy: the layer adds over its rows and divides nothing.",
    read="sec-backprop-affine",
)
def dweight_mean(x, weight, bias, dy):
    """dweight and dbias are averaged over the rows."""
    rows, n = x.reshape(len(x), weight.shape[1]), max(len(x), 1)
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows / n, dy.sum(axis=0) / n


@mistake(
    "affine",
    hint="x has any number of axes after the first: flatten each of its N inputs.",
    read="sec-backprop-affine",
)
def two_axes_only(x, weight, bias, dy):
    """x is taken to have two axes, and images fail."""
    return x @ weight.T + bias, dy @ weight, dy.T @ x, dy.sum(axis=0)


@mistake(
    "affine",
    hint="reshape(N, -1) cannot tell how many columns there are when N is 0. The weight knows.",
    read="sec-backprop-affine",
)
def fails_without_rows(x, weight, bias, dy):
    """The case N = 0 is an error."""
    rows = x.reshape(len(x), -1)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="float32 in should be float32 out. Which of your arrays is made as float64?",
    read="sec-arrays-dtypes",
)
def always_float64(x, weight, bias, dy):
    """float32 comes back as float64."""
    x, weight, bias, dy = (a.astype(np.float64) for a in (x, weight, bias, dy))
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="One matrix product does all rows at once, and another all gradients.",
    read="sec-backprop-affine",
)
def loop_over_rows(x, weight, bias, dy):
    """A Python loop goes through the rows."""
    rows = x.reshape(len(x), weight.shape[1])
    y = np.zeros((len(x), len(weight)), x.dtype)
    dx, dweight = np.zeros_like(rows), np.zeros_like(weight)
    for n in range(len(x)):
        y[n] = weight @ rows[n] + bias
        dx[n] = dy[n] @ weight
        dweight += np.outer(dy[n], rows[n])
    return y, dx.reshape(x.shape), dweight, dy.sum(axis=0)


@mistake("affine", same_as="loop_over_rows")
def loop_over_columns(x, weight, bias, dy):
    """A Python loop goes through the columns."""
    rows = x.reshape(len(x), weight.shape[1])
    y = np.zeros((len(x), len(weight)), x.dtype) + bias
    dx, dweight = np.zeros_like(rows), np.zeros_like(weight)
    for d in range(weight.shape[1]):
        y += np.outer(rows[:, d], weight[:, d])
        dx[:, d] = dy @ weight[:, d]
        dweight[:, d] = rows[:, d] @ dy
    return y, dx.reshape(x.shape), dweight, dy.sum(axis=0)


@mistake(
    "affine",
    hint="dbias is a gradient: it comes from dy, not from the values of y.",
    read="sec-backprop-affine",
)
def dbias_sums_everything(x, weight, bias, dy):
    """dbias is summed over rows and outputs, or over the wrong axis."""
    rows = x.reshape(len(x), weight.shape[1])
    dbias = np.full_like(bias, dy.sum())
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dbias


@mistake("affine", same_as="dbias_sums_everything")
def dbias_over_outputs(x, weight, bias, dy):
    """dbias is summed over the outputs: shape (N,)."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=1)


@mistake(
    "affine",
    hint="dx is the gradient that comes in, sent back through the weights. The input itself has no part in it.",
    read="sec-backprop-affine",
)
def local_derivatives(x, weight, bias, dy):
    """dy is left out of the gradients."""
    rows = x.reshape(len(x), weight.shape[1])
    ones = np.ones_like(dy)
    return rows @ weight.T + bias, (ones @ weight).reshape(x.shape), ones.T @ rows, ones.sum(axis=0)


# --- activation ---


def _activation(kind, x, dy, alpha):
    dalpha = 0.0
    if kind == "sigmoid":
        y = (1 + np.tanh(x / 2)) / 2
        dx = dy * y * (1 - y)
    elif kind == "tanh":
        y = np.tanh(x)
        dx = dy * (1 - y**2)
    elif kind == "elu":
        below = np.expm1(np.minimum(x, 0))
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
        first, second = x[:, 0::2], x[:, 1::2]
        y, dx = np.maximum(first, second), np.zeros_like(x)
        dx[:, 0::2] = dy * (first >= second)
        dx[:, 1::2] = dy * (first < second)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="At x = 1000 your quotient is infinity over infinity. Divide numerator and denominator by the same exponential, or find a formula in which none is large.",
    read="sec-backprop-sigmoid",
)
def sigmoid_overflows(kind, x, dy, alpha):
    """The sigmoid is computed as eˣ / (1 + eˣ)."""
    if kind != "sigmoid":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.exp(x) / (1 + np.exp(x))
        return y, dy * y * (1 - y), 0.0


@mistake(
    "activation",
    hint="At x = ±1000 an exponential overflows, and infinity over infinity is nan. NumPy has a tanh that knows.",
    read="sec-backprop-sigmoid",
)
def tanh_overflows(kind, x, dy, alpha):
    """tanh is computed from exponentials that overflow."""
    if kind != "tanh":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        return y, dy * (1 - y**2), 0.0


@mistake(
    "activation",
    hint="The exponential overflows where x is large, and 0 times infinity is nan. Choose the branch before you exponentiate, or with np.where.",
    read="sec-backprop-activations",
)
def elu_overflows(kind, x, dy, alpha):
    """ELU multiplies an exponential that has overflowed by 0."""
    if kind != "elu":
        return _activation(kind, x, dy, alpha)
    with np.errstate(over="ignore", invalid="ignore"):
        y = x * (x > 0) + alpha * (np.exp(x) - 1) * (x <= 0)
        dx = dy * (x > 0) + dy * alpha * np.exp(x) * (x <= 0)
        return y, dx, (dy * (np.exp(x) - 1) * (x <= 0)).sum()


@mistake(
    "activation",
    hint="The lower branch of ELU has a factor α.",
    read="sec-backprop-activations",
)
def elu_without_alpha(kind, x, dy, alpha):
    """ELU leaves out α."""
    if kind != "elu":
        return _activation(kind, x, dy, alpha)
    return *_activation(kind, x, dy, 1.0)[:2], _activation(kind, x, dy, alpha)[2]


@mistake(
    "activation",
    hint="Differentiate α(eˣ − 1): the factor α stays, and so does eˣ.",
    read="sec-backprop-activations",
)
def elu_slope_without_alpha(kind, x, dy, alpha):
    """The gradient of ELU leaves out α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = dy * np.exp(np.minimum(x, 0))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="y + 1 is the derivative of ELU below 0 for α = 1 alone. Differentiate α(eˣ − 1) once more.",
    read="sec-backprop-activations",
)
def elu_slope_for_alpha_of_one(kind, x, dy, alpha):
    """The gradient of ELU below 0 is y + 1, right for α = 1 only."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = np.where(x > 0, dy, dy * (y + 1)).astype(x.dtype)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The derivative of ELU below 0 can be written with y: y + α. The α is missing there.",
    read="sec-backprop-activations",
)
def elu_slope_is_y(kind, x, dy, alpha):
    """The gradient of ELU below 0 is y in place of y + α."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dx = np.where(x > 0, dy, dy * y)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The derivative of a constant is 0: in α(eˣ − 1), the −1 goes away.",
    read="sec-backprop-activations",
)
def elu_alpha_gradient_without_minus(kind, x, dy, alpha):
    """dalpha of ELU is the sum of eˣ, without − 1."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "elu":
        dalpha = (dy * np.exp(np.minimum(x, 0)) * (x <= 0)).sum()
    return y, dx, dalpha


@mistake(
    "activation",
    hint="ELU has an α as well, so its gradient by α is not 0.",
    read="sec-backprop-activations",
)
def elu_alpha_gradient_missing(kind, x, dy, alpha):
    """dalpha of ELU is 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, 0.0 if kind == "elu" else dalpha


@mistake(
    "activation",
    hint="All entries share the one α, so its gradient is one number: the sum over all of them.",
    read="sec-backprop-activations",
)
def alpha_gradient_not_summed(kind, x, dy, alpha):
    """dalpha is an array, not summed over the entries."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        dalpha = dy * np.minimum(x, 0)
    if kind == "elu":
        dalpha = dy * np.expm1(np.minimum(x, 0))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The gradient by α was averaged over the entries. The loss depends on α through each of them: add.",
    read="sec-backprop-activations",
)
def alpha_gradient_mean(kind, x, dy, alpha):
    """dalpha is a mean over the entries, not a sum."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, dalpha / x.size


@mistake(
    "activation",
    hint="By the chain rule, dalpha multiplies what comes in from above, entry by entry, before it sums.",
    read="sec-backprop-chain-rule",
)
def alpha_gradient_without_dy(kind, x, dy, alpha):
    """dalpha leaves out dy."""
    y, dx, _ = _activation(kind, x, dy, alpha)
    return y, dx, _activation(kind, x, np.ones_like(dy), alpha)[2]


@mistake(
    "activation",
    hint="The derivatives lack the gradient that comes in from above.",
    read="sec-backprop-chain-rule",
)
def without_dy(kind, x, dy, alpha):
    """dy is left out: the derivatives are returned."""
    return _activation(kind, x, np.ones_like(dy), alpha)


@mistake(
    "activation",
    hint="max(αx, x) is the lower branch's line only while α is at most 1. Ask for the sign of x.",
    read="sec-backprop-relu",
)
def prelu_by_maximum(kind, x, dy, alpha):
    """PReLU is computed as max(αx, x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "prelu":
        y = np.maximum(alpha * x, x)
        dx = np.where(x >= alpha * x, dy, alpha * dy)
        dx[x == 0] = alpha * dy[x == 0]
    return y, dx, dalpha


@mistake("activation", same_as="prelu_by_maximum")
def prelu_value_by_maximum(kind, x, dy, alpha):
    """Only the value of PReLU is computed as max(αx, x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.maximum(alpha * x, x) if kind == "prelu" else y, dx, dalpha


@mistake(
    "activation",
    hint="The slope below zero is the argument α, not a constant.",
    read="sec-backprop-relu",
)
def fixed_slope(kind, x, dy, alpha):
    """The slope is always 0.01."""
    if kind != "prelu":
        return _activation(kind, x, dy, alpha)
    return *_activation(kind, x, dy, 0.01)[:2], _activation(kind, x, dy, alpha)[2]


@mistake(
    "activation",
    hint="PReLU's gradient by α comes from the entries below 0 alone: where x > 0, α has no part in y.",
    read="sec-backprop-relu",
)
def alpha_gradient_of_all(kind, x, dy, alpha):
    """dalpha of PReLU sums over the positive entries as well."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, (dy * x).sum() if kind == "prelu" else dalpha


@mistake(
    "activation",
    hint="α is learnt, so the loss has a derivative by it, too.",
    read="sec-backprop-relu",
)
def alpha_gradient_missing(kind, x, dy, alpha):
    """dalpha of PReLU is 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dx, 0.0 if kind == "prelu" else dalpha


@mistake(
    "activation",
    hint="At x = 0 the text takes the lower branch's derivative, for ReLU 0.",
    read="sec-backprop-relu",
)
def relu_kink(kind, x, dy, alpha):
    """At x = 0, ReLU passes the gradient on."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (x >= 0) if kind == "relu" else dx, dalpha


@mistake(
    "activation",
    hint="At x = 0 the text takes the lower branch's derivative, for PReLU α.",
    read="sec-backprop-relu",
)
def prelu_kink(kind, x, dy, alpha):
    """PReLU has derivative 1 at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.where(x >= 0, dy, alpha * dy) if kind == "prelu" else dx, dalpha


@mistake(
    "activation",
    hint="At x = 0 the text takes the lower branch's derivative, for ELU α.",
    read="sec-backprop-activations",
)
def elu_kink(kind, x, dy, alpha):
    """ELU has derivative 1 at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.where(x == 0, dy, dx) if kind == "elu" else dx, dalpha


@mistake(
    "activation",
    hint="It is the input, on the way forward, that decides what a rectifier lets through on the way back.",
    read="sec-backprop-relu",
)
def relu_masks_by_gradient(kind, x, dy, alpha):
    """The backward of ReLU keeps the gradients that are positive."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.maximum(dy, 0) if kind == "relu" else dx, dalpha


@mistake(
    "activation",
    hint="x = 0 is exactly the threshold: a step unit fires there.",
    read="sec-backprop-activations",
)
def step_at_zero(kind, x, dy, alpha):
    """The step is 0, or ½, at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return (x > 0).astype(x.dtype) if kind == "step" else y, dx, dalpha


@mistake("activation", same_as="step_at_zero")
def step_is_half_at_zero(kind, x, dy, alpha):
    """The step is ½ at x = 0."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.heaviside(x, np.asarray(0.5, x.dtype)) if kind == "step" else y, dx, dalpha


@mistake(
    "activation",
    hint="A step is flat on both sides: the derivative is 0, and nothing comes back. (That is why nobody trains with it.)",
    read="sec-backprop-activations",
)
def step_passes_gradient(kind, x, dy, alpha):
    """The step passes the gradient on."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * 1 if kind == "step" else dx, dalpha


@mistake("activation", same_as="step_passes_gradient")
def step_passes_gradient_where_on(kind, x, dy, alpha):
    """The step passes the gradient on where it fires."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * y if kind == "step" else dx, dalpha


@mistake(
    "activation",
    hint="The step gave −1 below zero. It is 0 there.",
    read="sec-backprop-activations",
)
def step_is_sign(kind, x, dy, alpha):
    """The step is the sign, −1 or 1."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return np.sign(x) if kind == "step" else y, dx, dalpha


@mistake(
    "activation",
    hint="σ′ is written with σ's output, not with x: y (1 − y).",
    read="sec-backprop-sigmoid",
)
def sigmoid_slope_of_input(kind, x, dy, alpha):
    """The slope of the sigmoid is x (1 − x)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * x * (1 - x) if kind == "sigmoid" else dx, dalpha


@mistake(
    "activation",
    hint="tanh′ is written with tanh's output, not with x: 1 − y².",
    read="sec-backprop-saturation",
)
def tanh_slope_of_input(kind, x, dy, alpha):
    """The slope of tanh is 1 − x²."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * (1 - x**2) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    hint="That is the sigmoid's slope. tanh runs from −1 to 1 and is steeper: 1 at zero.",
    read="sec-backprop-saturation",
)
def tanh_slope_of_sigmoid(kind, x, dy, alpha):
    """The slope of tanh is y (1 − y)."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, dy * y * (1 - y) if kind == "tanh" else dx, dalpha


@mistake(
    "activation",
    hint="tanh x is 2σ(2x) − 1: the argument is doubled, too.",
    read="sec-backprop-activations",
)
def tanh_of_half(kind, x, dy, alpha):
    """tanh is computed as 2σ(x) − 1."""
    if kind != "tanh":
        return _activation(kind, x, dy, alpha)
    y = np.tanh(x / 2)
    return y, dy * (1 - y**2) / 2, 0.0


@mistake(
    "activation",
    hint="Only the larger column made the output. The other one gets nothing.",
    read="sec-backprop-activations",
)
def maxout_to_both(kind, x, dy, alpha):
    """Maxout gives the gradient to both columns."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    return y, np.repeat(dy, 2, axis=1) if kind == "maxout" else dx, dalpha


@mistake(
    "activation",
    hint="Of two equal columns the text gives the whole gradient to the first. Both of yours got it.",
    read="sec-backprop-activations",
)
def maxout_ties_to_both(kind, x, dy, alpha):
    """Of two equal columns, maxout gives the gradient to both."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx = np.repeat(dy, 2, axis=1) * (x == np.repeat(y, 2, axis=1))
    return y, dx, dalpha


@mistake(
    "activation",
    hint="Of two equal columns the text gives the whole gradient to the first.",
    read="sec-backprop-activations",
)
def maxout_ties_to_second(kind, x, dy, alpha):
    """Of two equal columns, maxout gives the gradient to the second."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        dx[:, 0::2], dx[:, 1::2] = dy * (x[:, 0::2] > y - (x[:, 1::2] < y) - 1), 0
        second = x[:, 1::2] >= x[:, 0::2]
        dx[:, 0::2], dx[:, 1::2] = dy * ~second, dy * second
    return y, dx, dalpha


@mistake(
    "activation",
    hint="That is the max gate's rule. Here, of two equal columns, the text gives the whole gradient to the first.",
    read="sec-backprop-activations",
)
def maxout_ties_halved(kind, x, dy, alpha):
    """Of two equal columns, maxout gives each half of the gradient."""
    y, dx, dalpha = _activation(kind, x, dy, alpha)
    if kind == "maxout":
        won = x == np.repeat(y, 2, axis=1)
        equal = np.repeat(x[:, 0::2] == x[:, 1::2], 2, axis=1)
        dx = np.repeat(dy, 2, axis=1) * won * np.where(equal, 0.5, 1.0).astype(x.dtype)
    return y, dx, dalpha


@mistake(
    "activation",
    hint="The pairs are columns 0 and 1, then 2 and 3. You paired a column of the first half with one of the second.",
    read="sec-backprop-activations",
)
def maxout_halves(kind, x, dy, alpha):
    """Maxout pairs the first half of the columns with the second."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    k = x.shape[1] // 2
    first, second = x[:, :k], x[:, k:]
    dx = np.concatenate([dy * (first >= second), dy * (first < second)], axis=1)
    return np.maximum(first, second), dx, 0.0


@mistake(
    "activation",
    hint="Maxout takes the maximum in each pair of columns, not in the whole row.",
    read="sec-backprop-activations",
)
def maxout_of_row(kind, x, dy, alpha):
    """Maxout takes the maximum of each row."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y = x.max(axis=1, keepdims=True)
    return y, (x == y) * dy.sum(axis=1, keepdims=True), 0.0


@mistake(
    "activation",
    hint="float32 in should be float32 out. np.where(x > 0, 1.0, 0.0) and np.zeros(shape) are float64 unless you say otherwise.",
    read="sec-arrays-dtypes",
)
def float64_out(kind, x, dy, alpha):
    """float32 comes back as float64."""
    return _activation(kind, x.astype(np.float64), dy.astype(np.float64), alpha)


@mistake(
    "activation",
    hint="np.vectorize and comprehensions are loops in disguise: they call Python once an entry.",
    read="sec-backprop-activations",
)
def loop_over_entries(kind, x, dy, alpha):
    """A Python loop goes through the entries."""
    if kind == "maxout":
        y, dx = np.zeros_like(dy), np.zeros_like(x)
        for n in range(dy.shape[0]):
            for k in range(dy.shape[1]):
                winner = 2 * k + (x[n, 2 * k] < x[n, 2 * k + 1])
                y[n, k], dx[n, winner] = x[n, winner], dy[n, k]
        return y, dx, 0.0
    y, dx, dalpha = np.zeros_like(x), np.zeros_like(x), 0.0
    for i in np.ndindex(x.shape):
        y[i], dx[i], one = _activation(kind, x[i], dy[i], alpha)
        dalpha += one
    return y, dx, dalpha


@mistake("activation", same_as="loop_over_entries")
def maxout_loops_over_pairs(kind, x, dy, alpha):
    """A Python loop goes through the pairs of columns."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y, dx = np.zeros_like(dy), np.zeros_like(x)
    for k in range(dy.shape[1]):
        first, second = x[:, 2 * k], x[:, 2 * k + 1]
        y[:, k] = np.maximum(first, second)
        dx[:, 2 * k] = dy[:, k] * (first >= second)
        dx[:, 2 * k + 1] = dy[:, k] * (first < second)
    return y, dx, 0.0


@mistake("activation", same_as="loop_over_entries")
def maxout_loops_over_rows(kind, x, dy, alpha):
    """A Python loop goes through the rows."""
    if kind != "maxout":
        return _activation(kind, x, dy, alpha)
    y, dx = np.zeros_like(dy), np.zeros_like(x)
    for n in range(len(x)):
        first, second = x[n, 0::2], x[n, 1::2]
        y[n] = np.maximum(first, second)
        dx[n, 0::2] = dy[n] * (first >= second)
        dx[n, 1::2] = dy[n] * (first < second)
    return y, dx, 0.0


@mistake(
    "activation",
    hint="α belongs to ELU and PReLU. In the other rows of the table it does not appear.",
    read="sec-backprop-activations",
)
def alpha_everywhere(kind, x, dy, alpha):
    """α scales activations that have none."""
    if kind in ("elu", "prelu"):
        return _activation(kind, x, dy, alpha)
    y, dx, _ = _activation(kind, x, dy, alpha)
    return (alpha * y).astype(x.dtype), (alpha * dx).astype(x.dtype), 0.0


@mistake(
    "activation",
    hint="x was written into: x[x < 0] = … changes the array of whoever called you. Work on a copy.",
    read="sec-backprop-relu",
)
def rectified_in_place(kind, x, dy, alpha):
    """The output of ReLU is written into x itself."""
    if kind == "relu":
        positive = x > 0
        x[~positive] = 0
        return x, dy * positive, 0.0
    return _activation(kind, x, dy, alpha)


@mistake(
    "activation",
    hint="dy was written into: dy[x <= 0] = 0 changes the array of whoever called you. Work on a copy.",
    read="sec-backprop-relu",
)
def gradient_in_place(kind, x, dy, alpha):
    """The gradient of ReLU is written into dy itself."""
    if kind == "relu":
        dy[x <= 0] = 0
        return np.maximum(x, 0), dy, 0.0
    return _activation(kind, x, dy, alpha)


# --- unit_report ---


def _outputs(a, kind):
    if kind == "relu":
        return np.maximum(a, 0), (a > 0) * 1.0
    if kind == "tanh":
        return np.tanh(a), 1 - np.tanh(a) ** 2
    y = (1 + np.tanh(a / 2)) / 2
    return y, y * (1 - y)


@mistake(
    "unit_report",
    hint="A dead unit is quiet for all images. One image that it answers to is enough to keep it alive.",
    read="sec-backprop-dying",
)
def dead_for_any(a, kind, threshold):
    """A unit counts as dead if one image leaves it without a derivative."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.any(axis=0).mean()


@mistake(
    "unit_report",
    hint="Units are the columns. You asked which images find every unit quiet.",
    read="sec-backprop-dying",
)
def dead_images(a, kind, threshold):
    """Images without an answer are counted, not units."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=1).mean()


@mistake(
    "unit_report",
    hint="A unit is quiet where its derivative is small. Its output may be large there: a saturated sigmoid gives nearly 1.",
    read="sec-backprop-saturation",
)
def outputs_compared(a, kind, threshold):
    """Outputs are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = y <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="outputs_compared")
def absolute_outputs_compared(a, kind, threshold):
    """Absolute outputs are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = np.abs(y) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The sums a are what goes into the unit. What counts is the derivative of the activation there.",
    read="sec-backprop-saturation",
)
def sums_compared(a, kind, threshold):
    """The sums are compared with the threshold, not derivatives."""
    y, _ = _outputs(a, kind)
    quiet = a <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean is taken of the outputs y, after the activation. (ReLU's cannot be negative.)",
    read="sec-backprop-zero-centred",
)
def mean_of_sums(a, kind, threshold):
    """The mean of the sums is returned, not of the outputs."""
    _, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return a.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="At most the threshold: a derivative that equals it counts, or no ReLU would ever be quiet at 0.",
    read="sec-backprop-dying",
)
def strictly_below(a, kind, threshold):
    """Derivatives equal to the threshold are not counted."""
    y, slope = _outputs(a, kind)
    quiet = slope < threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The text asks for fractions, between 0 and 1, and you counted.",
    read="sec-backprop-dying",
)
def counts(a, kind, threshold):
    """Entries and units are counted; fractions were wanted."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), quiet.sum(), quiet.all(axis=0).sum()


@mistake("unit_report", same_as="counts")
def counts_as_floats(a, kind, threshold):
    """Entries and units are counted, as floats."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(), float(quiet.sum()), float(quiet.all(axis=0).sum())


@mistake(
    "unit_report",
    hint="You counted the entries that can still learn, not those that cannot.",
    read="sec-backprop-dying",
)
def alive_counted(a, kind, threshold):
    """The living are counted, not the quiet."""
    y, slope = _outputs(a, kind)
    loud = slope > threshold
    return y.mean(), loud.mean(), loud.any(axis=0).mean()


@mistake(
    "unit_report",
    hint="Every mean here is over a whole array: over images and units, one number.",
    read="sec-backprop-zero-centred",
)
def mean_per_unit(a, kind, threshold):
    """The mean is taken for each unit."""
    y, slope = _outputs(a, kind)
    quiet = slope <= threshold
    return y.mean(axis=0), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The mean derivative of a unit may be small though it answers to some images, and a unit with one large derivative is alive.",
    read="sec-backprop-dying",
)
def dead_by_mean(a, kind, threshold):
    """A unit counts as dead if its mean derivative is small."""
    y, slope = _outputs(a, kind)
    return y.mean(), (slope <= threshold).mean(), (slope.mean(axis=0) <= threshold).mean()


@mistake(
    "unit_report",
    hint="ReLU's derivative at 0 is 0: a unit whose sum is exactly 0 does not learn.",
    read="sec-backprop-relu",
)
def alive_at_zero(a, kind, threshold):
    """The derivative of ReLU at 0 is taken as 1."""
    y, slope = _outputs(a, kind)
    quiet = ((a >= 0) * 1.0 if kind == "relu" else slope) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The slope of the sigmoid is y (1 − y), that of tanh 1 − y². You used one for both.",
    read="sec-backprop-saturation",
)
def one_slope_for_both(a, kind, threshold):
    """The sigmoid's slope is used for tanh as well."""
    y, slope = _outputs(a, kind)
    quiet = (slope if kind == "relu" else y * (1 - y)) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake("unit_report", same_as="one_slope_for_both")
def tanh_slope_for_both(a, kind, threshold):
    """tanh's slope is used for the sigmoid as well."""
    y, slope = _outputs(a, kind)
    quiet = (slope if kind == "relu" else 1 - y**2) <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="At ±1000 your sigmoid is nan: an exponential overflowed.",
    read="sec-backprop-sigmoid",
)
def overflows(a, kind, threshold):
    """The sigmoid overflows for large sums."""
    y, slope = _outputs(a, kind)
    if kind == "sigmoid":
        with np.errstate(over="ignore", invalid="ignore"):
            y = np.exp(a) / (1 + np.exp(a))
        slope = y * (1 - y)
    quiet = slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


@mistake(
    "unit_report",
    hint="The threshold is for ReLU, too: its derivative is 1 or 0, and a threshold of 1 makes every unit quiet.",
    read="sec-backprop-dying",
)
def relu_without_threshold(a, kind, threshold):
    """The zeros of ReLU are counted, whatever the threshold."""
    y, slope = _outputs(a, kind)
    quiet = y == 0 if kind == "relu" else slope <= threshold
    return y.mean(), quiet.mean(), quiet.all(axis=0).mean()


# --- count_parameters ---


@mistake(
    "count_parameters",
    hint="Every unit that is computed has a bias as well as its weights.",
    read="sec-backprop-parameters",
)
def no_bias(sizes):
    """The biases are not counted."""
    shapes = [(b, a) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="A row for each unit that is computed, a column for each that it reads. Yours are the other way round.",
    read="sec-backprop-parameters",
)
def shapes_transposed(sizes):
    """The shapes are transposed."""
    shapes = [(a + 1, b) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The bias is one column more, not one row more: it belongs to what is read.",
    read="sec-backprop-parameters",
)
def bias_row(sizes):
    """The bias makes a row more, not a column."""
    shapes = [(b + 1, a) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The constant 1 that the bias multiplies is read by the layer above, but nobody computes it: it adds a column and no row.",
    read="sec-backprop-parameters",
)
def bias_units_computed(sizes):
    """Bias units are counted among those that are computed."""
    shapes = [(b + 1, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The shapes are right; the total leaves out their bias columns.",
    read="sec-backprop-parameters",
)
def total_without_biases(sizes):
    """The total leaves out the biases, which the shapes have."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * a for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="Units are not parameters: count the entries of the matrices.",
    read="sec-backprop-parameters",
)
def units_counted(sizes):
    """The total counts units, not the entries of the matrices."""
    return [(b, a + 1) for a, b in zip(sizes, sizes[1:])], sum(sizes)


@mistake(
    "count_parameters",
    hint="The last layer's matrix counts, too: n sizes make n − 1 matrices.",
    read="sec-backprop-parameters",
)
def last_layer_forgotten(sizes):
    """The last matrix is left out."""
    shapes = [(b, a + 1) for a, b in zip(sizes[:-1], sizes[1:-1])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="A layer has one bias for each of its units, not one for all of them.",
    read="sec-backprop-parameters",
)
def one_bias_a_layer(sizes):
    """The total has one bias a layer."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * a + 1 for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="Each Θ has its own shape, from the two sizes that it connects, and you listed them from the end.",
    read="sec-backprop-parameters",
)
def order_reversed(sizes):
    """The matrices are listed from the last to the first."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes[::-1], sum(r * c for r, c in shapes)


# --- mlp_loss ---


def _forward(layers, x):
    """The inputs of each layer and the scores."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        scores = x @ weight.T + bias
        x = np.maximum(scores, 0)
    return inputs, scores


def _cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_p)
    gradient[rows, labels] -= 1
    return -log_p[rows, labels].mean(), gradient / len(labels)


def _back(layers, inputs, gradient, weight_decay):
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (x > 0)
    return gradients[::-1]


def _squares(layers):
    return sum((w**2).sum() for w, _ in layers)


@mistake(
    "mlp_loss",
    hint="The last layer gives the scores as they are. A ReLU there makes all negative scores equal.",
    read="sec-backprop-mlp",
)
def relu_on_scores(layers, x, labels, weight_decay):
    """The scores go through a ReLU, too."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.maximum(scores, 0), labels)
    gradients = _back(layers, inputs, gradient * (scores > 0), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="relu_on_scores")
def relu_on_scores_forward_only(layers, x, labels, weight_decay):
    """The scores go through a ReLU that the way back ignores."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(np.maximum(scores, 0), labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="On the way back, the gradient passes each hidden ReLU. Where the unit was off, nothing passes.",
    read="sec-backprop-layerwise",
)
def mask_missing(layers, x, labels, weight_decay):
    """The gradient passes every ReLU unhindered."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="It is the unit's own value, on the way forward, that decides whether the gradient passes, not the gradient's sign.",
    read="sec-backprop-layerwise",
)
def mask_of_gradient(layers, x, labels, weight_decay):
    """The ReLU on the way back keeps the positive gradients."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = np.maximum(gradient @ weight, 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="No ReLU stands between the layers: then they could be multiplied into a single one.",
    read="sec-backprop-collapse",
)
def no_relu(layers, x, labels, weight_decay):
    """There is no ReLU between the layers."""
    inputs = []
    for weight, bias in layers:
        inputs.append(x)
        x = x @ weight.T + bias
    loss, gradient = _cross_entropy(x, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="A layer's weights are multiplied by what the layer below gave out, after its ReLU. So is their gradient.",
    read="sec-backprop-layerwise",
)
def before_relu(layers, x, labels, weight_decay):
    """dweight uses the values before the ReLU."""
    _, scores = _forward(layers, x)
    sums, h = [], x
    for weight, bias in layers:
        sums.append(h @ weight.T + bias)
        h = np.maximum(sums[-1], 0)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), h in zip(layers[::-1], [x, *sums[:-1]][::-1]):
        gradients.append((gradient.T @ h + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (h > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="The text takes ReLU's derivative at 0 as 0. It matters where a whole layer is at 0.",
    read="sec-backprop-relu",
)
def kink_passes(layers, x, labels, weight_decay):
    """The gradient passes a ReLU whose input is exactly 0."""
    _, scores = _forward(layers, x)
    sums, h = [], x
    for weight, bias in layers:
        sums.append(h @ weight.T + bias)
        h = np.maximum(sums[-1], 0)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), a in zip(layers[::-1], [x, *sums[:-1]][::-1]):
        h = a if a is x else np.maximum(a, 0)
        gradients.append((gradient.T @ h + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient @ weight * (a >= 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="The gradient of λΣW² has a factor 2.",
    read="sec-linear-regularisation",
)
def decay_gradient_without_two(layers, x, labels, weight_decay):
    """The penalty's gradient is λW in place of 2λW."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss + weight_decay * _squares(layers), _back(layers, inputs, gradient, weight_decay / 2)


@mistake(
    "mlp_loss",
    hint="The text puts no ½ before the penalty.",
    read="sec-linear-regularisation",
)
def half_decay(layers, x, labels, weight_decay):
    """The penalty has a factor ½, in the loss and in the gradient."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay / 2)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake("mlp_loss", same_as="half_decay")
def half_decay_in_loss(layers, x, labels, weight_decay):
    """The penalty has a factor ½ in the loss only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay / 2 * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The penalty was added twice to the gradient: 4λW.",
    read="sec-linear-regularisation",
)
def decay_twice(layers, x, labels, weight_decay):
    """The penalty's gradient is added twice."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, 2 * weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The penalty is in the loss, so it is in the gradient of every weight as well.",
    read="sec-linear-regularisation",
)
def decay_not_in_gradient(layers, x, labels, weight_decay):
    """The penalty is in the loss but not in the gradients."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss + weight_decay * _squares(layers), _back(layers, inputs, gradient, 0)


@mistake(
    "mlp_loss",
    hint="The loss lacks the penalty, λ times the sum of all squared weights. See whether its gradient is there, too.",
    read="sec-linear-regularisation",
)
def decay_not_in_loss(layers, x, labels, weight_decay):
    """The penalty is missing in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, weight_decay)


@mistake("mlp_loss", same_as="decay_not_in_loss")
def no_decay(layers, x, labels, weight_decay):
    """The penalty is left out."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    return loss, _back(layers, inputs, gradient, 0)


@mistake(
    "mlp_loss",
    hint="Biases are free: the penalty is on weights alone.",
    read="sec-linear-regularisation",
)
def biases_decay(layers, x, labels, weight_decay):
    """The biases are penalised, too."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    gradients = [(w, b + 2 * weight_decay * p) for (w, b), (_, p) in zip(gradients, layers)]
    return loss + weight_decay * (
        _squares(layers) + sum((b**2).sum() for _, b in layers)
    ), gradients


@mistake("mlp_loss", same_as="biases_decay")
def biases_decay_in_gradient(layers, x, labels, weight_decay):
    """The biases are penalised in the gradient only."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    gradients = [(w, b + 2 * weight_decay * p) for (w, b), (_, p) in zip(gradients, layers)]
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="Every layer's weights are penalised, and you counted one layer's. Is the sum assigned anew in each turn of a loop?",
    read="sec-linear-regularisation",
)
def last_layer_decays(layers, x, labels, weight_decay):
    """Only the last layer's weights are penalised in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers[-1:]), gradients


@mistake("mlp_loss", same_as="last_layer_decays")
def first_layer_decays(layers, x, labels, weight_decay):
    """Only the first layer's weights are penalised in the loss."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers[:1]), gradients


@mistake("mlp_loss", same_as="last_layer_decays")
def last_layer_decays_in_gradient(layers, x, labels, weight_decay):
    """Only the last layer's gradient has the penalty."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, 0)
    weight, bias = gradients[-1]
    gradients[-1] = (weight + 2 * weight_decay * layers[-1][0], bias)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The penalty is added once, not once an image, and is not averaged over the images.",
    read="sec-linear-regularisation",
)
def decay_over_n(layers, x, labels, weight_decay):
    """The penalty is divided by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    decay = weight_decay / len(x)
    return loss + decay * _squares(layers), _back(layers, inputs, gradient, decay)


@mistake(
    "mlp_loss",
    hint="The loss is a mean over the images: you added them up.",
    read="sec-linear-softmax",
)
def summed(layers, x, labels, weight_decay):
    """The cross-entropy is summed over the images, not averaged."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient * len(x), weight_decay)
    return loss * len(x) + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The loss was divided by N, and the gradient was not.",
    read="sec-linear-softmax-gradient",
)
def gradient_summed(layers, x, labels, weight_decay):
    """The gradient is not divided by N."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient * len(x), weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The exponential of 1000 is infinite. A softmax stays the same when all scores of a row are lowered by the same number.",
    read="sec-linear-stable",
)
def no_shift(layers, x, labels, weight_decay):
    """The largest score is not subtracted before the exponential."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = -np.log(p[rows, labels]).mean() + weight_decay * _squares(layers)
        p[rows, labels] -= 1
        return loss, _back(layers, inputs, p / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="A probability that rounds to 0 has an infinite logarithm. Take the logarithm before you divide: log p = s − log Σ eˢ, with shifted scores.",
    read="sec-linear-stable",
)
def log_of_zero(layers, x, labels, weight_decay):
    """The logarithm is taken of a probability that is 0 in floats."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = -np.log(p[rows, labels]).mean() + weight_decay * _squares(layers)
        p[rows, labels] -= 1
        return loss, _back(layers, inputs, p / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="A small number inside the logarithm caps the loss: 1000 becomes 27 or so. Take the logarithm before you divide.",
    read="sec-linear-stable",
)
def epsilon_in_log(layers, x, labels, weight_decay):
    """A small number is added inside the logarithm."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    loss = -np.log(p + 1e-12).mean()
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake("mlp_loss", same_as="epsilon_in_log")
def clipped_probability(layers, x, labels, weight_decay):
    """Probabilities are clipped before the logarithm."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    loss = -np.log(np.maximum(p, 1e-15)).mean()
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="One shift for the whole batch drowns the rows whose scores are small. Subtract each row's own maximum.",
    read="sec-linear-stable",
)
def global_shift(layers, x, labels, weight_decay):
    """One maximum is subtracted from all rows."""
    inputs, scores = _forward(layers, x)
    with np.errstate(all="ignore"):
        shifted = scores - scores.max()
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        rows = np.arange(len(labels))
        gradient = np.exp(log_p)
        gradient[rows, labels] -= 1
        loss = -log_p[rows, labels].mean() + weight_decay * _squares(layers)
        return loss, _back(layers, inputs, gradient / len(x), weight_decay)


@mistake(
    "mlp_loss",
    hint="By the score of the right class, the gradient is p − 1: the 1 is missing.",
    read="sec-linear-softmax-gradient",
)
def one_hot_missing(layers, x, labels, weight_decay):
    """The 1 of the right class is not subtracted."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="gradient[:, labels] picks whole columns. One entry a row takes two index arrays.",
    read="sec-linear-softmax-gradient",
)
def whole_columns(layers, x, labels, weight_decay):
    """The 1 is subtracted from whole columns."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    gradient[:, labels] -= 1 / len(labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="All gradients have the wrong sign: descent along them would climb.",
    read="sec-linear-softmax-gradient",
)
def wrong_sign(layers, x, labels, weight_decay):
    """The gradient of the scores has the wrong sign."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, -gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The loop goes from the last layer to the first, and so does your list. Turn it round.",
    read="sec-backprop-layerwise",
)
def list_reversed(layers, x, labels, weight_decay):
    """The gradients are listed from the last layer to the first."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients[::-1]


@mistake(
    "mlp_loss",
    hint="dbias has the shape of bias: one axis.",
    read="sec-backprop-affine",
)
def dbias_keeps_axis(layers, x, labels, weight_decay):
    """dbias has shape (1, outputs)."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w, b[None]) for w, b in gradients]


@mistake(
    "mlp_loss",
    hint="The mean over the images is already in the gradient of the scores. The bias gradient is the sum over the rows.",
    read="sec-backprop-affine",
)
def dbias_mean(layers, x, labels, weight_decay):
    """dbias is averaged over the images once more."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w, b / len(x)) for w, b in gradients]


@mistake(
    "mlp_loss",
    hint="dweight has the shape of weight, outputs first.",
    read="sec-backprop-layerwise",
)
def dweight_of_wrong_shape(layers, x, labels, weight_decay):
    """The weights' gradients are transposed."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = _back(layers, inputs, gradient, weight_decay)
    return loss + weight_decay * _squares(layers), [(w.T, b) for w, b in gradients]


@mistake(
    "mlp_loss",
    hint="Any depth: a network of one layer has no hidden units, one of five has four hidden layers.",
    read="sec-backprop-mlp",
)
def two_layers_only(layers, x, labels, weight_decay):
    """Two layers are expected, and other depths fail."""
    (w1, b1), (w2, b2) = layers
    h = np.maximum(x @ w1.T + b1, 0)
    loss, gradient = _cross_entropy(h @ w2.T + b2, labels)
    gradients = _back(layers, [x, h], gradient, weight_decay)
    return loss + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="Images are handled one at a time in Python. A matrix product does all of them at once.",
    read="sec-backprop-affine",
)
def loop_over_images(layers, x, labels, weight_decay):
    """A Python loop goes through the images."""
    total = 0.0
    sums = [(np.zeros_like(w), np.zeros_like(b)) for w, b in layers]
    for row, label in zip(x, labels):
        inputs, scores = _forward(layers, row[None])
        loss, gradient = _cross_entropy(scores, np.array([label]))
        total += loss / len(x)
        one = _back(layers, inputs, gradient / len(x), 0)
        sums = [(w + dw, b + db) for (w, b), (dw, db) in zip(sums, one)]
    gradients = [(w + 2 * weight_decay * p, b) for (w, b), (p, _) in zip(sums, layers)]
    return total + weight_decay * _squares(layers), gradients


@mistake(
    "mlp_loss",
    hint="The way back must use the weights of this very layer: gradient @ weight, before it goes on to the layer below. Here one layer's weights are left out or taken twice.",
    read="sec-backprop-layerwise",
)
def wrong_weights_on_the_way_back(layers, x, labels, weight_decay):
    """The gradient skips a layer's weights: every hidden unit gets the same."""
    inputs, scores = _forward(layers, x)
    loss, gradient = _cross_entropy(scores, labels)
    gradients = []
    for (weight, _), x in zip(layers[::-1], inputs[::-1]):
        gradients.append((gradient.T @ x + 2 * weight_decay * weight, gradient.sum(axis=0)))
        gradient = gradient.sum(axis=1, keepdims=True) * (x > 0)
    return loss + weight_decay * _squares(layers), gradients[::-1]


# --- boolean_net ---


@mistake(
    "boolean_net",
    hint="Patterns that differ in one place have a product of D − 2 with each other. Your units still fire there.",
    read="sec-backprop-boolean",
)
def threshold_too_low(inputs, outputs):
    """The hidden threshold is too low: neighbours of a pattern fire as well."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 2.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="A pattern's product with itself is D, not more. Your threshold asks for more.",
    read="sec-backprop-boolean",
)
def threshold_too_high(inputs, outputs):
    """The hidden threshold is too high: no unit ever fires."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), -1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="Weights of 0 and 1 ignore what is false in a pattern: a unit then fires for every pattern with at least its ones. Inputs here are −1 and +1.",
    read="sec-backprop-boolean",
)
def zero_one_weights(inputs, outputs):
    """The weights are 0 and 1, as for inputs of 0 and 1."""
    w1 = (inputs[outputs] > 0).astype(float)
    return w1, -w1.sum(axis=1), np.ones(len(w1)), -0.5


@mistake("boolean_net", same_as="zero_one_weights")
def zero_one_weights_centred(inputs, outputs):
    """The weights are 0 and 1, and the threshold is D."""
    w1 = (inputs[outputs] > 0).astype(float)
    return w1, np.full(len(w1), 0.5 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="With a bias of 0 at the output, a sum of 0 fires as well: u(0) = 1. OR of nothing is false.",
    read="sec-backprop-boolean",
)
def or_without_bias(inputs, outputs):
    """The output has no bias, and is always true."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), 0.0


@mistake(
    "boolean_net",
    hint="The output should fire when any hidden unit does. Yours waits for all of them.",
    read="sec-backprop-boolean",
)
def and_of_units(inputs, outputs):
    """The output is the AND of the hidden units."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), 0.5 - len(w1)


@mistake(
    "boolean_net",
    hint="The output should fire when one hidden unit does. Yours needs two, and no two fire together.",
    read="sec-backprop-boolean",
)
def or_bias_too_low(inputs, outputs):
    """The output needs more than one hidden unit."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -1.5


@mistake(
    "boolean_net",
    hint="Your hidden units stand for the patterns where the function is false.",
    read="sec-backprop-boolean",
)
def negative_patterns(inputs, outputs):
    """The hidden units stand for the patterns that are false."""
    w1 = inputs[~outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="Each unit fires for the opposite of its pattern.",
    read="sec-backprop-boolean",
)
def weights_negated(inputs, outputs):
    """The hidden weights have the wrong sign."""
    w1 = -inputs[outputs]
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="A bias adds to the sum: to demand that it reach D − 1 or so, the bias is negative.",
    read="sec-backprop-boolean",
)
def bias_positive(inputs, outputs):
    """The hidden biases have the wrong sign."""
    w1 = inputs[outputs]
    return w1, np.full(len(w1), inputs.shape[1] - 1.0), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="One unit for each pattern, even where the function is false, is more than the text allows: H is the number of true patterns.",
    read="sec-backprop-boolean",
)
def unit_for_every_pattern(inputs, outputs):
    """There is a hidden unit for every pattern."""
    return (
        inputs.copy(),
        np.full(len(inputs), 1.0 - inputs.shape[1]),
        outputs.astype(float),
        -0.5,
    )


@mistake(
    "boolean_net",
    hint="A function that is never true has no hidden unit, and the empty arrays need shapes (0, D) and (0,). A list of no rows has lost its D.",
    read="sec-backprop-boolean",
)
def empty_shape(inputs, outputs):
    """Without true patterns, w1 has no second axis."""
    w1 = np.array([row for row, true in zip(inputs, outputs) if true])
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


@mistake(
    "boolean_net",
    hint="The text asks for the order of inputs: hidden unit j is for the j-th true pattern.",
    read="sec-backprop-boolean",
)
def another_order(inputs, outputs):
    """The hidden units are in another order."""
    w1 = inputs[outputs][::-1].copy()
    return w1, np.full(len(w1), 1.0 - inputs.shape[1]), np.ones(len(w1)), -0.5


# --- bump_net ---


def _bumps(boxes, heights, slope, signs=(1.0, -1.0, 1.0, -1.0), threshold=1.5):
    count = len(boxes)
    along = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    return [
        (slope * np.tile(along, (count, 1)), -slope * boxes.ravel()),
        (slope * np.kron(np.eye(count), [signs]), np.full(count, -threshold * slope)),
        (heights[None], np.zeros(1)),
    ]


@mistake(
    "bump_net",
    hint="Without a threshold, the sum of the ridges is a cross: it is large all along both of them.",
    read="sec-backprop-bump",
)
def no_threshold(boxes, heights, slope):
    """The second layer has no bias."""
    return _bumps(boxes, heights, slope, threshold=0.0)


@mistake(
    "bump_net",
    hint="Inside the box the sum of the ridges is 2, on one ridge alone it is 1. Where is the middle between these two?",
    read="sec-backprop-bump",
)
def threshold_on_ridge(boxes, heights, slope):
    """The bump's threshold is 1, the height of a single ridge."""
    return _bumps(boxes, heights, slope, threshold=1.0)


@mistake("bump_net", same_as="threshold_on_ridge")
def threshold_at_top(boxes, heights, slope):
    """The bump's threshold is 2."""
    return _bumps(boxes, heights, slope, threshold=2.0)


@mistake("bump_net", same_as="threshold_on_ridge")
def threshold_half(boxes, heights, slope):
    """The bump's threshold is ½."""
    return _bumps(boxes, heights, slope, threshold=0.5)


@mistake(
    "bump_net",
    hint="A bump needs both ridges. One alone is high however far one walks along it.",
    read="sec-backprop-bump",
)
def single_ridge(boxes, heights, slope):
    """Only the ridge along one coordinate is used."""
    return _bumps(boxes, heights, slope, (1.0, -1.0, 0.0, 0.0), threshold=0.5)


@mistake(
    "bump_net",
    hint="Both cliffs of a ridge were added. The second must go down again.",
    read="sec-backprop-bump",
)
def cliffs_added(boxes, heights, slope):
    """Both cliffs of a ridge go up."""
    return _bumps(boxes, heights, slope, (1.0, 1.0, 1.0, 1.0))


@mistake(
    "bump_net",
    hint="The first cliff goes up, at x0, and the second one down, at x1. Yours make a valley.",
    read="sec-backprop-bump",
)
def valley(boxes, heights, slope):
    """The ridges are upside down."""
    return _bumps(boxes, heights, slope, (-1.0, 1.0, -1.0, 1.0))


@mistake(
    "bump_net",
    hint="σ(s (x − c)) = σ(s x − s c): the bias takes the slope as well.",
    read="sec-backprop-bump",
)
def bias_without_slope(boxes, heights, slope):
    """The first layer's biases lack the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[0] = (layers[0][0], -boxes.ravel())
    return layers


@mistake(
    "bump_net",
    hint="The bump's cliff has the slope, too: σ(s (…)).",
    read="sec-backprop-bump",
)
def second_slope_missing(boxes, heights, slope):
    """The second layer lacks the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[1] = (layers[1][0] / slope, layers[1][1] / slope)
    return layers


@mistake(
    "bump_net",
    hint="σ(s (r − c)) = σ(s r − s c): the second layer's bias takes the slope as well.",
    read="sec-backprop-bump",
)
def second_bias_without_slope(boxes, heights, slope):
    """The second layer's bias lacks the slope."""
    layers = _bumps(boxes, heights, slope)
    layers[1] = (layers[1][0], layers[1][1] / slope)
    return layers


@mistake(
    "bump_net",
    hint="A bias moves a cliff to c when it is −s c. Yours stands at −c.",
    read="sec-backprop-bump",
)
def bias_sign(boxes, heights, slope):
    """The first layer's biases have the wrong sign."""
    layers = _bumps(boxes, heights, slope)
    layers[0] = (layers[0][0], slope * boxes.ravel())
    return layers


@mistake(
    "bump_net",
    hint="A box is x0, x1, y0, y1, in this order.",
    read="sec-backprop-bump",
)
def corners_misread(boxes, heights, slope):
    """Boxes are read as x0, y0, x1, y1."""
    return _bumps(boxes[:, [0, 2, 1, 3]], heights, slope)


@mistake(
    "bump_net",
    hint="x and y have changed places.",
    read="sec-backprop-bump",
)
def axes_swapped(boxes, heights, slope):
    """x and y are swapped."""
    return _bumps(boxes[:, [2, 3, 0, 1]], heights, slope)


@mistake(
    "bump_net",
    hint="Every bump reads the ridges of all boxes. Each needs its own four units, and zeros for the others.",
    read="sec-backprop-bump",
)
def ridges_shared(boxes, heights, slope):
    """Every bump adds up the ridges of all boxes."""
    layers, count = _bumps(boxes, heights, slope), len(boxes)
    layers[1] = (slope * np.tile([1.0, -1.0, 1.0, -1.0], (count, count)), layers[1][1])
    return layers


@mistake(
    "bump_net",
    hint="The output weighs each bump by its height. Yours are all 1 high.",
    read="sec-backprop-bump",
)
def heights_ignored(boxes, heights, slope):
    """Every bump is 1 high."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (np.ones((1, len(boxes))), layers[2][1])
    return layers


@mistake(
    "bump_net",
    hint="A weight of the last layer has a row for each output, and there is one output: shape (1, B).",
    read="sec-backprop-mlp",
)
def column_of_heights(boxes, heights, slope):
    """The last weight is a column, or has one axis."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (heights[:, None], layers[2][1])
    return layers


@mistake("bump_net", same_as="column_of_heights")
def flat_heights(boxes, heights, slope):
    """The last weight has one axis."""
    layers = _bumps(boxes, heights, slope)
    layers[2] = (heights.copy(), layers[2][1])
    return layers


@mistake(
    "bump_net",
    hint="mlp_loss has weights of shape (outputs, inputs). Yours are the other way round.",
    read="sec-backprop-mlp",
)
def weights_transposed(boxes, heights, slope):
    """All weights are transposed: (inputs, outputs)."""
    return [(weight.T, bias) for weight, bias in _bumps(boxes, heights, slope)]


# --- train_autoencoder ---


def _copies(parameters):
    return [p.clone().requires_grad_() for p in parameters]


def _reconstruct(x, p):
    return torch.relu(x @ p[0].T + p[1]) @ p[2].T + p[3]


def _descend(x, parameters, lr, steps, loss_of):
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = loss_of(p)
        gradients = torch.autograd.grad(loss, p, allow_unused=True, materialize_grads=True)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="torch adds each gradient to those before it. Without a reset, step 3 walks along the sum of three gradients.",
    read="sec-backprop-autoencoder",
)
def gradients_pile_up(x, parameters, lr, steps):
    """The gradients are never set to zero."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        loss.backward()
        with torch.no_grad():
            for one in p:
                one.sub_(lr * one.grad)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The code is rectified: without a ReLU, the whole autoencoder is one matrix of low rank.",
    read="sec-backprop-autoencoder",
)
def linear_code(x, parameters, lr, steps):
    """The code has no ReLU."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: ((x @ p[0].T + p[1]) @ p[2].T + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="The reconstruction is linear: a ReLU there could never give a negative number back.",
    read="sec-backprop-autoencoder",
)
def rectified_output(x, parameters, lr, steps):
    """The reconstruction goes through a ReLU, too."""
    return _descend(
        x, parameters, lr, steps, lambda p: (torch.relu(_reconstruct(x, p)) - x).square().mean()
    )


@mistake(
    "train_autoencoder",
    hint="The loss is a mean over all N · D entries. You added them up.",
    read="sec-backprop-autoencoder",
)
def summed_loss(x, parameters, lr, steps):
    """The squared errors are summed, not averaged."""
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().sum())


@mistake(
    "train_autoencoder",
    hint="The mean is over all N · D entries, not over the N rows.",
    read="sec-backprop-autoencoder",
)
def mean_over_rows(x, parameters, lr, steps):
    """The squared errors of a row are summed, then averaged over the rows."""
    return _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().sum(dim=1).mean()
    )


@mistake(
    "train_autoencoder",
    hint="There is no ½ in the loss of the text.",
    read="sec-backprop-autoencoder",
)
def half_loss(x, parameters, lr, steps):
    """The loss has a factor ½."""
    return _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean() / 2
    )


@mistake(
    "train_autoencoder",
    hint="Absolute errors were averaged. The text asks for squares.",
    read="sec-backprop-autoencoder",
)
def absolute_error(x, parameters, lr, steps):
    """The loss is the mean absolute error."""
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).abs().mean())


@mistake(
    "train_autoencoder",
    hint="You walk uphill: the gradient points to where the loss grows.",
    read="sec-linear-descent",
)
def ascent(x, parameters, lr, steps):
    """The steps go along the gradient, not against it."""
    return _descend(x, parameters, -lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean())


@mistake(
    "train_autoencoder",
    hint="losses holds what the loss was before each step. Yours were measured after it.",
    read="sec-backprop-autoencoder",
)
def losses_after(x, parameters, lr, steps):
    """The losses are those after each step."""
    losses, trained = [], parameters
    for _ in range(steps):
        _, trained = _descend(x, trained, lr, 1, lambda p: (_reconstruct(x, p) - x).square().mean())
        losses.append((_reconstruct(x, trained) - x).square().mean().item())
    return losses, [p.clone() for p in trained]


@mistake(
    "train_autoencoder",
    hint="The tensors that you were given were changed. Train copies: p.clone().",
    read="sec-backprop-autoencoder",
)
def given_tensors_trained(x, parameters, lr, steps):
    """The given tensors themselves are trained."""
    p, losses = [one.detach() for one in parameters], []
    for _ in range(steps):
        for one in p:
            one.requires_grad_()
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        losses.append(loss.item())
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The trained tensors still ask for gradients. detach() leaves the numbers alone.",
    read="sec-backprop-autoencoder",
)
def still_require_gradients(x, parameters, lr, steps):
    """The trained tensors still require gradients."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, gradient in zip(p, gradients):
                one.sub_(lr * gradient)
        losses.append(loss.item())
    return losses, p


@mistake(
    "train_autoencoder",
    hint="A loss that is kept as a tensor keeps its whole graph in memory. The text asks for Python floats.",
    read="sec-backprop-autoencoder",
)
def losses_are_tensors(x, parameters, lr, steps):
    """The losses are tensors, not Python floats."""
    losses, trained = _descend(
        x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean()
    )
    return [torch.tensor(loss) for loss in losses], trained


@mistake(
    "train_autoencoder",
    hint="The decoder has its own weights, w2. Yours decodes with the encoder's.",
    read="sec-backprop-autoencoder",
)
def tied_weights(x, parameters, lr, steps):
    """The decoder uses the encoder's weights."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (torch.relu(x @ p[0].T + p[1]) @ p[0] + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="All four gradients belong to one point. You moved the decoder first and then took the encoder's gradient at the new place.",
    read="sec-backprop-autoencoder",
)
def one_after_the_other(x, parameters, lr, steps):
    """The four tensors are updated one after the other, each by a new gradient."""
    p, losses = _copies(parameters), []
    for _ in range(steps):
        losses.append((_reconstruct(x, p) - x).square().mean().item())
        for i in reversed(range(4)):
            loss = (_reconstruct(x, p) - x).square().mean()
            (gradient,) = torch.autograd.grad(loss, [p[i]])
            with torch.no_grad():
                p[i] -= lr * gradient
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The biases have gradients, too, and take a step as the weights do.",
    read="sec-backprop-autoencoder",
)
def biases_frozen(x, parameters, lr, steps):
    """The biases are not trained."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (_reconstruct(x, [p[0], p[1].detach(), p[2], p[3].detach()]) - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="detach() in the middle cuts the graph: the encoder gets no gradient and never learns.",
    read="sec-backprop-autoencoder",
)
def encoder_cut_off(x, parameters, lr, steps):
    """The code is detached, and the encoder never learns."""
    return _descend(
        x,
        parameters,
        lr,
        steps,
        lambda p: (torch.relu(x @ p[0].T + p[1]).detach() @ p[2].T + p[3] - x).square().mean(),
    )


@mistake(
    "train_autoencoder",
    hint="Count the steps: you took one too few or too many.",
    read="sec-linear-descent",
)
def one_step_more(x, parameters, lr, steps):
    """One step too many is taken."""
    losses, trained = _descend(
        x, parameters, lr, steps + 1, lambda p: (_reconstruct(x, p) - x).square().mean()
    )
    return losses[:steps], trained


@mistake("train_autoencoder", same_as="one_step_more")
def one_step_less(x, parameters, lr, steps):
    """One step too few is taken, with the last loss measured."""
    loss_of = lambda p: (_reconstruct(x, p) - x).square().mean()  # noqa: E731
    losses, trained = _descend(x, parameters, lr, max(steps - 1, 0), loss_of)
    return [*losses, loss_of(trained).item()][:steps], trained


@mistake(
    "train_autoencoder",
    hint="float64 in should be float64 out. A layer of torch.nn makes float32 parameters unless you say otherwise.",
    read="sec-arrays-dtypes",
)
def always_single(x, parameters, lr, steps):
    """Everything is computed in float32."""
    x, parameters = x.float(), [p.float() for p in parameters]
    return _descend(x, parameters, lr, steps, lambda p: (_reconstruct(x, p) - x).square().mean())


@mistake(
    "train_autoencoder",
    hint="Plain descent: p ← p − lr · gradient, without momentum or adaptive steps.",
    read="sec-linear-descent",
)
def momentum(x, parameters, lr, steps):
    """Momentum, or another optimiser, is used."""
    p, losses = _copies(parameters), []
    velocity = [torch.zeros_like(one) for one in p]
    for _ in range(steps):
        loss = (_reconstruct(x, p) - x).square().mean()
        gradients = torch.autograd.grad(loss, p)
        with torch.no_grad():
            for one, v, gradient in zip(p, velocity, gradients):
                v.mul_(0.9).add_(gradient)
                one.sub_(lr * v)
        losses.append(loss.item())
    return losses, [one.detach() for one in p]


@mistake(
    "train_autoencoder",
    hint="The text asks for `steps` steps, even where the loss rises: that is how one sees that the rate is too large.",
    read="sec-linear-descent",
)
def stops_when_worse(x, parameters, lr, steps):
    """Training stops when the loss rises."""
    losses, trained = [], [p.clone() for p in parameters]
    for _ in range(steps):
        found, moved = _descend(
            x, trained, lr, 1, lambda p: (_reconstruct(x, p) - x).square().mean()
        )
        if losses and found[0] > losses[-1]:
            losses += [losses[-1]] * (steps - len(losses))
            break
        losses += found
        trained = moved
    return losses, trained
