"""How long do detection and the dense CRF take in NumPy, compared with compiled libraries?

    python -m benchmarks.detection [--rounds 9] [--rows suppression] [--skip-missing]

One thread each; the two take turns, and of each the fastest round counts, in seconds that the
processor spent on it: then a busy machine slows neither. Beside each row stands how far the two
results differ. It needs torchvision with its compiled operators, selectivesearch, pydensecrf2 and
faster-coco-eval, which the course does not install; --skip-missing leaves out the rows of those
that are not there, and says so.

The second table holds the memory that a call takes at most, the third how near the CRF's filters
come to the kernel between all pixels.
"""

import argparse
import contextlib
import importlib.metadata
import io
import math
import os
import platform
import subprocess
import sys
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks import _machine
from cs_lib import data
from cs_lib.detection_metrics import coco_evaluation
from cs_lib.numpy.detection import nms, roi_align, roi_align_backward
from cs_lib.numpy.detection.proposals import selective_search
from cs_lib.numpy.segmentation.crf_grid import CRFGrid, crf_grid_step


class MissingError(RuntimeError):
    """A library that a row compares with is not there."""


# --- the rows: (NumPy's call, the library's call, in words how far the results differ) ---


def suppression(size, threshold, n=20_000):
    def row():
        ops = torchvision_ops()
        rng = np.random.default_rng(0)
        boxes = random_boxes(rng, n, size, 10, 100)
        scores = rng.random(n, dtype=np.float32)
        tensors = torch.tensor(boxes), torch.tensor(scores)

        def differ(kept, others):
            same = np.array_equal(kept, others.numpy())
            return f"{len(kept)} kept, {'the same' if same else 'NOT THE SAME'}"

        return lambda: nms(boxes, scores, threshold), lambda: ops.nms(*tensors, threshold), differ

    return row


def random_boxes(rng, n, size, smallest, largest):
    corner, sides = rng.uniform(0, size, (n, 2)), rng.uniform(smallest, largest, (n, 2))
    return np.concatenate([corner, corner + sides], axis=1).astype(np.float32)


def regions(n, maps, rois, sampling_ratio):
    """7 × 7 bins of boxes of 16 to 500 pixels, of maps with stride 16"""

    def row():
        ops = torchvision_ops()
        rng = np.random.default_rng(0)
        x = rng.standard_normal((n, *maps), dtype=np.float32)
        sides = np.exp(rng.uniform(np.log(16), np.log(500), (rois, 2)))
        room = 16 * np.array(maps[:0:-1])
        corner = rng.random((rois, 2)) * np.maximum(room - sides, 1)
        boxes = np.concatenate([corner, np.minimum(corner + sides, room)], axis=1)
        boxes = np.concatenate([rng.integers(0, n, (rois, 1)), boxes], axis=1).astype(np.float32)
        options = {"spatial_scale": 1 / 16, "sampling_ratio": sampling_ratio, "aligned": True}
        dy = rng.standard_normal((rois, maps[0], 7, 7), dtype=np.float32)
        tensor, boxes_tensor = torch.tensor(x, requires_grad=True), torch.tensor(boxes)
        dy_tensor = torch.tensor(dy)

        def in_numpy():
            y, cache = roi_align(x, boxes, 7, **options)
            return y, roi_align_backward(dy, cache)

        def in_torch():
            tensor.grad = None
            y = ops.roi_align(tensor, boxes_tensor, 7, **options)
            y.backward(dy_tensor)
            return y.detach(), tensor.grad

        return in_numpy, in_torch, largest_difference

    return row


def largest_difference(ours, theirs):
    return f"by {max(np.abs(a - b.numpy()).max() for a, b in zip(ours, theirs, strict=True)):.0e}"


def torchvision_ops():
    try:
        import torchvision
    except (ImportError, RuntimeError) as error:  # RuntimeError: nms without its operator
        raise MissingError("torchvision with compiled operators") from error
    if not torchvision.extension._has_ops():
        raise MissingError("torchvision with compiled operators")
    return torchvision.ops


def proposals(name, scale, min_size):
    """The same image and the same segments for both; selectivesearch has a texture measure, too."""

    def row():
        with missing("selectivesearch"):
            import selectivesearch
            from scipy.ndimage import gaussian_filter
        pixels = photograph(name)
        image = gaussian_filter(pixels.transpose(2, 0, 1) / 255, (0, 0.8, 0.8))

        def differ(boxes, result):
            places = {(x, y, x + w, y + h) for x, y, w, h in (r["rect"] for r in result[1])}
            return f"{len(boxes)} boxes and {len(places)}"

        return (
            lambda: selective_search(image, scale=scale / 255, min_size=min_size),
            lambda: selectivesearch.selective_search(pixels, scale, 0.8, min_size),
            differ,
        )

    return row


