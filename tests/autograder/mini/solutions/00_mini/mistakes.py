"""Wrong answers to the small assignment."""

import math

from autograder.authoring.catalogue import mistake


@mistake("double", hint="What is twice three?", read="sec-double")
def squared(x):
    """The square: right for 2 only."""
    return _power(x)


@mistake("clip", hint="Try a number below the interval.", read="sec-clip")
def upper_only(x, low, high):
    """The lower limit is ignored."""
    return min(x, high)


@mistake("mean", hint="Write it yourself.", read="sec-mean")
def from_the_library(x):
    """The library's function is called."""
    from cs_lib.averages import mean as library

    return library(x)


@mistake("mean", hint="How many numbers are there?", read="sec-mean")
def two_numbers(x):
    """Divided by two, whatever the length."""
    return math.fsum(x) / 2


def _power(x):
    return x**2
