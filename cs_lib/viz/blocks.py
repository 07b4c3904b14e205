"""Block diagrams of architectures: layers as boxes, sums and concatenations as two signs."""

import itertools

from matplotlib.patches import Rectangle

from .style import new_axes

FONT = 9
HALF = (0.44, 0.28)  # of a box, in columns and rows
SIGN = 8.5  # half the width of a sign, points
KINDS = {  # fill and outline: a reader who sees no colours has the text and the line
    "layer": ("white", "-"),
    "filter": ("#d6e9f5", "-"),  # has weights
    "pool": ("#fdeccb", "--"),
    "linear": ("#d9eee6", "-."),
    "data": ("none", None),
    "add": ("white", "-"),
    "cat": ("black", "-"),
    "point": ("black", None),
}


def show_blocks(blocks, edges, *, unit=(1.2, 0.6), ax=None):
    """Draw a block diagram; y grows downwards.

    blocks: {name: (text, x, y)} or {name: (text, x, y, kind)}, places in columns and rows. kind:
    "layer", the default, "filter", "pool" and "linear" are boxes with a fill and an outline of
    their own; "data" is text without a box; "add" a circle with a plus, "cat" a black square that
    says cat, for a concatenation; "point" a dot, where a line parts. Signs and dots have no text.
    edges: (start, end), or with more: (start, end, bend), (start, end, bend, text). With a bend the
    line leaves to the side by that many columns, runs up or down there, and comes back, as a
    shortcut does; without one it is straight or, where x and y both differ, has a step: at once
    after a dot, else half a row before its end.
    The text stands beside it. unit: inches a column and a row have, where the figure is new.
    """
    blocks = {name: (*block, "layer")[:4] for name, block in blocks.items()}
    for name, (_, _, _, kind) in blocks.items():
        if kind not in KINDS:
            raise ValueError(
                f"show_blocks: {name!r} is of kind {kind!r}; there are: {', '.join(KINDS)}"
            )
    edges = [(*edge, 0, "")[:4] if len(edge) == 2 else (*edge, "")[:4] for edge in edges]
    for start, end, _, _ in edges:
        if unknown := [name for name in (start, end) if name not in blocks]:
            raise ValueError(f"show_blocks: no block is called {unknown[0]!r}")
    places = {name: (x, y) for name, (_, x, y, _) in blocks.items()}
    routes = [
        _route(places[start], places[end], bend, blocks[start][3] == "point")
        for start, end, bend, _ in edges
    ]
    xs, ys = zip(*places.values(), strict=True)
    turns = [x for route in routes for x, _ in route]
    left, right = min(min(xs) - 0.5, *turns) - 0.1, max(max(xs) + 0.5, *turns) + 0.1
    right += 0.2 * any(bend > 0 and text for _, _, bend, text in edges)
    top, bottom = min(ys) - 0.5, max(ys) + 0.5
    ax = new_axes(ax, width=unit[0] * (right - left), height=unit[1] * (bottom - top))
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.axis("off")
    for (start, end, _, text), route in zip(edges, routes, strict=True):
        _draw_edge(ax, route, blocks[start][3], blocks[end][3], text)
    for text, x, y, kind in blocks.values():
        _draw_block(ax, text, x, y, kind)
    return ax


def _route(start, end, bend, at_once):
    """The corners of a line, its ends in the middles of the blocks"""
    (x, y), (to_x, to_y) = start, end
    if bend:
        return [start, (x + bend, y), (x + bend, to_y), end]
    if x == to_x or y == to_y:
        return [start, end]
    if at_once:
        return [start, (to_x, y), end]
    step = to_y - 0.5 if to_y > y else to_y + 0.5
    return [start, (x, step), (to_x, step), end]


def _draw_edge(ax, route, kind, end_kind, text):
    first, last = route[0], route[-1]
    route = [_border(first, route[1], kind), *route[1:-1], _border(last, route[-2], end_kind)]
    if len(route) > 2:
        ax.plot(*zip(*route[:-1], strict=True), "-", color="black", lw=1.2, zorder=1)
    shrink = {"shrinkA": 0, "shrinkB": 0}
    if len(route) == 2 and kind in ("add", "cat"):
        shrink["shrinkA"] = SIGN
    if end_kind in ("add", "cat"):
        shrink["shrinkB"] = SIGN
    head = "-" if end_kind == "point" else "-|>"
    arrow = {"arrowstyle": head, "color": "black", "lw": 1.2, **shrink}
    ax.annotate("", route[-1], route[-2], arrowprops=arrow, zorder=1)
    if text:  # beside the longest upright part, or above a line that has none
        upright = [pair for pair in itertools.pairwise(route) if pair[0][0] == pair[1][0]]
        low, high = max(upright or [route[:2]], key=lambda pair: abs(pair[1][1] - pair[0][1]))
        place = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        offset, across, up = ((4, 0), "left", "center") if upright else ((0, 3), "center", "bottom")
        ax.annotate(
            text, place, offset, textcoords="offset points", ha=across, va=up, fontsize=FONT - 1
        )


def _border(middle, towards, kind):
    """Where a line from the middle leaves a block; signs and dots are cut off in points instead"""
    (x, y), (to_x, to_y) = middle, towards
    if kind in ("add", "cat", "point"):
        return middle
    if x == to_x:
        return (x, y + HALF[1] * (1 if to_y > y else -1))
    return (x + HALF[0] * (1 if to_x > x else -1), y)


def _draw_block(ax, text, x, y, kind):
    fill, line = KINDS[kind]
    if kind == "point":
        ax.plot(x, y, "o", color="black", ms=4, zorder=3)
    elif kind in ("add", "cat"):
        sign, marker, color = ("+", "o", "black") if kind == "add" else ("cat", "s", "white")
        size = (2 * SIGN) ** 2
        ax.scatter([x], [y], s=size, marker=marker, color=fill, edgecolor="black", zorder=2)
        font = FONT + 4 if kind == "add" else FONT - 2
        ax.text(x, y, sign, ha="center", va="center", color=color, fontsize=font, zorder=3)
    else:
        if line is not None:
            corner = (x - HALF[0], y - HALF[1])
            look = {"facecolor": fill, "edgecolor": "black", "linestyle": line, "linewidth": 1.1}
            ax.add_patch(Rectangle(corner, 2 * HALF[0], 2 * HALF[1], **look, zorder=2))
        ax.text(x, y, text, ha="center", va="center", fontsize=FONT, zorder=3)
