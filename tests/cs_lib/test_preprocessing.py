"""Preprocessing against scikit-learn and NumPy's moments, and what each one promises."""

import re

import numpy as np
import pytest
import sklearn.decomposition
import sklearn.preprocessing
import torch
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import preprocessing as P
from cs_lib.torch import preprocessing as T

RNG = np.random.default_rng(0)
MIXING = RNG.standard_normal((12, 12))
ROWS = RNG.standard_normal((60, 12)) @ MIXING + 3
IMAGES = ROWS.reshape(60, 2, 3, 2)
NEW = RNG.standard_normal((7, 2, 3, 2))

ALL = {
    "MeanImage": lambda p: p.MeanImage(),
    "ChannelMean": lambda p: p.ChannelMean(),
    "ChannelStandardize": lambda p: p.ChannelStandardize(),
    "PCA": lambda p: p.PCA(),
    "PCA whitening": lambda p: p.Whitening("pca", eps=0),
    "ZCA whitening": lambda p: p.Whitening(eps=0.1),
}


@pytest.mark.parametrize("x", [ROWS, IMAGES], ids=["rows", "images"])
@pytest.mark.parametrize("name", ALL)
def test_the_inverse_undoes_it_on_new_data_and_nothing_is_changed(name, x):
    x, new = x.copy(), NEW.reshape(7, *x.shape[1:])
    model = ALL[name](P)
    assert model.fit(x) is model
    assert_allclose(model.inverse_transform(model.transform(new)), new, atol=1e-9)
    assert abs(model.transform(new) - new.reshape(model.transform(new).shape)).max() > 0.1
    assert_array_equal(x.ravel(), ROWS.ravel())


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_float32(name):
    model = ALL[name](P).fit(IMAGES.astype(np.float32))
    y = model.transform(NEW.astype(np.float32))
    assert y.dtype == model.inverse_transform(y).dtype == np.float32
    assert {value.dtype for value in model.state_dict().values()} == {np.dtype(np.float32)}


def test_means_are_over_images_or_over_pixels_too():
    assert_allclose(P.MeanImage().fit(IMAGES).mean_, sum(IMAGES) / 60)
    want = [IMAGES[:, c].ravel().mean() for c in range(2)]
    assert_allclose(P.ChannelMean().fit(IMAGES).mean_, want)
    y = P.ChannelMean().fit(IMAGES).transform(NEW)
    assert_allclose(y[:, 1], NEW[:, 1] - want[1])


def test_standardised_channels_have_mean_zero_and_deviation_one():
    y = P.ChannelStandardize().fit(IMAGES).transform(IMAGES)
    assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    assert_allclose(y.std(axis=(0, 2, 3)), 1)


def test_standardised_columns_are_those_of_scikit_learn():
    x = np.column_stack([ROWS, np.full(60, 0.5)])  # the last column is constant
    want = sklearn.preprocessing.StandardScaler().fit(x)
    got = P.ChannelStandardize().fit(x)
    assert_allclose(got.transform(x), want.transform(x), atol=1e-12)
    assert_allclose(got.std_, want.scale_)


@pytest.mark.parametrize("k", [1, 5, None])
def test_pca_is_that_of_scikit_learn(k):
    want = sklearn.decomposition.PCA(k, svd_solver="full").fit(ROWS)
    got = P.PCA(k).fit(ROWS)
    sign = np.sign((want.components_ * got.components_).sum(axis=1))
    assert_allclose(got.components_, sign[:, None] * want.components_, atol=1e-10)
    assert_allclose(got.explained_variance_, want.explained_variance_, rtol=1e-10)
    assert_allclose(got.transform(ROWS), sign * want.transform(ROWS), atol=1e-9)
    largest = abs(got.components_).argmax(axis=1)
    assert (got.components_[np.arange(len(largest)), largest] > 0).all()


def test_what_pca_leaves_out_is_the_variance_of_the_other_directions():
    all_of_it, model = P.PCA().fit(ROWS), P.PCA(4).fit(ROWS)
    y = model.transform(ROWS)
    assert y.shape == (60, 4)
    left_out = ((ROWS - model.inverse_transform(y)) ** 2).sum() / 59
    assert_allclose(left_out, all_of_it.explained_variance_[4:].sum())


@pytest.mark.parametrize("method", ["pca", "zca"])
def test_whitened_data_has_the_identity_as_covariance(method):
    y = P.Whitening(method, eps=0).fit(IMAGES).transform(IMAGES)
    assert y.shape == ((60, 12) if method == "pca" else IMAGES.shape)
    assert_allclose(np.cov(y.reshape(60, 12).T), np.eye(12), atol=1e-9)


def test_pca_whitening_is_that_of_scikit_learn():
    want = sklearn.decomposition.PCA(whiten=True, svd_solver="full").fit(ROWS)
    y = P.Whitening("pca", eps=0).fit(ROWS).transform(ROWS)
    assert_allclose(abs(y), abs(want.transform(ROWS)), atol=1e-9)


