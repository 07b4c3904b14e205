"""Wrong answers to `costs` that students really give, and right ones written another way."""

from autograder.authoring.catalogue import alternative, mistake


def _rounded(n, kernel, stride, padding, wrong):
    room = n + 2 * padding - kernel
    if wrong == "rounded_to_the_nearest":
        return round(room / stride) + 1
    if wrong == "padding_once":
        room = n + padding - kernel
    if wrong == "rounded_up":
        return -(-room // stride) + 1
    if wrong == "one_window_short":
        return room // stride
    if wrong == "stride_ignored":
        return room + 1
    if wrong == "padding_forgotten":
        return (n - kernel) // stride + 1
    return room // stride + 1


def _made(layers, shape, wrong):
    channels, height, width = shape
    parameters, multiply_adds = [], []
    for kind, *what in layers:
        learnt = products = 0
        if kind == "conv":
            filters, (kh, kw), stride, padding, groups, bias = what
            if wrong == "kernel_square":
                kw = kh
            if wrong == "kernel_exchanged":
                kh, kw = kw, kh
            seen = channels if wrong == "groups_ignored" else channels // groups
            if wrong == "channels_forgotten":
                seen = 1
            entries = kh + kw if wrong == "kernel_added" else kh * kw
            weights = filters * seen * entries
            if wrong == "groups_twice":
                weights = filters // groups * seen * entries
            if wrong == "always_a_bias":
                bias = True
            if wrong == "never_a_bias":
                bias = False
            learnt = weights + (channels if wrong == "bias_for_each_input" else filters) * bias
            if wrong == "one_bias":
                learnt = weights + bias
            if wrong == "no_bias_with_groups":
                learnt = weights + filters * (bias and groups == 1)
            if wrong == "bias_for_one_group":
                learnt = weights + filters // groups * bias
            if wrong == "bias_for_each_slice":
                learnt = weights + filters * seen * bias
            places = height * width
            height = _rounded(height, kh, stride, padding, wrong)
            width = _rounded(
                width, kh if wrong == "width_by_the_height" else kw, stride, padding, wrong
            )
            if wrong != "places_of_the_input":
                places = height * width
            products = weights * places
            if wrong == "groups_in_parameters_alone":
                products = filters * channels * kh * kw * places
            if wrong == "groups_in_products_alone":
                learnt = filters * channels * kh * kw + filters * bias
            if wrong == "two_for_each":
                products = 2 * weights * places
            if wrong == "biases_are_added":
                products = (weights + filters * bias) * places
            if wrong == "places_forgotten":
                products = weights
            if wrong == "products_less_one":
                products = filters * (seen * kh * kw - 1) * places
            if wrong == "filters_forgotten":
                products = weights // filters * places
            channels = channels if wrong == "channels_kept" else filters
        if kind == "norm":
            learnt = {"norm_remembers": 4, "norm_once": 1, "norm_two": 0}.get(wrong, 2) * channels
            learnt += 2 * (wrong == "norm_two")
            if wrong == "norm_for_each_number":
                learnt = 2 * channels * height * width
            products = channels * height * width * (wrong == "norm_multiplies")
        if kind == "relu" and wrong == "relu_counts":
            products = channels * height * width
        if kind == "pool":
            size, stride = what
            if wrong == "pool_without_overlap":
                stride = size
            if wrong == "pool_stride_for_size":
                size = stride
            if wrong != "pool_keeps_size":
                up = stride - 1 if wrong == "pool_rounded_up" else 0
                height, width = ((n - size + up) // stride + 1 for n in (height, width))
        if kind == "mean" and wrong != "mean_keeps_size":
            height = width = 1
        if kind == "linear":
            (outputs,) = what
            products = outputs * channels * height * width
            if wrong == "linear_sees_channels":
                products = outputs * channels
            learnt = products + outputs * (wrong != "linear_without_bias")
            if wrong == "linear_bias_multiplies":
                products = learnt
            if wrong == "two_for_each":
                products *= 2
            if wrong == "linear_keeps_shape":
                channels = outputs
            else:
                channels, height, width = outputs, 1, 1
        parameters.append(learnt)
        multiply_adds.append(products)
    if wrong == "sums":
        return sum(parameters), sum(multiply_adds)
    if wrong == "running_sums":
        return [sum(parameters[: i + 1]) for i in range(len(layers))], [
            sum(multiply_adds[: i + 1]) for i in range(len(layers))
        ]
    if wrong == "exchanged":
        return multiply_adds, parameters
    if wrong == "pairs":
        return list(zip(parameters, multiply_adds))
    return parameters, multiply_adds


@mistake(
    "costs",
    hint="The last entry of a convolution says whether it has a bias. In front of a norm it usually has none.",
    read="sec-architectures-cost",
)
def always_a_bias(layers, shape):
    """Every convolution gets a bias, also one that has none."""
    return _made(layers, shape, "always_a_bias")


@mistake(
    "costs",
    hint="A filter has its weights and, where the last entry says so, one bias.",
    read="sec-architectures-cost",
)
def never_a_bias(layers, shape):
    """The biases of the convolutions are forgotten."""
    return _made(layers, shape, "never_a_bias")


@mistake(
    "costs",
    hint="A bias belongs to a filter, so that there are as many as output channels.",
    read="sec-architectures-cost",
)
def bias_for_each_input(layers, shape):
    """A convolution has a bias for each input channel."""
    return _made(layers, shape, "bias_for_each_input")


@mistake("costs", hint="Each filter has a bias of its own.", read="sec-architectures-cost")
def one_bias(layers, shape):
    """A convolution has one bias for all its filters."""
    return _made(layers, shape, "one_bias")


@mistake(
    "costs",
    hint="A filter adds up over all its channels, and then adds one bias.",
    read="sec-architectures-cost",
)
def bias_for_each_slice(layers, shape):
    """A filter has a bias for each channel that it sees."""
    return _made(layers, shape, "bias_for_each_slice")


@mistake(
    "costs", hint="Kernels need not be square: kH · kW entries.", read="sec-architectures-cost"
)
def kernel_square(layers, shape):
    """The kernel's height is taken for its width, too."""
    return _made(layers, shape, "kernel_square")


@mistake(
    "costs",
    hint="The pair is (kH, kW): the first shortens the height, the second the width.",
    read="sec-architectures-cost",
)
def kernel_exchanged(layers, shape):
    """The kernel's height and width are exchanged."""
    return _made(layers, shape, "kernel_exchanged")


@mistake("costs", hint="A kernel of 3 × 5 has fifteen entries.", read="sec-architectures-cost")
def kernel_added(layers, shape):
    """The kernel has kH + kW entries."""
    return _made(layers, shape, "kernel_added")


@mistake(
    "costs",
    hint="A filter reaches through all channels of its group: C / groups · kH · kW weights.",
    read="sec-architectures-cost",
)
def channels_forgotten(layers, shape):
    """A filter has weights for a single channel."""
    return _made(layers, shape, "channels_forgotten")


@mistake(
    "costs",
    hint="With groups, a filter sees the channels of its own part only. So it has fewer weights.",
    read="sec-architectures-cost",
    corner="groups",
)
def groups_ignored(layers, shape):
    """Groups are ignored."""
    return _made(layers, shape, "groups_ignored")


@mistake(
    "costs",
    hint="There are as many filters as before. Only what each of them sees is divided by the groups.",
    read="sec-architectures-cost",
    corner="groups",
)
def groups_twice(layers, shape):
    """Filters and channels are both divided by the groups."""
    return _made(layers, shape, "groups_twice")


@mistake(
    "costs",
    hint="A filter multiplies by the weights that it has: groups save as many products as parameters.",
    read="sec-architectures-cost",
    corner="multiply-adds of groups",
)
def groups_in_parameters_alone(layers, shape):
    """Multiply-adds are counted as if there were no groups."""
    return _made(layers, shape, "groups_in_parameters_alone")


@mistake(
    "costs",
    hint="With groups, the weights have the shape (filters, C / groups, kH, kW).",
    read="sec-architectures-cost",
    corner="parameters of groups",
)
def groups_in_products_alone(layers, shape):
    """Parameters are counted as if there were no groups."""
    return _made(layers, shape, "groups_in_products_alone")


@mistake(
    "costs",
    hint="Padding is on all four sides, so that height and width each grow by twice as much.",
    read="sec-architectures-cost",
)
def padding_once(layers, shape):
    """The padding is added at one side only."""
    return _made(layers, shape, "padding_once")


@mistake(
    "costs",
    hint="The output has (n + 2 · padding − k) // stride + 1 rows.",
    read="sec-architectures-cost",
)
def padding_forgotten(layers, shape):
    """The padding has no effect on the size."""
    return _made(layers, shape, "padding_forgotten")


@mistake(
    "costs",
    hint="What does not fill another window is left out: round down.",
    read="sec-architectures-cost",
)
def rounded_up(layers, shape):
    """Sizes are rounded up."""
    return _made(layers, shape, "rounded_up")


@mistake(
    "costs",
    hint="Steps that fit, and the window at the start: one more than steps.",
    read="sec-architectures-cost",
)
def one_window_short(layers, shape):
    """The last window is forgotten."""
    return _made(layers, shape, "one_window_short")


@mistake(
    "costs",
    hint="With a stride of 2 there is a window at every other place only.",
    read="sec-architectures-cost",
)
def stride_ignored(layers, shape):
    """The stride has no effect on the size."""
    return _made(layers, shape, "stride_ignored")


@mistake(
    "costs",
    hint="A filter is laid on as many places as the output has. With strides, or without padding, the input has more.",
    read="sec-architectures-cost",
)
def places_of_the_input(layers, shape):
    """A convolution's products are counted for each place of its input."""
    return _made(layers, shape, "places_of_the_input")


@mistake(
    "costs", hint="Each weight is used at every place of the output.", read="sec-architectures-cost"
)
def places_forgotten(layers, shape):
    """Multiply-adds are counted for a single place."""
    return _made(layers, shape, "places_forgotten")


@mistake("costs", hint="Every filter is laid on every place.", read="sec-architectures-cost")
def filters_forgotten(layers, shape):
    """Multiply-adds are counted for a single filter."""
    return _made(layers, shape, "filters_forgotten")


@mistake(
    "costs",
    hint="Here, one product together with its addition counts as one. Papers differ in that by a factor of 2.",
    read="sec-architectures-cost",
)
def two_for_each(layers, shape):
    """A multiplication and its addition count as two."""
    return _made(layers, shape, "two_for_each")


@mistake(
    "costs",
    hint="Biases take no products. Here they are not counted.",
    read="sec-architectures-cost",
    corner="biases",
)
def biases_are_added(layers, shape):
    """Adding the biases of a convolution counts as well."""
    return _made(layers, shape, "biases_are_added")


@mistake(
    "costs",
    hint="Adding n products up takes n − 1 additions, but a multiply-add is counted for each product.",
    read="sec-architectures-cost",
)
def products_less_one(layers, shape):
    """Additions are counted in place of products."""
    return _made(layers, shape, "products_less_one")


@mistake(
    "costs",
    hint="What comes out of a convolution has as many channels as it has filters.",
    read="sec-architectures-cost",
)
def channels_kept(layers, shape):
    """The next layer is given the channels that came into the convolution."""
    return _made(layers, shape, "channels_kept")


@mistake(
    "costs",
    hint="The two are computed from batches, and no gradient changes them. So they are not learnt.",
    read="sec-architectures-cost",
    corner="norms",
)
def norm_remembers(layers, shape):
    """A norm's running mean and variance count as learnt."""
    return _made(layers, shape, "norm_remembers")


@mistake(
    "costs", hint="γ and β: two for each channel.", read="sec-architectures-cost", corner="norms"
)
def norm_once(layers, shape):
    """A norm learns one number for each channel."""
    return _made(layers, shape, "norm_once")


@mistake(
    "costs",
    hint="Each channel has a γ and a β of its own.",
    read="sec-architectures-cost",
    corner="norms",
)
def norm_two(layers, shape):
    """A norm learns one γ and one β for all channels."""
    return _made(layers, shape, "norm_two")


@mistake(
    "costs",
    hint="Norms take none in this count. In evaluation they can be merged with the convolution before them.",
    read="sec-architectures-cost",
    corner="norms",
)
def norm_multiplies(layers, shape):
    """A norm's products are counted."""
    return _made(layers, shape, "norm_multiplies")


@mistake("costs", hint="A ReLU multiplies nothing.", read="sec-architectures-cost", corner="ReLU")
def relu_counts(layers, shape):
    """A ReLU counts as one multiply-add for each number."""
    return _made(layers, shape, "relu_counts")


@mistake(
    "costs",
    hint="Pooling has windows and steps as a convolution has, without padding.",
    read="sec-architectures-cost",
    corner="pooling",
)
def pool_keeps_size(layers, shape):
    """Pooling leaves height and width as they are."""
    return _made(layers, shape, "pool_keeps_size")


@mistake(
    "costs",
    hint="The stride is given by itself. Windows of 3 in steps of 2 overlap.",
    read="sec-architectures-cost",
    corner="pooling",
)
def pool_without_overlap(layers, shape):
    """Pooling windows never overlap: the stride is taken to be the size."""
    return _made(layers, shape, "pool_without_overlap")


@mistake(
    "costs",
    hint="The size comes first, then the stride. In the number of windows both are needed.",
    read="sec-architectures-cost",
    corner="pooling",
)
def pool_stride_for_size(layers, shape):
    """The stride of a pooling is taken for its size."""
    return _made(layers, shape, "pool_stride_for_size")


@mistake(
    "costs",
    hint="What does not fill another window is left out here, too.",
    read="sec-architectures-cost",
    corner="pooling",
)
def pool_rounded_up(layers, shape):
    """Pooling rounds its size up."""
    return _made(layers, shape, "pool_rounded_up")


@mistake(
    "costs",
    hint="One number is left of each channel, so that a linear layer behind it sees C numbers.",
    read="sec-architectures-cost",
    corner="mean",
)
def mean_keeps_size(layers, shape):
    """The mean over each channel leaves height and width as they are."""
    return _made(layers, shape, "mean_keeps_size")


@mistake(
    "costs",
    hint="It sees all numbers: channels times height times width.",
    read="sec-architectures-cost",
    corner="linear",
)
def linear_sees_channels(layers, shape):
    """A linear layer sees one number of each channel."""
    return _made(layers, shape, "linear_sees_channels")


@mistake(
    "costs",
    hint="Each output of a linear layer has a bias.",
    read="sec-architectures-cost",
    corner="linear",
)
def linear_without_bias(layers, shape):
    """The biases of linear layers are forgotten."""
    return _made(layers, shape, "linear_without_bias")


@mistake(
    "costs",
    hint="A bias is added, and not multiplied by anything.",
    read="sec-architectures-cost",
    corner="linear",
)
def linear_bias_multiplies(layers, shape):
    """A linear layer's biases count as multiply-adds."""
    return _made(layers, shape, "linear_bias_multiplies")


@mistake(
    "costs",
    hint="What comes out of a linear layer is a list of numbers: its outputs, and no places.",
    read="sec-architectures-cost",
    corner="linear",
)
def linear_keeps_shape(layers, shape):
    """A layer behind a linear one still sees its height and width."""
    return _made(layers, shape, "linear_keeps_shape")


@mistake(
    "costs",
    hint="Two lists are asked for, each with one number for each layer.",
    read="sec-architectures-cost",
)
def sums(layers, shape):
    """Totals are returned in place of a number for each layer."""
    return _made(layers, shape, "sums")


@mistake("costs", hint="Each entry is for one layer alone.", read="sec-architectures-cost")
def running_sums(layers, shape):
    """Each entry counts all layers up to there."""
    return _made(layers, shape, "running_sums")


@mistake("costs", hint="Parameters come first.", read="sec-architectures-cost")
def exchanged(layers, shape):
    """Multiply-adds are returned first, and parameters second."""
    return _made(layers, shape, "exchanged")


@mistake(
    "costs",
    hint="A pair of lists is asked for: `return parameters, multiply_adds`.",
    read="sec-architectures-cost",
)
def pairs(layers, shape):
    """A list of pairs is returned, one for each layer."""
    return _made(layers, shape, "pairs")


@mistake(
    "costs",
    hint="A filter has one bias where the last entry says so, whatever the groups.",
    read="sec-architectures-cost",
    corner="biases with groups",
)
def no_bias_with_groups(layers, shape):
    """Convolutions with groups get no bias."""
    return _made(layers, shape, "no_bias_with_groups")


@mistake(
    "costs",
    hint="Each filter has a bias of its own, and there are as many filters as before: groups only decide which channels they see.",
    read="sec-architectures-cost",
    corner="biases with groups",
)
def bias_for_one_group(layers, shape):
    """With groups, only the filters of one group get a bias."""
    return _made(layers, shape, "bias_for_one_group")


@mistake(
    "costs",
    hint="A kernel has two sides: kH goes with the height, kW with the width.",
    read="sec-architectures-cost",
)
def width_by_the_height(layers, shape):
    """The width that comes out of a convolution is found with the kernel's height."""
    return _made(layers, shape, "width_by_the_height")


@mistake(
    "costs",
    hint="What does not fill another window is left out: sizes are rounded down, as // does.",
    read="sec-architectures-cost",
)
def rounded_to_the_nearest(layers, shape):
    """Sizes are rounded to the nearest whole number."""
    return _made(layers, shape, "rounded_to_the_nearest")


@mistake(
    "costs",
    hint="One γ and one β serve all places of a channel.",
    read="sec-architectures-cost",
    corner="norms",
)
def norm_for_each_number(layers, shape):
    """A norm learns γ and β for each channel and place."""
    return _made(layers, shape, "norm_for_each_number")


# --- right answers, written another way ---


@alternative("costs")
def by_torch(layers, shape):
    """torch's layers on the meta device."""
    import torch

    parameters, multiply_adds, x = [], [], torch.zeros(1, *shape, device="meta")
    for kind, *what in layers:
        c = x.shape[1]
        if kind == "conv":
            filters, kernel, stride, padding, groups, bias = what
            how = {"groups": groups, "bias": bias, "device": "meta"}
            layer = torch.nn.Conv2d(c, filters, kernel, stride, padding, **how)
        elif kind == "norm":
            layer = torch.nn.BatchNorm2d(c, device="meta")
        elif kind == "relu":
            layer = torch.nn.ReLU()
        elif kind == "pool":
            layer = torch.nn.MaxPool2d(*what)
        elif kind == "mean":
            layer = torch.nn.AdaptiveAvgPool2d(1)
        else:
            x = x.flatten(1)[:, :, None, None]
            layer = torch.nn.Conv2d(x.shape[1], what[0], 1, device="meta")
        x = layer(x)
        parameters.append(sum(p.numel() for p in layer.parameters()))
        weight = layer.weight.numel() if kind in ("conv", "linear") else 0
        multiply_adds.append(weight * x.shape[2] * x.shape[3])
    return parameters, multiply_adds


@alternative("costs")
def by_recursion(layers, shape):
    """The first layer, and then the rest."""
    if not layers:
        return [], []
    (kind, *what), (c, h, w) = layers[0], shape
    learnt, products, out = 0, 0, shape
    if kind == "conv":
        k, (kh, kw), s, p, g, bias = what
        out = k, (h + 2 * p - kh + s) // s, (w + 2 * p - kw + s) // s
        learnt = k * c * kh * kw // g + (k if bias else 0)
        products = k * c * kh * kw // g * out[1] * out[2]
    elif kind == "norm":
        learnt = c + c
    elif kind == "pool":
        out = c, len(range(0, h - what[0] + 1, what[1])), len(range(0, w - what[0] + 1, what[1]))
    elif kind == "mean":
        out = c, 1, 1
    elif kind == "linear":
        out, products = (what[0], 1, 1), what[0] * c * h * w
        learnt = what[0] * (c * h * w + 1)
    rest = by_recursion(layers[1:], out)
    return [learnt, *rest[0]], [products, *rest[1]]
