"""The grid against the kernel: the same with a cell for each pixel, and near it with few cells."""

import numpy as np
import pytest
from both_libraries import check_error
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib import data
from cs_lib.numpy.segmentation import crf
from cs_lib.numpy.segmentation.crf import crf_kernel, crf_mean_field, crf_step
from cs_lib.numpy.segmentation.crf_grid import CRFGrid, crf_grid_mean_field, crf_grid_step

N, K, H, W = 2, 3, 6, 7
OPTIONS = {
    "appearance": 2.0,
    "appearance_distance": 3.0,
    "appearance_colour": 0.4,
    "smoothness": 0.5,
    "smoothness_distance": 1.7,
}
ALONE = {**OPTIONS, "cells": (3.0, 1e5)}  # a cell for each pixel's place, and for its colour
CONVENTIONS = [
    {"normalization": normalization, "self_message": self_message}
    for normalization in (None, "symmetric", "before", "after")
    for self_message in (False, True)
]


def softmax(x):
    exp = np.exp(x - x.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def example(dtype=np.float64):
    rng = np.random.default_rng(0)
    images, unary = rng.random((N, 3, H, W)), rng.standard_normal((N, K, H, W))
    q, table = softmax(rng.standard_normal((N, K, H, W))), rng.standard_normal((K, K))
    return tuple(x.astype(dtype) for x in (images, unary, q, table))


def by_kernel(q, kernel):
    return (q.reshape(*q.shape[:2], -1) @ kernel.swapaxes(1, 2)).reshape(q.shape)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_with_a_cell_for_each_pixel_messages_are_those_of_the_kernel(convention):
    images, _, q, _ = example()
    want = by_kernel(q, crf_kernel(images, **OPTIONS, **convention))
    got = CRFGrid(images, **ALONE, **convention).message(q)
    assert_allclose(got, want, rtol=1e-11, atol=1e-12, strict=True)


@pytest.mark.parametrize("potts", [False, True])
def test_with_a_cell_for_each_pixel_steps_are_those_of_the_kernel(potts):
    images, unary, q, table = example()
    table = None if potts else table
    grid, kernel = CRFGrid(images, **ALONE), crf_kernel(images, **OPTIONS)
    want = crf_step(unary, q, kernel, table)[0]
    assert_allclose(crf_grid_step(unary, q, grid, table), want, rtol=1e-10, strict=True)
    for steps in (0, 4):
        want = crf_mean_field(unary, kernel, table, steps=steps)[0]
        got = crf_grid_mean_field(unary, grid, table, steps=steps)
        assert_allclose(got, want, rtol=1e-9, strict=True)


@pytest.mark.parametrize("cells", [(1, 1), (0.3, 0.3)])
def test_where_all_pixels_are_alike_in_colour_only_places_are_rounded(cells):
    """Two pixels: in one cell they hear each other fully, in two as in the kernel."""
    images = np.full((1, 3, 1, 2), 0.3)
    options = {"appearance_distance": 1.0, "smoothness": 0.0, "cells": cells}
    q = np.array([[[[0.2, 0.9]]]])
    one = cells[0] < 1
    want = q[..., ::-1] * (1 if one else np.exp(-0.5))
    assert_allclose(CRFGrid(images, **options).message(q), want, rtol=1e-12)


def photograph(name):
    return data.photograph(name)[None, :, ::4, ::4]


@pytest.mark.parametrize("name", ["astronaut", "cat", "coffee", "rocket"])
@pytest.mark.parametrize("distance", [6.0, 15.0])
def test_finer_cells_come_nearer_to_the_kernel_of_a_photograph(name, distance):
    images = photograph(name).astype(np.float64)
    rng = np.random.default_rng(0)
    regions = rng.standard_normal((1, K, 4, 4)).repeat(15, axis=2).repeat(15, axis=3)
    q = softmax(4 * regions[:, :, : images.shape[2], : images.shape[3]])
    options = {"appearance_distance": distance, "smoothness": 0.0, "normalization": "after"}
    want = by_kernel(q, crf_kernel(images, **options))
    errors = [
        np.abs(CRFGrid(images, **options, cells=cells).message(q) - want).mean()
        for cells in ((1, 0.5), (2, 1), (4, 2))
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 0.03
    assert errors[2] < 0.012


def test_float32_stays_and_nothing_is_modified():
    images, unary, q, table = example(np.float32)
    before = [x.copy() for x in (images, unary, q, table)]
    grid = CRFGrid(images, normalization="symmetric")
    assert grid.message(q).dtype == np.float32
    assert crf_grid_step(unary, q, grid, table).dtype == np.float32
    assert crf_grid_mean_field(unary, grid).dtype == np.float32
    for x, y in zip((images, unary, q, table), before, strict=True):
        assert_allclose(x, y, rtol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_would_make_subnormal_products_is_nothing(dtype):
    """They are slow. A sum that any other number is in is the same without it."""
    info = np.finfo(dtype)
    x = np.geomspace(info.smallest_subnormal, 1, 200, dtype=dtype)
    kept = crf.without_tiny(x)
    assert ((x * x[:, None] > 0) & (x * x[:, None] < info.tiny)).any()
    assert not ((kept * kept[:, None] > 0) & (kept * kept[:, None] < info.tiny)).any()
    assert_array_equal(kept[kept > 0], x[kept > 0])
    images = np.zeros((1, 1, 4, 5), dtype)
    q = np.full((1, 1, 4, 5), x[kept == 0].max())
    assert_array_equal(CRFGrid(images).message(q), 0)
    q[0, 0, 0, 0] = x[kept > 0].min()
    assert (CRFGrid(images).message(q) > 0).any()


def test_who_hears_nobody_hears_nothing():
    images = np.array([[[[0.0, 0.5, 1.0]]]])
    grid = CRFGrid(
        images,
        appearance_colour=1e-3,
        smoothness=0.0,
        smoothness_distance=1e-3,
        normalization="symmetric",
    )
    assert (grid.message(np.ones((1, 2, 1, 3))) == 0).all()


IMAGE, UNARY = np.zeros((1, 3, 2, 4)), np.zeros((1, 5, 2, 4))
GRID = CRFGrid(IMAGE)
# fmt: off
ERRORS = [
    (ValueError, "CRFGrid: images has shape (3, 2, 4); it must be (N, C, H, W), not empty",
     lambda: CRFGrid(IMAGE[0])),
    (ValueError, "CRFGrid: cells is 0; it must be above 0", lambda: CRFGrid(IMAGE, cells=(2, 0))),
    (ValueError, "CRFGrid: normalization is 'rows'; it must be None, 'symmetric', 'before' or "
     "'after'", lambda: CRFGrid(IMAGE, normalization="rows")),
    (ValueError, "crf_grid_step: q has shape (1, 4, 2, 4), unary (1, 5, 2, 4); both must be the "
     "same", lambda: crf_grid_step(UNARY, UNARY[:, 1:], GRID)),
    (ValueError, "crf_grid_mean_field: unary has shape (1, 5, 2, 3), the grid's images "
     "(1, 3, 2, 4); both must have as many images, of one size",
     lambda: crf_grid_mean_field(UNARY[..., 1:], GRID)),
    (ValueError, "crf_grid_mean_field: compatibility has shape (5,); it must be (5, 5), one number "
     "for each two classes", lambda: crf_grid_mean_field(UNARY, GRID, np.zeros(5))),
    (ValueError, "crf_grid_mean_field: steps is -1; it must be a whole number from 0",
     lambda: crf_grid_mean_field(UNARY, GRID, steps=-1)),
]
# fmt: on


@pytest.mark.parametrize(("error", "message", "call"), ERRORS)
def test_bad_fields_are_told_what_to_do(error, message, call):
    check_error(error, message, call)
