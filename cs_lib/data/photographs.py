"""A few small photographs that come with the course: `photograph("cat")`.

Who took them and under which licence: `CREDITS`, and pictures/CREDITS.md.
"""

from pathlib import Path

import numpy as np

from .dataset import as_dtype, check_dtype

FOLDER = Path(__file__).parent / "pictures"
CREDITS = {
    "astronaut": "NASA (public domain)",
    "cat": "Stefan van der Walt (CC0)",
    "coffee": "Rachel Michetti (CC0)",
    "rocket": "SpaceX (CC0)",
}


def photograph(name, *, dtype="float32"):
    """A colour photograph: -> (3, H, W), float32 in [0, 1] or uint8 in [0, 255].

    name: "astronaut", "cat", "coffee" or "rocket"; the longer side has 240 pixels. Raises
    ValueError for another name or dtype.
    """
    if name not in CREDITS:
        raise ValueError(f"photograph: there is no {name!r}, only {', '.join(CREDITS)}")
    check_dtype("photograph", dtype)
    from PIL import Image  # comes with matplotlib

    with Image.open(FOLDER / f"{name}.png") as image:
        pixels = np.asarray(image.convert("RGB"))  # (H, W, 3)
    return as_dtype(np.ascontiguousarray(pixels.transpose(2, 0, 1)), dtype)
