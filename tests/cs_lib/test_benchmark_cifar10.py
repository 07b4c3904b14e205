"""The benchmark on photographs, with a few images made here in place of CIFAR-10's."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from benchmarks import cifar10_cpu
from benchmarks.cifar10_cpu import PLAIN, ROWS, TUNED, Run
from cs_lib.torch import nn

ROOT = Path(__file__).parents[2]
N = {"train": 150, "test": 30}
FULL = next(recipe for recipe in ROWS.values() if recipe.augment)


def photographs(n, seed):
    """Ten kinds of stripes in noise, no image twice: (n, 3, 32, 32) uint8, labels (n,)"""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 10)
    period = 2.0 + labels[:, None, None, None] % 5
    places = np.arange(32.0)
    across = np.where((labels < 5)[:, None, None, None], places, places[:, None])
    waves = np.broadcast_to(np.sin(2 * np.pi * across / period), (n, 3, 32, 32))
    noisy = 128 + 60 * waves + rng.normal(0, 12, (n, 3, 32, 32))
    return noisy.clip(0, 255).astype(np.uint8), labels


SETS = {split: photographs(n, seed) for seed, (split, n) in enumerate(N.items())}


def jpeg(image):
    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "JPEG", quality=95, subsampling=0)
    return np.frombuffer(file.getvalue(), np.uint8)


def write(folder, sets):
    arrays = {}
    for split, (images, labels) in sets.items():
        files = [jpeg(image) for image in images]
        arrays[f"{split}_blob"] = np.concatenate(files)
        arrays[f"{split}_offsets"] = np.cumsum([0, *map(len, files)])
        arrays[f"{split}_labels"] = labels.astype(np.uint8)
    (folder / "cifar10").mkdir()
    path = folder / "cifar10" / cifar10_cpu.JPEG
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("development")
    write(folder, SETS)
    return folder


VARIABLES = ("DL4CV_DEV_DATA", "DL4CV_CIFAR10")


@pytest.fixture
def benchmark(monkeypatch, capsys):
    """Run its main with arguments and variables -> (what it exits with, stdout, stderr)"""

    def run(*arguments, **environment):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        code = None
        try:
            cifar10_cpu.main(arguments)
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


def cells(output):
    """The table's rows below its heading"""
    rows = [line for line in output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


# --- without data ---


def test_it_says_which_variable_the_copy_needs():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cifar10_cpu", "--jpeg"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in VARIABLES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "cifar10_cpu: DL4CV_DEV_DATA is not set; --jpeg needs it, see --help\n"


def test_it_says_where_the_copy_should_be(benchmark, tmp_path):
    code, out, _ = benchmark("--jpeg", DL4CV_DEV_DATA=tmp_path)
    assert out == ""
    assert code == (
        f"cifar10_cpu: there is no {tmp_path}/cifar10/cifar10_jpeg_q75.npz; set DL4CV_DEV_DATA to "
        "the folder that has cifar10/cifar10_jpeg_q75.npz, or leave out --jpeg to use the official "
        "archive"
    )


def test_it_says_what_to_do_without_the_official_archive(benchmark, tmp_path):
    code, out, _ = benchmark(DL4CV_CIFAR10=tmp_path / "nowhere")
    assert out == ""
    assert code.startswith("cifar10_cpu: DL4CV_CIFAR10 is ")
    assert "or unset it to download" in code


# --- the table ---


def test_the_table_has_a_row_for_each_network_and_says_what_it_was_made_from(benchmark, folder):
    arguments = ("--jpeg", "--numpy", "--seeds", "2")
    code, out, err = benchmark(*arguments, DL4CV_DEV_DATA=folder)
    assert code is None
    rows = cells(out)
    in_numpy = f"{next(iter(ROWS))}, in NumPy, seed 1 alone"
    assert [row[0] for row in rows] == [*ROWS, in_numpy]
    assert [row[1] for row in rows] == ["60,362", "60,458", "60,458", "60,362"]
    epochs = [str(recipe.epochs) for recipe in ROWS.values()]
    assert [row[2] for row in rows] == [*epochs, epochs[0]]
    for row in rows[:3]:
        assert all(re.fullmatch(r"\d+\.\d ± \d+\.\d", cell) for cell in row[3:6]), row
    assert all(re.fullmatch(r"\d+\.\d", cell) for cell in rows[3][3:6])
    assert "--jpeg --numpy --seeds 2`" in out
    assert "135 training, 15 held-out and 30 test images" in out
    assert "Learning rate: 0.001 and 0.01, by --choose" in out
    assert "lossy copy: JPEG" in out
    assert len(re.findall(r"^seed [12], ", err, re.MULTILINE)) == 7  # as they end


def test_rows_are_chosen_by_a_part_of_their_name(benchmark, folder):
    alone = ("--rows", "without augmentation", "--seeds", "1")
    code, out, _ = benchmark("--jpeg", *alone, DL4CV_DEV_DATA=folder)
    assert code is None
    assert [row[0] for row in cells(out)] == list(ROWS)[1:2]
    assert "--rows 'without augmentation' --seeds 1`" in out
    code, out, _ = benchmark("--jpeg", "--rows", "transformer", DL4CV_DEV_DATA=folder)
    assert out == ""
    assert code == f"cifar10_cpu: no row has 'transformer' in it; there are: {'; '.join(ROWS)}"


def test_mean_and_spread_are_over_the_seeds():
    rows = [[60_362, 80.0, 70.0, 60.0, 3.0], [60_362, 90.0, 71.0, 64.0, 5.0]]
    *_, row = cifar10_cpu.table({("a network", 7): rows})
    assert row == "| a network | 60,362 | 7 | 85.0 ± 7.1 | 70.5 ± 0.7 | 62.0 ± 2.8 | 4 |"


def test_images_of_the_copy_keep_order_channels_and_labels(folder):
    path = folder / "cifar10" / cifar10_cpu.JPEG
    for split, (images, labels) in SETS.items():
        x, y = cifar10_cpu.compressed(split, path)
        assert x.shape == (N[split], 3, 32, 32)
        assert x.dtype == np.uint8
        assert_array_equal(y, labels)
        error = np.abs(x.astype(float) - images).mean(axis=(1, 2, 3))
        other = np.abs(x.astype(float) - np.roll(images, 1, axis=0)).mean(axis=(1, 2, 3))
        assert (error < 0.5 * other).all()
        red = images[:, ::-1].astype(float)
        assert error.mean() < np.abs(x - red).mean()


# --- one training ---


def test_it_learns():
    run = Run(replace(TUNED, epochs=12), *SETS["train"], seed=1)
    x, y = SETS["test"]
    assert run.accuracy(run.prepare(x), run.of_library(y)) > 80
    assert run.trainer.history["loss"][-1] < 0.5 * run.trainer.history["loss"][0]


@pytest.mark.parametrize("recipe", [PLAIN, FULL], ids=["plain", "recipe"])
def test_numpy_and_torch_learn_the_same(recipe):
    runs = [
        Run(replace(recipe, epochs=3), *SETS["train"], 1, library) for library in ("numpy", "torch")
    ]
    ours, theirs = (run.trainer.batch_losses for run in runs)
    assert len(ours) == 9  # of three batches an epoch
    assert_allclose(ours, theirs, rtol=1e-3)
    assert runs[0].parameters() == runs[1].parameters()


def test_the_held_out_images_are_a_tenth_that_is_not_trained_on():
    run = Run(replace(PLAIN, epochs=2), *SETS["train"], seed=1)
    train, val = (x.flatten(1).numpy() for x in (run.train[0], run.val[0]))
    assert (len(train), len(val)) == (135, 15)
    assert len(np.unique(np.concatenate([train, val]), axis=0)) == 150
    images = SETS["train"][0].reshape(150, -1) / np.float32(255)
    labels = {image.tobytes(): y for image, y in zip(images, SETS["train"][1], strict=True)}
    for x, y in (run.train, run.val):
        assert [labels[image.tobytes()] for image in x.flatten(1).numpy()] == y.tolist()


def test_all_images_are_standardised_by_those_trained_on():
    run = Run(replace(TUNED, epochs=2), *SETS["train"], seed=1)
    x = run.train[0]
    assert_allclose(x.mean(dim=(0, 2, 3)), 0, atol=1e-5)
    assert_allclose(x.std(dim=(0, 2, 3)), 1, rtol=1e-3)
    black = run.prepare(np.zeros((1, 3, 32, 32), np.uint8))
    images = SETS["train"][0][np.random.default_rng([1, 0]).permutation(150)[15:]] / 255
    want = -images.mean(axis=(0, 2, 3)) / images.std(axis=(0, 2, 3))
    assert_allclose(black[0, :, 0, 0], want, rtol=1e-4)


def test_weights_decay_and_biases_and_norms_do_not():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    decayed, free = cifar10_cpu.groups(model, 0.1)
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.1, 0)
    shapes = [[tuple(p.shape) for p in group["params"]] for group in (decayed, free)]
    assert shapes == [[(4, 3, 3, 3), (2, 16)], [(4,), (4,), (4,), (2,)]]


