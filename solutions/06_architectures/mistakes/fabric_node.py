"""Wrong answers to `fabric_node` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _spread(coarser, wrong):
    n, c, h, w = coarser.shape
    if wrong == "nearest_neighbours":
        return F.interpolate(coarser, scale_factor=2)
    if wrong == "bilinear":
        return F.interpolate(coarser, scale_factor=2, mode="bilinear", align_corners=False)
    spread = coarser.new_zeros(n, c, 2 * h, 2 * w)
    if wrong == "at_odd_places":
        spread[:, :, 1::2, 1::2] = coarser
    elif wrong == "at_odd_rows":
        spread[:, :, 1::2, ::2] = coarser
    elif wrong == "all_in_the_corner":
        spread[:, :, :h, :w] = coarser
    elif wrong == "spread_along_rows":
        spread = coarser.new_zeros(n, c, 2 * h, w)
        spread[:, :, ::2] = coarser
        spread = F.interpolate(spread, size=(2 * h, 2 * w))
    else:
        spread[:, :, ::2, ::2] = coarser
    return spread


def _made(same, finer, coarser, weights, wrong):
    names = ["same", "finer", "coarser"]
    if wrong == "finer_and_coarser_exchanged":
        names = ["same", "coarser", "finer"]
    if wrong == "one_filter_for_all":
        names = ["same"] * 3
    w = {key: weights[name] for key, name in zip(["same", "finer", "coarser"], names)}
    rim = 0 if wrong == "unpadded" else 1
    terms = []
    if same is not None and wrong != "same_forgotten":
        terms.append(
            same
            if wrong == "same_unfiltered" and same.shape[1] == w["same"].shape[0]
            else F.conv2d(same, w["same"], padding=rim)
        )
        if wrong == "same_flipped":
            terms[-1] = F.conv2d(same, w["same"].flip(2, 3), padding=1)
    elif wrong == "always_all":
        terms.append(F.conv2d(same, w["same"], padding=1))
    if finer is not None and wrong != "finer_forgotten":
        if wrong == "pooled_then_filtered":
            y = F.conv2d(F.avg_pool2d(finer, 2), w["finer"], padding=1)
        elif wrong == "max_pooled_then_filtered":
            y = F.conv2d(F.max_pool2d(finer, 2), w["finer"], padding=1)
        elif wrong == "thinned_then_filtered":
            y = F.conv2d(finer[:, :, ::2, ::2], w["finer"], padding=1)
        elif wrong == "filtered_then_pooled":
            y = F.avg_pool2d(F.conv2d(finer, w["finer"], padding=1), 2)
        elif wrong == "windows_begin_there":
            y = F.conv2d(F.pad(finer, (0, 2, 0, 2)), w["finer"])[:, :, ::2, ::2]
        elif wrong == "odd_windows":
            y = F.conv2d(finer, w["finer"], padding=1)[:, :, 1::2, 1::2]
        elif wrong == "finer_unstrided":
            y = F.conv2d(finer, w["finer"], padding=1)
        elif wrong == "finer_cut_off":
            y = F.conv2d(finer.detach(), w["finer"], stride=2, padding=1)
        else:
            y = F.conv2d(finer, w["finer"], stride=2, padding=rim)
        terms.append(y)
    if coarser is not None and wrong != "coarser_forgotten":
        if wrong == "transposed_convolution":
            y = F.conv_transpose2d(
                coarser, w["coarser"].transpose(0, 1), stride=2, padding=1, output_padding=1
            )
        elif wrong == "filtered_then_enlarged":
            y = F.interpolate(F.conv2d(coarser, w["coarser"], padding=1), scale_factor=2)
        elif wrong == "filtered_then_spread":
            y = _spread(F.conv2d(coarser, w["coarser"], padding=1), "")
        elif wrong == "coarser_as_it_is":
            y = F.conv2d(coarser, w["coarser"], padding=1)
        elif wrong == "four_times":
            y = 4 * F.conv2d(_spread(coarser, ""), w["coarser"], padding=1)
        elif wrong == "copied_to_a_list":
            spread = torch.tensor(_spread(coarser, "").tolist(), dtype=torch.float64)
            y = F.conv2d(spread, w["coarser"], padding=1)
        else:
            y = F.conv2d(_spread(coarser, wrong), w["coarser"], padding=rim)
        terms.append(y)
    if wrong == "side_by_side":
        return F.relu(torch.cat(terms, dim=1))
    if wrong == "mean_of_the_terms":
        return F.relu(sum(terms) / len(terms))
    if wrong == "a_third_of_the_sum":
        return F.relu(sum(terms) / 3)
    if wrong == "relu_of_each":
        return sum(F.relu(term) for term in terms)
    if wrong == "relu_first":

        def soft(maps):
            return None if maps is None else F.relu(maps)

        return _made(soft(same), soft(finer), soft(coarser), weights, "no_relu")
    if wrong == "no_relu":
        return sum(terms)
    if wrong == "multiplied":
        y = terms[0]
        for term in terms[1:]:
            y = y * term
        return F.relu(y)
    if wrong == "largest":
        return F.relu(torch.stack(terms).amax(dim=0))
    if wrong == "last_term":
        return F.relu(terms[-1])
    if wrong == "first_term":
        return F.relu(terms[0])
    if wrong == "two_at_most":
        return F.relu(sum(terms[:2]))
    if wrong == "detached":
        return F.relu(sum(terms)).detach()
    return F.relu(sum(terms))


@mistake(
    "fabric_node", hint="All inputs that are there are added up.", read="sec-architectures-dense"
)
def same_forgotten(same, finer, coarser, weights):
    """The node's own scale is left out where there are others."""
    if finer is None and coarser is None:
        return F.relu(F.conv2d(same, weights["same"], padding=1))
    return _made(None, finer, coarser, weights, "")


