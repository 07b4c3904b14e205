"""Wrong answers to `split` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "split",
    hint="Your images stand beside other images' labels, perhaps because each is shuffled for itself, or only one of them. "
    "Draw one order, and apply it to both.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): images with another's label",
)
def shuffled_separately(x, y, n_val, rng):
    """Images and labels do not stay together."""
    x, y = rng.permutation(x), rng.permutation(y)
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake("split", same_as="shuffled_separately")
def only_images_shuffled(x, y, n_val, rng):
    """Images and labels do not stay together."""
    x = rng.permutation(x)
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake(
    "split",
    corner="chance",
    hint="Without a shuffle, the validation set is the beginning or the end of a file. Sorted by label, it would be all of one "
    "kind.",
    read="sec-arrays-split",
)
def not_shuffled(x, y, n_val, rng):
    """The same neighbours are kept back each time, in their old order."""
    end = len(x) - n_val
    return x[:end], y[:end], x[end:], y[end:]


@mistake("split", corner="chance", same_as="not_shuffled")
def first_ones(x, y, n_val, rng):
    """The same neighbours are kept back each time, in their old order."""
    return x[n_val:], y[n_val:], x[:n_val], y[:n_val]


@mistake(
    "split",
    corner="chance",
    hint="You cut first and shuffle then: the validation set is always the same. First shuffle, then cut.",
    read="sec-arrays-split",
)
def cut_then_shuffled(x, y, n_val, rng):
    """You cut before you shuffle."""
    train, val = rng.permutation(len(x) - n_val), len(x) - n_val + rng.permutation(n_val)
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The validation images are in the training set as well. A classifier that learns them by heart looks perfect then.",
    read="sec-arrays-split",
)
def leak(x, y, n_val, rng):
    """The validation images are also trained on."""
    order = rng.permutation(len(x))
    return x[order], y[order], x[order[:n_val]], y[order[:n_val]]


@mistake(
    "split",
    hint="Cut both parts from one and the same order, at one place. Two independent draws have images in common, and so "
    "have slices that overlap, or a shuffled part and one in the old order.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): labels that are in both parts",
)
def two_draws(x, y, n_val, rng):
    """Some images are in both parts, and others in none."""
    train, val = rng.permutation(len(x))[n_val:], rng.permutation(len(x))[:n_val]
    return x[train], y[train], x[val], y[val]


@mistake("split", same_as="two_draws")
def overlapping_slices(x, y, n_val, rng):
    """Some images are in both parts, and others in none."""
    order = rng.permutation(len(x))
    train, val = order[: len(x) - n_val], order[:n_val]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="rng.integers and rng.choice can draw the same number twice, and miss others (choice, unless you say "
    "replace=False). A permutation has each number once.",
    read="sec-arrays-split",
    at="split: n_val = 2 of 6 images of shape (2,): how many different labels are in training",
)
def drawn_with_repetition(x, y, n_val, rng):
    """Images can be drawn more than once."""
    order = rng.integers(0, len(x), size=len(x))
    return x[order[n_val:]], y[order[n_val:]], x[order[:n_val]], y[order[:n_val]]


@mistake("split", same_as="drawn_with_repetition")
def chosen_with_repetition(x, y, n_val, rng):
    """Images can be drawn more than once."""
    val = rng.choice(len(x), n_val)
    train = np.setdiff1d(np.arange(len(x)), val)
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    corner="n_val = 0",
    hint="order[:-0] is empty, and order[-0:] is everything. Count from the front.",
    read="sec-arrays-indexing",
)
def minus_zero(x, y, n_val, rng):
    """You cut at −n_val, which is 0 when n_val is 0."""
    order = rng.permutation(len(x))
    train, val = order[:-n_val], order[-n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="An image is in neither part. The slice [:n] holds everything before n, so the next one begins at n; [n:-1] stops "
    "before the last, where [n:] takes all.",
    read="sec-arrays-indexing",
)
def one_lost(x, y, n_val, rng):
    """An image is lost."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val + 1 :]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="n_val images are for validation, and all others for training. You have it the other way round.",
    read="sec-arrays-split",
)
def parts_swapped(x, y, n_val, rng):
    """Training and validation set are swapped."""
    order = rng.permutation(len(x))
    train, val = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The four arrays come in the order x_train, y_train, x_val, y_val. (scikit-learn's function has another order, which is how "
    "one gets used to the wrong one.)",
    read="sec-arrays-split",
)
def another_order(x, y, n_val, rng):
    """The four arrays are in another order."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], x[val], y[train], y[val]


@mistake(
    "split",
    hint="x and y are shuffled in place: the caller's arrays are in another order now. rng.permutation makes a copy, rng.shuffle does not.",
    read="sec-arrays-views",
)
def shuffled_in_place(x, y, n_val, rng):
    """You shuffle the caller's arrays."""
    order = rng.permutation(len(x))
    x[:], y[:] = x[order], y[order]
    return x[n_val:].copy(), y[n_val:].copy(), x[:n_val].copy(), y[:n_val].copy()


