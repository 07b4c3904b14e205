"""Processes that start from nothing: where nothing can be forked warm.

main: "module:function" of this package, as for `zygote`; it is called with its end of the stream.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.rooms import sandbox, usage
from autograder.rooms.usage import cpu_seconds, forget_peak, peak_bytes

_ROOT = Path(__file__).parents[2]  # the folder that this package lies in


class PlainChild:
    """A Far without a sandbox: for trusted code and for tests.

    It is started from nothing, in two seconds. To have it at once, fork it and give pid and stream.
    """

    def __init__(self, pid=None, stream=None, *, main="", library=None):
        self.pid, self.stream, self._process, self._folder = pid, stream, None, None
        self._main = main
        if pid is None:
            self._folder = tempfile.mkdtemp(prefix="notebook-")
            self.stream, theirs = socket.socketpair()
            with theirs:
                self._start(theirs.fileno(), library)
            self.pid = self._process.pid
        self._own = {self.pid}

    def _start(self, end, library):
        paths = [library, _ROOT, os.environ.get("PYTHONPATH")]
        env = {k: v for k, v in os.environ.items() if k != "DL4CV_HINTS"}  # for the judge alone
        env |= {"MPLBACKEND": "agg", "PYTHONPATH": os.pathsep.join(map(str, filter(None, paths)))}
        self._popen([sys.executable, "-P", "-c", self._code(end)], [end], cwd=self._folder, env=env)

    def _popen(self, command, files, **options):
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, pass_fds=files, stdin=null, stdout=null, stderr=null, **options
        )

    def _code(self, end):
        module, _, function = self._main.partition(":")
        call = f"{function}(socket.socket(fileno={end}))"
        return f"import socket; from {module} import {function}; {call}"

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def peak_bytes(self):
        return peak_bytes(self.pid)

    def forget_peak(self):
        forget_peak(self.pid)

    def settled(self):
        self._own = usage.running(self.pid)

    def alone(self):
        return usage.alone(self.pid, self._own)

    def ended(self):
        return "a crash, or os._exit"

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self):
        self.kill()
        if self._process:
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)
        self.stream.close()


class BubblewrapChild(PlainChild):
    """A Far in a room that bubblewrap builds, where we cannot build our own.

    files: what main needs of this package ("autograder/__init__.py", …); the rest of the course
    stays outside.
    """

    def __init__(self, limits, library, *, main, files):
        self._limits, self._files = limits, files
        super().__init__(main=main, library=library)

    def _start(self, end, library):
        for name in self._files:
            (Path(self._folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / name, Path(self._folder) / name)
        code = f"import sys; sys.path.insert(1, {self._folder!r}); {self._code(end)}"
        command, files = sandbox.bubblewrap(
            [sys.executable, "-P", "-c", code],
            self._limits,
            library=library,
            readable=[self._folder],
        )
        try:
            self._popen(command, [end, *files])
        finally:
            for file in files:
                os.close(file)
