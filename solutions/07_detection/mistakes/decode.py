"""Wrong answers to `decode` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _decoded(deltas, anchors, spread, most, wrong):
    spread = np.array(spread, float)
    if wrong == "first_spread":
        spread = np.full(4, spread[0])
    if wrong == "spread_ignored":
        spread = np.ones(4)
    if wrong == "divided_by_spread":
        spread = 1 / spread
    if wrong == "shift_not_spread":
        spread = np.array([1, 1, *spread[2:]])
    if wrong == "size_not_spread":
        spread = np.array([*spread[:2], 1, 1])
    if wrong == "limit_before_spread":
        deltas = np.concatenate([deltas[:, :2], np.minimum(deltas[:, 2:], np.log(most))], axis=1)
    deltas = deltas * spread
    size = anchors[:, 2:] - anchors[:, :2]
    if wrong == "corner_and_size":
        size = anchors[:, 2:]
    if wrong == "plus_one":
        size = size + 1
    shift, growth = deltas[:, :2], deltas[:, 2:]
    if wrong == "sizes_first":
        shift, growth = growth, shift
    if wrong == "sign_of_the_shift":
        shift = -shift
    unit = {"pixels": 1, "parts_of_the_width": size[:, :1], "sides_crossed": size[:, ::-1]}.get(
        wrong, size
    )
    unit = size / 2 if wrong == "parts_of_half" else unit
    centre = anchors[:, :2] + size / 2 + shift * unit
    if wrong == "corner_for_centre":
        centre = anchors[:, :2] + shift * unit
    if wrong in ("no_limit", "limit_before_spread", "limit_in_pixels"):
        limited = growth
    elif wrong == "limit_of_the_log":
        limited = np.minimum(growth, most)
    elif wrong == "limit_both_ways":
        limited = np.clip(growth, -np.log(most), np.log(most))
    elif wrong == "limit_is_fixed":
        limited = np.minimum(growth, np.log(62.5))
    elif wrong == "never_grows":
        limited = np.minimum(growth, 0)
    elif wrong == "too_large_is_one":
        limited = np.where(growth > np.log(most), 0, growth)
    elif wrong == "never_shrinks":
        limited = np.clip(growth, 0, np.log(most))
    elif wrong == "width_limited_alone":
        limited = np.stack([np.minimum(growth[:, 0], np.log(most)), growth[:, 1]], axis=1)
    elif wrong == "shift_limited_too":
        limited = np.minimum(growth, np.log(most))
        centre = anchors[:, :2] + size / 2 + np.minimum(shift, most) * unit
    elif wrong == "shift_limited":
        limited = np.minimum(growth, np.log(most))
        centre = anchors[:, :2] + size / 2 + np.minimum(shift, np.log(most)) * unit
    else:
        limited = np.minimum(growth, np.log(most))
    with np.errstate(all="ignore"):
        factor = np.exp(limited)
        if wrong == "no_exp":
            factor = np.minimum(growth, most)
        if wrong == "one_plus":
            factor = np.minimum(1 + growth, most)
        if wrong == "power_of_two":
            factor = np.minimum(2**limited, most)
        if wrong == "divided":
            factor = 1 / factor
        if wrong == "pixels_of_size":
            new = np.exp(limited)
        else:
            new = size * factor
        if wrong == "limit_in_pixels":
            new = np.minimum(new, most)
        if wrong == "parts_of_the_new_size":
            centre = anchors[:, :2] + size / 2 + shift * new
        if wrong == "whole_size_on_both_sides":
            return np.concatenate([centre - new, centre + new], axis=1)
        if wrong == "from_the_centre":
            return np.concatenate([centre, centre + new], axis=1)
        if wrong == "centre_and_size_returned":
            return np.concatenate([centre, new], axis=1)
        if wrong == "corner_stays":
            first = anchors[:, :2] + shift * unit
            return np.concatenate([first, first + new], axis=1)
        boxes = np.concatenate([centre - new / 2, centre + new / 2], axis=1)
        if wrong == "cut_off":
            boxes = boxes.clip(0)
    return boxes


@mistake(
    "decode",
    hint="Deltas are counted from the middle of the anchor.",
    read="sec-det-encode",
)
def corner_for_centre(deltas, anchors, spread, most):
    """The anchor's corner is taken for its centre."""
    return _decoded(deltas, anchors, spread, most, "corner_for_centre")


@mistake(
    "decode",
    hint="A box that grows grows to both sides.",
    read="sec-det-encode",
)
def corner_stays(deltas, anchors, spread, most):
    """The upper left corner is shifted, and the new size counted from there."""
    return _decoded(deltas, anchors, spread, most, "corner_stays")


@mistake("decode", hint="The centre lies in the middle of the box.", read="sec-det-encode")
def from_the_centre(deltas, anchors, spread, most):
    """The centre is returned as the first corner."""
    return _decoded(deltas, anchors, spread, most, "from_the_centre")


