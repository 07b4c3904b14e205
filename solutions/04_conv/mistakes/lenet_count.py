"""Wrong answers to `lenet_count` that students really give, and right ones written another way."""

from autograder.authoring.catalogue import alternative, mistake


def _count(
    layers,
    shape,
    conv_bias=lambda filters, seen: filters,
    seen_by=lambda each, channels: len(each),
    area=lambda kh, kw: kh * kw,
    conv_shape=lambda n, k: n - k + 1,
    subsample=lambda channels, k: 2 * channels,
    sub_shape=lambda n, k: n // k,
    inputs=lambda shape: shape[0] * shape[1] * shape[2],
    linear_bias=lambda outputs: outputs,
    new_channels=lambda filters, channels: filters,
    places=lambda height, width: 1,
    linear_shape=lambda outputs, shape: (outputs, 1, 1),
):
    """The counts, with one thing or another done differently."""
    counts = []
    for kind, *what in layers:
        channels, height, width = shape
        if kind in ("conv", "table"):
            filters, (kh, kw) = what
            seen = (
                [seen_by(each, channels) for each in filters]
                if kind == "table"
                else [channels] * filters
            )
            out = conv_shape(height, kh), conv_shape(width, kw)
            counts.append(
                (sum(seen) * area(kh, kw) + conv_bias(len(seen), sum(seen))) * places(*out)
            )
            shape = (new_channels(len(seen), channels), *out)
        elif kind == "subsample":
            counts.append(subsample(channels, what[0]))
            shape = (channels, sub_shape(height, what[0]), sub_shape(width, what[0]))
        elif kind == "linear":
            counts.append(what[0] * inputs(shape) + linear_bias(what[0]))
            shape = linear_shape(what[0], shape)
        else:
            counts.append(0)
    return counts


@mistake(
    "lenet_count",
    hint="In a table, a filter has kernels for the channels that it sees, and for no others. With all of them, LeNet-5's C3 would have 2,416 parameters.",
    read="sec-conv-lenet-audit",
    corner="a table of connections",
)
def full_table(layers, shape):
    """A filter of a table is counted with all channels."""
    return _count(layers, shape, seen_by=lambda each, channels: channels)


@mistake(
    "lenet_count",
    hint="A filter has one bias, however many channels it sees: C5 has 48,120 parameters, not 49,920 or more.",
    read="sec-conv-lenet-audit",
)
def bias_for_each_channel(layers, shape):
    """A filter has a bias for each of its channels."""
    return _count(layers, shape, conv_bias=lambda filters, seen: seen)


@mistake(
    "lenet_count",
    hint="A filter of a table has one bias, as any other filter has: its slices, one for each channel that it sees, share it.",
    read="sec-conv-lenet-audit",
    corner="a table of connections",
)
def bias_for_each_slice(layers, shape):
    """A filter of a table has a bias for each channel that it sees."""
    counts = _count(layers, shape)
    for number, (kind, *what) in enumerate(layers):
        if kind == "table":
            counts[number] += sum(map(len, what[0])) - len(what[0])
    return counts


@mistake(
    "lenet_count",
    hint="Each filter has a bias of its own, not the layer one for all.",
    read="sec-conv-lenet-audit",
)
def one_bias_a_layer(layers, shape):
    """A convolution has a single bias."""
    return _count(layers, shape, conv_bias=lambda filters, seen: 1)


@mistake(
    "lenet_count",
    hint="The filters have biases.",
    read="sec-conv-lenet-audit",
)
def no_conv_bias(layers, shape):
    """The biases of the convolutions are not counted."""
    return _count(layers, shape, conv_bias=lambda filters, seen: 0)


