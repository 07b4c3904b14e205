"""Wrong answers to `mix_images` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


def _box(row, column, share, height, width):
    """The box before it is cut off: top, left, high, wide."""
    side = np.sqrt(1 - share)
    high, wide = int(height * side), int(width * side)
    return row - high // 2, column - wide // 2, high, wide


def _masks(x, shares, centres, box=_box):
    """True where the other image is to be seen: (N, 1, H, W)."""
    n, _, height, width = x.shape
    masks = np.zeros((n, 1, height, width), dtype=bool)
    for k in range(n):
        top, left, high, wide = box(*centres[k], shares[k], height, width)
        rows = slice(min(max(top, 0), height), min(max(top + high, 0), height))
        columns = slice(min(max(left, 0), width), min(max(left + wide, 0), width))
        masks[k, :, rows, columns] = True
    return masks


def _label(labels, num_classes, order, share):
    one_hot = np.eye(num_classes)[labels]
    return share[:, None] * one_hot + (1 - share[:, None]) * one_hot[order]


def _mixup(x, labels, num_classes, order, shares):
    share = shares[:, None, None, None]
    return share * x + (1 - share) * x[order], _label(labels, num_classes, order, shares)


def _cutmix(x, labels, num_classes, order, shares, centres, box=_box):
    masks = _masks(x, shares, centres, box)
    share = 1 - masks.mean(axis=(1, 2, 3))
    return np.where(masks, x[order], x), _label(labels, num_classes, order, share)


def _right(x, labels, num_classes, order, shares, centres):
    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres)


@mistake(
    "mix_images",
    hint="Who is mixed has two labels: 1 − λ of the mass belongs to the other image's class.",
    read="sec-training-augment-kinds",
)
def labels_unmixed(x, labels, num_classes, order, shares, centres):
    """The labels are those of the images, unmixed."""
    images, _ = _right(x, labels, num_classes, order, shares, centres)
    return images, np.eye(num_classes)[labels]


@mistake(
    "mix_images",
    hint="λ is what is *kept* of image n, in the image and in its label. Yours gives λ to the other one.",
    read="sec-training-augment-kinds",
)
def shares_exchanged(x, labels, num_classes, order, shares, centres):
    """In mixup, λ is the share of the other image."""
    if centres is None:
        return _mixup(x, labels, num_classes, order, 1 - shares)
    return _cutmix(x, labels, num_classes, order, shares, centres)


@mistake("mix_images", same_as="shares_exchanged")
def masses_exchanged(x, labels, num_classes, order, shares, centres):
    """The masses of the two classes are exchanged."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    one_hot = np.eye(num_classes)[labels]
    return images, one_hot + one_hot[order] - masses


@mistake(
    "mix_images",
    hint="The other image of image n is number order[n]. Yours goes the other way: n is the other one of order[n].",
    read="sec-arrays-fancy",
)
def order_inverted(x, labels, num_classes, order, shares, centres):
    """The permutation is used in its inverse."""
    return _right(x, labels, num_classes, np.argsort(order), shares, centres)


@mistake(
    "mix_images",
    hint="The labels are mixed in the same order as the images.",
    read="sec-training-augment-kinds",
)
def label_of_next(x, labels, num_classes, order, shares, centres):
    """The other label is that of the next image, not of image order[n]."""
    images, _masses = _right(x, labels, num_classes, order, shares, centres)
    share = shares
    if centres is not None:
        share = 1 - _masks(x, shares, centres).mean(axis=(1, 2, 3))
    return images, _label(labels, num_classes, np.roll(np.arange(len(x)), -1), share)


@mistake(
    "mix_images",
    hint="Each image has a share of its own. Yours takes the first for all.",
    read="sec-training-augment-kinds",
)
def one_share_for_all(x, labels, num_classes, order, shares, centres):
    """The share of the first image is used for all."""
    return _right(x, labels, num_classes, order, np.full(len(x), shares[0]), centres)


