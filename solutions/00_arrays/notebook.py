# ---
# title: "Assignment 0 · Arrays"
# withhold:
#   - cs_lib.model_selection
#   - cs_lib.numpy.preprocessing
#   - cs_lib.torch.preprocessing
#   - cs_lib.numpy.nn.conv.unfold
#   - cs_lib.torch.nn.conv.unfold
# ---

# %% [markdown]
# # Assignment 0 · Arrays
#
# Every image, every label and every weight of this course is an array. Here you write eleven small functions on arrays.
# Each is one to six lines long, and each has a trap that has cost people days: this is the place to fall into it.
#
# **How it works.** An exercise is a text, a cell to write in, and one or more cells with checks.
#
# 1. Read the text. A table says what goes in and what comes out.
# 2. Replace the line `raise NotImplementedError(…)` by your code, and run the cell (Shift + Enter).
# 3. Run the checks below it. **A check that finds nothing wrong says nothing.** One that does says what your function
#    gave, what was wanted, and for which call.
# 4. Change your code, run it, and run the checks again, as often as you like.
#
# Silent checks are a good sign, and no proof: they try a few cases. When your work is graded, hidden checks try every
# sentence of the text on other inputs, and a cell of checks gives its points only if all of them pass. So go through the text
# sentence by sentence before you go on. Points are in the heading of each exercise, 100 in all.
#
# Keep the file [hints.json](hints.json) beside this notebook: with it, a check can often name your mistake and tell
# you what to read.
#
# **What you may use.** NumPy, and torch in the two exercises on torch. Nobody minds a function of NumPy that does half
# of the work: knowing it is part of the craft.
#
# **Three rules hold everywhere**, unless a text says otherwise.
#
# - Leave your arguments as they are. Write `x = x - 1`, which makes a new array, and not `x -= 1`, which changes the caller's.
# - Mind the dtype. A table that says float32 means float32, and not float64.
# - Return what the table says: an array where it says array, not a list.
#
# Set aside two hours or so, without the reading. The sections follow the pages of chapter 0, so you can take turns: each section
# says at its beginning which pages it needs.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/00_arrays/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np
import torch

from cs_lib import data, viz
from cs_lib.testing import call, check_call, check_equal, check_fast, check_memory, check_raises

# %% [markdown]
# ## 1 · Images as arrays
#
# *Needs the first two pages: "An image is an array" and "What kind of number?"*
#
# A colour image is an array of numbers with three axes: height H, width W, and the three channels red, green and blue.
# A batch of N images has one axis more. Two orders of the axes are common:
#
# | order | shape | who uses it |
# |---|---|---|
# | channels last | (N, H, W, 3) | image files, OpenCV, matplotlib |
# | channels first | (N, 3, H, W), "NCHW" | torch, and this course |
#
# ### Exercise `to_nchw` (10 points)
#
# Write `to_nchw(images)`: from images as OpenCV reads them to images as a network wants them.
#
# | | |
# |---|---|
# | `images` | (N, H, W, 3), uint8: whole numbers from 0 to 255, channels in the order **blue, green, red** |
# | returns | array (N, 3, H, W), float32, channels in the order **red, green, blue** |
#
# - A pixel value p becomes (p − 128) / 128: 0 becomes −1, 128 becomes 0, and 255 becomes 0.9921875.
# - **No Python loop** over images, rows or pixels. (One over the three channels is fine.)
#
# Take care: `images` is uint8, and uint8 arithmetic wraps around. There, 3 − 5 is 254.


