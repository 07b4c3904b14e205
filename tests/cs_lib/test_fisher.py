"""Mixtures against scikit-learn and SciPy, Fisher vectors against torch's own gradient."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from cs_lib.numpy.features import (
    GMM,
    em,
    fisher_gradient,
    fisher_vector,
    fit_gmm,
    pca,
    posteriors,
)


def mixture(k, d, seed=0, spread=2.0):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(1, 3, k)
    return GMM(
        weights / weights.sum(), spread * rng.standard_normal((k, d)), rng.uniform(0.3, 2, (k, d))
    )


def draw(gmm, n, seed=0):
    rng = np.random.default_rng(seed)
    component = rng.choice(len(gmm.weights), n, p=gmm.weights)
    noise = rng.standard_normal((n, gmm.means.shape[1]))
    return gmm.means[component] + noise * np.sqrt(gmm.variances[component])


def scikit(gmm, x, iterations):
    """The mixture that scikit-learn has after so many steps of EM from gmm."""
    model = GaussianMixture(
        len(gmm.weights),
        covariance_type="diag",
        weights_init=gmm.weights,
        means_init=gmm.means,
        precisions_init=1 / gmm.variances,
        reg_covar=0,
        tol=0,
        max_iter=iterations,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it has not converged: we ask for that
        return model.fit(x)


# --- principal axes ---


def test_principal_axes_are_those_of_scikit_learn():
    x = np.random.default_rng(0).standard_normal((60, 7)) @ np.diag([5, 1, 3, 2, 0.5, 4, 0.1]) + 9
    mean, axes = pca(x, 4)
    want = PCA(4).fit(x)
    assert_allclose(mean, want.mean_)
    assert_allclose(np.abs(axes.T), np.abs(want.components_), atol=1e-10)
    assert_allclose(axes.T @ axes, np.eye(4), atol=1e-12)
    assert (axes[np.abs(axes).argmax(axis=0), range(4)] > 0).all()


# --- the mixture ---


@pytest.mark.parametrize("offset", [0, 1e5])
def test_posteriors_and_likelihood_are_those_of_scipy(offset):
    gmm, x = mixture(4, 3), draw(mixture(4, 3), 50)
    gmm, x = gmm._replace(means=gmm.means + offset), x + offset
    log_joint = np.stack(
        [
            np.log(w) + multivariate_normal(m, np.diag(v)).logpdf(x)
            for w, m, v in zip(*gmm, strict=True)
        ],
        axis=1,
    )
    responsibility, log_likelihood = posteriors(x, gmm)
    assert_allclose(log_likelihood, logsumexp(log_joint, axis=1), rtol=1e-8)
    want = np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True))
    assert_allclose(responsibility, want, rtol=1e-6, atol=1e-12)


def test_a_point_far_from_every_gaussian_still_belongs_to_one():
    gmm = GMM(np.array([0.5, 0.5]), np.array([[0.0], [10]]), np.ones((2, 1)))
    responsibility, log_likelihood = posteriors(np.array([[1e4], [-1e4]]), gmm)
    assert_allclose(responsibility, [[0, 1], [1, 0]])
    assert (log_likelihood < -1e7).all()
    assert np.isfinite(log_likelihood).all()


@pytest.mark.parametrize("iterations", [1, 2, 25])
def test_em_takes_the_steps_of_scikit_learn(iterations):
    x, start = draw(mixture(3, 4, seed=1), 300), mixture(3, 4, seed=2)
    want = scikit(start, x, iterations)
    got, history = em(x, start, max_iterations=iterations, tolerance=-1, variance_floor=0)
    assert len(history) == iterations
    assert_allclose(got.weights, want.weights_, rtol=1e-7)
    assert_allclose(got.means, want.means_, rtol=1e-7, atol=1e-9)
    assert_allclose(got.variances, want.covariances_, rtol=1e-7)
    assert_allclose(posteriors(x, got)[1], want.score_samples(x), rtol=1e-8)


@pytest.mark.parametrize("floor", [0, 0.8])
def test_likelihood_never_falls_also_where_the_floor_is_reached(floor):
    x = draw(mixture(4, 3, seed=1), 300)
    start = mixture(4, 3, seed=2)
    start = start._replace(variances=np.maximum(start.variances, floor))
    gmm, history = em(x, start, max_iterations=60, tolerance=1e-7, variance_floor=floor)
    assert len(history) > 5
    assert (np.diff(history) >= -1e-12).all()
    assert_allclose(gmm.weights.sum(), 1)
    if floor:
        assert gmm.variances.min() == floor


def test_em_stops_when_a_step_gains_too_little():
    x = draw(mixture(2, 2, spread=5), 400)
    _, history = em(x, mixture(2, 2, spread=5), max_iterations=100, tolerance=1e-3)
    gains = np.diff(history)
    assert gains[-1] < 1e-3
    assert (gains[:-1] >= 1e-3).all()
    assert len(history) < 100


def test_a_fit_recovers_the_mixture_that_made_the_data():
    made = GMM(
        np.array([0.5, 0.3, 0.2]),
        np.array([[0.0, 0], [8, 0], [0, 8]]),
        np.array([[1, 0.25], [0.5, 2], [1, 1]]),
    )
    got = fit_gmm(draw(made, 6000), 3, rng=np.random.default_rng(0))
    order = np.argsort(-got.weights)
    assert_allclose(got.weights[order], made.weights, atol=0.03)
    assert_allclose(got.means[order], made.means, atol=0.1)
    assert_allclose(got.variances[order], made.variances, rtol=0.12)


def test_a_gaussian_on_equal_points_keeps_the_smallest_variance_allowed():
    x = np.concatenate([np.zeros((30, 2)), draw(mixture(1, 2), 30) + 20])
    gmm = fit_gmm(x, 2, rng=np.random.default_rng(0), variance_floor=1e-3)
    on_zero = np.abs(gmm.means).sum(axis=1).argmin()
    assert_array_equal(gmm.variances[on_zero], 1e-3)
    assert all(np.isfinite(part).all() for part in gmm)


def test_a_gaussian_that_loses_all_points_does_no_harm():
    start = GMM(np.array([0.5, 0.5]), np.array([[0.0], [1e6]]), np.ones((2, 1)))
    x = np.random.default_rng(0).standard_normal((50, 1))
    gmm, _ = em(x, start, max_iterations=5)
    assert_allclose(gmm.weights, [1, 0], atol=1e-12)
    assert np.isfinite(fisher_vector(x[None], gmm)).all()


# --- the Fisher vector ---


def gradient_by_torch(x, gmm):
    """Scaled gradient of the mean log-likelihood of one image's descriptors: x (P, D)."""
    x, weights = torch.tensor(x), torch.tensor(gmm.weights)
    means = torch.tensor(gmm.means, requires_grad=True)
    sigma = torch.tensor(np.sqrt(gmm.variances), requires_grad=True)
    normal = torch.distributions.Independent(torch.distributions.Normal(means, sigma), 1)
    prior = torch.distributions.Categorical(weights)
    torch.distributions.MixtureSameFamily(prior, normal).log_prob(x).mean().backward()
    root = weights.sqrt()[:, None]
    by_mean = means.grad * (sigma / root)  # Fisher information w / σ²
    by_sigma = sigma.grad * (sigma / (2**0.5 * root))  # 2 w / σ²
    return torch.cat([by_mean.ravel(), by_sigma.ravel()]).detach().numpy()


