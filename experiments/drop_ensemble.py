"""Is a network with dropout an ensemble, and how good is the cheap average?

Multilayer perceptrons 768-256-256-10 learn 600 shapes of 16 × 16, five without dropout and five
with p = ½ behind both hidden layers. Test accuracy and negative log likelihood of: one network
(mean of five), the five together, one dropout network averaged over random masks ("masks n"), and
one dropout network whose scores are divided by a temperature chosen on validation images.
"differ": how often two members choose different classes. "many": as much as 600, on 4,000 images,
for a few epochs. "cheap": for networks of reg_table trained with three kinds of noise, how far the
usual prediction is from the average of 100 noisy passes.
"""

import numpy as np
import torch
import torch.nn.functional as TF

from cs_lib.torch import nn, optim
from cs_lib.torch.lr_scheduler import CosineAnnealingLR
from experiments import _small, reg_table

SEEDS = (0, 1, 2)
MEMBERS = 5
MASKS = (1, 5, 20, 100)
NOISES = {"dropout": 0.5, "stochastic depth": 0.3, "shift": 1}


def perceptron(p, rng):
    layers = [nn.Flatten()]
    for before, after in ((768, 256), (256, 256)):
        layers += [nn.Linear(before, after, rng=rng), nn.ReLU()]
        if p:
            layers.append(nn.Dropout(p, rng=rng))
    return nn.Sequential(*layers, nn.Linear(256, 10, rng=rng))


def train(p, x, y, seed, steps):
    rng = np.random.default_rng(seed)
    model = perceptron(p, rng)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        batch = torch.from_numpy(rng.integers(0, len(x), 50))
        optimizer.zero_grad()
        TF.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def judged(p, y):
    """Probabilities (N, 10) -> [share right, negative log likelihood]"""
    nll = TF.nll_loss(p.clamp_min(1e-12).log(), y).item()
    return [(p.argmax(dim=1) == y).float().mean().item(), nll]


def differ(ps):
    """How often two members choose different classes, in the mean over all pairs"""
    best = torch.stack([p.argmax(dim=1) for p in ps])
    pairs = torch.triu_indices(len(ps), len(ps), 1)
    return (best[pairs[0]] != best[pairs[1]]).float().mean().item()


@torch.no_grad()
def masked(model, x, passes):
    """Probabilities under random masks: (passes, N, 10)"""
    model.train()
    found = torch.stack([model(x).softmax(dim=1) for _ in range(passes)])
    model.eval()
    return found


def ensembles(x, y, validation, test, seed, *, short):
    found, members = {}, {}
    for name, p in (("plain", 0), ("dropout", 0.5)):
        steps, count = (3, 2) if short else (800, MEMBERS)
        members[name] = [train(p, x, y, 10 * seed + k, steps) for k in range(count)]
        with torch.no_grad():
            ps = [model(test[0]).softmax(dim=1) for model in members[name]]
        found[name] = np.mean([judged(p, test[1]) for p in ps], axis=0).tolist()
        found[f"{name} together"] = judged(sum(ps) / len(ps), test[1])
        found[f"{name} differ"] = differ(ps)
        found[f"{name} train"] = float(np.mean([judged(m(x).softmax(dim=1).detach(), y)[0]
                                                for m in members[name]]))  # fmt: skip
    scores = []
    for model in members["dropout"]:
        ps = masked(model, test[0], 5 if short else max(MASKS))
        scores.append([judged(ps[:n].mean(dim=0), test[1]) for n in MASKS])
    for n, values in zip(MASKS, np.mean(scores, axis=0), strict=True):
        found[f"masks {n}"] = values.tolist()
    found["masks differ"] = differ(ps[:5])
    for name in ("plain", "dropout"):
        cooled = []
        for model in members[name]:
            with torch.no_grad():
                held_out, scores = model(validation[0]), model(test[0])
            heats = torch.linspace(0.5, 6, 56)
            heat = min(heats, key=lambda t: TF.cross_entropy(held_out / t, validation[1]))
            cooled.append(judged((scores / heat).softmax(dim=1), test[1]))
        found[f"{name} temperature"] = np.mean(cooled, axis=0).tolist()
    return found


@torch.no_grad()
def cheap(kind, model, pictures, passes):
    """Once against the mean of noisy passes -> [distance, share of other choices, *once, *mean]"""
    x, y = pictures["test"]
    x, y = x[:400], y[:400]
    model.eval()
    once = model(pictures["standardize"](x)).softmax(dim=1)
    rng = np.random.default_rng(0)
    if kind != "shift":
        model.train()
    total = torch.zeros_like(once)
    for _ in range(passes):
        inputs, _ = reg_table.changed(kind, NOISES[kind], x, y, rng)
        total += model(pictures["standardize"](inputs)).softmax(dim=1)
    mean = total / passes
    distance = (mean - once).abs().sum(dim=1).mean().item() / 2  # total variation
    other = (mean.argmax(dim=1) != once.argmax(dim=1)).float().mean().item()
    return [distance, other, *judged(once, y), *judged(mean, y)]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, rest = (200, 100) if short else (4000, 1500)
    x, y, x_rest, y_rest = _small.shapes(n, rest, seed)
    x, x_rest = (torch.from_numpy(a).float() for a in _small.standardized(x, x_rest))
    y, y_rest = torch.from_numpy(y), torch.from_numpy(y_rest)
    third, few = rest // 3, 100 if short else 600
    validation, test = (x_rest[:third], y_rest[:third]), (x_rest[third:], y_rest[third:])
    found = ensembles(x[:few], y[:few], validation, test, seed, short=short)
    for name, p in (("plain", 0), ("dropout", 0.5)):
        model = train(p, x, y, seed, 3 if short else 400)  # five epochs
        with torch.no_grad():
            found[f"many {name}"] = judged(model(test[0]).softmax(dim=1), test[1])
    pictures = reg_table.images(seed, short=short)
    for kind, strength in NOISES.items():
        model = reg_table.fit(pictures, kind, strength, seed, epochs=1 if short else None)
        found[f"cheap {kind}"] = cheap(kind, model, pictures, 3 if short else 100)
    return found
