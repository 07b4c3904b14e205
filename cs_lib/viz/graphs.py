"""Drawings of computations: a scalar graph with its numbers, a network with its units."""

import itertools

import numpy as np

from cs_lib.numpy.autograd.scalar import topological_order

from .style import COLORS, WIDTH, new_axes

FONT = 9.5  # points, of what stands at an edge


def show_graph(output, names, *, gradients=True, ax=None):
    """Draw the graph that an output was computed by, values and gradients on its edges.

    output: autograd.Value, names: dict of Value -> text, one for each number of the graph: the
    inputs' names, the others' operations. Above an edge stands the value that it carries, below it
    after "∂" what comes back along it: the local derivative times the gradient of its end. An
    input has its whole gradient under its value. gradients: needs output.backward(), called once.
    """
    order = topological_order(output)
    missing = sum(value not in names for value in order)
    if missing:
        raise ValueError(f"show_graph: {missing} of the graph's {len(order)} numbers have no name")
    places = _places(order)
    columns, rows = (np.array(list(places.values())).T).tolist()
    height = 0.5 + 0.85 * (max(rows) - min(rows) + 1)
    right = max(columns)
    ax = new_axes(ax, width=min(1.2 * right + 2.2, WIDTH), height=min(height, WIDTH))
    left = 0.25 * right + 0.35  # for the inputs' boxes, which end where their edges begin
    edges, over, under = [], 0.0, 0.0
    for value in order:
        for n, (x, local) in enumerate(zip(value.inputs, value.local, strict=True)):
            bend = 0.0
            if value.inputs.count(x) > 1:  # as in x · x: two edges, one bent up, one down
                bend = 0.35 if n == 0 else -0.35
            elif places[value][0] - places[x][0] > 1:  # past other numbers: round the outside
                bend = 0.3 if places[x][1] <= (min(rows) + max(rows)) / 2 else -0.3
            back = local * value.grad if gradients else None
            gap = 14 if x.inputs else 3  # points, to a circle's rim or a box's edge
            # labels stand where edges are far apart: before two meet, after two part
            apart = len(value.inputs) > 1 or places[x][1] == places[value][1]
            part = 0.5 if bend else 0.4 if apart else 0.6
            edges.append((places[x], places[value], x.data, back, bend, part, gap))
            over, under = max(over, bend), min(under, bend)
    back = output.grad if gradients else None
    edges.append(
        (places[output], (right + 0.9, places[output][1]), output.data, back, 0.0, 0.5, 14)
    )
    ax.set(
        xlim=(min(columns) - left, right + 1),
        ylim=(max(rows) + 0.55 - under, min(rows) - 0.55 - over),
    )
    ax.axis("off")
    ax.figure.draw_without_rendering()  # lays out, so that an edge's direction on paper is known
    for edge in edges:
        _draw_edge(ax, *edge)
    for value in order:
        text = names[value]
        if not value.inputs:
            text += f" = {_short(value.data)}"
            text += f"\n∂ {_short(value.grad)}" if gradients else ""
        kind = "circle,pad=0.3" if value.inputs else "round,pad=0.35"
        ax.text(
            *places[value], text, ha="center" if value.inputs else "right", va="center", zorder=3,
            bbox={"boxstyle": kind, "facecolor": "white", "edgecolor": "black"},
        )  # fmt: skip
    return ax


def _places(order):
    """Column and row of each number: inputs just before what uses them, the output last."""
    column = {}
    for value in order:
        column[value] = 1 + max((column[x] for x in value.inputs), default=-1)
    for value in reversed(order):
        if not value.inputs:
            users = [column[user] for user in order if value in user.inputs]
            column[value] = min(users, default=1) - 1
    row = {leaf: float(n) for n, leaf in enumerate(_leaves(order[-1]))}
    for value in order:
        if value.inputs:
            row[value] = float(np.mean([row[x] for x in value.inputs]))
    for this in set(column.values()):  # two of a column keep a distance, and their middle
        same = sorted((v for v in order if column[v] == this), key=row.get)
        apart, middle = [], np.mean([row[v] for v in same])
        for value in same:
            apart.append(max(row[value], apart[-1] + 1) if apart else row[value])
        for value, place in zip(same, apart, strict=True):
            row[value] = float(place - np.mean(apart) + middle)
    return {value: (column[value], row[value]) for value in order}


def _leaves(output):
    """The inputs of a graph, in the order in which its formula names them."""
    seen, stack = {}, [output]
    while stack:
        value = stack.pop()
        if value not in seen:
            seen[value] = value.inputs == ()
            stack.extend(reversed(value.inputs))
    return [value for value, is_leaf in seen.items() if is_leaf]


def _draw_edge(ax, start, end, value, back, bend, part, gap):
    """An arrow and, when this part of it is behind, the value above it, what comes back below."""
    arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": gap, "shrinkB": 14}
    arrow["connectionstyle"] = f"arc3,rad={-bend}"  # matplotlib's rad > 0 bends to the right
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)
    along = np.diff(ax.transData.transform([start, end]), axis=0)[0] * 72 / ax.figure.dpi
    length = np.hypot(*along)
    normal = np.array([-along[1], along[0]]) / length  # of the edges, which run right: upwards
    place = np.add(start, part * np.subtract(end, start))
    middle = bend * length / 2 * normal  # points, from the straight line to the bent edge
    style = {"ha": "center", "va": "center", "textcoords": "offset points", "zorder": 2}
    style |= {"fontsize": FONT, "bbox": {"boxstyle": "round,pad=0.05", "fc": "white", "ec": "none"}}
    text = _short(value)
    ax.annotate(text, place, middle + _clear(text, normal) * normal, color=COLORS[0], **style)
    if back is not None:
        text = f"∂ {_short(back)}"
        away = middle - _clear(text, normal) * normal
        ax.annotate(text, place, away, color=COLORS[4], fontweight="bold", **style)


def _clear(text, normal):
    """How far from a line with this normal a text's middle must be to stay clear of it, points."""
    half = np.array([0.33 * len(text), 0.6]) * FONT
    return float(half @ np.abs(normal)) + 1


def _short(number):
    return f"{number + 0.0:.3g}".replace("-", "−")  # + 0.0: -0.0 is 0


def show_network(sizes, *, names=None, ax=None):
    """Draw a network of fully connected layers: a circle a unit, a line a weight.

    sizes: units in each layer, the input's first; names: a text under each layer.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"show_network: sizes is {sizes}; expected two layers or more, none empty")
    names = [""] * len(sizes) if names is None else names
    if len(names) != len(sizes):
        raise ValueError(f"show_network: {len(names)} names for {len(sizes)} layers")
    ax = new_axes(ax, width=1.3 * len(sizes), height=0.5 * max(sizes) + 0.6)
    rows = [np.arange(size) - (size - 1) / 2 for size in sizes]
    for layer, (left, right) in enumerate(itertools.pairwise(rows)):
        for start in left:
            for end in right:
                ax.plot([layer, layer + 1], [start, end], "-", color="#777777", lw=0.8, zorder=1)
    for layer, (places, name) in enumerate(zip(rows, names, strict=True)):
        ax.scatter(
            np.full(len(places), layer), places, s=210, zorder=2, edgecolor="black",
            facecolor="white" if layer == 0 else COLORS[5], marker="s" if layer == 0 else "o",
        )  # fmt: skip
        ax.text(layer, max(sizes) / 2 + 0.2, name, ha="center", va="top")
    ax.set(xlim=(-0.6, len(sizes) - 0.4), ylim=(max(sizes) / 2 + 0.9, -max(sizes) / 2))
    ax.axis("off")
    return ax
