"""Wrong answers to `grad_cam` that students really give, and right ones written another way."""

import torch
from torch.nn import functional as F

from autograder.authoring.catalogue import alternative, mistake


def _score(scores, labels, wrong):
    n = torch.arange(len(scores))
    if wrong == "all_classes":
        return scores.sum()
    if wrong == "probabilities":
        return scores.softmax(dim=1)[n, labels].sum()
    if wrong == "log_probabilities":
        return scores.log_softmax(dim=1)[n, labels].sum()
    if wrong == "loss":
        return F.cross_entropy(scores, labels)
    if wrong == "best_class":
        return scores.max(dim=1).values.sum()
    if wrong == "first_label":
        return scores[:, labels[0]].sum()
    if wrong == "columns_of_labels":
        return scores[:, labels].sum()
    if wrong == "squared_score":
        return (scores[n, labels] ** 2).sum()
    if wrong == "against_the_others":
        return (scores[n, labels] * 2 - scores.sum(dim=1)).sum()
    if wrong == "label_beside":
        return scores[n, (labels + 1) % scores.shape[1]].sum()
    return scores[n, labels].sum()


def _made(features, head, x, labels, wrong):
    if wrong == "argument_requires":
        x.requires_grad_()
    maps = features(x)
    if wrong != "backward" or not maps.requires_grad:
        maps = maps.detach().requires_grad_()
    if wrong == "leaves_in_the_graph":
        maps = features(x)
        maps = maps if maps.requires_grad else maps.requires_grad_()
    score = _score(head(maps), labels, wrong)
    if wrong == "backward":
        maps.retain_grad()
        score.backward()
        gradient = maps.grad
    elif wrong == "backward_from_the_maps":
        score.backward()
        gradient = maps.grad
    elif wrong == "leaves_in_the_graph":
        (gradient,) = torch.autograd.grad(score, maps)
    else:
        (gradient,) = torch.autograd.grad(score, maps)
    if wrong == "positive_gradients":
        gradient = F.relu(gradient)
    if wrong == "absolute_gradients":
        gradient = gradient.abs()
    if wrong == "sign_turned":
        gradient = -gradient
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    if wrong == "weights_by_place":
        weights = gradient
    if wrong == "largest_gradient":
        weights = gradient.amax(dim=(2, 3), keepdim=True)
    if wrong == "weights_of_the_batch":
        weights = gradient.mean(dim=(0, 2, 3), keepdim=True)
    if wrong == "mean_over_maps":
        weights = gradient.mean(dim=1, keepdim=True)
    if wrong == "absolute_weights":
        weights = weights.abs()
    if wrong == "positive_weights":
        weights = F.relu(weights)
    if wrong == "unweighted":
        weights = torch.ones_like(weights)
    if wrong == "signs_of_weights":
        weights = weights.sign()
    if wrong == "mean_over_rows":
        weights = gradient.mean(dim=2, keepdim=True)
    terms = weights * (maps if wrong == "leaves_in_the_graph" else maps.detach())
    if wrong == "gradients_alone":
        terms = gradient
    if wrong == "relu_of_each":
        terms = F.relu(terms)
    cam = terms.sum(dim=1, keepdim=True)
    if wrong == "largest_term":
        cam = terms.amax(dim=1, keepdim=True)
    if wrong == "absolute":
        cam = cam.abs()
    elif wrong not in ("no_relu", "from_zero_to_one", "relu_last"):
        cam = F.relu(cam)
    size = x.shape[2:]
    if wrong == "divided_before":
        cam = cam / cam.amax(dim=(2, 3), keepdim=True).clamp(min=1e-300)
    if wrong == "nearest":
        cam = F.interpolate(cam, size)
    elif wrong == "corners_aligned":
        cam = F.interpolate(cam, size, mode="bilinear", align_corners=True)
    elif wrong == "bicubic":
        cam = F.interpolate(cam, size, mode="bicubic", align_corners=False).clamp(min=0)
    elif wrong == "not_resized":
        pass
    elif wrong == "square":
        cam = F.interpolate(cam, (size[0], size[0]), mode="bilinear", align_corners=False)
    elif wrong == "size_exchanged":
        cam = F.interpolate(cam, (size[1], size[0]), mode="bilinear", align_corners=False)
    else:
        cam = F.interpolate(cam, size, mode="bilinear", align_corners=False)
    if wrong == "relu_last":
        cam = F.relu(cam)
    if wrong == "with_channel":
        largest = cam.amax(dim=(2, 3), keepdim=True)
        return cam / torch.where(largest > 0, largest, 1.0)
    cam = cam[:, 0]
    if wrong in ("divided_before", "not_divided"):
        return cam
    largest = cam.amax(dim=(1, 2), keepdim=True)
    if wrong == "zero_by_zero_beside_others":
        return cam if cam.max() == 0 else cam / largest
    if wrong == "stretched":
        cam = cam - cam.amin(dim=(1, 2), keepdim=True)
        largest = cam.amax(dim=(1, 2), keepdim=True)
    if wrong == "zero_by_zero":
        return cam / largest
    if wrong == "a_little_added":
        return cam / (largest + 1e-3)
    if wrong == "largest_of_the_batch":
        largest = cam.amax()
    if wrong == "from_zero_to_one":
        least = cam.amin(dim=(1, 2), keepdim=True)
        cam, largest = cam - least, largest - least
    if wrong == "divided_by_the_sum":
        largest = cam.sum(dim=(1, 2), keepdim=True)
    if wrong == "divided_by_the_norm":
        largest = (cam**2).sum(dim=(1, 2), keepdim=True).sqrt()
    if wrong == "sigmoid":
        return torch.sigmoid(cam)
    if wrong == "clipped":
        return cam.clamp(0, 1)
    return cam / torch.where(largest > 0, largest, 1.0)