def test_only_the_last_recipe_changes_the_images_and_only_in_training():
    assert [recipe.augment for recipe in ROWS.values()] == [False, False, True]
    one = replace(FULL, epochs=2)
    plain, changed = (Run(r, *SETS["train"], 1) for r in (replace(one, augment=False), one))
    assert torch.equal(plain.train[0], changed.train[0])
    assert torch.equal(plain.val[0], changed.val[0])
    assert plain.trainer.batch_losses != changed.trainer.batch_losses
    assert changed.accuracy(*changed.val) == changed.accuracy(*changed.val)


# --- seeds, and what is chosen ---


@pytest.fixture
def brief(monkeypatch):
    """Four epochs a row"""
    rows = {name: replace(recipe, epochs=4) for name, recipe in ROWS.items()}
    monkeypatch.setattr(cifar10_cpu, "ROWS", rows)


def without_seconds(results):
    return {key: [row[:-1] for row in rows] for key, rows in results.items()}


@pytest.mark.usefixtures("brief")
def test_a_seed_gives_the_same_alone_and_after_others():
    both, alone = (
        without_seconds(cifar10_cpu.measure(SETS["train"], SETS["test"], cifar10_cpu.plan(seeds)))
        for seeds in ((1, 2), (2,))
    )
    assert {key: rows[1:] for key, rows in both.items()} == alone


