"""Pictures of pictures: a sheet of images, and queries beside their nearest neighbours."""

import numpy as np

from .style import BAD, GOOD, WIDTH, new_axes

_GAP = 0.08  # between images, in widths of an image
_LINE = 0.24  # of text above an image, likewise


def show_images(images, labels=None, *, classes=None, columns=8, ax=None):
    """Draw images in rows of `columns`, each under its label, and return the axes.

    images: (N, C, H, W), C 3 (colour) or 1 (grey), float in [0, 1] or uint8
    labels: (N,) numbers or texts; classes: names that the numbers stand for
    """
    images = _pixels(images, "show_images")
    labels = _texts(labels, len(images), classes, "show_images")
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    sheet = _Sheet(images.shape[1:3], rows, columns, labels is not None, ax)
    for i, image in enumerate(images):
        sheet.draw(image, i // columns, i % columns, None if labels is None else labels[i])
    return sheet.ax


def show_neighbors(
    query, neighbors, query_labels=None, neighbor_labels=None, *, classes=None, ax=None
):
    """Draw each query on the left and its neighbours, nearest first, on the right of it.

    query: (M, C, H, W), neighbors: (M, k, C, H, W), pixels as in show_images
    query_labels: (M,), neighbor_labels: (M, k): given both, a neighbour has a tick and a solid
    green frame where its label is the query's, and a cross and a dashed red one where it is not.
    """
    name = "show_neighbors"
    query, neighbors = _pixels(query, name), np.asarray(neighbors)
    if neighbors.ndim != 5 or len(neighbors) != len(query):
        raise ValueError(
            f"{name}: neighbors is {neighbors.shape} for {len(query)} queries; "
            "expected (M, k, C, H, W), the same M"
        )
    count, k = neighbors.shape[:2]
    flat = _pixels(neighbors.reshape(-1, *neighbors.shape[2:]), name)
    titles = _texts(query_labels, count, classes, name)
    flat_labels = None if neighbor_labels is None else np.asarray(neighbor_labels).ravel()
    below = _texts(flat_labels, count * k, classes, name)

    has_text = titles is not None or below is not None
    sheet = _Sheet(query.shape[1:3], count, k + 1, has_text, ax, first_gap=0.25)
    for row in range(count):
        sheet.draw(query[row], row, 0, None if titles is None else titles[row])
        for i in range(k):
            text = None if below is None else below[row * k + i]
            good = None if titles is None or below is None else text == titles[row]
            sheet.draw(flat[row * k + i], row, i + 1, text, good)
    return sheet.ax


class _Sheet:
    """Axes without ticks, on which images of one size stand in rows and columns."""

    def __init__(self, size, rows, columns, has_text, ax, first_gap=0.0):
        self.aspect = size[0] / size[1]
        self.step = self.aspect + _GAP + (_LINE if has_text else 0)
        self.first_gap = first_gap  # after the first column
        width = columns * (1 + _GAP) - _GAP + first_gap
        height = rows * self.step - _GAP
        inches = min(WIDTH, 0.9 * width)  # a few images are not blown up to the page's width
        self.ax = new_axes(ax, width=inches, height=inches * height / width)
        self.ax.set(xlim=(-0.03, width + 0.03), ylim=(height + 0.03, -0.03), aspect="equal")
        self.ax.axis("off")
        # Texts shrink with the images: a dozen columns leave no room for large ones.
        self.fontsize = min(11, 11 * inches / width / 0.75)

    def draw(self, image, row, column, text=None, good=None):
        """Put one image in its place, its text above it, and a frame that says good or bad."""
        left = column * (1 + _GAP) + (self.first_gap if column else 0)
        bottom = row * self.step + self.step - _GAP
        top, right = bottom - self.aspect, left + 1
        self.ax.imshow(
            image, extent=(left, right, bottom, top), cmap="gray", vmin=0, vmax=1,
            interpolation="nearest",
        )  # fmt: skip
        if text is not None:
            mark = "" if good is None else "✓ " if good else "✗ "
            self.ax.text(
                (left + right) / 2, top - 0.03, mark + text,
                ha="center", va="bottom", fontsize=self.fontsize,
            )  # fmt: skip
        if good is not None:
            self.ax.plot(
                [left, right, right, left, left], [top, top, bottom, bottom, top],
                color=GOOD if good else BAD, linestyle="-" if good else "--", linewidth=2,
            )  # fmt: skip


def _pixels(images, name):
    """(N, C, H, W) -> (N, H, W, 3) or grey (N, H, W), float in [0, 1]; raise ValueError if not."""
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            f"{name}: images is {images.shape}; expected (N, C, H, W), N > 0, C 3 or 1 "
            "(one image: image[None]; channels last: images.transpose(0, 3, 1, 2))"
        )
    if images.dtype == np.uint8:
        images = images / 255
    elif images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"{name}: float images from {images.min():g} to {images.max():g}; "
            "expected values in [0, 1]"
        )
    return images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)


def _texts(labels, count, classes, name):
    """Labels as a list of texts, or None for none."""
    if labels is None:
        return None
    if len(labels) != count:
        raise ValueError(f"{name}: {len(labels)} labels for {count} images")
    return [str(label) if classes is None else classes[label] for label in labels]
