"""The judge: runs the test cells of a release, and reaches a student's functions across a boundary.

The student's cells run in another process (`student`), which nobody trusts. Here, in the
process that decides, a name that the student defines is a proxy: a call sends the arguments over
and gets plain data back. Hidden tests and expected values never leave. A test cell passes only if
its code ran to its end here, with every answer in time and well formed.

    from autograder.rooms.cold import PlainChild
    from autograder.judging.judge import judge, make_plan
    serve = "autograder.judging.student:serve"
    result = judge(make_plan(source, cells), lambda: PlainChild(main=serve))
    result.tests["test_vote"].passed

A judge does one submission. What one test left in `cs_lib.testing`, NumPy's settings or the memory
is not undone, so fork a process for each; a warm parent makes that cheap.
"""

import ast
import builtins
import contextlib
import functools
import inspect
import io
import keyword
import linecache
import os
import re
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from autograder.authoring.source import defined_names, names_of, split_hidden, without_magics
from autograder.judging.boundary import (
    MESSAGE,
    CannotCross,
    Channel,
    Closed,
    Malformed,
    built_in,
    exception,
    identifier,
    opened,
    packed,
    put_back,
    unpack,
)
from autograder.judging.disclose import UNSAID
from cs_lib import testing

_KINDS = {*vars(builtins), "function", "method", "builtin_function_or_method", "module"}
SLACK = 32_000_000  # bytes by which a process may grow beyond what its tracemalloc says
KINDS = 1000  # classes that are made for what the student defines
REFUSALS = 100  # calls of a function, beyond the limit, that are answered by an interrupt
OUTPUTS = 64 << 20  # characters of all outputs of a notebook, pictures in base64 among them
INTERRUPT = 2.0  # seconds in which a cell has to end once it is interrupted


class Far(Protocol):
    """The process that runs the student's cells; `zygote.Child` is one, in a sandbox.

    stream: a connected socket to a process in which `student.serve` has the other end.
    """

    stream: socket.socket
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time of the process and of all that it started."""

    def peak_bytes(self) -> int:
        """The most memory that was resident so far, or since `forget_peak`."""

    def forget_peak(self) -> None:
        """Count the most memory from now on, where the system can."""

    def ended(self) -> str:
        """How it ended, once its stream is closed."""

    def kill(self) -> None:
        """End it and all that it started. Harmless when it is gone."""

    def close(self) -> None:
        """Kill it, wait until it is gone, and close the stream."""


@dataclass(frozen=True)
class Limits:
    cell: float = 60.0  # seconds for a cell of the student, and for a test cell
    total: float = 300.0  # seconds for the whole notebook
    message: int = MESSAGE  # bytes of one answer
    calls: int = 200_000  # messages of one test cell to the student's process
    callbacks: int = 100_000  # calls of the judge's functions by the student's, in one test cell


@dataclass
class Verdict:
    """What became of a test cell. label, seen: the check that failed and what it saw.

    lines: what the check says, without its label and hints; none where no check failed.
    error: the exception's name, "" where the test could not be run to its end; text: its message.
    author: the test itself is at fault (a value that cannot cross); the text says how.
    told: a hidden test had called the student's code by then, so that what came from there may be
    what it was called with (see `disclose`).
    """

    passed: bool
    error: str = ""
    text: str = ""
    label: str = ""
    seen: str = ""
    lines: list = field(default_factory=list)
    told: bool = False
    visible: bool = False
    author: bool = False
    printed: int = 0  # characters that the student's code printed while it was tested
    seconds: float = 0.0

    @property
    def message(self):
        return f"{self.error}: {self.text}" if self.error else self.text


@dataclass
class Result:
    """tests: {test cell: Verdict}; cells: the student's cells with their outputs, in order.

    Each cell has told, as a Verdict has it, of when it began. late: of each cell and test that was
    interrupted, since its time was over or it called back without end, a sentence. fault: why the
    student's process was ended, or how it ended itself; "" where it did neither; detail: more on
    it, for the instructor.
    """

    tests: dict = field(default_factory=dict)
    cells: list = field(default_factory=list)
    late: list = field(default_factory=list)
    fault: str = ""
    detail: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class _Gone(BaseException):
    """The student's process is no more. Not an Exception, so that no test swallows it."""


