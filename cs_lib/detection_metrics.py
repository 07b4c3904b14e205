"""How good detections are: average precision by exact counting, by Pascal VOC's rules and COCO's.

All rank a class's detections of all images in one list, best score first. They differ in the true
box that a detection finds, in what is left out, and in how precision over recall becomes a number:

- `detection_average_precision`: a detection finds the true box of largest IoU; precision is read at
  every recall, or at some, counted exactly; difficult boxes are left out.
- `voc_average_precision`: the same, but 2007's 11 recalls are floats.
- `coco_average_precision`: a detection finds the best true box that is still free; precision is
  read at 101 recalls, floats; left out are crowds, objects of other sizes, and all but the best 100
  detections of a class in an image.

predictions has a dict for each image (what torchvision's detectors give): boxes (D, 4) xyxy, scores
(D,), labels (D,) integers. So has targets, in the same order: boxes (G, 4), labels (G,), and where
a rule asks for it difficult (G,) bool, iscrowd (G,) bool, area (G,). Boxes are half open: those of
VOC, whose last pixel is inside, become so when 1 is taken from their first corner alone.
"""

import numpy as np

from cs_lib._shared import boxes as _boxes
from cs_lib.numpy.detection.boxes import box_area, box_iou

__all__ = [
    "COCO_AREAS",
    "average_precision",
    "coco_average_precision",
    "coco_evaluation",
    "detection_average_precision",
    "detection_mean_average_precision",
    "voc_average_precision",
    "voc_mean_average_precision",
]

COCO_AREAS = {
    "all": (0, 1e10),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e10),
}  # pixels, of the least and the largest area that belongs
_COCO_IOUS = tuple(np.linspace(0.5, 0.95, 10))
_VOC_RECALLS, _COCO_RECALLS = np.arange(0, 1.1, 0.1), np.linspace(0, 1, 101)


def average_precision(scores, correct, num_positives, *, points=None):
    """The area under the curve of precision over recall, of detections taken best score first.

    scores: (D,), correct: (D,) bool, whether each found something, num_positives: how much there is
    to find -> float. Precision at recall r is the largest at any recall of at least r.
    points: None for the whole area [Everingham et al. 2015, §4.2.2]; a number for the mean
        precision at that many recalls from 0 to 1
    Recalls are compared as fractions of whole numbers. The evaluators of VOC and COCO compare
    floats, so that a recall of 3/10 misses 0.1·3: see `voc_average_precision`. Equal scores: the
    lower index first. nan if there is nothing to find.
    """
    scores, correct = np.asarray(scores), np.asarray(correct)
    _boxes.check_one_each("average_precision", "correct", correct, len(scores))
    if correct.dtype != bool:
        raise TypeError(f"average_precision: correct is {correct.dtype}; it must be bool")
    if np.isnan(scores).any():
        raise ValueError("average_precision: scores has NaN, which has no rank; remove it first")
    if correct.sum() > num_positives:
        raise ValueError(
            f"average_precision: {correct.sum()} detections are correct, num_positives is "
            f"{num_positives}; only one detection can find each"
        )
    if points is not None and points < 2:
        raise ValueError(f"average_precision: points is {points}; it must be None or at least 2")
    if num_positives == 0:
        return float("nan")
    correct = correct[np.argsort(-scores, kind="stable")]
    found = correct.cumsum()  # (D,)
    precision = found / np.arange(1, len(found) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]  # the largest from here on
    if points is None:
        return float(precision[correct].sum() / num_positives)
    # found / num_positives >= k / (points - 1) in whole numbers: 0.1·3 is not 0.3
    enough = found * (points - 1) >= np.arange(points)[:, None] * num_positives  # (points, D)
    return float(np.where(enough, precision, 0).max(axis=1, initial=0).mean())


