"""Wrong answers to `perceptron` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "perceptron",
    hint="At the start all weights and scores are 0, and your rule takes a score of 0 for right, so that nothing is ever learned. The text says y · f ≤ 0.",
    read="sec-linear-perceptron",
)
def strictly_negative(x, y, max_epochs):
    """No point is ever added."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f < 0)


@mistake(
    "perceptron",
    hint="Labels are −1 and 1. With 0 for the first class, its points are added with a factor 0.",
    read="sec-linear-perceptron",
)
def labels_zero_one(x, y, max_epochs):
    """Labels are taken as 0 and 1."""
    return _rosenblatt(x, (y > 0).astype(int), max_epochs)


@mistake(
    "perceptron",
    hint="Every point is added, the right ones, too. Only mistakes teach.",
    read="sec-linear-perceptron",
)
def updates_always(x, y, max_epochs):
    """Every point is added, wrong or not."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: True)


@mistake(
    "perceptron",
    hint="The points that are right are added, and the wrong ones are not.",
    read="sec-linear-perceptron",
)
def updates_right_ones(x, y, max_epochs):
    """The points that are right are added."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f >= 0)


@mistake(
    "perceptron",
    hint="The bias stays 0: the plane must go through the origin. A wrong point changes the bias by y.",
    read="sec-linear-bias-trick",
)
def bias_not_learned(x, y, max_epochs):
    """The bias is not learned."""
    weight, updates = _rosenblatt(x, y, max_epochs, one=0.0)
    return weight, updates


@mistake(
    "perceptron",
    hint="The points are added as they are, whatever their label. A point of class −1 must be subtracted.",
    read="sec-linear-perceptron",
)
def label_not_used(x, y, max_epochs):
    """The point is added without its label."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="A wrong point changes the bias by its label, −1 or 1. Yours grows by 1 each time.",
    read="sec-linear-bias-trick",
)
def bias_without_label(x, y, max_epochs):
    """The bias is changed without the label."""
    x = x.astype(np.float64)
    weight, bias, updates = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(x, y):
            if label * (weight @ point + bias) <= 0:
                weight, bias, updates = weight + label * point, bias + 1, updates + 1
        if updates == before:
            break
    return np.append(weight, bias), updates


@mistake(
    "perceptron",
    hint="All scores are calculated at the start of the epoch. The weights change in between: each point must be tested with those of the moment.",
    read="sec-linear-perceptron",
)
def old_scores(x, y, max_epochs):
    """The scores are those of the epoch's start."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        wrong = y * (points @ weight) <= 0
        if not wrong.any():
            break
        weight = weight + (y[wrong, None] * points[wrong]).sum(axis=0)
        updates += int(wrong.sum())
    return weight, updates


@mistake(
    "perceptron",
    hint="updates counts points that were added, over all epochs, not epochs.",
    read="sec-linear-perceptron",
)
def counts_epochs(x, y, max_epochs):
    """Epochs are counted, not updates."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight = np.zeros(points.shape[1])
    for epoch in range(max_epochs):
        clean = True
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, clean = weight + label * point, False
        if clean:
            break
    return weight, epoch + 1


@mistake(
    "perceptron",
    hint="updates begins at 0 in every epoch. It should count over all of them.",
    read="sec-linear-perceptron",
)
def counts_last_epoch(x, y, max_epochs):
    """Only the last epoch's updates are counted."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight = np.zeros(points.shape[1])
    for _ in range(max_epochs):
        updates = 0
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == 0:
            break
    return weight, updates


