"""How do detectors compare that differ in where their boxes come from, trained alike on scenes?

Scenes of 64 × 64 with one to four shapes in two classes, round or with corners: 500 to train on,
100 to test. Five epochs of AdamW at a rate of 0.01, taken for all without a search; so little shows
which of them learn fast, not which is best in the end. Fast R-CNN is given 192 square windows, the
others have only the image. AP50 and AP75 are VOC 2010's, AP is COCO's; "small" are boxes of at most
16 × 16 pixels. "anything" counts a box as right whatever its class, and "RPN alone" takes the
proposals themselves as detections.
"""

import numpy as np
import torch

from cs_lib.detection_metrics import coco_evaluation
from cs_lib.torch.detection import box_iou, decode_boxes, models
from experiments import _det, _seg

SEEDS = (0, 1, 2)
RATE, EPOCHS = 0.01, 5
AREAS = {"all": (0, 1e10), "small": (0, 16**2), "large": (16**2, 1e10)}
DETECTORS = {
    "Fast R-CNN, pool": lambda rng: models.FastRCNN(2, pooling="pool", rng=rng),
    "Fast R-CNN": lambda rng: models.FastRCNN(2, rng=rng),
    "Faster R-CNN": lambda rng: models.FasterRCNN(2, rng=rng),
    "SSD": lambda rng: models.SSD(2, rng=rng),
    "SSD, context": lambda rng: models.SSD(2, context=True, rng=rng),
}


def data(n_train, n_test, seed):
    """-> images, targets to train on, images, targets to test on, with two classes"""
    x, y, x_test, y_test = _det.load(n_train, n_test, seed)
    for target in y + y_test:
        target["labels"] = _seg.KINDS[1 + target["labels"]] - 1
    return x, y, x_test, y_test


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = data(8 if short else 500, 8 if short else 100, seed)
    steps = {"epochs": 1, "batch": 2} if short else {"epochs": EPOCHS}
    found = {}
    for name, make in DETECTORS.items():
        rng = np.random.default_rng(seed)
        model = make(rng)
        _det.train(model, x, y, rng, lr=RATE, **steps)
        predicted = _det.predict(model, x_test)
        found[f"{name} AP50"], found[f"{name} AP75"] = _det.score(predicted, y_test)
        coco = coco_evaluation(predicted, y_test, areas=AREAS)
        for what in ("AP", "AP small", "AP large"):
            found[f"{name} COCO {what}"] = coco[what]
        if name == "Faster R-CNN":
            found |= proposals(model, x_test, y_test, predicted)
    found["windows recall"] = recalls([_det.WINDOWS] * len(y_test), y_test)
    return found


def proposals(model, x, y, predicted):
    """What the first half of Faster R-CNN finds by itself"""
    anything = [target | {"labels": 0 * target["labels"]} for target in y]
    alone = []
    with torch.no_grad():
        maps = model.look(x)
        objectness, deltas, anchors = model._anchors(maps)
    for scores, d in zip(objectness.sigmoid(), deltas, strict=True):
        probabilities = torch.stack([1 - scores, scores], dim=1)
        boxes = decode_boxes(d, anchors)
        alone.append(models.select_detections(probabilities, boxes, x.shape[2:]))
    both = [one | {"labels": 0 * one["labels"]} for one in predicted]
    return {
        "proposals recall": recalls(model.propose(x), y),
        "RPN alone anything": _det.score(alone, anything),
        "Faster R-CNN anything": _det.score(both, anything),
    }


def recalls(boxes, y):
    """Share of true boxes that one of the boxes overlaps by an IoU of 0.5, and of 0.7"""
    best = [
        box_iou(torch.from_numpy(t["boxes"]), b.clamp(0, 64)).amax(dim=1)
        for b, t in zip(boxes, y, strict=True)
    ]
    best = torch.cat(best)
    return [(best >= t).double().mean().item() for t in (0.5, 0.7)]
