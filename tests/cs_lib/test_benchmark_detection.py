"""benchmarks.detection says what it cannot compare with, and stops unless it is told to go on."""

import numpy as np
import pytest

from benchmarks import detection
from cs_lib.detection_metrics import coco_evaluation

ROW = "suppression, the same"


@pytest.fixture
def no_operators(monkeypatch):
    def nothing():
        raise detection.MissingError("torchvision with compiled operators")

    monkeypatch.setattr(detection, "torchvision_ops", nothing)
    monkeypatch.setattr(detection.torch, "set_num_threads", lambda n: None)  # for the other tests
    monkeypatch.setattr(detection, "peaks", lambda names: f"peaks of {names}")


@pytest.mark.usefixtures("no_operators")
def test_without_a_library_it_stops_and_says_which_row_wants_what():
    with pytest.raises(SystemExit) as stopped:
        detection.main(["--rows", ROW])
    assert str(stopped.value) == (
        "suppression, the same, threshold 0.7: torchvision with compiled operators is not "
        "installed (--skip-missing leaves such rows out)"
    )


@pytest.mark.usefixtures("no_operators")
def test_without_a_library_no_peak_is_measured():
    with pytest.raises(SystemExit) as stopped:
        detection.main(["--rows", ROW, "--peak", "0"])
    name = "suppression, the same, threshold 0.7"
    assert str(stopped.value) == f"{name}: torchvision with compiled operators is not installed"


@pytest.mark.usefixtures("no_operators")
def test_rows_that_are_left_out_are_named(capsys):
    detection.main(["--rows", ROW, "--skip-missing"])
    printed = capsys.readouterr().out
    row = "| suppression, the same, threshold 0.7 | torchvision with compiled operators: not "
    assert row + "installed, not measured |" in printed
    assert "peaks of []" in printed


def test_the_detections_of_the_evaluation_have_all_kinds():
    predictions, targets = detection.found_and_true(60, 20, 8)
    numbers = coco_evaluation(predictions, targets)
    assert all(0.1 < value < 0.9 for value in numbers.values())
    truth, results = detection.as_coco(predictions, targets, 8)
    assert any(one["iscrowd"] for one in truth["annotations"])
    assert len(results) == 60 * 20
    box = np.array(results[7]["bbox"])
    assert np.allclose(box[:2] + box[2:], predictions[0]["boxes"][7, 2:])
