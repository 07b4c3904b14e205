"""Pooling against torch, finite differences and the numbers of the lectures."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import pool

both = in_both("nn.pool")
RNG = np.random.default_rng(0)

IMAGES = {
    "random": RNG.standard_normal((5, 3, 9, 7)),
    "negative": -RNG.random((2, 4, 8, 10)) - 1,
    "ties": RNG.integers(0, 3, (3, 2, 10, 7)).astype(float),
    "constant": np.full((1, 2, 6, 7), -2.0),
}
# kernel_size, options: kH ≠ kW, stride ≠ kernel, overlaps, gaps, padding 0 and more, left over
WINDOWS = {
    "whole windows": (2, {}),
    "not square": ((3, 2), {}),
    "overlap": ((3, 2), {"stride": (2, 1)}),
    "gaps": ((1, 2), {"stride": (2, 3)}),
    "padding": ((3, 2), {"stride": 2, "padding": (1, 1)}),
    "padding of half a kernel": (4, {"padding": 2, "stride": (3, 1)}),
}
PAIRS = {
    "max_pool2d": (pool.max_pool2d, pool.max_pool2d_backward, F.max_pool2d),
    "avg_pool2d": (pool.avg_pool2d, pool.avg_pool2d_backward, F.avg_pool2d),
    "avg_pool2d, pixels alone": (
        lambda x, k, **o: pool.avg_pool2d(x, k, count_include_pad=False, **o),
        pool.avg_pool2d_backward,
        lambda x, k, **o: F.avg_pool2d(x, k, count_include_pad=False, **o),
    ),
}


def compare(mine, backward, theirs, x, **close):
    """Value and derivative, with torch's"""
    tensor = torch.tensor(x, requires_grad=True)
    want = theirs(tensor)
    y, cache = mine(x)
    assert_allclose(y, want.detach().numpy(), strict=True, **close)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    (dx,) = torch.autograd.grad(want, tensor, torch.tensor(dy))
    assert_allclose(backward(dy, cache), dx.numpy(), strict=True, **close)


@pytest.mark.parametrize("images", IMAGES)
@pytest.mark.parametrize("windows", WINDOWS)
@pytest.mark.parametrize("pair", PAIRS)
def test_pooling_and_its_derivative_are_torchs(pair, windows, images):
    mine, backward, theirs = PAIRS[pair]
    kernel, options = WINDOWS[windows]
    compare(
        lambda x: mine(x, kernel, **options),
        backward,
        lambda x: theirs(x, kernel, **options),
        IMAGES[images],
        rtol=1e-12,
        atol=1e-14,
    )


@pytest.mark.parametrize("images", IMAGES)
@pytest.mark.parametrize("windows", WINDOWS)
def test_the_indices_of_maxima_are_torchs(windows, images):
    kernel, options = WINDOWS[windows]
    (y, indices), _ = pool.max_pool2d(IMAGES[images], kernel, return_indices=True, **options)
    want, want_indices = F.max_pool2d(
        torch.tensor(IMAGES[images]), kernel, return_indices=True, **options
    )
    assert_array_equal(y, want)
    assert_array_equal(indices, want_indices, strict=True)


def test_a_window_of_minus_infinity_has_a_maximum_on_the_image_and_not_on_its_padding():
    x = np.full((1, 1, 3, 4), -np.inf)
    (y, indices), cache = pool.max_pool2d(x, 2, padding=1, return_indices=True)
    assert_array_equal(y, np.full((1, 1, 2, 3), -np.inf))
    assert_array_equal(indices[0, 0], [[0, 1, 3], [4, 5, 7]])
    assert_allclose(pool.max_pool2d_backward(np.ones_like(y), cache).sum(), 6)


def test_a_maximum_with_nan_is_nan():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 2] = np.nan
    assert_array_equal(pool.max_pool2d(x, 2)[0], [[[[0, np.nan]]]])


LP = [(2, 2, {}), (2, (3, 2), {"stride": (2, 1)}), (4, (2, 3), {"stride": 3}), (6, 2, {})]


@pytest.mark.parametrize(("norm_type", "kernel", "options"), LP)
def test_lp_pooling_and_its_derivative_are_torchs(norm_type, kernel, options):
    compare(
        lambda x: pool.lp_pool2d(x, norm_type, kernel, **options),
        pool.lp_pool2d_backward,
        lambda x: F.lp_pool2d(x, norm_type, kernel, **options),
        IMAGES["random"],
        rtol=1e-10,
        atol=1e-12,
    )


