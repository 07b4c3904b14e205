"""Boxes worth a look, from the image alone: segments, and what they grow into when they merge."""

import numpy as np

__all__ = ["felzenszwalb", "selective_search"]


def felzenszwalb(image, *, scale=1.0, min_size=20):
    """Segments by a forest over the pixels [Felzenszwalb & Huttenlocher 2004, algorithm 1].

    Edges between the 8 neighbours, weighted by the distance of their colours, join two segments in
    order of weight, if it is at most the largest weight that joined either of them plus
    scale / (its number of pixels). At last segments below min_size join their nearest neighbour.
    image: (C, H, W), smoothed if it is noisy; scale: in the image's units: larger, larger segments
    -> (H, W) int64, segments numbered from 0 in the order of their first pixels
    """
    image = _as_image("felzenszwalb", image)
    h, w = image.shape[1:]
    first, second = _neighbours(np.arange(h * w).reshape(h, w))
    colours = image.reshape(len(image), -1)
    weight = np.sqrt(((colours[:, first] - colours[:, second]) ** 2).sum(axis=0))
    order = np.argsort(weight, kind="stable")
    edges = first, second, weight = [x[order] for x in (first, second, weight)]

    parent, size, limit = list(range(h * w)), [1] * (h * w), [float(scale)] * (h * w)

    def root(p):
        while parent[p] != p:
            parent[p] = p = parent[parent[p]]  # halve the path, or long chains take O(P²)
        return p

    def join(a, b, weight):
        if size[a] < size[b]:
            a, b = b, a
        parent[b] = a
        size[a] += size[b]
        limit[a] = weight + scale / size[a]  # edges come in order: this one is the largest inside

    for p, q, v in zip(*(x.tolist() for x in edges), strict=True):
        if parent[p] == parent[q]:
            continue  # in one segment already, as most are
        a, b = root(p), root(q)
        if a != b and v <= limit[a] and v <= limit[b]:
            join(a, b, v)
    roots = np.array([root(p) for p in range(h * w)])
    between = roots[first] != roots[second]
    for p, q, v in zip(*(x[between].tolist() for x in edges), strict=True):
        a, b = root(p), root(q)
        if a != b and min(size[a], size[b]) < min_size:
            join(a, b, v)
    roots = np.array([root(p) for p in range(h * w)])
    _, start, label = np.unique(roots, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[label].reshape(h, w)


def selective_search(image, *, scale=1.0, min_size=20, bins=25):
    """Boxes of segments and of what they merge into, most alike first [Uijlings et al. 2013, §3].

    The similarity of two neighbours is that of their colours (histograms of so many bins a channel,
    intersected), plus how small they are, plus how well they fill their common box. Texture and
    other colour spaces are left out; call it with several scales for more boxes.
    image: (C, H, W) in [0, 1]; scale, min_size: of `felzenszwalb`
    -> (R, 4) int64 xyxy, no box twice, the whole image first, then by later merges
    """
    image = _as_image("selective_search", image)
    if image.min() < 0 or image.max() > 1:
        raise ValueError(
            f"selective_search: image goes from {image.min():g} to {image.max():g}; it must stay "
            "within 0 to 1"
        )
    labels = felzenszwalb(image, scale=scale, min_size=min_size)
    regions, similarity = _regions(image, labels, bins), {}
    near = [set() for _ in regions]
    low, high = np.sort(_neighbours(labels), axis=0)
    pairs = np.unique(low[low < high] * len(regions) + high[low < high])
    for i, j in zip(*(x.tolist() for x in divmod(pairs, len(regions))), strict=True):
        near[i].add(j)
        near[j].add(i)
        similarity[i, j] = regions[i].similarity(regions[j], labels.size)
    while similarity:
        i, j = max(similarity, key=similarity.get)  # the first of equals
        new = len(regions)
        regions.append(regions[i].merged(regions[j]))
        near.append((near[i] | near[j]) - {i, j})
        for old in (i, j):
            for k in near[old]:
                similarity.pop((min(old, k), max(old, k)), None)  # gone by now: (i, j)
                near[k].discard(old)
        for k in sorted(near[new]):
            near[k].add(new)
            similarity[k, new] = regions[k].similarity(regions[new], labels.size)
    boxes = [region.box for region in reversed(regions)]
    return np.array(list(dict.fromkeys(boxes)))


class _Region:
    """A set of pixels: how many, its box, and its colours as histograms that sum to 1."""

    def __init__(self, size, box, histogram):
        self.size, self.box, self.histogram = size, box, histogram

    def merged(self, other):
        size = self.size + other.size
        histogram = (self.size * self.histogram + other.size * other.histogram) / size
        return _Region(size, self._common_box(other), histogram)

    def similarity(self, other, pixels):
        """From 0 to 3, for an image of so many pixels."""
        x1, y1, x2, y2 = self._common_box(other)
        size = self.size + other.size
        colour = float(np.minimum(self.histogram, other.histogram).sum())
        fill = 1 - ((x2 - x1) * (y2 - y1) - size) / pixels
        return colour + (1 - size / pixels) + fill

    def _common_box(self, other):
        (a1, b1, a2, b2), (c1, d1, c2, d2) = self.box, other.box
        return min(a1, c1), min(b1, d1), max(a2, c2), max(b2, d2)


def _regions(image, labels, bins):
    """The segments: a _Region for each label"""
    c, _, w = image.shape
    order = np.argsort(labels, axis=None, kind="stable")  # pixels, segment by segment
    size = np.bincount(labels.ravel())
    start = size.cumsum() - size
    y, x = divmod(order, w)
    low = [np.minimum.reduceat(place, start) for place in (x, y)]
    high = [np.maximum.reduceat(place, start) + 1 for place in (x, y)]
    boxes = np.stack([*low, *high], axis=1).tolist()
    bin_ = np.digitize(image, np.linspace(0, 1, bins + 1)[1:-1])  # (C, H, W)
    place = (labels * c + np.arange(c)[:, None, None]) * bins + bin_
    counts = np.bincount(place.ravel(), minlength=len(size) * c * bins).reshape(len(size), -1)
    histograms = counts / (size * c)[:, None]
    return [_Region(*one) for one in zip(size.tolist(), map(tuple, boxes), histograms, strict=True)]


def _neighbours(x):
    """The values of x: (H, W) at all pairs of the 8-neighbourhood: -> (E,), (E,)"""
    pairs = [
        (x[:, :-1], x[:, 1:]),
        (x[:-1], x[1:]),
        (x[:-1, :-1], x[1:, 1:]),
        (x[:-1, 1:], x[1:, :-1]),
    ]
    return tuple(np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))


def _as_image(caller, image):
    image = np.asarray(image)
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(
            f"{caller}: image has shape {image.shape}; it must be (C, H, W), not empty"
        )
    if image.dtype not in (np.float32, np.float64):
        raise TypeError(f"{caller}: image is {image.dtype}; pass float32 or float64 in [0, 1]")
    if not np.isfinite(image).all():
        raise ValueError(f"{caller}: image has NaN or infinite values; remove or replace them")
    return image.astype(np.float64)
