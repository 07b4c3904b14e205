"""U-Net [Ronneberger et al. 2015]: on the way up, each level is joined by the maps of the same
level on the way down, which still know where things are.

31,030,658 parameters with one input channel and two classes, as the paper's figure adds up. Its
convolutions do not pad: 572 × 572 pixels give 388 × 388 scores, and larger images are cut into
tiles that overlap (`overlap_tiles`). Most implementations, and `same=True` here, pad instead;
others also add batch norm, or up-sample by interpolation, as smp's Unet does by nearest neighbour.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu
from cs_lib.torch.segmentation.models.blocks import pad_to_multiple

__all__ = ["UNet", "overlap_tiles"]


class UNet(nn.Module):
    """U-Net. x: (N, in_channels, H, W) -> scores: (N, num_classes, outH, outW)

    levels: how often it halves and doubles. width: maps of the first level; each further one has
    twice as many. dropout: at the end of the way down. skips=False: without the maps of the way
    down (their place in the filters' input is gone, too).
    same=False: no padding, as in the paper. Scores come for the middle of x, `output_size(H)` high;
    ValueError for a size of which a pooling would leave a row over.
    same=True: outH = H and outW = W, any. To their next multiples of 2^levels, x is padded with
    zeros to the right and below, and the scores there are cut off.
    """

    def __init__(
        self,
        num_classes=2,
        *,
        levels=4,
        width=64,
        same=False,
        skips=True,
        batch_norm=False,
        dropout=0.5,
        in_channels=1,
        rng=None,
    ):
        super().__init__()
        self.in_channels, self.levels, self.same, self.skips = in_channels, levels, same, skips
        self.least = 1 if same else 2**levels  # output_size says the rest

        def double(before, after):
            layers = []
            for maps in (before, after):
                conv = nn.Conv2d(maps, after, 3, padding=int(same), bias=not batch_norm, rng=rng)
                layers += [conv, *[nn.BatchNorm2d(after)] * batch_norm, nn.ReLU()]
            return nn.Sequential(*layers)

        maps = [width * 2**n for n in range(levels + 1)]
        self.down, self.ups = torch.nn.ModuleList(), torch.nn.ModuleList()
        self.joined = torch.nn.ModuleList()
        for n in range(levels + 1):
            self.down.append(double(maps[n - 1] if n else in_channels, maps[n]))
        for n in reversed(range(levels)):
            self.ups.append(nn.ConvTranspose2d(maps[n + 1], maps[n], 2, 2, rng=rng))
            self.joined.append(double((1 + skips) * maps[n], maps[n]))
        scale_for_relu(self.down, self.joined)
        self.pool, self.dropout = nn.MaxPool2d(2), nn.Dropout(dropout, rng=rng)
        self.score = nn.Conv2d(width, num_classes, 1, rng=rng)

    def output_size(self, size):
        """How many scores come of size pixels, along one side.

        ValueError if, without padding, they do not fit: it tells the next sizes that do.
        """
        if self.same:
            return size
        found = self._valid(size)
        if found is None:
            near = [n for n in range(1, size + 2 ** (self.levels + 3)) if self._valid(n)]
            below, above = [n for n in near if n < size][-1:], [n for n in near if n > size][:1]
            raise ValueError(
                f"UNet: {size} pixels do not fit: a pooling would leave a row over, or nothing "
                f"would be left; these fit: {', '.join(map(str, below + above))}; or same=True"
            )
        return found

    def _valid(self, size):
        """The size of the scores without padding; None if it does not come out even"""
        for _ in range(self.levels):
            size -= 4  # two filters of 3 × 3
            if size < 2 or size % 2:
                return None
            size //= 2
        size -= 4
        for _ in range(self.levels):
            size = 2 * size - 4
        return size if size > 0 else None

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        out = self.output_size(h), self.output_size(w)
        if self.same:
            x = pad_to_multiple(x, 2**self.levels)
        maps = []
        for n, layers in enumerate(self.down):
            x = layers(self.pool(x) if n else x)
            maps.append(x)
        x = self.dropout(maps.pop())
        for up, layers in zip(self.ups, self.joined, strict=True):
            x, skip = up(x), maps.pop()
            x = layers(torch.cat([_middle(skip, x), x], dim=1) if self.skips else x)
        return self.score(x)[:, :, : out[0], : out[1]]


def _middle(maps, like):
    """The middle of maps, as large as another (N, C, H, W)"""
    (h, w), (height, width) = maps.shape[2:], like.shape[2:]
    top, left = (h - height) // 2, (w - width) // 2
    return maps[:, :, top : top + height, left : left + width]


def overlap_tiles(model, images, size):
    """Scores of every pixel of large images, tile by tile [Ronneberger et al. 2015, fig. 2].

    model: a UNet without padding; images: (N, C, H, W); size: the side of a tile, as the model
    takes it
    -> scores: (N, num_classes, H, W). Tiles overlap by what the model loses at its border, and the
    image is mirrored beyond its own, so that each pixel is scored once and from real surroundings.
    They are laid at multiples of 2^levels: the scores are those of the whole mirrored image at
    once.
    """
    out = model.output_size(size)
    grid = 2**model.levels
    step, margin = out // grid * grid, (size - out) // 2
    h, w = images.shape[2:]
    if model.same or step == 0:
        raise ValueError(
            f"overlap_tiles: tiles of {size} give {out} scores; it takes a UNet without padding "
            f"and tiles that give at least {grid}"
        )
    rest = [margin + -n % step + out - step for n in (h, w)]
    if max(rest[0], margin) >= h or max(rest[1], margin) >= w:
        raise ValueError(
            f"overlap_tiles: images of {h} × {w} are too small to be mirrored by {max(rest)} "
            "pixels; use smaller tiles"
        )
    x = torch.nn.functional.pad(images, (margin, rest[1], margin, rest[0]), mode="reflect")
    rows = []
    for top in range(0, h, step):
        row = [
            model(x[:, :, top : top + size, left : left + size])[:, :, :step, :step]
            for left in range(0, w, step)
        ]
        rows.append(torch.cat(row, dim=3))
    return torch.cat(rows, dim=2)[:, :, :h, :w]
