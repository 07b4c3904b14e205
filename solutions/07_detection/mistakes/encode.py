"""Wrong answers to `encode` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _encoded(boxes, anchors, spread, wrong):
    size, other = boxes[:, 2:] - boxes[:, :2], anchors[:, 2:] - anchors[:, :2]
    if wrong == "corner_and_size":
        size, other = boxes[:, 2:], anchors[:, 2:]
    if wrong == "plus_one":
        size, other = size + 1, other + 1
    shift = (boxes[:, :2] + boxes[:, 2:] - anchors[:, :2] - anchors[:, 2:]) / 2
    if wrong == "corners_for_centres":
        shift = boxes[:, :2] - anchors[:, :2]
    if wrong == "centres_not_halved":
        shift = 2 * shift
    if wrong == "seen_from_the_box":
        shift = -shift
    if wrong == "y_twice":
        shift = shift[:, [1, 1]]
    if wrong == "x_twice":
        shift = shift[:, [0, 0]]
    by = {"parts_of_the_box": size, "pixels": 1, "parts_of_the_width": other[:, :1]}.get(
        wrong, other
    )
    by = {"parts_of_half": other / 2, "sides_crossed": other[:, ::-1]}.get(wrong, by)
    growth = size / other
    if wrong == "anchor_over_box":
        growth = other / size
    log = {"log2": np.log2, "log10": np.log10, "log1p": np.log1p}.get(wrong, np.log)
    log = {"no_log": lambda x: x, "ratio_minus_one": lambda x: x - 1}.get(wrong, log)
    if wrong == "root_for_log":
        log = np.sqrt
    found = [shift / by, log(growth)]
    if wrong == "differences_of_sizes":
        found[1] = (size - other) / other * 0 + (size - other)
    if wrong == "sizes_first":
        found = found[::-1]
    deltas = np.concatenate(found, axis=1)
    spread = np.array(spread)
    if wrong == "spread_by_axis":
        spread = spread[[0, 2, 1, 3]]
    if wrong == "spread_in_the_log":
        return np.concatenate([shift / by / spread[:2], log(growth / spread[2:])], axis=1)
    if wrong == "y_and_x":
        deltas = deltas[:, [1, 0, 3, 2]]
    if wrong == "times_spread":
        return deltas * spread
    if wrong == "spread_ignored":
        return deltas
    if wrong == "first_spread":
        return deltas / spread[0]
    if wrong == "shift_not_spread":
        return deltas / np.array([1, 1, *spread[2:]])
    if wrong == "size_not_spread":
        return deltas / np.array([*spread[:2], 1, 1])
    return deltas / spread


@mistake(
    "encode",
    hint="Where is the middle of a box? A corner moves also when the box only grows.",
    read="sec-det-encode",
)
def corners_for_centres(boxes, anchors, spread):
    """The shift is that of the upper left corner."""
    return _encoded(boxes, anchors, spread, "corners_for_centres")


@mistake("encode", hint="The sum of two corners is twice the centre.", read="sec-det-encode")
def centres_not_halved(boxes, anchors, spread):
    """Centres are the sums of the corners."""
    return _encoded(boxes, anchors, spread, "centres_not_halved")


@mistake(
    "encode",
    hint="A box to the right of its anchor has a positive dx.",
    read="sec-det-encode",
)
def seen_from_the_box(boxes, anchors, spread):
    """The shift has the other sign."""
    return _encoded(boxes, anchors, spread, "seen_from_the_box")


@mistake(
    "encode",
    hint="When a network runs, the box is not known yet. Whose width can decode multiply with?",
    read="sec-det-encode",
)
def parts_of_the_box(boxes, anchors, spread):
    """The shift is divided by the size of the box, and not of the anchor."""
    return _encoded(boxes, anchors, spread, "parts_of_the_box")


@mistake(
    "encode",
    hint="One pixel is much for a small anchor and little for a large one.",
    read="sec-det-encode",
)
def pixels(boxes, anchors, spread):
    """The shift is in pixels."""
    return _encoded(boxes, anchors, spread, "pixels")


@mistake(
    "encode",
    hint="dx belongs to the width, and dy to the height.",
    read="sec-det-encode",
)
def parts_of_the_width(boxes, anchors, spread):
    """Both shifts are divided by the width."""
    return _encoded(boxes, anchors, spread, "parts_of_the_width")


@mistake(
    "encode",
    hint="dx belongs to the width, and dy to the height.",
    read="sec-det-encode",
)
def sides_crossed(boxes, anchors, spread):
    """The shift to the right is divided by the height, the one downwards by the width."""
    return _encoded(boxes, anchors, spread, "sides_crossed")


@mistake("encode", same_as="centres_not_halved")
def parts_of_half(boxes, anchors, spread):
    """The shift is divided by half of the anchor's size."""
    return _encoded(boxes, anchors, spread, "parts_of_half")


@mistake(
    "encode",
    hint="What should the number be for a box as wide as its anchor?",
    read="sec-det-encode",
)
def no_log(boxes, anchors, spread):
    """The ratio of the sizes is taken without its logarithm."""
    return _encoded(boxes, anchors, spread, "no_log")


@mistake(
    "encode",
    hint="Twice as wide and half as wide should be equally far from 0.",
    read="sec-det-encode",
)
def ratio_minus_one(boxes, anchors, spread):
    """The ratio of the sizes minus 1 is taken in place of its logarithm."""
    return _encoded(boxes, anchors, spread, "ratio_minus_one")


@mistake("encode", hint="np.exp undoes one of NumPy's logarithms.", read="sec-det-encode")
def log2(boxes, anchors, spread):
    """The logarithm has base 2."""
    return _encoded(boxes, anchors, spread, "log2")


