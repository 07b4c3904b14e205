"""Can Adam train the network of 32 ReLU layers that SGD leaves at the level of guessing?

As init_depth, with weights of std √(2/n) ("he") and √(1/n) ("xavier"), by Adam at the best of three
learning rates (by the loss on the training images at the end). The share of right answers among the
training images after each epoch.
"""

import torch

from cs_lib.torch import nn
from experiments.init_depth import EPOCHS, best, images

SEEDS = (0, 1, 2)
DEPTH, RATES = 32, (1e-4, 3e-4, 1e-3)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y = images(seed, 200 if short else 1500)
    epochs = 1 if short else EPOCHS
    return {
        kind: best(kind, DEPTH, nn.ReLU, x, y, seed, method="adam", rates=RATES, epochs=epochs)
        for kind in ("he", "xavier")
    }
