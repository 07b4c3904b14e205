"""What moves a detector's average precision, while the detector stays the same?

One SSD of the library for each seed, trained on 600 scenes for 10 epochs, and asked for all boxes
with a score above 0.01 in 150 test scenes. "rule …" is its mAP by each rule, at an IoU of 0.5
unless the name says another; "floor …" what is left when lower scores are not reported, by the
exact rule and with the curve joined to (1, 0) by a line; "suppression …" its mAP (VOC 2010) by the
threshold of suppression, within a class or over all. "scene …" are the candidates of four test
scenes before suppression, best first, filled up with zeros.
"""

import numpy as np
import torch

from cs_lib import detection_metrics as metrics
from cs_lib.numpy.detection import batched_nms, nms
from experiments import _ap, _det

SEEDS = (0, 1, 2)
FLOORS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.7, 0.9)
THRESHOLDS = (0.1, 0.3, 0.45, 0.6, 0.9)
CANDIDATES = 60  # of a scene that are kept
LEAST = 0.01


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = _det.load(*((40, 4) if short else (600, 150)), seed)
    rng = np.random.default_rng(seed)
    model = _det.DETECTORS["SSD"](rng)
    _det.train(model, x, y, rng, epochs=2 if short else 10)
    raw = _candidates(model, x_test)
    found = [_suppressed(one, 0.45) for one in raw]
    numbers = _rules(found, y_test)

    for floor in FLOORS:
        ranked = _ap.rankings(found, y_test, floor=floor)
        numbers[f"floor {floor} exact"] = _mean(_exact, ranked)
        numbers[f"floor {floor} joined"] = _mean(_ap.joined, ranked)
        right, reported = (sum(f(c) for c, _ in ranked) for f in (np.sum, len))
        numbers[f"floor {floor} precision"] = float(right / max(1, reported))
        numbers[f"floor {floor} recall"] = float(right / sum(there for _, there in ranked))
    numbers["more boxes"] = _mean(_exact, _ap.rankings(_padded(found, rng), y_test))
    numbers["twice"] = metrics.voc_mean_average_precision([_twice(one) for one in found], y_test)
    for threshold in THRESHOLDS:
        for name, of in (("within", batched_nms), ("over all", _over_all)):
            kept = [_suppressed(one, threshold, of) for one in raw]
            numbers[f"suppression {threshold} {name}"] = metrics.voc_mean_average_precision(
                kept, y_test
            )
            numbers[f"suppression {threshold} {name} boxes"] = float(
                np.mean([len(one["scores"]) for one in kept])
            )
    for i in range(4):
        one = raw[i]
        rows = np.column_stack([one["boxes"], one["scores"], one["labels"]])[:CANDIDATES]
        rows = np.pad(rows, ((0, CANDIDATES - len(rows)), (0, 0)))
        numbers[f"scene {i}"] = rows.round(3).tolist()
    return {
        what: value if isinstance(value, list) else float(value) for what, value in numbers.items()
    }


def _candidates(model, images):
    """Boxes of every class above LEAST, before suppression, as arrays, best score first."""
    model.eval()
    options = {"score_threshold": LEAST, "iou_threshold": 1.0, "before": 300, "most": 300}
    found = [
        one
        for i in range(0, len(images), 10)
        for one in model.predict(images[i : i + 10], **options)
    ]
    return [{name: value.numpy() for name, value in one.items()} for one in found]


def _over_all(boxes, scores, labels, threshold):
    return nms(boxes, scores, threshold)


def _suppressed(one, threshold, of=batched_nms):
    kept = of(one["boxes"], one["scores"], one["labels"], threshold)[:100]
    return {name: value[kept] for name, value in one.items()}


def _padded(found, rng):
    """With about a thousand boxes more of each class, in all images, below every other score."""
    more = []
    for one in found:
        n = max(1, 1000 * 10 // len(found))
        corner = rng.uniform(0, 32, (n, 2))
        boxes = np.column_stack([corner, corner + rng.uniform(8, 32, (n, 2))])
        more.append(
            {
                "boxes": np.concatenate([one["boxes"], boxes]),
                "scores": np.append(one["scores"], rng.uniform(0, LEAST / 2, n)),
                "labels": np.append(one["labels"], rng.integers(0, 10, n)),
            }
        )
    return more


def _twice(one):
    return {name: np.concatenate([value, value]) for name, value in one.items()}


def _exact(correct, there):
    return metrics.average_precision(-np.arange(len(correct)), correct, there)


def _mean(of, ranked):
    return float(np.mean([of(correct, there) for correct, there in ranked]))


def _rules(found, targets):
    ranked = _ap.rankings(found, targets)
    numbers = {
        "exact": _mean(_exact, ranked),
        "without envelope": _mean(_ap.without_envelope, ranked),
        "joined": _mean(_ap.joined, ranked),
        "VOC 2007": metrics.voc_mean_average_precision(found, targets, year=2007),
        "VOC 2010": metrics.voc_mean_average_precision(found, targets),
    }
    coco = metrics.coco_evaluation(found, targets)
    numbers |= {f"COCO {name}": coco[name] for name in ("AP", "AP50", "AP75", "AR 100")}
    for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.9):
        numbers[f"VOC 2010, IoU {threshold}"] = metrics.voc_mean_average_precision(
            found, targets, iou_threshold=threshold
        )
    return {f"rule {name}": value for name, value in numbers.items()}