# --- the plan ---


def make_plan(source, cells=None):
    """What `judge` needs, as plain data: the submission's cells and the release's tests.

    source: a Source. cells: the submission's code cells in order, pairs of grade_id (or None) and
    text; the text of test cells is ignored. None: those of the source itself. To its files, names
    and bytes can be added: they are put into the working directory first.
    """
    release = [cell for cell in source.cells if cell.kind == "code"]
    if cells is None:
        cells = [(cell.grade_id, cell.text) for cell in release]
    needed, used = set(), set()
    for i in reversed(range(len(release))):
        cell = release[i]
        if cell.is_solution:
            used -= defined_names(cell.text)
            continue
        bound, free = names_of(cell.text)
        if cell.is_test or bound & used:
            needed.add(i)
            used = (used - bound) | free
    steps, names = [], []
    for i, cell in enumerate(release):
        if cell.is_solution:
            names += [name for name in sorted(defined_names(cell.text)) if name not in names]
        elif i in needed:
            steps.append(
                {
                    "id": cell.grade_id or f"given {i}",
                    "test": cell.is_test,
                    "parts": [*split_hidden(cell.text)],
                    "names": [*names],
                }
            )
    tests = {step["id"] for step in steps if step["test"]}
    seen = [{"id": name, "text": "" if name in tests else text} for name, text in cells]
    return {"cells": seen, "steps": steps, "files": {}}


# --- judging ---


def judge(plan, far_factory, limits=None, *, plots=True):
    """Run a submission and its tests; the Result. Never raises because of what the student does.

    far_factory() gives a Far. plots: whether figures become images in the outputs.
    """
    start = time.monotonic()
    limits = limits or Limits()
    result = Result()
    far = far_factory()
    connection = _Connection(far, limits, start + limits.total, plan["cells"], plan["steps"])
    steps = list(plan["steps"])
    tests = {step["id"] for step in steps if step["test"]}
    space = _namespace()
    was, testing.place = testing.place, _There(connection)
    try:
        with contextlib.suppress(_Gone):
            for name, content in plan.get("files", {}).items():
                connection.begin(name)
                connection.ask("file", name, content)
        for cell in plan["cells"]:
            if cell["id"] in tests:
                _up_to(cell["id"], steps, space, connection, result)
            else:
                result.cells.append(_student_cell(cell, connection, plots))
        _up_to(None, steps, space, connection, result)  # tests that the submission lacks
        connection.spent()
    finally:
        testing.place = was
        far.close()
    result.fault, result.detail = connection.fault, connection.detail
    result.late = [f"{name} {why}" for name, why in connection.late.items()]
    result.cpu_seconds = connection.cpu_seconds
    result.seconds = time.monotonic() - start
    return result


def _namespace():
    shell = _Shell()
    return {"__name__": "__main__", "__builtins__": builtins, "get_ipython": lambda: shell}


class _Shell:
    """What given cells may ask of IPython here: nothing is shown, installed or run."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def _up_to(test, steps, space, connection, result):
    """Run the steps up to a test cell (None: all), in the release's order, each once."""
    if test is not None and all(step["id"] != test for step in steps):
        return  # run before: the submission has its tests in another order, or one twice
    while steps:
        step = steps.pop(0)
        verdict = _step(step, space, connection)
        if step["test"]:
            result.tests[step["id"]] = verdict
        if step["id"] == test:
            return


