"""Up-sampling against torch and its own transpose."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import conv, upsample

both = in_both("nn.upsample")

SIZES = [
    {"scale_factor": 2},
    {"scale_factor": (3, 2)},
    {"scale_factor": 1.5},
    {"scale_factor": (2.3, 0.6)},
    {"size": 16},
    {"size": (13, 5)},
    {"size": (1, 30)},
    {"size": (6, 7)},
]


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(2, 3, 6, 7), (1, 1, 5, 9), (3, 2, 2, 4), (1, 2, 4, 1)])
@pytest.mark.parametrize("options", SIZES, ids=str)
def test_interpolation_and_its_derivative_are_torchs(options, shape, mode):
    if "scale_factor" in options and min(shape[2:]) == 1:
        options = {"scale_factor": 2}
    x = np.random.default_rng(0).standard_normal(shape)
    tensor = torch.tensor(x, requires_grad=True)
    want = F.interpolate(tensor, mode=mode, **options)
    y, cache = upsample.interpolate(x, mode=mode, **options)
    assert_allclose(y, want.detach().numpy(), rtol=1e-10, atol=1e-12, strict=True)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    (dx,) = torch.autograd.grad(want, tensor, torch.tensor(dy))
    got = upsample.interpolate_backward(dy, cache)
    assert_allclose(got, dx.numpy(), rtol=1e-10, atol=1e-12, strict=True)
    gradcheck(lambda x: upsample.interpolate(x, mode=mode, **options)[0], x, got, dy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", range(1, 60))
def test_the_nearest_pixel_is_torchs_for_every_size(size, dtype):
    x = np.arange(26.0, dtype=dtype).reshape(1, 1, 1, 26)
    for options in ({"size": (1, size)}, {"scale_factor": (1, size / 26 + 0.001)}):
        y, _ = upsample.interpolate(x, **options)
        assert_array_equal(y, F.interpolate(torch.tensor(x), **options).numpy(), strict=True)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    size=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    out=st.tuples(st.integers(1, 15), st.integers(1, 15)),
    mode=st.sampled_from(["nearest", "bilinear"]),
)
def test_interpolation_keeps_constants_and_its_backward_is_its_transpose(size, out, mode):
    rng = np.random.default_rng(sum(size + out))
    x = rng.standard_normal((2, 3, *size))
    y, cache = upsample.interpolate(x, size=out, mode=mode)
    dy = rng.standard_normal(y.shape)
    dx = upsample.interpolate_backward(dy, cache)
    assert_allclose((dy * y).sum(), (dx * x).sum(), rtol=1e-9, atol=1e-9)
    shifted, _ = upsample.interpolate(x + 5, size=out, mode=mode)
    assert_allclose(shifted, y + 5, rtol=1e-10)
    assert ((x.min() - 1e-12 <= y) & (y <= x.max() + 1e-12)).all()


def test_bilinear_doubling_is_a_transposed_convolution_but_for_the_border():
    x = np.random.default_rng(2).standard_normal((2, 1, 5, 6))
    line = np.array([0.25, 0.75, 0.75, 0.25])
    kernel = np.outer(line, line)[None, None]
    want, _ = conv.conv_transpose2d(x, kernel, stride=2, padding=1)
    y, _ = upsample.interpolate(x, scale_factor=2, mode="bilinear")
    assert_allclose(y[:, :, 1:-1, 1:-1], want[:, :, 1:-1, 1:-1], rtol=1e-10, atol=1e-12)


X = np.zeros((2, 3, 4, 5))
ERRORS = [
    (
        lambda m: m.interpolate(X[0], size=3),
        "interpolate: x has shape (3, 4, 5); it must be (N, C, H, W), not empty",
    ),
    (lambda m: m.interpolate(X), "interpolate: give size or scale_factor, one of them"),
    (
        lambda m: m.interpolate(X, size=3, scale_factor=2),
        "interpolate: give size or scale_factor, one of them",
    ),
    (
        lambda m: m.interpolate(X, size=3, mode="bicubic"),
        "interpolate: mode is 'bicubic'; it must be 'nearest' or 'bilinear'",
    ),
    (
        lambda m: m.interpolate(X, size=(3, 0)),
        "interpolate: size is (3, 0); it must be a whole number from 1, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.interpolate(X, scale_factor=(2, -1)),
        "interpolate: scale_factor is (2, -1); it must be a positive number, "
        "or a pair of them: (height, width)",
    ),
    (
        lambda m: m.interpolate(X, scale_factor=0.2),
        "interpolate: the output would be 0×1; use a larger scale_factor",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[m[:40] for _, m in ERRORS])
def test_what_does_not_fit_is_refused_with_a_remedy(both, call, message):
    check_error(ValueError, message, lambda: call(both))


def test_the_numpy_side_refuses_integers_and_gradients_of_another_shape():
    message = "interpolate: x is int64; convert it to float32 or float64"
    check_error(TypeError, message, lambda: upsample.interpolate(X.astype(int), size=3))
    _, cache = upsample.interpolate(X, size=3)
    message = (
        "interpolate_backward: dy has shape (2, 3, 4, 5); it must be (2, 3, 3, 3), as the output"
    )
    check_error(ValueError, message, lambda: upsample.interpolate_backward(X, cache))
