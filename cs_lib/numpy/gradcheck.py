"""A derivative measured by finite differences, to hold a derived one against."""

import math

import numpy as np

__all__ = ["gradcheck", "numerical_gradient"]


def numerical_gradient(f, x, dy=None, *, h=1e-5):
    """(f(x + h) - f(x - h)) / 2h for every entry of x, one at a time: error O(h²).

    f: function of x, giving a number, or an array y; then dy has y's shape, and what is
    differentiated is sum(dy * y). x: float64 of any shape -> gradient of x's shape, float64
    x is moved in place, so f may also be a function without use for its argument, of a layer that
    holds x as its weight. It is put back, to the bit, even where f raises.
    TypeError unless x is float64: in float32 the difference has two or three correct digits; and
    for an f that gives complex numbers, which have no gradient of x's dtype.
    """
    _check_float64("numerical_gradient", x)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        try:
            x[i] = old + h
            above, high = _number(f(x), dy), x[i]
            x[i] = old - h
            below, low = _number(f(x), dy), x[i]
        finally:
            x[i] = old
        gradient[i] = (above - below) / (high - low)  # not 2h: old ± h was rounded
    return gradient


def gradcheck(f, x, gradient, dy=None, *, h=1e-5, rtol=1e-6, atol=1e-7):
    """Compare a derived gradient with the numerical one; return the largest relative error.

    f, x, dy, h: as in `numerical_gradient`; gradient: what is claimed, of x's shape
    The relative error of an entry is |got - want| / max(|got|, |want|), and 0 where
    |got - want| <= atol, which is what rounding in f leaves.
    AssertionError, naming the worst entry, where one is above rtol.
    """
    gradient = np.asarray(gradient)
    _check_float64("gradcheck", x)
    if gradient.shape != x.shape:
        raise ValueError(
            f"gradcheck: gradient has shape {gradient.shape}, x has {x.shape}; they must agree"
        )
    want = numerical_gradient(f, x, dy, h=h)
    difference = np.abs(gradient - want)
    scale = np.maximum(np.abs(gradient), np.abs(want))
    finite = np.isfinite(difference)  # NaN and infinity are as wrong as can be
    error = np.where(finite, 0.0, math.inf)
    np.divide(difference, scale, out=error, where=finite & (difference > atol))
    if x.size == 0:
        return 0.0
    worst = np.unravel_index(error.argmax(), x.shape)
    if error[worst] > rtol:
        raise AssertionError(
            f"gradcheck: {(error > rtol).sum()} of {x.size} entries differ, the worst at "
            f"{tuple(map(int, worst))}: got {gradient[worst]:.10g}, finite differences give "
            f"{want[worst]:.10g}, relative error {error[worst]:.1e}, allowed {rtol:.1e}"
        )
    return float(error[worst])


def _check_float64(caller, x):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        what = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"{caller}: x is {what}; it must be a float64 array: x.astype(np.float64)")


def _number(y, dy):
    if np.iscomplexobj(y) or np.iscomplexobj(dy):
        raise TypeError(
            "numerical_gradient: f gives complex numbers, or dy is complex; "
            "differentiate y.real and y.imag, each by itself"
        )
    if dy is None:
        if np.ndim(y):
            raise ValueError(
                f"numerical_gradient: f gives shape {np.shape(y)}; pass dy of that shape, "
                "to differentiate sum(dy * f(x))"
            )
        return float(y)
    if np.shape(y) != np.shape(dy):
        raise ValueError(
            f"numerical_gradient: f gives shape {np.shape(y)}, dy has {np.shape(dy)}; "
            "they must agree"
        )
    return float((dy * y).sum())
