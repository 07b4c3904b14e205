"""Wrong answers to `crf_step` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _softmax(x, axis=0):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _made(unary, q, kernel, strength, wrong):
    k, pixels = len(q), len(kernel)
    flat = q.reshape(k, -1)
    if wrong == "pixels_column_by_column":
        flat = q.swapaxes(1, 2).reshape(k, -1)
    if wrong == "classes_last":
        flat = q.reshape(-1, k).T
    others = kernel.copy()
    if wrong not in ("hears_itself", "subtracts_itself_after"):
        np.fill_diagonal(others, 0)
    if wrong == "kernel_transposed":
        others = others.T
    if wrong == "symmetrised":
        others = (others + others.T) / 2
    sums = others.sum(axis=1)
    if wrong == "itself_in_the_sum_alone":
        sums = kernel.sum(axis=1)
    if wrong == "divided_by_what_is_said":
        sums = others.sum(axis=0)
    if wrong == "divided_by_the_pixels":
        sums = np.full(pixels, pixels - 1.0)
    if wrong == "divided_by_all":
        sums = np.full(pixels, others.sum())
    if wrong == "divided_by_the_largest":
        sums = others.max(axis=1)
    if wrong == "symmetric_normalisation":
        root = np.sqrt(np.where(sums == 0, 1, sums))
        others, sums = others / root[:, None] / root, np.ones(pixels)
    if wrong == "not_normalised":
        sums = np.ones(pixels)
    safe = np.where(sums == 0, 1, sums)
    with np.errstate(all="ignore"):
        heard = flat @ others.T / (sums if wrong == "nobody_is_nan" else safe)
    if wrong == "tiny_number":
        heard = flat @ others.T / (sums + 1e-3)
    if wrong == "nobody_hears_itself":
        heard = np.where(sums == 0, flat, heard)
    if wrong == "subtracts_itself_after":
        heard = heard - flat
    if wrong == "hard_votes":
        heard = (flat == flat.max(axis=0)) @ others.T / safe
    if wrong == "hears_the_new_ones":
        q = q.reshape(k, -1).copy()
        for start in (0, 1):
            message = q @ others.T / safe
            new = _softmax(-unary.reshape(k, -1) - strength * (message.sum(axis=0) - message))
            q[:, start::2] = new[:, start::2]
        return q.reshape(unary.shape)
    against = heard.sum(axis=0) - heard
    if wrong == "own_class_costs":
        against = heard
    if wrong == "all_classes_cost":
        against = heard + against
    if wrong == "mean_of_the_others":
        against = against / (k - 1)
    if wrong == "next_class_alone":
        against = np.roll(heard, -1, axis=0)
    message = strength * against.reshape(unary.shape)
    if wrong == "pixels_column_by_column":
        message = strength * against.reshape(k, *unary.shape[:0:-1]).swapaxes(1, 2)
    if wrong == "strength_ignored":
        message = message / strength if strength else message
    if wrong == "strength_on_the_unary":
        return _softmax(-strength * unary - against.reshape(unary.shape))
    if wrong == "strength_on_both":
        return _softmax(-strength * unary - message)
    if wrong == "unary_forgotten":
        return _softmax(-message)
    if wrong == "q_for_unary":
        with np.errstate(all="ignore"):
            return _softmax(np.log(q) - message)
    if wrong == "times_q":
        y = q * _softmax(-unary - message)
        return y / y.sum(axis=0)
    cost = unary + message
    if wrong == "message_subtracted":
        cost = unary - message
    if wrong == "sign_of_the_unary":
        cost = message - unary
    if wrong == "softmax_of_costs":
        return _softmax(cost)
    if wrong == "softmax_over_pixels":
        return _softmax(-cost.reshape(k, -1), axis=1).reshape(unary.shape)
    if wrong == "softmax_over_all":
        e = np.exp(cost.min() - cost)
        return e / e.sum()
    if wrong == "costs":
        return cost
    if wrong == "not_a_softmax":
        return np.exp(np.clip(-cost, -700, 700))
    if wrong == "shares_of_costs":
        return cost / cost.sum(axis=0)
    if wrong == "hard_classes":
        return (cost == cost.min(axis=0)).astype(float)
    if wrong == "class_numbers":
        return cost.argmin(axis=0)
    if wrong == "overflows":
        with np.errstate(all="ignore"):
            e = np.exp(-cost)
            return e / e.sum(axis=0)
    if wrong == "one_shift_for_all":
        with np.errstate(all="ignore"):
            e = np.exp(cost.min() - cost)
            return e / e.sum(axis=0)
    if wrong == "flat":
        return _softmax(-cost).reshape(k, -1)
    if wrong == "damped":
        return (q + _softmax(-cost)) / 2
    return _softmax(-cost)


@mistake(
    "crf_step",
    hint="Both sums go over all pixels but the pixel itself, whatever is on the kernel's diagonal.",
    read="sec-seg-crf-mean-field",
    corner="itself",
)
def hears_itself(unary, q, kernel, strength):
    """A pixel hears itself, too."""
    return _made(unary, q, kernel, strength, "hears_itself")


@mistake(
    "crf_step",
    hint="Both sums leave the pixel itself out.",
    read="sec-seg-crf-mean-field",
    corner="itself",
)
def itself_in_the_sum_alone(unary, q, kernel, strength):
    """What a pixel hears is divided by a sum in which it is, too."""
    return _made(unary, q, kernel, strength, "itself_in_the_sum_alone")


@mistake(
    "crf_step",
    hint="Take the pixel out of both sums before you divide.",
    read="sec-seg-crf-mean-field",
)
def subtracts_itself_after(unary, q, kernel, strength):
    """A pixel hears itself, and its own q is subtracted from the mean."""
    return _made(unary, q, kernel, strength, "subtracts_itself_after")


@mistake(
    "crf_step",
    hint="kernel[i, j] is how much i listens to j: row i belongs to the one who hears.",
    read="sec-seg-crf-mean-field",
)
def kernel_transposed(unary, q, kernel, strength):
    """The kernel is used the other way round."""
    return _made(unary, q, kernel, strength, "kernel_transposed")


@mistake(
    "crf_step",
    hint="The kernel need not be symmetric, and is used as it is.",
    read="sec-seg-crf-mean-field",
)
def symmetrised(unary, q, kernel, strength):
    """The kernel is made symmetric."""
    return _made(unary, q, kernel, strength, "symmetrised")


@mistake(
    "crf_step",
    hint="The pixels are counted row by row, as reshape does.",
    read="sec-seg-crf-mean-field",
)
def pixels_column_by_column(unary, q, kernel, strength):
    """The pixels are counted column by column."""
    return _made(unary, q, kernel, strength, "pixels_column_by_column")


@mistake(
    "crf_step", hint="q is (K, H, W): reshape it to (K, H · W).", read="sec-seg-crf-mean-field"
)
def classes_last(unary, q, kernel, strength):
    """q is taken apart as if the classes came last."""
    return _made(unary, q, kernel, strength, "classes_last")


@mistake(
    "crf_step",
    hint="A pixel hears a mean: divide by the sum of the kernel's row.",
    read="sec-seg-crf-mean-field",
)
def not_normalised(unary, q, kernel, strength):
    """What is heard is not divided."""
    return _made(unary, q, kernel, strength, "not_normalised")


@mistake(
    "crf_step",
    hint="A pixel's mean is over those it listens to: its row.",
    read="sec-seg-crf-mean-field",
)
def divided_by_what_is_said(unary, q, kernel, strength):
    """What is heard is divided by the kernel's columns' sums."""
    return _made(unary, q, kernel, strength, "divided_by_what_is_said")


@mistake(
    "crf_step",
    hint="The mean is weighted: divide by the sum of the weights.",
    read="sec-seg-crf-mean-field",
)
def divided_by_the_pixels(unary, q, kernel, strength):
    """What is heard is divided by the number of other pixels."""
    return _made(unary, q, kernel, strength, "divided_by_the_pixels")


@mistake(
    "crf_step", hint="Each pixel divides by the sum of its own row.", read="sec-seg-crf-mean-field"
)
def divided_by_all(unary, q, kernel, strength):
    """What is heard is divided by the sum of the whole kernel."""
    return _made(unary, q, kernel, strength, "divided_by_all")


@mistake(
    "crf_step",
    hint="The mean is weighted: divide by the sum of the weights.",
    read="sec-seg-crf-mean-field",
)
def divided_by_the_largest(unary, q, kernel, strength):
    """What is heard is divided by the largest weight."""
    return _made(unary, q, kernel, strength, "divided_by_the_largest")


@mistake(
    "crf_step",
    hint="Each pixel divides by the sum of its own row. (The paper's code divides by the roots of both sums.)",
    read="sec-seg-crf-mean-field",
)
def symmetric_normalisation(unary, q, kernel, strength):
    """The kernel is normalised symmetrically."""
    return _made(unary, q, kernel, strength, "symmetric_normalisation")


@mistake(
    "crf_step",
    hint="The exact mean is asked for; where the sum is 0, the text says what is heard.",
    read="sec-seg-crf-mean-field",
)
def tiny_number(unary, q, kernel, strength):
    """A small number is added to the sum."""
    return _made(unary, q, kernel, strength, "tiny_number")


@mistake(
    "crf_step",
    hint="0 / 0 is nan. Where the sum is 0, a pixel hears 0 of every class.",
    read="sec-seg-crf-mean-field",
    corner="hears nobody",
)
def nobody_is_nan(unary, q, kernel, strength):
    """A pixel that listens to nobody gets nan."""
    return _made(unary, q, kernel, strength, "nobody_is_nan")


@mistake(
    "crf_step",
    hint="Where the sum is 0, a pixel hears 0 of every class, and its unary decides.",
    read="sec-seg-crf-mean-field",
    corner="hears nobody",
)
def nobody_hears_itself(unary, q, kernel, strength):
    """A pixel that listens to nobody hears itself."""
    return _made(unary, q, kernel, strength, "nobody_hears_itself")


@mistake("crf_step", hint="The pixels tell their probabilities.", read="sec-seg-crf-mean-field")
def hard_votes(unary, q, kernel, strength):
    """Each pixel says only its most likely class."""
    return _made(unary, q, kernel, strength, "hard_votes")


@mistake(
    "crf_step",
    hint="All pixels are updated at once, from the old q.",
    read="sec-seg-crf-mean-field",
)
def hears_the_new_ones(unary, q, kernel, strength):
    """Half of the pixels already hear the new q of the others."""
    return _made(unary, q, kernel, strength, "hears_the_new_ones")


@mistake(
    "crf_step",
    hint="What is heard of the other classes makes a class more expensive: neighbours should agree.",
    read="sec-seg-crf-mean-field",
)
def own_class_costs(unary, q, kernel, strength):
    """What is heard of a class makes that class more expensive."""
    return _made(unary, q, kernel, strength, "own_class_costs")


@mistake(
    "crf_step",
    hint="A class is charged for what is heard of the others. The same for all would change nothing.",
    read="sec-seg-crf-mean-field",
)
def all_classes_cost(unary, q, kernel, strength):
    """What is heard of all classes is added to each."""
    return _made(unary, q, kernel, strength, "all_classes_cost")


@mistake("crf_step", hint="It is added up.", read="sec-seg-crf-mean-field")
def mean_of_the_others(unary, q, kernel, strength):
    """What is heard of the other classes is averaged."""
    return _made(unary, q, kernel, strength, "mean_of_the_others")


@mistake("crf_step", hint="All other classes count.", read="sec-seg-crf-mean-field")
def next_class_alone(unary, q, kernel, strength):
    """Only what is heard of the next class counts."""
    return _made(unary, q, kernel, strength, "next_class_alone")


@mistake(
    "crf_step", hint="The message is multiplied by the strength.", read="sec-seg-crf-mean-field"
)
def strength_ignored(unary, q, kernel, strength):
    """The strength is not used."""
    return _made(unary, q, kernel, strength, "strength_ignored")


@mistake("crf_step", hint="The strength multiplies the message.", read="sec-seg-crf-mean-field")
def strength_on_the_unary(unary, q, kernel, strength):
    """The strength multiplies the unary."""
    return _made(unary, q, kernel, strength, "strength_on_the_unary")


@mistake(
    "crf_step", hint="The strength multiplies the message alone.", read="sec-seg-crf-mean-field"
)
def strength_on_both(unary, q, kernel, strength):
    """The strength multiplies unary and message."""
    return _made(unary, q, kernel, strength, "strength_on_both")


@mistake(
    "crf_step",
    hint="The cost of a class is its unary plus what the others say against it.",
    read="sec-seg-crf-mean-field",
)
def unary_forgotten(unary, q, kernel, strength):
    """The unary is not used."""
    return _made(unary, q, kernel, strength, "unary_forgotten")


@mistake(
    "crf_step",
    hint="The unary stays what the network said; the old q is only what the others tell.",
    read="sec-seg-crf-mean-field",
)
def q_for_unary(unary, q, kernel, strength):
    """The old q stands for the unary."""
    return _made(unary, q, kernel, strength, "q_for_unary")


@mistake("crf_step", hint="The new q comes from the costs alone.", read="sec-seg-crf-mean-field")
def times_q(unary, q, kernel, strength):
    """The result is multiplied by the old q."""
    return _made(unary, q, kernel, strength, "times_q")


@mistake("crf_step", same_as="own_class_costs")
def message_subtracted(unary, q, kernel, strength):
    """The message is subtracted."""
    return _made(unary, q, kernel, strength, "message_subtracted")


@mistake(
    "crf_step",
    hint="The unary is a cost: the larger, the less likely.",
    read="sec-seg-crf-mean-field",
)
def sign_of_the_unary(unary, q, kernel, strength):
    """The unary is taken for a score."""
    return _made(unary, q, kernel, strength, "sign_of_the_unary")


@mistake(
    "crf_step",
    hint="The cheapest class is the most likely one: of minus the costs.",
    read="sec-seg-crf-mean-field",
)
def softmax_of_costs(unary, q, kernel, strength):
    """The softmax is taken of the costs."""
    return _made(unary, q, kernel, strength, "softmax_of_costs")


@mistake("crf_step", hint="At each pixel, the classes add up to 1.", read="sec-seg-crf-mean-field")
def softmax_over_pixels(unary, q, kernel, strength):
    """The softmax goes over the pixels."""
    return _made(unary, q, kernel, strength, "softmax_over_pixels")


@mistake("crf_step", hint="At each pixel, the classes add up to 1.", read="sec-seg-crf-mean-field")
def softmax_over_all(unary, q, kernel, strength):
    """The softmax goes over everything."""
    return _made(unary, q, kernel, strength, "softmax_over_all")


@mistake(
    "crf_step", hint="At last comes a softmax of minus the costs.", read="sec-seg-crf-mean-field"
)
def costs(unary, q, kernel, strength):
    """The costs are returned."""
    return _made(unary, q, kernel, strength, "costs")


@mistake("crf_step", hint="At each pixel, the classes add up to 1.", read="sec-seg-crf-mean-field")
def not_a_softmax(unary, q, kernel, strength):
    """The exponentials are not divided by their sum."""
    return _made(unary, q, kernel, strength, "not_a_softmax")


@mistake(
    "crf_step",
    hint="A softmax: exponentials of minus the costs, divided by their sum.",
    read="sec-seg-crf-mean-field",
)
def shares_of_costs(unary, q, kernel, strength):
    """The costs are divided by their sum."""
    return _made(unary, q, kernel, strength, "shares_of_costs")


@mistake("crf_step", hint="Probabilities are asked for, a softmax.", read="sec-seg-crf-mean-field")
def hard_classes(unary, q, kernel, strength):
    """The cheapest class gets 1."""
    return _made(unary, q, kernel, strength, "hard_classes")


@mistake("crf_step", hint="Probabilities are asked for, (K, H, W).", read="sec-seg-crf-mean-field")
def class_numbers(unary, q, kernel, strength):
    """The number of the cheapest class is returned."""
    return _made(unary, q, kernel, strength, "class_numbers")


@mistake(
    "crf_step",
    hint="exp(−10,000) is 0, and 0 / 0 is nan. Subtract each pixel's least cost first.",
    read="sec-seg-crf-mean-field",
    corner="large costs",
)
def overflows(unary, q, kernel, strength):
    """The exponentials become 0 or infinite."""
    return _made(unary, q, kernel, strength, "overflows")


@mistake(
    "crf_step",
    hint="Subtract each pixel's own least cost: one that is far above gets 0 / 0.",
    read="sec-seg-crf-mean-field",
    corner="large costs",
)
def one_shift_for_all(unary, q, kernel, strength):
    """The least cost of all pixels is subtracted."""
    return _made(unary, q, kernel, strength, "one_shift_for_all")


@mistake("crf_step", hint="The result has the shape of q.", read="sec-seg-crf-mean-field")
def flat(unary, q, kernel, strength):
    """The pixels of the result are one axis."""
    return _made(unary, q, kernel, strength, "flat")


@mistake("crf_step", hint="The new q is returned.", read="sec-seg-crf-mean-field")
def damped(unary, q, kernel, strength):
    """The mean of the old and the new q is returned."""
    return _made(unary, q, kernel, strength, "damped")


@mistake(
    "crf_step",
    hint="All that the pixels hear is one matrix product.",
    read="sec-seg-crf-mean-field",
    corner="no loop",
)
def loop_over_pixels(unary, q, kernel, strength):
    """A loop goes over the pixels."""
    k, pixels = len(q), len(kernel)
    flat, heard = q.reshape(k, -1), np.zeros((k, pixels))
    for i in range(pixels):
        row = kernel[i].copy()
        row[i] = 0
        if row.sum() > 0:
            heard[:, i] = flat @ row / row.sum()
    cost = unary + strength * (heard.sum(axis=0) - heard).reshape(unary.shape)
    return _softmax(-cost)


@mistake(
    "crf_step",
    hint="A function leaves its arguments as they are: set the diagonal of a copy to 0.",
    read="sec-seg-crf-mean-field",
)
def diagonal_written(unary, q, kernel, strength):
    """The kernel's diagonal is set to 0 in the caller's array."""
    np.fill_diagonal(kernel, 0)
    return _made(unary, q, kernel, strength, "")


@mistake(
    "crf_step",
    hint="kernel[i, j] is how much i listens to j. For q of (K, P), `q @ kernel` sums over the listeners: its transpose sums over those who speak.",
    read="sec-seg-crf-mean-field",
)
def product_with_the_kernel_untransposed(unary, q, kernel, strength):
    """The product takes the kernel's columns, while the sums are those of its rows."""
    others = kernel.copy()
    np.fill_diagonal(others, 0)
    sums = others.sum(axis=1)
    heard = q.reshape(len(q), -1) @ others / np.where(sums == 0, 1, sums)
    return _softmax(-unary - strength * (heard.sum(axis=0) - heard).reshape(unary.shape))


