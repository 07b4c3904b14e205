"""Do convolutions fill the holes that unpooling leaves?

Photographs are pooled by 2 × 2 (maxima) and up-sampled again: by unpooling to the places of the
maxima, by zeros inserted, or by repeating (nearest). One, two or three layers of 3 × 3 filters, 12
maps wide with ReLU between, learn to restore the photograph: 300 steps of Adam on crops of three of
the four photographs, then tested on the fourth, which one depends on the seed. "error": the root
mean square of what is wrong. "high": the share of the result's energy, its mean left out, at
frequencies above a quarter in either direction, that is, finer than the pooled map can carry; 0
layers are the up-sampled map itself, "photograph" the original.
"""

import itertools

import numpy as np
import torch

from cs_lib import data
from cs_lib.torch import nn, optim
from cs_lib.torch.nn import functional as F

SEEDS = (0, 1, 2, 3)
NAMES = ("astronaut", "cat", "coffee", "rocket")
WIDTH, CROP, BATCH = 12, 24, 8


def inserted(pooled):
    """Zeros between the values (N, C, H, W) -> (N, C, 2H, 2W)"""
    zeros = torch.zeros(*pooled.shape[:2], 2 * pooled.shape[2], 2 * pooled.shape[3])
    zeros[:, :, ::2, ::2] = pooled
    return zeros


UPSAMPLERS = {
    "unpooled": lambda pooled, indices: F.max_unpool2d(pooled, indices, 2),
    "zeros inserted": lambda pooled, _: inserted(pooled),
    "repeated": lambda pooled, _: F.interpolate(pooled, scale_factor=2),
}


def enlarged(name, images):
    """Pooled by 2 × 2, and up-sampled to where they were"""
    return UPSAMPLERS[name](*F.max_pool2d(images, 2, return_indices=True))


def high(maps):
    """The share of the energy above a quarter of the sampling frequency, in either direction"""
    maps = maps - maps.mean(dim=(2, 3), keepdim=True)
    energy = torch.fft.fft2(maps).abs().square().sum(dim=(0, 1))
    y, x = (torch.fft.fftfreq(n).abs() for n in maps.shape[2:])
    return (energy[(y[:, None] > 0.25) | (x > 0.25)].sum() / energy.sum()).item()


def photographs():
    """{name: (1, 3, H, W)}, cut to whole windows"""
    found = {}
    for name in NAMES:
        x = torch.from_numpy(data.photograph(name))[None]
        h, w = (n // 2 * 2 for n in x.shape[2:])
        found[name] = x[:, :, :h, :w]
    return found


def restorer(layers, rng):
    sizes = [3, *[WIDTH] * (layers - 1), 3]
    parts = []
    for before, after in itertools.pairwise(sizes):
        parts += [nn.Conv2d(before, after, 3, padding=1, rng=rng), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def run(seed, *, short=False):
    torch.set_num_threads(1)
    images = photographs()
    test = images.pop(NAMES[seed % len(NAMES)])
    found = {"photograph high": high(test)}
    for name in UPSAMPLERS:
        found[f"{name} 0 high"] = high(enlarged(name, test))
        for layers in (1, 2, 3):
            rng = np.random.default_rng(seed)
            model = restorer(layers, rng)
            optimizer = optim.Adam(model.parameters(), lr=0.01)
            for _ in range(10 if short else 300):
                crops = []
                for _ in range(BATCH):
                    image = images[rng.choice(list(images))]
                    top, left = (2 * rng.integers((n - CROP) // 2) for n in image.shape[2:])
                    crops.append(image[:, :, top : top + CROP, left : left + CROP])
                crops = torch.cat(crops)
                loss = (model(enlarged(name, crops)) - crops).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            with torch.no_grad():
                result = model(enlarged(name, test))
            found[f"{name} {layers} high"] = high(result)
            found[f"{name} {layers} error"] = (result - test).square().mean().sqrt().item()
    return found
