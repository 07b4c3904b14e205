"""A data set: four arrays, the names of its classes, and its own name."""

from dataclasses import dataclass

import numpy as np

DTYPES = ("float32", "uint8")


@dataclass(frozen=True)
class Dataset:
    """Labelled images, split into a training and a test part.

    x_train: (N, C, H, W), x_test: (M, C, H, W), float32 in [0, 1] or uint8 in [0, 255]
    y_train: (N,), y_test: (M,), int64; classes[label] is the name of a class
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    name: str

    def __repr__(self):
        return (
            f"Dataset({self.name!r}, x_train: {self.x_train.shape} {self.x_train.dtype}, "
            f"x_test: {self.x_test.shape} {self.x_test.dtype}, {len(self.classes)} classes)"
        )


def as_dtype(images, dtype):
    """uint8 images in [0, 255] -> the same as "uint8", or "float32" in [0, 1]."""
    if dtype == "uint8":
        return images
    return images.astype(np.float32) / np.float32(255)
