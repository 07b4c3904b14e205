"""Wrong answers to `inception` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _conv(maps, weight, padding, wrong=""):
    if wrong == "flipped":
        weight = weight.flip(2, 3)
    y = F.conv2d(maps, weight, padding=padding)
    if wrong == "no_relu":
        return y
    if wrong == "leaky":
        return F.leaky_relu(y)
    return F.relu(y)


def _pooled(x, wrong):
    if wrong == "average_pooling":
        return F.avg_pool2d(x, 3, stride=1, padding=1)
    if wrong == "average_of_those_there":
        return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    if wrong == "padded_with_zeros":
        return F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, stride=1)
    if wrong in ("padded_with_a_number", "padded_with_a_large_number"):
        number = -10.0 if wrong == "padded_with_a_number" else -100.0
        return F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=number), 3, stride=1)
    if wrong == "pool_of_five":
        return F.max_pool2d(x, 5, stride=1, padding=2)
    if wrong == "pool_forgotten":
        return x
    if wrong == "pool_in_large_steps":
        return F.max_pool2d(x, 3, padding=1)
    if wrong == "pool_shrinks":
        return F.max_pool2d(x, 3, stride=1)
    if wrong == "pool_in_the_corner":
        return F.max_pool2d(F.pad(x, (0, 2, 0, 2), value=-float("inf")), 3, stride=1)
    return F.max_pool2d(x, 3, stride=1, padding=1)


def _made(x, weights, wrong):
    branches = [_conv(x, weights["1"], 0, "no_relu" if wrong == "no_relu_one" else wrong)]
    for name, padding in (("3", 1), ("5", 2)):
        maps, before = x, f"{name} before"
        if before in weights and wrong != "no_reduction":
            quiet = "no_relu" if wrong in ("no_relu_before", "no_relu_at_all") else wrong
            maps = _conv(x, weights[before], 0, quiet)
        elif wrong == "always_reduced":
            maps = _conv(x, weights[before], 0)
        if wrong == "relu_of_x" and before not in weights:
            maps = F.relu(x)
        if wrong == "one_padding":
            padding = 1
        if wrong == "no_padding":
            padding = 0
        quiet = "no_relu" if wrong in ("no_relu_behind", "no_relu_at_all") else wrong
        if wrong == "reflected" and min(maps.shape[2:]) > padding:
            branches.append(_conv(F.pad(maps, (padding,) * 4, mode="reflect"), weights[name], 0))
        elif wrong == "replicated":
            branches.append(_conv(F.pad(maps, (padding,) * 4, mode="replicate"), weights[name], 0))
        else:
            branches.append(_conv(maps, weights[name], padding, quiet))
    quiet = "no_relu" if wrong in ("no_relu_pool", "no_relu_at_all") else wrong
    if wrong == "pool_last":
        branches.append(_pooled(_conv(x, weights["pool"], 0), ""))
    else:
        branches.append(_conv(_pooled(x, wrong), weights["pool"], 0, quiet))
    if wrong == "pool_before_the_last":
        branches = [branches[0], branches[1], branches[3], branches[2]]
    if wrong == "reversed_order":
        branches.reverse()
    if wrong == "pool_first":
        branches = branches[-1:] + branches[:-1]
    if wrong == "relu_on_top":
        return F.relu(torch.cat([b - 1 for b in branches], dim=1))
    if wrong == "detached":
        return torch.cat(branches, dim=1).detach()
    if wrong == "as_numpy":
        return torch.tensor(torch.cat(branches, dim=1).detach().numpy())
    if wrong == "detached_reduction":
        three = (
            _conv(_conv(x, weights["3 before"], 0).detach(), weights["3"], 1)
            if "3 before" in weights
            else branches[1]
        )
        return torch.cat([branches[0], three, *branches[2:]], dim=1)
    if wrong == "along_images":
        return torch.cat(branches, dim=0)
    if wrong == "along_rows":
        return torch.cat(branches, dim=2)
    if wrong == "stacked":
        return torch.stack(branches, dim=1)
    if wrong == "as_list":
        return branches
    if wrong == "added":
        return sum(branches)
    if wrong == "interleaved":
        most = max(b.shape[1] for b in branches)
        rows = [b[:, i : i + 1] for i in range(most) for b in branches if i < b.shape[1]]
        return torch.cat(rows, dim=1)
    return torch.cat(branches, dim=1)


@mistake(
    "inception",
    hint="The maps of the branches become channels of one map: the channel axis is the second.",
    read="sec-architectures-inception",
)
def along_images(x, weights):
    """The branches are put together along the first axis, that of the images."""
    return _made(x, weights, "along_images")


@mistake(
    "inception",
    hint="Each branch has the same H × W, and the channels are put together: axis 1.",
    read="sec-architectures-inception",
)
def along_rows(x, weights):
    """The branches are put one below the other."""
    return _made(x, weights, "along_rows")


@mistake(
    "inception",
    hint="`torch.stack` makes a new axis. Branches have different numbers of maps, which are to become channels of one map.",
    read="sec-architectures-inception",
)
def stacked(x, weights):
    """A new axis counts the branches."""
    return _made(x, weights, "stacked")


@mistake(
    "inception",
    hint="One tensor is asked for: torch.cat along the channels.",
    read="sec-architectures-inception",
)
def as_list(x, weights):
    """A list of the branches is returned."""
    return _made(x, weights, "as_list")


@mistake(
    "inception",
    hint="An inception block puts its branches side by side. Adding is what a residual block does.",
    read="sec-architectures-inception",
)
def added(x, weights):
    """The branches are added up."""
    return _made(x, weights, "added")


@mistake(
    "inception",
    hint="All maps of the first branch come first, then all of the second.",
    read="sec-architectures-inception",
)
def interleaved(x, weights):
    """The branches' maps take turns."""
    return _made(x, weights, "interleaved")


