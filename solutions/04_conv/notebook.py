# ---
# title: "Assignment 4 · Convolutional layers"
# withhold:
#   - cs_lib._shared.windows
#   - cs_lib.numpy.nn.arithmetic
#   - cs_lib.numpy.nn.conv
#   - cs_lib.numpy.nn.filters
#   - cs_lib.numpy.nn.norm
#   - cs_lib.numpy.nn.pool
#   - cs_lib.torch.nn.conv
#   - cs_lib.torch.nn.norm
#   - cs_lib.torch.nn.pool
# ---

# %% [markdown]
# # Assignment 4 · Convolutional layers
#
# A convolutional layer asks the same question at every place of an image. You will write that
# layer in three ways which give the same numbers, send gradients back through it, and then write
# what stands beside it in a network: pooling, normalisation, and the arithmetic of sizes, fields
# and parameters. At the end your own functions run a network that has been trained, and get every
# prediction of torch's.
#
# **How it works.** Each exercise has a text, a cell to write in, and folded cells with checks.
#
# 1. Replace the line `raise NotImplementedError(…)` with your code, and run the cell.
# 2. Run the cells of checks below it. A check that fails says what it saw, what it wanted and for
#    which call, and often it can name your mistake and the section of the book to read. A cell that
#    passes prints a line with a ✓.
# 3. Look at what your code does: after most exercises, a picture or a number made by it stands
#    beside ours.
#
# The checks that you can see try the rules of a text on examples, and the hidden ones try them on
# other numbers. The hidden ones decide about the points, which are counted cell by cell, so that a special case which is
# wrong costs its own cell only. The last cell of the notebook lists how far you are. Keep the file
# [hints.json](hints.json) beside this notebook: the names of mistakes are in it.
#
# **When you are stuck,** shrink the case until you can do it on paper: one image, one channel, one
# filter, 3 × 4 pixels. Then write the slow version with six nested loops, and compare. Most
# mistakes in these layers concern two axes that were exchanged, and a square image hides them: try
# everything on images that are wider than high, with a kernel that is higher than wide.
#
# **What you may use** is NumPy and Python's standard library, and none of the functions of `cs_lib`
# that you are asked to write: when your work is graded, those are taken out. The checks compare with
# torch; your code does without it. An exercise may call what you wrote in another, but then a
# mistake there costs points here as well.
#
# **Conventions.** Images are arrays (N, C, H, W): N images of C channels, H rows and W columns. A
# kernel is given as a pair (kH, kW). Stride and padding are whole numbers, the same for both axes;
# padding is put on all four sides. With `dy` we mean the gradient of the loss with respect to the
# output y, and with `dx` that with respect to x, in the shape of x.
#
# Unless a text says otherwise, numbers are float64, loops are allowed, a function leaves its
# arguments as they are, and it never touches NumPy's global random state. The minutes of the
# exercises are without the reading, and add up to a little less than six hours.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/04_conv/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np
import torch

from cs_lib import data
from cs_lib.testing import check_call, check_no_loop, check_raises, passed, progress


def floats(values):
    """An array of float64: the checks write floats([1, 2])."""
    return np.array(values, dtype=np.float64)


def numbers(seed, *shape):
    """An array of that shape with different whole numbers, as floats, of both signs: as mixed as the seed says."""
    size = int(np.prod(shape))
    return np.random.default_rng(seed).permutation(size).reshape(shape) - float(size // 2)


# %% [markdown]
# ## Warm-up
#
# Five minutes, no points: see how a check speaks. `moving_average` should give the mean of every
# three neighbours in a row of numbers, and does not. Run both cells, read the message, mend the
# function, and run them again until the line with the ✓ appears.


# %%
def moving_average(x):
    """x: (N,), N >= 3 -> (N - 2,), the mean of each three neighbours."""
    return (x[:-2] + x[1:-1] + x[2:]) / 2


# %% tags=["raises-exception"]
check_call(moving_average, floats([3, 0, 6, 9]), want=floats([3, 5]), label="four numbers")
check_call(moving_average, floats([-1, 2, -4, 5, 5]), want=floats([-1, 1, 2]), label="five numbers")
passed("warm-up")

# %% [markdown]
# ## 1 · How many windows fit?
#
# ### Exercise `output_size` (6 points)
#
# *Read {{ read sec-conv-output-size }} first. About 15 minutes.*
#
# Write `output_size(n, kernel, stride, padding, dilation)`: how many windows a kernel has along one
# axis of an image. Seven pixels hold five windows of three pixels, and three if the window moves by
# two pixels each time:
#
# ```python
# output_size(7, 3, 1, 0, 1)  # 5
# output_size(7, 3, 2, 0, 1)  # 3
# output_size(7, 3, 1, 1, 1)  # 7: a pixel of padding at either end
# output_size(7, 3, 3, 0, 1)  # ValueError
# ```
#
# | | |
# |---|---|
# | `n` | pixels along the axis, a whole number ≥ 1 |
# | `kernel` | entries of the kernel along the axis, ≥ 1; may be even |
# | `stride` | pixels from one window to the next, ≥ 1 |
# | `padding` | pixels that are added at *each* end, ≥ 0 |
# | `dilation` | pixels from one entry of the kernel to the next, ≥ 1 |
# | returns | the number of windows, an `int` |
#
# - **Dilation** spreads the kernel: with a dilation of 2, three entries span five pixels, as in
#   × · × · ×, and still only three of them are used.
# - **Illegal** are a stride that does not come out even, so that pixels are left over at the end; a
#   kernel that spans more than there is with the padding, so that no window fits; and any argument
#   below its least value. Each raises `ValueError`, with a message that would help you. (Libraries
#   round down, in silence. We do so too from the next exercise on, but not here.)


# %% nbgrader={"grade_id": "output_size", "solution": true}
def output_size(n, kernel, stride, padding, dilation):
    """Whole numbers, for one axis -> int. ValueError where they are illegal."""
    ### BEGIN SOLUTION
    if min(n, kernel, stride, padding + 1, dilation) < 1:
        raise ValueError("n, kernel, stride and dilation must be at least 1, padding at least 0")
    span = dilation * (kernel - 1) + 1
    room = n + 2 * padding - span
    if room < 0:
        raise ValueError("the kernel spans more pixels than there are with the padding")
    if room % stride:
        raise ValueError("the stride leaves pixels over: use another, or other padding")
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_output_size", "grade": true, "points": 3}
check_call(output_size, 9, 7, 1, 2, 1, want=7, label="9 pixels, kernel 7, padding 2")
check_call(output_size, 9, 3, 2, 0, 1, want=4, label="9 pixels, kernel 3, stride 2")
check_call(output_size, 32, 5, 1, 2, 1, want=32, label="32 pixels, kernel 5, padding 2")
check_call(output_size, 12, 4, 3, 2, 1, want=5, label="12 pixels, kernel 4, stride 3, padding 2")
check_call(output_size, 2, 5, 1, 3, 1, want=4, label="a kernel that fits only with the padding")
### BEGIN HIDDEN TESTS
for n, kernel, stride, padding in [(28, 5, 1, 0), (227, 11, 4, 0), (5, 5, 3, 0), (10, 2, 4, 2), (3, 6, 5, 4), (1, 1, 1, 0), (13, 1, 3, 0)]:
    starts = range(-padding, n + padding - kernel + 1, stride)
    label = f"{n} pixels, kernel {kernel}, stride {stride}, padding {padding}, by counting"
    check_call(output_size, n, kernel, stride, padding, 1, want=len(starts), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_output_size_dilation", "grade": true, "points": 1}
check_call(output_size, 40, 5, 1, 4, 3, want=36, label="dilation 3, padding 4")
check_call(output_size, 16, 4, 2, 1, 3, want=5, label="dilation 3, stride 2, padding 1")
check_raises(output_size, 4, 3, 2, 0, 2, label="a kernel that does not fit once it is spread")
check_raises(output_size, 4, 3, 1, 0, 2, label="the same with stride 1")
### BEGIN HIDDEN TESTS
for n, kernel, stride, padding, dilation in [(9, 2, 3, 0, 2), (20, 3, 3, 1, 6), (11, 5, 1, 4, 2), (7, 1, 2, 0, 9)]:
    starts = [s for s in range(-padding, n + padding, stride) if s + dilation * (kernel - 1) < n + padding]
    label = f"{n} pixels, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
    check_call(output_size, n, kernel, stride, padding, dilation, want=len(starts), label=label)
for n, kernel, stride, padding, dilation in [(10, 3, 2, 0, 2), (9, 2, 4, 0, 3), (5, 4, 1, 0, 2), (1, 2, 1, 1, 3), (8, 3, 4, 3, 4)]:
    label = f"illegal: {n} pixels, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
    check_raises(output_size, n, kernel, stride, padding, dilation, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_output_size_illegal", "grade": true, "points": 2}
check_raises(output_size, 3, 2, 0, 0, 1, label="a stride of 0")
check_raises(output_size, 4, 2, -1, 0, 1, label="a stride below 0")
check_raises(output_size, 2, 5, 3, 0, 1, label="a kernel that does not fit")
check_raises(output_size, 9, 2, 3, 0, 1, label="a stride that leaves a pixel over")
check_raises(output_size, 12, 3, 4, 1, 1, label="a stride that leaves pixels over, with padding")
check_raises(output_size, 7, 3, 1, -1, 1, label="padding below 0")
check_raises(output_size, 5, 3, 1, 0, 0, label="a dilation of 0")
check_raises(output_size, 3, 0, 1, 0, 1, label="a kernel of 0")
check_raises(output_size, 0, 1, 1, 1, 1, label="no pixels")
### BEGIN HIDDEN TESTS
for n, kernel, stride, padding in [
    *[(10, 3, 2, 0), (32, 7, 2, 2), (9, 2, 4, 0), (8, 3, 4, 2)],  # left over
    *[(3, 7, 1, 1), (1, 2, 1, 0), (5, 6, 1, 0), (4, 9, 5, 0), (1, 3, 2, 0)],  # no window
    *[(8, 2, -1, 0), (8, -1, 1, 0), (9, 3, 2, -2), (-3, 1, 1, 2), (5, 3, 0, 1)],  # below the least
]:
    label = f"illegal: {n} pixels, kernel {kernel}, stride {stride}, padding {padding}"
    check_raises(output_size, n, kernel, stride, padding, 1, label=label)
check_raises(output_size, 8, 2, 1, 0, -1, label="a dilation below 0")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: which strides are legal for 32 pixels, with and without padding? Each row is a
# kernel, and a dot is a `ValueError`. Most of the table is dots.

# %%
for rim in [0, 1, 2]:
    print(f"padding {rim}    stride 1   2   3   4   5")
    for taps in [1, 2, 3, 5, 7]:
        row_of_sizes = []
        for step in [1, 2, 3, 4, 5]:
            try:
                row_of_sizes.append(f"{output_size(32, taps, step, rim, 1):4}")
            except ValueError:
                row_of_sizes.append("   ·")
        print(f"  kernel {taps}      ", *row_of_sizes, sep="")

# %% [markdown]
# ## 2 · The layer, forwards
#
# ### Exercise `conv2d` (10 points)
#
# *Read {{ read sec-conv-filters }}, {{ read sec-conv-output-size }} and {{ read sec-conv-floor }} first.
# About 40 minutes.*
#
# Write `conv2d(x, weight, bias, stride, padding)`: a convolutional layer. Every filter is laid on
# every window of every image; entry by entry, the two are multiplied and added up over all
# channels, and the filter's bias is added. One image with one channel, one filter of 1 × 2, and a
# bias of 100:
#
# ```python
# x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])  # (1, 1, 2, 3)
# weight = np.array([[[[10.0, 1.0]]]])  # (1, 1, 1, 2)
# conv2d(x, weight, np.array([100.0]), 1, 0)  # [[[[112. 123.] [145. 156.]]]]
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `weight` | (K, C, kH, kW): K filters of C channels each |
# | `bias` | (K,) |
# | `stride` | pixels from one window to the next, in both directions, ≥ 1 |
# | `padding` | rows and columns of zeros on each of the four sides, ≥ 0 |
# | returns | y, (N, K, outH, outW) |
#
# - **The kernel is not flipped**: its first entry meets the window's first pixel, as in the example.
# - **Padding** surrounds each channel of each image; no images or channels are added.
# - **What the stride leaves over** at the lower and right border is in no window, as in torch: rows
#   and columns that do not fill another window are ignored. At least one window fits.
# - **One dtype**: all arguments are float32, or all are float64, and so is y. (Only here may the
#   arguments be float32; in all other exercises they are float64, and a float32 result fails.)
# - **No Python loop**, nor a comprehension, over images, filters, channels or places. A loop over the
#   kH · kW entries of the kernel is fine: for a single entry, which pixels does it meet, and what
#   does it add to y?


# %% nbgrader={"grade_id": "conv2d", "solution": true}
def conv2d(x, weight, bias, stride, padding):
    """x: (N, C, H, W), weight: (K, C, kH, kW), bias: (K,) -> y: (N, K, outH, outW)"""
    ### BEGIN SOLUTION
    rim = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), rim, rim))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]  # (N, C, outH, outW, kH, kW)
    y = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))  # (N, outH, outW, K)
    return (y + bias).transpose(0, 3, 1, 2)
    ### END SOLUTION


# %% tags=["folded"]
def conv2d_by_torch(x, weight, bias, stride, padding):
    return torch.conv2d(*map(torch.tensor, (x, weight, bias)), stride, padding).numpy()


# %% nbgrader={"grade_id": "test_conv2d", "grade": true, "points": 3}
x, weight = floats([[[[1, 2, 3], [0, 4, 5], [6, 1, 7], [8, 9, 2]]]]), floats([[[[1, 10], [100, 1000], [0, 2]]]])
want = floats([[[[4023, 5446], [1658, 7158]]]])
check_call(conv2d, x, weight, floats([0]), 1, 0, want=want, label="4 by 3 pixels, a filter of 3 by 2")
check_call(conv2d, x, weight, floats([0.5]), 1, 0, want=want + 0.5, label="the same with a bias")
args = (numbers(1, 5, 3, 4, 6), numbers(2, 2, 3, 2, 3), floats([0.5, -0.25]), 1, 0)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="5 images of 3 channels, 2 filters of 2 by 3")
args = (numbers(3, 2, 1, 5, 3), numbers(4, 4, 1, 1, 1), floats([1, 2, 3, 4]), 1, 0)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="4 filters of 1 by 1")
### BEGIN HIDDEN TESTS
def by_loops(x, w, b):
    (n, _, height, width), (f, c, kh, kw) = x.shape, w.shape
    y = np.zeros((n, f, height - kh + 1, width - kw + 1))
    for a, k, i, j in np.ndindex(y.shape):
        total = b[k]
        for ch, p, q in np.ndindex(c, kh, kw):
            total += w[k, ch, p, q] * x[a, ch, i + p, j + q]
        y[a, k, i, j] = total
    return y


rng = np.random.default_rng(0)
for shape, filters, kernel in [((1, 1, 3, 3), 1, (2, 2)), ((2, 4, 5, 6), 3, (3, 2)), ((3, 2, 6, 4), 5, (1, 4)), ((4, 3, 3, 7), 2, (3, 3))]:
    x, w, b = rng.normal(size=shape), rng.normal(size=(filters, shape[1], *kernel)), rng.normal(size=filters)
    check_call(conv2d, x, w, b, 1, 0, want=by_loops(x, w, b), label=f"x of shape {shape}, {filters} filters of {kernel}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_padding", "grade": true, "points": 2}
