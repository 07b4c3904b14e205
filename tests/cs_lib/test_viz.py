"""The figures: what is drawn, not its pixels."""

import os
import re
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_hex

from cs_lib import viz
from cs_lib.numpy.autograd import Value
from cs_lib.viz import style

RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 3, 6, 4))  # N, C, H, W
CLASSES = ("cat", "dog", "owl")


@pytest.fixture(autouse=True)
def _no_window():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def neighbors_of(k=3):
    return RNG.random((2, k, 3, 6, 4))


DRAW = {
    "show_images": lambda ax=None: viz.show_images(IMAGES, ax=ax),
    "show_neighbors": lambda ax=None: viz.show_neighbors(IMAGES[:2], neighbors_of(), ax=ax),
    "show_confusion": lambda ax=None: viz.show_confusion(np.eye(3), CLASSES, ax=ax),
    "show_decision_regions": lambda ax=None: viz.show_decision_regions(
        lambda x: (x[:, 0] > 0).astype(int), [[-1, 0], [1, 2]], [0, 1], ax=ax
    ),
    "show_array": lambda ax=None: viz.show_array(IMAGES[0, 0], ax=ax),
    "show_broadcast": lambda ax=None: viz.show_broadcast(IMAGES[0, 0], IMAGES[0, 0, 0], ax=ax),
    "show_memory": lambda ax=None: viz.show_memory(IMAGES[0, 0], IMAGES[0, 0].T, ax=ax),
    "show_templates": lambda ax=None: viz.show_templates(
        IMAGES.reshape(5, -1), (3, 6, 4), list("abcde"), ax=ax
    ),
    "show_descent": lambda ax=None: viz.show_descent(
        lambda x: x[:, 0] ** 2, {"way": IMAGES[0, 0, :, :2]}, (-1, 1), (0, 3), ax=ax
    ),
    "show_graph": lambda ax=None: viz.show_graph(*lecture_graph(), ax=ax),
    "show_network": lambda ax=None: viz.show_network([3, 4, 1], ax=ax),
}

BLOCKS = {
    "x": ("x", 0, 0, "data"),
    "part": ("", 0, 0.6, "point"),
    "conv": ("3 × 3", 0, 1.2, "filter"),
    "pool": ("pool", 1, 1.2, "pool"),
    "cat": ("", 0.5, 2.2, "cat"),
    "sum": ("", 0.5, 3, "add"),
    "y": ("ReLU", 0.5, 3.8),
}
LINES = [
    *(("x", "part"), ("part", "conv"), ("part", "pool"), ("conv", "cat"), ("pool", "cat")),
    *(("cat", "sum"), ("part", "sum", -0.8, "shortcut"), ("sum", "y")),
]
DRAW["show_blocks"] = lambda ax=None: viz.show_blocks(BLOCKS, LINES, ax=ax)


