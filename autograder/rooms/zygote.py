"""A warm parent: a process that has imported what notebooks import and forks children into rooms.

Starting Python with torch takes two seconds, a fork of the parent some milliseconds. Each child is
in a sandbox of its own and sees nothing of the others: what it changes, it changes in its copy.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.rooms import sandbox, usage
from autograder.rooms.sandbox import Limits, SandboxError
from autograder.rooms.usage import cpu_seconds, forget_peak, group_seconds, peak_bytes

WARM_ROOMS = ("namespaces", "user namespaces")  # of sandbox.available: those that fork
PRELOAD = ("numpy", "torch", "matplotlib.pyplot", "PIL.Image")
START = 120  # seconds: torch from a cold disk
BUILD = 30  # seconds that a room may take to build on a busy machine


@dataclass(frozen=True)
class Exit:
    """How a child ended. code: exit code, or minus the signal; reason: in words."""

    code: int
    reason: str
    cpu_seconds: float = 0.0
    peak_bytes: int = 0


class Zygote:
    """The warm parent, as a context manager: it starts with the first child.

    library: the folder with cs_lib, imported whole; its name changes with its content. preload:
    modules to import as well, the one that holds `main` among them: rooms do not show the course;
    "module:function" is called once, before any child.
    forked: a `Forked`, to be used in place of a new process for the first start; then the first
    child or `revive` waits until it is ready.
    Threads may share one. At its end all its children are killed.
    """

    def __init__(self, preload=(), *, library=None, readable=(), warm=PRELOAD, forked=None):
        self._modules = [*warm, *preload]
        self._library = str(library) if library else None
        self._readable = [str(path) for path in readable]
        self._lock = threading.Lock()
        self._process = self._control = self._owner = None
        self._forked, self._loading = forked, False
        self._children = set()

    def __enter__(self):
        kind, why = sandbox.available()
        if kind not in WARM_ROOMS:
            raise SandboxError(f"no warm start here: {why}")
        with self._lock:
            wait = self._forked is None  # else: the caller has something to do meanwhile
            self._start()
            if wait:
                self._await()
        return self

    def __exit__(self, *error):
        for child in list(self._children):
            child.close()
        with self._lock:
            self._stop()

    def spawn(self, main, limits=None, *, library=None):
        """A Child that runs main ("module:function") with its end of a byte stream.

        library: another folder than before restarts the parent; children that run go on.
        Raises SandboxError when no room could be built.
        """
        for _ in range(2):
            self.revive(library)
            with self._lock:
                ends = self._ask(main, limits or Limits())
            try:
                return Child(*ends, self._children)  # rooms are built side by side
            except BaseException as error:
                for end in ends:
                    end.close()
                if not isinstance(error, ConnectionError):
                    raise
        raise SandboxError("the warm parent died twice while it started a child")

    def revive(self, library=None):
        """Start the parent anew where it died, or where children are to have another library.

        In a fork of the process that started it this does nothing: it is not the fork's to watch.
        """
        if self._owner not in (None, os.getpid()):
            return
        with self._lock:
            if library and str(library) != self._library:
                self._stop()
                self._library = str(library)
            if self._is_gone():
                self._stop()
                self._start()
            if self._loading:
                self._await()

    def _is_gone(self):
        """Whether there is no parent. A killed one hangs up a while before it can be waited for,
        and whoever asked it for a child in between has seen that.
        """
        if self._process is None or self._process.poll() is not None:
            return True
        if self._loading:  # what it says last is yet to be read
            return False
        poll = select.poll()
        poll.register(self._control, 0)  # hang-up alone
        return bool(poll.poll(0))

    def _ask(self, main, limits):
        """Our ends of a new child's stream and of its supervisor's report."""
        stream, theirs = socket.socketpair()
        report, supervisor = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps({"main": main, "limits": asdict(limits)}).encode()
        with theirs, supervisor, contextlib.suppress(ConnectionError):  # Child sees that it died
            socket.send_fds(self._control, [request], [theirs.fileno(), supervisor.fileno()])
        return stream, report

    def _start(self):
        self._owner = os.getpid()
        if self._forked:
            self._process, self._control = self._forked, self._forked.control
            self._forked = None
        else:
            self._popen()
        job = {"library": self._library, "readable": self._readable, "modules": self._modules}
        self._control.settimeout(START)
        self._loading = True
        with contextlib.suppress(OSError):  # it died: to wait for it says so
            self._control.send(json.dumps(job).encode())

    def _await(self):
        """Wait until the parent has everything imported. Raises SandboxError."""
        try:
            answer = self._control.recv(1 << 16).decode()
        except OSError as error:
            answer = str(error)
        self._loading = False
        if answer != "ready":
            self._stop()
            raise SandboxError(f"the warm parent did not start: {answer or 'it died'}")

    def _popen(self):
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                # -P: the working directory is not on the import path
                [sys.executable, "-P", "-m", "autograder.rooms.zygote", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the grader to handle
            )

    def _stop(self):
        if self._process:
            self._control.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def environment():
    """The environment of a process from which warm parents come: nothing of the instructor's."""
    found = sandbox.environment()
    # Where matplotlib keeps its list of fonts: making it takes seconds.
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    fonts = os.environ.get("MPLCONFIGDIR") or f"{cache}/matplotlib"
    if os.access(fonts, os.W_OK):
        found["MPLCONFIGDIR"] = fonts
    return found | {"PYTHONPATH": str(Path(__file__).parents[2])}


