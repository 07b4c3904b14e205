"""What do the small detectors and segmenters of chapters 7 and 8 reach on photographs, on a CPU?

    DL4CV_DEV_DATA=FOLDER python -m benchmarks.real_scenes [--seeds 2] [--rows TEXT] [--part val]

FOLDER/bccd has blood cells, boxes of three classes in the layout of Pascal VOC, from
github.com/Shenggan/BCCD_Dataset; FOLDER/penn_fudan has pedestrians, a mask for each person, from
cis.upenn.edu/~jshi/ped_html. Nothing is downloaded, as the second may not be passed on.

Images are shrunk until they fit into 96 × 128 pixels, and filled up with grey at the right and
below; what was filled up counts in no mask. Blood cells come split into train, val and test; the
pedestrians are split here, once, into 90, 30 and 50 images. Networks begin from random values; a
seed draws them, and the order and flips of the images. All are trained alike, and briefly, with
the rate of experiments/det_table.py and seg_table.py and without a search; anchors were set by the
sizes of the boxes trained on. --part val is there for those who try other settings.

One number a model: of detectors the AP of Pascal VOC 2010 at an IoU of 0.5, in the mean of the
classes; of segmenters the IoU of people's pixels, those of all images together.
"""

import argparse
import os
import platform
import sys
import time
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import PIL
import torch
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from benchmarks._machine import processor
from cs_lib import data, metrics
from cs_lib.data import penn_fudan, voc
from cs_lib.data.files import read_image
from cs_lib.detection_metrics import voc_mean_average_precision
from cs_lib.numpy.detection.proposals import selective_search
from cs_lib.torch import nn, optim
from cs_lib.torch.detection.models import SSD, FasterRCNN, FastRCNN
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.segmentation import models

SIZE = 96, 128  # height and width of all images
BATCH, LR = 8, 0.01
FILLED = -100  # the class of pixels that are not of the photograph
CELLS = ("RBC", "WBC", "Platelets")


# --- the photographs ---


def blood(folder, part):
    """part: train, val or test -> paths of images; targets, a dict for each"""
    paths, targets = voc.load(folder, part)
    for target in targets:
        target["labels"] = np.array([CELLS.index(name) for name in target["labels"]], np.int64)
    return paths, targets


