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
