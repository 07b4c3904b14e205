"""Wrong answers to `fc_to_conv` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _kernel(weight, x, size, wrong):
    k, c, (h, w) = len(weight), x.shape[1], size
    if wrong == "channels_last":
        return weight.reshape(k, h, w, c).permute(0, 3, 1, 2)
    if wrong == "column_by_column":
        return weight.reshape(k, c, w, h).transpose(2, 3)
    if wrong == "kernel_flipped":
        return weight.reshape(k, c, h, w).flip(2, 3)
    if wrong == "channels_reversed":
        return weight.reshape(k, c, h, w).flip(1)
    if wrong == "size_exchanged":
        return weight.reshape(k, c, w, h)
    if wrong == "averaged":
        return weight.reshape(k, c, h, w) / (h * w)
    return weight.reshape(k, c, h, w)


def _made(x, layers, size, wrong):
    (weight, bias), *others = layers
    if wrong == "bias_forgotten":
        bias = torch.zeros_like(bias)
    kernel = _kernel(weight, x, size, wrong)
    if wrong == "padded":
        kernel_input = F.pad(
            x, ((size[1] - 1) // 2, size[1] // 2, (size[0] - 1) // 2, size[0] // 2)
        )
        y = F.conv2d(kernel_input, kernel, bias)
    elif wrong == "steps_of_the_size":
        y = F.conv2d(x, kernel, bias, stride=size)
    elif wrong == "first_place_alone":
        y = F.conv2d(x[:, :, : size[0], : size[1]], kernel, bias)
    elif wrong == "pooled_first":
        small = F.adaptive_avg_pool2d(x, size)
        y = F.conv2d(small, kernel, bias)
    else:
        y = F.conv2d(x, kernel, bias)
    if wrong == "first_layer_alone":
        return y
    if wrong == "relu_on_the_input":
        y = F.conv2d(F.relu(x), kernel, bias)
    if wrong == "relu_everywhere":
        y = F.relu(y)
    for weight, bias in others:
        if wrong == "bias_forgotten":
            bias = torch.zeros_like(bias)
        if wrong == "only_first_bias":
            bias = torch.zeros_like(bias)
        middle = y if wrong in ("no_relu", "relu_at_the_end_alone") else F.relu(y)
        if wrong == "sigmoid":
            middle = torch.sigmoid(y)
        y = F.conv2d(middle, weight[:, :, None, None], bias)
        if wrong in ("relu_everywhere",):
            y = F.relu(y)
    if wrong == "relu_at_the_end_alone":
        return F.relu(y) if others else y
    if wrong == "last_layer_dropped" and others:
        return middle
    if wrong == "softmax_at_the_end":
        return y.softmax(dim=1)
    if wrong == "class_last":
        return y.permute(0, 2, 3, 1)
    if wrong == "flattened":
        return y.flatten(2)
    if wrong == "mean_over_places":
        return y.mean(dim=(2, 3))
    return y


@mistake(
    "fc_to_conv",
    hint="`flatten` takes channel 0 whole, then channel 1. The weights lie in the same order, so that their reshape has the channels before rows and columns.",
    read="sec-seg-convolutionalize",
)
def channels_last(x, layers, size):
    """The first layer's weights are taken as rows, columns, channels."""
    return _made(x, layers, size, "channels_last")


@mistake(
    "fc_to_conv",
    hint="Within a channel, `flatten` goes row by row.",
    read="sec-seg-convolutionalize",
)
def column_by_column(x, layers, size):
    """The first layer's weights are taken column by column."""
    return _made(x, layers, size, "column_by_column")


@mistake(
    "fc_to_conv",
    hint="torch's `conv2d` does not flip its kernel: the first weight meets the first pixel of the part.",
    read="sec-seg-convolutionalize",
)
def kernel_flipped(x, layers, size):
    """The kernel is turned by half a turn."""
    return _made(x, layers, size, "kernel_flipped")


@mistake(
    "fc_to_conv",
    hint="Channel 0 comes first in the layer's weights, and in the kernel.",
    read="sec-seg-convolutionalize",
)
def channels_reversed(x, layers, size):
    """The channels are taken from the last to the first."""
    return _made(x, layers, size, "channels_reversed")


@mistake(
    "fc_to_conv",
    hint="size is (h, w), the height first. A kernel that is not square shows the difference.",
    read="sec-seg-convolutionalize",
)
def size_exchanged(x, layers, size):
    """Height and width of the kernel are exchanged."""
    return _made(x, layers, size, "size_exchanged")


