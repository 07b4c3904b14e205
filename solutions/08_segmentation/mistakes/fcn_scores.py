"""Wrong answers to `fcn_scores` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _to(x, size, wrong):
    size = tuple(size)
    if wrong == "nearest":
        return F.interpolate(x, size)
    if wrong == "corners_aligned":
        return F.interpolate(x, size, mode="bilinear", align_corners=True)
    if wrong == "bicubic":
        return F.interpolate(x, size, mode="bicubic", align_corners=False)
    if wrong == "means":
        return F.adaptive_avg_pool2d(x, size)
    if wrong == "zeros_appended":
        return F.pad(x, (0, size[1] - x.shape[3], 0, size[0] - x.shape[2]))
    if wrong == "size_exchanged":
        return F.interpolate(x, size[::-1], mode="bilinear", align_corners=False).transpose(2, 3)
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


def _score(x, head, wrong):
    weight, bias = head
    if wrong == "no_bias":
        bias = None
    y = F.conv2d(x.detach() if wrong == "coarse_detached" else x, weight[:, :, None, None], bias)
    if wrong == "relu":
        return F.relu(y)
    if wrong == "softmax_of_each":
        return y.softmax(dim=1)
    return y


def _made(maps, heads, size, wrong):
    if wrong == "finest_first":
        maps, heads = maps[::-1], heads[::-1]
    scores = [_score(x, head, wrong) for x, head in zip(maps, heads, strict=True)]
    if wrong == "one_bias":
        scores[:-1] = [
            _score(x, head, "no_bias") for x, head in zip(maps[:-1], heads[:-1], strict=True)
        ]
    if wrong == "coarsest_alone":
        return _to(scores[-1], size, wrong)
    if wrong == "finest_alone":
        return _to(scores[0], size, wrong)
    if wrong == "middle_left_out" and len(scores) > 2:
        scores = [scores[0], scores[-1]]
    if wrong == "each_to_the_image":
        return sum(_to(y, size, wrong) for y in scores)
    if wrong == "all_to_the_finest":
        return _to(sum(_to(y, scores[0].shape[2:], wrong) for y in scores), size, wrong)
    if wrong == "fine_to_coarse":
        total = scores[0]
        for y in scores[1:]:
            total = y + _to(total, y.shape[2:], wrong)
        return _to(total, size, wrong)
    total = scores[-1]
    for y in reversed(scores[:-1]):
        if wrong == "doubled":
            up = F.interpolate(total, scale_factor=2, mode="bilinear", align_corners=False)
        else:
            up = _to(total, y.shape[2:], wrong)
        if wrong == "side_by_side":
            total = torch.cat([y, up], dim=1)
        elif wrong == "mean":
            total = (y + up) / 2
        elif wrong == "product":
            total = y * up
        elif wrong == "subtracted":
            total = y - up
        elif wrong == "largest":
            total = torch.maximum(y, up)
        elif wrong == "finer_forgotten":
            total = up
        else:
            total = y + up
    if wrong == "not_to_the_image":
        return total
    if wrong == "doubled_to_the_image":
        return F.interpolate(total, scale_factor=2, mode="bilinear", align_corners=False)
    total = _to(total, size, wrong)
    if wrong == "softmax_at_the_end":
        return total.softmax(dim=1)
    if wrong == "classes":
        return total.argmax(dim=1)
    if wrong == "without_gradient":
        return total.detach()
    return total


@mistake(
    "fcn_scores",
    hint="F.interpolate takes the nearest neighbour unless mode says otherwise.",
    read="sec-seg-fcn",
)
def nearest(maps, heads, size):
    """The nearest neighbour is taken."""
    return _made(maps, heads, size, "nearest")


@mistake(
    "fcn_scores", hint="Pixels are little squares here: align_corners=False.", read="sec-seg-fcn"
)
def corners_aligned(maps, heads, size):
    """The corners are aligned."""
    return _made(maps, heads, size, "corners_aligned")


@mistake("fcn_scores", hint="Bilinear interpolation is asked for.", read="sec-seg-fcn")
def bicubic(maps, heads, size):
    """The interpolation is bicubic."""
    return _made(maps, heads, size, "bicubic")


@mistake(
    "fcn_scores",
    hint="Each coarse pixel stands for an area of the finer map: interpolate.",
    read="sec-seg-fcn",
)
def zeros_appended(maps, heads, size):
    """The coarse scores are made larger by zeros below and at the right."""
    return _made(maps, heads, size, "zeros_appended")


@mistake("fcn_scores", same_as="nearest")
def means(maps, heads, size):
    """The scores are brought to a size by adaptive pooling."""
    return _made(maps, heads, size, "means")


@mistake("fcn_scores", hint="size is (H, W), the height first.", read="sec-seg-fcn")
def size_exchanged(maps, heads, size):
    """Height and width of the size are exchanged."""
    return _made(maps, heads, size, "size_exchanged")


@mistake("fcn_scores", hint="Each head has a bias.", read="sec-seg-fcn")
def no_bias(maps, heads, size):
    """The biases are left out."""
    return _made(maps, heads, size, "no_bias")


@mistake("fcn_scores", hint="Each head has a bias.", read="sec-seg-fcn")
def one_bias(maps, heads, size):
    """Only the coarsest head has its bias."""
    return _made(maps, heads, size, "one_bias")


@mistake("fcn_scores", hint="Scores may be negative: nothing follows a head.", read="sec-seg-fcn")
def relu(maps, heads, size):
    """There is a ReLU behind the heads."""
    return _made(maps, heads, size, "relu")


@mistake("fcn_scores", hint="Scores are added, not probabilities.", read="sec-seg-fcn")
def softmax_of_each(maps, heads, size):
    """Each head is followed by a softmax."""
    return _made(maps, heads, size, "softmax_of_each")


@mistake("fcn_scores", hint="Scores are asked for.", read="sec-seg-fcn")
def softmax_at_the_end(maps, heads, size):
    """A softmax is taken at the end."""
    return _made(maps, heads, size, "softmax_at_the_end")


@mistake("fcn_scores", hint="Scores are asked for, all K of them.", read="sec-seg-fcn")
def classes(maps, heads, size):
    """The class of the largest score is returned."""
    return _made(maps, heads, size, "classes")


@mistake(
    "fcn_scores",
    hint="The lists go from the finest to the coarsest. Where do you begin?",
    read="sec-seg-fcn",
)
def finest_first(maps, heads, size):
    """The lists are taken for coarsest first."""
    return _made(maps, heads, size, "finest_first")


@mistake(
    "fcn_scores", hint="The finer maps know where: their scores are added.", read="sec-seg-fcn"
)
def coarsest_alone(maps, heads, size):
    """Only the coarsest map is used."""
    return _made(maps, heads, size, "coarsest_alone")


@mistake(
    "fcn_scores", hint="The coarser maps know what: their scores are added.", read="sec-seg-fcn"
)
def finest_alone(maps, heads, size):
    """Only the finest map is used."""
    return _made(maps, heads, size, "finest_alone")


@mistake("fcn_scores", hint="Every map has its scores.", read="sec-seg-fcn")
def middle_left_out(maps, heads, size):
    """Of three maps, the one in the middle is left out."""
    return _made(maps, heads, size, "middle_left_out")


@mistake(
    "fcn_scores",
    hint="Step by step: to the next finer size, add, and on. Two interpolations one after the other give other numbers than one.",
    read="sec-seg-fcn",
)
def each_to_the_image(maps, heads, size):
    """Each map's scores are brought to the image's size at once."""
    return _made(maps, heads, size, "each_to_the_image")


@mistake(
    "fcn_scores", hint="Step by step: to the next finer size, add, and on.", read="sec-seg-fcn"
)
def all_to_the_finest(maps, heads, size):
    """All scores are brought to the finest size at once."""
    return _made(maps, heads, size, "all_to_the_finest")


@mistake("fcn_scores", same_as="finest_first")
def fine_to_coarse(maps, heads, size):
    """Fine scores are made coarse and added there."""
    return _made(maps, heads, size, "fine_to_coarse")


@mistake(
    "fcn_scores",
    hint="Sizes need not be multiples of each other: interpolate to the next one's.",
    read="sec-seg-fcn",
    corner="any size",
)
def doubled(maps, heads, size):
    """The size is doubled, whatever the next one is."""
    return _made(maps, heads, size, "doubled")


@mistake("fcn_scores", hint="They are added: the number of classes stays.", read="sec-seg-fcn")
def side_by_side(maps, heads, size):
    """The scores are put side by side."""
    return _made(maps, heads, size, "side_by_side")


@mistake("fcn_scores", hint="They are added, and nothing is divided.", read="sec-seg-fcn")
def mean(maps, heads, size):
    """The mean of both is taken."""
    return _made(maps, heads, size, "mean")


@mistake("fcn_scores", hint="They are added.", read="sec-seg-fcn")
def product(maps, heads, size):
    """The scores are multiplied."""
    return _made(maps, heads, size, "product")


@mistake("fcn_scores", hint="They are added.", read="sec-seg-fcn")
def subtracted(maps, heads, size):
    """The coarse scores are subtracted."""
    return _made(maps, heads, size, "subtracted")


@mistake("fcn_scores", hint="They are added.", read="sec-seg-fcn")
def largest(maps, heads, size):
    """The larger score of the two is taken."""
    return _made(maps, heads, size, "largest")


@mistake("fcn_scores", same_as="coarsest_alone")
def finer_forgotten(maps, heads, size):
    """The finer scores set only the size."""
    return _made(maps, heads, size, "finer_forgotten")


@mistake("fcn_scores", hint="At last, the sum is brought to `size`.", read="sec-seg-fcn")
def not_to_the_image(maps, heads, size):
    """The sum is not brought to the size of the image."""
    return _made(maps, heads, size, "not_to_the_image")


@mistake("fcn_scores", hint="`size` says how large the image is.", read="sec-seg-fcn")
def doubled_to_the_image(maps, heads, size):
    """At last, the size is doubled, whatever the image's."""
    return _made(maps, heads, size, "doubled_to_the_image")


