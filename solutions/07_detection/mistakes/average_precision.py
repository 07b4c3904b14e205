"""Wrong answers to `average_precision` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _precision(images, threshold, wrong):
    truths = sum(iou.shape[1] for _, iou in images)
    if wrong == "images_with_boxes_alone":
        images = [(s, iou) for s, iou in images if iou.shape[1]]
    if truths == 0:
        return {"zero_for_nan": 0.0, "one_for_nan": 1.0}.get(wrong, float("nan"))
    ranking = [(-s, i, d) for i, (scores, _) in enumerate(images) for d, s in enumerate(scores)]
    ranking.sort()
    if wrong == "not_sorted":
        ranking.sort(key=lambda r: r[1:])
    if wrong == "worst_first":
        ranking.sort(key=lambda r: (-r[0], *r[1:]))
    if wrong == "image_after_image":
        ranking.sort(key=lambda r: (r[1], r[0], r[2]))
    if wrong == "later_of_equals":
        ranking.sort(key=lambda r: (r[0], -r[1], -r[2]))
    if wrong == "later_image_first":
        ranking.sort(key=lambda r: (r[0], -r[1], r[2]))
    if wrong == "fixed_threshold":
        threshold = 0.5
    found, right = set(), []
    for _, i, d in ranking:
        row = images[i][1][d]
        key = 0 if wrong == "images_mixed_up" else i
        g = row.argmax() if len(row) else None
        if wrong == "best_still_free" and len(row):
            free = [k for k in range(len(row)) if (key, k) not in found]
            g = max(free, key=lambda k: row[k]) if free else g
        if wrong == "first_above" and len(row):
            enough = np.flatnonzero(row >= threshold)
            g = enough[0] if len(enough) else g
        if wrong == "last_of_equal_boxes" and len(row):
            g = len(row) - 1 - row[::-1].argmax()
        enough = g is not None and (
            row[g] > threshold if wrong == "above_alone" else row[g] >= threshold
        )
        new = (key, g) not in found
        if wrong == "duplicates_right":
            new = True
        if wrong == "duplicates_ignored" and enough and not new:
            continue
        if wrong == "wrong_ones_ignored" and not enough:
            continue
        right.append(bool(enough and new))
        if wrong == "taken_by_wrong":
            if g is not None:
                found.add((key, g))
        elif right[-1]:
            found.add((key, g))
    if not right:
        return float("nan") if wrong == "nan_without_detection" else 0.0
    right = np.array(right)
    places = np.arange(1, len(right) + 1)
    precision = np.cumsum(right) / places
    if wrong == "over_all_detections":
        precision = np.cumsum(right) / len(right)
    if wrong == "counted_from_zero":
        precision = np.cumsum(right) / np.maximum(places - 1, 1)
    if wrong == "wrong_over_right":
        precision = np.cumsum(right) / np.maximum(np.cumsum(~right), 1)
    recall = np.cumsum(right) / truths
    if wrong == "trapezoids":
        r, p = np.append(0, recall), np.append(1, precision)
        return float(((r[1:] - r[:-1]) * (p[1:] + p[:-1]) / 2).sum())
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    if wrong == "no_envelope":
        envelope = precision
    if wrong == "envelope_from_the_left":
        envelope = np.maximum.accumulate(precision)
    if wrong == "eleven_points":
        return float(np.mean([envelope[recall >= k / 10].max(initial=0) for k in range(11)]))
    if wrong == "last_precision":
        return float(precision[-1])
    if wrong == "recall_alone":
        return float(recall[-1])
    if wrong == "over_the_detections":
        return float(envelope[right].sum() / len(right))
    if wrong == "mean_over_detections":
        return float(envelope.mean())
    if wrong == "mean_over_right":
        return float(envelope[right].mean()) if right.any() else 0.0
    if wrong == "all_summed":
        return float(envelope.sum() / truths)
    if wrong == "first_image_truths":
        return float(envelope[right].sum() / max(1, images[0][1].shape[1]))
    return float(envelope[right].sum() / truths)


@mistake(
    "average_precision",
    hint="Which detection does the detector believe in most?",
    read="sec-det-ap",
)
def not_sorted(images, threshold):
    """Detections stay in the order in which they are listed."""
    return _precision(images, threshold, "not_sorted")


@mistake("average_precision", hint="Which score is the best one?", read="sec-det-ap")
def worst_first(images, threshold):
    """The lowest score comes first."""
    return _precision(images, threshold, "worst_first")


@mistake(
    "average_precision",
    hint="One list for all images: the best detection may be in the last one.",
    read="sec-det-ap",
    corner="several images",
)
def image_after_image(images, threshold):
    """Detections are ranked image by image."""
    return _precision(images, threshold, "image_after_image")


@mistake(
    "average_precision",
    hint="Average precision is no mean over images: its list goes through all of them.",
    read="sec-det-ap",
    corner="several images",
)
def mean_over_images(images, threshold):
    """The mean of the images' average precisions is taken."""
    each = [_precision([image], threshold, "") for image in images]
    each = [value for value in each if value == value]
    return float(np.mean(each)) if each else float("nan")


