"""Wrong answers to `roi_align` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _aligned(x, rois, size, scale, wrong):
    n, c, h, w = x.shape
    if wrong == "size_exchanged":
        size = size[::-1]
    found = np.zeros((len(rois), c, *size))

    def weights(start, stop, bins, cells):
        step = (stop - start) / bins
        if wrong == "corner_to_corner":
            place = np.linspace(start, stop, bins) - 0.5 if bins > 1 else np.array([start - 0.5])
        elif wrong == "corner_of_the_bin":
            place = start + np.arange(bins) * step - 0.5
        elif wrong == "end_of_the_bin":
            place = start + (np.arange(bins) + 1) * step - 0.5
        elif wrong == "bins_of_one_cell":
            place = start + np.arange(bins) + 0.5 - 0.5
        elif wrong == "half_a_cell_off":
            place = start + (np.arange(bins) + 0.5) * step
        elif wrong == "half_a_cell_twice":
            place = start + (np.arange(bins) + 0.5) * step - 1
        else:
            place = start + (np.arange(bins) + 0.5) * step - 0.5
        if wrong == "zeros_outside":
            return (1 - abs(place[:, None] - np.arange(cells))).clip(0)
        if wrong == "wraps_round":
            low = np.floor(place).astype(int)
            weight = np.zeros((bins, cells))
            for b in range(bins):
                weight[b, low[b] % cells] += 1 - (place[b] - low[b])
                weight[b, (low[b] + 1) % cells] += place[b] - low[b]
            return weight
        if wrong == "extrapolated":
            low = np.floor(place).clip(0, max(cells - 2, 0)).astype(int)
            weight = np.zeros((bins, cells))
            for b in range(bins):
                weight[b, low[b]] += 1 - (place[b] - low[b])
                weight[b, min(low[b] + 1, cells - 1)] += place[b] - low[b]
            return weight
        if wrong == "last_cell_lost":
            place = place.clip(0, max(cells - 2, 0))
        place = place.clip(0, cells - 1)
        if wrong == "nearest_cell":
            place = np.floor(place + 0.5)
        if wrong == "lower_cell":
            place = np.floor(place)
        if wrong == "weights_exchanged":
            low = np.floor(place)
            part = place - low
            place = low + np.where(part > 0, 1 - part, 0)
        return (1 - abs(place[:, None] - np.arange(cells))).clip(0)

    for r, (image, x1, y1, x2, y2) in enumerate(rois):
        corners = np.array([x1, y1, x2, y2])
        corners = corners * (1 if wrong == "scale_forgotten" else scale)
        if wrong == "divided_by_scale":
            corners = np.array([x1, y1, x2, y2]) / scale
        if wrong == "rounded":
            corners = np.round(corners)
        if wrong == "rounded_outwards":
            corners = np.concatenate([np.floor(corners[:2]), np.ceil(corners[2:])])
        if wrong == "plus_one":
            corners = corners + np.array([0, 0, 1, 1])
        if wrong == "y_first":
            corners = corners[[1, 0, 3, 2]]
        if wrong == "corner_and_size":
            corners = np.concatenate([corners[:2], corners[:2] + corners[2:]])
        if wrong == "cut_off_at_the_map":
            corners = corners.clip(0, [w, h, w, h])
        if wrong == "side_of_one":
            corners = np.concatenate([corners[:2], np.maximum(corners[2:], corners[:2] + 1)])
        if wrong == "cut_off":
            corners = corners.clip(0.5, np.array([w, h, w, h]) - 0.5)
        k = int(image)
        k = {"first_image": 0, "image_of_the_region": r % n}.get(wrong, k)
        rows = weights(corners[1], corners[3], size[0], h)
        columns = weights(corners[0], corners[2], size[1], w)
        found[r] = rows @ x[k] @ columns.T
        if wrong == "largest_of_four":
            found[r] = _largest(x[k], corners, size)
        if wrong == "first_channel":
            found[r] = found[r][:1]
    if wrong == "channels_last":
        return found.transpose(0, 2, 3, 1)
    if wrong == "turned":
        return found[:, :, ::-1]
    if wrong == "mean_of_the_region":
        return np.broadcast_to(found.mean(axis=(2, 3), keepdims=True), found.shape).copy()
    return found


def _largest(x, corners, size):
    c, h, w = x.shape
    out = np.zeros((c, *size))
    for i in range(size[0]):
        for j in range(size[1]):
            y = corners[1] + (i + 0.5) * (corners[3] - corners[1]) / size[0] - 0.5
            z = corners[0] + (j + 0.5) * (corners[2] - corners[0]) / size[1] - 0.5
            y, z = np.clip(y, 0, h - 1), np.clip(z, 0, w - 1)
            part = x[:, int(y) : int(np.ceil(y)) + 1, int(z) : int(np.ceil(z)) + 1]
            out[:, i, j] = part.max(axis=(1, 2))
    return out


@mistake(
    "roi_align",
    hint="Regions come from several images. Which number of a region says from which one?",
    read="sec-det-roi-align",
)
def first_image(x, rois, size, scale):
    """All regions are taken from the first image."""
    return _aligned(x, rois, size, scale, "first_image")


@mistake(
    "roi_align",
    hint="The number of a region is not the number of its image.",
    read="sec-det-roi-align",
)
def image_of_the_region(x, rois, size, scale):
    """The region's own index is taken for that of its image."""
    return _aligned(x, rois, size, scale, "image_of_the_region")


