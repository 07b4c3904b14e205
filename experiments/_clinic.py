"""What the experiments on diagnosis share: one way to train, in which much can be made wrong."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from cs_lib.torch import augmentation, init, nn
from experiments import _small

FAILED = 1000.0  # in place of a loss that is no number
CHUNK = 5  # steps: the training loss is kept as means of so many


@dataclass(frozen=True)
class Recipe:
    """How a run is made; the defaults are a healthy one."""

    lr: float = 0.02
    epochs: int = 12
    n_train: int = 1600
    momentum: float = 0.9
    weight_decay: float = 0.0
    cosine: bool = True
    horizon: float = 1.0  # the share of all steps after which the cosine is at 0, and stays
    he: bool = True  # or torch's default weights
    norm: bool = False  # batch normalisation behind each convolution
    norm_momentum: float = 0.1
    standardize: bool = True  # the training images
    standardize_val: bool = True
    mismatch: bool = False  # images are shuffled once, and labels are not
    shuffle: bool = True  # else sorted by class, in each epoch
    softmax_twice: bool = False
    zero_grad: bool = True
    augment: bool = False  # shifts and colours
    batch_size: int = 40


def images(seed, *, n_train=2000, n_rest=1000):
    """{"train", "val", "test": (x in [0, 1], y)}, tensors; n_rest images for val and for test"""
    x, y, x_rest, y_rest = _small.shapes(n_train, 2 * n_rest, seed)
    x, y, x_rest, y_rest = (torch.from_numpy(a) for a in (x, y, x_rest, y_rest))
    return {
        "train": (x.float(), y),
        "val": (x_rest[:n_rest].float(), y_rest[:n_rest]),
        "test": (x_rest[n_rest:].float(), y_rest[n_rest:]),
    }


def network(recipe, rng):
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        conv = nn.Conv2d(before, after, 3, padding=1, rng=rng)
        if recipe.he:
            conv.weight.data = init.kaiming_normal(tuple(conv.weight.shape), rng=rng)
            conv.bias.data.zero_()
        layers.append(conv)
        if recipe.norm:
            layers.append(nn.BatchNorm2d(after, momentum=recipe.norm_momentum))
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 2 * 2, 10, rng=rng))


def finite(value):
    return round(min(value, FAILED), 5) if math.isfinite(value) else FAILED


class Run:
    """A recipe at work: train() it, then ask score, dead and the kept lists."""

    def __init__(self, recipe, data, seed):
        self.recipe, self.rng = recipe, np.random.default_rng(seed)
        x, y = data["train"]
        x, y = x[: recipe.n_train], y[: recipe.n_train]
        self.mean, self.std = x.mean(), x.std()
        self.x, self.y, self.data = x, y, data
        if recipe.mismatch:
            self.x = x[torch.from_numpy(self.rng.permutation(len(x)))]
        if not recipe.shuffle:
            order = torch.argsort(y, stable=True)
            self.x, self.y = x[order], y[order]
        self.model = network(recipe, self.rng)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=recipe.lr,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
        )
        self.losses, self.ratios = [], []  # a number a step
        self.val = {"loss": [], "accuracy": []}  # a number an epoch

    def prepare(self, x, standardize=True):
        return (x - self.mean) / self.std if standardize else x * 1.0

    def loss(self, scores, y):
        return F.cross_entropy(scores.softmax(1) if self.recipe.softmax_twice else scores, y)

    def step(self, x, y):
        if self.recipe.augment:
            x = augmentation.random_crop(x, 16, padding=2, rng=self.rng)
            x = augmentation.color_jitter(
                x, brightness=0.4, contrast=0.4, saturation=0.4, rng=self.rng
            )
        if self.recipe.zero_grad or not self.losses:
            self.optimizer.zero_grad()
        loss = self.loss(self.model(self.prepare(x, self.recipe.standardize)), y)
        loss.backward()
        before = [p.detach().clone() for p in self.model.parameters() if p.ndim > 1]
        self.optimizer.step()
        after = [p.detach() for p in self.model.parameters() if p.ndim > 1]
        moved = math.sqrt(
            sum(((a - b) ** 2).sum().item() for a, b in zip(after, before, strict=True))
        )
        self.ratios.append(finite(moved / math.sqrt(sum((b**2).sum().item() for b in before))))
        self.losses.append(finite(loss.item()))

    def train(self, *, epochs=None):
        """epochs: with which the run ends; its recipe's, by default"""
        recipe = self.recipe
        epochs = epochs or recipe.epochs
        steps = epochs * -(-len(self.x) // recipe.batch_size)
        for _ in range(epochs):
            self.model.train()
            order = np.arange(len(self.x))
            if recipe.shuffle:
                order = self.rng.permutation(order)
            for batch in torch.from_numpy(order).split(recipe.batch_size):
                if recipe.cosine:
                    done = min(1.0, len(self.losses) / (recipe.horizon * steps))
                    self.optimizer.param_groups[0]["lr"] = (
                        recipe.lr * (1 + math.cos(math.pi * done)) / 2
                    )
                self.step(self.x[batch], self.y[batch])
            for what, value in self.score("val").items():
                self.val[what].append(value)
        return self

    @torch.no_grad()
    def score(self, part, *, mode="eval", standardize=None):
        """Loss and accuracy; part: "train" (as the run sees it), "val" or "test" """
        x, y = (self.x, self.y) if part == "train" else self.data[part]
        if standardize is None:
            own = self.recipe.standardize
            standardize = own if part == "train" else own and self.recipe.standardize_val
        self.model.train(mode == "train")
        kept = {k: v.clone() for k, v in self.model.state_dict().items()}
        scores = torch.cat([self.model(self.prepare(batch, standardize)) for batch in x.split(200)])
        self.model.load_state_dict(kept)  # training mode has moved running statistics
        self.model.eval()
        right = (scores.argmax(dim=1) == y).float().mean().item()
        return {"loss": finite(self.loss(scores, y).item()), "accuracy": round(right, 5)}

    @torch.no_grad()
    def dead(self):
        """The share of channels of the three ReLUs that are 0 for all validation images"""
        x, silent = self.prepare(self.data["val"][0], self.recipe.standardize), []
        self.model.eval()
        for layer in self.model:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                silent += ((x <= 0) | x.isnan()).all(dim=3).all(dim=2).all(dim=0).tolist()
        return sum(silent) / len(silent)


def chunks(values, size=CHUNK):
    """Means of so many values each"""
    return [round(float(np.mean(values[i : i + size])), 4) for i in range(0, len(values), size)]
