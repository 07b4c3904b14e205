"""A classifier of patches [Ciresan et al. 2012], and any classifier made fully convolutional.

To name a pixel, classify the patch around it. Neighbouring patches share nearly all of their
pixels, so nearly all of the work is done again and again. A linear layer over a map of h × w pixels
is a convolution with a kernel of h × w [Long et al. 2015, §3.1]: written so, the network takes
images of any size and computes what patches share once. Only the *first* linear layer gets a large
kernel (7 × 7 in VGG); those after it become 1 × 1.

The scores are those of the patches if no layer pads: a patch has its padding at its own border,
where the whole image has pixels. 38,570 parameters, for patches of 24 × 24 and ten classes.
"""

import copy

import torch

from cs_lib._shared import windows as _windows
from cs_lib.torch import nn
from cs_lib.torch.models.blocks import scale_for_relu

__all__ = ["PatchClassifier", "classify_patches", "convolutionalize"]

POINTWISE = (
    *(torch.nn.ReLU, torch.nn.LeakyReLU, torch.nn.PReLU, torch.nn.ELU, torch.nn.Sigmoid),
    *(torch.nn.Tanh, torch.nn.BatchNorm2d, torch.nn.Dropout, nn.Dropout),
)
POOLING = (torch.nn.MaxPool2d, torch.nn.AvgPool2d)


