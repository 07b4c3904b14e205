"""Generated scenes: boxes and masks belong to what is painted."""

import numpy as np
import pytest
from both_libraries import check_error
from numpy.testing import assert_array_equal

from cs_lib.data import scenes

IMAGES, TARGETS = scenes.load(40, seed=3)


def test_scenes_have_the_promised_shapes_types_and_ranges():
    assert IMAGES.shape == (40, 3, 64, 64)
    assert IMAGES.dtype == np.float32
    assert 0 <= IMAGES.min() < IMAGES.max() <= 1
    counts = [len(t["labels"]) for t in TARGETS]
    assert set(counts) == {1, 2, 3, 4}
    for t, g in zip(TARGETS, counts, strict=True):
        assert t["boxes"].shape == (g, 4)
        assert t["masks"].shape == (g, 64, 64)
        assert (t["boxes"].dtype, t["labels"].dtype, t["masks"].dtype) == (
            np.float32,
            np.int64,
            bool,
        )
    assert set(np.concatenate([t["labels"] for t in TARGETS])) == set(range(10))


def test_a_box_is_the_least_that_holds_its_mask():
    for t in TARGETS:
        for box, mask in zip(t["boxes"], t["masks"], strict=True):
            pixels = [(i, j) for i in range(64) for j in range(64) if mask[i, j]]
            rows, columns = zip(*pixels, strict=True)
            assert box.tolist() == [min(columns), min(rows), max(columns) + 1, max(rows) + 1]


def test_no_pixel_belongs_to_two_objects_and_no_object_is_much_hidden():
    for t in TARGETS:
        assert t["masks"].sum(axis=0).max() <= 1
        assert t["masks"].sum(axis=(1, 2)).min() >= 25  # of 47, those of the smallest bolt


def test_a_mask_is_where_the_picture_is_painted():
    """Within a mask colours vary little, and most masks differ from what is around them."""
    apart = []
    for image, t in zip(IMAGES, TARGETS, strict=True):
        around = image[:, ~t["masks"].any(axis=0)]
        for mask in t["masks"]:
            inside = image[:, mask]
            assert inside.std(axis=1).mean() < 0.15
            apart.append(np.abs(inside.mean(axis=1) - np.median(around, axis=1)).max())
    assert np.mean(np.array(apart) > 0.1) > 0.95


def test_scenes_do_not_depend_on_how_many_there_are_but_on_seed_and_part():
    few, targets = scenes.load(5, seed=3)
    assert_array_equal(few, IMAGES[:5])
    assert_array_equal(targets[4]["boxes"], TARGETS[4]["boxes"])
    for other in (scenes.load(5, seed=4), scenes.load(5, seed=3, part=1)):
        assert not np.array_equal(other[0], few)


def test_size_and_radius_are_those_asked_for():
    images, targets = scenes.load(10, size=96, most=2, radius=(20, 20))
    assert images.shape == (10, 3, 96, 96)
    for t in targets:
        sides = t["boxes"][:, 2:] - t["boxes"][:, :2]
        assert 1 <= len(sides) <= 2
        assert (sides.max(axis=1) > 20).all()
        assert (sides < 2.5 * 20).all()


def test_a_class_map_says_what_each_pixel_is():
    for t in TARGETS[:5]:
        got = scenes.class_map(t)
        assert got.shape == (64, 64)
        for i in range(64):
            for j in range(64):
                own = [k + 1 for k, m in zip(t["labels"], t["masks"], strict=True) if m[i, j]]
                assert [got[i, j]] == (own or [0])


# fmt: off
ERRORS = [
    (ValueError, "load: radius is (6.0, 14.0), size 32; it must be the least and the largest "
     "radius, from 2 to a third of size", lambda: scenes.load(1, size=32)),
    (ValueError, "load: most is 0; a scene has at least 1 object",
     lambda: scenes.load(1, most=0)),
    (TypeError, "load: n is 2.5; expected a whole number, 0 or more",
     lambda: scenes.load(2.5)),
]
# fmt: on


@pytest.mark.parametrize(("error", "message", "call"), ERRORS)
def test_bad_options_are_told_what_to_do(error, message, call):
    check_error(error, message, call)