def detection_average_precision(predictions, targets, label, *, iou_threshold=0.5, points=None):
    """Average precision of one class: VOC's way to find, exact counting.

    predictions, targets: a dict for each image, as at the head of this module; targets may have
        difficult: such boxes count neither when found nor when missed
    iou_threshold, points: as in `average_precision`
    -> float; nan if no image has the class
    Best score first, a detection is correct if the true box of largest IoU with it (same image and
    class, the first of equals) has at least iou_threshold and was not found before: a duplicate
    counts as wrong [Everingham et al. 2010, §4.2].
    """
    ranking = _ranking(
        "detection_average_precision", predictions, targets, label, iou_threshold=iou_threshold
    )
    return average_precision(*ranking, points=points)


def detection_mean_average_precision(predictions, targets, *, iou_threshold=0.5, points=None):
    """The mean of `detection_average_precision` over the classes that targets have.

    Arguments and errors as there -> float. ValueError if there is nothing to find at all.
    """
    options = {"iou_threshold": iou_threshold, "points": points}
    return _mean(
        "detection_mean_average_precision",
        targets,
        lambda c: detection_average_precision(predictions, targets, c, **options),
    )


# --- Pascal VOC ---


def voc_average_precision(predictions, targets, label, *, year=2010, iou_threshold=0.5):
    """Average precision of one class as the evaluators of Pascal VOC compute it.

    predictions, targets, iou_threshold: as in `detection_average_precision`
    year: 2010, since when the whole area counts, below the largest precision from a recall on
        [Everingham et al. 2015, §4.2.2]; or 2007, when the mean of that precision at the recalls
        0, 0.1, …, 1 did, as it did until 2009 [Everingham et al. 2010, §4.2]
    -> float; nan if no image has the class
    Recalls are floats, and the eleven of 2007 are np.arange(0, 1.1, 0.1), as in evaluators written
    in Python: there, 3/10, 6/10 and 7/10 are below their own points. Exact counting is
    detection_average_precision(…, points=11). An IoU of just the threshold is enough.
    """
    caller = "voc_average_precision"
    if year not in (2007, 2010):
        raise ValueError(f"{caller}: year is {year!r}; it must be 2007 or 2010")
    scores, correct, positives = _ranking(caller, predictions, targets, label, iou_threshold)
    if year == 2010 or not positives:
        return average_precision(scores, correct, positives)
    correct = correct[np.argsort(-scores, kind="stable")]
    return _mean_precision(correct, positives, _VOC_RECALLS)


def voc_mean_average_precision(predictions, targets, *, year=2010, iou_threshold=0.5):
    """The mean of `voc_average_precision` over the classes that targets have (and not only as
    difficult).

    Arguments and errors as there -> float. ValueError if there is nothing to find at all.
    """
    options = {"year": year, "iou_threshold": iou_threshold}
    return _mean(
        "voc_mean_average_precision",
        targets,
        lambda c: voc_average_precision(predictions, targets, c, **options),
    )


# --- COCO ---


def coco_average_precision(
    predictions, targets, label, *, iou_thresholds=_COCO_IOUS, area=(0, 1e10), max_detections=100
):
    """Average precision of one class as COCO's evaluator computes it [Lin et al. 2014;
    pycocotools.cocoeval].

    predictions, targets: a dict for each image, as at the head of this module; targets may have
        iscrowd, for boxes around many objects, and area, in pixels, where an object's is not its
        box's (COCO's is that of its mask)
    iou_thresholds: over which the mean is taken; area: the least and the largest that counts, both
        included; max_detections: so many of an image, best score first
    -> float; nan if no image has the class
    Best score first, a detection finds the true box of largest IoU among those still free (the last
    of equals), if its IoU is at least the threshold; where there is none, it may find a crowd or a
    box of another area, and then counts for nothing. Its IoU with a crowd is the part of its own
    area that lies within, and a crowd is never taken. A detection of another area that finds
    nothing counts for nothing, too. Precision, the largest from a recall on, is read at 101 recalls
    from 0 to 1, as floats: 35/100 and nine more are below their own points.
    """
    thresholds = tuple(iou_thresholds)
    found, true = _tables("coco_average_precision", predictions, targets, thresholds)
    precision, _ = _coco(found, true, label, thresholds, [area], [max_detections])
    return float(precision.mean())


