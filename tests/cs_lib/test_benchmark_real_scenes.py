"""The benchmark on blood cells and pedestrians, with a few images made here in their layouts."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from benchmarks import real_scenes
from benchmarks.real_scenes import BLOOD, FILLED, PEOPLE, ROWS, Part

ROOT = Path(__file__).parents[2]
SIZES = {"BCCD": (60, 80), "PennFudan": (90, 60)}  # neither is 96 × 128, and one is upright
N = {"train": 12, "val": 3, "test": 4}


def discs(size, rng, most=3):
    """An image (H, W, 3) uint8 with one to most discs, the middles on different thirds; masks"""
    h, w = size
    image = rng.integers(90, 140, (h, w, 3))
    y, x = np.mgrid[:h, :w]
    masks = []
    for third in rng.permutation(3)[: rng.integers(1, most + 1)]:
        middle = h * rng.uniform(0.3, 0.7), w * (third + 0.5) / 3
        mask = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < (w / 8) ** 2
        image[mask] = (230, 30, 40)
        masks.append(mask)
    return image.astype(np.uint8), np.stack(masks)


def corners(mask):
    """VOC's: the first and the last pixel inside, counted from 1"""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0] + 1, rows[0] + 1, columns[-1] + 1, rows[-1] + 1


def make_blood(folder, rng):
    for path in ("ImageSets/Main", "Annotations", "JPEGImages"):
        (folder / path).mkdir(parents=True)
    h, w = SIZES["BCCD"]
    for part, n in N.items():
        names = [f"{part}{i}" for i in range(n)]
        (folder / f"ImageSets/Main/{part}.txt").write_text("\n".join(names))
        for name in names:
            image, masks = discs((h, w), rng)
            Image.fromarray(image).save(folder / f"JPEGImages/{name}.jpg", quality=95)
            objects = ""
            for mask, label in zip(masks, real_scenes.CELLS, strict=False):
                box = "".join(
                    f"<{key}>{value}</{key}>"
                    for key, value in zip(
                        ("xmin", "ymin", "xmax", "ymax"), corners(mask), strict=True
                    )
                )
                objects += f"<object><name>{label}</name><bndbox>{box}</bndbox></object>"
            size = f"<size><width>{w}</width><height>{h}</height></size>"
            text = f"<annotation>{size}{objects}</annotation>"
            (folder / f"Annotations/{name}.xml").write_text(text)