@mistake(
    "roi_align",
    hint="Regions are in pixels of the image, and the map has fewer cells.",
    read="sec-det-roi-align",
)
def scale_forgotten(x, rois, size, scale):
    """The scale is not used."""
    return _aligned(x, rois, size, scale, "scale_forgotten")


@mistake(
    "roi_align",
    hint="A map half as large has a scale of 0.5.",
    read="sec-det-roi-align",
)
def divided_by_scale(x, rois, size, scale):
    """Corners are divided by the scale."""
    return _aligned(x, rois, size, scale, "divided_by_scale")


@mistake(
    "roi_align",
    hint="Half a cell on the map can be many pixels in the image. That is what this layer was invented for.",
    read="sec-det-roi-align",
)
def rounded(x, rois, size, scale):
    """Corners are rounded to whole cells."""
    return _aligned(x, rois, size, scale, "rounded")


@mistake(
    "roi_align",
    hint="Nothing is rounded here, not even outwards.",
    read="sec-det-roi-align",
)
def rounded_outwards(x, rois, size, scale):
    """Regions are enlarged to whole cells."""
    return _aligned(x, rois, size, scale, "rounded_outwards")


@mistake("roi_align", hint="A region from 1 to 3 is two cells wide.", read="sec-det-roi-align")
def plus_one(x, rois, size, scale):
    """Regions are a cell wider and higher."""
    return _aligned(x, rois, size, scale, "plus_one")


@mistake("roi_align", hint="A box begins with x.", read="sec-det-roi-align")
def y_first(x, rois, size, scale):
    """Boxes are read as (y1, x1, y2, x2)."""
    return _aligned(x, rois, size, scale, "y_first")


@mistake(
    "roi_align",
    hint="The last two numbers of a box are a corner.",
    read="sec-det-roi-align",
)
def corner_and_size(x, rois, size, scale):
    """The second corner is taken for width and height."""
    return _aligned(x, rois, size, scale, "corner_and_size")


@mistake("roi_align", hint="Down comes first in size.", read="sec-det-roi-align")
def size_exchanged(x, rois, size, scale):
    """Rows and columns of bins are exchanged."""
    return _aligned(x, rois, size, scale, "size_exchanged")


@mistake(
    "roi_align",
    hint="With two bins, where are their middles?",
    read="sec-det-roi-align",
)
def corner_to_corner(x, rois, size, scale):
    """Samples are spread from edge to edge of the region."""
    return _aligned(x, rois, size, scale, "corner_to_corner")


