"""Faster R-CNN [Ren et al. 2015]: the network proposes its own regions, from the map it pools from.

A region proposal network slides over the map and says of K anchors at each cell how likely there is
an object and how far its box is off. The best of these, after suppression, are the proposals of a
Fast R-CNN on the same map. 247,600 parameters with ten classes.

Differs from the paper: one training for both halves at once (the paper's "approximate joint
training"), a sigmoid for two-way softmax, a small network with anchors for small images.
"""

import torch
from torch.nn import functional as F

from cs_lib.torch import nn
from cs_lib.torch.detection.anchors import (
    decode_boxes,
    encode_boxes,
    grid_anchors,
    match_anchors_by_threshold,
)
from cs_lib.torch.detection.boxes import box_iou, clip_boxes_to_image, nms
from cs_lib.torch.detection.models.fast_rcnn import FastRCNN
from cs_lib.torch.detection.models.regions import as_targets
from cs_lib.torch.detection.training import sample_balanced, smooth_l1_loss

__all__ = ["RPN", "FasterRCNN"]


class RPN(nn.Module):
    """A region proposal network: 3 × 3 convolution, then for each of K anchors a score and a box.

    maps: (N, in_channels, H, W) -> objectness: (N, H·W·K) logits; deltas: (N, H·W·K, 4), in the
    order of `grid_anchors`
    """

    def __init__(self, in_channels, anchors, *, rng=None):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, in_channels, 3, padding=1, rng=rng), nn.ReLU()
        )
        self.objectness = nn.Conv2d(in_channels, anchors, 1, rng=rng)
        self.deltas = nn.Conv2d(in_channels, 4 * anchors, 1, rng=rng)

    def forward(self, maps):
        h = self.conv(maps)
        n = len(maps)
        objectness = self.objectness(h).permute(0, 2, 3, 1).reshape(n, -1)
        return objectness, self.deltas(h).permute(0, 2, 3, 1).reshape(n, -1, 4)


class FasterRCNN(FastRCNN):
    """Faster R-CNN. scales, ratios: of the anchors, as in `grid_anchors`; proposals: how many of an
    image go to the second half; other arguments as in `FastRCNN`.

    forward(images, proposals) is Fast R-CNN's; losses and predict need no proposals.
    """

    rpn_samples = 128  # anchors an image that count in training, at most half of them positive

    def __init__(
        self,
        num_classes,
        *,
        scales=(10.0, 16.0, 26.0),
        ratios=(0.5, 1.0, 2.0),
        proposals=50,
        pooling="align",
        widths=(16, 32, 64),
        rng=None,
    ):
        super().__init__(num_classes, pooling=pooling, widths=widths, rng=rng)
        self.scales, self.ratios, self.proposals = tuple(scales), tuple(ratios), proposals
        self.rpn = RPN(widths[-1], len(self.scales) * len(self.ratios), rng=rng)

    def _anchors(self, maps):
        """-> objectness (N, A), deltas (N, A, 4), anchors (A, 4)"""
        anchors = grid_anchors(maps, stride=self.stride, scales=self.scales, ratios=self.ratios)
        return *self.rpn(maps), anchors

    @torch.no_grad()
    def _propose(self, objectness, deltas, anchors, size):
        """The best boxes of each image, after suppression at 0.7 (§3.3): a list of (P, 4)"""
        found = []
        for scores, d in zip(objectness, deltas, strict=True):
            order = scores.sort(descending=True, stable=True).indices[: 4 * self.proposals]
            boxes = clip_boxes_to_image(decode_boxes(d[order], anchors[order]), size)
            large = (boxes[:, 2:] - boxes[:, :2] >= 1).all(dim=1)
            boxes = boxes[large]
            found.append(boxes[nms(boxes, scores[order][large], 0.7)[: self.proposals]])
        return found

    @torch.no_grad()
    def propose(self, images):
        """images: (N, 3, H, W) -> proposals: a list of (P, 4) xyxy, best first"""
        return self._propose(*self._anchors(self.look(images)), images.shape[2:])

    def losses(self, images, targets, *, rng):
        """images: (N, 3, H, W); targets: a dict for each image: boxes (G, 4), labels (G,); rng: a
        numpy Generator that chooses anchors and regions
        -> {"objectness", "proposals", "classification", "boxes"}: the first two of the anchors
           (binary cross-entropy, and smooth L1 of positives over all that were chosen), the others
           of the regions, as in `RegionDetector.losses`
        """
        targets = as_targets("FasterRCNN", targets, self.num_classes, images)
        maps = self.look(images)
        objectness, deltas, anchors = self._anchors(maps)
        logits, wanted, moved, goals = [], [], [], []
        for target, scores, d in zip(targets, objectness, deltas, strict=True):
            match = match_anchors_by_threshold(box_iou(target["boxes"], anchors))
            positive, negative = sample_balanced(match, self.rpn_samples, 0.5, rng=rng)
            logits += [scores[positive], scores[negative]]
            wanted += [torch.ones_like(logits[-2]), torch.zeros_like(logits[-1])]
            moved.append(d[positive])
            goals.append(encode_boxes(target["boxes"][match[positive]], anchors[positive]))
        logits, wanted = torch.cat(logits), torch.cat(wanted)
        rpn = {
            "objectness": F.binary_cross_entropy_with_logits(logits, wanted),
            "proposals": smooth_l1_loss(torch.cat(moved), torch.cat(goals)) / len(logits),
        }
        proposals = self._propose(objectness, deltas, anchors, images.shape[2:])
        return rpn | self._losses(maps, images, targets, proposals, rng)

    @torch.no_grad()
    def predict(self, images, **options):
        """images: (N, 3, H, W); options: of `select_detections`
        -> a dict for each image: boxes (D, 4), scores (D,), labels (D,)
        """
        maps = self.look(images)
        proposals = self._propose(*self._anchors(maps), images.shape[2:])
        return self._predict(maps, images, proposals, options)
