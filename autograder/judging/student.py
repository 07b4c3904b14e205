"""The far side of the boundary: a process that runs a student's cells and answers calls.

Nothing in it is trusted. It is given cells to run and arguments to call functions with; it never
holds a test or an expected value. What it says is checked on the other side (`judge`).
"""

import base64
import builtins
import contextlib
import io
import linecache
import re
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from types import FunctionType, MethodType

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.judging.boundary import (
    CannotCross,
    Channel,
    Closed,
    built_in,
    opened,
    packed,
    unpack,
)
from cs_lib.testing import Here

TEXT = 200_000  # bytes of text that the outputs of one cell may have
IMAGES = 8_000_000  # bytes of images
OUTPUTS = 200  # outputs of one cell
TRACEBACK = 20_000
OBJECTS = 100_000  # that the other side may hold
AGAIN = 0.5  # seconds from one interrupt to the next: to show a traceback takes part of it
_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, type(...))
_CELL = re.compile(r"ipykernel_\d+|<ipython-input")


class Recorder:
    """The outputs of a cell, in order, within the limits. left_out: characters that were not."""

    def __init__(self, text=TEXT, images=IMAGES, outputs=OUTPUTS):
        self.text, self.images, self.room = text, images, outputs
        self.outputs, self.left_out = [], 0

    def stream(self, name, text):
        kept = self._fitting(text)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["text"] += kept
        elif kept and self._has_room():
            self.outputs.append({"type": "stream", "name": name, "text": kept})

    def display(self, data):
        """data: {type of content: text or bytes}; text and PNG images are kept."""
        kept = {}
        if isinstance(data.get("text/plain"), str):
            kept["text/plain"] = self._fitting(data["text/plain"])
        image = data.get("image/png")
        if isinstance(image, bytes):
            image = base64.b64encode(image).decode()
        if isinstance(image, str) and len(image) <= self.images:
            self.images -= len(image)
            kept["image/png"] = image
        if kept and self._has_room():
            self.outputs.append({"type": "display", "data": kept})

    def error(self, name, value, lines):
        text = "\n".join(lines)
        if len(text) > TRACEBACK:
            text = f"{text[: TRACEBACK // 2]}\n…\n{text[-TRACEBACK // 2 :]}"
        self.outputs.append(
            {"type": "error", "ename": name[:200], "evalue": value[:2000], "traceback": text}
        )

    def _fitting(self, text):
        kept = text[: self.text]
        self.text -= len(kept)
        self.left_out += len(text) - len(kept)
        return kept

    def _has_room(self):
        self.room -= 1
        return self.room >= 0


class _Writer(io.TextIOBase):
    """A stdout or stderr whose text goes into the shell's recorder."""

    encoding = "utf-8"

    def __init__(self, shell, name):
        self.shell, self.name = shell, name

    def writable(self):
        return True

    def write(self, text):
        self.shell.recorder.stream(self.name, str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, **options):
        self.parent.recorder.display(data)

    def clear_output(self, wait=False):
        pass


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.recorder.display(format_dict)

    def finish_displayhook(self):
        self._is_active = False
        self.exec_result = None


class Shell(InteractiveShell):
    """IPython without a terminal, a kernel or files of its own."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    recorder = Recorder(0, 0, 0)

    def enable_gui(self, gui=None):
        """Of `%matplotlib inline`: there is no window."""

    def _showtraceback(self, kind, value, lines):
        self.recorder.error(kind.__name__, _text(value), [str(line) for line in lines])


def prepare():
    """Make the shell. A parent that children are forked from calls this once, to save its time."""
    if Shell.initialized():
        return Shell.instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with tempfile.TemporaryDirectory() as folder:  # it wants a profile, and never looks there again
        shell = Shell.instance(config=config, ipython_dir=folder)
    shell.run_cell("1 / 0")  # else: each first error imports what tracebacks are made with
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    for name in [name for name in linecache.cache if _CELL.search(name)]:
        del linecache.cache[name]
    Shell.recorder = Recorder(0, 0, 0)
    return shell


def serve(stream):
    """Answer what arrives on a connected socket until it is closed."""
    with contextlib.suppress(Closed):
        _Server(Channel(stream), prepare()).run()


class _Server:
    def __init__(self, channel, shell):
        self.channel, self.shell = channel, shell
        self.objects, self.numbers = [], {}  # what the other side holds
        self.asked = 0
        self.interruptible = False  # whether code of the student's runs, and nothing of ours
        self.watch, self.untouched, self.touched = contextlib.ExitStack(), None, False
        self.work = {
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
        sys.stdout, sys.stderr = _Writer(self.shell, "stdout"), _Writer(self.shell, "stderr")
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
            _figures(recorder)
        self.shell.recorder = Recorder(0, 0, 0)
        return {"outputs": recorder.outputs, "left_out": recorder.left_out}

    def names(self, names):
        """Which of the names are defined, and as what."""
        space = self.shell.user_ns
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
        with contextlib.ExitStack() as stack:
            if "memory" in flags:
                peak = stack.enter_context(Here().traced_memory())
            reply = self.value(lambda: function(*held, **held_by_name))
            if "memory" in flags:
                extra["peak"] = peak()
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

    def unwatch(self):
        """Put the global random state back. It is watched from one watched call to the next."""
        self.watch.close()
        self.untouched, self.touched = None, False

    def value(self, function):
        """The packed result of function(), or the error that it raises. What it prints is lost."""
        self.shell.recorder = silent = Recorder(0, 0, 0)
        try:
            value = packed(self.run_theirs(function), self.refer)
            return {"value": value, "printed": silent.left_out}
        except BaseException as error:  # SystemExit and KeyboardInterrupt end nothing here
            return {"error": _described(error), "printed": silent.left_out}

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
        text = self.run_theirs(lambda: _text(value, repr))[:200]
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


def _figures(recorder):
    """Record the open figures of matplotlib, as a notebook shows them after its cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if not pyplot:
        return
    for number in pyplot.get_fignums()[:20]:
        content = io.BytesIO()
        try:
            pyplot.figure(number).savefig(content, format="png", dpi=72, bbox_inches="tight")
        except Exception as error:  # a figure that cannot be drawn, or a patched library
            recorder.error(type(error).__name__, _text(error), [_text(error)])
        else:
            text = f"<Figure {number}>"
            recorder.display({"text/plain": text, "image/png": content.getvalue()})
    pyplot.close("all")


def _described(error):
    """An exception as plain data: its name, the built-in class it is a kind of, text, own line."""
    if isinstance(error, CannotCross):
        error = TypeError(str(error))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _CELL.search(f.filename)]
    last = f"at    line {frames[-1].lineno} of your cell: {frames[-1].line}" if frames else ""
    return {
        "name": type(error).__name__,
        "base": built_in(error),
        "message": _text(error)[:2000],
        "line": last[:300],
    }


def _text(value, how=str):
    try:
        return str(how(value))
    except BaseException as error:  # the student's own __str__ or __repr__
        return f"<{type(value).__name__}, which raises {type(error).__name__} when it is printed>"