def _step(step, space, connection):
    """Run a given cell or a test cell of the release here; the Verdict."""
    began = time.monotonic()
    connection.begin(step["id"])
    verdict = Verdict(passed=False)
    try:
        with _alarm(connection), _silence():
            known = connection.names(step["names"])
            for name in step["names"]:
                space.pop(name, None)
            space.update(known)
            (visible, name), (hidden, hidden_name) = code_parts(step)
            verdict.visible = True
            exec(compiled(visible, name), space)
            verdict.visible = False
            connection.hidden = True
            if hidden:
                exec(compiled(hidden, hidden_name), space)
            verdict.passed = True
    except _Gone:
        pass
    except CannotCross as error:
        verdict.text, verdict.author = str(error), True
    except BaseException as error:  # SystemExit, too
        verdict.error = type(error).__name__
        with contextlib.suppress(BaseException):  # an object of the author's that cannot be shown
            verdict.text = str(error)
            verdict.label = str(getattr(error, "label", ""))
            verdict.seen = str(getattr(error, "seen", ""))
            if isinstance(error, testing.CheckFailed):
                verdict.lines = [str(line) for line in error.lines]
    if connection.fault:  # whatever the test made of it
        verdict = Verdict(passed=False, text=connection.fault)
    if verdict.passed:
        verdict.visible = False
    verdict.told, verdict.printed = connection.told, connection.printed
    verdict.seconds = time.monotonic() - began
    return verdict


def code_parts(step):
    """The visible and the hidden part of a step, each with a file name for its code."""
    visible, hidden = step["parts"]
    name = f"<ipython-input {step['id']}"
    return (visible, f"{name}>"), (hidden, f"{name}, hidden>")


@functools.cache
def compiled(text, name):
    """The code of a part of a step; a parent that judges are forked from compiles all of them."""
    text = "\n".join(
        "pass" if line.startswith(("%", "!")) else line for line in text.split("\n")
    )  # a given cell's magics are for the notebook
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return compile(text, name, "exec")


