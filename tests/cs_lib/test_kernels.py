"""Kernels, perceptrons and kernel PCA against scikit-learn, plain loops and explicit features."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from both_libraries import check_error
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import decomposition, linear_model, svm
from sklearn.metrics import pairwise

from cs_lib.numpy import kernels
from cs_lib.numpy.features import GMM, pca
from cs_lib.numpy.kernels import KernelPCA, KernelPerceptron, Perceptron, perceptron_bound


def points(n=40, d=3, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)


def separable(n=60, d=4, gap=0.3, seed=0):
    """Points that a plane off the origin parts, none of them within gap of it."""
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal(d)
    normal /= np.linalg.norm(normal)
    x = rng.standard_normal((n, d))
    y = np.where(x @ normal > 0.4, 1, -1)
    return x + gap * y[:, None] * normal, y


CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([-1, 1, 1, -1])

# --- kernels ---

KERNELS = {
    "linear_kernel": [({}, {})],
    "polynomial_kernel": [
        ({}, {"degree": 2, "gamma": 1, "coef0": 1}),
        ({"degree": 3, "gamma": 0.4, "coef0": 0}, {"degree": 3, "gamma": 0.4, "coef0": 0}),
    ],
    "rbf_kernel": [({"gamma": 1}, {"gamma": 1}), ({"gamma": 0.2}, {"gamma": 0.2})],
}
CASES = [(name, *options) for name, rows in KERNELS.items() for options in rows]


@pytest.mark.parametrize(("name", "ours", "theirs"), CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_kernels_are_those_of_scikit_learn(name, ours, theirs, dtype):
    x1, x2 = (np.abs(3 * points(n, 5, n)).astype(dtype) for n in (7, 11))
    before = x1.copy()
    got = getattr(kernels, name)(x1, x2, **ours)
    want = getattr(pairwise, name)(x1.astype(float), x2.astype(float), **theirs)
    assert got.dtype == ("float64" if dtype == "uint8" else dtype)
    assert_allclose(got, want, rtol=1e-4 if dtype == "float32" else 1e-11, atol=1e-12)
    assert_array_equal(x1, before)


@pytest.mark.parametrize(("name", "options", "_"), CASES)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_a_kernel_is_an_inner_product(name, options, _, seed):
    x = points(12, 3, seed)
    gram = getattr(kernels, name)(x, x, **options)
    assert_allclose(gram, gram.T, rtol=1e-12)
    assert np.linalg.eigvalsh(gram).min() > -1e-10 * np.abs(gram).max()


def test_fisher_kernel_is_that_of_the_gradients_of_the_likelihood():
    """Gradients by autograd; the Fisher information of a mean is w/σ², of a deviation 2w/σ²."""
    rng = np.random.default_rng(0)
    gmm = GMM(np.array([0.3, 0.7]), rng.standard_normal((2, 3)), rng.uniform(0.5, 2, (2, 3)))
    x1, x2 = rng.standard_normal((4, 9, 3)), rng.standard_normal((5, 6, 3))
    weights = torch.tensor(gmm.weights)
    means = torch.tensor(gmm.means, requires_grad=True)
    deviations = torch.tensor(np.sqrt(gmm.variances), requires_grad=True)

    def gradient(descriptors):
        normal = torch.distributions.Normal(means, deviations)
        log = normal.log_prob(torch.tensor(descriptors)[:, None]).sum(dim=2) + weights.log()
        by_mean, by_deviation = torch.autograd.grad(
            log.logsumexp(dim=1).mean(), (means, deviations)
        )
        unit = deviations.detach() / weights.sqrt()[:, None]
        return torch.cat([(by_mean * unit).ravel(), (by_deviation * unit / 2**0.5).ravel()])

    want = [[float(gradient(a) @ gradient(b)) for b in x2] for a in x1]
    assert_allclose(kernels.fisher_kernel(x1, x2, gmm), want, rtol=1e-9)


# --- units ---


@pytest.mark.parametrize(
    ("weight", "threshold", "want"),
    [
        ([1, 1], 2, [0, 0, 0, 1]),  # and
        ([1, 1], 1, [0, 1, 1, 1]),  # or
        ([1, -1], 1, [0, 0, 1, 0]),  # the first and not the second
        ([-1, -1], 0, [1, 0, 0, 0]),  # neither
    ],
)
def test_a_unit_of_thresholds_computes_and_or_not(weight, threshold, want):
    got = kernels.mcculloch_pitts(CORNERS, weight, threshold)
    assert got.dtype == np.int64
    assert got.tolist() == want


def test_no_single_unit_computes_xor_but_three_do():
    for weight in itertools.product(range(-3, 4), repeat=2):
        for threshold in np.arange(-6, 7) / 2:
            assert kernels.mcculloch_pitts(CORNERS, weight, threshold).tolist() != [0, 1, 1, 0]
    hidden = [kernels.mcculloch_pitts(CORNERS, w, 1) for w in ([1, -1], [-1, 1])]
    assert kernels.mcculloch_pitts(np.stack(hidden, 1), [1, 1], 1).tolist() == [0, 1, 1, 0]


# --- the perceptron ---


def naive_perceptron(x, y, max_epochs):
    w, b, updates = [0.0] * len(x[0]), 0.0, 0
    for _ in range(max_epochs):
        mistakes = 0
        for row, t in zip(x, y, strict=True):
            if t * (sum(a * v for a, v in zip(w, row, strict=True)) + b) <= 0:
                w = [a + t * v for a, v in zip(w, row, strict=True)]
                b += t
                mistakes += 1
        updates += mistakes
        if not mistakes:
            return w, b, updates, True
    return w, b, updates, False


@pytest.mark.parametrize("max_epochs", [1, 2, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_the_perceptron_is_its_loop(seed, max_epochs):
    x, y = separable(gap=0.01, seed=seed + 1)
    model = Perceptron(max_epochs=max_epochs).fit(x, y)
    w, b, updates, converged = naive_perceptron(x.tolist(), y.tolist(), max_epochs)
    assert_allclose(model.weight, w, rtol=1e-9, atol=1e-12)
    assert (model.bias, model.updates_, model.converged_) == (b, updates, converged)
    assert converged == (max_epochs == 1000)  # and not after one epoch or two


@pytest.mark.parametrize("epochs", [1, 5])
def test_the_perceptron_is_that_of_scikit_learn_after_as_many_epochs(epochs):
    x, y = points(50, 4), np.where(points(50, 1, 9)[:, 0] > 0, 1, -1)  # not separable
    theirs = linear_model.Perceptron(max_iter=epochs, tol=None, shuffle=False).fit(x, y)
    ours = Perceptron(max_epochs=epochs).fit(x, y)
    assert_allclose(ours.weight, theirs.coef_[0], rtol=1e-9)
    assert ours.bias == pytest.approx(theirs.intercept_[0])
    assert_array_equal(ours.predict(x), theirs.predict(x))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.05, 2), st.booleans())
def test_updates_stay_within_the_bound_of_any_separator_in_any_order(seed, gap, shuffled):
    x, y = separable(40, 3, gap, seed)
    rng = np.random.default_rng(seed) if shuffled else None
    model = Perceptron(max_epochs=10**5).fit(x, y, rng=rng)
    assert model.converged_
    assert_array_equal(model.predict(x), y)
    assert model.updates_ <= perceptron_bound(x, y, model.weight, model.bias)


def test_the_bound_is_the_squared_ratio_of_radius_to_margin():
    """On a line: -3, -1 and 2. (1, 0) parts them; (x, 1) is √10 long, and 1 off the plane."""
    x, y = np.array([[-3.0], [-1], [2]]), np.array([-1, -1, 1])
    assert perceptron_bound(x, y, [1.0]) == pytest.approx(10)
    assert perceptron_bound(x, y, [5.0], 0) == pytest.approx(10)  # the length of weight is nothing
    assert perceptron_bound(x, y, [2.0], -1) == pytest.approx(10 * 5 / 9)


def test_the_separator_of_largest_margin_has_the_least_bound():
    x, y = separable()
    with_one = np.concatenate([x, np.ones((len(x), 1))], axis=1)  # the bias is a weight, as in M
    model = Perceptron(max_epochs=10**5).fit(x, y)
    sharp = svm.LinearSVC(C=1e6, fit_intercept=False, loss="hinge", max_iter=10**6, tol=1e-6)
    w = sharp.fit(with_one, y).coef_[0]
    assert model.updates_ <= perceptron_bound(x, y, w[:-1], w[-1])
    assert perceptron_bound(x, y, w[:-1], w[-1]) < perceptron_bound(x, y, model.weight, model.bias)


def test_what_no_line_parts_ends_at_max_epochs():
    model = Perceptron(max_epochs=50).fit(CORNERS, XOR)
    assert not model.converged_
    assert model.updates_ >= 50


def test_the_order_decides_which_separator_is_found():
    x, y = separable()
    given, same, other = (
        Perceptron().fit(x, y, rng=rng) for rng in (None, None, np.random.default_rng(1))
    )
    assert_array_equal(given.weight, same.weight)
    assert not np.allclose(given.weight, other.weight)
    assert_array_equal(given.predict(x), other.predict(x))


# --- the kernel perceptron ---


def with_constant(x1, x2):
    return kernels.linear_kernel(x1, x2) + 1


def quadratic_features(x):
    """φ with φ(x)·φ(z) = (x·z + 1)² but for the constant 1, for which a perceptron has its bias."""
    root = np.sqrt(2)
    return np.stack(
        [root * x[:, 0], root * x[:, 1], x[:, 0] ** 2, x[:, 1] ** 2, root * x[:, 0] * x[:, 1]], 1
    )


@pytest.mark.parametrize("seed", [None, 3])
def test_with_a_linear_kernel_it_is_the_perceptron(seed):
    x, y = separable()
    rngs = (None if seed is None else np.random.default_rng(seed) for _ in range(2))
    plain = Perceptron().fit(x, y, rng=next(rngs))
    dual = KernelPerceptron(with_constant).fit(x, y, rng=next(rngs))
    assert (dual.updates_, dual.converged_) == (plain.updates_, plain.converged_)
    assert_allclose(dual.dual_coef_ @ x, plain.weight, rtol=1e-9, atol=1e-12)  # the representer
    assert dual.dual_coef_.sum() == plain.bias
    new = points(30, 4, 5)
    assert_allclose(dual.decision_function(new), plain.decision_function(new), rtol=1e-9)
    assert_array_equal(dual.predict(new), plain.predict(new))


@pytest.mark.parametrize("seed", range(3))
def test_with_a_polynomial_kernel_it_is_the_perceptron_on_products(seed):
    x = points(60, 2, seed)
    y = np.where((x**2).sum(axis=1) > 1.2, 1, -1)
    x *= np.where(y == 1, 1.2, 0.8)[:, None]  # a ring with a gap
    plain = Perceptron(max_epochs=10**4).fit(quadratic_features(x), y)
    dual = KernelPerceptron(kernels.polynomial_kernel, max_epochs=10**4).fit(x, y)
    assert plain.converged_
    assert dual.updates_ == plain.updates_
    new = points(30, 2, 9)
    want = plain.decision_function(quadratic_features(new))
    assert_allclose(dual.decision_function(new), want, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("kernel", [kernels.polynomial_kernel, kernels.rbf_kernel])
def test_a_kernel_solves_xor(kernel):
    model = KernelPerceptron(kernel).fit(CORNERS, XOR)
    assert model.converged_
    assert_array_equal(model.predict(CORNERS), XOR)


def test_dual_coefficients_count_the_updates_of_every_point():
    x, y = separable()
    model = KernelPerceptron(with_constant).fit(x, y)
    counts = model.dual_coef_ * y
    assert (counts >= 0).all()
    assert counts.sum() == model.updates_


# --- kernel PCA ---


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize(
    ("kernel", "name", "options"),
    [
        (partial(kernels.rbf_kernel, gamma=1), "rbf", {"gamma": 1}),
        (kernels.polynomial_kernel, "poly", {"degree": 2, "gamma": 1, "coef0": 1}),
        (kernels.linear_kernel, "linear", {}),
    ],
)
def test_kernel_pca_is_that_of_scikit_learn(kernel, name, options, d):
    x, new = points(30, 5) + 3, points(12, 5, 7)  # far from the centre
    theirs = decomposition.KernelPCA(d, kernel=name, eigen_solver="dense", **options).fit(x)
    ours = KernelPCA(d, kernel).fit(x)
    assert_allclose(ours.eigenvalues_, theirs.eigenvalues_, rtol=1e-9)
    for data in (x, new):
        got, want = ours.transform(data), theirs.transform(data)
        signs = np.sign((got * want).sum(axis=0))  # a direction may point either way
        assert got.shape == (len(data), d)
        assert_allclose(got, want * signs, rtol=1e-6, atol=1e-8)


def test_with_a_linear_kernel_it_is_pca():
    x = points(30, 4) * [1, 2, 3, 4] + 7
    mean, axes = pca(x, 3)
    got = KernelPCA(3, kernels.linear_kernel).fit(x).transform(x)
    want = (x - mean) @ axes
    assert_allclose(got, want * np.sign((got * want).sum(axis=0)), rtol=1e-8, atol=1e-10)


def test_all_components_keep_all_inner_products():
    """With as many as there are, features of k are centred φ: Z Zᵀ is the centred Gram matrix."""
    x = points(15, 3)
    z = KernelPCA(14).fit(x).transform(x)
    gram = kernels.rbf_kernel(x, x, gamma="scale")
    centre = np.eye(15) - 1 / 15
    assert_allclose(z @ z.T, centre @ gram @ centre, atol=1e-10)
    assert_allclose(z.mean(axis=0), 0, atol=1e-10)


# --- errors ---

X, Y = points(6, 2), np.array([1, 1, -1, 1, -1, -1])
# fmt: off
ERRORS = [
    (ValueError, "linear_kernel: x1 has 2 columns, x2 has 3; both must be (N, D) with the same D",
     lambda: kernels.linear_kernel(X, points(6, 3))),
    (ValueError, "polynomial_kernel: degree is 1.5, gamma 1.0, coef0 1.0; they must be a whole "
     "number from 1, above 0, and at least 0",
     lambda: kernels.polynomial_kernel(X, X, degree=1.5)),
    (ValueError, "rbf_kernel: gamma is -1; it must be above 0, or 'scale'",
     lambda: kernels.rbf_kernel(X, X, gamma=-1)),
    (ValueError, "mcculloch_pitts: x must be 0 and 1 only: its inputs are other units",
     lambda: kernels.mcculloch_pitts(X, [1, 1], 1)),
    (ValueError, "mcculloch_pitts: weight has shape (3,), x has 2 columns; it must be (2,)",
     lambda: kernels.mcculloch_pitts(CORNERS, [1, 1, 1], 1)),
    (ValueError, "Perceptron.fit: y has [0, 1]; it must be -1 and 1 only: from 0 and 1 make "
     "2 * y - 1", lambda: Perceptron().fit(X, (Y + 1) // 2)),
    (ValueError, "KernelPerceptron.fit: y has shape (5,); it must be (6,), one label for each "
     "point", lambda: KernelPerceptron().fit(X, Y[1:])),
    (TypeError, "Perceptron.fit: y is float64; labels must be integers",
     lambda: Perceptron().fit(X, Y + 0.0)),
    (RuntimeError, "Perceptron.decision_function: call fit first",
     lambda: Perceptron().predict(X)),
    (RuntimeError, "KernelPCA.transform: call fit first",
     lambda: KernelPCA(2).transform(X)),
    (ValueError, "KernelPerceptron.decision_function: x has 3 values per point, fit saw 2; both "
     "must agree", lambda: KernelPerceptron().fit(X, Y).predict(points(4, 3))),
    (ValueError, "perceptron_bound: 3 of 6 points are not on their side of the plane; the bound "
     "needs a weight and bias that separate all",
     lambda: perceptron_bound(X, Y, [0.0, 0.0], 1)),
    (ValueError, "KernelPCA.fit: n_components is 3, but the points vary in 2 directions only; it "
     "must be from 1 to 2", lambda: KernelPCA(3, kernels.linear_kernel).fit(X)),
    (ValueError, "KernelPCA.fit: n_components is 6, but the points vary in 5 directions only; it "
     "must be from 1 to 5", lambda: KernelPCA(6).fit(X)),
    (ValueError, "KernelPCA.fit: n_components is 0, but the points vary in 5 directions only; it "
     "must be from 1 to 5", lambda: KernelPCA(0).fit(X)),
]
# fmt: on


@pytest.mark.parametrize(("error", "message", "call"), ERRORS)
def test_bad_input_to_kernel_methods_is_told_what_to_do(error, message, call):
    check_error(error, message, call)


@pytest.mark.parametrize("d", [2, 64, 3072])
@pytest.mark.parametrize("scale", [0.01, 1, 255])
def test_the_scale_of_scikit_learn_suits_any_number_and_size_of_columns(d, scale):
    x, new = scale * points(60, d) + 5, scale * points(7, d, 1) + 5
    model = svm.SVC(gamma="scale").fit(x, np.arange(60) % 2)
    gram = kernels.rbf_kernel(new, x)
    assert_array_equal(gram, kernels.rbf_kernel(new, x, gamma="scale"))
    assert_allclose(gram, pairwise.rbf_kernel(new, x, gamma=model._gamma), rtol=1e-8)
    assert 0.01 < np.median(gram) < 0.9  # neither all alike nor each alone
    assert_array_equal(kernels.rbf_kernel(np.ones((2, 3)), np.ones((4, 3)), gamma="scale"), 1)


@pytest.mark.parametrize("scale", [1, 100])
def test_by_default_kernel_methods_learn_many_columns(scale):
    rng = np.random.default_rng(0)
    y = np.where(rng.random(400) < 0.5, -1, 1)
    x = scale * (rng.standard_normal((400, 64)) + 0.4 * y[:, None])
    model = KernelPerceptron().fit(x[:200], y[:200])
    assert (model.predict(x[200:]) == y[200:]).mean() > 0.95
    z = KernelPCA(1).fit(x[:200]).transform(x[200:])[:, 0]
    right = (np.sign(z) == y[200:]).mean()
    assert max(right, 1 - right) > 0.95
