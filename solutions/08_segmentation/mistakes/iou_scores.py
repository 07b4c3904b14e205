"""Wrong answers to `iou_scores` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _counted(predicted, labels, num_classes):
    counts = np.zeros((num_classes, num_classes), dtype=int)
    np.add.at(counts, (labels.astype(int), predicted.astype(int)), 1)
    return counts


def _ratios(counts, absent=np.nan):
    both = np.diag(counts)
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    return np.where(either > 0, both / np.maximum(either, 1), absent)


def _made(predicted, labels, num_classes, ignored, wrong):
    known = labels != ignored
    if not known.any():
        if wrong == "nothing_left_is_nan":
            return (
                np.zeros((num_classes, num_classes), dtype=int),
                np.full(num_classes, np.nan),
                np.nan,
            )
        if wrong == "nothing_left_is_zero":
            return np.zeros((num_classes, num_classes), dtype=int), np.zeros(num_classes), 0.0
        if wrong == "nothing_left_is_one":
            return np.zeros((num_classes, num_classes), dtype=int), np.ones(num_classes), 1.0
        raise ValueError("no pixel is left")
    if wrong == "ignored_is_class_0":
        counts = _counted(predicted, np.where(known, labels, 0), num_classes)
    elif wrong == "ignored_is_the_last_class":
        counts = _counted(predicted, np.where(known, labels, num_classes - 1), num_classes)
    elif wrong == "ignored_made_right":
        counts = _counted(predicted, np.where(known, labels, predicted), num_classes)
    elif wrong == "ignored_is_false":
        extra = np.bincount(predicted[~known].astype(int), minlength=num_classes)
        counts = _counted(predicted[known], labels[known], num_classes)
        both = np.diag(counts)
        either = counts.sum(axis=0) + counts.sum(axis=1) - both + extra
        iou = np.where(either > 0, both / np.maximum(either, 1), np.nan)
        return counts, iou, np.nanmean(iou)
    else:
        counts = _counted(predicted[known], labels[known], num_classes)
    if wrong == "counts_transposed":
        return counts.T, _ratios(counts), np.nanmean(_ratios(counts))
    if wrong == "shares_of_rows":
        rows = counts.sum(axis=1, keepdims=True)
        return counts / np.maximum(rows, 1), _ratios(counts), np.nanmean(_ratios(counts))
    if wrong == "shares_of_all":
        return counts / counts.sum(), _ratios(counts), np.nanmean(_ratios(counts))
    if wrong == "counts_as_floats":
        return counts.astype(float), _ratios(counts), np.nanmean(_ratios(counts))
    if wrong == "counts_added_once":
        counts = np.zeros((num_classes, num_classes), dtype=int)
        counts[labels[known].astype(int), predicted[known].astype(int)] += 1
    if wrong == "wraps_in_uint8":
        cells = labels[known] * labels.dtype.type(num_classes) + predicted[known]
        counts = np.bincount(cells, minlength=num_classes**2)[: num_classes**2].reshape(
            num_classes, num_classes
        )
    if wrong == "classes_seen":
        seen = np.unique(np.concatenate([predicted[known], labels[known]]))
        counts = counts[np.ix_(seen.astype(int), seen.astype(int))]
    iou = _ratios(counts)
    both = np.diag(counts)
    predicted_as, truly = counts.sum(axis=0), counts.sum(axis=1)
    if wrong == "union_counts_both_twice":
        iou = np.where(predicted_as + truly > 0, both / np.maximum(predicted_as + truly, 1), np.nan)
    if wrong == "dice":
        iou = np.where(
            predicted_as + truly > 0, 2 * both / np.maximum(predicted_as + truly, 1), np.nan
        )
    if wrong == "recall":
        iou = np.where(truly > 0, both / np.maximum(truly, 1), iou * 0)
    if wrong == "precision":
        iou = np.where(predicted_as > 0, both / np.maximum(predicted_as, 1), iou * 0)
    if wrong == "of_all_pixels":
        iou = np.where(np.isnan(iou), iou, both / counts.sum())
    if wrong == "smoothed":
        iou = (both + 1e-3) / (predicted_as + truly - both + 1e-3)
        return counts, iou, iou.mean()
    if wrong == "absent_is_zero":
        iou = _ratios(counts, 0.0)
    if wrong == "absent_is_one":
        iou = _ratios(counts, 1.0)
    if wrong == "absent_spoils_the_mean":
        return counts, iou, iou.mean()
    if wrong == "absent_counts_as_zero_in_the_mean":
        return counts, iou, np.nansum(iou) / num_classes
    if wrong == "only_predicted_left_out":
        iou = np.where(truly > 0, iou, np.nan)
    if wrong == "only_true_left_out":
        iou = np.where(predicted_as > 0, iou, np.nan)
    if wrong == "zeros_left_out_of_the_mean":
        return counts, iou, iou[iou > 0].mean()
    if wrong == "absent_dropped":
        return counts, iou[~np.isnan(iou)], np.nanmean(iou)
    if wrong == "background_left_out_of_the_mean":
        return counts, iou, np.nanmean(iou[1:])
    if wrong == "weighted_mean":
        return counts, iou, np.nansum(iou * truly) / truly.sum()
    if wrong == "accuracy_for_mean":
        return counts, iou, both.sum() / counts.sum()
    if wrong == "iou_of_sums":
        return counts, iou, both.sum() / (2 * counts.sum() - both.sum())
    if wrong == "mean_over_images":
        parts = []
        for guess, truth, use in zip(predicted, labels, known, strict=True):
            if use.any():
                parts.append(_ratios(_counted(guess[use], truth[use], num_classes)))
        with np.errstate(all="ignore"):
            some = ~np.isnan(parts).all(axis=0)
            iou = np.where(
                some,
                np.nansum(parts, axis=0) / np.maximum((~np.isnan(parts)).sum(axis=0), 1),
                np.nan,
            )
        return counts, iou, np.nanmean(iou)
    if wrong == "last_image_alone":
        known = known[-1]
        counts = _counted(predicted[-1][known], labels[-1][known], num_classes)
        return counts, _ratios(counts), np.nanmean(_ratios(counts))
    if wrong == "percent":
        return counts, 100 * iou, 100 * np.nanmean(iou)
    if wrong == "mean_alone":
        return np.nanmean(iou)
    return counts, iou, np.nanmean(iou)


@mistake(
    "iou_scores",
    hint="The row of counts is the true class, the column the predicted one.",
    read="sec-seg-confusion",
)
def counts_transposed(predicted, labels, num_classes, ignored):
    """The rows are the predicted classes."""
    return _made(predicted, labels, num_classes, ignored, "counts_transposed")


@mistake("iou_scores", hint="Whole numbers of pixels are asked for.", read="sec-seg-confusion")
def shares_of_rows(predicted, labels, num_classes, ignored):
    """Each row of counts is divided by its sum."""
    return _made(predicted, labels, num_classes, ignored, "shares_of_rows")


@mistake("iou_scores", hint="Whole numbers of pixels are asked for.", read="sec-seg-confusion")
def shares_of_all(predicted, labels, num_classes, ignored):
    """The counts are divided by the number of pixels."""
    return _made(predicted, labels, num_classes, ignored, "shares_of_all")


@mistake(
    "iou_scores",
    hint="Whole numbers are asked for: give np.zeros a dtype.",
    read="sec-seg-confusion",
)
def counts_as_floats(predicted, labels, num_classes, ignored):
    """The counts are floats."""
    return _made(predicted, labels, num_classes, ignored, "counts_as_floats")


@mistake(
    "iou_scores",
    hint="With index arrays, `+= 1` adds once for each place. np.add.at, or a bincount, adds every time.",
    read="sec-seg-confusion",
)
def counts_added_once(predicted, labels, num_classes, ignored):
    """Each pair of classes is counted once, however often it occurs."""
    return _made(predicted, labels, num_classes, ignored, "counts_added_once")


@mistake(
    "iou_scores",
    hint="The table has a row and a column for each of num_classes classes.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def classes_seen(predicted, labels, num_classes, ignored):
    """The table has only the classes that occur."""
    return _made(predicted, labels, num_classes, ignored, "classes_seen")


@mistake(
    "iou_scores",
    hint="In uint8, 16 · 20 is 64. Make whole numbers of a larger type before you multiply.",
    read="sec-seg-confusion",
    corner="uint8",
)
def wraps_in_uint8(predicted, labels, num_classes, ignored):
    """The number of a cell is computed in uint8."""
    return _made(predicted, labels, num_classes, ignored, "wraps_in_uint8")


@mistake(
    "iou_scores",
    hint="What is predicted and what is true overlap in the intersection: subtract it once from the sum.",
    read="sec-seg-confusion",
)
def union_counts_both_twice(predicted, labels, num_classes, ignored):
    """The union counts the intersection twice."""
    return _made(predicted, labels, num_classes, ignored, "union_counts_both_twice")


@mistake(
    "iou_scores",
    hint="Intersection over *union*: the sum of both sizes counts the intersection twice.",
    read="sec-seg-confusion",
)
def dice(predicted, labels, num_classes, ignored):
    """The Dice coefficient is computed."""
    return _made(predicted, labels, num_classes, ignored, "dice")


@mistake(
    "iou_scores",
    hint="Pixels that are wrongly predicted as the class belong to the union as well.",
    read="sec-seg-confusion",
)
def recall(predicted, labels, num_classes, ignored):
    """The intersection is divided by the true pixels."""
    return _made(predicted, labels, num_classes, ignored, "recall")


@mistake(
    "iou_scores",
    hint="Pixels of the class that were missed belong to the union as well.",
    read="sec-seg-confusion",
)
def precision(predicted, labels, num_classes, ignored):
    """The intersection is divided by the predicted pixels."""
    return _made(predicted, labels, num_classes, ignored, "precision")


@mistake(
    "iou_scores",
    hint="The union has only pixels of the class, predicted or true.",
    read="sec-seg-confusion",
)
def of_all_pixels(predicted, labels, num_classes, ignored):
    """The intersection is divided by all pixels."""
    return _made(predicted, labels, num_classes, ignored, "of_all_pixels")


@mistake(
    "iou_scores",
    hint="The exact ratio is asked for; a class that is nowhere has nan.",
    read="sec-seg-confusion",
)
def smoothed(predicted, labels, num_classes, ignored):
    """A small number is added above and below."""
    return _made(predicted, labels, num_classes, ignored, "smoothed")


@mistake(
    "iou_scores",
    hint="A class that is neither predicted nor true has nan, as nothing can be said about it.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def absent_is_zero(predicted, labels, num_classes, ignored):
    """A class that is nowhere has 0."""
    return _made(predicted, labels, num_classes, ignored, "absent_is_zero")


@mistake(
    "iou_scores",
    hint="A class that is neither predicted nor true has nan: it would lift the mean.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def absent_is_one(predicted, labels, num_classes, ignored):
    """A class that is nowhere has 1."""
    return _made(predicted, labels, num_classes, ignored, "absent_is_one")


@mistake(
    "iou_scores",
    hint="The mean leaves out what is nan.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def absent_spoils_the_mean(predicted, labels, num_classes, ignored):
    """A class that is nowhere makes the mean nan."""
    return _made(predicted, labels, num_classes, ignored, "absent_spoils_the_mean")


@mistake(
    "iou_scores",
    hint="The mean is over the classes that have a number.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def absent_counts_as_zero_in_the_mean(predicted, labels, num_classes, ignored):
    """The mean divides by the number of all classes."""
    return _made(predicted, labels, num_classes, ignored, "absent_counts_as_zero_in_the_mean")


@mistake(
    "iou_scores",
    hint="A class that is predicted and never true has 0, since every one of those pixels is wrong.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def only_predicted_left_out(predicted, labels, num_classes, ignored):
    """A class that is predicted and never true is left out."""
    return _made(predicted, labels, num_classes, ignored, "only_predicted_left_out")


@mistake(
    "iou_scores",
    hint="A class that is never found has 0.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def only_true_left_out(predicted, labels, num_classes, ignored):
    """A class that is true and never predicted is left out."""
    return _made(predicted, labels, num_classes, ignored, "only_true_left_out")


@mistake(
    "iou_scores",
    hint="0 is a number, and counts.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def zeros_left_out_of_the_mean(predicted, labels, num_classes, ignored):
    """Classes with 0 are left out of the mean."""
    return _made(predicted, labels, num_classes, ignored, "zeros_left_out_of_the_mean")


@mistake(
    "iou_scores",
    hint="iou has an entry for each class, nan where there is nothing to say.",
    read="sec-seg-confusion",
    corner="absent classes",
)
def absent_dropped(predicted, labels, num_classes, ignored):
    """Classes that are nowhere are dropped from iou."""
    return _made(predicted, labels, num_classes, ignored, "absent_dropped")


@mistake("iou_scores", hint="All classes are equal here, also class 0.", read="sec-seg-confusion")
def background_left_out_of_the_mean(predicted, labels, num_classes, ignored):
    """Class 0 is left out of the mean."""
    return _made(predicted, labels, num_classes, ignored, "background_left_out_of_the_mean")


@mistake(
    "iou_scores", hint="Each class counts the same, however large it is.", read="sec-seg-confusion"
)
def weighted_mean(predicted, labels, num_classes, ignored):
    """The mean is weighted by how often the classes are."""
    return _made(predicted, labels, num_classes, ignored, "weighted_mean")


@mistake("iou_scores", hint="The mean of the classes' IoU is asked for.", read="sec-seg-confusion")
def accuracy_for_mean(predicted, labels, num_classes, ignored):
    """The share of right pixels is returned for the mean."""
    return _made(predicted, labels, num_classes, ignored, "accuracy_for_mean")


@mistake(
    "iou_scores", hint="First a ratio for each class, then their mean.", read="sec-seg-confusion"
)
def iou_of_sums(predicted, labels, num_classes, ignored):
    """Intersections and unions are added up over the classes."""
    return _made(predicted, labels, num_classes, ignored, "iou_of_sums")


@mistake(
    "iou_scores",
    hint="All images together: count first, then divide once.",
    read="sec-seg-confusion",
)
def mean_over_images(predicted, labels, num_classes, ignored):
    """The IoU is averaged over the images."""
    return _made(predicted, labels, num_classes, ignored, "mean_over_images")


@mistake("iou_scores", hint="The pixels of all images are counted.", read="sec-seg-confusion")
def last_image_alone(predicted, labels, num_classes, ignored):
    """Only the last image is counted."""
    return _made(predicted, labels, num_classes, ignored, "last_image_alone")


@mistake("iou_scores", hint="Ratios are from 0 to 1.", read="sec-seg-confusion")
def percent(predicted, labels, num_classes, ignored):
    """The ratios are per cent."""
    return _made(predicted, labels, num_classes, ignored, "percent")


@mistake(
    "iou_scores", hint="Three results are asked for: counts, iou, mean.", read="sec-seg-confusion"
)
def mean_alone(predicted, labels, num_classes, ignored):
    """Only the mean is returned."""
    return _made(predicted, labels, num_classes, ignored, "mean_alone")


@mistake(
    "iou_scores",
    hint="An ignored pixel does not count at all.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_is_class_0(predicted, labels, num_classes, ignored):
    """Ignored pixels count as class 0."""
    return _made(predicted, labels, num_classes, ignored, "ignored_is_class_0")


@mistake(
    "iou_scores",
    hint="An ignored pixel does not count at all.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_is_the_last_class(predicted, labels, num_classes, ignored):
    """Ignored pixels count as the last class."""
    return _made(predicted, labels, num_classes, ignored, "ignored_is_the_last_class")


@mistake(
    "iou_scores",
    hint="An ignored pixel does not count at all, neither as right nor as wrong.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_made_right(predicted, labels, num_classes, ignored):
    """Ignored pixels count as right."""
    return _made(predicted, labels, num_classes, ignored, "ignored_made_right")


@mistake(
    "iou_scores",
    hint="Whatever is predicted at an ignored pixel, it does not count.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_is_false(predicted, labels, num_classes, ignored):
    """Ignored pixels count in the union of what was predicted there."""
    return _made(predicted, labels, num_classes, ignored, "ignored_is_false")


@mistake(
    "iou_scores",
    hint="Take the ignored pixels out before you count.",
    read="sec-seg-ignored",
    corner="ignored",
)
def ignored_not_looked_at(predicted, labels, num_classes, ignored):
    """Ignored pixels are not looked for, and their label is used as a class."""
    if (labels == ignored).all():
        raise ValueError("no pixel is left")
    counts = _counted(predicted, labels, num_classes)
    return counts, _ratios(counts), np.nanmean(_ratios(counts))


@mistake(
    "iou_scores",
    hint="Where nothing is left to count, the text asks for an error.",
    read="sec-seg-ignored",
    corner="nothing left",
)
def nothing_left_is_nan(predicted, labels, num_classes, ignored):
    """Without a pixel, there is no error."""
    return _made(predicted, labels, num_classes, ignored, "nothing_left_is_nan")


@mistake("iou_scores", same_as="nothing_left_is_nan", corner="nothing left")
def nothing_left_is_zero(predicted, labels, num_classes, ignored):
    """Without a pixel, the mean is 0."""
    return _made(predicted, labels, num_classes, ignored, "nothing_left_is_zero")


@mistake("iou_scores", same_as="nothing_left_is_nan", corner="nothing left")
def nothing_left_is_one(predicted, labels, num_classes, ignored):
    """Without a pixel, the mean is 1."""
    return _made(predicted, labels, num_classes, ignored, "nothing_left_is_one")


@mistake(
    "iou_scores",
    hint="np.bincount or np.add.at counts all pixels at once.",
    read="sec-seg-confusion",
    corner="no loop",
)
def loop_over_pixels(predicted, labels, num_classes, ignored):
    """A loop goes over the pixels."""
    counts = np.zeros((num_classes, num_classes), dtype=int)
    for guess, truth in zip(predicted.ravel(), labels.ravel(), strict=True):
        if truth != ignored:
            counts[truth, guess] += 1
    if counts.sum() == 0:
        raise ValueError("no pixel is left")
    return counts, _ratios(counts), np.nanmean(_ratios(counts))


@mistake(
    "iou_scores",
    hint="A class that is predicted and never true has 0, and the mean counts it. Only one that is neither is left out.",
    read="sec-seg-confusion",
    corner="absent",
)
def mean_over_true_classes(predicted, labels, num_classes, ignored):
    """The mean goes over the true classes alone."""
    counts, iou, _ = _made(predicted, labels, num_classes, ignored, "")
    return counts, iou, float(np.nanmean(iou[counts.sum(axis=1) > 0]))


@mistake(
    "iou_scores",
    hint="nan is for a class that is neither predicted nor true. One that is somewhere, and never met, has 0.",
    read="sec-seg-confusion",
    corner="absent",
)
def never_met_left_out(predicted, labels, num_classes, ignored):
    """A class that is at no pixel both predicted and true is left out."""
    counts, iou, _ = _made(predicted, labels, num_classes, ignored, "")
    iou = np.where(counts.diagonal() > 0, iou, np.nan)
    return counts, iou, float(np.nanmean(iou))


@mistake(
    "iou_scores",
    hint="Class 0 is a class like the others, in all three results.",
    read="sec-seg-confusion",
)
def background_left_out(predicted, labels, num_classes, ignored):
    """Class 0 is left out as background: its number is nan."""
    counts, iou, _ = _made(predicted, labels, num_classes, ignored, "")
    iou = np.where(np.arange(num_classes) > 0, iou, np.nan)
    return counts, iou, float(np.nanmean(iou))


@mistake(
    "iou_scores",
    hint="Class 0 is a class like the others. Only the label `ignored` is not counted.",
    read="sec-seg-ignored",
)
def background_ignored(predicted, labels, num_classes, ignored):
    """Pixels of class 0 are ignored, too."""
    left = np.where(labels == 0, ignored, labels)
    return _made(predicted, left, num_classes, ignored, "")


# --- right answers, written another way ---


@alternative("iou_scores")
def by_bincount(predicted, labels, num_classes, ignored):
    """One number for each pair of classes, and a bincount."""
    known = labels != ignored
    if known.sum() == 0:
        raise ValueError("there is no pixel with a known label")
    cells = labels[known].astype(np.int64) * num_classes + predicted[known]
    counts = np.bincount(cells, minlength=num_classes * num_classes).reshape(num_classes, -1)
    iou = _ratios(counts)
    return counts, iou, float(np.mean(iou[~np.isnan(iou)]))


@alternative("iou_scores")
def by_masks(predicted, labels, num_classes, ignored):
    """Loops over the classes, with masks."""
    known = labels != ignored
    if not known.any():
        raise ValueError("every pixel is ignored")
    guess, truth = predicted[known], labels[known]
    counts = np.array(
        [
            [((truth == a) & (guess == b)).sum() for b in range(num_classes)]
            for a in range(num_classes)
        ]
    )
    iou = []
    for c in range(num_classes):
        either = ((truth == c) | (guess == c)).sum()
        iou.append(counts[c, c] / either if either else np.nan)
    return counts, np.array(iou), np.nanmean(iou)