@mistake(
    "inception",
    hint="The order is 1 × 1, 3 × 3, 5 × 5, pooling.",
    read="sec-architectures-inception",
)
def reversed_order(x, weights):
    """The branches come in reverse order."""
    return _made(x, weights, "reversed_order")


@mistake("inception", hint="The pooling comes last.", read="sec-architectures-inception")
def pool_first(x, weights):
    """The pooling's branch comes first."""
    return _made(x, weights, "pool_first")


@mistake(
    "inception",
    hint="The order is 1 × 1, 3 × 3, 5 × 5, pooling.",
    read="sec-architectures-inception",
)
def pool_before_the_last(x, weights):
    """The pooling's branch comes before that of 5 × 5."""
    return _made(x, weights, "pool_before_the_last")


@mistake(
    "inception", hint="Each convolution is followed by a ReLU.", read="sec-architectures-inception"
)
def no_relu(x, weights):
    """There is no ReLU at all."""
    return _made(x, weights, "no_relu")


@mistake(
    "inception",
    hint="Without a ReLU between them, the two convolutions are one linear map.",
    read="sec-architectures-inception",
)
def no_relu_before(x, weights):
    """There is no ReLU between the 1 × 1 and the larger filters."""
    return _made(x, weights, "no_relu_before")


@mistake(
    "inception",
    hint="Each convolution is followed by a ReLU, so that nothing negative comes out.",
    read="sec-architectures-inception",
)
def no_relu_behind(x, weights):
    """There is no ReLU behind the 3 × 3 and 5 × 5 filters."""
    return _made(x, weights, "no_relu_behind")


@mistake(
    "inception",
    hint="Each convolution is followed by a ReLU, the pooling's as well.",
    read="sec-architectures-inception",
)
def no_relu_pool(x, weights):
    """There is no ReLU behind the convolution of the pooled maps."""
    return _made(x, weights, "no_relu_pool")


@mistake(
    "inception", hint="Each convolution is followed by a ReLU.", read="sec-architectures-inception"
)
def no_relu_one(x, weights):
    """There is no ReLU behind the first branch."""
    return _made(x, weights, "no_relu_one")


@mistake("inception", hint="A ReLU is max(0, x).", read="sec-architectures-inception")
def leaky(x, weights):
    """The ReLUs leak: a hundredth of what is negative passes."""
    return _made(x, weights, "leaky")


