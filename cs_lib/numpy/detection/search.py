"""Where in an image to look: in every window, or only where a bound leaves hope."""

import heapq
import itertools

import numpy as np

from cs_lib._shared import boxes as _boxes
from cs_lib._shared import windows as _windows

__all__ = ["best_subwindow", "integral_image", "sliding_windows", "window_sums"]


def sliding_windows(size, window, *, stride=1):
    """All places of a window in an image, rows first.

    size, window: (height, width); stride: a number or (down, right) -> (N, 4) int64 xyxy
    """
    size = _windows.pair("sliding_windows", "size", size, 1)
    window = _windows.pair("sliding_windows", "window", window, 1)
    stride = _windows.pair("sliding_windows", "stride", stride, 1)
    if window[0] > size[0] or window[1] > size[1]:
        raise ValueError(f"sliding_windows: window is {window}, size {size}; it must fit in")
    y, x = (np.arange(0, n - k + 1, s) for n, k, s in zip(size, window, stride, strict=True))
    y, x = (grid.ravel() for grid in np.meshgrid(y, x, indexing="ij"))
    return np.stack([x, y, x + window[1], y + window[0]], axis=1)


def integral_image(x):
    """Sums over all boxes that start in the upper left corner [Viola & Jones 2001, §2.1].

    x: (H, W) -> (H + 1, W + 1) float64, entry (i, j) the sum of x[:i, :j]
    """
    x = np.asarray(x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"integral_image: x has shape {x.shape}; it must be (H, W), not empty")
    return np.pad(x.cumsum(axis=0, dtype=np.float64).cumsum(axis=1), ((1, 0), (1, 0)))


def window_sums(integral, boxes):
    """The sum of the image in every box, by four look-ups each.

    integral: (H + 1, W + 1) from `integral_image`, boxes: (N, 4) xyxy, whole numbers, in the image:
    pixels x1 to x2 - 1 -> (N,)
    """
    boxes = np.asarray(boxes)
    _boxes.check_boxes("window_sums", "boxes", boxes)
    x1, y1, x2, y2 = boxes.astype(np.int64).T
    if len(boxes) and (boxes.min() < 0 or y2.max() >= len(integral) or x2.max() >= len(integral.T)):
        height, width = integral.shape[0] - 1, integral.shape[1] - 1
        raise ValueError(
            f"window_sums: a box leaves the image of {height} × {width} pixels; clip it"
        )
    return integral[y2, x2] - integral[y1, x2] - integral[y2, x1] + integral[y1, x1]


def best_subwindow(scores):
    """The box of largest sum, without trying all: branch and bound [Lampert et al. 2008, §2].

    scores: (H, W), what each pixel speaks for the object (above 0) or against it; finite
    -> box: (4,) int64 xyxy of at least one pixel, its sum, and how many sets of boxes were bounded;
       there are H(H + 1)/2 · W(W + 1)/2 boxes
    A set of boxes is an interval for each side. None in it can have more than all positive scores
    of its largest box and only the negative ones of its smallest. The set of the highest bound is
    split in two; when it is a single box, no other can be better.
    """
    scores = np.asarray(scores, dtype=np.float64)
    positive = integral_image(np.maximum(scores, 0)).tolist()
    negative = integral_image(np.minimum(scores, 0)).tolist()
    if not np.isfinite(scores).all():
        raise ValueError(
            "best_subwindow: scores has NaN or infinite values; remove or replace them"
        )

    def total(integral, x1, y1, x2, y2):
        return integral[y2][x2] - integral[y1][x2] - integral[y2][x1] + integral[y1][x1]

    def bound(sides):
        (left, left_end), (top, top_end), (right, right_end), (bottom, bottom_end) = sides
        value = total(positive, left, top, right_end, bottom_end)
        if left_end < right and top_end < bottom:  # else the smallest box is empty
            value += total(negative, left_end, top_end, right, bottom)
        return value

    height, width = scores.shape
    queue, number = [], itertools.count()  # equal bounds: the older set first

    def push(sides):
        (left, _), (top, _), (_, right_end), (_, bottom_end) = sides
        if left < right_end and top < bottom_end:  # has a box with a pixel
            heapq.heappush(queue, (-bound(sides), next(number), sides))

    push(((0, width - 1), (0, height - 1), (1, width), (1, height)))
    while True:
        _, _, sides = heapq.heappop(queue)
        lengths = [high - low for low, high in sides]
        i = lengths.index(max(lengths))
        low, high = sides[i]
        if low == high:
            box = np.array([side[0] for side in sides])
            return box, float(window_sums(integral_image(scores), box[None])[0]), next(number)
        middle = (low + high) // 2
        push((*sides[:i], (low, middle), *sides[i + 1 :]))
        push((*sides[:i], (middle + 1, high), *sides[i + 1 :]))
