"""Wrong answers to `box_iou` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _checked(boxes1, boxes2):
    boxes1, boxes2 = boxes1.astype(float), boxes2.astype(float)
    for boxes in (boxes1, boxes2):
        if (boxes[:, 2:] < boxes[:, :2]).any():
            raise ValueError("a box has x2 < x1 or y2 < y1")
    return boxes1, boxes2


def _iou(boxes1, boxes2, wrong):
    boxes1, boxes2 = _checked(boxes1, boxes2)
    plus = 1 if wrong == "plus_one" else 0
    first = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    last = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    if wrong == "outer_box":
        first = np.minimum(boxes1[:, None, :2], boxes2[:, :2])
        last = np.maximum(boxes1[:, None, 2:], boxes2[:, 2:])
    if wrong == "rows_exchanged":
        first = first[..., ::-1]
    side = last - first + (1 if wrong == "plus_one_between" else plus)
    side = {"no_clamp": side, "absolute_sides": abs(side)}.get(wrong, np.maximum(side, 0))
    between = side.prod(axis=2)
    if wrong == "clamped_late":
        between = np.maximum((last - first).prod(axis=2), 0)
    if wrong == "sides_added":
        between = side.sum(axis=2)
    if wrong == "one_side":
        between = side[..., 0] * (boxes1[:, None, 3] - boxes1[:, None, 1])
    extra = 1 if wrong == "plus_one_areas" else plus
    area1, area2 = ((b[:, 2:] - b[:, :2] + extra).prod(axis=1) for b in (boxes1, boxes2))
    if wrong == "first_area_twice":
        area2 = np.zeros_like(area2)
        area1 = 2 * area1
    if wrong == "xywh":
        area1, area2 = (b[:, 2:].prod(axis=1) for b in (boxes1, boxes2))
    if wrong == "area_in_squares":
        area1, area2 = (((b[:, 2:] - b[:, :2])[:, 0] ** 2) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - between
    if wrong == "union_is_the_sum":
        union = area1[:, None] + area2
    if wrong == "over_the_smaller":
        union = np.minimum(area1[:, None], area2)
    if wrong == "over_the_larger":
        union = np.maximum(area1[:, None], area2)
    if wrong == "over_the_first":
        union = area1[:, None] + 0 * area2
    if wrong == "over_the_second":
        union = area2 + 0 * area1[:, None]
    if wrong == "dice":
        between, union = 2 * between, area1[:, None] + area2
    if wrong == "outer_area":
        outer_first = np.minimum(boxes1[:, None, :2], boxes2[:, :2])
        outer_last = np.maximum(boxes1[:, None, 2:], boxes2[:, 2:])
        union = (outer_last - outer_first).prod(axis=2)
    if wrong == "distance":
        return 1 - between / np.where(union > 0, union, 1)
    if wrong == "union_at_least_one":
        return between / np.maximum(union, 1)
    if wrong == "plus_epsilon":
        return between / (union + 1e-2)
    if wrong == "intersection_alone":
        return between
    if wrong == "nan_for_lines":
        with np.errstate(all="ignore"):
            return between / union
    if wrong == "lines_are_equal":
        return np.where(union > 0, between / np.where(union > 0, union, 1), 1.0)
    return between / np.where(union > 0, union, 1)


@mistake(
    "box_iou",
    hint="One negative side makes the overlap negative, and two of them make it positive again. "
    "What should the side of an empty overlap be?",
    read="sec-det-iou",
)
def no_clamp(boxes1, boxes2):
    """Negative sides of the overlap are not set to 0."""
    return _iou(boxes1, boxes2, "no_clamp")


@mistake(
    "box_iou",
    hint="Minus times minus is plus: look at each side before you multiply them.",
    read="sec-det-iou",
)
def clamped_late(boxes1, boxes2):
    """The area of the overlap is set to 0 where it is negative, and not its sides."""
    return _iou(boxes1, boxes2, "clamped_late")


@mistake(
    "box_iou",
    hint="A negative side says that the boxes do not meet, and by how much. It is no length.",
    read="sec-det-iou",
)
def absolute_sides(boxes1, boxes2):
    """The sides of the overlap are made positive by abs, so that distant boxes overlap."""
    return _iou(boxes1, boxes2, "absolute_sides")


@mistake(
    "box_iou",
    hint="Here a box from 0 to 4 is 4 wide: its last corner lies behind its last pixel.",
    read="sec-det-iou",
)
def plus_one(boxes1, boxes2):
    """All sides are counted as x2 − x1 + 1."""
    return _iou(boxes1, boxes2, "plus_one")


@mistake(
    "box_iou",
    hint="What is the IoU of a box with itself? Both areas have to be measured in the same way.",
    read="sec-det-iou",
)
def plus_one_areas(boxes1, boxes2):
    """The areas have a + 1 in their sides, and the overlap has not."""
    return _iou(boxes1, boxes2, "plus_one_areas")


@mistake(
    "box_iou",
    hint="What is the IoU of a box with itself? Both areas have to be measured in the same way.",
    read="sec-det-iou",
)
def plus_one_between(boxes1, boxes2):
    """The overlap has a + 1 in its sides, and the areas have not."""
    return _iou(boxes1, boxes2, "plus_one_between")


@mistake(
    "box_iou",
    hint="The sum of both areas has the overlap in it twice.",
    read="sec-det-iou",
)
def union_is_the_sum(boxes1, boxes2):
    """The overlap is not taken from the sum of the areas."""
    return _iou(boxes1, boxes2, "union_is_the_sum")


@mistake(
    "box_iou",
    hint="A small box inside a large one is not equal to it. Divide by all that the two cover.",
    read="sec-det-iou",
)
def over_the_smaller(boxes1, boxes2):
    """The overlap is divided by the smaller area."""
    return _iou(boxes1, boxes2, "over_the_smaller")


@mistake(
    "box_iou",
    hint="Two boxes of equal size that share half cover one and a half. Divide by all of it.",
    read="sec-det-iou",
)
def over_the_larger(boxes1, boxes2):
    """The overlap is divided by the larger area."""
    return _iou(boxes1, boxes2, "over_the_larger")


@mistake(
    "box_iou",
    hint="IoU does not change when the boxes are exchanged.",
    read="sec-det-iou",
)
def over_the_first(boxes1, boxes2):
    """The overlap is divided by the first box's area."""
    return _iou(boxes1, boxes2, "over_the_first")


