"""A network for the shapes of 32 × 32 whose inside several experiments and pages look at."""

from functools import lru_cache

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.models.blocks import scale_for_relu
from cs_lib.torch.trainer import Trainer

PLAN = (16, "pool", 32, 32, "pool", 64, 64)  # maps of 32, 16 and 8 pixels; the first filters 5 × 5
# the names of the ReLUs, whose outputs are the units, and (size, stride) of the layers up to each
RELUS = {"body.2": 1, "body.6": 3, "body.9": 4, "body.13": 6, "body.16": 7}
GEOMETRY = [(5, 1), (2, 2), (3, 1), (3, 1), (2, 2), (3, 1), (3, 1)]


class Network(nn.Module):
    """Convolutions with batch norm and ReLU, the mean over each map, a linear layer.

    x: (N, 3, 32, 32) in [0, 1] -> scores: (N, num_classes). mean and std of the training images
    are part of it, so that gradients are those of the image itself.
    """

    def __init__(self, plan=PLAN, num_classes=10, *, mean=0.0, std=1.0, first=5, rng):
        super().__init__()
        layers, last = [], 3
        for maps in plan:
            if maps == "pool":
                layers.append(nn.MaxPool2d(2))
                continue
            size = 3 if layers else first
            conv = nn.Conv2d(last, maps, size, padding=size // 2, bias=False, rng=rng)
            layers += [conv, nn.BatchNorm2d(maps), nn.ReLU()]
            last = maps
        self.body = nn.Sequential(*layers)
        scale_for_relu(self.body)
        self.fc = nn.Linear(last, num_classes, rng=rng)
        self.mean, self.std = float(mean), float(std)

    def forward(self, x):
        maps = self.body((x - self.mean) / self.std)
        return self.fc(maps.mean(dim=(2, 3)))


def fit(model, x, y, rng, *, epochs=8, lr=1e-2, batch_size=64):
    """AdamW, one cycle of the rate; the model, in evaluation mode"""
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    steps = epochs * -(-len(x) // batch_size)
    Trainer(
        model.train(), nn.CrossEntropyLoss(), optimizer, epochs=epochs, batch_size=batch_size,
        rng=rng, schedule=OneCycleLR(optimizer, lr, steps), progress=False,
    ).fit(x, y)  # fmt: skip
    return model.eval()


@torch.no_grad()
def accuracy(model, x, y):
    """The share of images that get their label"""
    x = torch.as_tensor(x)
    answers = torch.cat([model(part).argmax(dim=1) for part in x.split(500)])
    return float((answers.cpu().numpy() == np.asarray(y)).mean())


@lru_cache(maxsize=8)
def trained(seed, short=False):
    """-> the network trained on 3,000 shapes, and the data set with its 1,000 test images"""
    d = data.load("shapes", n_train=200 if short else 3000, n_test=1000, seed=seed)
    rng = np.random.default_rng(seed)
    model = Network(mean=d.x_train.mean(), std=d.x_train.std(), rng=rng)
    return fit(model, d.x_train, d.y_train, rng, epochs=1 if short else 8), d
