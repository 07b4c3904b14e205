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
# gradients, stochastic gradient descent, and a step that is neither too short nor too long. Then come the first machine
# that learned, the same machine bent by a kernel, and at the end a classifier of visual words that leaves raw pixels
# far behind.
#
# **How it works.** Each exercise has a text, a cell to write in, and folded cells with checks.
#
# 1. Replace the line `raise NotImplementedError(…)` with your code, and run the cell.
# 2. Run the cells of checks below it. A check that fails says what it saw, what it wanted and for which call, and
#    often it can name your mistake and the section of the book to read. A cell that passes prints a line with a ✓.
# 3. Look at what your code does: after most exercises, a cell shows a picture made by it, or a number that you can
#    compare with ours.
#
# The checks that you can see try the rules of a text on examples, and the hidden ones try them on
# other numbers. The hidden ones decide about the points, which are counted cell by cell, so that a special case which is wrong costs its own cell only. The last
# cell of the notebook lists how far you are. Keep the file [hints.json](hints.json) beside this notebook: the names of
# mistakes are in it.
#
# **When you are stuck**, work the small example of the text by hand, print the same numbers in your code, and find the
# first line where the two differ.
#
# **What you may use** is NumPy and Python's standard library, but not SciPy, scikit-learn or torch, and none of the
# functions of `cs_lib` that you are asked to write: when your work is graded, those are taken out.
#
# Unless a text says otherwise, floats are float64, labels are whole numbers, and a function leaves its arguments as
# they are and never touches NumPy's global random state. N counts images or points, D features, K classes.
#
# Set aside five and a half hours or so for the work itself. The minutes beside each exercise add up to that, and do not
# include the reading.

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
from cs_lib.bounded import bounded
from cs_lib.numpy.features import dense_descriptors
from cs_lib.numpy.line_search import spring_energy, spring_gradient, spring_quartic
from cs_lib.testing import (
    call,
    check_call,
    check_close,
    check_equal,
    check_growth,
    check_memory,
    check_no_loop,
    check_raises,
    passed,
    progress,
)

# %% [markdown]
# ## Warm-up
#
# Five minutes, no points: see how a check speaks. `slope` should give the derivative of the parabola w² + 3w, and does
# not. Run both cells, read the message, mend the function, and run them again until the line with the ✓ appears.


# %%
def slope(w):
    """w: (N,) -> (N,) the derivative of w² + 3w at each w."""
    return 2 * w + 3 * w


# %% tags=["raises-exception"]
check_call(slope, np.array([0.0, 1.0]), want=np.array([3.0, 5.0]), label="w = 0 and w = 1")
check_call(slope, np.array([-1.5, 0.5, 2.0]), want=np.array([0.0, 4.0, 7.0]), label="three places")
passed("warm-up")

# %% [markdown]
# ## The data
#
# `shapes` again, as in Assignment 1: float32 images (N, 3, 32, 32) of ten kinds of shape. Gradient descent likes
# features of mean 0 and standard deviation 1, so `pixels` standardises each pixel, with the numbers of the training images.

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
# ### Exercise `linear_scores` (6 points)
#
# *Read {{ read sec-linear-bias-trick }} first. Then about 15 minutes.*
#
# Write `linear_scores(x, weight)`: the scores W x + b of all classes for all images, with the bias trick. For example,
# an image (1, 2) and two classes with the weights (1, 0) and (10, 1) and the biases 100 and −5:
#
# ```python
# linear_scores(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 100.0], [10.0, 1.0, -5.0]]))
# # [[101.   7.]]        1·1 + 0·2 + 100,  10·1 + 1·2 − 5
# ```
#
# | | |
# |---|---|
# | `x` | (N, D) features, or (N, C, H, W) images: then D = C · H · W; floats, or any integer dtype |
# | `weight` | (K, D + 1) floats: one class a row, **the last column is the bias** |
# | returns | array (N, K) of floats |
#
# - An image becomes a row of numbers channel by channel, and each channel row by row.
# - There is no Python loop, neither over the images nor over the classes.


# %% nbgrader={"grade_id": "linear_scores", "solution": true}
def linear_scores(x, weight):
    """x: (N, D) or (N, C, H, W), weight: (K, D + 1) -> (N, K) scores."""
    ### BEGIN SOLUTION
    rows = x.reshape(len(x), -1)
    return np.hstack([rows, np.ones((len(x), 1))]) @ weight.T
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_linear_scores", "grade": true, "points": 3}
x, weight = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]]), np.array([[1.0, 0.0, 100.0], [10.0, 1.0, -5.0]])
want = np.array([[101.0, 7], [100, -4], [103, 25]])
check_call(linear_scores, x, weight, want=want, label="three images, two classes")
check_call(linear_scores, x[:1], weight[:1], want=np.array([[101.0]]), label="one image, one class")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for n, d, k in [(1, 3, 2), (4, 2, 5), (3, 6, 1), (6, 6, 6)]:
    x, weight = rng.normal(size=(n, d)), rng.normal(size=(k, d + 1))
    want = [[sum(a * b for a, b in zip(w, row)) + w[-1] for w in weight] for row in x]
    check_call(linear_scores, x, weight, want=np.array(want), label=f"N = {n}, D = {d}, K = {k}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_linear_scores_images", "grade": true, "points": 2}
image = np.array([[[[200, 1], [2, 3]], [[4, 5], [6, 7]]]], dtype=np.uint8)  # 2 channels of 2 × 2 pixels
weight = np.array([[1, 0, 0, 0, 0, 0, 0, 0, 0.5], [0, 10, 0.5, 0, 0, 0, 0, 0, 7], [-2, 0, 0, 1, 0, 10, 0, 100, 0]])
check_call(linear_scores, image, weight, want=np.array([[200.5, 18, 353]]), label="one uint8 image of two channels")
pair = np.arange(12.0).reshape(2, 1, 2, 3)
weight = np.array([[1, 2, 3, 4, 5, 6, 0.5], [0, 0, 0, 0, 1, 0, -1]])
check_call(linear_scores, pair, weight, want=np.array([[70.5, 3], [196.5, 9]]), label="two images of 2 × 3 pixels")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(1)
for dtype in [np.uint8, np.int16, np.int64, np.float64]:
    x = rng.integers(0, 256, size=(4, 3, 2, 5)).astype(dtype)
    weight = rng.normal(size=(7, 31))
    want = np.array([[(w[:-1] * row.ravel()).sum() + w[-1] for w in weight] for row in x])
    check_call(linear_scores, x, weight, want=want, label=f"{np.dtype(dtype)} images")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_linear_scores_no_loop", "grade": true, "points": 1}
few, many = (np.ones((5, 3)), np.ones((2, 4))), (np.ones((300, 3)), np.ones((2, 4)))
check_no_loop(linear_scores, few, many, label="no loop over the images")
check_no_loop(linear_scores, few, (np.ones((5, 3)), np.ones((300, 4))), label="no loop over the classes")
### BEGIN HIDDEN TESTS
check_no_loop(linear_scores, few, (np.ones((400, 3)), np.ones((300, 4))), label="no loop over either")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: let the weights of each class be the mean of its training images, and its bias −|mean|²/2. The
# highest score then belongs to the nearest mean. Guessing would get one in ten right; ours prints 0.208.

# %%
means = np.stack([x_train[y_train == c].mean(axis=0) for c in range(10)])
mean_scores = linear_scores(x_test, np.hstack([means, -(means**2).sum(axis=1, keepdims=True) / 2]))
print(f"nearest mean: test accuracy {np.mean(mean_scores.argmax(axis=1) == y_test):.3f}")

# %% [markdown]
# ## 2 · Losses and their gradients
#
# For both exercises below:
#
# | | |
# |---|---|
# | `x`, `y` | (N, D) features; (N,) labels in 0, …, K − 1, not every class need occur |
# | `weight`, `bias` | (K, D) and (K,); the scores are `x @ weight.T + bias` |
# | `reg` | float λ ≥ 0 |
# | returns | a tuple `(loss, dweight, dbias)`: a number, its derivatives (K, D) with respect to `weight` and (K,) with respect to `bias` |
#
# - The loss is $\frac{1}{N} \sum_i L_i + \lambda \sum_{k,d} W_{kd}^2$. There is no ½ before λ, λ is not divided by N,
#   and the biases are not regularised.
# - There is no Python loop over the images. One over the classes is fine.
# - The first cell of checks looks at the loss alone. While you have no derivatives, `return loss, None, None` passes
#   it.
#
# ### Exercise `svm_loss` (13 points)
#
# *Read {{ read sec-linear-hinge }} and {{ read sec-linear-hinge-gradient }} first. Then about 40 minutes.*
#
# Write `svm_loss(x, y, weight, bias, delta, reg)`, the multiclass SVM loss: with the scores s of image i and its class
# y,
#
# $$L_i = \sum_{j \ne y} \max(0,\; s_j - s_y + \Delta).$$
#
# For the scores 3, 4 and 1, the class y = 0 and Δ = 2.5, the rivals cost 4 − 3 + 2.5 = 3.5 and 1 − 3 + 2.5 = 0.5, so
# the loss is 4. Both rivals are above the margin, so the derivatives with respect to the three scores are −2, 1 and 1.
#
# - `delta` is Δ ≥ 0. The class y itself is not among its rivals.
# - Where $s_j - s_y + \Delta$ is exactly 0, the maximum has no derivative; take 0.

# %% tags=["folded"]
# Images, labels, weights and biases for the checks.
x, y, b = np.array([[0.0, -3], [2, 1], [-2, -1]]), np.array([3, 0, 1]), np.array([-1.6, 2.8, -2.4, -1])
three_by_four = x, y, np.array([[3.0, 1], [2, -2], [-2, -1], [2, 1]]), b  # 3, 1 and 2 rivals above the margin
one_by_three = np.array([[1.0]]), np.array([0]), np.array([[13.0], [-7], [11]]), np.zeros(3)
one_by_seven = np.array([[2.0, 1]]), np.array([3]), np.zeros((7, 2)), np.array([4.0, 2.5, 1, 3, 6, 7, -5])
x, y, b = np.array([[1.0], [4.0]]), np.array([0, 1]), np.array([10.0, -4, 8])
just_ahead = x, y, np.array([[1.0], [5], [1]]), b  # scores 11, 1, 9 and 14, 16, 12
x, y, b = np.array([[1.0, 0], [0, 1], [1, 0]]), np.array([2, 1, 3]), np.array([-3.0, 1, 2, 2])
one_ahead = x, y, np.array([[-5.0, -4], [1, 70], [60, 0], [57, 3]]), b  # one rival, by 3: that costs (3 + Δ)/3


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


# %% nbgrader={"grade_id": "test_svm_loss", "grade": true, "points": 4}
check_call(svm_loss, *three_by_four, 2.5, 0.0, want=(31.6 / 3, ..., ...), label="three images, four classes")
check_call(svm_loss, *one_by_three, 1.0, 0.0, want=(0.0, ..., ...), label="scores 13, -7, 11, Δ = 1")
check_call(svm_loss, *one_by_three, 10.0, 0.0, want=(8.0, ..., ...), label="scores 13, -7, 11, Δ = 10")


### BEGIN HIDDEN TESTS
def naive_svm(x, y, weight, bias, delta):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += sum(max(0.0, s - scores[label] + delta) for j, s in enumerate(scores) if j != label)
    return float(total / len(x))


rng = np.random.default_rng(1)
for n, d, k, delta in [(1, 2, 3, 1.0), (5, 3, 4, 2.0), (4, 6, 2, 0.0), (7, 2, 5, 0.3)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)  # the last class is absent
    want = naive_svm(x, y, weight, bias, delta)
    check_call(svm_loss, x, y, weight, bias, delta, 0.0, want=(want, ..., ...), label=f"N = {n}, D = {d}, K = {k}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_svm_loss_gradient", "grade": true, "points": 4}
want = (..., np.array([[-4.0, -5], [4, -1], [-2, -4], [2, 10]]) / 3, np.array([-1.0, 1, 2, -2]) / 3)
check_call(svm_loss, *three_by_four, 2.5, 0.0, want=want, label="gradient, three images, four classes")
want = (..., np.outer([1, 1, 1, -5, 1, 1, 0], [2.0, 1.0]), np.array([1.0, 1, 1, -5, 1, 1, 0]))
check_call(svm_loss, *one_by_seven, 2.5, 0.0, want=want, label="gradient, five rivals above the margin")


### BEGIN HIDDEN TESTS
def differences(loss, weight):  # the derivative with respect to each entry of weight
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def hinge_sum(x, y, weight, bias, delta):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += sum(max(0.0, s - scores[label] + delta) for j, s in enumerate(scores) if j != label)
    return total / len(x)


