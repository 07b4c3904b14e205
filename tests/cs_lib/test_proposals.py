"""Segments and proposals against the definition, and against merging masks without any shortcut."""

import itertools

import numpy as np
import pytest
from both_libraries import check_error
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from cs_lib.numpy.detection.boxes import box_iou
from cs_lib.numpy.detection.proposals import felzenszwalb, selective_search

TRUTH = np.array([[5, 8, 25, 30], [30, 20, 60, 50], [50, 5, 75, 18], [10, 40, 28, 60]])


def noise(h, w, c=3, seed=0, levels=None):
    rng = np.random.default_rng(seed)
    image = rng.random((c, h, w))
    return np.floor(image * levels) / levels if levels else image


def rectangles(seed=0):
    """Four boxes of one colour each on a grey ground, with a little noise."""
    rng = np.random.default_rng(seed)
    image = np.full((3, 64, 80), 0.3)
    for x1, y1, x2, y2 in TRUTH:
        image[:, y1:y2, x1:x2] = rng.permutation([0.05, 0.5, 0.95])[:, None, None]
    return np.clip(image + 0.02 * rng.standard_normal(image.shape), 0, 1)


# --- segments ---


def edges(image):
    """{(p, q): weight}, p < q in the 8-neighbourhood, pixels numbered row by row."""
    _, h, w = image.shape
    found = {}
    for y, x in itertools.product(range(h), range(w)):
        for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
            if y + dy < h and 0 <= x + dx < w:
                difference = image[:, y, x] - image[:, y + dy, x + dx]
                found[y * w + x, (y + dy) * w + x + dx] = np.linalg.norm(difference)
    return found


def internal(members, graph):
    """The largest weight in the minimum spanning tree of a segment."""
    rows = [(p, q, v + 1) for (p, q), v in graph.items() if p in members and q in members]
    if not rows:
        return 0.0
    p, q, v = zip(*rows, strict=True)
    n = max(*p, *q) + 1
    tree = minimum_spanning_tree(csr_array((v, (p, q)), shape=(n, n)))  # + 1: it takes 0 for none
    return tree.data.max() - 1


@pytest.mark.parametrize("scale", [0.1, 0.5, 2, 10])
@pytest.mark.parametrize("levels", [None, 3])
def test_segments_are_not_too_fine_by_the_papers_definition(scale, levels):
    """Between two neighbours the least weight exceeds what either has inside, plus scale/size."""
    image = noise(9, 7, seed=4, levels=levels)
    labels = felzenszwalb(image, scale=scale, min_size=1).ravel()
    graph = edges(image)
    members = [set(np.flatnonzero(labels == k).tolist()) for k in range(labels.max() + 1)]
    limits = [internal(m, graph) + scale / len(m) for m in members]
    between = {}
    for (p, q), weight in graph.items():
        pair = tuple(sorted((labels[p], labels[q])))
        between[pair] = min(weight, between.get(pair, np.inf))
    assert all(v > min(limits[a], limits[b]) for (a, b), v in between.items() if a != b)


def naive_segments(image, scale, min_size):
    """Sets of pixels, joined by the rule; what they have inside is measured anew each time."""
    graph = edges(image)
    segments = [{p} for p in range(image[0].size)]
    ordered = sorted(graph, key=graph.get)
    for least in (None, min_size):
        for p, q in ordered:
            a, b = (next(s for s in segments if v in s) for v in (p, q))
            limit = min(internal(s, graph) + scale / len(s) for s in (a, b))
            small = least is not None and min(len(a), len(b)) < least
            if a is not b and ((least is None and graph[p, q] <= limit + 1e-12) or small):
                segments.remove(b)
                a |= b
    return sorted(sorted(s) for s in segments)


@pytest.mark.parametrize("min_size", [1, 4])
@pytest.mark.parametrize("scale", [0.3, 1, 3])
def test_segments_are_those_of_joining_sets(scale, min_size):
    image = noise(6, 5, seed=1)
    labels = felzenszwalb(image, scale=scale, min_size=min_size).ravel()
    got = sorted(np.flatnonzero(labels == k).tolist() for k in range(labels.max() + 1))
    assert got == naive_segments(image, scale, min_size)


def test_segments_are_connected_large_enough_and_numbered_as_they_come():
    image = noise(20, 30, seed=2)
    labels = felzenszwalb(image, scale=1.0, min_size=15)
    assert labels.shape == (20, 30)
    assert labels.dtype == np.int64
    count = labels.max() + 1
    assert count > 3
    firsts = [np.flatnonzero(labels.ravel() == k)[0] for k in range(count)]
    assert firsts == sorted(firsts)
    assert np.bincount(labels.ravel()).min() >= 15
    within = [e for e in edges(image) if labels.ravel()[e[0]] == labels.ravel()[e[1]]]
    p, q = zip(*within, strict=True)
    graph = csr_array((np.ones(len(p)), (p, q)), shape=(600, 600))
    assert connected_components(graph, directed=False)[0] == count


