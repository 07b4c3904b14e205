"""VOC's arithmetic against a loop over pixels that belong to boxes, COCO's against pycocotools."""

import contextlib
import io
import math

import numpy as np
import pytest
from both_libraries import check_error
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cs_lib.detection_metrics import (
    COCO_AREAS,
    coco_average_precision,
    coco_evaluation,
    detection_average_precision,
    voc_average_precision,
    voc_mean_average_precision,
)

# --- random cases ---


def case(seed, *, crowded=False, images=3, classes=3):
    """Predictions and targets with ties of score and of IoU, duplicates, difficult boxes, crowds,
    an image without truth, a class without. Corners are whole numbers, so that IoUs are exact."""
    rng = np.random.default_rng(seed)
    scale = rng.choice([1, 4, 12, 24])  # of which objects are small, medium and large
    predictions, targets = [], []
    for image in range(images):
        truths = 0 if image == 1 else rng.integers(1, 7)
        found = rng.integers(105, 130) if crowded and image == 0 else rng.integers(0, 12)
        t = {"boxes": boxes(rng, truths, scale), "labels": rng.choice(classes - 1, truths)}
        t["difficult"], t["iscrowd"] = rng.random((2, truths)) < 0.25
        sides = t["boxes"][:, 2:] - t["boxes"][:, :2]
        t["area"] = sides.prod(axis=1) * rng.choice([0.5, 1], truths)
        p = {"boxes": boxes(rng, found, scale), "labels": rng.integers(0, classes, found)}
        for d in range(found):  # most are near a true box, some exactly there
            if truths and rng.random() < 0.8:
                g = rng.integers(truths)
                p["boxes"][d] = t["boxes"][g] + scale * rng.integers(-1, 2, 4) * (d % 3 > 0)
                p["labels"][d] = t["labels"][g]
        p["scores"] = rng.integers(0, 9, found) / 8
        predictions.append(p)
        targets.append(t)
    return predictions, targets


def boxes(rng, n, scale):
    corner = rng.integers(0, 12, (n, 2))
    return scale * np.concatenate([corner, corner + rng.integers(3, 9, (n, 2))], axis=1).astype(
        float
    )


# --- Pascal VOC: a loop in which boxes are first and last pixels ---


