"""Right answers to assignment 2, written in other ways than the solution: all get full marks."""

import numpy as np

from autograder.authoring.catalogue import alternative


@alternative("linear_scores")
def added_bias(x, weight):
    """Without the trick: a product and a bias."""
    n = x.shape[0]
    return np.dot(x.reshape(n, -1).astype(weight.dtype), weight[:, :-1].T) + weight[:, -1]


@alternative("linear_scores")
def by_einsum(x, weight):
    """einsum over the features of a padded array."""
    rows = np.ones((len(x), weight.shape[1]), dtype=weight.dtype)
    rows[:, :-1] = x.reshape(len(x), -1)
    return np.einsum("nd,kd->nk", rows, weight)


@alternative("svm_loss")
def with_a_mask(x, y, weight, bias, delta, reg):
    """Δ is added through a one-hot mask."""
    own = np.eye(len(weight), dtype=bool)[y]
    scores = np.dot(x, weight.T) + bias[None, :]
    margins = np.maximum(0, scores - scores[own][:, np.newaxis] + delta)
    margins[own] = 0.0
    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1.0
    mask[own] = -np.sum(mask, axis=1)
    dweight = mask.T.dot(x) / x.shape[0] + 2 * reg * weight
    loss = np.sum(margins) / x.shape[0] + reg * np.sum(weight * weight)
    return loss, dweight, np.sum(mask, axis=0) / x.shape[0]


@alternative("svm_loss")
def along_an_axis(x, y, weight, bias, delta, reg):
    """take_along_axis, and the right class counted and taken off again."""
    y = y.astype(np.int64)[:, None]
    scores = x @ weight.T + bias
    margins = (scores - np.take_along_axis(scores, y, axis=1) + delta).clip(min=0)
    loss = (margins.sum(axis=1) - delta).mean() + reg * np.square(weight).sum()
    dscores = np.sign(margins)
    np.put_along_axis(dscores, y, 0, axis=1)
    np.put_along_axis(dscores, y, -dscores.sum(axis=1, keepdims=True), axis=1)
    dscores /= len(x)
    return float(loss), np.einsum("nk,nd->kd", dscores, x) + 2 * reg * weight, dscores.sum(0)


@alternative("svm_loss")
def loop_over_classes(x, y, weight, bias, delta, reg):
    """A loop over the classes, which may be."""
    scores, n = x @ weight.T + bias, np.arange(len(y))
    own, loss = scores[n, y], reg * (weight**2).sum()
    dscores = np.zeros_like(scores)
    for k in range(len(weight)):
        margin = np.where(y == k, 0, scores[:, k] - own + delta)
        loss += np.maximum(margin, 0).sum() / len(y)
        dscores[:, k] += (margin > 0) / len(y)
        dscores[n, y] -= (margin > 0) / len(y)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@alternative("softmax_loss")
def log_softmax(x, y, weight, bias, reg):
    """Log-probabilities first, the exponential of them for the slopes."""
    scores = x @ weight.T + bias
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    right = np.eye(len(weight))[y]
    dscores = (np.exp(log_p) - right) / len(x)
    loss = -log_p[right == 1].mean() + reg * np.sum(weight**2)
    return loss, dscores.T @ x + 2 * reg * weight, dscores.sum(axis=0)


@alternative("softmax_loss")
def shifted_by_the_right_score(x, y, weight, bias, reg):
    """Shift, sum, logarithm, written out with keepdims."""
    num = x.shape[0]
    scores = np.dot(x, weight.T) + bias
    top = np.amax(scores, axis=1, keepdims=True)
    exps = np.exp(scores - top)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    right = scores[range(num), y].reshape(-1, 1)
    loss = np.sum(top - right + np.log(np.sum(exps, axis=1, keepdims=True))) / num
    loss += reg * np.sum(weight * weight)
    probs[range(num), y] -= 1
    return loss, np.dot(probs.T, x) / num + 2 * reg * weight, np.mean(probs, axis=0)


@alternative("margin_losses")
def piece_by_piece(margins):
    """Empty arrays, filled with np.where; the logistic loss by the sign of the margin."""
    m = np.asarray(margins, dtype=float)
    losses, slopes = np.zeros((3, len(m))), np.zeros((3, len(m)))
    losses[0] = np.where(m < 0, -m, 0)
    losses[1] = np.where(m < 1, 1 - m, 0)
    small = np.exp(-np.abs(m))
    losses[2] = np.maximum(0, -m) + np.log1p(small)
    slopes[0, m <= 0] = -1
    slopes[1, m < 1] = -1
    slopes[2] = -np.where(m > 0, small, 1) / (1 + small)
    return losses, slopes


