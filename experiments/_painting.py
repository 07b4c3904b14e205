"""Networks for textures, trained on patches of photographs, and pictures made with them."""

import copy
from functools import lru_cache

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import attribution, style
from experiments import _seeing

PHOTOGRAPHS = ("astronaut", "cat", "coffee", "rocket")
LAYERS = ("body.2", "body.6", "body.9", "body.13", "body.16")


def photograph(name):
    """-> (1, 3, H, W) float32 in [0, 1]"""
    return torch.from_numpy(data.photograph(name))[None]


def glass(height, width, rng, pieces=350):
    """A stained-glass window: the nearest of random points gives the colour -> image"""
    points = rng.uniform(-10, [height + 10, width + 10], (pieces, 2))
    palette = np.array([
        [0.05, 0.15, 0.55], [0.10, 0.35, 0.80], [0.75, 0.10, 0.12], [0.95, 0.70, 0.10],
        [0.10, 0.50, 0.30], [0.90, 0.88, 0.70], [0.45, 0.08, 0.35],
    ])  # fmt: skip
    colors = palette[rng.integers(len(palette), size=pieces)] * rng.uniform(0.7, 1, (pieces, 1))
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([rows, columns], axis=-1).reshape(-1, 1, 2)
    distance = np.sqrt(((places - points) ** 2).sum(axis=2))
    order = np.argpartition(distance, 1, axis=1)[:, :2]
    near = np.take_along_axis(distance, order, axis=1)
    lead = np.clip((near[:, 1] - near[:, 0]) / 2.5, 0, 1)[:, None]
    image = (colors[order[:, 0]] * lead).reshape(height, width, 3).transpose(2, 0, 1)
    return torch.from_numpy(image.astype(np.float32))[None]


def waves(height, width, rng, swirls=7):
    """Bands of colour around a few centres, bent by one another -> image"""
    rows, columns = np.mgrid[:height, :width] / 24
    phase = 0.6 * rows
    for _ in range(swirls):
        y, x = rng.uniform(0, [height / 24, width / 24])
        radius = np.hypot(rows - y, columns - x)
        phase = phase + 2.6 * np.exp(-radius / 1.6) * np.sign(rng.normal()) + 0.3 * np.cos(radius)
    bands = 0.5 + 0.5 * np.sin(6 * phase + 0.6 * np.sin(9 * columns + 2 * rows))
    dark, light = np.array([0.04, 0.12, 0.38]), np.array([0.95, 0.83, 0.42])
    image = dark[:, None, None] + bands * (light - dark)[:, None, None]
    image = image + 0.12 * np.sin(3 * phase) * np.array([-1.0, 0.6, 1.0])[:, None, None]
    return torch.from_numpy(np.clip(image, 0, 1).astype(np.float32))[None]


def patches(n, rng, size=32):
    """Squares of the photographs, mirrored, with exchanged channels, at random; whose they are.

    Their mean and contrast are the same for all, so that colour and light do not tell them apart.
    """
    images, found = [data.photograph(name) for name in PHOTOGRAPHS], []
    labels = rng.integers(len(images), size=n)
    for label in labels:
        image = images[label]
        top, left = (rng.integers(side - size + 1) for side in image.shape[1:])
        patch = image[rng.permutation(3), top : top + size, left : left + size]
        patch = patch[:, :, :: rng.choice([-1, 1])]
        found.append(0.5 + 0.2 * (patch - patch.mean()) / (patch.std() + 0.02))
    return np.stack(found).astype(np.float32), labels


@lru_cache(maxsize=8)
def textures(seed, short=False):
    """A network that tells from which photograph a patch is, and how often it is right"""
    rng = np.random.default_rng([seed, 7])
    x, y = patches(200 if short else 2000, rng)
    x_test, y_test = patches(500, rng)
    model = _seeing.Network(num_classes=4, mean=0.5, std=0.2, rng=rng)
    _seeing.fit(model, x, y, rng, epochs=1 if short else 5)
    return model.requires_grad_(False), _seeing.accuracy(model, x_test, y_test)


def untrained(seed):
    """The same network with its first weights; batch norms have seen the patches"""
    rng = np.random.default_rng([seed, 7])
    x, _ = patches(1000, rng)
    model = _seeing.Network(num_classes=4, mean=0.5, std=0.2, rng=rng).train()
    with torch.no_grad():
        for part in torch.from_numpy(x).split(100):
            model(part)
    return model.eval().requires_grad_(False)


def averaging(network):
    """A copy that pools by the mean, which gives cleaner pictures [Gatys et al. 2015, §2]"""
    other = copy.deepcopy(network)
    for number, layer in enumerate(other.body):
        if isinstance(layer, torch.nn.MaxPool2d):
            other.body[number] = torch.nn.AvgPool2d(2)
    return other


def paint(network, start, look, *, content=None, weight=0.0, smooth=0.0, layers=LAYERS, steps=60):
    """Change a picture until its Gram matrices are those of look, and its content that of content.

    start, look, content: (1, 3, H, W) in [0, 1]. Each layer's style loss is divided by its value at
    the start, so that all count alike. weight: of the content; smooth: of the total variation a
    pixel. steps of L-BFGS. -> the picture, the losses
    """
    wanted = {
        name: style.gram_matrix(maps).detach()
        for name, maps in attribution.layer_outputs(network, look, layers).items()
    }
    if content is not None:
        content = attribution.layer_outputs(network, content, ["body.9"])["body.9"].detach()
    x, first, losses = start.clone().requires_grad_(), [], []
    optimizer = torch.optim.LBFGS([x], max_iter=steps, line_search_fn="strong_wolfe")

    def closure():
        maps = attribution.layer_outputs(network, x, {*layers, "body.9"})
        each = torch.stack([style.style_loss(maps[name], wanted[name]) for name in layers])
        if not first:
            first.append(each.detach())
        loss = (each / first[0]).mean() + smooth * style.total_variation(x) / x.numel()
        loss = loss + (x - x.clamp(0, 1)).square().mean()  # pixels may leave [0, 1] on the way
        if content is not None:
            loss = loss + weight * style.content_loss(maps["body.9"], content)
        optimizer.zero_grad()
        (1000 * loss).backward()  # L-BFGS stops at small gradients
        losses.append(loss.item())
        return 1000 * loss

    optimizer.step(closure)
    return x.detach().clamp(0, 1), losses


class Pixels(torch.nn.Module):
    """A network that puts out its input, under the name of a layer of the others"""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(*(torch.nn.Identity() for _ in range(10)))

    def forward(self, x):
        return self.body(x)


def pieces(size=64):
    """Two pieces of each of three textures: {name: two images (1, 3, size, size)}"""
    cat, rng = photograph("cat"), np.random.default_rng(3)
    found = {"fur": [cat[..., 96 : 96 + size, left : left + size] for left in (4, 172)]}
    for name, draw, number in (("glass", glass, 90), ("waves", waves, 5)):
        found[name] = [draw(size, size, rng, number) for _ in range(2)]
    return found


@torch.no_grad()
def style_distance(judge, x, look):
    """The judge's style loss in each of LAYERS"""
    both = [attribution.layer_outputs(judge, image, LAYERS) for image in (x, look)]
    grams = {name: style.gram_matrix(maps) for name, maps in both[1].items()}
    return torch.stack([style.style_loss(both[0][name], grams[name]) for name in LAYERS])