@mistake(
    "mix_images",
    hint="If both images are of one class, it gets all of the mass: add the two, and do not assign.",
    read="sec-training-augment-kinds",
    corner="two images of one class",
)
def masses_assigned(x, labels, num_classes, order, shares, centres):
    """The second mass is assigned over the first, where both are of one class."""
    images, right = _right(x, labels, num_classes, order, shares, centres)
    share = shares
    if centres is not None:
        share = 1 - _masks(x, shares, centres).mean(axis=(1, 2, 3))
    masses, rows = np.zeros(right.shape), np.arange(len(x))
    masses[rows, labels] = share
    masses[rows, labels[order]] = 1 - share
    return images, masses


@mistake(
    "mix_images",
    hint="A label that is a mixture has a mass for each class. The mean of two class numbers is a third class.",
    read="sec-arrays-one-hot",
)
def numbers_mixed(x, labels, num_classes, order, shares, centres):
    """The class numbers are mixed."""
    images, _ = _right(x, labels, num_classes, order, shares, centres)
    return images, shares * labels + (1 - shares) * labels[order]


@mistake(
    "mix_images",
    hint="There are num_classes columns, though the largest class may be absent from this batch.",
    read="sec-arrays-one-hot",
)
def classes_counted(x, labels, num_classes, order, shares, centres):
    """The masses have as many columns as the largest label of the batch tells."""
    return _right(x, labels, int(labels.max()) + 1, order, shares, centres)


@mistake(
    "mix_images",
    hint="The masses go by what is to be seen: count the pixels of the box that are inside.",
    read="sec-training-augment-kinds",
    corner="the masses of CutMix",
)
def mass_is_lambda(x, labels, num_classes, order, shares, centres):
    """With CutMix, the masses are λ and 1 − λ, whatever is to be seen."""
    images, _ = _right(x, labels, num_classes, order, shares, centres)
    return images, _label(labels, num_classes, order, shares)


