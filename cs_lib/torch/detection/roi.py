"""Regions of interest: the torch mirror of cs_lib.numpy.detection.roi."""

import torch
from torch.nn import functional as F

from cs_lib._shared import boxes as _boxes
from cs_lib._shared import windows as _windows
from cs_lib.torch import _precision
from cs_lib.torch.detection.boxes import as_float

__all__ = ["roi_align", "roi_pool"]

# --- rounded to whole cells, the largest of each bin ---


def roi_pool(x, rois, output_size, *, spatial_scale=1.0):
    """The maximum in each of PH × PW bins of every region [Girshick 2015, §2.1].

    x: (N, C, H, W), rois: (R, 5): image index, then xyxy in pixels of the image,
    output_size: (PH, PW) or one number for both, spatial_scale: cells of x for a pixel, 1/stride
    -> (R, C, PH, PW); gradients go to x alone
    As torchvision.ops.roi_pool: corners are rounded, the last cell belongs to the region, bins
    overlap by a cell where they do not divide it, and a bin outside x gives 0.
    """
    x, rois = _inputs("roi_pool", x, rois)
    ph, pw = _windows.pair("roi_pool", "output_size", output_size, 1)
    c, h, w = x.shape[1:]
    corners = _round(rois[:, 1:] * spatial_scale)
    regions = torch.cat([rois[:, :1], corners], dim=1).long().tolist()
    y = [x.new_zeros(0, c, ph, pw)]
    for i, x1, y1, x2, y2 in regions:
        rows, above, below = _clip(y1, y2, h)
        columns, left, right = _clip(x1, x2, w)
        # cells of the region that lie outside x never win
        region = F.pad(x[i, :, rows, columns], (left, right, above, below), value=-torch.inf)
        largest = F.adaptive_max_pool2d(region, (ph, pw))  # has the same bins
        y.append(torch.where(largest == -torch.inf, 0, largest)[None])
    return torch.cat(y)


def _clip(first, last, length):
    """The part of first to last that lies in length, and how many cells lie before and after."""
    size = max(last - first + 1, 1)
    start, stop = (min(max(k, 0), length) for k in (first, first + size))
    before = min(max(-first, 0), size)
    return slice(start, stop), before, size - (stop - start) - before


def _round(x):
    """Halves away from 0, as in C; torch.round takes them to even numbers."""
    return (x + torch.full_like(x, 0.5).copysign(x)).trunc()


# --- not rounded: the mean of interpolated values ---


def roi_align(x, rois, output_size, *, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    """The mean of bilinear samples in each of PH × PW bins of every region [He et al. 2017, §3].

    x: (N, C, H, W), rois: (R, 5): image index, then xyxy in pixels of the image,
    output_size: (PH, PW) or one number for both, spatial_scale: cells of x for a pixel, 1/stride
    sampling_ratio: samples a bin and axis; -1: as many as a bin has cells, rounded up
    aligned: cell 0 has its centre at ½, as it should; False (torchvision's default): at 0, and
        regions are at least 1 cell wide and high
    -> (R, C, PH, PW); gradients go to x alone
    As torchvision.ops.roi_align: a sample more than a cell outside x counts as 0, others take the
    nearest value. Both axes are linear maps of their own: y = rows · x · columnsᵀ.
    """
    x, rois = _inputs("roi_align", x, rois)
    ph, pw = _windows.pair("roi_align", "output_size", output_size, 1)
    _boxes.check_sampling("roi_align", sampling_ratio)
    c, h, w = x.shape[1:]
    x1, y1, x2, y2 = rois[:, 1:].to(_precision.wide(rois)).T * spatial_scale - 0.5 * aligned
    rows = _sampling(y1, y2, ph, h, sampling_ratio, aligned).to(x.dtype)  # (R, PH, H)
    columns = _sampling(x1, x2, pw, w, sampling_ratio, aligned).to(x.dtype)  # (R, PW, W)
    image = rois[:, 0].long()
    y = x.new_empty(len(rois), c, ph, pw)
    for i in image.unique().tolist():
        mine = (image == i).nonzero()[:, 0]  # r of the R regions
        part = torch.tensordot(rows[mine], x[i], dims=([2], [1]))  # (r, PH, C, W)
        part = part.reshape(len(mine), ph * c, w) @ columns[mine].mT  # (r, PH·C, PW)
        y[mine] = part.reshape(-1, ph, c, pw).transpose(1, 2)
    return y


def _sampling(start, stop, bins, length, sampling_ratio, aligned):
    """What every cell weighs in the mean of every bin, along one axis.

    start, stop: (R,) in cells -> (R, bins, length); a row sums to 1 where all samples are inside
    """
    size = stop - start if aligned else (stop - start).clamp(min=1)
    size = size / bins
    samples = size.ceil() if sampling_ratio < 0 else torch.full_like(size, sampling_ratio)
    like = {"dtype": size.dtype, "device": size.device}
    s = torch.arange(max([1, *samples.tolist()]), **like)  # (S,)
    step = (size / samples.clamp(min=1))[:, None]  # (R, 1)
    bin_start = start[:, None] + torch.arange(bins, **like) * size[:, None]  # (R, bins)
    position = bin_start[:, :, None] + (s + 0.5) * step[:, :, None]  # (R, bins, S)
    counts = (s < samples[:, None])[:, None] & (position >= -1) & (position <= length)
    position = position.clamp(0, length - 1)
    # linear interpolation: a cell weighs 1 at its own place, 0 from its neighbours' on
    hat = (1 - (position[..., None] - torch.arange(length, **like)).abs()).clamp(min=0)
    total = (hat * counts[..., None]).sum(dim=2)  # (R, bins, length)
    return total / samples.clamp(min=1)[:, None, None]


# --- what goes in ---


def _inputs(caller, x, rois):
    x, rois = as_float(caller, "x", x), as_float(caller, "rois", rois).detach()
    _boxes.check_rois(caller, x, rois)
    return x, rois
