"""Detectors: each learns two scenes by heart, and its parts are those of loops and torchvision."""

import re
from types import SimpleNamespace

import numpy as np
import oracles
import pytest
import torch
from both_libraries import check_error
from numpy.testing import assert_allclose

from cs_lib.data import scenes
from cs_lib.detection_metrics import voc_mean_average_precision
from cs_lib.torch import optim
from cs_lib.torch.detection import box_iou, grid_anchors, match_anchors, models
from cs_lib.torch.detection.models import regions, select_detections
from cs_lib.torch.lr_scheduler import OneCycleLR
from experiments import _det

WINDOWS = grid_anchors(torch.zeros(1, 1, 4, 4), stride=16, scales=[20.0], ratios=[1.0])
MAKE = {
    "RCNN": models.RCNN,
    "FastRCNN": models.FastRCNN,
    "FastRCNN, pool": lambda *args, **options: models.FastRCNN(*args, pooling="pool", **options),
    "FasterRCNN": models.FasterRCNN,
    "SSD": models.SSD,
    "SSD, context": lambda *args, **options: models.SSD(*args, context=True, **options),
}


def two_scenes():
    images, targets = scenes.load(2, seed=1)
    return torch.from_numpy(images) - 0.5, targets


def arguments(name, targets=None):
    """What a detector's losses (with targets) or predict take besides images."""
    boxes = [torch.cat([WINDOWS, near(t)]) for t in two_scenes()[1]]
    proposals = [boxes] if name.startswith(("RCNN", "Fast")) and "Faster" not in name else []
    if targets is None:
        return proposals, {}
    rng = {} if name.startswith("SSD") else {"rng": np.random.default_rng(0)}
    return [targets, *proposals], rng


def near(target):
    """Proposals beside the true boxes, with an IoU above ½."""
    boxes = torch.from_numpy(target["boxes"])
    return boxes + (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2) * torch.tensor([0.1, 0.05, 0.12, 0.0])


