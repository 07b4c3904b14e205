"""Small convolutional features for the detectors, trained from nothing on images of 64 to 128."""

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import conv_norm_relu

__all__ = ["Backbone", "as_images"]


class Backbone(nn.Module):
    """Stages of 3 × 3 convolutions with batch norm, each of half the resolution of the last.

    widths: channels of each stage -> x: (N, in_channels, H, W) to a list of maps of strides 2, 4,
    …, (N, widths[i], H / 2^(i+1), W / 2^(i+1)), rounded down. The first stage has one convolution,
    the others two. It stands where the papers have VGG-16 pre-trained on ImageNet.
    """

    def __init__(self, widths=(16, 32, 64, 64), *, in_channels=3, rng=None):
        super().__init__()
        self.widths = tuple(widths)
        self.stages = nn.Sequential()
        before = in_channels
        for i, width in enumerate(self.widths):
            layers = [conv_norm_relu(before, width, 3, padding=1, rng=rng)]
            if i:
                layers.append(conv_norm_relu(width, width, 3, padding=1, rng=rng))
            self.stages.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
            before = width

    def forward(self, x):
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


def as_images(model, images, stride):
    """images, if they are (N, 3, H, W), H and W multiples of a stride.

    ValueError, under the name of the model's class, for other shapes.
    """
    sides = images.shape[2:]
    if images.ndim != 4 or images.shape[1] != 3 or any(s % stride or s == 0 for s in sides):
        raise ValueError(
            f"{type(model).__name__}: images has shape {tuple(images.shape)}; it must be "
            f"(N, 3, H, W), H and W multiples of {stride}: pad them with 0 at the right and below"
        )
    return images
