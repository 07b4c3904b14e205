"""The small segmenters, how they are trained on scenes of 32 × 32, and what is measured of them.

The ten shapes make two classes besides the background: round outlines, and those with corners.
"""

import numpy as np
import torch

from cs_lib import metrics
from cs_lib.data import scenes
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.segmentation import models

SIZE, CLASSES = 32, 3
ROUND = ("circle", "ring", "heart", "moon")
KINDS = np.array([0, *(1 if shape in ROUND else 2 for shape in scenes.CLASSES)])
FIELD = 14  # of the patch classifier


class Patches(nn.Module):
    """A patch classifier: trained on patches around random pixels, used as convolutions on all"""

    def __init__(self, rng, each=16):
        super().__init__()
        self.classifier = models.PatchClassifier(CLASSES, size=FIELD, rng=rng)
        self.rng, self.each = rng, each

    def mirrored(self, x):
        before, after = FIELD // 2, FIELD - 1 - FIELD // 2
        return torch.nn.functional.pad(x, (before, after, before, after), mode="reflect")

    def chosen(self, images, classes):
        """Patches (n·each, 3, FIELD, FIELD) and the classes of their middles (n·each,)"""
        n = np.repeat(np.arange(len(images)), self.each)
        rows, columns = self.rng.integers(SIZE, size=(2, len(n)))
        windows = self.mirrored(images).unfold(2, FIELD, 1).unfold(3, FIELD, 1)
        return windows[n, :, rows, columns], classes[n, rows, columns]

    def forward(self, x):
        whole = models.convolutionalize(self.classifier, FIELD, dense=True)
        return whole.eval()(self.mirrored(x))


def fcn(stride, rng):
    """Three halvings and a head of 3 × 3 filters; scores of stride 8 alone, or down to stride 2"""
    options = {"stages": (2, 2, 2), "width": 12, "hidden": 48, "kernel_size": 3}
    return models.FCN(stride, CLASSES, batch_norm=True, dropout=0.0, rng=rng, **options)


# Widths make five to eight million multiply-adds of each, but for the patch classifier.
VARIANTS = {
    "patches": Patches,
    "FCN, stride 8": lambda rng: fcn(8, rng),
    "FCN, stride 2": lambda rng: fcn(2, rng),
    "dilated": lambda rng: models.DilatedNet(
        CLASSES,
        stages=(2, 2, 2),
        pools=1,
        context=None,
        width=7,
        hidden=24,
        kernel_size=3,
        batch_norm=True,
        dropout=0.0,
        rng=rng,
    ),
    "SegNet": lambda rng: models.SegNet(CLASSES, stages=(2, 2, 2), width=8, rng=rng),
    "DeconvNet": lambda rng: models.DeconvNet(
        CLASSES, stages=(2, 2, 2), width=8, hidden=48, kernel_size=4, rng=rng
    ),
    "U-Net": lambda rng: models.UNet(
        CLASSES, levels=3, width=7, same=True, batch_norm=True, dropout=0.0, in_channels=3, rng=rng
    ),
    "FRRN": lambda rng: models.FRRN("small", CLASSES, width=7, stream=6, rng=rng),
    "FC-DenseNet": lambda rng: models.FCDenseNet(
        56, CLASSES, blocks=(2, 2), middle=3, growth_rate=6, width=6, dropout=0.0, rng=rng
    ),
    "GridNet": lambda rng: models.GridNet(
        CLASSES, columns=2, streams=(5, 10, 20), dropout=0.0, rng=rng
    ),
}


def data(n, seed, part):
    """-> images (n, 3, 32, 32), standardised by fixed numbers, and classes (n, 32, 32)"""
    x, targets = scenes.load(n, size=SIZE, most=2, radius=(5.0, 10.0), seed=seed, part=part)
    y = KINDS[np.stack([scenes.class_map(target) for target in targets])]
    return torch.from_numpy((x - 0.5) / 0.25), torch.from_numpy(y)


def train(model, x, y, lr, rng, *, epochs, batch=16):
    """AdamW, its rate up to lr and down again; images are mirrored, or not, at random"""
    steps = epochs * -(-len(x) // batch)
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, lr, steps)
    loss = nn.CrossEntropyLoss()
    model.train()
    for _ in range(epochs):
        for index in np.array_split(rng.permutation(len(x)), -(-len(x) // batch)):
            images, classes = x[index], y[index]
            if rng.random() < 0.5:
                images, classes = images.flip(3), classes.flip(2)
            if isinstance(model, Patches):
                patches, classes = model.chosen(images, classes)
                scores = model.classifier(patches)
            else:
                scores = model(images).movedim(1, 3).reshape(-1, CLASSES)
            value = loss(scores, classes.reshape(-1))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()


def classes_of(model, x, batch=100):
    """The class of the highest score at each pixel -> (n, H, W)"""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part).argmax(dim=1) for part in x.split(batch)]).numpy()


def measures(predicted, labels):
    """-> {what: number}; "object" measures only tell the background from everything else"""
    labels = np.asarray(labels)
    found, true = (predicted > 0).astype(int), (labels > 0).astype(int)
    return {
        "mean IoU": metrics.mean_iou(predicted, labels, CLASSES),
        "pixel accuracy": metrics.pixel_accuracy(predicted, labels),
        "object IoU": float(metrics.iou_per_class(found, true, 2)[1]),
        "object boundary F": float(metrics.boundary_f_per_class(found, true, 2, tolerance=1)[1]),
    }
