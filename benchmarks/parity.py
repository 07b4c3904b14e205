"""Does a network written with cs_lib.numpy learn what the same one learns in torch?

    python -m benchmarks.parity [--train 5000] [--test 1000] [--epochs 12] [--seeds 3]

Both start from the same weights and see the same batches of the shapes data set. First some steps
in float64, where the losses should agree to rounding; then the whole training in float32, where
differences of rounding grow, and only the accuracies can be compared: mean ± std over seeds, each
with other images, initial weights and batches.
"""

import argparse
import importlib
import os
import sys
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cs_lib import data

LIBRARIES = ("numpy", "torch")
BATCH = 64
LR, WEIGHT_DECAY = 5e-3, 0.01  # the CNN's recipe in benchmarks/shapes.py


def trainer(library, dtype, n, epochs, seed):
    """A trainer for n images of a CNN: three times convolution, ReLU and max pooling."""
    nn, optim, lr_scheduler, module = (
        importlib.import_module(f"cs_lib.{library}.{name}")
        for name in ("nn", "optim", "lr_scheduler", "trainer")
    )
    rng = np.random.default_rng(seed)
    layers = []
    for before, after in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(64 * 4 * 4, 10, rng=rng)]
    model = nn.Sequential(*layers).to(getattr(np if library == "numpy" else torch, dtype))
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=WEIGHT_DECAY)
    return module.Trainer(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs=epochs,
        batch_size=BATCH,
        rng=rng,
        schedule=lr_scheduler.OneCycleLR(optimizer, LR, epochs * -(-n // BATCH)),
    )


def standardised(d, dtype):
    """Training and test images, less the training mean, over the standard deviation of it all."""
    mean, std = d.x_train.mean(axis=0), d.x_train.std()
    return [((x - mean) / std).astype(dtype) for x in (d.x_train, d.x_test)]


def losses(d, steps):
    """The losses of the first steps in float64: (2, steps), NumPy's and torch's."""
    n = steps * BATCH
    order = np.random.default_rng(0).choice(len(d.x_train), n)  # one epoch of just these steps
    x, y = standardised(d, np.float64)[0][order], d.y_train[order]
    return np.array([trainer(lib, "float64", n, 1, 0).fit(x, y).batch_losses for lib in LIBRARIES])


def train(library, d, epochs, seed):
    """Loss of the last epoch, test accuracy in percent, CPU seconds."""
    x_train, x_test = standardised(d, np.float32)
    start = time.process_time()
    model = trainer(library, "float32", len(x_train), epochs, seed).fit(x_train, d.y_train)
    seconds = time.process_time() - start
    return model.history["loss"][-1], 100 * model.evaluate(x_test, d.y_test)["accuracy"], seconds


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
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    results = {library: [] for library in LIBRARIES}
    with threadpool_limits(options.threads):
        for seed in tqdm(range(1, options.seeds + 1), desc="seeds", file=sys.stdout, disable=None):
            d = data.load("shapes", n_train=options.train, n_test=options.test, seed=seed)
            if seed == 1:
                ours, theirs = losses(d, options.steps)
            for library in LIBRARIES:
                results[library].append(train(library, d, options.epochs, seed))

    worst = (np.abs(ours - theirs) / theirs).max()
    print(
        f"float64, {options.steps} steps: loss from {ours[0]:.4f} to {ours[-1]:.4f}, "
        f"largest relative difference {worst:.1e}\n"
    )
    print("| library | loss, last epoch | test accuracy, % | CPU seconds |")
    print("|---|---|---|---|")
    for library, rows in results.items():
        mean, std = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=min(1, options.seeds - 1))
        columns = f"{mean[0]:.4f} ± {std[0]:.4f} | {mean[1]:.1f} ± {std[1]:.1f} | {mean[2]:.0f}"
        print(f"| {library} | {columns} |")
    threads = "1 thread" if options.threads == 1 else f"{options.threads} threads"
    print(
        f"\n`python -m benchmarks.parity --seeds {options.seeds}`: shapes, {options.train:,} "
        f"training and {options.test:,} test images a seed, {options.epochs} epochs in float32; "
        f"mean ± std over seeds 1 to {options.seeds}; {threads} on {os.cpu_count()} CPU cores; "
        f"NumPy {np.__version__}, torch {torch.__version__.split('+')[0]}."
    )


if __name__ == "__main__":
    main()
