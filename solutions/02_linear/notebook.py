# ---
# title: "Assignment 2 · Linear classifiers and optimisation"
# withhold:
#   - cs_lib.numpy.classifiers.LinearClassifier
#   - cs_lib.numpy.classifiers._hinge
#   - cs_lib.numpy.classifiers._cross_entropy
#   - cs_lib.torch.classifiers.LinearClassifier
#   - cs_lib.numpy.nn.loss
#   - cs_lib.torch.nn.loss
#   - cs_lib.numpy.gradcheck
#   - cs_lib.numpy.line_search.armijo_step
#   - cs_lib.numpy.line_search.minimize_quartic
#   - cs_lib.numpy.line_search.steepest_descent
#   - cs_lib.numpy.kernels
#   - cs_lib.numpy.optim
#   - cs_lib.torch.optim
#   - cs_lib.numpy.trainer
#   - cs_lib.torch.trainer
#   - cs_lib.numpy.features.kmeans
#   - cs_lib.numpy.features.pyramid
#   - cs_lib.numpy.features.fisher
# ---

# %% [markdown]
# # Assignment 2 · Linear classifiers and optimisation
#
# You will write all that it takes to train a linear classifier: scores, losses with their gradients, a test of
# gradients, stochastic gradient descent, a step that is neither too short nor too long. Then come the first machine that learned,
# the same machine bent by a kernel, and at the end a classifier of visual words that leaves raw pixels far behind.
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
# functions of `cs_lib` that you are asked to write: when your work is graded, those are taken out.
#
# Unless a text says otherwise: floats are float64, in and out; labels are whole numbers of any integer dtype; a function leaves
# its arguments as they are and never touches NumPy's global random state. N counts images, D features, K classes.
#
# Set aside four hours or so, without the reading. Read the chapter's pages first; the checks point back at them.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/02_linear/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np

from cs_lib import data, viz
from cs_lib.numpy.features import dense_descriptors
from cs_lib.numpy.line_search import spring_energy, spring_gradient, spring_quartic
from cs_lib.testing import (
    call,
    check_call,
    check_close,
    check_equal,
    check_fast,
    check_raises,
)

# %% [markdown]
# ## The data
#
# `shapes` again, as in Assignment 1: float32 images (N, 3, 32, 32) of ten kinds of shape. Gradient descent
# likes features of mean 0 and deviation 1, so `pixels` standardises each pixel, with the numbers of the training images.

# %%
shapes = data.load("shapes", n_train=1000, n_test=500, seed=1)
y_train, y_test = shapes.y_train, shapes.y_test


def pixels(images):
    """images: (N, 3, 32, 32) -> (N, 3072) float64, standardised."""
    mean, std = shapes.x_train.mean(axis=0), shapes.x_train.std(axis=0)
    return ((images - mean) / std).reshape(len(images), -1).astype(np.float64)


x_train, x_test = pixels(shapes.x_train), pixels(shapes.x_test)
_ = viz.show_images(shapes.x_train[:20], y_train[:20], classes=shapes.classes, columns=10)

# %% [markdown]
# ## 1 · Scores
#
# ### Exercise `linear_scores` (5 points)
#
# Write `linear_scores(x, weight)`: the scores W x + b of all classes for all images, with the bias trick.
#
# | | |
# |---|---|
# | `x` | (N, D) features, or (N, C, H, W) images: then D = C · H · W. Dtype: weight's, or any integer |
# | `weight` | (K, D + 1), float32 or float64: one class a row, **the last column is the bias** |
# | returns | array (N, K) in weight's dtype |
#
# An image becomes a row of numbers in the order in which it lies in memory: channel by channel, each row by row.
# No Python loop.