@mistake(
    "split",
    hint="All code shares the state behind np.random.…, so nobody can repeat your split.",
    read="sec-arrays-rng",
)
def global_chance(x, y, n_val, rng):
    """You draw from np.random and not from rng."""
    order = np.random.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    corner="chance",
    hint="You make a generator of your own with a fixed seed, so every call gives the same split. Draw from rng.",
    read="sec-arrays-rng",
)
def seed_of_its_own(x, y, n_val, rng):
    """You make a generator of your own."""
    order = np.random.default_rng(0).permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    corner="chance",
    hint="Your split differs from call to call although the seed is the same. default_rng() without a seed takes one from the clock. "
    "Draw from rng.",
    read="sec-arrays-rng",
)
def no_seed(x, y, n_val, rng):
    """Your split cannot be repeated."""
    order = np.random.default_rng().permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    corner="chance",
    hint="The validation images are neighbours in the data: only where you cut is left to chance. Shuffle all of them.",
    read="sec-arrays-split",
)
def random_block(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(0, len(x) - n_val + 1))
    val, train = np.sort(order[:n_val]), order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake("split", corner="chance", same_as="random_block")
def random_block_around_the_end(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(len(x)))
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake("split", corner="chance", same_as="random_block")
def last_of_a_rolled_order(x, y, n_val, rng):
    """The validation set is a block at a random place."""
    order = np.roll(np.arange(len(x)), rng.integers(len(x)))
    end = len(x) - n_val
    return x[order[:end]], y[order[:end]], x[order[end:]], y[order[end:]]


@mistake(
    "split",
    hint="You return indices. The text asks for the images and labels themselves.",
    read="sec-arrays-fancy",
)
def indices(x, y, n_val, rng):
    """You return indices, not images and labels."""
    order = rng.permutation(len(x))
    return order[n_val:], order[:n_val]


@mistake(
    "split",
    hint="Only the first axis, which counts the images, is divided. Leave the others as they are.",
    read="sec-arrays-split",
)
def flattened(x, y, n_val, rng):
    """The images are flattened."""
    order, x = rng.permutation(len(x)), x.reshape(len(x), -1)
    return x[order[n_val:]], y[order[n_val:]], x[order[:n_val]], y[order[:n_val]]


@mistake(
    "split",
    hint="rng.shuffle changes the array that it is given and returns None, so order is None. rng.permutation returns a "
    "shuffled array.",
    read="sec-arrays-rng",
)
def shuffle_returns_none(x, y, n_val, rng):
    """You use what rng.shuffle returns, which is None."""
    order = rng.shuffle(np.arange(len(x)))
    return x[order[n_val:]], y[order[n_val:]], x[order[:n_val]], y[order[:n_val]]


