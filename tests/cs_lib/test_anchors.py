"""Anchors of both libraries against loops over single anchors and examples computed by hand."""

import math

import numpy as np
import oracles
import pytest
import torch
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.detection import anchors as np_anchors
from cs_lib.torch.detection import anchors as torch_anchors

lib = in_both("detection.anchors")


def feature_map(h, w, dtype=np.float64):
    return np.zeros((2, 7, h, w), dtype)


def random_boxes(n, seed=0, size=50):
    rng = np.random.default_rng(seed)
    corner, extent = rng.uniform(-5, size, (n, 2)), rng.uniform(0.5, size, (n, 2))
    return np.concatenate([corner, corner + extent], axis=1)


# --- laying them out ---


def naive_anchors(h, w, down, right, scales, ratios):
    anchors = []
    for i in range(h):
        for j in range(w):
            for ratio in ratios:
                for scale in scales:
                    # width · height = scale², height = ratio · width
                    width = math.sqrt(scale * scale / ratio)
                    height = ratio * width
                    x, y = right * j + right / 2, down * i + down / 2
                    anchors.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return np.array(anchors)


@pytest.mark.parametrize(("stride", "down", "right"), [(8, 8, 8), ((4, 6), 4, 6)])
@pytest.mark.parametrize(("h", "w"), [(1, 1), (3, 5), (5, 2)])
@pytest.mark.parametrize(
    ("scales", "ratios"), [([16], [1]), ([8, 20], [0.5, 1, 3]), ((4.5, 1, 7), (2, 0.25))]
)
def test_anchors_are_their_loop(lib, h, w, stride, down, right, scales, ratios):
    got = lib.grid_anchors(feature_map(h, w), stride=stride, scales=scales, ratios=ratios)
    want = naive_anchors(h, w, down, right, scales, ratios)
    assert got.shape == (h * w * len(scales) * len(ratios), 4)
    assert_allclose(got, want, rtol=1e-12, atol=1e-12, strict=True)


def test_anchors_by_hand(lib):
    got = lib.grid_anchors(feature_map(1, 2), stride=10, scales=[8], ratios=[1, 4])
    want = [[1, 1, 9, 9], [3, -3, 7, 13], [11, 1, 19, 9], [13, -3, 17, 13]]
    assert got.tolist() == want


def test_anchors_are_in_the_order_of_a_score_map_with_channels_last(lib):
    """The score of the anchor that fits best, set in (N, K, H, W), is at that anchor's row."""
    scales, ratios = [6, 9], [0.5, 2, 1]
    scores = np.zeros((1, 6, 4, 5))
    scores[0, 2 * 1 + 1, 3, 2] = 1  # ratio 2, scale 9, cell (3, 2)
    row = scores.transpose(0, 2, 3, 1).reshape(-1).argmax()
    box = lib.grid_anchors(feature_map(4, 5), stride=8, scales=scales, ratios=ratios)[row]
    x1, y1, x2, y2 = box.tolist()
    assert ((x1 + x2) / 2, (y1 + y2) / 2) == pytest.approx((2.5 * 8, 3.5 * 8))
    assert ((x2 - x1) * (y2 - y1), (y2 - y1) / (x2 - x1)) == pytest.approx((81, 2))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_anchors_have_the_dtype_of_the_feature_map(lib, dtype):
    got = lib.grid_anchors(feature_map(2, 3, dtype), stride=8, scales=[5], ratios=[2])
    assert got.dtype == dtype


# --- matching them with true boxes ---


