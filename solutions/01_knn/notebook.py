# ---
# title: "Assignment 1 · Image classification and k-nearest neighbours"
# withhold:
#   - cs_lib.numpy.classifiers
#   - cs_lib.torch.classifiers
#   - cs_lib.metrics
#   - cs_lib.model_selection
# ---

# %% [markdown]
# # Assignment 1 · Image classification and k-nearest neighbours
#
# You will build a complete image classifier out of ten small functions: two distances, a vote,
# cross-validation, the numbers that judge a classifier, and the numbers that judge a search engine.
# Each is a few lines long. Nothing is imported that does the work for you.
#
# **How it works.** An exercise is a text, a cell to write in, and a cell with checks. Replace the line
# `raise NotImplementedError(…)`, run your cell, then run the checks. They are silent when they find nothing wrong,
# and say what is wrong when they do. Silent is not yet right: these checks try a few cases only. Grading tries
# every sentence of the text, on other inputs, and one failed check costs the points of its cell. So go through the text
# sentence by sentence before you hand in. Points are in the heading of each exercise, 100 in all.
#
# Keep the file [hints.json](hints.json) beside this notebook: with it, a check can often name your mistake and tell
# you what to read.
#
# **What you may use.** NumPy, and Python's standard library. Not SciPy, scikit-learn or torch, and none of the
# functions of `cs_lib` that you are asked to write: when your work is graded, those are taken out. (SciPy could do some of
# it in a line. Nobody checks that, but the practice would be lost on you.)
#
# Unless a text says otherwise: do not change your arguments, and never touch NumPy's global random state. Whole numbers may
# come in any integer dtype. Arithmetic in uint8, as images have it, wraps around: 3 − 5 is 254. `x.dtype.kind` is
# "f" for floats, "i" or "u" for integers, and `x.astype(np.float64)` converts.
#
# Set aside three hours or so, without the reading. Read the chapter's pages first; the checks point back at them.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/01_knn/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np

from cs_lib import data, viz
from cs_lib.testing import (
    call,
    check_call,
    check_close,
    check_equal,
    check_fast,
    check_memory,
    check_raises,
)

# %% [markdown]
# ## The data
#
# `shapes` holds small colour images of ten kinds of shape, in front of clutter. Images are float32 in
# [0, 1] of shape (N, 3, 32, 32), labels are whole numbers from 0 to 9. A distance knows nothing of rows,
# columns or colours, so we flatten: one image becomes one row of D = 3 · 32 · 32 = 3072 numbers.

# %%
shapes = data.load("shapes", n_train=1000, n_test=200, seed=1)
x_train = shapes.x_train.reshape(len(shapes.x_train), -1)
x_test = shapes.x_test.reshape(len(shapes.x_test), -1)
y_train, y_test = shapes.y_train, shapes.y_test
print("x_train", x_train.shape, x_train.dtype, " y_train", y_train.shape, y_train.dtype)

_ = viz.show_images(shapes.x_train[:20], y_train[:20], classes=shapes.classes, columns=10)

# %% [markdown]
# ## 1 · Distances
#
# ### Exercise `pairwise_l2` (14 points)
#
# Write `pairwise_l2(x1, x2)`: all Euclidean distances between the rows of two arrays,
# $d_{ij} = \sqrt{\sum_k (x_{1,ik} - x_{2,jk})^2}$.
#
# | | |
# |---|---|
# | `x1` | (M, D), any integer dtype, float32 or float64 |
# | `x2` | (N, D), the same dtype |
# | returns | array (M, N); float64 for integers and float64, float32 for float32 |
#
# - **No Python loop** (nor a loop in disguise: comprehension, `map`, `np.vectorize`, `np.apply_along_axis`),
#   and **no array of M · N · D numbers**: 500 by 5,000 images would need 57 GiB.
#   Expand the square and let one matrix product do the work.
# - Equal rows have a distance of 0 up to rounding (below 1e-6 in the checks), never `nan`.
# - Both sets may lie far from the origin, at 1,000,000 say, while the distances are near 1. The result must still
#   be right to five digits. What can you do to both sets, the same to both, that leaves every distance as it is?


# %% nbgrader={"grade_id": "pairwise_l2", "solution": true}
def pairwise_l2(x1, x2):
    """x1: (M, D), x2: (N, D) -> (M, N) Euclidean distances."""
    ### BEGIN SOLUTION
    # Moved together, the sets keep their distances. Far from the origin, the squares would swamp
    # the differences. (The mean of integers is float64, so nothing wraps.)
    center = x2.mean(axis=0)
    x1, x2 = x1 - center, x2 - center
    squares = (x1**2).sum(axis=1)[:, None] + (x2**2).sum(axis=1) - 2 * x1 @ x2.T
    return np.sqrt(np.maximum(squares, 0))  # rounding can leave -1e-16
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_pairwise_l2", "grade": true, "points": 8}
check_call(
    pairwise_l2,
    np.array([[0.0, 0.0], [3.0, 0.0]]),
    np.array([[3.0, 4.0], [0.0, 0.0], [3.0, 12.0]]),
    want=np.array([[5.0, 0.0, 153**0.5], [4.0, 3.0, 12.0]]),
    label="two rows against three",
    atol=1e-6,
)
check_call(
    pairwise_l2,
    np.array([[250, 3]], dtype=np.uint8),
    np.array([[10, 103]], dtype=np.uint8),
    want=np.array([[260.0]]),
    label="uint8 pixels",
)
check_call(
    pairwise_l2,
    np.array([[0, 0], [3, 0]], dtype=np.float32),
    np.array([[3, 4]], dtype=np.float32),
    want=np.array([[5], [4]], dtype=np.float32),
    label="float32",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for m, n, d in [(4, 3, 2), (2, 5, 7), (6, 6, 1), (1, 4, 30)]:
    a, b = rng.normal(size=(m, d)), 2 * rng.normal(size=(n, d)) + 1
    distances = np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))
    check_call(pairwise_l2, a, b, want=distances, label=f"shapes {a.shape} and {b.shape}")
    check_call(
        pairwise_l2,
        a.astype(np.float32),
        b.astype(np.float32),
        want=distances.astype(np.float32),
        rtol=1e-3,
        atol=1e-3,
        label=f"float32, shapes {a.shape} and {b.shape}",
    )
