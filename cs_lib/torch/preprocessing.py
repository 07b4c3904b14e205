"""Preprocessing: move and scale the data by what the *training* set is like, then all sets alike.

x: (N, D) or (N, C, H, W), float. fit(x) -> self sets attributes that end in _; transform(x) and
inverse_transform(y) undo each other. ValueError for other shapes than fit saw.
"""

import torch

from cs_lib._shared import preprocessing as _preprocessing
from cs_lib.torch import _precision

__all__ = ["PCA", "ChannelMean", "ChannelStandardize", "MeanImage", "Whitening"]


class _Preprocessing(_preprocessing.Fitted):
    def state_dict(self):
        """What fit has learned, by name, as tensors."""
        return self._state("state_dict")

    def load_state_dict(self, state_dict):
        """Take over a `state_dict`, of this class or of its NumPy twin."""
        return self._load(state_dict, _copy)


class MeanImage(_Preprocessing):
    """Subtract the mean of all images, pixel by pixel [Krizhevsky et al. 2012, §2].

    fit sets mean_: (C, H, W), or (D,).
    """

    _names = ("mean",)

    def fit(self, x):
        """x: (N, C, H, W) or (N, D) -> self"""
        _preprocessing.check_data("MeanImage.fit", x)
        self.mean_ = _mean(x, 0)
        return self

    def transform(self, x):
        """x -> x - mean_"""
        return x - self._mean_of("transform", x)

    def inverse_transform(self, y):
        """y -> y + mean_"""
        return y + self._mean_of("inverse_transform", y)


class ChannelMean(_Preprocessing):
    """Subtract the mean of each channel, over all images and pixels [Simonyan & Zisserman 2015].

    fit sets mean_: (C,).
    """

    _names = ("mean",)
    _per_channel = True

    def fit(self, x):
        """x: (N, C, H, W) or (N, C) -> self"""
        _preprocessing.check_data("ChannelMean.fit", x)
        self.mean_ = _mean(x, _all_but_channels(x))
        return self

    def transform(self, x):
        """x -> x - mean_"""
        return x - self._mean_of("transform", x)

    def inverse_transform(self, y):
        """y -> y + mean_"""
        return y + self._mean_of("inverse_transform", y)


class ChannelStandardize(_Preprocessing):
    """Mean 0 and standard deviation 1 for each channel, over all images and pixels.

    fit sets mean_: (C,), std_: (C,); a constant channel has std_ 1 and becomes 0. Of (N, D) every
    column is a channel, as in scikit-learn's StandardScaler.
    """

    _names = ("mean", "std")
    _per_channel = True

    def fit(self, x):
        """x: (N, C, H, W) or (N, C) -> self"""
        _preprocessing.check_data("ChannelStandardize.fit", x)
        axes = _all_but_channels(x)
        self.mean_ = _mean(x, axes)
        std = x.std(dim=axes, correction=0)
        self.std_ = torch.where(std > 0, std, torch.ones_like(std))
        return self

    def transform(self, x):
        """x -> (x - mean_) / std_"""
        mean = self._mean_of("transform", x)
        return (x - mean) / self.std_.reshape(mean.shape)

    def inverse_transform(self, y):
        """y -> y · std_ + mean_"""
        mean = self._mean_of("inverse_transform", y)
        return y * self.std_.reshape(mean.shape) + mean


def _mean(x, axes):
    """Added up in float64, if the device has it: float32 would lose two or three digits."""
    return x.mean(dim=axes, dtype=_precision.wide(x)).to(x.dtype)


def _all_but_channels(x):
    return (0, *range(2, x.ndim))


