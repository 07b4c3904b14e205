"""Wrong answers to `visual_words` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "visual_words",
    corner="empty words",
    hint="The mean of nothing is nan. A centroid without descriptors stays where it is.",
    read="sec-knn-kmeans",
)
def empty_cluster(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors becomes nan."""
    with np.errstate(all="ignore"):
        centroids = _move(train, centroids, iterations, lambda old, sums, n: sums / n)
    words = [
        np.where(np.isnan(_words(d, centroids)), 0, _words(d, centroids)) for d in (train, test)
    ]
    return tuple(_pyramid(w, positions, size, len(centroids), levels) for w in words)


@mistake(
    "visual_words",
    corner="empty words",
    hint="A centroid without descriptors jumps to 0, which here is the first descriptor as well. The text says that it stays where it is.",
    read="sec-knn-kmeans",
)
def empty_to_zero(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors becomes 0, or the first descriptor."""
    centroids = _move(train, centroids, iterations, lambda old, sums, n: sums / np.maximum(n, 1))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The vocabulary has seen the test images. Everything that is learned is learned from the training images alone.",
    read="sec-knn-kmeans",
)
def vocabulary_sees_test(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from the test images, too."""
    centroids = _move(np.concatenate([train, test]), centroids, iterations)
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The vocabulary comes from the training images alone, and describes both sets. Yours is learned from test, for one set or for both.",
    read="sec-knn-kmeans",
)
def two_vocabularies(train, test, positions, size, centroids, iterations, levels):
    """The words of the test images are learned from the test images."""
    own = _move(test, centroids, iterations)
    centroids = _move(train, centroids, iterations)
    first, _ = _both(train, test, positions, size, centroids, levels)
    _, second = _both(train, test, positions, size, own, levels)
    return first, second


@mistake(
    "visual_words",
    hint="In each iteration, every centroid moves to the mean of its descriptors. Is what you compute kept for the next turn?",
    read="sec-knn-kmeans",
)
def no_iterations(train, test, positions, size, centroids, iterations, levels):
    """The centroids never move."""
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="Your centroids move only once, or always to the same means: every iteration assigns the descriptors anew.",
    read="sec-knn-kmeans",
)
def one_iteration(train, test, positions, size, centroids, iterations, levels):
    """There is one iteration, whatever iterations says."""
    centroids = _move(train, centroids, min(iterations, 1))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The centroids move once too often. With 0 iterations they stay where they were given.",
    read="sec-knn-kmeans",
)
def one_move_too_many(train, test, positions, size, centroids, iterations, levels):
    """There is one iteration too many."""
    centroids = _move(train, centroids, iterations + 1)
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="Either there is an iteration too few, or the words are those of the last assignment, made before the centroids moved for the last time.",
    read="sec-knn-kmeans",
)
def words_before_last_move(train, test, positions, size, centroids, iterations, levels):
    """The centroids are moved once too little, or their last move comes too late for the words."""
    centroids = _move(train, centroids, max(iterations - 1, 0))
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="Your words are the farthest centroids.",
    read="sec-knn-kmeans",
)
def farthest_word(train, test, positions, size, centroids, iterations, levels):
    """The farthest centroid is taken for the nearest."""
    return _both(train, test, positions, size, centroids, levels, words=_farthest)


@mistake(
    "visual_words",
    hint="The nearest centroid is not the one of the largest inner product: |x − c|² has |c|² in it as well.",
    read="sec-knn-kmeans",
)
def inner_product_only(train, test, positions, size, centroids, iterations, levels):
    """The norms of the centroids are left out of the distance."""
    k = len(centroids)

    def words(descriptors, centroids):
        return (descriptors @ centroids.T).argmax(axis=-1)

    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words(points, centroids)[:, None] == np.arange(k)
        n = members.sum(axis=0)[:, None]
        centroids = np.where(n > 0, members.T @ points / np.maximum(n, 1), centroids)
    return _both(train, test, positions, size, centroids, levels, words=words)


@mistake(
    "visual_words",
    hint="The numbers of an image should add up to 1. Yours are counts: divide by P.",
    read="sec-knn-pyramid",
)
def counts_not_divided(train, test, positions, size, centroids, iterations, levels):
    """The counts are not divided by P."""
    centroids = _move(train, centroids, iterations)
    first, second = _both(train, test, positions, size, centroids, levels)
    return first * len(positions), second * len(positions)


@mistake(
    "visual_words",
    hint="Divide by P, the number of descriptors in the whole image: an empty cell then gives 0, and the features add up to 1.",
    read="sec-knn-pyramid",
)
def cells_normalised(train, test, positions, size, centroids, iterations, levels):
    """Each cell is divided by its own count."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    results = []
    for features in _both(train, test, positions, size, centroids, levels):
        cells = features.reshape(len(features), -1, k)
        total = cells.sum(axis=2, keepdims=True)
        weight = np.concatenate(
            [np.full(4**level, 2.0 ** (max(level, 1) - levels)) for level in range(levels)]
        )
        cells = cells / np.where(total > 0, total, 1) * weight[:, None]
        results.append(cells.reshape(len(features), -1))
    return tuple(results)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="The weights are turned round: finer levels should count more.",
    read="sec-knn-pyramid",
)
def weights_reversed(train, test, positions, size, centroids, iterations, levels):
    """The coarse levels get the large weights."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: (
            2.0 ** -(level + 1)
            if level < levels - 1
            else 2.0 ** -max(level, 1) * (1 if level else 2)
        ),
    )


