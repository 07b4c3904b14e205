"""How fast is grading, against plain nbgrader and against the notebooks' own code?

    python -m benchmarks.grading [--quick]

The same class is graded by `nbgrader autograde` and by `autograder grade`, sandbox and judge on:
the commands as they are typed, from start to exit, both on a gradebook that knows the assignment
and no submission. Results come one after the other; between the first and the last nothing is
paid that is paid once ("once started").

The floor is what the cells themselves take: each submission's cells, tests among them, in a fork of
a process that has everything imported, with no judge, sandbox, gradebook or feedback; as many at a
time as ours, and one at a time. Each answer is right, wrong or missing by chance; no two
submissions are the same.

A simulated class is one that is not run: the workers of a Dask cluster answer at once, with the
result of their first submission. All else is as it is: the grader reads, sends, gets and records.

On two cores that do nothing else it takes some 20 minutes (--quick: 2), more than half of them for
the simulated class.
"""

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSIGNMENT, LIGHT = "01_knn", "00_mini"
PARTS = ("_config.yml", "nbgrader_config.py", "cs_lib", "book")
SHARES = {"right": 0.6, "mistake": 0.3, "unwritten": 0.1}
THREADS = 16  # of each of the two workers that answer at once
TIMEOUT = "CellTimeoutError"  # as nbgrader notes it
RATE, OVERHEAD, FLOORS, MINUTES = 15, 0.1, 1.3, 2.2  # the goals; about two minutes: 10 % more


# --- the class ---


def make_project(folder, n, assignment, texts=None):
    """A project with n submissions to one assignment, registered with nbgrader; not graded.

    texts: make so many with care, and the others from them, with other comments.
    """
    from autograder import tie
    from autograder.authoring import catalogue, release
    from autograder.authoring.withhold import withheld_copy
    from autograder.project import Project
    from autograder.recording import gradebook

    if assignment == LIGHT:
        shutil.copytree(ROOT / "tests" / "autograder" / "mini", folder)
        checks = tie.imported(ROOT, "import cs_lib.testing") - {ROOT / "cs_lib" / "__init__.py"}
        for path in (ROOT / "nbgrader_config.py", *checks):
            shutil.copy(path, folder / path.relative_to(ROOT))
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
    withheld_copy(project, assignment)
    entries = catalogue.load(project.mistakes(assignment), built.parsed.exercises)
    mistakes = [entry for entry in entries if entry.kind == "mistake"]
    made = []
    for i in range(n):
        if texts is None or i < texts:
            made.append(_notebook(built, mistakes, i))
        content = made[i % len(made)].replace(_mark(i % len(made)), _mark(i))
        path = project.course / "submitted" / _student(i) / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    gradebook.register(project, built)
    shutil.copy(project.course / "gradebook.db", project.root / "registered.db")
    return project


def _notebook(built, mistakes, i):
    """The bytes of submission i; each answer is marked as its own, and the first one is right."""
    from autograder.proving import sample

    draw, answers = random.Random(i), {}
    for name, exercise in built.parsed.exercises.items():
        wrong = [m.code for m in mistakes if m.exercise == name]
        [kind] = draw.choices([*SHARES], [*SHARES.values()]) if i else ["right"]
        answer = draw.choice(wrong) if kind == "mistake" else kind
        if answer == "right":
            answer = sample.solved(exercise.cell.text)
        answers[name] = f"{answer}\n{_mark(i).decode()}" if answer != "unwritten" else answer
    student = sample.Student(answers, first=_mark(i).decode())
    return sample.submission(built.release[f"{built.assignment}.ipynb"], built.parsed, student)


def _mark(i):
    return f"# submission {i:05}".encode()


def _student(i):
    return f"s{i:05}"


def restore(project):
    """Put back the state before grading: the assignment is known, no submission is."""
    for name in ("autograded", "feedback", "journal", "logs"):
        shutil.rmtree(project.course / name, ignore_errors=True)
    (project.course / "grades.csv").unlink(missing_ok=True)
    shutil.copy(project.root / "registered.db", project.course / "gradebook.db")


