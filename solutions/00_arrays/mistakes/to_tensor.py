"""Wrong answers to `to_tensor` that students really give, and right ones written another way."""

import numpy as np
import torch

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "to_tensor",
    corner="the type of the result",
    hint="The result is a NumPy array still. torch.from_numpy makes a tensor of it.",
    read="sec-arrays-torch",
)
def still_numpy(images):
    """You return a NumPy array."""
    x = images.transpose(0, 3, 1, 2).astype(np.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="reshape and view keep the numbers in their order and only cut them anew: channels and pixels get mixed. To move an axis, use "
    "permute (torch) or transpose (NumPy).",
    read="sec-arrays-layouts",
)
def reshaped_tensor(images):
    """You reshape where you should permute."""
    n, h, w, _ = images.shape
    x = torch.from_numpy(images).reshape(n, 3, h, w).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="Your images lie on their side: (N, 3, W, H). Which of the old axes is each of the new ones?",
    read="sec-arrays-layouts",
)
def on_its_side(images):
    """Height and width are swapped."""
    x = torch.from_numpy(images).permute(0, 3, 2, 1).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="The channels stand last still. permute, in torch, takes the old number of each new axis.",
    read="sec-arrays-torch-differences",
)
def channels_last(images):
    """The channels are still the last axis."""
    x = torch.from_numpy(images).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="uint8 pixels are to be divided by 255, so that white is 1. If you ask for the dtype, ask before you convert, and "
    "with ==: images.dtype == np.uint8. With `is`, isinstance or torch.uint8 the answer is never yes.",
    read="sec-arrays-bytes",
)
def not_divided(images):
    """uint8 pixels are not divided."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)


@mistake(
    "to_tensor",
    corner="floats",
    hint="Floats are divided by 255 as well, though they lie between 0 and 1 already.",
    read="sec-arrays-bytes",
)
def floats_divided_too(images):
    """Floats are divided by 255, too."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32) / 255


@mistake(
    "to_tensor",
    corner="dark images",
    hint="You tell by the largest number whether to divide. A night scene in uint8 may have no number above 1. Ask for the "
    "dtype.",
    read="sec-arrays-bytes",
)
def by_largest_number(images):
    """The largest number decides whether to divide by 255."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 255 if x.max() > 1 else x


@mistake(
    "to_tensor",
    hint="White is 255, not 256: otherwise no pixel reaches 1.",
    read="sec-arrays-bytes",
)
def by_256(images):
    """You divide by 256."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 256 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="You divide by the largest pixel of the batch, so that a dark image becomes as bright as any. uint8 pixels are divided by "
    "255, always.",
    read="sec-arrays-bytes",
)
def by_its_own_maximum(images):
    """You divide by the largest number in the batch."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / x.max().clamp(min=1e-9)


@mistake(
    "to_tensor",
    corner="float64 images",
    hint="A float64 array becomes a float64 tensor, and a network of float32 refuses it: expected Float, found Double. `.to` converts.",
    read="sec-arrays-torch-differences",
)
def stays_double(images):
    """float64 images stay float64."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    return x / 255 if images.dtype == np.uint8 else x


