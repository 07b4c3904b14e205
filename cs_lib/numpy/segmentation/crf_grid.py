"""The dense CRF on whole photographs: a bilateral grid in place of a number for each two pixels.

320 × 240 pixels have a kernel of 5.9 billion numbers. Here the pixels that lie near each other and
have a like colour share a cell; cells speak to cells. What is lost: a pixel speaks and hears as if
it stood in the middle of its cell. crf_kernel (a small image) is the measure of that.
"""

import numpy as np

from cs_lib._shared import crf as _crf
from cs_lib._shared import windows as _windows
from cs_lib.numpy.segmentation import crf as _exact

__all__ = ["CRFGrid", "crf_grid_mean_field", "crf_grid_step"]


class CRFGrid:
    """`crf_kernel` as a filter [Paris & Durand 2006; Chen et al. 2007, §3].

    images: (N, C, H, W) in [0, 1]; the options of `crf_kernel`, with the same meaning
    cells: so many to an appearance_distance and to an appearance_colour. Finer cells are nearer to
    the kernel. The time of `message` grows with the pixels, and with the cells: places times the
    square of the colours that the image has.
    The smoothness term is exact, and so is what a pixel hears of itself.
    """

    def __init__(
        self,
        images,
        *,
        appearance=1.0,
        appearance_distance=8.0,
        appearance_colour=0.1,
        smoothness=1.0,
        smoothness_distance=1.0,
        normalization=None,
        self_message=False,
        cells=(2, 1),
    ):
        images = np.asarray(images)
        _crf.check_images(
            "CRFGrid",
            images,
            appearance_distance=appearance_distance,
            appearance_colour=appearance_colour,
            smoothness_distance=smoothness_distance,
            cells=min(cells),
        )
        _crf.check_normalization("CRFGrid", normalization)
        self.shape = images.shape
        options = images.shape[2:], images.dtype, normalization, self_message
        near = _Term(_near(*options[:2], smoothness_distance), *options)
        self.terms = []  # of each image: (weight, term)
        for image in images:
            alike = _alike(image, appearance_distance, appearance_colour, cells)
            self.terms.append([(appearance, _Term(alike, *options)), (smoothness, near)])

    def message(self, q):
        """What each pixel hears, Σⱼ kernelᵢⱼ qⱼ: (N, K, H, W) -> (N, K, H, W)"""
        pairs = zip(self.terms, _exact.without_tiny(q), strict=True)
        return np.stack([sum(weight * term(x) for weight, term in terms) for terms, x in pairs])


def crf_grid_step(unary, q, grid, compatibility=None):
    """`crf_step` with a `CRFGrid` for the kernel: the same arguments -> q': (N, K, H, W)"""
    unary, q = np.asarray(unary), np.asarray(q)
    _crf.check_grid("crf_grid_step", unary, grid.shape, compatibility, q=q)
    n, k, h, w = unary.shape
    table = 1 - np.eye(k, dtype=unary.dtype) if compatibility is None else compatibility
    message = grid.message(q).reshape(n, k, h * w)
    return _softmax(-unary - (table @ message).reshape(unary.shape))


def crf_grid_mean_field(unary, grid, compatibility=None, *, steps=5):
    """`crf_mean_field` with a `CRFGrid` for the kernel: the same arguments -> q: (N, K, H, W)"""
    unary = np.asarray(unary)
    _crf.check_grid("crf_grid_mean_field", unary, grid.shape, compatibility)
    _windows.whole("crf_grid_mean_field", "steps", steps, 0)
    q = _softmax(-unary)
    for _ in range(steps):
        q = crf_grid_step(unary, q, grid, compatibility)
    return q


class _Term:
    """A Gaussian of the kernel, normalised: blur takes (K, H, W) and has each pixel hear itself."""

    def __init__(self, blur, size, dtype, normalization, self_message):
        self.blur, self.self_message = blur, self_message
        self.before = self.after = dtype.type(1)
        if normalization is None:
            return
        sums = self._sum(np.ones((1, *size), dtype))
        share = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)  # of nobody: nothing
        if normalization == "symmetric":
            self.before = self.after = np.sqrt(share)
        else:
            setattr(self, normalization, share)

    def __call__(self, q):
        return self.after * self._sum(self.before * q)

    def _sum(self, q):
        return self.blur(q) if self.self_message else self.blur(q) - q


def _near(size, dtype, distance):
    """The blur of places alone: that of rows, then that of columns"""
    rows, columns = (_hear(np.arange(n)[None] / distance, dtype) for n in size)
    return lambda q: rows @ (q @ columns)


def _alike(image, distance, colour, cells):
    """The blur of places and colours, by way of cells: for a colour, a row and a column of them"""
    c, h, w = image.shape
    of_colour, colours = _cells(image.reshape(c, -1) / colour, cells[1], image.dtype)
    (of_row, rows), (of_column, columns) = (
        _cells(np.arange(n)[None] / distance, cells[0], image.dtype) for n in (h, w)
    )
    shape = len(colours), len(rows), len(columns)
    cell = (of_colour.reshape(h, w) * shape[1] + of_row[:, None]) * shape[2] + of_column
    cell = cell.ravel()

    def blur(q):
        k = len(q)
        said = [np.bincount(cell, x, np.prod(shape)) for x in q.reshape(k, -1)]
        heard = colours @ np.array(said, q.dtype).reshape(k, shape[0], -1)
        heard = rows @ (heard.reshape(k, *shape) @ columns)
        return heard.reshape(k, -1)[:, cell].reshape(q.shape)

    return blur


def _cells(x, per, dtype):
    """Columns of x: (C, P) that are the same when rounded, so many to a unit, share a cell.

    -> the cell of each: (P,), how much cells hear of each other: (M, M), at the means of what they
    hold
    """
    index = np.unique(np.round(x * per), axis=1, return_inverse=True)[1].ravel()
    means = np.array([np.bincount(index, row) for row in x]) / np.bincount(index)
    return index, _hear(means, dtype)


def _hear(x, dtype):
    """How much columns of x hear of each other, exp(-|xᵢ - xⱼ|²/2): (C, M) -> (M, M)"""
    return _exact.gaussian(sum((row[:, None] - row) ** 2 for row in x), dtype)


def _softmax(x):
    exp = np.exp(x - x.max(axis=1, keepdims=True))  # float64 exp overflows past 709
    return exp / exp.sum(axis=1, keepdims=True)
