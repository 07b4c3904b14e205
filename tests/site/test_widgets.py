"""The explainers below some figures: their mathematics against cs_lib, their hands in a browser."""

import itertools
import json
import re
import subprocess
from pathlib import Path
from statistics import NormalDist

import audit
import course_site
import numpy as np
import pytest

from cs_lib.detection_metrics import detection_average_precision
from cs_lib.numpy import lr_scheduler, nn, optim
from cs_lib.numpy.autograd import Value
from cs_lib.numpy.classifiers import KNeighborsClassifier, cdist_two_loops, vote
from cs_lib.numpy.detection import box_iou, nms
from cs_lib.numpy.nn.arithmetic import receptive_field
from cs_lib.numpy.nn.conv import conv2d, conv2d_backward
from cs_lib.numpy.nn.functional import output_size
from cs_lib.numpy.nn.loss import (
    cross_entropy,
    cross_entropy_backward,
    multi_margin_loss,
    multi_margin_loss_backward,
)
from cs_lib.numpy.nn.module import Parameter
from cs_lib.numpy.nn.norm import batch_norm
from cs_lib.numpy.regularization import l2_gradient, l2_penalty

ROOT = Path(__file__).parents[2]
WIDGETS = ROOT / "book/_static/widgets"
CALLS = Path(__file__).with_name("calls.mjs")


