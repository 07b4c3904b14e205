"""Wrong answers to `receptive_field` that students really give, and right ones written another way."""

from autograder.authoring.catalogue import alternative, mistake


def _field(layers):
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start


@mistake(
    "receptive_field",
    hint="A kernel of 3 has two steps between its three entries: it adds kernel − 1, not kernel.",
    read="sec-conv-field-recursion",
)
def adds_kernel(layers):
    """Each layer adds its whole kernel, not the kernel less one."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * kernel * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start


@mistake("receptive_field", same_as="adds_kernel")
def starts_at_zero(layers):
    """A pixel is taken to see 0 pixels."""
    size, jump, start = _field(layers)
    return size - 1, jump, start


@mistake(
    "receptive_field",
    hint="The steps of a layer are as long as the strides *below* it multiply to. Its own stride matters to the layers above alone.",
    read="sec-conv-field-recursion",
    corner="stride",
)
def own_stride_first(layers):
    """A layer's own stride already lengthens its steps."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        start -= padding * jump
        jump *= stride
        size += dilation * (kernel - 1) * jump
    return size, jump, start


@mistake(
    "receptive_field",
    hint="After a stride of 2, neighbours are two pixels apart, and a kernel above reaches twice as far.",
    read="sec-conv-field-recursion",
    corner="stride",
)
def stride_ignored(layers):
    """The strides do not lengthen the steps."""
    size = 1 + sum(dilation * (kernel - 1) for kernel, _, _, dilation in layers)
    return size, _field(layers)[1], _field(layers)[2]


@mistake(
    "receptive_field",
    hint="Each stride lengthens the steps of all layers above it: strides multiply.",
    read="sec-conv-field-recursion",
    corner="stride",
)
def last_stride_only(layers):
    """A layer's steps are as long as the stride of the layer below it, not as all of them multiply to."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump = stride
    return size, jump, start


@mistake(
    "receptive_field",
    hint="Two strides of 2 make steps of 4, and of 3, 3 and 3 of 27: they multiply.",
    read="sec-conv-field-recursion",
    corner="stride",
)
def strides_added(layers):
    """The strides are added up."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump += stride - 1 if stride == 1 else stride
    return size, jump, start


@mistake(
    "receptive_field",
    hint="jump is how far neighbours after *all* layers are apart, so the last stride counts, too.",
    read="sec-conv-field-recursion",
    corner="stride",
)
def last_stride_forgotten(layers):
    """The stride of the last layer is left out of the jump."""
    size, _, start = _field(layers)
    return size, _field(layers[:-1])[1], start


@mistake(
    "receptive_field",
    hint="Two kernels of 3 on top of each other see 5 pixels, not 9: their windows overlap.",
    read="sec-conv-field-recursion",
)
def kernels_multiplied(layers):
    """The kernels are multiplied."""
    _, jump, start = _field(layers)
    product = 1
    for kernel, *_ in layers:
        product *= kernel
    return product, jump, start


@mistake(
    "receptive_field",
    hint="Layers are added up from the first one on. Yours begins with the second.",
    read="sec-conv-field-recursion",
)
def first_layer_left_out(layers):
    """The kernel of the first layer is not counted."""
    size, jump, start = _field(layers)
    return size - (layers[0][3] * (layers[0][0] - 1) if layers else 0), jump, start


@mistake(
    "receptive_field",
    hint="The unit stands after the last layer, so what that layer sees counts, too.",
    read="sec-conv-field-recursion",
)
def last_layer_left_out(layers):
    """The kernel of the last layer is not counted."""
    return _field(layers[:-1])[0], *_field(layers)[1:]


@mistake(
    "receptive_field",
    hint="The list begins at the image. Yours is read from its end.",
    read="sec-conv-field-recursion",
)
def order_reversed(layers):
    """The layers are taken from the last to the first."""
    return _field(layers[::-1])


@mistake(
    "receptive_field",
    hint="A kernel with dilation reaches further with as many entries.",
    read="sec-conv-field-recursion",
    corner="dilation",
)
def dilation_ignored(layers):
    """The dilation is not used."""
    return _field([(kernel, stride, padding, 1) for kernel, stride, padding, _ in layers])


