"""Wrong answers to `mean` that students really give."""

import math

from autograder.authoring.catalogue import mistake


@mistake("mean", hint="Write it yourself.", read="sec-mean")
def from_the_library(x):
    """The library's function is called."""
    from cs_lib.averages import mean as library

    return library(x)


@mistake("mean", hint="How many numbers are there?", read="sec-mean")
def two_numbers(x):
    """Divided by two, whatever the length."""
    return math.fsum(x) / 2
