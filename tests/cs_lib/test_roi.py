"""Region pooling of both libraries against loops over single samples, torch's autograd and
finite differences.
"""

import inspect
import math
import sys
from fractions import Fraction

import numpy as np
import oracles
import pytest
import torch
from both_libraries import DEVICES, check_error, in_both, to_numpy
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.detection import roi as np_roi
from cs_lib.torch.detection import roi as torch_roi

lib = in_both("detection.roi")

N, C, H, W = 3, 4, 9, 7


def forward(lib, name, *args, **kwargs):
    y = getattr(lib, name)(*args, **kwargs)
    return y[0] if lib.name == "numpy" else y


def feature_maps(seed=0, dtype=np.float64, levels=None):
    rng = np.random.default_rng(seed)
    if levels:
        return rng.integers(-levels, 0, (N, C, H, W)).astype(dtype)  # ties, and all below 0
    return rng.standard_normal((N, C, H, W)).astype(dtype)


# Some inside, some across the border, some outside, one inverted by rounding, one a point, in the
# pixels of an image 4 times as large as the map, and not in the order of their images.
ROIS = np.array(
    [
        [2, 3, 5, 22, 30],
        [0, 0, 0, 28, 36],
        [0, 8.5, 14, 9.5, 14.25],
        [1, -13, -7, 9, 11],
        [2, 15, 20, 60, 61],
        [1, -40, -50, -20, -30],
        [0, 50, 3, 70, 20],
        [2, 10, 10, 10, 10],
        [1, 1.9, 2.1, 17.7, 33.3],
        [1, -6, 2, 10, 34],  # a corner at -1.5 cells, another at 2.5
    ]
)
# For roi_align, off every place where a rounding decides (a sample just at the border, a bin of
# just a whole number of cells).
OFF_GRID = ROIS + np.array([0, 0.0137, -0.0219, 0.0331, 0.0473])

# --- oracles: one bin of one region at a time ---


def naive_pool(x, rois, ph, pw, scale):
    def rounded(v):  # halves away from 0
        return int(math.copysign(math.floor(abs(v) + 0.5), v))

    def span(k, bins, first, last, length):
        size = Fraction(max(last - first + 1, 1), bins)
        start, stop = first + math.floor(k * size), first + math.ceil((k + 1) * size)
        return range(max(start, 0), min(stop, length))

    y = np.zeros((len(rois), x.shape[1], ph, pw))
    for r, (image, *box) in enumerate(rois.tolist()):
        x1, y1, x2, y2 = (rounded(v * scale) for v in box)
        for c in range(x.shape[1]):
            for i in range(ph):
                for j in range(pw):
                    rows, columns = span(i, ph, y1, y2, H), span(j, pw, x1, x2, W)
                    cells = [x[int(image), c, a, b] for a in rows for b in columns]
                    y[r, c, i, j] = max(cells, default=0)
    return y


def interpolated(x, v, u):
    """The bilinear value of one map x: (H, W) at row v, column u."""
    if not (-1 <= v <= H and -1 <= u <= W):
        return 0.0
    v, u = min(max(v, 0), H - 1), min(max(u, 0), W - 1)
    top, left = min(math.floor(v), H - 2), min(math.floor(u), W - 2)
    dv, du = v - top, u - left
    upper = (1 - du) * x[top, left] + du * x[top, left + 1]
    lower = (1 - du) * x[top + 1, left] + du * x[top + 1, left + 1]
    return (1 - dv) * upper + dv * lower


def naive_align(x, rois, ph, pw, scale, ratio, aligned):
    y = np.zeros((len(rois), x.shape[1], ph, pw))
    for r, (image, *box) in enumerate(rois.tolist()):
        x1, y1, x2, y2 = (v * scale - (0.5 if aligned else 0) for v in box)
        height, width = y2 - y1, x2 - x1
        if not aligned:
            height, width = max(height, 1), max(width, 1)
        down, right = (
            (ratio, ratio) if ratio > 0 else (math.ceil(height / ph), math.ceil(width / pw))
        )
        for c in range(x.shape[1]):
            for i in range(ph):
                for j in range(pw):
                    values = [
                        interpolated(
                            x[int(image), c],
                            y1 + (i + (a + 0.5) / down) * height / ph,
                            x1 + (j + (b + 0.5) / right) * width / pw,
                        )
                        for a in range(down)
                        for b in range(right)
                    ]
                    y[r, c, i, j] = sum(values) / max(len(values), 1)
    return y