@mistake("crf_step", same_as="hears_the_new_ones")
def one_after_the_other(unary, q, kernel, strength):
    """The pixels are updated one after the other, and hear the new q of those before."""
    k, flat = len(q), q.reshape(len(q), -1).copy()
    others = kernel.copy()
    np.fill_diagonal(others, 0)
    for i, row in enumerate(others):
        heard = flat @ row / (row.sum() or 1)
        cost = unary.reshape(k, -1)[:, i] + strength * (heard.sum() - heard)
        flat[:, i] = _softmax(-cost)
    return flat.reshape(unary.shape)


@mistake(
    "crf_step",
    hint="Who hears 0 of every class still has the unary: the new q is the softmax of minus that.",
    read="sec-seg-crf-mean-field",
    corner="hears nobody",
)
def nobody_keeps_the_old_q(unary, q, kernel, strength):
    """A pixel that listens to nobody keeps its old q."""
    others = kernel.copy()
    np.fill_diagonal(others, 0)
    alone = (others.sum(axis=1) == 0).reshape(unary.shape[1:])
    return np.where(alone, q, _made(unary, q, kernel, strength, ""))


@mistake("crf_step", same_as="softmax_over_pixels")
def divided_along_the_pixels(unary, q, kernel, strength):
    """The exponentials are divided by their sum over the pixels."""
    y = _made(unary, q, kernel, strength, "costs").reshape(len(q), -1)
    e = np.exp(y.min(axis=0) - y)
    return (e / e.sum(axis=1, keepdims=True)).reshape(unary.shape)


