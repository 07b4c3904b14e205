"""Both libraries' classifiers against SciPy, scikit-learn, naive loops and finite differences."""

import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize
from scipy.spatial import distance
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier as SklearnKNN
from sklearn.svm import LinearSVC

import cs_lib.numpy.classifiers as np_classifiers
import cs_lib.torch.classifiers as torch_classifiers

ROOT = Path(__file__).parents[2]


class NumPy:
    module = np_classifiers

    def array(self, x):
        return np.array(x)


class Torch:
    module = torch_classifiers

    def __init__(self, device):
        self.device = device

    def array(self, x):
        return torch.tensor(np.array(x), device=self.device)


LIBRARIES = {"numpy": NumPy(), "torch-cpu": Torch("cpu")}
if torch.cuda.is_available():
    LIBRARIES["torch-cuda"] = Torch("cuda")
DISTANCES = ["cdist_two_loops", "cdist_one_loop", "cdist"]
METRIC = {1: "cityblock", 2: "euclidean"}


@pytest.fixture(params=LIBRARIES.values(), ids=LIBRARIES.keys())
def lib(request):
    return request.param


def numpy(x):
    return x.cpu().numpy() if isinstance(x, torch.Tensor) else x


def points(n, d, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)


def grid_points(n, d, seed=0, high=4, dtype=np.float64):
    """Whole numbers from a small range: many distances are equal, and some points too."""
    return np.random.default_rng(seed).integers(0, high, (n, d)).astype(dtype)


# --- distances ---


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 3), (5, 1, 4), (6, 11, 1), (4, 9, 130)])
@pytest.mark.parametrize("p", [1, 2.0])
@pytest.mark.parametrize("name", DISTANCES)
def test_distances_are_those_of_scipy(lib, name, p, shape):
    m, n, d = shape
    x1, x2 = points(m, d, 1), points(n, d, 2)
    got = getattr(lib.module, name)(lib.array(x1), lib.array(x2), p)
    assert_allclose(numpy(got), distance.cdist(x1, x2, METRIC[p]), rtol=1e-11, strict=True)


@pytest.mark.parametrize("name", DISTANCES)
def test_distances_are_euclidean_unless_p_is_given(lib, name):
    x1, x2 = points(3, 5, 1), points(4, 5, 2)
    got = getattr(lib.module, name)(lib.array(x1), lib.array(x2))
    assert_allclose(numpy(got), distance.cdist(x1, x2), rtol=1e-12)


@pytest.mark.parametrize(
    ("dtype1", "dtype2", "want"),
    [
        ("float64", "float64", "float64"),
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("uint8", "uint8", "float64"),
        ("int64", "uint8", "float64"),
        ("bool", "bool", "float64"),
        ("uint8", "float32", "float64"),
    ],
)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", DISTANCES)
def test_floats_keep_their_dtype_and_integers_become_float64(lib, name, p, dtype1, dtype2, want):
    x1 = grid_points(4, 6, 1, high=2).astype(dtype1)
    x2 = grid_points(5, 6, 2, high=2).astype(dtype2)
    got = numpy(getattr(lib.module, name)(lib.array(x1), lib.array(x2), p))
    oracle = distance.cdist(x1.astype(float), x2.astype(float), METRIC[p])
    assert_allclose(got, oracle.astype(want), rtol=1e-6, strict=True)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("offset", [0, 10**6])
def test_whole_numbers_give_the_loops_distances_to_the_last_bit(lib, p, offset):
    x1, x2 = grid_points(9, 301, 1, high=256), grid_points(8, 301, 2, high=256)
    x1[0] = x2[0]
    x1, x2 = lib.array(x1 + offset), lib.array(x2 + offset)
    fast, slow = lib.module.cdist(x1, x2, p), lib.module.cdist_two_loops(x1, x2, p)
    assert_array_equal(numpy(fast), numpy(slow))
    assert fast[0, 0] == 0


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", DISTANCES)
def test_uint8_does_not_wrap(lib, name, p):
    x1, x2 = np.array([[0, 250, 3]], np.uint8), np.array([[255, 0, 5], [0, 250, 3]], np.uint8)
    got = getattr(lib.module, name)(lib.array(x1), lib.array(x2), p)
    far = 255 + 250 + 2 if p == 1 else np.sqrt(255**2 + 250**2 + 2**2)
    assert_allclose(numpy(got), [[far, 0]], rtol=1e-12)


@pytest.mark.parametrize(
    ("dtype", "offset", "rtol"),
    [
        (np.float64, 0, 1e-12),
        (np.float64, 1e6, 1e-11),
        (np.float32, 0, 2e-6),
        (np.float32, 1e3, 2e-6),
    ],
)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", DISTANCES)
def test_an_offset_common_to_all_points_costs_no_precision(lib, name, p, dtype, offset, rtol):
    x1, x2 = (points(6, 200, 1) + offset).astype(dtype), (points(7, 200, 2) + offset).astype(dtype)
    got = numpy(getattr(lib.module, name)(lib.array(x1), lib.array(x2), p))
    want = distance.cdist(x1.astype(float), x2.astype(float), METRIC[p])
    assert_allclose(got, want, rtol=rtol)


@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-6), (np.float32, 2e-2)])
def test_equal_rows_are_at_distance_nearly_zero_and_never_nan(lib, dtype, atol):
    x = lib.array(points(50, 300, dtype=dtype))
    assert_allclose(np.diag(numpy(lib.module.cdist(x, x))), 0, atol=atol)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", DISTANCES)
