"""What the contract says of segmentation, and examples of the dense CRF: see test_contract.py."""

import numpy as np

NUMPY_ONLY = {"segmentation.crf_grid": "a filter for labels of a photograph, without gradients"}
TORCH_ONLY = {"segmentation.models": "large networks, which NumPy would take hours to train"}

RNG = np.random.default_rng(6)
IMAGES = RNG.random((2, 3, 4, 5))
UNARY = RNG.standard_normal((2, 6, 4, 5))
Q = np.exp(UNARY) / np.exp(UNARY).sum(axis=1, keepdims=True)
KERNEL = RNG.random((2, 20, 20)) / 10  # not symmetric, so that rows cannot pass for columns
TABLE = RNG.standard_normal((6, 6))

EXAMPLES = {
    "segmentation.crf.crf_kernel": [
        (IMAGES,),
        (
            IMAGES,
            {
                "appearance": 3.0,
                "appearance_distance": 2.0,
                "appearance_colour": 0.4,
                "smoothness": 0.5,
                "smoothness_distance": 1.5,
            },
        ),
        (IMAGES, {"normalization": "symmetric", "self_message": True}),
        (IMAGES, {"normalization": "before"}),
        (IMAGES, {"normalization": "after"}),
    ],
    "segmentation.crf.crf_mean_field": [
        (UNARY, KERNEL),
        (UNARY, KERNEL, TABLE, {"steps": 3}),
        (UNARY, KERNEL, TABLE, {"steps": 0}),
    ],
    "segmentation.crf.crf_step": [(UNARY, Q, KERNEL), (UNARY, Q, KERNEL, TABLE)],
}