@mistake(
    "decode",
    hint="From its centre a box reaches half of its size to either side.",
    read="sec-det-encode",
)
def whole_size_on_both_sides(deltas, anchors, spread, most):
    """Boxes are twice as large."""
    return _decoded(deltas, anchors, spread, most, "whole_size_on_both_sides")


@mistake("decode", hint="A box is two corners.", read="sec-det-encode")
def centre_and_size_returned(deltas, anchors, spread, most):
    """Centre and size are returned."""
    return _decoded(deltas, anchors, spread, most, "centre_and_size_returned")


@mistake("decode", hint="What does encode do with the logarithm?", read="sec-det-encode")
def no_exp(deltas, anchors, spread, most):
    """The exponential is missing."""
    return _decoded(deltas, anchors, spread, most, "no_exp")


@mistake(
    "decode",
    hint="1 + d is the exponential of d only for very small d.",
    read="sec-det-encode",
)
def one_plus(deltas, anchors, spread, most):
    """The size grows by 1 + d."""
    return _decoded(deltas, anchors, spread, most, "one_plus")


@mistake("decode", hint="The logarithm of encode is the natural one.", read="sec-det-encode")
def power_of_two(deltas, anchors, spread, most):
    """Powers of two are taken in place of the exponential."""
    return _decoded(deltas, anchors, spread, most, "power_of_two")


@mistake("decode", hint="A positive dw makes a box wider.", read="sec-det-encode")
def divided(deltas, anchors, spread, most):
    """The size is divided by the exponential."""
    return _decoded(deltas, anchors, spread, most, "divided")


@mistake(
    "decode",
    hint="The exponential is a factor. A factor of what?",
    read="sec-det-encode",
)
def pixels_of_size(deltas, anchors, spread, most):
    """The exponential is taken for the size in pixels."""
    return _decoded(deltas, anchors, spread, most, "pixels_of_size")


@mistake(
    "decode",
    hint="The shift is a part of the anchor's width and height.",
    read="sec-det-encode",
)
def pixels(deltas, anchors, spread, most):
    """The shift is taken for pixels."""
    return _decoded(deltas, anchors, spread, most, "pixels")


@mistake("decode", hint="dy belongs to the height.", read="sec-det-encode")
def parts_of_the_width(deltas, anchors, spread, most):
    """Both shifts are multiplied by the width."""
    return _decoded(deltas, anchors, spread, most, "parts_of_the_width")


@mistake("decode", hint="dx belongs to the width, dy to the height.", read="sec-det-encode")
def sides_crossed(deltas, anchors, spread, most):
    """The shift to the right is multiplied by the height, the one downwards by the width."""
    return _decoded(deltas, anchors, spread, most, "sides_crossed")


@mistake("decode", hint="A shift of 1 is one whole width.", read="sec-det-encode")
def parts_of_half(deltas, anchors, spread, most):
    """The shift is multiplied by half of the anchor's size."""
    return _decoded(deltas, anchors, spread, most, "parts_of_half")


@mistake("decode", hint="A positive dx leads to the right.", read="sec-det-encode")
def sign_of_the_shift(deltas, anchors, spread, most):
    """The shift has the other sign."""
    return _decoded(deltas, anchors, spread, most, "sign_of_the_shift")


@mistake("decode", hint="The first two of the four are the shift.", read="sec-det-encode")
def sizes_first(deltas, anchors, spread, most):
    """Shift and growth are exchanged."""
    return _decoded(deltas, anchors, spread, most, "sizes_first")


@mistake("decode", hint="The last two numbers of an anchor are a corner.", read="sec-det-encode")
def corner_and_size(deltas, anchors, spread, most):
    """The second corner is taken for width and height."""
    return _decoded(deltas, anchors, spread, most, "corner_and_size")


@mistake("decode", hint="A box from 0 to 8 is 8 wide.", read="sec-det-encode")
def plus_one(deltas, anchors, spread, most):
    """Sizes have a + 1."""
    return _decoded(deltas, anchors, spread, most, "plus_one")


@mistake(
    "decode",
    hint="A box may reach over the border. That is looked after elsewhere.",
    read="sec-det-encode",
)
def cut_off(deltas, anchors, spread, most):
    """Negative coordinates are set to 0."""
    return _decoded(deltas, anchors, spread, most, "cut_off")


@mistake(
    "decode",
    hint="encode has divided by the spread.",
    read="sec-det-encode",
    corner="spread",
)
def divided_by_spread(deltas, anchors, spread, most):
    """The four are divided by their spreads."""
    return _decoded(deltas, anchors, spread, most, "divided_by_spread")


@mistake(
    "decode",
    hint="You were given four numbers which your function does not use.",
    read="sec-det-encode",
)
def spread_ignored(deltas, anchors, spread, most):
    """The spreads are not used."""
    return _decoded(deltas, anchors, spread, most, "spread_ignored")