def pixels_iou(a, b):
    def count(first_x, first_y, last_x, last_y):
        return max(last_x - first_x + 1, 0) * max(last_y - first_y + 1, 0)

    both = count(max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return both / (count(*a) + count(*b) - both)


def brute_voc(predictions, targets, label, year, threshold):
    def inclusive(box):  # from 1, the last pixel inside
        return [box[0] + 1, box[1] + 1, box[2], box[3]]

    listed, positives = [], 0
    for image, (p, t) in enumerate(zip(predictions, targets, strict=True)):
        positives += sum((t["labels"] == label) & ~t["difficult"])
        for d in range(len(p["labels"])):
            if p["labels"][d] == label:
                listed.append((p["scores"][d], image, inclusive(p["boxes"][d])))
    if not positives:
        return math.nan
    listed.sort(key=lambda one: -one[0])
    seen, right, wrong, curve = set(), 0, 0, []
    for _, image, box in listed:
        t, best, at = targets[image], -1.0, None
        for g in range(len(t["labels"])):
            if t["labels"][g] == label:
                iou = pixels_iou(box, inclusive(t["boxes"][g]))
                if iou > best:
                    best, at = iou, g
        if at is not None and best >= threshold:
            if not t["difficult"][at]:
                new = (image, at) not in seen
                seen.add((image, at))
                right, wrong = right + new, wrong + (not new)
        else:
            wrong += 1
        curve.append((right / positives, right / (right + wrong) if right + wrong else 0.0))
    if year == 2007:
        total = 0.0
        for k in range(11):
            total += max((p for r, p in curve if r >= k * 0.1), default=0.0) / 11
        return total
    area, before = 0.0, 0.0
    for i, (r, _) in enumerate(curve):
        area += (r - before) * max(p for _, p in curve[i:])
        before = r
    return area


@pytest.mark.parametrize("year", [2007, 2010])
def test_voc_is_its_loop_over_pixels(year):
    there = 0
    for seed in range(500):
        predictions, targets = case(seed)
        threshold = (0.5, 0.3, 0.75)[seed % 3]
        wants = []
        for label in range(3):
            want = brute_voc(predictions, targets, label, year, threshold)
            got = voc_average_precision(
                predictions, targets, label, year=year, iou_threshold=threshold
            )
            assert got == pytest.approx(want, abs=1e-9, nan_ok=True)
            wants += [] if math.isnan(want) else [want]
        if wants:
            got = voc_mean_average_precision(
                predictions, targets, year=year, iou_threshold=threshold
            )
            assert got == pytest.approx(np.mean(wants), abs=1e-9)
            there += len(wants)
    assert there > 700


def found(of, all_):
    """of objects found, of all_ in an image, by detections without a false one."""
    row = np.stack([20.0 * np.arange(all_), np.zeros(all_)], axis=1)
    row = np.concatenate([row, row + 10], axis=1)
    prediction = {"boxes": row[:of], "scores": np.ones(of), "labels": np.zeros(of, int)}
    return [prediction], [{"boxes": row, "labels": np.zeros(all_, int)}]


def test_what_floats_lose():
    """Three of ten found: exactly counted, recalls 0, 0.1, 0.2 and 0.3 are reached."""
    for k in range(11):
        exact = detection_average_precision(*found(k, 10), 0, points=11)
        assert exact == pytest.approx((k + 1) / 11 if k else 0)
        lost = k in (3, 6, 7)
        voc = voc_average_precision(*found(k, 10), 0, year=2007)
        assert exact - voc == pytest.approx(lost / 11)
    misses = []
    for k in range(1, 101):
        exact = detection_average_precision(*found(k, 100), 0, points=101)
        coco = coco_average_precision(*found(k, 100), 0)
        assert exact == pytest.approx((k + 1) / 101)
        if coco != pytest.approx(exact):
            assert exact - coco == pytest.approx(1 / 101)
            misses.append(k)
    assert misses == [35, 41, 47, 57, 69, 70, 82, 83, 94, 95]


# --- COCO ---


def official(predictions, targets, *, classes=3):
    """The evaluator of pycocotools, after its summary."""
    annotations, results = [], []
    for image, (p, t) in enumerate(zip(predictions, targets, strict=True)):
        for box, label, crowd, area in zip(
            t["boxes"], t["labels"], t["iscrowd"], t["area"], strict=True
        ):
            one = {"image_id": image, "category_id": int(label), "bbox": xywh(box)}
            one |= {"id": len(annotations) + 1, "iscrowd": int(crowd), "area": float(area)}
            annotations.append(one)
        for box, label, score in zip(p["boxes"], p["labels"], p["scores"], strict=True):
            one = {"image_id": image, "category_id": int(label), "bbox": xywh(box)}
            results.append(one | {"score": float(score)})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": i} for i in range(len(targets))],
            "categories": [{"id": c} for c in range(classes)],
            "annotations": annotations,
        }
        truth.createIndex()
        evaluator = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return evaluator


def xywh(box):
    x1, y1, x2, y2 = map(float, box)
    return [x1, y1, x2 - x1, y2 - y1]


ORDER = [
    *("AP", "AP50", "AP75", "AP small", "AP medium", "AP large"),
    *("AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large"),
]


def test_coco_is_pycocotools():
    areas, more = dict.fromkeys(COCO_AREAS, 0), 0
    for seed in range(150):
        crowded = seed % 15 == 0
        predictions, targets = case(seed, crowded=crowded, images=3 if crowded else 2)
        if not any(len(p["scores"]) for p in predictions):
            continue  # pycocotools takes no empty list
        evaluator = official(predictions, targets)
        got = coco_evaluation(predictions, targets)
        assert list(got) == ORDER
        for name, want in zip(ORDER, evaluator.stats, strict=True):
            assert got[name] == pytest.approx(want if want > -1 else np.nan, abs=1e-9, nan_ok=True)
        precision = evaluator.eval["precision"]  # (T, R, K, A, M)
        for c in range(3) if seed % 4 == 0 else ():
            for a, (name, area) in enumerate(COCO_AREAS.items()):
                want = precision[:, :, c, a, -1].mean()
                one = coco_average_precision(predictions, targets, c, area=area)
                assert one == pytest.approx(want if want > -1 else np.nan, abs=1e-9, nan_ok=True)
                areas[name] += 0 < want < 1
        more += max(len(p["scores"]) for p in predictions) > 100
    assert min(areas.values()) > 10
    assert more >= 10


