"""Boxes of both libraries against loops over single boxes and examples computed by hand."""

import numpy as np
import pytest
from both_libraries import check_error, in_both
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cs_lib.numpy.detection import boxes as np_boxes
from cs_lib.torch.detection import boxes as torch_boxes

lib = in_both("detection.boxes")


def random_boxes(n, seed=0, size=20, dtype=np.float64, whole=False):
    rng = np.random.default_rng(seed)
    corner, extent = rng.uniform(-5, size, (n, 2)), rng.uniform(0, size, (n, 2))
    boxes = np.concatenate([corner, corner + extent], axis=1)
    return (boxes.round() if whole else boxes).astype(dtype)


# --- oracles: one pair of boxes at a time ---


def naive_iou(a, b):
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return 0.0
    xs, ys = sorted([a[0], a[2], b[0], b[2]]), sorted([a[1], a[3], b[1], b[3]])
    both = (xs[2] - xs[1]) * (ys[2] - ys[1])
    return both / sum_of_areas(a, b, -both)


def sum_of_areas(a, b, plus):
    return (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) + plus


def naive_nms(boxes, scores, threshold, classes=None):
    classes = [0] * len(boxes) if classes is None else classes
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], i)):
        rivals = [j for j in kept if classes[j] == classes[i]]
        if all(naive_iou(boxes[i], boxes[j]) <= threshold for j in rivals):
            kept.append(i)
    return kept


# --- intersection over union ---


@pytest.mark.parametrize(("m", "n"), [(1, 1), (7, 12), (12, 7)])
@pytest.mark.parametrize("whole", [False, True])
def test_iou_is_that_of_every_single_pair(lib, m, n, whole):
    boxes1, boxes2 = random_boxes(m, 1, whole=whole), random_boxes(n, 2, whole=whole)
    want = np.array([[naive_iou(a, b) for b in boxes2] for a in boxes1])
    assert_allclose(lib.box_iou(boxes1, boxes2), want, rtol=1e-13, strict=True)


BY_HAND = {
    "equal": ([0, 0, 4, 3], [0, 0, 4, 3], 1),
    "inside": ([0, 0, 4, 3], [1, 1, 3, 2], 2 / 12),
    "a quarter each": ([0, 0, 4, 2], [2, 1, 6, 3], 2 / 14),
    "a cross": ([0, 1, 6, 2], [2, 0, 3, 5], 1 / 10),
    "touching at an edge": ([0, 0, 4, 3], [4, 0, 6, 3], 0),
    "touching at a corner": ([0, 0, 4, 3], [4, 3, 6, 5], 0),
    "apart in x": ([0, 0, 4, 3], [5, 0, 6, 3], 0),
    "apart in x and y": ([0, 0, 4, 3], [6, 7, 9, 9], 0),
    "a point in a box": ([0, 0, 4, 3], [2, 2, 2, 2], 0),
    "the same point": ([2, 2, 2, 2], [2, 2, 2, 2], 0),
    "the same line": ([2, 2, 2, 5], [2, 2, 2, 5], 0),
    "negative coordinates": ([-4, -3, 0, 0], [-2, -3, 2, 0], 6 / 18),
}


@pytest.mark.parametrize(("box1", "box2", "want"), BY_HAND.values(), ids=BY_HAND.keys())
def test_iou_by_hand(lib, box1, box2, want):
    for a, b in ((box1, box2), (box2, box1)):
        assert lib.box_iou(np.array([a]), np.array([b])).tolist() == [[want]]


@pytest.mark.parametrize(("m", "n"), [(0, 3), (3, 0), (0, 0)])
def test_no_box_has_no_iou(lib, m, n):
    assert lib.box_iou(random_boxes(m), random_boxes(n)).shape == (m, n)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.1, 50), st.floats(-100, 100), st.booleans())
def test_iou_is_symmetric_and_indifferent_to_shift_scale_and_transposition(seed, scale, shift, t):
    boxes1, boxes2 = random_boxes(3, seed), random_boxes(5, seed + 1)
    iou = np_boxes.box_iou(boxes1, boxes2)
    assert ((iou >= 0) & (iou <= 1)).all()
    assert_allclose(np_boxes.box_iou(boxes2, boxes1).T, iou, rtol=1e-13)
    axes = [1, 0, 3, 2] if t else [0, 1, 2, 3]
    moved = [(boxes * scale + shift)[:, axes] for boxes in (boxes1, boxes2)]
    assert_allclose(np_boxes.box_iou(*moved), iou, rtol=1e-6, atol=1e-9)
    assert_allclose(np.diag(np_boxes.box_iou(boxes2, boxes2)), 1, rtol=1e-13)


@pytest.mark.parametrize(
    ("dtype", "want"), [("float32", "float32"), ("float64", "float64"), ("uint8", "float64")]
)
def test_floats_keep_their_dtype_and_integers_do_not_wrap(lib, dtype, want):
    boxes = np.array([[0, 0, 200, 100], [100, 50, 250, 150]], dtype)
    assert lib.box_area(boxes).dtype == want
    assert lib.box_area(boxes).tolist() == [20000, 15000]
    assert lib.box_iou(boxes, boxes).dtype == want
    assert_allclose(lib.box_iou(boxes, boxes)[0, 1], 5000 / 30000, rtol=1e-6)
    assert lib.box_convert(boxes, "xyxy", "xywh").dtype == want
    assert lib.clip_boxes_to_image(boxes, (90, 120)).dtype == want