def coco_evaluation(
    predictions, targets, *, iou_thresholds=_COCO_IOUS, areas=None, max_detections=(1, 10, 100)
):
    """The numbers that COCO's evaluator prints, means over the classes that targets have.

    predictions, targets, iou_thresholds: as in `coco_average_precision`
    areas: {name: (least, largest)}, COCO_AREAS by default; "all" must be there
    max_detections: numbers of detections an image, rising
    -> {"AP", "AP50", "AP75", "AP small", …: average precision, of 0.5 and 0.75 where these are
        among the thresholds; "AR 1", "AR 10", "AR 100", "AR small", …: the largest recall}
    AP, and AR of an area, are of the last of max_detections. nan where nothing is to be found, for
    which COCO's own says -1.
    """
    caller = "coco_evaluation"
    areas = COCO_AREAS if areas is None else areas
    thresholds, most = tuple(iou_thresholds), tuple(max_detections)
    if "all" not in areas:
        raise ValueError(f"{caller}: areas has {', '.join(areas) or 'none'}; it must have 'all'")
    if not most or list(most) != sorted({*most}) or most[0] < 1:
        raise ValueError(
            f"{caller}: max_detections is {most}; it must be numbers from 1, each above the last"
        )
    found, true = _tables(caller, predictions, targets, thresholds)
    options = thresholds, list(areas.values()), most
    each = [_coco(found, true, label, *options) for label in np.unique(true["labels"])]
    shapes = (len(areas), len(thresholds)), (len(areas), len(thresholds), len(most))
    precision, recall = (  # {area: (T,)}, {area: (T, M)}
        dict(zip(areas, _mean_of_numbers([one[i] for one in each], shape), strict=True))
        for i, shape in enumerate(shapes)
    )
    others = [name for name in areas if name != "all"]
    numbers = {"AP": precision["all"].mean()}
    numbers |= {
        f"AP{100 * t:.0f}": precision["all"][thresholds.index(t)]
        for t in (0.5, 0.75)
        if t in thresholds
    }
    numbers |= {f"AP {name}": precision[name].mean() for name in others}
    numbers |= {f"AR {m}": of_m for m, of_m in zip(most, recall["all"].mean(axis=0), strict=True)}
    numbers |= {f"AR {name}": recall[name][:, -1].mean() for name in others}
    return {name: float(value) for name, value in numbers.items()}


def _coco(found, true, label, thresholds, areas, most):
    """Average precision and the largest recall of a class, from `_tables`: (A, T), (A, T, M), nan
    where nothing is to be found; A areas, T thresholds, M numbers of detections an image."""
    found, true = (
        {key: column[table["labels"] == label] for key, column in table.items()}
        for table in (found, true)
    )
    order = np.lexsort((-found["scores"], found["image"]))  # image by image, best score first
    rank = np.arange(len(order)) - np.searchsorted(found["image"], found["image"])
    order, rank = order[rank < most[-1]], rank[rank < most[-1]]
    found = {key: column[order] for key, column in found.items()} | {"rank": rank}
    least, largest = np.array(areas, float).T[:, :, None]  # (A, 1) each
    true["ignored"] = true["iscrowd"] | (true["area"] < least) | (true["area"] > largest)  # (A, G)
    correct, nothing = _find_free(found, true, np.array(thresholds))  # (A, T, D) each
    size = box_area(found["boxes"])
    other = (size < least) | (size > largest)  # (A, D)
    counts = correct | ~(nothing | other[:, None])
    positives = (~true["ignored"]).sum(axis=1)
    precision = np.full((len(areas), len(thresholds)), np.nan)
    recall = np.full((*precision.shape, len(most)), np.nan)
    order = np.argsort(-found["scores"], kind="stable")
    for a in np.flatnonzero(positives):
        for t in range(len(thresholds)):
            right = correct[a, t, order][counts[a, t, order]]
            precision[a, t] = _mean_precision(right, positives[a], _COCO_RECALLS)
        for j, m in enumerate(most):
            recall[a, :, j] = correct[a][:, rank < m].sum(axis=1) / positives[a]
    return precision, recall