def test_coco_is_pycocotools_for_many_images_and_classes_of_any_corners():
    for seed in range(3):
        predictions, targets = case(seed, images=60, classes=8)
        rng = np.random.default_rng(seed)
        for one in (*predictions, *targets):
            one["boxes"] = one["boxes"] + rng.uniform(0, 0.7, one["boxes"].shape)
        stats = official(predictions, targets, classes=8).stats
        want = pytest.approx(np.where(stats < 0, np.nan, stats), abs=1e-9, nan_ok=True)
        assert list(coco_evaluation(predictions, targets).values()) == want


def test_without_detections_all_is_zero_and_without_truth_nothing_is_a_number():
    (prediction,), (target,) = found(0, 3)
    got = coco_evaluation([prediction], [target])
    assert {name: got[name] for name in ("AP", "AP50", "AR 1", "AR 100")} == dict.fromkeys(
        ("AP", "AP50", "AR 1", "AR 100"), 0
    )
    assert np.isnan(got["AP large"])
    nothing = {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int)}
    (prediction,), _ = found(2, 3)
    assert np.isnan(list(coco_evaluation([prediction], [nothing]).values())).all()
    assert np.isnan(list(coco_evaluation([], []).values())).all()


A, B = [0, 0, 10, 10], [4, 0, 14, 10]


def one_image(*rows):
    return {"boxes": np.array([r[0] for r in rows], float), "labels": np.zeros(len(rows), int)}


def test_coco_gives_a_detection_the_best_box_that_is_free_and_voc_the_best():
    """Two objects overlap; both detections fit the first best, and the second well enough."""
    targets = [one_image((A,), (B,))]
    predictions = [one_image((A,), ([1, 0, 11, 10],)) | {"scores": np.array([0.9, 0.8])}]
    assert coco_average_precision(predictions, targets, 0, iou_thresholds=[0.5]) == 1
    assert voc_average_precision(predictions, targets, 0) == 0.5


def test_of_two_boxes_that_overlap_equally_coco_gives_the_last():
    """The first detection lies between both objects, the second fits the last only."""
    targets = [one_image((A,), (B,))]
    predictions = [one_image(([2, 0, 12, 10],), (B,)) | {"scores": np.array([0.9, 0.8])}]
    targets[0] |= {"iscrowd": np.zeros(2, bool), "area": np.array([100.0, 100])}
    got = coco_average_precision(predictions, targets, 0, iou_thresholds=[0.5])
    assert got == pytest.approx(official(predictions, targets).stats[1], abs=1e-9)
    assert got == pytest.approx(51 / 101)


def test_a_detection_within_a_crowd_counts_for_nothing():
    crowd = one_image((A,), ([20, 0, 120, 60],)) | {"iscrowd": np.array([False, True])}
    inside = [one_image(([30, 5, 40, 15],), ([60, 5, 70, 15],), (A,))]
    inside[0]["scores"] = np.array([0.9, 0.8, 0.7])
    assert coco_average_precision(inside, [crowd], 0) == pytest.approx(1)
    crowd["iscrowd"] = np.array([False, False])
    assert coco_average_precision(inside, [crowd], 0) < 0.4


# fmt: off
ERRORS = [
    ("voc_average_precision: year is 2012; it must be 2007 or 2010",
     lambda: voc_average_precision([], [], 0, year=2012)),
    ("voc_average_precision: 1 predictions, 0 targets; give one of each for every image",
     lambda: voc_average_precision(found(1, 1)[0], [], 0)),
    ("coco_average_precision: iou_thresholds is 50; an IoU is from 0 to 1",
     lambda: coco_average_precision([], [], 0, iou_thresholds=[50])),
    ("coco_average_precision: predictions[0]['scores'] has NaN, which has no rank; remove it first",
     lambda: coco_average_precision(
         [found(1, 1)[0][0] | {"scores": np.array([np.nan])}], found(1, 1)[1], 0)),
    ("coco_evaluation: areas has tiny; it must have 'all'",
     lambda: coco_evaluation(*found(1, 1), areas={"tiny": (0, 9)})),
    ("coco_evaluation: max_detections is (10, 1); it must be numbers from 1, each above the last",
     lambda: coco_evaluation(*found(1, 1), max_detections=(10, 1))),
    ("voc_mean_average_precision: targets has no box to find in any image",
     lambda: voc_mean_average_precision([], [])),
]
# fmt: on


@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_input_is_told_what_to_do(message, call):
    check_error(ValueError, message, call)
