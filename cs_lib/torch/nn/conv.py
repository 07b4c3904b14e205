"""Convolution: the same small weights at every place of an image, so a shifted image gives a
shifted output.

As everywhere in deep learning the kernel is not flipped: mathematics calls this correlation.
"""

import torch
from torch.nn import functional as F

from cs_lib._shared import init as _init
from cs_lib._shared import windows as _windows
from cs_lib.torch.nn.module import Module, Parameter, set_parameters

__all__ = [
    "Conv2d",
    "ConvTranspose2d",
    "LocallyConnected2d",
    "conv2d",
    "conv_transpose2d",
    "fold",
    "locally_connected2d",
    "output_size",
    "unfold",
]


def output_size(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """How many windows fit: (size + 2·padding - dilation·(kernel_size - 1) - 1) / stride + 1.

    All are whole numbers, for one axis. ValueError if the stride does not come out even: conv2d
    then leaves pixels at the right and lower border out of all windows, which is rarely meant.
    """
    return _windows.output_size(
        "output_size", size, kernel_size, stride=stride, padding=padding, dilation=dilation
    )


# --- windows as columns ---


def unfold(x, kernel_size, *, dilation=1, padding=0, stride=1):
    """Each window as a column, "im2col" [torch.nn.functional.unfold].

    x: (N, C, H, W) -> columns: (N, C·kH·kW, L), L windows row by row
    ValueError if no window fits.
    """
    _windows.check_maps("unfold", x)
    windows = _windows.Windows.of("unfold", x.shape[2:], kernel_size, stride, padding, dilation)
    return F.unfold(_padded(x, windows), windows.kernel, windows.dilation, 0, windows.stride)


def fold(columns, output_size, kernel_size, *, dilation=1, padding=0, stride=1):
    """Columns put back to their windows and added, "col2im" [torch.nn.functional.fold].

    columns: (N, C·kH·kW, L), output_size: (H, W) -> y: (N, C, H, W)
    This is the transpose of unfold, not its inverse: where windows overlap, they add up.
    ValueError if columns do not fit the windows of such an output.
    """
    windows, _ = _windows.fold_windows(
        "fold", columns, output_size, kernel_size, dilation, padding, stride
    )
    (top, left), (bottom, right) = windows.before, windows.after
    size = (windows.size[0] + top + bottom, windows.size[1] + left + right)
    y = F.fold(columns, size, windows.kernel, windows.dilation, 0, windows.stride)
    return y[:, :, top : size[0] - bottom, left : size[1] - right].contiguous()


def _padded(x, windows):
    (top, left), (bottom, right) = windows.before, windows.after
    return F.pad(x, (left, right, top, bottom))


# --- convolution ---


def conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Every filter's product with every window, plus its bias [torch.nn.functional.conv2d].

    x: (N, C, H, W), weight: (F, C/groups, kH, kW), bias: (F,) or None -> y: (N, F, outH, outW)
    stride, padding (zeros around x) and dilation (distance of the kernel's entries): whole
    numbers or pairs (height, width); padding may be "valid" (0) or "same" (y as large as x).
    groups: channels and filters are split in as many parts, which do not mix; C for depthwise.
    Windows that do not fit at the right and lower border are left out: see output_size.
    ValueError for shapes that do not fit.
    """
    windows = _windows.conv2d_windows("conv2d", x, weight, bias, stride, padding, dilation, groups)
    if windows.before == windows.after:  # cuDNN pads by itself, but alike on both sides only
        padding = windows.before
    else:
        x, padding = _padded(x, windows), 0
    return F.conv2d(x, weight, bias, windows.stride, padding, windows.dilation, groups)


class Conv2d(Module, torch.nn.Conv2d):
    """conv2d with learnt weight and bias [torch.nn.Conv2d].

    weight: (out_channels, in_channels/groups, kH, kW), bias: (out_channels,), both uniform in
    ±1/√fan_in, fan_in = in_channels/groups · kH · kW.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        *,
        rng=None,
    ):
        _windows.check_groups("Conv2d", groups, in_channels, out_channels)
        _windows.pair("Conv2d", "kernel_size", kernel_size, 1)
        self._rng = rng  # before torch's __init__, which calls reset_parameters
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias
        )

    def reset_parameters(self):
        """Draw the values that the NumPy layer draws, not torch's from its global state."""
        _draw(self)

    def forward(self, x):
        return conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


