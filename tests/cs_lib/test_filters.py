"""Convolution as a sum, a filter and a matrix; the arithmetic of networks; LeNet-5's numbers."""

import numpy as np
import pytest
import scipy.ndimage
import torch
from both_libraries import check_error
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import nn
from cs_lib.numpy.nn import arithmetic, conv, filters

RNG = np.random.default_rng(0)
SIGNAL = [4, 3, 2, -5, 3, 5, 2, 5, 5, 6]
BOX = [1 / 3, 1 / 3, 1 / 3]
INSIDE = [3, 0, 0, 1, 10 / 3, 4, 4, 16 / 3]


@pytest.mark.parametrize(
    ("boundary", "want"),
    [
        ("shrink", INSIDE),
        ("zero", [7 / 3, *INSIDE, 11 / 3]),
        ("edge", [11 / 3, *INSIDE, 17 / 3]),
    ],
)
def test_a_box_filter_over_ten_numbers(boundary, want):
    assert_allclose(filters.convolve(SIGNAL, BOX, boundary=boundary), want, atol=1e-15)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 11])
def test_convolution_of_signals_is_numpys_and_scipys(size):
    x, kernel = RNG.standard_normal(11), RNG.standard_normal(size)
    close = {"rtol": 1e-12, "atol": 1e-14, "strict": True}
    assert_allclose(filters.convolve(x, kernel), np.convolve(x, kernel, "valid"), **close)
    zero = filters.convolve(x, kernel, boundary="zero")
    assert_allclose(zero, np.convolve(x, kernel, "same"), **close)
    edge = filters.convolve(x, kernel, boundary="edge")
    want = scipy.ndimage.convolve1d(x, kernel, mode="nearest", origin=-((size + 1) % 2))
    assert_allclose(edge, want, **close)


def test_two_boxes_make_a_triangle_and_two_gaussians_a_gaussian():
    triangle = filters.convolve([0, 0, 1, 1, 1, 0, 0], [1, 1, 1], boundary="zero")
    assert_allclose(triangle, [0, 1, 2, 3, 2, 1, 0])
    t = np.arange(-80, 81) / 4

    def gaussian(variance):
        return np.exp(-(t**2) / 2 / variance) / np.sqrt(2 * np.pi * variance)

    sum_of_variances = filters.convolve(gaussian(1.5), gaussian(2.0), boundary="zero") / 4
    assert_allclose(sum_of_variances, gaussian(3.5), atol=1e-12)


KERNELS = {"skew": np.arange(6.0).reshape(2, 3), "tall": RNG.standard_normal((5, 1))}
KERNELS |= filters.KERNELS