class Forked:
    """A warm parent forked off this process, with what it has imported; quicker than a new one.

    Whatever this process knows by then, children can find in their memory: it must have been
    started with `environment()`, and not been told any secret. close: files for this process alone.
    """

    def __init__(self, close=()):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            with contextlib.suppress(BaseException):
                for end in (self.control, *close):
                    end.close()
                os.chdir("/")
                _serve(theirs)
            os._exit(0)
        theirs.close()
        self._ended = False

    def poll(self):
        """None while it runs, as of subprocess.Popen."""
        if not self._ended:
            self._ended = os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return 0 if self._ended else None

    def wait(self, timeout=None):
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("a warm parent", timeout)
            time.sleep(0.01)

    def kill(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Child:
    """A process in a room. stream: a socket to its main; pid: of the room's first process."""

    def __init__(self, stream, report, siblings):
        self.stream, self._report, self._siblings = stream, report, siblings
        self._pidfd, self._exit, self._lock = None, None, threading.Lock()
        self._killed = False
        report.settimeout(BUILD)
        try:
            hello, files, _, _ = socket.recv_fds(report, 4096, 1)
        except TimeoutError:
            raise SandboxError(f"no answer from the warm parent in {BUILD} s") from None
        if not hello:
            raise ConnectionError("the warm parent died")
        siblings.add(self)
        hello = json.loads(hello)
        if "pid" not in hello:
            self._fail(hello)
        self.pid, self._groups, self._pidfd = hello["pid"], hello["cgroup"], files[0]
        self.has_cgroup, self._own = bool(self._groups), {self.pid}
        try:
            answer = json.loads(report.recv(4096) or b"{}")
        except TimeoutError:
            answer = {"error": f"not built in {BUILD} s"}
        if "ready" not in answer:
            self._fail(answer)
        report.settimeout(None)

    def _fail(self, answer):
        self.close()
        raise SandboxError(f"no room: {answer.get('error', 'its supervisor died')}")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def kill(self):
        """End all processes in the room at once, whatever they ignore."""
        self._killed = True
        if self._pidfd is not None:  # a pidfd: the number may be another process's by now
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self, timeout=None):
        """The Exit once all processes are gone; None when they are not, timeout seconds later."""
        with self._lock:
            if self._exit is None and select.select([self._report], [], [], timeout)[0]:
                end = self._report.recv(4096)
                if not end:
                    self.kill()
                self._exit = _exit(json.loads(end or b"{}"), self._killed)
            return self._exit

    def close(self):
        """Kill it, wait, and close the stream."""
        self.kill()
        if self._pidfd is not None:
            self.wait(BUILD)
            os.close(self._pidfd)
            self._pidfd = None
        self.stream.close()
        self._report.close()
        self._siblings.discard(self)

    def ended(self):
        """How it ended, in words."""
        end = self.wait(BUILD)
        if end is None:
            return "its end is not known"
        return "exit code 0" if end.reason == "finished" else end.reason

    def cpu_seconds(self):
        """CPU time so far of its processes: of those that it waited for, too, and where cgroups
        can be made of all that it ever started."""
        if self._exit:
            return self._exit.cpu_seconds
        return max(cpu_seconds(self.pid), group_seconds(self._groups))

    def peak_bytes(self):
        """Most memory so far, summed over its processes; what it shares with the parent counts."""
        if self._exit:
            return self._exit.peak_bytes
        return peak_bytes(self.pid)

    def forget_peak(self):
        """Count the most memory from now on."""
        forget_peak(self.pid)

    def settled(self):
        """Whatever else runs from now on was started by what runs there."""
        self._own = usage.running(self.pid)

    def alone(self):
        """As usage.alone, beside what was there when it was `settled`."""
        return usage.alone(self.pid, self._own)


