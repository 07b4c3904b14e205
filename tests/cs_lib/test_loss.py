"""Losses against the lectures' numbers, loops, torch and finite differences."""

import numpy as np
import pytest
import torch
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy import nn
from cs_lib.numpy.gradcheck import gradcheck
from cs_lib.numpy.nn import functional as F

lib = in_both("nn.loss")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def y_of(result):
    """What f gives in both libraries: NumPy's pair gives a cache too."""
    return result[0] if isinstance(result, tuple) else result


SCORES, LABELS = normal(5, 3) * 3, np.array([2, 0, 2, 1, 2])
MAPS = normal(2, 4, 3, 5)
LABEL_MAPS = np.random.default_rng(1).integers(0, 4, (2, 3, 5))
SHARES = np.random.default_rng(2).random((5, 3))
EXTREME = np.array([[1000.0, -1000, 0], [-1000, 1000, 0], [0, 1000, 1000]])


# --- oracles: one sample at a time ---


def naive_cross_entropy(scores, labels):
    scores = np.moveaxis(scores, 1, -1).reshape(-1, scores.shape[1])
    return [
        -np.log(np.exp(s)[y] / np.exp(s).sum()) for s, y in zip(scores, labels.ravel(), strict=True)
    ]


def naive_cross_entropy_of_masses(scores, masses):
    """Each class as the label, its loss times its mass"""
    labels = range(scores.shape[1])
    losses = [
        naive_cross_entropy(scores, np.full(scores.shape[:1] + scores.shape[2:], k)) for k in labels
    ]
    return [
        sum(loss[i] * mass[k] for k, loss in enumerate(losses))
        for i, mass in enumerate(np.moveaxis(masses, 1, -1).reshape(-1, len(losses)))
    ]


def naive_multi_margin(scores, labels, margin=1.0):
    return [
        sum(max(0, margin + s[j] - s[y]) for j in range(len(s)) if j != y) / len(s)
        for s, y in zip(scores, labels, strict=True)
    ]


def naive_binary_cross_entropy(scores, shares):
    return [
        -t * np.log(1 / (1 + np.exp(-x))) - (1 - t) * np.log(1 - 1 / (1 + np.exp(-x)))
        for x, t in zip(scores.ravel(), shares.ravel(), strict=True)
    ]


def naive_mse(scores, shares):
    return [(x - t) ** 2 for x, t in zip(scores.ravel(), shares.ravel(), strict=True)]


# name: input, target, options, each sample's loss
ROWS = {
    "cross_entropy": (SCORES, LABELS, {}, naive_cross_entropy),
    "cross_entropy, of maps": (MAPS, LABEL_MAPS, {}, naive_cross_entropy),
    "cross_entropy, uint8": (SCORES, LABELS.astype(np.uint8), {}, naive_cross_entropy),
    "cross_entropy, of masses": (SCORES, SHARES, {}, naive_cross_entropy_of_masses),
    "cross_entropy, maps of masses": (MAPS, MAPS**2, {}, naive_cross_entropy_of_masses),
    "multi_margin_loss": (SCORES, LABELS, {}, naive_multi_margin),
    "multi_margin_loss, wide": (
        SCORES,
        LABELS,
        {"margin": 7.5},
        lambda s, y: naive_multi_margin(s, y, 7.5),
    ),
    "binary_cross_entropy_with_logits": (SCORES, SHARES, {}, naive_binary_cross_entropy),
    "binary_cross_entropy_with_logits, maps": (
        MAPS,
        (MAPS > 0.5).astype(float),
        {},
        naive_binary_cross_entropy,
    ),
    "mse_loss": (SCORES, SHARES, {}, naive_mse),
    "mse_loss, maps": (MAPS, MAPS**2, {}, naive_mse),
}
CASES = pytest.mark.parametrize(
    ("name", "input", "target", "options", "naive"),
    [(name.split(",")[0], *row) for name, row in ROWS.items()],
    ids=ROWS,
)
REDUCTIONS = pytest.mark.parametrize("reduction", ["mean", "sum"])


