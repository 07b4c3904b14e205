"""What a linear classifier has learned, as pictures, and the way on which a minimum was reached."""

import numpy as np

from .images import show_images
from .style import COLORS, MARKERS, new_axes


def show_templates(weight, shape, labels=None, *, columns=5, ax=None):
    """Draw each row of a weight matrix as an image, and return the axes.

    weight: (K, C·H·W), shape: (C, H, W), C 3 or 1, labels: K texts. Middle grey is a weight of 0.
    The largest weight of each row, by size, is as bright or as dark as can be.
    """
    weight = np.asarray(weight)
    if weight.ndim != 2 or len(shape) != 3 or weight.shape[1] != np.prod(shape):
        raise ValueError(
            f"show_templates: weight is {weight.shape}, shape is {tuple(shape)}; "
            "expected (K, C*H*W) and (C, H, W)"
        )
    largest = np.abs(weight).max(axis=1, keepdims=True)
    pictures = 0.5 + 0.5 * weight / np.where(largest > 0, largest, 1)
    return show_images(pictures.reshape(-1, *shape), labels, columns=columns, ax=ax)


def show_descent(f, paths, xlim, ylim, *, levels=12, marks=True, ax=None):
    """Draw level lines of a function of the plane, with paths on top, and return the axes.

    f: function of points (G, 2) -> values (G,); paths: {name: (T, 2) points, in order}, up to 8
    levels: how many, or their values; marks: whether each point of a path has a marker
    """
    if len(paths) > len(COLORS):
        raise ValueError(f"show_descent: {len(paths)} paths; there are {len(COLORS)} colours")
    ax = new_axes(ax, width=5, height=4)
    x, y = np.linspace(*xlim, 150), np.linspace(*ylim, 150)
    grid = np.stack(np.meshgrid(x, y), axis=-1)  # (150, 150, 2), y along the rows
    values = np.asarray(f(grid.reshape(-1, 2))).reshape(150, 150)
    ax.contour(x, y, values, levels=levels, colors="#999999", linewidths=0.8, linestyles="-")
    for i, (name, path) in enumerate(paths.items()):
        points = np.asarray(path)
        ax.plot(
            *points.T, "-", color=COLORS[i], marker=MARKERS[i] if marks else "",
            markersize=4, linewidth=1.5, label=name,
        )  # fmt: skip
        ax.plot(*points[0], MARKERS[i], color="black", markersize=7)  # where it starts
    ax.set(xlim=xlim, ylim=ylim)
    return ax
