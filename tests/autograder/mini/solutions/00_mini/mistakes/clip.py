"""Wrong answers to `clip` that students really give."""

from autograder.authoring.catalogue import mistake


@mistake("clip", hint="Try a number below the interval.", read="sec-clip")
def upper_only(x, low, high):
    """The lower limit is ignored."""
    return min(x, high)
