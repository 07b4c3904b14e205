"""Augmentation: other images of the same class, or mixtures of two with a mixed label.

x: (N, C, H, W) float in [0, 1] -> a new batch of the same dtype, each image changed in its own way,
drawn from rng (by NumPy, on the CPU). Only for training: what is tested stays as it is.
"""

import torch
from torch.nn import functional as F

from cs_lib._shared import augmentation as _draw

__all__ = [
    "color_jitter",
    "cutmix",
    "cutout",
    "gaussian_noise",
    "mixup",
    "random_crop",
    "random_horizontal_flip",
    "random_rotation",
]

_GREY = (0.299, 0.587, 0.114)  # brightness of red, green, blue [ITU-R BT.601]; torchvision: .2989

# --- that keep the label ---


def random_horizontal_flip(x, p=0.5, *, rng):
    """Swap left and right of each image with probability p: (N, C, H, W) -> (N, C, H, W)"""
    _draw.check_images("random_horizontal_flip", x)
    _draw.check_share("random_horizontal_flip", "p", p)
    flip = torch.from_numpy(rng.random(len(x)) < p).to(x.device)
    return torch.where(flip[:, None, None, None], x.flip(3), x)


def random_crop(x, size, *, padding=0, rng):
    """A window at a random place of each image, with a black frame of padding pixels around it.

    x: (N, C, H, W), size: h or (h, w) -> (N, C, h, w). ValueError if the window does not fit.
    """
    _draw.check_images("random_crop", x)
    rows, columns = (
        torch.from_numpy(index).to(x.device)
        for index in _draw.crop_index("random_crop", x.shape, size, padding, rng)
    )
    padded = F.pad(x, (padding, padding, padding, padding))
    n = torch.arange(len(x), device=x.device)[:, None, None, None]
    c = torch.arange(x.shape[1], device=x.device)[:, None, None]
    return padded[n, c, rows[:, None, :, None], columns[:, None, None]]


def color_jitter(x, *, brightness=0.0, contrast=0.0, saturation=0.0, rng):
    """Change brightness, contrast and saturation, in this order, each by a factor of its own.

    x: (N, 3, H, W) -> (N, 3, H, W), clipped to [0, 1] after each. The factors are uniform in
    1 ± the strength given, and blend the image with black, its mean grey, its grey image.
    """
    _draw.check_images("color_jitter", x)
    if x.shape[1] != 3:
        raise ValueError(
            f"color_jitter: x has {x.shape[1]} channels; it must have 3: red, green, blue"
        )
    strengths = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
    for name, strength in strengths.items():
        _draw.check_at_least_0("color_jitter", name, strength)
    factors = _draw.jitter_factors(len(x), strengths.values(), rng)
    factors = [torch.from_numpy(f).to(x) for f in factors]
    x = (factors[0] * x).clamp(0, 1)
    mean = _grey(x).mean(dim=(2, 3), keepdim=True)  # (N, 1, 1, 1)
    x = (mean + factors[1] * (x - mean)).clamp(0, 1)
    grey = _grey(x)  # (N, 1, H, W)
    return (grey + factors[2] * (x - grey)).clamp(0, 1)


def _grey(x):
    """x: (N, 3, H, W) -> (N, 1, H, W)"""
    return sum(weight * x[:, c : c + 1] for c, weight in enumerate(_GREY))


def gaussian_noise(x, std, *, rng):
    """Add to every value its own normal noise of standard deviation std, and clip to [0, 1]."""
    _draw.check_images("gaussian_noise", x)
    _draw.check_at_least_0("gaussian_noise", "std", std)
    noise = torch.from_numpy(rng.standard_normal(tuple(x.shape))).to(x)
    return (x + std * noise).clamp(0, 1)


def random_rotation(x, degrees, *, rng):
    """Turn each image about its middle by an angle uniform in ±degrees; what comes in is black.

    x: (N, C, H, W) -> (N, C, H, W), interpolated linearly between pixels
    """
    _draw.check_images("random_rotation", x)
    _draw.check_at_least_0("random_rotation", "degrees", degrees)
    flat = x.flatten(2)  # (N, C, H·W)
    turned = sum(
        flat.gather(2, torch.from_numpy(index).to(x.device)[:, None].expand_as(flat))
        * torch.from_numpy(weight).to(x)[:, None]
        for index, weight in _draw.bilinear(x.shape, degrees, rng)
    )
    return turned.reshape(x.shape)


def cutout(x, size, *, fill=0.0, rng):
    """Paint over a square of each image [DeVries & Taylor 2017, §3.2].

    x: (N, C, H, W), size: side in pixels -> (N, C, H, W). The middle of the square is any pixel, so
    that part of it may lie outside: with some images seen nearly whole, it works better.
    """
    _draw.check_images("cutout", x)
    _draw.check_at_least_0("cutout", "size", size)
    mask = torch.from_numpy(_draw.boxes_mask(x.shape, size, size, rng)).to(x.device)
    return x.masked_fill(mask, fill)


# --- that mix labels ---


def mixup(x, y, num_classes, *, alpha=1.0, rng):
    """λ of each image and 1 - λ of another, and of their labels [Zhang et al. 2018, eq. 1].

    x: (N, C, H, W), y: (N,) labels -> x as before, label masses (N, num_classes), each row of sum 1
    λ of each pair: from Beta(alpha, alpha), so alpha → 0 mixes hardly, 1 evenly. The other image is
    drawn from the batch without replacement.
    """
    _draw.check_images("mixup", x)
    _draw.check_labels("mixup", y, len(x), num_classes)
    _draw.check_positive("mixup", "alpha", alpha)
    other = torch.from_numpy(rng.permutation(len(x))).to(x.device)
    share = torch.from_numpy(rng.beta(alpha, alpha, (len(x), 1))).to(x)
    per_image = share[:, :, None, None]
    mixed = per_image * x + (1 - per_image) * x[other]
    return mixed, _masses(y, y[other], share, num_classes)


def cutmix(x, y, num_classes, *, alpha=1.0, rng):
    """A box of another image pasted into each, labels by area [Yun et al. 2019, §3.1].

    x: (N, C, H, W), y: (N,) labels -> x as before, label masses (N, num_classes), each row of sum 1
    The box has the image's proportions and a share 1 - λ of its area, λ from Beta(alpha, alpha); it
    is cut off at the border, and the label has the share that is left.
    """
    _draw.check_images("cutmix", x)
    _draw.check_labels("cutmix", y, len(x), num_classes)
    _draw.check_positive("cutmix", "alpha", alpha)
    other = torch.from_numpy(rng.permutation(len(x))).to(x.device)
    mask = torch.from_numpy(_draw.cutmix_mask(x.shape, alpha, rng)).to(x.device)  # (N, 1, H, W)
    share = 1 - mask.to(x.dtype).mean(dim=(2, 3))  # (N, 1) of the image itself
    return torch.where(mask, x[other], x), _masses(y, y[other], share, num_classes)


def _masses(y, other, share, num_classes):
    """y, other: (N,), share: (N, 1) of y -> (N, num_classes)"""
    one_hot = torch.eye(num_classes, dtype=share.dtype, device=share.device)
    return share * one_hot[y] + (1 - share) * one_hot[other]
