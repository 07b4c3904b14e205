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
    if len(unary.shape) != 4 or 0 in unary.shape:
        raise ValueError(
            f"{caller}: unary has shape {tuple(unary.shape)}; it must be (N, K, H, W), not empty"
        )
    n, k, h, w = unary.shape
    for name, other in others.items():
        if tuple(other.shape) != (n, k, h, w):
            raise ValueError(
                f"{caller}: {name} has shape {tuple(other.shape)}, unary {(n, k, h, w)}; "
                "both must be the same"
            )
    if tuple(kernel.shape) != (n, h * w, h * w):
        raise ValueError(
            f"{caller}: kernel has shape {tuple(kernel.shape)}; for unary {(n, k, h, w)} it must "
            f"be {(n, h * w, h * w)}, one number for each two pixels"
        )
    if compatibility is not None and tuple(compatibility.shape) != (k, k):
        raise ValueError(
            f"{caller}: compatibility has shape {tuple(compatibility.shape)}; it must be {(k, k)}, "
            "one number for each two classes"
        )