def naive_match(iou, low, high):
    truths, anchors = len(iou), len(iou[0])
    match = []
    for a in range(anchors):
        best = max(range(truths), key=lambda g: (iou[g][a], -g))
        value = iou[best][a]
        match.append(best if value >= high else -1 if value < low else -2)
    pairs = sorted((-iou[g][a], g, a) for g in range(truths) for a in range(anchors))
    paired = []
    for minus_iou, g, a in pairs:
        if minus_iou < 0 and all(g != h and a != b for h, b in paired):
            paired.append((g, a))
            match[a] = g
    return match


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.7), (0.5, 0.5), (0.25, 0.5), (0, 1)])
@pytest.mark.parametrize(("truths", "anchors"), [(1, 1), (3, 40), (12, 5), (5, 5)])
@pytest.mark.parametrize("levels", [5, 10**6])
def test_matching_is_its_loop(lib, truths, anchors, levels, low, high):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        iou = rng.integers(0, levels, (truths, anchors)) / levels
        iou *= rng.random((truths, anchors)) < 0.6  # many anchors are nowhere near
        got = lib.match_anchors(iou, low=low, high=high)
        assert got.dtype == np.int64
        assert got.tolist() == naive_match(iou.tolist(), low, high)


# fmt: off
MATCHES = {  # true boxes are rows
    "above, in and below the band": ([[0.9, 0.5, 0.2]], [0, -2, -1]),
    "the thresholds themselves": ([[0.9, 0.7, 0.3]], [0, 0, -2]),
    "the nearer of two": ([[0.8, 0.9, 0], [0.7, 0.95, 0]], [0, 1, -1]),
    "below the band, but its box's best": ([[0.1, 0.2, 0]], [-1, 0, -1]),
    "best for two boxes: the second takes its next": ([[0.6, 0.5, 0], [0.4, 0, 0.1]], [0, -2, 1]),
    "a box that no anchor touches": ([[0, 0, 0], [0, 0.6, 0]], [-1, 1, -1]),
    "equals: the first": ([[0.5, 0.5, 0.5]], [0, -2, -2]),
    "more boxes than anchors": ([[0.2], [0.6], [0.3]], [1]),
}
# fmt: on


@pytest.mark.parametrize(("iou", "want"), MATCHES.values(), ids=MATCHES.keys())
def test_matching_by_hand(lib, iou, want):
    assert lib.match_anchors(np.array(iou, float)).tolist() == want


def test_without_true_boxes_all_is_background(lib):
    got = lib.match_anchors(np.zeros((0, 5)))
    assert got.dtype == np.int64
    assert got.tolist() == [-1] * 5
    assert lib.match_anchors(np.zeros((3, 0))).tolist() == []


def naive_match_by_threshold(iou, low, high):
    truths, match = len(iou), []
    for a in range(len(iou[0])):
        best = max(range(truths), key=lambda g: (iou[g][a], -g))
        unsurpassed = any(0 < iou[g][a] == max(iou[g]) for g in range(truths))
        value = iou[best][a]
        positive = value >= high or unsurpassed
        match.append(best if positive else -1 if value < low else -2)
    return match


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.7), (0.5, 0.5), (0, 1)])
@pytest.mark.parametrize("levels", [5, 10**6])
def test_matching_by_threshold_is_its_loop_and_that_of_torchvision(lib, levels, low, high):
    det_utils = oracles.torchvision().models.detection._utils
    ties = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        iou = rng.integers(0, levels, (rng.integers(1, 6), rng.integers(1, 30))) / levels
        got = lib.match_anchors_by_threshold(iou, low=low, high=high)
        assert got.dtype == np.int64
        assert got.tolist() == naive_match_by_threshold(iou.tolist(), low, high)
        if iou.max(axis=1).min() > 0:  # else torchvision takes every anchor of IoU 0
            theirs = det_utils.Matcher(high, low, allow_low_quality_matches=True)
            assert got.tolist() == theirs(torch.tensor(iou)).tolist()
            ties += ((iou == iou.max(axis=1, keepdims=True)).sum(axis=1) > 1).any()
    assert ties >= 20 or levels > 5


