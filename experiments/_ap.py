"""Rankings of detections, and average precision by rules that the library does not have."""

import numpy as np

from cs_lib.numpy.detection import box_iou


def rankings(found, targets, *, floor=0.0, iou_threshold=0.5):
    """For each class, best score first: whether each detection is correct, and how much there is
    to find. found, targets: a dict for each image; a detection below floor is not reported."""
    ranked = []
    for label in np.unique(np.concatenate([t["labels"] for t in targets])):
        scores, correct = [np.zeros(0)], [np.zeros(0, bool)]
        for one, target in zip(found, targets, strict=True):
            use = (one["labels"] == label) & (one["scores"] >= floor)
            order = np.argsort(-one["scores"][use], kind="stable")
            iou = box_iou(one["boxes"][use][order], target["boxes"][target["labels"] == label])
            taken, hits = set(), np.zeros(len(iou), bool)
            for d in range(len(iou) if iou.shape[1] else 0):
                g = int(iou[d].argmax())
                if iou[d, g] >= iou_threshold and g not in taken:
                    taken.add(g)
                    hits[d] = True
            scores.append(one["scores"][use][order])
            correct.append(hits)
        order = np.argsort(-np.concatenate(scores), kind="stable")
        there = sum(int((t["labels"] == label).sum()) for t in targets)
        ranked.append((np.concatenate(correct)[order], there))
    return ranked


def precision_recall(correct, there):
    """Precision and recall after each detection of a ranking."""
    found = np.cumsum(correct)
    return found / np.arange(1, len(found) + 1), found / there


def sampled(correct, there, recalls):
    """The mean, over recalls, of the largest precision from each on, compared as floats."""
    precision, recall = precision_recall(correct, there)
    highest = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    return float(highest[np.searchsorted(recall, recalls)].mean())


def without_envelope(correct, there):
    """The mean, over what is there, of the precision at which each was found."""
    return float(precision_recall(correct, there)[0][correct].sum() / there)


def joined(correct, there):
    """The curve from recall 0 and precision 1 on, joined to (1, 0) by straight lines, its area by
    the trapezoids of 101 recalls; 0 where there is no detection."""
    if not len(correct):
        return 0.0
    precision, recall = precision_recall(correct, there)
    recall, precision = np.r_[0, recall, 1], np.r_[1, precision, 0]
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.trapezoid(np.interp(x := np.linspace(0, 1, 101), recall, highest), x))