@mistake("to_tensor", same_as="stays_double")
def always_double(images):
    """float64 images stay float64."""
    x = torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="// rounds down to whole numbers, in torch as in NumPy: every pixel but white becomes 0.",
    read="sec-arrays-wrap",
)
def divided_by_floor(images):
    """You divide by //."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    return (x // 255).to(torch.float32) if images.dtype == np.uint8 else x.to(torch.float32)


@mistake(
    "to_tensor",
    hint="The channels come out in the reverse order. Here they are red, green, blue already.",
    read="sec-arrays-images",
)
def channels_reversed(images):
    """The channels are reversed."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).flip(1).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="A single image is a batch, too: (1, 3, H, W).",
    read="sec-arrays-axes",
)
def batch_axis_lost(images):
    """The axis of the images is lost."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return (x / 255 if images.dtype == np.uint8 else x)[0]


@mistake(
    "to_tensor",
    corner="floats keep their values",
    hint="You make uint8 of the floats first, to divide all images by 255. uint8 has 256 values and no more, so 0.25 comes "
    "back as 0.251. Floats are in the right range already: only their dtype changes.",
    read="sec-arrays-bytes",
)
def floats_through_uint8(images):
    """Floats are rounded to 256 values."""
    if images.dtype != np.uint8:
        images = np.round(images * 255).astype(np.uint8)
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


@mistake("to_tensor", same_as="not_divided")
def dtype_compared_with_is(images):
    """The dtype is compared with `is`, which is never true."""
    x = torch.tensor(images, dtype=torch.float32)
    if images.dtype is np.uint8:
        x = x / 255
    return x.permute(0, 3, 1, 2)


@mistake("to_tensor", same_as="not_divided")
def asked_after_the_conversion(images):
    """uint8 pixels are not divided."""
    x = torch.from_numpy(images).float().permute(0, 3, 1, 2)
    return x / 255 if x.dtype == torch.uint8 else x


@mistake("to_tensor", same_as="not_divided")
def compared_with_a_dtype_of_torch(images):
    """uint8 pixels are not divided."""
    x = torch.from_numpy(images).float().permute(0, 3, 1, 2)
    return x / 255 if images.dtype == torch.uint8 else x


@mistake(
    "to_tensor",
    hint="permute(0, 2, 3, 1) is the way from channels first to channels last. Here they are last, and the old axis 3 is "
    "the new axis 1.",
    read="sec-arrays-layouts",
)
def permuted_the_other_way(images):
    """You permute the axes the other way."""
    x = torch.from_numpy(images).permute(0, 2, 3, 1).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="torch's transpose exchanges two axes. What orders all of them, as transpose does in NumPy, is called permute.",
    read="sec-arrays-torch-differences",
)
def transposed_as_in_numpy(images):
    """You use torch's transpose as if it were NumPy's."""
    x = torch.from_numpy(images).transpose(0, 3, 1, 2).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="x /= 255 writes floats into a tensor of uint8, which has no room for them. Convert first, or write x = x / 255.",
    read="sec-arrays-torch-memory",
)
def divided_in_place(images):
    """You divide bytes in place."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    if images.dtype == np.uint8:
        x /= 255
    return x.to(torch.float32)


@mistake(
    "to_tensor",
    hint="That is the scale of to_nchw. Here, 0 stays 0 and 255 becomes 1.",
    read="sec-arrays-torch",
)
def scaled_as_in_to_nchw(images):
    """uint8 pixels are scaled to the range from −1 to 1, as in to_nchw."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return (x - 128) / 128 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    corner="floats",
    hint="For the dtype of this check, no branch makes the tensor: the function comes to its end without a return, or returns what has no value yet.",
    read="sec-arrays-bytes",
)
def one_dtype_only(images):
    """Only one of the two dtypes has a branch."""
    if images.dtype == np.uint8:
        x = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    return x


@mistake("to_tensor", same_as="one_dtype_only", corner="floats")
def nothing_for_floats(images):
    """Floats come to the end without a return."""
    if images.dtype == np.uint8:
        return torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    return None


@mistake(
    "to_tensor",
    hint="The tensor is float16, which .half() makes. The text asks for float32.",
    read="sec-arrays-torch",
)
def in_half_precision(images):
    """The tensor is float16."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).half()
    return x / 255 if images.dtype == np.uint8 else x


@mistake("to_tensor", same_as="scaled_as_in_to_nchw")
def from_minus_one(images):
    """uint8 pixels are scaled to the range from −1 to 1."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32)
    return x / 127.5 - 1 if images.dtype == np.uint8 else x


@mistake(
    "to_tensor",
    hint="stack and moveaxis put the channels in front of the images. They belong behind: (N, 3, H, W).",
    read="sec-arrays-torch-differences",
)
def channels_before_images(images):
    """The channels become the first axis, not the second."""
    x = torch.from_numpy(images).permute(3, 0, 1, 2).to(torch.float32)
    return x / 255 if images.dtype == np.uint8 else x


# --- right answers, written another way ---


@alternative("to_tensor")
def numpy_first(images):
    """The work in NumPy, then a tensor."""
    x = np.transpose(images, (0, 3, 1, 2)).astype(np.float32)
    if images.dtype == np.uint8:
        x /= 255
    return torch.from_numpy(x)


@alternative("to_tensor")
def torch_alone(images):
    """torch.tensor copies; the dtype is asked of the tensor."""
    x = torch.tensor(images)
    x = x.float().div(255) if x.dtype == torch.uint8 else x.float()
    return torch.einsum("nhwc->nchw", x).contiguous()


@alternative("to_tensor")
def stacked_channels(images):
    """Kinds of dtype, and stacked channels."""
    scale = 255 if images.dtype.kind == "u" else 1
    channels = [torch.as_tensor(images[..., i] / scale, dtype=torch.float32) for i in range(3)]
    return torch.stack(channels, dim=1)
