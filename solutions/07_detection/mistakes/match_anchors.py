"""Wrong answers to `match_anchors` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _matched(iou, low, high, wrong):
    truths, anchors = iou.shape
    if truths == 0:
        return np.full(anchors, -2 if wrong == "none_counts" else -1)
    if wrong == "fixed_thresholds":
        low, high = 0.3, 0.7
    if wrong == "one_threshold":
        low = high
    best = iou.max(axis=0)
    who = iou.argmax(axis=0)
    if wrong == "last_of_equals":
        who = truths - 1 - iou[::-1].argmax(axis=0)
    between, background = -2, -1
    if wrong == "signs_exchanged":
        between, background = -1, -2
    if wrong == "between_is_background":
        between = -1
    if wrong == "between_finds":
        between = who
    above = best > high if wrong == "above_high_alone" else best >= high
    below = best <= low if wrong == "low_is_background" else best < low
    match = np.where(above, who, np.where(below, background, between))
    if wrong == "background_is_zero":
        match = np.where(above, who + 1, np.where(below, 0, -1))
    if wrong == "no_own_anchor":
        return match
    left = iou.copy()
    plus = 1 if wrong == "background_is_zero" else 0
    if wrong in ("each_takes_its_best", "first_come"):
        for g in range(truths):
            row = left[g] if wrong == "first_come" else iou[g]
            if row.max() > 0:
                match[row.argmax()] = g
                left[:, row.argmax()] = 0
        return match
    if wrong == "last_come":
        for g in range(truths)[::-1]:
            if left[g].max() > 0:
                match[left[g].argmax()] = g
                left[:, left[g].argmax()] = 0
        return match
    if wrong == "favourite_is_kept":
        for g in range(truths):
            if iou[g].max() > 0:
                match[iou[g].argmax()] = who[iou[g].argmax()]
        return match
    if wrong == "all_ties":
        for g in range(truths):
            if iou[g].max() > 0:
                match[iou[g] == iou[g].max()] = g
        return match
    if wrong == "only_orphans":
        for g in range(truths):
            if g not in match and iou[g].max() > 0:
                match[iou[g].argmax()] = g
        return match
    if wrong == "only_free_anchors":
        left = np.where(match >= 0, 0, left)
        left[[g for g in range(truths) if g in match]] = 0
    if wrong == "orphans_in_pairs":
        left[[g for g in range(truths) if g in match]] = 0
    if wrong in ("good_anchors_stay", "good_anchors_taken_out"):
        good = match >= 0
        if wrong == "good_anchors_taken_out":
            left[:, good] = 0
    if wrong == "own_needs_low":
        left = np.where(left >= low, left, 0)
    if wrong == "own_needs_high":
        left = np.where(left >= high, left, 0)
    for _ in range(min(truths, anchors)):
        if wrong == "without_overlap":
            g, a = divmod(left.argmax(), anchors)
            match[a] = g
            left[g], left[:, a] = -1, -1
            continue
        if left.max() <= 0:
            break
        if wrong == "lower_anchor_first":
            a, g = divmod(left.T.argmax(), truths)
        elif wrong == "higher_of_equals":
            g, a = divmod(left.size - 1 - left.ravel()[::-1].argmax(), anchors)
        elif wrong == "smallest_first":
            g, a = divmod(np.where(left > 0, left, 9).argmin(), anchors)
        else:
            g, a = divmod(left.argmax(), anchors)
        if wrong != "good_anchors_stay" or not good[a]:
            match[a] = g + plus
        left[g] = 0
        if wrong != "anchor_used_again":
            left[:, a] = 0
        if wrong == "one_pair_alone":
            break
    return match


@mistake(
    "match_anchors",
    hint="Step 2 is for boxes which no anchor fits well: without it nobody would learn to find them.",
    read="sec-det-match",
)
def no_own_anchor(iou, low, high):
    """Step 2 is missing."""
    return _matched(iou, low, high, "no_own_anchor")


@mistake(
    "match_anchors",
    hint="Two true boxes may like the same anchor best. What happens to the one that comes first?",
    read="sec-det-match",
)
def each_takes_its_best(iou, low, high):
    """Each true box takes its best anchor, also from another one."""
    return _matched(iou, low, high, "each_takes_its_best")


@mistake(
    "match_anchors",
    hint="Who may choose first: the box listed first, or the one with the best fit?",
    read="sec-det-match",
)
def first_come(iou, low, high):
    """Each true box in turn, as listed, takes the best anchor that is left."""
    return _matched(iou, low, high, "first_come")


@mistake(
    "match_anchors",
    hint="Who may choose first: the box listed last, or the one with the best fit?",
    read="sec-det-match",
)
def last_come(iou, low, high):
    """Each true box in turn, from the last one on, takes the best anchor that is left."""
    return _matched(iou, low, high, "last_come")


@mistake(
    "match_anchors",
    hint="An anchor that is given to a box has to find this box, and not the one that it overlaps most.",
    read="sec-det-match",
)
def favourite_is_kept(iou, low, high):
    """The best anchor of a true box counts, but keeps its own favourite."""
    return _matched(iou, low, high, "favourite_is_kept")


@mistake(
    "match_anchors",
    hint="Also a box that step 1 has served takes part in step 2.",
    read="sec-det-match",
)
def only_orphans(iou, low, high):
    """Only true boxes that step 1 left without an anchor get their best one."""
    return _matched(iou, low, high, "only_orphans")


@mistake(
    "match_anchors",
    hint="Whatever step 1 says of an anchor, step 2 may take it.",
    read="sec-det-match",
)
def only_free_anchors(iou, low, high):
    """Step 2 pairs only boxes and anchors that step 1 has left alone."""
    return _matched(iou, low, high, "only_free_anchors")


@mistake(
    "match_anchors",
    hint="A box gets its own anchor however small their IoU is, if it is not 0.",
    read="sec-det-match",
)
def own_needs_low(iou, low, high):
    """A pair needs an IoU of at least low."""
    return _matched(iou, low, high, "own_needs_low")


@mistake("match_anchors", same_as="no_own_anchor")
def own_needs_high(iou, low, high):
    """A pair needs an IoU of at least high."""
    return _matched(iou, low, high, "own_needs_high")


@mistake(
    "match_anchors",
    hint="A box and an anchor that do not meet: what could the network learn from such a pair?",
    read="sec-det-match",
    corner="boxes that no anchor meets",
)
def without_overlap(iou, low, high):
    """Pairs are made without any overlap, too."""
    return _matched(iou, low, high, "without_overlap")


@mistake(
    "match_anchors",
    hint="An anchor can find one box.",
    read="sec-det-match",
)
def anchor_used_again(iou, low, high):
    """An anchor goes into several pairs."""
    return _matched(iou, low, high, "anchor_used_again")


@mistake("match_anchors", same_as="no_own_anchor")
def one_pair_alone(iou, low, high):
    """Only one pair is made."""
    return _matched(iou, low, high, "one_pair_alone")


@mistake("match_anchors", hint="The best fit comes first.", read="sec-det-match")
def smallest_first(iou, low, high):
    """Pairs are made from the smallest IoU upwards."""
    return _matched(iou, low, high, "smallest_first")


@mistake("match_anchors", same_as="each_takes_its_best")
def all_ties(iou, low, high):
    """All anchors of a true box's largest IoU are given to it."""
    return _matched(iou, low, high, "all_ties")


