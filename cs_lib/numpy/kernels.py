"""Methods that see their data through inner products alone, so that a kernel can take their place.

All of them learn a vector that is a sum over the training points, w = Σ aᵢ φ(xᵢ) [Schölkopf et al.
2001, the representer theorem]; then f(x) = w·φ(x) = Σ aᵢ k(xᵢ, x), and φ is needed nowhere.
A kernel is any function of x1: (M, D) and x2: (N, D) that gives (M, N).
"""

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib.numpy.classifiers import _float_pair, _float_rows, _int_labels, cdist
from cs_lib.numpy.features.fisher import fisher_gradient

__all__ = [
    "KernelPCA",
    "KernelPerceptron",
    "Perceptron",
    "fisher_kernel",
    "linear_kernel",
    "mcculloch_pitts",
    "perceptron_bound",
    "polynomial_kernel",
    "rbf_kernel",
]

# --- kernels ---


def linear_kernel(x1, x2):
    """x1·x2: x1: (M, D), x2: (N, D) -> (M, N)"""
    x1, x2 = _float_pair("linear_kernel", x1, x2, 2)
    return x1 @ x2.T


def polynomial_kernel(x1, x2, *, degree=2, gamma=1.0, coef0=1.0):
    """(gamma·x1·x2 + coef0)^degree: all products of up to degree coordinates, if coef0 is not 0.

    x1: (M, D), x2: (N, D), degree: whole number from 1, gamma > 0, coef0 >= 0 (else it is no inner
    product) -> (M, N). scikit-learn's defaults are others: degree 3, gamma 1/D.
    """
    x1, x2 = _float_pair("polynomial_kernel", x1, x2, 2)
    if degree != int(degree) or degree < 1 or gamma <= 0 or coef0 < 0:
        raise ValueError(
            f"polynomial_kernel: degree is {degree}, gamma {gamma}, coef0 {coef0}; they must be a "
            "whole number from 1, above 0, and at least 0"
        )
    return (gamma * (x1 @ x2.T) + coef0) ** int(degree)


def rbf_kernel(x1, x2, *, gamma="scale"):
    """exp(-gamma·|x1 - x2|²): x1: (M, D), x2: (N, D), gamma > 0 -> (M, N) in (0, 1]

    gamma: a number, or "scale": 1 / (D · variance of all entries of x2, the training points), as in
    scikit-learn's SVC; x1, the new points, have no say in it. The number 1 suits points whose
    squared distances are about 1; with 64 columns of variance 1 they are about 128, and every point
    is like itself alone.
    """
    x1, x2 = _float_pair("rbf_kernel", x1, x2, 2)
    if gamma == "scale":
        variance = float(x2.var(dtype=np.float64))
        gamma = 1 / (x2.shape[1] * variance) if variance > 0 else 1.0
    if isinstance(gamma, str) or gamma <= 0:
        raise ValueError(f"rbf_kernel: gamma is {gamma}; it must be above 0, or 'scale'")
    return np.exp(-gamma * cdist(x1, x2) ** 2)


def fisher_kernel(x1, x2, gmm):
    """Do two images pull a mixture of Gaussians the same way? [Jaakkola & Haussler 1998, §2]

    The inner product of their `fisher_gradient`, which is scaled by the Fisher information.
    x1: (M, P, D), x2: (N, P', D), their descriptors; gmm: from `fit_gmm` -> (M, N)
    """
    return fisher_gradient(x1, gmm) @ fisher_gradient(x2, gmm).T


# --- units and the perceptron ---


def mcculloch_pitts(x, weight, threshold):
    """A unit of nothing but thresholds [McCulloch & Pitts 1943]: 1 where weight·x >= threshold.

    x: (N, D) of 0 and 1, weight: (D,) -> (N,) int64 of 0 and 1
    """
    x = _float_rows("mcculloch_pitts", x)
    if not np.isin(x, (0, 1)).all():
        raise ValueError("mcculloch_pitts: x must be 0 and 1 only: its inputs are other units")
    weight = np.asarray(weight)
    if weight.shape != (x.shape[1],):
        raise ValueError(
            f"mcculloch_pitts: weight has shape {weight.shape}, x has {x.shape[1]} columns; it "
            f"must be ({x.shape[1]},)"
        )
    return (x @ weight >= threshold).astype(np.int64)