rng = np.random.default_rng(2)
for n, d, k, delta in [(2, 3, 4, 1.0), (5, 3, 4, 2.0), (4, 6, 2, 0.0), (7, 2, 5, 0.3)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    dweight = differences(lambda w: hinge_sum(x, y, w, bias, delta), weight)
    dbias = differences(lambda b: hinge_sum(x, y, weight, b, delta), bias)
    label = f"gradient, N = {n}, D = {d}, K = {k}"
    check_call(svm_loss, x, y, weight, bias, delta, 0.0, want=(..., dweight, dbias), atol=1e-6, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_svm_loss_regularisation", "grade": true, "points": 2}
dweight, dbias = np.array([[0.0, 0], [0, 0], [1, 0], [-1, 0]]) / 3, np.array([0.0, 0, 1, -1]) / 3
want = (11.8 + 5.5 / 3, dweight + 0.002 * one_ahead[2], dbias)
check_call(svm_loss, *one_ahead, 2.5, 0.001, want=want, label="three images, λ = 0.001")
check_call(svm_loss, *one_ahead, 0.0, 0.0, want=(1.0, dweight, dbias), label="three images, λ = 0")


### BEGIN HIDDEN TESTS
def slopes_of(loss, weight):
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def hinge_and_weights(x, y, weight, bias, delta, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += sum(max(0.0, s - scores[label] + delta) for j, s in enumerate(scores) if j != label)
    return float(total / len(x) + reg * sum(w * w for row in weight for w in row))


rng = np.random.default_rng(3)
for n, d, k, reg in [(3, 2, 4, 0.1), (5, 3, 2, 2.0), (4, 2, 7, 0.5)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, k, size=n)
    dweight = slopes_of(lambda w: hinge_and_weights(x, y, w, bias, 1.0, reg), weight)
    dbias = slopes_of(lambda b: hinge_and_weights(x, y, weight, b, 1.0, reg), bias)
    want = (hinge_and_weights(x, y, weight, bias, 1.0, reg), dweight, dbias)
    check_call(svm_loss, x, y, weight, bias, 1.0, reg, want=want, atol=1e-6, label=f"λ = {reg}, N = {n}, K = {k}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_svm_loss_at_the_margin", "grade": true, "points": 1}
want = (0.0, np.zeros((3, 1)), np.zeros(3))
check_call(svm_loss, *just_ahead, 2.0, 0.0, want=want, label="a rival just at the margin")
### BEGIN HIDDEN TESTS
want = (1.5, np.array([[0.0], [0], [-1], [1]]), np.array([0.0, 0, -1, 1]))
args = np.ones((3, 1)), np.array([2, 2, 2]), np.array([[1.0], [0.0], [2.0], [2.5]]), np.zeros(4)
check_call(svm_loss, *args, 1.0, 0.0, want=want, label="one rival at the margin, one above it")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_svm_loss_no_loop", "grade": true, "points": 2}
few, many = [(np.ones((n, 2)), np.arange(n) % 3, np.ones((3, 2)), np.zeros(3), 1.0, 0.1) for n in (6, 300)]
check_no_loop(svm_loss, few, many, label="no loop over the images")
### BEGIN HIDDEN TESTS
many = np.ones((500, 2)), np.arange(500) % 3, np.ones((3, 2)), np.zeros(3), 1.0, 0.0
check_no_loop(svm_loss, few, many, label="no loop over 500 images")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `softmax_loss` (12 points)
#
# *Read {{ read sec-linear-softmax }}, {{ read sec-linear-softmax-gradient }} and {{ read sec-linear-stable }} first.
# Then about 30 minutes.*
#
# Write `softmax_loss(x, y, weight, bias, reg)`, the cross-entropy of the softmax of the scores:
#
# $$L_i = -\log \frac{e^{s_y}}{\sum_j e^{s_j}}.$$
#
# For the scores log 1, log 2 and log 5, the softmax is 1/8, 2/8 and 5/8. If y = 2, the loss is −log(5/8) = 0.470, and
# the derivatives with respect to the three scores are 1/8, 2/8 and −3/8.
#
# - Arguments, results, λ and the rule about loops are those at the top of this section.
# - Scores of ±1000 are legal, even side by side in one batch. The loss and the derivatives are right there, too:
#   finite, and nowhere `nan`. (With scores 1000 and −1000 and the class of the second, the loss is 2000.)

# %% tags=["folded"]
# Images, labels, weights and biases for the checks.
x, y, b = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([2, 0]), np.log([1.0, 3.0, 2.0])
two_by_three = x, y, np.log([[3.0, 1.0], [1.0, 2.0], [2.0, 1.0]]), b  # e to the scores: 3, 3, 4 and 1, 12, 2
first_of_two = x[:1], y[:1], *two_by_three[2:]
x, y, b = np.array([[1.0, 0], [0, 1], [1, 0]]), np.array([0, 1, 0]), np.array([2.0, 1, -3, 2 + np.log(4)])
one_doubt = x, y, np.array([[60.0, 0], [1, 70], [-5, -4], [60, 3]]), b  # the right class has 1/5, 1 and 1/5


def alone(scores, label):  # one image with these scores
    return np.array([[1.0]]), np.array([label]), np.array(scores)[:, None], np.zeros(len(scores))


tie, small = 2 + np.exp(-1), 1 / (1 + np.e)  # 999 beside 1000 has the probability `small`
both = np.array([[1000.0], [-1000.0]]), np.array([0, 0]), np.ones((2, 1)), np.log([1.0, 3.0])
away, far = [1 / tie, np.exp(-1) / tie - 1, 1 / tie, 0], [1 - small, 0, small - 1]
large_scores = [  # label, arguments, loss, dweight, dbias
    ("scores 1000, 999, 1000, 400", alone([1000.0, 999, 1000, 400], 1), 1 + np.log(tie), [[v] for v in away], away),
    ("1000 and -1000 in one batch", both, np.log(4), [[0.0], [0]], [-3 / 4, 3 / 4]),
    ("scores 1000, -1000, 999", alone([1000.0, -1000, 999], 2), 1 + np.log1p(np.exp(-1)), [[v] for v in far], far),
    ("the right class at -1000", alone([1000.0, -1000], 1), 2000.0, [[1.0], [-1]], [1.0, -1]),
]


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


# %% nbgrader={"grade_id": "test_softmax_loss", "grade": true, "points": 3}
want = -(np.log(4 / 10) + np.log(1 / 15)) / 2
check_call(softmax_loss, *two_by_three, 0.0, want=(want, ..., ...), label="two images, three classes")
check_call(softmax_loss, *first_of_two, 0.0, want=(np.log(2.5), ..., ...), label="one image, p = 0.4")


### BEGIN HIDDEN TESTS
def naive_softmax(x, y, weight, bias):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += np.logaddexp.reduce(scores) - scores[label]
    return float(total / len(x))


rng = np.random.default_rng(3)
for n, d, k in [(1, 2, 3), (5, 3, 4), (4, 6, 2), (7, 2, 5)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    want = naive_softmax(x, y, weight, bias)
    check_call(softmax_loss, x, y, weight, bias, 0.0, want=(want, ..., ...), label=f"N = {n}, D = {d}, K = {k}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_softmax_loss_gradient", "grade": true, "points": 3}
want = (..., np.array([[0.15, -14 / 15], [0.15, 0.8], [-0.3, 2 / 15]]), np.array([-19.0, 33.0, -14.0]) / 60)
check_call(softmax_loss, *two_by_three, 0.0, want=want, label="gradient, two images, three classes")
want = (..., np.array([[0.3, 0], [0.3, 0], [-0.6, 0]]), np.array([0.3, 0.3, -0.6]))
check_call(softmax_loss, *first_of_two, 0.0, want=want, label="gradient, probabilities 0.3, 0.3, 0.4")


### BEGIN HIDDEN TESTS
def numeric(loss, weight):  # the derivative with respect to each entry of weight
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def entropy_sum(x, y, weight, bias):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += np.logaddexp.reduce(scores) - scores[label]
    return total / len(x)


rng = np.random.default_rng(4)
for n, d, k in [(2, 3, 4), (5, 3, 4), (4, 6, 2), (7, 2, 5)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, max(1, k - 1), size=n)
    dweight = numeric(lambda w: entropy_sum(x, y, w, bias), weight)
    dbias = numeric(lambda b: entropy_sum(x, y, weight, b), bias)
    label = f"gradient, N = {n}, D = {d}, K = {k}"
    check_call(softmax_loss, x, y, weight, bias, 0.0, want=(..., dweight, dbias), atol=1e-6, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_softmax_loss_regularisation", "grade": true, "points": 2}
dweight, dbias = np.array([[-8.0, 0], [0, 0], [0, 0], [8, 0]]) / 15, np.array([-8.0, 0, 0, 8]) / 15
want = (12.151 + np.log(25) / 3, dweight + 0.002 * one_doubt[2], dbias)
check_call(softmax_loss, *one_doubt, 0.001, want=want, rtol=1e-5, label="three images, λ = 0.001")
want = (np.log(25) / 3, dweight, dbias)
check_call(softmax_loss, *one_doubt, 0.0, want=want, rtol=1e-4, label="three images, λ = 0")


### BEGIN HIDDEN TESTS
def slopes_of(loss, weight):
    slopes = np.zeros_like(weight)
    for i in np.ndindex(weight.shape):
        up, down = weight.copy(), weight.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        slopes[i] = (loss(up) - loss(down)) / 2e-5
    return slopes


def entropy_and_weights(x, y, weight, bias, reg):
    total = 0.0
    for row, label in zip(x, y):
        scores = [sum(a * b for a, b in zip(row, w)) + c for w, c in zip(weight, bias)]
        total += np.logaddexp.reduce(scores) - scores[label]
    return float(total / len(x) + reg * sum(w * w for row in weight for w in row))


rng = np.random.default_rng(5)
for n, d, k, reg in [(3, 2, 4, 0.1), (5, 3, 2, 2.0), (4, 2, 7, 0.5)]:
    x, weight, bias = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
    y = rng.integers(0, k, size=n)
    dweight = slopes_of(lambda w: entropy_and_weights(x, y, w, bias, reg), weight)
    dbias = slopes_of(lambda b: entropy_and_weights(x, y, weight, b, reg), bias)
    want = (entropy_and_weights(x, y, weight, bias, reg), dweight, dbias)
    check_call(softmax_loss, x, y, weight, bias, reg, want=want, atol=1e-6, label=f"λ = {reg}, N = {n}, K = {k}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_softmax_loss_large_scores", "grade": true, "points": 3}
for label, args, value, dweight, dbias in large_scores:
    want = (value, np.array(dweight), np.array(dbias))
    check_call(softmax_loss, *args, 0.0, want=want, atol=1e-6, label=label)
### BEGIN HIDDEN TESTS
x = np.array([[1000.0], [-1000.0], [1.0]])
weight, bias, y = np.array([[1.0], [0.999], [1.001]]), np.array([0.0, 0.5, -0.5]), np.array([1, 2, 0])
scores = [[row[0] * w[0] + b for w, b in zip(weight, bias)] for row in x]
value, dscores = 0.0, []
for row, label in zip(scores, y.tolist()):
    total = np.logaddexp.reduce(row)
    value += float(total - row[label]) / 3
    dscores.append([float(np.exp(s - total) - (j == label)) / 3 for j, s in enumerate(row)])
want = (value, np.array(dscores).T @ x, np.array(dscores).sum(axis=0))
check_call(softmax_loss, x, y, weight, bias, 0.0, want=want, atol=1e-6, label="1000, -1000 and 1 in one batch")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_softmax_loss_no_loop", "grade": true, "points": 1}
few, many = [(np.ones((n, 2)), np.arange(n) % 3, np.ones((3, 2)), np.zeros(3), 0.1) for n in (6, 300)]
check_no_loop(softmax_loss, few, many, label="no loop over the images")
### BEGIN HIDDEN TESTS
many = np.ones((500, 2)), np.arange(500) % 3, np.ones((3, 2)), np.zeros(3), 0.0
check_no_loop(softmax_loss, few, many, label="no loop over 500 images")
### END HIDDEN TESTS

# %% [markdown]
# A test that costs nothing, before any training: with all weights 0 the scores are equal, so each of nine rivals costs
# Δ = 1, and each class has the probability 1/10. The losses should be 9 and log 10 = 2.303.

# %%
at_zero = np.zeros((10, x_train.shape[1])), np.zeros(10)
print(f"svm_loss {svm_loss(x_train, y_train, *at_zero, 1.0, 0.1)[0]:.3f}")
print(f"softmax_loss {softmax_loss(x_train, y_train, *at_zero, 0.1)[0]:.3f}")

# %% [markdown]
# ### Exercise `margin_losses` (7 points)
#
# *Read {{ read sec-linear-margin-losses }} first. Then about 20 minutes.*
#
# With two classes, labels t = ±1 and a score f, all that counts is the margin m = t · f: it is positive where the
# classifier is right. Three classifiers differ only in how they turn it into a loss:
#
# | row | loss | as a function of the margin m | at m = −2 | its slope there |
# |---|---|---|---|---|
# | 0 | the perceptron's | max(0, −m) | 2 | −1 |
# | 1 | the hinge loss of the SVM | max(0, 1 − m) | 3 | −1 |
# | 2 | the logistic loss | log(1 + e⁻ᵐ), natural logarithm | 2.127 | −0.881 |
#
# Write `margin_losses(margins)`. The first cell of checks looks at the losses alone: until you have the slopes, `return
# losses, None` passes it.
#
# | | |
# |---|---|
# | `margins` | (N,) floats, or whole numbers of a signed integer dtype, up to ±1000 |
# | returns | the tuple `(losses, slopes)` of two (3, N) arrays of floats: the three losses, and their derivatives with respect to m |
#
# - At its kink m = 0 the perceptron's loss has slope −1 (it learns from points on the boundary), and the hinge loss at
#   m = 1 has slope 0.
# - For margins of ±1000 the results are right, too. None is infinite or `nan`. (A warning of NumPy costs no points as
#   long as the results are right.)
# - Whole numbers give the same results as the floats that they equal, down to −128 in int8.
# - There is no Python loop over the margins.


# %% nbgrader={"grade_id": "margin_losses", "solution": true}
def margin_losses(margins):
    """margins: (N,) -> losses (3, N), slopes (3, N): perceptron, hinge, logistic."""
    ### BEGIN SOLUTION
    m = margins.astype(np.float64)  # 1 − (−128) wraps in int8
    losses = np.stack([np.maximum(-m, 0), np.maximum(1 - m, 0), np.logaddexp(0, -m)])
    slopes = np.stack([-1.0 * (m <= 0), -1.0 * (m < 1), -np.exp(-np.logaddexp(0, m))])
    return losses, slopes
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_margin_losses", "grade": true, "points": 2}
m = np.array([-2.0, 0.5, 3.0, -0.25])
logistic = [2.1269280, 0.4740770, 0.0485874, 0.8259394]
want = np.array([[2, 0, 0, 0.25], [3, 0.5, 0, 1.25], logistic])
check_call(margin_losses, m, want=(want, ...), label="losses of four margins")
check_call(margin_losses, m[:1], want=(want[:, :1], ...), label="losses of the margin -2")
### BEGIN HIDDEN TESTS
from math import exp, log1p

rng = np.random.default_rng(5)
for m in [3 * rng.normal(size=7), 30 * rng.normal(size=5), np.array([2.5])]:
    logistic = [log1p(exp(-v)) if v > 0 else -v + log1p(exp(v)) for v in m.tolist()]
    want = np.array([[max(0, -v) for v in m.tolist()], [max(0, 1 - v) for v in m.tolist()], logistic])
    check_call(margin_losses, m, want=(want, ...), label=f"losses of {len(m)} margins, the first {m[0]:.3g}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_margin_losses_slopes", "grade": true, "points": 2}
m = np.array([-2.0, 0.5, 3.0, -0.25])
want = np.array([[-1, 0, 0, -1], [-1, -1, 0, -1], [-0.8807971, -0.3775407, -0.0474259, -0.5621765]])
check_call(margin_losses, m, want=(..., want), atol=1e-6, label="slopes at four margins")
check_call(margin_losses, m[:1], want=(..., want[:, :1]), atol=1e-6, label="slopes at the margin -2")
### BEGIN HIDDEN TESTS
from math import exp

rng = np.random.default_rng(6)
for m in [3 * rng.normal(size=7), 30 * rng.normal(size=5), np.array([2.5])]:
    logistic = [-exp(-v) / (1 + exp(-v)) if v > 0 else -1 / (1 + exp(v)) for v in m.tolist()]
    want = np.array([[-float(v <= 0) for v in m.tolist()], [-float(v < 1) for v in m.tolist()], logistic])
    check_call(margin_losses, m, want=(..., want), label=f"slopes at {len(m)} margins, the first {m[0]:.3g}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_margin_losses_kinks", "grade": true, "points": 1}
want = [[-1.0, 0, -1, 0, 0], [-1, 0, -1, 0, -1], [-0.5, -0.2689414, -0.6224593, -0.1824255, -0.4013123]]
m = np.array([0.0, 1, -0.5, 1.5, 0.4])
check_call(margin_losses, m, want=(..., np.array(want)), atol=1e-6, label="slopes at both kinks, and near them")
### BEGIN HIDDEN TESTS
want = np.array([[0.0, -1, -1], [0, -1, -1], [-0.2689414, -0.5, -0.5]])
check_call(margin_losses, np.array([1.0, 0.0, -0.0]), want=(..., want), atol=1e-6, label="slopes at the kinks, 1 first")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_margin_losses_large_margins", "grade": true, "points": 1}
want = np.array([[0.0, 1000, 0, 1], [0, 1001, 0, 2], [0, 1000, 0, 1.3132617]])
slopes = np.array([[0.0, -1, 0, -1], [0, -1, 0, -1], [0, -1, 0, -0.7310586]])
check_call(margin_losses, np.array([1000.0, -1000.0, 999.0, -1.0]), want=(want, slopes), atol=1e-6, label="margins of ±1000")
### BEGIN HIDDEN TESTS
want = (np.array([[0.0, 745, 0, 800], [0, 746, 0, 801], [0, 745, 0, 800]]), np.array([[0.0, -1, 0, -1]] * 3))
check_call(margin_losses, np.array([700.0, -745.0, 720.0, -800.0]), want=want, label="margins of some 700")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_margin_losses_whole_numbers_and_no_loop", "grade": true, "points": 1}
want = np.array([[128.0, 0, 0, 100], [129, 0, 0, 101], [128, 0, 0, 100]])
slopes = np.array([[-1.0, 0, 0, -1]] * 3)
m = np.array([-128, 127, 100, -100], dtype=np.int8)
check_call(margin_losses, m, want=(want, ...), label="losses of int8 margins")
check_call(margin_losses, m, want=(..., slopes), label="slopes at int8 margins")
want = np.array([[0.0, 2], [0, 3], [0.0485874, 2.1269280]])
slopes = np.array([[0.0, -1], [0, -1], [-0.0474259, -0.8807971]])
check_call(margin_losses, np.array([3, -2]), want=(want, slopes), atol=1e-6, label="the whole numbers 3 and -2")
check_no_loop(margin_losses, (np.linspace(-5, 5, 5),), (np.linspace(-5, 5, 300),), label="no loop over the margins")
### BEGIN HIDDEN TESTS
want = np.array([[300.0, 0, 2], [301, 0, 3], [300, 0.0067153485, 2.1269280]])
slopes = np.array([[-1.0, 0, -1], [-1, 0, -1], [-1, -0.0066928509, -0.8807971]])
for dtype in [np.int16, np.int64]:
    m = np.array([-300, 5, -2], dtype=dtype)
    check_call(margin_losses, m, want=(want, slopes), atol=1e-6, label=f"{np.dtype(dtype)} margins")
m = np.array([-128, -127], dtype=np.int8)
want = (np.array([[128.0, 127], [129, 128], [128, 127]]), -np.ones((3, 2)))
check_call(margin_losses, m, want=want, atol=1e-6, label="the lowest of int8")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: the three losses, and beside them their slopes. Which loss still pulls at a point that is right by a
# margin of 2?

# %%
m_axis = np.linspace(-3, 3, 121)
both_rows = margin_losses(m_axis)
fig, axes = plt.subplots(1, 2, figsize=(9, 3))
for ax, curves, title in zip(axes, both_rows, ["loss", "slope"]):
    for curve, name, style in zip(curves, ["perceptron", "hinge", "logistic"], ["-", "--", ":"]):
        ax.plot(m_axis, curve, style, label=name)
    ax.set(xlabel="margin m", title=title)
_ = axes[0].legend()

# %% [markdown]
# ## 3 · Can you trust a gradient?
#
# ### Exercise `grad_check` (11 points)
#
# *Read {{ read sec-linear-gradcheck }} first. Then about 30 minutes.*
#
# Write `grad_check(f, x, gradient)`: somebody claims that `gradient` is the gradient of the function `f` at `x`. Is it?
# For example, the gradient of $f(z) = z_0^2 z_1$ at (1, 2) is (4, 1), so the claim (4, 1) is right, and (4, 2) is
# wrong.
#
# Measure each derivative by a central difference, (f(x + h) − f(x − h)) / 2h with h = 1e-5 and x moved in one entry
# only, and compare. In the example, f is 2.0000400002 where z₀ is a step larger, and 1.9999600002 where it is a step
# smaller, so the difference is 0.00008, and the quotient 4.
#
# | | |
# |---|---|
# | `f` | a function; `f(z)` takes a float64 array of x's shape and gives a number; it is smooth near x |
# | `x` | an array of any shape, `()` included, of float64, float32 or whole numbers |
# | `gradient` | an array of float64: what is claimed |
# | returns | `True` if it is right, else `False` |
#
# - **One bad entry is enough**, and it may be off by as little as 1 part in 100,000, or 1e-5. A right gradient agrees
#   with the true one to nine digits, and the difference quotients with h = 1e-5 are good to seven, or 1e-7: put your
#   relative tolerance between 1e-7 and 1e-5.
# - **A gradient is wrong**, too, if it has another shape than x, or an entry that is `nan` or infinite.
# - **The values of f may be near 1e-12 or near 1e12**, so no absolute tolerance will do. A true derivative is either 0,
#   or at least 0.001 · |f(x)| in size. Where it is 0, rounding in f may leave a quotient of up to 1e-10 · |f(x)|, and a
#   claimed entry of 0.001 · |f(x)| or more is wrong. If f(x) = 5, say, rounding leaves up to 5e-10, while 1 part in
#   100,000 of the smallest derivative, 0.005, is 5e-8. So an absolute part of the tolerance is right between 1e-10 and
#   1e-8 of |f(x)|. (The 1e-7 in the book's code, whatever f is, would not do here.)
# - **In float32, and in whole numbers, x cannot move by 1e-5**: make a float64 copy first.
# - **Calls of `f` are expensive**: use 2 for each entry of x, and at most 2 more in all.
#
# Your function is graded by what it finds out. The checks list the cases that it misjudged: a bug that it missed, or a
# false alarm.


# %% tags=["folded"]
def misjudged(cases):
    """cases: [(name, f, x, gradient, whether it is right)] -> the names where grad_check is wrong."""
    found = []
    for name, f, x, gradient, right in cases:
        verdict = call(grad_check, f, x.copy(), gradient.copy(), label=name)
        check_equal(isinstance(verdict, bool | np.bool_), True, f"grad_check: {name}: the answer is True or False")
        if verdict != right:
            found.append(("false alarm: " if right else "missed: ") + name)
    return found


def squares_sum(z):  # gradient 2 z
    return float((z**2).sum())


def cubes(z):  # gradient 3 z²
    return float((z**3).sum())


def product(z):  # gradient (12, 8, 6) at (2, 3, 4)
    return float(z[0] * z[1] * z[2])


def valley(z):  # gradient 2 r + 3 r²
    r = z - np.array([0.5, -0.25])
    return float((r**2 + r**3).sum())


def lopsided(z):  # gradient (1000, 10)
    return float(1000 * z[0] + 10 * z[1])


def rounded(z):  # as if it were a long sum, rounded: the last digit depends on z0
    return float(1 + 2.2e-16 * (np.floor(z[0] * 1e6 + 0.5) % 3) + z[1] / 2)


def rounding_alone(z):  # a constant, rounded in the same way
    return float(1 + 2.2e-16 * (np.floor(z[0] * 1e6 + 0.5) % 3))


def nearly_flat(z):  # the smallest slope that the rules allow for, nearly, and the last digits of a long sum
    return float(1 + 4.4e-16 * (np.floor(z * 1e9 + 0.5) % 3).sum() + 0.002 * (z - np.array([0.7, 0.3])).sum())


slopes_of_plane = np.array([[2.0, -1.0, 4.0], [0.5, 3.0, -2.0]])


def plane(z):
    return float((slopes_of_plane * z).sum())


at, grid = np.array([2.0, 3.0, 4.0]), np.array([[1.0, -2.0, 0.5], [3.0, 1.5, -1.0]])
beside = np.array([0.501, -0.248])  # one-sided differences are poor near a minimum
planted = {  # name, function, place, claimed gradient, whether it is right
    "small functions": [
        ("3z at 0, right", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0), True),
        ("z0² + z1², right", squares_sum, at[:2], 2 * at[:2], True),
        ("z0² + z1², twice too large", squares_sum, at[:2], 4 * at[:2], False),
        ("z0² + z1², half", squares_sum, at[:2], at[:2], False),
        ("sin z at 0, right", lambda z: float(np.sin(z[0])), np.zeros(1), np.ones(1), True),
        ("sin 10z at 0, right", lambda z: float(np.sin(10 * z[0])), np.zeros(1), np.full(1, 10.0), True),
        ("sin z + 20z² at 0, right", lambda z: float(np.sin(z[0]) + 20 * z[0] ** 2), np.zeros(1), np.ones(1), True),
        ("z0·z1·z2, right", product, at, np.array([12.0, 8, 6]), True),
        ("z0·z1·z2, the sign of one entry", product, at, np.array([12.0, -8, 6]), False),
        ("z0·z1·z2, only the first entry", product, at, np.array([12.1, 8, 6]), False),
        ("z0·z1·z2, only the last entry", product, at, np.array([12.0, 8, 6.1]), False),
        ("z0·z1·z2, the last entry is smaller", product, at, np.array([12.0, 8, 5.9]), False),
        ("z0·z1·z2, two errors that cancel", product, at, np.array([12.0, 7, 7]), False),
        ("2 × 3 cubes, right", cubes, grid, 3 * grid**2, True),
        ("one cube, right", cubes, at[:1], np.array([12.0]), True),
        ("a plane over 2 × 3 numbers, right", plane, grid, slopes_of_plane, True),
        ("2 × 3 cubes, rows exchanged", cubes, grid, 3 * grid[::-1] ** 2, False),
    ],
    "small errors": [
        ("3z at 0, right", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0), True),
        ("beside a minimum, right", valley, beside, np.array([0.002003, 0.004012]), True),
        ("sin 40z at 0, right", lambda z: float(np.sin(40 * z[0])), np.zeros(1), np.full(1, 40.0), True),
        ("z0·z1·z2, right to ten digits", product, at, np.array([12.0, 8, 6]) * (1 + 1e-10), True),
        ("sin z at 0, right", lambda z: float(np.sin(z[0])), np.zeros(1), np.ones(1), True),
        ("one cube, right", cubes, at[:1], np.array([12.0]), True),
        ("3z at 0, off by 1 in 2,000", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0015), False),
        ("z0·z1·z2, twice too large", product, at, np.array([24.0, 16, 12]), False),
        ("z0·z1·z2, the first off by 1 in 2,000", product, at, np.array([12.006, 8, 6]), False),
        ("z0·z1·z2, the last off by 1 in 50,000", product, at, np.array([12.0, 8, 6.00012]), False),
        ("z0·z1·z2, the last less by 1 in 2,000", product, at, np.array([12.0, 8, 5.997]), False),
        ("z0·z1·z2, small errors that cancel", product, at, np.array([12.0003, 7.9997, 6]), False),
        ("a small entry beside a large one, off by 1 in 50,000", lopsided, at[:2], np.array([1000, 10.0002]), False),
        ("the small one first, off by 1 in 50,000", lambda z: lopsided(z[::-1]), at[:2], np.array([10.0002, 1000]), False),
    ],
    "scales and zeros": [
        ("3z at 0, right", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0), True),
        ("a tiny function, right", lambda z: 1e-12 * cubes(z), at, 3e-12 * at**2, True),
        ("a tiny function, twice too large", lambda z: 1e-12 * cubes(z), at, 6e-12 * at**2, False),
        ("a tiny function, half", lambda z: 1e-12 * cubes(z), at, 1.5e-12 * at**2, False),
        ("nearly flat, right", nearly_flat, np.array([0.7, 0.3]), np.full(2, 0.002), True),
        ("a tiny function whose value is 0", lambda z: 1e-12 * float(np.sin(z[0])), np.zeros(1), np.full(1, 1e-12), True),
        ("a huge function, right", lambda z: 1e12 * cubes(z), at, 3e12 * at**2, True),
        ("a huge function, twice too large", lambda z: 1e12 * cubes(z), at, 6e12 * at**2, False),
        ("an entry that is not used", lambda z: float(z[0] ** 2), at[:2], np.array([4.0, 0]), True),
        ("a constant, right", lambda z: -5.0, grid, 0 * grid, True),
        ("a constant, wrong", lambda z: -5.0, grid, 0 * grid + 0.1, False),
        ("rounding where the derivative is 0", rounded, np.array([0.7, 0.3]), np.array([0, 0.5]), True),
        ("a constant, but for rounding", rounding_alone, np.array([0.7, 0.3]), np.zeros(2), True),
        ("0.01 where the derivative is 0", rounded, np.array([0.7, 0.3]), np.array([0.01, 0.5]), False),
        ("beside a derivative of 0, twice too large", rounded, np.array([0.7, 0.3]), np.array([0, 1.0]), False),
        ("0.01 where the last derivative is 0", lambda z: rounded(z[::-1]), np.array([0.3, 0.7]), np.array([0.5, 0.01]), False),
    ],
    "shapes and nan": [
        ("3z at 0, right", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0), True),
        ("3z at 0, twice too large", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 6.0), False),
        ("a constant of the same shape", lambda z: 5.0, at, 0 * at, True),
        ("shape (1, 3) for (3,)", product, at, np.array([[12.0, 8, 6]]), False),
        ("2 × 2 numbers for 4", squares_sum, np.ones(4), np.full((2, 2), 2.0), False),
        ("transposed", cubes, grid, 3 * grid.T**2, False),
        ("the first entry is twice too large", product, at, np.array([24.0, 8, 6]), False),
        ("nan in the first entry", product, at, np.array([np.nan, 8, 6]), False),
        ("nan in the last entry", product, at, np.array([12.0, 8, np.nan]), False),
        ("infinity in one entry", product, at, np.array([12.0, 8, np.inf]), False),
    ],
    "dtypes": [
        ("3z at 0, right", lambda z: 3 * float(z[0]), np.zeros(1), np.full(1, 3.0), True),
        ("float64, right", product, at, np.array([12.0, 8, 6]), True),
        ("float32, right", product, at.astype(np.float32), np.array([12.0, 8, 6]), True),
        ("float32, the first is wrong", product, at.astype(np.float32), np.array([12.1, 8, 6]), False),
        ("float32, wrong", product, at.astype(np.float32), np.array([12.0, 8, 6.1]), False),
        ("float32, the last is smaller", product, at.astype(np.float32), np.array([12.0, 8, 5.9]), False),
        ("float32, the smallest is the first, and wrong", product, at[::-1].astype(np.float32), np.array([6.1, 8, 12]), False),
        ("float32, a plane, right", plane, grid.astype(np.float32), slopes_of_plane, True),
        ("whole numbers, right", product, at.astype(int), np.array([12.0, 8, 6]), True),
        ("whole numbers, twice too large", product, at.astype(int), np.array([24.0, 16, 12]), False),
        ("a single number of shape ()", lambda z: float(np.sinh(z)), np.array(0.0), np.array(1.0), True),
        ("another single number", lambda z: float(np.exp(z)), np.array(1.0), np.array(np.e), True),
        ("a single number, wrong", lambda z: float(np.sinh(z)), np.array(0.0), np.array(1.1), False),
    ],
}


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


