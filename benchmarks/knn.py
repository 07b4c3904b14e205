"""How much slower than its matrix product is kNN? And, opt-in, how accurate is it on CIFAR-10?

    python -m benchmarks.knn [--threads 2] [--rounds 15]
    DL4CV_DEV_DATA=FOLDER python -m benchmarks.knn --cifar

FOLDER holds cifar10/cifar10_lossless_train5085.npz and cifar10/cifar10_lossless_test1017.npz, part
of the official images: X (N, 32, 32, 3) uint8, y (N,).
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

import cs_lib.numpy.classifiers as np_classifiers
import cs_lib.torch.classifiers as torch_classifiers

KS = (1, 3, 5, 7, 10, 20, 50, 100)


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def calls(module, x, y, queries):
    """What is timed, by name: often, in turns with the product; and once, for comparison."""
    tenth = queries[: max(1, len(queries) // 10)]
    knn = module.KNeighborsClassifier(k=5).fit(x, y)
    often = {
        "matrix product x1 @ x2.T": lambda: queries @ x.T,
        "predict, k = 5 (after fit)": lambda: knn.predict(queries),
        "kneighbors, k = 5 (after fit)": lambda: knn.kneighbors(queries),
        "kneighbors, k = 100": lambda: knn.kneighbors(queries, min(100, len(x))),
        "cdist, p = 2 (nothing prepared)": lambda: module.cdist(queries, x),
    }
    once = {
        "fit (not in the rows above)": lambda: module.KNeighborsClassifier().fit(x, y),
        "cdist, p = 1": lambda: module.cdist(queries, x, p=1),
        "cdist_one_loop, p = 2, 1/10 of x1": lambda: module.cdist_one_loop(tenth, x),
    }
    return often, once


def speed(threads, rounds, n, m, d):
    rng = np.random.default_rng(0)
    x, queries = rng.random((n, d), dtype=np.float32), rng.random((m, d), dtype=np.float32)
    y = rng.integers(0, 10, n)
    print(f"{n} training points, {m} queries, {d} values each, float32, {threads} threads")
    print(f"medians of {rounds} rounds; NumPy {np.__version__}, torch {torch.__version__} (CPU)")
    for name, module, arrays in (
        ("NumPy", np_classifiers, (x, y, queries)),
        ("torch", torch_classifiers, tuple(map(torch.from_numpy, (x, y, queries)))),
    ):
        often, once = calls(module, *arrays)
        for call in often.values():
            call()  # warm up
        # in turns, so that a busy moment of the machine slows all rows and not one
        times = [{label: seconds(call) for label, call in often.items()} for _ in range(rounds)]
        medians = {label: statistics.median(t[label] for t in times) for label in often}
        medians |= {label: seconds(call) for label, call in once.items()}
        product = medians["matrix product x1 @ x2.T"]
        print(f"\n{name:35}      ms  of the product")
        for label, value in medians.items():
            print(f"  {label:33}{1000 * value:8.1f}{value / product:12.2f}")


def cifar(folder):
    def load(part):
        with np.load(folder / f"cifar10_lossless_{part}.npz") as file:
            images = file["X"].reshape(len(file["X"]), -1).astype(np.float32) / 255
            return images, file["y"].astype(np.int64)

    (x, y), (queries, answers) = load("train5085"), load("test1017")
    print(f"accuracy of kNN, {len(x)} training and {len(queries)} test images of CIFAR-10, float32")
    print("  k   " + "".join(f"{k:>7}" for k in KS))
    for p in (1, 2):
        distances = np_classifiers.cdist(queries, x, p)
        accuracies = [(np_classifiers.vote(distances, y, k) == answers).mean() for k in KS]
        print(f"  p = {p}" + "".join(f"{a:7.3f}" for a in accuracies))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knn", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cifar", action="store_true", help="accuracy on CIFAR-10 images")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sizes", type=int, nargs=3, default=(5000, 500, 3072), metavar="N")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        if not options.cifar:
            return speed(options.threads, options.rounds, *options.sizes)
        if "DL4CV_DEV_DATA" not in os.environ:
            sys.exit("knn: DL4CV_DEV_DATA is not set; --cifar needs it, see --help")
        return cifar(Path(os.environ["DL4CV_DEV_DATA"]) / "cifar10")


if __name__ == "__main__":
    main()
