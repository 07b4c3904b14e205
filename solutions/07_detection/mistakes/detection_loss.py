"""Wrong answers to `detection_loss` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _losses(scores, deltas, match, labels, targets, negatives, wrong):
    positive, background = match >= 0, match == -1
    if wrong == "ignored_is_background":
        background = match < 0
    if wrong == "first_box_is_background":
        positive = match > 0
    count = max(int(positive.sum()), 1)
    found = labels[match[positive]]
    if wrong == "labels_of_the_anchors":
        found = labels[torch.arange(len(match))[positive] % len(labels)]
    if wrong == "match_is_the_class":
        found = match[positive] % (scores.shape[1] - 1)
    names = 1 + found
    if wrong == "labels_not_shifted":
        names = found
    if wrong == "background_last":
        names = found
    logits = scores
    if wrong == "softmax_twice":
        logits = scores.softmax(dim=1)
    if wrong == "without_background":
        cross = F.cross_entropy(logits[positive][:, 1:], found, reduction="none")
    elif wrong == "no_softmax":
        cross = -logits[positive, names]
    elif wrong == "probabilities":
        cross = 1 - logits[positive].softmax(dim=1).gather(1, names[:, None])[:, 0]
    elif wrong == "sigmoids":
        goal = F.one_hot(names, scores.shape[1]).to(scores.dtype)
        cross = F.binary_cross_entropy_with_logits(logits[positive], goal, reduction="none").sum(
            dim=1
        )
    else:
        cross = F.cross_entropy(logits[positive], names, reduction="none")
    nothing = -logits.log_softmax(dim=1)[:, 0]
    if wrong == "background_last":
        nothing = -logits.log_softmax(dim=1)[:, -1]
    nothing = nothing[background]
    how_many = negatives * count
    if wrong == "negatives_in_all":
        how_many = negatives
    if wrong == "all_background":
        how_many = len(nothing)
    if wrong == "one_for_one":
        how_many = count
    if wrong == "no_background":
        how_many = 0
    if wrong == "for_each_true_box":
        how_many = negatives * len(labels)
    chosen = nothing.sort(descending=wrong != "easiest").values[:how_many]
    if wrong == "first_ones":
        chosen = nothing[:how_many]
    if wrong == "lowest_background_score":
        chosen = nothing[scores[background][:, 0].argsort()][:how_many]
    if wrong == "highest_object_score":
        chosen = nothing[scores[background][:, 1:].max(dim=1).values.argsort(descending=True)][
            :how_many
        ]
    if wrong == "cut_out_of_the_graph":
        chosen = chosen.detach()
    classes = cross.sum() + chosen.sum()
    difference = deltas - targets
    if wrong == "nan_times_zero":
        each = F.smooth_l1_loss(deltas, targets, reduction="none") * positive[:, None]
    else:
        difference = difference[positive]
        each = F.smooth_l1_loss(difference, 0 * difference, reduction="none")
    if wrong == "targets_of_the_boxes":
        difference = deltas[positive] - targets[match[positive]]
        each = F.smooth_l1_loss(difference, 0 * difference, reduction="none")
    if wrong == "l1":
        each = abs(difference)
    if wrong == "squares":
        each = difference**2
    if wrong == "half_squares":
        each = difference**2 / 2
    if wrong == "no_half":
        each = torch.where(abs(difference) < 1, difference**2, abs(difference))
    if wrong == "jump":
        each = torch.where(abs(difference) < 1, difference**2 / 2, abs(difference))
    if wrong == "small_beta":
        each = F.smooth_l1_loss(difference, 0 * difference, reduction="none", beta=1 / 9)
    if wrong == "mean_of_four":
        each = each / 4
    if wrong == "targets_follow":
        each = F.smooth_l1_loss(difference.detach(), 0 * difference, reduction="none")
    boxes = each.sum()
    if wrong == "mean_of_the_objects":
        classes = (cross.mean() if len(cross) else 0) + chosen.sum()
    if wrong == "objects_not_divided":
        return cross.sum() + chosen.sum() / count, boxes / count
    if wrong == "mean_and_divided":
        return classes / count, each.mean() / count if len(each) else 0 * boxes
    if wrong == "over_negatives" and not positive.any():
        return classes / negatives, boxes
    if wrong == "not_divided":
        return classes, boxes
    if wrong == "over_all_anchors":
        return classes / len(match), boxes / len(match)
    if wrong == "over_those_used":
        return classes / (len(cross) + len(chosen)), boxes / count
    if wrong == "over_true_boxes":
        return classes / len(labels), boxes / len(labels)
    if wrong == "boxes_not_divided":
        return classes / count, boxes
    if wrong == "means_added":
        return cross.mean() + chosen.mean(), boxes / count
    if wrong == "exchanged":
        return boxes / count, classes / count
    if wrong == "added":
        return (classes + boxes) / count, boxes / count
    if wrong == "nan_without_objects":
        return classes / positive.sum(), boxes / positive.sum()
    if wrong == "zero_without_objects" and not positive.any():
        return 0 * classes, 0 * boxes
    if wrong == "all_without_objects" and not positive.any():
        return nothing.sum(), 0 * boxes
    if wrong == "plus_one":
        return classes / (positive.sum() + 1), boxes / (positive.sum() + 1)
    return classes / count, boxes / count


@mistake(
    "detection_loss",
    hint="Class 0 is an object, and column 0 is the background.",
    read="sec-det-four-remedies",
)
def labels_not_shifted(scores, deltas, match, labels, targets, negatives):
    """Labels are used as columns, so that class 0 is trained as background."""
    return _losses(scores, deltas, match, labels, targets, negatives, "labels_not_shifted")


@mistake(
    "detection_loss",
    hint="The index of a true box is not its class. Who knows the class?",
    read="sec-det-four-remedies",
)
def match_is_the_class(scores, deltas, match, labels, targets, negatives):
    """The index of the true box is taken for its class."""
    return _losses(scores, deltas, match, labels, targets, negatives, "match_is_the_class")


@mistake(
    "detection_loss",
    hint="labels has an entry for each true box, and match says which of them an anchor has to find.",
    read="sec-det-four-remedies",
)
def labels_of_the_anchors(scores, deltas, match, labels, targets, negatives):
    """Labels are taken by the anchor's index."""
    return _losses(scores, deltas, match, labels, targets, negatives, "labels_of_the_anchors")


