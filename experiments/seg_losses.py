"""Cross-entropy or the Dice loss: which segments better, and which knows how sure it is?

The small U-Net of _seg, trained on 320 scenes for 15 epochs of AdamW at a rate of 0.01, with each
of two losses, and the small FCN of stride 2 with cross-entropy. Measured on 100 other scenes:
"calibration error", the mean gap between how sure the network is of its class and how often it is
right, over 15 bins of pixels; "image": measures of object against background, computed for each
image and averaged, whereas "object IoU" counts the pixels of all images together; "small", "large":
the mean Dice of the third of the images with the smallest and the largest objects.
"""

import numpy as np
import torch

from cs_lib import metrics
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from experiments import _seg

SEEDS = (0, 1, 2)
RATE, EPOCHS, BATCH = 0.01, 15, 16


def dice_loss(scores, labels):
    """1 - soft Dice of each class, mean over classes; pixels of the batch are counted together

    scores: (P, K), labels: (P,) -> a number
    """
    p = scores.softmax(dim=1)
    true = torch.nn.functional.one_hot(labels, _seg.CLASSES).to(p)
    both, either = (p * true).sum(dim=0), (p + true).sum(dim=0)
    return (1 - (2 * both + 1) / (either + 1)).mean()


LOSSES = {"cross-entropy": nn.CrossEntropyLoss(), "Dice": dice_loss}
TRAINED = {
    **{f"U-Net, {loss}": ("U-Net", loss) for loss in LOSSES},
    "FCN, cross-entropy": ("FCN, stride 2", "cross-entropy"),
}


def train(model, x, y, loss, rng, epochs):
    """As _seg.train, with another loss"""
    batches = -(-len(x) // BATCH)
    optimizer = optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, RATE, epochs * batches)
    model.train()
    for _ in range(epochs):
        for index in np.array_split(rng.permutation(len(x)), batches):
            images, classes = x[index], y[index]
            if rng.random() < 0.5:
                images, classes = images.flip(3), classes.flip(2)
            scores = model(images).movedim(1, 3).reshape(-1, _seg.CLASSES)
            optimizer.zero_grad()
            loss(scores, classes.reshape(-1)).backward()
            optimizer.step()
            schedule.step()


def calibration_error(p, labels, bins=15):
    """p: (N, K, H, W) probabilities, labels: (N, H, W) -> a number"""
    sure, predicted = p.max(dim=1)
    right, sure = (predicted == labels).double().flatten(), sure.double().flatten()
    place = (sure * bins).long().clamp(max=bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64).index_add(0, place, right - sure)
    return float(gaps.abs().sum() / len(sure))


def of_images(predicted, labels):
    """IoU and Dice of object against background, for each image -> two arrays (N,)"""
    pairs = [
        ((p > 0).astype(int), (t > 0).astype(int)) for p, t in zip(predicted, labels, strict=True)
    ]
    iou = np.array([metrics.iou_per_class(p, t, 2)[1] for p, t in pairs])
    return iou, 2 * iou / (1 + iou)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    train_set, test = (
        _seg.data(n, seed, part) for part, n in enumerate((25, 20) if short else (320, 100))
    )
    labels = test[1].numpy()
    order = np.argsort((labels > 0).sum(axis=(1, 2)), kind="stable")
    third = len(order) // 3
    found = {}
    for name, (network, loss) in TRAINED.items():
        rng = np.random.default_rng(seed)
        model = _seg.VARIANTS[network](rng)
        train(model, *train_set, LOSSES[loss], rng, epochs=5 if short else EPOCHS)
        model.eval()
        with torch.no_grad():
            p = model(test[0]).softmax(dim=1)
        predicted = p.argmax(dim=1).numpy()
        for what, value in _seg.measures(predicted, labels).items():
            found[f"{name} {what}"] = value
        iou, dice = of_images(predicted, labels)
        found[f"{name} calibration error"] = calibration_error(p, test[1])
        found[f"{name} image IoU"], found[f"{name} image Dice"] = (
            float(iou.mean()),
            float(dice.mean()),
        )
        found[f"{name} small"] = float(dice[order[:third]].mean())
        found[f"{name} large"] = float(dice[order[-third:]].mean())
        found[f"{name} worst image"] = float(iou.min())
    return found