@pytest.mark.parametrize("name", DRAW)
def test_a_helper_draws_on_the_axes_it_is_given(name):
    _, ax = plt.subplots()
    assert DRAW[name](ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", DRAW)
def test_a_helper_makes_its_own_figure_and_leaves_the_settings_alone(name):
    before = mpl.rcParams.copy()
    ax = DRAW[name]()
    assert ax.figure.number in plt.get_fignums()
    assert ax.figure.dpi == style.STYLE["figure.dpi"]
    assert ax.figure.get_figwidth() <= style.WIDTH
    assert mpl.rcParams == before
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", DRAW)
def test_inputs_are_not_modified(name):
    before = IMAGES.copy()
    DRAW[name]()
    np.testing.assert_array_equal(IMAGES, before)


def test_images_stand_row_by_row_with_channels_last():
    ax = viz.show_images(IMAGES, columns=3)
    assert len(ax.images) == 5
    for drawn, image in zip(ax.images, IMAGES, strict=True):
        np.testing.assert_allclose(drawn.get_array(), image.transpose(1, 2, 0))
    places = [drawn.get_extent() for drawn in ax.images]  # left, right, bottom, top; y down
    assert places[0][0] < places[1][0] < places[2][0]
    assert places[3][0] == places[0][0]
    assert places[0][2] < places[3][3]
    left, right, bottom, top = places[0]
    assert (bottom - top) / (right - left) == pytest.approx(6 / 4)
    assert texts(ax) == []


@pytest.mark.parametrize(
    ("labels", "classes", "want"),
    [
        ([2, 0, 1, 0, 2], CLASSES, ["owl", "cat", "dog", "cat", "owl"]),
        (np.arange(5), None, ["0", "1", "2", "3", "4"]),
        (["a", "b", "c", "d", "e"], None, ["a", "b", "c", "d", "e"]),
    ],
)
def test_labels_stand_over_their_images(labels, classes, want):
    ax = viz.show_images(IMAGES, labels, classes=classes, columns=4)
    assert texts(ax) == want
    for text, drawn in zip(ax.texts, ax.images, strict=True):
        left, right, _, top = drawn.get_extent()
        x, y = text.get_position()
        assert left < x < right
        assert y < top


def test_bytes_are_drawn_as_fractions_and_grey_images_in_grey():
    ax = viz.show_images(np.full((1, 1, 4, 4), 51, np.uint8))
    np.testing.assert_allclose(ax.images[0].get_array(), 0.2)
    assert ax.images[0].get_array().shape == (4, 4)
    assert ax.images[0].get_cmap().name == "gray"
    assert ax.images[0].get_clim() == (0, 1)  # not stretched to the image's own range


def test_neighbours_stand_right_of_their_query_nearest_first():
    neighbors = neighbors_of()
    ax = viz.show_neighbors(IMAGES[:2], neighbors)
    want = [IMAGES[0], *neighbors[0], IMAGES[1], *neighbors[1]]
    for drawn, image in zip(ax.images, want, strict=True):
        np.testing.assert_allclose(drawn.get_array(), image.transpose(1, 2, 0))
    lefts = [drawn.get_extent()[0] for drawn in ax.images]
    assert lefts[:4] == sorted(lefts[:4])
    assert lefts[:4] == lefts[4:]
    assert texts(ax) == []
    assert len(ax.lines) == 0


def test_a_neighbour_of_another_class_has_a_cross_and_a_dashed_frame():
    labels = [[2, 0, 2], [1, 1, 0]]
    ax = viz.show_neighbors(IMAGES[:2], neighbors_of(), [2, 0], labels, classes=CLASSES)
    assert texts(ax) == ["owl", "✓ owl", "✗ cat", "✓ owl", "cat", "✗ dog", "✗ dog", "✓ cat"]
    good = [True, False, True, False, False, True]
    assert [line.get_linestyle() for line in ax.lines] == ["-" if g else "--" for g in good]
    assert [line.get_color() for line in ax.lines] == [style.GOOD if g else style.BAD for g in good]


def test_a_confusion_matrix_has_its_counts_true_classes_down_and_predicted_across():
    matrix = np.array([[8, 1, 1], [0, 0, 0], [5, 0, 15]])
    ax = viz.show_confusion(matrix, CLASSES)
    assert texts(ax) == ["8", "1", "1", "0", "0", "0", "5", "0", "15"]
    assert ax.texts[6].get_position() == (0, 2)  # column, row
    assert [t.get_text() for t in ax.get_xticklabels()] == list(CLASSES)
    assert [t.get_text() for t in ax.get_yticklabels()] == list(CLASSES)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    share = [[0.8, 0.1, 0.1], [0, 0, 0], [0.25, 0, 0.75]]
    np.testing.assert_allclose(ax.images[0].get_array(), share)
    colors = {text.get_text(): text.get_color() for text in ax.texts}
    assert (colors["8"], colors["5"]) == ("white", "black")


def test_regions_are_the_predictions_and_points_have_a_marker_of_their_class():
    points = np.array([[0.0, 0.0], [4.0, 1.0], [4.0, 2.0], [0.0, 2.0]])
    labels = np.array([0, 2, 2, 1])

    def predict(grid):
        return np.where(grid[:, 0] > 3, 2, np.where(grid[:, 1] > 1, 1, 0))

    ax = viz.show_decision_regions(predict, points, labels, classes=CLASSES, resolution=50)
    mesh = ax.collections[0]
    region = mesh.get_array().reshape(50, 50)
    assert (region[0, 0], region[-1, 0], region[0, -1], region[-1, -1]) == (0, 1, 2, 2)
    assert [to_hex(c) for c in mesh.cmap(mesh.norm([0, 1, 2]))] == [
        c.lower() for c in viz.COLORS[:3]
    ]
    drawn = ax.collections[-3:]
    for label, scatter in enumerate(drawn):
        np.testing.assert_array_equal(scatter.get_offsets(), points[labels == label])
        assert to_hex(scatter.get_facecolor()) == viz.COLORS[label].lower()
    assert len({scatter.get_paths()[0].vertices.tobytes() for scatter in drawn}) == 3  # markers
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(CLASSES)
    assert ax.get_xlim()[0] < 0 < 4 < ax.get_xlim()[1]
    assert len(ax.collections) == 1 + 3 + 3  # the regions, a line round each, the points of each
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def boxes(ax):
    """The boxes' (column, row) -> box."""
    return {box.get_xy(): box for box in ax.patches}


def test_an_array_is_drawn_rows_down_and_picked_boxes_stand_out_twice():
    array = np.arange(6).reshape(2, 3)
    ax = viz.show_array(array, picked=array == 4)
    assert texts(ax) == list("012345")
    assert ax.texts[5].get_position() == (2.5, 1.5)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    drawn = boxes(ax)
    assert [place for place, box in drawn.items() if box.get_linewidth() > 1] == [(1, 1)]
    assert drawn[1, 1].get_facecolor() != drawn[0, 0].get_facecolor()


def test_what_broadcasting_stretches_is_dashed_and_the_shapes_stand_below():
    ax = viz.show_broadcast(np.array([[10], [20]]), np.array([1, 2, 3]))
    shown = texts(ax)
    for shape in ("(2, 1)", "(3,)", "(2, 3)"):
        assert shape in shown
    assert shown[:6] == ["10", "10", "10", "20", "20", "20"]
    assert shown[-8:-2] == ["11", "12", "13", "21", "22", "23"]
    step = 3 + 1.4
    dashed = {place for place, box in boxes(ax).items() if box.get_linestyle() == "--"}
    assert dashed == {(1, 0), (2, 0), (1, 1), (2, 1), (step, 1), (step + 1, 1), (step + 2, 1)}


@pytest.mark.parametrize(
    ("view", "places"),
    [
        (lambda a: a[:, 1:], {1: "0", 2: "1", 4: "2", 5: "3"}),
        (lambda a: a.T, {0: "0", 3: "1", 1: "2", 4: "3", 2: "4", 5: "5"}),
        (lambda a: a[1, ::-1], {5: "0", 4: "1", 3: "2"}),
        (lambda a: np.broadcast_to(a[0, 1:2], (3,)), {1: "0,1,2"}),
    ],
)
def test_a_view_is_marked_where_it_lies_in_memory(view, places):
    array = np.arange(10, 70, 10).reshape(2, 3)
    ax = viz.show_memory(array, view(array))
    assert texts(ax)[:6] == ["10", "20", "30", "40", "50", "60"]
    below = {int(t.get_position()[0]): t.get_text() for t in ax.texts[6:]}
    assert below == places
    thick = {place[0] for place, box in boxes(ax).items() if box.get_linewidth() > 1}
    assert thick == set(places)


def lecture_graph():
    x, y, z = Value(-2), Value(5), Value(-4)
    q = x + y
    f = q * z
    f.backward()
    return f, {x: "x", y: "y", z: "z", q: "+", f: "×"}


def test_a_graph_has_values_and_what_comes_back_on_its_edges_and_inputs_in_order():
    ax = viz.show_graph(*lecture_graph())
    shown = texts(ax)
    assert sorted(t for t in shown if t.startswith("∂")) == sorted(
        ["∂ 1", "∂ −4", "∂ −4", "∂ −4", "∂ 3"]
    )
    for box in ("x = −2\n∂ −4", "y = 5\n∂ −4", "z = −4\n∂ 3"):
        assert box in shown
    for value in ("−2", "5", "−4", "3", "−12"):
        assert value in shown
    place = {t.get_text()[:1]: t.get_position() for t in ax.texts}
    assert place["x"][1] < place["y"][1] < place["z"][1]
    assert place["x"][0] == place["y"][0] < place["+"][0] == place["z"][0] < place["×"][0]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first input on top


def test_a_number_used_twice_shows_each_part_and_the_sum():
    x = Value(3)
    f = x * x
    f.backward()
    shown = texts(viz.show_graph(f, {x: "x", f: "×"}))
    assert shown.count("∂ 3") == 2
    assert "x = 3\n∂ 6" in shown


def diamond():
    x = Value(0.5)
    up, down = x.exp(), x.tanh()
    f = up * down
    f.backward()
    return f, {x: "x", up: "exp", down: "tanh", f: "×"}


def skip():
    x, w = Value(0.8), Value(-0.1)
    product = x * w
    bent = product.tanh()
    f = x + bent
    f.backward()
    return f, {x: "x", w: "w", product: "×", bent: "tanh", f: "+"}


def square():
    x = Value(3)
    f = x * x
    f.backward()
    return f, {x: "x", f: "×"}


@pytest.mark.parametrize("graph", [lecture_graph, diamond, skip, square])
def test_no_arrow_strikes_through_a_label_and_no_label_covers_another(graph):
    ax = viz.show_graph(*graph())
    ax.figure.canvas.draw()
    labels = [t for t in ax.texts if t.get_text() and getattr(t, "arrow_patch", 0) is None]
    arrows = [t.arrow_patch for t in ax.texts if getattr(t, "arrow_patch", None) is not None]
    assert len(labels) == 2 * len(arrows)  # a value and a gradient each
    areas = [mpl.text.Text.get_window_extent(label) for label in labels]
    for arrow in arrows:
        lines = arrow.get_transform().transform_path(arrow.get_path())
        pieces = lines.to_polygons(closed_only=False)  # a bent one in many short pieces
        way = np.concatenate([mpl.path.Path(p).interpolated(30).vertices for p in pieces])
        for label, area in zip(labels, areas, strict=True):
            assert not area.count_contains(way), label.get_text()
    for n, area in enumerate(areas):
        assert area.count_overlaps(areas) == 1, labels[n].get_text()  # itself


def test_a_graph_without_gradients_shows_none():
    assert not any("∂" in t for t in texts(viz.show_graph(*lecture_graph(), gradients=False)))


def test_a_network_has_a_line_for_each_weight_and_a_circle_for_each_unit():
    ax = viz.show_network([3, 4, 2], names=["in", "hidden", "out"])
    assert len(ax.lines) == 3 * 4 + 4 * 2
    assert [len(c.get_offsets()) for c in ax.collections] == [3, 4, 2]
    assert texts(ax) == ["in", "hidden", "out"]


def test_a_block_diagram_has_a_box_a_layer_a_sign_a_junction_and_an_arrow_an_edge():
    ax = viz.show_blocks(BLOCKS, LINES)
    boxes = {(box.get_x(), box.get_y()): box for box in ax.patches}
    corners = [(x - 0.44, y - 0.28) for x, y in ((0, 1.2), (1, 1.2), (0.5, 3.8))]
    np.testing.assert_allclose(sorted(boxes), sorted(corners))
    assert [box.get_linestyle() for box in ax.patches] == ["-", "--", "-"]
    written = [t for t in texts(ax) if t]
    assert sorted(written) == sorted(["x", "3 × 3", "pool", "cat", "+", "ReLU", "shortcut"])
    arrows = [t for t in ax.texts if getattr(t, "arrow_patch", None) is not None]
    assert len(arrows) == len(LINES)
    ends = [tuple(t.xy) for t in arrows]
    assert ends[1] == pytest.approx((0, 1.2 - 0.28))  # at the border of a box
    assert ends[3] == pytest.approx((0.5, 2.2))  # a sign is round: cut off in points
    bends = [line.get_xydata().tolist() for line in ax.lines if len(line.get_xdata()) == 3]
    assert [[0, 0.6], [-0.8, 0.6], [-0.8, 3]] in bends
    low, high = sorted(ax.get_xlim())
    assert low < -0.8 < 1.44 < high
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # downwards


def test_one_region_alone_needs_no_line():
    ax = viz.show_decision_regions(lambda x: np.zeros(len(x), int), [[0, 0], [1, 1]], [0, 0])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["class 0"]
    assert len(ax.collections) == 2


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: viz.show_images(IMAGES[0]), "show_images: images is (3, 6, 4); expected (N, C"),
        (lambda: viz.show_images(np.zeros((2, 6, 4, 3))), "channels last: images.transpose(0, 3"),
        (
            lambda: viz.show_images(IMAGES[:0]),
            "images is (0, 3, 6, 4); expected (N, C, H, W), N > 0",
        ),
        (lambda: viz.show_images(IMAGES * 255), "expected values in [0, 1]"),
        (lambda: viz.show_images(IMAGES - 1), "expected values in [0, 1]"),
        (lambda: viz.show_images(IMAGES * np.nan), "float images from nan to nan"),
        (lambda: viz.show_images(IMAGES, [1, 2]), "show_images: 2 labels for 5 images"),
        (
            lambda: viz.show_neighbors(IMAGES[:3], neighbors_of()),
            "neighbors is (2, 3, 3, 6, 4) for 3 queries; expected (M, k, C, H, W), the same M",
        ),
        (lambda: viz.show_neighbors(IMAGES[:2], IMAGES[:2]), "neighbors is (2, 3, 6, 4)"),
        (
            lambda: viz.show_confusion(np.eye(4), CLASSES),
            "show_confusion: matrix is (4, 4) for 3 classes; expected (3, 3)",
        ),
        (
            lambda: viz.show_decision_regions(len, np.zeros((4, 3)), np.zeros(4, int)),
            "points is (4, 3), labels is (4,); expected (N, 2) and (N,)",
        ),
        (
            lambda: viz.show_graph(lecture_graph()[0], {}),
            "show_graph: 5 of the graph's 5 numbers have no name",
        ),
        (lambda: viz.show_network([3]), "show_network: sizes is [3]; expected two layers or more"),
        (lambda: viz.show_network([3, 1], names=["a"]), "show_network: 1 names for 2 layers"),
        (
            lambda: viz.show_blocks({"a": ("a", 0, 0, "box")}, []),
            "show_blocks: 'a' is of kind 'box'; there are: layer, filter",
        ),
        (lambda: viz.show_blocks(BLOCKS, [("x", "z")]), "show_blocks: no block is called 'z'"),
        (lambda: viz.show_array(IMAGES), "an array is (5, 3, 6, 4); it must be (n,) or (n, m)"),
        (
            lambda: viz.show_array(np.eye(3), picked=[True] * 3),
            "show_array: picked is (1, 3); it must be (3, 3)",
        ),
        (lambda: viz.show_broadcast(IMAGES, 1.0), "show_broadcast: an array is (5, 3, 6, 4)"),
        (lambda: viz.show_memory(np.eye(3)[:, :2], np.eye(2)), "not contiguous; copy it"),
        (lambda: viz.show_memory(np.eye(3), np.eye(3)), "not in the array's memory"),
        (
            lambda: viz.show_decision_regions(len, np.zeros((2, 2)), [0, 8]),
            "labels from 0 to 8; there are colours for 0 to 7",
        ),
    ],
)
def test_a_helper_says_what_it_cannot_draw(draw, message):
    with pytest.raises(ValueError, match="show_") as caught:
        draw()
    assert message in str(caught.value)