@mistake(
    "average_precision",
    hint="The first box of one image is not the first box of another.",
    read="sec-det-ap",
    corner="several images",
)
def images_mixed_up(images, threshold):
    """A box that was found in one image counts as found in all."""
    return _precision(images, threshold, "images_mixed_up")


@mistake(
    "average_precision",
    hint="What is detected in an image without objects is wrong, and it has to count.",
    read="sec-det-ap",
    corner="several images",
)
def images_with_boxes_alone(images, threshold):
    """Images without a true box are left out."""
    return _precision(images, threshold, "images_with_boxes_alone")


@mistake(
    "average_precision",
    hint="True boxes are counted over all images.",
    read="sec-det-ap",
    corner="several images",
)
def first_image_truths(images, threshold):
    """Only the true boxes of the first image are counted."""
    return _precision(images, threshold, "first_image_truths")


@mistake(
    "average_precision",
    hint="How often can one object be found?",
    read="sec-det-matching",
    corner="duplicates",
)
def duplicates_right(images, threshold):
    """Every detection of an object is right."""
    return _precision(images, threshold, "duplicates_right")


@mistake(
    "average_precision",
    hint="Who sees an object twice has made a mistake, and the list should show it.",
    read="sec-det-matching",
    corner="duplicates",
)
def duplicates_ignored(images, threshold):
    """A second detection of an object is neither right nor wrong."""
    return _precision(images, threshold, "duplicates_ignored")


@mistake(
    "average_precision",
    hint="Two rules are in use. By this text a detection looks at one true box, whether that is free or not.",
    read="sec-det-free",
    corner="duplicates",
)
def best_still_free(images, threshold):
    """A detection looks for the best true box that is still free."""
    return _precision(images, threshold, "best_still_free")


@mistake(
    "average_precision",
    hint="Several true boxes can have enough IoU. Which of them does the text mean?",
    read="sec-det-matching",
)
def first_above(images, threshold):
    """A detection takes the first true box with enough IoU."""
    return _precision(images, threshold, "first_above")


@mistake(
    "average_precision",
    hint="A detection that is wrong finds nothing, so the box stays free.",
    read="sec-det-matching",
)
def taken_by_wrong(images, threshold):
    """A detection with too small an IoU uses up its true box."""
    return _precision(images, threshold, "taken_by_wrong")


@mistake(
    "average_precision",
    hint="What else is precision for than to count what is wrong?",
    read="sec-det-pr",
)
def wrong_ones_ignored(images, threshold):
    """Detections with too small an IoU are left out."""
    return _precision(images, threshold, "wrong_ones_ignored")


@mistake(
    "average_precision",
    hint="The zigzag below the curve is no loss of the detector: see what the text takes at each place.",
    read="sec-det-area",
)
def no_envelope(images, threshold):
    """The precision at each right detection is taken, and not the largest from there on."""
    return _precision(images, threshold, "no_envelope")


@mistake(
    "average_precision",
    hint="Later detections count, and not earlier ones.",
    read="sec-det-area",
)
def envelope_from_the_left(images, threshold):
    """The largest precision up to each place is taken."""
    return _precision(images, threshold, "envelope_from_the_left")


@mistake(
    "average_precision",
    hint="The area has steps. No straight lines lie between its points.",
    read="sec-det-area",
)
def trapezoids(images, threshold):
    """The area is that of trapezoids below the raw curve."""
    return _precision(images, threshold, "trapezoids")


@mistake(
    "average_precision",
    hint="Eleven points were VOC's rule before 2010.",
    read="sec-det-area",
)
def eleven_points(images, threshold):
    """Precision is read at eleven recalls."""
    return _precision(images, threshold, "eleven_points")


@mistake(
    "average_precision",
    hint="A true box that nobody finds must lower the result.",
    read="sec-det-area",
)
def mean_over_right(images, threshold):
    """The sum is divided by the number of right detections."""
    return _precision(images, threshold, "mean_over_right")


@mistake(
    "average_precision",
    hint="Only at a right detection does the curve step to the right.",
    read="sec-det-area",
)
def mean_over_detections(images, threshold):
    """The mean over all detections is taken."""
    return _precision(images, threshold, "mean_over_detections")


@mistake(
    "average_precision",
    hint="Only at a right detection does the curve step to the right.",
    read="sec-det-area",
)
def all_summed(images, threshold):
    """Precision is summed over all detections."""
    return _precision(images, threshold, "all_summed")


