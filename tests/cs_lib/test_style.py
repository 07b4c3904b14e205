"""Losses on pictures against loops, and the derivative that the paper gives."""

import numpy as np
import pytest
import torch

from cs_lib.torch import style as S

RNG = np.random.default_rng(4)
X = torch.tensor(RNG.standard_normal((2, 3, 4, 5)))
OTHER = torch.tensor(RNG.standard_normal((2, 3, 4, 5)))


def test_a_gram_matrix_is_the_mean_of_products_over_the_places():
    want = np.zeros((2, 3, 3))
    for i in range(4):
        for j in range(5):
            want += np.einsum("na,nb->nab", X[:, :, i, j], X[:, :, i, j]) / 20
    torch.testing.assert_close(S.gram_matrix(X), torch.from_numpy(want))


def test_a_gram_matrix_forgets_the_places_and_compares_sizes():
    order = torch.from_numpy(RNG.permutation(20))
    moved = X.flatten(2)[:, :, order].reshape(X.shape)
    torch.testing.assert_close(S.gram_matrix(moved), S.gram_matrix(X))
    torch.testing.assert_close(S.gram_matrix(X.repeat(1, 1, 2, 3)), S.gram_matrix(X))


def test_style_loss_is_the_papers_and_its_gradient_too():
    x = X.clone().requires_grad_()
    gram = S.gram_matrix(OTHER)
    sums, wanted = (np.einsum("nap,nbp->nab", *[t.flatten(2).numpy()] * 2) for t in (X, OTHER))
    want = ((sums - wanted) ** 2).sum(axis=(1, 2)) / (4 * 3**2 * 20**2)  # eq. 4
    loss = S.style_loss(x, gram)
    assert abs(loss.item() - want.mean()) < 1e-12
    (dx,) = torch.autograd.grad(loss, x)
    flat = np.einsum("nab,nbp->nap", sums - wanted, X.flatten(2).numpy()) / (3**2 * 20**2)  # eq. 6
    torch.testing.assert_close(dx.flatten(2), torch.from_numpy(flat / 2))  # the mean of two images


def test_one_gram_matrix_serves_all_images():
    one = S.gram_matrix(OTHER[:1])
    each = [S.style_loss(X[n : n + 1], one) for n in range(2)]
    torch.testing.assert_close(S.style_loss(X, one), sum(each) / 2)


def test_content_loss_is_half_the_mean_square():
    want = sum((a - b) ** 2 for a, b in zip(X.flatten(), OTHER.flatten(), strict=True)) / 2 / 120
    torch.testing.assert_close(S.content_loss(X, OTHER), want)


@pytest.mark.parametrize("power", [1, 2])
def test_total_variation_is_that_of_a_loop(power):
    want = 0.0
    for n, c, i, j in np.ndindex(2, 3, 4, 5):
        want += abs(X[n, c, i, j] - X[n, c, i - 1, j]) ** power if i else 0
        want += abs(X[n, c, i, j] - X[n, c, i, j - 1]) ** power if j else 0
    torch.testing.assert_close(S.total_variation(X, power=power), want / 2)


def test_power_1_does_not_mind_how_a_step_is_spread_and_power_2_does():
    sharp = torch.tensor([0.0, 0, 1, 1]).reshape(1, 1, 1, 4)
    soft = torch.tensor([0.0, 1 / 3, 2 / 3, 1]).reshape(1, 1, 1, 4)
    assert abs(S.total_variation(sharp) - S.total_variation(soft)) < 1e-6
    assert S.total_variation(sharp, power=2) > 2.9 * S.total_variation(soft, power=2)


def test_errors_say_what_arrived():
    with pytest.raises(ValueError, match=r"content \(2, 3, 4, 4\)"):
        S.content_loss(X, OTHER[..., :4])
    with pytest.raises(ValueError, match=r"gram is \(2, 4, 4\); expected \(2, 3, 3\)"):
        S.style_loss(X, torch.zeros(2, 4, 4))