@mistake(
    "fc_to_conv",
    hint="The linear layer sums; so does the convolution. Nothing is left to divide by.",
    read="sec-seg-convolutionalize",
)
def averaged(x, layers, size):
    """The weights are divided by the number of pixels."""
    return _made(x, layers, size, "averaged")


@mistake(
    "fc_to_conv",
    hint="Each linear layer has a bias, which its convolution needs as well.",
    read="sec-seg-convolutionalize",
)
def bias_forgotten(x, layers, size):
    """The biases are left out."""
    return _made(x, layers, size, "bias_forgotten")


@mistake(
    "fc_to_conv",
    hint="The classifier is laid only where it fits: H − h + 1 places from top to bottom.",
    read="sec-seg-convolutionalize",
)
def padded(x, layers, size):
    """The maps are padded, so that they keep their size."""
    return _made(x, layers, size, "padded")


@mistake(
    "fc_to_conv",
    hint="Neighbouring parts overlap: they begin one pixel apart.",
    read="sec-seg-convolutionalize",
)
def steps_of_the_size(x, layers, size):
    """The classifier moves by its own size."""
    return _made(x, layers, size, "steps_of_the_size")


@mistake(
    "fc_to_conv",
    hint="The answer has one place for each part of x, not one in all.",
    read="sec-seg-convolutionalize",
)
def first_place_alone(x, layers, size):
    """Only the upper left part is classified."""
    return _made(x, layers, size, "first_place_alone")


@mistake(
    "fc_to_conv",
    hint="Pooling to one size gives one answer for the whole image. Here each place has its own.",
    read="sec-seg-convolutionalize",
)
def pooled_first(x, layers, size):
    """The maps are pooled to the size for which the layers were made."""
    return _made(x, layers, size, "pooled_first")