@mistake(
    "mix_images",
    hint="The box before it is cut off is larger than what is to be seen of it.",
    read="sec-training-augment-kinds",
    corner="boxes at the border",
)
def mass_before_cutting(x, labels, num_classes, order, shares, centres):
    """With CutMix, the masses go by the box before it is cut off at the border."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    if centres is None:
        return images, masses
    height, width = x.shape[2:]
    boxes = [_box(*c, s, height, width) for c, s in zip(centres, shares, strict=True)]
    share = np.array([1 - high * wide / (height * width) for *_, high, wide in boxes])
    return images, _label(labels, num_classes, order, share)


@mistake(
    "mix_images",
    hint="A negative start counts from the end in NumPy, so that the slice is empty. Cut the box off at 0 first.",
    read="sec-arrays-indexing",
    corner="boxes at the border",
)
def negative_start(x, labels, num_classes, order, shares, centres):
    """A box that begins outside is not cut off: its slice is empty."""
    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    images, share = x.copy(), np.ones(len(x))
    for k, (row, column) in enumerate(centres):
        top, left, high, wide = _box(row, column, shares[k], *x.shape[2:])
        part = (slice(top, top + high), slice(left, left + wide))
        images[k, :, *part] = x[order[k], :, *part]
        share[k] = 1 - x[k, 0][part].size / x[k, 0].size
    return images, _label(labels, num_classes, order, share)


@mistake(
    "mix_images",
    hint="The box is cut off at the border. Yours is moved inside, so that all of it is seen.",
    read="sec-training-augment-kinds",
    corner="boxes at the border",
)
def moved_inside(x, labels, num_classes, order, shares, centres):
    """A box that sticks out is moved inside."""

    def box(row, column, share, height, width):
        top, left, high, wide = _box(row, column, share, height, width)
        return min(max(top, 0), height - high), min(max(left, 0), width - wide), high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="What lies outside is lost. In yours it comes in again at the other side.",
    read="sec-training-augment-kinds",
    corner="boxes at the border",
)
def wraps_around(x, labels, num_classes, order, shares, centres):
    """What sticks out comes in at the other side."""
    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    masks = np.zeros((len(x), 1, *x.shape[2:]), dtype=bool)
    for k, (row, column) in enumerate(centres):
        top, left, high, wide = _box(row, column, shares[k], *x.shape[2:])
        rows = np.arange(top, top + high) % x.shape[2]
        columns = np.arange(left, left + wide) % x.shape[3]
        masks[k, 0, rows[:, None], columns] = True
    share = 1 - masks.mean(axis=(1, 2, 3))
    return np.where(masks, x[order], x), _label(labels, num_classes, order, share)


@mistake(
    "mix_images",
    hint="A share of 1 − λ of the *area* is pasted, so the sides have a factor of √(1 − λ).",
    read="sec-training-augment-kinds",
)
def root_forgotten(x, labels, num_classes, order, shares, centres):
    """The sides of the box have the factor 1 − λ, without the root."""

    def box(row, column, share, height, width):
        return _box(row, column, 1 - (1 - share) ** 2, height, width)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="λ is what is kept, and 1 − λ is the area of the box.",
    read="sec-training-augment-kinds",
)
def box_of_lambda(x, labels, num_classes, order, shares, centres):
    """The box has an area of λ, not of 1 − λ."""

    def box(row, column, share, height, width):
        return _box(row, column, 1 - share, height, width)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="The centre is (row, column). Yours reads the column first.",
    read="sec-arrays-images",
)
def centre_swapped(x, labels, num_classes, order, shares, centres):
    """Row and column of the centre are exchanged."""
    swapped = None if centres is None else centres[:, ::-1]
    return _right(x, labels, num_classes, order, shares, swapped)


@mistake(
    "mix_images",
    hint="The box has the proportions of the image: its height goes by H and its width by W.",
    read="sec-training-augment-kinds",
)
def square_box(x, labels, num_classes, order, shares, centres):
    """The box is a square."""

    def box(row, column, share, height, width):
        return _box(row, column, share, height, height)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="centres are the middles of the boxes: half of a box is above and to the left of it.",
    read="sec-training-augment-kinds",
)
def centre_is_corner(x, labels, num_classes, order, shares, centres):
    """The box begins at its centre."""

    def box(row, column, share, height, width):
        return row, column, *_box(row, column, share, height, width)[2:]

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="A box of high rows ends high rows after it began. With a half on either side of the middle, an odd height loses a row.",
    read="sec-training-augment-kinds",
    corner="rounding",
)
def twice_the_half(x, labels, num_classes, order, shares, centres):
    """The box goes from half a side before its middle to half a side after it, which loses a pixel of odd sides."""

    def box(row, column, share, height, width):
        top, left, high, wide = _box(row, column, share, height, width)
        return top, left, high // 2 * 2, wide // 2 * 2

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="Sides are rounded down, and not to the nearest whole number.",
    read="sec-training-augment-kinds",
    corner="rounding",
)
def sides_rounded(x, labels, num_classes, order, shares, centres):
    """The sides of the box are rounded to the nearest whole number, or up."""

    def box(row, column, share, height, width):
        high, wide = (round(size * np.sqrt(1 - share)) for size in (height, width))
        return row - high // 2, column - wide // 2, high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake("mix_images", same_as="sides_rounded", corner="rounding")
def sides_rounded_up(x, labels, num_classes, order, shares, centres):
    """The sides of the box are rounded up."""

    def box(row, column, share, height, width):
        high, wide = (int(np.ceil(size * np.sqrt(1 - share))) for size in (height, width))
        return row - high // 2, column - wide // 2, high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="The last row and the last column of the box are not in it: a slice ends before its second number. Yours has one too many.",
    read="sec-arrays-indexing",
)
def one_pixel_more(x, labels, num_classes, order, shares, centres):
    """The box is by one row and one column too large."""

    def box(row, column, share, height, width):
        top, left, high, wide = _box(row, column, share, height, width)
        return top, left, high + 1, wide + 1

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="All channels are pasted: red alone makes another colour.",
    read="sec-arrays-images",
)
def one_channel(x, labels, num_classes, order, shares, centres):
    """With CutMix, the first channel alone is pasted."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    if centres is not None:
        images[:, 1:] = x[:, 1:]
    return images, masses