@mistake(
    "perceptron",
    corner="the end",
    hint="Without a look at max_epochs, XOR goes on for ever.",
    read="sec-linear-order",
)
def endless(x, y, max_epochs):
    """The loop ends only when no point is wrong."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates, rounds = np.zeros(points.shape[1]), 0, 0
    while rounds < 5000:  # stands for ever
        before, rounds = updates, rounds + 1
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    corner="the end",
    hint="One epoch is too few or too many: range(max_epochs) has just max_epochs of them.",
    read="sec-linear-perceptron",
)
def one_epoch_more(x, y, max_epochs):
    """There is an epoch too many, or one too few."""
    return _rosenblatt(x, y, max_epochs + 1)


@mistake(
    "perceptron",
    hint="The search ends with the first point that is right. An epoch goes through all of them.",
    read="sec-linear-perceptron",
)
def stops_at_first_right(x, y, max_epochs):
    """An epoch ends at the first point that is right."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) > 0:
                break
            weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="Each epoch adds one wrong point and begins again. It should go on with the next point.",
    read="sec-linear-perceptron",
)
def one_update_an_epoch(x, y, max_epochs):
    """An epoch ends at its first mistake."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
                break
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="The end is an epoch in which no point was wrong. (If a variable remembers that one was, set it back before each epoch, and not before "
    "each point, or only the last point decides.)",
    read="sec-linear-perceptron",
)
def one_epoch_only(x, y, max_epochs):
    """You stop after an epoch in which points were wrong."""
    return _rosenblatt(x, y, 1)


@mistake("perceptron", same_as="one_epoch_only", corner="the end of training")
def last_point_decides(x, y, max_epochs):
    """The last point of an epoch decides about the end."""
    x = np.hstack([x.astype(float), np.ones((len(x), 1))])
    weight, updates = np.zeros(x.shape[1]), 0
    for _ in range(max_epochs):
        for point, label in zip(x, y):
            wrong = label * (point @ weight) <= 0
            if wrong:
                weight, updates = weight + float(label) * point, updates + 1
        if not wrong:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="The bias is the first number in your result. The text wants it last.",
    read="sec-linear-bias-trick",
)
def bias_first(x, y, max_epochs):
    """The bias comes first."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return np.roll(weight, 1), updates


@mistake(
    "perceptron",
    corner="whole numbers",
    hint="In int8, (−1) · (−128) is −128 again: whole numbers wrap around. Convert x to float64 first.",
    read="notation-integers",
)
def integers_wrap_around(x, y, max_epochs):
    """Integer arithmetic wraps around."""
    weight, bias, updates = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(x, y):
            if label * (point @ weight + bias) <= 0:
                weight, bias, updates = weight + label * point, bias + label, updates + 1
        if updates == before:
            break
    return np.append(weight, bias), updates


@mistake(
    "perceptron",
    hint="The points are taken in a random order. The text says: in their order.",
    read="sec-linear-order",
)
def shuffled_points(x, y, max_epochs):
    """The points are shuffled."""
    order = np.random.default_rng(0).permutation(len(x))
    return _rosenblatt(x[order], y[order], max_epochs)


@mistake(
    "perceptron",
    hint="A score of exactly 0 counts as class 1 in yours, so that points of class 1 on the plane are never added. On the plane every point is wrong.",
    read="sec-linear-perceptron",
)
def zero_is_positive(x, y, max_epochs):
    """A score of 0 counts as class 1."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: (1 if f >= 0 else -1) != t)


@mistake(
    "perceptron",
    hint="A score of exactly 0 counts as class −1 in yours, so that points of class −1 on the plane are never added. On the plane every point is wrong.",
    read="sec-linear-perceptron",
)
def zero_is_negative(x, y, max_epochs):
    """A score of 0 counts as class −1."""
    return _rosenblatt(x, y, max_epochs, wrong=lambda t, f: (1 if f > 0 else -1) != t)


@mistake(
    "perceptron",
    hint="Your weights are twice too long: (label − prediction) is ±2. The text adds y · x, once.",
    read="sec-linear-perceptron",
)
def twice_the_point(x, y, max_epochs):
    """The point is added twice, as (label − prediction) · x."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return 2 * weight, updates


@mistake(
    "perceptron",
    hint="The points are added with a factor, a learning rate. From a start at 0 it changes no prediction; leave it out.",
    read="sec-linear-perceptron",
)
def learning_rate(x, y, max_epochs):
    """There is a learning rate."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return 0.1 * weight, updates


@mistake(
    "perceptron",
    corner="the end",
    hint="After an epoch without a wrong point, nothing can change any more. Yours goes on to the last epoch.",
    read="sec-linear-convergence",
)
def no_early_end(x, y, max_epochs):
    """All epochs are made, even when no point is wrong."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
    return weight, updates


