"""A Fisher vector says how a mixture of Gaussians would have to change to fit an image better."""

from typing import NamedTuple

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib.numpy.features.kmeans import as_points, kmeans


class GMM(NamedTuple):
    """A mixture of K Gaussians with diagonal covariances."""

    weights: np.ndarray  # (K,), positive, sum 1
    means: np.ndarray  # (K, D)
    variances: np.ndarray  # (K, D), positive


def pca(x, dimensions):
    """The orthogonal directions in which x varies most [Pearson 1901].

    x: (N, D), 1 <= dimensions <= D
    -> mean: (D,), axes: (D, dimensions), of length 1; (x - mean) @ axes has uncorrelated columns,
       which is what Gaussians with diagonal covariances expect
    """
    x = as_points("pca", x)
    if not 1 <= dimensions <= x.shape[1]:
        raise ValueError(
            f"pca: dimensions is {dimensions}, x has {x.shape[1]} columns; "
            f"it must be from 1 to {x.shape[1]}"
        )
    mean = x.mean(axis=0, dtype=np.float64)  # float32 loses digits row by row, and in the squares
    centred = x - mean
    _, axes = np.linalg.eigh(centred.T @ centred)  # least variance first
    mean, axes = mean.astype(x.dtype), axes[:, ::-1][:, :dimensions].astype(x.dtype)
    largest = np.abs(axes).argmax(axis=0)
    # An axis may point either way: make its largest entry positive, on every machine.
    return mean, axes * np.sign(axes[largest, np.arange(dimensions)])


def fit_gmm(x, k, *, rng, max_iterations=30, variance_floor=1e-4):
    """Fit a mixture of k diagonal Gaussians: k-means to start, then EM [Dempster et al. 1977].

    x: (N, D), 1 <= k <= N, rng: np.random.Generator
    variance_floor: the smallest variance allowed, in squared units of x: without it a component
        that holds one point shrinks onto it and its likelihood grows without bound
    -> GMM in x's dtype
    Raises ValueError if x is not (N, D) and finite, or has fewer than k distinct points.
    """
    x = as_points("fit_gmm", x)
    _checks.check_k("fit_gmm", k, len(x))
    _, assignment, _ = kmeans(x, k, rng=rng, max_iterations=10)
    start = _maximise(x, np.eye(k, dtype=x.dtype)[assignment], variance_floor)
    gmm, _ = em(x, start, max_iterations=max_iterations, variance_floor=variance_floor)
    return gmm


def em(x, gmm, *, max_iterations=30, tolerance=1e-4, variance_floor=1e-4):
    """Raise the likelihood of x by expectation and maximisation in turn [Dempster et al. 1977].

    x: (N, D), gmm: where to start
    -> GMM, history: mean log-likelihood of a point before every step, never falling
    Stops when a step gains less than tolerance.
    """
    x = as_points("em", x)
    history = []
    for _ in range(max_iterations):
        responsibility, log_likelihood = posteriors(x, gmm)
        history.append(float(log_likelihood.mean(dtype=np.float64)))
        if len(history) > 1 and history[-1] - history[-2] < tolerance:
            break
        gmm = _maximise(x, responsibility, variance_floor)
    return gmm, history


def posteriors(x, gmm):
    """Which component made each point, and how likely the point is.

    x: (N, D) -> responsibility: (N, K), rows sum to 1; log_likelihood: (N,)
    """
    # (x - μ)² / σ² by two matrix products; without the shift an offset of x would drown it.
    shift = gmm.means.mean(axis=0)
    x, means = x - shift, gmm.means - shift
    precision = 1 / gmm.variances  # (K, D)
    log_joint = (
        x @ (means * precision).T
        - 0.5 * (x**2 @ precision.T)
        - 0.5 * (means**2 * precision + np.log(2 * np.pi * gmm.variances)).sum(axis=1)
        + np.log(gmm.weights)
    )  # (N, K): log of weight times density
    largest = log_joint.max(axis=1, keepdims=True)  # far from all components, exp gives only zeros
    joint = np.exp(log_joint - largest)
    total = joint.sum(axis=1, keepdims=True)
    return joint / total, (np.log(total) + largest)[:, 0]


def fisher_vector(x, gmm):
    """Improved Fisher vector [Perronnin, Sánchez & Mensink 2010, §3]: signed root, then length 1.

    x: (N, P, D), the P descriptors of each of N images -> (N, 2·K·D)
    """
    gradient = fisher_gradient(x, gmm)
    rooted = np.sign(gradient) * np.sqrt(np.abs(gradient))
    norm = np.linalg.norm(rooted, axis=1, keepdims=True)
    return rooted / np.where(norm > 0, norm, 1)


def fisher_gradient(x, gmm):
    """How the mixture should change to make an image more likely [Sánchez et al. 2013, §2].

    The gradient of the mean log-likelihood of the image's P descriptors, by means, then by standard
    deviations, each entry divided by the root of its Fisher information: √w/σ, and √(2w)/σ.
    x: (N, P, D) -> (N, 2·K·D)
    """
    x = _as_descriptors(x, gmm)
    n, p, d = x.shape
    sigma = np.sqrt(gmm.variances)  # (K, D)
    root = np.sqrt(gmm.weights)[:, None]  # (K, 1)
    shift = gmm.means.mean(axis=0)
    means = gmm.means - shift
    by_mean = np.empty((n, *means.shape), np.result_type(x, means))
    by_sigma = np.empty_like(by_mean)
    step = max(1, 2**20 // (p * (d + len(means))))  # images at a time: some MiB of temporaries
    for i in range(0, n, step):
        part = x[i : i + step]
        responsibility, _ = posteriors(part.reshape(-1, d), gmm)
        share = responsibility.reshape(-1, p, len(means)).transpose(0, 2, 1)  # (n, K, P)
        part = part - shift
        s0 = share.sum(axis=2)[:, :, None]  # (n, K, 1)
        s1 = share @ part  # (n, K, D), Σ γ x
        s2 = share @ part**2  # (n, K, D), Σ γ x²
        by_mean[i : i + step] = (s1 - means * s0) / sigma
        by_sigma[i : i + step] = (s2 - 2 * means * s1 + means**2 * s0) / gmm.variances - s0
    by_mean /= p * root
    by_sigma /= p * np.sqrt(2) * root
    return np.concatenate([by_mean.reshape(n, -1), by_sigma.reshape(n, -1)], axis=1)


def _maximise(x, responsibility, variance_floor):
    """The GMM that fits x best, given which component made which point."""
    shift = x.mean(axis=0)
    x = x - shift
    # 10 eps: a component that lost all its points gets weight ~0 and the mean of the data, not nan.
    mass = responsibility.sum(axis=0) + 10 * np.finfo(x.dtype).eps  # (K,)
    means = responsibility.T @ x / mass[:, None]
    variances = responsibility.T @ x**2 / mass[:, None] - means**2
    return GMM(mass / mass.sum(), means + shift, np.maximum(variances, variance_floor))


def _as_descriptors(x, gmm):
    x, d = np.asarray(x), gmm.means.shape[1]
    if x.ndim != 3 or 0 in x.shape or x.shape[2] != d:
        raise ValueError(
            f"fisher_vector: x has shape {x.shape}, the mixture has {d} dimensions; "
            f"x must be (N, P, {d}), for one image x[None]"
        )
    return as_points("fisher_vector", x.reshape(-1, d)).reshape(x.shape)
