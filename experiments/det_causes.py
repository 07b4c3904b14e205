"""Why do two detectors of det_table stay behind: by the maximum of RoI pooling, by SSD's one step?

Each is trained as there, on the same scenes, after one change. "rounded" is Fast R-CNN with RoI
align, but the corners of its regions are rounded to whole cells first, as RoI pooling rounds them.
"one map" is SSD with all of its anchors on the map of stride 8, 12 for each cell, and without the
coarser map.
"""

import numpy as np
import torch

from cs_lib.detection_metrics import coco_evaluation
from cs_lib.torch.detection import models, roi_align
from experiments import _det, det_table

SEEDS = det_table.SEEDS
SCALES = (10.0, 15.0, 21.0, 29.0)  # of SSD's two maps together


class Rounded(models.FastRCNN):
    """Fast R-CNN with RoI align of regions whose corners lie on cells, at least one apart"""

    def region_features(self, seen, rois):
        cells = torch.floor(rois[:, 1:] / self.stride + 0.5)
        cells[:, 2:] = torch.maximum(cells[:, 2:], cells[:, :2] + 1)
        rois = torch.cat([rois[:, :1], cells], dim=1)
        return roi_align(seen, rois, self.cells, sampling_ratio=2, aligned=True).flatten(1)


DETECTORS = {
    "rounded": lambda rng: Rounded(2, rng=rng),
    "one map": lambda rng: models.SSD(2, scales=(SCALES,), widths=(16, 32, 64), rng=rng),
}


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = det_table.data(8 if short else 500, 8 if short else 100, seed)
    steps = {"epochs": 1, "batch": 2} if short else {"epochs": det_table.EPOCHS}
    found = {}
    for name, make in DETECTORS.items():
        rng = np.random.default_rng(seed)
        model = make(rng)
        _det.train(model, x, y, rng, lr=det_table.RATE, **steps)
        predicted = _det.predict(model, x_test)
        found[f"{name} AP50"], found[f"{name} AP75"] = _det.score(predicted, y_test)
        coco = coco_evaluation(predicted, y_test, areas=det_table.AREAS)
        for what in ("AP", "AP small", "AP large"):
            found[f"{name} COCO {what}"] = coco[what]
    return found
