"""Convolution: the same small weights at every place of an image, so a shifted image gives a
shifted output.

As everywhere in deep learning the kernel is not flipped: mathematics calls this correlation.
"""

import numpy as np

from cs_lib._shared import init as _init
from cs_lib._shared import layers as _layers
from cs_lib._shared import windows as _windows
from cs_lib.numpy.nn import _strips
from cs_lib.numpy.nn.module import Module, Parameter

__all__ = [
    "Conv2d",
    "ConvTranspose2d",
    "LocallyConnected2d",
    "conv2d",
    "conv2d_backward",
    "conv2d_naive",
    "conv2d_naive_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "fold",
    "fold_backward",
    "locally_connected2d",
    "locally_connected2d_backward",
    "output_size",
    "unfold",
    "unfold_backward",
]


def output_size(size, kernel_size, *, stride=1, padding=0, dilation=1):
    """How many windows fit: (size + 2·padding - dilation·(kernel_size - 1) - 1) / stride + 1.

    All are whole numbers, for one axis. ValueError if the stride does not come out even: conv2d
    then leaves pixels at the right and lower border out of all windows, which is rarely meant.
    """
    return _windows.output_size(
        "output_size", size, kernel_size, stride=stride, padding=padding, dilation=dilation
    )


# --- convolution, as the formula reads ---