@mistake(
    "fabric_node", hint="All inputs that are there are added up.", read="sec-architectures-dense"
)
def finer_forgotten(same, finer, coarser, weights):
    """The finer scale is left out where there are others."""
    if same is None and coarser is None:
        return _made(None, finer, None, weights, "")
    return _made(same, None, coarser, weights, "")


@mistake(
    "fabric_node", hint="All inputs that are there are added up.", read="sec-architectures-dense"
)
def coarser_forgotten(same, finer, coarser, weights):
    """The coarser scale is left out where there are others."""
    if same is None and finer is None:
        return _made(None, None, coarser, weights, "")
    return _made(same, finer, None, weights, "")


@mistake("fabric_node", same_as="coarser_forgotten")
def two_at_most(same, finer, coarser, weights):
    """At most two inputs are added up."""
    return _made(same, finer, coarser, weights, "two_at_most")


@mistake("fabric_node", same_as="same_forgotten")
def last_term(same, finer, coarser, weights):
    """The last input's term is taken in place of the sum."""
    return _made(same, finer, coarser, weights, "last_term")


@mistake("fabric_node", same_as="finer_forgotten")
def first_term(same, finer, coarser, weights):
    """The first input's term is taken in place of the sum."""
    return _made(same, finer, coarser, weights, "first_term")


@mistake("fabric_node", same_as="same_is_always_there")
def always_all(same, finer, coarser, weights):
    """It is taken for granted that all three inputs are there."""
    terms = [F.conv2d(same, weights["same"], padding=1)]
    terms.append(F.conv2d(finer, weights["finer"], stride=2, padding=1))
    n, c, h, w = coarser.shape
    spread = coarser.new_zeros(n, c, 2 * h, 2 * w)
    spread[:, :, ::2, ::2] = coarser
    return F.relu(sum(terms) + F.conv2d(spread, weights["coarser"], padding=1))


@mistake(
    "fabric_node", hint="A pruned fabric may lack any of the three.", read="sec-architectures-dense"
)
def same_is_always_there(same, finer, coarser, weights):
    """It is taken for granted that the node's own scale is there."""
    y = F.conv2d(same, weights["same"], padding=1)
    rest = [_made(None, finer, None, weights, "no_relu")] if finer is not None else []
    rest += [_made(None, None, coarser, weights, "no_relu")] if coarser is not None else []
    return F.relu(y + sum(rest))


@mistake(
    "fabric_node",
    hint="They are added up, so that the node has K maps.",
    read="sec-architectures-dense",
)
def side_by_side(same, finer, coarser, weights):
    """The terms are put side by side."""
    return _made(same, finer, coarser, weights, "side_by_side")


@mistake("fabric_node", hint="The terms are added up.", read="sec-architectures-dense")
def mean_of_the_terms(same, finer, coarser, weights):
    """The mean of the terms is taken."""
    return _made(same, finer, coarser, weights, "mean_of_the_terms")


@mistake("fabric_node", hint="The terms are added up.", read="sec-architectures-dense")
def multiplied(same, finer, coarser, weights):
    """The terms are multiplied."""
    return _made(same, finer, coarser, weights, "multiplied")


@mistake("fabric_node", hint="The terms are added up.", read="sec-architectures-dense")
def largest(same, finer, coarser, weights):
    """The largest term is taken."""
    return _made(same, finer, coarser, weights, "largest")


@mistake("fabric_node", hint="The ReLU comes last.", read="sec-architectures-dense")
def no_relu(same, finer, coarser, weights):
    """There is no ReLU."""
    return _made(same, finer, coarser, weights, "no_relu")


