"""Runs submissions side by side: for each a judge, forked warm, and a room for the student's cells.

    with Engine(setup) as engine:
        future = engine.submit(cells, files)
        future.result()["tests"]["test_vote"]["passed"]

The engine's process is trusted and reads no gradebook: cells go in, what became of them comes out,
as plain data. It forks a judge for each submission (`judge`), which has a process for the student's
cells (`student`) made in a room of its own (`autograder.rooms.zygote`).
"""

import contextlib
import gc
import importlib
import itertools
import json
import os
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
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait

from autograder.project import UserError
from autograder.rooms import sandbox, usage, zygote
from autograder.rooms.zygote import WARM_ROOMS

TRIES = 2  # of a submission, where the process died under it
GRACE = 30  # seconds beyond its limit until a judge that does not end is killed
# Bytes that a judge may take, beyond those that it is forked with: what a student sends may not
# take all memory.
JUDGE_LEAST, JUDGE_MOST = 1 << 30, 16 << 30
PREPARE = "autograder.judging.student:prepare"  # what a room's parent does beforehand
SERVE = "autograder.judging.student:serve"  # and what runs in a room
# All that a student's process needs of us: no answer is in them.
FAR_SIDE = (
    *("autograder/__init__.py", "autograder/judging/__init__.py"),
    *("autograder/judging/boundary.py", "autograder/judging/shell.py"),
    "autograder/judging/student.py",
)
ROOMS = (*WARM_ROOMS, "bubblewrap", "none")
# What the first use of a module imports. It takes 5 s: too long for each submission, and for an
# assignment that does without.
ON_FIRST_USE = {"torch.optim": "torch._dynamo"}


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    cell: float = 60.0  # seconds for a cell of the student, and for a test
    total: float = 300.0  # seconds for the whole notebook
    memory: int = 3 << 30  # bytes


@dataclass(frozen=True)
class Setup:
    """What all submissions to an assignment have in common; plain data.

    library: the folder with the withheld cs_lib; its name changes with its content. steps: as
    `judge.make_plan` gives them. hints: the file of fingerprints, for the judge alone. room: one of
    ROOMS.
    """

    library: str
    steps: list
    hints: str = ""
    room: str = "namespaces"
    limits: Limits = field(default_factory=Limits)


class EngineError(RuntimeError):
    """A submission could not be run, and the submission is not to blame."""


def choose_room(wanted="auto"):
    """The best room that can be built here. Raises UserError where there is none.

    wanted: "auto" or "none"; "none" runs students' code with the rights of whoever grades.
    """
    if wanted == "none":
        return "none"
    kind, why = sandbox.available()
    if kind == "none":
        raise UserError(
            "students' code would run with your rights: no sandbox can be built here "
            f"({why}). For work that you trust: --sandbox none"
        )
    return kind


class Engine:
    """The process that runs submissions, slots at a time, as a context manager.

    Threads may share it.
    """

    def __init__(self, setup, slots=1):
        self.setup, self.slots = setup, slots
        self._numbers, self._waiting = itertools.count(), {}  # {number: (request, Future, tries)}
        self._lock = threading.Lock()
        self._process = self._stream = self._reader = None
        self._broken = ""  # why it could not be started again

    def __enter__(self):
        self._start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error):
        with self._lock:
            process, self._process = self._process, None
            self._hang_up()
        self._reader.join()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._stream.close()
        self._fail_all("the engine was closed")

    def submit(self, cells, files=None):
        """A Future of what came of a submission: `judge.Result` as a dictionary, or EngineError.

        cells: dictionaries with id and text, as in a plan. files: {name: bytes}.
        """
        files = {name: content.hex() for name, content in (files or {}).items()}
        request, future = {"cells": cells, "files": files}, Future()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = (request, future, 1)
            if self._broken:
                self._fail_all(self._broken)
            else:
                self._send(number, request)
        return future

    def _send(self, number, request):
        # a broken pipe: the reader starts the process anew and sends what waits
        with contextlib.suppress(OSError):
            self._stream.send_bytes(json.dumps({"number": number, **request}).encode())

    def _start(self):
        tell_early(self.setup, self.slots)
        job, answer = _job(self.setup, self.slots), {}
        self._process, self._stream = _early.pop(job, None) or _tell(job, _launch(self.setup.room))
        with contextlib.suppress(EOFError, OSError):
            answer = json.loads(self._stream.recv_bytes())
        if "ready" not in answer:
            self._process.kill()
            self._process.wait()
            self._stream.close()
            raise EngineError(answer.get("error", "the engine's process died while it started"))

    def _hang_up(self):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._stream.fileno())) as s:
            s.shutdown(socket.SHUT_RDWR)

    def _read(self):
        while True:
            try:
                answer = json.loads(self._stream.recv_bytes())
            except (EOFError, OSError):
                if not self._revive():
                    return
                continue
            with self._lock:
                _, future, _ = self._waiting.pop(answer["number"])
            if "error" in answer:
                future.set_exception(EngineError(answer["error"]))
            else:
                future.set_result(answer["result"])

    def _revive(self):
        """After the process died: start another and send again what it owed."""
        with self._lock:
            if self._process is None:
                return False
            self._process.kill()
            self._process.wait()
            self._stream.close()
            waiting, self._waiting = self._waiting, {}
            try:
                self._start()
            except EngineError as error:
                self._waiting, self._broken = waiting, str(error)
                self._fail_all(self._broken)
                return False
            for number, (request, future, tries) in waiting.items():
                if tries == TRIES:
                    future.set_exception(EngineError(f"the engine's process died {TRIES} times"))
                else:
                    self._waiting[number] = (request, future, tries + 1)
                    self._send(number, request)
        return True

    def _fail_all(self, why):
        for _, future, _ in self._waiting.values():
            future.set_exception(EngineError(why))
        self._waiting = {}