# %% nbgrader={"grade_id": "test_grad_check", "grade": true, "points": 4}
check_equal(misjudged(planted["small functions"]), [], "grad_check: small functions")
check_call(grad_check, squares_sum, at.copy(), 2 * at, want=True, label="x is as it was")


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
    ]
    if n > 1:
        cases.append((f"{kind}, not divided by N", f, w, gradient(share=1.0), False))
check_equal(misjudged(cases), [], "grad_check: losses, right and with planted bugs")
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_grad_check_small_errors", "grade": true, "points": 2}
check_equal(misjudged(planted["small errors"]), [], "grad_check: small errors")
### BEGIN HIDDEN TESTS
cases = []
for shape in [(1,), (7,), (3, 3), (2, 1, 3), (2, 2, 2)]:
    rng = np.random.default_rng(6)
    a, x = rng.uniform(1, 2, size=shape), rng.uniform(0.5, 1.5, size=shape)

    def f(z, a=a):
        return float((a * np.exp(z) + np.sin(3 * z)).sum())

    true = a * np.exp(x) + 3 * np.cos(3 * x)
    cases.append((f"shape {shape}", f, x, true, True))
    for i in {0, x.size // 2, x.size - 1}:
        for factor in [1.01, 1 + 2e-5, 1 - 2e-5]:
            wrong = true.copy()
            wrong.reshape(-1)[i] *= factor
            cases.append((f"shape {shape}, entry {i} times {factor:g}", f, x, wrong, False))
for offset in [1e-3, 3e-3]:
    for constant in [0.0, 0.5]:
        middle = np.array([0.3, -1.2, 2.0, 0.9])
        x = middle + offset * np.array([1, -1, 2, 1])

        def f(z, middle=middle, constant=constant):
            return float(constant + ((z - middle) ** 2).sum() + ((z - middle) ** 3).sum())

        true = 2 * (x - middle) + 3 * (x - middle) ** 2
        cases.append((f"{offset} beside a minimum of {constant}", f, x, true, True))
        cases.append((f"{offset} beside a minimum of {constant}, wrong", f, x, 1.0001 * true, False))
check_equal(misjudged(cases), [], "grad_check: small errors in other shapes, and beside minima")
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_grad_check_scales_and_zeros", "grade": true, "points": 2}
check_equal(misjudged(planted["scales and zeros"]), [], "grad_check: tiny, huge and flat functions")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
cases = []
for shape in [(3,), (2, 2)]:
    a, x = rng.uniform(1, 2, size=shape), rng.uniform(0.5, 1.5, size=shape)
    for scale in [1e-12, 1e-5, 1e6, 1e12]:

        def f(z, a=a, scale=scale):
            return float(scale * (a * np.exp(z) + np.sin(3 * z)).sum())

        true = scale * (a * np.exp(x) + 3 * np.cos(3 * x))
        cases.append((f"shape {shape}, values near {scale:g}", f, x, true, True))
        cases.append((f"shape {shape}, values near {scale:g}, wrong", f, x, 1.01 * true, False))
x = np.array([1.5, 0.0, -2.0])  # the second derivative is 0, by symmetry or since it is not used
for name, f in [
    ("even", lambda z: float(z[0] ** 2 + np.cos(z[1]) - z[2])),
    ("unused", lambda z: float(z[0] ** 2 + 1 - z[2])),
    ("negative", lambda z: float(z[0] ** 2 - 9 - z[2])),
]:
    cases.append((name, f, x, np.array([3.0, 0.0, -1.0]), True))
    cases.append((f"{name}, not 0", f, x, np.array([3.0, 0.5, -1.0]), False))
cases.append(("0 everywhere", lambda z: 0.0, x, 0 * x, True))
cases.append(("0 everywhere, wrong", lambda z: 0.0, x, 0 * x + 1e-3, False))
noisy = np.array([0.7, -0.4, 0.3])
for scale in [1e-9, 1.0, 1e9]:

    def f(z, scale=scale):
        digits = np.floor(z[:2] * 1e6 + 0.5) % 3  # the last digit of a long sum, so to say
        return float(scale * (1 + 2.2e-16 * digits.sum() + z[2] / 2))

    true = scale * np.array([0.0, 0.0, 0.5])
    cases.append((f"rounding, values near {scale:g}", f, noisy, true, True))
    cases.append((f"not 0, values near {scale:g}", f, noisy, scale * np.array([0.01, 0, 0.5]), False))


def only_rounding(z):
    return float(3 + 4.4e-16 * (np.floor(z * 1e6 + 0.5) % 3).sum())


def nearly_flat(z):  # the smallest slope that the rules allow for, nearly
    return float(1 + 4.4e-16 * (np.floor(z * 1e9 + 0.5) % 3).sum() + 0.002 * (z - noisy).sum())


cases.append(("nothing but rounding", only_rounding, noisy, 0 * noisy, True))
cases.append(("nearly flat", nearly_flat, noisy, np.full(3, 0.002), True))
cases.append(("nearly flat, off by 1 in 10,000", nearly_flat, noisy, np.full(3, 0.0020002), False))
check_equal(misjudged(cases), [], "grad_check: more tiny, huge and flat functions")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_check_shapes_and_nan", "grade": true, "points": 1}
check_equal(misjudged(planted["shapes and nan"]), [], "grad_check: another shape, nan and infinity")
### BEGIN HIDDEN TESTS
x = np.array([[1.5, -0.5], [2.0, 1.0]])
cases = [
    ("a row for all rows", cubes, np.ones((2, 3)), np.full(3, 3.0), False),
    ("a column of a square", cubes, x[:, :1], 3 * x**2, False),
    ("-infinity in the first", product, at, np.array([-np.inf, 8, 6]), False),
    ("nan in the last", cubes, x, np.array([[6.75, 0.75], [12, np.nan]]), False),
]
check_equal(misjudged(cases), [], "grad_check: more shapes, nan and infinity")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_check_dtypes_and_calls", "grade": true, "points": 2}
check_equal(misjudged(planted["dtypes"]), [], "grad_check: float32, whole numbers, a single number")
calls = []
six = np.arange(1.0, 7.0)
call(grad_check, lambda z: calls.append(1) or squares_sum(z), six, 2 * six, label="counting the calls of f")
check_equal(len(calls) <= 14, True, "grad_check: at most 14 calls of f for six entries")
### BEGIN HIDDEN TESTS
cases = []
x = np.array([[1.5, -0.5], [2.0, 1.0]])
for dtype in [np.float32, np.float64]:
    cases.append((f"cubes of {np.dtype(dtype)}", cubes, x.astype(dtype), 3 * x**2, True))
    cases.append((f"cubes of {np.dtype(dtype)}, wrong", cubes, x.astype(dtype), 3 * x**2 + 0.01, False))
whole = np.array([[1, -3, 2]], dtype=np.int16)
cases.append(("int16", cubes, whole, 3.0 * whole**2, True))
cases.append(("int16, wrong", cubes, whole, 2.0 * whole**2, False))
cases.append(("a single number, twice", lambda z: float(np.exp(z)), np.array(1.0), np.array(2 * np.e), False))
cases.append(("a single number, right", lambda z: float(np.exp(z)), np.array(0.5), np.array(np.exp(0.5)), True))
cases.append(("sinh at 0", lambda z: float(np.sinh(z)), np.array(0.0), np.array(1.0), True))
check_equal(misjudged(cases), [], "grad_check: more dtypes and single numbers")
calls = []
call(grad_check, lambda z: calls.append(1) or cubes(z), grid, 3 * grid**2, label="counting the calls of another f")
check_equal(len(calls) <= 14, True, "grad_check: at most 14 calls of another f")
### END HIDDEN TESTS

# %% [markdown]
# Put it to use: are the derivatives of your two losses right? All four answers should be True.


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
# ### Exercise `sgd` (12 points)
#
# *Read {{ read sec-linear-sgd }} and {{ read sec-linear-momentum }} first. Then about 35 minutes.*
#
# Write `sgd(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng)`: stochastic gradient descent with
# momentum, which returns the best weights that it met. Take a loss w²/2, whose derivative is w, a start at w = 1,
# η = 0.1, and two batches an epoch. Without momentum, w goes 1, 0.9, 0.81 in the first epoch. With μ = 0.5, the velocity is
# 1, then 0.5 · 1 + 0.9 = 1.4, so w goes 1, 0.9, 0.76.
#
# | | |
# |---|---|
# | `loss` | a function; `loss(x, y, weight, bias)` gives the tuple `(value, dweight, dbias)`, as your losses do |
# | `x`, `y` | the training images, one a row, and their labels (N,) |
# | `weight`, `bias` | arrays: where to start |
# | `lr`, `momentum` | floats: the learning rate η, and the momentum μ with 0 ≤ μ < 1 |
# | `batch_size`, `epochs` | ints ≥ 1 |
# | `rng` | a `numpy.random.Generator`, the only source of chance |
# | returns | the tuple `(weight, bias, history)`; history is an array (epochs,) |
#
# - **Batches.** An epoch begins with **one** call of `rng.permutation(N)`, the only use of `rng`. The images in that
#   order are cut into batches of `batch_size`, and the last batch is smaller where `batch_size` does not divide N.
# - **Steps.** Each batch makes one step for both parameters, with the gradient g of the batch at the parameters as they
#   are now: v ← μ v + g, then parameter ← parameter − η v. Each parameter has a velocity v of its own, which is 0 at
#   the start of training (not of each epoch).
# - **History.** After each epoch, `history` gets the loss over all N images. (You need not think of losses that are
#   `nan`.)
# - **The best.** What you return is not the last `weight` and `bias` but those after the epoch with the lowest loss in
#   `history`; of several, the first. The start itself is not among them.


# %% tags=["folded"]
def half_square(x, y, weight, bias):  # half the sum of the squares of all parameters, whatever the images
    return float((weight**2).sum() + (bias**2).sum()) / 2, weight.copy(), bias.copy()


def line_fit(x, y, weight, bias):  # squared error of x·weight + bias, mean over the images
    error = x @ weight + bias - y
    return float((error**2).mean()), 2 * error @ x / len(x), 2 * error.mean(keepdims=True)


def how(lr, momentum, batch_size, epochs, seed=0):  # the keyword arguments
    rng = np.random.default_rng(seed)
    return {"lr": lr, "momentum": momentum, "batch_size": batch_size, "epochs": epochs, "rng": rng}


def given_values(x, y, weight, bias):  # losses after the epochs: 2, 1, 3, 1 and 2.5; within them, others
    values = {-0.5: 2.0, -0.75: 0.5, -1.0: 1.0, -1.5: 3.0, -2.0: 1.0, -2.5: 2.5}
    return values.get(float(weight[0]), 9.0), np.ones(1), np.ones(1)


two_images, two_labels = np.zeros((2, 3)), np.array([0, 1])
places, heights = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), np.array([1.0, 4.0, 4.0, 8.0, 9.0])


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