@mistake(
    "fabric_node",
    hint="One ReLU, of the sum: a negative term may outweigh a positive one.",
    read="sec-architectures-dense",
)
def relu_of_each(same, finer, coarser, weights):
    """Each term goes through a ReLU before the sum."""
    return _made(same, finer, coarser, weights, "relu_of_each")


@mistake("fabric_node", hint="The ReLU comes last, of the sum.", read="sec-architectures-dense")
def relu_first(same, finer, coarser, weights):
    """The ReLU comes before the convolutions."""
    return _made(same, finer, coarser, weights, "relu_first")


@mistake("fabric_node", hint="All of them are padded with 1.", read="sec-architectures-dense")
def unpadded(same, finer, coarser, weights):
    """The convolutions are not padded."""
    return _made(same, finer, coarser, weights, "unpadded")


@mistake("fabric_node", hint="Each input has filters of its own.", read="sec-architectures-dense")
def one_filter_for_all(same, finer, coarser, weights):
    """The filters of the node's own scale are used for all three inputs."""
    return _made(same, finer, coarser, weights, "one_filter_for_all")


@mistake(
    "fabric_node",
    hint='weights["finer"] is for what comes from the finer scale.',
    read="sec-architectures-dense",
)
def finer_and_coarser_exchanged(same, finer, coarser, weights):
    """The filters of the finer and the coarser scale are exchanged."""
    return _made(same, finer, coarser, weights, "finer_and_coarser_exchanged")


@mistake(
    "fabric_node",
    hint="torch's convolution does not turn its kernel.",
    read="sec-architectures-dense",
)
def same_flipped(same, finer, coarser, weights):
    """The kernel of the node's own scale is turned round."""
    return _made(same, finer, coarser, weights, "same_flipped")


@mistake(
    "fabric_node",
    hint="The filter is laid on the finer maps themselves, in steps of two pixels.",
    read="sec-architectures-dense",
    corner="finer maps",
)
def pooled_then_filtered(same, finer, coarser, weights):
    """The finer maps are averaged to the node's size, and then filtered."""
    return _made(same, finer, coarser, weights, "pooled_then_filtered")


@mistake(
    "fabric_node",
    hint="The filter is laid on the finer maps themselves, in steps of two pixels.",
    read="sec-architectures-dense",
    corner="finer maps",
)
def max_pooled_then_filtered(same, finer, coarser, weights):
    """The finer maps are max pooled to the node's size, and then filtered."""
    return _made(same, finer, coarser, weights, "max_pooled_then_filtered")


@mistake(
    "fabric_node",
    hint="The filter sees neighbours on the finer scale: steps of two are between windows, not between a window's pixels.",
    read="sec-architectures-dense",
    corner="finer maps",
)
def thinned_then_filtered(same, finer, coarser, weights):
    """Every other pixel of the finer maps is taken, and then they are filtered."""
    return _made(same, finer, coarser, weights, "thinned_then_filtered")


@mistake(
    "fabric_node",
    hint="Steps of two pixels: windows at every other place, and no means.",
    read="sec-architectures-dense",
    corner="finer maps",
)
def filtered_then_pooled(same, finer, coarser, weights):
    """The finer maps are filtered at each pixel, and the results averaged."""
    return _made(same, finer, coarser, weights, "filtered_then_pooled")


@mistake("fabric_node", same_as="odd_windows")
def windows_begin_there(same, finer, coarser, weights):
    """A window on the finer maps begins at its pixel, in place of being centred there."""
    return _made(same, finer, coarser, weights, "windows_begin_there")


@mistake(
    "fabric_node",
    hint="They are centred at the pixels (0, 0), (0, 2), …",
    read="sec-architectures-dense",
    corner="finer maps",
)
def odd_windows(same, finer, coarser, weights):
    """Windows on the finer maps are centred at odd pixels."""
    return _made(same, finer, coarser, weights, "odd_windows")


@mistake(
    "fabric_node",
    hint="Steps of two make it half as large, as the node is.",
    read="sec-architectures-dense",
    corner="finer maps",
)
def finer_unstrided(same, finer, coarser, weights):
    """The filter on the finer maps takes steps of one pixel."""
    return _made(same, finer, coarser, weights, "finer_unstrided")