@mistake(
    "mix_images",
    hint="What is pasted comes from the images as they were given. Yours takes it from images that have been mixed already.",
    read="sec-arrays-views",
)
def pasted_from_mixtures(x, labels, num_classes, order, shares, centres):
    """What is pasted comes from images into which something was pasted before."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    if centres is not None:
        images, masks = x.copy(), _masks(x, shares, centres)
        for k in range(len(x)):
            images[k] = np.where(masks[k], images[order[k]], images[k])
    return images, masses


@mistake(
    "mix_images",
    hint="The pixels of the same place are pasted. Yours takes them from the upper left corner of the other image.",
    read="sec-training-augment-kinds",
)
def pasted_from_corner(x, labels, num_classes, order, shares, centres):
    """What is pasted is the upper left corner of the other image."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    if centres is not None:
        masks = _masks(x, shares, centres)
        for k in range(len(x)):
            rows, columns = np.nonzero(masks[k, 0])
            if rows.size:
                high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
                images[k, :, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = x[
                    order[k], :, :high, :wide
                ]
    return images, masses


@mistake(
    "mix_images",
    hint="That is cutout: the box is painted black. CutMix pastes the other image.",
    read="sec-training-augment-kinds",
)
def black_box(x, labels, num_classes, order, shares, centres):
    """With CutMix, the box is black."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    if centres is not None:
        images = np.where(_masks(x, shares, centres), 0.0, x)
    return images, masses


@mistake(
    "mix_images",
    hint="Every image has a box of its own. Yours puts the first box into all.",
    read="sec-training-augment-kinds",
)
def one_box_for_all(x, labels, num_classes, order, shares, centres):
    """The first box is used for all images."""
    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    n = len(x)
    centres, shares = np.repeat(centres[:1], n, axis=0), np.full(n, shares[0])
    return _cutmix(x, labels, num_classes, order, shares, centres)


@mistake(
    "mix_images",
    hint="Without centres it is mixup, and with them CutMix. Yours always blends.",
    read="sec-training-augment-kinds",
)
def always_mixup(x, labels, num_classes, order, shares, centres):
    """The centres are ignored: it is always mixup."""
    return _mixup(x, labels, num_classes, order, shares)


@mistake(
    "mix_images",
    hint="x was changed: images[k] is a view of the caller's array. Begin with a copy.",
    read="sec-arrays-views",
)
def in_place(x, labels, num_classes, order, shares, centres):
    """The caller's images are changed."""
    images, masses = _right(x, labels, num_classes, order, shares, centres)
    x[...] = images
    return x, masses


@mistake(
    "mix_images",
    hint="Two results are asked for: the images and their masses.",
    read="sec-training-augment-kinds",
)
def images_alone(x, labels, num_classes, order, shares, centres):
    """The images alone are returned."""
    return _right(x, labels, num_classes, order, shares, centres)[0]


@mistake("mix_images", same_as="square_box")
def square_by_width(x, labels, num_classes, order, shares, centres):
    """The box is a square, with the image's width for both sides."""

    def box(row, column, share, height, width):
        return _box(row, column, share, width, width)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake("mix_images", same_as="square_box")
def square_by_area(x, labels, num_classes, order, shares, centres):
    """The box is a square of the right area."""

    def box(row, column, share, height, width):
        side = int(np.sqrt(height * width * (1 - share)))
        return row - side // 2, column - side // 2, side, side

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="Height and width are exchanged. A row number goes with H, the axis before the last one, and a column number with W.",
    read="sec-arrays-images",
)
def sides_exchanged(x, labels, num_classes, order, shares, centres):
    """Height and width of the box are exchanged."""

    def box(row, column, share, height, width):
        return _box(row, column, share, width, height)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake("mix_images", same_as="sides_exchanged")
def shape_exchanged(x, labels, num_classes, order, shares, centres):
    """The shape of the images is read as (N, C, W, H)."""
    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    images, share = x.copy(), np.ones(len(x))
    width, height = x.shape[2:]
    for k, (row, column) in enumerate(centres):
        top, left, high, wide = _box(row, column, shares[k], height, width)
        rows = slice(max(top, 0), min(top + high, height))
        columns = slice(max(left, 0), min(left + wide, width))
        images[k, :, rows, columns] = x[order[k], :, rows, columns]
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        share[k] = 1 - area / (height * width)
    return images, _label(labels, num_classes, order, share)


