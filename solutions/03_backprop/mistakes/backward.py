"""Wrong answers to `backward` that students really give, and right ones written another way."""

import heapq

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


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
    read="sec-backprop-reuse",
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
    corner="other nodes",
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
    read="sec-backprop-reuse",
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
    read="sec-backprop-reuse",
)
def passed_on_again(graph, values, output, earlier):
    """A node passes on its whole gradient each time that some of it arrives."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting, visits = [output], 0
    while waiting and visits < 400:
        name, visits = waiting.pop(0), visits + 1
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            waiting.append(i)
    return _with(earlier, gradient)


@mistake(
    "backward",
    corner="size",
    hint="Your walk follows every path from the output to the leaves. Let a node wait until all that it feeds have been visited: then it is visited once.",
    read="sec-backprop-reuse",
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
    corner="size",
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
    corner="size",
    hint="Each time you look for the next node you look through all of them: the time grows with the square of their number. Note how many uses of a node are still open, and count them down.",
    read="sec-backprop-scalar",
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
    corner="earlier gradients",
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


@mistake("backward", same_as="earlier_passed_on", corner="earlier gradients")
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
    corner="earlier gradients",
    hint="A second call adds to what the first has left. What does `earlier` hold for this node?",
    read="sec-backprop-diamond",
)
def earlier_ignored(graph, values, output, earlier):
    """The gradients of earlier calls are left out."""
    return _walk(graph, values, output, {})


@mistake(
    "backward",
    corner="earlier gradients",
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
    corner="broadcasting",
    hint="Where an input was repeated, its one entry is used several times, and its gradient is the sum over all of them, in the input's shape.",
    read="sec-backprop-broadcasting",
)
def not_unbroadcast(graph, values, output, earlier):
    """Gradients keep the shape that broadcasting made."""
    return _with(earlier, _walk(graph, values, output, {}, lambda dx, shape: dx))


@mistake(
    "backward",
    corner="broadcasting",
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
    corner="broadcasting",
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
    corner="broadcasting",
    hint="Broadcasting also puts axes in front of a shorter shape: those are to be summed, too.",
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
    corner="broadcasting",
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
    gradient = {output: np.ones(())}
    rules = ALL_RULES | {"sum": lambda dy, y, a: (dy,)}
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = rules[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                dx = _fit(dx, values[i].shape) if dx.ndim else dx
                gradient[i] = gradient[i] + dx if i in gradient else dx
    return _with(earlier, _zeros(values) | gradient)


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
    corner="ReLU at 0",
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
    corner="other nodes",
    hint="Nodes on which the output does not depend are missing. Their gradient is 0, in their shape.",
    read="sec-backprop-graph",
)
def others_missing(graph, values, output, earlier):
    """Nodes that the output does not depend on are left out."""
    gradient = _walk(graph, values, output, {})
    return _with(earlier, {name: gradient[name] for name in _order(graph, output)})


@mistake(
    "backward",
    corner="other nodes",
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


@mistake(
    "backward",
    hint="Your walk has no rule yet for one of the six operations.",
    read="sec-backprop-tensor",
)
def rules_missing(graph, values, output, earlier):
    """matmul has no rule yet."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    rules = {"add": _plus, "mul": _times, "exp": _exponential, "relu": _rectified, "sum": _total}
    for name in reversed(_order(graph, output)):
        if name in graph:
            operation, inputs = graph[name]
            dxs = rules[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + _fit(dx, values[i].shape)
    return _with(earlier, gradient)


@mistake(
    "backward",
    hint="A tuple or a list of gradients does not tell which node each belongs to. Return a dictionary, {name: gradient}.",
    read="sec-backprop-graph",
)
def not_a_dictionary(graph, values, output, earlier):
    """The gradients come without names."""
    return list(_with(earlier, _walk(graph, values, output, {})).values())


@mistake(
    "backward",
    corner="earlier gradients",
    hint="Your result leaves out what `earlier` has for nodes that are computed. The text adds it wherever `earlier` has the node, a leaf or not.",
    read="sec-backprop-diamond",
)
def earlier_for_leaves_only(graph, values, output, earlier):
    """Only the leaves get what earlier calls have left."""
    gradient = _walk(graph, values, output, {})
    return _with({name: g for name, g in earlier.items() if name not in graph}, gradient)


@mistake(
    "backward",
    corner="broadcasting",
    hint="Sum each gradient over the copies before you add it to the others. Added first, a gradient of the input's own shape is stretched as well, and then counted once for every copy.",
    read="sec-backprop-broadcasting",
)
def summed_after_adding(graph, values, output, earlier):
    """Gradients are added first, and summed over the copies afterwards."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    for name in reversed(_order(graph, output)):
        gradient[name] = _fit(gradient[name], values[name].shape)
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                gradient[i] = gradient[i] + dx
    return _with(earlier, gradient)


@mistake(
    "backward",
    corner="other nodes",
    hint="The gradient of a node has the node's shape, also where it is 0: an array of zeros, np.zeros_like(values[name]).",
    read="sec-backprop-diamond",
)
def zero_without_shape(graph, values, output, earlier):
    """A node on which the output does not depend gets a plain 0."""
    gradient, reached = _walk(graph, values, output, {}), set(_order(graph, output))
    return _with(earlier, {n: g if n in reached else np.zeros(()) for n, g in gradient.items()})


@mistake("backward", same_as="passed_on_again")
def passed_on_again_from_a_queue(graph, values, output, earlier):
    """A node passes on its whole gradient each time, and stands in a queue once at most."""
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
            if i not in waiting:
                waiting.append(i)
    return _with(earlier, gradient)


@mistake("backward", same_as="passed_on_again")
def passed_on_again_from_a_stack(graph, values, output, earlier):
    """A node passes on its whole gradient each time that it comes from a stack."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting, visits = [output], 0
    while waiting and visits < 400:
        name, visits = waiting.pop(), visits + 1
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            waiting.append(i)
    return _with(earlier, gradient)


@mistake("backward", same_as="passed_on_again")
def passed_on_again_once_on_a_stack(graph, values, output, earlier):
    """A node passes on its whole gradient each time, and stands on a stack once at most."""
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    waiting = [output]
    while waiting:
        name = waiting.pop()
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
            if i not in waiting:
                waiting.append(i)
    return _with(earlier, gradient)


@mistake("backward", same_as="passed_on_again")
def passed_on_again_by_recursion(graph, values, output, earlier):
    """A recursive function passes on the whole gradient each time that some of it arrives."""
    gradient, visits = _zeros(values), []

    def send(name, dy):
        gradient[name] = gradient[name] + dy
        visits.append(name)
        if name in graph and len(visits) < 400:
            operation, inputs = graph[name]
            dy, ins = gradient[name], [values[i] for i in inputs]
            for i, dx in zip(inputs, ALL_RULES[operation](dy, values[name], *ins)):
                send(i, _fit(dx, values[i].shape))

    send(output, np.ones(()))
    return _with(earlier, gradient)


@mistake(
    "backward",
    corner="earlier gradients",
    hint="Where `earlier` has a node, your result is what `earlier` holds, and the new gradient is lost. Add the two.",
    read="sec-backprop-diamond",
)
def earlier_replaces(graph, values, output, earlier):
    """The gradients of earlier calls replace the new ones."""
    return _walk(graph, values, output, {}) | earlier


def _first_copy(dx, shape):
    dx = dx[(0,) * (dx.ndim - len(shape))]
    return dx[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


@mistake(
    "backward",
    corner="broadcasting",
    hint="The shape is right, but the gradient is that of one copy alone. Every copy of an entry has an effect: add them up.",
    read="sec-backprop-broadcasting",
)
def one_copy(graph, values, output, earlier):
    """Of the gradients of all copies, the first one is kept."""
    return _with(earlier, _walk(graph, values, output, {}, _first_copy))


@mistake(
    "backward",
    hint="A node that goes twice into x · x is counted as having one reader, and ticked off twice: so it passes its gradient on before its other readers have "
    "reported. Count uses where you tick off uses.",
    read="sec-backprop-reuse",
)
def readers_counted_uses_ticked_off(graph, values, output, earlier):
    """A node that goes in twice is counted once and ticked off twice."""
    return _ticked_off(graph, values, output, earlier, counted=set, ticked=tuple)


@mistake(
    "backward",
    hint="A node that goes twice into x · x is counted twice, and ticked off once: it waits for ever, and passes nothing on. Tick off as often as you count.",
    read="sec-backprop-reuse",
)
def uses_counted_readers_ticked_off(graph, values, output, earlier):
    """A node that goes in twice is counted twice and ticked off once."""
    return _ticked_off(graph, values, output, earlier, counted=tuple, ticked=set)


def _ticked_off(graph, values, output, earlier, counted, ticked):
    gradient = _zeros(values)
    gradient[output] = np.ones(())
    uses, waiting = dict.fromkeys(values, 0), [output]
    for name in _order(graph, output):
        for i in counted(graph.get(name, ("", ()))[1]):
            uses[i] += 1
    while waiting:
        name = waiting.pop(0)
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dxs = ALL_RULES[operation](gradient[name], values[name], *(values[i] for i in inputs))
        for i, dx in zip(inputs, dxs):
            gradient[i] = gradient[i] + _fit(dx, values[i].shape)
        for i in ticked(inputs):
            uses[i] -= 1
            if uses[i] == 0:
                waiting.append(i)
    return _with(earlier, gradient)


@mistake(
    "backward",
    corner="earlier gradients",
    hint="Nodes on which output does not depend lose what earlier calls have left for them. 0 is added to it, which changes nothing: it stays.",
    read="sec-backprop-reuse",
)
def earlier_lost_beside_the_walk(graph, values, output, earlier):
    """Only nodes that the walk reaches get their earlier gradients."""
    reached = {*_order(graph, output)}
    gradient = _right(graph, values, output)
    return {n: g + earlier.get(n, 0) if n in reached else g for n, g in gradient.items()}


def _right(graph, values, output):
    gradient = _zeros(values)
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
    hint="Look at the shapes: in y = a @ b, the gradient of b is aᵀ times that of y, and has the shape of b. Yours is its transpose, gᵀ a for aᵀ g.",
    read="sec-backprop-affine",
)
def matmul_second_transposed(graph, values, output, earlier):
    """matmul gives the transpose of a gradient."""
    rule = {"matmul": lambda dy, y, a, b: (dy @ b.T, dy.T @ a)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="matmul_second_transposed")
def matmul_first_transposed(graph, values, output, earlier):
    """matmul gives the transpose of its first factor's gradient."""
    rule = {"matmul": lambda dy, y, a, b: (b @ dy.T, a.T @ dy)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="matmul_second_transposed")
def matmul_both_transposed(graph, values, output, earlier):
    """matmul gives the transposes of both gradients."""
    rule = {"matmul": lambda dy, y, a, b: (b @ dy.T, dy.T @ a)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="add_to_the_first")
def add_divides(graph, values, output, earlier):
    """add divides the gradient between its inputs."""
    rule = {"add": lambda dy, y, a, b: (dy / 2, dy / 2)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="A sum passes its gradient on as it is, to each of its inputs. Yours gets lost at one of them, or is divided between them.",
    read="sec-backprop-gates",
)
def add_to_the_first(graph, values, output, earlier):
    """add passes the gradient to one of its inputs only, or divides it."""
    rule = {"add": lambda dy, y, a, b: (dy, 0 * dy)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="add_to_the_first")
def add_to_the_second(graph, values, output, earlier):
    """add passes the gradient to its second input only."""
    rule = {"add": lambda dy, y, a, b: (0 * dy, dy)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="The derivative of x · y by x is y, not the product.",
    read="sec-backprop-gates",
)
def mul_by_the_product(graph, values, output, earlier):
    """mul multiplies the gradient by its output."""
    rule = {"mul": lambda dy, y, a, b: (dy * y, dy * y)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="The derivative of eˣ is eˣ: multiply by the output. You divide by it, as for a logarithm.",
    read="sec-backprop-gates",
)
def exp_divides(graph, values, output, earlier):
    """exp divides the gradient by its output."""
    rule = {"exp": lambda dy, y, a: (dy / y,)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="Every entry is added with the factor 1, so every entry gets the gradient as it is. You multiply it by the entry.",
    read="sec-backprop-vectorised",
)
def sum_times_the_entries(graph, values, output, earlier):
    """sum multiplies the gradient by its input."""
    rule = {"sum": lambda dy, y, a: (dy * a,)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="The chain rule multiplies by the gradient that comes from above, in matmul, too. Yours is made of the factors alone.",
    read="sec-backprop-affine",
)
def matmul_without_gradient(graph, values, output, earlier):
    """matmul leaves out the gradient that came in."""
    rule = {"matmul": lambda dy, y, a, b: (np.ones_like(dy) @ b.T, a.T @ np.ones_like(dy))}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake(
    "backward",
    hint="Only the output has the derivative 1 by itself. All other nodes start at 0, and get what comes back to them.",
    read="sec-backprop-reuse",
)
def starts_with_ones(graph, values, output, earlier):
    """Every gradient starts at 1."""
    order, seen = [], set()
    stack = [(output, False)]
    while stack:
        name, done = stack.pop()
        if done:
            order.append(name)
            continue
        if name in seen:
            continue
        seen.add(name)
        stack.append((name, True))
        if name in graph:
            for i in graph[name][1]:
                if i not in seen:
                    stack.append((i, False))
    grads = {k: np.ones_like(v, dtype=float) for k, v in values.items()}
    grads[output] = np.array(1.0)

    def fit(g, shape):
        g = np.asarray(g)
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for ax, n in enumerate(shape):
            if n == 1 and g.shape[ax] != 1:
                g = g.sum(axis=ax, keepdims=True)
        return g

    for name in reversed(order):
        if name not in graph:
            continue
        op, ins = graph[name]
        g = grads[name]
        v = [values[i] for i in ins]
        if op == "add":
            ds = [g, g]
        elif op == "mul":
            ds = [g * v[1], g * v[0]]
        elif op == "matmul":
            ds = [g @ v[1].T, v[0].T @ g]
        elif op == "exp":
            ds = [g * values[name]]
        elif op == "relu":
            ds = [g * (v[0] > 0)]
        else:
            ds = [g * np.ones(v[0].shape)]
        for i, d in zip(ins, ds):
            grads[i] = grads[i] + fit(d, values[i].shape)
    return {k: grads[k] + earlier[k] if k in earlier else grads[k] for k in values}


@mistake("backward", same_as="sum_not_spread")
def sum_stays_a_number(graph, values, output, earlier):
    """sum passes on a number, which later nodes stretch."""
    order, seen = [], set()
    stack = [(output, False)]
    while stack:
        name, done = stack.pop()
        if done:
            order.append(name)
            continue
        if name in seen:
            continue
        seen.add(name)
        stack.append((name, True))
        if name in graph:
            for i in graph[name][1]:
                if i not in seen:
                    stack.append((i, False))
    grads = {k: np.zeros_like(v, dtype=float) for k, v in values.items()}
    grads[output] = np.array(1.0)

    def fit(g, shape):
        g = np.asarray(g)
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for ax, n in enumerate(shape):
            if n == 1 and g.shape[ax] != 1:
                g = g.sum(axis=ax, keepdims=True)
        return g

    for name in reversed(order):
        if name not in graph:
            continue
        op, ins = graph[name]
        g = grads[name]
        v = [values[i] for i in ins]
        if op == "add":
            ds = [g, g]
        elif op == "mul":
            ds = [g * v[1], g * v[0]]
        elif op == "matmul":
            ds = [g @ v[1].T, v[0].T @ g]
        elif op == "exp":
            ds = [g * values[name]]
        elif op == "relu":
            ds = [g * (v[0] > 0)]
        else:
            ds = [g]
        for i, d in zip(ins, ds):
            grads[i] = grads[i] + fit(d, values[i].shape)
    return {k: grads[k] + earlier[k] if k in earlier else grads[k] for k in values}


# --- right answers, written another way ---


@alternative("backward")
def depth_first_order(graph, values, output, earlier):
    """A post-order of the nodes below the output, by a stack, walked from its end."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        name, finished = stack.pop()
        if finished:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            if name in graph:
                stack.extend((i, False) for i in graph[name][1])
    new = {output: np.array(1.0)}

    def send(name, dx):
        shape = values[name].shape
        while dx.ndim > len(shape):
            dx = dx.sum(axis=0)
        for axis, size in enumerate(shape):
            if size == 1:
                dx = dx.sum(axis=axis, keepdims=True)
        new[name] = new[name] + dx if name in new else np.array(dx)

    for name in reversed(order):
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dy = new[name]
        if operation == "add":
            send(inputs[0], dy)
            send(inputs[1], dy)
        elif operation == "mul":
            send(inputs[0], dy * values[inputs[1]])
            send(inputs[1], dy * values[inputs[0]])
        elif operation == "matmul":
            send(inputs[0], dy @ values[inputs[1]].T)
            send(inputs[1], values[inputs[0]].T @ dy)
        elif operation == "exp":
            send(inputs[0], dy * np.exp(values[inputs[0]]))
        elif operation == "relu":
            send(inputs[0], np.where(values[inputs[0]] > 0, dy, 0.0))
        else:
            send(inputs[0], np.broadcast_to(dy, values[inputs[0]].shape))
    result = {}
    for name, value in values.items():
        result[name] = new.get(name, np.zeros_like(value))
        if name in earlier:
            result[name] = result[name] + earlier[name]
    return result


@alternative("backward")
def by_level(graph, values, output, earlier):
    """Nodes in the order of their height above the leaves, from a heap."""
    above = {}
    for name, (_, inputs) in graph.items():
        for i in inputs:
            above.setdefault(i, []).append(name)
    missing = {name: len(set(inputs)) for name, (_, inputs) in graph.items()}
    height = {name: 0 for name in values if name not in graph}
    queue = list(height)
    for name in queue:
        for user in set(above.get(name, [])):
            missing[user] -= 1
            if missing[user] == 0:
                height[user] = 1 + max(height[i] for i in graph[user][1])
                queue.append(user)
    gradient = {name: np.zeros_like(values[name]) for name in values}
    gradient[output] = np.ones_like(values[output])
    heap, seen = [(-height[output], output)], {output}
    while heap:
        _, name = heapq.heappop(heap)
        if name not in graph:
            continue
        operation, inputs = graph[name]
        dy, ins = gradient[name], [values[i] for i in inputs]
        dxs = {
            "add": lambda: [dy, dy],
            "mul": lambda: [dy * ins[1], dy * ins[0]],
            "matmul": lambda: [dy @ ins[1].T, ins[0].T @ dy],
            "exp": lambda: [dy * values[name]],
            "relu": lambda: [dy * (values[name] > 0)],
            "sum": lambda: [np.full(ins[0].shape, dy)],
        }[operation]()
        for i, dx in zip(inputs, dxs):
            shape = (1,) * (dx.ndim - values[i].ndim) + values[i].shape
            axes = tuple(n for n in range(dx.ndim) if shape[n] == 1)
            gradient[i] = gradient[i] + dx.sum(axis=axes).reshape(values[i].shape)
            if i not in seen:
                seen.add(i)
                heapq.heappush(heap, (-height[i], i))
    return {name: gradient[name] + earlier.get(name, np.zeros(())) for name in values}


@mistake("backward", same_as="matmul_swapped")
def matmul_input_not_transposed(graph, values, output, earlier):
    """matmul's second gradient has the first factor as it is, on a square."""
    rule = {"matmul": lambda dy, y, a, b: (dy @ b.T, a @ dy)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="matmul_swapped")
def matmul_gradients_exchanged(graph, values, output, earlier):
    """matmul gives each factor the other's gradient."""
    rule = {"matmul": lambda dy, y, a, b: (a.T @ dy, dy @ b.T)}
    return _with(earlier, _walk(graph, values, output, rule))


@mistake("backward", same_as="every_path", corner="size")
def every_path_by_recursion(graph, values, output, earlier):
    """A recursive function walks every path on its own."""
    gradient = _zeros(values)

    def walk(name, dy):
        gradient[name] = gradient[name] + dy
        if name in graph:
            operation, inputs = graph[name]
            dxs = ALL_RULES[operation](dy, values[name], *(values[i] for i in inputs))
            for i, dx in zip(inputs, dxs):
                walk(i, _fit(dx, values[i].shape))

    walk(output, np.ones(()))
    return _with(earlier, gradient)


@mistake(
    "backward",
    corner="other nodes",
    hint="Nodes on which the output does not depend have a gradient as well: zeros, in the shape of the node. Yours is None.",
    read="sec-backprop-diamond",
)
def none_for_the_others(graph, values, output, earlier):
    """A node on which the output does not depend gets None."""
    reached, gradient = {*_order(graph, output)}, _walk(graph, values, output, {})
    return {
        name: g + earlier.get(name, 0) if name in reached else earlier.get(name)
        for name, g in gradient.items()
    }


@mistake(
    "backward",
    corner="earlier gradients",
    hint="earlier has gradients for some of the nodes only, and earlier[name] fails for the others. earlier.get(name, 0) gives 0 there.",
    read="sec-backprop-diamond",
)
def earlier_expected_for_all(graph, values, output, earlier):
    """Earlier gradients are expected for every node."""
    gradient = _walk(graph, values, output, {})
    return {name: g + earlier[name] if earlier else g for name, g in gradient.items()}


@mistake(
    "backward",
    corner="size",
    hint="`in` looks through a list from its start, node after node: with twice the nodes that is four times the work. A set or a dictionary knows at once.",
    read="sec-backprop-reuse",
)
def visited_in_a_list(graph, values, output, earlier):
    """The visited nodes are searched for in a list."""
    order, done, stack = [], [], [output]
    while stack:
        name = stack[-1]
        waiting = [i for i in graph.get(name, ("", ()))[1] if i not in done]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if name not in done:
                done.append(name)
                order.append(name)
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
    hint="By the chain rule, mul multiplies the gradient that comes in by the value of the other factor. Yours sends on that value alone, to one factor or both.",
    read="sec-backprop-gates",
)
def mul_without_gradient(graph, values, output, earlier):
    """mul leaves out the gradient that came in."""
    changed = {"mul": lambda dy, y, a, b: (b + 0 * y, a + 0 * y)}
    return _with(earlier, _walk(graph, values, output, changed))