@pytest.mark.parametrize("output_size", [1, 2, (4, 3), (9, 7), (7, 11), (3, 1)])
def test_adaptive_mean_pooling_and_its_derivative_are_torchs(output_size):
    compare(
        lambda x: pool.adaptive_avg_pool2d(x, output_size),
        pool.adaptive_avg_pool2d_backward,
        lambda x: F.adaptive_avg_pool2d(x, output_size),
        IMAGES["random"],
        rtol=1e-10,
        atol=1e-12,
    )


FRACTIONAL = [(2, (6, 4)), ((3, 2), (5, 6)), ((2, 3), (8, 1)), (1, (9, 7)), ((9, 2), (1, 3))]


@pytest.mark.parametrize(("kernel", "output_size"), FRACTIONAL)
def test_fractional_pooling_and_its_derivative_are_torchs(kernel, output_size):
    x = IMAGES["random"]
    samples = torch.tensor(np.random.default_rng(7).random((5, 3, 2)))
    compare(
        lambda x: pool.fractional_max_pool2d(
            x, kernel, output_size=output_size, rng=np.random.default_rng(7)
        ),
        pool.fractional_max_pool2d_backward,
        lambda x: F.fractional_max_pool2d(x, kernel, output_size, _random_samples=samples),
        x,
        rtol=1e-12,
    )


@pytest.mark.parametrize(("size", "out"), [(25, 18), (36, 25), (20, 14), (11, 3)])
def test_fractional_windows_end_at_the_border_and_step_by_one_of_two_lengths(both, size, out):
    x = np.tile(np.arange(float(size)), (40, 2, size, 1))  # a pixel says its column
    step = (size - 2) / (out - 1)
    results = [
        both.fractional_max_pool2d(x, 2, output_size=out, rng=np.random.default_rng(seed))
        for seed in (0, 0, 1)
    ]
    y, again, other = (r[0] if both.name == "numpy" else r for r in results)
    assert_array_equal(y, again)
    assert (y != other).any()
    ends = y[:, :, 0]
    assert_array_equal(ends[..., -1], np.full((40, 2), size - 1.0))
    steps = np.diff(ends, axis=-1)
    assert set(np.unique(steps)) == {np.floor(step), np.ceil(step)}
    assert (ends[0] != ends[1]).any()
    assert (ends[:, 0] != ends[:, 1]).any()


def test_an_output_ratio_is_a_share_of_each_side(both):
    y = both.fractional_max_pool2d(
        IMAGES["random"], 2, output_ratio=(0.5, 0.72), rng=np.random.default_rng(0)
    )
    assert (y[0] if both.name == "numpy" else y).shape == (5, 3, 4, 5)


UNPOOL = [(2, {}, (8, 10)), ((2, 3), {}, (8, 12)), (3, {"stride": 3, "padding": 1}, (7, 10))]


@pytest.mark.parametrize(("kernel", "options", "size"), UNPOOL)
def test_unpooling_and_its_derivative_are_torchs(kernel, options, size):
    x = np.random.default_rng(8).permutation(2 * 3 * size[0] * size[1]).reshape(2, 3, *size)
    (y, indices), _ = pool.max_pool2d(x.astype(float), kernel, return_indices=True, **options)
    compare(
        lambda y: pool.max_unpool2d(y, indices, kernel, **options),
        pool.max_unpool2d_backward,
        lambda y: F.max_unpool2d(y, torch.tensor(indices), kernel, **options),
        y,
        rtol=0,
    )
    unpooled = pool.max_unpool2d(y, indices, kernel, output_size=size, **options)[0]
    assert_array_equal(unpooled, np.where(np.isin(x, y), x, 0))


# --- derivatives and properties ---

LINEAR = {
    "avg_pool2d": (pool.avg_pool2d, ((3, 2), {"stride": (2, 1), "padding": 1})),
    "adaptive_avg_pool2d": (pool.adaptive_avg_pool2d, ((4, 3), {})),
}
CURVED = {
    "max_pool2d": (pool.max_pool2d, ((3, 2), {"stride": (2, 1), "padding": 1})),
    "lp_pool2d": (pool.lp_pool2d, (2, (3, 2), {"stride": (2, 1)})),
    "l2_pool_features": (pool.l2_pool_features, (2, {})),
}


