"""How the detectors are trained on scenes, and on what."""

import numpy as np
import torch

from cs_lib.data import scenes
from cs_lib.detection_metrics import voc_mean_average_precision
from cs_lib.torch import optim
from cs_lib.torch.detection import grid_anchors, models
from cs_lib.torch.lr_scheduler import OneCycleLR

# A sliding window's places, 192 of them: the regions that Fast R-CNN is given.
WINDOWS = grid_anchors(
    torch.zeros(1, 1, 8, 8), stride=8, scales=[12.0, 18.0, 27.0], ratios=[1.0]
).clamp(0, 64)
DETECTORS = {
    "Fast R-CNN": lambda rng: models.FastRCNN(10, rng=rng),
    "Faster R-CNN": lambda rng: models.FasterRCNN(10, rng=rng),
    "SSD": lambda rng: models.SSD(10, rng=rng),
    "SSD, context": lambda rng: models.SSD(10, context=True, rng=rng),
}


def load(n_train, n_test, seed):
    """-> images, targets to train on, images, targets to test on; images about 0"""
    x_train, y_train = scenes.load(n_train, seed=seed)
    x_test, y_test = scenes.load(n_test, seed=seed, part=1)
    return torch.from_numpy(x_train) - 0.5, y_train, torch.from_numpy(x_test) - 0.5, y_test


def train(model, x, y, rng, *, epochs, lr=0.003, batch=8):
    """AdamW, its rate up to lr and down again; images and boxes flipped at random"""
    steps = epochs * -(-len(x) // batch)
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, lr, steps)
    model.train()
    for _ in range(epochs):
        for index in np.array_split(rng.permutation(len(x)), -(-len(x) // batch)):
            images, targets = flipped(x[index], [y[i] for i in index], rng)
            losses = model.losses(images, targets, *given(model, index), **drawn(model, rng))
            loss = sum(losses.values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def flipped(images, targets, rng):
    """Left and right exchanged in half of the images."""
    images, found = images.clone(), []
    for i, target in enumerate(targets):
        boxes = target["boxes"]
        if rng.random() < 0.5:
            images[i] = images[i].flip(-1)
            boxes = images.shape[-1] - boxes[:, [2, 1, 0, 3]]
            boxes[:, [1, 3]] = target["boxes"][:, [1, 3]]
        found.append({"boxes": boxes, "labels": target["labels"]})
    return images, found


def given(model, images):
    """What goes to losses and predict beside images: windows, for those that propose nothing."""
    needs = isinstance(model, models.RegionDetector) and not isinstance(model, models.FasterRCNN)
    return ([WINDOWS] * len(images),) if needs else ()


def drawn(model, rng):
    """SSD chooses its negatives by their losses, the others draw them."""
    return {} if isinstance(model, models.SSD) else {"rng": rng}


def predict(model, x, batch=10):
    model.eval()
    parts = [x[i : i + batch] for i in range(0, len(x), batch)]
    return [one for part in parts for one in model.predict(part, *given(model, part))]


def score(found, targets):
    """mAP, VOC 2010's, at an IoU of 0.5 and of 0.75"""
    return [voc_mean_average_precision(found, targets, iou_threshold=t) for t in (0.5, 0.75)]
