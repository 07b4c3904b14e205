"""Where the windows of convolution and pooling lie: whole numbers, for both libraries."""

import operator
from dataclasses import dataclass

AXES = ("high", "wide")


def pair(caller, name, value, least=0):
    """A whole number or a pair of them -> (height, width), each at least `least`."""
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    try:
        values = tuple(operator.index(v) for v in values)
    except TypeError:
        values = ()
    if len(values) != 2 or min(values) < least:
        raise ValueError(
            f"{caller}: {name} is {value!r}; it must be a whole number from {least}, "
            "or a pair of them: (height, width)"
        )
    return values


def whole(caller, name, value, least):
    """A whole number, at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise ValueError(f"{caller}: {name} is {value!r}; it must be a whole number from {least}")
    return number


def check_maps(caller, x, name="x"):
    """x must be (N, C, H, W), not empty."""
    if len(x.shape) != 4 or 0 in x.shape:
        raise ValueError(
            f"{caller}: {name} has shape {tuple(x.shape)}; it must be (N, C, H, W), not empty"
        )


def check_output(caller, dy, shape, name="dy"):
    """dy must have the shape of the output."""
    if tuple(dy.shape) != tuple(shape):
        raise ValueError(
            f"{caller}: {name} has shape {tuple(dy.shape)}; it must be {tuple(shape)}, "
            "as the output"
        )


def check_bias(caller, bias, shape):
    if bias is not None and tuple(bias.shape) != tuple(shape):
        raise ValueError(
            f"{caller}: bias has shape {tuple(bias.shape)}; it must be {tuple(shape)}, "
            "one number for each output channel" + (" and place" if len(shape) > 1 else "")
        )


def check_groups(caller, groups, in_channels, out_channels):
    """groups must divide both."""
    whole(caller, "groups", groups, 1)
    for channels, kind in ((in_channels, "in"), (out_channels, "out")):
        if channels % groups:
            raise ValueError(
                f"{caller}: groups is {groups}, which does not divide the {channels} {kind}put "
                "channels; it must divide both"
            )


def output_size(caller, size, kernel_size, *, stride, padding, dilation):
    """How many windows fit along one axis; ValueError unless they end at the border."""
    size = whole(caller, "size", size, 1)
    kernel_size = whole(caller, "kernel_size", kernel_size, 1)
    stride = whole(caller, "stride", stride, 1)
    padding = whole(caller, "padding", padding, 0)
    dilation = whole(caller, "dilation", dilation, 1)
    steps = size + 2 * padding - dilation * (kernel_size - 1) - 1
    if steps < 0:
        raise ValueError(
            f"{caller}: a kernel that spans {size + 2 * padding - steps} does not fit "
            f"in {size + 2 * padding}; use more padding or a smaller kernel or dilation"
        )
    if steps % stride:
        raise ValueError(
            f"{caller}: stride {stride} leaves {steps % stride} of {size + 2 * padding} pixels "
            f"over; use another stride, or padding so that {stride} divides "
            f"size + 2·padding - {dilation * (kernel_size - 1) + 1}"
        )
    return steps // stride + 1


@dataclass(frozen=True)
class Windows:
    """The windows that a kernel visits in an image. Every pair is (height, width)."""

    size: tuple  # of the image
    kernel: tuple
    stride: tuple
    before: tuple  # padding above and left of the image
    after: tuple  # padding below and right of it
    dilation: tuple
    out: tuple  # how many windows, down and across

    @classmethod
    def of(cls, caller, size, kernel_size, stride=1, padding=0, dilation=1):
        """Check the numbers and count the windows, as torch does: what the stride leaves over at
        the lower and right border is in no window. ValueError if not even one window fits.
        """
        kernel = pair(caller, "kernel_size", kernel_size, 1)
        stride = pair(caller, "stride", stride, 1)
        dilation = pair(caller, "dilation", dilation, 1)
        spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        before, after = _margins(caller, padding, spans, stride)
        out = []
        for n, lo, hi, span, s, axis in zip(size, before, after, spans, stride, AXES, strict=True):
            if n + lo + hi < span:
                raise ValueError(
                    f"{caller}: x with its padding is {n + lo + hi} {axis}, the kernel {span}; "
                    f"pad {span - n - lo - hi} more in all, or use a smaller kernel or dilation"
                )
            out.append((n + lo + hi - span) // s + 1)
        return cls(tuple(size), kernel, stride, before, after, dilation, tuple(out))

    def parts(self):
        """For each entry (i, j) of the kernel, row by row: i, j, the windows in which it lies on
        the image and not on its padding, and the pixels it lies on there (two indices).
        """
        for i in range(self.kernel[0]):
            rows = self._reach(0, i)
            for j in range(self.kernel[1]):
                columns = self._reach(1, j)
                yield i, j, (..., rows[0], columns[0]), (..., rows[1], columns[1])

    def line(self, axis):
        """parts() of a kernel that is one row high (axis 1) or one column wide (axis 0): for each
        entry, the windows in which it lies on the image, and the pixels (two indices).
        """
        rest = (slice(None),) * (1 - axis)
        for i in range(self.kernel[axis]):
            seen, pixels = self._reach(axis, i)
            yield (..., seen, *rest), (..., pixels, *rest)

    def pixel(self, place, entry):
        """Where the kernel's entry (i, j) lies in the window at a place: (row, column), or None for
        on the padding.
        """
        row, column = (
            o * stride + k * dilation - before
            for o, stride, k, dilation, before in zip(
                place, self.stride, entry, self.dilation, self.before, strict=True
            )
        )
        inside = 0 <= row < self.size[0] and 0 <= column < self.size[1]
        return (row, column) if inside else None

    def _reach(self, axis, i):
        """The i-th row (column) of the kernel -> slice of the windows, slice of the image"""
        stride = self.stride[axis]
        offset = (
            i * self.dilation[axis] - self.before[axis]
        )  # window o looks at pixel o * stride + offset
        first = max(0, -(offset // stride))
        last = min(self.out[axis] - 1, (self.size[axis] - 1 - offset) // stride)
        if last < first:  # on the padding everywhere
            return slice(0, 0), slice(0, 0)
        pixels = slice(first * stride + offset, last * stride + offset + 1, stride)
        return slice(first, last + 1), pixels


def _margins(caller, padding, spans, stride):
    """padding: int, pair, "valid" or "same" -> ((above, left), (below, right))"""
    if padding == "same":
        if stride != (1, 1):
            raise ValueError(
                f"{caller}: padding is 'same' and stride {stride}; 'same' needs stride 1: "
                "pass the padding as a number"
            )
        before = tuple((span - 1) // 2 for span in spans)
        return before, tuple(span - 1 - b for span, b in zip(spans, before, strict=True))
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(
            f"{caller}: padding is {padding!r}; "
            "it must be 'valid', 'same', a whole number or a pair"
        )
    both = (0, 0) if padding == "valid" else pair(caller, "padding", padding)
    return both, both


def conv2d_windows(caller, x, weight, bias, stride, padding, dilation, groups):
    """Check the arguments of conv2d -> Windows on x"""
    check_maps(caller, x)
    _check_weight(caller, weight, "(out, in/groups, kH, kW)")
    out_channels, per_group = weight.shape[:2]
    check_groups(caller, groups, x.shape[1], out_channels)
    if x.shape[1] != per_group * groups:
        expects = f"{per_group}" if groups == 1 else f"{groups} groups of {per_group}"
        raise ValueError(
            f"{caller}: x has {x.shape[1]} channels, weight expects {expects}; is x (N, C, H, W)?"
        )
    check_bias(caller, bias, (out_channels,))
    return Windows.of(caller, x.shape[2:], tuple(weight.shape[2:]), stride, padding, dilation)


def conv_transpose2d_windows(
    caller, x, weight, bias, stride, padding, output_padding, groups, dilation
):
    """Check the arguments of conv_transpose2d -> Windows on its output, x.shape[2:] of them"""
    check_maps(caller, x)
    _check_weight(caller, weight, "(in, out/groups, kH, kW)")
    if x.shape[1] != weight.shape[0]:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} channels, weight expects {weight.shape[0]}; "
            "weight must be (in, out/groups, kH, kW), not as in conv2d"
        )
    check_groups(caller, groups, x.shape[1], 0)
    check_bias(caller, bias, (weight.shape[1] * groups,))
    stride = pair(caller, "stride", stride, 1)
    padding = pair(caller, "padding", padding)
    dilation = pair(caller, "dilation", dilation, 1)
    extra = pair(caller, "output_padding", output_padding)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(
            f"{caller}: output_padding is {output_padding}; it must be less than the stride "
            "or the dilation"
        )
    kernel = tuple(weight.shape[2:])
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + 1 + e
        for n, s, p, d, k, e in zip(
            x.shape[2:], stride, padding, dilation, kernel, extra, strict=True
        )
    )
    if min(size) < 1:
        raise ValueError(f"{caller}: the output would be {size[0]}×{size[1]}; use less padding")
    return Windows(size, kernel, stride, padding, padding, dilation, tuple(x.shape[2:]))


def locally_connected2d_windows(caller, x, weight, bias, stride, padding):
    """Check the arguments of locally_connected2d -> Windows on x"""
    check_maps(caller, x)
    if len(weight.shape) != 6 or 0 in weight.shape:
        raise ValueError(
            f"{caller}: weight has shape {tuple(weight.shape)}; "
            "it must be (outH, outW, out, in, kH, kW), not empty"
        )
    if x.shape[1] != weight.shape[3]:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} channels, weight expects {weight.shape[3]}; "
            "is x (N, C, H, W)?"
        )
    windows = Windows.of(caller, x.shape[2:], tuple(weight.shape[4:]), stride, padding)
    if windows.out != tuple(weight.shape[:2]):
        raise ValueError(
            f"{caller}: x has {windows.out[0]}×{windows.out[1]} windows, "
            f"weight is for {weight.shape[0]}×{weight.shape[1]}; "
            "untied weights fit one size of image only"
        )
    check_bias(caller, bias, (weight.shape[2], *windows.out))
    return windows


def locally_connected2d_shapes(in_channels, out_channels, size, kernel_size, stride, padding, bias):
    """Shapes of the layer's weight and bias (None without)"""
    caller = "LocallyConnected2d"
    windows = Windows.of(caller, pair(caller, "size", size, 1), kernel_size, stride, padding)
    weight = (*windows.out, out_channels, in_channels, *windows.kernel)
    return weight, (out_channels, *windows.out) if bias else None