def conv2d_naive(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    """conv2d as the formula reads (slow): arguments, result and errors as there."""
    windows = _windows.conv2d_windows(
        "conv2d_naive", x, weight, bias, stride, padding, dilation, groups
    )
    y = np.zeros((len(x), len(weight), *windows.out), dtype=x.dtype)
    if bias is not None:
        y += bias[:, None, None]
    for n, f, place, c, entry, pixel in _naive_terms(x, weight, windows, groups):
        y[n, f, *place] += weight[f, c, *entry] * x[n, *pixel]
    return y, (x, weight, bias, windows, groups)


def conv2d_naive_backward(dy, cache):
    """conv2d_backward as the chain rule reads: a term w·x of y gives w·dy to dx and x·dy to dw."""
    x, weight, bias, windows, groups = cache
    dx, dweight = np.zeros_like(x), np.zeros_like(weight)
    for n, f, place, c, entry, pixel in _naive_terms(x, weight, windows, groups):
        dx[n, *pixel] += weight[f, c, *entry] * dy[n, f, *place]
        dweight[f, c, *entry] += x[n, *pixel] * dy[n, f, *place]
    return dx, dweight, None if bias is None else dy.sum(axis=(0, 2, 3))


def _naive_terms(x, weight, windows, groups):
    """Every product in y: image n, filter f, place in y; the filter's channel c and entry (i, j);
    x's channel, row and column.
    """
    filters, channels = weight.shape[:2]
    for n, f, c in np.ndindex(len(x), filters, channels):
        group = f // (filters // groups)
        for place in np.ndindex(windows.out):
            for entry in np.ndindex(windows.kernel):
                pixel = windows.pixel(place, entry)
                if pixel is not None:  # padding is 0 and adds nothing
                    yield n, f, place, c, entry, (group * channels + c, *pixel)


# --- windows as columns ---


def unfold(x, kernel_size, *, dilation=1, padding=0, stride=1):
    """Each window as a column, "im2col" [torch.nn.functional.unfold].

    x: (N, C, H, W) -> columns: (N, C·kH·kW, L), L windows row by row, cache
    ValueError if no window fits.
    """
    _windows.check_maps("unfold", x)
    windows = _windows.Windows.of("unfold", x.shape[2:], kernel_size, stride, padding, dilation)
    columns = _zero_columns(len(x), x.shape[1], windows, x.dtype)
    _fill(columns, x, windows)
    return columns.reshape(len(x), -1, windows.out[0] * windows.out[1]), (x.shape, windows)


def unfold_backward(dcolumns, cache):
    """dcolumns: (N, C·kH·kW, L) -> dx: (N, C, H, W); a pixel gets the sum over its windows"""
    shape, windows = cache
    dx = np.zeros(shape, dtype=dcolumns.dtype)
    _add_back(dx, dcolumns, windows)
    return dx


def fold(columns, output_size, kernel_size, *, dilation=1, padding=0, stride=1):
    """Columns put back to their windows and added, "col2im" [torch.nn.functional.fold].

    columns: (N, C·kH·kW, L), output_size: (H, W) -> y: (N, C, H, W), cache
    This is the transpose of unfold, not its inverse: where windows overlap, they add up.
    ValueError if columns do not fit the windows of such an output.
    """
    windows, channels = _windows.fold_windows(
        "fold", columns, output_size, kernel_size, dilation, padding, stride
    )
    y = np.zeros((len(columns), channels, *windows.size), dtype=columns.dtype)
    _add_back(y, columns, windows)
    return y, (columns.shape, windows)


def fold_backward(dy, cache):
    """dy: (N, C, H, W) -> dcolumns: (N, C·kH·kW, L)"""
    shape, windows = cache
    dcolumns = _zero_columns(*dy.shape[:2], windows, dy.dtype)
    _fill(dcolumns, dy, windows)
    return dcolumns.reshape(shape)


def _zero_columns(n, channels, windows, dtype):
    return np.zeros((n, channels, *windows.kernel, *windows.out), dtype=dtype)


def _fill(columns, x, windows):
    """Write x's windows to columns: (N, C, kH, kW, outH, outW). Padding is not written: it is 0."""
    for i, j, seen, pixels in windows.parts():
        columns[:, :, i, j][seen] = x[pixels]


def _add_back(dx, columns, windows):
    """Add columns: (N, C·kH·kW, L) to the pixels of dx that they came from."""
    columns = columns.reshape(*dx.shape[:2], *windows.kernel, *windows.out)
    for i, j, seen, pixels in windows.parts():
        dx[pixels] += columns[:, :, i, j][seen]


# --- convolution ---


def conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Every filter's product with every window, plus its bias [torch.nn.functional.conv2d].

    x: (N, C, H, W), weight: (F, C/groups, kH, kW), bias: (F,) or None -> y: (N, F, outH, outW),
    cache. stride, padding (zeros around x) and dilation (distance of the kernel's entries): whole
    numbers or pairs (height, width); padding may be "valid" (0) or "same" (y as large as x).
    groups: channels and filters are split in as many parts, which do not mix; C for depthwise.
    Windows that do not fit at the right and lower border are left out: see output_size.
    ValueError for shapes that do not fit, TypeError unless all have one float dtype.

    Computed as weights times unfold's columns, a few images at a time: the columns of a whole batch
    are kH·kW times as large as x and go through the main memory, which takes as long as the product
    itself; those of a few images stay in a core's cache. With stride 1 the columns are made along
    the width alone (_strips.py), unless there are few channels.
    """
    windows = _windows.conv2d_windows("conv2d", x, weight, bias, stride, padding, dilation, groups)
    _layers.check_dtypes("conv2d", x=x, weight=weight, bias=bias)
    y = _filter(x, weight, bias, windows, groups)
    return y, (x, weight, bias, windows, groups)


def conv2d_backward(dy, cache, *, needs_dx=True):
    """dy: (N, F, outH, outW) -> dx: (N, C, H, W), dweight: (F, C/groups, kH, kW), dbias: (F,)

    With y = weight @ columns: dweight = dy @ columns.T, and weight.T @ dy goes back to the pixels.
    dbias is None where bias was. Without needs_dx, in a network's first layer, dx is None.
    """
    x, weight, bias, windows, groups = cache
    _windows.check_output("conv2d_backward", dy, (len(x), len(weight), *windows.out))
    if needs_dx and _suits_strips(weight, windows, groups):
        dx, dweight = _collect(dy, x, weight, windows)
    else:
        dx = _spread(dy, weight, windows, groups) if needs_dx else None
        dweight = _weight_gradient(x, dy, weight, windows, groups)
    return dx, dweight, None if bias is None else dy.sum(axis=(0, 2, 3))


_COLUMN_BYTES = 2**20  # of columns at a time: fits a core's cache of the second level


def _suits_strips(weight, windows, groups):
    """With many filters on few channels, the additions to y cost more than the copies saved."""
    filters, channels = weight.shape[:2]
    return windows.stride == (1, 1) and groups == 1 and filters <= 5 * channels


def _collect(dy, x, weight, windows):
    """dx and dweight for stride 1: a pixel collects from dy through the turned kernel, and so does
    a weight from x. dy: (N, F, outH, outW) -> as x, as weight
    """
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)  # (C, F, kH, kW)
    before = tuple(
        dilation * (kernel - 1) - padding
        for dilation, kernel, padding in zip(
            windows.dilation, windows.kernel, windows.before, strict=True
        )
    )
    dx, dturned = _strips.correlate(dy, turned, before, windows.size, windows.dilation, dy=x)
    return dx, np.ascontiguousarray(dturned[:, :, ::-1, ::-1].swapaxes(0, 1))


def _parts(n, channels, windows, dtype):
    """Zeroed columns for a few images, and the slices that n images come in"""
    image_bytes = channels * np.dtype(dtype).itemsize
    for count in (*windows.kernel, *windows.out):
        image_bytes *= count
    size = min(n, max(1, _COLUMN_BYTES // image_bytes))
    columns = _zero_columns(size, channels, windows, dtype)
    return columns, [slice(start, min(n, start + size)) for start in range(0, n, size)]


def _grouped(array, groups):
    """(N, channels, ...) -> (N, groups, channels/groups · ..., L) for L = the last two axes"""
    return array.reshape(len(array), groups, -1, array.shape[-2] * array.shape[-1])


def _by_group(weight, groups):
    """(F, C/groups, kH, kW) -> (groups, F/groups, C/groups · kH · kW)"""
    return weight.reshape(groups, len(weight) // groups, -1)


def _filter(x, weight, bias, windows, groups):
    """weight times each window, plus bias: x (N, C, H, W) -> (N, F, outH, outW)"""
    if _suits_strips(weight, windows, groups):
        return _strips.correlate(x, weight, windows.before, windows.out, windows.dilation, bias)[0]
    y = np.empty((len(x), len(weight), *windows.out), dtype=x.dtype)
    columns, parts = _parts(*x.shape[:2], windows, x.dtype)
    for part in parts:
        some = columns[: part.stop - part.start]
        _fill(some, x[part], windows)
        some = some.reshape(len(some), groups, -1, y.shape[2] * y.shape[3])
        np.matmul(_by_group(weight, groups), some, out=_grouped(y[part], groups))
        if bias is not None:  # now: later y would have to come from the main memory again
            y[part] += bias[:, None, None]
    return y


def _weight_gradient(x, dy, weight, windows, groups):
    """dy times each window: x (N, C, H, W), dy (N, F, outH, outW) -> as weight"""
    dweight = np.zeros_like(_by_group(weight, groups))
    columns, parts = _parts(*x.shape[:2], windows, x.dtype)
    for part in parts:
        some = columns[: part.stop - part.start]
        _fill(some, x[part], windows)
        some = some.reshape(len(some), groups, -1, dy.shape[2] * dy.shape[3])
        dweight += (_grouped(dy[part], groups) @ some.mT).sum(axis=0)
    return dweight.reshape(weight.shape)


def _spread(dy, weight, windows, groups):
    """The transpose of _filter: dy (N, F, outH, outW) -> (N, C, H, W)"""
    channels = weight.shape[1] * groups
    dx = np.zeros((len(dy), channels, *windows.size), dtype=dy.dtype)
    columns, parts = _parts(len(dy), channels, windows, dy.dtype)
    for part in parts:
        some = columns[: part.stop - part.start]
        some = some.reshape(len(some), groups, -1, dy.shape[2] * dy.shape[3])
        np.matmul(_by_group(weight, groups).mT, _grouped(dy[part], groups), out=some)
        _add_back(dx[part], some, windows)
    return dx


class Conv2d(Module):
    """conv2d with learnt weight and bias [torch.nn.Conv2d].

    weight: (out_channels, in_channels/groups, kH, kW), bias: (out_channels,), both uniform in
    ±1/√fan_in, fan_in = in_channels/groups · kH · kW. needs_dx: set it to False in the first layer
    of a network, and backward, which then returns None, skips the gradient of the images.
    """

    needs_dx = True

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
        super().__init__()
        _windows.check_groups("Conv2d", groups, in_channels, out_channels)
        kernel = _windows.pair("Conv2d", "kernel_size", kernel_size, 1)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        weight, bias = _init.weight_and_bias(
            (out_channels, in_channels // groups, *kernel), (out_channels,) if bias else None, rng
        )
        self.weight = Parameter(weight)
        self.bias = None if bias is None else Parameter(bias)

    def forward(self, x):
        y, self._cache = conv2d(
            x,
            self.weight.data,
            None if self.bias is None else self.bias.data,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return y

    def backward(self, dy):
        gradients = conv2d_backward(dy, self._pop_cache(), needs_dx=self.needs_dx)
        return _add_gradients(self, *gradients)


def _add_gradients(layer, dx, dweight, dbias):
    layer.weight.add_grad(dweight)
    if layer.bias is not None:
        layer.bias.add_grad(dbias)
    return dx


# --- transposed convolution ---


def conv_transpose2d(
    x, weight, bias=None, *, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """The transpose of conv2d: each pixel of x adds a copy of the kernel, x times as strong, to y
    [torch.nn.functional.conv_transpose2d].

    x: (N, C, H, W), weight: (C, F/groups, kH, kW), bias: (F,) or None -> y: (N, F, outH, outW),
    cache, where outH = (H - 1)·stride - 2·padding + dilation·(kH - 1) + output_padding + 1: a
    conv2d with the same weight and options takes y's size back to x's.
    ValueError for shapes that do not fit, TypeError unless all have one float dtype.
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
    _layers.check_dtypes("conv_transpose2d", x=x, weight=weight, bias=bias)
    y = _spread(x, weight, windows, groups)
    if bias is not None:
        y += bias[:, None, None]
    return y, (x, weight, bias, windows, groups)


def conv_transpose2d_backward(dy, cache):
    """dy: (N, F, outH, outW) -> dx: (N, C, H, W), dweight: (C, F/groups, kH, kW), dbias: (F,)

    conv2d's backward with x and y in each other's place. dbias is None where bias was.
    """
    x, weight, bias, windows, groups = cache
    shape = (len(x), weight.shape[1] * groups, *windows.size)
    _windows.check_output("conv_transpose2d_backward", dy, shape)
    dx = _filter(dy, weight, None, windows, groups)
    dweight = _weight_gradient(dy, x, weight, windows, groups)
    return dx, dweight, None if bias is None else dy.sum(axis=(0, 2, 3))


class ConvTranspose2d(Module):
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
        super().__init__()
        _windows.check_groups("ConvTranspose2d", groups, in_channels, out_channels)
        kernel = _windows.pair("ConvTranspose2d", "kernel_size", kernel_size, 1)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel
        self.stride, self.padding, self.output_padding = stride, padding, output_padding
        self.groups, self.dilation = groups, dilation
        weight, bias = _init.weight_and_bias(
            (in_channels, out_channels // groups, *kernel), (out_channels,) if bias else None, rng
        )
        self.weight = Parameter(weight)
        self.bias = None if bias is None else Parameter(bias)

    def forward(self, x):
        y, self._cache = conv_transpose2d(
            x,
            self.weight.data,
            None if self.bias is None else self.bias.data,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            groups=self.groups,
            dilation=self.dilation,
        )
        return y

    def backward(self, dy):
        return _add_gradients(self, *conv_transpose2d_backward(dy, self._pop_cache()))


# --- local connections without shared weights ---


def locally_connected2d(x, weight, bias=None, *, stride=1, padding=0):
    """A convolution whose weights differ from place to place [LeCun 1989; Gregor & LeCun 2010].

    x: (N, C, H, W), weight: (outH, outW, F, C, kH, kW), bias: (F, outH, outW) or None
    -> y: (N, F, outH, outW), cache. weight[r, c] is a conv2d weight, for place (r, c) alone, so it
    fits one size of image only. stride and padding as in conv2d.
    ValueError for shapes that do not fit, TypeError unless all have one float dtype.
    """
    windows = _windows.locally_connected2d_windows(
        "locally_connected2d", x, weight, bias, stride, padding
    )
    _layers.check_dtypes("locally_connected2d", x=x, weight=weight, bias=bias)
    columns = _zero_columns(*x.shape[:2], windows, x.dtype)
    _fill(columns, x, windows)
    # (N, C·kH·kW, L) -> (L, N, C·kH·kW): one product a place
    columns = columns.reshape(len(x), -1, windows.out[0] * windows.out[1]).transpose(2, 0, 1)
    y = columns @ _by_place(weight).mT  # (L, N, F)
    y = y.transpose(1, 2, 0).reshape(len(x), -1, *windows.out)
    if bias is not None:
        y += bias
    return y, (x.shape, weight, bias, windows, columns)


def locally_connected2d_backward(dy, cache):
    """dy: (N, F, outH, outW) -> dx: (N, C, H, W), dweight: as weight, dbias: as bias, or None"""
    shape, weight, bias, windows, columns = cache
    dy_shape = (shape[0], weight.shape[2], *windows.out)
    _windows.check_output("locally_connected2d_backward", dy, dy_shape)
    by_place = dy.reshape(*dy.shape[:2], -1).transpose(2, 0, 1)  # (L, N, F)
    dweight = (by_place.mT @ columns).reshape(weight.shape)
    dcolumns = (by_place @ _by_place(weight)).transpose(1, 2, 0)  # (N, C·kH·kW, L)
    dx = np.zeros(shape, dtype=dy.dtype)
    _add_back(dx, dcolumns, windows)
    return dx, dweight, None if bias is None else dy.sum(axis=0)


def _by_place(weight):
    """(outH, outW, F, C, kH, kW) -> (L, F, C·kH·kW)"""
    return weight.reshape(weight.shape[0] * weight.shape[1], weight.shape[2], -1)


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
        self.weight = Parameter(weight)
        self.bias = None if bias is None else Parameter(bias)

    def forward(self, x):
        y, self._cache = locally_connected2d(
            x,
            self.weight.data,
            None if self.bias is None else self.bias.data,
            stride=self.stride,
            padding=self.padding,
        )
        return y

    def backward(self, dy):
        return _add_gradients(self, *locally_connected2d_backward(dy, self._pop_cache()))
