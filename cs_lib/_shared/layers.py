"""What layers of both libraries ask of their arguments: only shapes and names of dtypes."""


def dtype_name(array):
    return str(array.dtype).removeprefix("torch.")


def check_dtypes(caller, **arrays):
    """All arrays that are given must have one and the same float dtype."""
    dtypes = {name: dtype_name(a) for name, a in arrays.items() if a is not None}
    for name, dtype in dtypes.items():
        if not dtype.startswith("float"):
            raise TypeError(f"{caller}: {name} is {dtype}; convert it to float32 or float64")
    (first, wanted), *others = dtypes.items()
    for name, dtype in others:
        if dtype != wanted:
            raise TypeError(
                f"{caller}: {first} is {wanted}, {name} is {dtype}; convert one of them "
                "(a whole layer with layer.to(dtype))"
            )


def check_state(caller, wanted, given):
    """given, shapes by name, must be just those wanted."""
    problems = [f"{name} is missing" for name in wanted if name not in given]
    problems += [f"{name} is unexpected" for name in given if name not in wanted]
    problems += [
        f"{name} has shape {given[name]}, not {shape}"
        for name, shape in wanted.items()
        if name in given and given[name] != shape
    ]
    if problems:
        raise ValueError(
            f"{caller}: {', '.join(problems)}; give the state_dict of a module built like this one"
        )


def check_linear(caller, x, weight, bias):
    """x must be (..., D_in), weight (D_out, D_in), bias (D_out,) or None."""
    if len(weight.shape) != 2:
        raise ValueError(
            f"{caller}: weight has shape {tuple(weight.shape)}; it must be (D_out, D_in)"
        )
    d_out, d_in = weight.shape
    if len(x.shape) < 1 or x.shape[-1] != d_in:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}, weight expects (..., {d_in}); "
            "flatten images to (N, C*H*W) first"
        )
    if bias is not None and tuple(bias.shape) != (d_out,):
        raise ValueError(
            f"{caller}: bias has shape {tuple(bias.shape)}; it must be ({d_out},), "
            "one for each row of weight"
        )


def check_prelu(caller, x, weight):
    """weight must be (1,), or (C,) for x: (N, C, ...)."""
    shape = tuple(weight.shape)
    channels = x.shape[1] if len(x.shape) > 1 else 1
    if shape not in ((1,), (channels,)):
        raise ValueError(
            f"{caller}: weight has shape {shape}, x {tuple(x.shape)}; "
            f"weight must be (1,), or ({channels},) for the channels of x"
        )


def check_dim(caller, x, dim):
    """x must have the axis dim."""
    if not -len(x.shape) <= dim < len(x.shape):
        raise ValueError(f"{caller}: x has shape {tuple(x.shape)}; it has no axis {dim}")


def check_maxout(caller, x, pieces):
    """x must be (N, C·pieces, ...)."""
    if pieces < 1 or len(x.shape) < 2 or x.shape[1] % pieces:
        raise ValueError(
            f"{caller}: x has shape {tuple(x.shape)}, pieces is {pieces}; "
            "x must be (N, C*pieces, ...), pieces at least 1"
        )


# --- losses ---


def check_reduction(caller, reduction):
    if reduction not in ("mean", "sum"):
        raise ValueError(f'{caller}: reduction is {reduction!r}; it must be "mean" or "sum"')


def check_rank(caller, input, rank, axes):
    if len(input.shape) != rank:
        raise ValueError(f"{caller}: input has shape {tuple(input.shape)}; it must be {axes}")


def check_labels(caller, input, target):
    """input must be (N, K, ...), not empty, target (N, ...) of integers."""
    shape = tuple(input.shape)
    if len(shape) < 2 or 0 in shape:
        raise ValueError(f"{caller}: input has shape {shape}; it must be (N, K, ...), not empty")
    wanted = (shape[0], *shape[2:])
    if tuple(target.shape) != wanted:
        raise ValueError(
            f"{caller}: target has shape {tuple(target.shape)}, input {shape}; "
            f"target must be {wanted}, one label for each sample"
        )
    if not dtype_name(target).startswith(("int", "uint")):
        raise TypeError(f"{caller}: target is {dtype_name(target)}; labels must be integers")


def are_masses(input, target):
    """Does target hold a mass for each class, not labels? It does where it is float, like input."""
    shape = tuple(input.shape)
    return len(shape) > 1 and tuple(target.shape) == shape and "float" in dtype_name(target)


def check_label_range(caller, low, high, classes):
    """All labels must be from 0 to classes - 1."""
    if low < 0 or high >= classes:
        raise ValueError(
            f"{caller}: target has label {low if low < 0 else high}, input {classes} classes; "
            f"labels must be from 0 to {classes - 1}"
        )


def check_some(caller, count, ignore_index):
    """Some label must count."""
    if not count:
        raise ValueError(
            f"{caller}: all labels are {ignore_index}, which is ignored; leave this batch out"
        )


def check_same_shape(caller, input, target):
    """input and target must have one shape: broadcasting would hide a mistake. Not empty."""
    if tuple(input.shape) != tuple(target.shape) or 0 in input.shape:
        raise ValueError(
            f"{caller}: input has shape {tuple(input.shape)}, target {tuple(target.shape)}; "
            "both must have the same shape, not empty"
        )


# --- dropout ---


def check_probability(caller, p):
    if not 0 <= p <= 1:
        raise ValueError(f"{caller}: p is {p}; it is the probability to drop, from 0 to 1")


def check_mode(caller, mode):
    if mode not in ("row", "batch"):
        raise ValueError(f'{caller}: mode is {mode!r}; it must be "row" or "batch"')
