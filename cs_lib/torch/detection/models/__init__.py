"""Detectors, from R-CNN to SSD, small enough to be trained on a CPU.

Each has losses(images, targets, …), a dict of scalars to be added up, and predict(images, …), boxes
with scores and labels after suppression. All take rng, from which initial values are drawn.
"""

from cs_lib.torch.detection.models.backbone import Backbone
from cs_lib.torch.detection.models.fast_rcnn import FastRCNN
from cs_lib.torch.detection.models.faster_rcnn import RPN, FasterRCNN
from cs_lib.torch.detection.models.rcnn import RCNN
from cs_lib.torch.detection.models.regions import RegionDetector, select_detections
from cs_lib.torch.detection.models.ssd import SSD

__all__ = [
    "RCNN",
    "RPN",
    "SSD",
    "Backbone",
    "FastRCNN",
    "FasterRCNN",
    "RegionDetector",
    "select_detections",
]