# --- what is measured ---


class Run:
    """A command on the class, from its start to its exit.

    whole: seconds; taken: {student: seconds from the result before to theirs}, in their order;
    scores: {student: {exercise: points}} as the gradebook has them.
    """

    def __init__(self, project, assignment, command, result):
        """result: the folder of the course that gets what is written last of a submission."""
        from autograder.authoring import release
        from autograder.recording import gradebook

        restore(project)
        began, start = time.time(), time.perf_counter()
        program(command, project)
        self.whole = time.perf_counter() - start
        files = (project.course / result).glob(f"*/{assignment}/{assignment}.*")
        moments = sorted((path.stat().st_mtime, path.parents[1].name) for path in files)
        before = [began, *(moment for moment, _ in moments)]
        self.taken = {who: moment - before[i] for i, (moment, who) in enumerate(moments)}
        self.scores = gradebook.scores(project, release.build(project, assignment))
        submitted = {path.parent.name for path in project.course.glob(f"submitted/*/{assignment}")}
        if not submitted == set(self.taken) == set(self.scores):
            raise SystemExit(f"{' '.join(command)}: not every submission got a result")

    def leave_out(self, students):
        """As if they had not been there: their seconds are not counted either."""
        for student in students:
            self.whole -= self.taken.pop(student)
            del self.scores[student]

    @property
    def each(self):
        """Seconds a submission, with what is paid once."""
        return self.whole / len(self.taken)

    @property
    def but_one(self):
        """Seconds a submission, with what is paid once and without the one that took longest."""
        return (self.whole - max([*self.taken.values()][1:])) / (len(self.taken) - 1)

    @property
    def steady(self):
        """Seconds a submission, without what is paid once."""
        _, *seconds = self.taken.values()
        return sum(seconds) / len(seconds)


def program(command, project):
    """Run a program of the environment in the project; SystemExit with its last words."""
    done = subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=project.root,
        env=environment(project.root, ROOT),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")


