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

It does so twice. In the first run the student's process is called with what everybody may see and
nothing else, so that whatever it says may be shown: the outputs of cells, and what the visible
checks find. When that is written down, the second runs the hidden parts of the tests that are still
open, and has verdicts to give and no words: what the process says now may be what a hidden test
called it with (see `disclose`). It goes back to each test's moment, names and all, in place of
running the cells again; only where the first run has ended the process do they run in another.

An open challenge comes after all that, where one was written, in another process: whatever it does
there, the verdicts are in.

A judge does one submission. What one test left in `cs_lib.testing`, NumPy's settings or the memory
is not undone, so fork a process for each; a warm parent makes that cheap.
"""

import ast
import builtins
import contextlib
import functools
import io
import linecache
import math
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from autograder.authoring.source import (
    CHALLENGE,
    CHALLENGE_TEST,
    STUB,
    defined_names,
    names_of,
    split_hidden,
    without_magics,
)
from autograder.judging.boundary import MESSAGE, CannotCross
from autograder.judging.connection import Connection, Gone
from autograder.judging.proxy import index
from cs_lib import challenge, testing
from cs_lib.hints import fingerprint

NUMBERS = 1_000_000  # of a value that is compared with what known mistakes give
UNKNOWN = "another process ran meanwhile, and nobody knows what it used: start none in a function"
_INTERRUPTED = (
    "KeyboardInterrupt",
    "Stopped",
)  # as the errors of a cell whose time was over are called
SLACK = 32_000_000  # bytes by which a process may grow beyond what its tracemalloc says


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

    def settled(self) -> None:
        """From now on, whatever else runs has been started by the student's code."""

    def alone(self) -> contextlib.AbstractContextManager:
        """Meanwhile nothing can be started in it: what a fork does would go uncounted.

        Gives a function: the seconds for which what runs there beside it has worked meanwhile;
        infinite where one of those has ended, or something has been started all the same.
        """

    def ended(self) -> str:
        """How it ended, once its stream is closed."""

    def kill(self) -> None:
        """End it and all that it started. Harmless when it is gone."""

    def close(self) -> None:
        """Kill it, wait until it is gone, and close the stream."""


@dataclass(frozen=True)
class Limits:
    cell: float = 60.0  # seconds for a cell of the student, and for a test cell
    total: float = 300.0  # seconds for the whole notebook, in each of its two runs
    message: int = MESSAGE  # bytes of one answer
    calls: int = 200_000  # messages of one test cell to the student's process
    callbacks: int = 100_000  # calls of the judge's functions by the student's, in one test cell
    given: int = MESSAGE  # bytes that all these calls give, since the functions may keep them


