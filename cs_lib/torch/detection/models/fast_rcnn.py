"""Fast R-CNN [Girshick 2015]: run the convolutions once an image, pool each region from their map.

What regions share is computed once, and softmax and boxes are trained together with the features.
207,747 parameters with ten classes.

The paper has VGG-16 with 7 × 7 cells a region and two layers of 4,096; ours a small network with
4 × 4 cells and one of 128. "align" is RoIAlign [He et al. 2017, §3], which does not round.
"""

from cs_lib.torch.detection.models.backbone import Backbone, as_images
from cs_lib.torch.detection.models.regions import RegionDetector
from cs_lib.torch.detection.roi import roi_align, roi_pool
from cs_lib.torch.models.blocks import check_variant

__all__ = ["FastRCNN"]


class FastRCNN(RegionDetector):
    """Fast R-CNN. pooling: "pool" (roi_pool, rounded) or "align" (roi_align); cells: of a region's
    features, in each direction. The map has a stride of 2^len(widths), 8 by default.

    Calls and returns as `RegionDetector`.
    """

    def __init__(self, num_classes, *, pooling="align", cells=4, widths=(16, 32, 64), rng=None):
        check_variant("FastRCNN", "pooling", pooling, ("pool", "align"))
        super().__init__(num_classes, widths[-1] * cells**2, rng=rng)
        self.pooling, self.cells, self.stride = pooling, cells, 2 ** len(widths)
        self.backbone = Backbone(widths, rng=rng)

    def look(self, images):
        """images: (N, 3, H, W) -> maps: (N, C, H / stride, W / stride), which all regions share"""
        return self.backbone(as_images(self, images, self.stride))[-1]

    def region_features(self, seen, rois):
        """seen: maps, rois: (R, 5) in pixels of the image -> (R, features)"""
        scale = {"spatial_scale": 1 / self.stride}
        if self.pooling == "pool":
            return roi_pool(seen, rois, self.cells, **scale).flatten(1)
        y = roi_align(seen, rois, self.cells, sampling_ratio=2, aligned=True, **scale)
        return y.flatten(1)
