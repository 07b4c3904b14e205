"""Wrong answers to `norm2_grad` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "norm2_grad",
    hint="The entry (i, j) of dweight is 2 qᵢ xⱼ: rows belong to q, columns to x.",
    read="sec-backprop-norm2",
)
def outer_transposed(weight, x):
    """The outer product is transposed: x qᵀ for q xᵀ."""
    q = weight @ x
    return q @ q, 2 * np.outer(x, q), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The derivative of q² is not q.",
    read="sec-backprop-norm2",
)
def no_two(weight, x):
    """The factor 2 of both gradients is missing."""
    q = weight @ x
    return q @ q, np.outer(q, x), weight.T @ q


@mistake(
    "norm2_grad",
    hint="To come back from q to x, the gradient goes through W the other way round.",
    read="sec-backprop-norm2",
)
def weight_untransposed(weight, x):
    """dx multiplies by W, not by its transpose."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight @ q


@mistake("norm2_grad", same_as="weight_untransposed")
def weight_twice(weight, x):
    """dx is 2 W Wᵀ x, the factors in the wrong order."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight @ weight.T @ x


@mistake(
    "norm2_grad",
    hint="f is the squared norm. No root is taken.",
    read="sec-backprop-norm2",
)
def root_taken(weight, x):
    """The norm is returned, not its square."""
    q = weight @ x
    return np.sqrt(q @ q), 2 * np.outer(q, x), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The gradient by W depends on x, the input of the product: it is 2 q times something.",
    read="sec-backprop-norm2",
)
def outer_with_itself(weight, x):
    """dweight is the outer product of q with itself."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, q), 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="The chain rule passes through q: what reaches x is Wᵀ times the gradient by q, which is 2 q and not 2 x.",
    read="sec-backprop-norm2",
)
def dx_skips_q(weight, x):
    """dx leaves out q: it is 2x, or 2 times the column sums of W."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * x


@mistake("norm2_grad", same_as="dx_skips_q")
def dx_column_sums(weight, x):
    """dx is twice the column sums of W."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight.sum(axis=0)


@mistake(
    "norm2_grad",
    hint="dweight has M rows, one for each qᵢ, and D columns, one for each xⱼ: each entry is one product. An entry-by-entry product of W with x is something else.",
    read="sec-backprop-norm2",
)
def dweight_elementwise(weight, x):
    """dweight is 2 W times x, entry by entry."""
    q = weight @ x
    return q @ q, 2 * weight * x, 2 * weight.T @ q


@mistake(
    "norm2_grad",
    hint="f is the sum of the squares, not their mean.",
    read="sec-backprop-norm2",
)
def averaged(weight, x):
    """The squares are averaged over the M rows, in f and in the gradients."""
    q, m = weight @ x, len(weight)
    return q @ q / m, 2 * np.outer(q, x) / m, 2 * weight.T @ q / m


# --- right answers, written another way ---


@alternative("norm2_grad")
def by_einsum(weight, x):
    """Index notation throughout."""
    q = np.einsum("ij,j->i", weight, x)
    return (q**2).sum(), 2 * np.einsum("i,j->ij", q, x), 2 * np.einsum("i,ij->j", q, weight)


@alternative("norm2_grad")
def with_columns(weight, x):
    """Columns and the matrix WᵀW."""
    column = x[:, None]
    q = weight @ column
    return np.linalg.norm(q) ** 2, 2 * q @ column.T, (2 * weight.T @ weight @ column).ravel()