def _find_free(found, true, thresholds):
    """Which detections of a class are correct, and which find what counts for nothing.

    found: boxes (D, 4), image (D,), rank (D,) in its image; true: boxes (G, 4), image (G,), iscrowd
    (G,), ignored (A, G); both image by image; thresholds: (T,) -> (A, T, D), (A, T, D) bool
    Rank by rank: the detections of a rank are of different images, and none takes another's box.
    """
    areas, steps = len(true["ignored"]), len(thresholds)
    correct, nothing = np.zeros((2, areas, steps, len(found["rank"])), bool)
    free = np.ones((areas, steps, len(true["image"])), bool)
    enough = np.minimum(thresholds, 1 - 1e-10)[:, None]  # (T, 1)
    d, g, iou = _pairs(found, true, enough.min(initial=1))
    rank = found["rank"][d]
    for now in range(rank.max(initial=-1) + 1):
        first, last = np.searchsorted(rank, [now, now + 1])
        if first == last:
            continue
        pairs = slice(first, last)
        box = g[pairs]  # (n,)
        detection, start = np.unique(d[pairs], return_index=True)
        near = free[:, :, box] & (iou[pairs] >= enough)  # (A, T, n)
        # its last pair is the best: the IoU rises; a box that counts goes before one that does not
        place = np.arange(len(box)) + len(box) * ~true["ignored"][:, None, box]  # (A, 1, n)
        best = np.maximum.reduceat(np.where(near, place, -1), start, axis=2)
        correct[:, :, detection] = best >= len(box)
        nothing[:, :, detection] = (best >= 0) & (best < len(box))
        taken = box[best % len(box)]
        a, t, i = np.nonzero((best >= 0) & ~true["iscrowd"][taken])
        free[a, t, taken[a, t, i]] = False
    return correct, nothing


def _pairs(found, true, least):
    """All pairs of a detection and a true box of one image, with an IoU of at least so much:
    -> indices d, g and IoU (P,), by rank, then d; of one detection the IoU rises, then g
    """
    first, last = (
        np.searchsorted(true["image"], found["image"], side) for side in ("left", "right")
    )
    count = last - first
    d = np.repeat(np.arange(len(count)), count)
    g = np.arange(len(d)) + np.repeat(last - count.cumsum(), count)
    box, other = found["boxes"][d], true["boxes"][g]
    sides = np.minimum(box[:, 2:], other[:, 2:]) - np.maximum(box[:, :2], other[:, :2])
    both = sides.clip(0).prod(axis=1)
    size = box_area(box)  # with a crowd: the part of the detection that lies within
    union = np.where(true["iscrowd"][g], size, size + box_area(other) - both)
    iou = both / np.where(union > 0, union, 1)
    order = np.lexsort((g, iou, d, found["rank"][d]))
    order = order[iou[order] >= least]
    return d[order], g[order], iou[order]


def _tables(caller, predictions, targets, thresholds):
    """All detections and all true boxes, image by image: {name of a column: column}"""
    for threshold in thresholds:
        _boxes.check_threshold(caller, "iou_thresholds", threshold)
    _check_pairs(caller, predictions, targets)
    found = [
        _checked(caller, f"predictions[{i}]", one, "scores") for i, one in enumerate(predictions)
    ]
    true = []
    for i, one in enumerate(targets):
        plain = {"iscrowd": np.zeros(len(one["labels"]))}
        boxes, labels, crowd = _checked(caller, f"targets[{i}]", plain | one, "iscrowd")
        area = box_area(boxes)
        if "area" in one:
            area = _checked(caller, f"targets[{i}]", one, "area")[2]
        true.append((boxes, labels, crowd, area))
    found = _table(found, ("boxes", "labels", "scores"))
    true = _table(true, ("boxes", "labels", "iscrowd", "area"))
    return found, true | {"iscrowd": true["iscrowd"].astype(bool)}


def _table(rows, names):
    """rows: arrays of an image each, boxes, labels and more -> {name: those of all}, and "image";
    float32 becomes float64, with which COCO's computes."""
    empty = [np.zeros((0, 4)), np.zeros(0, int), *(np.zeros(0) for _ in names[2:])]
    columns = [np.concatenate(column) for column in zip(empty, *rows, strict=True)]
    image = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    return dict(zip(names, columns, strict=True)) | {"image": image}


