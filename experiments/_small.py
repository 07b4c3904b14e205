"""The shapes at half their size, 16 × 16, which several experiments share."""

from cs_lib import data


def shapes(n_train, n_test, seed):
    """-> x_train (n_train, 3, 16, 16) in [0, 1], y_train, x_test, y_test

    Each pixel is the mean of 2 × 2 pixels of an image of 32 × 32.
    """
    d = data.load("shapes", n_train=n_train, n_test=n_test, seed=seed)
    x_train, x_test = (
        x.reshape(-1, 3, 16, 2, 16, 2).mean(axis=(3, 5)) for x in (d.x_train, d.x_test)
    )
    return x_train, d.y_train, x_test, d.y_test


def standardized(x_train, *others):
    """Each of the arrays, less the mean of x_train, and divided by its standard deviation"""
    mean, std = x_train.mean(), x_train.std()
    return [(x - mean) / std for x in (x_train, *others)]
