"""By which layer of a network should one search, for classes that it knows and that it does not?

The network of transfer_sizes knows five of the ten shapes. The first 1,000 test images of all ten
classes, 16 × 16, search one another, by the distance of what a layer puts out: "maps", all its
numbers, or "mean", the mean over each map; "angle" means vectors divided by their length. "random":
the network before training. Before it, pixels and chapter 1's gradient histograms, of the same
images at 32 × 32. mean average precision over the queries of the five known and of the five other
classes.
"""

import numpy as np
import torch

from cs_lib import data
from cs_lib.metrics import mean_average_precision
from cs_lib.numpy.classifiers import cdist
from cs_lib.numpy.features import dense_descriptors
from cs_lib.torch import attribution as A
from experiments import _transfer

SEEDS = (0, 1, 2)


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def score(distances, labels, chosen):
    """mean average precision of the queries of the chosen classes, searching all images"""
    relevant = labels[:, None] == labels
    distances = distances.copy()
    np.fill_diagonal(distances, -np.inf)  # the query itself comes first, and is left out
    order = np.argsort(distances, axis=1, kind="stable")[:, 1:]
    ticks = np.take_along_axis(relevant, order, axis=1)
    precision = ticks.cumsum(axis=1) / np.arange(1, len(labels))
    ap = (precision * ticks).sum(axis=1) / ticks.sum(axis=1)
    return float(ap[np.isin(labels, chosen)].mean())


def run(seed, *, short=False):
    torch.set_num_threads(1)
    n = 100 if short else 1000
    _, _, x, y = _transfer.images(seed, short)
    large = data.load("shapes", n_train=1, n_test=n, seed=seed)
    x, y = torch.from_numpy(x[:n]).float(), y[:n]
    assert (large.y_test == y).all()
    known, others = _transfer.split(seed)
    model, _ = _transfer.pretrained(seed, short)
    fresh = _transfer.network(x.numpy(), np.random.default_rng(seed)).eval()
    gradients, _ = dense_descriptors(large.x_test, patch=16, stride=4)
    vectors = {
        "pixels": large.x_test.reshape(n, -1),
        "gradient histograms": gradients.reshape(n, -1),
    }
    with torch.no_grad():
        for prefix, network in {"": model, "random ": fresh}.items():
            outputs = A.layer_outputs(network, x, [*_transfer.RELUS, "fc"])
            for depth, name in enumerate(_transfer.RELUS, start=1):
                maps = outputs[name]
                vectors[f"{prefix}layer {depth} maps"] = maps.flatten(1).numpy()
                vectors[f"{prefix}layer {depth} mean"] = maps.mean(dim=(2, 3)).numpy()
            vectors[f"{prefix}scores"] = outputs["fc"].numpy()
    vectors["layer 4 mean, angle"] = unit(vectors["layer 4 mean"])
    found = {}
    for name, v in vectors.items():
        distances = cdist(v, v)
        for who, chosen in {"known": known, "others": others}.items():
            found[f"{name} {who}"] = score(distances, y, chosen)
        both = mean_average_precision(distances, y)
        assert abs(both - score(distances, y, range(10))) < 1e-6
    return found