@mistake("encode", hint="np.exp undoes one of NumPy's logarithms.", read="sec-det-encode")
def log10(boxes, anchors, spread):
    """The logarithm has base 10."""
    return _encoded(boxes, anchors, spread, "log10")


@mistake("encode", hint="Sizes are never 0 here. What is log(1 + 1)?", read="sec-det-encode")
def log1p(boxes, anchors, spread):
    """1 is added before the logarithm."""
    return _encoded(boxes, anchors, spread, "log1p")


@mistake("encode", hint="The text asks for a logarithm.", read="sec-det-encode")
def root_for_log(boxes, anchors, spread):
    """The root of the ratio is taken."""
    return _encoded(boxes, anchors, spread, "root_for_log")


@mistake(
    "encode",
    hint="A box that is wider than its anchor has a positive dw.",
    read="sec-det-encode",
)
def anchor_over_box(boxes, anchors, spread):
    """The ratio of the sizes is upside down."""
    return _encoded(boxes, anchors, spread, "anchor_over_box")


@mistake(
    "encode",
    hint="Growth is a factor, and its logarithm is what is asked for.",
    read="sec-det-encode",
)
def differences_of_sizes(boxes, anchors, spread):
    """The difference of the sizes is taken in place of the logarithm of their ratio."""
    return _encoded(boxes, anchors, spread, "differences_of_sizes")


@mistake(
    "encode",
    hint="The last two numbers of a box are a corner.",
    read="sec-det-encode",
)
def corner_and_size(boxes, anchors, spread):
    """The second corner is taken for width and height."""
    with np.errstate(all="ignore"):
        return _encoded(boxes, anchors, spread, "corner_and_size")


@mistake("encode", hint="A box from 0 to 8 is 8 wide.", read="sec-det-encode")
def plus_one(boxes, anchors, spread):
    """Sizes have a + 1."""
    return _encoded(boxes, anchors, spread, "plus_one")


@mistake("encode", hint="x comes first.", read="sec-det-encode")
def y_and_x(boxes, anchors, spread):
    """The result is (dy, dx, dh, dw)."""
    return _encoded(boxes, anchors, spread, "y_and_x")


@mistake("encode", hint="The shift comes first.", read="sec-det-encode")
def sizes_first(boxes, anchors, spread):
    """The result is (dw, dh, dx, dy)."""
    return _encoded(boxes, anchors, spread, "sizes_first")


@mistake("encode", hint="Look at your second column: does it know of x?", read="sec-det-encode")
def x_twice(boxes, anchors, spread):
    """The shift downwards is the one to the right."""
    return _encoded(boxes, anchors, spread, "x_twice")


@mistake("encode", hint="Look at your first column: does it know of y?", read="sec-det-encode")
def y_twice(boxes, anchors, spread):
    """The shift to the right is the one downwards."""
    return _encoded(boxes, anchors, spread, "y_twice")


@mistake(
    "encode",
    hint="Numbers around 0.1 should become numbers around 1.",
    read="sec-det-encode",
    corner="spread",
)
def times_spread(boxes, anchors, spread):
    """The four are multiplied by their spreads."""
    return _encoded(boxes, anchors, spread, "times_spread")


@mistake(
    "encode",
    hint="You were given four numbers which your function does not use.",
    read="sec-det-encode",
    corner="spread",
)
def spread_ignored(boxes, anchors, spread):
    """The spreads are not used."""
    return _encoded(boxes, anchors, spread, "spread_ignored")


@mistake("encode", hint="Each of the four has its own.", read="sec-det-encode", corner="spread")
def first_spread(boxes, anchors, spread):
    """All four are divided by the first spread."""
    return _encoded(boxes, anchors, spread, "first_spread")


@mistake("encode", hint="Each of the four has its own.", read="sec-det-encode", corner="spread")
def shift_not_spread(boxes, anchors, spread):
    """Only the sizes are divided by their spreads."""
    return _encoded(boxes, anchors, spread, "shift_not_spread")


@mistake("encode", hint="Each of the four has its own.", read="sec-det-encode", corner="spread")
def size_not_spread(boxes, anchors, spread):
    """Only the shifts are divided by their spreads."""
    return _encoded(boxes, anchors, spread, "size_not_spread")


@mistake(
    "encode",
    hint="The spreads come in the order of the result.",
    read="sec-det-encode",
    corner="spread",
)
def spread_by_axis(boxes, anchors, spread):
    """The spreads are taken in the order dx, dw, dy, dh."""
    return _encoded(boxes, anchors, spread, "spread_by_axis")


@mistake(
    "encode",
    hint="What is divided by a spread is the logarithm, and not the ratio in it.",
    read="sec-det-encode",
    corner="spread",
)
def spread_in_the_log(boxes, anchors, spread):
    """The ratio is divided by the spread before its logarithm is taken."""
    return _encoded(boxes, anchors, spread, "spread_in_the_log")


@alternative("encode")
def by_columns(boxes, anchors, spread):
    """Columns one by one, logarithms subtracted."""
    x1, y1, x2, y2 = boxes.T
    u1, v1, u2, v2 = anchors.T
    dx = (x1 + (x2 - x1) / 2 - u1 - (u2 - u1) / 2) / (u2 - u1)
    dy = (y1 + (y2 - y1) / 2 - v1 - (v2 - v1) / 2) / (v2 - v1)
    dw, dh = np.log(x2 - x1) - np.log(u2 - u1), np.log(y2 - y1) - np.log(v2 - v1)
    return np.stack([d / s for d, s in zip((dx, dy, dw, dh), spread, strict=True)], axis=1)