@mistake(
    "grad_cam",
    hint="Each image's own label: the score of one class.",
    read="sec-architectures-units",
)
def all_classes(features, head, x, labels):
    """The gradient is that of the scores of all classes."""
    return _made(features, head, x, labels, "all_classes")


@mistake("grad_cam", same_as="log_probabilities")
def probabilities(features, head, x, labels):
    """The gradient is that of the class's probability."""
    return _made(features, head, x, labels, "probabilities")


@mistake("grad_cam", hint="Of the score itself, without a softmax.", read="sec-architectures-units")
def log_probabilities(features, head, x, labels):
    """The gradient is that of the class's log-probability."""
    return _made(features, head, x, labels, "log_probabilities")


@mistake(
    "grad_cam",
    hint="Of the class's score. The loss falls where the score rises.",
    read="sec-architectures-units",
)
def loss(features, head, x, labels):
    """The gradient is that of the cross-entropy."""
    return _made(features, head, x, labels, "loss")


@mistake(
    "grad_cam",
    hint="The label says which class to explain. The network may think otherwise.",
    read="sec-architectures-units",
)
def best_class(features, head, x, labels):
    """The class with the largest score is explained, whatever the label."""
    return _made(features, head, x, labels, "best_class")


@mistake("grad_cam", same_as="best_class")
def first_label(features, head, x, labels):
    """The first image's label is taken for all images."""
    return _made(features, head, x, labels, "first_label")


@mistake(
    "grad_cam",
    hint="`scores[:, labels]` takes those columns of every image. Pair images with labels: `scores[torch.arange(N), labels]`.",
    read="sec-architectures-units",
)
def columns_of_labels(features, head, x, labels):
    """Each image is explained for the labels of all images."""
    return _made(features, head, x, labels, "columns_of_labels")


@mistake("grad_cam", hint="Of the label's score alone.", read="sec-architectures-units")
def against_the_others(features, head, x, labels):
    """The gradient is that of the score less those of the other classes."""
    return _made(features, head, x, labels, "against_the_others")


@mistake(
    "grad_cam",
    hint="A map counts for the class if the score rises with it.",
    read="sec-architectures-units",
)
def sign_turned(features, head, x, labels):
    """The sign of the gradient is turned."""
    return _made(features, head, x, labels, "sign_turned")


@mistake(
    "grad_cam",
    hint="The mean is over all places, with its negative terms. (Grad-CAM++ does something like that.)",
    read="sec-architectures-units",
)
def positive_gradients(features, head, x, labels):
    """Negative gradients are set to 0 before the mean."""
    return _made(features, head, x, labels, "positive_gradients")