@mistake(
    "fc_to_conv",
    hint="Each further linear layer follows as a 1 × 1 convolution.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def first_layer_alone(x, layers, size):
    """Only the first layer is applied."""
    return _made(x, layers, size, "first_layer_alone")


@mistake(
    "fc_to_conv",
    hint="A ReLU stands between two layers, not before the first.",
    read="sec-seg-convolutionalize",
)
def relu_on_the_input(x, layers, size):
    """There is a ReLU before the first layer, too."""
    return _made(x, layers, size, "relu_on_the_input")


@mistake(
    "fc_to_conv",
    hint="Scores may be negative: nothing follows the last layer.",
    read="sec-seg-convolutionalize",
)
def relu_everywhere(x, layers, size):
    """There is a ReLU behind the last layer, too."""
    return _made(x, layers, size, "relu_everywhere")


@mistake(
    "fc_to_conv",
    hint="Without a ReLU between them, two linear layers are one.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def no_relu(x, layers, size):
    """There is no ReLU between the layers."""
    return _made(x, layers, size, "no_relu")


@mistake(
    "fc_to_conv",
    hint="The ReLU belongs between two layers, and not behind the last.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def relu_at_the_end_alone(x, layers, size):
    """The ReLU is behind the last layer, and none between them."""
    return _made(x, layers, size, "relu_at_the_end_alone")


@mistake(
    "fc_to_conv",
    hint="Between the layers is a ReLU.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def sigmoid(x, layers, size):
    """There is a sigmoid between the layers."""
    return _made(x, layers, size, "sigmoid")


@mistake(
    "fc_to_conv",
    hint="The 1 × 1 convolutions have biases, too.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def only_first_bias(x, layers, size):
    """Only the first layer has its bias."""
    return _made(x, layers, size, "only_first_bias")


@mistake(
    "fc_to_conv",
    hint="The loop ends one layer too early.",
    read="sec-seg-convolutionalize",
    corner="several layers",
)
def last_layer_dropped(x, layers, size):
    """The last layer is left out."""
    return _made(x, layers, size, "last_layer_dropped")


@mistake(
    "fc_to_conv",
    hint="Scores are asked for, as the linear layers give them.",
    read="sec-seg-convolutionalize",
)
def softmax_at_the_end(x, layers, size):
    """A softmax over the classes is taken at the end."""
    return _made(x, layers, size, "softmax_at_the_end")


@mistake(
    "fc_to_conv",
    hint="Maps are (N, K, rows, columns), the classes second.",
    read="sec-seg-convolutionalize",
)
def class_last(x, layers, size):
    """The classes come last."""
    return _made(x, layers, size, "class_last")


@mistake(
    "fc_to_conv",
    hint="The result has four axes: where in the image each answer belongs must remain visible.",
    read="sec-seg-convolutionalize",
)
def flattened(x, layers, size):
    """Rows and columns of the result are one axis."""
    return _made(x, layers, size, "flattened")


@mistake(
    "fc_to_conv", hint="Each place keeps an answer of its own.", read="sec-seg-convolutionalize"
)
def mean_over_places(x, layers, size):
    """The answers of all places are averaged."""
    return _made(x, layers, size, "mean_over_places")


@mistake(
    "fc_to_conv",
    hint="A convolution takes all images of the batch at once.",
    read="sec-seg-convolutionalize",
    corner="no loop",
)
def loop_over_images(x, layers, size):
    """A loop goes over the images."""
    parts = []
    for image in x:
        y = _made(image[None], layers, size, "")
        parts.append(y)
    return torch.cat(parts)


@mistake(
    "fc_to_conv",
    hint="A convolution goes over all places by itself: which weights, in which shape, does it need?",
    read="sec-seg-convolutionalize",
    corner="no loop",
)
def loop_over_places(x, layers, size):
    """A loop goes over the places."""
    rows = []
    for r in range(x.shape[2] - size[0] + 1):
        row = []
        for c in range(x.shape[3] - size[1] + 1):
            y = x[:, :, r : r + size[0], c : c + size[1]].flatten(1)
            for number, (weight, bias) in enumerate(layers):
                y = F.linear(F.relu(y) if number else y, weight, bias)
            row.append(y)
        rows.append(torch.stack(row, dim=2))
    return torch.stack(rows, dim=2)


@mistake(
    "fc_to_conv",
    hint="The graph begins at x and at the weights and biases that came. What is detached, or goes through NumPy, learns nothing.",
    read="sec-seg-convolutionalize",
    corner="gradients",
)
def input_detached(x, layers, size):
    """x is detached."""
    return _made(x.detach(), layers, size, "")


@mistake("fc_to_conv", same_as="input_detached", corner="gradients")
def middle_detached(x, layers, size):
    """The maps between the layers are detached."""
    (weight, bias), *others = layers
    y = F.conv2d(x, weight.reshape(len(weight), x.shape[1], *size), bias)
    for weight, bias in others:
        y = F.conv2d(F.relu(y.detach()), weight[:, :, None, None], bias)
    return y


@mistake(
    "fc_to_conv",
    hint="A copy of the weights is no part of the graph: hand the tensors that came to `F.conv2d`.",
    read="sec-seg-convolutionalize",
    corner="gradients",
)
def weights_detached(x, layers, size):
    """The weights and biases are detached, as with `.data`."""
    return _made(x, [(weight.detach(), bias.detach()) for weight, bias in layers], size, "")


@mistake("fc_to_conv", same_as="input_detached", corner="gradients")
def by_way_of_numpy(x, layers, size):
    """The result is computed from copies, which leaves the graph."""
    with torch.no_grad():
        return _made(x, layers, size, "")


@mistake(
    "fc_to_conv",
    hint="A new layer of torch.nn draws its weights from torch's global random state, and yours are no part of it. `F.conv2d` takes x, a kernel and a bias.",
    read="sec-seg-convolutionalize",
)
def layers_of_torch_nn(x, layers, size):
    """Layers of torch.nn are made, and the weights copied into their `.data`."""
    (weight, bias), *others = layers
    kernels = [(weight.reshape(len(weight), x.shape[1], *size), bias)]
    kernels += [(weight[:, :, None, None], bias) for weight, bias in others]
    y = x
    for i, (weight, bias) in enumerate(kernels):
        layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]))
        layer.weight.data, layer.bias.data = weight, bias
        y = layer(F.relu(y) if i else y)
    return y


# --- right answers, written another way ---


@alternative("fc_to_conv")
def by_unfold(x, layers, size):
    """All parts as columns, then the linear layers as they are."""
    columns = F.unfold(x, size).transpose(1, 2)  # (N, L, C·h·w)
    for number, (weight, bias) in enumerate(layers):
        columns = F.linear(F.relu(columns) if number else columns, weight, bias)
    rows = x.shape[2] - size[0] + 1
    return columns.transpose(1, 2).reshape(len(x), -1, rows, x.shape[3] - size[1] + 1)


@alternative("fc_to_conv")
def by_matrix_products(x, layers, size):
    """The first layer as a convolution, the others as products over the channels."""
    first, bias = layers[0]
    y = F.conv2d(x, first.view(first.shape[0], -1, size[0], size[1])) + bias.view(1, -1, 1, 1)
    for weight, bias in layers[1:]:
        y = torch.einsum("nchw,kc->nkhw", y.clamp(min=0), weight) + bias[:, None, None]
    return y
