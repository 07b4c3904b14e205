"""Steepest descent, and how far to go along a direction: exactly where that can be solved."""

import numpy as np

__all__ = [
    "armijo_step",
    "minimize_quartic",
    "spring_energy",
    "spring_gradient",
    "spring_quartic",
    "steepest_descent",
]


def armijo_step(f, x, direction, slope, *, step=1.0, shrink=0.5, c=1e-4, max_shrinks=60):
    """The first of step, step · shrink, step · shrink², … that lowers f enough [Armijo 1966].

    f: array -> number, x, direction: arrays of one shape, slope: gradient · direction at x -> t
    Enough: f(x + t · direction) <= f(x) + c · t · slope, a share c of what the slope promises; and
    below f(x), for f(x) may swallow that share. 0.0 where it swallows all of t · slope before a
    step has lowered it: then nobody can see whether a step goes down.
    ValueError if slope is not negative: no step along it would do. RuntimeError after max_shrinks.
    """
    if not slope < 0:
        raise ValueError(
            f"armijo_step: slope is {slope}; it must be negative: is direction minus the gradient?"
        )
    start, t = f(x), step
    for _ in range(max_shrinks + 1):
        value = f(x + t * direction)
        if value <= start + c * t * slope and value < start:  # False for NaN too: the step shrinks
            return t
        if start + t * slope == start:
            return 0.0
        t *= shrink
    raise RuntimeError(
        f"armijo_step: no step down to {t / shrink:.1e} lowers f enough; "
        "is slope the gradient times the direction?"
    )


def minimize_quartic(coefficients):
    """Where c0 + c1 t + c2 t² + c3 t³ + c4 t⁴ is least: coefficients (5,), c0 first -> t

    A root of the derivative, a cubic: of up to three real ones, that of the least value; of equal
    values, the least root that is not negative. ValueError unless c4 > 0, or else only c2 > 0 with
    c3 = c4 = 0: there is no minimum.
    """
    c = np.asarray(coefficients, dtype=float)
    if c.shape != (5,) or not np.isfinite(c).all():
        raise ValueError(
            f"minimize_quartic: coefficients is {c.tolist()}; it must be five finite numbers"
        )
    if not (c[4] > 0 or (c[4] == 0 and c[3] == 0 and c[2] > 0)):
        raise ValueError(
            f"minimize_quartic: coefficients is {c.tolist()}; without a positive c4 (or c2, where "
            "c3 = c4 = 0) there is no minimum"
        )
    roots = np.roots((c[1:] * [1, 2, 3, 4])[::-1])
    # rounding gives a double root an imaginary part of about the square root of a rounding error
    real = roots.real[abs(roots.imag) <= 1e-6 * (1 + abs(roots))]
    values = np.polynomial.polynomial.polyval(real, c)
    equal = real[values <= values.min() + 1e-12 * np.abs(c).max()]
    ahead = equal[equal >= 0]
    return float(ahead.min() if len(ahead) else equal.max())


def spring_energy(x, springs):
    """E = Σ (|xᵢ - xⱼ|² - 1)² over springs of length 1 at rest.

    x: (N, D) points, springs: (M, 2) indices of the points that each joins -> number
    """
    difference = _differences("spring_energy", x, springs)
    return (((difference**2).sum(axis=1) - 1) ** 2).sum()


def spring_gradient(x, springs):
    """dE/dxᵢ = Σⱼ 4 (|xᵢ - xⱼ|² - 1)(xᵢ - xⱼ): x (N, D), springs (M, 2) -> (N, D)"""
    difference = _differences("spring_gradient", x, springs)
    force = 4 * ((difference**2).sum(axis=1, keepdims=True) - 1) * difference  # (M, D)
    gradient = np.zeros(x.shape)
    np.add.at(gradient, springs[:, 0], force)  # not gradient[i] +=: a point may have many springs
    np.subtract.at(gradient, springs[:, 1], force)
    return gradient


def spring_quartic(x, direction, springs):
    """E(x + t · direction), a polynomial of degree 4 in t: -> its coefficients (5,), c0 first

    x, direction: (N, D), springs: (M, 2). Of each spring, |u + t v|² - 1 = a + b t + c t², squared.
    """
    u = _differences("spring_quartic", x, springs)
    v = _differences("spring_quartic", direction, springs)
    a, b, c = (u * u).sum(axis=1) - 1, 2 * (u * v).sum(axis=1), (v * v).sum(axis=1)
    return np.array([a @ a, 2 * a @ b, b @ b + 2 * a @ c, 2 * b @ c, c @ c])


def _differences(caller, x, springs):
    """x: (N, D) -> xᵢ - xⱼ (M, D)"""
    x, springs = np.asarray(x), np.asarray(springs)
    if x.ndim != 2 or springs.ndim != 2 or springs.shape[1] != 2:
        raise ValueError(
            f"{caller}: points have shape {x.shape}, springs {springs.shape}; "
            "they must be (N, D) and (M, 2)"
        )
    if len(springs) and not (springs.min() >= 0 and springs.max() < len(x)):
        raise ValueError(
            f"{caller}: springs has indices from {springs.min()} to {springs.max()}; "
            f"there are points 0 to {len(x) - 1}"
        )
    return x[springs[:, 0]] - x[springs[:, 1]]


def steepest_descent(f, gradient, x, find_step, *, steps=100, tolerance=1e-8):
    """Go down along minus the gradient, as far as find_step says, and again [Cauchy 1847].

    f: array -> number, gradient: array -> array, x: start, float64,
    find_step: (x, direction) -> t -> x of the end, history (at most steps + 1,) of f
    Ends where the gradient is no longer than tolerance, or the step 0. x is not changed.
    """
    x, history = np.array(x, dtype=float), [float(f(x))]
    for _ in range(steps):
        direction = -gradient(x)
        if np.sqrt((direction**2).sum()) <= tolerance:
            break
        t = find_step(x, direction)
        if t == 0:
            break
        x = x + t * direction
        history.append(float(f(x)))
    return x, np.array(history)
