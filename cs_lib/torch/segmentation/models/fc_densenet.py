"""FC-DenseNet, "the one hundred layers Tiramisu" [Jégou et al. 2017]: a U-Net whose levels are
dense blocks, so that few maps a layer are enough.

Parameters with 11 classes: 9,322,091 (103 layers), 3,463,243 (67), 1,376,795 (56). The paper says
9.4, 3.5 and 1.5 million, to which 103 and 67 come if the running means and variances of the norms
count, too (9,425,163 and 3,502,923), as they do in the library that it used; 56 does not. 103
counts convolutions: 1 first, 38 in blocks on the way down, 5 in transitions down, 15 in the middle,
5 transposed, 38 on the way up, 1 last. On the way up a block passes on only the maps that it adds,
or their number would explode. The paper's table 2 has 578 maps where 160 + 304 + 112 are 576.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, scale_for_relu
from cs_lib.torch.segmentation.models.blocks import pad_to_multiple

__all__ = ["FCDenseNet"]

LAYERS = {  # in the blocks on the way down, in the middle; growth rate
    56: ((4, 4, 4, 4, 4), 4, 12),
    67: ((5, 5, 5, 5, 5), 5, 16),
    103: ((4, 5, 7, 10, 12), 15, 16),
}


class FCDenseNet(nn.Module):
    """FC-DenseNet of 56, 67 or 103 layers. x: (N, in_channels, H, W) -> scores: (N, num_classes, H,
    W)

    blocks, middle, growth_rate: layers of the blocks on the way down (mirrored on the way up) and
    of the one between, and maps that each adds; by default those of depth. width: maps of the first
    layer.
    H and W: any. To their next multiples of 2^blocks, x is padded with zeros to the right and
    below, and the scores there are cut off; the authors' code crops the maps of the way down
    instead.
    """

    least = 1

    def __init__(
        self,
        depth=103,
        num_classes=11,
        *,
        blocks=None,
        middle=None,
        growth_rate=None,
        width=48,
        dropout=0.2,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        check_variant("FCDenseNet", "depth", depth, LAYERS)
        blocks = LAYERS[depth][0] if blocks is None else blocks
        middle = LAYERS[depth][1] if middle is None else middle
        growth_rate = LAYERS[depth][2] if growth_rate is None else growth_rate
        self.in_channels, self.multiple = in_channels, 2 ** len(blocks)
        self.first, maps = nn.Conv2d(in_channels, width, 3, padding=1, rng=rng), width
        self.down, self.shrink = torch.nn.ModuleList(), torch.nn.ModuleList()
        self.up, self.enlarge = torch.nn.ModuleList(), torch.nn.ModuleList()
        kept = []
        for layers in blocks:
            self.down.append(_Block(layers, maps, growth_rate, dropout, rng))
            maps += layers * growth_rate
            kept.append(maps)
            transition = _norm_relu_conv(maps, maps, 1, dropout, rng)
            self.shrink.append(nn.Sequential(*transition, nn.MaxPool2d(2)))
        self.middle = _Block(middle, maps, growth_rate, dropout, rng)
        new = middle * growth_rate
        for layers in reversed(blocks):
            self.enlarge.append(nn.ConvTranspose2d(new, new, 3, 2, 1, 1, rng=rng))
            maps = new + kept.pop()
            self.up.append(_Block(layers, maps, growth_rate, dropout, rng))
            new = layers * growth_rate
        scale_for_relu(self)
        self.score = nn.Conv2d(maps + new, num_classes, 1, rng=rng)

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        x, skips = self.first(pad_to_multiple(x, self.multiple)), []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            x = torch.cat([x, block(x)], dim=1)
            skips.append(x)
            x = shrink(x)
        new = self.middle(x)
        for enlarge, block in zip(self.enlarge, self.up, strict=True):
            x = torch.cat([enlarge(new), skips.pop()], dim=1)
            new = block(x)
        return self.score(torch.cat([x, new], dim=1))[:, :, :h, :w]


class _Block(nn.Module):
    """A dense block that gives the new maps alone: (N, C, H, W) -> (N, layers·growth_rate, H, W)"""

    def __init__(self, layers, in_channels, growth_rate, dropout, rng):
        super().__init__()
        self.layers = torch.nn.ModuleList(
            nn.Sequential(
                *_norm_relu_conv(in_channels + n * growth_rate, growth_rate, 3, dropout, rng)
            )
            for n in range(layers)
        )

    def forward(self, x):
        found = []
        for layer in self.layers:
            found.append(layer(torch.cat([x, *found], dim=1)))
        return torch.cat(found, dim=1)


def _norm_relu_conv(before, after, kernel_size, dropout, rng):
    return [
        *(nn.BatchNorm2d(before), nn.ReLU()),
        nn.Conv2d(before, after, kernel_size, padding=kernel_size // 2, rng=rng),
        nn.Dropout(dropout, rng=rng),
    ]