class PatchClassifier(nn.Sequential):
    """Two layers of 3 × 3 filters without padding, each pooled, then two linear layers.

    x: (N, in_channels, size, size) -> scores: (N, num_classes), of the pixel in the middle. size:
    at least 10. width: maps of the first layer; the second has twice as many.
    """

    def __init__(self, num_classes=10, *, size=24, width=16, hidden=64, in_channels=3, rng=None):
        if size < 10:
            raise ValueError(f"PatchClassifier: size is {size}; two poolings need at least 10")
        side = ((size - 2) // 2 - 2) // 2
        super().__init__(
            *(nn.Conv2d(in_channels, width, 3, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(width, 2 * width, 3, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(2 * width * side**2, hidden, rng=rng), nn.ReLU()),
            nn.Linear(hidden, num_classes, rng=rng),
        )
        scale_for_relu(*list(self)[:-1])


def classify_patches(classifier, images, size, *, stride=1):
    """The scores of every patch, each cut out and classified by itself: slow, and plainly right.

    images: (N, C, H, W), size: of the patches, a number or (height, width)
    -> scores: (N, num_classes, outH, outW), outH = (H - height) // stride + 1: place (r, c) is the
    patch whose upper left pixel is (r·stride, c·stride). To name every pixel of an image, pad it
    first, by mirroring for instance. ValueError if no patch fits.
    """
    _windows.check_maps("classify_patches", images, "images")
    windows = _windows.Windows.of("classify_patches", images.shape[2:], size, stride)
    height, width = windows.kernel
    rows = []
    for top in range(0, windows.out[0] * stride, stride):
        row = [
            classifier(images[:, :, top : top + height, left : left + width])
            for left in range(0, windows.out[1] * stride, stride)
        ]
        rows.append(torch.stack(row, dim=2))  # (N, num_classes, outW)
    return torch.stack(rows, dim=2)


def convolutionalize(classifier, size, *, in_channels=3, dense=False):
    """The same network with its linear layers as convolutions [Long et al. 2015, §3.1].

    classifier: a Sequential, nested ones too, of convolutions, pooling, pointwise layers, Flatten
    and Linear: a VGG is Sequential(vgg.features, vgg.pool, Flatten(), vgg.classifier). size: of its
    images, a number or (height, width) -> Sequential, with copies of the weights
    images: (N, in_channels, H, W) -> scores: (N, num_classes, outH, outW). Place (r, c) holds what
    the classifier says of the patch that begins at (r·s, c·s), s the product of all strides: 32 in
    VGG.
    If a pooling leaves pixels of a patch over, the last ones may reach beyond the image by these.
    dense: at every pixel, s = 1. Pooling moves by one pixel, and what comes after it looks at every
    second one: dilated, "à trous", or filter rarefaction [ibid., §3.2; Yu & Koltun 2016].
    Scores equal those of patches where no layer pads; TypeError for a layer that is none of these.
    """
    height, width = _windows.pair("convolutionalize", "size", size, 1)
    layers = list(_in_order(copy.deepcopy(classifier)))
    like = next((p for layer in layers for p in layer.parameters()), torch.zeros(()))
    x = torch.zeros(1, in_channels, height, width, dtype=like.dtype, device=like.device)
    found, step, maps = [], 1, None
    for layer in layers:
        before, mode = x, layer.training
        with torch.no_grad():
            x = layer.eval()(x)
        layer.train(mode)
        if isinstance(layer, torch.nn.Flatten | nn.Flatten):
            maps = tuple(before.shape[1:])  # (C, h, w)
        elif isinstance(layer, torch.nn.Linear):
            channels, *kernel = (layer.in_features, 1, 1) if maps is None else maps
            found.append(_as_convolution(layer, channels, tuple(kernel), step if dense else 1))
            maps = None
        elif isinstance(layer, torch.nn.AdaptiveAvgPool2d):
            found += _as_pooling(tuple(before.shape[2:]), tuple(x.shape[2:]), step if dense else 1)
        elif isinstance(layer, POINTWISE):
            found.append(layer)
        elif isinstance(layer, torch.nn.Conv2d) or (isinstance(layer, POOLING) and not dense):
            stride = layer.stride if isinstance(layer.stride, tuple) else (layer.stride,) * 2
            if dense:
                layer.dilation = tuple(step * d for d in layer.dilation)
                if not isinstance(layer.padding, str):  # "same" and "valid" are so at any dilation
                    layer.padding = tuple(step * p for p in layer.padding)
                layer.stride, step = (1, 1), step * _one("stride", stride)
            found.append(layer)
        elif isinstance(layer, torch.nn.MaxPool2d):
            stride = _windows.pair("convolutionalize", "stride", layer.stride, 1)
            pads = _windows.pair("convolutionalize", "padding", layer.padding)
            # not ours, which has no dilation
            found.append(
                torch.nn.MaxPool2d(layer.kernel_size, 1, tuple(step * p for p in pads), step)
            )
            step *= _one("stride", stride)
        else:
            raise TypeError(
                f"convolutionalize: no rule for {type(layer).__name__}"
                f"{' if dense' if dense else ''}; write it with convolutions, pooling, pointwise "
                "layers, Flatten and Linear"
            )
    return nn.Sequential(*found)


def _in_order(module):
    """The layers of nested Sequentials, in the order of a forward pass"""
    if isinstance(module, torch.nn.Sequential):
        for part in module:
            yield from _in_order(part)
    else:
        yield module


def _as_convolution(linear, channels, kernel, dilation):
    conv = nn.Conv2d(
        channels, linear.out_features, kernel, dilation=dilation, bias=linear.bias is not None
    )
    conv = conv.to(linear.weight.device, linear.weight.dtype)
    with torch.no_grad():
        conv.weight.copy_(linear.weight.reshape(conv.weight.shape))
        if linear.bias is not None:
            conv.bias.copy_(linear.bias)
    return conv


def _as_pooling(before, after, dilation):
    """Adaptive pooling that left the patch's map as it was, or took the mean of all of it"""
    if before == after:
        return []
    if after == (1, 1) and dilation == 1:
        return [nn.AvgPool2d(before, 1)]
    raise ValueError(
        f"convolutionalize: adaptive pooling makes {after} of a map of {before}; there is a rule "
        "only if the map stays as it is or, not dense, if it becomes 1 × 1"
    )


def _one(name, pair):
    if pair[0] != pair[1]:
        raise ValueError(f"convolutionalize: {name} is {pair}; dense needs the same both ways")
    return pair[0]