# --- formats and clipping ---

SAME_BOX = {"xyxy": [2, 3, 8, 7], "xywh": [2, 3, 6, 4], "cxcywh": [5, 5, 6, 4]}


@pytest.mark.parametrize("in_fmt", SAME_BOX)
@pytest.mark.parametrize("out_fmt", SAME_BOX)
def test_a_box_is_converted_from_every_format_to_every_other(lib, in_fmt, out_fmt):
    boxes = np.array([SAME_BOX[in_fmt], SAME_BOX[in_fmt]], float)
    got = lib.box_convert(boxes, in_fmt, out_fmt)
    assert got.tolist() == [SAME_BOX[out_fmt]] * 2


def test_conversion_there_and_back_changes_nothing(lib):
    boxes = random_boxes(9)
    for fmt in ("xywh", "cxcywh"):
        there = lib.box_convert(boxes, "xyxy", fmt)
        assert_allclose(lib.box_convert(there, fmt, "xyxy"), boxes, rtol=1e-13)


def test_boxes_are_cut_off_at_the_border_of_the_image(lib):
    boxes = np.array([[-2, -1, 5, 4], [3, 2, 30, 40], [-9, -9, -2, -3], [25, 2, 30, 4.5]])
    want = [[0, 0, 5, 4], [3, 2, 20, 10], [0, 0, 0, 0], [20, 2, 20, 4.5]]
    assert lib.clip_boxes_to_image(boxes, (10, 20)).tolist() == want  # height 10, width 20


# --- non-maximum suppression ---


@pytest.mark.parametrize("threshold", [0, 0.3, 0.5, 0.8, 1])
@pytest.mark.parametrize(("n", "levels"), [(1, 9), (40, 3), (60, 10**9)])
def test_nms_is_its_loop(lib, n, levels, threshold):
    for seed in range(5):
        boxes = random_boxes(n, seed)
        scores = np.random.default_rng(seed).integers(0, levels, n) / 8
        got = lib.nms(boxes, scores, threshold)
        assert got.dtype == np.int64
        assert got.tolist() == naive_nms(boxes.tolist(), scores.tolist(), threshold)