@mistake("visual_words", same_as="weights_reversed", corner="the pyramid")
def weights_halve_with_each_level(train, test, positions, size, centroids, iterations, levels):
    """Level l weighs 2^−l."""
    centroids = _move(train, centroids, iterations)
    weigh = lambda level, levels: 2.0**-level  # noqa: E731
    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake("visual_words", same_as="one_iteration")
def assigned_once(train, test, positions, size, centroids, iterations, levels):
    """The descriptors are assigned once, before the first iteration."""
    return _both(train, test, positions, size, _move(train, centroids, min(iterations, 1)), levels)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="All levels count the same in yours.",
    read="sec-knn-pyramid",
)
def no_weights(train, test, positions, size, centroids, iterations, levels):
    """All levels have the same weight."""
    centroids = _move(train, centroids, iterations)
    return _both(train, test, positions, size, centroids, levels, weigh=lambda level, levels: 1.0)


@mistake(
    "visual_words",
    hint="Level 0 has a rule of its own, 2^−L, which is 1 where it is the only level. Yours weighs half of that (as it does with the rule of the others), and the numbers of an image do not add up to 1.",
    read="sec-knn-pyramid",
)
def level_zero_too_light(train, test, positions, size, centroids, iterations, levels):
    """Level 0 weighs half of what it should."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: 2.0 ** (level - levels),
    )


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="Only level 0 weighs 2^−L. The exponent of the others is l − L − 1: yours weigh double, and the numbers of an image add up to more than 1.",
    read="sec-knn-pyramid",
)
def other_levels_too_heavy(train, test, positions, size, centroids, iterations, levels):
    """The other levels have the rule of level 0."""
    centroids = _move(train, centroids, iterations)
    return _both(
        train,
        test,
        positions,
        size,
        centroids,
        levels,
        weigh=lambda level, levels: 2.0 ** (level - levels + 1),
    )


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="Only the finest level is there. Level after level, they stand side by side.",
    read="sec-knn-pyramid",
)
def finest_level_only(train, test, positions, size, centroids, iterations, levels):
    """Only the finest level is returned."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    return tuple(f[:, -(4 ** (levels - 1)) * k :] for f in both)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="The levels come from fine to coarse. The whole image should come first.",
    read="sec-knn-pyramid",
)
def levels_reversed(train, test, positions, size, centroids, iterations, levels):
    """The finest level comes first."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    ends = np.cumsum([4**level * k for level in range(levels)])[:-1]
    return tuple(np.hstack(np.split(f, ends, axis=1)[::-1]) for f in both)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="The cells come column by column. Rows come first: the cell to the right is the next one.",
    read="sec-knn-pyramid",
)
def column_by_column(train, test, positions, size, centroids, iterations, levels):
    """The cells are numbered column by column."""
    centroids = _move(train, centroids, iterations)
    return _both(train, test, positions[:, ::-1], size[::-1], centroids, levels)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="positions are (row, column) and size is (H, W). You exchanged the two in one of them, which only a square image forgives.",
    read="sec-knn-pyramid",
)
def height_for_width(train, test, positions, size, centroids, iterations, levels):
    """Height and width are exchanged."""
    centroids = _move(train, centroids, iterations)
    side = 2 ** (levels - 1)
    size = np.array(size[::-1])
    places = np.minimum(positions * side // size, side - 1) * size / side
    return _both(train, test, places, size, centroids, levels)


@mistake("visual_words", same_as="height_for_width")
def height_for_width_and_out(train, test, positions, size, centroids, iterations, levels):
    """Height and width are exchanged, and patches outside the cells are lost."""
    k, centroids = len(centroids), _move(train, centroids, iterations)
    results = []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            n = 2**level
            row, column = (positions * n // np.array(size[::-1])).astype(int).T
            for i, j, word in np.ndindex(n, n, k):
                inside = (row == i) & (column == j)
                count = (words[:, inside] == word).sum(axis=1)
                parts.append(count * _usual_weight(level, levels) / words.shape[1])
        results.append(np.stack(parts, axis=1))
    return tuple(results)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="In each cell, the words come one after the other. Yours have for each word all cells.",
    read="sec-knn-pyramid",
)
def words_outside(train, test, positions, size, centroids, iterations, levels):
    """Words come first, then cells."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    ends = np.cumsum([4**level * k for level in range(levels)])[:-1]
    return tuple(
        np.hstack(
            [
                part.reshape(len(f), -1, k).transpose(0, 2, 1).reshape(len(f), -1)
                for part in np.split(f, ends, axis=1)
            ]
        )
        for f in both
    )


