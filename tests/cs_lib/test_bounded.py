import sys

import pytest

from cs_lib.bounded import bounded


def counts_to(n):
    i = 0
    while i != n:
        i += 1
    return i


def test_what_ends_gives_what_it_gives():
    assert bounded(counts_to, 7) == 7


def test_a_loop_without_an_end_is_stopped():
    with pytest.raises(RuntimeError, match="ran 1,000 lines of Python and has not ended"):
        bounded(counts_to, -1, lines=1000)


def test_the_bound_is_on_lines_and_not_on_the_calls():
    assert [bounded(counts_to, 30, lines=100) for _ in range(5)] == [30] * 5


def test_an_error_of_the_function_comes_through():
    with pytest.raises(TypeError):
        bounded(counts_to)


def test_a_tracer_that_was_there_is_put_back():
    before = sys.gettrace()

    def own(frame, event, argument):
        return None

    sys.settrace(own)
    try:
        bounded(counts_to, 3)
        assert sys.gettrace() is own
    finally:
        sys.settrace(before)


def test_a_loop_without_an_end_takes_the_tracer_out_as_well():
    before = sys.gettrace()
    with pytest.raises(RuntimeError):
        bounded(counts_to, -1, lines=10)
    assert sys.gettrace() is before
