"""PyTorch has no build for Macs with an Intel processor: what works on one?"""

import tomllib
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NUMPY_ALONE = ("01_knn", "02_linear")  # book/start.md names these chapters


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.tied("cs_lib", f"solutions/{name}"))
        for name in NUMPY_ALONE
    ],
)
def test_the_assignments_of_chapters_1_and_2_need_numpy_alone(name):
    """Each of their checks raises where it fails, and `import torch` raises everywhere."""
    notebook = jupytext.read(ROOT / "solutions" / name / "notebook.py")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python"}
    notebook.cells.insert(0, new_code_cell("import sys\nsys.modules['torch'] = None"))
    folder = {"metadata": {"path": str(ROOT / "assignments" / name)}}
    NotebookClient(notebook, resources=folder, timeout=600).execute()


@pytest.mark.parametrize(
    ("system", "processor", "torch"),
    [
        ("darwin", "x86_64", False),
        ("darwin", "arm64", True),
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("win32", "AMD64", True),
    ],
)
def test_torch_is_asked_for_where_there_is_one(system, processor, torch):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    machine = {"sys_platform": system, "platform_machine": processor}
    wanted = [Requirement(line) for line in project["dependencies"]]
    names = {each.name for each in wanted if not each.marker or each.marker.evaluate(machine)}
    assert ("torch" in names) == torch
    assert {"numpy", "matplotlib"} <= names
