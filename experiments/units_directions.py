"""Does a single unit say more than a random mixture of the units of its layer?

Of each layer of the network of _seeing, 64 units (16 or 32 where there are no more) and as many
random directions, Gaussian mixtures of the layer's maps. An image's value is the largest over the
places. "purity": the share of the commonest class among the nine test images with the largest
values, the mean over the units; "before" in the network with its first weights. "random images":
of nine images drawn at random.

"ablated": of each unit of the last two layers, by how much accuracy on 1,000 test images falls if
its map is set to 0; "selectivity" [Morcos et al. 2018]: (m − rest) / (m + rest) of its mean
outputs for the class with the largest and for all others; "rank correlation" of the two.
"""

import numpy as np
import torch

from cs_lib.torch import attribution as A
from experiments import _seeing

SEEDS = (0, 1, 2)


def purity(values, labels, top=9):
    """(N, F) -> (F,) the share of the commonest class among the top images of each column"""
    best = np.argsort(-values, axis=0, kind="stable")[:top]  # (9, F)
    return np.array([np.bincount(column).max() for column in labels[best].T]) / top


@torch.no_grad()
def largest(maps, directions):
    """(N, C, H, W), (F, C) -> (N, F): the largest value of each mixture over the places"""
    return torch.nn.functional.conv2d(maps, directions[:, :, None, None]).amax(dim=(2, 3)).numpy()


def ranks(x):
    return np.argsort(np.argsort(x, kind="stable"), kind="stable")


@torch.no_grad()
def ablated(model, layer, maps, labels):
    """-> the fall of accuracy when each unit of a layer is set to 0"""
    rest = model.body[int(layer.split(".")[1]) + 1 :]
    before = (model.fc(rest(maps).mean(dim=(2, 3))).argmax(dim=1).numpy() == labels).mean()
    falls = []
    for unit in range(maps.shape[1]):
        cut = maps.clone()
        cut[:, unit] = 0
        answers = model.fc(rest(cut).mean(dim=(2, 3))).argmax(dim=1).numpy()
        falls.append(before - (answers == labels).mean())
    return np.array(falls)


def selectivity(maps, labels):
    """(N, C, H, W), (N,) -> (C,)"""
    means = np.stack([maps[labels == k].mean(dim=(0, 2, 3)).numpy() for k in range(10)])
    best = means.max(axis=0)
    rest = (means.sum(axis=0) - best) / 9
    return (best - rest) / (best + rest + 1e-12)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    model, d = _seeing.trained(seed, short)
    n = 200 if short else 1000
    x, y = torch.from_numpy(d.x_test[:n]), d.y_test[:n]
    first = _seeing.Network(mean=model.mean, std=model.std, rng=np.random.default_rng(seed)).eval()
    rng = np.random.default_rng(seed)
    found = {"random images": purity(rng.random((n, 1000)), y).mean()}
    with torch.no_grad():
        after, before = (A.layer_outputs(m, x, _seeing.RELUS) for m in (model, first))
    for name in _seeing.RELUS:
        maps = after[name]
        count = maps.shape[1]
        mixtures = rng.normal(size=(count, count)).astype(np.float32)
        mixtures /= np.linalg.norm(mixtures, axis=1, keepdims=True)
        mixtures = torch.from_numpy(mixtures)
        for what, values in {
            "units": largest(maps, torch.eye(count)),
            "mixtures": largest(maps, mixtures),
            "units before": largest(before[name], torch.eye(count)),
            "mixtures before": largest(before[name], mixtures),
        }.items():
            found[f"{name} {what}"] = purity(values, y).mean()
    for name in [*_seeing.RELUS][-2:]:
        falls, select = ablated(model, name, after[name], y), selectivity(after[name], y)
        found[f"{name} ablated"] = falls.round(4).tolist()
        found[f"{name} selectivity"] = select.round(4).tolist()
        both = np.corrcoef(ranks(falls), ranks(select))[0, 1]
        found[f"{name} rank correlation"] = both
    return {k: v if isinstance(v, list) else float(v) for k, v in found.items()}
