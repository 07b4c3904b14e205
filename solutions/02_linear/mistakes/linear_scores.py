"""Wrong answers to `linear_scores` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "linear_scores",
    hint="A score that cannot be 0 without the image being black at the right places needs a bias. "
    "What does the last column of weight meet?",
    read="sec-linear-bias-trick",
)
def bias_left_out(x, weight):
    """The last column, the bias, is left out."""
    return _rows(x, weight) @ weight[:, :-1].T


@mistake(
    "linear_scores",
    hint="The 1 stands in front of the features, but the bias is the last column of weight.",
    read="sec-linear-bias-trick",
)
def one_in_front(x, weight):
    """The bias is taken from the first column."""
    ones = np.ones((len(x), 1), weight.dtype)
    return np.hstack([ones, _rows(x, weight)]) @ weight.T


@mistake(
    "linear_scores",
    hint="Your result has a row for each class and a column for each image. It should be the other way round.",
    read="sec-linear-scores",
)
def classes_in_rows(x, weight):
    """The matrix is transposed: (K, N) for (N, K)."""
    return weight[:, :-1] @ _rows(x, weight).T + weight[:, -1:]


@mistake(
    "linear_scores",
    hint="np.ones makes float64 unless you say otherwise, and one float64 array makes the whole result float64.",
    read="notation-integers",
)
def ones_are_float64(x, weight):
    """float32 weights give float64 scores."""
    rows = x.reshape(len(x), -1)
    return np.hstack([rows, np.ones((len(x), 1))]) @ weight.T


@mistake(
    "linear_scores",
    hint="Weights are fractions. In the integer dtype of the images, they lose what is behind the point.",
    read="notation-integers",
)
def weights_become_integers(x, weight):
    """The weights are converted to the images' dtype."""
    rows, small = x.reshape(len(x), -1), weight.astype(x.dtype)
    return (rows @ small[:, :-1].T + small[:, -1]).astype(weight.dtype)


@mistake(
    "linear_scores",
    hint="The numbers of an image came out in another order: colours last, as image files have them. "
    "Here the channels come first, one after the other.",
    read="sec-linear-scores",
)
def channels_last(x, weight):
    """Images are flattened with the channels last."""
    if x.ndim == 4:
        x = x.transpose(0, 2, 3, 1)
    return _rows(x, weight) @ weight[:, :-1].T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="The cube of numbers of an image must become a row first. `reshape(len(x), -1)` works for both kinds of x.",
    read="sec-linear-scores",
)
def rows_only(x, weight):
    """Images are not flattened."""
    ones = np.ones((len(x), 1), weight.dtype)
    return np.concatenate([x.astype(weight.dtype), ones], axis=1) @ weight.T


@mistake(
    "linear_scores",
    hint="A loop, or a comprehension, spends its time in Python. One matrix product does all images and classes.",
    read="sec-linear-scores",
)
def image_by_image(x, weight):
    """A Python loop goes through the images or the classes."""
    rows = _rows(x, weight)
    scores = np.zeros((len(x), len(weight)), weight.dtype)
    for i in range(len(x)):
        for k in range(len(weight)):
            scores[i, k] = (rows[i] * weight[k, :-1]).sum() + weight[k, -1]
    return scores


@mistake("linear_scores", same_as="image_by_image")
def one_loop_over_images(x, weight):
    """A Python loop goes through the images."""
    rows = _rows(x, weight)
    return np.array([weight[:, :-1] @ row + weight[:, -1] for row in rows])


@mistake("linear_scores", same_as="image_by_image")
def one_loop_over_classes(x, weight):
    """A Python loop goes through the classes."""
    rows = _rows(x, weight)
    return np.stack([rows @ w[:-1] + w[-1] for w in weight], axis=1)


@mistake(
    "linear_scores",
    hint="You return the number of the best class. The text asks for the scores of all classes.",
    read="sec-linear-scores",
)
def best_class(x, weight):
    """The best class is returned in place of the scores."""
    return (_rows(x, weight) @ weight[:, :-1].T + weight[:, -1]).argmax(axis=1)


@mistake(
    "linear_scores",
    hint="weight has a column more than an image has numbers: the biases. What number stands beside the pixels, to meet it?",
    read="sec-linear-bias-trick",
)
def no_place_for_the_bias(x, weight):
    """Images have no 1 beside their pixels."""
    return _rows(x, weight) @ weight.T


@mistake(
    "linear_scores",
    hint="Each bias belongs to a class, a column of the result. Yours was added along the wrong axis or summed.",
    read="sec-linear-bias-trick",
)
def biases_summed(x, weight):
    """All classes get the sum of the biases."""
    return _rows(x, weight) @ weight[:, :-1].T + weight[:, -1].sum()


def _rows(x, weight):
    return x.reshape(len(x), -1).astype(weight.dtype)


# --- right answers, written another way ---


@alternative("linear_scores")
def added_bias(x, weight):
    """Without the trick: a product and a bias."""
    n = x.shape[0]
    return np.dot(x.reshape(n, -1).astype(weight.dtype), weight[:, :-1].T) + weight[:, -1]


@alternative("linear_scores")
def by_einsum(x, weight):
    """einsum over the features of a padded array."""
    rows = np.ones((len(x), weight.shape[1]), dtype=weight.dtype)
    rows[:, :-1] = x.reshape(len(x), -1)
    return np.einsum("nd,kd->nk", rows, weight)
