"""Wrong answers to `norm2_grad` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "norm2_grad",
    hint="The entry (i, j) of dweight is 2 rᵢ xⱼ: rows belong to r, columns to x.",
    read="sec-backprop-norm2",
)
def outer_transposed(weight, x, target):
    """The outer product is transposed: x rᵀ for r xᵀ."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(x, r), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="The derivative of r² is not r.",
    read="sec-backprop-norm2",
)
def no_two(weight, x, target):
    """The factor 2 of the gradients is missing."""
    r = weight @ x - target
    return r @ r, np.outer(r, x), weight.T @ r, -r


@mistake(
    "norm2_grad",
    hint="To come back from r to x, the gradient goes through W the other way round.",
    read="sec-backprop-norm2",
)
def weight_untransposed(weight, x, target):
    """dx multiplies by W, not by its transpose."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight @ r, -2 * r


@mistake("norm2_grad", same_as="weight_untransposed")
def weight_twice(weight, x, target):
    """dx is 2 W (Wᵀ x − t), the factors in the wrong order."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight @ (weight.T @ x - target), -2 * r


@mistake(
    "norm2_grad",
    hint="f is the squared norm. No root is taken.",
    read="sec-backprop-norm2",
)
def root_taken(weight, x, target):
    """The norm is returned, not its square."""
    r = weight @ x - target
    return np.sqrt(r @ r), 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="The gradient by W depends on x, the input of the product: it is 2 r times something.",
    read="sec-backprop-norm2",
)
def outer_with_itself(weight, x, target):
    """dweight is the outer product of r with itself."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, r), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="The chain rule passes through r: what reaches x is Wᵀ times the gradient by r, which is 2 r and not 2 x.",
    read="sec-backprop-norm2",
)
def dx_skips_r(weight, x, target):
    """dx leaves out r: it is 2x, or 2 times the column sums of W."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * x, -2 * r


@mistake("norm2_grad", same_as="dx_skips_r")
def dx_column_sums(weight, x, target):
    """dx is twice the column sums of W."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.sum(axis=0), -2 * r


@mistake(
    "norm2_grad",
    hint="dweight has M rows, one for each rᵢ, and D columns, one for each xⱼ: each entry is one product. An entry-by-entry product of W with x is something else.",
    read="sec-backprop-norm2",
)
def dweight_elementwise(weight, x, target):
    """dweight is 2 W times x, entry by entry."""
    r = weight @ x - target
    return r @ r, 2 * weight * x, 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="f is the sum of the squares, not their mean.",
    read="sec-backprop-norm2",
)
def averaged(weight, x, target):
    """The squares are averaged over the M rows, in f and in the gradients."""
    r, m = weight @ x - target, len(weight)
    return r @ r / m, 2 * np.outer(r, x) / m, 2 * weight.T @ r / m, -2 * r / m


@mistake("norm2_grad", same_as="no_two")
def dx_without_two(weight, x, target):
    """The factor 2 is missing in dx alone."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), weight.T @ r, -2 * r


@mistake("norm2_grad", same_as="no_two")
def dweight_without_two(weight, x, target):
    """The factor 2 is missing in dweight alone."""
    r = weight @ x - target
    return r @ r, np.outer(r, x), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="f is there, and the gradients are not yet: the text asks for four results.",
    read="sec-backprop-norm2",
)
def value_alone(weight, x, target):
    """Only f is returned."""
    return np.sum((weight @ x - target) ** 2)


@mistake(
    "norm2_grad",
    hint="rᵢ is a sum, and its square has mixed terms as well: (a + b)² is not a² + b². The derivative of rᵢ² is 2 rᵢ times that of rᵢ.",
    read="sec-backprop-norm2",
)
def no_mixed_terms(weight, x, target):
    """The gradients are those of Σ (Wᵢⱼ xⱼ − tᵢ)², without mixed terms."""
    r = weight @ x - target
    terms = weight * x - target[:, None]
    return r @ r, 2 * terms * x, 2 * (terms * weight).sum(axis=0), -2 * r


