"""Regions of interest: boxes of any size, cut out of one feature map at one size."""

import numpy as np

from cs_lib._shared import boxes as _boxes
from cs_lib._shared import windows as _windows
from cs_lib.numpy.detection.boxes import as_float

__all__ = ["roi_align", "roi_align_backward", "roi_pool", "roi_pool_backward"]

# --- rounded to whole cells, the largest of each bin ---


def roi_pool(x, rois, output_size, *, spatial_scale=1.0):
    """The maximum in each of PH × PW bins of every region [Girshick 2015, §2.1].

    x: (N, C, H, W), rois: (R, 5): image index, then xyxy in pixels of the image,
    output_size: (PH, PW) or one number for both, spatial_scale: cells of x for a pixel, 1/stride
    -> y: (R, C, PH, PW), cache; the gradient is that of x alone
    As torchvision.ops.roi_pool: corners are rounded, the last cell belongs to the region, bins
    overlap by a cell where they do not divide it, and a bin outside x gives 0.
    """
    x, rois = _inputs("roi_pool", x, rois)
    ph, pw = _windows.pair("roi_pool", "output_size", output_size, 1)
    c, h, w = x.shape[1:]
    corners = _round(rois[:, 1:] * spatial_scale).astype(np.int64)  # (R, 4)
    y = np.zeros((len(rois), c, ph, pw), x.dtype)
    index = np.full(y.shape, -1)  # in H·W, where the maximum is; -1 for an empty bin
    for r, (x1, y1, x2, y2) in enumerate(corners):
        rows, in_rows = _bins(y1, y2, ph, h)  # (PH, bh)
        columns, in_columns = _bins(x1, x2, pw, w)  # (PW, bw)
        cells = rows[:, None, :, None] * w + columns[:, None, :]  # (PH, PW, bh, bw)
        inside = in_rows[:, None, :, None] & in_columns[:, None, :]
        cells, inside = cells.reshape(ph, pw, -1), inside.reshape(ph, pw, -1)
        values = x[int(rois[r, 0])].reshape(c, -1)[:, cells]  # (C, PH, PW, bh·bw)
        largest = np.where(inside, values, -np.inf).argmax(axis=-1)[..., None]  # first of equals
        some = inside.any(axis=-1)
        y[r] = np.where(some, np.take_along_axis(values, largest, axis=-1)[..., 0], 0)
        cells = np.broadcast_to(cells, values.shape)
        index[r] = np.where(some, np.take_along_axis(cells, largest, axis=-1)[..., 0], -1)
    return y, (x.shape, rois[:, 0].astype(np.int64), index)


def roi_pool_backward(dy, cache):
    """Every cell gets the gradients of the bins whose maximum it was.

    dy: (R, C, PH, PW) -> dx: (N, C, H, W)
    """
    (n, c, h, w), image, index = cache
    channel = image[:, None] * c + np.arange(c)  # (R, C)
    into = channel[:, :, None, None] * (h * w) + index  # (R, C, PH, PW) into N·C·H·W
    some = index >= 0
    # a cell can be the maximum of many bins: add.at, where dx[into] += dy keeps the last alone
    dx = np.zeros(n * c * h * w, dy.dtype)
    np.add.at(dx, into[some], dy[some])
    return dx.reshape(n, c, h, w)


