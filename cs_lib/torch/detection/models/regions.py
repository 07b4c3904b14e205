"""What R-CNN, Fast and Faster R-CNN share: a head that says of a region what it is and where.

Classes are 0 to num_classes - 1 in targets and predictions, as in `cs_lib.data.scenes`; in scores
they are columns 1 to num_classes, and column 0 is the background.
"""

import torch
from torch.nn import functional as F

from cs_lib.torch import nn
from cs_lib.torch.detection.anchors import decode_boxes, encode_boxes, match_anchors_by_threshold
from cs_lib.torch.detection.boxes import batched_nms, box_iou, clip_boxes_to_image
from cs_lib.torch.detection.training import sample_balanced, smooth_l1_loss

__all__ = ["RegionDetector", "as_rois", "as_targets", "select_detections"]


class RegionDetector(nn.Module):
    """A head over features of regions: what each shows, and how far its box is off, for each class
    [Girshick 2015, §2.3].

    Subclasses say with look(images) what is computed once an image, and with
    region_features(seen, rois) -> (R, features) what of it becomes a region's features.

    samples: regions an image that count in training, a quarter of them with an IoU of at least ½
    with a true box, as in Fast R-CNN; the others have less (the paper: 0.1 to ½). The true boxes
    are among the proposals in training.
    """

    samples = 64

    def __init__(self, num_classes, features, *, hidden=128, rng=None):
        super().__init__()
        self.num_classes = num_classes
        self.head = nn.Sequential(nn.Linear(features, hidden, rng=rng), nn.ReLU())
        self.scores = nn.Linear(hidden, num_classes + 1, rng=rng)
        self.deltas = nn.Linear(hidden, 4 * num_classes, rng=rng)

    def look(self, images):
        raise NotImplementedError

    def region_features(self, seen, rois):
        raise NotImplementedError

    def forward(self, images, proposals):
        """images: (N, 3, H, W), proposals: a (P, 4) xyxy tensor for each
        -> scores: (R, num_classes + 1), deltas: (R, num_classes, 4), R the sum of all P
        """
        return self._judge(self.look(images), as_rois(images, proposals))

    def _judge(self, seen, rois):
        h = self.head(self.region_features(seen, rois))
        return self.scores(h), self.deltas(h).reshape(-1, self.num_classes, 4)

    def losses(self, images, targets, proposals, *, rng):
        """images, proposals: as in forward; targets: a dict for each image: boxes (G, 4), labels
        (G,); rng: a numpy Generator that chooses the regions
        -> {"classification": cross-entropy, mean over regions; "boxes": smooth L1 of the positive
           regions' four numbers, summed, over the number of all regions}
        """
        targets = as_targets(type(self).__name__, targets, self.num_classes, images)
        return self._losses(self.look(images), images, targets, proposals, rng)

    def _losses(self, seen, images, targets, proposals, rng):
        chosen, labels, goals = [], [], []
        for target, proposed in zip(targets, proposals, strict=True):
            boxes = torch.cat([proposed.to(images), target["boxes"]])
            boxes = boxes[(boxes[:, 2:] - boxes[:, :2] >= 1).all(dim=1)]
            match = match_anchors_by_threshold(box_iou(target["boxes"], boxes), low=0.5, high=0.5)
            positive, negative = sample_balanced(match, self.samples, 0.25, rng=rng)
            found = match[positive]
            chosen.append(torch.cat([boxes[positive], boxes[negative]]))
            background = torch.zeros_like(negative)
            labels.append(torch.cat([target["labels"][found] + 1, background]))
            goals.append(encode_boxes(target["boxes"][found], boxes[positive]))
        scores, deltas = self._judge(seen, as_rois(images, chosen))
        labels, goals = torch.cat(labels), torch.cat(goals)
        at = (labels > 0).nonzero()[:, 0]
        return {
            "classification": F.cross_entropy(scores, labels),
            "boxes": smooth_l1_loss(deltas[at, labels[at] - 1], goals) / max(len(labels), 1),
        }

    @torch.no_grad()
    def predict(self, images, proposals, **options):
        """images, proposals: as in forward; options: of `select_detections`
        -> a dict for each image: boxes (D, 4), scores (D,), labels (D,)
        """
        return self._predict(self.look(images), images, proposals, options)

    def _predict(self, seen, images, proposals, options):
        scores, deltas = self._judge(seen, as_rois(images, proposals))
        counts = [len(boxes) for boxes in proposals]
        found = []
        for s, d, boxes in zip(scores.split(counts), deltas.split(counts), proposals, strict=True):
            around = boxes.to(images)[:, None].expand(-1, self.num_classes, 4).reshape(-1, 4)
            moved = decode_boxes(d.reshape(-1, 4), around).reshape(-1, self.num_classes, 4)
            found.append(select_detections(s.softmax(dim=1), moved, images.shape[2:], **options))
        return found


def select_detections(
    probabilities, boxes, size, *, score_threshold=0.05, iou_threshold=0.45, before=400, most=100
):
    """What is reported of one image: boxes of every class above a score, after `batched_nms`.

    probabilities: (R, num_classes + 1), column 0 the background; boxes: (R, num_classes, 4), or
    (R, 4) for all classes; size: (height, width), at which boxes are cut off
    score_threshold: less is not reported; iou_threshold: of suppression, within a class; before,
    most: how many boxes go into suppression, and come out of it, best score first
    -> {"boxes": (D, 4), "scores": (D,), "labels": (D,) from 0}, best score first
    """
    of_class = probabilities[:, 1:]
    region, label = (of_class > score_threshold).nonzero().unbind(dim=1)
    scores = of_class[region, label]
    order = scores.argsort(descending=True, stable=True)[:before]
    region, label, scores = region[order], label[order], scores[order]
    boxes = boxes[region] if boxes.ndim == 2 else boxes[region, label]
    boxes = clip_boxes_to_image(boxes, size)
    kept = batched_nms(boxes, scores, label, iou_threshold)[:most]
    return {"boxes": boxes[kept], "scores": scores[kept], "labels": label[kept]}


def as_rois(images, proposals):
    """A list of boxes for each image -> (R, 5): image index, then xyxy, as roi_pool takes them."""
    if len(proposals) != len(images):
        raise ValueError(
            f"proposals has {len(proposals)} entries, images {len(images)}; give a (P, 4) tensor "
            "for each image"
        )
    parts = [torch.cat([b.new_full((len(b), 1), i), b], dim=1) for i, b in enumerate(proposals)]
    return torch.cat(parts).to(images)


def as_targets(caller, targets, num_classes, images):
    """Targets as tensors beside the images, boxes as floats, labels as int64; checked."""
    if len(targets) != len(images):
        raise ValueError(f"{caller}: {len(targets)} targets, {len(images)} images; give one each")
    found = []
    for i, target in enumerate(targets):
        boxes = torch.as_tensor(target["boxes"]).to(images).reshape(-1, 4)
        labels = torch.as_tensor(target["labels"]).to(images.device, torch.int64)
        if len(labels) != len(boxes):
            raise ValueError(
                f"{caller}: targets[{i}] has {len(boxes)} boxes, {len(labels)} labels; "
                "they go in pairs"
            )
        if len(labels) and not 0 <= labels.min() <= labels.max() < num_classes:
            raise ValueError(
                f"{caller}: targets[{i}] has labels from {labels.min()} to {labels.max()}; they "
                f"must be from 0 to {num_classes - 1}"
            )
        found.append({"boxes": boxes, "labels": labels})
    return found
