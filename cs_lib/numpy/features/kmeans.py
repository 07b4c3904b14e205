"""k-means finds k centroids such that every point has one nearby: the words of a vocabulary."""

import numpy as np


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
    if x.ndim < 1 or np.ndim(centroids) != 2 or x.shape[-1] != np.shape(centroids)[1]:
        raise ValueError(
            f"assign: x has shape {x.shape}, centroids {np.shape(centroids)}; "
            "expected (..., D) and (k, D) with the same D"
        )
    nearest, _ = _nearest(x.reshape(-1, x.shape[-1]), np.asarray(centroids))
    return nearest.reshape(x.shape[:-1])


def lloyd(x, centroids, *, max_iterations=50):
    """Assign points to centroids, move each to the mean of its points, repeat [Lloyd 1982].

    x: (N, D), centroids: (k, D), where to start
    -> centroids: (k, D), assignment: (N,), history: inertia after every assignment, never rising
    """
    x = checked_points("lloyd", x)
    centroids = np.array(centroids, x.dtype)
    assignment, distances = _nearest(x, centroids)
    history = [float(distances.sum(dtype=np.float64))]
    for _ in range(max_iterations):
        centroids = _means(x, assignment, distances, centroids)
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
    x = checked_points("kmeans", x)
    if not 1 <= k <= len(x):
        raise ValueError(f"kmeans: k is {k}, x has {len(x)} points; choose 1 <= k <= {len(x)}")
    chosen = [int(rng.integers(len(x)))]
    distance = np.full(len(x), np.inf)
    while len(chosen) < k:
        offset = x - x[chosen[-1]]
        distance = np.minimum(distance, np.einsum("nd,nd->n", offset, offset))
        if not distance.any():
            raise ValueError(
                f"kmeans: k is {k}, x has only {len(chosen)} distinct points; "
                f"choose k <= {len(chosen)} or give it more data"
            )
        chosen.append(int(rng.choice(len(x), p=distance / distance.sum())))
    return x[chosen]


def _nearest(x, centroids):
    """Nearest centroid and squared distance to it: (N, D), (k, D) -> (N,), (N,)."""
    # |x - c|² = |x|² - 2 x·c + |c|². Without the shift an offset common to all would drown it.
    shift = centroids.mean(axis=0)
    centroids = centroids - shift
    nearest = np.empty(len(x), np.int64)
    distances = np.empty(len(x), np.result_type(x, centroids))
    step = max(1, 2**22 // len(centroids))  # at most 2²² distances at a time: 32 MiB
    for i in range(0, len(x), step):
        rows = x[i : i + step] - shift
        score = (centroids**2).sum(axis=1) - 2 * rows @ centroids.T  # (n, k), without |x|²
        nearest[i : i + step] = best = score.argmin(axis=1)
        distances[i : i + step] = score[np.arange(len(rows)), best] + (rows**2).sum(axis=1)
    return nearest, np.maximum(distances, 0)


def _means(x, assignment, distances, centroids):
    """Mean of each cluster; an empty cluster restarts at one of the points farthest from theirs."""
    counts = np.bincount(assignment, minlength=len(centroids))  # (k,)
    full = counts > 0
    start = np.cumsum(counts) - counts
    by_cluster = x[np.argsort(assignment, kind="stable")]  # (N, D), cluster after cluster
    centroids = centroids.copy()
    sums = np.add.reduceat(by_cluster, start[full], axis=0, dtype=np.float64)
    centroids[full] = sums / counts[full, None]
    farthest = np.argsort(-distances, kind="stable")[: (~full).sum()]
    centroids[~full] = x[farthest]
    return centroids


def checked_points(name, x):
    """x as a floating-point array, if it is a finite (N, D)."""
    x = np.asarray(x)
    if x.ndim != 2:
        raise ValueError(
            f"{name}: x has shape {x.shape}, expected (N, D); "
            "for descriptors (N, P, D) pass x.reshape(-1, x.shape[-1])"
        )
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    if not np.isfinite(x).all():
        raise ValueError(f"{name}: x contains nan or inf; remove those rows first")
    return x
