"""What is each regulariser worth on few images, with one network and one budget?

A convolution and two residual blocks of 16 filters, then two linear layers, on 300 shapes of
16 × 16: 40 epochs in minibatches of 30, SGD with momentum, and a rate that falls along half a
cosine. Each row changes one thing. Where there are two strengths, the better one was taken by 1,000
images for validation, on seed 9, which is in none of the results (`python -m experiments.reg_table`
shows that choice). The test set has 2,000 images. "four times the images" is what one would rather
have, with as many steps.
"""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as TF  # its cross_entropy takes probabilities as targets

from cs_lib.torch import augmentation as A
from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR
from cs_lib.torch.regularization import l1_penalty, l2_penalty
from experiments import _small

SEEDS = (0, 1, 2)
TUNED_ON = 9
EPOCHS, BATCH, RATE, PASSES = 40, 30, 0.05, 5
# name: the strengths to choose from, the chosen one first
STRENGTHS = {
    "none": (0,),
    "L2": (0.01, 0.03),
    "L1": (3e-4, 1e-3),
    "early stopping": (0,),
    "dropout": (0.5,),
    "DropConnect": (0.5,),
    "stochastic depth": (0.3,),
    "fractional pooling": (0,),
    "batch norm": (0,),
    "label smoothing": (0.1,),
    "noise": (0.1, 0.05),
    "flip": (0.5,),
    "shift": (1, 2),
    "cutout": (4, 6),
    "mixup": (0.3,),
    "CutMix": (1.0,),
    "four times the images": (0,),
    "several": (0,),
}


def network(kind, p, rng, *, width=16):
    def conv(before, after):
        layers = [nn.Conv2d(before, after, 3, padding=1, rng=rng)]
        return layers + [nn.BatchNorm2d(after)] * (kind == "batch norm")

    def pool(size):
        if kind == "fractional pooling":
            return nn.FractionalMaxPool2d(3, output_size=size, rng=rng)
        return nn.MaxPool2d(2)

    def block():
        layers = [*conv(width, width), nn.ReLU(), *conv(width, width)]
        if kind in ("stochastic depth",):
            layers.append(nn.StochasticDepth(p, rng=rng))
        return nn.Residual(nn.Sequential(*layers))

    def linear(before, after):
        if kind == "DropConnect":
            return [nn.DropConnect(before, after, p=p, rng=rng)]
        dropped = [nn.Dropout(p, rng=rng)] if kind == "dropout" else []
        return [*dropped, nn.Linear(before, after, rng=rng)]

    return nn.Sequential(
        *conv(3, width), nn.ReLU(), pool(8), block(), nn.ReLU(), pool(4), block(), nn.ReLU(),
        nn.Flatten(), *linear(width * 16, 128), nn.ReLU(), *linear(128, 10),
    )  # fmt: skip


def changed(kind, strength, x, y, rng):
    """A batch of images in [0, 1] and labels -> other images, labels or probabilities"""
    if kind == "flip":
        return A.random_horizontal_flip(x, strength, rng=rng), y
    if kind == "shift":
        return A.random_crop(x, 16, padding=strength, rng=rng), y
    if kind == "noise":
        return A.gaussian_noise(x, strength, rng=rng), y
    if kind == "cutout":
        return A.cutout(x, strength, fill=0.5, rng=rng), y
    if kind in ("mixup", "CutMix"):
        mix = A.mixup if kind == "mixup" else A.cutmix
        return mix(x, y, 10, alpha=strength, rng=rng)
    if kind == "several":
        x = A.random_crop(x, 16, padding=STRENGTHS["shift"][0], rng=rng)
        return A.mixup(A.random_horizontal_flip(x, rng=rng), y, 10, alpha=0.3, rng=rng)
    return x, y


