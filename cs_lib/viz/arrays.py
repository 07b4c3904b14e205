"""Pictures of arrays: their entries in boxes, broadcasting as stretched boxes, views on memory."""

import numpy as np
from matplotlib.patches import Rectangle

from .style import COLORS, new_axes

_PICKED = COLORS[5]  # on it, black numbers stay readable


def show_array(array, *, picked=None, ax=None):
    """Draw the entries of an array in boxes, rows down and columns across, and return the axes.

    array: (n,) or (n, m); picked: of its shape, true where a box is coloured and thickly framed
    """
    array = _table(array, "show_array")
    picked = np.zeros(array.shape, bool) if picked is None else np.asarray(picked, bool)
    picked = picked.reshape(-1, picked.shape[-1])
    if picked.shape != array.shape:
        raise ValueError(f"show_array: picked is {picked.shape}; it must be {array.shape}")
    rows, columns = array.shape
    ax = _canvas(ax, columns, rows)
    _boxes(ax, array, 0, 0, picked=picked)
    return ax


def show_broadcast(a, b, *, ax=None):
    """Draw a + b as NumPy computes it, each operand stretched to the shape of the sum.

    a, b: (n,) or (n, m), shapes that broadcast. What is stretched, not stored, is pale and dashed.
    """
    a, b = np.asarray(a), np.asarray(b)
    _table(a, "show_broadcast"), _table(b, "show_broadcast")
    total = _table(a + b, "show_broadcast")
    rows, columns = total.shape
    step = columns + 1.4
    ax = _canvas(ax, 2 * step + columns, rows + 0.7)
    for left, array, sign in ((0, a, "+"), (step, b, "="), (2 * step, total, "")):
        stored = np.zeros(total.shape, bool)
        own = (1,) * (2 - array.ndim) + array.shape
        stored[: own[0], : own[1]] = True
        _boxes(ax, np.broadcast_to(array, total.shape), left, 0, stretched=~stored)
        ax.text(left + columns + 0.7, rows / 2, sign, ha="center", va="center", fontsize=16)
        shape = (a + b).shape if array is total else array.shape
        ax.text(left + columns / 2, rows + 0.4, str(shape), ha="center", va="center", fontsize=11)
    return ax


def show_memory(array, view, *, ax=None):
    """Draw the memory of an array as one strip, and where on it the entries of a view lie.

    array: (n,) or (n, m), contiguous; view: shares its memory. Boxes of the view are coloured; the
    number below a box says when the view, read row by row, comes to it (0 is first).
    """
    array, view = np.asarray(array), np.asarray(view)
    if not array.flags.c_contiguous or array.size == 0:
        raise ValueError(f"show_memory: array {array.shape} is empty or not contiguous; copy it")
    places = _places(array, view)
    strip = array.reshape(1, -1)
    ax = _canvas(ax, strip.size, 1.6)
    picked = np.isin(np.arange(strip.size), places)[None]
    _boxes(ax, strip, 0, 0, picked=picked)
    for place in np.unique(places):
        turns = np.flatnonzero(places == place)
        text = ",".join(map(str, turns))
        ax.text(place + 0.5, 1.35, text, ha="center", va="center", fontsize=9, color=COLORS[0])
    return ax


def _places(array, view):
    """Where in the flattened array each entry of the view lies, row by row: (view.size,)"""
    start = array.__array_interface__["data"][0]
    offset = np.array(view.__array_interface__["data"][0] - start)
    for size, stride in zip(view.shape, view.strides, strict=True):
        offset = offset[..., None] + np.arange(size) * stride
    places = offset.ravel() // array.itemsize
    same = view.dtype == array.dtype and not (offset % array.itemsize).any()
    if not same or view.size == 0 or places.min() < 0 or places.max() >= array.size:
        raise ValueError("show_memory: the view holds entries that are not in the array's memory")
    return places


def _table(array, name):
    """A 1-D array as one row, a 2-D array as it is."""
    array = np.asarray(array)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"{name}: an array is {array.shape}; it must be (n,) or (n, m), not empty")
    return array.reshape(-1, array.shape[-1])


def _canvas(ax, width, height):
    """Axes without ticks, in units of a box, y down."""
    inches = min(6.0, 0.5 * width)
    ax = new_axes(ax, width=inches, height=inches * (height + 0.1) / (width + 0.1))
    ax.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05), aspect="equal")
    ax.axis("off")
    return ax


def _boxes(ax, array, left, top, *, picked=None, stretched=None):
    for (row, column), value in np.ndenumerate(array):
        pale = stretched is not None and stretched[row, column]
        chosen = picked is not None and picked[row, column]
        box = Rectangle(
            (left + column, top + row), 1, 1,
            facecolor=_PICKED if chosen else "#f4f4f4" if pale else "white",
            edgecolor="#999999" if pale else "black",
            linestyle="--" if pale else "-",
            linewidth=2 if chosen else 1,
            zorder=1 if pale else 3 if chosen else 2,
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(
            left + column + 0.5, top + row + 0.5, f"{value:g}", ha="center", va="center",
            color="#666666" if pale else "black", zorder=4,
        )  # fmt: skip