@CASES
@REDUCTIONS
def test_the_loss_is_the_mean_or_sum_over_the_samples(
    lib, name, input, target, options, naive, reduction
):
    before = input.copy(), target.copy()
    got = y_of(getattr(lib, name)(input, target, **options, reduction=reduction))
    assert got.shape == ()
    assert_allclose(got, getattr(np, reduction)(naive(input, target)), rtol=1e-12)
    assert_array_equal(input, before[0])
    assert_array_equal(target, before[1])


@CASES
@REDUCTIONS
@pytest.mark.parametrize("scale", [1, 300])
def test_loss_and_gradient_are_torchs(name, input, target, options, naive, reduction, scale):
    input = input * scale
    loss, cache = getattr(F, name)(input, target, **options, reduction=reduction)
    leaf, goal = torch.tensor(input, requires_grad=True), torch.tensor(target)
    goal = goal if goal.is_floating_point() else goal.long()
    want = getattr(torch.nn.functional, name)(leaf, goal, **options, reduction=reduction)
    assert_allclose(loss, want.item(), rtol=1e-12)
    (3 * want).backward()
    got = getattr(F, f"{name}_backward")(3.0, cache)
    assert_allclose(got, leaf.grad.numpy(), rtol=1e-11, atol=1e-14, strict=True)


@CASES
@REDUCTIONS
def test_gradients_agree_with_finite_differences(name, input, target, options, naive, reduction):
    input, options = input.copy(), {**options, "reduction": reduction}
    _, cache = getattr(F, name)(input, target, **options)
    dinput = getattr(F, f"{name}_backward")(1.0, cache)
    gradcheck(lambda x: getattr(F, name)(x, target, **options)[0], input, dinput)


# --- facts ---


@pytest.mark.parametrize(("margin", "want"), [(1, 0), (10, 8)])
def test_the_hinge_loss_of_scores_13_minus_7_and_11_is_0_or_8_by_the_margin(lib, margin, want):
    scores = np.array([[13.0, -7, 11]])
    got = y_of(lib.multi_margin_loss(scores, np.array([0]), margin=margin))
    assert_allclose(3 * got, want)  # torch divides by the 3 classes, the lectures do not


