"""Examples for the contract: the trainer. And why the autograd engines have no mirror."""

import importlib

import numpy as np

NUMPY_ONLY = {"autograd": "torch has its own: it is what ours is tested against"}
TORCH_OPTIONS = {"trainer.Trainer": {"device", "autocast", "channels_last", "compile"}}

RNG = np.random.default_rng(7)
X, X_VAL = RNG.standard_normal((23, 2, 3, 4)), RNG.standard_normal((9, 2, 3, 4))
Y, Y_VAL = RNG.integers(0, 3, 23), RNG.integers(0, 3, 9)


def scale(x, y, rng):
    """An augmentation that both libraries understand."""
    return x * rng.uniform(0.9, 1.1), y


def train(module, array):
    """What a trainer learns and notes, with all that it takes."""
    library = module.__name__.rsplit(".", 1)[0]
    nn, optim, lr_scheduler = (
        importlib.import_module(f"{library}.{name}") for name in ("nn", "optim", "lr_scheduler")
    )
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(24, 7, rng=rng),
        nn.ReLU(),
        nn.Dropout(0.5, rng=np.random.default_rng(1)),
        nn.Linear(7, 3, rng=rng),
    ).to(array(X).dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    trainer = module.Trainer(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs=3,
        batch_size=5,
        rng=rng,
        schedule=lr_scheduler.OneCycleLR(optimizer, 0.2, 15),
        augment=scale,
    )
    assert trainer.fit(array(X), array(Y), array(X_VAL), array(Y_VAL)) is trainer
    notes = [*trainer.history.values(), trainer.batch_losses]
    assert [len(note) for note in notes] == [3, 3, 3, 3, 15]
    evaluated = trainer.evaluate(array(X), array(Y))
    numbers = [array(np.array(note)) for note in (*notes, [*evaluated.values()])]
    return [*numbers, model.state_dict()]


EXAMPLES = {"trainer.Trainer": train}
