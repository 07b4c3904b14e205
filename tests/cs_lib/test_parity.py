"""A network by hand learns what the same network in torch learns."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from cs_lib import data

LIBRARIES = ("numpy", "torch")
N, BATCH, EPOCHS = 160, 16, 5  # 50 steps


def cnn(nn, rng):
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1, rng=rng),  # (N, 6, 16, 16)
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1, bias=False, rng=rng),  # (N, 8, 8, 8)
        nn.LeakyReLU(0.1),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2, rng=np.random.default_rng(5)),
        nn.Linear(128, 10, rng=rng),
    )


OPTIMIZERS = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    "AdamW": {"lr": 5e-3, "weight_decay": 0.01},
}


@pytest.fixture(scope="module")
def shapes():
    d = data.load("shapes", n_train=N, n_test=10, seed=3)
    return (d.x_train.astype(np.float64) - 0.5) / 0.25, d.y_train


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_losses_of_50_steps_are_torchs_in_float64(optimizer, shapes):
    losses, states = {}, {}
    for library in LIBRARIES:
        nn, optim, lr_scheduler, module = (
            importlib.import_module(f"cs_lib.{library}.{name}")
            for name in ("nn", "optim", "lr_scheduler", "trainer")
        )
        rng = np.random.default_rng(0)
        model = cnn(nn, rng).to(np.float64 if library == "numpy" else torch.float64)
        steps = getattr(optim, optimizer)(model.parameters(), **OPTIMIZERS[optimizer])
        trainer = module.Trainer(
            model,
            nn.CrossEntropyLoss(),
            steps,
            epochs=EPOCHS,
            batch_size=BATCH,
            rng=rng,
            schedule=lr_scheduler.CosineAnnealingLR(steps, 50),
        )
        losses[library] = trainer.fit(*shapes).batch_losses
        states[library] = model.state_dict()
    assert len(losses["numpy"]) == 50
    assert_allclose(losses["numpy"], losses["torch"], rtol=1e-6)
    for name, value in states["numpy"].items():
        assert_allclose(value, states["torch"][name], rtol=1e-6, atol=1e-8, err_msg=name)
    start, end = (np.mean(part) for part in (losses["numpy"][:10], losses["numpy"][-10:]))
    assert end < start - 0.1  # it has learnt: equal losses of a standstill would show little


def test_the_benchmark_runs():
    options = ["--train", "70", "--test", "20", "--epochs", "3", "--steps", "6", "--seeds", "1"]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.parity", *options],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    rows = [line for line in run.stdout.splitlines() if line.startswith(("| numpy", "| torch"))]
    assert len(rows) == 2
    worst = run.stdout.split("largest relative difference ")[1].split()[0]
    assert float(worst) < 1e-6
