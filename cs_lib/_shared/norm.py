"""What the normalisations of both libraries share: checks of shapes, and a window of weights."""

import math

import numpy as np


def check_batch_norm(caller, x, running_mean, running_var, weight, bias, training, ranks=(2, 4)):
    """x must be (N, D) or (N, C, H, W), of more than one value a channel in training."""
    check_rank(caller, x, ranks)
    if (running_mean is None) != (running_var is None):
        raise ValueError(f"{caller}: give running_mean and running_var, or neither")
    if running_mean is None and not training:
        raise ValueError(
            f"{caller}: there is no running_mean to normalise with; "
            "give running_mean and running_var, or training=True"
        )
    channels = x.shape[1]
    check_each_channel(
        caller,
        channels,
        running_mean=running_mean,
        running_var=running_var,
        weight=weight,
        bias=bias,
    )
    if training and math.prod(x.shape) == channels:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}, one value a channel, whose variance is 0; "
            "train with a larger batch, or call eval() first"
        )


def check_layer_norm(caller, x, normalized_shape, weight, bias):
    """x must end in the axes of normalized_shape, which weight and bias must have."""
    rank = len(normalized_shape)
    if rank == 0 or tuple(x.shape[-rank:]) != normalized_shape or 0 in x.shape:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}; its last axes must be "
            f"normalized_shape {normalized_shape}, and none empty"
        )
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None and tuple(array.shape) != normalized_shape:
            raise ValueError(
                f"{caller}: {name} has shape {tuple(array.shape)}; "
                f"it must be normalized_shape {normalized_shape}"
            )


def check_instance_norm(caller, x, weight, bias):
    """x must be (N, C, H, W) of more than one pixel."""
    check_rank(caller, x, (4,))
    check_each_channel(caller, x.shape[1], weight=weight, bias=bias)
    if x.shape[2] * x.shape[3] == 1:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}, one pixel a channel, whose variance is 0; "
            "use layer_norm or group_norm"
        )


def check_group_norm(caller, x, num_groups, weight, bias):
    """x must be (N, C) or (N, C, H, W), and C a multiple of num_groups."""
    check_rank(caller, x, (2, 4))
    check_groups(caller, x.shape[1], num_groups)
    check_each_channel(caller, x.shape[1], weight=weight, bias=bias)
    if math.prod(x.shape[1:]) == num_groups:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}, one value in each of {num_groups} groups, "
            "whose variance is 0; use fewer groups"
        )


def check_groups(caller, channels, num_groups):
    if num_groups < 1 or channels % num_groups:
        raise ValueError(
            f"{caller}: {channels} channels do not divide into {num_groups} groups of equal size; "
            "num_groups must be a divisor of the number of channels"
        )


def check_features(caller, x, num_features):
    """x must have the channels that the layer was made for."""
    if len(x.shape) > 1 and x.shape[1] != num_features:
        raise ValueError(
            f"{caller}: x has {x.shape[1]} channels, num_features is {num_features}; "
            "both must agree: is x (N, C) or (N, C, H, W)?"
        )


def check_rank(caller, x, ranks):
    axes = {2: "(N, C)", 4: "(N, C, H, W)"}
    if len(x.shape) not in ranks or 0 in x.shape:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}; it must be "
            f"{' or '.join(axes[rank] for rank in ranks)}, not empty"
        )


def check_each_channel(caller, channels, **arrays):
    """What is given must have one value a channel."""
    for name, array in arrays.items():
        if array is not None and tuple(array.shape) != (channels,):
            raise ValueError(
                f"{caller}: {name} has shape {tuple(array.shape)}, x has {channels} channels; "
                f"it must be ({channels},): is x (N, C) or (N, C, H, W)?"
            )


def check_weight_norm(caller, v, g):
    """v must be (out, ...), and g one length for each v[i], with as many axes."""
    wanted = (v.shape[0],) + (1,) * (len(v.shape) - 1) if len(v.shape) else None
    if len(v.shape) < 2 or tuple(g.shape) != wanted:
        raise ValueError(
            f"{caller}: v has shape {tuple(v.shape)}, g has {tuple(g.shape)}; "
            "they must be (out, ...) and (out, 1, ...), with as many axes"
        )


def check_local_contrast(caller, x, eps):
    check_rank(caller, x, (4,))
    check_positive(caller, "eps", eps)


def check_positive(caller, name, value):
    if not value > 0:
        raise ValueError(f"{caller}: {name} is {value}; it must be positive")


def window(caller, size, kernel_size, sigma):
    """Weights of a local mean along one axis: row i is a Gaussian around i, cut off, of sum 1.

    size: pixels, kernel_size: odd, how many of them a row reaches, sigma: standard deviation in
    pixels, None for kernel_size / 4 -> (size, size) float64
    What would lie outside the image has weight 0, so a constant image has that constant as its
    mean, up to the border.
    """
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(
            f"{caller}: kernel_size is {kernel_size}; it must be odd, to have a middle"
        )
    sigma = kernel_size / 4 if sigma is None else sigma
    check_positive(caller, "sigma", sigma)
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    weights = np.exp(-0.5 * (distance / sigma) ** 2) * (abs(distance) <= kernel_size // 2)
    return weights / weights.sum(axis=1, keepdims=True)
