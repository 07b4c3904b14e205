"""Examples of penalties for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(17)
NAMED = {
    "0.weight": RNG.standard_normal((4, 3, 2, 2)),
    "0.bias": RNG.standard_normal(4),
    "bn1.weight": RNG.standard_normal(4),
    "2.weight": RNG.standard_normal((5, 4)),
}

NUMPY_ONLY = {
    "regularization.l1_gradient": "torch derives it from l1_penalty",
    "regularization.l2_gradient": "torch derives it from l2_penalty",
}
EXAMPLES = {
    "regularization.l1_penalty": [(NAMED, 0.3), (NAMED, 0.3, {"exclude": ("0.*",)})],
    "regularization.l2_penalty": [
        (NAMED, 0.3),
        (NAMED, 0.3, {"half": True}),
        (NAMED, 0.3, {"exclude": ()}),
    ],
}
