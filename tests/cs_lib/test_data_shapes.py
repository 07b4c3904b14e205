"""load() and the generated data set."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path

from cs_lib import data
from cs_lib.data import sdf, shapes

DIGEST = "cc9f95215d7d9f24f4e64bceadc4fcb56fc13f44f5b48770cca4672bf97271eb"
PLANE = np.random.default_rng(0).uniform(-1.5, 1.5, (2, 400))


@pytest.mark.parametrize(("dtype", "top"), [("float32", 1), ("uint8", 255)])
def test_images_have_the_promised_shape_type_and_range(dtype, top):
    d = data.load("shapes", n_train=30, n_test=20, dtype=dtype)
    assert d.x_train.shape == (30, 3, 32, 32)
    assert d.x_test.shape == (20, 3, 32, 32)
    assert d.x_train.dtype == d.x_test.dtype == dtype
    assert d.y_train.shape == (30,)
    assert d.y_test.shape == (20,)
    assert d.y_train.dtype == d.y_test.dtype == np.int64
    assert len(d.classes) == len(set(d.classes)) == 10
    assert d.x_train.min() >= 0
    assert top / 2 < d.x_train.max() <= top
    assert d.name == "shapes"
    assert "x_train: (30, 3, 32, 32)" in repr(d)


def test_float_images_are_the_bytes_divided_by_255():
    floats, integers = (
        data.load("shapes", n_train=20, n_test=10, dtype=t) for t in ("float32", "uint8")
    )
    np.testing.assert_allclose(floats.x_train, integers.x_train / 255.0, rtol=1e-6)
    np.testing.assert_array_equal(floats.y_test, integers.y_test)


def test_seed_0_gives_the_published_images():
    # Every number in the book stands on these bytes.
    d = data.load("shapes", n_train=100, n_test=10, dtype="uint8")
    assert hashlib.sha256(d.x_train.tobytes()).hexdigest() == DIGEST
    assert [d.classes[y] for y in d.y_train[:4]] == ["cross", "heart", "triangle", "moon"]


def test_the_same_seed_gives_the_same_images_and_another_seed_others():
    a, b, c = (data.load("shapes", n_train=20, n_test=20, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.x_train, b.x_train)
    np.testing.assert_array_equal(a.x_test, b.x_test)
    assert not np.array_equal(a.x_train, c.x_train)
    assert not np.array_equal(a.x_train, a.x_test)


def test_more_images_begin_with_the_fewer_and_leave_the_other_part_alone():
    few, more = (data.load("shapes", n_train=37, n_test=n) for n in (13, 205))
    np.testing.assert_array_equal(few.x_train, more.x_train)
    np.testing.assert_array_equal(few.x_test, more.x_test[:13])
    np.testing.assert_array_equal(few.y_test, more.y_test[:13])
    longer = data.load("shapes", n_train=150, n_test=13)
    np.testing.assert_array_equal(few.x_train, longer.x_train[:37])
    np.testing.assert_array_equal(few.x_test, longer.x_test)


@pytest.mark.parametrize("n", [0, 1, 10, 37, 234])
def test_classes_are_balanced_to_within_one_image(n):
    counts = np.bincount(data.load("shapes", n_train=n, n_test=0).y_train, minlength=10)
    assert counts.sum() == n
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("shapse", {}, ValueError, "unknown data set 'shapse'; did you mean 'shapes'? Known: cif"),
        ("mnist", {}, ValueError, "unknown data set 'mnist'. Known: cifar10, shapes"),
        (["shapes"], {}, ValueError, "unknown data set ['shapes']"),
        ("shapes", {"n_trian": 5}, TypeError, "option 'n_trian' of 'shapes'; did you mean 'n_trai"),
        ("cifar10", {"seed": 0}, TypeError, "unknown option 'seed' of 'cifar10'. Options: archive"),
        ("shapes", {"n_train": 2.5}, TypeError, "n_train is 2.5; expected a whole number, 0 or"),
        ("shapes", {"n_train": None}, TypeError, "n_train is None; expected a whole number"),
        ("shapes", {"n_test": -1}, ValueError, "n_test is -1; expected a whole number, 0 or more"),
        ("shapes", {"seed": -3}, ValueError, "seed is -3; expected a whole number, 0 or more"),
        ("shapes", {"dtype": "float64"}, ValueError, "dtype is 'float64'; did you mean 'float32'?"),
        ("shapes", {"dtype": "int8"}, ValueError, "Known: float32, uint8"),
    ],
)
def test_load_says_what_it_does_not_understand(name, options, error, message):
    with pytest.raises(error) as caught:
        data.load(name, **options)
    assert str(caught.value).startswith("load: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["TRIANGLE", "SQUARE", "STAR", "CROSS", "ARROW", "BOLT"])
def test_polygon_is_the_distance_to_the_outline_and_negative_inside(name):
    vertices = getattr(sdf, name)
    t = np.linspace(0, 1, 2001)[:, None]
    edges = zip(vertices, np.roll(vertices, -1, axis=0), strict=True)
    outline = np.concatenate([a + t * (b - a) for a, b in edges])
    distance = np.linalg.norm(PLANE.T[:, None] - outline, axis=-1).min(axis=1)
    inside = Path(vertices).contains_points(PLANE.T)
    got = sdf.polygon(*PLANE, vertices)
    np.testing.assert_allclose(np.abs(got), distance, atol=1e-3)
    np.testing.assert_array_equal(got < 0, inside)
    np.testing.assert_allclose(sdf.polygon(*PLANE, vertices[::-1]), got, atol=1e-12)


def _disc(u, v, radius):
    return lambda x, y: (x - u) ** 2 + (y - v) ** 2 < radius**2


@pytest.mark.parametrize(
    ("shape", "inside"),
    [
        (sdf.circle, _disc(0, 0, 1)),
        (sdf.ring, lambda x, y: _disc(0, 0, 1.05)(x, y) & ~_disc(0, 0, 0.51)(x, y)),
        (sdf.moon, lambda x, y: _disc(-0.1, 0, 1.08)(x, y) & ~_disc(0.42, 0, 0.82)(x, y)),
        (
            sdf.heart,
            lambda x, y: (
                _disc(0.495, 0.385, 0.7)(x, y)
                | _disc(-0.495, 0.385, 0.7)(x, y)
                | (np.abs(x) + np.abs(y + 0.11) < 0.99)
            ),
        ),
    ],
)
def test_round_shapes_are_negative_exactly_inside(shape, inside):
    np.testing.assert_array_equal(shape(*PLANE) < 0, inside(*PLANE))


def test_a_stroke_is_the_distance_to_a_segment_less_half_its_width():
    points = np.stack([np.linspace(-0.8, 0.8, 5001), np.zeros(5001)], axis=1)
    distance = np.linalg.norm(PLANE.T[:, None] - points, axis=-1).min(axis=1)
    np.testing.assert_allclose(sdf.stroke(*PLANE, 0.8, 0.3), distance - 0.3, atol=1e-3)


@pytest.fixture
def plain():
    """Factors of ten pictures, one of each class, upright, in the middle, with no nuisance."""
    f = shapes.sample(10, np.random.default_rng(0))
    return replace(
        f,
        label=np.arange(10),
        center=np.zeros((10, 2)),
        radius=np.full(10, 9.0),
        angle=np.zeros(10),
        color=np.tile([0.9, 0.5, 0.3], (10, 1)),
        background=np.tile([0.1, 0.2, 0.4], (10, 1)),
        shading=np.zeros((10, 2)),
        texture=np.zeros((10, 2, 6, 6)),
        strokes=f.strokes[:, :0],
        stroke_color=f.stroke_color[:, :0],
    )


def test_a_plain_picture_has_the_two_colours_asked_for(plain):
    images = shapes.render(plain)
    assert images.shape == (10, 3, 32, 32)
    np.testing.assert_allclose(images[:, :, 0, 0], plain.background)
    for name in ("circle", "square", "triangle", "star", "cross", "heart", "bolt"):
        i = shapes.CLASSES.index(name)
        np.testing.assert_allclose(images[i, :, 16, 16], plain.color[i], err_msg=name)
    ring = images[shapes.CLASSES.index("ring")]
    np.testing.assert_allclose(ring[:, 16, 16], plain.background[0])
    np.testing.assert_allclose(ring[:, 16, 9], plain.color[0])


def test_the_shapes_stand_upright(plain):
    red = shapes.render(plain)[:, 0]
    lit = {name: red[i] > 0.5 for i, name in enumerate(shapes.CLASSES)}
    assert lit["triangle"][18:].sum() > 2 * lit["triangle"][:14].sum()  # wide below
    assert lit["heart"][:14].sum() > 2 * lit["heart"][18:].sum()  # wide above
    assert lit["arrow"][:16].sum() > lit["arrow"][16:].sum()  # its head is above
    assert lit["moon"][:, :14].sum() > 2 * lit["moon"][:, 18:].sum()  # it opens to the right


def test_moving_the_centre_moves_the_picture_right_and_down(plain):
    moved = shapes.render(replace(plain, center=np.tile([3.0, -2.0], (10, 1))))
    np.testing.assert_allclose(moved, np.roll(shapes.render(plain), (-2, 3), axis=(2, 3)))


def test_a_quarter_turn_is_counter_clockwise(plain):
    turned = shapes.render(replace(plain, angle=np.full(10, np.pi / 2)))
    # atol: a corner that lies on a pixel's middle may fall to either side of it.
    np.testing.assert_allclose(turned, np.rot90(shapes.render(plain), axes=(2, 3)), atol=1e-6)


def test_twice_the_radius_covers_four_times_the_area(plain):
    small, large = (
        (shapes.render(replace(plain, radius=np.full(10, r)))[:, 0] - 0.1).sum(axis=(1, 2))
        for r in (6.0, 12.0)
    )
    np.testing.assert_allclose(large / small, 4, rtol=0.03)


def test_shading_brightens_towards_the_right_and_lower_border(plain):
    shaded = shapes.render(replace(plain, shading=np.tile([0.1, 0.05], (10, 1))))
    gain = (shaded - shapes.render(plain))[0, 1]  # green: far enough from 0 and 1 not to be cut
    np.testing.assert_allclose(gain[16, -1] - gain[16, 0], 0.1 * 31 / 16)
    np.testing.assert_allclose(gain[-1, 0] - gain[0, 0], 0.05 * 31 / 16)


def test_texture_and_strokes_land_where_they_belong(plain):
    texture = np.zeros((10, 2, 6, 6))
    texture[:, 1, 0, 0] = 0.3  # the background's, upper left corner
    image = shapes.render(replace(plain, texture=texture))[0]
    np.testing.assert_allclose(image[:, 0, 0], plain.background[0] + 0.3)
    np.testing.assert_allclose(image[:, 16, 16], plain.color[0])

    stroke = np.array([12.0, -13.0, 0.0, 1.5, 1.5])  # right, up
    drawn = replace(
        plain,
        strokes=np.tile(stroke, (10, 1, 1)),
        stroke_color=np.tile([0.0, 1.0, 0.0], (10, 1, 1)),
    )
    image = shapes.render(drawn)[0]
    np.testing.assert_allclose(image[:, 2, 28], [0, 1, 0])
    np.testing.assert_allclose(image[:, 16, 16], plain.color[0])


def test_an_index_that_repeats_copies_a_picture(plain):
    copies = shapes.render(plain[[3, 3, 8]])
    np.testing.assert_array_equal(copies[0], copies[1])
    np.testing.assert_array_equal(copies[2], shapes.render(plain)[8])
