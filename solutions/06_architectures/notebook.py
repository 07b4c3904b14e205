# ---
# title: "Assignment 6 · Architectures"
# withhold:
#   - cs_lib.torch.attribution
#   - cs_lib.torch.models.densenet
#   - cs_lib.torch.models.fabric
#   - cs_lib.torch.models.googlenet
#   - cs_lib.torch.models.msdnet
#   - cs_lib.torch.models.resnet
#   - cs_lib.torch.profile
#   - cs_lib.torch.style
# ---

# %% [markdown]
# # Assignment 6 · Architectures
#
# What a network can do, and what it costs, depends on how its layers are put together. In this assignment
# you count what layers cost, and then build the parts of the famous architectures: branches side by side, a way
# around the layers, concatenation, a grid of scales, and exits along the way. Then you look inside: which
# patches excite a unit, and where in an image a decision comes from. At the end you train a trained network for
# another task, and all of your functions meet in one.
#
# **How it works.** Each exercise has a text, a cell to write in, and folded cells with checks.
#
# 1. Replace the line `raise NotImplementedError(…)` with your code, and run the cell.
# 2. Run the cells of checks below it. A check that fails says what it saw, what it wanted and for
#    which call, and often it can name your mistake and the section of the book to read. A cell that
#    passes prints a line with a ✓.
# 3. Look at what your code does: after each exercise, a picture or a number made by it stands
#    beside ours.
#
# The checks that you can see try the rules of a text on examples, and the hidden ones try them on
# other numbers. The hidden ones decide about the points, which are counted cell by cell, so that a special case which is
# wrong costs its own cell only. The last cell of the notebook lists how far you are. Keep the file
# [hints.json](hints.json) beside this notebook: the names of mistakes are in it.
#
# **When you are stuck,** take the example of the text, print the shape after every line of your function, and
# compare it with what you expect. Most mistakes with architectures are wrong shapes, and of the others most have the right
# shape and the wrong order.
#
# **What you may use** is NumPy and Python's standard library, and in the exercises marked with *torch* also torch
# and its functions (`F` is `torch.nn.functional`). The architectures of `cs_lib` are taken out when your work is graded, since you
# write their parts here. An exercise may call what you wrote in another, but then a
# mistake there costs points here as well.
#
# **In the exercises with torch** the arguments are tensors of float64, and so is what you return. You write the forward pass,
# and autograd does the rest: the checks also look at the gradients of your function, so that nothing in it may leave the graph
# (`.detach()`, `.numpy()`) or write into a tensor that it was given.
#
# **Conventions.** Images are (N, C, H, W), with the channels second. The weights of a convolution are (out, in, kH, kW). To keep the
# examples short, convolutions in exercises 2 to 5 have no bias, and their kernels are square with an odd side.
#
# Unless a text says otherwise, loops are allowed, a function leaves its arguments as they are, and it never touches the
# global random state of NumPy or torch. The minutes of the exercises are without the reading, and add up to about five hours.

# %%
try:
    import cs_lib
except ModuleNotFoundError:  # on a hosted notebook service
    from urllib.request import urlretrieve

    get_ipython().run_line_magic("pip", "install --quiet git+{{ repository }}")
    urlretrieve("{{ repository }}/raw/main/assignments/06_architectures/hints.json", "hints.json")

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

from cs_lib import data
from cs_lib.testing import check_call, check_no_loop, passed, progress


def floats(values):
    """An array of float64: the checks write floats([1, 2])."""
    return np.array(values, dtype=np.float64)


def numbers(seed, *shape):
    """An array of that shape with whole numbers from −3 to 3, as floats: as mixed as the seed says."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float64)


def uneven(value):
    """Containers of whole numbers as floats -> the same with 0.37 added to each, so that hardly any sum is exactly 0."""
    if isinstance(value, dict):
        return {key: uneven(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(uneven, value))
    return value + 0.37 if isinstance(value, np.ndarray) else value


# %% [markdown]
# A graph of torch's autograd cannot be compared with another one, but numbers can. So the checks ask for the gradients of
# (dy · y).sum(), for one array dy, with respect to all that your function was given. The next cell holds what they use for it.

# %% tags=["folded"]
def tensors(value):
    """Containers of arrays -> containers of tensors."""
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    if isinstance(value, dict):
        return {key: tensors(part) for key, part in value.items()}
    return type(value)(map(tensors, value)) if isinstance(value, (list, tuple)) else value


def leaves(value):
    """The arrays or tensors in containers, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in leaves(part)]
    return [value] if isinstance(value, (np.ndarray, torch.Tensor)) else []


def gradients(function, dy, *args):
    """By autograd: the gradients of (dy · function(*args)).sum() for each array in args, a tuple."""
    args = tensors(args)
    inputs = [tensor.requires_grad_() for tensor in leaves(args)]
    y = function(*args)
    found = torch.autograd.grad(y, inputs, torch.tensor(dy), allow_unused=True, materialize_grads=True)
    return tuple(gradient.numpy() for gradient in found)


def slopes(function, dy, *args):
    """The same by differences, for a function of arrays."""
    found = []
    for array in leaves(args):
        slope = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            was, ends = array[place], []
            for array[place] in (was + 1e-5, was - 1e-5):
                ends.append((dy * function(*args)).sum())
            array[place], slope[place] = was, (ends[0] - ends[1]) / 2e-5
        found.append(slope)
    return tuple(found)


torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the first optimizer loads what it and autograd need, which takes some seconds


# %% [markdown]
# ## Warm-up
#
# Five minutes, no points: see how a check speaks. `shortcut` should *add* what a layer makes to what came in, and
# puts them side by side. Run both cells, read the message, mend the function, and run them again until the line with the ✓
# appears.


# %%
def shortcut(x, change):
    """x, change: (N, D) -> (N, D), the sum."""
    return torch.cat([x, change], dim=1)


# %% tags=["raises-exception"]
x, change = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.5, 0.0], [-3.0, 1.0]])
check_call(shortcut, x, change, want=floats([[1.5, 2], [0, 5]]), label="two rows")
check_call(shortcut, x, 0 * change, want=x.numpy(), label="no change")
passed("warm-up")

# %% [markdown]
# ## 1 · What a network costs
#
# ### Exercise `costs` (11 points)
#
# *Read {{ read sec-architectures-cost }} first. About 25 minutes.*
#
# Write `costs(layers, shape)`: how many numbers each layer of a network learns, and how many multiply-adds it takes for one
# image. An image of 3 channels with 6 × 5 pixels goes through four filters, a ReLU and ten linear units:
#
# ```python
# layers = [("conv", 4, (3, 3), 1, 1, 1, True), ("relu",), ("linear", 10)]
# costs(layers, (3, 6, 5))
# # ([112, 0, 1210], [3240, 0, 1200])
# ```
#
# Each filter has 3 · 3 · 3 weights and a bias, and is laid on 6 · 5 places.
#
# | layer | what it does |
# |---|---|
# | `("conv", filters, (kH, kW), stride, padding, groups, bias)` | the padding is on all four sides; bias is a bool |
# | `("norm",)` | batch normalisation |
# | `("relu",)` | |
# | `("pool", size, stride)` | windows of size × size, without padding |
# | `("mean",)` | each channel becomes one number, its mean |
# | `("linear", outputs)` | sees all the numbers there are, and has biases |
#
# It returns `(parameters, multiply_adds)`, two lists with a whole number for each layer. `shape` is (C, H, W), and what comes
# out of a layer goes into the next one.
#
# - **Groups** split channels and filters into as many parts, and each filter sees the channels of its own part only.
# - **Sizes** are rounded down: what does not fill another window is left out.
# - **A multiply-add** is one product together with the addition that follows it. Products with the padding's zeros count as
#   well. Biases, norms, ReLUs, pooling and means take none.
# - **Learnt** in a norm are γ and β of each channel. What it remembers of the batches is not learnt.


