"""Run many versions of one exercise quickly: fork the notebook's state just before its cell.

A process runs the reference notebook from the top. At each exercise it forks a child for every
entry (a wrong answer, another right one, the stub, a mutant): the child runs that entry's cell in
place of the solution and then the tests, and sends back what failed. `verify` compares a sample
with full runs in an ordinary kernel.

This is for trusted code, the course's own. Students' work goes through the sandbox.
"""

import contextlib
import io
import json
import linecache
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field

from autograder.authoring.source import names_of, split_hidden
from autograder.rooms.sandbox import ONE_THREAD

LIMIT = float(os.environ.get("DL4CV_VERIFY_LIMIT", "30"))  # seconds an answer may take


@dataclass
class Failure:
    """A test cell without points. label, seen: the check and what it saw, where a check failed."""

    message: str
    label: str = ""
    seen: str = ""
    visible: bool = False


@dataclass
class Outcome:
    """What became of an entry. failures: {test cell: Failure}; changed: it altered something."""

    exercise: str
    kind: str
    name: str
    failures: dict = field(default_factory=dict)
    seconds: float = 0.0
    changed: bool = True
    fault: str = ""  # the process died or ran into the limit

    @property
    def passed(self):
        return not self.failures and not self.fault


def run(source, entries, *, jobs=None, others=True, library=None, folder=None, progress=None):
    """The Outcome of each catalogue.Entry, in order. others: run all exercises' tests, too.

    source: a Source. library: a folder that comes first on the import path (the withheld cs_lib).
    folder: the working directory (where the notebook's files are). progress: called per outcome.
    Raises RuntimeError where the reference itself fails.
    """
    job = {
        "cells": _plan(source),
        "entries": [
            {"exercise": e.exercise, "kind": e.kind, "name": e.name, "code": e.code}
            for e in entries
        ],
        "jobs": jobs or os.cpu_count() or 1,
        "others": others,
    }
    env = os.environ | ONE_THREAD | {"MPLBACKEND": "agg", "PYTHONHASHSEED": "0"}
    if library:
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(library), env.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder.authoring.warm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        cwd=folder,
    )
    with process:
        process.stdin.write(json.dumps(job))
        process.stdin.close()
        found = {}
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                process.wait()
                raise RuntimeError(answer["error"])
            number = answer.pop("number")
            answer["failures"] = {k: Failure(**v) for k, v in answer["failures"].items()}
            found[number] = Outcome(**answer)
            if progress:
                progress(found[number])
    if len(found) < len(entries):
        raise RuntimeError(f"the notebook's process ended early (exit code {process.returncode})")
    return [found[i] for i in range(len(entries))]


def _plan(source):
    """The code cells as dictionaries, less those that no later test needs (plots, experiments)."""
    exercise_of = {test.grade_id: name for name, e in source.exercises.items() for test in e.tests}
    cells = []
    for cell in source.without_challenge.cells:
        if cell.kind == "code" and not cell.may_fail:
            visible, hidden = split_hidden(cell.text)
            cells.append(
                {
                    "id": cell.grade_id,
                    "solution": cell.grade_id if cell.is_solution else None,
                    "test_of": exercise_of.get(cell.grade_id),
                    "parts": [visible, hidden],
                }
            )
    used = set()  # names that something later reads
    for cell in reversed(cells):
        bound, free = names_of("\n".join(cell["parts"]))
        cell["needed"] = bool(cell["id"] or bound & used)
        if cell["needed"]:
            used = (used - bound) | free
    return [cell for cell in cells if cell["needed"]]


# --- in the notebook's process ---


def _serve():
    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the notebook prints is not ours

    def send(answer):
        out.write(json.dumps(answer) + "\n")

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    space = {"__name__": "__main__", "get_ipython": lambda: shell}
    cells = job["cells"]
    todo = {}
    for number, entry in enumerate(job["entries"]):
        todo.setdefault(entry["exercise"], []).append((number, entry))
    for i, cell in enumerate(cells):
        if cell["solution"] in todo:
            _fork_each(todo[cell["solution"]], cells[i:], shell, space, job, send)
        failure = _run_cell(cell, shell, space)
        if failure:
            where = cell["id"] or cell["parts"][0].split("\n")[0]
            send({"error": f"the reference fails in {where}: {failure.message}"})
            return


def _fork_each(entries, cells, shell, space, job, send):
    """Run each entry in a child, job["jobs"] of them at a time, and send their outcomes."""
    waiting, running = list(reversed(entries)), {}
    while waiting or running:
        while waiting and len(running) < job["jobs"]:
            number, entry = waiting.pop()
            read, write = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(read)
                try:
                    answer = json.dumps(_run_entry(entry, cells, shell, space, job["others"]))
                    with os.fdopen(write, "w") as pipe:
                        pipe.write(answer)
                finally:
                    os._exit(0)
            os.close(write)
            running[read] = (number, entry, pid, time.monotonic() + LIMIT, [])
        ready = select.select(list(running), [], [], 0.05)[0]
        for read in list(running):
            number, entry, pid, deadline, parts = running[read]
            late = time.monotonic() > deadline
            if late:
                os.kill(pid, signal.SIGKILL)
            elif read in ready:
                parts.append(os.read(read, 1 << 20))
                if parts[-1]:
                    continue
            else:
                continue
            os.close(read)
            _, status = os.waitpid(pid, 0)
            del running[read]
            text = b"".join(parts)
            answer = {k: entry[k] for k in ("exercise", "kind", "name")} | {"number": number}
            if late or not text:
                fault = f"longer than {LIMIT:g} s" if late else f"died (status {status})"
                answer |= {"failures": {}, "fault": fault}
            else:
                answer |= json.loads(text)
            send(answer)


def _run_entry(entry, cells, shell, space, others):
    start = time.perf_counter()
    exercise, failures = entry["exercise"], {}
    problem = _execute(entry["code"], f"<{entry['name']}>", shell, space)
    for cell in cells[1:]:
        if cell["test_of"] == exercise or others:
            failure = _run_cell(cell, shell, space)
            if failure and cell["test_of"]:
                failures[cell["id"]] = asdict(failure)
        elif not cell["test_of"] and not cell["solution"]:
            _run_cell(cell, shell, space)
    for failure in failures.values():
        if problem and not failure["label"]:
            failure["message"] = problem.message + "\n" + failure["message"]
    return {
        "failures": failures,
        "seconds": time.perf_counter() - start,
        "changed": bool(space.get("_generic_changed", True)),
    }


def _run_cell(cell, shell, space):
    """Run a cell's visible and then its hidden part; the Failure, or None."""
    visible, hidden = cell["parts"]
    failure = _execute(visible, f"<{cell['id']}>", shell, space)
    if failure:
        failure.visible = True
        return failure
    return _execute(hidden, f"<{cell['id']}, hidden>", shell, space) if hidden else None


def _execute(text, name, shell, space):
    """Run text; the Failure where it raises or, as nbgrader counts it, writes to stderr."""
    errors = io.StringIO()
    text = shell.transform_cell(text)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    try:
        with contextlib.redirect_stderr(errors):
            exec(compile(text, name, "exec"), space)
    except BaseException as error:  # SystemExit and KeyboardInterrupt cost the points, too
        return Failure(
            message="".join(traceback.format_exception_only(error)).strip(),
            label=getattr(error, "label", ""),
            seen=getattr(error, "seen", ""),
        )
    if errors.getvalue():
        return Failure(message=f"wrote to stderr: {errors.getvalue().strip()[:300]}")
    return None


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    _serve()