def in_node(core, *calls):
    """What the calls of a core's functions, (name, argument, …), return."""
    given = {
        "module": (WIDGETS / f"{core}-core.mjs").as_uri(),
        "calls": [[name, arguments] for name, *arguments in calls],
    }
    text = json.dumps(given, default=lambda value: value.tolist())
    node = subprocess.run(
        [course_site.katex.NODEJS_BINARY, CALLS],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


# ---- Mathematics --------------------------------------------------------------------------------


def test_the_map_gives_the_answers_of_the_library():
    (points, width, height) = in_node("knn", ("POINTS",), ("WIDTH",), ("HEIGHT",))
    x, y = np.array(points)[:, :2], np.array(points)[:, 2]
    places = np.stack(np.meshgrid(np.arange(0, width, 2.5), np.arange(0, height, 2.5)), -1)
    places = places.reshape(-1, 2) + 1.25
    for p in (1, 2):
        for k in (1, 2, 3, 6, 15):
            (cells,) = in_node("knn", ("map", points, k, p, 2.5))
            expected = KNeighborsClassifier(k=k, p=p).fit(x, y).predict(places)
            np.testing.assert_array_equal([cell["label"] for cell in cells], expected)
            # Where votes are equal, another numbering of the classes gives another answer.
            turned = 2 - vote(cdist_two_loops(places, x, p=p), 2 - y, k)
            np.testing.assert_array_equal([cell["tied"] for cell in cells], turned != expected)


def test_equal_distances_and_equal_votes_are_decided_as_in_the_library():
    rng = np.random.default_rng(0)
    for _ in range(20):  # on a lattice as small as this, most distances are equal
        points = np.c_[rng.integers(0, 4, (12, 2)), rng.integers(0, 3, 12)]
        query, k, p = rng.integers(0, 4, 2), int(rng.integers(1, 9)), int(rng.integers(1, 3))
        (found,) = in_node("knn", ("answer", points, query, k, p))
        distances, indices = (
            KNeighborsClassifier(k=k, p=p).fit(points[:, :2], points[:, 2]).kneighbors([query])
        )
        assert [neighbour["index"] for neighbour in found["neighbours"]] == indices[0].tolist()
        all_distances = cdist_two_loops([query], points[:, :2], p=p)
        assert found["label"] == vote(all_distances, points[:, 2], k)[0]
        assert found["votes"] == np.bincount(points[indices[0], 2], minlength=3).tolist()
        assert found["cut"] == ((all_distances <= distances[0, -1]).sum() > k)


def test_the_map_shows_what_the_page_says_of_it():
    (points,) = in_node("knn", ("POINTS",))
    maps = in_node("knn", *(("map", points, k, 2, 0.5) for k in (1, 2, 3)))
    labels = [np.array([cell["label"] for cell in cells]).reshape(60, 80) for cells in maps]
    for label, island in ((1, np.s_[:, :32]), (2, np.s_[:26, 44:])):  # around a wrong label
        assert (labels[0][island] == label).sum() > 50
        assert not (labels[2][island] == label).any()
    assert 0.27 < np.mean([cell["tied"] for cell in maps[1]]) < 1 / 3


def test_each_point_left_out_is_asked_about():
    (points,) = in_node("knn", ("POINTS",))
    for k, p in ((1, 2), (5, 1), (15, 2)):
        wrong = 0
        for i in range(len(points)):
            others = np.delete(points, i, axis=0)
            model = KNeighborsClassifier(k=k, p=p).fit(others[:, :2], others[:, 2])
            wrong += model.predict([points[i][:2]])[0] != points[i][2]
        assert in_node("knn", ("mistakes", points, k, p)) == [wrong]


def test_the_output_and_its_size_are_those_of_the_library():
    rng = np.random.default_rng(0)
    for n in (3, 7, 8):
        for stride, padding, dilation in itertools.product((1, 2, 3), (0, 1, 2), (1, 2, 3)):
            options = {"stride": stride, "padding": padding, "dilation": dilation}
            if n + 2 * padding < 2 * dilation + 1:
                assert in_node("conv", ("size", n, 3, options))[0]["out"] == 0
                continue
            x, kernel = rng.integers(0, 4, (n, n)), rng.integers(-2, 3, (3, 3))
            (y, size, visits) = in_node(
                "conv",
                ("conv", x, kernel, options),
                ("size", n, 3, options),
                ("visits", n, 3, options),
            )
            image, weight = x[None, None].astype(float), kernel[None, None].astype(float)
            expected, cache = conv2d(image, weight, **options)
            np.testing.assert_array_equal(y, expected[0, 0])
            assert size["out"] == len(y)
            try:
                output_size(n, 3, **options)
                assert size["left"] == 0
            except ValueError:
                assert size["left"] > 0
            # With weights of 1, the gradient counts the windows of a pixel.
            _, cache = conv2d(image, np.ones((1, 1, 3, 3)), **options)
            dx, *_ = conv2d_backward(np.ones_like(expected), cache)
            np.testing.assert_array_equal(visits, dx[0, 0])


def random_boxes(rng, n):
    """On a lattice as small as this, many overlaps are equal."""
    first = rng.integers(0, 8, (n, 2))
    return np.c_[first, first + rng.integers(1, 8, (n, 2))]


def test_overlap_and_suppression_are_those_of_the_library():
    rng = np.random.default_rng(0)
    for threshold in (0.0, 0.2, 0.5, 1.0):
        boxes = random_boxes(rng, 30)
        pairs = [("iou", a, b) for a in boxes for b in boxes]
        np.testing.assert_array_equal(
            np.reshape(in_node("boxes", *pairs), (30, 30)), box_iou(boxes, boxes)
        )
        (steps,) = in_node("boxes", ("suppress", boxes, threshold))
        kept = [step["best"] for step in steps]
        assert kept == nms(boxes, -np.arange(30.0), threshold).tolist()
        everything = kept + [i for step in steps for i in step["removed"]]
        assert sorted(everything) == list(range(30))


def test_average_precision_of_the_boxes_is_that_of_the_library():
    rng = np.random.default_rng(0)
    found_any = 0
    for threshold in (0.05, 0.3, 0.5, 0.7):
        boxes, objects = random_boxes(rng, 40), random_boxes(rng, 5)
        (matches,) = in_node("boxes", ("match", boxes, objects, threshold))
        right = [found["right"] for found in matches]
        found_any += sum(right)
        given = {"boxes": boxes, "scores": -np.arange(40.0), "labels": np.zeros(40, int)}
        true = {"boxes": objects, "labels": np.zeros(5, int)}
        expected = detection_average_precision([given], [true], 0, iou_threshold=threshold)
        ap, points = in_node("boxes", ("averagePrecision", right, 5), ("curve", right, 5))
        np.testing.assert_allclose(ap, expected, rtol=1e-12)
        hits = np.cumsum(right)
        np.testing.assert_allclose([point["recall"] for point in points], hits / 5)
        precision = [point["precision"] for point in points]
        np.testing.assert_allclose(precision, hits / np.arange(1, 41))
    assert found_any > 5


def test_both_losses_and_their_gradients_are_those_of_the_library():
    rng = np.random.default_rng(0)
    for penalty in (0.0, 0.1):
        w, b = rng.normal(size=(3, 2)), rng.normal(size=3)
        points = np.c_[rng.normal(size=(20, 2)), rng.integers(0, 3, 20)]
        x, y = points[:, :2], points[:, 2].astype(int)
        s = x @ w.T + b
        for kind, loss, backward, factor in (
            ("hinge", multi_margin_loss, multi_margin_loss_backward, 3),  # the library's is a mean
            ("softmax", cross_entropy, cross_entropy_backward, 1),
        ):
            found, stepped = in_node(
                "linear",
                ("objective", kind, w, b, points, penalty),
                ("step", kind, w, b, points, penalty, 0.5),
            )
            value, cache = loss(s, y)
            ds = factor * backward(1.0, cache)
            dw, db = ds.T @ x + l2_gradient([("w", w)], penalty)["w"], ds.sum(axis=0)
            np.testing.assert_allclose(
                found["loss"], factor * value + l2_penalty([("w", w)], penalty)
            )
            np.testing.assert_allclose(found["penalty"], l2_penalty([("w", w)], penalty))
            each = [factor * loss(s[[i]], y[[i]])[0] for i in range(20)]
            np.testing.assert_allclose(found["each"], each, atol=1e-12)
            np.testing.assert_allclose(found["dW"], dw, atol=1e-12)
            np.testing.assert_allclose(found["db"], db, atol=1e-12)
            np.testing.assert_allclose(stepped["W"], w - 0.5 * dw)
            np.testing.assert_allclose(stepped["b"], b - 0.5 * db)
            assert found["right"] == (s.argmax(axis=1) == y).sum()


def test_each_optimiser_walks_as_that_of_the_library():
    makers = {
        "sgd": lambda w, lr, momentum: optim.SGD([w], lr=lr, momentum=momentum),
        "adagrad": lambda w, lr, momentum: optim.Adagrad([w], lr=lr),
        "adam": lambda w, lr, momentum: optim.Adam([w], lr=lr, betas=(momentum, 0.999)),
    }
    for method, momentum in itertools.product(makers, (0.0, 0.9)):
        for lr, turn in ((0.03, 0.0), (0.03, 0.6), (1.0, 0.0)):
            options = {"lr": lr, "momentum": momentum, "curvature": 50, "turn": turn}
            (found,) = in_node("descent", ("walk", method, [-8.0, 2.0], 40, options))
            axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            matrix = axes.T @ np.diag([1, 50]) @ axes
            w = Parameter(np.array([-8.0, 2.0]))
            optimizer, path = makers[method](w, lr, momentum), [w.data.copy()]
            for _ in range(40):
                w.grad = matrix @ w.data
                optimizer.step()
                path.append(w.data.copy())
            path = np.array(path)
            walked = np.array(found["path"], float)  # in JSON, 1e20 is a long whole number
            np.testing.assert_allclose(walked, path, rtol=1e-6, atol=1e-9)
            losses = np.einsum("ti,ij,tj->t", path, matrix, path) / 2
            np.testing.assert_allclose(np.array(found["losses"], float), losses, rtol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_descent_diverges_from_the_limit_on(momentum):
    (limit,) = in_node("descent", ("limit", 50, momentum))
    for factor, diverges in ((0.98, False), (1.02, True)):
        options = {"lr": factor * limit, "momentum": momentum, "curvature": 50, "turn": 0.3}
        (found,) = in_node("descent", ("walk", "sgd", [-8, 2], 2000, options))
        last = float(found["losses"][-1])
        assert (last > 1e3) == diverges
        assert (last < 1e-3) != diverges


GRAPHS = {
    "product": lambda x, y, z: (x + y) * z,
    "paths": lambda x, y, z: x * y + x.max(z),
    "unit": lambda x, y, z: (x * y + z).tanh(),
}


@pytest.mark.parametrize("circuit", GRAPHS)
def test_values_and_gradients_of_a_graph_are_those_of_the_engine(circuit):
    (graphs,) = in_node("circuit", ("CIRCUITS",))
    graph = graphs[circuit]
    for numbers in ((-2.0, 5.0, -4.0), (0.5, -1.0, 0.5), (1.5, 0.5, -3.0), (-1.0, 1.0, 2.0)):
        inputs = dict(zip("xyz", numbers, strict=True))  # x = z: the maximum's gradient is shared
        (values,) = in_node("circuit", ("forward", graph, inputs))
        (found,) = in_node("circuit", ("backward", graph, values))
        knobs = [Value(number) for number in numbers]
        output = GRAPHS[circuit](*knobs)
        output.backward()
        np.testing.assert_allclose(values[graph[-1]["name"]], output.data)
        gradients = [found["gradients"][name] for name in "xyz"]
        np.testing.assert_allclose(gradients, [knob.grad for knob in knobs], atol=1e-12)
        sent = [part for message in found["messages"] for part in message["parts"]]
        for name in "xyz":  # what is sent along the arrows adds up
            total = sum(part["sent"] for part in sent if part["to"] == name)
            assert total == pytest.approx(found["gradients"][name])


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_signals_and_gradients_of_a_random_network_are_those_of_the_library(activation):
    layers = {"tanh": nn.Tanh, "relu": nn.ReLU, "linear": nn.Flatten}  # which leaves rows alone
    x, dy, *weights = in_node(
        "init", ("normal", 12, 5, 1), ("normal", 12, 5, 2), *(("normal", 5, 5, n) for n in (3, 4))
    )
    for norm in (False, True):
        (seen,) = in_node("init", ("outputs", x, weights, 0.7, activation, norm))
        y, steps = np.array(x), []
        for weight, values in zip(weights, seen, strict=True):
            y = y @ (0.7 * np.array(weight)).T
            if norm:
                y, _ = batch_norm(y, np.zeros(5), np.ones(5), training=True)
            steps.append(layers[activation]())
            y = steps[-1](y)
            np.testing.assert_allclose(values, y, atol=1e-9)
        if not norm:
            found, rms = in_node(
                "init", ("gradients", x, weights, 0.7, activation, dy), ("rms", seen[-1])
            )
            gradient = np.array(dy)
            for step, weight, below in reversed(list(zip(steps, weights, found, strict=True))):
                gradient = step.backward(gradient) @ (0.7 * np.array(weight))
                np.testing.assert_allclose(below, gradient, atol=1e-9)
            np.testing.assert_allclose(rms, np.sqrt(np.mean(np.square(y))))


def test_the_random_numbers_are_normal_and_always_the_same():
    one, again, other = in_node(
        "init", ("normal", 100, 64, 1), ("normal", 100, 64, 1), ("normal", 100, 64, 2)
    )
    assert one == again != other
    values = np.sort(np.ravel(one))
    ideal = [NormalDist().inv_cdf((i + 0.5) / values.size) for i in range(values.size)]
    assert np.abs(values - ideal)[50:-50].max() < 0.1
    assert abs(np.corrcoef(np.ravel(one)[1:], np.ravel(one)[:-1])[0, 1]) < 0.05


def test_a_histogram_counts_all_values():
    values = np.random.default_rng(0).normal(size=500)
    (counts,) = in_node("init", ("histogram", values, -2, 2, 41))
    edges = np.linspace(-2, 2, 42)
    edges[[0, -1]] = -np.inf, np.inf
    np.testing.assert_array_equal(counts, np.histogram(values, edges)[0])


def test_receptive_fields_are_those_of_the_library_and_of_a_network():
    rng = np.random.default_rng(0)
    for _ in range(12):
        shapes = [
            (int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 3)))
            for _ in range(3)
        ]
        layers = [dict(zip(("kernel", "stride", "dilation"), s, strict=True)) for s in shapes]
        found, sizes, places = in_node(
            "field", ("fields", layers), ("sizes", 33, layers), ("places", 33, layers)
        )
        assert [layer["field"] for layer in found] == receptive_field(shapes)
        assert [len(row) for row in places] == sizes
        # The same layers with weights of 1: the gradient is not 0 where the unit looks.
        y, caches = np.ones((1, 1, 1, 33)), []
        for kernel, stride, dilation in shapes:
            weight = np.ones((1, 1, 1, kernel))
            y, cache = conv2d(y, weight, stride=(1, stride), dilation=(1, dilation))
            caches.append(cache)
            assert y.shape[3] == sizes[len(caches)]
        unit = int(rng.integers(0, y.shape[3]))
        dy = np.zeros_like(y)
        dy[..., unit] = 1
        for cache in reversed(caches):
            dy, *_ = conv2d_backward(dy, cache)
        (cone,) = in_node("field", ("cone", unit, layers))
        assert cone[0] == np.flatnonzero(dy).tolist()
        assert places[-1][unit] == (cone[0][0] + cone[0][-1]) / 2