def fan_in(caller, in_channels, kernel_size):
    height, width = pair(caller, "kernel_size", kernel_size, 1)
    return in_channels * height * width


def fold_windows(caller, columns, output_size, kernel_size, dilation, padding, stride):
    """Check the arguments of fold -> Windows on its output, number of channels"""
    windows = Windows.of(
        caller, pair(caller, "output_size", output_size, 1), kernel_size, stride, padding, dilation
    )
    entries = windows.kernel[0] * windows.kernel[1]
    number = windows.out[0] * windows.out[1]
    shape = tuple(columns.shape)
    if len(shape) != 3 or 0 in shape or shape[1] % entries or shape[2] != number:
        raise ValueError(
            f"{caller}: columns has shape {shape}; it must be (N, C·{entries}, {number}): "
            f"kernel entries, and windows in the output"
        )
    return windows, shape[1] // entries


def pool_windows(caller, x, kernel_size, stride, padding=0):
    """Check the arguments of a pooling -> Windows on x; stride None is the size of the kernel"""
    check_maps(caller, x)
    windows = Windows.of(
        caller, x.shape[2:], kernel_size, kernel_size if stride is None else stride, padding
    )
    if any(2 * p > k for p, k in zip(windows.before, windows.kernel, strict=True)):
        raise ValueError(
            f"{caller}: padding is {padding}, kernel_size {kernel_size}; "
            "more than half a kernel would leave windows with padding alone"
        )
    return windows


