"""Wrong answers to `predictions` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "predictions",
    hint="An index takes the axis away. A slice would keep it, with length 1.",
    read="sec-arrays-indexing",
)
def index_keeps_axis(*_):
    """You think that x[1] keeps the first axis."""
    return _right() | {"a": (1, 3, 4)}


@mistake(
    "predictions",
    hint="x[1] takes from the first axis, whichever you had in mind.",
    read="sec-arrays-indexing",
)
def index_takes_the_last(*_):
    """You think that x[1] takes from the last axis."""
    return _right() | {"a": (2, 3)}


@mistake(
    "predictions",
    hint="A slice keeps its axis, even if only one entry is left.",
    read="sec-arrays-indexing",
)
def slice_drops_axis(*_):
    """You think that a slice of length 1 takes the axis away."""
    return _right() | {"b": (2, 4)}


@mistake(
    "predictions",
    hint="1:2 ends before 2.",
    read="sec-arrays-indexing",
)
def slice_includes_end(*_):
    """You think that a slice includes its end."""
    return _right() | {"b": (2, 2, 4)}


@mistake(
    "predictions",
    hint="axis names the axis that is summed over, so this one disappears and the others stay.",
    read="sec-arrays-axes",
)
def axis_that_stays(*_):
    """You think that axis names the axis that stays."""
    return _right() | {"c": (3,)}


@mistake(
    "predictions",
    hint="The sum over one axis takes one axis away. Axes are counted from 0.",
    read="sec-arrays-axes",
)
def axes_from_one(*_):
    """You count the axes from 1."""
    return _right() | {"c": (3, 4)}


@mistake(
    "predictions",
    hint="keepdims=True keeps the axis that is averaged over, with length 1.",
    read="sec-arrays-axes",
)
def keepdims_forgotten(*_):
    """You overlook keepdims."""
    return _right() | {"d": (2, 3)}


@mistake(
    "predictions",
    hint="Write (5,) below (5, 1), aligned at the right. What is under the 5 of the column, and what under its 1?",
    read="sec-arrays-rule",
)
def row_minus_column_is_a_row(*_):
    """You think that a row minus a column is a row."""
    return _right() | {"e": (5,)}


@mistake(
    "predictions",
    hint="Write (5,) below (5, 1), aligned at the right. What is under the 5 of the column, and what under its 1?",
    read="sec-arrays-rule",
)
def row_minus_column_is_a_column(*_):
    """You think that a row minus a column is a column."""
    return _right() | {"e": (5, 1)}


@mistake(
    "predictions",
    hint="transpose(2, 0, 1) says where each new axis comes from: the first new one is the old axis 2. You read it as where "
    "the old ones go.",
    read="sec-arrays-layouts",
)
def transpose_backwards(*_):
    """You read the arguments of transpose the wrong way round."""
    return _right() | {"f": (3, 4, 2)}


@mistake(
    "predictions",
    hint="uint8 has no 260. What comes after 255?",
    read="sec-arrays-wrap",
)
def no_wrap(*_):
    """You think that 250 + 10 is 260 in uint8."""
    return _right() | {"g": [260, 30]}


@mistake(
    "predictions",
    hint="uint8 does not stop at 255, it wraps around.",
    read="sec-arrays-wrap",
)
def saturates(*_):
    """You think that uint8 stops at 255."""
    return _right() | {"g": [255, 30]}


@mistake(
    "predictions",
    hint="A sum of small whole numbers is computed in 64 bits, since nearly every sum of pixels is beyond 255. It is "
    "elementwise arithmetic that wraps.",
    read="sec-arrays-wrap",
)
def sum_wraps(*_):
    """You think that sum wraps around as + does."""
    return _right() | {"h": 14}


@mistake(
    "predictions",
    hint="/ always gives floats: 20 / 2 is 10.0.",
    read="sec-arrays-wrap",
)
def division_stays_whole(*_):
    """You think that / keeps whole numbers."""
    return _right() | {"i": "uint8"}


@mistake(
    "predictions",
    hint="Whole numbers become float64 when they are divided. (uint8 arrays of other operations may give smaller floats.)",
    read="sec-arrays-promotion",
)
def division_gives_float32(*_):
    """You think that / gives float32."""
    return _right() | {"i": "float32"}


@mistake(
    "predictions",
    hint="A plain Python number has no dtype of its own that counts: an array of floats keeps its dtype beside it.",
    read="sec-arrays-promotion",
)
def number_widens(*_):
    """You think that a Python number makes a float32 array float64."""
    return _right() | {"j": "float64"}


@mistake(
    "predictions",
    hint="Of two arrays, the wider dtype wins: nothing of float64 may be lost.",
    read="sec-arrays-promotion",
)
def narrower_wins(*_):
    """You think that float32 and float64 give float32."""
    return _right() | {"k": "float32"}


@mistake(
    "predictions",
    hint="A slice copies nothing: it is a view.",
    read="sec-arrays-views",
)
def slice_copies(*_):
    """You think that a slice is a copy."""
    return _right() | {"l": False}


@mistake(
    "predictions",
    hint="The numbers at a list of places can lie anywhere, so no start and step describes them. NumPy copies them.",
    read="sec-arrays-views",
)
def list_of_places_is_a_view(*_):
    """You think that an index with a list is a view."""
    return _right() | {"m": True}


@mistake(
    "predictions",
    hint="transpose moves no number: it only changes how many bytes a step along each axis is.",
    read="sec-arrays-views",
)
def transpose_copies(*_):
    """You think that transpose copies."""
    return _right() | {"n": False}


@mistake(
    "predictions",
    hint="After the transpose the numbers no longer lie in the order that reshape needs, so it has to copy them.",
    read="sec-arrays-views",
)
def reshape_never_copies(*_):
    """You think that reshape never copies."""
    return _right() | {"o": True}


@mistake(
    "predictions",
    hint="astype copies even if the dtype is the same, unless you say copy=False.",
    read="sec-arrays-views",
)
def astype_same_is_a_view(*_):
    """You think that astype to the same dtype is a view."""
    return _right() | {"p": True}


@mistake(
    "predictions",
    hint="from_numpy and .numpy() share the memory of the array. It is torch.tensor that copies.",
    read="sec-arrays-torch-memory",
)
def from_numpy_copies(*_):
    """You think that from_numpy copies."""
    return _right() | {"q": False}


@mistake(
    "predictions",
    hint="A letter has no answer.",
    read="sec-arrays-checks",
)
def letters_missing(*_):
    """A prediction is missing."""
    return {letter: answer for letter, answer in _right().items() if letter not in "fkq"}


def _right():
    right = {"a": (3, 4), "b": (2, 1, 4), "c": (2, 4), "d": (2, 3, 1), "e": (5, 5), "f": (4, 2, 3)}
    right |= {"g": [4, 30], "h": 270, "i": "float64", "j": "float32", "k": "float64"}
    return right | {"l": True, "m": False, "n": True, "o": False, "p": False, "q": True}


@mistake(
    "predictions",
    hint="Axes are counted from 0, so axis=1 is the second of three, with the 3.",
    read="sec-arrays-axes",
)
def axis_one_is_the_last(*_):
    """You think that axis=1 is the last axis."""
    return _right() | {"c": (2, 3)}


@mistake(
    "predictions",
    hint="Axes are counted from 0, so axis=2 is the last of three, with the 4.",
    read="sec-arrays-axes",
)
def kept_axis_counted_from_one(*_):
    """You think that axis=2 is the second axis."""
    return _right() | {"d": (2, 1, 4)}


@mistake(
    "predictions",
    hint="transpose without arguments reverses the axes. Here the arguments say which old axis comes first, second, third.",
    read="sec-arrays-layouts",
)
def transpose_reverses(*_):
    """You think that transpose reverses the axes."""
    return _right() | {"f": (4, 3, 2)}


@mistake(
    "predictions",
    hint="A sum of small whole numbers is computed in 64 bits, and does not stop at 255.",
    read="sec-arrays-wrap",
)
def sum_saturates(*_):
    """You think that a sum of uint8 stops at 255."""
    return _right() | {"h": 255}


@mistake(
    "predictions",
    hint="There is no error: (5,) stands below (5, 1) aligned at the right, and each 1 is stretched.",
    read="sec-arrays-rule",
)
def row_minus_column_is_an_error(*_):
    """You think that a row minus a column is an error."""
    return _right() | {"e": "error"}


# --- right answers, written another way ---


@alternative("predictions")
def found_by_running():
    """Found by running the lines."""
    return {letter: run(line) for letter, line in lines.items()}


@alternative("predictions")
def written_loosely():
    """Lists for tuples, tuples for lists, NumPy's own types."""
    answers = {"a": [3, 4], "b": [2, 1, 4], "c": [2, 4], "d": [2, 3, 1], "e": [5, 5]}
    answers |= {"f": [4, 2, 3], "g": (4, 30), "h": np.int64(270), "i": np.dtype("float64")}
    answers |= {"j": np.dtype("float32"), "k": "float64", "l": np.bool_(True), "m": False}
    return answers | {"n": True, "o": np.bool_(False), "p": False, "q": True}
