"""Object detection: boxes, anchors, regions of interest."""

from cs_lib.numpy.detection.anchors import (
    decode_boxes,
    encode_boxes,
    grid_anchors,
    match_anchors,
    match_anchors_by_threshold,
)
from cs_lib.numpy.detection.boxes import (
    batched_nms,
    box_area,
    box_convert,
    box_iou,
    clip_boxes_to_image,
    nms,
)
from cs_lib.numpy.detection.roi import roi_align, roi_align_backward, roi_pool, roi_pool_backward

__all__ = [
    "batched_nms",
    "box_area",
    "box_convert",
    "box_iou",
    "clip_boxes_to_image",
    "decode_boxes",
    "encode_boxes",
    "grid_anchors",
    "match_anchors",
    "match_anchors_by_threshold",
    "nms",
    "roi_align",
    "roi_align_backward",
    "roi_pool",
    "roi_pool_backward",
]
