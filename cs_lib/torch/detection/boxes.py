"""A box is (x1, y1, x2, y2) in pixels: the torch mirror of cs_lib.numpy.detection.boxes."""

import torch

from cs_lib._shared import boxes as _boxes
from cs_lib.torch import _precision

__all__ = [
    "batched_nms",
    "box_area",
    "box_convert",
    "box_iou",
    "clip_boxes_to_image",
    "nms",
]


def box_convert(boxes, in_fmt, out_fmt):
    """The same boxes in another format [torchvision.ops.box_convert].

    boxes: (N, 4), in_fmt, out_fmt: "xyxy" (two corners), "xywh" (upper left corner, size) or
    "cxcywh" (centre, size) -> (N, 4), always a new tensor
    float32 stays float32; integers are computed in float64 (where the device has none, in float32),
    here and in every function below.
    """
    boxes = as_float("box_convert", "boxes", boxes)
    _boxes.check_rows("box_convert", "boxes", boxes)
    _boxes.check_format("box_convert", "in_fmt", in_fmt)
    _boxes.check_format("box_convert", "out_fmt", out_fmt)
    first, last = boxes[:, :2], boxes[:, 2:]
    if in_fmt == out_fmt:
        return boxes.clone()
    if in_fmt == "cxcywh":
        first = first - last / 2
    if in_fmt != "xyxy":
        last = first + last
    # now two corners
    if out_fmt == "xyxy":
        return torch.cat([first, last], dim=1)
    if out_fmt == "xywh":
        return torch.cat([first, last - first], dim=1)
    return torch.cat([(first + last) / 2, last - first], dim=1)


def box_area(boxes):
    """Width times height: (N, 4) xyxy -> (N,)

    ValueError for a box with x2 < x1 or y2 < y1, here and in the functions below.
    """
    boxes = as_boxes("box_area", "boxes", boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def box_iou(boxes1, boxes2):
    """Area of the intersection over area of the union (Jaccard index) of all pairs of boxes.

    boxes1: (M, 4), boxes2: (N, 4) xyxy -> (M, N) in [0, 1]
    0 for boxes that only touch, and for two boxes without area (0/0).
    """
    boxes1 = as_boxes("box_iou", "boxes1", boxes1)
    boxes2 = as_boxes("box_iou", "boxes2", boxes2)
    # without the clamp two boxes apart in x and in y would have a positive "intersection"
    width, height = (
        torch.minimum(boxes1[:, None, i + 2], boxes2[:, i + 2])
        .sub(torch.maximum(boxes1[:, None, i], boxes2[:, i]))
        .clamp(min=0)
        for i in (0, 1)
    )  # (M, N) each
    intersection = width * height
    union = box_area(boxes1)[:, None] + box_area(boxes2) - intersection
    return intersection / torch.where(union > 0, union, 1)


def clip_boxes_to_image(boxes, size):
    """Boxes cut off at the border of the image [torchvision.ops.clip_boxes_to_image].

    boxes: (N, 4) xyxy, size: (height, width) -> (N, 4); a box outside becomes one without area
    """
    boxes = as_boxes("clip_boxes_to_image", "boxes", boxes)
    height, width = size
    return boxes.clamp(boxes.new_zeros(4), boxes.new_tensor([width, height, width, height]))


def nms(boxes, scores, iou_threshold):
    """Greedy non-maximum suppression [torchvision.ops.nms; Felzenszwalb et al. 2010, §5].

    Keep the box with the highest score, drop all whose IoU with it is above the threshold, repeat.
    A box that was dropped drops no other.
    boxes: (N, 4) xyxy, scores: (N,), iou_threshold: 0 to 1
    -> indices of the boxes kept, highest score first: int64; equal scores: the lower index first
    Without a loop over boxes, for a GPU's sake, so it needs an (N, N) matrix.
    """
    boxes = as_boxes("nms", "boxes", boxes)
    scores = _as_scores("nms", scores, len(boxes))
    _boxes.check_threshold("nms", "iou_threshold", iou_threshold)
    order = scores.argsort(descending=True, stable=True)
    boxes = boxes[order]
    drops = (box_iou(boxes, boxes) > iou_threshold).triu(diagonal=1)  # i drops j, if i is kept
    kept, before = torch.ones_like(order, dtype=torch.bool), None
    # After t rounds the t best boxes are settled; most often all are after a few.
    while before is None or not torch.equal(kept, before):
        before, kept = kept, ~(drops & kept[:, None]).any(dim=0)
    return order[kept]


def batched_nms(boxes, scores, idxs, iou_threshold):
    """`nms` within each class: boxes of different classes do not touch each other.

    boxes: (N, 4) xyxy, scores: (N,), idxs: (N,) integers, the classes (torchvision's name)
    -> indices of the boxes kept, highest score first over all classes: int64
    """
    boxes = as_boxes("batched_nms", "boxes", boxes)
    scores = _as_scores("batched_nms", scores, len(boxes))
    idxs = torch.as_tensor(idxs)
    _boxes.check_one_each("batched_nms", "idxs", idxs, len(boxes))
    kept = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    for i in idxs.unique():
        of_class = (idxs == i).nonzero()[:, 0]
        kept[of_class[nms(boxes[of_class], scores[of_class], iou_threshold)]] = True
    order = scores.argsort(descending=True, stable=True)
    return order[kept[order]]


# --- what goes in ---


def as_float(caller, name, x):
    """float32 and float64 as they are, integers as float64 (uint8 would wrap)."""
    x = torch.as_tensor(x)
    if not (x.is_floating_point() or x.is_complex()):
        return x.to(_precision.wide(x))
    if x.dtype not in (torch.float32, torch.float64):
        dtype = str(x.dtype).removeprefix("torch.")
        raise TypeError(f"{caller}: {name} is {dtype}; pass float32, float64 or integers")
    return x


def as_boxes(caller, name, boxes, axes="(N, 4)"):
    boxes = as_float(caller, name, boxes)
    _boxes.check_boxes(caller, name, boxes, axes)
    return boxes


def _as_scores(caller, scores, n):
    scores = as_float(caller, "scores", scores)
    _boxes.check_one_each(caller, "scores", scores, n)
    if scores.isnan().any():
        raise ValueError(f"{caller}: scores has NaN, which has no rank; remove it first")
    return scores
