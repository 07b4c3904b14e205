"""Wrong answers to `to_images` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "to_images",
    corner="rounding",
    hint="Converting to uint8 cuts off what is behind the point: 254.745 becomes 254. Round first.",
    read="sec-arrays-bytes",
)
def cut_off(x):
    """The numbers are cut off and not rounded."""
    return (255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="out of range",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50; −0.2 becomes 205. First bring "
    "the numbers into the range. (clip and clamp return what they cut: give it a name.)",
    read="sec-arrays-bytes",
)
def wraps_around(x):
    """Values outside of the range wrap around."""
    pixels = np.rint(255 * x.detach().numpy()).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="out of range",
    hint="A value of −0.2 gives −51, which does not fit into uint8 and becomes 205.",
    read="sec-arrays-bytes",
)
def negatives_wrap(x):
    """Values below 0 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(max=1)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="out of range",
    hint="A value of 1.2 gives 306, which does not fit into uint8 and becomes 50. Before the multiplication the range ends at "
    "1, after it at 255.",
    read="sec-arrays-bytes",
)
def large_ones_wrap(x):
    """Values above 1 wrap around."""
    pixels = np.rint(255 * x.detach().numpy().clip(min=0)).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", corner="out of range", same_as="large_ones_wrap")
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
    corner="a gradient",
    hint="torch does not hand out the numbers of a tensor that requires a gradient: it could not follow what you do to them. `.detach()` gives "
    "the same numbers without that.",
    read="sec-arrays-torch-memory",
)
def not_detached(x):
    """The tensor is not detached."""
    return np.rint(255 * x.numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="What is done in place (*=, clamp_, an assignment to a mask, clip with out=) is done to x, even after "
    "`.detach()` and `.numpy()`, which share its memory.",
    read="sec-arrays-torch-memory",
)
def shared_memory(x):
    """You change x, or what shares its memory."""
    pixels = x.detach().numpy()
    pixels *= 255
    return np.rint(pixels.clip(0, 255)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="the type of the result",
    hint="The result is a torch tensor still. `.numpy()` makes an array of it.",
    read="sec-arrays-torch-memory",
)
def still_a_tensor(x):
    """You return a tensor."""
    return (255 * x.detach().clamp(0, 1)).round().to(torch.uint8).permute(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="the dtype of the result",
    hint="The numbers are right, but they are floats: a picture file wants uint8.",
    read="sec-arrays-dtypes",
)
def floats_still(x):
    """The result has floats."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="the dtype of the result",
    hint="The numbers are right, but they take 8 bytes each: the text asks for uint8.",
    read="sec-arrays-dtypes",
)
def eight_byte_numbers(x):
    """The result is int64."""
    return np.rint(255 * x.detach().numpy().clip(0, 1)).astype(np.int64).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="As a whole number, everything between 0 and 1 is 0. Multiply by 255 while it is a float.",
    read="sec-arrays-bytes",
)
def converted_first(x):
    """You convert to uint8 before you multiply."""
    pixels = x.detach().numpy().clip(0, 1).astype(np.uint8)
    return (pixels * np.uint8(255)).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="1 becomes 255: white is the largest number of uint8, not the count of its numbers.",
    read="sec-arrays-bytes",
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
    read="sec-arrays-bytes",
)
def clipped_to_one_too_late(x):
    """You cut the numbers off at 1 after you have multiplied them."""
    pixels = np.rint(255 * x.detach().numpy()).clip(0, 1)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You stretch the numbers so that the smallest becomes 0 and the largest 255. A grey image would become black and white; the text keeps "
    "the values and cuts off what is outside of the range.",
    read="sec-arrays-bytes",
)
def stretched(x):
    """You stretch the range of the numbers to 0…255."""
    a = x.detach().numpy()
    a = (a - a.min()) / max(a.max() - a.min(), 1e-9)
    return np.rint(255 * a).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="shared_memory")
def clamped_in_place(x):
    """You change x, or what shares its memory."""
    pixels = x.detach().clamp_(0, 1).numpy()
    return np.rint(255 * pixels).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    corner="rounding",
    hint="You round up, or add a half and round all the same. 79.05 becomes 79.",
    read="sec-arrays-bytes",
)
def rounded_up(x):
    """The numbers are rounded up."""
    return np.ceil(255 * x.detach().numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="You round before you multiply, so that only 0 and 255 are left.",
    read="sec-arrays-bytes",
)
def rounded_first(x):
    """You round before you multiply."""
    pixels = np.rint(x.detach().numpy().clip(0, 1)) * 255
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="Converting to uint8 does not multiply: 0.4 becomes 0. First bring the numbers to the range from 0 to 255.",
    read="sec-arrays-bytes",
)
def not_multiplied(x):
    """The numbers are not multiplied by 255."""
    return x.detach().numpy().clip(0, 1).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="shared_memory")
def mask_in_place(x):
    """You change x, or what shares its memory."""
    pixels = x.detach().numpy()
    pixels[pixels < 0], pixels[pixels > 1] = 0, 1
    return np.rint(255 * pixels).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="(0, 3, 1, 2) is the order that made a tensor of an image, and doing it once more does not undo it. Which old axis "
    "is each of the new ones, N, H, W, channels?",
    read="sec-arrays-layouts",
)
def permuted_the_same_way(x):
    """You permute the axes as in to_tensor."""
    pixels = (255 * x.detach().clamp(0, 1)).round().to(torch.uint8)
    return pixels.permute(0, 3, 1, 2).numpy()


@mistake(
    "to_images",
    corner="a gradient",
    hint="x itself takes no gradient any more, and whoever trains with it gets none. `.detach()` gives the same numbers "
    "without a gradient, and leaves x as it is.",
    read="sec-arrays-torch-memory",
)
def gradient_turned_off(x):
    """You turn the gradient of x off."""
    x.requires_grad_(False)
    return np.rint(255 * x.numpy().clip(0, 1)).astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="A single image is a batch, too: (1, H, W, 3). squeeze drops every axis of length 1, whether you think of it or not.",
    read="sec-arrays-axes",
)
def axes_squeezed(x):
    """Axes of length 1 are dropped."""
    pixels = (255 * x.detach().clamp(0, 1)).round().to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).squeeze().numpy()


@mistake(
    "to_images",
    hint="The channels come out in the reverse order. They are red, green, blue on both sides.",
    read="sec-arrays-images",
)
def channels_turned_round(x):
    """The channels are reversed."""
    pixels = (255 * x.detach().clamp(0, 1)).round().to(torch.uint8)
    return pixels.flip(1).permute(0, 2, 3, 1).numpy()


@mistake(
    "to_images",
    hint="You undo the scale of to_nchw. Here, 0 is black and stays 0, and 1 is white.",
    read="sec-arrays-torch-differences",
)
def scaled_as_in_to_nchw(x):
    """The numbers are scaled back as from to_nchw."""
    pixels = np.rint((x.detach().numpy() * 128 + 128).clip(0, 255))
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="int8 goes from −128 to 127, so that bright pixels become negative. Pixels are uint8, without a sign.",
    read="sec-arrays-wrap",
)
def with_a_sign(x):
    """The result is int8."""
    pixels = np.rint(255 * x.detach().numpy().clip(0, 1))
    return pixels.astype(np.int8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="The result is a list of lists, which .tolist() makes. The text asks for a NumPy array.",
    read="sec-arrays-torch",
    corner="the type of the result",
)
def a_list_of_lists(x):
    """You return a list."""
    pixels = (x.detach().clamp(0, 1) * 255).round().permute(0, 2, 3, 1)
    return pixels.numpy().astype(np.uint8).tolist()


@mistake(
    "to_images",
    hint="A half is added so that cutting off rounds to the nearest, and that is half of a step from one whole number to the next: add it "
    "after you have multiplied by 255.",
    read="sec-arrays-bytes",
)
def half_added_first(x):
    """A half is added before you multiply by 255."""
    pixels = ((x.detach().numpy().clip(0, 1) + 0.5) * 255).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="rounded_up")
def half_added_and_rounded(x):
    """A half is added, and the sum is rounded once more."""
    pixels = np.rint(x.detach().numpy().clip(0, 1) * 255 + 0.5).clip(0, 255)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake("to_images", same_as="wraps_around")
def half_added_to_what_sticks_out(x):
    """A half is added, and nothing keeps to the range."""
    pixels = (255 * x.detach().numpy() + 0.5).astype(np.int64)
    return pixels.astype(np.uint8).transpose(0, 2, 3, 1)


@mistake(
    "to_images",
    hint="0 becomes 0 and 1 becomes 255: the numbers lie between 0 and 1. You take −1 for black.",
    read="sec-arrays-bytes",
)
def from_minus_one(x):
    """You scale as if the numbers lay between −1 and 1."""
    pixels = np.rint((x.detach().numpy().clip(-1, 1) + 1) * 127.5)
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
