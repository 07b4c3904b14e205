"""Multi-scale DenseNet [Huang et al. 2018]: classifiers along the way, so that it can stop early.

An early classifier needs coarse maps, which an ordinary network has only at its end, and a
classifier put into its middle harmed the last one in the paper (§3). So coarse maps are there from
the first layer on, and dense connections let later layers pass by what an early classifier made of
them. With the paper's configuration for CIFAR-10 in the any-time setting, 11 exits after 4, 6, …,
24 layers, 5,470,050 parameters. Where the paper takes the finest scale away, at a third and at two
thirds of the depth, a transition halves the maps, as in the authors' code.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, conv_norm_relu, scale_for_relu

__all__ = ["MSDNet", "exits_loss"]


def exits_loss(loss, outputs, target, *, weights=None):
    """The sum of the losses of all exits [Huang et al. 2018, §4], with weights if given -> a number

    loss: called as loss(scores, target); outputs: the list of MSDNet
    """
    weights = [1.0] * len(outputs) if weights is None else weights
    if len(weights) != len(outputs):
        raise ValueError(
            f"exits_loss: {len(weights)} weights for {len(outputs)} exits; give one for each"
        )
    return sum(w * loss(scores, target) for w, scores in zip(weights, outputs, strict=True))


class MSDNet(nn.Module):
    """MSDNet for images of 32 × 32, with exits classifiers.

    x: (N, in_channels, H, W) -> [scores: (N, num_classes), …], those of the earliest exit first
    exits, base, step: the first exit comes after base layers, each further one after step more.
    scales: how many; maps of scale s have H/2^s × W/2^s pixels. Layers run at all scales at first;
    the finest ends after the first of that many equal parts of the depth, the next one after the
    second. channels, growth_rate: the first layer makes channels·2^s maps at scale s, each other
    one adds growth_rate·2^s, half of them from the maps of scale s and half from those of the finer
    one. reduction: the share of maps that 1 × 1 filters keep where a scale has ended. bottleneck:
    others of 1 × 1 come before those of 3 × 3.
    """

    least = 4

    def __init__(
        self,
        exits=7,
        num_classes=10,
        *,
        base=4,
        step=2,
        channels=16,
        growth_rate=6,
        scales=3,
        reduction=0.5,
        bottleneck=True,
        in_channels=3,
        rng=None,
    ):
        super().__init__()
        for name, value, low in (("exits", exits, 1), ("base", base, 1), ("step", step, 1)):
            if value < low:
                raise ValueError(f"MSDNet: {name} is {value}; it must be at least {low}")
        if growth_rate % 2 or growth_rate < 2:
            raise ValueError(
                f"MSDNet: growth_rate is {growth_rate}; it must be even, because maps of "
                "two scales each make half of it"
            )
        self.in_channels = in_channels
        self.first = torch.nn.ModuleList()
        last = in_channels
        for scale in range(scales):
            maps = channels * 2**scale
            stride = 1 + (scale > 0)
            self.first.append(conv_norm_relu(last, maps, 3, stride=stride, padding=1, rng=rng))
            last = maps
        self.blocks, self.exits = torch.nn.ModuleList(), torch.nn.ModuleList()
        depth, done = base + step * (exits - 1), 0
        part, finest = -(-depth // scales), 0
        for n in range(exits):
            block = []
            for _ in range(step if n else base):
                drops = done // part > finest  # the finest scale is looked at a last time
                block.append(_Layer(channels, growth_rate, finest, scales, drops, bottleneck, rng))
                channels, finest, done = channels + growth_rate, finest + drops, done + 1
                if drops:
                    kept = int(reduction * channels)
                    block.append(_Transition(channels, kept, range(finest, scales), rng))
                    channels = kept
            self.blocks.append(nn.Sequential(*block))
            self.exits.append(_exit(channels * 2 ** (scales - 1), num_classes, rng))
        scale_for_relu(self.first, self.blocks, *(exit[:2] for exit in self.exits))

    def forward(self, x, *, exits=None):
        """exits: how many to go through, at least 1; all by default. The rest is not computed."""
        check_images(self, x)
        if exits is not None and not 1 <= exits <= len(self.exits):
            raise ValueError(f"MSDNet: exits is {exits}; it must be from 1 to {len(self.exits)}")
        maps = []
        for conv in self.first:
            x = conv(x)
            maps.append(x)
        outputs = []
        for block, exit in list(zip(self.blocks, self.exits, strict=True))[:exits]:
            maps = block(maps)
            outputs.append(exit(maps[-1]))
        return outputs


class _Layer(nn.Module):
    """At each scale, maps made of all maps there and of all at the next finer scale

    maps: a list, the finest scale first -> such a list, without the finest if it drops
    """

    def __init__(self, channels, growth_rate, finest, scales, drops, bottleneck, rng):
        super().__init__()
        self.drops = drops

        def new(scale, maps, stride):
            """Filters over the maps of a scale"""
            before, parts = channels * 2**scale, []
            if bottleneck:
                inner = min(before, maps * 2**scale)
                parts.append(conv_norm_relu(before, inner, 1, rng=rng))
                before = inner
            parts.append(conv_norm_relu(before, maps, 3, stride=stride, padding=1, rng=rng))
            return nn.Sequential(*parts)

        self.same, self.finer = torch.nn.ModuleDict(), torch.nn.ModuleDict()
        for place, scale in list(enumerate(range(finest, scales)))[drops:]:
            maps = growth_rate * 2**scale
            if place:  # there is a finer scale
                maps //= 2
                self.finer[str(place)] = new(scale - 1, maps, 2)
            self.same[str(place)] = new(scale, maps, 1)

    def forward(self, maps):
        found = []
        for place in range(int(self.drops), len(maps)):
            parts, key = [maps[place]], str(place)
            if key in self.finer:
                parts.append(self.finer[key](maps[place - 1]))
            found.append(torch.cat([*parts, self.same[key](maps[place])], dim=1))
        return found


class _Transition(nn.Module):
    """1 × 1 filters at each scale that make fewer maps"""

    def __init__(self, channels, kept, scales, rng):
        super().__init__()
        self.convs = torch.nn.ModuleList(
            [conv_norm_relu(channels * 2**s, kept * 2**s, 1, rng=rng) for s in scales]
        )

    def forward(self, maps):
        return [conv(x) for conv, x in zip(self.convs, maps, strict=True)]


def _exit(in_channels, num_classes, rng):
    """A classifier: two layers of 128 filters with stride 2, the mean, a linear layer"""
    return nn.Sequential(
        conv_norm_relu(in_channels, 128, 3, stride=2, padding=1, rng=rng),
        conv_norm_relu(128, 128, 3, stride=2, padding=1, rng=rng),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(128, num_classes, rng=rng),
    )
