"""Examples of boxes, anchors and regions for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(5)


def boxes(n):
    corner = RNG.uniform(-5, 20, (n, 2))
    return np.concatenate([corner, corner + RNG.uniform(1, 20, (n, 2))], axis=1)


BOXES, OTHERS, NONE = boxes(12), boxes(7), np.zeros((0, 4))
SCORES, CLASSES = RNG.integers(0, 6, 12) / 8, RNG.integers(0, 3, 12)
MAPS = RNG.standard_normal((3, 4, 9, 7))
# whole numbers: a region has no gradient
ROIS = np.array([[2, 3, 5, 22, 30], [0, 0, 0, 28, 36], [2, -13, -7, 9, 11], [1, 50, 3, 70, 20]])
IOU = RNG.integers(0, 11, (4, 9)) / 10

NUMPY_ONLY = {
    "detection.proposals": "a forest and merges one by one, which a GPU cannot speed up",
    "detection.search": "a queue and loops over windows, which a GPU cannot speed up",
}
TRAINING = "what trains whole detectors, which NumPy would take hours for"
TORCH_ONLY = {
    "detection.models": TRAINING,
    "detection.training": TRAINING,
    "detection.hard_negatives": TRAINING,
    "detection.sample_balanced": TRAINING,
    "detection.smooth_l1_loss": TRAINING,
}
EXAMPLES = {
    "detection.boxes.batched_nms": [
        (BOXES, SCORES, CLASSES, 0.1),
        (NONE, SCORES[:0], CLASSES[:0], 0.5),
    ],
    "detection.boxes.box_area": [(BOXES,), (NONE,)],
    "detection.boxes.box_convert": [
        (BOXES, a, b) for a in ("xyxy", "xywh", "cxcywh") for b in ("xyxy", "xywh", "cxcywh")
    ],
    "detection.boxes.box_iou": [(BOXES, OTHERS), (BOXES, NONE), (BOXES.astype(int), OTHERS)],
    "detection.boxes.clip_boxes_to_image": [(BOXES, (10, 15))],
    "detection.boxes.nms": [(BOXES, SCORES, t) for t in (0, 0.1, 0.3)],
    "detection.anchors.decode_boxes": [
        (boxes(7) / 10, OTHERS),
        (boxes(7), OTHERS, {"weights": (1, 2, 3, 4), "clip": 5}),
    ],
    "detection.anchors.encode_boxes": [
        (boxes(7), OTHERS),
        (boxes(7), OTHERS, {"weights": (1, 2, 3, 4)}),
    ],
    "detection.anchors.grid_anchors": [
        (MAPS, {"stride": (4, 5), "scales": [8, 16], "ratios": (0.5, 1, 2)})
    ],
    "detection.anchors.match_anchors": [(IOU,), (IOU, {"low": 0.4, "high": 0.5}), (NONE,)],
    "detection.anchors.match_anchors_by_threshold": [
        (IOU,),
        (IOU, {"low": 0.4, "high": 0.5}),
        (NONE,),
    ],
    "detection.roi.roi_align": [
        (MAPS, ROIS, (3, 2), {"spatial_scale": 0.25}),
        (MAPS, ROIS, 4, {"spatial_scale": 0.3, "sampling_ratio": 2, "aligned": True}),
    ],
    "detection.roi.roi_pool": [(MAPS, ROIS, (3, 2), {"spatial_scale": 0.25}), (MAPS, ROIS, 4)],
}