@mistake(
    "perceptron",
    corner="whole numbers",
    hint="A uint8 array knows no −1, so NumPy refuses −1 · x. Convert x to float64 before you calculate.",
    read="notation-integers",
)
def python_label_times_uint8(x, y, max_epochs):
    """A plain −1 is multiplied with uint8."""
    weight, bias, updates = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(x, y.tolist()):
            if label * (point @ weight + bias) <= 0:
                weight, bias, updates = weight + label * point, bias + label, updates + 1
        if updates == before:
            break
    return np.append(weight, bias), updates


@mistake(
    "perceptron",
    corner="whole numbers",
    hint="Where x has integers, they are integers, too, and may wrap. Start from np.zeros(…), which is float64.",
    read="notation-integers",
)
def weights_of_integers(x, y, max_epochs):
    """The weights have the dtype of x."""
    points = np.hstack([x, np.ones((len(x), 1), dtype=x.dtype)])
    weight, updates = np.zeros(points.shape[1], dtype=x.dtype), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * float(point @ weight) <= 0:
                weight, updates = (weight + label * point).astype(x.dtype), updates + 1
        if updates == before:
            break
    return weight.astype(float), updates


@mistake(
    "perceptron",
    hint="You return the weights alone. The text asks for two results: return weight, updates.",
    read="sec-linear-perceptron",
)
def weights_alone(x, y, max_epochs):
    """Only the weights are returned."""
    return _rosenblatt(x, y, max_epochs)[0]


@mistake(
    "perceptron",
    hint="The bias comes as a result of its own. With the bias trick it is the last entry of weight.",
    read="sec-linear-bias-trick",
)
def bias_apart(x, y, max_epochs):
    """Weights and bias are returned apart."""
    weight, updates = _rosenblatt(x, y, max_epochs)
    return weight[:-1], weight[-1], updates


@mistake(
    "perceptron",
    hint="The bias is added to the weights but left out of the score f.",
    read="sec-linear-bias-trick",
)
def bias_not_in_the_score(x, y, max_epochs):
    """The score lacks the bias."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(min(max_epochs, 500)):
        before = updates
        for point, label in zip(points, y):
            if label * (point[:-1] @ weight[:-1]) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


def _rosenblatt(x, y, max_epochs, wrong=lambda t, f: t * f <= 0, one=1.0):
    points = np.hstack([x, np.full((len(x), 1), one)])
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if wrong(label, point @ weight):
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="The average of all weights on the way is another algorithm, the averaged perceptron. Return the weights at the end.",
    read="sec-linear-perceptron",
)
def averaged(x, y, max_epochs):
    """The weights are averaged over all steps."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates, seen = np.zeros(points.shape[1]), 0, []
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
            seen.append(weight)
        if updates == before:
            break
    return np.mean(seen or [weight], axis=0), updates


@mistake(
    "perceptron",
    hint="The point is added as it is. Yours is divided by its length first.",
    read="sec-linear-perceptron",
)
def points_of_length_one(x, y, max_epochs):
    """The points are scaled to length 1."""
    points = np.hstack([x, np.ones((len(x), 1))])
    points = points / np.linalg.norm(points, axis=1, keepdims=True)
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates = weight + label * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake(
    "perceptron",
    hint="Your weights are as many as the features. With the bias trick each point has a 1 at its end, and one weight more.",
    read="sec-linear-perceptron",
)
def no_bias(x, y, max_epochs):
    """There is no bias."""
    X = np.asarray(x, dtype=float)
    w = np.zeros(X.shape[1])
    updates = 0
    for _ in range(max_epochs):
        mistakes = 0
        for xi, yi in zip(X, y):
            if yi * (w @ xi) <= 0:
                w = w + yi * xi
                updates += 1
                mistakes += 1
        if mistakes == 0:
            break
    return w, updates


@mistake(
    "perceptron",
    hint="The text starts with all weights 0, the bias too. Yours start elsewhere.",
    read="sec-linear-perceptron",
)
def starts_with_ones(x, y, max_epochs):
    """The weights do not start at 0."""
    X = np.concatenate([np.asarray(x, dtype=float), np.ones((len(x), 1))], axis=1)
    w = np.ones(X.shape[1])
    updates = 0
    for _ in range(max_epochs):
        mistakes = 0
        for xi, yi in zip(X, y):
            if yi * (w @ xi) <= 0:
                w = w + yi * xi
                updates += 1
                mistakes += 1
        if mistakes == 0:
            break
    return w, updates


