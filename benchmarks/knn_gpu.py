"""How close does kNN of cs_lib.torch come to the rate of its matrix product, on a GPU or a CPU?

    python -m benchmarks.knn_gpu [--device cuda] [--sizes 50000 10000 3072] [--tiles 64 256 1024]

The product alone is queries @ x.T, the whole result at once if it takes at most a quarter of the
memory, else in tiles. Prediction needs the same product, and beside it the norms, the k smallest of
each row and the vote, in tiles of so many MiB of distances.
"""

import argparse
import os
import statistics
import time

import torch

from cs_lib.torch.classifiers import KNeighborsClassifier

SIZES = {"cuda": (50_000, 10_000, 3072), "cpu": (5000, 1000, 3072)}  # CIFAR-10, and a tenth of it


def seconds(call, device, rounds):
    """The median time of a call, after one to warm up, with the device's queue empty."""
    times = []
    for _ in range(rounds + 1):
        wait(device)
        start = time.perf_counter()
        call()
        wait(device)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def memory(device):
    """Bytes that the device has, or for a CPU the machine."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def product(queries, x, room):
    """queries @ x.T, of which at most room bytes are held at a time."""
    for part in queries.split(max(1, room // (len(x) * x.itemsize))):
        part @ x.T


def calls(x, y, queries, tiles, device):
    """What is timed, by name."""
    rows = {"matrix product alone": lambda: product(queries, x, memory(device) // 4)}
    for tile in tiles:
        knn = KNeighborsClassifier(k=5).fit(x, y)
        knn._tile_bytes = tile * 2**20
        rows[f"predict, tiles of {tile} MiB"] = lambda knn=knn: knn.predict(queries)
        rows[f"kneighbors, tiles of {tile} MiB"] = lambda knn=knn: knn.kneighbors(queries)
    return rows


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.knn_gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--sizes", type=int, nargs=3, metavar="N")
    parser.add_argument("--tiles", type=int, nargs="+", default=(16, 64, 256, 1024), metavar="MIB")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    device = torch.device(options.device)
    n, m, d = options.sizes or SIZES[device.type]
    generator = torch.Generator(device).manual_seed(0)
    x = torch.rand(n, d, device=device, generator=generator)
    queries = torch.rand(m, d, device=device, generator=generator)
    y = torch.randint(0, 10, (n,), device=device, generator=generator)

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    threads = f", {torch.get_num_threads()} threads" * (device.type == "cpu")
    print(f"{name}{threads}, torch {torch.__version__}; float32, k = 5")
    print(f"{n} points, {m} queries, {d} values each; medians of {options.rounds} rounds\n")
    print("| what | ms | TFLOP/s | of the product's rate, % |")
    print("|---|---|---|---|")
    alone = None
    for label, call in calls(x, y, queries, options.tiles, device).items():
        time_taken = seconds(call, device, options.rounds)
        alone = alone or time_taken
        rate, share = 2 * n * m * d / time_taken / 1e12, 100 * alone / time_taken
        print(f"| {label} | {1000 * time_taken:.1f} | {rate:.3f} | {share:.0f} |")


if __name__ == "__main__":
    main()
