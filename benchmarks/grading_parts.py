"""What `benchmarks.grading` runs in processes of their own, and in Dask workers.

python -m benchmarks.grading_parts simulate | floor | start    (options as JSON on stdin)
dask worker … --preload benchmarks.grading_parts        (workers that answer at once)
"""

import contextlib
import importlib
import io
import json
import os
import pkgutil
import resource
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path

# --- a class that is graded without being run ---


class Simulated:
    """An engine that runs one submission and gives its result to all."""

    def __init__(self, setup, slots):
        from autograder.judging.engine import Engine

        self.engine, self.slots, self.result = Engine(setup, slots), slots, None
        self.lock = threading.Lock()

    def __enter__(self):
        self.engine.__enter__()
        return self

    def __exit__(self, *error):
        self.engine.__exit__(*error)

    def submit(self, cells, files):
        with self.lock:
            if self.result is None:
                self.result = json.dumps(self.engine.submit(cells, files).result())
        future = Future()
        future.set_result(json.loads(self.result))
        return future


def dask_setup(worker):
    """Dask calls this in a worker that has this module as its --preload."""
    from autograder.judging import cluster

    cluster.Engine = Simulated


def simulate(root, assignment, at, scheduler):
    """Grade on workers that answer at once: seconds, and MiB of memory, after so many submissions.

    at: numbers of submissions; the last is that of all. peak: MiB at most.
    """
    from autograder import grade
    from autograder.project import Project

    start, seconds, memory = time.perf_counter(), [], []

    def watch(finished, total):
        for number, item in enumerate(finished):  # when the next is asked for, it is recorded
            if number in at:
                seconds.append(time.perf_counter() - start)
                memory.append(resident())
            yield item

    report = grade.grade(Project(Path(root)), assignment, scheduler=scheduler, progress=watch)
    if report.left_out or len(report.graded) != at[-1]:
        raise SystemExit(f"{len(report.graded)} graded, left out: {report.left_out}")
    seconds.append(time.perf_counter() - start)
    memory.append(resident())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "memory": memory, "peak": peak}


def resident():
    """MiB of memory that this process has now."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split(maxsplit=1)[0]) / 1024


# --- the floor ---


def floor(root, notebooks, jobs, hints, may_fail):
    """Seconds a notebook of the cells' own code, each in a warm fork, jobs at a time.

    The answers of the first are right: SystemExit if more of its cells fail than may_fail.
    """
    os.environ["DL4CV_HINTS"] = hints
    os.chdir(tempfile.mkdtemp())

    import torch  # noqa: F401
    from matplotlib import pyplot

    import cs_lib
    from autograder.authoring.source import without_magics

    for module in pkgutil.walk_packages(cs_lib.__path__, "cs_lib."):
        importlib.import_module(module.name)
    pyplot.figure().savefig(io.BytesIO())
    pyplot.close("all")

    def run(texts):
        """How many cells fail: wrong answers fail their tests."""
        space, failed = {"__name__": "__main__"}, 0
        for text in texts:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                try:
                    exec(compile(without_magics(text), "<cell>", "exec"), space)
                except BaseException:
                    failed += 1
            for number in pyplot.get_fignums():
                pyplot.figure(number).savefig(io.BytesIO(), dpi=72, bbox_inches="tight")
            pyplot.close("all")
        return failed

    def fork(texts):
        if pid := os.fork():
            return pid
        failed = 255
        try:
            failed = run(texts)
        finally:
            os._exit(min(failed, 255))

    failed, pids, start = {}, [], time.perf_counter()
    for texts in notebooks:
        if len(pids) - len(failed) == jobs:
            failed.update([os.wait()])
        pids.append(fork(texts))
    while len(failed) < len(pids):
        failed.update([os.wait()])
    taken = time.perf_counter() - start
    if (more := os.waitstatus_to_exitcode(failed[pids[0]])) > may_fail:
        raise SystemExit(f"{more} cells of the first notebook fail, whose answers are all right")
    return taken / len(notebooks)


# --- what a command does before the first submission runs ---


def start(root, assignment):
    """{part: seconds}, one after the other; a grading command does some of them side by side."""
    found, since = {}, time.perf_counter()

    def took(part):
        nonlocal since
        now = time.perf_counter()
        found[part], since = now - since, now

    from autograder import cli, guard  # noqa: F401

    took("the command line is imported")
    from autograder import grade
    from autograder.authoring import kept, source
    from autograder.judging.engine import Engine, choose_room
    from autograder.project import Project
    from autograder.recording import gradebook

    took("what grades is imported, nbgrader too")
    project = Project(Path(root))
    (project.course / "built" / f"{assignment}.json").unlink(missing_ok=True)
    built = kept.build(project, assignment)
    took("the assignment is built: the first time")
    source._parse.cache_clear()
    kept.build(project, assignment)
    took("the assignment is built: nothing changed")
    (project.course / "gradebook.db").unlink()
    gradebook.register(project, built)
    took("the gradebook is told of it: the first time")
    gradebook.register(project, built)
    took("the gradebook is told of it: nothing changed")
    setup = grade.make_setup(project, built, choose_room())
    took("the library without its answers, and whether a room can be built")
    with Engine(setup):
        took("the process that runs notebooks: torch, IPython, a warm parent")
    since = time.perf_counter()
    with guard.Guard(grade.Clerk, project, built, False) as reader:
        with contextlib.suppress(guard.Trouble):  # an empty folder: all is there by then
            reader.call("take", "nobody", Path(root) / "nothing").result()
        took("the process that reads what students wrote")
    return found


if __name__ == "__main__":
    parts = {"simulate": simulate, "floor": floor, "start": start}
    found = parts[sys.argv[1]](**json.load(sys.stdin))
    print("\n" + json.dumps(found))
