"""Runs submissions on the workers of a Dask cluster, for a class that outgrows one machine.

    with Cluster(setup, "tcp://scheduler:8786") as cluster:
        cluster.submit(cells, files).result()["tests"]["test_vote"]["passed"]

Only bytes travel, so no folder is shared: once to each worker the bundle (the withheld cs_lib, the
tests, the hints, the limits), then a submission there and its result back. Each worker process
keeps an engine (`engine`) for a bundle. A worker that dies is Dask's to replace.

Dask's own wire carries pickles: whoever reaches the scheduler runs code on every worker and here.
Only trusted machines may reach it; on a network that others share, use TLS (book/cluster.md).
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import platform
import shutil
import tempfile
import threading
import time
import zipfile
from concurrent.futures import CancelledError, Future
from dataclasses import asdict, replace
from pathlib import Path

from autograder.judging.engine import Engine, EngineError, Limits, Setup, choose_room
from autograder.project import UserError

CONNECT = 5  # seconds that a scheduler may take to answer
LOOK = 1  # seconds until it is asked again how many workers there are
RETRIES = 2  # of a submission that a worker was not fit to run; Dask itself counts workers' deaths


class Cluster:
    """As engine.Engine, but on the workers of a Dask scheduler; a context manager.

    setup: an engine.Setup, room "auto" or "none": each worker finds out what it can build.
    """

    def __init__(self, setup, address):
        self.setup, self.address = setup, address
        self._client = self._bundle = None
        self._here = fingerprint()
        self._slots, self._asked = 1, -LOOK

    def __enter__(self):
        import dask
        import distributed  # noqa: F401 - first imported below, its defaults would go with that

        try:
            # else the last 1,000 messages are kept, each a submission with its files
            with dask.config.set({"distributed.admin.low-level-log-length": 1}):
                self._client = _connected(self.address)
        # TypeError: TLS without certificates; RuntimeError: no TLS where it is required
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise UserError(
                f"no Dask scheduler answers at {self.address} ({_line(error)}): start one with "
                "`dask scheduler` and give the address that it prints, as tcp://HOST:8786, or "
                "tls://HOST:8786 with certificates"
            ) from None
        try:
            self._check()
        except BaseException:
            self._client.close()
            raise
        content = pack(self.setup)
        # A task and not scattered data: what a dying worker held is made again.
        self._bundle = self._client.submit(bytes, content, key=f"bundle-{_digest(content)}")
        return self

    def __exit__(self, *error):
        self._client.close()  # what still runs is cancelled, its Futures get an EngineError

    @property
    def slots(self):
        """How many submissions run at a time: workers come and go, so it is asked anew.

        Raises UserError, as submit does, when the scheduler has gone.
        """
        if (now := time.monotonic()) >= self._asked + LOOK:
            try:
                threads = self._reached().nthreads()
            except OSError:  # it went while it was asked
                raise self._gone() from None
            self._slots, self._asked = max(1, sum(threads.values())), now
        return self._slots

    def submit(self, cells, files=None):
        """A Future of what came of a submission: `judge.Result` as a dictionary, or EngineError.

        cells: dictionaries with id and text, as in a plan. files: {name: bytes}.
        """
        files = {name: content.hex() for name, content in (files or {}).items()}
        content = json.dumps({"cells": cells, "files": files}).encode()
        future = Future()
        remote = self._reached().submit(
            run, self._bundle, content, self._here, pure=False, retries=RETRIES
        )
        remote.add_done_callback(lambda remote: _settle(remote, future))
        return future

    def _reached(self):
        """The client. Dask cancels all that runs when it loses the scheduler: no second try."""
        if self._client.status != "running":
            raise self._gone()
        return self._client

    def _gone(self):
        return UserError(
            f"the scheduler at {self.address} has gone; what was finished is kept: start it and "
            "its workers again, and give the same command with the address that it prints"
        )

    def _check(self):
        """Raise UserError unless every worker that is there now can grade."""
        workers = self._client.nthreads()
        if not workers:
            raise UserError(
                f"the scheduler at {self.address} has no workers: start some with "
                f"`dask worker {self.address}`, or wait until your jobs run"
            )
        found = self._client.run(fit, self._here, self.setup.room, on_error="return")
        errors = {name: e for name, e in found.items() if isinstance(e, Exception)}
        problems = [f"{name}: {_line(error)}" for name, error in errors.items()]
        if problems:
            raise UserError("\n".join(f"the worker {problem}" for problem in problems))


def _connected(address):
    """A Dask client of a scheduler."""
    import distributed

    class Client(distributed.Client):
        def __init__(self, *args, **options):
            try:
                super().__init__(*args, **options)
            except BaseException:
                # Else the garbage collector closes it. Should it do so just while another client
                # starts, that one waits for a lock which it holds itself.
                if self._loop_runner.is_started():
                    self.close()
                raise

    return Client(address, timeout=CONNECT, set_as_default=False)


def _settle(remote, future):
    """Hand what became of a task to the Future that waits for it."""
    try:
        answer = json.loads(remote.result())
    except CancelledError:
        answer = {"error": "the connection to the scheduler was closed: run it again"}
    except Exception as error:  # of a worker, or KilledWorker: several died under it
        answer = {"error": _line(error)}
    if "error" in answer:
        future.set_exception(EngineError(answer["error"]))
    else:
        future.set_result(answer["result"])


def _line(error):
    if isinstance(error, ModuleNotFoundError):
        return f"{error}: install the course there, as on this machine"
    return " ".join(str(error).split()) or type(error).__name__


def _digest(content):
    return hashlib.sha256(content).hexdigest()[:32]


# --- what travels ---


def pack(setup):
    """A Setup as bytes, with the contents of its files; the same bytes for the same contents."""
    library, buffer = Path(setup.library), io.BytesIO()
    plain = asdict(setup) | {"library": library.name, "hints": bool(setup.hints)}
    contents = {"setup.json": json.dumps(plain, sort_keys=True).encode()}
    if setup.hints:
        contents["hints.json"] = Path(setup.hints).read_bytes()
    for path in sorted(library.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            contents[f"library/{path.relative_to(library).as_posix()}"] = path.read_bytes()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(content, folder):
    """The Setup of `pack`, its files put into a new folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    plain = json.loads((folder / "setup.json").read_bytes())
    library = folder / plain["library"]  # its name tells contents apart
    (folder / "library").rename(library)
    hints = str(folder / "hints.json") if plain["hints"] else ""
    limits = Limits(**plain["limits"])
    return Setup(**plain | {"library": str(library), "hints": hints, "limits": limits})