def _mean_of_numbers(each, shape):
    """The mean of arrays of that shape, entry by entry, without what is nan."""
    each = np.array(each).reshape(-1, *shape)
    some = ~np.isnan(each)
    total = np.where(some, each, 0).sum(axis=0)
    return np.divide(total, some.sum(axis=0), out=np.full(shape, np.nan), where=some.any(axis=0))


# --- what the rules share ---


def _ranking(caller, predictions, targets, label, iou_threshold):
    """All detections of a class that count, with VOC's way to find:
    -> scores (D,), correct (D,) bool, how much there is to find
    """
    _boxes.check_threshold(caller, "iou_threshold", iou_threshold)
    _check_pairs(caller, predictions, targets)
    scores, correct, num_positives = [np.zeros(0)], [np.zeros(0, bool)], 0
    for i, (prediction, target) in enumerate(zip(predictions, targets, strict=True)):
        boxes, score = _of_class(caller, f"predictions[{i}]", prediction, label, "scores")
        easy = {"difficult": np.zeros(len(target["labels"]), bool)}
        truth, difficult = _of_class(caller, f"targets[{i}]", easy | target, label, "difficult")
        difficult = difficult.astype(bool)
        num_positives += (~difficult).sum()
        hit, ignored = _find_largest(boxes, score, truth, difficult, iou_threshold)
        scores.append(score[~ignored])
        correct.append(hit[~ignored])
    return np.concatenate(scores), np.concatenate(correct), int(num_positives)


def _mean_precision(correct, positives, recalls):
    """The mean, over recalls, of the largest precision from each on: compared as floats.

    correct: (D,) bool, best score first
    """
    found = correct.cumsum()
    precision = found / np.arange(1, len(found) + 1)
    # after the last detection there is none
    highest = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    return float(highest[np.searchsorted(found / positives, recalls)].mean())


def _classes(targets):
    return np.unique(
        np.concatenate([np.zeros(0, int), *(np.asarray(t["labels"]) for t in targets)])
    )


def _mean(caller, targets, of_class):
    """The mean of of_class(c) over the classes that there are to find."""
    each = np.array([of_class(c) for c in _classes(targets)])
    each = each[~np.isnan(each)]  # nan for a class of difficult objects only
    if not len(each):
        raise ValueError(f"{caller}: targets has no box to find in any image")
    return float(each.mean())


def _check_pairs(caller, predictions, targets):
    if len(predictions) != len(targets):
        raise ValueError(
            f"{caller}: {len(predictions)} predictions, {len(targets)} targets; "
            "give one of each for every image"
        )


def _find_largest(boxes, scores, truth, difficult, iou_threshold):
    """Which detections of one image are correct, and which count for nothing: -> (D,), (D,) bool"""
    correct, ignored = np.zeros(len(boxes), bool), np.zeros(len(boxes), bool)
    if not len(truth):
        return correct, ignored
    iou = box_iou(boxes, truth)  # (D, G)
    found = np.zeros(len(truth), bool)
    for d in np.argsort(-scores, kind="stable"):
        g = iou[d].argmax()
        if iou[d, g] >= iou_threshold:
            ignored[d] = difficult[g]
            correct[d] = not found[g] and not difficult[g]
            found[g] = True
    return correct, ignored


def _of_class(caller, name, one, label, field):
    """The boxes of one image that have the label, and their scores or difficulty."""
    boxes, labels, values = _checked(caller, name, one, field)
    return boxes[labels == label], values[labels == label]


def _checked(caller, name, one, field):
    """Boxes, labels and a number each, of one image"""
    boxes, labels, values = (np.asarray(one[key]) for key in ("boxes", "labels", field))
    _boxes.check_boxes(caller, f"{name}['boxes']", boxes)
    _boxes.check_one_each(caller, f"{name}['labels']", labels, len(boxes))
    _boxes.check_one_each(caller, f"{name}['{field}']", values, len(boxes))
    if np.isnan(values).any():
        raise ValueError(f"{caller}: {name}['{field}'] has NaN, which has no rank; remove it first")
    return boxes, labels, values
