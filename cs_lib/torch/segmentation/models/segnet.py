"""SegNet [Badrinarayanan et al. 2017]: the encoder of a classifier and its mirror image, which puts
each maximum back to where it was found.

29,441,419 parameters with the layers of VGG-16 and 11 classes. The encoder has 14,714,688 weights
and biases in the paper ("from 134M to 14.7M", without the linear layers); here its filters have no
biases, because batch norm follows. Other than in FCN no score and no map of the encoder is kept,
only which of each four pixels was the largest. The last layer has num_classes maps, no norm and no
ReLU.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu
from cs_lib.torch.segmentation.models.blocks import conv_stage, pooled, unpooled

__all__ = ["SegNet"]


class SegNet(nn.Module):
    """SegNet. x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)

    stages: how many layers stand before each pooling, and after each unpooling. width: maps of the
    first stage; then twice, four, eight and eight times as many.
    H and W: any from 2^stages. Where a side is odd, the last row or column is in no window of the
    pooling, and begins as zeros again after the unpooling.
    """

    def __init__(
        self, num_classes=21, *, stages=(2, 2, 3, 3, 3), width=64, in_channels=3, rng=None
    ):
        super().__init__()
        self.in_channels, self.least = in_channels, 2 ** len(stages)
        maps = [in_channels, *(width * min(2**n, 8) for n in range(len(stages)))]
        self.encoder, self.decoder = torch.nn.ModuleList(), torch.nn.ModuleList()
        for n, count in enumerate(stages):
            self.encoder.append(conv_stage(count, maps[n], maps[n + 1], rng=rng))
        for n, count in reversed(list(enumerate(stages))):
            before, after = maps[n + 1], maps[n] if n else num_classes
            stage = conv_stage(count - 1, before, before, rng=rng)
            last = nn.Conv2d(before, after, 3, padding=1, bias=n == 0, rng=rng)
            end = [nn.BatchNorm2d(after), nn.ReLU()] if n else []
            self.decoder.append(nn.Sequential(*stage, last, *end))
        scale_for_relu(self.encoder, self.decoder[:-1], self.decoder[-1][:-1])

    def forward(self, x):
        check_images(self, x)
        x, places = pooled(self.encoder, x)
        return unpooled(self.decoder, x, places)