@pytest.mark.parametrize("name", LINEAR | CURVED)
def test_derivatives_of_poolings_are_those_of_finite_differences(name):
    f, (*args, options) = (LINEAR | CURVED)[name]
    x = np.random.default_rng(9).standard_normal((2, 4, 6, 5))
    y, cache = f(x, *args, **options)
    dy = np.random.default_rng(10).standard_normal(y.shape)
    dx = getattr(pool, f"{name}_backward")(dy, cache)
    gradcheck(lambda x: f(x, *args, **options)[0], x, dx, dy)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    size=st.tuples(st.integers(3, 8), st.integers(3, 8)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    seed=st.integers(0, 99),
)
def test_mean_pooling_and_its_backward_are_adjoint_and_poolings_are_ordered(
    size, kernel, stride, seed
):
    x = np.random.default_rng(seed).standard_normal((2, 3, *size))
    y, cache = pool.avg_pool2d(x, kernel, stride=stride)
    dy = np.random.default_rng(seed + 100).standard_normal(y.shape)
    dx = pool.avg_pool2d_backward(dy, cache)
    assert_allclose((dy * y).sum(), (dx * x).sum(), rtol=1e-9, atol=1e-9)
    largest = pool.max_pool2d(x, kernel, stride=stride)[0]
    smallest = -pool.max_pool2d(-x, kernel, stride=stride)[0]
    assert ((smallest <= y + 1e-12) & (y <= largest + 1e-12)).all()
    length = pool.lp_pool2d(x, 2, kernel, stride=stride)[0]
    assert (np.maximum(abs(largest), abs(smallest)) <= length + 1e-12).all()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_any_max_pooling_gives_dy_to_the_pixels_that_torch_gives_it_to(data):
    def two(low, high):
        return data.draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    kernel, stride, more = two(1, 4), two(1, 4), two(0, 5)
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    size = tuple(k + m for k, m in zip(kernel, more, strict=True))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    options = {"stride": stride, "padding": padding}
    compare(
        lambda x: pool.max_pool2d(x, kernel, **options),
        pool.max_pool2d_backward,
        lambda x: F.max_pool2d(x, kernel, **options),
        rng.integers(-2, 2, (2, 3, *size)).astype(float),  # with many ties
        rtol=1e-12,
        atol=1e-14,
    )


def test_the_length_of_features_does_not_change_when_a_group_is_rotated(both):
    x = RNG.standard_normal((2, 6, 3, 4))
    y = both.l2_pool_features(x, 3)
    y = y[0] if both.name == "numpy" else y
    want = np.linalg.norm(x.reshape(2, 2, 3, 3, 4), axis=2)
    assert_allclose(y, want, rtol=1e-12, strict=True)
    rotation = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    turned = np.einsum("ij,ngjhw->ngihw", rotation, x.reshape(2, 2, 3, 3, 4)).reshape(x.shape)
    again = both.l2_pool_features(turned, 3)
    assert_allclose(again[0] if both.name == "numpy" else again, want, rtol=1e-12)


@pytest.mark.parametrize(
    "f", [lambda m, x: m.lp_pool2d(x, 2, 2), lambda m, x: m.l2_pool_features(x, 2)]
)
def test_the_derivative_of_a_length_is_zero_where_all_is_zero(f):
    import cs_lib.torch.nn.pool as torch_pool

    x = np.zeros((1, 4, 4, 4))
    y, cache = f(pool, x)
    backward = pool.lp_pool2d_backward if y.shape[1] == 4 else pool.l2_pool_features_backward
    assert_array_equal(backward(np.ones_like(y), cache), x)
    tensor = torch.zeros(x.shape, dtype=torch.float64, requires_grad=True)
    f(torch_pool, tensor).sum().backward()
    assert_array_equal(tensor.grad.numpy(), x)


# --- facts ---