@dataclass
class Verdict:
    """What became of a test cell. label, seen: the check that failed and what it saw.

    lines: what the check says, without its label and hints; none where no check failed.
    error: the exception's name, "" where the test could not be run to its end; text: its message.
    author: the test itself is at fault (a value that cannot cross); the text says how.
    told: a hidden test had called the student's code by then, so that what came from there may be
    what it was called with (see `disclose`). In the first run that is never so.
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
    seconds: float = 0.0
    score: float | None = None  # of an open challenge

    @property
    def message(self):
        return f"{self.error}: {self.text}" if self.error else self.text


@dataclass
class Result:
    """tests: {test cell: Verdict}; cells: the student's cells with their outputs, in order.
    challenge: the Verdict on the open one, where it was written.

    The outputs are those of the first run; as_given: whether a cell raised and ran once more, after
    what stood there in the release. late: of each cell and test that was interrupted, since
    its time was over or it called back without end, a sentence. fault: why the student's process
    was ended, or how it ended itself; "" where it did neither; detail: more on it, for the
    instructor.
    """

    tests: dict = field(default_factory=dict)
    cells: list = field(default_factory=list)
    late: list = field(default_factory=list)
    fault: str = ""
    detail: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    challenge: Verdict | None = None


# --- the plan ---


def make_plan(source, cells=None):
    """What `judge` needs, as plain data: the submission's cells and the release's tests.

    source: a Source. cells: the submission's code cells in order, pairs of grade_id (or None) and
    text; the text of test cells is ignored. None: those of the source itself. To its files, names
    and bytes can be added: they are put into the working directory first. To a cell, "given" can be
    added, what stood there in the release: if the cell raises, that runs, and then the cell again.
    """
    code = [cell for cell in source.cells if cell.kind == "code"]
    release = [cell for cell in code if not cell.may_fail]
    if cells is None:
        cells = [(cell.grade_id, cell.text) for cell in code]
    needed, used = set(), set()
    for i in reversed(range(len(release))):
        cell = release[i]
        if cell.is_solution or cell.is_read_only:
            used -= defined_names(cell.text)
            continue
        bound, free = names_of(cell.text)
        if cell.is_test or bound & used:
            needed.add(i)
            used = (used - bound) | free
    steps, names = [], []
    for i, cell in enumerate(release):
        if cell.is_solution or cell.is_read_only:
            names += [name for name in sorted(defined_names(cell.text)) if name not in names]
        elif i in needed:
            visible, hidden = split_hidden(cell.text)
            # the score that a student's own notebook shows decides nothing, and takes time
            visible = "" if cell.grade_id == CHALLENGE_TEST else visible
            steps.append(
                {
                    "id": cell.grade_id or f"given {i}",
                    "test": cell.is_test,
                    "challenge": cell.of_challenge,
                    "parts": [visible, hidden],
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
    limits = limits or Limits()
    exercises = plan | {
        "cells": [cell for cell in plan["cells"] if cell["id"] != CHALLENGE_TEST],
        "steps": [step for step in plan["steps"] if not step.get("challenge")],
    }
    result = _judge(exercises, far_factory, limits, plots)
    if _is_written(plan):
        with _process(plan, far_factory, limits) as connection:
            own = second_plan(plan, [CHALLENGE_TEST])
            result.challenge = _run(own, connection, [CHALLENGE_TEST], False).tests[CHALLENGE_TEST]
    return result


def _is_written(plan):
    """Whether there is an open challenge, and its cell is not left as it was."""
    there = any(step["id"] == CHALLENGE_TEST for step in plan["steps"])
    left = STUB.format(name=CHALLENGE).split("\n")[-1]
    texts = [cell["text"] for cell in plan["cells"] if cell["id"] == CHALLENGE]
    return there and any(left not in map(str.strip, text.split("\n")) for text in texts)


def _judge(plan, far_factory, limits, plots):
    """The Result of the exercises."""
    with _process(plan, far_factory, limits) as connection:
        result = _run(plan, connection, (), plots)
        hidden = [step["id"] for step in plan["steps"] if step["test"] and step["parts"][1]]
        open_still = [name for name in hidden if result.tests[name].passed]
        if not open_still:
            return result
        plan = second_plan(plan, open_still)
        if not connection.fault:
            connection.again()
            second = _run(plan | {"cells": []}, connection, open_still, False)
            return _joined(result, second, open_still)
    with _process(plan, far_factory, limits) as connection:
        return _joined(result, _run(plan, connection, open_still, False), open_still)


def _joined(result, second, open_still):
    """The Result of both runs."""
    result.tests |= {name: second.tests[name] for name in open_still}
    result.late = [*dict.fromkeys(result.late + second.late)]
    if not result.fault:
        result.fault, result.detail = second.fault, second.detail
    result.seconds += second.seconds
    result.cpu_seconds += second.cpu_seconds
    return result


def second_plan(plan, open_still):
    """The plan of the second run: the hidden parts of the tests that are open, and what they need.

    A visible part has run in the first, so it runs again only where something may come of it: where
    it binds or changes a name that is read later, or reads what is read later, a generator perhaps.
    """
    steps, used = [], set()
    functions = {*dir(builtins)}.union(*(_functions(step) for step in plan["steps"]))
    for step in reversed(plan["steps"]):
        visible, hidden = step["parts"]
        if step["test"]:
            hidden = hidden if step["id"] in open_still else ""
            bound, free = names_of(hidden)
            used = (used - bound) | free
            bound, free = names_of(visible)
            data = (bound - _called(visible)) | defined_names(visible) | (free - functions)
            visible = visible if data & used else ""
        if visible or hidden:
            bound, free = names_of(visible)
            used = (used - bound) | free
            steps.append(step | {"parts": [visible, hidden]})
    left_out = {step["id"] for step in plan["steps"]} - {step["id"] for step in steps}
    cells = [cell for cell in plan["cells"] if cell["id"] not in left_out]
    return plan | {"steps": steps[::-1], "cells": cells}


def _functions(step):
    """The names of what is there to be called: the student's, and what a given cell has."""
    found = {*step["names"]}
    for node in [] if step["test"] else ast.parse(without_magics(step["parts"][0])).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found


def _called(text):
    """The names that code calls in a line of their own, as checks are: a call changes no name."""
    lines = (node.value for node in ast.parse(without_magics(text)).body if type(node) is ast.Expr)
    return {line.func.id for line in lines if isinstance(getattr(line, "func", None), ast.Name)}


@contextlib.contextmanager
def _process(plan, far_factory, limits):
    """A process of the student's with the plan's files in it; gives the Connection to it.

    Meanwhile it is where `cs_lib.testing` runs what it tests.
    """
    far = far_factory()
    connection = Connection(far, limits, plan["cells"], plan["steps"])
    was = testing.place, testing.fingerprint, challenge.place
    testing.place, testing.fingerprint = _There(connection), _fingerprint
    challenge.place = _Score(connection)
    try:
        with contextlib.suppress(Gone):
            connection.ask("ready")  # it is there, and nothing of the student's has run
            far.settled()
            for name, content in plan.get("files", {}).items():
                connection.begin(name)
                connection.ask("file", name, content)
        yield connection
    finally:
        testing.place, testing.fingerprint, challenge.place = was
        far.close()


