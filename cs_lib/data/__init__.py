"""Data sets by name: `load("shapes")` is generated, `load("cifar10")` downloaded once.

`photograph("cat")` is one of a few photographs that come along.
"""

import inspect

from . import cifar10, shapes
from .dataset import Dataset, check_dtype, suggest
from .download import DataError
from .photographs import photograph

__all__ = ["DataError", "Dataset", "load", "photograph"]

_LOADERS = {"cifar10": cifar10.load, "shapes": shapes.load}


def load(name, **options):
    """Load a data set by its name.

    load("shapes", n_train=5000, n_test=1000, seed=0, dtype="float32")
    load("cifar10", n_train=None, n_test=None, dtype="float32"), None meaning all

    Returns a Dataset. float32 images lie in [0, 1], uint8 images in [0, 255]. Raises ValueError
    or TypeError for what it cannot understand and DataError for what it cannot get.
    """
    if name not in list(_LOADERS):  # a list takes what cannot be hashed, too
        raise ValueError(f"load: unknown data set {name!r}{suggest(name, _LOADERS, 'Known')}")
    known = inspect.signature(_LOADERS[name]).parameters
    for option in options:
        if option not in known:
            raise TypeError(
                f"load: unknown option {option!r} of {name!r}{suggest(option, known, 'Options')}"
            )
    check_dtype("load", options.get("dtype", "float32"))
    return _LOADERS[name](**options)