def test_rows_may_be_views(lib, name, p):
    x1, x2 = points(10, 8, 1), points(10, 12, 2)
    views = lib.array(x1)[::2, 1:7], lib.array(x2).T[::2]
    got = getattr(lib.module, name)(*views[:1], views[1][:, :6], p)
    want = distance.cdist(x1[::2, 1:7], x2.T[::2, :6], METRIC[p])
    assert_allclose(numpy(got), want, rtol=1e-11)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("name", [*DISTANCES, "KNeighborsClassifier"])
def test_inputs_are_left_as_they_are(lib, name, p):
    x1, x2, y = lib.array(points(4, 5, 1)), lib.array(points(6, 5, 2)), lib.array(range(6))
    if name == "KNeighborsClassifier":
        lib.module.KNeighborsClassifier(2, p).fit(x2, y).kneighbors(x1)
    else:
        getattr(lib.module, name)(x1, x2, p)
    assert_array_equal(numpy(x1), points(4, 5, 1))
    assert_array_equal(numpy(x2), points(6, 5, 2))
    assert_array_equal(numpy(y), range(6))


def test_all_points_may_be_the_same_point(lib):
    x = lib.array(np.full((5, 3), 0.7))
    assert_array_equal(numpy(lib.module.cdist(x, x)), np.zeros((5, 5)))


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 1000])
def test_l1_in_chunks_is_l1(lib, rows):
    x1, x2 = points(3, 10, 1), points(8, 10, 2)  # 8 rows: chunks of 3 and of 7 leave a rest
    got = lib.module.cdist(lib.array(x1), lib.array(x2), p=1, chunk_bytes=rows * 10 * 8)
    assert_allclose(numpy(got), distance.cdist(x1, x2, "cityblock"), rtol=1e-12)