def environment(*paths):
    """Environment variables for a program that finds modules in paths."""
    paths = os.pathsep.join(map(str, paths))
    own = {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    # all that is imported would be compiled each time; the class is a sample
    without = ("PYTHONDONTWRITEBYTECODE", "DL4CV_COURSE")
    return {key: value for key, value in os.environ.items() if key not in without} | own


def plain(project, assignment):
    """nbgrader's Run; whoever met its time limit in a cell is taken out of the class.

    Whether they do depends on the machine, and the limit would be most of what is measured.
    Returns the Run and how many they are.
    """
    run = Run(project, assignment, ["nbgrader", "autograde", assignment], "autograded")
    slow = []
    for student in run.taken:
        folder = project.course / "autograded" / student / assignment
        if TIMEOUT in (folder / f"{assignment}.ipynb").read_text("utf-8"):
            slow.append(student)
            shutil.rmtree(project.course / "submitted" / student)
    run.leave_out(slow)
    return run, len(slow)


def ours(project, assignment, *options):
    return Run(project, assignment, ["autograder", "grade", assignment, *options], "feedback")


def compare(run, other):
    """SystemExit with every exercise of every student that has other points than nbgrader's."""
    differ = [
        f"{student}: {exercise}: {points:g} points, nbgrader's are {wanted:g}"
        for student, exercises in run.scores.items()
        for exercise, wanted in exercises.items()
        if (points := other.scores[student][exercise]) != wanted
    ]
    if differ:
        raise SystemExit("\n".join(differ))


def part(name, *paths, root, **options):
    """Run a function of `benchmarks.grading_parts` in a new process; what it returns."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "benchmarks.grading_parts", name],
        input=json.dumps(options | {"root": str(root)}),
        cwd=root,
        env=environment(*paths, ROOT),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.split("\n")[-2])


def floor(project, assignment, jobs, all_cells):
    """Seconds a submission of the cells' own code, jobs at a time."""
    from autograder.authoring import release
    from autograder.authoring.withhold import withheld_copy
    from autograder.intake import submission
    from autograder.judging.judge import make_plan

    built = release.build(project, assignment)
    folders = submission.folders(project, assignment)
    desk = submission.Desk(built, all_cells=all_cells)
    works = [desk.take(student, folder) for student, folder in folders.items()]
    tests = {cell.grade_id: cell.text for cell in built.parsed.cells if cell.is_test}
    steps = ["\n".join(step["parts"]) for step in make_plan(built.parsed)["steps"]]
    texts = [
        [tests.get(cell["id"], cell["text"]) for cell in work.cells]
        if all_cells
        else [cell["text"] for cell in work.cells if cell["id"] not in tests] + steps
        for work in works
    ]
    library = withheld_copy(project, assignment)
    hints = str(project.hints(assignment)) if built.hints else ""
    options = {"notebooks": texts, "jobs": jobs, "hints": hints}
    options["may_fail"] = int(all_cells)  # the warm-up, which nobody has written
    return part("floor", library, root=project.root, **options)


@contextlib.contextmanager
def dask(project, workers, threads=1, *options):
    """The address of a scheduler of its own with worker processes."""
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
                env=environment(project.root, ROOT),
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("scheduler", "--host", "127.0.0.1", "--port", str(port), quiet)
        for i in range(workers):
            own = ("--nthreads", str(threads), "--no-nanny", "--local-directory", f"{folder}/{i}")
            start("worker", address, *own, quiet, *options)
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address


# --- the tables ---


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="6 submissions, 50 light ones")
    parser.add_argument("-n", type=int, help=f"submissions to {ASSIGNMENT} (40)")
    parser.add_argument("--light", type=int, help="submissions of the light notebook (1000)")
    parser.add_argument("--simulate", type=int, help="submissions of the simulated class (10000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    quick = options.quick
    n = options.n or (6 if quick else 40)
    light = options.light or (50 if quick else 1000)
    simulated = options.simulate or (200 if quick else 10_000)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        project = make_project(Path(folder) / "heavy", n, ASSIGNMENT)
        goals = rates(project, options.jobs)
        where_start_goes(project)
        on_workers(project)
        goals += class_of_light_ones(make_project(Path(folder) / "light", light, LIGHT), light)
        print_table(["goal", "reached", ""], goals)
        simulate(make_project(Path(folder) / "crowd", simulated, ASSIGNMENT, texts=1), simulated)
    print_conditions(options.jobs)


def rates(project, jobs):
    """Print nbgrader's time and ours; rows of goals."""
    nbgrader, slow = plain(project, ASSIGNMENT)
    n = len(nbgrader.taken)
    rows, goals = [["`nbgrader autograde`", *_times(nbgrader), "", "", "", "1"]], []
    for options in ((), ("--all-cells",)):
        least = floor(project, ASSIGNMENT, jobs, bool(options))
        run = ours(project, ASSIGNMENT, "--jobs", str(jobs), *options)
        compare(nbgrader, run)
        rate, more = nbgrader.each / run.each, run.steady - least
        name = " ".join(["autograder grade", *options])
        rates = f"**{rate:.1f}**, {nbgrader.steady / run.steady:.1f}"
        rates += f", {nbgrader.but_one / run.but_one:.1f}"
        ours_is = [f"{least:.3f}", f"{run.steady / least:.2f}", f"{more:.3f}", rates]
        rows.append([f"`{name}`", *_times(run), *ours_is])
        if not options:
            goals.append(goal(f"{RATE} × nbgrader's rate, whole command, class of {n}", rate, RATE))
        goals.append(goal(f"less than {OVERHEAD} s over the floor, `{name}`", more, -OVERHEAD))
        goals.append(goal(f"{FLOORS} × the floor, `{name}`", run.steady / least, -FLOORS))
        if not options:
            alone = floor(project, ASSIGNMENT, 1, False)
            text = f"{FLOORS} × the floor one at a time ({alone:.3f} s), `{name}`"
            goals.append(goal(text, run.steady / alone, -FLOORS))
    heads = [f"{ASSIGNMENT}, {n} submissions", "whole command, s each", "a minute"]
    heads += ["once started, s each", "a minute", "floor, s each", "× floor", "overhead, s each"]
    print_table([*heads, "× nbgrader's rate"], rows)
    print(
        f"Same points in every exercise. {slow} submissions met nbgrader's limit of a cell: taken "
        "out, their time too. The slowest of the others took nbgrader "
        f"{max([*nbgrader.taken.values()][1:]):.1f} s.\n"  # the first has nbgrader's start in it
    )
    return goals


def _times(run):
    return [f(s) for s in (run.each, run.steady) for f in ("{:.3f}".format, _a_minute)]


def _a_minute(seconds):
    return f"{60 / seconds:.0f}"


def goal(text, reached, wanted):
    """A row: wanted is the least, or, if negative, the most."""
    met = reached >= wanted if wanted > 0 else reached <= -wanted
    return [text, f"{reached:.3g}", "met" if met else "**not met**"]


def where_start_goes(project):
    found = part("start", root=project.root, assignment=ASSIGNMENT)
    print_table(
        ["before the first submission runs", "s"], [[k, f"{v:.2f}"] for k, v in found.items()]
    )
    seconds, one = [], _student(0)
    for _ in range(3):
        restore(project)
        began = time.perf_counter()
        program(["autograder", "grade", ASSIGNMENT, one], project)
        seconds.append(time.perf_counter() - began)
    print(f"One submission, whole command: {min(seconds):.2f} s, the fastest of three.\n")


def on_workers(project):
    rows = []
    for workers in (1, 2):
        with dask(project, workers) as address:
            run = ours(project, ASSIGNMENT, "--scheduler", address)
        rows.append([str(workers), f"{run.steady:.3f}", _a_minute(run.steady)])
    print_table(["Dask workers, one thread each", "once started, s each", "a minute"], rows)


def class_of_light_ones(project, n):
    run = ours(project, LIGHT)
    print(f"{n} submissions of a light notebook: {run.whole:.0f} s, whole command.\n")
    if n != 1000:
        return []
    text = "1,000 light ones in about 2 minutes, whole command"
    return [goal(text, run.whole / 60, -MINUTES)]


def simulate(project, n):
    """Print the grader's time and memory on a class whose results come from Dask at once."""
    at = [*sorted({m for k in (100, 1000, 10_000) for m in (k, 2 * k, 5 * k) if m < n}), n]
    preload = ("--preload", "benchmarks.grading_parts")
    with dask(project, 2, THREADS, *preload) as address:
        found = part("simulate", root=project.root, assignment=ASSIGNMENT, at=at, scheduler=address)
    rows = [
        [f"{number:,}", f"{seconds:.0f}", f"{memory:.0f}"]
        for number, seconds, memory in zip(at, found["seconds"], found["memory"], strict=True)
    ]
    print_table(["a class that is not run: after", "s", "MiB of the grader"], rows)
    print(
        f"At most {found['peak']:.0f} MiB; all recorded and the scores of all read at the end; "
        f"{2 * THREADS} at a time on two Dask workers.\n"
    )


def print_table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    print("".join(f"| {' | '.join(line)} |\n" for line in lines), flush=True)


def print_conditions(jobs):
    import torch

    print(
        f"`python -m benchmarks.grading`: {jobs} at a time on {os.cpu_count()} CPU cores "
        f"({platform.machine()}), sandbox and judge on; Python {platform.python_version()}, torch "
        f"{torch.__version__}. Whole command: from its start to its exit, by the number of "
        "submissions; once started: from the first result to the last; overhead: less the floor; "
        "× nbgrader's rate: whole command, once started, and whole command with the slowest taken "
        "out of both."
    )


if __name__ == "__main__":
    main()