def test_by_threshold_equal_anchors_all_count_and_a_box_may_go_without(lib):
    ties = [[0.5, 0.5, 0.4]]
    assert lib.match_anchors_by_threshold(ties).tolist() == [0, 0, -2]
    assert lib.match_anchors(ties).tolist() == [0, -2, -2]
    both = [[0.6, 0.1], [0.4, 0]]  # the second box's best anchor has a better box
    assert lib.match_anchors_by_threshold(both).tolist() == [0, -1]
    untouched = [[0, 0, 0], [0, 0.6, 0]]
    assert lib.match_anchors_by_threshold(untouched).tolist() == [-1, 1, -1]
    assert lib.match_anchors_by_threshold(np.zeros((0, 3))).tolist() == [-1] * 3


def test_offsets_are_those_of_torchvision():
    det_utils = oracles.torchvision().models.detection._utils
    boxes, anchors = (torch.tensor(random_boxes(20, seed)) for seed in (1, 2))
    coder = det_utils.BoxCoder((10.0, 10.0, 5.0, 5.0))
    deltas = coder.encode_single(boxes, anchors)
    assert_allclose(torch_anchors.encode_boxes(boxes, anchors), deltas, rtol=1e-10, atol=1e-10)
    want = coder.decode_single(3 * deltas, anchors)
    got = torch_anchors.decode_boxes(3 * deltas, anchors, clip=1000 / 16)
    assert_allclose(got, want, rtol=1e-10, atol=1e-10)


# --- offsets from them ---


def test_encoding_by_hand(lib):
    anchor = [[10, 20, 30, 60]]  # 20 wide, 40 high, centre (20, 40)
    box = [[20, 20, 30, 100]]  # 10 wide, 80 high, centre (25, 60)
    got = lib.encode_boxes(np.array(box, float), np.array(anchor, float), weights=(1, 1, 1, 1))
    assert_allclose(got, [[0.25, 0.5, -math.log(2), math.log(2)]], rtol=1e-14)
    got = lib.encode_boxes(np.array(box, float), np.array(anchor, float))
    assert_allclose(got, [[2.5, 5, -5 * math.log(2), 5 * math.log(2)]], rtol=1e-14)


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (10, 10, 5, 5), (1, 2, 3, 4)])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_decoding_undoes_encoding(weights, seed):
    boxes, anchors = random_boxes(6, seed), random_boxes(6, seed + 1)
    for module, array in ((np_anchors, np.array), (torch_anchors, torch.tensor)):
        boxes_, anchors_ = array(boxes), array(anchors)
        deltas = module.encode_boxes(boxes_, anchors_, weights=weights)
        back = module.decode_boxes(deltas, anchors_, weights=weights, clip=10**9)
        assert_allclose(np.asarray(back), boxes, rtol=1e-10, atol=1e-10)


def test_decoding_by_hand_and_its_limit(lib):
    anchors = np.array([[10, 20, 30, 60], [10, 20, 30, 60]], float)
    deltas = np.array([[0.25, 0.5, -math.log(2), math.log(2)], [0, 0, 1000, -1000]])
    got = lib.decode_boxes(deltas, anchors, weights=(1, 1, 1, 1), clip=3)
    assert_allclose(got, [[20, 20, 30, 100], [-10, 40, 50, 40]], rtol=1e-14)
    largest = lib.decode_boxes(np.array([[0, 0, 1e9, 1e9]]), anchors[:1])
    assert_allclose(largest[:, 2:] - largest[:, :2], [[20 * 62.5, 40 * 62.5]], rtol=1e-13)


def test_encoding_does_not_change_with_shift_and_scale():
    boxes, anchors = random_boxes(9, 1), random_boxes(9, 2)
    want = np_anchors.encode_boxes(boxes, anchors)
    moved = np_anchors.encode_boxes(3 * boxes + 7, 3 * anchors + 7)
    assert_allclose(moved, want, rtol=1e-10, atol=1e-12)