# --- values ---


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 5), (12, 4)])
@pytest.mark.parametrize("scale", [1, 0.25, 1 / 3])
@pytest.mark.parametrize("levels", [None, 3])
def test_roi_pool_is_its_loop(lib, size, scale, levels):
    x = feature_maps(levels=levels)
    got = forward(lib, "roi_pool", x, ROIS, size, spatial_scale=scale)
    assert_array_equal(got, naive_pool(x, ROIS, *size, scale), strict=True)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 5)])
@pytest.mark.parametrize("scale", [1, 0.25, 0.3])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 1, 2, 3])
def test_roi_align_is_its_loop(lib, size, scale, aligned, ratio):
    x = feature_maps()
    options = {"spatial_scale": scale, "sampling_ratio": ratio, "aligned": aligned}
    got = forward(lib, "roi_align", x, OFF_GRID, size, **options)
    want = naive_align(x, OFF_GRID, *size, scale, ratio, aligned)
    assert_allclose(got, want, rtol=1e-10, atol=1e-12, strict=True)


# Its version in Python takes the nearest value for a sample however far outside, where its compiled
# operator has 0: so, boxes within the image.
WITHIN = np.concatenate([OFF_GRID[:, :1], OFF_GRID[:, 1:].clip(0, [4 * W, 4 * H] * 2)], axis=1)
WITHIN = WITHIN[(WITHIN[:, 3:] - WITHIN[:, 1:3] > 0.5).all(axis=1)]


@pytest.mark.parametrize("scale", [0.25, 0.2])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_roi_align_and_its_gradient_are_those_of_torchvision(scale, aligned, ratio):
    oracles.torchvision()
    in_python = sys.modules["torchvision.ops.roi_align"]._roi_align
    x, dy = feature_maps(), np.random.default_rng(1).standard_normal((len(WITHIN), C, 3, 4))
    assert len(WITHIN) > 5
    leaf, own, rois = (torch.tensor(v) for v in (x, x, WITHIN))
    for tensor in (leaf, own):
        tensor.requires_grad_()
    want = inspect.unwrap(in_python)(leaf, rois, scale, 3, 4, ratio, aligned)
    want.backward(torch.tensor(dy))
    options = {"spatial_scale": scale, "sampling_ratio": ratio, "aligned": aligned}
    y, cache = np_roi.roi_align(x, WITHIN, (3, 4), **options)
    in_torch = torch_roi.roi_align(own, rois, (3, 4), **options)
    in_torch.backward(torch.tensor(dy))
    for got in (y, in_torch.detach()):
        assert_allclose(got, want.detach(), rtol=1e-10, atol=1e-12)
    for got in (np_roi.roi_align_backward(dy, cache), own.grad):
        assert_allclose(got, leaf.grad, rtol=1e-10, atol=1e-12)


def test_roi_pool_by_hand(lib):
    x = np.arange(20.0).reshape(1, 1, 4, 5)
    rois = np.array([[0, 1, 0, 3, 3], [0, 0, 0, 4, 3]])  # the last cell belongs to the region
    got = forward(lib, "roi_pool", x, rois, 2)
    assert got.tolist() == [[[[7, 8], [17, 18]]], [[[7, 9], [17, 19]]]]  # 3 columns in 2 bins: 2, 2


def test_an_empty_bin_of_roi_pool_is_zero_even_where_all_else_is_negative(lib):
    x = np.full((1, 1, 4, 4), -5.0)
    got = forward(lib, "roi_pool", x, np.array([[0, 2, 0, 5, 3]]), (1, 2))
    assert got.tolist() == [[[[-5, 0]]]]


