"""Readers of VOC's, COCO's and Penn-Fudan's layouts, on files made here, whole and damaged."""

import json

import numpy as np
import pytest
from both_libraries import check_error
from PIL import Image

from cs_lib.data import DataError, coco, files, penn_fudan, voc

# --- Pascal VOC ---


def xml(*objects, width=12, height=8):
    """A file of (name, corners, difficult)."""
    listed = "".join(
        f"<object><name>{name}</name><difficult>{difficult}</difficult><bndbox><xmin>{x1}</xmin>"
        f"<ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for name, (x1, y1, x2, y2), difficult in objects
    )
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation>{size}{listed}</annotation>"


def voc_folder(folder, text, image=None):
    for path in ("ImageSets/Main", "Annotations", "JPEGImages"):
        (folder / path).mkdir(parents=True)
    (folder / "ImageSets/Main/train.txt").write_text("one\n\n")
    (folder / "Annotations/one.xml").write_text(text)
    image = Image.new("RGB", (12, 8), "red") if image is None else image
    image.save(folder / "JPEGImages/one.jpg", exif=image.getexif())
    return folder


def test_voc_counts_from_one_and_its_last_pixel_is_inside(tmp_path):
    text = xml(("dog", (1, 1, 1, 1), 0), ("cat", (3, 2, 12, 8), 1))
    paths, (target,) = voc.load(voc_folder(tmp_path, text), "train")
    assert target["boxes"].tolist() == [[0, 0, 1, 1], [2, 1, 12, 8]]
    assert target["labels"] == ["dog", "cat"]
    assert target["difficult"].tolist() == [False, True]
    assert target["size"] == (8, 12)
    assert files.read_image(paths[0]).shape == (3, 8, 12)


def test_voc_may_count_from_zero(tmp_path):
    (tmp_path / "a.xml").write_text(xml(("dog", (0, 0, 11, 7), 0)))
    assert voc.read(tmp_path / "a.xml", base=0)["boxes"].tolist() == [[0, 0, 12, 8]]
    (tmp_path / "b.xml").write_text(xml())
    assert voc.read(tmp_path / "b.xml")["boxes"].shape == (0, 4)


# fmt: off
DAMAGED = {
    "from 0": (xml(("dog", (0, 1, 5, 5), 0)), "one.xml, object 1: it begins at pixel 0, but VOC "
               "counts from 1; if this file counts from 0, say base=0"),
    "no area": (xml(("dog", (5, 2, 4, 6), 0)), "one.xml, object 1: the box [4.0, 1.0, 4.0, 6.0] "
                "has no area (0 by 5); remove it, or exchange its corners"),
    "outside": (xml(("dog", (1, 1, 2, 2), 0), ("dog", (5, 2, 13, 6), 0)), "one.xml, object 2: the "
                "box [4.0, 1.0, 13.0, 6.0] reaches out of its image, 12 wide and 8 high; does the "
                "file count from 0 or from 1, or was the image resized?"),
    "no number": (xml(("dog", (5, "two", 13, 6), 0)), "one.xml, object 1: bndbox/ymin is 'two'; it "
                  "must be a number"),
    "no size": ("<annotation></annotation>", "one.xml: size/height is None; it must be a number"),
    "no name": (xml(("", (1, 1, 2, 2), 0)), "one.xml, object 1: it has no name; name its class"),
    "broken": (xml()[:-5], "one.xml: this is no whole XML file (unclosed token: line 1, column "
               "76); get it again"),
    "resized": (xml(width=6, height=4), "one.jpg: it is 12 wide and 8 high, its XML file says 6 "
                "and 4; was it resized or turned?"),
}
# fmt: on


