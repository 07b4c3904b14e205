"""Data sets in the layout of Pascal VOC [Everingham et al. 2010]: an XML file of boxes an image.

FOLDER/ImageSets/Main/train.txt     names, one a line
FOLDER/Annotations/NAME.xml
FOLDER/JPEGImages/NAME.jpg
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from .download import DataError
from .files import check_box, image_size

__all__ = ["load", "read"]


def load(folder, split, *, base=1):
    """The images of a split and what is in them.

    folder, split: as above; base: the number of the first pixel, as in `read`
    -> paths: of the images, a list; targets: a dict for each, as `read` gives it; its labels are
       names. DataError, with file and remedy, for what is missing or damaged.
    """
    folder = Path(folder)
    listed = folder / "ImageSets" / "Main" / f"{split}.txt"
    if not listed.is_file():
        raise DataError(f"{listed}: there is no such file; is {split!r} a split of {folder}?")
    paths, targets = [], []
    for line in listed.read_text("utf-8").splitlines():
        if not line.strip():
            continue
        name = line.split()[0]  # a class's list has 1, -1 or 0 after the name
        target = read(folder / "Annotations" / f"{name}.xml", base=base)
        path = folder / "JPEGImages" / f"{name}.jpg"
        size = image_size(path)
        if size != target["size"]:
            raise DataError(
                f"{path}: it is {size[1]} wide and {size[0]} high, its XML file says "
                f"{target['size'][1]} and {target['size'][0]}; was it resized or turned?"
            )
        paths.append(path)
        targets.append(target)
    return paths, targets


def read(path, *, base=1):
    """What an XML file says of its image.

    base: the number of the first pixel: 1 in VOC, 0 in some files that look alike
    -> {"boxes": (G, 4) float32 xyxy, half open, from 0; "labels": G names; "difficult": (G,) bool;
        "size": (height, width)}
    VOC's corners are the first and the last pixel inside, counted from 1: (1, 1, 1, 1) is the upper
    left pixel, here (0, 0, 1, 1).
    """
    if base not in (0, 1):
        raise ValueError(f"read: base is {base!r}; the first pixel's number must be 0 or 1")
    try:
        root = ElementTree.parse(path).getroot()
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except ElementTree.ParseError as error:
        raise DataError(f"{path}: this is no whole XML file ({error}); get it again") from None
    size = tuple(int(_number(path, root, f"size/{side}")) for side in ("height", "width"))
    boxes, labels, difficult = [], [], []
    for i, one in enumerate(root.findall("object")):
        where = f"{path}, object {i + 1}"
        x1, y1, x2, y2 = (
            _number(where, one, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
        )
        box = [x1 - base, y1 - base, x2 - base + 1, y2 - base + 1]
        if base == 1 and min(x1, y1) == 0:
            raise DataError(
                f"{where}: it begins at pixel 0, but VOC counts from 1; if this file counts from "
                "0, say base=0"
            )
        check_box(where, box, size)
        boxes.append(box)
        labels.append(one.findtext("name", "").strip())
        if not labels[-1]:
            raise DataError(f"{where}: it has no name; name its class")
        difficult.append(one.findtext("difficult", "0").strip() == "1")
    return {
        "boxes": np.array(boxes, np.float32).reshape(-1, 4),
        "labels": labels,
        "difficult": np.array(difficult, bool),
        "size": size,
    }


def _number(where, node, name):
    text = node.findtext(name)
    try:
        return float(text)
    except (TypeError, ValueError):
        raise DataError(f"{where}: {name} is {text!r}; it must be a number") from None