def adaptive_windows(caller, x, output_size):
    """Check the arguments of adaptive pooling -> (outH, outW)"""
    check_maps(caller, x)
    return pair(caller, "output_size", output_size, 1)


def check_lp(caller, norm_type):
    """norm_type must be even: then x ** norm_type is |x| ** norm_type."""
    if norm_type not in (2, 4, 6, 8):
        raise ValueError(f"{caller}: norm_type is {norm_type!r}; it must be 2, 4, 6 or 8")


def check_group_size(caller, x, group_size):
    check_maps(caller, x)
    if x.shape[1] % whole(caller, "group_size", group_size, 1):
        raise ValueError(
            f"{caller}: group_size is {group_size}; it must divide x's {x.shape[1]} channels"
        )


def fractional_sizes(caller, x, kernel_size, output_size, output_ratio):
    """Check the arguments of fractional pooling -> kernel, (outH, outW)"""
    check_maps(caller, x)
    kernel = pair(caller, "kernel_size", kernel_size, 1)
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{caller}: give output_size or output_ratio, one of them")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, tuple | list) else (output_ratio,) * 2
        if len(ratios) != 2 or not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(
                f"{caller}: output_ratio is {output_ratio}; it must be between 0 and 1, "
                "or a pair of such numbers"
            )
        output_size = tuple(int(n * r) for n, r in zip(x.shape[2:], ratios, strict=True))
    out = pair(caller, "output_size", output_size, 1)
    for n, k, o, axis in zip(x.shape[2:], kernel, out, AXES, strict=True):
        if o + k - 1 > n:
            raise ValueError(
                f"{caller}: x is {n} {axis}, too few for {o} windows of {k} that start at "
                "different pixels; use a smaller output or kernel"
            )
    return kernel, out


