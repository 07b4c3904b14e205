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
    counts = in_node("knn", *(("mistakes", points, k, 2) for k in (1, 2, 3, 15)))
    assert counts[0] == 8
    assert counts[2] == 2 < counts[3]
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


def test_without_momentum_no_rate_arrives_in_fifty_steps():
    (rates,) = in_node("descent", ("RATES",))
    for momentum, arrives in ((0.0, False), (0.8, True)):
        options = [{"lr": lr, "momentum": momentum, "curvature": 50, "turn": 0} for lr in rates]
        walks = in_node("descent", *(("walk", "sgd", [-8, 2], 50, o) for o in options))
        ends = [float(walk["losses"][-1]) for walk in walks]
        assert (min(ends) < walks[0]["losses"][0] / 1e4) == arrives


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
            steps.append([nn.BatchNorm1d(5).to("float64")] if norm else [])
            steps[-1].append(layers[activation]())
            for step in steps[-1]:
                y = step(y)
            np.testing.assert_allclose(values, y, atol=1e-9)
        found, rms = in_node(
            "init", ("gradients", x, weights, 0.7, activation, norm, dy), ("rms", seen[-1])
        )
        gradient = np.array(dy)
        for layer, weight, below in reversed(list(zip(steps, weights, found, strict=True))):
            for step in reversed(layer):
                gradient = step.backward(gradient)
            gradient = gradient @ (0.7 * np.array(weight))
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
        assert error == pytest.approx(np.sqrt(ideal))


def test_beyond_the_points_the_smallest_of_the_curves_through_them_is_taken():
    (points,) = in_node("overfit", ("TRAINING",))
    x, y = np.transpose(points)
    for degree in (11, 14, 20):
        matrix = np.polynomial.chebyshev.chebvander(x, degree)
        # The constant is free: what the others must reach are the differences from the mean.
        others, mean = matrix[:, 1:] - matrix[:, 1:].mean(axis=0), y.mean()
        smallest = np.linalg.pinv(others) @ (y - mean)
        first = mean - matrix[:, 1:].mean(axis=0) @ smallest
        (found,) = in_node("overfit", ("fit", points, degree, 0.0))
        np.testing.assert_allclose(matrix @ found, y, atol=1e-4)
        np.testing.assert_allclose(found, np.r_[first, smallest], atol=1e-4)


def test_the_error_descends_twice_as_the_page_says():
    points, others = in_node("overfit", ("TRAINING",), ("VALIDATION",))

    def errors(penalty):
        fits = in_node("overfit", *(("fit", points, d, penalty) for d in range(21)))
        return np.array(in_node("overfit", *(("error", found, others) for found in fits)))

    free = errors(0.0)
    assert (free.argmin(), free.argmax()) == (3, 11)
    assert free[11] > 2 * free[12:].max() > 2 * free[3]
    assert errors(0.1)[10:12].max() < 0.5 * free[10]


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


def test_a_rate_goes_straight_from_knot_to_knot():
    knots = [1.0, 0.2, 0.5, 0.0, 0.3]
    (found,) = in_node("schedule", ("through", knots, 200))
    np.testing.assert_allclose(found, np.interp(np.arange(200), np.arange(5) * 50, knots))


def test_what_is_asked_of_a_schedule_can_be_done_and_no_other_does_it():
    names = in_node("schedule", *(("rates", name, 200) for name in SCHEDULES))
    (early,) = in_node("schedule", ("through", [1.0, 0.2, 0.1, 0.1, 0.0], 200))

    def ends(shares, rate):
        losses = in_node("schedule", ("meanLosses", np.multiply(shares, rate), [5, 3], 2, 20))
        return np.mean(np.array(losses[0], float)[-10:])

    assert ends(early, 0.12) < 0.012
    for shares in names:
        assert min(ends(shares, rate) for rate in (0.03, 0.05, 0.08, 0.12, 0.16)) > 0.015
    cosine, constant = ends(names[2], 0.25), ends(names[0], 0.25)
    assert cosine < 0.05 < 1e9 < constant  # at a rate of 0.2 and more, a constant one is lost


