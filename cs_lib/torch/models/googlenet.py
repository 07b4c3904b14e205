"""GoogLeNet [Szegedy et al. 2015]: filters of several sizes side by side, made cheap by 1 × 1 ones.

6,624,904 parameters, 13,004,888 with the two auxiliary classifiers of training. Equal to
torchvision's, which differs from the paper: it has batch norm instead of local response norm, and
the branch called 5 × 5 has filters of 3 × 3. The paper's own table adds up to nearly 7
million parameters, where others speak of 5.
"""

from typing import NamedTuple

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, conv_norm_relu, scale_for_relu
from cs_lib.torch.nn import functional as F

__all__ = ["GoogLeNet", "GoogLeNetOutputs", "Inception", "auxiliary_loss"]

MODULES = {  # maps: 1×1 | 1×1 before 3×3, 3×3 | 1×1 before "5×5", "5×5" | 1×1 after pooling
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNetOutputs(NamedTuple):
    """What GoogLeNet gives in training: scores, each (N, num_classes), in torchvision's order."""

    logits: torch.Tensor
    aux_logits2: torch.Tensor
    aux_logits1: torch.Tensor


def auxiliary_loss(loss, outputs, target, *, weight=0.3):
    """loss(logits) + weight · the losses of both auxiliary classifiers [Szegedy et al. 2015, §5].

    loss: called as loss(scores, target); outputs: GoogLeNetOutputs -> a number
    """
    main, *auxiliary = (loss(scores, target) for scores in outputs)
    return main + weight * sum(auxiliary)


class Inception(nn.Module):
    """Four branches over the same maps, put together by channels [Szegedy et al. 2015, fig. 2b].

    x: (N, C, H, W) -> y: (N, ones + threes + fives + pooled, H, W)
    The branches: 1 × 1; 1 × 1 to reduce_threes maps, then 3 × 3; 1 × 1 to reduce_fives, then 3 × 3
    in place of 5 × 5; pooling, then 1 × 1.
    """

    def __init__(
        self, in_channels, ones, reduce_threes, threes, reduce_fives, fives, pooled, *, rng=None
    ):
        super().__init__()

        def conv(before, after, kernel_size):
            padding = kernel_size // 2
            return conv_norm_relu(before, after, kernel_size, padding=padding, eps=EPS, rng=rng)

        self.branches = torch.nn.ModuleList(
            [
                conv(in_channels, ones, 1),
                nn.Sequential(conv(in_channels, reduce_threes, 1), conv(reduce_threes, threes, 3)),
                nn.Sequential(conv(in_channels, reduce_fives, 1), conv(reduce_fives, fives, 3)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(in_channels, pooled, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class GoogLeNet(nn.Module):
    """GoogLeNet. x: (N, in_channels, H, W) -> scores: (N, num_classes)

    In training it gives GoogLeNetOutputs instead, three times scores, but not with aux=False.
    H and W at least 15, best 224: maps of 112, 56, 28, 14 and 7 pixels, ⌊(224 + 6 - 7) / 2⌋ + 1 =
    112 first. width: of the first layer, by which all others are scaled. small=True, which is ours:
    for images of 32 × 32, a first layer of 3 × 3 and maps of 32, 16 and 8 pixels.
    """

    def __init__(
        self,
        num_classes=1000,
        *,
        aux=True,
        in_channels=3,
        width=64,
        small=False,
        dropout=0.2,
        aux_dropout=0.7,
        rng=None,
    ):
        super().__init__()
        self.in_channels, self.least = in_channels, 3 if small else 15

        def scaled(maps):
            return max(1, maps * width // 64)

        def conv(before, after, kernel_size, **options):
            return conv_norm_relu(before, after, kernel_size, **options, eps=EPS, rng=rng)

        last = scaled(192)
        self.stem = nn.Sequential(
            *(
                [conv(in_channels, width, 3, padding=1)]
                if small
                else [conv(in_channels, width, 7, stride=2, padding=3), _MaxPool2d(3)]
            ),
            conv(width, width, 1),
            conv(width, last, 3, padding=1),
            *([] if small else [_MaxPool2d(3)]),
        )
        self.inception = torch.nn.ModuleDict()
        self.aux = torch.nn.ModuleDict()
        for name, maps in MODULES.items():
            ones, reduce_threes, threes, reduce_fives, fives, pooled = map(scaled, maps)
            self.inception[name] = Inception(
                last, ones, reduce_threes, threes, reduce_fives, fives, pooled, rng=rng
            )
            last = ones + threes + fives + pooled
            if aux and name in ("4a", "4d"):
                self.aux[name] = _Auxiliary(last, scaled, num_classes, aux_dropout, rng)
        self.pools = torch.nn.ModuleDict({"4a": _MaxPool2d(3), "5a": _MaxPool2d(2)})
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(last, num_classes, rng=rng)
        scale_for_relu(self.stem, self.inception)

    def forward(self, x):
        check_images(self, x)
        x, auxiliary = self.stem(x), []
        for name, module in self.inception.items():
            x = self.pools[name](x) if name in self.pools else x  # before 4a and 5a
            x = module(x)
            if self.training and name in self.aux:
                auxiliary.append(self.aux[name](x))
        scores = self.fc(self.dropout(self.pool(x).flatten(1)))
        return GoogLeNetOutputs(scores, *reversed(auxiliary)) if auxiliary else scores


EPS = 0.001  # of batch norm, as torchvision has it


class _Auxiliary(nn.Module):
    """A classifier half-way up, whose loss reaches the early layers by a shorter way"""

    def __init__(self, in_channels, scaled, num_classes, dropout, rng):
        super().__init__()
        maps, units = scaled(128), scaled(1024)
        self.conv = conv_norm_relu(in_channels, maps, 1, eps=EPS, rng=rng)
        self.fc1, self.relu = nn.Linear(16 * maps, units, rng=rng), nn.ReLU()
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc2 = nn.Linear(units, num_classes, rng=rng)
        scale_for_relu(self.conv, self.fc1)

    def forward(self, x):
        x = self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)
        return self.fc2(self.dropout(self.relu(self.fc1(x))))


class _MaxPool2d(nn.MaxPool2d):
    """Max pooling with stride 2 that leaves no pixel out: the last window may stand over"""

    def __init__(self, kernel_size):
        super().__init__(kernel_size, 2)

    def forward(self, x):
        over = [
            -(-max(0, n - self.kernel_size) // 2) * 2 + self.kernel_size - n for n in x.shape[2:]
        ]
        x = torch.nn.functional.pad(x, (0, over[1], 0, over[0]), value=float("-inf"))
        return super().forward(x)