a, b = rng.integers(0, 256, size=(5, 12)), rng.integers(0, 256, size=(3, 12))
for dtype in [np.uint8, np.int16, np.int64]:
    check_call(
        pairwise_l2,
        a.astype(dtype) // 2,
        b.astype(dtype) // 2,
        want=np.sqrt(((a[:, None] // 2 - b // 2) ** 2.0).sum(axis=2)),
        label=f"{np.dtype(dtype)} images",
    )
for dtype in [np.int8, np.int16, np.uint16, np.int32]:
    span = np.iinfo(dtype)
    a = rng.integers(span.min, span.max, size=(4, 3), endpoint=True).astype(dtype)
    b = rng.integers(span.min, span.max, size=(5, 3), endpoint=True).astype(dtype)
    distances = np.sqrt(((a.astype(float)[:, None] - b.astype(float)) ** 2).sum(axis=2))
    check_call(pairwise_l2, a, b, want=distances, label=f"{np.dtype(dtype)}, its whole range")
a, b = rng.integers(0, 5, size=(5, 6)), rng.integers(0, 5, size=(3, 6))
check_call(
    pairwise_l2,
    a + 100_000_000,
    b + 100_000_000,
    want=np.sqrt(((a[:, None] - b) ** 2.0).sum(axis=2)),
    atol=1e-6,
    label="int64 around 100,000,000",
)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_pairwise_l2_limits", "grade": true, "points": 6}
points = np.linspace(0, 1, 40).reshape(8, 5)
check_call(
    pairwise_l2,
    points,
    points[:3],
    atol=1e-6,
    want=np.abs(np.arange(8)[:, None] - np.arange(3)) * (points[1] - points[0])[0] * 5**0.5,
    label="equal rows among them",
)
check_fast(
    pairwise_l2,
    np.ones((400_000, 1)),
    np.zeros((2, 1)),
    seconds=0.35,
    label="400,000 rows against 2",
)
check_fast(
    pairwise_l2,
    np.ones((2, 1)),
    np.zeros((400_000, 1)),
    seconds=0.35,
    label="2 rows against 400,000",
)
check_fast(
    pairwise_l2,
    np.ones((2, 400_000)),
    np.zeros((2, 400_000)),
    seconds=0.35,
    label="rows of 400,000 numbers",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(1)
a, b = rng.uniform(size=(7, 4)), rng.uniform(size=(5, 4))
for offset in [1e6, -1e6, np.array([1e6, 0, -1e6, 5e5])]:
    check_call(
        pairwise_l2,
        a + offset,
        b + offset,
        want=np.sqrt(((a[:, None] - b) ** 2).sum(axis=2)),
        rtol=1e-5,
        label="both sets far from the origin",
    )
for seed in range(5):  # many equal rows: a square of -1e-16 would give nan
    a = np.random.default_rng(seed).normal(size=(30, 17))
    check_call(
        pairwise_l2,
        a,
        a.copy(),
        want=np.sqrt(((a[:, None] - a) ** 2).sum(axis=2)),
        atol=1e-6,
        label="a set against itself",
    )
a = np.float32(1000) + rng.uniform(size=(7, 4)).astype(np.float32)
b = np.float32(1000) + rng.uniform(size=(5, 4)).astype(np.float32)
check_call(
    pairwise_l2,
    a,
    b,
    want=np.sqrt(((a[:, None] - b) ** 2).sum(axis=2)),
    rtol=1e-3,
    label="float32, around 1,000",
)
check_call(
    pairwise_l2,
    1e-4 * a.astype(np.float64) - 0.1,
    1e-4 * b.astype(np.float64) - 0.1,
    want=1e-4 * np.sqrt(((a.astype(np.float64)[:, None] - b) ** 2).sum(axis=2)),
    rtol=1e-5,
    label="distances near 0.0001",
)
check_memory(
    pairwise_l2,
    np.ones((300, 200)),
    np.ones((300, 200)),
    megabytes=20,
    label="300 by 300 rows of 200 numbers",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `pairwise_l1` (12 points)
#
# Write `pairwise_l1(x1, x2, chunk)`: all Manhattan distances, $d_{ij} = \sum_k |x_{1,ik} - x_{2,jk}|$.
#
# | | |
# |---|---|
# | `x1` | (M, D), any integer dtype, float32 or float64 |
# | `x2` | (N, D), the same dtype |
# | `chunk` | int ≥ 1: how many rows of `x1` are handled at a time |
# | returns | array (M, N); float64 for integers and float64, float32 for float32 |
#
# An absolute value cannot be expanded, so the differences have to be formed. All M · N · D of them at once would not
# fit into memory: form those of `chunk` rows of `x1` at a time, so that no temporary array has more than
# `chunk` · N · D numbers (a converted copy of `x1` or `x2` does not count). M need not be a multiple of `chunk`. One loop
# over the chunks is all you need. (The library's own function, in the book, cuts the other set.)


# %% nbgrader={"grade_id": "pairwise_l1", "solution": true}
def pairwise_l1(x1, x2, chunk):
    """x1: (M, D), x2: (N, D), chunk: rows of x1 at a time -> (M, N) Manhattan distances."""
    ### BEGIN SOLUTION
    dtype = x1.dtype if x1.dtype.kind == "f" else np.float64
    distances = np.empty((len(x1), len(x2)), dtype)
    for start in range(0, len(x1), chunk):
        rows = x1[start : start + chunk].astype(dtype)
        distances[start : start + chunk] = np.abs(rows[:, None] - x2).sum(axis=2)
    return distances
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_pairwise_l1", "grade": true, "points": 8}
check_call(
    pairwise_l1,
    np.array([[0.0, 0.0]]),
    np.array([[5.0, -2.0]]),
    1,
    want=np.array([[7.0]]),
    label="5 across and 2 down",
)
check_call(
    pairwise_l1,
    np.array([[0.0, 0.0], [3.0, 0.0], [-1.0, 2.0]]),
    np.array([[3.0, 4.0], [0.0, 0.0]]),
    2,
    want=np.array([[7.0, 0.0], [4.0, 3.0], [6.0, 3.0]]),
    label="three rows in chunks of two",
)
check_call(
    pairwise_l1,
    np.array([[250, 3]], dtype=np.uint8),
    np.array([[10, 103]], dtype=np.uint8),
    4,
    want=np.array([[340.0]]),
    label="uint8 pixels",
)
check_call(
    pairwise_l1,
    np.array([[0, 0], [3, 0]], dtype=np.float32),
    np.array([[3, 4]], dtype=np.float32),
    1,
    want=np.array([[7], [4]], dtype=np.float32),
    label="float32",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
for m, n, d, chunk in [(5, 3, 2, 1), (5, 3, 4, 2), (7, 4, 3, 3), (4, 6, 5, 4), (3, 2, 6, 10)]:
    a, b = rng.normal(size=(m, d)), rng.normal(size=(n, d)) - 1
    distances = np.array([[sum(abs(s - t) for s, t in zip(p, q)) for q in b] for p in a])
    check_call(
        pairwise_l1,
        a,
        b,
        chunk,
        want=distances,
        label=f"shapes {a.shape} and {b.shape}, chunk {chunk}",
    )
    check_call(
        pairwise_l1,
        a.astype(np.float32),
        b.astype(np.float32),
        chunk,
        want=distances.astype(np.float32),
        rtol=1e-4,
        label=f"float32, shapes {a.shape} and {b.shape}, chunk {chunk}",
    )
a, b = rng.integers(0, 256, size=(5, 12)), rng.integers(0, 256, size=(3, 12))
for dtype in [np.uint8, np.int16, np.int64]:
    check_call(
        pairwise_l1,
        a.astype(dtype) // 2,
        b.astype(dtype) // 2,
        2,
        want=np.abs(a[:, None] // 2 - b // 2).sum(axis=2).astype(np.float64),
        label=f"{np.dtype(dtype)} images",
    )
for dtype in [np.int8, np.int16, np.uint16, np.int32]:
    span = np.iinfo(dtype)
    a = rng.integers(span.min, span.max, size=(4, 3), endpoint=True).astype(dtype)
    b = rng.integers(span.min, span.max, size=(5, 3), endpoint=True).astype(dtype)
    distances = np.abs(a.astype(float)[:, None] - b.astype(float)).sum(axis=2)
    check_call(pairwise_l1, a, b, 2, want=distances, label=f"{np.dtype(dtype)}, its whole range")
a, b = np.array([[20_000_001, 5]]), np.array([[20_000_004, -5]])
check_call(pairwise_l1, a, b, 1, want=np.array([[13.0]]), label="int64 around 20,000,000")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_pairwise_l1_limits", "grade": true, "points": 4}
check_call(
    pairwise_l1,
    np.arange(12.0).reshape(6, 2),
    np.array([[0.0, 1.0]]),
    4,
    want=np.arange(0.0, 24, 4)[:, None],
    label="six rows in chunks of four",
)
check_memory(
    pairwise_l1,
    np.ones((400, 50)),
    np.zeros((100, 50)),
    10,
    megabytes=5,
    label="400 by 100 rows of 50 numbers in chunks of 10 (all at once: 16 MB)",
)
### BEGIN HIDDEN TESTS
check_memory(
    pairwise_l1,
    np.ones((100, 50)),
    np.zeros((400, 50)),
    2,
    megabytes=3,
    label="100 by 400 rows of 50 numbers in chunks of 2 (all at once: 16 MB)",
)
check_memory(
    pairwise_l1,
    np.ones((2000, 50)),
    np.zeros((20, 50)),
    10,
    megabytes=4,
    label="2,000 by 20 rows of 50 numbers in chunks of 10 (all at once: 16 MB)",
)
check_fast(
    pairwise_l1,
    np.ones((2, 400_000)),
    np.zeros((2, 400_000)),
    2,
    seconds=0.35,
    label="rows of 400,000 numbers",
)
check_fast(
    pairwise_l1,
    np.ones((600, 4)),
    np.zeros((600, 4)),
    100,
    seconds=0.3,
    label="600 by 600 rows in chunks of 100",
)
### END HIDDEN TESTS

# %% [markdown]
# ## 2 · A vote
#
# ### Exercise `vote` (12 points)
#
# Write `vote(distances, labels, k)`: each query asks its k nearest labelled points and takes the label most of them have.
#
# | | |
# |---|---|
# | `distances` | (M, N) floats: from each of M queries to each of N labelled points |
# | `labels` | (N,) whole numbers ≥ 0; they need not start at 0 nor follow each other |
# | `k` | int, 1 ≤ k ≤ N |
# | returns | array (M,) of whole numbers: the predicted labels |
#
# Two rules make the answer unique. Of points **at the same distance**, those with the lower index count as nearer.
# Of labels **with the same number of votes**, the smallest wins. A loop over the queries is fine.


# %% nbgrader={"grade_id": "vote", "solution": true}
def vote(distances, labels, k):
    """distances: (M, N), labels: (N,), k: int -> (M,) labels."""
    ### BEGIN SOLUTION
    nearest = np.argsort(distances, kind="stable")[:, :k]  # (M, k)
    # bincount counts from label 0 on, and argmax takes the first of equal counts: the smallest label
    return np.array([np.bincount(labels[row]).argmax() for row in nearest])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_vote", "grade": true, "points": 12}
check_call(
    vote,
    np.array([[0.4, 0.2, 0.1, 0.3, 0.6, 0.5]]),
    np.array([5, 6, 4, 8, 7, 5]),
    1,
    want=np.array([4]),
    label="the nearest of six",
)
check_call(
    vote,
    np.array([[1.3, 1.4, 1.1, 1.2, 1.5], [1.1, 1.5, 1.2, 1.3, 1.4], [1.2, 1.3, 1.1, 1.5, 1.4]]),
    np.array([5, 5, 7, 7, 9]),
    3,
    want=np.array([7, 7, 5]),
    label="three neighbours, a clear majority",
)
check_call(
    vote,
    np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]),
    np.array([4, 7, 7, 2, 2, 4, 9, 9]),
    8,
    want=np.array([2]),
    label="equal votes: the smallest label",
)
check_call(
    vote,
    np.array([[0.5, 0.5, 0.5, 0.5, 0.5]]),
    np.array([6, 8, 8, 2, 9]),
    1,
    want=np.array([6]),
    label="equal distances: the lower index",
)
check_call(
    vote,
    np.tile([2.0, 1.0], 10)[None],
    20 - np.arange(20),
    3,
    want=np.array([15]),
    label="many equal distances",
)


### BEGIN HIDDEN TESTS
def count_votes(distances, labels, k):
    winners = []
    for row in distances.tolist():
        nearest = sorted(range(len(row)), key=lambda j: (row[j], j))[:k]
        votes = [labels[j] for j in nearest]
        winners.append(min(set(votes), key=lambda label: (-votes.count(label), label)))
    return np.array(winners)


rng = np.random.default_rng(3)
distances = 1e7 + 1e-6 * rng.permuted(np.tile(np.arange(9.0), (4, 1)), axis=1)
labels = np.array([70000, 300, 1000, 300, 70000, 1000, 300, 44, 70000])
for k in [1, 4, 9]:
    check_call(
        vote,
        distances,
        labels,
        k,
        want=count_votes(distances, labels, k),
        label=f"large labels, large distances that hardly differ, k = {k}",
    )
for m, n, k in [(3, 5, 1), (4, 6, 3), (2, 7, 7), (5, 9, 4), (6, 30, 5), (1, 40, 20)]:
    distances, labels = rng.uniform(size=(m, n)), rng.integers(0, 4, size=n) * 3 + 2
    check_call(
        vote,
        distances,
        labels,
        k,
        want=count_votes(distances, labels, k),
        label=f"{m} queries, {n} points, k = {k}",
    )
    distances = rng.integers(0, 3, size=(m, n)) / 2  # many equal distances
    check_call(
        vote,
        distances,
        labels,
        k,
        want=count_votes(distances, labels, k),
        label=f"{m} queries, {n} points, k = {k}, many equal distances",
    )
check_call(
    vote,
    np.arange(300.0)[None] % 7,
    np.arange(300) % 11,
    150,
    want=count_votes(np.arange(300.0)[None] % 7, np.arange(300) % 11, 150),
    label="300 points with few different distances",
)
### END HIDDEN TESTS

# %% [markdown]
# Put together, these are a classifier. How well does it do? Run this once your functions pass, and compare with
# the one in ten that guessing would get.


# %%
def predict(x_train, y_train, x, k):
    """The k-nearest-neighbour classifier, made of your functions."""
    return vote(pairwise_l2(x, x_train), y_train, k)


for k in [1, 5, 20]:
    print(f"k = {k:2d}: accuracy {np.mean(predict(x_train, y_train, x_test, k) == y_test):.3f}")

# %% [markdown]
# ## 3 · Choosing k
#
# The loop above looked at the test images three times, once for each k. To pick the best k of those numbers would be
# to choose on the test set. Cross-validation chooses with the training images alone.
#
# ### Exercise `k_fold` (10 points)
#
# Write `k_fold(n, folds, rng)`: split the indices 0, …, n−1 for cross-validation.
#
# | | |
# |---|---|
# | `n` | int: the number of images |
# | `folds` | int, 2 ≤ folds ≤ n |
# | `rng` | a `numpy.random.Generator`, the only source of chance |
# | returns | a list of `folds` pairs `(train, val)` of one-dimensional integer arrays |
#
# - Shuffle the indices first. Data sets often come sorted by label.
# - Every index is in exactly one of the `val`, and each `train` holds just the indices that its `val` does not.
# - The sizes of the `val` differ by at most 1. Nothing is dropped when `folds` does not divide n.
# - If `folds` is less than 2 or greater than n, raise a `ValueError` with a message.


# %% nbgrader={"grade_id": "k_fold", "solution": true}
def k_fold(n, folds, rng):
    """n, folds: ints -> [(train, val), …], index arrays."""
    ### BEGIN SOLUTION
    if not 2 <= folds <= n:
        raise ValueError(f"k_fold: folds is {folds}, want 2 to n = {n}")
    parts = np.array_split(rng.permutation(n), folds)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(folds)]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_k_fold", "grade": true, "points": 10}
def check_folds(n, folds):
    check_call(k_fold, n, folds, np.random.default_rng(0), label=f"n = {n}, folds = {folds}")
    case = f"k_fold({n}, {folds}, rng)"
    splits = call(k_fold, n, folds, np.random.default_rng(0), label=f"({n}, {folds}, rng)")
    check_equal(isinstance(splits, list), True, f"{case}: a list")
    check_equal(len(splits), folds, f"{case}: the number of pairs")
    for i, pair in enumerate(splits):
        check_equal(len(pair), 2, f"{case}: the length of pair {i}")
        for name, part in zip(["train", "val"], pair):
            integers = isinstance(part, np.ndarray) and part.ndim == 1 and part.dtype.kind in "iu"
            check_equal(integers, True, f"{case}: {name} of pair {i} is a 1-D array of integers")
    vals = np.concatenate([val for train, val in splits])
    check_equal(len(vals), n, f"{case}: how many indices all val hold together")
    check_equal(len(np.unique(vals)), n, f"{case}: how many of them are different")
    check_equal(sorted({*range(n)} - {*vals}), [], f"{case}: the indices that are in no val")
    sizes = sorted(len(val) for train, val in splits)
    even = sorted(len(part) for part in np.array_split(np.arange(n), folds))
    check_equal(sizes, even, f"{case}: the sizes of val differ by at most 1")
    for i, (train, val) in enumerate(splits):
        both = np.intersect1d(train, val)
        check_equal(len(both), 0, f"{case}: how many indices are in train and in val of pair {i}")
        check_equal(len(np.unique(train)), n - len(val), f"{case}: the size of train in pair {i}")
        check_equal(
            sorted([*train, *val]) == [*range(n)], True, f"{case}: each index once in pair {i}"
        )


check_folds(6, 3)
check_folds(11, 4)
check_raises(k_fold, 3, 4, np.random.default_rng(0), label="more folds than images")
### BEGIN HIDDEN TESTS
for n, folds in [(2, 2), (5, 5), (7, 3), (23, 5), (100, 7)]:
    check_folds(n, folds)


def all_val(seed, n=60, folds=4):
    splits = call(k_fold, n, folds, np.random.default_rng(seed), label="seeds")
    return np.concatenate([val for train, val in splits])


vals = [call(k_fold, 200, 2, np.random.default_rng(s), label="seeds")[0][1] for s in range(20)]
check_equal(
    all(25 < np.sum(val < 100) < 75 for val in vals),
    True,
    "k_fold: the indices are shuffled, then cut",
)
check_equal(
    all(25 < np.sum(val % 2 == 0) < 75 for val in vals),
    True,
    "k_fold: val is not every other index",
)
check_equal(
    np.array_equal(all_val(0), all_val(0)),
    True,
    "k_fold: the same seed gives the same folds (chance comes from rng alone)",
)
check_equal(np.array_equal(all_val(0), all_val(1)), False, "k_fold: another seed gives other folds")
check_raises(k_fold, 5, 1, np.random.default_rng(0), label="a single fold")
check_raises(k_fold, 5, 0, np.random.default_rng(0), label="no fold")
check_raises(k_fold, 5, -2, np.random.default_rng(0), label="-2 folds")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `choose_k` (12 points)
#
# Write `choose_k(x, y, ks, folds, predict)`: cross-validation of k.
#
# | | |
# |---|---|
# | `x`, `y` | (N, D) images and (N,) labels: the training images only |
# | `ks` | a list of ints, in any order |
# | `folds` | a list of pairs `(train, val)` of index arrays, as from `k_fold` |
# | `predict` | a function; `predict(x_train, y_train, x_val, k)` gives the labels of `x_val` |
# | returns | the pair `(best, accuracies)`: an int, and a (len(ks), len(folds)) float64 array |
#
# For each k and each fold: predict the labels of the fold's `val` from its `train`, and store the fraction that is right.
# Row i belongs to `ks[i]`, column j to fold j. `best` is the k with the highest mean over the folds; of several, the
# smallest k.


# %% nbgrader={"grade_id": "choose_k", "solution": true}
def choose_k(x, y, ks, folds, predict):
    """x: (N, D), y: (N,), ks: ints, folds: [(train, val), …], predict: function -> best k, accuracies."""
    ### BEGIN SOLUTION
    accuracies = np.array(
        [[np.mean(predict(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks]
    )
    means = accuracies.mean(axis=1)
    # rounding tells apart means that are equal: 1/3 + 1 + 1 is not 1 + 1 + 1/3
    best = min(k for k, mean in zip(ks, means) if mean > means.max() - 1e-9)
    return best, accuracies
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_choose_k", "grade": true, "points": 12}
def always_k(x_train, y_train, x_val, k):  # a poor classifier whose accuracy is easy to count
    return np.full(len(x_val), k)


x, y = np.arange(10.0)[:, None], np.array([7, 7, 7, 5, 5, 5, 5, 3, 3, 9])
first, second = np.arange(5), np.arange(5, 10)
folds = [(second, first), (first, second)]
check_call(
    choose_k,
    x,
    y,
    [7, 5, 3],
    folds,
    always_k,
    want=(5, np.array([[3 / 5, 0], [2 / 5, 2 / 5], [0, 2 / 5]])),
    label="a classifier that always says k",
)
check_call(
    choose_k,
    x,
    y,
    [9, 3, 8, 5],
    [(first, second[1:3]), (first, second[3:])],
    always_k,
    want=(3, np.array([[0, 1 / 2], [1 / 2, 1 / 2], [0, 0], [1 / 2, 0]])),
    label="folds of two, ks in any order",
)


### BEGIN HIDDEN TESTS
def nearest(x_train, y_train, x_val, k):
    predicted = []
    for row in x_val:
        order = np.argsort(np.abs(x_train - row).sum(axis=1), kind="stable")[:k]
        votes = [int(y_train[j]) for j in order]
        predicted.append(min(set(votes), key=lambda label: (-votes.count(label), label)))
    return np.array(predicted)


rng = np.random.default_rng(4)
for case in range(3):
    n = 23 + case
    x, y = rng.normal(size=(n, 2)), rng.integers(0, 3, size=n)
    x += y[:, None] * 0.8
    parts = np.array_split(rng.permutation(n), 4)
    folds = [(np.setdiff1d(np.arange(n), part), part) for part in parts]
    ks = [5, 1, 9, 3]
    want = np.array([[np.mean(nearest(x[t], y[t], x[v], k) == y[v]) for t, v in folds] for k in ks])
    best = ks[int(want.mean(axis=1).argmax())]
    check_call(
        choose_k, x, y, ks, folds, nearest, want=(best, want), label=f"real neighbours, data {case}"
    )

y = np.array([4, 2, 5, 5, 4, 2])
folds = [(np.arange(3, 6), np.arange(3)), (np.arange(3), np.arange(3, 6))]
check_call(
    choose_k,
    np.zeros((6, 1)),
    y,
    [4, 2, 5],
    folds,
    always_k,
    want=(2, np.full((3, 2), 1 / 3)),
    label="all means are equal",
)
y = np.array([7, 5, 5, 5, 3])
folds = [(np.arange(1, 5), np.arange(1)), (np.arange(1), np.arange(1, 5))]
check_call(
    choose_k,
    np.zeros((5, 1)),
    y,
    [5, 7],
    folds,
    always_k,
    want=(7, np.array([[0, 3 / 4], [1.0, 0]])),
    label="folds of different size",
)
y = np.repeat([5, 7], [999, 1001])
parts = [np.arange(0, 2000, 2), np.arange(1, 2000, 2)]
want = np.array([[0.5, 0.499], [0.5, 0.501]])
check_call(
    choose_k,
    np.zeros((2000, 1)),
    y,
    [5, 7],
    [(parts[1], parts[0]), (parts[0], parts[1])],
    always_k,
    want=(7, want),
    label="means that differ by 0.001",
)
# equal means, though the fractions differ and add up in another order
y = np.array([4, 2, 2, 4, 4, 2, 3, 3])
folds = [(np.array([6, 7]), np.array([0, 1, 2])), (np.array([6, 7]), np.array([3, 4, 5]))]
check_call(
    choose_k,
    np.zeros((8, 1)),
    y,
    [4, 3, 2],
    folds,
    always_k,
    want=(2, np.array([[1 / 3, 2 / 3], [0, 0], [2 / 3, 1 / 3]])),
    label="the smallest k of a tie",
)
### END HIDDEN TESTS

# %% [markdown]
# Now choose k for the shapes, and use the test images once more, for the chosen k alone. Look at the bars: how sure is the
# choice?

# %%
ks = [1, 3, 5, 10, 20, 50, 100]
folds = k_fold(len(x_train), 5, np.random.default_rng(0))
best, accuracies = choose_k(x_train, y_train, ks, folds, predict)

fig, ax = plt.subplots(figsize=(5, 3))
ax.errorbar(ks, accuracies.mean(axis=1), yerr=accuracies.std(axis=1), marker="o", capsize=3)
ax.set(xscale="log", xlabel="k", ylabel="accuracy")
ax.set_title("5-fold cross-validation (bars: standard deviation)")
ax.set_xticks(ks, ks)
ax.minorticks_off()
print(
    f"chosen: k = {best}, test accuracy {np.mean(predict(x_train, y_train, x_test, best) == y_test):.3f}"
)

# %% [markdown]
# ## 4 · Judging a classifier
#
# ### Exercise `confusion_matrix` (8 points)
#
# Write `confusion_matrix(labels, predicted, num_classes)`: entry [i, j] counts the images of class i that were called j.
#
# | | |
# |---|---|
# | `labels`, `predicted` | (N,) whole numbers in 0, …, num_classes − 1, of any integer dtype |
# | `num_classes` | int; some classes may not occur |
# | returns | array (num_classes, num_classes) of whole numbers |


# %% nbgrader={"grade_id": "confusion_matrix", "solution": true}
def confusion_matrix(labels, predicted, num_classes):
    """labels: (N,), predicted: (N,) -> (num_classes, num_classes) counts, rows true, columns predicted."""
    ### BEGIN SOLUTION
    cells = num_classes * labels.astype(np.int64) + predicted.astype(np.int64)
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_confusion_matrix", "grade": true, "points": 8}
check_call(
    confusion_matrix,
    np.array([0, 0, 1]),
    np.array([0, 1, 1]),
    2,
    want=np.array([[1, 1], [0, 1]]),
    label="three images, two classes",
)
check_call(
    confusion_matrix,
    np.array([2, 2, 2, 0]),
    np.array([1, 1, 2, 0]),
    4,
    want=np.array([[1, 0, 0, 0], [0, 0, 0, 0], [0, 2, 1, 0], [0, 0, 0, 0]]),
    label="classes 1 and 3 do not occur",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
for n, c in [(1, 3), (12, 2), (40, 5), (200, 7)]:
    labels, predicted = rng.integers(0, c, size=n), rng.integers(0, max(1, c - 1), size=n)
    want = np.array([[sum((labels == i) & (predicted == j)) for j in range(c)] for i in range(c)])
    check_call(confusion_matrix, labels, predicted, c, want=want, label=f"{n} images, {c} classes")
check_call(
    confusion_matrix,
    np.array([18, 18], dtype=np.uint8),
    np.array([19, 3], dtype=np.uint8),
    20,
    want=np.eye(20, dtype=int)[[18]].T @ (np.eye(20, dtype=int)[[19]] + np.eye(20, dtype=int)[[3]]),
    label="uint8 labels, 20 classes",
)
check_call(
    confusion_matrix,
    np.zeros(300, dtype=np.uint8),
    np.ones(300, dtype=np.uint8),
    2,
    want=np.array([[0, 300], [0, 0]]),
    label="300 images of one kind",
)
want = np.zeros((300, 300), dtype=int)
want[299, 298] = want[0, 299] = 1
check_call(
    confusion_matrix,
    np.array([299, 0], dtype=np.int16),
    np.array([298, 299], dtype=np.int16),
    300,
    want=want,
    label="int16 labels, 300 classes",
)
check_call(
    confusion_matrix,
    np.array([1, 0], dtype=np.uint64),
    np.array([1, 1], dtype=np.uint64),
    2,
    want=np.array([[0, 1], [0, 1]]),
    label="uint64 labels",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `top_k_accuracy` (8 points)
#
# Write `top_k_accuracy(scores, labels, k)`: the fraction of images whose true class is among the k with the highest scores.
#
# | | |
# |---|---|
# | `scores` | (N, C) floats, higher is better; no two in a row are equal |
# | `labels` | (N,) whole numbers in 0, …, C − 1 |
# | `k` | int, 1 ≤ k ≤ C |
# | returns | a float between 0 and 1 |


# %% nbgrader={"grade_id": "top_k_accuracy", "solution": true}
def top_k_accuracy(scores, labels, k):
    """scores: (N, C), labels: (N,), k: int -> float."""
    ### BEGIN SOLUTION
    best = np.argsort(-scores)[:, :k]  # (N, k)
    return (best == labels[:, None]).any(axis=1).mean()
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_top_k_accuracy", "grade": true, "points": 8}
ranks = [[1, 2, 0, 4, 3], [1, 4, 2, 3, 0], [0, 4, 2, 3, 1], [0, 3, 1, 2, 4]]
ranks += [[0, 4, 1, 3, 2], [4, 2, 0, 3, 1], [0, 4, 1, 3, 2], [2, 0, 3, 4, 1]]
scores, labels = np.array(ranks) / 10, np.array([2, 3, 0, 2, 4, 2, 4, 0])
check_call(top_k_accuracy, scores, labels, 3, want=4 / 8, label="eight images, k = 3")
check_call(top_k_accuracy, scores, labels, 1, want=0.0, label="eight images, k = 1")
check_call(top_k_accuracy, scores, labels, 5, want=1.0, label="eight images, k = 5")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(6)
for n, c, k in [(1, 4, 2), (7, 3, 1), (10, 5, 2), (5, 10, 3), (30, 6, 6), (50, 8, 4)]:
    scores, labels = rng.normal(size=(n, c)) - 2, rng.integers(0, c, size=n)
    want = float(np.mean([sum(row > row[label]) < k for row, label in zip(scores, labels)]))
    check_call(
        top_k_accuracy, scores, labels, k, want=want, label=f"{n} images, {c} classes, k = {k}"
    )
scores = -1e6 + 1e-4 * rng.permuted(np.tile(np.arange(6.0), (20, 1)), axis=1)
labels = rng.integers(0, 6, size=20)
want = float(np.mean([sum(row > row[label]) < 3 for row, label in zip(scores, labels)]))
check_call(
    top_k_accuracy, scores, labels, 3, want=want, label="scores near -1,000,000 that hardly differ"
)
### END HIDDEN TESTS

# %% [markdown]
# Which shapes does your classifier take for which?

# %%
matrix = confusion_matrix(y_test, predict(x_train, y_train, x_test, best), 10)
_ = viz.show_confusion(matrix, shapes.classes)
# %% [markdown]
# ## 5 · What a distance cannot see
#
# ### Exercise `invariances` (8 points)
#
# Below are seven changes that are made to *all* images, training and test alike. Which of them can **never** change the
# answer of a nearest-neighbour classifier (k = 1, no two distances equal), whatever the images?
# Think first, predict, and only then try it on data.

# %%
rng = np.random.default_rng(7)
fixed_image = rng.uniform(size=3072)
order = rng.permutation(3072)


def rotation(size):
    """A random rotation of the coordinate axes: an orthogonal matrix (size, size)."""
    return np.linalg.qr(np.random.default_rng(8).normal(size=(size, size)))[0]


changes = {  # x: (N, D), images of any size D, one a row -> (N, D)
    "add_image": lambda x: x + fixed_image[: x.shape[1]],
    "halve": lambda x: x / 2,
    "square": lambda x: x**2,
    "subtract_own_mean": lambda x: x - x.mean(axis=1, keepdims=True),
    "divide_by_pixel_std": lambda x: x / x.std(axis=0),
    "permute_pixels": lambda x: x[:, np.argsort(order[: x.shape[1]])],
    "rotate_axes": lambda x: x @ rotation(x.shape[1]),
}

# %% [markdown]
# Write `invariances()`: return a dictionary from each of the seven names to a pair of booleans,
# `(safe with L1, safe with L2)`. Safe means: the nearest neighbour stays the same for every possible set of images. Each change
# is made to training and test images together (so `divide_by_pixel_std` takes the deviation over all of them).
#
# The visible checks look only at the form of your dictionary. Whether it is right is judged when your work is graded.
#
# Your dictionary will look like this, with your answers in it:
#
# ```python
# {"add_image": (True, False), "halve": (False, True), ...}
# ```


# %% nbgrader={"grade_id": "invariances", "solution": true}
def invariances():
    """-> {name: (safe with L1, safe with L2)} for the seven changes."""
    ### BEGIN SOLUTION
    return {
        "add_image": (True, True),
        "halve": (True, True),
        "square": (False, False),
        "subtract_own_mean": (False, False),
        "divide_by_pixel_std": (False, False),
        "permute_pixels": (True, True),
        "rotate_axes": (False, True),
    }
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_invariances", "grade": true, "points": 8}
check_call(invariances, label="the global random state is left alone")
answer = call(invariances, label="the seven changes")
check_equal(isinstance(answer, dict), True, "invariances: a dictionary")
check_equal(sorted(answer), sorted(changes), "invariances: the seven names")
for name, pair in answer.items():
    form = isinstance(pair, tuple | list) and len(pair) == 2
    form = form and all(isinstance(safe, bool | np.bool_) for safe in pair)
    check_equal(form, True, f"invariances: {name} has a pair of True or False")


### BEGIN HIDDEN TESTS
def nearest_index(x, p):  # of the first half in the second
    half = len(x) // 2
    return (np.abs(x[:half, None] - x[None, half:]) ** p).sum(axis=2).argmin(axis=1)


samples = [np.random.default_rng(seed).gamma(0.5, size=(40, 12)) for seed in range(10)]
samples = [x * np.linspace(0.2, 3, 12) + np.linspace(0, 2, 40)[:, None] for x in samples]
misjudged = []
for name, change in changes.items():
    for p in (1, 2):
        safe = all(
            np.array_equal(nearest_index(x, p), nearest_index(change(x), p)) for x in samples
        )
        if answer[name][p - 1] != safe:
            misjudged.append(f"{name} with L{p}")
check_equal(misjudged, [], "invariances: what you misjudge")
### END HIDDEN TESTS

# %% [markdown]
# ## 6 · Search by example
#
# A nearest-neighbour search can also answer "show me more like this one". Each image of a collection is a query in turn,
# the others are ranked by their distance to it, and those with the query's label are *relevant*.
#
# In both exercises below:
#
# | | |
# |---|---|
# | `distances` | (N, N) floats between the images of one collection |
# | `labels` | (N,) whole numbers |
# | returns | a float |
#
# - A query is never its own result: leave the diagonal out, whatever stands there.
# - Of images at the same distance, the one with the lower index ranks first.
# - The result is the mean over the queries that have at least one relevant image. Other queries do not count.
#
# A loop over the queries is fine.
#
# ### Exercise `recall_at_k` (8 points)
#
# Write `recall_at_k(distances, labels, k)`, 1 ≤ k ≤ N − 1. The recall at k of a query is the number of relevant images among its
# first k results, divided by the number of all its relevant images.


# %% nbgrader={"grade_id": "recall_at_k", "solution": true}
def recall_at_k(distances, labels, k):
    """distances: (N, N), labels: (N,), k: int -> mean recall at k."""
    ### BEGIN SOLUTION
    recalls = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        ranking = ranking[ranking != query]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            recalls.append(relevant[:k].sum() / relevant.sum())
    return np.mean(recalls)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_recall_at_k", "grade": true, "points": 8}
places = np.array([0, 1, 3, 7, 8, 12.0])  # six images on a line
distances, labels = np.abs(places[:, None] - places), np.array([0, 1, 0, 0, 1, 2])
check_call(recall_at_k, distances, labels, 3, want=1 / 2, label="six images on a line, k = 3")
check_call(
    recall_at_k,
    distances + 9 * np.eye(6),
    labels,
    3,
    want=1 / 2,
    label="whatever stands on the diagonal",
)
check_call(recall_at_k, distances, labels, 5, want=1.0, label="six images on a line, k = 5")
check_call(recall_at_k, distances[:3, :3], labels[:3], 1, want=0.0, label="three images, k = 1")


### BEGIN HIDDEN TESTS
def naive_recall(distances, labels, k):
    distances, labels, recalls = distances.tolist(), labels.tolist(), []
    for q in range(len(labels)):
        others = sorted(
            (j for j in range(len(labels)) if j != q), key=lambda j: (distances[q][j], j)
        )
        relevant = [labels[j] == labels[q] for j in others]
        if sum(relevant):
            recalls.append(sum(relevant[:k]) / sum(relevant))
    return float(np.mean(recalls))


rng = np.random.default_rng(9)
for n, c, k in [(5, 2, 1), (8, 3, 2), (12, 3, 5), (20, 4, 3), (9, 2, 8), (40, 3, 5)]:
    labels = np.append(rng.integers(0, c, size=n - 1), 256)  # the last one is alone in its class
    d = rng.uniform(size=(n, n))
    want = naive_recall(d, labels, k)
    np.fill_diagonal(d, 0)
    check_call(recall_at_k, d, labels, k, want=want, label=f"{n} images, k = {k}")
    np.fill_diagonal(d, 0.6)  # an image need not be nearest to itself
    check_call(recall_at_k, d, labels, k, want=want, label=f"{n} images, k = {k}, other diagonal")
    far = 1e10 + 1e-3 * rng.permutation(n * n).reshape(n, n)
    want = naive_recall(far, labels, k)
    for diagonal in [0, -1e12, 1e12, np.nan]:
        np.fill_diagonal(far, diagonal)
        check_call(
            recall_at_k,
            far,
            labels - 2,
            k,
            want=want,
            label=f"{n} images, k = {k}, large distances, diagonal {diagonal}",
        )
labels = rng.integers(0, 4, size=60)
d = rng.integers(0, 3, size=(60, 60)).astype(float)
check_call(
    recall_at_k, d, labels, 7, want=naive_recall(d, labels, 7), label="60 images, equal distances"
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `mean_average_precision` (8 points)
#
# Write `mean_average_precision(distances, labels)`. The precision at rank r is the fraction of the first r results that are relevant.
# The average precision of a query is the mean of the precisions at the ranks where its relevant images stand; the result is
# the mean of that over the queries.
#
# Example: the results are relevant, not, relevant. The relevant ones stand at ranks 1 and 3, the precisions there are 1/1 and 2/3,
# and the average precision is 5/6.


# %% nbgrader={"grade_id": "mean_average_precision", "solution": true}
def mean_average_precision(distances, labels):
    """distances: (N, N), labels: (N,) -> mean average precision."""
    ### BEGIN SOLUTION
    averages = []
    for query in range(len(labels)):
        ranking = np.argsort(distances[query], kind="stable")
        ranking = ranking[ranking != query]
        relevant = labels[ranking] == labels[query]
        if relevant.any():
            precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
            averages.append(precision[relevant].mean())
    return np.mean(averages)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_mean_average_precision", "grade": true, "points": 8}
places = np.array([0, 1, 3, 7, 8, 12.0])  # six images on a line
distances, labels = np.abs(places[:, None] - places), np.array([0, 1, 0, 0, 1, 2])
# the relevant images of the five queries stand at ranks (2, 3), (4), (2, 3), (2, 5) and (4)
averages = [(1 / 2 + 2 / 3) / 2, 1 / 4, (1 / 2 + 2 / 3) / 2, (1 / 2 + 2 / 5) / 2, 1 / 4]
check_call(
    mean_average_precision,
    distances,
    labels,
    want=np.mean(averages).item(),
    label="six images on a line",
)
check_call(
    mean_average_precision,
    distances + 9 * np.eye(6),
    labels,
    want=np.mean(averages).item(),
    label="whatever stands on the diagonal",
)
check_call(mean_average_precision, distances[:3, :3], labels[:3], want=1 / 2, label="three images")


### BEGIN HIDDEN TESTS
def naive_average_precision(distances, labels):
    distances, labels, averages = distances.tolist(), labels.tolist(), []
    for q in range(len(labels)):
        others = sorted(
            (j for j in range(len(labels)) if j != q), key=lambda j: (distances[q][j], j)
        )
        relevant = [labels[j] == labels[q] for j in others]
        precisions = [sum(relevant[: r + 1]) / (r + 1) for r in range(len(others)) if relevant[r]]
        if precisions:
            averages.append(sum(precisions) / len(precisions))
    return float(np.mean(averages))


rng = np.random.default_rng(10)
for n, c in [(5, 2), (8, 3), (12, 3), (20, 4), (9, 2), (40, 3)]:
    labels = np.append(rng.integers(0, c, size=n - 1), 256)
    d = rng.uniform(size=(n, n))
    want = naive_average_precision(d, labels)
    np.fill_diagonal(d, 0)
    check_call(mean_average_precision, d, labels, want=want, label=f"{n} images")
    np.fill_diagonal(d, 0.6)
    check_call(mean_average_precision, d, labels, want=want, label=f"{n} images, other diagonal")
    far = 1e10 + 1e-3 * rng.permutation(n * n).reshape(n, n)
    want = naive_average_precision(far, labels)
    for diagonal in [0, -1e12, 1e12, np.nan]:
        np.fill_diagonal(far, diagonal)
        check_call(
            mean_average_precision,
            far,
            labels - 2,
            want=want,
            label=f"{n} images, large distances, diagonal {diagonal}",
        )
labels = rng.integers(0, 4, size=60)
d = rng.integers(0, 3, size=(60, 60)).astype(float)
check_call(
    mean_average_precision,
    d,
    labels,
    want=naive_average_precision(d, labels),
    label="60 images, equal distances",
)
### END HIDDEN TESTS

# %% [markdown]
# How good a search engine are raw pixels? A ranking at random would have a recall at 10 of about 0.05 (10 of 199), and a mean
# average precision of about 0.1.

# %%
distances = pairwise_l2(x_test, x_test)
print(f"recall at 10: {recall_at_k(distances, y_test, 10):.3f}")
print(f"mean average precision: {mean_average_precision(distances, y_test):.3f}")

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and see that no check complains. Then hand in this file.
#
# If you want to go on: raw pixels leave a lot to be won. The chapter's last page describes an image by the *visual words*
# in it. How much does the accuracy of your classifier rise when you feed it those?