def test_a_polynomial_is_fitted_as_by_numpy():
    points, others = in_node("overfit", ("TRAINING",), ("VALIDATION",))
    x, y = np.transpose(points)
    for degree, penalty in itertools.product((0, 1, 3, 10), (0.0, 0.01, 1.0)):
        matrix = np.polynomial.chebyshev.chebvander(x, degree)
        rows = np.sqrt(penalty) * np.eye(degree + 1)[1:]  # the constant is free
        expected, *_ = np.linalg.lstsq(
            np.concatenate([matrix, rows]), np.concatenate([y, np.zeros(degree)])
        )
        (found,) = in_node("overfit", ("fit", points, degree, penalty))
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
        seen, at, error = in_node(
            "overfit", ("predict", found, 0.3), ("basis", 0.3, degree), ("error", found, others)
        )
        assert seen == pytest.approx(np.polynomial.chebyshev.chebval(0.3, expected))
        assert len(at) == degree + 1
        u, v = np.transpose(others)
        ideal = np.mean((np.polynomial.chebyshev.chebval(u, expected) - v) ** 2)
        assert error == pytest.approx(ideal)


def rates_of(make, steps):
    """The rates that a schedule of the library sets, step by step, with a largest rate of 1."""
    optimizer = optim.SGD([Parameter(np.zeros(1))], lr=1.0)
    schedule, rates = make(optimizer, steps), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    return rates