def test_equal_scores_have_the_loss_of_a_guess(lib):
    got = y_of(lib.cross_entropy(np.full((4, 10), 7.0), np.array([0, 3, 9, 3])))
    assert_allclose(got, np.log(10), rtol=1e-14)
    got = y_of(lib.multi_margin_loss(np.full((4, 10), 7.0), np.array([0, 3, 9, 3])))
    assert_allclose(got, 0.9, rtol=1e-14)
    got = y_of(lib.binary_cross_entropy_with_logits(np.zeros((4, 2)), np.ones((4, 2))))
    assert_allclose(got, np.log(2), rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_of_1000_neither_overflow_nor_lose_the_loss(lib, dtype):
    scores = EXTREME.astype(dtype)
    got = y_of(lib.cross_entropy(scores, np.array([0, 0, 1]), reduction="sum"))
    assert_allclose(got, np.array(2000 + np.log(2), dtype), rtol=1e-6, strict=True)
    got = y_of(lib.multi_margin_loss(scores, np.array([0, 0, 1]), reduction="sum"))
    assert_allclose(got, np.array((2001 + 1001 + 1) / 3, dtype), rtol=1e-6, strict=True)
    goal = np.array([[0, 0, 0], [0, 1, 0], [0, 1, 1]], dtype)
    got = y_of(lib.binary_cross_entropy_with_logits(scores, goal, reduction="sum"))
    assert_allclose(got, np.array(1000 + 3 * np.log(2), dtype), rtol=1e-6, strict=True)


def test_masses_of_one_class_are_labels(lib):
    masses = np.eye(3)[LABELS]
    for options in ({}, {"reduction": "sum"}):
        got, want = (y_of(lib.cross_entropy(SCORES, t, **options)) for t in (masses, LABELS))
        assert_allclose(got, want, rtol=1e-14)
    by_masses, by_labels = (
        F.cross_entropy_backward(1.0, F.cross_entropy(SCORES, t)[1]) for t in (masses, LABELS)
    )
    assert_allclose(by_masses, by_labels, atol=1e-15)


def test_the_gradient_of_cross_entropy_is_softmax_less_one_hot_over_n():
    _, cache = F.cross_entropy(SCORES, LABELS)
    p = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
    assert_allclose(F.cross_entropy_backward(1.0, cache), (p - np.eye(3)[LABELS]) / 5, atol=1e-15)


def test_at_a_kink_the_hinge_loss_pulls_at_nothing():
    loss, cache = F.multi_margin_loss(np.array([[2.0, 1, 0]]), np.array([0]))
    assert loss == 0
    assert_array_equal(F.multi_margin_loss_backward(1.0, cache), [[0, 0, 0]])


def test_ignored_labels_are_as_if_they_were_not_there(lib):
    keep = LABELS != 2
    for reduction in ("mean", "sum"):
        options = {"reduction": reduction}
        got = y_of(lib.cross_entropy(SCORES, LABELS, ignore_index=2, **options))
        want = y_of(lib.cross_entropy(SCORES[keep], LABELS[keep], **options))
        assert_allclose(got, want, rtol=1e-14)
    void = np.where(LABELS == 2, 255, LABELS).astype(np.uint8)
    assert_allclose(
        y_of(lib.cross_entropy(SCORES, void, ignore_index=255)),
        y_of(lib.cross_entropy(SCORES[keep], LABELS[keep])),
        rtol=1e-14,
    )
    _, cache = F.cross_entropy(SCORES, void, ignore_index=255)
    assert_array_equal(F.cross_entropy_backward(1.0, cache)[~keep], 0)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(-300, 300), st.integers(1, 5), st.integers(2, 6))
def test_losses_of_classes_ignore_a_shift_and_their_gradients_sum_to_0(seed, shift, n, classes):
    rng = np.random.default_rng(seed)
    scores, labels = rng.standard_normal((n, classes)) * 5, rng.integers(0, classes, n)
    for name in ("cross_entropy", "multi_margin_loss"):
        loss, cache = getattr(F, name)(scores, labels)
        assert loss >= 0
        assert_allclose(getattr(F, name)(scores + shift, labels)[0], loss, rtol=1e-9, atol=1e-12)
        dinput = getattr(F, f"{name}_backward")(1.0, cache)
        assert_allclose(dinput.sum(axis=1), 0, atol=1e-14)


def test_cross_entropy_of_two_classes_is_the_binary_one(lib):
    labels = np.array([0, 1, 1, 0, 1])
    two = y_of(lib.cross_entropy(SCORES[:, :2], labels))
    one = y_of(
        lib.binary_cross_entropy_with_logits(SCORES[:, 1] - SCORES[:, 0], labels.astype(float))
    )
    assert_allclose(one, two, rtol=1e-13)


def test_a_loss_layer_says_the_gradient_without_being_given_one():
    loss = nn.CrossEntropyLoss(reduction="sum")
    value = loss(SCORES.astype(np.float32), LABELS)
    want, cache = F.cross_entropy(SCORES.astype(np.float32), LABELS, reduction="sum")
    dinput = loss.backward()
    assert value == want
    assert_array_equal(dinput, F.cross_entropy_backward(1.0, cache), strict=True)
    assert dinput.dtype == np.float32
    with pytest.raises(RuntimeError, match="call forward first"):
        loss.backward()


# --- errors ---

