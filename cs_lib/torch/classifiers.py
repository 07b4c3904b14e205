"""Classifiers on feature vectors, on any device: the torch mirror of cs_lib.numpy.classifiers."""

import math

import torch
from torch.nn import functional as F

from cs_lib._shared import checks as _checks
from cs_lib._shared import distances as _distances
from cs_lib.torch import _precision

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
    distances = x1.new_empty(len(x1), len(x2))
    for i in range(len(x1)):
        for j in range(len(x2)):
            difference = x1[i] - x2[j]  # (D,)
            if p == 1:
                distances[i, j] = difference.abs().sum()
            else:
                distances[i, j] = (difference**2).sum().sqrt()
    return distances


def cdist_one_loop(x1, x2, p=2.0):
    """Distance of every row of x1 to every row of x2, one row of x1 at a time.

    Arguments, result and errors as in `cdist_two_loops`. Needs (N, D) numbers beside the result.
    """
    x1, x2 = _float_pair("cdist_one_loop", x1, x2, p)
    distances = x1.new_empty(len(x1), len(x2))
    for i in range(len(x1)):
        difference = x1[i] - x2  # (D,) - (N, D) -> (N, D)
        if p == 1:
            distances[i] = difference.abs().sum(dim=1)
        else:
            distances[i] = (difference**2).sum(dim=1).sqrt()
    return distances


def cdist(x1, x2, p=2.0, *, chunk_bytes=2**25):
    """Distance of every row of x1 to every row of x2, fast [torch.cdist].

    Arguments, result and errors as in `cdist_two_loops`; precision as in cs_lib.numpy's `cdist`.
    p = 2: one matrix product of centred rows (torch.cdist does not centre, and so loses all digits
    to an offset). p = 1: torch.cdist, which needs no memory beside the result: chunk_bytes, there
    for NumPy's sake, always holds.
    """
    x1, x2 = _float_pair("cdist", x1, x2, p)
    if p == 1:
        return torch.cdist(x1, x2, p=1.0)
    centre = _centre(x2)
    a, b = x1 - centre, x2 - centre
    norms1, norms2 = torch.linalg.vecdot(a, a), torch.linalg.vecdot(b, b)
    squares = _squared_distances(a, b, norms2)
    row, column = _cancelled(squares, norms1, norms2, x1.shape[1])
    if x1.dtype != (wide := _precision.wide(x1)) and len(row) > squares.numel() / 64:
        return cdist(x1.to(wide), x2.to(wide)).to(x1.dtype)
    squares[row, column] = _pair_squares(x1, x2, row, column)
    return squares.sqrt_()


def _squared_distances(x1, x2, norms2):
    """x1: (M, D), x2: (N, D), both centred, norms2: (N,) squared lengths of x2's rows -> (M, N)"""
    norms1 = torch.linalg.vecdot(x1, x1)[:, None]  # (M, 1)
    return torch.addmm(norms2, x1, x2.T, alpha=-2).add_(norms1).clamp_(min=0)


def _cancelled(squares, norms1, norms2, d):
    """Where too few digits are left of |a|² + |b|² - 2 a·b: (M, N), (M,), (N,) -> rows, columns"""
    info = torch.finfo(squares.dtype)
    share = _eps(squares) ** 0.25  # of the terms: a quarter of the digits at most is lost
    floor = d * info.tiny / info.eps  # products below it have lost digits of their own
    limit = share * (norms1 + norms2.max()) + floor
    row = (~(squares.amin(dim=1) > limit)).nonzero()[:, 0]  # ~ and >: NaN, of overflow, too
    near = ~(squares[row] > share * (norms1[row, None] + norms2) + floor)
    place, column = near.nonzero(as_tuple=True)
    return row[place], column