def learnt(name, steps):
    images, targets = two_scenes()
    small = {"crop": 16} if name == "RCNN" else {}
    model = MAKE[name](10, rng=np.random.default_rng(0), **small)
    optimizer = optim.AdamW(model.parameters(), lr=0.003)
    schedule = OneCycleLR(optimizer, 0.006, steps)  # at the end batch norm's statistics settle
    positional, options = arguments(name, targets)
    values = []
    for _ in range(steps):
        loss = sum(model.losses(images, *positional, **options).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        values.append(loss.item())
    return model.eval(), values


@pytest.mark.parametrize("name", MAKE)
def test_a_detector_learns_two_scenes_by_heart(name):
    model, values = learnt(name, 60)
    assert values[-1] < values[0] / 5
    images, targets = two_scenes()
    positional, options = arguments(name)
    found = model.predict(images, *positional, **options)
    assert voc_mean_average_precision(found, targets) > 0.95
    for one in found:
        assert {name: len(values) for name, values in one.items()} == dict.fromkeys(
            ["boxes", "scores", "labels"], len(one["scores"])
        )
        assert one["labels"].dtype == torch.int64
        assert (one["scores"].diff() <= 0).all()
        assert one["boxes"].min() >= 0
        assert one["boxes"].max() <= 64
    # each image's detections are its own
    alone = model.predict(images[1:], *[p[1:] for p in positional], **options)
    assert_allclose(alone[0]["boxes"], found[1]["boxes"], atol=1e-3)


@pytest.mark.parametrize("name", MAKE)
def test_every_parameter_learns_and_a_scene_without_objects_does_no_harm(name):
    images, targets = two_scenes()
    targets[1] = {"boxes": np.zeros((0, 4), np.float32), "labels": np.zeros(0, np.int64)}
    model = MAKE[name](10, rng=np.random.default_rng(0))
    positional, options = arguments(name, targets)
    losses = model.losses(images, *positional, **options)
    assert all(loss.shape == () and loss.isfinite() for loss in losses.values())
    sum(losses.values()).backward()
    for parameter, p in model.named_parameters():
        assert p.grad.abs().sum() > 0, parameter
    nothing = model.losses(images, [targets[1]] * 2, *positional[1:], **options)
    assert nothing["boxes"] == 0
    assert nothing["classification"] > 0


@pytest.mark.parametrize("name", MAKE)
def test_a_detector_has_as_many_parameters_as_its_file_says(name):
    model = MAKE[name](10)
    count = f"{sum(p.numel() for p in model.parameters()):,}"
    module = __import__(type(model).__module__, fromlist=["*"])
    said = re.findall(
        r"[\d,]{6,}(?= (?:parameters|with context))", " ".join(module.__doc__.split())
    )
    assert count in said


# --- SSD ---


def test_ssd_has_kwh_boxes_and_each_keeps_its_place():
    """What the convolution says of anchor k at cell (i, j) stands in row (i·W + j)·K + k."""
    model = models.SSD(3, scales=((8.0, 12.0), (24.0,)), ratios=(1.0, 2.0))
    x = torch.randn(2, 3, 64, 96, generator=torch.manual_seed(0))
    model.eval()
    scores, deltas, anchors = model(x)
    assert scores.shape == (2, 8 * 12 * 4 + 4 * 6 * 2, 4)
    assert deltas.shape == (*scores.shape[:2], 4)
    first, second = model.maps(x)
    assert (first.shape[2:], second.shape[2:]) == ((8, 12), (4, 6))
    y, z = model.scores[0](first), model.deltas[1](second)
    for i, j, k in ((0, 0, 0), (7, 11, 3), (2, 5, 1)):
        row = (i * 12 + j) * 4 + k
        assert_allclose(scores[1, row].detach(), y[1, 4 * k : 4 * k + 4, i, j].detach())
        side = (8, 12)[k % 2]
        centre = (anchors[row, :2] + anchors[row, 2:]) / 2
        assert centre.tolist() == [8 * j + 4, 8 * i + 4]
        assert (anchors[row, 2:] - anchors[row, :2]).prod().item() == pytest.approx(side**2)
    row = 8 * 12 * 4 + (3 * 6 + 5) * 2 + 1
    assert_allclose(deltas[0, row].detach(), z[0, 4:8, 3, 5].detach())


@pytest.mark.parametrize("ratio", [3, 12])
def test_the_loss_of_ssd_is_that_of_torchvision(ratio):
    their = oracles.torchvision().models.detection
    images, targets = two_scenes()
    model = models.SSD(10, rng=np.random.default_rng(0)).eval()
    got = model.losses(images, targets, ratio=ratio)
    scores, deltas, anchors = model(images)
    boxes = [torch.from_numpy(t["boxes"]) for t in targets]
    match = [match_anchors(box_iou(b, anchors), low=0.5, high=0.5) for b in boxes]
    ssd = SimpleNamespace(
        box_coder=their._utils.BoxCoder((10.0, 10.0, 5.0, 5.0)), neg_to_pos_ratio=ratio
    )
    want = their.ssd.SSD.compute_loss(
        ssd,
        [
            {"boxes": b, "labels": torch.from_numpy(t["labels"]) + 1}
            for b, t in zip(boxes, targets, strict=True)
        ],
        {"cls_logits": scores, "bbox_regression": deltas},
        [anchors] * 2,
        match,
    )
    assert_allclose(got["classification"].item(), want["classification"].item(), rtol=1e-5)
    assert_allclose(got["boxes"].item(), want["bbox_regression"].item(), rtol=1e-5)


def test_context_reaches_the_fine_map():
    """A pixel far away changes a fine cell only through the coarse map."""
    x = torch.zeros(1, 3, 128, 128)
    changed = []
    for context in (False, True):
        model = models.SSD(2, context=context, rng=np.random.default_rng(0)).eval()
        y = x.clone()
        y[:, :, 44, 64] = 5
        with torch.no_grad():
            before, after = (model.maps(image)[0][0, :, 8, 8] for image in (x, y))
        changed.append((before - after).abs().max().item())
    assert changed[0] == 0
    assert changed[1] > 0


# --- the R-CNNs ---


def test_a_forward_pass_has_a_row_for_each_region():
    images, _ = two_scenes()
    for make in (models.RCNN, models.FastRCNN, models.FasterRCNN):
        model = make(3, rng=np.random.default_rng(0)).eval()
        scores, deltas = model(images, [WINDOWS[:5], WINDOWS[7:9]])
        assert scores.shape == (7, 4)
        assert deltas.shape == (7, 3, 4)
        again, _ = model(images[1:], [WINDOWS[7:9]])
        assert_allclose(scores[5:].detach(), again.detach(), atol=1e-5)


def test_r_cnn_runs_its_network_for_each_region_and_fast_r_cnn_once_an_image():
    images, _ = two_scenes()
    runs = []
    for make in (models.RCNN, models.FastRCNN):
        model = make(3).eval()
        model.backbone.register_forward_hook(lambda _, x, y: runs.append(len(x[0])))
        model(images, [WINDOWS[:5], WINDOWS[7:9]])
    assert runs == [7, 2]


def test_r_cnn_warps_a_region_with_its_context():
    """On a ramp, whose values are coordinates, a crop is a ramp from the widened box's ends."""
    ramp = torch.arange(64.0).expand(1, 3, 64, 64) + 0.5  # of pixel centres
    model = models.RCNN(2, crop=8, context=0.1)
    model.backbone.forward = lambda crops: [crops]
    features = model.region_features(ramp, torch.tensor([[0.0, 20, 30, 40, 50]]))
    step = 24 / 8
    want = 18 + step * (torch.arange(8) + 0.5)
    assert_allclose(features.reshape(3, 8, 8)[1, 5], want, rtol=1e-5)


def test_proposals_are_the_best_anchors_moved_cut_and_without_doubles():
    model = models.FasterRCNN(2, scales=(16.0,), ratios=(1.0,), proposals=3)
    anchors = torch.tensor([[0.0, 0, 16, 16], [1, 0, 17, 16], [40, 40, 56, 56], [50, 50, 66, 66]])
    objectness = torch.tensor([[1.0, 2, 0.5, 3]])
    deltas = torch.zeros(1, 4, 4)
    deltas[0, 2, 0] = 5  # half of the width to the right
    (got,) = model._propose(objectness, deltas, anchors, (64, 64))
    assert got.tolist() == [[50, 50, 64, 64], [1, 0, 17, 16], [48, 40, 64, 56]]


def test_the_loss_of_the_proposals_is_that_of_its_loop():
    """With all anchors chosen, so that nothing is drawn."""
    images, targets = two_scenes()
    model = models.FasterRCNN(10, rng=np.random.default_rng(0)).eval()
    model.rpn_samples = 10**6
    got = model.losses(images, targets, rng=np.random.default_rng(0))
    maps = model.look(images)
    objectness, deltas, anchors = model._anchors(maps)
    assert objectness.shape == (2, 8 * 8 * 9)
    matcher = oracles.torchvision().models.detection._utils.Matcher(
        0.7, 0.3, allow_low_quality_matches=True
    )
    coder = oracles.torchvision().models.detection._utils.BoxCoder((10.0, 10.0, 5.0, 5.0))
    binary, moved, count = 0.0, 0.0, 0
    for i, t in enumerate(targets):
        boxes = torch.from_numpy(t["boxes"])
        for a, g in enumerate(matcher(box_iou(boxes, anchors)).tolist()):
            if g != -2:
                p = objectness[i, a].sigmoid()
                binary -= (p if g >= 0 else 1 - p).log().item()
                count += 1
            if g >= 0:
                d = deltas[i, a] - coder.encode_single(boxes[[g]], anchors[[a]])[0]
                moved += sum(e * e / 2 if abs(e) < 1 else abs(e) - 0.5 for e in d.tolist())
    assert_allclose(got["objectness"].item(), binary / count, rtol=1e-4)
    assert_allclose(got["proposals"].item(), moved / count, rtol=1e-4)


def test_the_loss_of_the_regions_is_that_of_its_loop():
    """With all regions chosen, so that nothing is drawn."""
    images, targets = two_scenes()
    model = models.FastRCNN(10, rng=np.random.default_rng(0)).eval()
    model.samples = 10**6
    proposals = [torch.cat([WINDOWS, near(t)]) for t in targets]
    got = model.losses(images, targets, proposals, rng=np.random.default_rng(0))
    coder = oracles.torchvision().models.detection._utils.BoxCoder((10.0, 10.0, 5.0, 5.0))
    cross, moved, count = 0.0, 0.0, 0
    for i, t in enumerate(targets):
        truth = torch.from_numpy(t["boxes"])
        boxes = torch.cat([proposals[i], truth])
        scores, deltas = model(images[i : i + 1], [boxes])
        for r, box in enumerate(boxes):
            iou, g = box_iou(truth, box[None])[:, 0].max(dim=0)
            label = t["labels"][g] if iou >= 0.5 else -1
            cross -= scores[r].log_softmax(dim=0)[label + 1].item()
            count += 1
            if label >= 0:
                d = deltas[r, label] - coder.encode_single(truth[g][None], box[None])[0]
                moved += sum(e * e / 2 if abs(e) < 1 else abs(e) - 0.5 for e in d.tolist())
    assert_allclose(got["classification"].item(), cross / count, rtol=1e-4)
    assert_allclose(got["boxes"].item(), moved / count, rtol=1e-4)


def test_a_quarter_of_the_chosen_regions_is_positive_at_most(monkeypatch):
    images, targets = two_scenes()
    model = models.FastRCNN(10, rng=np.random.default_rng(0))
    seen = []
    monkeypatch.setattr(regions.F, "cross_entropy", lambda s, y: seen.append(y) or s.sum())
    many = [near(t).repeat(30, 1) for t in targets]
    model.losses(images, targets, many, rng=np.random.default_rng(0))
    model.losses(
        images, targets, [torch.cat([m, WINDOWS]) for m in many], rng=np.random.default_rng(0)
    )
    for labels in seen:
        assert (labels > 0).sum() == 2 * 16
    assert len(seen[1]) - 2 * 16 <= 2 * 48
    assert set(seen[0][seen[0] > 0].tolist()) == {k + 1 for t in targets for k in t["labels"]}


# --- what is reported ---


def naive_select(probabilities, boxes, size, floor, overlap, most):
    listed, (height, width) = [], size
    for r, row in enumerate(probabilities):
        for c in range(1, len(row)):
            if row[c] > floor:
                x1, y1, x2, y2 = (max(v, 0) for v in boxes[r][c - 1])
                box = [min(x1, width), min(y1, height), min(x2, width), min(y2, height)]
                listed.append((row[c], c - 1, box))
    kept = []
    for score, label, box in sorted(listed, key=lambda one: -one[0]):
        own = [other for _, k, other in kept if k == label]
        ious = [box_iou(torch.tensor([box]), torch.tensor([o])).item() for o in own]
        if all(iou <= overlap for iou in ious):
            kept.append((score, label, box))
    return kept[:most]


@pytest.mark.parametrize("most", [100, 4])
def test_what_is_reported_is_its_loop(most):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        corner = rng.uniform(-5, 40, (12, 3, 2))
        boxes = torch.tensor(np.concatenate([corner, corner + rng.uniform(10, 30, (12, 3, 2))], 2))
        probabilities = torch.tensor(rng.integers(0, 9, (12, 4)) / 8)
        got = select_detections(
            probabilities, boxes, (40, 50), score_threshold=0.3, iou_threshold=0.4, most=most
        )
        want = naive_select(probabilities.tolist(), boxes.tolist(), (40, 50), 0.3, 0.4, most)
        assert got["scores"].tolist() == [score for score, _, _ in want]
        assert got["labels"].tolist() == [label for _, label, _ in want]
        assert_allclose(got["boxes"], np.array([box for _, _, box in want]))


def test_nothing_above_the_threshold_is_no_detection():
    got = select_detections(torch.tensor([[1.0, 0, 0]]), torch.zeros(1, 4), (9, 9))
    assert {name: tuple(v.shape) for name, v in got.items()} == {
        "boxes": (0, 4),
        "scores": (0,),
        "labels": (0,),
    }


# --- how the experiments train them ---


def test_scenes_are_mirrored_with_their_boxes():
    images, targets = torch.zeros(6, 3, 20, 30), []
    for i in range(6):
        box = np.array([[2.0 + i, 3, 9 + 2 * i, 8 + i]], np.float32)
        x1, y1, x2, y2 = box[0].astype(int)
        images[i, :, y1:y2, x1:x2] = 1
        targets.append({"boxes": box, "labels": np.array([i])})
    before = images.clone()
    mirrored, found = _det.flipped(images, targets, np.random.default_rng(0))
    assert torch.equal(images, before)
    assert 0 < sum(not torch.equal(a, b) for a, b in zip(mirrored, images, strict=True)) < 6
    for image, target in zip(mirrored, found, strict=True):
        x1, y1, x2, y2 = target["boxes"][0].astype(int)
        assert image[:, y1:y2, x1:x2].min() == 1
        assert image.sum() == 3 * (y2 - y1) * (x2 - x1)


# --- errors ---

X, NOTHING = torch.zeros(1, 3, 64, 64), {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int)}
# fmt: off
ERRORS = [
    ("SSD: images has shape (1, 3, 60, 64); it must be (N, 3, H, W), H and W multiples of 16: pad "
     "them with 0 at the right and below", lambda: models.SSD(3)(X[:, :, :60])),
    ("FastRCNN: images has shape (3, 64, 64); it must be (N, 3, H, W), H and W multiples of 8: pad "
     "them with 0 at the right and below", lambda: models.FastRCNN(3)(X[0], [WINDOWS])),
    ("SSD: 0 targets, 1 images; give one each", lambda: models.SSD(3).losses(X, [])),
    ("SSD: targets[0] has 0 boxes, 1 labels; they go in pairs",
     lambda: models.SSD(3).losses(X, [NOTHING | {"labels": [1]}])),
    ("SSD: targets[0] has labels from 3 to 3; they must be from 0 to 2",
     lambda: models.SSD(3).losses(X, [{"boxes": [[0.0, 0, 9, 9]], "labels": [3]}])),
    ("proposals has 2 entries, images 1; give a (P, 4) tensor for each image",
     lambda: models.FastRCNN(3)(X, [WINDOWS] * 2)),
    ("FastRCNN: pooling is 'mean'; it must be 'pool' or 'align'",
     lambda: models.FastRCNN(3, pooling="mean")),
    ("SSD: scales has 5 maps; it must be 1 to 4, as there are widths",
     lambda: models.SSD(3, scales=((8.0,),) * 5)),
]
# fmt: on


@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_input_is_told_what_to_do(message, call):
    check_error(ValueError, message, call)