class PCA(_Preprocessing):
    """Coordinates along the directions of largest variance, the largest first [Pearson 1901].

    n_components: how many directions, None for all D = C·H·W
    fit sets mean_: as an example, components_: (n_components, D), rows of length 1 at right angles,
    each with its largest entry positive, and explained_variance_: (n_components,), divided by
    N - 1. Time grows with D³: 3072 values take some seconds.
    """

    _names = ("mean", "components", "explained_variance")

    def __init__(self, n_components=None):
        self.n_components = n_components

    def fit(self, x):
        """x: (N, C, H, W) or (N, D), N at least 2 -> self"""
        _preprocessing.check_data("PCA.fit", x)
        rows = x.reshape(len(x), -1)  # (N, D)
        _preprocessing.check_components("PCA.fit", self.n_components, *rows.shape)
        self.mean_ = _mean(x, 0)
        variance, components = _principal(rows)
        self.components_ = components[: self.n_components]
        self.explained_variance_ = variance[: self.n_components]
        return self

    def transform(self, x):
        """x: (N, C, H, W) or (N, D) -> (N, n_components)"""
        centred = x - self._mean_of("transform", x)
        return centred.reshape(len(x), -1) @ self.components_.T

    def inverse_transform(self, y):
        """y: (N, n_components) -> the nearest points to the data, shaped as in fit"""
        mean = self._state("inverse_transform")["mean"]
        _preprocessing.check_data("PCA.inverse_transform", y, (len(self.components_),))
        return (y @ self.components_).reshape(len(y), *mean.shape) + mean


class Whitening(_Preprocessing):
    """Values without correlation, all of variance 1 (with eps, a little less).

    method: "pca" gives coordinates along the principal directions; "zca" turns them back, so that
    an image is changed as little as can be, and stays one [Bell & Sejnowski 1997; Krizhevsky 2009].
    eps: added to each variance before the division, which would blow up noise; 0 is refused where a
    direction does not vary. fit sets mean_, components_ and explained_variance_ as `PCA` does.
    """

    _names = ("mean", "components", "explained_variance")

    def __init__(self, method="zca", *, eps=1e-5):
        _preprocessing.check_whitening(method, eps)
        self.method = method
        self.eps = eps

    def fit(self, x):
        """x: (N, C, H, W) or (N, D), N at least 2 -> self"""
        _preprocessing.check_data("Whitening.fit", x)
        rows = x.reshape(len(x), -1)  # (N, D)
        _preprocessing.check_components("Whitening.fit", None, *rows.shape)
        self.mean_ = _mean(x, 0)
        self.explained_variance_, self.components_ = _principal(rows)
        largest, smallest = float(self.explained_variance_[0]), float(self.explained_variance_[-1])
        _preprocessing.check_variance(smallest, largest, self.eps)
        return self

    def transform(self, x):
        """x: (N, C, H, W) or (N, D) -> (N, D) with "pca", as x with "zca" """
        rows = (x - self._mean_of("transform", x)).reshape(len(x), -1)
        y = rows @ self.components_.T / self._scale()
        return y if self.method == "pca" else (y @ self.components_).reshape(x.shape)

    def inverse_transform(self, y):
        """What transform gave -> x, shaped as in fit"""
        mean = self._state("inverse_transform")["mean"]
        shape = (len(self.components_),) if self.method == "pca" else tuple(mean.shape)
        _preprocessing.check_data("Whitening.inverse_transform", y, shape)
        rows = y.reshape(len(y), -1)
        rows = rows if self.method == "pca" else rows @ self.components_.T
        return (rows * self._scale() @ self.components_).reshape(len(y), *mean.shape) + mean

    def _scale(self):
        return (self.explained_variance_ + self.eps) ** 0.5  # (D,)


def _principal(rows):
    """rows: (N, D) -> variances (D,), the largest first, and their directions (D, D), one a row"""
    # The covariance squares the ratio of large to small.
    centred = rows.double() if _precision.wide(rows) == torch.float64 else rows.cpu().double()
    centred = centred - centred.mean(dim=0)
    variance, vectors = torch.linalg.eigh(centred.T @ centred / (len(rows) - 1))  # smallest first
    components = vectors.T.flip(0)
    largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
    components = components * largest.sign()  # else the sign would be a matter of chance
    return variance.flip(0).clamp(min=0).to(rows), components.to(rows)


def _copy(value):
    return torch.as_tensor(value).detach().clone()
