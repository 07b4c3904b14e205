"""A data set: four arrays, the names of its classes, and its own name."""

import difflib
import operator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Labelled images, split into a training and a test part.

    x_train: (N, C, H, W), x_test: (M, C, H, W), float32 in [0, 1] or uint8 in [0, 255]
    y_train: (N,), y_test: (M,), int64; classes[label] is a class's name
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    name: str

    def __repr__(self):
        return (
            f"Dataset({self.name!r}, {self.x_train.dtype}, x_train: {self.x_train.shape}, "
            f"x_test: {self.x_test.shape}, {len(self.classes)} classes)"
        )


DTYPES = ("float32", "uint8")


def check_dtype(caller, dtype):
    """Raise ValueError for a dtype that images do not come in."""
    if dtype not in DTYPES:
        raise ValueError(f"{caller}: dtype is {dtype!r}{suggest(dtype, DTYPES, 'Known')}")


def suggest(word, known, title):
    """The end of a message about an unknown word: what may have been meant, and what there is."""
    close = difflib.get_close_matches(str(word), known, n=1)
    question = f"; did you mean {close[0]!r}?" if close else "."
    return f"{question} {title}: {', '.join(sorted(known))}"


def as_dtype(images, dtype):
    """uint8 images in [0, 255] -> a copy in "uint8", or in "float32" in [0, 1]."""
    if dtype == "uint8":
        return images.copy()
    return np.divide(images, np.float32(255), dtype=np.float32)


def check_whole(option, n):
    """Raise TypeError or ValueError unless n is a whole number, 0 or more."""
    try:
        negative = operator.index(n) < 0
    except TypeError:
        raise TypeError(f"load: {option} is {n!r}; expected a whole number, 0 or more") from None
    if negative:
        raise ValueError(f"load: {option} is {n}; expected a whole number, 0 or more")
