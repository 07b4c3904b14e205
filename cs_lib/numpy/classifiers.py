"""Classifiers on feature vectors: k nearest neighbours, and a linear one to compare it with."""

import math

import numpy as np

from cs_lib._shared import checks as _checks
from cs_lib._shared import distances as _distances

__all__ = [
    "KNeighborsClassifier",
    "LinearClassifier",
    "cdist",
    "cdist_one_loop",
    "cdist_two_loops",
    "vote",
]

# --- distances ---


def cdist_two_loops(x1, x2, p=2.0):
    """Distance of every row of x1 to every row of x2, as the formula reads (slow).

    x1: (M, D), x2: (N, D), p: 1 (sum of |a - b|) or 2 (Euclidean) -> (M, N)
    float32 stays float32; integers are computed in float64. ValueError for any other shape or p,
    and for NaN or infinity.
    """
    x1, x2 = _float_pair("cdist_two_loops", x1, x2, p)
    distances = np.empty((len(x1), len(x2)), dtype=x1.dtype)
    for i in range(len(x1)):
        for j in range(len(x2)):
            difference = x1[i] - x2[j]  # (D,)
            if p == 1:
                distances[i, j] = np.abs(difference).sum()
            else:
                distances[i, j] = np.sqrt((difference**2).sum())
    return distances


def cdist_one_loop(x1, x2, p=2.0):
    """Distance of every row of x1 to every row of x2, one row of x1 at a time.

    Arguments, result and errors as in `cdist_two_loops`. Needs (N, D) numbers beside the result.
    """
    x1, x2 = _float_pair("cdist_one_loop", x1, x2, p)
    distances = np.empty((len(x1), len(x2)), dtype=x1.dtype)
    for i in range(len(x1)):
        difference = x1[i] - x2  # (D,) - (N, D) -> (N, D)
        if p == 1:
            distances[i] = np.abs(difference).sum(axis=1)
        else:
            distances[i] = np.sqrt((difference**2).sum(axis=1))
    return distances


def cdist(x1, x2, p=2.0, *, chunk_bytes=2**25):
    """Distance of every row of x1 to every row of x2, fast [torch.cdist].

    Arguments, result and errors as in `cdist_two_loops`.
    p = 2: one matrix product, |a - b|² = |a|² + |b|² - 2 a·b. Exact where all values are whole
    numbers. Otherwise |a - b|² is off by a few roundings of |a - mean|² + |b - mean|²: where that
    is too much for it, it is computed anew, by differences or, if that concerns many pairs of
    float32, by a product of float64. Equal distances may differ in their last bit, as those to two
    equal rows: `KNeighborsClassifier` orders these rightly, `vote` of these distances may not.
    p = 1: no product does it. Beside the result (and a float64 copy of integers) it needs at most
    chunk_bytes of memory; ValueError if not even one row fits.
    """
    x1, x2 = _float_pair("cdist", x1, x2, p)
    if p == 1:
        return _cdist_l1(x1, x2, chunk_bytes)
    centre = _centre(x2)
    a, b = x1 - centre, x2 - centre
    norms1, norms2 = np.vecdot(a, a), np.vecdot(b, b)
    squares = _squared_distances(a, b, norms2)
    row, column = _cancelled(squares, norms1, norms2, x1.shape[1])
    if x1.dtype == np.float32 and len(row) > squares.size / 64:
        return cdist(x1.astype(np.float64), x2.astype(np.float64)).astype(np.float32)
    squares[row, column] = _pair_squares(x1, x2, row, column)
    return np.sqrt(squares, out=squares)


def _squared_distances(x1, x2, norms2):
    """x1: (M, D), x2: (N, D), both centred, norms2: (N,) squared lengths of x2's rows -> (M, N)"""
    squares = x1 @ x2.T  # nearly all of the time goes here; what follows is done in place
    squares *= -2
    squares += norms2
    squares += np.vecdot(x1, x1)[:, None]
    return np.maximum(squares, 0, out=squares)  # rounding can leave -1e-13, whose root is nan


