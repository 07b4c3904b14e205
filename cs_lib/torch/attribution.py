"""Which pixels a score hangs on: gradients, guided backpropagation, Grad-CAM, occlusion.

model(x): (N, K) scores, before a softmax. labels: (N,) the classes that are asked about, by default
those with the largest scores. Everything is computed in evaluation mode, in which the images of a
batch do not depend on one another; the model's mode and its parameters' gradients stay as they
were. A map says how the *model* behaves near x, and a picture that looks convincing is no proof
even of that: try it on a model with random weights [Adebayo et al. 2018].
"""

from contextlib import ExitStack, contextmanager

import torch

__all__ = [
    "grad_cam",
    "gradient_times_input",
    "guided_backprop",
    "integrated_gradients",
    "layer_outputs",
    "occlusion",
    "saliency",
]


def saliency(model, x, labels=None):
    """The gradient of a class's score with respect to the image [Simonyan et al. 2014, §3].

    x: (N, C, H, W) -> (N, C, H, W), with signs. The paper shows, for each pixel, the largest
    absolute value among the channels: abs().amax(dim=1).
    """
    with _evaluating(model), torch.enable_grad():
        x = x.detach().requires_grad_()
        (dx,) = torch.autograd.grad(_chosen(model(x), labels, "saliency").sum(), x)
    return dx


def gradient_times_input(model, x, labels=None):
    """x · ∂score/∂x, entry by entry [Shrikumar et al. 2017, §2.2]. x: (N, C, H, W) -> the same

    For a network of convolutions, ReLUs, pooling and linear layers without biases the entries of an
    image add up to the score, because such a network satisfies f(a x) = a f(x) for a > 0.
    """
    return x.detach() * saliency(model, x, labels)


def integrated_gradients(model, x, labels=None, *, baseline=0.0, steps=50):
    """(x − baseline) · the mean of the gradients on the way from baseline to x [Sundararajan 2017].

    x: (N, C, H, W) -> (N, C, H, W). The entries of an image add up to score(x) − score(baseline),
    up to the error of the midpoint rule with so many steps. baseline: a number, or like x.
    """
    _check_positive("integrated_gradients", steps=steps)
    x = x.detach()
    if labels is None:
        with _evaluating(model), torch.no_grad():
            labels = model(x).argmax(dim=1)  # of x, for all points on the way
    way = x - baseline
    total = torch.zeros_like(x)
    for step in range(steps):
        total += saliency(model, baseline + (step + 0.5) / steps * way, labels)
    return way * total / steps


def guided_backprop(model, x, labels=None):
    """Backpropagation in which ReLUs pass positive gradients only [Springenberg et al. 2015, §3.4].

    x: (N, C, H, W) -> (N, C, H, W). With more than one hidden layer it is in general the gradient
    of no function, and the picture hardly depends on the class [Nie et al. 2018]. ValueError if
    the model has no ReLU among its modules: one that calls a function relu cannot be changed from
    outside.
    """
    relus = [m for m in model.modules() if isinstance(m, torch.nn.ReLU)]
    if not relus:
        raise ValueError("guided_backprop: the model has no ReLU among its modules")
    with ExitStack() as hooks:
        for relu in relus:
            hooks.callback(relu.register_forward_hook(_guide).remove)
        return saliency(model, x, labels)


def _guide(module, args, output):
    if output.requires_grad:
        # ReLU's own backward will set to 0 what arrives where its input was negative
        output.register_hook(lambda upstream: upstream.clamp(min=0))


