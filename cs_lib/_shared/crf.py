"""What the CRF of both libraries asks of its arguments: only shapes and numbers."""

from cs_lib._shared import layers, windows


def check_images(caller, images, **positive):
    """images must be float (N, C, H, W), and the other numbers above 0."""
    layers.check_dtypes(caller, images=images)
    windows.check_maps(caller, images, "images")
    for name, value in positive.items():
        if not value > 0:
            raise ValueError(f"{caller}: {name} is {value}; it must be above 0")


NORMALIZATIONS = (None, "symmetric", "before", "after")


def check_normalization(caller, normalization):
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"{caller}: normalization is {normalization!r}; it must be None, 'symmetric', 'before' "
            "or 'after'"
        )


def check_field(caller, unary, kernel, compatibility, **others):
    """unary and others must be (N, K, H, W), kernel (N, P, P) for P = H·W, compatibility (K, K)."""
    layers.check_dtypes(caller, unary=unary, **others, kernel=kernel, compatibility=compatibility)
    _check_shapes(caller, unary, **others)
    n, k, h, w = unary.shape
    if tuple(kernel.shape) != (n, h * w, h * w):
        raise ValueError(
            f"{caller}: kernel has shape {tuple(kernel.shape)}; for unary {(n, k, h, w)} it must "
            f"be {(n, h * w, h * w)}, one number for each two pixels"
        )
    _check_table(caller, k, compatibility)


def check_grid(caller, unary, images, compatibility, **others):
    """unary and others must be (N, K, H, W) as the images (N, C, H, W), compatibility (K, K)."""
    layers.check_dtypes(caller, unary=unary, **others, compatibility=compatibility)
    _check_shapes(caller, unary, **others)
    n, k, h, w = unary.shape
    if (n, h, w) != (images[0], *images[2:]):
        raise ValueError(
            f"{caller}: unary has shape {(n, k, h, w)}, the grid's images {tuple(images)}; both "
            "must have as many images, of one size"
        )
    _check_table(caller, k, compatibility)


def _check_shapes(caller, unary, **others):
    if len(unary.shape) != 4 or 0 in unary.shape:
        raise ValueError(
            f"{caller}: unary has shape {tuple(unary.shape)}; it must be (N, K, H, W), not empty"
        )
    for name, other in others.items():
        if other.shape != unary.shape:
            raise ValueError(
                f"{caller}: {name} has shape {tuple(other.shape)}, unary {tuple(unary.shape)}; "
                "both must be the same"
            )


def _check_table(caller, k, compatibility):
    if compatibility is not None and tuple(compatibility.shape) != (k, k):
        raise ValueError(
            f"{caller}: compatibility has shape {tuple(compatibility.shape)}; it must be {(k, k)}, "
            "one number for each two classes"
        )