def test_roi_align_of_a_plane_is_its_value_at_the_centre_of_each_bin(lib):
    """Interpolation is exact for a plane, and the mean of samples lies in the middle."""
    v, u = np.mgrid[:H, :W]
    x = np.broadcast_to(3.0 * v + 10 * u + 2, (1, 1, H, W)).copy()
    rois = np.array([[0, 1.2, 2.3, 5.2, 6.9]])
    rows, columns = 2.3 + np.array([0.5, 1.5]) * 2.3, 1.2 + np.array([0.5, 1.5, 2.5]) * 4 / 3
    for aligned in (False, True):
        got = forward(lib, "roi_align", x, rois, (2, 3), aligned=aligned)
        shift = 0.5 * aligned
        want = 3 * (rows[:, None] - shift) + 10 * (columns - shift) + 2
        assert_allclose(got[0, 0], want, rtol=1e-12)


def test_roi_align_of_whole_cells_is_those_cells_where_it_is_aligned(lib):
    x = feature_maps()
    got = forward(lib, "roi_align", x, np.array([[1, 2, 1, 5, 6]]), (5, 3), aligned=True)
    assert_allclose(got[0], x[1, :, 1:6, 2:5], rtol=1e-12)


@pytest.mark.parametrize(
    ("at", "want"), [(-1, 1), (-1.125, 0), (-0.5, 1), (W, 7), (W + 0.125, 0), (W - 0.5, 7)]
)
def test_roi_align_takes_the_nearest_value_up_to_one_cell_outside(lib, at, want):
    x = np.broadcast_to(np.arange(1.0, W + 1), (1, 1, H, W)).copy()
    roi = np.array([[0, at - 0.5, 0, at + 0.5, H]])
    assert forward(lib, "roi_align", x, roi, 1, sampling_ratio=1).item() == want