@mistake(
    "match_anchors",
    hint="There are three kinds of anchors, and one of them is neither right nor wrong.",
    read="sec-det-match",
)
def between_is_background(iou, low, high):
    """Anchors between the thresholds are background."""
    return _matched(iou, low, high, "between_is_background")


@mistake("match_anchors", same_as="between_is_background")
def one_threshold(iou, low, high):
    """The lower threshold is not used."""
    return _matched(iou, low, high, "one_threshold")


@mistake(
    "match_anchors",
    hint="Between the thresholds an anchor does not count.",
    read="sec-det-match",
)
def between_finds(iou, low, high):
    """Anchors between the thresholds have to find a box."""
    return _matched(iou, low, high, "between_finds")


@mistake("match_anchors", hint="Which of −1 and −2 is the background?", read="sec-det-match")
def signs_exchanged(iou, low, high):
    """−1 and −2 are exchanged."""
    return _matched(iou, low, high, "signs_exchanged")


@mistake(
    "match_anchors",
    hint="0 is the first true box.",
    read="sec-det-match",
)
def background_is_zero(iou, low, high):
    """Background is 0, and the true boxes count from 1."""
    return _matched(iou, low, high, "background_is_zero")


@mistake("match_anchors", hint="The thresholds are arguments.", read="sec-det-match")
def fixed_thresholds(iou, low, high):
    """The thresholds are always 0.3 and 0.7."""
    return _matched(iou, low, high, "fixed_thresholds")