def test_a_regressor_can_learn_through_decoding():
    anchors, deltas = torch.tensor(random_boxes(5)), torch.randn(5, 4, dtype=torch.float64) / 9
    function = torch_anchors.decode_boxes
    assert torch.autograd.gradcheck(lambda d: function(d, anchors), deltas.requires_grad_())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_offsets_keep_the_dtype_and_inputs_stay_as_they_are(lib, dtype):
    boxes, anchors = random_boxes(4, 1).astype(dtype), random_boxes(4, 2).astype(dtype)
    copies = boxes.copy(), anchors.copy()
    deltas = lib.encode_boxes(boxes, anchors)
    kept = deltas.copy()
    assert deltas.dtype == dtype
    assert lib.decode_boxes(deltas, anchors).dtype == dtype
    for now, before in zip((boxes, anchors, deltas), (*copies, kept), strict=True):
        assert_array_equal(now, before)
    iou = np.array([[0.9, 0.5, 0.2]], dtype)
    lib.match_anchors(iou)
    assert_array_equal(iou, np.array([[0.9, 0.5, 0.2]], dtype))


# --- errors ---

MAP, BOX = np.zeros((1, 1, 2, 3)), [[1.0, 2, 3, 5]]
# fmt: off
ERRORS = [
    ("grid_anchors: x has shape (2, 3); it must be (N, C, H, W), not empty",
     lambda m: m.grid_anchors(MAP[0, 0], stride=8, scales=[8], ratios=[1])),
    ("grid_anchors: stride is 0; it must be a whole number from 1, or a pair of them: "
     "(height, width)", lambda m: m.grid_anchors(MAP, stride=0, scales=[8], ratios=[1])),
    ("grid_anchors: scales is []; it must be one or more numbers above 0",
     lambda m: m.grid_anchors(MAP, stride=8, scales=[], ratios=[1])),
    ("grid_anchors: ratios is [1, -2]; it must be one or more numbers above 0",
     lambda m: m.grid_anchors(MAP, stride=8, scales=[8], ratios=[1, -2])),
    ("match_anchors: iou has shape (3,); it must be (G, A)",
     lambda m: m.match_anchors([0.1, 0.2, 0.3])),
    ("match_anchors: iou must be from 0 to 1, without NaN: is it from box_iou?",
     lambda m: m.match_anchors([[0.1, float("nan")]])),
    ("match_anchors: low is 0.8, high is 0.7; low must not be above high",
     lambda m: m.match_anchors([[0.1]], low=0.8)),
    ("match_anchors_by_threshold: iou has shape (3,); it must be (G, A)",
     lambda m: m.match_anchors_by_threshold([0.1, 0.2, 0.3])),
    ("match_anchors: high is 70; an IoU is from 0 to 1",
     lambda m: m.match_anchors([[0.1]], high=70)),
    ("encode_boxes: boxes has 1 rows, anchors has 2; they go in pairs",
     lambda m: m.encode_boxes(BOX, BOX * 2)),
    ("encode_boxes: boxes[0] is 0 wide and 3 high; its logarithm needs both above 0: leave such a "
     "box out", lambda m: m.encode_boxes([[1.0, 2, 1, 5]], BOX)),
    ("encode_boxes: anchors[1] is 2 wide and 0 high; its logarithm needs both above 0: leave such "
     "a box out", lambda m: m.encode_boxes(BOX * 2, [*BOX, [1.0, 2, 3, 2]])),
    ("encode_boxes: anchors[0] is [3.0, 2.0, 1.0, 5.0]; a box is (x1, y1, x2, y2), x1 <= x2 and "
     "y1 <= y2, finite: if yours is (x, y, w, h), use box_convert",
     lambda m: m.encode_boxes(BOX, [[3.0, 2, 1, 5]])),
    ("decode_boxes: deltas has shape (1, 5); it must be (N, 4)",
     lambda m: m.decode_boxes([[0.0, 0, 0, 0, 0]], BOX)),
    ("decode_boxes: deltas has 2 rows, anchors has 1; they go in pairs",
     lambda m: m.decode_boxes([[0.0, 0, 0, 0]] * 2, BOX)),
]
# fmt: on


@pytest.mark.parametrize("module", [np_anchors, torch_anchors], ids=["numpy", "torch"])
@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_anchors_are_told_what_to_do(module, message, call):
    check_error(ValueError, message, lambda: call(module))
