"""The far side of the boundary: a process that runs a student's cells and answers calls.

Nothing in it is trusted. It is given cells to run and arguments to call functions with; it never
holds a test or an expected value. What it says is checked on the other side (`judge`).
"""

import builtins
import contextlib
import functools
import io
import random
import signal
import sys
import traceback
import warnings
from pathlib import Path
from types import FunctionType, MethodType

import numpy as np

from autograder.judging.boundary import (
    CannotCross,
    Channel,
    Closed,
    built_in,
    opened,
    packed,
    unpack,
)
from autograder.judging.shell import CELL, Recorder, Writer, prepare, record_figures, text_of
from cs_lib.testing import Here

OBJECTS = 100_000  # that the other side may hold
AGAIN = 0.5  # seconds from one interrupt to the next: to show a traceback takes part of it
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, type(...))


def serve(stream):
    """Answer what arrives on a connected socket until it is closed."""
    with contextlib.suppress(Closed):
        _Server(Channel(stream), prepare()).run()


class _Server:
    def __init__(self, channel, shell):
        self.channel, self.shell = channel, shell
        self.objects, self.numbers = [], {}  # what the other side holds
        self.moments = {}  # {name: a function that goes back to it}
        self.asked = 0
        self.interruptible = False  # whether code of the student's runs, and nothing of ours
        self.watch, self.untouched, self.touched = contextlib.ExitStack(), None, False
        self.work = {
            "ready": dict,
            "file": self.file,
            "cell": self.cell,
            "names": self.names,
            "call": self.call,
            "get": lambda target, name: self.value(lambda: getattr(target, name)),
            "set": lambda target, name, value: self.value(lambda: setattr(target, name, value)),
            "item": lambda target, key: self.value(lambda: target[key]),
            "len": lambda target: self.value(lambda: len(target)),
            "iter": lambda target: self.value(lambda: list(target)),
        }

    def run(self):
        sys.stdin = io.StringIO()
        sys.stdout, sys.stderr = Writer(self.shell, "stdout"), Writer(self.shell, "stderr")
        signal.signal(signal.SIGALRM, self.interrupt)
        while True:
            request = self.receive()
            if self.touched or request["do"] != "call" or "random" not in request["with"][-1]:
                self.unwatch()
            self.answer(request)

    def receive(self):
        return unpack(self.channel.receive(), self.resolve)

    def interrupt(self, *_):
        """The cell's time is over. Where it cannot be interrupted just now, the alarm rings on."""
        if self.interruptible:
            raise KeyboardInterrupt

    def run_theirs(self, function):
        """function(), which runs code of the student's and may be interrupted."""
        before, self.interruptible = self.interruptible, True
        try:
            return function()
        finally:
            self.interruptible = before

    def answer(self, request):
        signal.setitimer(signal.ITIMER_REAL, request["seconds"], AGAIN)
        reply = self.work[request["do"]](*request["with"])
        self.channel.send(packed({"re": request["nonce"], **reply}, self.refer))

    # --- what is asked for ---

    def file(self, name, content):
        """Put a file into the working directory."""
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {}

    def cell(self, text, plots):
        """Run a cell; its outputs."""
        recorder = self.shell.recorder = Recorder()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
            with contextlib.suppress(KeyboardInterrupt):  # at its very end
                self.run_theirs(lambda: self.shell.run_cell(text, store_history=True))
        if plots:
            record_figures(recorder)
        self.shell.recorder = Recorder(0, 0, 0)
        return {"outputs": recorder.outputs, "left_out": recorder.left_out}

    def names(self, names, moment):
        """Which of the names are defined at a moment, and as what.

        That is now. If one so called has been, everything is as it was then, but for what has been
        changed in place.
        """
        space = self.shell.user_ns
        if moment in self.moments:
            self.moments[moment]()
        else:
            self.moments[moment] = _moment(space)
        found = {}
        for name in names:
            with contextlib.suppress(BaseException):  # whatever it does when it is looked at
                found[name] = packed(space[name], self.refer)
        return {"value": found}

    def call(self, function, args, kwargs, flags):
        """Call a function. The arguments come packed, and go back where the call changed them."""
        held = [opened(arg, self.resolve) for arg in args]
        held_by_name = {name: opened(arg, self.resolve) for name, arg in kwargs.items()}
        extra = {}
        if "random" in flags and not self.untouched:
            self.untouched = self.watch.enter_context(Here().watched_random_state())
        if "memory" in flags:
            function = functools.partial(self.traced, extra, function)
        if "lines" in flags:
            function = functools.partial(self.counted, extra, function)
        reply = self.value(lambda: function(*held, **held_by_name))
        if "random" in flags:
            self.touched = extra["touched"] = not self.untouched()
        changed = {}
        try:
            for key, old in [*enumerate(args), *kwargs.items()]:
                value = held_by_name[key] if isinstance(key, str) else held[key]
                if type(value) in _IMMUTABLE:
                    continue
                new = packed(value, self.refer)
                if not new.equals(old):
                    changed[key] = new
        except BaseException as error:  # what they made of it is no data
            reply = {"error": _described(error)}
        return reply | extra | {"changed": changed}

    def traced(self, extra, function, *args, **kwargs):
        """function(*args, **kwargs); into extra goes its peak of memory, without packing a view."""
        with Here().traced_memory() as peak:
            try:
                return function(*args, **kwargs)
            finally:
                extra["peak"] = peak()

    def counted(self, extra, function, *args, **kwargs):
        """function(*args, **kwargs); into extra goes how many lines of Python it ran."""
        with Here().counted_lines() as lines:
            try:
                return function(*args, **kwargs)
            finally:
                extra |= {"lines": lines()} if lines() is not None else {}

    def unwatch(self):
        """Put the global random state back. It is watched from one watched call to the next."""
        self.watch.close()
        self.untouched, self.touched = None, False

    def value(self, function):
        """The packed result of function(), or the error that it raises. What it prints is lost."""
        self.shell.recorder = Recorder(0, 0, 0)
        try:
            return {"value": packed(self.run_theirs(function), self.refer)}
        except BaseException as error:  # SystemExit and KeyboardInterrupt end nothing here
            return {"error": _described(error)}

    # --- what is no plain data ---

    def refer(self, value):
        plain = isinstance(value, FunctionType | MethodType)  # others may answer to any name
        number = getattr(value, "_number_of_callback", None) if plain else None
        if type(number) is int:
            return ["H", number]
        number = self.numbers.get(id(value))
        if number is None:
            if len(self.objects) >= OBJECTS:
                raise CannotCross(f"more than {OBJECTS} objects are in use")
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        kind = type(value)
        abilities = {"call": "__call__", "len": "__len__", "item": "__getitem__"}
        able = [word for word, method in abilities.items() if hasattr(kind, method)]
        if hasattr(kind, "__iter__"):
            able.append("iter")
        code = value.__code__ if plain else None
        parameters = [*code.co_varnames[: code.co_argcount]][:50] if code else []
        text = self.run_theirs(lambda: text_of(value, repr))[:200]
        return ["O", number, kind.__name__, text, able, parameters]

    def resolve(self, tree):
        if tree[0] == "H":
            return self.objects[tree[1]]
        _, number, name = tree

        def callback(*args, **kwargs):
            return self.ask(number, args, kwargs)

        callback.__name__ = callback.__qualname__ = name
        callback._number_of_callback = number
        return callback

    def ask(self, number, args, kwargs):
        """Call a function of the other side, and answer its calls meanwhile."""
        self.asked += 1
        nonce = f"far {self.asked}"
        given = {"args": packed(args, self.refer), "kwargs": packed(kwargs, self.refer)}
        before, self.interruptible = self.interruptible, False  # a message may not be cut off
        try:
            self.channel.send(packed({"back": number, "nonce": nonce, **given}))
            while True:
                message = self.receive()
                if message.get("re") == nonce:
                    break
                self.answer(message)
        finally:
            self.interruptible = before
        if "error" in message:
            problem = message["error"]
            parent = getattr(builtins, problem["base"])
            raise type(problem["name"], (parent,), {})(problem["message"])
        return message["value"]


def _moment(space):
    """A function that puts back what there is now: the names of a namespace, the states of chance,
    NumPy's treatment of errors, torch's dtype.
    """
    names, pythons, numpys = dict(space), random.getstate(), np.random.get_state()  # noqa: NPY002
    errors, torch = np.geterr(), sys.modules.get("torch")
    torchs = torch and (torch.default_generator.get_state(), torch.get_default_dtype())

    def back():
        space.clear()
        space.update(names)
        random.setstate(pythons)
        np.random.set_state(numpys)  # noqa: NPY002
        np.seterr(**errors)
        if torchs:
            torch.default_generator.set_state(torchs[0])
            torch.set_default_dtype(torchs[1])

    return back


def _described(error):
    """An exception as plain data: its name, the built-in class it is a kind of, text, own line."""
    if isinstance(error, CannotCross):
        error = TypeError(str(error))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if CELL.search(f.filename)]
    last = f"at    line {frames[-1].lineno} of your cell: {frames[-1].line}" if frames else ""
    return {
        "name": type(error).__name__,
        "base": built_in(error),
        "message": text_of(error)[:2000],
        "line": last[:300],
    }
