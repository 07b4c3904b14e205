"""Wrong answers to `residual_block` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _norm(maps, gamma, wrong=""):
    if wrong == "really_normalised":
        maps = maps - maps.mean(dim=(0, 2, 3), keepdim=True)
        return gamma[:, None, None] * maps / (maps.var(dim=(0, 2, 3), keepdim=True) + 1e-5).sqrt()
    if wrong == "no_norm":
        return maps
    if wrong == "first_gamma_for_all":
        return maps * gamma[0]
    if wrong == "added_gamma":
        return maps + gamma[:, None, None]
    return maps * gamma[:, None, None]


def _around(x, start, channels, shortcut, stride, pre_activation, wrong):
    if shortcut is not None:
        if wrong == "projection_always_in_twos":
            return F.conv2d(start, shortcut, stride=min(stride, 2))
        if wrong == "shortcut_weights_ignored":
            shortcut = None
        elif wrong == "projects_x" and pre_activation:
            return F.conv2d(x, shortcut, stride=stride)
        elif wrong == "projection_padded":
            return F.conv2d(start, shortcut, stride=stride, padding=1)[
                :, :, : -(-x.shape[2] // stride), : -(-x.shape[3] // stride)
            ]
        elif wrong == "projection_with_relu":
            return F.relu(F.conv2d(start, shortcut, stride=stride))
        elif wrong == "projection_of_means":
            small = F.avg_pool2d(start, stride, ceil_mode=True)
            return F.conv2d(small, shortcut)
        elif wrong == "projection_unstrided":
            return F.conv2d(start, shortcut)
        elif wrong == "projection_then_identity":
            y = F.conv2d(start, shortcut, stride=stride)
            same = x.shape[1] == channels and stride == 1
            return y + x if same else y
        else:
            return F.conv2d(start, shortcut, stride=stride)
    identity = start if wrong == "identity_of_start" and pre_activation else x
    if wrong == "relu_of_identity":
        identity = F.relu(x)
    missing = channels - x.shape[1]
    if wrong == "identity_when_channels_agree" and missing == 0:
        return identity
    if wrong == "unstrided":
        return F.pad(identity, (0, 0, 0, 0, 0, missing))
    if wrong == "means_for_pixels":
        thin = F.avg_pool2d(identity, stride, ceil_mode=True)
    elif wrong == "maxima_for_pixels":
        thin = F.max_pool2d(identity, stride, ceil_mode=True)
    elif wrong == "last_pixels":
        thin = identity.flip(2, 3)[:, :, ::stride, ::stride].flip(2, 3)
    elif wrong == "upper_left":
        high, wide = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
        thin = identity[:, :, :high, :wide]
    elif wrong == "always_every_second":
        thin = identity if stride == 1 else identity[:, :, ::2, ::2]
    elif wrong == "resized":
        thin = F.interpolate(identity, (-(-x.shape[2] // stride), -(-x.shape[3] // stride)))
    elif wrong == "rows_alone":
        thin = identity[:, :, ::stride]
    else:
        thin = identity[:, :, ::stride, ::stride]
    if wrong == "zeros_first":
        return F.pad(thin, (0, 0, 0, 0, missing, 0))
    if wrong == "zeros_on_both_sides":
        return F.pad(thin, (0, 0, 0, 0, missing // 2, missing - missing // 2))
    if wrong == "channels_repeated" and missing:
        return torch.cat([thin] * channels, dim=1)[:, :channels]
    if wrong == "broadcast_channels" and x.shape[1] == 1:
        return thin
    if wrong == "no_way_without_weights" and (missing or stride > 1):
        return 0
    return F.pad(thin, (0, 0, 0, 0, 0, missing))


def _made(x, weights, gammas, shortcut, stride, pre_activation, wrong):
    if wrong == "orders_exchanged" and len(gammas[0]) == len(gammas[1]):
        pre_activation = not pre_activation
    if wrong == "always_original" and len(gammas[0]) == len(gammas[1]):
        pre_activation = False
    first, second = (
        gammas[::-1] if wrong == "gammas_exchanged" and len(gammas[0]) == len(gammas[1]) else gammas
    )
    strides = (stride, 1)
    if wrong == "stride_in_the_second":
        strides = (1, stride)
    if wrong == "stride_in_both":
        strides = (stride, stride)
    if wrong == "stride_forgotten":
        strides = (1, 1)
    pad = 0 if wrong == "unpadded" else 1
    w1, w2 = weights
    if wrong == "first_weights_twice" and w1.shape == w2.shape:
        w2 = w1
    if pre_activation:
        start = F.relu(_norm(x, first, wrong))
        if wrong == "relu_then_norm":
            start = _norm(F.relu(x), first)
        if wrong == "no_first_relu":
            start = _norm(x, first)
        maps = F.conv2d(start, w1, stride=strides[0], padding=pad)
        if wrong == "relu_then_norm":
            maps = _norm(F.relu(maps), second)
        elif wrong == "no_inner_relu":
            maps = _norm(maps, second, wrong)
        else:
            maps = F.relu(_norm(maps, second, wrong))
        maps = F.conv2d(maps, w2, stride=strides[1], padding=pad)
        if wrong == "relu_before_sum":
            maps = F.relu(maps)
        if wrong == "in_place":
            start = F.relu(_norm(x, first))
    else:
        start = x
        maps = F.conv2d(x, w1, stride=strides[0], padding=pad)
        if wrong == "relu_then_norm":
            maps = _norm(F.relu(maps), first)
        elif wrong == "no_inner_relu":
            maps = _norm(maps, first, wrong)
        else:
            maps = F.relu(_norm(maps, first, wrong))
        maps = F.conv2d(maps, w2, stride=strides[1], padding=pad)
        if wrong != "no_second_norm":
            maps = _norm(maps, second, wrong)
        if wrong == "relu_before_sum":
            maps = F.relu(maps)
    around = _around(x, start, w2.shape[0], shortcut, stride, pre_activation, wrong)
    if wrong == "no_way_around":
        around = 0
    if wrong == "detached_way" and torch.is_tensor(around):
        around = around.detach()
    if wrong == "detached_branch":
        maps = maps.detach()
    if wrong == "side_by_side":
        return torch.cat([maps, around], dim=1)
    if wrong == "subtracted":
        maps = -maps
    if wrong == "multiplied":
        y = maps * around
    elif wrong == "norm_after_the_sum" and not pre_activation:
        y = _norm(
            F.conv2d(F.relu(_norm(F.conv2d(x, w1, stride=stride, padding=1), first)), w2, padding=1)
            + around,
            second,
        )
    else:
        y = maps + around
    if wrong == "relu_after_both" or (
        not pre_activation and wrong not in ("no_last_relu", "relu_before_sum")
    ):
        y = F.relu(y)
    if wrong == "relu_before_and_after" and pre_activation:
        y = F.relu(y)
    return y


@mistake(
    "residual_block",
    hint="What came in is added to what the layers make, also where the shape changes.",
    read="sec-architectures-residual",
)
def no_way_around(x, weights, gammas, shortcut, stride, pre_activation):
    """There is no way around the layers."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_way_around")