@mistake(
    "mix_images",
    hint="A box ends where it would end without the border. Yours is counted from the beginning that was cut off already, so that at the top and at the left the box is moved inside.",
    read="sec-training-augment-kinds",
    corner="boxes at the border",
)
def end_from_cut_beginning(x, labels, num_classes, order, shares, centres):
    """The end of the box is counted from its beginning after that was cut off."""

    def box(row, column, share, height, width):
        top, left, high, wide = _box(row, column, share, height, width)
        return max(top, 0), max(left, 0), high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="A middle in row 0 and column 0 is legal. All centres may be 0, and it is CutMix still: None alone means mixup.",
    read="sec-training-augment-kinds",
    corner="boxes at the border",
)
def zeros_are_none(x, labels, num_classes, order, shares, centres):
    """Centres that are all 0 are taken for None."""
    none = centres is None or not np.any(centres)
    return _right(x, labels, num_classes, order, shares, None if none else centres)


@mistake(
    "mix_images",
    hint="order[n] is the number of an image. The column of masses is that of a class: which one has that image?",
    read="sec-arrays-one-hot",
)
def column_of_image(x, labels, num_classes, order, shares, centres):
    """The mass of the other image goes into column order[n], not into that of its class."""
    images, right = _right(x, labels, num_classes, order, shares, centres)
    share = shares
    if centres is not None:
        share = 1 - _masks(x, shares, centres).mean(axis=(1, 2, 3))
    masses, rows = np.zeros((len(x), max(num_classes, len(x)))), np.arange(len(x))
    masses[rows, labels] += share
    masses[rows, order] += 1 - share
    return images, masses[:, : right.shape[1]]


@mistake("mix_images", same_as="column_of_image")
def columns_of_images(x, labels, num_classes, order, shares, centres):
    """Both masses go into columns of image numbers."""
    images, right = _right(x, labels, num_classes, order, shares, centres)
    share = shares
    if centres is not None:
        share = 1 - _masks(x, shares, centres).mean(axis=(1, 2, 3))
    masses, rows = np.zeros((len(x), max(num_classes, len(x)))), np.arange(len(x))
    masses[rows, rows] += share
    masses[rows, order] += 1 - share
    return images, masses[:, : right.shape[1]]


def _written(x, labels, num_classes, order, shares, centres, where):
    """Results into the other's place. where: of "mixup", "cutmix", "own mass", "other mass"."""
    images, masses = x.copy(), np.zeros((len(x), num_classes))
    masks = None if centres is None else _masks(x, shares, centres)
    for k, other in enumerate(order):
        share = shares[k]
        if centres is None:
            into = other if "mixup" in where else k
            images[into] = share * x[k] + (1 - share) * x[other]
        else:
            share = 1 - masks[k].mean()
            into, source = (other, k) if "cutmix" in where else (k, other)
            images[into] = np.where(masks[k], x[source], images[into])
        masses[other if "own mass" in where else k, labels[k]] += share
        masses[other if "other mass" in where else k, labels[other]] += 1 - share
    return images, masses


@mistake(
    "mix_images",
    hint="Place n of the results, its image as well as its row of masses, belongs to image n of the batch. Yours writes into place order[n].",
    read="sec-training-augment-kinds",
)
def written_into_other(x, labels, num_classes, order, shares, centres):
    """What belongs to image n is written into the place of the other image."""
    where = ("mixup", "cutmix", "own mass", "other mass")
    return _written(x, labels, num_classes, order, shares, centres, where)


@mistake("mix_images", same_as="written_into_other")
def images_into_other(x, labels, num_classes, order, shares, centres):
    """The images are written into the place of the other one, and the masses are not."""
    return _written(x, labels, num_classes, order, shares, centres, ("mixup", "cutmix"))


