"""What does a network that was trained on images of 32 × 32 say of larger ones?

Three networks of three convolutions with max pooling: "mean" ends in the mean over all places and
a linear layer (and has batch normalisation), "flat" in a fully connected layer, and so does
"valid", whose convolutions have no padding. The last layer of the latter two is read as a
convolution, so they give a map of scores on a larger image, whose mean is taken as the answer.
Test images are enlarged ("enlarged"), continued by their border pixels so that the shape keeps
its size ("continued"), or put four to a collage.
"""

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib import data
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.trainer import Trainer

SEEDS = (0, 1, 2)
SIZES = (32, 40, 48, 64)
SHOWN = ("star", "ring", "bolt", "moon")  # of the collage, row by row


def network(kind, rng):
    """-> layers up to the last map, and the kernel size of the last layer"""
    kernels, padding, last = ((5, 3, 3), 0, 2) if kind == "valid" else ((3, 3, 3), 1, 4)
    layers = []
    for before, after, kernel in zip((3, 16, 32), (16, 32, 64), kernels, strict=True):
        conv = nn.Conv2d(before, after, kernel, padding=padding, rng=rng)
        norm = [nn.BatchNorm2d(after)] if kind == "mean" else []  # it trains slowly without
        layers += [conv, *norm, nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers), 1 if kind == "mean" else last


class ScoreMap(nn.Module):
    """features, then the scores of each place: (N, 3, H, W) -> (N, 10, h, w)"""

    def __init__(self, kind, rng):
        super().__init__()
        self.features, kernel = network(kind, rng)
        self.last = nn.Conv2d(64, 10, kernel, rng=rng)

    def forward(self, x):
        return self.last(self.features(x))


class Mean(nn.Module):
    """The mean of the map is the answer; the mean of a linear layer is that of its input."""

    def __init__(self, score_map):
        super().__init__()
        self.score_map = score_map

    def forward(self, x):
        return self.score_map(x).mean(dim=(2, 3))


def collage(images):
    """(4, 3, 32, 32) -> (3, 64, 64)"""
    rows = [torch.cat([images[i], images[i + 1]], dim=2) for i in (0, 2)]
    return torch.cat(rows, dim=1)


def first_of(d, names=SHOWN):
    """The first test image of each of these classes: their numbers"""
    return [int(np.flatnonzero(d.y_test == d.classes.index(name))[0]) for name in names]


def larger(x, size, how):
    if how == "enlarged":
        return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)
    margin = (size - 32) // 2
    return F.pad(x, [margin] * 4, mode="replicate")


def run(seed, *, short=False):
    torch.set_num_threads(1)
    d = data.load(
        "shapes", n_train=200 if short else 3000, n_test=100 if short else 1000, seed=seed
    )
    mean, std = d.x_train.mean(), d.x_train.std()
    x_train = (d.x_train - mean) / std
    x_test, y_test = torch.from_numpy((d.x_test - mean) / std), torch.from_numpy(d.y_test)
    epochs, found = 1 if short else 8, {}
    for kind in ("mean", "flat", "valid"):
        rng = np.random.default_rng(seed)
        score_map = ScoreMap(kind, rng)
        model = Mean(score_map)
        optimizer = optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.01)
        Trainer(
            model, nn.CrossEntropyLoss(), optimizer, epochs=epochs, batch_size=64, rng=rng,
            schedule=OneCycleLR(optimizer, 5e-3, epochs * -(-len(x_train) // 64)), progress=False,
        ).fit(x_train, d.y_train)  # fmt: skip
        model.eval()
        with torch.no_grad():
            for how in ("enlarged", "continued"):
                found[f"{kind} {how}"] = [
                    (model(larger(x_test, size, how)).argmax(dim=1) == y_test).float().mean().item()
                    for size in SIZES
                ]
            if kind == "mean":
                back = larger(larger(x_test, 64, "enlarged"), 32, "enlarged")
                found["back"] = (model(back).argmax(dim=1) == y_test).float().mean().item()
                continue
            # collages of four: are the corners of the map the scores of the four images?
            fours = x_test[: len(x_test) // 4 * 4].reshape(-1, 4, 3, 32, 32)
            maps = score_map(torch.stack([collage(four) for four in fours]))  # (n, 10, 5, 5)
            corners = torch.stack([maps[:, :, i, j] for i in (0, -1) for j in (0, -1)], dim=1)
            alone = torch.stack([model(four) for four in fours])  # (n, 4, 10)
            spread = (alone - alone.mean(dim=2, keepdim=True)).square().mean().sqrt()
            found[f"{kind} gap"] = ((corners - alone).square().mean().sqrt() / spread).item()
            same = corners.argmax(dim=2) == alone.argmax(dim=2)
            found[f"{kind} same"] = same.float().mean().item()
            shown = collage(x_test[first_of(d)])[None]
            probability = score_map(shown).softmax(dim=1)[0].numpy()  # (10, 5, 5)
            found[f"{kind} map"] = probability.argmax(axis=0).tolist()
            found[f"{kind} sure"] = probability.max(axis=0).round(3).tolist()
    return found