def nms_one_by_one(boxes, scores, threshold):
    """The rule as it is said: the best box, then all whose IoU with it is low enough."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[np_boxes.box_iou(boxes[best][None], boxes[order])[0] <= threshold]
    return kept


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("spread", [3, 20, 60])
def test_nms_is_the_rule_to_the_last_bit_with_ties_points_lines_and_boxes_that_touch(dtype, spread):
    met = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        corner = rng.integers(-spread, spread, (80, 2))
        boxes = np.concatenate([corner, corner + rng.integers(0, 12, (80, 2))], axis=1)
        boxes = (boxes if dtype == "int64" or seed % 2 else boxes / 3).astype(dtype)
        scores = rng.integers(0, 30, 80) / 8
        iou = np.unique(np_boxes.box_iou(boxes, boxes))
        for threshold in (0, 1 / 3, 0.5, 1, float(rng.choice(iou))):  # an IoU just as large stays
            got = np_boxes.nms(boxes, scores, threshold).tolist()
            assert got == nms_one_by_one(boxes, scores, threshold)
            met += len(got) < 80
    assert met > 50


@pytest.mark.parametrize("threshold", [0.2, 0.4])
def test_nms_of_classes_is_its_loop_and_sorts_by_score_over_all_classes(lib, threshold):
    boxes, rng = random_boxes(50, 3, size=6), np.random.default_rng(0)
    scores, classes = rng.integers(0, 20, 50) / 8, rng.choice([-1, 2, 7], 50)
    got = lib.batched_nms(boxes, scores, classes, threshold)
    want = naive_nms(boxes.tolist(), scores.tolist(), threshold, classes.tolist())
    assert got.dtype == np.int64
    assert got.tolist() == want
    assert got.tolist() != lib.nms(boxes, scores, threshold).tolist()


def test_a_box_that_was_dropped_drops_no_other(lib):
    """A chain: each overlaps the next by more than the threshold, the one after by less."""
    boxes = np.array([[3 * i, 0, 3 * i + 9, 5] for i in range(6)], float)  # IoU 1/2, then 1/5
    assert lib.nms(boxes, np.array([6, 5, 4, 3, 2, 1.0]), 0.4).tolist() == [0, 2, 4]
    assert lib.nms(boxes, np.array([1, 2, 3, 4, 5, 6.0]), 0.4).tolist() == [5, 3, 1]


def test_an_iou_equal_to_the_threshold_is_kept(lib):
    boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 2]])
    assert lib.nms(boxes, np.array([0.1, 0.9]), 0.5).tolist() == [1, 0]
    assert lib.nms(boxes, np.array([0.1, 0.9]), 0.4999).tolist() == [1]


def test_of_equal_boxes_with_equal_scores_the_first_is_kept(lib):
    boxes = np.array([[9, 9, 12, 12], [0, 0, 3, 3], [0, 0, 3, 3], [9, 9, 12, 12]])
    scores = np.array([1.0, 2, 2, 1])
    assert lib.nms(boxes, scores, 0.5).tolist() == [1, 0]
    assert lib.batched_nms(boxes, scores, np.array([0, 1, 0, 1]), 0.5).tolist() == [1, 2, 0, 3]


def test_no_boxes_stay_none(lib):
    none = np.zeros((0, 4))
    assert lib.nms(none, np.zeros(0), 0.5).tolist() == []
    assert lib.batched_nms(none, np.zeros(0), np.zeros(0, int), 0.5).tolist() == []
    assert lib.box_area(none).shape == (0,)
    assert lib.box_convert(none, "xywh", "cxcywh").shape == (0, 4)
    assert lib.clip_boxes_to_image(none, (4, 5)).shape == (0, 4)


def test_inputs_are_not_modified_nor_returned():
    boxes, scores = random_boxes(20), np.arange(20.0)
    before = boxes.copy()
    outputs = [np_boxes.box_convert(boxes, a, b) for a in SAME_BOX for b in SAME_BOX]
    outputs.append(np_boxes.clip_boxes_to_image(boxes, (10**6, 10**6)))
    np_boxes.batched_nms(boxes, scores, np.arange(20) % 3, 0.5)
    assert_array_equal(boxes, before)
    assert_array_equal(scores, np.arange(20.0))
    assert not any(np.shares_memory(boxes, output) for output in outputs)


# --- errors ---

BOX = [[1.0, 2, 3, 5]]
# fmt: off
ERRORS = [
    ("box_iou: boxes1 has shape (4,); it must be (N, 4)",
     lambda m: m.box_iou([1.0, 2, 3, 5], BOX)),
    ("box_iou: boxes2 has shape (1, 5); it must be (N, 4)",
     lambda m: m.box_iou(BOX, [[1.0, 2, 3, 5, 6]])),
    ("box_iou: boxes1[1] is [5.0, 2.0, 3.0, 6.0]; a box is (x1, y1, x2, y2), x1 <= x2 and y1 <= "
     "y2, finite: if yours is (x, y, w, h), use box_convert",
     lambda m: m.box_iou([[1.0, 2, 3, 5], [5, 2, 3, 6]], BOX)),
    ("box_area: boxes[0] is [1.0, 6.0, 3.0, 5.0]; a box is (x1, y1, x2, y2), x1 <= x2 and y1 <= "
     "y2, finite: if yours is (x, y, w, h), use box_convert",
     lambda m: m.box_area([[1.0, 6, 3, 5]])),
    ("nms: boxes[0] is [1.0, nan, 3.0, 5.0]; a box is (x1, y1, x2, y2), x1 <= x2 and y1 <= y2, "
     "finite: if yours is (x, y, w, h), use box_convert",
     lambda m: m.nms([[1.0, float("nan"), 3, 5]], [1.0], 0.5)),
    ("clip_boxes_to_image: boxes[0] is [1.0, 2.0, inf, 5.0]; a box is (x1, y1, x2, y2), x1 <= x2 "
     "and y1 <= y2, finite: if yours is (x, y, w, h), use box_convert",
     lambda m: m.clip_boxes_to_image([[1.0, 2, float("inf"), 5]], (4, 5))),
    ("nms: scores has shape (2,); it must be (1,), one for each box",
     lambda m: m.nms(BOX, [0.5, 0.6], 0.5)),
    ("nms: scores has NaN, which has no rank; remove it first",
     lambda m: m.nms(BOX, [float("nan")], 0.5)),
    ("nms: iou_threshold is 50; an IoU is from 0 to 1",
     lambda m: m.nms(BOX, [0.5], 50)),
    ("batched_nms: idxs has shape (2,); it must be (1,), one for each box",
     lambda m: m.batched_nms(BOX, [0.5], [1, 2], 0.5)),
    ("box_convert: in_fmt is 'xyhw'; it must be one of 'xyxy', 'xywh', 'cxcywh'",
     lambda m: m.box_convert(BOX, "xyhw", "xyxy")),
    ("box_convert: out_fmt is 'yxyx'; it must be one of 'xyxy', 'xywh', 'cxcywh'",
     lambda m: m.box_convert(BOX, "xyxy", "yxyx")),
]
# fmt: on


@pytest.mark.parametrize("module", [np_boxes, torch_boxes], ids=["numpy", "torch"])
@pytest.mark.parametrize(("message", "call"), ERRORS)
def test_bad_boxes_are_told_what_to_do(module, message, call):
    check_error(ValueError, message, lambda: call(module))


def test_half_precision_is_refused(lib):
    message = "box_area: boxes is float16; pass float32, float64 or integers"
    check_error(TypeError, message, lambda: lib.box_area(np.array(BOX, np.float16)))