@mistake(
    "box_iou",
    hint="IoU does not change when the boxes are exchanged.",
    read="sec-det-iou",
)
def over_the_second(boxes1, boxes2):
    """The overlap is divided by the second box's area."""
    return _iou(boxes1, boxes2, "over_the_second")


@mistake(
    "box_iou",
    hint="Twice the overlap over the sum is another measure, named after Dice.",
    read="sec-det-iou",
)
def dice(boxes1, boxes2):
    """Twice the overlap is divided by the sum of the areas."""
    return _iou(boxes1, boxes2, "dice")


@mistake(
    "box_iou",
    hint="The box around both holds corners that neither of them covers.",
    read="sec-det-iou",
)
def outer_area(boxes1, boxes2):
    """The overlap is divided by the area of the box around both."""
    return _iou(boxes1, boxes2, "outer_area")


@mistake(
    "box_iou",
    hint="The overlap begins where the later of the two boxes begins.",
    read="sec-det-iou",
)
def outer_box(boxes1, boxes2):
    """Minimum and maximum are exchanged: the overlap is the box around both."""
    return _iou(boxes1, boxes2, "outer_box")


@mistake(
    "box_iou",
    hint="The last two numbers of a box are a corner, and no size.",
    read="sec-det-iou",
)
def xywh(boxes1, boxes2):
    """The second corner is taken for width and height in the areas."""
    return _iou(boxes1, boxes2, "xywh")


@mistake(
    "box_iou",
    hint="One of the two areas is counted twice, the other never.",
    read="sec-det-iou",
)
def first_area_twice(boxes1, boxes2):
    """The union takes the first box's area twice."""
    return _iou(boxes1, boxes2, "first_area_twice")


@mistake("box_iou", hint="An area is a product of two sides.", read="sec-det-iou")
def sides_added(boxes1, boxes2):
    """The sides of the overlap are added."""
    return _iou(boxes1, boxes2, "sides_added")


@mistake(
    "box_iou",
    hint="A box has a width and a height, and the two may differ.",
    read="sec-det-iou",
)
def area_in_squares(boxes1, boxes2):
    """The areas are the squares of the widths."""
    return _iou(boxes1, boxes2, "area_in_squares")


@mistake(
    "box_iou",
    hint="The overlap has two sides, and both depend on both boxes.",
    read="sec-det-iou",
)
def one_side(boxes1, boxes2):
    """The overlap is as high as the first box."""
    return _iou(boxes1, boxes2, "one_side")