@alternative("margin_losses")
def with_tanh(margins):
    """The logistic slope by tanh."""
    m = 1.0 * margins
    zero = np.zeros(m.shape)
    losses = np.array([np.maximum(zero, -m), np.maximum(zero, 1 - m), np.logaddexp(zero, -m)])
    slopes = np.array([(m > 0) - 1.0, (m >= 1) - 1.0, (np.tanh(m / 2) - 1) / 2])
    return losses, slopes


@alternative("margin_losses")
def overflow_to_infinity(margins):
    """1 / (1 + inf) is 0, which is right, though NumPy warns."""
    m = margins.astype(np.float64)
    losses = np.stack([np.maximum(0, -m), np.maximum(0, 1 - m), np.logaddexp(0, -m)])
    return losses, np.stack(
        [np.where(m <= 0, -1.0, 0), np.where(m < 1, -1.0, 0), -1 / (1 + np.exp(m))]
    )


@alternative("grad_check")
def all_slopes_first(f, x, gradient):
    """All slopes, then one comparison."""
    if np.shape(gradient) != x.shape:
        return False
    z = np.array(x, dtype=float)
    slopes = np.zeros(z.shape)
    it = np.nditer(z, flags=["multi_index"])
    for _ in it:
        i, old = it.multi_index, z[it.multi_index]
        z[i] = old + 1e-5
        above = f(z)
        z[i] = old - 1e-5
        slopes[i] = (above - f(z)) / 2e-5
        z[i] = old
    return np.allclose(gradient, slopes, rtol=2e-6, atol=1e-9 * abs(f(z)))


@alternative("grad_check")
def flat_and_relative(f, x, gradient):
    """Flattened, with a relative error and a floor; h = 2e-5."""
    if gradient.shape != x.shape or not np.isfinite(gradient).all():
        return False
    flat, h = x.astype(np.float64).ravel(), 2e-5
    floor = 1e-3 * abs(f(flat.reshape(x.shape)))
    for i, claimed in enumerate(gradient.ravel()):
        step = np.zeros(flat.size)
        step[i] = h
        up, down = f((flat + step).reshape(x.shape)), f((flat - step).reshape(x.shape))
        slope = (up - down) / (2 * h)
        size = max(abs(slope), abs(claimed), floor)
        if size > 0 and abs(claimed - slope) / size > 3e-6:
            return False
    return True