@mistake(
    "detection_loss",
    hint="An anchor with a box must also learn that it is no background.",
    read="sec-det-four-remedies",
)
def without_background(scores, deltas, match, labels, targets, negatives):
    """The softmax of anchors with a box leaves the background out."""
    return _losses(scores, deltas, match, labels, targets, negatives, "without_background")


@mistake("detection_loss", hint="Logits are no log-probabilities.", read="sec-det-four-remedies")
def no_softmax(scores, deltas, match, labels, targets, negatives):
    """The softmax is missing for anchors with a box."""
    return _losses(scores, deltas, match, labels, targets, negatives, "no_softmax")


@mistake(
    "detection_loss",
    hint="F.cross_entropy has the softmax in it.",
    read="sec-det-four-remedies",
)
def softmax_twice(scores, deltas, match, labels, targets, negatives):
    """There is a softmax before the cross-entropy, which has its own."""
    return _losses(scores, deltas, match, labels, targets, negatives, "softmax_twice")


@mistake("detection_loss", hint="Cross-entropy has a logarithm.", read="sec-det-four-remedies")
def probabilities(scores, deltas, match, labels, targets, negatives):
    """1 minus the probability is taken for anchors with a box."""
    return _losses(scores, deltas, match, labels, targets, negatives, "probabilities")


@mistake(
    "detection_loss",
    hint="One softmax over all columns, and not a sigmoid for each.",
    read="sec-det-four-remedies",
)
def sigmoids(scores, deltas, match, labels, targets, negatives):
    """Each class has a sigmoid of its own."""
    return _losses(scores, deltas, match, labels, targets, negatives, "sigmoids")


@mistake(
    "detection_loss",
    hint="0 is the first true box. Which numbers mean that there is none?",
    read="sec-det-four-remedies",
)
def first_box_is_background(scores, deltas, match, labels, targets, negatives):
    """Anchors of true box 0 are left out."""
    return _losses(scores, deltas, match, labels, targets, negatives, "first_box_is_background")


@mistake(
    "detection_loss",
    hint="An anchor that does not count is neither object nor background.",
    read="sec-det-four-remedies",
    corner="anchors that do not count",
)
def ignored_is_background(scores, deltas, match, labels, targets, negatives):
    """Anchors that do not count are background."""
    return _losses(scores, deltas, match, labels, targets, negatives, "ignored_is_background")


