"""Examples of losses for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(5)
SCORES, LABELS = RNG.standard_normal((5, 3)) * 3, np.array([2, 0, 2, 1, 2])
MAPS, LABEL_MAPS = RNG.standard_normal((2, 3, 4, 5)), RNG.integers(0, 3, (2, 4, 5))
VOID = np.where(RNG.random((2, 4, 5)) < 0.3, 255, LABEL_MAPS)
EXTREME = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 0.0]])
SHARES = RNG.random((5, 3))
SUM = {"reduction": "sum"}

EXAMPLES = {
    "nn.loss.cross_entropy": [
        (SCORES, LABELS),
        (SCORES, LABELS, SUM),
        (SCORES, LABELS.astype(np.uint8)),
        (SCORES, LABELS, {"ignore_index": 2}),
        (MAPS, LABEL_MAPS),
        (MAPS, VOID, {"ignore_index": 255}),
        (MAPS, VOID.astype(np.uint8), {"ignore_index": 255, "reduction": "sum"}),
        (EXTREME, np.array([0, 0])),
        (SCORES, SHARES),
        (SCORES, SHARES, SUM),
        (MAPS, MAPS**2),
        (EXTREME, EXTREME[::-1] / 1000),
    ],
    "nn.loss.multi_margin_loss": [
        (SCORES, LABELS),
        (SCORES, LABELS, SUM),
        (SCORES, LABELS, {"margin": 4.5}),
        (EXTREME, np.array([0, 0])),
        (np.round(SCORES), LABELS),  # at kinks
    ],
    "nn.loss.binary_cross_entropy_with_logits": [
        (SCORES, SHARES),
        (SCORES, SHARES, SUM),
        (SCORES[:, 0], SHARES[:, 0].round()),
        (EXTREME, np.array([[0.0, 0.3, 1], [1, 1, 0.2]])),
    ],
    "nn.loss.mse_loss": [(SCORES, SHARES), (SCORES, SHARES, SUM), (MAPS, MAPS**2)],
    "nn.loss.CrossEntropyLoss": {
        "make": [
            lambda nn, rng: nn.CrossEntropyLoss(),
            lambda nn, rng: nn.CrossEntropyLoss(ignore_index=2, reduction="sum"),
        ],
        "input": (SCORES, LABELS),
    },
    "nn.loss.MultiMarginLoss": {
        "make": [
            lambda nn, rng: nn.MultiMarginLoss(),
            lambda nn, rng: nn.MultiMarginLoss(margin=3.0, reduction="sum"),
        ],
        "input": (SCORES, LABELS),
    },
    "nn.loss.BCEWithLogitsLoss": {
        "make": [
            lambda nn, rng: nn.BCEWithLogitsLoss(),
            lambda nn, rng: nn.BCEWithLogitsLoss(reduction="sum"),
        ],
        "input": (SCORES, SHARES),
    },
    "nn.loss.MSELoss": {
        "make": [
            lambda nn, rng: nn.MSELoss(),
            lambda nn, rng: nn.MSELoss(reduction="sum"),
        ],
        "input": (SCORES, SHARES),
    },
}