@pytest.mark.parametrize(("text", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_voc_file_is_told_apart_in_one_line(tmp_path, text, message):
    folder = voc_folder(tmp_path, text)
    where = "JPEGImages" if message.startswith("one.jpg") else "Annotations"
    check_error(DataError, f"{folder / where}/{message}", lambda: voc.load(folder, "train"))


def test_a_split_or_a_base_that_is_not_there(tmp_path):
    folder = voc_folder(tmp_path, xml())
    path = folder / "ImageSets/Main/val.txt"
    message = f"{path}: there is no such file; is 'val' a split of {folder}?"
    check_error(DataError, message, lambda: voc.load(folder, "val"))
    message = "read: base is 2; the first pixel's number must be 0 or 1"
    check_error(ValueError, message, lambda: voc.load(folder, "train", base=2))


def test_an_image_that_its_cameras_tag_turns_is_refused(tmp_path):
    image = Image.new("RGB", (12, 8))
    image.getexif()[0x0112] = 6
    folder = voc_folder(tmp_path, xml(), image)
    message = (
        f"{folder}/JPEGImages/one.jpg: its camera's tag turns it (orientation 6), so boxes may "
        "belong to either way it lies; save it without the tag if they belong to its pixels, and "
        "turned (PIL's ImageOps.exif_transpose) if to what is shown"
    )
    check_error(DataError, message, lambda: voc.load(folder, "train"))


# --- COCO ---


def instances(*annotations):
    return {
        "images": [
            {"id": 7, "file_name": "b.jpg", "width": 12, "height": 8},
            {"id": 3, "file_name": "a.jpg", "width": 5, "height": 5},
        ],
        "categories": [{"id": 90, "name": "brush"}, {"id": 1, "name": "person"}],
        "annotations": [
            {"id": i + 1, "image_id": image, "category_id": category, "bbox": box, **more}
            for i, (image, category, box, more) in enumerate(annotations)
        ],
    }


def written(folder, found):
    path = folder / "instances.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return path


def test_coco_has_corner_and_size_from_zero_and_ids_with_gaps(tmp_path):
    found = instances(
        (3, 90, [0, 0, 5, 5], {"area": 11.5}),
        (7, 1, [1, 2, 3, 4], {}),
        (3, 1, [1.5, 1, 2, 2], {"iscrowd": 1}),
    )
    names, targets, classes = coco.load(written(tmp_path, found))
    assert names == ["b.jpg", "a.jpg"]
    assert classes == ("person", "brush")
    assert targets[0]["boxes"].tolist() == [[1, 2, 4, 6]]
    assert targets[1]["boxes"].tolist() == [[0, 0, 5, 5], [1.5, 1, 3.5, 3]]
    assert targets[1]["labels"].tolist() == [1, 0]
    assert targets[1]["area"].tolist() == [11.5, 4]
    assert targets[1]["iscrowd"].tolist() == [False, True]
    assert targets[1]["size"] == (5, 5)


# fmt: off
COCO_DAMAGED = {
    "no area": (instances((3, 1, [2, 2, 0, 3], {})), "annotation 1: the box [2, 2, 2, 5] has no "
                "area (0 by 3); remove it, or exchange its corners", ", "),
    "outside": (instances((3, 1, [2, 2, 4, 3], {})), "annotation 1: the box [2, 2, 6, 5] reaches "
                "out of its image, 5 wide and 5 high; does the file count from 0 or from 1, or was "
                "the image resized?", ", "),
    "no image": (instances((4, 1, [2, 2, 1, 1], {})),
                 "annotation 1: there is no image_id 4; is the file cut?", ", "),
    "no class": (instances((3, 2, [2, 2, 1, 1], {})),
                 "annotation 1: there is no category_id 2; is the file cut?", ", "),
    "a list": ("[]", "it has no annotations, categories, images; is it a file of instances?", ": "),
    "cut": ('{"images": ', "this is no whole JSON file (Expecting value: line 1 column 12 (char "
            "11)); get it again", ": "),
}
# fmt: on


@pytest.mark.parametrize(
    ("found", "message", "then"), COCO_DAMAGED.values(), ids=COCO_DAMAGED.keys()
)
def test_a_damaged_coco_file_is_told_apart_in_one_line(tmp_path, found, message, then):
    path = written(tmp_path, found)
    check_error(DataError, f"{path}{then}{message}", lambda: coco.load(path))


def test_damaged_boxes_are_left_out_only_if_asked(tmp_path):
    found = instances((3, 1, [2, 2, 0, 3], {}), (3, 1, [2, 2, 1, 1], {}), (7, 1, [9, 2, 9, 3], {}))
    _, targets, _ = coco.load(written(tmp_path, found), damaged="leave out")
    assert [t["boxes"].tolist() for t in targets] == [[], [[2, 2, 3, 3]]]
    message = "load: damaged is 'skip'; it must be 'raise' or 'leave out'"
    check_error(ValueError, message, lambda: coco.load("x", damaged="skip"))


# --- Penn-Fudan ---

NUMBERS = np.array([[0, 0, 2, 2, 0], [1, 0, 2, 2, 0], [1, 0, 0, 2, 0]], np.uint8)


def penn_folder(folder, mask):
    for path in ("PNGImages", "PedMasks"):
        (folder / path).mkdir()
    Image.new("RGB", (5, 3)).save(folder / "PNGImages/a.png")
    if mask is not None:
        mask.save(folder / "PedMasks/a_mask.png")
    return folder


def palette(numbers):
    image = Image.fromarray(numbers, "L").copy()
    image.putpalette([k * 37 % 256 for k in range(768)])
    return image


@pytest.mark.parametrize("make", [Image.fromarray, palette], ids=["grey", "palette"])
def test_each_number_of_a_mask_is_a_person(tmp_path, make):
    image = make(NUMBERS) if make is Image.fromarray else palette(NUMBERS)
    paths, (target,) = penn_fudan.load(penn_folder(tmp_path, image))
    assert [path.name for path in paths] == ["a.png"]
    assert target["boxes"].tolist() == [[0, 1, 1, 3], [2, 0, 4, 3]]
    assert target["labels"].tolist() == [0, 0]
    assert target["masks"].tolist() == [(NUMBERS == 1).tolist(), (NUMBERS == 2).tolist()]


# fmt: off
PENN_DAMAGED = {
    "missing": (lambda: None, "a_mask.png: there is no such file"),
    "colours": (lambda: palette(NUMBERS).convert("RGB"),
                "a_mask.png: its pixels are colours (RGB), not numbers; was a palette PNG saved "
                "again as colours? Take the original"),
    "another": (lambda: palette(NUMBERS[:2]), "a_mask.png: it is 5 wide and 2 high, its image 5 "
                "and 3; take the mask of this image"),
}
# fmt: on


@pytest.mark.parametrize(("make", "message"), PENN_DAMAGED.values(), ids=PENN_DAMAGED.keys())
def test_a_damaged_mask_is_told_apart_in_one_line(tmp_path, make, message):
    folder = penn_folder(tmp_path, make())
    check_error(DataError, f"{folder}/PedMasks/{message}", lambda: penn_fudan.load(folder))


def test_an_empty_folder_and_a_file_that_is_no_image(tmp_path):
    message = f"{tmp_path}: there is no PNGImages/*.png in it; is it PennFudanPed?"
    check_error(DataError, message, lambda: penn_fudan.load(tmp_path))
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(DataError, match=r"a\.png: this is no image that can be read"):
        files.read_image(tmp_path / "a.png")