@mistake("crf_step", same_as="pixels_column_by_column")
def q_column_by_column(unary, q, kernel, strength):
    """q is taken apart column by column, and what is heard is put together row by row."""
    k, _, _ = q.shape
    others = kernel.copy()
    np.fill_diagonal(others, 0)
    sums = others.sum(axis=1)
    heard = q.swapaxes(1, 2).reshape(k, -1) @ others.T / np.where(sums == 0, 1, sums)
    return _softmax(-unary - strength * (heard.sum(axis=0) - heard).reshape(unary.shape))


# --- right answers, written another way ---


@alternative("crf_step")
def by_potts_matrix(unary, q, kernel, strength):
    """The Potts model as a table of classes."""
    k, h, w = unary.shape
    weights = np.where(np.eye(h * w, dtype=bool), 0, kernel)
    mass = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, mass, out=np.zeros_like(weights), where=mass > 0)
    table = strength * (1 - np.eye(k))
    cost = unary + (table @ q.reshape(k, h * w) @ weights.T).reshape(k, h, w)
    cost = cost - cost.min(axis=0)
    return np.exp(-cost) / np.exp(-cost).sum(axis=0)


@alternative("crf_step")
def class_by_class(unary, q, kernel, strength):
    """A loop over the classes, the pixel's own share taken away again."""
    own = np.diag(kernel)
    mass = kernel.sum(axis=1) - own
    lonely = np.isclose(mass, 0)
    costs = []
    for c in range(len(q)):
        rest = (q.sum(axis=0) - q[c]).ravel()
        against = kernel @ rest - own * rest
        against = np.where(lonely, 0, against / np.where(lonely, 1, mass))
        costs.append(unary[c] + strength * against.reshape(unary[c].shape))
    costs = np.array(costs)
    e = np.exp(costs.min(axis=0) - costs)
    return e / e.sum(axis=0)
