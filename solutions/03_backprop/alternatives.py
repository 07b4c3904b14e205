"""Right answers to assignment 3, written in other ways than the solution: all get full marks."""

import heapq

import numpy as np
import torch

from autograder.authoring.catalogue import alternative


@alternative("gate")
def one_formula(kind, x, y, dz):
    """Each gate as a triple of arrays, ties by a sign."""
    if kind == "add":
        return np.add(x, y), dz * np.ones_like(x), dz * np.ones_like(y)
    if kind == "mul":
        return np.multiply(x, y), np.multiply(y, dz), np.multiply(x, dz)
    sign = np.sign(np.subtract(x, y))
    return np.maximum(x, y), dz * (1 + sign) / 2, dz * (1 - sign) / 2


@alternative("gate")
def by_counting_winners(kind, x, y, dz):
    """Half for each input that is not beaten, and half for each that wins."""
    match kind:
        case "add":
            return y + x, dz + 0, dz + 0
        case "mul":
            return y * x, y * dz, x * dz
    x_share = 0.5 * (np.asarray(x) >= y) + 0.5 * (np.asarray(x) > y)
    return np.where(np.asarray(x) > y, x, y), dz * x_share, dz * (1 - x_share)


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


@alternative("norm2_grad")
def by_einsum(weight, x):
    """Index notation throughout."""
    q = np.einsum("ij,j->i", weight, x)
    return (q**2).sum(), 2 * np.einsum("i,j->ij", q, x), 2 * np.einsum("i,ij->j", q, weight)


@alternative("norm2_grad")
def with_columns(weight, x):
    """Columns and the matrix WᵀW."""
    column = x[:, None]
    q = weight @ column
    return np.linalg.norm(q) ** 2, 2 * q @ column.T, (2 * weight.T @ weight @ column).ravel()


@alternative("affine")
def with_ones(x, weight, bias, dy):
    """The bias as one more column of the weight."""
    n, d = len(x), weight.shape[1]
    rows = np.hstack([x.reshape(n, d), np.ones((n, 1), x.dtype)])
    theta = np.hstack([weight, bias[:, None]])
    dtheta, drows = dy.T @ rows, dy @ theta
    dx = drows[:, :-1].reshape(x.shape)
    return rows @ theta.T, dx, dtheta[:, :-1], dtheta[:, -1]


@alternative("affine")
def by_index_notation(x, weight, bias, dy):
    """einsum, and the size computed from the shape."""
    rows = x.reshape(x.shape[0], int(np.prod(x.shape[1:])))
    y = np.einsum("nd,kd->nk", rows, weight) + bias
    dx = np.einsum("nk,kd->nd", dy, weight)
    return y, np.reshape(dx, x.shape), np.einsum("nk,nd->kd", dy, rows), np.einsum("nk->k", dy)


@alternative("activation")
def by_masks(kind, x, dy, alpha):
    """Index masks, one branch at a time."""
    if kind == "maxout":
        pairs = x.reshape(len(x), -1, 2)
        winner = pairs.argmax(axis=2)[..., None]
        dpairs = np.zeros_like(pairs)
        np.put_along_axis(dpairs, winner, dy[..., None], axis=2)
        return np.take_along_axis(pairs, winner, axis=2)[..., 0], dpairs.reshape(x.shape), 0.0
    y, slope, by_alpha = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    up, down = x > 0, x <= 0
    if kind == "sigmoid":
        y[up] = 1 / (1 + np.exp(-x[up]))
        y[down] = np.exp(x[down]) / (1 + np.exp(x[down]))
        slope = y - y * y
    elif kind == "tanh":
        y = np.tanh(x)
        slope = (1 - y) * (1 + y)
    elif kind == "step":
        y[x >= 0] = 1
    else:
        y[up], slope[up] = x[up], 1
        if kind == "elu":
            y[down], slope[down] = alpha * (np.exp(x[down]) - 1), alpha * np.exp(x[down])
            by_alpha[down] = np.exp(x[down]) - 1
        if kind == "prelu":
            y[down], slope[down], by_alpha[down] = alpha * x[down], alpha, x[down]
    return y, dy * slope, float(np.vdot(dy, by_alpha))


