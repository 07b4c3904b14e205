"""Anchors are boxes laid out in a grid: the torch mirror of cs_lib.numpy.detection.anchors."""

import math

import torch

from cs_lib._shared import boxes as _boxes
from cs_lib._shared import windows as _windows
from cs_lib.torch import _precision
from cs_lib.torch.detection.boxes import as_boxes, as_float, box_convert

__all__ = [
    "decode_boxes",
    "encode_boxes",
    "grid_anchors",
    "match_anchors",
    "match_anchors_by_threshold",
]


def grid_anchors(x, *, stride, scales, ratios):
    """K anchors around the centre of every cell of a feature map [Ren et al. 2015, §3.1.1].

    x: (N, C, H, W), of which only H, W, dtype and device count; stride: pixels from cell to cell, a
    number or (down, right); scales: roots of the areas, in pixels; ratios: height over width
    -> (H·W·K, 4) xyxy, pixels, K = len(ratios)·len(scales). Cell (i, j) has its centre at
       ((j + ½)·stride, (i + ½)·stride), and ratio a with scale b is row
       ((i·W + j)·len(ratios) + a)·len(scales) + b: the order of scores (N, K, H, W) after
       .permute(0, 2, 3, 1). Boxes may reach over the image's border.
    """
    x = as_float("grid_anchors", "x", x)
    _windows.check_maps("grid_anchors", x)
    down, right = _windows.pair("grid_anchors", "stride", stride, 1)
    _boxes.check_positive("grid_anchors", "scales", scales)
    _boxes.check_positive("grid_anchors", "ratios", ratios)
    like = {"dtype": _precision.wide(x), "device": x.device}
    scales = torch.as_tensor(scales, **like)
    root = torch.as_tensor(ratios, **like).sqrt()[:, None]
    # the root: scale² stays the area whatever the ratio is
    sizes = torch.stack([scales / root, scales * root], dim=-1).reshape(-1, 2)  # width first
    height, width = x.shape[2:]
    cy, cx = torch.meshgrid(
        (torch.arange(height, **like) + 0.5) * down,
        (torch.arange(width, **like) + 0.5) * right,
        indexing="ij",
    )
    centres = torch.stack([cx, cy], dim=-1).reshape(-1, 1, 2)  # (H·W, 1, 2)
    corners = torch.cat([centres - sizes / 2, centres + sizes / 2], dim=-1)  # (H·W, K, 4)
    return corners.reshape(-1, 4).to(x.dtype)


def match_anchors(iou, *, low=0.3, high=0.7):
    """Which true box every anchor has to find, each box with an anchor of its own [Liu et al. 2016,
    §2.2, "Matching strategy"].

    iou: (G, A) of G true boxes with A anchors, G may be 0
    -> (A,) int64: the true box of largest IoU (the first of equals) where that is at least high;
       -1 (background) where it is below low; -2 (counts for nothing in training) between the two
    Then every true box gets an anchor of its own, the best that is left, however low its IoU, if it
    is not 0: pairs are made from the largest IoU downwards, of equals lower G, then lower A first.
    SSD has no band in between: low = high = 0.5. Faster R-CNN pairs in another way, as
    `match_anchors_by_threshold` does.
    """
    iou = as_float("match_anchors", "iou", iou)
    _boxes.check_iou("match_anchors", iou, low, high)
    truths, anchors = iou.shape
    if truths == 0:
        return torch.full((anchors,), -1, device=iou.device)
    best, match = iou.amax(dim=0), iou.argmax(dim=0)
    match[best < high] = -2
    match[best < low] = -1
    left = iou.clone()
    for _ in range(min(truths, anchors)):
        g, a = divmod(left.argmax().item(), anchors)
        if left[g, a] <= 0:
            break
        match[a] = g
        left[g], left[:, a] = -1, -1  # each goes into one pair only
    return match


def match_anchors_by_threshold(iou, *, low=0.3, high=0.7):
    """Which true box every anchor has to find, by thresholds and ties [Ren et al. 2015, §3.1.2].

    iou: (G, A) of G true boxes with A anchors, G may be 0
    -> (A,) int64: the true box of largest IoU (the first of equals) where that is at least high,
       and for each anchor whose IoU with some true box no other anchor exceeds, if it is not 0;
       -1 (background) where it is below low; -2 (counts for nothing in training) between the two
    So equally good anchors all count, and a box may be left without one: its best anchor has to
    find a box that it overlaps more. torchvision.models.detection does the same, but where no
    anchor touches a box, all of IoU 0 become positive there.
    """
    iou = as_float("match_anchors_by_threshold", "iou", iou)
    _boxes.check_iou("match_anchors_by_threshold", iou, low, high)
    if 0 in iou.shape:
        return torch.full((iou.shape[1],), -1, device=iou.device)
    best, match = iou.amax(dim=0), iou.argmax(dim=0)
    top = iou.amax(dim=1, keepdim=True)  # (G, 1)
    counts = (best >= high) | ((iou == top) & (top > 0)).any(dim=0)
    match[(best < high) & ~counts] = -2
    match[(best < low) & ~counts] = -1
    return match


def encode_boxes(boxes, anchors, *, weights=(10.0, 10.0, 5.0, 5.0)):
    """Where boxes lie as seen from anchors: what a regressor learns [Girshick 2014, appendix C].

    boxes, anchors: (N, 4) xyxy, in pairs, all with an area -> (N, 4): (dx, dy, dw, dh), where
    dx = weights[0]·(shift of the centre)/(anchor width), dw = weights[2]·log(ratio of the widths).
    The weights bring the four to about unit variance [Girshick 2015, §2.3].
    """
    boxes, anchors = (
        as_boxes("encode_boxes", name, x) for name, x in (("boxes", boxes), ("anchors", anchors))
    )
    _boxes.check_same_rows("encode_boxes", "boxes", boxes, "anchors", anchors)
    boxes, anchors = (box_convert(x, "xyxy", "cxcywh") for x in (boxes, anchors))
    _boxes.check_sizes("encode_boxes", "boxes", boxes)
    _boxes.check_sizes("encode_boxes", "anchors", anchors)
    shift = (boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
    # a log: decoding gives a positive size whatever the network says
    growth = (boxes[:, 2:] / anchors[:, 2:]).log()
    return torch.cat([shift, growth], dim=1) * shift.new_tensor(weights)


def decode_boxes(deltas, anchors, *, weights=(10.0, 10.0, 5.0, 5.0), clip=62.5):
    """The boxes that deltas mean: undoes `encode_boxes`.

    deltas: (N, 4), anchors: (N, 4) xyxy -> (N, 4) xyxy
    clip: the most a side may grow, a factor; an untrained network's exp overflows without it.
    """
    deltas = as_float("decode_boxes", "deltas", deltas)
    anchors = as_boxes("decode_boxes", "anchors", anchors)
    _boxes.check_rows("decode_boxes", "deltas", deltas)
    _boxes.check_same_rows("decode_boxes", "deltas", deltas, "anchors", anchors)
    anchors = box_convert(anchors, "xyxy", "cxcywh")
    deltas = deltas / deltas.new_tensor(weights)
    centre = anchors[:, :2] + deltas[:, :2] * anchors[:, 2:]
    size = anchors[:, 2:] * deltas[:, 2:].clamp(max=math.log(clip)).exp()
    return torch.cat([centre - size / 2, centre + size / 2], dim=1)