@pytest.mark.parametrize(("n", "p", "d", "k"), [(3, 11, 4, 5), (2, 1, 3, 2), (1, 20, 2, 1)])
def test_the_gradient_is_that_of_torch(n, p, d, k):
    gmm = mixture(k, d)
    x = draw(gmm, n * p).reshape(n, p, d)
    want = [gradient_by_torch(image, gmm) for image in x]
    assert_allclose(fisher_gradient(x, gmm), want, rtol=1e-8, atol=1e-10)


def test_the_gradient_of_the_data_a_mixture_was_fitted_to_is_zero():
    x = draw(mixture(3, 2), 200)
    gmm, _ = em(x, mixture(3, 2), max_iterations=2000, tolerance=1e-15, variance_floor=0)
    assert np.abs(fisher_gradient(x[None], gmm)).max() < 1e-5
    assert np.abs(fisher_gradient(x[None, :100], gmm)).max() > 1e-2


def test_the_fisher_information_makes_all_entries_comparable():
    gmm = GMM(np.array([0.7, 0.3]), np.array([[0.0, 0], [30, 30]]), np.array([[0.01, 4], [9, 0.5]]))
    g = fisher_gradient(draw(gmm, 40_000)[:, None], gmm)  # images of one descriptor each
    assert_allclose(g.mean(axis=0), 0, atol=0.03)
    assert_allclose(g.T @ g / len(g), np.eye(8), atol=0.1)


