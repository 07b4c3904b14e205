"""How fast does one device learn CIFAR-10 to 94 % of the test images?

    python -m benchmarks.cifar_speedrun [--runs 10] [--target 94] [--epochs E] [--threads 1]
    python -m benchmarks.cifar_speedrun --device cpu --runs 1
    python -m benchmarks.cifar_speedrun --beside

The recipe is in the spirit of [Jordan 2024]. Its first layer is not learnt: it whitens patches
of 2×2 pixels, and gives each direction with both signs. Three blocks of two convolutions follow,
which start as the identity as far as their filters reach, with a batch normalisation that learns
its bias alone. The filters take steps of momentum whose singular values were set to about 1 [Muon:
Jordan et al. 2024], and keep their norm, which the normalisation makes irrelevant; biases and head
take Nesterov's steps, with a decay of their own. Rates rise and then fall in straight lines. Each
image is seen as it is in one epoch and mirrored in the next, from a coin's toss on, and shifted by
up to two pixels, its border reflected. A test image gets the mean of the scores of six views.

With a GPU, a run computes in bfloat16 with weights in float32. With a CPU the batches are smaller,
the epochs more, and the aim is 90 %; it computes in bfloat16 where the processor multiplies
matrices of it (AMX), else in float32.

Time is counted as [Jordan 2024] counts it: from the first touch of the training images, which
lie on the device as bytes, to the last prediction for the test images, whitening included, but
neither the making of the network nor, with --compile, its compilation: a first run is thrown away
on a GPU. On a CPU it is time of the processor, as other work may share it. The test images choose
nothing: --hold-out trains without the last tenth of the training images and tests on them.

With --beside, the recipe that the package airbench publishes runs on the same GPU and images
(pip install airbench torchvision), and its own clock is read, which counts the same but for the
bytes, made numbers before it starts. That is the paper's recipe without compilation; the later
record with Muon is not in the package. Records ask for a mean over the runs of the target or more.

Taken from cs_lib: convolution, batch normalisation, pooling and linear layer, Whitening, SGD. Not
its augmentation, which draws in NumPy and pads with black; nor its Trainer, which waits for the
device at the end of each epoch; nor its schedules, which are one for all groups of parameters,
whereas the bias of the first layer is learnt for some epochs alone.
"""

import argparse
import contextlib
import importlib.metadata
import io
import math
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks._machine import processor
from benchmarks.cifar10_cpu import JPEG, compressed, official
from cs_lib import data
from cs_lib.data.cifar10 import CLASSES
from cs_lib.torch import nn
from cs_lib.torch.optim import SGD
from cs_lib.torch.preprocessing import Whitening

VIEWS = (  # rows and columns of the shift, the weight of the view and of its mirror image
    ((0, 0), 1 / 4),
    ((-1, -1), 1 / 8),
    ((1, 1), 1 / 8),
)


JPEG_CAVEAT = (
    "The images are a lossy copy: JPEG of quality 75, colour at half the resolution, where the "
    "official ones are not compressed. Fine detail is smoothed, in training and test alike, so "
    "that accuracies and seconds to reach one may differ on the official images."
)


@dataclass(frozen=True)
class Recipe:
    """Rates are those at the peak, of the mean loss."""

    epochs: float
    batch_size: int
    widths: tuple = (64, 256, 256)
    filters_lr: float = 0.24  # of steps with singular values of about 1
    filters_momentum: float = 0.6
    biases_lr: float = 100.0  # gradients of biases behind a normalisation are small
    head_lr: float = 1.65
    momentum: float = 0.85
    decay: float = 4e-3  # of biases and head, a step at the peak, before momentum
    rise: float = 0.2  # the share of the steps before the peak
    whitening_epochs: float = 3.0  # in which the first layer's bias is learnt
    smoothing: float = 0.2
    shift: int = 2
    eps: float = 2.0  # grey levels squared: directions that vary less are mostly rounding


GPU = Recipe(epochs=8, batch_size=2000)
CPU = Recipe(epochs=14, batch_size=500, biases_lr=50.0, head_lr=0.75, decay=1e-3)


# --- images: (N, H, W, C) uint8, on the device ---