@mistake(
    "visual_words",
    corner="edges",
    hint="A patch on the edge of two cells belongs to the lower or right one; yours are rounded, or go to the upper left.",
    read="sec-knn-pyramid",
)
def edge_to_upper_left(train, test, positions, size, centroids, iterations, levels):
    """A patch on an edge goes to the upper or left cell."""
    centroids = _move(train, centroids, iterations)
    places = np.maximum(positions - 1e-9, 0)
    return _both(train, test, places, size, centroids, levels)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="A level has 2^l cells along each side, 4^l in all. Yours grows by one cell at a time, or by four.",
    read="sec-knn-pyramid",
)
def level_plus_one_cells(train, test, positions, size, centroids, iterations, levels):
    """Level l has l + 1 cells a side."""
    k = len(centroids)
    centroids = _move(train, centroids, iterations)
    results = []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            row, column = (positions * (level + 1) // size).astype(int).T
            index = (row * (level + 1) + column) * k + words
            counts = [np.bincount(i, minlength=(level + 1) ** 2 * k) for i in index]
            parts.append(np.array(counts) / words.shape[1] * 2.0 ** (max(level, 1) - levels))
        results.append(np.hstack(parts))
    return tuple(results)


@mistake(
    "visual_words",
    corner="no loop",
    hint="Distances to all centroids are one matrix product.",
    read="sec-knn-kmeans",
)
def descriptor_by_descriptor(train, test, positions, size, centroids, iterations, levels):
    """A Python loop goes through the descriptors."""

    def words(descriptors, centroids):
        flat = descriptors.reshape(-1, descriptors.shape[-1])
        found = [int(((centroids - x) ** 2).sum(axis=1).argmin()) for x in flat]
        return np.array(found).reshape(descriptors.shape[:-1])

    k, points = len(centroids), train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words(points, centroids)[:, None] == np.arange(k)
        n = members.sum(axis=0)[:, None]
        centroids = np.where(n > 0, members.T @ points / np.maximum(n, 1), centroids)
    return _both(train, test, positions, size, centroids, levels, words=words)


@mistake(
    "visual_words",
    corner="empty words",
    hint="A centroid without descriptors restarts at another place, as in the library. The text says that it stays where it is.",
    read="sec-knn-kmeans",
)
def empty_restarts(train, test, positions, size, centroids, iterations, levels):
    """A centroid without descriptors restarts elsewhere."""
    far = train.reshape(-1, train.shape[2])[-1]

    def restart(old, sums, n):
        return np.where(n > 0, sums / np.maximum(n, 1), far)

    return _both(train, test, positions, size, _move(train, centroids, iterations, restart), levels)


@mistake(
    "visual_words",
    hint="The features are changed once more at the end: roots or lengths. The text wants plain shares.",
    read="sec-knn-pyramid",
)
def roots_taken(train, test, positions, size, centroids, iterations, levels):
    """The roots of the shares are returned."""
    centroids = _move(train, centroids, iterations)
    return tuple(np.sqrt(f) for f in _both(train, test, positions, size, centroids, levels))


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="A position of 1.5 in cells is in cell 1, the one that begins there: cut off what is behind the point, do not round.",
    read="sec-knn-pyramid",
)
def rounded_to_cells(train, test, positions, size, centroids, iterations, levels):
    """Positions are rounded to the nearest cell, not down."""
    centroids = _move(train, centroids, iterations)
    k, results = len(centroids), []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            row, column = (
                np.minimum(np.round(positions * 2**level / size), 2**level - 1).astype(int).T
            )
            index = (row * 2**level + column) * k + words
            counts = np.array([np.bincount(i, minlength=4**level * k) for i in index])
            parts.append(counts / words.shape[1] * _usual_weight(level, levels))
        results.append(np.hstack(parts))
    return tuple(results)


@mistake(
    "visual_words",
    hint="You return the features of one set. The text asks for two results, those of train and those of test.",
    read="sec-knn-pyramid",
)
def features_of_train_only(train, test, positions, size, centroids, iterations, levels):
    """Only the features of train are returned."""
    return _both(train, test, positions, size, _move(train, centroids, iterations), levels)[0]


@mistake(
    "visual_words",
    hint="The minus of |x − c|² is missing, or its 2: the cross term is −2 x · c.",
    read="sec-knn-kmeans",
)
def cross_term_halved(train, test, positions, size, centroids, iterations, levels):
    """The cross term of the distance lacks its factor 2."""
    return _words_by(
        lambda d, c: ((c**2).sum(axis=1) - d @ c.T).argmin(axis=-1),
        train,
        test,
        positions,
        size,
        centroids,
        iterations,
        levels,
    )


@mistake(
    "visual_words",
    corner="memory",
    hint="The differences of all descriptors and all centroids fill N · P · k · D numbers. Expand the square: |x − c|² = |x|² − 2 x · c + |c|².",
    read="sec-knn-kmeans",
)
def all_differences_at_once(train, test, positions, size, centroids, iterations, levels):
    """All differences are formed at once."""
    return _words_by(
        lambda d, c: ((d[..., None, :] - c) ** 2).sum(axis=-1).argmin(axis=-1),
        train,
        test,
        positions,
        size,
        centroids,
        iterations,
        levels,
    )


def _words_by(words, train, test, positions, size, centroids, iterations, levels):
    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = words(points, centroids)[:, None] == np.arange(len(centroids))
        n = members.sum(axis=0)[:, None]
        centroids = np.where(n > 0, members.T @ points / np.maximum(n, 1), centroids)
    return _both(train, test, positions, size, centroids, levels, words=words)