def grad_cam(model, x, labels=None, *, layer, upsample=True):
    """The maps of a layer, weighted by their mean gradients, above 0 [Selvaraju et al. 2017, §3].

    layer: its name among model.named_modules(), with outputs (N, F, h, w). x: (N, C, H, W) ->
    (N, H, W) by bilinear interpolation, or (N, h, w) with upsample=False.
    """
    with _evaluating(model), torch.enable_grad():
        # x needs a gradient, or a frozen model would have none
        maps, scores = _with_scores(model, x.detach().requires_grad_(), [layer], "grad_cam")
        maps = maps[layer]
        if maps.ndim != 4:
            raise ValueError(f"grad_cam: {layer!r} puts out {tuple(maps.shape)}, not (N, F, h, w)")
        (dmaps,) = torch.autograd.grad(_chosen(scores, labels, "grad_cam").sum(), maps)
    weights = dmaps.mean(dim=(2, 3), keepdim=True)  # (N, F, 1, 1)
    cam = (weights * maps).sum(dim=1).clamp(min=0).detach()  # (N, h, w)
    if not upsample:
        return cam
    size = x.shape[2:]
    return torch.nn.functional.interpolate(cam[:, None], size, mode="bilinear")[:, 0]


@torch.no_grad()
def occlusion(model, x, labels=None, *, size, stride=1, fill=0.0, batch_size=256):
    """By how much the score falls when a square covers part of the image [Zeiler & Fergus 2014].

    x: (N, C, H, W) -> (N, outH, outW), for each place of a size × size window of that stride, as a
    convolution without padding would visit them. fill: the square's value, for all channels.
    ValueError if no window fits.
    """
    _check_positive("occlusion", size=size, stride=stride, batch_size=batch_size)
    n, _, height, width = x.shape
    if size > min(height, width):
        raise ValueError(f"occlusion: size is {size}, larger than the image, {height} × {width}")
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    with _evaluating(model):
        scores = model(x)
        labels = scores.argmax(dim=1) if labels is None else torch.as_tensor(labels)
        before = _chosen(scores, labels, "occlusion")
        falls = []
        for top in tops:
            for left in lefts:
                covered = x.clone()
                covered[:, :, top : top + size, left : left + size] = fill
                after = torch.cat([model(part) for part in covered.split(batch_size)])
                falls.append(before - _chosen(after, labels, "occlusion"))
    return torch.stack(falls, dim=1).reshape(n, len(tops), len(lefts))


def layer_outputs(model, x, layers):
    """What layers put out in a forward pass -> {name: output}, parts of the graph of autograd.

    layers: names among model.named_modules(). The model runs in the mode that it is in. A layer
    that runs more than once gives its last output. ValueError for an unknown name.
    """
    return _with_scores(model, x, layers, "layer_outputs")[0]


def _with_scores(model, x, layers, caller):
    """-> {name: output}, model(x)"""
    modules, found = dict(model.named_modules()), {}
    if unknown := [name for name in layers if name not in modules]:
        known = ", ".join(name for name in modules if name)
        raise ValueError(f"{caller}: the model has no {unknown[0]!r}; it has: {known}")

    def keep(name):
        def hook(module, args, output):
            found[name] = output

        return hook

    with ExitStack() as hooks:
        for name in layers:
            hooks.callback(modules[name].register_forward_hook(keep(name)).remove)
        scores = model(x)
    return found, scores


def _chosen(scores, labels, caller):
    """The scores of the labels, or the largest: (N, K) -> (N,)"""
    if scores.ndim != 2:
        raise ValueError(f"{caller}: model(x) is {tuple(scores.shape)}; it must be (N, K) scores")
    if labels is None:
        labels = scores.argmax(dim=1)
    labels = torch.as_tensor(labels, device=scores.device)
    if labels.shape != scores.shape[:1]:
        raise ValueError(
            f"{caller}: labels is {tuple(labels.shape)} for {len(scores)} images; expected "
            f"({len(scores)},)"
        )
    return scores.gather(1, labels.long()[:, None])[:, 0]


def _check_positive(caller, **numbers):
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{caller}: {name} is {value}; it must be at least 1")


@contextmanager
def _evaluating(model):
    """In evaluation mode; each module's own mode comes back afterwards"""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