def views(images, index, shifts, mirrored):
    """Some images, each shifted by whole pixels with its border reflected, then perhaps mirrored.

    index: (B,), shifts: (B, 2) rows and columns, mirrored: (B,) bool -> (B, C, H, W) float32, in
    grey levels from the middle, which are whole numbers and so exact in bfloat16, too
    """
    height, width = images.shape[1:3]
    row = torch.arange(height, device=images.device)
    column = torch.arange(width, device=images.device)
    column = torch.where(mirrored[:, None], column.flip(0), column)  # (B, W)
    rows = reflected(row + shifts[:, :1], height)  # (B, H)
    columns = reflected(column + shifts[:, 1:], width)
    x = images[index[:, None, None], rows[:, :, None], columns[:, None]]  # (B, H, W, C)
    return x.permute(0, 3, 1, 2).float() - 128  # without a copy: channels_last


def reflected(place, size):
    """Places outside 0 … size - 1, mirrored at the first and the last pixel"""
    return size - 1 - (size - 1 - place.abs()).abs()


def batches(images, labels, recipe, steps, generator):
    """-> (x, y) for each of so many steps; what remains of an epoch after whole batches is left."""
    n, device = len(images), images.device
    size = min(recipe.batch_size, n)
    first = torch.rand(n, device=device, generator=generator) < 0.5
    for step in range(steps):
        epoch, batch = divmod(step, n // size)
        if batch == 0:
            order = torch.randperm(n, device=device, generator=generator)
        index = order[batch * size : (batch + 1) * size]
        shifts = torch.randint(
            -recipe.shift, recipe.shift + 1, (size, 2), device=device, generator=generator
        )
        yield views(images, index, shifts, first[index] ^ (epoch % 2 == 1)), labels[index]


def scores(forward, images, batch_size=2000):
    """The weighted mean over the views of each image: (N, H, W, C) uint8 -> (N, classes) float32"""
    parts = []
    for index in torch.arange(len(images), device=images.device).split(batch_size):
        total = 0
        for shift, weight in VIEWS:
            shifts = torch.tensor(shift, device=images.device).expand(len(index), 2)
            for mirrored in (False, True):
                mirror = torch.full_like(index, mirrored, dtype=torch.bool)
                total = total + weight * forward(views(images, index, shifts, mirror)).float()
        parts.append(total)
    return torch.cat(parts)


# --- the network ---


class Block(nn.Module):
    """Convolution, pooling by 2, convolution; normalised, and through a GELU, twice"""

    def __init__(self, before, after, rng):
        super().__init__()
        self.conv1, self.norm1 = filters(before, after, rng), bias_alone(after)
        self.conv2, self.norm2 = filters(after, after, rng), bias_alone(after)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = F.gelu(self.norm1(self.pool(self.conv1(x))))
        return F.gelu(self.norm2(self.conv2(x)))


def filters(before, after, rng):
    """A convolution 3×3 whose first filters pass the channels on, one each [Dirac's delta]"""
    conv = nn.Conv2d(before, after, 3, padding=1, bias=False, rng=rng)
    torch.nn.init.dirac_(conv.weight.data[:before])
    return conv


def bias_alone(channels):
    norm = nn.BatchNorm2d(channels, momentum=0.4)
    norm.weight.requires_grad_(False)
    return norm


class Network(nn.Module):
    """x: (N, 3, 32, 32) -> scores (N, 10)"""

    def __init__(self, widths, rng):
        super().__init__()
        self.whitening = nn.Conv2d(3, 24, 2, rng=rng)  # 12 directions of a patch, with both signs
        self.whitening.weight.requires_grad_(False)
        sizes = (24, *widths)
        self.blocks = nn.Sequential(
            *(Block(*pair, rng) for pair in zip(sizes, widths, strict=False))
        )
        self.pool = nn.MaxPool2d(3)
        self.head = nn.Linear(widths[-1], 10, bias=False, rng=rng)

    def forward(self, x):
        x = self.pool(self.blocks(F.gelu(self.whitening(x))))
        return self.head(x.flatten(1)) / 9  # small at first, whatever the rate


def whiten(conv, images, eps):
    """Set a convolution's filters so that patches of the images have, with eps 0, the covariance 1.

    images: (N, H, W, C) uint8. Half of the filters are the principal directions, divided by the
    standard deviation along them, the other half their negatives; biases take off the mean.
    """
    x = images.permute(0, 3, 1, 2).float() - 128
    c, height, width = conv.weight.shape[1:]
    patches = x.unfold(2, height, 1).unfold(3, width, 1)  # (N, C, H', W', height, width)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, c * height * width)
    fitted = Whitening("pca", eps=eps).fit(patches)
    std = (fitted.explained_variance_ + eps).sqrt()
    weight = fitted.components_ / std[:, None]
    bias = -(weight @ fitted.mean_)
    conv.weight.data.copy_(torch.cat([weight, -weight]).reshape(conv.weight.shape))
    conv.bias.data.copy_(torch.cat([bias, -bias]))


# --- steps ---


def orthogonalized(matrix, steps=3):
    """The matrix with its singular values moved to about 1 [Muon: Jordan et al. 2024].

    (m, n) -> (m, n) bfloat16. Each step is an odd polynomial of the matrix, which acts on its
    singular values alone; the coefficients are those published, whose slope at 0 is steep.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x  # so that the product is the small one
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Nesterov's momentum, orthogonalised as a matrix (out, in · kernel); filters keep a norm √out.

    torch.optim.Muon takes matrices alone, and lets their norm grow.
    """

    def __init__(self, params, lr, momentum):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p not in self.state:
                    self.state[p]["velocity"] = torch.zeros_like(p)
                velocity = self.state[p]["velocity"]
                velocity.mul_(group["momentum"]).add_(p.grad)
                step = p.grad + group["momentum"] * velocity
                p.mul_(len(p) ** 0.5 / p.norm())
                p.sub_(orthogonalized(step.flatten(1)).view_as(p).to(p), alpha=group["lr"])


def rate(step, steps, rise):
    """The share of the peak at a step: up to 1 at the share rise of the steps, then down to 0"""
    t = step / steps if step < steps else 1
    return 0.2 + 0.8 * t / rise if t < rise else (1 - t) / (1 - rise)


def optimizers(net, recipe, an_epoch):
    """-> [optimizer], each group with its "peak" and the "steps" that it is learnt for

    an_epoch: the steps of an epoch
    """
    blocks = list(net.blocks.parameters())
    convolutions = [p for p in blocks if p.ndim == 4]
    biases = [p for p in blocks if p.ndim == 1 and p.requires_grad]
    muon = Muon(convolutions, lr=recipe.filters_lr, momentum=recipe.filters_momentum)
    groups = [
        {"params": [net.whitening.bias], "lr": recipe.head_lr},
        {"params": biases, "lr": recipe.biases_lr},
        {"params": [net.head.weight], "lr": recipe.head_lr},
    ]
    for group in groups:
        group["weight_decay"] = recipe.decay / group["lr"]
    sgd = SGD(groups, momentum=recipe.momentum, nesterov=True)
    for optimizer in (muon, sgd):
        for group in optimizer.param_groups:
            group["peak"], group["steps"] = group["lr"], recipe.epochs * an_epoch
    first = sgd.param_groups[0]
    first["steps"] = min(recipe.whitening_epochs * an_epoch, first["steps"])
    return [muon, sgd]


class Trainer:
    """One network on one device, trained anew with each seed, so that it is compiled once."""

    def __init__(self, recipe, device, *, bfloat16=False, compiled=False):
        self.recipe, self.device, self.bfloat16 = recipe, torch.device(device), bfloat16
        self.net = Network(recipe.widths, np.random.default_rng(0))
        self.net.to(self.device, memory_format=torch.channels_last)
        self.compute = torch.compile(self.net) if compiled else self.net

    def forward(self, x):
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            return self.compute(x)

    def clock(self):
        """Seconds, of the processor's time on a CPU, and on a GPU once its queue is empty"""
        if self.device.type != "cuda":
            return time.process_time()
        torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def run(self, x, y, x_test, seed):
        """x, x_test: (N, H, W, C) uint8, y: (N,), on the device -> scores (N_test, 10), seconds"""
        recipe, net = self.recipe, self.net
        net.load_state_dict(Network(recipe.widths, np.random.default_rng([seed, 0])).state_dict())
        generator = torch.Generator(self.device).manual_seed(seed)
        self.losses = []
        start = self.clock()
        whiten(net.whitening, x[:5000], recipe.eps)
        an_epoch = len(x) // min(recipe.batch_size, len(x))
        both = optimizers(net, recipe, an_epoch)
        steps = math.ceil(recipe.epochs * an_epoch)
        net.train()
        for step, (images, labels) in enumerate(batches(x, y, recipe, steps, generator)):
            predicted = self.forward(images).float()
            loss = F.cross_entropy(predicted, labels, label_smoothing=recipe.smoothing)
            net.zero_grad()
            loss.backward()
            for optimizer in both:
                for group in optimizer.param_groups:
                    group["lr"] = group["peak"] * rate(step, group["steps"], recipe.rise)
                optimizer.step()
            self.losses.append(loss.detach())
        net.eval()
        with torch.no_grad():
            result = scores(self.forward, x_test)
        return result, self.clock() - start


# --- beside ---


def beside(train, test, runs):
    """[(accuracy in percent, seconds)] of airbench's own recipe on the same images and GPU"""
    import airbench

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("cifar10").mkdir()  # where its loader looks before it downloads
        for name, (images, labels) in (("train", train), ("test", test)):
            content = {"images": images.cpu(), "labels": labels.cpu(), "classes": list(CLASSES)}
            torch.save(content, f"cifar10/{name}.pt")
        with contextlib.redirect_stdout(io.StringIO()):
            airbench.train94(run=0)
        results = []
        for run in range(runs):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                airbench.train94(run=run)
            results.append(last_row(printed.getvalue()))
    return results


def last_row(printed):
    """Of what airbench prints of a run -> accuracy with all its views in percent, seconds"""
    rows = [line.strip("|").split("|") for line in printed.splitlines() if line.startswith("|")]
    last = [cell.strip() for cell in rows[-1]]
    return 100 * float(last[-2]), float(last[-1])


def missing(device):
    """Why --beside cannot run here, or None"""
    try:
        importlib.import_module("airbench")
    except ImportError as error:
        return (
            f"--beside needs the packages airbench and torchvision ({error}); "
            "pip install airbench torchvision"
        )
    if device != "cuda":
        return "--beside needs a GPU, on which alone airbench runs; leave it out"
    return None


# --- what is reported ---


def load(options):
    """-> (x, y), (x_test, y_test): (N, H, W, C) uint8, (N,), as tensors on the CPU"""
    read = official
    if options.jpeg:
        if "DL4CV_DEV_DATA" not in os.environ:
            sys.exit(
                "cifar_speedrun: DL4CV_DEV_DATA is not set; --jpeg needs it, see "
                "python -m benchmarks.cifar10_cpu --help"
            )
        path = Path(os.environ["DL4CV_DEV_DATA"]) / "cifar10" / JPEG
        if not path.is_file():
            sys.exit(
                f"cifar_speedrun: there is no {path}; set DL4CV_DEV_DATA to the folder that has "
                f"cifar10/{JPEG}, or leave out --jpeg to use the official archive"
            )
        read = partial(compressed, path=path)
    x, y = tensors(*read("train"))
    if not options.hold_out:
        return (x, y), tensors(*read("test"))
    first = len(x) - len(x) // 10
    return (x[:first], y[:first]), (x[first:], y[first:])


def tensors(images, labels):
    return torch.from_numpy(images.transpose(0, 2, 3, 1).copy()), torch.from_numpy(labels)


def measure(trainer, train, test, seeds, *, first=False):
    """[(accuracy in percent, seconds)] for each seed; first: with a run before, thrown away"""
    x, y, x_test, y_test = (a.to(trainer.device) for a in (*train, *test))
    results = []
    if first:
        trainer.run(x, y, x_test, seed=0)
    for seed in seeds:
        predicted, seconds = trainer.run(x, y, x_test, seed)
        right = (predicted.argmax(dim=1) == y_test).double().mean()
        results.append((100 * right.item(), seconds))
        print(f"seed {seed}: {results[-1][0]:.2f} %, {seconds:.2f} s", file=sys.stderr, flush=True)
    return results


def table(results, target, unit="seconds"):
    """results: {recipe: [(accuracy, seconds)]}"""
    yield f"| recipe | n | accuracy, % | runs with {target:g} % or more | {unit} |"
    yield "|---|---|---|---|---|"
    for name, rows in results.items():
        accuracies, seconds = zip(*rows, strict=True)
        reached = sum(accuracy >= target for accuracy in accuracies)
        yield (
            f"| {name} | {len(rows)} | {spread(accuracies)} | {reached} of {len(rows)} "
            f"| {spread(seconds)} |"
        )


def spread(numbers):
    """Mean ± std of one measurement"""
    if len(numbers) == 1:
        return f"{numbers[0]:.2f}"
    return f"{np.mean(numbers):.2f} ± {np.std(numbers, ddof=1):.2f}"


def conditions(options, trainer, train, test):
    """The sentences below the table"""
    recipe, device = trainer.recipe, trainer.device.type
    flags = [f"--device {device}", f"--runs {options.runs}", f"--threads {options.threads}"]
    flags += [f"--target {options.target:g}", f"--epochs {recipe.epochs:g}"]
    for name in ("float32", "compile", "beside", "jpeg", "hold_out"):
        flags += [f"--{name.replace('_', '-')}"] * getattr(options, name)
    mixed = "bfloat16 with weights in float32" if trainer.bfloat16 else "float32"
    threads = "1 thread" if options.threads == 1 else f"{options.threads} threads"
    hardware = (
        f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
        if device == "cuda"
        else f"{threads} on {processor()}, {os.cpu_count()} cores ({platform.machine()})"
    )
    tested = "the last of the official training set" if options.hold_out else "the test set"
    versions = f"Python {platform.python_version()}, torch {torch.__version__.split('+')[0]}"
    if options.beside:
        versions += f", airbench {importlib.metadata.version('airbench')}"
    yield (
        f"`python -m benchmarks.cifar_speedrun {' '.join(flags)}`: CIFAR-10, {len(train[1]):,} "
        f"training images and {len(test[1]):,} tested, {tested}; "
        f"n runs, seeds 1 to {options.runs}, mean ± std; widths "
        f"{', '.join(map(str, recipe.widths))}, {recipe.epochs:g} epochs in batches of "
        f"{recipe.batch_size}; {mixed}; {hardware}; {versions}."
    )
    if device == "cuda":
        yield (
            "Seconds from the first touch of the training images, which lie on the GPU, to the "
            "last prediction; a run before these, with all compilation, was thrown away."
        )
    else:
        yield (
            "CPU time, from the first touch of the training images to the last prediction; other "
            "work on the machine makes it more."
        )
    if options.jpeg:
        yield JPEG_CAVEAT


def multiplies_bfloat16():
    """Has this machine's processor instructions for products of bfloat16 matrices, Intel's AMX?"""
    info = Path("/proc/cpuinfo")
    return info.is_file() and "amx_bf16" in info.read_text("utf-8")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cifar_speedrun",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=10, help="seeds 1, 2, …")
    parser.add_argument("--target", type=float, help="in %%; default 94, on a CPU 90")
    parser.add_argument("--epochs", type=float, help="instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1, help="of a CPU")
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--float32", action="store_true", help="no bfloat16")
    parser.add_argument("--compile", action="store_true", help="with torch.compile")
    parser.add_argument("--beside", action="store_true", help="airbench on the same GPU, too")
    parser.add_argument("--jpeg", action="store_true", help="the copy in DL4CV_DEV_DATA")
    parser.add_argument("--hold-out", action="store_true", help="without the test images")
    options = parser.parse_args(arguments)
    for name in ("runs", "threads"):
        if (number := getattr(options, name)) < 1:
            sys.exit(f"cifar_speedrun: --{name} is {number}; it must be 1 or more")
    if options.epochs is not None and not 0 < options.epochs < math.inf:
        sys.exit(f"cifar_speedrun: --epochs is {options.epochs:g}; it must be above 0")
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("cifar_speedrun: torch finds no GPU; take --device cpu")
    if options.beside and (reason := missing(device)):
        sys.exit(f"cifar_speedrun: {reason}")
    recipe = GPU if device == "cuda" else CPU
    if options.epochs is not None:
        recipe = replace(recipe, epochs=options.epochs)
    if options.target is None:
        options.target = 94 if device == "cuda" else 90
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True
    try:
        train, test = load(options)
    except data.DataError as error:
        sys.exit(f"cifar_speedrun: {error}")
    bfloat16 = not options.float32 and (device == "cuda" or multiplies_bfloat16())
    trainer = Trainer(recipe, device, bfloat16=bfloat16, compiled=options.compile)
    seeds = range(1, options.runs + 1)
    first = device == "cuda" or options.compile
    results = {"ours": measure(trainer, train, test, seeds, first=first)}
    if options.beside:
        results["airbench, train94"] = beside(train, test, options.runs)
    print(
        *table(results, options.target, "seconds" if device == "cuda" else "CPU seconds"), sep="\n"
    )
    if options.beside:
        ours, theirs = (np.mean(rows, axis=0)[1] for rows in results.values())
        print(f"\nOurs takes {ours / theirs:.2f} times as long as airbench.")
    for sentence in conditions(options, trainer, train, test):
        print(f"\n{sentence}")


if __name__ == "__main__":
    main()