@mistake(
    "match_anchors",
    hint="The text says on which side of a threshold the threshold itself lies.",
    read="sec-det-match",
    corner="an IoU of a threshold",
)
def above_high_alone(iou, low, high):
    """An IoU of just high does not count."""
    return _matched(iou, low, high, "above_high_alone")


@mistake(
    "match_anchors",
    hint="The text says on which side of a threshold the threshold itself lies.",
    read="sec-det-match",
    corner="an IoU of a threshold",
)
def low_is_background(iou, low, high):
    """An IoU of just low is background."""
    return _matched(iou, low, high, "low_is_background")


@mistake(
    "match_anchors",
    hint="argmax gives the first of equals. Have you turned something round?",
    read="sec-det-match",
    corner="equal IoUs",
)
def last_of_equals(iou, low, high):
    """Of equal IoUs of an anchor the last box is taken."""
    return _matched(iou, low, high, "last_of_equals")


@mistake(
    "match_anchors",
    hint="Of equal IoUs the one of the lower box comes first.",
    read="sec-det-match",
    corner="equal IoUs",
)
def higher_of_equals(iou, low, high):
    """Of equal pairs the last one comes first."""
    return _matched(iou, low, high, "higher_of_equals")


@mistake(
    "match_anchors",
    hint="The maximum of nothing is an error. What are all anchors of an image without objects?",
    read="sec-det-match",
    corner="no true box",
)
def needs_a_box(iou, low, high):
    """A true box is needed."""
    iou.max(axis=0)
    return _matched(iou, low, high, "")


@mistake(
    "match_anchors",
    hint="In an image without objects a detector should say so, everywhere.",
    read="sec-det-match",
    corner="no true box",
)
def none_counts(iou, low, high):
    """Without a true box no anchor counts."""
    return _matched(iou, low, high, "none_counts")


@mistake(
    "match_anchors",
    hint="One number for each anchor: G is the first axis.",
    read="sec-det-match",
)
def for_each_box(iou, low, high):
    """There is a number for each true box, its best anchor."""
    if not len(iou):
        return np.zeros(0, int)
    return iou.argmax(axis=1)


@mistake("match_anchors", same_as="only_orphans")
def orphans_in_pairs(iou, low, high):
    """Only true boxes that step 1 left without an anchor go into pairs."""
    return _matched(iou, low, high, "orphans_in_pairs")


@mistake(
    "match_anchors",
    hint="Step 2 goes over all anchors, whatever step 1 says of them.",
    read="sec-det-match-rules",
)
def good_anchors_stay(iou, low, high):
    """An anchor to which step 1 has given a box keeps it."""
    return _matched(iou, low, high, "good_anchors_stay")


@mistake("match_anchors", same_as="good_anchors_stay")
def good_anchors_taken_out(iou, low, high):
    """Anchors to which step 1 has given a box go into no pair."""
    return _matched(iou, low, high, "good_anchors_taken_out")


@mistake(
    "match_anchors",
    hint="There may be more true boxes than anchors. What is the largest number of what is left then?",
    read="sec-det-match-rules",
    corner="pairs without an overlap",
)
def goes_on_without_anchors(iou, low, high):
    """Pairs are still made when all anchors have been taken."""
    match = _matched(iou, low, high, "no_own_anchor")
    left = iou.copy()
    for _ in range(len(iou)):
        g, a = divmod(left.argmax(), left.shape[1])
        if left[g, a] == 0:
            break
        match[a] = g
        left[g] = left[:, a] = -1
    return match


@alternative("match_anchors")
def sorted_pairs(iou, low, high):
    """Pairs from a sorted list."""
    match = []
    for column in iou.T:
        best = max(column, default=0)
        match.append(
            list(column).index(best)
            if len(column) and best >= high
            else -1
            if best < low or not len(column)
            else -2
        )
    pairs = sorted((-iou[g, a], g, a) for g in range(len(iou)) for a in range(iou.shape[1]))
    taken_boxes, taken_anchors = set(), set()
    for value, g, a in pairs:
        if value < 0 and g not in taken_boxes and a not in taken_anchors:
            match[a] = g
            taken_boxes.add(g)
            taken_anchors.add(a)
    return np.array(match, dtype=int)
