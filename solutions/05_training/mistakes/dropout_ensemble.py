"""Wrong answers to `dropout_ensemble` that students really give, and right ones written another way."""

import itertools

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _masks(d):
    return np.array(list(itertools.product([0, 1], repeat=d)), dtype=np.float64).reshape(-1, d)


def _log_softmax(s):
    s = s - s.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))


def _ensemble(x, weight, bias, p, masks=None, share=None, scale=None, bias_scale=1.0):
    masks = _masks(len(x)) if masks is None else masks
    if share is None:
        share = np.where(masks > 0, 1 - p, p).prod(axis=1)
    scale = 1 / (1 - p) if scale is None else scale
    says = _log_softmax((masks * x * scale) @ weight.T + bias_scale * bias)
    return share, says


def _means(share, says):
    return share @ np.exp(says), np.exp(_log_softmax(share @ says))


@mistake(
    "dropout_ensemble",
    hint="For p other than 0.5 the masks are not equally probable. Each has a factor of p for every input that it drops and of 1 − p for every one that it keeps.",
    read="sec-training-dropout-enumerated",
    corner="p other than 0.5",
)
def all_alike(x, weight, bias, p):
    """The masks count with other weights than their probabilities: all alike, for instance."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(np.full(share.shape, 1 / len(share)), says)


@mistake(
    "dropout_ensemble",
    hint="p is the probability to be *dropped*: it is the factor of each input that is missing.",
    read="sec-training-dropout-inverted",
    corner="p other than 0.5",
)
def probabilities_exchanged(x, weight, bias, p):
    """A mask has a factor of p for every input that is kept."""
    masks = _masks(len(x))
    share = np.where(masks > 0, p, 1 - p).prod(axis=1)
    return _means(*_ensemble(x, weight, bias, p, share=share))


@mistake(
    "dropout_ensemble",
    hint="p is the probability to be dropped, so what is kept is divided by 1 − p.",
    read="sec-training-dropout-inverted",
    corner="p other than 0.5",
)
def divided_by_p(x, weight, bias, p):
    """Inputs that are kept are divided by p."""
    return _means(*_ensemble(x, weight, bias, p, scale=1 / p))


@mistake(
    "dropout_ensemble",
    hint="p is the probability to be dropped: here and in the weights of the masks.",
    read="sec-training-dropout-inverted",
    corner="p other than 0.5",
)
def p_is_kept(x, weight, bias, p):
    """p is taken for the probability to be kept."""
    return _means(*_ensemble(x, weight, bias, 1 - p))


@mistake(
    "dropout_ensemble",
    hint="Inputs that are kept are divided by 1 − p, as in training.",
    read="sec-training-dropout-inverted",
)
def not_enlarged(x, weight, bias, p):
    """Inputs that are kept are not enlarged."""
    return _means(*_ensemble(x, weight, bias, p, scale=1.0))


@mistake(
    "dropout_ensemble",
    hint="The bias is no input: it is neither dropped nor enlarged.",
    read="sec-training-dropout-inverted",
)
def bias_enlarged(x, weight, bias, p):
    """The bias is divided by 1 − p, too."""
    return _means(*_ensemble(x, weight, bias, p, bias_scale=1 / (1 - p)))


@mistake(
    "dropout_ensemble",
    hint="The bias is missing in the scores.",
    read="sec-training-dropout-enumerated",
)
def bias_forgotten(x, weight, bias, p):
    """The bias is not added."""
    return _means(*_ensemble(x, weight, bias, p, bias_scale=0.0))


@mistake(
    "dropout_ensemble",
    hint="There are 2ᴰ masks. The one that drops everything is one of them, and so is the one that drops nothing.",
    read="sec-training-dropout-enumerated",
)
def without_the_empty(x, weight, bias, p):
    """The mask that drops everything is left out."""
    return _means(*_ensemble(x, weight, bias, p, masks=_masks(len(x))[1:]))


@mistake("dropout_ensemble", same_as="without_the_empty")
def without_the_full(x, weight, bias, p):
    """The mask that drops nothing is left out."""
    return _means(*_ensemble(x, weight, bias, p, masks=_masks(len(x))[:-1]))


@mistake("dropout_ensemble", same_as="without_the_empty")
def without_the_empty_evened(x, weight, bias, p):
    """The mask that drops everything is left out, and the weights of the others are enlarged."""
    share, says = _ensemble(x, weight, bias, p, masks=_masks(len(x))[1:])
    return _means(share / share.sum(), says)


@mistake("dropout_ensemble", same_as="without_the_empty")
def without_the_full_evened(x, weight, bias, p):
    """The mask that drops nothing is left out, and the weights of the others are enlarged."""
    share, says = _ensemble(x, weight, bias, p, masks=_masks(len(x))[:-1])
    return _means(share / share.sum(), says)


@mistake(
    "dropout_ensemble",
    hint="Every subset of the inputs is a mask, not only those with one input dropped.",
    read="sec-training-dropout-enumerated",
)
def one_at_a_time(x, weight, bias, p):
    """Only the masks that drop one input or none are taken."""
    masks = np.concatenate([np.ones((1, len(x))), 1 - np.eye(len(x))])
    share, says = _ensemble(x, weight, bias, p, masks=masks)
    return _means(share / share.sum(), says)


@mistake(
    "dropout_ensemble",
    hint="Either the two results are exchanged, or the mean was taken of the scores: the softmax of a mean score is the geometric mean, as you can prove.",
    read="sec-training-dropout-enumerated",
)
def mean_of_scores(x, weight, bias, p):
    """The first result is the geometric mean."""
    geometric = _means(*_ensemble(x, weight, bias, p))[1]
    return geometric, geometric


@mistake(
    "dropout_ensemble",
    hint="The scores are there, and their mean. Probabilities are asked for: a softmax is missing.",
    read="sec-training-dropout-enumerated",
)
def scores_returned(x, weight, bias, p):
    """Mean scores are returned in place of probabilities."""
    geometric = _means(*_ensemble(x, weight, bias, p))[1]
    return weight @ x + bias, geometric


@mistake(
    "dropout_ensemble",
    hint="A weighted mean of probabilities already adds up to 1, if the weights do. Yours is not divided, or divided twice.",
    read="sec-training-dropout-enumerated",
)
def sum_of_all(x, weight, bias, p):
    """The arithmetic mean is a sum over all masks."""
    share, says = _ensemble(x, weight, bias, p)
    return np.exp(says).sum(axis=0), _means(share, says)[1]


@mistake(
    "dropout_ensemble",
    hint="The weights of the masks are in the mean already. Yours is divided by the number of masks on top.",
    read="sec-training-dropout-enumerated",
)
def divided_twice(x, weight, bias, p):
    """The arithmetic mean is divided by the number of masks as well."""
    share, says = _ensemble(x, weight, bias, p)
    arithmetic, geometric = _means(share, says)
    return arithmetic / len(share), geometric


@mistake(
    "dropout_ensemble",
    hint="A geometric mean of probabilities does not add up to 1 over the classes. Divide by its sum.",
    read="sec-training-dropout-enumerated",
    corner="the geometric mean",
)
def geometric_not_normalised(x, weight, bias, p):
    """The geometric mean is not normalised."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(share, says)[0], np.exp(share @ says)


