"""What do overfitting, its curves and its cures look like, if size and penalty are free to choose?

"plain": a small convolutional network on 500 shapes of 16 × 16, at a constant rate, for 60 epochs;
"random": the same network with shuffled labels. "dropout": the same with dropout on 2,000 images;
its loss as it is added up in training, and measured afterwards on the same images without dropout.
"size": multilayer perceptrons of four widths with four L2 penalties, on 1,000 images. "bias": the
convolutional network with a penalty on the weights alone, or on the biases too, where the pixels
have mean 0 and where they lie in [0, 1].
"""

import numpy as np
import torch
import torch.nn.functional as TF

from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR
from cs_lib.torch.regularization import l2_penalty
from experiments import _small

SEEDS = (0, 1, 2)
WIDTHS = (4, 16, 64, 256)
PENALTIES = (0.0, 0.003, 0.01, 0.03)
DECAYS = (0.01, 0.03)


def convolutional(rng, p=None):
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(32 * 2 * 2, 128, rng=rng), nn.ReLU()]
    if p is not None:
        layers.append(nn.Dropout(p, rng=rng))
    return nn.Sequential(*layers, nn.Linear(128, 10, rng=rng))


def perceptron(width, rng):
    hidden = nn.Linear(3 * 16 * 16, width, rng=rng)
    return nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Linear(width, 10, rng=rng))


@torch.no_grad()
def measured(model, x, y):
    """In evaluation -> share right, mean loss, mean probability of the class that is chosen"""
    model.eval()
    scores = model(x)
    model.train()
    right = (scores.argmax(dim=1) == y).float().mean().item()
    sure = scores.softmax(dim=1).max(dim=1).values.mean().item()
    return right, TF.cross_entropy(scores, y).item(), sure


def train(model, x, y, rng, *, epochs, lr=0.02, decay=0.0, free=("*bias",), fall=False, each=None):
    """each: called after each epoch with the loss as it was added up in training"""
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, epochs * -(-len(x) // 50)) if fall else None
    for _ in range(epochs):
        total = 0.0
        for batch in torch.from_numpy(rng.permutation(len(x))).split(50):
            loss = TF.cross_entropy(model(x[batch]), y[batch])
            total += loss.item() * len(batch)
            if decay:
                loss = loss + l2_penalty(model.named_parameters(), decay, half=True, exclude=free)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
        if each is not None:
            each(total / len(x))
    return model


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, n_test = (200, 100) if short else (2000, 1500)
    raw, y, raw_test, y_test = _small.shapes(n, n_test, seed)
    y, y_test = torch.from_numpy(y), torch.from_numpy(y_test)
    x, x_test = (torch.from_numpy(a).float() for a in _small.standardized(raw, raw_test))
    few, epochs, found = n // 4, 1 if short else 60, {}

    for name in ("plain", "random"):
        rng = np.random.default_rng(seed)
        labels = y[:few] if name == "plain" else y[:few][torch.from_numpy(rng.permutation(few))]
        model, rows = convolutional(rng), []

        def each(_, model=model, rows=rows, labels=labels):
            now = (x[:few], labels), (x_test[:500], y_test[:500])
            rows.append([number for part in now for number in measured(model, *part)])

        train(model, x[:few], labels, rng, epochs=epochs, each=each)
        keys = [f"{name} {p} {k}" for p in ("train", "val") for k in ("right", "loss", "sure")]
        found |= {
            key: list(column) for key, column in zip(keys, zip(*rows, strict=True), strict=True)
        }

    rng = np.random.default_rng(seed)
    model, rows = convolutional(rng, p=0.5), []

    def each_epoch(added_up):
        afterwards, validation = measured(model, x, y), measured(model, x_test[:500], y_test[:500])
        rows.append([added_up, afterwards[1], validation[1]])

    train(model, x, y, rng, epochs=1 if short else 15, each=each_epoch)
    for k, name in enumerate(("added up", "afterwards", "val")):
        found[f"dropout {name}"] = [row[k] for row in rows]

    many = n // 2
    for width in WIDTHS:
        for decay in PENALTIES:
            rng = np.random.default_rng(seed)
            model = perceptron(width, rng)
            train(model, x[:many], y[:many], rng, epochs=1 if short else 40, decay=decay, fall=True)
            found[f"size {width} {decay}"] = [
                measured(model, x[:many], y[:many])[0],
                measured(model, x_test, y_test)[0],
            ]

    for centred in (True, False):
        inputs = (x, x_test) if centred else [torch.from_numpy(a).float() for a in (raw, raw_test)]
        for decay in DECAYS:
            for free in (True, False):
                rng = np.random.default_rng(seed)
                model = convolutional(rng)
                train(
                    model, inputs[0][:few], y[:few], rng, epochs=1 if short else 40, lr=0.05,
                    decay=decay, free=("*bias",) if free else (), fall=True,
                )  # fmt: skip
                name = f"bias {'centred' if centred else 'raw'} {'free' if free else 'penalised'}"
                found[f"{name} {decay}"] = [
                    *measured(model, inputs[0][:few], y[:few])[:2],
                    *measured(model, inputs[1], y_test)[:2],
                ]
    return found