def fingerprint():
    """What must be the same here and on a worker, for the same work to get the same points."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    # 2.13.0+cpu and 2.13.0+cu130 are the same release: rooms show no GPU
    versions = {n: importlib.metadata.version(n).partition("+")[0] for n in ("numpy", "torch")}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"autograder": digest.hexdigest()[:12], "python": python} | versions


# --- on a worker ---


def fit(wanted, room):
    """The room that can be built here. Raises EngineError where grading here would differ."""
    here = fingerprint()
    differ = [f"{n} {here[n]}, not {wanted[n]}" for n in wanted if here[n] != wanted[n]]
    if differ:
        raise EngineError(
            f"it has {', '.join(differ)}: install the course there, the same commit as here"
        )
    try:
        return choose_room(room)
    except UserError as error:
        raise EngineError(str(error)) from None


def run(bundle, content, wanted):
    """Run one submission: bytes in, bytes out. Raises EngineError where this worker is not fit."""
    from distributed import get_worker

    worker = get_worker()
    engine = _engines.get(bundle, wanted, worker.state.nthreads, worker.local_directory)
    work = json.loads(content)
    files = {name: bytes.fromhex(part) for name, part in work["files"].items()}
    try:
        answer = {"result": engine.submit(work["cells"], files).result()}
    except EngineError as error:  # the engine has tried twice
        answer = {"error": str(error)}
    return json.dumps(answer).encode()


class _Engines:
    """The engine of the bundle that a worker process was last given."""

    def __init__(self):
        self._lock, self._open = threading.Lock(), contextlib.ExitStack()
        self._digest = self._engine = None

    def get(self, bundle, wanted, slots, scratch):
        """The engine for a bundle, started if it is not there; that of another is ended."""
        digest = _digest(bundle)
        with self._lock:
            if self._digest != digest:
                self._open.close()
                self._digest = None
                self._engine = self._start(bundle, wanted, slots, scratch)
                self._digest = digest
            return self._engine

    def _start(self, bundle, wanted, slots, scratch):
        with contextlib.ExitStack() as opened:
            # in the worker's own folder, which Dask removes, even after a kill
            folder = Path(tempfile.mkdtemp(prefix="autograder-", dir=scratch))
            opened.callback(shutil.rmtree, folder, ignore_errors=True)
            folder.chmod(0o755)
            setup = unpack(bundle, folder)
            setup = replace(setup, room=fit(wanted, setup.room))
            engine = opened.enter_context(Engine(setup, slots))
            self._open = opened.pop_all()
        return engine


_engines = _Engines()