@mistake(
    "norm2_grad",
    hint="Your gradients belong to the norm, r / ‖r‖ at the start. The function is its square, whose gradient by r is 2 r.",
    read="sec-backprop-norm2",
)
def gradients_of_the_norm(weight, x, target):
    """The gradients are those of ‖Wx − t‖, without the square."""
    r = weight @ x - target
    unit = r / np.sqrt(r @ r)
    return r @ r, np.outer(unit, x), weight.T @ unit, -unit


@mistake(
    "norm2_grad",
    hint="If t grows, Wx − t gets smaller: the derivative of r by t is −1, not 1.",
    read="sec-backprop-norm2",
)
def dtarget_sign(weight, x, target):
    """dtarget has the wrong sign."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, 2 * r


@mistake(
    "norm2_grad",
    hint="In the section, the gradient starts as 2 Wx, because Wx is what is squared. Here it is Wx − t.",
    read="sec-backprop-norm2",
)
def gradients_without_target(weight, x, target):
    """The gradients start from 2 Wx, without t."""
    q, r = weight @ x, weight @ x - target
    return r @ r, 2 * np.outer(q, x), 2 * weight.T @ q, -2 * q


@mistake("norm2_grad", same_as="gradients_without_target")
def two_gradients_without_target(weight, x, target):
    """The gradients by W and x start from 2 Wx, without t."""
    q, r = weight @ x, weight @ x - target
    return r @ r, 2 * np.outer(q, x), 2 * weight.T @ q, -2 * r


@mistake(
    "norm2_grad",
    hint="The target is subtracted from Wx before the square. Yours is added, or left out.",
    read="sec-backprop-norm2",
)
def target_left_out(weight, x, target):
    """Another vector than Wx − t is squared: Wx, or Wx + t."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight.T @ q, -2 * q


@mistake("norm2_grad", same_as="target_left_out")
def target_left_out_of_all(weight, x, target):
    """The square is that of Wx alone, and dtarget is 0."""
    q = weight @ x
    return q @ q, 2 * np.outer(q, x), 2 * weight.T @ q, np.zeros_like(target)


@mistake("norm2_grad", same_as="target_left_out")
def target_added(weight, x, target):
    """The square is that of Wx + t."""
    r = weight @ x + target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, 2 * r


@mistake(
    "norm2_grad",
    hint="Three results are there. The fourth, the gradient by t, has the shape of t.",
    read="sec-backprop-norm2",
)
def dtarget_not_written(weight, x, target):
    """There is no dtarget yet."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r


@mistake(
    "norm2_grad",
    hint="f depends on t as well: when an entry of t grows, that of Wx − t falls by as much.",
    read="sec-backprop-norm2",
)
def dtarget_zero(weight, x, target):
    """The target is taken as a constant, with a gradient of 0."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, np.zeros_like(target)


@mistake("norm2_grad", same_as="no_two")
def dtarget_without_two(weight, x, target):
    """The factor 2 is missing in dtarget alone."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, -r


@mistake(
    "norm2_grad",
    hint="t − Wx has the same square as Wx − t, so f is right. But where W or x grows, t − Wx falls: with this residual, all signs turn round.",
    read="sec-backprop-norm2",
)
def residual_reversed(weight, x, target):
    """The residual is t − Wx, and its minus sign is not differentiated."""
    r = target - weight @ x
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, 2 * r


@mistake("norm2_grad", same_as="residual_reversed")
def residual_reversed_with_minus(weight, x, target):
    """The residual is t − Wx, and dtarget is −2 of it."""
    r = target - weight @ x
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="dweight has the shape of W, with the entry 2 rᵢ xⱼ in row i and column j. r * x multiplies entry by entry and gives a vector: np.outer makes the table of all products.",
    read="sec-backprop-norm2",
)
def dweight_without_outer(weight, x, target):
    """dweight is 2 r * x, without an outer product."""
    r = weight @ x - target
    return r @ r, 2 * r * x, 2 * weight.T @ r, -2 * r


@mistake("norm2_grad", same_as="gradients_without_target")
def dweight_without_target(weight, x, target):
    """The gradient by W starts from 2 Wx, without t."""
    q, r = weight @ x, weight @ x - target
    return r @ r, 2 * np.outer(q, x), 2 * weight.T @ r, -2 * r


@mistake("norm2_grad", same_as="gradients_without_target")
def dx_without_target(weight, x, target):
    """The gradient by x starts from 2 Wx, without t."""
    q, r = weight @ x, weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ q, -2 * r


@mistake(
    "norm2_grad",
    hint="By t, every square (Wx − t)² has the derivative −2 (Wx − t). Yours has left Wx out.",
    read="sec-backprop-norm2",
)
def dtarget_of_its_square(weight, x, target):
    """dtarget is the derivative of t² alone."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, 2 * target