class Perceptron:
    """The sign of x·weight + bias; a point on the wrong side is added to it [Rosenblatt 1958].

    fit sets weight: (D,), bias: float, updates_: how many points were added in all, and
    converged_: whether the last epoch needed none, so that every training point is right.
    """

    def __init__(self, *, max_epochs=1000):
        self.max_epochs = max_epochs  # what is not separable would go on for ever

    def fit(self, x, y, *, rng=None):
        """Start at 0, go through the points until none is wrong.

        x: (N, D) or (N, C, H, W), y: (N,) of -1 and 1 -> self. The result depends on the order:
        the given one, or one drawn from rng for every epoch.
        """
        x, y = _signed("Perceptron.fit", x, y)
        self.weight, self.bias = np.zeros(x.shape[1], x.dtype), 0.0

        def wrong(i):
            # "<=": with "<" a start at 0, where f is 0 everywhere, is never left
            return y[i] * (x[i] @ self.weight + self.bias) <= 0

        def add(i):
            self.weight += y[i] * x[i]
            self.bias += float(y[i])

        self.updates_, self.converged_ = _learn(len(x), wrong, add, self.max_epochs, rng)
        return self

    def decision_function(self, x):
        """x: (M, D) or (M, C, H, W) -> (M,), above 0 for class 1"""
        _check_fitted(self, "weight", "decision_function")
        x = _float_rows("Perceptron.decision_function", x)
        _checks.check_columns("Perceptron.decision_function", x, len(self.weight))
        return x @ self.weight + self.bias

    def predict(self, x):
        """x: (M, D) or (M, C, H, W) -> (M,) int64 of -1 and 1"""
        return np.where(self.decision_function(x) > 0, 1, -1)


def perceptron_bound(x, y, weight, bias=0.0):
    """What the updates of a `Perceptron` on x, y can never exceed: M²/δ² [Novikoff 1962].

    weight: (D,), bias: any separator; the bound is best for the one of largest margin.
    M is the longest of the vectors (x, 1), δ their smallest distance from the plane (weight, bias).
    x: (N, D), y: (N,) of -1 and 1 -> float. ValueError if weight and bias do not separate them.
    """
    x, y = _signed("perceptron_bound", x, y)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)  # a bias is one more weight
    w = np.append(weight, bias)
    _checks.check_columns("perceptron_bound", x, len(w))
    margins = y * (x @ w)
    if margins.min() <= 0:
        raise ValueError(
            f"perceptron_bound: {(margins <= 0).sum()} of {len(x)} points are not on their side of "
            "the plane; the bound needs a weight and bias that separate all"
        )
    return float((x**2).sum(axis=1).max() * (w @ w) / margins.min() ** 2)


class KernelPerceptron:
    """The sign of Σ aᵢ k(xᵢ, x): the `Perceptron` on φ(x), never written down [Aizerman 1964].

    kernel: a function of (M, D) new points and (N, D) that fit saw; no bias but a constant in it.
    fit sets dual_coef_: (N,), aᵢ: how often point i was added, times its y; x_: (N, D), the points;
    updates_ and converged_ as in `Perceptron`.
    """

    def __init__(self, kernel=rbf_kernel, *, max_epochs=1000):
        self.kernel = kernel
        self.max_epochs = max_epochs

    def fit(self, x, y, *, rng=None):
        """As `Perceptron.fit`, with N² evaluations of the kernel."""
        x, y = _signed("KernelPerceptron.fit", x, y)
        self.x_, self.dual_coef_ = x, np.zeros(len(x))
        gram = self.kernel(x, x)  # (N, N)
        scores = np.zeros(len(x))  # of all points, kept up to date

        def add(i):
            self.dual_coef_[i] += y[i]
            scores[:] += y[i] * gram[i]

        self.updates_, self.converged_ = _learn(
            len(x), lambda i: y[i] * scores[i] <= 0, add, self.max_epochs, rng
        )
        return self

    def decision_function(self, x):
        """x: (M, D) or (M, C, H, W) -> (M,), above 0 for class 1"""
        _check_fitted(self, "x_", "decision_function")
        x = _float_rows("KernelPerceptron.decision_function", x)
        _checks.check_columns("KernelPerceptron.decision_function", x, self.x_.shape[1])
        return self.kernel(x, self.x_) @ self.dual_coef_

    def predict(self, x):
        """x: (M, D) or (M, C, H, W) -> (M,) int64 of -1 and 1"""
        return np.where(self.decision_function(x) > 0, 1, -1)


