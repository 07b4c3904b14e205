"""What does each step of a recipe gain, from a first network to a good one?

Shapes of 16 × 16: 1,600 for training, 1,000 for validation, 1,000 for the test. Each step changes
one thing, and keeps it. Where a rate is chosen, it is the one of RATES with the best accuracy on
the validation images. "STEP": accuracy on the test images; "STEP val"; "STEP train"; "STEP rate".
"""

from dataclasses import replace

import torch

from experiments import _clinic

SEEDS = (0, 1, 2)
RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
LONG = 40  # epochs
FIRST = _clinic.Recipe(
    lr=0.01, momentum=0.0, cosine=False, he=False, standardize=False, standardize_val=False
)
STEPS = {  # what changes; None: the rate is chosen
    "a first network": {},
    "standardised": {"standardize": True, "standardize_val": True},
    "He's weights": {"he": True},
    "momentum": {"momentum": 0.9},
    "rate": None,
    "cosine": {"cosine": True},
    "batch norm": {"norm": True},
    "rate again": None,
    "augmentation": {"augment": True},
    "longer": {"epochs": LONG},
    "decay": {"weight_decay": 5e-4},
}


def linear(data):
    """The baseline: a linear classifier on standardised pixels; validation and test accuracy"""
    x, y = data["train"]
    mean, std = x.mean(), x.std()
    torch.manual_seed(0)
    model = torch.nn.Linear(768, 10)
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    rows = (x[:1600].flatten(1) - mean) / std
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(rows), y[:1600]).backward()
        optimizer.step()
    with torch.no_grad():
        return [
            (model((x.flatten(1) - mean) / std).argmax(dim=1) == y).float().mean().item()
            for x, y in (data["val"], data["test"])
        ]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    data = _clinic.images(seed, **({"n_train": 80, "n_rest": 100} if short else {}))
    found = dict(zip(("linear val", "linear"), linear(data), strict=True))

    def train(recipe):
        done = _clinic.Run(recipe, data, seed)
        return done.train(epochs=1 if short else None)

    recipe = FIRST
    for name, change in STEPS.items():
        if change is None:
            runs = [train(replace(recipe, lr=lr)) for lr in (RATES[:2] if short else RATES)]
            done = max(runs, key=lambda run: run.val["accuracy"][-1])
        else:
            done = train(replace(recipe, **change))
        recipe = done.recipe
        found[f"{name} val"] = done.val["accuracy"][-1]
        found[f"{name} train"] = done.score("train")["accuracy"]
        found[f"{name} rate"] = recipe.lr
        found[name] = done.score("test")["accuracy"]
    return found