x, weight, want = floats([[[[1], [2]]]]), floats([[[[1], [10]]]]), floats([[[[0, 10, 0], [0, 21, 0], [0, 2, 0]]]])
check_call(conv2d, x, weight, floats([0]), 1, 1, want=want, label="two pixels, padding 1")
args = (numbers(5, 2, 3, 4, 3), numbers(6, 2, 3, 3, 2), floats([7, -3]), 1, 2)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="3 channels, padding 2")
### BEGIN HIDDEN TESTS
def by_loops(x, w, b, padding):
    (n, _, height, width), (f, c, kh, kw) = x.shape, w.shape
    y = np.zeros((n, f, height + 2 * padding - kh + 1, width + 2 * padding - kw + 1))
    for a, k, i, j in np.ndindex(y.shape):
        y[a, k, i, j] = b[k]
        for ch, p, q in np.ndindex(c, kh, kw):
            row, column = i + p - padding, j + q - padding
            if 0 <= row < height and 0 <= column < width:
                y[a, k, i, j] += w[k, ch, p, q] * x[a, ch, row, column]
    return y


rng = np.random.default_rng(1)
for shape, filters, kernel, padding in [((2, 2, 4, 5), 3, (3, 3), 1), ((1, 3, 2, 3), 2, (4, 5), 2), ((2, 2, 3, 4), 1, (2, 3), 3)]:
    x, w, b = rng.normal(size=shape), rng.normal(size=(filters, shape[1], *kernel)), rng.normal(size=filters)
    label = f"x of shape {shape}, filters of {kernel}, padding {padding}"
    check_call(conv2d, x, w, b, 1, padding, want=by_loops(x, w, b, padding), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_stride", "grade": true, "points": 2}
args = (numbers(7, 2, 2, 5, 7), numbers(8, 3, 2, 3, 1), floats([1, 0, -2]), 2, 0)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="stride 2")
args = (numbers(9, 2, 2, 6, 9), numbers(10, 1, 2, 3, 2), floats([4]), 2, 0)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="stride 2, which leaves a row and a column over")
args = (numbers(11, 1, 2, 8, 6), numbers(12, 3, 2, 2, 4), floats([3, 2, 1]), 3, 1)
check_call(conv2d, *args, want=conv2d_by_torch(*args), label="stride 3, padding 1")
### BEGIN HIDDEN TESTS
def by_loops(x, w, b, stride, padding):
    (n, _, height, width), (f, c, kh, kw) = x.shape, w.shape
    rows = range(-padding, height + padding - kh + 1, stride)
    columns = range(-padding, width + padding - kw + 1, stride)
    y = np.zeros((n, f, len(rows), len(columns)))
    for a, k, i, j in np.ndindex(y.shape):
        y[a, k, i, j] = b[k]
        for ch, p, q in np.ndindex(c, kh, kw):
            row, column = rows[i] + p, columns[j] + q
            if 0 <= row < height and 0 <= column < width:
                y[a, k, i, j] += w[k, ch, p, q] * x[a, ch, row, column]
    return y


