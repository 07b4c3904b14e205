"""Wrong answers to `candidates` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _found(scores, boxes, size, threshold, most, wrong):
    axis = 0 if wrong == "softmax_over_anchors" else 1
    with np.errstate(all="ignore"):
        if wrong == "no_shift":
            share = np.exp(scores)
        else:
            share = np.exp(scores - scores.max(axis=axis, keepdims=True))
        if wrong == "one_shift_for_all":
            share = np.exp(scores - scores.max())
        if wrong == "without_background":
            share = np.exp(scores[:, 1:] - scores[:, 1:].max(axis=1, keepdims=True))
        share = share / share.sum(axis=axis, keepdims=True)
        if wrong == "sigmoids":
            share = 1 / (1 + np.exp(-scores))
        if wrong == "logits":
            share = scores
    if wrong == "background_last":
        share = share[:, :-1]
    elif wrong not in ("without_background", "background_is_a_class"):
        share = share[:, 1:]
    height, width = size
    if wrong == "sides_exchanged":
        height, width = width, height
    border = [width, height, width, height]
    if wrong == "last_pixel":
        border = [width - 1, height - 1, width - 1, height - 1]
    whole = boxes
    boxes = boxes.clip(0, border)
    if wrong == "left_and_top_alone":
        boxes = whole.clip(0)
    if wrong == "right_and_bottom_alone":
        boxes = np.minimum(whole, border)
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if wrong in ("not_cut_off", "cut_off_and_forgotten"):
        boxes = whole
    if wrong == "without_area_stay" or wrong == "not_cut_off":
        has_area[:] = True
    if wrong == "outside_left_out":
        has_area = ((whole >= 0) & (whole <= border)).all(axis=1)
    if wrong == "lines_stay":
        has_area = (boxes[:, 2:] > boxes[:, :2]).any(axis=1)
    above = share > threshold if wrong == "above_alone" else share >= threshold
    if wrong == "below_threshold":
        above = share <= threshold
    if wrong == "threshold_ignored":
        above = share >= 0
    if wrong == "fixed_threshold":
        above = share >= 0.5
    if wrong == "best_class_alone":
        above = above & (share == share.max(axis=1, keepdims=True))
    if wrong == "objects_alone":
        above = above & (scores[:, 1:].max(axis=1) > scores[:, 0])[:, None]
    if wrong == "best_anchors":
        best = np.zeros(len(scores), bool)
        best[np.argsort(-share.max(axis=1), kind="stable")[:most]] = True
        above = above & best[:, None]
    if wrong == "a_pixel_at_least":
        has_area = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
    if wrong == "most_first":
        flat = np.where(above, share, -1).ravel()
        best = np.zeros(flat.size, bool)
        best[np.argsort(-flat, kind="stable")[:most]] = True
        above = above & best.reshape(above.shape)
    anchors, labels = np.nonzero(above & has_area[:, None])
    value = share[anchors, labels]
    order = np.argsort(-value, kind="stable")
    if wrong == "worst_first":
        order = np.argsort(value, kind="stable")
    if wrong == "later_first":
        order = np.argsort(value, kind="stable")[::-1]
    if wrong == "class_first":
        order = np.lexsort((anchors, labels, -value))
    if wrong == "not_sorted":
        order = np.arange(len(value))
    if wrong not in ("most_ignored", "best_anchors"):
        order = order[:most]
    if wrong == "cut_unsorted":
        order = np.argsort(-value[:most], kind="stable")
    if wrong == "most_of_each_class":
        order = np.argsort(-value, kind="stable")
        order = np.array(
            [k for n, k in enumerate(order) if (labels[order[:n]] == labels[k]).sum() < most], int
        )
    if wrong == "boxes_not_sorted":
        return boxes[anchors[: len(order)]], labels[order], value[order]
    if wrong == "labels_not_sorted":
        return boxes[anchors[order]], labels[: len(order)], value[order]
    anchors, labels, value = anchors[order], labels[order], value[order]
    if wrong == "labels_from_one":
        labels = labels + 1
    if wrong == "boxes_last":
        return labels, value, boxes[anchors]
    if wrong == "scores_before_labels":
        return boxes[anchors], value, labels
    return boxes[anchors], labels, value


@mistake(
    "candidates",
    hint="An anchor may be a cup and a bowl, both with enough probability.",
    read="sec-det-threshold",
)
def best_class_alone(scores, boxes, size, threshold, most):
    """Each anchor gives one candidate at most, of its best class."""
    return _found(scores, boxes, size, threshold, most, "best_class_alone")


@mistake(
    "candidates",
    hint="Nobody wants a list of background.",
    read="sec-det-threshold",
)
def background_is_a_class(scores, boxes, size, threshold, most):
    """The background is listed as class 0."""
    return _found(scores, boxes, size, threshold, most, "background_is_a_class")


@mistake("candidates", same_as="background_is_a_class")
def background_last(scores, boxes, size, threshold, most):
    """The last column is taken for the background."""
    return _found(scores, boxes, size, threshold, most, "background_last")


@mistake(
    "candidates",
    hint="An anchor on background should have low scores for all classes.",
    read="sec-det-threshold",
)
def without_background(scores, boxes, size, threshold, most):
    """The softmax leaves the background out."""
    return _found(scores, boxes, size, threshold, most, "without_background")


@mistake("candidates", hint="The probabilities of an anchor add up to 1.", read="sec-det-threshold")
def softmax_over_anchors(scores, boxes, size, threshold, most):
    """The softmax goes over the anchors."""
    return _found(scores, boxes, size, threshold, most, "softmax_over_anchors")


@mistake("candidates", hint="The probabilities of an anchor add up to 1.", read="sec-det-threshold")
def sigmoids(scores, boxes, size, threshold, most):
    """Each class has a sigmoid of its own."""
    return _found(scores, boxes, size, threshold, most, "sigmoids")


@mistake("candidates", hint="A logit is no probability.", read="sec-det-threshold")
def logits(scores, boxes, size, threshold, most):
    """The logits are taken for scores."""
    return _found(scores, boxes, size, threshold, most, "logits")


@mistake(
    "candidates",
    hint="exp(1000) is infinite, and ∞/∞ is nan. A softmax does not change when all logits of a row are shifted.",
    read="sec-det-threshold",
    corner="large logits",
)
def no_shift(scores, boxes, size, threshold, most):
    """Large logits overflow."""
    return _found(scores, boxes, size, threshold, most, "no_shift")


@mistake(
    "candidates",
    hint="Each anchor has a largest logit of its own. Shifted by another one's, all of a row may become 0.",
    read="sec-det-threshold",
    corner="large logits",
)
def one_shift_for_all(scores, boxes, size, threshold, most):
    """All anchors are shifted by the largest logit of all."""
    return _found(scores, boxes, size, threshold, most, "one_shift_for_all")


@mistake(
    "candidates",
    hint="size is (height, width), and a box begins with x.",
    read="sec-det-formats",
)
def sides_exchanged(scores, boxes, size, threshold, most):
    """Boxes are cut off at the height in x, and at the width in y."""
    return _found(scores, boxes, size, threshold, most, "sides_exchanged")


@mistake(
    "candidates",
    hint="A box that ends at the width ends behind the last pixel, as it should.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def last_pixel(scores, boxes, size, threshold, most):
    """Boxes are cut off at width − 1 and height − 1."""
    return _found(scores, boxes, size, threshold, most, "last_pixel")


@mistake(
    "candidates",
    hint="A box can reach over all four sides.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def left_and_top_alone(scores, boxes, size, threshold, most):
    """Boxes are cut off at 0 alone."""
    return _found(scores, boxes, size, threshold, most, "left_and_top_alone")


@mistake(
    "candidates",
    hint="A box can reach over all four sides.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def right_and_bottom_alone(scores, boxes, size, threshold, most):
    """Boxes are not cut off at 0."""
    return _found(scores, boxes, size, threshold, most, "right_and_bottom_alone")


@mistake(
    "candidates",
    hint="An object cannot reach further than the image.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def not_cut_off(scores, boxes, size, threshold, most):
    """Boxes are not cut off."""
    return _found(scores, boxes, size, threshold, most, "not_cut_off")


@mistake("candidates", same_as="not_cut_off")
def cut_off_and_forgotten(scores, boxes, size, threshold, most):
    """The boxes that are returned are not those that were cut off."""
    return _found(scores, boxes, size, threshold, most, "cut_off_and_forgotten")


@mistake(
    "candidates",
    hint="A box outside the image becomes a line at its border. Is there an object?",
    read="sec-det-formats",
    corner="boxes over the border",
)
def without_area_stay(scores, boxes, size, threshold, most):
    """Boxes without area stay."""
    return _found(scores, boxes, size, threshold, most, "without_area_stay")


@mistake("candidates", same_as="without_area_stay")
def lines_stay(scores, boxes, size, threshold, most):
    """Boxes without width stay if they have a height."""
    return _found(scores, boxes, size, threshold, most, "lines_stay")


@mistake(
    "candidates",
    hint="Half of an object may be in the image.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def outside_left_out(scores, boxes, size, threshold, most):
    """Boxes that reach over the border are left out."""
    return _found(scores, boxes, size, threshold, most, "outside_left_out")


@mistake("candidates", hint="High scores are the good ones.", read="sec-det-threshold")
def below_threshold(scores, boxes, size, threshold, most):
    """Scores above the threshold are left out."""
    return _found(scores, boxes, size, threshold, most, "below_threshold")


@mistake(
    "candidates",
    hint="How low a score may be is an argument.",
    read="sec-det-threshold",
)
def threshold_ignored(scores, boxes, size, threshold, most):
    """The threshold is not used."""
    return _found(scores, boxes, size, threshold, most, "threshold_ignored")


@mistake("candidates", hint="The threshold is an argument.", read="sec-det-threshold")
def fixed_threshold(scores, boxes, size, threshold, most):
    """The threshold is always 0.5."""
    return _found(scores, boxes, size, threshold, most, "fixed_threshold")


@mistake(
    "candidates",
    hint="The text says what becomes of a score of just the threshold.",
    read="sec-det-threshold",
    corner="equal scores",
)
def above_alone(scores, boxes, size, threshold, most):
    """A score of just the threshold is left out."""
    return _found(scores, boxes, size, threshold, most, "above_alone")


@mistake("candidates", hint="The best comes first.", read="sec-det-threshold")
def worst_first(scores, boxes, size, threshold, most):
    """The lowest score comes first."""
    return _found(scores, boxes, size, threshold, most, "worst_first")


@mistake("candidates", hint="The best comes first.", read="sec-det-threshold")
def not_sorted(scores, boxes, size, threshold, most):
    """Candidates are listed by anchors."""
    return _found(scores, boxes, size, threshold, most, "not_sorted")


@mistake(
    "candidates",
    hint="A sort that is turned round turns equal scores, too.",
    read="sec-det-threshold",
    corner="equal scores",
)
def later_first(scores, boxes, size, threshold, most):
    """Of equal scores the later one comes first."""
    return _found(scores, boxes, size, threshold, most, "later_first")


@mistake(
    "candidates",
    hint="Of equal scores the anchor decides first.",
    read="sec-det-threshold",
    corner="equal scores",
)
def class_first(scores, boxes, size, threshold, most):
    """Of equal scores the lower class comes first."""
    return _found(scores, boxes, size, threshold, most, "class_first")


@mistake(
    "candidates",
    hint="A detector with 100,000 anchors should not hand all of them on.",
    read="sec-det-threshold",
    corner="at most so many",
)
def most_ignored(scores, boxes, size, threshold, most):
    """All candidates are returned."""
    return _found(scores, boxes, size, threshold, most, "most_ignored")


@mistake(
    "candidates",
    hint="Which of them are returned, the first or the best?",
    read="sec-det-threshold",
    corner="at most so many",
)
def cut_unsorted(scores, boxes, size, threshold, most):
    """The list is cut before it is sorted."""
    return _found(scores, boxes, size, threshold, most, "cut_unsorted")


@mistake(
    "candidates",
    hint="The number is one for all classes together.",
    read="sec-det-threshold",
    corner="at most so many",
)
def most_of_each_class(scores, boxes, size, threshold, most):
    """So many of each class are returned."""
    return _found(scores, boxes, size, threshold, most, "most_of_each_class")


@mistake(
    "candidates",
    hint="A box outside the image should not take another one's place in the list.",
    read="sec-det-threshold",
    corner="at most so many",
)
def most_first(scores, boxes, size, threshold, most):
    """The list is cut before boxes without area are left out."""
    return _found(scores, boxes, size, threshold, most, "most_first")


@mistake("candidates", hint="All three arrays have the same order.", read="sec-det-threshold")
def boxes_not_sorted(scores, boxes, size, threshold, most):
    """The boxes keep another order than labels and scores."""
    return _found(scores, boxes, size, threshold, most, "boxes_not_sorted")


@mistake("candidates", hint="All three arrays have the same order.", read="sec-det-threshold")
def labels_not_sorted(scores, boxes, size, threshold, most):
    """The labels keep another order than boxes and scores."""
    return _found(scores, boxes, size, threshold, most, "labels_not_sorted")


@mistake("candidates", hint="Column 1 is class 0.", read="sec-det-threshold")
def labels_from_one(scores, boxes, size, threshold, most):
    """Labels count from 1."""
    return _found(scores, boxes, size, threshold, most, "labels_from_one")


@mistake("candidates", hint="Boxes, labels, scores.", read="sec-det-threshold")
def boxes_last(scores, boxes, size, threshold, most):
    """The results come in the order labels, scores, boxes."""
    return _found(scores, boxes, size, threshold, most, "boxes_last")


@mistake("candidates", hint="Boxes, labels, scores.", read="sec-det-threshold")
def scores_before_labels(scores, boxes, size, threshold, most):
    """Scores come before labels."""
    return _found(scores, boxes, size, threshold, most, "scores_before_labels")


@mistake(
    "candidates",
    hint="An array made of an empty list has the shape (0,). How many numbers has a box?",
    read="sec-det-threshold",
    corner="nothing left",
)
def boxes_without_axis(scores, boxes, size, threshold, most):
    """Where nothing is left, the boxes have the shape (0,)."""
    found, labels, value = _found(scores, boxes, size, threshold, most, "")
    return np.array(found.tolist()), labels, value


@mistake(
    "candidates",
    hint="The background may be the likeliest, and a class still be above the threshold.",
    read="sec-det-threshold",
)
def objects_alone(scores, boxes, size, threshold, most):
    """Anchors whose largest logit is that of the background are left out."""
    return _found(scores, boxes, size, threshold, most, "objects_alone")


@mistake(
    "candidates",
    hint="Candidates are counted, and an anchor may give several.",
    read="sec-det-threshold",
    corner="at most so many",
)
def best_anchors(scores, boxes, size, threshold, most):
    """So many anchors are kept, with all of their candidates."""
    return _found(scores, boxes, size, threshold, most, "best_anchors")


@mistake(
    "candidates",
    hint="A narrow box has an area, too.",
    read="sec-det-formats",
    corner="boxes over the border",
)
def a_pixel_at_least(scores, boxes, size, threshold, most):
    """Boxes of less than a pixel in width or height are left out."""
    return _found(scores, boxes, size, threshold, most, "a_pixel_at_least")


@alternative("candidates")
def with_a_list(scores, boxes, size, threshold, most):
    """A sorted list of tuples."""
    found = []
    for a, (row, (x1, y1, x2, y2)) in enumerate(zip(scores, boxes, strict=True)):
        share = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
        x1, x2 = np.clip([x1, x2], 0, size[1])
        y1, y2 = np.clip([y1, y2], 0, size[0])
        for c in range(1, len(row)):
            if share[c] >= threshold and (x2 - x1) * (y2 - y1) > 0:
                found.append((-share[c], a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return (
        np.array([f[3] for f in found], float).reshape(-1, 4),
        np.array([f[2] for f in found], int),
        np.array([-f[0] for f in found], float),
    )
