"""Losses and choices of negatives against torch, and loops over single anchors."""

import numpy as np
import pytest
import torch
from both_libraries import check_error
from numpy.testing import assert_allclose
from torch.nn import functional as F

from cs_lib.torch.detection import hard_negatives, sample_balanced, smooth_l1_loss


@pytest.mark.parametrize("beta", [1.0, 1 / 9, 3.0])
def test_smooth_l1_is_that_of_torch(beta):
    x, target = torch.randn(2, 40, 4, dtype=torch.float64, generator=torch.manual_seed(0))
    x.requires_grad_()
    got = smooth_l1_loss(x, target, beta=beta)
    want = F.smooth_l1_loss(x, target, beta=beta, reduction="sum")
    assert_allclose(got.item(), want.item(), rtol=1e-14)
    gradients = [torch.autograd.grad(loss, x)[0] for loss in (got, want)]
    assert_allclose(*gradients, rtol=1e-14)


def test_smooth_l1_by_hand():
    x = torch.tensor([0.5, -2.0, 1.0])
    assert smooth_l1_loss(x, torch.zeros(3)).item() == 0.125 + 1.5 + 0.5
    assert smooth_l1_loss(x[:0], x[:0]).item() == 0


def naive_hard(losses, match, ratio):
    chosen = [[False] * len(row) for row in losses]
    for i, (row, own) in enumerate(zip(losses, match, strict=True)):
        wanted = ratio * max(sum(m >= 0 for m in own), 1)
        background = [a for a in range(len(row)) if own[a] == -1]
        for a in sorted(background, key=lambda a: (-row[a], a))[:wanted]:
            chosen[i][a] = True
    return chosen


@pytest.mark.parametrize("levels", [4, 10**6])
@pytest.mark.parametrize("ratio", [1, 3])
def test_hard_negatives_are_their_loop(ratio, levels):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        losses = rng.integers(0, levels, (3, 30)) / 4
        match = rng.choice([-1, -1, -1, -2, 0, 1], (3, 30))
        match[1][match[1] >= 0] = -1  # an image of background only
        got = hard_negatives(torch.tensor(losses), torch.tensor(match), ratio=ratio)
        assert got.tolist() == naive_hard(losses.tolist(), match.tolist(), ratio)


def test_hard_negatives_by_hand():
    losses = torch.tensor([[9.0, 1, 5, 5, 5, 0], [1, 2, 3, 4, 5, 6]])
    match = torch.tensor([[0, -1, -1, -2, -1, -1], [-1] * 6])
    got = hard_negatives(losses, match, ratio=2)
    assert got[0].nonzero()[:, 0].tolist() == [2, 4]  # of the positive and the ignored none
    assert got[1].nonzero()[:, 0].tolist() == [4, 5]


def test_a_balanced_sample_has_its_share_and_is_filled_with_background():
    match = torch.tensor([0, -1, 1, -2, -1, -1, 0, -1, -2, -1])
    positive, negative = sample_balanced(match, 4, 0.5, rng=np.random.default_rng(0))
    assert len(positive) == len(negative) == 2
    positive, negative = sample_balanced(match, 8, 0.5, rng=np.random.default_rng(0))
    assert positive.tolist() == [0, 2, 6]  # all that there are
    assert negative.tolist() == [1, 4, 5, 7, 9]
    positive, negative = sample_balanced(match, 6, 0.5, rng=np.random.default_rng(0))
    assert (len(positive), len(negative)) == (3, 3)
    none = torch.full((5,), -1)
    positive, negative = sample_balanced(none, 3, 0.5, rng=np.random.default_rng(0))
    assert (len(positive), len(negative)) == (0, 3)


def test_every_anchor_is_equally_likely_in_a_balanced_sample():
    match = torch.tensor([0] * 6 + [-1] * 10 + [-2] * 2)
    rng, counts = np.random.default_rng(0), np.zeros(18)
    for _ in range(1500):
        for part in sample_balanced(match, 8, 0.25, rng=rng):
            assert (part.diff() > 0).all()
            counts[part.numpy()] += 1
    expected = np.array([2 / 6] * 6 + [6 / 10] * 10 + [0] * 2) * 1500
    assert_allclose(counts, expected, atol=4.5 * np.sqrt(1500 / 4))


# fmt: off
ERRORS = [
    ("smooth_l1_loss: x has shape (2,), target (3,); both must be the same",
     lambda: smooth_l1_loss(torch.zeros(2), torch.zeros(3))),
    ("smooth_l1_loss: beta is 0; it must be above 0",
     lambda: smooth_l1_loss(torch.zeros(2), torch.zeros(2), beta=0)),
    ("hard_negatives: losses has shape (4,), match (4,); both must be (N, A)",
     lambda: hard_negatives(torch.zeros(4), torch.zeros(4))),
    ("sample_balanced: share is 25; it must be from 0 to 1",
     lambda: sample_balanced(torch.zeros(4), 2, 25, rng=None)),
]
# fmt: on


@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_input_is_told_what_to_do(message, call):
    check_error(ValueError, message, call)
