"""From how many images on is it better to train the whole network, and from how many to start anew?

A network of four convolutions learns five of the shapes (16 × 16, 2,000 images), and then the other
five from 5, 20, 100 or 350 images a class; accuracy on the about 1,000 test images of these. Each
with 120 steps on batches of at most 32; the rates are the usual ones and were not tuned.

"scratch": from random weights. "frozen": a linear layer on the features as they are. "random
frozen": the same on features that were never trained. "last": the last two convolutions are
trained too; "all": every layer is; both at a third of the head's rate. "head first": the linear
layer as in "frozen", then every layer [Kumar et al. 2022]. "moving": as "frozen", but the network
is in training mode, so that batch norm's statistics go on moving although no weight of the body
does. "moving first five": the share right on the *first* classes with the old head afterwards.
"""

import numpy as np
import torch

from experiments import _seeing, _transfer

SEEDS = (0, 1, 2)
SIZES = (5, 20, 100, 350)
HEAD, BODY, SCRATCH = 1e-2, 3e-3, 1e-2


def adapted(kind, model, x, y, rng, steps):
    """The model after the second training"""
    if kind == "scratch":
        model = _transfer.network(x, rng)
        return _transfer.train(model, x, y, rng, groups=[(model, SCRATCH)], steps=steps)
    if kind == "random frozen":
        model = _transfer.network(x, rng).train()
        with torch.no_grad():  # for batch norm's statistics
            for _ in range(30):
                model(torch.from_numpy(x))
        return _transfer.linear_probe(model.eval(), x, y, rng, steps=steps)
    if kind == "frozen":
        return _transfer.linear_probe(model, x, y, rng, steps=steps)
    if kind == "head first":
        model = _transfer.linear_probe(model, x, y, rng, steps=steps)
        groups = [(model.fc, BODY / 3), (model.body, BODY / 3)]
        return _transfer.train(model, x, y, rng, groups=groups, steps=steps)
    model = _transfer.with_new_head(model, rng)
    if kind == "moving":
        return _transfer.train(model, x, y, rng, groups=[(model.fc, 3e-2)], steps=steps)
    if kind == "last":
        low = model.body[:7]  # two convolutions and the pooling between them
        groups = [(model.fc, HEAD), (model.body[7:], BODY)]
        return _transfer.train(model, x, y, rng, groups=groups, steps=steps, frozen=[low])
    groups = [(model.fc, HEAD), (model.body, BODY)]
    return _transfer.train(model, x, y, rng, groups=groups, steps=steps)


KINDS = ("scratch", "random frozen", "frozen", "moving", "last", "all", "head first")


def run(seed, *, short=False):
    torch.set_num_threads(1)
    x, y, x_test, y_test = _transfer.images(seed, short)
    first, second = _transfer.split(seed)
    model, own = _transfer.pretrained(seed, short)
    x, y = _transfer.part(x, y, second)
    test = _transfer.part(x_test, y_test, second)
    found = {"first five": own, **{kind: [] for kind in KINDS}, "moving first five": []}
    for n in SIZES[:2] if short else SIZES:
        some = _transfer.few(x, y, n, np.random.default_rng([seed, n]))
        for kind in KINDS:
            steps = 5 if short else 120
            rng = np.random.default_rng([seed, n, 1])
            other = adapted(kind, model, *some, rng, steps)
            found[kind].append(_seeing.accuracy(other, *test))
            if kind == "moving":
                other.fc.load_state_dict(model.fc.state_dict())
                old = _seeing.accuracy(other, *_transfer.part(x_test, y_test, first))
                found["moving first five"].append(old)
    return found