def unpool_size(caller, x, indices, kernel_size, stride, padding, output_size):
    """Check the arguments of unpooling, but for the values of indices -> (outH, outW)"""
    check_maps(caller, x)
    if tuple(indices.shape) != tuple(x.shape):
        raise ValueError(
            f"{caller}: indices has shape {tuple(indices.shape)}, x {tuple(x.shape)}; "
            "both must be as max_pool2d gave them"
        )
    kernel = pair(caller, "kernel_size", kernel_size, 1)
    stride = kernel if stride is None else pair(caller, "stride", stride, 1)
    padding = pair(caller, "padding", padding)
    if output_size is not None:
        return pair(caller, "output_size", output_size, 1)
    size = tuple(
        (n - 1) * s - 2 * p + k
        for n, s, p, k in zip(x.shape[2:], stride, padding, kernel, strict=True)
    )
    if min(size) < 1:
        raise ValueError(f"{caller}: the output would be {size[0]}×{size[1]}; use less padding")
    return size


def check_places(caller, least, greatest, size):
    """indices must be places in an output of this size."""
    if least < 0 or greatest >= size[0] * size[1]:
        wrong = least if least < 0 else greatest
        raise ValueError(
            f"{caller}: indices has {wrong}, the output {size[0]}×{size[1]} places; "
            "pass the size of what was pooled as output_size"
        )


def upsampled_size(caller, x, size, scale_factor, mode):
    """Check the arguments of interpolate -> (outH, outW), x's pixels per output pixel"""
    check_maps(caller, x)
    if mode not in ("nearest", "bilinear"):
        raise ValueError(f"{caller}: mode is {mode!r}; it must be 'nearest' or 'bilinear'")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{caller}: give size or scale_factor, one of them")
    if size is not None:
        out = pair(caller, "size", size, 1)
        return out, tuple(n / o for n, o in zip(x.shape[2:], out, strict=True))
    factors = scale_factor if isinstance(scale_factor, tuple | list) else (scale_factor,) * 2
    if len(factors) != 2 or not all(factor > 0 for factor in factors):
        raise ValueError(
            f"{caller}: scale_factor is {scale_factor}; it must be a positive number, "
            "or a pair of them: (height, width)"
        )
    out = tuple(int(n * factor) for n, factor in zip(x.shape[2:], factors, strict=True))
    if min(out) < 1:
        raise ValueError(
            f"{caller}: the output would be {out[0]}×{out[1]}; use a larger scale_factor"
        )
    return out, tuple(1 / factor for factor in factors)


def _check_weight(caller, weight, axes):
    if len(weight.shape) != 4 or 0 in weight.shape:
        raise ValueError(
            f"{caller}: weight has shape {tuple(weight.shape)}; it must be {axes}, not empty"
        )
