"""What goes wrong on a student's text is one line, and what comes after it goes on."""

import os

import pytest

from autograder import guard as guards
from autograder.guard import Guard, Trouble
from autograder.project import UserError


class Work:
    """Does what it is told."""

    def __init__(self, given):
        self.given = given

    def plus(self, number):
        return self.given + number

    def go_on(self):
        while True:
            pass

    def eat(self, size):
        return len(bytes(size))

    def leave(self):
        os._exit(3)

    def fail(self):
        raise ValueError("no such\ncase")

    def refuse(self):
        raise UserError("do it again")


@pytest.fixture(scope="module")
def guard():
    with Guard(Work, 3, seconds=5, memory=1 << 30) as guard:
        yield guard


def test_a_call_gives_what_the_method_gives(guard):
    assert [guard.call("plus", n).result() for n in (1, 2)] == [4, 5]


@pytest.mark.parametrize(
    ("method", "args", "line"),
    [
        ("go_on", (), "it takes more than 5 seconds to read"),
        ("eat", (2 << 30,), "it takes too much memory to read"),
        ("leave", (), r"it ended the process that read it \(exit code 3\)"),
        ("fail", (), "ValueError: no such"),
    ],
)
def test_what_goes_wrong_is_a_line_and_the_next_call_is_answered(guard, method, args, line):
    call, after = guard.call(method, *args), guard.call("plus", 1)
    with pytest.raises(Trouble, match=f"^{line}$") as caught:
        call.result()
    assert ("Traceback" in caught.value.more) is (method == "fail")
    assert after.result() == 4


def test_what_a_person_can_put_right_is_said_as_it_is(guard):
    with pytest.raises(UserError, match=r"^do it again$"):
        guard.call("refuse").result()


def test_a_process_that_was_started_early_is_the_one_that_is_used():
    guards.start_early(__name__)
    early, _ = guards._early[__name__]
    with Guard(Work, 3) as guard:
        assert guard._process is early
        assert guard.call("plus", 1).result() == 4
    assert __name__ not in guards._early
    with Guard(Work, 3) as guard:
        assert guard._process is not early
        assert guard.call("plus", 1).result() == 4


def test_one_that_nobody_takes_ends_with_whoever_started_it():
    guards.start_early(__name__)
    process, stream = guards._early.pop(__name__)
    stream.close()
    assert process.wait(60) == 0
