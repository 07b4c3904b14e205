"""What do the CNN of chapter 4 and the recipe of chapter 5 reach on photographs, on a CPU?

    python -m benchmarks.cifar10_cpu [--seeds 3] [--threads 1] [--rows TEXT] [--numpy]
    python -m benchmarks.cifar10_cpu --choose
    DL4CV_DEV_DATA=FOLDER python -m benchmarks.cifar10_cpu --jpeg

A quarter of an hour on one core; --numpy adds some minutes. The photographs are CIFAR-10's, from
the official archive, which `cs_lib.data.cifar10` downloads once. With --jpeg they are a copy that
went through lossy compression, FOLDER/cifar10/cifar10_jpeg_q75.npz: of each split, train and test,
all files of JPEG end to end (train_blob, uint8), where each begins (train_offsets, n + 1) and the
labels (train_labels).

A seed draws the tenth of the training images that is held out for validation, the initial weights,
the order and the changes of the images. The epochs were set so that all rows take about the same
time. The rates were chosen with --choose: on seed 0, with 10,000 images and some more than half of
the epochs, without augmentation, by the images held out and without a look at the test images. So
the table begins with seed 1.
"""

import argparse
import importlib
import io
import itertools
import os
import platform
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image
from threadpoolctl import threadpool_limits

from benchmarks._machine import processor
from cs_lib import data

BATCH = 64
FEW = 10_000  # images with which rates are tried
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
JPEG = "cifar10_jpeg_q75.npz"


@dataclass(frozen=True)
class Recipe:
    """How the CNN is trained; the defaults are chapter 4's, Adam at a constant rate."""

    epochs: int
    lr: float  # with one_cycle the highest
    standardize: bool = False  # each channel; else pixels from 0 to 1
    he: bool = False  # He's weights for convolutions; else the layers' own
    norm: bool = False  # batch normalisation behind each convolution
    one_cycle: bool = False
    weight_decay: float = 0.0  # of weights alone: not of biases, nor of what a norm learns
    augment: bool = False  # shifts by up to 4 pixels, and mirror images


PLAIN = Recipe(epochs=4, lr=1e-3)
TUNED = Recipe(
    epochs=3, lr=1e-2, standardize=True, he=True, norm=True, one_cycle=True, weight_decay=0.01
)
ROWS = {  # the first two are those whose rates --choose tries
    "CNN of chapter 4, Adam at a constant rate": PLAIN,
    "the same, chapter 5's recipe without augmentation": TUNED,
    "the same, chapter 5's recipe with augmentation": replace(TUNED, augment=True),
}


# --- the photographs ---


def official(split):
    """split: train or test -> images (N, 3, 32, 32) uint8, labels (N,), of the official archive"""
    other = {"train": "n_test", "test": "n_train"}[split]
    d = data.load("cifar10", dtype="uint8", **{other: 0})
    return getattr(d, f"x_{split}"), getattr(d, f"y_{split}")


def compressed(split, path):
    """The same from the copy in JPEG"""
    with np.load(path) as file:
        blob, offsets = file[f"{split}_blob"].tobytes(), file[f"{split}_offsets"]
        labels = file[f"{split}_labels"].astype(np.int64)
    images = [
        np.asarray(Image.open(io.BytesIO(blob[start:end])))
        for start, end in itertools.pairwise(offsets)
    ]
    return np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2)), labels


def source(options):
    """-> load(split)"""
    if not options.jpeg:
        return official
    if "DL4CV_DEV_DATA" not in os.environ:
        sys.exit("cifar10_cpu: DL4CV_DEV_DATA is not set; --jpeg needs it, see --help")
    path = Path(os.environ["DL4CV_DEV_DATA"]) / "cifar10" / JPEG
    if not path.is_file():
        sys.exit(
            f"cifar10_cpu: there is no {path}; set DL4CV_DEV_DATA to the folder that has "
            f"cifar10/{JPEG}, or leave out --jpeg to use the official archive"
        )
    return partial(compressed, path=path)


# --- training ---


def network(nn, init, recipe, rng):
    """Convolution, ReLU and pooling, twice, then a linear layer, as in benchmarks/layers.py"""
    layers = []
    for before, after in ((3, 32), (32, 64)):
        conv = nn.Conv2d(before, after, 3, padding=1, bias=not recipe.norm, rng=rng)
        if recipe.he:
            conv.weight.data = init.kaiming_normal(tuple(conv.weight.data.shape), rng=rng)
        layers += [conv, *([nn.BatchNorm2d(after)] if recipe.norm else ())]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    layers[0].needs_dx = False  # of NumPy's alone, which would compute the images' gradient
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 8 * 8, 10, rng=rng))