def test_what_is_asked_of_the_layers_can_be_done_with_five_of_them():
    kinds = [(3, 1, 1), (3, 2, 1), (3, 1, 2), (3, 1, 4), (2, 2, 1)]

    def most(count):
        """The pixels that a unit on `count` layers sees at most, of 33, holes not counted."""
        best = 0
        for stack in itertools.product(kinds, repeat=count):
            seen, size = np.ones(1, bool), 33  # of the unit; of the row
            for kernel, stride, dilation in stack:
                size = (size - dilation * (kernel - 1) - 1) // stride + 1
            for kernel, stride, dilation in reversed(stack):
                wide = np.zeros(stride * (len(seen) - 1) + dilation * (kernel - 1) + 1, bool)
                for tap in range(kernel):
                    wide[tap * dilation :][: stride * (len(seen) - 1) + 1 : stride] |= seen
                seen = wide
            if size > 0:
                best = max(best, seen.sum())
        return best

    assert [most(count) for count in (4, 5)] == [31, 33]


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
        small = panel.locator(":is(button, input, .cv-grip):visible").evaluate_all(
            "all => all.map(n => n.closest('label') ?? n).map(n => n.getBoundingClientRect())"
            ".filter(box => Math.min(box.width, box.height) < 20).length"
        )
        assert small == 0, (width, small)  # too small for a finger
        assert not tab.faults


@browser_test
@each_widget
def test_a_thumb_finds_its_controls(opened, name):
    _, panel = opened(name, width=390, has_touch=True, is_mobile=True)
    panel.wait_for()
    heights = panel.locator("button:visible, input").evaluate_all(
        "all => all.map(n => n.closest('label') ?? n).map(n => n.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44  # CSS pixels [WCAG 2.2, 2.5.5]
    assert panel.locator(".cv-keys").count() == 1
    assert not panel.locator(".cv-keys").is_visible()


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
        upright = handle.get_attribute("aria-orientation") == "vertical"  # and at its top
        handle.focus()
        tab.keyboard.press("ArrowLeft" if upright else "ArrowRight")
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


# ---- What each teaches, move by move: a function of (tab, panel) ---------------------------------


def slide(label, value):
    return lambda tab, panel: panel.get_by_label(label, exact=True).fill(str(value))


def take(label):
    return lambda tab, panel: panel.get_by_label(label, exact=True).check()


def press(name, times=1):
    def move(tab, panel):
        for _ in range(times):
            panel.get_by_role("button", name=name, exact=True).click()

    return move


def guess(text):
    """Type what goes back, and step."""

    def move(tab, panel):
        panel.locator(".cv-typed").fill(text)
        panel.locator(".cv-typed").press("Enter")

    return move


def keys(label, *names):
    def move(tab, panel):
        panel.get_by_role("slider", name=label).focus()
        for name in names:
            tab.keyboard.press(name)

    return move


def drag(label, across, down):
    """By a share of the plane's width."""

    def move(tab, panel):
        handle = panel.get_by_label(label, exact=True)
        handle.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
        box, width = handle.bounding_box(), panel.locator(".cv-plane").bounding_box()["width"]
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + across * width / 2, y + down * width / 2)
        tab.mouse.move(x + across * width, y + down * width)
        tab.mouse.up()

    return move


def click(selector, n=0, at=None):
    """The n-th of these; at: shares of its width and height."""

    def move(tab, panel):
        node = panel.locator(selector).nth(n)
        box = node.bounding_box()
        place = at and {"x": at[0] * box["width"], "y": at[1] * box["height"]}
        node.click(position=place)

    return move


def told(*texts, where=".cv-says"):
    """The texts stand there: after ~ a pattern, after ! what must not."""

    def look(tab, panel):
        seen = " ".join(panel.locator(where).all_text_contents())
        for text in texts:
            found = re.search(text[1:], seen) if text[0] == "~" else text.lstrip("!") in seen
            assert bool(found) != text.startswith("!"), (text, seen)

    return look


def value(label, text):
    def look(tab, panel):
        found = panel.get_by_label(label, exact=True).get_attribute("aria-valuetext")
        assert found == text, (label, found)

    return look


def disabled(name):
    def look(tab, panel):
        assert panel.get_by_role("button", name=name, exact=True).is_disabled()

    return look


def diamond(tab, panel):
    assert panel.locator(".cv-dashed").get_attribute("d").endswith("Z")