# %% nbgrader={"grade_id": "to_nchw", "solution": true}
def to_nchw(images):
    """images: (N, H, W, 3) uint8, blue-green-red -> (N, 3, H, W) float32, red-green-blue."""
    ### BEGIN SOLUTION
    x = images[..., ::-1].transpose(0, 3, 1, 2)  # (N, 3, H, W)
    return (x.astype(np.float32) - 128) / 128
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_to_nchw", "grade": true, "points": 10}
check_call(
    to_nchw,
    np.array([[[[0, 0, 0], [128, 128, 128], [192, 192, 192]]]], dtype=np.uint8),
    want=np.array([[[[-1, 0, 0.5]], [[-1, 0, 0.5]], [[-1, 0, 0.5]]]], dtype=np.float32),
    label="one image of 1 × 3 grey pixels",
)
bright = np.arange(128, 152).reshape(2, 2, 2, 3).astype(np.uint8)  # two images of 2 × 2 pixels
blue, green, red = (bright[:, :, :, channel] for channel in range(3))
check_call(
    to_nchw,
    bright,
    want=(np.stack([red, green, blue], axis=1) / 128 - 1).astype(np.float32),
    label="two images of 2 × 2 bright pixels",
)
check_call(
    to_nchw,
    np.array([[[[255, 0, 64]], [[100, 255, 0]]]], dtype=np.uint8),
    want=np.array(
        [[[[-0.5], [-1.0]], [[-1.0], [0.9921875]], [[0.9921875], [-0.21875]]]], dtype=np.float32
    ),
    label="one image of 2 × 1 pixels, dark and bright",
)
check_equal(
    type(call(to_nchw, bright, label="its type")).__name__,
    "ndarray",
    "to_nchw: the type of the result",
)
check_fast(
    to_nchw, np.zeros((300_000, 2, 1, 3), np.uint8), seconds=0.2, label="300,000 tiny images"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for n, h, w in [(2, 4, 3), (5, 3, 7), (1, 1, 6), (3, 2, 2)]:
    images = rng.integers(0, 256, size=(n, h, w, 3)).astype(np.uint8)
    want = np.empty((n, 3, h, w), np.float32)
    for i, row, column, channel in np.ndindex(images.shape):
        want[i, 2 - channel, row, column] = (int(images[i, row, column, channel]) - 128) / 128
    check_call(to_nchw, images, want=want, label=f"{n} images of {h} × {w} pixels")
### END HIDDEN TESTS

# %% [markdown]
# Try it on a few images. They are made by the course's library, and turned here into what OpenCV would have read.

# %%
shapes = data.load("shapes", n_train=1000, n_test=10, seed=1, dtype="uint8")
as_opencv = shapes.x_train[:8].transpose(0, 2, 3, 1)[..., ::-1]
images = to_nchw(as_opencv)
print("from", as_opencv.shape, as_opencv.dtype, "to", images.shape, images.dtype)
_ = viz.show_images((images + 1) / 2, shapes.y_train[:8], classes=shapes.classes)

# %% [markdown]
# ## 2 · Broadcasting
#
# *Needs the page "Broadcasting". For `standardize` see also what "What kind of number?" says about 0/0.*
#
# ### Exercise `broadcast_shape` (10 points)
#
# NumPy adds arrays of different shapes if they *fit*. Write `broadcast_shape(a, b)`: the shape of the sum of two arrays.
#
# | | |
# |---|---|
# | `a`, `b` | two shapes: tuples of whole numbers ≥ 0, of any length |
# | returns | a tuple: the shape of the sum of an array of shape `a` and one of shape `b` |
#
# The rule has three steps.
#
# 1. Write the shapes below each other, **aligned at the right**. Where the shorter one has no number, put a 1.
# 2. Go through the axes. If the two numbers are equal, this is the number of the result. If one of them is 1, the result has the
#    other one, even if that is 0.
# 3. If neither holds, the shapes do not fit: raise a `ValueError` with a message.
#
# For example, (8, 1, 3) and (5, 1) give (8, 5, 3). The shape of a single number is the empty tuple, `()`.
#
# NumPy has this rule as `np.broadcast_shapes`. Nobody checks whether you call it, but the exercise would be lost on you.


# %% nbgrader={"grade_id": "broadcast_shape", "solution": true}
def broadcast_shape(a, b):
    """a, b: tuples of ints -> the tuple that is the shape of a sum; ValueError where they do not fit."""
    ### BEGIN SOLUTION
    a, b = (1,) * (len(b) - len(a)) + a, (1,) * (len(a) - len(b)) + b  # (1,) * -2 is ()
    shape = ()
    for m, n in zip(a, b):
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shape: {a} and {b} do not fit: {m} against {n}")
        shape += (n if m == 1 else m,)
    return shape
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_broadcast_shape", "grade": true, "points": 10}
def check_shape(a, b, want):
    got = call(broadcast_shape, a, b, label=f"{a} and {b}")
    if isinstance(got, tuple):  # a NumPy integer is as good as Python's
        got = tuple(int(n) if isinstance(n, np.integer) else n for n in got)
    check_equal(str(got), str(want), f"broadcast_shape({a}, {b})")


check_shape((4, 3), (4, 3), (4, 3))
check_shape((2, 3), (2, 1), (2, 3))
check_shape((1, 3), (2, 3), (2, 3))
check_shape((2, 1, 3), (2, 1), (2, 2, 3))
check_shape((4, 1), (4,), (4, 4))
check_shape((5, 1), (8, 1, 3), (8, 5, 3))
check_shape((), (2, 3), (2, 3))
check_shape((2, 1), (1, 0), (2, 0))
check_raises(broadcast_shape, (2, 3), (2,), label="(2, 3) and (2,) do not fit")
check_raises(broadcast_shape, (2, 3), (4, 3), label="(2, 3) and (4, 3) do not fit")
check_raises(broadcast_shape, (0,), (3,), label="(0,) and (3,) do not fit")
### BEGIN HIDDEN TESTS
check_shape((), (), ())
check_raises(broadcast_shape, (2, 0), (3, 1), label="the second of two axes fits")
check_raises(broadcast_shape, (5, 2, 1), (3, 4), label="the axis in the middle does not fit")
rng = np.random.default_rng(2)
for _ in range(150):
    a, b = (
        tuple(rng.choice([0, 1, 1, 2, 3, 6], size=rng.integers(0, 5)).tolist()) for _ in range(2)
    )
    try:
        want = (np.zeros(a) + np.zeros(b)).shape
    except ValueError:
        check_raises(broadcast_shape, a, b, label=f"{a} and {b}, which do not fit")
    else:
        check_shape(a, b, want)
check_call(broadcast_shape, (7, 1), (1, 9), label="the random state")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `one_hot` (8 points)
#
# Write `one_hot(labels, num_classes)`: each label becomes a row of zeros with a single 1, at the place of the label.
#
# | | |
# |---|---|
# | `labels` | (N,) whole numbers from 0 to num_classes − 1, of any integer dtype |
# | `num_classes` | int; some classes may be absent, the last one among them |
# | returns | array (N, num_classes), float32 |
#
# **No Python loop** over the labels. An index such as `[range(N), labels]` counts as one, since NumPy has to go through `range`
# number by number; `np.arange(N)` is an array already. It can also be done by comparing `labels` with all classes at once: which shapes must the two have, so that broadcasting
# makes a table of N rows and num_classes columns of them?


# %% nbgrader={"grade_id": "one_hot", "solution": true}
def one_hot(labels, num_classes):
    """labels: (N,), num_classes: int -> (N, num_classes) float32."""
    ### BEGIN SOLUTION
    return (labels[:, None] == np.arange(num_classes)).astype(np.float32)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_one_hot", "grade": true, "points": 8}
check_call(
    one_hot,
    np.array([2, 0]),
    3,
    want=np.array([[0, 0, 1], [1, 0, 0]], dtype=np.float32),
    label="two labels of three classes",
)
check_call(
    one_hot,
    np.array([1, 0, 1]),
    5,
    want=np.array([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]], dtype=np.float32),
    label="classes 2, 3 and 4 do not occur",
)
check_call(
    one_hot,
    np.array([3, 1, 3], dtype=np.uint8),
    4,
    want=np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=np.float32),
    label="uint8 labels",
)
hot = call(one_hot, np.array([1, 0]), 2, label="its type")
check_equal(type(hot).__name__, "ndarray", "one_hot: the type of the result")
check_fast(one_hot, np.zeros(4_000_000, dtype=np.uint8), 1, seconds=0.2, label="4,000,000 labels")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
for n, classes, dtype in [
    (7, 4, np.int64),
    (4, 4, np.int32),
    (1, 6, np.int16),
    (12, 2, np.uint16),
    (50, 300, np.int64),
    (6, 200, np.uint8),
    (3, 100, np.int8),
]:
    labels = rng.integers(0, classes, size=n).astype(dtype)
    want = np.zeros((n, classes), np.float32)
    for i in range(n):
        want[i, labels[i]] = 1
    check_call(
        one_hot,
        labels,
        classes,
        want=want,
        label=f"{n} labels of {classes} classes, {labels.dtype}",
    )
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `pick` (8 points)
#
# A classifier gives each image a score for each class. To judge it, you need the score of the *true* class alone.
# Write `pick(scores, labels)`: entry i of the result is `scores[i, labels[i]]`.
#
# | | |
# |---|---|
# | `scores` | (N, C), of any dtype |
# | `labels` | (N,) whole numbers from 0 to C − 1, of any integer dtype |
# | returns | array (N,), of the dtype of `scores` |
#
# - **No Python loop** over the images (and no `range` as an index), and no array of N · N numbers: 100,000 images would need 75 GiB.
# - Scores may be −∞, which NumPy writes `-inf` (it is the logarithm of 0). Mind that 0 · ∞ is `nan`.


