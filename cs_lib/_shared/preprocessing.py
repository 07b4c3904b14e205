"""What preprocessing of both libraries shares: checks, and what an object keeps."""

from cs_lib._shared import checks, layers


def check_data(caller, x, shape=None):
    """x must be float, (N, D) or (N, C, H, W); shape: of one example in fit, if fit came before."""
    checks.check_images(caller, x)
    layers.check_dtypes(caller, x=x)
    if shape is not None and tuple(x.shape[1:]) != shape:
        raise ValueError(
            f"{caller}: x has examples of shape {tuple(x.shape[1:])}, fit saw {shape}; "
            "both must agree"
        )


def check_channels(caller, x, channels):
    if x.shape[1] != channels:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} channels, fit saw {channels}; both must agree"
        )


def check_components(caller, n_components, n, d):
    """n examples of d values must have so many components."""
    if n < 2:
        raise ValueError(f"{caller}: x has 1 example, which does not vary; give more")
    if n_components is not None and not 1 <= n_components <= d:
        raise ValueError(
            f"{caller}: n_components is {n_components}; it must be from 1 to {d}, "
            "the number of values of an example"
        )


def check_whitening(method, eps):
    if method not in ("pca", "zca"):
        raise ValueError(f"Whitening: method is {method!r}; it must be 'pca' or 'zca'")
    if not eps >= 0:
        raise ValueError(f"Whitening: eps is {eps}; it must be at least 0")


def check_variance(smallest, largest, eps):
    """No direction may be divided by 0, or by rounding errors."""
    if smallest + eps <= 1e-12 * largest:
        raise ValueError(
            f"Whitening.fit: the smallest variance is {smallest:.1e} of {largest:.1e}, which "
            "leaves nothing to divide by; give eps > 0, or fewer values by PCA first"
        )


class Fitted:
    """An object whose fit sets what is listed in _names, each with an underscore at its end."""

    _names = ()
    _per_channel = False  # whether mean_ is (C,), or has the shape of an example

    def _state(self, method):
        if not hasattr(self, f"{self._names[0]}_"):
            raise RuntimeError(f"{type(self).__name__}.{method}: call fit(x) first")
        return {name: getattr(self, f"{name}_") for name in self._names}

    def _load(self, state, copy):
        for name in self._names:
            setattr(self, f"{name}_", copy(state[name]))
        return self

    def _mean_of(self, method, x):
        """mean_, in a shape to subtract from x, if x is like what fit saw."""
        mean = self._state(method)["mean"]
        caller = f"{type(self).__name__}.{method}"
        if self._per_channel:
            check_data(caller, x)
            check_channels(caller, x, len(mean))
            return mean.reshape(-1, *[1] * (len(x.shape) - 2))
        check_data(caller, x, tuple(mean.shape))
        return mean
