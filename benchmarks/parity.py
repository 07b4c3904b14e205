"""Does a network written with cs_lib.numpy learn what the same one learns in torch?

    python -m benchmarks.parity [--train 5000] [--test 1000] [--epochs 12] [--threads 1]

Both start from the same weights and see the same batches of the shapes data set. First some steps
in float64, where the losses should agree to rounding; then the whole training in float32, where
differences of rounding grow, and only the accuracies can be compared.
"""

import argparse
import importlib
import os
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from cs_lib import data

BATCH = 64


def trainer(library, dtype, n, epochs, *, widths=(16, 32, 64), lr=5e-3, weight_decay=0.01):
    """The CNN of benchmarks/shapes.py, of one library, with its recipe for n training images."""
    nn, optim, lr_scheduler, module = (
        importlib.import_module(f"cs_lib.{library}.{name}")
        for name in ("nn", "optim", "lr_scheduler", "trainer")
    )
    rng = np.random.default_rng(0)
    layers, before = [], 3
    for width in widths:
        layers += [nn.Conv2d(before, width, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2)]
        before = width
    side = 32 // 2 ** len(widths)
    layers += [nn.Flatten(), nn.Linear(before * side**2, 10, rng=rng)]
    model = nn.Sequential(*layers).to(getattr(np if library == "numpy" else torch, dtype))
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    steps = epochs * -(-n // BATCH)
    return module.Trainer(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs=epochs,
        batch_size=BATCH,
        rng=rng,
        schedule=lr_scheduler.OneCycleLR(optimizer, lr, steps),
    )


def standardised(d, dtype):
    """Training and test images, less the training mean, over the standard deviation of it all."""
    mean, std = d.x_train.mean(axis=0), d.x_train.std()
    return [((x - mean) / std).astype(dtype) for x in (d.x_train, d.x_test)]


def losses(d, steps):
    """The losses of the first steps in float64: (2, steps), NumPy's and torch's."""
    n = steps * BATCH
    order = np.random.default_rng(1).choice(len(d.x_train), n)  # as many as one epoch needs
    x, y = standardised(d, np.float64)[0][order], d.y_train[order]
    return np.array([trainer(lib, "float64", n, 1).fit(x, y).batch_losses for lib in LIBRARIES])


LIBRARIES = ("numpy", "torch")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.parity",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--train", type=int, default=5000)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    d = data.load("shapes", n_train=options.train, n_test=options.test, seed=1)
    with threadpool_limits(options.threads):
        ours, theirs = losses(d, options.steps)
        worst = (np.abs(ours - theirs) / theirs).max()
        print(
            f"float64, {options.steps} steps: loss from {ours[0]:.4f} to {ours[-1]:.4f}, "
            f"largest relative difference {worst:.1e}\n"
        )
        x_train, x_test = standardised(d, np.float32)
        print("| library | loss, last epoch | test accuracy, % | CPU seconds |")
        print("|---|---|---|---|")
        for library in LIBRARIES:
            start = time.process_time()
            model = trainer(library, "float32", options.train, options.epochs)
            model.fit(x_train, d.y_train)
            seconds = time.process_time() - start
            accuracy = 100 * model.evaluate(x_test, d.y_test)["accuracy"]
            print(
                f"| {library} | {model.history['loss'][-1]:.4f} | {accuracy:.1f} | {seconds:.0f} |"
            )
    threads = "1 thread" if options.threads == 1 else f"{options.threads} threads"
    print(
        f"\n`python -m benchmarks.parity`: shapes, seed 1, {options.train:,} training and "
        f"{options.test:,} test images, {options.epochs} epochs in float32; {threads} on "
        f"{os.cpu_count()} CPU cores; NumPy {np.__version__}, "
        f"torch {torch.__version__.split('+')[0]}."
    )


if __name__ == "__main__":
    main()
