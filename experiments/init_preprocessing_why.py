"""Suspicions about init_preprocessing: a first loss that is too large, means that lag, a small eps.

Its network, images and rates. "last": standardised inputs without normalisation, as there, but
He's weights of the last layer divided by 4.5, as much as the inputs are enlarged by standardising;
and the loss before the first step. "unit" and "centred" with batch normalisation, at the rate that
was the best there: the accuracy on the test images in evaluation mode, and once more ("again
both") after the running statistics have been taken anew from all training images; with the new
means alone ("again means"), and with the new variances alone ("again variances"). "zca": whitened
inputs with a larger eps than 0.001, without normalisation and with ("none", "batch"), at the best
of three rates.
"""

import numpy as np
import torch

from cs_lib.numpy import preprocessing
from experiments import _small
from experiments.init_preprocessing import EPOCHS, RATES, accuracy, network, prepared, train

SEEDS = (0, 1, 2)
LAST, RATE = 1 / 4.5, 0.03
EPS, ZCA_RATES = (0.01, 0.1, 1.0), (0.01, 0.03, 0.1)


def last_layer(images, tests, y, y_test, seed, *, epochs):
    """-> accuracy (test) and first loss of the best rate, with a smaller last layer"""
    x, x_test = prepared(images, tests, "channel")
    runs = []
    for lr in RATES:
        rng = np.random.default_rng(seed)
        model = network("none", rng)
        model[-1].weight.data *= LAST
        first, last = train(model, x, y, lr=lr, epochs=epochs, rng=rng)
        runs.append((last, first, accuracy(model.eval(), x_test, y_test)))
    _, first, right = min(runs)
    return right, first


def statistics(model):
    """The running (mean, variance) of each batch normalisation, copied"""
    norms = [layer for layer in model if hasattr(layer, "running_mean")]
    return norms, [(n.running_mean.clone(), n.running_var.clone()) for n in norms]


def again(what, images, tests, y, y_test, seed, *, epochs):
    """-> accuracies (test) with the statistics of training, and with new ones"""
    x, x_test = prepared(images, tests, what)
    rng = np.random.default_rng(seed)
    model = network("batch", rng)
    train(model, x, y, lr=RATE, epochs=epochs, rng=rng)
    norms, old = statistics(model)
    with torch.no_grad():
        for _ in range(100):  # 0.9^100: the old ones are forgotten
            model.train()(x)
    new = statistics(model)[1]
    found = {}
    for name, means, variances in (
        ("", old, old), (" again both", new, new), (" again means", new, old),
        (" again variances", old, new),
    ):  # fmt: skip
        for norm, (mean, _), (_, variance) in zip(norms, means, variances, strict=True):
            norm.running_mean.data, norm.running_var.data = mean.clone(), variance.clone()
        found[f"{what}{name}"] = accuracy(model.eval(), x_test, y_test)
    return found


def whitened(eps, kind, images, tests, y, y_test, seed, *, epochs):
    """-> accuracy (test) of the best rate, for ZCA-whitened inputs"""
    fitted = preprocessing.Whitening("zca", eps=eps).fit(images)
    x, x_test = (torch.from_numpy(fitted.transform(z)).float() for z in (images, tests))
    runs = []
    for lr in ZCA_RATES:
        rng = np.random.default_rng(seed)
        model = network(kind, rng)
        _, last = train(model, x, y, lr=lr, epochs=epochs, rng=rng)
        runs.append((last, accuracy(model.eval(), x_test, y_test)))
    return min(runs)[1]


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n, epochs = (100, 1) if short else (1000, EPOCHS)
    images, y, tests, y_test = _small.shapes(n, n, seed)
    sets = images, tests, torch.from_numpy(y), torch.from_numpy(y_test), seed
    found = {}
    found["last"], found["last first"] = last_layer(*sets, epochs=epochs)
    for what in ("unit", "centred"):
        found |= again(what, *sets, epochs=epochs)
    for eps in EPS:
        for kind in ("none", "batch"):
            found[f"zca {eps:g} {kind}"] = whitened(eps, kind, *sets, epochs=epochs)
    return found