# %% nbgrader={"grade_id": "test_sgd", "grade": true, "points": 4}
args = half_square, np.zeros((3, 2)), np.arange(3), np.array([1.0]), np.array([2.0, 0.0])
want = (np.array([0.9**6]), np.array([2 * 0.9**6, 0.0]), 2.5 * np.array([0.9**6, 0.9**12]))
check_call(sgd, *args, **how(0.1, 0.0, 1, 2), want=want, label="three batches an epoch, no momentum: 1, 0.9, 0.81, …")
args = half_square, two_images, two_labels, np.array([1.0]), np.array([2.0, 0.0])
want = (np.array([0.9]), np.array([1.8, 0.0]), np.array([2.025]))
check_call(sgd, *args, **how(0.1, 0.0, 2, 1), want=want, label="one batch, one epoch, no momentum: 1, 0.9")
### BEGIN HIDDEN TESTS
for lr, steps, epochs in [(0.05, 1, 4), (0.2, 2, 3), (0.3, 4, 2)]:
    weight, bias = np.array([[1.5, -2.0, 0.5]]), np.array([-1.0])
    shrunk = [(1 - lr) ** (steps * e) for e in range(1, epochs + 1)]
    want = (weight * shrunk[-1], bias * shrunk[-1], np.array([7.5 / 2 * s**2 for s in shrunk]))
    label, options = f"{epochs} epochs of {steps} steps, η = {lr}", how(lr, 0.0, 4 // steps, epochs)
    check_call(sgd, half_square, np.zeros((4, 2)), np.arange(4), weight, bias, **options, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_sgd_batches", "grade": true, "points": 3}
args = places[:4], heights[:4], np.array([0.0]), np.array([0.0])
want = (np.array([1.4617798226]), np.array([0.6819970580]), np.array([11.6449862400, 5.6655133551, 3.0756976768]))
check_call(sgd, line_fit, *args, **how(0.02, 0.0, 2, 3), want=want, label="four images in batches of two")
want = (np.array([2.0984472646]), np.array([0.7926288991]), np.array([6.2469200100, 1.0130053053, 0.6236841150]))
args = places, heights, np.array([0.0]), np.array([0.0])
check_call(sgd, line_fit, *args, **how(0.02, 0.0, 2, 3), want=want, label="five images in batches of two")


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


rng = np.random.default_rng(7)
for n, lr, batch_size, epochs in [(7, 0.02, 3, 2), (6, 0.02, 6, 4), (5, 0.02, 8, 3), (8, 0.01, 1, 3), (9, 0.02, 4, 3)]:
    x, start = rng.uniform(0, 2, size=(n, 1)), (np.array([0.5]), np.array([-1.0]))
    y = 3 * x[:, 0] + 5 + rng.normal(size=n) / 9
    for seed in [0, 1]:
        want = by_the_book(line_fit, x, y, *start, **how(lr, 0.0, batch_size, epochs, seed))
        label = f"{n} images in batches of {batch_size}, {epochs} epochs, seed {seed}"
        check_call(sgd, line_fit, x, y, *start, **how(lr, 0.0, batch_size, epochs, seed), want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_sgd_momentum", "grade": true, "points": 3}
args = half_square, two_images, two_labels, np.array([1.0]), np.array([2.0, 0.0])
want = (np.array([0.3360375]), np.array([0.672075, 0.0]), np.array([1.3505625, 0.2823030035]))
check_call(sgd, *args, **how(0.1, 0.75, 1, 2), want=want, label="two batches an epoch, μ = 0.75: 1, 0.9, 0.735, …")
### BEGIN HIDDEN TESTS
for lr, momentum, steps, epochs in [(0.05, 0.9, 1, 4), (0.1, 0.3, 2, 3), (0.01, 0.99, 4, 2)]:
    weight, bias = np.array([[1.5, -2.0, 0.5]]), np.array([-1.0])
    w, v, shrunk = 1.0, 0.0, []
    for _ in range(epochs):
        for _ in range(steps):
            v = momentum * v + w
            w = w - lr * v
        shrunk.append(w)
    want = (weight * shrunk[-1], bias * shrunk[-1], np.array([7.5 / 2 * s**2 for s in shrunk]))
    label = f"{epochs} epochs of {steps} steps, η = {lr}, μ = {momentum}"
    options = how(lr, momentum, 4 // steps, epochs)
    check_call(sgd, half_square, np.zeros((4, 2)), np.arange(4), weight, bias, **options, want=want, label=label)
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "test_sgd_best_epoch", "grade": true, "points": 2}
args = given_values, two_images, two_labels, np.array([0.0]), np.array([5.0])
want = (np.array([-1.0]), np.array([4.0]), np.array([2.0, 1, 3, 1, 2.5]))
check_call(sgd, *args, **how(0.25, 0.0, 1, 5), want=want, label="losses 2, 1, 3, 1 and 2.5")
want = (np.array([-1.1]), np.array([0.0]), np.array([0.605, 0.73205, 0.8857805]))
one_image = np.zeros((1, 2)), np.array([0])
args = half_square, *one_image, np.array([1.0]), np.array([0.0])
check_call(sgd, *args, **how(2.1, 0.0, 1, 3), want=want, label="steps too long: every epoch is worse")
### BEGIN HIDDEN TESTS
def told_values(x, y, weight, bias):  # losses after the epochs: 4, 3, 3, 5
    value = {-1.0: 4.0, -2.0: 3.0, -3.0: 3.0, -4.0: 5.0}.get(float(weight[0]), 1.0)
    return value, np.ones(1), np.ones(1)


want = (np.array([-2.0]), np.array([3.0]), np.array([4.0, 3, 3, 5]))
args = told_values, *one_image, np.array([0.0]), np.array([5.0])
check_call(sgd, *args, **how(1.0, 0.0, 1, 4), want=want, label="losses 4, 3, 3 and 5")
### END HIDDEN TESTS

# %% [markdown]
# Now train two linear classifiers on pixels. A row of `weight`, put back into the form of an image, is the *template*
# that the class looks for: can you recognise some? Ours have test accuracies of 0.330 (SVM) and 0.372 (softmax).

# %%
from_zero = np.zeros((10, 3072)), np.zeros(10)
plan = {"momentum": 0.9, "batch_size": 50, "epochs": 15}
svm = sgd(
    lambda x, y, w, b: svm_loss(x, y, w, b, 1.0, 0.01),
    x_train,
    y_train,
    *from_zero,
    lr=2e-4,
    rng=np.random.default_rng(0),
    **plan,
)
softmax = sgd(
    lambda x, y, w, b: softmax_loss(x, y, w, b, 0.01),
    x_train,
    y_train,
    *from_zero,
    lr=1e-3,
    rng=np.random.default_rng(0),
    **plan,
)
for kind, (w, b, history) in {"SVM": svm, "softmax": softmax}.items():
    guessed = linear_scores(x_test, np.hstack([w, b[:, None]])).argmax(axis=1)
    print(f"{kind:8} loss {history[0]:.2f} … {history.min():.2f}, test accuracy {np.mean(guessed == y_test):.3f}")

templates = softmax[0].reshape(10, 3, 32, 32)
brightest = np.abs(templates).max(axis=(1, 2, 3), keepdims=True)
_ = viz.show_images(
    (0.5 + templates / brightest / 2).astype(np.float32), np.arange(10), classes=shapes.classes, columns=5
)

# %% [markdown]
# ### Exercise `line_search` (9 points)
#
# *Read {{ read sec-linear-line-search }}, {{ read sec-linear-armijo }} and the first half of
# {{ read sec-linear-springs }} first. Then about 30 minutes.*
#
# How far should one step go? Take points that are joined by springs of length 1, with the energy
# $E(x) = \sum (|x_i - x_j|^2 - 1)^2$ over the springs. Along a line, $x + t\,d$, it is a polynomial in t of degree four,
#
# $$\varphi(t) = c_0 + c_1 t + c_2 t^2 + c_3 t^3 + c_4 t^4,$$
#
# and its slope at t = 0 is $c_1$. (In the book the direction is called h, and the step is λ in the first of the
# sections.) Write `line_search(coefficients, shrink, c)`, which answers the question twice.
#
# | | |
# |---|---|
# | `coefficients` | (5,) floats: $c_0$ first, $c_4$ last; $c_4 > 0$ |
# | `shrink`, `c` | floats between 0 and 1 |
# | returns | the tuple `(armijo, exact)` of two floats, both > 0 |
#
# - `armijo` is the first of the steps 1, `shrink`, `shrink`², … that goes down far enough:
#   $\varphi(t) \le \varphi(0) + c\,t\,\varphi'(0)$.
# - `exact` is the t > 0 at which φ is least. There φ′ is 0, but so it is on a hill, in a valley behind you (t < 0), and
#   φ may have a second valley ahead: compare the values. (`np.roots` finds the roots of a polynomial, complex ones
#   included; a real one has the imaginary part 0. Mind the order in which it takes the coefficients.)
# - If $c_1 \ge 0$, the line does not go down: raise a `ValueError` with a message.
#
# For φ(t) = 5 − 2t + t⁴ with shrink = 0.5 and c = 0.5, the step 1 gives φ = 4, and 5 + 0.5 · 1 · (−2) = 4 allows for
# that, so `armijo` is 1. The slope −2 + 4t³ is 0 at t = 0.5^(1/3), so `exact` is 0.794. The first cell of checks looks
# at `armijo` alone: until you have the other, `return armijo, None` passes it.

# %% tags=["folded"]
lines = {  # label, coefficients, shrink, c, the step that is wanted
    "armijo": [
        ("2.5 - 7t + 13t² + 2t⁴", [2.5, -7, 13, 0, 2], 0.9, 0.12, 0.43046721),  # 0.9⁸
        ("the first step is good enough", [1, -10, 6.5, -4, 1], 0.5, 0.1, 1.0),
        ("0.05 - 4t + 9.5t² + 2t⁴", [0.05, -4, 9.5, 0, 2], 0.5, 0.5, 0.125),
        ("the first step is just good enough", [5.0, -2, 0, 0, 1], 0.5, 0.5, 1.0),
    ],
    "exact": [
        ("1.2 - 5t + 8t² + t⁴", [1.2, -5, 8, 0, 1], 0.8, 0.14, 0.3053803),
        ("1 - 10t + 6.5t² - 4t³ + t⁴", [1, -10, 6.5, -4, 1], 0.5, 0.1, 2.0),
    ],
    "valleys": [  # where φ' is 0: at 3/2 and 1/2 ± 0.8i; 1/4, 1/2, 1; 1/4, 3/4, 1; -3/2, -1/4, 1/2
        ("one valley behind a flat stretch", [1.5, -5.34, 4.78, -10 / 3, 1], 0.7, 0.6, 1.5),
        ("the second valley is deeper", [-0.1, -1, 3.5, -14 / 3, 2], 0.5, 0.1, 1.0),
        ("the first valley is deeper", [0.2, -1.5, 4.75, -16 / 3, 2], 0.8, 0.08, 0.25),
        ("a deeper valley lies behind, at t < 0", [1, -0.75, -1, 5 / 3, 1], 0.5, 0.1, 0.5),
    ],
}


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


# %% tags=["folded"]
def run_line_search(coefficients, shrink, c):
    """What your line_search returns. A loop that never ends is stopped after a million lines of Python."""
    return bounded(line_search, coefficients, shrink, c)


# %% nbgrader={"grade_id": "test_line_search", "grade": true, "points": 4}
for label, phi, shrink, c, step in lines["armijo"]:
    check_call(run_line_search, np.array(phi), shrink, c, want=(step, ...), label=f"armijo, {label}")


### BEGIN HIDDEN TESTS
def first_enough(coefficients, shrink, c):
    for n in range(200):
        t = shrink**n
        value = sum(a * t**k for k, a in enumerate(coefficients))
        if value <= coefficients[0] + c * t * coefficients[1]:
            return t


rng = np.random.default_rng(8)
for case in range(8):
    phi = np.array([0.0, -4, 9, 0, 3]) + rng.normal(size=5)
    for shrink, c in [(0.9, 0.1), (0.5, 1e-4), (0.3, 0.5), (0.8, 0.9)]:
        want = (first_enough(phi, shrink, c), ...)
        check_call(run_line_search, phi, shrink, c, want=want, label=f"armijo, case {case}, shrink {shrink}, c {c}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_line_search_exact", "grade": true, "points": 2}
for label, phi, shrink, c, step in lines["exact"]:
    check_call(run_line_search, np.array(phi), shrink, c, want=(..., step), rtol=1e-5, label=f"exact, {label}")


### BEGIN HIDDEN TESTS
def at_least(coefficients):  # the best of a fine grid, and a finer one around it
    low, high = 1e-9, 1 + max(abs(coefficients[:4])) / coefficients[4] * 4
    for _ in range(12):
        grid = np.linspace(low, high, 2001)
        best = np.polynomial.polynomial.polyval(grid, coefficients).argmin()
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 2000)]
    return float((low + high) / 2)


def from_roots(roots, scale, value):  # the quartic with these roots of its derivative
    derivative = (scale * np.polynomial.polynomial.polyfromroots(roots)).real
    return np.append(value, derivative / np.arange(1, 5))


quartics = {
    "one place, complex others": from_roots([0.7, 1 + 2j, 1 - 2j], 1.0, 3.0),
    "a steep wall": from_roots([0.01, 0.02 + 0.03j, 0.02 - 0.03j], 1e5, 10.0),
    "a long way": from_roots([3.0, 4 + 3j, 4 - 3j], 0.01, 5.0),
    "near the start": from_roots([0.3, -1 + 2j, -1 - 2j], 5.0, -1.0),
}
for name, phi in quartics.items():
    check_call(run_line_search, phi, 0.5, 0.002, want=(..., at_least(phi)), rtol=1e-5, label=f"exact, {name}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_line_search_several_valleys", "grade": true, "points": 2}
for label, phi, shrink, c, step in lines["valleys"]:
    check_call(run_line_search, np.array(phi), shrink, c, want=(..., step), rtol=1e-5, label=f"exact, {label}")


### BEGIN HIDDEN TESTS
def at_least(coefficients):  # the best of a fine grid, and a finer one around it
    low, high = 1e-9, 1 + max(abs(coefficients[:4])) / coefficients[4] * 4
    for _ in range(12):
        grid = np.linspace(low, high, 2001)
        best = np.polynomial.polynomial.polyval(grid, coefficients).argmin()
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 2000)]
    return float((low + high) / 2)