def photograph(name, size=(320, 240)):
    """One of the course's photographs, enlarged: (240, 320, 3) uint8"""
    from PIL import Image

    pixels = data.photograph(name, dtype="uint8").transpose(1, 2, 0)
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


CRF = {"appearance": 10.0, "appearance_distance": 60.0, "appearance_colour": 20 / 255}
CRF |= {"smoothness": 3.0, "smoothness_distance": 3.0}
CRF |= {"normalization": "symmetric", "self_message": True}  # as pydensecrf has them


def mean_field(name, labels=21):
    """A step, of noisy labels in squares of 8 × 8 pixels; the kernels are made before."""

    def row():
        pixels = photograph(name)
        unary = noisy_costs(labels, *pixels.shape[:2])
        grid = CRFGrid((pixels.transpose(2, 0, 1)[None] / 255).astype(np.float32), **CRF)
        probabilities = np.exp(-unary) / np.exp(-unary).sum(axis=0)
        lattice = pydensecrf(pixels, unary)

        def differ(q, theirs):
            # it goes on from step to step: how far from ours is its first?
            first = pydensecrf(pixels, unary)
            first[0].stepInference(*first[1])
            theirs = np.array(first[1][0]).reshape(unary.shape)
            return f"{(q[0].argmax(axis=0) != theirs.argmax(axis=0)).mean():.1%} of the labels"

        return (
            lambda: crf_grid_step(unary[None], probabilities[None], grid),
            lambda: lattice[0].stepInference(*lattice[1]),
            differ,
        )

    return row