rng = np.random.default_rng(2)
for shape, kernel, stride, padding in [((2, 2, 7, 9), (3, 3), 2, 0), ((1, 3, 8, 11), (2, 5), 3, 0), ((2, 1, 6, 5), (3, 2), 2, 1), ((3, 2, 9, 4), (1, 2), 4, 2)]:
    x, w, b = rng.normal(size=shape), rng.normal(size=(3, shape[1], *kernel)), rng.normal(size=3)
    want, label = by_loops(x, w, b, stride, padding), f"x of shape {shape}, filters of {kernel}, stride {stride}, padding {padding}"
    check_call(conv2d, x, w, b, stride, padding, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_float32", "grade": true, "points": 1}
x, weight = floats([[[[1, 2, 3], [4, 5, 6]]]]).astype(np.float32), floats([[[[10], [1]]]]).astype(np.float32)
want = floats([[[[100, 101, 102, 103, 100], [100, 114, 125, 136, 100], [100, 140, 150, 160, 100]]]]).astype(np.float32)
check_call(conv2d, x, weight, np.float32([100]), 1, 1, want=want, exact_dtype=True, label="float32, padding 1")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
x, w, b = (rng.normal(size=size).astype(np.float32) for size in [(2, 3, 5, 4), (2, 3, 2, 3), (2,)])
for stride, padding in [(1, 0), (2, 0), (1, 2), (2, 1)]:
    want = torch.conv2d(*map(torch.tensor, (x, w, b)), stride, padding).numpy()
    label = f"float32, stride {stride}, padding {padding}"
    check_call(conv2d, x, w, b, stride, padding, want=want, rtol=1e-4, atol=1e-5, exact_dtype=True, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_no_loop", "grade": true, "points": 2}
w, b = np.ones((4, 4, 3, 2)), np.ones(4)
few, many = (np.ones((2, 4, 4, 5)), w, b, 1, 0), (np.ones((80, 4, 4, 5)), w, b, 1, 0)
check_no_loop(conv2d, few, many, label="many images")
few, many = (np.ones((3, 4, 4, 5)), w, b, 1, 0), (np.ones((3, 80, 4, 5)), np.ones((80, 80, 3, 2)), np.ones(80), 1, 0)
check_no_loop(conv2d, few, many, label="many channels and filters")
few, many = (np.ones((4, 4, 4, 5)), w, b, 1, 0), (np.ones((4, 4, 80, 90)), w, b, 1, 0)
check_no_loop(conv2d, few, many, label="many places")
### BEGIN HIDDEN TESTS
few, many = (np.ones((2, 4, 7, 9)), w, b, 2, 0), (np.ones((120, 4, 7, 9)), w, b, 2, 0)
check_no_loop(conv2d, few, many, label="more images")
few, many = (np.ones((3, 4, 7, 9)), w, b, 2, 0), (np.ones((3, 70, 7, 9)), np.ones((100, 70, 3, 2)), np.ones(100), 2, 0)
check_no_loop(conv2d, few, many, label="more channels and filters")
for n, shape, what in [(4, (250, 9), "rows"), (5, (7, 250), "columns")]:  # shapes that no call has seen: einsum keeps its plans
    few, many = (np.ones((n, 4, 7, 9)), w, b, 2, 0), (np.ones((n, 4, *shape)), w, b, 2, 0)
    check_no_loop(conv2d, few, many, label=f"many {what}")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: four classical kernels on a photograph (by Stefan van der Walt). Each filter has
# three channels, since the photograph has, and adds up over red, green and blue. Grey is zero in the
# first two answers: an edge from dark to bright is white, one from bright to dark is black.

# %%
cat = data.photograph("cat").astype(np.float64)[None]  # (1, 3, H, W)
slope = np.outer([1, 2, 1], [-1, 0, 1]) / 8
classics = {
    "edges across": slope,
    "edges down": slope.T,
    "mean of 5 × 5": np.ones((5, 5)) / 25,
    "sharpened": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
}
_, axes = plt.subplots(1, 5, figsize=(12, 2.6))
axes[0].imshow(cat[0].transpose(1, 2, 0))
axes[0].set(title="the photograph")
for (title, kernel_entries), ax in zip(classics.items(), axes[1:]):
    bank = np.broadcast_to(kernel_entries / 3, (1, 3, *kernel_entries.shape))
    answer = conv2d(cat, bank, np.zeros(1), 1, kernel_entries.shape[0] // 2)
    low, high = (-0.25, 0.25) if "edges" in title else (0, 1)
    ax.imshow(answer[0, 0], cmap="gray", vmin=low, vmax=high)
    ax.set(title=title)
for ax in axes:
    ax.axis("off")

# %% [markdown]
# ## 3 · Weights that are not shared
#
# ### Exercise `locally_connected2d` (4 points)
#
# *Read {{ read sec-conv-connected }} first. About 20 minutes.*
#
# Write `locally_connected2d(x, weight, bias, stride)`: like a convolution, but each place has weights
# and biases of its own, as is useful for faces that are all in the same place. Three pixels have two
# windows of two, hence two filters:
#
# ```python
# x = np.array([[[[1.0, 2.0, 3.0]]]])
# weight = np.array([[10.0, 1.0], [5.0, 7.0]]).reshape(1, 2, 1, 1, 1, 2)
# locally_connected2d(x, weight, np.zeros((1, 1, 2)), 1)  # [[[[12. 31.]]]]
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `weight` | (outH, outW, K, C, kH, kW): `weight[r, c]` is the weight of a `conv2d`, for row r and column c of the output alone |
# | `bias` | (K, outH, outW) |
# | `stride` | a whole number; there is no padding, and what is left over is in no window |
# | returns | (N, K, outH, outW) |
#
# - **No Python loop** over the images. Loops over places, filters and entries are allowed.


# %% nbgrader={"grade_id": "locally_connected2d", "solution": true}
def locally_connected2d(x, weight, bias, stride):
    """x: (N, C, H, W), weight: (outH, outW, K, C, kH, kW), bias: (K, outH, outW) -> y"""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[4:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]  # (N, C, outH, outW, kH, kW)
    return np.einsum("ncrsij,rskcij->nkrs", windows, weight) + bias
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_locally_connected2d", "grade": true, "points": 2}
x, weight = floats([[[[1, 2, 3]]]]), floats([[10, 1], [5, 7]]).reshape(1, 2, 1, 1, 1, 2)
bias, want = floats([[[1.5, -0.25]]]), floats([[[[13.5, 30.75]]]])
check_call(locally_connected2d, x, weight, bias, 1, want=want, label="three pixels")
x, weight, bias = numbers(1, 4, 3, 3, 5), numbers(2, 2, 3, 2, 3, 2, 3), numbers(3, 2, 2, 3)
want = bias + np.zeros((4, 1, 1, 1))
for r, c in np.ndindex(2, 3):
    want[:, :, r, c] += torch.conv2d(*map(torch.tensor, (x, weight[r, c]))).numpy()[:, :, r, c]
check_call(locally_connected2d, x, weight, bias, 1, want=want, label="4 images of 3 channels, 2 filters of 2 by 3")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(31)
for shape, filters, (kh, kw) in [((1, 1, 3, 3), 1, (2, 2)), ((2, 2, 4, 5), 3, (3, 2)), ((3, 4, 2, 6), 2, (1, 3))]:
    out = (shape[2] - kh + 1, shape[3] - kw + 1)
    x, weight = rng.normal(size=shape), rng.normal(size=(*out, filters, shape[1], kh, kw))
    bias = rng.normal(size=(filters, *out))
    want = np.zeros((shape[0], filters, *out))
    for a, f, r, c in np.ndindex(want.shape):
        want[a, f, r, c] = bias[f, r, c] + (weight[r, c, f] * x[a, :, r : r + kh, c : c + kw]).sum()
    check_call(locally_connected2d, x, weight, bias, 1, want=want, label=f"x of shape {shape}, {filters} filters of {kh} by {kw}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_locally_connected2d_stride", "grade": true, "points": 1}
x, weight, bias = numbers(4, 2, 2, 6, 7), numbers(5, 2, 3, 1, 2, 3, 2), numbers(6, 1, 2, 3)
want = bias + np.zeros((2, 1, 1, 1))
for r, c in np.ndindex(2, 3):
    want[:, :, r, c] += torch.conv2d(*map(torch.tensor, (x, weight[r, c])), None, 2).numpy()[:, :, r, c]
check_call(locally_connected2d, x, weight, bias, 2, want=want, label="stride 2, which leaves a row and a column over")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(32)
for shape, (kh, kw), stride in [((2, 2, 7, 6), (3, 2), 2), ((1, 3, 8, 5), (2, 2), 3)]:
    out = ((shape[2] - kh) // stride + 1, (shape[3] - kw) // stride + 1)
    x, weight = rng.normal(size=shape), rng.normal(size=(*out, 2, shape[1], kh, kw))
    bias = rng.normal(size=(2, *out))
    want = np.zeros((shape[0], 2, *out))
    for a, f, r, c in np.ndindex(want.shape):
        i, j = r * stride, c * stride
        want[a, f, r, c] = bias[f, r, c] + (weight[r, c, f] * x[a, :, i : i + kh, j : j + kw]).sum()
    check_call(locally_connected2d, x, weight, bias, stride, want=want, label=f"x of shape {shape}, stride {stride}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_locally_connected2d_no_loop_over_images", "grade": true, "points": 1}
few, many = ((np.ones((n, 2, 3, 4)), np.ones((2, 3, 2, 2, 2, 2)), np.ones((2, 2, 3)), 1) for n in [2, 100])
check_no_loop(locally_connected2d, few, many, label="many images")
### BEGIN HIDDEN TESTS
few, many = ((np.ones((n, 1, 5, 3)), np.ones((2, 1, 3, 1, 2, 2)), np.ones((3, 2, 1)), 2) for n in [1, 150])
check_no_loop(locally_connected2d, few, many, label="more images")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: give every place the same weights, and the layer is a convolution; ours differs
# from `conv2d` by less than 1e-12. What sharing saves is in the number of weights.

# %%
few_pixels, one_kernel = numbers(1, 2, 3, 12, 16) / 100, numbers(2, 4, 3, 3, 3) / 100
everywhere = np.broadcast_to(one_kernel, (10, 14, *one_kernel.shape))
difference = locally_connected2d(few_pixels, everywhere, np.zeros((4, 10, 14)), 1)
difference -= conv2d(few_pixels, one_kernel, np.zeros(4), 1, 0)
print(f"the two differ by {np.abs(difference).max():.0e}")
print(f"weights: {one_kernel.size} shared, {everywhere.size:,} not shared")

# %% [markdown]
# ## 4 · Windows as columns, and back
#
# ### Exercise `unfold` (6 points)
#
# *Read {{ read sec-conv-im2col }} first. About 20 minutes.*
#
# Write `unfold(x, kernel_size, stride, padding)`, also known as im2col: each window of an image
# becomes a column of numbers. Then a convolution is one matrix product. Three by three pixels have
# four windows of two by two:
#
# ```python
# x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)  # 1 2 3 / 4 5 6 / 7 8 9
# unfold(x, (2, 2), 1, 0)
# # [[[1. 2. 4. 5.]      the upper left pixel of each window
# #   [2. 3. 5. 6.]      the upper right one
# #   [4. 5. 7. 8.]
# #   [5. 6. 8. 9.]]]    the first column is the first window: 1 2 / 4 5
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `kernel_size` | (kH, kW), a pair |
# | `stride`, `padding` | as in `conv2d`: zeros around, and what is left over at the end is in no window |
# | returns | (N, C · kH · kW, L), where L = outH · outW is the number of windows |
#
# - **A column** holds the window's channel 0, then channel 1, …, and each of them row by row.
# - **The columns** follow the windows row by row, from the upper left one.
# - **No Python loop** over images, channels or places. One over the entries of the kernel is fine.


# %% nbgrader={"grade_id": "unfold", "solution": true}
def unfold(x, kernel_size, stride, padding):
    """x: (N, C, H, W), kernel_size: (kH, kW) -> (N, C·kH·kW, L)"""
    ### BEGIN SOLUTION
    rim = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), rim, rim))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    count = x.shape[1] * kernel_size[0] * kernel_size[1]
    return windows.reshape(len(x), count, -1)  # (N, C, kH, kW, outH, outW) before
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_unfold", "grade": true, "points": 3}
x = floats([[[[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 2]]]])
want = floats([[[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9], [7, 8, 0, 1], [8, 9, 1, 2]]])
check_call(unfold, x, (3, 2), 1, 0, want=want, label="windows of 3 by 2")
args = (numbers(1, 3, 2, 4, 6), (3, 2), 1, 0)
want = torch.nn.functional.unfold(torch.tensor(args[0]), (3, 2)).numpy()
check_call(unfold, *args, want=want, label="3 images of 2 channels, windows of 3 by 2")
### BEGIN HIDDEN TESTS
def by_loops(x, kernel):
    (n, c, height, width), (kh, kw) = x.shape, kernel
    columns = [
        [x[a, ch, i + p, j + q] for ch, p, q in np.ndindex(c, kh, kw)]
        for a in range(n)
        for i, j in np.ndindex(height - kh + 1, width - kw + 1)
    ]
    return np.array(columns).reshape(n, -1, c * kh * kw).swapaxes(1, 2)


rng = np.random.default_rng(4)
for shape, kernel in [((1, 1, 4, 3), (2, 2)), ((2, 3, 5, 4), (2, 3)), ((2, 2, 3, 6), (1, 4)), ((5, 2, 4, 4), (4, 1))]:
    x = rng.normal(size=shape)
    check_call(unfold, x, kernel, 1, 0, want=by_loops(x, kernel), label=f"x of shape {shape}, windows of {kernel}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_unfold_stride_and_padding", "grade": true, "points": 2}
x, want = floats([[[[1, 2, 3], [4, 5, 6]]]]), floats([[[0, 0, 0, 5], [0, 0, 4, 6]]])
check_call(unfold, x, (1, 2), 2, 1, want=want, label="2 by 3 pixels, stride 2, padding 1")
args = (numbers(2, 2, 2, 6, 8), (3, 2), 2, 0)
want = torch.nn.functional.unfold(torch.tensor(args[0]), (3, 2), stride=2).numpy()
check_call(unfold, *args, want=want, label="stride 2, which leaves a row over")
args = (numbers(3, 2, 3, 3, 2), (2, 3), 1, 2)
want = torch.nn.functional.unfold(torch.tensor(args[0]), (2, 3), padding=2).numpy()
check_call(unfold, *args, want=want, label="padding 2")
### BEGIN HIDDEN TESTS
def by_loops(x, kernel, stride, padding):
    (n, c, height, width), (kh, kw) = x.shape, kernel
    rows = range(-padding, height + padding - kh + 1, stride)
    columns = range(-padding, width + padding - kw + 1, stride)
    found = np.zeros((n, c, kh, kw, len(rows), len(columns)))
    for a, ch, p, q, i, j in np.ndindex(found.shape):
        row, column = rows[i] + p, columns[j] + q
        if 0 <= row < height and 0 <= column < width:
            found[a, ch, p, q, i, j] = x[a, ch, row, column]
    return found.reshape(n, c * kh * kw, -1)


rng = np.random.default_rng(5)
for shape, kernel, stride, padding in [((2, 2, 5, 7), (3, 2), 2, 1), ((1, 3, 7, 8), (2, 2), 3, 0), ((3, 1, 4, 5), (3, 4), 1, 1), ((2, 2, 4, 3), (1, 1), 2, 2)]:
    x, label = rng.normal(size=shape), f"x of shape {shape}, windows of {kernel}, stride {stride}, padding {padding}"
    check_call(unfold, x, kernel, stride, padding, want=by_loops(x, kernel, stride, padding), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_unfold_no_loop", "grade": true, "points": 1}
few = (np.ones((1, 1, 4, 5)), (2, 2), 1, 1)
check_no_loop(unfold, few, (np.ones((80, 80, 4, 5)), *few[1:]), label="many images and channels")
check_no_loop(unfold, few, (np.ones((1, 1, 80, 90)), *few[1:]), label="many places")
### BEGIN HIDDEN TESTS
few = (np.ones((2, 1, 4, 5)), (2, 1), 1, 0)
for shape, what in [((100, 1, 4, 5), "images"), ((2, 100, 4, 5), "channels"), ((2, 1, 100, 5), "rows"), ((2, 1, 4, 100), "columns")]:
    check_no_loop(unfold, few, (np.ones(shape), *few[1:]), label=f"many {what}")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `fold` (7 points)
#
# *Read {{ read sec-conv-im2col }} first. About 25 minutes.*
#
# Write `fold(columns, size, kernel_size, stride, padding)`, also known as col2im: every column goes
# back to its window. It is the transpose of `unfold`, not its inverse: a pixel that lies in several
# windows gets the **sum** of what comes back from each of them. With the x of the example of `unfold`, each
# pixel comes back as often as there are windows that see it, and all that comes back is added up:
#
# ```python
# fold(unfold(x, (2, 2), 1, 0), (3, 3), (2, 2), 1, 0)
# # [[[[ 1.  4.  3.]
# #    [ 8. 20. 12.]      5 is in all four windows
# #    [ 7. 16.  9.]]]]
# ```
#
# | | |
# |---|---|
# | `columns` | (N, C · kH · kW, L), in the order of `unfold` |
# | `size` | (H, W) of the images |
# | `kernel_size`, `stride`, `padding` | as in `unfold`; they and `size` fit the columns |
# | returns | (N, C, H, W) |
#
# - **Padding**: what comes back to a pixel of the padding is lost. `size` is without padding.
# - **Left over**: a pixel that is in no window gets 0.
# - Loops over the entries of the kernel are fine, and so are loops over places, but no Python loop
#   goes over the images.


# %% nbgrader={"grade_id": "fold", "solution": true}
def fold(columns, size, kernel_size, stride, padding):
    """columns: (N, C·kH·kW, L), size: (H, W), kernel_size: (kH, kW) -> (N, C, H, W)"""
    ### BEGIN SOLUTION
    (height, width), (kh, kw) = size, kernel_size
    high, wide = height + 2 * padding, width + 2 * padding
    out_h, out_w = (high - kh) // stride + 1, (wide - kw) // stride + 1
    entries = columns.reshape(len(columns), -1, kh, kw, out_h, out_w)
    padded = np.zeros((len(columns), entries.shape[1], high, wide))
    for i, j in np.ndindex(kh, kw):
        rows = slice(i, i + stride * out_h, stride)
        padded[:, :, rows, j : j + stride * out_w : stride] += entries[:, :, i, j]
    return padded[:, :, padding : padding + height, padding : padding + width]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_fold", "grade": true, "points": 2}
columns = floats([[[1, 2], [3, 4], [5, 6], [7, 8], [10, 20], [30, 40], [50, 60], [70, 80]]])
want = floats([[[[1, 3, 2, 4], [5, 7, 6, 8]], [[10, 30, 20, 40], [50, 70, 60, 80]]]])
check_call(fold, columns, (2, 4), (2, 2), 2, 0, want=want, label="two windows side by side, 2 channels")
columns = numbers(1, 3, 12, 6)
want = torch.nn.functional.fold(torch.tensor(columns), (6, 8), (3, 2), stride=3).numpy()
check_call(fold, columns, (6, 8), (3, 2), 3, 0, want=want, label="3 images, windows of 3 by 2 with gaps")
### BEGIN HIDDEN TESTS
def by_loops(columns, size, kernel, stride):
    (height, width), (kh, kw), n = size, kernel, len(columns)
    c, out_w = columns.shape[1] // (kh * kw), (width - kw) // stride + 1
    y = np.zeros((n, c, height, width))
    for a, ch, p, q, place in np.ndindex(n, c, kh, kw, columns.shape[2]):
        i, j = divmod(place, out_w)
        y[a, ch, i * stride + p, j * stride + q] += columns[a, (ch * kh + p) * kw + q, place]
    return y


rng = np.random.default_rng(6)
for size, channels, kernel, stride in [((4, 6), 1, (2, 2), 2), ((3, 9), 2, (3, 3), 3), ((2, 7), 3, (2, 1), 2), ((8, 3), 2, (2, 3), 3)]:
    count = ((size[0] - kernel[0]) // stride + 1) * ((size[1] - kernel[1]) // stride + 1)
    columns, label = rng.normal(size=(2, channels * kernel[0] * kernel[1], count)), f"size {size}, windows of {kernel}, stride {stride}"
    check_call(fold, columns, size, kernel, stride, 0, want=by_loops(columns, size, kernel, stride), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fold_overlap", "grade": true, "points": 2}
columns, want = floats([[[1, 30, 4, 8], [10, 20, 40, 80]]]), floats([[[[1, 40, 20], [4, 48, 80]]]])
check_call(fold, columns, (2, 3), (1, 2), 1, 0, want=want, label="overlaps of one pixel")
columns = numbers(2, 2, 12, 10)
want = torch.nn.functional.fold(torch.tensor(columns), (4, 6), (3, 2)).numpy()
check_call(fold, columns, (4, 6), (3, 2), 1, 0, want=want, label="windows of 3 by 2, 2 channels")
### BEGIN HIDDEN TESTS
def by_loops(columns, size, kernel, stride):
    (height, width), (kh, kw), n = size, kernel, len(columns)
    c, out_w = columns.shape[1] // (kh * kw), (width - kw) // stride + 1
    y = np.zeros((n, c, height, width))
    for a, ch, p, q, place in np.ndindex(n, c, kh, kw, columns.shape[2]):
        i, j = divmod(place, out_w)
        y[a, ch, i * stride + p, j * stride + q] += columns[a, (ch * kh + p) * kw + q, place]
    return y


rng = np.random.default_rng(7)
for size, channels, kernel, stride in [((4, 5), 1, (2, 3), 1), ((5, 7), 2, (3, 3), 2), ((3, 6), 3, (3, 4), 1)]:
    count = ((size[0] - kernel[0]) // stride + 1) * ((size[1] - kernel[1]) // stride + 1)
    columns, label = rng.normal(size=(2, channels * kernel[0] * kernel[1], count)), f"overlaps, size {size}, windows of {kernel}, stride {stride}"
    check_call(fold, columns, size, kernel, stride, 0, want=by_loops(columns, size, kernel, stride), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fold_padding_and_left_over", "grade": true, "points": 2}
columns = numbers(3, 2, 8, 6)
want = torch.nn.functional.fold(torch.tensor(columns), (2, 4), (2, 2), stride=2, padding=1).numpy()
check_call(fold, columns, (2, 4), (2, 2), 2, 1, want=want, label="padding 1")
columns = numbers(4, 1, 6, 24)
want = torch.nn.functional.fold(torch.tensor(columns), (2, 3), (3, 2), padding=2).numpy()
check_call(fold, columns, (2, 3), (3, 2), 1, 2, want=want, label="padding 2")
columns = numbers(5, 1, 8, 12)
want = torch.nn.functional.fold(torch.tensor(columns), (5, 7), (2, 2), stride=2, padding=1).numpy()
check_call(fold, columns, (5, 7), (2, 2), 2, 1, want=want, label="padding 1, and a row and a column left over")
### BEGIN HIDDEN TESTS
def by_loops(columns, size, kernel, stride, padding):
    (height, width), (kh, kw), n = size, kernel, len(columns)
    c, out_w = columns.shape[1] // (kh * kw), (width + 2 * padding - kw) // stride + 1
    y = np.zeros((n, c, height, width))
    for a, ch, p, q, place in np.ndindex(n, c, kh, kw, columns.shape[2]):
        row, column = (o * stride + e - padding for o, e in zip(divmod(place, out_w), (p, q)))
        if 0 <= row < height and 0 <= column < width:
            y[a, ch, row, column] += columns[a, (ch * kh + p) * kw + q, place]
    return y


rng = np.random.default_rng(8)
for size, kernel, stride, padding in [((4, 5), (3, 3), 1, 1), ((5, 8), (3, 2), 2, 0), ((4, 6), (4, 5), 3, 2), ((3, 5), (2, 3), 3, 1)]:
    count = ((size[0] + 2 * padding - kernel[0]) // stride + 1) * ((size[1] + 2 * padding - kernel[1]) // stride + 1)
    columns = rng.normal(size=(2, 2 * kernel[0] * kernel[1], count))
    want, label = by_loops(columns, size, kernel, stride, padding), f"size {size}, windows of {kernel}, stride {stride}, padding {padding}"
    check_call(fold, columns, size, kernel, stride, padding, want=want, label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fold_no_loop_over_images", "grade": true, "points": 1}
few, many = (np.ones((n, 4, 6)) for n in [2, 100])
check_no_loop(fold, (few, (3, 4), (2, 2), 1, 0), (many, (3, 4), (2, 2), 1, 0), label="many images")
### BEGIN HIDDEN TESTS
few, many = (np.ones((n, 6, 4)) for n in [1, 150])
check_no_loop(fold, (few, (5, 5), (3, 2), 2, 0), (many, (5, 5), (3, 2), 2, 0), label="more images")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: unfold an image of ones and fold it back, and every pixel counts the windows that
# see it. Without padding, a corner pixel of 3 × 3 windows is used once and a pixel inside nine times.
# With a padding of 2, all are used nine times. Why is that the least padding which does it?

# %%
_, axes = plt.subplots(1, 3, figsize=(9, 2.6))
for rim, ax in zip([0, 1, 2], axes):
    ones_columns = unfold(np.ones((1, 1, 7, 10)), (3, 3), 1, rim)
    uses = fold(ones_columns, (7, 10), (3, 3), 1, rim)[0, 0]
    ax.imshow(uses, vmin=0, vmax=9)
    for (row, column), times in np.ndenumerate(uses):
        ax.text(column, row, int(times), ha="center", va="center", color="w" if times < 6 else "k", fontsize=7)
    ax.set(title=f"padding {rim}", xticks=[], yticks=[])

# %% [markdown]
# ## 5 · The layer, backwards
#
# ### Exercise `conv2d_backward` (17 points)
#
# *Read {{ read sec-conv-backward-general }} first. About 45 minutes.*
#
# Write `conv2d_backward(dy, x, weight, stride, padding)`: the gradients of a loss with respect to
# what goes into `conv2d`. Each output is a sum of products; a product of a weight and a pixel sends
# `dy` times the weight to the pixel, and `dy` times the pixel to the weight. Back to the first row
# of the example of `conv2d`, with a gradient of 1 on the first output and 2 on the second:
#
# ```python
# x, weight = np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]])
# conv2d_backward(np.array([[[[1.0, 2.0]]]]), x, weight, 1, 0)
# # dx [[[[10. 21.  2.]]]], dweight [[[[5. 8.]]]], dbias [3.]
# ```
#
# The pixel 2 is in both windows: it gets 1 · 1 from the first and 2 · 10 from the second. The weight
# 10 has met the pixels 1 and 2, hence 1 · 1 + 2 · 2 = 5.
#
# | | |
# |---|---|
# | `dy` | (N, K, outH, outW) |
# | `x`, `weight`, `stride`, `padding` | as `conv2d` had them |
# | returns | `(dx, dweight, dbias)` of the shapes of x, weight and bias |
#
# - A weight is used at every place of every image, and a bias too: their gradients are **sums** over
#   all of these, and nothing is divided. If the loss is a mean, that is already in `dy`.
# - **Padding**: `dx` has the size of x, without the padding; but the padding was there when the
#   weights met it.
# - **Left over**: pixels that were in no window have gradient 0, and are there in `dx` all the same.
# - **No Python loop** over images, filters, channels or places. One over the kH · kW entries of the
#   kernel does it: for each entry, which pixels did it meet? Slices with a step find them. This holds for
#   what you call, too: a `fold` that loops over places is too slow here.


# %% nbgrader={"grade_id": "conv2d_backward", "solution": true}
def conv2d_backward(dy, x, weight, stride, padding):
    """dy: (N, K, outH, outW), x: (N, C, H, W), weight: (K, C, kH, kW) -> dx, dweight, dbias: (K,)"""
    ### BEGIN SOLUTION
    rim = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), rim, rim))
    dpadded, dweight = np.zeros_like(padded), np.zeros_like(weight)
    (height, width), (out_h, out_w) = x.shape[2:], dy.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):  # an entry of the kernel, and all pixels that it met
        met = ..., slice(i, i + stride * out_h, stride), slice(j, j + stride * out_w, stride)
        dweight[:, :, i, j] = np.einsum("nkhw,nchw->kc", dy, padded[met])
        dpadded[met] += np.einsum("nkhw,kc->nchw", dy, weight[:, :, i, j])
    dx = dpadded[:, :, padding : padding + height, padding : padding + width]
    return dx, dweight, dy.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %% tags=["folded"]
def gradients_by_torch(dy, x, weight, *how):
    to_y, pixels, entries = map(torch.tensor, (dy, x, weight))
    dx = torch.nn.grad.conv2d_input(x.shape, entries, to_y, *how)
    return dx.numpy(), torch.nn.grad.conv2d_weight(pixels, weight.shape, to_y, *how).numpy(), dy.sum(axis=(0, 2, 3))


# %% nbgrader={"grade_id": "test_conv2d_backward", "grade": true, "points": 6}
x, weight, dy = floats([[[[1, 2, 3], [4, 5, 6]]]]), floats([[[[10, 1], [20, 2]]]]), floats([[[[1, -2]]]])
want = (floats([[[[10, -19, -2], [20, -38, -4]]]]), floats([[[[-3, -4], [-6, -7]]]]), floats([-1]))
check_call(conv2d_backward, dy, x, weight, 1, 0, want=want, label="2 by 3 pixels, a filter of 2 by 2")
args = (numbers(1, 1, 1, 3, 2), numbers(2, 1, 1, 4, 4), numbers(3, 1, 1, 2, 3), 1, 0)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="one image, a filter of 2 by 3")
args = (numbers(1, 5, 2, 3, 5), numbers(2, 5, 3, 5, 6), numbers(3, 2, 3, 3, 2), 1, 0)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="5 images of 3 channels, 2 filters of 3 by 2")
### BEGIN HIDDEN TESTS
def by_loops(dy, x, w):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for a, k, i, j in np.ndindex(dy.shape):
        g = dy[a, k, i, j]
        db[k] += g
        for ch, p, q in np.ndindex(w.shape[1:]):
            dx[a, ch, i + p, j + q] += g * w[k, ch, p, q]
            dw[k, ch, p, q] += g * x[a, ch, i + p, j + q]
    return dx, dw, db


rng = np.random.default_rng(9)
for shape, filters, kernel in [((1, 1, 3, 3), 1, (2, 2)), ((2, 4, 5, 6), 3, (3, 2)), ((3, 2, 6, 4), 5, (1, 4)), ((4, 3, 3, 7), 2, (3, 3))]:
    x, w = rng.normal(size=shape), rng.normal(size=(filters, shape[1], *kernel))
    dy = rng.normal(size=(shape[0], filters, shape[2] - kernel[0] + 1, shape[3] - kernel[1] + 1))
    check_call(conv2d_backward, dy, x, w, 1, 0, want=by_loops(dy, x, w), label=f"x of shape {shape}, {filters} filters of {kernel}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_backward_padding", "grade": true, "points": 3}
args = (numbers(4, 2, 1, 4, 5), numbers(5, 2, 2, 4, 6), numbers(6, 1, 2, 3, 4), 1, 1)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="padding 1")
args = (numbers(7, 2, 3, 5, 6), numbers(8, 2, 2, 3, 3), numbers(9, 3, 2, 3, 2), 1, 2)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="padding 2")
### BEGIN HIDDEN TESTS
def by_loops(dy, x, w, padding):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for a, k, i, j in np.ndindex(dy.shape):
        g = dy[a, k, i, j]
        db[k] += g
        for ch, p, q in np.ndindex(w.shape[1:]):
            row, column = i + p - padding, j + q - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dx[a, ch, row, column] += g * w[k, ch, p, q]
                dw[k, ch, p, q] += g * x[a, ch, row, column]
    return dx, dw, db