def warm_then_cosine(optimizer, steps):
    warm = steps // 5
    line = lr_scheduler.LinearLR(optimizer, start_factor=5 / steps, total_iters=warm)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, steps - warm)
    return lr_scheduler.SequentialLR(optimizer, [line, cosine], [warm])


SCHEDULES = {
    "constant": lambda o, n: lr_scheduler.StepLR(o, n + 1),
    "step": lambda o, n: lr_scheduler.MultiStepLR(o, [n // 2, n * 3 // 4]),
    "cosine": lr_scheduler.CosineAnnealingLR,
    "cycle": lambda o, n: lr_scheduler.OneCycleLR(o, 1.0, n),
    "warm": warm_then_cosine,
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_rates_of_the_library(name):
    for steps in (60, 200):
        (found,) = in_node("schedule", ("rates", name, steps))
        np.testing.assert_allclose(found, rates_of(SCHEDULES[name], steps), atol=1e-12)


def test_a_noisy_descent_is_that_of_the_library():
    rng = np.random.default_rng(0)
    lrs, noise = rng.uniform(0, 0.15, 50), rng.normal(size=(50, 2))
    (losses,) = in_node("schedule", ("descend", lrs, [5, 3], noise))
    w, curvature = Parameter(np.array([5.0, 3.0])), np.array([1.0, 10.0])
    optimizer, expected = optim.SGD([w], lr=1.0), [(curvature * w.data**2).sum() / 2]
    for lr, n in zip(lrs, noise, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        w.grad = curvature * w.data + n
        optimizer.step()
        expected.append((curvature * w.data**2).sum() / 2)
    np.testing.assert_allclose(losses, expected)


# ---- In a browser -------------------------------------------------------------------------------

MARK = re.compile(r"^    classes: cv-widget cv-widget-(\w+)$", re.MULTILINE)
PAGES = {
    name: path.relative_to(ROOT).with_suffix("").as_posix()
    for path in sorted(ROOT.glob("book/*/*.md"))
    for name in MARK.findall(path.read_text("utf-8"))
}
TABS = ((390, "light"), (1280, "dark"))
browser_test = pytest.mark.browser


def hangs_on(name):
    """The mark of a test of one explainer."""
    made_of = ("_config.yml", "book/_ext", "book/_static", "tools", f"{PAGES[name]}.md")
    return pytest.mark.tied(*made_of)


each_widget = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=hangs_on(name)) for name in PAGES]
)


@pytest.fixture
def opened(site):
    """A function that opens a page at an explainer: opened(name, …) -> (tab, its panel)."""
    from playwright.sync_api import sync_playwright

    with audit.serve(site) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=audit.find_chromium(), args=["--no-sandbox"]
        )

        def open_at(name, *, width=1280, theme="light", **options):
            size = {"width": width, "height": 900}
            tab = chromium.new_context(viewport=size, color_scheme=theme, **options).new_page()
            tab.set_default_timeout(10_000)
            tab.faults = faults = []
            inside = (address, "data:", "blob:")
            told = ("error", "warning")
            tab.on("console", lambda m: m.type in told and faults.append(m.text))
            tab.on("pageerror", lambda error: faults.append(str(error)))
            tab.on("requestfailed", lambda request: faults.append(request.url))
            tab.on("request", lambda r: r.url.startswith(inside) or faults.append(r.url))
            tab.goto(f"{address}/{PAGES[name]}.html")
            tab.locator(f"figure.cv-widget-{name}").scroll_into_view_if_needed()
            return tab, tab.locator(f"figure.cv-widget-{name} + .cv-live")

        yield open_at
        chromium.close()