@mistake(
    "box_iou",
    hint="A box is (x1, y1, x2, y2). Which of the four belong together?",
    read="sec-det-iou",
)
def rows_exchanged(boxes1, boxes2):
    """X of one corner is taken together with y of the other."""
    return _iou(boxes1, boxes2, "rows_exchanged")


@mistake("box_iou", hint="The same box twice has an IoU of 1.", read="sec-det-iou")
def distance(boxes1, boxes2):
    """The distance 1 − IoU is returned."""
    return _iou(boxes1, boxes2, "distance")


@mistake("box_iou", hint="IoU is a ratio: divide by the union.", read="sec-det-iou")
def intersection_alone(boxes1, boxes2):
    """The overlap is not divided by anything."""
    return _iou(boxes1, boxes2, "intersection_alone")


@mistake(
    "box_iou",
    hint="A small number below the fraction changes all values, not only 0/0.",
    read="sec-det-iou",
)
def plus_epsilon(boxes1, boxes2):
    """A small number is added to the union."""
    return _iou(boxes1, boxes2, "plus_epsilon")


@mistake(
    "box_iou",
    hint="Two boxes without area cover nothing together. What is then below the fraction?",
    read="sec-det-iou",
    corner="boxes without area",
)
def nan_for_lines(boxes1, boxes2):
    """0/0 stays nan."""
    return _iou(boxes1, boxes2, "nan_for_lines")


@mistake(
    "box_iou",
    hint="The text says what two boxes without area have in common.",
    read="sec-det-iou",
    corner="boxes without area",
)
def lines_are_equal(boxes1, boxes2):
    """Two boxes without area have an IoU of 1."""
    return _iou(boxes1, boxes2, "lines_are_equal")


@mistake(
    "box_iou",
    hint="One row for each box of the first list, and one column for each of the second.",
    read="sec-det-iou",
)
def transposed(boxes1, boxes2):
    """The result has a row for each box of the second list."""
    return _iou(boxes1, boxes2, "").T


@mistake(
    "box_iou",
    hint="The text asks for all pairs: each box of the first list with each of the second.",
    read="sec-det-iou",
)
def in_pairs(boxes1, boxes2):
    """Only the first boxes of both lists are compared, the second ones, and so on."""
    n = min(len(boxes1), len(boxes2))
    return np.diagonal(_iou(boxes1[:n], boxes2[:n], "")).copy()


@mistake(
    "box_iou",
    hint="A byte ends at 255: 200 · 240 needs more. Make floats of the boxes first.",
    read="sec-det-iou",
    corner="integers",
)
def bytes_wrap(boxes1, boxes2):
    """Areas are computed in the type of the boxes, and small integers wrap round."""
    _checked(boxes1, boxes2)
    first = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    last = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    side = np.where(last > first, last - first, 0).astype(boxes1.dtype)
    between = side[..., 0] * side[..., 1]
    area1, area2 = ((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - between
    return between / np.where(union > 0, union, 1)


@mistake(
    "box_iou",
    hint="NumPy has one rule for arrays of any length, 0 among them. Which of your lines needs a box?",
    read="sec-det-iou",
    corner="no boxes",
)
def needs_a_box(boxes1, boxes2):
    """An empty list of boxes gives an array of another shape."""
    if not len(boxes1) or not len(boxes2):
        return np.zeros((0, 0))
    return _iou(boxes1, boxes2, "")


@mistake(
    "box_iou",
    hint="A reshape with −1 cannot guess a size where there is nothing to count.",
    read="sec-det-iou",
    corner="no boxes",
)
def reshape_without_boxes(boxes1, boxes2):
    """A reshape with −1 fails without boxes."""
    return _iou(boxes1, boxes2, "").reshape(len(boxes1), -1)


@mistake(
    "box_iou",
    hint="A box with x2 < x1 has an area of which nothing can be said. The text asks for an error.",
    read="sec-det-iou",
    corner="illegal boxes",
)
def illegal_boxes_pass(boxes1, boxes2):
    """Illegal boxes are computed with."""
    boxes1, boxes2 = boxes1.astype(float), boxes2.astype(float)
    side = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:]) - np.maximum(
        boxes1[:, None, :2], boxes2[:, :2]
    )
    between = np.maximum(side, 0).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - between
    return between / np.where(union > 0, union, 1)


@mistake(
    "box_iou",
    hint="Both lists can hold an illegal box.",
    read="sec-det-iou",
    corner="illegal boxes",
)
def one_list_checked(boxes1, boxes2):
    """Only the first list is looked through for illegal boxes."""
    fixed = np.concatenate([boxes2[:, :2], np.maximum(boxes2[:, :2], boxes2[:, 2:])], axis=1)
    return _iou(boxes1, fixed, "")


