"""The judge's end of the line to a student's process: questions, answers, time.

Nothing that arrives is believed before it is checked. Once anything is wrong there is no way back:
the process is ended, and every further question raises `Gone`.
"""

import contextlib
import os
import re
import time

from autograder.judging.boundary import (
    Channel,
    Closed,
    Malformed,
    built_in,
    opened,
    packed,
    unpack,
)
from autograder.judging.disclose import UNSAID
from autograder.judging.proxy import Handle, References, exception, index, put_back
from cs_lib import testing

REFUSALS = 100  # calls of a function, beyond the limit, that are answered by an interrupt
OUTPUTS = 64 << 20  # characters of all outputs of a notebook, pictures in base64 among them
MEASURED = {"memory", "lines"}  # flags under which a function may start nothing
ALONE = "no process and no thread can be started where memory or lines are counted"
_REFUSED = re.compile(r"^\[Errno 11\]|^can't (start|allocate lock)")  # as Python says it
INTERRUPT = 2.0  # seconds in which a cell has to end once it is interrupted


class Gone(BaseException):
    """The student's process is no more. Not an Exception, so that no test swallows it."""


class Connection:
    """Asks the far side and answers its callbacks; once anything is wrong, there is no way back."""

    def __init__(self, far, limits, cells, steps):
        self.far, self.limits = far, limits
        self.lines = {line.strip()[:250] for cell in cells for line in cell["text"].split("\n")}
        self.channel = Channel(far.stream, limits.message)
        self.fault, self.detail, self.cpu_seconds = "", "", 0.0
        self.room = OUTPUTS  # for outputs that are to come
        self.told = False  # whether a hidden test has called the student's code
        self.score = None  # of an open challenge
        self.flags, self.touched, self.peak, self.lines_run = set(), False, 0, None
        names = {name for step in steps for name in step["names"]}
        self.references = References(self, names)
        self.refer, self.resolve = self.references.refer, self.references.resolve
        self.again()

    def again(self):
        """A new run: its time and its counts begin."""
        self.over = time.monotonic() + self.limits.total
        self.used_before = self.cpu_seconds
        self.late = {}
        self.given = 0  # bytes that functions of ours were called with, and may have kept
        self.begin("")

    def begin(self, name):
        """A new cell: its time and its counts begin.

        A cell that runs too long is interrupted over there, as in a notebook, and what follows
        runs. Where it does not end in time even so, or the whole notebook's time is over, patience
        is at its end.
        """
        self.name = name
        self.deadline = min(time.monotonic() + self.limits.cell, self.over)
        self.patience = min(self.deadline + INTERRUPT, self.over)
        self.calls = self.answered = self.depth = 0
        self.hidden = False  # whether it is the hidden part of a test that asks

    def end(self, why, detail=""):
        """End the far side for a reason. detail may hold its own words. Raises Gone."""
        whole = self.deadline >= self.over
        limit = f"{self.limits.total:g} s" if whole else f"{self.limits.cell:g} s"
        reasons = {
            "late": f"stopped: {'the notebook' if whole else 'a cell'} ran longer than {limit}",
            "busy": "stopped: the notebook and what it started used more than "
            f"{self.limits.total:g} s of processor time",
        }
        if why == "ended" and not self.fault:
            reasons[why] = f"the notebook's process ended by itself ({self.far.ended()})"
        if not self.fault:
            self.fault = reasons.get(why, f"stopped: the notebook's process sent {why}")
            self.detail = detail
        self.spent()
        self.far.kill()
        raise Gone(self.fault)

    def spent(self):
        """Note the processor time so far; that of this run."""
        self.cpu_seconds = max(self.cpu_seconds, self.far.cpu_seconds())
        return self.cpu_seconds - self.used_before

    def ask(self, what, *details):
        """The far side's answer, a dictionary. Raises Gone."""
        if self.fault:
            raise Gone(self.fault)
        self.told |= self.hidden
        if not self.calls and self.spent() > self.limits.total:
            self.end("busy")
        self.calls += 1
        if self.calls > self.limits.calls:
            self.end(f"more than {self.limits.calls} answers in one cell")
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            self.late_now()
        nonce = os.urandom(8).hex()  # an answer that was written before its question has no such
        try:
            self._send({"do": what, "nonce": nonce, "with": [*details], "seconds": seconds})
            while True:
                content = self.channel.receive(self.patience)
                message = unpack(content, self.resolve)
                if type(message) is not dict:
                    raise Malformed("a message that is no dictionary")
                if "back" not in message:
                    break
                self._call_back(message, len(content))
            if message.get("re") != nonce:
                raise Malformed("an answer to something that was not asked")
        except Malformed as error:
            self.end("a malformed message", str(error))
        except Closed as error:
            self.end(str(error))
        if time.monotonic() > self.deadline:
            self.late.setdefault(self.name, f"ran longer than {self.limits.cell:g} s")
        return message

    def late_now(self):
        """The cell's time is over, and it is our turn. Raises KeyboardInterrupt, or Gone."""
        if self.deadline >= self.over:
            self.end("late")
        self.interrupt(f"ran longer than {self.limits.cell:g} s")

    def interrupt(self, why):
        raise KeyboardInterrupt(f"stopped: it {self.late.setdefault(self.name, why)}")

    def value(self, what, *details):
        """The value of an answer. Raises what the student's code raised."""
        reply = self.ask(what, *details)
        return self._value(reply)

    def call(self, function, args, kwargs):
        """function(*args, **kwargs) over there; changes of the arguments are made here as well."""
        given = [packed(arg, self.refer) for arg in args]
        given_by_name = {name: packed(arg, self.refer) for name, arg in kwargs.items()}
        reply = self.ask("call", function, given, given_by_name, sorted(self.flags))
        with self._well_formed():
            self.touched |= reply.get("touched") is True
            if type(reply.get("peak")) is int:
                self.peak = max(self.peak, reply["peak"])
            if "lines" in reply:
                self.lines_run = (self.lines_run or 0) + index(reply["lines"], 2**50)
            for key, content in _dictionary(reply["changed"]).items():
                old = kwargs[key] if type(key) is str else args[key]
                put_back(old, opened(content, self.resolve))
        return self._value(reply)

    def names(self, names, moment):
        """{name: value or proxy} of those that the student has defined at a moment.

        That is now. If one so called has been, the process goes back to it.
        """
        if not names:
            return {}
        found = {}
        reply = self.ask("names", [*names], moment)
        with self._well_formed():
            for name, content in _dictionary(reply["value"]).items():
                if name not in names:
                    raise Malformed("a name that was not asked for")
                found[name] = opened(content, self.resolve)
                if isinstance(found[name], Handle):
                    object.__setattr__(found[name], "__name__", name)
        return found

    def _value(self, reply):
        if self.name in self.late:
            self.interrupt("")
        with self._well_formed():
            if "error" not in reply:
                return opened(reply["value"], self.resolve)
            problem = _dictionary(reply["error"])
            if not all(type(problem[k]) is str for k in ("name", "base", "message", "line")):
                raise Malformed("an error that is none")
            name, message = problem["name"], problem["message"][:2000]
            if self.flags & MEASURED and problem["base"] in ("BlockingIOError", "RuntimeError"):
                message = ALONE if _REFUSED.search(message) else message
            if "KeyboardInterrupt" in (problem["base"], name):  # as in a notebook, it ends the test
                raise KeyboardInterrupt
            said = testing.digest(message)
            if self.hidden:  # else: raise ValueError(the hidden input), for the feedback to show
                name, message = problem["base"], message and UNSAID
            error = exception(name, problem["base"], message)
            error.digest = said
            error.own_line = self._own_line(problem["line"])
        raise error

    def _own_line(self, text):
        """text, where it is a line of the student's cells and not whatever the far side likes."""
        found = re.fullmatch(r"at    line (\d{1,6}) of your cell: (.*)", text[:300])
        return text if found and found[2] in self.lines else ""

    @contextlib.contextmanager
    def _well_formed(self):
        try:
            yield
        except (Malformed, TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
            self.end("a malformed message", str(error)[:100])

    def _send(self, message):
        self.channel.send(packed(message, self.refer), self.patience)

    def _call_back(self, request, size):
        """Call a function of ours with what the far side gives, and send what comes of it.

        size: bytes of the request; the function may keep what it is given.
        """
        self.given += size
        if self.given > self.limits.given:
            self.end(f"more than {self.limits.given >> 20} MiB to functions that a test gave it")
        self.answered += 1
        most = self.limits.callbacks
        if self.answered > most + REFUSALS:
            self.end(f"more than {most} calls of a function that a test gave it")
        number, nonce = request["back"], request.get("nonce")
        args = opened(request.get("args"), self.resolve)
        kwargs = opened(request.get("kwargs"), self.resolve)
        known = type(number) is int and 0 <= number < len(self.references.functions)
        shaped = type(args) is tuple and type(kwargs) is dict and type(nonce) is str
        if not (known and shaped and all(type(name) is str for name in kwargs)):
            raise Malformed("a call of a function that it was not given")
        self.depth += 1
        if self.depth > 20:
            self.end("calls nested more than 20 deep")
        flags, self.flags = self.flags, set()
        try:
            if time.monotonic() > self.deadline:
                self.late_now()
            if self.answered > most:  # an endless loop, sooner than time tells
                self.interrupt(f"called a function of the test more than {most} times")
            value = self.references.functions[number](*args, **kwargs)
            reply = packed({"re": nonce, "value": value}, self.refer)
        except (Exception, KeyboardInterrupt) as error:
            problem = {"name": type(error).__name__, "base": built_in(error)}
            told = not isinstance(error, testing.CheckFailed)  # which says what it wants
            problem["message"] = str(error)[:300] if told else ""
            reply = packed({"re": nonce, "error": problem})
        finally:
            self.flags = flags
            self.depth -= 1
        self.channel.send(reply, self.patience)


def _dictionary(value):
    if type(value) is not dict:  # not a proxy either, which says something else each time
        raise Malformed("something in place of a dictionary")
    return value