@mistake("decode", hint="Each of the four has its own.", read="sec-det-encode")
def first_spread(deltas, anchors, spread, most):
    """All four are multiplied by the first spread."""
    return _decoded(deltas, anchors, spread, most, "first_spread")


@mistake("decode", hint="Each of the four has its own.", read="sec-det-encode")
def shift_not_spread(deltas, anchors, spread, most):
    """Only the growth is multiplied by its spread."""
    return _decoded(deltas, anchors, spread, most, "shift_not_spread")


@mistake("decode", hint="Each of the four has its own.", read="sec-det-encode")
def size_not_spread(deltas, anchors, spread, most):
    """Only the shift is multiplied by its spread."""
    return _decoded(deltas, anchors, spread, most, "size_not_spread")


@mistake(
    "decode",
    hint="What does np.exp(1000) give?",
    read="sec-det-encode",
    corner="the limit",
)
def no_limit(deltas, anchors, spread, most):
    """Sizes may grow without limit."""
    return _decoded(deltas, anchors, spread, most, "no_limit")


@mistake(
    "decode",
    hint="The limit is a factor of size. What is its counterpart before the exponential?",
    read="sec-det-encode",
    corner="the limit",
)
def limit_of_the_log(deltas, anchors, spread, most):
    """The limit is applied to dw and dh, and not to the factor."""
    return _decoded(deltas, anchors, spread, most, "limit_of_the_log")


@mistake(
    "decode",
    hint="The text has a limit for growth, and none for the other way.",
    read="sec-det-encode",
    corner="the limit",
)
def limit_both_ways(deltas, anchors, spread, most):
    """Shrinking is limited as well."""
    return _decoded(deltas, anchors, spread, most, "limit_both_ways")


@mistake("decode", hint="The limit is an argument.", read="sec-det-encode", corner="the limit")
def limit_is_fixed(deltas, anchors, spread, most):
    """The limit is always 62.5."""
    return _decoded(deltas, anchors, spread, most, "limit_is_fixed")


@mistake(
    "decode",
    hint="A box that would grow too much grows by as much as it may.",
    read="sec-det-encode",
    corner="the limit",
)
def too_large_is_one(deltas, anchors, spread, most):
    """A side that would grow too much keeps the anchor's size."""
    return _decoded(deltas, anchors, spread, most, "too_large_is_one")


@mistake("decode", hint="Negative dw and dh are fine.", read="sec-det-encode")
def never_shrinks(deltas, anchors, spread, most):
    """Negative growth is set to 0."""
    return _decoded(deltas, anchors, spread, most, "never_shrinks")


@mistake("decode", hint="Heights can overflow, too.", read="sec-det-encode", corner="the limit")
def width_limited_alone(deltas, anchors, spread, most):
    """Only the width is limited."""
    return _decoded(deltas, anchors, spread, most, "width_limited_alone")


@mistake(
    "decode",
    hint="The limit is one of size. A centre may go anywhere.",
    read="sec-det-encode",
    corner="the limit",
)
def shift_limited(deltas, anchors, spread, most):
    """The shift is limited as well."""
    return _decoded(deltas, anchors, spread, most, "shift_limited")


@mistake(
    "decode",
    hint="The limit is one of growth. What says how much a box grows, before or after the spread?",
    read="sec-det-encode",
    corner="the limit",
)
def limit_before_spread(deltas, anchors, spread, most):
    """The limit is applied before dw and dh are multiplied by their spreads."""
    return _decoded(deltas, anchors, spread, most, "limit_before_spread")


@mistake(
    "decode",
    hint="The limit is a factor, and a large anchor may be far larger than that in pixels.",
    read="sec-det-encode",
)
def limit_in_pixels(deltas, anchors, spread, most):
    """The limit is taken for a number of pixels."""
    return _decoded(deltas, anchors, spread, most, "limit_in_pixels")


@mistake("decode", same_as="shift_limited")
def shift_limited_too(deltas, anchors, spread, most):
    """The shift is limited by the factor."""
    return _decoded(deltas, anchors, spread, most, "shift_limited_too")


@mistake(
    "decode",
    hint="Whose width did encode divide by?",
    read="sec-det-encode",
)
def parts_of_the_new_size(deltas, anchors, spread, most):
    """The shift is multiplied by the new size, and not by the anchor's."""
    return _decoded(deltas, anchors, spread, most, "parts_of_the_new_size")


@alternative("decode")
def limit_on_sizes(deltas, anchors, spread, most):
    """The limit is applied to the sizes, with overflow silenced."""
    dx, dy, dw, dh = deltas.T * np.array(spread)[:, None]
    x1, y1, x2, y2 = anchors.T
    with np.errstate(over="ignore"):
        w = np.minimum(np.exp(dw), most) * (x2 - x1)
        h = np.minimum(np.exp(dh), most) * (y2 - y1)
    x, y = (x1 + x2) / 2 + dx * (x2 - x1), (y1 + y2) / 2 + dy * (y2 - y1)
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
