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


def seconds(call, device):
    """The time of a call, from and to an empty queue of the device."""
    wait(device)
    start = time.perf_counter()
    call()
    wait(device)
    return time.perf_counter() - start


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
    rows = calls(x, y, queries, options.tiles, device)
    # in turns, so that a busy moment of the machine slows all rows and not one; the first warms up
    times = [
        {label: seconds(call, device) for label, call in rows.items()}
        for _ in range(options.rounds + 1)
    ]
    medians = {label: statistics.median(t[label] for t in times[1:]) for label in rows}
    for label, median in medians.items():
        rate, share = 2 * n * m * d / median / 1e12, medians["matrix product alone"] / median
        print(f"| {label} | {1000 * median:.1f} | {rate:.3f} | {100 * share:.0f} |")


if __name__ == "__main__":
    main()
