"""Where does a dense CRF help, and where does it hurt?

A coarse network (scores of stride 8, enlarged) and a fine one (U-Net), trained alike on 320 scenes
of _seg. A CRF is put behind each. "tuned": weights, distance and colour width of the kernel that
give the best mean IoU on 30 other scenes, from a grid of 48; "default": as in the library;
"learnt": a DenseCRF whose distances, weights and compatibility learn on the same 30 scenes through
its five steps, the network's scores fixed. All are measured on 60 further scenes; "object"
measures tell the background from everything else. "wide colour": the tuned kernel with a colour
width of 0.5, with which everything looks alike.
"""

import itertools

import numpy as np
import torch

from cs_lib.torch import nn, optim
from cs_lib.torch.segmentation import crf_kernel, crf_mean_field
from cs_lib.torch.segmentation.models import DenseCRF
from experiments import _seg

SEEDS = (0, 1, 2)
NETWORKS = ("FCN, stride 8", "U-Net")
RATE, EPOCHS, STEPS = 0.01, 15, 5
WEIGHTS, SMOOTH = (0.03, 0.1, 0.3, 1.0), (0.0, 1.0)
DISTANCES, COLOURS = (4.0, 8.0), (0.05, 0.1, 0.2)


def colours(x):
    """The images in [0, 1] of what the networks get"""
    return x * 0.25 + 0.5


def after(scores, images, batch=20, **options):
    """What the CRF says of each pixel -> (N, H, W)"""
    found = []
    for s, i in zip(scores.split(batch), images.split(batch), strict=True):
        q = crf_mean_field(-s, crf_kernel(i, **options), steps=STEPS)
        found.append(q.argmax(dim=1))
    return torch.cat(found).numpy()


def tune(scores, images, labels):
    """The options of the grid whose mean IoU is the largest -> {name: value}"""
    best, near = {}, crf_kernel(images[:1], appearance=0.0)  # the same for all images
    for far, colour in itertools.product(DISTANCES, COLOURS):
        widths = {"appearance_distance": far, "appearance_colour": colour}
        alike = crf_kernel(images, smoothness=0.0, **widths)
        for weight, smooth in itertools.product(WEIGHTS, SMOOTH):
            kernel = weight * alike + smooth * near
            predicted = crf_mean_field(-scores, kernel, steps=STEPS).argmax(dim=1).numpy()
            value = _seg.measures(predicted, labels)["mean IoU"]
            best[value] = widths | {"appearance": weight, "smoothness": smooth}
    return best[max(best)]


def learn(scores, images, labels, rng, steps):
    """A DenseCRF that has learnt on these"""
    layer = DenseCRF(_seg.CLASSES, steps=STEPS, appearance=0.1)
    optimizer = optim.Adam(layer.parameters(), lr=0.05)
    loss = nn.CrossEntropyLoss()
    for _ in range(steps):
        index = rng.choice(len(scores), min(5, len(scores)), replace=False)
        found = layer(scores[index], images[index]).movedim(1, 3).reshape(-1, _seg.CLASSES)
        value = loss(found, labels[index].reshape(-1))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return layer


def run(seed, *, short=False):
    torch.set_num_threads(1)
    sizes = (25, 4, 8) if short else (320, 30, 60)
    train, other, test = (
        _seg.data(n, seed, part) for n, part in zip(sizes, (0, 2, 1), strict=True)
    )
    found = {}
    for name in NETWORKS:
        rng = np.random.default_rng(seed)
        model = _seg.VARIANTS[name](rng)
        _seg.train(model, *train, RATE, rng, epochs=5 if short else EPOCHS)
        model.eval()
        with torch.no_grad():
            scores, tuning = model(test[0]), model(other[0])
            options = tune(tuning, colours(other[0]), other[1])
        layer = learn(tuning, colours(other[0]), other[1], rng, 3 if short else 30)
        images = colours(test[0])
        with torch.no_grad():
            predicted = {
                "network": scores.argmax(dim=1).numpy(),
                "tuned": after(scores, images, **options),
                "default": after(scores, images),
                "wide colour": after(scores, images, **options | {"appearance_colour": 0.5}),
                "learnt": torch.cat(
                    [
                        layer(s, i).argmax(dim=1)
                        for s, i in zip(scores.split(20), images.split(20), strict=True)
                    ]
                ).numpy(),
            }
        for how, classes in predicted.items():
            for what, value in _seg.measures(classes, test[1]).items():
                found[f"{name}, {how} {what}"] = value
        for option, value in options.items():
            found[f"{name} {option}"] = value
        far, colour, near = layer.log_distance.exp().tolist()
        found[f"{name} learnt distances"] = [far, colour, near]
        found[f"{name} learnt weights"] = layer.weight.tolist()
        found[f"{name} learnt compatibility"] = layer.compatibility.tolist()
    return found