def _bins(first, last, bins, length):
    """Cells first to last in so many bins: -> (bins, size) indices into length, which are in it."""
    size = max(last - first + 1, 1)
    k = np.arange(bins)
    start = k * size // bins  # whole numbers: the floor of a rounded quotient can be one off
    stop = -(-(k + 1) * size // bins)
    index = first + start[:, None] + np.arange((stop - start).max())
    inside = (index < first + stop[:, None]) & (index >= 0) & (index < length)
    return np.where(inside, index, 0), inside


def _round(x):
    """Halves away from 0, as in C; np.round takes them to even numbers."""
    return np.trunc(x + np.copysign(0.5, x))


# --- not rounded: the mean of interpolated values ---


def roi_align(x, rois, output_size, *, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    """The mean of bilinear samples in each of PH × PW bins of every region [He et al. 2017, §3].

    x: (N, C, H, W), rois: (R, 5): image index, then xyxy in pixels of the image,
    output_size: (PH, PW) or one number for both, spatial_scale: cells of x for a pixel, 1/stride
    sampling_ratio: samples a bin and axis; -1: as many as a bin has cells, rounded up
    aligned: cell 0 has its centre at ½, as it should; False (torchvision's default): at 0, and
        regions are at least 1 cell wide and high
    -> y: (R, C, PH, PW), cache; the gradient is that of x alone
    As torchvision.ops.roi_align: a sample more than a cell outside x counts as 0, others take the
    nearest value. Both axes are linear maps of their own: y = rows · x · columnsᵀ.
    """
    x, rois = _inputs("roi_align", x, rois)
    ph, pw = _windows.pair("roi_align", "output_size", output_size, 1)
    _boxes.check_sampling("roi_align", sampling_ratio)
    c, h, w = x.shape[1:]
    x1, y1, x2, y2 = rois[:, 1:].astype(np.float64).T * spatial_scale - 0.5 * aligned
    rows = _sampling(y1, y2, ph, h, sampling_ratio, aligned).astype(x.dtype)  # (R, PH, H)
    columns = _sampling(x1, x2, pw, w, sampling_ratio, aligned).astype(x.dtype)  # (R, PW, W)
    image = rois[:, 0].astype(np.int64)
    y = np.empty((len(rois), c, ph, pw), x.dtype)
    for i, mine in _some(image):  # r of the R regions
        part = np.tensordot(rows[mine], x[i], axes=([2], [1]))  # (r, PH, C, W)
        part = part.reshape(len(mine), ph * c, w) @ columns[mine].swapaxes(1, 2)  # (r, PH·C, PW)
        y[mine] = part.reshape(-1, ph, c, pw).swapaxes(1, 2)
    return y, (x.shape, image, rows, columns)


def roi_align_backward(dy, cache):
    """The transpose of the two maps: dx = rowsᵀ · dy · columns, summed over the regions.

    dy: (R, C, PH, PW) -> dx: (N, C, H, W)
    """
    (n, c, h, w), image, rows, columns = cache
    _, _, ph, pw = dy.shape
    dx = np.zeros((n, c, h, w), dy.dtype)
    for i, mine in _some(image):
        part = dy[mine].swapaxes(1, 2).reshape(-1, ph * c, pw) @ columns[mine]  # (r, PH·C, W)
        part = rows[mine].reshape(-1, h).T @ part.reshape(-1, c * w)  # (H, C·W)
        dx[i] += part.reshape(h, c, w).swapaxes(0, 1)
    return dx


def _some(image, at_once=32):
    """Image by image, some of its regions: what lies between the two maps is PH rows of x for each.

    image: (R,) -> pairs of an image's index and its regions', (r,)
    """
    for i in np.unique(image):
        mine = np.flatnonzero(image == i)
        for start in range(0, len(mine), at_once):
            yield i, mine[start : start + at_once]


def _sampling(start, stop, bins, length, sampling_ratio, aligned):
    """What every cell weighs in the mean of every bin, along one axis.

    start, stop: (R,) in cells -> (R, bins, length); a row sums to 1 where all samples are inside
    """
    size = stop - start if aligned else np.maximum(stop - start, 1)
    size = size / bins
    samples = np.ceil(size) if sampling_ratio < 0 else np.full_like(size, sampling_ratio)
    s = np.arange(max(samples.max(initial=0), 1))  # (S,)
    step = (size / np.maximum(samples, 1))[:, None]  # (R, 1)
    bin_start = start[:, None] + np.arange(bins) * size[:, None]  # (R, bins)
    position = bin_start[:, :, None] + (s + 0.5) * step[:, :, None]  # (R, bins, S)
    counts = (s < samples[:, None])[:, None] & (position >= -1) & (position <= length)
    position = np.clip(position, 0, length - 1)
    # linear interpolation: a cell weighs 1 at its own place, 0 from its neighbours' on
    hat = np.maximum(1 - np.abs(position[..., None] - np.arange(length)), 0)  # (R, bins, S, length)
    total = (hat * counts[..., None]).sum(axis=2)
    return total / np.maximum(samples, 1)[:, None, None]


# --- what goes in ---


def _inputs(caller, x, rois):
    x, rois = as_float(caller, "x", x), as_float(caller, "rois", rois)
    _boxes.check_rois(caller, x, rois)
    return x, rois
