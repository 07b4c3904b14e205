"""Wrong answers to `to_images` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "to_images",
    hint="Converting to uint8 cuts off what is behind the point: 254.745 becomes 254. Round first.",
    read="sec-arrays-dtypes",
)
def cut_off(x):
    """The numbers are cut off and not rounded."""
    return (255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50; −0.2 becomes 205. First bring "
    "the numbers into the range.",
    read="sec-arrays-wrap",
)
def wraps_around(x):
    """Values outside of the range wrap around."""
    pixels = np.rint(255 * x.detach().numpy()).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of −0.2 gives −51, which does not fit into uint8 and becomes 205.",
    read="sec-arrays-wrap",
)
def negatives_wrap(x):
    """Values below 0 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(max=1)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50. Before the multiplication the range ends at "
    "1, after it at 255.",
    read="sec-arrays-wrap",
)
def large_ones_wrap(x):
    """Values above 1 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(min=0)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="large_ones_wrap")
def clipped_too_early(x):
    """Values above 1 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(0, 255)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="reshape and view only cut the numbers anew: channels and pixels get mixed. To move an axis, use "
    "permute (torch) or transpose (NumPy).",
    read="sec-arrays-layouts",
)
def reshaped_back(x):
    """You reshape where you should transpose."""
    n, c, h, w = x.shape
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).reshape(n, h, w, c)


@mistake(
    "to_images",
    hint="Your images lie on their side: (N, W, H, 3). Which of the old axes is each of the new ones?",
    read="sec-arrays-layouts",
)
def sideways(x):
    """Height and width are swapped."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 3, 2, 1)


@mistake(
    "to_images",
    hint="The channels are still the second axis.",
    read="sec-arrays-layouts",
)
def channels_still_second(x):
    """The axes stay as they are."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8)


@mistake(
    "to_images",
    hint="torch does not hand out the numbers of a tensor that requires a gradient: it could not follow what you do to them. `.detach()` gives "
    "the same numbers without that.",
    read="sec-arrays-torch-differences",
    at="to_images: a tensor that requires a gradient",
)
def not_detached(x):
    """The tensor is not detached."""
    return np.rint(255 * x.numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="`.numpy()` and `.detach()` share the memory of the tensor, so what you do in place (*=, clip with out=) is done to x.",
    read="sec-arrays-torch",
)
def shared_memory(x):
    """You change the tensor through the array that shares its memory."""
    pixels = x.detach().numpy()
    pixels *= 255
    return np.rint(pixels.clip(0, 255)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The result is a torch tensor still. `.numpy()` makes an array of it.",
    read="sec-arrays-torch",
)
def still_a_tensor(x):
    """You return a tensor."""
    return (255 * x.detach().clamp(0, 1)).round().to(torch.uint8).permute(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The numbers are right, but they are floats: a picture file wants uint8.",
    read="sec-arrays-dtypes",
)
def floats_still(x):
    """The result has floats."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The numbers are right, but they take 8 bytes each: the text asks for uint8.",
    read="sec-arrays-dtypes",
)
def eight_byte_numbers(x):
    """The result is int64."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.int64).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="Only 0 and 1 are left: you convert to uint8 before you multiply by 255.",
    read="sec-arrays-dtypes",
)
def converted_first(x):
    """You convert to uint8 before you multiply."""
    pixels = x.detach().numpy().clip(0, 1).astype(np.uint8)
    return (pixels * np.uint8(255)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="1 becomes 255: white is the largest number of uint8, not the count of its numbers.",
    read="sec-arrays-dtypes",
)
def times_256(x):
    """You multiply by 256."""
    pixels = np.rint(256 * x.detach().numpy()).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="times_256")
def times_256_cut_off(x):
    """You multiply by 256."""
    pixels = (256 * x.detach().numpy()).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="Only 0 and 1 are left: the range ends at 1 before you multiply by 255, and at 255 after it.",
    read="sec-arrays-dtypes",
)
def clipped_to_one_too_late(x):
    """You cut the numbers off at 1 after you have multiplied them."""
    pixels = np.rint(255 * x.detach().numpy()).clip(0, 1)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You stretch the numbers so that the smallest becomes 0 and the largest 255. A grey image would become black and white; the text keeps "
    "the values and cuts off what is outside of the range.",
    read="sec-arrays-wrap",
)
def stretched(x):
    """You stretch the range of the numbers to 0…255."""
    a = x.detach().numpy()
    a = (a - a.min()) / max(a.max() - a.min(), 1e-9)
    return np.rint(255 * a).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="shared_memory")
def clamped_in_place(x):
    """You change the tensor through the array that shares its memory."""
    pixels = x.detach().clamp_(0, 1).numpy()
    return np.rint(255 * pixels).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You round up. 79.05 becomes 79.",
    read="sec-arrays-dtypes",
)
def rounded_up(x):
    """The numbers are rounded up."""
    return np.ceil(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You round before you multiply, so that only 0 and 255 are left.",
    read="sec-arrays-dtypes",
)
def rounded_first(x):
    """You round before you multiply."""
    pixels = np.rint(x.detach().numpy().clip(0, 1)) * 255
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


# --- right answers, written another way ---


@alternative("to_images")
def in_torch(x):
    """The work in torch, then NumPy."""
    pixels = (x.detach() * 255).round().clamp(0, 255).to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).numpy()


@alternative("to_images")
def half_added(x):
    """A half is added and the rest cut off."""
    with torch.no_grad():
        pixels = x.clamp(0, 1).mul(255).add(0.5).byte()
    return np.ascontiguousarray(np.moveaxis(pixels.cpu().numpy(), 1, -1))


@alternative("to_images")
def through_a_list(x):
    """np.array of a copy in float64."""
    a = np.array(x.tolist()).reshape(tuple(x.shape))
    return np.clip(np.round(a * 255), 0, 255).astype("uint8").transpose([0, 2, 3, 1])