# --- right answers, written another way ---


@alternative("perceptron")
def weights_and_bias(x, y, max_epochs):
    """A bias of its own, joined at the end."""
    x, y = x.astype(float), y.astype(float)
    w, b, count = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        mistakes = 0
        for i in range(len(x)):
            if y[i] * (np.dot(w, x[i]) + b) <= 0:
                w = w + y[i] * x[i]
                b = b + y[i]
                mistakes += 1
        count += mistakes
        if mistakes == 0:
            break
    return np.append(w, b), count


@alternative("perceptron")
def signed_points(x, y, max_epochs):
    """The labels are multiplied into the points beforehand."""
    signed = y[:, None] * np.c_[x.astype(np.float64), np.ones(len(x))]
    w, added = np.zeros(signed.shape[1]), []
    epoch, clean = 0, False
    while epoch < max_epochs and not clean:
        clean = True
        for p in signed:
            if p @ w <= 0:
                w, clean = w + p, False
                added.append(p)
        epoch += 1
    return w, len(added)


@alternative("perceptron")
def signs_compared(x, y, max_epochs):
    """The sign of the score is compared with the label: the sign of 0 is neither."""
    ones = np.column_stack([x, np.ones(len(x))])
    weight, log = np.zeros(ones.shape[1]), [1]
    while log[-1] and len(log) <= max_epochs:
        log.append(0)
        for i in range(len(ones)):
            if np.sign(ones[i] @ weight) != y[i]:
                weight = weight + ones[i] * float(y[i])
                log[-1] += 1
    return weight, sum(log[1:])


@mistake("perceptron", same_as="endless", corner="the end")
def endless_without_a_limit(x, y, max_epochs):
    """The loop never ends where no line separates the points."""
    points = np.hstack([x, np.ones((len(x), 1))])
    weight, updates, wrong = np.zeros(points.shape[1]), 0, True
    while wrong:
        wrong = False
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight, updates, wrong = weight + label * point, updates + 1, True
    return weight, updates


@mistake("perceptron", same_as="integers_wrap_around", corner="whole numbers")
def label_in_the_dtype_of_x(x, y, max_epochs):
    """The label becomes uint8, like the point."""
    weight, bias, updates = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(x, y):
            if float(label) * (point @ weight + bias) <= 0:
                weight = weight + label.astype(x.dtype) * point
                bias, updates = bias + float(label), updates + 1
        if updates == before:
            break
    return np.append(weight, bias), updates


@mistake(
    "perceptron",
    hint="You subtract y · x. Then a wrong point becomes more wrong each time.",
    read="sec-linear-perceptron",
)
def subtracted(x, y, max_epochs):
    """Wrong points are subtracted, not added."""
    return _rosenblatt(x, -y.astype(float), max_epochs, wrong=lambda t, f: t * f >= 0)


@mistake(
    "perceptron",
    hint="You add (y − sign f) · x, which is 2 y · x for a wrong point, and y · x where f is 0. The rule is y · x.",
    read="sec-linear-perceptron",
)
def difference_to_the_sign(x, y, max_epochs):
    """The points are added (y − sign f) times."""
    points = np.hstack([x, np.ones((len(x), 1))]).astype(float)
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y.astype(float)):
            f = point @ weight
            if label * f <= 0:
                weight, updates = weight + (label - np.sign(f)) * point, updates + 1
        if updates == before:
            break
    return weight, updates


@mistake("perceptron", same_as="one_epoch_more", corner="the end")
def one_epoch_less(x, y, max_epochs):
    """There is an epoch too few."""
    return _rosenblatt(x, y.astype(float), max_epochs - 1)


@mistake(
    "perceptron",
    hint="A point is wrong where y · f ≤ 0. You also add points that are right, by a margin of less than 1, as an SVM would.",
    read="sec-linear-perceptron",
)
def margin_of_one(x, y, max_epochs):
    """Points with y · f below 1 count as wrong."""
    return _rosenblatt(x, y.astype(float), max_epochs, wrong=lambda t, f: t * f < 1)