def from_roots(roots, scale, value):  # the quartic with these roots of its derivative
    derivative = scale * np.polynomial.polynomial.polyfromroots(roots)
    return np.append(value, derivative / np.arange(1, 5))


quartics = {
    "a deeper valley behind": from_roots([-3.0, -0.5, 0.6], 2.0, 1.0),
    "a deeper valley just behind": from_roots([-0.8, -0.1, 0.3], 5.0, 1.0),
    "a deeper second valley": from_roots([0.2, 0.5, 1.5], 3.0, -1.0),
    "a deeper first valley": from_roots([0.3, 1.4, 1.6], 0.5, 0.0),
}
for name, phi in quartics.items():
    check_call(run_line_search, phi, 0.6, 0.02, want=(..., at_least(phi)), rtol=1e-5, label=f"exact, {name}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_line_search_uphill", "grade": true, "points": 1}
check_raises(run_line_search, np.array([0.0, 3.0, -8.0, 0.0, 1.0]), 0.5, 0.1, label="a line that goes up at first")
check_raises(run_line_search, np.array([0.0, 0.0, -1.0, 0.0, 1.0]), 0.5, 0.1, label="a line of slope 0")
### BEGIN HIDDEN TESTS
check_raises(run_line_search, np.array([2.0, 1e-3, -5.0, 1.0, 2.0]), 0.9, 0.5, label="a line that goes up a little")
### END HIDDEN TESTS