@alternative("activation")
def by_clipping(kind, x, dy, alpha):
    """Positive and negative parts, and formulas that overflow in a branch that is not taken."""
    positive, negative = np.maximum(x, 0), np.minimum(x, 0)
    with np.errstate(over="ignore"):
        if kind == "sigmoid":
            y = 1 / (1 + np.exp(-x))
            return y, dy * (y * (1 - y)), 0.0
        if kind == "tanh":
            return np.tanh(x), dy * (1 - np.square(np.tanh(x))), 0.0
        if kind == "elu":
            y = positive + alpha * (np.exp(negative) - 1)
            dx = np.where(x > 0, dy, alpha * np.exp(x) * dy)
            return y, dx, np.sum(dy * (np.exp(negative) - 1))
    if kind == "step":
        return np.heaviside(x, np.ones((), x.dtype)), 0 * dy, 0.0
    if kind == "relu":
        return positive, np.where(x > 0, dy, 0), 0.0
    if kind == "prelu":
        return (
            positive + alpha * negative,
            np.where(x > 0, 1, alpha).astype(x.dtype) * dy,
            np.sum(dy * negative),
        )
    columns = np.arange(x.shape[1]) % 2 == 0
    dx = np.zeros(x.shape, x.dtype)
    dx[:, columns] = np.where(x[:, columns] >= x[:, ~columns], dy, 0)
    dx[:, ~columns] = np.where(x[:, columns] < x[:, ~columns], dy, 0)
    return x.reshape(len(x), -1, 2).max(axis=2), dx, 0.0


@alternative("unit_report")
def one_unit_at_a_time(a, kind, threshold):
    """A loop over the units, the sigmoid by two formulas."""
    if kind == "sigmoid":
        small = np.exp(-np.abs(a))
        y = np.where(a >= 0, 1 / (1 + small), small / (1 + small))
        slope = small / (1 + small) ** 2
        slope[np.abs(a) > 700] = 0
    elif kind == "tanh":
        y = np.tanh(a)
        slope = (1 + y) * (1 - y)
    else:
        y, slope = a * (a > 0), np.where(a > 0, 1.0, 0.0)
    dead = sum(1 for j in range(a.shape[1]) if slope[:, j].max() <= threshold)
    return float(np.mean(y)), np.count_nonzero(slope <= threshold) / a.size, dead / a.shape[1]


@alternative("count_parameters")
def by_indices(sizes):
    """A loop over the layers."""
    shapes, total = [], 0
    for j in range(len(sizes) - 1):
        shapes.append((sizes[j + 1], sizes[j] + 1))
        total += sizes[j + 1] * sizes[j] + sizes[j + 1]
    return shapes, total


@alternative("mlp_loss")
def recursive(layers, x, labels, weight_decay):
    """Each layer calls the next one and hands back what comes from it."""

    def descend(i, h):
        weight, bias = layers[i]
        a = np.einsum("nd,kd->nk", h, weight) + bias
        if i + 1 < len(layers):
            loss, da, gradients = descend(i + 1, np.where(a > 0, a, 0))
            da = np.where(a > 0, da, 0)
        else:
            top = a.max(axis=1)
            log_sum = top + np.log(np.exp(a - top[:, None]).sum(axis=1))
            right = a[np.arange(len(a)), labels]
            one_hot = np.arange(a.shape[1]) == labels[:, None]
            da = (np.exp(a - log_sum[:, None]) - one_hot) / len(a)
            loss, gradients = np.mean(log_sum - right), []
        loss = loss + weight_decay * np.sum(weight * weight)
        own = (da.T @ h + weight_decay * (weight + weight), da.sum(0))
        return loss, da @ weight, [own, *gradients]

    loss, _, gradients = descend(0, x)
    return float(loss), gradients