rng = np.random.default_rng(10)
for shape, filters, kernel, padding in [((2, 2, 4, 5), 3, (3, 3), 1), ((1, 3, 2, 3), 2, (4, 5), 2), ((2, 2, 3, 4), 1, (2, 3), 3)]:
    x, w = rng.normal(size=shape), rng.normal(size=(filters, shape[1], *kernel))
    size = (shape[2] + 2 * padding - kernel[0] + 1, shape[3] + 2 * padding - kernel[1] + 1)
    dy, label = rng.normal(size=(shape[0], filters, *size)), f"x of shape {shape}, filters of {kernel}, padding {padding}"
    check_call(conv2d_backward, dy, x, w, 1, padding, want=by_loops(dy, x, w, padding), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_backward_stride", "grade": true, "points": 3}
args = (numbers(10, 2, 3, 2, 4), numbers(11, 2, 2, 5, 7), numbers(12, 3, 2, 3, 1), 2, 0)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="stride 2")
args = (numbers(13, 2, 3, 2, 4), numbers(14, 2, 2, 6, 9), numbers(15, 3, 2, 3, 2), 2, 0)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="stride 2, a row and a column left over")
args = (numbers(16, 1, 3, 3, 2), numbers(17, 1, 2, 8, 6), numbers(18, 3, 2, 2, 4), 3, 1)
check_call(conv2d_backward, *args, want=gradients_by_torch(*args), label="stride 3, padding 1")
### BEGIN HIDDEN TESTS
def by_loops(dy, x, w, stride, padding):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for a, k, i, j in np.ndindex(dy.shape):
        g = dy[a, k, i, j]
        db[k] += g
        for ch, p, q in np.ndindex(w.shape[1:]):
            row, column = i * stride + p - padding, j * stride + q - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dx[a, ch, row, column] += g * w[k, ch, p, q]
                dw[k, ch, p, q] += g * x[a, ch, row, column]
    return dx, dw, db


rng = np.random.default_rng(11)
for shape, kernel, stride, padding in [((2, 2, 7, 9), (3, 3), 2, 0), ((1, 3, 8, 11), (2, 5), 3, 0), ((2, 1, 6, 5), (3, 2), 2, 1), ((3, 2, 9, 4), (1, 2), 4, 2)]:
    x, w = rng.normal(size=shape), rng.normal(size=(3, shape[1], *kernel))
    size = ((n + 2 * padding - k) // stride + 1 for n, k in zip(shape[2:], kernel))
    dy = rng.normal(size=(shape[0], 3, *size))
    want, label = by_loops(dy, x, w, stride, padding), f"x of shape {shape}, filters of {kernel}, stride {stride}, padding {padding}"
    check_call(conv2d_backward, dy, x, w, stride, padding, want=want, label=label)
### END HIDDEN TESTS

# %% [markdown]
# **The adjoint test.** The layer without its bias is linear in x: call it A. Its backward pass is the
# transpose, so for any x and dy, $\langle Ax, dy\rangle = \langle x, A^T dy\rangle$: a single number
# computed in two ways. The layer is linear in the weights as well, which gives the same number a
# third time. No gradient has to be measured for this, and large random arrays will do, so it is the
# best test of a backward pass that there is. The next cell of checks has your gradients take it.


# %%
def conv2d_backward_products(dy, x, weight, stride, padding):
    """The inner products of x with your dx, and of weight with your dweight."""
    dx, dweight, _ = conv2d_backward(dy, x, weight, stride, padding)
    return (x * dx).sum(), (weight * dweight).sum()


# %% nbgrader={"grade_id": "test_conv2d_backward_adjoint", "grade": true, "points": 1}
x, weight = numbers(19, 3, 4, 12, 15) / 100, numbers(20, 5, 4, 4, 3) / 100
y = torch.conv2d(torch.tensor(x), torch.tensor(weight), None, 2, 1).numpy()
dy = numbers(21, *y.shape) / 100
want = ((y * dy).sum(), (y * dy).sum())
check_call(conv2d_backward_products, dy, x, weight, 2, 1, want=want, label="the adjoint test, stride 2, padding 1")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(12)
for shape, kernel, stride, padding in [((4, 2, 9, 14), (5, 2), 1, 2), ((2, 5, 17, 13), (4, 6), 3, 1), ((3, 3, 10, 12), (3, 3), 2, 0)]:
    x, weight = rng.normal(size=shape), rng.normal(size=(6, shape[1], *kernel))
    y = torch.conv2d(torch.tensor(x), torch.tensor(weight), None, stride, padding).numpy()
    dy = rng.normal(size=y.shape)
    label = f"the adjoint test, x of shape {shape}, stride {stride}, padding {padding}"
    check_call(conv2d_backward_products, dy, x, weight, stride, padding, want=((y * dy).sum(), (y * dy).sum()), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv2d_backward_no_loop", "grade": true, "points": 4}
def sizes(n, channels, height, width):
    dy, x = np.ones((n, channels, height, width)), np.ones((n, channels, height + 1, width + 1))
    return dy, x, np.ones((channels, channels, 2, 2)), 1, 0


check_no_loop(conv2d_backward, sizes(4, 4, 4, 5), sizes(80, 4, 4, 5), label="many images")
check_no_loop(conv2d_backward, sizes(5, 4, 4, 5), sizes(5, 80, 4, 5), label="many channels and filters")
check_no_loop(conv2d_backward, sizes(6, 4, 4, 5), sizes(6, 4, 80, 90), label="many places")
### BEGIN HIDDEN TESTS
check_no_loop(conv2d_backward, sizes(4, 4, 6, 5), sizes(150, 4, 6, 5), label="more images")
check_no_loop(conv2d_backward, sizes(5, 4, 6, 5), sizes(5, 90, 6, 5), label="more channels and filters")
check_no_loop(conv2d_backward, sizes(6, 4, 6, 5), sizes(6, 4, 200, 5), label="many rows")
check_no_loop(conv2d_backward, sizes(7, 4, 6, 5), sizes(7, 4, 6, 200), label="many columns")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: can a layer find a kernel that nobody tells it? The targets are the cat's edges,
# made by a kernel that your layer does not know. It starts at zero and takes 120 steps along your
# gradients. Ours is within 0.001 of every entry at the end.

# %%
hidden_kernel = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])[None, None] / 8
grey_cat = cat.mean(axis=1, keepdims=True)[:, :, 40:120, 60:160]
grey_cat = (grey_cat - grey_cat.mean()) / grey_cat.std()
no_bias, learnt = np.zeros(1), np.zeros((1, 1, 3, 3))
velocity, edge_targets = np.zeros_like(learnt), conv2d(grey_cat, hidden_kernel, no_bias, 1, 0)
for descent_step in range(121):
    misses = conv2d(grey_cat, learnt, no_bias, 1, 0) - edge_targets
    if descent_step % 30 == 0:
        print(f"step {descent_step:3}: mean squared error {np.mean(misses**2):.6f}")
    _, slope_of_weight, _ = conv2d_backward(2 * misses / misses.size, grey_cat, learnt, 1, 0)
    velocity = 0.9 * velocity - 0.05 * slope_of_weight
    learnt = learnt + velocity
print("learnt, times 8:\n", np.round(8 * learnt[0, 0], 2))
print(f"largest difference to the hidden kernel: {np.abs(learnt - hidden_kernel).max():.1e}")

# %% [markdown]
# ### Exercise `conv_matrix` (8 points)
#
# *Read {{ read sec-conv-matrix }} first. About 30 minutes.*
#
# A layer that is linear is a matrix. Write `conv_matrix(weight, height, width, stride, padding)`:
# the matrix A (the book's C) with which `A @ x.ravel()` is the output of the layer, without its bias,
# for one image x, read row by row. Then `A.T @ dy.ravel()` is its backward pass. Three pixels and the
# filter (10, 1) have two windows, hence two rows:
#
# ```python
# conv_matrix(np.array([[[[10.0, 1.0]]]]), 1, 3, 1, 0)
# # [[10.  1.  0.]
# #  [ 0. 10.  1.]]
# ```
#
# | | |
# |---|---|
# | `weight` | (K, C, kH, kW) |
# | `height`, `width` | H and W of the image |
# | `stride`, `padding` | as in `conv2d` |
# | returns | (K · outH · outW, C · H · W), zeros included |
#
# - **Rows** stand for the outputs in the order of `y.ravel()`: filter by filter, each of them row by
#   row. **Columns** stand for the pixels in the order of `x.ravel()`: channel by channel, each row
#   by row.
# - **Padding** has no columns: weights that lie on it do not appear at all.
# - Pixels that the stride leaves over have columns of zeros.


# %% nbgrader={"grade_id": "conv_matrix", "solution": true}
def conv_matrix(weight, height, width, stride, padding):
    """weight: (K, C, kH, kW) -> (K·outH·outW, C·height·width)"""
    ### BEGIN SOLUTION
    filters, channels, kh, kw = weight.shape
    out_h = (height + 2 * padding - kh) // stride + 1
    out_w = (width + 2 * padding - kw) // stride + 1
    matrix = np.zeros((filters, out_h, out_w, channels, height, width))
    for r, c, i, j in np.ndindex(out_h, out_w, kh, kw):
        row, column = r * stride + i - padding, c * stride + j - padding
        if 0 <= row < height and 0 <= column < width:
            matrix[:, r, c, :, row, column] = weight[:, :, i, j]
    return matrix.reshape(filters * out_h * out_w, channels * height * width)
    ### END SOLUTION


# %% tags=["folded"]
def matrix_by_torch(weight, height, width, stride, padding):
    """A column for each pixel: what the layer makes of an image in which this pixel alone is 1."""
    count = weight.shape[1] * height * width
    images = torch.eye(count, dtype=torch.float64).reshape(count, weight.shape[1], height, width)
    return torch.conv2d(images, torch.tensor(weight), None, stride, padding).reshape(count, -1).T.numpy()


# %% nbgrader={"grade_id": "test_conv_matrix", "grade": true, "points": 4}
weight = floats([[[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]]])
want = floats([[1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 9, 10, 11, 12, 0], [0, 1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 9, 10, 11, 12]])
check_call(conv_matrix, weight, 3, 5, 1, 0, want=want, label="3 by 5 pixels, a filter of 3 by 4")
args = (numbers(1, 1, 1, 3, 2), 4, 5, 1, 0)
check_call(conv_matrix, *args, want=matrix_by_torch(*args), label="4 by 5 pixels, a filter of 3 by 2")
### BEGIN HIDDEN TESTS
def by_loops(w, height, width):
    kh, kw = w.shape[2:]
    rows = []
    for i, j in np.ndindex(height - kh + 1, width - kw + 1):
        picture = np.zeros((height, width))
        picture[i : i + kh, j : j + kw] = w[0, 0]
        rows.append(picture.ravel())
    return np.array(rows)


