"""Convolution against torch, the definition, finite differences and its own transpose."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import nn
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import _strips, conv

both = in_both("nn.conv")

# x, filters, kernel, options: H ≠ W, kH ≠ kW, F < C, strides that differ, overlaps, gaps, padding
# 0 and more, pixels left over, a batch of 5 and of 1
GRID = {
    "plain": ((5, 4, 9, 7), 3, (3, 2), {}),
    "more filters than channels": ((2, 2, 7, 8), 5, (2, 3), {"padding": 1}),
    "stride and padding": ((5, 3, 9, 7), 2, (3, 2), {"stride": (2, 1), "padding": (1, 0)}),
    "stride beyond the kernel": ((2, 3, 11, 9), 4, (2, 1), {"stride": (4, 3)}),
    "pixels left over": ((3, 2, 10, 8), 3, (3, 3), {"stride": 3, "padding": (0, 1)}),
    "dilation": ((2, 3, 9, 12), 2, (3, 2), {"dilation": (2, 3), "padding": (1, 2)}),
    "everything": (
        (2, 4, 13, 9),
        6,
        (2, 3),
        {"stride": (3, 2), "padding": (2, 4), "dilation": (3, 2), "groups": 2},
    ),
    "depthwise": ((2, 4, 6, 5), 4, (3, 3), {"groups": 4, "padding": 1}),
    "depthwise, two filters a channel": ((2, 3, 6, 5), 6, (3, 2), {"groups": 3}),
    "1×1": ((3, 5, 4, 6), 2, (1, 1), {}),
    "1×1, stride": ((3, 5, 4, 6), 2, (1, 1), {"stride": (2, 3)}),
    "as large as the image": ((2, 3, 4, 5), 2, (4, 5), {}),
    "more padding than image": ((1, 2, 2, 3), 3, (3, 2), {"padding": (3, 4)}),
    "kernel entries on padding alone": ((1, 1, 1, 2), 2, (3, 3), {"padding": 2, "dilation": 2}),
    "same": ((2, 3, 5, 6), 4, (3, 5), {"padding": "same"}),
    "same, even kernel": ((2, 3, 5, 6), 4, (2, 4), {"padding": "same", "dilation": (1, 2)}),
    "valid": ((2, 3, 5, 6), 4, (3, 5), {"padding": "valid"}),
}
# torch warns that it must copy x for an even kernel and padding="same"
EVEN = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def arrays(shape, filters, kernel, options, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    weight = rng.standard_normal((filters, shape[1] // options.get("groups", 1), *kernel))
    return x, weight, rng.standard_normal(filters)


def torch_gradients(f, inputs, dy):
    """f of tensors, and its gradients with respect to all of them"""
    tensors = [torch.tensor(a, requires_grad=True) for a in inputs]
    y = f(*tensors)
    return y.detach().numpy(), [g.numpy() for g in torch.autograd.grad(y, tensors, dy(y))]


def random_like(y):
    return torch.from_numpy(np.random.default_rng(1).standard_normal(tuple(y.shape)))


@EVEN
@pytest.mark.parametrize("pair", ["conv2d", "conv2d_naive"])
@pytest.mark.parametrize("case", GRID)
def test_convolution_and_its_derivatives_are_torchs(pair, case):
    options = GRID[case][-1]
    inputs = arrays(*GRID[case])
    want, gradients = torch_gradients(lambda *a: F.conv2d(*a, **options), inputs, random_like)
    y, cache = getattr(conv, pair)(*inputs, **options)
    assert_allclose(y, want, rtol=1e-10, atol=1e-12, strict=True)
    got = getattr(conv, f"{pair}_backward")(random_like(y).numpy(), cache)
    for mine, theirs in zip(got, gradients, strict=True):
        assert_allclose(mine, theirs, rtol=1e-10, atol=1e-11, strict=True)


@EVEN
@pytest.mark.parametrize("case", GRID)
def test_convolution_is_torchs_in_both_libraries_without_bias(both, case):
    options = GRID[case][-1]
    x, weight, _ = arrays(*GRID[case])
    want = F.conv2d(torch.tensor(x), torch.tensor(weight), **options).numpy()
    got = both.conv2d(x, weight, **options)
    got = got[0] if both.name == "numpy" else got
    assert_allclose(got, want, rtol=1e-10, atol=1e-12, strict=True)


@pytest.mark.parametrize("case", ["stride and padding", "everything", "same, even kernel"])
def test_the_derivatives_of_convolution_are_those_of_finite_differences(case):
    inputs, options = arrays(*GRID[case]), GRID[case][-1]
    y, cache = conv.conv2d(*inputs, **options)
    dy = random_like(y).numpy()
    for array, gradient in zip(inputs, conv.conv2d_backward(dy, cache), strict=True):
        gradcheck(lambda _: conv.conv2d(*inputs, **options)[0], array, gradient, dy)


@pytest.mark.parametrize("images", [1, 2, 3, 7])
def test_the_number_of_images_that_share_a_column_buffer_changes_nothing(images, monkeypatch):
    x, weight, _ = arrays((7, 3, 8, 6), 4, (3, 2), {})
    options = {"stride": (2, 1), "padding": (1, 1)}
    want, want_cache = conv.conv2d(x, weight, **options)
    dy = random_like(want).numpy()
    want_dx, want_dweight, _ = conv.conv2d_backward(dy, want_cache)
    one_image = want.shape[2] * want.shape[3] * 3 * 6 * x.itemsize
    monkeypatch.setattr(conv, "_COLUMN_BYTES", images * one_image)
    y, cache = conv.conv2d(x, weight, **options)
    dx, dweight, _ = conv.conv2d_backward(dy, cache)
    assert_allclose(y, want, rtol=1e-12)
    assert_allclose(dx, want_dx, rtol=1e-12)
    assert_allclose(dweight, want_dweight, rtol=1e-12, atol=1e-12)


# --- strips: what the library takes for stride 1 ---


@pytest.mark.parametrize("images", [1, 2, 3, 7])
def test_the_number_of_images_that_share_strips_changes_nothing(images, monkeypatch):
    x, weight, bias = arrays((7, 3, 8, 6), 4, (3, 2), {})
    want, cache = conv.conv2d(x, weight, bias, padding=1)
    dy = random_like(want).numpy()
    gradients = conv.conv2d_backward(dy, cache)
    monkeypatch.setattr(_strips, "_BYTES", images * 3 * 2 * 10 * 7 * x.itemsize)
    y, cache = conv.conv2d(x, weight, bias, padding=1)
    assert_allclose(y, want, rtol=1e-12, atol=1e-12)
    for got, want in zip(conv.conv2d_backward(dy, cache), gradients, strict=True):
        assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("height", [3, 4, 5, 6])
def test_whole_numbers_stay_exact(height):
    rng = np.random.default_rng(0)
    x, weight, dy = (
        rng.integers(-9, 10, shape).astype(np.float32)
        for shape in ((2, 3, height, 5), (4, 3, 3, 2), (2, 4, height, 6))
    )
    pair = {}
    for name in ("conv2d", "conv2d_naive"):
        y, cache = getattr(conv, name)(x, weight, padding=1)
        pair[name] = y, *getattr(conv, f"{name}_backward")(dy, cache)[:2]
    for got, want in zip(*pair.values(), strict=True):
        assert_array_equal(got, want)


def test_float32_is_as_near_to_the_true_value_as_with_columns(monkeypatch):
    x, weight, _ = arrays((4, 64, 16, 12), 32, (3, 3), {})
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, weight)]
    true = F.conv2d(*tensors, padding=1)
    dy = random_like(true)
    true.backward(dy)
    true = true.detach().numpy(), *(t.grad.numpy() for t in tensors)
    x, weight, dy = (a.astype(np.float32) for a in (x, weight, dy.numpy()))

    def errors():
        y, cache = conv.conv2d(x, weight, padding=1)
        got = y, *conv.conv2d_backward(dy, cache)[:2]
        return np.array([np.sqrt(((g - t) ** 2).mean()) for g, t in zip(got, true, strict=True)])

    strips = errors()
    monkeypatch.setattr(conv, "_suits_strips", lambda *_: False)
    assert (strips < 2 * errors()).all()


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_an_infinite_pixel_or_nan_reaches_the_outputs_whose_windows_hold_it(value):
    x, weight, _ = arrays((1, 2, 9, 7), 3, (3, 3), {})
    x[0, 1, 4, 3] = value
    y = conv.conv2d(x, weight, padding=1)[0]
    reached = np.zeros(y.shape, dtype=bool)
    reached[:, :, 3:6, 2:5] = True
    assert_array_equal(np.isfinite(y), ~reached)
    assert_array_equal(abs(y[reached]), value)


@pytest.mark.parametrize("case", ["plain", "stride and padding", "depthwise", "same"])
def test_a_first_layer_can_do_without_the_gradient_of_the_images(case):
    shape, filters, kernel, options = GRID[case]
    x, weight, bias = arrays(shape, filters, kernel, options)
    y, cache = conv.conv2d(x, weight, bias, **options)
    dy = random_like(y).numpy()
    _, *want = conv.conv2d_backward(dy, cache)
    dx, *got = conv.conv2d_backward(dy, cache, needs_dx=False)
    assert dx is None
    for mine, full in zip(got, want, strict=True):
        assert_allclose(mine, full, rtol=1e-12)


def test_a_layer_skips_dx_when_it_is_told_to():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    net[0].needs_dx = False
    x = np.ones((2, 3, 6, 7), dtype=np.float32)
    assert net.backward(np.ones_like(net(x))) is None
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_a_convolution_does_not_flip_its_kernel():
    x, weight = np.zeros((1, 1, 3, 4)), np.arange(6.0).reshape(1, 1, 2, 3)
    x[0, 0, 1, 2] = 1  # an impulse comes out as the kernel turned by half a turn
    assert_allclose(conv.conv2d(x, weight)[0][0, 0], [[5, 4], [2, 1]])


# --- windows, transposed and local connections ---

TRANSPOSED = {
    "plain": ((5, 4, 3, 5), 3, (3, 2), {}),
    "stride": ((2, 3, 4, 3), 2, (2, 3), {"stride": (3, 2), "padding": (1, 0)}),
    "gaps": ((2, 3, 4, 3), 2, (1, 2), {"stride": 3}),
    "output padding": ((2, 3, 4, 3), 2, (3, 3), {"stride": (3, 2), "output_padding": (2, 1)}),
    "output padding below the dilation": (
        (2, 3, 4, 3),
        2,
        (2, 2),
        {"dilation": (3, 2), "output_padding": (2, 1)},
    ),
    "groups": (
        (2, 4, 5, 3),
        6,
        (2, 3),
        {"groups": 2, "stride": 2, "padding": 1, "dilation": (1, 2), "output_padding": 1},
    ),
}


@pytest.mark.parametrize("case", TRANSPOSED)
def test_transposed_convolution_and_its_derivatives_are_torchs(case):
    shape, out, kernel, options = TRANSPOSED[case]
    rng = np.random.default_rng(2)
    weight = rng.standard_normal((shape[1], out // options.get("groups", 1), *kernel))
    inputs = rng.standard_normal(shape), weight, rng.standard_normal(out)
    want, gradients = torch_gradients(
        lambda *a: F.conv_transpose2d(*a, **options), inputs, random_like
    )
    y, cache = conv.conv_transpose2d(*inputs, **options)
    assert_allclose(y, want, rtol=1e-10, atol=1e-12, strict=True)
    dy = random_like(y).numpy()
    got = conv.conv_transpose2d_backward(dy, cache)
    for mine, theirs in zip(got, gradients, strict=True):
        assert_allclose(mine, theirs, rtol=1e-10, atol=1e-11, strict=True)
    for array, gradient in zip(inputs, got, strict=True):
        gradcheck(lambda _: conv.conv_transpose2d(*inputs, **options)[0], array, gradient, dy)


WINDOWS = {
    "plain": ((3, 4, 9, 7), (3, 2), {}),
    "stride, padding": ((3, 4, 9, 7), (3, 2), {"stride": (2, 3), "padding": (1, 2)}),
    "dilation": ((2, 3, 9, 7), (2, 3), {"dilation": (3, 2), "padding": (0, 1)}),
}


@pytest.mark.parametrize("case", WINDOWS)
def test_unfold_and_fold_are_torchs(case):
    shape, kernel, options = WINDOWS[case]
    x = np.random.default_rng(3).standard_normal(shape)
    want, (want_dx,) = torch_gradients(lambda x: F.unfold(x, kernel, **options), [x], random_like)
    columns, cache = conv.unfold(x, kernel, **options)
    assert_allclose(columns, want, rtol=0, strict=True)
    dcolumns = random_like(columns).numpy()
    assert_allclose(conv.unfold_backward(dcolumns, cache), want_dx, rtol=1e-12, strict=True)

    folded, cache = conv.fold(columns, shape[2:], kernel, **options)
    want = F.fold(torch.tensor(columns), shape[2:], kernel, **options)
    assert_allclose(folded, want, rtol=1e-12, strict=True)
    want = F.unfold(torch.tensor(x), kernel, **options)
    assert_allclose(conv.fold_backward(x, cache), want, rtol=0, strict=True)


LOCAL = {
    "plain": ((3, 4, 5, 6), 2, (3, 2), {}),
    "stride, padding": ((3, 2, 6, 5), 3, (2, 3), {"stride": (2, 1), "padding": (0, 1)}),
    "same, even kernel": ((2, 2, 3, 4), 3, (2, 2), {"padding": "same"}),
}


@EVEN
@pytest.mark.parametrize("case", LOCAL)
def test_each_place_of_a_locally_connected_layer_is_a_convolution_of_its_own(both, case):
    shape, filters, kernel, options = LOCAL[case]
    rng = np.random.default_rng(4)
    x = rng.standard_normal(shape)
    of_conv = conv.conv2d(x, np.ones((1, shape[1], *kernel)), **options)[0]
    height, width = of_conv.shape[2:]
    weight = rng.standard_normal((height, width, filters, shape[1], *kernel))
    bias = rng.standard_normal((filters, height, width))
    y = both.locally_connected2d(x, weight, bias, **options)
    y = y[0] if both.name == "numpy" else y
    for r in range(height):
        for c in range(width):
            want = F.conv2d(torch.tensor(x), torch.tensor(weight[r, c]), **options).numpy()
            assert_allclose(y[:, :, r, c], want[:, :, r, c] + bias[:, r, c], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", LOCAL)
def test_the_derivatives_of_local_connections_are_those_of_finite_differences(case):
    shape, filters, kernel, options = LOCAL[case]
    rng = np.random.default_rng(5)
    x = rng.standard_normal(shape)
    out = conv.conv2d(x, np.ones((1, shape[1], *kernel)), **options)[0].shape[2:]
    inputs = (
        x,
        rng.standard_normal((*out, filters, shape[1], *kernel)),
        rng.standard_normal((filters, *out)),
    )
    y, cache = conv.locally_connected2d(*inputs, **options)
    dy = random_like(y).numpy()
    for array, gradient in zip(inputs, conv.locally_connected2d_backward(dy, cache), strict=True):
        gradcheck(lambda _: conv.locally_connected2d(*inputs, **options)[0], array, gradient, dy)


def test_local_connections_with_equal_weights_are_a_convolution():
    x, weight, _ = arrays((2, 3, 6, 5), 4, (3, 2), {})
    want = conv.conv2d(x, weight)[0]
    untied = np.broadcast_to(weight, (*want.shape[2:], *weight.shape))
    assert_allclose(conv.locally_connected2d(x, untied)[0], want, rtol=1e-10, atol=1e-12)


# --- properties ---


@st.composite
def convolutions(draw):
    """Arrays and options of some legal conv2d"""

    def two(low, high):
        return draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    kernel, dilation, padding = two(1, 4), two(1, 3), two(0, 3)
    stride = draw(st.sampled_from([(1, 1), two(1, 3)]))
    groups = draw(st.integers(1, 2))
    size = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + more
        for k, d, p, more in zip(kernel, dilation, padding, two(0, 4), strict=True)
    )
    shape = (draw(st.integers(1, 3)), groups * draw(st.integers(1, 2)), *size)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (*arrays(shape, groups * draw(st.integers(1, 2)), kernel, options), options)


PROPERTY = settings(max_examples=60, derandomize=True, deadline=None)


@PROPERTY
@given(convolutions())
def test_convolution_and_transposed_convolution_are_adjoint(case):
    x, weight, _, options = case
    y, cache = conv.conv2d(x, weight, **options)
    dy = random_like(y).numpy()
    dx, dweight, dbias = conv.conv2d_backward(dy, cache)
    assert dbias is None
    assert_allclose((dy * y).sum(), (dx * x).sum(), rtol=1e-9, atol=1e-9)  # ⟨Cx, y⟩ = ⟨x, Cᵀy⟩
    assert_allclose((dy * y).sum(), (dweight * weight).sum(), rtol=1e-9, atol=1e-9)
    left_over = tuple(
        (n + 2 * p - d * (k - 1) - 1) % s
        for n, k, s, p, d in zip(
            x.shape[2:], weight.shape[2:], *list(options.values())[:3], strict=True
        )
    )
    back = conv.conv_transpose2d(dy, weight, output_padding=left_over, **options)[0]
    assert_allclose(dx, back, rtol=1e-9, atol=1e-9, strict=True)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(convolutions(), st.sampled_from([1, 2000, 2**20]))
def test_any_convolution_and_its_derivatives_are_torchs(case, part):
    *inputs, options = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_strips, "_BYTES", part)
        patch.setattr(conv, "_COLUMN_BYTES", part)
        y, cache = conv.conv2d(*inputs, **options)
        got = y, *conv.conv2d_backward(random_like(y).numpy(), cache)
    want, gradients = torch_gradients(lambda *a: F.conv2d(*a, **options), inputs, random_like)
    for mine, theirs in zip(got, (want, *gradients), strict=True):
        assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12, strict=True)


@PROPERTY
@given(convolutions())
def test_convolution_is_linear_and_has_the_size_that_the_formula_says(case):
    x, weight, bias, options = case
    y = conv.conv2d(x, weight, bias, **options)[0]
    doubled = conv.conv2d(2 * x, weight, **options)[0] + 3 * conv.conv2d(-x, weight, **options)[0]
    assert_allclose(doubled, bias[:, None, None] - y, rtol=1e-9, atol=1e-9)
    for axis in (0, 1):
        stride, padding, dilation = (options[n][axis] for n in ("stride", "padding", "dilation"))
        last = x.shape[2 + axis] + padding - dilation * (weight.shape[2 + axis] - 1) - 1
        assert y.shape[2 + axis] == len(range(-padding, last + 1, stride))


def test_a_shifted_image_gives_a_shifted_output():
    x, weight, bias = arrays((2, 3, 8, 9), 4, (3, 2), {})
    y = conv.conv2d(x, weight, bias)[0]
    shifted = conv.conv2d(np.roll(x, (1, 2), axis=(2, 3)), weight, bias)[0]
    assert_allclose(shifted[:, :, 1:, 2:], y[:, :, :-1, :-2], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("pair", ["conv2d", "conv_transpose2d"])
def test_views_and_broadcast_arrays_are_as_good_as_arrays_of_their_own(pair, stride):
    rng = np.random.default_rng(6)
    x = rng.standard_normal((9, 7, 4, 5)).transpose(3, 2, 0, 1)  # channels last in memory
    weight = rng.standard_normal((2, 3, 4, 4)).transpose(2, 3, 0, 1)
    forward, backward = getattr(conv, pair), getattr(conv, f"{pair}_backward")
    y, cache = forward(x, weight, stride=stride)
    dy = np.broadcast_to(1.0, y.shape)  # what the derivative of a sum is
    own, own_cache = forward(x.copy(), weight.copy(), stride=stride)
    assert_allclose(y, own, rtol=1e-12, atol=1e-13)
    results = backward(dy, cache)[:2], backward(np.ones(y.shape), own_cache)[:2]
    for got, want in zip(*results, strict=True):
        assert_allclose(got, want, rtol=1e-12, atol=1e-13)


# --- facts ---


@pytest.mark.parametrize(
    ("size", "kernel", "options", "want"),
    [
        (7, 3, {}, 5),
        (7, 3, {"stride": 2}, 3),
        (7, 3, {"padding": 1}, 7),
        (32, 5, {}, 28),
        (28, 5, {}, 24),
        (24, 5, {}, 20),
        (32, 5, {"padding": 2}, 32),
        (9, 3, {"dilation": 4}, 1),
    ],
)
def test_output_sizes(both, size, kernel, options, want):
    assert both.output_size(size, kernel, **options) == want


@pytest.mark.parametrize(
    ("channels", "filters", "padding", "want"),
    [(3, 6, 0, (1, 6, 28, 28)), (3, 10, 2, (1, 10, 32, 32))],
)
def test_output_shapes_of_5_by_5_filters_on_32_by_32_pixels(channels, filters, padding, want):
    layer = nn.Conv2d(channels, filters, 5, padding=padding)
    assert layer(np.zeros((1, channels, 32, 32), dtype=np.float32)).shape == want


def parameters(layer):
    return sum(parameter.data.size for parameter in layer.parameters())


@pytest.mark.parametrize(
    ("layer", "want"),
    [
        (lambda: nn.Conv2d(3, 10, 5), 760),
        (lambda: nn.Conv2d(1, 6, 5), 156),  # LeNet-5's C1
        (lambda: nn.Conv2d(16, 120, 5), 48_120),  # C5
        (lambda: nn.Linear(120, 84), 10_164),  # F6
        (lambda: nn.Linear(84, 10), 850),
        # 40,000 units that see 10×10 pixels each: 4 million weights; shared, 100
        (lambda: nn.LocallyConnected2d(1, 1, 200, 10, padding="same", bias=False), 4_000_000),
        (lambda: nn.Conv2d(1, 1, 10, padding="same", bias=False), 100),
    ],
)
def test_numbers_of_parameters(layer, want):
    assert parameters(layer()) == want


# --- what is refused ---

X, W, B = np.zeros((2, 3, 8, 9)), np.zeros((4, 3, 3, 2)), np.zeros(4)
T = np.zeros((3, 4, 3, 2))
L = np.zeros((6, 8, 4, 3, 3, 2))
ERRORS = [
    (
        lambda m: m.conv2d(X[0], W),
        "conv2d: x has shape (3, 8, 9); it must be (N, C, H, W), not empty",
    ),
    (
        lambda m: m.conv2d(X[:0], W),
        "conv2d: x has shape (0, 3, 8, 9); it must be (N, C, H, W), not empty",
    ),
    (
        lambda m: m.conv2d(X, W[0]),
        "conv2d: weight has shape (3, 3, 2); it must be (out, in/groups, kH, kW), not empty",
    ),
    (
        lambda m: m.conv2d(X[:, :2], W),
        "conv2d: x has 2 channels, weight expects 3; is x (N, C, H, W)?",
    ),
    (
        lambda m: m.conv2d(np.zeros((2, 4, 8, 9)), W, groups=2),
        "conv2d: x has 4 channels, weight expects 2 groups of 3; is x (N, C, H, W)?",
    ),
    (
        lambda m: m.conv2d(X, W, groups=3),
        "conv2d: groups is 3, which does not divide the 4 output channels; it must divide both",
    ),
    (
        lambda m: m.conv2d(X, W, groups=0),
        "conv2d: groups is 0; it must be a whole number from 1",
    ),
    (
        lambda m: m.conv2d(X, W, B[:3]),
        "conv2d: bias has shape (3,); it must be (4,), one number for each output channel",
    ),
    (
        lambda m: m.conv2d(X, W, stride=0),
        "conv2d: stride is 0; it must be a whole number from 1, or a pair of them: (height, width)",
    ),
    (
        lambda m: m.conv2d(X, W, padding=(1, 2, 3)),
        "conv2d: padding is (1, 2, 3); it must be a whole number from 0, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.conv2d(X, W, dilation=1.5),
        "conv2d: dilation is 1.5; it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.conv2d(X, W, padding="full"),
        "conv2d: padding is 'full'; it must be 'valid', 'same', a whole number or a pair",
    ),
    (
        lambda m: m.conv2d(X, W, padding="same", stride=2),
        "conv2d: padding is 'same' and stride (2, 2); 'same' needs stride 1: "
        "pass the padding as a number",
    ),
    (
        lambda m: m.conv2d(X[:, :, :2], W),
        "conv2d: x with its padding is 2 high, the kernel 3; pad 1 more in all, "
        "or use a smaller kernel or dilation",
    ),
    (
        lambda m: m.conv2d(X, W, dilation=(1, 9)),
        "conv2d: x with its padding is 9 wide, the kernel 10; pad 1 more in all, "
        "or use a smaller kernel or dilation",
    ),
    (
        lambda m: m.conv_transpose2d(X, W),
        "conv_transpose2d: x has 3 channels, weight expects 4; "
        "weight must be (in, out/groups, kH, kW), not as in conv2d",
    ),
    (
        lambda m: m.conv_transpose2d(X, T, groups=2),
        "conv_transpose2d: groups is 2, which does not divide the 3 input channels; "
        "it must divide both",
    ),
    (
        lambda m: m.conv_transpose2d(X, T, B[:1]),
        "conv_transpose2d: bias has shape (1,); it must be (4,), "
        "one number for each output channel",
    ),
    (
        lambda m: m.conv_transpose2d(X, T, stride=2, output_padding=2),
        "conv_transpose2d: output_padding is 2; it must be less than the stride or the dilation",
    ),
    (
        lambda m: m.conv_transpose2d(X, T, padding=5),
        "conv_transpose2d: the output would be 0×0; use less padding",
    ),
    (
        lambda m: m.locally_connected2d(X, W),
        "locally_connected2d: weight has shape (4, 3, 3, 2); "
        "it must be (outH, outW, out, in, kH, kW), not empty",
    ),
    (
        lambda m: m.locally_connected2d(X[:, :2], L),
        "locally_connected2d: x has 2 channels, weight expects 3; is x (N, C, H, W)?",
    ),
    (
        lambda m: m.locally_connected2d(X[:, :, :7], L),
        "locally_connected2d: x has 5×8 windows, weight is for 6×8; "
        "untied weights fit one size of image only",
    ),
    (
        lambda m: m.locally_connected2d(X, L, B),
        "locally_connected2d: bias has shape (4,); it must be (4, 6, 8), "
        "one number for each output channel and place",
    ),
    (
        lambda m: m.unfold(X[0], 3),
        "unfold: x has shape (3, 8, 9); it must be (N, C, H, W), not empty",
    ),
    (
        lambda m: m.fold(np.zeros((2, 12, 5)), (3, 4), (2, 3)),
        "fold: columns has shape (2, 12, 5); it must be (N, C·6, 4): "
        "kernel entries, and windows in the output",
    ),
    (
        lambda m: m.output_size(7, 3, stride=3),
        "output_size: stride 3 leaves 1 of 7 pixels over; use another stride, "
        "or padding so that 3 divides size + 2·padding - 3",
    ),
    (
        lambda m: m.output_size(5, 3, dilation=3, padding=0),
        "output_size: a kernel that spans 7 does not fit in 5; "
        "use more padding or a smaller kernel or dilation",
    ),
    (
        lambda m: m.output_size(5.0, 3),
        "output_size: size is 5.0; it must be a whole number from 1",
    ),
    (
        lambda m: m.module.Conv2d(4, 6, 3, groups=4),
        "Conv2d: groups is 4, which does not divide the 6 output channels; it must divide both",
    ),
    (
        lambda m: m.module.ConvTranspose2d(3, 6, 3, groups=2),
        "ConvTranspose2d: groups is 2, which does not divide the 3 input channels; "
        "it must divide both",
    ),
    (
        lambda m: m.module.Conv2d(4, 6, (3, 0)),
        "Conv2d: kernel_size is (3, 0); it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.module.LocallyConnected2d(1, 2, (4, 5), 6),
        "LocallyConnected2d: x with its padding is 4 high, the kernel 6; pad 2 more in all, "
        "or use a smaller kernel or dilation",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[m[:40] for _, m in ERRORS])
def test_what_does_not_fit_is_refused_with_a_remedy(both, call, message):
    check_error(ValueError, message, lambda: call(both))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            TypeError,
            lambda: conv.conv2d(X.astype(np.uint8), W),
            "conv2d: x is uint8; convert it to float32 or float64",
        ),
        (
            TypeError,
            lambda: nn.Conv2d(3, 4, 3)(X),
            "conv2d: x is float64, weight is float32; convert one of them "
            "(a whole layer with layer.to(dtype))",
        ),
        (
            TypeError,
            lambda: conv.conv_transpose2d(X, T, B.astype(np.float32)),
            "conv_transpose2d: x is float64, bias is float32; convert one of them "
            "(a whole layer with layer.to(dtype))",
        ),
        (
            ValueError,
            lambda: conv.conv2d_backward(B, conv.conv2d(X, W)[1]),
            "conv2d_backward: dy has shape (4,); it must be (2, 4, 6, 8), as the output",
        ),
        (
            ValueError,
            lambda: conv.conv_transpose2d_backward(X, conv.conv_transpose2d(X, T)[1]),
            "conv_transpose2d_backward: dy has shape (2, 3, 8, 9); it must be (2, 4, 10, 10), "
            "as the output",
        ),
        (
            ValueError,
            lambda: conv.locally_connected2d_backward(X, conv.locally_connected2d(X, L)[1]),
            "locally_connected2d_backward: dy has shape (2, 3, 8, 9); it must be (2, 4, 6, 8), "
            "as the output",
        ),
    ],
)
def test_the_numpy_side_refuses_mixed_dtypes_and_gradients_of_another_shape(error, call, message):
    check_error(error, message, call)


# --- the benchmark ---


def test_the_benchmark_puts_convolutions_beside_their_products():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.layers", "--rounds", "1", "--rows", "convolution 32"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    heading, _, convolution, mean, *_ = done.stdout.splitlines()
    assert heading.endswith("| NumPy / its products | torch / its products |")
    ours, theirs, ratio, alone, alone_theirs, *ratios = map(float, convolution.split("|")[2:-1])
    want = ours / theirs, ours / alone, theirs / alone_theirs
    assert_allclose((ratio, *ratios), want, rtol=0.02)
    assert mean.startswith("| convolutions, geometric mean |")
