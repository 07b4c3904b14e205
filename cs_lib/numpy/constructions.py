"""Networks written down, not trained: what one hidden layer or two can represent.

Each is a list of layers (weight: (out, in), bias: (out,)), which `apply_layers` computes.
"""

import numpy as np

__all__ = [
    "apply_layers",
    "boolean_network",
    "bump_network",
    "interpolation_network",
    "staircase_network",
]


def apply_layers(layers, x, activation):
    """The output of a network: x: (N, D) -> (N, K), activation between layers, none at the end."""
    for number, (weight, bias) in enumerate(layers):
        x = (activation(x) if number else x) @ weight.T + bias
    return x


def boolean_network(inputs, outputs):
    """Two layers of step units that compute a Boolean function, a hidden unit for each of its ones.

    inputs: (N, D) of -1 and 1, outputs: (N,) of 0 and 1. For those inputs step(apply_layers(layers,
    inputs, step)) is outputs[:, None], and for inputs that are not given it is 0.
    ValueError for other numbers, or shapes.
    """
    inputs, outputs = np.asarray(inputs, float), np.asarray(outputs)
    if inputs.ndim != 2 or outputs.shape != inputs.shape[:1]:
        raise ValueError(
            f"boolean_network: inputs is {inputs.shape}, outputs is {outputs.shape}; "
            "expected (N, D) and (N,)"
        )
    if not (np.abs(inputs) == 1).all():
        raise ValueError("boolean_network: inputs has entries other than -1 and 1; map 0 to -1")
    if not np.isin(outputs, (0, 1)).all():
        raise ValueError("boolean_network: outputs has entries other than 0 and 1")
    ones = inputs[outputs == 1]  # p·x = D - 2 · (entries in which p and x differ)
    hidden = ones, np.full(len(ones), -float(inputs.shape[1]))
    return [hidden, (np.ones((1, len(ones))), np.array([-1.0]))]  # or: at least one of them fires


def bump_network(low, high, heights, *, slope):
    """Three layers of sigmoid units, the last a sum: heights[b] in the box from low[b] to high[b].

    low, high: (B, D), low < high, heights: (B,). 2D hidden units a box make a ridge along each
    axis, one more keeps the place where all ridges cross. slope: of all units, large for sharp.
    """
    low, high, heights = (np.asarray(a, float) for a in (low, high, heights))
    if low.ndim != 2 or low.shape != high.shape or heights.shape != low.shape[:1]:
        raise ValueError(
            f"bump_network: low is {low.shape}, high is {high.shape}, heights is {heights.shape}; "
            "expected (B, D), (B, D) and (B,)"
        )
    if not (low < high).all():
        raise ValueError("bump_network: low must be below high along each axis; swap them")
    boxes, axes = low.shape
    places = np.stack([low, high], axis=2)  # (B, D, 2): up at low, down again at high
    along = np.tile(np.repeat(np.eye(axes), 2, axis=0), (boxes, 1))  # (2BD, D)
    ridges = np.kron(np.eye(boxes), np.tile([1.0, -1.0], axes))  # (B, 2BD)
    return [
        (slope * along, -slope * places.ravel()),
        (slope * ridges, np.full(boxes, slope * (0.5 - axes))),  # between D - 1 ridges and D
        (heights[None], np.zeros(1)),
    ]


def staircase_network(edges, heights, *, slope=1.0):
    """One hidden layer for a function of one number: heights[i] from edges[i] to edges[i + 1].

    edges: (n + 1,), rising, heights: (n,), 0 outside. With step units exact; with sigmoid units the
    edges are soft, the less the larger slope. The output multiplies a unit by the jump at its edge.
    """
    edges, heights = _rising("staircase_network", "edges", edges), np.asarray(heights, float)
    if heights.shape != (len(edges) - 1,):
        raise ValueError(
            f"staircase_network: heights is {heights.shape} for {len(edges)} edges; "
            f"expected ({len(edges) - 1},)"
        )
    jumps = np.diff(heights, prepend=0, append=0)
    return [(np.full((len(edges), 1), slope), -slope * edges), (jumps[None], np.zeros(1))]


def interpolation_network(knots, values):
    """One hidden layer of ReLU units: straight pieces from value to value, from the first knot on.

    knots: (n + 1,), rising, values: (n + 1,). The output multiplies a unit by the change of slope
    at its knot. Left of the first knot it is values[0]; the last piece goes on to the right.
    """
    knots, values = _rising("interpolation_network", "knots", knots), np.asarray(values, float)
    if values.shape != knots.shape:
        raise ValueError(
            f"interpolation_network: values is {values.shape} for {len(knots)} knots; "
            f"expected ({len(knots)},)"
        )
    changes = np.diff(np.diff(values) / np.diff(knots), prepend=0)
    return [(np.ones((len(changes), 1)), -knots[:-1]), (changes[None], values[:1].copy())]


def _rising(caller, name, places):
    places = np.asarray(places, float)
    if places.ndim != 1 or len(places) < 2 or not (np.diff(places) > 0).all():
        raise ValueError(f"{caller}: {name} must be two numbers or more, each above the one before")
    return places
