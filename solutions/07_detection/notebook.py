# ---
# title: "Assignment 7 · Detection"
# withhold:
#   - cs_lib.detection_metrics
#   - cs_lib.numpy.detection.anchors
#   - cs_lib.numpy.detection.boxes
#   - cs_lib.numpy.detection.proposals
#   - cs_lib.numpy.detection.roi
#   - cs_lib.numpy.detection.search
#   - cs_lib.torch.detection.anchors
#   - cs_lib.torch.detection.boxes
#   - cs_lib.torch.detection.roi
#   - cs_lib.torch.detection.training
# ---

# %% [markdown]
# # Assignment 7 · Detection
#
# A detector says what is in an image, and where. Between the image and its list of boxes lie many small steps, and each of them
# can be almost right: boxes that overlap, a box that two anchors claim, a second detection of the same object. In this assignment you
# write these steps one by one. At the end they stand together around a small network, which learns to find objects
# in generated scenes.
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
# **When you are stuck,** draw the boxes of the example on paper. Most mistakes with detectors are cases that a text names and
# a first version forgets: boxes that do not meet, equal scores, an image without any object.
#
# **What you may use** is NumPy and Python's standard library, and in the exercise marked with *torch* also torch
# and its functions (`F` is `torch.nn.functional`). The detection functions of `cs_lib` are taken out when your work is graded, since you
# write them here. An exercise may call what you wrote in another, but then a
# mistake there costs points here as well. No exercise needs it.
#
# **Conventions.** A box is (x1, y1, x2, y2) in pixels, with x to the right and y downwards. It is x2 − x1 wide and y2 − y1 high,
# without a plus 1, and its corners need not be whole numbers. Images and maps are (N, C, H, W). What is computed with NumPy comes back as float64, and torch keeps the type of what comes in.
#
# Unless a text says otherwise, loops are allowed, a function leaves its arguments as they are, and it never touches the
# global random state of NumPy or torch. The minutes of the exercises are without the reading, and add up to about four hours.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/07_detection/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

from cs_lib.data import scenes
from cs_lib.testing import check_call, check_no_loop, check_raises, passed, progress

torch.set_num_threads(1)  # networks as small as this one's lose more by dividing the work than they gain


def floats(values):
    """An array of float64: the checks write floats([1, 2])."""
    return np.array(values, dtype=np.float64)


def draw(ax, boxes, color="tab:orange", style="-"):
    """Draw boxes, (N, 4), into a plot."""
    for x1, y1, x2, y2 in boxes:
        ax.plot([x1, x2, x2, x1, x1], [y1, y1, y2, y2, y1], style, color=color)


# %% [markdown]
# ## Warm-up
#
# Five minutes, no points: see how a check speaks. `centres` should return the middle of each box, and returns half of its
# size. Run both cells, read the message, mend the function, and run them again until the line with the ✓
# appears.


# %%
def centres(boxes):
    """boxes: (N, 4) -> (N, 2), x and y of the middle of each."""
    return (boxes[:, 2:] - boxes[:, :2]) / 2


# %% tags=["raises-exception"]
check_call(centres, floats([[0, 0, 4, 2]]), want=floats([[2, 1]]), label="a box in the corner")
check_call(centres, floats([[1, 2, 4, 4], [-2, 0, 2, 6]]), want=floats([[2.5, 3], [0, 3]]), label="two boxes")
passed("warm-up")

# %% [markdown]
# ## 1 · How much two boxes agree
#
# ### Exercise `box_iou` (9 points)
#
# *Read {{ read sec-det-iou }} first. About 20 minutes.*
#
# Write `box_iou(boxes1, boxes2)`: the area in which two boxes overlap, divided by the area that they cover together, for every pair of
# a box of the first list and a box of the second. One box, and two others:
#
# ```python
# box_iou(floats([[0, 0, 4, 2]]), floats([[2, 1, 6, 3], [4, 0, 6, 2]]))
# # [[0.14285714, 0.]]
# ```
#
# The first two share 2 × 1 pixels, and together they cover 8 + 8 − 2 of them. The last one only touches.
#
# | | |
# |---|---|
# | `boxes1`, `boxes2` | (M, 4) and (N, 4) |
# | returns | (M, N), float64 |
#
# - **Boxes that lie apart, or only touch,** have an IoU of 0.
# - **Two boxes without area**, which cover nothing together, have 0 as well, and no `nan`.
# - **No boxes** are no error: 0 boxes and 3 boxes give an array of shape (0, 3).
# - **Integers** of any type are numbers like others: boxes of `uint8` give what the same boxes give as floats.
# - **An illegal box**, with x2 < x1 or y2 < y1 in either list, raises a `ValueError` with a message.
# - **No loop** over boxes.


# %% nbgrader={"grade_id": "box_iou", "solution": true}
def box_iou(boxes1, boxes2):
    """boxes1: (M, 4), boxes2: (N, 4) -> (M, N)"""
    ### BEGIN SOLUTION
    boxes1, boxes2 = (boxes.astype(np.float64) for boxes in (boxes1, boxes2))
    for boxes in (boxes1, boxes2):
        if (boxes[:, 2:] < boxes[:, :2]).any():
            raise ValueError("a box has x2 < x1 or y2 < y1")
    first = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    last = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    intersection = (last - first).clip(0).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes1, boxes2))
    union = area1[:, None] + area2 - intersection
    return intersection / np.where(union > 0, union, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_box_iou", "grade": true, "points": 2}
boxes1, boxes2 = floats([[2, 1, 7, 3.5], [-3, -1, 4, 4]]), floats([[3, 0, 6, 6], [2, 1, 7, 3.5], [-2, 0.5, 5, 2]])
want = floats([[7.5 / 23, 1, 3 / 20], [4 / 49, 5 / 42.5, 9 / 36.5]])
check_call(box_iou, boxes1, boxes2, want=want, label="two boxes with three")
check_call(box_iou, boxes1 / 8, boxes2 / 8, want=want, label="the same as parts of an image, smaller than 1")
### BEGIN HIDDEN TESTS
def by_counting(boxes1, boxes2):
    """Of boxes whose corners are multiples of ¼, from −10 to 10: counts quarters of pixels."""
    def masks(boxes):
        grid = np.arange(-10, 10, 0.25)
        inside = [(grid >= b[0]) & (grid < b[2]) & ((grid >= b[1]) & (grid < b[3]))[:, None] for b in boxes]
        return np.array(inside).reshape(len(boxes), -1)

    a, b = masks(boxes1), masks(boxes2)
    return floats([[(p & q).sum() / (p | q).sum() for q in b] for p in a])


def random_boxes(seed, n):
    rng = np.random.default_rng(seed)
    corner, size = rng.integers(-32, 8, (n, 2)) / 4, rng.integers(4, 32, (n, 2)) / 4
    return np.concatenate([corner, corner + size], axis=1)


for m, n in [(4, 3), (1, 5), (3, 3)]:
    boxes1, boxes2 = random_boxes(m, m), random_boxes(10 + n, n)
    check_call(box_iou, boxes1, boxes2, want=by_counting(boxes1, boxes2), label=f"{m} boxes with {n}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_apart", "grade": true, "points": 2}
boxes1 = floats([[0, 0, 3, 2]])
check_call(box_iou, boxes1, floats([[5, 1, 7, 3], [1, 4, 3, 6], [4, 5, 6, 6]]), want=floats([[0, 0, 0]]), label="apart to the right, below and both")
check_call(box_iou, boxes1, floats([[3, 0, 6, 2], [-2, 2, 6, 3], [3, 2, 4, 4]]), want=floats([[0, 0, 0]]), label="boxes that touch")
### BEGIN HIDDEN TESTS
check_call(box_iou, floats([[2, 5, 4.5, 9]]), floats([[-3, -2, 1, 4], [6, 0, 9, 5], [4.5, 5, 6, 9]]), want=floats([[0, 0, 0]]), label="more boxes apart")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_no_area", "grade": true, "points": 1}
check_call(box_iou, floats([[2, 3, 2, 5]]), floats([[2, 3, 2, 5], [0, 0, 4, 6]]), want=floats([[0, 0]]), label="a line, with itself and with a box")
### BEGIN HIDDEN TESTS
check_call(box_iou, floats([[1, 1, 5, 1], [4, 4, 4, 4]]), floats([[1, 1, 5, 1], [3, 0, 3, 4]]), want=np.zeros((2, 2)), label="boxes without area")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_none", "grade": true, "points": 1}
check_call(box_iou, np.zeros((0, 4)), floats([[0, 0, 2, 1], [1, 1, 3, 2], [2, 0, 3, 4]]), want=np.zeros((0, 3)), label="no boxes on the left")
check_call(box_iou, floats([[0, 0, 2, 1], [1, 1, 3, 2]]), np.zeros((0, 4)), want=np.zeros((2, 0)), label="no boxes on the right")
### BEGIN HIDDEN TESTS
check_call(box_iou, np.zeros((0, 4)), np.zeros((0, 4)), want=np.zeros((0, 0)), label="no boxes at all")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_integers", "grade": true, "points": 1}
boxes1, boxes2 = np.array([[0, 10, 200, 250]], np.uint8), np.array([[100, 30, 240, 130], [0, 10, 220, 255], [210, 20, 240, 140]], np.uint8)
check_call(box_iou, boxes1, boxes2, want=floats([[1e4 / 5.2e4, 48000 / 53900, 0]]), label="boxes of uint8")
### BEGIN HIDDEN TESTS
boxes1, boxes2 = np.array([[0, 0, 60000, 70000]], np.int32), np.array([[30000, 0, 70000, 70000], [0, 10000, 90000, 70000]], np.int32)
check_call(box_iou, boxes1, boxes2, want=floats([[2.1e9 / 4.9e9, 3.6e9 / 6e9]]), label="boxes of int32, with large sides")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_illegal", "grade": true, "points": 1}
fine = floats([[0, 0, 3, 2], [1, 1, 2, 4]])
check_raises(box_iou, floats([[5, 0, 2, 2]]), fine, label="x2 < x1 in the first list")
check_raises(box_iou, floats([[1, 0, 2, 2], [0, 3, 4, 1]]), fine, label="y2 < y1 in the first list")
check_raises(box_iou, fine, floats([[1, 0, 2, 2], [4, 1, 3, 4]]), label="x2 < x1 in the second list")
check_raises(box_iou, fine, floats([[0, 3, 4, 1], [1, 0, 2, 2]]), label="y2 < y1 in the second list")
### BEGIN HIDDEN TESTS
check_raises(box_iou, floats([[1, 0, 2, 2], [0, 3, 4, 2.5]]), fine, label="y2 < y1 in the first list, by half a pixel")
check_raises(box_iou, fine, floats([[4, 0, 3, 2]]), label="x2 < x1 in the second list, which is short")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_box_iou_loop", "grade": true, "points": 1}
few, many = (np.tile(floats([[0, 0, 3, 2]]), (n, 1)) for n in (2, 300))
check_no_loop(box_iou, (few, few), (many, many), label="no loop over boxes")

# %% [markdown]
# See your own work: a box of 20 × 20 pixels is shifted to the right, or shrunk around its middle. Each picture says what IoU is left. (Ours: 0.6 and
# 0.36. Which of the two would you have called the better box?)

# %%
truth = floats([[10, 10, 30, 30]])
_, axes = plt.subplots(1, 2, figsize=(6, 3))
for ax, box in zip(axes, floats([[15, 10, 35, 30], [14, 14, 26, 26]])):
    draw(ax, truth, "black", "--")
    draw(ax, box[None])
    ax.set(title=f"IoU {box_iou(truth, box[None])[0, 0]:.2f}", xlim=(0, 40), ylim=(40, 0), aspect="equal")

# %% [markdown]
# ## 2 · One object, one box
#
# ### Exercise `nms` (12 points)
#
# *Read {{ read sec-det-nms }} first. About 25 minutes.*
#
# A detector finds the same object many times. Write `nms(iou, scores, labels, threshold)`, non-maximum suppression: the box of the highest score
# is kept and drops those of its class that overlap it, then the best of those that are left, and so on. Three boxes of
# one class:
#
# ```python
# iou = floats([[1, 0.6, 0], [0.6, 1, 0.5], [0, 0.5, 1]])  # of each box with each
# nms(iou, floats([0.8, 0.9, 0.7]), np.array([0, 0, 0]), 0.5)  # array([1, 2])
# ```
#
# Box 1 is the best, and drops box 0. With box 2 its IoU is 0.5, which is not above the threshold.
#
# | | |
# |---|---|
# | `iou` | (N, N), of all pairs |
# | `scores` | (N,), any numbers, negative ones as well |
# | `labels` | (N,) whole numbers, the class of each box |
# | `threshold` | a number from 0 to 1. The IoU of a box with itself need not be above it |
# | returns | the indices of the boxes that are kept, best score first: an array of whole numbers |
#
# - **Dropped** are boxes whose IoU with the kept one is *above* the threshold. So one of exactly the threshold stays.
# - **A box that was dropped** drops no other.
# - **Classes** do not touch each other: a circle drops no square. The result still lists all classes together, best score first.
# - **Of equal scores** the lower index comes first.
# - **Without boxes** nothing is kept: the result has shape (0,).


# %% nbgrader={"grade_id": "nms", "solution": true}
def nms(iou, scores, labels, threshold):
    """iou: (N, N), scores: (N,), labels: (N,) -> the indices of what is kept, best score first"""
    ### BEGIN SOLUTION
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if not any(iou[i, k] > threshold for k in kept if labels[k] == labels[i]):
            kept.append(i)
    return np.array(kept, dtype=np.int64)
    ### END SOLUTION


# %% tags=["folded"]
def some_boxes(seed, n, classes=1):
    """Overlaps of n boxes, (n, n), their scores and their labels: as mixed as the seed says."""
    rng = np.random.default_rng(seed)
    iou = np.triu(rng.integers(0, 10, (n, n)) / 10 * (rng.uniform(0, 1, (n, n)) < 0.5), 1)
    return iou + iou.T + np.eye(n), rng.integers(-9, 20, n) / 10, rng.integers(0, classes, n)


# %% nbgrader={"grade_id": "nms_within"} tags=["folded"]
def nms_within(lines, *args):
    """What nms returns, or an error if it has run so many lines of Python and is not done: a loop without an end."""
    import sys

    def count(frame, event, argument):
        nonlocal lines
        lines -= event == "line"
        if lines < 0:
            raise RuntimeError("a loop that does not end: does each round take out the box that it keeps?")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        return nms(*args)
    finally:
        sys.settrace(before)


# %% nbgrader={"grade_id": "test_nms", "grade": true, "points": 5}
iou, scores, labels = some_boxes(621, 8)
check_call(nms, iou, scores, labels, 0.45, want=np.array([6, 1, 3, 2]), label="eight boxes")
iou, scores, labels = some_boxes(40, 8)
check_call(nms, iou, scores, labels, 0.65, want=np.array([0, 4, 3, 7]), label="eight others, with another threshold")
### BEGIN HIDDEN TESTS
def one_by_one(iou, scores, labels, threshold):
    """Which boxes are left when the best of those left drops others, again and again."""
    left, kept = {*range(len(scores))}, []
    while left:
        best = min(left, key=lambda i: (-scores[i], i))
        kept.append(best)
        left -= {i for i in left if i == best or (labels[i] == labels[best] and iou[best, i] > threshold)}
    return np.array(kept, dtype=np.int64)


iou, scores, labels = some_boxes(32, 9)
args = iou, scores, labels, 0.75
check_call(nms, *args, want=one_by_one(*args), label="nine boxes, threshold 0.75")
iou, scores, labels = some_boxes(292, 10)
args = iou, scores, labels, 0.25
check_call(nms, *args, want=one_by_one(*args), label="ten boxes, threshold 0.25")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_nms_dropped", "grade": true, "points": 2}
iou, scores, labels = some_boxes(1199, 7)
check_call(nms, iou, scores, labels, 0.35, want=np.array([3, 6, 0]), label="boxes that overlap one that was dropped")
### BEGIN HIDDEN TESTS
def one_by_one(iou, scores, labels, threshold):
    """Which boxes are left when the best of those left drops others, again and again."""
    left, kept = {*range(len(scores))}, []
    while left:
        best = min(left, key=lambda i: (-scores[i], i))
        kept.append(best)
        left -= {i for i in left if i == best or (labels[i] == labels[best] and iou[best, i] > threshold)}
    return np.array(kept, dtype=np.int64)


iou, scores, labels = some_boxes(1307, 9)
args = iou, scores, labels, 0.55
check_call(nms, *args, want=one_by_one(*args), label="nine boxes, of which some were dropped")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_nms_classes", "grade": true, "points": 2}
iou, scores, labels = some_boxes(378, 8, 3)
check_call(nms, iou, scores, labels, 0.45, want=np.array([5, 7, 1, 3, 0, 4]), label="three classes")
### BEGIN HIDDEN TESTS
def one_by_one(iou, scores, labels, threshold):
    """Which boxes are left when the best of those left drops others, again and again."""
    left, kept = {*range(len(scores))}, []
    while left:
        best = min(left, key=lambda i: (-scores[i], i))
        kept.append(best)
        left -= {i for i in left if i == best or (labels[i] == labels[best] and iou[best, i] > threshold)}
    return np.array(kept, dtype=np.int64)


iou, scores, labels = some_boxes(468, 10, 4)
args = iou, scores, labels, 0.35
check_call(nms, *args, want=one_by_one(*args), label="four classes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_nms_equal_scores", "grade": true, "points": 1}
iou, scores, labels = some_boxes(110, 8)
check_call(nms, iou, np.round(scores) + 2, labels, 0.45, want=np.array([0, 4, 6]), label="equal scores")
scores = np.tile(floats([2, 1, 3, 2]), 10)
check_call(nms, np.eye(40), scores, np.zeros(40, np.int64), 0.5, want=np.array([*range(2, 40, 4), *(i for i in range(40) if i % 4 in (0, 3)), *range(1, 40, 4)]), label="forty boxes far apart, with three scores")
### BEGIN HIDDEN TESTS
def one_by_one(iou, scores, labels, threshold):
    """Which boxes are left when the best of those left drops others, again and again."""
    left, kept = {*range(len(scores))}, []
    while left:
        best = min(left, key=lambda i: (-scores[i], i))
        kept.append(best)
        left -= {i for i in left if i == best or (labels[i] == labels[best] and iou[best, i] > threshold)}
    return np.array(kept, dtype=np.int64)


iou, scores, labels = some_boxes(55, 10)
args = iou, np.round(scores) + 2, labels, 0.65
check_call(nms, *args, want=one_by_one(*args), label="equal scores of ten boxes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_nms_threshold", "grade": true, "points": 1}
iou, scores, labels = some_boxes(651, 8)
check_call(nms, iou, scores + 2, labels, 0.5, want=np.array([5, 6, 2, 3, 7]), label="an IoU of the threshold")
iou, scores, labels = some_boxes(5, 7)
check_call(nms, iou, scores, labels, 0.0, want=np.array([6, 4, 5]), label="a threshold of 0")
check_call(nms_within, 10_000, floats([[1, 0.9, 1], [0.9, 1, 0.2], [1, 0.2, 1]]), floats([3, 5, 4]), np.array([0, 0, 0]), 1.0, want=np.array([1, 2, 0]), label="a threshold of 1")
check_call(nms_within, 10_000, floats([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 0]]), floats([0.4, 0.5, 0.8]), np.array([0, 0, 0]), 0.5, want=np.array([2, 1]), label="a box without area")
### BEGIN HIDDEN TESTS
def one_by_one(iou, scores, labels, threshold):
    """Which boxes are left when the best of those left drops others, again and again."""
    left, kept = {*range(len(scores))}, []
    while left:
        best = min(left, key=lambda i: (-scores[i], i))
        kept.append(best)
        left -= {i for i in left if i == best or (labels[i] == labels[best] and iou[best, i] > threshold)}
    return np.array(kept, dtype=np.int64)