@mistake(
    "box_iou",
    hint="Coordinates may be negative: a box can reach out of the image. The text calls other boxes illegal.",
    read="sec-det-iou",
)
def negative_is_padding(boxes1, boxes2):
    """Boxes with a negative coordinate get 0."""
    legal = (boxes1 >= 0).all(axis=1)[:, None] & (boxes2 >= 0).all(axis=1)
    return np.where(legal, _iou(boxes1, boxes2, ""), 0.0)


@mistake(
    "box_iou",
    hint="Put one list along an axis of its own, boxes1[:, None], and NumPy makes all pairs.",
    read="sec-det-iou",
)
def loops(boxes1, boxes2):
    """There is a loop over the boxes."""
    boxes1, boxes2 = _checked(boxes1, boxes2)
    iou = np.zeros((len(boxes1), len(boxes2)))
    for i in range(len(boxes1)):
        iou[i] = _iou(boxes1[i : i + 1], boxes2, "")[0]
    return iou


@mistake(
    "box_iou",
    hint="Coordinates may be parts of an image, and then all areas are smaller than 1.",
    read="sec-det-iou",
)
def union_at_least_one(boxes1, boxes2):
    """A union of less than 1 is raised to 1."""
    return _iou(boxes1, boxes2, "union_at_least_one")


@mistake(
    "box_iou",
    hint="A box with y2 < y1 is as illegal as one with x2 < x1.",
    read="sec-det-iou",
    corner="illegal boxes",
)
def widths_checked_alone(boxes1, boxes2):
    """Only x2 < x1 is looked for, and not y2 < y1."""
    for boxes in (boxes1, boxes2):
        if (boxes[:, 2] < boxes[:, 0]).any():
            raise ValueError("a box has x2 < x1")
    fixed = [
        np.concatenate([b[:, :2], np.maximum(b[:, :2], b[:, 2:])], axis=1)
        for b in (boxes1.astype(float), boxes2.astype(float))
    ]
    return _iou(*fixed, "")


@mistake("box_iou", same_as="bytes_wrap")
def bytes_wrap_by_columns(boxes1, boxes2):
    """Areas and overlaps are computed column by column in the type of the boxes."""
    _checked(boxes1, boxes2)
    area1, area2 = ((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes1, boxes2))
    width = np.minimum(boxes1[:, None, 2], boxes2[:, 2]) - np.maximum(
        boxes1[:, None, 0], boxes2[:, 0]
    )
    height = np.minimum(boxes1[:, None, 3], boxes2[:, 3]) - np.maximum(
        boxes1[:, None, 1], boxes2[:, 1]
    )
    between = np.maximum(0, width) * np.maximum(0, height)
    union = area1[:, None] + area2 - between
    return np.where(union > 0, between / np.where(union > 0, union, 1), 0.0)


@mistake("box_iou", same_as="bytes_wrap")
def bytes_wrap_in_the_sides(boxes1, boxes2):
    """Sides are computed in the type of the boxes, where a negative one becomes large."""
    _checked(boxes1, boxes2)
    first = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    last = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    between = np.maximum(last - first, 0).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - between
    return np.where(union > 0, between / np.where(union > 0, union, 1), 0.0)


@mistake("box_iou", same_as="bytes_wrap")
def bytes_for_the_result(boxes1, boxes2):
    """The result is written into an array of the boxes' own type."""
    _checked(boxes1, boxes2)
    first = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    last = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    between = (last - first).clip(0).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - between
    return np.divide(between, union, out=np.zeros_like(between), where=union > 0)


@alternative("box_iou")
def side_by_side(boxes1, boxes2):
    """Width and height apart, with np.divide."""
    boxes1, boxes2 = _checked(boxes1, boxes2)
    x1, y1, x2, y2 = boxes1.T[:, :, None]
    u1, v1, u2, v2 = boxes2.T
    width = np.clip(np.minimum(x2, u2) - np.maximum(x1, u1), 0, None)
    height = np.clip(np.minimum(y2, v2) - np.maximum(y1, v1), 0, None)
    union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - width * height
    return np.divide(width * height, union, out=np.zeros(union.shape), where=union != 0)


@alternative("box_iou")
def nan_to_num(boxes1, boxes2):
    """0/0 is put right afterwards."""
    return np.nan_to_num(_iou(boxes1, boxes2, "nan_for_lines"))