def groups(model, weight_decay):
    """The parameters in two groups: matrices and filters with the decay, the others without."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.data.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.data.ndim == 1], "weight_decay": 0.0},
    ]


def shifted_and_mirrored(augmentation, x, y, rng):
    x = augmentation.random_crop(x, 32, padding=4, rng=rng)
    return augmentation.random_horizontal_flip(x, rng=rng), y


class Run:
    """One training. x: (N, 3, 32, 32) uint8, y: (N,); a tenth of them is held out."""

    def __init__(self, recipe, x, y, seed, library="torch"):
        nn, init, optim, lr_scheduler, augmentation, preprocessing, module = (
            importlib.import_module(f"cs_lib.{library}.{name}")
            for name in (
                *("nn", "init", "optim", "lr_scheduler"),
                *("augmentation", "preprocessing", "trainer"),
            )
        )
        self.of_library = torch.from_numpy if library == "torch" else np.asarray
        order = np.random.default_rng([seed, 0]).permutation(len(x))
        held_out = len(x) // 10
        self.standardize = preprocessing.ChannelStandardize() if recipe.standardize else None
        train = self.of_library(x[order[held_out:]].astype(np.float32) / np.float32(255))
        if self.standardize is not None:
            train = self.standardize.fit(train).transform(train)
        self.train = train, self.of_library(y[order[held_out:]])
        self.val = self.prepare(x[order[:held_out]]), self.of_library(y[order[:held_out]])

        rng = np.random.default_rng([seed, 1])
        self.model = network(nn, init, recipe, rng)
        optimizer = optim.AdamW(groups(self.model, recipe.weight_decay), lr=recipe.lr)
        schedule = None
        if recipe.one_cycle:
            steps = recipe.epochs * -(-len(train) // BATCH)
            schedule = lr_scheduler.OneCycleLR(optimizer, recipe.lr, steps)
        self.trainer = module.Trainer(
            self.model,
            nn.CrossEntropyLoss(),
            optimizer,
            epochs=recipe.epochs,
            batch_size=BATCH,
            rng=rng,
            schedule=schedule,
            augment=partial(shifted_and_mirrored, augmentation) if recipe.augment else None,
            progress=False,
            **({"channels_last": True} if library == "torch" else {}),
        )
        start = time.process_time()
        self.trainer.fit(*self.train)
        self.seconds = time.process_time() - start

    def prepare(self, x):
        x = self.of_library(x.astype(np.float32) / np.float32(255))
        return x if self.standardize is None else self.standardize.transform(x)

    def accuracy(self, x, y):
        """In percent; x: prepared, (N, 3, 32, 32), y: (N,)"""
        return 100 * self.trainer.evaluate(x, y)["accuracy"]

    def parameters(self):
        return sum(int(np.prod(p.data.shape)) for p in self.model.parameters())


# --- what is reported ---


def choose(load):
    """{row: [held-out accuracy for each of RATES]} on seed 0; the test images are not loaded."""
    x, y = (a[:FEW] for a in load("train"))
    found = {}
    for name, recipe in ROWS.items():
        if not recipe.augment:
            short = replace(recipe, epochs=recipe.epochs // 2 + 1)
            runs = (Run(replace(short, lr=lr), x, y, seed=0) for lr in RATES)
            found[name] = [run.accuracy(*run.val) for run in runs]
    return found


def plan(seeds, *, part="", with_numpy=False):
    """[(label, row, seed, library)] of the rows with part in their labels, in order of the seeds"""
    runs = [(name, name, seed, "torch") for seed in seeds for name in ROWS]
    if with_numpy:
        name = next(iter(ROWS))
        runs.append((f"{name}, in NumPy, seed {seeds[0]} alone", name, seeds[0], "numpy"))
    return [run for run in runs if part in run[0]]


def measure(train, test, runs):
    """{(label, epochs): [[parameters, training, held-out, test accuracy, CPU seconds] a seed]}"""
    (x, y), (x_test, y_test) = train, test
    results = {}
    for label, name, seed, library in runs:
        run = Run(ROWS[name], x, y, seed, library)
        few = len(run.val[1])  # as many training images, as they are and in evaluation mode
        sets = [a[:few] for a in run.train], run.val, (run.prepare(x_test), run.of_library(y_test))
        row = [run.parameters(), *(run.accuracy(*pair) for pair in sets), run.seconds]
        results.setdefault((label, ROWS[name].epochs), []).append(row)
        numbers = ", ".join(f"{number:.2f}" for number in row[1:])
        print(f"seed {seed}, {label}: {numbers}", file=sys.stderr, flush=True)
    return results


def table(results):
    yield "| network | parameters | epochs | training, % | held out, % | test, % | CPU seconds |"
    yield "|---|---|---|---|---|---|---|"
    for (name, epochs), rows in results.items():
        mean, std = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=min(1, len(rows) - 1))
        cells = [name, f"{mean[0]:,.0f}", str(epochs)]
        cells += [
            f"{m:.1f} ± {s:.1f}" if len(rows) > 1 else f"{m:.1f}"
            for m, s in zip(mean[1:4], std[1:4], strict=True)
        ]
        yield f"| {' | '.join(cells)} | {mean[4]:.0f} |"


def conditions(options, runs, n_train, n_test):
    """The sentences below the table"""
    flags = " --jpeg" * options.jpeg + " --numpy" * options.numpy
    flags += f" --rows '{options.rows}'" if options.rows else ""
    held_out = n_train // 10
    threads = "1 thread" if options.threads == 1 else f"{options.threads} threads"
    yield (
        f"`python -m benchmarks.cifar10_cpu{flags} --seeds {options.seeds}`: CIFAR-10, "
        f"{n_train - held_out:,} training, {held_out:,} held-out and {n_test:,} test images; "
        f"mean ± std over seeds 1 to {options.seeds}, each with held-out images, weights and order "
        f"of its own; training accuracy on {held_out:,} of the images trained on, as they are and "
        f"in evaluation mode; float32, batches of {BATCH}; {threads} on {processor()}, "
        f"{os.cpu_count()} cores ({platform.machine()}); Python {platform.python_version()}, NumPy "
        f"{np.__version__}, torch {torch.__version__.split('+')[0]}, Pillow {PIL.__version__}."
    )
    rates = dict.fromkeys(f"{ROWS[name].lr:g}" for _, name, _, _ in runs)
    yield (
        f"Learning rate: {' and '.join(rates)}, by --choose, on seed 0 and the images held "
        "out; the test images are used in this table alone. CPU seconds are those of training, and "
        "other work on the machine makes them more."
    )
    if options.jpeg:
        yield (
            "The images are a lossy copy: JPEG of quality 75, colour at half the resolution, where "
            "the official ones are not compressed. Fine detail is smoothed, in training and test "
            "alike, so that accuracies on the official images may differ a little."
        )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cifar10_cpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--jpeg", action="store_true", help="the copy in DL4CV_DEV_DATA")
    parser.add_argument("--choose", action="store_true", help="try rates on the images held out")
    parser.add_argument("--rows", default="", metavar="TEXT", help="those with TEXT in them")
    parser.add_argument("--numpy", action="store_true", help="the first row in NumPy, too")
    parser.add_argument("--seeds", type=int, default=3, help="how many: 1, 2, ...")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    seeds = range(1, options.seeds + 1)
    runs = plan(seeds, part=options.rows, with_numpy=options.numpy)
    if not runs:
        sys.exit(f"cifar10_cpu: no row has {options.rows!r} in it; there are: {'; '.join(ROWS)}")
    load = source(options)
    torch.set_num_threads(options.threads)
    try:
        with threadpool_limits(options.threads):
            if options.choose:
                found = choose(load)
            else:
                train, test = load("train"), load("test")
                results = measure(train, test, runs)
    except data.DataError as error:
        sys.exit(f"cifar10_cpu: {error}")
    if options.choose:
        print(f"| held out, % | {' | '.join(f'{lr:g}' for lr in RATES)} |")
        print(f"|---|{'---|' * len(RATES)}")
        for name, accuracies in found.items():
            print(f"| {name} | {' | '.join(f'{a:.1f}' for a in accuracies)} |")
    else:
        print(*table(results), sep="\n")
        for sentence in conditions(options, runs, len(train[1]), len(test[1])):
            print(f"\n{sentence}")


if __name__ == "__main__":
    main()
