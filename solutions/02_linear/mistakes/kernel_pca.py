"""Wrong answers to `kernel_pca` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "kernel_pca",
    hint="Variance is measured from the mean. In the space of the kernel the mean is not 0: centre the table of inner products.",
    read="sec-linear-kernel-pca",
)
def not_centred(x, x_test, gamma, components):
    """The kernel is not centred."""
    return _pca(x, x_test, gamma, components, centre=lambda k, gram: k)


@mistake(
    "kernel_pca",
    hint="Your table is centred along one axis only. In a table of inner products of centred points, the rows and the columns have the mean 0: look at both in yours.",
    read="sec-linear-kernel-pca",
)
def rows_centred_only(x, x_test, gamma, components):
    """The table is centred along one of its axes only."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: k - k.mean(axis=1, keepdims=True),
    )


@mistake(
    "kernel_pca",
    corner="test points",
    hint="The mean is learned, and like everything that is learned it is that of the training points.",
    read="sec-linear-kernel-pca",
)
def own_mean_for_test(x, x_test, gamma, components):
    """The test points are centred on their own mean."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: k - k.mean(axis=1, keepdims=True) - k.mean(axis=0) + k.mean(),
    )


@mistake(
    "kernel_pca",
    corner="test points",
    hint="The training points are right; the table of the test points was not centred before the projection.",
    read="sec-linear-kernel-pca",
)
def test_not_centred(x, x_test, gamma, components):
    """The test points are not centred."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        centre=lambda k, gram: (
            k - k.mean(axis=1, keepdims=True) - gram.mean(axis=0) + gram.mean() if k is gram else k
        ),
    )


@mistake(
    "kernel_pca",
    hint="np.linalg.eigh sorts from the smallest to the largest. You have the directions in which nothing happens.",
    read="sec-linear-kernel-pca",
)
def smallest_first(x, x_test, gamma, components):
    """The directions of the smallest variance are taken."""
    return _pca(x, x_test, gamma, components, pick=lambda n: slice(0, n))


@mistake(
    "kernel_pca",
    hint="The directions are the right ones, in the wrong order: the largest variance should come first.",
    read="sec-linear-kernel-pca",
)
def largest_last(x, x_test, gamma, components):
    """The largest variance comes last."""
    return _pca(x, x_test, gamma, components, pick=lambda n: slice(-n, None))


@mistake(
    "kernel_pca",
    hint="You return eigenvectors of length 1. The direction in the space of the kernel should have length 1, and a coordinate is a projection on it.",
    read="sec-linear-kernel-pca",
)
def unit_eigenvectors(x, x_test, gamma, components):
    """Coordinates are entries of the eigenvectors."""
    return _pca(x, x_test, gamma, components, scale=lambda v: v)


@mistake(
    "kernel_pca",
    hint="The projection is on Σ αᵢ φ(xᵢ) with |α| = 1. Its length is √λ, not 1: divide.",
    read="sec-linear-kernel-pca",
)
def direction_too_long(x, x_test, gamma, components):
    """The directions do not have length 1."""
    return _pca(x, x_test, gamma, components, scale=np.ones_like)


@mistake(
    "kernel_pca",
    hint="The eigenvalue is the square of a length. Divide by its root.",
    read="sec-linear-kernel-pca",
)
def multiplied_by_root(x, x_test, gamma, components):
    """The eigenvectors are multiplied with the root of the eigenvalue."""
    return _pca(x, x_test, gamma, components, scale=lambda v: 1 / np.sqrt(v))


@mistake(
    "kernel_pca",
    hint="The eigenvalues should be squares of lengths, and yours are below 0: near points should be more alike than distant ones, and each most like itself. Look at the sign of the exponent.",
    read="sec-linear-kernel",
)
def gamma_sign(x, x_test, gamma, components):
    """The kernel grows with the distance."""
    gram = np.exp(gamma * ((x[:, None] - x) ** 2).sum(axis=2))
    others = np.exp(gamma * ((x_test[:, None] - x) ** 2).sum(axis=2))
    values, vectors = np.linalg.eigh(_doubly_centred(gram, gram))
    with np.errstate(all="ignore"):
        alpha = vectors[:, ::-1][:, :components] / np.sqrt(values[::-1][:components])
    return _doubly_centred(gram, gram) @ alpha, _doubly_centred(others, gram) @ alpha


