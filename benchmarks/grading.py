"""How fast is grading, against plain nbgrader and against the notebooks' own code?

    python -m benchmarks.grading [--quick]

The same class is graded by `nbgrader autograde` and by `autograder grade`, sandbox and judge on.
The floor is what the cells themselves take: each submission's cells, tests among them, in a fork of
a process that has everything imported, with no judge, sandbox, gradebook or feedback. Each answer
is right, wrong or missing by chance; no two submissions are the same.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSIGNMENT, LIGHT = "01_knn", "00_mini"
PARTS = ("_config.yml", "nbgrader_config.py", "cs_lib", "book")
SHARES = {"right": 0.6, "mistake": 0.3, "unwritten": 0.1}


def environment(project, **others):
    """Environment variables for a program that works on project."""
    paths = os.pathsep.join([str(project.root), str(ROOT)])
    env = {"DL4CV_COURSE": "", "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return os.environ | env | others


# --- the class ---


def make_project(folder, n, assignment):
    """A project with n submissions to one assignment, registered with nbgrader; not graded."""
    from autograder import catalogue, grade, release, sample
    from autograder.project import Project, write_atomic

    if assignment == LIGHT:
        shutil.copytree(ROOT / "tests" / "autograder" / "mini", folder)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
    else:
        for name in (*PARTS, f"solutions/{assignment}", f"assignments/{assignment}"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / name, folder / name)
    project = Project(folder)
    if assignment == LIGHT:
        release.write(project, assignment)
    built = release.build(project, assignment)
    release.write_source(project, built)
    mistakes = catalogue.load(project.solution(assignment) / "mistakes.py", "mistakes.py")
    for i in range(n):
        draw = random.Random(i)
        answers = {}
        for name in built.parsed.exercises:
            wrong = [m.code for m in mistakes if m.exercise == name]
            [kind] = draw.choices([*SHARES], [*SHARES.values()])
            answer = draw.choice(wrong) if kind == "mistake" else kind
            answers[name] = answer
        student = sample.Student(answers, first=f"# submission {i}")
        content = sample.submission(built.release[f"{assignment}.ipynb"], built.parsed, student)
        path = project.course / "submitted" / f"s{i:05}" / assignment / f"{assignment}.ipynb"
        write_atomic(path, content)
    grade._register(project, built)
    return project


def forget(project):
    """Remove what was found out of the class, so that it is graded again."""
    for name in ("autograded", "feedback", "journal"):
        shutil.rmtree(project.course / name, ignore_errors=True)


# --- what is measured ---


def plain(project, assignment):
    """Seconds of `nbgrader autograde`, and {student: points} that it found."""
    seconds = program(["nbgrader", "autograde", assignment], project)
    points = points_of(project, assignment)
    (project.course / "gradebook.db").unlink()
    forget(project)
    return seconds, points


def program(command, project):
    start = time.perf_counter()
    subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=project.root,
        env=environment(project),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def points_of(project, assignment):
    from nbgrader.api import Gradebook

    with Gradebook(project.database) as gradebook:
        submissions = gradebook.assignment_submissions(assignment)
        return {s.student.id: s.score for s in submissions}


def ours(project, assignment, **options):
    """Grade in a process of its own: its dictionary (see `grade_here`), and the seconds of all."""
    forget(project)
    start = time.perf_counter()
    found = inner("grade_here", project, assignment=assignment, **options)
    return found | {"whole": time.perf_counter() - start}


def inner(function, project, python_path=None, **options):
    """Call a function of this module in a new process; what it returns."""
    env = environment(project)
    if python_path:
        env["PYTHONPATH"] = os.pathsep.join([python_path, str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "benchmarks.grading", "--call", function],
        input=json.dumps(options | {"root": str(project.root)}),
        cwd=project.root,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.split("\n")[-2])


def grade_here(root, assignment, *, simulate=False, **options):
    """Grade; moments in seconds at which results were recorded, MiB of memory then and at most."""
    from autograder import grade
    from autograder.project import Project

    if simulate:
        grade.Engine = Simulated
    start, moments, memory = time.perf_counter(), [], []

    def watch(finished, total):
        for item in finished:
            yield item
            moments.append(time.perf_counter() - start)
            if len(moments) % 50 == 0:
                memory.append(resident())

    report = grade.grade(Project(Path(root)), assignment, progress=watch, **options)
    if report.left_out or len(report.graded) != len(moments):
        raise SystemExit(f"not all were graded: {report.left_out}")
    points = {student: sum(each.values()) for student, each in report.scores.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"moments": moments, "memory": memory, "peak": peak, "points": points}


def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split(maxsplit=1)[0]) / 1024


class Simulated:
    """An engine that runs nothing: every submission's result is the one of the first."""

    def __init__(self, setup, slots):
        from autograder.engine import Engine

        self.engine, self.slots, self.result = Engine(setup, slots), slots, None

    def __enter__(self):
        self.engine.__enter__()
        return self

    def __exit__(self, *error):
        self.engine.__exit__(*error)

    def submit(self, cells, files):
        if self.result is None:
            self.result = json.dumps(self.engine.submit(cells, files).result())
        future = Future()
        future.set_result(json.loads(self.result))
        return future


def steady(found):
    """Seconds a submission once the first result is there: without what is paid once."""
    moments = found["moments"]
    return (moments[-1] - moments[0]) / (len(moments) - 1)


# --- the floor ---


