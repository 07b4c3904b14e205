"""A call that ends: a loop without an end is stopped after so many lines of Python."""

import sys

LINES = 1_000_000  # a right answer to a small case runs some hundred or thousand


def bounded(function, *args, lines=LINES):
    """What function(*args) gives. Raises RuntimeError once it has run `lines` lines of Python.

    Lines are counted, no time is taken, so a slow machine stops nothing.
    """
    ran = 0

    def count(frame, event, argument):
        nonlocal ran
        ran += event == "line"
        if ran > lines:
            raise RuntimeError(
                f"ran {lines:,} lines of Python and has not ended: a loop goes on for ever"
            )
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        return function(*args)
    finally:
        sys.settrace(before)