iou, scores, labels = some_boxes(220, 7)
args = iou, scores, labels, 0.3
check_call(nms, *args, want=one_by_one(*args), label="another IoU of the threshold")
iou, scores, labels = some_boxes(221, 6)
check_call(nms_within, 10_000, iou, scores, labels, 1.0, want=one_by_one(iou, scores, labels, 1.0), label="six boxes, threshold 1")
iou[2] = iou[:, 2] = 0
check_call(nms_within, 10_000, iou, scores, labels, 0.5, want=one_by_one(iou, scores, labels, 0.5), label="six boxes, of which one has no area")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_nms_few", "grade": true, "points": 1}
iou, scores, labels = some_boxes(149, 7)
check_call(nms, iou, scores, labels, 0.45, want=np.array([4, 1, 6]), label="seven boxes")
check_call(nms, np.eye(4), floats([2, -0.5, -3, 0.9]), np.array([4, 4, 4, 4]), 0.5, want=np.array([0, 3, 1, 2]), label="four boxes far apart, two of negative scores")
nothing = np.zeros(0)
check_call(nms, np.zeros((0, 0)), nothing, nothing.astype(np.int64), 0.5, want=nothing.astype(np.int64), label="no boxes")
check_call(nms, np.eye(1), floats([2]), np.array([4]), 0.5, want=np.array([0]), label="one box")
### BEGIN HIDDEN TESTS
check_call(nms, np.array([[1, 0.8], [0.8, 1]]), floats([-3, -2]), np.array([1, 1]), 0.5, want=np.array([1]), label="two boxes, of which one is left")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: 40 boxes around two objects that overlap, and what is left of them with three thresholds. (Ours: 1, 2 and 17
# boxes. Too low a threshold loses an object, and too high a one shows it many times.)

# %%
rng = np.random.default_rng(2)
two = np.repeat(floats([[10, 10, 40, 40], [26, 14, 56, 44]]), 20, axis=0)
guesses = two + rng.normal(0, 2.5, two.shape)
sides = np.minimum(guesses[:, None, 2:], guesses[:, 2:]) - np.maximum(guesses[:, None, :2], guesses[:, :2])
shared, whole = sides.clip(0).prod(axis=2), (guesses[:, 2:] - guesses[:, :2]).prod(axis=1)
guess_iou = shared / (whole[:, None] + whole - shared)
guess_scores = -abs(guesses - two).sum(axis=1)
_, axes = plt.subplots(1, 4, figsize=(11, 2.8))
for ax, limit in zip(axes, [None, 0.05, 0.5, 0.8]):
    shown = guesses if limit is None else guesses[nms(guess_iou, guess_scores, np.zeros(40, np.int64), limit)]
    draw(ax, shown)
    ax.set(title=f"{f'threshold {limit}' if limit else 'all boxes'}: {len(shown)}", xlim=(0, 64), ylim=(52, 0), aspect="equal")

# %% [markdown]
# ## 3 · Boxes to start from
#
# ### Exercise `grid_anchors` (9 points)
#
# *Read {{ read sec-det-anchors }} first. About 20 minutes.*
#
# A single-shot detector does not invent boxes. It says of many given ones, the anchors, what is in them. Write `grid_anchors(levels, ratios)`:
# the anchors of several feature maps. A map of 1 × 2 cells, each 8 × 8 pixels of the image, with two shapes:
#
# ```python
# grid_anchors([(1, 2, 8, 6.0)], [1.0, 4.0])
# # [[ 1.,  1.,  7.,  7.],    left cell: 6 × 6 pixels
# #  [ 2.5, -2., 5.5, 10.],   3 wide and 12 high: as large, and four times as high as wide
# #  [ 9.,  1., 15.,  7.],    right cell
# #  [10.5, -2., 13.5, 10.]]
# ```
#
# | | |
# |---|---|
# | `levels` | a list of maps, each (H, W, stride, scale): H × W cells of stride × stride pixels, and the root of the anchors' area |
# | `ratios` | a list of K numbers, height over width |
# | returns | (sum of H · W · K over the maps, 4), float64 |
#
# - **The centre** of an anchor is the centre of its cell: cell (i, j), in row i and column j, has it at x = (j + ½) · stride and y = (i + ½) · stride.
# - **The area** is scale², whatever the ratio is.
# - **The order**: map by map as listed; in a map row by row, in a row from left to right, and in each cell the ratios as listed.
# - **Nothing is rounded or cut off**: anchors may reach over the border of the image, as above.


# %% nbgrader={"grade_id": "grid_anchors", "solution": true}
def grid_anchors(levels, ratios):
    """levels: a list of (H, W, stride, scale), ratios: K numbers -> (sum of H·W·K, 4)"""
    ### BEGIN SOLUTION
    boxes = []
    for height, width, stride, scale in levels:
        for i in range(height):
            for j in range(width):
                cx, cy = (j + 0.5) * stride, (i + 0.5) * stride
                for ratio in ratios:
                    w, h = scale / ratio**0.5, scale * ratio**0.5
                    boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return np.array(boxes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_grid_anchors", "grade": true, "points": 4}
want = floats([[-1.0, -1.0, 5.0, 5.0], [3.0, -1.0, 9.0, 5.0], [7.0, -1.0, 13.0, 5.0], [-1.0, 3.0, 5.0, 9.0], [3.0, 3.0, 9.0, 9.0], [7.0, 3.0, 13.0, 9.0]])
check_call(grid_anchors, [(2, 3, 4, 6.0)], [1.0], want=want, label="squares on 2 × 3 cells")
check_call(grid_anchors, [(3, 1, 5, 2.5)], [1.0], want=floats([[1.25, 1.25, 3.75, 3.75], [1.25, 6.25, 3.75, 8.75], [1.25, 11.25, 3.75, 13.75]]), label="squares on 3 × 1 cells")
### BEGIN HIDDEN TESTS
for height, width, stride, scale in [(4, 3, 7, 9.0), (2, 5, 16, 20.5)]:
    x, y = np.meshgrid(np.arange(width) * stride, np.arange(height) * stride)
    first = np.stack([x, y], axis=-1).reshape(-1, 2) + (stride - scale) / 2
    check_call(grid_anchors, [(height, width, stride, scale)], [1], want=np.hstack([first, first + scale]), label=f"squares on {height} × {width} cells")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grid_anchors_ratios", "grade": true, "points": 3}
want = floats([[2.0, -4.0, 6.0, 12.0], [-1.0, 0.8, 9.0, 7.2], [10.0, -4.0, 14.0, 12.0], [7.0, 0.8, 17.0, 7.2], [18.0, -4.0, 22.0, 12.0], [15.0, 0.8, 25.0, 7.2], [2.0, 4.0, 6.0, 20.0], [-1.0, 8.8, 9.0, 15.2], [10.0, 4.0, 14.0, 20.0], [7.0, 8.8, 17.0, 15.2], [18.0, 4.0, 22.0, 20.0], [15.0, 8.8, 25.0, 15.2]])
check_call(grid_anchors, [(2, 3, 8, 8.0)], [4.0, 0.64], want=want, label="two ratios")
### BEGIN HIDDEN TESTS
want = []
for i in range(3):
    for j in range(2):
        for w, h in [(6, 24), (4, 36), (15, 9.6)]:
            want.append([10 * j + 5 - w / 2, 10 * i + 5 - h / 2, 10 * j + 5 + w / 2, 10 * i + 5 + h / 2])
check_call(grid_anchors, [(3, 2, 10, 12)], [4, 9, 0.64], want=floats(want), label="three other ratios")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grid_anchors_levels", "grade": true, "points": 2}
want = floats([[-1.0, -1.0, 5.0, 5.0], [3.0, -1.0, 9.0, 5.0], [7.0, -1.0, 13.0, 5.0], [-1.0, 3.0, 5.0, 9.0], [3.0, 3.0, 9.0, 9.0], [7.0, 3.0, 13.0, 9.0], [-2.0, -2.0, 12.0, 12.0], [-2.0, 8.0, 12.0, 22.0], [-2.0, 18.0, 12.0, 32.0]])
check_call(grid_anchors, [(2, 3, 4, 6.0), (3, 1, 10, 14.0)], [1.0], want=want, label="two maps")
### BEGIN HIDDEN TESTS
want = []
for height, width, stride, scale in [(3, 2, 5, 7), (1, 2, 11, 3), (2, 1, 16, 20)]:
    for k in range(height * width):
        x, y = k % width * stride + stride / 2, k // width * stride + stride / 2
        want.append([x - scale / 2, y - scale / 2, x + scale / 2, y + scale / 2])
check_call(grid_anchors, [(3, 2, 5, 7), (1, 2, 11, 3), (2, 1, 16, 20)], [1], want=floats(want), label="three maps")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: the anchors of two maps in an image of 48 × 64 pixels, of which only those of one cell of each map are drawn. How
# many are there in all? (Ours: 180.)

# %%
grid = [(6, 8, 8, 14.0), (3, 4, 16, 28.0)]
all_anchors = grid_anchors(grid, [0.5, 1.0, 2.0])
_, ax = plt.subplots(figsize=(5, 3.8))
draw(ax, all_anchors[-18:-15], "tab:blue", "--")
draw(ax, all_anchors[3 * (2 * 8 + 2) : 3 * (2 * 8 + 3)])
ax.set(title=f"{len(all_anchors)} anchors, of which 6 are shown", xlim=(0, 64), ylim=(48, 0), aspect="equal")

# %% [markdown]
# ## 4 · What a network says of an anchor
#
# ### Exercise `encode` (6 points)
#
# *Read {{ read sec-det-encode }} first. About 15 minutes.*
#
# For each anchor a network gives four numbers, which say how the object's box differs from it. Write `encode(boxes, anchors, spread)`: the
# four numbers that it has to learn. An anchor of 10 × 20 pixels, and a box that lies 1 pixel to the right and 4 higher, and is twice as wide:
#
# ```python
# anchors, boxes = floats([[0, 0, 10, 20]]), floats([[-4, -4, 16, 16]])
# encode(boxes, anchors, (1, 1, 1, 1))  # [[0.1, -0.2, 0.69314718, 0.]]
# encode(boxes, anchors, (0.1, 0.1, 0.2, 0.2))  # [[1., -2., 3.46573590, 0.]]
# ```
#
# | | |
# |---|---|
# | `boxes`, `anchors` | (N, 4), in pairs, all with an area |
# | `spread` | four numbers |
# | returns | (N, 4): (dx, dy, dw, dh), float64 |
#
# - **dx and dy** say by how much the *centre* of the box lies to the right of the anchor's and below it, as a part of the anchor's width and height.
# - **dw and dh** are the natural logarithms of the box's width and height over the anchor's.
# - **Each of the four is divided by its own `spread`**, which is about its usual size, so that the network learns numbers around 1. In {{ read sec-det-weights }}
#   they are multiplied by weights: a spread is one over a weight.


# %% nbgrader={"grade_id": "encode", "solution": true}
def encode(boxes, anchors, spread):
    """boxes, anchors: (N, 4), spread: four numbers -> (N, 4)"""
    ### BEGIN SOLUTION
    size, anchor_size = boxes[:, 2:] - boxes[:, :2], anchors[:, 2:] - anchors[:, :2]
    shift = (boxes[:, :2] + boxes[:, 2:] - anchors[:, :2] - anchors[:, 2:]) / 2
    deltas = np.concatenate([shift / anchor_size, np.log(size / anchor_size)], axis=1)
    return deltas / spread
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_encode", "grade": true, "points": 4}
e = 2.718281828459045
the_anchors = floats([[0, 0, 8, 4], [10, 20, 14, 30], [-3, -2, 5, 3]])
boxes = floats([[2, -1, 2 + 8 * e, 3], [11, 22, 12, 22 + 10 * e**0.5], [-2, -2.5, 1, 4]])
want = floats([[(2 + 4 * e - 4) / 8, -0.25, 1, 0], [-0.125, (2 + 5 * e**0.5 - 5) / 10, -1.386294361, 0.5], [-0.1875, 0.05, -0.980829253, 0.262364264]])
check_call(encode, boxes, the_anchors, (1, 1, 1, 1), want=want, label="three anchors, all spreads 1")
check_call(encode, the_anchors, the_anchors, (1, 1, 1, 1), want=np.zeros((3, 4)), label="boxes that lie on their anchors")
### BEGIN HIDDEN TESTS
def pairs(seed, n):
    """Boxes and anchors, (n, 4) each."""
    rng = np.random.default_rng(seed)
    first, size = rng.uniform(-5, 30, (2, n, 2)), rng.uniform(2, 20, (2, n, 2))
    return np.concatenate([first, first + size], axis=2)


def one_by_one(boxes, anchors, spread):
    rows = []
    for (x1, y1, x2, y2), (u1, v1, u2, v2) in zip(boxes, anchors):
        w, h = u2 - u1, v2 - v1
        dx, dy = ((x1 + x2) - (u1 + u2)) / (2 * w), ((y1 + y2) - (v1 + v2)) / (2 * h)
        rows.append([dx / spread[0], dy / spread[1], (np.log(x2 - x1) - np.log(w)) / spread[2], (np.log(y2 - y1) - np.log(h)) / spread[3]])
    return floats(rows)


for seed, n in [(0, 4), (1, 7)]:
    boxes, the_anchors = pairs(seed, n)
    check_call(encode, boxes, the_anchors, (1, 1, 1, 1), want=one_by_one(boxes, the_anchors, (1, 1, 1, 1)), label=f"{n} anchors, all spreads 1")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_encode_spread", "grade": true, "points": 2}
boxes, the_anchors = floats([[1, 2, 9, 5], [0, 0, 6, 8]]), floats([[0, 0, 4, 4], [2, 1, 7, 4]])
want = floats([[7.5, 1.875, 1.386294361, -0.719205181], [-3.0, 2.5, 0.364643114, 2.452073133]])
check_call(encode, boxes, the_anchors, (0.1, 0.2, 0.5, 0.4), want=want, label="four spreads")
### BEGIN HIDDEN TESTS
def pairs(seed, n):
    """Boxes and anchors, (n, 4) each."""
    rng = np.random.default_rng(seed)
    first, size = rng.uniform(-5, 30, (2, n, 2)), rng.uniform(2, 20, (2, n, 2))
    return np.concatenate([first, first + size], axis=2)


def one_by_one(boxes, anchors, spread):
    rows = []
    for (x1, y1, x2, y2), (u1, v1, u2, v2) in zip(boxes, anchors):
        w, h = u2 - u1, v2 - v1
        dx, dy = ((x1 + x2) - (u1 + u2)) / (2 * w), ((y1 + y2) - (v1 + v2)) / (2 * h)
        rows.append([dx / spread[0], dy / spread[1], (np.log(x2 - x1) - np.log(w)) / spread[2], (np.log(y2 - y1) - np.log(h)) / spread[3]])
    return floats(rows)


for seed, n, four in [(2, 3, (0.1, 0.1, 0.2, 0.2)), (3, 5, (2, 3, 0.5, 0.25))]:
    boxes, the_anchors = pairs(seed, n)
    check_call(encode, boxes, the_anchors, four, want=one_by_one(boxes, the_anchors, four), label=f"{n} anchors, spreads {four}")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise `decode` (7 points)
#
# *Read {{ read sec-det-encode }} first. About 15 minutes.*
#
# Write `decode(deltas, anchors, spread, most)`, the way back: from a network's four numbers for each anchor to boxes.
#
# ```python
# anchors = floats([[0, 0, 10, 20]])
# decode(floats([[1, -2, 3.46573590, 0]]), anchors, (0.1, 0.1, 0.2, 0.2), 50.0)  # [[-4., -4., 16., 16.]]
# decode(floats([[0, 0, 0, 5000]]), anchors, (0.1, 0.1, 0.2, 0.2), 3.0)  # [[0., -20., 10., 40.]]: three times as high
# ```
#
# | | |
# |---|---|
# | `deltas` | (N, 4): (dx, dy, dw, dh), as in `encode`, where they were divided by `spread` |
# | `anchors` | (N, 4) |
# | `most` | a number, at least 1: a box is at most so many times as wide, and as high, as its anchor |
# | returns | (N, 4) boxes, float64 |
#
# - **Centre and size**: deltas shift the centre of the anchor, by parts of its width and height. The new size lies half to either side of the new centre.
# - **A box never grows by more than the factor `most`** in width or height, whatever the spread is, so that the exponential of an untrained network's output cannot overflow. (Nothing keeps
#   a box from shrinking.) The shift of the centre has no limit.
# - **Boxes are not cut off** at the border of the image, which is not known here.


# %% nbgrader={"grade_id": "decode", "solution": true}
def decode(deltas, anchors, spread, most):
    """deltas, anchors: (N, 4), spread: four numbers, most: a number -> (N, 4) boxes"""
    ### BEGIN SOLUTION
    deltas = deltas * spread
    size = anchors[:, 2:] - anchors[:, :2]
    centre = anchors[:, :2] + size / 2 + deltas[:, :2] * size
    half = size * np.exp(np.minimum(deltas[:, 2:], np.log(most))) / 2
    return np.concatenate([centre - half, centre + half], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_decode", "grade": true, "points": 4}
the_anchors = floats([[0, 0, 8, 4], [10, 20, 14, 30], [-3, -2, 5, 3]])
deltas = floats([[0.5, -0.25, 0.693147181, 0], [-0.125, 0.2, -0.693147181, 0.405465108], [-1.5, 2, 0.182321557, -1.609437912]])
want = floats([[0, -1, 16, 3], [10.5, 19.5, 12.5, 34.5], [-15.8, 10, -6.2, 11]])
check_call(decode, deltas, the_anchors, (1, 1, 1, 1), 50.0, want=want, label="three anchors, all spreads 1")
check_call(decode, np.zeros((3, 4)), the_anchors, (1, 1, 1, 1), 50.0, want=the_anchors, label="deltas of 0")
### BEGIN HIDDEN TESTS
def one_by_one(deltas, anchors, spread, most):
    rows = []
    for (dx, dy, dw, dh), (u1, v1, u2, v2) in zip(deltas * spread, anchors):
        w, h = u2 - u1, v2 - v1
        x, y = u1 + w * (dx + 0.5), v1 + h * (dy + 0.5)
        w, h = w * min(most, np.exp(min(dw, 100))), h * min(most, np.exp(min(dh, 100)))
        rows.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return floats(rows)


def some_deltas(seed, n):
    """Deltas and anchors, (n, 4) each."""
    rng = np.random.default_rng(seed)
    first, size = rng.uniform(-5, 30, (n, 2)), rng.uniform(2, 20, (n, 2))
    return rng.normal(size=(n, 4)), np.concatenate([first, first + size], axis=1)


for seed, n in [(0, 4), (1, 6)]:
    args = *some_deltas(seed, n), (1, 1, 1, 1), 50.0
    check_call(decode, *args, want=one_by_one(*args), label=f"{n} anchors, all spreads 1")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_decode_spread", "grade": true, "points": 2}
deltas, the_anchors = floats([[2, -1, 0.346573590, 1], [1, 3, -4, 0.5]]), floats([[4, 0, 8, 6], [-2, 1, 3, 11]])
check_call(decode, deltas, the_anchors, (0.1, 0.2, 0.5, 0.25), 50.0, want=floats([[4.42158577, -2.05207625, 9.17841423, 5.65207625], [0.661661792, 6.334257735, 1.338338208, 17.665742265]]), label="four spreads")
### BEGIN HIDDEN TESTS
def one_by_one(deltas, anchors, spread, most):
    rows = []
    for (dx, dy, dw, dh), (u1, v1, u2, v2) in zip(deltas * spread, anchors):
        w, h = u2 - u1, v2 - v1
        x, y = u1 + w * (dx + 0.5), v1 + h * (dy + 0.5)
        w, h = w * min(most, np.exp(min(dw, 100))), h * min(most, np.exp(min(dh, 100)))
        rows.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return floats(rows)


def some_deltas(seed, n):
    """Deltas and anchors, (n, 4) each."""
    rng = np.random.default_rng(seed)
    first, size = rng.uniform(-5, 30, (n, 2)), rng.uniform(2, 20, (n, 2))
    return rng.normal(size=(n, 4)), np.concatenate([first, first + size], axis=1)


for seed, n, four in [(2, 3, (0.1, 0.1, 0.2, 0.2)), (3, 5, (0.5, 0.3, 0.4, 0.25))]:
    args = *some_deltas(seed, n), four, 50.0
    check_call(decode, *args, want=one_by_one(*args), label=f"{n} anchors, spreads {four}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_decode_most", "grade": true, "points": 1}
deltas, the_anchors = floats([[4, 0.5, 4000, -3], [-2, 7, -2.5, 4000], [1, 1, 1.25, 3.5]]), floats([[4, 0, 8, 6], [-2, 1, 3, 11], [0, 0, 2, 4]])
check_call(decode, deltas, the_anchors, (1, 1, 1, 1), 4.0, want=floats([[14.0, 5.850638795, 30.0, 6.149361205], [-9.705212497, 56.0, -9.294787503, 96.0], [-0.490342957, -2.0, 6.490342957, 14.0]]), label="sizes that would overflow, and such that would not")
deltas, the_anchors = floats([[0.5, -1, 7, 2.5], [1, 2, 3.5, -4]]), floats([[4, 0, 8, 6], [-2, 1, 3, 11]])
check_call(decode, deltas, the_anchors, (0.1, 0.2, 0.25, 0.4), 3.0, want=floats([[0.2, -6.354845485, 12.2, 9.954845485], [-4.997188242, 8.990517410, 6.997188242, 11.009482590]]), label="a limit, and four spreads")
### BEGIN HIDDEN TESTS
def one_by_one(deltas, anchors, spread, most):
    rows = []
    for (dx, dy, dw, dh), (u1, v1, u2, v2) in zip(deltas * spread, anchors):
        w, h = u2 - u1, v2 - v1
        x, y = u1 + w * (dx + 0.5), v1 + h * (dy + 0.5)
        w, h = w * min(most, np.exp(min(dw, 100))), h * min(most, np.exp(min(dh, 100)))
        rows.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return floats(rows)


def some_deltas(seed, n):
    """Deltas and anchors, (n, 4) each."""
    rng = np.random.default_rng(seed)
    first, size = rng.uniform(-5, 30, (n, 2)), rng.uniform(2, 20, (n, 2))
    return rng.normal(size=(n, 4)), np.concatenate([first, first + size], axis=1)


deltas, the_anchors = some_deltas(4, 5)
args = deltas * 3, the_anchors, (1, 1, 1, 1), 2.0
check_call(decode, *args, want=one_by_one(*args), label="growth by a factor of two at most")
deltas, the_anchors = some_deltas(6, 6)
args = deltas * 6, the_anchors, (0.5, 0.3, 0.4, 0.25), 2.0
check_call(decode, *args, want=one_by_one(*args), label="growth by a factor of two at most, and four spreads")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: `decode` undoes `encode`, up to rounding. (Ours: differences of some 1e-15 pixels.)

# %%
rng = np.random.default_rng(0)
corners, extents = rng.uniform(0, 40, (2, 6, 2)), rng.uniform(4, 20, (2, 6, 2))
six_boxes, six_anchors = np.concatenate([corners, corners + extents], axis=2)
there_and_back = decode(encode(six_boxes, six_anchors, (0.1, 0.1, 0.2, 0.2)), six_anchors, (0.1, 0.1, 0.2, 0.2), 50.0)
print(f"largest difference: {abs(there_and_back - six_boxes).max():.0e} pixels")

# %% [markdown]
# ## 5 · Who has to find what
#
# ### Exercise `match_anchors` (12 points)
#
# *Read {{ read sec-det-match }} first, and {{ read sec-det-match-rules }}. About 30 minutes.*
#
# In training each anchor needs to know what it should say. Write `match_anchors(iou, low, high)`: which true box each anchor has to find, or that it lies on
# background, or that it does not count. Two true boxes and four anchors:
#
# ```python
# iou = floats([[0.8, 0.45, 0.3, 0], [0, 0.2, 0.35, 0.1]])
# match_anchors(iou, 0.4, 0.5)  # array([ 0, -2,  1, -1])
# ```
#
# Anchor 0 fits box 0. Box 1 has no good anchor, so it gets its best one, which is anchor 2. Anchor 1 lies between the thresholds, and anchor 3 below.
#
# | | |
# |---|---|
# | `iou` | (G, A): of G true boxes with A anchors |
# | `low`, `high` | thresholds, low ≤ high |
# | returns | (A,) whole numbers: the index of a true box, −1 for background, −2 for an anchor that does not count |
#
# 1. **By thresholds.** Look at the largest IoU of an anchor with any true box. If it is at least `high`, the anchor has to find that box (of equals the first one). If it is
#    below `low`, the anchor is background. Between the two it does not count.
# 2. **Each true box gets an anchor of its own**, whatever step 1 says of that anchor. For this, pairs are made from the largest IoU of the whole matrix downwards: the true box and the anchor of the largest
#    IoU are a pair, then those of the largest IoU among the boxes and anchors that are in no pair yet, and so on. Of equal IoUs the one of the lower box comes first, then that of the lower anchor.
# 3. **A pair needs an overlap**: a true box that has an IoU of 0 with all anchors left gets none, nor does one for which no anchor is left.
#
# - **No true box** (G = 0) makes all anchors background.


# %% nbgrader={"grade_id": "match_anchors", "solution": true}
def match_anchors(iou, low, high):
    """iou: (G, A) -> (A,): the index of a true box, −1 or −2"""
    ### BEGIN SOLUTION
    truths, anchors = iou.shape
    if truths == 0:
        return np.full(anchors, -1)
    best = iou.max(axis=0)
    match = np.where(best >= high, iou.argmax(axis=0), np.where(best < low, -1, -2))
    left = iou.copy()
    for _ in range(truths):
        g, a = np.unravel_index(left.argmax(), left.shape)
        if left[g, a] > 0:
            match[a] = g
            left[g] = left[:, a] = 0
    return match
    ### END SOLUTION


# %% tags=["folded"]
def some_ious(seed, g, a):
    """IoUs of g boxes with a anchors, all different, or 0: as mixed as the seed says."""
    rng = np.random.default_rng(seed)
    return rng.permutation(97)[: g * a].reshape(g, a) / 100 * (rng.uniform(0, 1, (g, a)) < 0.8)


# %% nbgrader={"grade_id": "test_match_anchors", "grade": true, "points": 4}
check_call(match_anchors, some_ious(144, 4, 9), 0.35, 0.6, want=np.array([2, 0, 2, 0, -1, 3, 0, -2, 1]), label="four boxes, nine anchors")
### BEGIN HIDDEN TESTS
def one_by_one(iou, low, high):
    match = []
    for column in iou.T.tolist():
        best = max(column)
        match.append(column.index(best) if best >= high else -1 if best < low else -2)
    boxes, anchors = set(), set()
    for value, g, a in sorted((-iou[g, a], g, a) for g, a in np.ndindex(iou.shape)):
        if value < 0 and g not in boxes and a not in anchors:
            match[a] = g
            boxes.add(g)
            anchors.add(a)
    return np.array(match)


iou = some_ious(432, 5, 11)
check_call(match_anchors, iou, 0.25, 0.5, want=one_by_one(iou, 0.25, 0.5), label="five boxes, eleven anchors")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_match_anchors_own", "grade": true, "points": 4}
check_call(match_anchors, some_ious(77, 5, 8), 0.35, 0.8, want=np.array([2, 3, -1, 0, 1, 4, -1, -2]), label="boxes whose best anchor fits badly, or another box as well")
### BEGIN HIDDEN TESTS
def one_by_one(iou, low, high):
    match = []
    for column in iou.T.tolist():
        best = max(column)
        match.append(column.index(best) if best >= high else -1 if best < low else -2)
    boxes, anchors = set(), set()
    for value, g, a in sorted((-iou[g, a], g, a) for g, a in np.ndindex(iou.shape)):
        if value < 0 and g not in boxes and a not in anchors:
            match[a] = g
            boxes.add(g)
            anchors.add(a)
    return np.array(match)


iou = some_ious(347, 4, 7)
check_call(match_anchors, iou, 0.45, 0.85, want=one_by_one(iou, 0.45, 0.85), label="four boxes that need anchors of their own")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_match_anchors_no_overlap", "grade": true, "points": 1}
iou = some_ious(14, 4, 9)
iou[2] = 0
check_call(match_anchors, iou, 0.35, 0.6, want=np.array([0, 1, 0, -2, -1, 3, 0, 0, 1]), label="a box that no anchor meets")
check_call(match_anchors, floats([[0.35, 0.65], [0.45, 0.75], [0.8, 0.7]]), 0.4, 0.5, want=np.array([2, 1]), label="three boxes, two anchors")
### BEGIN HIDDEN TESTS
def one_by_one(iou, low, high):
    match = []
    for column in iou.T.tolist():
        best = max(column)
        match.append(column.index(best) if best >= high else -1 if best < low else -2)
    boxes, anchors = set(), set()
    for value, g, a in sorted((-iou[g, a], g, a) for g, a in np.ndindex(iou.shape)):
        if value < 0 and g not in boxes and a not in anchors:
            match[a] = g
            boxes.add(g)
            anchors.add(a)
    return np.array(match)


iou = some_ious(35, 5, 9)
iou[0] = 0
check_call(match_anchors, iou, 0.35, 0.6, want=one_by_one(iou, 0.35, 0.6), label="another box that no anchor meets")
iou = some_ious(1, 5, 3)
check_call(match_anchors, iou, 0.4, 0.5, want=one_by_one(iou, 0.4, 0.5), label="five boxes, three anchors")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_match_anchors_thresholds", "grade": true, "points": 1}
iou = floats([[0.86, 0.48, 0. , 0.57, 0.53, 0.68, 0. , 0.5 , 0.24, 0. ], [0. , 0. , 0.01, 0.02, 0.64, 0. , 0.92, 0.23, 0. , 0.4 ], [0.16, 0.6 , 0.93, 0.54, 0.78, 0. , 0.28, 0.12, 0.07, 0.4 ], [0.4 , 0.46, 0.91, 0.17, 0. , 0.6 , 0.44, 0.94, 0. , 0.37]])
check_call(match_anchors, iou, 0.4, 0.6, want=np.array([0, 2, 2, -2, 2, 0, 1, 3, -1, -2]), label="IoUs of the thresholds")
### BEGIN HIDDEN TESTS
def one_by_one(iou, low, high):
    match = []
    for column in iou.T.tolist():
        best = max(column)
        match.append(column.index(best) if best >= high else -1 if best < low else -2)
    boxes, anchors = set(), set()
    for value, g, a in sorted((-iou[g, a], g, a) for g, a in np.ndindex(iou.shape)):
        if value < 0 and g not in boxes and a not in anchors:
            match[a] = g
            boxes.add(g)
            anchors.add(a)
    return np.array(match)


iou = floats([[0.45, 0.94, 0.18, 0.6, 0.0, 0.0, 0.19, 0.63, 0.6, 0.1], [0.0, 0.24, 0.5, 0.35, 0.52, 0.3, 0.44, 0.0, 0.3, 0.05], [0.51, 0.27, 0.76, 0.3, 0.25, 0.26, 0.58, 0.03, 0.15, 0.2], [0.2, 0.0, 0.4, 0.0, 0.28, 0.06, 0.53, 0.38, 0.67, 0.15]])
check_call(match_anchors, iou, 0.3, 0.6, want=one_by_one(iou, 0.3, 0.6), label="IoUs of other thresholds")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_match_anchors_equal", "grade": true, "points": 1}
iou = 0.15 * np.random.default_rng(39).integers(1, 6, (5, 10))
check_call(match_anchors, iou, 0.4, 0.55, want=np.array([0, 4, 1, 2, 1, 3, 1, 1, 0, 1]), label="equal IoUs")
### BEGIN HIDDEN TESTS
def one_by_one(iou, low, high):
    match = []
    for column in iou.T.tolist():
        best = max(column)
        match.append(column.index(best) if best >= high else -1 if best < low else -2)
    boxes, anchors = set(), set()
    for value, g, a in sorted((-iou[g, a], g, a) for g, a in np.ndindex(iou.shape)):
        if value < 0 and g not in boxes and a not in anchors:
            match[a] = g
            boxes.add(g)
            anchors.add(a)
    return np.array(match)


iou = 0.15 * np.random.default_rng(219).integers(1, 6, (5, 11))
check_call(match_anchors, iou, 0.4, 0.55, want=one_by_one(iou, 0.4, 0.55), label="more equal IoUs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_match_anchors_none", "grade": true, "points": 1}
check_call(match_anchors, some_ious(19, 3, 8), 0.35, 0.6, want=np.array([0, -1, -2, -2, 2, -2, 1, -1]), label="three boxes")
check_call(match_anchors, np.zeros((0, 3)), 0.4, 0.5, want=np.array([-1, -1, -1]), label="no true box")
### BEGIN HIDDEN TESTS
check_call(match_anchors, np.zeros((0, 5)), 0.3, 0.7, want=np.full(5, -1), label="no true box, five anchors")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: 192 anchors of 14 × 14 pixels, and two objects (dashed). Blue anchors have to find one of them, grey ones do not count, and the others,
# which are not drawn, are background. (Ours: 5 blue ones and 10 that do not count.)

# %%
x, y = np.meshgrid(4 * np.arange(16) + 2.0, 4 * np.arange(12) + 2.0)
squares = np.stack([x - 7, y - 7, x + 7, y + 7], axis=-1).reshape(-1, 4)
objects = floats([[8, 10, 25, 26], [40, 20, 58, 30]])
sides = np.minimum(objects[:, None, 2:], squares[:, 2:]) - np.maximum(objects[:, None, :2], squares[:, :2])
shared, object_area = sides.clip(0).prod(axis=2), (objects[:, 2:] - objects[:, :2]).prod(axis=1)
assigned = match_anchors(shared / (object_area[:, None] + 196 - shared), 0.35, 0.5)
_, ax = plt.subplots(figsize=(5, 3.8))
draw(ax, squares[assigned == -2], "0.75")
draw(ax, squares[assigned >= 0], "tab:blue")
draw(ax, objects, "black", "--")
ax.set(title=f"{(assigned >= 0).sum()} anchors have to find one, {(assigned == -2).sum()} do not count", xlim=(0, 64), ylim=(48, 0), aspect="equal")

# %% [markdown]
# ## 6 · How good a detector is
#
# ### Exercise `average_precision` (13 points)
#
# *Read {{ read sec-det-ap }} first. About 40 minutes.*
#
# Write `average_precision(images, threshold)`: one number for all detections of one class in all images. One image with two true boxes, of which
# three detections find the first one, nothing, and the second:
#
# ```python
# image = (floats([0.9, 0.8, 0.6]), floats([[0.7, 0], [0.2, 0.1], [0, 0.5]]))  # scores, IoU of each detection with each true box
# average_precision([image], 0.5)  # 0.83333333, the mean of 1 and 2/3
# ```
#
# | | |
# |---|---|
# | `images` | a list with a pair for each image: `scores` (D,), and `iou` (D, G) of its detections with its true boxes; D and G may differ from image to image, and be 0 |
# | `threshold` | the least IoU for a detection to be right |
# | returns | a float |
#
# 1. **Ranking.** The detections of *all* images stand in one list, best score first. Of equal scores the earlier image comes first, and in an image the lower index.
# 2. **Right or wrong**, from the top of the list on: a detection looks at the true box of its image with which its IoU is largest (of equals the first one). It is right if this IoU is at
#    least the threshold and no detection before it was right with the same box. Otherwise it is wrong: a second detection of the same object is a mistake, and it does not try another box.
# 3. **Precision** after k detections is how many of these k are right, over k.
# 4. **The area.** For each detection that is right, take the largest precision at its place *or any later one* in the list. Their sum, divided by the number of true boxes
#    in all images, is the average precision. (So a true box that nobody finds counts as 0.) This is the rule of Pascal VOC since 2010.
#
# - **Without any true box** in all images there is nothing to be found, and the result is `nan`.
# - **Without any right detection** it is 0.


# %% nbgrader={"grade_id": "average_precision", "solution": true}
def average_precision(images, threshold):
    """images: a list of (scores (D,), iou (D, G)) -> a float"""
    ### BEGIN SOLUTION
    truths = sum(iou.shape[1] for _, iou in images)
    if truths == 0:
        return float("nan")
    ranking = [(-score, i, d) for i, (scores, _) in enumerate(images) for d, score in enumerate(scores)]
    found, right = set(), []
    for _, i, d in sorted(ranking):
        row = images[i][1][d]
        g = row.argmax() if len(row) else None
        right.append(g is not None and row[g] >= threshold and (i, g) not in found)
        if right[-1]:
            found.add((i, g))
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    area = 0.0
    for k, is_right in enumerate(right):
        if is_right:
            area += precision[k:].max()
    return area / truths
    ### END SOLUTION


# %% tags=["folded"]
def detections(seed, *sizes, twice=True):
    """Scores and IoUs for images with (detections, true boxes) as given, as mixed as the seed says. twice=False: no box is found twice."""
    rng = np.random.default_rng(seed)
    ranks = iter(rng.permutation(sum(d for d, _ in sizes)))
    images = []
    for d, g in sizes:
        scores = floats([next(ranks) for _ in range(d)]) / 8 - 1
        iou = rng.integers(0, 20, (d, g)) / 20 + np.arange(g) / 1000
        if not twice and d:
            iou = np.where(iou == iou.max(axis=0, initial=0), iou, 0.4 * iou)
        images.append((scores, iou))
    return images


# %% nbgrader={"grade_id": "test_average_precision", "grade": true, "points": 4}
check_call(average_precision, detections(4, (8, 5), twice=False), 0.43, want=0.275, label="eight detections, five boxes")
### BEGIN HIDDEN TESTS
def by_recall(images, threshold):
    """The area, as a sum over how many are found: the largest precision of all tops of the list with as many."""
    table, truths = [], 0
    for i, (scores, iou) in enumerate(images):
        truths += iou.shape[1]
        table += [(-score, i, d, list(row)) for d, (score, row) in enumerate(zip(scores, iou))]
    points, found = [], set()
    for k, (_, i, _, row) in enumerate(sorted(table), start=1):
        if row and max(row) >= threshold:
            found.add((i, row.index(max(row))))
        points.append((len(found), len(found) / k))
    return sum(max((p for n, p in points if n >= wanted), default=0) for wanted in range(1, truths + 1)) / truths


images = detections(20, (12, 8), twice=False)
check_call(average_precision, images, 0.63, want=by_recall(images, 0.63), label="twelve detections, eight boxes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_average_precision_area", "grade": true, "points": 2}
check_call(average_precision, detections(0, (9, 6), twice=False), 0.43, want=0.5074074074, label="nine detections, six boxes")
### BEGIN HIDDEN TESTS
def by_recall(images, threshold):
    """The area, as a sum over how many are found: the largest precision of all tops of the list with as many."""
    table, truths = [], 0
    for i, (scores, iou) in enumerate(images):
        truths += iou.shape[1]
        table += [(-score, i, d, list(row)) for d, (score, row) in enumerate(zip(scores, iou))]
    points, found = [], set()
    for k, (_, i, _, row) in enumerate(sorted(table), start=1):
        if row and max(row) >= threshold:
            found.add((i, row.index(max(row))))
        points.append((len(found), len(found) / k))
    return sum(max((p for n, p in points if n >= wanted), default=0) for wanted in range(1, truths + 1)) / truths


images = detections(85, (13, 9), twice=False)
check_call(average_precision, images, 0.53, want=by_recall(images, 0.53), label="thirteen detections, nine boxes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_average_precision_duplicates", "grade": true, "points": 2}
check_call(average_precision, detections(98, (12, 5)), 0.53, want=0.4742857143, label="boxes that are found again")
### BEGIN HIDDEN TESTS
def by_recall(images, threshold):
    """The area, as a sum over how many are found: the largest precision of all tops of the list with as many."""
    table, truths = [], 0
    for i, (scores, iou) in enumerate(images):
        truths += iou.shape[1]
        table += [(-score, i, d, list(row)) for d, (score, row) in enumerate(zip(scores, iou))]
    points, found = [], set()
    for k, (_, i, _, row) in enumerate(sorted(table), start=1):
        if row and max(row) >= threshold:
            found.add((i, row.index(max(row))))
        points.append((len(found), len(found) / k))
    return sum(max((p for n, p in points if n >= wanted), default=0) for wanted in range(1, truths + 1)) / truths


images = detections(243, (9, 4))
check_call(average_precision, images, 0.43, want=by_recall(images, 0.43), label="other boxes that are found again")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_average_precision_images", "grade": true, "points": 3}
check_call(average_precision, detections(111, (5, 2), (4, 0), (6, 3)), 0.43, want=0.4083333333, label="three images")
### BEGIN HIDDEN TESTS
def by_recall(images, threshold):
    """The area, as a sum over how many are found: the largest precision of all tops of the list with as many."""
    table, truths = [], 0
    for i, (scores, iou) in enumerate(images):
        truths += iou.shape[1]
        table += [(-score, i, d, list(row)) for d, (score, row) in enumerate(zip(scores, iou))]
    points, found = [], set()
    for k, (_, i, _, row) in enumerate(sorted(table), start=1):
        if row and max(row) >= threshold:
            found.add((i, row.index(max(row))))
        points.append((len(found), len(found) / k))
    return sum(max((p for n, p in points if n >= wanted), default=0) for wanted in range(1, truths + 1)) / truths


images = detections(4, (5, 3), (7, 4), (3, 0))
check_call(average_precision, images, 0.53, want=by_recall(images, 0.53), label="three other images")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_average_precision_equal", "grade": true, "points": 1}
check_call(average_precision, [(np.round(scores), iou) for scores, iou in detections(19, (6, 3), (5, 4), twice=False)], 0.43, want=0.6054421769, label="equal scores")
image = floats([0.9, 0.8, 0.7, 0.6]), floats([[0.25, 0, 0], [0, 0.1, 0], [0, 0, 0.75], [0, 0.4, 0]])
check_call(average_precision, [image], 0.25, want=2.5 / 3, label="an IoU of the threshold")
image = floats([0.9, 0.8]), floats([[0.7, 0.7], [0.4, 0.9]])
check_call(average_precision, [image], 0.5, want=1.0, label="a detection with two equal IoUs")
### BEGIN HIDDEN TESTS
def by_recall(images, threshold):
    """The area, as a sum over how many are found: the largest precision of all tops of the list with as many."""
    table, truths = [], 0
    for i, (scores, iou) in enumerate(images):
        truths += iou.shape[1]
        table += [(-score, i, d, list(row)) for d, (score, row) in enumerate(zip(scores, iou))]
    points, found = [], set()
    for k, (_, i, _, row) in enumerate(sorted(table), start=1):
        if row and max(row) >= threshold:
            found.add((i, row.index(max(row))))
        points.append((len(found), len(found) / k))
    return sum(max((p for n, p in points if n >= wanted), default=0) for wanted in range(1, truths + 1)) / truths


images = [(np.round(scores), iou) for scores, iou in detections(19, (6, 2), (4, 4), (2, 0), twice=False)]
check_call(average_precision, images, 0.43, want=by_recall(images, 0.43), label="more equal scores")
image = floats([3, 1, 2]), floats([[0.75, 0.2], [0, 0.8], [0, 0.3]])
check_call(average_precision, [image], 0.75, want=by_recall([image], 0.75), label="another IoU of the threshold")
image = floats([4, 6, 1, 3, 2]), np.random.default_rng(9).integers(3, 7, (6, 3))[:5] / 8
check_call(average_precision, [image], 0.5, want=by_recall([image], 0.5), label="more equal IoUs")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_average_precision_none", "grade": true, "points": 1}
check_call(average_precision, [(floats([0.9, 0.8]), np.zeros((2, 0))), (np.zeros(0), np.zeros((0, 0)))], 0.5, want=float("nan"), label="nothing to be found")
check_call(average_precision, [(np.zeros(0), np.zeros((0, 3)))], 0.5, want=0.0, label="no detection")
### BEGIN HIDDEN TESTS
check_call(average_precision, [(floats([0.9]), np.zeros((1, 0)))], 0.75, want=float("nan"), label="one detection of nothing")
check_call(average_precision, [(floats([0.9]), floats([[0.3, 0.2]]))], 0.75, want=0.0, label="one detection, which is wrong")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: precision over the part of the true boxes that was found, for 40 detections of 20 objects. The points are what was counted, and the line is
# the largest precision from each on. The average precision is the shaded area, which ends where no more is found. (Ours: 0.34.)

# %%
rng = np.random.default_rng(5)
quality = rng.uniform(size=40)
is_hit = (quality > 0.45) & (np.arange(40) < 20)
one_image = (quality + rng.normal(0, 0.25, 40), np.pad(np.diag(is_hit[:20].astype(float)), ((0, 20), (0, 0))))
hits = is_hit[np.argsort(-one_image[0])].cumsum()
curve = hits / np.arange(1, 41)
_, ax = plt.subplots(figsize=(4.5, 3))
ax.plot(hits / 20, curve, "o", markersize=3)
steps = np.append(0, hits / 20), np.maximum.accumulate(np.append(0, curve)[::-1])[::-1]
ax.step(*steps, where="pre")
ax.fill_between(*steps, step="pre", alpha=0.2)
ax.set(xlabel="part of the true boxes found", ylabel="precision", xlim=(0, 1), ylim=(0, 1.05), title=f"average precision {average_precision([one_image], 0.5):.2f}")

# %% [markdown]
# ## 7 · What a detector is trained for
#
# ### Exercise `detection_loss` (14 points, *torch*)
#
# *Read {{ read sec-det-four-remedies }} first. About 40 minutes.*
#
# Write `detection_loss(scores, deltas, match, labels, targets, negatives)`: two losses, one for the classes and one for the boxes. Four anchors
# and two classes. Anchor 0 has to find true box 0, which is of class 1, anchor 1 does not count, and the last two are background:
#
# ```python
# scores = torch.tensor([[0.0, 0.0, 0.0], [9.0, 0.0, 5.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]])  # background, class 0, class 1
# deltas, targets = torch.zeros(4, 4), torch.tensor([[0.5, -2.0, 0.0, 0.0]] * 4)
# match, labels = torch.tensor([0, -2, -1, -1]), torch.tensor([1])
# detection_loss(scores, deltas, match, labels, targets, 1)  # 2.1972 and 1.6250
# ```
#
# The classes cost log 3 at anchor 0 and log 3 at anchor 2. Anchor 3 would cost less than anchor 2, and only one background anchor is used for each anchor with a box. The boxes
# cost 0.5²/2 + (2 − ½).
#
# | | |
# |---|---|
# | `scores` | (A, 1 + C): logits, of which the first is that of the background |
# | `deltas` | (A, 4): what the network says of the boxes |
# | `match` | (A,): the index of a true box, −1 for background, −2 for an anchor that does not count |
# | `labels` | (G,): the classes of the true boxes, from 0 to C − 1. G may be 0 |
# | `targets` | (A, 4): what `deltas` should be. Rows of anchors without a box mean nothing, and may be `nan` |
# | `negatives` | how many background anchors are used for each anchor with a box |
# | returns | the two losses, of the classes and of the boxes: a tuple of two tensors without axes |
#
# - **Classes**: the cross-entropy of a softmax over the 1 + C logits, *summed* over all anchors with a box, and over the *hardest* background anchors: the `negatives` · P of
#   largest cross-entropy, where P is the number of anchors with a box. If there are fewer background anchors, all are used.
# - **Boxes**: the smooth L1 distance of deltas and targets, which is d²/2 for |d| < 1 and |d| − ½ beyond, *summed* over the four numbers and over all anchors with a box.
# - **Both sums are divided by P**, so that neither depends on the number of anchors.
# - **Without any anchor with a box** the loss of the boxes is 0, and that of the classes is the sum over the `negatives` hardest background anchors (over all, if there are fewer), not divided.


# %% nbgrader={"grade_id": "detection_loss", "solution": true}
def detection_loss(scores, deltas, match, labels, targets, negatives):
    """scores: (A, 1 + C), deltas: (A, 4), match: (A,), labels: (G,), targets: (A, 4) -> two tensors without axes"""
    ### BEGIN SOLUTION
    positive = match >= 0
    count = max(int(positive.sum()), 1)
    boxes = F.smooth_l1_loss(deltas[positive], targets[positive], reduction="sum")
    names = torch.zeros_like(match)
    names[positive] = 1 + labels[match[positive]]
    each = F.cross_entropy(scores, names, reduction="none")
    hardest = each[match == -1].sort(descending=True).values[: negatives * count]
    return (each[positive].sum() + hardest.sum()) / count, boxes / count
    ### END SOLUTION


# %% tags=["folded"]
def anchors_of(seed, found, background, ignored, classes=3):
    """Scores, deltas, match, labels and targets of so many anchors of each kind: as mixed as the seed says."""
    rng = np.random.default_rng(seed)
    truths, n = min(found, max(1, found - 1)), found + background + ignored
    match = np.concatenate([np.arange(found) % max(1, truths), np.full(background, -1), np.full(ignored, -2)])[rng.permutation(n)]
    labels = rng.permutation(np.arange(truths) % classes)
    targets = np.where(match[:, None] >= 0, rng.normal(0, 1.5, (n, 4)), np.nan)
    args = rng.normal(0, 2, (n, 1 + classes)).round(2), rng.normal(0, 0.5, (n, 4)).round(2), match, labels, targets.round(2)
    return [torch.tensor(array) for array in args]


# %% nbgrader={"grade_id": "detection_loss_gradients"} tags=["folded"]
def detection_loss_gradients(scores, deltas, *args):
    """The gradients of the classes' loss and twice the boxes' with respect to scores and deltas."""
    scores, deltas = torch.tensor(scores, requires_grad=True), torch.tensor(deltas, requires_grad=True)
    of_classes, of_boxes = detection_loss(scores, deltas, *map(torch.tensor, args[:-1]), args[-1])
    loss = of_classes + 2 * of_boxes
    return tuple(g.numpy() for g in torch.autograd.grad(loss, (scores, deltas), allow_unused=True, materialize_grads=True))


# %% nbgrader={"grade_id": "test_detection_loss", "grade": true, "points": 4}
check_call(detection_loss, *anchors_of(0, 5, 4, 0), 9, want=(5.159436029, ...), label="the loss of the classes, with all of the background")
### BEGIN HIDDEN TESTS
def by_hand(scores, deltas, match, labels, targets, negatives):
    scores, deltas, match, labels, targets = (x.numpy() for x in (scores, deltas, match, labels, targets))
    objects, background, boxes, count = 0, [], 0, max(1, (match >= 0).sum())
    for row, delta, m, target in zip(scores, deltas, match, targets):
        cost = np.log(np.exp(row).sum()) - row
        if m == -1:
            background.append(cost[0])
        if m >= 0:
            objects += cost[1 + labels[m]]
            boxes += sum(min(abs(d), 1) * (abs(d) - min(abs(d), 1) / 2) for d in delta - target)
    return (objects + sum(sorted(background)[::-1][: negatives * count])) / count, boxes / count


args = *anchors_of(1, 8, 7, 0, 5), 9
check_call(detection_loss, *args, want=(by_hand(*args)[0], ...), label="the loss of five classes, with all of the background")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_detection_loss_boxes", "grade": true, "points": 3}
check_call(detection_loss, *anchors_of(4, 4, 5, 0), 9, want=(..., 3.5619375), label="the loss of the boxes")
### BEGIN HIDDEN TESTS
def by_hand(scores, deltas, match, labels, targets, negatives):
    scores, deltas, match, labels, targets = (x.numpy() for x in (scores, deltas, match, labels, targets))
    objects, background, boxes, count = 0, [], 0, max(1, (match >= 0).sum())
    for row, delta, m, target in zip(scores, deltas, match, targets):
        cost = np.log(np.exp(row).sum()) - row
        if m == -1:
            background.append(cost[0])
        if m >= 0:
            objects += cost[1 + labels[m]]
            boxes += sum(min(abs(d), 1) * (abs(d) - min(abs(d), 1) / 2) for d in delta - target)
    return (objects + sum(sorted(background)[::-1][: negatives * count])) / count, boxes / count


args = *anchors_of(3, 7, 3, 0), 2
check_call(detection_loss, *args, want=(..., by_hand(*args)[1]), label="the loss of more boxes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_detection_loss_hard", "grade": true, "points": 3}
check_call(detection_loss, *anchors_of(4, 3, 12, 0), 2, want=(11.769911161, ...), label="hard negatives, two for each")
### BEGIN HIDDEN TESTS
def by_hand(scores, deltas, match, labels, targets, negatives):
    scores, deltas, match, labels, targets = (x.numpy() for x in (scores, deltas, match, labels, targets))
    objects, background, boxes, count = 0, [], 0, max(1, (match >= 0).sum())
    for row, delta, m, target in zip(scores, deltas, match, targets):
        cost = np.log(np.exp(row).sum()) - row
        if m == -1:
            background.append(cost[0])
        if m >= 0:
            objects += cost[1 + labels[m]]
            boxes += sum(min(abs(d), 1) * (abs(d) - min(abs(d), 1) / 2) for d in delta - target)
    return (objects + sum(sorted(background)[::-1][: negatives * count])) / count, boxes / count


args = *anchors_of(5, 4, 20, 0), 3
check_call(detection_loss, *args, want=(by_hand(*args)[0], ...), label="hard negatives, three for each")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_detection_loss_ignored", "grade": true, "points": 1}
check_call(detection_loss, *anchors_of(109, 5, 4, 4), 9, want=(3.955180467, 2.25826), label="anchors that do not count")
### BEGIN HIDDEN TESTS
def by_hand(scores, deltas, match, labels, targets, negatives):
    scores, deltas, match, labels, targets = (x.numpy() for x in (scores, deltas, match, labels, targets))
    objects, background, boxes, count = 0, [], 0, max(1, (match >= 0).sum())
    for row, delta, m, target in zip(scores, deltas, match, targets):
        cost = np.log(np.exp(row).sum()) - row
        if m == -1:
            background.append(cost[0])
        if m >= 0:
            objects += cost[1 + labels[m]]
            boxes += sum(min(abs(d), 1) * (abs(d) - min(abs(d), 1) / 2) for d in delta - target)
    return (objects + sum(sorted(background)[::-1][: negatives * count])) / count, boxes / count


args = *anchors_of(7, 8, 6, 6), 9
check_call(detection_loss, *args, want=by_hand(*args), label="more anchors that do not count")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_detection_loss_none", "grade": true, "points": 1}
check_call(detection_loss, *anchors_of(161, 3, 14, 0), 4, want=(12.596967898, 3.284533333), label="three anchors that have to find two objects")
check_call(detection_loss, *anchors_of(8, 0, 9, 0), 5, want=(19.537535543, 0.0), label="no object")
check_call(detection_loss, *anchors_of(13, 0, 3, 2), 5, want=(1.892032128, 0.0), label="no object, and little background")
check_call(detection_loss, *anchors_of(7, 3, 0, 2), 2, want=(1.488121471, 3.470483333), label="no background")
### BEGIN HIDDEN TESTS
def by_hand(scores, deltas, match, labels, targets, negatives):
    scores, deltas, match, labels, targets = (x.numpy() for x in (scores, deltas, match, labels, targets))
    objects, background, boxes, count = 0, [], 0, max(1, (match >= 0).sum())
    for row, delta, m, target in zip(scores, deltas, match, targets):
        cost = np.log(np.exp(row).sum()) - row
        if m == -1:
            background.append(cost[0])
        if m >= 0:
            objects += cost[1 + labels[m]]
            boxes += sum(min(abs(d), 1) * (abs(d) - min(abs(d), 1) / 2) for d in delta - target)
    return (objects + sum(sorted(background)[::-1][: negatives * count])) / count, boxes / count


args = *anchors_of(9, 0, 7, 2), 3
check_call(detection_loss, *args, want=by_hand(*args), label="no object, and some that do not count")
args = *anchors_of(16, 0, 2, 4), 3
check_call(detection_loss, *args, want=by_hand(*args), label="no object, and still less background")
args = *anchors_of(17, 2, 0, 3), 3
check_call(detection_loss, *args, want=by_hand(*args), label="two objects, and no background")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_detection_loss_gradients", "grade": true, "points": 2}
check_call(detection_loss, *anchors_of(10, 4, 3, 1, 2), 9, want=(4.019761047, 2.5917375), label="four anchors with a box")
args = [x.numpy() for x in anchors_of(10, 4, 3, 1, 2)]
check_call(detection_loss_gradients, *args, 9, want=(floats([[0.1987388, 0.03558739, -0.23432619], [0.00756961, -0.09796032, 0.09039071], [0.00788636, -0.03830742, 0.03042106], [-0.2458972, 0.20067137, 0.04522584], [-0.24481495, 0.20763462, 0.03718033], [0, 0, 0], [-0.24093851, 0.0496021, 0.19133641], [0.12627127, -0.18473652, 0.05846525]]), floats([[-0.5, -0.475, -0.5, -0.18], [0.49, 0.5, 0.035, 0.195], [0.5, 0.5, -0.315, 0.5], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [-0.205, -0.5, 0.065, -0.175]])), label="gradients with respect to scores and deltas")
### BEGIN HIDDEN TESTS
args = [x.numpy() for x in anchors_of(11, 4, 3, 1)]
scores, deltas, match, labels, targets = args
share = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
of_scores, of_deltas = np.zeros(scores.shape), np.zeros(deltas.shape)
for a in np.flatnonzero(match >= -1):
    of_scores[a] = share[a] / 4
    of_scores[a, 1 + labels[match[a]] if match[a] >= 0 else 0] -= 1 / 4
of_deltas[match >= 0] = 2 * np.clip((deltas - targets)[match >= 0], -1, 1) / 4
check_call(detection_loss_gradients, *args, 9, want=(of_scores, of_deltas), label="more gradients")
### END HIDDEN TESTS

# %% [markdown]
# ## 8 · Features of a region
#
# ### Exercise `roi_align` (8 points)
#
# *Read {{ read sec-det-roi-align }} first. About 30 minutes.*
#
# A second stage looks at regions of one map of features, which is computed once. Write `roi_align(x, rois, size, scale)`: each region as a small map of fixed size, with one
# sample in the middle of each bin. A map whose values are 10 · row + column, and a region that is cut into one row and two columns of bins:
#
# ```python
# x = floats([[[[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]]])
# roi_align(x, floats([[0, 2, 2, 6, 4]]), (1, 2), 0.5)  # [[[[11., 12.]]]]
# ```
#
# The region is (2, 2, 6, 4) in the image, and (1, 1, 3, 2) on the map, which is half as large. The first bin reaches from 1 to 2 in both directions. Its middle is at (1.5, 1.5), and there lies the centre of
# cell (1, 1).
#
# | | |
# |---|---|
# | `x` | (N, C, H, W), maps of features, float64 |
# | `rois` | (R, 5): the index of an image, and a box (x1, y1, x2, y2) in pixels of that image |
# | `size` | (PH, PW): how many bins a region has down and across |
# | `scale` | a number: how many cells of the map a pixel has |
# | returns | (R, C, PH, PW), float64 |
#
# - **Regions are not rounded**: their corners, times `scale`, may lie anywhere. PH × PW bins of equal size fill the region.
# - **A sample** is taken in the middle of each bin, by bilinear interpolation between the four cells whose *centres* lie around it. Cell (i, j) has its centre at x = j + ½, y = i + ½.
# - **Near the border** some of the four cells do not exist: a sample beyond the centres of the outermost cells is read at the nearest point that lies between centres, with x from ½ to W − ½ and y from ½ to H − ½.


# %% nbgrader={"grade_id": "roi_align", "solution": true}
def roi_align(x, rois, size, scale):
    """x: (N, C, H, W), rois: (R, 5), size: (PH, PW), scale: a number -> (R, C, PH, PW)"""
    ### BEGIN SOLUTION
    def weights(start, stop, bins, cells):
        """What each cell weighs in each sample, (bins, cells)."""
        place = start + (np.arange(bins) + 0.5) * (stop - start) / bins - 0.5
        place = place.clip(0, cells - 1)
        return (1 - abs(place[:, None] - np.arange(cells))).clip(0)

    y = np.empty((len(rois), x.shape[1], *size))
    for r, (image, x1, y1, x2, y2) in enumerate(rois):
        rows = weights(y1 * scale, y2 * scale, size[0], x.shape[2])
        columns = weights(x1 * scale, x2 * scale, size[1], x.shape[3])
        y[r] = rows @ x[int(image)] @ columns.T
    return y
    ### END SOLUTION


# %% tags=["folded"]
def maps_and_regions(seed, n, c, h, w, regions, scale, inside=True):
    """Maps and regions within their cells' centres, or anywhere: as mixed as the seed says."""
    rng = np.random.default_rng(seed)
    margin = 0.5 if inside else 0
    side = np.array([w, h]) - 2 * margin
    corner = margin + rng.uniform(0, 0.5, (regions, 2)) * side
    stop = corner + rng.uniform(0.3, 1, (regions, 2)) * (margin + side - corner)
    image = (np.arange(regions) + 1) % n
    rois = np.concatenate([image[:, None], (corner / scale).round(2), (stop / scale).round(2)], axis=1)
    return rng.integers(-9, 10, (n, c, h, w)).astype(np.float64), rois


# %% nbgrader={"grade_id": "test_roi_align", "grade": true, "points": 5}
x, rois = maps_and_regions(0, 2, 2, 5, 7, 3, 0.5)
check_call(roi_align, x, rois, (2, 3), 0.5, want=floats([-0.959265625, 4.487228125, 1.930632292, -1.412552083, -0.8548125, -1.933760417, -0.934109375, -2.37436875, 1.371023958, 3.376640625, 1.28259375, 2.181859375, -7.343557292, 4.94128125, -4.424270833, 0.448435417, 1.404215625, -2.727203125, 3.41, 6.102328125, -0.867395833, 1.638639583, -3.502915625, 0.063963542, -6.516345833, 6.8614625, -0.8711125, -3.105008333, 1.88855, -0.24605, -0.116720833, 8.808975, -5.7707875, 0.685095833, 5.159275, -1.212179167]).reshape(3, 2, 2, 3), label="three regions of two images")
### BEGIN HIDDEN TESTS
def by_interpolation(x, rois, size, scale):
    """By np.interp, first across and then down."""
    def resampled(values, start, stop, bins):
        place = np.linspace(start, stop, 2 * bins + 1)[1::2]
        return np.apply_along_axis(lambda line: np.interp(place, np.arange(len(line)) + 0.5, line), -1, values)

    found = []
    for image, x1, y1, x2, y2 in rois * [1, scale, scale, scale, scale]:
        across = resampled(x[int(image)], x1, x2, size[1])
        found.append(resampled(across.swapaxes(1, 2), y1, y2, size[0]).swapaxes(1, 2))
    return np.array(found)


x, rois = maps_and_regions(1, 3, 2, 6, 4, 4, 0.25)
check_call(roi_align, x, rois, (3, 2), 0.25, want=by_interpolation(x, rois, (3, 2), 0.25), label="four regions of three images")
x, rois = maps_and_regions(2, 2, 3, 7, 9, 3, 1.0)
check_call(roi_align, x, rois, (4, 3), 1.0, want=by_interpolation(x, rois, (4, 3), 1.0), label="three regions, scale 1")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_roi_align_border", "grade": true, "points": 3}
x, rois = maps_and_regions(3, 2, 1, 3, 4, 3, 0.5, inside=False)
check_call(roi_align, x, rois, (4, 5), 0.5, want=floats([3.0, 3.4005, 3.8875, 5.1235, 6.5845, 4.31875, 2.81787625, 0.99284375, 1.49720125, 2.70130875, 5.68125, 2.21592375, -1.99784375, -2.24940125, -1.31070875, 7.04375, 1.61397125, -4.98853125, -5.99600375, -5.32272625, 2.483, 3.301025, 4.0615, 4.59896875, 5.1364375, 3.449, 3.953075, 4.5445, 5.47440625, 6.4043125, 4.415, 4.605125, 5.0275, 6.34984375, 7.6721875, 4.3094375, 4.34039375, 4.6977, 6.3196125, 7.941525, 4.721875, 2.925706875, 0.653853125, 0.030444375, 1.040460625, 6.665625, 2.451820625, -2.877940625, -5.193966875, -4.523718125, 8.0, 2.337039063, -4.825664062, -8.27813125, -8.05416875, 8.0, 3.008604688, -3.304679687, -6.67570375, -7.13127625]).reshape(3, 1, 4, 5), label="samples near the border")
x, rois = maps_and_regions(4, 2, 2, 3, 4, 2, 1.0)
rois[:, 1:] += floats([-2.5, -1.75, 3.25, 2.5])
check_call(roi_align, x, rois, (3, 2), 1.0, want=floats([1.08, 8.0, -0.198075, -4.865, 0.0, 0.0, 2.555, 9.0, -0.2162, -2.56, -2.19, 3.0, 5.92, 1.0, 5.1546, 0.14, 1.43, 5.0, 9.0, -2.0, 7.839, 6.6, -3.84, 2.0]).reshape(2, 2, 3, 2), label="regions that reach out of the map")
### BEGIN HIDDEN TESTS
def by_interpolation(x, rois, size, scale):
    """By np.interp, first across and then down."""
    def resampled(values, start, stop, bins):
        place = np.linspace(start, stop, 2 * bins + 1)[1::2]
        return np.apply_along_axis(lambda line: np.interp(place, np.arange(len(line)) + 0.5, line), -1, values)

    found = []
    for image, x1, y1, x2, y2 in rois * [1, scale, scale, scale, scale]:
        across = resampled(x[int(image)], x1, x2, size[1])
        found.append(resampled(across.swapaxes(1, 2), y1, y2, size[0]).swapaxes(1, 2))
    return np.array(found)


x, rois = maps_and_regions(5, 2, 2, 4, 3, 3, 0.5, inside=False)
check_call(roi_align, x, rois, (5, 6), 0.5, want=by_interpolation(x, rois, (5, 6), 0.5), label="more samples near the border")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: a generated scene, of which each object's box becomes a map of 16 × 16, whatever its size.

# %%
some_images, some_targets = scenes.load(6, seed=3)
boxes_of_one = some_targets[1]["boxes"].astype(np.float64)
regions_of_one = np.concatenate([np.ones((len(boxes_of_one), 1)), boxes_of_one], axis=1)
cut = roi_align(some_images.astype(np.float64), regions_of_one, (16, 16), 1.0)
_, axes = plt.subplots(1, 1 + len(cut), figsize=(2.4 * (1 + len(cut)), 2.4))
draw(axes[0], boxes_of_one)
for ax, picture in zip(axes, [some_images[1], *cut]):
    ax.imshow(picture.transpose(1, 2, 0).clip(0, 1), extent=(0, picture.shape[2], picture.shape[1], 0))
    ax.axis("off")

# %% [markdown]
# ## 9 · From answers to a list
#
# ### Exercise `candidates` (10 points)
#
# *Read {{ read sec-det-threshold }} first. About 25 minutes.*
#
# What a network says of its anchors is no list of objects yet. Write `candidates(scores, boxes, size, threshold, most)`, all that comes between the boxes and non-maximum
# suppression. The section is about the threshold, and the other steps are told here. One anchor and two classes, in an image of 10 × 20 pixels:
#
# ```python
# scores = floats([[0.0, 1.0, 1.0]])  # logits of the background and of classes 0 and 1
# candidates(scores, floats([[-2, 3, 8, 14]]), (10, 20), 0.3, 5)
# # boxes [[0., 3., 8., 10.], [0., 3., 8., 10.]], labels [0, 1], scores [0.42231880, 0.42231880]
# ```
#
# | | |
# |---|---|
# | `scores` | (A, 1 + C): logits, of which the first is that of the background |
# | `boxes` | (A, 4): a box for each anchor |
# | `size` | (height, width) of the image |
# | `threshold` | the least score |
# | `most` | the largest number of candidates |
# | returns | `boxes` (K, 4), `labels` (K,) from 0 to C − 1, and `scores` (K,): a tuple of three arrays |
#
# 1. **Scores** are probabilities: a softmax over all 1 + C logits of an anchor. The logits may be as large as 1000.
# 2. **Every anchor is a candidate for each class**, with that class's probability as its score. The background is no class.
# 3. **Boxes are cut off** at the border of the image, which reaches from 0 to its width and height. Where no area is left, there is no candidate.
# 4. **Left out** are scores below `threshold`. One of just the threshold stays.
# 5. **Best score first**, and of equal scores the lower anchor first, then the lower class. The first `most` of what is left by now are returned, or all if there are fewer.
#
# - **Where nothing is left**, the arrays have the shapes (0, 4), (0,) and (0,).


# %% nbgrader={"grade_id": "candidates", "solution": true}
def candidates(scores, boxes, size, threshold, most):
    """scores: (A, 1 + C), boxes: (A, 4), size: (height, width) -> boxes (K, 4), labels (K,), scores (K,)"""
    ### BEGIN SOLUTION
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = (share / share.sum(axis=1, keepdims=True))[:, 1:]
    height, width = size
    boxes = boxes.clip(0, [width, height, width, height])
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    anchors, labels = np.nonzero((share >= threshold) & has_area[:, None])
    order = np.argsort(-share[anchors, labels], kind="stable")[:most]
    anchors, labels = anchors[order], labels[order]
    return boxes[anchors], labels, share[anchors, labels]
    ### END SOLUTION


# %% tags=["folded"]
def network_answers(seed, anchors, classes, size, inside=True):
    """Logits and boxes of an image, (anchors, 1 + classes) and (anchors, 4): as mixed as the seed says."""
    rng = np.random.default_rng(seed)
    side = np.array(size[::-1])
    corner, extent = rng.uniform(0, 0.5, (anchors, 2)) * side, rng.uniform(0.2, 0.5, (anchors, 2)) * side
    boxes = np.concatenate([corner, corner + extent], axis=1).round(1)
    boxes[:, [0, 2]] += 0 if inside else rng.uniform(-0.6, 0.6, (anchors, 1)).round(1) * side[0]
    boxes[:, [1, 3]] += 0 if inside else rng.uniform(-0.6, 0.6, (anchors, 1)).round(1) * side[1]
    return rng.normal(0, 1.5, (anchors, 1 + classes)).round(2), boxes


# %% nbgrader={"grade_id": "test_candidates", "grade": true, "points": 4}
scores, boxes = network_answers(0, 5, 3, (20, 30))
check_call(candidates, scores, boxes, (20, 30), 0.2, 50, want=(floats([[9.6, 2.7, 22.9, 6.7], [8.2, 9.4, 16.9, 15.9], [12.2, 9.1, 24.8, 14.2], [9.1, 7.3, 22.9, 14.5], [9.1, 7.3, 22.9, 14.5], [12.2, 9.1, 24.8, 14.2], [8.2, 9.4, 16.9, 15.9], [9.1, 7.3, 22.9, 14.5], [0.6, 0.2, 14.3, 4.4]]), np.array([0, 2, 0, 0, 2, 2, 1, 1, 0]), floats([0.728581888, 0.678220054, 0.488590247, 0.367870502, 0.278030544, 0.257629936, 0.234973279, 0.225367179, 0.204517646])), label="five anchors, three classes")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


args = *network_answers(1, 6, 4, (40, 25)), (40, 25), 0.15, 50
check_call(candidates, *args, want=one_by_one(*args), label="six anchors, four classes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_candidates_border", "grade": true, "points": 2}
scores, boxes = network_answers(166, 8, 2, (20, 30), inside=False)
check_call(candidates, scores, boxes, (20, 30), 0.3, 50, want=(floats([[23.1, 8.7, 30.0, 15.5], [0.0, 5.6, 10.9, 13.5], [23.1, 0.0, 30.0, 1.6], [1.6, 0.3, 14.1, 8.0], [1.6, 0.3, 14.1, 8.0], [5.1, 19.4, 13.2, 20.0], [5.1, 19.4, 13.2, 20.0], [0.0, 15.0, 1.6, 19.6]]), np.array([0, 1, 1, 1, 0, 0, 1, 0]), floats([0.978628402, 0.972075839, 0.874289626, 0.486120052, 0.448745366, 0.36087383, 0.36087383, 0.356583425])), label="boxes over the border")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


args = *network_answers(90, 10, 3, (50, 35), inside=False), (50, 35), 0.2, 50
check_call(candidates, *args, want=one_by_one(*args), label="more boxes over the border")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_candidates_most", "grade": true, "points": 1}
scores, boxes = network_answers(90, 10, 3, (20, 30), inside=False)
check_call(candidates, scores, boxes, (20, 30), 0.2, 4, want=(floats([[0.0, 0.8, 2.4, 7.0], [28.3, 0.0, 30.0, 3.0], [2.0, 2.4, 16.6, 12.1], [1.4, 1.3, 11.1, 10.5]]), np.array([2, 0, 0, 1]), floats([0.712064552, 0.660594191, 0.498723483, 0.4575442])), label="at most four")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


args = *network_answers(212, 12, 3, (20, 30), inside=False), (20, 30), 0.15, 5
check_call(candidates, *args, want=one_by_one(*args), label="at most five")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_candidates_equal", "grade": true, "points": 1}
scores, boxes = floats([[0.0, 1.0, 1.0], [2.0, 0.0, 1.0], [0.0, 1.0, 1.0], [2.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), floats([[0.0, 0.0, 3.0, 2.0], [1.0, 0.0, 5.0, 4.0], [2.0, 1.0, 4.0, 4.0], [0.0, 1.0, 2.0, 5.0], [3.0, 2.0, 6.0, 5.0]])
check_call(candidates, scores, boxes, (10, 8), 0.1, 50, want=(floats([[0.0, 0.0, 3.0, 2.0], [0.0, 0.0, 3.0, 2.0], [2.0, 1.0, 4.0, 4.0], [2.0, 1.0, 4.0, 4.0], [3.0, 2.0, 6.0, 5.0], [3.0, 2.0, 6.0, 5.0], [1.0, 0.0, 5.0, 4.0], [0.0, 1.0, 2.0, 5.0]]), np.array([0, 1, 0, 1, 0, 1, 1, 1]), floats([0.422318798, 0.422318798, 0.422318798, 0.422318798, 0.422318798, 0.422318798, 0.244728471, 0.244728471])), label="equal scores")
check_call(candidates, np.zeros((2, 4)), floats([[0.0, 0.0, 3.0, 2.0], [1.0, 0.0, 5.0, 4.0]]), (10, 8), 0.25, 50, want=(floats([[0.0, 0.0, 3.0, 2.0], [0.0, 0.0, 3.0, 2.0], [0.0, 0.0, 3.0, 2.0], [1.0, 0.0, 5.0, 4.0], [1.0, 0.0, 5.0, 4.0], [1.0, 0.0, 5.0, 4.0]]), np.array([0, 1, 2, 0, 1, 2]), floats([0.25, 0.25, 0.25, 0.25, 0.25, 0.25])), label="scores of the threshold")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


scores, boxes = floats([[1, 0, 2, 2], [1, 0, 2, 2], [3, 1, 0, 1], [3, 1, 0, 1]]), floats([[0, 0, 3, 2], [1, 0, 5, 4], [2, 1, 4, 4], [0, 3, 2, 5]])
args = scores, boxes, (10, 8), 0.05, 50
check_call(candidates, *args, want=one_by_one(*args), label="more equal scores")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_candidates_none", "grade": true, "points": 1}
scores, boxes = network_answers(9, 4, 2, (20, 30))
check_call(candidates, scores, boxes, (20, 30), 0.2, 50, want=(floats([[10.7, 9.2, 16.8, 18.1], [13.1, 2.9, 19.3, 9.5], [12.9, 9.2, 27.8, 17.9]]), np.array([0, 0, 0]), floats([0.971770919, 0.905958289, 0.804761854])), label="four anchors, two classes")
check_call(candidates, floats([[4, 0, 1]]), floats([[0, 0, 3, 2]]), (10, 8), 0.5, 50, want=(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0)), label="nothing left")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


args = *network_answers(10, 3, 2, (20, 30)), (20, 30), 0.99, 50
check_call(candidates, *args, want=one_by_one(*args), label="nothing left of three anchors")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_candidates_large", "grade": true, "points": 1}
scores, boxes = network_answers(11, 5, 3, (20, 30))
check_call(candidates, scores, boxes, (20, 30), 0.2, 50, want=(floats([[1.9, 5.0, 11.2, 12.1], [2.2, 9.3, 9.5, 18.0], [14.2, 6.2, 27.6, 13.5], [1.1, 1.3, 13.1, 8.4], [9.0, 0.3, 21.0, 5.9], [1.1, 1.3, 13.1, 8.4], [9.0, 0.3, 21.0, 5.9]]), np.array([1, 1, 0, 1, 1, 0, 0]), floats([0.709857271, 0.674393577, 0.590571147, 0.517097978, 0.489289796, 0.313635778, 0.290892837])), label="five anchors with small logits")
scores, boxes = network_answers(7, 5, 3, (20, 30))
scores = 500 * scores
scores[2] -= 3000
check_call(candidates, scores, boxes, (20, 30), 0.2, 50, want=(floats([[9.4, 9.0, 18.1, 14.6], [4.5, 8.7, 15.0, 16.1], [0.1, 8.2, 15.0, 17.0], [12.0, 4.7, 23.6, 14.6]]), np.array([2, 0, 1, 0]), floats([1.0, 1.0, 1.0, 1.0])), label="large logits")
### BEGIN HIDDEN TESTS
def one_by_one(scores, boxes, size, threshold, most):
    found = []
    for a, row in enumerate(scores):
        x1, x2 = (min(max(x, 0), size[1]) for x in boxes[a, [0, 2]])
        y1, y2 = (min(max(y, 0), size[0]) for y in boxes[a, [1, 3]])
        for c in range(1, len(row)):
            score = 1 / sum(np.exp(min(other - row[c], 700)) for other in row)
            if score >= threshold and x1 < x2 and y1 < y2:
                found.append((-score, a, c - 1, [x1, y1, x2, y2]))
    found = sorted(found)[:most]
    return floats([f[3] for f in found]).reshape(-1, 4), np.array([f[2] for f in found], int), floats([-f[0] for f in found])


args = network_answers(8, 6, 2, (30, 20))
args = -400 * args[0], args[1], (30, 20), 0.3, 50
check_call(candidates, *args, want=one_by_one(*args), label="more large logits")
### END HIDDEN TESTS

# %% [markdown]
# ## 10 · All of it at work
#
# A small single-shot detector from your parts. It looks for objects of one kind, "something", in generated scenes of 64 × 64 pixels, on a map of 8 × 8 cells with anchors of two
# sizes. First `box_iou`, `match_anchors` and `encode` say what each anchor has to learn.

# %%
two_levels = [(8, 8, 8, 14.0), (8, 8, 8, 24.0)]
anchors = grid_anchors(two_levels, [1.0])
spread = np.array([0.2, 0.2, 0.3, 0.3])
x_train, targets_train = scenes.load(500, most=3)
x_test, targets_test = scenes.load(100, most=3, part=1)


def to_learn(boxes):
    """boxes: (G, 4) of an image -> match (A,), targets (A, 4), which are nan for anchors without a box."""
    match = match_anchors(box_iou(boxes, anchors), 0.35, 0.5)
    deltas = np.full(anchors.shape, np.nan)
    deltas[match >= 0] = encode(boxes[match[match >= 0]], anchors[match >= 0], spread)
    return torch.tensor(match), torch.tensor(deltas, dtype=torch.float32)


lessons = [to_learn(target["boxes"].astype(np.float64)) for target in targets_train]
kinds = np.concatenate([match for match, _ in lessons])
print(f"{(kinds >= 0).sum()} anchors have to find something, {(kinds == -1).sum()} are background, {(kinds == -2).sum()} do not count")

# %% [markdown]
# Then the network learns with your `detection_loss`; that takes some ten seconds, and several times that on a busy machine. Ours ends with losses of 0.03 and 0.10.

# %%
torch.manual_seed(0)
layers = []
for before, after, stride in [(3, 16, 2), (16, 32, 2), (32, 48, 2), (48, 64, 1)]:
    layers += [torch.nn.Conv2d(before, after, 3, stride, 1, bias=False), torch.nn.BatchNorm2d(after), torch.nn.ReLU()]
detector = torch.nn.Sequential(*layers, torch.nn.Conv2d(64, 2 * 6, 3, padding=1))  # for each cell and size: 2 scores, 4 deltas


def answers(images):
    """images: (N, 3, 64, 64) -> scores (N, A, 2), deltas (N, A, 4), in the order of the anchors"""
    maps = detector(torch.as_tensor(images) - 0.5)
    found = maps.reshape(len(maps), 2, 6, 64).transpose(2, 3).reshape(len(maps), -1, 6)
    return found[:, :, :2], found[:, :, 2:]


optimizer = torch.optim.Adam(detector.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=14 * 20)
for epoch in range(14):
    losses = []
    for some in torch.randperm(500).split(25):
        scores, deltas = answers(x_train[some.numpy()])
        match = torch.cat([lessons[i][0] for i in some])  # all objects are of class 0, so any index of a box will do
        goals = torch.cat([lessons[i][1] for i in some])
        of_classes, of_boxes = detection_loss(scores.flatten(0, 1), deltas.flatten(0, 1), match, torch.zeros(3, dtype=torch.long), goals, 3)
        optimizer.zero_grad()
        (of_classes + 0.5 * of_boxes).backward()
        optimizer.step()
        schedule.step()
        losses.append([of_classes.item(), of_boxes.item()])
print("losses of the last epoch, of the classes and of the boxes:", np.mean(losses, axis=0).round(2))

# %% [markdown]
# What does it find in images that it has not seen? `decode` and `candidates` make a list of its answers, and `nms` leaves one box for each object. Boxes that it believes in are orange, true ones are dashed.
# (Ours: average precisions of 0.84 at an IoU of 0.5 and 0.22 at 0.75. Without `nms` they are 0.56 and 0.26. Why can it cost something to leave only the most certain box?)

# %%
detector.eval()
with torch.no_grad():
    test_scores, test_deltas = (x.double().numpy() for x in answers(x_test))
results = {"with nms": [], "without": []}
kept_boxes = []
for k, target in enumerate(targets_test):
    decoded = decode(test_deltas[k], anchors, spread, 8.0)
    boxes, labels, belief = candidates(test_scores[k], decoded, (64, 64), 0.01, 100)
    keep = nms(box_iou(boxes, boxes), belief, labels, 0.4)
    with_truth = box_iou(boxes, target["boxes"].astype(np.float64))
    results["with nms"].append((belief[keep], with_truth[keep]))
    results["without"].append((belief, with_truth))
    kept_boxes.append(boxes[keep][belief[keep] > 0.5])
for how, images in results.items():
    print(f"{how:9} AP {average_precision(images, 0.5):.2f} at an IoU of 0.5, {average_precision(images, 0.75):.2f} at 0.75")

_, axes = plt.subplots(1, 5, figsize=(12, 2.6))
for ax, image, boxes, target in zip(axes, x_test, kept_boxes, targets_test):
    ax.imshow(image.transpose(1, 2, 0), extent=(0, 64, 64, 0))
    draw(ax, target["boxes"], "white", "--")
    draw(ax, boxes)
    ax.axis("off")

# %% [markdown]
# ## Open challenge ★
#
# *Optional, and worth no points: leave it as it is, and nothing is lost. Start from {{ read sec-det-anchors }} and {{ read sec-det-rpn }}.*
#
# One object in every scene, lit from a side, on a noisy sensor: where is it? Write `challenge(images, boxes, test_images)`: train on 300 scenes,
# and find the box of the object in 200 others. What it is, nobody asks.
#
# | | |
# |---|---|
# | `images` | (300, 3, 64, 64) float32 |
# | `boxes` | (300, 4) float32 xyxy in pixels: of each scene's object |
# | `test_images` | (200, 3, 64, 64) of the same kind |
# | returns | (200, 4) floats: the boxes of the objects in `test_images` |
#
# The score is the mean IoU with the true boxes. It is measured where your work is graded, on other scenes for training and for the test, within 20
# seconds of processor time; torch and its autograd are allowed, pretrained weights and images other than those given are not. Your
# class may see a table of all scores.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.17 |
# | the course's own answer | 0.62 |
#
# - A network that gives four numbers for an image has to learn each place anew. What if every cell of a grid says how far the sides are from it?
# - What is done to an image has to be done to its box. Mirrored scenes cost nothing.

# %% tags=["folded"]
from torch import nn

from cs_lib.challenge import challenge_score


def in_odd_light(n, seed, part):  # images, lit from a side and noisy, and their targets
    images, targets = scenes.load(n, most=1, seed=seed, part=part)
    rng, ramp = np.random.default_rng([seed, part]), np.linspace(-1, 1, 64)
    down, right = rng.uniform(-0.5, 0.5, size=(2, n, 1, 1, 1))
    images = images + down * ramp[:, None] + right * ramp + 0.1 * rng.normal(size=images.shape)
    return images.astype(np.float32), targets


def one_object(seed):  # images, boxes, test_images, their boxes
    found = [in_odd_light(n, seed, part) for part, n in enumerate([300, 200])]
    return [x for images, t in found for x in (images, np.concatenate([u["boxes"] for u in t]))]


def mean_overlap(got, boxes):  # by counting pixels
    def covered(boxes):
        middle = np.arange(64) + 0.5
        along = [(middle > boxes[:, i, None]) & (middle < boxes[:, i + 2, None]) for i in (0, 1)]
        return along[1][:, :, None] & along[0][:, None]

    a, b = covered(got), covered(boxes)
    return np.mean((a & b).sum(axis=(1, 2)) / (a | b).sum(axis=(1, 2)))


def baseline(images, boxes, test_images):  # the mean box
    return np.tile(boxes.mean(axis=0), (len(test_images), 1))


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(images, boxes, test_images):
    """images: (N, 3, 64, 64), boxes: (N, 4) xyxy, test_images: (M, 3, 64, 64) -> (M, 4) xyxy."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    x, targets, test = (torch.from_numpy(array) for array in (images, boxes, test_images))
    layers, steps, pool = [], 300, [nn.MaxPool2d(2)]
    for inside, outside, more in [(3, 8, pool), (8, 16, pool), (16, 32, pool), (32, 32, []), (32, 32, [])]:
        layers += [nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU(), *more]
    model = nn.Sequential(*layers, nn.Conv2d(32, 5, 1))  # of each cell: a score, distances to the sides
    weights = list(model.parameters())
    velocities = [torch.zeros_like(w) for w in weights]
    row, column = torch.meshgrid(*2 * [torch.arange(4.0, 64, 8)], indexing="ij")
    for step in range(steps):
        chosen = torch.randint(len(x), (16,))
        batch, (x1, y1, x2, y2) = x[chosen], targets[chosen].T
        if step % 2:
            batch, x1, x2 = batch.flip(3), 64 - x2, 64 - x1
        if step % 4 > 1:
            batch, y1, y2 = batch.flip(2), 64 - y2, 64 - y1
        x1, y1, x2, y2 = (side[:, None, None] for side in (x1, y1, x2, y2))
        want = torch.stack([column - x1, row - y1, x2 - column, y2 - row], dim=1) / 16
        near = (column - (x1 + x2) / 2) ** 2 + (row - (y1 + y2) / 2) ** 2 <= 64
        near &= want.amin(dim=1) > 0
        out = model(batch)
        loss = F.binary_cross_entropy_with_logits(out[:, 0], near.float())
        off = ((out[:, 1:] - want).abs().sum(dim=1) * near).sum() / near.sum()
        gradients = torch.autograd.grad(loss + 0.3 * off, weights)
        with torch.no_grad():
            for w, v, gradient in zip(weights, velocities, gradients):
                v.mul_(0.9).add_(gradient)
                w.sub_(0.1 * (1 - step / steps) * v)
    model.eval()
    with torch.no_grad():
        out = model(test).flatten(2)  # (M, 5, cells)
    best = out[:, 0].argmax(dim=1)
    left, up, right, down = 16 * out[torch.arange(len(test)), 1:, best].T
    at_x, at_y = column.flatten()[best], row.flatten()[best]
    return torch.stack([at_x - left, at_y - up, at_x + right, at_y + down], dim=1).numpy()
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
*known, true_boxes = one_object(seed=1)
challenge_score(
    challenge,
    *known,
    score=lambda got: mean_overlap(got, true_boxes),
    shape=(200, 4),
    label="mean IoU in 200 scenes",
)
### BEGIN HIDDEN TESTS
*known, true_boxes = one_object(seed=33_907_518)
challenge_score(
    challenge,
    *known,
    score=lambda got: mean_overlap(got, true_boxes),
    shape=(200, 4),
    label="mean IoU in 200 other scenes",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and look at the list below. Then hand in this
# file; where your course allows it, hand it in again until the deadline, since the feedback names
# what is left.
