"""Examples of augmentations for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(13)
X, Y = RNG.random((5, 3, 6, 8)), RNG.integers(0, 4, 5)
ALL = {"brightness": 0.5, "contrast": 0.7, "saturation": 1.5}

EXAMPLES = {
    "augmentation.random_horizontal_flip": [(X,), (X, 0.2)],
    "augmentation.random_crop": [
        (X, (6, 8), {"padding": 2}),
        (X, 5),
    ],
    "augmentation.color_jitter": [(X, ALL), (X,)],
    "augmentation.gaussian_noise": [(X, 0.3)],
    "augmentation.random_rotation": [(X, 30), (X, 180)],
    "augmentation.cutout": [(X, 4), (X, 3, {"fill": 0.5})],
    "augmentation.mixup": [(X, Y, 4), (X, Y, 6, {"alpha": 0.2})],
    "augmentation.cutmix": [(X, Y, 4), (X, Y, 6, {"alpha": 0.2})],
}