rng = np.random.default_rng(13)
for height, width, kernel in [(4, 4, (3, 3)), (3, 6, (2, 4)), (5, 2, (1, 2)), (2, 3, (2, 3))]:
    w, label = rng.normal(size=(1, 1, *kernel)), f"{height} by {width} pixels, a filter of {kernel}"
    check_call(conv_matrix, w, height, width, 1, 0, want=by_loops(w, height, width), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv_matrix_channels_and_filters", "grade": true, "points": 2}
weight = numbers(2, 3, 2, 1, 1)
want = np.kron(weight[:, :, 0, 0], np.eye(2))
check_call(conv_matrix, weight, 2, 1, 1, 0, want=want, label="1 by 1 filters, 2 pixels")
args = (numbers(3, 2, 3, 2, 3), 3, 4, 1, 0)
check_call(conv_matrix, *args, want=matrix_by_torch(*args), label="3 channels, 2 filters of 2 by 3")
### BEGIN HIDDEN TESTS
def by_loops(w, height, width):
    (f, c, kh, kw), rows = w.shape, []
    for k, i, j in np.ndindex(f, height - kh + 1, width - kw + 1):
        picture = np.zeros((c, height, width))
        picture[:, i : i + kh, j : j + kw] = w[k]
        rows.append(picture.ravel())
    return np.array(rows)


rng = np.random.default_rng(14)
for shape, height, width in [((2, 2, 2, 2), 3, 3), ((4, 1, 2, 3), 4, 3), ((1, 3, 1, 2), 2, 5), ((3, 2, 3, 1), 3, 4)]:
    w, label = rng.normal(size=shape), f"weights of shape {shape}, {height} by {width} pixels"
    check_call(conv_matrix, w, height, width, 1, 0, want=by_loops(w, height, width), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_conv_matrix_stride_and_padding", "grade": true, "points": 2}
weight, want = floats([[[[0, 0], [1, 2], [0, 0]]]]), floats([[2, 0, 0], [1, 2, 0], [0, 1, 2], [0, 0, 1]])
check_call(conv_matrix, weight, 1, 3, 1, 1, want=want, label="one row of pixels, padding 1")
args = (numbers(4, 1, 1, 2, 2), 4, 5, 2, 0)
check_call(conv_matrix, *args, want=matrix_by_torch(*args), label="stride 2, which leaves a column over")
args = (numbers(5, 3, 2, 3, 2), 4, 5, 2, 1)
check_call(conv_matrix, *args, want=matrix_by_torch(*args), label="2 channels, 3 filters, stride 2, padding 1")
### BEGIN HIDDEN TESTS
def by_loops(w, height, width, stride, padding):
    (f, c, kh, kw), rows = w.shape, []
    for k in range(f):
        for i in range(0, height + 2 * padding - kh + 1, stride):
            for j in range(0, width + 2 * padding - kw + 1, stride):
                picture = np.zeros((c, height + 2 * padding, width + 2 * padding))
                picture[:, i : i + kh, j : j + kw] = w[k]
                rows.append(picture[:, padding : padding + height, padding : padding + width].ravel())
    return np.array(rows)


rng = np.random.default_rng(15)
for shape, height, width, stride, padding in [((1, 1, 3, 3), 4, 5, 1, 1), ((1, 1, 2, 3), 5, 6, 2, 0), ((3, 2, 3, 2), 2, 4, 1, 2), ((2, 3, 2, 2), 5, 3, 3, 1)]:
    w, label = rng.normal(size=shape), f"weights of shape {shape}, {height} by {width} pixels, stride {stride}, padding {padding}"
    check_call(conv_matrix, w, height, width, stride, padding, want=by_loops(w, height, width, stride, padding), label=label)
### END HIDDEN TESTS

# %% [markdown]
# See your own work: the matrix of a 3 × 3 filter on 6 × 8 pixels, one colour for each of its nine
# weights, white for zero. A fully connected layer with as many outputs would fill the white as well:
# 1,152 weights in place of nine. Below it, the three ways of this notebook on the same numbers; ours
# differ by less than 1e-13.

# %%
nine = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
layer_matrix = conv_matrix(nine, 6, 8, 1, 0)
_, ax = plt.subplots(figsize=(7, 4))
ax.imshow(np.where(layer_matrix == 0, np.nan, layer_matrix), cmap="tab10", vmin=0.5, vmax=10.5)
ax.set(xlabel="pixel", ylabel="output")
patch = grey_cat[:, :, :6, :8]
by_windows = conv2d(patch, nine, no_bias, 1, 0).ravel()
by_columns = nine.reshape(1, 9) @ unfold(patch, (3, 3), 1, 0)[0]
by_matrix = layer_matrix @ patch.ravel()
print(f"columns differ from windows by {np.abs(by_columns - by_windows).max():.1e},", end=" ")
print(f"the matrix by {np.abs(by_matrix - by_windows).max():.1e}")

# %% [markdown]
# ## 6 · Pooling
#
# ### Exercise `max_pool2d` (11 points)
#
# *Read {{ read sec-conv-pooling-backward }} first. About 35 minutes.*
#
# Write `max_pool2d(x, kernel_size, stride, padding, dy)`: the largest value of each window, and where
# the gradient goes. This function does both directions in one call. Two windows of 2 × 2, and a
# gradient of 10 and of 20:
#
# ```python
# x = np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 7.0, 6.0]]]])
# max_pool2d(x, (2, 2), 2, 0, np.array([[[[10.0, 20.0]]]]))
# # y  [[[[5. 7.]]]]
# # dx [[[[ 0. 10.  0.  0.] [ 0.  0. 20.  0.]]]]
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) floats of either sign |
# | `kernel_size` | (kH, kW), a pair |
# | `stride`, `padding` | whole numbers as in `conv2d`; the padding is at most half of kH and of kW |
# | `dy` | (N, C, outH, outW) |
# | returns | `(y, dx)` of the shapes of dy and of x |
#
# - **The gradient** of a window goes to the pixel that held its maximum, and to no other. With ties,
#   the **first in reading order** (row by row, from the upper left) gets all of it, as in torch.
# - **Windows may overlap**, where the stride is smaller than the kernel; or leave gaps, where it is
#   larger. A pixel that is the maximum of several windows gets the sum of their gradients, one that
#   is in no window gets 0.
# - **Padding is never the maximum**: it counts as −∞, not as 0. This makes a difference where all
#   pixels are negative. `dx` is without padding.
# - What the stride leaves over at the end is in no window, as in `conv2d`.


# %% nbgrader={"grade_id": "max_pool2d", "solution": true}
def max_pool2d(x, kernel_size, stride, padding, dy):
    """x: (N, C, H, W), kernel_size: (kH, kW), dy: (N, C, outH, outW) -> y as dy, dx as x"""
    ### BEGIN SOLUTION
    (height, width), (out_h, out_w) = x.shape[2:], dy.shape[2:]
    rim = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), rim, rim), constant_values=-np.inf)
    y, dpadded = np.full(dy.shape, -np.inf), np.zeros(padded.shape)
    seen = [
        (..., slice(i, i + stride * out_h, stride), slice(j, j + stride * out_w, stride))
        for i, j in np.ndindex(*kernel_size)
    ]
    for place in seen:
        y = np.maximum(y, padded[place])
    left = dy  # what no pixel has got yet
    for place in seen:
        got = np.where(padded[place] == y, left, 0)
        dpadded[place] += got
        left = left - got
    return y, dpadded[:, :, padding : padding + height, padding : padding + width]
    ### END SOLUTION


# %% tags=["folded"]
def max_pool2d_by_torch(x, kernel, stride, padding, dy):
    x, how = torch.tensor(x), (kernel, [stride] * 2, [padding] * 2)
    y, at = torch.nn.functional.max_pool2d(x, *how, return_indices=True)
    dx = torch.ops.aten.max_pool2d_with_indices_backward(torch.tensor(dy), x, *how, [1, 1], False, at)
    return y.numpy(), dx.numpy()


