"""How long do layers take in NumPy, compared with torch on the same CPU?

    python -m benchmarks.layers [--threads 1] [--rounds 15] [--rows convolution]

Forward and backward together, float32, as many threads for both. The two take turns, and of each
the fastest round counts: then a busy machine slows neither. The last columns hold NumPy's
convolution against the matrix products in it alone, weight @ columns, dy @ columns.T and
weight.T @ dy, an image at a time: no convolution by these products can be faster. torch's own can:
it is machine code made for the size at hand, and faster than torch's matrix products too.
"""

import argparse
import math
import os
import platform
import sys
import time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import cs_lib.numpy.nn as numpy_nn
import cs_lib.torch.nn as torch_nn

# in: (N, C, H, W); filters, kernel, stride, padding
CONVOLUTIONS = (
    ((100, 3, 31, 31), 25, 3, 2, 0),
    ((64, 32, 32, 32), 64, 3, 1, 1),
    ((32, 128, 16, 16), 128, 3, 1, 1),
)


def convolution(size, filters, kernel, stride, padding):
    def layer(nn):
        return nn.Conv2d(size[1], filters, kernel, stride, padding, rng=np.random.default_rng(0))

    return size, layer


def chapter4(nn):
    """Convolution, ReLU and pooling, twice, then a linear layer, for 32×32 images"""
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 8 * 8, 10, rng=rng),
    )


ROWS = {
    f"convolution {n}×{c}×{h}×{w}, {f} {k}×{k}, stride {s}": convolution((n, c, h, w), f, k, s, p)
    for (n, c, h, w), f, k, s, p in CONVOLUTIONS
} | {
    "max pooling 64×32×32×32, 2×2": ((64, 32, 32, 32), lambda nn: nn.MaxPool2d(2)),
    "max pooling 64×32×32×32, 3×3, stride 2": (
        (64, 32, 32, 32),
        lambda nn: nn.MaxPool2d(3, 2, 1),
    ),
    "mean pooling 64×32×32×32, 2×2": ((64, 32, 32, 32), lambda nn: nn.AvgPool2d(2)),
    "batch norm 64×32×32×32": ((64, 32, 32, 32), lambda nn: nn.BatchNorm2d(32)),
    "linear 256×3072 → 512": (
        (256, 3072),
        lambda nn: nn.Linear(3072, 512, rng=np.random.default_rng(0)),
    ),
}
STEP = "training step, chapter-4 CNN, 64×3×32×32"


def calls(size, layer):
    """Forward and backward of a layer, NumPy's and torch's, on the same numbers"""
    rng = np.random.default_rng(1)
    x = rng.standard_normal(size, dtype=np.float32)
    in_numpy, in_torch = layer(numpy_nn), layer(torch_nn)
    dy = rng.standard_normal(in_numpy(x).shape, dtype=np.float32)
    tensor, dy_tensor = torch.tensor(x, requires_grad=True), torch.tensor(dy)

    def run_numpy():
        in_numpy.zero_grad()
        in_numpy(x)
        return in_numpy.backward(dy)

    def run_torch():
        in_torch.zero_grad()
        tensor.grad = None
        in_torch(tensor).backward(dy_tensor)
        return tensor.grad

    np.testing.assert_allclose(run_numpy(), run_torch().numpy(), rtol=1e-3, atol=1e-3)
    return {"NumPy": run_numpy, "torch": run_torch}


def products(size, filters, kernel, stride, padding):
    """The three matrix products of a convolution, with nothing around them"""
    n, channels, height, width = size
    places = math.prod((pixels + 2 * padding - kernel) // stride + 1 for pixels in (height, width))
    rng = np.random.default_rng(2)
    weight = rng.standard_normal((filters, channels * kernel**2), dtype=np.float32)
    columns = rng.standard_normal((channels * kernel**2, places), dtype=np.float32)
    dy = rng.standard_normal((filters, places), dtype=np.float32)
    results = weight @ columns, dy @ columns.T, weight.T @ dy

    def run():
        for _ in range(n):
            np.matmul(weight, columns, out=results[0])
            np.matmul(dy, columns.T, out=results[1])
            np.matmul(weight.T, dy, out=results[2])

    return run


def training_step(n=64, lr=0.01):
    """One step of stochastic gradient descent, NumPy's and torch's"""
    rng = np.random.default_rng(3)
    x, target = rng.random((n, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, n)
    in_numpy, in_torch = chapter4(numpy_nn), chapter4(torch_nn)
    x_tensor, target_tensor = torch.tensor(x), torch.tensor(target)
    optimiser = torch.optim.SGD(in_torch.parameters(), lr=lr)

    def run_numpy():
        in_numpy.zero_grad()
        loss, cache = numpy_nn.functional.cross_entropy(in_numpy(x), target)
        in_numpy.backward(numpy_nn.functional.cross_entropy_backward(np.ones_like(loss), cache))
        for parameter in in_numpy.parameters():
            parameter.data -= lr * parameter.grad
        return loss

    def run_torch():
        optimiser.zero_grad()
        loss = torch_nn.functional.cross_entropy(in_torch(x_tensor), target_tensor)
        loss.backward()
        optimiser.step()
        return loss.item()

    for _ in range(3):
        np.testing.assert_allclose(run_numpy(), run_torch(), rtol=1e-4)
    return {"NumPy": run_numpy, "torch": run_torch}


def fastest(runs, rounds):
    """Seconds of the fastest of some rounds, for each"""
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def measure(rounds, wanted):
    """Times of every row whose name has `wanted` in it"""
    names = [name for name in (*ROWS, STEP) if wanted in name]
    times = {}
    for name in tqdm(names, file=sys.stdout, leave=False, disable=None):
        runs = training_step() if name == STEP else calls(*ROWS[name])
        if name.startswith("convolution"):
            runs["products"] = products(*CONVOLUTIONS[list(ROWS).index(name)])
        times[name] = fastest(runs, rounds)
    return times


def table(times):
    """Markdown: a row a layer, milliseconds and ratios"""
    lines = [
        "| forward + backward | NumPy, ms | torch, ms | NumPy / torch "
        "| products alone, ms | NumPy / products |",
        "|---|---|---|---|---|---|",
    ]
    for name, t in times.items():
        line = f"| {name} | {1e3 * t['NumPy']:.1f} | {1e3 * t['torch']:.1f} "
        line += f"| {t['NumPy'] / t['torch']:.2f} "
        if "products" in t:
            line += f"| {1e3 * t['products']:.1f} | {t['NumPy'] / t['products']:.2f} |"
        else:
            line += "| | |"
        lines.append(line)
    convolutions = [t for t in times.values() if "products" in t]
    if convolutions:
        means = [
            math.prod(t["NumPy"] / t[other] for t in convolutions) ** (1 / len(convolutions))
            for other in ("torch", "products")
        ]
        lines.append(
            f"| convolutions, geometric mean | | | **{means[0]:.2f}** | | **{means[1]:.2f}** |"
        )
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        print(table(measure(options.rounds, options.rows)))
    print(
        f"\n`python -m benchmarks.layers --threads {options.threads} --rounds {options.rounds}`: "
        f"float32, the fastest of {options.rounds} rounds in turns; {options.threads} of "
        f"{os.cpu_count()} CPU cores ({platform.machine()}), NumPy {np.__version__}, "
        f"torch {torch.__version__}."
    )


if __name__ == "__main__":
    main()