@mistake(
    "grad_cam",
    hint="A map whose rise lowers the score speaks against the class: a negative weight.",
    read="sec-architectures-units",
)
def absolute_gradients(features, head, x, labels):
    """The gradients lose their signs."""
    return _made(features, head, x, labels, "absolute_gradients")


@mistake("grad_cam", same_as="absolute")
def absolute_weights(features, head, x, labels):
    """The weights lose their signs."""
    return _made(features, head, x, labels, "absolute_weights")


@mistake(
    "grad_cam",
    hint="They are subtracted. The ReLU comes after the sum.",
    read="sec-architectures-units",
)
def positive_weights(features, head, x, labels):
    """Maps with a negative weight are left out."""
    return _made(features, head, x, labels, "positive_weights")


@mistake(
    "grad_cam",
    hint="The mean of the gradient itself is the weight.",
    read="sec-architectures-units",
)
def signs_of_weights(features, head, x, labels):
    """The weights are 1, 0 or −1."""
    return _made(features, head, x, labels, "signs_of_weights")


@mistake(
    "grad_cam",
    hint="Each map has its weight: the mean of its gradient.",
    read="sec-architectures-units",
)
def unweighted(features, head, x, labels):
    """All maps count alike."""
    return _made(features, head, x, labels, "unweighted")


@mistake(
    "grad_cam",
    hint="One weight for each map: the mean of the gradient over its places.",
    read="sec-architectures-units",
)
def weights_by_place(features, head, x, labels):
    """Each place has a weight of its own: gradient times map."""
    return _made(features, head, x, labels, "weights_by_place")


@mistake("grad_cam", same_as="positive_gradients")
def largest_gradient(features, head, x, labels):
    """A map's weight is its largest gradient."""
    return _made(features, head, x, labels, "largest_gradient")


@mistake(
    "grad_cam",
    hint="One weight for each map: the mean over rows and columns.",
    read="sec-architectures-units",
)
def mean_over_rows(features, head, x, labels):
    """The mean is over rows alone, so that each column has a weight."""
    return _made(features, head, x, labels, "mean_over_rows")


@mistake(
    "grad_cam",
    hint="One weight for each map, for all of its places.",
    read="sec-architectures-units",
)
def mean_over_maps(features, head, x, labels):
    """The mean is over the maps, so that each place has a weight."""
    return _made(features, head, x, labels, "mean_over_maps")


@mistake("grad_cam", same_as="columns_of_labels")
def weights_of_the_batch(features, head, x, labels):
    """The weights are means over the images as well."""
    return _made(features, head, x, labels, "weights_of_the_batch")


@mistake(
    "grad_cam", hint="The maps are added up, each times its weight.", read="sec-architectures-units"
)
def gradients_alone(features, head, x, labels):
    """The gradients are added up, without the maps."""
    return _made(features, head, x, labels, "gradients_alone")


@mistake(
    "grad_cam",
    hint="The ReLU comes after the sum: a map that speaks against the class outweighs others.",
    read="sec-architectures-units",
)
def relu_of_each(features, head, x, labels):
    """Each map goes through a ReLU before the sum."""
    return _made(features, head, x, labels, "relu_of_each")


@mistake("grad_cam", hint="The weighted maps are added up.", read="sec-architectures-units")
def largest_term(features, head, x, labels):
    """The largest of the weighted maps is taken."""
    return _made(features, head, x, labels, "largest_term")


@mistake(
    "grad_cam",
    hint="What speaks against the class is not shown: its value is 0.",
    read="sec-architectures-units",
)
def no_relu(features, head, x, labels):
    """There is no ReLU."""
    return _made(features, head, x, labels, "no_relu")


@mistake(
    "grad_cam",
    hint="A ReLU: what speaks against the class is not shown.",
    read="sec-architectures-units",
)
def absolute(features, head, x, labels):
    """The sum loses its sign, so that what speaks against the class is shown, too."""
    return _made(features, head, x, labels, "absolute")


@mistake(
    "grad_cam",
    hint="A ReLU cuts off what is negative. Moving the smallest to 0 lights up what speaks against the class.",
    read="sec-architectures-units",
)
def from_zero_to_one(features, head, x, labels):
    """The smallest value becomes 0 and the largest 1, in place of a ReLU."""
    return _made(features, head, x, labels, "from_zero_to_one")


