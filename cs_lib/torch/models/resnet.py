"""ResNet [He et al. 2016; 2016b]: layers learn what to add to their input, not what to make of it.

Parameters: 11,689,512 (18 layers), 21,797,672 (34), 25,557,032 (50), 44,549,160 (101), 60,192,808
(152), equal to torchvision's; for CIFAR 0.27 million (20), 0.46 (32), 0.66 (44), 0.85 (56) and 1.7
(110). Two families share the name: one of 64 to 512 maps for ImageNet, one of 16 to 64 for CIFAR.
In bottlenecks the 3 × 3 layer has the stride, as in torchvision; in the paper, the first 1 × 1
layer has it: `stride_on_first`.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, conv_norm_relu, scale_for_relu

__all__ = ["CifarResNet", "ResNet", "ResidualBlock"]

STAGES = {  # kind of block, and how many of it in each of the four stages
    18: ("basic", (2, 2, 2, 2)),
    34: ("basic", (3, 4, 6, 3)),
    50: ("bottleneck", (3, 4, 6, 3)),
    101: ("bottleneck", (3, 4, 23, 3)),
    152: ("bottleneck", (3, 8, 36, 3)),
}
EXPANSION = {"basic": 1, "bottleneck": 4}
SHORTCUTS = ("project", "project_all", "pad", "partial", None)


class ResidualBlock(nn.Module):
    """A residual block: y = relu(shortcut(x) + branch(x)) [He et al. 2016, §3].

    x: (N, in_channels, H, W) -> y: (N, width, H/stride, W/stride), 4·width maps for "bottleneck"
    block: "basic", two layers of 3 × 3, or "bottleneck", 1 × 1, 3 × 3 and 1 × 1 around width maps.
    pre_activation: norm and ReLU come before each convolution and none after the sum, so that the
    way through the shortcuts is the identity [He et al. 2016b, fig. 4e].
    stride_on_first: in a bottleneck, the first layer has the stride, not the one of 3 × 3.
    shortcut: x itself, and where x has not the shape of y, one of
    "project": 1 × 1 filters with the block's stride (option B)
    "project_all": such filters, and everywhere (option C)
    "pad": every stride-th pixel, and more maps, of 0 (option A)
    "partial": every stride-th pixel, added to the first in_channels maps alone: the same as "pad"
    None: no shortcut anywhere, the "plain" network.
    """

    def __init__(
        self,
        in_channels,
        width,
        stride=1,
        *,
        block="basic",
        pre_activation=False,
        shortcut="project",
        stride_on_first=False,
        rng=None,
    ):
        super().__init__()
        check_variant("ResidualBlock", "block", block, EXPANSION)
        check_variant("ResidualBlock", "shortcut", shortcut, SHORTCUTS)
        out_channels = EXPANSION[block] * width
        if shortcut in ("pad", "partial") and out_channels < in_channels:
            raise ValueError(
                f"ResidualBlock: in_channels is {in_channels}, more than the {out_channels} that "
                f'come out; shortcut {shortcut!r} can only add maps: use "project"'
            )
        if block == "basic":
            layers = [(width, 3, stride), (width, 3, 1)]
        elif stride_on_first:
            layers = [(width, 1, stride), (width, 3, 1), (out_channels, 1, 1)]
        else:
            layers = [(width, 1, 1), (width, 3, stride), (out_channels, 1, 1)]
        last, parts = in_channels, []
        for maps, kernel, step in layers:
            norm = nn.BatchNorm2d(last if pre_activation else maps)
            conv = nn.Conv2d(last, maps, kernel, step, kernel // 2, bias=False, rng=rng)
            parts += [norm, nn.ReLU(), conv] if pre_activation else [conv, norm, nn.ReLU()]
            last = maps
        # what both ways go through, the branch, and what comes after the sum
        self.before = nn.Sequential(*parts[: 2 * pre_activation])
        self.branch = nn.Sequential(*(parts[2:] if pre_activation else parts[:-1]))
        self.after = nn.Sequential(*([] if pre_activation else parts[-1:]))
        changes = stride != 1 or in_channels != out_channels
        self.projects = shortcut == "project_all" or (shortcut == "project" and changes)
        self.shortcut = None
        if self.projects:
            conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False, rng=rng)
            norm = [] if pre_activation else [nn.BatchNorm2d(out_channels)]
            self.shortcut = nn.Sequential(conv, *norm)
        elif shortcut is not None:
            self.shortcut = _Thinned(stride, out_channels if shortcut == "pad" else None)

    def forward(self, x):
        start = self.before(x)
        y = self.branch(start)
        if self.shortcut is not None:
            y = _added(y, self.shortcut(start if self.projects else x))
        return self.after(y)


class _Thinned(nn.Module):
    """Every stride-th pixel of x; with channels, maps of 0 after those of x"""

    def __init__(self, stride, channels):
        super().__init__()
        self.stride, self.channels = stride, channels

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride] if self.stride > 1 else x
        missing = (self.channels or 0) - x.shape[1]
        return torch.nn.functional.pad(x, (0, 0, 0, 0, 0, missing)) if missing > 0 else x


def _added(y, x):
    """y + x; if x has fewer maps, y's others stay as they are"""
    n = x.shape[1]
    return y + x if n == y.shape[1] else torch.cat([y[:, :n] + x, y[:, n:]], dim=1)


