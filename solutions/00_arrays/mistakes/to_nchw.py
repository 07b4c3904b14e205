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
    corner="dark pixels",
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
    read="sec-arrays-bytes",
)
def zero_to_one(images):
    """You divide by 255, which gives numbers from 0 to 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255


@mistake(
    "to_nchw",
    hint="p / 127.5 − 1 looks much the same, but it moves 128 away from 0. Follow the formula of the text.",
    read="sec-arrays-bytes",
)
def other_scale(images):
    """You divide by 127.5 and subtract 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1


@mistake(
    "to_nchw",
    hint="Division comes before subtraction: p − 128 / 128 is p − 1. Put brackets around what comes first.",
    read="sec-arrays-bytes",
)
def brackets_missing(images):
    """Brackets are missing: p − 128 / 128 is p − 1."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128 / 128


@mistake(
    "to_nchw",
    hint="The scale is missing: divide by 128 as well.",
    read="sec-arrays-bytes",
)
def not_scaled(images):
    """You subtract 128 and do not divide."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128


@mistake(
    "to_nchw",
    hint="// rounds down to a whole number: only −1 and 0 are left. You want /.",
    read="sec-arrays-wrap",
)
def floor_division(images):
    """You divide by //."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) // 128


@mistake(
    "to_nchw",
    corner="float32",
    hint="float64 is what NumPy makes of a division of whole numbers, and what float and np.float64 mean: twice the memory of the "
    "float32 that is asked for. `.astype(np.float32)` converts.",
    read="sec-arrays-promotion",
)
def in_float64(images):
    """The result is float64."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float64) - 128) / 128


@mistake(
    "to_nchw",
    corner="no loop",
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
    corner="the type of the result",
    hint="The result is a torch tensor. Here NumPy is enough; torch comes in section 5.",
    read="sec-arrays-torch",
)
def a_tensor(images):
    """You return a torch tensor."""
    return (torch.from_numpy(images).permute(0, 3, 1, 2).flip(1).float() - 128) / 128


@mistake(
    "to_nchw",
    hint="Red and blue are swapped in place, and what stands on the right are views: when the second is written, the first "
    "has been overwritten already, and the red stands in both places. Index with [2, 1, 0], or copy one first.",
    read="sec-arrays-views",
)
def swapped_in_place(images):
    """Red overwrites blue before it is saved."""
    x = ((images.astype(np.float32) - 128) / 128).transpose(0, 3, 1, 2)
    x[:, 0], x[:, 2] = x[:, 2], x[:, 0]
    return x


@mistake(
    "to_nchw",
    hint="Your channels are neither blue, green, red nor red, green, blue. To reverse three things, let the first and the "
    "last change places, and keep the middle one.",
    read="sec-arrays-layouts",
)
def channels_rolled(images):
    """The channels move round by one place."""
    x = np.roll(images, 1, axis=3)
    return ((x.astype(np.float32) - 128) / 128).transpose(0, 3, 1, 2)


@mistake("to_nchw", same_as="channels_rolled")
def channels_rolled_back(images):
    """The channels move round by one place, the other way."""
    x = (images.astype(np.float32) - 128) / 128
    return np.stack([x[..., 1], x[..., 2], x[..., 0]], axis=1)