@mistake("roi_align", hint="A sample lies in the middle of its bin.", read="sec-det-roi-align")
def corner_of_the_bin(x, rois, size, scale):
    """Samples lie in the upper left corner of each bin."""
    return _aligned(x, rois, size, scale, "corner_of_the_bin")


@mistake("roi_align", hint="A sample lies in the middle of its bin.", read="sec-det-roi-align")
def end_of_the_bin(x, rois, size, scale):
    """Samples lie in the lower right corner of each bin."""
    return _aligned(x, rois, size, scale, "end_of_the_bin")


@mistake(
    "roi_align",
    hint="The bins fill the region, so their size depends on it.",
    read="sec-det-roi-align",
)
def bins_of_one_cell(x, rois, size, scale):
    """Bins are as large as cells."""
    return _aligned(x, rois, size, scale, "bins_of_one_cell")


@mistake(
    "roi_align",
    hint="Try a ramp: where is the centre of cell 0, at 0 or at ½?",
    read="sec-det-roi-align",
)
def half_a_cell_off(x, rois, size, scale):
    """The centre of cell (i, j) is taken to lie at (i, j)."""
    return _aligned(x, rois, size, scale, "half_a_cell_off")


@mistake(
    "roi_align",
    hint="The centre of the first cell is at ½, and not at 1.",
    read="sec-det-roi-align",
)
def half_a_cell_twice(x, rois, size, scale):
    """The half cell is subtracted twice."""
    return _aligned(x, rois, size, scale, "half_a_cell_twice")


@mistake(
    "roi_align",
    hint="Bilinear interpolation takes four cells, each by its distance.",
    read="sec-det-roi-align",
)
def nearest_cell(x, rois, size, scale):
    """The nearest cell is taken."""
    return _aligned(x, rois, size, scale, "nearest_cell")


@mistake(
    "roi_align",
    hint="Bilinear interpolation takes four cells, each by its distance.",
    read="sec-det-roi-align",
)
def lower_cell(x, rois, size, scale):
    """Samples are rounded down."""
    return _aligned(x, rois, size, scale, "lower_cell")


@mistake("roi_align", hint="The nearer cell weighs more.", read="sec-det-roi-align")
def weights_exchanged(x, rois, size, scale):
    """The weights of the two neighbours are exchanged."""
    return _aligned(x, rois, size, scale, "weights_exchanged")


@mistake(
    "roi_align",
    hint="RoI pooling takes a maximum. What is asked for here?",
    read="sec-det-roi-align",
)
def largest_of_four(x, rois, size, scale):
    """The largest of the four cells around a sample is taken."""
    return _aligned(x, rois, size, scale, "largest_of_four")


@mistake(
    "roi_align",
    hint="Each bin has a value of its own.",
    read="sec-det-roi-align",
)
def mean_of_the_region(x, rois, size, scale):
    """All bins have the mean of the region."""
    return _aligned(x, rois, size, scale, "mean_of_the_region")


@mistake("roi_align", hint="All channels are sampled.", read="sec-det-roi-align")
def first_channel(x, rois, size, scale):
    """All channels are the first one."""
    return _aligned(x, rois, size, scale, "first_channel")


@mistake("roi_align", hint="Channels are axis 1.", read="sec-det-roi-align")
def channels_last(x, rois, size, scale):
    """Channels are the last axis."""
    return _aligned(x, rois, size, scale, "channels_last")


@mistake("roi_align", hint="y runs downwards.", read="sec-det-roi-align")
def turned(x, rois, size, scale):
    """Rows of bins run from below."""
    return _aligned(x, rois, size, scale, "turned")


@mistake(
    "roi_align",
    hint="Outside there are no zeros: what does the text say of samples beyond the outermost centres?",
    read="sec-det-roi-align",
    corner="the border",
)
def zeros_outside(x, rois, size, scale):
    """Cells that do not exist count as 0."""
    return _aligned(x, rois, size, scale, "zeros_outside")