@mistake(
    "inception",
    hint='Where `"3 before"` is there, its maps are what the 3 × 3 filters see.',
    read="sec-architectures-inception",
)
def no_reduction(x, weights):
    """The larger filters see x itself, although there are 1 × 1 filters before them."""
    return _made(x, weights, "no_reduction")


@mistake(
    "inception",
    hint='Where `"3 before"` is missing, the 3 × 3 filters see x itself.',
    read="sec-architectures-inception",
    corner="missing 1 × 1 filters",
)
def always_reduced(x, weights):
    """The 1 × 1 filters are used without looking whether they are there."""
    return _made(x, weights, "always_reduced")


@mistake(
    "inception",
    hint="There is no convolution before them, so no ReLU either: they see x.",
    read="sec-architectures-inception",
    corner="missing 1 × 1 filters",
)
def relu_of_x(x, weights):
    """Where the 1 × 1 filters are missing, the larger ones see the ReLU of x."""
    return _made(x, weights, "relu_of_x")


@mistake(
    "inception",
    hint="All branches keep H × W: pad a kernel of side k with (k − 1) / 2.",
    read="sec-architectures-inception",
)
def no_padding(x, weights):
    """The larger filters are not padded, so that the branches differ in size."""
    return _made(x, weights, "no_padding")


@mistake(
    "inception",
    hint="A 5 × 5 kernel reaches two pixels beyond its middle.",
    read="sec-architectures-inception",
)
def one_padding(x, weights):
    """The 5 × 5 filters are padded with 1."""
    return _made(x, weights, "one_padding")


@mistake("inception", hint="Pad with zeros.", read="sec-architectures-inception")
def replicated(x, weights):
    """The larger filters are padded with copies of the border."""
    return _made(x, weights, "replicated")


@mistake(
    "inception",
    hint="torch's convolution does not turn its kernel.",
    read="sec-architectures-inception",
)
def flipped(x, weights):
    """The kernels are turned round."""
    return _made(x, weights, "flipped")


@mistake("inception", hint="The fourth branch takes maxima.", read="sec-architectures-inception")
def average_pooling(x, weights):
    """The pooling takes means."""
    return _made(x, weights, "average_pooling")


@mistake(
    "inception",
    hint="The fourth branch takes maxima, over the pixels that are there.",
    read="sec-architectures-inception",
)
def average_of_those_there(x, weights):
    """The pooling takes means over the pixels that are there."""
    return _made(x, weights, "average_of_those_there")


@mistake(
    "inception",
    hint="The maximum of negative pixels is negative: at the border only pixels that are there count. torch's `max_pool2d` pads so by itself.",
    read="sec-architectures-inception",
    corner="the border of the pooling",
)
def padded_with_zeros(x, weights):
    """Zeros beyond the border take part in the maximum."""
    return _made(x, weights, "padded_with_zeros")


@mistake("inception", hint="Its windows are 3 × 3.", read="sec-architectures-inception")
def pool_of_five(x, weights):
    """The pooling has windows of five pixels."""
    return _made(x, weights, "pool_of_five")


@mistake(
    "inception", hint="First 3 × 3 max pooling, then 1 × 1.", read="sec-architectures-inception"
)
def pool_forgotten(x, weights):
    """The fourth branch does not pool."""
    return _made(x, weights, "pool_forgotten")


@mistake(
    "inception",
    hint="torch's pooling takes its size for the stride where none is given. Here the step is one pixel.",
    read="sec-architectures-inception",
)
def pool_in_large_steps(x, weights):
    """The pooling takes steps as large as its windows."""
    return _made(x, weights, "pool_in_large_steps")


@mistake(
    "inception",
    hint="All branches keep H × W: padding 1 for windows of 3.",
    read="sec-architectures-inception",
)
def pool_shrinks(x, weights):
    """The pooling is not padded, so that its maps are smaller."""
    return _made(x, weights, "pool_shrinks")


@mistake(
    "inception",
    hint="Windows of 3 with padding 1 are centred: one pixel on each side.",
    read="sec-architectures-inception",
)
def pool_in_the_corner(x, weights):
    """A pooling window begins at its pixel, in place of being centred at it."""
    return _made(x, weights, "pool_in_the_corner")


