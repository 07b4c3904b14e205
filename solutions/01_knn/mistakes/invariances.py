"""Wrong answers to `invariances` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "invariances",
    hint="A rotation of the axes leaves straight lengths alone, but not walks along the axes. "
    "Turn the unit square by 45° and measure its side both ways.",
    read="sec-knn-invariances",
)
def rotation_safe_for_both():
    """A rotation of the axes is taken to be safe with L1."""
    return {**_invariances(), "rotate_axes": (True, True)}


@mistake(
    "invariances",
    hint="An orthogonal matrix turns space as a whole. Does a ruler's length change when you turn it?",
    read="sec-knn-invariances",
)
def rotation_unsafe_for_both():
    """A rotation of the axes is taken to be unsafe with L2."""
    return {**_invariances(), "rotate_axes": (False, False)}


@mistake(
    "invariances",
    hint="Halving all images halves all distances. Does the smallest stay the smallest?",
    read="sec-knn-invariances",
)
def scaling_unsafe():
    """A common scale is taken to be unsafe."""
    return {**_invariances(), "halve": (False, False)}


@mistake(
    "invariances",
    hint="Dividing each pixel by its own standard deviation stretches some axes more than others: a circle becomes an ellipse.",
    read="sec-knn-invariances",
)
def pixel_std_safe():
    """Dividing each pixel by its own deviation is taken to be safe."""
    return {**_invariances(), "divide_by_pixel_std": (True, True)}


@mistake(
    "invariances",
    hint="Each image loses its own brightness, not all the same: two images that differed in brightness alone become equal.",
    read="sec-knn-invariances",
)
def own_mean_safe():
    """Subtracting each image's own mean is taken to be safe."""
    return {**_invariances(), "subtract_own_mean": (True, True)}


@mistake(
    "invariances",
    hint="A distance adds up over the pixels, and a sum does not mind the order of its terms.",
    read="sec-knn-invariances",
)
def permutation_unsafe():
    """A common permutation of the pixels is taken to be unsafe."""
    return {**_invariances(), "permute_pixels": (False, False)}


@mistake(
    "invariances",
    hint="Squaring keeps the order of numbers, but not of differences: 0 and 1 stay 1 apart, 2 and 3 become 5 apart.",
    read="sec-knn-invariances",
)
def squaring_safe():
    """Squaring the pixels is taken to be safe."""
    return {**_invariances(), "square": (True, True)}


@mistake(
    "invariances",
    hint="What is added to both images drops out of their difference.",
    read="sec-knn-invariances",
)
def offset_unsafe():
    """A common offset is taken to be unsafe."""
    return {**_invariances(), "add_image": (False, False)}


@mistake(
    "invariances",
    hint="The pairs have to be True and False; 1 and 0 are numbers.",
    read="sec-knn-invariances",
)
def ones_for_true():
    """1 and 0 are given for True and False."""
    return {
        "add_image": (1, 1),
        "halve": (1, 1),
        "square": (0, 0),
        "subtract_own_mean": (0, 0),
        "divide_by_pixel_std": (0, 0),
        "permute_pixels": (1, 1),
        "rotate_axes": (0, 1),
    }


def _invariances():
    both, neither = (True, True), (False, False)
    return {
        "add_image": both,
        "halve": both,
        "square": neither,
        "subtract_own_mean": neither,
        "divide_by_pixel_std": neither,
        "permute_pixels": both,
        "rotate_axes": (False, True),
    }


# --- right answers, written another way ---


@alternative("invariances")
def found_by_trial():
    """Tried on random data, not thought out."""

    def nearest(x, p):
        half = len(x) // 2
        return (np.abs(x[:half, None] - x[None, half:]) ** p).sum(axis=2).argmin(axis=1)

    samples = []
    for seed in range(30):
        rng = np.random.default_rng(100 + seed)
        brightness = rng.uniform(0, 2, size=(40, 1))
        samples.append(rng.gamma(0.5, size=(40, 12)) * rng.uniform(0.1, 3, size=12) + brightness)
    return {
        name: tuple(
            all(np.array_equal(nearest(x, p), nearest(change(x), p)) for x in samples)
            for p in (1, 2)
        )
        for name, change in changes.items()
    }


@mistake(
    "invariances",
    hint="Each name has two answers, one for L1 and one for L2: a pair (True, False), and no single True.",
    read="sec-knn-invariances",
)
def one_answer_each():
    """Each name has one answer, not a pair."""
    return {name: for_l2 for name, (_, for_l2) in _invariances().items()}