@pytest.mark.parametrize("name", KERNELS)
def test_filters_of_images_are_scipys(name):
    x, kernel = RNG.standard_normal((2, 3, 6, 7)), KERNELS[name]
    origin = [-((k + 1) % 2) for k in kernel.shape]
    for boundary, mode in (("edge", "nearest"), ("zero", "constant")):
        y = filters.filter2d(x, kernel, boundary=boundary)
        for image in np.ndindex(2, 3):
            want = scipy.ndimage.convolve(x[image], kernel, mode=mode, origin=origin)
            assert_allclose(y[image], want, rtol=1e-12, atol=1e-14, strict=True)
    top, left = (k // 2 for k in kernel.shape)
    inner = filters.filter2d(x, kernel, boundary="shrink")
    assert inner.shape == (2, 3, 7 - kernel.shape[0], 8 - kernel.shape[1])
    same = filters.filter2d(x, kernel)[:, :, top:, left:]
    top, left = kernel.shape[0] - 1 - top, kernel.shape[1] - 1 - left
    same = same[:, :, : inner.shape[2], : inner.shape[3]]
    assert_allclose(inner, same, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "centre", "side", "corner"),
    [
        ("edge", 8, -1, -1),
        ("box", 1 / 9, 1 / 9, 1 / 9),
        ("sharpen", 5, -1, 0),
        ("gaussian", 1 / 4, 1 / 8, 1 / 16),
    ],
)
def test_kernels_of_the_lectures(name, centre, side, corner):
    want = np.full((3, 3), float(corner))
    want[1] = want[:, 1] = side
    want[1, 1] = centre
    assert_allclose(filters.KERNELS[name], want)
    impulse = np.zeros((1, 1, 5, 6), dtype=np.float32)
    impulse[0, 0, 2, 3] = 1
    y = filters.filter2d(impulse, filters.KERNELS[name])
    assert y.dtype == np.float32
    assert_allclose(y[0, 0, 1:4, 2:5], want, rtol=1e-6)
    flat = filters.filter2d(np.full((1, 2, 4, 5), 0.3), filters.KERNELS[name])
    assert_allclose(flat, 0 if name == "edge" else 0.3, atol=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        filters.KERNELS[name][0, 0] = 1


# --- the matrix ---

MATRICES = {
    "plain": ((2, 3, 3, 2), (5, 4), {}),
    "stride, padding": ((3, 2, 2, 3), (5, 6), {"stride": (2, 3), "padding": (1, 2)}),
    "dilation": ((1, 2, 3, 2), (7, 5), {"dilation": (2, 3), "padding": 1}),
}


@pytest.mark.parametrize("case", MATRICES)
def test_convolution_is_a_matrix_and_its_backward_the_transpose(case):
    shape, size, options = MATRICES[case]
    weight, x = RNG.standard_normal(shape), RNG.standard_normal((4, shape[1], *size))
    matrix = filters.conv_matrix(weight, size, **options)
    want = torch.conv2d(torch.tensor(x), torch.tensor(weight), **options).numpy()
    columns = x.reshape(4, -1).T  # an image a column
    assert_allclose((matrix @ columns).T.reshape(want.shape), want, rtol=1e-10, atol=1e-12)
    assert_allclose(matrix @ columns[:, 1], want[1].ravel(), rtol=1e-10, atol=1e-12)

    y, cache = conv.conv2d(x, weight, **options)
    dy = RNG.standard_normal(y.shape)
    dx = (matrix.T @ dy.reshape(4, -1).T).T.reshape(x.shape)
    assert_allclose(dx, conv.conv2d_backward(dy, cache)[0], rtol=1e-10, atol=1e-12)

    assert_allclose(matrix.toarray() @ columns, matrix @ columns, rtol=1e-10, atol=1e-12)
    assert_array_equal(matrix.T.toarray(), matrix.toarray().T)


def test_a_3_by_3_kernel_on_4_by_4_pixels_is_a_matrix_of_4_rows_and_16_columns():
    weight = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    matrix = filters.conv_matrix(weight, 4)
    assert matrix.shape == (4, 16)
    assert len(matrix.values) == 36
    first = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
    want = [np.roll(first, shift) for shift in (0, 1, 4, 5)]
    assert_array_equal(matrix.toarray(), want)


# --- arithmetic ---


@pytest.mark.parametrize(
    ("layers", "want"),
    [
        ([(3,), (3,), (3,)], [3, 5, 7]),  # w - 1 more a layer
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], [3, 7, 15]),  # dilation
        ([(5,), (2, 2)], [5, 6]),  # K = 5, then pooling P = 2: P + K - 1
        ([(7,), (3, 3)], [7, 9]),
        ([(3, 2)] * 5, [3, 7, 15, 31, 63]),  # strides: exponential
        ([1, 3, (1, 2)], [1, 3, 3]),
        ([], []),
    ],
)
def test_receptive_fields(layers, want):
    assert arithmetic.receptive_field(layers) == want