def floor(project, assignment, jobs, all_cells):
    """Seconds a submission of the cells' own code, jobs at a time."""
    from autograder import grade, release
    from autograder.withhold import withheld_copy

    built = release.build(project, assignment)
    report = grade.Report()
    works = grade._take_all(
        project, built, grade._submissions(project, assignment), ("", ""), all_cells, report
    )
    tests = {cell.grade_id: cell.text for cell in built.parsed.cells if cell.is_test}
    texts = [[tests.get(name, text) for name, text in work.cells] for work in works]
    library = str(withheld_copy(project, assignment))
    hints = str(project.hints(assignment)) if built.hints else ""
    return inner("floor_here", project, library, notebooks=texts, jobs=jobs, hints=hints)


def floor_here(root, notebooks, jobs, hints):
    os.environ["DL4CV_HINTS"] = hints
    os.chdir(tempfile.mkdtemp())
    import importlib
    import pkgutil

    import torch  # noqa: F401
    from matplotlib import pyplot

    import cs_lib
    from autograder.source import without_magics

    for module in pkgutil.walk_packages(cs_lib.__path__, "cs_lib."):
        importlib.import_module(module.name)
    pyplot.figure().savefig(io.BytesIO())
    pyplot.close("all")

    def run(texts):
        space = {"__name__": "__main__"}
        for text in texts:
            with (
                contextlib.suppress(BaseException),  # wrong answers fail their tests
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                exec(compile(without_magics(text), "<cell>", "exec"), space)
            for number in pyplot.get_fignums():
                pyplot.figure(number).savefig(io.BytesIO(), dpi=72, bbox_inches="tight")
            pyplot.close("all")

    running, start = 0, time.perf_counter()
    for texts in notebooks:
        if running == jobs:
            os.wait()
            running -= 1
        if os.fork() == 0:
            try:
                run(texts)
            finally:
                os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()
    return (time.perf_counter() - start) / len(notebooks)


# --- Dask ---


def on_dask(project, assignment, workers):
    """`ours` on a scheduler of its own with worker processes of one thread."""
    from distributed import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, quiet = f"tcp://127.0.0.1:{port}", "--no-dashboard"
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())

        def start(*command):
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command],
                cwd=folder,
                env=environment(project),
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("scheduler", "--host", "127.0.0.1", "--port", str(port), quiet)
        for i in range(workers):
            options = ("--nthreads", "1", "--no-nanny", quiet, "--local-directory", f"{folder}/{i}")
            start("worker", address, *options)
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        return ours(project, assignment, scheduler=address)


# --- the table ---


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="6 submissions, 50 light ones")
    parser.add_argument("-n", type=int, help=f"submissions to {ASSIGNMENT} (40)")
    parser.add_argument("--light", type=int, help="submissions of the light notebook (1000)")
    parser.add_argument("--simulate", type=int, help="submissions of the simulated class (10000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--call", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.call:
        print("\n" + json.dumps(globals()[options.call](**json.load(sys.stdin))))
        return
    quick = options.quick
    n = options.n or (6 if quick else 40)
    light = options.light or (50 if quick else 1000)
    simulate = options.simulate or (200 if quick else 10_000)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        measure(Path(folder), n, light, simulate, options.jobs)


def measure(folder, n, light, simulate, jobs):
    import torch

    project = make_project(folder / "heavy", n, ASSIGNMENT)
    seconds, points = plain(project, ASSIGNMENT)
    plain_each = seconds / n
    rows = {}
    for name, all_cells in (("the cells that scores depend on", False), ("all cells", True)):
        least = floor(project, ASSIGNMENT, jobs, all_cells)
        found = ours(project, ASSIGNMENT, jobs=jobs, all_cells=all_cells)
        if found["points"] != points:
            raise SystemExit("the points differ from nbgrader's")
        rows[name] = found["whole"] / n, steady(found), least
    heads = ("whole command", "once started", "floor", "× floor", "overhead", "× nbgrader's rate")
    print(f"| {ASSIGNMENT}, {n} submissions, s each | {' | '.join(heads)} |\n" + "|---" * 7 + "|")
    print(f"| `nbgrader autograde`, batch | {plain_each:.3f} | | | | | 1 |")
    for name, (whole, each, least) in rows.items():
        print(
            f"| ours: {name} | {whole:.3f} | {each:.3f} | {least:.3f} | {each / least:.2f} "
            f"| {each - least:.3f} | **{plain_each / whole:.1f}**, {plain_each / each:.1f} |"
        )
    print("\n| on Dask workers, one thread each | s each, once started |\n|---|---|")
    for workers in (1, 2):
        found = on_dask(project, ASSIGNMENT, workers)
        print(f"| {workers} | {steady(found):.3f} |")
    crowd = make_project(folder / "light", light, LIGHT)
    found = ours(crowd, LIGHT, jobs=jobs)
    print(f"\n{light} submissions of a light notebook: {found['whole']:.0f} s, start to end.")
    crowd = make_project(folder / "crowd", simulate, ASSIGNMENT)
    found = ours(crowd, ASSIGNMENT, jobs=jobs, simulate=True)
    memory = found["memory"]
    print(
        f"A simulated class of {simulate}, all but the running: {found['whole']:.0f} s; the grader "
        f"takes {found['peak']:.0f} MiB at most, {memory[-1] - memory[0]:.0f} MiB more at the end "
        "than after 50 submissions."
    )
    print(
        f"\n`python -m benchmarks.grading`: {jobs} at a time on {os.cpu_count()} CPU cores "
        f"({platform.machine()}), sandbox and judge on; Python {platform.python_version()}, torch "
        f"{torch.__version__}; whole command: with its start, per submission; once started: from "
        "the first result to the last; overhead: less the floor; × nbgrader's rate: whole command "
        "and once started. Other programs ran beside it: compare rows, not machines."
    )


if __name__ == "__main__":
    main()