@pytest.mark.parametrize("name", ["roi_pool", "roi_align"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_output_has_the_dtype_of_the_maps_and_no_regions_give_none(lib, name, dtype):
    x = feature_maps(dtype=dtype)
    got = forward(lib, name, x, ROIS, 3, spatial_scale=0.25)
    assert got.dtype == dtype
    assert_allclose(
        got, forward(lib, name, x.astype(float), ROIS, 3, spatial_scale=0.25), rtol=1e-4
    )
    assert forward(lib, name, x, ROIS[:0], (2, 3)).shape == (0, C, 2, 3)


@pytest.mark.parametrize("name", ["roi_pool", "roi_align"])
def test_a_region_is_cut_out_of_its_own_image(lib, name):
    x = feature_maps()
    got = forward(lib, name, x, ROIS, (2, 3), spatial_scale=0.25)
    for r, roi in enumerate(ROIS):
        alone = forward(lib, name, x[int(roi[0])][None], np.array([[0, *roi[1:]]]), (2, 3),
                        spatial_scale=0.25)  # fmt: skip
        assert_allclose(got[r], alone[0], rtol=1e-12)


# --- gradients ---

OPTIONS = {
    "roi_pool": [{"spatial_scale": 0.25}, {"spatial_scale": 1.0}],
    "roi_align": [
        {"spatial_scale": 0.25},
        {"spatial_scale": 0.25, "sampling_ratio": 2, "aligned": True},
        {"sampling_ratio": 1},
    ],
}
CASES = [(name, options) for name, rows in OPTIONS.items() for options in rows]


def pair(name):
    return getattr(np_roi, name), getattr(np_roi, f"{name}_backward")


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("levels", [None, 3])
@pytest.mark.parametrize("device", DEVICES)
def test_the_gradient_is_that_of_autograd(name, options, levels, device):
    f, f_backward = pair(name)
    x = feature_maps(levels=levels)  # equal maxima: the first of them gets the gradient
    y, cache = f(x, ROIS, (3, 2), **options)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    tensor = torch.tensor(x, device=device, requires_grad=True)
    in_torch = getattr(torch_roi, name)(
        tensor, torch.tensor(ROIS, device=device), (3, 2), **options
    )
    in_torch.backward(torch.tensor(dy, device=device))
    got = f_backward(dy, cache)
    assert_allclose(got, to_numpy(tensor.grad), rtol=1e-10, atol=1e-12, strict=True)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_gradient_is_that_of_finite_differences(name, options):
    f, f_backward = pair(name)
    rng = np.random.default_rng(0)
    x = rng.permutation(N * C * H * W).reshape(N, C, H, W) / 10.0  # no two maxima are near
    y, cache = f(x, ROIS, (2, 3), **options)
    dy, step = rng.standard_normal(y.shape), 1e-4
    got = f_backward(dy, cache)
    for cell in map(tuple, rng.integers(0, x.shape, (60, 4))):
        shift = np.zeros_like(x)
        shift[cell] = step
        up, down = (f(x + s, ROIS, (2, 3), **options)[0] for s in (shift, -shift))
        assert got[cell] == pytest.approx((dy * (up - down)).sum() / (2 * step), abs=1e-7)


@pytest.mark.parametrize("options", OPTIONS["roi_align"])
def test_roi_align_and_its_backward_are_adjoint(options):
    """⟨Ax, y⟩ = ⟨x, Aᵀy⟩ for any x and y."""
    rng = np.random.default_rng(0)
    ax, cache = np_roi.roi_align(feature_maps(), ROIS, (4, 3), **options)
    y = rng.standard_normal(ax.shape)
    aty = np_roi.roi_align_backward(y, cache)
    assert (ax * y).sum() == pytest.approx((feature_maps() * aty).sum(), rel=1e-12)


@pytest.mark.parametrize("name", OPTIONS)
def test_inputs_are_not_modified(name):
    f, f_backward = pair(name)
    x, rois = feature_maps(), ROIS.copy()
    y, cache = f(x, rois, 3)
    dy = np.ones_like(y)
    first = f_backward(dy, cache)
    assert_array_equal(f_backward(dy, cache), first)  # the cache is read only
    assert_array_equal(x, feature_maps())
    assert_array_equal(rois, ROIS)
    assert_array_equal(dy, 1)


def test_the_gradient_has_the_dtype_of_the_maps():
    for name in OPTIONS:
        f, f_backward = pair(name)
        y, cache = f(feature_maps(dtype=np.float32), ROIS, 3)
        assert f_backward(y, cache).dtype == np.float32


# --- errors ---

X = np.zeros((2, 1, 4, 5))
# fmt: off
ERRORS = [
    ("x has shape (4, 5); it must be (N, C, H, W), not empty",
     lambda f: f(X[0, 0], [[0, 1, 1, 2, 2]], 2)),
    ("rois has shape (1, 4); it must be (R, 5)",
     lambda f: f(X, [[1, 1, 2, 2]], 2)),
    ("rois[1] is of image 2; column 0 must be an image index from 0 to 1, then (x1, y1, x2, y2)",
     lambda f: f(X, [[1, 1, 1, 2, 2], [2, 1, 1, 2, 2]], 2)),
    ("rois[0] is of image 0.5; column 0 must be an image index from 0 to 1, then (x1, y1, x2, y2)",
     lambda f: f(X, [[0.5, 1, 1, 2, 2]], 2)),
    ("rois[0] is [3.0, 1.0, 2.0, 2.0]; a box is (x1, y1, x2, y2), x1 <= x2 and y1 <= y2, finite: "
     "if yours is (x, y, w, h), use box_convert",
     lambda f: f(X, [[0, 3, 1, 2, 2]], 2)),
    ("output_size is (2, 0); it must be a whole number from 1, or a pair of them: (height, width)",
     lambda f: f(X, [[0, 1, 1, 2, 2]], (2, 0))),
    ("output_size is 2.0; it must be a whole number from 1, or a pair of them: (height, width)",
     lambda f: f(X, [[0, 1, 1, 2, 2]], 2.0)),
]
# fmt: on


@pytest.mark.parametrize("module", [np_roi, torch_roi], ids=["numpy", "torch"])
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_regions_are_told_what_to_do(module, name, message, call):
    check_error(ValueError, f"{name}: {message}", lambda: call(getattr(module, name)))


@pytest.mark.parametrize("ratio", [0, -2, 1.5])
def test_a_sampling_ratio_is_a_whole_number(lib, ratio):
    message = (
        f"roi_align: sampling_ratio is {ratio}; it must be a whole number from 1, or -1 for as "
        "many samples as a bin has cells"
    )
    check_error(ValueError, message, lambda: lib.roi_align(X, ROIS[:0], 2, sampling_ratio=ratio))