def modules(step):
    """The names of the modules that the code of a step may import."""
    for text in step["parts"]:
        for node in ast.walk(ast.parse(without_magics(text))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@contextlib.contextmanager
def _alarm(connection):
    """End what runs here when the cell's time is over: a function of ours that the far side feeds.

    Python can be interrupted so in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_):
        connection.end("late")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(0.01, connection.patience - time.monotonic() + 0.2))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _silence():
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


def _student_cell(cell, connection, plots):
    """Have a cell of the student run over there; its outputs."""
    found = {"id": cell["id"], "outputs": [], "left_out": 0, "told": connection.told}
    connection.begin(cell["id"] or "a cell of their own")
    with contextlib.suppress(_Gone), _alarm(connection):
        try:
            reply = connection.ask("cell", cell["text"], plots)
            found["left_out"] = _index(reply["left_out"], 2**50)
            outputs = [_output(o) for o in reply["outputs"]]
            size = sum(map(_length_of, outputs))
            connection.room -= size
            if connection.room >= 0:
                found["outputs"] = outputs
            else:
                found["left_out"] += size
        except (Exception, CannotCross):  # the latter: from one of our functions that it called
            connection.end("outputs that are none")
    if connection.fault and not found["outputs"]:
        found["outputs"] = [
            {"type": "error", "ename": "Stopped", "evalue": "", "traceback": connection.fault}
        ]
    return found


def _output(output):
    """An output as the feedback can rely on it: a new dictionary of strings."""
    kinds = {"stream": ("name", "text"), "error": ("ename", "evalue", "traceback")}
    kind = output["type"]
    if kind == "display":
        data = {k: output["data"][k] for k in ("text/plain", "image/png") if k in output["data"]}
        texts, found = data.values(), {"type": kind, "data": data}
    else:
        found = {"type": kind} | {key: output[key] for key in kinds[kind]}
        texts = found.values()
    if not all(type(text) is str for text in texts):
        raise TypeError("an output is text")
    return found


def _length_of(output):
    texts = [*output.values(), *output.get("data", {}).values()]
    return sum(len(text) for text in texts if type(text) is str)


# --- the connection ---


class _Connection:
    """Asks the far side and answers its callbacks; once anything is wrong, there is no way back."""

    def __init__(self, far, limits, end, cells, steps):
        self.far, self.limits, self.over = far, limits, end
        self.lines = {line.strip()[:250] for cell in cells for line in cell["text"].split("\n")}
        self.channel = Channel(far.stream, limits.message)
        self.fault, self.detail, self.late, self.cpu_seconds = "", "", {}, 0.0
        self.room = OUTPUTS  # for outputs that are to come
        self.told = False  # whether a hidden test has called the student's code
        self.names_known = {name for step in steps for name in step["names"]} | _KINDS
        self.flags, self.touched, self.peak = set(), False, 0
        self.callbacks, self.numbers, self.kinds = [], {}, {}
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
        self.calls = self.answered = self.printed = self.depth = 0
        self.hidden = False  # whether it is the hidden part of a test that asks

    def end(self, why, detail=""):
        """End the far side for a reason. detail may hold its own words. Raises _Gone."""
        whole = self.deadline >= self.over
        limit = f"{self.limits.total:g} s" if whole else f"{self.limits.cell:g} s"
        reasons = {
            "late": f"stopped: {'the notebook' if whole else 'a cell'} ran longer than {limit}",
        }
        if why == "ended" and not self.fault:
            reasons[why] = f"the notebook's process ended by itself ({self.far.ended()})"
        if not self.fault:
            self.fault = reasons.get(why, f"stopped: the notebook's process sent {why}")
            self.detail = detail
        self.spent()
        self.far.kill()
        raise _Gone(self.fault)

    def spent(self):
        """Note the processor time so far."""
        self.cpu_seconds = max(self.cpu_seconds, self.far.cpu_seconds())

    def ask(self, what, *details):
        """The far side's answer, a dictionary. Raises _Gone."""
        if self.fault:
            raise _Gone(self.fault)
        self.told |= self.hidden
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
                message = unpack(self.channel.receive(self.patience), self.resolve)
                if type(message) is not dict:
                    raise Malformed("a message that is no dictionary")
                if "back" not in message:
                    break
                self._call_back(message)
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
        """The cell's time is over, and it is our turn. Raises KeyboardInterrupt, or _Gone."""
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
            for key, content in _dictionary(reply["changed"]).items():
                old = kwargs[key] if type(key) is str else args[key]
                put_back(old, opened(content, self.resolve))
        return self._value(reply)

    def names(self, names):
        """{name: value or proxy} of those that the student has defined."""
        if not names:
            return {}
        found = {}
        reply = self.ask("names", [*names])
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
            printed = reply.get("printed", 0)
            self.printed += printed if type(printed) is int and 0 <= printed < 2**50 else 0
            if "error" not in reply:
                return opened(reply["value"], self.resolve)
            problem = _dictionary(reply["error"])
            if not all(type(problem[k]) is str for k in ("name", "base", "message", "line")):
                raise Malformed("an error that is none")
            name, message = problem["name"], problem["message"][:2000]
            if "KeyboardInterrupt" in (problem["base"], name):  # as in a notebook, it ends the test
                raise KeyboardInterrupt
            if self.hidden:  # else: raise ValueError(the hidden input), for the feedback to show
                name, message = problem["base"], message and UNSAID
            error = exception(name, problem["base"], message)
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

    def _call_back(self, request):
        """Call a function of ours with what the far side gives, and send what comes of it."""
        self.answered += 1
        most = self.limits.callbacks
        if self.answered > most + REFUSALS:
            self.end(f"more than {most} calls of a function that a test gave it")
        number, nonce = request["back"], request.get("nonce")
        args = opened(request.get("args"), self.resolve)
        kwargs = opened(request.get("kwargs"), self.resolve)
        known = type(number) is int and 0 <= number < len(self.callbacks)
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
            value = self.callbacks[number](*args, **kwargs)
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

    def refer(self, value):
        """Our functions cross as numbers, and the far side's objects by theirs."""
        if isinstance(value, Handle):
            return ["H", object.__getattribute__(value, "_number")]
        if not callable(value):
            kind = f"{type(value).__module__}.{type(value).__qualname__}"
            raise CannotCross(
                f"CannotCross: the test gives the student's code a {kind}, which is no plain data: "
                "give numbers, strings, containers, arrays, tensors, generators or functions"
            )
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.callbacks)
            self.callbacks.append(value)
        return ["F", number, identifier(getattr(value, "__name__", "function"))]

    def resolve(self, tree):
        if tree[0] == "H":
            return self.callbacks[_index(tree[1], len(self.callbacks))]
        tag, number, name, text, able, parameters = tree
        if tag != "O" or type(text) is not str or len(text) > 300 or len(parameters) > 50:
            raise Malformed("a reference to nothing")
        name = identifier(name)
        if self.told and name not in self.names_known:  # a message may name the kind of a value
            name = "object"
        if len(self.kinds) >= KINDS and name not in _KINDS:
            name = "object"
        key = (name, *(word for word in _ABILITIES if word in able))
        kind = self.kinds.get(key)
        if kind is None:
            methods = {m: f for word in key[1:] for m, f in _ABILITIES[word].items()}
            kind = self.kinds[key] = type(key[0], (Handle,), methods)
        return kind(self, _index(number, 2**31), text, [identifier(p) for p in parameters])


