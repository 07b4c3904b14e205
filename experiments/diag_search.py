"""Which of two hyperparameters matters, and does a grid or a random search find the good values?

The network of `diag_clinic` with batch normalisation, on 800 images for six epochs, with other
learning rates and weight decays. "map": accuracy on 1,000 validation images for each of RATES
(rows) and DECAYS (columns).
"""

from dataclasses import replace

import numpy as np
import torch

from experiments import _clinic

SEEDS = (0, 1, 2)
RATES, DECAYS = np.geomspace(1e-4, 1, 9), np.geomspace(1e-5, 1e-1, 5)
RECIPE = _clinic.Recipe(n_train=800, epochs=6, norm=True)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    data = _clinic.images(seed, **({"n_train": 80, "n_rest": 100} if short else {}))
    epochs, rates = (1, RATES[::4]) if short else (RECIPE.epochs, RATES)

    def accuracy(lr, decay):
        recipe = replace(RECIPE, lr=float(lr), weight_decay=float(decay))
        return _clinic.Run(recipe, data, seed).train(epochs=epochs).val["accuracy"][-1]

    return {"map": [[accuracy(lr, decay) for decay in DECAYS] for lr in rates]}