def _cancelled(squares, norms1, norms2, d):
    """Where too few digits are left of |a|² + |b|² - 2 a·b: (M, N), (M,), (N,) -> rows, columns"""
    info = np.finfo(squares.dtype)
    share = info.eps**0.25  # of the terms: what is left has lost a quarter of its digits at most
    floor = d * info.tiny / info.eps  # products below it have lost digits of their own
    limit = share * (norms1 + norms2.max()) + floor
    row = np.flatnonzero(~(squares.min(axis=1) > limit))  # ~ and >: NaN, of overflow, is found too
    near = ~(squares[row] > share * (norms1[row, None] + norms2) + floor)
    place, column = np.nonzero(near)
    return row[place], column


def _pair_squares(x1, x2, row, column):
    """|x1[row] - x2[column]|² by differences: (M, D), (N, D), (P,), (P,) -> (P,)

    No digits cancel, and equal rows give equal sums, to the last bit.
    """
    dtype = np.result_type(x1, x2)
    squares = np.empty(len(row), dtype)
    size = max(1, 2**17 // x1.shape[1])  # pairs at a time, whose differences stay in the cache
    for start in range(0, len(row), size):
        part = slice(start, start + size)
        difference = np.subtract(x1[row[part]], x2[column[part]], dtype=dtype)
        squares[part] = np.square(difference, out=difference).sum(axis=1)
    return squares


def _centre(x):
    """A point near the mean of x: (N, D) -> (D,).

    Without it an offset of 1e6 leaves |a|² + |b|² - 2 a·b no correct digit. It is rounded to a
    power of two some 2⁸ times finer than the data's range: then whole numbers give exact products,
    and points at equal distances stay equal.
    """
    spread = (x.max(axis=0) - x.min(axis=0)).max()
    step = 2.0 ** (math.frexp(spread)[1] - 8)
    mean = x.mean(axis=0, dtype=np.float64)  # float32 would lose its digits on the way
    return (np.round(mean / step) * step).astype(x.dtype)


def _exact_centre(x):
    """`_centre` of the columns that are far from 0 for their range, else 0: (N, D) -> (D,).

    x less this has not been rounded [Higham 2002, thm 2.5]: what is stored is as good as x. Another
    column would gain little by its mean, and lose digits of its small values.
    """
    centre = _centre(x)
    low, high = (np.abs(edge(axis=0)) for edge in (x.min, x.max))
    far = (np.sign(x.min(axis=0)) == np.sign(x.max(axis=0))) & (
        (np.minimum(low, high) >= 0.75 * np.abs(centre))
        & (np.maximum(low, high) <= 1.5 * np.abs(centre))
    )
    return np.where(far, centre, np.zeros_like(centre))


def _cdist_l1(x1, x2, chunk_bytes):
    row_bytes = x2[0].nbytes
    if row_bytes > chunk_bytes:
        raise ValueError(
            f"cdist: chunk_bytes is {chunk_bytes}, one row of {x2.shape[1]} {x2.dtype} values "
            f"needs {row_bytes}; give at least that"
        )
    # 1 MiB stays in a core's cache, and is twice as fast as 32 MiB
    size = max(1, min(chunk_bytes, 2**20) // row_bytes)
    buffer = np.empty((min(size, len(x2)), x2.shape[1]), dtype=x2.dtype)
    distances = np.empty((len(x1), len(x2)), dtype=x2.dtype)
    for start in range(0, len(x2), size):
        chunk = x2[start : start + size]
        difference = buffer[: len(chunk)]
        for i in range(len(x1)):
            np.subtract(chunk, x1[i], out=difference)
            np.abs(difference, out=difference)
            difference.sum(axis=1, out=distances[i, start : start + size])
    return distances


# --- voting ---


def vote(distances, labels, k):
    """The most frequent label among the k nearest points [Fix & Hodges 1951].

    distances: (M, N) from M queries to N points, labels: (N,) integers -> (M,) int64
    Equal distances: the lower index is nearer. Equal votes: the smallest label wins.
    ValueError unless 1 <= k <= N, and for NaN distances.
    """
    distances, labels = np.asarray(distances), np.asarray(labels)
    _checks.check_matrix("vote", "distances", distances, "(M, N)")
    labels = _int_labels("vote", "labels", labels, distances.shape[1])
    _checks.check_k("vote", k, distances.shape[1])
    if np.isnan(distances).any():
        raise ValueError("vote: distances has NaN, which is neither near nor far; remove it first")
    return _majority(labels[_nearest(distances, k)])


def _majority(votes):
    """The most frequent of each row, the smallest of equals: (M, k) -> (M,)"""
    classes, column = np.unique(votes, return_inverse=True)
    cell = np.arange(len(votes))[:, None] * len(classes) + column  # (M, k) into a flat (M, K) table
    counts = np.bincount(cell.ravel(), minlength=len(votes) * len(classes))
    return classes[counts.reshape(len(votes), len(classes)).argmax(axis=1)]  # first maximum wins


def _nearest(distances, k):
    """The k smallest of each row, nearest first: (M, N) -> (M, k) column indices.

    As np.argsort(distances, kind="stable")[:, :k], but without sorting all N.
    """
    kth = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]  # (M, 1)
    chosen = distances <= kth  # (M, N); more than k a row where others tie with the k-th
    tied = np.flatnonzero(chosen.sum(axis=1) > k)
    if len(tied):
        nearer = distances[tied] < kth[tied]
        last = distances[tied] == kth[tied]
        room = k - nearer.sum(axis=1, keepdims=True)
        chosen[tied] = nearer | (last & (last.cumsum(axis=1) <= room))
    index = np.nonzero(chosen)[1].reshape(len(distances), k)  # by rows, then columns
    order = np.argsort(np.take_along_axis(distances, index, axis=1), axis=1, kind="stable")
    return np.take_along_axis(index, order, axis=1)


# --- k nearest neighbours ---


@np.errstate(over="ignore", invalid="ignore")  # what float32 cannot hold is computed in float64
def _k_nearest(x1, x2, norms2, k, *, ordered=True):
    """The k nearest rows of x2 to each of x1, nearest first, of equals the lower index first.

    x1: (M, D), x2: (N, D), norms2: (N,) float64 -> squares of the distances (M, k) float64, index
    (M, k). The matrix product says which few may be among them, differences say which are. ordered:
    else only which they are counts, in whatever order, and the squares mean nothing.
    """
    near, sure = _candidates(x1, x2, norms2, k)
    row, column = np.nonzero(near)
    unsure = np.full(len(row), True) if ordered else ~sure[row, column]
    squares = np.full(len(row), -1.0)  # before all others
    squares[unsure] = _pair_squares(x1, x2, row[unsure], column[unsure])
    order = np.lexsort((squares, row))  # stable: equal ones stay in the order of their columns
    if x1.dtype == np.float32:  # what float32 cannot order, float64 can
        info, ranked = np.finfo(np.float32), squares[order]
        close = ~(np.diff(ranked) > 64 * info.eps * ranked[1:])
        close &= np.diff(row[order]) == 0
        again = np.append(close, False) | np.append(False, close)
        again |= ~((ranked > x1.shape[1] * info.tiny / info.eps) & (ranked < np.inf))
        again = order[again & unsure[order]]
        x1, at = x1[row[again]].astype(np.float64), np.arange(len(again))
        squares[again] = _pair_squares(x1, x2[column[again]], at, at)
        order = np.lexsort((squares, row))
    counts = np.bincount(row, minlength=len(near))
    first = order[(counts.cumsum() - counts)[:, None] + np.arange(k)]  # (M, k)
    return squares[first], column[first]


def _candidates(x1, x2, norms2, k):
    """Who may be among the k nearest, for all that rounding can do, and who is: (M, N) bool, twice

    |a|² + |b|² - 2 a·b is off by at most about D roundings of |a|² + |b|² [Higham 2002, §3.5].
    """
    d, info = x1.shape[1], np.finfo(x1.dtype)
    norms1 = np.vecdot(x1, x1).astype(np.float64)  # its own error is the same for a whole row
    error = _distances.product_error(d, info.eps)
    low = np.empty((len(x1), len(x2)), x1.dtype)  # of the error, b's part is taken off
    for part in _parts(x1, x2):
        block = x2[part].astype(x1.dtype, copy=False)
        low[:, part] = _squared_distances(x1, block, (1 - error) * norms2[part])
    places = [k - 1, min(k, len(x2) - 1)]
    kth, after = np.partition(low, places, axis=1)[:, places].astype(np.float64).T  # (M,)
    # a neighbour is no longer than the query and their distance, and no longer than the longest
    reach = np.maximum(kth + 8 * error * norms1, 0) / max(1 - 4 * error, 1e-9)
    longest = np.minimum((np.sqrt(norms1) + np.sqrt(reach)) ** 2, norms2.max())
    band = 2 * error * (1 + 2 * error) * (norms1 + longest) + 4 * d * info.tiny  # for underflow
    near = ~(low > (kth + band).astype(low.dtype)[:, None])  # ~ and >: NaN, of overflow, may be
    sure = low < (after - band).astype(low.dtype)[:, None]  # fewer than k others can be nearer
    if x1.dtype == np.float32:
        # so many differences take longer than a product in float64, which tells more apart
        many = np.flatnonzero(near.sum(axis=1) > k + 32 + len(x2) // 32)
        if len(many):
            near[many], sure[many] = _candidates(x1[many].astype(np.float64), x2, norms2, k)
    return near, sure


def _parts(x1, x2):
    """Slices of x2: one, or, if it has to be converted to x1's dtype, such as fit into 16 MiB."""
    size = len(x2) if x1.dtype == x2.dtype else max(1, 2**21 // x2.shape[1])
    return [slice(start, start + size) for start in range(0, len(x2), size)]


class KNeighborsClassifier:
    """k nearest neighbours: keep the training set, let the nearest vote [Cover & Hart 1967].

    k: number of neighbours; p: 1 or 2, the distance of `cdist`.
    fit sets x_: (N, D) training points less centre_: (D,), and y_: (N,) int64 labels.
    p = 2: a matrix product finds the few points that may be nearest, float64 differences order
    them, so that an offset or a column of large spread costs no precision but, in float32, time.
    """

    _tile_bytes = 2**26  # of distances held at a time, however many queries come

    def __init__(self, k=5, p=2.0):
        _checks.check_p("KNeighborsClassifier", p)
        self.k = k
        self.p = p

    def fit(self, x, y):
        """Keep the points and what every query needs of them.

        x: (N, D) or (N, C, H, W), y: (N,) integers -> self
        """
        x = _float_rows("KNeighborsClassifier.fit", x)
        y = _int_labels("KNeighborsClassifier.fit", "y", np.asarray(y), len(x))
        centre = _exact_centre(x)
        return self._keep(x - centre, y, centre)

    def kneighbors(self, x, k=None):
        """The k nearest training points of each row of x, nearest first.

        x: (M, D) or (M, C, H, W) -> distances (M, k), indices (M, k) int64
        Equal distances: lower index first; also those to equal rows.
        """
        x, k = self._query("kneighbors", x, k)
        found = [self._nearest(tile, k) for tile in self._tiles(x)]
        distances, indices = (np.concatenate(parts) for parts in zip(*found, strict=True))
        distances = distances if self.p == 1 else np.sqrt(distances)
        return distances.astype(x.dtype, copy=False), indices

    def predict(self, x, k=None):
        """The label that `vote` gives each row of x: (M, D) or (M, C, H, W) -> (M,) int64"""
        x, k = self._query("predict", x, k)
        tiles = self._tiles(x)
        return np.concatenate(
            [_majority(self.y_[self._nearest(tile, k, ordered=False)[1]]) for tile in tiles]
        )

    def score(self, x, y, k=None):
        """The share of x: (M, D) or (M, C, H, W) that gets its label in y: (M,)."""
        predicted = self.predict(x, k)
        y = _int_labels("KNeighborsClassifier.score", "y", np.asarray(y), len(predicted))
        return float((predicted == y).mean())

    def state_dict(self):
        """What fit has learned, by name, as arrays."""
        self._check_fitted("state_dict")
        return {"x": self.x_, "y": self.y_, "centre": self.centre_}

    def load_state_dict(self, state):
        """Take over a `state_dict`, of this class or of its torch twin."""
        return self._keep(*(_copy(state[name]) for name in ("x", "y", "centre")))

    def _keep(self, x, y, centre):
        self.x_, self.y_, self.centre_ = x, y, centre
        self._norms = np.vecdot(x, x, dtype=np.float64)  # (N,)
        return self

    def _query(self, method, x, k):
        self._check_fitted(method)
        caller = f"KNeighborsClassifier.{method}"
        x = _float_rows(caller, x)
        _checks.check_columns(caller, x, self.x_.shape[1])
        k = self.k if k is None else k
        _checks.check_k(caller, k, len(self.x_))
        return x - self.centre_, k

    def _tiles(self, x):
        """Some queries at a time, for their distances (m, N) to fit into _tile_bytes."""
        size = max(1, self._tile_bytes // (len(self.x_) * x.itemsize))
        return [x[start : start + size] for start in range(0, len(x), size)]

    def _nearest(self, x, k, *, ordered=True):
        """x: (m, D), as x_ -> distances (p = 2: their squares) (m, k), indices (m, k)"""
        if self.p == 2:
            return _k_nearest(x, self.x_, self._norms, k, ordered=ordered)
        distances = cdist(x, self.x_, p=1)
        index = _nearest(distances, k)
        return np.take_along_axis(distances, index, axis=1), index

    def _check_fitted(self, method):
        if not hasattr(self, "x_"):
            raise RuntimeError(f"KNeighborsClassifier.{method}: call fit(x, y) first")


# --- a linear classifier ---


class LinearClassifier:
    """Scores x @ weight.T + bias, the largest wins; trained by minibatch SGD with momentum.

    loss: "hinge", the multiclass one of [Weston & Watkins 1999], or "cross_entropy" of the softmax.
    Hinge losses differ: this one is a sum over the wrong classes, `multi_margin_loss` that sum over
    K, and [Crammer & Singer 2001] take the worst of them alone. With two classes there is only one.
    To it comes weight_decay/2 · |weight|². The other defaults suit some hundred standardised
    features; many more of them, or of classes to sum over, want a smaller lr.
    fit sets weight: (K, D), bias: (K,) and losses_: (epochs,), each epoch's mean over its batches.
    """

    def __init__(
        self,
        loss="hinge",
        *,
        weight_decay=1e-2,
        lr=1e-3,  # falls to 0 in a straight line: a constant one ends in noise
        momentum=0.9,
        epochs=20,
        batch_size=50,
    ):
        if loss not in _LOSSES:
            raise ValueError(
                f"LinearClassifier: loss is {loss!r}; it must be one of {', '.join(_LOSSES)}"
            )
        self.loss = loss
        self.weight_decay = weight_decay
        self.lr = lr
        self.momentum = momentum
        self.epochs = epochs
        self.batch_size = batch_size

    def fit(self, x, y, *, rng):
        """Start at zero and go through x epochs times, in an order drawn from rng.

        x: (N, D) or (N, C, H, W), y: (N,) integers from 0 -> self. K is the largest label + 1.
        """
        x = _float_rows("LinearClassifier.fit", x)
        y = _int_labels("LinearClassifier.fit", "y", np.asarray(y), len(x))
        if y.min() < 0:
            raise ValueError(f"LinearClassifier.fit: y has {y.min()}; labels count from 0")
        self.weight = np.zeros((y.max() + 1, x.shape[1]), dtype=x.dtype)
        self.bias = np.zeros(y.max() + 1, dtype=x.dtype)
        velocity_w, velocity_b = np.zeros_like(self.weight), np.zeros_like(self.bias)
        starts = range(0, len(x), self.batch_size)
        self.losses_ = np.zeros(self.epochs)
        for epoch in range(self.epochs):
            order = rng.permutation(len(x))
            for step, start in enumerate(starts):
                batch = order[start : start + self.batch_size]
                loss, dweight, dbias = self._loss(x[batch], y[batch])
                lr = self.lr * (1 - (epoch + step / len(starts)) / self.epochs)
                velocity_w = self.momentum * velocity_w + dweight
                velocity_b = self.momentum * velocity_b + dbias
                self.weight -= lr * velocity_w
                self.bias -= lr * velocity_b
                self.losses_[epoch] += loss / len(starts)
        return self

    def _loss(self, x, y):
        """x: (N, D), y: (N,) -> loss, dweight (K, D), dbias (K,)"""
        loss, dscores = _LOSSES[self.loss](x @ self.weight.T + self.bias, y)
        loss += self.weight_decay / 2 * (self.weight**2).sum()
        return loss, dscores.T @ x + self.weight_decay * self.weight, dscores.sum(axis=0)

    def decision_function(self, x):
        """x: (M, D) or (M, C, H, W) -> scores (M, K)"""
        return self._scores("decision_function", x)

    def predict(self, x):
        """The class with the largest score, the smallest of equals: x -> (M,) int64"""
        return self._scores("predict", x).argmax(axis=1)

    def score(self, x, y):
        """The share of x: (M, D) or (M, C, H, W) that gets its label in y: (M,)."""
        predicted = self._scores("score", x).argmax(axis=1)
        y = _int_labels("LinearClassifier.score", "y", np.asarray(y), len(predicted))
        return float((predicted == y).mean())

    def state_dict(self):
        """What fit has learned, by name, as arrays: torch.nn.Linear takes it as it is."""
        self._check_fitted("state_dict")
        return {"weight": self.weight, "bias": self.bias}

    def load_state_dict(self, state):
        """Take over a `state_dict`, of this class, of its torch twin or of torch.nn.Linear."""
        self.weight, self.bias = (_copy(state[name]) for name in ("weight", "bias"))
        return self

    def _scores(self, method, x):
        self._check_fitted(method)
        x = _float_rows(f"LinearClassifier.{method}", x)
        _checks.check_columns(f"LinearClassifier.{method}", x, self.weight.shape[1])
        return x @ self.weight.T + self.bias

    def _check_fitted(self, method):
        if not hasattr(self, "weight"):
            raise RuntimeError(f"LinearClassifier.{method}: call fit(x, y, rng=rng) first")


def _hinge(scores, y):
    """mean of the sum over wrong classes of max(0, 1 + score - right score) [Weston & Watkins 1999]

    scores: (N, K), y: (N,) -> loss, dscores (N, K)
    """
    n = np.arange(len(y))
    margins = 1 + scores - scores[n, y][:, None]  # (N, K)
    margins[n, y] = 0
    dscores = (margins > 0).astype(scores.dtype) / scores.dtype.type(len(y))
    dscores[n, y] = -dscores.sum(axis=1)
    return np.maximum(margins, 0).sum() / len(y), dscores


def _cross_entropy(scores, y):
    """mean of -log softmax(scores)[y]: scores (N, K), y (N,) -> loss, dscores (N, K)"""
    n = np.arange(len(y))
    scores = scores - scores.max(axis=1, keepdims=True)  # exp overflows past 709 in float64
    exp = np.exp(scores)
    total = exp.sum(axis=1, keepdims=True)
    dscores = exp / total
    dscores[n, y] -= 1
    return (np.log(total[:, 0]) - scores[n, y]).mean(), dscores / len(y)


_LOSSES = {"hinge": _hinge, "cross_entropy": _cross_entropy}

# --- what goes in ---


def _as_float(caller, name, x):
    """float32 and float64 as they are, integers as float64 (uint8 would wrap); no NaN, no infinity.

    float16 and complex numbers are refused.
    """
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"{caller}: {name} is {x.dtype}; pass float32, float64 or integers")
    if not np.isfinite([x.min(), x.max()]).all():  # a temporary np.isfinite(x) is as large as x
        raise ValueError(f"{caller}: {name} has NaN or infinite values; remove or replace them")
    return x


def _float_pair(caller, x1, x2, p):
    x1, x2 = np.asarray(x1), np.asarray(x2)
    _checks.check_pair(caller, x1, x2, p)
    x1, x2 = _as_float(caller, "x1", x1), _as_float(caller, "x2", x2)
    dtype = np.result_type(x1, x2)
    return x1.astype(dtype, copy=False), x2.astype(dtype, copy=False)


def _float_rows(caller, x):
    x = np.asarray(x)
    _checks.check_images(caller, x)
    return _as_float(caller, "x", x).reshape(len(x), -1)  # (N, C, H, W) -> (N, C*H*W)


def _int_labels(caller, name, labels, n):
    _checks.check_labels(caller, name, labels, n)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{caller}: {name} is {labels.dtype}; labels must be integers")
    return labels.astype(np.int64, copy=False)


def _copy(value):
    return np.asarray(value).copy()  # np.array(tensor) does the same, but with a warning
