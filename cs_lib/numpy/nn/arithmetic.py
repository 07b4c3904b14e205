"""What sizes alone say of a network: how far its units see, and how much there is to learn."""

from cs_lib._shared import windows as _windows

__all__ = [
    "conv2d_parameters",
    "linear_parameters",
    "locally_connected2d_parameters",
    "receptive_field",
]


def receptive_field(layers):
    """How many pixels of the image, along one axis, a unit of each layer sees.

    layers: for each, from the image on, (kernel_size, stride, dilation), of which the last and the
    last two may be left out: they are 1. Pooling counts like convolution. -> list of pixels
    A layer adds dilation · (kernel_size - 1) steps, each as long as the strides below multiply to.
    """
    field, step, fields = 1, 1, []
    for number, layer in enumerate(layers):
        name = f"layers[{number}]"
        values = tuple(layer) if isinstance(layer, tuple | list) else (layer,)
        if not 1 <= len(values) <= 3:
            raise ValueError(
                f"receptive_field: {name} is {layer!r}; it must be (kernel_size, stride, dilation)"
            )
        kernel, stride, dilation = (
            _windows.whole("receptive_field", name, v, 1) for v in (*values, 1, 1)[:3]
        )
        field += dilation * (kernel - 1) * step
        step *= stride
        fields.append(field)
    return fields


def linear_parameters(in_features, out_features, *, bias=True):
    """How many numbers a Linear layer learns"""
    return out_features * (in_features + bias)


def conv2d_parameters(in_channels, out_channels, kernel_size, *, groups=1, bias=True):
    """How many numbers a Conv2d layer learns: they do not depend on the size of the image"""
    _windows.check_groups("conv2d_parameters", groups, in_channels, out_channels)
    seen = _windows.fan_in("conv2d_parameters", in_channels // groups, kernel_size)
    return out_channels * (seen + bias)


def locally_connected2d_parameters(
    in_channels, out_channels, size, kernel_size, *, stride=1, padding=0, bias=True
):
    """How many numbers a LocallyConnected2d layer learns, for images of size (H, W)"""
    windows = _windows.Windows.of(
        "locally_connected2d_parameters",
        _windows.pair("locally_connected2d_parameters", "size", size, 1),
        kernel_size,
        stride,
        padding,
    )
    seen = _windows.fan_in("locally_connected2d_parameters", in_channels, kernel_size)
    return windows.out[0] * windows.out[1] * out_channels * (seen + bias)