def _run(plan, connection, hidden, plots):
    """One run of a submission; the Result. hidden: the tests to run whole, and then to stop.

    Of the other tests, and of all where none is to run whole, the visible part runs.
    """
    start = time.monotonic()
    result = Result()
    steps = list(plan["steps"])
    tests = {step["id"] for step in steps if step["test"]}
    space = _namespace()
    for cell in plan["cells"]:
        if hidden and {*hidden} <= {*result.tests}:
            break
        if cell["id"] in tests:
            _up_to(cell["id"], steps, space, connection, result, hidden)
        else:
            result.cells.append(_student_cell(cell, connection, plots))
    else:  # tests that the submission lacks
        _up_to(None, steps, space, connection, result, hidden)
    result.cpu_seconds = connection.spent()
    result.fault, result.detail = connection.fault, connection.detail
    result.late = [f"{name} {why}" for name, why in connection.late.items()]
    result.seconds = time.monotonic() - start
    return result


def _namespace():
    shell = _Shell()
    return {"__name__": "__main__", "__builtins__": builtins, "get_ipython": lambda: shell}


class _Shell:
    """What given cells may ask of IPython here: nothing is shown, installed or run."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def _up_to(test, steps, space, connection, result, hidden):
    """Run the steps up to a test cell (None: all), in the release's order, each once.

    hidden: the tests whose hidden part runs, too.
    """
    if test is not None and all(step["id"] != test for step in steps):
        return  # run before: the submission has its tests in another order, or one twice
    while steps:
        step = steps.pop(0)
        verdict = _step(step, space, connection, step["id"] in hidden)
        if step["test"]:
            result.tests[step["id"]] = verdict
        if step["id"] == test:
            return


def _step(step, space, connection, whole):
    """Run a given cell or a test cell of the release here, or its visible part; the Verdict."""
    began = time.monotonic()
    connection.begin(step["id"])
    verdict = Verdict(passed=False)
    try:
        with _alarm(connection), _silence():
            known = connection.names(step["names"], step["id"])
            for name in step["names"]:
                space.pop(name, None)
            space.update(known)
            (visible, name), (hidden, hidden_name) = code_parts(step)
            verdict.visible = True
            exec(compiled(visible, name), space)
            verdict.visible = False
            if whole:
                connection.hidden = True
                exec(compiled(hidden, hidden_name), space)
            verdict.passed = True
    except Gone:
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
        verdict.visible, verdict.score = False, connection.score
    verdict.told = connection.told
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
    found = _one_cell(cell, connection, plots)
    last = found["outputs"][-1] if found["outputs"] else {}
    raised = last.get("type") == "error" and last["ename"] not in _INTERRUPTED
    if raised and cell.get("given"):
        _one_cell(cell | {"text": cell["given"]}, connection, False)
        found = _one_cell(cell, connection, plots) | {"as_given": True}
    return found


def _one_cell(cell, connection, plots):
    found = {"id": cell["id"], "outputs": [], "left_out": 0, "as_given": False}
    connection.begin(cell["id"] or "a cell of their own")
    with contextlib.suppress(Gone), _alarm(connection):
        try:
            reply = connection.ask("cell", cell["text"], plots)
            found["left_out"] = index(reply["left_out"], 2**50)
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


def _fingerprint(value):
    """As hints.fingerprint; "" where value is larger than any that a known mistake gives.

    It takes a hundred bytes for each number, and 60 million booleans are one message.
    """
    return fingerprint(value) if _size(value) <= NUMBERS else ""


def _size(value):
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return sum(map(_size, value))
    if isinstance(value, str | bytes):
        return len(value)
    is_array = type(value).__module__ in ("numpy", "torch")  # a proxy would ask for its shape
    return math.prod(getattr(value, "shape", ())) if is_array else 1


# --- where tests call what they test ---


class _Score:
    """The place of `cs_lib.challenge` where the answer runs in the far process."""

    def __init__(self, connection):
        self.connection = connection

    def seconds(self):
        return self.connection.far.cpu_seconds()

    def tell(self, score, text):
        self.connection.score = score


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
        own pages as well. So it is believed where it exceeds the other by much. What other
        processes need is in it; of one that ends meanwhile it is not known, and that is an error.
        """
        with self._flag("memory"), self.connection.far.alone() as worked:
            self.connection.far.forget_peak()
            before = self.connection.far.peak_bytes()
            self.connection.peak = 0

            def peak():
                if worked() == math.inf:
                    raise RuntimeError(UNKNOWN)
                grown = self.connection.far.peak_bytes() - before
                return max(self.connection.peak, grown - SLACK)

            yield peak

    @contextlib.contextmanager
    def counted_lines(self):
        """Their word alone: it cannot be checked from here, and is worth no more than a loop.

        What processes do that were there before counts by its time: a line takes a microsecond.
        """
        with self._flag("lines"), self.connection.far.alone() as worked:
            self.connection.lines_run = None

            def lines():
                ran, others = self.connection.lines_run, worked()
                if others == math.inf:
                    raise RuntimeError(UNKNOWN)
                return None if ran is None else ran + int(others * 1e6)

            yield lines

    @contextlib.contextmanager
    def _flag(self, flag):
        self.connection.flags.add(flag)
        try:
            yield
        finally:
            self.connection.flags.discard(flag)