def _zero_last(stages):
    """Let each branch begin as 0, by its last norm [Goyal et al. 2017, §5.1] or convolution"""
    for block in (b for b in stages.modules() if isinstance(b, ResidualBlock)):
        torch.nn.init.zeros_(block.branch[-1].weight)


class _Residual(nn.Module):
    """Stem, stages of residual blocks, the mean over each map, a linear layer"""

    least = 1

    def __init__(self, stem, maps, widths, counts, *, num_classes, zero_init, rng, **options):
        super().__init__()
        pre_activation = options["pre_activation"]
        stages, last = [], maps
        for n, (width, count) in enumerate(zip(widths, counts, strict=True)):
            stage = []
            for m in range(count):
                stride = 2 if n > 0 and m == 0 else 1
                stage.append(ResidualBlock(last, width, stride, rng=rng, **options))
                last = EXPANSION[options["block"]] * width
            stages.append(nn.Sequential(*stage))
        # with pre-activation, the last sum has yet to go through norm and ReLU
        end = [nn.BatchNorm2d(last), nn.ReLU()] if pre_activation else []
        self.stem, self.stages, self.end = stem, nn.Sequential(*stages), nn.Sequential(*end)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(last, num_classes, rng=rng)
        scale_for_relu(self.stem, self.stages)
        if zero_init:
            _zero_last(self.stages)

    def forward(self, x):
        check_images(self, x)
        x = self.end(self.stages(self.stem(x)))
        return self.fc(self.pool(x).flatten(1))


class ResNet(_Residual):
    """ResNet of 18, 34, 50, 101 or 152 layers.

    x: (N, in_channels, H, W) -> scores: (N, num_classes)
    Best with 224 × 224 pixels: maps of 112, 56, 28, 14 and 7. width: maps of the first stage, 64.
    zero_init_residual: every branch begins as 0, so that a block begins as the identity (where
    its shortcut is one) [Goyal et al. 2017, §5.1]. The other arguments are those of
    `ResidualBlock`.
    """

    def __init__(
        self,
        depth=50,
        num_classes=1000,
        *,
        in_channels=3,
        width=64,
        pre_activation=False,
        shortcut="project",
        zero_init_residual=False,
        stride_on_first=False,
        rng=None,
    ):
        check_variant("ResNet", "depth", depth, STAGES)
        block, counts = STAGES[depth]
        first = conv_norm_relu(in_channels, width, 7, stride=2, padding=3, rng=rng)
        super().__init__(
            nn.Sequential(*first, nn.MaxPool2d(3, 2, 1)),
            width,
            [width, 2 * width, 4 * width, 8 * width],
            counts,
            num_classes=num_classes,
            zero_init=zero_init_residual,
            rng=rng,
            block=block,
            pre_activation=pre_activation,
            shortcut=shortcut,
            stride_on_first=stride_on_first,
        )
        self.in_channels = in_channels


class CifarResNet(_Residual):
    """ResNet for images of 32 × 32 [He et al. 2016, §4.2].

    x: (N, in_channels, H, W) -> scores: (N, num_classes). Maps of 32, 16 and 8 pixels.
    depth: 6n + 2 for block "basic" (20, 32, 44, 56, 110), 9n + 2 for "bottleneck" (164, 1001), n
    blocks in each of three stages of width, 2·width and 4·width maps. The paper's shortcuts are
    "pad" here. ValueError for another depth. The other arguments are those of `ResNet`.
    """

    def __init__(
        self,
        depth=20,
        num_classes=10,
        *,
        block="basic",
        in_channels=3,
        width=16,
        pre_activation=False,
        shortcut="pad",
        zero_init_residual=False,
        rng=None,
    ):
        check_variant("CifarResNet", "block", block, EXPANSION)
        layers = 6 if block == "basic" else 9
        if depth < layers + 2 or depth % layers != 2:
            raise ValueError(
                f"CifarResNet: depth is {depth}; with block {block!r} it must be {layers}n + 2: "
                f"{layers + 2}, {2 * layers + 2}, {3 * layers + 2}, …"
            )
        conv = nn.Conv2d(in_channels, width, 3, padding=1, bias=False, rng=rng)
        norm = [] if pre_activation else [nn.BatchNorm2d(width), nn.ReLU()]
        super().__init__(
            nn.Sequential(conv, *norm),
            width,
            [width, 2 * width, 4 * width],
            [depth // layers] * 3,
            num_classes=num_classes,
            zero_init=zero_init_residual,
            rng=rng,
            block=block,
            pre_activation=pre_activation,
            shortcut=shortcut,
        )
        self.in_channels = in_channels
