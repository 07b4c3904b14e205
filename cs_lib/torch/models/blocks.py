"""What several architectures are built from: convolution, norm and ReLU; checks of their input."""

import math

import torch

from cs_lib.torch import nn

__all__ = ["check_images", "check_variant", "conv_norm_relu", "scale_for_relu"]


def conv_norm_relu(
    in_channels, out_channels, kernel_size, *, stride=1, padding=0, eps=1e-5, rng=None
):
    """Convolution, batch norm, ReLU [Ioffe & Szegedy 2015, §3.2] -> Sequential of the three

    x: (N, in_channels, H, W) -> y: (N, out_channels, outH, outW). The convolution has no bias,
    because batch norm would subtract it again.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False, rng=rng),
        nn.BatchNorm2d(out_channels, eps=eps),
        nn.ReLU(),
    )


def scale_for_relu(*modules):
    """Make the weights of all convolutions and linear layers √6 times larger, their biases 0.

    From uniform in ±1/√fan_in, as layers start, they come to ±√(6 / fan_in): `kaiming_uniform` for
    ReLU [He et al. 2015, §2.2]. Without it the signal shrinks by √6 a layer where no norm makes up
    for that.
    """
    with torch.no_grad():
        for module in (m for root in modules for m in root.modules()):
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                module.weight.mul_(math.sqrt(6))
                if module.bias is not None:
                    module.bias.zero_()


def check_images(model, x):
    """x must be (N, C, H, W), C = model.in_channels, H and W at least model.least pixels.

    ValueError, under the name of the model's class, for other shapes.
    """
    if x.ndim != 4 or x.shape[1] != model.in_channels or min(x.shape[2:]) < model.least:
        raise ValueError(
            f"{type(model).__name__}: x has shape {tuple(x.shape)}; it must be "
            f"(N, {model.in_channels}, H, W), H and W at least {model.least}"
        )


def check_variant(caller, name, value, known):
    """value, of the argument called name, must be one of those known. ValueError if it is not."""
    if value not in known:
        *others, last = map(repr, known)
        raise ValueError(f"{caller}: {name} is {value!r}; it must be {', '.join(others)} or {last}")
