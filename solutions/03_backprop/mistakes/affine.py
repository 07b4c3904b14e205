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
    hint="x has any number of axes after the first: flatten each of its N inputs.",
    read="sec-backprop-affine",
)
def two_axes_only(x, weight, bias, dy):
    """x is taken to have two axes, and images fail."""
    return x @ weight.T + bias, dy @ weight, dy.T @ x, dy.sum(axis=0)


@mistake(
    "affine",
    hint="reshape(N, -1) cannot tell how many columns there are when N is 0. The weight knows.",
    read="sec-backprop-affine",
)
def fails_without_rows(x, weight, bias, dy):
    """The case N = 0 is an error."""
    rows = x.reshape(len(x), -1)
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dy.sum(axis=0)


@mistake(
    "affine",
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


@mistake("affine", same_as="loop_over_rows")
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
    hint="dbias is a gradient: it comes from dy, not from the values of y.",
    read="sec-backprop-affine",
)
def dbias_sums_everything(x, weight, bias, dy):
    """dbias is summed over rows and outputs, or over the wrong axis."""
    rows = x.reshape(len(x), weight.shape[1])
    dbias = np.full_like(bias, dy.sum())
    return rows @ weight.T + bias, (dy @ weight).reshape(x.shape), dy.T @ rows, dbias


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
