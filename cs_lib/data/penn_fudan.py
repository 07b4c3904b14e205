"""Penn-Fudan's pedestrians [Wang et al. 2007]: a mask an image, in which each person has a number.

FOLDER/PNGImages/NAME.png
FOLDER/PedMasks/NAME_mask.png
"""

from pathlib import Path

import numpy as np

from .download import DataError
from .files import image_size, read_numbers

__all__ = ["load"]


def load(folder):
    """The images and their people.

    -> paths: of the images, sorted; targets: a dict for each: boxes (G, 4) float32 xyxy, the least
       that hold the masks, half open; labels (G,) int64, all 0; masks (G, H, W) bool
    DataError, with file and remedy, for a mask that is missing, of another size, or of colours.
    """
    folder = Path(folder)
    paths = sorted((folder / "PNGImages").glob("*.png"))
    if not paths:
        raise DataError(f"{folder}: there is no PNGImages/*.png in it; is it PennFudanPed?")
    return paths, [_target(folder, path) for path in paths]


def _target(folder, path):
    mask_path = folder / "PedMasks" / f"{path.stem}_mask.png"
    numbers, size = read_numbers(mask_path), image_size(path)
    if numbers.shape != size:
        raise DataError(
            f"{mask_path}: it is {numbers.shape[1]} wide and {numbers.shape[0]} high, its image "
            f"{size[1]} and {size[0]}; take the mask of this image"
        )
    masks = numbers == np.unique(numbers[numbers > 0])[:, None, None]  # (G, H, W)
    boxes = np.zeros((len(masks), 4), np.float32)
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return {"boxes": boxes, "labels": np.zeros(len(masks), np.int64), "masks": masks}
