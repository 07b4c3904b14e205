"""Figures of the course: each helper draws on an axes and returns it."""

from .arrays import show_array, show_broadcast, show_memory
from .blocks import show_blocks
from .graphs import show_graph, show_network
from .images import show_images, show_neighbors
from .linear import show_descent, show_templates
from .plots import show_confusion, show_decision_regions
from .style import COLORS, MARKERS, STYLE, use_style
from .table import table
from .training import show_history

__all__ = [
    "COLORS",
    "MARKERS",
    "STYLE",
    "show_array",
    "show_blocks",
    "show_broadcast",
    "show_confusion",
    "show_decision_regions",
    "show_descent",
    "show_graph",
    "show_history",
    "show_images",
    "show_memory",
    "show_neighbors",
    "show_network",
    "show_templates",
    "table",
    "use_style",
]
