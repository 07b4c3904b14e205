"""Wrong answers to `kernel_perceptron` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "kernel_perceptron",
    hint="f is a sum of aᵢ yᵢ k(xᵢ, x). Without the labels, all points pull the same way.",
    read="sec-linear-kernel-perceptron",
)
def labels_left_out(kernel, x, y, x_test, max_epochs):
    """The labels are left out of f."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (a @ gram[:, i]) <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ a.astype(float)


@mistake(
    "kernel_perceptron",
    hint="The labels are in the rule but not in the scores of x_test.",
    read="sec-linear-kernel-perceptron",
)
def labels_left_out_of_scores(kernel, x, y, x_test, max_epochs):
    """The labels are left out of the scores."""
    a, _ = _dual(kernel, x, y, x_test, max_epochs)
    return a, kernel(x_test, x) @ a.astype(float)


@mistake(
    "kernel_perceptron",
    hint="Your counts have signs. aᵢ says how often a point was added, the label comes on top.",
    read="sec-linear-kernel-perceptron",
)
def signed_counts(kernel, x, y, x_test, max_epochs):
    """The counts are multiplied with the labels."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a * y, scores


@mistake(
    "kernel_perceptron",
    hint="At the start every f is 0, and y · f ≤ 0 calls each such point wrong. Does your rule, and does the count of a wrong point grow?",
    read="sec-linear-kernel-perceptron",
)
def strict_rule(kernel, x, y, x_test, max_epochs):
    """No count ever grows."""
    return _dual(kernel, x, y, x_test, max_epochs, wrong=lambda m: m < 0)


@mistake(
    "kernel_perceptron",
    hint="A point that is wrong in three epochs is added three times: its count is 3.",
    read="sec-linear-kernel-perceptron",
)
def counts_at_most_one(kernel, x, y, x_test, max_epochs):
    """A count is set to 1, it does not grow."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        clean = True
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i], clean = 1, False
        if clean:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="All points of an epoch are tested with the counts of its start. They change in between.",
    read="sec-linear-kernel-perceptron",
)
def old_counts(kernel, x, y, x_test, max_epochs):
    """The scores are those of the epoch's start."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        wrong = y * (gram @ (a * y)) <= 0
        if not wrong.any():
            break
        a = a + wrong
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="Your scores are only signs. The text asks for f itself.",
    read="sec-linear-kernel-perceptron",
)
def signs_only(kernel, x, y, x_test, max_epochs):
    """The sign of f is returned, not f."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a, np.sign(scores)


@mistake(
    "kernel_perceptron",
    hint="What is asked for are the scores of the test points: their kernel is (M, N), a row for each of them.",
    read="sec-linear-kernel-perceptron",
)
def training_scores(kernel, x, y, x_test, max_epochs):
    """The scores are of the training points."""
    return _dual(kernel, x, y, x, max_epochs)