@mistake(
    "kernel_pca",
    hint="The exponent has the distance in it, not its square.",
    read="sec-linear-kernel",
)
def distance_not_squared(x, x_test, gamma, components):
    """The distance in the kernel is not squared."""
    return _pca(
        x,
        x_test,
        gamma,
        components,
        kernel=lambda a, b: np.exp(-gamma * np.sqrt(((a[:, None] - b) ** 2).sum(axis=2))),
    )


@mistake(
    "kernel_pca",
    hint="You divide by 2σ². This kernel has a factor γ: e to the −γ times the square.",
    read="sec-linear-kernel",
)
def gamma_as_width(x, x_test, gamma, components):
    """γ is taken for the width σ."""
    return _pca(x, x_test, 1 / (2 * gamma**2), components)


@mistake(
    "kernel_pca",
    hint="The kernel is missing: these are the principal components of the points themselves.",
    read="sec-linear-kernel-pca",
)
def linear_components(x, x_test, gamma, components):
    """The components are those of the points, without a kernel."""
    mean = x.mean(axis=0)
    axes = np.linalg.svd(x - mean, full_matrices=True)[2]
    pad = np.zeros((max(0, components - len(axes)), x.shape[1]))
    axes = np.vstack([axes, pad])[:components]
    return (x - mean) @ axes.T, (x_test - mean) @ axes.T


@mistake(
    "kernel_pca",
    hint="np.linalg.eigh puts the eigenvectors into columns. You took rows.",
    read="sec-linear-kernel-pca",
)
def eigenvectors_in_rows(x, x_test, gamma, components):
    """The rows of the matrix of eigenvectors are taken."""
    return _pca(x, x_test, gamma, components, turn=True)


@mistake(
    "kernel_pca",
    corner="test points",
    hint="The columns of train and test point different ways: a sign was chosen for each by itself.",
    read="sec-linear-kernel-pca",
)
def signs_by_themselves(x, x_test, gamma, components):
    """train and test have signs of their own."""
    train, test = _pca(x, x_test, gamma, components)

    def positive(a):
        return a * np.where(a[np.abs(a).argmax(axis=0), np.arange(components)] < 0, -1, 1)

    return positive(train), positive(test)


@mistake(
    "kernel_pca",
    hint="The eigenvalues are divided by N for the variance, and then used as squared lengths, which they are not any more.",
    read="sec-linear-kernel-pca",
)
def variance_for_eigenvalue(x, x_test, gamma, components):
    """The eigenvalue is divided by N before its root is taken."""
    return _pca(x, x_test, gamma, components, scale=lambda v: np.sqrt(v / len(x)))


@mistake(
    "kernel_pca",
    hint="The points are standardised before the kernel sees them. That changes their distances; the text takes the points as they are.",
    read="sec-linear-kernel-pca",
)
def standardised(x, x_test, gamma, components):
    """The points are standardised first."""
    mean, std = x.mean(axis=0), x.std(axis=0)
    std = np.where(std > 0, std, 1)
    return _pca((x - mean) / std, (x_test - mean) / std, gamma, components)


def _doubly_centred(k, gram):
    return k - k.mean(axis=1, keepdims=True) - gram.mean(axis=0) + gram.mean()


def _pca(
    x,
    x_test,
    gamma,
    components,
    centre=_doubly_centred,
    pick=None,
    scale=np.sqrt,
    kernel=None,
    turn=False,
):
    def bell(a, b):
        return np.exp(-gamma * ((a[:, None] - b) ** 2).sum(axis=2))

    kernel = kernel or bell
    gram = kernel(x, x)
    values, vectors = np.linalg.eigh(centre(gram, gram))
    vectors = vectors.T if turn else vectors
    chosen = pick(components) if pick else slice(-1, -components - 1, -1)
    values, vectors = values[chosen], vectors[:, chosen]
    alpha = vectors / scale(np.maximum(values, 1e-12))
    return centre(gram, gram) @ alpha, centre(kernel(x_test, x), gram) @ alpha


@mistake("kernel_pca", same_as="rows_centred_only")
def columns_centred_only(x, x_test, gamma, components):
    """Only the columns of the table are centred."""
    return _pca(x, x_test, gamma, components, centre=lambda k, gram: k - gram.mean(axis=0))


