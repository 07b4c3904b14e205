"""R-CNN [Girshick et al. 2014]: classify each proposed region by a network of its own run.

Regions come from outside (selective search in the paper); each is cut out with some context, warped
to one size and sent through the whole network, so what two regions share is computed twice. 69,123
parameters with ten classes.

The paper trains three models one after the other: the network by a softmax, then a linear SVM for
each class on its features, then a regression of boxes for each class. Ours is the network alone,
softmax and boxes trained together as in Fast R-CNN, on crops of 32 × 32 in place of 227 × 227.
"""

from cs_lib.torch.detection.models.backbone import Backbone, as_images
from cs_lib.torch.detection.models.regions import RegionDetector
from cs_lib.torch.detection.roi import roi_align

__all__ = ["RCNN"]


class RCNN(RegionDetector):
    """R-CNN. crop: side to which a region is warped, in pixels, a multiple of 8; context: what is
    added around it on each side, as a part of the region's side (the paper: 16 of 227 pixels).

    Calls and returns as `RegionDetector`.
    """

    def __init__(self, num_classes, *, crop=32, context=0.07, widths=(16, 32, 32), rng=None):
        features = widths[-1] * (crop // 2 ** len(widths)) ** 2
        super().__init__(num_classes, features, hidden=64, rng=rng)
        self.crop, self.context = crop, context
        self.backbone = Backbone(widths, rng=rng)

    def look(self, images):
        """Nothing is shared: the images themselves."""
        return as_images(self, images, 1)

    def region_features(self, seen, rois):
        """seen: (N, 3, H, W), rois: (R, 5) -> (R, features), one run of the network each"""
        margin = self.context * (rois[:, 3:] - rois[:, 1:3])
        rois = rois.clone()
        rois[:, 1:3] -= margin
        rois[:, 3:] += margin
        crops = roi_align(seen, rois, self.crop, sampling_ratio=1, aligned=True)
        return self.backbone(crops)[-1].flatten(1)
