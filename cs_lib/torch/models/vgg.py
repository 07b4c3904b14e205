"""VGG [Simonyan & Zisserman 2015]: small filters only; two of 3 × 3 see 5 × 5 pixels, three 7 × 7.

Parameters: 132,863,336 (11 layers), 133,047,848 (13), 138,357,544 (16), 143,667,240 (19); with
batch norm, which the paper did not have yet, two more for each map. Equal to torchvision's. The 11
layers to 19 are those with weights; "16" is the paper's configuration D, "19" its E.
"""

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, check_variant, scale_for_relu

__all__ = ["VGG"]

LAYERS = {  # how many convolutions before each of the five poolings
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


class VGG(nn.Module):
    """VGG of 11, 13, 16 or 19 layers. x: (N, in_channels, H, W) -> scores: (N, num_classes)

    H and W at least 32, best 224: maps of 224, 112, 56, 28, 14 and 7 pixels. width: maps of the
    first stage; then twice, four, eight and eight times as many. small=True: for images of 32 × 32,
    whose last maps have one pixel, one linear layer instead of three, as is usual for CIFAR.
    """

    least = 32

    def __init__(
        self,
        depth=16,
        num_classes=1000,
        *,
        batch_norm=False,
        in_channels=3,
        width=64,
        small=False,
        dropout=0.5,
        rng=None,
    ):
        super().__init__()
        check_variant("VGG", "depth", depth, LAYERS)
        self.in_channels = in_channels
        layers, last = [], in_channels
        for count, factor in zip(LAYERS[depth], (1, 2, 4, 8, 8), strict=True):
            for _ in range(count):
                layers.append(nn.Conv2d(last, factor * width, 3, padding=1, rng=rng))
                last = factor * width
                layers += [nn.BatchNorm2d(last)] * batch_norm + [nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        side, hidden = (1, None) if small else (7, 64 * width)
        self.pool = nn.AdaptiveAvgPool2d(side)  # of 224 (or 32) pixels nothing is averaged
        if small:
            self.classifier = nn.Sequential(nn.Linear(last, num_classes, rng=rng))
        else:
            self.classifier = nn.Sequential(
                *(nn.Linear(last * side**2, hidden, rng=rng), nn.ReLU()),
                *(nn.Dropout(dropout, rng=rng), nn.Linear(hidden, hidden, rng=rng), nn.ReLU()),
                *(nn.Dropout(dropout, rng=rng), nn.Linear(hidden, num_classes, rng=rng)),
            )
        scale_for_relu(self.features, self.classifier[:-1])

    def forward(self, x):
        check_images(self, x)
        return self.classifier(self.pool(self.features(x)).flatten(1))