@mistake("kernel_pca", same_as="rows_centred_only")
def columns_centred_only_and_scaled(x, x_test, gamma, components):
    """Only the columns are centred, and train is made of the eigenvectors."""
    gram = np.exp(-gamma * ((x[:, None] - x) ** 2).sum(axis=2))
    test = np.exp(-gamma * ((x_test[:, None] - x) ** 2).sum(axis=2)) - gram.mean(axis=0)
    values, vectors = np.linalg.eigh(gram - gram.mean(axis=0))
    values, vectors = values[::-1][:components], vectors[:, ::-1][:, :components]
    roots = np.sqrt(np.maximum(values, 1e-12))
    return vectors * roots, test @ vectors / roots


@mistake(
    "kernel_pca",
    hint="One number is taken off the whole table. That is not what becomes of inner products when the points lose their mean: "
    "each row and each column has a mean of its own.",
    read="sec-linear-kernel-pca",
)
def one_mean_for_the_table(x, x_test, gamma, components):
    """The table loses its total mean only."""
    return _pca(x, x_test, gamma, components, centre=lambda k, gram: k - gram.mean())


@mistake(
    "kernel_pca",
    hint="γ does not come into your kernel, so that every γ gives the same.",
    read="sec-linear-kernel",
)
def gamma_left_out(x, x_test, gamma, components):
    """γ is left out of the kernel."""
    return _pca(x, x_test, 1.0, components)


@mistake(
    "kernel_pca",
    hint="The half belongs to the other form of the bell, with σ: γ is 1/(2σ²).",
    read="sec-linear-kernel",
)
def gamma_halved(x, x_test, gamma, components):
    """The exponent is −γ |a − b|² / 2."""
    return _pca(x, x_test, gamma / 2, components)


@mistake(
    "kernel_pca",
    hint="The table of the test points has a row for each of them and a column for each training point: kernel(x_test, x). Yours is its transpose.",
    read="sec-linear-kernel-pca",
)
def test_table_transposed(x, x_test, gamma, components):
    """The table of the test points is transposed."""

    def bell(a, b):
        a, b = (b, a) if a is x_test else (a, b)
        return np.exp(-gamma * ((a[:, None] - b) ** 2).sum(axis=2))

    return _pca(x, x_test, gamma, components, kernel=bell)


@mistake(
    "kernel_pca",
    hint="Every column of yours has the variance 1, so that all directions look alike (the data are whitened). It is the direction that has length 1: "
    "divide by the root of the eigenvalue, and by nothing else.",
    read="sec-linear-kernel-pca",
)
def whitened(x, x_test, gamma, components):
    """The coordinates are scaled to variance 1."""
    return _pca(x, x_test, gamma, components, scale=lambda v: v / np.sqrt(len(x)))


@mistake("kernel_pca", same_as="whitened")
def whitened_with_one_less(x, x_test, gamma, components):
    """The coordinates are scaled to variance 1, divided by N − 1."""
    return _pca(x, x_test, gamma, components, scale=lambda v: v / np.sqrt(len(x) - 1))


@mistake("kernel_pca", same_as="variance_for_eigenvalue")
def kernel_over_n(x, x_test, gamma, components):
    """The kernel is divided by N before its eigenvalues are taken."""
    n = len(x)
    train, test = _pca(x, x_test, gamma, components)
    return train / np.sqrt(n), test * np.sqrt(n)


@mistake("kernel_pca", same_as="variance_for_eigenvalue")
def both_tables_over_n(x, x_test, gamma, components):
    """Both tables are divided by N."""
    train, test = _pca(x, x_test, gamma, components)
    return train / np.sqrt(len(x)), test / np.sqrt(len(x))


@mistake(
    "kernel_pca",
    hint="The directions come from the centred table, and the coordinates of the training points are projections of the centred points too: take the same centred table for both.",
    read="sec-linear-kernel-pca",
)
def train_not_centred(x, x_test, gamma, components):
    """The table of the training points is not centred before the projection."""

    def rbf(a, b):
        d2 = ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)
        return np.exp(-gamma * d2)

    K = rbf(x, x)
    n = len(x)
    one = np.ones((n, n)) / n
    Kc = K - one @ K - K @ one + one @ K @ one
    vals, vecs = np.linalg.eigh(Kc)
    order = np.argsort(vals)[::-1][:components]
    vals, vecs = vals[order], vecs[:, order]
    alpha = vecs / np.sqrt(vals)
    train = K @ alpha
    Kt = rbf(x_test, x)
    onet = np.ones((len(x_test), n)) / n
    Ktc = Kt - onet @ K - Kt @ one + onet @ K @ one
    test = Ktc @ alpha
    return train, test


# --- right answers, written another way ---


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
