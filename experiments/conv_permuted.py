"""What does a network lose if the pixels of all images are put in another order, always the same?

Two networks learn `shapes`, an MLP and a CNN, with the images cut into square tiles that change
places: tiles of 32 pixels leave an image as it is, tiles of 1 shuffle all of its pixels.
"""

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import nn
from cs_lib.torch.optim import Adam
from cs_lib.torch.trainer import Trainer

SEEDS = (0, 1, 2)
SIDES = (32, 16, 8, 4, 2, 1)  # of a tile, in pixels


def shuffled(images, side, rng):
    """Cut (N, C, H, W) images into tiles and put them in an order drawn from rng, one for all."""
    n, channels, height, width = images.shape
    rows, columns = height // side, width // side
    tiles = images.reshape(n, channels, rows, side, columns, side)
    tiles = tiles.transpose(0, 2, 4, 1, 3, 5).reshape(n, rows * columns, channels, side, side)
    tiles = tiles[:, rng.permutation(rows * columns)]
    tiles = tiles.reshape(n, rows, columns, channels, side, side).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(tiles.reshape(images.shape))


def mlp(rng):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 256, rng=rng), nn.ReLU(), nn.Linear(256, 10, rng=rng)
    )


def cnn(rng):
    layers = []
    for before, after in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 4 * 4, 10, rng=rng))


def accuracy(make, images, labels, n_train, epochs, seed):
    """On those images that were not trained on, the last ones."""
    model = make(np.random.default_rng(seed))
    optimizer = Adam(model.parameters(), lr=1e-3)
    trainer = Trainer(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs=epochs,
        batch_size=50,
        rng=np.random.default_rng([seed, 1]),
        progress=False,
    )
    trainer.fit(images[:n_train], labels[:n_train])
    return trainer.evaluate(images[n_train:], labels[n_train:])["accuracy"]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n_train, n_test, epochs = (100, 50, 1) if short else (3000, 1000, 10)
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    images, labels = np.concatenate([d.x_train, d.x_test]), np.concatenate([d.y_train, d.y_test])
    images = (images - images.mean()) / images.std()
    results = {"mlp": [], "cnn": []}
    for side in SIDES:
        view = torch.from_numpy(shuffled(images, side, np.random.default_rng([seed, side])))
        for name, make in (("mlp", mlp), ("cnn", cnn)):
            found = accuracy(make, view, torch.from_numpy(labels), n_train, epochs, seed)
            results[name].append(found)
    return results