@pytest.mark.parametrize("chunk_bytes", [2**17, 2**19, 2**25])
def test_l1_needs_no_more_memory_than_the_result_and_chunk_bytes(chunk_bytes):
    x1, x2 = points(60, 1000, 1, np.float32), points(3000, 1000, 2, np.float32)
    tracemalloc.start()
    distances = np_classifiers.cdist(x1, x2, p=1, chunk_bytes=chunk_bytes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= distances.nbytes + chunk_bytes + 2**16  # NumPy's own buffers take 32 KiB


def test_l1_refuses_chunks_smaller_than_a_row():
    x = np.zeros((2, 3072), np.float32)
    message = (
        r"^cdist: chunk_bytes is 12000, one row of 3072 float32 values needs 12288; "
        r"give at least that$"
    )
    with pytest.raises(ValueError, match=message):
        np_classifiers.cdist(x, x, p=1, chunk_bytes=12000)


# --- voting ---


def naive_vote(distances, labels, k):
    predictions = []
    for row in distances:
        nearest = sorted(range(len(row)), key=lambda j: (row[j], j))[:k]
        votes = Counter(labels[j] for j in nearest)
        predictions.append(min(votes, key=lambda label: (-votes[label], label)))
    return np.array(predictions, dtype=np.int64)


@pytest.mark.parametrize("labels", [[2, 0, 1], [3, -7, 40], [5], [1, 0]])
@pytest.mark.parametrize("levels", [1, 2, 4, 10**6])
@pytest.mark.parametrize("k", [1, 2, 3, 5, 10, 12, 13])
def test_vote_is_a_sort_and_a_count(lib, k, levels, labels):
    rng = np.random.default_rng(levels)
    distances = rng.integers(0, levels, (40, 13)) / 4
    y = rng.choice(labels, 13)
    got = lib.module.vote(lib.array(distances), lib.array(y), k)
    assert_array_equal(numpy(got), naive_vote(distances, y, k), strict=True)


@pytest.mark.parametrize(
    ("case", "distances", "labels", "k", "want"),
    [
        ("the nearest has no veto", [1, 2, 3], [7, 4, 4], 3, 4),
        ("equal votes: the smallest label", [1, 2, 3, 4], [9, 5, 5, 9], 4, 5),
        ("equal distances: the lower index", [2, 2, 2], [8, 1, 1], 1, 8),
        ("equal distances at the last place", [3, 1, 3, 3], [6, 2, 6, 0], 3, 6),
        ("infinitely far is far", [np.inf, 1, np.inf], [3, 5, 2], 2, 3),
        ("integer distances", np.array([3, 1, 2], np.uint8), [0, 1, 2], 1, 1),
        ("uint8 labels", [1, 2], np.array([255, 0], np.uint8), 1, 255),
    ],
)
def test_vote_by_hand(lib, case, distances, labels, k, want):
    got = lib.module.vote(lib.array([distances]), lib.array(labels), k)
    assert_array_equal(numpy(got), np.array([want]), err_msg=case, strict=True)


# --- k nearest neighbours ---


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("k", [1, 4, 17, 61])
@pytest.mark.parametrize("offset", [0, 1e6])
def test_knn_predicts_what_scikit_learn_predicts(lib, k, p, offset):
    x, y = points(61, 12, 1) + offset, np.random.default_rng(3).integers(0, 4, 61)
    queries, answers = points(23, 12, 2) + offset, np.random.default_rng(4).integers(0, 4, 23)
    ours = lib.module.KNeighborsClassifier(k, p).fit(lib.array(x), lib.array(y))
    theirs = SklearnKNN(k, p=p, algorithm="brute").fit(x - offset, y)
    predicted = ours.predict(lib.array(queries))
    assert_array_equal(numpy(predicted), theirs.predict(queries - offset), strict=True)
    want = theirs.score(queries - offset, answers)
    assert ours.score(lib.array(queries), lib.array(answers)) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("tile_bytes", [1, 2500, 2**26])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("k", [1, 3, 20, 50])
def test_neighbours_are_sorted_by_distance_then_index(lib, k, p, tile_bytes):
    x, queries = grid_points(50, 3, 1), grid_points(31, 3, 2)  # 64 different points: many ties
    knn = lib.module.KNeighborsClassifier(p=p).fit(lib.array(x), lib.array(np.zeros(50, int)))
    knn._tile_bytes = tile_bytes
    distances, indices = knn.kneighbors(lib.array(queries), k)
    oracle = distance.cdist(queries, x, METRIC[p])
    want = np.argsort(oracle, axis=1, kind="stable")[:, :k]
    assert_array_equal(numpy(indices), want, strict=True)
    assert_allclose(numpy(distances), np.take_along_axis(oracle, want, 1), rtol=1e-12, strict=True)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("k", [1, 4, 9])
def test_ties_of_whole_numbers_go_to_the_lower_index_and_the_smaller_label(lib, k, p):
    x, queries = grid_points(40, 2, 1), grid_points(25, 2, 2)
    y = np.random.default_rng(5).integers(0, 5, 40)
    knn = lib.module.KNeighborsClassifier(k, p).fit(lib.array(x), lib.array(y))
    want = naive_vote(distance.cdist(queries, x, METRIC[p]), y, k)
    assert_array_equal(numpy(knn.predict(lib.array(queries))), want)


@pytest.mark.parametrize("p", [1, 2])
def test_k_of_the_call_comes_before_k_of_the_classifier(lib, p):
    x, y = lib.array(points(9, 2)), lib.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    three, one = lib.module.KNeighborsClassifier(3, p), lib.module.KNeighborsClassifier(1, p)
    three.fit(x, y), one.fit(x, y)
    queries = lib.array(points(30, 2, 1))
    answers = one.predict(queries)
    assert_array_equal(numpy(three.predict(queries, k=1)), numpy(one.predict(queries)))
    assert three.score(queries, answers, k=1) == 1
    assert three.score(queries, answers) < 1
    assert three.kneighbors(queries, k=1)[1].shape == (30, 1)
    assert three.kneighbors(queries)[1].shape == (30, 3)


@pytest.mark.parametrize("p", [1, 2])
def test_images_are_compared_as_flat_vectors(lib, p):
    rng = np.random.default_rng(0)
    images, queries = rng.random((12, 3, 4, 5)), rng.random((7, 3, 4, 5))
    y = lib.array(rng.integers(0, 3, 12))
    knn = lib.module.KNeighborsClassifier(3, p)
    got, _ = knn.fit(lib.array(images), y).kneighbors(lib.array(queries))
    want = distance.cdist(queries.reshape(7, 60), images.reshape(12, 60), METRIC[p])
    assert_allclose(numpy(got), np.sort(want, axis=1)[:, :3], rtol=1e-12)


def test_float32_images_have_the_neighbours_of_float64_images(lib):
    rng = np.random.default_rng(0)
    x, queries = rng.random((400, 3, 32, 32)), rng.random((40, 3, 32, 32))
    x, queries = x.astype(np.float32), queries.astype(np.float32)
    knn = lib.module.KNeighborsClassifier(5).fit(lib.array(x), lib.array(np.zeros(400, int)))
    distances, indices = knn.kneighbors(lib.array(queries))
    oracle = distance.cdist(queries.reshape(40, -1).astype(float), x.reshape(400, -1).astype(float))
    assert distances.dtype == lib.array(queries).dtype
    assert_allclose(numpy(distances), np.sort(oracle, axis=1)[:, :5], rtol=1e-6)
    assert (numpy(indices) == np.argsort(oracle, axis=1)[:, :5]).mean() > 0.99


@pytest.mark.parametrize(
    "dtypes", [("float32", "float64"), ("float64", "float32"), ("uint8", "float32")]
)
@pytest.mark.parametrize("p", [1, 2])
def test_training_points_and_queries_may_differ_in_dtype(lib, p, dtypes):
    x, queries = grid_points(20, 4, 1).astype(dtypes[0]), grid_points(6, 4, 2).astype(dtypes[1])
    knn = lib.module.KNeighborsClassifier(3, p).fit(lib.array(x), lib.array(np.arange(20) % 4))
    distances, _ = knn.kneighbors(lib.array(queries))
    oracle = distance.cdist(queries.astype(float), x.astype(float), METRIC[p])
    assert_allclose(numpy(distances), np.sort(oracle, axis=1)[:, :3], rtol=1e-12, strict=True)


@pytest.mark.parametrize("p", [1, 2])
def test_many_queries_need_memory_for_a_tile_only(lib, p, monkeypatch):
    knn = lib.module.KNeighborsClassifier(2, p)
    knn.fit(lib.array(points(100, 3)), lib.array(np.arange(100) % 3))
    knn._tile_bytes = 100 * 8 * 7  # seven queries
    seen = []
    name = "cdist" if p == 1 else "_squared_distances"
    distances = getattr(lib.module, name)

    def spy(x1, *rest, **options):
        seen.append(len(x1))
        return distances(x1, *rest, **options)

    monkeypatch.setattr(lib.module, name, spy)
    assert knn.predict(lib.array(points(24, 3))).shape == (24,)
    assert seen == [7, 7, 7, 3]


def one_wide_column(n, seed, spread=1e5):
    """Sixteen columns of class and noise, and one of 0 and spread, which says nothing."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.standard_normal((n, 17))
    x[:, 0] += 2 * y
    x[:, 16] = spread * rng.integers(0, 2, n)
    return x.astype(np.float32), y


def two_clusters(n, seed, apart=1e4):
    x = np.random.default_rng(seed).standard_normal((n, 20))
    return (x + apart * (np.arange(n) % 2)[:, None]).astype(np.float32)


def one_outlier(n, seed):
    x = points(n, 12, seed)
    x[0] = 1e6
    return x.astype(np.float32)


UNEVEN = {
    "one wide column": lambda n, seed: one_wide_column(n, seed)[0],
    "a column of a million times the spread": lambda n, seed: one_wide_column(n, seed, 1e6)[0],
    "two clusters": two_clusters,
    "two clusters far apart": lambda n, seed: two_clusters(n, seed, 1e6),
    "one outlier": one_outlier,
    "offset and spread": lambda n, seed: (1e3 * points(n, 30, seed) + 1e6).astype(np.float32),
    "tiny": lambda n, seed: (1e-25 * points(n, 9, seed)).astype(np.float32),
    "huge": lambda n, seed: (1e25 * points(n, 9, seed)).astype(np.float32),
}


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("kind", UNEVEN)
def test_float32_has_the_neighbours_of_float64_however_uneven_the_data(lib, kind, k):
    x, queries = UNEVEN[kind](300, 1), UNEVEN[kind](80, 2)
    queries[:20] = x[:20]  # these find themselves
    y = np.random.default_rng(3).integers(0, 3, 300)
    model = lib.module.KNeighborsClassifier(k).fit(lib.array(x), lib.array(y))
    distances, indices = model.kneighbors(lib.array(queries))
    oracle = distance.cdist(queries.astype(np.float64), x.astype(np.float64))
    want = np.argsort(oracle, axis=1, kind="stable")[:, :k]
    assert_array_equal(numpy(indices), want)
    near = np.take_along_axis(oracle, want, 1)
    assert_allclose(numpy(distances), near.astype(np.float32), rtol=1e-6, strict=True)
    assert_array_equal(numpy(model.predict(lib.array(queries))), naive_vote(oracle, y, k))


def test_a_wide_column_costs_float32_no_accuracy(lib):
    (x, y), (queries, answers) = one_wide_column(1000, 1), one_wide_column(300, 2)
    model = lib.module.KNeighborsClassifier(5).fit(lib.array(x), lib.array(y))
    theirs = SklearnKNN(5, algorithm="kd_tree").fit(x.astype(np.float64), y)
    assert model.score(lib.array(queries), lib.array(answers)) == theirs.score(queries, answers)


@pytest.mark.parametrize("kind", [kind for kind in UNEVEN if kind not in ("tiny", "huge")])
def test_cdist_of_float32_keeps_its_digits_however_uneven_the_data(lib, kind):
    x1, x2 = UNEVEN[kind](40, 1), UNEVEN[kind](60, 2)
    x1[:9] = x2[:9]
    got = numpy(lib.module.cdist(lib.array(x1), lib.array(x2)))
    want = distance.cdist(x1.astype(np.float64), x2.astype(np.float64))
    assert_allclose(got, want.astype(np.float32), rtol=2e-5, strict=True)
    assert_array_equal(np.diag(got)[:9], 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 4, 30])
def test_of_equal_rows_the_lower_index_is_nearer(lib, dtype, k):
    x = points(1500, 77, 1, dtype)
    x[1000:] = x[:500]  # each of these twice
    queries = np.concatenate([x[:300], points(200, 77, 2, dtype), x[800:1200]])
    model = lib.module.KNeighborsClassifier(k).fit(lib.array(x), lib.array(np.arange(1500)))
    distances, indices = (numpy(a) for a in model.kneighbors(lib.array(queries)))
    oracle = distance.cdist(queries.astype(np.float64), x.astype(np.float64))
    oracle[:, 1000:] = oracle[:, :500]
    want = np.argsort(oracle, axis=1, kind="stable")[:, :k]
    assert_array_equal(indices, want)
    assert (np.diff(distances, axis=1) >= 0).all()
    if k == 1:
        assert_array_equal(numpy(model.predict(lib.array(queries))), want[:, 0])


def test_predict_sees_equal_rows_as_kneighbors_does(lib):
    x, queries = points(40, 30, 1, np.float32)[np.arange(400) % 40], points(90, 30, 2, np.float32)
    y = np.random.default_rng(0).integers(0, 4, 400)
    for k in (1, 5, 23):  # of the ten copies at the last place, the first few have a vote
        model = lib.module.KNeighborsClassifier(k).fit(lib.array(x), lib.array(y))
        indices = numpy(model.kneighbors(lib.array(queries))[1])
        want = [np.bincount(y[row]).argmax() for row in indices]
        assert_array_equal(numpy(model.predict(lib.array(queries))), want)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float64, np.float32)])
def test_uneven_data_may_differ_in_dtype(lib, dtypes):
    x, queries = one_wide_column(200, 1)[0], one_wide_column(50, 2)[0]
    model = lib.module.KNeighborsClassifier(3)
    model.fit(lib.array(x.astype(dtypes[0])), lib.array(np.zeros(200, int)))
    _, indices = model.kneighbors(lib.array(queries.astype(dtypes[1])))
    oracle = distance.cdist(queries.astype(np.float64), x.astype(np.float64))
    assert_array_equal(numpy(indices), np.argsort(oracle, axis=1, kind="stable")[:, :3])


@pytest.mark.parametrize("precision", ["high", "medium"])
def test_coarse_matrix_products_change_no_neighbour(precision, request):
    before = torch.get_float32_matmul_precision()
    request.addfinalizer(lambda: torch.set_float32_matmul_precision(before))
    torch.set_float32_matmul_precision(precision)
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        x, queries = (torch.tensor(points(n, 64, n, np.float32), device=device) for n in (500, 90))
        model = torch_classifiers.KNeighborsClassifier(3).fit(x, torch.arange(500, device=device))
        _, indices = model.kneighbors(queries)
        oracle = distance.cdist(queries.double().cpu(), x.double().cpu())
        assert_array_equal(indices.cpu(), np.argsort(oracle, axis=1)[:, :3])


@pytest.mark.parametrize("p", [1, 2])
def test_changing_x_after_fit_changes_no_prediction(lib, p):
    x, y, queries = lib.array(points(20, 3)), lib.array(np.arange(20)), lib.array(points(20, 3))
    knn = lib.module.KNeighborsClassifier(1, p).fit(x, y)
    x[:] = 0
    assert_array_equal(numpy(knn.predict(queries)), np.arange(20))


# --- the linear classifier ---


def blobs(n=120, d=6, classes=4, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    return 2 * np.eye(classes, d)[y] + spread * rng.standard_normal((n, d)), y


def loss_by_hand(loss, weight_decay, weight, bias, x, y):
    total = 0.0
    for point, label in zip(x, y, strict=True):
        scores = [row @ point + b for row, b in zip(weight, bias, strict=True)]
        if loss == "hinge":
            wrong = [s for j, s in enumerate(scores) if j != label]
            total += sum(max(0.0, 1 + s - scores[label]) for s in wrong)
        else:
            total += np.log(sum(np.exp(s - scores[label]) for s in scores))
    return total / len(x) + weight_decay / 2 * sum(w**2 for w in weight.ravel())


def at(loss, weight, bias, weight_decay):
    model = np_classifiers.LinearClassifier(loss, weight_decay=weight_decay)
    return model.load_state_dict({"weight": weight, "bias": bias})


@pytest.mark.parametrize("weight_decay", [0, 0.3])
@pytest.mark.parametrize("loss", ["hinge", "cross_entropy"])
def test_the_loss_is_the_formula_and_its_gradient_the_finite_difference(loss, weight_decay):
    x, y = blobs(9, 5, 3)
    weight, bias = points(3, 5, 1), points(1, 3, 2)[0]
    value, dweight, dbias = at(loss, weight, bias, weight_decay)._loss(x, y)
    assert value == pytest.approx(loss_by_hand(loss, weight_decay, weight, bias, x, y), rel=1e-12)
    for parameter, gradient in ((weight, dweight), (bias, dbias)):
        assert gradient.shape == parameter.shape
        for entry in np.ndindex(parameter.shape):
            kept, values = parameter[entry], []
            for step in (1e-6, -1e-6):
                parameter[entry] = kept + step
                values.append(loss_by_hand(loss, weight_decay, weight, bias, x, y))
            parameter[entry] = kept
            assert gradient[entry] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("loss", ["hinge", "cross_entropy"])
def test_the_gradient_is_that_of_autograd(loss, scale):
    x, y = blobs(9, 5, 3)
    weight, bias = scale * points(3, 5, 1), scale * points(1, 3, 2)[0]
    value, dweight, dbias = at(loss, weight, bias, 0)._loss(x, y)
    parameters = torch.tensor(weight, requires_grad=True), torch.tensor(bias, requires_grad=True)
    scores = torch.tensor(x) @ parameters[0].T + parameters[1]
    want = torch_classifiers._LOSSES[loss](scores, torch.tensor(y))
    assert value == pytest.approx(want.item(), rel=1e-12)
    for got, grad in zip((dweight, dbias), torch.autograd.grad(want, parameters), strict=True):
        assert_allclose(got, grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", ["hinge", "cross_entropy"])
@pytest.mark.parametrize("epochs", [1, 3])
def test_numpy_and_torch_learn_the_same_weights_from_the_same_batches(lib, loss, epochs):
    x, y = blobs(103, 6, 4)  # 103 points in batches of 20: the last has 3
    options = {"lr": 0.05, "epochs": epochs, "batch_size": 20, "weight_decay": 0.1}
    want = np_classifiers.LinearClassifier(loss, **options).fit(x, y, rng=np.random.default_rng(7))
    got = lib.module.LinearClassifier(loss, **options)
    got.fit(lib.array(x), lib.array(y), rng=np.random.default_rng(7))
    assert want.weight.shape == (4, 6)
    assert want.bias.shape == (4,)
    assert_allclose(numpy(got.weight), want.weight, rtol=0, atol=1e-10, strict=True)
    assert_allclose(numpy(got.bias), want.bias, rtol=0, atol=1e-10, strict=True)
    assert_allclose(numpy(got.losses_), want.losses_, rtol=1e-10, strict=True)
    other = np_classifiers.LinearClassifier(loss, **options).fit(x, y, rng=np.random.default_rng(8))
    assert np.abs(other.weight - want.weight).max() > 1e-3


def long_training(lib, loss, weight_decay, x, y):
    model = lib.module.LinearClassifier(
        loss, weight_decay=weight_decay, lr=0.05, epochs=400, batch_size=len(x)
    )
    model.fit(lib.array(x), lib.array(y), rng=np.random.default_rng(0))
    return numpy(model.weight), numpy(model.bias)


def test_cross_entropy_finds_the_minimum_that_scikit_learn_finds(lib):
    x, y = blobs()
    weight, bias = long_training(lib, "cross_entropy", 0.1, x, y)
    oracle = LogisticRegression(C=1 / (0.1 * len(x)), tol=1e-10, max_iter=1000).fit(x, y)
    assert_allclose(weight, oracle.coef_, atol=1e-3)
    assert_allclose(bias - bias.mean(), oracle.intercept_ - oracle.intercept_.mean(), atol=1e-3)


def least_hinge(weight_decay, x, y):
    """The minimum as a quadratic program: what each wrong class lacks is a variable of its own."""
    n, size = len(x), x.shape[1] + 1
    classes = y.max() + 1
    pairs = [(i, j) for i in range(n) for j in range(classes) if j != y[i]]
    leads = np.zeros((len(pairs), classes, size))  # s_y - s_j, by weights and biases
    for row, (i, j) in enumerate(pairs):
        leads[row, y[i]] = np.append(x[i], 1)
        leads[row, j] = -np.append(x[i], 1)
    leads = np.concatenate([leads.reshape(len(pairs), -1), np.eye(len(pairs))], axis=1)
    decay = np.tile(np.append(np.full(size - 1, weight_decay), 0), classes)
    decay = np.append(decay, np.zeros(len(pairs)))
    price = np.append(np.zeros(classes * size), np.full(len(pairs), 1 / n))
    solved = optimize.minimize(
        lambda z: (decay / 2 * z**2).sum() + price @ z,
        np.append(np.zeros(classes * size), np.ones(len(pairs))),
        jac=lambda z: decay * z + price,
        bounds=[(None, None)] * (classes * size) + [(0, None)] * len(pairs),
        constraints={"type": "ineq", "fun": lambda z: leads @ z - 1, "jac": lambda z: leads},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    assert solved.success
    found = solved.x[: classes * size].reshape(classes, size)
    return found[:, :-1], found[:, -1], solved.fun


def test_hinge_finds_the_minimum_that_a_quadratic_program_finds(lib):
    x, y = blobs(50, 4, 4)
    weight, bias = long_training(lib, "hinge", 0.1, x, y)
    best_weight, best_bias, least = least_hinge(0.1, x, y)
    assert loss_by_hand("hinge", 0.1, best_weight, best_bias, x, y) == pytest.approx(least, 1e-9)
    ours = loss_by_hand("hinge", 0.1, weight, bias, x, y)
    assert least - 1e-9 < ours < 1.001 * least
    assert_allclose(weight, best_weight, atol=0.02)
    assert_allclose(bias - bias.mean(), best_bias - best_bias.mean(), atol=0.04)
    assert ours < 0.7 * loss_by_hand("hinge", 0.1, 0 * weight, 0 * bias, x, y)


def test_with_two_classes_hinge_finds_the_line_that_scikit_learn_finds(lib):
    """Rows -v and v are one line u = 2v, whose penalty weight_decay·|v|² is weight_decay/4·|u|²."""
    x, y = blobs(classes=2)
    weight, bias = long_training(lib, "hinge", 0.1, x, y)
    oracle = LinearSVC(
        C=2 / (0.1 * len(x)),  # on the sum of losses, to |u|²/2
        loss="hinge",
        intercept_scaling=30,  # all but free of weight decay, as ours is
        max_iter=100_000,
        random_state=0,
    ).fit(x, y)
    assert_allclose(weight[1] - weight[0], oracle.coef_[0], atol=0.02)
    assert bias[1] - bias[0] == pytest.approx(oracle.intercept_[0], abs=0.02)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_hinge_is_torchs_mean_over_classes_times_their_number(lib, classes):
    x, y = blobs(30, 5, classes)
    scores = torch.tensor(x) @ torch.tensor(points(5, classes, 1))
    got = lib.module._LOSSES["hinge"](lib.array(scores.numpy()), lib.array(y))
    got = got[0] if isinstance(got, tuple) else got
    want = classes * torch.nn.functional.multi_margin_loss(scores, torch.tensor(y))
    assert float(got) == pytest.approx(want.item(), rel=1e-12)


@pytest.mark.parametrize("loss", ["hinge", "cross_entropy"])
def test_the_defaults_learn_standardised_features(lib, loss):
    rng = np.random.default_rng(0)
    means = rng.standard_normal((10, 300))
    y = rng.integers(0, 10, 2400)
    x = means[y] + 4 * rng.standard_normal((2400, 300))
    x = ((x - x[:2000].mean(axis=0)) / x[:2000].std(axis=0)).astype(np.float32)
    model = lib.module.LinearClassifier(loss)
    model.fit(lib.array(x[:2000]), lib.array(y[:2000]), rng=np.random.default_rng(0))
    bayes = (distance.cdist(x[2000:], [x[y == k].mean(axis=0) for k in range(10)])).argmin(axis=1)
    best = (bayes == y[2000:]).mean()  # knows each class's mean, from the test points too
    assert model.score(lib.array(x[2000:]), lib.array(y[2000:])) > best - 0.1
    assert model.losses_[-1] < model.losses_[0]
    assert model.weight.dtype == lib.array(x).dtype


@pytest.mark.parametrize("loss", ["hinge", "cross_entropy"])
def test_fit_begins_anew_and_draws_from_its_rng_only(lib, loss):
    x, y = (lib.array(a) for a in blobs())
    model = lib.module.LinearClassifier(loss)
    np.random.seed(3)  # the global state is what must stay as it is
    before = np.random.get_state()[1].copy()
    first = numpy(model.fit(x, y, rng=np.random.default_rng(1)).weight).copy()
    again = numpy(model.fit(x, y, rng=np.random.default_rng(1)).weight)
    assert_array_equal(first, again)
    assert_array_equal(np.random.get_state()[1], before)
    assert_array_equal(numpy(x), blobs()[0])


def test_linear_predictions_are_the_largest_score_and_the_first_of_equals(lib):
    model = lib.module.LinearClassifier()
    model.load_state_dict({"weight": [[1.0, 0], [0, 2], [0, 2]], "bias": [0.5, 0, 0]})
    x = lib.array([[1.0, 0], [0, 1], [-3, 0]])
    assert_array_equal(numpy(model.decision_function(x)), [[1.5, 0, 0], [0.5, 2, 2], [-2.5, 0, 0]])
    assert_array_equal(numpy(model.predict(x)), np.array([0, 1, 1]), strict=True)
    assert model.score(x, lib.array([0, 2, 1])) == pytest.approx(2 / 3)


def test_images_are_scored_as_flat_vectors(lib):
    images, y = np.random.default_rng(0).random((10, 3, 2, 4)), np.arange(10) % 3
    flat, square = (lib.module.LinearClassifier() for _ in range(2))
    flat.fit(lib.array(images.reshape(10, 24)), lib.array(y), rng=np.random.default_rng(0))
    square.fit(lib.array(images), lib.array(y), rng=np.random.default_rng(0))
    assert_array_equal(numpy(square.weight), numpy(flat.weight))
    assert square.decision_function(lib.array(images)).shape == (10, 3)


def test_linear_state_is_that_of_torch_nn_linear(lib):
    x, y = blobs()
    model = lib.module.LinearClassifier()
    model.fit(lib.array(x), lib.array(y), rng=np.random.default_rng(0))
    layer = torch.nn.Linear(6, 4, dtype=torch.float64)
    layer.load_state_dict({name: torch.as_tensor(v) for name, v in model.state_dict().items()})
    want = layer(torch.tensor(x)).detach().numpy()
    assert_allclose(numpy(model.decision_function(lib.array(x))), want, rtol=1e-12, atol=1e-12)
    back = lib.module.LinearClassifier().load_state_dict(
        {name: v.detach() for name, v in layer.state_dict().items()}
    )
    assert_allclose(numpy(back.weight), layer.weight.detach().numpy(), rtol=0)


# --- errors ---

X, Y = np.zeros((6, 4)), np.array([0, 1, 2, 0, 1, 2])
Q = np.zeros((3, 4))


def with_value(value):
    x = X.copy()
    x[2, 1] = value
    return x


def knn(m, *, p=2.0, k=5):
    return m.KNeighborsClassifier(k, p)


def linear(m):
    return m.LinearClassifier().fit


RNG = np.random.default_rng(0)
# fmt: off
CDIST_VALUE_ERRORS = [
    ("x1 has shape (4,); it must be (N, D), not empty",
     lambda f, a: f(a(X[0]), a(X))),
    ("x2 has shape (1, 6, 4); it must be (N, D), not empty",
     lambda f, a: f(a(X), a(X[None]))),
    ("x2 has shape (0, 4); it must be (N, D), not empty",
     lambda f, a: f(a(X), a(X[:0]))),
    ("x1 has shape (6, 0); it must be (N, D), not empty",
     lambda f, a: f(a(X[:, :0]), a(X))),
    ("x1 has 4 columns, x2 has 3; both must be (N, D) with the same D",
     lambda f, a: f(a(X), a(X[:, :3]))),
    ("p is 3; it must be 1 (sum of |a - b|) or 2 (Euclidean)",
     lambda f, a: f(a(X), a(X), 3)),
    ("p is inf; it must be 1 (sum of |a - b|) or 2 (Euclidean)",
     lambda f, a: f(a(X), a(X), p=float("inf"))),
    ("x2 has NaN or infinite values; remove or replace them",
     lambda f, a: f(a(X), a(with_value(np.nan)))),
    ("x1 has NaN or infinite values; remove or replace them",
     lambda f, a: f(a(with_value(-np.inf)), a(X), 1)),
]
CDIST_TYPE_ERRORS = [
    ("x2 is float16; pass float32, float64 or integers",
     lambda f, a: f(a(X), a(X.astype(np.float16)))),
    ("x1 is complex128; pass float32, float64 or integers",
     lambda f, a: f(a(X + 1j), a(X))),
]
OTHER_VALUE_ERRORS = [
    ("vote: distances has shape (4,); it must be (M, N), not empty",
     lambda m, a: m.vote(a(X[0]), a(Y), 1)),
    ("vote: labels has shape (6,); it must be (4,), one label for each point",
     lambda m, a: m.vote(a(X), a(Y), 1)),
    ("vote: labels has shape (4, 1); it must be (4,), one label for each point",
     lambda m, a: m.vote(a(X), a(Y[:4, None]), 1)),
    ("vote: k is 0; it must be from 1 to 4, the number of points",
     lambda m, a: m.vote(a(X), a(Y[:4]), 0)),
    ("vote: k is 5; it must be from 1 to 4, the number of points",
     lambda m, a: m.vote(a(X), a(Y[:4]), 5)),
    ("vote: distances has NaN, which is neither near nor far; remove it first",
     lambda m, a: m.vote(a(with_value(np.nan)), a(Y[:4]), 1)),
    ("KNeighborsClassifier: p is 3; it must be 1 (sum of |a - b|) or 2 (Euclidean)",
     lambda m, a: knn(m, p=3)),
    ("KNeighborsClassifier.fit: x has shape (4,); it must be (N, D) or (N, C, H, W), not empty",
     lambda m, a: knn(m).fit(a(X[0]), a(Y))),
    ("KNeighborsClassifier.fit: x has shape (0, 4); it must be (N, D) or (N, C, H, W), not empty",
     lambda m, a: knn(m).fit(a(X[:0]), a(Y[:0]))),
    ("KNeighborsClassifier.fit: y has shape (5,); it must be (6,), one label for each point",
     lambda m, a: knn(m).fit(a(X), a(Y[:5]))),
    ("KNeighborsClassifier.fit: x has NaN or infinite values; remove or replace them",
     lambda m, a: knn(m).fit(a(with_value(np.nan)), a(Y))),
    ("KNeighborsClassifier.predict: x has NaN or infinite values; remove or replace them",
     lambda m, a: knn(m).fit(a(X), a(Y)).predict(a(with_value(np.inf)))),
    ("KNeighborsClassifier.predict: x has 3 values per point, fit saw 4; both must agree",
     lambda m, a: knn(m).fit(a(X), a(Y)).predict(a(Q[:, :3]))),
    ("KNeighborsClassifier.predict: k is 7; it must be from 1 to 6, the number of points",
     lambda m, a: knn(m).fit(a(X), a(Y)).predict(a(Q), k=7)),
    ("KNeighborsClassifier.kneighbors: k is 7; it must be from 1 to 6, the number of points",
     lambda m, a: knn(m, k=7).fit(a(X), a(Y)).kneighbors(a(Q))),
    ("KNeighborsClassifier.score: y has shape (6,); it must be (3,), one label for each point",
     lambda m, a: knn(m).fit(a(X), a(Y)).score(a(Q), a(Y))),
    ("LinearClassifier: loss is 'l2'; it must be one of hinge, cross_entropy",
     lambda m, a: m.LinearClassifier("l2")),
    ("LinearClassifier.fit: x has shape (4,); it must be (N, D) or (N, C, H, W), not empty",
     lambda m, a: linear(m)(a(X[0]), a(Y), rng=RNG)),
    ("LinearClassifier.fit: y has shape (2,); it must be (6,), one label for each point",
     lambda m, a: linear(m)(a(X), a(Y[:2]), rng=RNG)),
    ("LinearClassifier.fit: y has -1; labels count from 0",
     lambda m, a: linear(m)(a(X), a(Y - 1), rng=RNG)),
    ("LinearClassifier.fit: x has NaN or infinite values; remove or replace them",
     lambda m, a: linear(m)(a(with_value(np.nan)), a(Y), rng=RNG)),
    ("LinearClassifier.predict: x has 2 values per point, fit saw 4; both must agree",
     lambda m, a: linear(m)(a(X), a(Y), rng=RNG).predict(a(X[:, :2]))),
    ("LinearClassifier.score: y has shape (3,); it must be (6,), one label for each point",
     lambda m, a: linear(m)(a(X), a(Y), rng=RNG).score(a(X), a(Y[:3]))),
]
OTHER_TYPE_ERRORS = [
    ("vote: labels is float64; labels must be integers",
     lambda m, a: m.vote(a(X), a(np.zeros(4)), 1)),
    ("vote: labels is bool; labels must be integers",
     lambda m, a: m.vote(a(X), a(np.ones(4, bool)), 1)),
    ("vote: k is 2.0; it must be a whole number",
     lambda m, a: m.vote(a(X), a(Y[:4]), 2.0)),
    ("KNeighborsClassifier.fit: y is float64; labels must be integers",
     lambda m, a: knn(m).fit(a(X), a(Y / 1))),
    ("LinearClassifier.fit: y is float64; labels must be integers",
     lambda m, a: linear(m)(a(X), a(Y / 2), rng=RNG)),
]
OTHER_RUNTIME_ERRORS = [
    ("KNeighborsClassifier.predict: call fit(x, y) first",
     lambda m, a: knn(m).predict(a(X))),
    ("KNeighborsClassifier.kneighbors: call fit(x, y) first",
     lambda m, a: knn(m).kneighbors(a(X))),
    ("KNeighborsClassifier.predict: call fit(x, y) first",
     lambda m, a: knn(m).score(a(X), a(Y))),
    ("KNeighborsClassifier.state_dict: call fit(x, y) first",
     lambda m, a: knn(m).state_dict()),
    ("LinearClassifier.predict: call fit(x, y, rng=rng) first",
     lambda m, a: m.LinearClassifier().predict(a(X))),
    ("LinearClassifier.state_dict: call fit(x, y, rng=rng) first",
     lambda m, a: m.LinearClassifier().state_dict()),
]
# fmt: on


def rows(tables):
    return [
        pytest.param(call, error, message, id=message)
        for error, table in tables.items()
        for message, call in table
    ]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    rows({ValueError: CDIST_VALUE_ERRORS, TypeError: CDIST_TYPE_ERRORS}),
)
@pytest.mark.parametrize("name", DISTANCES)
def test_distances_of_bad_input_say_what_to_do(lib, name, call, error, message):
    with pytest.raises(error) as raised:
        call(getattr(lib.module, name), lib.array)
    assert str(raised.value) == f"{name}: {message}"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    rows(
        {
            ValueError: OTHER_VALUE_ERRORS,
            TypeError: OTHER_TYPE_ERRORS,
            RuntimeError: OTHER_RUNTIME_ERRORS,
        }
    ),
)
def test_bad_input_is_told_what_to_do(lib, call, error, message):
    with pytest.raises(error) as raised:
        call(lib.module, lib.array)
    assert str(raised.value) == message


# --- the benchmark ---


def run_benchmark(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.knn", "--threads", "1", *arguments],
        cwd=ROOT,
        env={name: v for name, v in os.environ.items() if name != "DL4CV_DEV_DATA"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_benchmark_prints_its_rows_for_both_libraries():
    result = run_benchmark("--rounds", "1", "--sizes", "30", "7", "5")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("predict, k = 5") == result.stdout.count("cdist, p = 1") == 2


def test_the_benchmark_reports_accuracies_on_real_images(tmp_path):
    (tmp_path / "cifar10").mkdir()
    images = np.zeros((200, 32, 32, 3), np.uint8)
    images[::2] = 255  # label 1 is white, label 0 black
    for part, n in (("train5085", 200), ("test1017", 10)):
        file = tmp_path / "cifar10" / f"cifar10_lossless_{part}.npz"
        np.savez(file, X=images[:n], y=(images[:n, 0, 0, 0] // 255))
    result = run_benchmark("--cifar", DL4CV_DEV_DATA=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("  1.000" * 8) == 2


def test_the_benchmark_says_when_it_has_no_images():
    result = run_benchmark("--cifar")
    assert result.returncode == 1
    assert result.stderr == "knn: DL4CV_DEV_DATA is not set; --cifar needs it, see --help\n"