def says(panel):
    return panel.locator(".cv-says").inner_text()


def drag(tab, handle, dx, dy):
    handle.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + dx / 2, y + dy / 2)
    tab.mouse.move(x + dx, y + dy)
    tab.mouse.up()


def slide(panel, label, value):
    panel.get_by_label(label, exact=True).fill(str(value))


def test_each_explainer_is_below_a_figure_of_a_page():
    files = {path.stem for path in WIDGETS.glob("*.mjs")} - {"boot", "parts"}
    assert {name for name in files if not name.endswith("-core")} == {*PAGES}
    assert {name for name in files if name.endswith("-core")} == {f"{name}-core" for name in PAGES}


@browser_test
@each_widget
def test_an_explainer_has_no_fault(opened, name):
    for width, theme in TABS:
        tab, panel = opened(name, width=width, theme=theme)
        panel.wait_for()
        assert says(panel)
        tab.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
        tab.evaluate("Promise.all(document.getAnimations().map(a => a.finish()))")
        tab.evaluate(audit.AXE.read_text("utf-8"))
        found = tab.evaluate("axe.run('.cv-live').then(result => result.violations)")
        assert not [(v["id"], [n["html"] for n in v["nodes"]]) for v in found], (width, theme)
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
        small = panel.locator("button, input, .cv-grip").evaluate_all(
            "all => all.map(n => n.closest('label') ?? n).map(n => n.getBoundingClientRect())"
            ".filter(box => Math.min(box.width, box.height) < 20).length"
        )
        assert small == 0, (width, small)  # too small for a finger
        assert not tab.faults