def _words(descriptors, centroids):
    return ((centroids**2).sum(axis=1) - 2 * descriptors @ centroids.T).argmin(axis=-1)


def _farthest(descriptors, centroids):
    return ((centroids**2).sum(axis=1) - 2 * descriptors @ centroids.T).argmax(axis=-1)


def _stay(old, sums, n):
    return np.where(n > 0, sums / np.maximum(n, 1), old)


def _move(train, centroids, iterations, mean=_stay):
    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        members = _words(points, centroids)[:, None] == np.arange(len(centroids))
        n = members.sum(axis=0)[:, None]
        centroids = mean(centroids, members.T.astype(float) @ points, n)
    return centroids


def _usual_weight(level, levels):
    return 2.0 ** (max(level, 1) - levels)


def _pyramid(words, positions, size, k, levels, weigh=_usual_weight):
    parts = []
    for level in range(levels):
        row, column = (positions * 2**level // size).astype(int).T
        index = (row * 2**level + column) * k + words
        counts = np.array([np.bincount(i, minlength=4**level * k) for i in index])
        parts.append(counts / words.shape[1] * weigh(level, levels))
    return np.hstack(parts)


def _both(train, test, positions, size, centroids, levels, words=_words, weigh=_usual_weight):
    k = len(centroids)
    return tuple(
        _pyramid(words(d, centroids), positions, size, k, levels, weigh) for d in (train, test)
    )


@mistake(
    "visual_words",
    corner="edges",
    hint="Where an edge lies in the middle of a pixel, a patch at 2.9 is below an edge at 2.5, and at 2 it is above: find the cell with the position as it is, and cut last.",
    read="sec-knn-pyramid",
)
def positions_cut_to_whole_pixels(train, test, positions, size, centroids, iterations, levels):
    """The positions are cut to whole pixels first."""
    centroids = _move(train, centroids, iterations)
    return _both(train, test, np.floor(positions), size, centroids, levels)


@mistake(
    "visual_words",
    corner="edges",
    hint="A cell is H / 2^l pixels high, and H // 2^l is less where that is not whole: the last cells would end before the image does.",
    read="sec-knn-pyramid",
)
def cells_of_whole_pixels(train, test, positions, size, centroids, iterations, levels):
    """The cells are whole pixels high and wide."""
    centroids = _move(train, centroids, iterations)
    k, results = len(centroids), []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            cell = np.maximum(np.array(size) // 2**level, 1)
            row, column = np.minimum(positions // cell, 2**level - 1).astype(int).T
            index = (row * 2**level + column) * k + words
            counts = np.array([np.bincount(i, minlength=4**level * k) for i in index])
            parts.append(counts / words.shape[1] * _usual_weight(level, levels))
        results.append(np.hstack(parts))
    return tuple(results)


def _in_cells(train, test, centroids, iterations, levels, inside):
    """Words counted cell by cell. inside(level): a (P, 4^level) mask of the patches in each cell."""
    centroids = _move(train, centroids, iterations)
    results = []
    for descriptors in (train, test):
        one_hot = np.eye(len(centroids))[_words(descriptors, centroids)]  # (N, P, k)
        parts = []
        for level in range(levels):
            weight = _usual_weight(level, levels) / one_hot.shape[1]
            parts += [weight * one_hot[:, here].sum(axis=1) for here in inside(level).T]
        results.append(np.hstack(parts))
    return tuple(results)


@mistake("visual_words", same_as="cells_of_whole_pixels", corner="edges")
def whole_pixels_and_beyond(train, test, positions, size, centroids, iterations, levels):
    """Behind the last whole pixels, the index runs into the next cell."""

    def inside(level):
        side = 2**level
        row, column = (positions // np.maximum(np.array(size) // side, 1)).astype(int).T
        return (row * side + column)[:, None] == np.arange(side**2)

    return _in_cells(train, test, centroids, iterations, levels, inside)


@mistake("visual_words", same_as="cells_of_whole_pixels", corner="edges")
def whole_pixels_and_no_more(train, test, positions, size, centroids, iterations, levels):
    """Patches behind the last whole pixels are in no cell."""

    def inside(level):
        side = 2**level
        cells = np.indices((side, side)).reshape(2, -1).T  # row by row
        return (positions[:, None] // (np.array(size) // side) == cells).all(axis=2)

    return _in_cells(train, test, centroids, iterations, levels, inside)


@mistake("visual_words", same_as="cells_of_whole_pixels", corner="edges")
def edges_cut_to_whole_pixels(train, test, positions, size, centroids, iterations, levels):
    """The edges of the cells are cut to whole pixels."""
    return _edges_made_whole(train, test, positions, size, centroids, iterations, levels, np.floor)


@mistake("visual_words", same_as="cells_of_whole_pixels", corner="edges")
def edges_rounded(train, test, positions, size, centroids, iterations, levels):
    """The edges of the cells are rounded to whole pixels."""
    return _edges_made_whole(train, test, positions, size, centroids, iterations, levels, np.round)


@mistake("visual_words", same_as="positions_cut_to_whole_pixels", corner="edges")
def edges_rounded_up(train, test, positions, size, centroids, iterations, levels):
    """The edges of the cells are rounded up to whole pixels."""
    return _edges_made_whole(train, test, positions, size, centroids, iterations, levels, np.ceil)


def _edges_made_whole(train, test, positions, size, centroids, iterations, levels, whole):
    def inside(level):
        side = 2**level
        within = []
        for axis in (0, 1):
            edges = whole(np.arange(side + 1) * size[axis] / side)
            places = positions[:, axis, None]
            within.append((places >= edges[:-1]) & (places < edges[1:]))
        return (within[0][:, :, None] & within[1][:, None]).reshape(len(positions), -1)

    return _in_cells(train, test, centroids, iterations, levels, inside)


@mistake("visual_words", same_as="cells_of_whole_pixels")
def index_beyond_counted(train, test, positions, size, centroids, iterations, levels):
    """np.bincount makes room for the cells that are not there."""
    centroids = _move(train, centroids, iterations)
    k, results = len(centroids), []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            row, column = (positions // (np.array(size) // 2**level)).astype(int).T
            index = (row * 2**level + column) * k + words
            counts = np.array([np.bincount(i, minlength=4**level * k) for i in index])
            parts.append(counts / words.shape[1] * _usual_weight(level, levels))
        results.append(np.hstack(parts))
    return tuple(results)


@mistake("visual_words", same_as="cells_of_whole_pixels", corner="edges")
def index_beyond_the_table(train, test, positions, size, centroids, iterations, levels):
    """A cell of whole pixels that is not there is to be counted in."""
    centroids = _move(train, centroids, iterations)
    k, results = len(centroids), []
    for descriptors in (train, test):
        words, parts = _words(descriptors, centroids), []
        for level in range(levels):
            side = 2**level
            table = np.zeros((len(words), side, side, k))
            row, column = (positions // (np.array(size) // side)).astype(int).T
            for p in range(len(positions)):
                table[np.arange(len(words)), row[p], column[p], words[:, p]] += 1
            weight = _usual_weight(level, levels) / words.shape[1]
            parts.append(weight * table.reshape(len(words), -1))
        results.append(np.hstack(parts))
    return tuple(results)


@mistake(
    "visual_words",
    hint="centroids[j] = … writes into the caller's array. Move a copy: centroids = centroids.copy().",
    read="sec-knn-kmeans",
)
def centroids_moved_in_place(train, test, positions, size, centroids, iterations, levels):
    """The caller's centroids are moved."""
    points = train.reshape(-1, train.shape[2])
    for _ in range(iterations):
        words = _words(points, centroids)
        for j in range(len(centroids)):
            if (words == j).any():
                centroids[j] = points[words == j].mean(axis=0)
    return _both(train, test, positions, size, centroids, levels)


@mistake(
    "visual_words",
    hint="The counts are divided by the number of all descriptors of all images. P is that of one image.",
    read="sec-knn-pyramid",
)
def divided_by_all_descriptors(train, test, positions, size, centroids, iterations, levels):
    """The counts are divided by N · P."""
    centroids = _move(train, centroids, iterations)
    found = _both(train, test, positions, size, centroids, levels)
    return found[0] / len(train), found[1] / len(test)


@mistake(
    "visual_words",
    hint="Your levels are 1, 2, …: they begin with four cells. Level 0 is the whole image.",
    read="sec-knn-pyramid",
)
def levels_from_one(train, test, positions, size, centroids, iterations, levels):
    """The levels begin with 1."""
    centroids = _move(train, centroids, iterations)
    k, results = len(centroids), []
    for descriptors in (train, test):
        found = _pyramid(_words(descriptors, centroids), positions, size, k, levels + 1)
        results.append(found[:, k:] * 2)
    return tuple(results)


@mistake("visual_words", same_as="weights_reversed", corner="the pyramid")
def weights_reversed_from_level_one(train, test, positions, size, centroids, iterations, levels):
    """Level l weighs 2^−l, and level 0 has a rule of its own."""
    centroids = _move(train, centroids, iterations)

    def weigh(level, levels):
        return 2.0**-level if level else 2.0 ** (1 - levels)

    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake("visual_words", same_as="weights_reversed", corner="the pyramid")
def weights_double_to_the_coarse(train, test, positions, size, centroids, iterations, levels):
    """Level l weighs 2^(L − l)."""
    centroids = _move(train, centroids, iterations)

    def weigh(level, levels):
        return 2.0 ** (levels - 1 - level)

    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="The finer levels weigh more in yours, as they should, but the finest has the weight 1/2, and not more.",
    read="sec-knn-pyramid",
)
def weights_not_divided(train, test, positions, size, centroids, iterations, levels):
    """The weights double from level to level, and are not divided by 2^(L + 1)."""
    centroids = _move(train, centroids, iterations)

    def weigh(level, levels):
        return 2.0**level

    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake(
    "visual_words",
    corner="the pyramid",
    hint="A cell has a quarter of the area of the one above it, but the weight only doubles.",
    read="sec-knn-pyramid",
)
def weights_of_four(train, test, positions, size, centroids, iterations, levels):
    """The weights are powers of 4."""
    centroids = _move(train, centroids, iterations)

    def weigh(level, levels):
        return 4.0 ** (max(level, 1) - levels)

    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake(
    "visual_words",
    hint="The counts are divided by P, the number of patches, and by nothing else: the features of an image need not have length 1.",
    read="sec-knn-pyramid",
)
def features_of_length_one(train, test, positions, size, centroids, iterations, levels):
    """The features of an image are divided by their length."""
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    return tuple(f / np.linalg.norm(f, axis=1, keepdims=True) for f in both)


@mistake("visual_words", same_as="words_before_last_move")
def one_move_too_few(train, test, positions, size, centroids, iterations, levels):
    """There is one iteration too few."""
    cents = np.array(centroids, dtype=float)
    k = len(cents)

    def assign(d):
        d2 = (d**2).sum(-1, keepdims=True) - 2 * d @ cents.T + (cents**2).sum(-1)
        return d2.argmin(-1)

    pts = train.reshape(-1, train.shape[-1])
    for _ in range(iterations - 1):
        lab = assign(pts)
        new = cents.copy()
        for j in range(k):
            if np.any(lab == j):
                new[j] = pts[lab == j].mean(axis=0)
        cents = new
    H, W = size
    L = levels - 1

    def feats(d):
        words = assign(d)
        out = []
        for level in range(levels):
            n = 2**level
            r = np.floor(positions[:, 0] * n / H).astype(int)
            c = np.floor(positions[:, 1] * n / W).astype(int)
            wt = 2.0**-L if level == 0 else 2.0 ** (level - L - 1)
            for i in range(n):
                for j in range(n):
                    inside = (r == i) & (c == j)
                    for w in range(k):
                        out.append(wt * (words[:, inside] == w).sum(axis=1) / words.shape[1])
        return np.stack(out, axis=1)

    return feats(train), feats(test)


@mistake(
    "visual_words",
    hint="In each of `iterations` turns, all descriptors are assigned first, and all centroids move after that. Yours move in more turns than that, or each after an assignment of its own.",
    read="sec-knn-kmeans",
)
def moved_one_by_one(train, test, positions, size, centroids, iterations, levels):
    """The centroids move too often, or one by one."""
    cents = np.array(centroids, dtype=float)
    k = len(cents)

    def assign(d):
        d2 = (d**2).sum(-1, keepdims=True) - 2 * d @ cents.T + (cents**2).sum(-1)
        return d2.argmin(-1)

    pts = train.reshape(-1, train.shape[-1])
    for _ in range(iterations):
        lab = assign(pts)
        for j in range(k):
            lab = assign(pts)
            if np.any(lab == j):
                cents[j] = pts[lab == j].mean(axis=0)
    H, W = size
    L = levels - 1

    def feats(d):
        words = assign(d)
        out = []
        for level in range(levels):
            n = 2**level
            r = np.floor(positions[:, 0] * n / H).astype(int)
            c = np.floor(positions[:, 1] * n / W).astype(int)
            wt = 2.0**-L if level == 0 else 2.0 ** (level - L - 1)
            for i in range(n):
                for j in range(n):
                    inside = (r == i) & (c == j)
                    for w in range(k):
                        out.append(wt * (words[:, inside] == w).sum(axis=1) / words.shape[1])
        return np.stack(out, axis=1)

    return feats(train), feats(test)


@mistake(
    "visual_words",
    hint="Nearest means the straight distance: the root of the sum of squares. You add up absolute differences.",
    read="sec-knn-kmeans",
)
def city_blocks(train, test, positions, size, centroids, iterations, levels):
    """The nearest centroid is that of the least sum of absolute differences."""
    cents = np.array(centroids, dtype=float)
    k = len(cents)

    def assign(d):
        d2 = np.stack([np.abs(d - c).sum(-1) for c in cents], axis=-1)
        return d2.argmin(-1)

    pts = train.reshape(-1, train.shape[-1])
    for _ in range(iterations):
        lab = assign(pts)
        new = cents.copy()
        for j in range(k):
            if np.any(lab == j):
                new[j] = pts[lab == j].mean(axis=0)
        cents = new
    H, W = size
    L = levels - 1

    def feats(d):
        words = assign(d)
        out = []
        for level in range(levels):
            n = 2**level
            r = np.floor(positions[:, 0] * n / H).astype(int)
            c = np.floor(positions[:, 1] * n / W).astype(int)
            wt = 2.0**-L if level == 0 else 2.0 ** (level - L - 1)
            for i in range(n):
                for j in range(n):
                    inside = (r == i) & (c == j)
                    for w in range(k):
                        out.append(wt * (words[:, inside] == w).sum(axis=1) / words.shape[1])
        return np.stack(out, axis=1)

    return feats(train), feats(test)


@mistake(
    "visual_words",
    hint="A centroid moves to the mean of its descriptors. Yours moves to their median.",
    read="sec-knn-kmeans",
)
def medians(train, test, positions, size, centroids, iterations, levels):
    """The centroids move to the median."""
    cents = np.array(centroids, dtype=float)
    k = len(cents)

    def assign(d):
        d2 = (d**2).sum(-1, keepdims=True) - 2 * d @ cents.T + (cents**2).sum(-1)
        return d2.argmin(-1)

    pts = train.reshape(-1, train.shape[-1])
    for _ in range(iterations):
        lab = assign(pts)
        new = cents.copy()
        for j in range(k):
            if np.any(lab == j):
                new[j] = np.median(pts[lab == j], axis=0)
        cents = new
    H, W = size
    L = levels - 1

    def feats(d):
        words = assign(d)
        out = []
        for level in range(levels):
            n = 2**level
            r = np.floor(positions[:, 0] * n / H).astype(int)
            c = np.floor(positions[:, 1] * n / W).astype(int)
            wt = 2.0**-L if level == 0 else 2.0 ** (level - L - 1)
            for i in range(n):
                for j in range(n):
                    inside = (r == i) & (c == j)
                    for w in range(k):
                        out.append(wt * (words[:, inside] == w).sum(axis=1) / words.shape[1])
        return np.stack(out, axis=1)

    return feats(train), feats(test)


@mistake("visual_words", same_as="rounded_to_cells")
def rounded_and_lost(train, test, positions, size, centroids, iterations, levels):
    """Positions are rounded, and patches beyond the last cell are lost."""
    cents = np.array(centroids, dtype=float)
    k = len(cents)

    def assign(d):
        d2 = (d**2).sum(-1, keepdims=True) - 2 * d @ cents.T + (cents**2).sum(-1)
        return d2.argmin(-1)

    pts = train.reshape(-1, train.shape[-1])
    for _ in range(iterations):
        lab = assign(pts)
        new = cents.copy()
        for j in range(k):
            if np.any(lab == j):
                new[j] = pts[lab == j].mean(axis=0)
        cents = new
    H, W = size
    L = levels - 1

    def feats(d):
        words = assign(d)
        out = []
        for level in range(levels):
            n = 2**level
            r = np.round(positions[:, 0] * n / H).astype(int)
            c = np.round(positions[:, 1] * n / W).astype(int)
            wt = 2.0**-L if level == 0 else 2.0 ** (level - L - 1)
            for i in range(n):
                for j in range(n):
                    inside = (r == i) & (c == j)
                    for w in range(k):
                        out.append(wt * (words[:, inside] == w).sum(axis=1) / words.shape[1])
        return np.stack(out, axis=1)

    return feats(train), feats(test)


# --- right answers, written another way ---


@alternative("visual_words")
def with_add_at(train, test, positions, size, centroids, iterations, levels):
    """Full distances image by image, np.add.at for means and histograms."""
    centroids = np.array(centroids, dtype=float)
    k, p = len(centroids), train.shape[1]

    def nearest(image):
        return ((image[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)

    for _ in range(iterations):
        sums, counts = np.zeros(centroids.shape), np.zeros(k)
        for image in train:
            words = nearest(image)
            np.add.at(sums, words, image)
            np.add.at(counts, words, 1)
        used = counts > 0
        centroids[used] = sums[used] / counts[used, None]

    def describe(images):
        result = []
        for image in images:
            words, parts = nearest(image), []
            for level in range(levels):
                n = 2**level
                weight = 0.5 ** (levels - 1) if level == 0 else 0.5 ** (levels - level)
                grid = np.zeros((n, n, k))
                row = np.floor(positions[:, 0] * n / size[0]).astype(int)
                column = np.floor(positions[:, 1] * n / size[1]).astype(int)
                np.add.at(grid, (row, column, words), weight / p)
                parts.append(grid.ravel())
            result.append(np.concatenate(parts))
        return np.array(result)

    return describe(train), describe(test)


@alternative("visual_words")
def means_by_mask(train, test, positions, size, centroids, iterations, levels):
    """A loop over the centroids for the means, one-hot words for the histograms."""
    height, width = size
    flat = train.reshape(-1, train.shape[-1])
    centroids = centroids.copy()

    def words_of(d):
        return np.argmin(np.sum(centroids**2, axis=1) - 2 * (d @ centroids.T), axis=-1)

    for _ in range(iterations):
        words = words_of(flat)
        new = centroids.copy()
        for j in range(len(centroids)):
            if np.any(words == j):
                new[j] = flat[words == j].mean(axis=0)
        centroids = new

    def features(d):
        one_hot = np.eye(len(centroids))[words_of(d)] / d.shape[1]  # (N, P, k)
        blocks = []
        for level in range(levels):
            side = 2**level
            weight = 2.0 ** (1 - levels) if level == 0 else 2.0 ** (level - levels)
            for i in range(side):
                for j in range(side):
                    rows = (positions[:, 0] >= i * height / side) & (
                        positions[:, 0] < (i + 1) * height / side
                    )
                    columns = (positions[:, 1] >= j * width / side) & (
                        positions[:, 1] < (j + 1) * width / side
                    )
                    blocks.append(weight * one_hot[:, rows & columns].sum(axis=1))
        return np.hstack(blocks)

    return features(train), features(test)


@alternative("visual_words")
def with_the_librarys_distances(train, test, positions, size, centroids, iterations, levels):
    """cdist of Assignment 1, an early end, shares added up cell by cell."""
    from cs_lib.numpy.classifiers import cdist

    points = train.reshape(-1, train.shape[-1]).astype(np.float64)
    centers = centroids.astype(np.float64)
    k = len(centers)
    for _ in range(iterations):
        words = cdist(points, centers).argmin(axis=1)
        sums = np.stack([np.bincount(words, column, minlength=k) for column in points.T], axis=1)
        counts = np.bincount(words, minlength=k)
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
        if np.array_equal(moved, centers):
            break
        centers = moved

    def describe(images):
        n, p, d = images.shape
        words = cdist(images.reshape(-1, d).astype(np.float64), centers).argmin(axis=1)
        words = words.reshape(n, p)
        parts = []
        for level in range(levels):
            cells = (positions / np.array(size) * 2**level + 1e-12).astype(int)
            for i, j in np.ndindex(2**level, 2**level):
                here = (cells == (i, j)).all(axis=1)
                for word in range(k):
                    parts.append((words[:, here] == word).sum(axis=1) * 2.0 ** (level - levels))
                    if level == 0:
                        parts[-1] = 2 * parts[-1]
        return np.array(parts, dtype=float).T / p

    return describe(train), describe(test)


@mistake("visual_words", same_as="weights_reversed")
def weights_fall_from_one_half(train, test, positions, size, centroids, iterations, levels):
    """Level l weighs 2^−(l + 1)."""
    centroids = _move(train, centroids, iterations)
    weigh = lambda level, levels: 2.0 ** -(level + 1)  # noqa: E731
    return _both(train, test, positions, size, centroids, levels, weigh=weigh)


@mistake(
    "visual_words",
    hint="You note whether a word occurs in a cell. Count how often it does.",
    read="sec-knn-pyramid",
)
def occurrence_only(train, test, positions, size, centroids, iterations, levels):
    """A word that occurs several times is counted once."""
    centroids = _move(train, centroids, iterations)
    both = _both(train, test, positions, size, centroids, levels)
    weight = np.concatenate(
        [
            np.full(4**level * len(centroids), _usual_weight(level, levels))
            for level in range(levels)
        ]
    )
    return tuple((f > 0) * weight / d.shape[1] for f, d in zip(both, (train, test)))


@mistake(
    "visual_words",
    hint="The centroids move to the mean of the descriptors of all training images. Yours have seen a single image.",
    read="sec-knn-kmeans",
)
def vocabulary_of_one_image(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from one image alone."""
    centroids = _move(train[:1], centroids, iterations)
    return _both(train, test, positions, size, centroids, levels)


@mistake("visual_words", same_as="two_vocabularies")
def vocabulary_of_the_test_images(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from the test images alone."""
    return _both(train, test, positions, size, _move(test, centroids, iterations), levels)


@mistake(
    "visual_words",
    hint="The vocabulary is learned from all descriptors of all training images, N · P of them: train.reshape(-1, D). You average over patches or images first.",
    read="sec-knn-kmeans",
)
def vocabulary_of_means(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from means of descriptors, one for each image."""
    means = train.mean(axis=1, keepdims=True)
    return _both(train, test, positions, size, _move(means, centroids, iterations), levels)


@mistake(
    "visual_words",
    hint="A centroid moves to the mean of its descriptors: their sum, divided by their number. Yours is divided by the number of all descriptors.",
    read="sec-knn-kmeans",
)
def sums_over_all(train, test, positions, size, centroids, iterations, levels):
    """The sum of a centroid's descriptors is divided by the number of all."""
    count = train.shape[0] * train.shape[1]

    def mean(old, sums, n):
        return np.where(n > 0, sums / count, old)

    return _both(train, test, positions, size, _move(train, centroids, iterations, mean), levels)


@mistake(
    "visual_words",
    hint="A centroid moves to the mean of its descriptors. Yours moves to their sum.",
    read="sec-knn-kmeans",
)
def sums_for_means(train, test, positions, size, centroids, iterations, levels):
    """The centroids move to the sum of their descriptors."""

    def mean(old, sums, n):
        return np.where(n > 0, sums, old)

    return _both(train, test, positions, size, _move(train, centroids, iterations, mean), levels)


@mistake(
    "visual_words",
    hint="A centroid moves to the mean of its descriptors at once. Yours goes a part of the way.",
    read="sec-knn-kmeans",
)
def half_of_the_way(train, test, positions, size, centroids, iterations, levels):
    """The centroids move half of the way to the mean."""

    def mean(old, sums, n):
        return (old + _stay(old, sums, n)) / 2

    return _both(train, test, positions, size, _move(train, centroids, iterations, mean), levels)


@mistake("visual_words", same_as="vocabulary_of_one_image")
def vocabulary_of_the_last_image(train, test, positions, size, centroids, iterations, levels):
    """The vocabulary is learned from the last image alone."""
    return _both(train, test, positions, size, _move(train[-1:], centroids, iterations), levels)


@mistake(
    "visual_words",
    hint="In each iteration, the descriptors of all training images are assigned, and then the centroids move. Yours are done with one image before they come to the next.",
    read="sec-knn-kmeans",
)
def image_after_image(train, test, positions, size, centroids, iterations, levels):
    """The centroids move for one image after another."""
    for image in train:
        centroids = _move(image[None], centroids, iterations)
    return _both(train, test, positions, size, centroids, levels)