STORIES = {
    "knn": (
        told("8 of the 24 points", "nearest point votes: 1 for square. Answer: square."),
        slide("k", 3),
        told("2 of the 24 points", "2 for circle, 1 for square. Answer: circle."),
        slide("k", 15),
        told("6 of the 24 points"),
        slide("k", 2),
        told("Equal votes: the smallest label wins. Answer: circle."),
        slide("k", 1),
        drag("Point 9, square", 0.37, 0),  # the wrong label leaves
        told("1 for circle. Answer: circle."),
        drag("Query", 0.28, 0.37),
        told("Answer: triangle."),
        take("L1"),
        diamond,
    ),
    "linear": (
        told("7 of 18 points are right, loss 4.385.", "0.374 is", "a loss above 0: 14."),
        drag("Weights of circle", -2.5 / 8, 2.0 / 8),
        drag("Weights of square", 1.7 / 8, -0.2 / 8),
        drag("Weights of triangle", 1.2 / 8, -1.5 / 8),
        told("18 of 18 points are right, loss 1.3", "0 steps of descent."),  # by hand
        press("100 steps", 2),
        told("17 of 18 points are right, loss 0.22", "200 steps of descent."),  # smaller weights
        told("~a loss above 0: [2-5]\\."),
        take("cross-entropy"),
        told("a loss above 0: 18."),
        drag("Weights of triangle", 0, 0.28),  # against its own points
        told("0 steps of descent.", "!17 of 18"),
    ),
    "circuit": (
        told("The gate × has received 1: what goes to q?", "f = (x + y) · z = −12."),
        guess("-4"),
        told(
            "Your −4 for q is right, 1 of 1 so far.", "1 · −4 = −4 goes to q, 1 · 3 = 3 goes to z."
        ),
        guess("7"),
        told("All gradients: x −4, y −4, z 3.", "Your 7 for x is wrong, 1 of 2 so far."),
        disabled("Step back"),
        take("x · y + max(x, z)"),
        told("what goes to p?", "!so far"),
        press("Step back", 3),  # who types nothing has not guessed
        told("All gradients: x 6, y −2, z 0.", "!so far"),  # y by one path, 1 by the other
        told("∂x = 1 + 5 = 6", where="svg"),
        slide("z", 0),  # now the maximum goes to z
        press("Step back", 3),
        told("All gradients: x 5, y −2, z 1."),
        press("Undo"),
        told("The gate × has received 1"),
    ),
    "conv": (
        told("Row 2, column 3: −1·1 + 1·1 − 1·1 + 1·1 − 1·1 + 1·1 = 0. 3 of the 9"),
        press("Next"),
        told("Row 2, column 4: −1·1 − 1·1 − 1·1 = −3. 6 of the 9"),
        slide("Stride", 3),
        told("(7 + 2·0 − 3) / 3 + 1 rounded down is 2: the output has 2 × 2"),
        told("13 pixels, crossed out, are in no window."),
        slide("Padding", 1),
        told("(7 + 2·1 − 3) / 3 + 1 = 3: the output has 3 × 3", "Every pixel is in a window."),
        slide("Dilation", 3),
        told("the output has 1 × 1 places."),
        slide("Stride", 1),
        slide("Padding", 0),
        slide("Dilation", 1),
        keys("Kernel, 3 by 3", "ArrowUp", "Space"),  # in the middle of the first row
        click(".cv-output .cv-cell", 1),
        told("!Row 1, column 2: 1·0 ", "Row 1, column 2: 1·1 + 1·1 = 2"),
        click(".cv-input .cv-cell", 2),  # a pixel below that weight
        told("Row 1, column 2: 1·1 + 1·1 + 1·1 = 3"),
    ),
    "field": (
        told("sees 9 of the 33 pixels. They lie from 13 to 21, without a hole."),
        told("Receptive fields: 3, 5, 9. Neighbours at the top are 2 pixels apart."),
        press("3"),
        told("Receptive fields: 3, 5, 9, 13."),
        press("3"),
        disabled("3"),  # five layers are the most
        press("Remove the top", 4),
        disabled("Remove the top"),
        press("3, dilation 4"),
        told("sees 9 of the 33", "with 2 in holes between", "Receptive fields: 3, 11."),
        value("Unit at the top", "unit 12 of 23"),
        drag("Unit at the top", 4 * 12 / 404, 0),
        value("Unit at the top", "unit 16 of 23"),
        told("from 16 to 26"),
        press("Reset"),
        press("3, dilation 2"),
        press("3, dilation 4"),
        told("sees all 33 pixels. They lie from 1 to 33, without a hole."),
    ),
    "init": (
        told("from 0.35 to 6·10⁻⁴: the outputs vanish."),
        take("ReLU"),
        slide("Gain", 7),
        value("Gain", "1.414 / √n"),
        told("it is kept."),
        slide("Gain", 10),
        told("the outputs explode."),
        take("tanh"),
        slide("Gain", 12),
        told("~Saturated, beyond ±0.97: [789]\\d%"),
        take("yes"),
        told("from 0.63 to 0.64: it is kept.", "has size 1.3 at the bottom"),
        slide("Gain", 0),  # to a batch norm, all the same
        told("from 0.63 to 0.64: it is kept.", "has size 1.3 at the bottom"),
    ),
    "descent": (
        told("It has not arrived. In 50 steps the loss goes from 130 to 1.3."),
        told("rates from 0.040 on diverge."),
        slide("Learning rate", 14),  # 0.056
        told("It diverges."),
        slide("Momentum", 0.8),
        told("It arrives.", "With this momentum, rates from 0.072 on diverge."),
        slide("Turned by", 45),
        slide("Learning rate", 12),
        told("It arrives."),
        take("Adagrad"),
        slide("Learning rate", 30),
        told("It has not arrived."),
        slide("Turned by", 0),
        told("It arrives."),
        value("Start", "−8.0, 2.0"),
        drag("Start", 3 / 20, 3 / 20),
        value("Start", "−5.0, −1.0"),
        click(".cv-plane", at=(0.75, 0.5)),
        value("Start", "5.0, 0.0"),
    ),
    "schedule": (
        told("The constant rate ends at a loss of 0.37.", "a floor that grows with the rate"),
        *(
            drag(f"Rate at step {50 * i}", 0, down * 90 / 410)
            for i, down in enumerate((0, 0.8, 0.9, 0.9, 1))
        ),
        value("Rate at step 50", "20% of the largest"),
        told("Your rate ends at a loss of 0.011, lower than the constant one's 0.37."),
        take("cosine"),
        value("Rate at step 100", "50% of the largest"),
        told("The cosine rate ends at a loss of 0.017"),
        slide("Largest rate", 8),
        told("~cosine rate ends at a loss of 0\\.0", "From 0.2 on, a constant rate no longer"),
        slide("Largest rate", 5),
        slide("Noise", 0),
        told("higher than the constant one's", "Without noise, there is no floor."),
        slide("Noise", 2),
        take("constant"),
        slide("Largest rate", 2),
        told("ends at a loss of 0.053"),  # a lower floor
    ),
    "overfit": (
        told("Degree 10: training error 0.00, validation error 0.89."),
        told("smallest at degree 3: 0.35. One curve of this degree"),
        slide("Degree", 11),
        told("training error 0.00, validation error 1.33.", "Many curves of this degree"),
        slide("Degree", 15),
        told("training error 0.00, validation error 0.42."),
        slide("Degree", 10),
        slide("Penalty", 3),
        told("validation error 0.40.", "!curve of this degree"),
        slide("Penalty", 0),
        slide("Degree", 3),
        told("Degree 3: training error 0.18, validation error 0.35."),
        keys("Point 6", *3 * ["Shift+ArrowUp"]),
        told("!training error 0.18"),
        value("Point 6", "−0.01, 1.00"),
        drag("Point 6", 0.74, 0),  # it stays left of the next
        value("Point 6", "0.17, 1.00"),
    ),
    "boxes": (
        told("Average precision 0.556. 6 detections are left, 2 of them right"),
        told("precision 0.33, recall 0.67. Nothing is removed."),
        slide("NMS above IoU", 0.3),
        told("Average precision 0.667. 4 detections are left", "precision 0.50"),
        told("removed by 1: IoU", where="tbody tr:nth-child(2)"),
        press("Back", 3),
        told("Suppression, last step: 1 is kept, 2 removed."),
        press("Next best box"),
        told("Suppression, last step: 3 is kept, 5 removed."),
        press("To the end"),
        drag("Detection 6", -3 / 80, -6 / 80),
        told("✓ right", where="tbody tr:nth-child(6)"),
        told("Average precision 0.917.", "3 of them right: precision 0.75, recall 1.00"),
        slide("NMS above IoU", 1),
        told("Average precision 0.722."),  # alone
        drag("Detection 4", 4 / 80, -30 / 80),
        told("Average precision 0.833."),
        slide("NMS above IoU", 0.5),
        told("Average precision 1.000."),
        slide("Right from IoU", 1),
        keys("Lower right corner of detection 6", "Shift+ArrowRight"),
        keys("Lower right corner of detection 4", "Shift+ArrowRight"),
        told("Average precision 0.000.", "precision 0.00, recall 0.00"),
    ),
}


@browser_test
@each_widget
def test_an_explainer_teaches_what_its_task_asks(opened, name):
    tab, panel = opened(name)
    panel.wait_for()
    for step in STORIES[name]:
        step(tab, panel)
    assert not tab.faults
