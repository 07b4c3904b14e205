"""How far rounding can go in a matrix product: only numbers, so no array library here."""


def product_error(d, eps):
    """A bound of the error of |a|² + |b|² - 2 a·b, as a share of |a|² + |b|².

    d: how many products a·b adds up, in any order; eps: of the dtype [Higham 2002, §3.1, γ_n].
    8: for the three terms, their sums, and what is done with them.
    """
    share = (d + 8) * eps / 2
    return share / (1 - share) if share < 0.5 else 1.0
