"""What both libraries ask of their arguments: only shapes and numbers, so no array library here."""

import operator


def check_matrix(caller, name, x, axes="(N, D)"):
    """x must have two axes, neither of them empty."""
    if len(x.shape) != 2 or 0 in x.shape:
        raise ValueError(
            f"{caller}: {name} has shape {tuple(x.shape)}; it must be {axes}, not empty"
        )


def check_pair(caller, x1, x2, p):
    """x1 must be (M, D), x2 (N, D), and p 1 or 2."""
    check_p(caller, p)
    check_matrix(caller, "x1", x1)
    check_matrix(caller, "x2", x2)
    if x1.shape[1] != x2.shape[1]:
        raise ValueError(
            f"{caller}: x1 has {x1.shape[1]} columns, x2 has {x2.shape[1]}; "
            "both must be (N, D) with the same D"
        )


def check_p(caller, p):
    if p not in (1, 2):
        raise ValueError(f"{caller}: p is {p}; it must be 1 (sum of |a - b|) or 2 (Euclidean)")


def check_k(caller, k, n, what="points"):
    """k must be a whole number from 1 to n."""
    try:
        whole = operator.index(k)
    except TypeError:
        raise TypeError(f"{caller}: k is {k!r}; it must be a whole number") from None
    if not 1 <= whole <= n:
        raise ValueError(f"{caller}: k is {k}; it must be from 1 to {n}, the number of {what}")


def check_images(caller, x):
    """x must be (N, D) or images (N, C, H, W), not empty."""
    if len(x.shape) not in (2, 4) or 0 in x.shape:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}; it must be (N, D) or (N, C, H, W), not empty"
        )


def check_labels(caller, name, labels, n=None):
    """labels must be one-dimensional, not empty, one for each of n points if n is given."""
    shape = tuple(labels.shape)
    if len(shape) != 1 or shape == (0,) or n not in (None, shape[0]):
        wanted = "(N,), not empty" if n is None else f"({n},), one label for each point"
        raise ValueError(f"{caller}: {name} has shape {shape}; it must be {wanted}")


def check_columns(caller, x, d):
    """x must have the d columns that fit saw."""
    if x.shape[1] != d:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} values per point, fit saw {d}; both must agree"
        )