@alternative("sgd")
def rate_in_the_velocity(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """The learning rate inside the velocity, copies in place of new arrays."""
    weight, bias = weight.copy(), bias.copy()
    vw, vb = np.zeros(weight.shape), np.zeros(bias.shape)
    history, lowest, best = np.zeros(epochs), np.inf, None
    for epoch in range(epochs):
        order = rng.permutation(x.shape[0])
        for part in np.split(order, np.arange(batch_size, len(order), batch_size)):
            _, dw, db = loss(x[part], y[part], weight, bias)
            vw = momentum * vw - lr * dw
            vb = momentum * vb - lr * db
            weight += vw
            bias += vb
        history[epoch] = loss(x, y, weight, bias)[0]
        if history[epoch] < lowest:
            lowest, best = history[epoch], (weight.copy(), bias.copy())
    return best[0], best[1], history


@alternative("sgd")
def shuffled_copies(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """Both arrays shuffled at the start of the epoch, parameters in a list."""
    parameters, velocities = [weight, bias], [0 * weight, 0 * bias]
    snapshots, history = [], []
    for _ in range(epochs):
        order = rng.permutation(len(y))
        xs, ys = x[order], y[order]
        start = 0
        while start < len(y):
            stop = start + batch_size
            slopes = loss(xs[start:stop], ys[start:stop], *parameters)[1:]
            velocities = [momentum * v + g for v, g in zip(velocities, slopes, strict=True)]
            parameters = [p - lr * v for p, v in zip(parameters, velocities, strict=True)]
            start = stop
        snapshots.append(parameters)
        history.append(loss(x, y, *parameters)[0])
    best = history.index(min(history))
    return snapshots[best][0], snapshots[best][1], np.array(history)


@alternative("line_search")
def by_polynomial(coefficients, shrink, c):
    """numpy.polynomial, and the real roots by their imaginary part."""
    energy = np.polynomial.Polynomial(coefficients)
    slope = energy.deriv()(0.0)
    if not slope < 0:
        raise ValueError("the direction does not go down")
    n = 0
    while energy(shrink**n) > energy(0.0) + c * shrink**n * slope:
        n += 1
    candidates = [r.real for r in energy.deriv().roots() if abs(r.imag) < 1e-9 and r.real > 0]
    return shrink**n, float(min(candidates, key=energy))


@alternative("line_search")
def values_compared(coefficients, shrink, c):
    """np.polyval on all roots at once, an endless loop with a return."""
    high_first = np.asarray(coefficients, dtype=float)[::-1]
    slope = coefficients[1]
    if slope >= 0:
        raise ValueError("slope must be negative")
    roots = np.roots(np.polyder(high_first))
    roots = np.real(roots[np.abs(np.imag(roots)) < 1e-10])
    roots = roots[roots > 0]
    exact = roots[np.argmin(np.polyval(high_first, roots))]
    t = 1
    while True:
        if np.polyval(high_first, t) <= coefficients[0] + c * t * slope:
            return float(t), exact
        t = t * shrink


@alternative("line_search")
def more_places(coefficients, shrink, c):
    """The real parts of complex roots are compared as well: they are never better than the best."""
    c0, c1, c2, c3, c4 = coefficients
    if c1 >= 0:
        raise ValueError("c1 must be negative")

    def phi(t):
        return c0 + t * (c1 + t * (c2 + t * (c3 + t * c4)))

    steps = [1.0]
    while phi(steps[-1]) - c0 > c * steps[-1] * c1:
        steps.append(steps[-1] * shrink)
    return steps[-1], min(
        (t for t in np.roots([4 * c4, 3 * c3, 2 * c2, c1]).real if t > 0), key=phi
    )


@alternative("perceptron")
def weights_and_bias(x, y, max_epochs):
    """A bias of its own, joined at the end."""
    x, y = x.astype(float), y.astype(float)
    w, b, count = np.zeros(x.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        mistakes = 0
        for i in range(len(x)):
            if y[i] * (np.dot(w, x[i]) + b) <= 0:
                w = w + y[i] * x[i]
                b = b + y[i]
                mistakes += 1
        count += mistakes
        if mistakes == 0:
            break
    return np.append(w, b), count


@alternative("perceptron")
def signed_points(x, y, max_epochs):
    """The labels are multiplied into the points beforehand."""
    signed = y[:, None] * np.c_[x.astype(np.float64), np.ones(len(x))]
    w, added = np.zeros(signed.shape[1]), []
    epoch, clean = 0, False
    while epoch < max_epochs and not clean:
        clean = True
        for p in signed:
            if p @ w <= 0:
                w, clean = w + p, False
                added.append(p)
        epoch += 1
    return w, len(added)


@alternative("kernel_perceptron")
def running_scores(kernel, x, y, x_test, max_epochs):
    """The scores of all points are kept up to date."""
    gram, f = kernel(x, x), np.zeros(len(x))
    counts = np.zeros(len(x), dtype=int)
    for _ in range(max_epochs):
        clean = True
        for i, t in enumerate(y):
            if t * f[i] <= 0:
                counts[i] += 1
                f = f + t * gram[i]
                clean = False
        if clean:
            break
    return counts, (counts * y) @ kernel(x, x_test)


@alternative("kernel_perceptron")
def one_call(kernel, x, y, x_test, max_epochs):
    """One call of the kernel for both sets."""
    table = kernel(np.vstack([x, x_test]), x)
    gram, rest = table[: len(x)], table[len(x) :]
    counts = [0] * len(x)
    for _ in range(max_epochs):
        wrong = 0
        for i in range(len(x)):
            f = sum(counts[j] * y[j] * gram[i, j] for j in range(len(x)))
            if y[i] * f <= 0:
                counts[i] += 1
                wrong += 1
        if wrong == 0:
            break
    return np.array(counts), rest @ (np.array(counts) * y).astype(float)


@alternative("kernel_pca")
def centring_matrix(x, x_test, gamma, components):
    """Centring by matrices of 1/N, as in the paper."""

    def rbf(a, b):
        squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        return np.exp(-gamma * np.maximum(squares, 0))

    n = len(x)
    k, k_test = rbf(x, x), rbf(x_test, x)
    one, one_test = np.full((n, n), 1 / n), np.full((len(x_test), n), 1 / n)
    kc = k - one @ k - k @ one + one @ k @ one
    kc_test = k_test - one_test @ k - k_test @ one + one_test @ k @ one
    w, v = np.linalg.eigh(kc)
    order = np.argsort(-w)[:components]
    alpha = v[:, order] / np.sqrt(w[order])
    return kc @ alpha, kc_test @ alpha


@alternative("kernel_pca")
def by_svd(x, x_test, gamma, components):
    """SVD of the centred table; the training coordinates are √λ times the eigenvectors."""
    k = np.array([[np.exp(-gamma * ((a - b) ** 2).sum()) for b in x] for a in x])
    t = np.array([[np.exp(-gamma * ((a - b) ** 2).sum()) for b in x] for a in x_test])
    h = np.eye(len(x)) - 1 / len(x)
    u, s, _ = np.linalg.svd(h @ k @ h)
    u, s = u[:, :components], s[:components]
    return u * np.sqrt(s), (t - k.mean(axis=0)) @ h @ u / np.sqrt(s)


@alternative("kernel_pca")
def without_the_grand_mean(x, x_test, gamma, components):
    """The mean of the whole table is left out: it is at right angles to all directions."""
    k = np.exp(-gamma * np.square(x[:, None, :] - x[None, :, :]).sum(axis=-1))
    t = np.exp(-gamma * np.square(x_test[:, None, :] - x[None, :, :]).sum(axis=-1))
    means = k.mean(axis=0)
    k, t = k - k.mean(axis=1, keepdims=True) - means, t - t.mean(axis=1, keepdims=True) - means
    w, v = np.linalg.eigh(k)
    v = v[:, ::-1][:, :components] / np.sqrt(w[::-1][:components])
    return k @ v, t @ v


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


@alternative("sgd")
def one_flat_vector(loss, x, y, weight, bias, *, lr, momentum, batch_size, epochs, rng):
    """All parameters in one flat vector."""
    flat = np.concatenate([weight.ravel(), bias.ravel()])
    velocity, split = np.zeros(flat.size), weight.size

    def parts(vector):
        return vector[:split].reshape(weight.shape), vector[split:].reshape(bias.shape)

    history, best = [], flat
    for _ in range(epochs):
        indices = rng.permutation(len(x))
        steps = -(-len(x) // batch_size)
        for i in range(steps):
            batch = indices[i * batch_size : (i + 1) * batch_size]
            _, dweight, dbias = loss(x[batch], y[batch], *parts(flat))
            velocity *= momentum
            velocity += np.concatenate([dweight.ravel(), dbias.ravel()])
            flat = flat - lr * velocity
        history.append(float(loss(x, y, *parts(flat))[0]))
        if history[-1] < min(history[:-1], default=np.inf):
            best = flat
    return *parts(best), np.array(history)


@alternative("perceptron")
def signs_compared(x, y, max_epochs):
    """The sign of the score is compared with the label: the sign of 0 is neither."""
    ones = np.column_stack([x, np.ones(len(x))])
    weight, log = np.zeros(ones.shape[1]), [1]
    while log[-1] and len(log) <= max_epochs:
        log.append(0)
        for i in range(len(ones)):
            if np.sign(ones[i] @ weight) != y[i]:
                weight = weight + ones[i] * float(y[i])
                log[-1] += 1
    return weight, sum(log[1:])


@alternative("grad_check")
def largest_error(f, x, gradient):
    """The largest error in units of what is allowed; a step in proportion to x."""
    if x.shape != gradient.shape:
        return False
    x = np.asarray(x, dtype=np.float64)
    size, worst = abs(f(x)), 0.0
    for index in np.ndindex(*x.shape):
        h = 1e-5 * max(1.0, abs(x[index]))
        basis = np.zeros(x.shape)
        basis[index] = h
        slope = (f(x + basis) - f(x - basis)) / (2 * h)
        allowed = 2e-6 * max(abs(slope), abs(gradient[index])) + 5e-10 * size
        error = abs(gradient[index] - slope)
        if not np.isfinite(error) or error > allowed:
            worst = np.inf
    return bool(worst == 0.0)


@alternative("margin_losses")
def large_margins_apart(margins):
    """A far margin's logistic loss is −m itself."""
    m = np.array(margins, dtype=np.float64)
    near = np.clip(m, -40, 40)
    logistic = np.where(m < -40, -m, np.log(1 + np.exp(-near)))
    slope = -1 / (1 + np.exp(near))
    losses = [np.maximum(0, -m), np.maximum(0, 1 - m), logistic]
    return np.array(losses), np.array([-(m <= 0).astype(float), -(m < 1).astype(float), slope])
