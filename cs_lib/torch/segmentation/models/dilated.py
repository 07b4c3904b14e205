"""Dilated networks [Yu & Koltun 2016]: where others pool, filters look at pixels further apart, so
that maps stay fine and the field of view still doubles from layer to layer.

Parameters with the layers of VGG-16 and 21 classes: 134,346,581 for the front end alone, as in
FCN-32; 28,392 more with the basic context module (64·C² weights and 8·C biases for C maps, as in
the paper), 6,803,139 more with the large one. Differences to the paper: layers are padded by zeros
so that maps keep their size, where the paper mirrors the image's border and does not pad; and the
scores are up-sampled bilinearly here.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, scale_for_relu
from cs_lib.torch.nn import functional as F
from cs_lib.torch.segmentation.models.blocks import conv_stage, pad_to_multiple

__all__ = ["ContextModule", "DilatedNet"]

DILATIONS = (1, 1, 2, 4, 8, 16, 1)
WIDTHS = {"basic": (1,) * 7, "large": (2, 2, 4, 8, 16, 32, 32)}  # of the layers, in channels


class ContextModule(nn.Module):
    """Seven layers of 3 × 3 filters with dilations 1 1 2 4 8 16 1, and one of 1 × 1 [§3, table 1].

    x: (N, channels, H, W) -> y: (N, channels, H, W). Each output sees 67 × 67 pixels. kind:
    "basic", channels maps in each layer, or "large", up to 32·channels. dilations: others. It
    begins as the identity for values that are not negative, up to noise in the large one [eqs. 4
    and 5].
    """

    def __init__(self, channels, kind="basic", *, dilations=DILATIONS, rng=None):
        super().__init__()
        check_variant("ContextModule", "kind", kind, WIDTHS)
        widths = [channels, *(channels * w for w in WIDTHS[kind][: len(dilations)])]
        if len(dilations) != len(widths) - 1:
            raise ValueError(f"ContextModule: {len(dilations)} dilations; there may be 7 at most")
        layers = []
        for n, dilation in enumerate(dilations):
            conv = nn.Conv2d(
                widths[n], widths[n + 1], 3, padding=dilation, dilation=dilation, rng=rng
            )
            layers += [conv, nn.ReLU()]
        layers.append(nn.Conv2d(widths[-1], channels, 1, rng=rng))
        self.layers = nn.Sequential(*layers)
        for conv in layers[::2]:
            _begin_as_identity(conv, channels, noise=0.0 if kind == "basic" else 0.01)

    def forward(self, x):
        return self.layers(x)


def _begin_as_identity(conv, channels, noise):
    """Map b becomes the mean of the maps a that stand for the same of so many channels.

    noise: a share of that weight; the maps of a wide layer would stay copies of each other without.
    The values already drawn, uniform, are scaled to it.
    """
    out, into = conv.weight.shape[:2]
    of_out = torch.arange(out) * channels // out
    of_in = torch.arange(into) * channels // into
    weight = (of_out[:, None] == of_in).float() * channels / into  # (out, in)
    middle = conv.kernel_size[0] // 2
    with torch.no_grad():
        largest = conv.weight.abs().max() if not conv.weight.is_meta else 1.0
        conv.weight.mul_(noise * channels / out / largest)
        conv.weight[:, :, middle, middle] += weight.to(conv.weight)
        conv.bias.zero_()


class DilatedNet(nn.Module):
    """A classifier with fewer poolings, and a context module after it.

    x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)
    stages, width, hidden, kernel_size: as in FCN. pools: how many of the stages are pooled; after
    each of the other ones the dilation doubles instead, so that 3 gives maps at stride 8. context:
    "basic", "large" or None.
    H and W: any. To their next multiples of 2^pools, x is padded with zeros to the right and below,
    and the scores there are cut off.
    """

    least = 1

    def __init__(
        self,
        num_classes=21,
        *,
        stages=(2, 2, 3, 3, 3),
        pools=3,
        context="basic",
        width=64,
        hidden=4096,
        kernel_size=7,
        batch_norm=False,
        dropout=0.5,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        check_variant("DilatedNet", "pools", pools, range(len(stages) + 1))
        self.in_channels, self.pools = in_channels, pools
        parts, last = [], in_channels
        for n, count in enumerate(stages):
            maps, dilation = width * min(2**n, 8), 2 ** max(0, n - pools)
            parts.append(
                conv_stage(count, last, maps, dilation=dilation, batch_norm=batch_norm, rng=rng)
            )
            parts += [nn.MaxPool2d(2)] * (n < pools)
            last = maps
        far = 2 ** (len(stages) - pools)
        parts += [
            nn.Conv2d(last, hidden, kernel_size, padding="same", dilation=far, rng=rng),
            *(nn.ReLU(), nn.Dropout(dropout, rng=rng)),
            nn.Conv2d(hidden, hidden, 1, rng=rng),
            *(nn.ReLU(), nn.Dropout(dropout, rng=rng)),
        ]
        self.front = nn.Sequential(*parts, nn.Conv2d(hidden, num_classes, 1, rng=rng))
        scale_for_relu(self.front[:-1])
        self.context = None if context is None else ContextModule(num_classes, context, rng=rng)

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        scores = self.front(pad_to_multiple(x, 2**self.pools))
        if self.context is not None:
            scores = self.context(scores)
        if self.pools:
            scores = F.interpolate(scores, scale_factor=2**self.pools, mode="bilinear")
        return scores[:, :, :h, :w]