@mistake(
    "dropout_ensemble",
    hint="A product of many probabilities is nearly 0, and far too decided. Each is taken to the power of its network's weight.",
    read="sec-training-dropout-enumerated",
    corner="the geometric mean",
)
def product_without_root(x, weight, bias, p):
    """The geometric mean is the product of all probabilities, without a root."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(share, says)[0], np.exp(_log_softmax(says.sum(axis=0)))


@mistake(
    "dropout_ensemble",
    hint="The square root is for two networks. With 2ᴰ of them, each has its own power.",
    read="sec-training-dropout-enumerated",
    corner="the geometric mean",
)
def square_root_of_product(x, weight, bias, p):
    """The geometric mean is the square root of the product, whatever the number of masks."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(share, says)[0], np.exp(_log_softmax(says.sum(axis=0) / 2))


@mistake(
    "dropout_ensemble",
    hint="A mean of logarithms is the logarithm of the geometric mean: negative numbers, and no probabilities yet.",
    read="sec-training-dropout-enumerated",
    corner="the geometric mean",
)
def logarithm_returned(x, weight, bias, p):
    """The logarithm of the geometric mean is returned."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(share, says)[0], share @ says


@mistake(
    "dropout_ensemble",
    hint="Two different means are asked for, and the geometric one comes second. Are they exchanged, or is it the same one twice?",
    read="sec-training-dropout-enumerated",
    corner="the geometric mean",
)
def arithmetic_twice(x, weight, bias, p):
    """The second result is the arithmetic mean."""
    arithmetic, _ = _means(*_ensemble(x, weight, bias, p))
    return arithmetic, arithmetic


@mistake(
    "dropout_ensemble",
    hint="exp(1000) is infinite, and ∞ / ∞ is nan. Subtract the largest score of each network first.",
    read="sec-linear-stable",
    corner="large scores",
)
def overflows(x, weight, bias, p):
    """Large scores give nan, since their exponentials overflow."""
    share = _ensemble(x, weight, bias, p)[0]
    with np.errstate(all="ignore"):
        e = np.exp((_masks(len(x)) * x / (1 - p)) @ weight.T + bias)
        q = e / e.sum(axis=1, keepdims=True)
        geometric = np.prod(q ** share[:, None], axis=0)
        return share @ q, geometric / geometric.sum()


@mistake(
    "dropout_ensemble",
    hint="The probabilities are right, but some are 0 in float64, and so the product is 0 for every class: 0 / 0. Add logarithms that come from the scores.",
    read="sec-linear-stable",
    corner="large scores",
)
def product_is_zero(x, weight, bias, p):
    """With large scores the geometric mean is nan, since every product is 0."""
    share, says = _ensemble(x, weight, bias, p)
    q = np.exp(says)
    with np.errstate(all="ignore"):
        geometric = np.prod(q ** share[:, None], axis=0)
        return share @ q, geometric / geometric.sum()


@mistake(
    "dropout_ensemble",
    hint="A small number inside of the logarithm keeps nan away, and makes a probability of e⁻¹⁰⁰⁰ one of 10⁻¹². Compute the logarithm from the scores.",
    read="sec-linear-stable",
)
def epsilon_in_logarithm(x, weight, bias, p):
    """A small number is added inside of the logarithm."""
    share, says = _ensemble(x, weight, bias, p)
    q = np.exp(says)
    return share @ q, np.exp(_log_softmax(share @ np.log(q + 1e-4)))


@mistake(
    "dropout_ensemble",
    hint="A softmax is over the classes of one network. Yours is over the networks.",
    read="sec-linear-softmax",
)
def softmax_over_networks(x, weight, bias, p):
    """The softmax is over the networks, not over the classes."""
    share = _ensemble(x, weight, bias, p)[0]
    scores = (_masks(len(x)) * x / (1 - p)) @ weight.T + bias
    says = _log_softmax(scores.T).T
    return _means(share, says)


@mistake(
    "dropout_ensemble",
    hint="Two results are asked for: the arithmetic and the geometric mean.",
    read="sec-training-dropout-enumerated",
)
def arithmetic_alone(x, weight, bias, p):
    """The arithmetic mean alone is returned."""
    return _means(*_ensemble(x, weight, bias, p))[0]


@mistake(
    "dropout_ensemble",
    hint="The masks are all enumerated, and none is drawn: a sample gives an answer that is only nearly right.",
    read="sec-training-dropout-enumerated",
)
def samples(x, weight, bias, p):
    """A thousand masks are drawn at random."""
    masks = (np.random.default_rng(0).random((1000, len(x))) >= p) * 1.0
    return _means(*_ensemble(x, weight, bias, p, masks=masks, share=np.full(1000, 1e-3)))


@mistake("dropout_ensemble", same_as="mean_of_scores")
def results_exchanged(x, weight, bias, p):
    """The geometric mean comes first."""
    return _means(*_ensemble(x, weight, bias, p))[::-1]


@mistake("dropout_ensemble", same_as="all_alike", corner="p other than 0.5")
def all_with_the_factor_p(x, weight, bias, p):
    """Every mask counts with p to the power of the number of inputs."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(np.full(share.shape, p ** len(x)), says)