# %% [markdown]
# Six points, joined by springs as a chain and thrown anywhere. Down along minus the gradient they go, once with each
# step. How many steps does Armijo's rule need for what the exact step reaches in twenty? Ours needs 26. Left and right:
# the chain before and after the exact steps, whose energy ends below 1e-10 in ours.

# %%
chain = np.array([[i, i + 1] for i in range(5)])
fig, axes = plt.subplots(1, 3, figsize=(11, 3))
energies_of = {}
for which, name in enumerate(["Armijo", "exact"]):
    knots, energies = np.random.default_rng(1).normal(size=(6, 2)), energies_of.setdefault(name, [])
    if which:
        axes[0].plot(*knots.T, "o-")
    for _ in range(40):
        energies.append(spring_energy(knots, chain))
        direction = -spring_gradient(knots, chain)
        step = run_line_search(spring_quartic(knots, direction, chain), 0.5, 1e-4)[which]
        knots = knots + step * direction
    axes[1].semilogy(energies, "o-" if which else "s--", markersize=3, label=name)
axes[2].plot(*knots.T, "o-")
for ax, title in zip(axes[::2], ["before", "after 40 exact steps"]):
    ax.set(title=title, aspect="equal")
axes[1].set(xlabel="step", ylabel="energy")
_ = axes[1].legend()
as_low = np.array(energies_of["Armijo"]) <= energies_of["exact"][20]
print(f"Armijo needs {as_low.argmax()} steps for twenty exact ones" if as_low.any() else "Armijo needs more than 40 steps")
print(f"energy after 40 steps, exact: {spring_energy(knots, chain):.2g}")

# %% [markdown]
# ## 5 · The perceptron, and a kernel
#
# Two classes now, with labels −1 and 1.
#
# ### Exercise `perceptron` (8 points)
#
# *Read {{ read sec-linear-perceptron }} first. Then about 20 minutes.*
#
# Write `perceptron(x, y, max_epochs)`, Rosenblatt's rule with the bias trick. (The book calls the label t; here it is
# y, as in the other exercises.) With the points 2 and −1 on a line and
# the labels 1 and −1, the first point has f = 0 and counts as wrong, so the weight becomes 2 and the
# bias 1. The second has f = 2 · (−1) + 1 = −1, which is right. The next epoch finds no point wrong, so the answer is
# the weights (2, 1) and 1 update.
#
# | | |
# |---|---|
# | `x` | (N, D) floats, or whole numbers of any integer dtype |
# | `y` | (N,) labels −1 and 1, of any signed integer dtype |
# | `max_epochs` | int ≥ 1 |
# | returns | the tuple `(weight, updates)`: (D + 1,) floats, the bias last, and an int |
#
# - Start with all weights 0, the bias too. An epoch goes through the points in their order. For each, f is the score
#   **with the weights of this moment**; where y · f ≤ 0, the point is wrong: add y · x to the weights and y to the
#   bias.
# - Stop after an epoch that had no point wrong, and after `max_epochs` epochs at the latest.
# - `updates` counts how often a point was added, over all epochs.
# - Whole numbers give the same result as the floats that they equal, although uint8, the dtype of images, has no
#   −1 · 200, and int8 has −128 but not 128.


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


# %% tags=["folded"]
def run_perceptron(x, y, max_epochs):
    """What your perceptron returns. A loop that never ends is stopped after a million lines of Python."""
    return bounded(perceptron, x, y, max_epochs)


# %% nbgrader={"grade_id": "test_perceptron", "grade": true, "points": 4}
x, y = np.array([[0.0, -1.0], [-1, 5], [3, -1], [3, -3], [-1, 3]]), np.array([1, -1, -1, 1, 1])
check_call(run_perceptron, x, y, 50, want=(np.array([-3.0, -2, 4]), 14), label="five points in the plane, to the end")
x, y = np.array([[1.0, 2.0]]), np.array([-1])
check_call(run_perceptron, x, y, 10, want=(np.array([-1.0, -2.0, -1.0]), 1), label="one point")
### BEGIN HIDDEN TESTS
def by_hand(x, y, max_epochs):
    x, y = x.tolist(), y.tolist()
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
    check_call(run_perceptron, x, y, 1000, want=by_hand(x, y, 1000), label=f"{n} points in {d} dimensions")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_perceptron_end", "grade": true, "points": 2}
