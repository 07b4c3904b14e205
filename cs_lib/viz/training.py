"""Plots of how a training went."""

import numpy as np

from .style import COLORS, new_axes


def show_history(history, quantity="loss", *, ax=None):
    """Draw a trainer's loss or accuracy against the epoch, and return the axes.

    history: a Trainer's, lists of one number an epoch; quantity: "loss" or "accuracy". The
    validation's line is dashed, and missing where nothing was evaluated.
    """
    if quantity not in ("loss", "accuracy"):
        raise ValueError(f"show_history: quantity is {quantity!r}; it must be 'loss' or 'accuracy'")
    ax = new_axes(ax, width=5, height=3.4)
    lines = [(quantity, "training", "o-"), (f"val_{quantity}", "validation", "s--")]
    for (name, label, style), color in zip(lines, COLORS, strict=False):
        if history[name]:
            epochs = np.arange(1, len(history[name]) + 1)
            ax.plot(epochs, history[name], style, color=color, markersize=4, label=label)
    ax.set(xlabel="epoch", ylabel=quantity)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(frameon=False)
    return ax
