"""How the figures look: colours that colour-blind readers tell apart, markers, sizes."""

import matplotlib as mpl
import matplotlib.pyplot as plt

# Okabe & Ito, Color Universal Design (2008); the order puts the pair that differs most first.
COLORS = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#D55E00",  # vermilion
    "#56B4E9",  # sky blue
    "#F0E442",  # yellow
    "#000000",  # black
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # one for each colour, never colour alone
GOOD, BAD = COLORS[2], COLORS[4]

WIDTH = 6.0  # inches; letters of 11 points on it are 18 pixels in a column of 700, 9 on a phone
STYLE = {
    "figure.figsize": (WIDTH, 3.6),
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": mpl.cycler(color=COLORS, linestyle=2 * ["-", "--", "-.", ":"]),
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.markersize": 5,
}


def use_style():
    """Draw everything that follows in the course's style. A page of the book calls it once."""
    plt.rcParams.update(STYLE)


def new_axes(ax, *, height, width=WIDTH):
    """The given axes or, for None, those of a new figure in the course's style, size in inches."""
    if ax is None:
        # Start the backend before the context: leaving it would undo what a notebook's backend
        # switches on, and no later plot of that notebook would be shown.
        plt.draw_if_interactive()
        with plt.rc_context(STYLE):
            _, ax = plt.subplots(figsize=(width, height))
    return ax