@browser_test
@each_widget
def test_without_javascript_the_figure_remains(opened, name):
    tab, panel = opened(name, java_script_enabled=False)
    figure = tab.locator(f"figure.cv-widget-{name}")
    assert figure.locator("img").is_visible()
    assert figure.locator("figcaption").is_visible()
    assert panel.count() == 0


@browser_test
@each_widget
def test_everything_moves_by_keyboard_and_reset_brings_it_back(opened, name):
    tab, panel = opened(name, reduced_motion="reduce")
    panel.wait_for()
    first = panel.inner_html()
    handles = panel.locator(".cv-drag")
    for n in range(handles.count()):
        handle = handles.nth(n)
        before = handle.get_attribute("aria-valuetext")
        handle.focus()
        tab.keyboard.press("ArrowRight")
        one = handle.get_attribute("aria-valuetext")
        tab.keyboard.press("Shift+ArrowLeft")
        assert len({before, one, handle.get_attribute("aria-valuetext")}) == 3, (name, n)
    panel.get_by_role("button", name="Reset").click()
    assert panel.inner_html() == first
    for slider in panel.locator("input[type=range]").all():
        slider.press("Home")
        least = slider.get_attribute("aria-valuetext")
        slider.press("End")
        assert slider.get_attribute("aria-valuetext") != least, name
    panel.get_by_role("button", name="Reset").click()
    assert panel.inner_html() == first
    assert not tab.faults


@browser_test
@hangs_on("knn")
def test_one_neighbour_makes_an_island_and_three_outvote_it(opened):
    tab, panel = opened("knn")
    panel.wait_for()
    assert "The nearest point votes: 1 for square. Answer: square." in says(panel)
    slide(panel, "k", 3)
    assert "2 for circle, 1 for square. Answer: circle." in says(panel)
    slide(panel, "k", 2)
    assert "Equal votes: the smallest label wins. Answer: circle." in says(panel)
    slide(panel, "k", 1)
    square = panel.get_by_label("Point 9, square")
    drag(tab, square, 200, 0)  # the wrong label leaves
    assert "1 for circle. Answer: circle." in says(panel)
    query = panel.get_by_label("Query", exact=True)
    drag(tab, query, 150, 200)
    assert "Answer: triangle." in says(panel)
    panel.get_by_label("L1").check()
    assert panel.locator(".cv-dashed").get_attribute("d").endswith("Z")  # a diamond


@browser_test
@hangs_on("knn")
def test_a_finger_drags_and_does_not_scroll(opened):
    tab, panel = opened("knn", width=390, has_touch=True, is_mobile=True)
    panel.wait_for()
    query = panel.get_by_label("Query", exact=True)
    query.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    box, scrolled = query.bounding_box(), tab.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = tab.context.new_cdp_session(tab)
    for n in range(7):
        touch = {
            "type": "touchMove" if n else "touchStart",
            "touchPoints": [{"x": x + 8 * n, "y": y + 24 * n}],
        }
        finger.send("Input.dispatchTouchEvent", touch)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert tab.evaluate("scrollY") == scrolled
    assert "Answer: triangle." in says(panel)


@browser_test
@hangs_on("conv")
def test_a_stride_of_three_misses_pixels_and_padding_brings_them_back(opened):
    tab, panel = opened("conv")
    panel.wait_for()
    assert "Row 2, column 3: −1·1 + 1·1 − 1·1 + 1·1 − 1·1 + 1·1 = 0 (3 of the 9" in says(panel)
    panel.get_by_role("button", name="Next").click()
    assert "Row 2, column 4: −1·1 − 1·1 − 1·1 = −3 (6 of the 9" in says(panel)
    slide(panel, "Stride", 3)
    assert "(7 + 2·0 − 3) / 3 + 1 rounded down is 2: the output has 2 × 2" in says(panel)
    assert "13 pixels, crossed out, are in no window." in says(panel)
    slide(panel, "Padding", 1)
    assert "(7 + 2·1 − 3) / 3 + 1 = 3: the output has 3 × 3" in says(panel)
    assert "Every pixel is in a window." in says(panel)
    slide(panel, "Dilation", 3)
    assert "the output has 1 × 1 places." in says(panel)
    slide(panel, "Stride", 1)
    slide(panel, "Padding", 0)
    slide(panel, "Dilation", 1)
    panel.get_by_role("slider", name="Kernel, 3 by 3").focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Space")  # the weight in the middle of the first row becomes 1
    panel.locator(".cv-output .cv-cell").nth(1).click()
    assert "Row 1, column 2: 1·0 " not in says(panel)  # products with 0 are left out
    assert "Row 1, column 2: 1·1 + 1·1 = 2" in says(panel)
    panel.locator(".cv-input .cv-cell").nth(2).click()  # a pixel below that weight
    assert "Row 1, column 2: 1·1 + 1·1 + 1·1 = 3" in says(panel)


