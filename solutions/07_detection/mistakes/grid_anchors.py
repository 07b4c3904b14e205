"""Wrong answers to `grid_anchors` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _anchors(levels, ratios, wrong):
    found = []
    if wrong == "last_map_alone":
        levels = levels[-1:]
    if wrong == "maps_reversed":
        levels = levels[::-1]
    if wrong == "ratios_sorted":
        ratios = sorted(ratios)
    for level, (height, width, stride, scale) in enumerate(levels):
        if wrong == "sides_exchanged":
            height, width = width, height
        if wrong == "first_stride":
            stride = levels[0][2]
        if wrong == "first_scale":
            scale = levels[0][3]
        if wrong == "scale_in_cells":
            scale = scale * stride
        boxes = []
        for i in range(height):
            for j in range(width):
                half = 0 if wrong == "corner_of_the_cell" else 0.5
                cx, cy = (j + half) * stride, (i + half) * stride
                if wrong == "half_a_pixel":
                    cx, cy = j * stride + 0.5, i * stride + 0.5
                if wrong == "stride_forgotten":
                    cx, cy = j + 0.5, i + 0.5
                if wrong == "x_is_the_row":
                    cx, cy = cy, cx
                if wrong == "minus_one":
                    cx, cy = j * stride + (stride - 1) / 2, i * stride + (stride - 1) / 2
                if wrong == "whole_centres":
                    cx, cy = j * stride + stride // 2, i * stride + stride // 2
                for ratio in ratios:
                    w, h = scale / ratio**0.5, scale * ratio**0.5
                    if wrong == "width_over_height":
                        w, h = h, w
                    if wrong == "no_root":
                        w, h = scale / ratio, scale * ratio
                    if wrong == "width_is_the_scale":
                        w, h = scale, scale * ratio
                    if wrong == "height_is_the_scale":
                        w, h = scale / ratio, scale
                    if wrong == "all_square":
                        w = h
                    if wrong == "ratio_ignored":
                        w = h = scale
                    if wrong == "scale_is_the_area":
                        w, h = (scale / ratio) ** 0.5, (scale * ratio) ** 0.5
                    if wrong == "rounded":
                        w, h = float(round(w)), float(round(h))
                    box = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
                    if wrong == "scale_on_both_sides":
                        box = [cx - w, cy - h, cx + w, cy + h]
                    if wrong == "corner_and_size":
                        box = [cx - w / 2, cy - h / 2, w, h]
                    if wrong == "centre_and_size":
                        box = [cx, cy, w, h]
                    if wrong == "from_the_centre":
                        box = [cx, cy, cx + w, cy + h]
                    if wrong == "y_first":
                        box = [box[1], box[0], box[3], box[2]]
                    boxes.append(box)
        boxes = np.array(boxes)
        k = len(ratios)
        if wrong == "columns_first":
            boxes = boxes.reshape(height, width, k, 4).swapaxes(0, 1).reshape(-1, 4)
        if wrong == "ratios_first":
            boxes = boxes.reshape(height * width, k, 4).swapaxes(0, 1).reshape(-1, 4)
        if wrong == "cut_off":
            boxes = boxes.clip(0, np.array([width, height, width, height]) * stride)
        if wrong == "negative_cut_off":
            boxes = boxes.clip(0)
        if wrong == "outside_left_out":
            inside = (boxes >= 0).all(axis=1)
            boxes = boxes[
                inside & (boxes[:, 2] <= width * stride) & (boxes[:, 3] <= height * stride)
            ]
        found.append(boxes)
    return np.concatenate(found)


@mistake(
    "grid_anchors",
    hint="Where is the middle of the first cell, if the cell is 8 pixels wide?",
    read="sec-det-anchors",
)
def corner_of_the_cell(levels, ratios):
    """Anchors stand around the upper left corner of their cell."""
    return _anchors(levels, ratios, "corner_of_the_cell")


@mistake(
    "grid_anchors",
    hint="Half a cell has more pixels than half a pixel.",
    read="sec-det-anchors",
)
def half_a_pixel(levels, ratios):
    """Centres lie half a pixel from the corner of their cell."""
    return _anchors(levels, ratios, "half_a_pixel")


@mistake(
    "grid_anchors",
    hint="Anchors are boxes in the image. How many pixels is a cell of the map away from the next?",
    read="sec-det-anchors",
)
def stride_forgotten(levels, ratios):
    """Centres are counted in cells."""
    return _anchors(levels, ratios, "stride_forgotten")


@mistake(
    "grid_anchors",
    hint="A cell of stride s reaches from 0 to s, and so its middle is s/2.",
    read="sec-det-anchors",
)
def minus_one(levels, ratios):
    """The middle of a cell is taken at (stride − 1)/2."""
    return _anchors(levels, ratios, "minus_one")


@mistake(
    "grid_anchors",
    hint="A stride may be odd. Nothing is rounded.",
    read="sec-det-anchors",
)
def whole_centres(levels, ratios):
    """Half a stride is rounded down."""
    return _anchors(levels, ratios, "whole_centres")


@mistake(
    "grid_anchors",
    hint="x runs to the right. Which of the two indices of a cell does that?",
    read="sec-det-anchors",
)
def x_is_the_row(levels, ratios):
    """X of a centre comes from the row, and y from the column."""
    return _anchors(levels, ratios, "x_is_the_row")


@mistake(
    "grid_anchors",
    hint="A map of 2 × 3 cells has two rows.",
    read="sec-det-anchors",
)
def sides_exchanged(levels, ratios):
    """H and W of a map are exchanged."""
    return _anchors(levels, ratios, "sides_exchanged")


@mistake(
    "grid_anchors",
    hint="Scores of a map are read row by row, and the anchors must have their order.",
    read="sec-det-anchors",
)
def columns_first(levels, ratios):
    """Cells are listed column by column."""
    return _anchors(levels, ratios, "columns_first")


@mistake(
    "grid_anchors",
    hint="All anchors of a cell stand together.",
    read="sec-det-anchors",
    corner="ratios",
)
def ratios_first(levels, ratios):
    """All cells of the first ratio come before those of the second."""
    return _anchors(levels, ratios, "ratios_first")


@mistake(
    "grid_anchors",
    hint="The ratios come in an order that may be any.",
    read="sec-det-anchors",
    corner="ratios",
)
def ratios_sorted(levels, ratios):
    """Ratios are sorted first."""
    return _anchors(levels, ratios, "ratios_sorted")


@mistake(
    "grid_anchors",
    hint="A box of ratio 4 is higher than wide.",
    read="sec-det-anchors",
    corner="ratios",
)
def width_over_height(levels, ratios):
    """The ratio is taken for width over height."""
    return _anchors(levels, ratios, "width_over_height")


@mistake(
    "grid_anchors",
    hint="Multiply width and height: the area should not depend on the ratio. And what is their quotient?",
    read="sec-det-anchors",
    corner="ratios",
)
def no_root(levels, ratios):
    """Sides are multiplied and divided by the ratio, and not by its root."""
    return _anchors(levels, ratios, "no_root")


@mistake(
    "grid_anchors",
    hint="Multiply width and height: the area should not depend on the ratio.",
    read="sec-det-anchors",
    corner="ratios",
)
def width_is_the_scale(levels, ratios):
    """All anchors are as wide as the scale."""
    return _anchors(levels, ratios, "width_is_the_scale")


@mistake(
    "grid_anchors",
    hint="Multiply width and height: the area should not depend on the ratio.",
    read="sec-det-anchors",
    corner="ratios",
)
def height_is_the_scale(levels, ratios):
    """All anchors are as high as the scale."""
    return _anchors(levels, ratios, "height_is_the_scale")


@mistake(
    "grid_anchors",
    hint="If the height grows with the ratio, what has the width to do?",
    read="sec-det-anchors",
    corner="ratios",
)
def all_square(levels, ratios):
    """Width and height have the same formula."""
    return _anchors(levels, ratios, "all_square")


@mistake(
    "grid_anchors",
    hint="Each cell has an anchor of every ratio, and they differ.",
    read="sec-det-anchors",
    corner="ratios",
)
def ratio_ignored(levels, ratios):
    """All anchors of a cell are the same square."""
    return _anchors(levels, ratios, "ratio_ignored")


@mistake(
    "grid_anchors",
    hint="The scale is the root of the area: a square of scale 6 is 6 wide.",
    read="sec-det-anchors",
)
def scale_is_the_area(levels, ratios):
    """The scale is taken for the area."""
    return _anchors(levels, ratios, "scale_is_the_area")


@mistake(
    "grid_anchors",
    hint="The scale is in pixels already.",
    read="sec-det-anchors",
)
def scale_in_cells(levels, ratios):
    """The scale is multiplied by the stride."""
    return _anchors(levels, ratios, "scale_in_cells")


@mistake(
    "grid_anchors",
    hint="From its centre a box reaches half of its width to either side.",
    read="sec-det-anchors",
)
def scale_on_both_sides(levels, ratios):
    """Anchors are twice as wide and as high."""
    return _anchors(levels, ratios, "scale_on_both_sides")


@mistake(
    "grid_anchors",
    hint="A centre lies in the middle of its box.",
    read="sec-det-anchors",
)
def from_the_centre(levels, ratios):
    """The centre is taken for the first corner."""
    return _anchors(levels, ratios, "from_the_centre")


@mistake(
    "grid_anchors",
    hint="The last two numbers of a box are a corner.",
    read="sec-det-anchors",
)
def corner_and_size(levels, ratios):
    """Boxes are returned as a corner with width and height."""
    return _anchors(levels, ratios, "corner_and_size")


@mistake(
    "grid_anchors",
    hint="A box is two corners.",
    read="sec-det-anchors",
)
def centre_and_size(levels, ratios):
    """Boxes are returned as a centre with width and height."""
    return _anchors(levels, ratios, "centre_and_size")


@mistake("grid_anchors", same_as="x_is_the_row")
def y_first(levels, ratios):
    """Boxes are returned as (y1, x1, y2, x2)."""
    return _anchors(levels, ratios, "y_first")


@mistake(
    "grid_anchors",
    hint="A rounded side changes the area, and by more the smaller the anchor is.",
    read="sec-det-anchors",
)
def rounded(levels, ratios):
    """Widths and heights are rounded."""
    return _anchors(levels, ratios, "rounded")


@mistake(
    "grid_anchors",
    hint="A box cut off at the border has another centre, and the network's offsets are counted from there.",
    read="sec-det-anchors",
)
def cut_off(levels, ratios):
    """Anchors are cut off at the border of the image."""
    return _anchors(levels, ratios, "cut_off")


@mistake(
    "grid_anchors",
    hint="Negative coordinates are no mistake: such a box reaches over the border.",
    read="sec-det-anchors",
)
def negative_cut_off(levels, ratios):
    """Negative coordinates are set to 0."""
    return _anchors(levels, ratios, "negative_cut_off")


@mistake(
    "grid_anchors",
    hint="Each cell of a map has K scores, and each score needs its anchor.",
    read="sec-det-anchors",
)
def outside_left_out(levels, ratios):
    """Anchors that reach over the border are left out."""
    return _anchors(levels, ratios, "outside_left_out")


@mistake(
    "grid_anchors",
    hint="Anchors of all maps go into one list.",
    read="sec-det-anchors",
    corner="several maps",
)
def last_map_alone(levels, ratios):
    """Only the anchors of the last map are returned."""
    return _anchors(levels, ratios, "last_map_alone")


@mistake(
    "grid_anchors",
    hint="The maps come in the order in which they are listed.",
    read="sec-det-anchors",
    corner="several maps",
)
def maps_reversed(levels, ratios):
    """The last map comes first."""
    return _anchors(levels, ratios, "maps_reversed")


@mistake(
    "grid_anchors",
    hint="A coarse map has larger cells. Does your stride change with the map?",
    read="sec-det-anchors",
    corner="several maps",
)
def first_stride(levels, ratios):
    """All maps have the first one's stride."""
    return _anchors(levels, ratios, "first_stride")


@mistake(
    "grid_anchors",
    hint="Each map has a scale of its own: that is what several maps are for.",
    read="sec-det-anchors",
    corner="several maps",
)
def first_scale(levels, ratios):
    """All maps have the first one's scale."""
    return _anchors(levels, ratios, "first_scale")


@alternative("grid_anchors")
def without_inner_loops(levels, ratios):
    """Centres by meshgrid."""
    root = np.sqrt(np.array(ratios, float))
    found = []
    for height, width, stride, scale in levels:
        y, x = np.meshgrid(np.arange(height) + 0.5, np.arange(width) + 0.5, indexing="ij")
        centre = stride * np.stack([x, y], axis=-1).reshape(-1, 1, 2)
        half = scale * np.stack([1 / root, root], axis=-1) / 2
        found.append(np.concatenate([centre - half, centre + half], axis=-1).reshape(-1, 4))
    return np.concatenate(found)
