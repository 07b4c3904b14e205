"""Our own code works on what students wrote in a process of its own: with a deadline, bounded
memory and a catch, so that one student's trouble is one student's line.

    with Guard(Desk, built) as guard:
        guard.call("take", student, folder).result()    # Desk(built).take(student, folder)

A regular expression, a parser or a renderer may need hours or gigabytes for a text that somebody
made for it, or that nobody did. What runs here is trusted; what it reads is not. A process makes
the object and forks a child for each call, as `judging.engine` does for each judge.
"""

import contextlib
import importlib
import itertools
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from concurrent.futures import Future
from multiprocessing.connection import Connection, wait

from autograder.project import UserError
from autograder.rooms import usage

SECONDS = 30.0  # that a call may take
MEMORY = 2 << 30  # bytes of address space that a call may have
_START = "import sys; from autograder import guard; guard._serve(int(sys.argv[1]))"


class Trouble(Exception):
    """A call that came to nothing. The message is a line for a person; more: for a log, or ""."""

    def __init__(self, line, more=""):
        super().__init__(line)
        self.more = more


class Guard:
    """An object in a process of its own, and calls of its methods there; a context manager.

    make(*args) makes the object. It is pickled, as are all arguments and results. jobs: how many
    calls run at a time.
    """

    def __init__(self, make, *args, jobs=1, seconds=None, memory=None):
        self._setup = make, args, jobs, seconds or SECONDS, memory or MEMORY
        self._numbers, self._waiting, self._lock = itertools.count(), {}, threading.Lock()

    def __enter__(self):
        module = self._setup[0].__module__
        self._process, self._stream = _early.pop(module, None) or _launch(module)
        self._stream.send(self._setup)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._stream.fileno())) as s:
            s.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._stream.close()
        self._process.kill()
        self._process.wait()

    def call(self, method, *args):
        """A Future of what a method gives, of Trouble where it gives nothing, or its UserError."""
        number, future = next(self._numbers), Future()
        with self._lock:
            self._waiting[number] = future
            with contextlib.suppress(OSError):  # it died: the reader says so
                self._stream.send_bytes(_numbered(number, pickle.dumps((method, args))))
        if not self._reader.is_alive():
            self._lost()
        return future

    def _read(self):
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, content = _number(self._stream.recv_bytes())
                value, error = pickle.loads(content)
                future = self._waiting.pop(number)
                future.set_exception(error) if error else future.set_result(value)
        self._lost()

    def _lost(self):
        while self._waiting:
            with contextlib.suppress(KeyError):
                _, future = self._waiting.popitem()
                future.set_exception(Trouble("the process that reads submissions has ended"))


_early = {}  # {module: a process that no Guard has taken yet, its stream}


def start_early(module):
    """Start the process of the next Guard whose object comes from a module: it imports meanwhile.

    One that no Guard takes ends with this process.
    """
    if module not in _early:
        _early[module] = _launch(module)


def _launch(module):
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for the grader to handle
        )
    stream = Connection(ours.detach())
    stream.send((sys.path, module))  # where what is pickled is found again
    return process, stream


def _numbered(number, content):
    return number.to_bytes(8) + content


def _number(message):
    return int.from_bytes(message[:8]), message[8:]


# --- in the process ---


def _serve(descriptor):
    control = Connection(descriptor)
    sys.path[:], module = control.recv()
    importlib.import_module(module)
    try:
        setup = control.recv()
    except EOFError:  # nobody needed it
        return
    make, args, jobs, seconds, memory = setup
    try:
        made = make(*args)
    except UserError as error:
        made = error
    waiting, running = deque(), {}  # {pipe: (number, pid, deadline)}
    while True:
        while waiting and len(running) < jobs:
            number, content = waiting.popleft()
            pipe, pid = _fork(made, content, memory, (control, *running))
            running[pipe] = number, pid, time.monotonic() + seconds
        until = min((deadline for *_, deadline in running.values()), default=None)
        ready = wait([control, *running], until and max(0, until - time.monotonic()))
        if control in ready:
            try:
                waiting.append(_number(control.recv_bytes()))
            except (EOFError, OSError):
                for _, pid, _ in running.values():
                    os.kill(pid, signal.SIGKILL)
                return
        for pipe, (number, pid, deadline) in [*running.items()]:
            if pipe in ready:
                answer = _answer(pipe)
            elif time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                answer = _trouble(f"it takes more than {seconds:g} seconds to read")
            else:
                continue
            pipe.close()
            del running[pipe]
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            answer = answer or _trouble(f"it ended the process that read it (exit code {code})")
            control.send_bytes(_numbered(number, answer))


def _answer(pipe):
    with contextlib.suppress(EOFError, OSError):
        return pipe.recv_bytes()


def _trouble(*words):
    return pickle.dumps((None, Trouble(*words)))


def _fork(made, content, memory, others):
    """Start a call; the end of its pipe, and its pid."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Connection(ours.detach()), pid
    try:
        for end in (ours, *others):
            end.close()
        most = usage.within(resource.RLIMIT_AS, memory)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        Connection(theirs.detach()).send_bytes(_called(made, content))
    finally:
        os._exit(0)


def _called(made, content):
    """What a call gives or raises, pickled."""
    try:
        if isinstance(made, UserError):
            raise made
        method, args = pickle.loads(content)
        return pickle.dumps((getattr(made, method)(*args), None))
    except UserError as error:
        return pickle.dumps((None, error))
    except MemoryError:
        return _trouble("it takes too much memory to read")
    except BaseException as error:  # of ours, on what nobody has thought of
        line = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        return _trouble(line, traceback.format_exc())
