"""Plots of what a classifier does: its confusions, and the regions into which it cuts the plane."""

import numpy as np
from matplotlib.colors import ListedColormap

from .style import COLORS, MARKERS, new_axes


def show_confusion(matrix, classes, *, ax=None):
    """Draw a confusion matrix, rows true and columns predicted, and return the axes.

    matrix: (K, K) counts, classes: K names. The shade is a count's share of its row, so that
    classes with few images show as clearly as those with many.
    """
    matrix = np.asarray(matrix)
    if matrix.shape != (len(classes), len(classes)):
        raise ValueError(
            f"show_confusion: matrix is {matrix.shape} for {len(classes)} classes; "
            f"expected ({len(classes)}, {len(classes)})"
        )
    ax = new_axes(ax, height=5.4)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)  # a class without images: 0
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    ticks = np.arange(len(classes))
    ax.set_xticks(ticks, classes, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(ticks, classes)
    ax.set(xlabel="predicted class", ylabel="true class")
    for (row, column), count in np.ndenumerate(matrix):
        shade = "white" if share[row, column] > 0.5 else "black"
        ax.text(column, row, f"{count:g}", ha="center", va="center", color=shade, fontsize=9)
    return ax


def show_decision_regions(predict, points, labels, *, classes=None, resolution=200, ax=None):
    """Colour the plane by the class that `predict` gives each place, with the points on top.

    predict: function of points (G, 2) -> classes (G,); points: (N, 2); labels: (N,) whole numbers
    from 0 to 7; classes: names for the legend. Returns the axes.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            f"show_decision_regions: points is {points.shape}, labels is {labels.shape}; "
            "expected (N, 2) and (N,)"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < len(COLORS):
        raise ValueError(
            f"show_decision_regions: labels from {labels.min()} to {labels.max()}; "
            f"there are colours for 0 to {len(COLORS) - 1}"
        )
    ax = new_axes(ax, width=5, height=4)
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    x, y = np.linspace(low, high, resolution).T
    grid = np.stack(np.meshgrid(x, y), axis=-1)  # (resolution, resolution, 2), y along the rows
    region = np.asarray(predict(grid.reshape(-1, 2))).reshape(resolution, resolution)

    ax.pcolormesh(
        x, y, region, cmap=ListedColormap(COLORS), vmin=-0.5, vmax=len(COLORS) - 0.5,
        alpha=0.3, shading="nearest", rasterized=True,
    )  # fmt: skip
    for label in np.unique(region):  # a line round each region: colour is not the only sign
        if not (region == label).all():
            ax.contour(x, y, region == label, levels=[0.5], colors="black", linewidths=0.8)
    for label in np.unique(labels):
        ax.scatter(
            *points[labels == label].T,
            color=COLORS[label], marker=MARKERS[label], edgecolor="black", linewidth=0.6,
            label=f"class {label}" if classes is None else classes[label], zorder=3,
        )  # fmt: skip
    ax.set(xlabel="first feature", ylabel="second feature", xlim=x[[0, -1]], ylim=y[[0, -1]])
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return ax