# %% nbgrader={"grade_id": "costs", "solution": true}
def costs(layers, shape):
    """layers: a list of tuples, shape: (C, H, W) -> parameters, multiply_adds: two lists of ints"""
    ### BEGIN SOLUTION
    channels, height, width = shape
    parameters, multiply_adds = [], []
    for kind, *what in layers:
        learnt = products = 0
        if kind == "conv":
            filters, (kh, kw), stride, padding, groups, bias = what
            weights = filters * (channels // groups) * kh * kw
            height = (height + 2 * padding - kh) // stride + 1
            width = (width + 2 * padding - kw) // stride + 1
            learnt, products = weights + filters * bias, weights * height * width
            channels = filters
        if kind == "norm":
            learnt = 2 * channels
        if kind == "pool":
            size, stride = what
            height, width = ((n - size) // stride + 1 for n in (height, width))
        if kind == "mean":
            height = width = 1
        if kind == "linear":
            (outputs,) = what
            products = outputs * channels * height * width
            learnt = products + outputs
            channels, height, width = outputs, 1, 1
        parameters.append(learnt)
        multiply_adds.append(products)
    return parameters, multiply_adds
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_costs", "grade": true, "points": 2}
layers = [("conv", 4, (3, 5), 1, 1, 1, True), ("relu",), ("conv", 6, (2, 3), 1, 0, 1, True)]
check_call(costs, layers, (2, 9, 8), want=([124, 0, 150], ...), label="parameters of two convolutions")
layers = [("conv", 5, (1, 3), 1, 0, 1, False), ("relu",), ("conv", 7, (1, 1), 1, 0, 1, True)]
check_call(costs, layers, (3, 4, 6), want=([45, 0, 42], ...), label="parameters of two convolutions, the first without bias")
### BEGIN HIDDEN TESTS
check_call(costs, [("conv", 64, (7, 7), 2, 3, 1, False)], (3, 224, 224), want=([9408], ...), label="parameters of ResNet's first layer")
layers = [("conv", 3, (2, 5), 1, 2, 1, True), ("conv", 8, (4, 1), 1, 0, 1, True)]
check_call(costs, layers, (6, 9, 9), want=([183, 104], ...), label="parameters of two other convolutions")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_costs_multiply_adds", "grade": true, "points": 3}
layers = [("conv", 4, (3, 5), 1, 1, 1, True), ("relu",), ("conv", 6, (2, 3), 1, 0, 1, False)]
check_call(costs, layers, (2, 9, 8), want=(..., [6480, 0, 4608]), label="multiply-adds of two convolutions")
layers = [("conv", 4, (3, 2), 3, 2, 1, False), ("relu",), ("conv", 5, (3, 2), 2, 0, 1, False)]
check_call(costs, layers, (2, 9, 12), want=(..., [960, 0, 240]), label="multiply-adds with strides, rounded down")
### BEGIN HIDDEN TESTS
check_call(costs, [("conv", 64, (7, 7), 2, 3, 1, False)], (3, 224, 224), want=(..., [118013952]), label="multiply-adds of ResNet's first layer")
layers = [("conv", 3, (2, 5), 2, 2, 1, False), ("conv", 8, (4, 1), 1, 0, 1, False), ("conv", 2, (1, 3), 3, 1, 1, False)]
check_call(costs, layers, (6, 9, 12), want=(..., [6480, 1728, 192]), label="multiply-adds of three convolutions")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_costs_groups", "grade": true, "points": 2}
layers = [("conv", 6, (3, 2), 1, 1, 2, False), ("conv", 6, (3, 3), 1, 1, 6, False), ("conv", 9, (1, 2), 1, 0, 3, False)]
check_call(costs, layers, (4, 5, 6), want=([72, 54, 36], [2520, 1890, 1080]), label="groups of two, of one and of two channels")
layers = [("conv", 6, (1, 3), 1, 0, 3, True), ("conv", 4, (2, 1), 1, 0, 1, True)]
check_call(costs, layers, (6, 4, 5), want=([42, 52], ...), label="biases with groups and without")
### BEGIN HIDDEN TESTS
layers = [("conv", 12, (3, 3), 2, 1, 4, False), ("conv", 4, (5, 1), 1, 2, 2, False), ("conv", 8, (1, 1), 1, 0, 1, False)]
check_call(costs, layers, (8, 9, 7), want=([216, 120, 32], ...), label="parameters of other layers with groups")
check_call(costs, layers, (8, 9, 7), want=(..., [4320, 4800, 1280]), label="multiply-adds of other layers with groups")
layers = [("conv", 8, (3, 1), 1, 1, 4, True), ("conv", 6, (1, 1), 1, 0, 2, True)]
check_call(costs, layers, (4, 5, 6), want=([32, 30], ...), label="biases of two layers with groups")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_costs_norm", "grade": true, "points": 1}
layers = [("norm",), ("conv", 5, (2, 3), 1, 0, 1, False), ("norm",), ("relu",)]
check_call(costs, layers, (3, 4, 7), want=([6, 90, 10, 0], [0, 1350, 0, 0]), label="two norms")
### BEGIN HIDDEN TESTS
layers = [("conv", 8, (2, 2), 1, 0, 1, False), ("norm",), ("norm",)]
check_call(costs, layers, (1, 6, 4), want=([32, 16, 16], [480, 0, 0]), label="two norms in a row")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_costs_pool", "grade": true, "points": 1}
layers = [("pool", 3, 2), ("conv", 2, (3, 2), 1, 0, 1, False), ("pool", 2, 3), ("conv", 1, (1, 1), 1, 0, 1, False)]
check_call(costs, layers, (2, 20, 27), want=([0, 24, 0, 2], [0, 2016, 0, 16]), label="pooling, twice")
### BEGIN HIDDEN TESTS
layers = [("pool", 2, 2), ("pool", 4, 3), ("relu",), ("conv", 3, (1, 1), 1, 0, 1, False)]
check_call(costs, layers, (5, 41, 25), want=([0, 0, 0, 15], [0, 0, 0, 15 * 6 * 3]), label="pooling in a row")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_costs_linear", "grade": true, "points": 2}
layers = [("linear", 5), ("linear", 3)]
check_call(costs, layers, (2, 3, 4), want=([125, 18], [120, 15]), label="two linear layers")
layers = [("conv", 4, (3, 5), 1, 0, 1, False), ("mean",), ("linear", 3)]
check_call(costs, layers, (2, 7, 9), want=([120, 0, 15], [3000, 0, 12]), label="a mean, and a linear layer")
### BEGIN HIDDEN TESTS
layers = [("conv", 3, (2, 4), 1, 0, 1, False), ("linear", 7), ("linear", 1)]
check_call(costs, layers, (1, 4, 12), want=([24, 7 * 81 + 7, 8], [24 * 27, 7 * 81, 7]), label="two linear layers behind a convolution")
check_call(costs, [("mean",), ("linear", 4)], (6, 5, 3), want=([0, 28], [0, 24]), label="the mean of an image")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: four famous layers, and what each saves. A stack of two 3 × 3 layers sees as much as one of 5 × 5, a
# bottleneck does the 3 × 3 on a quarter of the channels, and a depthwise layer has a group for each channel. (Ours, in
# thousands of parameters and millions of multiply-adds: 410 and 321, 295 and 231, 17 and 14, 18 and 14.) The last two cost nearly the same. Do
# they compute the same?

# %%
wide = 128
blocks = {
    "one 5 × 5": [("conv", wide, (5, 5), 1, 2, 1, False)],
    "two 3 × 3": [("conv", wide, (3, 3), 1, 1, 1, False)] * 2,
    "bottleneck": [
        ("conv", wide // 4, (1, 1), 1, 0, 1, False),
        ("conv", wide // 4, (3, 3), 1, 1, 1, False),
        ("conv", wide, (1, 1), 1, 0, 1, False),
    ],
    "depthwise and 1 × 1": [("conv", wide, (3, 3), 1, 1, wide, False), ("conv", wide, (1, 1), 1, 0, 1, False)],
}
for title, block in blocks.items():
    learnt_numbers, products_per_image = costs(block, (wide, 28, 28))
    print(f"{title:20}{sum(learnt_numbers) / 1e3:6.0f} thousand {sum(products_per_image) / 1e6:6.0f} million")

# %% [markdown]
# ## 2 · Side by side
#
# ### Exercise `inception` (9 points, *torch*)
#
# *Read {{ read sec-architectures-inception }} first. About 25 minutes.*
#
# Write `inception(x, weights)`: four branches look at the same maps with filters of different sizes, and what they find is
# put together, one behind the other, as the channels of one map. One image with one channel of one pixel, which is 2:
#
# ```python
# x = torch.full((1, 1, 1, 1), 2.0, dtype=torch.float64)
# middle = {"1": (1, 1), "3 before": (1, 1), "3": (1, 3), "5 before": (10, 1), "5": (1, 5), "pool": (-1, 1)}  # value, side
# weights = {name: F.pad(torch.full_like(x, value), [side // 2] * 4) for name, (value, side) in middle.items()}
# inception(x, weights).flatten()  # tensor([ 2.,  2., 20.,  0.])
# ```
#
# | `weights[…]` | shape | what it is |
# |---|---|---|
# | `"1"` | (a, C, 1, 1) | the first branch |
# | `"3 before"`, `"3"` | (b, C, 1, 1), (c, b, 3, 3) | the second: fewer maps by 1 × 1, then 3 × 3 |
# | `"5 before"`, `"5"` | (d, C, 1, 1), (e, d, 5, 5) | the third: the same with 5 × 5 |
# | `"pool"` | (f, C, 1, 1) | the fourth: 3 × 3 max pooling, then 1 × 1 |
#
# It returns (N, a + c + e + f, H, W): the maps of the four branches, in this order.
#
# - **Each convolution** is followed by a ReLU, also those that come before another one.
# - **All branches keep H × W**: pad 3 × 3 and 5 × 5 with zeros, and let the pooling take steps of one pixel. In its windows
#   at the border only those pixels count that are there, so that the maximum of negative pixels is negative.
# - **Where `"3 before"` or `"5 before"` is missing**, the larger filters see x itself. (This is the "naive" version in the paper by Szegedy et
#   al. 2015, from which you can see what the 1 × 1 filters are good for.)


# %% nbgrader={"grade_id": "inception", "solution": true}
def inception(x, weights):
    """x: (N, C, H, W), weights: a dictionary of tensors -> (N, maps of all branches, H, W)"""
    ### BEGIN SOLUTION

    def filtered(maps, name, padding):
        return F.relu(F.conv2d(maps, weights[name], padding=padding))

    branches = [filtered(x, "1", 0)]
    for name, padding in [("3", 1), ("5", 2)]:
        before = f"{name} before"
        maps = filtered(x, before, 0) if before in weights else x
        branches.append(filtered(maps, name, padding))
    branches.append(filtered(F.max_pool2d(x, 3, stride=1, padding=1), "pool", 0))
    return torch.cat(branches, dim=1)
    ### END SOLUTION


# %% tags=["folded"]
def filters(seed, channels, **maps):
    """Weights of an inception block: filters(0, 3, one=2, before3=1, three=2, …)."""
    names = {"one": ("1", 1), "before3": ("3 before", 1), "three": ("3", 3), "before5": ("5 before", 1), "five": ("5", 5), "pool": ("pool", 1)}
    found = {}
    for k, (word, count) in enumerate(maps.items()):
        name, side = names[word]
        seen = maps.get({"three": "before3", "five": "before5"}.get(word), channels)
        found[name] = numbers(seed + k, count, seen, side, side)
    return found


# %% nbgrader={"grade_id": "inception_gradients"} tags=["folded"]
def inception_gradients(dy, x, weights):
    return gradients(inception, dy, x, weights)


# %% nbgrader={"grade_id": "test_inception", "grade": true, "points": 3}
x, weights = np.abs(numbers(36, 2, 2, 2, 3)), filters(37, 2, one=1, before3=3, three=2, before5=1, five=1, pool=2)
check_call(inception, *tensors((x, weights)), want=floats([1, 0, 1, 0, 0, 0, 0, 14, 0, 5, 0, 5, 12, 2, 10, 7, 0, 5, 28, 0, 6, 28, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 3, 2, 3, 3, 0, 3, 2, 0, 0, 0, 8, 6, 10, 0, 0, 2, 0, 14, 24, 0, 0, 0, 26, 2, 0, 24, 6, 0, 0, 0, 0, 0, 0, 0, 3, 3, 2, 3, 3, 2]).reshape(2, 6, 2, 3), label="two images of two channels")
### BEGIN HIDDEN TESTS
def by_windows(x, weights):
    def filtered(maps, w, side):
        padded = np.pad(maps, ((0, 0), (0, 0), (side // 2,) * 2, (side // 2,) * 2))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))
        return np.maximum(np.einsum("nchwij,kcij->nkhw", windows, w), 0)

    three, five = filtered(x, weights["3 before"], 1), filtered(x, weights["5 before"], 1)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    pooled = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3)).max(axis=(4, 5))
    ways = [(x, "1", 1), (three, "3", 3), (five, "5", 5), (pooled, "pool", 1)]
    return np.concatenate([filtered(maps, weights[name], side) for maps, name, side in ways], axis=1)


for seed, shape, maps in [(10, (3, 3, 4, 5), (2, 2, 3, 1, 2, 1)), (20, (1, 4, 5, 2), (1, 3, 1, 2, 3, 2)), (30, (2, 1, 1, 6), (2, 1, 1, 2, 1, 3))]:
    maps = dict(zip(["one", "before3", "three", "before5", "five", "pool"], maps))
    x, weights = np.abs(numbers(seed, *shape)), filters(seed + 1, shape[1], **maps)
    check_call(inception, *tensors((x, weights)), want=by_windows(x, weights), label=f"x of shape {shape}, maps {[*maps.values()]}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_inception_naive", "grade": true, "points": 2}
x, weights = numbers(36, 1, 2, 3, 2), filters(37, 2, one=1, three=1, before5=2, five=1, pool=1)
weights["pool"][:] = 0
check_call(inception, *tensors((x, weights)), want=floats([5, 3, 5, 3, 0, 0, 10, 3, 0, 21, 0, 6, 0, 25, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0]).reshape(1, 4, 3, 2), label="no 1 × 1 before 3 × 3")
x, weights = numbers(0, 2, 3, 1, 2), filters(1, 3, one=1, before3=2, three=1, five=2, pool=1)
weights["pool"][:] = 0
check_call(inception, *tensors((x, weights)), want=floats([0, 0, 16, 0, 0, 0, 8, 0, 0, 0, 2, 6, 0, 7, 0, 0, 0, 17, 0, 0]).reshape(2, 5, 1, 2), label="no 1 × 1 before 5 × 5")
### BEGIN HIDDEN TESTS
x, weights = numbers(8, 2, 3, 4, 3), filters(9, 3, one=2, three=2, five=1, pool=1)
weights["pool"][:] = 0
want = [F.conv2d(*map(torch.tensor, (x, weights[name])), padding=side // 2).relu().numpy() for name, side in [("1", 1), ("3", 3), ("5", 5)]]
want.append(np.zeros((2, 1, 4, 3)))
check_call(inception, *tensors((x, weights)), want=np.concatenate(want, axis=1), label="no 1 × 1 before either")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_inception_pool", "grade": true, "points": 2}
x, weights = -1000 - 1000 * np.abs(numbers(168, 1, 1, 5, 3)), filters(169, 1, one=1, before3=1, three=1, before5=1, five=1, pool=1)
weights["pool"][:] = -1
check_call(inception, *tensors((x, weights)), want=1000 * floats([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 6, 0, 1, 26, 0, 24, 21, 1, 20, 6, 10, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]).reshape(1, 4, 5, 3), label="pooling of negative pixels")
### BEGIN HIDDEN TESTS
x, weights = -5000 - 1000 * np.abs(numbers(13, 2, 3, 2, 5)), filters(14, 3, one=1, before3=1, three=1, before5=1, five=1, pool=2)
pooled = np.stack([[np.max(x[:, :, max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2], axis=(2, 3)) for j in range(5)] for i in range(2)]).transpose(2, 3, 0, 1)
want = np.maximum(np.einsum("nchw,kc->nkhw", pooled, weights["pool"][:, :, 0, 0]), 0)
weights = {name: w * (name == "pool") for name, w in weights.items()}
want = np.concatenate([np.zeros((2, 3, 2, 5)), want], axis=1)
check_call(inception, *tensors((x, weights)), want=want, label="pooling alone, of negative pixels of three channels")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_inception_gradients", "grade": true, "points": 2}
x, weights = uneven((np.abs(numbers(159, 1, 2, 1, 2)), filters(160, 2, one=1, before3=1, three=2, before5=2, five=1, pool=1)))
dy = numbers(161, 1, 5, 1, 2)
want = (floats([-26.8514, 10.4386, -20.2214, -2.6714]).reshape(1, 2, 1, 2), floats([0, 0]).reshape(1, 2, 1, 1), floats([-14.9876, 1.9724]).reshape(1, 2, 1, 1), floats([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -22.9876, -16.9876, 0, 0, 0, 0]).reshape(2, 1, 3, 3), floats([-28.7152, -4.7952, 0, 0]).reshape(2, 2, 1, 1), floats([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -4.2476, -12.4952, -8.2476, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).reshape(1, 2, 5, 5), floats([-3.37, -1.37]).reshape(1, 2, 1, 1))
check_call(inception_gradients, dy, x, weights, want=want, label="one image of two pixels")
### BEGIN HIDDEN TESTS
def by_windows(x, weights):
    def filtered(maps, w, side):
        padded = np.pad(maps, ((0, 0), (0, 0), (side // 2,) * 2, (side // 2,) * 2))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))
        return np.maximum(np.einsum("nchwij,kcij->nkhw", windows, w), 0)

    three, five = filtered(x, weights["3 before"], 1), filtered(x, weights["5 before"], 1)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    pooled = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3)).max(axis=(4, 5))
    ways = [(x, "1", 1), (three, "3", 3), (five, "5", 5), (pooled, "pool", 1)]
    return np.concatenate([filtered(maps, weights[name], side) for maps, name, side in ways], axis=1)


rng = np.random.default_rng(18)
x, weights = rng.uniform(size=(2, 2, 3, 2)), filters(19, 2, one=1, before3=2, three=1, before5=1, five=1, pool=2)
weights = {name: rng.normal(size=w.shape) for name, w in weights.items()}
dy = rng.normal(size=(2, 5, 3, 2))
check_call(inception_gradients, dy, x, weights, want=slopes(by_windows, dy, x, weights), rtol=1e-4, atol=1e-6, label="gradients by differences")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: what an edge, seen by four branches, looks like, when all filters are means. Each branch sees as much as its filter
# reaches. From left to right: the photograph (by Stefan van der Walt) in grey, 1 × 1, 3 × 3, 5 × 5 and pooling.

# %%
cat = data.photograph("cat").astype(np.float64).mean(axis=0)[None, None, 60:120, 80:160]
means = {"1": 1, "3 before": 1, "3": 3, "5 before": 1, "5": 5, "pool": 1}
means = {name: torch.full((1, 1, side, side), side**-2.0, dtype=torch.float64) for name, side in means.items()}
four_answers = inception(torch.tensor(cat), means)[0]
_, axes = plt.subplots(1, 5, figsize=(12, 2.2))
for ax, grey, title in zip(axes, [cat[0, 0], *four_answers], ["x", "1 × 1", "3 × 3", "5 × 5", "pooling"]):
    ax.imshow(grey, cmap="gray", vmin=0, vmax=1)
    ax.set(title=title)
    ax.axis("off")

# %% [markdown]
# ## 3 · Around the layers
#
# ### Exercise `residual_block` (14 points, *torch*)
#
# *Read {{ read sec-architectures-residual }} first. About 40 minutes.*
#
# Write `residual_block(x, weights, gammas, shortcut, stride, pre_activation)`: two layers of convolution, norm and ReLU, and a way
# around them. What the layers make is *added* to what came in. One channel, two pixels, and filters that are 0 but for the middle:
#
# ```python
# x = torch.tensor([[[[3.0, -1.0]]]])
# one = F.pad(torch.ones(1, 1, 1, 1), [1] * 4)  # 3 × 3, with a 1 in the middle
# weights, gammas = (one, one), (torch.tensor([2.0]), torch.tensor([-1.0]))
# residual_block(x, weights, gammas, None, 1, False)  # [[[[0., 0.]]]]: 3 − 6 and −1 − 0, and a ReLU
# residual_block(x, weights, gammas, None, 1, True)  # [[[[3., -1.]]]]: the second ReLU meets −6 and 0
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `weights` | two of 3 × 3: (K, C, 3, 3) and (K, K, 3, 3), both padded with 1 |
# | `gammas` | two: norm(h, γ) multiplies each channel of h by its γ. (That is what batch normalisation comes to in evaluation, where all means are 0.) |
# | `shortcut` | `None`, or the weights of a 1 × 1 convolution, (K, C, 1, 1) |
# | `stride` | of the *first* convolution; the second takes steps of one |
# | `pre_activation` | bool: which of the two orders |
# | returns | (N, K, outH, outW) |
#
# - **The original order** (He et al. 2016): conv, norm, ReLU, conv, norm; then the sum; then a ReLU.
# - **Pre-activation** (He et al. 2016b): norm, ReLU, conv, norm, ReLU, conv; then the sum, and nothing after it. So the first γ has C entries
#   here, and K in the original order.
# - **Without shortcut weights** the way around is x itself. Where the stride is not 1, it takes every stride-th row and column of x, from the
#   first on, also where C = K. Where K > C, channels of zeros follow behind those of x.
# - **With shortcut weights** the way around is their convolution, with the block's stride, without padding and without a norm. It takes
#   what the first convolution takes: x in the original order, and what comes out of the first ReLU in pre-activation.


# %% nbgrader={"grade_id": "residual_block", "solution": true}
def residual_block(x, weights, gammas, shortcut, stride, pre_activation):
    """x: (N, C, H, W) -> (N, K, outH, outW)"""
    ### BEGIN SOLUTION

    def norm(maps, gamma):
        return maps * gamma[:, None, None]

    start = F.relu(norm(x, gammas[0])) if pre_activation else x
    maps = F.conv2d(start, weights[0], stride=stride, padding=1)
    maps = F.relu(norm(maps, gammas[1 if pre_activation else 0]))
    maps = F.conv2d(maps, weights[1], padding=1)
    if shortcut is None:
        missing = maps.shape[1] - x.shape[1]
        around = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, missing))
    else:
        around = F.conv2d(start, shortcut, stride=stride)
    if pre_activation:
        return maps + around
    return F.relu(norm(maps, gammas[1]) + around)
    ### END SOLUTION


# %% tags=["folded"]
def block_inputs(seed, shape, k, projected, pre_activation):
    """Arguments of residual_block: x, weights, gammas and shortcut."""
    c = shape[1]
    weights = numbers(seed, k, c, 3, 3), numbers(seed + 1, k, k, 3, 3)
    gammas = numbers(seed + 2, c if pre_activation else k), numbers(seed + 3, k)
    gammas = tuple(np.where(gamma == 0, -1.0, gamma) for gamma in gammas)
    return numbers(seed + 4, *shape), weights, gammas, numbers(seed + 5, k, c, 1, 1) if projected else None


# %% nbgrader={"grade_id": "residual_block_gradients"} tags=["folded"]
def residual_block_gradients(dy, *args):
    return gradients(residual_block, dy, *args)


# %% nbgrader={"grade_id": "test_residual_block", "grade": true, "points": 3}
args = block_inputs(288, (1, 1, 1, 3), 1, False, False)
check_call(residual_block, *tensors(args), 1, False, want=floats([99, 0, 285]).reshape(1, 1, 1, 3), label="one channel, three pixels")
args = block_inputs(0, (2, 2, 2, 3), 2, False, False)
check_call(residual_block, *tensors(args), 1, False, want=floats([78, 0, 0, 52, 7, 0, 87, 267, 162, 0, 4, 161, 157, 0, 1, 246, 0, 3, 40, 414, 0, 291, 0, 0]).reshape(2, 2, 2, 3), label="two images of two channels")
x, weights, gammas, _ = args
check_call(residual_block, *tensors((x, weights, (gammas[0], 0 * gammas[1]))), None, 1, False, want=np.maximum(x, 0), label="the second γ is 0")
### BEGIN HIDDEN TESTS
def by_windows(x, weights, gammas):
    def layer(maps, w, gamma):
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        return np.einsum("nchwij,kcij,k->nkhw", windows, w, gamma)

    return np.maximum(layer(np.maximum(layer(x, weights[0], gammas[0]), 0), weights[1], gammas[1]) + x, 0)


for seed, shape in [(20, (3, 3, 4, 2)), (30, (1, 2, 5, 5)), (40, (2, 4, 1, 3))]:
    args = block_inputs(seed, shape, shape[1], False, False)
    check_call(residual_block, *tensors(args), 1, False, want=by_windows(*args[:3]), label=f"x of shape {shape}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_residual_block_thinned", "grade": true, "points": 3}
args = block_inputs(6, (1, 1, 2, 3), 3, False, False)
check_call(residual_block, *tensors(args), 1, False, want=floats([48, 69, 19, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 315, 0, 180, 0, 99]).reshape(1, 3, 2, 3), label="from one channel to three")
args = block_inputs(0, (1, 1, 4, 5), 2, False, False)
check_call(residual_block, *tensors(args), 2, False, want=floats([146, 83, 35, 0, 113, 0, 72, 0, 24, 0, 0, 0]).reshape(1, 2, 2, 3), label="stride 2, from one channel to two")
args = block_inputs(1, (1, 2, 5, 7), 2, False, False)
check_call(residual_block, *tensors(args), 3, False, want=floats([289, 0, 289, 193, 604, 0, 432, 352, 333, 0, 1050, 353]).reshape(1, 2, 2, 3), label="stride 3, as many channels as before")
### BEGIN HIDDEN TESTS
def by_places(x, weights, gammas, stride, pre_activation):
    def conv(maps, w, step):
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::step, ::step]
        return np.einsum("nchwij,kcij->nkhw", windows, w)

    first, second = (gamma[:, None, None] for gamma in gammas)
    if pre_activation:
        y = conv(np.maximum(second * conv(np.maximum(first * x, 0), weights[0], stride), 0), weights[1], 1)
    else:
        y = second * conv(np.maximum(first * conv(x, weights[0], stride), 0), weights[1], 1)
    for n, c, i, j in np.ndindex(len(x), x.shape[1], *y.shape[2:]):
        y[n, c, i, j] += x[n, c, i * stride, j * stride]
    return y if pre_activation else np.maximum(y, 0)


for seed, shape, k, stride, pre in [(130, (2, 3, 5, 4), 3, 2, False), (140, (1, 2, 7, 6), 4, 3, False), (150, (2, 2, 5, 3), 2, 2, False)]:
    args, label = block_inputs(seed, shape, k, False, pre), f"x of shape {shape}, {k} maps, stride {stride}"
    check_call(residual_block, *tensors(args), stride, pre, want=by_places(*args[:3], stride, pre), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_residual_block_projected", "grade": true, "points": 2}
args = block_inputs(0, (1, 2, 4, 7), 3, True, False)
check_call(residual_block, *tensors(args), 3, False, want=floats([240, 42, 337, 319, 561, 0, 750, 1747, 0, 921, 0, 153, 0, 124, 0, 220, 152, 486]).reshape(1, 3, 2, 3), label="shortcut weights, stride 3")
args = block_inputs(0, (2, 2, 1, 3), 2, True, False)
check_call(residual_block, *tensors(args), 1, False, want=floats([0, 17, 0, 0, 285, 303, 0, 0, 2, 0, 0, 0]).reshape(2, 2, 1, 3), label="shortcut weights, as many channels as before")
### BEGIN HIDDEN TESTS
def by_windows(x, weights, gammas, shortcut, stride, pre_activation):
    def conv(maps, w, step):
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::step, ::step]
        return np.einsum("nchwij,kcij->nkhw", windows, w)

    first, second = (gamma[:, None, None] for gamma in gammas)
    start = np.maximum(first * x, 0) if pre_activation else x
    around = np.einsum("nchw,kc->nkhw", start, shortcut[:, :, 0, 0])[:, :, ::stride, ::stride]
    y = conv(start, weights[0], stride)
    if pre_activation:
        return conv(np.maximum(second * y, 0), weights[1], 1) + around
    return np.maximum(second * conv(np.maximum(first * y, 0), weights[1], 1) + around, 0)


for seed, shape, k, stride, pre in [(190, (2, 3, 5, 4), 2, 1, False), (200, (1, 2, 7, 6), 4, 3, False)]:
    args, label = block_inputs(seed, shape, k, True, pre), f"shortcut weights, x of shape {shape}, {k} maps, stride {stride}"
    check_call(residual_block, *tensors(args), stride, pre, want=by_windows(*args, stride, pre), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_residual_block_pre_activation", "grade": true, "points": 3}
args = block_inputs(24, (1, 1, 1, 3), 1, False, True)
check_call(residual_block, *tensors(args), 1, True, want=floats([1, -34, -38]).reshape(1, 1, 1, 3), label="pre-activation, one channel")
args = block_inputs(0, (2, 2, 2, 3), 2, False, True)
check_call(residual_block, *tensors(args), 1, True, want=floats([260, -115, 27, 198, -59, -123, -17, -425, -166, -181, 26, 67, 191, 84, -87, -64, 131, -153, -104, -352, -297, 141, -25, -164]).reshape(2, 2, 2, 3), label="pre-activation, two images of two channels")
x, weights, gammas, _ = args
check_call(residual_block, *tensors((x, (weights[0], 0 * weights[1]), gammas)), None, 1, True, want=x, label="pre-activation, the second weights are 0")
args = block_inputs(0, (1, 1, 3, 5), 2, False, True)
check_call(residual_block, *tensors(args), 2, True, want=floats([38, 27, 3, -38, 37, 1, -12, 24, 0, 24, 24, 0]).reshape(1, 2, 2, 3), label="pre-activation, stride 2, from one channel to two")
### BEGIN HIDDEN TESTS
def by_windows(x, weights, gammas):
    def layer(maps, w, gamma):
        padded = np.pad(np.maximum(maps * gamma[:, None, None], 0), ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        return np.einsum("nchwij,kcij->nkhw", windows, w)

    return layer(layer(x, weights[0], gammas[0]), weights[1], gammas[1]) + x


for seed, shape in [(70, (3, 3, 4, 2)), (80, (1, 2, 5, 5)), (90, (2, 4, 1, 3))]:
    args = block_inputs(seed, shape, shape[1], False, True)
    check_call(residual_block, *tensors(args), 1, True, want=by_windows(*args[:3]), label=f"pre-activation, x of shape {shape}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_residual_block_pre_activation_projected", "grade": true, "points": 1}
args = block_inputs(0, (1, 2, 3, 3), 3, True, True)
check_call(residual_block, *tensors(args), 2, True, want=floats([254, 224, 400, -682, -502, 80, -184, -22, 384, 218, 150, -514]).reshape(1, 3, 2, 2), label="pre-activation, shortcut weights, stride 2")
### BEGIN HIDDEN TESTS
def by_windows(x, weights, gammas, shortcut, stride, pre_activation):
    def conv(maps, w, step):
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::step, ::step]
        return np.einsum("nchwij,kcij->nkhw", windows, w)

    first, second = (gamma[:, None, None] for gamma in gammas)
    start = np.maximum(first * x, 0) if pre_activation else x
    around = np.einsum("nchw,kc->nkhw", start, shortcut[:, :, 0, 0])[:, :, ::stride, ::stride]
    y = conv(start, weights[0], stride)
    if pre_activation:
        return conv(np.maximum(second * y, 0), weights[1], 1) + around
    return np.maximum(second * conv(np.maximum(first * y, 0), weights[1], 1) + around, 0)


for seed, shape, k, stride, pre in [(210, (2, 2, 5, 3), 3, 2, True), (220, (1, 4, 3, 3), 2, 1, True)]:
    args, label = block_inputs(seed, shape, k, True, pre), f"shortcut weights, x of shape {shape}, {k} maps, stride {stride}"
    check_call(residual_block, *tensors(args), stride, pre, want=by_windows(*args, stride, pre), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_residual_block_gradients", "grade": true, "points": 2}
args, dy = uneven(block_inputs(36, (1, 1, 2, 2), 2, True, False)), numbers(43, 1, 2, 2, 2)
check_call(residual_block_gradients, dy, *args, 1, False, want=(floats([95.8295898, 65.4850498, 211.3003998, -47.0190852]).reshape(1, 1, 2, 2), floats([-12.38496005, -79.33069005, 0, 95.6112849, 2.6800949, 0, -53.86275505, 28.05778495, 0, 6.46024995, 41.38051995, 0, -38.9237751, 68.7350349, 0, -49.73102505, 25.90551495, 0]).reshape(2, 1, 3, 3), floats([0, -149.6715943, -49.89053144, 0, -31.84459932, -10.61486644, 0, 0, 0, 0, -57.14790732, -19.04930244, 0, -44.40930732, -14.80310244, 0, 0, 0, 0, -18.65343312, 0, 0, 24.01138656, 0, 0, 5.95314468, 0, 0, -7.12229112, 0, 0, 5.14874556, 0, 0, 8.30203668, 0]).reshape(2, 2, 3, 3), floats([74.4330146, 462.5386796]), floats([-136.971931, -77.57178676]), floats([-1.48, -4.37]).reshape(2, 1, 1, 1)), label="four pixels")
args, dy = uneven(block_inputs(15, (1, 1, 1, 3), 1, False, True)), numbers(22, 1, 1, 1, 3)
check_call(residual_block_gradients, dy, *args, 1, True, want=(floats([-135.4241988, -1, 1]).reshape(1, 1, 1, 3), floats([0, 0, 0, -79.43930478, 0, 0, 0, 0, 0]).reshape(1, 1, 3, 3), floats([0, 0, 0, 25.93266561, -25.93266561, 51.86533122, 0, 0, 0]).reshape(1, 1, 3, 3), floats([-79.43930478]), floats([-55.86681078])), label="pre-activation, three pixels")
### BEGIN HIDDEN TESTS
def by_windows(x, weights, gammas, shortcut, stride, pre_activation):
    def conv(maps, w, step):
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::step, ::step]
        return np.einsum("nchwij,kcij->nkhw", windows, w)

    first, second = (gamma[:, None, None] for gamma in gammas)
    start = np.maximum(first * x, 0) if pre_activation else x
    around = np.einsum("nchw,kc->nkhw", start, shortcut[:, :, 0, 0])[:, :, ::stride, ::stride]
    y = conv(start, weights[0], stride)
    if pre_activation:
        return conv(np.maximum(second * y, 0), weights[1], 1) + around
    return np.maximum(second * conv(np.maximum(first * y, 0), weights[1], 1) + around, 0)


rng = np.random.default_rng(260)
for shape, k, stride, pre in [((2, 2, 3, 2), 2, 2, False), ((1, 2, 2, 3), 3, 1, True)]:
    gammas = rng.normal(size=2 if pre else k), rng.normal(size=k)
    args = rng.normal(size=shape), (rng.normal(size=(k, 2, 3, 3)), rng.normal(size=(k, k, 3, 3))), gammas, rng.normal(size=(k, 2, 1, 1)), stride, pre
    dy = rng.normal(size=by_windows(*args).shape)
    check_call(residual_block_gradients, dy, *args, want=slopes(by_windows, dy, *args), rtol=1e-4, atol=1e-6, label=f"by differences, x of shape {shape}")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: how much of a gradient of length 1, given at the top of 40 of your blocks, arrives at the bottom? With random weights of He's size in the branches, each times
# 0.3, the way around carries it. Without it (the next cell subtracts x again) next to nothing arrives. Ours has 3.2 with it and 1.6e-24 without.

# %%
def stack_of_blocks(maps, plain, depth=40, seed=0):
    generator = torch.Generator().manual_seed(seed)
    full = torch.ones(8, dtype=torch.float64)
    for _ in range(depth):
        two = [torch.randn(8, 8, 3, 3, generator=generator, dtype=torch.float64) / 6 for _ in range(2)]
        maps = residual_block(maps, two, (full, 0.3 * full), None, 1, True) - (maps if plain else 0)
    return maps


for title, plain in [("residual", False), ("plain", True)]:
    bottom = torch.randn(2, 8, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    top = stack_of_blocks(bottom, plain)
    (arriving,) = torch.autograd.grad(top, bottom, torch.full_like(top, top.numel() ** -0.5))
    print(f"{title:9} a gradient of length {arriving.norm():.2g} arrives")

# %% [markdown]
# ## 4 · Everything that came before
#
# ### Exercise `dense_block` (9 points, *torch*)
#
# *Read {{ read sec-architectures-dense }} first. About 25 minutes.*
#
# Write `dense_block(x, layers, transition)`: each layer sees all maps there are, those of x and those of every layer before it, and puts its own
# behind them. One channel, one pixel, and two layers with one filter each, of which the middle is given:
#
# ```python
# x = torch.tensor([[[[2.0]]]])
# three = F.pad(torch.tensor([[[[3.0]]]]), [1] * 4)  # the first layer sees one map
# ten_and_minus_one = F.pad(torch.tensor([[[[10.0]], [[-1.0]]]]), [1] * 4)  # the second sees two
# dense_block(x, [(three,), (ten_and_minus_one,)], None).flatten()  # tensor([ 2.,  6., 14.])
# ```
#
# | | |
# |---|---|
# | `x` | (N, C, H, W) |
# | `layers` | a list of tuples of weights: one, (k, all, 3, 3), or two, (b, all, 1, 1) and (k, b, 3, 3), where `all` is the number of maps so far |
# | `transition` | `None`, or the weights of a 1 × 1 convolution, (K, all, 1, 1) |
# | returns | (N, all, H, W); with a transition, (N, K, H/2, W/2) |
#
# - **ReLU comes first**: each convolution sees the ReLU of what it is given, and none comes behind it. What is handed on is the result
#   itself, so that negative maps stay negative.
# - **A layer of two** is a *bottleneck*: the 1 × 1 convolution makes few maps of many, and only the result of the last convolution is added to the maps.
# - **3 × 3** is padded with 1.
# - **A transition** comes at the end, if there is one: a ReLU, its convolution, and means over 2 × 2 pixels. What does not fill another 2 × 2 is left out.


# %% nbgrader={"grade_id": "dense_block", "solution": true}
def dense_block(x, layers, transition):
    """x: (N, C, H, W), layers: a list of tuples of weights -> (N, maps, H, W), or half as high and wide"""
    ### BEGIN SOLUTION
    for layer in layers:
        new = x
        for weight in layer:
            new = F.conv2d(F.relu(new), weight, padding=weight.shape[2] // 2)
        x = torch.cat([x, new], dim=1)
    if transition is not None:
        x = F.avg_pool2d(F.conv2d(F.relu(x), transition), 2)
    return x
    ### END SOLUTION


# %% tags=["folded"]
def dense_layers(seed, channels, *widths):
    """Weights of layers: a number k for a plain one, a pair (b, k) for a bottleneck; and how many maps there are in the end."""
    layers = []
    for width in widths:
        seed += 2
        if isinstance(width, tuple):
            layers.append((numbers(seed, width[0], channels, 1, 1), numbers(seed + 1, width[1], width[0], 3, 3)))
        else:
            layers.append((numbers(seed, width, channels, 3, 3),))
        channels += len(layers[-1][-1])
    return layers, channels


# %% nbgrader={"grade_id": "dense_block_gradients"} tags=["folded"]
def dense_block_gradients(dy, *args):
    return gradients(dense_block, dy, *args)


# %% nbgrader={"grade_id": "test_dense_block", "grade": true, "points": 3}
x, (layers, _) = numbers(9, 1, 2, 1, 3), dense_layers(10, 2, 1)
check_call(dense_block, *tensors((x, layers)), None, want=floats([-1, 3, 3, -1, -3, 1, -6, -14, 1]).reshape(1, 3, 1, 3), label="two channels, one layer")
x, (layers, _) = numbers(0, 2, 2, 2, 1), dense_layers(1, 2, 1, 3)
check_call(dense_block, *tensors((x, layers)), None, want=floats([2, 1, 0, -2, -3, -8, -1, 4, 5, -2, -1, 5, -1, -3, -3, -3, 0, 0, 0, 0, 0, 0, 0, 0]).reshape(2, 6, 2, 1), label="two images of two channels, two layers")
check_call(dense_block, *tensors((x, [])), None, want=x, label="no layer")
### BEGIN HIDDEN TESTS
def by_windows(x, layers):
    for (w,) in layers:
        padded = np.pad(x * (x > 0), ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        x = np.concatenate([x, np.einsum("nchwij,kcij->nkhw", windows, w)], axis=1)
    return x


for seed, shape, widths in [(10, (3, 2, 4, 2), (2, 2, 1)), (20, (1, 3, 5, 5), (1,)), (30, (2, 1, 1, 3), (3, 1, 2))]:
    x, (layers, _) = numbers(seed, *shape), dense_layers(seed, shape[1], *widths)
    check_call(dense_block, *tensors((x, layers)), None, want=by_windows(x, layers), label=f"x of shape {shape}, layers of {widths}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_dense_block_bottleneck", "grade": true, "points": 2}
x, (layers, _) = numbers(0, 2, 2, 1, 3), dense_layers(1, 2, (3, 1))
check_call(dense_block, *tensors((x, layers)), None, want=floats([2, 1, 0, -2, -1, -3, 18, 6, 0, -3, -3, -2, 2, 1, 3, -12, 6, -12]).reshape(2, 3, 1, 3), label="one bottleneck")
x, (layers, _) = numbers(0, 1, 2, 1, 2), dense_layers(1, 2, (3, 1), 1, (1, 2))
check_call(dense_block, *tensors((x, layers)), None, want=floats([2, 1, 0, -2, 18, 6, 24, 34, -303, 66, -111, 96]).reshape(1, 6, 1, 2), label="bottlenecks, one layer without")
### BEGIN HIDDEN TESTS
def by_windows(x, layers):
    for first, second in layers:
        few = np.einsum("nchw,kc->nkhw", x * (x > 0), first[:, :, 0, 0])
        padded = np.pad(few * (few > 0), ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        x = np.concatenate([x, np.einsum("nchwij,kcij->nkhw", windows, second)], axis=1)
    return x


for seed, shape, widths in [(40, (3, 2, 4, 2), ((4, 2), (2, 1))), (50, (1, 3, 2, 5), ((1, 1), (3, 2), (2, 2)))]:
    x, (layers, _) = numbers(seed, *shape), dense_layers(seed, shape[1], *widths)
    check_call(dense_block, *tensors((x, layers)), None, want=by_windows(x, layers), label=f"x of shape {shape}, bottlenecks {widths}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_dense_block_transition", "grade": true, "points": 2}
x, (layers, maps) = numbers(0, 1, 2, 2, 4), dense_layers(1, 2, 1)
args = x, layers, numbers(9, 2, maps, 1, 1)
check_call(dense_block, *tensors(args), want=floats([1.5, 6.75, -3, -6.75]).reshape(1, 2, 1, 2), label="a transition to two maps")
args = numbers(9, 2, 3, 3, 5), [], numbers(10, 1, 3, 1, 1)
check_call(dense_block, *tensors(args), want=floats([3.25, 5.25, 3.75, 8.5]).reshape(2, 1, 1, 2), label="a transition alone, 3 by 5 pixels")
### BEGIN HIDDEN TESTS
for seed, shape, k in [(60, (2, 3, 4, 6), 2), (70, (1, 4, 5, 3), 3)]:
    x, transition = numbers(seed, *shape), numbers(seed + 1, k, shape[1], 1, 1)
    many = np.einsum("nchw,kc->nkhw", np.where(x < 0, 0, x), transition[:, :, 0, 0])
    want = np.zeros((shape[0], k, shape[2] // 2, shape[3] // 2))
    for i, j in np.ndindex(want.shape[2:]):
        want[:, :, i, j] = many[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean(axis=(2, 3))
    check_call(dense_block, *tensors((x, [], transition)), want=want, label=f"a transition alone, x of shape {shape}, {k} maps")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_dense_block_gradients", "grade": true, "points": 2}
args, dy = uneven((numbers(9, 1, 3, 1, 2), dense_layers(10, 3, (1, 2))[0], None)), numbers(16, 1, 5, 1, 2)
check_call(dense_block_gradients, dy, *args, want=(floats([0, -4.2607, 2, 0, 2, -13.4807]).reshape(1, 3, 1, 2), floats([-10.4807, 0, -4.2607]).reshape(1, 3, 1, 1), floats([0, 0, 0, 0, -9.2338, 0, 0, 0, 0, 0, 0, 0, 0, 9.2338, -27.7014, 0, 0, 0]).reshape(2, 1, 3, 3)), label="two pixels, a bottleneck")
args, dy = uneven((numbers(0, 1, 1, 2, 2), dense_layers(1, 1, 1)[0], numbers(5, 3, 2, 1, 1))), floats([4, 8, -4]).reshape(1, 3, 1, 1)
check_call(dense_block_gradients, dy, *args, want=(floats([11.7138, -21.9862, -15.2462, 0]).reshape(1, 1, 2, 2), floats([15.9738, 9.2338, 0, 2.4938, 0, 0, 0, 0, 0]).reshape(1, 1, 3, 3), floats([4.11, 1.4107, 8.22, 2.8214, -4.11, -1.4107]).reshape(3, 2, 1, 1)), label="four pixels, a transition")
### BEGIN HIDDEN TESTS
def by_windows(x, layers, transition):
    for first, second in layers:
        few = np.einsum("nchw,kc->nkhw", x * (x > 0), first[:, :, 0, 0])
        padded = np.pad(few * (few > 0), ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        x = np.concatenate([x, np.einsum("nchwij,kcij->nkhw", windows, second)], axis=1)
    many = np.einsum("nchw,kc->nkhw", x * (x > 0), transition[:, :, 0, 0])
    return (many[:, :, ::2, ::2] + many[:, :, 1::2, ::2] + many[:, :, ::2, 1::2] + many[:, :, 1::2, 1::2]) / 4


rng = np.random.default_rng(80)
layers, maps = dense_layers(81, 2, (2, 1), (1, 2))
layers = [tuple(rng.normal(size=w.shape) for w in layer) for layer in layers]
args, dy = (rng.normal(size=(2, 2, 2, 4)), layers, rng.normal(size=(3, maps, 1, 1))), rng.normal(size=(2, 3, 1, 2))
check_call(dense_block_gradients, dy, *args, want=slopes(by_windows, dy, *args), rtol=1e-4, atol=1e-6, label="by differences")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: twelve layers of four maps each, on eight maps. The loss looks at the last layer's four maps alone, and yet every layer gets a gradient
# that is far from 0, since the last layer sees the maps of all of them. In ours the largest of the first eleven is 4.2 times the smallest.

# %%
generator = torch.Generator().manual_seed(0)
twelve = [(torch.randn(4, 8 + 4 * k, 3, 3, generator=generator, dtype=torch.float64) * (2 / 9 / (8 + 4 * k)) ** 0.5,) for k in range(12)]
for (weight,) in twelve:
    weight.requires_grad_()
eight_maps = torch.randn(16, 8, 8, 8, generator=generator, dtype=torch.float64)
dense_block(eight_maps, twelve, None)[:, -4:].square().mean().backward()
lengths = [weight.grad.norm().item() for (weight,) in twelve]
_, ax = plt.subplots(figsize=(6, 2.5))
ax.bar(range(1, 13), lengths)
_ = ax.set(xlabel="layer", ylabel="length of its gradient", title=f"largest over smallest: {max(lengths[:-1]) / min(lengths[:-1]):.2g}")

# %% [markdown]
# ## 5 · Many networks at once
#
# ### Exercise `fabric_node` (8 points, *torch*)
#
# *Read {{ read sec-architectures-dense }} first. About 25 minutes.*
#
# Write `fabric_node(same, finer, coarser, weights)`. A *convolutional neural fabric* (Saxena & Verbeek 2016) is a grid of layers × scales. Each
# node gets maps from up to three nodes of the layer before: at its own scale, at the finer one, and at the coarser one. It adds up a 3 × 3 convolution of each, and takes
# the ReLU. A node of 2 × 2 pixels, and one coarser pixel:
#
# ```python
# same, coarser = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.tensor([[[[10.0]]]])
# one, row = F.pad(torch.ones(1, 1, 1, 1), [1] * 4), F.pad(torch.tensor([[[[5.0, 7.0, 9.0]]]]), [0, 0, 1, 1])
# weights = {"same": one, "coarser": row}  # 3 × 3: a 1 in the middle; a middle row of 5 7 9
# fabric_node(same, None, coarser, weights)
# # [[[[71., 52.], [ 3.,  4.]]]]: 1 + 7 · 10 and 2 + 5 · 10
# ```
#
# | | |
# |---|---|
# | `same` | (N, C, H, W), or `None` |
# | `finer` | (N, C, 2H, 2W), or `None` |
# | `coarser` | (N, C, H/2, W/2), or `None` |
# | `weights` | a dictionary with `"same"`, `"finer"` and `"coarser"`, each (K, C, 3, 3) |
# | returns | (N, K, H, W) |
#
# - **From the finer scale** the convolution takes steps of two pixels, and is padded with 1 as all are: its windows are centred at the pixels (0, 0), (0, 2), …
# - **From the coarser scale** each pixel (i, j) is put at (2i, 2j) among zeros, and then comes an ordinary convolution over the H × W pixels.
# - **At the border of the grid** there are no finer or no coarser maps, and a pruned fabric may lack any of them. At least one is there.
# - **One ReLU**, of the sum.


# %% nbgrader={"grade_id": "fabric_node", "solution": true}
def fabric_node(same, finer, coarser, weights):
    """same: (N, C, H, W), finer: (N, C, 2H, 2W), coarser: (N, C, H/2, W/2) -> (N, K, H, W)"""
    ### BEGIN SOLUTION
    terms = []
    if same is not None:
        terms.append(F.conv2d(same, weights["same"], padding=1))
    if finer is not None:
        terms.append(F.conv2d(finer, weights["finer"], stride=2, padding=1))
    if coarser is not None:
        n, channels, height, width = coarser.shape
        spread = coarser.new_zeros(n, channels, 2 * height, 2 * width)
        spread[:, :, ::2, ::2] = coarser
        terms.append(F.conv2d(spread, weights["coarser"], padding=1))
    return F.relu(sum(terms))
    ### END SOLUTION


# %% tags=["folded"]
def node_inputs(seed, n, channels, height, width, k):
    """Arguments of fabric_node."""
    sizes = [(height, width), (2 * height, 2 * width), (height // 2, width // 2)]
    maps = [numbers(seed + s, n, channels, *size) for s, size in enumerate(sizes)]
    names = ["same", "finer", "coarser"]
    return *maps, {name: numbers(seed + 3 + s, k, channels, 3, 3) for s, name in enumerate(names)}


# %% nbgrader={"grade_id": "fabric_node_gradients"} tags=["folded"]
def fabric_node_gradients(dy, *args):
    return gradients(fabric_node, dy, *args)


# %% nbgrader={"grade_id": "test_fabric_node", "grade": true, "points": 2}
same, _, _, weights = node_inputs(0, 1, 1, 2, 4, 2)
check_call(fabric_node, *tensors((same, None, None, weights)), want=floats([6, 0, 0, 0, 0, 3, 12, 18, 0, 0, 2, 3, 4, 0, 0, 0]).reshape(1, 2, 2, 4), label="the same scale alone")
### BEGIN HIDDEN TESTS
for seed, size in [(10, (2, 3, 4, 2, 2)), (20, (1, 2, 2, 6, 3)), (30, (3, 1, 4, 4, 1))]:
    same, _, _, weights = node_inputs(seed, *size)
    padded, y = np.pad(same, ((0, 0), (0, 0), (1, 1), (1, 1))), np.zeros((len(same), size[4], *same.shape[2:]))
    for i, j in np.ndindex(y.shape[2:]):
        y[:, :, i, j] = np.einsum("ncpq,kcpq->nk", padded[:, :, i : i + 3, j : j + 3], weights["same"])
    check_call(fabric_node, *tensors((same, None, None, weights)), want=np.maximum(y, 0), label=f"the same scale alone, sizes {size}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fabric_node_finer", "grade": true, "points": 2}
_, finer, _, weights = node_inputs(0, 2, 2, 1, 2, 1)
check_call(fabric_node, *tensors((None, finer, None, weights)), want=floats([8, 0, 0, 0]).reshape(2, 1, 1, 2), label="the finer scale alone")
same, finer, _, weights = node_inputs(0, 1, 1, 3, 2, 2)
check_call(fabric_node, *tensors((same, finer, None, weights)), want=floats([13, 0, 0, 28, 0, 0, 0, 22, 2, 0, 19, 0]).reshape(1, 2, 3, 2), label="no coarser scale")
### BEGIN HIDDEN TESTS
def by_places(finer, weight):
    n, _, height, width = finer.shape
    padded, y = np.pad(finer, ((0, 0), (0, 0), (1, 0), (1, 0))), np.zeros((n, len(weight), height // 2, width // 2))
    for i, j in np.ndindex(y.shape[2:]):
        y[:, :, i, j] = np.einsum("ncpq,kcpq->nk", padded[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3], weight)
    return np.maximum(y, 0)


for seed, size in [(50, (2, 3, 2, 4, 2)), (60, (1, 1, 3, 3, 3))]:
    _, finer, _, weights = node_inputs(seed, *size)
    check_call(fabric_node, *tensors((None, finer, None, weights)), want=by_places(finer, weights["finer"]), label=f"the finer scale alone, sizes {size}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fabric_node_coarser", "grade": true, "points": 2}
_, _, coarser, weights = node_inputs(0, 1, 1, 2, 4, 2)
check_call(fabric_node, *tensors((None, None, coarser, weights)), want=floats([0, 4, 0, 0, 4, 8, 0, 0, 0, 6, 2, 0, 0, 0, 4, 6]).reshape(1, 2, 2, 4), label="the coarser scale alone")
same, _, coarser, weights = node_inputs(0, 2, 2, 2, 2, 1)
check_call(fabric_node, *tensors((same, None, coarser, weights)), want=floats([3, 0, 3, 16, 6, 0, 0, 0]).reshape(2, 1, 2, 2), label="no finer scale")
### BEGIN HIDDEN TESTS
for seed, (n, channels, height, width, k) in [(80, (2, 3, 2, 4, 2)), (90, (1, 2, 6, 4, 3))]:
    _, _, coarser, weights = node_inputs(seed, n, channels, height, width, k)
    y = np.zeros((n, k, height + 2, width + 2))  # each pixel writes the filter, turned round, around its place
    for i, j in np.ndindex(coarser.shape[2:]):
        y[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += np.einsum("nc,kcpq->nkpq", coarser[:, :, i, j], weights["coarser"][:, :, ::-1, ::-1])
    want = np.maximum(y[:, :, 1:-1, 1:-1], 0)
    check_call(fabric_node, *tensors((None, None, coarser, weights)), want=want, label=f"the coarser scale alone, {coarser.shape}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fabric_node_gradients", "grade": true, "points": 2}
args, dy = uneven(node_inputs(0, 1, 1, 2, 4, 1)), numbers(7, 1, 1, 2, 4)
check_call(fabric_node_gradients, dy, *args, want=(floats([-6.52, 10.22, -12.52, -2.89, 7.48, -9.78, 7.48, 12.11]).reshape(1, 1, 2, 4), floats([10.11, 10.48, 3.37, 3.37, 0, 1.11, 10.11, 10.11, -7.89, 4.48, -2.63, 5.11, 6.74, 12.11, -14.63, -5.63, 0, 0, 0, 0.74, 6.74, 6, -6.74, -6.74, 0, 0, 0, 6.74, -5.26, -6, 5.26, -0.74]).reshape(1, 1, 4, 8), floats([3.48, 9.48]).reshape(1, 1, 1, 2), floats([2, 4, -3.26, 3.48, 3.59, -0.78, -8.52, -12.41, -10.52]).reshape(1, 1, 3, 3), floats([-6, 0, 6, -14.52, 12.59, 18.59, 12.48, -6.41, -6.41]).reshape(1, 1, 3, 3), floats([3.26, -3.26, 0, -2.52, 7.11, -1.63, 0, 0, 0]).reshape(1, 1, 3, 3)), label="eight pixels")
### BEGIN HIDDEN TESTS
def by_places(same, finer, coarser, weights):
    height, width = same.shape[2:]
    y = np.zeros((len(same), len(weights["same"]), height, width))
    for i, j, p, q in np.ndindex(height, width, 3, 3):
        r, c = i + p - 1, j + q - 1
        if 0 <= r < height and 0 <= c < width:
            y[:, :, i, j] += same[:, :, r, c] @ weights["same"][:, :, p, q].T
            if r % 2 == 0 and c % 2 == 0:
                y[:, :, i, j] += coarser[:, :, r // 2, c // 2] @ weights["coarser"][:, :, p, q].T
        r, c = 2 * i + p - 1, 2 * j + q - 1
        if 0 <= r < 2 * height and 0 <= c < 2 * width:
            y[:, :, i, j] += finer[:, :, r, c] @ weights["finer"][:, :, p, q].T
    return np.maximum(y, 0)


rng = np.random.default_rng(103)
args = *(rng.normal(size=(1, 2, *size)) for size in [(2, 2), (4, 4), (1, 1)]), {name: rng.normal(size=(2, 2, 3, 3)) for name in ["same", "finer", "coarser"]}
dy = rng.normal(size=(1, 2, 2, 2))
check_call(fabric_node_gradients, dy, *args, want=slopes(by_places, dy, *args), rtol=1e-4, atol=1e-6, label="by differences")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: which operations lie in a fabric? With the right filters, the way from the coarser scale enlarges bilinearly, and the way from the
# finer one takes means over 2 × 2. Ours shows a cat made half as large, and enlarged again.

# %%
tent, mean_of_four = floats([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4, floats([[0, 0, 0], [0, 1, 1], [0, 1, 1]]) / 4
fixed = {"coarser": torch.tensor(tent)[None, None], "finer": torch.tensor(mean_of_four)[None, None]}
halved = fabric_node(None, torch.tensor(cat), None, fixed)
enlarged = fabric_node(None, None, halved, fixed)
_, axes = plt.subplots(1, 3, figsize=(10, 3))
for ax, grey, title in zip(axes, [cat, halved, enlarged], ["finer", "node", "and back"]):
    ax.imshow(grey[0, 0], cmap="gray", vmin=0, vmax=1)
    ax.set(title=f"{title}: {grey.shape[2]} × {grey.shape[3]}")
    ax.axis("off")

# %% [markdown]
# ## 6 · Enough for now
#
# ### Exercise `early_exit` (11 points)
#
# *Read {{ read sec-architectures-dense }} first. About 30 minutes.*
#
# A network with classifiers along the way can answer as soon as it is sure. Write `early_exit(scores, costs, threshold, budgets)`, with NumPy:
# where does each image leave, and what has it cost? Two exits, two images and three classes:
#
# ```python
# scores = np.log([[[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], [[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]])
# early_exit(scores, np.array([3.0, 5.0]), 0.6, np.array([9.0, 9.0]))
# # ([0, 2], [0, 1], [3., 5.]): the first image leaves at the first exit, for 3
# early_exit(scores, np.array([3.0, 5.0]), 0.6, np.array([9.0, 4.0]))
# # ([0, 0], [0, 0], [3., 3.]): with 4 to spend, the second must answer there, too
# ```
#
# | | |
# |---|---|
# | `scores` | (E, N, C): of every exit, for every image and class, before the softmax |
# | `costs` | (E,), increasing: what it costs to get from the image *to* each exit, all before it included |
# | `threshold` | from 0 to 1 |
# | `budgets` | (N,): what each image may cost |
# | returns | `(answers, exits, spent)`, each (N,): classes and exits are whole numbers |
#
# - **Sure** is an exit where the largest probability, by the softmax of its scores, is at least the threshold, without a tolerance. An image leaves at the first exit
#   that is sure, and gets the class with the largest score there; of equal ones the first.
# - **The budget** decides which exits an image can reach: those that cost at most as much. Where none of them is sure, the last that can be reached answers. So the
#   last of all always answers, if it can be reached.
# - **Nothing to spend**: where not even the first exit can be reached, the answer and the exit are −1 and 0 is spent.
# - **Large scores**, such as 1000, have a softmax as well, without overflow.
# - **No Python loop**, nor a comprehension, over the images.


# %% nbgrader={"grade_id": "early_exit", "solution": true}
def early_exit(scores, costs, threshold, budgets):
    """scores: (E, N, C), costs: (E,), budgets: (N,) -> answers, exits, spent: (N,)"""
    ### BEGIN SOLUTION
    shifted = scores - scores.max(axis=2, keepdims=True)
    sure = 1 / np.exp(shifted).sum(axis=2) >= threshold  # (E, N): the largest probability is exp(0) / sum
    first = np.where(sure.any(axis=0), sure.argmax(axis=0), len(costs))
    last = (costs[:, None] <= budgets).sum(axis=0) - 1
    exits = np.minimum(first, last)
    answers = scores.argmax(axis=2)[exits, np.arange(len(exits))]
    left = exits >= 0
    return np.where(left, answers, -1), exits, np.where(left, costs[exits], 0.0)
    ### END SOLUTION


# %% tags=["folded"]
def some_scores(seed, exits, images, classes):
    rng = np.random.default_rng(seed)
    return 1.5 * rng.normal(size=(exits, images, classes)) + 2 * rng.normal(size=(exits, images, 1))


# %% nbgrader={"grade_id": "test_early_exit", "grade": true, "points": 3}
scores, prices = some_scores(0, 4, 24, 4), floats([2, 3, 6, 8])
scores[1, 14] *= 1.05  # sure nowhere, and surest at the second exit
check_call(early_exit, scores, prices, 0.6, np.full(24, 20.0), want=(np.array([0, 3, 3, 0, 3, 1, 0, 3, 3, 3, 1, 3, 0, 1, 3, 2, 3, 0, 2, 3, 1, 3, 3, 3]), np.array([1, 2, 2, 2, 0, 0, 0, 2, 1, 0, 2, 0, 0, 1, 3, 0, 2, 1, 0, 0, 1, 2, 1, 0]), floats([3, 6, 6, 6, 2, 2, 2, 6, 3, 2, 6, 2, 2, 3, 8, 2, 6, 3, 2, 2, 3, 6, 3, 2])), label="four exits, 24 images")
### BEGIN HIDDEN TESTS
def by_loops(scores, costs, threshold, budgets):
    rows = []
    for n, budget in enumerate(budgets):
        row = (-1, -1, 0.0)
        for e, cost in enumerate(costs):
            if cost <= budget:
                p = np.exp(scores[e, n]) / np.exp(scores[e, n]).sum()
                row = (int(p.argmax()), e, cost)
                if p.max() >= threshold:
                    break
        rows.append(row)
    answers, exits, spent = zip(*rows)
    return np.array(answers), np.array(exits), np.array(spent)


rng = np.random.default_rng(0)
for (e, n, c), threshold in [((4, 7, 3), 0.6), ((2, 5, 6), 0.4), ((5, 1, 2), 0.9), ((1, 4, 3), 0.7)]:
    scores, prices = 2 * rng.normal(size=(e, n, c)), rng.uniform(1, 3, size=e).cumsum()
    check_call(early_exit, scores, prices, threshold, np.full(n, 99.0), want=by_loops(scores, prices, threshold, np.full(n, 99.0)), label=f"{e} exits, {n} images, {c} classes")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_early_exit_budget", "grade": true, "points": 3}
scores, prices = some_scores(1, 4, 24, 4), floats([2, 3, 6, 8])
budgets = floats([7, 3, 3.5, 9, 6, 7, 2, 2.5, 8, 4, 6.5, 3.5] * 2)
check_call(early_exit, scores, prices, 0.6, budgets, want=(np.array([0, 1, 0, 3, 2, 2, 2, 2, 1, 1, 2, 1, 2, 2, 0, 1, 0, 2, 3, 2, 0, 3, 0, 2]), np.array([2, 1, 1, 0, 2, 2, 0, 0, 0, 1, 2, 1, 2, 1, 0, 3, 1, 0, 0, 0, 0, 1, 1, 0]), floats([6, 3, 3, 2, 6, 6, 2, 2, 2, 3, 6, 3, 6, 3, 2, 8, 3, 2, 2, 2, 2, 3, 3, 2])), label="24 images, with different budgets")
### BEGIN HIDDEN TESTS
def by_loops(scores, costs, threshold, budgets):
    rows = []
    for n, budget in enumerate(budgets):
        row = (-1, -1, 0.0)
        for e, cost in enumerate(costs):
            if cost <= budget:
                p = np.exp(scores[e, n]) / np.exp(scores[e, n]).sum()
                row = (int(p.argmax()), e, cost)
                if p.max() >= threshold:
                    break
        rows.append(row)
    answers, exits, spent = zip(*rows)
    return np.array(answers), np.array(exits), np.array(spent)


rng = np.random.default_rng(1)
for (e, n, c), threshold in [((4, 9, 3), 0.6), ((3, 6, 5), 0.5), ((6, 8, 2), 0.9)]:
    scores, prices = 2 * rng.normal(size=(e, n, c)), rng.integers(1, 4, size=e).cumsum().astype(np.float64)
    budgets = rng.integers(prices[0], prices[-1] + 2, size=n).astype(np.float64)
    check_call(early_exit, scores, prices, threshold, budgets, want=by_loops(scores, prices, threshold, budgets), label=f"{n} budgets, {e} exits")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_early_exit_nothing_to_spend", "grade": true, "points": 1}
scores, budgets = some_scores(2, 3, 16, 3), floats([2.5, 1.5, 0, 4, 1, 9, 1.9, 3.5] * 2)
scores[1, 15], scores[1:, 11], scores[1, 7] = 1.7 * scores[1, 15], 0.3 * scores[1:, 11], 0.1 * scores[1, 7]  # where none is sure
scores[1, [1, 2, 4, 6]] *= 9
check_call(early_exit, scores, floats([2, 3, 6]), 0.7, budgets, want=(np.array([0, -1, -1, 1, -1, 1, -1, 1, 2, -1, -1, 1, -1, 2, -1, 2]), np.array([0, -1, -1, 0, -1, 1, -1, 1, 0, -1, -1, 1, -1, 0, -1, 1]), floats([2, 0, 0, 2, 0, 3, 0, 3, 2, 0, 0, 3, 0, 2, 0, 3])), label="budgets below the first cost")
### BEGIN HIDDEN TESTS
scores = np.random.default_rng(2).normal(size=(3, 4, 2))
want = np.array([-1, scores[0, 1].argmax(), -1, scores[1, 3].argmax()]), np.array([-1, 0, -1, 1]), floats([0, 2, 0, 4])
check_call(early_exit, scores, floats([2, 4, 5]), 1.0, floats([1, 3, 1.9, 4.5]), want=want, label="two of four have too little")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_early_exit_at_the_edge", "grade": true, "points": 2}
scores = some_scores(3, 4, 24, 4).round(1)
scores[0, ::2, 0] = scores[0, ::2, 1:].max(axis=1)
scores[1, 1::2, 3] = scores[1, 1::2, :3].max(axis=1)
scores[:, ::3] *= 400
check_call(early_exit, scores, floats([1, 2, 4, 7]), 0.5, np.full(24, 7.5), want=(np.array([0, 0, 0, 0, 3, 1, 0, 1, 0, 1, 2, 2, 0, 3, 2, 3, 2, 2, 0, 0, 3, 0, 1, 1]), np.array([0, 3, 2, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 2, 3, 0, 2, 0, 0, 0, 1, 0, 2, 0]), floats([1, 7, 4, 1, 2, 1, 1, 1, 2, 1, 2, 1, 1, 4, 7, 1, 4, 1, 1, 1, 2, 1, 4, 1])), label="large scores, equal classes and a threshold of exactly that")
scores = floats([[[1, 0]], [[0, 2]]])  # 1 / (1 + 1/e) = 0.731058578…
check_call(early_exit, scores, floats([1, 2]), 0.73105858, floats([3]), want=(np.array([1]), np.array([1]), floats([2])), label="a little below the threshold")
### BEGIN HIDDEN TESTS
scores = floats([[[800, 1600, 800, 1600]], [[-900, -900, -900, -900]], [[-5000, 0, 0, 0]]])
for threshold, e, answer in [(0.25, 0, 1), (0.5, 0, 1), (0.6, 2, 1)]:
    want = np.array([answer]), np.array([e]), floats([[1, 2, 7][e]])
    check_call(early_exit, scores, floats([1, 2, 7]), threshold, floats([7.5]), want=want, label=f"large equal scores, threshold {threshold}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_early_exit_no_loop", "grade": true, "points": 2}
few, many = ((np.ones((3, n, 4)), floats([1, 2, 3]), 0.5, np.full(n, 2.5)) for n in [4, 400])
check_no_loop(early_exit, few, many, label="many images")
### BEGIN HIDDEN TESTS
few, many = ((np.ones((2, n, 3)), floats([1, 4]), 0.2, np.arange(float(n))) for n in [3, 300])
check_no_loop(early_exit, few, many, label="more images")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: accuracy against cost, for 3,000 invented images, four exits and 50 thresholds. The later an exit, the more clearly it sees. Each point is one threshold,
# and the crosses are networks with one of the exits alone. Where images are easy or hard, leaving early wins: with ours, 90 % are reached at an average cost of 1.3.

# %%
invented = np.random.default_rng(0)
truth, blur = invented.integers(0, 5, 3000), invented.exponential(0.4, size=(3000, 1)) + 0.1
clearer = []
for e in range(1, 5):  # what the exit sees, and the scores that follow from it by Bayes' rule
    seen_there = np.eye(5)[truth] + blur / e**0.5 * invented.normal(size=(3000, 5))
    clearer.append(seen_there * e / blur**2)
clearer = np.stack(clearer)
prices, enough = np.arange(1.0, 5.0), np.full(3000, 9.0)
curve = []
for certainty in np.linspace(0.3, 1, 50):
    named, _, paid = early_exit(clearer, prices, certainty, enough)
    curve.append((paid.mean(), (named == truth).mean()))
_, ax = plt.subplots(figsize=(6, 3))
ax.plot(*zip(*curve), "o-", markersize=3, label="leave when sure")
ax.plot(prices, [(early_exit(clearer, prices, 1.0, np.full(3000, price))[0] == truth).mean() for price in prices], "x", label="one exit for all")
ax.set(xlabel="average cost", ylabel="accuracy")
ax.legend()
print(f"90 % at an average cost of {min(cost for cost, right in curve if right >= 0.9):.1f}")

# %% [markdown]
# ## 7 · What a unit responds to
#
# ### Exercise `top_patches` (11 points)
#
# *Read {{ read sec-architectures-units }} and {{ read sec-conv-field-recursion }} first. About 40 minutes.*
#
# Write `top_patches(maps, layers, size, k)`, with NumPy: a unit's k strongest responses, and the piece of the image that each of them sees. Two images of one row
# and six pixels, and one layer with windows of three pixels, in steps of two and padded with one:
#
# ```python
# maps = np.array([[[1.0, 8.0, 3.0]], [[7.0, 2.0, 0.0]]])  # (2, 1, 3)
# top_patches(maps, [(3, 2, 1)], (1, 6), 2)
# # ([8., 7.],         the windows of the middle response and of the left one
# #  [[0, 0, 1, 1, 4],     image 0, row 0 to 1, columns 1 to 4
# #   [1, 0, 1, 0, 2]])    image 1, row 0 to 1, columns 0 to 2: the window begins outside
# ```
#
# | | |
# |---|---|
# | `maps` | (N, h, w): the responses of one unit, for N images |
# | `layers` | below the unit, the one at the image first: (kernel, stride, padding), the same in both directions |
# | `size` | (H, W) of the images |
# | `k` | how many patches at most |
# | returns | `(values, boxes)`: (m,) and whole numbers (m, 5), where m is the smaller of k and N |
#
# - **One patch for each image**: that of its largest response; of equal ones the first, row by row. Neighbouring responses see nearly the same patch, and
#   nine of one image teach little.
# - **In order**: the largest response first; of images with equal responses that with the smaller number.
# - **A box** is (image, top, bottom, left, right), so that `image[:, top:bottom, left:right]` is the patch. It holds all pixels that can influence the response: its whole
#   *receptive field*, through all layers.
# - **Padding** shifts every field up and to the left, so that fields at the border can begin outside of the image. What lies outside, on any side, is
#   cut off the box. Every field has some of its pixels in the image.


# %% nbgrader={"grade_id": "top_patches", "solution": true}
def top_patches(maps, layers, size, k):
    """maps: (N, h, w), layers: [(kernel, stride, padding), …], size: (H, W) -> values: (m,), boxes: (m, 5)"""
    ### BEGIN SOLUTION
    field, jump, start = 1, 1, 0
    for kernel, stride, padding in layers:
        field += (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    flat = maps.reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1), kind="stable")[:k]
    places = np.unravel_index(flat[images].argmax(axis=1), maps.shape[1:])
    sides = []
    for place, pixels in zip(places, size):
        first = start + place * jump
        sides += [np.maximum(first, 0), np.minimum(first + field, pixels)]
    return flat.max(axis=1)[images], np.stack([images, *sides], axis=1)
    ### END SOLUTION


# %% tags=["folded"]
def some_maps(seed, n, height, width):
    """Different numbers of both signs; in the last image all are negative."""
    maps = np.random.default_rng(seed).permutation(n * height * width).reshape(n, height, width) - 0.45 * n * height * width
    maps[-1] -= 2 * n * height * width
    return maps


# %% nbgrader={"grade_id": "test_top_patches", "grade": true, "points": 3}
maps = some_maps(0, 7, 3, 5)
check_call(top_patches, maps, [(1, 1, 0)], (3, 5), 4, want=(floats([56.75, 55.75, 54.75, 51.75]), np.array([[3, 2, 3, 0, 1], [5, 0, 1, 4, 5], [1, 0, 1, 1, 2], [0, 1, 2, 4, 5]])), label="four of seven images, boxes of one pixel")
check_call(top_patches, maps[4:], [(1, 1, 0)], (3, 5), 9, want=(floats([55.75, 49.75, -162.25]), np.array([[1, 0, 1, 4, 5], [0, 2, 3, 4, 5], [2, 2, 3, 4, 5]])), label="more than there are")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(0)
for (n, h, w), k in [((5, 3, 4), 2), ((3, 2, 6), 3), ((6, 1, 5), 8)]:
    maps = rng.permutation(n * h * w).reshape(n, h, w) - 10.0
    best = sorted(((maps[i].max(), i) for i in range(n)), reverse=True)[:k]
    boxes = []
    for value, i in best:
        [[r, c]] = np.argwhere(maps[i] == value)
        boxes.append([i, r, r + 1, c, c + 1])
    check_call(top_patches, maps, [(1, 1, 0)], (h, w), k, want=(floats([value for value, _ in best]), np.array(boxes)), label=f"maps of shape {(n, h, w)}, {k} patches")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_top_patches_field", "grade": true, "points": 4}
maps = some_maps(1, 8, 4, 5)
check_call(top_patches, maps, [(3, 2, 0), (2, 3, 0), (4, 1, 0)], (44, 50), 5, want=(floats([87, 83, 80, 79, 78]), np.array([[4, 0, 23, 6, 29], [5, 6, 29, 24, 47], [6, 0, 23, 6, 29], [0, 6, 29, 24, 47], [3, 18, 41, 12, 35]])), label="three layers")
check_call(top_patches, maps, [(3, 1, 0), (4, 2, 0)], (12, 14), 5, want=(floats([87, 83, 80, 79, 78]), np.array([[4, 0, 6, 2, 8], [5, 2, 8, 8, 14], [6, 0, 6, 2, 8], [0, 2, 8, 8, 14], [3, 6, 12, 4, 10]])), label="two layers, the second with stride 2")
### BEGIN HIDDEN TESTS
def by_marking(maps, layers, size, k):
    """The first and last row and column from which something comes: layer by layer, from the top down."""
    boxes = []
    for i in sorted(range(len(maps)), key=lambda i: -maps[i].max())[:k]:
        row = [i]
        for place, pixels in zip(np.argwhere(maps[i] == maps[i].max())[0], size):
            first = last = place
            for kernel, stride, padding in reversed(layers):
                first, last = first * stride - padding, last * stride - padding + kernel - 1
            seen = [pixel for pixel in range(first, last + 1) if 0 <= pixel < pixels]
            row += [seen[0], seen[-1] + 1]
        boxes.append(row)
    return np.array(boxes)


rng = np.random.default_rng(2)
for layers, (h, w) in [([(5, 1, 0), (2, 2, 0)], (4, 3)), ([(4, 3, 0), (3, 1, 0), (2, 2, 0), (3, 1, 0)], (3, 5))]:
    maps, pixels = rng.normal(size=(4, h, w)), [h, w]
    for kernel, stride, _ in reversed(layers):
        pixels = [(n - 1) * stride + kernel for n in pixels]
    check_call(top_patches, maps, layers, tuple(pixels), 4, want=(..., by_marking(maps, layers, pixels, 4)), label=f"{len(layers)} layers, images of {pixels}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_top_patches_padding", "grade": true, "points": 3}
maps = some_maps(2, 9, 3, 4)
check_call(top_patches, maps, [(5, 3, 1), (3, 1, 2)], (9, 12), 7, want=(floats([58.4, 57.4, 56.4, 54.4, 52.4, 49.4, 48.4]), np.array([[0, 0, 4, 0, 7], [7, 0, 4, 0, 10], [5, 0, 7, 2, 12], [4, 0, 9, 2, 12], [3, 0, 9, 2, 12], [2, 0, 9, 0, 4], [1, 0, 7, 0, 7]])), label="two layers with strides and padding")
check_call(top_patches, maps, [(3, 2, 0), (3, 1, 1)], (7, 10), 8, want=(floats([58.4, 57.4, 56.4, 54.4, 52.4, 49.4, 48.4, 37.4]), np.array([[0, 0, 5, 0, 7], [7, 0, 5, 2, 9], [5, 0, 7, 4, 10], [4, 2, 7, 4, 10], [3, 2, 7, 4, 10], [2, 2, 7, 0, 5], [1, 0, 7, 0, 7], [6, 0, 5, 4, 10]])), label="padding in the second layer alone")
### BEGIN HIDDEN TESTS
def by_marking(maps, layers, size, k):
    boxes = []
    for i in sorted(range(len(maps)), key=lambda i: -maps[i].max())[:k]:
        row = [i]
        for place, pixels in zip(np.argwhere(maps[i] == maps[i].max())[0], size):
            first = last = place
            for kernel, stride, padding in reversed(layers):
                first, last = first * stride - padding, last * stride - padding + kernel - 1
            seen = [pixel for pixel in range(first, last + 1) if 0 <= pixel < pixels]
            row += [seen[0], seen[-1] + 1]
        boxes.append(row)
    return np.array(boxes)


rng = np.random.default_rng(3)
for layers, (h, w) in [([(3, 1, 1), (3, 1, 1), (2, 2, 0)], (4, 3)), ([(7, 2, 3), (3, 2, 1), (3, 1, 1)], (3, 5)), ([(4, 1, 1), (5, 3, 2)], (5, 2))]:
    maps, pixels = rng.normal(size=(9, h, w)), [h, w]
    for kernel, stride, padding in reversed(layers):
        pixels = [(n - 1) * stride + kernel - 2 * padding for n in pixels]
    check_call(top_patches, maps, layers, tuple(pixels), 9, want=(..., by_marking(maps, layers, pixels, 9)), label=f"{len(layers)} layers with padding, images of {pixels}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_top_patches_equal", "grade": true, "points": 1}
maps = floats([[[1, 5, 5], [5, 5, 0]], [[6, 0, 2], [1, 1, 1]], [[2, 2, 5], [5, 2, 2]], [[1, 6, 6], [6, 2, 1]], [[2, 0, 1], [6, 1, 0]]])
check_call(top_patches, maps, [(1, 1, 0)], (2, 3), 4, want=(floats([6, 6, 6, 5]), np.array([[1, 0, 1, 0, 1], [3, 0, 1, 1, 2], [4, 1, 2, 0, 1], [0, 0, 1, 1, 2]])), label="equal responses")
maps, first = floats([1, 3, 2] * 20).reshape(60, 1, 1), [*range(1, 60, 3), 2]
check_call(top_patches, maps, [(1, 1, 0)], (1, 1), 21, want=(floats([3] * 20 + [2]), np.array([[i, 0, 1, 0, 1] for i in first])), label="equal responses of sixty images")
### BEGIN HIDDEN TESTS
maps = np.zeros((20, 2, 2))
maps[[3, 17, 5], 1, :], maps[11, :, 0] = 1, 1
want = floats([1, 1, 1, 1, 0]), np.array([[3, 1, 2, 0, 1], [5, 1, 2, 0, 1], [11, 0, 1, 0, 1], [17, 1, 2, 0, 1], [0, 0, 1, 0, 1]])
check_call(top_patches, maps, [(1, 1, 0)], (2, 2), 5, want=want, label="equal responses of twenty images")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: 400 images of `shapes` through two layers of random filters. For four units of the second layer, the eight patches that excite it most.
# Nothing has been trained here, and yet each row looks alike: every unit prefers something.

# %%
shapes = data.load("shapes", n_train=2000, n_test=500, seed=1)
generator = torch.Generator().manual_seed(3)
random_filters = torch.randn(8, 3, 5, 5, generator=generator), torch.randn(8, 8, 3, 3, generator=generator)
first_layer = F.relu(F.conv2d(torch.tensor(shapes.x_train[:400]) - 0.5, random_filters[0], stride=2, padding=2))
responses = F.conv2d(first_layer, random_filters[1], padding=1).numpy()  # (400, 8, 16, 16)
_, axes = plt.subplots(4, 8, figsize=(8, 4.2))
for unit, row_of_axes in enumerate(axes):
    _, patches = top_patches(responses[:, unit], [(5, 2, 2), (3, 1, 1)], (32, 32), 8)
    for ax, (image, top, bottom, left, right) in zip(row_of_axes, patches):
        ax.imshow(shapes.x_train[image, :, top:bottom, left:right].transpose(1, 2, 0))
        ax.axis("off")

# %% [markdown]
# ## 8 · Where it looked
#
# ### Exercise `grad_cam` (10 points, *torch*)
#
# *Read {{ read sec-architectures-units }} first. About 35 minutes.*
#
# Write `grad_cam(features, head, x, labels)`: which places of an image speak for a class? Grad-CAM (Selvaraju et al. 2017) cuts a network in two: `features` makes maps of
# images, and `head` makes scores of maps. Each map is weighted by how much the score of the class rises with it. Two maps of two pixels:
#
# ```python
# x, labels = torch.zeros(1, 3, 1, 2), torch.tensor([0])
# features = lambda x: torch.tensor([[[[1.0, 2.0]], [[3.0, 0.0]]]])
# head = lambda maps: (4 * maps[:, 0] - maps[:, 1]).sum(dim=(1, 2))[:, None]  # one class
# grad_cam(features, head, x, labels)  # (1, 1, 2)
# # weights 4 and −1: 4 · 1 − 3 = 1 and 4 · 2 − 0 = 8, over the largest: [[[0.125, 1.]]]
# ```
#
# | | |
# |---|---|
# | `features` | called with x, gives maps (N, K, h, w) |
# | `head` | called with maps, gives scores (N, classes); an image's scores depend on its own maps alone |
# | `x` | (N, C, H, W) |
# | `labels` | (N,): the class to explain, for each image its own |
# | returns | (N, H, W), from 0 to 1, where the smallest value need not be 0; it requires no gradient |
#
# - **A map's weight** is the mean over its places of ∂ score / ∂ map, for the score of the image's label itself, without a softmax.
# - **Add up** the maps with their weights, for each place, and take the ReLU: what speaks against the class is not shown.
# - **Then resize** to H × W with `F.interpolate(…, mode="bilinear", align_corners=False)`, which wants a channel axis, **and then divide** by the largest value
#   of the same image. An image where nothing speaks for the class is 0 everywhere, without a nan.
# - **Nothing remains**: the parameters inside `features` and `head` may require gradients, but they gather none, and x requires one afterwards only if it did before. `torch.autograd.grad` gives gradients without
#   leaving them anywhere, and `.backward()` does not. Where nothing inside requires a gradient, the maps do not either, unless you ask for it.


# %% nbgrader={"grade_id": "grad_cam", "solution": true}
def grad_cam(features, head, x, labels):
    """x: (N, C, H, W), labels: (N,) -> (N, H, W), from 0 to 1"""
    ### BEGIN SOLUTION
    maps = features(x).detach().requires_grad_()
    chosen = head(maps)[torch.arange(len(x)), labels]
    (gradient,) = torch.autograd.grad(chosen.sum(), maps)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * maps.detach()).sum(dim=1, keepdim=True))
    cam = F.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    largest = cam.amax(dim=(1, 2), keepdim=True)
    return cam / torch.where(largest > 0, largest, 1.0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "cams"} tags=["folded"]
def cams(x, labels, conv_weight, head_weight, learning=False):
    """grad_cam of a small network: a convolution with stride 2; then a linear layer on the maps' squares."""
    conv_weight, head_weight = (torch.tensor(w, requires_grad=learning) for w in (conv_weight, head_weight))

    def features(images):
        return F.conv2d(images, conv_weight, stride=2, padding=1)

    def head(maps):
        return torch.square(maps).flatten(1) @ head_weight.T / 4

    images = torch.tensor(x)
    cam = grad_cam(features, head, images, torch.tensor(labels))
    if not isinstance(cam, torch.Tensor):
        return cam
    gathered = [int(weight.grad is not None) for weight in (conv_weight, head_weight)]
    return [*gathered, int(cam.requires_grad), int(images.requires_grad)] if learning else cam.detach()


def cams_of_maps(maps, labels, head_weight):
    """The same where x are the maps."""
    return grad_cam(lambda x: x, lambda maps: maps.flatten(1) @ torch.tensor(head_weight).T, torch.tensor(maps), torch.tensor(labels))


# %% nbgrader={"grade_id": "test_grad_cam", "grade": true, "points": 3}
maps, weight = numbers(0, 1, 4, 2, 3) + 0.5, numbers(1, 4, 24) / 2
check_call(cams_of_maps, maps, np.array([2]), weight, want=floats([0.07142857143, 1, 0, 0.5714285714, 0.4285714286, 0]).reshape(1, 2, 3), label="one image, four maps of 2 by 3 pixels")
maps, weight = np.abs(numbers(0, 1, 2, 2, 3)) + 1, np.abs(numbers(1, 3, 12)) + 1
check_call(cams_of_maps, maps, np.array([1]), weight, want=floats([0.8939393939, 0.7878787879, 0.5378787879, 0.75, 0.5, 1]).reshape(1, 2, 3), label="a map that is positive everywhere")
### BEGIN HIDDEN TESTS
for seed, (k, h, w), classes in [(10, (2, 3, 4), 3), (20, (5, 2, 2), 2), (30, (1, 4, 3), 6)]:
    maps, weight = numbers(seed, 1, k, h, w), numbers(seed + 1, classes, k * h * w)
    by_map = weight.reshape(classes, k, h * w).mean(axis=2)
    for label in range(classes):
        want = np.maximum(sum(a * m for a, m in zip(by_map[label], maps[0])), 0)
        check_call(cams_of_maps, maps, np.array([label]), weight, want=want[None] / want.max(), label=f"{k} maps of {h} by {w}, class {label} of {classes}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_cam_batch", "grade": true, "points": 3}
maps, weight = numbers(0, 3, 3, 2, 3) + 0.5, numbers(1, 4, 18) / 2
check_call(cams_of_maps, maps, np.array([3, 0, 2]), weight, want=floats([0.7014925373, 0.8208955224, 1, 0.01492537313, 0.0447761194, 0, 0, 1, 0.4117647059, 0, 0.8823529412, 0.5294117647, 0.6842105263, 0.9473684211, 1, 0, 0, 0.4210526316]).reshape(3, 2, 3), label="three images, three classes")
### BEGIN HIDDEN TESTS
for seed, (n, k, h, w), classes in [(40, (4, 2, 2, 3), 3), (52, (2, 3, 1, 5), 5)]:
    maps, weight = numbers(seed, n, k, h, w), numbers(seed + 1, classes, k * h * w)
    labels = np.random.default_rng(seed).integers(0, classes, n)
    want = np.maximum(np.einsum("nkhw,nk->nhw", maps, weight.reshape(classes, k, -1).mean(axis=2)[labels]), 0)
    want /= want.max(axis=(1, 2), keepdims=True)
    check_call(cams_of_maps, maps, labels, weight, want=want, label=f"{n} images of {k} maps")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_cam_resized", "grade": true, "points": 2}
x, conv_weight, head_weight = numbers(0, 2, 2, 5, 7), numbers(1, 2, 2, 3, 3) / 4, numbers(2, 3, 24) / 4
check_call(cams, x, np.array([2, 0]), conv_weight, head_weight, want=floats([0.06494008504, 0.04174719753, 0.004638577503, 0.2137611133, 0.4511982992, 0.6406068806, 0.7589872439, 0.03896405102, 0.04688828759, 0.0595670661, 0.3330885195, 0.59433707, 0.5088326247, 0.4553923463, 0, 0.05459992269, 0.141959799, 0.5120796289, 0.8090452261, 0.3111712408, 0, 0, 0.09112872053, 0.2369346734, 0.6249130267, 0.9236180905, 0.3552377271, 0, 0, 0.1154812524, 0.3002512563, 0.7001352918, 1, 0.3846153846, 0, 1, 0.6428571429, 0.07142857143, 0, 0.02066947137, 0.1860252424, 0.2893725992, 0.7592829706, 0.4881104811, 0.0542344979, 0, 0.01240168282, 0.1116151454, 0.1736235595, 0.3982074264, 0.2559904884, 0.0284433876, 0, 0, 0, 0, 0.1592829706, 0.2659228096, 0.436546552, 0.4198463508, 0.3545454545, 0.1363636364, 0, 0, 0.2725443571, 0.7086153283, 0.6997439181, 0.5909090909, 0.2272727273, 0]).reshape(2, 5, 7), label="a network with stride 2, on 5 by 7 pixels")
### BEGIN HIDDEN TESTS
for seed, (n, c, height, width), k in [(60, (2, 1, 6, 4), 3), (70, (3, 2, 7, 5), 2)]:
    x, conv_weight = numbers(seed, n, c, height, width), numbers(seed + 1, k, c, 3, 3)
    h, w = (height + 1) // 2, (width + 1) // 2
    head_weight, labels = np.abs(numbers(seed + 2, 4, k * h * w)) - 0.5, np.arange(n)
    maps = torch.conv2d(torch.tensor(x), torch.tensor(conv_weight), None, 2, 1).numpy()
    slope = (maps * head_weight.reshape(4, k, h, w)[labels] / 2).mean(axis=(2, 3))
    cam = np.maximum((slope[:, :, None, None] * maps).sum(axis=1), 0)
    want = np.zeros((n, height, width))
    for i, j in np.ndindex(height, width):
        for r, c in np.ndindex(h, w):
            up = [np.clip((p + 0.5) * small / large - 0.5, 0, small - 1) for p, small, large in ((i, h, height), (j, w, width))]
            want[:, i, j] += cam[:, r, c] * max(0, 1 - abs(up[0] - r)) * max(0, 1 - abs(up[1] - c))
    want /= want.max(axis=(1, 2), keepdims=True)
    check_call(cams, x, labels, conv_weight, head_weight, want=want, label=f"a network with stride 2, on {height} by {width} pixels")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_cam_nothing", "grade": true, "points": 1}
check_call(cams_of_maps, np.zeros((1, 2, 2, 3)), np.array([2]), numbers(13, 4, 12), want=np.zeros((1, 2, 3)), label="an image where nothing speaks for the class")
maps, weight = floats([[[[1, 0, 0]], [[0, 1, 0]]], np.zeros((2, 1, 3))]), np.repeat([[1, 1], [3, 0.5], [-3, 0]], 3, axis=1)
check_call(cams_of_maps, maps, np.array([0, 0]), weight, want=floats([[[1, 1, 0]], [[0, 0, 0]]]), label="two images, and nothing speaks for the class in one of them")
### BEGIN HIDDEN TESTS
check_call(cams_of_maps, np.zeros((2, 3, 1, 2)), np.array([1, 0]), numbers(80, 2, 6), want=np.zeros((2, 1, 2)), label="two images where nothing speaks for the class")
check_call(cams_of_maps, floats([[[[0, 0, 0]]], [[[2, 0, 1]]]]), np.array([1, 1]), np.ones((2, 3)), want=floats([[[0, 0, 0]], [[1, 0, 0.5]]]), label="nothing speaks for the class in the first of two images")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_grad_cam_nothing_remains", "grade": true, "points": 1}
x, conv_weight, head_weight = numbers(5, 2, 2, 5, 7), numbers(6, 2, 2, 3, 3), np.abs(numbers(7, 3, 24)) - 1
check_call(cams, x, np.array([2, 0]), conv_weight, head_weight, True, want=[0, 0, 0, 0], label="what is left: a gradient inside features or head? Do the result and x require one?")
### BEGIN HIDDEN TESTS
x = numbers(90, 1, 1, 4, 4)
check_call(cams, x, np.array([1]), numbers(91, 2, 1, 3, 3), numbers(92, 3, 8), True, want=[0, 0, 0, 0], label="what is left, of one image")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: a network that nobody has trained. Its two maps are how warm a pixel is, red minus blue, and how much it differs from its neighbours. Class 0 takes the
# warm ones, class 1 the differences without the warmth. In the last section your function explains a network that has learnt.

# %%
def warm_and_rough(images):
    warmth = images[:, :1] - images[:, 2:]
    grey_mean = images.mean(dim=1, keepdim=True)
    return torch.cat([F.relu(warmth), (grey_mean - F.avg_pool2d(grey_mean, 5, 1, 2)).abs()], dim=1)


photograph = torch.tensor(data.photograph("cat").astype(np.float64))[None]
two_scores = torch.tensor([[1.0, 0.0], [-1.0, 4.0]], dtype=torch.float64)
_, axes = plt.subplots(1, 3, figsize=(10, 3))
axes[0].imshow(photograph[0].permute(1, 2, 0))
for label, ax in enumerate(axes[1:]):
    where_to = grad_cam(warm_and_rough, lambda maps: maps.mean(dim=(2, 3)) @ two_scores.T, photograph, torch.tensor([label]))
    ax.imshow(where_to[0].numpy(), cmap="gray")
    ax.set(title=["warm", "rough and not warm"][label])
for ax in axes:
    ax.axis("off")

# %% [markdown]
# ## 9 · Style as a matrix
#
# ### Exercise `style_loss` (7 points)
#
# *Read {{ read sec-architectures-dreams }} first. About 25 minutes.*
#
# Write `style_loss(maps, target)`, with NumPy: which maps respond together, wherever that is, is what Gatys et al. (2016) call an image's style. It is kept in a *Gram matrix*:
# the products of every map with every other one, added up over all places. Two maps of two pixels:
#
# ```python
# maps = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]])  # (1, 2, 1, 2)
# # products [[5, 3], [3, 9]]; over C · H · W = 4 they are the Gram matrix [[1.25, 0.75], [0.75, 2.25]]
# style_loss(maps, np.zeros((1, 2, 2)))
# # (7.75, [[[[ 3.5,  2.5]], [[ 7.5,  1.5]]]])
# ```
#
# | | |
# |---|---|
# | `maps` | (N, C, H, W) |
# | `target` | (N, C, C): for each image the Gram matrix that it is to have, which is symmetric |
# | returns | `(loss, dmaps)`: a number, and its gradient with respect to maps, (N, C, H, W) |
#
# - **The Gram matrix** of an image divides the sums of products by C · H · W.
# - **The loss** is the sum over the entries of (Gram matrix − target)², and over images the mean. The factors of the page differ, as those of many programs do: take these.
# - **The gradient**: an entry of the maps is in a whole row of the matrix and in a whole column. Write F for the maps as (C, H · W). What is the gradient of a
#   function of F Fᵀ?


# %% nbgrader={"grade_id": "style_loss", "solution": true}
def style_loss(maps, target):
    """maps: (N, C, H, W), target: (N, C, C) -> loss, dmaps: (N, C, H, W)"""
    ### BEGIN SOLUTION
    n, channels, height, width = maps.shape
    rows = maps.reshape(n, channels, -1)
    size = channels * height * width
    difference = rows @ rows.transpose(0, 2, 1) / size - target
    dmaps = 4 / size / n * difference @ rows
    return (difference**2).sum() / n, dmaps.reshape(maps.shape)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_style_loss", "grade": true, "points": 2}
maps, target = numbers(1, 1, 3, 2, 3), floats([[[2, 0.5, -1], [0.5, 1, 0.25], [-1, 0.25, 3]]])
check_call(style_loss, maps, target, want=(9.402777778, ...), label="three maps of 2 by 3 pixels")
### BEGIN HIDDEN TESTS
for seed, (c, h, w) in [(10, (2, 3, 4)), (20, (4, 1, 2)), (30, (1, 5, 2))]:
    maps, target = numbers(seed, 1, c, h, w), numbers(seed + 1, c, c)
    target, want = (target + target.T)[None], 0.0
    for a, b in np.ndindex(c, c):
        want += ((maps[0, a] * maps[0, b]).sum() / (c * h * w) - target[0, a, b]) ** 2
    check_call(style_loss, maps, target, want=(want, ...), label=f"{c} maps of {h} by {w} pixels")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_style_loss_gradient", "grade": true, "points": 3}
maps, target = numbers(1, 1, 3, 2, 3), floats([[[2, 0.5, -1], [0.5, 1, 0.25], [-1, 0.25, 3]]])
check_call(style_loss, maps, target, want=(9.402777778, floats([-0.7654320988, -0.6543209877, 0.1234567901, -0.1851851852, -0.3827160494, 0.5308641975, 0.1111111111, 0.5061728395, -0.950617284, -1.043209877, 1.290123457, 0.4444444444, 1.12345679, -0.7839506173, 1.049382716, 0.7222222222, -0.5864197531, -0.2654320988]).reshape(1, 3, 2, 3)), label="gradient of three maps")
### BEGIN HIDDEN TESTS
def loss_of(maps, target):
    rows = maps.reshape(*maps.shape[1:2], -1)
    return ((rows @ rows.T / maps.size - target[0]) ** 2).sum()


for seed, (c, h, w) in [(40, (2, 3, 2)), (50, (4, 1, 2)), (60, (1, 2, 4))]:
    maps, target = numbers(seed, 1, c, h, w), numbers(seed + 1, c, c)
    target = (target + target.T)[None]
    want = slopes(loss_of, 1.0, maps, target)[0]
    check_call(style_loss, maps, target, want=(..., want), rtol=1e-4, atol=1e-5, label=f"gradient of {c} maps of {h} by {w} pixels")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_style_loss_images", "grade": true, "points": 2}
maps, target = numbers(2, 3, 3, 1, 2), numbers(3, 3, 3, 3)
target = target + target.transpose(0, 2, 1)
check_call(style_loss, maps, target, want=(128.3425926, floats([-3.62962963, -0.6666666667, -1.222222222, -4.444444444, -0.5185185185, 4.555555556, 0.5555555556, -4.666666667, 0.3703703704, 0.8518518519, -1.407407407, -1.62962963, 9.777777778, -8.703703704, 2.333333333, -1.333333333, 1.777777778, -0.8148148148]).reshape(3, 3, 1, 2)), label="three images")
### BEGIN HIDDEN TESTS
def loss_of(maps, target):
    total = 0.0
    for image, wanted in zip(maps, target):
        rows = image.reshape(len(image), -1)
        total += ((np.einsum("ap,bp->ab", rows, rows) / image.size - wanted) ** 2).sum()
    return total / len(maps)


for seed, (n, c, h, w) in [(70, (2, 3, 2, 1)), (80, (4, 2, 1, 3))]:
    maps, target = numbers(seed, n, c, h, w), numbers(seed + 1, n, c, c)
    target = target + target.transpose(0, 2, 1)
    want = loss_of(maps, target), slopes(loss_of, 1.0, maps, target)[0]
    check_call(style_loss, maps, target, want=want, rtol=1e-4, atol=1e-5, label=f"{n} images of {c} maps")
### END HIDDEN TESTS

# %% [markdown]
# See your own work: noise takes on the style of a photograph, through one layer of random filters. Only which edges and colours occur together is given, and not where.
# The loss falls, with ours, to 0.05 % of what it was.

# %%
generator = torch.Generator().manual_seed(0)
style_filters = torch.randn(24, 3, 5, 5, generator=generator, dtype=torch.float64) / 5
model_of_style = torch.tensor(data.photograph("cat").astype(np.float64)[None, :, 40:120:1, 70:150]) - 0.5
style_maps = F.relu(F.conv2d(model_of_style, style_filters)).numpy()
style_rows = style_maps.reshape(1, 24, -1)
wanted_gram = style_rows @ style_rows.transpose(0, 2, 1) / style_maps[0].size
canvas = (0.3 * torch.randn(1, 3, 80, 80, generator=generator, dtype=torch.float64)).requires_grad_()
optimizer, style_losses = torch.optim.Adam([canvas], lr=0.02), []
for step in range(150):
    optimizer.zero_grad()
    canvas_maps = F.relu(F.conv2d(canvas, style_filters))
    loss_now, dmaps_now = style_loss(canvas_maps.detach().numpy(), wanted_gram)
    canvas_maps.backward(torch.tensor(dmaps_now))  # from your gradient down to the pixels
    optimizer.step()
    style_losses.append(loss_now)
print(f"the loss falls to {style_losses[-1] / style_losses[0]:.2%} of what it was")
_, axes = plt.subplots(1, 2, figsize=(6, 3))
for ax, picture, title in zip(axes, [model_of_style, canvas.detach()], ["whose style", "noise that took it on"]):
    ax.imshow((picture[0].permute(1, 2, 0) + 0.5).clip(0, 1))
    ax.set(title=title)
    ax.axis("off")

# %% [markdown]
# ## 10 · A network for another task
#
# ### Exercise `fine_tune` (10 points, *torch*)
#
# *Read {{ read sec-architectures-transfer }} first. About 30 minutes.*
#
# Write `fine_tune(model, rates, batches)`: a trained network goes on learning, some of its parts fast, some slowly, and some not at all. One step on one
# batch, in which the head learns, the body learns slowly, and the stem stays as it is:
#
# ```python
# from collections import OrderedDict
# model = torch.nn.Sequential(OrderedDict({"stem": torch.nn.Linear(5, 4), "body": torch.nn.Linear(4, 4), "head": torch.nn.Linear(4, 3)}))
# x, labels = torch.ones(2, 5), torch.tensor([2, 0])
# losses = fine_tune(model, {"stem": 0.0, "body": 0.001, "head": 0.1}, [(x, labels)])
# # a list of one number; model.stem is what it was, and the others have moved
# ```
#
# | | |
# |---|---|
# | `model` | a `torch.nn.Module`, whose parts have the names in rates; called with x it gives scores (N, classes) |
# | `rates` | a dictionary with a learning rate for each part; together the parts have all parameters |
# | `batches` | a list of pairs `(x, labels)`: one step on each, in this order |
# | returns | the losses, a list of floats: of each batch before its step |
#
# Here, the argument `model` is meant to be changed.
#
# - **A step** is one of `torch.optim.SGD` with a momentum of 0.9, on the gradient of the mean cross-entropy of the batch alone, also where the model
#   comes with gradients of an earlier training. Each part has its own rate.
# - **A part with a rate of 0 is frozen**: no parameter of it changes, and no running mean or variance of its batch norms either. A frozen part
#   works as in evaluation, all of it, also its dropout; the other parts work as in training. At least one part has a rate above 0.
# - **Whatever mode** the model is in when it comes, also if it is in evaluation; and at the end all of it is in evaluation.
# - **A frozen part's parameters** require no gradient from then on, and all others do, also if they came frozen.


# %% nbgrader={"grade_id": "fine_tune", "solution": true}
def fine_tune(model, rates, batches):
    """model: a Module, rates: {name of a part: rate}, batches: [(x, labels), …] -> losses"""
    ### BEGIN SOLUTION
    groups, losses = [], []
    for name, rate in rates.items():
        part = model.get_submodule(name)
        part.train(rate > 0)
        part.requires_grad_(rate > 0)
        groups.append({"params": part.parameters(), "lr": rate})
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    for x, labels in batches:
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses
    ### END SOLUTION


# %% tags=["folded"]
def small_network(training=True, frozen=False):
    """A stem and a body, each with a convolution and a batch norm that remembers something, and a linear head."""
    rng = np.random.default_rng(0)
    model = torch.nn.Sequential()
    for name, (c, k) in {"stem": (1, 2), "body": (2, 3)}.items():
        model.add_module(name, torch.nn.Sequential(torch.nn.Conv2d(c, k, 2), torch.nn.BatchNorm2d(k), torch.nn.ReLU()))
    model.add_module("middle", torch.nn.Flatten())
    model.add_module("head", torch.nn.Linear(3, 4))
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.ndim:
                value.copy_(torch.tensor(rng.uniform(0.2, 1.0, value.shape) * rng.choice([-1, 1, 1], value.shape)))
    for norm in (model.stem[1], model.body[1]):
        norm.running_var.abs_()
    return model.double().train(training).requires_grad_(not frozen)


def some_batches(seed, *sizes):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(n, 1, 3, 3)), rng.integers(0, 4, n)) for n in sizes]


# %% nbgrader={"grade_id": "fine_tuned"} tags=["folded"]
def fine_tuned(rates, batches, training=True, frozen=False, more=""):
    """What fine_tune makes of the small network: losses, {part: its parameters}, {part: its running statistics} and what it leaves."""
    with torch.random.fork_rng(devices=[]):  # new layers draw their weights, and dropout draws
        return fine_tuned_with_draws(rates, batches, training, frozen, more)


def fine_tuned_with_draws(rates, batches, training, frozen, more):
    model = small_network(training, frozen)
    if more == "old gradients":  # as another training may have left them
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
    if more == "dropout in the stem":
        model.stem.append(torch.nn.Dropout(0.5))
    losses = fine_tune(model, rates, [(torch.tensor(x), torch.tensor(labels)) for x, labels in batches])
    if isinstance(losses, list):
        losses = ["a tensor" if isinstance(loss, torch.Tensor) else loss for loss in losses]
    parts = {name: model.get_submodule(name) for name in ["stem", "body", "head"]}
    parameters = [torch.cat([p.detach().flatten() for p in part.parameters()]).numpy() for part in parts.values()]
    statistics = [torch.cat([parts[name][1].running_mean, parts[name][1].running_var]).numpy() for name in ["stem", "body"]]
    left = [int(module.training) for module in model.modules()], [int(p.requires_grad) for p in model.parameters()]
    return losses, *parameters, *statistics, *left


# %% nbgrader={"grade_id": "test_fine_tune", "grade": true, "points": 3}
rates, one = {"stem": 0.25, "body": 0.5, "head": 1.0}, some_batches(0, 5)
check_call(fine_tuned, rates, one, want=([1.817002425], floats([0.7053944142, 0.43010943, 0.2361719546, 0.1955609319, -0.846705343, 0.9497102091, 0.6829493671, -0.7667506648, 0.8859234452, 0.2268684655, -0.2978373143, 0.8769214208, 0.4794564558, -0.5552687606]), floats([-0.9846682549, -0.7484335899, 0.7203674316, 0.7507573962, -0.5111371279, -0.3080772161, 0.7771906853, 0.6202834845, 0.4306856689, -0.591810412, 0.9105528016, 0.9480917211, 0.4598244761, 0.6555754091, 0.4532753313, -0.70799336, 0.5007721655, -0.5002531695, 0.924457094, 0.363854955, 0.6711609971, -0.2713166448, 0.8556079052, -0.8479610736, 0.6642659307, -0.4389569163, 0.7375959158, 0.4920881391, 0.3043671, 0.5526356983, -0.5523017049, 0.8036727007, 0.494239518]), floats([0.7689142823, 0.6297203199, 0.02532617046, 0.7832120657, 1.024325055, -1.001939259, 0.2117650509, -0.7666363136, -0.9890326285, 0.9657681584, 0.4282769862, -0.6798082133, 0.1297097656, 0.7550249811, -0.3726154163, 0.9225439653]), floats([0.3356269791, 0.7189032396, 0.6911475861, 0.672680409]), floats([0.9582172685, 0.9002699944, 0.6432921641, 0.5454544593, 0.6240667305, 0.8034838511]), ..., ...), label="one batch, all parts learn")
rates, three = {"stem": 0.05, "body": 0.1, "head": 0.2}, some_batches(1, 5, 4, 6)
check_call(fine_tuned, rates, three, want=([2.562642635, 1.028998416, 1.240613063], floats([0.6937550319, 0.4138361047, 0.2743937395, 0.2255736436, -0.8474467932, 0.9328618066, 0.663267561, -0.8032009597, 0.8859234452, 0.2268684655, -0.3229067967, 0.8868984897, 0.4384473872, -0.5565995046]), floats([-0.9801891815, -0.7440005476, 0.7232067037, 0.7545839694, -0.5195697713, -0.3073529581, 0.7754914167, 0.6203497362, 0.4661476237, -0.58273997, 0.9192753114, 0.9321902304, 0.4680798408, 0.6656260456, 0.4666240079, -0.6780389441, 0.484923221, -0.5016100064, 0.8984236501, 0.3928671424, 0.7140801682, -0.2596281565, 0.8610055224, -0.833680822, 0.6642659307, -0.4389569163, 0.7375959158, 0.4504671613, 0.4193481129, 0.6674689287, -0.5865892445, 0.7376861134, 0.4250933976]), floats([0.7670357592, 0.8237667553, 0.09299821547, 0.7874932163, 0.8204208285, -1.053625375, 0.2150652241, -0.7261334414, -0.931641262, 0.9600653578, 0.3976319046, -0.7531855086, 0.2681658614, 0.4895783332, -0.3296581698, 1.006577271]), floats([0.4359914326, 0.6022248031, 0.6839867142, 0.8409650116]), floats([0.9238031122, 0.8670732926, 0.8667136273, 0.6169102715, 0.5760202806, 0.7494918291]), ..., ...), label="three batches, all parts learn")
check_call(fine_tuned, rates, some_batches(10, 4), True, False, "old gradients", want=(..., ..., ..., floats([0.7669021135, 0.8669728694, 0.2000356788, 0.7828648253, 0.935893793, -0.9940293387, 0.2143368907, -0.7704827739, -0.8589590904, 0.9655557278, 0.2833021586, -0.9925011796, 0.3631388777, 0.627677608, -0.4578788043, 0.9017256144]), ..., ..., ..., ...), label="a model that comes with gradients")
### BEGIN HIDDEN TESTS
def by_hand(rates, batches):
    """SGD with momentum written out, on a function of the parameters."""
    model = small_network(True)
    values, velocity, losses = dict(model.named_parameters()), {}, []
    for x, labels in batches:
        scores = torch.func.functional_call(model, values, (torch.tensor(x),))
        loss = (scores.logsumexp(dim=1) - scores[range(len(x)), labels]).mean()
        losses.append(loss.item())
        for name, gradient in zip(values, torch.autograd.grad(loss, list(values.values()))):
            velocity[name] = 0.9 * velocity.get(name, 0) + gradient
        values = {name: value.detach() - rates[name.split(".")[0]] * velocity[name] for name, value in values.items()}
        values = {name: value.requires_grad_() for name, value in values.items()}
    parts = [torch.cat([v.detach().flatten() for n, v in values.items() if n.startswith(part)]).numpy() for part in rates]
    return losses, *parts, ..., ..., ..., ...


for rates, batches in [((0.1, 0.02, 0.3), some_batches(2, 3, 7)), ((0.01, 0.2, 0.05), some_batches(3, 4, 4, 5, 3))]:
    rates = dict(zip(["stem", "body", "head"], rates))
    check_call(fine_tuned, rates, batches, want=by_hand(rates, batches), label=f"{len(batches)} batches, rates {[*rates.values()]}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fine_tune_frozen", "grade": true, "points": 3}
rates, one = {"stem": 0.0, "body": 0.3, "head": 0.6}, some_batches(4, 6)
check_call(fine_tuned, rates, one, want=([1.493894397], floats([0.709569335, 0.4158293605, 0.2327788174, 0.2132221013, -0.8506162167, 0.9302044511, 0.6853086352, -0.7835972309, 0.8859234452, 0.2268684655, -0.3405244946, 0.8905431628, 0.4397695065, -0.5381497741]), floats([-0.9846211085, -0.7483902322, 0.7204048838, 0.7507581094, -0.511107813, -0.3083087018, 0.7771310145, 0.6203502312, 0.4464829533, -0.5871968043, 0.912051009, 0.9426902397, 0.4724587191, 0.6603150801, 0.46510374, -0.6853659751, 0.4710905173, -0.5127153143, 0.9147949682, 0.381221188, 0.697402581, -0.2719330121, 0.8703787419, -0.8220002658, 0.6642659307, -0.4389569163, 0.7375959158, 0.4917644928, 0.2851557043, 0.5885219925, -0.5525838358, 0.9516566787, 0.4502865573]), floats([0.7600369339, 0.6970188175, 0.02272759942, 0.7929894971, 1.138881979, -0.7223298316, 0.2117245909, -0.8995013089, -0.987409035, 0.9649085354, 0.3792865597, -0.9584426627, 0.2183971244, 0.7672984138, -0.5649811279, 1.013948885]), floats([0.2994266152, 0.736499548, 0.6923080683, 0.5069420338]), floats([1.016941493, 0.935879686, 0.693752876, 0.6804117323, 0.7061775405, 0.8972990464]), ..., ...), label="a frozen stem")
check_call(fine_tuned, rates, one, True, False, "dropout in the stem", want=([1.493894397], ..., ..., ..., ..., ..., ..., ...), label="a frozen stem with dropout")
### BEGIN HIDDEN TESTS
for rates in [{"stem": 0.0, "body": 0.0, "head": 0.3}, {"stem": 0.1, "body": 0.0, "head": 0.0}]:
    parts = {name: small_network().get_submodule(name) for name in rates}
    want = [torch.cat([p.detach().flatten() for p in part.parameters()]).numpy() if rates[name] == 0 else ... for name, part in parts.items()]
    for name in ["stem", "body"]:
        want.append(torch.cat([parts[name][1].running_mean, parts[name][1].running_var]).numpy() if rates[name] == 0 else ...)
    check_call(fine_tuned, rates, some_batches(5, 6), want=(..., *want, ..., ...), label=f"frozen parts, rates {[*rates.values()]}")
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fine_tune_norms_that_learn", "grade": true, "points": 2}
rates, one = {"body": 0.3, "head": 0.6, "stem": 0.0}, some_batches(6, 5)
check_call(fine_tuned, rates, one, False, want=([2.669341734], floats([0.709569335, 0.4158293605, 0.2327788174, 0.2132221013, -0.8506162167, 0.9302044511, 0.6853086352, -0.7835972309, 0.8859234452, 0.2268684655, -0.3405244946, 0.8905431628, 0.4397695065, -0.5381497741]), floats([-0.9774196846, -0.745686514, 0.7120536165, 0.7469529959, -0.512901652, -0.3080772161, 0.7748411555, 0.6508526547, 0.4552405324, -0.5775533145, 0.9184829332, 0.9478018688, 0.4915838705, 0.6572238803, 0.4573500593, -0.6665993092, 0.4642981605, -0.4900098258, 0.9074142722, 0.3766353879, 0.6711517927, -0.2672122717, 0.864335849, -0.8800513511, 0.6642659307, -0.4389569163, 0.7375959158, 0.4509212637, 0.1136057366, 0.6060064357, -0.5864495736, 0.7554383398, 0.5052496484]), floats([0.7648361198, 0.7352742974, 0.09633822446, 0.7826770864, 0.8795382233, -1.052618375, 0.2166669879, -0.6199988371, -0.7383420076, 0.9654793632, 0.3208723635, -0.9508317722, 0.2310968229, 0.5912932634, -0.324671464, 0.9369446734]), floats([0.2994266152, 0.736499548, 0.6923080683, 0.5069420338]), floats([0.9898019516, 0.8213999143, 0.5810970701, 0.5593940124, 0.5942139814, 0.7837926405]), ..., ...), label="a model that comes in evaluation, its rates in another order")
### BEGIN HIDDEN TESTS
rates, x = {"stem": 0.0, "body": 0.2, "head": 0.1}, some_batches(7, 8)[0][0]
with torch.no_grad():
    inside = small_network(False).stem(torch.tensor(x))
    body = small_network().body
    values = body[0](inside)
    mean, var = values.mean(dim=(0, 2, 3)), values.var(dim=(0, 2, 3))
    want = torch.cat([0.9 * body[1].running_mean + 0.1 * mean, 0.9 * body[1].running_var + 0.1 * var]).numpy()
for training in [True, False]:
    label = f"running statistics after one batch, from {'training' if training else 'evaluation'}"
    check_call(fine_tuned, rates, some_batches(7, 8), training, want=(..., ..., ..., ..., ..., want, ..., ...), label=label)
### END HIDDEN TESTS

# %% nbgrader={"grade_id": "test_fine_tune_left", "grade": true, "points": 2}
rates, one = {"stem": 0.0, "body": 0.1, "head": 0.2}, some_batches(8, 4)
check_call(fine_tuned, rates, one, want=(..., ..., ..., ..., ..., ..., [0] * 11, ...), label="modes at the end: 1 is training")
check_call(fine_tuned, rates, one, want=(..., ..., ..., ..., ..., ..., ..., [0] * 4 + [1] * 6), label="which parameters require a gradient")
check_call(fine_tuned, rates, one, True, True, want=(..., ..., ..., ..., ..., ..., ..., [0] * 4 + [1] * 6), label="which do, of a model that came frozen")
### BEGIN HIDDEN TESTS
rates = {"stem": 0.1, "body": 0.0, "head": 0.2}
want = (..., ..., ..., ..., ..., ..., [0] * 11, [1] * 4 + [0] * 4 + [1] * 2)
check_call(fine_tuned, rates, some_batches(9, 3, 4), False, True, want=want, label="a frozen body, of a model that came frozen and in evaluation")
### END HIDDEN TESTS

# %% [markdown]
# ## 11 · All of it at work
#
# One network from your parts: a stem, a `residual_block`, a first exit, a `dense_block` with its transition, and a second exit. First it learns five of the
# ten kinds in `shapes`, from 1,000 images, with the losses of both exits added up; that takes some ten seconds, and several times that on a busy machine. What do the exits get right, and what
# do they cost by your `costs`? Ours names 58 % of the test images rightly at the first exit and 78 % at the second. With `early_exit` and a threshold of 0.7 it is 76 %, for
# 88 % of the second exit's multiply-adds.

# %%
class Blocks(torch.nn.Module):
    """A residual block (dense=False), or a dense block with a transition, as a part of a network: 16 maps in, 16 or 24 out."""

    def __init__(self, dense):
        super().__init__()
        self.dense = dense
        sizes = [(16, 16, 3), (12, 16, 3), (12, 28, 3), (24, 40, 1)] if dense else [(16, 16, 3)] * 2
        weights = [torch.randn(k, c, side, side) * (2 / c) ** 0.5 / side for k, c, side in sizes]
        self.weights = torch.nn.ParameterList(weights[dense:])
        self.gammas = torch.nn.ParameterList([] if dense else [torch.ones(16), torch.full((16,), 0.3)])

    def forward(self, x):
        if self.dense:
            *layers, transition = self.weights
            return dense_block(x, [(weight,) for weight in layers], transition)
        return residual_block(x, self.weights, self.gammas, None, 1, True)


def exit_of(maps):
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(4 * maps, 5))


class Network(torch.nn.Module):
    """Scores at the second exit, and at both where both=True."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.stem = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 5, 2, 2), torch.nn.BatchNorm2d(16), torch.nn.ReLU())
        self.residual, self.early, self.dense, self.head = Blocks(False), exit_of(16), Blocks(True), exit_of(24)

    def forward(self, x, both=False):
        maps = self.residual(self.stem(x))
        scores = self.head(self.dense(maps))
        return (self.early(maps), scores) if both else scores


old_train, old_test = shapes.y_train < 5, shapes.y_test < 5
x_old, y_old = torch.tensor(shapes.x_train[old_train]) - 0.5, torch.tensor(shapes.y_train[old_train])
x_old_test, y_old_test = torch.tensor(shapes.x_test[old_test]) - 0.5, shapes.y_test[old_test]
network = Network(0)
optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
for epoch in range(18):
    for some in torch.randperm(len(x_old)).split(50):
        optimizer.zero_grad()
        sum(F.cross_entropy(scores, y_old[some]) for scores in network(x_old[some], both=True)).backward()
        optimizer.step()
network.eval()

# %%
to_first = [("conv", 16, (5, 5), 2, 2, 1, True), *[("conv", 16, (3, 3), 1, 1, 1, False)] * 2]
_, stem_and_residual = costs(to_first, (3, 32, 32))
grown = [costs([("conv", k, (side, side), 1, side // 2, 1, False)], (c, 16, 16))[1][0] for k, c, side in [(12, 16, 3), (12, 28, 3), (24, 40, 1)]]
_, ends = zip(*(costs([("linear", 5)], (maps, 2, 2)) for maps in (16, 24)))
price_of_exits = floats([sum(stem_and_residual) + ends[0][0], sum(stem_and_residual) + ends[0][0] + sum(grown) + ends[1][0]])
with torch.no_grad():
    both_scores = torch.stack(network(x_old_test, both=True)).numpy()
unlimited = np.full(len(y_old_test), np.inf)
for k, price in enumerate(price_of_exits):
    print(f"exit {k + 1}: {(both_scores[k].argmax(axis=1) == y_old_test).mean():.1%} right, {price / 1e6:.1f} million multiply-adds")
for certainty in [0.7, 0.8, 0.9, 0.95]:
    named, _, paid = early_exit(both_scores, price_of_exits, certainty, unlimited)
    print(f"threshold {certainty:.2f}: {(named == y_old_test).mean():.1%} right, {paid.mean() / price_of_exits[-1]:.0%} of the second exit's cost")

# %% [markdown]
# Where does it look? Your `grad_cam`, of what comes out of the residual block, for the answer that the network gives. Below each image its brightness is multiplied by your map.

# %%
looked_at = torch.tensor(both_scores[1, :8].argmax(axis=1))
bright = grad_cam(lambda images: network.residual(network.stem(images)), lambda maps: network.head(network.dense(maps)), x_old_test[:8], looked_at)
_, axes = plt.subplots(2, 8, figsize=(11, 3.2))
for k, (above, below) in enumerate(axes.T):
    picture = x_old_test[k].permute(1, 2, 0).numpy() + 0.5
    above.imshow(picture)
    above.set(title=shapes.classes[looked_at[k]])
    below.imshow(picture * bright[k].numpy()[:, :, None])
for ax in axes.ravel():
    ax.axis("off")

# %% [markdown]
# Then the five other kinds come, with 20 images of each. Your `fine_tune` is tried in three ways: everything from random weights (the same network, not trained); the head alone, on frozen parts; and
# all parts, the head ten times as fast. Of the test images of the new kinds, ours names 37 %, 71 % and 76 % rightly. The spread over three
# choices of those images, some 3 to 6 points, says which of these differences you may believe. The nine trainings take about one and a half times as long as the first one.

# %%
from copy import deepcopy

new_train, new_test = shapes.y_train >= 5, shapes.y_test >= 5
x_new, y_new = torch.tensor(shapes.x_train[new_train]) - 0.5, torch.tensor(shapes.y_train[new_train]) - 5
x_new_test, y_new_test = torch.tensor(shapes.x_test[new_test]) - 0.5, torch.tensor(shapes.y_test[new_test]) - 5
ways = {
    "from random weights": (False, {"stem": 0.02, "residual": 0.02, "dense": 0.02, "early": 0.0, "head": 0.02}),
    "the head alone": (True, {"stem": 0.0, "residual": 0.0, "dense": 0.0, "early": 0.0, "head": 0.02}),
    "fine-tuned": (True, {"stem": 0.002, "residual": 0.002, "dense": 0.002, "early": 0.0, "head": 0.02}),
}
for title, (transferred, rates) in ways.items():
    shares = []
    for seed in range(3):
        chooser = np.random.default_rng(seed)
        few = np.concatenate([chooser.choice(np.flatnonzero(y_new.numpy() == c), 20, replace=False) for c in range(5)])
        batches = [chooser.permutation(few)[:25] for _ in range(100)]
        pupil = deepcopy(network) if transferred else Network(seed)
        pupil.head[2].load_state_dict(Network(seed).head[2].state_dict())  # the head begins anew
        fine_tune(pupil, rates, [(x_new[batch], y_new[batch]) for batch in batches])
        with torch.no_grad():
            shares.append((pupil(x_new_test).argmax(dim=1) == y_new_test).double().mean().item())
    print(f"{title:20} {np.mean(shares):.1%} ± {np.std(shares, ddof=1):.1%}")

# %% [markdown]
# ## Open challenge ★
#
# *Optional, and worth no points: leave it as it is, and nothing is lost. Start from {{ read sec-architectures-residual-block }} and {{ read sec-architectures-time }}.*
#
# Twenty seconds of one processor core: which architecture makes the most of them? Write `challenge(x_train, y_train, x_test)`: train on
# a thousand images of shapes, and recognise a thousand others. Every multiply-add has to pay.
#
# | | |
# |---|---|
# | `x_train` | (1000, 3, 32, 32) float32 in [0, 1] |
# | `y_train` | (1000,) their labels, from 0 to 9 |
# | `x_test` | (1000, 3, 32, 32) of the same kind |
# | returns | (1000,) whole numbers: the labels of `x_test` |
#
# The score is the accuracy. It is measured where your work is graded, on other images for training and for the test, within 20
# seconds of processor time; torch and its autograd are allowed, pretrained weights and images other than those given are not. Your
# class may see a table of all scores.
#
# | answer | score |
# |---|---:|
# | the baseline | 0.20 |
# | the course's own answer | 0.63 |
#
# - Where in a network are the multiply-adds, and where are the weights? What does an early stride cost, and what does it save?
# - A wider network learns more from a step, and takes fewer steps. Measure both before you choose.

# %% tags=["folded"]
from torch import nn

from cs_lib.challenge import challenge_score


def thousand_shapes(seed):  # x_train, y_train, x_test, y_test
    images = data.load("shapes", n_train=1000, n_test=1000, seed=seed)
    return images.x_train, images.y_train, images.x_test, images.y_test


def baseline(x_train, y_train, x_test):  # the nearest neighbour in pixels
    a, b = x_test.reshape(len(x_test), -1), x_train.reshape(len(x_train), -1)
    return y_train[((b**2).sum(axis=1) - 2 * a @ b.T).argmin(axis=1)]


# %% nbgrader={"grade_id": "challenge", "solution": true}
def challenge(x_train, y_train, x_test):
    """x_train: (N, 3, 32, 32), y_train: (N,), x_test: (M, 3, 32, 32) -> (M,) labels."""
    ### BEGIN SOLUTION
    class Block(nn.Module):
        def __init__(self, inside, outside, stride):
            super().__init__()
            self.first = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
            self.second = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
            self.norms = nn.ModuleList(nn.BatchNorm2d(outside) for _ in range(2))
            self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False)

        def forward(self, x):
            branch = F.relu(self.norms[0](self.first(x)))
            return F.relu(self.norms[1](self.second(branch)) + self.shortcut(x))

    torch.manual_seed(0)
    x, y, x_test = (torch.from_numpy(array) for array in (x_train, y_train, x_test))
    blocks = [Block(16, 32, 1), Block(32, 64, 2), Block(64, 64, 2)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    model, steps = nn.Sequential(nn.Conv2d(3, 16, 3, 2, padding=1), *blocks, *head), 300
    weights = list(model.parameters())
    velocities = [torch.zeros_like(w) for w in weights]
    for step in range(steps):
        chosen, shift = torch.randint(len(x), (32,)), torch.randint(-3, 4, (2,)).tolist()
        images = torch.roll(x[chosen], shift, dims=(2, 3)) - 0.5
        loss = F.cross_entropy(model(images), y[chosen], label_smoothing=0.1)
        gradients, rate = torch.autograd.grad(loss, weights), 0.02 * min(1, 2 * (1 - step / steps))
        with torch.no_grad():
            for w, v, gradient in zip(weights, velocities, gradients):
                v.mul_(0.9).add_(gradient + 5e-4 * w)
                w.sub_(rate * (gradient + 0.9 * v))  # Nesterov's momentum
    model.eval()
    with torch.no_grad():
        return model(x_test - 0.5).argmax(dim=1).numpy()
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_challenge", "grade": true, "points": 0}
*known, y_unseen = thousand_shapes(seed=1)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean(got == y_unseen),
    shape=(1000,),
    whole=True,
    label="accuracy on 1,000 images",
)
### BEGIN HIDDEN TESTS
*known, y_unseen = thousand_shapes(seed=17_845_062)
challenge_score(
    challenge,
    *known,
    score=lambda got: np.mean(got == y_unseen),
    shape=(1000,),
    whole=True,
    label="accuracy on 1,000 other images",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Done
#
# Restart the kernel, run all cells from the top, and look at the list below. Then hand in this
# file; where your course allows it, hand it in again until the deadline, since the feedback names
# what is left.
#
# If you want to go on: your `fabric_node` is all that a whole fabric needs. Build one of three scales and six layers, train it, and take out the edges
# whose weights are smallest. How many can go before the accuracy does?