@mistake(
    "residual_block",
    hint="They are added, so that the number of channels stays K.",
    read="sec-architectures-residual",
)
def side_by_side(x, weights, gammas, shortcut, stride, pre_activation):
    """The two ways are put side by side."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "side_by_side")


@mistake("residual_block", hint="The two are added.", read="sec-architectures-residual")
def subtracted(x, weights, gammas, shortcut, stride, pre_activation):
    """What the layers make is subtracted from what came in."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "subtracted")


@mistake(
    "residual_block",
    hint="They are added: at the start of training, a branch of zeros should change nothing.",
    read="sec-architectures-residual",
)
def multiplied(x, weights, gammas, shortcut, stride, pre_activation):
    """The two ways are multiplied."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "multiplied")


@mistake(
    "residual_block",
    hint="In the original order the sum comes first, then the ReLU. Before the sum, the branch could never make anything smaller.",
    read="sec-architectures-residual",
)
def relu_before_sum(x, weights, gammas, shortcut, stride, pre_activation):
    """The last ReLU comes before the sum."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "relu_before_sum")


@mistake(
    "residual_block", hint="The original order ends with a ReLU.", read="sec-architectures-residual"
)
def no_last_relu(x, weights, gammas, shortcut, stride, pre_activation):
    """In the original order there is no ReLU behind the sum."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_last_relu")


@mistake(
    "residual_block",
    hint="In pre-activation nothing comes behind the sum, so that x goes through unchanged.",
    read="sec-architectures-residual",
)
def relu_after_both(x, weights, gammas, shortcut, stride, pre_activation):
    """There is a ReLU behind the sum in pre-activation as well."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "relu_after_both")


