"""IPython on the far side of the boundary: it runs a student's cells and records their outputs."""

import base64
import io
import linecache
import re
import sys
import tempfile

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

TEXT = 200_000  # bytes of text that the outputs of one cell may have
IMAGES = 8_000_000  # bytes of images
OUTPUTS = 200  # outputs of one cell
TRACEBACK = 20_000
# Magics that say how things are shown, or that one editor has. Where there is no such thing, the
# cell runs on: no result depends on them.
SHOWING = {
    *("autoreload", "autosave", "config", "gui", "load_ext", "matplotlib", "pylab", "reload_ext"),
    "tensorboard",
}
CELL = re.compile(r"ipykernel_\d+|<ipython-input")  # in the file name of a cell's code


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


class Writer(io.TextIOBase):
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

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        try:
            return super().run_line_magic(magic_name, line, _stack_depth=_stack_depth + 1)
        except Exception as error:
            if magic_name not in SHOWING:
                raise
            print(f"%{magic_name} {line}: left out ({text_of(error)})", file=sys.stderr)

    def _showtraceback(self, kind, value, lines):
        self.recorder.error(kind.__name__, text_of(value), [str(line) for line in lines])


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
    for name in [name for name in linecache.cache if CELL.search(name)]:
        del linecache.cache[name]
    Shell.recorder = Recorder(0, 0, 0)
    return shell


def record_figures(recorder):
    """Record the open figures of matplotlib, as a notebook shows them after its cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if not pyplot:
        return
    for number in pyplot.get_fignums()[:20]:
        content = io.BytesIO()
        try:
            pyplot.figure(number).savefig(content, format="png", dpi=72, bbox_inches="tight")
        except Exception as error:  # a figure that cannot be drawn, or a patched library
            recorder.error(type(error).__name__, text_of(error), [text_of(error)])
        else:
            text = f"<Figure {number}>"
            recorder.display({"text/plain": text, "image/png": content.getvalue()})
    pyplot.close("all")


def text_of(value, how=str):
    """how(value), or in words what it raises."""
    try:
        return str(how(value))
    except BaseException as error:  # the student's own __str__ or __repr__
        return f"<{type(value).__name__}, which raises {type(error).__name__} when it is printed>"
