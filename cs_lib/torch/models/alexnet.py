"""AlexNet [Krizhevsky et al. 2012; 2014]: LeNet's plan made wide and deep, with ReLU and dropout.

61,100,840 parameters, of which 58.6 million are in the three linear layers. This is the network of
one GPU [Krizhevsky 2014], which torchvision has: 64 first filters, without local response norm.
That of 2012 has 96 on two GPUs that meet in one layer, and 60,965,224 parameters. Its images of 224
× 224 do not give maps of 55 without padding; 227 do, and so do 224 with a padding of 2, as here.
"""

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu

__all__ = ["AlexNet"]


class AlexNet(nn.Module):
    """AlexNet. x: (N, in_channels, H, W), best 224 × 224 -> scores: (N, num_classes)

    Maps of 55, 27, 13 and 6 pixels. width: of the first layer; the others have 3, 6, 4 and 4 times
    as many maps. small=True, which is ours: for images of 32 × 32, with first filters of 5 × 5 at
    every pixel and linear layers of 8·width units, AlexNet(10, small=True, width=16) say.
    """

    def __init__(
        self, num_classes=1000, *, in_channels=3, width=64, small=False, dropout=0.5, rng=None
    ):
        super().__init__()
        self.in_channels, self.least = in_channels, 15 if small else 63
        side, hidden = (3, 8 * width) if small else (6, 64 * width)
        first = {"kernel_size": 5, "padding": 2} if small else {"kernel_size": 11, "stride": 4}
        first.setdefault("padding", 2)

        def conv(before, after, kernel_size):
            padding = kernel_size // 2
            return nn.Conv2d(
                before * width, after * width, kernel_size, padding=padding, rng=rng
            ), nn.ReLU()

        self.features = nn.Sequential(
            *(nn.Conv2d(in_channels, width, **first, rng=rng), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(*conv(1, 3, 5), nn.MaxPool2d(3, 2)),
            *(*conv(3, 6, 3), *conv(6, 4, 3), *conv(4, 4, 3), nn.MaxPool2d(3, 2)),
        )
        self.pool = nn.AdaptiveAvgPool2d(side)  # of 224 (or 32) pixels nothing is averaged
        self.classifier = nn.Sequential(
            *(nn.Dropout(dropout, rng=rng), nn.Linear(4 * width * side**2, hidden, rng=rng)),
            *(nn.ReLU(), nn.Dropout(dropout, rng=rng), nn.Linear(hidden, hidden, rng=rng)),
            *(nn.ReLU(), nn.Linear(hidden, num_classes, rng=rng)),
        )
        scale_for_relu(self.features, self.classifier[:-1])

    def forward(self, x):
        check_images(self, x)
        return self.classifier(self.pool(self.features(x)).flatten(1))
