"""Classifiers on feature vectors, on any device: the torch mirror of cs_lib.numpy.classifiers."""

import math

import torch
from torch.nn import functional as F

from cs_lib._shared import checks as _checks

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
    x1, x2 = x1 - centre, x2 - centre
    return _squared_distances(x1, x2, torch.linalg.vecdot(x2, x2)).sqrt_()


def _squared_distances(x1, x2, norms2):
    """x1: (M, D), x2: (N, D), both centred, norms2: (N,) squared lengths of x2's rows -> (M, N)"""
    norms1 = torch.linalg.vecdot(x1, x1)[:, None]  # (M, 1)
    return torch.addmm(norms2, x1, x2.T, alpha=-2).add_(norms1).clamp_(min=0)


def _centre(x):
    """A point near the mean of x, rounded so that whole numbers stay exact: (N, D) -> (D,)"""
    spread = (x.amax(dim=0) - x.amin(dim=0)).max().item()
    step = 2.0 ** (math.frexp(spread)[1] - 8)
    return (x.mean(dim=0) / step).round() * step


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
    votes = labels[_nearest(distances, k)]  # (M, k)
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


class KNeighborsClassifier:
    """k nearest neighbours: keep the training set, let the nearest vote [Cover & Hart 1967].

    k: number of neighbours; p: 1 or 2, the distance of `cdist`.
    fit sets x_: (N, D) training points less centre_: (D,), and y_: (N,) int64 labels, on x's
    device, where queries must be too.
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
        centre = _centre(x)
        return self._keep(x - centre, y, centre)

    def kneighbors(self, x, k=None):
        """The k nearest training points of each row of x, nearest first.

        x: (M, D) or (M, C, H, W) -> distances (M, k), indices (M, k) int64
        Equal distances: lower index first.
        """
        distances, indices = [], []
        x, k = self._query("kneighbors", x, k)
        for tile in self._tiles(x):
            index = _nearest(tile, k)
            nearest = tile.gather(1, index)
            distances.append(nearest if self.p == 1 else nearest.sqrt())
            indices.append(index)
        return torch.cat(distances), torch.cat(indices)

    def predict(self, x, k=None):
        """The label that `vote` gives each row of x: (M, D) or (M, C, H, W) -> (M,) int64"""
        x, k = self._query("predict", x, k)
        return torch.cat([vote(tile, self.y_, k) for tile in self._tiles(x)])

    def score(self, x, y, k=None):
        """The share of x: (M, D) or (M, C, H, W) that gets its label in y: (M,)."""
        predicted = self.predict(x, k)
        y = _int_labels("KNeighborsClassifier.score", "y", y, len(predicted))
        return (predicted == y.to(predicted.device)).double().mean().item()

    def state_dict(self):
        """What fit has learned, by name, as tensors."""
        self._check_fitted("state_dict")
        return {"x": self.x_, "y": self.y_, "centre": self.centre_}

    def load_state_dict(self, state):
        """Take over a `state_dict`, of this class or of its NumPy twin."""
        return self._keep(*(_copy(state[name]) for name in ("x", "y", "centre")))

    def _keep(self, x, y, centre):
        self.x_, self.y_, self.centre_ = x, y, centre
        self._norms = torch.linalg.vecdot(x, x)  # (N,)
        return self

    def _query(self, method, x, k):
        self._check_fitted(method)
        caller = f"KNeighborsClassifier.{method}"
        x = _float_rows(caller, x)
        _checks.check_columns(caller, x, self.x_.shape[1])
        _check_device(caller, x, self.x_)
        k = self.k if k is None else k
        _checks.check_k(caller, k, len(self.x_))
        return x - self.centre_, k

    def _tiles(self, x):
        """Distances (m, N) of some queries at a time; p = 2: their squares, in the same order."""
        trained, norms = (
            t.to(torch.promote_types(x.dtype, t.dtype)) for t in (self.x_, self._norms)
        )
        x = x.to(trained.dtype)
        for tile in x.split(max(1, self._tile_bytes // (len(trained) * x.itemsize))):
            if self.p == 1:
                yield cdist(tile, trained, p=1)
            else:
                yield _squared_distances(tile, trained, norms)

    def _check_fitted(self, method):
        if not hasattr(self, "x_"):
            raise RuntimeError(f"KNeighborsClassifier.{method}: call fit(x, y) first")


# --- a linear classifier ---


class LinearClassifier:
    """Scores x @ weight.T + bias, the largest wins; trained by minibatch SGD with momentum.

    loss: "hinge", the multiclass one of [Crammer & Singer 2001], or "cross_entropy" of the softmax.
    To it comes weight_decay/2 · |weight|². The other defaults suit standardised features.
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
        return (predicted == y.to(predicted.device)).double().mean().item()

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
    """mean of max(0, 1 + best wrong score - right score): scores (N, K), y (N,) -> ()"""
    right = scores.gather(1, y[:, None])  # (N, 1)
    wrong = scores.scatter(1, y[:, None], -torch.inf)
    rival = wrong.gather(1, wrong.argmax(dim=1, keepdim=True))  # the first of equals, as in NumPy
    return F.relu(1 + rival - right).mean()


_LOSSES = {"hinge": _hinge, "cross_entropy": F.cross_entropy}

# --- what goes in ---


def _as_float(caller, name, x):
    """float32 and float64 as they are, integers as float64 (uint8 would wrap); no NaN, no infinity.

    float16, bfloat16 and complex numbers are refused.
    """
    if not (x.is_floating_point() or x.is_complex()):
        return x.double()
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