@mistake(
    "roi_align",
    hint="An index of −1 is the last cell, on the other side of the map.",
    read="sec-det-roi-align",
    corner="the border",
)
def wraps_round(x, rois, size, scale):
    """A negative index takes cells from the other side."""
    return _aligned(x, rois, size, scale, "wraps_round")


@mistake(
    "roi_align",
    hint="Beyond the outermost centres nothing is known. Does a ramp go on there?",
    read="sec-det-roi-align",
    corner="the border",
)
def extrapolated(x, rois, size, scale):
    """Beyond the outermost centres the straight line goes on."""
    return _aligned(x, rois, size, scale, "extrapolated")


@mistake(
    "roi_align",
    hint="The last row has index H − 1, and a sample may lie on it.",
    read="sec-det-roi-align",
)
def last_cell_lost(x, rois, size, scale):
    """The last row and column are never reached."""
    return _aligned(x, rois, size, scale, "last_cell_lost")


@mistake(
    "roi_align",
    hint="Samples are moved to the border, and not the region: its bins keep their size.",
    read="sec-det-roi-align",
    corner="the border",
)
def cut_off(x, rois, size, scale):
    """Regions are cut off at the outermost centres."""
    return _aligned(x, rois, size, scale, "cut_off")


@mistake(
    "roi_align",
    hint="Libraries take several samples of a bin, and their mean. How many does the text ask for?",
    read="sec-det-roi-align",
)
def four_samples(x, rois, size, scale):
    """Four samples of each bin are averaged."""
    fine = _aligned(x, rois, (2 * size[0], 2 * size[1]), scale, "")
    return fine.reshape(*fine.shape[:2], size[0], 2, size[1], 2).mean(axis=(3, 5))


@mistake("roi_align", same_as="cut_off")
def cut_off_at_the_map(x, rois, size, scale):
    """Regions are cut off at the edges of the map."""
    return _aligned(x, rois, size, scale, "cut_off_at_the_map")


@mistake(
    "roi_align",
    hint="A region may be narrower than a cell, and its bins are narrower still.",
    read="sec-det-roi-align",
)
def side_of_one(x, rois, size, scale):
    """Regions are made at least one cell wide and high."""
    return _aligned(x, rois, size, scale, "side_of_one")


@mistake("roi_align", same_as="zeros_outside")
def zero_off_the_map(x, rois, size, scale):
    """Samples off the map are 0."""
    found = _aligned(x, rois, size, scale, "")
    for r, (_, x1, y1, x2, y2) in enumerate(rois * [1, scale, scale, scale, scale]):
        for axis, (start, stop, cells) in ((1, (y1, y2, x.shape[2])), (2, (x1, x2, x.shape[3]))):
            bins = size[axis - 1]
            place = start + (np.arange(bins) + 0.5) * (stop - start) / bins
            off = (place < 0) | (place > cells)
            found[r].swapaxes(0, axis)[off] = 0
    return found


@alternative("roi_align")
def four_cells(x, rois, size, scale):
    """Four cells for each sample."""
    _, c, h, w = x.shape
    found = np.empty((len(rois), c, *size))
    for r, roi in enumerate(rois):
        x1, y1, x2, y2 = roi[1:] * scale
        for i in range(size[0]):
            for j in range(size[1]):
                v = min(max(y1 + (i + 0.5) / size[0] * (y2 - y1) - 0.5, 0), h - 1)
                u = min(max(x1 + (j + 0.5) / size[1] * (x2 - x1) - 0.5, 0), w - 1)
                a, b = int(v), int(u)
                a2, b2 = min(a + 1, h - 1), min(b + 1, w - 1)
                p, q = v - a, u - b
                m = x[int(roi[0])]
                top = (1 - q) * m[:, a, b] + q * m[:, a, b2]
                found[r, :, i, j] = (1 - p) * top + p * ((1 - q) * m[:, a2, b] + q * m[:, a2, b2])
    return found