@pytest.mark.parametrize(
    ("f", "image", "want"),
    [
        (
            "max_pool2d",
            [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]],
            [[6, 8], [3, 4]],
        ),
        (
            "max_pool2d",
            [[3, 1, 3, 5], [6, 0, 7, 9], [3, 2, 1, 4], [0, 2, 4, 3]],
            [[6, 9], [3, 4]],
        ),
        (
            "avg_pool2d",
            [[3, 1, 3, 5], [6, 0, 7, 9], [3, 2, 1, 4], [0, 2, 4, 3]],
            [[2.5, 6], [1.75, 3]],
        ),
    ],
)
def test_two_by_two_pooling_of_the_lectures_images(both, f, image, want):
    y = getattr(both, f)(np.array([[image]], dtype=float), 2)
    assert_allclose((y[0] if both.name == "numpy" else y)[0, 0], want, rtol=1e-15)


# --- what is refused ---

X = np.zeros((2, 4, 6, 5))
INDICES = np.zeros((2, 4, 6, 5), dtype=np.int64)
FRACTION = {"rng": np.random.default_rng(0)}
ERRORS = [
    (
        lambda m: m.max_pool2d(X[0], 2),
        "max_pool2d: x has shape (4, 6, 5); it must be (N, C, H, W), not empty",
    ),
    (
        lambda m: m.max_pool2d(X, (7, 2)),
        "max_pool2d: x with its padding is 6 high, the kernel 7; pad 1 more in all, "
        "or use a smaller kernel or dilation",
    ),
    (
        lambda m: m.max_pool2d(X, 3, padding=2),
        "max_pool2d: padding is 2, kernel_size 3; "
        "more than half a kernel would leave windows with padding alone",
    ),
    (
        lambda m: m.avg_pool2d(X, 2, stride=0),
        "avg_pool2d: stride is 0; it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.avg_pool2d(X, (2, 3, 4)),
        "avg_pool2d: kernel_size is (2, 3, 4); it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.adaptive_avg_pool2d(X, 0),
        "adaptive_avg_pool2d: output_size is 0; it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (lambda m: m.lp_pool2d(X, 3, 2), "lp_pool2d: norm_type is 3; it must be 2, 4, 6 or 8"),
    (
        lambda m: m.l2_pool_features(X, 3),
        "l2_pool_features: group_size is 3; it must divide x's 4 channels",
    ),
    (
        lambda m: m.fractional_max_pool2d(X, 2, **FRACTION),
        "fractional_max_pool2d: give output_size or output_ratio, one of them",
    ),
    (
        lambda m: m.fractional_max_pool2d(X, 2, output_ratio=(0.5, 1), **FRACTION),
        "fractional_max_pool2d: output_ratio is (0.5, 1); it must be between 0 and 1, "
        "or a pair of such numbers",
    ),
    (
        lambda m: m.fractional_max_pool2d(X, 2, output_size=(3, 5), **FRACTION),
        "fractional_max_pool2d: x is 5 wide, too few for 5 windows of 2 that start at "
        "different pixels; use a smaller output or kernel",
    ),
    (
        lambda m: m.max_unpool2d(X, INDICES[:1], 2),
        "max_unpool2d: indices has shape (1, 4, 6, 5), x (2, 4, 6, 5); "
        "both must be as max_pool2d gave them",
    ),
    (
        lambda m: m.max_unpool2d(X, INDICES + 120, 2),
        "max_unpool2d: indices has 120, the output 12×10 places; "
        "pass the size of what was pooled as output_size",
    ),
    (
        lambda m: m.max_unpool2d(X[:, :, :1], INDICES[:, :, :1], 2, padding=1),
        "max_unpool2d: the output would be 0×8; use less padding",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[m[:40] for _, m in ERRORS])
def test_what_does_not_fit_is_refused_with_a_remedy(both, call, message):
    check_error(ValueError, message, lambda: call(both))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: pool.max_pool2d(INDICES, 2),
            TypeError,
            "max_pool2d: x is int64; convert it to float32 or float64",
        ),
        (
            lambda: pool.max_pool2d_backward(X, pool.max_pool2d(X, 2)[1]),
            ValueError,
            "max_pool2d_backward: dy has shape (2, 4, 6, 5); it must be (2, 4, 3, 2), "
            "as the output",
        ),
        (
            lambda: pool.avg_pool2d_backward(X, pool.avg_pool2d(X, 2)[1]),
            ValueError,
            "avg_pool2d_backward: dy has shape (2, 4, 6, 5); it must be (2, 4, 3, 2), "
            "as the output",
        ),
    ],
)
def test_the_numpy_side_refuses_integers_and_gradients_of_another_shape(call, error, message):
    check_error(error, message, call)