@mistake(
    "split",
    hint="Square brackets make a list of the four arrays. Separate them by commas after return, without brackets.",
    read="sec-arrays-split",
)
def a_list(x, y, n_val, rng):
    """You return a list, not a tuple."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return [x[train], y[train], x[val], y[val]]


@mistake(
    "split",
    hint="Each image is drawn for itself, so the number of those kept back is left to chance, too. It should be n_val.",
    read="sec-arrays-split",
)
def each_for_itself(x, y, n_val, rng):
    """Each image is kept back with a certain probability."""
    val = rng.random(len(x)) < n_val / len(x)
    return x[~val], y[~val], x[val], y[val]


@mistake(
    "split",
    corner="an empty part",
    hint="zip(*pairs) takes pairs apart, but of an empty part there is nothing to take apart, so it does not give two "
    "tuples. Shuffle row numbers, and index both arrays with them: an empty index gives an empty array.",
    read="sec-arrays-split",
)
def zipped_pairs(x, y, n_val, rng):
    """You unzip a part without pairs."""
    pairs = list(zip(x, y, strict=True))
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    x_val, y_val = zip(*pairs[:n_val], strict=True)
    x_train, y_train = zip(*pairs[n_val:], strict=True)
    return np.array(x_train), np.array(y_train), np.array(x_val), np.array(y_val)


@mistake(
    "split",
    hint="Floats are no indices, so labels keep their dtype. One array has one dtype: in a table with the images, labels "
    "become floats. Shuffle row numbers, and index both arrays with them.",
    read="sec-arrays-promotion",
)
def glued_together(x, y, n_val, rng):
    """The labels become floats, as in one table with the images."""
    table = rng.permutation(np.concatenate([x.reshape(len(x), -1), y[:, None]], axis=1))
    new_x, new_y = table[:, :-1].reshape(x.shape), table[:, -1]
    return new_x[n_val:], new_y[n_val:], new_x[:n_val], new_y[:n_val]


@mistake("split", same_as="two_draws")
def old_order_for_training(x, y, n_val, rng):
    """Some images are in both parts, and others in none."""
    val, end = rng.permutation(len(x))[:n_val], len(x) - n_val
    return x[:end], y[:end], x[val], y[val]


@mistake("split", corner="n_val = 0", same_as="minus_zero")
def from_minus_zero(x, y, n_val, rng):
    """You cut at −n_val, which is 0 when n_val is 0."""
    order = rng.permutation(len(x))
    train, val = order[: len(x) - n_val], order[-n_val:]
    return x[train], y[train], x[val], y[val]


@mistake("split", same_as="one_lost")
def stops_before_the_last(x, y, n_val, rng):
    """An image is lost."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:-1]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="np.delete without an axis flattens the array first, and takes single numbers out of it. Say axis=0, or index "
    "with the other row numbers.",
    read="sec-arrays-axes",
)
def deleted_from_the_flat_array(x, y, n_val, rng):
    """You delete numbers and not images."""
    val = rng.permutation(len(x))[:n_val]
    return np.delete(x, val), np.delete(y, val), x[val], y[val]


@mistake(
    "split",
    hint="x.size counts all numbers of all images. How many images there are is len(x).",
    read="sec-arrays-images",
)
def numbers_counted(x, y, n_val, rng):
    """You shuffle as many indices as there are numbers."""
    order = rng.permutation(x.size)
    val, train = order[:n_val], order[n_val:]
    return x[train], y[train], x[val], y[val]


@mistake(
    "split",
    hint="The images and labels of a part are in a tuple of their own. The text asks for one tuple of four arrays.",
    read="sec-arrays-split",
)
def two_pairs(x, y, n_val, rng):
    """You return two pairs and not four arrays."""
    order = rng.permutation(len(x))
    val, train = order[:n_val], order[n_val:]
    return (x[train], y[train]), (x[val], y[val])


@mistake(
    "split",
    hint="Your mask holds the numbers 0 and 1, and an array of floats is no index. A mask has the dtype bool.",
    read="sec-arrays-fancy",
)
def mask_of_floats(x, y, n_val, rng):
    """The mask holds floats."""
    mask = np.zeros(len(x))
    mask[rng.permutation(len(x))[:n_val]] = 1
    return x[mask == 0], y[mask == 0], x[mask], y[mask]


# --- right answers, written another way ---


@alternative("split")
def shuffled_indices(x, y, n_val, rng):
    """Indices shuffled in place; the validation set from the end."""
    order = np.arange(len(y))
    rng.shuffle(order)
    cut = len(y) - n_val
    return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]


@alternative("split")
def by_mask(x, y, n_val, rng):
    """Drawn without repetition, and both parts in the old order."""
    val = np.zeros(len(x), dtype=bool)
    val[rng.choice(len(x), size=n_val, replace=False)] = True
    return x[~val], y[~val], x[val], y[val]


@alternative("split")
def sorted_by_noise(x, y, n_val, rng):
    """Sorted by random numbers, and cut by np.split."""
    order = np.argsort(rng.uniform(size=len(x)))
    (x_val, x_train), (y_val, y_train) = (np.split(a[order], [n_val]) for a in (x, y))
    return x_train, y_train, x_val, y_val


@mistake(
    "split",
    corner="chance",
    hint="Only the beginning of the block is random, and the block is cut out of the old order: neighbours are still kept back together. "
    "Shuffle, then cut.",
    read="sec-arrays-split",
)
def block_at_random(x, y, n_val, rng):
    """A block of neighbours is kept back, from a random place on."""
    start = rng.integers(0, len(x) - n_val + 1)
    kept = np.arange(start, start + n_val)
    others = np.delete(np.arange(len(x)), kept)
    return x[others], y[others], x[kept], y[kept]
