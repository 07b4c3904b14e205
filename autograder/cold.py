"""Processes for a student's cells that start from nothing: where nothing can be forked warm."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder import sandbox
from autograder.zygote import cpu_seconds, peak_bytes

FAR_SIDE = ("__init__.py", "boundary.py", "student.py")  # of autograder: no answer is in them


class PlainChild:
    """A Far without a sandbox: for trusted code and for tests.

    It is started from nothing, in two seconds. To have it at once, fork it and give pid and stream.
    """

    def __init__(self, pid=None, stream=None, *, library=None):
        self.pid, self.stream, self._process, self._folder = pid, stream, None, None
        if pid is None:
            self._folder = tempfile.mkdtemp(prefix="notebook-")
            self.stream, theirs = socket.socketpair()
            with theirs:
                self._start(theirs.fileno(), library)
            self.pid = self._process.pid

    def _start(self, end, library):
        package = str(Path(__file__).parents[1])
        paths = [library, package, os.environ.get("PYTHONPATH")]
        env = {k: v for k, v in os.environ.items() if k != "DL4CV_HINTS"}  # for the judge alone
        env |= {"MPLBACKEND": "agg", "PYTHONPATH": os.pathsep.join(map(str, filter(None, paths)))}
        self._popen([sys.executable, "-P", "-c", _serve(end)], [end], cwd=self._folder, env=env)

    def _popen(self, command, files, **options):
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, pass_fds=files, stdin=null, stdout=null, stderr=null, **options
        )

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def peak_bytes(self):
        return peak_bytes(self.pid)

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
    """A Far in a room that bubblewrap builds, where we cannot build our own."""

    def __init__(self, limits, library):
        self._limits = limits
        super().__init__(library=library)

    def _start(self, end, library):
        far = Path(self._folder) / "autograder"  # the rest of the course stays outside
        far.mkdir()
        for name in FAR_SIDE:
            shutil.copy(Path(__file__).with_name(name), far)
        code = f"import sys; sys.path.insert(1, {self._folder!r}); {_serve(end)}"
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


def _serve(end):
    return (
        f"import socket; from autograder.student import serve; serve(socket.socket(fileno={end}))"
    )