@mistake("backward", same_as="mul_without_gradient")
def mul_without_gradient_for_the_second(graph, values, output, earlier):
    """mul leaves out the gradient for its second factor."""
    changed = {"mul": lambda dy, y, a, b: (dy * b, a + 0 * y)}
    return _with(earlier, _walk(graph, values, output, changed))


@mistake("backward", same_as="mul_without_gradient")
def mul_without_gradient_for_the_first(graph, values, output, earlier):
    """mul leaves out the gradient for its first factor."""
    changed = {"mul": lambda dy, y, a, b: (b + 0 * y, dy * a)}
    return _with(earlier, _walk(graph, values, output, changed))


@mistake(
    "backward",
    hint="By the chain rule, mul multiplies the gradient that comes in by the value of the other factor. Yours multiplies by that gradient twice.",
    read="sec-backprop-gates",
)
def mul_with_the_gradient_twice(graph, values, output, earlier):
    """mul multiplies by the gradient that came in twice: by hand and in the walk."""
    changed = {"mul": lambda dy, y, a, b: (dy * dy * b, dy * dy * a)}
    return _with(earlier, _walk(graph, values, output, changed))


@mistake(
    "backward",
    hint="exp sends on the gradient that comes in times eˣ, its own value. Yours sends on eˣ alone.",
    read="sec-backprop-gates",
)
def exp_without_gradient(graph, values, output, earlier):
    """exp leaves out the gradient that came in."""
    return _with(earlier, _walk(graph, values, output, {"exp": lambda dy, y, a: (y,)}))