@mistake(
    "fcn_scores",
    hint="The gradient goes to every map and head, through the interpolation.",
    read="sec-seg-fcn",
    corner="gradients",
)
def coarse_detached(maps, heads, size):
    """The maps are detached."""
    return _made(maps, heads, size, "coarse_detached")


@mistake(
    "fcn_scores",
    hint="The gradient goes to every map and head.",
    read="sec-seg-fcn",
    corner="gradients",
)
def without_gradient(maps, heads, size):
    """The result is detached."""
    return _made(maps, heads, size, "without_gradient")


@mistake(
    "fcn_scores",
    hint="The sum of the coarser scores goes on with its graph: interpolate it as it is, without detach.",
    read="sec-seg-fcn",
    corner="gradients",
)
def total_detached(maps, heads, size):
    """The coarser scores are detached before they are added."""
    total = None
    for x, head in zip(maps[::-1], heads[::-1], strict=True):
        scores = _score(x, head, "")
        if total is not None:
            scores = scores + _to(total.detach(), scores.shape[2:], "")
        total = scores
    return _to(total, size, "")


@mistake(
    "fcn_scores",
    hint="maps and heads are in the same order: where you turn one list, turn the other.",
    read="sec-seg-fcn",
)
def heads_not_turned(maps, heads, size):
    """The maps are taken from the coarsest on, and the heads are not."""
    total = None
    for x, (weight, bias) in zip(reversed(maps), heads, strict=True):
        scores = F.conv2d(x, weight[:, :, None, None], bias)
        if total is not None:
            scores = scores + _to(total, scores.shape[2:], "")
        total = scores
    return _to(total, size, "")


# --- right answers, written another way ---


@alternative("fcn_scores")
def from_below(maps, heads, size):
    """The lists are turned, and the sum begins with the coarsest."""
    y = None
    for x, (weight, bias) in zip(maps[::-1], heads[::-1], strict=True):
        scores = torch.einsum("nchw,kc->nkhw", x, weight) + bias[:, None, None]
        if y is not None:
            scores = scores + F.interpolate(y, size=scores.shape[-2:], mode="bilinear")
        y = scores
    return F.interpolate(y, size=size, mode="bilinear")


@alternative("fcn_scores")
def called_again(maps, heads, size):
    """The coarser maps give the scores in the size of the finest."""
    weight, bias = heads[0]
    y = F.conv2d(maps[0], weight.unsqueeze(2).unsqueeze(3), bias)
    if len(maps) > 1:
        y = y + called_again(maps[1:], heads[1:], tuple(y.shape[2:]))
    return F.interpolate(y, tuple(size), mode="bilinear", align_corners=False)
