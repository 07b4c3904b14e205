"""What several segmenters share: stages, pooling that is undone, bilinear filters, sizes."""

import torch

from cs_lib.torch import nn
from cs_lib.torch.nn import functional as F

__all__ = ["bilinear_upsampling", "conv_stage", "pad_to_multiple", "pooled", "unpooled"]


def conv_stage(
    count, in_channels, out_channels, *, dilation=1, batch_norm=True, transposed=False, rng=None
):
    """3 × 3 filters, batch norm and ReLU, count times over [Simonyan & Zisserman 2015, §2.1].

    x: (N, in_channels, H, W) -> y: (N, out_channels, H, W); the first layer changes the number of
    maps. With batch_norm the filters have no bias, because the norm would subtract it again.
    transposed: transposed convolutions, which at stride 1 are convolutions with turned filters.
    """
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    layers = []
    for n in range(count):
        before = in_channels if n == 0 else out_channels
        options = {"dilation": dilation, "bias": not batch_norm, "rng": rng}
        layers.append(kind(before, out_channels, 3, padding=dilation, **options))
        layers += [nn.BatchNorm2d(out_channels)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers)


def pooled(stages, x):
    """Each of the stages, and 2 × 2 max pooling after it.

    -> y, and a list of (indices, size), for each pooling the places of the maxima and (H, W) before
    """
    places = []
    for stage in stages:
        x = stage(x)
        size = tuple(x.shape[2:])
        x, indices = F.max_pool2d(x, 2, return_indices=True)
        places.append((indices, size))
    return x, places


def unpooled(stages, x, places):
    """Undo `pooled` from its end: the maxima go back to their places, zeros elsewhere, and a stage
    fills the holes [Noh et al. 2015, §3.2; Badrinarayanan et al. 2017, §3].

    The first of the stages belongs to the last of the places. Where a side was odd, its last row or
    column was in no window: it comes back as zeros.
    """
    for stage, (indices, size) in zip(stages, reversed(places), strict=True):
        x = stage(F.max_unpool2d(x, indices, 2, output_size=size))
    return x


def bilinear_upsampling(channels, stride):
    """A transposed convolution that begins as bilinear interpolation [Long et al. 2015, §3.3].

    x: (N, channels, H, W) -> y: (N, channels, stride·H, stride·W), stride even. Its kernel of
    2·stride pixels falls in a straight line from the middle, 1 - |distance| / stride; channels do
    not mix at first, though they may learn to. Beyond the border it takes zeros, where
    interpolation repeats the last pixel: so the outermost stride/2 pixels are darker.
    """
    if stride < 2 or stride % 2:
        raise ValueError(f"bilinear_upsampling: stride is {stride}; it must be even: 2, 4, 8, …")
    conv = nn.ConvTranspose2d(channels, channels, 2 * stride, stride, stride // 2, bias=False)
    line = 1 - (torch.arange(2 * stride) - stride + 0.5).abs() / stride
    with torch.no_grad():
        conv.weight.copy_(torch.eye(channels)[:, :, None, None] * (line[:, None] * line))
    return conv


def pad_to_multiple(x, multiple):
    """Zeros to the right and below, up to the next multiple in both sides

    x: (N, C, H, W) -> (N, C, H + less than multiple, W + less than multiple)
    """
    h, w = x.shape[2:]
    return torch.nn.functional.pad(x, (0, -w % multiple, 0, -h % multiple))