# %% nbgrader={"grade_id": "test_max_pool2d", "grade": true, "points": 3}
x = floats([[[[1, 5, 2, 0, 9], [3, 4, 7, 6, 8]]]])
y, dy = floats([[[[5, 7]]]]), floats([[[[1, 1]]]])
check_call(max_pool2d, x, (2, 2), 2, 0, dy, want=(y, ...), label="two windows of 2 by 2")
y, dy = floats([[[[-1, 0, 0]]]]), floats([[[[1, 1, 1]]]])
check_call(max_pool2d, -x, (2, 3), 1, 0, dy, want=(y, ...), label="windows of 2 by 3 that overlap, negative numbers")
x = numbers(1, 2, 3, 7, 8)
y = torch.nn.functional.max_pool2d(torch.tensor(x), (3, 2), 2).numpy()
check_call(max_pool2d, x, (3, 2), 2, 0, numbers(2, *y.shape), want=(y, ...), label="windows of 3 by 2, stride 2")
y = torch.nn.functional.max_pool2d(torch.tensor(x), (1, 2), 3).numpy()
check_call(max_pool2d, x, (1, 2), 3, 0, numbers(2, *y.shape), want=(y, ...), label="windows of 1 by 2, stride 3: gaps")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(16)
for shape, (kh, kw), stride in [((1, 1, 4, 4), (2, 2), 2), ((2, 2, 5, 7), (3, 3), 1), ((3, 2, 6, 9), (2, 4), 3), ((2, 1, 8, 5), (4, 1), 2)]:
    x = rng.normal(size=shape) - 1
    rows, columns = (range(0, n - k + 1, stride) for n, k in zip(shape[2:], (kh, kw)))
    y = np.array([[[[x[a, c, i : i + kh, j : j + kw].max() for j in columns] for i in rows] for c in range(shape[1])] for a in range(shape[0])])
    label = f"x of shape {shape}, windows of {kh} by {kw}, stride {stride}"
    check_call(max_pool2d, x, (kh, kw), stride, 0, np.ones(y.shape), want=(y, ...), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_max_pool2d_gradient", "grade": true, "points": 2}
x, want = floats([[[[1, 5, 2, 0], [3, 4, 7, 6]]]]), floats([[[[0, 10, 0, 0], [0, 0, 20, 0]]]])
dy = floats([[[[10, 20]]]])
check_call(max_pool2d, x, (2, 2), 2, 0, dy, want=(..., want), label="gradients, two windows of 2 by 2")
args = (numbers(3, 2, 3, 6, 7), (2, 3), 3, 0, numbers(4, 2, 3, 2, 2))
want = (..., max_pool2d_by_torch(*args)[1])
check_call(max_pool2d, *args, want=want, label="gradients, windows of 2 by 3, stride 3: gaps")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(17)
for shape, kernel, stride in [((1, 1, 4, 4), (2, 2), 2), ((2, 3, 6, 9), (3, 2), 3), ((3, 2, 5, 7), (1, 2), 2), ((2, 2, 8, 5), (3, 4), 5)]:
    x = rng.normal(size=shape) - 1
    dy = rng.normal(size=(*shape[:2], *((n - k) // stride + 1 for n, k in zip(shape[2:], kernel))))
    label = f"gradients, x of shape {shape}, windows of {kernel}, stride {stride}"
    check_call(max_pool2d, x, kernel, stride, 0, dy, want=(..., max_pool2d_by_torch(x, kernel, stride, 0, dy)[1]), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_max_pool2d_overlap", "grade": true, "points": 2}
x, dy, want = floats([[[[1, 9, 2, 3, 8]]]]), floats([[[[1, 2, 4, 8]]]]), floats([[[[0, 3, 0, 4, 8]]]])
check_call(max_pool2d, x, (1, 2), 1, 0, dy, want=(..., want), label="gradients where two windows overlap")
args = (numbers(5, 2, 2, 6, 8), (3, 4), 1, 0, numbers(6, 2, 2, 4, 5))
want = (..., max_pool2d_by_torch(*args)[1])
check_call(max_pool2d, *args, want=want, label="gradients of windows of 3 by 4, stride 1")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(18)
for shape, kernel, stride in [((1, 1, 5, 5), (3, 3), 2), ((2, 2, 7, 9), (2, 5), 2), ((3, 2, 5, 6), (3, 2), 1), ((1, 2, 9, 9), (4, 3), 2)]:
    x = rng.normal(size=shape) - 1
    dy = rng.normal(size=(*shape[:2], *((n - k) // stride + 1 for n, k in zip(shape[2:], kernel))))
    label = f"gradients and overlaps, x of shape {shape}, windows of {kernel}, stride {stride}"
    check_call(max_pool2d, x, kernel, stride, 0, dy, want=(..., max_pool2d_by_torch(x, kernel, stride, 0, dy)[1]), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_max_pool2d_ties", "grade": true, "points": 2}
x, want = floats([[[[1, 4, 2, 2, 3], [4, 4, 1, 2, 2]]]]), floats([[[[0, 10, 20, 0, 0], [0, 0, 0, 0, 0]]]])
check_call(max_pool2d, x, (2, 2), 2, 0, floats([[[[10, 20]]]]), want=(floats([[[[4, 2]]]]), want), label="ties")
args = (numbers(7, 2, 2, 4, 9) % 5, (2, 3), 3, 0, numbers(8, 2, 2, 1, 3))
check_call(max_pool2d, *args, want=max_pool2d_by_torch(*args), label="ties in windows of 2 by 3")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(19)
for shape, (kh, kw), stride in [((1, 1, 4, 4), (2, 2), 2), ((2, 3, 5, 7), (3, 2), 3), ((2, 2, 4, 6), (2, 3), 3)]:
    x = rng.integers(-2, 1, size=shape).astype(np.float64)
    rows, columns = (range(0, n - k + 1, stride) for n, k in zip(shape[2:], (kh, kw)))
    dy = rng.normal(size=(*shape[:2], len(rows), len(columns)))
    y, dx = np.zeros(dy.shape), np.zeros(shape)
    for a, c, r, s in np.ndindex(dy.shape):
        entries = [(rows[r] + i, columns[s] + j) for i in range(kh) for j in range(kw)]
        best = max(entries, key=lambda place: x[a, c, *place])  # the first of equals
        y[a, c, r, s] = x[a, c, *best]
        dx[a, c, *best] += dy[a, c, r, s]
    label = f"ties, x of shape {shape}, windows of {kh} by {kw}, stride {stride}"
    check_call(max_pool2d, x, (kh, kw), stride, 0, dy, want=(y, dx), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_max_pool2d_padding", "grade": true, "points": 2}
x, dy = 1e12 * floats([[[[-1, -5, -2], [-3, -4, -7]]]]), floats([[[[1, 2], [3, 4]]]])
want = (1e12 * floats([[[[-1, -2], [-3, -4]]]]), floats([[[[1, 0, 2], [3, 4, 0]]]]))
check_call(max_pool2d, x, (2, 2), 2, 1, dy, want=want, label="padding 1 around negative numbers")
args = (numbers(9, 2, 2, 4, 5) - 50, (5, 4), 1, 2, numbers(10, 2, 2, 4, 6))
check_call(max_pool2d, *args, want=max_pool2d_by_torch(*args), label="windows of 5 by 4, padding 2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(20)
for shape, kernel, stride, padding, scale in [((1, 1, 4, 4), (3, 3), 2, 1, 1.0), ((2, 2, 5, 7), (2, 3), 2, 1, 1e13), ((2, 1, 4, 6), (4, 5), 3, 2, 1e4)]:
    x = (rng.normal(size=shape) - 2) * scale
    dy = rng.normal(size=(*shape[:2], *((n + 2 * padding - k) // stride + 1 for n, k in zip(shape[2:], kernel))))
    label = f"x of shape {shape}, windows of {kernel}, stride {stride}, padding {padding}"
    args = (x, kernel, stride, padding, dy)
    check_call(max_pool2d, *args, want=max_pool2d_by_torch(*args), label=label)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `pool2d` (6 points)
#
# *Read {{ read sec-conv-pooling-kinds }} first. About 25 minutes.*
#
# Write `pool2d(kind, x, kernel_size, stride, dy)`: three other ways to make one number of many, again
# with the gradient. The window (3, 4), and a gradient of 10:
#
# ```python
# x, dy = np.array([[[[3.0, 4.0]]]]), np.array([[[[10.0]]]])
# pool2d("average", x, (1, 2), 1, dy)  # y 3.5, dx (5, 5)
# pool2d("l2", x, (1, 2), 1, dy)  # y 5, dx (6, 8)
# ```
#
# | | |
# |---|---|
# | `kind` | `"average"`: the mean of the window; `"l2"`: the root of the sum of its squares, not of their mean; `"features"`: the same root over groups of channels |
# | `x` | (N, C, H, W) |
# | `kernel_size` | (kH, kW); for `"features"` a whole number g that divides C |
# | `stride` | a whole number; of no meaning for `"features"` |
# | `dy` | (N, C, outH, outW); for `"features"` (N, C / g, H, W) |
# | returns | `(y, dx)` of the shapes of dy and of x |
#
# - Windows overlap, leave gaps and leave pixels over as in `max_pool2d`, and there is no padding.
# - **Over features**: at each pixel by itself, the first g channels make the first output, the next g
#   the second, and so on. So 6 channels with g = 2 give 3.
# - **The derivative** of the root r = √(a² + b² + …) with respect to a is a / r. Where all of a window
#   is 0, the root has a corner, and its gradient is taken as 0. Everywhere else it is a / r exactly: do
#   not add a small number to r.


# %% nbgrader={"grade_id": "pool2d", "solution": true}
def pool2d(kind, x, kernel_size, stride, dy):
    """x: (N, C, H, W), kernel_size: (kH, kW) or g, dy: as y -> y, dx: as x"""
    ### BEGIN SOLUTION
    if kind == "features":
        n, channels, height, width = x.shape
        groups = x.reshape(n, channels // kernel_size, kernel_size, height, width)
        y = np.sqrt((groups**2).sum(axis=2))
        share = dy / np.where(y > 0, y, 1)  # where y is 0, so is x
        return y, (groups * share[:, :, None]).reshape(x.shape)
    out_h, out_w = dy.shape[2:]
    values = x if kind == "average" else x**2
    sums, dx = np.zeros(dy.shape), np.zeros(x.shape)
    seen = [
        (..., slice(i, i + stride * out_h, stride), slice(j, j + stride * out_w, stride))
        for i, j in np.ndindex(*kernel_size)
    ]
    for place in seen:
        sums += values[place]
    if kind == "average":
        y, share, local = sums / len(seen), dy / len(seen), 1
    else:
        y, local = np.sqrt(sums), x
        share = dy / np.where(y > 0, y, 1)  # where y is 0, so is x
    for place in seen:
        dx[place] += share
    return y, dx * local
    ### END SOLUTION


# %% tags=["folded"]
def pool2d_by_torch(kind, x, kernel, stride, dy):
    x, how, divisor = torch.tensor(x), (kernel, [stride] * 2, [0, 0], False, True), None if kind == "average" else 1
    y = torch.nn.functional.avg_pool2d(x if divisor is None else x**2, *how, divisor)
    y, local = (y, 1) if divisor is None else (y.sqrt(), x)
    dx = local * torch.ops.aten.avg_pool2d_backward(torch.tensor(dy) / (1 if divisor is None else y), x, *how, divisor)
    return y.numpy(), dx.numpy()


# %% nbgrader={"grade_id": "test_pool2d_average", "grade": true, "points": 2}
x, dy = floats([[[[1, 5, 2, 0, 9, -2, 5], [3, 4, 7, 6, 8, 3, 1]]]]), floats([[[[12, -6]]]])
want = (floats([[[[22 / 6, 4]]]]), floats([[[[2, 2, 2, -1, -1, -1, 0]] * 2]]))
check_call(pool2d, "average", x, (2, 3), 3, dy, want=want, label="average of 2 by 3, stride 3")
args = ("average", numbers(1, 2, 4, 9, 8), (3, 1), 2, numbers(2, 2, 4, 4, 4))
check_call(pool2d, *args, want=pool2d_by_torch(*args), label="average of 3 by 1, stride 2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(21)
for shape, kernel, stride in [((1, 1, 4, 4), (2, 2), 2), ((2, 3, 5, 7), (3, 2), 1), ((3, 2, 6, 9), (2, 4), 3), ((2, 2, 7, 5), (1, 2), 3)]:
    dy = rng.normal(size=(*shape[:2], *((n - k) // stride + 1 for n, k in zip(shape[2:], kernel))))
    args, label = ("average", rng.normal(size=shape), kernel, stride, dy), f"average, x of shape {shape}, windows of {kernel}, stride {stride}"
    check_call(pool2d, *args, want=pool2d_by_torch(*args), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_pool2d_l2", "grade": true, "points": 2}
x, want = floats([[[[3, -4, 12]]]]), (floats([[[[13]]]]), floats([[[[6, -8, 24]]]]))
check_call(pool2d, "l2", x, (1, 3), 1, floats([[[[26]]]]), want=want, label="l2 of 3, -4 and 12")
args = ("l2", numbers(3, 2, 3, 5, 7), (3, 2), 2, numbers(4, 2, 3, 2, 3))
check_call(pool2d, *args, want=pool2d_by_torch(*args), label="l2 of 3 by 2, stride 2")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(22)
for shape, kernel, stride in [((1, 1, 4, 4), (2, 2), 2), ((2, 3, 5, 7), (3, 2), 1), ((3, 2, 6, 9), (2, 4), 3), ((2, 2, 7, 5), (1, 2), 3)]:
    dy = rng.normal(size=(*shape[:2], *((n - k) // stride + 1 for n, k in zip(shape[2:], kernel))))
    args, label = ("l2", rng.normal(size=shape), kernel, stride, dy), f"l2, x of shape {shape}, windows of {kernel}, stride {stride}"
    check_call(pool2d, *args, want=pool2d_by_torch(*args), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_pool2d_features", "grade": true, "points": 1}
x, dy = floats([3, 4, 5, -12]).reshape(1, 4, 1, 1), floats([10, 26]).reshape(1, 2, 1, 1)
want = (floats([5, 13]).reshape(1, 2, 1, 1), floats([6, 8, 10, -24]).reshape(1, 4, 1, 1))
check_call(pool2d, "features", x, 2, None, dy, want=want, label="features, 2 groups of 2")
x, dy = numbers(5, 3, 6, 2, 4), numbers(6, 3, 2, 2, 4)
y = np.stack([np.linalg.norm(x[:, :3], axis=1), np.linalg.norm(x[:, 3:], axis=1)], axis=1)
want = (y, np.repeat(dy / y, 3, axis=1) * x)
check_call(pool2d, "features", x, 3, None, dy, want=want, label="features, 2 groups of 3")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(23)
for shape, size in [((2, 6, 3, 5), 2), ((1, 8, 2, 3), 4), ((2, 3, 4, 3), 1), ((3, 5, 1, 2), 5)]:
    x, dy = rng.normal(size=shape), rng.normal(size=(shape[0], shape[1] // size, *shape[2:]))
    y, dx = np.zeros(dy.shape), np.zeros(shape)
    for a, k, i, j in np.ndindex(y.shape):
        group = slice(k * size, (k + 1) * size)
        y[a, k, i, j] = sum(v * v for v in x[a, group, i, j]) ** 0.5
        dx[a, group, i, j] = dy[a, k, i, j] * x[a, group, i, j] / y[a, k, i, j]
    check_call(pool2d, "features", x, size, None, dy, want=(y, dx), label=f"features, x of shape {shape}, groups of {size}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_pool2d_zeros", "grade": true, "points": 1}
x, dy = floats([[[[0, 0, 3, 4, 3e-9, 4e-9]]]]), floats([[[[7, 10, 10]]]])
want = (floats([[[[0, 5, 5e-9]]]]), floats([[[[0, 0, 6, 8, 6, 8]]]]))
check_call(pool2d, "l2", x, (1, 2), 2, dy, want=want, label="l2 of a window of zeros, and of tiny numbers")
x, dy = floats([0, 3, 0, -4]).reshape(1, 2, 1, 2), floats([7, 10]).reshape(1, 1, 1, 2)
want = (floats([0, 5]).reshape(1, 1, 1, 2), floats([0, 6, 0, -8]).reshape(1, 2, 1, 2))
check_call(pool2d, "features", x, 2, None, dy, want=want, label="features, a pixel of zeros")
### BEGIN HIDDEN TESTS
x = np.zeros((2, 4, 5, 6))
x[1, :, 3:, 2:] = 2.0
y = torch.nn.functional.avg_pool2d(torch.tensor(x) ** 2, (2, 3), 1, divisor_override=1).sqrt().numpy()
dx = np.zeros(x.shape)
for a, c, i, j in np.ndindex(y.shape):
    dx[a, c, i : i + 2, j : j + 3] += 3 * x[a, c, i : i + 2, j : j + 3] / (y[a, c, i, j] or 1)
check_call(pool2d, "l2", x, (2, 3), 1, np.full(y.shape, 3.0), want=(y, dx), label="l2, mostly zeros")
want = (4.0 * (x[:, :1] > 0), 2.0 * (x > 0))
check_call(pool2d, "features", x, 4, None, np.full((2, 1, 5, 6), 4.0), want=want, label="features, mostly zeros")
check_call(pool2d, "features", 1e-9 * x, 4, None, np.full((2, 1, 5, 6), 4.0), want=(1e-9 * want[0], want[1]), label="features, zeros and tiny numbers")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: what is left of the photograph when each 10 × 10 pixels become one number? The
# maximum keeps the brightest hair, so its picture is lighter: ours has a mean of 0.57. The average
# keeps the mean of 0.45. L2, divided by ten so that it is the root of the mean square, is between the
# two at 0.46, since bright pixels count a little more.

# %%
pooled_size = tuple(n // 10 for n in cat.shape[2:])
unused = np.zeros((1, 3, *pooled_size))
small_cats = {
    "maximum": max_pool2d(cat, (10, 10), 10, 0, unused)[0],
    "average": pool2d("average", cat, (10, 10), 10, unused)[0],
    "L2 / 10": pool2d("l2", cat, (10, 10), 10, unused)[0] / 10,
}
_, axes = plt.subplots(1, 3, figsize=(9, 2.6))
for (title, small_cat), ax in zip(small_cats.items(), axes):
    ax.imshow(small_cat[0].transpose(1, 2, 0))
    ax.set(title=f"{title}: mean {small_cat.mean():.2f}")
    ax.axis("off")

# %% [markdown]
# ## 7 · What a unit sees
#
# ### Exercise `receptive_field` (4 points)
#
# *Read {{ read sec-conv-field-recursion }} first. About 20 minutes.*
#
# A *unit* is one number in the output of a layer. Write `receptive_field(layers)`: which pixels of the
# image, along one axis, reach a unit after all of the layers. Two layers with kernels of 3, of which the first has stride 2 and the second a padding
# of 1:
#
# ```python
# receptive_field([(3, 2, 0, 1), (3, 1, 1, 1)])  # (7, 2, -2)
# ```
#
# A unit sees three units of the first layer, which see pixels 0–2, 2–4 and 4–6 and so 7 pixels
# together. Its neighbour sees the same, moved by 2 pixels. The first unit of all, at the left, begins
# on padding: the first of *its* three units would stand at −1, and would see the pixels −2 to 0.
#
# | | |
# |---|---|
# | `layers` | a list, from the image on, of `(kernel, stride, padding, dilation)`, whole numbers as in `output_size`; pooling counts like convolution |
# | returns | `(size, jump, start)`, three `int` |
#
# - **`size`**: how many pixels there are from the first to the last that a unit sees, both included.
# - **`jump`**: by how many pixels a unit's field is moved from its neighbour's.
# - **`start`**: the first pixel that the first unit sees; pixels are counted from 0, and it is negative
#   where the field begins on padding. So unit i sees the pixels from start + i · jump on.
# - Without layers, a unit is a pixel: (1, 1, 0).


# %% nbgrader={"grade_id": "receptive_field", "solution": true}
def receptive_field(layers):
    """layers: [(kernel, stride, padding, dilation)] -> size, jump, start"""
    ### BEGIN SOLUTION
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_receptive_field", "grade": true, "points": 1}
layers = [(5, 1, 0, 1), (2, 1, 0, 1), (4, 1, 0, 1)]
check_call(receptive_field, layers, want=(9, 1, ...), label="three layers of stride 1")
check_call(receptive_field, [(3, 1, 0, 1)], want=(3, 1, ...), label="one layer")
check_call(receptive_field, [], want=(1, 1, 0), label="no layer")
### BEGIN HIDDEN TESTS
for kernels in [(7,), (3, 3), (3, 3, 3, 3), (11, 5, 1, 4), (2, 9, 2), (1, 1)]:
    seen = {0}
    for kernel in kernels:
        seen = {pixel + i for pixel in seen for i in range(kernel)}
    want = (len(seen), 1, ...)
    check_call(receptive_field, [(kernel, 1, 0, 1) for kernel in kernels], want=want, label=f"kernels {kernels}, stride 1")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_receptive_field_stride", "grade": true, "points": 1}
check_call(receptive_field, [(5, 3, 0, 1), (4, 4, 0, 1), (6, 2, 0, 1)], want=(74, 24, ...), label="strides 3, 4 and 2")
check_call(receptive_field, [(3, 2, 0, 1), (3, 1, 0, 1)], want=(7, 2, ...), label="stride 2, then 1")
### BEGIN HIDDEN TESTS
for chain in [[(2, 2), (2, 2), (2, 2)], [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)], [(11, 4), (3, 2), (5, 1)], [(1, 3), (7, 1), (3, 2)]]:
    fields = []
    for unit in [0, 1]:
        seen = {unit}
        for kernel, stride in reversed(chain):  # from the unit back to the pixels
            seen = {place * stride + i for place in seen for i in range(kernel)}
        fields.append((min(seen), max(seen)))
    want = (fields[0][1] - fields[0][0] + 1, fields[1][0] - fields[0][0], ...)
    check_call(receptive_field, [(k, s, 0, 1) for k, s in chain], want=want, label=f"kernels and strides {chain}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_receptive_field_dilation", "grade": true, "points": 1}
check_call(receptive_field, [(3, 1, 0, 2), (6, 1, 0, 2), (5, 1, 0, 3)], want=(27, 1, ...), label="dilations 2, 2 and 3")
check_call(receptive_field, [(3, 1, 0, 2)], want=(5, 1, ...), label="dilation 2")
### BEGIN HIDDEN TESTS
for chain in [[(3, 1, 1), (3, 1, 2), (3, 1, 4)], [(2, 1, 5), (3, 1, 2)], [(7, 1, 1), (1, 1, 9), (4, 1, 3)]]:
    fields = []
    for unit in [0, 1]:
        seen = {unit}
        for kernel, stride, dilation in reversed(chain):
            seen = {place * stride + i * dilation for place in seen for i in range(kernel)}
        fields.append((min(seen), max(seen)))
    want = (fields[0][1] - fields[0][0] + 1, fields[1][0] - fields[0][0], ...)
    check_call(receptive_field, [(k, s, 0, d) for k, s, d in chain], want=want, label=f"kernels, strides and dilations {chain}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_receptive_field_start", "grade": true, "points": 1}
layers = [(3, 2, 0, 1), (3, 3, 1, 1), (2, 2, 3, 1)]
check_call(receptive_field, layers, want=(13, 12, -20), label="padding in the second and third layer")
layers = [(3, 2, 1, 1), (5, 3, 2, 1), (3, 1, 1, 2)]
check_call(receptive_field, layers, want=(35, 6, -11), label="padding in three layers")
### BEGIN HIDDEN TESTS
for chain in [[(3, 1, 1, 1)] * 3, [(7, 2, 3, 1), (3, 2, 1, 1), (3, 1, 2, 2)], [(2, 3, 0, 5), (4, 2, 3, 1)]]:
    fields = []
    for unit in [0, 1]:
        seen = {unit}
        for kernel, stride, padding, dilation in reversed(chain):
            seen = {place * stride + i * dilation - padding for place in seen for i in range(kernel)}
        fields.append((min(seen), max(seen)))
    want = (fields[0][1] - fields[0][0] + 1, fields[1][0] - fields[0][0], fields[0][0])
    check_call(receptive_field, chain, want=want, label=f"layers {chain}")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: three ways to look far. Ours says 41, 32 and 63 pixels. The five layers of LeNet-5
# see the whole of its 32 × 32 images, and five dilated layers see farther than twenty ordinary ones.

# %%
ways = {
    "twenty layers of 3": [(3, 1, 1, 1)] * 20,
    "LeNet-5, up to its layer C5": [(5, 1, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1), (2, 2, 0, 1), (5, 1, 0, 1)],
    "five layers of 3, dilations 1 to 16": [(3, 1, 2**k, 2**k) for k in range(5)],
}
for title, chain_of_layers in ways.items():
    field, jump, first = receptive_field(chain_of_layers)
    print(f"{title:36} {field:3} pixels, {jump} from unit to unit, the first from {first}")

# %% [markdown]
# ## 8 · Normalisation
#
# ### Exercise `local_contrast_norm` (6 points)
#
# *Read {{ read sec-conv-lcn }} first. About 25 minutes.*
#
# Write `local_contrast_norm(x, kernel_size, eps, across)`: each value is compared with its
# surroundings. From a pixel, the mean of the square window around it is subtracted, and the result
# is divided by the window's standard deviation σ, or by ε where that is larger:
#
# $$y = \frac{x - \text{mean}}{\max(\varepsilon, \sigma)}.$$
#
# This is not the book's equation for images, which weights the window by a Gaussian and takes σ in a
# second step, but its `normalise_line` (in a folded cell at the top of that section) in two dimensions: every pixel of
# the window counts the same.
#
# For three pixels 1, 2, 6 and windows of 3, the middle one has a mean of 3 and a variance of
# (4 + 1 + 9) / 3. So y = −1 / √(14/3) = −0.463. At the left border only two pixels lie in the window:
# 1 and 2 have the mean 1.5 and σ = 0.5, hence y = −1.
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `kernel_size` | the side of the window, a whole odd number |
# | `eps` | ε > 0 |
# | `across` | False: each channel by itself; True: mean and σ over the windows of all channels together |
# | returns | y, of the shape of x |
#
# - **Both statistics** are those of the same window: the mean square distance of its values from the
#   window's own mean, divided by their number, is σ².
# - **At the border** the part of the window inside the image counts, and nothing else.
# - **ε is a floor**, and it is not added: where σ is larger than ε, ε has no influence at all. A window
#   of equal values gives 0.


# %% nbgrader={"grade_id": "local_contrast_norm", "solution": true}
def local_contrast_norm(x, kernel_size, eps, across):
    """x: (N, C, H, W) -> y: (N, C, H, W)"""
    ### BEGIN SOLUTION
    rim = (kernel_size // 2, kernel_size // 2)
    padded = np.pad(x, ((0, 0), (0, 0), rim, rim), constant_values=np.nan)
    size = (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(2, 3))
    axes = (1, 4, 5) if across else (4, 5)
    mean = np.nanmean(windows, axis=axes, keepdims=True).squeeze(axis=(4, 5))
    std = np.nanstd(windows, axis=axes, keepdims=True).squeeze(axis=(4, 5))
    return (x - mean) / np.maximum(eps, std)
    ### END SOLUTION


# %% tags=["folded"]
def local_contrast_norm_inside(x, kernel_size, eps, across):
    """Your local_contrast_norm, of the pixels whose windows do not reach beyond the border."""
    rim = kernel_size // 2
    return local_contrast_norm(x, kernel_size, eps, across)[:, :, rim:-rim, rim:-rim]


# %% nbgrader={"grade_id": "test_local_contrast_norm", "grade": true, "points": 2}
images = floats([[[[1, 2, 6, 1, 9, 4], [0, 2, 3, 3, 5, 8], [4, 5, 0, 7, 1, 1]]]]), numbers(1, 2, 3, 6, 7)
for x, size, case in zip(images, [3, 5], ["3 by 6 pixels, windows of 3", "2 images of 3 channels, windows of 5"]):
    mean, square = (torch.nn.functional.avg_pool2d(torch.tensor(a), size, 1).numpy() for a in (x, x**2))
    rim = size // 2
    want = (x[:, :, rim:-rim, rim:-rim] - mean) / np.sqrt(square - mean**2)
    check_call(local_contrast_norm_inside, x, size, 0.1, False, want=want, label=case)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(24)
for shape, kernel in [((1, 1, 5, 5), 3), ((2, 2, 8, 6), 5), ((3, 2, 7, 9), 7)]:
    x, rim = rng.normal(size=shape), kernel // 2
    want = np.zeros((*shape[:2], shape[2] - 2 * rim, shape[3] - 2 * rim))
    for a, c, i, j in np.ndindex(want.shape):
        window = x[a, c, i : i + kernel, j : j + kernel]
        want[a, c, i, j] = (x[a, c, i + rim, j + rim] - window.mean()) / window.std()
    check_call(local_contrast_norm_inside, x, kernel, 1e-3, False, want=want, label=f"x of shape {shape}, windows of {kernel}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_local_contrast_norm_border", "grade": true, "points": 1}
row = [1, 2, 6, 7, 3, 3, 8, 0, 5]
near = [row[:2], *(row[i - 1 : i + 2] for i in range(1, 8)), row[7:]]
want = floats([[[[(value - np.mean(window)) / np.std(window) for value, window in zip(row, near)]]]])
check_call(local_contrast_norm, floats([[[row]]]), 3, 0.1, False, want=want, label="a row of nine pixels")
x = floats([[[[1, 2, 6], [3, 8, 4]]]])
want = floats([[[[-5, -2, 1], [-1, 4, -1]]]]) / np.sqrt([29, 17 / 3, 5])
check_call(local_contrast_norm, x, 3, 0.1, False, want=want, label="2 by 3 pixels")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(25)
for shape, kernel in [((1, 1, 4, 5), 3), ((2, 2, 3, 6), 5), ((1, 2, 7, 4), 9)]:
    x, rim = rng.normal(size=shape), kernel // 2
    want = np.zeros(shape)
    for a, c, i, j in np.ndindex(shape):
        window = x[a, c, max(0, i - rim) : i + rim + 1, max(0, j - rim) : j + rim + 1]
        want[a, c, i, j] = (x[a, c, i, j] - window.mean()) / window.std()
    check_call(local_contrast_norm, x, kernel, 1e-3, False, want=want, label=f"with borders, x of shape {shape}, windows of {kernel}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_local_contrast_norm_floor", "grade": true, "points": 2}
root = 1 / np.sqrt(2)
x, want = floats([[[[5, 5, 5, 8, 2, 2, 9]] * 3]]), floats([[[[0, -root, 3 / np.sqrt(6), -root, -root]]]])
check_call(local_contrast_norm_inside, x, 3, 0.5, False, want=want, label="equal values, then σ above ε")
want = floats([[[[0, -1 / 3, 1, -2 / 3, -root]]]])
check_call(local_contrast_norm_inside, x, 3, 3.0, False, want=want, label="σ below ε")
constant, want = np.zeros((1, 3, 3, 4)) + floats([0.3, 123.4, 1000.1])[:, None, None], np.zeros((1, 3, 1, 2))
check_call(local_contrast_norm_inside, constant, 3, 0.01, False, want=want, label="three constant channels")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(26)
for shape, kernel, eps in [((1, 2, 6, 8), 3, 0.8), ((2, 1, 7, 9), 5, 0.9), ((1, 1, 6, 6), 3, 50.0)]:
    x, rim = rng.normal(size=shape), kernel // 2
    x[:, :, :, :4] = 0.5
    want = np.zeros((*shape[:2], shape[2] - 2 * rim, shape[3] - 2 * rim))
    for a, c, i, j in np.ndindex(want.shape):
        window = x[a, c, i : i + kernel, j : j + kernel]
        want[a, c, i, j] = (x[a, c, i + rim, j + rim] - window.mean()) / max(eps, window.std())
    check_call(local_contrast_norm_inside, x, kernel, eps, False, want=want, label=f"x of shape {shape}, windows of {kernel}, ε {eps}")
for value in [0.3, 0.7, 123.4, 1000.1, -0.1]:
    check_call(local_contrast_norm_inside, np.full((2, 1, 4, 6), value), 3, 0.01, False, want=np.zeros((2, 1, 2, 4)), label=f"{value} everywhere")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_local_contrast_norm_across", "grade": true, "points": 1}
x = numbers(2, 2, 3, 4, 9) + floats([0, 10, -30])[:, None, None]
both = (torch.nn.functional.avg_pool2d(torch.tensor(a), 3, 1, 1, count_include_pad=False) for a in (x, x**2))
mean, square = (a.mean(dim=1, keepdim=True).numpy() for a in both)
want = (x - mean) / np.sqrt(square - mean**2)
check_call(local_contrast_norm, x, 3, 0.1, True, want=want, label="across 3 channels, with the border")
constant = np.full((1, 2, 3, 4), 5.0)
check_call(local_contrast_norm, constant, 3, 0.01, True, want=0 * constant, label="across 2 channels, a constant image")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(27)
for shape, kernel in [((2, 3, 4, 5), 3), ((1, 2, 5, 7), 5)]:
    x, rim = rng.normal(size=shape) + np.arange(shape[1]).reshape(-1, 1, 1), kernel // 2
    want = np.zeros(shape)
    for a, c, i, j in np.ndindex(shape):
        window = x[a, :, max(0, i - rim) : i + rim + 1, max(0, j - rim) : j + rim + 1]
        want[a, c, i, j] = (x[a, c, i, j] - window.mean()) / window.std()
    check_call(local_contrast_norm, x, kernel, 1e-3, True, want=want, label=f"across channels, x of shape {shape}, windows of {kernel}")
for value in [0.3, -2.0, 1000.1]:
    check_call(local_contrast_norm, np.full((1, 3, 4, 5), value), 3, 0.01, True, want=np.zeros((1, 3, 4, 5)), label=f"across channels, {value} everywhere")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: the photograph with its right half in the shade, at a fifth of its brightness.
# After the normalisation the shade is gone, but for the seam.

# %%
shaded = cat.mean(axis=1, keepdims=True).copy()
shaded[..., shaded.shape[3] // 2 :] *= 0.2
levelled = local_contrast_norm(shaded, 15, 0.01, False)
_, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, picture, title in zip(axes, [shaded, levelled], ["in the shade", "normalised"]):
    ax.imshow(picture[0, 0], cmap="gray")
    ax.set(title=title)
    ax.axis("off")

# %% [markdown]
# ### Exercise `batch_norm2d` (8 points)
#
# *Read {{ read sec-conv-batchnorm }} and {{ read sec-conv-bn-test }} first. About 25 minutes.*
#
# Write `batch_norm2d(x, weight, bias, running_mean, running_var, training, momentum, eps)`: batch
# normalisation of the maps of a convolutional layer. Each channel has one mean and one variance, over
# **all images and all pixels**:
#
# $$y = \gamma \cdot \frac{x - \text{mean}}{\sqrt{\text{var} + \varepsilon}} + \beta.$$
#
# Two images of one pixel and one channel, 1 and 5, have the mean 3 and the variance 4. Without ε, and
# with γ = 10 and β = 2, y is −8 and 12.
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) with more than one value a channel |
# | `weight`, `bias` | (C,), γ and β |
# | `running_mean`, `running_var` | (C,), what was remembered so far |
# | `training` | bool |
# | `momentum` | the share of the new, from 0 to 1 |
# | `eps` | ε ≥ 0, and > 0 where a channel's variance is 0 |
# | returns | `(y, running_mean, running_var)`: y as x, and what is remembered from now on, each (C,) |
#
# - **In training**, mean and variance are those of x; the variance divides by the number n = N · H · W
#   of values. What is remembered moves towards them: new = (1 − momentum) · old + momentum · batch's.
#   The variance that is remembered divides by n − 1, as in torch: in the example it is 8, not 4.
# - **Otherwise**, mean and variance are the remembered ones, which come back as they are.
# - This function keeps nothing itself. Two steps in a row are two calls, the second with what the
#   first has returned.


# %% nbgrader={"grade_id": "batch_norm2d", "solution": true}
def batch_norm2d(x, weight, bias, running_mean, running_var, training, momentum, eps):
    """x: (N, C, H, W), the others (C,) -> y: as x, running_mean, running_var: (C,)"""
    ### BEGIN SOLUTION
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        unbiased = x.var(axis=(0, 2, 3), ddof=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * unbiased
    scale = weight / np.sqrt(var + eps)
    y = (x - mean[:, None, None]) * scale[:, None, None] + bias[:, None, None]
    return y, running_mean, running_var
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_batch_norm2d", "grade": true, "points": 3}
x, weight, bias, mean, var = floats([1, 5]).reshape(2, 1, 1, 1), *floats([[10], [2], [0], [1]])
want = (floats([-8, 12]).reshape(2, 1, 1, 1), ..., ...)
check_call(batch_norm2d, x, weight, bias, mean, var, True, 0.1, 0.0, want=want, label="two images of one pixel")
x, weight, bias = numbers(1, 5, 3, 2, 4), floats([2, -1, 0.5]), floats([10, 20, 30])
mean, var = floats([4, 5, 6]), floats([1, 2, 3])
pixels, gamma, beta = map(torch.tensor, (x, weight, bias))
y = torch.nn.functional.batch_norm(pixels, None, None, gamma, beta, True, 0.1, 50.0).numpy()
args, want = (x, weight, bias, mean, var, True, 0.1, 50.0), (y, ..., ...)
check_call(batch_norm2d, *args, want=want, label="5 images of 3 channels, ε = 50")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(28)
for shape, eps in [((2, 2, 3, 5), 1e-5), ((1, 4, 3, 2), 0.5), ((6, 3, 1, 1), 0.1)]:
    x, c = 3 * rng.normal(size=shape) + 1, shape[1]
    weight, bias, mean, var = rng.normal(size=c), rng.normal(size=c), rng.normal(size=c), rng.uniform(1, 2, size=c)
    y = np.zeros(shape)
    for k in range(c):
        values = x[:, k].ravel()
        m = sum(values) / len(values)
        v = sum((value - m) ** 2 for value in values) / len(values)
        y[:, k] = weight[k] * (x[:, k] - m) / (v + eps) ** 0.5 + bias[k]
    check_call(batch_norm2d, x, weight, bias, mean, var, True, 0.3, eps, want=(y, ..., ...), label=f"training, x of shape {shape}, ε {eps}")
### END HIDDEN TESTS

# %% tags=["folded"]
def batch_norm2d_twice(batches, *args):
    """What is remembered after two calls in training."""
    state = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for batch in batches:
        _, *state = batch_norm2d(batch, *args[:2], *state, True, *args[2:])
    return tuple(state)


# %% nbgrader={"grade_id": "test_batch_norm2d_running", "grade": true, "points": 3}
x, weight, bias, mean, var = floats([1, 5]).reshape(2, 1, 1, 1), *floats([[10], [2], [20], [88]])
args, want = (x, weight, bias, mean, var, True, 0.25, 0.5), (..., floats([15.75]), floats([68]))
check_call(batch_norm2d, *args, want=want, label="two images, momentum 0.25")
x, weight, bias = numbers(2, 2, 3, 2, 2, 4), floats([2, -1]), floats([10, 20])
mean, var = torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
for batch in x:
    torch.nn.functional.batch_norm(torch.tensor(batch), mean, var, None, None, True, 0.3)
want = (mean.numpy(), var.numpy())
check_call(batch_norm2d_twice, x, weight, bias, 0.3, 0.1, want=want, label="two steps, 2 channels")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(29)
for shape, momentum in [((2, 2, 3, 5), 0.1), ((3, 4, 2, 1), 0.6), ((5, 1, 1, 2), 1.0), ((2, 3, 2, 2), 0.0)]:
    x, c = 3 * rng.normal(size=shape) + 1, shape[1]
    mean, var = rng.normal(size=c), rng.uniform(1, 2, size=c)
    want = [np.zeros(c), np.zeros(c)]
    for k in range(c):
        values = x[:, k].ravel()
        m = sum(values) / len(values)
        v = sum((value - m) ** 2 for value in values) / (len(values) - 1)
        want[0][k] = (1 - momentum) * mean[k] + momentum * m
        want[1][k] = (1 - momentum) * var[k] + momentum * v
    args, label = (x, np.ones(c), np.zeros(c), mean, var, True, momentum, 0.2), f"what is remembered, x of shape {shape}, momentum {momentum}"
    check_call(batch_norm2d, *args, want=(..., *want), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_batch_norm2d_evaluation", "grade": true, "points": 2}
x, weight, bias = floats([1, 5, 2, 8]).reshape(1, 2, 1, 2), floats([30, -4]), floats([2, -4.5])
mean, var = floats([3, 4]), floats([3, 10])
want = (floats([-18, 22, -2.5, -8.5]).reshape(1, 2, 1, 2), mean.copy(), var.copy())
check_call(batch_norm2d, x, weight, bias, mean, var, False, 0.5, 6.0, want=want, label="evaluation")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(30)
for shape in [(1, 1, 2, 1), (4, 3, 2, 5), (2, 5, 1, 3)]:
    x, c = rng.normal(size=shape), shape[1]
    weight, bias, mean, var = rng.normal(size=c), rng.normal(size=c), rng.normal(size=c), rng.uniform(1, 2, size=c)
    y = np.zeros(shape)
    for k in range(c):
        y[:, k] = weight[k] * (x[:, k] - mean[k]) / (var[k] + 0.3) ** 0.5 + bias[k]
    check_call(batch_norm2d, x, weight, bias, mean, var, False, 0.4, 0.3, want=(y, mean, var), label=f"evaluation, x of shape {shape}")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: what is remembered of 60 batches with a mean of 5 and a variance of 9, with three
# momenta. A large one is quick and restless, a small one slow and calm. At the end, with the momentum
# of 0.1, ours is at 5.07 and 9.06; with 0.02, at 3.51 and 6.61, it is still on its way.

# %%
batch_source = np.random.default_rng(0)
batches = 5 + 3 * batch_source.normal(size=(60, 8, 1, 3, 3))
_, axes = plt.subplots(1, 2, figsize=(9, 2.6))
for share, line in [(0.5, ":"), (0.1, "-"), (0.02, "--")]:
    memory, seen_so_far = (np.zeros(1), np.ones(1)), []
    for one_batch in batches:
        _, *memory = batch_norm2d(one_batch, np.ones(1), np.zeros(1), *memory, True, share, 1e-5)
        seen_so_far.append([memory[0][0], memory[1][0]])
    for ax, curve in zip(axes, np.transpose(seen_so_far)):
        ax.plot(curve, line, label=f"momentum {share}")
    print(f"momentum {share:4}: mean {memory[0][0]:.2f}, variance {memory[1][0]:.2f}")
axes[0].set(xlabel="batch", ylabel="running mean")
axes[1].set(xlabel="batch", ylabel="running variance")
_ = axes[1].legend()

# %% [markdown]
# ## 9 · Counting
#
# ### Exercise `lenet_count` (7 points)
#
# *Read {{ read sec-conv-lenet-audit }} first. About 25 minutes.*
#
# Write `lenet_count(layers, shape)`: how many numbers each layer of a network learns. The kinds of
# layer are those of LeNet-5 (LeCun et al. 1998). Two colours of 6 × 8 pixels, three filters, pooling,
# and five outputs:
#
# ```python
# layers = [("conv", 3, (3, 5)), ("subsample", 2), ("linear", 5)]
# lenet_count(layers, (2, 6, 8))  # [93, 6, 65]
# # 93 = 3 · (2·3·5 + 1); then maps of 4 × 4; 6 = 3 · 2; then maps of 2 × 2; 65 = 5 · (3·2·2 + 1)
# ```
#
# | | |
# |---|---|
# | `layers` | a list of tuples, of which the first entry is the kind |
# | `shape` | (C, H, W) of the input |
# | returns | a list of `int`, one for each layer |
#
# - `("conv", K, (kH, kW))`: K filters over **all** channels, each with one bias. Stride 1, no padding,
#   so that the maps become smaller.
# - `("table", connections, (kH, kW))`: a convolution in which each filter sees only some of the
#   channels. `connections` is a list of K lists: the numbers of the channels that each filter sees, such as
#   `[[0, 1], [1]]`. A filter has a kernel for each channel that it sees, and *one* bias; its maps shrink
#   as those of `conv` do.
# - `("subsample", k)`: adds up windows of k × k without overlap; rows and columns that are left over are
#   dropped. It has a trainable scale and a trainable bias for each channel.
# - `("linear", M)`: M outputs, each with a bias, of all numbers of the layer below.
# - `("tanh",)`: learns nothing, and changes no shape.


# %% nbgrader={"grade_id": "lenet_count", "solution": true}
def lenet_count(layers, shape):
    """layers: a list of tuples, shape: (C, H, W) -> the number of parameters of each layer"""
    ### BEGIN SOLUTION
    counts = []
    for kind, *what in layers:
        channels, height, width = shape
        count = 0
        if kind in ("conv", "table"):
            filters, (kh, kw) = what
            everything = [range(channels)]
            seen = filters if kind == "table" else everything * filters
            count = sum(len(each) * kh * kw + 1 for each in seen)
            shape = (len(seen), height - kh + 1, width - kw + 1)
        if kind == "subsample":
            (size,) = what
            count = 2 * channels
            shape = (channels, height // size, width // size)
        if kind == "linear":
            (outputs,) = what
            count = outputs * (channels * height * width + 1)
            shape = (outputs, 1, 1)
        counts.append(count)
    return counts
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_lenet_count", "grade": true, "points": 2}
check_call(lenet_count, [("conv", 10, (5, 5))], (3, 32, 40), want=[760], label="ten filters")
layers = [("conv", 4, (3, 5)), ("tanh",), ("conv", 6, (2, 3))]
check_call(lenet_count, layers, (2, 9, 8), want=[124, 0, 150], label="two convolutions")
### BEGIN HIDDEN TESTS
check_call(lenet_count, [("conv", 6, (5, 5))], (1, 32, 32), want=[156], label="C1")
want = [64 * (3 * 7 * 7) + 64, 0, 0, 5 * 64 * 2 + 5, 1 * 5 * 3 * 4 + 1]
layers = [("conv", 64, (7, 7)), ("tanh",), ("tanh",), ("conv", 5, (1, 2)), ("conv", 1, (3, 4))]
check_call(lenet_count, layers, (3, 20, 24), want=want, label="three convolutions")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_lenet_count_linear", "grade": true, "points": 2}
check_call(lenet_count, [("linear", 5), ("linear", 3)], (2, 3, 4), want=[125, 18], label="two linear layers")
layers = [("conv", 4, (3, 5)), ("linear", 3), ("tanh",), ("linear", 2)]
check_call(lenet_count, layers, (2, 4, 8), want=[124, 99, 0, 8], label="linear after a convolution")
### BEGIN HIDDEN TESTS
check_call(lenet_count, [("linear", 10)], (3, 32, 30), want=[28810], label="linear on an image")
layers, want = [("conv", 3, (2, 4)), ("tanh",), ("linear", 7), ("linear", 1)], [27, 0, 7 * (3 * 5 * 3) + 7, 8]
check_call(lenet_count, layers, (1, 6, 6), want=want, label="two linear after a convolution")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_lenet_count_subsample", "grade": true, "points": 1}
layers = [("subsample", 3), ("linear", 2)]
check_call(lenet_count, layers, (5, 7, 14), want=[10, 82], label="sub-sampling, a row and two columns left over")
layers = [("conv", 3, (3, 5)), ("subsample", 2), ("linear", 5)]
check_call(lenet_count, layers, (2, 6, 8), want=[93, 6, 65], label="the example of the text")
layers = [("table", [[0, 1], [1]], (2, 3)), ("subsample", 2), ("linear", 4)]
check_call(lenet_count, layers, (2, 5, 8), want=[20, 4, 52], label="sub-sampling after a table")
### BEGIN HIDDEN TESTS
layers = [("conv", 6, (3, 5)), ("subsample", 4), ("tanh",), ("subsample", 2), ("linear", 4)]
check_call(lenet_count, layers, (2, 19, 29), want=[186, 12, 0, 12, 148], label="sub-sampling, twice")
layers = [("conv", 3, (1, 2)), ("table", [[2], [0, 1, 2], [0, 2], [1]], (3, 2)), ("tanh",), ("subsample", 3), ("linear", 5)]
check_call(lenet_count, layers, (2, 8, 13), want=[15, 46, 0, 8, 125], label="sub-sampling and linear after a table")
check_call(lenet_count, [("table", [[0, 1], [1]], (2, 3)), ("linear", 4)], (2, 5, 6), want=[20, 132], label="linear after a table")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_lenet_count_table", "grade": true, "points": 2}
layers = [("table", [[0, 1], [1], [0, 2, 3]], (2, 3)), ("conv", 2, (1, 2))]
check_call(lenet_count, layers, (4, 3, 5), want=[39, 14], label="a table of connections")
### BEGIN HIDDEN TESTS
layers = [("conv", 3, (1, 2)), ("table", [[2], [0, 1, 2], [0, 2], [1]], (3, 2)), ("subsample", 2), ("conv", 2, (1, 1))]
want = [3 * (5 * 2 + 1), 7 * 6 + 4, 8, 2 * (4 + 1)]
check_call(lenet_count, layers, (5, 6, 8), want=want, label="a table in the middle")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: LeNet-5, with the table of connections of its layer C3. Of the 16 filters there,
# six see three neighbouring channels, six see four, three see two pairs, and one sees all six. The
# total should be 60,850. Where are most of the parameters?

# %%
three, four = ([[(f + i) % 6 for i in range(k)] for f in range(6)] for k in (3, 4))
pairs = [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5]]
lenet = {
    "C1": ("conv", 6, (5, 5)),
    "S2": ("subsample", 2),
    "C3": ("table", three + four + pairs + [list(range(6))], (5, 5)),
    "S4": ("subsample", 2),
    "C5": ("conv", 120, (5, 5)),
    "F6": ("linear", 84),
    "output": ("linear", 10),
}
lenet_counts = lenet_count(list(lenet.values()), (1, 32, 32))
for layer_name, learnt_numbers in zip(lenet, lenet_counts):
    print(f"{layer_name:7}{learnt_numbers:8,}")
print(f"total  {sum(lenet_counts):8,}")

# %% [markdown]
# ## 10 · All of it at work
#
# torch trains a small network on `shapes`, images of ten kinds of shape, which takes some seconds.
# Then your `conv2d`, `batch_norm2d` and `max_pool2d` take its weights and look at 200 images that it
# has not seen. The two agree on every image if all of your layers are right (our scores differ from torch's, which
# are float32, by about 1e-05), and about seven in ten of the answers are right. The picture shows three of the images, each with the eight maps of your
# first layer: some filters respond to edges in one direction, some to a whole shape by its colour.

# %%
shapes = data.load("shapes", n_train=2000, n_test=200, seed=1)
torch.manual_seed(0)
network = torch.nn.Sequential(
    torch.nn.Conv2d(3, 8, 5, padding=2),
    torch.nn.BatchNorm2d(8),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(4),
    torch.nn.Conv2d(8, 24, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Flatten(),
    torch.nn.Linear(24 * 4 * 4, 10),
)
optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
train_images, train_labels = torch.tensor(shapes.x_train), torch.tensor(shapes.y_train)
for epoch in range(8):
    for some in torch.randperm(2000).split(50):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(train_images[some]), train_labels[some]).backward()
        optimizer.step()
network.eval()
trained = {name: value.numpy().astype(np.float64) for name, value in network.state_dict().items()}
with torch.no_grad():
    torch_scores = network(torch.tensor(shapes.x_test)).numpy()

# %%
def half(maps, k):
    """Your max_pool2d, forwards alone."""
    return max_pool2d(maps, (k, k), k, 0, np.zeros((*maps.shape[:2], maps.shape[2] // k, maps.shape[3] // k)))[0]


test_images = shapes.x_test.astype(np.float64)
first_maps = conv2d(test_images, trained["0.weight"], trained["0.bias"], 1, 2)
statistics = (trained[f"1.{name}"] for name in ["weight", "bias", "running_mean", "running_var"])
first_maps, _, _ = batch_norm2d(first_maps, *statistics, False, 0.1, 1e-5)
first_maps = np.maximum(first_maps, 0)
second_maps = np.maximum(conv2d(half(first_maps, 4), trained["4.weight"], trained["4.bias"], 1, 1), 0)
your_scores = half(second_maps, 2).reshape(200, -1) @ trained["8.weight"].T + trained["8.bias"]
same = (your_scores.argmax(axis=1) == torch_scores.argmax(axis=1)).mean()
print(f"the same answer as torch for {same:.0%} of the images,", end=" ")
print(f"scores differ by {np.abs(your_scores - torch_scores).max():.0e}")
print(f"right for {(your_scores.argmax(axis=1) == shapes.y_test).mean():.0%} of them")
_, axes = plt.subplots(3, 9, figsize=(11, 3.8))
for row_of_axes, number in zip(axes, [0, 3, 7]):
    row_of_axes[0].imshow(shapes.x_test[number].transpose(1, 2, 0))
    for ax, answer_map in zip(row_of_axes[1:], first_maps[number]):
        ax.imshow(answer_map, cmap="gray")
for ax in axes.ravel():
    ax.axis("off")

# %% [markdown]
# ## Open challenge ★
#
# *Optional, and worth no points: leave it as it is, and nothing is lost. Start from {{ read sec-conv-image-kernels }} and
# {{ read sec-conv-lcn }}.*
#
# Find the pattern: it lies somewhere in every image, turned by no, one, two or three quarters, here faint and there strong, in light and in
# shadow. Write `challenge(images, pattern)`: where is it?
#
# | | |
# |---|---|
# | `images` | (200, 48, 48) float64 |
# | `pattern` | (9, 9) float64, with mean 0 and standard deviation 1 |
# | returns | (200, 2) whole numbers: the row and the column of the upper left pixel that the pattern covers |
#
# The score is the share of images in which it is found, to within a pixel along either axis. It is measured where your work is graded,
# with another pattern and other images, within 20 seconds of processor time and with NumPy alone; your class may see a table of all scores.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.055 |
# | the course's own answer | 0.685 |
#
# - A window of large numbers has a large product with anything. How could you compare windows of different contrast fairly?
# - Clutter has a look of its own, the same in all images. Could a filter make it flat, and keep the pattern?


# %% tags=["folded"]
from cs_lib.challenge import challenge_score


def blurred(x):  # (N, H, W), once by 1, 2, 1 along each axis
    for axis in (1, 2):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


def hidden_pattern(seed):  # images, pattern, where it is
    rng = np.random.default_rng(seed)
    pattern = blurred(rng.normal(size=(1, 9, 9)))[0]
    pattern = (pattern - pattern.mean()) / pattern.std()
    clutter, blobs = rng.normal(size=(200, 48, 48)), rng.normal(size=(200, 48, 48)) ** 3
    images = blurred(blurred(clutter / 0.28)) + 0.9 * blurred(blurred(blurred(blobs)))
    places = rng.integers(0, 40, size=(200, 2))
    for image, (i, j) in zip(images, places):
        window, turned = image[i : i + 9, j : j + 9], np.rot90(pattern, rng.integers(4))
        window[:] = 0.3 * window + rng.uniform(0.3, 1) * turned + rng.normal()
    return images + 0.5 * rng.normal(size=images.shape), pattern, places


def largest(response):  # (N, H, W) -> (N, 2), where each is largest
    flat = response.reshape(len(response), -1).argmax(axis=1)
    return np.stack(np.unravel_index(flat, response.shape[1:]), axis=1)


def baseline(images, pattern):  # where the product with the pattern is largest
    windows = np.lib.stride_tricks.sliding_window_view(images, (9, 9), axis=(1, 2))
    return largest(np.einsum("nijab,ab->nij", windows, pattern))


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(images, pattern):
    """images: (N, H, W), pattern: (K, K) -> (N, 2), row and column of its upper left corner."""
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(images, pattern.shape, axis=(1, 2))
    contrast = windows.std(axis=(3, 4))  # large products of large numbers count for nothing
    best = np.full(contrast.shape, -np.inf)
    for quarters in range(4):
        product = np.einsum("nijab,ab->nij", windows, np.rot90(pattern, quarters))
        best = np.maximum(best, product / contrast)
    return largest(best)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
*searched, places = hidden_pattern(seed=1)
challenge_score(
    challenge,
    *searched,
    score=lambda got: np.mean(np.abs(got - places).max(axis=1) <= 1),
    shape=(200, 2),
    whole=True,
    label="share of 200 images in which it is found",
)
### BEGIN HIDDEN TESTS
*searched, places = hidden_pattern(seed=28_460_731)
challenge_score(
    challenge,
    *searched,
    score=lambda got: np.mean(np.abs(got - places).max(axis=1) <= 1),
    shape=(200, 2),
    whole=True,
    label="share of 200 other images in which it is found",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and look at the list below. Then hand in this
# file; where your course allows it, hand it in again until the deadline, since the feedback names
# what is left.
#
# If you want to go on: `fold` and a matrix product make a transposed convolution, which enlarges an
# image where `conv2d` makes it smaller. It is `conv2d_backward`'s `dx`, used as a layer.