def people(folder, part):
    paths, targets = penn_fudan.load(folder)
    order = np.random.default_rng(0).permutation(len(paths))
    ends = [len(paths) * twelfths // 17 for twelfths in (9, 12)]
    chosen = dict(zip(("train", "val", "test"), np.split(order, ends), strict=True))[part]
    return [paths[i] for i in chosen], [targets[i] for i in chosen]


class Part:
    """Images (N, 3, *SIZE) about 0, targets, a dict for each, and classes (N, *SIZE) of pixels"""

    def __init__(self, paths, targets):
        rows = [fitted(read_image(p), target) for p, target in zip(paths, targets, strict=True)]
        images, self.targets, classes = zip(*rows, strict=True)
        self.images, self.classes = torch.stack(images), torch.stack(classes)

    @cached_property
    def regions(self):
        """Selective search's boxes for each image, (R, 4) float32"""
        return [proposals(image.numpy() + 0.5) for image in self.images]

    def batches(self):
        n = len(self.images)
        return np.array_split(np.arange(n), -(-n // BATCH))


def fitted(image, target):
    """An image shrunk to fit into SIZE, and its target with it.

    image: (3, h, w) uint8; target: boxes, labels, perhaps masks (G, h, w)
    -> (3, *SIZE) float32 about 0; {"boxes", "labels"}; classes (*SIZE): 1 in a mask, 0 in none
    """
    h, w = image.shape[1:]
    scale = min(SIZE[0] / h, SIZE[1] / w)
    inner = round(h * scale), round(w * scale)
    room = 0, SIZE[1] - inner[1], 0, SIZE[0] - inner[0]
    x = torch.from_numpy(image)[None].float() / 255 - 0.5
    x = F.interpolate(x, inner, mode="bilinear", antialias=True)[0]
    classes = target.get("masks", np.zeros((1, h, w), bool)).any(axis=0)
    classes = torch.from_numpy(classes)[None, None].float()
    classes = F.interpolate(classes, inner, mode="nearest-exact")[0, 0].long()
    ratio = np.array([inner[1] / w, inner[0] / h] * 2, np.float32)
    boxes = {"boxes": target["boxes"] * ratio, "labels": target["labels"]}
    return F.pad(x, room), boxes, F.pad(classes, room, value=FILLED)


def proposals(image):
    scales = (0.2, 0.5, 1.0)
    found = [selective_search(image.clip(0, 1), scale=s, min_size=10) for s in scales]
    return torch.from_numpy(np.unique(np.concatenate(found), axis=0).astype(np.float32))


# --- the models ---


@dataclass(frozen=True)
class Scenes:
    """A data set, and what is set for it alone; anchors in pixels of the shrunk images."""

    folder: str
    load: callable
    classes: int
    scales: tuple  # of Faster R-CNN's anchors, roots of areas
    maps: tuple  # of SSD's, for each of its two maps
    ratios: tuple  # height over width
    epochs: int


BLOOD = Scenes(
    folder="bccd",
    load=blood,
    classes=len(CELLS),
    scales=(8.0, 20.0, 40.0),
    maps=((8.0, 14.0, 20.0), (28.0, 40.0)),
    ratios=(0.7, 1.0, 1.4),
    epochs=6,
)
PEOPLE = Scenes(
    folder="penn_fudan",
    load=people,
    classes=1,
    scales=(20.0, 35.0, 50.0),
    maps=((16.0, 26.0), (36.0, 50.0)),
    ratios=(2.0, 3.0),
    epochs=20,
)
DETECTORS = {
    "Fast R-CNN": lambda of, rng: FastRCNN(of.classes, rng=rng),
    "Faster R-CNN": lambda of, rng: FasterRCNN(
        of.classes, scales=of.scales, ratios=of.ratios, proposals=100, rng=rng
    ),
    "SSD": lambda of, rng: SSD(of.classes, scales=of.maps, ratios=of.ratios, rng=rng),
}
VGG = {"width": 12, "hidden": 48, "kernel_size": 3, "batch_norm": True, "dropout": 0.0}
SEGMENTERS = {
    "FCN, stride 16": lambda rng: models.FCN(16, 2, stages=(2, 2, 2, 2), **VGG, rng=rng),
    "FCN, stride 2": lambda rng: models.FCN(2, 2, stages=(2, 2, 2, 2), **VGG, rng=rng),
    "dilated": lambda rng: models.DilatedNet(
        2, stages=(2, 2, 2), pools=2, context=None, **VGG, rng=rng
    ),
    "SegNet": lambda rng: models.SegNet(2, stages=(2, 2, 2, 2), width=8, rng=rng),
    "DeconvNet": lambda rng: models.DeconvNet(
        2, stages=(2, 2, 2, 2), width=8, hidden=48, kernel_size=6, rng=rng
    ),
    "U-Net": lambda rng: models.UNet(
        2, width=7, same=True, batch_norm=True, dropout=0.0, in_channels=3, rng=rng
    ),
    "FRRN": lambda rng: models.FRRN("small", 2, width=7, stream=6, rng=rng),
    "FC-DenseNet": lambda rng: models.FCDenseNet(
        56, 2, blocks=(2, 2, 2), middle=3, growth_rate=6, width=6, dropout=0.0, rng=rng
    ),
    "GridNet": lambda rng: models.GridNet(2, columns=2, streams=(5, 10, 20), dropout=0.0, rng=rng),
}


@dataclass(frozen=True)
class Row:
    of: Scenes
    make: callable  # of a Generator
    losses: callable  # of a Part, a model, indices (B,) and a Generator -> a dict of scalars
    score: callable  # of a model and a Part -> from 0 to 1


# --- training ---


def fit(model, n, losses, epochs, rng):
    """AdamW, its rate up to LR and down again; losses: of indices (B,) and rng, a dict"""
    steps = epochs * -(-n // BATCH)
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, LR, steps)
    model.train()
    for _ in range(epochs):
        for index in np.array_split(rng.permutation(n), -(-n // BATCH)):
            loss = sum(losses(model, index, rng).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def detector_losses(part, model, index, rng):
    """Of images that are mirrored, each or not, with their boxes"""
    images, targets, regions = part.images[index].clone(), [], []
    for image, i in zip(images, index, strict=True):
        turned = rng.random() < 0.5
        if turned:
            image.copy_(image.flip(-1))
        boxes = part.targets[i]["boxes"]
        targets.append(part.targets[i] | {"boxes": mirrored(boxes) if turned else boxes})
        if needs_regions(model):
            regions.append(mirrored(part.regions[i]) if turned else part.regions[i])
    given = (regions,) if needs_regions(model) else ()
    drawn = {} if isinstance(model, SSD) else {"rng": rng}
    return model.losses(images, targets, *given, **drawn)


def mirrored(boxes):
    """boxes: (N, 4) xyxy -> of the image with left and right exchanged"""
    boxes = boxes[:, [2, 1, 0, 3]]  # a copy
    boxes[:, [0, 2]] = SIZE[1] - boxes[:, [0, 2]]
    return boxes


def needs_regions(model):
    """Whether it is a detector that proposes nothing itself."""
    return isinstance(model, FastRCNN) and not isinstance(model, FasterRCNN)


def detector_score(model, part):
    found = []
    for index in part.batches():
        given = ([part.regions[i] for i in index],) if needs_regions(model) else ()
        found += model.predict(part.images[index], *given)
    return voc_mean_average_precision(found, part.targets)


def segmenter_losses(part, model, index, rng):
    images, classes = part.images[index], part.classes[index]
    if rng.random() < 0.5:
        images, classes = images.flip(-1), classes.flip(-1)
    scores = model(images).movedim(1, 3).reshape(-1, 2)
    loss = nn.functional.cross_entropy(scores, classes.reshape(-1), ignore_index=FILLED)
    return {"classification": loss}


def segmenter_score(model, part):
    with torch.no_grad():
        found = torch.cat([model(part.images[index]).argmax(dim=1) for index in part.batches()])
    found, true = found.numpy(), part.classes.numpy()
    return metrics.iou_per_class(found, true, 2, ignore_index=FILLED)[1]


ROWS = {
    **{
        f"{what}, boxes: {name}": Row(of, partial(make, of), detector_losses, detector_score)
        for what, of in (("blood cells", BLOOD), ("people", PEOPLE))
        for name, make in DETECTORS.items()
    },
    **{
        f"people, masks: {name}": Row(PEOPLE, make, segmenter_losses, segmenter_score)
        for name, make in SEGMENTERS.items()
    },
}


# --- what is reported ---


def measure(parts, names, seeds):
    """parts: {folder: (Part to train on, Part to measure on)}
    -> {name: [[parameters, the number in percent, CPU seconds of training] a seed]}
    """
    results = {name: [] for name in names}
    for seed in seeds:
        for name in names:
            row, (train, test) = ROWS[name], parts[ROWS[name].of.folder]
            rng = np.random.default_rng(seed)
            model = row.make(rng)
            if needs_regions(model):
                _ = train.regions  # searched for once, beside the time that is measured
            start = time.process_time()
            fit(model, len(train.images), partial(row.losses, train), row.of.epochs, rng)
            seconds = time.process_time() - start
            parameters = sum(p.numel() for p in model.parameters())
            results[name].append([parameters, 100 * row.score(model, test), seconds])
            print(f"seed {seed}, {name}: {results[name][-1][1]:.1f}", file=sys.stderr, flush=True)
    return results


def table(results):
    yield "| model | parameters | AP50 of boxes or IoU of masks, % | CPU seconds |"
    yield "|---|---|---|---|"
    for name, rows in results.items():
        mean, std = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=min(1, len(rows) - 1))
        number = f"{mean[1]:.1f}" + f" ± {std[1]:.1f}" * (len(rows) > 1)
        yield f"| {name} | {mean[0]:,.0f} | {number} | {mean[2]:.0f} |"


def conditions(options, parts):
    """The sentence below the table"""
    flags = f" --rows '{options.rows}'" if options.rows else ""
    flags += f" --part {options.part}" if options.part != "test" else ""
    sizes = "; ".join(
        f"{of.folder}: {of.epochs} epochs of {len(parts[of.folder][0].images)} images, measured "
        f"on {len(parts[of.folder][1].images)}, {options.part}"
        for of in (BLOOD, PEOPLE)
        if of.folder in parts
    )
    spread = f"mean ± std over seeds 1 to {options.seeds}" if options.seeds > 1 else "seed 1 alone"
    return (
        f"`python -m benchmarks.real_scenes --seeds {options.seeds}{flags}`: {sizes}; {SIZE[0]} × "
        f"{SIZE[1]} pixels; {spread}; batches of {BATCH}, AdamW, one cycle up to a rate of "
        f"{LR:g}; CPU seconds are those of training, and other work on the machine makes them "
        f"more; 1 thread on {processor()}, {os.cpu_count()} "
        f"cores ({platform.machine()}); Python {platform.python_version()}, NumPy "
        f"{np.__version__}, torch {torch.__version__.split('+')[0]}, Pillow {PIL.__version__}."
    )


def load(names, part):
    """The parts that some rows need, {folder: (train, part)}"""
    if "DL4CV_DEV_DATA" not in os.environ:
        sys.exit("real_scenes: DL4CV_DEV_DATA is not set; it must be the data's folder, see --help")
    found = {}
    for of in dict.fromkeys(ROWS[name].of for name in names):
        folder = Path(os.environ["DL4CV_DEV_DATA"]) / of.folder
        if not folder.is_dir():
            sys.exit(
                f"real_scenes: there is no {folder}; set DL4CV_DEV_DATA to the folder that has "
                f"{of.folder}, see --help"
            )
        found[of.folder] = [Part(*of.load(folder, which)) for which in ("train", part)]
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_scenes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=2, help="how many: 1, 2, ...")
    parser.add_argument("--rows", default="", metavar="TEXT", help="those with TEXT in them")
    parser.add_argument("--part", choices=("val", "test"), default="test", help="measured on")
    options = parser.parse_args(arguments)
    names = [name for name in ROWS if options.rows in name]
    if not names:
        sys.exit(f"real_scenes: no row has {options.rows!r} in it; there are: {'; '.join(ROWS)}")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        try:
            parts = load(names, options.part)
        except data.DataError as error:
            sys.exit(f"real_scenes: {error}")
        results = measure(parts, names, range(1, options.seeds + 1))
    print(*table(results), sep="\n")
    print(f"\n{conditions(options, parts)}")


if __name__ == "__main__":
    main()
