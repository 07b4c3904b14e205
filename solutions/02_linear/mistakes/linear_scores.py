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
    corner="whole numbers",
    hint="Weights are fractions. In the integer dtype of the images, they lose what is behind the point.",
    read="notation-integers",
)
def weights_become_integers(x, weight):
    """The weights are converted to the images' dtype."""
    rows, small = x.reshape(len(x), -1), weight.astype(x.dtype)
    return (rows @ small[:, :-1].T + small[:, -1]).astype(weight.dtype)


@mistake(
    "linear_scores",
    corner="images",
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
    corner="images",
    hint="The cube of numbers of an image must become a row first. `reshape(len(x), -1)` works for both kinds of x.",
    read="sec-linear-scores",
)
def rows_only(x, weight):
    """Images are not flattened."""
    ones = np.ones((len(x), 1), weight.dtype)
    return np.concatenate([x.astype(weight.dtype), ones], axis=1) @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def added_to_images(x, weight):
    """A product and a bias, for rows alone."""
    return x @ weight[:, :-1].T + weight[:, -1]


@mistake("linear_scores", same_as="rows_only", corner="images")
def dot_with_images(x, weight):
    """np.dot and a bias, for rows alone."""
    return np.dot(x, weight[:, :-1].T) + weight[:, -1]


@mistake("linear_scores", same_as="rows_only", corner="images")
def two_axes_unpacked(x, weight):
    """N, D = x.shape fails for images."""
    n, d = x.shape
    rows = np.ones((n, d + 1), weight.dtype)
    rows[:, :d] = x
    return rows @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def beside_ones(x, weight):
    """np.hstack of images and a column of ones."""
    return np.hstack([x, np.ones((x.shape[0], 1))]) @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def beside_ones_by_c(x, weight):
    """np.c_ of images and a vector of ones."""
    return np.c_[x, np.ones(len(x))] @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def beside_ones_by_append(x, weight):
    """np.append of a column of ones to images."""
    return np.append(x, np.ones((len(x), 1)), axis=1) @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def filled_beside_ones(x, weight):
    """Images are written into rows that are as long as an image is high."""
    rows = np.ones((x.shape[0], x.shape[1] + 1))
    rows[:, :-1] = x
    return rows @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def filled_into_rows(x, weight):
    """Images are written into rows without being flattened."""
    rows = np.ones((len(x), weight.shape[1]))
    rows[:, :-1] = x
    return rows @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def classes_first(x, weight):
    """weight times x transposed, for rows alone."""
    return (weight[:, :-1] @ x.T).T + weight[:, -1]


@mistake("linear_scores", same_as="rows_only", corner="images")
def classes_first_by_dot(x, weight):
    """np.dot of weight and x transposed, for rows alone."""
    return (np.dot(weight[:, :-1], x.T) + weight[:, -1:]).T


@mistake("linear_scores", same_as="rows_only", corner="images")
def einsum_of_rows(x, weight):
    """einsum with two axes for x."""
    return np.einsum("nd,kd->nk", x, weight[:, :-1]) + weight[:, -1]


@mistake("linear_scores", same_as="rows_only", corner="images")
def stacked_ones(x, weight):
    """np.vstack of images turned round and a row of ones."""
    return (weight @ np.vstack([x.T, np.ones(len(x))])).T


@mistake("linear_scores", same_as="rows_only", corner="images")
def inserted_ones(x, weight):
    """np.insert puts ones behind the rows of an image."""
    return np.insert(x, x.shape[1], 1, axis=1) @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def tensordot_of_rows(x, weight):
    """np.tensordot along axis 1."""
    return np.tensordot(x, weight[:, :-1], axes=(1, 1)) + weight[:, -1]


@mistake("linear_scores", same_as="rows_only", corner="images")
def padded_rows(x, weight):
    """np.pad with two axes for x."""
    return np.pad(x, ((0, 0), (0, 1)), constant_values=1) @ weight.T


@mistake("linear_scores", same_as="rows_only", corner="images")
def inner_of_rows(x, weight):
    """np.inner of images and weights."""
    return np.inner(x, weight[:, :-1]) + weight[:, -1]