@browser_test
@hangs_on("boxes")
def test_a_box_moved_onto_its_object_counts_and_suppression_removes_the_duplicates(opened):
    tab, panel = opened("boxes")
    panel.wait_for()
    assert "6 detections are left, 2 of them right: precision 0.33, recall 0.67" in says(panel)
    assert "average precision 0.556" in says(panel)
    slide(panel, "NMS above IoU", 0.3)
    assert "4 detections are left, 2 of them right: precision 0.50" in says(panel)
    assert "removed by 1: IoU" in panel.locator("tbody tr").nth(1).inner_text()
    for _ in range(3):
        panel.get_by_role("button", name="Back").click()
    assert "Suppression, last step: 1 is kept, 2 removed." in says(panel)
    panel.get_by_role("button", name="Next best box").click()
    assert "Suppression, last step: 3 is kept, 5 removed." in says(panel)
    panel.get_by_role("button", name="To the end").click()
    unit = panel.locator(".cv-plane").bounding_box()["width"] / 80
    drag(tab, panel.get_by_label("Detection 6", exact=True), -3 * unit, -6 * unit)
    assert "✓ right" in panel.locator("tbody tr").nth(5).inner_text()
    assert "3 of them right: precision 0.75, recall 1.00, average precision 0.917" in says(panel)
    slide(panel, "Right from IoU", 1)
    assert "0 of them right: precision 0.00, recall 0.00, average precision 0.000" not in says(
        panel
    )
    panel.get_by_label("Lower right corner of detection 6").focus()
    tab.keyboard.press("Shift+ArrowRight")
    assert "0 of them right: precision 0.00, recall 0.00, average precision 0.000" in says(panel)


@browser_test
@hangs_on("linear")
def test_few_points_keep_a_hinge_loss_and_all_keep_a_cross_entropy(opened):
    tab, panel = opened("linear")
    panel.wait_for()
    assert "7 of 18 points are right; with a loss above 0: 14." in says(panel)
    hundred = panel.get_by_role("button", name="100 steps")
    for _ in range(3):
        hundred.click()
    found = re.search(
        r"18 of 18|17 of 18 points are right; with a loss above 0: (\d+)\.", says(panel)
    )
    assert int(found[1]) < 6
    assert "300 steps of descent." in says(panel)
    panel.get_by_label("cross-entropy").check()
    assert "with a loss above 0: 18." in says(panel)
    before = says(panel)
    drag(tab, panel.get_by_label("Weights of triangle"), 0, 150)  # against its own points
    assert says(panel) != before
    assert "0 steps of descent." in says(panel)
    assert "17 of 18" not in says(panel)


@browser_test
@hangs_on("descent")
def test_a_rate_above_the_limit_diverges_and_momentum_brings_it_back(opened):
    tab, panel = opened("descent")
    panel.wait_for()
    assert "The loss goes from 130 to" in says(panel)
    assert "rates from 0.040 on diverge." in says(panel)
    slide(panel, "Learning rate", 14)  # 0.056
    assert "It diverges." in says(panel)
    slide(panel, "Momentum", 0.8)
    assert "It arrives. With this momentum, rates from 0.072 on diverge." in says(panel)
    panel.get_by_label("Adagrad").check()
    slide(panel, "Learning rate", 30)
    assert "It arrives." in says(panel)
    slide(panel, "Turned by", 45)
    assert "It has not arrived." in says(panel)
    before = says(panel)
    drag(tab, panel.get_by_label("Start", exact=True), 60, 60)
    assert says(panel) != before
    assert panel.get_by_label("Start", exact=True).get_attribute("aria-valuetext") != "−8.0, 2.0"
    box = panel.locator(".cv-plane").bounding_box()
    tab.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])
    assert panel.get_by_label("Start", exact=True).get_attribute("aria-valuetext") == "5.0, 0.0"


@browser_test
@hangs_on("circuit")
def test_the_gradient_comes_back_step_by_step_and_sums_over_paths(opened):
    _, panel = opened("circuit")
    panel.wait_for()
    assert "f = (x + y) · z = −12. Guess what the gate × sends back" in says(panel)
    step = panel.get_by_role("button", name="Step back")
    step.click()
    assert "1 · −4 = −4 goes to q, 1 · 3 = 3 goes to z." in says(panel)
    step.click()
    assert "All gradients: x −4, y −4, z 3." in says(panel)
    assert step.is_disabled()
    panel.get_by_label("x · y + max(x, z)").check()
    for _ in range(3):
        step.click()
    assert "All gradients: x 6, y −2, z 0." in says(panel)  # y by one path, 1 by the other
    assert "∂x = 1 + 5 = 6" in panel.locator("svg").text_content()
    slide(panel, "z", 0)  # now the maximum goes to z
    assert "All gradients: x 5, y −2, z 1." in says(panel)
    panel.get_by_role("button", name="Undo").click()
    assert "Guess what the gate × sends back" in says(panel)