def _dictionary(value):
    if type(value) is not dict:  # not a proxy either, which says something else each time
        raise Malformed("something in place of a dictionary")
    return value


def _index(number, end):
    if type(number) is not int or not 0 <= number < end:
        raise Malformed("a reference to nothing")
    return number


# --- what stands for the student's objects ---


class Handle:
    """A function or object of the student's process, as test cells see it.

    It answers what ordinary code asks: calls, attributes without a leading underscore, len, items,
    iteration. It has no value of its own: it equals itself alone, and NumPy makes nothing of it.
    """

    def __init__(self, connection, number, text, parameters):
        inside = {"_connection": connection, "_number": number, "_text": text}
        for name, value in (inside | {"_parameters": parameters}).items():
            object.__setattr__(self, name, value)

    @property
    def __signature__(self):
        """Its parameters' names, for messages."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = dict.fromkeys(self._parameters)
        names = [name for name in names if not keyword.iskeyword(name)]
        return inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._connection.value("get", self, name)

    def __setattr__(self, name, value):
        self._connection.value("set", self, name, value)

    def __repr__(self):
        return self._text

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise CannotCross("CannotCross: the test pickles an object of the student's")

    def __instancecheck__(self, other):
        raise CannotCross(
            "CannotCross: the test asks for isinstance of a class of the student's: "
            "ask for values and not for types"
        )

    __subclasscheck__ = __instancecheck__


def _call(self, *args, **kwargs):
    return self._connection.call(self, args, kwargs)


def _length(self):
    length = self._connection.value("len", self)
    if type(length) is not int or not 0 <= length < 2**31:
        self._connection.end("a length that is none")
    return length


def _iterate(self):
    items = self._connection.value("iter", self)
    if type(items) is not list:
        self._connection.end("items that are none")
    return iter(items)


def _item(self, key):
    return self._connection.value("item", self, key)


_ABILITIES = {
    "call": {"__call__": _call},
    "len": {"__len__": _length},
    "item": {"__getitem__": _item},
    "iter": {"__iter__": _iterate},
}


class _There(testing.Here):
    """The place of `cs_lib.testing` where the functions under test run in the far process."""

    def __init__(self, connection):
        self.connection = connection

    @contextlib.contextmanager
    def watched_random_state(self):
        with self._flag("random"):
            self.connection.touched = False
            yield lambda: not self.connection.touched

    @contextlib.contextmanager
    def traced_memory(self):
        """Bytes by tracemalloc over there, as in a notebook, held against the process's growth.

        tracemalloc counts what a student's notebook counts, to the byte; but its word comes from
        over there. The growth of resident memory cannot be talked away; but it counts the library's
        own pages as well. So it is believed where it exceeds the other by much.
        """
        self.connection.far.forget_peak()
        before = self.connection.far.peak_bytes()
        with self._flag("memory"):
            self.connection.peak = 0
            yield lambda: max(
                self.connection.peak, self.connection.far.peak_bytes() - before - SLACK
            )

    def seconds(self):
        return self.connection.far.cpu_seconds()

    @contextlib.contextmanager
    def _flag(self, flag):
        self.connection.flags.add(flag)
        try:
            yield
        finally:
            self.connection.flags.discard(flag)
