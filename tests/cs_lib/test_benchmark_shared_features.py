"""benchmarks.shared_features counts what it times, and its windows lie inside the image."""

import pytest
import torch

from benchmarks import shared_features
from cs_lib.torch.models import get_model


def test_windows_lie_inside_the_image():
    boxes = shared_features.windows(500, torch.Generator().manual_seed(1))
    height, width = shared_features.SIZE
    assert boxes.shape == (500, 4)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= torch.tensor([width, height])).all()
    assert (boxes[:, 2:] - boxes[:, :2] >= 20 - 1e-3).all()


def test_crops_are_the_windows_scaled():
    rows = torch.arange(300.0).reshape(1, 1, 300, 1).expand(1, 1, 300, 400)
    [cut] = shared_features.crops(rows, torch.tensor([[10.0, 50.0, 110.0, 274.0]]))
    assert cut.shape == (1, 224, 224)
    torch.testing.assert_close(cut[0, :, 0], torch.arange(50.0, 274.0))


@pytest.mark.parametrize("n", [2, 30])
def test_the_ratio_is_that_of_the_counts(monkeypatch, n):
    small = torch.nn.Module()
    small.features = get_model("vgg16").features[:5]  # stride 2: 7 × 7 of 14 × 14
    monkeypatch.setattr(shared_features, "get_model", lambda name: tiny(small))
    monkeypatch.setattr(shared_features, "CROP", 14)
    image = torch.rand(1, 3, 64, 96)
    boxes = torch.tensor([[0.0, 0.0, 40.0, 40.0]]).repeat(n, 1)
    with torch.inference_mode():
        lines = shared_features.table(image, boxes, 2).splitlines()
    cells = {line.split("|")[1].strip(): line.split("|")[3].strip() for line in lines[2:]}
    conv = 9 * (3 * 64 + 64 * 64)  # multiply-adds a pixel
    head = 64 * 7 * 7 * 5
    assert float(cells["ratio"]) == pytest.approx(
        n * (conv * 14 * 14 + head) / (conv * 64 * 96 + n * head), abs=0.5
    )


def tiny(small):
    small.classifier = torch.nn.Sequential(torch.nn.Linear(64 * 7 * 7, 5), torch.nn.Identity())
    return small
