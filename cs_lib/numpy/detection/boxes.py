"""A box is (x1, y1, x2, y2) in pixels: x to the right, y down, width x2 - x1 (not plus 1)."""

import numpy as np

from cs_lib._shared import boxes as _boxes

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
    "cxcywh" (centre, size) -> (N, 4), always a new array
    float32 stays float32; integers are computed in float64, here and in every function below.
    """
    boxes = as_float("box_convert", "boxes", boxes)
    _boxes.check_rows("box_convert", "boxes", boxes)
    _boxes.check_format("box_convert", "in_fmt", in_fmt)
    _boxes.check_format("box_convert", "out_fmt", out_fmt)
    first, last = boxes[:, :2], boxes[:, 2:]
    if in_fmt == out_fmt:
        return boxes.copy()
    if in_fmt == "cxcywh":
        first = first - last / 2
    if in_fmt != "xyxy":
        last = first + last
    # now two corners
    if out_fmt == "xyxy":
        return np.concatenate([first, last], axis=1)
    if out_fmt == "xywh":
        return np.concatenate([first, last - first], axis=1)
    return np.concatenate([(first + last) / 2, last - first], axis=1)


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
        np.maximum(
            np.minimum(boxes1[:, None, i + 2], boxes2[:, i + 2])
            - np.maximum(boxes1[:, None, i], boxes2[:, i]),
            0,
        )
        for i in (0, 1)
    )  # (M, N) each
    intersection = width * height
    union = box_area(boxes1)[:, None] + box_area(boxes2) - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def clip_boxes_to_image(boxes, size):
    """Boxes cut off at the border of the image [torchvision.ops.clip_boxes_to_image].

    boxes: (N, 4) xyxy, size: (height, width) -> (N, 4); a box outside becomes one without area
    """
    boxes = as_boxes("clip_boxes_to_image", "boxes", boxes)
    height, width = size
    return np.clip(boxes, 0, np.array([width, height, width, height], boxes.dtype))


def nms(boxes, scores, iou_threshold):
    """Greedy non-maximum suppression [torchvision.ops.nms; Felzenszwalb et al. 2010, §5].

    Keep the box with the highest score, drop all whose IoU with it is above the threshold, repeat.
    A box that was dropped drops no other.
    boxes: (N, 4) xyxy, scores: (N,), iou_threshold: 0 to 1
    -> indices of the boxes kept, highest score first: int64; equal scores: the lower index first
    """
    boxes = as_boxes("nms", "boxes", boxes)
    scores = _as_scores("nms", scores, len(boxes))
    _boxes.check_threshold("nms", "iou_threshold", iou_threshold)
    # With the boxes by their left sides, those that may overlap a box are a slice: none before it
    # reaches the box, none behind it begins before the box ends.
    left = np.argsort(boxes[:, 0], kind="stable")
    x1, y1, x2, y2 = np.ascontiguousarray(boxes[left].T)  # (N,) each
    start = np.searchsorted(np.maximum.accumulate(x2), x1, side="right")
    stop = np.searchsorted(x1, x2)
    area = (x2 - x1) * (y2 - y1)
    alive, kept = np.ones(len(boxes), dtype=bool), []
    for i in np.argsort(left)[np.argsort(-scores, kind="stable")].tolist():
        if alive[i]:
            kept.append(left[i])
            near = slice(start[i], stop[i])
            width = np.minimum(x2[near], x2[i]) - np.maximum(x1[near], x1[i])
            height = np.minimum(y2[near], y2[i]) - np.maximum(y1[near], y1[i])
            both = np.maximum(width, 0) * np.maximum(height, 0)
            union = area[i] + area[near] - both
            alive[near] &= both / np.where(union > 0, union, 1) <= iou_threshold
    return np.array(kept, dtype=np.int64)


def batched_nms(boxes, scores, idxs, iou_threshold):
    """`nms` within each class: boxes of different classes do not touch each other.

    boxes: (N, 4) xyxy, scores: (N,), idxs: (N,) integers, the classes (torchvision's name)
    -> indices of the boxes kept, highest score first over all classes: int64
    """
    boxes = as_boxes("batched_nms", "boxes", boxes)
    scores = _as_scores("batched_nms", scores, len(boxes))
    idxs = np.asarray(idxs)
    _boxes.check_one_each("batched_nms", "idxs", idxs, len(boxes))
    kept = np.zeros(len(boxes), dtype=bool)
    for i in np.unique(idxs):
        of_class = np.flatnonzero(idxs == i)
        kept[of_class[nms(boxes[of_class], scores[of_class], iou_threshold)]] = True
    order = np.argsort(-scores, kind="stable")
    return order[kept[order]]


# --- what goes in ---


def as_float(caller, name, x):
    """float32 and float64 as they are, integers as float64 (uint8 would wrap)."""
    x = np.asarray(x)
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"{caller}: {name} is {x.dtype}; pass float32, float64 or integers")
    return x


def as_boxes(caller, name, boxes, axes="(N, 4)"):
    boxes = as_float(caller, name, boxes)
    _boxes.check_boxes(caller, name, boxes, axes)
    return boxes


def _as_scores(caller, scores, n):
    scores = as_float(caller, "scores", scores)
    _boxes.check_one_each(caller, "scores", scores, n)
    if np.isnan(scores).any():
        raise ValueError(f"{caller}: scores has NaN, which has no rank; remove it first")
    return scores