@mistake("mix_images", same_as="written_into_other")
def boxes_into_other(x, labels, num_classes, order, shares, centres):
    """With CutMix, the box is pasted into the other image."""
    return _written(x, labels, num_classes, order, shares, centres, ("cutmix",))


@mistake("mix_images", same_as="written_into_other")
def masses_into_other(x, labels, num_classes, order, shares, centres):
    """The masses are written into the row of the other image."""
    return _written(x, labels, num_classes, order, shares, centres, ("own mass", "other mass"))


@mistake("mix_images", same_as="written_into_other")
def second_mass_into_other(x, labels, num_classes, order, shares, centres):
    """The second mass is written into the row of the other image."""
    return _written(x, labels, num_classes, order, shares, centres, ("other mass",))


@mistake(
    "mix_images",
    hint="Above the middle lies half of the side as it is in pixels, rounded down. Yours rounds that half up, or halves the side before it was rounded.",
    read="sec-training-augment-kinds",
    corner="rounding",
)
def half_rounded_up(x, labels, num_classes, order, shares, centres):
    """A box with an odd side begins one pixel too early."""

    def box(row, column, share, height, width):
        high, wide = _box(row, column, share, height, width)[2:]
        return row - (high + 1) // 2, column - (wide + 1) // 2, high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake(
    "mix_images",
    hint="1 − √λ of each side is what a *kept* part of √λ leaves. The area of the box itself is to be 1 − λ.",
    read="sec-training-augment-kinds",
)
def one_minus_root(x, labels, num_classes, order, shares, centres):
    """The sides of the box have the factor 1 − √λ."""

    def box(row, column, share, height, width):
        return _box(row, column, 1 - (1 - np.sqrt(share)) ** 2, height, width)

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


@mistake("mix_images", same_as="half_rounded_up", corner="rounding")
def half_of_unrounded(x, labels, num_classes, order, shares, centres):
    """The side is halved before it is rounded, and the place of the box is rounded then."""

    def box(row, column, share, height, width):
        high, wide = _box(row, column, share, height, width)[2:]
        side = np.sqrt(1 - share)
        return int(row - height * side / 2), int(column - width * side / 2), high, wide

    if centres is None:
        return _mixup(x, labels, num_classes, order, shares)
    return _cutmix(x, labels, num_classes, order, shares, centres, box)


# --- right answers, written another way ---


@alternative("mix_images")
def by_loops(x, labels, num_classes, order, shares, centres):
    """Image by image, and pixels counted one by one."""
    images, masses = x.copy(), np.zeros((len(x), num_classes))
    height, width = x.shape[2:]
    for k, other in enumerate(order):
        share = shares[k]
        if centres is None:
            images[k] = share * x[k] + (1 - share) * x[other]
        else:
            high, wide = (int(size * (1 - share) ** 0.5) for size in (height, width))
            top, left = centres[k][0] - high // 2, centres[k][1] - wide // 2
            pasted = 0
            for i in range(height):
                for j in range(width):
                    if top <= i < top + high and left <= j < left + wide:
                        images[k, :, i, j] = x[other, :, i, j]
                        pasted += 1
            share = 1 - pasted / (height * width)
        masses[k, labels[k]] += share
        masses[k, labels[other]] += 1 - share
    return images, masses


@alternative("mix_images")
def by_positions(x, labels, num_classes, order, shares, centres):
    """Boxes as outer products of two lines."""
    n, _, height, width = x.shape
    keep = np.broadcast_to(shares[:, None, None], (n, height, width))
    if centres is not None:
        lines = []
        for size, middle in zip((height, width), centres.T, strict=True):
            side = np.floor(size * np.sqrt(1 - shares)).astype(int)
            first = middle - side // 2
            at = np.arange(size)
            lines.append((at >= first[:, None]) & (at < (first + side)[:, None]))
        keep = 1.0 - lines[0][:, :, None] * lines[1][:, None]
    own, other = keep[:, None], 1 - keep[:, None]
    hot = (labels[:, None] == np.arange(num_classes)).astype(float)
    mass = keep.mean(axis=(1, 2))[:, None]
    return own * x + other * x[order], mass * hot + (1 - mass) * hot[order]