def images(seed, *, short=False):
    n, rest = (120, 150) if short else (1200, 3000)
    x, y, x_rest, y_rest = _small.shapes(n, rest, seed)
    mean, std = float(x[: n // 4].mean()), float(x[: n // 4].std())
    x, x_rest = torch.from_numpy(x).float(), torch.from_numpy(x_rest).float()
    return {
        "train": (x[: n // 4], torch.from_numpy(y[: n // 4])),
        "more": (x, torch.from_numpy(y)),
        "validation": (x_rest[: rest // 3], torch.from_numpy(y_rest[: rest // 3])),
        "test": (x_rest[rest // 3 :], torch.from_numpy(y_rest[rest // 3 :])),
        "standardize": lambda x: (x - mean) / std,
    }


@torch.no_grad()
def predicted(model, x, y, passes=1):
    """Share right and mean loss, of the mean probabilities over some passes in evaluation"""
    model.eval()
    p = torch.stack([model(x).softmax(dim=1) for _ in range(passes)]).mean(dim=0)
    model.train()
    loss = TF.nll_loss(p.clamp_min(1e-12).log(), y).item()
    return (p.argmax(dim=1) == y).float().mean().item(), loss


def fit(pictures, kind, strength, seed, *, epochs=None):
    """A network trained on pictures["train"], for EPOCHS unless epochs says otherwise"""
    rng = np.random.default_rng(seed)
    model = network(kind, strength, rng)
    x, y = pictures["more" if kind == "four times the images" else "train"]
    steps = (epochs or EPOCHS) * math.ceil(len(pictures["train"][0]) / BATCH)
    optimizer = optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, steps)
    best, kept, step = -1.0, None, 0
    while step < steps:
        for batch in torch.from_numpy(rng.permutation(len(x))).split(BATCH):
            inputs, targets = changed(kind, strength, x[batch], y[batch], rng)
            smoothing = strength if kind == "label smoothing" else 0.0
            scores = model(pictures["standardize"](inputs))
            loss = TF.cross_entropy(scores, targets, label_smoothing=smoothing)
            if kind in ("L2", "several"):
                decay = STRENGTHS["L2"][0] if kind == "several" else strength
                loss = loss + l2_penalty(model.named_parameters(), decay, half=True)
            elif kind == "L1":
                loss = loss + l1_penalty(model.named_parameters(), strength)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if step == steps:
                break
        if kind == "early stopping":
            x_val, y_val = pictures["validation"]
            right = predicted(model, pictures["standardize"](x_val), y_val)[0]
            if right > best:
                best, kept = right, copy.deepcopy(model.state_dict())
    if kept is not None:
        model.load_state_dict(kept)
    return model


def train(pictures, kind, strength, seed, *, epochs=None):
    """-> {"train", "validation", "test": [share right, loss]}"""
    model = fit(pictures, kind, strength, seed, epochs=epochs)
    passes = PASSES if kind == "fractional pooling" else 1
    found = {}
    for part in ("train", "validation", "test"):
        x, y = pictures[part]
        found[part] = predicted(model, pictures["standardize"](x), y, passes)
    return found


def run(seed, *, short=False):
    torch.set_num_threads(1)
    pictures, found = images(seed, short=short), {}
    for kind, strengths in STRENGTHS.items():
        runs = train(pictures, kind, strengths[0], seed, epochs=1 if short else None)
        for part, (right, loss) in runs.items():
            found[f"{kind} {part}"] = right
            found[f"{kind} {part} loss"] = loss
    return found


if __name__ == "__main__":
    import sys

    torch.set_num_threads(1)
    pictures = images(TUNED_ON)
    for kind in sys.argv[1:] or [k for k, s in STRENGTHS.items() if len(s) > 1]:
        for strength in STRENGTHS[kind]:
            runs = train(pictures, kind, strength, TUNED_ON)
            print(
                f"{kind} {strength}: "
                + ", ".join(f"{k} {a:.3f} {b:.2f}" for k, (a, b) in runs.items()),
                flush=True,
            )
