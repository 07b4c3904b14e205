"""Wrong answers to `nms` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _kept(iou, scores, labels, threshold, wrong):
    order = np.argsort(-scores, kind="stable")
    if wrong == "lowest_first":
        order = np.argsort(scores, kind="stable")
    if wrong == "higher_index_first":
        order = np.argsort(scores, kind="stable")[::-1]
    if wrong == "listed_order":
        order = np.arange(len(scores))
    if wrong == "absolute_scores":
        order = np.argsort(-abs(scores), kind="stable")
    if wrong == "threshold_ignored":
        threshold = 0.5
    if wrong == "scores_filtered":
        order = order[scores[order] > threshold]
    if wrong == "negative_scores_lost":
        order = order[scores[order] > 0]
    if wrong == "ranks":
        order = np.argsort(np.argsort(-scores, kind="stable"), kind="stable")
    kept, dropped = [], []
    for i in order:
        rivals = [k for k in kept if wrong == "classes_touch" or labels[k] == labels[i]]
        if wrong == "other_classes_drop":
            rivals = [k for k in kept if labels[k] != labels[i]]
        if wrong == "dropped_drop":
            rivals = rivals + [k for k in dropped if labels[k] == labels[i]]
        if wrong == "last_kept_alone":
            rivals = rivals[-1:]
        if wrong == "best_alone":
            rivals = rivals[:1]
        drops = [iou[i, k] > threshold for k in rivals]
        if wrong == "at_the_threshold":
            drops = [iou[i, k] >= threshold for k in rivals]
        if wrong == "far_boxes_dropped":
            drops = [iou[i, k] <= threshold for k in rivals]
        if wrong == "distance_for_iou":
            drops = [1 - iou[i, k] > threshold for k in rivals]
        if wrong == "all_must_overlap":
            fails = bool(drops) and all(drops)
        elif wrong == "summed":
            fails = sum(iou[i, k] for k in rivals) > threshold
        else:
            fails = any(drops)
        (dropped if fails else kept).append(i)
    if wrong == "dropped_returned":
        kept = dropped
    if wrong == "sorted_indices":
        kept = sorted(kept)
    return np.array(kept, dtype=np.int64)


@mistake(
    "nms",
    hint="Which box should be safe from all others? Look at what argsort puts first.",
    read="sec-det-nms",
)
def lowest_first(iou, scores, labels, threshold):
    """The lowest score comes first."""
    return _kept(iou, scores, labels, threshold, "lowest_first")


@mistake("nms", hint="Boxes do not come sorted.", read="sec-det-nms")
def listed_order(iou, scores, labels, threshold):
    """Boxes are gone through in the order in which they are listed, whatever their scores."""
    return _kept(iou, scores, labels, threshold, "listed_order")


@mistake(
    "nms",
    hint="argsort gives the index of the first, the second, … entry. Sorted once more, it gives ranks.",
    read="sec-det-nms",
)
def ranks(iou, scores, labels, threshold):
    """Ranks are taken for indices."""
    return _kept(iou, scores, labels, threshold, "ranks")


@mistake(
    "nms",
    hint="Scores may be negative, as logits are, and a larger one is still the better one.",
    read="sec-det-nms",
)
def absolute_scores(iou, scores, labels, threshold):
    """Scores are sorted by their absolute values."""
    return _kept(iou, scores, labels, threshold, "absolute_scores")


@mistake(
    "nms",
    hint="The threshold is one of overlap. The text sets none for scores.",
    read="sec-det-nms",
)
def scores_filtered(iou, scores, labels, threshold):
    """Boxes with scores of at most the threshold are lost."""
    return _kept(iou, scores, labels, threshold, "scores_filtered")


@mistake(
    "nms",
    hint="Any number may be a score, also one that you keep as a mark for boxes that are done.",
    read="sec-det-nms",
)
def negative_scores_lost(iou, scores, labels, threshold):
    """Boxes with a score of 0 or less are lost."""
    return _kept(iou, scores, labels, threshold, "negative_scores_lost")


@mistake("nms", hint="The threshold is an argument.", read="sec-det-nms")
def threshold_ignored(iou, scores, labels, threshold):
    """The threshold is always 0.5."""
    return _kept(iou, scores, labels, threshold, "threshold_ignored")


@mistake(
    "nms",
    hint="A box far from the kept one shows another object.",
    read="sec-det-nms",
)
def far_boxes_dropped(iou, scores, labels, threshold):
    """Boxes that overlap little are dropped, and those that overlap are kept."""
    return _kept(iou, scores, labels, threshold, "far_boxes_dropped")


@mistake("nms", hint="A high IoU means that two boxes agree.", read="sec-det-nms")
def distance_for_iou(iou, scores, labels, threshold):
    """1 − IoU is compared with the threshold."""
    return _kept(iou, scores, labels, threshold, "distance_for_iou")


@mistake(
    "nms",
    hint="A box that was dropped is out of the game. What can it still do to others?",
    read="sec-det-nms",
    corner="a box that was dropped",
)
def dropped_drop(iou, scores, labels, threshold):
    """Boxes that were dropped drop others."""
    return _kept(iou, scores, labels, threshold, "dropped_drop")


@mistake(
    "nms",
    hint="A box may overlap any of those kept before it, and not only the one kept last.",
    read="sec-det-nms",
)
def last_kept_alone(iou, scores, labels, threshold):
    """A box is compared with the last one that was kept alone."""
    return _kept(iou, scores, labels, threshold, "last_kept_alone")


@mistake(
    "nms",
    hint="The second box that is kept drops others, too.",
    read="sec-det-nms",
)
def best_alone(iou, scores, labels, threshold):
    """Only the best box drops others."""
    return _kept(iou, scores, labels, threshold, "best_alone")


@mistake(
    "nms",
    hint="It is enough to overlap one of the boxes that were kept.",
    read="sec-det-nms",
)
def all_must_overlap(iou, scores, labels, threshold):
    """A box is dropped only where it overlaps all that were kept."""
    return _kept(iou, scores, labels, threshold, "all_must_overlap")


@mistake(
    "nms",
    hint="A person on a horse is no second horse. Which boxes may drop each other?",
    read="sec-det-nms-classes",
    corner="classes",
)
def classes_touch(iou, scores, labels, threshold):
    """Boxes of other classes are dropped as well."""
    return _kept(iou, scores, labels, threshold, "classes_touch")


@mistake(
    "nms",
    hint="Equal labels are rivals.",
    read="sec-det-nms-classes",
)
def other_classes_drop(iou, scores, labels, threshold):
    """Boxes are dropped by those of other classes, and not by their own."""
    return _kept(iou, scores, labels, threshold, "other_classes_drop")


@mistake(
    "nms",
    hint="Classes are kept apart while boxes are dropped. In the list that is returned they are not.",
    read="sec-det-nms-classes",
    corner="classes",
)
def class_after_class(iou, scores, labels, threshold):
    """The result lists one class after the other."""
    kept = _kept(iou, scores, labels, threshold, "")
    return kept[np.argsort(labels[kept], kind="stable")]


@mistake(
    "nms",
    hint="How many boxes of one class may stay, if they are far apart?",
    read="sec-det-nms-classes",
)
def one_for_each_class(iou, scores, labels, threshold):
    """Only the best box of each class is kept."""
    kept = _kept(iou, scores, labels, threshold, "")
    return np.array([k for n, k in enumerate(kept) if labels[k] not in labels[kept[:n]]], dtype=int)


@mistake(
    "nms",
    hint="A sort by NumPy keeps equal entries in order only where it is told so, and turning it round turns them, too.",
    read="sec-det-nms",
    corner="equal scores",
)
def higher_index_first(iou, scores, labels, threshold):
    """Of equal scores the higher index comes first."""
    return _kept(iou, scores, labels, threshold, "higher_index_first")


@mistake(
    "nms",
    hint="The text says what becomes of a box whose IoU is the threshold.",
    read="sec-det-nms",
    corner="the threshold",
)
def at_the_threshold(iou, scores, labels, threshold):
    """A box whose IoU is just the threshold is dropped."""
    return _kept(iou, scores, labels, threshold, "at_the_threshold")


@mistake("nms", hint="The best comes first in the result, too.", read="sec-det-nms")
def sorted_indices(iou, scores, labels, threshold):
    """The indices are returned in rising order."""
    return _kept(iou, scores, labels, threshold, "sorted_indices")


@mistake(
    "nms",
    hint="The result is a list of those that stay.",
    read="sec-det-nms",
)
def dropped_returned(iou, scores, labels, threshold):
    """The boxes that were dropped are returned."""
    return _kept(iou, scores, labels, threshold, "dropped_returned")


@mistake("nms", hint="Which boxes are asked for, and not how good they are.", read="sec-det-nms")
def scores_returned(iou, scores, labels, threshold):
    """The scores of the kept boxes are returned."""
    return scores[_kept(iou, scores, labels, threshold, "")]


@mistake(
    "nms",
    hint="Indices are asked for. np.flatnonzero would make them of a mask, but in which order?",
    read="sec-det-nms",
)
def mask_returned(iou, scores, labels, threshold):
    """A mask is returned."""
    return np.isin(np.arange(len(scores)), _kept(iou, scores, labels, threshold, ""))


@mistake(
    "nms",
    hint="You have sorted the boxes. Positions in the sorted list are no indices of the boxes that came in.",
    read="sec-det-nms",
)
def positions_in_order(iou, scores, labels, threshold):
    """Positions in the sorted list are returned."""
    order = np.argsort(-scores, kind="stable")
    ranks_of = np.argsort(order, kind="stable")
    return ranks_of[_kept(iou, scores, labels, threshold, "")]


@mistake(
    "nms",
    hint="np.array([]) has floats, and floats cannot be used as indices.",
    read="sec-det-nms",
    corner="no boxes",
)
def floats_without_boxes(iou, scores, labels, threshold):
    """Without boxes the result is an array of floats."""
    return np.array([int(k) for k in _kept(iou, scores, labels, threshold, "")])


@mistake("nms", hint="Indices are whole numbers.", read="sec-det-nms")
def floats_returned(iou, scores, labels, threshold):
    """Indices are returned as floats."""
    return _kept(iou, scores, labels, threshold, "").astype(float)


@mistake(
    "nms",
    hint="The first of an empty list is an error. What should come back without boxes?",
    read="sec-det-nms",
    corner="no boxes",
)
def needs_a_box(iou, scores, labels, threshold):
    """The best box is taken before it is asked whether there is one."""
    order = np.argsort(-scores, kind="stable")
    kept = [order[0]]
    for i in order[1:]:
        if not any(iou[i, k] > threshold for k in kept if labels[k] == labels[i]):
            kept.append(i)
    return np.array(kept)


@mistake(
    "nms",
    hint="squeeze() takes all axes of length 1 away, also that of a list with one entry.",
    read="sec-det-nms",
    corner="one box",
)
def squeezed(iou, scores, labels, threshold):
    """A single index comes back without an axis."""
    return _kept(iou, scores, labels, threshold, "").squeeze()


@mistake(
    "nms",
    hint="A box overlaps itself with an IoU of 1. Does it drop itself?",
    read="sec-det-nms",
)
def drops_itself(iou, scores, labels, threshold):
    """Each box is compared with all better ones and itself, so that nothing is kept."""
    rivals = (labels[:, None] == labels) & (iou > threshold)
    rivals &= scores[:, None] <= scores
    return np.flatnonzero(~rivals.any(axis=1))


@mistake(
    "nms",
    hint="Any number may be a score, also one that you keep as a mark for boxes that are done.",
    read="sec-det-nms",
    corner="low scores",
)
def mark_of_minus_one(iou, scores, labels, threshold):
    """Boxes with a score of −1 or less are lost."""
    scores, kept = scores.copy(), []
    while len(scores) and scores.max() > -1:
        i = scores.argmax()
        kept.append(i)
        scores[(iou[i] > threshold) & (labels == labels[i])] = -1
        scores[i] = -1
    return np.array(kept, dtype=int)


@mistake(
    "nms",
    hint="NumPy's sort keeps equal entries in order only where it is told so.",
    read="sec-det-nms",
    at="nms: forty boxes far apart, with three scores",
    corner="equal scores",
)
def unstable_sort(iou, scores, labels, threshold):
    """The sort does not keep equal scores in order."""
    kept = _kept(iou, scores, labels, threshold, "")
    if len(kept) > 16:  # what another sort does with equal entries depends on the machine
        kept = np.random.default_rng(0).permutation(kept)
        kept = kept[np.argsort(-scores[kept], kind="stable")]
    return kept


@mistake(
    "nms",
    hint="Take the kept box out by itself: its IoU with itself need not be above the threshold.",
    read="sec-det-nms",
    corner="a box that does not drop itself",
)
def waits_for_itself(iou, scores, labels, threshold):
    """The kept box is to drop itself by its own IoU, and the loop has no end where it does not."""
    left, kept = np.ones(len(scores), bool), []
    while left.any():
        i = np.where(left, scores, -np.inf).argmax()
        kept.append(i)
        left &= ~((iou[i] > threshold) & (labels == labels[i]))
    return np.array(kept, dtype=int)


@mistake(
    "nms",
    hint="Labels are names of classes: 1 and 2 are two of them.",
    read="sec-det-nms-classes",
    corner="classes",
)
def labels_as_flags(iou, scores, labels, threshold):
    """All classes but 0 are taken for one."""
    return _kept(iou, scores, labels.astype(bool), threshold, "")


@alternative("nms")
def shrinking_list(iou, scores, labels, threshold):
    """The list of candidates shrinks."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[(labels[order] != labels[best]) | (iou[best, order] <= threshold)]
    return np.array(kept, dtype=int)


@alternative("nms")
def masked(iou, scores, labels, threshold):
    """A mask of what is left, and a sort at the end."""
    left, chosen = np.ones(len(scores), bool), np.zeros(len(scores), bool)
    clash = (iou > threshold) & (labels[:, None] == labels)
    while left.any():
        best = np.where(left, scores, -np.inf).argmax()
        chosen[best] = True
        left &= ~clash[best]
        left[best] = False
    order = np.lexsort((np.arange(len(scores)), -scores))
    return order[chosen[order]]
