"""k-means finds k centroids such that every point has one nearby: the words of a vocabulary."""

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib._shared import distances as _distances


def kmeans(x, k, *, rng, max_iterations=50):
    """Cluster points: k-means++ seeding [Arthur & Vassilvitskii 2007], then Lloyd [1982].

    x: (N, D), 1 <= k <= N, rng: np.random.Generator
    -> centroids: (k, D), assignment: (N,) int64 in [0, k), inertia: float, the sum of the squared
       distances of the points to their centroids
    Raises ValueError if x is not (N, D) and finite, or has fewer than k distinct points.
    """
    centroids, assignment, history = lloyd(
        x, kmeans_plus_plus(x, k, rng=rng), max_iterations=max_iterations
    )
    return centroids, assignment, history[-1]


def assign(x, centroids):
    """Index of the nearest centroid; of equally near ones the first.

    x: (..., D), centroids: (k, D) -> (...) int64 in [0, k)
    """
    x = np.asarray(x)
    points = as_points("assign", x if x.ndim == 2 else x.reshape(-1, *x.shape[-1:]))
    nearest, _ = _nearest(points, _as_centroids("assign", centroids, points))
    return nearest.reshape(x.shape[:-1])


def lloyd(x, centroids, *, max_iterations=50):
    """Assign points to centroids, move each to the mean of its points, repeat [Lloyd 1982].

    x: (N, D), centroids: (k, D), where to start
    -> centroids: (k, D), assignment: (N,), history: inertia after every assignment, never rising
    """
    x = as_points("lloyd", x)
    centroids = _as_centroids("lloyd", centroids, x)
    assignment, distances = _nearest(x, centroids)
    history = [float(distances.sum(dtype=np.float64))]
    for _ in range(max_iterations):
        centroids = _means(x, assignment, distances, len(centroids))
        before = assignment
        assignment, distances = _nearest(x, centroids)
        history.append(float(distances.sum(dtype=np.float64)))
        if np.array_equal(assignment, before):
            break
    return centroids, assignment, history


def kmeans_plus_plus(x, k, *, rng):
    """Choose k points of x that lie far apart [Arthur & Vassilvitskii 2007, §2.2].

    Each next point is drawn with probability proportional to its squared distance from the nearest
    one chosen so far.  x: (N, D), rng: np.random.Generator -> (k, D)
    """
    x = as_points("kmeans", x)
    _checks.check_k("kmeans", k, len(x))
    chosen = [int(rng.integers(len(x)))]
    distance = np.full(len(x), np.inf)
    while len(chosen) < k:
        offset = x - x[chosen[-1]]
        distance = np.minimum(distance, np.einsum("nd,nd->n", offset, offset))
        if not distance.any():
            raise ValueError(
                f"kmeans: k is {k}, x has only {len(chosen)} distinct points; "
                f"choose k <= {len(chosen)} or pass more data"
            )
        chosen.append(int(rng.choice(len(x), p=distance / distance.sum())))
    return x[chosen]


def _nearest(x, centroids):
    """Nearest centroid and squared distance to it: (N, D), (k, D) -> (N,), (N,)."""
    # |x - c|² = |x|² - 2 x·c + |c|². Without the shift an offset common to all would drown it.
    shift = centroids.mean(axis=0)
    centred = centroids - shift
    minus_2c, norms = -2 * centred.T, np.vecdot(centred, centred)  # (D, k), (k,)
    error = _distances.product_error(x.shape[1], np.finfo(minus_2c.dtype).eps)
    nearest = np.empty(len(x), np.int64)
    distances = np.empty(len(x), np.result_type(x, centroids))
    step = max(1, 2**20 // len(centroids))  # 2²⁰ distances at a time: at most 8 MiB
    for i in range(0, len(x), step):
        rows = x[i : i + step] - shift
        scores = rows @ minus_2c + norms  # (n, k), |x|² is left out: it changes no order
        best = scores.argmin(axis=1)
        if x.dtype == np.float32 and len(centroids) > 1:  # what it cannot tell apart, float64 can
            first, second = np.partition(scores, 1, axis=1)[:, :2].T
            gap = 2 * error * (np.vecdot(rows, rows) + norms.max())
            close = np.flatnonzero(~(second - first > gap))
            if len(close):
                wide = x[i : i + step][close].astype(np.float64), centroids.astype(np.float64)
                best[close], _ = _nearest(*wide)
        nearest[i : i + step] = best
        difference = x[i : i + step] - centroids[best]  # no digits cancel in their squares
        distances[i : i + step] = np.vecdot(difference, difference)
    return nearest, distances


def _means(x, assignment, distances, k):
    """Mean of each cluster; an empty cluster restarts at one of the points farthest from theirs."""
    counts = np.bincount(assignment, minlength=k)  # (k,)
    by_cluster = x[np.argsort(assignment, kind="stable")]  # (N, D), cluster after cluster
    clusters = np.split(by_cluster, np.cumsum(counts)[:-1])
    sums = np.stack([cluster.sum(axis=0, dtype=np.float64) for cluster in clusters])  # (k, D)
    means = (sums / np.maximum(counts, 1)[:, None]).astype(x.dtype)
    empty = np.flatnonzero(counts == 0)
    means[empty] = x[np.argsort(-distances, kind="stable")[: len(empty)]]
    return means


def _as_centroids(caller, centroids, x):
    centroids = np.asarray(centroids)
    if centroids.ndim != 2 or len(centroids) == 0 or centroids.shape[1] != x.shape[1]:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} columns, centroids have shape {centroids.shape}; "
            "they must be (k, D) with the same D"
        )
    return centroids.astype(x.dtype)


def as_points(caller, x):
    """x as a finite floating-point (N, D); integers become float64."""
    x = np.asarray(x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(
            f"{caller}: x has shape {x.shape}; it must be (N, D), not empty: "
            "pass descriptors (N, P, D) as x.reshape(-1, x.shape[-1])"
        )
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"{caller}: x is {x.dtype}; pass float32, float64 or integers")
    if not np.isfinite(x).all():
        raise ValueError(f"{caller}: x has NaN or infinite values; remove or replace them")
    return x
