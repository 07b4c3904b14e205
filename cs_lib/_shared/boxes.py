"""What both libraries ask of boxes: only shapes and comparisons, so no array library here."""

from cs_lib._shared import windows


def check_boxes(caller, name, boxes, axes="(N, 4)"):
    """boxes must be (N, 4), or (N, 5) with an image index in front; N may be 0.

    Every box must be (x1, y1, x2, y2) with x1 <= x2 and y1 <= y2, which NaN is not.
    """
    check_rows(caller, name, boxes, axes)
    corners = boxes[:, -4:]
    right = ((corners[:, :2] <= corners[:, 2:]) & (abs(corners[:, 2:]) < float("inf"))).all(1)
    if not right.all():
        i = right.tolist().index(False)
        raise ValueError(
            f"{caller}: {name}[{i}] is {corners[i].tolist()}; a box is (x1, y1, x2, y2), x1 <= x2 "
            "and y1 <= y2, finite: if yours is (x, y, w, h), use box_convert"
        )


def check_rows(caller, name, boxes, axes="(N, 4)"):
    """boxes must have two axes, the second as long as axes says."""
    if len(boxes.shape) != 2 or boxes.shape[1] != int(axes[-2]):
        raise ValueError(f"{caller}: {name} has shape {tuple(boxes.shape)}; it must be {axes}")


def check_same_rows(caller, name, boxes, other_name, other):
    """Both must have the same number of rows."""
    if boxes.shape[0] != other.shape[0]:
        raise ValueError(
            f"{caller}: {name} has {boxes.shape[0]} rows, {other_name} has {other.shape[0]}; "
            "they go in pairs"
        )


def check_one_each(caller, name, values, n):
    """values must be (n,): one for each box."""
    if tuple(values.shape) != (n,):
        raise ValueError(
            f"{caller}: {name} has shape {tuple(values.shape)}; it must be ({n},), one for each box"
        )


def check_threshold(caller, name, threshold):
    if not 0 <= threshold <= 1:
        raise ValueError(f"{caller}: {name} is {threshold}; an IoU is from 0 to 1")


def check_format(caller, name, fmt):
    if fmt not in FORMATS:
        raise ValueError(
            f"{caller}: {name} is {fmt!r}; it must be one of {', '.join(map(repr, FORMATS))}"
        )


FORMATS = ("xyxy", "xywh", "cxcywh")


def check_sizes(caller, name, boxes):
    """boxes: (N, 4) cxcywh must have an area each."""
    right = (boxes[:, 2:] > 0).all(1)
    if not right.all():
        i = right.tolist().index(False)
        raise ValueError(
            f"{caller}: {name}[{i}] is {boxes[i, 2].item():g} wide and {boxes[i, 3].item():g} "
            "high; its logarithm needs both above 0: leave such a box out"
        )


def check_positive(caller, name, values):
    if not len(values) or not all(v > 0 for v in values):
        raise ValueError(f"{caller}: {name} is {values}; it must be one or more numbers above 0")


def check_iou(caller, iou, low, high):
    """iou must be (G, A) from 0 to 1, and so the thresholds, low <= high."""
    check_threshold(caller, "low", low)
    check_threshold(caller, "high", high)
    if low > high:
        raise ValueError(f"{caller}: low is {low}, high is {high}; low must not be above high")
    if len(iou.shape) != 2:
        raise ValueError(f"{caller}: iou has shape {tuple(iou.shape)}; it must be (G, A)")
    if not ((iou >= 0) & (iou <= 1)).all():
        raise ValueError(f"{caller}: iou must be from 0 to 1, without NaN: is it from box_iou?")


def check_rois(caller, x, rois):
    """x must be (N, C, H, W), rois (R, 5): an image index from 0 to N - 1, then a box."""
    windows.check_maps(caller, x)
    check_boxes(caller, "rois", rois, "(R, 5)")
    index = rois[:, 0]
    right = (index >= 0) & (index < x.shape[0]) & (index % 1 == 0)
    if not right.all():
        i = right.tolist().index(False)
        raise ValueError(
            f"{caller}: rois[{i}] is of image {index[i].item():g}; column 0 must be an image "
            f"index from 0 to {x.shape[0] - 1}, then (x1, y1, x2, y2)"
        )


def check_sampling(caller, sampling_ratio):
    if sampling_ratio != -1 and not (isinstance(sampling_ratio, int) and sampling_ratio >= 1):
        raise ValueError(
            f"{caller}: sampling_ratio is {sampling_ratio}; it must be a whole number from 1, or "
            "-1 for as many samples as a bin has cells"
        )
