"""How long do layers take in NumPy, compared with torch on the same CPU?

    python -m benchmarks.layers [--threads 1] [--rounds 15] [--rows convolution]

Forward and backward together, float32, as many threads for both. The two take turns, and of each
the fastest round counts: then a busy machine slows neither. One thread's time is what the processor
spent on it; that of more is time that passed, for which the machine should be quiet. The last
columns hold a convolution against the matrix products of its columns alone, weight @ columns,
dy @ columns.T and weight.T @ dy, an image at a time, by each library's own BLAS: no convolution
that is made of these products can be faster. Beside the training step stand those of its two
convolutions, the first without weight.T @ dy, as its images ask for no gradient.

The second table says where NumPy's time goes, the third how much memory a training step takes.
NumPy's BLAS chooses its kernel by itself: variables that would choose for it are taken away.
"""

# ruff: noqa: E402 (what is imported before NumPy, and why, stands below)
import os
import sys

CHOICES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # read when NumPy is loaded, so: before that
if __name__ == "__main__" and any(name in os.environ for name in CHOICES):
    free = {name: value for name, value in os.environ.items() if name not in CHOICES}
    os.execve(sys.executable, sys.orig_argv, free)

import argparse
import math
import platform
import subprocess
import time
from collections import Counter
from contextlib import contextmanager

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from tqdm import tqdm

import cs_lib.numpy.nn as numpy_nn
import cs_lib.torch.nn as torch_nn
from benchmarks import _machine
from cs_lib.numpy.nn import _strips, conv

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
STEP_CONVOLUTIONS = ((64, 3, 32, 32), 32, 3, 1, 1), ((64, 32, 16, 16), 64, 3, 1, 1)


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