@mistake(
    "residual_block",
    hint="Without a ReLU between them, the two convolutions are one linear map.",
    read="sec-architectures-residual",
)
def no_inner_relu(x, weights, gammas, shortcut, stride, pre_activation):
    """There is no ReLU between the two convolutions."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_inner_relu")


@mistake(
    "residual_block",
    hint="Norm, ReLU, convolution, twice.",
    read="sec-architectures-residual",
    corner="pre-activation",
)
def no_first_relu(x, weights, gammas, shortcut, stride, pre_activation):
    """Pre-activation has no ReLU before its first convolution."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_first_relu")


@mistake(
    "residual_block",
    hint="In both orders the norm comes first, then the ReLU.",
    read="sec-architectures-residual",
)
def relu_then_norm(x, weights, gammas, shortcut, stride, pre_activation):
    """The ReLU comes before the norm."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "relu_then_norm")


@mistake(
    "residual_block", hint="Each channel is multiplied by its γ.", read="sec-architectures-residual"
)
def no_norm(x, weights, gammas, shortcut, stride, pre_activation):
    """The norms are left out."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_norm")


@mistake(
    "residual_block",
    hint="Conv, norm, ReLU, conv, norm: the sum comes after the second norm.",
    read="sec-architectures-residual",
)
def no_second_norm(x, weights, gammas, shortcut, stride, pre_activation):
    """The original order has no norm behind the second convolution."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_second_norm")


@mistake(
    "residual_block",
    hint="The norm belongs to the branch. With γ = 0, x must still come through.",
    read="sec-architectures-residual",
)
def norm_after_the_sum(x, weights, gammas, shortcut, stride, pre_activation):
    """The second norm is taken of the sum."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "norm_after_the_sum")


@mistake(
    "residual_block",
    hint="Here norm(h, γ) multiplies by γ, and nothing else.",
    read="sec-architectures-residual",
)
def really_normalised(x, weights, gammas, shortcut, stride, pre_activation):
    """The norm also subtracts the batch's mean and divides by its deviation."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "really_normalised")


@mistake(
    "residual_block",
    hint="Each channel has its own γ: γ[:, None, None] lies along the channels.",
    read="sec-architectures-residual",
)
def first_gamma_for_all(x, weights, gammas, shortcut, stride, pre_activation):
    """All channels are multiplied by the first channel's γ."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "first_gamma_for_all")


@mistake("residual_block", hint="The norm multiplies by γ.", read="sec-architectures-residual")
def added_gamma(x, weights, gammas, shortcut, stride, pre_activation):
    """γ is added."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "added_gamma")


@mistake(
    "residual_block",
    hint="The first γ belongs to the norm that comes first.",
    read="sec-architectures-residual",
)
def gammas_exchanged(x, weights, gammas, shortcut, stride, pre_activation):
    """The two γ are exchanged."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "gammas_exchanged")


@mistake(
    "residual_block",
    hint="pre_activation=True is norm, ReLU, conv.",
    read="sec-architectures-residual",
)
def orders_exchanged(x, weights, gammas, shortcut, stride, pre_activation):
    """The two orders are exchanged."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "orders_exchanged")


@mistake("residual_block", same_as="orders_exchanged")
def always_original(x, weights, gammas, shortcut, stride, pre_activation):
    """The original order is taken for both."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "always_original")


