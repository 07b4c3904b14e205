"""Wrong answers to `affine` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "affine",
    hint="The bias is added to every row, so its gradient is the sum over the rows.",
    read="sec-backprop-affine",
)
def bias_mean(x, weight, bias, dy):
    """dbias is averaged over the rows."""
    rows = x.reshape(len(x), weight.shape[1])
    dbias = dy.sum(axis=0) / max(len(dy), 1)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dbias


@mistake(
    "affine",
    hint="dweight has the shape of weight: outputs first.",
    read="sec-backprop-affine",
)
def dweight_transposed(x, weight, bias, dy):
    """dweight is transposed: (D, K) for (K, D)."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), rows.T @ dy, dy.sum(axis=0)


@mistake(
    "affine",
    corner="images",
    hint="dx has the shape of x, with all of its axes. What undoes the flattening?",
    read="sec-backprop-affine",
)
def dx_flat(x, weight, bias, dy):
    """dx stays flattened, of shape (N, D)."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, dy @ weight, dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="dbias has the shape of bias, one axis. Keeping the summed axis makes it (1, K).",
    read="sec-backprop-affine",
)
def bias_keeps_axis(x, weight, bias, dy):
    """dbias has shape (1, K)."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=0, keepdims=True)


@mistake(
    "affine",
    hint="The output lacks the bias.",
    read="sec-backprop-affine",
)
def bias_forgotten(x, weight, bias, dy):
    """The bias is not added to the output."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The loss may be a mean, but that is the business of dy: the layer adds over its rows and divides nothing.",
    read="sec-backprop-affine",
)
def dweight_mean(x, weight, bias, dy):
    """dweight and dbias are averaged over the rows."""
    rows, n = x.reshape(len(x), weight.shape[1]), max(len(x), 1)
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows / n, dy.sum(axis=0) / n


@mistake(
    "affine",
    corner="images",
    hint="x has any number of axes after the first: flatten each of its N inputs.",
    read="sec-backprop-affine",
)
def two_axes_only(x, weight, bias, dy):
    """x is taken to have two axes, and images fail."""
    return x @ weight.T + bias, dy @ weight, dy.T @ x, dy.sum(axis=0)


@mistake(
    "affine",
    corner="no inputs",
    hint="reshape(N, -1) cannot tell how many columns there are when N is 0. The weight knows.",
    read="sec-backprop-affine",
)
def fails_without_rows(x, weight, bias, dy):
    """Each input is flattened with -1, and there are no inputs."""
    rows = x.reshape(len(x), -1)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    corner="float32",
    hint="float32 in should be float32 out. Which of your arrays is made as float64?",
    read="sec-arrays-dtypes",
)
def always_float64(x, weight, bias, dy):
    """float32 comes back as float64."""
    x, weight, bias, dy = (a.astype(np.float64) for a in (x, weight, bias, dy))
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    corner="no loop",
    hint="One matrix product does all rows at once, and another all gradients.",
    read="sec-backprop-affine",
)
def loop_over_rows(x, weight, bias, dy):
    """A Python loop goes through the rows."""
    rows = x.reshape(len(x), weight.shape[1])
    y = np.zeros((len(x), len(weight)), x.dtype)
    dx, dweight = np.zeros_like(rows), np.zeros_like(weight)
    for n in range(len(x)):
        y[n] = weight @ rows[n] + bias
        dx[n] = dy[n] @ weight
        dweight += np.outer(dy[n], rows[n])
    return y, dx.reshape(x.shape), dweight, dy.sum(axis=0)


@mistake("affine", same_as="loop_over_rows", corner="no loop")
def loop_over_columns(x, weight, bias, dy):
    """A Python loop goes through the columns."""
    rows = x.reshape(len(x), weight.shape[1])
    y = np.zeros((len(x), len(weight)), x.dtype) + bias
    dx, dweight = np.zeros_like(rows), np.zeros_like(weight)
    for d in range(weight.shape[1]):
        y += np.outer(rows[:, d], weight[:, d])
        dx[:, d] = dy @ weight[:, d]
        dweight[:, d] = rows[:, d] @ dy
    return y, dx.reshape(x.shape), dweight, dy.sum(axis=0)


@mistake(
    "affine",
    hint="Each output has a bias of its own, so dbias has K numbers: sum dy over the rows, which are axis 0, and over nothing else.",
    read="sec-backprop-affine",
)
def dbias_sums_everything(x, weight, bias, dy):
    """dbias is summed over rows and outputs, or over the wrong axis."""
    rows = x.reshape(len(x), weight.shape[1])
    dbias = np.full_like(bias, dy.sum())
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dbias


@mistake("affine", same_as="dbias_sums_everything")
def dbias_is_a_number(x, weight, bias, dy):
    """dbias is summed over rows and outputs: shape ()."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum()