def test_every_colour_has_a_marker_and_a_line_of_its_own():
    assert len(viz.COLORS) == len(set(viz.COLORS)) == len(set(viz.MARKERS)) == len(viz.MARKERS)


def test_use_style_is_for_what_follows():
    with mpl.rc_context():
        viz.use_style()
        figure, ax = plt.subplots()
        assert figure.dpi == viz.STYLE["figure.dpi"]
        first, second = ax.plot([0, 1], [[0, 1], [1, 2]])
        assert (first.get_color(), second.get_color()) == viz.COLORS[:2]
        assert first.get_linestyle() != second.get_linestyle()


def test_importing_viz_chooses_no_backend():
    code = "import matplotlib, cs_lib.viz; print(matplotlib.get_backend(auto_select=False))"
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "None"


def test_plots_of_later_cells_are_shown_in_a_notebook(tmp_path):
    """The first figure of a notebook is made by viz, the second by matplotlib alone."""
    cells = [
        "import numpy as np\nfrom cs_lib import viz\nviz.show_images(np.zeros((2, 3, 8, 8)));",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    path = tmp_path / "two.ipynb"
    nbformat.write(notebook, path)
    env = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"]
    done = subprocess.run([*command, path], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for cell in nbformat.read(path, as_version=4).cells:
        assert any("image/png" in output.get("data", {}) for output in cell.outputs), cell.source


def test_a_template_has_grey_for_zero_and_its_largest_weight_at_an_end():
    weight = np.zeros((3, 2 * 4))
    weight[0, 1], weight[0, 6], weight[1, 7] = -2, 1, 5  # row 2: all zero
    ax = viz.show_templates(weight, (1, 2, 4), ["a", "b", "c"], columns=2)
    drawn = [np.asarray(image.get_array()) for image in ax.images]
    assert [picture.shape for picture in drawn] == [(2, 4)] * 3
    np.testing.assert_allclose(drawn[0], [[0.5, 0, 0.5, 0.5], [0.5, 0.5, 0.75, 0.5]])
    assert drawn[1][1, 3] == 1
    assert (drawn[2] == 0.5).all()
    assert texts(ax) == ["a", "b", "c"]


def test_a_descent_is_a_line_through_its_points_and_starts_with_a_black_marker():
    path = np.array([[0.0, 1.0], [0.5, 2.0], [0.7, 2.5]])
    ax = viz.show_descent(lambda x: x[:, 0] + 10 * x[:, 1], {"way": path}, (-1, 1), (0, 3))
    way, start = ax.lines
    np.testing.assert_array_equal(way.get_xydata(), path)
    np.testing.assert_array_equal(start.get_xydata(), path[:1])
    assert way.get_label() == "way"
    assert to_hex(start.get_color()) == "#000000"
    level = ax.collections[0].levels[5]  # x + 10 y is this on the line: y runs along the rows
    for line in ax.collections[0].get_paths()[5:6]:
        np.testing.assert_allclose(line.vertices @ [1, 10], level, atol=1e-9)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: viz.show_templates(np.zeros((2, 5)), (1, 2, 3)),
            "show_templates: weight is (2, 5), shape is (1, 2, 3); "
            "expected (K, C*H*W) and (C, H, W)",
        ),
        (
            lambda: viz.show_descent(None, dict.fromkeys(range(9)), (0, 1), (0, 1)),
            "show_descent: 9 paths; there are 8 colours",
        ),
    ],
)
def test_pictures_of_linear_models_say_what_they_cannot_draw(draw, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw()


# ---- Tables -------------------------------------------------------------------------------------


def test_a_table_is_written_as_asked_for():
    table = viz.table(
        {"units": [0, 2000], "right": [0.5, 0.25], "loss": [np.float32(1.23456), 2.0]},
        {"right": ".0%"},
    )
    assert table.rows == [["0", "50%", "1.235"], ["2,000", "25%", "2"]]
    assert [line.split() for line in str(table).splitlines()[2:]] == table.rows
    assert re.findall(r"<t[hd][^>]*> *([^<]*?) *</t[hd]>", table._repr_html_()) == [
        *("units", "right", "loss"),
        *table.rows[0],
        *table.rows[1],
    ]


def test_one_format_is_for_all_columns_but_the_first():
    table = viz.table({"k": [1], "a": [0.1], "b": [1]}, ".1%")
    assert table.rows == [["1", "10.0%", "100.0%"]]


@pytest.mark.parametrize(
    ("columns", "formats", "message"),
    [
        ({"k": [1, 2], "right": [0.5]}, None, r"different lengths \(k: 2, right: 1\)"),
        ({"k": [1], "right": [0.5]}, {"wrong": ".1%"}, "a format for 'wrong'; there are: k, right"),
    ],
)
def test_a_table_says_what_does_not_fit(columns, formats, message):
    with pytest.raises(ValueError, match=message):
        viz.table(columns, formats)
