"""Wrong answers to `dense_block` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _relu(maps, wrong):
    if wrong == "no_relu":
        return maps
    return F.relu(maps)


def _made(x, layers, transition, wrong):
    if wrong == "changes_x":
        x = x.clone()
    first = x
    for layer in layers:
        new = first if wrong == "sees_x_alone" else x
        if wrong == "sees_the_last_alone":
            new = x[:, -layer[0].shape[1] :]
        if wrong == "means_of_all" and layer[0].shape[1] == x.shape[1]:
            new = x
        for i, weight in enumerate(layer):
            rim = weight.shape[2] // 2
            if wrong == "unpadded":
                rim = 0
            if wrong == "padding_for_all":
                rim = 1
            if wrong == "relu_behind":
                new = F.relu(F.conv2d(new, weight, padding=rim))
            elif wrong == "relu_on_both_sides":
                new = F.relu(F.conv2d(F.relu(new), weight, padding=rim))
            elif (wrong == "no_relu_between" and i) or (wrong == "no_relu_first" and not i):
                new = F.conv2d(new, weight, padding=rim)
            elif wrong == "flipped":
                new = F.conv2d(F.relu(new), weight.flip(2, 3), padding=rim)
            else:
                new = F.conv2d(_relu(new, wrong), weight, padding=rim)
            if wrong == "keeps_the_bottleneck" and len(layer) > 1 and not i:
                few = new
        if wrong == "bottleneck_alone" and len(layer) > 1:
            new = F.conv2d(F.relu(x), layer[0])
            new = new[:, : layer[1].shape[0]]
        if wrong == "new_first":
            x = torch.cat([new, x], dim=1)
        elif wrong == "added":
            k = min(new.shape[1], x.shape[1])
            x = torch.cat([x[:, :k] + new[:, :k], x[:, k:]], dim=1)
        elif wrong == "last_alone":
            x = new
        elif wrong == "relu_is_kept":
            x = torch.cat([F.relu(x), new], dim=1)
        elif wrong == "negatives_lost":
            x = torch.cat([x, F.relu(new)], dim=1)
        elif wrong == "keeps_the_bottleneck" and len(layer) > 1:
            x = torch.cat([x, few, new], dim=1)
        elif wrong == "old_is_cut_off":
            x = torch.cat([x.detach(), new], dim=1)
        elif wrong == "new_is_cut_off":
            x = torch.cat([x, new.detach()], dim=1)
        elif wrong == "along_rows":
            x = torch.cat([x, new], dim=2)
        elif wrong == "along_images":
            x = torch.cat([x, new], dim=0)
        elif wrong == "in_the_middle":
            c = first.shape[1]
            x = torch.cat([x[:, :c], new, x[:, c:]], dim=1)
        elif wrong == "residual_too" and new.shape[1] == x.shape[1]:
            x = torch.cat([x, new + x], dim=1)
        else:
            x = torch.cat([x, new], dim=1)
    if wrong == "without_x":
        x = x[:, first.shape[1] :]
    if wrong == "x_again":
        x = torch.cat([x, first], dim=1)
    if transition is None:
        return F.relu(x) if wrong == "relu_at_the_end" else x
    if wrong == "transition_ignored":
        return x
    if wrong == "pools_first":
        return F.conv2d(F.relu(F.avg_pool2d(x, 2)), transition)
    if wrong == "no_relu_in_transition":
        return F.avg_pool2d(F.conv2d(x, transition), 2)
    if wrong == "relu_behind_transition":
        return F.avg_pool2d(F.relu(F.conv2d(F.relu(x), transition)), 2)
    if wrong == "relu_behind_alone":
        return F.avg_pool2d(F.relu(F.conv2d(x, transition)), 2)
    x = F.conv2d(_relu(x, wrong), transition)
    if wrong == "transition_unpooled":
        return x
    if wrong == "max_pooling":
        return F.max_pool2d(x, 2)
    if wrong == "rounded_up":
        return F.avg_pool2d(x, 2, ceil_mode=True)
    if wrong == "sums_for_means":
        return 4 * F.avg_pool2d(x, 2)
    if wrong == "every_other_pixel":
        return x[:, :, ::2, ::2][:, :, : x.shape[2] // 2, : x.shape[3] // 2]
    if wrong == "overlapping_means":
        return F.avg_pool2d(x, 2, stride=1)
    if wrong == "rows_alone":
        return F.avg_pool2d(x, (2, 1))
    if wrong == "transition_cut_off":
        return F.avg_pool2d(x.detach(), 2)
    return F.avg_pool2d(x, 2)


@mistake(
    "dense_block",
    hint="All maps are kept: a layer puts its own behind them.",
    read="sec-architectures-dense",
)
def last_alone(x, layers, transition):
    """A layer's maps take the place of those before."""
    for layer in layers:
        for weight in layer:
            x = F.conv2d(F.relu(x), weight, padding=weight.shape[2] // 2)
    return x if transition is None else F.avg_pool2d(F.conv2d(F.relu(x), transition), 2)


@mistake(
    "dense_block",
    hint="A dense block concatenates. Adding is what a residual block does.",
    read="sec-architectures-dense",
)
def added(x, layers, transition):
    """A layer's maps are added to those before."""
    return _made(x, layers, transition, "added")


@mistake(
    "dense_block",
    hint="New maps go behind all that are there, or the next layer's weights meet the wrong ones.",
    read="sec-architectures-dense",
)
def new_first(x, layers, transition):
    """A layer's maps are put before the others."""
    return _made(x, layers, transition, "new_first")


@mistake(
    "dense_block", hint="New maps go behind all that are there.", read="sec-architectures-dense"
)
def in_the_middle(x, layers, transition):
    """New maps are put right behind those of x, before those of earlier layers."""
    return _made(x, layers, transition, "in_the_middle")


@mistake(
    "dense_block",
    hint="A layer sees all maps there are, so its weights have as many channels.",
    read="sec-architectures-dense",
)
def sees_x_alone(x, layers, transition):
    """Each layer sees x, and not what other layers made."""
    return _made(x, layers, transition, "sees_x_alone")


@mistake("dense_block", hint="Channels are axis 1.", read="sec-architectures-dense")
def along_rows(x, layers, transition):
    """The maps are put one below the other."""
    return _made(x, layers, transition, "along_rows")


@mistake(
    "dense_block",
    hint="Channels are axis 1. The batch keeps its size.",
    read="sec-architectures-dense",
)
def along_images(x, layers, transition):
    """The maps are put together as further images."""
    return _made(x, layers, transition, "along_images")


@mistake("dense_block", same_as="last_alone")
def without_x(x, layers, transition):
    """The maps of x are missing in the result."""
    return _made(x, layers, transition, "without_x")


@mistake(
    "dense_block",
    hint="The result has each map once: those of x, then those of each layer.",
    read="sec-architectures-dense",
)
def x_again(x, layers, transition):
    """The maps of x come once more at the end."""
    return _made(x, layers, transition, "x_again")


@mistake(
    "dense_block",
    hint="Each convolution sees the ReLU of what it is given. Without it the block is a linear map.",
    read="sec-architectures-dense",
)
def no_relu(x, layers, transition):
    """There is no ReLU."""
    return _made(x, layers, transition, "no_relu")


@mistake(
    "dense_block",
    hint="The ReLU comes first, as in pre-activation.",
    read="sec-architectures-dense",
)
def relu_behind(x, layers, transition):
    """ReLUs come behind the convolutions, and none before."""
    return _made(x, layers, transition, "relu_behind")


@mistake("dense_block", same_as="negatives_lost")
def relu_on_both_sides(x, layers, transition):
    """There is a ReLU before and behind each convolution."""
    return _made(x, layers, transition, "relu_on_both_sides")


@mistake(
    "dense_block",
    hint="The next layer takes the ReLU itself. What is handed on stays negative where it is.",
    read="sec-architectures-dense",
)
def negatives_lost(x, layers, transition):
    """What a layer hands on has gone through a ReLU."""
    return _made(x, layers, transition, "negatives_lost")


@mistake(
    "dense_block",
    hint="The ReLU is for what a layer sees. What is handed on are the maps themselves.",
    read="sec-architectures-dense",
)
def relu_is_kept(x, layers, transition):
    """Older maps are replaced by their ReLU."""
    return _made(x, layers, transition, "relu_is_kept")


@mistake(
    "dense_block", hint="Negative maps stay negative in the result.", read="sec-architectures-dense"
)
def relu_at_the_end(x, layers, transition):
    """The result goes through a ReLU."""
    return _made(x, layers, transition, "relu_at_the_end")


@mistake(
    "dense_block",
    hint="Each convolution sees the ReLU of what it is given, the second one as well.",
    read="sec-architectures-dense",
    corner="bottlenecks",
)
def no_relu_between(x, layers, transition):
    """There is no ReLU between the two convolutions of a bottleneck."""
    return _made(x, layers, transition, "no_relu_between")


@mistake("dense_block", same_as="no_relu")
def no_relu_first(x, layers, transition):
    """A layer's first convolution sees the maps without a ReLU."""
    return _made(x, layers, transition, "no_relu_first")


@mistake(
    "dense_block",
    hint="Only what comes out of the last convolution is added to the maps.",
    read="sec-architectures-dense",
    corner="bottlenecks",
)
def keeps_the_bottleneck(x, layers, transition):
    """The maps between a bottleneck's convolutions are kept as well."""
    return _made(x, layers, transition, "keeps_the_bottleneck")


@mistake(
    "dense_block",
    hint="1 × 1 first, then 3 × 3.",
    read="sec-architectures-dense",
    corner="bottlenecks",
)
def bottleneck_alone(x, layers, transition):
    """A bottleneck's second convolution is left out."""
    return _made(x, layers, transition, "bottleneck_alone")


@mistake(
    "dense_block",
    hint="A kernel of one pixel needs no padding: its maps would grow by two rows and columns.",
    read="sec-architectures-dense",
    corner="bottlenecks",
)
def padding_for_all(x, layers, transition):
    """1 × 1 is padded, too."""
    return _made(x, layers, transition, "padding_for_all")


@mistake(
    "dense_block",
    hint="Pad with 1, so that all maps have the same size.",
    read="sec-architectures-dense",
)
def unpadded(x, layers, transition):
    """3 × 3 is not padded."""
    return _made(x, layers, transition, "unpadded")


@mistake(
    "dense_block",
    hint="torch's convolution does not turn its kernel.",
    read="sec-architectures-dense",
)
def flipped(x, layers, transition):
    """The kernels are turned round."""
    return _made(x, layers, transition, "flipped")


@mistake(
    "dense_block",
    hint="Where there are weights for it, it comes at the end.",
    read="sec-architectures-dense",
    corner="transitions",
)
def transition_ignored(x, layers, transition):
    """The transition is left out."""
    return _made(x, layers, transition, "transition_ignored")


@mistake(
    "dense_block",
    hint="Its convolution makes fewer maps, and the means over 2 × 2 smaller ones.",
    read="sec-architectures-dense",
    corner="transitions",
)
def transition_unpooled(x, layers, transition):
    """The transition does not take means."""
    return _made(x, layers, transition, "transition_unpooled")


@mistake(
    "dense_block",
    hint="A ReLU, the convolution, and the means.",
    read="sec-architectures-dense",
    corner="transitions",
)
def no_relu_in_transition(x, layers, transition):
    """The transition has no ReLU."""
    return _made(x, layers, transition, "no_relu_in_transition")


@mistake(
    "dense_block",
    hint="One ReLU, before the convolution.",
    read="sec-architectures-dense",
    corner="transitions",
)
def relu_behind_transition(x, layers, transition):
    """The transition has a second ReLU, behind its convolution."""
    return _made(x, layers, transition, "relu_behind_transition")


@mistake(
    "dense_block",
    hint="The ReLU comes first here, too.",
    read="sec-architectures-dense",
    corner="transitions",
)
def relu_behind_alone(x, layers, transition):
    """The transition's ReLU comes behind its convolution."""
    return _made(x, layers, transition, "relu_behind_alone")


@mistake(
    "dense_block",
    hint="A ReLU, the convolution, and then the means. The mean of ReLUs is not the ReLU of the mean.",
    read="sec-architectures-dense",
    corner="transitions",
)
def pools_first(x, layers, transition):
    """The transition takes its means before the ReLU."""
    return _made(x, layers, transition, "pools_first")


@mistake(
    "dense_block",
    hint="Means over 2 × 2 pixels.",
    read="sec-architectures-dense",
    corner="transitions",
)
def max_pooling(x, layers, transition):
    """The transition takes maxima."""
    return _made(x, layers, transition, "max_pooling")


@mistake(
    "dense_block",
    hint="A mean divides by four.",
    read="sec-architectures-dense",
    corner="transitions",
)
def sums_for_means(x, layers, transition):
    """The transition adds up 2 × 2 pixels."""
    return _made(x, layers, transition, "sums_for_means")


@mistake(
    "dense_block",
    hint="The mean over 2 × 2 pixels sees all of them.",
    read="sec-architectures-dense",
    corner="transitions",
)
def every_other_pixel(x, layers, transition):
    """The transition takes every other pixel."""
    return _made(x, layers, transition, "every_other_pixel")


@mistake(
    "dense_block",
    hint="2 × 2 pixels in steps of two: half as high and wide.",
    read="sec-architectures-dense",
    corner="transitions",
)
def overlapping_means(x, layers, transition):
    """The transition's means overlap."""
    return _made(x, layers, transition, "overlapping_means")


@mistake(
    "dense_block",
    hint="2 × 2 pixels: half as high, and half as wide.",
    read="sec-architectures-dense",
    corner="transitions",
)
def rows_alone(x, layers, transition):
    """The transition takes means over two rows, and over one column."""
    return _made(x, layers, transition, "rows_alone")


@mistake(
    "dense_block",
    hint="It is left out, as torch does by default.",
    read="sec-architectures-dense",
    corner="transitions",
)
def rounded_up(x, layers, transition):
    """What does not fill 2 × 2 pixels gets a mean as well."""
    return _made(x, layers, transition, "rounded_up")


@mistake(
    "dense_block",
    hint="Every map has to pass its gradient down: no `.detach()`.",
    read="sec-architectures-dense",
    corner="gradients",
)
def old_is_cut_off(x, layers, transition):
    """The maps before a layer are cut off from the graph."""
    return _made(x, layers, transition, "old_is_cut_off")


@mistake(
    "dense_block",
    hint="Every weight has to learn: no `.detach()`.",
    read="sec-architectures-dense",
    corner="gradients",
)
def new_is_cut_off(x, layers, transition):
    """A layer's maps are cut off from the graph."""
    return _made(x, layers, transition, "new_is_cut_off")


# --- right answers, written another way ---


@alternative("dense_block")
def kept_in_a_list(x, layers, transition):
    """All maps in a list, put together for each layer."""
    maps = [x]
    for layer in layers:
        y = torch.cat(maps, 1)
        for weight in layer:
            y = F.conv2d(y.clamp(min=0), weight, None, 1, (weight.shape[-1] - 1) // 2)
        maps.append(y)
    y = torch.cat(maps, 1)
    if transition is None:
        return y
    y = F.conv2d(torch.relu(y), transition)
    h, w = y.shape[2] // 2 * 2, y.shape[3] // 2 * 2
    return (
        y[:, :, 0:h:2, 0:w:2]
        + y[:, :, 1:h:2, 0:w:2]
        + y[:, :, 0:h:2, 1:w:2]
        + y[:, :, 1:h:2, 1:w:2]
    ) / 4


@alternative("dense_block")
def pools_before_the_convolution(x, layers, transition):
    """The transition takes means before its convolution: both are linear, so their order does not matter."""
    if layers:
        y = x
        for weight in layers[0]:
            y = F.conv2d(F.relu(y), weight, padding="same")
        return pools_before_the_convolution(torch.hstack([x, y]), layers[1:], transition)
    if transition is not None:
        x = F.conv2d(F.avg_pool2d(torch.relu(x), 2), transition)
    return x