def test_a_larger_scale_gives_larger_segments():
    image = noise(20, 30, seed=2)
    counts = [felzenszwalb(image, scale=s, min_size=1).max() + 1 for s in (0.01, 0.3, 3, 100)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 600
    assert counts[-1] == 1


def test_boxes_of_one_colour_are_one_segment_each():
    labels = felzenszwalb(rectangles())
    assert labels.max() + 1 == len(TRUTH) + 1
    for x1, y1, x2, y2 in TRUTH:
        inside = labels[y1:y2, x1:x2]
        assert (inside == inside[0, 0]).all()
        assert (labels == inside[0, 0]).sum() == inside.size


# --- what they merge into ---


def naive_search(image, labels, bins):
    """Masks, of which everything is measured anew at each merge."""
    masks = {k: labels == k for k in range(labels.max() + 1)}
    every = dict(masks)

    def box(mask):
        ys, xs = np.nonzero(mask)
        return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1

    def grown(mask):
        padded = np.pad(mask, 1)
        h, w = mask.shape
        return sum(padded[i : i + h, j : j + w] for i in range(3) for j in range(3)) > 0

    def similarity(a, b):
        both, total = a | b, a.size
        colour = 0.0
        for channel in image:
            ha, hb = (np.histogram(channel[m], bins, (0, 1))[0] / m.sum() for m in (a, b))
            colour += np.minimum(ha, hb).sum() / len(image)
        x1, y1, x2, y2 = box(both)
        empty = (x2 - x1) * (y2 - y1) - both.sum()
        return colour + (1 - both.sum() / total) + (1 - empty / total)

    while len(masks) > 1:
        pairs = [
            (i, j)
            for i, j in itertools.combinations(masks, 2)
            if (grown(masks[i]) & masks[j]).any()
        ]
        i, j = max(pairs, key=lambda p: similarity(masks[p[0]], masks[p[1]]))
        every[len(every)] = masks[len(every)] = masks.pop(i) | masks.pop(j)
    return list(dict.fromkeys(box(mask) for mask in reversed(every.values())))


@pytest.mark.parametrize(("seed", "bins"), [(0, 25), (1, 25), (2, 4)])
def test_proposals_are_those_of_merging_masks(seed, bins):
    image = noise(18, 13, seed=seed)
    labels = felzenszwalb(image, scale=0.5, min_size=5)
    assert labels.max() > 8
    got = selective_search(image, scale=0.5, min_size=5, bins=bins)
    assert [tuple(box) for box in got.tolist()] == naive_search(image, labels, bins)


def test_proposals_hold_every_box_of_one_colour_and_begin_with_the_image():
    boxes = selective_search(rectangles())
    assert boxes.dtype == np.int64
    assert boxes[0].tolist() == [0, 0, 80, 64]
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    assert_array_equal(box_iou(TRUTH, boxes).max(axis=1), 1)


def test_of_equally_alike_pairs_the_first_merges():
    stripes = np.repeat([0.1, 0.9, 0.1], 8)[None, None] * np.ones((3, 6, 1))
    boxes = selective_search(stripes, scale=0.1)
    assert boxes[:2].tolist() == [[0, 0, 24, 6], [0, 0, 16, 6]]
    assert len(boxes) == 5


def test_an_image_of_one_colour_is_one_proposal():
    assert selective_search(np.full((3, 5, 9), 0.5)).tolist() == [[0, 0, 9, 5]]


def test_the_image_is_not_modified():
    image = rectangles()
    selective_search(image)
    assert_array_equal(image, rectangles())


# --- errors ---

# fmt: off
ERRORS = [
    (ValueError, "felzenszwalb: image has shape (2, 3, 4, 5); it must be (C, H, W), not empty",
     lambda: felzenszwalb(np.zeros((2, 3, 4, 5)))),
    (TypeError, "selective_search: image is uint8; pass float32 or float64 in [0, 1]",
     lambda: selective_search(np.zeros((3, 4, 5), np.uint8))),
    (ValueError, "selective_search: image goes from 0 to 255; it must stay within 0 to 1",
     lambda: selective_search(np.linspace(0, 255, 60).reshape(3, 4, 5))),
    (ValueError, "felzenszwalb: image has NaN or infinite values; remove or replace them",
     lambda: felzenszwalb(np.full((3, 4, 5), np.nan))),
]
# fmt: on


@pytest.mark.parametrize(("error", "message", "call"), ERRORS)
def test_a_bad_image_is_told_what_to_do(error, message, call):
    check_error(error, message, call)