@mistake(
    "average_precision",
    hint="One precision says nothing of the order.",
    read="sec-det-pr",
)
def last_precision(images, threshold):
    """The precision of the whole list is returned."""
    return _precision(images, threshold, "last_precision")


@mistake("average_precision", same_as="wrong_ones_ignored")
def recall_alone(images, threshold):
    """The part of the true boxes that was found is returned."""
    return _precision(images, threshold, "recall_alone")


@mistake(
    "average_precision",
    hint="After k detections, divide by k.",
    read="sec-det-pr",
)
def over_all_detections(images, threshold):
    """Precision is divided by the number of all detections."""
    return _precision(images, threshold, "over_all_detections")


@mistake(
    "average_precision",
    hint="The first detection is one, and not none.",
    read="sec-det-pr",
)
def counted_from_zero(images, threshold):
    """Places are counted from 0."""
    return _precision(images, threshold, "counted_from_zero")


@mistake("average_precision", hint="The threshold is an argument.", read="sec-det-matching")
def fixed_threshold(images, threshold):
    """The threshold is always 0.5."""
    return _precision(images, threshold, "fixed_threshold")


@mistake(
    "average_precision",
    hint="The text says what an IoU of just the threshold means.",
    read="sec-det-matching",
    corner="an IoU of the threshold",
)
def above_alone(images, threshold):
    """An IoU of just the threshold is not enough."""
    return _precision(images, threshold, "above_alone")


@mistake(
    "average_precision",
    hint="Sorting a list the other way round turns equal entries, too.",
    read="sec-det-ap",
    corner="equal scores",
)
def later_of_equals(images, threshold):
    """Of equal scores the later one comes first."""
    return _precision(images, threshold, "later_of_equals")


@mistake("average_precision", same_as="later_of_equals")
def later_image_first(images, threshold):
    """Of equal scores the later image comes first."""
    return _precision(images, threshold, "later_image_first")


@mistake(
    "average_precision",
    hint="Where nothing is to be found, nothing can be missed. Is 0 then fair?",
    read="sec-det-ap",
    corner="no true box",
)
def zero_for_nan(images, threshold):
    """Without a true box the result is 0."""
    return _precision(images, threshold, "zero_for_nan")


@mistake(
    "average_precision",
    hint="The text says what becomes of 0/0.",
    read="sec-det-ap",
    corner="no true box",
)
def one_for_nan(images, threshold):
    """Without a true box the result is 1."""
    return _precision(images, threshold, "one_for_nan")


@mistake(
    "average_precision",
    hint="An image may have detections and nothing to be found. What is the maximum of an empty row?",
    read="sec-det-ap",
    corner="images without true boxes",
)
def needs_a_box(images, threshold):
    """An image without a true box is an error."""
    for scores, iou in images:
        if len(scores):
            iou.argmax(axis=1)
    return _precision(images, threshold, "")


@mistake(
    "average_precision",
    hint="What can be found are the true boxes, however many detections there are.",
    read="sec-det-area",
)
def over_the_detections(images, threshold):
    """The sum is divided by the number of detections."""
    return _precision(images, threshold, "over_the_detections")


@mistake(
    "average_precision",
    hint="Where something is to be found and nothing is detected, all of it is missed.",
    read="sec-det-ap",
    corner="no detection",
)
def nan_without_detection(images, threshold):
    """Without a detection the result is nan."""
    return _precision(images, threshold, "nan_without_detection")


@mistake(
    "average_precision",
    hint="The text says which of two equal IoUs counts.",
    read="sec-det-matching",
    corner="equal IoUs",
)
def last_of_equal_boxes(images, threshold):
    """Of equal IoUs of a detection the last true box is taken."""
    return _precision(images, threshold, "last_of_equal_boxes")


@alternative("average_precision")
def with_arrays(images, threshold):
    """Flags image by image, one stable sort, a running maximum."""
    truths = sum(iou.shape[1] for _, iou in images)
    if not truths:
        return np.nan
    scores, flags = [], []
    for own, iou in images:
        hit, free = np.zeros(len(own), bool), np.ones(iou.shape[1], bool)
        for d in np.argsort(-own, kind="stable"):
            if iou.shape[1] and iou[d].max() >= threshold:
                g = iou[d].argmax()
                hit[d], free[g] = free[g], False
        scores.append(own)
        flags.append(hit)
    hit = np.concatenate(flags)[np.argsort(-np.concatenate(scores), kind="stable")]
    precision = np.cumsum(hit) / (1 + np.arange(len(hit)))
    return np.maximum.accumulate(precision[::-1])[::-1][hit].sum() / truths