@pytest.mark.parametrize("layers", [[(3, 2), (2, 2), (3, 1, 2)], [(5,), (2, 2), (5,), (2, 2)]])
def test_a_receptive_field_is_where_a_unit_has_a_derivative(layers):
    x = torch.ones(1, 1, 1, 80, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel, *others in layers:
        stride, dilation = (*others, 1, 1)[:2]
        ones = torch.ones(1, 1, 1, kernel, dtype=torch.float64)
        y = torch.conv2d(y, ones, stride=stride, dilation=dilation)
    (dx,) = torch.autograd.grad(y[0, 0, 0, 2], x)
    seen = np.flatnonzero(dx.numpy())
    assert arithmetic.receptive_field(layers)[-1] == seen[-1] - seen[0] + 1


COUNTS = [
    (arithmetic.linear_parameters, nn.Linear, (5, 7), {"bias": False}),
    (arithmetic.linear_parameters, nn.Linear, (5, 7), {}),
    (arithmetic.conv2d_parameters, nn.Conv2d, (6, 4, (3, 2)), {"groups": 2}),
    (arithmetic.conv2d_parameters, nn.Conv2d, (6, 4, 3), {"bias": False}),
    (
        arithmetic.locally_connected2d_parameters,
        nn.LocallyConnected2d,
        (2, 3, (7, 9), (3, 2)),
        {"stride": (2, 3), "padding": 1},
    ),
]


@pytest.mark.parametrize(("count", "layer", "args", "options"), COUNTS)
def test_parameters_are_counted_as_the_layer_has_them(count, layer, args, options):
    have = sum(parameter.data.size for parameter in layer(*args, **options).parameters())
    assert count(*args, **options) == have


C3_INPUTS = [3] * 6 + [4] * 9 + [6]  # how many of S2's six maps each of C3's sixteen sees
LENET = {
    "C1": (arithmetic.conv2d_parameters(1, 6, 5), 156),
    "S2": (6 * 2, 12),  # a factor and a bias for each map
    "C3": (sum(arithmetic.conv2d_parameters(maps, 1, 5) for maps in C3_INPUTS), 1516),
    "S4": (16 * 2, 32),
    "C5": (arithmetic.conv2d_parameters(16, 120, 5), 48_120),
    "F6": (arithmetic.linear_parameters(120, 84), 10_164),
    "output": (arithmetic.linear_parameters(84, 10), 850),
}


@pytest.mark.parametrize("layer", LENET)
def test_the_parameters_of_lenet(layer):
    assert LENET[layer][0] == LENET[layer][1]


def test_lenet_has_60850_parameters_in_all():
    assert sum(count for count, _ in LENET.values()) == 60_850


@pytest.mark.parametrize(
    ("count", "want"),
    [
        (arithmetic.conv2d_parameters(3, 10, 5), 760),
        (arithmetic.conv2d_parameters(1, 1, 10, bias=False), 100),
        (
            arithmetic.locally_connected2d_parameters(1, 1, 200, 10, padding="same", bias=False),
            4_000_000,
        ),
        (arithmetic.linear_parameters(200 * 200, 40_000, bias=False), 1_600_000_000),
        (arithmetic.linear_parameters(16 * 16 * 256, 4096, bias=False), 2**28),
    ],
)
def test_parameter_counts_of_the_lectures(count, want):
    assert count == want


# --- what is refused ---

X = np.zeros((2, 3, 4, 5))
ERRORS = [
    (
        lambda: filters.convolve([1, 2], [1, 2, 3]),
        "convolve: x has shape (2,), kernel (3,); they must be (L,) and (K,) with 1 <= K <= L",
    ),
    (
        lambda: filters.convolve([1, 2], [1], boundary="wrap"),
        "convolve: boundary is 'wrap'; it must be 'shrink', 'zero' or 'edge'",
    ),
    (
        lambda: filters.filter2d(X[0], BOX),
        "filter2d: x has shape (3, 4, 5); it must be (N, C, H, W), not empty",
    ),
    (
        lambda: filters.filter2d(X, BOX),
        "filter2d: kernel has shape (3,); it must be (kH, kW), not empty, "
        "at most as large as the image, 4×5",
    ),
    (
        lambda: filters.filter2d(X, np.ones((5, 3))),
        "filter2d: kernel has shape (5, 3); it must be (kH, kW), not empty, "
        "at most as large as the image, 4×5",
    ),
    (
        lambda: filters.conv_matrix(np.ones((1, 1, 3, 2)), (2, 4)),
        "conv_matrix: x with its padding is 2 high, the kernel 3; pad 1 more in all, "
        "or use a smaller kernel or dilation",
    ),
    (
        lambda: filters.conv_matrix(np.ones((1, 3, 2)), (2, 4)),
        "conv_matrix: weight has shape (1, 3, 2); it must be (F, C, kH, kW), not empty",
    ),
    (
        lambda: filters.conv_matrix(np.ones((1, 1, 3, 2)), 4) @ np.ones(15),
        "SparseMatrix: x has 15 rows, the matrix 16 columns; both must agree",
    ),
    (
        lambda: arithmetic.receptive_field([3, (3, 0)]),
        "receptive_field: layers[1] is 0; it must be a whole number from 1",
    ),
    (
        lambda: arithmetic.receptive_field([(3, 1, 1, 1)]),
        "receptive_field: layers[0] is (3, 1, 1, 1); it must be (kernel_size, stride, dilation)",
    ),
    (
        lambda: arithmetic.conv2d_parameters(3, 4, 5, groups=2),
        "conv2d_parameters: groups is 2, which does not divide the 3 input channels; "
        "it must divide both",
    ),
    (
        lambda: arithmetic.locally_connected2d_parameters(1, 1, 4, 5),
        "locally_connected2d_parameters: x with its padding is 4 high, the kernel 5; "
        "pad 1 more in all, or use a smaller kernel or dilation",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[m[:40] for _, m in ERRORS])
def test_what_does_not_fit_is_refused_with_a_remedy(call, message):
    check_error(ValueError, message, call)
