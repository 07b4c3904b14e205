"""DeconvNet [Noh et al. 2015]: VGG-16 with its linear layers, and all of it once more in reverse,
with unpooling for pooling and transposed convolutions for convolutions.

251,788,949 parameters with 21 classes; the paper says about 252 M. Its narrowest map has one pixel
for an image of 224 × 224, so that the middle layer sees the whole object. The paper trains it on
boxes around objects, and puts together the scores of 50 of them for a whole image; here it is the
network only.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu
from cs_lib.torch.segmentation.models.blocks import conv_stage, pooled, unpooled

__all__ = ["DeconvNet"]


class DeconvNet(nn.Module):
    """DeconvNet. x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)

    stages: how many layers stand before each pooling, and after each unpooling. width: maps of the
    first stage; then twice, four, eight and eight times as many. hidden, kernel_size: of the two
    layers that were linear; the first is not padded, and a transposed one undoes it.
    H and W: any from kernel_size·2^stages: 224. Where a side is odd, the last row or column is in
    no window of the pooling, and begins as zeros again after the unpooling.
    """

    def __init__(
        self,
        num_classes=21,
        *,
        stages=(2, 2, 3, 3, 3),
        width=64,
        hidden=4096,
        kernel_size=7,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        self.in_channels, self.least = in_channels, kernel_size * 2 ** len(stages)
        maps = [in_channels, *(width * min(2**n, 8) for n in range(len(stages)))]
        self.encoder, self.decoder = torch.nn.ModuleList(), torch.nn.ModuleList()
        for n, count in enumerate(stages):
            self.encoder.append(conv_stage(count, maps[n], maps[n + 1], rng=rng))
        options = {"bias": False, "rng": rng}
        self.middle = nn.Sequential(
            *(nn.Conv2d(maps[-1], hidden, kernel_size, **options), nn.BatchNorm2d(hidden)),
            *(nn.ReLU(), nn.Conv2d(hidden, hidden, 1, **options), nn.BatchNorm2d(hidden)),
            *(nn.ReLU(), nn.ConvTranspose2d(hidden, maps[-1], kernel_size, **options)),
            *(nn.BatchNorm2d(maps[-1]), nn.ReLU()),
        )
        for n, count in reversed(list(enumerate(stages))):
            before, after = maps[n + 1], maps[max(n, 1)]
            stage = conv_stage(count - 1, before, before, transposed=True, rng=rng)
            self.decoder.append(
                nn.Sequential(*stage, *conv_stage(1, before, after, transposed=True, rng=rng))
            )
        scale_for_relu(self.encoder, self.middle, self.decoder)
        self.score = nn.Conv2d(maps[1], num_classes, 1, rng=rng)

    def forward(self, x):
        check_images(self, x)
        x, places = pooled(self.encoder, x)
        return self.score(unpooled(self.decoder, self.middle(x), places))