@mistake(
    "fabric_node",
    hint="It is put at (2i, 2j), and zeros are around it.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def nearest_neighbours(same, finer, coarser, weights):
    """Each coarser pixel is copied to four places."""
    return _made(same, finer, coarser, weights, "nearest_neighbours")


@mistake(
    "fabric_node",
    hint="Each pixel is put among zeros: what is between, the filter learns.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def bilinear(same, finer, coarser, weights):
    """The coarser maps are enlarged bilinearly."""
    return _made(same, finer, coarser, weights, "bilinear")


@mistake(
    "fabric_node",
    hint="Pixel (i, j) is put at (2i, 2j).",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def at_odd_places(same, finer, coarser, weights):
    """The coarser pixels are put at odd rows and columns."""
    return _made(same, finer, coarser, weights, "at_odd_places")


@mistake(
    "fabric_node",
    hint="Pixel (i, j) is put at (2i, 2j).",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def at_odd_rows(same, finer, coarser, weights):
    """The coarser pixels are put at odd rows."""
    return _made(same, finer, coarser, weights, "at_odd_rows")


@mistake(
    "fabric_node",
    hint="Zeros come between the pixels, and not behind them.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def all_in_the_corner(same, finer, coarser, weights):
    """The coarser maps lie undivided in the upper left corner."""
    return _made(same, finer, coarser, weights, "all_in_the_corner")


@mistake(
    "fabric_node",
    hint="Zeros come between rows and between columns.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def spread_along_rows(same, finer, coarser, weights):
    """Zeros come between rows, and columns are copied."""
    return _made(same, finer, coarser, weights, "spread_along_rows")


@mistake(
    "fabric_node",
    hint="`conv_transpose2d` writes the kernel around each pixel. An ordinary convolution over pixels and zeros is the same with the kernel turned round.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def transposed_convolution(same, finer, coarser, weights):
    """torch's transposed convolution is used, which turns the kernel round."""
    return _made(same, finer, coarser, weights, "transposed_convolution")


@mistake(
    "fabric_node",
    hint="First put the pixels among zeros, then filter.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def filtered_then_enlarged(same, finer, coarser, weights):
    """The coarser maps are filtered, and then enlarged."""
    return _made(same, finer, coarser, weights, "filtered_then_enlarged")


@mistake(
    "fabric_node",
    hint="First put the pixels among zeros, then filter: or three of four pixels stay 0.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def filtered_then_spread(same, finer, coarser, weights):
    """The coarser maps are filtered, and the results put among zeros."""
    return _made(same, finer, coarser, weights, "filtered_then_spread")


@mistake(
    "fabric_node",
    hint="Nothing makes up for them: the filter learns its size.",
    read="sec-architectures-dense",
    corner="coarser maps",
)
def four_times(same, finer, coarser, weights):
    """The coarser maps' term is multiplied by four, to make up for the zeros."""
    return _made(same, finer, coarser, weights, "four_times")


@mistake(
    "fabric_node",
    hint="A tensor that is filled from another by an assignment stays in the graph. `.tolist()` leaves it.",
    read="sec-architectures-dense",
    corner="gradients",
)
def copied_to_a_list(same, finer, coarser, weights):
    """The coarser pixels are copied to a list, and leave the graph."""
    return _made(same, finer, coarser, weights, "copied_to_a_list")


@mistake(
    "fabric_node",
    hint="No `.detach()`: what came before has to learn.",
    read="sec-architectures-dense",
    corner="gradients",
)
def finer_cut_off(same, finer, coarser, weights):
    """The finer maps are cut off from the graph."""
    return _made(same, finer, coarser, weights, "finer_cut_off")


@mistake(
    "fabric_node",
    hint="No `.detach()`: what came before has to learn.",
    read="sec-architectures-dense",
    corner="gradients",
)
def detached(same, finer, coarser, weights):
    """The result is cut off from the graph."""
    return _made(same, finer, coarser, weights, "detached")


# --- right answers, written another way ---


@alternative("fabric_node")
def by_transposed_convolution(same, finer, coarser, weights):
    """A transposed convolution with the kernel turned round."""
    total = 0
    if coarser is not None:
        turned = weights["coarser"].flip(2, 3).transpose(0, 1)
        total = total + F.conv_transpose2d(coarser, turned, stride=2, padding=1, output_padding=1)
    if finer is not None:
        total = total + F.conv2d(finer, weights["finer"], padding=1)[:, :, ::2, ::2]
    if same is not None:
        total = total + F.conv2d(same, weights["same"], padding="same")
    return total.clamp(min=0)


@alternative("fabric_node")
def by_one_convolution(same, finer, coarser, weights):
    """All inputs side by side, as channels of one convolution."""
    maps, kernels = [], []
    if same is not None:
        maps.append(same)
        kernels.append(weights["same"])
    if coarser is not None:
        n, c, h, w = coarser.shape
        pixels = coarser.reshape(n, c, h, 1, w, 1)
        maps.append(F.pad(pixels, (0, 1, 0, 0, 0, 1)).reshape(n, c, 2 * h, 2 * w))
        kernels.append(weights["coarser"])
    y = F.conv2d(torch.cat(maps, 1), torch.cat(kernels, 1), padding=1) if maps else 0
    if finer is not None:
        y = y + F.conv2d(F.pad(finer, (1, 0, 1, 0)), weights["finer"], stride=2)
    return torch.relu(y)
