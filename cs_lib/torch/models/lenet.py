"""LeNet-5 [LeCun et al. 1998, §II]: two stages of filters and pooling, then layers that see all.

60,850 parameters as in 1998 with a linear output, 61,706 as it is mostly written now. The paper's
output measures distances to ten fixed codes instead, which makes 60,000; and its C5 has 48,120
parameters, one bias a filter, not 49,920.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images
from cs_lib.torch.nn import functional as F

__all__ = ["LeNet5"]

TABLE = [  # which of S2's six maps each of C3's sixteen filters sees [LeCun et al. 1998, table I]
    "012", "123", "234", "345", "450", "501", "0123", "1234",
    "2345", "3450", "4501", "5012", "0134", "1245", "0235", "012345",
]  # fmt: skip


class LeNet5(nn.Module):
    """LeNet-5. x: (N, in_channels, 32, 32) -> scores: (N, num_classes)

    original=True: as in 1998, with the scaled tanh, sub-sampling that has two parameters a map, and
    C3's table of connections. Otherwise ReLU, max pooling and all connections: 61,706 parameters.
    Maps of 28, 14, 10 and 5 pixels; digits of 28 × 28 need a padding of 2.
    """

    least = 32

    def __init__(self, num_classes=10, *, in_channels=1, original=False, rng=None):
        super().__init__()
        self.in_channels = in_channels
        unit = _ScaledTanh if original else nn.ReLU
        c3 = _TableConv2d(rng=rng) if original else nn.Conv2d(6, 16, 5, rng=rng)

        def pool(channels):
            return [_SubSampling(channels), unit()] if original else [nn.MaxPool2d(2)]

        self.features = nn.Sequential(
            *(nn.Conv2d(in_channels, 6, 5, rng=rng), unit(), *pool(6)),  # C1, S2
            *(c3, unit(), *pool(16)),  # C3, S4
        )
        self.classifier = nn.Sequential(
            *(nn.Conv2d(16, 120, 5, rng=rng), unit(), nn.Flatten()),  # C5: as large as its input
            *(nn.Linear(120, 84, rng=rng), unit()),  # F6
            nn.Linear(84, num_classes, rng=rng),
        )

    def forward(self, x):
        check_images(self, x)
        if tuple(x.shape[2:]) != (32, 32):
            raise ValueError(
                f"LeNet5: x has shape {tuple(x.shape)}; images must be 32 × 32, because C5 sees "
                "the whole map: resize them"
            )
        return self.classifier(self.features(x))


class _ScaledTanh(nn.Module):
    """1.7159 tanh(2a/3), which takes ±1 to ±1 [LeCun et al. 1998, appendix A]"""

    def forward(self, x):
        return 1.7159 * torch.tanh(2 / 3 * x)


class _SubSampling(nn.Module):
    """The sum of 2 × 2 pixels times a learnt number, plus another: two parameters a map"""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return self.weight * 4 * F.avg_pool2d(x, 2) + self.bias

    def multiply_adds(self, x, y):
        return y.numel()


class _TableConv2d(nn.Conv2d):
    """C3: filters that see the maps in TABLE only, so 60 slices of 25 weights are learnt"""

    def __init__(self, *, rng=None):
        super().__init__(6, 16, 5, rng=rng)
        seen = [(row, int(n)) for row, maps in enumerate(TABLE) for n in maps]
        filters, maps = (list(column) for column in zip(*seen, strict=True))
        self._places = filters, maps
        share = torch.tensor([len(TABLE[row]) / 6 for row in filters])[:, None, None]
        slices = self.weight.detach()[self._places] / share.sqrt()  # the scale of fewer inputs
        self.weight = nn.Parameter(slices)  # (60, 5, 5)

    def forward(self, x):
        weight = self.weight.new_zeros(16, 6, 5, 5)
        weight = weight.index_put(tuple(map(torch.tensor, self._places)), self.weight)
        return F.conv2d(x, weight, self.bias)

    def multiply_adds(self, x, y):
        return len(x) * self.weight.numel() * y.shape[2] * y.shape[3]
