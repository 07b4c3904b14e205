"""Experiments that take longer than a cell of the book: short scripts, run over several seeds.

A script NAME.py opens with the question it answers, and has

    SEEDS = (0, 1, 2)
    def run(seed, *, short=False): ...   # -> {what: number or list of numbers}

where `short` means a few steps, seconds at most. `python -m experiments NAME` runs it and writes
results/NAME.json; a page of the book loads that:

    found = experiments.load("initialization")
    found["xavier"].mean(), found["xavier"].std(ddof=1)     # over the seeds

What scripts share is in a module with a leading underscore, imported as `from experiments import
_small`. The file says what made it. A test runs each script short, and asks that the numbers are
still those that were kept: a change of the library that changes no number leaves the results as
they are.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

# The libraries choose their instructions by the processor and round differently with each, and a
# training that explodes shows the last bit. With these all processors with AVX2 count alike.
ALIKE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "OMP_NUM_THREADS": "1",
}
_SHORT = """
import importlib, json, sys
import experiments
experiments.__path__ = [sys.argv[1]]
script = importlib.import_module("experiments." + sys.argv[2])
print(json.dumps(script.run(script.SEEDS[0], short=True)))
"""
FOLDER = Path(__file__).parent
REMEDY = "run: python -m experiments"


def names():
    """The experiments there are."""
    return sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def load(name):
    """{what: array with the seeds along axis 0} of an experiment's kept results.

    Raises ValueError, with the command that helps, where there are none.
    """
    kept = read(name)
    seeds = list(kept["seeds"].values())
    return {what: np.array([found[what] for found in seeds]) for what in seeds[0]}


def read(name):
    """The file of an experiment's results, as it is."""
    path = FOLDER / "results" / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"the experiment {name!r} has no results ({REMEDY} {name})")
    return json.loads(path.read_text("utf-8"))


def made_from(name):
    """A hash of an experiment's script, and of what it imports from this folder."""
    from autograder import tie

    script = FOLDER / f"{name}.py"
    found = tie.imported(FOLDER.parent, script.read_text("utf-8"))
    beside = {path for path in found if path.parent == FOLDER and path.name != "__init__.py"}
    return tie.digest(FOLDER, sorted({script, *beside}), pins=())


def make(name, progress=lambda seeds: seeds):
    """Run an experiment for all of its seeds, and write its results; the path."""
    import torch

    script = importlib.import_module(f"experiments.{name}")
    start = time.monotonic()
    found = {seed: script.run(seed) for seed in progress(script.SEEDS)}
    result = {
        "made_from": made_from(name),
        "with": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
            "seconds": round(time.monotonic() - start),
        },
        "short": short(name),
        "seeds": found,
    }
    return _write(name, result)


def short(name):
    """What a short run of an experiment finds with its first seed, on whatever processor."""
    done = subprocess.run(
        [sys.executable, "-c", _SHORT, str(FOLDER), name],
        env=os.environ | ALIKE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def make_short(name):
    """Keep what a short run finds now, beside the results there are; the path."""
    return _write(name, read(name) | {"short": short(name)})


def _write(name, result):
    path = FOLDER / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return path
