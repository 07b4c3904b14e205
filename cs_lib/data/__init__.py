"""Data sets by name: `load("shapes")`, `load("cifar10")`."""

from . import shapes
from .dataset import Dataset

__all__ = ["Dataset", "load"]

_LOADERS = {"shapes": shapes.load}


def load(name, **options):
    """Load a data set by its name."""
    return _LOADERS[name](**options)