@mistake(
    "detection_loss",
    hint="Most anchors lie on background, and most of these are easy. What are the others good for?",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def all_background(scores, deltas, match, labels, targets, negatives):
    """All background anchors are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "all_background")


@mistake(
    "detection_loss",
    hint="A detector that never learns what background is finds objects everywhere.",
    read="sec-det-four-remedies",
)
def no_background(scores, deltas, match, labels, targets, negatives):
    """No background anchor is used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "no_background")


@mistake(
    "detection_loss",
    hint="Hard are those that cost most.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def easiest(scores, deltas, match, labels, targets, negatives):
    """The easiest background anchors are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "easiest")


@mistake(
    "detection_loss",
    hint="Which background anchors are hard depends on their loss, and not on their place.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def first_ones(scores, deltas, match, labels, targets, negatives):
    """The first background anchors are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "first_ones")


@mistake(
    "detection_loss",
    hint="A low logit of the background costs little where the others are lower.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def lowest_background_score(scores, deltas, match, labels, targets, negatives):
    """Hard are those with the lowest logit of the background."""
    return _losses(scores, deltas, match, labels, targets, negatives, "lowest_background_score")


@mistake(
    "detection_loss",
    hint="A high logit of an object costs little where that of the background is higher.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def highest_object_score(scores, deltas, match, labels, targets, negatives):
    """Hard are those with the highest logit of an object."""
    return _losses(scores, deltas, match, labels, targets, negatives, "highest_object_score")


@mistake(
    "detection_loss",
    hint="So many for each anchor with a box.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def negatives_in_all(scores, deltas, match, labels, targets, negatives):
    """The number of background anchors does not grow with that of the objects."""
    return _losses(scores, deltas, match, labels, targets, negatives, "negatives_in_all")


@mistake(
    "detection_loss",
    hint="How many for each anchor with a box is an argument.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def one_for_one(scores, deltas, match, labels, targets, negatives):
    """There is one background anchor for each anchor with a box."""
    return _losses(scores, deltas, match, labels, targets, negatives, "one_for_one")


@mistake(
    "detection_loss",
    hint="A true box may have several anchors.",
    read="sec-det-four-remedies",
    corner="hard negatives",
)
def for_each_true_box(scores, deltas, match, labels, targets, negatives):
    """Background anchors are counted for each true box, and not for each anchor with one."""
    return _losses(scores, deltas, match, labels, targets, negatives, "for_each_true_box")


@mistake(
    "detection_loss",
    hint="Choosing is not differentiated, but what was chosen must learn.",
    read="sec-det-four-remedies",
    corner="gradients",
)
def cut_out_of_the_graph(scores, deltas, match, labels, targets, negatives):
    """The background's part is detached."""
    return _losses(scores, deltas, match, labels, targets, negatives, "cut_out_of_the_graph")


@mistake(
    "detection_loss",
    hint="Without a gradient for deltas the boxes never learn.",
    read="sec-det-four-remedies",
    corner="gradients",
)
def targets_follow(scores, deltas, match, labels, targets, negatives):
    """The deltas are detached."""
    return _losses(scores, deltas, match, labels, targets, negatives, "targets_follow")


@mistake(
    "detection_loss",
    hint="nan times 0 is nan. Choose rows before you compute.",
    read="sec-det-four-remedies",
)
def nan_times_zero(scores, deltas, match, labels, targets, negatives):
    """Rows without a box are multiplied by 0."""
    return _losses(scores, deltas, match, labels, targets, negatives, "nan_times_zero")


@mistake("detection_loss", hint="Near 0 the loss is a parabola.", read="sec-det-smooth-l1")
def l1(scores, deltas, match, labels, targets, negatives):
    """The boxes have the absolute difference."""
    return _losses(scores, deltas, match, labels, targets, negatives, "l1")


@mistake(
    "detection_loss",
    hint="Far from 0 the loss is a straight line, so that no box pulls too hard.",
    read="sec-det-smooth-l1",
)
def squares(scores, deltas, match, labels, targets, negatives):
    """The boxes have the squared difference."""
    return _losses(scores, deltas, match, labels, targets, negatives, "squares")


@mistake(
    "detection_loss",
    hint="Far from 0 the loss is a straight line, so that no box pulls too hard.",
    read="sec-det-smooth-l1",
)
def half_squares(scores, deltas, match, labels, targets, negatives):
    """The boxes have half of the squared difference everywhere."""
    return _losses(scores, deltas, match, labels, targets, negatives, "half_squares")


@mistake(
    "detection_loss",
    hint="The parabola and the line must meet at 1, and with the same slope.",
    read="sec-det-smooth-l1",
)
def no_half(scores, deltas, match, labels, targets, negatives):
    """Both halves are missing in the smooth L1 distance."""
    return _losses(scores, deltas, match, labels, targets, negatives, "no_half")


@mistake(
    "detection_loss",
    hint="The parabola and the line must meet at 1.",
    read="sec-det-smooth-l1",
)
def jump(scores, deltas, match, labels, targets, negatives):
    """The line of the smooth L1 distance lacks its − ½."""
    return _losses(scores, deltas, match, labels, targets, negatives, "jump")


@mistake("detection_loss", same_as="l1")
def small_beta(scores, deltas, match, labels, targets, negatives):
    """The parabola ends at 1/9, as in some libraries."""
    return _losses(scores, deltas, match, labels, targets, negatives, "small_beta")


@mistake("detection_loss", hint="The four numbers of a box are summed.", read="sec-det-smooth-l1")
def mean_of_four(scores, deltas, match, labels, targets, negatives):
    """The mean over the four numbers is taken."""
    return _losses(scores, deltas, match, labels, targets, negatives, "mean_of_four")


@mistake(
    "detection_loss",
    hint="With more anchors with boxes, the sums grow. What should not depend on that?",
    read="sec-det-four-remedies",
)
def not_divided(scores, deltas, match, labels, targets, negatives):
    """The sums are not divided."""
    return _losses(scores, deltas, match, labels, targets, negatives, "not_divided")


@mistake(
    "detection_loss",
    hint="Thousands of anchors are background. Divided by all of them, hardly anything is left.",
    read="sec-det-four-remedies",
)
def over_all_anchors(scores, deltas, match, labels, targets, negatives):
    """The sums are divided by the number of all anchors."""
    return _losses(scores, deltas, match, labels, targets, negatives, "over_all_anchors")


@mistake("detection_loss", same_as="over_all_anchors")
def over_those_used(scores, deltas, match, labels, targets, negatives):
    """The classes' sum is divided by the number of anchors that are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "over_those_used")


@mistake(
    "detection_loss",
    hint="Anchors are counted, and several can have the same true box.",
    read="sec-det-four-remedies",
)
def over_true_boxes(scores, deltas, match, labels, targets, negatives):
    """The sums are divided by the number of true boxes."""
    return _losses(scores, deltas, match, labels, targets, negatives, "over_true_boxes")


@mistake("detection_loss", same_as="not_divided")
def boxes_not_divided(scores, deltas, match, labels, targets, negatives):
    """The boxes' sum is not divided."""
    return _losses(scores, deltas, match, labels, targets, negatives, "boxes_not_divided")


@mistake(
    "detection_loss",
    hint="One sum over objects and background, and one division.",
    read="sec-det-four-remedies",
)
def means_added(scores, deltas, match, labels, targets, negatives):
    """Objects and background have a mean each."""
    return _losses(scores, deltas, match, labels, targets, negatives, "means_added")


@mistake("detection_loss", hint="The classes come first.", read="sec-det-four-remedies")
def exchanged(scores, deltas, match, labels, targets, negatives):
    """The two losses are exchanged."""
    return _losses(scores, deltas, match, labels, targets, negatives, "exchanged")


@mistake("detection_loss", hint="Two losses are asked for.", read="sec-det-four-remedies")
def added(scores, deltas, match, labels, targets, negatives):
    """The first result is the sum of both."""
    return _losses(scores, deltas, match, labels, targets, negatives, "added")


@mistake(
    "detection_loss",
    hint="A number added to P changes all results, not only 0/0.",
    read="sec-det-four-remedies",
)
def plus_one(scores, deltas, match, labels, targets, negatives):
    """The sums are divided by P + 1."""
    return _losses(scores, deltas, match, labels, targets, negatives, "plus_one")


@mistake(
    "detection_loss",
    hint="An image may have no object. What is P then?",
    read="sec-det-four-remedies",
    corner="no object",
)
def nan_without_objects(scores, deltas, match, labels, targets, negatives):
    """Without objects the sums are divided by 0."""
    return _losses(scores, deltas, match, labels, targets, negatives, "nan_without_objects")


@mistake(
    "detection_loss",
    hint="Also an image without objects teaches what background is.",
    read="sec-det-four-remedies",
    corner="no object",
)
def zero_without_objects(scores, deltas, match, labels, targets, negatives):
    """Without objects both losses are 0."""
    return _losses(scores, deltas, match, labels, targets, negatives, "zero_without_objects")


@mistake(
    "detection_loss",
    hint="The text says how many background anchors are used without objects.",
    read="sec-det-four-remedies",
    corner="no object",
)
def all_without_objects(scores, deltas, match, labels, targets, negatives):
    """Without objects all background anchors are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "all_without_objects")


@mistake(
    "detection_loss",
    hint="Which column of scores is that of the background?",
    read="sec-det-four-remedies",
)
def background_last(scores, deltas, match, labels, targets, negatives):
    """The last column is taken for the background."""
    return _losses(scores, deltas, match, labels, targets, negatives, "background_last")


@mistake(
    "detection_loss",
    hint="targets has a row for each anchor, and not for each true box.",
    read="sec-det-four-remedies",
)
def targets_of_the_boxes(scores, deltas, match, labels, targets, negatives):
    """Targets are taken by the index of the true box, and not by that of the anchor."""
    return _losses(scores, deltas, match, labels, targets, negatives, "targets_of_the_boxes")


@mistake(
    "detection_loss",
    hint="What do torch's losses do with the single values, unless they are told otherwise?",
    read="sec-det-smooth-l1",
)
def mean_and_divided(scores, deltas, match, labels, targets, negatives):
    """The boxes have a mean, which is torch's default, and are divided by P on top."""
    return _losses(scores, deltas, match, labels, targets, negatives, "mean_and_divided")


@mistake(
    "detection_loss",
    hint="What do torch's losses do with the single values, unless they are told otherwise?",
    read="sec-det-four-remedies",
)
def mean_of_the_objects(scores, deltas, match, labels, targets, negatives):
    """The anchors with a box have a mean, which is torch's default, and are divided by P on top."""
    return _losses(scores, deltas, match, labels, targets, negatives, "mean_of_the_objects")


@mistake(
    "detection_loss",
    hint="One sum over objects and background, and one division.",
    read="sec-det-four-remedies",
)
def objects_not_divided(scores, deltas, match, labels, targets, negatives):
    """Only the background's part is divided by P."""
    return _losses(scores, deltas, match, labels, targets, negatives, "objects_not_divided")


@mistake(
    "detection_loss",
    hint="The text says what becomes of the sum where there is no object.",
    read="sec-det-four-remedies",
    corner="no object",
)
def over_negatives(scores, deltas, match, labels, targets, negatives):
    """Without objects the sum is divided by the number of background anchors that are used."""
    return _losses(scores, deltas, match, labels, targets, negatives, "over_negatives")


@mistake(
    "detection_loss",
    hint="topk needs as many as it is asked for. What if there are fewer background anchors?",
    read="sec-det-four-remedies",
)
def more_than_there_are(scores, deltas, match, labels, targets, negatives):
    """More background anchors are asked for than there are."""
    count = max(int((match >= 0).sum()), 1)
    (-scores.log_softmax(dim=1)[match == -1, 0]).topk(negatives * count)
    return _losses(scores, deltas, match, labels, targets, negatives, "")


@mistake("detection_loss", same_as="more_than_there_are")
def more_than_there_are_without_objects(scores, deltas, match, labels, targets, negatives):
    """Without objects more background anchors are asked for than there are."""
    if not (match >= 0).any():
        (-scores.log_softmax(dim=1)[match == -1, 0]).topk(negatives)
    return _losses(scores, deltas, match, labels, targets, negatives, "")


@mistake(
    "detection_loss",
    hint="−1 and −2 are no indices of a true box, and there may be none. Choose the anchors first.",
    read="sec-det-four-remedies",
    corner="no object",
)
def labels_of_all_anchors(scores, deltas, match, labels, targets, negatives):
    """Labels are looked up for anchors without a box as well."""
    labels[match]
    return _losses(scores, deltas, match, labels, targets, negatives, "")


@alternative("detection_loss")
def by_masks(scores, deltas, match, labels, targets, negatives):
    """A target for each anchor, topk, and the formula of smooth L1 written out."""
    names = torch.zeros_like(match)
    for a, g in enumerate(match.tolist()):
        if g >= 0:
            names[a] = 1 + labels[g]
    cross = scores.logsumexp(dim=1) - scores.gather(1, names[:, None])[:, 0]
    background = cross[match == -1]
    p = max(1, (match >= 0).sum().item())
    hardest = background.topk(min(len(background), negatives * p)).values
    d = (deltas[match >= 0] - targets[match >= 0]).abs()
    boxes = torch.where(d < 1, d**2 / 2, d - 0.5).sum()
    return (cross[match >= 0].sum() + hardest.sum()) / p, boxes / p