@mistake(
    "to_nchw",
    hint="Two things at once: reshape keeps the numbers in their order and mixes channels and pixels, where transpose "
    "moves an axis; and nothing turns blue, green, red into red, green, blue.",
    read="sec-arrays-layouts",
)
def reshaped_and_blue_first(images):
    """You reshape where you should transpose, and the channels stay blue, green, red."""
    n, h, w, _ = images.shape
    return (images.reshape(n, 3, h, w).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="Two things at once: the images lie on their side, (N, 3, W, H), and nothing turns blue, green, red into red, "
    "green, blue. Exchanging two axes is not enough: the channels move to the front, and H and W keep their order.",
    read="sec-arrays-layouts",
)
def on_its_side_and_blue_first(images):
    """Height and width are swapped, and the channels stay blue, green, red."""
    return (np.swapaxes(images, 1, 3).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="np.flip without an axis reverses all of them: the images, rows and columns, too. Name the axis of the channels.",
    read="sec-arrays-indexing",
)
def everything_flipped(images):
    """You reverse all axes and not the channels alone."""
    return (np.flip(images).transpose(0, 3, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="The formula divides by 128, not by 255: 128 is subtracted, so the largest distance from 0 is 128.",
    read="sec-arrays-bytes",
)
def divided_by_255(images):
    """You subtract 128 and divide by 255."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 255


@mistake(
    "to_nchw",
    hint="The scale is right, and 128 is not subtracted: 128 should become 0, and 0 become −1.",
    read="sec-arrays-bytes",
)
def not_moved(images):
    """You divide by 128 and do not subtract."""
    return images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 128


@mistake(
    "to_nchw",
    hint="The channels are the last axis still. transpose takes the old number of each new axis.",
    read="sec-arrays-layouts",
)
def channels_still_last(images):
    """The axes stay as they are."""
    return (images[..., ::-1].astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="Your channels come before the images: (3, N, H, W). The first axis stays where it is, so the old number of the "
    "new axis 0 is 0.",
    read="sec-arrays-layouts",
)
def channels_before_images(images):
    """The channels become the first axis, not the second."""
    return (images[..., ::-1].transpose(3, 0, 1, 2).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="You divide by 127, the largest number that is left after 128 is taken off. The text divides by 128, a power of two, so "
    "that nothing is rounded.",
    read="sec-arrays-wrap",
)
def divided_by_127(images):
    """You subtract 128 and divide by 127."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) - 128) / 127


@mistake(
    "to_nchw",
    hint="np.moveaxis takes the place where an axis is, and then the place where it goes. You moved the height; the channels stand "
    "at −1.",
    read="sec-arrays-layouts",
)
def height_moved_to_the_end(images):
    """np.moveaxis moves the height to the end."""
    return (np.moveaxis(images[..., ::-1], 1, -1).astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    corner="float32",
    hint="The result is float16, which has three digits. The text asks for float32.",
    read="sec-arrays-promotion",
)
def in_float16(images):
    """The result is float16."""
    return (images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float16) - 128) / 128


@mistake(
    "to_nchw",
    hint="You divide first and take 128 away from what is left, which lies between 0 and 2. The difference comes first, so it "
    "needs brackets.",
    read="sec-arrays-wrap",
)
def divided_first(images):
    """You divide by 128 before you subtract 128: p / 128 − 128."""
    x = images[..., ::-1].transpose(0, 3, 1, 2)
    return x.astype(np.float32) / 128 - 128


@mistake(
    "to_nchw",
    hint="128 becomes 0, so it is 128 that you subtract. 127 and 127.5 are the middle of other rules.",
    read="sec-arrays-bytes",
)
def minus_127(images):
    """You subtract another number than 128."""
    x = images[..., ::-1].transpose(0, 3, 1, 2)
    return (x.astype(np.float32) - 127) / 128


@mistake("to_nchw", same_as="minus_127")
def minus_the_middle(images):
    """You subtract 127.5."""
    x = images[..., ::-1].transpose(0, 3, 1, 2)
    return (x.astype(np.float32) - 127.5) / 128


@mistake(
    "to_nchw",
    hint="You subtract the pixels from 128: white becomes −1. It is 128 that is subtracted.",
    read="sec-arrays-bytes",
)
def subtracted_from_128(images):
    """The difference is turned round: 128 − p."""
    x = images[..., ::-1].transpose(0, 3, 1, 2)
    return (128 - x.astype(np.float32)) / 128


@mistake(
    "to_nchw",
    hint="Your axes are N, H, channels, W. np.moveaxis(x, 3, 1) makes the channels the second axis, and axes are counted from 0.",
    read="sec-arrays-layouts",
)
def channels_third(images):
    """The channels become the third axis."""
    x = np.moveaxis(images[..., ::-1], 3, 2)
    return (x.astype(np.float32) - 128) / 128


@mistake(
    "to_nchw",
    hint="The order of blue, green, red is reversed as a whole, ::-1. You exchange two of the three.",
    read="sec-arrays-layouts",
)
def blue_and_green_exchanged(images):
    """Two of the three channels change places, and not blue and red."""
    x = images[..., [1, 0, 2]].transpose(0, 3, 1, 2)
    return (x.astype(np.float32) - 128) / 128


@mistake("to_nchw", same_as="blue_and_green_exchanged")
def green_and_red_exchanged(images):
    """Green and red change places."""
    x = images[..., [0, 2, 1]].transpose(0, 3, 1, 2)
    return (x.astype(np.float32) - 128) / 128


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