@mistake(
    "lenet_count",
    hint="The outputs of a linear layer have biases.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def no_linear_bias(layers, shape):
    """The biases of the linear layers are not counted."""
    return _count(layers, shape, linear_bias=lambda outputs: 0)


@mistake(
    "lenet_count",
    hint="Each output of a linear layer has a bias of its own.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def one_linear_bias(layers, shape):
    """A linear layer has a single bias."""
    return _count(layers, shape, linear_bias=lambda outputs: 1)


@mistake(
    "lenet_count",
    hint="LeNet-5's pooling is not free: each map has a trainable scale and a trainable bias.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_free(layers, shape):
    """Sub-sampling is counted with no parameters."""
    return _count(layers, shape, subsample=lambda channels, k: 0)


@mistake(
    "lenet_count",
    hint="A map has a scale and a bias: two numbers.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_one(layers, shape):
    """Sub-sampling is counted with one parameter for each map."""
    return _count(layers, shape, subsample=lambda channels, k: channels)


@mistake(
    "lenet_count",
    hint="Every map has a scale and a bias of its own.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_shared(layers, shape):
    """Sub-sampling has one scale and one bias for all maps."""
    return _count(layers, shape, subsample=lambda channels, k: 2)


@mistake(
    "lenet_count",
    hint="Sub-sampling adds up its window and scales the sum by *one* number: the pixels of a window have no weights of their own.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_weights(layers, shape):
    """Sub-sampling is counted with k · k weights and a bias for each map."""
    return _count(layers, shape, subsample=lambda channels, k: channels * (k * k + 1))


@mistake(
    "lenet_count",
    hint="A kernel has kH · kW entries.",
    read="sec-conv-lenet-audit",
)
def square_kernels(layers, shape):
    """A kernel is taken to be as wide as high."""
    return _count(layers, shape, area=lambda kh, kw: kh * kh)


@mistake(
    "lenet_count",
    hint="A kernel has height times width entries, not height plus width.",
    read="sec-conv-lenet-audit",
)
def sides_added(layers, shape):
    """The sides of a kernel are added, not multiplied."""
    return _count(layers, shape, area=lambda kh, kw: kh + kw)


@mistake(
    "lenet_count",
    hint="Without padding the maps shrink by the kernel less one.",
    read="sec-conv-output-size",
    corner="linear layers",
)
def maps_keep_size(layers, shape):
    """The maps keep their size in a convolution."""
    return _count(layers, shape, conv_shape=lambda n, k: n)


@mistake(
    "lenet_count",
    hint="A kernel of 5 takes 4 pixels off, not 5.",
    read="sec-conv-output-size",
    corner="linear layers",
)
def maps_one_short(layers, shape):
    """The maps shrink by the whole kernel."""
    return _count(layers, shape, conv_shape=lambda n, k: n - k)


@mistake(
    "lenet_count",
    hint="After sub-sampling by k the maps are k times smaller on each side.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_keeps_size(layers, shape):
    """The maps keep their size in sub-sampling."""
    return _count(layers, shape, sub_shape=lambda n, k: n)


@mistake(
    "lenet_count",
    hint="The windows of sub-sampling do not overlap, so the maps shrink by the factor k.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_overlaps(layers, shape):
    """The windows of sub-sampling are taken to move by one pixel."""
    return _count(layers, shape, sub_shape=lambda n, k: n - k + 1)


@mistake(
    "lenet_count",
    hint="What is left over is dropped, so the sizes are rounded down: 7 rows hold two windows of 3, not three.",
    read="sec-conv-lenet-audit",
    corner="sub-sampling",
)
def subsampling_rounds_up(layers, shape):
    """Sub-sampling rounds the sizes up, so that what is left over makes a window of its own."""
    return _count(layers, shape, sub_shape=lambda n, k: -(-n // k))


@mistake(
    "lenet_count",
    hint="After a linear layer there are only its outputs, and these are the inputs of the next.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def linear_keeps_shape(layers, shape):
    """A layer after a linear one is counted with the numbers below the linear one."""
    return _count(layers, shape, linear_shape=lambda outputs, shape: shape)


@mistake(
    "lenet_count",
    hint="After a linear layer there is no map left: its outputs take the place of channels, of one pixel each.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def linear_keeps_maps(layers, shape):
    """A linear layer sets the number of channels and leaves the height and width of the maps."""
    return _count(layers, shape, linear_shape=lambda outputs, shape: (outputs, *shape[1:]))


@mistake(
    "lenet_count",
    hint="A linear layer is connected to every pixel of every map below, not to one number of each map.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def linear_of_maps(layers, shape):
    """A linear layer is counted with one input for each map."""
    return _count(layers, shape, inputs=lambda shape: shape[0])


@mistake(
    "lenet_count",
    hint="Maps have a height and a width, and there are C of them: C · H · W inputs.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def linear_of_one_map(layers, shape):
    """A linear layer is counted with the pixels of one map."""
    return _count(
        layers,
        shape,
        inputs=lambda shape: shape[1] * shape[2] if shape[1] * shape[2] > 1 else shape[0],
    )


@mistake(
    "lenet_count",
    hint="The maps need not be square: height times width.",
    read="sec-conv-lenet-audit",
    corner="linear layers",
)
def square_maps(layers, shape):
    """The maps are taken to be as wide as high."""
    return _count(layers, shape, inputs=lambda shape: shape[0] * shape[1] ** 2)


@mistake(
    "lenet_count",
    hint="A layer sees the maps of the layer below it, as many as that one has filters, not the channels of the image. In a table, each list of connections is a filter.",
    read="sec-conv-lenet-audit",
)
def channels_of_image(layers, shape):
    """A convolution is counted with the channels of the image, not with the maps below it."""
    return _count(layers, shape, new_channels=lambda filters, channels: channels)


@mistake(
    "lenet_count",
    hint="A convolution shares its weights: the number of places does not count. You counted connections.",
    read="sec-conv-sharing",
)
def connections(layers, shape):
    """The connections are counted, not the parameters."""
    return _count(layers, shape, places=lambda height, width: height * width)


@mistake(
    "lenet_count",
    hint="A list with one number for each layer is asked for.",
    read="sec-conv-lenet-audit",
)
def total(layers, shape):
    """The total is returned."""
    return sum(_count(layers, shape))


@mistake(
    "lenet_count",
    hint="tanh learns nothing, and is a layer all the same: it counts 0.",
    read="sec-conv-lenet-audit",
)
def leaves_out_tanh(layers, shape):
    """Layers that learn nothing are left out of the list."""
    return [count for count, layer in zip(_count(layers, shape), layers) if layer[0] != "tanh"]


@mistake(
    "lenet_count",
    hint="Each layer by itself: the numbers are not added up along the list.",
    read="sec-conv-lenet-audit",
)
def running_totals(layers, shape):
    """The counts are added up from layer to layer."""
    counts = _count(layers, shape)
    return [sum(counts[: n + 1]) for n in range(len(counts))]


@mistake(
    "lenet_count",
    hint="A table is a convolution, too: its maps are smaller than those below it, by the kernel less one.",
    read="sec-conv-lenet-audit",
    corner="a table of connections",
)
def table_keeps_size(layers, shape):
    """The maps keep their size in a table of connections."""
    counts = []
    for layer in layers:
        counts += _count([layer], shape)
        if layer[0] == "table":
            shape = (len(layer[1]), *shape[1:])
        elif layer[0] == "conv":
            shape = (layer[1], shape[1] - layer[2][0] + 1, shape[2] - layer[2][1] + 1)
        elif layer[0] == "subsample":
            shape = (shape[0], shape[1] // layer[1], shape[2] // layer[1])
        elif layer[0] == "linear":
            shape = (layer[1], 1, 1)
    return counts


# --- right answers, written another way ---


@alternative("lenet_count")
def by_match(layers, shape):
    """match, and the shape in three variables."""
    c, h, w = shape
    counts = []
    for layer in layers:
        match layer:
            case ("conv", f, (kh, kw)):
                counts.append(f * (c * kh * kw + 1))
                c, h, w = f, h - kh + 1, w - kw + 1
            case ("table", connections, (kh, kw)):
                counts.append(sum(map(len, connections)) * kh * kw + len(connections))
                c, h, w = len(connections), h - kh + 1, w - kw + 1
            case ("subsample", k):
                counts.append(c + c)
                h, w = h // k, w // k
            case ("linear", outputs):
                counts.append(outputs * c * h * w + outputs)
                c, h, w = outputs, 1, 1
            case _:
                counts.append(0)
    return counts


@alternative("lenet_count")
def by_recursion(layers, shape):
    """The first layer, then the rest."""
    if not layers:
        return []
    (kind, *what), (c, h, w) = layers[0], shape
    if kind == "linear":
        count, shape = (c * h * w + 1) * what[0], (what[0], 1, 1)
    elif kind == "subsample":
        count, shape = 2 * c, (c, int(h / what[0]), int(w / what[0]))
    elif kind == "tanh":
        count = 0
    else:
        channels = [len(s) for s in what[0]] if kind == "table" else [c for _ in range(what[0])]
        kh, kw = what[1]
        count, shape = (
            sum(n * kh * kw + 1 for n in channels),
            (len(channels), h - kh + 1, w - kw + 1),
        )
    return [count, *by_recursion(layers[1:], shape)]