@mistake(
    "receptive_field",
    hint="Three entries with a dilation of 2 span five pixels, × · × · ×, not six.",
    read="sec-conv-field-recursion",
    corner="dilation",
)
def span_is_product(layers):
    """A kernel is taken to span dilation times kernel pixels."""
    return _field(
        [(dilation * kernel, stride, padding, 1) for kernel, stride, padding, dilation in layers]
    )


@mistake(
    "receptive_field",
    hint="Dilation spreads this layer's kernel, and does nothing to the distance of its units.",
    read="sec-conv-field-recursion",
    corner="dilation",
)
def dilation_as_stride(layers):
    """The dilation lengthens the steps of the layers above."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride * dilation
    return size, jump, start


@mistake(
    "receptive_field",
    hint="Padding adds units at the border. It moves where the first unit's field begins, and does not make it larger.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def padding_widens(layers):
    """The padding makes the field larger."""
    size, jump, start = _field(layers)
    return size - 2 * start, jump, start


@mistake(
    "receptive_field",
    hint="With padding the first field begins before the first pixel, at a negative number.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def start_positive(layers):
    """The start has the other sign."""
    size, jump, start = _field(layers)
    return size, jump, -start


@mistake(
    "receptive_field",
    hint="Padding in a higher layer is made of that layer's units, which are a jump apart.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def start_without_jump(layers):
    """The paddings are added up as if all were pixels."""
    size, jump, _ = _field(layers)
    return size, jump, -sum(padding for _, _, padding, _ in layers)


@mistake(
    "receptive_field",
    hint="The padding of a layer lies among the units below it, which are apart by the strides of the layers *below*, without its own.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def start_with_own_stride(layers):
    """The padding of a layer is multiplied by its own stride, too."""
    size, jump, start = 1, 1, 0
    for kernel, stride, padding, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump *= stride
        start -= padding * jump
    return size, jump, start


@mistake(
    "receptive_field",
    hint="The first unit's field begins before the image where there is padding.",
    read="sec-conv-field-recursion",
    corner="padding",
)
def start_ignored(layers):
    """The start is always 0."""
    return *_field(layers)[:2], 0


@mistake(
    "receptive_field",
    hint="start is the first pixel that the first unit sees, not the middle of its field.",
    read="sec-conv-field-recursion",
)
def start_is_centre(layers):
    """The start is the middle of the first field."""
    size, jump, start = _field(layers)
    return size, jump, start + (size - 1) // 2


@mistake(
    "receptive_field",
    hint="The field of the last layer is asked for: three numbers.",
    read="sec-conv-field-recursion",
)
def of_every_layer(layers):
    """There is a result for each layer."""
    return [_field(layers[: n + 1]) for n in range(len(layers))]


@mistake("receptive_field", same_as="of_every_layer")
def size_alone(layers):
    """The size alone is returned."""
    return _field(layers)[0]


@mistake(
    "receptive_field",
    hint="Without layers, a unit is a pixel. layers[0] is an error there: begin with (1, 1, 0) and let the loop do the rest.",
    read="sec-conv-field-recursion",
    corner="no layers",
)
def fails_without_layers(layers):
    """An empty list of layers is an error."""
    kernel, stride, padding, dilation = layers[0]
    size, jump, start = dilation * (kernel - 1) + 1, stride, -padding
    for kernel, stride, padding, dilation in layers[1:]:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return size, jump, start


# --- right answers, written another way ---


@alternative("receptive_field")
def backwards(layers):
    """From the unit back to the pixels: the first and the last of the units that are seen."""
    first = last = 0
    neighbour = 1
    for kernel, stride, padding, dilation in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + dilation * (kernel - 1)
        neighbour = neighbour * stride - padding
    return last - first + 1, neighbour - first, first


@alternative("receptive_field")
def by_sums(layers):
    """Each step is the product of the strides below."""
    steps = [1]
    for layer in layers:
        steps.append(steps[-1] * layer[1])
    size = 1 + sum(step * d * (k - 1) for step, (k, _, _, d) in zip(steps, layers))
    return size, steps[-1], -sum(step * p for step, (_, _, p, _) in zip(steps, layers))