def test_the_vector_is_the_rooted_gradient_of_length_one():
    gmm = mixture(3, 4)
    x = draw(gmm, 60).reshape(5, 12, 4)
    gradient, got = fisher_gradient(x, gmm), fisher_vector(x, gmm)
    assert got.shape == (5, 2 * 3 * 4)
    assert_allclose(np.linalg.norm(got, axis=1), 1)
    scale = np.abs(gradient).sum(axis=1, keepdims=True)  # the squares of the roots
    assert_allclose(np.sign(got) * got**2 * scale, gradient, atol=1e-12)


def test_a_batch_is_encoded_as_one_by_one():
    gmm = mixture(6, 10)
    x = draw(gmm, 90 * 1000).reshape(90, 1000, 10)
    some = [0, 1, 64, 65, 66, 89]
    alone = np.concatenate([fisher_vector(x[i : i + 1], gmm) for i in some])
    assert_allclose(fisher_vector(x, gmm)[some], alone, atol=1e-10)


def test_the_order_of_the_descriptors_changes_nothing():
    gmm = mixture(3, 4)
    x = draw(gmm, 60).reshape(5, 12, 4)
    assert_allclose(fisher_vector(x[:, ::-1], gmm), fisher_vector(x, gmm), atol=1e-10)


def test_single_precision_is_kept_and_close_enough():
    x = draw(mixture(4, 8), 4000) / 8
    in_float32 = x.astype(np.float32)
    gmm = fit_gmm(in_float32, 4, rng=np.random.default_rng(0))
    assert {part.dtype for part in gmm} == {np.dtype(np.float32)}
    got = fisher_vector(in_float32.reshape(40, 100, 8), gmm)
    assert got.dtype == np.float32
    want = fisher_gradient(x.reshape(40, 100, 8), GMM(*(part.astype(np.float64) for part in gmm)))
    assert_allclose(fisher_gradient(in_float32.reshape(40, 100, 8), gmm), want, atol=1e-5)


def test_the_descriptors_are_left_as_they_were():
    gmm, x = mixture(3, 4), draw(mixture(3, 4), 60)
    before = [part.copy() for part in (x, *gmm)]
    pca(x, 2)
    fit_gmm(x, 3, rng=np.random.default_rng(0))
    em(x, gmm)
    fisher_vector(x.reshape(5, 12, 4), gmm)
    for part, copy in zip((x, *gmm), before, strict=True):
        assert_array_equal(part, copy)


def fit(x, k):
    return fit_gmm(x, k, rng=np.random.default_rng(0))


X = draw(mixture(3, 4), 12)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (fit, (X, 13), "fit_gmm: k is 13; it must be from 1 to 12, the number of points"),
        (fit, (X[None], 2), "fit_gmm: x has shape (1, 12, 4); it must be (N, D), not empty"),
        (em, (X[0], mixture(3, 4)), "em: x has shape (4,); it must be (N, D), not empty"),
        (pca, (X, 5), "pca: dimensions is 5, x has 4 columns; it must be from 1 to 4"),
        (
            fisher_vector,
            (X, mixture(3, 4)),
            "fisher_vector: x has shape (12, 4), the mixture has 4 dimensions; "
            "x must be (N, P, 4), for one image x[None]",
        ),
        (
            fisher_vector,
            (X[None], mixture(3, 2)),
            "fisher_vector: x has shape (1, 12, 4), the mixture has 2 dimensions; "
            "x must be (N, P, 2)",
        ),
        (
            fisher_vector,
            (X[None] * np.nan, mixture(3, 4)),
            "fisher_vector: x has NaN or infinite values; remove or replace them",
        ),
    ],
)
def test_an_error_says_what_came_and_what_to_do(function, arguments, message):
    with pytest.raises(ValueError, match=r"^\w+: ") as raised:
        function(*arguments)
    assert str(raised.value).startswith(message)
