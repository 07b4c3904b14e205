"""Examples of normalisations for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(7)
ROWS = 3 * RNG.standard_normal((5, 6)) + 2
IMAGES = 3 * RNG.standard_normal((2, 6, 4, 7)) + 2
SEQUENCES = RNG.standard_normal((3, 4, 6))
MEAN, VAR = RNG.standard_normal(6), RNG.uniform(0.5, 2, 6)
WEIGHT, BIAS = RNG.standard_normal(6), RNG.standard_normal(6)
WEIGHT2, BIAS2 = RNG.standard_normal((4, 6)), RNG.standard_normal((4, 6))
FILTERS, LENGTHS = RNG.standard_normal((4, 3, 2, 5)), RNG.standard_normal((4, 1, 1, 1))
TRAIN = {"training": True}

EXAMPLES = {
    "nn.norm.batch_norm": [
        (ROWS, MEAN, VAR, WEIGHT, BIAS, TRAIN),
        (ROWS, MEAN, VAR, WEIGHT, BIAS),
        (IMAGES, MEAN, VAR, WEIGHT, BIAS, {"training": True, "momentum": 0.3, "eps": 0.1}),
        (IMAGES, MEAN, VAR, WEIGHT, BIAS, {"eps": 0.1}),
        (IMAGES, None, None, TRAIN),
        (IMAGES, MEAN, VAR, None, BIAS),
        (IMAGES, MEAN, VAR, WEIGHT, None, TRAIN),
        (IMAGES[:, :1], MEAN[:1], VAR[:1], WEIGHT[:1], BIAS[:1], TRAIN),
    ],
    "nn.norm.layer_norm": [
        (ROWS, 6, WEIGHT, BIAS),
        (SEQUENCES, (4, 6), WEIGHT2, BIAS2, {"eps": 0.1}),
        (SEQUENCES, [6], WEIGHT),
        (IMAGES, (6, 4, 7)),
        (ROWS[0], 6, None, BIAS),
    ],
    "nn.norm.group_norm": [
        (IMAGES, 2, WEIGHT, BIAS),
        (IMAGES, 3, None, BIAS, {"eps": 0.1}),
        (IMAGES, 6, WEIGHT),
        (ROWS, 1, WEIGHT, BIAS),
        (ROWS, 2),
    ],
    "nn.norm.instance_norm": [(IMAGES, WEIGHT, BIAS), (IMAGES, {"eps": 0.1}), (IMAGES, WEIGHT)],
    "nn.norm.weight_norm": [(FILTERS, LENGTHS), (ROWS, BIAS[:5, None])],
    "nn.norm.local_contrast_norm": [
        (IMAGES,),
        (IMAGES, {"across": True}),
        (IMAGES, {"kernel_size": 3, "sigma": 2.0, "eps": 2.5}),
        (IMAGES, {"kernel_size": 5, "across": True, "eps": 2.5}),
    ],
    "nn.norm.BatchNorm1d": {
        "make": [
            lambda nn, rng: nn.BatchNorm1d(6),
            lambda nn, rng: nn.BatchNorm1d(6, momentum=None, eps=0.1),
            lambda nn, rng: nn.BatchNorm1d(6, affine=False),
            lambda nn, rng: nn.BatchNorm1d(6, track_running_stats=False),
        ],
        "input": (ROWS,),
    },
    "nn.norm.BatchNorm2d": {
        "make": [
            lambda nn, rng: nn.BatchNorm2d(6),
            lambda nn, rng: nn.BatchNorm2d(6, momentum=0.3, affine=False),
        ],
        "input": (IMAGES,),
    },
    "nn.norm.LayerNorm": {
        "make": [
            lambda nn, rng: nn.LayerNorm(6),
            lambda nn, rng: nn.LayerNorm((4, 6), eps=0.1, bias=False),
            lambda nn, rng: nn.LayerNorm([4, 6], elementwise_affine=False),
        ],
        "input": (SEQUENCES,),
    },
    "nn.norm.GroupNorm": {
        "make": [
            lambda nn, rng: nn.GroupNorm(2, 6),
            lambda nn, rng: nn.GroupNorm(3, 6, eps=0.1, affine=False),
        ],
        "input": (IMAGES,),
    },
    "nn.norm.InstanceNorm2d": {
        "make": [
            lambda nn, rng: nn.InstanceNorm2d(6),
            lambda nn, rng: nn.InstanceNorm2d(6, eps=0.1, affine=True),
        ],
        "input": (IMAGES,),
    },
    "nn.norm.LocalContrastNorm2d": {
        "make": [
            lambda nn, rng: nn.LocalContrastNorm2d(),
            lambda nn, rng: nn.LocalContrastNorm2d(kernel_size=3, across=True, eps=2.5, sigma=1.0),
        ],
        "input": (IMAGES,),
    },
    "nn.norm.WeightNorm": {
        "make": [
            lambda nn, rng: nn.WeightNorm(nn.Linear(6, 4, rng=rng)),
            lambda nn, rng: nn.WeightNorm(nn.Linear(6, 4, False, rng=rng)),
        ],
        "input": (ROWS,),
    },
}
