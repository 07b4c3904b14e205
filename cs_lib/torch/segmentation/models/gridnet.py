"""GridNet [Fourure et al. 2017]: a grid of streams at several scales, whose columns first lead down
and then up, so that many ways lead from an image to its scores; a chain that narrows and widens is
one of them.

13,181,059 parameters with 19 classes, three columns down, three up, and five streams of 16 to 256
maps, as in the authors' code. Everything is a sum, along the streams with a residual. "Total
dropout" leaves out a whole residual branch, at a tenth of the steps, so that the fine stream alone
cannot do the work; here it is `StochasticDepth`, drawn for each image, and divided by the share
that stays. Where the authors write a transposed convolution with stride 1, here is a convolution,
which is the same with turned filters.
"""

import itertools

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu
from cs_lib.torch.segmentation.models.blocks import pad_to_multiple

__all__ = ["GridNet"]


class GridNet(nn.Module):
    """GridNet. x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)

    columns: how many lead down, and as many up. streams: maps of each, the finest first; stream s
    has H/2^s × W/2^s pixels. dropout: how often a residual branch is left out in training.
    H and W: any. To their next multiples of 2^(streams - 1), x is padded with zeros to the right
    and below, and the scores there are cut off.
    """

    least = 1

    def __init__(
        self,
        num_classes=19,
        *,
        columns=3,
        streams=(16, 32, 64, 128, 256),
        dropout=0.1,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        if columns < 1 or len(streams) < 1:
            raise ValueError(
                f"GridNet: columns is {columns}, streams {streams}; it needs at least one of each"
            )
        self.in_channels, self.multiple = in_channels, 2 ** (len(streams) - 1)
        self.first = nn.Sequential(
            *(nn.BatchNorm2d(in_channels), nn.Conv2d(in_channels, streams[0], 3, 1, 1, rng=rng)),
            *(nn.BatchNorm2d(streams[0]), nn.ReLU()),
            nn.Conv2d(streams[0], streams[0], 3, 1, 1, rng=rng),
            *(nn.BatchNorm2d(streams[0]), nn.ReLU()),
        )

        def vertical(kind, step):
            """For each column, the branches between neighbouring streams"""
            pairs = [pair[::step] for pair in itertools.pairwise(streams)]
            return torch.nn.ModuleList(
                torch.nn.ModuleList(_branch(*pair, kind, 0.0, rng) for pair in pairs)
                for _ in range(columns)
            )

        self.down, self.up = vertical("down", 1), vertical("up", -1)
        self.along = torch.nn.ModuleList(
            torch.nn.ModuleList(_branch(c, c, "along", dropout, rng) for c in streams)
            for _ in range(2 * columns - 1)
        )
        self.last = nn.Sequential(
            nn.Conv2d(streams[0], num_classes, 3, 1, 1, rng=rng),
            *(nn.BatchNorm2d(num_classes), nn.ReLU()),
            nn.Conv2d(num_classes, num_classes, 3, 1, 1, rng=rng),
        )
        scale_for_relu(self.first, self.down, self.up, self.along, self.last[:-1])

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        maps = [self.first(pad_to_multiple(x, self.multiple))]
        for down in self.down[0]:
            maps.append(down(maps[-1]))
        columns = len(self.down)
        for n, along in enumerate(self.along):
            maps = [x + branch(x) for x, branch in zip(maps, along, strict=True)]
            if n < columns - 1:
                for s, down in enumerate(self.down[n + 1]):
                    maps[s + 1] = maps[s + 1] + down(maps[s])
            else:
                for s, up in reversed(list(enumerate(self.up[n - columns + 1]))):
                    maps[s] = maps[s] + up(maps[s + 1])
        return self.last(maps[0])[:, :, :h, :w]


def _branch(before, after, kind, dropout, rng):
    """Norm, ReLU and 3 × 3 filters, twice; the first of them halve or double the maps' sides"""
    if kind == "up":
        first = nn.ConvTranspose2d(before, after, 3, 2, 1, 1, rng=rng)
    else:
        first = nn.Conv2d(before, after, 3, 2 if kind == "down" else 1, 1, rng=rng)
    return nn.Sequential(
        *(nn.BatchNorm2d(before), nn.ReLU(), first, nn.BatchNorm2d(after), nn.ReLU()),
        nn.Conv2d(after, after, 3, 1, 1, rng=rng),
        *([nn.StochasticDepth(dropout, rng=rng)] if dropout else []),
    )