@mistake(
    "residual_block",
    hint="weights[1] is for the second convolution.",
    read="sec-architectures-residual",
)
def first_weights_twice(x, weights, gammas, shortcut, stride, pre_activation):
    """Both convolutions take the first weights."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "first_weights_twice")


@mistake(
    "residual_block",
    hint="3 × 3 is padded with 1, so that the two ways have the same size.",
    read="sec-architectures-residual",
)
def unpadded(x, weights, gammas, shortcut, stride, pre_activation):
    """The convolutions are not padded."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "unpadded")


@mistake(
    "residual_block",
    hint="The first one takes the steps; the second sees the smaller maps.",
    read="sec-architectures-residual",
)
def stride_in_the_second(x, weights, gammas, shortcut, stride, pre_activation):
    """The second convolution has the stride."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "stride_in_the_second")


@mistake(
    "residual_block",
    hint="Only the first one has it. With both, the maps shrink twice.",
    read="sec-architectures-residual",
)
def stride_in_both(x, weights, gammas, shortcut, stride, pre_activation):
    """Both convolutions have the stride."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "stride_in_both")


@mistake(
    "residual_block",
    hint="The first convolution takes steps of `stride` pixels.",
    read="sec-architectures-residual",
)
def stride_forgotten(x, weights, gammas, shortcut, stride, pre_activation):
    """The stride is ignored in the branch."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "stride_forgotten")


@mistake(
    "residual_block",
    hint="Channels are not all that must agree: with a stride, x has more rows and columns than the branch.",
    read="sec-architectures-residual",
    corner="a stride with as many channels",
)
def identity_when_channels_agree(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around is x itself whenever the channels agree, also when the branch makes the maps smaller."""
    return _made(
        x, weights, gammas, shortcut, stride, pre_activation, "identity_when_channels_agree"
    )


@mistake(
    "residual_block",
    hint="Take every stride-th row and column, as the branch does.",
    read="sec-architectures-residual",
    corner="the stride of the way around",
)
def unstrided(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around keeps all rows and columns of x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "unstrided")