x, y = np.array([[2.0], [-0.75], [-1.0], [-2.0], [0.0], [-1.5]]), np.array([1, -1, 1, -1, 1, -1])
check_call(run_perceptron, x, y, 3, want=(np.array([1.75, 2.0]), 6), label="six points on a line, three epochs")
x, y = np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]]), np.array([-1, -1, 1, 1])
check_call(run_perceptron, x, y, 3, want=(np.array([1.0, 1.0, 1.0]), 11), label="XOR, three epochs")
x, y = np.array([[1.0], [-1.0]]), np.array([1, -1])
check_growth(perceptron, (x, y, 4), (x, y, 4000), times=2, label="at most 4,000 epochs, and two are enough")
### BEGIN HIDDEN TESTS
def by_hand(x, y, max_epochs):
    x, y = x.tolist(), y.tolist()
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
for n, d, epochs in [(15, 2, 4), (15, 2, 1), (30, 4, 7)]:  # labels at random: not separable
    x, y = rng.normal(size=(n, d)), rng.choice([-1, 1], size=n)
    label = f"{n} points that are not separable, {epochs} epochs"
    check_call(run_perceptron, x, y, epochs, want=by_hand(x, y, epochs), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_perceptron_whole_numbers", "grade": true, "points": 2}
x, y = np.array([[190, 72], [22, 106], [229, 246], [116, 108]], dtype=np.uint8), np.array([1, -1, 1, -1], dtype=np.int8)
check_call(run_perceptron, x, y, 4, want=(np.array([101.0, -254, -3]), 9), label="uint8 points, int8 labels")
x, y = np.array([[-128, 5], [-100, -7]], dtype=np.int8), np.array([-1, 1], dtype=np.int8)
check_call(run_perceptron, x, y, 1, want=(np.array([28.0, -12, 0]), 2), label="int8 points, -128 among them")
### BEGIN HIDDEN TESTS
def by_hand(x, y, max_epochs):
    x, y = x.tolist(), y.tolist()
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


rng = np.random.default_rng(10)
for dtype, low, high in [(np.int8, -128, 127), (np.uint8, 0, 255), (np.int32, -999, 999)]:
    x = rng.integers(low, high, size=(9, 3), endpoint=True).astype(dtype)
    x[0], x[1] = low, high
    y = rng.choice([-1, 1], size=9).astype(np.int8)
    y[0] = -1
    check_call(run_perceptron, x, y, 5, want=by_hand(x, y, 5), label=f"{np.dtype(dtype)} points, more epochs")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: forty points and the line that your perceptron ends with. Ours needs 8 updates. By the bound of the
# book it is at most R²/γ², and far fewer are the rule.

# %%
rng = np.random.default_rng(4)
dots = rng.normal(size=(40, 2))
side = np.where(dots @ [1.0, 2.0] > 0.3, 1, -1)
dots = dots + 0.15 * side[:, None] * [1.0, 2.0]
(w0, w1, b0), count = run_perceptron(dots, side, 1000)
fig, ax = plt.subplots(figsize=(4, 3))
ax.scatter(*dots[side > 0].T, marker="o", label="1")
ax.scatter(*dots[side < 0].T, marker="x", label="−1")
ends = np.array([-2.5, 2.5])
ax.plot(ends, -(w0 * ends + b0) / w1, "k--")
ax.set_ylim(-3, 3)
_ = ax.legend()
print(f"{count} updates")

# %% [markdown]
# ### Exercise `kernel_perceptron` (6 points)
#
# *Read {{ read sec-linear-kernel-perceptron }} first. Then about 25 minutes.*
#
# The weights of a perceptron are a sum of training points: point i was added $a_i$ times, with its label. In the space
# of a kernel, where there is no bias, the score is $f(x) = \sum_i a_i\, y_i\, k(x_i, x)$. Write
# `kernel_perceptron(kernel, x, y, x_test, max_epochs)`, which finds the counts $a_i$ without ever seeing the space. (In
# the book $a_i$ has the sign of the label in it. Here it is a count, never negative, and the label stands beside it.)
#
# | | |
# |---|---|
# | `kernel` | a function of two arrays of points, (P, D) and (Q, D), that gives k of all pairs, (P, Q) |
# | `x`, `y` | (N, D) points; (N,) labels −1 and 1 |
# | `x_test` | (M, D) points |
# | `max_epochs` | int ≥ 1 |
# | returns | the tuple `(counts, scores)`: (N,) whole numbers $a_i$, and (M,) floats, f of each row of `x_test` |
#
# - All counts start at 0. An epoch goes through the points in their order, and f has the counts of this moment in it;
#   where y · f ≤ 0, the point is wrong, and its count grows by 1. A point counts for its own score, too.
# - Stop after an epoch that had no point wrong, and after `max_epochs` epochs at the latest.
# - A kernel can be expensive: call it at most twice in all.
#
# With the kernel a·b, the points (1, 0) and (0, 2), and the labels 1 and −1, both scores are 0 at first, so both counts
# become 1, and the next epoch finds nothing wrong. For a test point (3, 1), f = 1 · 1 · 3 + 1 · (−1) · 2 = 1.


# %% tags=["folded"]
def linear(a, b):
    return a @ b.T


def squares(a, b):
    return (1 + a @ b.T) ** 2


def bells(a, b):
    return np.exp(-((a[:, None] - b) ** 2).sum(axis=2))


five, five_labels = np.array([[1.0, 1], [-2, -2], [2, 3], [-1, -3], [0, -2]]), np.array([-1, 1, -1, -1, -1])
quartet = np.array([[-1.0, 1.0], [0.0, 2.0], [3.0, 1.0], [-2.0, -1.0]])
corners = np.array([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])


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


# %% tags=["folded"]
def run_kernel_perceptron(kernel, x, y, x_test, max_epochs):
    """What your kernel_perceptron returns. A loop that never ends is stopped after a million lines of Python."""
    return bounded(kernel_perceptron, kernel, x, y, x_test, max_epochs)


# %% nbgrader={"grade_id": "test_kernel_perceptron", "grade": true, "points": 4}
args = linear, five, five_labels, quartet
want = (np.array([5, 2, 0, 4, 0]), np.array([8.0, 6, -12, 7]))
check_call(run_kernel_perceptron, *args, 50, want=want, label="five points, to the end")
args = squares, corners, np.array([-1, -1, 1, 1]), np.array([[2.0, 2.0], [2.0, -2.0]])
want = (np.array([1, 1, 1, 1]), np.array([-32.0, 32.0]))
check_call(run_kernel_perceptron, *args, 10, want=want, label="XOR, a kernel of degree 2")


### BEGIN HIDDEN TESTS
def explicit(phi, x, y, x_new, max_epochs):  # the same on the map itself, with a weight vector
    f, g = phi(x), phi(x_new)
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
for n, m in [(6, 4), (12, 5), (9, 30)]:
    x, x_new = rng.normal(size=(n, 2)), rng.normal(size=(m, 2))
    y = np.where((x**2).sum(axis=1) > 1.2, 1, -1)
    want = explicit(degree_two, x, y, x_new, 2000)
    check_call(run_kernel_perceptron, squares, x, y, x_new, 2000, want=want, label=f"degree 2, N = {n}, M = {m}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_kernel_perceptron_end_and_calls", "grade": true, "points": 2}
args = linear, five, five_labels, quartet
want = (np.array([3, 1, 0, 3, 0]), np.array([6.0, 8, -2, 0]))
check_call(run_kernel_perceptron, *args, 3, want=want, label="five points, three epochs")
want = (np.array([4, 2, 0, 4, 0]), np.array([8.0, 8, -8, 4]))
check_call(run_kernel_perceptron, *args, 4, want=want, label="five points, four epochs")
seen = []
args = lambda a, b: seen.append(1) or squares(a, b), corners, np.array([-1, 1, 1, 1]), corners[:3]
call(run_kernel_perceptron, *args, 5, label="counting the calls of the kernel")
check_equal(len(seen) <= 2, True, "kernel_perceptron: the kernel is called twice at most")
args = linear, np.array([[1.0], [-1.0]]), np.array([1, -1]), np.array([[2.0]])
check_growth(kernel_perceptron, (*args, 4), (*args, 4000), times=2, label="at most 4,000 epochs, and two are enough")


### BEGIN HIDDEN TESTS
def explicit(x, y, x_new, max_epochs):  # a perceptron without a bias
    weight, counts = np.zeros(x.shape[1]), np.zeros(len(x), dtype=int)
    for _ in range(max_epochs):
        wrong = 0
        for i, t in enumerate(y):
            if t * (weight @ x[i]) <= 0:
                weight, wrong = weight + t * x[i], wrong + 1
                counts[i] += 1
        if not wrong:
            break
    return counts, x_new @ weight


rng = np.random.default_rng(11)
for n, m, epochs in [(9, 4, 7), (25, 3, 2)]:
    x, x_new, y = rng.normal(size=(n, 2)), rng.normal(size=(m, 2)), rng.choice([-1, 1], size=n)
    want, label = explicit(x, y, x_new, epochs), f"labels at random, N = {n}, {epochs} epochs"
    check_call(run_kernel_perceptron, linear, x, y, x_new, epochs, want=want, label=label)
x, y = np.linspace(-2, 2, 9)[:, None], np.array([1, -1, 1, 1, -1, -1, 1, 1, -1])
phi = np.linalg.cholesky(bells(x, x) + 1e-13 * np.eye(9))  # a map for these nine points: phi phiᵀ = k
want = explicit(phi, y, phi[2:7], 4)
check_call(run_kernel_perceptron, bells, x, y, x[2:7], 4, want=want, rtol=1e-5, label="bells, nine points, four epochs")
### END HIDDEN TESTS

# %% [markdown]
# A ring around a blob: no line separates them, but your perceptron with the kernel `bells` does. The colour shows the
# sign of f, and the large marks the points with a count. Ours has 5 of them.

# %%
rng = np.random.default_rng(2)
angle = rng.uniform(0, 2 * np.pi, size=100)
radius = np.repeat([0.3, 2.0], 50) + 0.15 * rng.normal(size=100)
ring = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
in_blob = np.repeat([True, False], 50)
sheet = np.stack(np.meshgrid(np.linspace(-3, 3, 61), np.linspace(-3, 3, 61)), axis=-1)
used, f_sheet = run_kernel_perceptron(bells, ring, np.where(in_blob, 1, -1), sheet.reshape(-1, 2), 100)
fig, ax = plt.subplots(figsize=(4, 3.5))
ax.contourf(*sheet.transpose(2, 0, 1), f_sheet.reshape(61, 61) > 0, levels=[-0.5, 0.5, 1.5], alpha=0.3)
ax.scatter(*ring[in_blob].T, marker="o", s=10 + 60 * (used[in_blob] > 0), label="blob")
ax.scatter(*ring[~in_blob].T, marker="x", s=10 + 60 * (used[~in_blob] > 0), label="ring")
_ = ax.legend()
print(f"{np.sum(used > 0)} points have a count, the largest is {used.max()}")

# %% [markdown]
# ### Exercise `kernel_pca` (6 points)
#
# *Read {{ read sec-linear-kernel-pca }} first. Then about 35 minutes. (The book marks that section with a ★, to be
# skipped at a first reading; here it is needed.)*
#
# Write `kernel_pca(x, x_test, gamma, components)`: principal components in the space of the kernel
# $k(a, b) = e^{-\gamma |a - b|^2}$. The image of a point x in that space is φ(x), and k(a, b) = φ(a) · φ(b).
#
# | | |
# |---|---|
# | `x`, `x_test` | (N, D) and (M, D) points; those of `x` are all different, so that the eigenvalues you need are above 0 |
# | `gamma` | float > 0 |
# | `components` | int: how many directions, less than N |
# | returns | the tuple `(train, test)`: (N, components) and (M, components), the coordinates of the points along the directions |
#
# (In the book λ is an eigenvalue there, not the regularisation.)
#
# - The coordinate of x along a direction u of **length 1** is (φ(x) − mean) · u, where the mean is
#   that of the training points' images, for the test points as well.
# - Column 0 belongs to the direction of the largest variance of the training points, column 1 to the next, and so on.
# - A direction may point either way: the sign of a column is free, but the same in `train` and in `test`.
#
# Two points at distance 1 with γ = 1 have |φ(a) − φ(b)|² = 2 − 2e⁻¹, so their coordinates along the line between them
# are ± half its root, ±0.562. The first cell of checks looks at `train` alone: until you have the other, `return train,
# None` passes it.


# %% tags=["folded"]
def same_way(got, train, want):
    """got with the sign of each column turned so that train, the first result, agrees with want."""
    largest = np.abs(want).argmax(axis=0), np.arange(want.shape[1])
    return np.where(train[largest] * want[largest] < 0, -got, got)


def pca_of(x, x_test, gamma, want, label):  # both results, if the first has the shape of want
    check_call(kernel_pca, x, x_test, gamma, want.shape[1], label=f"{label}: a call")
    result = call(kernel_pca, x, x_test, gamma, want.shape[1], label=label)
    check_equal(isinstance(result, tuple) and len(result) == 2, True, f"kernel_pca: {label}: a tuple of two")
    check_equal(np.shape(result[0]), want.shape, f"kernel_pca: {label}: the shape of train")
    return result


three_points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
four_others = np.array([[0.5, 0.5], [2.0, -1.0], [1.0, 0.0], [2.0, 2.0]])
want_two = np.array([[0.5621887], [-0.5621887]])
want_three = np.array([[-0.3394271, 0.3713809], [-0.4335032, -0.3424211], [0.7729303, -0.0289598]])
want_four = [[-0.1977246, -0.0103953], [-0.1953278, -0.4669743], [-0.4335032, -0.3424211], [0.2524892, -0.2552343]]
want_four = np.array(want_four)


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


# %% nbgrader={"grade_id": "test_kernel_pca", "grade": true, "points": 3}
train, _ = pca_of(three_points, four_others, 0.3, want_three, "three points")
squares_of = np.nan_to_num((train**2).sum(axis=0))  # nan counts as 0
check_close(squares_of, (want_three**2).sum(axis=0), "kernel_pca: three points: the columns' sums of squares", rtol=1e-5)
check_close(same_way(train, train, want_three), want_three, "kernel_pca: three points: train", rtol=1e-5, atol=1e-6)
train, _ = pca_of(three_points[:2], four_others, 1.0, want_two, "two points")
check_close(same_way(train, train, want_two), want_two, "kernel_pca: two points: train", rtol=1e-5, atol=1e-6)
### BEGIN HIDDEN TESTS
from math import factorial


def bell_map(x, gamma, powers=40):  # e^(-γ|a-b|²) is the inner product of these, up to rounding
    scale = np.array([np.sqrt((2 * gamma) ** p / factorial(p)) for p in range(powers)])
    one = np.exp(-gamma * x[..., None] ** 2) * scale * x[..., None] ** np.arange(powers)  # (N, D, powers)
    found = one[:, 0]
    for d in range(1, x.shape[1]):
        found = (found[:, :, None] * one[:, d, None]).reshape(len(x), -1)
    return found


rng = np.random.default_rng(11)
for n, d, gamma, components in [(6, 2, 0.5, 3), (9, 1, 1.0, 2), (12, 2, 0.2, 4), (5, 2, 2.0, 1)]:
    x = rng.normal(size=(n, d))
    mapped = bell_map(x, gamma)
    mapped = mapped - mapped.mean(axis=0)
    want = mapped @ np.linalg.svd(mapped, full_matrices=False)[2][:components].T
    label = f"N = {n}, D = {d}, γ = {gamma}, {components} components"
    train, _ = pca_of(x, x[:2], gamma, want, label)
    check_close(same_way(train, train, want), want, f"kernel_pca: {label}: train", rtol=1e-4, atol=1e-6)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_kernel_pca_test_points", "grade": true, "points": 3}
train, test = pca_of(three_points, four_others, 0.3, want_three, "three points, four others")
label = "kernel_pca: three points, four others: test"
check_equal(np.shape(test), (4, 2), f"{label}: its shape")
check_close(same_way(test, train, want_three), want_four, label, rtol=1e-5, atol=1e-6)
### BEGIN HIDDEN TESTS
from math import factorial


def bell_map(x, gamma, powers=40):  # e^(-γ|a-b|²) is the inner product of these, up to rounding
    scale = np.array([np.sqrt((2 * gamma) ** p / factorial(p)) for p in range(powers)])
    one = np.exp(-gamma * x[..., None] ** 2) * scale * x[..., None] ** np.arange(powers)  # (N, D, powers)
    found = one[:, 0]
    for d in range(1, x.shape[1]):
        found = (found[:, :, None] * one[:, d, None]).reshape(len(x), -1)
    return found


rng = np.random.default_rng(12)
for n, m, d, gamma, components in [(6, 4, 2, 0.5, 3), (9, 5, 1, 1.0, 2), (12, 3, 2, 0.2, 4), (5, 8, 2, 2.0, 1)]:
    x, x_new = rng.normal(size=(n, d)), 1 + rng.normal(size=(m, d)) / 2
    mapped, mapped_test = bell_map(x, gamma), bell_map(x_new, gamma)
    mean = mapped.mean(axis=0)
    axes = np.linalg.svd(mapped - mean, full_matrices=False)[2][:components]
    want, want_test = (mapped - mean) @ axes.T, (mapped_test - mean) @ axes.T
    label = f"N = {n}, M = {m}, D = {d}, γ = {gamma}"
    train, test = pca_of(x, x_new, gamma, want, label)
    check_equal(np.shape(test), want_test.shape, f"kernel_pca: {label}: the shape of test")
    check_close(same_way(test, train, want), want_test, f"kernel_pca: {label}: test", rtol=1e-4, atol=1e-6)
### END HIDDEN TESTS

# %% [markdown]
# The ring and the blob again, and on the right their first two components. Which of the two separates them?

# %%
ring_parts, _ = kernel_pca(ring, ring[:1], 0.5, 2)
fig, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, pairs, name in zip(axes, [ring, ring_parts], ["coordinate", "component"]):
    ax.scatter(*pairs[in_blob].T, marker="o", label="blob")
    ax.scatter(*pairs[~in_blob].T, marker="x", label="ring")
    ax.set(xlabel=f"{name} 0", ylabel=f"{name} 1")
_ = axes[0].legend()

# %% [markdown]
# ## 6 · Better features for the same classifier
#
# ### Exercise `visual_words` (10 points)
#
# *Read {{ read sec-knn-kmeans }} and {{ read sec-knn-pyramid }} first. Then about 40 minutes.*
#
# A linear classifier is as good as its features. Chapter 1 counted *visual words*: descriptors of patches, replaced by
# the nearest entry of a vocabulary, and counted over a spatial pyramid. Write `visual_words(train, test, positions,
# size, centroids, iterations, levels)`.
#
# | | |
# |---|---|
# | `train`, `test` | (N, P, D) and (M, P, D) floats: P descriptors of each image |
# | `positions` | (P, 2) floats: row and column of each patch's centre, in pixels; the same for all images |
# | `size` | `(H, W)` of the images, in pixels: 0 ≤ row < H and 0 ≤ column < W |
# | `centroids` | (k, D) floats: where the vocabulary starts |
# | `iterations`, `levels` | ints ≥ 0 and ≥ 1 |
# | returns | the tuple of features of `train` and of `test`: arrays (N, F) and (M, F), F = k · (1 + 4 + … + 4^(levels − 1)) |
#
# 1. **Vocabulary.** `iterations` times: assign each descriptor **of the training images** to the nearest centroid, then
#    move every centroid to the mean of its descriptors. One without descriptors stays where it is. (The
#    book's `lloyd` moves it elsewhere.)
# 2. **Words.** The word of a descriptor is the index of the nearest of the centroids that step 1 ended with. (No
#    descriptor is equally near to two.)
# 3. **Pyramid.** Level l cuts the image into 2^l × 2^l equal cells and counts the words in each. (An image 5 pixels high
#    has cells of 2.5 on level 1, so the lower ones begin in the middle of a pixel.) Divide the counts by P. With L = levels − 1, weigh level 0 by 2^−L and each other level by 2^(l − L − 1): the numbers of an image add up
#    to 1. A patch on the edge of two cells belongs to the lower or right one.
# 4. **Order.** Level after level; in each, cell after cell, row by row; in each cell, word after word.
#
# There is no Python loop over the descriptors (the next cell but one has 36,000), but loop over iterations, centroids,
# levels and cells as you like. The distances of all descriptors to all centroids at once may fill N · P · k numbers,
# not N · P · k · D.
#
# For example, one image with the descriptors 0, 1, 9, 10, the centroids 0 and 3, and two iterations: at first only 0
# and 1 are nearer to 0, so the centroids move to 0.5 and 9.5, and stay there. With one level, the features are (0.5,
# 0.5). With two, that counts half, and the cells follow with a weight of 1/2: if the four patches lie in the four
# cells, they are (0.25, 0.25; 0.125, 0; 0.125, 0; 0, 0.125; 0, 0.125).


# %% tags=["folded"]
spots = np.array([[1.0, 1.0], [1.5, 6.0], [3.5, 1.0], [3.0, 6.0], [0.5, 3.0]])  # in 4 × 8 pixels


def each(*images):  # descriptors of one number
    return np.array(images)[..., None]


four = each([0.0, 1, 9, 10])  # one image
two_of_five = each([0.0, 1, 9, 10, 4], [2, 7, 12, 3, 13])
three_of_five = each([2.0, 4, 4, 5.5, 8], [9, 9, 1, 9.5, 6], [3.4, 8.7, 11, 0, 3.6])
counted_words = [  # label, train, test, centroids, iterations, features
    (
        "given words",
        two_of_five,
        three_of_five,
        [[1.0], [6], [11]],
        0,
        ([[0.4, 0.2, 0.4], [0.4, 0.2, 0.4]], [[0.2, 0.8, 0], [0.2, 0.2, 0.6], [0.4, 0.2, 0.4]]),
    ),
    (
        "words move to 0.5 and 9.5",
        each([1.0, 0, 10, 9]),
        each([0.3, 1.2, 1.7, 1.9], [2.2, 2.4, 2.55, 2.9], [3.2, 3.6, 4.1, 4.6], [5.3, 5.8, 6.5, 8]),
        [[0.2], [3]],
        2,
        ([[0.5, 0.5]], [[1.0, 0], [1, 0], [1, 0], [0, 1]]),
    ),
    (
        "three iterations",
        np.array([[[3.0, 8], [4, 4], [5, 5], [2, 5], [6, 6]], [[8, 4], [7, 1], [8, 9], [2, 4], [9, 3]]]),
        np.array([[[1.0, 2], [9, 6], [6, 9], [1, 0], [0, 6]], [[5, 4], [5, 8], [5, 1], [3, 1], [4, 4]]]),
        [[6.0, 9], [4, 2], [8, 9]],
        3,
        ([[0.8, 0.2, 0], [0.2, 0.6, 0.2]], [[0.6, 0, 0.4], [0.4, 0.6, 0]]),
    ),
]
patches = np.array([[0.5, 5.5], [1.5, 7.5], [3, 2], [3.5, 7.5], [2.5, 6.5], [1.2, 0.6], [3.2, 7.1]])  # in 4 × 8 pixels
in_cells = np.array([[0, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1], [0, 1, 0, 2]])  # the same in 4 × 4 cells
two_of_seven = each([4.0, 3, 7, 7, 9.5, 0, 12], [8.9, 1, 6, 2, 11, 3, 5])
one_of_seven = each([4.0, 6, 7, 7, 1, 13, 10])
on_edge = np.array([[2.0, 4.0], [2.0, 1.0], [1.0, 4.0], [0.0, 0.0], [3, 4], [0.5, 5], [2, 7]])


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


# %% nbgrader={"grade_id": "test_visual_words", "grade": true, "points": 4}
for label, train, test, centroids, iterations, want in counted_words:
    args = train, test, spots[: train.shape[1]], (4, 8), np.array(centroids), iterations, 1
    check_call(visual_words, *args, want=tuple(map(np.array, want)), label=label)


### BEGIN HIDDEN TESTS
def count_words(train, test, centroids, iterations):
    centroids = [np.array(c, dtype=float) for c in centroids]

    def nearest(point):
        return int(np.argmin([np.linalg.norm(point - c) for c in centroids]))

    for _ in range(iterations):
        members = [[] for _ in centroids]
        for point in train.reshape(-1, train.shape[2]):
            members[nearest(point)].append(point)
        centroids = [np.mean(m, axis=0) if m else c for m, c in zip(members, centroids)]
    results = []
    for images in (train, test):
        words = [[nearest(point) for point in image] for image in images]
        results.append(np.array([[row.count(j) / len(row) for j in range(len(centroids))] for row in words]))
    return tuple(results)


rng = np.random.default_rng(12)
for n, m, p, d, k, iterations in [(3, 2, 5, 4, 3, 2), (2, 4, 9, 3, 4, 0), (4, 3, 12, 2, 3, 3), (5, 1, 7, 2, 6, 4)]:
    train, test = rng.normal(size=(n, p, d)), 1 + 2 * rng.normal(size=(m, p, d))
    positions = np.stack([rng.uniform(0, 6, size=p), rng.uniform(0, 10, size=p)], axis=1)
    centroids = train.reshape(-1, d)[:k] + rng.normal(size=(k, d)) / 99  # so that each keeps a descriptor at first
    want, label = count_words(train, test, centroids, iterations), f"{n} images, {k} words, {iterations} iterations"
    check_call(visual_words, train, test, positions, (6, 10), centroids, iterations, 1, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_visual_words_pyramid", "grade": true, "points": 3}
want = [[2.0, 3, 2, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 2], [3, 2, 2, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1]]
want = (np.array(want) / 14, np.array([[1.0, 4, 2, 0, 0, 1, 0, 2, 0, 0, 1, 0, 1, 1, 1]]) / 14)
args = two_of_seven, one_of_seven, patches, (4, 8)
check_call(visual_words, *args, np.array([[1.0], [6.2], [11]]), 0, 2, want=want, label="two levels")
want = np.concatenate([[1 / 4], np.array([1, 2, 1, 3]) / 28, in_cells.ravel() / 14])[None]
check_call(visual_words, *args, np.array([[1.0]]), 0, 3, want=(want[[0, 0]], want), label="three levels of one word")


### BEGIN HIDDEN TESTS
def word_by_word(train, test, positions, size, centroids, iterations, levels):  # with 0 iterations
    results = []
    for images in (train, test):
        rows = []
        for image in images:
            row, words = [], [int(np.argmin([np.linalg.norm(point - c) for c in centroids])) for point in image]
            for level in range(levels):
                side, weight = 2**level, 2.0 ** (level - levels) if level else 2.0 ** (1 - levels)
                for i, j, word in np.ndindex(side, side, len(centroids)):
                    count = 0
                    for w, (r, c) in zip(words, positions):
                        inside = i * size[0] <= r * side < (i + 1) * size[0]
                        count += inside and j * size[1] <= c * side < (j + 1) * size[1] and w == word
                    row.append(weight * count / len(words))
            rows.append(row)
        results.append(np.array(rows, dtype=float))
    return tuple(results)


rng = np.random.default_rng(13)
for n, m, p, d, k, levels in [(2, 4, 9, 3, 4, 2), (4, 3, 12, 2, 3, 3), (5, 1, 7, 2, 6, 2), (2, 3, 15, 2, 2, 4)]:
    train, test, centroids = rng.normal(size=(n, p, d)), rng.normal(size=(m, p, d)), rng.normal(size=(k, d))
    positions = np.stack([rng.uniform(0, 8, size=p), rng.uniform(0, 16, size=p)], axis=1)
    args = train, test, positions, (8, 16), centroids, 0, levels  # cells of whole pixels
    check_call(visual_words, *args, want=word_by_word(*args), label=f"{levels} levels, {p} patches, {k} words")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_visual_words_edges", "grade": true, "points": 1}
want = np.array([[2.0, 3, 2, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 2], [1, 4, 2, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1]]) / 14
args = two_of_seven[:1], one_of_seven, on_edge, (4, 8), np.array([[1.0], [6.2], [11]])
check_call(visual_words, *args, 0, 2, want=(want[:1], want[1:]), label="patches on the edges of cells")
halves = np.array([[0.5, 2.9], [2.9, 2.1], [2.4, 4.6], [4.5, 4.9]])  # in cells of 2.5 × 3.5 pixels
args, want = (four, four, halves, (5, 7), np.array([[1.0], [6.0]]), 0, 2), np.array([[2.0, 2, 1, 0, 0, 1, 1, 0, 0, 1]]) / 8
check_call(visual_words, *args, want=(want, want), label="an edge in the middle of a pixel")
### BEGIN HIDDEN TESTS
three_levels = np.array([[1.0, 2.0], [3.0, 4.0], [2.0, 6.0], [0.0, 7.0]])
cells = np.zeros((4, 4, 2))
cells[1, 1, 0] = cells[3, 2, 0] = cells[2, 3, 1] = cells[0, 3, 1] = 1
quarters = cells.reshape(2, 2, 2, 2, 2).sum(axis=(1, 3))
want = np.concatenate([cells.sum(axis=(0, 1)) / 16, quarters.ravel() / 16, cells.ravel() / 8])[None]
args = four, four, three_levels, (4, 8), np.array([[1.0], [6.0]])
check_call(visual_words, *args, 0, 3, want=(want, want), label="patches on the edges, three levels")
args = four, four, np.array([[0.2, 0.4], [0.8, 1.4], [1.7, 1.6], [2.8, 0.9]]), (3, 3), np.array([[-1.0], [50.0]])
want = np.array([[4.0, 0, 2, 0, 0, 0, 1, 0, 1, 0]]) / 8
check_call(visual_words, *args, 0, 2, want=(want, want), label="three by three pixels")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_visual_words_empty_words", "grade": true, "points": 1}
images = each([0.0, 1, 9, 10, 2, 13, 1.5], [11, 1, 0.5, 12, 3, 2, 9])  # nothing is near to 5.8
args = images, each([4.0, 6, 7, 5.2, 1, 13, 11.3]), patches, (4, 8), np.array([[12], [5.8], [1], [9]])
want = (np.array([[1.0, 0, 4, 2], [2, 0, 4, 1]]) / 7, np.array([[2.0, 4, 1, 0]]) / 7)
check_call(visual_words, *args, 1, 1, want=want, label="an empty word")
### BEGIN HIDDEN TESTS
def count_words(train, test, centroids, iterations):
    centroids = [np.array(c, dtype=float) for c in centroids]

    def nearest(point):
        return int(np.argmin([np.linalg.norm(point - c) for c in centroids]))

    for _ in range(iterations):
        members = [[] for _ in centroids]
        for point in train.reshape(-1, train.shape[2]):
            members[nearest(point)].append(point)
        centroids = [np.mean(m, axis=0) if m else c for m, c in zip(members, centroids)]
    results = []
    for images in (train, test):
        words = [[nearest(point) for point in image] for image in images]
        results.append(np.array([[row.count(j) / len(row) for j in range(len(centroids))] for row in words]))
    return tuple(results)


rng = np.random.default_rng(14)
for k, iterations in [(5, 3), (4, 4)]:
    train, test, centroids = rng.normal(size=(4, 9, 2)), 1 + rng.normal(size=(3, 9, 2)), rng.normal(size=(k, 2))
    centroids[1] += 50  # nothing is near to it
    want, label = count_words(train, test, centroids, iterations), f"{k} words, one of them empty"
    check_call(visual_words, train, test, np.ones((9, 2)), (4, 8), centroids, iterations, 1, want=want, label=label)
args = four, each([0.55, 0.4, 9.0, 5.2]), spots[:4], (4, 8), np.array([[0.0], [1.2], [8.0]])
want = (np.array([[0.25, 0.25, 0.5]]), np.array([[0.25, 0.5, 0.25]]))
check_call(visual_words, *args, 1, 1, want=want, label="words of one descriptor")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_visual_words_no_loop_and_little_memory", "grade": true, "points": 1}
two_words = np.array([[0.2, 0.2], [0.6, 0.9]])
few, many = [np.linspace(0, 1, 2 * p * 2).reshape(2, p, 2) for p in (5, 300)]
args = [(d, d, np.ones((d.shape[1], 2)), (4, 8), two_words, 2, 1) for d in (few, many)]
check_no_loop(visual_words, *args, label="no loop over the descriptors")
args = np.ones((20, 100, 64)), np.ones((1, 100, 64)), np.ones((100, 2)), (4, 8), np.arange(50 * 64.0).reshape(50, 64)
label = "2,000 descriptors of 64 numbers, 50 words (all differences at once: 51 MB)"
check_memory(visual_words, *args, 1, 1, megabytes=20, label=label)
### BEGIN HIDDEN TESTS
many = np.linspace(0, 1, 500 * 4 * 2).reshape(2, 1000, 2)
few = np.linspace(0, 1, 2 * 5 * 2).reshape(2, 5, 2)
args = [(d, d, np.ones((d.shape[1], 2)), (4, 8), np.array([[0.2, 0.2], [0.6, 0.9]]), 2, 1) for d in (few, many)]
check_no_loop(visual_words, *args, label="no loop over 1,000 descriptors")
### END HIDDEN TESTS

# %% [markdown]
# From images to descriptors, from descriptors to words, from words to features, and your own `svm_loss` and `sgd` on
# top. Compare with the accuracy of the pixels above: ours is 0.648.

# %%
describe = {"patch": 12, "stride": 4}
d_train, patch_centres = dense_descriptors(shapes.x_train, **describe)
d_test, _ = dense_descriptors(shapes.x_test, **describe)
rng = np.random.default_rng(3)
first_words = d_train.reshape(-1, 128)[rng.choice(36 * len(d_train), 60, replace=False)]
f_train, f_test = visual_words(d_train, d_test, patch_centres, (32, 32), first_words, 8, 3)
f_train, f_test = np.sqrt(f_train), np.sqrt(f_test)
word_svm = sgd(
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
guessed = linear_scores(f_test, np.hstack([word_svm[0], word_svm[1][:, None]])).argmax(axis=1)
print(f"visual words and a linear SVM: test accuracy {np.mean(guessed == y_test):.3f}")

# %% [markdown]
# ## Open challenge ★
#
# *Optional, and worth no points: leave it as it is, and nothing is lost. Start from {{ read sec-linear-regularisation }} and
# {{ read sec-linear-bias-trick }}.*
#
# How much can a linear classifier know of shapes? Write `challenge(x_train, y_train)`: the weights of the best one that you can find, by any
# loss and any way down. What classifies is then `scores = x @ weights`, and nothing else.
#
# | | |
# |---|---|
# | `x_train` | (2000, 3073) float64: images of shapes as rows in [0, 1], and a last column of ones for the bias |
# | `y_train` | (2000,) their labels, from 0 to 9 |
# | returns | (3073, 10) floats: a column of weights for each class |
#
# The score is the accuracy on 1,000 images that you do not get. It is measured where your work is graded, on other images of the same
# kind, within 20 seconds of processor time and with NumPy alone; your class may see a table of all scores.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.18 |
# | the course's own answer | 0.37 |
#
# - There are more weights than images, so training accuracy says little. What keeps the weights from learning the images by heart?
# - Neighbouring pixels say nearly the same. What do good weights look like as an image, and how could you ask for that?


# %% tags=["folded"]
from cs_lib.challenge import challenge_score


def rows_of_shapes(seed):  # x_train, y_train, x_test, y_test
    images = data.load("shapes", n_train=2000, n_test=1000, seed=seed)
    x = np.concatenate([images.x_train, images.x_test]).reshape(3000, -1).astype(np.float64)
    x = np.hstack([x, np.ones((3000, 1))])
    return x[:2000], images.y_train, x[2000:], images.y_test


def baseline(x_train, y_train):  # the nearest mean of a class, which is linear in x
    means = np.array([x_train[y_train == label].mean(axis=0) for label in range(10)])[:, :-1]
    return np.vstack([2 * means.T, -(means**2).sum(axis=1)])


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(x_train, y_train):
    """x_train: (N, D + 1), the last column ones, y_train: (N,) -> (D + 1, 10) weights."""
    ### BEGIN SOLUTION
    x, wanted = x_train[:, :-1], np.eye(10)[y_train] - 0.1
    center = x.mean(axis=0)
    x = x - center
    # Least squares with weight decay. With fewer images than weights, solve for the images' shares.
    shares = np.linalg.solve(x @ x.T + 1000 * np.eye(len(x)), wanted)
    weights = x.T @ shares
    return np.vstack([weights, -center @ weights])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
*known, x_unseen, y_unseen = rows_of_shapes(seed=1001)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean((x_unseen @ got).argmax(axis=1) == y_unseen),
    shape=(3073, 10),
    label="accuracy on 1,000 images",
)
### BEGIN HIDDEN TESTS
*known, x_unseen, y_unseen = rows_of_shapes(seed=40_118_326)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean((x_unseen @ got).argmax(axis=1) == y_unseen),
    shape=(3073, 10),
    label="accuracy on 1,000 other images",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and look at the list below. Then hand in this file; where your course
# allows it, hand it in again until the deadline, since the feedback names what is left.
#
# If you want to go on: feed the words to your `kernel_perceptron`, one class against the rest. Or take `softmax_loss`
# for `svm_loss` in the last cell. Which of the choices matters more: the loss, the features, or the number of images?