@mistake(
    "inception",
    hint="First the pooling, then 1 × 1. The two do not commute.",
    read="sec-architectures-inception",
)
def pool_last(x, weights):
    """The fourth branch pools behind its convolution."""
    return _made(x, weights, "pool_last")


@mistake(
    "inception",
    hint="`.detach()` leaves the graph, so that nothing below would learn.",
    read="sec-architectures-inception",
    corner="gradients",
)
def detached(x, weights):
    """The result is cut off from the graph."""
    return _made(x, weights, "detached")


@mistake("inception", same_as="detached")
def as_numpy(x, weights):
    """The result goes through NumPy, and leaves the graph."""
    return _made(x, weights, "as_numpy")


@mistake(
    "inception",
    hint="Each weight has to learn: no `.detach()` on the way.",
    read="sec-architectures-inception",
    corner="gradients",
)
def detached_reduction(x, weights):
    """The 1 × 1 filters before the 3 × 3 are cut off from the graph."""
    return _made(x, weights, "detached_reduction")


@mistake(
    "inception",
    hint="Any number can be larger than all pixels in a window. torch's `max_pool2d` pads with −∞ by itself.",
    read="sec-architectures-inception",
    corner="the border of the pooling",
)
def padded_with_a_number(x, weights):
    """The pooling is padded with −10, or another number that pixels can be below."""
    return _made(x, weights, "padded_with_a_number")


@mistake("inception", same_as="padded_with_a_number")
def padded_with_a_large_number(x, weights):
    """The pooling is padded with −100."""
    return _made(x, weights, "padded_with_a_large_number")


# --- right answers, written another way ---


@alternative("inception")
def by_layers(x, weights):
    """torch.nn's layers, with the weights put in."""

    def layer(weight):
        k, c, side, _ = weight.shape
        made = torch.nn.Conv2d(c, k, side, padding=side // 2, bias=False, device="meta")
        return lambda maps: torch.nn.functional.relu(made._conv_forward(maps, weight, None))

    three = layer(weights["3 before"])(x) if "3 before" in weights else x
    five = layer(weights["5 before"])(x) if "5 before" in weights else x
    pool = torch.nn.MaxPool2d(3, stride=1, padding=1)
    parts = (
        layer(weights["1"])(x),
        layer(weights["3"])(three),
        layer(weights["5"])(five),
        layer(weights["pool"])(pool(x)),
    )
    return torch.cat(parts, 1)


@alternative("inception")
def filled_in(x, weights):
    """Written into an empty result."""
    rows = {"1": (x, 0), "3": (x, 1), "5": (x, 2)}
    for name in ("3", "5"):
        if weights.get(f"{name} before") is not None:
            rows[name] = (F.conv2d(x, weights[f"{name} before"]).clamp(min=0), rows[name][1])
    padded = F.pad(x, (1, 1, 1, 1), value=-float("inf"))
    pooled = padded.unfold(2, 3, 1).unfold(3, 3, 1).amax(dim=(4, 5))
    rows["pool"] = (pooled, 0)
    count = sum(len(weights[name]) for name in rows)
    y, at = x.new_zeros(len(x), count, *x.shape[2:]), 0
    for name, (maps, padding) in rows.items():
        y[:, at : at + len(weights[name])] = F.conv2d(maps, weights[name], padding=padding)
        at += len(weights[name])
    return torch.relu(y)


@alternative("inception")
def one_kernel_size(x, weights):
    """Every kernel is padded to 5 × 5 with zeros."""

    def filtered(maps, weight):
        rim = (5 - weight.shape[2]) // 2
        return F.relu(F.conv2d(maps, F.pad(weight, (rim,) * 4), padding=2))

    maps = {
        name: filtered(x, weights[f"{name} before"]) if f"{name} before" in weights else x
        for name in "35"
    }
    maps |= {"1": x, "pool": F.max_pool2d(x, (3, 3), (1, 1), (1, 1))}
    return torch.hstack([filtered(maps[name], weights[name]) for name in ("1", "3", "5", "pool")])
