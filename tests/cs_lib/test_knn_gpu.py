"""kNN in tiles: on any device within its memory. How fast, benchmarks/knn_gpu.py measures."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cs_lib.torch.classifiers import KNeighborsClassifier

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("p", [1, 2])
def test_tiles_of_any_size_find_the_same_neighbours(p, device):
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(0, 9, (70, 5), generator=generator, dtype=torch.float64).to(device)
    queries = torch.randint(0, 9, (31, 5), generator=generator, dtype=torch.float64).to(device)
    y = torch.arange(70, device=device) % 4
    results = []
    for rows in (1, 2, 30, 31, 32):  # whole numbers: all distances are exact, and many are equal
        knn = KNeighborsClassifier(k=6, p=p).fit(x, y)
        knn._tile_bytes = rows * 70 * 8
        results.append((*knn.kneighbors(queries), knn.predict(queries)))
    for result in results[1:]:
        for one, other in zip(result, results[0], strict=True):
            assert torch.equal(one, other)


if "cuda" in DEVICES:

    def test_a_gpu_holds_a_few_tiles_and_not_all_distances():
        x, queries = torch.rand(2, 20_000, 64, device="cuda")
        knn = KNeighborsClassifier(k=5).fit(x, torch.arange(20_000, device="cuda") % 10)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        knn.predict(queries)
        peak = torch.cuda.max_memory_allocated() - before
        assert peak < 6 * knn._tile_bytes < 20_000**2 * 4


def test_the_benchmark_runs():
    options = ["--device", "cpu", "--sizes", "200", "50", "30", "--tiles", "1", "2"]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.knn_gpu", *options],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    rows = [line.split("|")[1].strip() for line in run.stdout.splitlines() if " | " in line]
    assert rows == [
        "what",
        "matrix product alone",
        "predict, tiles of 1 MiB",
        "kneighbors, tiles of 1 MiB",
        "predict, tiles of 2 MiB",
        "kneighbors, tiles of 2 MiB",
    ]
