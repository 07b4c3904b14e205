"""The small variants of the architectures, and how they are trained on the shapes."""

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import OneCycleLR
from cs_lib.torch.models import (
    VGG,
    AlexNet,
    CifarDenseNet,
    CifarResNet,
    Fabric,
    GoogLeNet,
    GoogLeNetOutputs,
    LeNet5,
    MSDNet,
    auxiliary_loss,
    exits_loss,
)

# The widths make about six million multiply-adds of each, but LeNet-5, which has one size only.
# AlexNet has no dropout here: with it, eight epochs on 1,500 images did not leave chance.
VARIANTS = {
    "LeNet-5": lambda rng: LeNet5(in_channels=3, rng=rng),
    "AlexNet": lambda rng: AlexNet(10, small=True, width=11, dropout=0.0, rng=rng),
    "VGG-11": lambda rng: VGG(11, 10, small=True, batch_norm=True, width=12, rng=rng),
    "GoogLeNet": lambda rng: GoogLeNet(10, small=True, width=4, rng=rng),
    "ResNet-20": lambda rng: CifarResNet(20, width=6, rng=rng),
    "DenseNet-22": lambda rng: CifarDenseNet(22, growth_rate=5, rng=rng),
    "fabric": lambda rng: Fabric(4, channels=10, scales=5, rng=rng),
    "MSDNet": lambda rng: MSDNet(3, base=2, step=2, channels=6, growth_rate=2, rng=rng),
}


def shapes(n_train, n_test, seed):
    """Standardised shapes of 32 × 32 -> x_train (N, 3, 32, 32), y_train, x_test, y_test"""
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    mean, std = d.x_train.mean(), d.x_train.std()
    return (d.x_train - mean) / std, d.y_train, (d.x_test - mean) / std, d.y_test


def loss_of(outputs, target):
    """Cross-entropy; of several classifiers as the architecture's paper adds them up"""
    loss = nn.CrossEntropyLoss()
    if isinstance(outputs, GoogLeNetOutputs):
        return auxiliary_loss(loss, outputs, target)
    if isinstance(outputs, list):
        return exits_loss(loss, outputs, target)
    return loss(outputs, target)


def train(model, x, y, lr, rng, *, epochs, batch=64, after=None):
    """AdamW, its rate up to lr and down again -> the mean loss of each epoch

    after: called after each epoch
    """
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, lr, epochs * -(-len(x) // batch))
    model.to(memory_format=torch.channels_last)  # a third faster on a CPU
    x = torch.from_numpy(x).contiguous(memory_format=torch.channels_last)
    y, means = torch.from_numpy(y), []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for index in np.array_split(rng.permutation(len(x)), -(-len(x) // batch)):
            value = loss_of(model(x[index]), y[index])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            schedule.step()
            total += value.item() * len(index)
        means.append(total / len(x))
        if after is not None:
            after()
    return means


def last(outputs):
    """The scores that count"""
    return outputs[-1] if isinstance(outputs, list) else outputs


def scores(model, x, batch=250):
    """In evaluation -> (N, 10)"""
    model.eval()
    with torch.no_grad():
        parts = [last(model(torch.from_numpy(x[i : i + batch]))) for i in range(0, len(x), batch)]
    return torch.cat(parts).numpy()


def accuracy(model, x, y):
    return float((scores(model, x).argmax(axis=1) == y).mean())