@browser_test
@hangs_on("init")
def test_a_small_gain_lets_the_signal_vanish_and_a_norm_keeps_it(opened):
    _, panel = opened("init")
    panel.wait_for()
    assert "they vanish." in says(panel)
    panel.get_by_label("ReLU").check()
    slide(panel, "Gain", 7)  # √2
    assert panel.get_by_label("Gain").get_attribute("aria-valuetext") == "1.414 / √n"
    assert "they keep it, more or less." in says(panel)
    slide(panel, "Gain", 10)
    assert "they explode." in says(panel)
    panel.get_by_label("tanh", exact=True).check()
    slide(panel, "Gain", 12)
    assert int(re.search(r"Saturated, beyond ±0.97: (\d+)%", says(panel))[1]) > 70
    panel.get_by_label("ReLU").check()
    slide(panel, "Gain", 0)
    assert "they vanish." in says(panel)
    panel.get_by_label("yes").check()
    assert "they keep it, more or less." in says(panel)


@browser_test
@hangs_on("field")
def test_a_stride_below_widens_the_field_and_a_dilation_leaves_holes(opened):
    tab, panel = opened("field")
    panel.wait_for()
    assert "Receptive fields: 3, 5, 9." in says(panel)
    assert "Neighbours at the top are 2 pixels apart." in says(panel)
    add = panel.get_by_role("button", name="+ 3", exact=True)
    add.click()
    assert "Receptive fields: 3, 5, 9, 13." in says(panel)
    add.click()
    assert add.is_disabled()  # five layers are the most
    remove = panel.get_by_role("button", name="Remove the top")
    for _ in range(4):
        remove.click()
    assert remove.is_disabled()
    panel.get_by_role("button", name="+ 3, dilation 4").click()
    assert "Receptive fields: 3, 11." in says(panel)
    assert "11 wide, but misses 2 of them" in says(panel)
    ring = panel.get_by_role("slider", name="Unit at the top")
    where = ring.get_attribute("aria-valuetext")
    assert where == "unit 12 of 23"
    unit = panel.locator(".cv-plane").bounding_box()["width"] / 404 * 12
    drag(tab, ring, 4 * unit, 0)
    assert ring.get_attribute("aria-valuetext") == "unit 16 of 23"
    assert "sees pixels 16 to 26" in says(panel)


@browser_test
@hangs_on("overfit")
def test_the_degree_that_fits_best_is_not_the_one_that_generalises(opened):
    tab, panel = opened("overfit")
    panel.wait_for()
    assert "Degree 10: error 0.000 on the circles, 0.794 on the squares." in says(panel)
    assert "best by degree 3, with error 0.126." in says(panel)
    slide(panel, "Penalty", 3)
    assert "0.163 on the squares." in says(panel)
    slide(panel, "Penalty", 0)
    slide(panel, "Degree", 3)
    assert "Degree 3: error 0.034 on the circles, 0.126 on the squares." in says(panel)
    drag(tab, panel.get_by_label("Point 6", exact=True), 0, -100)
    assert "error 0.034 on the circles" not in says(panel)
    where = panel.get_by_label("Point 6", exact=True).get_attribute("aria-valuetext")
    assert float(where.split(", ")[1]) > 0.5
    drag(tab, panel.get_by_label("Point 6", exact=True), 400, 0)  # it stays left of the next
    where = panel.get_by_label("Point 6", exact=True).get_attribute("aria-valuetext")
    assert float(where.split(", ")[0]) == 0.17


@browser_test
@hangs_on("schedule")
def test_a_falling_rate_leaves_the_floor_that_noise_makes(opened):
    _, panel = opened("schedule")
    panel.wait_for()
    assert re.search(r"The cosine rate ends at a loss of 0\.0\d+, lower than", says(panel))
    panel.get_by_label("constant", exact=True).check()
    high = float(re.search(r"ends at a loss of ([\d.]+),", says(panel))[1])
    slide(panel, "Largest rate", 2)
    assert float(re.search(r"ends at a loss of ([\d.]+),", says(panel))[1]) < high / 2
    slide(panel, "Largest rate", 5)
    slide(panel, "Noise", 0)
    panel.get_by_label("cosine", exact=True).check()
    assert "higher than the constant one's" in says(panel)
    assert "Without noise, there is no floor." in says(panel)
