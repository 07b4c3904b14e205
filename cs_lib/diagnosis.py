"""What a wrong value has to do with the right one, as sentences that are true of the numbers.

`cs_lib.testing` puts them below "got …, want …". A sentence says what holds of all entries and
guesses at no cause: that is for the hints (`cs_lib.hints`), which know mistakes by name.
"""

from fractions import Fraction

import numpy as np

RTOL = 1e-6
LARGEST = 100_000  # numbers that are looked at: a check may not take long
FACTORS = (2, Fraction(1, 2), -1)  # of a single number; others would be chance
_ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth")


def relations(got, want, arguments=()):
    """Sentences on an array got of want's shape, some of whose entries are wrong; at most two.

    arguments: of the call that gave it, in which a factor's origin is looked for.
    """
    if not 0 < got.size <= LARGEST or "b" in (got.dtype.kind, want.dtype.kind):
        return []
    return [*_whole(got, want, arguments), *_places(got, want)][:2]


def exchanged(got, want):
    """A sentence where two of several results stand in each other's place."""
    for i in range(len(want)):
        for j in range(i + 1, len(want)):
            pairs = [(got[i], want[j]), (got[j], want[i])]
            if all(map(_equal_values, *zip(*pairs, strict=True))) and not _equal_values(
                want[i], want[j]
            ):
                return [f"Results {i + 1} and {j + 1} are exchanged."]
    return []


def is_argument(got, arguments):
    """A sentence where a whole result is one of the call's arguments."""
    for i, argument in enumerate(arguments[: len(_ORDINAL)]):
        array = _numbers(argument)
        if array is not None and array.ndim and _equal_values(got, array):
            return [f"This is its {_ORDINAL[i]} argument, unchanged."]
    return []


def _equal_values(one, other):
    one, other = _numbers(one), _numbers(other)
    return one is not None and other is not None and one.shape == other.shape and _close(one, other)


def _numbers(value):
    if value is ... or value is None or isinstance(value, str | dict | set):
        return None
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    plain = array.dtype.kind in "biuf" and 0 < array.size <= LARGEST
    return array.astype(np.float64) if plain else None


def _close(one, other):
    return np.allclose(one, other, rtol=RTOL, atol=1e-9 * _size(other), equal_nan=True)


def _size(array):
    finite = array[np.isfinite(array)]
    return np.abs(finite).max() if finite.size else 0.0


def _whole(got, want, arguments):
    """What got is, all of it."""
    kind = got.dtype.kind
    got, want = got.astype(np.float64), want.astype(np.float64)
    if not (np.isfinite(got).all() and np.isfinite(want).all()):
        return []
    wrong = ~np.isclose(got, want, rtol=RTOL, atol=1e-12)
    what = "This" if want.size == 1 else "Each entry"
    distinct = np.unique(np.abs(want[want != 0])).size
    factor = _factor(got, want)
    origin = _origin(factor, arguments) if factor else []
    if kind in "iu" and (np.abs(got - want) >= 256).any() and not ((got - want) % 256).any():
        each = "This" if want.size == 1 else "Each entry"
        return [f"{each} is right up to multiples of 256: unsigned bytes wrap around."]
    if want.size == 1 and want == np.rint(want):
        return []  # two small whole numbers have a simple ratio by chance
    if factor == -1:
        return [f"{what} is what is wanted, with the other sign."]
    if factor and (distinct > 1 or factor in FACTORS or origin):
        return [f"{what} is {_text(factor)} times what is wanted.", *origin]
    if want.size == 1:
        return []
    if not got[wrong].any() and want[wrong].all() and wrong.sum() > 1:
        return ["Each wrong entry is 0."]
    if np.unique(want[wrong]).size > 2:  # two numbers change places by chance: 0 and -1 at a kink
        if want.ndim == 2 and want.shape[0] == want.shape[1] and _close(got, want.T):
            return ["This is what is wanted, transposed."]
        for axis in range(want.ndim):
            if want.shape[axis] > 1 and _close(got, np.flip(want, axis)):
                return [f"This is what is wanted, in reverse order along axis {axis}."]
        if _close(np.sort(got, axis=None), np.sort(want, axis=None)):
            return ["This is what is wanted, in another order."]
    if np.unique(want).size > 1:
        offset = (got - want).ravel()
        if _close(offset, np.full(offset.shape, offset[0])):
            size = "large" if offset[0] > 0 else "small"
            return [f"Each entry is by {_text(abs(offset[0]))} too {size}."]
    if _close(got[wrong], -want[wrong]):
        return ["Each wrong entry is what is wanted, with the other sign."]
    if (want != np.floor(want)).any():
        for rounded, words in ((np.trunc, "down"), (np.rint, "to a whole number")):
            if _close(got, rounded(want)) and got.any():
                return [f"Each entry is what is wanted, rounded {words}."]
    return []


def _factor(got, want):
    """k where got = k·want; None where there is none, or where k is 0 or 1."""
    if not want.any():
        return None
    at = np.unravel_index(np.abs(want).argmax(), want.shape)
    factor = got[at] / want[at]
    if factor in (0, 1) or not np.isfinite(factor) or not _close(got, factor * want):
        return None
    simple = Fraction(factor).limit_denominator(1000)
    return simple if simple and abs(simple - factor) <= RTOL * abs(factor) else float(factor)


def _origin(factor, arguments):
    """A sentence on the argument that has as many rows or columns as a factor, or its inverse.

    None for 2: a factor of 2 or 1/2 has many origins, and most arguments an axis of 2.
    """
    for i, argument in enumerate(arguments[: len(_ORDINAL)]):
        for axis, length in enumerate(getattr(argument, "shape", ())):
            if length > 2 and factor in (length, Fraction(1, length)):
                return [f"{length} is the length of axis {axis} of its {_ORDINAL[i]} argument."]
    return []


def _text(number):
    return str(number) if isinstance(number, Fraction) else f"{number:.6g}"


def _places(got, want):
    """Where the wrong entries are, if that can be said in a sentence."""
    wrong = ~np.isclose(got.astype(np.float64), want.astype(np.float64), rtol=RTOL, equal_nan=True)
    if wrong.sum() < 2 or wrong.all():
        return []
    for places, words in (
        (wrong, "All wrong entries {}"),
        (~wrong, "All entries are wrong but {}"),
    ):
        those = "those " if places is not wrong else ""
        if places.sum() < 2:
            continue
        for axis in range(want.ndim):
            index = np.unique(np.nonzero(places)[axis])
            if index.size == 1 and want.shape[axis] > 1 and places.take(index[0], axis).all():
                verb = "with" if those else "have"
                return [words.format(f"{those}{verb} index {index[0]} on axis {axis}.")]
        if (
            want.ndim == 2
            and want.shape[0] == want.shape[1]
            and (places == np.eye(len(want))).all()
        ):
            return [words.format(f"{those}on the diagonal." if those else "are on the diagonal.")]
    if (wrong == (want == 0)).all():
        return ["All wrong entries are where 0 is wanted."]
    if (wrong == (want < 0)).all():
        return ["All wrong entries are where a negative number is wanted."]
    return []
