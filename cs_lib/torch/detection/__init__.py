"""Object detection: boxes, anchors, regions of interest."""

from cs_lib.torch.detection.anchors import (
    decode_boxes,
    encode_boxes,
    grid_anchors,
    match_anchors,
    match_anchors_by_threshold,
)
from cs_lib.torch.detection.boxes import (
    batched_nms,
    box_area,
    box_convert,
    box_iou,
    clip_boxes_to_image,
    nms,
)
from cs_lib.torch.detection.roi import roi_align, roi_pool
from cs_lib.torch.detection.training import hard_negatives, sample_balanced, smooth_l1_loss

__all__ = [
    "batched_nms",
    "box_area",
    "box_convert",
    "box_iou",
    "clip_boxes_to_image",
    "decode_boxes",
    "encode_boxes",
    "grid_anchors",
    "hard_negatives",
    "match_anchors",
    "match_anchors_by_threshold",
    "nms",
    "roi_align",
    "roi_pool",
    "sample_balanced",
    "smooth_l1_loss",
]