# %% nbgrader={"grade_id": "linear_scores", "solution": true}
def linear_scores(x, weight):
    """x: (N, D) or (N, C, H, W), weight: (K, D + 1) -> (N, K) scores."""
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), -1).astype(weight.dtype)
    ones = np.ones((len(x), 1), weight.dtype)
    return np.hstack([rows, ones]) @ weight.T
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_linear_scores", "grade": true, "points": 5}
check_call(
    linear_scores,
    np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]]),
    np.array([[1.0, 0.0, 100.0], [10.0, 1.0, -5.0]]),
    want=np.array([[101.0, 7.0], [100.0, -4.0], [103.0, 25.0]]),
    label="three images, two features, two classes",
)
check_call(
    linear_scores,
    np.array([[[[200, 1]], [[2, 3]]]], dtype=np.uint8),
    np.array([[1, 0, 0, 0, 0.5], [0, 10, 0, 0, 0], [-2, 0, 10, 100, 0]], dtype=np.float32),
    want=np.array([[200.5, 10, -80]], dtype=np.float32),
    label="one uint8 image of two channels, float32 weights",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for n, d, k in [(1, 3, 2), (4, 2, 5), (3, 6, 1), (6, 6, 6)]:
    x, weight = rng.normal(size=(n, d)), rng.normal(size=(k, d + 1))
    want = [[sum(a * b for a, b in zip(w, row)) + w[-1] for w in weight] for row in x]
    check_call(linear_scores, x, weight, want=np.array(want), label=f"N = {n}, D = {d}, K = {k}")
    check_call(
        linear_scores,
        x.astype(np.float32),
        weight.astype(np.float32),
        want=np.array(want, dtype=np.float32),
        rtol=1e-4,
        atol=1e-5,
        label=f"float32, N = {n}, D = {d}, K = {k}",
    )
for dtype in [np.uint8, np.int16, np.int64]:
    x = rng.integers(0, 256, size=(4, 3, 2, 5)).astype(dtype)
    weight = rng.normal(size=(7, 31))
    want = np.array([[(w[:-1] * row.ravel()).sum() + w[-1] for w in weight] for row in x])
    check_call(linear_scores, x, weight, want=want, label=f"{np.dtype(dtype)} images")
    weight = weight.astype(np.float32)
    want = (x.reshape(4, 30) @ weight[:, :-1].astype(float).T + weight[:, -1]).astype(np.float32)
    label = f"{np.dtype(dtype)} images, float32 weights"
    check_call(linear_scores, x, weight, want=want, rtol=1e-4, atol=1e-3, label=label)
check_fast(
    linear_scores, np.ones((800_000, 1)), np.ones((2, 2)), seconds=0.35, label="800,000 images"
)
check_fast(
    linear_scores, np.ones((2, 1)), np.ones((800_000, 2)), seconds=0.35, label="800,000 classes"
)
### END HIDDEN TESTS

# %% [markdown]
# ## 2 · Losses and their gradients
#
# Both exercises below:
#
# | | |
# |---|---|
# | `x`, `y` | (N, D) features; (N,) labels in 0, …, K − 1, not every class need occur |
# | `weight`, `bias` | (K, D) and (K,); the scores are `x @ weight.T + bias` |
# | `reg` | float λ ≥ 0 |
# | returns | a tuple `(loss, dweight, dbias)`: a number, its derivatives (K, D) by `weight` and (K,) by `bias` |
#
# The loss is $\frac{1}{N} \sum_i L_i + \lambda \sum_{k,d} W_{kd}^2$. The biases are not regularised. There is no ½ before λ.
# No Python loop over the images; one over the classes is fine. The first cell of checks is about the loss alone, the second about the derivatives: half of an answer gets
# its share. (While you have no derivatives, return zeros of the right shape in their place.)
#
# ### Exercise `svm_loss` (12 points)
#
# Write `svm_loss(x, y, weight, bias, delta, reg)`, the multiclass SVM loss: with the scores s of image i and its class y,
#
# $$L_i = \sum_{j \ne y} \max(0,\; s_j - s_y + \Delta).$$
#
# `delta` is Δ ≥ 0. Where $s_j - s_y + \Delta$ is exactly 0, the maximum has no derivative; take 0.


# %% nbgrader={"grade_id": "svm_loss", "solution": true}
def svm_loss(x, y, weight, bias, delta, reg):
    """x: (N, D), y: (N,), weight: (K, D), bias: (K,) -> loss, dweight (K, D), dbias (K,)."""
    ### BEGIN SOLUTION
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    margins = scores - scores[n, y][:, None] + delta  # (N, K)
    margins[n, y] = 0  # the right class is no rival of itself
    loss = np.maximum(margins, 0).sum() / len(y) + reg * (weight**2).sum()
    dscores = (margins > 0) / len(y)
    dscores[n, y] = -dscores.sum(axis=1)  # each rival above the margin pushes the right class up
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_svm_loss", "grade": true, "points": 5}
def check_svm_value(x, y, weight, bias, delta, reg, want, label):
    args = [np.array(a, dtype=float) for a in (x, weight, bias)]
    result = call(svm_loss, args[0], np.array(y), *args[1:], delta, reg, label=label)
    form = isinstance(result, tuple) and len(result) == 3
    check_equal(form, True, f"svm_loss: {label}: a tuple of three")
    check_close(result[0], want, f"svm_loss: {label}: the loss")


one, templates, no_bias = [[1.0]], [[13], [-7], [11]], [0, 0, 0]
check_svm_value(one, [0], [[3], [4], [5]], no_bias, 2.5, 0.0, 8.0, "scores 3, 4, 5, Δ = 2.5")
check_svm_value(one, [0], templates, no_bias, 1.0, 0.0, 0.0, "scores 13, -7, 11, Δ = 1")
check_svm_value(one, [0], templates, no_bias, 10.0, 0.0, 8.0, "scores 13, -7, 11, Δ = 10")
two = [[1.0, 0.0], [0.0, 2.0]]
check_svm_value(
    two, [2, 0], [[1, 3], [2, 0], [4, 1]], [0, 0, 1], 1.5, 0.0, 0.0, "two images, all well apart"
)
check_svm_value(
    two, [1, 2], [[1, 3], [2, 0], [4, 1]], [0, 0, 1], 1.5, 0.0, 4.75, "two images, three rivals"
)
three = [*two, [1.0, 1.0]]
check_svm_value(
    three,
    [1, 2, 0],
    [[1, 3], [2, 0], [4, 1]],
    [0, 0, 1],
    1.5,
    0.25,
    13 / 3 + 7.75,
    "three images, λ = 0.25",
)


### BEGIN HIDDEN TESTS
def naive_svm(x, y, weight, bias, delta, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        rivals = [s for j, s in enumerate(scores) if j != label]
        total += sum(max(0.0, s - scores[label] + delta) for s in rivals)
    return total / len(x) + reg * sum(w * w for row in weight for w in row)


rng = np.random.default_rng(1)
for n, d, k, delta, reg in [(1, 2, 3, 1, 0), (5, 3, 4, 2, 0.1), (4, 6, 2, 0, 1), (7, 2, 5, 0.3, 3)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)  # the last class is absent
    want = float(naive_svm(x, y, weight, bias, delta, reg))
    check_svm_value(
        x, y, weight, bias, float(delta), float(reg), want, f"N = {n}, D = {d}, K = {k}"
    )
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_svm_loss_gradient", "grade": true, "points": 7}
def check_svm_slopes(x, y, weight, bias, delta, reg, dweight, dbias, label):
    args = [np.array(a, dtype=float) for a in (x, weight, bias)]
    result = call(svm_loss, args[0], np.array(y), *args[1:], delta, reg, label=label)
    form = isinstance(result, tuple) and len(result) == 3
    check_equal(form, True, f"svm_loss: {label}: a tuple of 3")
    check_close(result[1], np.array(dweight, dtype=float), f"svm_loss: {label}: dweight", atol=1e-6)
    check_close(result[2], np.array(dbias, dtype=float), f"svm_loss: {label}: dbias", atol=1e-6)


check_svm_slopes(
    [[2.0, 1.0]],
    [0],
    [[1, 3], [2, 0], [4, 1]],
    [0, 0, 0],
    0.5,
    0.0,
    [[-2, -1], [0, 0], [2, 1]],
    [-1, 0, 1],
    "one image, one rival above the margin",
)
check_svm_slopes(
    [[2.0, 1.0]],
    [3],
    [[0, 0]] * 7,
    [4.0, 2.5, 1.0, 3.0, 6.0, 7.0, -5.0],
    2.5,
    0.0,
    [[2, 1], [2, 1], [2, 1], [-10, -5], [2, 1], [2, 1], [0, 0]],
    [1, 1, 1, -5, 1, 1, 0],
    "one image, five rivals above the margin",
)
check_svm_slopes(
    [[1.0, 0.0], [0.0, 2.0]],
    [1, 2],
    [[1, 3], [2, 0], [4, 1]],
    [0, 0, 1],
    1.5,
    0.0,
    [[0.5, 1], [-1, 0], [0.5, -1]],
    [1, -1, 0],
    "gradient, two images, three rivals",
)
check_svm_slopes(
    [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]],
    [1, 2, 0],
    [[1, 3], [2, 0], [4, 1]],
    [0, 0, 1],
    1.5,
    0.25,
    [[0.5, 1.5 + 1 / 3], [1 - 2 / 3, 0], [2 + 2 / 3, 0.5 - 1 / 3]],
    [1 / 3, -2 / 3, 1 / 3],
    "gradient, three images, λ = 0.25",
)
check_svm_slopes(
    one, [0], templates, no_bias, 2.0, 0.0, [[0], [0], [0]], no_bias, "a rival just at the margin"
)
check_call(
    svm_loss,
    np.array([[1.0, 0.0], [0.0, 2.0]]),
    np.array([1, 2]),
    np.array([[1.0, 3.0], [2.0, 0.0], [4.0, 1.0]]),
    np.array([0.0, 0.0, 1.0]),
    1.5,
    0.25,
    label="arguments and random state are left alone",
)


### BEGIN HIDDEN TESTS
def differences(loss, weight):  # the derivative by each entry of weight, of a loss of weight
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def hinge_sum(x, y, weight, bias, delta, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        rivals = [s for j, s in enumerate(scores) if j != label]
        total += sum(max(0.0, s - scores[label] + delta) for s in rivals)
    return total / len(x) + reg * sum(w * w for row in weight for w in row)


rng = np.random.default_rng(2)
for n, d, k, delta, reg in [(2, 3, 4, 1, 0), (5, 3, 4, 2, 0.1), (4, 6, 2, 0, 1), (7, 2, 5, 0.3, 3)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    check_svm_slopes(
        x,
        y,
        weight,
        bias,
        float(delta),
        float(reg),
        differences(lambda w: hinge_sum(x, y, w, bias, delta, reg), weight),
        differences(lambda b: hinge_sum(x, y, weight, b, delta, reg), bias),
        f"gradient, N = {n}, D = {d}, K = {k}",
    )
y = y.astype(np.uint8)
check_svm_slopes(
    x,
    y,
    weight,
    bias,
    5.0,
    0.0,
    differences(lambda w: hinge_sum(x, y, w, bias, 5, 0), weight),
    differences(lambda b: hinge_sum(x, y, weight, b, 5, 0), bias),
    "gradient, uint8 labels",
)
check_fast(
    svm_loss,
    np.ones((100_000, 1)),
    np.arange(100_000) % 2,
    np.ones((2, 1)),
    np.zeros(2),
    1.0,
    0.1,
    seconds=0.4,
    label="100,000 images",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `softmax_loss` (11 points)
#
# Write `softmax_loss(x, y, weight, bias, reg)`, the cross-entropy of the softmax of the scores:
#
# $$L_i = -\log \frac{e^{s_y}}{\sum_j e^{s_j}}.$$
#
# Scores of ±1000 are legal, even side by side in one batch, and the results are right there, too: finite, and nowhere `nan`.


# %% nbgrader={"grade_id": "softmax_loss", "solution": true}
def softmax_loss(x, y, weight, bias, reg):
    """x: (N, D), y: (N,), weight: (K, D), bias: (K,) -> loss, dweight (K, D), dbias (K,)."""
    ### BEGIN SOLUTION
    n = np.arange(len(y))
    scores = x @ weight.T + bias
    scores = scores - scores.max(axis=1)[:, None]  # exp overflows past 709
    exp = np.exp(scores)
    total = exp.sum(axis=1)
    loss = (np.log(total) - scores[n, y]).sum() / len(y) + reg * (weight**2).sum()
    dscores = exp / total[:, None]
    dscores[n, y] -= 1
    dscores = dscores / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_softmax_loss", "grade": true, "points": 5}
def check_softmax_value(x, y, weight, bias, reg, want, label):
    args = [np.array(a, dtype=float) for a in (x, weight, bias)]
    result = call(softmax_loss, args[0], np.array(y), *args[1:], reg, label=label)
    form = isinstance(result, tuple) and len(result) == 3
    check_equal(form, True, f"softmax_loss: {label}: a tuple of three")
    check_close(result[0], want, f"softmax_loss: {label}: the loss")


logs = [[0.0], [np.log(2)], [np.log(5)]]  # softmax: 1/8, 2/8, 5/8
check_softmax_value([[1.0]], [0], logs, [0, 0, 0], 0.0, np.log(8), "probabilities 1/8, 2/8, 5/8")
check_softmax_value(
    [[1.0], [0.0]], [1, 2], logs, [0, 0, 0], 0.0, np.log(12) / 2, "two images, three classes"
)
check_softmax_value(
    [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]],
    [1, 2, 0],
    [[0, 1], [np.log(2), 2], [np.log(5), -1]],
    [0, 0, 0],
    0.5,
    np.log(96) / 3 + (np.log(2) ** 2 + np.log(5) ** 2 + 6) / 2,
    "three images, three classes, λ = 0.5",
)
check_softmax_value(
    [[1.0]], [2], [[1000], [-1000], [999]], [0, 0, 0], 0.0, 1 + np.log1p(np.exp(-1)), "scores ±1000"
)
check_softmax_value(
    [[1.0]], [1], [[1000], [-1000]], [0, 0], 0.0, 2000.0, "the right class at -1000"
)
check_softmax_value(
    [[1000.0], [-1000.0]],
    [0, 1],
    [[1.0], [1.0]],
    [0, np.log(3)],
    0.0,
    np.log(16 / 3) / 2,
    "two images, all scores near 1000 and near -1000",
)


### BEGIN HIDDEN TESTS
def naive_softmax(x, y, weight, bias, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += np.logaddexp.reduce(scores) - scores[label]
    return float(total / len(x) + reg * sum(w * w for row in weight for w in row))


rng = np.random.default_rng(3)
for n, d, k, reg in [(1, 2, 3, 0.0), (5, 3, 4, 0.1), (4, 6, 2, 1.0), (7, 2, 5, 3.0)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    want = naive_softmax(x, y, weight, bias, reg)
    check_softmax_value(x, y, weight, bias, reg, want, f"N = {n}, D = {d}, K = {k}")
x = np.array([[1000.0], [-1000.0], [1.0]])
weight, bias, y = np.array([[1.0], [0.999], [1.001]]), np.array([0.0, 0.5, -0.5]), [1, 2, 0]
want = naive_softmax(x, y, weight, bias, 0.0)
check_softmax_value(x, y, weight, bias, 0.0, want, "1000 and -1000 in one batch")
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_softmax_loss_gradient", "grade": true, "points": 6}
def check_softmax_slopes(x, y, weight, bias, reg, dweight, dbias, label):
    args = [np.array(a, dtype=float) for a in (x, weight, bias)]
    result = call(softmax_loss, args[0], np.array(y), *args[1:], reg, label=label)
    form = isinstance(result, tuple) and len(result) == 3
    check_equal(form, True, f"softmax_loss: {label}: a tuple of 3")
    check_close(
        result[1], np.array(dweight, dtype=float), f"softmax_loss: {label}: dweight", atol=1e-6
    )
    check_close(result[2], np.array(dbias, dtype=float), f"softmax_loss: {label}: dbias", atol=1e-6)


check_softmax_slopes(
    [[1.0, 2.0]],
    [2],
    [[0, 0], [np.log(2), 0], [np.log(5), 0]],
    [0, 0, 0],
    0.0,
    [[1 / 8, 2 / 8], [2 / 8, 4 / 8], [-3 / 8, -6 / 8]],
    [1 / 8, 2 / 8, -3 / 8],
    "gradient, probabilities 1/8, 2/8, 5/8",
)
check_softmax_slopes(
    [[1.0], [0.0]],
    [1, 2],
    logs,
    [0, 0, 0],
    0.0,
    [[1 / 16], [-6 / 16], [5 / 16]],
    [11 / 48, -10 / 48, -1 / 48],
    "gradient, two images",
)
check_softmax_slopes(
    [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]],
    [1, 2, 0],
    [[0, 1], [np.log(2), 2], [np.log(5), -1]],
    [0, 0, 0],
    0.5,
    [[-1 / 4, 1], [np.log(2) - 1 / 6, 2], [np.log(5) + 5 / 12, -1]],
    [-5 / 36, -2 / 36, 7 / 36],
    "gradient, three images, λ = 0.5",
)
check_softmax_slopes(
    [[1.0]],
    [1],
    [[1000], [-1000]],
    [0, 0],
    0.0,
    [[1], [-1]],
    [1, -1],
    "gradient, scores ±1000",
)
check_call(
    softmax_loss,
    np.array([[1.0], [0.0]]),
    np.array([1, 2]),
    np.array(logs),
    np.zeros(3),
    0.5,
    label="arguments and random state are left alone",
)


### BEGIN HIDDEN TESTS
def numeric(loss, weight):  # the derivative by each entry of weight, of a loss of weight
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def entropy_sum(x, y, weight, bias, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += np.logaddexp.reduce(scores) - scores[label]
    return total / len(x) + reg * sum(w * w for row in weight for w in row)


rng = np.random.default_rng(4)
for n, d, k, reg in [(2, 3, 4, 0.0), (5, 3, 4, 0.1), (4, 6, 2, 1.0), (7, 2, 5, 3.0)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    check_softmax_slopes(
        x,
        y,
        weight,
        bias,
        reg,
        numeric(lambda w: entropy_sum(x, y, w, bias, reg), weight),
        numeric(lambda b: entropy_sum(x, y, weight, b, reg), bias),
        f"gradient, N = {n}, D = {d}, K = {k}",
    )
y = y.astype(np.uint8)
check_softmax_slopes(
    x,
    y,
    weight,
    bias,
    0.0,
    numeric(lambda w: entropy_sum(x, y, w, bias, 0), weight),
    numeric(lambda b: entropy_sum(x, y, weight, b, 0), bias),
    "gradient, uint8 labels",
)
check_softmax_slopes(  # sizes apart, so that one shift for all rows would leave 0/0
    [[1000.0], [-1000.0]],
    [0, 0],
    [[1.0], [1.0]],
    [0, np.log(3)],
    0.0,
    [[0], [0]],
    [-3 / 4, 3 / 4],
    "gradient, 1000 and -1000 in one batch",
)
check_fast(
    softmax_loss,
    np.ones((100_000, 1)),
    np.arange(100_000) % 2,
    np.ones((2, 1)),
    np.zeros(2),
    0.1,
    seconds=0.4,
    label="100,000 images",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `margin_losses` (6 points)
#
# With two classes, labels t = ±1 and a score f, all that counts is the margin m = t · f: it is positive where the classifier is
# right. Three classifiers differ only in what they make of it:
#
# | row | loss | of the margin m |
# |---|---|---|
# | 0 | the perceptron's | max(0, −m) |
# | 1 | the hinge loss of the SVM | max(0, 1 − m) |
# | 2 | the logistic loss | log(1 + e⁻ᵐ), natural logarithm |
#
# Write `margin_losses(margins)`.
#
# | | |
# |---|---|
# | `margins` | (N,) float64 or whole numbers of any signed dtype, up to ±1000 |
# | returns | the tuple `(losses, slopes)` of two (3, N) float64 arrays: the three losses, and their derivatives by m |
#
# At its kink m = 0 the perceptron's loss has slope −1 (it learns from points on the boundary), the hinge loss at m = 1 slope 0.
# A result that is not finite is wrong. No Python loop.


# %% nbgrader={"grade_id": "margin_losses", "solution": true}
def margin_losses(margins):
    """margins: (N,) -> losses (3, N), slopes (3, N): perceptron, hinge, logistic."""
    ### BEGIN SOLUTION
    m = margins.astype(np.float64)  # 1 − (−128) wraps in int8
    losses = np.stack([np.maximum(-m, 0), np.maximum(1 - m, 0), np.logaddexp(0, -m)])
    slopes = np.stack([-1.0 * (m <= 0), -1.0 * (m < 1), -np.exp(-np.logaddexp(0, m))])
    return losses, slopes
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_margin_losses", "grade": true, "points": 6}
check_call(
    margin_losses,
    np.array([-2.0, 0.5]),
    want=(
        np.array([[2, 0], [3, 0.5], [2.126928, 0.4740770]]),
        np.array([[-1, 0], [-1, -1], [-0.8807971, -0.3775407]]),
    ),
    label="margins -2 and 0.5",
)
check_call(
    margin_losses,
    np.array([0.0, 1.0, 3.0, -1.0]),
    want=(
        np.array(
            [[0, 0, 0, 1], [1, 0, 0, 2], [0.6931472, 0.3132617, 0.0485874, 1.3132617]],
        ),
        np.array([[-1, 0, 0, -1], [-1, 0, 0, -1], [-0.5, -0.2689414, -0.0474259, -0.7310586]]),
    ),
    label="both kinks among them",
)
check_call(
    margin_losses,
    np.array([1000.0, -1000.0]),
    want=(
        np.array([[0.0, 1000], [0, 1001], [0, 1000]]),
        np.array([[0.0, -1], [0, -1], [0, -1]]),
    ),
    label="margins ±1000",
)
### BEGIN HIDDEN TESTS
from math import exp, log1p


def logistic(m):
    return log1p(exp(-m)) if m > 0 else -m + log1p(exp(m))


def logistic_slope(m):
    return -exp(-m) / (1 + exp(-m)) if m > 0 else -1 / (1 + exp(m))


rng = np.random.default_rng(5)
samples = [3 * rng.normal(size=7), 30 * rng.normal(size=5), np.array([700.0, -745, 720, -30, 1e-9])]
samples += [np.array([-128, 127, 0, 1], dtype=np.int8), np.array([-300, 5, 2, 1, 0, -1])]
samples += [np.array([2.5])]
for m in samples:
    losses = [
        [float(max(0, -v)) for v in m.tolist()],
        [float(max(0, 1 - v)) for v in m.tolist()],
        [logistic(v) for v in m.tolist()],
    ]
    slopes = [
        [-1.0 if v <= 0 else 0.0 for v in m.tolist()],
        [-1.0 if v < 1 else 0.0 for v in m.tolist()],
        [logistic_slope(v) for v in m.tolist()],
    ]
    check_call(
        margin_losses,
        m,
        want=(np.array(losses), np.array(slopes)),
        label=f"{len(m)} margins, {m.dtype}, the first {m[0]:.3g}",
    )
check_fast(margin_losses, np.linspace(-5, 5, 200_000), seconds=0.35, label="200,000 margins")
### END HIDDEN TESTS

# %% [markdown]
# ## 3 · Can you trust a gradient?
#
# ### Exercise `grad_check` (12 points)
#
# Write `grad_check(f, x, gradient)`: somebody claims that `gradient` is the gradient of the function `f` at `x`.
# Is it? Measure each derivative by a central difference, (f(x + h) − f(x − h)) / 2h with x moved in one entry, and compare.
#
# | | |
# |---|---|
# | `f` | a function; `f(z)` takes a float64 array of x's shape and gives a number |
# | `x` | an array of any shape, float64, float32 or whole numbers |
# | `gradient` | an array: what is claimed, float64 |
# | returns | `True` if it is right, else `False` |
#
# Your function is graded by what it finds out: it gets many gradients, some of them with a planted bug. A bug that it misses
# costs the points of the cell, and so does a false alarm. These are the rules of the game:
#
# - A **right** gradient agrees with the true one up to rounding, nine digits or more in each entry.
# - A **wrong** one has another shape than x, or a `nan`, or an entry that is off by at least 1 part in 100,000 of the true derivative,
#   or one that is not 0 (but at least 0.001 · |f(x)| in size) where the true derivative is 0. One bad entry is enough.
# - Each true derivative is 0 or at least 0.001 · |f(x)| in size. The functions may be very flat or very steep, with values
#   of 1e-12 or of 1e12; an absolute tolerance will not do for both.
# - `f` is smooth near x; differences with h = 1e-5 are good to seven digits. Where the true derivative is 0, rounding in `f`
#   may leave up to 1e-10 · |f(x)| in place of 0.
# - In float32, and in whole numbers, x cannot move by 1e-5: make a float64 copy first.
# - Each call of `f` may be expensive: use 2 calls for an entry of x, and at most 2 more in all.


# %% nbgrader={"grade_id": "grad_check", "solution": true}
def grad_check(f, x, gradient):
    """f: function of an array like x, x: any shape, gradient: claimed -> bool."""
    ### BEGIN SOLUTION
    if gradient.shape != x.shape:
        return False
    h, x = 1e-5, x.astype(np.float64)
    rounding = 1e-9 * abs(f(x))
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slope = (f(up) - f(down)) / (2 * h)
        if not abs(gradient[i] - slope) <= 1e-6 * abs(slope) + rounding:  # nan is wrong, too
            return False
    return True
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_grad_check", "grade": true, "points": 6}
def check_verdicts(cases, label):
    """cases: (name, f, x, gradient, whether it is right)."""
    misjudged = []
    for name, f, x, gradient, right in cases:
        verdict = call(grad_check, f, x, gradient, label=name)
        is_bool = isinstance(verdict, bool | np.bool_)
        check_equal(is_bool, True, f"grad_check: {name}: the answer is True or False")
        if verdict != right:
            misjudged.append(("false alarm: " if right else "missed: ") + name)
    check_equal(misjudged, [], f"grad_check: {label}")


def cubes(z):  # its gradient is 3 z²
    return float((z**3).sum())


def product(z):  # its gradient at (2, 3, 4) is (12, 8, 6)
    return float(z[0] * z[1] * z[2])


at, z = np.array([2.0, 3.0, 4.0]), np.array([[1.0, -2.0, 0.5], [3.0, 1.5, -1.0]])
check_call(grad_check, cubes, z.copy(), 3 * z**2, label="x is as it was")
check_verdicts(
    [
        ("z0² + z1²", lambda z: float((z**2).sum()), at[:2], 2 * at[:2], True),
        ("z0² + z1², twice", lambda z: float((z**2).sum()), at[:2], 4 * at[:2], False),
        ("sin z at 0", lambda z: float(np.sin(z[0])), np.zeros(1), np.ones(1), True),
        ("z³", cubes, z, 3 * z**2, True),
        ("z³, wrong", cubes, z, 2 * z**2, False),
        ("z0·z1·z2", product, at, np.array([12.0, 8.0, 6.0]), True),
        ("z0·z1·z2, sign of one entry", product, at, np.array([12.0, -8.0, 6.0]), False),
        ("z0·z1·z2, last entry only", product, at, np.array([12.0, 8.0, 6.01]), False),
        ("z0·z1·z2, off by 0.02 %", product, at, np.array([12.0, 8.0, 6.0012]), False),
        ("z0·z1·z2, off by 0.002 %", product, at, np.array([12.0, 8.0, 6.00012]), False),
        ("z0·z1·z2, shape (1, 3)", product, at, np.array([[12.0, 8.0, 6.0]]), False),
        ("z0·z1·z2, nan", product, at, np.array([12.0, np.nan, 6.0]), False),
        ("z0·z1·z2 of float32", product, at.astype("f4"), np.array([12.0, 8.0, 6.0]), True),
        ("z0·z1·z2 of integers", product, at.astype(int), np.array([12.0, 8.0, 6.0]), True),
        ("a tiny function", lambda z: 1e-12 * cubes(z), z, 3e-12 * z**2, True),
        ("a tiny function, wrong", lambda z: 1e-12 * cubes(z), z, 2e-12 * z**2, False),
        ("a huge function", lambda z: 1e12 * cubes(z), z, 3e12 * z**2, True),
        ("a constant", lambda z: -5.0, z, 0 * z, True),
        ("a constant, wrong", lambda z: -5.0, z, 0 * z + 0.1, False),
    ],
    "small functions, right and wrong",
)


### BEGIN HIDDEN TESTS
def score_losses(kind, n, d, k, delta, reg, seed):  # f of weight and its gradient with options
    rng = np.random.default_rng(seed)
    x, w, y = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.integers(0, k, size=n)

    def f(w):
        total = 0.0
        for row, label in zip(x, y):
            s = w @ row
            if kind == "svm":
                total += sum(max(0.0, s[j] - s[label] + delta) for j in range(k) if j != label)
            else:
                total += np.logaddexp.reduce(s) - s[label]
        return float(total / n + reg * (w * w).sum())

    def gradient(own=1.0, rivals=1.0, share=1 / n, decay=2.0):
        dw = np.zeros((k, d))
        for row, label in zip(x, y):
            s = w @ row
            p = s - s[label] + delta > 0 if kind == "svm" else np.exp(s - np.logaddexp.reduce(s))
            for j in range(k):
                if j != label:
                    dw[j] += rivals * share * p[j] * row
                    dw[label] -= own * share * p[j] * row
        return dw + decay * reg * w

    return f, w, gradient


cases = []
for kind, n, d, k, seed in [("svm", 5, 3, 4, 0), ("softmax", 4, 2, 3, 1), ("softmax", 1, 3, 5, 2)]:
    f, w, gradient = score_losses(kind, n, d, k, 1.0, 0.3, seed)
    cases += [
        (f"{kind}, right", f, w, gradient(), True),
        (f"{kind}, rounding", f, w, gradient() * (1 + 1e-11), True),
        (f"{kind}, no 2λ", f, w, gradient(decay=1.0), False),
        (f"{kind}, no λ", f, w, gradient(decay=0.0), False),
        (f"{kind}, own class left out", f, w, gradient(own=0.0), False),
        (f"{kind}, rivals left out", f, w, gradient(rivals=0.0), False),
        (f"{kind}, sign", f, w, -gradient(), False),
        (f"{kind}, transposed", f, w, gradient().T, False),
    ]
    if n > 1:
        cases.append((f"{kind}, not divided by N", f, w, gradient(share=1.0), False))
check_verdicts(cases, "losses, right and with planted bugs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_check_limits", "grade": true, "points": 6}
near = np.array([0.5, -0.25]) + 1e-3
minimum = np.array([0.5, -0.25])
calls = []


def counted(z):
    calls.append(z.copy())
    return float((z**2).sum())


def rounded(z):  # as if it were a long sum, rounded: the last digit depends on z0
    return float(1 + 2.2e-16 * (np.floor(z[0] * 1e6 + 0.5) % 3) + z[1] / 2)


def valley(z):
    return float(((z - minimum) ** 2).sum())


check_verdicts(
    [
        ("near a minimum", valley, near, 2 * (near - minimum), True),
        ("a number, shape ()", lambda z: float(np.exp(z)), np.array(1.0), np.array(np.e), True),
        ("a number, wrong", lambda z: float(np.exp(z)), np.array(1.0), np.array(2.7184), False),
        ("a number, twice", lambda z: float(np.exp(z)), np.array(1.0), np.array(2 * np.e), False),
        ("sinh z at 0", lambda z: float(np.sinh(z)), np.array(0.0), np.array(1.0), True),
        ("an unused entry", lambda z: float(z[0] ** 2), at[:2], np.array([4.0, 0.0]), True),
        ("rounding near 0", rounded, np.array([0.7, 0.3]), np.array([0, 0.5]), True),
        ("not 0", rounded, np.array([0.7, 0.3]), np.array([0.01, 0.5]), False),
    ],
    "awkward places",
)
call(grad_check, counted, np.arange(6.0) + 1, 2 * np.arange(6.0) + 2, label="calls of f")
check_equal(len(calls) <= 14, True, "grad_check: f is called twice for an entry of x, and twice")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(6)
cases = []
for shape in [(), (1,), (7,), (3, 3), (2, 1, 3), (2, 2, 2)]:
    a, x = rng.uniform(1, 2, size=shape), rng.uniform(0.5, 1.5, size=shape)
    for scale in [1e-12, 1e-5, 1.0, 1e6, 1e12]:

        def f(z, a=a, scale=scale):
            return float(scale * (a * np.exp(z) + np.sin(3 * z)).sum())

        true = np.array(scale * (a * np.exp(x) + 3 * np.cos(3 * x)))
        name = f"shape {shape}, values near {scale:g}"
        cases.append((name, f, x, true, True))
        for i in {0, x.size // 2, x.size - 1}:
            for factor in [0.0, -1.0, 0.5, 2.0, 1.01, 1 + 2e-5, 1 - 2e-5]:
                wrong = true.copy()
                wrong.reshape(-1)[i] *= factor
                if scale in (1.0, 1e12, 1e-12) and (factor in (0.5, 1 + 2e-5) or i == 0):
                    cases.append((f"{name}, entry {i} times {factor:g}", f, x, wrong, False))
    if len(shape) == 2:
        cases.append((f"shape {shape}, transposed", f, x, true.T, False))
check_verdicts(cases, "shapes and scales")

cases = []
for offset in [1e-3, 3e-3]:  # one-sided differences are poor near a minimum
    for constant in [0.0, 0.5]:
        middle = np.array([0.3, -1.2, 2.0, 0.9])
        x = middle + offset * np.array([1, -1, 2, 1])

        def f(z, middle=middle, constant=constant):
            return float(constant + ((z - middle) ** 2).sum() + ((z - middle) ** 3).sum())

        true = 2 * (x - middle) + 3 * (x - middle) ** 2
        cases.append((f"{offset} beside a minimum of {constant}", f, x, true, True))
        cases.append(
            (f"{offset} beside a minimum of {constant}, wrong", f, x, 1.0001 * true, False)
        )
x = np.array([1.5, 0.0, -2.0])  # the second derivative is 0, by symmetry or since it is not used
for name, f in [
    ("even", lambda z: float(z[0] ** 2 + np.cos(z[1]) - z[2])),
    ("unused", lambda z: float(z[0] ** 2 + 1 - z[2])),
    ("negative", lambda z: float(z[0] ** 2 - 9 - z[2])),
]:
    cases.append((name, f, x, np.array([3.0, 0.0, -1.0]), True))
    cases.append((f"{name}, not 0", f, x, np.array([3.0, 0.5, -1.0]), False))
    cases.append((f"{name}, infinite", f, x, np.array([3.0, np.inf, -1.0]), False))
    cases.append((f"{name}, nan in the last", f, x, np.array([3.0, 0.0, np.nan]), False))
f, x = (lambda z: float((z**4).sum())), np.array([[1.5, -0.5], [2.0, 1.0]])
for dtype in [np.float32, np.float64]:
    cases.append((f"fourth powers of {np.dtype(dtype)}", f, x.astype(dtype), 4 * x**3, True))
    cases.append(
        (f"fourth powers of {np.dtype(dtype)}, wrong", f, x.astype(dtype), 4 * x**2, False)
    )
    cases.append(
        (
            f"fourth powers of {np.dtype(dtype)}, a column",
            f,
            x[:, :1].astype(dtype),
            4 * x**3,
            False,
        )
    )
cases.append(("0 everywhere", lambda z: 0.0, x, 0 * x, True))
cases.append(("0 everywhere, wrong", lambda z: 0.0, x, 0 * x + 1e-3, False))
whole = np.array([[1, -3, 2]], dtype=np.int16)
cases.append(("whole numbers", f, whole, 4.0 * whole**3, True))
cases.append(("whole numbers, wrong", f, whole, 3.0 * whole**3, False))
cases.append(("whole numbers, flat", f, whole, 4.0 * whole[0] ** 3, False))
noisy = np.array([0.7, -0.4, 0.3])
for scale in [1e-9, 1.0, 1e9]:

    def f(z, scale=scale):
        digits = np.floor(z[:2] * 1e6 + 0.5) % 3  # the last digit of a long sum, so to say
        return float(scale * (1 + 2.2e-16 * digits.sum() + z[2] / 2))

    true = scale * np.array([0.0, 0.0, 0.5])
    cases.append((f"rounding near 0, values near {scale:g}", f, noisy, true, True))
    cases.append(
        (f"not 0, values near {scale:g}", f, noisy, scale * np.array([0.01, 0, 0.5]), False)
    )


def only_rounding(z):
    return float(3 + 4.4e-16 * (np.floor(z * 1e6 + 0.5) % 3).sum())


def nearly_flat(z):  # the smallest slope that the rules allow for, nearly
    return float(1 + 4.4e-16 * (np.floor(z * 1e9 + 0.5) % 3).sum() + 0.002 * (z - noisy).sum())


cases.append(("nothing but rounding", only_rounding, noisy, 0 * noisy, True))
cases.append(("nearly flat", nearly_flat, noisy, np.full(3, 0.002), True))
cases.append(("nearly flat, off by 1 in 10,000", nearly_flat, noisy, np.full(3, 0.0020002), False))
check_verdicts(cases, "minima, zeros, dtypes")
### END HIDDEN TESTS

# %% [markdown]
# Put it to use: are the derivatives of your two losses right? (This stops with an error as long as one of the three
# functions is missing.)


# %%
def try_gradient(loss, *options):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4)), np.array([2, 0, 1, 1, 2, 0])
    weight, bias = rng.normal(size=(3, 4)), rng.normal(size=3)
    _, dweight, dbias = loss(x, y, weight, bias, *options)
    by_weight = grad_check(lambda w: loss(x, y, w, bias, *options)[0], weight, dweight)
    by_bias = grad_check(lambda b: loss(x, y, weight, b, *options)[0], bias, dbias)
    print(f"{loss.__name__}: dweight right? {by_weight}  dbias right? {by_bias}")


try_gradient(svm_loss, 1.0, 0.1)
try_gradient(softmax_loss, 0.1)

# %% [markdown]
# ## 4 · Descent
#
# ### Exercise `sgd` (11 points)
#
# Write `sgd(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng)`: stochastic gradient descent with momentum, which
# returns the best weights that it met.
#
# | | |
# |---|---|
# | `loss` | a function; `loss(x, y, weight, bias)` gives the tuple `(value, dweight, dbias)`, as your losses do |
# | `x`, `y` | the training images, one a row, and their labels (N,) |
# | `weight`, `bias` | arrays: where to start |
# | `lr`, `momentum` | floats: the learning rate η, and the momentum μ with 0 ≤ μ < 1 |
# | `batch_size`, `epochs` | ints ≥ 1 |
# | `rng` | a `numpy.random.Generator`, the only source of chance |
# | returns | the tuple `(weight, bias, history)`; history is an (epochs,) array |
#
# - Each parameter has a velocity v of its own, 0 at the start of training.
# - An epoch begins with **one** call of `rng.permutation(N)`: the images in that order are cut into batches of `batch_size`.
#   The last batch is smaller where `batch_size` does not divide N.
# - Each batch makes one step for both parameters, with the gradient g of the batch at the parameters as they are now:
#   v ← μ v + g, then parameter ← parameter − η v.
# - After each epoch, `history` gets the loss over all N images. (Nothing else is drawn from `rng`.)
# - What you return is not the last `weight` and `bias` but those after the epoch with the lowest loss in `history`; of several,
#   the first.


# %% nbgrader={"grade_id": "sgd", "solution": true}
def sgd(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """loss: function, x: (N, …), y: (N,), weight, bias: arrays -> best weight, best bias, history."""
    ### BEGIN SOLUTION
    velocity_w, velocity_b = np.zeros_like(weight), np.zeros_like(bias)
    seen = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            _, dweight, dbias = loss(x[batch], y[batch], weight, bias)
            velocity_w = momentum * velocity_w + dweight
            velocity_b = momentum * velocity_b + dbias
            weight, bias = weight - lr * velocity_w, bias - lr * velocity_b  # new arrays
        seen.append((loss(x, y, weight, bias)[0], weight, bias))
    history = np.array([value for value, _, _ in seen])
    _, weight, bias = seen[history.argmin()]
    return weight, bias, history
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_sgd", "grade": true, "points": 11}
def half_square(x, y, weight, bias):  # of every parameter, whatever the images
    return float((weight**2).sum() + (bias**2).sum()) / 2, weight.copy(), bias.copy()


def line_fit(x, y, weight, bias):  # squared error of x·weight + bias, mean over the images
    error = x @ weight + bias - y
    return float((error**2).mean()), 2 * error @ x / len(x), 2 * error.mean(keepdims=True)


def options(lr, momentum, batch_size, epochs, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "lr": lr,
        "momentum": momentum,
        "batch_size": batch_size,
        "epochs": epochs,
        "rng": rng,
    }


two_images, their_labels = np.zeros((2, 3)), np.array([0, 1])
check_call(
    sgd,
    half_square,
    two_images,
    their_labels,
    np.array([1.0]),
    np.array([2.0, 0.0]),
    **options(0.1, 0.0, 1, 2),
    want=(np.array([0.6561]), np.array([1.3122, 0.0]), np.array([1.64025, 1.076168025])),
    label="two batches an epoch, no momentum: 1, 0.9, 0.81, …",
)
check_call(
    sgd,
    half_square,
    two_images,
    their_labels,
    np.array([1.0]),
    np.array([2.0, 0.0]),
    **options(0.1, 0.5, 1, 2),
    want=(np.array([0.4796]), np.array([0.9592, 0.0]), np.array([1.444, 0.5750404])),
    label="two batches an epoch, momentum 0.5: 1, 0.9, 0.76, 0.614, …",
)
one_image, its_label = np.zeros((1, 2)), np.array([0])
check_call(
    sgd,
    half_square,
    one_image,
    its_label,
    np.array([1.0]),
    np.array([0.0]),
    **options(2.1, 0.0, 1, 3),
    want=(np.array([-1.1]), np.array([0.0]), np.array([0.605, 0.73205, 0.8857805])),
    label="steps too long: the first epoch is the best",
)
places, heights = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), np.array([1.0, 3, 5, 7, 9])
check_call(
    sgd,
    line_fit,
    places,
    heights,
    np.array([0.0]),
    np.array([0.0]),
    **options(0.02, 0.5, 2, 3),
    want=(
        np.array([2.0858280758]),
        np.array([0.7418608791]),
        np.array([0.1105881661, 0.2989103508, 0.0222122212]),
    ),
    label="five images in batches of two, a line",
)


### BEGIN HIDDEN TESTS
def by_the_book(loss, x, y, weight, bias, lr, momentum, batch_size, epochs, rng):
    w, b = weight.ravel().tolist(), bias.ravel().tolist()
    v, u = [0.0] * len(w), [0.0] * len(b)
    best, history = None, []
    for _ in range(epochs):
        order = list(rng.permutation(len(x)))
        while order:
            batch, order = order[:batch_size], order[batch_size:]
            at = np.array(w).reshape(weight.shape), np.array(b).reshape(bias.shape)
            _, dw, db = loss(x[batch], y[batch], *at)
            for j, slope in enumerate(dw.ravel()):
                v[j] = momentum * v[j] + slope
                w[j] -= lr * v[j]
            for j, slope in enumerate(db.ravel()):
                u[j] = momentum * u[j] + slope
                b[j] -= lr * u[j]
        at = np.array(w).reshape(weight.shape), np.array(b).reshape(bias.shape)
        history.append(loss(x, y, *at)[0])
        if best is None or history[-1] < min(history[:-1]):
            best = at
    return (*best, np.array(history))


def classes_fit(
    x, y, weight, bias
):  # squared distance of the scores from one-hot labels, and λ = 0.1
    error = x @ weight.T + bias - np.eye(len(bias))[y]
    value = (error**2).sum() / len(x) + 0.1 * (weight**2).sum()
    return float(value), 2 * error.T @ x / len(x) + 0.2 * weight, 2 * error.sum(axis=0) / len(x)


rng = np.random.default_rng(7)
for n, d, k, lr, momentum, batch_size, epochs in [
    (7, 2, 3, 0.05, 0.0, 3, 2),
    (10, 4, 2, 0.03, 0.9, 4, 5),
    (6, 3, 4, 0.02, 0.5, 6, 4),
    (5, 2, 3, 0.1, 0.7, 8, 3),
    (9, 3, 2, 0.25, 0.9, 2, 6),
    (8, 2, 3, 0.01, 0.99, 1, 3),
]:
    x, y = rng.normal(size=(n, d)) + np.arange(n)[:, None] / n, rng.integers(0, k, size=n)
    weight, bias = rng.normal(size=(k, d)), rng.normal(size=k)
    for seed in [0, 1]:
        check_call(
            sgd,
            classes_fit,
            x,
            y,
            weight,
            bias,
            **options(lr, momentum, batch_size, epochs, seed),
            want=by_the_book(
                classes_fit,
                x,
                y,
                weight,
                bias,
                **options(lr, momentum, batch_size, epochs, seed),
            ),
            label=f"{n} images in batches of {batch_size}, η = {lr}, μ = {momentum}, seed {seed}",
        )


def given_values(x, y, weight, bias):  # losses after the epochs: 2, 1, 3 and 1
    value = {-1.0: 2.0, -2.0: 1.0, -3.0: 3.0, -4.0: 1.0}.get(float(weight[0]), 9.0)
    return value, np.ones(1), np.ones(1)


check_call(
    sgd,
    given_values,
    one_image,
    its_label,
    np.array([0.0]),
    np.array([5.0]),
    **options(1.0, 0.0, 1, 4),
    want=(np.array([-2.0]), np.array([3.0]), np.array([2.0, 1, 3, 1])),
    label="the first of two equally good epochs",
)
### END HIDDEN TESTS

# %% [markdown]
# Now train two linear classifiers on pixels. A row of `weight`, put back into the form of an image, is the *template* that
# the class looks for: can you recognise some?

# %%
start = np.zeros((10, 3072)), np.zeros(10)
how = {"momentum": 0.9, "batch_size": 50, "epochs": 15}
svm = sgd(
    lambda x, y, w, b: svm_loss(x, y, w, b, 1.0, 0.01),
    x_train,
    y_train,
    *start,
    lr=2e-4,
    rng=np.random.default_rng(0),
    **how,
)
softmax = sgd(
    lambda x, y, w, b: softmax_loss(x, y, w, b, 0.01),
    x_train,
    y_train,
    *start,
    lr=1e-3,
    rng=np.random.default_rng(0),
    **how,
)
for kind, (w, b, history) in {"SVM": svm, "softmax": softmax}.items():
    predicted = linear_scores(x_test, np.hstack([w, b[:, None]])).argmax(axis=1)
    found = np.mean(predicted == y_test)
    print(f"{kind:8} loss {history[0]:.2f} … {history.min():.2f}, test accuracy {found:.3f}")

templates_seen = softmax[0].reshape(10, 3, 32, 32)
largest = np.abs(templates_seen).max(axis=(1, 2, 3), keepdims=True)
_ = viz.show_images(
    (0.5 + templates_seen / largest / 2).astype(np.float32),
    np.arange(10),
    classes=shapes.classes,
    columns=5,
)

# %% [markdown]
# ### Exercise `line_search` (9 points)
#
# How far should one step go? Take points that are joined by springs of length 1, with the energy
# $E(x) = \sum (|x_i - x_j|^2 - 1)^2$ over the springs. Along a line, $x + t\,d$, it is a polynomial in t of degree four,
#
# $$\varphi(t) = c_0 + c_1 t + c_2 t^2 + c_3 t^3 + c_4 t^4,$$
#
# and its slope at t = 0 is $c_1$. Write `line_search(coefficients, shrink, c)`, which answers the question twice.
#
# | | |
# |---|---|
# | `coefficients` | (5,) floats or whole numbers: $c_0$ first, $c_4$ last; $c_4 > 0$ |
# | `shrink`, `c` | floats between 0 and 1 |
# | returns | the tuple `(armijo, exact)` of two floats, both > 0 |
#
# - `armijo` is the first of the steps 1, `shrink`, `shrink`², … that goes down far enough:
#   $\varphi(t) \le \varphi(0) + c\,t\,\varphi'(0)$.
# - `exact` is the t > 0 at which φ is least. There φ′ is 0; up to three such places must be compared.
#   (`np.roots` finds the roots of a polynomial. Mind the order in which it takes the coefficients.)
# - If $c_1 \ge 0$, the line does not go down: raise a `ValueError` with a message.


# %% nbgrader={"grade_id": "line_search", "solution": true}
def line_search(coefficients, shrink, c):
    """coefficients: (5,), lowest power first, shrink, c: floats -> Armijo's step, the best step."""
    ### BEGIN SOLUTION
    c0, c1, c2, c3, c4 = coefficients
    if c1 >= 0:
        raise ValueError(f"line_search: the slope is {c1}; it must be negative to go down")

    def energy(t):
        return c0 + c1 * t + c2 * t**2 + c3 * t**3 + c4 * t**4

    armijo = 1.0
    while energy(armijo) > c0 + c * armijo * c1:
        armijo *= shrink
    roots = np.roots([4 * c4, 3 * c3, 2 * c2, c1])
    real = roots[np.isreal(roots)].real
    return armijo, min(real[real > 0], key=energy)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_line_search", "grade": true, "points": 9}
check_call(
    line_search,
    np.array([1.2, -5.0, 8.0, 0.0, 1.0]),
    0.8,
    0.14,
    want=(0.512, 0.3053803),
    label="1.2 - 5t + 8t² + t⁴",
)
check_call(
    line_search,
    np.array([0.05, -4.0, 9.5, 0.0, 2.0]),
    0.5,
    0.5,
    want=(0.125, 0.2068024),
    label="0.05 - 4t + 9.5t² + 2t⁴",
)
check_call(
    line_search,
    np.array([1.0, -10.0, 6.5, -4.0, 1.0]),
    0.5,
    0.1,
    want=(1.0, 2.0),
    label="1 - 10t + 6.5t² - 4t³ + t⁴: the first step is good enough",
)
check_call(
    line_search,
    np.array([-0.1, -1.0, 3.5, -14 / 3, 2.0]),  # φ' is 0 at 1/4, 1/2 and 1
    0.5,
    0.25,
    want=(0.25, 1.0),
    label="two valleys ahead",
)
check_call(
    line_search,
    np.array([0.2, -1.5, 4.75, -16 / 3, 2.0]),  # φ' is 0 at 1/4, 3/4 and 1
    0.8,
    0.25,
    want=(0.32768, 0.25),
    label="two valleys ahead, another order",
)
check_raises(
    line_search, np.array([0.0, 3.0, 1.0, 0.0, 1.0]), 0.5, 0.1, label="a line that goes up"
)


### BEGIN HIDDEN TESTS
def at_least(coefficients):  # the best of a fine grid, and a finer one around it
    low, high = 1e-9, 1 + max(abs(coefficients[:4])) / coefficients[4] * 4
    for _ in range(12):
        grid = np.linspace(low, high, 2001)
        best = np.polynomial.polynomial.polyval(grid, coefficients).argmin()
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 2000)]
    return float((low + high) / 2)


def first_enough(coefficients, shrink, c):
    for n in range(200):
        t = shrink**n
        value = sum(a * t**k for k, a in enumerate(coefficients))
        if value <= coefficients[0] + c * t * coefficients[1]:
            return t


def from_roots(roots, scale, value):  # the quartic with these roots of its derivative
    derivative = scale * np.polynomial.polynomial.polyfromroots(roots)
    return np.append(value, derivative / np.arange(1, 5))


quartics = {
    "one place, complex others": from_roots([0.7, 1 + 2j, 1 - 2j], 1.0, 3.0).real,
    "a deeper valley behind": from_roots([-3.0, -0.5, 0.6], 2.0, 1.0),
    "a deeper valley just behind": from_roots([-0.8, -0.1, 0.3], 5.0, 1.0),
    "a deeper second valley": from_roots([0.2, 0.5, 1.5], 3.0, -1.0),
    "a deeper first valley": from_roots([0.3, 1.4, 1.6], 0.5, 0.0),
    "a steep wall": from_roots([0.01, 0.02 + 0.03j, 0.02 - 0.03j], 1e5, 10.0).real,
    "a long way": from_roots([3.0, 4 + 3j, 4 - 3j], 0.01, 5.0).real,
    "a flat place on the way": from_roots([0.4, 0.4, 1.2], 1.0, 2.0),
}
for name, coefficients in quartics.items():
    for shrink, c in [(0.5, 1e-4), (0.3, 0.5), (0.8, 0.9), (0.9, 0.1)]:
        check_call(
            line_search,
            coefficients,
            shrink,
            c,
            want=(first_enough(coefficients, shrink, c), at_least(coefficients)),
            rtol=1e-5,
            label=f"{name}, shrink {shrink}, c {c}",
        )
rng = np.random.default_rng(8)
springs = np.array([[0, 1], [1, 2], [2, 0], [2, 3]])
for case in range(6):
    points, direction = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    along = [
        (((points + t * direction)[springs] @ np.eye(2)), t) for t in [-2.0, -1.0, 0.0, 1.0, 2.0]
    ]
    values = [float(((((p[:, 0] - p[:, 1]) ** 2).sum(axis=1) - 1) ** 2).sum()) for p, _ in along]
    coefficients = np.polynomial.polynomial.polyfit([t for _, t in along], values, 4)
    coefficients[1::2] *= -np.sign(coefficients[1])  # d or -d, whichever goes down
    check_call(
        line_search,
        coefficients,
        0.6,
        0.2,
        want=(first_enough(coefficients, 0.6, 0.2), at_least(coefficients)),
        rtol=1e-5,
        label=f"springs, case {case}",
    )
check_call(
    line_search,
    np.array([7, -2, 0, 0, 1]),
    0.5,
    0.5,
    want=(1.0, 0.5 ** (1 / 3)),
    label="whole numbers, just far enough",
)
check_raises(line_search, np.array([0.0, 0.0, -1.0, 0.0, 1.0]), 0.5, 0.1, label="slope 0")
### END HIDDEN TESTS

# %% [markdown]
# Six points, joined by springs as a chain and thrown anywhere. Down along minus the gradient they go, once with each step:

# %%
chain = np.array([[i, i + 1] for i in range(5)])
fig, ax = plt.subplots(figsize=(5, 3))
for which, name in enumerate(["Armijo", "exact"]):
    points, energies = np.random.default_rng(1).normal(size=(6, 2)), []
    for _ in range(40):
        energies.append(spring_energy(points, chain))
        direction = -spring_gradient(points, chain)
        step = line_search(spring_quartic(points, direction, chain), 0.5, 1e-4)[which]
        points = points + step * direction
    ax.semilogy(energies, "o-" if which else "s--", markersize=3, label=name)
ax.set(xlabel="step", ylabel="energy")
_ = ax.legend()

# %% [markdown]
# ## 5 · The perceptron, and a kernel
#
# Two classes now, with labels −1 and 1 of any signed integer dtype.
#
# ### Exercise `perceptron` (8 points)
#
# Write `perceptron(x, y, max_epochs)`, Rosenblatt's rule with the bias trick.
#
# | | |
# |---|---|
# | `x` | (N, D) float64, or whole numbers of any integer dtype |
# | `y` | (N,) labels −1 and 1 |
# | `max_epochs` | int ≥ 1 |
# | returns | the tuple `(weight, updates)`: (D + 1,) float64, the bias last, and an int |
#
# - Start with all weights 0, the bias too. An epoch goes through the points in their order. For each, f is the score **with the
#   weights of this moment**; where y · f ≤ 0, the point is wrong: add y · x to the weights and y to the bias.
# - Stop after an epoch that had no point wrong, and after `max_epochs` epochs at the latest.
# - `updates` counts how often a point was added, over all epochs.


# %% nbgrader={"grade_id": "perceptron", "solution": true}
def perceptron(x, y, max_epochs):
    """x: (N, D), y: (N,) of -1 and 1 -> weight (D + 1,), the bias last, and the number of updates."""
    ### BEGIN SOLUTION
    points = np.hstack([x, np.ones((len(x), 1))])  # float64, so that nothing wraps
    weight, updates = np.zeros(points.shape[1]), 0
    for _ in range(max_epochs):
        before = updates
        for point, label in zip(points, y):
            if label * (point @ weight) <= 0:
                weight += label * point
                updates += 1
        if updates == before:
            break
    return weight, updates
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_perceptron", "grade": true, "points": 8}
check_call(
    perceptron,
    np.array([[-3.0], [-1.0], [-2.0]]),
    np.array([-1, 1, -1]),
    50,
    want=(np.array([2.0, 3.0]), 11),
    label="three points on a line, to the end",
)
check_call(
    perceptron,
    np.array([[-3.0], [-1.0], [-2.0]]),
    np.array([-1, 1, -1]),
    1,
    want=(np.array([2.0, 0.0]), 2),
    label="three points on a line, one epoch",
)
check_call(
    perceptron,
    np.array([[1.0, 2.0]]),
    np.array([-1]),
    10,
    want=(np.array([-1.0, -2.0, -1.0]), 1),
    label="one point",
)
check_call(
    perceptron,
    np.array([[0, 0], [1, 1], [0, 1], [1, 0]]),
    np.array([-1, -1, 1, 1], dtype=np.int8),
    3,
    want=(np.array([1.0, 1.0, 1.0]), 11),
    label="XOR, three epochs",
)


### BEGIN HIDDEN TESTS
def by_hand(x, y, max_epochs):
    x, y = [[int(v) if v == int(v) else v for v in row] for row in x.tolist()], y.tolist()
    weight, updates = [0.0] * (len(x[0]) + 1), 0
    for _ in range(max_epochs):
        wrong = 0
        for row, t in zip(x, y):
            if t * (sum(w * v for w, v in zip(weight, row)) + weight[-1]) <= 0:
                weight = [w + t * v for w, v in zip(weight, [*row, 1])]
                wrong += 1
        updates += wrong
        if not wrong:
            break
    return np.array(weight), updates


rng = np.random.default_rng(9)
for n, d, gap in [(5, 3, 0.5), (20, 2, 0.3), (40, 5, 0.2), (3, 8, 1.0)]:
    normal = rng.normal(size=d)
    x = rng.normal(size=(n, d)) + 1
    side = x @ normal - (x @ normal).mean()
    y = np.where(side > 0, 1, -1)
    x = x + gap * y[:, None] * normal
    weight, updates = by_hand(x, y, 1000)
    ones = np.hstack([x, np.ones((n, 1))])
    margin = (y * (ones @ np.append(normal, -(x @ normal).mean()))).min()
    check_call(
        perceptron, x, y, 1000, want=(weight, updates), label=f"{n} points in {d} dimensions"
    )
for n, d, epochs in [(15, 2, 4), (15, 2, 1), (30, 4, 7)]:  # labels at random: not separable
    x, y = rng.normal(size=(n, d)), rng.choice([-1, 1], size=n)
    check_call(
        perceptron,
        x,
        y,
        epochs,
        want=by_hand(x, y, epochs),
        label=f"{n} points that are not separable, {epochs} epochs",
    )
for dtype, low, high in [(np.int8, -128, 127), (np.uint8, 0, 255), (np.int32, -999, 999)]:
    x = rng.integers(low, high, size=(9, 3), endpoint=True).astype(dtype)
    x[0], x[1] = low, high
    y = rng.choice([-1, 1], size=9).astype(np.int8)
    y[0] = -1
    check_call(
        perceptron, x, y, 5, want=by_hand(x, y, 5), label=f"{np.dtype(dtype)} points, int8 labels"
    )
check_fast(
    perceptron,
    np.array([[1.0], [-1.0]]),
    np.array([1, -1]),
    200_000,
    seconds=0.3,
    label="at most 200,000 epochs, and two are enough",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `kernel_perceptron` (7 points)
#
# The weights of a perceptron are a sum of training points: point i was added $a_i$ times, with its label. In the space of a kernel,
# where there is no bias, the score is $f(x) = \sum_i a_i\, y_i\, k(x_i, x)$.
# Write `kernel_perceptron(kernel, x, y, x_test, max_epochs)`, which finds the counts $a_i$ without ever seeing the space.
# (In the book $a_i$ has the sign of the label in it. Here it is a count, never negative, and the label stands beside it.)
#
# | | |
# |---|---|
# | `kernel` | a function of two arrays of points, (P, D) and (Q, D), that gives all k of pairs, (P, Q) |
# | `x`, `y` | (N, D) points, float64; (N,) labels −1 and 1 |
# | `x_test` | (M, D) points, float64 |
# | `max_epochs` | int ≥ 1 |
# | returns | the tuple `(counts, scores)`: (N,) whole numbers $a_i$, and (M,) float64, f of each row of `x_test` |
#
# All counts start at 0. Order of the points, rule (y · f ≤ 0) and end are as in `perceptron`.
# A kernel can be expensive: call it at most twice in all.


# %% nbgrader={"grade_id": "kernel_perceptron", "solution": true}
def kernel_perceptron(kernel, x, y, x_test, max_epochs):
    """kernel: function, x: (N, D), y: (N,), x_test: (M, D) -> counts (N,), scores (M,)."""
    ### BEGIN SOLUTION
    gram = kernel(x, x) * y  # (N, N), column j times its label
    counts = np.zeros(len(x), dtype=np.int64)
    for _ in range(max_epochs):
        clean = True
        for i in range(len(x)):
            if y[i] * (gram[i] @ counts) <= 0:
                counts[i] += 1
                clean = False
        if clean:
            break
    return counts, kernel(x_test, x) @ (counts * y)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_kernel_perceptron", "grade": true, "points": 7}
def linear(a, b):
    return a @ b.T


def squares(a, b):
    return (1 + a @ b.T) ** 2


def bells(a, b):
    return np.exp(-((a[:, None] - b) ** 2).sum(axis=2))


check_call(
    kernel_perceptron,
    linear,
    np.array([[0.0, -1.0], [1.0, -2.0], [-1.0, -2.0]]),
    np.array([1, 1, -1]),
    np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]]),
    50,
    want=(np.array([7, 0, 3]), np.array([3.0, -1.0, 2.0, 6.0])),
    label="three points, to the end",
)
check_call(
    kernel_perceptron,
    linear,
    np.array([[0.0, -1.0], [1.0, -2.0], [-1.0, -2.0]]),
    np.array([1, 1, -1]),
    np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]]),
    1,
    want=(np.array([1, 0, 1]), np.array([1.0, 1.0, 2.0, 2.0])),
    label="three points, one epoch",
)
corners = np.array([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
check_call(
    kernel_perceptron,
    squares,
    corners,
    np.array([-1, -1, 1, 1]),
    np.array([[2.0, 2.0], [2.0, -2.0]]),
    10,
    want=(np.array([1, 1, 1, 1]), np.array([-32.0, 32.0])),
    label="XOR, a kernel of degree 2",
)
seen = []


def counted_kernel(a, b):
    seen.append(1)
    return squares(a, b)


call(
    kernel_perceptron,
    counted_kernel,
    corners,
    np.array([-1, 1, 1, 1]),
    corners[:3],
    5,
    label="calls of the kernel",
)
check_equal(len(seen) <= 2, True, "kernel_perceptron: the kernel is called twice at most")


### BEGIN HIDDEN TESTS
def explicit(phi, x, y, x_test, max_epochs):  # the same on the map itself, with a weight vector
    f, g = phi(x), phi(x_test)
    weight, counts = np.zeros(f.shape[1]), np.zeros(len(x), dtype=int)
    for _ in range(max_epochs):
        wrong = 0
        for i, t in enumerate(y):
            if t * (weight @ f[i]) <= 0:
                weight, wrong = weight + t * f[i], wrong + 1
                counts[i] += 1
        if not wrong:
            break
    return counts, g @ weight


def degree_two(x):  # (1 + a·b)² is the inner product of these
    root = np.sqrt(2)
    pairs = [x[:, i] * x[:, j] * (1 if i == j else root) for i in range(2) for j in range(i, 2)]
    return np.stack([np.ones(len(x)), root * x[:, 0], root * x[:, 1], *pairs], axis=1)


rng = np.random.default_rng(10)
for n, m, epochs in [(6, 4, 100), (12, 5, 300), (25, 3, 2), (9, 30, 500)]:
    x, x_test = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    y = np.where((x**2).sum(axis=1) > 1.2, 1, -1)
    check_call(
        kernel_perceptron,
        squares,
        x,
        y,
        x_test,
        epochs,
        want=explicit(degree_two, x, y, x_test, epochs),
        label=f"degree 2, N = {n}, M = {m}, {epochs} epochs",
    )
    y = rng.choice([-1, 1], size=n).astype(np.int8)
    check_call(
        kernel_perceptron,
        linear,
        x,
        y,
        x_test,
        7,
        want=explicit(lambda z: z, x, y, x_test, 7),
        label=f"linear, labels at random, N = {n}, M = {m}",
    )
x = np.linspace(-2, 2, 9)[:, None]
gram = np.exp(-((x - x.T) ** 2))
phi = np.linalg.cholesky(gram + 1e-13 * np.eye(9))  # a map for these nine points: phi phiᵀ = gram
y = np.array([1, -1, 1, 1, -1, -1, 1, 1, -1])
check_call(
    kernel_perceptron,
    bells,
    x,
    y,
    x[2:7],
    4,
    want=explicit(lambda z: phi[np.searchsorted(x[:, 0], z[:, 0])], x, y, x[2:7], 4),
    rtol=1e-5,
    label="bells, nine points on a line",
)
check_fast(
    kernel_perceptron,
    bells,
    np.array([[1.0], [-1.0]]),
    np.array([1, -1]),
    np.array([[2.0]]),
    200_000,
    seconds=0.3,
    label="at most 200,000 epochs, and two are enough",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `kernel_pca` (8 points)
#
# Write `kernel_pca(x, x_test, gamma, components)`: principal components in the space of the kernel
# $k(a, b) = e^{-\gamma |a - b|^2}$.
#
# | | |
# |---|---|
# | `x`, `x_test` | (N, D) and (M, D) points, float64 |
# | `gamma` | float > 0 |
# | `components` | int: how many directions, less than N |
# | returns | the tuple `(train, test)`: (N, components) and (M, components), the coordinates of the points along the directions |
#
# - With φ(x) for a point in that space: its coordinate along a direction u of **length 1** is (φ(x) − mean) · u, where the mean is
#   that of the training points, for the test points as well.
# - Column 0 belongs to the direction of the largest variance of the training points, column 1 to the next, and so on.
# - A direction may point either way: the sign of a column is free, but the same in `train` and in `test`.


# %% nbgrader={"grade_id": "kernel_pca", "solution": true}
def kernel_pca(x, x_test, gamma, components):
    """x: (N, D), x_test: (M, D) -> coordinates (N, components), (M, components)."""

    ### BEGIN SOLUTION
    def kernel(a, b):
        return np.exp(-gamma * ((a[:, None] - b) ** 2).sum(axis=2))

    gram = kernel(x, x)

    def centred(k):  # inner products of φ less the mean of the training points: (P, N) -> (P, N)
        return k - k.mean(axis=1)[:, None] - gram.mean(axis=0) + gram.mean()

    values, vectors = np.linalg.eigh(centred(gram))  # smallest first
    values, vectors = values[::-1][:components], vectors[:, ::-1][:, :components]
    alpha = vectors / np.sqrt(values)  # u = Σ alpha φ has length 1
    return centred(gram) @ alpha, centred(kernel(x_test, x)) @ alpha
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_kernel_pca", "grade": true, "points": 8}
def check_components(x, x_test, gamma, components, train, test, label, rtol=1e-5):
    check_call(kernel_pca, x, x_test, gamma, components, label=f"{label}: a call")
    result = call(kernel_pca, x, x_test, gamma, components, label=label)
    pair = isinstance(result, tuple) and len(result) == 2
    check_equal(pair, True, f"kernel_pca: {label}: a tuple of two")
    got = []
    for one, want in zip(result, (train, test)):
        floats = isinstance(one, np.ndarray) and one.dtype == np.float64
        check_equal(floats, True, f"kernel_pca: {label}: float64 arrays")
        check_equal(one.shape, want.shape, f"kernel_pca: {label}: the shape of each result")
        got.append(one)
    largest = np.abs(train).argmax(axis=0), np.arange(components)
    flip = np.where(got[0][largest] * train[largest] < 0, -1.0, 1.0)
    both = np.vstack([train, test])
    check_close(np.vstack(got) * flip, both, f"kernel_pca: {label}", rtol=rtol, atol=1e-6)


apart = np.sqrt((1 - np.exp(-1)) / 2)  # half of |φ(a) - φ(b)|, for points at distance 1 and γ = 1
check_components(
    np.array([[0.0, 0.0], [1.0, 0.0]]),
    np.array([[0.5, 3.0], [1.0, 0.0], [0.0, 0.0]]),
    1.0,
    1,
    np.array([[-apart], [apart]]),
    np.array([[0.0], [apart], [-apart]]),
    "two points",
)
e1, e4 = np.exp(-1.0), np.exp(-4.0)
check_components(
    np.array([[-1.0], [0.0], [1.0]]) * np.sqrt(2),
    np.array([[0.0]]),
    0.5,
    2,
    np.array(
        [
            [-np.sqrt((1 - e4) / 2), np.sqrt((3 + e4 - 4 * e1) / 18)],
            [0, -2 * np.sqrt((3 + e4 - 4 * e1) / 18)],
            [np.sqrt((1 - e4) / 2), np.sqrt((3 + e4 - 4 * e1) / 18)],
        ]
    ),
    np.array([[0, -2 * np.sqrt((3 + e4 - 4 * e1) / 18)]]),
    "three points on a line",
)


### BEGIN HIDDEN TESTS
from math import factorial


def bell_map(x, gamma, powers=40):  # e^(-γ|a-b|²) is the inner product of these, up to rounding
    one = [
        [
            np.exp(-gamma * v * v) * np.sqrt((2 * gamma) ** p / factorial(p)) * v**p
            for p in range(powers)
        ]
        for v in x.ravel()
    ]
    one = np.array(one).reshape(*x.shape, powers)  # (N, D, powers)
    found = one[:, 0]
    for d in range(1, x.shape[1]):
        found = (found[:, :, None] * one[:, d, None]).reshape(len(x), -1)
    return found


rng = np.random.default_rng(11)
for n, m, d, gamma, components in [
    (6, 4, 2, 0.5, 3),
    (9, 5, 1, 1.0, 2),
    (12, 3, 2, 0.2, 4),
    (5, 8, 2, 2.0, 1),
]:
    x, x_test = rng.normal(size=(n, d)), 1 + rng.normal(size=(m, d)) / 2
    mapped, mapped_test = bell_map(x, gamma), bell_map(x_test, gamma)
    mean = mapped.mean(axis=0)
    axes = np.linalg.svd(mapped - mean, full_matrices=False)[2][:components]
    check_components(
        x,
        x_test,
        gamma,
        components,
        (mapped - mean) @ axes.T,
        (mapped_test - mean) @ axes.T,
        f"N = {n}, M = {m}, D = {d}, γ = {gamma}, {components} components",
        rtol=1e-4,
    )
### END HIDDEN TESTS

# %% [markdown]
# A ring around a blob: no line separates them. Which of the first components does?

# %%
rng = np.random.default_rng(2)
angle = rng.uniform(0, 2 * np.pi, size=100)
radius = np.repeat([0.3, 2.0], 50) + 0.15 * rng.normal(size=100)
ring = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
blob = np.repeat([True, False], 50)
found, _ = kernel_pca(ring, ring[:1], 0.5, 3)
fig, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, places, title in zip(axes, [ring, found[:, [0, 2]]], ["the points", "components 0 and 2"]):
    ax.scatter(*places[blob].T, marker="o", label="blob")
    ax.scatter(*places[~blob].T, marker="x", label="ring")
    ax.set_title(title)
_ = axes[0].legend()

# %% [markdown]
# ## 6 · Better features for the same classifier
#
# ### Exercise `visual_words` (11 points)
#
# A linear classifier is as good as its features. Chapter 1 counted *visual words*: descriptors of patches, replaced by the nearest
# entry of a vocabulary, and counted over a spatial pyramid. Write
# `visual_words(train, test, positions, size, centroids, iterations, levels)`.
#
# | | |
# |---|---|
# | `train`, `test` | (N, P, D) and (M, P, D) floats: P descriptors of each image |
# | `positions` | (P, 2) floats: row and column of each patch's centre, in pixels; the same for all images |
# | `size` | `(H, W)` of the images, in pixels: 0 ≤ row < H and 0 ≤ column < W |
# | `centroids` | (k, D): where the vocabulary starts |
# | `iterations`, `levels` | ints ≥ 0 and ≥ 1 |
# | returns | the tuple of features of `train` and of `test`: (N, F) and (M, F) float64, F = k · (1 + 4 + … + 4^(levels − 1)) |
#
# 1. **Vocabulary.** `iterations` times: assign each descriptor **of the training images** to the nearest centroid, then move every
#    centroid to the mean of its descriptors. One without descriptors stays where it is.
# 2. **Words.** The word of a descriptor is the index of the nearest of the centroids that came of it.
# 3. **Pyramid.** Level l cuts the image into 2^l × 2^l equal cells and counts the words in each. Divide the counts by P.
#    With L = levels − 1, weigh level 0 by 2^−L and each other level by 2^(l − L − 1): the numbers of an image add up to 1.
#    A patch on the edge of two cells belongs to the lower or right one.
# 4. **Order.** Level after level; in each, cell after cell, row by row; in each cell, word after word.
#
# Loop over iterations, centroids, levels or images as you like, but not over the descriptors: there are 36,000 in the next cell.
# No array of N · P · k · D numbers either.


# %% nbgrader={"grade_id": "visual_words", "solution": true}
def visual_words(train, test, positions, size, centroids, iterations, levels):
    """train: (N, P, D), test: (M, P, D), centroids: (k, D) -> features (N, F), (M, F)."""
    ### BEGIN SOLUTION
    k = len(centroids)

    def words_of(descriptors, centroids):  # |x − c|² less |x|², which is the same for all c
        return ((centroids**2).sum(axis=1) - 2 * descriptors @ centroids.T).argmin(axis=-1)

    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words_of(points, centroids)[:, None] == np.arange(k)  # (N · P, k)
        counts = members.sum(axis=0)[:, None]
        means = members.T @ points / np.maximum(counts, 1)
        centroids = np.where(counts > 0, means, centroids)

    def features(descriptors):
        words, parts = words_of(descriptors, centroids), []  # (N, P)
        for level in range(levels):
            row, column = (positions * 2**level / size).astype(np.int64).T
            index = (row * 2**level + column) * k + words
            counts = np.array([np.bincount(image, minlength=4**level * k) for image in index])
            parts.append(counts / words.shape[1] * 2.0 ** (max(level, 1) - levels))
        return np.hstack(parts)

    return features(train), features(test)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_visual_words", "grade": true, "points": 11}
line = np.array([[[0.0], [1.0], [9.0], [10.0]]])  # one image of four descriptors with one number
corner_places = np.array([[1.0, 1.0], [1.0, 6.0], [3.0, 1.0], [3.0, 6.0]])  # in 4 × 8 pixels
check_call(
    visual_words,
    line,
    np.array([[[2.0], [2.0], [4.0], [3.0]], [[9.0], [9.0], [9.0], [9.0]]]),
    corner_places,
    (4, 8),
    np.array([[1.0], [6.0]]),
    0,
    1,
    want=(np.array([[0.5, 0.5]]), np.array([[0.75, 0.25], [0.0, 1.0]])),
    label="given words, no pyramid",
)
check_call(
    visual_words,
    line,
    np.array([[[0.5], [1.6], [2.5], [4.5]]]),
    corner_places,
    (4, 8),
    np.array([[0.0], [3.0]]),
    2,
    1,
    want=(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])),
    label="the words move to 0.5 and 9.5",
)
check_call(
    visual_words,
    line,
    line,
    corner_places,
    (4, 8),
    np.array([[1.0], [6.0]]),
    0,
    2,
    want=(
        np.array([[0.25, 0.25, 0.125, 0, 0.125, 0, 0, 0.125, 0, 0.125]]),
        np.array([[0.25, 0.25, 0.125, 0, 0.125, 0, 0, 0.125, 0, 0.125]]),
    ),
    label="two levels",
)
check_call(
    visual_words,
    line,
    line,
    corner_places,
    (4, 8),
    np.array([[1.0], [100.0], [6.0]]),
    2,
    1,
    want=(np.array([[0.5, 0, 0.5]]), np.array([[0.5, 0, 0.5]])),
    label="a word that nothing is near to",
)


### BEGIN HIDDEN TESTS
def word_by_word(train, test, positions, size, centroids, iterations, levels):
    centroids = [np.array(c, dtype=float) for c in centroids]

    def nearest(point):
        return int(np.argmin([np.linalg.norm(point - c) for c in centroids]))

    for _ in range(iterations):
        members = [[] for _ in centroids]
        for image in train:
            for point in image:
                members[nearest(point)].append(point)
        centroids = [np.mean(m, axis=0) if m else c for m, c in zip(members, centroids)]
    results = []
    for images in (train, test):
        rows = []
        for image in images:
            row, words = [], [nearest(point) for point in image]
            for level in range(levels):
                side, weight = 2**level, 2.0 ** (level - levels) if level else 2.0 ** (1 - levels)
                for i in range(side):
                    for j in range(side):
                        for word in range(len(centroids)):
                            count = 0
                            for w, (r, c) in zip(words, positions):
                                inside = i * size[0] <= r * side < (i + 1) * size[0]
                                inside &= j * size[1] <= c * side < (j + 1) * size[1]
                                count += inside and w == word
                            row.append(weight * count / len(words))
            rows.append(row)
        results.append(np.array(rows, dtype=float))
    return tuple(results)


rng = np.random.default_rng(12)
for n, m, p, d, k, iterations, levels in [
    (3, 2, 5, 4, 3, 2, 1),
    (2, 4, 9, 3, 4, 0, 2),
    (4, 3, 12, 2, 3, 3, 3),
    (5, 1, 7, 2, 6, 4, 2),
    (2, 3, 15, 2, 2, 1, 4),
]:
    train, test = rng.normal(size=(n, p, d)), 1 + 2 * rng.normal(size=(m, p, d))
    positions = np.stack([rng.integers(0, 6, size=p), rng.integers(0, 10, size=p)], axis=1) + 0.0
    centroids = rng.normal(size=(k, d))
    centroids[-1] += 50  # nothing is near to it
    args = train, test, positions, (6, 10), centroids, iterations, levels
    check_call(
        visual_words,
        *args,
        want=word_by_word(*args),
        label=f"N = {n}, M = {m}, P = {p}, D = {d}, k = {k}, {iterations} iterations, {levels} levels",
    )
check_call(
    visual_words,
    line,
    np.array([[[0.55], [0.4], [9.0], [5.2]]]),
    corner_places,
    (4, 8),
    np.array([[0.0], [1.2], [8.0]]),
    1,
    1,
    want=(np.array([[0.25, 0.25, 0.5]]), np.array([[0.25, 0.5, 0.25]])),
    label="words with one descriptor",
)
args = train.astype(np.float32), test.astype(np.float32), positions, (6, 10), centroids.astype("f4")
check_call(
    visual_words,
    *args,
    2,
    3,
    want=word_by_word(*[np.asarray(a, dtype=float) for a in args[:3]], (6, 10), args[4], 2, 3),
    label="float32 descriptors",
)
check_fast(
    visual_words,
    np.linspace(0, 1, 1500 * 100 * 3).reshape(1500, 100, 3),
    np.linspace(0, 1, 10 * 100 * 3).reshape(10, 100, 3),
    rng.uniform(0, 32, size=(100, 2)),
    (32, 32),
    rng.uniform(size=(8, 3)),
    2,
    1,
    seconds=0.5,
    label="150,000 descriptors",
)
### END HIDDEN TESTS

# %% [markdown]
# From images to descriptors, from descriptors to words, from words to features, and your own `svm_loss` and `sgd` on top. Compare
# with the accuracy of the pixels above.

# %%
describe = {"patch": 12, "stride": 4}
d_train, positions = dense_descriptors(shapes.x_train, **describe)
d_test, _ = dense_descriptors(shapes.x_test, **describe)
rng = np.random.default_rng(3)
first_words = d_train.reshape(-1, 128)[rng.choice(36 * len(d_train), 60, replace=False)]
f_train, f_test = visual_words(d_train, d_test, positions, (32, 32), first_words, 8, 3)
f_train, f_test = np.sqrt(f_train), np.sqrt(f_test)
weight, bias, history = sgd(
    lambda x, y, w, b: svm_loss(x, y, w, b, 1.0, 1e-3),
    f_train,
    y_train,
    np.zeros((10, f_train.shape[1])),
    np.zeros(10),
    lr=0.1,
    momentum=0.9,
    batch_size=50,
    epochs=30,
    rng=rng,
)
scores = linear_scores(f_test, np.hstack([weight, bias[:, None]]))
print(
    f"visual words and a linear SVM: test accuracy {np.mean(scores.argmax(axis=1) == y_test):.3f}"
)

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and see that no check complains. Then hand in this file.
#
# If you want to go on: feed the words to your `kernel_perceptron`, one class against the rest. Or take `softmax_loss`
# for `svm_loss` in the last cell. Which of the choices matters more: the loss, the features, or the number of images?
