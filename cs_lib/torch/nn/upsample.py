"""Up-sampling: a larger image, whose new pixels come from the old ones next to them."""

import torch
from torch.nn import functional as F

from cs_lib._shared import windows as _windows
from cs_lib.torch.nn.module import Module

__all__ = ["Upsample", "interpolate"]


def interpolate(x, *, size=None, scale_factor=None, mode="nearest"):
    """Resize images [torch.nn.functional.interpolate, align_corners=False].

    x: (N, C, H, W) -> y: (N, C, outH, outW). size: outH and outW, or scale_factor: how many times
    larger y is, rounded down; numbers or pairs (height, width).
    mode: "nearest" repeats pixels; "bilinear" draws straight lines between pixel centres, and is
    constant outside the outermost.
    ValueError unless one of size and scale_factor is given, and leaves at least a pixel.
    """
    _windows.upsampled_size("interpolate", x, size, scale_factor, mode)
    return F.interpolate(x, size, scale_factor, mode)


class Upsample(Module, torch.nn.Upsample):
    """interpolate as a layer [torch.nn.Upsample]."""

    def __init__(self, size=None, scale_factor=None, mode="nearest"):
        super().__init__(size, scale_factor, mode)

    def forward(self, x):
        return interpolate(x, size=self.size, scale_factor=self.scale_factor, mode=self.mode)
