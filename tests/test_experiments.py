"""The kept results of the experiments are those of their scripts, and of the library as it is."""

import importlib

import numpy as np
import pytest

import experiments
from experiments.__main__ import main, stale

NAMES = experiments.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_made_from_its_script(name):
    assert not stale(name), f"experiments/{name}.py has changed: {experiments.REMEDY} {name}"
    kept, script = experiments.read(name), importlib.import_module(f"experiments.{name}")
    assert [*kept["seeds"]] == [*map(str, script.SEEDS)]
    assert len(script.SEEDS) >= 3
    assert script.__doc__.split("\n")[0].endswith(("?", "."))


@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_gives_the_numbers_that_were_kept(name):
    found, kept = experiments.short(name), experiments.read(name)
    assert found.keys() == kept["short"].keys()
    assert found.keys() == {key for run in kept["seeds"].values() for key in run}
    for what, value in kept["short"].items():
        # Processors round differently: of a hundred images one may change sides, of the few
        # pixels at an edge one, and in a list of boxes those with like scores change places.
        got, wanted = np.array(found[what]), np.array(value)
        assert got.shape == wanted.shape, what
        is_share = np.allclose(np.round(wanted, 2), wanted, atol=1e-12)
        tolerance = {"rtol": 2e-2, "atol": 0.0101 if is_share else 5e-3}
        if wanted.ndim == 2 and wanted.shape[1] == 6:  # a class, a score, a box
            there = np.isclose(got, wanted[:, None], **tolerance).all(-1).any(1)
            assert there.mean() >= 0.9, (what, got, wanted)
        else:
            assert np.isclose(got, wanted, **tolerance).all(), (what, got, wanted)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of experiments with one in it, dice."""
    (tmp_path / "dice.py").write_text(
        '"""How far do dice fall from their mean?"""\n'
        "import numpy as np\n"
        "SEEDS = (0, 1, 2)\n"
        "def run(seed, *, short=False):\n"
        "    eyes = np.random.default_rng(seed).integers(1, 7, 10 if short else 1000)\n"
        "    return {'mean': float(eyes.mean()), 'first': eyes[:2].tolist()}\n"
    )
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    monkeypatch.setattr(experiments, "__path__", [str(tmp_path)])
    return tmp_path


def test_results_are_loaded_with_the_seeds_along_the_first_axis(folder, capsys):
    with pytest.raises(ValueError, match="has no results"):
        experiments.load("dice")
    assert main([]) == 0
    found = experiments.load("dice")
    assert found["mean"].shape == (3,)
    assert found["first"].shape == (3, 2)
    assert abs(found["mean"].mean() - 3.5) < 0.1
    assert experiments.read("dice")["with"]["numpy"] == np.__version__


def test_a_changed_script_makes_its_results_stale(folder, capsys):
    assert main(["dice"]) == 0
    assert not stale("dice")
    (folder / "dice.py").write_text((folder / "dice.py").read_text() + "# changed\n")
    assert stale("dice")


def test_a_change_of_what_a_script_imports_makes_its_results_stale(tmp_path, monkeypatch):
    folder = tmp_path / "experiments"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "dice.py").write_text("from experiments import _eyes\n")
    (folder / "_eyes.py").write_text("EYES = 6\n")
    monkeypatch.setattr(experiments, "FOLDER", folder)
    before = experiments.made_from("dice")
    assert experiments.made_from("dice") == before
    (folder / "_eyes.py").write_text("EYES = 8\n")
    assert experiments.made_from("dice") != before
    assert experiments.names() == ["dice"]


def test_an_unknown_name_is_told_with_those_there_are(folder, capsys):
    assert main(["cards"]) == 1
    assert "no experiment cards (there are: dice)" in capsys.readouterr().err