@mistake("dropout_ensemble", same_as="all_alike", corner="the geometric mean")
def geometric_with_the_power_p(x, weight, bias, p):
    """In the geometric mean, every network has the power p."""
    share, says = _ensemble(x, weight, bias, p)
    return _means(share, says)[0], np.exp(_log_softmax(p * says.sum(axis=0)))


@mistake("dropout_ensemble", same_as="overflows", corner="large scores")
def logarithm_of_infinity(x, weight, bias, p):
    """Logarithms are used, but of a sum of exponentials that overflows."""
    share, _ = _ensemble(x, weight, bias, p)
    with np.errstate(all="ignore"):
        scores = (_masks(len(x)) * x / (1 - p)) @ weight.T + bias
        says = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        geometric = np.exp(share @ says)
        return share @ np.exp(says), geometric / geometric.sum()


@mistake(
    "dropout_ensemble",
    hint="The logarithms are right. If networks are sure of different classes, each of their means is so low that its exponential is 0, and 0 / 0 is nan. Before the exponential they may all be raised by one number.",
    read="sec-linear-stable",
    corner="large scores",
)
def geometric_underflows(x, weight, bias, p):
    """The geometric mean is nan where every class has a network that excludes it."""
    share, says = _ensemble(x, weight, bias, p)
    geometric = np.exp(share @ says)
    with np.errstate(all="ignore"):
        return share @ np.exp(says), geometric / geometric.sum()