def _learn(n, wrong, add, max_epochs, rng):
    """Add the wrong ones of n points, until none is: -> updates, whether it came to that"""
    updates = 0
    for _ in range(max_epochs):
        before = updates
        for i in range(n) if rng is None else rng.permutation(n):
            if wrong(i):
                add(i)
                updates += 1
        if updates == before:
            return updates, True
    return updates, False


# --- principal components ---


class KernelPCA:
    """The directions in which φ(x) varies most, as features of x [Schölkopf et al. 1998].

    kernel: a function of (M, D) new points and (N, D) that fit saw
    fit sets eigenvalues_: (n_components,), largest first, N times the variances along them;
    dual_coef_: (N, n_components), each direction as a sum of centred φ(xᵢ); x_: (N, D).
    """

    def __init__(self, n_components, kernel=rbf_kernel):
        self.n_components = n_components
        self.kernel = kernel

    def fit(self, x):
        """x: (N, D) or (N, C, H, W) -> self. ValueError if φ(x) varies in fewer directions."""
        x = _float_rows("KernelPCA.fit", x)
        self.x_ = x
        gram = self.kernel(x, x)  # (N, N)
        self._means = gram.mean(axis=0)  # (N,), of φ(x)·φ(xᵢ) over x
        values, vectors = np.linalg.eigh(self._centred(gram))
        values, vectors = values[::-1], vectors[:, ::-1]
        rank = int((values > values[0] * len(x) * np.finfo(x.dtype).eps).sum())
        if not 1 <= self.n_components <= rank:
            raise ValueError(
                f"KernelPCA.fit: n_components is {self.n_components}, but the points vary in "
                f"{rank} directions only; it must be from 1 to {rank}"
            )
        values, vectors = values[: self.n_components], vectors[:, : self.n_components]
        largest = np.abs(vectors).argmax(axis=0)
        # A direction may point either way: make its largest entry positive, on every machine.
        vectors = vectors * np.sign(vectors[largest, np.arange(self.n_components)])
        self.eigenvalues_ = values
        self.dual_coef_ = vectors / np.sqrt(values)  # directions of length 1 in the space of φ
        return self

    def transform(self, x):
        """The coordinates of φ(x) along the directions: (M, D) -> (M, n_components)"""
        _check_fitted(self, "dual_coef_", "transform")
        x = _float_rows("KernelPCA.transform", x)
        _checks.check_columns("KernelPCA.transform", x, self.x_.shape[1])
        return self._centred(self.kernel(x, self.x_)) @ self.dual_coef_

    def _centred(self, k):
        """Inner products of φ less its mean, which is as unknown as φ: (M, N) -> (M, N)"""
        return k - k.mean(axis=1, keepdims=True) - self._means + self._means.mean()


# --- what goes in ---


def _signed(caller, x, y):
    x = _float_rows(caller, x)
    y = _int_labels(caller, "y", np.asarray(y), len(x))
    if not np.isin(y, (-1, 1)).all():
        raise ValueError(
            f"{caller}: y has {np.unique(y).tolist()[:5]}; it must be -1 and 1 only: from 0 and 1 "
            "make 2 * y - 1"
        )
    return x, y


def _check_fitted(model, attribute, method):
    if not hasattr(model, attribute):
        raise RuntimeError(f"{type(model).__name__}.{method}: call fit first")
