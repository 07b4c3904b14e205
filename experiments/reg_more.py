"""Do other tasks, unlabelled images or sparse features help where labels are few?

A network of two convolutions and two linear layers learns the shape in images of 16 × 16.
"tasks": from 200 labelled images, alone; with the angle, the place and the radius of the same 200
as more tasks of the same trunk; or with those of 2,000 images whose shape nobody has named.
"unlabelled": from 100 labelled images, shifted at random; with 2,000 more whose predictions for two
random shifts should agree (consistency), or whose confident predictions are taken for labels
(pseudo-labels). "sparse": a penalty on the sum of the 64 hidden activations, which are counted.
"""

import numpy as np
import torch
import torch.nn.functional as TF

from cs_lib.data import shapes
from cs_lib.torch import augmentation, nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR

SEEDS = (0, 1, 2)
SPARSE = (0.0, 1e-3, 1e-2, 1e-1)
SURE = 0.9


def images(n, rng):
    """-> x (n, 3, 16, 16), less 0.5 and over 0.25, label (n,), pose (n, 4): angle, place, radius"""
    made = shapes.sample(n, rng)
    pictures = shapes.render(made) + 0.04 * rng.standard_normal((n, 3, 32, 32))
    x = pictures.reshape(n, 3, 16, 2, 16, 2).mean(axis=(3, 5))
    pose = np.column_stack([made.angle / 0.375, made.center / 1.73, (made.radius - 8.25) / 1.01])
    x, pose = (torch.from_numpy(a).float() for a in ((x - 0.5) / 0.25, pose))
    return x, torch.from_numpy(made.label), pose


class Network(nn.Module):
    def __init__(self, rng):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(24 * 16, 64, rng=rng), nn.ReLU(),
        )  # fmt: skip
        self.shape = nn.Linear(64, 10, rng=rng)
        self.pose = nn.Linear(64, 4, rng=rng)

    def forward(self, x):
        return self.shape(self.trunk(x))


def train(seed, step_loss, steps):
    """step_loss: (network, rng, how far training is) -> loss"""
    rng = np.random.default_rng(seed)
    network = Network(rng)
    optimizer = optim.SGD(network.parameters(), lr=0.03, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        loss = step_loss(network, rng, step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network


@torch.no_grad()
def right(network, x, y):
    return (network(x).argmax(dim=1) == y).float().mean().item()


def draw(x, *others, n, rng):
    index = torch.from_numpy(rng.integers(0, len(x), n))
    return [a[index] for a in (x, *others)]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    rng = np.random.default_rng([seed, 5])
    n, steps = (200, 3) if short else (2000, 400)
    x, y, pose = images(n, rng)
    x_test, y_test, pose_test = images(200 if short else 2000, rng)
    found, few = {}, n // 10

    for name, task_images in (("alone", 0), ("same images", few), ("more images", n)):

        def tasks(network, rng, _, task_images=task_images):
            inputs, labels = draw(x[:few], y[:few], n=40, rng=rng)
            loss = TF.cross_entropy(network(inputs), labels)
            if task_images:
                inputs, targets = draw(x[:task_images], pose[:task_images], n=40, rng=rng)
                loss = loss + TF.mse_loss(network.pose(network.trunk(inputs)), targets)
            return loss

        network = train(seed, tasks, steps)
        with torch.no_grad():
            error = TF.mse_loss(network.pose(network.trunk(x_test)), pose_test).item()
        found[f"tasks {name}"] = right(network, x_test, y_test)
        found[f"tasks {name} error"] = error  # 1 for guessing the mean

    few = n // 20

    def shifted(inputs, rng):
        return augmentation.random_crop(inputs, 16, padding=1, rng=rng)

    for name in ("alone", "consistency", "pseudo-labels"):

        def unlabelled(network, rng, done, name=name):
            inputs, labels = draw(x[:few], y[:few], n=40, rng=rng)
            loss = TF.cross_entropy(network(shifted(inputs, rng)), labels)
            if name == "alone" or done < 0.25:  # what is not yet learned would be taken for true
                return loss
            (inputs,) = draw(x, n=80, rng=rng)
            with torch.no_grad():
                p = network(shifted(inputs, rng)).softmax(dim=1)
            scores = network(shifted(inputs, rng))
            if name == "consistency":
                return loss + 5 * (scores.softmax(dim=1) - p).square().sum(dim=1).mean()
            sure, guess = p.max(dim=1)
            each = TF.cross_entropy(scores, guess, reduction="none")
            return loss + (each * (sure > SURE)).mean()

        network = train(seed, unlabelled, steps)
        found[f"unlabelled {name}"] = right(network, x_test, y_test)
        with torch.no_grad():
            sure, guess = network(x).softmax(dim=1).max(dim=1)
        taken = sure > SURE
        found[f"unlabelled {name} taken"] = taken.float().mean().item()
        found[f"unlabelled {name} taken right"] = (
            (guess == y)[taken].float().mean().nan_to_num(0.0).item()
        )

    few = n // 4
    for strength in SPARSE:

        def sparse(network, rng, _, strength=strength):
            inputs, labels = draw(x[:few], y[:few], n=40, rng=rng)
            hidden = network.trunk(inputs)
            loss = TF.cross_entropy(network.shape(hidden), labels)
            return loss + strength * hidden.sum(dim=1).mean()  # after a ReLU it is the L1 norm

        network = train(seed, sparse, steps)
        with torch.no_grad():
            active = network.trunk(x_test) > 0
        found[f"sparse {strength}"] = right(network, x_test, y_test)
        found[f"sparse {strength} active"] = active.float().sum(dim=1).mean().item()
        found[f"sparse {strength} used"] = active.any(dim=0).sum().item()
    return found