@mistake("norm2_grad", same_as="dtarget_of_its_square")
def dtarget_of_minus_its_square(weight, x, target):
    """dtarget is −2t."""
    r = weight @ x - target
    return r @ r, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * target


@mistake(
    "norm2_grad",
    hint="f is one number: the squares are still to be added up.",
    read="sec-backprop-norm2",
)
def squares_not_summed(weight, x, target):
    """The squares are not added up."""
    r = weight @ x - target
    return r**2, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="You square the sum. The norm is the sum of the squares.",
    read="sec-backprop-norm2",
)
def sum_squared(weight, x, target):
    """The sum of the residual is squared."""
    r = weight @ x - target
    return r.sum() ** 2, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="f is the sum of the squares, with no ½ before it, and not divided by the M rows. The gradients do not tell: they may be right.",
    read="sec-backprop-norm2",
)
def value_halved(weight, x, target):
    """f is half of what it should be, or a mean."""
    r = weight @ x - target
    f = 0.5 * np.sum(r**2)
    dweight = 2 * r[:, None] * x[None, :]
    dx = 2 * weight.T @ r
    dtarget = -2 * r
    return f, dweight, dx, dtarget


@mistake("norm2_grad", same_as="value_halved")
def value_averaged(weight, x, target):
    """f is averaged over the rows, the gradients are not."""
    r = weight @ x - target
    f = np.mean(r**2)
    dweight = 2 * r[:, None] * x[None, :]
    dx = 2 * weight.T @ r
    dtarget = -2 * r
    return f, dweight, dx, dtarget


# --- right answers, written another way ---


@alternative("norm2_grad")
def by_einsum(weight, x, target):
    """Index notation throughout."""
    r = np.einsum("ij,j->i", weight, x) - target
    dweight, dx = np.einsum("i,j->ij", r, x), np.einsum("i,ij->j", r, weight)
    return (r**2).sum(), 2 * dweight, 2 * dx, 2 * (target - weight @ x)


@alternative("norm2_grad")
def with_columns(weight, x, target):
    """Columns and the matrix WᵀW."""
    column = x[:, None]
    r = weight @ column - target[:, None]
    dx = (2 * weight.T @ weight @ column).ravel() - 2 * weight.T @ target
    return np.linalg.norm(r) ** 2, 2 * r @ column.T, dx, -2 * r.ravel()


@mistake(
    "norm2_grad",
    hint="The entry (i, j) of W is multiplied by xⱼ in f, so its derivative has xⱼ in it, and not the weight itself: 2 rᵢ xⱼ.",
    read="sec-backprop-norm2",
)
def weight_for_input(weight, x, target):
    """dweight has the weights in place of x."""
    r = weight @ x - target
    return r @ r, 2 * r[:, None] * weight, 2 * weight.T @ r, -2 * r


@mistake(
    "norm2_grad",
    hint="‖Wx − t‖² is no difference of squares. Subtract first, then square and add up.",
    read="sec-backprop-norm2",
)
def difference_of_squares(weight, x, target):
    """f is ‖Wx‖² − ‖t‖²."""
    y, r = weight @ x, weight @ x - target
    return y @ y - target @ target, 2 * np.outer(r, x), 2 * weight.T @ r, -2 * r