# %% nbgrader={"grade_id": "pick", "solution": true}
def pick(scores, labels):
    """scores: (N, C), labels: (N,) -> (N,)"""
    ### BEGIN SOLUTION
    return scores[np.arange(len(labels)), labels]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_pick", "grade": true, "points": 8}
check_call(
    pick,
    np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.6]]),
    np.array([1, 0]),
    want=np.array([0.2, 0.5]),
    label="two images, three classes",
)
check_call(
    pick,
    np.array([[0.1, 0.9], [0.8, 0.3], [0.4, 0.6], [0.7, 0.5]]),
    np.array([0, 0, 1, 1]),
    want=np.array([0.1, 0.8, 0.6, 0.5]),
    label="four images, two classes",
)
check_call(
    pick,
    np.array([[-np.inf, 0.0], [-2.0, -1.0]]),
    np.array([1, 0]),
    want=np.array([0.0, -2.0]),
    label="a score of minus infinity",
)
check_call(
    pick,
    np.array([[4, 7, 9], [6, 5, 8]]),
    np.array([2, 1], dtype=np.uint8),
    want=np.array([9, 5]),
    label="whole numbers",
)
picked = call(pick, np.array([[1, 2]], dtype=np.uint8), np.array([1]), label="its type")
check_equal(type(picked).__name__, "ndarray", "pick: the type of the result")
check_equal(picked.dtype.name, "uint8", "pick: the dtype for uint8 scores")
check_memory(
    pick,
    np.zeros((3000, 2)),
    np.zeros(3000, dtype=int),
    megabytes=5,
    label="3,000 images (a table of 3,000 by 3,000 numbers: 72 MB)",
)
check_fast(
    pick,
    np.zeros((4_000_000, 1), dtype=np.uint8),
    np.zeros(4_000_000, dtype=np.uint8),
    seconds=0.16,
    label="4,000,000 images",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(4)
for n, classes, dtype in [
    (1, 3, np.float64),
    (6, 4, np.float32),
    (3, 3, np.float64),
    (5, 100, np.float64),
    (300, 2, np.float32),
]:
    scores = (rng.normal(size=(n, classes)) - 1).astype(dtype)
    scores[rng.uniform(size=scores.shape) < 0.1] = -np.inf
    labels = rng.integers(0, classes, size=n).astype(np.uint8 if n < 6 else np.int64)
    want = np.array([scores[i, labels[i]] for i in range(n)], dtype)
    check_call(pick, scores, labels, want=want, label=f"{n} images, {classes} classes")
scores = np.arange(12, dtype=np.uint8).reshape(4, 3)
check_equal(
    call(pick, scores, np.array([0, 2, 1, 0]), label="uint8 scores").dtype.name,
    "uint8",
    "pick: the dtype for uint8 scores",
)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `standardize` (12 points)
#
# The columns of a table of features have all kinds of scales. Write `standardize(train, test)`: move and scale every column so that in
# `train` its mean is 0 and its standard deviation is 1.
#
# | | |
# |---|---|
# | `train` | (N, D) floats: one row an image, one column a feature |
# | `test` | (M, D) floats, the same dtype |
# | returns | the pair `(train, test)` of new arrays, with the shapes and the dtype of the old |
#
# - Subtract the mean of the column, then divide by its standard deviation, $\sqrt{\frac{1}{N}\sum_i (x_i - \bar x)^2}$.
# - **Both sets are moved and scaled with the numbers of `train`.** In real use the test images come one at a time,
#   later: they have no mean.
# - A column of `train` whose numbers are all equal has a standard deviation of 0, and 0/0 is `nan`. Divide such a column by 1:
#   that is, only subtract its mean, in both sets.
# - To see whether all numbers of a column are equal, compare its largest and its smallest number. Do not ask whether its standard
#   deviation is 0: rounding may make it 0.00000000000000001.
# - A column may have any scale. So do not add a small number to the standard deviation: next to a column whose numbers lie around
#   0.000000001, it is not small.


# %% nbgrader={"grade_id": "standardize", "solution": true}
def standardize(train, test):
    """train: (N, D), test: (M, D) -> the two, with the mean and standard deviation of train removed."""
    ### BEGIN SOLUTION
    mean, std = train.mean(axis=0), train.std(axis=0)  # (D,)
    std[train.max(axis=0) == train.min(axis=0)] = 1
    return (train - mean) / std, (test - mean) / std
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_standardize", "grade": true, "points": 12}
check_call(
    standardize,
    np.array([[1.0, 10.0], [3.0, 30.0], [3.0, 10.0], [1.0, 30.0]]),
    np.array([[5.0, 10.0], [2.0, 40.0], [1.0, 35.0]]),
    want=(
        np.array([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]),
        np.array([[3.0, -1.0], [0.0, 2.0], [-1.0, 1.5]]),
    ),
    label="four rows and three",
)
check_call(
    standardize,
    np.array([[0.0, 7.0], [0.0, 7.0], [0.0, 7.0], [4.0, 7.0]]),
    np.array([[1.0, 7.0], [1.0, 9.5]]),
    want=(
        np.array([[-(3**-0.5), 0.0], [-(3**-0.5), 0.0], [-(3**-0.5), 0.0], [3**0.5, 0.0]]),
        np.array([[0.0, 0.0], [0.0, 2.5]]),
    ),
    label="a column of sevens",
)
check_call(
    standardize,
    np.array([[0.1], [0.1], [0.1]]),
    np.array([[0.1], [0.6]]),
    want=(np.array([[0.0], [0.0], [0.0]]), np.array([[0.0], [0.5]])),
    label="a column of 0.1",
)
check_call(
    standardize,
    np.array([[1e-15], [3e-15]]),
    np.array([[4e-15]]),
    want=(np.array([[-1.0], [1.0]]), np.array([[2.0]])),
    label="a column of tiny numbers",
)
check_call(
    standardize,
    np.array([[1, 10], [3, 30]], dtype=np.float32),
    np.array([[5, 10]], dtype=np.float32),
    want=(np.array([[-1, -1], [1, 1]], dtype=np.float32), np.array([[3, -1]], dtype=np.float32)),
    label="float32",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(1)
for n, m, d in [(4, 3, 5), (7, 2, 3), (3, 6, 2), (20, 1, 4), (5, 5, 5)]:
    scale, shift = 10.0 ** rng.integers(-9, 7, size=d), rng.normal(size=d)
    train = (rng.normal(size=(n, d)) + shift) * scale
    test = (rng.normal(size=(m, d)) - 2) * scale
    train[:, 1] = [0.1, 0.7, 1.3, 1e-3, 1e6][d % 5]  # constant in train, not in test
    new_train, new_test = np.zeros((n, d)), np.zeros((m, d))
    for j in range(d):
        mean = sum(train[:, j]) / n
        std = (sum((train[:, j] - mean) ** 2) / n) ** 0.5
        if j == 1:
            mean, std = train[0, 1], 1
        new_train[:, j], new_test[:, j] = (train[:, j] - mean) / std, (test[:, j] - mean) / std
    check_call(
        standardize,
        train,
        test,
        want=(new_train, new_test),
        atol=1e-7,
        label=f"{n} rows and {m}, {d} columns",
    )
train = rng.uniform(size=(50, 3)).astype(np.float32)
train[:, 2] = 0.1
test = rng.uniform(size=(4, 3)).astype(np.float32)
mean, std = train.astype(float).mean(axis=0), train.astype(float).std(axis=0)
std[2] = 1
check_call(
    standardize,
    train,
    test,
    want=(((train - mean) / std).astype(np.float32), ((test - mean) / std).astype(np.float32)),
    rtol=1e-3,
    atol=1e-4,
    label="float32, 50 rows and 4, a constant column",
)
### END HIDDEN TESTS

# %% [markdown]
# ## 3 · Views and copies
#
# *Needs the page "Views", and for `predictions` all pages before it.*
#
# ### Exercise `predictions` (10 points)
#
# Below are 17 lines of code and the arrays they work on. What does each line give? **Predict all of them before you run
# any.** This one is for you: the lines that surprise you are those that would have cost you an evening. (The last one is
# about torch: leave it until you have read that page.)

# %%
lines = {
    # shapes
    "a": "x[1].shape",
    "b": "x[:, 1:2].shape",
    "c": "x.sum(axis=1).shape",
    "d": "x.mean(axis=2, keepdims=True).shape",
    "e": "(row - column).shape",
    "f": "x.transpose(2, 0, 1).shape",
    # numbers
    "g": "(pixels + 10).tolist()",
    "h": "int(pixels.sum())",
    "i": "(pixels / 2).dtype.name",
    "j": "(single * 2.5).dtype.name",
    "k": "(single + v).dtype.name",
    # memory: np.shares_memory says whether two arrays have a number in common
    "l": "np.shares_memory(v, v[1:4])",
    "m": "np.shares_memory(v, v[[1, 2, 3]])",
    "n": "np.shares_memory(x, x.transpose(2, 0, 1))",
    "o": "np.shares_memory(x, x.transpose(2, 0, 1).reshape(24))",
    "p": "np.shares_memory(v, v.astype(np.float64))",
    "q": "np.shares_memory(v, torch.from_numpy(v).numpy())",
}


arrays = {
    "x": np.zeros((2, 3, 4)),
    "row": np.zeros(5),
    "column": np.zeros((5, 1)),
    "pixels": np.array([250, 20], dtype=np.uint8),
    "v": np.array([0.5, 1.0, 1.5, 2.0, 2.5]),  # float64
    "single": np.array([0.5, 1.0, 1.5, 2.0, 2.5], dtype=np.float32),
}


def run(line):
    """What a line gives."""
    return eval(line, {"np": np, "torch": torch, **arrays})


# %% [markdown]
# Write `predictions()`: return a dictionary from each of the 17 letters to what its line gives. It will look like this, with
# your answers in it:
#
# ```text
# {"a": (2, 3), "b": (7, 7, 7), …, "g": [1, 2], "h": 3, "i": "int64", …, "l": False, …}
# ```
#
# There are three cells of checks: for the shapes, the numbers and the memory. They say which prediction is wrong, and not
# what is right; there are no hidden ones. To see what is right, run the line in a cell of your own, `run(lines["e"])` say, and find out why it gives what it gives. Then correct
# your prediction.


# %% nbgrader={"grade_id": "predictions", "solution": true}
def predictions():
    """-> {letter: what the line gives}"""
    ### BEGIN SOLUTION
    return {
        "a": (3, 4),
        "b": (2, 1, 4),
        "c": (2, 4),
        "d": (2, 3, 1),
        "e": (5, 5),
        "f": (4, 2, 3),
        "g": [4, 30],
        "h": 270,
        "i": "float64",
        "j": "float32",
        "k": "float64",
        "l": True,
        "m": False,
        "n": True,
        "o": False,
        "p": False,
        "q": True,
    }
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_predictions_shapes", "grade": true, "points": 4}
def check_predictions(letters):
    answers = call(predictions, label=f"letters {letters}")
    check_equal(type(answers).__name__, "dict", f"predictions: a dictionary with {letters}")
    for letter in letters:
        answer, truth = answers.get(letter, "no answer"), run(lines[letter])
        same = str(answer).strip("()[]") == str(truth).strip("()[]")  # a list for a tuple will do
        judgement = "right" if same else f"{answer} is not what it gives"
        check_equal(judgement, "right", f"predictions: {letter}, {lines[letter]}")


check_call(predictions, label="the random state")
check_predictions("abcdef")

# %% nbgrader={"grade_id": "test_predictions_numbers", "grade": true, "points": 3}
check_predictions("ghijk")

# %% nbgrader={"grade_id": "test_predictions_memory", "grade": true, "points": 3}
check_predictions("lmnopq")

# %% [markdown]
# ### Exercise `windows` (10 points)
#
# Convolution, pooling and local statistics all look at an image through small windows. Write `windows(image, size, stride)`:
# all windows of an image, **without copying a single pixel**.
#
# | | |
# |---|---|
# | `image` | (H, W), of any dtype |
# | `size` | a pair of ints (h, w): height and width of a window; 1 ≤ h ≤ H and 1 ≤ w ≤ W |
# | `stride` | int ≥ 1: by how many pixels the window moves, down and to the right |
# | returns | array (rows, columns, h, w), of the dtype of `image`; entry [i, j] is a window: h by w pixels |
#
# - Window [0, 0] begins at pixel [0, 0], and window [i, j] at pixel [i · stride, j · stride].
# - Every window that lies in the image as a whole is there, and no other. What is left over at the right and lower border
#   is in no window.
# - The result is a **view** of the image itself, not of a copy, and it **cannot be written to**: one pixel is in many windows,
#   so whoever wrote into one would change the others, and the image.
#
# The tool for this is `np.lib.stride_tricks.sliding_window_view`. Look it up, and find out how to go on from stride 1 to any
# stride. (The bold `as_strided` works too, if you make its result read-only. With a wrong shape it reads beyond the
# image.)


# %% nbgrader={"grade_id": "windows", "solution": true}
def windows(image, size, stride):
    """image: (H, W), size: (h, w), stride: int -> read-only view (rows, columns, h, w)."""
    ### BEGIN SOLUTION
    return np.lib.stride_tricks.sliding_window_view(image, size)[::stride, ::stride]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_windows", "grade": true, "points": 10}
image = np.arange(15.0).reshape(3, 5)
check_call(
    windows,
    image,
    (2, 3),
    1,
    want=np.array([[image[i : i + 2, j : j + 3] for j in (0, 1, 2)] for i in (0, 1)]),
    label="3 × 5 pixels, windows of 2 × 3, stride 1",
)
check_call(
    windows,
    image[:, :4],
    (1, 2),
    2,
    want=np.array([[[[0.0, 1.0]], [[2.0, 3.0]]], [[[10.0, 11.0]], [[12.0, 13.0]]]]),
    label="3 × 4 pixels, windows of 1 × 2, stride 2",
)
check_call(
    windows,
    np.array([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]], dtype=np.uint8),
    (1, 1),
    3,
    want=np.array([[[[1]], [[4]]]], dtype=np.uint8),
    label="2 × 5 pixels, windows of one pixel, stride 3",
)
view = call(windows, image, (2, 2), 1, label="can its result be written to?")
check_equal(view.flags.writeable, False, "windows: can the result be written to?")
check_memory(
    windows,
    np.zeros((1000, 1000)).T,
    (2, 3),
    400,
    megabytes=1,
    label="a few windows of a large image (a copy of the image: 8 MB)",
)
check_fast(
    windows,
    np.zeros((1, 1_500_000), dtype=np.uint8),
    (1, 1),
    1,
    seconds=0.2,
    label="1,500,000 windows of one pixel",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
for height, width, h, w, stride in [
    (5, 7, 2, 3, 1),
    (7, 5, 3, 2, 2),
    (6, 9, 2, 4, 3),
    (4, 6, 4, 6, 2),
    (8, 3, 1, 3, 4),
    (9, 10, 5, 2, 2),
]:
    for dtype in [np.float64, np.float32, np.uint8]:
        image = (100 * rng.uniform(size=(height, width))).astype(dtype)
        starts = [range(0, height - h + 1, stride), range(0, width - w + 1, stride)]
        want = np.array([[image[i : i + h, j : j + w] for j in starts[1]] for i in starts[0]])
        case = f"{height} × {width} pixels, windows of {h} × {w}, stride {stride}, {image.dtype}"
        check_call(windows, image, (h, w), stride, want=want, label=case)
        view = call(windows, image, (h, w), stride, label=case)
        check_equal(view.dtype.name, image.dtype.name, f"windows: {case}: dtype")
        check_equal(view.flags.writeable, False, f"windows: {case}: can it be written to?")
image = rng.normal(size=(4, 7)).T  # the numbers lie column by column in memory
want = np.array([[image[i : i + 2, j : j + 3] for j in range(2)] for i in range(6)])
check_call(windows, image, (2, 3), 1, want=want, label="a transposed image")
### END HIDDEN TESTS

# %% [markdown]
# What windows are good for: their means are a blurred image, their maxima a *pooled* one, smaller and with the bright spots kept.

# %%
grey = shapes.x_train[1].mean(axis=0)
pictures = {
    "image": grey,
    "mean of 5 × 5, stride 1": windows(grey, (5, 5), 1).mean(axis=(2, 3)),
    "maximum of 4 × 4, stride 4": windows(grey, (4, 4), 4).max(axis=(2, 3)),
}
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6))
for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
    ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
    ax.set_title(f"{title}\n{picture.shape[0]} × {picture.shape[1]}", fontsize=9)
    ax.set_axis_off()