@mistake(
    "kernel_perceptron",
    hint="The table of k between training and test points is turned round: see which of the two gives its rows.",
    read="sec-linear-kernel",
)
def table_turned(kernel, x, y, x_test, max_epochs):
    """The table of the kernel is transposed."""
    a, _ = _dual(kernel, x, y, x_test, max_epochs)
    return a, kernel(x, x_test) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="A point tells nothing about itself in your f: the diagonal of the table counts, too.",
    read="sec-linear-kernel-perceptron",
)
def diagonal_left_out(kernel, x, y, x_test, max_epochs):
    """A point does not count for its own score."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    gram = gram - np.diag(np.diag(gram))
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="There is a bias in your f. In the space of the kernel there is none, unless the kernel has a constant.",
    read="sec-linear-kernel-perceptron",
)
def with_bias(kernel, x, y, x_test, max_epochs):
    """A bias is learned as well."""
    return _dual(lambda a, b: kernel(a, b) + 1, x, y, x_test, max_epochs)


@mistake(
    "kernel_perceptron",
    hint="The counts are divided by their number or by N. They are plain numbers of times.",
    read="sec-linear-kernel-perceptron",
)
def shares(kernel, x, y, x_test, max_epochs):
    """The counts are shares."""
    a, scores = _dual(kernel, x, y, x_test, max_epochs)
    return a / a.sum(), scores / a.sum()


@mistake(
    "kernel_perceptron",
    corner="the end",
    hint="Without a look at max_epochs, labels that no f fits go on for ever.",
    read="sec-linear-order",
)
def without_end(kernel, x, y, x_test, max_epochs):
    """The loop goes on beyond max_epochs."""
    return _dual(kernel, x, y, x_test, 2000)


@mistake(
    "kernel_perceptron",
    hint="The end is an epoch in which no point was wrong. (If a variable remembers that one was, set it back before each epoch, and not before "
    "each point, or only the last point decides.)",
    read="sec-linear-kernel-perceptron",
)
def single_epoch(kernel, x, y, x_test, max_epochs):
    """You stop after an epoch in which points were wrong."""
    return _dual(kernel, x, y, x_test, 1)


@mistake(
    "kernel_perceptron",
    corner="calls",
    hint="The kernel is called for each point, again and again. Make the table of all pairs once, before the loop.",
    read="sec-linear-kernel-perceptron",
)
def kernel_in_the_loop(kernel, x, y, x_test, max_epochs):
    """The kernel is called within the loop."""
    a = np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if y[i] * (kernel(x[i : i + 1], x) @ (a * y))[0] <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="A score of exactly 0 counts as class 1 in yours. With all counts 0, every point has the score 0, and every point is wrong.",
    read="sec-linear-kernel-perceptron",
)
def zero_counts_as_right(kernel, x, y, x_test, max_epochs):
    """A score of 0 counts as class 1."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if (1 if a * y @ gram[:, i] >= 0 else -1) != y[i]:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    corner="the end",
    hint="After an epoch without a wrong point, nothing can change any more. Yours goes on to the last epoch.",
    read="sec-linear-convergence",
)
def all_epochs(kernel, x, y, x_test, max_epochs):
    """All epochs are made, even when no point is wrong."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i] += 1
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="You return the counts alone. The text asks for two results: return counts, scores.",
    read="sec-linear-kernel-perceptron",
)
def counts_alone(kernel, x, y, x_test, max_epochs):
    """Only the counts are returned."""
    return _dual(kernel, x, y, x_test, max_epochs)[0]


@mistake(
    "kernel_perceptron",
    corner="the end",
    hint="One epoch is too few or too many: range(max_epochs) has just max_epochs of them.",
    read="sec-linear-kernel-perceptron",
)
def an_epoch_too_many(kernel, x, y, x_test, max_epochs):
    """There is an epoch too many."""
    return _dual(kernel, x, y, x_test, max_epochs + 1)


def _dual(kernel, x, y, x_test, max_epochs, wrong=lambda m: m <= 0):
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if wrong(y[i] * (a * y @ gram[:, i])):
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake("kernel_perceptron", same_as="single_epoch")
def last_point_decides(kernel, x, y, x_test, max_epochs):
    """The last point of an epoch decides about the end."""
    table, counts = kernel(x, x), np.zeros(len(x), dtype=int)
    for _ in range(max_epochs):
        for i in range(len(x)):
            wrong = y[i] * (table[:, i] @ (counts * y)) <= 0
            counts[i] += wrong
        if not wrong:
            break
    return counts, kernel(x_test, x) @ (counts * y)


@mistake(
    "kernel_perceptron",
    hint="After a mistake, the epoch goes on with the next point. Yours begins anew with the first.",
    read="sec-linear-kernel-perceptron",
)
def one_mistake_an_epoch(kernel, x, y, x_test, max_epochs):
    """An epoch ends at its first mistake."""
    gram = kernel(x, x) * y
    counts = np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        wrong = [i for i in range(len(x)) if y[i] * (gram[i] @ counts) <= 0]
        if not wrong:
            break
        counts[wrong[0]] += 1
    return counts, kernel(x_test, x) @ (counts * y)


@mistake("kernel_perceptron", same_as="labels_left_out")
def label_left_out_of_training(kernel, x, y, x_test, max_epochs):
    """The labels are left out of f while it learns."""
    K = kernel(x, x)
    N = len(x)
    a = np.zeros(N, dtype=int)
    for _ in range(max_epochs):
        changed = False
        for i in range(N):
            f = np.sum(a * K[:, i])
            if y[i] * f <= 0:
                a[i] += 1
                changed = True
        if not changed:
            break
    scores = kernel(x_test, x) @ (a * y)
    return a, scores


@mistake(
    "kernel_perceptron",
    hint="An epoch goes through all points, and stops at none: only after it you ask whether one was wrong.",
    read="sec-linear-kernel-perceptron",
)
def ends_at_first_right(kernel, x, y, x_test, max_epochs):
    """An epoch ends at the first point that is right."""
    K = kernel(x, x)
    N = len(x)
    a = np.zeros(N, dtype=int)
    for _ in range(max_epochs):
        for i in range(N):
            f = np.sum(a * y * K[:, i])
            if y[i] * f <= 0:
                a[i] += 1
            else:
                break
    scores = kernel(x_test, x) @ (a * y)
    return a, scores


@mistake("kernel_perceptron", same_as="with_bias")
def bias_of_the_counts(kernel, x, y, x_test, max_epochs):
    """The sum of a · y is a bias."""
    K = kernel(x, x)
    N = len(x)
    a = np.zeros(N, dtype=int)
    for _ in range(max_epochs):
        changed = False
        for i in range(N):
            f = np.sum(a * y * K[:, i]) + np.sum(a * y)
            if y[i] * f <= 0:
                a[i] += 1
                changed = True
        if not changed:
            break
    scores = kernel(x_test, x) @ (a * y)
    return a, scores


@mistake(
    "kernel_perceptron",
    hint="Your counts have the sign of the label already, and f multiplies by the label again: y · y is 1. A count grows by 1, whatever the label.",
    read="sec-linear-kernel-perceptron",
)
def label_twice(kernel, x, y, x_test, max_epochs):
    """The label is in the counts, and in f once more."""
    K = kernel(x, x)
    N = len(x)
    a = np.zeros(N, dtype=int)
    for _ in range(max_epochs):
        changed = False
        for i in range(N):
            f = np.sum(a * y * K[:, i])
            if y[i] * f <= 0:
                a[i] += y[i]
                changed = True
        if not changed:
            break
    scores = kernel(x_test, x) @ (a * y)
    return a, scores


# --- right answers, written another way ---


@alternative("kernel_perceptron")
def running_scores(kernel, x, y, x_test, max_epochs):
    """The scores of all points are kept up to date."""
    gram, f = kernel(x, x), np.zeros(len(x))
    counts = np.zeros(len(x), dtype=int)
    for _ in range(max_epochs):
        clean = True
        for i, t in enumerate(y):
            if t * f[i] <= 0:
                counts[i] += 1
                f = f + t * gram[i]
                clean = False
        if clean:
            break
    return counts, (counts * y) @ kernel(x, x_test)


@alternative("kernel_perceptron")
def one_call(kernel, x, y, x_test, max_epochs):
    """One call of the kernel for both sets."""
    table = kernel(np.vstack([x, x_test]), x)
    gram, rest = table[: len(x)], table[len(x) :]
    counts = [0] * len(x)
    for _ in range(max_epochs):
        wrong = 0
        for i in range(len(x)):
            f = sum(counts[j] * y[j] * gram[i, j] for j in range(len(x)))
            if y[i] * f <= 0:
                counts[i] += 1
                wrong += 1
        if wrong == 0:
            break
    return np.array(counts), rest @ (np.array(counts) * y).astype(float)


@mistake("kernel_perceptron", same_as="without_end", corner="the end")
def without_end_at_all(kernel, x, y, x_test, max_epochs):
    """The loop never ends where no f fits the labels."""
    gram, a, wrong = kernel(x, x), np.zeros(len(x), dtype=np.int64), True
    while wrong:
        wrong = False
        for i in range(len(x)):
            if y[i] * (a * y @ gram[:, i]) <= 0:
                a[i] += 1
                wrong = True
    return a, kernel(x_test, x) @ (a * y).astype(float)


@mistake(
    "kernel_perceptron",
    hint="f is a sum over the points, and no mean: nothing is divided by N.",
    read="sec-linear-kernel-perceptron",
)
def scores_averaged(kernel, x, y, x_test, max_epochs):
    """The scores are divided by the number of points."""
    counts, scores = _dual(kernel, x, y, x_test, max_epochs)
    return counts, scores / len(x)


@mistake(
    "kernel_perceptron",
    hint="x @ x.T is the kernel a·b alone. Call the kernel that you are given: kernel(x, x).",
    read="sec-linear-kernel-perceptron",
)
def own_kernel(kernel, x, y, x_test, max_epochs):
    """The kernel is always a·b."""
    return _dual(lambda a, b: a @ b.T, x, y, x_test, max_epochs)


@mistake(
    "kernel_perceptron",
    hint="A point is wrong where y · f ≤ 0. You look at f alone, as if all labels were 1.",
    read="sec-linear-kernel-perceptron",
)
def label_left_out_of_the_test(kernel, x, y, x_test, max_epochs):
    """A point counts as wrong where f ≤ 0, whatever its label."""
    gram, a = kernel(x, x), np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        before = a.sum()
        for i in range(len(x)):
            if a * y @ gram[:, i] <= 0:
                a[i] += 1
        if a.sum() == before:
            break
    return a, kernel(x_test, x) @ (a * y).astype(float)
