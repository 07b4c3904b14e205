"""FCN [Long et al. 2015]: a classifier made convolutional, its coarse scores up-sampled and added
to scores of finer maps.

Parameters with the layers of VGG-16 and 21 classes: 134,346,581 (FCN-32), 134,364,410 (FCN-16),
134,376,863 (FCN-8), of which the paper says 134 M; nine in ten are in the two layers that were
linear. Differences to the authors' code: maps keep their size by padding each layer by 1, where
theirs pads the image by 100 pixels and crops the scores; and the last up-sampling, a transposed
convolution that stays bilinear, is `interpolate`. torchvision's fcn_resnet50 shares the name only:
it has a dilated ResNet, no skip connection and no transposed convolution.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, scale_for_relu
from cs_lib.torch.nn import functional as F
from cs_lib.torch.segmentation.models.blocks import (
    bilinear_upsampling,
    conv_stage,
    pad_to_multiple,
)

__all__ = ["FCN"]


class FCN(nn.Module):
    """FCN-32, FCN-16 or FCN-8. x: (N, in_channels, H, W) -> scores: (N, num_classes, H, W)

    stages: how many layers stand before each pooling; (2, 2, 3, 3, 3) is VGG-16. width: maps of the
    first stage; then twice, four, eight and eight times as many. stride: that of the finest maps
    which are scored, 2 to 2^stages: of scores at 32, twice as fine ones are made and those of the
    fourth pooling added, and so on down to stride. kernel_size, hidden: of the layer that was the
    first linear one. Scores of the finer maps begin as 0 [§4.2].
    H and W: any. To their next multiples of 2^stages, x is padded with zeros to the right and
    below, and the scores there are cut off.
    """

    least = 1

    def __init__(
        self,
        stride=8,
        num_classes=21,
        *,
        stages=(2, 2, 3, 3, 3),
        width=64,
        hidden=4096,
        kernel_size=7,
        batch_norm=False,
        dropout=0.5,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        check_variant("FCN", "stride", stride, [2**n for n in range(1, len(stages) + 1)])
        self.in_channels, self.stride = in_channels, stride
        self.stages, maps = torch.nn.ModuleList(), [in_channels]
        for n, count in enumerate(stages):
            maps.append(width * min(2**n, 8))
            stage = conv_stage(count, maps[n], maps[n + 1], batch_norm=batch_norm, rng=rng)
            self.stages.append(nn.Sequential(*stage, nn.MaxPool2d(2)))
        self.head = nn.Sequential(
            nn.Conv2d(maps[-1], hidden, kernel_size, padding="same", rng=rng),
            *(nn.ReLU(), nn.Dropout(dropout, rng=rng)),
            nn.Conv2d(hidden, hidden, 1, rng=rng),
            *(nn.ReLU(), nn.Dropout(dropout, rng=rng)),
            nn.Conv2d(hidden, num_classes, 1, rng=rng),
        )
        scale_for_relu(self.stages, self.head[:-1])
        self.skips, self.ups = torch.nn.ModuleList(), torch.nn.ModuleList()
        coarser = 2 ** len(stages) // stride
        for n in range(1, coarser.bit_length()):
            skip = nn.Conv2d(maps[-1 - n], num_classes, 1, rng=rng)
            for p in skip.parameters():
                torch.nn.init.zeros_(p)
            self.skips.append(skip)
            self.ups.append(bilinear_upsampling(num_classes, 2))

    def forward(self, x):
        check_images(self, x)
        h, w = x.shape[2:]
        x, maps = pad_to_multiple(x, 2 ** len(self.stages)), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        scores = self.head(maps.pop())
        for skip, up in zip(self.skips, self.ups, strict=True):
            scores = up(scores) + skip(maps.pop())
        scores = F.interpolate(scores, scale_factor=self.stride, mode="bilinear")
        return scores[:, :, :h, :w]

    def load_vgg(self, vgg):
        """Take over the filters of a VGG, its first two linear layers as convolutions [§4.1].

        vgg: cs_lib.torch.models.VGG of the same layers, width and hidden, trained. ValueError if a
        shape is another.
        """
        linear = [m for m in vgg.classifier if isinstance(m, torch.nn.Linear)][:2]
        given = [m for m in vgg.features if isinstance(m, torch.nn.Conv2d)] + linear
        own = [m for m in self.stages.modules() if isinstance(m, torch.nn.Conv2d)]
        own += [m for m in self.head if isinstance(m, torch.nn.Conv2d)][:2]
        counts = [[m.weight.numel() for m in part] for part in (given, own)]
        if counts[0] != counts[1]:
            raise ValueError(
                f"FCN.load_vgg: its layers have {counts[0]} weights, those here {counts[1]}; build "
                "FCN with the same stages, width, hidden and kernel_size"
            )
        with torch.no_grad():
            for mine, theirs in zip(own, given, strict=True):
                mine.weight.copy_(theirs.weight.reshape(mine.weight.shape))
                if mine.bias is not None and theirs.bias is not None:
                    mine.bias.copy_(theirs.bias)
