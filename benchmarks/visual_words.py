"""How much better than pixels are the classic features? Accuracy and seconds on 32×32 images.

    python -m benchmarks.visual_words [--train 2000] [--repeats 3]
    DL4CV_DEV_DATA=FOLDER python -m benchmarks.visual_words --cifar

FOLDER holds cifar10/cifar10_lossless_train5085.npz and cifar10/cifar10_lossless_test1017.npz, part
of the official images: X (N, 32, 32, 3) uint8, y (N,).
"""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from cs_lib import data
from cs_lib.numpy.classifiers import KNeighborsClassifier, LinearClassifier
from cs_lib.numpy.features import (
    assign,
    dense_descriptors,
    fisher_vector,
    fit_gmm,
    kmeans,
    pca,
    spatial_pyramid,
)

SAMPLE = 20_000  # descriptors that a vocabulary is learned from


def pixels(train, test, rng):
    """Every pixel standardised by the training images."""
    train, test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


def visual_words(train, test, rng, *, k, levels):
    """Descriptors → k-means → spatial pyramid; the root makes all histograms of length 1."""
    train_descriptors, positions = dense_descriptors(train)
    test_descriptors, _ = dense_descriptors(test)
    centroids, _, _ = kmeans(sample(train_descriptors, rng), k, rng=rng, max_iterations=20)
    size = train.shape[2:]
    return [
        np.sqrt(spatial_pyramid(assign(d, centroids), positions, size, k, levels=levels))
        for d in (train_descriptors, test_descriptors)
    ]


def fisher_vectors(train, test, rng, *, k, dimensions):
    """Descriptors → principal axes → mixture of Gaussians → Fisher vectors."""
    train_descriptors, _ = dense_descriptors(train)
    test_descriptors, _ = dense_descriptors(test)
    points = sample(train_descriptors, rng)
    mean, axes = pca(points, dimensions)
    gmm = fit_gmm((points - mean) @ axes, k, rng=rng)
    return [fisher_vector((d - mean) @ axes, gmm) for d in (train_descriptors, test_descriptors)]


def sample(descriptors, rng):
    points = descriptors.reshape(-1, descriptors.shape[-1])
    return points[rng.choice(len(points), min(SAMPLE, len(points)), replace=False)]


def knn(x, y, rng):
    return KNeighborsClassifier(k=5).fit(x, y)


def svm(x, y, rng, **options):
    return LinearClassifier("hinge", **options).fit(x, y, rng=rng)


def rows(options):
    """Name -> features, classifier."""
    unit_length = partial(svm, lr=0.1, weight_decay=1e-3)
    words = partial(visual_words, k=options.words)
    mixture = partial(fisher_vectors, k=options.gaussians, dimensions=options.dimensions)
    return {
        "pixels, 5 nearest neighbours": (lambda train, test, rng: (train, test), knn),
        "pixels, linear SVM": (pixels, partial(svm, lr=1e-4, weight_decay=1.0)),
        f"{options.words} visual words, no pyramid, SVM": (partial(words, levels=1), unit_length),
        f"{options.words} visual words, pyramid, SVM": (partial(words, levels=3), unit_length),
        f"Fisher vectors, {options.gaussians} Gaussians, SVM": (mixture, unit_length),
    }


def run(x_train, y_train, x_test, y_test, features, classifier, seed):
    """-> accuracy on the test images, seconds for everything, length of a feature vector"""
    rng = np.random.default_rng(seed)
    start = time.perf_counter()
    train, test = features(x_train, x_test, rng)
    accuracy = classifier(train, y_train, rng).score(test, y_test)
    return accuracy, time.perf_counter() - start, train[0].size


def shapes(options, seed):
    d = data.load("shapes", n_train=options.train, n_test=options.test, seed=seed)
    return d.x_train, d.y_train, d.x_test, d.y_test


def cifar(options, seed, folder):
    arrays = []
    for part, n in (("train5085", options.train), ("test1017", options.test)):
        with np.load(folder / f"cifar10_lossless_{part}.npz") as file:
            arrays.append(file["X"][:n].transpose(0, 3, 1, 2).astype(np.float32) / 255)
            arrays.append(file["y"][:n].astype(np.int64))
    return arrays


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visual_words", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cifar", action="store_true", help="CIFAR-10 images in place of shapes")
    parser.add_argument("--train", type=int, default=2000, help="training images")
    parser.add_argument("--test", type=int, default=1000, help="test images")
    parser.add_argument("--words", type=int, default=200, help="words in the vocabulary")
    parser.add_argument("--gaussians", type=int, default=16, help="Gaussians in the mixture")
    parser.add_argument("--dimensions", type=int, default=64, help="principal axes kept")
    parser.add_argument("--repeats", type=int, default=3, help="seeds 0, 1, ...")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    load = shapes
    if options.cifar:
        if "DL4CV_DEV_DATA" not in os.environ:
            sys.exit("visual_words: DL4CV_DEV_DATA is not set; --cifar needs it, see --help")
        load = partial(cifar, folder=Path(os.environ["DL4CV_DEV_DATA"]) / "cifar10")

    sets = [load(options, seed) for seed in range(options.repeats)]
    name = "CIFAR-10" if options.cifar else "shapes"
    print(
        f"{name}: {len(sets[0][0])} training and {len(sets[0][2])} test images, float32, ", end=""
    )
    print(f"{options.repeats} seeds, {options.threads} threads, NumPy {np.__version__}")
    print("seconds: median; features and classifier, training and test\n")
    print(f"{'':42}{'accuracy':>15}{'seconds':>9}{'values':>8}")
    with threadpool_limits(options.threads):
        for label, (features, classifier) in rows(options).items():
            results = [run(*d, features, classifier, seed) for seed, d in enumerate(sets)]
            accuracy, seconds, values = map(np.array, zip(*results, strict=True))
            print(f"{label:42}{accuracy.mean():8.3f} ± {accuracy.std():.3f} ", end="")
            print(f"{np.median(seconds):8.2f}{values[0]:8d}")


if __name__ == "__main__":
    main()
