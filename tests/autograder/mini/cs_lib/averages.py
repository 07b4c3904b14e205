"""Averages, one of which the assignment withholds."""


def mean(x):
    """The mean of a list."""
    return sum(x) / len(x)  # the answer


def middle(x):
    """The mean of a list's ends."""
    return mean([x[0], x[-1]])


def total(x):
    """The sum of a list."""
    return sum(x)


class Running:
    """A mean that grows."""

    def __init__(self):
        self.values = []

    def value(self):
        """The mean so far."""
        return mean(self.values)
