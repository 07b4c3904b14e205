"""What the experiments on augmentation share: changes, a network of three convolutions, the loop.

A change is a function of (images of 16 × 16 in [0, 1], labels, rng) -> (images, labels or masses).
"""

import numpy as np
import torch
from torch.nn import functional as F  # its cross_entropy takes masses as well as labels

from cs_lib.torch import augmentation, nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR

CLASSES = 10


def quarter_turn(x, rng):
    """Each image turned by 0, 90, 180 or 270 degrees"""
    turns = torch.from_numpy(rng.integers(4, size=len(x)))
    y = x.clone()
    for k in (1, 2, 3):
        y[turns == k] = torch.rot90(x[turns == k], k, (2, 3))
    return y


def keeps(change, **options):
    """A change of images alone, as one of images and labels"""
    return lambda x, y, rng: (change(x, **options, rng=rng), y)


JITTER = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4}
CHANGES = {
    "none": lambda x, y, rng: (x, y),
    "flip": keeps(augmentation.random_horizontal_flip),
    "shift": keeps(augmentation.random_crop, size=16, padding=2),
    "turn": keeps(quarter_turn),
    "colour": keeps(augmentation.color_jitter, **JITTER),
    "noise": keeps(augmentation.gaussian_noise, std=0.1),
    "cutout 4": keeps(augmentation.cutout, size=4, fill=0.5),
    "cutout 10": keeps(augmentation.cutout, size=10, fill=0.5),
    "mixup": lambda x, y, rng: augmentation.mixup(x, y, CLASSES, rng=rng),
    "cutmix": lambda x, y, rng: augmentation.cutmix(x, y, CLASSES, rng=rng),
}


def both(x, y, rng):
    return CHANGES["colour"](*CHANGES["shift"](x, y, rng), rng)


def network(rng):
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.BatchNorm2d(after)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 2 * 2, CLASSES, rng=rng))


class Standardize:
    """Less the mean of the training images, and divided by their standard deviation"""

    def __init__(self, x):
        self.mean, self.std = x.mean(), x.std()

    def __call__(self, x):
        return (x - self.mean) / self.std


def train(x, y, change, seed, *, epochs, batch_size=40, lr=0.05, prepare=None):
    """Change, standardise, step -> the network, in evaluation mode, and its standardisation

    prepare: images of x -> what change takes, for images that are not 16 × 16 yet
    """
    rng = np.random.default_rng(seed)
    model, standardize = network(rng), Standardize(x)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    schedule = CosineAnnealingLR(optimizer, epochs * -(-len(x) // batch_size))
    for _ in range(epochs):
        for batch in torch.from_numpy(rng.permutation(len(x))).split(batch_size):
            images = x[batch] if prepare is None else prepare(x[batch], rng)
            images, targets = change(images, y[batch], rng)
            optimizer.zero_grad()
            F.cross_entropy(model(standardize(images)), targets).backward()
            optimizer.step()
            schedule.step()
    return model.eval(), standardize


@torch.no_grad()
def probabilities(model, standardize, x):
    return torch.cat([F.softmax(model(standardize(part)), dim=1) for part in x.split(500)])


def right(p, y):
    """The share of rows whose largest entry is at the label"""
    return (p.argmax(dim=1) == y).float().mean().item()


def tensors(x, y):
    return torch.from_numpy(x).float(), torch.from_numpy(y)