def make_people(folder, rng, n=17):
    (folder / "PNGImages").mkdir(parents=True)
    (folder / "PedMasks").mkdir()
    for i in range(n):
        image, masks = discs(SIZES["PennFudan"], rng)
        Image.fromarray(image).save(folder / f"PNGImages/{i:02}.png")
        numbers = (masks * np.arange(1, len(masks) + 1)[:, None, None]).sum(axis=0)
        Image.fromarray(numbers.astype(np.uint8)).save(folder / f"PedMasks/{i:02}_mask.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("development")
    rng = np.random.default_rng(3)
    make_blood(folder / "bccd", rng)
    make_people(folder / "penn_fudan", rng)
    return folder


@pytest.fixture
def benchmark(monkeypatch, capsys):
    """Run its main with arguments and a folder -> (what it exits with, stdout)"""

    def run(*arguments, folder=None):
        monkeypatch.delenv("DL4CV_DEV_DATA", raising=False)
        if folder is not None:
            monkeypatch.setenv("DL4CV_DEV_DATA", str(folder))
        code = None
        try:
            real_scenes.main(arguments)
        except SystemExit as end:
            code = end.code
        return code, capsys.readouterr().out

    return run


def cells(output):
    rows = [line for line in output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


# --- what is missing ---


def test_it_says_which_variable_it_needs():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.real_scenes"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DL4CV_DEV_DATA"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "real_scenes: DL4CV_DEV_DATA is not set; it must be the data's folder, see --help\n"
    )


def test_it_says_what_the_folder_lacks(benchmark, folder, tmp_path):
    code, out = benchmark(folder=tmp_path)
    assert out == ""
    assert code == (
        f"real_scenes: there is no {tmp_path}/bccd; set DL4CV_DEV_DATA to the folder that has "
        "bccd, see --help"
    )
    (tmp_path / "bccd").mkdir()
    code, _ = benchmark(folder=tmp_path)
    assert code.startswith(f"real_scenes: {tmp_path}/bccd/ImageSets/Main/train.txt: there is no")


def test_only_what_the_rows_need_must_be_there(benchmark, folder, tmp_path):
    (tmp_path / "penn_fudan").symlink_to(folder / "penn_fudan")
    code, out = benchmark("--rows", "masks: FRRN", "--seeds", "1", folder=tmp_path)
    assert code is None
    assert [row[0] for row in cells(out)] == ["people, masks: FRRN"]


def test_an_unknown_row_is_refused(benchmark, folder):
    code, out = benchmark("--rows", "transformer", folder=folder)
    assert out == ""
    assert code == f"real_scenes: no row has 'transformer' in it; there are: {'; '.join(ROWS)}"


# --- the images ---


def test_boxes_and_masks_go_with_the_image_when_it_shrinks(folder):
    for load, of, shape in (
        (real_scenes.blood, BLOOD, SIZES["BCCD"]),
        (real_scenes.people, PEOPLE, SIZES["PennFudan"]),
    ):
        part = Part(*load(folder / of.folder, "train"))
        scale = min(96 / shape[0], 128 / shape[1])
        inner = round(shape[0] * scale), round(shape[1] * scale)
        assert part.images.shape[2:] == part.classes.shape[1:] == real_scenes.SIZE
        for image, target, classes in zip(part.images, part.targets, part.classes, strict=True):
            assert (image[:, inner[0] :] == 0).all()
            assert (image[:, :, inner[1] :] == 0).all()
            red = (image[0] - image[1] > 0.4).numpy()
            for box in target["boxes"]:
                x1, y1, x2, y2 = box.round().astype(int)
                filled = red[y1:y2, x1:x2].mean()
                assert abs(filled - np.pi / 4) < 0.1  # a disc in its square
                red[y1:y2, x1:x2] = False
            assert red.sum() < 20  # nothing lies outside
            if of is PEOPLE:
                inside = classes[: inner[0], : inner[1]]
                assert set(inside.unique().tolist()) == {0, 1}
                assert (classes[:, inner[1] :] == FILLED).all()
                differ = (inside == 1) != (image[0] - image[1] > 0.4)[: inner[0], : inner[1]]
                assert differ.float().mean() < 0.02


def test_the_parts_of_the_people_are_all_and_do_not_overlap(folder):
    paths = [real_scenes.people(folder / "penn_fudan", p)[0] for p in ("train", "val", "test")]
    assert [len(part) for part in paths] == [9, 3, 5]
    assert len({path for part in paths for path in part}) == 17
    again = real_scenes.people(folder / "penn_fudan", "test")[0]
    assert again == paths[2]


def test_labels_of_cells_are_numbers(folder):
    _, targets = real_scenes.blood(folder / "bccd", "test")
    for target in targets:
        assert_array_equal(target["labels"], np.arange(len(target["boxes"])))


def test_mirrored_boxes_lie_on_the_mirrored_image():
    boxes = np.array([[3.0, 5.0, 20.0, 9.0]], np.float32)
    for kind in (np.asarray, torch.from_numpy):
        assert_allclose(real_scenes.mirrored(kind(boxes)), [[108, 5, 125, 9]])
        assert_allclose(boxes, [[3, 5, 20, 9]])


@pytest.mark.parametrize("name", ["Fast R-CNN", "SSD"])
def test_a_detector_sees_boxes_where_they_are_in_its_batch(folder, name):
    part = Part(*real_scenes.blood(folder / "bccd", "val"))
    model = real_scenes.DETECTORS[name](BLOOD, np.random.default_rng(0))
    seen = []
    model.losses = lambda images, targets, *given, **_: seen.append((images, targets, given))
    for seed in range(4):  # each image is mirrored or not
        real_scenes.detector_losses(part, model, np.arange(3), np.random.default_rng(seed))
    same = [
        torch.equal(image, before)
        for images, *_ in seen
        for image, before in zip(images, part.images, strict=True)
    ]
    assert 0 < sum(same) < len(same)
    for images, targets, given in seen:
        assert bool(given) == (name == "Fast R-CNN")
        for i, (image, target) in enumerate(zip(images, targets, strict=True)):
            red = (image[0] - image[1] > 0.4).numpy()
            for x1, y1, x2, y2 in target["boxes"].round().astype(int):
                assert red[y1:y2, x1:x2].mean() > 0.6
            if given:
                regions = part.regions[i]
                turned = not torch.equal(image, part.images[i])
                assert torch.equal(
                    given[0][i], real_scenes.mirrored(regions) if turned else regions
                )


def test_what_was_filled_up_counts_in_no_mask(folder):
    part = Part(*real_scenes.people(folder / "penn_fudan", "test"))
    right = torch.nn.functional.one_hot(part.classes.clamp(min=0), 2).movedim(3, 1).float()
    wrong_outside = right.clone()
    wrong_outside[:, 1][part.classes == FILLED] = 2.0
    for scores in (right, wrong_outside):
        at = iter(scores.split(real_scenes.BATCH))
        assert real_scenes.segmenter_score(lambda x, at=at: next(at), part) == 1.0
    half = right.clone()
    half[:, 1] = 2.0  # everything is people
    at = iter(half.split(real_scenes.BATCH))
    share = (part.classes == 1).sum() / (part.classes != FILLED).sum()
    assert_allclose(real_scenes.segmenter_score(lambda x: next(at), part), share, rtol=1e-6)


# --- training, and what is reported ---


def test_it_learns(folder):
    """Red discs are easy: both kinds of network find them."""
    for name, least in (("people, masks: FRRN", 0.6), ("people, boxes: SSD", 0.3)):
        row = ROWS[name]
        part = Part(*real_scenes.people(folder / "penn_fudan", "train"))
        rng = np.random.default_rng(0)
        model = row.make(rng)
        before = row.score(model.eval(), part)
        losses = row.losses
        real_scenes.fit(model, len(part.images), lambda *a: losses(part, *a), 60, rng)  # noqa: B023
        assert row.score(model, part) > max(least, before)


def test_the_table_says_what_it_was_made_from(benchmark, folder, monkeypatch):
    names = ["people, boxes: Fast R-CNN", "people, boxes: Faster R-CNN", "people, masks: SegNet"]
    short = {n: replace(ROWS[n], of=replace(PEOPLE, epochs=2)) for n in names}
    monkeypatch.setattr(real_scenes, "ROWS", short)
    code, out = benchmark("--seeds", "2", "--part", "val", folder=folder)
    assert code is None
    rows = cells(out)
    assert [row[0] for row in rows] == names
    assert all(re.fullmatch(r"\d+\.\d ± \d+\.\d", row[2]) for row in rows)
    assert "--seeds 2 --part val`" in out
    assert "penn_fudan: 20 epochs of 9 images, measured on 3, val;" in out
    assert "mean ± std over seeds 1 to 2;" in out
    assert "bccd" not in out


def test_a_seed_gives_the_same_alone_and_after_others(folder, monkeypatch):
    name = "people, masks: FRRN"
    monkeypatch.setitem(ROWS, name, replace(ROWS[name], of=replace(PEOPLE, epochs=2)))
    train, test = (Part(*real_scenes.people(folder / "penn_fudan", p)) for p in ("train", "test"))
    parts = {"penn_fudan": (train, test)}
    both, alone = (real_scenes.measure(parts, [name], seeds)[name] for seeds in ((1, 2), (2,)))
    assert both[1][:2] == alone[0][:2]
    assert both[0][:2] != alone[0][:2]


def test_mean_and_spread_are_over_the_seeds():
    *_, row = real_scenes.table({"a model": [[1234, 60.0, 3.0], [1234, 64.0, 5.0]]})
    assert row == "| a model | 1,234 | 62.0 ± 2.8 | 4 |"
    *_, row = real_scenes.table({"a model": [[1234, 60.0, 3.0]]})
    assert row == "| a model | 1,234 | 60.0 | 3 |"


# --- what is kept, and what the book quotes ---


KEPT = (ROOT / "benchmarks" / "results" / "real_scenes.md").read_text("utf-8")


def test_the_kept_table_has_all_rows_and_the_settings_of_today():
    assert [row[0] for row in cells(KEPT)] == list(ROWS)
    for row in cells(KEPT):
        count = sum(p.numel() for p in ROWS[row[0]].make(np.random.default_rng(0)).parameters())
        assert row[1] == f"{count:,}", row
    for of in (BLOOD, PEOPLE):
        assert f"{of.folder}: {of.epochs} epochs of" in KEPT
    assert f"up to a rate of {real_scenes.LR:g};" in KEPT


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("07_detection/detectors.md", list(ROWS)[:6]),
        (
            "08_segmentation/encoder_decoder.md",
            [f"people, masks: {name}" for name in ("FC-DenseNet", "U-Net", "DeconvNet")],
        ),
    ],
)
def test_the_book_quotes_the_kept_table(page, rows):
    kept = {row[0]: row[2] for row in cells(KEPT)}
    text = (ROOT / "book" / page).read_text("utf-8")
    (line,) = [line for line in text.splitlines() if "benchmarks.real_scenes" in line]
    assert re.findall(r"(\d+\.\d)%", line) == [kept[row] for row in rows]
    if "FC-DenseNet has the largest" in line:
        assert float(kept[rows[0]]) == max(float(n) for row, n in kept.items() if "masks" in row)