def _exit(end, killed):
    code = end.get("code", -signal.SIGKILL)
    if "error" in end or not end:
        reason = end.get("error", "its supervisor died")
    elif end["out_of_memory"]:
        reason = "out of memory"
    elif code < 0:
        reason = f"killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL and end["cpu_limit"] and not killed:
            reason = "out of CPU time"
    else:
        reason = "finished" if code == 0 else f"exit code {code}"
    return Exit(code, reason, end.get("cpu", 0.0), end.get("peak", 0))


# --- in the warm parent ---


def _serve(control):
    job = json.loads(control.recv(1 << 20))
    try:
        _load(job["modules"], job["library"])
    except BaseException as error:
        control.send(f"{type(error).__name__}: {error}".encode()[:4000])
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors report to the caller, not to us
    sandbox.view(job["library"], tuple(job["readable"]))
    gc.collect()
    gc.freeze()  # else the first collection in a child copies all pages
    control.send(b"ready")
    while True:
        message, files, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not message:
            return
        if os.fork() == 0:
            _child(json.loads(message), job, control, *files)
        for file in files:
            os.close(file)


def _load(modules, library):
    if library:
        sys.path.insert(0, library)
    for name in modules:
        module, _, function = name.partition(":")
        module = importlib.import_module(module)
        if function:
            getattr(module, function)()
    if library:
        import cs_lib

        if not Path(cs_lib.__file__).is_relative_to(Path(library)):
            raise ImportError(f"cs_lib comes from {cs_lib.__file__}, not from {library}")
        for module in pkgutil.walk_packages(cs_lib.__path__, "cs_lib."):
            importlib.import_module(module.name)
    elif "cs_lib" in sys.modules:
        raise ImportError("a preloaded module imports cs_lib, answers and all: name a library")
    if "matplotlib.pyplot" in sys.modules:  # the first figure takes 0.2 s: fonts, agg, png
        import io

        from matplotlib import pyplot

        figure = pyplot.figure()
        figure.gca().set_title("a")
        figure.savefig(io.BytesIO())
        pyplot.close(figure)
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:  # a child would have the locks that they hold, but not them: torch hangs
        raise RuntimeError(f"{threads} threads run after the imports: nothing may be forked")


def _child(request, job, control, stream, report):
    code = 1
    try:
        control.close()
        report = socket.socket(fileno=report)
        try:
            sandbox.enter(
                Limits(**request["limits"]),
                library=job["library"],
                readable=job["readable"],
                keep=(stream,),
                report=report,
            )
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            report.send(json.dumps({"error": text[:2000]}).encode())
            os._exit(1)
        report.detach()  # closed already in the room
        _fresh()
        module, _, function = request["main"].partition(":")
        getattr(importlib.import_module(module), function)(socket.socket(fileno=stream))
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    finally:
        os._exit(code & 255)  # no atexit, no waiting for threads


def _fresh():
    """What a new process has and a fork has not."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError):  # libc's own
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # errors, as always in Python
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # Else all submissions draw the parent's numbers; `random` seeds itself after a fork.
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()
    gc.enable()


if __name__ == "__main__":
    sandbox.seal_interpreter()
    _serve(socket.socket(fileno=int(sys.argv[1])))