_early = {}  # {room, or what it was told: a process that no engine has taken yet, its stream}


def start_early(sandbox="auto"):
    """Start the process of the next Engine now: its imports take as long as the caller's.

    sandbox: as for `choose_room`. One that no engine takes ends with this process.
    """
    room = choose_room(sandbox)
    if room not in _early:
        _early[room] = _launch(room)


def tell_early(setup, slots):
    """Let the process that was started early, if one was, get ready for an Engine(setup, slots)."""
    if setup.room in _early:
        job = _job(setup, slots)
        _early[job] = _tell(job, _early.pop(setup.room))


def _tell(job, launched):
    with contextlib.suppress(OSError):  # it died: the Engine will see
        launched[1].send_bytes(job)
    return launched


def _job(setup, slots):
    """What an engine's process has to be told, as bytes."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [setup.library, *filter(None, paths)]
    env = os.environ | sandbox.ONE_THREAD | {"DL4CV_HINTS": setup.hints, "MPLBACKEND": "agg"}
    job = asdict(setup) | {"slots": slots, "paths": paths, "env": env, "cwd": os.getcwd()}
    return json.dumps(job).encode()


def _launch(room):
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.judging.engine", str(theirs.fileno()), room],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=zygote.environment(),
            start_new_session=True,  # Ctrl-C is for the grader to handle
        )
    return process, Connection(ours.detach())


# --- in the engine's process ---


def _serve(control, room):
    for name in zygote.PRELOAD:
        importlib.import_module(name)
    forked = None
    if room in WARM_ROOMS:
        importlib.import_module("IPython")
        forked = zygote.Forked(close=[control])  # before this process is told anything
    try:
        setup = json.loads(control.recv_bytes())
    except EOFError:
        return
    os.environ.clear()
    os.environ.update(setup["env"])
    os.chdir(setup["cwd"])
    sys.path[:0] = setup["paths"]
    try:
        with _rooms(setup, forked) as (make, keep):
            _warm(setup["steps"])
            keep()
            with contextlib.suppress(ConnectionError):  # whoever started it is gone: so it ends
                control.send_bytes(json.dumps({"ready": True}).encode())
            _loop(control, setup, make, keep)
    except sandbox.SandboxError as error:
        control.send_bytes(json.dumps({"error": str(error)}).encode())


@contextlib.contextmanager
def _rooms(setup, forked):
    """Gives two functions: one makes a process for a student's cells (`judge.Far`), one sees to it
    that the other can."""
    library, limits = setup["library"], Limits(**setup["limits"])
    # Two runs in one process: of each the judge holds the processor time against the limit.
    room = sandbox.Limits(cpu_seconds=round(2 * limits.total), memory_bytes=limits.memory)
    if setup["room"] in WARM_ROOMS:
        modules = (PREPARE, *_on_first_use(setup["steps"]))
        with zygote.Zygote(modules, library=library, forked=forked) as parent:
            yield lambda: parent.spawn(SERVE, room), parent.revive
    else:
        from autograder.rooms.cold import BubblewrapChild, PlainChild

        if setup["room"] == "bubblewrap":
            far = {"main": SERVE, "files": FAR_SIDE}
            yield lambda: BubblewrapChild(room, library, **far), lambda: None
        else:
            yield lambda: PlainChild(main=SERVE, library=library), lambda: None


def _on_first_use(steps):
    """The modules that are imported when what steps use is used first."""
    text = "\n".join(part for step in steps for part in step["parts"])
    return [module for used, module in ON_FIRST_USE.items() if used in text]


def _warm(steps):
    """Import what judges need, so that each has it at once."""
    try:
        from autograder.judging import judge
    except Exception as error:  # the library's, which may be anyone's
        raise sandbox.SandboxError(f"{type(error).__name__}: {error}") from None
    for step in steps:
        for text, name in judge.code_parts(step):
            with contextlib.suppress(SyntaxError):  # the author's: the judge says so
                judge.compiled(text, name)
        for name in judge.modules(step):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    for name in _on_first_use(steps):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else the first collection in a judge copies all pages
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
    if threads != 1:
        raise sandbox.SandboxError(
            f"{threads} threads run after the imports: nothing may be forked"
        )


def _loop(control, setup, make, keep):
    """Take requests, run slots of them at a time, send answers; until the other side hangs up."""
    waiting, running = deque(), {}  # {pipe: (request, pid, deadline)}
    limit = 3 * setup["limits"]["total"] + GRACE  # it runs twice, and a challenge once
    while True:
        while waiting and len(running) < setup["slots"]:
            request = waiting.popleft()
            keep()
            pipe, pid = _fork(request, setup, make, control, [*running])
            running[pipe] = (request, pid, time.monotonic() + limit)
        until = min((deadline for *_, deadline in running.values()), default=None)
        ready = wait([control, *running], until and max(0, until - time.monotonic()))
        if control in ready:
            try:
                waiting.append(json.loads(control.recv_bytes()) | {"tries": 1})
            except (EOFError, OSError):
                for _, pid, _ in running.values():
                    os.kill(pid, signal.SIGKILL)
                return
        for pipe, (request, pid, deadline) in [*running.items()]:
            late = time.monotonic() > deadline
            if pipe not in ready and not late:
                continue
            answer = {"error": "its judge did not end in time"}
            if late:
                os.kill(pid, signal.SIGKILL)
            else:
                try:
                    answer = json.loads(pipe.recv_bytes())
                except EOFError:
                    answer = {"error": "its judge died"}
            pipe.close()
            del running[pipe]
            os.waitpid(pid, 0)
            if "room" in answer and request["tries"] < TRIES:
                waiting.appendleft(request | {"tries": request["tries"] + 1})
                continue
            control.send_bytes(json.dumps({"number": request["number"], **answer}).encode())


def judge_share(slots):
    """Bytes that each of some judges may take: half of the machine is theirs, half the rooms'."""
    return min(max(JUDGE_LEAST, usage.machine_bytes() // (2 * slots)), JUDGE_MOST)


def _fork(request, setup, make, control, others):
    """Start a judge; the end of its pipe, and its pid."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Connection(ours.detach()), pid
    try:
        for end in (ours, control, *others):
            end.close()
        answer = _judge(request, setup, make)
        Connection(theirs.detach()).send_bytes(json.dumps(answer).encode())
    finally:
        os._exit(0)


def _judge(request, setup, make):
    from autograder.judging import judge

    share = judge_share(setup["slots"])
    most = usage.within(resource.RLIMIT_AS, usage.mapped_bytes(os.getpid()) + share)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    files = {name: bytes.fromhex(content) for name, content in request["files"].items()}
    plan = {"cells": request["cells"], "steps": setup["steps"], "files": files}
    times = {name: setup["limits"][name] for name in ("cell", "total")}
    # A message is there twice, as bytes and as arrays, and a test may copy it.
    sizes = dict.fromkeys(("message", "given"), min(judge.MESSAGE, share // 8))
    limits = judge.Limits(**times, **sizes)
    try:
        return {"result": _writable(asdict(judge.judge(plan, make, limits)))}
    except sandbox.SandboxError as error:
        return {"error": str(error), "room": False}
    except BaseException:  # ours or the author's fault: the others are graded
        return {"error": traceback.format_exc()[-2000:]}


def _writable(value):
    """Plain data with "?" for each half of a character in its texts: no file can hold such."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    return [*map(_writable, value)] if isinstance(value, list) else value


if __name__ == "__main__":
    if sys.argv[2] in WARM_ROOMS:
        sandbox.seal_interpreter()
    _serve(Connection(int(sys.argv[1])), sys.argv[2])
    os._exit(0)  # nothing is left to be written; to take torch apart takes long