def _draw(layer):
    if layer.weight.is_meta:
        return  # there is nowhere to put what would be drawn
    bias_shape = None if layer.bias is None else layer.bias.shape
    weight, bias = _init.weight_and_bias(layer.weight.shape, bias_shape, layer._rng)
    set_parameters(layer, weight=weight, bias=bias)


# --- transposed convolution ---


def conv_transpose2d(
    x, weight, bias=None, *, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """The transpose of conv2d: each pixel of x adds a copy of the kernel, x times as strong, to y
    [torch.nn.functional.conv_transpose2d].

    x: (N, C, H, W), weight: (C, F/groups, kH, kW), bias: (F,) or None -> y: (N, F, outH, outW),
    where outH = (H - 1)·stride - 2·padding + dilation·(kH - 1) + output_padding + 1: a conv2d with
    the same weight and options takes y's size back to x's.
    ValueError for shapes that do not fit.
    """
    windows = _windows.conv_transpose2d_windows(
        "conv_transpose2d",
        x,
        weight,
        bias,
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )
    return F.conv_transpose2d(
        x,
        weight,
        bias,
        windows.stride,
        windows.before,
        _windows.pair("conv_transpose2d", "output_padding", output_padding),
        groups,
        windows.dilation,
    )


class ConvTranspose2d(Module, torch.nn.ConvTranspose2d):
    """conv_transpose2d with learnt weight and bias [torch.nn.ConvTranspose2d].

    weight: (in_channels, out_channels/groups, kH, kW), bias: (out_channels,), both uniform in
    ±1/√fan_in, where torch takes fan_in = out_channels/groups · kH · kW.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        *,
        rng=None,
    ):
        _windows.check_groups("ConvTranspose2d", groups, in_channels, out_channels)
        _windows.pair("ConvTranspose2d", "kernel_size", kernel_size, 1)
        self._rng = rng  # before torch's __init__, which calls reset_parameters
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            bias,
            dilation,
        )

    def reset_parameters(self):
        """Draw the values that the NumPy layer draws, not torch's from its global state."""
        _draw(self)

    def forward(self, x):
        return conv_transpose2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            groups=self.groups,
            dilation=self.dilation,
        )


# --- local connections without shared weights ---


def locally_connected2d(x, weight, bias=None, *, stride=1, padding=0):
    """A convolution whose weights differ from place to place [LeCun 1989; Gregor & LeCun 2010].

    x: (N, C, H, W), weight: (outH, outW, F, C, kH, kW), bias: (F, outH, outW) or None
    -> y: (N, F, outH, outW). weight[r, c] is a conv2d weight, for place (r, c) alone, so it fits
    one size of image only. stride and padding as in conv2d.
    ValueError for shapes that do not fit.
    """
    windows = _windows.locally_connected2d_windows(
        "locally_connected2d", x, weight, bias, stride, padding
    )
    columns = F.unfold(_padded(x, windows), windows.kernel, stride=windows.stride)
    by_place = weight.flatten(0, 1).flatten(2)  # (L, F, C·kH·kW)
    y = torch.einsum("ncl,lfc->nfl", columns, by_place).unflatten(2, windows.out)
    return y if bias is None else y + bias


class LocallyConnected2d(Module):
    """locally_connected2d with learnt weight and bias, for images of one size.

    size: (H, W) of the images. weight: (outH, outW, out_channels, in_channels, kH, kW),
    bias: (out_channels, outH, outW), both uniform in ±1/√fan_in, fan_in = in_channels · kH · kW.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        size,
        kernel_size,
        stride=1,
        padding=0,
        bias=True,
        *,
        rng=None,
    ):
        super().__init__()
        self.stride, self.padding = stride, padding
        weight, bias = _init.weight_and_bias(
            *_windows.locally_connected2d_shapes(
                in_channels, out_channels, size, kernel_size, stride, padding, bias
            ),
            rng,
            fan_in=_windows.fan_in("LocallyConnected2d", in_channels, kernel_size),
        )
        self.weight = Parameter(torch.from_numpy(weight))
        self.bias = None if bias is None else Parameter(torch.from_numpy(bias))

    def forward(self, x):
        return locally_connected2d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding
        )