def test_zca_is_the_inverse_root_of_the_covariance():
    covariance = np.cov(ROWS.T) + 0.3 * np.eye(12)
    y = P.Whitening(eps=0.3).fit(ROWS).transform(ROWS)
    # of all matrices that whiten, the symmetric one: its square is the inverse of the covariance
    matrix = np.linalg.lstsq(ROWS - ROWS.mean(axis=0), y, rcond=None)[0]
    assert_allclose(matrix, matrix.T, atol=1e-9)
    assert_allclose(matrix @ matrix @ covariance, np.eye(12), atol=1e-8)


def test_fewer_examples_than_values_can_be_whitened_with_eps():
    y = P.Whitening(eps=0.1).fit(IMAGES[:5]).transform(IMAGES[:5])
    assert np.isfinite(y).all()
    assert_allclose(P.PCA().fit(ROWS[:5]).explained_variance_[4:], 0, atol=1e-12)


MESSAGES = [
    (
        lambda p, a: p.MeanImage().transform(a(IMAGES)),
        RuntimeError,
        "MeanImage.transform: call fit(x) first",
    ),
    (
        lambda p, a: p.PCA().state_dict(),
        RuntimeError,
        "PCA.state_dict: call fit(x) first",
    ),
    (
        lambda p, a: p.PCA().inverse_transform(a(ROWS)),
        RuntimeError,
        "PCA.inverse_transform: call fit(x) first",
    ),
    (
        lambda p, a: p.MeanImage().fit(a(IMAGES)).transform(a(IMAGES[..., :1])),
        ValueError,
        "MeanImage.transform: x has examples of shape (2, 3, 1), fit saw (2, 3, 2); "
        "both must agree",
    ),
    (
        lambda p, a: p.ChannelMean().fit(a(IMAGES)).transform(a(IMAGES[:, :1])),
        ValueError,
        "ChannelMean.transform: x has 1 channels, fit saw 2; both must agree",
    ),
    (
        lambda p, a: p.ChannelStandardize().fit(a(IMAGES[0])),
        ValueError,
        "ChannelStandardize.fit: x has shape (2, 3, 2); it must be (N, D) or (N, C, H, W), "
        "not empty",
    ),
    (
        lambda p, a: p.PCA(13).fit(a(ROWS)),
        ValueError,
        "PCA.fit: n_components is 13; it must be from 1 to 12, the number of values of an example",
    ),
    (
        lambda p, a: p.PCA().fit(a(ROWS[:1])),
        ValueError,
        "PCA.fit: x has 1 example, which does not vary; give more",
    ),
    (
        lambda p, a: p.PCA(3).fit(a(ROWS)).inverse_transform(a(ROWS)),
        ValueError,
        "PCA.inverse_transform: x has examples of shape (12,), fit saw (3,); both must agree",
    ),
    (
        lambda p, a: p.Whitening("ica"),
        ValueError,
        "Whitening: method is 'ica'; it must be 'pca' or 'zca'",
    ),
    (
        lambda p, a: p.Whitening(eps=-1),
        ValueError,
        "Whitening: eps is -1; it must be at least 0",
    ),
    (
        lambda p, a: p.MeanImage().fit(a(IMAGES.astype(np.uint8))),
        TypeError,
        "MeanImage.fit: x is uint8; convert it to float32 or float64",
    ),
]


@pytest.mark.parametrize(("library", "array"), [(P, np.array), (T, torch.tensor)])
@pytest.mark.parametrize(("call", "error", "message"), MESSAGES)
def test_errors_name_the_remedy_in_both_libraries(call, error, message, library, array):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call(library, array)


@pytest.mark.parametrize(("library", "array"), [(P, np.array), (T, torch.tensor)])
def test_whitening_does_not_divide_by_nothing(library, array):
    message = r"^Whitening.fit: the smallest variance is .*; give eps > 0, or fewer values by PCA"
    with pytest.raises(ValueError, match=message):
        library.Whitening(eps=0).fit(array(ROWS[:5]))


@pytest.mark.parametrize("library", [P, T], ids=["numpy", "torch"])
@pytest.mark.parametrize("offset", [0, 1e3, 1e6])
@pytest.mark.parametrize("shape", [(50_000, 3), (5000, 3, 4, 4)], ids=["rows", "images"])
def test_an_offset_costs_float32_no_digit_of_mean_and_deviation(library, offset, shape):
    x = (offset + np.random.default_rng(1).standard_normal(shape)).astype(np.float32)
    exact = x.astype(np.float64)
    for name in ("MeanImage", "ChannelMean", "ChannelStandardize", "PCA"):
        axes = 0 if name in ("MeanImage", "PCA") else (0, *range(2, x.ndim))
        model = getattr(library, name)().fit(x if library is P else torch.tensor(x))
        error = np.abs(np.asarray(model.mean_) - exact.mean(axis=axes))
        assert error.max() <= 1e-7 * offset + 1e-5, name
        if name == "ChannelStandardize":
            assert_allclose(model.std_, exact.std(axis=axes), rtol=1e-5)
        if name == "PCA":
            want = sklearn.decomposition.PCA(svd_solver="full").fit(exact.reshape(len(x), -1))
            assert_allclose(model.explained_variance_, want.explained_variance_, rtol=1e-4)