@mistake(
    "dropout_ensemble",
    hint="Cut off at the same number, scores of 4000 and of 2000 are equal. Nothing has to be cut off: a softmax stays the same when the largest "
    "score is subtracted from all.",
    read="sec-linear-stable",
    corner="large scores",
)
def scores_clipped(x, weight, bias, p):
    """Large scores are cut off."""
    share, _ = _ensemble(x, weight, bias, p)
    scores = np.clip((_masks(len(x)) * x / (1 - p)) @ weight.T + bias, -500, 500)
    return _means(share, _log_softmax(scores))


# --- right answers, written another way ---


@alternative("dropout_ensemble")
def by_subsets(x, weight, bias, p):
    """A loop over the subsets, and the proof: the geometric mean is the whole network."""
    arithmetic = np.zeros(len(bias))
    for bits in range(2 ** len(x)):
        kept = [i for i in range(len(x)) if bits & (1 << i)]
        scores = bias + weight[:, kept] @ x[kept] / (1 - p)
        e = np.exp(scores - scores.max())
        chance = (1 - p) ** len(kept) * p ** (len(x) - len(kept))
        arithmetic += chance * e / e.sum()
    whole = weight @ x + bias
    e = np.exp(whole - whole.max())
    return arithmetic, e / e.sum()


@alternative("dropout_ensemble")
def by_recursion(x, weight, bias, p):
    """One input after the other, and logaddexp."""

    def networks(k, scores, chance):
        if k == len(x):
            yield chance, scores - np.logaddexp.reduce(scores)
            return
        yield from networks(k + 1, scores, chance * p)
        yield from networks(k + 1, scores + weight[:, k] * x[k] / (1 - p), chance * (1 - p))

    found = list(networks(0, bias, 1.0))
    arithmetic = sum(chance * np.exp(says) for chance, says in found)
    logs = sum(chance * says for chance, says in found)
    return arithmetic, np.exp(logs - np.logaddexp.reduce(logs))