def _pair_squares(x1, x2, row, column):
    """|x1[row] - x2[column]|² by differences: (M, D), (N, D), (P,), (P,) -> (P,)

    No digits cancel, and equal rows give equal sums, to the last bit.
    """
    squares = x1.new_empty(len(row), dtype=torch.promote_types(x1.dtype, x2.dtype))
    size = max(1, 2**22 // x1.shape[1])  # pairs at a time
    for start in range(0, len(row), size):
        part = slice(start, start + size)
        difference = x1[row[part]].to(squares.dtype) - x2[column[part]]
        squares[part] = difference.square_().sum(dim=1)
    return squares


def _centre(x):
    """A point near the mean of x, rounded so that whole numbers stay exact: (N, D) -> (D,)"""
    spread = (x.amax(dim=0) - x.amin(dim=0)).max().item()
    step = 2.0 ** (math.frexp(spread)[1] - 8)
    return (x.mean(dim=0) / step).round() * step


def _exact_centre(x):
    """`_centre` of the columns that are far from 0 for their range, else 0: (N, D) -> (D,).

    x less this has not been rounded [Higham 2002, thm 2.5]: what is stored is as good as x.
    """
    centre = _centre(x)
    low, high = x.amin(dim=0), x.amax(dim=0)
    nearest, furthest = torch.minimum(low.abs(), high.abs()), torch.maximum(low.abs(), high.abs())
    far = (nearest >= 0.75 * centre.abs()) & (furthest <= 1.5 * centre.abs())
    return torch.where(far & (low.sign() == high.sign()), centre, torch.zeros_like(centre))


def _eps(x):
    """The rounding of x's matrix products: coarse, if the user lets float32 be cut off in them."""
    cut = x.dtype == torch.float32 and torch.get_float32_matmul_precision() != "highest"
    return 2.0**-7 if cut else torch.finfo(x.dtype).eps  # as bfloat16, the coarsest


# --- voting ---


def vote(distances, labels, k):
    """The most frequent label among the k nearest points [Fix & Hodges 1951].

    distances: (M, N) from M queries to N points, labels: (N,) integers -> (M,) int64
    Equal distances: the lower index is nearer. Equal votes: the smallest label wins.
    ValueError unless 1 <= k <= N, and for NaN distances.
    """
    distances, labels = torch.as_tensor(distances), torch.as_tensor(labels)
    _checks.check_matrix("vote", "distances", distances, "(M, N)")
    labels = _int_labels("vote", "labels", labels, distances.shape[1])
    _checks.check_k("vote", k, distances.shape[1])
    if distances.isnan().any():
        raise ValueError("vote: distances has NaN, which is neither near nor far; remove it first")
    return _majority(labels[_nearest(distances, k)])


def _majority(votes):
    """The most frequent of each row, the smallest of equals: (M, k) -> (M,)"""
    classes, column = torch.unique(votes, return_inverse=True)
    counts = votes.new_zeros(len(votes), len(classes))  # (M, K)
    counts.scatter_add_(1, column, torch.ones_like(column))
    return classes[counts.argmax(dim=1)]  # the first maximum wins


def _nearest(distances, k):
    """The k smallest of each row, nearest first, lower index first of equals: (M, N) -> (M, k)

    torch.topk alone breaks ties as it likes.
    """
    kth = distances.topk(k, largest=False).values[:, -1:]  # (M, 1)
    chosen = distances <= kth  # (M, N); more than k a row where others tie with the k-th
    tied = (chosen.sum(dim=1) > k).nonzero()[:, 0]
    if len(tied):
        nearer = distances[tied] < kth[tied]
        last = distances[tied] == kth[tied]
        room = k - nearer.sum(dim=1, keepdim=True)
        chosen[tied] = nearer | (last & (last.cumsum(dim=1) <= room))
    index = chosen.nonzero()[:, 1].reshape(len(distances), k)  # by rows, then columns
    order = distances.gather(1, index).argsort(dim=1, stable=True)
    return index.gather(1, order)


# --- k nearest neighbours ---


def _k_nearest(x1, x2, norms2, k, *, ordered=True):
    """The k nearest rows of x2 to each of x1, nearest first, of equals the lower index first.

    x1: (M, D), x2: (N, D), norms2: (N,) -> squares of the distances (M, k), index (M, k). The
    matrix product says which few may be among them, differences say which are. ordered: else only
    which they are counts, in whatever order, and the squares mean nothing.
    """
    near, sure = _candidates(x1, x2, norms2, k)
    row, column = near.nonzero(as_tuple=True)
    unsure = torch.ones_like(row, dtype=torch.bool) if ordered else ~sure[row, column]
    wide = _precision.wide(x1)
    squares = torch.full_like(row, -1, dtype=wide)  # before all others
    squares[unsure] = _pair_squares(x1, x2, row[unsure], column[unsure]).to(wide)
    order = _order(row, squares)
    if x1.dtype != wide:  # what float32 cannot order, float64 can
        info, ranked = torch.finfo(x1.dtype), squares[order]
        close = ~(ranked.diff() > 64 * info.eps * ranked[1:]) & (row[order].diff() == 0)
        again = F.pad(close, (0, 1)) | F.pad(close, (1, 0))
        again |= ~((ranked > x1.shape[1] * info.tiny / info.eps) & (ranked < torch.inf))
        again = order[again & unsure[order]]
        x1, at = x1[row[again]].to(wide), torch.arange(len(again), device=row.device)
        squares[again] = _pair_squares(x1, x2[column[again]], at, at)
        order = _order(row, squares)
    counts = near.sum(dim=1)
    first = order[(counts.cumsum(0) - counts)[:, None] + torch.arange(k, device=row.device)]
    return squares[first], column[first]  # (M, k)


def _order(row, squares):
    """By rows, then squares; equal ones stay in the order of their columns: (P,) -> (P,)"""
    order = squares.argsort(stable=True)
    return order[row[order].argsort(stable=True)]


def _candidates(x1, x2, norms2, k):
    """Who may be among the k nearest, for all that rounding can do, and who is: (M, N) bool, twice

    |a|² + |b|² - 2 a·b is off by at most about D roundings of |a|² + |b|² [Higham 2002, §3.5].
    """
    d, wide = x1.shape[1], _precision.wide(x1)
    norms1 = torch.linalg.vecdot(x1, x1).to(wide)  # its own error is the same for a whole row
    error = _distances.product_error(d, _eps(x1))
    parts = []  # of the lower bounds: of the error, b's part is taken off
    for block, norms in zip(*_blocks(x1, x2, norms2), strict=True):
        parts.append(_squared_distances(x1, block.to(x1.dtype), ((1 - error) * norms).to(x1.dtype)))
    low = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)  # (M, N)
    smallest = low.topk(min(k + 1, len(x2)), largest=False).values.to(wide)
    kth, after = smallest[:, k - 1], smallest[:, -1]
    # a neighbour is no longer than the query and their distance, and no longer than the longest
    reach = (kth + 8 * error * norms1).clamp(min=0) / max(1 - 4 * error, 1e-9)
    longest = torch.minimum((norms1.sqrt() + reach.sqrt()) ** 2, norms2.max())
    band = 2 * error * (1 + 2 * error) * (norms1 + longest)
    band = band + 4 * d * torch.finfo(x1.dtype).tiny  # for underflow
    near = ~(low > (kth + band).to(low.dtype)[:, None])  # ~ and >: NaN, of overflow, may be
    sure = low < (after - band).to(low.dtype)[:, None]  # fewer than k others can be nearer
    if x1.dtype != wide:
        # so many differences take longer than a product in float64, which tells more apart
        many = (near.sum(dim=1) > k + 32 + len(x2) // 32).nonzero()[:, 0]
        if len(many):
            near[many], sure[many] = _candidates(x1[many].to(wide), x2, norms2, k)
    return near, sure


def _blocks(x1, x2, norms2):
    """x2 and norms2 in parts: one, or, if x2 has to be converted, such as fit into 64 MiB."""
    size = len(x2) if x1.dtype == x2.dtype else max(1, 2**23 // x2.shape[1])
    return x2.split(size), norms2.split(size)


class KNeighborsClassifier:
    """k nearest neighbours: keep the training set, let the nearest vote [Cover & Hart 1967].

    k: number of neighbours; p: 1 or 2, the distance of `cdist`.
    fit sets x_: (N, D) training points less centre_: (D,), and y_: (N,) int64 labels, on x's
    device, where queries must be too.
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
        y = _int_labels("KNeighborsClassifier.fit", "y", y, len(x)).to(x.device)
        centre = _exact_centre(x)
        return self._keep(x - centre, y, centre)

    def kneighbors(self, x, k=None):
        """The k nearest training points of each row of x, nearest first.

        x: (M, D) or (M, C, H, W) -> distances (M, k), indices (M, k) int64
        Equal distances: lower index first; also those to equal rows.
        """
        x, k = self._query("kneighbors", x, k)
        found = [self._nearest(tile, k) for tile in self._tiles(x)]
        distances, indices = (torch.cat(parts) for parts in zip(*found, strict=True))
        return (distances if self.p == 1 else distances.sqrt()).to(x.dtype), indices

    def predict(self, x, k=None):
        """The label that `vote` gives each row of x: (M, D) or (M, C, H, W) -> (M,) int64"""
        x, k = self._query("predict", x, k)
        tiles = self._tiles(x)
        return torch.cat(
            [_majority(self.y_[self._nearest(tile, k, ordered=False)[1]]) for tile in tiles]
        )

    def score(self, x, y, k=None):
        """The share of x: (M, D) or (M, C, H, W) that gets its label in y: (M,)."""
        predicted = self.predict(x, k)
        y = _int_labels("KNeighborsClassifier.score", "y", y, len(predicted))
        return (predicted == y.to(predicted.device)).cpu().double().mean().item()

    def state_dict(self):
        """What fit has learned, by name, as tensors."""
        self._check_fitted("state_dict")
        return {"x": self.x_, "y": self.y_, "centre": self.centre_}

    def load_state_dict(self, state):
        """Take over a `state_dict`, of this class or of its NumPy twin."""
        return self._keep(*(_copy(state[name]) for name in ("x", "y", "centre")))

    def _keep(self, x, y, centre):
        self.x_, self.y_, self.centre_ = x, y, centre
        wide = _precision.wide(x)  # in parts, for a copy of x in float64 may not fit into memory
        parts = (part.to(wide).square().sum(dim=1) for part in x.split(2**23 // x.shape[1] + 1))
        self._norms = torch.cat(list(parts))  # (N,)
        return self

    def _query(self, method, x, k):
        self._check_fitted(method)
        caller = f"KNeighborsClassifier.{method}"
        x = _float_rows(caller, x)
        _checks.check_columns(caller, x, self.x_.shape[1])
        _check_device(caller, x, self.x_)
        k = self.k if k is None else k
        _checks.check_k(caller, k, len(self.x_))
        x = x - self.centre_
        return x.to(torch.promote_types(x.dtype, self.x_.dtype)), k

    def _tiles(self, x):
        """Some queries at a time, for their distances (m, N) to fit into _tile_bytes."""
        return x.split(max(1, self._tile_bytes // (len(self.x_) * x.itemsize)))

    def _nearest(self, x, k, *, ordered=True):
        """x: (m, D), as x_ -> distances (p = 2: their squares) (m, k), indices (m, k)"""
        if self.p == 2:
            return _k_nearest(x, self.x_, self._norms, k, ordered=ordered)
        distances = cdist(x, self.x_, p=1)
        index = _nearest(distances, k)
        return distances.gather(1, index), index

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
        rng is NumPy's, so that both libraries see the same batches.
        """
        x = _float_rows("LinearClassifier.fit", x)
        y = _int_labels("LinearClassifier.fit", "y", y, len(x)).to(x.device)
        if y.min() < 0:
            raise ValueError(f"LinearClassifier.fit: y has {y.min()}; labels count from 0")
        classes = int(y.max()) + 1
        weight = x.new_zeros(classes, x.shape[1]).requires_grad_()
        bias = x.new_zeros(classes).requires_grad_()
        optimizer = torch.optim.SGD([weight, bias], lr=self.lr, momentum=self.momentum)
        starts = range(0, len(x), self.batch_size)
        self.losses_ = torch.zeros(self.epochs, dtype=torch.float64)
        for epoch in range(self.epochs):
            order = torch.from_numpy(rng.permutation(len(x))).to(x.device)
            for step, start in enumerate(starts):
                batch = order[start : start + self.batch_size]
                loss = _LOSSES[self.loss](x[batch] @ weight.T + bias, y[batch])
                loss = loss + self.weight_decay / 2 * (weight**2).sum()
                optimizer.zero_grad()
                loss.backward()
                lr = self.lr * (1 - (epoch + step / len(starts)) / self.epochs)
                optimizer.param_groups[0]["lr"] = lr
                optimizer.step()
                self.losses_[epoch] += loss.item() / len(starts)
        self.weight, self.bias = weight.detach(), bias.detach()
        return self

    def decision_function(self, x):
        """x: (M, D) or (M, C, H, W) -> scores (M, K)"""
        return self._scores("decision_function", x)

    def predict(self, x):
        """The class with the largest score, the smallest of equals: x -> (M,) int64"""
        return self._scores("predict", x).argmax(dim=1)

    def score(self, x, y):
        """The share of x: (M, D) or (M, C, H, W) that gets its label in y: (M,)."""
        predicted = self._scores("score", x).argmax(dim=1)
        y = _int_labels("LinearClassifier.score", "y", y, len(predicted))
        return (predicted == y.to(predicted.device)).cpu().double().mean().item()

    def state_dict(self):
        """What fit has learned, by name, as tensors: torch.nn.Linear takes it as it is."""
        self._check_fitted("state_dict")
        return {"weight": self.weight, "bias": self.bias}

    def load_state_dict(self, state):
        """Take over a `state_dict`, of this class, of its NumPy twin or of torch.nn.Linear."""
        self.weight, self.bias = (_copy(state[name]) for name in ("weight", "bias"))
        return self

    def _scores(self, method, x):
        self._check_fitted(method)
        x = _float_rows(f"LinearClassifier.{method}", x)
        _checks.check_columns(f"LinearClassifier.{method}", x, self.weight.shape[1])
        _check_device(f"LinearClassifier.{method}", x, self.weight)
        dtype = torch.promote_types(x.dtype, self.weight.dtype)
        return x.to(dtype) @ self.weight.to(dtype).T + self.bias

    def _check_fitted(self, method):
        if not hasattr(self, "weight"):
            raise RuntimeError(f"LinearClassifier.{method}: call fit(x, y, rng=rng) first")


def _hinge(scores, y):
    """mean of the sum over wrong classes of max(0, 1 + score - right score) [Weston & Watkins 1999]

    scores: (N, K), y: (N,) -> ()
    """
    margins = 1 + scores - scores.gather(1, y[:, None])  # (N, K)
    return F.relu(margins.scatter(1, y[:, None], 0)).sum() / len(y)


_LOSSES = {"hinge": _hinge, "cross_entropy": F.cross_entropy}

# --- what goes in ---


def _as_float(caller, name, x):
    """float32 and float64 as they are, integers as float64 (uint8 would wrap); no NaN, no infinity.

    On a device that has no float64, integers as float32. float16, bfloat16 and complex numbers are
    refused.
    """
    if not (x.is_floating_point() or x.is_complex()):
        return x.to(_precision.wide(x))
    if x.dtype not in (torch.float32, torch.float64):
        dtype = str(x.dtype).removeprefix("torch.")
        raise TypeError(f"{caller}: {name} is {dtype}; pass float32, float64 or integers")
    if not torch.stack(x.aminmax()).isfinite().all():  # 30 times as fast as x.isfinite().all()
        raise ValueError(f"{caller}: {name} has NaN or infinite values; remove or replace them")
    return x


def _float_pair(caller, x1, x2, p):
    x1, x2 = torch.as_tensor(x1), torch.as_tensor(x2)
    _checks.check_pair(caller, x1, x2, p)
    _check_device(caller, x1, x2)
    x1, x2 = _as_float(caller, "x1", x1), _as_float(caller, "x2", x2)
    dtype = torch.promote_types(x1.dtype, x2.dtype)
    return x1.to(dtype), x2.to(dtype)


def _float_rows(caller, x):
    x = torch.as_tensor(x)
    _checks.check_images(caller, x)
    return _as_float(caller, "x", x).reshape(len(x), -1)  # (N, C, H, W) -> (N, C*H*W)


def _int_labels(caller, name, labels, n):
    labels = torch.as_tensor(labels)
    _checks.check_labels(caller, name, labels, n)
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        dtype = str(labels.dtype).removeprefix("torch.")
        raise TypeError(f"{caller}: {name} is {dtype}; labels must be integers")
    return labels.long()


def _check_device(caller, x, other):
    if x.device != other.device:
        raise ValueError(
            f"{caller}: one input is on {x.device}, the other on {other.device}; move one of them"
        )


def _copy(value):
    return torch.as_tensor(value).detach().clone()
