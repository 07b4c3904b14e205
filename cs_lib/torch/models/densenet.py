"""DenseNet [Huang et al. 2017]: each layer sees the maps of all layers before it, and adds a few.

Parameters: 7,978,856 (121 layers), 14,149,480 (169), 20,013,928 (201), equal to torchvision's; for
CIFAR-10 with bottlenecks and compression 769,162 (100 layers, growth 12), without 1,019,722 (40,
12). Where ResNet adds, DenseNet concatenates, so few weights make many maps: written like this,
training keeps every concatenation, memory of the order of the square of a block's layers [Pleiss et
al. 2017].
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, scale_for_relu

__all__ = ["CifarDenseNet", "DenseBlock", "DenseNet"]

BLOCKS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}  # layers in each


class DenseBlock(nn.Module):
    """Layers that each add growth_rate maps to all that are there [Huang et al. 2017, §3].

    x: (N, C, H, W) -> y: (N, C + layers·growth_rate, H, W), the first C maps those of x
    A layer is norm, ReLU and 3 × 3 filters; with bottleneck, norm, ReLU and 1 × 1 filters come
    before, which make 4·growth_rate maps of all there are.
    """

    def __init__(self, layers, in_channels, growth_rate, *, bottleneck=True, rng=None):
        super().__init__()

        def norm_relu_conv(before, after, kernel_size):
            padding = kernel_size // 2
            return [
                nn.BatchNorm2d(before),
                nn.ReLU(),
                nn.Conv2d(before, after, kernel_size, padding=padding, bias=False, rng=rng),
            ]

        def layer(channels):
            if not bottleneck:
                return norm_relu_conv(channels, growth_rate, 3)
            inner = 4 * growth_rate
            return norm_relu_conv(channels, inner, 1) + norm_relu_conv(inner, growth_rate, 3)

        self.layers = torch.nn.ModuleList(
            [nn.Sequential(*layer(in_channels + n * growth_rate)) for n in range(layers)]
        )

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)  # (N, C + growth_rate, H, W)
        return x


class _Dense(nn.Module):
    """Stem, dense blocks with transitions between them, the mean over each map, a linear layer"""

    def __init__(self, stem, maps, blocks, growth_rate, *, bottleneck, compression, classes, rng):
        super().__init__()
        if not 0 < compression <= 1:
            raise ValueError(
                f"{type(self).__name__}: compression is {compression}; it is the share of maps "
                "that a transition keeps, above 0 and at most 1"
            )
        self.stem = stem
        self.blocks, self.transitions = torch.nn.ModuleList(), torch.nn.ModuleList()
        for n, layers in enumerate(blocks):
            block = DenseBlock(layers, maps, growth_rate, bottleneck=bottleneck, rng=rng)
            self.blocks.append(block)
            maps += layers * growth_rate
            if n < len(blocks) - 1:
                kept = int(compression * maps)
                conv = nn.Conv2d(maps, kept, 1, bias=False, rng=rng)
                transition = [nn.BatchNorm2d(maps), nn.ReLU(), conv, nn.AvgPool2d(2)]
                self.transitions.append(nn.Sequential(*transition))
                maps = kept
        self.end = nn.Sequential(nn.BatchNorm2d(maps), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.fc = nn.Linear(maps, classes, rng=rng)
        scale_for_relu(self.stem, self.blocks, self.transitions)

    def forward(self, x):
        check_images(self, x)
        x = self.stem(x)
        for n, block in enumerate(self.blocks):
            x = block(x)
            if n < len(self.transitions):
                x = self.transitions[n](x)
        return self.fc(self.end(x).flatten(1))


class DenseNet(_Dense):
    """DenseNet of 121, 169 or 201 layers, with bottlenecks and compression.

    x: (N, in_channels, H, W), H and W at least 29 -> scores: (N, num_classes)
    Best with 224 × 224 pixels: maps of 112, 56, 28, 14 and 7. The first layer makes 2·growth_rate
    maps; a transition between blocks keeps the share compression of them, at half the size.
    """

    least = 29

    def __init__(
        self,
        depth=121,
        num_classes=1000,
        *,
        in_channels=3,
        growth_rate=32,
        compression=0.5,
        rng=None,
    ):
        check_variant("DenseNet", "depth", depth, BLOCKS)
        maps = 2 * growth_rate
        super().__init__(
            nn.Sequential(
                nn.Conv2d(in_channels, maps, 7, 2, 3, bias=False, rng=rng),
                nn.BatchNorm2d(maps),
                nn.ReLU(),
                nn.MaxPool2d(3, 2, 1),
            ),
            maps,
            BLOCKS[depth],
            growth_rate,
            bottleneck=True,
            compression=compression,
            classes=num_classes,
            rng=rng,
        )
        self.in_channels = in_channels


class CifarDenseNet(_Dense):
    """DenseNet for images of 32 × 32 [Huang et al. 2017, §3]: three blocks, maps of 32, 16 and 8.

    x: (N, in_channels, H, W), H and W at least 4 -> scores: (N, num_classes)
    With bottleneck and compression, DenseNet-BC: n layers of two convolutions in each block, so a
    depth of 6n + 4, after a first layer of 2·growth_rate maps. bottleneck=False, compression=1: the
    plain DenseNet, of depth 3n + 4, after a first layer of 16 maps. ValueError for another depth.
    """

    least = 4

    def __init__(
        self,
        depth=100,
        num_classes=10,
        *,
        in_channels=3,
        growth_rate=12,
        bottleneck=True,
        compression=0.5,
        rng=None,
    ):
        each = 6 if bottleneck else 3
        if depth < each + 4 or (depth - 4) % each:
            raise ValueError(
                f"CifarDenseNet: depth is {depth}; with bottleneck={bottleneck} it must be "
                f"{each}n + 4: {each + 4}, {2 * each + 4}, {3 * each + 4}, …"
            )
        maps = 2 * growth_rate if bottleneck and compression < 1 else 16
        super().__init__(
            nn.Sequential(nn.Conv2d(in_channels, maps, 3, padding=1, bias=False, rng=rng)),
            maps,
            [(depth - 4) // each] * 3,
            growth_rate,
            bottleneck=bottleneck,
            compression=compression,
            classes=num_classes,
            rng=rng,
        )
        self.in_channels = in_channels