@mistake(
    "backward",
    hint="relu sends on the gradient that comes in where its input is positive. Yours sends on 1 there.",
    read="sec-backprop-relu",
)
def relu_without_gradient(graph, values, output, earlier):
    """relu leaves out the gradient that came in."""
    return _with(earlier, _walk(graph, values, output, {"relu": lambda dy, y, a: (1.0 * (a > 0),)}))


@mistake(
    "backward",
    hint="add sends the gradient that comes in to both inputs as it is. Yours sends 1.",
    read="sec-backprop-gates",
)
def add_without_gradient(graph, values, output, earlier):
    """add sends on 1, not the gradient that came in."""
    ones = {"add": lambda dy, y, a, b: (np.ones(y.shape), np.ones(y.shape))}
    return _with(earlier, _walk(graph, values, output, ones))


@mistake(
    "backward",
    hint="A product is no sum: each factor gets the gradient that comes in times the value of the other factor.",
    read="sec-backprop-gates",
)
def mul_passes(graph, values, output, earlier):
    """mul passes the gradient on as add does."""
    return _with(earlier, _walk(graph, values, output, {"mul": _plus}))


@mistake(
    "backward",
    hint="Your rule for mul gives both factors the same. Each gets the gradient that comes in times the value of the other factor.",
    read="sec-backprop-gates",
)
def mul_the_same_for_both(graph, values, output, earlier):
    """mul multiplies by the same factor for both of its inputs."""
    changed = {"mul": lambda dy, y, a, b: (dy * b, dy * b)}
    return _with(earlier, _walk(graph, values, output, changed))