@alternative("mlp_loss")
def with_lists(layers, x, labels, weight_decay):
    """Gradients are filled into a list, pairs are lists."""
    depth, n = len(layers), x.shape[0]
    h = [x]
    for i in range(depth - 1):
        h.append(np.maximum(0, h[i] @ layers[i][0].T + layers[i][1]))
    scores = h[-1] @ layers[-1][0].T + layers[-1][1]
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = sum(-log_p[i, int(labels[i])] for i in range(n)) / n
    gradient = p.copy()
    for i in range(n):
        gradient[i, int(labels[i])] -= 1
    gradient /= n
    gradients = [None] * depth
    for i in range(depth - 1, -1, -1):
        weight = layers[i][0]
        loss += weight_decay * np.linalg.norm(weight) ** 2
        gradients[i] = [gradient.T @ h[i] + 2 * weight_decay * weight, gradient.sum(axis=0)]
        if i:
            gradient = (gradient @ weight) * (h[i] > 0)
    return loss, gradients


@alternative("boolean_net")
def exact_thresholds(inputs, outputs):
    """The threshold D itself, and the output's 1: integers throughout."""
    h, d = int(outputs.sum()), inputs.shape[1]
    return inputs[outputs], np.full(h, -float(d)), np.ones(h), -1


@alternative("boolean_net")
def scaled(inputs, outputs):
    """Other weights that draw the same lines."""
    chosen = np.flatnonzero(outputs)
    w1 = 3.0 * inputs[chosen]
    return w1, np.full(len(chosen), -3.0 * inputs.shape[1] + 1), np.full(len(chosen), 2.0), -1.0


@alternative("bump_net")
def box_by_box(boxes, heights, slope):
    """Units filled in one at a time, in another order."""
    count = len(boxes)
    w1, b1 = np.zeros((4 * count, 2)), np.zeros(4 * count)
    w2, b2 = np.zeros((count, 4 * count)), np.zeros(count)
    for i, box in enumerate(boxes):
        for j, edge in enumerate(box):
            unit = j * count + i
            w1[unit, j // 2] = slope
            b1[unit] = -slope * edge
            w2[i, unit] = -slope if j % 2 else slope
        b2[i] = -slope * 3 / 2
    return [(w1, b1), (w2, b2), (np.array([heights]), np.array([0.0]))]


@alternative("bump_net")
def cliffs_down(boxes, heights, slope):
    """The second cliff of a ridge falls: 1 − σ(a) = σ(−a) moves a 1 into the bias."""
    count = len(boxes)
    sign = np.tile([1.0, -1.0, 1.0, -1.0], count)
    along = np.tile([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], (count, 1))
    w2 = np.zeros((count, 4 * count))
    for i in range(count):
        w2[i, 4 * i : 4 * i + 4] = slope
    layers = [(slope * sign[:, None] * along, -slope * sign * boxes.reshape(-1))]
    layers.append((w2, np.full(count, -3.5 * slope)))
    return [*layers, (heights.reshape(1, -1).copy(), np.zeros(1))]


@alternative("train_autoencoder")
def by_an_optimizer(x, parameters, lr, steps):
    """torch.optim.SGD, and the loss from torch."""
    trained = [torch.nn.Parameter(p.clone()) for p in parameters]
    optimizer = torch.optim.SGD(trained, lr=lr)
    losses = []
    for _ in range(steps):
        code = torch.nn.functional.linear(x, trained[0], trained[1]).relu()
        loss = torch.nn.functional.mse_loss(
            torch.nn.functional.linear(code, trained[2], trained[3]), x
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses, [p.detach().clone() for p in trained]


@alternative("train_autoencoder")
def new_tensors(x, parameters, lr, steps):
    """Every step makes new tensors."""
    p, losses = [q.detach() for q in parameters], []
    while len(losses) < steps:
        p = [q.requires_grad_() for q in [r.clone() for r in p]]
        hidden = (x @ p[0].T + p[1]).clamp(min=0)
        loss = ((x - p[3] - hidden @ p[2].T) ** 2).sum() / x.numel()
        loss.backward()
        losses.append(loss.detach().item())
        p = [q.detach() - lr * q.grad for q in p]
    return losses, p
