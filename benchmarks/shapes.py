"""How well do four kinds of classifier do on the generated shapes? Mean ± std over seeds.

    python -m benchmarks.shapes [--seeds 5] [--train 5000] [--test 1000] [--threads 1]

A seed draws other images, other initial weights and another order of the training images. The
settings below, and the data set's own, were chosen on seed 0, so the table begins with seed 1; k
is chosen on a fifth of the training images. One thread is the fastest for batches of 64.
"""

import argparse
import os
import time
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn
from tqdm import tqdm

from cs_lib import data
from cs_lib.numpy.classifiers import KNeighborsClassifier, LinearClassifier

KS = (1, 3, 5, 10, 20, 50, 100)


def knn(d, rng):
    """Nearest neighbours on raw pixels, with the k that does best on held-out training images."""
    n = len(d.x_train) * 4 // 5
    part = KNeighborsClassifier().fit(d.x_train[:n], d.y_train[:n])
    k = max(KS, key=lambda k: part.score(d.x_train[n:], d.y_train[n:], k=k))
    return KNeighborsClassifier(k).fit(d.x_train, d.y_train).score(d.x_test, d.y_test)


def linear(d, rng):
    """A linear classifier with the cross-entropy loss."""
    x_train, x_test = standardised(d)
    model = LinearClassifier("cross_entropy", weight_decay=0.1)
    return model.fit(x_train, d.y_train, rng=rng).score(x_test, d.y_test)


def mlp(d, rng):
    """One hidden layer of 256 units."""
    layers = [nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10)]
    return train(layers, Recipe(epochs=20, lr=1e-3, weight_decay=0.1), d, rng)


def cnn(d, rng):
    """Three convolutional layers of 16, 32 and 64 filters 3×3, each halved by max pooling."""
    layers = []
    for before, after in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(64 * 4 * 4, 10)]
    return train(layers, Recipe(epochs=12, lr=5e-3, weight_decay=0.01), d, rng)


MODELS = {
    "k nearest neighbours, L2": knn,
    "linear classifier": linear,
    "MLP, 1 hidden layer": mlp,
    "CNN, 3 conv layers": cnn,
}


@dataclass(frozen=True)
class Recipe:
    epochs: int
    lr: float  # the highest, of a one-cycle schedule
    weight_decay: float
    batch_size: int = 64


def train(layers, recipe, d, rng):
    """Train a new network with AdamW and return its accuracy on the test images."""
    model = nn.Sequential(*layers)
    x_train, x_test = map(torch.from_numpy, standardised(d))
    y_train, y_test = torch.from_numpy(d.y_train), torch.from_numpy(d.y_test)
    steps = recipe.epochs * -(-len(x_train) // recipe.batch_size)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.lr, total_steps=steps)
    for _ in range(recipe.epochs):
        for batch in torch.from_numpy(rng.permutation(len(x_train))).split(recipe.batch_size):
            loss = nn.functional.cross_entropy(model(x_train[batch]), y_train[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        return (model(x_test).argmax(dim=1) == y_test).double().mean().item()


def standardised(d):
    """Training and test images, less the training mean, over the standard deviation of it all."""
    mean, std = d.x_train.mean(axis=0), d.x_train.std()
    return (d.x_train - mean) / std, (d.x_test - mean) / std


def run(seeds, n_train, n_test):
    """Accuracies and CPU seconds by model, (2, seeds) each; and the seconds of generation."""
    results = {name: [] for name in MODELS}
    generation = []
    for seed in tqdm(range(1, seeds + 1), desc="seeds"):
        start = time.process_time()
        d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
        generation.append(time.process_time() - start)
        for name, model in MODELS.items():
            torch.manual_seed(seed)
            start = time.process_time()
            accuracy = model(d, np.random.default_rng(seed))
            results[name].append((accuracy, time.process_time() - start))
    return {name: np.array(rows).T for name, rows in results.items()}, np.array(generation)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shapes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--train", type=int, default=5000)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        results, generation = run(options.seeds, options.train, options.test)

    print("| classifier | test accuracy, % | CPU seconds |")
    print("|---|---|---|")
    for name, (accuracy, seconds) in results.items():
        spread = 100 * accuracy.std(ddof=min(1, options.seeds - 1))
        percent = f"{100 * accuracy.mean():.1f} ± {spread:.1f}"
        print(f"| {name} | {percent} | {seconds.mean():.1f} |")
    threads = "1 thread" if options.threads == 1 else f"{options.threads} threads"
    print(
        f"\n`python -m benchmarks.shapes --seeds {options.seeds}`: shapes, {options.train:,} "
        f"training and {options.test:,} test images a seed, generated in {generation.mean():.1f} "
        f"s; mean ± std over seeds 1 to {options.seeds}; {threads} on {os.cpu_count()} CPU cores; "
        f"NumPy {np.__version__}, torch {torch.__version__.split('+')[0]}."
    )


if __name__ == "__main__":
    main()
