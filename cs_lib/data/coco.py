"""Data sets in COCO's layout [Lin et al. 2014]: a JSON file with all images, boxes and classes."""

import json
from pathlib import Path

import numpy as np

from .download import DataError
from .files import check_box

__all__ = ["load"]


def load(path, *, damaged="raise"):
    """What a file of annotations says of its images.

    damaged: "raise" a DataError for a box without an area or out of its image, or "leave out" such
    boxes (COCO's own files have a few)
    -> names: of the images' files, in the file's order; targets: a dict for each: boxes (G, 4)
       float32 xyxy, labels (G,) int64, area (G,), iscrowd (G,) bool, size (height, width); classes:
       names, in the order of their ids, which labels count from 0
    COCO's boxes are (x, y, width, height), from 0; its ids have gaps, labels have none.
    """
    if damaged not in ("raise", "leave out"):
        raise ValueError(f"load: damaged is {damaged!r}; it must be 'raise' or 'leave out'")
    path = Path(path)
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except ValueError as error:
        raise DataError(f"{path}: this is no whole JSON file ({error}); get it again") from None
    there = found.keys() if isinstance(found, dict) else set()
    missing = sorted({"images", "annotations", "categories"} - there)
    if missing:
        raise DataError(f"{path}: it has no {', '.join(missing)}; is it a file of instances?")
    categories = sorted(found["categories"], key=lambda c: c["id"])
    label_of = {c["id"]: label for label, c in enumerate(categories)}
    rows = {image["id"]: [] for image in found["images"]}
    sizes = {image["id"]: (image["height"], image["width"]) for image in found["images"]}
    for one in found["annotations"]:
        where = f"{path}, annotation {one['id']}"
        for name, known in (("image_id", rows), ("category_id", label_of)):
            if one[name] not in known:
                raise DataError(f"{where}: there is no {name} {one[name]}; is the file cut?")
        x, y, width, height = one["bbox"]
        box = [x, y, x + width, y + height]
        try:
            check_box(where, box, sizes[one["image_id"]])
        except DataError:
            if damaged == "raise":
                raise
            continue
        label = label_of[one["category_id"]]
        area, crowd = one.get("area", width * height), one.get("iscrowd", 0)
        rows[one["image_id"]].append((*box, label, area, crowd))
    targets = []
    for image, row in rows.items():
        table = np.array(row, float).reshape(-1, 7)
        targets.append(
            {
                "boxes": table[:, :4].astype(np.float32),
                "labels": table[:, 4].astype(np.int64),
                "area": table[:, 5],
                "iscrowd": table[:, 6].astype(bool),
                "size": sizes[image],
            }
        )
    names = [image["file_name"] for image in found["images"]]
    return names, targets, tuple(c["name"] for c in categories)
