"""Does a detector drown in background, and what saves it: samples, a special loss, or the start?

A small network with 192 square anchors at stride 4, on scenes of 32 × 32 with one or two shapes,
round or with corners; 400 to train on, 150 to test. Six epochs of AdamW at a rate of 0.01. All
variants have the same loss of boxes, and differ in the loss of classes alone:

- "all": the mean cross-entropy over all anchors; "positives": its sum over the number of positives
- "hard", "random": of the negatives three for each positive, those of largest loss, or any
- "focal": all, times (1 - p)², and the start below; "start": "positives", but the first output says
  background with a probability of 0.98, by the bias, and the head's weights are a tenth
- "bias", "tenth": "positives" with one half of that start, the bias or the smaller weights

"long": three of them once more, with three times as many epochs.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib.data import scenes
from cs_lib.torch import nn, optim
from cs_lib.torch.detection import (
    box_iou,
    decode_boxes,
    encode_boxes,
    grid_anchors,
    hard_negatives,
    match_anchors,
    models,
    smooth_l1_loss,
)
from cs_lib.torch.lr_scheduler import OneCycleLR
from experiments import _det, _seg

SEEDS = (0, 1, 2)
SIZE, CLASSES, K = 32, 3, 3
RATE, EPOCHS, BATCH = 0.01, 6, 16
PRIOR, GAMMA = 0.02, 2
VARIANTS = ("all", "positives", "hard", "random", "focal", "start", "tenth", "bias")
LONG = ("positives", "hard", "start")
ANCHORS = grid_anchors(torch.zeros(1, 1, 8, 8), stride=4, scales=[10.0, 14.0, 19.0], ratios=[1.0])


class Net(nn.Module):
    """Two stages, and for each anchor the scores of three classes and four numbers of a box"""

    def __init__(self, rng):
        super().__init__()
        self.backbone = models.Backbone((16, 32), rng=rng)
        self.head = nn.Conv2d(32, K * (CLASSES + 4), 3, padding=1, rng=rng)

    def forward(self, images):
        y = self.head(self.backbone(images)[-1]).permute(0, 2, 3, 1)
        return y.reshape(len(images), -1, CLASSES + 4).split((CLASSES, 4), dim=2)


def data(n, seed, part):
    """-> images (n, 3, 32, 32) about 0, targets"""
    x, y = scenes.load(n, size=SIZE, most=2, radius=(5.0, 10.0), seed=seed, part=part)
    for target in y:
        target["labels"] = _seg.KINDS[1 + target["labels"]] - 1
    return torch.from_numpy(x) - 0.5, y


def start(net, variant):
    """The head's first values"""
    with torch.no_grad():
        if variant in ("focal", "start", "tenth"):
            net.head.weight *= 0.1
        if variant in ("focal", "start", "bias"):
            # softmax of (b, 0, 0) gives background e^b / (e^b + 2) = 1 - PRIOR
            bias = math.log((1 - PRIOR) / PRIOR * (CLASSES - 1))
            net.head.bias[:: CLASSES + 4] = bias


def losses(net, images, targets, variant, rng):
    """-> loss of classes, loss of boxes, the share of the first that negatives have"""
    scores, deltas = net(images)
    match = torch.stack(
        [
            match_anchors(box_iou(torch.as_tensor(t["boxes"]), ANCHORS), low=0.4, high=0.5)
            for t in targets
        ]
    )
    labels, goals = torch.zeros_like(match), []
    for own, m, t in zip(labels, match, targets, strict=True):
        at = m >= 0
        own[at] = torch.as_tensor(t["labels"])[m[at]] + 1
        goals.append(encode_boxes(torch.as_tensor(t["boxes"])[m[at]], ANCHORS[at]))
    each = F.cross_entropy(scores.transpose(1, 2), labels, reduction="none")
    positive, negative = match >= 0, match == -1
    count = positive.sum().clamp(min=1)
    boxes = smooth_l1_loss(deltas[positive], torch.cat(goals)) / count
    if variant == "focal":
        each = (1 - torch.exp(-each)) ** GAMMA * each
    elif variant == "hard":
        negative = hard_negatives(each, match, ratio=3)
    elif variant == "random":
        noise = torch.from_numpy(rng.random(each.shape))
        negative = hard_negatives(noise, match, ratio=3)
    total = each[positive | negative].sum()
    share = (each[negative].sum() / total).item()
    if variant == "all":
        count = (positive | negative).sum()
    return total / count, boxes, share


def train(net, x, y, variant, rng, *, epochs):
    """-> share of the negatives in the classes' loss at the first step"""
    batches = -(-len(x) // BATCH)
    optimizer = optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, RATE, epochs * batches)
    net.train()
    shares = []
    for _ in range(epochs):
        for index in np.array_split(rng.permutation(len(x)), batches):
            images, targets = _det.flipped(x[index], [y[i] for i in index], rng)
            classes, boxes, share = losses(net, images, targets, variant, rng)
            shares.append(share)
            optimizer.zero_grad()
            (classes + boxes).backward()
            optimizer.step()
            schedule.step()
    return shares[0]


@torch.no_grad()
def predict(net, x):
    net.eval()
    scores, deltas = net(x)
    return [
        models.select_detections(s, decode_boxes(d, ANCHORS), x.shape[2:], score_threshold=0.01)
        for s, d in zip(scores.softmax(dim=2), deltas, strict=True)
    ]


def trained(x, y, variant, seed, *, epochs):
    """-> net, share of the negatives in the classes' loss at the first step"""
    rng = np.random.default_rng(seed)
    net = Net(rng)
    start(net, variant)
    return net, train(net, x, y, variant, rng, epochs=epochs)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y = data(64 if short else 400, seed, 0)
    x_test, y_test = data(20 if short else 150, seed, 1)
    found = {}
    for variant in VARIANTS:
        net, share = trained(x, y, variant, seed, epochs=1 if short else EPOCHS)
        predicted = predict(net, x_test)
        found[f"{variant} AP50"], found[f"{variant} AP75"] = _det.score(predicted, y_test)
        found[f"{variant} share of negatives"] = share
        sure = [(one["scores"] > 0.5).sum().item() for one in predicted]
        found[f"{variant} boxes above 0.5"] = float(np.mean(sure))
    for variant in LONG:
        net, _ = trained(x, y, variant, seed, epochs=1 if short else 3 * EPOCHS)
        scores = _det.score(predict(net, x_test), y_test)
        found[f"{variant} long AP50"], found[f"{variant} long AP75"] = scores
    found["objects"] = float(np.mean([len(t["labels"]) for t in y_test]))
    return found
