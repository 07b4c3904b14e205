"""Wrong answers to `to_nchw` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "to_nchw",
    hint="Reshape keeps the numbers in the order in which they lie in memory and only cuts them anew: channels and "
    "pixels get mixed. To move an axis, transpose.",
    read="sec-arrays-layouts",
)
def reshaped(images):
    """You reshape where you should transpose."""
    n, h, w, _ = images.shape
    return (images[..., ::-1].reshape(n, 3, h, w).astype(np.float32) - 128) / 128


@mistake("to_nchw", same_as="reshaped")
def reshaped_first(images):
    """You reshape where you should transpose."""
    n, h, w, _ = images.shape
    return (images.reshape(n, 3, h, w)[:, ::-1].astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="Your images lie on their side. The new axes are N, channels, H, W: which of the old axes, counted from 0, "
    "is each of them?",
    read="sec-arrays-layouts",
)
def height_and_width_swapped(images):
    """Height and width are swapped."""
    return (images[..., ::-1].transpose(0, 3, 2, 1).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="OpenCV gives blue first, and you want red first. Faces turn blue this way, and no error tells you.",
    read="sec-arrays-images",
)
def blue_first(images):
    """The channels stay in the order blue, green, red."""
    return (images.transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="You turn the images left to right: [::-1] is applied to another axis than you think. Count the axes at the "
    "point where you use it.",
    read="sec-arrays-indexing",
)
def mirrored(images):
    """You reverse the columns and not the channels."""
    return (images[:, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="You turn the images upside down: [::-1] is applied to another axis than you think.",
    read="sec-arrays-indexing",
)
def upside_down(images):
    """You reverse the rows and not the channels."""
    return (images[:, ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="[::-1] without a comma reverses the first axis: that of the images.",
    read="sec-arrays-indexing",
)
def batch_reversed(images):
    """You reverse the order of the images and not of the channels."""
    return (images[::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="images − 128 is computed in uint8, where 0 − 128 is 128. Change the dtype before you subtract.",
    read="sec-arrays-wrap",
)
def wrapped(images):
    """You subtract in uint8, and dark pixels wrap around."""
    return ((images[..., ::-1] - np.uint8(128)) / 128).astype(np.float32).transpose(0, 3, 1, 2)


@mistake(
    "to_nchw",
    hint="int8 ends at 127. A pixel of 200 has no place in it and becomes −56.",
    read="sec-arrays-wrap",
)
def as_int8(images):
    """You convert to int8, and bright pixels wrap around."""
    return ((images[..., ::-1].astype(np.int8).astype(np.float32) - 128) / 128).transpose(
        0, 3, 1, 2
    )


@mistake(
    "to_nchw",
    hint="Pixels in [0, 1] are common, too, but the text asks for another scale: what becomes of 0, and of 128?",
    read="sec-arrays-dtypes",
)
def zero_to_one(images):
    """You divide by 255, which gives numbers from 0 to 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255


@mistake(
    "to_nchw",
    hint="p / 127.5 − 1 looks much the same, but it moves 128 away from 0. Follow the formula of the text.",
    read="sec-arrays-dtypes",
)
def other_scale(images):
    """You divide by 127.5 and subtract 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1


@mistake(
    "to_nchw",
    hint="Division comes before subtraction: p − 128 / 128 is p − 1. Put brackets around what comes first.",
    read="sec-arrays-dtypes",
)
def brackets_missing(images):
    """Brackets are missing: p − 128 / 128 is p − 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128 / 128


@mistake(
    "to_nchw",
    hint="The scale is missing: divide by 128 as well.",
    read="sec-arrays-dtypes",
)
def not_scaled(images):
    """You subtract 128 and do not divide."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128


@mistake(
    "to_nchw",
    hint="// rounds down to a whole number: only −1 and 0 are left. You want /.",
    read="sec-arrays-dtypes",
)
def floor_division(images):
    """You divide by //."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) // 128


@mistake(
    "to_nchw",
    hint="A whole number divided by a whole number gives float64, twice the memory of the float32 that is asked for. "
    "`.astype` converts.",
    read="sec-arrays-dtypes",
)
def in_float64(images):
    """The result is float64."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float64) - 128) / 128


@mistake(
    "to_nchw",
    hint="A Python loop over the images takes a microsecond or more for each; NumPy does all of them at once.",
    read="sec-arrays-vectorise",
)
def image_by_image(images):
    """You loop over the images."""
    return np.array([(i[..., ::-1].transpose(2, 0, 1).astype("f4") - 128) / 128 for i in images])


@mistake(
    "to_nchw",
    hint="`.T` reverses the order of all axes: (3, W, H, N). `.transpose` takes the old number of each new axis.",
    read="sec-arrays-layouts",
)
def all_axes_reversed(images):
    """You transpose with .T, which reverses all the axes."""
    return (images.T.astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="One image is a batch, too: (1, 3, H, W). squeeze drops every axis of length 1, whether you think of it or not.",
    read="sec-arrays-axes",
)
def squeezed(images):
    """Axes of length 1 are dropped."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32).squeeze() - 128) / 128


@mistake(
    "to_nchw",
    hint="The result is a torch tensor. Here NumPy is enough; torch comes in section 5.",
    read="sec-arrays-torch",
)
def a_tensor(images):
    """You return a torch tensor."""
    return (torch.from_numpy(images).permute(0, 3, 1, 2).flip(1).float() - 128) / 128


# --- right answers, written another way ---


@alternative("to_nchw")
def channel_by_channel(images):
    """A loop over the three channels, which is not one over pixels."""
    n, h, w, channels = images.shape
    x = np.empty((n, channels, h, w), dtype=np.float32)
    for channel in range(channels):
        x[:, channel] = (images[:, :, :, channels - 1 - channel].astype(np.float32) - 128.0) / 128.0
    return x


@alternative("to_nchw")
def stacked(images):
    """The channels taken apart and stacked; the arithmetic in float64."""
    blue, green, red = np.moveaxis(images.astype(np.float64), -1, 0)
    return np.stack([red, green, blue], axis=1).__sub__(128).__truediv__(128).astype("float32")


@alternative("to_nchw")
def signed_numbers(images):
    """Subtracted in int16, where nothing wraps."""
    x = np.ascontiguousarray(np.rollaxis(images[:, :, :, [2, 1, 0]], 3, 1)).astype(np.int16) - 128
    return x / np.float32(128)
