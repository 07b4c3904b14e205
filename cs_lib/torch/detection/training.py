"""What a detector learns from: the loss of its boxes, and which of its many negatives count."""

import torch

from cs_lib._shared import boxes as _boxes

__all__ = ["hard_negatives", "sample_balanced", "smooth_l1_loss"]


def smooth_l1_loss(x, target, *, beta=1.0):
    """The sum of squared differences up to beta, of absolute ones above [Girshick 2015, §2.3].

    x, target: of one shape -> scalar: d²/(2·beta) for |d| < beta, else |d| - beta/2
    An outlier pulls no harder than any other error, whereas a square's pull grows with it. beta is
    1 in Fast R-CNN and SSD, 1/9 in the released region proposal networks.
    """
    if x.shape != target.shape:
        raise ValueError(
            f"smooth_l1_loss: x has shape {tuple(x.shape)}, target {tuple(target.shape)}; "
            "both must be the same"
        )
    if beta <= 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}; it must be above 0")
    d = (x - target).abs()
    return torch.where(d < beta, d**2 / (2 * beta), d - beta / 2).sum()


def hard_negatives(losses, match, *, ratio=3):
    """Of each image's background anchors the ratio · P of largest loss, P its positive anchors
    [Liu et al. 2016, §2.2, "Hard negative mining"].

    losses: (N, A), of every anchor if it is called background; match: (N, A) from `match_anchors`:
    0 or more for a positive, -1 for background, -2 for neither -> (N, A) bool
    Equal losses: the lower index first. An image without a positive counts as if it had one, so
    that it teaches something; in torchvision's SSD it teaches nothing.
    """
    if losses.shape != match.shape or losses.ndim != 2:
        raise ValueError(
            f"hard_negatives: losses has shape {tuple(losses.shape)}, match {tuple(match.shape)}; "
            "both must be (N, A)"
        )
    background = match == -1
    wanted = ratio * (match >= 0).sum(dim=1, keepdim=True).clamp(min=1)  # (N, 1)
    ranked = losses.detach().masked_fill(~background, -torch.inf)
    order = ranked.argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order).scatter_(
        1, order, torch.arange(order.shape[1], device=order.device).expand_as(order)
    )
    return background & (rank < wanted)


def sample_balanced(match, n, share, *, rng):
    """n anchors or regions of an image, at most a share of them positive [Ren et al. 2015, §3.1.3].

    match: (A,) from `match_anchors_by_threshold`; share: from 0 to 1; rng: a numpy Generator
    -> indices of positives, indices of background: int64, in rising order, together at most n. What
       positives lack of their share, background fills.
    """
    _boxes.check_one_each("sample_balanced", "match", match, match.numel())
    if not 0 <= share <= 1:
        raise ValueError(f"sample_balanced: share is {share}; it must be from 0 to 1")
    positive, negative = (match >= 0).nonzero()[:, 0], (match == -1).nonzero()[:, 0]
    positive = _some(positive, int(n * share), rng)
    return positive, _some(negative, n - len(positive), rng)


def _some(indices, n, rng):
    """n of the indices, in rising order, or all if there are no more."""
    if len(indices) <= n:
        return indices
    chosen = rng.choice(len(indices), n, replace=False)
    chosen.sort()
    return indices[torch.from_numpy(chosen).to(indices.device)]