@mistake("affine", same_as="dbias_sums_everything")
def dbias_over_outputs(x, weight, bias, dy):
    """dbias is summed over the outputs: shape (N,)."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=1)


@mistake(
    "affine",
    hint="dx is the gradient that comes in, sent back through the weights. The input itself has no part in it.",
    read="sec-backprop-affine",
)
def local_derivatives(x, weight, bias, dy):
    """dy is left out of the gradients."""
    rows = x.reshape(len(x), weight.shape[1])
    ones = np.ones_like(dy)
    return rows @ weight.T + bias, (ones @ weight).reshape(x.shape), ones.T @ rows, ones.sum(axis=0)


@mistake(
    "affine",
    corner="float32",
    hint="dbias has become float64: np.ones(N) is, and a product of both precisions is, too. dy.sum(axis=0) keeps what dy has.",
    read="sec-arrays-dtypes",
)
def dbias_by_ones(x, weight, bias, dy):
    """dbias comes as float64, from np.ones(N) @ dy."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, np.ones(len(x)) @ dy


@mistake(
    "affine",
    corner="float32",
    hint="dx has become float64: np.zeros(x.shape) is, whatever is written into it. np.zeros_like(x) has the dtype of x.",
    read="sec-arrays-dtypes",
)
def dx_into_zeros(x, weight, bias, dy):
    """dx comes as float64, from np.zeros(x.shape)."""
    rows = x.reshape(len(x), weight.shape[1])
    dx = np.zeros(x.shape)
    dx[...] = (dy @ weight).reshape(x.shape)
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="y is there, and the gradients are not yet: the text asks for four results.",
    read="sec-backprop-affine",
)
def forward_alone(x, weight, bias, dy):
    """Only y is returned."""
    return x.reshape(len(x), weight.shape[1]) @ weight.T + bias


@mistake("affine", same_as="forward_alone")
def forward_and_nones(x, weight, bias, dy):
    """The gradients are None."""
    return x.reshape(len(x), weight.shape[1]) @ weight.T + bias, None, None, None


@mistake(
    "affine",
    hint="reshape(D, N).T does not give one row for each input: it mixes the numbers of different inputs. Keep the first axis, and flatten the others.",
    read="sec-arrays-views",
)
def flattened_across_inputs(x, weight, bias, dy):
    """The inputs are flattened as x.reshape(D, N).T."""
    rows = x.reshape(weight.shape[1], len(x)).T
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="x may have two axes, or three, or five: the product of the last three sizes is for images alone. weight.shape[1] is D for all.",
    read="sec-backprop-affine",
)
def four_axes_only(x, weight, bias, dy):
    """x is taken to have four axes, and rows of numbers fail."""
    rows = x.reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="To send dy back through the layer, multiply by the weight as it is: (N, K) times (K, D) gives (N, D).",
    read="sec-backprop-affine",
)
def dx_weight_transposed(x, weight, bias, dy):
    """dx multiplies by the transposed weight."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight.T).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="reshape gives the shape that is wanted, but with the numbers in the wrong places: only a transposition turns (D, K) into (K, D).",
    read="sec-arrays-views",
)
def dweight_reshaped(x, weight, bias, dy):
    """dweight is computed transposed and reshaped until it fits."""
    rows = x.reshape(len(x), weight.shape[1])
    dweight = (rows.T @ dy).reshape(weight.shape)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dweight, dy.sum(axis=0)


@mistake(
    "affine",
    corner="images",
    hint="Each image is flattened with its first axis running fastest (order='F', or a reversal of the axes). The weights expect the order of reshape, the last axis fastest.",
    read="sec-arrays-strides",
)
def first_axis_fastest(x, weight, bias, dy):
    """Images are flattened with the first axis running fastest."""
    rows = x.reshape((len(x), weight.shape[1]), order="F")
    dx = (dy @ weight).reshape(x.shape, order="F")
    return rows @ weight.T + bias, dx, dy.T @ rows, dy.sum(axis=0)


@mistake("affine", same_as="always_float64", corner="float32")
def ones_column(x, weight, bias, dy):
    """The bias is a column of the weight, and x gets a column of ones, in float64."""
    rows = np.hstack([x.reshape(len(x), weight.shape[1]), np.ones((len(x), 1))])
    theta = np.hstack([weight, bias[:, None]])
    dtheta = dy.T @ rows
    return rows @ theta.T, (dy @ weight).reshape(x.shape), dtheta[:, :-1], dtheta[:, -1]


@mistake(
    "affine",
    hint="One bias serves all N rows, so its gradient is the sum of dy over the rows.",
    read="sec-backprop-affine",
)
def dbias_not_summed(x, weight, bias, dy):
    """dbias is dy itself, a row for each input."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, 1 * dy


@mistake(
    "affine",
    corner="images",
    hint="x.shape = … and x.resize flatten the caller's own array. x.reshape(…) gives another view of it, and leaves x as it is.",
    read="sec-arrays-views",
)
def callers_x_is_flattened(x, weight, bias, dy):
    """The caller's x is flattened."""
    x.shape = (len(x), weight.shape[1])
    return x @ weight.T + bias, dy @ weight, dy.T @ x, dy.sum(axis=0)


