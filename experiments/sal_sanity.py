"""Do maps of saliency depend on what the network has learnt, and on the class they are asked for?

On 200 test images, for the gradient, gradient × input, guided backpropagation and Grad-CAM: rank
correlation (Spearman) of the map with the same network's after its linear layer was drawn anew
("top"), after all its layers were ("all"), and with the map for another class, the one with the
second largest score ("other class"). "edges": with the strength of the image's own edges. Maps are
sums of absolute values over the channels.

Deletion: accuracy on 500 test images after the tenth of the pixels that a map ranks highest were
replaced by the images' mean, and for pixels chosen at random, in a random square, and by their
edges.
"""

import copy

import numpy as np
import torch

from cs_lib.torch import attribution as A
from experiments import _seeing

SEEDS = (0, 1, 2)
METHODS = {
    "gradient": lambda *a: A.saliency(*a).abs().sum(dim=1),
    "gradient × input": lambda *a: A.gradient_times_input(*a).abs().sum(dim=1),
    "guided": lambda *a: A.guided_backprop(*a).abs().sum(dim=1),
    "Grad-CAM": lambda *a: A.grad_cam(*a, layer="body.16"),
}


def ranks(x):
    """(N, P) -> the ranks in each row, those of equal values their mean, and standardised"""
    order = x.argsort(axis=1)
    rank = np.empty(x.shape)
    for row, (values, places) in enumerate(zip(x, order, strict=True)):
        _, inverse, counts = np.unique(values[places], return_inverse=True, return_counts=True)
        ends = counts.cumsum()
        rank[row, places] = (ends - (counts - 1) / 2)[inverse]
    rank -= rank.mean(axis=1, keepdims=True)
    return rank / np.maximum(rank.std(axis=1, keepdims=True), 1e-12)


def rank_correlation(a, b):
    """Spearman's, the mean over the images; a, b: (N, H, W)"""
    a, b = (ranks(np.asarray(m).reshape(len(m), -1)) for m in (a, b))
    return float((a * b).mean(axis=1).mean())


def edges(x):
    """The length of the gradient of brightness, by central differences -> (N, H, W)"""
    grey = x.mean(dim=1, keepdim=True)
    grey = torch.nn.functional.pad(grey, (1, 1, 1, 1), mode="replicate")[:, 0]
    down, right = grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1], grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2]
    return (down**2 + right**2).sqrt()


def randomised(model, seed, *, top_only):
    """A copy whose linear layer, or every layer, is drawn anew"""
    fresh = _seeing.Network(mean=model.mean, std=model.std, rng=np.random.default_rng(seed))
    if top_only:
        other = copy.deepcopy(model)
        other.fc.load_state_dict(fresh.fc.state_dict())
        return other.eval()
    return fresh


def with_statistics(model, x):
    """A network in evaluation mode whose batch norms have seen x"""
    model.train()
    with torch.no_grad():
        for part in x.split(100):
            model(part)
    return model.eval()


def without(x, order, count, fill):
    """x with the first count of order's pixels, (N, H·W), replaced"""
    y = x.clone().flatten(2)
    index = torch.as_tensor(np.ascontiguousarray(order[:, :count]))[:, None].expand(-1, 3, -1)
    return y.scatter(2, index, fill).reshape(x.shape)


def run(seed, *, short=False):
    torch.set_num_threads(1)
    model, d = _seeing.trained(seed, short)
    x, y = torch.from_numpy(d.x_test), torch.from_numpy(d.y_test)
    found = {"accuracy": _seeing.accuracy(model, x, y)}
    look = x[: 40 if short else 200]
    with torch.no_grad():
        best = model(look).topk(2).indices
    labels, second = best[:, 0], best[:, 1]
    top = randomised(model, seed + 1000, top_only=True)
    everything = randomised(model, seed + 1000, top_only=False)
    everything = with_statistics(everything, torch.from_numpy(d.x_train[:1000]))
    for name, method in METHODS.items():
        own = method(model, look, labels)
        found[f"{name} top"] = rank_correlation(own, method(top, look, labels))
        found[f"{name} all"] = rank_correlation(own, method(everything, look, labels))
        found[f"{name} other class"] = rank_correlation(own, method(model, look, second))
        found[f"{name} edges"] = rank_correlation(own, edges(look))

    count, (x, y) = 102, (x[:500], y[:500])  # of 1,024 pixels
    with torch.no_grad():
        labels = model(x).argmax(dim=1)
    rng = np.random.default_rng(seed)
    rankings = {name: method(model, x, labels).flatten(1) for name, method in METHODS.items()}
    rankings["edges"] = edges(x).flatten(1)
    rankings["random pixels"] = torch.from_numpy(rng.random((len(x), 1024)))
    rows, columns = np.indices((32, 32)).reshape(2, -1)
    corner = rng.integers(0, 23, (len(x), 2, 1))
    square = np.maximum(abs(rows - corner[:, 0] - 4.5), abs(columns - corner[:, 1] - 4.5))
    rankings["a random square"] = -torch.from_numpy(square)
    fill = float(d.x_train.mean())
    found["deleted none"] = _seeing.accuracy(model, x, y)
    for name, ranking in rankings.items():
        order = ranking.argsort(dim=1, descending=True).numpy()
        holes = without(x, order, count, fill)
        found[f"deleted {name}"] = _seeing.accuracy(model, holes, y)
    return found
