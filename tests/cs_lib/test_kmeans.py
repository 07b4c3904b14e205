"""k-means against scikit-learn from the same start, and against what the algorithm promises."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from cs_lib.numpy.features import assign, kmeans, kmeans_plus_plus, lloyd


def points(n, d, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)


def blobs(per_blob, centres, seed=0):
    """Tight clusters, shuffled -> x, blob"""
    rng = np.random.default_rng(seed)
    blob = rng.permutation(np.repeat(np.arange(len(centres)), per_blob))
    return centres[blob] + 0.05 * rng.standard_normal((len(blob), centres.shape[1])), blob


@pytest.mark.parametrize(
    ("n", "d", "k", "offset", "dtype", "rtol"),
    [
        (200, 3, 7, 0, np.float64, 1e-10),
        (150, 11, 4, 1e6, np.float64, 1e-8),
        (31, 2, 31, 0, np.float64, 1e-10),
        (40, 5, 1, 0, np.float64, 1e-10),
        (300, 6, 5, 0, np.float32, 1e-4),
    ],
)
def test_lloyd_ends_where_scikit_learn_does(n, d, k, offset, dtype, rtol):
    x = (points(n, d) + offset).astype(dtype)
    start = x[np.random.default_rng(1).choice(n, k, replace=False)]
    want = KMeans(k, init=start, n_init=1, tol=0, max_iter=300, algorithm="lloyd").fit(x)
    centroids, assignment, history = lloyd(x, start, max_iterations=300)
    assert_allclose(centroids, want.cluster_centers_, rtol=rtol)
    assert_array_equal(assignment, want.labels_)
    assert_allclose(history[-1], want.inertia_, rtol=1e-4, atol=1e-9)
    assert (centroids.dtype, assignment.dtype) == (dtype, np.int64)


@pytest.mark.parametrize("seed", range(5))
def test_inertia_never_rises(seed):
    x = points(400, 4, seed)
    start = points(20, 4, seed + 1) + 2 * (seed % 2)  # away from the data: clusters begin empty
    centroids, assignment, history = lloyd(x, start, max_iterations=200)
    assert 5 < len(history) < 200
    assert (np.diff(history) <= 1e-12 * history[0]).all()
    assert_allclose(history[-1], ((x - centroids[assignment]) ** 2).sum())
    assert set(assignment) == set(range(20))


def test_what_comes_back_belongs_together_however_few_the_iterations():
    x = points(100, 3)
    for iterations in (0, 1, 2):
        centroids, assignment, history = lloyd(x, x[:8], max_iterations=iterations)
        assert len(history) == iterations + 1
        assert_array_equal(assignment, assign(x, centroids))
        assert_allclose(history[-1], ((x - centroids[assignment]) ** 2).sum())


def test_an_empty_cluster_restarts_at_the_farthest_point():
    x = np.array([[0.0, 0], [1, 0], [0, 1], [9, 0], [0, 7], [1, 1]])
    start = np.array([[0.5, 0.5], [100, 100], [200, 200]])
    centroids, assignment, _ = lloyd(x, start, max_iterations=1)
    assert_array_equal(centroids[1:], [[9, 0], [0, 7]])
    assert_array_equal(assignment, [0, 0, 0, 1, 2, 0])


@pytest.mark.parametrize("seed", range(4))
def test_kmeans_finds_clusters_that_lie_apart(seed):
    centres = 10 * np.random.default_rng(seed).permutation(np.eye(6))
    x, blob = blobs(15, centres, seed)
    centroids, assignment, inertia = kmeans(x, 6, rng=np.random.default_rng(seed))
    assert adjusted_rand_score(blob, assignment) == 1
    assert_allclose(inertia, ((x - centroids[assignment]) ** 2).sum())
    assert isinstance(inertia, float)


def test_seeds_are_drawn_in_proportion_to_the_squared_distance():
    x = np.array([[0.0], [1], [3], [3]])
    draws = 4000
    rng = np.random.default_rng(0)
    pairs = np.array([kmeans_plus_plus(x, 2, rng=rng)[:, 0] for _ in range(draws)])
    # first 0: 1, 3, 3 lie 1, 9, 9 away; first 1: 1, 4, 4; first 3 (of two): 9, 4, 0
    want = {(0, 1): 1 / 19, (0, 3): 18 / 19, (1, 0): 1 / 9, (1, 3): 8 / 9}
    want = {pair: p / 4 for pair, p in want.items()} | {(3, 0): 9 / 26, (3, 1): 4 / 26}
    for pair, p in want.items():
        share = (pairs == pair).all(axis=1).mean()
        assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / draws), pair
    assert_allclose(sum(want.values()), 1)


def test_the_result_follows_from_the_generator_alone():
    x = points(60, 3)
    state = np.random.get_state()[1].copy()
    first, again, other = (kmeans(x, 5, rng=np.random.default_rng(s))[0] for s in (3, 3, 4))
    assert_array_equal(first, again)
    assert (first != other).any()
    assert_array_equal(np.random.get_state()[1], state)


def test_one_cluster_is_the_mean_and_as_many_as_points_are_the_points():
    x = points(20, 3)
    rng = np.random.default_rng(0)
    centroids, _, inertia = kmeans(x, 1, rng=rng)
    assert_allclose(centroids[0], x.mean(axis=0))
    assert_allclose(inertia, 20 * x.var(axis=0).sum())
    centroids, assignment, inertia = kmeans(x, 20, rng=rng)
    assert_allclose(centroids[assignment], x)
    assert inertia < 1e-12


@pytest.mark.parametrize(
    ("shape", "k"), [((3, 4, 5, 6), 7), ((50, 2), 9), ((6,), 3), ((6000, 3), 200)]
)
def test_assign_gives_the_nearest_centroid(shape, k):
    x, centroids = np.random.default_rng(0).standard_normal(shape), points(k, shape[-1], 1)
    want = cdist(x.reshape(-1, shape[-1]), centroids).argmin(axis=1)
    got = assign(x, centroids)
    assert got.dtype == np.int64
    assert_array_equal(got, want.reshape(shape[:-1]))


def test_of_equally_near_centroids_the_first_is_taken():
    assert_array_equal(assign([[0], [4], [10]], [[-1], [1], [7], [1]]), [0, 1, 2])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_integers_are_computed_as_numbers_that_do_not_wrap(dtype):
    x = np.random.default_rng(0).integers(0, 256, (900, 4)).astype(dtype)
    as_floats = x.astype(np.float64)
    want = kmeans(as_floats, 3, rng=np.random.default_rng(0))
    got = kmeans(x, 3, rng=np.random.default_rng(0))
    for one, other in zip(got, want, strict=True):
        assert_array_equal(one, other)
    assert got[0].dtype == np.float64
    assert_array_equal(assign(x, x[:6]), cdist(x, x[:6]).argmin(axis=1))


def test_the_points_are_left_as_they_were():
    x, start = points(50, 3), points(4, 3, 1)
    before = x.copy(), start.copy()
    kmeans(x, 4, rng=np.random.default_rng(0))
    lloyd(x, start)
    assign(x, start)
    assert_array_equal(x, before[0])
    assert_array_equal(start, before[1])


def run_kmeans(x, k):
    return kmeans(x, k, rng=np.random.default_rng(0))


HOLE = points(4, 3)
HOLE[2, 1] = np.inf


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        (
            run_kmeans,
            (points(5, 3), 6),
            ValueError,
            "kmeans: k is 6; it must be from 1 to 5, the number of points",
        ),
        (run_kmeans, (points(5, 3), 0), ValueError, "kmeans: k is 0; it must be from 1 to 5"),
        (run_kmeans, (points(5, 3), 2.5), TypeError, "kmeans: k is 2.5; it must be a whole number"),
        (
            run_kmeans,
            (np.repeat(points(3, 2), 4, axis=0), 5),
            ValueError,
            "kmeans: k is 5, x has only 3 distinct points; choose k <= 3 or pass more data",
        ),
        (
            run_kmeans,
            (points(24, 3).reshape(2, 12, 3), 2),
            ValueError,
            "kmeans: x has shape (2, 12, 3); it must be (N, D), not empty: "
            "pass descriptors (N, P, D) as x.reshape(-1, x.shape[-1])",
        ),
        (run_kmeans, (points(0, 3), 1), ValueError, "kmeans: x has shape (0, 3); it must be (N"),
        (
            run_kmeans,
            (HOLE, 2),
            ValueError,
            "kmeans: x has NaN or infinite values; remove or replace them",
        ),
        (
            run_kmeans,
            (points(5, 3, dtype=np.float16), 2),
            TypeError,
            "kmeans: x is float16; pass float32, float64 or integers",
        ),
        (
            lloyd,
            (points(5, 3), points(2, 4)),
            ValueError,
            "lloyd: x has 3 columns, centroids have shape (2, 4); "
            "they must be (k, D) with the same D",
        ),
        (
            assign,
            (points(5, 3), points(2, 3)[0]),
            ValueError,
            "assign: x has 3 columns, centroids have shape (3,); they must be (k, D)",
        ),
        (assign, (HOLE, points(2, 3)), ValueError, "assign: x has NaN or infinite values"),
        (assign, (7, points(2, 3)), ValueError, "assign: x has shape (1,); it must be (N, D)"),
    ],
)
def test_an_error_says_what_came_and_what_to_do(function, arguments, error, message):
    with pytest.raises(error) as raised:
        function(*arguments)
    assert str(raised.value).startswith(message)
