"""Do skip connections help a decoder, if its learning rate is a smaller one?

The two U-Nets of seg_skips, trained in the same way but at a rate of 0.003 in place of 0.01.
Besides what is measured there, "drawn": the share of pixels in the band where object and background
are told apart, whatever the class.
"""

import numpy as np
import torch

from cs_lib.data import scenes
from experiments import _seg, seg_skips

SEEDS = (0, 1, 2)
RATE = 0.003


def run(seed, *, short=False):
    torch.set_num_threads(1)
    sizes, epochs = ((25, 20), 3) if short else ((1500, 200), 10)
    train, test = (_seg.data(n, seed, part) for part, n in enumerate(sizes))
    _, targets = scenes.load(
        sizes[1], size=_seg.SIZE, most=2, radius=(5.0, 10.0), seed=seed, part=1
    )
    labels = test[1].numpy()
    parts, found = seg_skips.regions(labels), {}
    for name in ("U-Net without", "U-Net"):
        rng = np.random.default_rng(seed)
        model = seg_skips.VARIANTS[name](rng)
        _seg.train(model, *train, RATE, rng, epochs=epochs)
        predicted = _seg.classes_of(model, test[0])
        for what, part in parts.items():
            found[f"{name} {what}"] = float((predicted == labels)[part].mean())
        alike = (predicted > 0) == (labels > 0)
        found[f"{name} drawn"] = float(alike[parts["band"]].mean())
        found[f"{name} named"] = seg_skips.named(predicted, targets)
        found[f"{name} mean IoU"] = _seg.measures(predicted, labels)["mean IoU"]
    return found