def noisy_costs(labels, height, width):
    squares = np.random.default_rng(0).standard_normal((labels, height // 8, width // 8))
    return (2 * squares.repeat(8, axis=1).repeat(8, axis=2)).astype(np.float32)


def pydensecrf(pixels, unary, *, message=False):
    """pydensecrf2's model of a photograph, and what its steps take

    message: only the appearance term, of weight 1, its messages over the kernel's sums
    """
    with missing("pydensecrf2"):
        import pydensecrf.densecrf as dcrf
    labels, height, width = unary.shape
    model = dcrf.DenseCRF2D(width, height, labels)
    model.setUnaryEnergy(unary.reshape(labels, -1).copy())
    if not message:
        model.addPairwiseGaussian(sxy=CRF["smoothness_distance"], compat=CRF["smoothness"])
    model.addPairwiseBilateral(
        sxy=CRF["appearance_distance"],
        srgb=255 * CRF["appearance_colour"],
        rgbim=pixels,
        compat=1 if message else CRF["appearance"],
        **({"normalization": dcrf.NORMALIZE_AFTER} if message else {}),
    )
    return model, model.startInference()


def evaluation(images, detections, classes=80):
    """COCO's twelve numbers; what reads the lists of boxes is not counted."""

    def row():
        with missing("faster-coco-eval"):
            from faster_coco_eval import COCO, COCOeval_faster
        predictions, targets = found_and_true(images, detections, classes)
        truth, results = as_coco(predictions, targets, classes)
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(truth)
            results = truth.loadRes(results)

        def theirs():
            with contextlib.redirect_stdout(io.StringIO()):
                evaluator = COCOeval_faster(truth, results, "bbox", print_function=lambda *_: None)
                evaluator.evaluate()
                evaluator.accumulate()
                evaluator.summarize()
            return np.array(list(evaluator.stats))[:12]

        def differ(numbers, stats):
            return f"by {np.abs(np.array([*numbers.values()]) - stats).max():.0e}"

        return lambda: coco_evaluation(predictions, targets), theirs, differ

    return row


def found_and_true(images, detections, classes):
    """Seven objects an image of three classes, most found once or twice, some wrongly, crowds"""
    rng = np.random.default_rng(0)
    predictions, targets = [], []
    for _ in range(images):
        n = rng.poisson(7)
        own = rng.choice(classes, 3)
        t = {"boxes": boxes_of_any_size(rng, n), "labels": rng.choice(own, n)}
        t |= {"iscrowd": rng.random(n) < 0.01}
        sides = np.tile(t["boxes"][:, 2:] - t["boxes"][:, :2], 2)
        t["area"] = sides[:, :2].prod(axis=1) * rng.uniform(0.5, 1, n)
        p = {"boxes": boxes_of_any_size(rng, detections), "labels": rng.choice(own, detections)}
        p["scores"] = rng.random(detections)
        at = np.arange(min(detections, n + n // 2)) % max(n, 1)
        p["boxes"][: len(at)] = t["boxes"][at] + sides[at] * rng.normal(0, 0.06, (len(at), 4))
        p["boxes"][:, 2:] = p["boxes"][:, 2:].clip(p["boxes"][:, :2])
        p["labels"][: len(at)] = t["labels"][at]
        predictions.append(p)
        targets.append(t)
    return predictions, targets


def boxes_of_any_size(rng, n):
    corner, sides = rng.uniform(0, 340, (n, 2)), np.exp(rng.uniform(2.3, 5.7, (n, 2)))
    return np.concatenate([corner, corner + sides], axis=1)


def as_coco(predictions, targets, classes):
    """What is in COCO's file of annotations and in one of results"""
    annotations, results = [], []
    for image, (p, t) in enumerate(zip(predictions, targets, strict=True)):
        columns = (t[key].tolist() for key in ("boxes", "labels", "iscrowd", "area"))
        for box, label, crowd, area in zip(*columns, strict=True):
            one = {"id": len(annotations) + 1, "image_id": image, "category_id": label}
            annotations.append(one | {"bbox": xywh(box), "iscrowd": int(crowd), "area": area})
        columns = (p[key].tolist() for key in ("boxes", "labels", "scores"))
        for box, label, score in zip(*columns, strict=True):
            one = {"image_id": image, "category_id": label, "bbox": xywh(box), "score": score}
            results.append(one)
    images = [{"id": i} for i in range(len(targets))]
    categories = [{"id": c, "name": str(c)} for c in range(classes)]
    truth = {"info": {}, "images": images, "categories": categories, "annotations": annotations}
    return truth, results


def xywh(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


@contextlib.contextmanager
def missing(name):
    """An import inside that fails raises MissingError(name)."""
    try:
        yield
    except ImportError as error:
        raise MissingError(name) from error


ROWS = {
    "suppression, 20,000 boxes in 1000 × 1000 pixels, threshold 0.5": suppression(1000, 0.5),
    "suppression, the same, threshold 0.7": suppression(1000, 0.7),
    "suppression, 20,000 boxes in 300 × 300 pixels, threshold 0.3": suppression(300, 0.3),
    "RoI align, forward + backward, 512 regions, 2×256×50×68, 2 × 2 samples": regions(
        2, (256, 50, 68), 512, 2
    ),
    "RoI align, forward + backward, 128 regions, 1×256×38×50, as many as cells": regions(
        1, (256, 38, 50), 128, -1
    ),
    "COCO evaluation, 5,000 images, 100,000 detections": evaluation(5000, 20),
    "mean-field step, 320 × 240, 21 labels": mean_field("coffee"),
    "selective search, 320 × 240, 131 segments": proposals("coffee", 100, 50),
    "selective search, 320 × 240, 399 segments": proposals("coffee", 50, 20),
}
THEIRS = {
    "suppression": "torchvision",
    "RoI align": "torchvision",
    "COCO evaluation": "faster-coco-eval",
    "mean-field step": "pydensecrf2",
    "selective search": "selectivesearch",
}


def library(name):
    return next(theirs for start, theirs in THEIRS.items() if name.startswith(start))


def measure(names, rounds, skip_missing):
    """Markdown: milliseconds of both, and ratios; and the names of what could be measured"""
    lines = [
        "| | compared with | NumPy, ms | the library, ms | NumPy / library | difference |",
        "|---|---|---|---|---|---|",
    ]
    measured = []
    for name in tqdm(names, file=sys.stdout, leave=False, disable=None):
        try:
            ours, theirs, differ = ROWS[name]()
        except MissingError as error:
            if not skip_missing:
                sys.exit(f"{name}: {error} is not installed (--skip-missing leaves such rows out)")
            lines.append(f"| {name} | {error}: not installed, not measured | | | | |")
            continue
        measured.append(name)
        difference = differ(ours(), theirs())
        best = [math.inf, math.inf]
        for _ in range(rounds):
            for i, run in enumerate((ours, theirs)):
                start = time.process_time()
                run()
                best[i] = min(best[i], time.process_time() - start)
        lines.append(
            f"| {name} | {library(name)} | {1e3 * best[0]:.0f} | {1e3 * best[1]:.0f} "
            f"| {best[0] / best[1]:.2f} | {difference} |"
        )
    return "\n".join(lines), measured


# --- memory ---


def peak(name, which):
    """MB that a call needs at most, beyond its arguments"""
    return _machine.peak(ROWS[name]()[which])


def peaks(names):
    """Markdown: the peak of each, in a process of its own (Linux only)"""
    lines = ["| peak memory of a first call | NumPy, MB | the library, MB |", "|---|---|---|"]
    for name in names:
        found = []
        for which in ("0", "1"):
            command = [sys.executable, "-m", "benchmarks.detection", "--peak", which]
            command += ["--rows", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(f"{float(done.stdout):.0f}")
        lines.append(f"| {name} | {found[0]} | {found[1]} |")
    return "\n".join(lines)


# --- how near the CRF's filters come to the kernel ---


def nearness(labels=21, pixels_tried=1000):
    """Markdown: what pixels hear of the appearance term, relative to its spread over the classes"""
    lines = [
        "| mean field's message against the kernel between all pixels "
        "| grid, cells (1, 1) | (2, 1), the default | (3, 2) | pydensecrf2's lattice |",
        "|---|---|---|---|---|",
    ]
    for name in ("astronaut", "cat", "coffee", "rocket"):
        pixels = photograph(name)
        image = pixels.transpose(2, 0, 1) / 255
        unary = noisy_costs(labels, *pixels.shape[:2])
        q = (np.exp(-unary) / np.exp(-unary).sum(axis=0)).astype(np.float64)
        some = np.random.default_rng(1).choice(q[0].size, pixels_tried, replace=False)
        want = centred(exact_message(image, q, some))
        errors = []
        options = {key: CRF[key] for key in ("appearance_distance", "appearance_colour")}
        for cells in ((1, 1), (2, 1), (3, 2)):
            grid = CRFGrid(
                image[None],
                **options,
                smoothness=0.0,
                normalization="after",
                self_message=True,
                cells=cells,
            )
            errors.append(centred(grid.message(q[None])[0].reshape(labels, -1)[:, some]))
        with contextlib.suppress(MissingError):
            errors.append(centred(lattice_message(pixels, unary)[:, some]))
        shown = [f"{np.abs(got - want).mean() / np.abs(want).mean():.1%}" for got in errors]
        shown += ["not installed"] * (4 - len(shown))
        lines.append(f"| {name}, 320 × 240 | {' | '.join(shown)} |")
    return "\n".join(lines)


def centred(message):
    """Only differences between classes matter."""
    return message - message.mean(axis=0)


def exact_message(image, q, some):
    """The kernel's rows of some pixels, a part at a time, each divided by its sum: (K, S)"""
    height, width = image.shape[1:]
    places = np.stack(np.mgrid[:height, :width]).reshape(2, -1) / CRF["appearance_distance"]
    values = np.concatenate([places, image.reshape(3, -1) / CRF["appearance_colour"]])
    heard = []
    for part in np.array_split(some, len(some) // 100):
        apart = sum((row[part, None] - row) ** 2 for row in values)
        kernel = np.exp(-apart / 2)
        heard.append(q.reshape(len(q), -1) @ kernel.T / kernel.sum(axis=1))
    return np.concatenate(heard, axis=1)


def lattice_message(pixels, unary):
    """What a step of pydensecrf2 adds to the logarithms of its probabilities: (K, P)"""
    model, state = pydensecrf(pixels, unary, message=True)
    model.stepInference(*state)
    return np.log(np.maximum(np.array(state[0], np.float64), 1e-38)) + unary.reshape(len(unary), -1)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--skip-missing", action="store_true", help="not what is not installed")
    parser.add_argument("--peak", choices=("0", "1"), help="only the row's memory: 0 NumPy's")
    options = parser.parse_args(arguments)
    names = [name for name in ROWS if options.rows in name]
    torch.set_num_threads(1)
    with threadpool_limits(1):
        if options.peak:
            try:
                print(peak(names[0], int(options.peak)))
            except MissingError as error:
                sys.exit(f"{names[0]}: {error} is not installed")
            return
        times, measured = measure(names, options.rounds, options.skip_missing)
        print(times)
        if _machine.REFS.exists():
            print(f"\n{peaks(measured)}")
        if any(name.startswith("mean-field") for name in names):
            print(f"\n{nearness()}")
    versions = [f"NumPy {np.__version__}", f"torch {torch.__version__}"]
    for theirs in dict.fromkeys(THEIRS.values()):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{theirs} {importlib.metadata.version(theirs)}")
    load = f", load {os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else ""
    print(
        f"\n`python -m benchmarks.detection --rounds {options.rounds}`: the fastest of "
        f"{options.rounds} rounds in turns, processor time; 1 of {os.cpu_count()} CPU cores "
        f"({platform.machine()}, {_machine.processor()}{load}), {', '.join(versions)}."
    )


if __name__ == "__main__":
    main()
