"""Data sets by name: `load("shapes")` is generated, `load("cifar10")` downloaded once."""

import difflib
import inspect

from . import cifar10, shapes
from .dataset import Dataset
from .download import DataError

__all__ = ["DataError", "Dataset", "load"]

_LOADERS = {"cifar10": cifar10.load, "shapes": shapes.load}
_DTYPES = ("float32", "uint8")


def load(name, **options):
    """Load a data set by its name.

    load("shapes", n_train=5000, n_test=1000, seed=0, dtype="float32")
    load("cifar10", n_train=None, n_test=None, dtype="float32"), None meaning all

    Returns a Dataset. float32 images lie in [0, 1], uint8 images in [0, 255]. Raises ValueError
    or TypeError for what it cannot understand and DataError for what it cannot get.
    """
    if name not in list(_LOADERS):  # a list takes what cannot be hashed, too
        raise ValueError(f"load: unknown data set {name!r}{_suggest(name, _LOADERS, 'Known')}")
    known = inspect.signature(_LOADERS[name]).parameters
    for option in options:
        if option not in known:
            raise TypeError(
                f"load: unknown option {option!r} of {name!r}{_suggest(option, known, 'Options')}"
            )
    dtype = options.get("dtype", "float32")
    if dtype not in _DTYPES:
        raise ValueError(f"load: dtype is {dtype!r}{_suggest(dtype, _DTYPES, 'Known')}")
    return _LOADERS[name](**options)


def _suggest(word, known, title):
    """The end of a message about an unknown word: what may have been meant, and what there is."""
    close = difflib.get_close_matches(str(word), known, n=1)
    question = f"; did you mean {close[0]!r}?" if close else "."
    return f"{question} {title}: {', '.join(sorted(known))}"
