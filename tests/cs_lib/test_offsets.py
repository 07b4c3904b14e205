"""float32 data with offsets and spreads: every estimator and metric is as good as in float64.

The oracle is the same function on the same numbers in float64, after an exact shift to near 0, and
scikit-learn where it has one.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import distance
from sklearn import cluster, decomposition, neighbors

import cs_lib.numpy.classifiers as np_classifiers
import cs_lib.numpy.preprocessing as np_preprocessing
import cs_lib.torch.classifiers as torch_classifiers
import cs_lib.torch.preprocessing as torch_preprocessing
from cs_lib import metrics
from cs_lib.model_selection import cross_validate
from cs_lib.numpy.features import assign, lloyd, pca

OFFSETS = [0, 1, 1e3, 1e6]
SPREADS = [1, 1e3, 1e6]  # of one column; the others have 1
LIBRARIES = ["numpy", "torch"]
N, D = 400, 17


def data(offset, spread, seed=0, n=N):
    """float32 rows of two classes, the same in float64 less the offset, labels."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.standard_normal((n, D))
    x[:, 0] += 2 * y
    x[:, -1] = spread * rng.integers(0, 2, n) + 0.1 * x[:, -1]
    x = (x + offset).astype(np.float32)
    return x, x.astype(np.float64) - offset, y  # exact: all of it has 29 bits more


def given(library, x):
    return torch.tensor(x) if library == "torch" else x


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("offset", OFFSETS)
class TestBothLibraries:
    def test_cdist(self, library, offset, spread):
        module = {"numpy": np_classifiers, "torch": torch_classifiers}[library]
        (x1, exact1, _), (x2, exact2, _) = data(offset, spread, 1, 50), data(offset, spread, 2)
        x1[:5], exact1[:5] = x2[:5], exact2[:5]
        for p, metric in ((1, "cityblock"), (2, "euclidean")):
            want = distance.cdist(exact1, exact2, metric)
            for name in ("cdist", "cdist_one_loop"):
                got = np.asarray(getattr(module, name)(given(library, x1), given(library, x2), p))
                assert_allclose(got, want, rtol=2e-5, err_msg=name)
                assert_array_equal(np.diag(got)[:5], 0)

    def test_nearest_neighbours(self, library, offset, spread):
        module = {"numpy": np_classifiers, "torch": torch_classifiers}[library]
        (x, exact, y), (new, exact_new, answers) = data(offset, spread, 1), data(offset, spread, 2)
        model = module.KNeighborsClassifier(5).fit(given(library, x), given(library, y))
        oracle = neighbors.KNeighborsClassifier(5, algorithm="kd_tree").fit(exact, y)
        distances, indices = model.kneighbors(given(library, new))
        want, places = oracle.kneighbors(exact_new)
        assert_allclose(distances, want, rtol=1e-6)
        if offset < 1e6:  # there float32 has 16 steps of 1/16 for a spread of 1, and many ties
            assert_array_equal(indices, places)
            score = model.score(given(library, new), given(library, answers))
            assert score == pytest.approx(oracle.score(exact_new, answers))

    def test_preprocessing(self, library, offset, spread):
        module = {"numpy": np_preprocessing, "torch": torch_preprocessing}[library]
        x, exact, _ = data(offset, spread)
        for name in ("MeanImage", "ChannelMean", "ChannelStandardize"):
            model = getattr(module, name)().fit(given(library, x))
            want = getattr(np_preprocessing, name)().fit(exact)
            tolerance = {"rtol": 1e-6, "atol": 1e-6 * spread + 1e-7 * offset}
            assert_allclose(np.asarray(model.mean_) - offset, want.mean_, **tolerance)
        assert_allclose(model.std_, want.std_, rtol=1e-5)
        got = np.asarray(module.PCA().fit(given(library, x)).explained_variance_)
        oracle = decomposition.PCA(svd_solver="full").fit(exact)
        assert_allclose(got, oracle.explained_variance_, rtol=1e-4)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("offset", OFFSETS)
class TestNumPy:
    def test_principal_axes(self, offset, spread):
        x, exact, _ = data(offset, spread)
        mean, axes = pca(x, 1)
        oracle = decomposition.PCA(1, svd_solver="full").fit(exact)
        assert_allclose(mean - offset, oracle.mean_, atol=1e-6 * spread + 1e-7 * offset)
        if spread > 1:  # else no direction stands out
            assert abs(axes[:, 0] @ oracle.components_[0]) > 1 - 1e-5

    def test_clusters(self, offset, spread):
        x, exact, _ = data(offset, spread)
        assert_array_equal(assign(x, x[:20]), distance.cdist(exact, exact[:20]).argmin(axis=1))
        _, assignment, history = lloyd(x, x[:6])
        oracle = cluster.KMeans(6, init=exact[:6], n_init=1, algorithm="lloyd", tol=0).fit(exact)
        if offset < 1e6:  # there centroids have 1/16 as their last digit
            assert history[-1] == pytest.approx(oracle.inertia_, rel=1e-3)
            assert (assignment == oracle.labels_).mean() > 0.99

    def test_cross_validation(self, offset, spread):
        x, exact, y = data(offset, spread)
        options = {"folds": 4, "ks": [1, 5, 9]}
        got = cross_validate(x, y, rng=np.random.default_rng(0), **options)
        want = cross_validate(exact, y, rng=np.random.default_rng(0), **options)
        assert_allclose(got, want)

    def test_metrics_of_rankings(self, offset, spread):
        """A common offset and factor, in float32 still without ties, change no ranking."""
        rng = np.random.default_rng(3)
        y = rng.integers(0, 5, 60)
        steps = rng.permuted(np.tile(np.arange(60.0), (60, 1)), axis=1)
        moved = (offset + spread * steps).astype(np.float32)
        for f, rest in (
            (metrics.recall_at_k, (y, 7)),
            (metrics.mean_average_precision, (y,)),
            (metrics.top_k_accuracy, (y, 3)),
        ):
            assert f(moved, *rest) == f(steps, *rest)
        correct = rng.random(60) < 0.5
        args = (correct, int(correct.sum()) + 3)
        got = metrics.average_precision(moved[0], *args)
        assert got == metrics.average_precision(steps[0], *args)
