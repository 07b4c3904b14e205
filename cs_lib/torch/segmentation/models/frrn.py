"""FRRN [Pohlen et al. 2017]: one stream of 32 maps keeps the full resolution from the first layer
to the last, another pools and unpools, and each unit couples the two.

17,712,259 parameters (A) and 24,721,155 (B) with 19 classes, of which the paper says 17.7 M and
24.8 M. What is learnt at low resolution is added to the fine stream, so that the image's gradient
reaches every layer through sums alone. "Unpooling" repeats pixels here; there are no indices. The
paper shrinks Cityscapes' images before the network; that is left to the caller.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import (
    check_images,
    check_variant,
    conv_norm_relu,
    scale_for_relu,
)
from cs_lib.torch.nn import functional as F
from cs_lib.torch.segmentation.models.blocks import pad_to_multiple

__all__ = ["FRRN", "FullResolutionUnit"]

UNITS = {  # (how many, maps in multiples of the first layer's, halvings)
    "A": ((3, 2, 1), (4, 4, 2), (2, 8, 3), (2, 8, 4), (2, 4, 3), (2, 4, 2), (2, 2, 1)),
    "B": (
        *((3, 2, 1), (4, 4, 2), (2, 8, 3), (2, 8, 4), (2, 8, 5)),
        *((2, 4, 4), (2, 4, 3), (2, 4, 2), (2, 2, 1)),
    ),
}
SMALL = ((1, 2, 1), (1, 4, 2), (1, 2, 1))


class FullResolutionUnit(nn.Module):
    """A full-resolution residual unit, FRRU [Pohlen et al. 2017, fig. 2].

    y: (N, in_channels, H/s, W/s), z: (N, stream, H, W) -> y: (N, channels, H/s, W/s), z: (N,
    stream, H, W), s = 2^halvings. Two layers of 3 × 3 filters see y and z, pooled; filters of 1 × 1
    make stream maps of what they find, which, enlarged by repetition, are added to z.
    """

    def __init__(self, in_channels, channels, halvings, *, stream=32, rng=None):
        super().__init__()
        self.scale = 2**halvings
        self.convs = nn.Sequential(
            conv_norm_relu(in_channels + stream, channels, 3, padding=1, rng=rng),
            conv_norm_relu(channels, channels, 3, padding=1, rng=rng),
        )
        self.back = nn.Conv2d(channels, stream, 1, rng=rng)

    def forward(self, y, z):
        coarse = F.max_pool2d(z, self.scale)
        y = self.convs(torch.cat([y, coarse], dim=1))
        return y, z + F.interpolate(self.back(y), scale_factor=self.scale)


class FRRN(nn.Module):
    """FRRN A or B, or "small" (ours). x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)

    width: maps of the first layer; those of the pooling stream are 2, 4 and 8 times as many.
    stream: maps of the residual stream.
    H and W: any. To their next multiples of 16 (A), 32 (B) or 4 (small), x is padded with zeros to
    the right and below, and the scores there are cut off.
    """

    least = 1

    def __init__(self, kind="A", num_classes=19, *, width=48, stream=32, in_channels=3, rng=None):
        super().__init__()
        check_variant("FRRN", "kind", kind, [*UNITS, "small"])
        units = SMALL if kind == "small" else UNITS[kind]
        self.in_channels, self.multiple = in_channels, 2 ** max(halvings for *_, halvings in units)
        count = 1 if kind == "small" else 3
        self.first = nn.Sequential(
            conv_norm_relu(in_channels, width, 5, padding=2, rng=rng),
            *(_unit(width, rng) for _ in range(count)),
        )
        self.split = nn.Conv2d(width, stream, 1, rng=rng)
        self.units, last = torch.nn.ModuleList(), width
        for many, factor, halvings in units:
            for _ in range(many):
                unit = FullResolutionUnit(last, factor * width, halvings, stream=stream, rng=rng)
                self.units.append(unit)
                last = factor * width
        self.merge = nn.Conv2d(last + stream, width, 1, rng=rng)
        self.last = nn.Sequential(*(_unit(width, rng) for _ in range(count)))
        scale_for_relu(self.first, *(unit.convs for unit in self.units), self.last)
        self.score = nn.Conv2d(width, num_classes, 1, rng=rng)

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        y = self.first(pad_to_multiple(x, self.multiple))
        z, scale = self.split(y), 1
        for unit in self.units:
            y, scale = _resized(y, scale, unit.scale), unit.scale
            y, z = unit(y, z)
        y = self.merge(torch.cat([_resized(y, scale, 1), z], dim=1))
        return self.score(self.last(y))[:, :, :h, :w]


def _resized(y, scale, wanted):
    """Maps at one scale, a power of 2, brought to another: pooled, or repeated"""
    if wanted > scale:
        return F.max_pool2d(y, wanted // scale)
    return y if wanted == scale else F.interpolate(y, scale_factor=scale // wanted)


def _unit(width, rng):
    """A residual unit: x + norm(conv(relu(norm(conv(x)))))"""
    return nn.Residual(
        nn.Sequential(
            conv_norm_relu(width, width, 3, padding=1, rng=rng),
            *conv_norm_relu(width, width, 3, padding=1, rng=rng)[:2],
        )
    )
