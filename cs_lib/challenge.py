"""The score of an answer to an open challenge, which has no right one: how good is it?

What comes back must have the right form; then it gets a number, the larger the better, in one line.
"""

import time

import numpy as np

from cs_lib import testing

__all__ = ["challenge_score", "shown"]

SECONDS = 20.0  # of processor time that an answer may take
_UNWRITTEN = "not written yet."


class Here:
    """Where the answer runs: in this process. A grader may have another `place`."""

    def seconds(self):
        """Processor time so far."""
        return time.process_time()

    def tell(self, score, text):
        print(f"score {shown(score)} ({text})")  # noqa: T201


place = Here()


def shown(score):
    """A score as it is written everywhere: three digits, and no more than three decimals."""
    return f"{round(score, 3):.3g}"


def challenge_score(function, *args, score, shape, whole=False, label, seconds=SECONDS):
    """Say how good an answer is: score(function(*args)), a number that is larger for a better one.

    score: a function of the array that comes back. shape: what that must be, None for an axis of
    any length; whole: whether it holds whole numbers, else finite floats. label: what is measured,
    and on what; seconds: of processor time that the call may take. An answer that is not written
    yet has no score, and that is no failure. Raises CheckFailed for one of another form.
    """
    began = place.seconds()
    try:
        got = testing.call(function, *args, label=label)
    except testing.CheckFailed as failed:
        if not failed.lines[0].startswith(_UNWRITTEN):
            raise
        print(f"challenge: {_UNWRITTEN} It is optional, and worth no points.")  # noqa: T201
        return
    took = place.seconds() - began
    label = f"challenge: {label}"
    array = testing._as_array(got, label)
    _check_form(array, shape, whole, label)
    if took > seconds:
        testing._fail(label, f"took {took:.1f} s of processor time, limit {seconds:g} s")
    place.tell(float(score(array)), f"{label.partition(': ')[2]}; {took:.1f} s of {seconds:g} s")


def _check_form(array, shape, whole, label):
    fits = array.ndim == len(shape) and all(
        want in (None, have) for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        testing._fail(label, f"got shape {array.shape}, want shape {_of_any(shape)}")
    if whole and array.dtype.kind not in "biu":
        testing._fail(label, f"got floats (dtype {array.dtype}), want whole numbers")
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)].flat[0]
        testing._fail(label, f"got {bad} in it, want finite numbers alone")


def _of_any(shape):
    """A shape in words, (N, 4) for (None, 4)."""
    axes = ["N" if axis is None else str(axis) for axis in shape]
    return f"({', '.join(axes)}{',' * (len(axes) == 1)})"
