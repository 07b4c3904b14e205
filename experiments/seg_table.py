"""How well does each segmenter name the pixels of scenes, all trained alike and at like cost?

The small variants of _seg, whose widths make five to eight million multiply-adds of each. 320
training and 200 test scenes of 32 × 32 with one or two shapes, round or with corners; fifteen
epochs of AdamW, 300 steps, at a rate of 0.01, the same for all. That shows which of them get
something from little, not which is best after long training or a search for each one's rate.
"object" measures only tell the background from everything else; boundaries agree if they are
within a pixel. "background" is what naming every pixel so would give.
"""

import numpy as np
import torch

from experiments import _seg

SEEDS = (0, 1, 2)
RATE, EPOCHS = 0.01, 15


def run(seed, *, short=False):
    torch.set_num_threads(1)
    train, test = (
        _seg.data(n, seed, part) for part, n in enumerate((25, 20) if short else (320, 200))
    )
    found = {}
    nothing = _seg.measures(np.zeros_like(test[1]), test[1])
    for what in ("mean IoU", "pixel accuracy"):
        found[f"background {what}"] = nothing[what]
    for name, make in _seg.VARIANTS.items():
        rng = np.random.default_rng(seed)
        model = make(rng)
        _seg.train(model, *train, RATE, rng, epochs=5 if short else EPOCHS)
        for what, value in _seg.measures(_seg.classes_of(model, test[0]), test[1]).items():
            found[f"{name} {what}"] = value
    return found