# %% [markdown]
# ## 4 · Sums of products
#
# *Needs the page "Sums of products".*
#
# ### Exercise `channel_gram` (8 points)
#
# Which channels of an image are bright at the same places? Write `channel_gram(x)`: for each image, the mean product of every two channels,
# $g_{n,c,d} = \frac{1}{H W} \sum_{h,w} x_{n,c,h,w}\, x_{n,d,h,w}$.
#
# | | |
# |---|---|
# | `x` | (N, C, H, W), any integer dtype, float32 or float64 |
# | returns | array (N, C, C); float64 for integers and float64, float32 for float32 |
#
# - **No Python loop** over images, pixels or pairs of channels, and **no array of N · C · C · H · W numbers**: sum while you multiply, by `np.einsum` or a
#   matrix product.
# - Whole numbers: 200 · 200 does not fit into uint8. And the products of large int64 numbers do not fit into int64, nor do the
#   sums of those of large int32 numbers. So compute in float64 from the start.
#
# The formula names the axes already: which letters are summed over, which are left?


# %% nbgrader={"grade_id": "channel_gram", "solution": true}
def channel_gram(x):
    """x: (N, C, H, W) -> (N, C, C)"""
    ### BEGIN SOLUTION
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    return np.einsum("nchw,ndhw->ncd", x, x) / (x.shape[2] * x.shape[3])
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_channel_gram", "grade": true, "points": 8}
x = np.array([[[[1.0, 2.0, 0.0], [0.0, 1.0, 0.0]], [[3.0, 0.0, 3.0], [0.0, 0.0, 6.0]]]])
check_call(
    channel_gram,
    x,
    want=np.array([[[1.0, 0.5], [0.5, 9.0]]]),
    label="one image of two channels of 2 × 3 pixels",
)
check_call(
    channel_gram,
    np.array([[[[1.0], [1.0]]], [[[2.0], [4.0]]], [[[0.0], [-1.0]]]]),
    want=np.array([[[1.0]], [[10.0]], [[0.5]]]),
    label="three images of one channel",
)
check_call(
    channel_gram,
    np.array([[[[200, 100]], [[0, 50]]]], dtype=np.uint8),
    want=np.array([[[25000.0, 2500.0], [2500.0, 1250.0]]]),
    label="uint8",
)
check_call(
    channel_gram,
    np.full((1, 1, 2, 3), 2_000_000_000, dtype=np.int32),
    want=np.array([[[4e18]]]),
    label="large int32 numbers",
)
check_call(
    channel_gram,
    x.astype(np.float32),
    want=np.array([[[1, 0.5], [0.5, 9]]], dtype=np.float32),
    label="float32",
)
check_equal(
    type(call(channel_gram, x, label="its type")).__name__,
    "ndarray",
    "channel_gram: the type of the result",
)
check_memory(
    channel_gram,
    np.zeros((2, 30, 40, 40)),
    megabytes=8,
    label="2 images of 30 channels (all products at once: 23 MB)",
)
check_fast(
    channel_gram,
    np.zeros((400_000, 1, 2, 1), dtype=np.uint8),
    seconds=0.2,
    label="400,000 tiny images",
)
check_fast(
    channel_gram, np.zeros((1, 500, 1, 1), dtype=np.uint8), seconds=0.2, label="500 channels"
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(6)
for n, c, h, w in [(2, 3, 4, 5), (3, 4, 2, 1), (1, 2, 6, 3), (4, 1, 3, 2), (2, 5, 1, 1)]:
    x = rng.normal(size=(n, c, h, w)) + 0.5
    want = np.zeros((n, c, c))
    for i, j, k in np.ndindex(want.shape):
        want[i, j, k] = sum((x[i, j] * x[i, k]).ravel().tolist()) / (h * w)
    check_call(channel_gram, x, want=want, label=f"shape {x.shape}")
    check_call(
        channel_gram,
        x.astype(np.float32),
        want=want.astype(np.float32),
        rtol=1e-4,
        atol=1e-5,
        label=f"float32, shape {x.shape}",
    )
    for dtype in [np.uint8, np.int8, np.int16, np.int32, np.int64]:
        span = np.iinfo(dtype)
        x = rng.integers(span.min, span.max, size=(n, c, h, w), endpoint=True).astype(dtype)
        want = np.zeros((n, c, c))
        for i, j, k in np.ndindex(want.shape):
            products = x[i, j].astype(float) * x[i, k].astype(float)
            want[i, j, k] = products.mean()
        check_call(channel_gram, x, want=want, rtol=1e-5, label=f"{x.dtype}, shape {x.shape}")
check_fast(channel_gram, np.zeros((1, 1, 500_000, 1)), seconds=0.2, label="500,000 pixels")
### END HIDDEN TESTS

# %% [markdown]
# ## 5 · From NumPy to torch and back
#
# *Needs the page "The same with torch".*
#
# torch's tensors are arrays that can live on a graphics card and know how to differentiate. Most names are as in NumPy, some are
# not, and the two libraries can share memory. In both exercises below, do the work with either library.
#
# ### Exercise `to_tensor` (7 points)
#
# Write `to_tensor(images)`: a batch of images becomes a tensor.
#
# | | |
# |---|---|
# | `images` | NumPy array (N, H, W, 3): **either** uint8, from 0 to 255, **or** float64, from 0 to 1 |
# | returns | torch tensor (N, 3, H, W), float32, from 0 to 1 |
#
# - The channels keep their order. uint8 pixels are divided by 255, floats keep their values.
# - Which of the two the images are, the dtype tells, and nothing else. A black uint8 image has no large number in it.


# %% nbgrader={"grade_id": "to_tensor", "solution": true}
def to_tensor(images):
    """images: NumPy (N, H, W, 3), uint8 or float64 -> torch (N, 3, H, W) float32 in [0, 1]."""
    ### BEGIN SOLUTION
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_to_tensor", "grade": true, "points": 7}
images = np.array([[[[0, 51, 255], [102, 204, 153]]]], dtype=np.uint8)  # one image of 1 × 2 pixels
tensor = call(to_tensor, images, label="one image of 1 × 2 pixels, its type")
check_equal(type(tensor).__name__, "Tensor", "to_tensor: the type of the result")
check_call(
    to_tensor,
    images,
    want=torch.tensor([[[[0.0, 0.4]], [[0.2, 0.8]], [[1.0, 0.6]]]]),
    label="one image of 1 × 2 pixels, uint8",
)
check_call(
    to_tensor,
    np.array([[[[0.25, 0.5, 0.625]], [[0.0, 0.125, 0.75]]]]),
    want=torch.tensor([[[[0.25], [0.0]], [[0.5], [0.125]], [[0.625], [0.75]]]]),
    label="one image of 2 × 1 pixels, float64",
)
check_call(
    to_tensor,
    np.array([[[[0, 1, 1]]]], dtype=np.uint8),
    want=torch.tensor([[[[0.0]], [[1 / 255]], [[1 / 255]]]]),
    label="a dark pixel, uint8",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
for n, h, w in [(2, 4, 3), (5, 3, 7), (1, 1, 6), (3, 2, 2), (4, 5, 3)]:
    pixels = rng.integers(0, 256, size=(n, h, w, 3))
    want = np.empty((n, 3, h, w), np.float32)
    for i, row, column, channel in np.ndindex(pixels.shape):
        want[i, channel, row, column] = pixels[i, row, column, channel] / 255
    for images in [pixels.astype(np.uint8), pixels / 255]:
        case = f"{n} images of {h} × {w} pixels, {images.dtype}"
        check_call(to_tensor, images, want=torch.from_numpy(want), label=case)
        tensor = call(to_tensor, images, label=case)
        check_equal(type(tensor).__name__, "Tensor", f"to_tensor: {case}: the type of the result")
for images in [np.zeros((2, 1, 3, 3), np.uint8), np.full((1, 2, 1, 3), 0.004)]:
    want = torch.full((len(images), 3, *images.shape[1:3]), float(images[0, 0, 0, 0]))
    check_call(to_tensor, images, want=want, label=f"dark images, {images.dtype}")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `to_images` (7 points)
#
# And the way back, for what a network has drawn. Write `to_images(x)`: a batch of tensors becomes images that can be saved.
#
# | | |
# |---|---|
# | `x` | torch tensor (N, 3, H, W), float32; it may require a gradient, as what comes out of a network does |
# | returns | NumPy array (N, H, W, 3), uint8 |
#
# - 0 becomes 0 and 1 becomes 255; a value in between becomes the **nearest** whole number: 0.999 becomes 255, since 0.999 · 255 is 254.745.
# - A network does not keep to the range: what is below 0 becomes 0, and what is above 1 becomes 255.
# - `x` stays as it is. Mind that `.numpy()` gives an array that shares the memory of the tensor.


# %% nbgrader={"grade_id": "to_images", "solution": true}
def to_images(x):
    """x: torch (N, 3, H, W) float32 -> NumPy (N, H, W, 3) uint8."""
    ### BEGIN SOLUTION
    pixels = np.rint(255 * x.detach().numpy().clip(0, 1))
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_to_images", "grade": true, "points": 7}
x = torch.tensor([[[[0.0, 0.2]], [[0.4, 1.0]], [[0.6, 0.8]]]])  # one image of 1 × 2 pixels
check_call(
    to_images,
    x,
    want=np.array([[[[0, 102, 153], [51, 255, 204]]]], dtype=np.uint8),
    label="one image of 1 × 2 pixels",
)
images = call(to_images, x, label="one image of 1 × 2 pixels, its type")
check_equal(type(images).__name__, "ndarray", "to_images: the type of the result")
check_equal(images.dtype.name, "uint8", "to_images: the dtype of the result")
check_call(
    to_images,
    torch.tensor([[[[0.999]], [[0.31]], [[0.14]]]]),  # times 255: 254.745, 79.05, 35.7
    want=np.array([[[[255, 79, 36]]]], dtype=np.uint8),
    label="to the nearest whole number",
)
check_call(
    to_images,
    torch.tensor([[[[-0.2]], [[1.2]], [[0.4]]]]),
    want=np.array([[[[0, 255, 102]]]], dtype=np.uint8),
    label="values below 0 and above 1",
)
check_call(
    to_images,
    torch.tensor([[[[0.2]], [[0.4]], [[0.6]]]], requires_grad=True),
    want=np.array([[[[51, 102, 153]]]], dtype=np.uint8),
    label="a tensor that requires a gradient",
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(8)
for n, h, w in [(2, 4, 3), (5, 3, 7), (1, 1, 6), (3, 2, 2), (4, 3, 5)]:
    values = rng.integers(-60, 320, size=(n, h, w, 3))
    x = (values + rng.uniform(-0.4, 0.4, size=values.shape)) / 255
    x = torch.from_numpy(np.moveaxis(x, -1, 1).astype(np.float32).copy())
    x.requires_grad_(n > 2)
    want = np.array([min(max(v, 0), 255) for v in values.ravel().tolist()], np.uint8)
    case = f"{n} images of {h} × {w} pixels"
    check_call(to_images, x, want=want.reshape(values.shape), label=case)
    result = call(to_images, x, label=case)
    check_equal(type(result).__name__, "ndarray", f"to_images: {case}: the type of the result")
    check_equal(result.dtype.name, "uint8", f"to_images: {case}: its dtype")
check_call(
    to_images,
    torch.tensor([[[[-1e9]], [[1e9]], [[0.1]]]]),
    want=np.array([[[[0, 255, 26]]]], dtype=np.uint8),
    label="values far out",
)
### END HIDDEN TESTS

# %% [markdown]
# ## 6 · Chance
#
# *Needs the page "Chance, splits and checks".*
#
# ### Exercise `split` (10 points)
#
# To know how well a classifier does, keep some images back and judge it on them. Write `split(x, y, n_val, rng)`: divide images and labels
# at random into a part to train on and a part to validate on.
#
# | | |
# |---|---|
# | `x` | (N, …) the images: an array with any number of axes, image i is `x[i]` |
# | `y` | (N,) the labels: `y[i]` belongs to `x[i]` |
# | `n_val` | int: how many images are for validation, 0 ≤ n_val ≤ N |
# | `rng` | a `numpy.random.Generator`, the only source of chance |
# | returns | the tuple `(x_train, y_train, x_val, y_val)` of arrays, with the dtypes of `x` and `y` |
#
# - Shuffle, then cut. Data sets often come sorted by label, and the last n_val images would be all of one kind.
# - Images and labels stay together.
# - Every image is in exactly one of the two parts: n_val in the second, all others in the first. `n_val` may be 0, and may be N.
# - `x` and `y` themselves stay in their order.
# - Draw from `rng`, with `rng.permutation` for instance, and not from `np.random`: then the same seed gives the same split, on every machine.


# %% nbgrader={"grade_id": "split", "solution": true}
def split(x, y, n_val, rng):
    """x: (N, …), y: (N,), n_val: int, rng: Generator -> x_train, y_train, x_val, y_val."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_split", "grade": true, "points": 10}
def check_split(n, n_val, shape=(2,)):
    case = f"n_val = {n_val} of {n} images of shape {shape}"
    x = np.arange(float(n * np.prod(shape))).reshape(n, *shape)
    y = 100 + np.arange(n)  # image i has the label 100 + i
    check_call(split, x, y, n_val, np.random.default_rng(0), label=case)
    parts = call(split, x, y, n_val, np.random.default_rng(0), label=f"{case}, the parts")
    form = isinstance(parts, tuple) and all(isinstance(part, np.ndarray) for part in parts)
    form = f"a tuple of {len(parts)} arrays" if form else f"a {type(parts).__name__}"
    check_equal(form, "a tuple of 4 arrays", f"split: {case}: what is returned")
    names = ["x_train", "y_train", "x_val", "y_val"]
    sizes = [n - n_val, n - n_val, n_val, n_val]
    for name, part, size, whole in zip(names, parts, sizes, [x, y, x, y]):
        want = str((size, *whole.shape[1:]))
        check_equal(str(part.shape), want, f"split: {case}: shape of {name}")
        check_equal(part.dtype.name, whole.dtype.name, f"split: {case}: dtype of {name}")
    x_train, y_train, x_val, y_val = parts
    train, val = y_train.tolist(), y_val.tolist()
    check_equal(len(train) - len({*train}), 0, f"split: {case}: images twice in training")
    check_equal(len(val) - len({*val}), 0, f"split: {case}: images twice in validation")
    check_equal(len({*train} & {*val}), 0, f"split: {case}: images in both parts")
    check_equal(sorted(train + val), y.tolist(), f"split: {case}: all labels of both parts")
    for part, images, labels in [("training", x_train, y_train), ("validation", x_val, y_val)]:
        strangers = sum(bool((a != x[b - 100]).any()) for a, b in zip(images, labels))
        check_equal(strangers, 0, f"split: {case}: {part} images with another's label")


check_split(6, 2)
check_split(7, 3, shape=(2, 3))
check_split(5, 0)
check_split(4, 4)


def val_labels(seed, n=60, n_val=20):
    parts = call(
        split, np.zeros((n, 1)), np.arange(n), n_val, np.random.default_rng(seed), label="seeds"
    )
    return parts[3].tolist()


check_equal(val_labels(0) == val_labels(0), True, "split: the same seed gives the same split")
sets = [val_labels(seed) for seed in range(10)]  # 20 of 60 labels each
found = {
    "different sets": len({tuple(sorted(labels)) for labels in sets}),
    "different orders": len({tuple(labels) for labels in sets}),
    "sets of neighbours": sum(max(labels) - min(labels) == 19 for labels in sets),
}
check_equal(
    found,
    {"different sets": 10, "different orders": 10, "sets of neighbours": 0},
    "split: the validation sets that 10 seeds give",
)
### BEGIN HIDDEN TESTS
for n, n_val in [(1, 0), (1, 1), (10, 1), (10, 9), (23, 5), (100, 33)]:
    check_split(n, n_val)
    check_split(n, n_val, shape=(3, 4, 2))
seen = np.array([np.isin(np.arange(60), val_labels(seed)) for seed in range(300)])
often = seen.mean(axis=0)  # each image is in the validation set in a third of the splits
check_equal(
    bool(np.all((often > 0.2) & (often < 0.47))),
    True,
    "split: every image is as likely as any other to be in the validation set",
)
pairs = (seen[:, :-1] & seen[:, 1:]).mean()  # two neighbours together: 20/60 · 19/59
check_equal(0.09 < pairs < 0.13, True, "split: neighbours go their own ways")
x, y = np.arange(8, dtype=np.uint8), np.arange(8, dtype=np.int16)
x_train, y_train, x_val, y_val = call(
    split, x, y, 3, np.random.default_rng(3), label="uint8 images with one axis"
)
check_equal(
    [x_train.dtype.name, y_train.dtype.name, x_val.dtype.name, y_val.dtype.name],
    ["uint8", "int16", "uint8", "int16"],
    "split: the dtypes of uint8 images and int16 labels",
)
check_equal(sorted([*x_train, *x_val]) == list(range(8)), True, "split: uint8 images with one axis")
### END HIDDEN TESTS

# %% [markdown]
# ## Put together
#
# With five of your functions, a complete classifier takes ten lines. It looks for a matrix that turns the pixels of an image into its
# one-hot row, as well as a matrix can (*least squares*). There are ten kinds of shape, so guessing would be right in one of ten cases.

# %%
images = to_nchw(shapes.x_train.transpose(0, 2, 3, 1)[..., ::-1])
small = images[:, :, ::4, ::4].reshape(len(images), -1)  # every fourth pixel: 3 · 8 · 8 numbers
x_train, y_train, x_val, y_val = split(small, shapes.y_train, 200, np.random.default_rng(0))
x_train, x_val = standardize(x_train, x_val)
weight = np.linalg.lstsq(x_train, one_hot(y_train, 10))[0]  # (192, 10)

scores = x_val @ weight  # (200, 10)
print(f"accuracy: {np.mean(scores.argmax(axis=1) == y_val):.3f}")
gain = pick(scores, y_val).mean() - scores.mean()
print(f"the true class scores {gain:.3f} more than the average class")

# %% [markdown]
# ## Done
#
# Choose *Restart kernel and run all cells*, and see that no check complains: an answer that needs a cell which you have
# deleted since would fail when it is graded. Then hand in this file.
#
# If you want to go on: give the classifier more of each image, every second pixel in place of every fourth (`::2`). It gets worse.
# Why might that be? Count the numbers in an image, and the images. Chapter 2 takes it from there.
