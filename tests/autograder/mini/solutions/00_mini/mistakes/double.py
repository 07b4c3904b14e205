"""Wrong answers to `double` that students really give."""

from autograder.authoring.catalogue import mistake


@mistake("double", hint="What is twice three?", read="sec-double")
def squared(x):
    """The square: right for 2 only."""
    return _power(x)


def _power(x):
    return x**2