@mistake("grad_cam", same_as="clipped")
def not_divided(features, head, x, labels):
    """The map is not divided by its largest value."""
    return _made(features, head, x, labels, "not_divided")


@mistake(
    "grad_cam", hint="The map is divided by its largest value.", read="sec-architectures-units"
)
def clipped(features, head, x, labels):
    """Values above 1 are cut off."""
    return _made(features, head, x, labels, "clipped")


@mistake(
    "grad_cam",
    hint="The map is divided by its largest value, so that 0 stays 0.",
    read="sec-architectures-units",
)
def sigmoid(features, head, x, labels):
    """The values go through a sigmoid."""
    return _made(features, head, x, labels, "sigmoid")


@mistake("grad_cam", hint="By its largest value.", read="sec-architectures-units")
def divided_by_the_sum(features, head, x, labels):
    """The map is divided by its sum."""
    return _made(features, head, x, labels, "divided_by_the_sum")


@mistake("grad_cam", hint="By its largest value.", read="sec-architectures-units")
def divided_by_the_norm(features, head, x, labels):
    """The map is divided by its length."""
    return _made(features, head, x, labels, "divided_by_the_norm")


@mistake("grad_cam", hint="Each image by its own.", read="sec-architectures-units")
def largest_of_the_batch(features, head, x, labels):
    """All images are divided by the largest value of the batch."""
    return _made(features, head, x, labels, "largest_of_the_batch")


@mistake(
    "grad_cam",
    hint="0 / 0 is nan. Such an image is 0 everywhere.",
    read="sec-architectures-units",
    corner="nothing speaks for the class",
)
def zero_by_zero(features, head, x, labels):
    """An image where nothing speaks for the class is nan."""
    return _made(features, head, x, labels, "zero_by_zero")


@mistake(
    "grad_cam",
    hint="The largest value becomes 1. Only a largest value of 0 needs care.",
    read="sec-architectures-units",
)
def a_little_added(features, head, x, labels):
    """A little is added to the largest value, so that the largest result is below 1."""
    return _made(features, head, x, labels, "a_little_added")


@mistake(
    "grad_cam",
    hint="First resize, then divide: resizing may lower the largest value.",
    read="sec-architectures-units",
    corner="resizing",
)
def divided_before(features, head, x, labels):
    """The map is divided before it is resized."""
    return _made(features, head, x, labels, "divided_before")


@mistake("grad_cam", hint='mode="bilinear".', read="sec-architectures-units", corner="resizing")
def nearest(features, head, x, labels):
    """The map is enlarged in blocks."""
    return _made(features, head, x, labels, "nearest")


@mistake("grad_cam", hint='mode="bilinear".', read="sec-architectures-units", corner="resizing")
def bicubic(features, head, x, labels):
    """The map is enlarged with bicubic weights."""
    return _made(features, head, x, labels, "bicubic")


@mistake(
    "grad_cam",
    hint="align_corners=False: pixels are areas, and not points.",
    read="sec-architectures-units",
    corner="resizing",
)
def corners_aligned(features, head, x, labels):
    """The map is enlarged with its corners aligned."""
    return _made(features, head, x, labels, "corners_aligned")


@mistake(
    "grad_cam",
    hint="First the ReLU, then resize: or what is negative dims its neighbours.",
    read="sec-architectures-units",
    corner="resizing",
)
def relu_last(features, head, x, labels):
    """The ReLU comes after resizing."""
    return _made(features, head, x, labels, "relu_last")


@mistake(
    "grad_cam",
    hint="Resize it to the images' H × W.",
    read="sec-architectures-units",
    corner="resizing",
)
def not_resized(features, head, x, labels):
    """The map is as small as the features."""
    return _made(features, head, x, labels, "not_resized")


@mistake("grad_cam", hint="H × W, which need not be equal.", read="sec-architectures-units")
def square(features, head, x, labels):
    """The map is resized to a square."""
    return _made(features, head, x, labels, "square")


@mistake("grad_cam", hint="(H, W) is x.shape[2:].", read="sec-architectures-units")
def size_exchanged(features, head, x, labels):
    """The map is resized to W × H."""
    return _made(features, head, x, labels, "size_exchanged")


