"""What the readers of annotated data sets share: images, numbered masks, and boxes that make sense.

What is damaged or ambiguous raises DataError with one line: the file, what is wrong, what to do.
"""

import numpy as np
from PIL import Image, UnidentifiedImageError

from .download import DataError

__all__ = ["check_box", "image_size", "read_image", "read_numbers"]

_ORIENTATION = 0x0112  # of EXIF: 1 for pixels that lie as they are shown


def read_image(path):
    """An image as it lies in its file -> (3, H, W) uint8"""
    with _opened(path) as image:
        return np.asarray(image.convert("RGB")).transpose(2, 0, 1).copy()


def image_size(path):
    """(height, width) of an image, of which only the head is read."""
    with _opened(path) as image:
        return image.height, image.width


def read_numbers(path):
    """A mask whose pixels are numbers, of objects or classes: a palette's indices, or grey values.

    -> (H, W) int64. A palette gives each number a colour to be looked at; a reader that gives
    colours has thrown the numbers away.
    """
    with _opened(path) as image:
        if image.mode not in ("P", "L", "1", "I", "I;16"):
            raise DataError(
                f"{path}: its pixels are colours ({image.mode}), not numbers; was a palette PNG "
                "saved again as colours? Take the original"
            )
        return np.asarray(image).astype(np.int64)


def check_box(where, box, size):
    """box: (x1, y1, x2, y2), half open, must have an area and lie in a (height, width) image."""
    x1, y1, x2, y2 = box
    height, width = size
    if not all(np.isfinite(box)):
        raise DataError(f"{where}: the box {list(box)} is not finite; remove it")
    if not (x1 < x2 and y1 < y2):
        raise DataError(
            f"{where}: the box {list(box)} has no area ({x2 - x1:g} by {y2 - y1:g}); remove it, or "
            "exchange its corners"
        )
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        raise DataError(
            f"{where}: the box {list(box)} reaches out of its image, {width} wide and {height} "
            "high; does the file count from 0 or from 1, or was the image resized?"
        )


def _opened(path):
    try:
        image = Image.open(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{path}: this is no image that can be read ({error})") from None
    turned = image.getexif().get(_ORIENTATION, 1)
    if turned != 1:
        image.close()
        raise DataError(
            f"{path}: its camera's tag turns it (orientation {turned}), so boxes may belong to "
            "either way it lies; save it without the tag if they belong to its pixels, and turned "
            "(PIL's ImageOps.exif_transpose) if to what is shown"
        )
    return image