ERRORS = {
    "a label too high": (
        ValueError,
        lambda lib: lib.cross_entropy(SCORES, LABELS + 1),
        "cross_entropy: target has label 3, input 3 classes; labels must be from 0 to 2",
    ),
    "a label below 0": (
        ValueError,
        lambda lib: lib.multi_margin_loss(SCORES, LABELS - 1),
        "multi_margin_loss: target has label -1, input 3 classes; labels must be from 0 to 2",
    ),
    "void that is not ignored": (
        ValueError,
        lambda lib: lib.cross_entropy(SCORES, np.array([255, 0, 1, 2, 2], np.uint8)),
        "cross_entropy: target has label 255, input 3 classes; labels must be from 0 to 2",
    ),
    "nothing but void": (
        ValueError,
        lambda lib: lib.cross_entropy(SCORES, LABELS * 0 + 255, ignore_index=255),
        "cross_entropy: all labels are 255, which is ignored; leave this batch out",
    ),
    "labels as floats": (
        TypeError,
        lambda lib: lib.cross_entropy(SCORES, LABELS * 1.0),
        "cross_entropy: target is float64; labels must be integers",
    ),
    "labels as bool": (
        TypeError,
        lambda lib: lib.multi_margin_loss(SCORES, LABELS > 1),
        "multi_margin_loss: target is bool; labels must be integers",
    ),
    "labels as a column": (
        ValueError,
        lambda lib: lib.cross_entropy(SCORES, LABELS[:, None]),
        "cross_entropy: target has shape (5, 1), input (5, 3); "
        "target must be (5,), one label for each sample",
    ),
    "one-hot labels": (
        ValueError,
        lambda lib: lib.multi_margin_loss(SCORES, np.eye(3)[LABELS]),
        "multi_margin_loss: target has shape (5, 3), input (5, 3); "
        "target must be (5,), one label for each sample",
    ),
    "channels last": (
        ValueError,
        lambda lib: lib.cross_entropy(np.moveaxis(MAPS, 1, -1), LABEL_MAPS),
        "cross_entropy: target has shape (2, 3, 5), input (2, 3, 5, 4); "
        "target must be (2, 5, 4), one label for each sample",
    ),
    "a hinge loss of maps": (
        ValueError,
        lambda lib: lib.multi_margin_loss(MAPS, LABEL_MAPS),
        "multi_margin_loss: input has shape (2, 4, 3, 5); it must be (N, K)",
    ),
    "no samples": (
        ValueError,
        lambda lib: lib.cross_entropy(np.zeros((0, 3)), np.zeros(0, int)),
        "cross_entropy: input has shape (0, 3); it must be (N, K, ...), not empty",
    ),
    "scores without classes": (
        ValueError,
        lambda lib: lib.cross_entropy(SCORES[:, 0], LABELS),
        "cross_entropy: input has shape (5,); it must be (N, K, ...), not empty",
    ),
    "a column against a row": (
        ValueError,
        lambda lib: lib.mse_loss(SCORES[:, :1], SHARES[:, 0]),
        "mse_loss: input has shape (5, 1), target (5,); both must have the same shape, not empty",
    ),
    "no numbers": (
        ValueError,
        lambda lib: lib.binary_cross_entropy_with_logits(np.zeros((0, 3)), np.zeros((0, 3))),
        "binary_cross_entropy_with_logits: input has shape (0, 3), target (0, 3); "
        "both must have the same shape, not empty",
    ),
    "another reduction": (
        ValueError,
        lambda lib: lib.mse_loss(SCORES, SHARES, reduction="none"),
        'mse_loss: reduction is \'none\'; it must be "mean" or "sum"',
    ),
}


@pytest.mark.parametrize(("error", "call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_what_is_no_input_and_target_is_refused(lib, error, call, message):
    check_error(error, message, lambda: call(lib))


def test_scores_of_integers_are_refused():
    check_error(
        TypeError,
        "cross_entropy: input is int64; convert it to float32 or float64",
        lambda: F.cross_entropy(np.ones((5, 3), int), LABELS),
    )
    check_error(
        TypeError,
        "mse_loss: input is float64, target is float32; convert one of them "
        "(a whole layer with layer.to(dtype))",
        lambda: F.mse_loss(SCORES, SHARES.astype(np.float32)),
    )
