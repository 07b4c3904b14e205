"""SSD [Liu et al. 2016]: each anchor of several maps says its class and its box, in one step.

A map of W × H cells with K anchors each gives K·W·H boxes; fine maps have the small anchors, coarse
ones the large. No regions are pooled, so everything is one convolutional network. 247,812
parameters with ten classes, 284,740 with context.

Differs from the paper: two maps in place of six, anchors given by their sizes, a small network. The
fine maps see little around them; with context=True each receives the next coarser one, up-sampled,
before its anchors speak, as in DSSD [Fu et al. 2017] and feature pyramids [Lin et al. 2017, §3].
"""

import torch
from torch.nn import functional as F

from cs_lib.torch import nn
from cs_lib.torch.detection.anchors import decode_boxes, encode_boxes, grid_anchors, match_anchors
from cs_lib.torch.detection.boxes import box_iou
from cs_lib.torch.detection.models.backbone import Backbone, as_images
from cs_lib.torch.detection.models.regions import as_targets, select_detections
from cs_lib.torch.detection.training import hard_negatives, smooth_l1_loss

__all__ = ["SSD"]


class SSD(nn.Module):
    """SSD. scales: of the anchors, in pixels, a tuple for each map from the finest on, the last map
    of stride 16; ratios: height over width; context: coarse maps are added to finer ones.

    Classes are 0 to num_classes - 1 in targets and predictions; in scores they are columns 1 to
    num_classes, and column 0 is the background.
    """

    def __init__(
        self,
        num_classes,
        *,
        scales=((10.0, 15.0), (21.0, 29.0)),
        ratios=(0.5, 1.0, 2.0),
        context=False,
        widths=(16, 32, 64, 64),
        rng=None,
    ):
        super().__init__()
        if not 1 <= len(scales) <= len(widths):
            raise ValueError(
                f"SSD: scales has {len(scales)} maps; it must be 1 to {len(widths)}, as there are "
                "widths"
            )
        self.num_classes, self.ratios = num_classes, tuple(ratios)
        self.scales = tuple(map(tuple, scales))
        self.backbone = Backbone(widths, rng=rng)
        self.stride, used = 2 ** len(widths), widths[-len(scales) :]
        self.lateral = nn.Sequential()
        if context:
            for i in range(len(used) - 1):
                self.lateral.append(nn.Conv2d(used[i + 1], used[i], 3, padding=1, rng=rng))
        self.scores, self.deltas = nn.Sequential(), nn.Sequential()
        for width, sizes in zip(used, self.scales, strict=True):
            k = len(sizes) * len(self.ratios)
            self.scores.append(nn.Conv2d(width, k * (num_classes + 1), 3, padding=1, rng=rng))
            self.deltas.append(nn.Conv2d(width, k * 4, 3, padding=1, rng=rng))

    def maps(self, images):
        """images: (N, 3, H, W) -> the maps that anchors speak from, the finest first"""
        maps = self.backbone(as_images(self, images, self.stride))[-len(self.scales) :]
        for i in reversed(range(len(self.lateral))):  # from coarse to fine
            maps[i] = maps[i] + F.interpolate(self.lateral[i](maps[i + 1]), scale_factor=2.0)
        return maps

    def forward(self, images):
        """images: (N, 3, H, W), H and W multiples of self.stride
        -> scores: (N, A, num_classes + 1), deltas: (N, A, 4), anchors: (A, 4) xyxy
        """
        scores, deltas, anchors = [], [], []
        for i, x in enumerate(self.maps(images)):
            for outputs, head, columns in (
                (scores, self.scores[i], self.num_classes + 1),
                (deltas, self.deltas[i], 4),
            ):
                y = head(x).permute(0, 2, 3, 1)  # an anchor's numbers side by side
                outputs.append(y.reshape(len(x), -1, columns))
            stride = images.shape[2] // x.shape[2]
            anchors.append(
                grid_anchors(x, stride=stride, scales=self.scales[i], ratios=self.ratios)
            )
        return torch.cat(scores, dim=1), torch.cat(deltas, dim=1), torch.cat(anchors)

    def losses(self, images, targets, *, ratio=3):
        """images: as in forward; targets: a dict for each image: boxes (G, 4), labels (G,); ratio:
        background anchors for each positive, those of largest loss (`hard_negatives`)
        -> {"classification": cross-entropy, "boxes": smooth L1}, sums over the anchors that count,
           divided by the number of positives [§2.2, equation 1]
        """
        targets = as_targets("SSD", targets, self.num_classes, images)
        scores, deltas, anchors = self(images)
        match = torch.stack(
            [match_anchors(box_iou(t["boxes"], anchors), low=0.5, high=0.5) for t in targets]
        )
        labels, goals = torch.zeros_like(match), []
        for own, m, t in zip(labels, match, targets, strict=True):
            positive = m >= 0
            own[positive] = t["labels"][m[positive]] + 1
            goals.append(encode_boxes(t["boxes"][m[positive]], anchors[positive]))
        losses = F.cross_entropy(scores.transpose(1, 2), labels, reduction="none")  # (N, A)
        positive = match >= 0
        negative = hard_negatives(losses, match, ratio=ratio)
        count = positive.sum().clamp(min=1)
        return {
            "classification": losses[positive | negative].sum() / count,
            "boxes": smooth_l1_loss(deltas[positive], torch.cat(goals)) / count,
        }

    @torch.no_grad()
    def predict(self, images, **options):
        """images: as in forward; options: of `select_detections`
        -> a dict for each image: boxes (D, 4), scores (D,), labels (D,)
        """
        scores, deltas, anchors = self(images)
        return [
            select_detections(s, decode_boxes(d, anchors), images.shape[2:], **options)
            for s, d in zip(scores.softmax(dim=2), deltas, strict=True)
        ]