@mistake(
    "grad_cam",
    hint="(N, H, W): take the axis out again that `F.interpolate` wanted.",
    read="sec-architectures-units",
)
def with_channel(features, head, x, labels):
    """The result has a channel axis."""
    return _made(features, head, x, labels, "with_channel")


@mistake(
    "grad_cam",
    hint="`.backward()` adds to the gradient of every parameter, and the next training step takes it. `torch.autograd.grad` returns gradients and leaves nothing.",
    read="sec-architectures-units",
    corner="what remains",
)
def backward(features, head, x, labels):
    """`.backward()` leaves gradients in the parameters."""
    return _made(features, head, x, labels, "backward")


@mistake(
    "grad_cam",
    hint="Detach what you return: or whoever keeps it keeps the whole graph.",
    read="sec-architectures-units",
    corner="what remains",
)
def leaves_in_the_graph(features, head, x, labels):
    """The result still requires a gradient."""
    return _made(features, head, x, labels, "leaves_in_the_graph")


@mistake(
    "grad_cam",
    hint="Each image is divided by its own largest value, so that each needs its own test for 0: torch.where does it for all.",
    read="sec-architectures-units",
    corner="nothing speaks for the class",
)
def zero_by_zero_beside_others(features, head, x, labels):
    """In a batch, an image where nothing speaks for the class is nan: only a batch of such images is looked after."""
    return _made(features, head, x, labels, "zero_by_zero_beside_others")


@mistake(
    "grad_cam",
    hint="The map is divided by its largest value, and nothing is subtracted: its smallest value need not be 0.",
    read="sec-architectures-units",
)
def stretched(features, head, x, labels):
    """The smallest value is subtracted, so that it becomes 0."""
    return _made(features, head, x, labels, "stretched")


@mistake(
    "grad_cam",
    hint="`.backward()` adds to the gradient of every parameter on its way. `torch.autograd.grad` returns gradients and leaves nothing.",
    read="sec-architectures-units",
    corner="what remains",
)
def backward_from_the_maps(features, head, x, labels):
    """`.backward()` from detached maps leaves gradients in the parameters of the head."""
    return _made(features, head, x, labels, "backward_from_the_maps")


@mistake(
    "grad_cam",
    hint="`x.requires_grad_()` changes the tensor that you were given. The maps are what you need the gradient of: `features(x).detach().requires_grad_()`.",
    read="sec-architectures-units",
    corner="what remains",
)
def argument_requires(features, head, x, labels):
    """The argument x requires a gradient afterwards."""
    return _made(features, head, x, labels, "argument_requires")


# --- right answers, written another way ---


@alternative("grad_cam")
def image_by_image(features, head, x, labels):
    """A loop over the images."""
    found = []
    for i in range(len(x)):
        with torch.no_grad():
            maps = features(x[i : i + 1])
        maps.requires_grad_()
        score = head(maps)[0, int(labels[i])]
        gradient = torch.autograd.grad(score, [maps])[0][0]
        cam = torch.einsum("k,khw->hw", gradient.flatten(1).mean(1), maps.detach()[0]).clamp(min=0)
        cam = F.interpolate(
            cam[None, None], size=tuple(x.shape[2:]), mode="bilinear", align_corners=False
        )[0, 0]
        found.append(cam / cam.max() if cam.max() > 0 else cam)
    return torch.stack(found)


@alternative("grad_cam")
def through_the_features(features, head, x, labels):
    """Maps that stay in the graph of the features, where they are in one."""
    with torch.enable_grad():
        maps = features(x)
        if not maps.requires_grad:
            maps.requires_grad_(True)
        picked = head(maps).gather(1, labels[:, None].long())
        weights = torch.autograd.grad(picked, maps, torch.ones_like(picked))[0].mean((2, 3))
    with torch.no_grad():
        cam = torch.relu((weights[:, :, None, None] * maps).sum(1))
        cam = F.interpolate(cam.unsqueeze(1), x.shape[-2:], mode="bilinear").squeeze(1)
        top = cam.flatten(1).max(1).values[:, None, None]
        return torch.nan_to_num(cam / top, nan=0.0)