def test_seeds_draw_other_images_to_hold_out_other_weights_and_another_order():
    once = replace(PLAIN, epochs=2, lr=0.0)  # without a step the weights stay as drawn
    one, two = (Run(once, *SETS["train"], seed) for seed in (1, 2))
    assert not torch.equal(one.val[0], two.val[0])
    assert not torch.equal(one.model[0].weight, two.model[0].weight)
    same_weights = Run(once, *SETS["train"], 1)
    assert torch.equal(one.model[0].weight, same_weights.model[0].weight)
    assert one.trainer.batch_losses == same_weights.trainer.batch_losses


@pytest.mark.usefixtures("brief")
def test_rates_are_chosen_without_loading_a_test_image(tmp_path):
    path = write(tmp_path, {"train": SETS["train"]})  # there is none to load
    found = cifar10_cpu.choose(partial(cifar10_cpu.compressed, path=path))
    assert list(found) == list(ROWS)[:2]
    for accuracies in found.values():
        assert len(accuracies) == len(cifar10_cpu.RATES)
        right = np.array(accuracies) * 15 / 100  # of the 15 held out
        assert_allclose(right, right.round(), atol=1e-6)
    rates = cifar10_cpu.RATES
    assert min(rates) < min(r.lr for r in ROWS.values())
    assert max(rates) > max(r.lr for r in ROWS.values())


@pytest.mark.usefixtures("brief")
def test_other_test_images_change_the_last_accuracy_alone():
    x, y = SETS["test"]
    one, other = (
        without_seconds(cifar10_cpu.measure(SETS["train"], test, cifar10_cpu.plan([1])))
        for test in ((x, y), (x, (y + 1) % 10))
    )
    for key, rows in one.items():
        assert rows[0][:3] == other[key][0][:3]
    assert [rows[0][3] for rows in one.values()] != [rows[0][3] for rows in other.values()]


# --- what the book quotes ---


@pytest.mark.parametrize("page", ["04_conv/lenet.md", "05_training/diagnosis.md"])
def test_the_book_quotes_the_kept_table(page):
    kept = cells((ROOT / "benchmarks" / "results" / "cifar10.md").read_text("utf-8"))
    kept = [[row[0], row[1], *row[3:6]] for row in kept]  # all but epochs and seconds
    text = (ROOT / "book" / page).read_text("utf-8")
    section = text.split("benchmarks.cifar10_cpu")[0].rpartition("| network |")[2]
    quoted = cells(f"| network |{section}")
    assert quoted
    for row in quoted:
        assert row in kept