@mistake("residual_block", same_as="unstrided", corner="the stride of the way around")
def rows_alone(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around thins out rows, and no columns."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "rows_alone")


@mistake(
    "residual_block",
    hint="Single pixels are asked for, every stride-th from the first on.",
    read="sec-architectures-residual",
    corner="the stride of the way around",
)
def means_for_pixels(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around takes means of stride × stride pixels."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "means_for_pixels")


@mistake(
    "residual_block",
    hint="Single pixels are asked for, every stride-th from the first on.",
    read="sec-architectures-residual",
    corner="the stride of the way around",
)
def maxima_for_pixels(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around takes maxima of stride × stride pixels."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "maxima_for_pixels")


@mistake(
    "residual_block",
    hint="From the first row and column on: the convolution's windows are centred there.",
    read="sec-architectures-residual",
    corner="the stride of the way around",
)
def last_pixels(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around counts its pixels from the end."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "last_pixels")


@mistake(
    "residual_block",
    hint="Every stride-th pixel of all of x: the two ways must see the same places.",
    read="sec-architectures-residual",
    corner="the stride of the way around",
)
def upper_left(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around is the upper left part of x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "upper_left")


@mistake(
    "residual_block",
    hint="They follow behind the channels of x.",
    read="sec-architectures-residual",
    corner="more channels",
)
def zeros_first(x, weights, gammas, shortcut, stride, pre_activation):
    """The channels of zeros come before those of x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "zeros_first")


@mistake(
    "residual_block",
    hint="All of them follow behind the channels of x.",
    read="sec-architectures-residual",
    corner="more channels",
)
def zeros_on_both_sides(x, weights, gammas, shortcut, stride, pre_activation):
    """The channels of zeros come half before and half behind those of x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "zeros_on_both_sides")


@mistake(
    "residual_block",
    hint="Zeros follow behind the channels of x.",
    read="sec-architectures-residual",
    corner="more channels",
)
def channels_repeated(x, weights, gammas, shortcut, stride, pre_activation):
    """The missing channels are filled with those of x again."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "channels_repeated")


@mistake("residual_block", same_as="channels_repeated", corner="more channels")
def broadcast_channels(x, weights, gammas, shortcut, stride, pre_activation):
    """A single channel is added to all of them."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "broadcast_channels")


@mistake("residual_block", same_as="no_way_around")
def no_way_without_weights(x, weights, gammas, shortcut, stride, pre_activation):
    """Where the shape changes and there are no shortcut weights, nothing is added."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "no_way_without_weights")


@mistake(
    "residual_block",
    hint="Without weights the way around is x itself. That nothing lies on it is the point of pre-activation.",
    read="sec-architectures-residual",
    corner="pre-activation",
)
def identity_of_start(x, weights, gammas, shortcut, stride, pre_activation):
    """In pre-activation, the way around without weights begins behind the first ReLU."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "identity_of_start")


@mistake(
    "residual_block", hint="It is x, with its negative entries.", read="sec-architectures-residual"
)
def relu_of_identity(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around is the ReLU of x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "relu_of_identity")


@mistake(
    "residual_block",
    hint="Where there are weights, the way around is their convolution.",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def shortcut_weights_ignored(x, weights, gammas, shortcut, stride, pre_activation):
    """The shortcut's weights are ignored."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "shortcut_weights_ignored")


@mistake(
    "residual_block",
    hint="It takes what the first convolution takes: what comes out of the first ReLU.",
    read="sec-architectures-residual",
    corner="shortcut weights in pre-activation",
)
def projects_x(x, weights, gammas, shortcut, stride, pre_activation):
    """In pre-activation, the shortcut's convolution takes x."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projects_x")


@mistake(
    "residual_block",
    hint="It has the block's stride, so that the two ways have the same size.",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def projection_unstrided(x, weights, gammas, shortcut, stride, pre_activation):
    """The shortcut's convolution takes no steps."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_unstrided")


@mistake(
    "residual_block",
    hint="1 × 1 needs no padding: with it, the two ways are shifted by a pixel.",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def projection_padded(x, weights, gammas, shortcut, stride, pre_activation):
    """The shortcut's convolution is padded."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_padded")


@mistake(
    "residual_block",
    hint="Nothing follows it but the sum.",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def projection_with_relu(x, weights, gammas, shortcut, stride, pre_activation):
    """There is a ReLU behind the shortcut's convolution."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_with_relu")


@mistake(
    "residual_block",
    hint="It takes steps of `stride` pixels: of each such square it sees the first. (Later networks do take means.)",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def projection_of_means(x, weights, gammas, shortcut, stride, pre_activation):
    """The shortcut's convolution takes means of stride × stride pixels."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_of_means")


@mistake(
    "residual_block",
    hint="There is one way around: with weights, their convolution alone.",
    read="sec-architectures-residual",
    corner="shortcut weights",
)
def projection_then_identity(x, weights, gammas, shortcut, stride, pre_activation):
    """x is added as well where the shortcut has weights."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_then_identity")


@mistake(
    "residual_block",
    hint="The gradient must come back through the way around: it is what it is for.",
    read="sec-architectures-residual",
    corner="gradients",
)
def detached_way(x, weights, gammas, shortcut, stride, pre_activation):
    """The way around is cut off from the graph."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "detached_way")


@mistake(
    "residual_block",
    hint="No `.detach()`: the branch has to learn.",
    read="sec-architectures-residual",
    corner="gradients",
)
def detached_branch(x, weights, gammas, shortcut, stride, pre_activation):
    """The branch is cut off from the graph."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "detached_branch")


@mistake(
    "residual_block",
    hint="Every stride-th row and column: `x[:, :, ::stride, ::stride]`.",
    read="sec-architectures-residual",
    corner="strides above 2",
)
def always_every_second(x, weights, gammas, shortcut, stride, pre_activation):
    """Without shortcut weights, every second row and column is taken, whatever the stride."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "always_every_second")


@mistake(
    "residual_block",
    hint="The shortcut's convolution takes the block's own stride.",
    read="sec-architectures-residual",
    corner="strides above 2",
)
def projection_always_in_twos(x, weights, gammas, shortcut, stride, pre_activation):
    """The shortcut's convolution has a stride of 2, whatever the block's stride."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "projection_always_in_twos")


@mistake(
    "residual_block",
    hint="Every stride-th row and column, from the first on: `x[:, :, ::stride, ::stride]`. F.interpolate spreads the pixels evenly over x.",
    read="sec-architectures-residual",
)
def resized(x, weights, gammas, shortcut, stride, pre_activation):
    """Without shortcut weights, x is resized by the nearest pixels, which are not every stride-th."""
    return _made(x, weights, gammas, shortcut, stride, pre_activation, "resized")


# --- right answers, written another way ---


@alternative("residual_block")
def step_by_step(x, weights, gammas, shortcut, stride, pre_activation):
    """The two orders apart, and the identity by indices."""

    def conv(maps, weight, step, rim):
        return torch.nn.functional.conv2d(maps, weight, None, step, rim)

    def scaled(maps, gamma):
        return torch.einsum("nchw,c->nchw", maps, gamma)

    k = weights[1].shape[0]
    if pre_activation:
        ready = scaled(x, gammas[0]).clamp(min=0)
        y = conv(
            scaled(conv(ready, weights[0], stride, 1), gammas[1]).clamp(min=0), weights[1], 1, 1
        )
    else:
        ready = x
        y = scaled(
            conv(scaled(conv(x, weights[0], stride, 1), gammas[0]).clamp(min=0), weights[1], 1, 1),
            gammas[1],
        )
    if shortcut is not None:
        y = y + conv(ready, shortcut, stride, 0)
    else:
        thin = x[..., ::stride, ::stride]
        zeros = x.new_zeros(len(x), k - x.shape[1], *thin.shape[2:])
        y = y + torch.cat([thin, zeros], 1)
    return y if pre_activation else y.clamp(min=0)


@alternative("residual_block")
def gammas_in_the_weights(x, weights, gammas, shortcut, stride, pre_activation):
    """The norms are multiplied into the weights, where they follow a convolution."""
    c, k = x.shape[1], len(weights[1])
    if shortcut is None:
        shortcut_maps = x[:, :, ::stride, ::stride]
        shortcut_maps = F.conv2d(shortcut_maps, torch.eye(k, c, dtype=x.dtype)[:, :, None, None])
    if pre_activation:
        start = torch.relu(x * gammas[0].reshape(-1, 1, 1))
        maps = torch.relu(
            F.conv2d(start, weights[0] * gammas[1].reshape(-1, 1, 1, 1), stride=stride, padding=1)
        )
        maps = F.conv2d(maps, weights[1], padding=1)
    else:
        start = x
        maps = torch.relu(
            F.conv2d(x, weights[0] * gammas[0].reshape(-1, 1, 1, 1), stride=stride, padding=1)
        )
        maps = F.conv2d(maps, weights[1] * gammas[1].reshape(-1, 1, 1, 1), padding=1)
    if shortcut is not None:
        shortcut_maps = F.conv2d(start, shortcut, stride=stride)
    total = maps + shortcut_maps
    return total if pre_activation else torch.relu(total)


@alternative("residual_block")
def added_in_place(x, weights, gammas, shortcut, stride, pre_activation):
    """The sum is written into the branch's own result, which is nobody else's."""
    norms = [gamma.view(1, -1, 1, 1) for gamma in gammas]
    start = (x * norms[0]).relu() if pre_activation else x
    y = F.conv2d(start, weights[0], stride=stride, padding=1)
    y = (y * norms[int(pre_activation)]).relu()
    y = F.conv2d(y, weights[1], padding=1)
    if not pre_activation:
        y = y * norms[1]
    if shortcut is None:
        y[:, : x.shape[1]] += x[:, :, ::stride, ::stride]
    else:
        y += F.conv2d(start[:, :, ::stride, ::stride], shortcut)
    return y if pre_activation else y.relu()