@mistake(
    "linear_scores",
    corner="no loop",
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


@mistake("linear_scores", same_as="image_by_image", corner="no loop")
def one_loop_over_images(x, weight):
    """A Python loop goes through the images."""
    rows = _rows(x, weight)
    return np.array([weight[:, :-1] @ row + weight[:, -1] for row in rows])


@mistake("linear_scores", same_as="image_by_image", corner="no loop")
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
    hint="weight has a column more than an image has numbers: the biases. Which number must stand beside the pixels to meet it?",
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


@mistake(
    "linear_scores",
    hint="np.ones(len(x)) is a vector, and hstack wants a column to put beside the rows of x: np.ones((len(x), 1)), or [:, None].",
    read="sec-linear-bias-trick",
)
def ones_are_a_vector(x, weight):
    """The ones are a vector, not a column."""
    return np.hstack([x.reshape(len(x), -1), np.ones(len(x))]) @ weight.T


@mistake("linear_scores", same_as="ones_are_a_vector")
def ones_are_a_vector_concatenated(x, weight):
    """The ones are a vector, joined along axis 1."""
    return np.concatenate((x.reshape(x.shape[0], -1), np.ones(x.shape[0])), axis=1) @ weight.T


@mistake(
    "linear_scores",
    hint="A class is a row of weight, so its numbers must meet those of an image along the second axis of both. What does .T do?",
    read="sec-linear-scores",
)
def weight_not_turned(x, weight):
    """weight is not transposed in the product."""
    rows = x.reshape(len(x), -1)
    return np.hstack([rows, np.ones((len(x), 1))]) @ weight


@mistake(
    "linear_scores",
    hint="The biases are a column, (K, 1), in yours, and fit the rows of an array of images by classes no more. One bias belongs to each column of the result.",
    read="sec-linear-bias-trick",
)
def biases_as_a_column(x, weight):
    """The biases are added as a column."""
    return _rows(x, weight) @ weight[:, :-1].T + weight[:, -1:]


@mistake(
    "linear_scores",
    hint="The bias is added to W x. Yours is taken away.",
    read="sec-linear-scores",
)
def bias_subtracted(x, weight):
    """The bias has the wrong sign."""
    return x.reshape(len(x), -1) @ weight[:, :-1].T - weight[:, -1]


@mistake(
    "linear_scores",
    hint="All images were put into one long row. The first axis counts the images and stays: reshape(len(x), -1).",
    read="sec-linear-scores",
)
def one_long_row(x, weight):
    """All images become a single row."""
    return np.append(x.ravel(), 1.0) @ weight.T


@mistake(
    "linear_scores",
    corner="images",
    hint="You sum the products over the channels, or take one channel. All the numbers of an image count, channel by channel.",
    read="sec-linear-scores",
)
def first_channel_only(x, weight):
    """Only the first channel of an image is used."""
    rows = (x[:, 0] if x.ndim == 4 else x).reshape(len(x), -1)
    return rows @ weight[:, : rows.shape[1]].T + weight[:, -1]


def _rows(x, weight):
    return x.reshape(len(x), -1).astype(weight.dtype)


@mistake(
    "linear_scores",
    hint="The bias counts twice: the column of ones brings it in, and you add it once more.",
    read="sec-linear-bias-trick",
)
def bias_twice(x, weight):
    """The bias is added twice."""
    rows = x.reshape(len(x), -1)
    return np.hstack([rows, np.ones((len(x), 1))]) @ weight.T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="The weights of the pixels are all columns but the last: weight[:, :-1]. Yours leave out the first.",
    read="sec-linear-bias-trick",
)
def first_column_left_out(x, weight):
    """The bias is the last column, but the pixels meet the columns from 1 on."""
    rows = x.reshape(len(x), -1)
    return rows @ weight[:, 1:].T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="Every class has a bias of its own, added to its own column. You use one of them.",
    read="sec-linear-bias-trick",
)
def one_bias_for_all(x, weight):
    """All classes get the same bias, or only one gets any."""
    rows = x.reshape(len(x), -1)
    return rows @ weight[:, :-1].T + weight[0, -1]


@mistake("linear_scores", same_as="one_bias_for_all")
def bias_of_the_first_class(x, weight):
    """Only the first class gets its bias."""
    scores = x.reshape(len(x), -1) @ weight[:, :-1].T
    scores[:, 0] += weight[0, -1]
    return scores


@mistake(
    "linear_scores",
    hint="Shifting by the largest score is part of a softmax. The scores themselves were asked for.",
    read="sec-linear-scores",
)
def scores_shifted(x, weight):
    """The largest score of each image is subtracted."""
    rows = x.reshape(len(x), -1)
    scores = rows @ weight[:, :-1].T + weight[:, -1]
    return scores - scores.max(axis=1, keepdims=True)


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


@alternative("linear_scores")
def in_the_weights_dtype(x, weight):
    """Everything in the dtype of the weights."""
    rows = np.reshape(x, (x.shape[0], -1)).astype(weight.dtype)
    return np.c_[rows, np.ones(len(rows), weight.dtype)].dot(weight.T)


@mistake(
    "linear_scores",
    corner="images",
    hint="order='F' runs down the columns first. An image is flattened row by row, which reshape does by itself.",
    read="sec-linear-bias-trick",
)
def columns_first(x, weight):
    """Each image is flattened column by column."""
    rows = x.reshape(len(x), -1, order="F") if x.ndim > 2 else x
    return rows @ weight[:, :-1].T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="A softmax comes after the scores, and is no part of them: W x + b may be any number.",
    read="sec-linear-bias-trick",
)
def softmax_on_top(x, weight):
    """The scores go through a softmax."""
    scores = x.reshape(len(x), -1) @ weight[:, :-1].T + weight[:, -1]
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@mistake(
    "linear_scores",
    corner="images",
    hint="You divide pixels of whole numbers by 255. The scores are those of the numbers as they are.",
    read="sec-linear-bias-trick",
)
def pixels_scaled(x, weight):
    """Whole numbers are divided by 255."""
    rows = x.reshape(len(x), -1)
    rows = rows / 255 if x.dtype.kind in "iu" else rows
    return rows @ weight[:, :-1].T + weight[:, -1]


@mistake(
    "linear_scores",
    hint="The last column is weight[:, -1]. You add the one before it.",
    read="sec-linear-bias-trick",
)
def column_before_the_last(x, weight):
    """The bias is taken from the column before the last."""
    return x.reshape(len(x), -1) @ weight[:, :-1].T + weight[:, -2]


@mistake(
    "linear_scores",
    corner="images",
    hint="The weights become whole numbers, or wrap around, where they take the dtype of x. Turn x into floats, and leave the weights as they are.",
    read="sec-linear-bias-trick",
)
def weights_in_the_dtype_of_x(x, weight):
    """The weights take the dtype of x."""
    rows, weight = x.reshape(len(x), -1), weight.astype(x.dtype)
    return rows @ weight[:, :-1].T + weight[:, -1]


@mistake(
    "linear_scores",
    corner="images",
    hint="All images have become one long row. Each of the N is a row of its own: x.reshape(len(x), -1).",
    read="sec-linear-bias-trick",
)
def one_row_for_all(x, weight):
    """All images are flattened into a single row."""
    rows = x.reshape(1, -1) if x.ndim == 4 else x
    return rows @ weight[:, :-1].T + weight[:, -1]