@mistake(
    "affine",
    hint="A row of x has D numbers, and so has a row of weight, (K, D): for a product of the two, weight has to be transposed.",
    read="sec-backprop-affine",
)
def weight_not_transposed(x, weight, bias, dy):
    """weight is not transposed in the output."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="One bias belongs to each output, a column of y. As a column of its own, (K, 1), it is added along the inputs.",
    read="sec-backprop-broadcasting",
)
def bias_as_a_column(x, weight, bias, dy):
    """The bias is added as a column."""
    rows = x.reshape(len(x), weight.shape[1])
    y = rows @ weight.T + bias[:, None]
    return y, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The affine layer is W x + b, without an activation: a ReLU is a layer of its own.",
    read="sec-backprop-affine",
)
def rectified(x, weight, bias, dy):
    """The output goes through a ReLU."""
    rows = x.reshape(len(x), weight.shape[1])
    y = np.maximum(rows @ weight.T + bias, 0)
    return y, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The bias is added to the output. Yours has the wrong sign.",
    read="sec-backprop-affine",
)
def bias_subtracted(x, weight, bias, dy):
    """The bias is subtracted."""
    rows = x.reshape(len(x), weight.shape[1])
    return rows @ weight.T - bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The mean over the inputs, if there is one, is in dy already. dweight is a sum over the rows.",
    read="sec-backprop-affine",
)
def dweight_averaged(x, weight, bias, dy):
    """dweight is averaged over the rows, and the rest is not."""
    N = x.shape[0]
    D = weight.shape[1]
    flat = x.reshape(N, D)
    y = flat @ weight.T + bias
    dx = (dy @ weight).reshape(x.shape)
    dweight = dy.T @ flat / N
    dbias = dy.sum(axis=0)
    return y, dx, dweight, dbias


@mistake(
    "affine",
    hint="The bias has the local derivative 1 in each row. The chain rule multiplies it by that row's dy before it adds.",
    read="sec-backprop-affine",
)
def rows_counted(x, weight, bias, dy):
    """dbias is the number of rows."""
    N = x.shape[0]
    D = weight.shape[1]
    flat = x.reshape(N, D)
    y = flat @ weight.T + bias
    dx = (dy @ weight).reshape(x.shape)
    dweight = dy.T @ flat
    dbias = np.full(bias.shape, N, dtype=x.dtype)
    return y, dx, dweight, dbias


@mistake(
    "affine",
    corner="images",
    hint="order='F' runs down the first axis first. The weights belong to the inputs in NumPy's own order, row by row.",
    read="sec-backprop-affine",
)
def flattened_by_columns(x, weight, bias, dy):
    """The inputs are flattened in another order."""
    N = x.shape[0]
    D = weight.shape[1]
    flat = x.reshape(N, D, order="F")
    y = flat @ weight.T + bias
    dx = (dy @ weight).reshape(x.shape)
    dweight = dy.T @ flat
    dbias = dy.sum(axis=0)
    return y, dx, dweight, dbias


# --- right answers, written another way ---


@alternative("affine")
def with_ones(x, weight, bias, dy):
    """The bias as one more column of the weight."""
    n, d = len(x), weight.shape[1]
    rows = np.hstack([x.reshape(n, d), np.ones((n, 1), x.dtype)])
    theta = np.hstack([weight, bias[:, None]])
    dtheta, drows = dy.T @ rows, dy @ theta
    dx = drows[:, :-1].reshape(x.shape)
    return rows @ theta.T, dx, dtheta[:, :-1], dtheta[:, -1]


@alternative("affine")
def by_index_notation(x, weight, bias, dy):
    """einsum, and the size computed from the shape."""
    rows = x.reshape(x.shape[0], int(np.prod(x.shape[1:])))
    y = np.einsum("nd,kd->nk", rows, weight) + bias
    dx = np.einsum("nk,kd->nd", dy, weight)
    return y, np.reshape(dx, x.shape), np.einsum("nk,nd->kd", dy, rows), np.einsum("nk->k", dy)


@mistake(
    "affine",
    hint="dweight is a sum of dy times x: each input counts with its upstream gradient. Yours leaves dy out.",
    read="sec-backprop-affine",
)
def inputs_added_up(x, weight, bias, dy):
    """dweight leaves out dy."""
    flat = x.reshape(len(x), weight.shape[1])
    dweight = np.tile(flat.sum(axis=0), (len(weight), 1))
    return flat @ weight.T + bias, (dy @ weight).reshape(x.shape), dweight, dy.sum(axis=0)


@mistake(
    "affine",
    hint="You send the output y back through the weights. What goes back is its gradient, dy.",
    read="sec-backprop-affine",
)
def output_sent_back(x, weight, bias, dy):
    """dx is made of y in place of dy."""
    flat = x.reshape(len(x), weight.shape[1])
    y = flat @ weight.T + bias
    return y, (y @ weight).reshape(x.shape), dy.T @ flat, dy.sum(axis=0)


@mistake(
    "affine",
    hint="The text asks for (y, dx, dweight, dbias), in this order.",
    read="sec-backprop-affine",
)
def gradients_exchanged(x, weight, bias, dy):
    """dweight comes before dx."""
    flat = x.reshape(len(x), weight.shape[1])
    return flat @ weight.T + bias, dy.T @ flat, (dy @ weight).reshape(x.shape), dy.sum(axis=0)