def products(size, filters, kernel, stride, padding, *, needs_dx=True):
    """The matrix products of a convolution, with nothing around them, by either library"""
    n, channels, height, width = size
    places = math.prod((pixels + 2 * padding - kernel) // stride + 1 for pixels in (height, width))
    rng = np.random.default_rng(2)
    weight = rng.standard_normal((filters, channels * kernel**2), dtype=np.float32)
    columns = rng.standard_normal((channels * kernel**2, places), dtype=np.float32)
    dy = rng.standard_normal((filters, places), dtype=np.float32)
    factors = ((weight, columns), (dy, columns.T), (weight.T, dy))[: 3 if needs_dx else 2]

    def by(matmul, array):
        made = [([array(a), array(b)], array(a @ b)) for a, b in factors]

        def run():
            for _ in range(n):
                for (a, b), out in made:
                    matmul(a, b, out=out)

        return run

    return {
        "NumPy's products": by(np.matmul, np.asarray),
        "torch's products": by(torch.matmul, torch.from_numpy),
    }


def products_of_step():
    """The products of both convolutions of the training step, one after the other"""
    first, second = STEP_CONVOLUTIONS
    pairs = products(*first, needs_dx=False), products(*second)
    return {name: lambda name=name: [runs[name]() for runs in pairs] for name in pairs[0]}


def training_step(n=64, lr=0.01):
    """One step of stochastic gradient descent, NumPy's and torch's"""
    rng = np.random.default_rng(3)
    x, target = rng.random((n, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, n)
    in_numpy, in_torch = chapter4(numpy_nn), chapter4(torch_nn)
    in_numpy[0].needs_dx = False  # as in torch, where the images ask for no gradient
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


def clock():
    """Seconds: of this process where it computes in one thread, else of the world"""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def fastest(runs, rounds):
    """Seconds of the fastest of some rounds, for each"""
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            start = clock()
            run()
            best[name] = min(best[name], clock() - start)
    return best


def measure(rounds, wanted):
    """Times of every row whose name has `wanted` in it"""
    names = [name for name in (*ROWS, STEP) if wanted in name]
    times = {}
    for name in tqdm(names, file=sys.stdout, leave=False, disable=None):
        runs = training_step() if name == STEP else calls(*ROWS[name])
        if name == STEP:
            runs |= products_of_step()
        elif name.startswith("convolution"):
            runs |= products(*CONVOLUTIONS[list(ROWS).index(name)])
        times[name] = fastest(runs, rounds)
    return times


def table(times):
    """Markdown: a row a layer, milliseconds and ratios"""
    alone = "NumPy's products", "torch's products"
    ratios = ("NumPy", "torch"), ("NumPy", alone[0]), ("torch", alone[1])
    lines = [
        "| forward + backward | NumPy, ms | torch, ms | NumPy / torch "
        "| NumPy's products alone, ms | torch's | NumPy / its products | torch / its products |",
        "|---|---|---|---|---|---|---|---|",
    ]
    convolutions = []
    for name, t in times.items():
        line = f"| {name} | {1e3 * t['NumPy']:.1f} | {1e3 * t['torch']:.1f} "
        line += f"| {t['NumPy'] / t['torch']:.2f} |"
        if alone[0] in t:
            found = [t[a] / t[b] for a, b in ratios]
            line += "".join(f" {1e3 * t[what]:.1f} |" for what in alone)
            line += "".join(f" {ratio:.2f} |" for ratio in found[1:])
            if name != STEP:
                convolutions.append(found)
        else:
            line += " | | | |"
        lines.append(line)
    if convolutions:
        first, *others = np.exp(np.log(convolutions).mean(axis=0))
        means = " | ".join(f"**{mean:.2f}**" for mean in others)
        lines.append(f"| convolutions, geometric mean | | | **{first:.2f}** | | | {means} |")
    return "\n".join(lines)


# --- where the time goes ---

# by the function that spends it
PARTS = {
    "copies": ((_strips, "_fill"), (conv, "_fill")),
    "sums into pixels": ((conv, "_add_back"),),
}


@contextmanager
def watched(spent):
    """Inside, spent counts the seconds in each of PARTS."""

    def watch(part, function):
        def call(*args):
            start = clock()
            result = function(*args)
            spent[part] += clock() - start
            return result

        return call

    plain = [(*place, part, getattr(*place)) for part, places in PARTS.items() for place in places]
    for owner, name, part, function in plain:
        setattr(owner, name, watch(part, function))
    try:
        yield
    finally:
        for owner, name, _, function in plain:
            setattr(owner, name, function)


def shares(run, rounds, alone):
    """Percent of a convolution's fastest round: copies, products (as measured alone), the rest"""
    best = None
    for _ in range(rounds):
        spent, start = Counter(), clock()
        with watched(spent):
            run()
        total = clock() - start
        if best is None or total < best[0]:
            best = total, spent
    total, spent = best
    spent["products"] = min(alone, total - spent.total())
    spent["sums and the rest"] = total - spent.total()
    return {part: seconds / total for part, seconds in spent.items()}


def layers_of_step(rounds, n=64):
    """Share of each layer in a training step, forward and backward"""
    rng = np.random.default_rng(3)
    x, target = rng.random((n, 3, 32, 32), dtype=np.float32), rng.integers(0, 10, n)
    net, loss = chapter4(numpy_nn), numpy_nn.CrossEntropyLoss()
    net[0].needs_dx = False
    names = [f"{i + 1} {type(layer).__name__}" for i, layer in enumerate(net)]
    best = dict.fromkeys(names, math.inf)
    for _ in range(rounds):
        net.zero_grad()
        spent, h = Counter(), x
        for name, layer in zip(names, net, strict=True):
            start = clock()
            h = layer(h)
            spent[name] += clock() - start
        loss(h, target)
        h = loss.backward()
        for name, layer in zip(reversed(names), reversed([*net]), strict=True):
            start = clock()
            h = layer.backward(h)
            spent[name] += clock() - start
        best = {name: min(best[name], spent[name]) for name in names}
    total = sum(best.values())
    return {name: seconds / total for name, seconds in best.items()}


def where(times, rounds):
    """Markdown: what each row's time in NumPy is made of"""
    lines = ["| where NumPy's time goes | |", "|---|---|"]
    for name, t in times.items():
        if name == STEP:
            parts = layers_of_step(rounds)
        elif "NumPy's products" in t:
            run = calls(*ROWS[name])["NumPy"]
            parts = shares(run, rounds, t["NumPy's products"])
        elif name.startswith("linear"):
            continue  # it is nothing but products
        else:  # nothing but memory traffic: in units of a plain copy of x
            copies = t["NumPy"] / copying(ROWS[name][0], rounds)
            lines.append(f"| {name} | as long as {copies:.0f} copies of x |")
            continue
        shown = ", ".join(f"{part} {share:.0%}" for part, share in parts.items() if share > 0.005)
        lines.append(f"| {name} | {shown} |")
    return "\n".join(lines)


def copying(size, rounds):
    """Seconds that a copy of such an x takes"""
    x = np.ones(size, dtype=np.float32)
    y = np.empty_like(x)
    return fastest({"copy": lambda: np.copyto(y, x)}, rounds)["copy"]


# --- memory ---


def peak(library):
    """MB that a training step needs at most, beyond network, images and what stays from before"""
    run = training_step()[library]
    run()
    return _machine.peak(run, calls=3)


def peaks():
    """Markdown: the peak of each library, in a process of its own (Linux only)"""
    found = {}
    for library in ("NumPy", "torch"):
        command = [sys.executable, "-m", "benchmarks.layers", "--peak", library]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[library] = float(done.stdout)
    return "\n".join(
        [
            "| peak memory beyond what stays | NumPy, MB | torch, MB | NumPy / torch |",
            "|---|---|---|---|",
            f"| {STEP} | {found['NumPy']:.0f} | {found['torch']:.0f} "
            f"| {found['NumPy'] / found['torch']:.2f} |",
        ]
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--peak", choices=("NumPy", "torch"), help="only this library's memory")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        if options.peak:
            print(peak(options.peak))
            return
        times = measure(options.rounds, options.rows)
        print(table(times))
        print(f"\n{where(times, options.rounds)}")
    if STEP in times and _machine.REFS.exists():
        print(f"\n{peaks()}")
    blas = [b for b in threadpool_info() if b["user_api"] == "blas" and "numpy" in b["filepath"]]
    kernels = ", ".join(
        f"{b['internal_api']} {b['version']}, kernel {b.get('architecture', 'unknown')}"
        for b in blas
    )
    print(
        f"\n`python -m benchmarks.layers --threads {options.threads} --rounds {options.rounds}`: "
        f"float32, the fastest of {options.rounds} rounds in turns; {options.threads} of "
        f"{os.cpu_count()} CPU cores ({platform.machine()}, {_machine.processor()}), "
        f"NumPy {np.__version__} with {kernels or 'an unknown BLAS'}, torch {torch.__version__} "
        f"({torch.backends.cpu.get_cpu_capability()})."
    )


if __name__ == "__main__":
    main()
