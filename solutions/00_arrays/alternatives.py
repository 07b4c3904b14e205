"""Right answers to assignment 0, written in other ways than the solution: all get full marks."""

import itertools

import numpy as np
import torch

from autograder.authoring.catalogue import alternative


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


@alternative("standardize")
def where(train, test):
    """np.where and np.ptp."""
    mean = train.mean(axis=0, keepdims=True)
    std = np.where(np.ptp(train, axis=0) > 0, train.std(axis=0), 1)
    return tuple((part - mean) / std for part in (train, test))


@alternative("standardize")
def column_by_column(train, test):
    """A loop over the columns."""
    new_train, new_test = np.empty_like(train), np.empty_like(test)
    for j in range(train.shape[1]):
        column = train[:, j]
        scale = (
            1 if (column == column[0]).all() else np.sqrt(((column - column.mean()) ** 2).mean())
        )
        new_train[:, j] = (column - column.mean()) / scale
        new_test[:, j] = (test[:, j] - column.mean()) / scale
    return new_train, new_test


@alternative("standardize")
def in_double_precision(train, test):
    """Computed in float64 and converted back; a list of the two would not do, a tuple does."""
    wide = train.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    std = wide.std(axis=0)
    std[low == high] = 1.0
    mean = np.where(low == high, low, wide.mean(axis=0))
    return ((wide - mean) / std).astype(train.dtype), ((test - mean) / std).astype(test.dtype)


@alternative("broadcast_shape")
def from_the_right(a, b):
    """From the right, with a filler for missing axes."""
    shape = []
    for m, n in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m == 1 or m == n:
            shape.insert(0, n)
        elif n == 1:
            shape.insert(0, m)
        else:
            raise ValueError(f"{m} and {n} do not fit")
    return tuple(shape)


@alternative("broadcast_shape")
def recursive(a, b):
    """The last axis, and the shape of the rest."""
    if not a or not b:
        return a or b
    if a[-1] != b[-1] and a[-1] != 1 and b[-1] != 1:
        raise ValueError("these shapes do not fit", a, b)
    return (*broadcast_shape(a[:-1], b[:-1]), b[-1] if a[-1] == 1 else a[-1])


@alternative("broadcast_shape")
def numpy_integers(a, b):
    """NumPy arrays of the two shapes."""
    length = max(len(a), len(b))
    p, q = (np.array([1] * (length - len(s)) + list(s), dtype=int) for s in (a, b))
    if np.any((p != q) & (p != 1) & (q != 1)):
        raise ValueError(f"operands of shapes {a} and {b} could not be broadcast")
    return tuple(np.where(p == 1, q, p))


@alternative("one_hot")
def rows_of_the_identity(labels, num_classes):
    """Rows of the identity matrix."""
    return np.eye(num_classes, dtype=np.float32)[labels]


@alternative("one_hot")
def written_at_once(labels, num_classes):
    """All ones written at once by two index arrays."""
    table = np.zeros((labels.size, num_classes), dtype=np.float32)
    table[np.arange(labels.size), labels] = 1.0
    return table


@alternative("one_hot")
def outer_comparison(labels, num_classes):
    """np.equal.outer, and the identity again through take."""
    return np.equal.outer(labels, np.arange(num_classes)) * np.float32(1)


@alternative("pick")
def along_the_axis(scores, labels):
    """np.take_along_axis."""
    places = labels.astype(np.intp).reshape(-1, 1)
    return np.take_along_axis(scores, places, axis=1).squeeze(axis=1)


@alternative("pick")
def flat_places(scores, labels):
    """Places in the flattened table."""
    return scores.ravel()[np.arange(scores.shape[0]) * scores.shape[1] + labels.astype(int)]


@alternative("pick")
def boolean_mask(scores, labels):
    """A boolean mask picks one entry of each row, in order."""
    return scores[labels[:, None] == np.arange(scores.shape[1])]


@alternative("predictions")
def found_by_running():
    """Found by running the lines."""
    return {letter: run(line) for letter, line in lines.items()}


@alternative("predictions")
def written_loosely():
    """Lists for tuples, tuples for lists, NumPy's own types."""
    answers = {"a": [3, 4], "b": [2, 1, 4], "c": [2, 4], "d": [2, 3, 1], "e": [5, 5]}
    answers |= {"f": [4, 2, 3], "g": (4, 30), "h": np.int64(270), "i": np.dtype("float64")}
    answers |= {"j": np.dtype("float32"), "k": "float64", "l": np.bool_(True), "m": False}
    return answers | {"n": True, "o": np.bool_(False), "p": False, "q": True}


@alternative("windows")
def as_strided(image, size, stride):
    """as_strided with the image's own strides."""
    (height, width), (h, w) = image.shape, size
    down, right = image.strides
    return np.lib.stride_tricks.as_strided(
        image,
        ((height - h) // stride + 1, (width - w) // stride + 1, h, w),
        (down * stride, right * stride, down, right),
        writeable=False,
    )


@alternative("windows")
def one_axis_at_a_time(image, size, stride):
    """Windows along the rows, and then along the columns."""
    view = np.lib.stride_tricks.sliding_window_view
    rows = view(image, size[0], axis=0)[::stride]  # (rows, W, h)
    return view(rows, size[1], axis=1)[:, ::stride]  # (rows, columns, h, w)


@alternative("windows")
def locked_afterwards(image, size, stride):
    """A writable view that is made read-only."""
    every = np.lib.stride_tricks.sliding_window_view(image, size, writeable=True)
    every = every[0::stride, 0::stride, :, :]
    every.setflags(write=False)
    return every


@alternative("channel_gram")
def matrix_product(x):
    """A product of matrices of pixels."""
    dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float64
    flat = x.astype(dtype).reshape(x.shape[0], x.shape[1], -1)
    return np.matmul(flat, flat.swapaxes(1, 2)) / flat.shape[-1]


@alternative("channel_gram")
def einsum_with_dtype(x):
    """einsum converts by itself."""
    n, c, h, w = x.shape
    flat = x.reshape(n, c, h * w)
    dtype = np.float32 if x.dtype == np.float32 else np.float64
    return np.einsum("ncp,ndp->ncd", flat, flat, dtype=dtype, casting="same_kind") / (h * w)


@alternative("channel_gram")
def scaled_first(x):
    """Divided before the product."""
    x = np.asarray(x, dtype=np.result_type(x.dtype, np.float32 if x.dtype.kind == "f" else float))
    return np.einsum("nihw,njhw->nij", x / x[0, 0].size, x)


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


@alternative("split")
def shuffled_indices(x, y, n_val, rng):
    """Indices shuffled in place; the validation set from the end."""
    order = np.arange(len(y))
    rng.shuffle(order)
    cut = len(y) - n_val
    return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]


@alternative("split")
def by_mask(x, y, n_val, rng):
    """Drawn without repetition, and both parts in the old order."""
    val = np.zeros(len(x), dtype=bool)
    val[rng.choice(len(x), size=n_val, replace=False)] = True
    return x[~val], y[~val], x[val], y[val]


@alternative("split")
def sorted_by_noise(x, y, n_val, rng):
    """Sorted by random numbers, and cut by np.split."""
    order = np.argsort(rng.uniform(size=len(x)))
    (x_val, x_train), (y_val, y_train) = (np.split(a[order], [n_val]) for a in (x, y))
    return x_train, y_train, x_val, y_val
